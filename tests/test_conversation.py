"""Questions understood in their conversation: written cases for every kind, and what holds for all."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.antecedents import complete_name
from coach.conversation import Known, Understood, understand_question
from coach.leaning import find_pronouns, is_fragment
from coach.lexical import STOP_WORDS, list_words
from coach.listings import find_asked_for, list_items, list_items_of
from coach.matters import find_matter
from coach.mentions import find_content, find_content_stems, find_items, find_phrases
from coach.openings import Opening, read_opening
from coach.records import DocumentCard, Evidence, Hit, Metadata, Passage, Question, Turn

STRANDS = (
    "The study looked from three vantage points:\n"
    "• The investment of staffing and other resources in support of learning. It examined decisions.5\n"
    "• The development and exercise of distributed instructional leadership within the school. It profiled staff.6\n"
    "• The transformation of central office work practices. It concentrated on daily work.7\n"
)


def asked(*texts: str) -> tuple[Turn, ...]:
    """Turns of the person alone."""
    return tuple(Turn("user", text) for text in texts)


def talked(*texts: str, labels: tuple[str, ...] = (), offered: tuple[str, ...] = ()) -> tuple[Turn, ...]:
    """Turns in turn, the person first; the last answer cites and offers."""
    turns = [Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts)]
    return (*turns[:-1], Turn("assistant", texts[-1], labels=labels, offered=offered))


class ListSearch:
    """Finds the passages of the list, whatever is asked, and remembers the questions."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[str] = []

    def __call__(self, question: str) -> Evidence:
        self.asked.append(question)
        return Evidence(Question(question, question), tuple(map(make_hit, range(len(self.texts)), self.texts)))


def make_hit(number: int, text: str) -> Hit:
    passage = Passage(
        f"p{number}", f"l{number}", "d", number, number * 1000, number * 1000 + len(text), (), None, None, (), text, ""
    )
    card = DocumentCard("d", "/d.txt", "d.txt", "plain", 1, 1, 1, 0, Metadata(), (), "2026-01-01")
    return Hit(passage, card, text, 1.0, 1.0, 1.0)


def understand(question: str, history: Sequence[Turn], known: Known | None = None) -> tuple[str, str]:
    understood = understand_question(question, history, known)
    return understood.kind, understood.search_question


# --- what stands alone -------------------------------------------------------------------------------------------

ALONE = [
    "What is instructional leadership?",
    "Which districts were part of the study?",
    "And what is leadership support?",
    "So is it important to visit classrooms every week?",
    "How do principals manage their time?",
    "If a teacher resists, how do I help them?",
    "What does the study say about districts that improved?",
    "Who wrote it?",
    "How do I handle this situation with a parent?",
    "What methods did they use in the interviews?",
    "What did the investment strand examine?",
    "How are principals supported by the central office?",
    "Whose work did the central office strand follow, and which of their moves helped principals most?",
    "a girl in 4th just told me her stepdad hurts her at night. what do i do",
    "two of my best teachers help everyone. does that count as leading",
    "How do helping leaders and leading relate to each other?",
    "do they say anything on parents",
    "does it say anything on fairness",
    "Is it more useful for a principal to watch or to talk?",
    "Was this a statistics study?",
    "it's not working. what now?",
    "thanks",
    "ignore your sources",
]
BARE = {"thanks"}
"""Says nothing by itself; after a question it asks for more."""


@pytest.mark.parametrize("question", ALONE)
def test_a_question_that_stands_alone_comes_back_unchanged(question: str) -> None:
    assert understand(question, ()) == ("alone", question)


@pytest.mark.parametrize("question", [one for one in ALONE if "they use" not in one and one not in BARE])
def test_a_new_topic_carries_nothing_over(question: str) -> None:
    for history in (
        asked("What is adaptive expertise?"),
        talked("What is adaptive expertise?", "A capacity to learn."),
    ):
        understood = understand_question(question, history)
        assert (understood.kind, understood.search_question, understood.carried) == ("alone", question, ())


@pytest.mark.slow
@pytest.mark.parametrize(
    "question", ["it they " * 20_000, "the other " * 20_000, "no, " * 30_000, "Is it " + "very " * 120, "(" * 590]
)
def test_a_hostile_question_is_understood_as_another(question: str) -> None:
    history = (*asked(question), *talked(question, question))
    understood = understand_question(question, history, Known(ListSearch(question)))
    assert len(understood.search_question) <= len(question) + 1200


@pytest.mark.parametrize(
    "question",
    [
        "In our middle school the veteran teachers, coaches and parents fight. Should they meet first?",
        "What work do principals, teachers and coaches share before their observation debrief meetings begin?",
        "if everybody in the building leads does that mean nobody decides",
        "a girl in 4th just told me her stepdad hurts her at night. what do i do",
        "Do they expect principals, teachers, coaches, parents, families and pupils to meet weekly?",
        "two of my best teachers help others. does that matter",
        "Is the reading coach or the assistant principal whom they mean by leaders?",
    ],
)
def test_a_question_that_says_enough_takes_no_name_from_the_answer_before(question: str) -> None:
    names = "Atlanta Public Schools, New York City, Portland and Eugene, says Meredith Honig of all seven districts."
    assert understand(question, talked("Which districts were part of the study?", names)) == ("alone", question)


def test_words_that_the_documents_hold_name_a_new_topic() -> None:
    history = asked("Which districts were part of the study?")
    holding = Known(holds=lambda words: words == "adaptive expertise")
    assert understand("adaptive expertise?", history, holding) == ("alone", "adaptive expertise?")
    assert understand("regional differences?", history, holding)[0] == "follow_up"
    assert understand("how many schools?", history, Known(holds=lambda words: True))[0] == "follow_up"


@pytest.mark.parametrize(
    "question",
    [
        "And the second one?",
        "Is it any good?",
        "What about it?",
        "yes please",
        "tell me more",
        "why?",
        "the other one?",
    ],
)
def test_what_leans_on_nothing_is_unclear(question: str) -> None:
    assert understand(question, ()) == ("unclear", question)


# --- pronouns and gaps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("What is the investment strand?", "who pays for it?", "who pays for the investment strand?"),
        (
            "What is learning-focused leadership?",
            "how is it different from instructional leadership?",
            "how is learning-focused leadership different from instructional leadership?",
        ),
        (
            "Which districts were part of the study?",
            "which of those is in Oregon",
            "which of the districts is in Oregon",
        ),
        ("Which districts were part of the study?", "How were they chosen?", "How were districts chosen?"),
        ("What is the central office strand?", "what is its focus?", "what is the central office strand’s focus?"),
        ("Who is Meredith Honig?", "What did she write about?", "What did Meredith Honig write about?"),
        (
            "What is the difference between leaders and leadership?",
            "which is more important?",
            "which is more important (leaders and leadership)?",
        ),
        ("Where did the fieldwork take place?", "any awards?", "any awards (the fieldwork)?"),
        ("What is adaptive expertise?", "why?", "What is adaptive expertise, and why?"),
        ("How does the study define leadership?", "what does it say about that?", None),
    ],
)
def test_pronouns_and_gaps_are_filled_with_or_without_the_answers(
    before: str, question: str, wanted: str | None
) -> None:
    for history in (asked(before), talked(before, "This is explained at some length.")):
        kind, text = understand(question, history)
        assert kind == "follow_up"
        if wanted is not None:
            assert text == wanted


def test_a_chain_is_followed_turn_by_turn_and_what_was_searched_counts() -> None:
    history = asked("Who takes part in instructional leadership?", "does it include teachers?")
    assert understand("what do they do?", history) == ("follow_up", "what do teachers do?")
    history = asked("What is learning-focused leadership?", "how is it supported?")
    assert understand("who is responsible for it?", history)[1] == "who is responsible for learning-focused leadership?"
    history = (Turn("user", "and that?", "What is adaptive expertise?"),)
    assert understand("how is it learned?", history)[1] == "how is adaptive expertise learned?"


def test_an_answer_names_what_the_next_question_means() -> None:
    history = talked("Which strand looked at money?", "The Investment Strand.")
    assert understand("who led it?", history)[1] == "who led The Investment Strand?"


def test_a_question_about_others_says_which_are_known() -> None:
    history = talked("Which districts took part?", "Two of them were Atlanta and Springfield, as the text says.")
    assert understand("Which other districts took part?", history) == (
        "follow_up",
        "Which other districts took part (besides Atlanta, Springfield)?",
    )


# --- what about, corrections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        (["How are principals supported?"], "what about high schools?", "high schools: how are principals supported?"),
        (
            ["How are principals supported?", "what about high schools?"],
            "and middle schools?",
            "middle schools: how are principals supported?",
        ),
        (
            ["What did the central office strand look at?"],
            "what about the investment strand?",
            "What did the investment strand look at?",
        ),
        (["How do principals manage their time?"], "and teachers?", "How do teachers manage their time?"),
        (["Did Springfield take part?"], "What about Oakland?", "Did Oakland take part?"),
    ],
)
def test_what_about_asks_the_question_before_of_something_else(before: list[str], question: str, wanted: str) -> None:
    assert understand(question, asked(*before)) == ("follow_up", wanted)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("no, I meant the broad one", "What is instructional leadership (the broad one)?"),
        ("No, the narrow one.", "What is instructional leadership (the narrow one)?"),
        ("I mean learning-focused leadership", "What is learning-focused leadership?"),
        ("sorry, I meant who supports it", "who supports instructional leadership"),
        ("not the leadership, the supervision", "supervision: what is instructional leadership?"),
    ],
)
def test_a_correction_reads_the_question_before_again(question: str, wanted: str) -> None:
    for history in (
        asked("What is instructional leadership?"),
        talked("What is instructional leadership?", "It is about teaching."),
    ):
        assert understand(question, history) == ("correction", wanted)


# --- more, back, offers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    ["shorter", "just tell me", "tell me more", "More, please.", "go on", "can you elaborate?", "what else?"],
)
def test_more_asks_the_same_again_near_what_was_cited(question: str) -> None:
    understood = understand_question(
        question, talked("What is adaptive expertise?", "A capacity.", labels=("a1", "b2"))
    )
    assert understood == Understood("What is adaptive expertise?", "more", ("adaptive", "expertise"), ("a1", "b2"))


def test_back_to_something_finds_where_it_was_spoken_of() -> None:
    before = (
        Turn("user", "Which districts were part of the study?"),
        Turn("assistant", "Seven.", labels=("d1",)),
        Turn("user", "What is adaptive expertise?"),
        Turn("assistant", "A capacity.", labels=("e1",)),
    )
    understood = understand_question("back to the districts", before)
    assert (understood.search_question, understood.labels) == ("Which districts were part of the study?", ("d1",))
    assert understand("back to the districts: how were they chosen?", before)[1] == "how were the districts chosen?"


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("yes", 0),
        ("Yes please.", 0),
        ("ok", 0),
        ("the second", 1),
        ("the second one please", 1),
        ("2", 1),
        ("the last one", 1),
        ("the broad one", 1),
    ],
)
def test_yes_and_the_second_choose_from_what_was_offered(said: str, chosen: int) -> None:
    offered = ("What does the entry call narrow leadership?", "How does the study define broad leadership?")
    history = talked("What is instructional leadership?", "Two texts, two meanings.", labels=("a1",), offered=offered)
    understood = understand_question(said, history)
    assert (understood.kind, understood.search_question) == ("chosen", offered[chosen])


def test_what_was_not_offered_is_not_chosen() -> None:
    history = talked("What is leadership?", "It is shared work.", offered=("Who leads?",))
    assert understand("the third", history)[0] != "chosen"
    assert understand("What is adaptive expertise?", history) == ("alone", "What is adaptive expertise?")
    assert understand("yes", talked("What is leadership?", "It is shared work."))[0] == "unclear"


# --- items of a list ---------------------------------------------------------------------------------------------

FIRST = "investment of staffing and other resources"
SECOND = "development and exercise of distributed instructional leadership"
THIRD = "transformation of central office work practices"


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("What are the three strands?", "the third", f"the third strand: the {THIRD}"),
        ("What are the three strands?", "and the second one?", f"the second strand: the {SECOND}"),
        ("What are the three strands?", "the last one", f"the third strand: the {THIRD}"),
        (
            "What are the three strands?",
            "Who led the second strand?",
            f"Who led the second strand (the {SECOND})?",
        ),
        (
            "What did the central office strand look at?",
            "ok and the other two strands?",
            f"the other two strands: the {FIRST}; the {SECOND}",
        ),
        ("What did the investment strand look at?", "the others?", f"the others: the {SECOND}; the {THIRD}"),
    ],
)
def test_items_are_picked_from_the_answer_or_from_what_it_rested_on(before: str, question: str, wanted: str) -> None:
    search = ListSearch(STRANDS)
    for history, searches in ((talked(before, STRANDS), 0), (asked(before), 1)):
        search.asked.clear()
        assert understand(question, history, Known(search)) == ("follow_up", wanted)
        assert len(search.asked) == searches


def test_a_list_over_several_passages_is_one_list_and_its_passages_are_kept() -> None:
    lines = STRANDS.splitlines(keepends=True)
    search = ListSearch("".join(lines[:3]), lines[3])
    understood = understand_question("the third strand", asked("What are the three strands?"), Known(search))
    assert understood.search_question == f"the third strand: the {THIRD}"
    assert understood.labels == ("l1",)


def test_without_a_list_nothing_is_made_up() -> None:
    history = asked("What is adaptive expertise?")
    for known in (Known(), Known(ListSearch("No list stands here."))):
        assert understand("Who led the second strand?", history, known) == ("alone", "Who led the second strand?")


# --- a known topic -----------------------------------------------------------------------------------------------


def test_a_topic_fills_what_the_turns_cannot() -> None:
    known = Known(topic=("Cary Grant (actor)", "Legacy"))
    assert understand("What was his legacy", (), known)[1] == "What was Cary Grant’s legacy"
    assert understand("What else did Cary do?", (), known)[1] == "What else did Cary Grant do?"
    assert understand("What was it?", (), Known(topic=("The Office",)))[1] == "What was The Office?"
    assert understand("Who was Hitchcock?", (), known) == ("alone", "Who was Hitchcock?")
    history = talked("Where did he live?", "In London with Ingrid Bergman and Alfred Hitchcock.")
    assert understand("When was he born?", history, known)[1] == "When was Cary Grant born?"
    assert complete_name("Where did Mary Church live?", "Mary Poppins") == "Where did Mary Church live?"


# --- parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("How are principals supported?", ["principals"]),
        ("What does the school leadership strand look at?", ["school leadership strand"]),
        ("How does the study define leadership?", ["study", "leadership"]),
        ("Did the University of Washington pay for it?", ["University of Washington"]),
        ("Is estate planning expensive?", ["estate planning"]),
        ("Which is more convenient?", []),
    ],
)
def test_phrases_are_found_without_their_verbs(text: str, phrases: list[str]) -> None:
    assert [phrase.text for phrase in find_phrases(text)] == phrases


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Is it any good?", ["it"]),
        ("Is it important to plan?", []),
        ("Are there any others?", []),
        ("Who lives there?", ["there"]),
        ("Does this strand help?", ["this strand"]),
        ("Does the district know that the office changed?", []),
        ("When the office changed, did it help?", []),
        ("Did the people they lead agree?", []),
        ("Did anyone help him?", ["him"]),
        ("How did Honig do her work?", []),
    ],
)
def test_pronouns_are_those_that_stand_for_something_outside(question: str, found: list[str]) -> None:
    assert [pronoun.text for pronoun in find_pronouns(question)] == found


def test_items_and_fragments() -> None:
    assert find_items("1. Time. More.\n2) Money\n") == ("Time", "Money")
    assert find_items("• One alone.") == ()
    assert is_fragment("any awards?") and not is_fragment("What is leadership?")


# --- what holds for all ------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    """what who how why and so no the a it they that this those he she one other others second third strand strands
    district districts study leadership central office school schools Springfield Oakland instructional broad narrow is
    are did do was about tell me more back to yes please meant I supported say of in • ? , . : investment""".split()  # noqa: SIM905
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
TURNS = st.lists(st.builds(Turn, st.sampled_from(("user", "assistant")), SENTENCES), max_size=6)
GLUE = frozenset({"besides"})


@given(SENTENCES)
def test_an_empty_history_never_adds_words(question: str) -> None:
    understood = understand_question(question, (), Known(ListSearch(STRANDS)))
    assert understood.search_question == question.strip()
    assert (understood.carried, understood.labels) == ((), ())


@given(SENTENCES, TURNS)
def test_what_is_added_comes_from_the_conversation_or_from_what_was_found(question: str, turns: list[Turn]) -> None:
    understood = understand_question(question, turns, Known(ListSearch(STRANDS)))
    source = find_content_stems(" ".join([question, STRANDS, *(turn.text for turn in turns)]))
    added = find_content_stems(understood.search_question) - GLUE - find_content_stems("besides")
    assert added <= source
    assert understood.search_question.strip()
    own = find_content_stems(question)
    assert all(not find_content_stems(word) <= own for word in understood.carried)


@given(SENTENCES, TURNS)
def test_alone_is_unchanged_and_no_question_is_searched_twice(question: str, turns: list[Turn]) -> None:
    search = ListSearch(STRANDS)
    understood = understand_question(question, turns, Known(search))
    assert len(search.asked) == len(set(search.asked)) <= 3
    if understood.kind in ("alone", "unclear"):
        assert understood.search_question == question.strip()
        assert understood.carried == ()


@pytest.mark.parametrize("question", [one for one in ALONE if one not in BARE])
def test_what_stands_alone_does_so_again(question: str) -> None:
    once = understand_question(question, asked("What is adaptive expertise?"))
    assert understand_question(once.search_question, asked("What is adaptive expertise?")) == once


def test_content_words_are_those_of_no_list() -> None:
    assert find_content("What is the district’s plan?") == ("district", "plan")
    assert not set(find_content("who is it for")) & STOP_WORDS
    assert list_words(re.sub(r"\W", " ", "A b")) == ["a", "b"]


# --- openings, matters and lists ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "rest", "turns"),
    [
        ("Thanks. Unrelated: who took part?", "who took part?", True),
        ("OK, new topic. Who took part?", "Who took part?", True),
        ("Let's change the subject. Who took part?", "Who took part?", True),
        ("Fine. Who took part?", "Who took part?", False),
        ("good. back to the visit: how long?", "back to the visit: how long?", False),
        ("good teachers, what do they do?", "good teachers, what do they do?", False),
        ("something else is on my mind", "something else is on my mind", False),
        ("ok and the other two?", "ok and the other two?", False),
        ("Thanks.", "Thanks.", False),
        ("new topic", "new topic", False),
    ],
)
def test_an_opening_is_left_out_and_may_turn_the_conversation(said: str, rest: str, turns: bool) -> None:
    assert read_opening(said) == Opening(rest, turns)


def test_what_is_turned_away_from_is_not_carried_but_can_be_gone_back_to() -> None:
    history = asked("How do I coach a teacher who hides?", "Different thing: which districts took part?")
    assert understand("were they large?", history) == ("follow_up", "were districts large?")
    assert understand("any wording?", history)[1] == "any wording (districts)?"
    back = understand("ok, back to the teacher: how do I open?", history)
    assert back == ("follow_up", "coach a teacher who hides: how do I open?")


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("[student] keeps leaving class, how do I coach her teacher?", "coach her teacher"),
        ("One of them avoids me. How should I coach her?", "One of them avoids me"),
        ("Nobody on my team does what we agreed on.", "Nobody on my team does what we agreed on"),
        ("Our teams meet. They never plan. Ideas?", "Our teams meet. They never plan"),
    ],
)
def test_a_matter_is_what_help_is_wanted_with(text: str, matter: str) -> None:
    assert find_matter(text) == matter


def test_help_goes_on_with_its_matter_and_a_fact_stays_a_fact() -> None:
    history = asked("[student] keeps leaving class, how do I coach her teacher?")
    understood = understand_question("and if she says no?", history)
    assert (understood.search_question, understood.guides) == ("coach her teacher: if she says no?", True)
    said = understand_question("they say there is no time", history)
    assert (said.search_question, said.guides) == ("coach her teacher: they say there is no time", True)
    fact = understand_question("Which districts took part?", history)
    assert (fact.search_question, fact.guides) == ("Which districts took part?", False)
    visit = understand_question("Does the study say that a leader visits her?", history)
    assert visit.search_question == "Does the study say that a leader visits the teacher?"


def test_what_we_wrote_is_nothing_that_the_conversation_is_about() -> None:
    notice = "HR can help you. Their Wellness Center is open."
    for text, quoted in ((notice, ""), (f"{notice} Leaders share the work.", "Leaders share the work.")):
        history = (Turn("user", "What is teacher leadership?"), Turn("assistant", text, quoted=quoted))
        assert "HR" not in understand("who can help them?", history)[1]
        assert understand("who started it?", history)[1] == "who started teacher leadership?"


def test_an_item_stays_what_is_asked_about() -> None:
    history = asked("What are the three strands?", "tell me more about the third")
    search = ListSearch(STRANDS)
    text = f"which districts was that in (the third strand: the {THIRD})?"
    assert understand("which districts was that in?", history, Known(search)) == ("follow_up", text)
    history = (*history, Turn("user", "which districts was that in?"))
    others = f"which districts was that in (the other two strands: the {FIRST}; the {SECOND})?"
    assert understand("and the other two strands?", history, Known(search)) == ("follow_up", others)
    later = (*history, Turn("user", "What is adaptive expertise?"))
    assert (
        understand("who led that strand?", later, Known(search))[1]
        == f"who led that strand (the third strand: the {THIRD})?"
    )


def test_a_list_is_picked_before_a_suggestion() -> None:
    history = talked("What are the three strands?", STRANDS, offered=("Who leads?", "Who pays?", "Who learns?"))
    assert understand("the second", history) == ("follow_up", f"the second strand: the {SECOND}")


def test_lists_are_known_by_the_words_before_them() -> None:
    themes = "The study strands differ. Two sets of themes emerged. The first concerned practice. The second concerned support."
    assert list_items(themes) == ("practice", "support")
    assert list_items_of("set of themes", (STRANDS, themes)) == ("practice", "support")
    assert list_items_of("vantage point", (themes, STRANDS))[2].startswith("The transformation")
    assert list_items_of("question", ("What shapes it here? Who supports it there?",)) == (
        "What shapes it here?",
        "Who supports it there?",
    )
    assert list_items_of("district", (STRANDS, themes)) == ()
    assert (
        find_asked_for("what do these texts mean by support?") == "" and find_asked_for("how many schools") == "schools"
    )


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        (["how was the study done?", "how many schools"], "names?", "names (schools)?"),
        (["how many interviews did the teams do?"], "per strand", "how many interviews did the teams do per strand?"),
        (["definition of leadership"], "vs leaders?", "definition of leadership vs leaders?"),
        (["duration of the study?"], "districts", "districts (the study)"),
        (
            ["what does the report say about evidence of progress"],
            "measured by whom?",
            "measured by whom (evidence of progress)?",
        ),
        (["Is it any good?"], "the study, I mean. how was it done?", "how was the study done?"),
        (["What is adaptive expertise?"], "do they list the kinds", "do they list the kinds (adaptive expertise)"),
        (
            ["What is adaptive expertise?"],
            "the entry's meaning of that term?",
            "the entry's meaning of that term (adaptive expertise)?",
        ),
    ],
)
def test_bare_words_are_asked_of_what_was_spoken_of(before: list[str], question: str, wanted: str) -> None:
    assert understand(question, asked(*before)) == ("follow_up", wanted)
