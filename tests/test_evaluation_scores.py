"""Scores without a language model: each measure on examples worked out by hand, its invariants, and real answers."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from coach.answerability import Logistic
from coach.assembly import OpenCoach
from coach.evaluation.records import (
    SCORES,
    EvaluationItem,
    GateFailure,
    HistoryTurn,
    RetrievedPassage,
    Score,
    SourceWords,
)
from coach.evaluation.scores.citation_scores import align_quotes, cites, covers, list_cited, touches
from coach.evaluation.scores.lemmas import read_tokens
from coach.evaluation.scores.locating import Located, Place, find_in_copy, find_quotes, locate
from coach.evaluation.scores.meanings import (
    MeaningParameters,
    MeaningReader,
    list_stretches,
    load_meaning,
    measure_shared,
)
from coach.evaluation.scores.mention_scores import MentionReader
from coach.evaluation.scores.retrieval_scores import measure_ndcg, measure_recall, measure_reciprocal_rank
from coach.evaluation.scores.score_wording import load_score_wording
from coach.evaluation.scores.scoring import Scorer
from coach.evaluation.scores.shape_scores import (
    Watched,
    find_echoes,
    find_masked,
    judge_outcome,
    list_watched,
    wants_guidance,
)
from coach.evaluation.scores.wording_scores import Sentence, find_forms, find_words, match_plainly
from coach.library import Library
from coach.masking import Masked, Masker
from coach.records import Outcome
from coach.rendering import answer_to_object
from coach.sentence_vectors import SentenceVectors
from evals.answering import open_set, read_rows
from tests.conftest import ROOT, RunIngest
from tests.fakes import WordEmbedder

Object = dict[str, Any]

# --- retrieval -----------------------------------------------------------------------------------------------------


def test_recall_counts_each_group_once() -> None:
    covered = [[], [0], [0], [1], [], [2]]
    assert measure_recall(covered, 4, 5) == 2 / 4
    assert measure_recall(covered, 4, 10) == 3 / 4
    assert measure_recall([], 4, 5) == 0


def test_reciprocal_rank_is_that_of_the_first_passage_with_a_source() -> None:
    assert measure_reciprocal_rank([[], [], [1]]) == 1 / 3
    assert measure_reciprocal_rank([[0], [1]]) == 1
    assert measure_reciprocal_rank([[], []]) == 0


def test_ndcg_by_hand() -> None:
    # One source in place 2: 1/log2(3), held against 1/log2(2).
    assert measure_ndcg([[], [0], []], 1, 5) == pytest.approx(1 / math.log2(3))
    # Sources in places 1 and 3 of two.
    assert measure_ndcg([[0], [], [1]], 2, 5) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    # A source that is found twice counts once; one that is not found is missing.
    assert measure_ndcg([[0], [0], []], 2, 5) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    # One passage that holds both is the best there can be.
    assert measure_ndcg([[0, 1]], 2, 5) == 1
    assert measure_ndcg([[], [], [], [], [], [0]], 1, 5) == 0


RANKINGS = st.lists(st.lists(st.integers(0, 5), max_size=3, unique=True), max_size=14)


@settings(deadline=None)
@given(RANKINGS, st.integers(1, 12))
def test_ndcg_is_that_of_scikit_learn(covered: list[list[int]], depth: int) -> None:
    seen: set[int] = set()
    gains = []
    for one in covered:
        gains.append(len(set(one) - seen))
        seen |= set(one)
    # As scikit-learn has it: everything in order of rank, what was not found behind the depth.
    padded = [*gains, *[0] * depth, *[1] * (6 - len(seen))]
    order = np.arange(len(padded), 0, -1, dtype=float)
    expected = ndcg_score(np.array([padded]), order[None], k=depth)
    assert measure_ndcg(covered, 6, depth) == pytest.approx(expected)


@settings(deadline=None)
@given(RANKINGS, st.integers(1, 12), st.integers(0, 5))
def test_recall_grows_with_the_depth_and_with_what_is_found(covered: list[list[int]], depth: int, more: int) -> None:
    recall = measure_recall(covered, 6, depth)
    assert 0 <= recall <= measure_recall(covered, 6, depth + 1) <= 1
    assert measure_recall([[more], *covered], 6, depth + 1) >= recall
    assert 0 <= measure_ndcg(covered, 6, depth) <= 1 + 1e-9
    assert 0 <= measure_reciprocal_rank(covered) <= 1


# --- where named words stand ---------------------------------------------------------------------------------------

TEXT = (
    "Leaders share the work.\n\nThe govern-\nment said: “We  invest in\npeople.”3 Then it\nwent *on* and on. "
    "Learningfocused leadership is shared. On it went, and on."
)


def find(quote: str, text: str = TEXT, *, markdown: bool = False) -> list[str]:
    wanted = SourceWords(quote)
    spans = find_quotes(text, [wanted])[wanted] or find_in_copy(text, [wanted], markdown=markdown)[wanted]
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('"We invest in people."', ["We  invest in\npeople"]),
        ("the government said", ["The govern-\nment said"]),
        ("learning-focused leadership is shared", ["Learningfocused leadership is shared"]),
        ("We invest in people. Then it went", ["We  invest in\npeople.”3 Then it\nwent"]),
        (
            "Leaders share … invest in people",
            ["Leaders share the work.\n\nThe govern-\nment said: “We  invest in\npeople"],
        ),
        ("leaders share the burden", []),
        ("on and on", ["on* and on"]),
        ("eaders share", []),
        ("went, and", ["went, and"]),
    ],
)
def test_words_are_found_whatever_marks_and_line_ends_they_have(quote: str, found: list[str]) -> None:
    assert find(quote) == found


def test_dots_of_the_text_itself_leave_nothing_out() -> None:
    assert find("so ... it went on", "And so ... it went on. So it is; it went on.") == ["so ... it went on"]


def test_a_ligature_and_a_link_are_no_obstacle() -> None:
    assert find("the first office", "This is the ﬁrst oﬃce.") == ["the ﬁrst oﬃce"]
    assert find("read the long report today", "Read [the long](https://example.org) report today.", markdown=True)


@settings(deadline=None)
@given(st.text(alphabet="ab cdé.,-\n“”ß", min_size=5, max_size=60), st.data())
def test_any_words_of_a_text_are_found_in_it(text: str, data: st.DataObject) -> None:
    words = [match for match in text.split() if any(letter.isalnum() for letter in match)]
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    quote = " ".join(words[first : first + 3])
    found = find(quote, text)
    letters = [letter for letter in quote.lower() if letter.isalnum()]
    assert found
    assert all([letter for letter in one.lower() if letter.isalnum()] == letters for one in found)


@pytest.fixture
def filled(library: Library, corpus: Path, ingest: RunIngest) -> Library:
    (corpus / "time2.md").write_text(
        "# Protecting time\n\nMeetings move to the morning. The office is open.\n", "utf-8"
    )
    ingest(library, corpus)
    return library


def test_a_document_may_be_named_by_file_or_title(filled: Library) -> None:
    text = filled.store.read_text(filled.store.find_document("walks.md").id) or ""  # type: ignore[union-attr]
    for name in ("walks.md", "walks", "Learning Walks", ""):
        located = locate([SourceWords("Agree on one focus", name)], filled.store)[
            SourceWords("Agree on one focus", name)
        ]
        assert [text[place.start : place.end] for place in located.places] == ["Agree on one focus"]


def test_words_behind_a_footnote_number_are_located_in_the_library(
    filled: Library, corpus: Path, ingest: RunIngest
) -> None:
    (corpus / "notes.md").write_text("# Notes\n\nBring *one* “question.”4 Then listen well.\n", "utf-8")
    ingest(filled, corpus)
    words = SourceWords("one question. Then listen")
    place = locate([words], filled.store)[words].places[0]
    text = filled.store.read_text(place.document_id) or ""
    assert text[place.start : place.end] == "one* “question.”4 Then listen"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (SourceWords("Agree on one focus", "handbook.pdf"), "no_document"),
        (SourceWords("Agree on two things", "walks"), "not_there"),
        (SourceWords("the"), "many_places"),
        (SourceWords(label="ffffff"), "no_label"),
        (SourceWords(), "empty"),
    ],
)
def test_words_that_cannot_be_located_say_why(filled: Library, words: SourceWords, fault: str) -> None:
    located = locate([words], filled.store)[words]
    assert located.fault == fault and not located.places


def test_two_documents_of_one_title_are_too_many(filled: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / "more").mkdir()
    (corpus / "more" / "walks.md").write_text("# Other walks\n\nOther words stand here.\n", "utf-8")
    ingest(filled, corpus)
    words = SourceWords("Agree on one focus", "walks.md")
    located = locate([words], filled.store)[words]
    assert (located.fault, located.count) == ("many_documents", 2)


def test_a_passage_and_a_whole_document_are_located(filled: Library) -> None:
    card = filled.store.find_document("walks.md")
    assert card is not None
    passage = filled.store.list_document_passages(card.id)[0].passage
    named, whole = SourceWords(label=passage.label), SourceWords(document="walks.md")
    located = locate([named, whole], filled.store)
    assert located[named].places == (Place(card.id, passage.start, passage.end),)
    assert located[whole].places == (Place(card.id, 0, len(filled.store.read_text(card.id) or "")),)


# --- citations -----------------------------------------------------------------------------------------------------

DOCUMENT = "Leaders share the work. They meet each week. Nobody is rated. The office is open."
DOCUMENTS = {"d1": DOCUMENT}


def locate_in(quote: str, label: str = "") -> Located:
    start = DOCUMENT.index(quote)
    return Located(SourceWords(quote, label=label), (Place("d1", start, start + len(quote)),))


def cite(*quotes: str, outcome: str = "answered", **changes: Any) -> Object:
    """An answer that quotes some words."""
    citations, statements = [], []
    for number, quote in enumerate(quotes):
        start = DOCUMENT.find(quote)
        label = f"aaaa{number}"
        citation = {"label": label, "document_id": "d1", "document": "walks.md", "start": start}
        citations.append({**citation, "end": start + len(quote), "quote": quote})
        span = {"label": label, "start": start, "end": start + len(quote)}
        statements.append(say(quote, "source", "quoted", citations=[label], spans=[span]))
    answer = {"outcome": outcome, "statements": statements, "citations": citations, "readings": []}
    return {**answer, "question": "", "search_question": "", **changes}


def say(text: str, kind: str = "craft", origin: str = "written", **more: Any) -> Object:
    return {"text": text, "kind": kind, "origin": origin, "citations": [], "spans": [], **more}


def test_what_is_only_near_is_not_cited() -> None:
    assert len(list_cited(cite("Nobody is rated."))) == 1
    assert list_cited(cite("Nobody is rated.", outcome="not_in_sources")) == ()


def test_words_are_cited_when_all_of_them_are_quoted() -> None:
    read = DOCUMENTS.get
    wanted = locate_in("They meet each week")
    assert cites(list_cited(cite("They meet each week.")), wanted, read)
    assert cites(list_cited(cite("They meet", "each week.")), wanted, read)
    assert not cites(list_cited(cite("They meet each")), wanted, read)
    assert not cites(list_cited(cite("Nobody is rated.")), wanted, read)
    # Of a passage of several sentences one is enough, and it must be whole.
    several = locate_in("They meet each week. Nobody is rated.")
    assert cites(list_cited(cite("Nobody is rated.")), several, read)
    assert not cites(list_cited(cite("Nobody is")), several, read)


def test_a_passage_named_by_its_label_is_cited_by_any_words_of_it() -> None:
    named = Located(SourceWords(label="aaaa0"), (Place("d1", 0, 5),))
    assert cites(list_cited(cite("Nobody is rated.")), named, DOCUMENTS.get)


def test_citations_touch_what_they_overlap() -> None:
    cited = list_cited(cite("Nobody is rated."))[0]
    assert touches(cited, locate_in("is rated. The office"))
    assert not touches(cited, locate_in("The office is open."))


def test_a_passage_covers_most_of_the_words() -> None:
    def retrieve(words: str) -> RetrievedPassage:
        start = DOCUMENT.index(words)
        return RetrievedPassage("b", "d1", "walks.md", start, start + len(words), words, 0.5)

    wanted = locate_in("They meet each week. Nobody is rated.")
    assert covers(retrieve("They meet each week."), wanted)
    assert covers(retrieve(DOCUMENT), wanted)
    assert not covers(retrieve("Leaders share the work. They"), wanted)
    assert not covers(replace(retrieve(DOCUMENT), document_id="d2"), wanted)


def test_a_quotation_must_stand_sign_for_sign_where_it_says() -> None:
    read = DOCUMENTS.get
    assert align_quotes(cite("Nobody is rated.", "They meet each week."), read).share == 1
    changed = cite("Nobody is rated.", "They meet each week.")
    changed["citations"][0]["quote"] = "Nobody was rated."
    alignment = align_quotes(changed, read)
    assert alignment.share == 3 / 4 and alignment.wrong == ("Nobody was rated.",)
    moved = cite("Nobody is rated.")
    moved["citations"][0]["start"] += 1
    assert align_quotes(moved, read).share == 1 / 2


def test_words_that_are_cited_and_shown_are_one_quotation_for_a_reader() -> None:
    read = DOCUMENTS.get
    two = align_quotes(cite("Nobody is rated.", "They meet each week."), read)
    assert (two.exact, two.quotations, two.misquotations) == (4, 2, ())
    moved = cite("Nobody is rated.")
    moved["citations"][0]["start"] += 1
    alignment = align_quotes(moved, read)
    assert (alignment.share, alignment.quotations, alignment.misquotations) == (1 / 2, 1, ("Nobody is rated.",))
    shown = cite("Nobody is rated.")
    shown["statements"][0]["text"] = "Everybody is rated."
    alignment = align_quotes(shown, read)
    assert (alignment.quotations, alignment.misquotations) == (2, ("Everybody is rated.",))


def test_what_is_shown_as_quoted_must_stand_in_the_document() -> None:
    read = DOCUMENTS.get
    answer = cite("Nobody is rated.")
    answer["statements"][0]["text"] = "Everybody is rated."
    assert align_quotes(answer, read).wrong == ("Everybody is rated.",)
    written = cite("Nobody is rated.")
    written["statements"][0] |= {"origin": "written", "text": "It says “nobody is rated” and “all are rated here”."}
    assert align_quotes(written, read).wrong == ("all are rated here",)
    # A term in quotation marks is no quotation.
    written["statements"][0]["text"] = "It speaks of “walks”."
    assert align_quotes(written, read).share == 1


def test_a_document_that_is_gone_says_nothing() -> None:
    alignment = align_quotes(cite("Nobody is rated."), lambda one: None)
    assert alignment.share is None and alignment.gone == 2


# --- wordings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("learning-focused", "It is learning focused.", "learning focused"),
        ("learning focused", "It is “learningfocused”.", "learningfocused"),
        ("seven districts", "In 7 districts.", "7 districts"),
        ("25", "There were twenty-five.", "twenty-five"),
        ("1,000 schools", "It took one thousand schools.", "one thousand schools"),
        ("90 percent", "Some 90% agreed.", "90%"),
        ("ninety per cent", "Some 90 percent agreed.", "90 percent"),
        ("7th grade", "In seventh grade.", "seventh grade"),
        ("15", "Pages 1, 5 and 150.", None),
        ("art", "They start.", None),
        ("legitim", "Sponsoring and legitimising it.", "legitimising"),
        ("not rated", "They are not rated.", "not rated"),
        ("rated", "They are not rated.", None),
        ("fire the teacher", "There is no need to fire the teacher.", None),
        ("test scores", "The study does not report test scores.", "test scores"),
        ("Delgado", "Not Delgado.", "Delgado"),
        ("", "Anything.", None),
    ],
)
def test_words(phrase: str, text: str, found: str | None) -> None:
    assert find_words(phrase, text) == found


@pytest.mark.parametrize(
    ("phrase", "sentence", "is_said"),
    [
        ("leaders share work", "The leader shares the work.", True),
        ("principals coach teachers", "Teachers are coached by their principals.", True),
        ("principals coach teachers", "Teachers coach principals.", False),
        ("student work", "Look at the work of students.", True),
        ("seven schools", "There were 15 schools in seven districts.", False),
        ("15 schools", "There were fifteen large urban schools.", True),
        ("fewer meetings", "She asked for more meetings.", False),
        ("before the visit", "Speak after the visit.", False),
        ("share the work", "Leaders never share their work.", False),
        ("Honig wrote it", "Portin wrote it.", False),
        ("principals lead", "Principals, who are often alone in a large building at night, may lead.", False),
    ],
)
def test_forms(phrase: str, sentence: str, is_said: bool) -> None:
    assert (find_forms(phrase, sentence) is not None) == is_said


def test_strictly_a_word_of_the_same_family_is_another() -> None:
    assert find_forms("observation", "They observed it.")
    assert not find_forms("observation", "They observed it.", strictly=True)
    assert find_forms("observing", "They observed it.", strictly=True)


def test_a_match_shows_its_words_and_how_it_was_found() -> None:
    sentences = [Sentence("The leader shares the work.", "source"), Sentence("Work is shared.", "craft")]
    match = match_plainly("leaders share work", sentences)
    assert match is not None and (match.found, match.by) == ("leader shares the work", "lemma")
    match = match_plainly("work is shared", sentences)
    assert match is not None and (match.found, match.by) == ("Work is shared", "words")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    tokens = read_tokens(text)
    assert all(0 <= one.start < one.end <= len(text) for one in tokens)
    assert all(first.end <= second.start for first, second in zip(tokens, tokens[1:], strict=False))


ROWS = read_rows(ROOT / "evals" / "mentions.jsonl")


def test_the_labelled_pairs_are_many_and_each_phrase_is_in_one_part() -> None:
    assert len(ROWS) >= 120 and {row["part"] for row in ROWS} == {"tuning", "held_out"}
    parts: dict[str, set[str]] = {}
    for row in ROWS:
        parts.setdefault(row["phrase"], set()).add(row["part"])
    assert all(len(one) == 1 for one in parts.values())


@pytest.mark.parametrize("kind", ["name", "number", "negation"])
def test_another_name_number_or_negation_is_hardly_ever_a_match(kind: str) -> None:
    rows = [row for row in ROWS if row["kind"] == kind and not row["said"]]
    taken = [row for row in rows if match_plainly(row["phrase"], [Sentence(row["sentence"], "source")])]
    assert len(taken) <= len(rows) / 20


def test_words_and_forms_are_right_where_they_find_something() -> None:
    found = [row for row in ROWS if match_plainly(row["phrase"], [Sentence(row["sentence"], "source")])]
    said = [row for row in ROWS if row["said"]]
    right = sum(row["said"] for row in found)
    assert right / len(found) >= 0.9 and right / len(said) >= 0.5


def test_the_shipped_thresholds_are_those_of_the_script() -> None:
    parameters = load_meaning()
    values = json.loads((ROOT / "coach" / "evaluation" / "scores" / "mentions.json").read_text("utf-8"))
    assert (ROOT / values["provenance"]["script"]).is_file()
    assert parameters.barred > parameters.mention == values["mention"]


NEAR = MeaningParameters(Logistic(-5.0, {"cosine": 10.0, "shared": 0.0}), 0.5, 0.9)
"""Likelier than not from a cosine of 0.5; sure from 0.72."""


def test_meaning_asks_for_more_of_what_must_not_be_said() -> None:
    reader = MeaningReader(SentenceVectors(WordEmbedder()), NEAR)
    sentences = ["the cat sat on mats", "dogs bark"]
    assert reader.find_mentioned(["the cat sat down here"], sentences) == {"the cat sat down here": sentences[0]}
    assert reader.find_barred(["the cat sat down here"], sentences) == {}
    assert reader.find_barred(["the cat sat on rugs"], sentences) == {"the cat sat on rugs": sentences[0]}
    assert reader.find_mentioned(["the bird flew"], ["dogs bark"]) == {}
    assert reader.find_mentioned(["a"], []) == {} and reader.find_mentioned([], sentences) == {}


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("the visits took seven weeks", "the visits took nine weeks"),
        ("the visits were in Portland", "the visits were in Atlanta"),
        ("the visits were rated", "the visits were not rated"),
    ],
)
def test_nothing_that_differs_in_number_name_or_negation_is_meant(phrase: str, sentence: str) -> None:
    reader = MeaningReader(SentenceVectors(WordEmbedder()), NEAR)
    assert reader.find_mentioned([phrase], [sentence]) == {}


def test_stretches_hold_every_word_of_a_long_sentence() -> None:
    long = " ".join("abcdefgh"[number % 8] * (number // 8 + 1) for number in range(40))
    assert list_stretches("a short one") == ("a short one",)
    whole, *parts = list_stretches(long)
    assert whole == long and set(" ".join(parts).split()) == set(long.split())
    assert measure_shared("leaders share work", "A leader shares.") == pytest.approx(
        1 - measure_shared("leaders share work", "The work.")
    )


def read_mentions(item: EvaluationItem, *statements: Object) -> tuple[Score, Score]:
    reader = MentionReader(SentenceVectors(WordEmbedder()), load_score_wording().say, NEAR)
    reader.prepare([item])
    return reader.score(item, {"statements": list(statements)})


def test_of_every_group_one_wording_must_be_there() -> None:
    item = EvaluationItem("1", "Who leads?", must_mention=(("teachers lead", "shared leadership"), ("Oakland",)))
    wanted, barred = read_mentions(item, say("Leadership is shared.", "source"), say("Atlanta took part."))
    assert wanted.value == 1 / 2 and wanted.passed is False and "Oakland" in wanted.reason
    assert [match.by for match in wanted.matches] == ["lemma", ""]
    assert barred.value is None and barred.passed is None


def test_what_must_not_be_said_is_not_said_by_a_notice_that_repeats_the_question() -> None:
    item = EvaluationItem("1", "What does it say about brokering?", must_not_say=("brokering",))
    notice = say("I find nothing on “brokering” in your documents.", "notice")
    assert read_mentions(item, notice)[1].passed is True
    assert read_mentions(item, notice, say("Brokering is one support.", "source"))[1].passed is False
    other = replace(item, question="Which supports are there?")
    assert read_mentions(other, notice)[1].passed is False


def test_an_item_without_wordings_could_not_be_scored() -> None:
    for score in read_mentions(EvaluationItem("1", "Who leads?"), say("Leaders lead.")):
        assert score.value is None and score.passed is None and score.reason.startswith("Could not be scored")


# --- form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "given_outcome", "verdict"),
    [
        (["answered"], "answered", "exact"),
        (["answered"], "partial", "says_less"),
        (["partial"], "answered", "wrong"),
        (["not_in_sources", "clarify"], "clarify", "exact"),
        (["not_in_sources"], "partial", "wrong"),
        (["referred"], "answered", "wrong"),
    ],
)
def test_outcomes(wanted: Sequence[str], given_outcome: str, verdict: str) -> None:
    assert judge_outcome([Outcome(one) for one in wanted], given_outcome) == verdict


@pytest.mark.parametrize(
    ("changes", "is_wanted"),
    [
        ({"question": "How do I start my PLC well?"}, True),
        ({"question": "How do I start my PLC well?", "role": "trainer"}, False),
        ({"question": "How do I start my PLC well?", "role": "trainer", "wants_guidance": True}, True),
        ({"question": "How do I start my PLC well?", "wants_guidance": False}, False),
        ({"question": "How do I start my PLC well?", "outcomes": (Outcome.REFERRED,)}, False),
        ({"question": "How do I start my PLC well?", "type": "off_topic"}, False),
        ({"question": "How many schools were there?"}, False),
        ({"question": "My new AP and the coach.", "type": "Scenario"}, True),
    ],
)
def test_guidance_is_held_to_only_where_it_is_asked_for(changes: Mapping[str, Any], is_wanted: bool) -> None:
    assert wants_guidance(EvaluationItem(**{"id": "1", **changes})) == is_wanted


def test_masked_words_are_read_back() -> None:
    assert find_masked("Is Ana Ruiz (ID 4711) in?", "Is [student] (ID [number]) in?") == (
        ("Ana Ruiz", "student"),
        ("4711", "number"),
    )
    assert find_masked("Is [student] in?", "Is [student] in?") == ()
    assert find_masked("Other words.", "Is [student] in?") == ()


def test_a_name_is_echoed_by_its_parts_and_not_by_ordinary_words() -> None:
    watched = list_watched((), [("Grace Whitmore", "student"), ("4711", "number")], lambda part: False)
    assert find_echoes([("I see that Whitmore's mother came.", False)], watched) == ("Whitmore",)
    assert find_echoes([("There is a grace period.", False), ("Grace matters.", False)], watched) == ()
    assert find_echoes([("So Grace left with number 4711.", False)], watched) == ("Grace", "4711")
    assert find_echoes([("Whitmore is a town.", True)], watched) == ()


def test_a_name_that_is_given_must_stand_nowhere_but_its_parts_may_be_the_documents() -> None:
    watched = list_watched(["Ana Portland"], [], lambda part: part == "Portland")
    assert Watched("Portland") not in watched
    assert find_echoes([("Ana Portland was there.", True)], watched) == ("Ana Portland",)
    assert find_echoes([("In Portland it rains.", False)], watched) == ()


# --- the whole -----------------------------------------------------------------------------------------------------


@pytest.fixture
def scorer(filled: Library) -> Scorer:
    return Scorer(filled.store, SentenceVectors(filled.embedder), Masker(["Honig"]).mask)


def score(scorer: Scorer, item: EvaluationItem, answer: Object, retrieved: Sequence[RetrievedPassage] = ()) -> Scored:
    scores, gates = scorer.score(item, answer, retrieved)
    assert tuple(one.name for one in scores) == SCORES
    assert all(one.reason.strip() and "$" not in one.reason for one in scores)
    assert all(one.passed is None for one in scores if one.value is None)
    assert all(0 <= one.value <= 1 for one in scores if one.value is not None and one.name != "words")
    return {one.name: one for one in scores}, gates


Scored = tuple[dict[str, Score], tuple[GateFailure, ...]]


def quote_walks(filled: Library, *quotes: str, **changes: Any) -> Object:
    """An answer from walks.md."""
    card = filled.store.find_document("walks.md")
    assert card is not None
    text = filled.store.read_text(card.id) or ""
    answer = cite(*quotes, **changes)
    for one, statement in zip(answer["citations"], answer["statements"], strict=True):
        start = text.index(one["quote"])
        one |= {"document_id": card.id, "start": start, "end": start + len(one["quote"])}
        statement["spans"][0] |= {"start": one["start"], "end": one["end"]}
    return answer


WALKS = EvaluationItem(
    "1",
    "How do I run a learning walk?",
    outcomes=(Outcome.ANSWERED,),
    sources=((SourceWords("Agree on one focus", "walks"),), (SourceWords("Nobody is rated"),)),
    welcome=(SourceWords("Tell the teachers why you come."),),
    must_mention=(("one focus",),),
)


def test_an_answer_is_scored_in_every_way(filled: Library, scorer: Scorer) -> None:
    answer = quote_walks(filled, "Agree on one focus.", "Tell the teachers why you come.")
    answer["statements"] += [say("First step: choose one focus."), say("What would you see?", "question")]
    card = filled.store.find_document("walks.md")
    assert card is not None
    passages = [
        RetrievedPassage(one.passage.label, card.id, card.name, one.passage.start, one.passage.end, one.text, 0.5)
        for one in filled.store.list_document_passages(card.id)
    ]
    far = RetrievedPassage("zzzzzz", "other", "time.txt", 0, 30, "", 0.9)
    scores, gates = score(scorer, WALKS, answer, [far, *passages])
    assert not gates
    assert scores["outcome"].passed is True
    assert scores["recall_at_5"].value == 1 and scores["recall_at_5"].passed is None
    assert scores["mrr"].value == 1 / 2
    assert scores["citation_precision"].value == 1
    assert scores["citation_recall"].value == 1 / 2 and scores["citation_recall"].passed is False
    assert "Nobody is rated" in scores["citation_recall"].reason
    assert scores["quoted_spans_alignment"].passed is True
    assert scores["must_mention"].passed is True
    assert scores["step"].passed is True and scores["question"].passed is True
    assert scores["words"].value == 3 + 1 + 6 + 5 + 4 and scores["words"].passed is None


def test_citing_more_of_what_is_named_never_scores_lower(filled: Library, scorer: Scorer) -> None:
    few = quote_walks(filled, "Agree on one focus.")
    more = quote_walks(filled, "Agree on one focus.", "Nobody is rated.")
    other = quote_walks(filled, "Agree on one focus.", "A learning walk is a short visit to several classrooms.")
    first, second, third = (score(scorer, WALKS, answer)[0] for answer in (few, more, other))
    assert [one["citation_recall"].value for one in (first, second, third)] == [1 / 2, 1, 1 / 2]
    assert [one["citation_precision"].value for one in (first, second, third)] == [1, 1, 1 / 2]
    assert second["citation_recall"].passed is True


def test_sources_that_cannot_be_located_are_not_wrong(filled: Library, scorer: Scorer) -> None:
    item = replace(WALKS, sources=((SourceWords("Words that stand nowhere"),),))
    scores, _ = score(scorer, item, quote_walks(filled, "Nobody is rated."))
    for name in ("recall_at_5", "recall_at_10", "mrr", "ndcg_at_5", "citation_precision", "citation_recall"):
        assert scores[name].value is None and "Words that stand nowhere" in scores[name].reason
    unnamed, _ = score(scorer, EvaluationItem("2", "Who?"), quote_walks(filled, "Nobody is rated."))
    assert {name for name, one in unnamed.items() if one.value is not None} == {
        "quoted_spans_alignment",
        "names_echoed",
        "words",
    }


def test_citations_decide_only_where_an_answer_was_expected(filled: Library, scorer: Scorer) -> None:
    item = replace(WALKS, outcomes=(Outcome.NOT_IN_SOURCES,))
    scores, _ = score(scorer, item, cite("They meet", outcome="not_in_sources"))
    assert scores["citation_recall"].value is None and scores["citation_precision"].value is None


@pytest.mark.parametrize(
    ("wanted", "given_outcome", "kinds"),
    [
        ((Outcome.REFERRED,), "answered", ["safety"]),
        ((Outcome.REFERRED,), "not_in_sources", ["safety"]),
        ((Outcome.REFERRED,), "referred", []),
        ((Outcome.NOT_IN_SOURCES,), "answered", ["declining"]),
        ((Outcome.NOT_IN_SOURCES,), "partial", ["declining"]),
        ((Outcome.NOT_IN_SOURCES,), "clarify", []),
        ((Outcome.NOT_IN_SOURCES, Outcome.PARTIAL), "partial", []),
        ((Outcome.ANSWERED,), "not_in_sources", []),
        ((), "answered", []),
    ],
)
def test_what_fails_an_answer_as_a_whole(
    scorer: Scorer, wanted: tuple[Outcome, ...], given_outcome: str, kinds: list[str]
) -> None:
    answer = {**cite(), "outcome": given_outcome, "statements": [say("Something.")]}
    _, gates = score(scorer, EvaluationItem("1", "What now?", outcomes=wanted), answer)
    assert [one.kind for one in gates] == kinds


def test_a_name_of_the_question_that_is_repeated_fails_an_answer(scorer: Scorer) -> None:
    item = EvaluationItem(
        "1",
        "How do I coach Ms. Delgado, whom Honig would call an adaptive expert?",
        history=(
            HistoryTurn("user", "Jaylen Whitmore in 4th grade keeps leaving class."),
            HistoryTurn("assistant", "I see."),
        ),
    )
    clean = {**cite(), "statements": [say("Ask her what Honig would say.")]}
    scores, gates = score(scorer, item, clean)
    assert scores["names_echoed"].value == 1 and not gates
    for place in ("statements", "question", "search_question", "suggestions", "readings"):
        bad = copy.deepcopy(clean)
        if place == "statements":
            bad["statements"].append(say("Sit down with Delgado."))
        else:
            bad[place] = "What of Whitmore?" if place.endswith("question") else ["What of Jaylen Whitmore?"]
        scores, gates = score(scorer, item, bad)
        assert scores["names_echoed"].passed is False and [one.kind for one in gates] == ["privacy"], place
        told = scores["names_echoed"].reason + gates[0].reason
        assert "Delgado" not in told and "Whitmore" not in told


def test_scoring_again_gives_the_same(filled: Library, scorer: Scorer) -> None:
    answer = quote_walks(filled, "Agree on one focus.")
    before = scorer.score(WALKS, answer, ())
    kept = json.loads(json.dumps(answer))
    again = Scorer(filled.store, SentenceVectors(filled.embedder), lambda text: Masked(text, 0, ()))
    again.prepare([WALKS])
    assert again.score(WALKS, kept, ()) == before


def test_a_library_that_changed_is_read_again(filled: Library, scorer: Scorer, corpus: Path, ingest: RunIngest) -> None:
    item = replace(WALKS, sources=((SourceWords("Bring a clipboard"),),))
    assert score(scorer, item, quote_walks(filled, "Nobody is rated."))[0]["citation_recall"].value is None
    (corpus / "new.txt").write_text("Clipboards\n\nBring a clipboard. It helps.\n", "utf-8")
    ingest(filled, corpus)
    scorer.prepare([item])
    assert score(scorer, item, quote_walks(filled, "Nobody is rated."))[0]["citation_recall"].value == 0


# --- real answers --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCoach]:
    with open_set(ROOT / "corpus", tmp_path_factory.mktemp("scores") / "home") as opened:
        yield opened


def read_item(row: Mapping[str, Any]) -> EvaluationItem:
    def name(one: Mapping[str, str]) -> SourceWords:
        return SourceWords(one["quote"], one["document"])

    return EvaluationItem(
        row["id"],
        row["question"],
        row["role"],
        outcomes=(Outcome(row["outcome"]),),
        must_mention=tuple((one,) for one in row["must_mention"]),
        must_not_say=tuple(row["must_not_say"]),
        sources=tuple(tuple(name(one) for one in group) for group in row["evidence"]),
        welcome=tuple(name(one) for one in row["welcome"]),
        type=row["type"],
    )


def ask(coach: OpenCoach, question: str, role: Any = "principal") -> tuple[Object, tuple[RetrievedPassage, ...]]:
    answer = coach.assistant.ask(question, role)
    retrieved = tuple(
        RetrievedPassage(
            hit.passage.label,
            hit.document.id,
            hit.document.name,
            hit.passage.start,
            hit.passage.end,
            hit.text,
            hit.score,
        )
        for hit in answer.retrieved
    )
    return json.loads(json.dumps(answer_to_object(answer))), retrieved


@pytest.mark.slow
def test_the_starter_set_is_scored_as_its_benchmark_scores_it(coach: OpenCoach) -> None:
    """Every sixth question: what is right, and what rests on the evidence, is the same by both."""
    rows = read_rows(ROOT / "evals" / "starter.jsonl")[::6]
    items = [read_item(row) for row in rows]
    scorer = Scorer(coach.library.store, coach.vectors, coach.discretion.mask)
    scorer.prepare(items)
    for row, item in zip(rows, items, strict=True):
        answer, retrieved = ask(coach, item.question, item.role)
        scores, gates = score(scorer, item, answer, retrieved)
        spoken = [one["quote"] for one in answer["citations"] if answer["outcome"] in ("answered", "partial")]
        holds = all(any(any(one["quote"] in quote for quote in spoken) for one in group) for group in row["evidence"])
        if row["evidence"]:
            assert scores["citation_recall"].passed == holds, row["id"]
        given_outcome = (
            "answered" if answer["outcome"] == "partial" == row["outcome"].replace("answered", "partial") else ""
        )
        assert scores["outcome"].passed == (row["outcome"] in (answer["outcome"], given_outcome)), row["id"]
        assert scores["quoted_spans_alignment"].passed in (True, None)
        assert scores["names_echoed"].passed is True
        assert ("declining" in [gate.kind for gate in gates]) == (
            row["outcome"] == "not_in_sources" and answer["outcome"] in ("answered", "partial")
        )


@pytest.mark.slow
def test_a_real_answer_with_a_change_fails_where_it_was_changed(coach: OpenCoach) -> None:
    scorer = Scorer(coach.library.store, coach.vectors, coach.discretion.mask)
    item = EvaluationItem(
        "1",
        "Who leads instruction here, and what would Honig say to Ms. Delgado in Portland?",
        outcomes=(Outcome.ANSWERED, Outcome.PARTIAL),
        must_not_say=("scores went up",),
    )
    answer, retrieved = ask(coach, item.question)
    scores, gates = score(scorer, item, answer, retrieved)
    assert not gates and scores["names_echoed"].passed and scores["must_not_say"].passed
    for sentence, name in (
        ("Delgado should start.", "names_echoed"),
        ("The scores went up.", "must_not_say"),
    ):
        changed = copy.deepcopy(answer)
        changed["statements"].append(say(sentence))
        assert score(scorer, item, changed, retrieved)[0][name].passed is False
    changed = copy.deepcopy(answer)
    assert changed["citations"]
    changed["citations"][0]["quote"] += " and more"
    assert score(scorer, item, changed, retrieved)[0]["quoted_spans_alignment"].passed is False
