"""What a question asks for, what it takes for given, and which document it names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.asking import Kind, read_question, split_askings, split_clauses
from coach.attribution import find_facts, find_named
from coach.errors import PromptFault
from coach.jargon import load_jargon
from coach.premises import find_contradiction, find_counts, find_gap, find_run, lists_items
from coach.prompts import find_prompts
from coach.records import DocumentCard, Metadata, Reworded


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who wrote this?", Kind.METADATA),
        ("what year is the wallace report from?", Kind.METADATA),
        ("Who funded the study?", Kind.METADATA),
        ("When is this useful?", Kind.TIME),
        ("How old are these kids?", Kind.OTHER),
        ("When were these districts visited?", Kind.TIME),
        ("how many schools did they visit", Kind.NUMBER),
        ("How long did the fieldwork run?", Kind.NUMBER),
        ("When did the visits begin?", Kind.TIME),
        ("What does the report say about families?", Kind.VIEW),
        ("Tell me about teacher leadership", Kind.VIEW),
        ("How do I open a hard conversation?", Kind.PRACTICE),
        ("how often should i visit lessons", Kind.PRACTICE),
        ("How should a supervisor go about coaching a new principal?", Kind.PRACTICE),
        ("How do the two strands relate?", Kind.OTHER),
        ("Why are the gaps still there?", Kind.REASON),
        ("What is adaptive expertise?", Kind.DEFINITION),
        ("What do they mean by leadership?", Kind.DEFINITION),
        ("What's the difference between leadership and a position?", Kind.COMPARISON),
        ("What are the five dimensions of central office change?", Kind.LIST),
        ("Which districts took part?", Kind.PLACE),
        ("Does it all have to be me?", Kind.YES_NO),
        ("leadership", Kind.OTHER),
    ],
)
def test_the_kind_of_a_question(question: str, kind: Kind) -> None:
    assert read_question(question).kind is kind


@pytest.mark.parametrize(
    ("question", "focus", "count"),
    [
        ("What are the five dimensions of central office change?", ("dimensions",), 5),
        ("The 3 study strands: name them", ("strands",), 3),
        ("what was agenda 21 of the summit", ("agenda",), None),
        ("which districts were part of it", ("districts",), None),
        ("How many interviews were conducted?", ("interviews",), None),
        ("What does the study say about equity?", (), None),
    ],
)
def test_what_is_wanted_and_how_many(question: str, focus: tuple[str, ...], count: int | None) -> None:
    asked = read_question(question)
    assert (asked.focus, asked.count) == (focus, count)


def test_two_askings_are_parted_and_one_is_left_whole() -> None:
    assert split_askings("how many schools did they visit and what are they called?") == (
        "how many schools did they visit",
        "what are they called? (schools)",
    )
    assert split_askings("How long were they there? I ask for a friend.") == (
        "How long were they there? I ask for a friend.",
    )
    assert split_askings("What do parents and teachers do?") == ("What do parents and teachers do?",)


def test_clauses_are_what_people_say_around_a_question() -> None:
    assert split_clauses("are families mentioned anywhere? asking for my parent night") == (
        "are families mentioned anywhere?",
        "asking for my parent night",
    )
    assert split_clauses("are families mentioned?") == ()
    assert split_clauses("leadership") == ()


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    asked = read_question(text)
    assert len(set(asked.words)) == len(asked.words)
    assert split_askings(text)
    find_counts(text)
    find_gap(text, asked, [[text]])


# --- premises ----------------------------------------------------------------------------------------------------

SITES = "Teams visited seven moderate- to large-sized urban districts and 15 schools within them."


def test_a_number_counts_the_things_behind_it() -> None:
    counts = {(count.number, count.words) for count in find_counts(SITES)}
    assert {(7, "seven districts"), (15, "15 schools")} <= counts
    assert find_counts("in 2010 schools changed") == ()


def test_a_count_that_the_text_gives_otherwise_is_found() -> None:
    found = find_contradiction("which of the 15 districts is like mine?", ["Nothing here.", SITES])
    assert found is not None
    assert (found[0].words, found[1]) == ("15 districts", 1)
    assert find_contradiction("what happened in all the 10 districts?", [SITES]) is not None
    assert (
        find_contradiction("what did the three principals in each district do?", ["We surveyed 24 principals."]) is None
    )
    assert find_contradiction("which of the seven districts is like mine?", [SITES]) is None
    assert find_contradiction("which of the 15 schools is like mine?", [SITES]) is None
    assert find_contradiction("two districts of mine quarrel", [SITES]) is None


@pytest.mark.parametrize(
    ("question", "passages", "gap"),
    [
        ("What are the five dimensions of change?", [["Central office change has dimensions.", SITES]], "list"),
        ("What are the five dimensions of change?", [["Change comes in five steps."]], None),
        ("The five dimensions of change: name them.", [["It is shown on page 5, as dimensions."]], "list"),
        ("Exact number of interviews held?", [["Hundreds of interviews were recorded."]], "count"),
        ("What does Figure 9 show?", [["Nothing of the kind."]], None),
        ("What are the three aims?", [["The aims are speed, calm, and care."]], None),
        ("What are the two questions?", [["What is it?", "Who does it?"]], None),
        ("How many interviews were held?", [["Interviews were recorded."]], "count"),
        ("How many interviews were held?", [["Hundreds of interviews were recorded."]], None),
        ("Exactly how many interviews were held?", [["Hundreds of interviews were recorded."]], "count"),
        ("How many interviews were held?", [["We held 12 interviews."]], None),
        ("How many interviews were held?", [["Interviews were recorded.3"]], "count"),
        ("How many people lived there?", [["The people numbered 1,300,000."]], None),
        ("How many penguins were there?", [["Nothing of the kind."]], None),
        ("How should a supervisor coach?", [["Supervisors matter to the work of schools."]], "practice"),
        ("How should a supervisor coach?", [["A supervisor should ask before telling."]], None),
        ("How do I begin a visit?", [["Ask what the teacher wants you to see."]], None),
        ("What does Figure 2 show?", [["Figure 2. A web of support."]], "figure"),
    ],
)
def test_gaps_that_no_likeness_of_words_can_tell(question: str, passages: list[list[str]], gap: str | None) -> None:
    found = find_gap(question, read_question(question), passages)
    assert (found.name if found else None) == gap


def test_a_list_of_the_wanted_length_is_found_and_ends_where_it_ends() -> None:
    asked = read_question("What are the three angles?")
    lines = ["We looked from three points:", "• Money. It was spent.", "• Time.", "• Staff. They came.", "Then we ate."]
    split = ["We looked from three points:", "• Money.", "It was spent.", "• Time.", "• Staff.", "Then we ate."]
    assert find_run(asked, lines) == (range(1, 2), range(2, 3), range(3, 4))
    assert find_run(asked, split) == (range(1, 3), range(3, 4), range(4, 5))
    assert find_run(read_question("What are the four angles?"), lines) == ()
    assert find_run(read_question("What angles are there?"), lines) == ()


def test_an_enumeration_is_told_from_commas() -> None:
    assert lists_items("It offers time, money, and advice.")
    assert not lists_items("In time, it offers advice, as we saw.")


# --- which document, and what is known of it ---------------------------------------------------------------------


def card(name: str, **values: object) -> DocumentCard:
    metadata = Metadata(**values)  # type: ignore[arg-type]
    return DocumentCard(name, f"/x/{name}", name, "plain", 1, 1, 1, 0, metadata, (), "2026-01-01")


HANDBOOK = card(
    "handbook.txt", title="How We Use Walks", called=("the handbook",), authors=("Ada Okoro",), date="May 2019"
)
REPORT = card("walks.pdf", title="A Long Report on What Walks Do")


def test_a_document_is_named_by_title_file_or_nickname() -> None:
    cards = (HANDBOOK, REPORT)
    assert find_named("what does The Handbook say about walks", cards) == (HANDBOOK,)
    assert find_named("in “A long report on what walks do”, who leads?", cards) == (REPORT,)
    assert find_named("open walks.pdf please", cards) == (REPORT,)
    assert find_named("how we use walks in our school", cards) == ()


def test_facts_are_those_that_are_asked_for_known_or_not() -> None:
    (wrote,) = find_facts("Who wrote it?", [HANDBOOK])
    assert (wrote.field, wrote.value) == ("authors", "Ada Okoro")
    assert [(fact.field, fact.value) for fact in find_facts("What year is it from?", [HANDBOOK, REPORT])] == [
        ("date", "May 2019"),
        ("date", ""),
    ]
    assert {fact.field for fact in find_facts("How do I cite it?", [HANDBOOK])} == {"authors", "date", "publisher"}


# --- the readers' words ------------------------------------------------------------------------------------------


def test_short_forms_are_read_and_said_to_be() -> None:
    text, reworded = load_jargon().translate("Do APs count?", lambda term: False)
    assert text == "Do assistant principal count?"
    assert reworded == (Reworded("APs", "assistant principal", "same"),)
    assert load_jargon().translate("can you tap into it", lambda term: False)[1] == ()
    assert load_jargon().translate("my ap says so", lambda term: False)[1][0].read_as == "assistant principal"
    assert load_jargon().translate("An ap Is Not One", lambda term: False)[1] == ()


def test_a_nearest_idea_stands_in_only_for_what_the_documents_do_not_hold() -> None:
    question = "How do I run a PLC?"
    assert load_jargon().translate(question, lambda term: True) == (question, ())
    text, (reworded,) = load_jargon().translate(question, lambda term: False)
    assert reworded.kind == "nearest" and reworded.read_as in text and "PLC" not in text


@pytest.mark.parametrize("term", ["PIP", "504", "IEP", "MTSS"])
def test_terms_that_a_guess_would_get_wrong_are_left_alone(term: str) -> None:
    assert load_jargon().translate(f"What about a {term}?", lambda held: False)[1] == ()


@pytest.mark.parametrize(
    "content",
    [
        "[[same]]\nwords = []\nmeans = 'x'\n",
        "[[same]]\nwords = ['a']\n",
        "[[odd]]\n",
        "[[nearest]]\nwords='x'\nidea='y'\n",
        "=",
        "[[same]]\nwords=['a']\nmeans='b'\nmore=1\n",
    ],
)
def test_a_faulty_list_of_terms_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "jargon.toml").write_text(content, "utf-8")
    with pytest.raises(PromptFault, match="jargon.toml"):
        load_jargon(tmp_path)


def test_the_shipped_terms_are_all_reachable() -> None:
    jargon = load_jargon(find_prompts())
    for term in jargon.terms:
        for word in term.words:
            assert term.pattern.search(f"a {word} b"), word
