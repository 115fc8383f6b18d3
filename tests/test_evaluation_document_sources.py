"""Sources that name only a document: what counts for them, what the reasons say, and what stays unscored."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.evaluation.draft_cases import draft_cases
from coach.evaluation.records import EvaluationItem, RetrievedPassage, Score, SourceWords
from coach.evaluation.scores.citation_scores import Cited, cites, covers, touches
from coach.evaluation.scores.document_names import DocumentNames, list_unknown
from coach.evaluation.scores.locating import Located, Place, find_whole, locate
from coach.evaluation.scores.scoring import Scorer
from coach.evaluation.sheets.exporting import write_ragas
from coach.library import Library
from coach.masking import Masked
from coach.records import DocumentCard, Metadata, Outcome
from coach.sentence_vectors import SentenceVectors
from tests.conftest import RunIngest

WALKS, TIME = SourceWords(document="Learning Walks"), SourceWords(document="time.txt")
QUOTED = SourceWords("Agree on one focus", "walks.md")

# --- which document is meant ---------------------------------------------------------------------------------------


def make_card(name: str, title: str | None = None, called: tuple[str, ...] = ()) -> DocumentCard:
    return DocumentCard(f"id-{name}", name, name, "text", 1, 1, 1, 1, Metadata(title, called=called), (), "2026")


ENTRY = make_card("entry.txt", "Learning Focused Leadership", ("the entry", "the encyclopedia"))
REPORT = make_card(
    "report.txt", "Learning-Focused Leadership and Support: Meaning and Practice", ("the Wallace report",)
)
CARDS = (ENTRY, REPORT, make_card("notes.pdf"), make_card("a notes.pdf", "On Notes"))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("entry", [ENTRY]),
        ("ENTRY.TXT", [ENTRY]),
        ("Learning-focused leadership", [ENTRY]),
        ("encyclopedia", [ENTRY]),
        ("Wallace Report", [REPORT]),
        ("learning-focused leadership and support", [REPORT]),
        ("Knapp & Honig (2010). Learning-Focused Leadership and Support: Meaning and Practice. Seattle.", [REPORT]),
        ("Portin, B. “Learning Focused Leadership”, Routledge", [ENTRY]),
        ("Learning Focused Leadership: another book", []),
        ("Learning Focused Leadership for Everyone", []),
        ("Knapp, Leadership, 2010", []),
        ("Nothing Like It", []),
    ],
)
def test_a_name_means_a_document_only_where_it_is_its_name(name: str, meant: Sequence[DocumentCard]) -> None:
    assert list(DocumentNames(CARDS).find(name)) == meant


def test_a_reference_that_holds_two_titles_means_neither_alone() -> None:
    both = "Compare “Learning Focused Leadership” with “Learning-Focused Leadership and Support”."
    # The shorter title stands within the longer one, so only the longer is known to be there.
    assert list(DocumentNames(CARDS).find(both)) == [REPORT]
    walks, talks = make_card("1.txt", "A Book of Learning Walks"), make_card("2.txt", "A Book of Learning Talks")
    named = "Both “A Book of Learning Walks” and “A Book of Learning Talks”"
    assert list(DocumentNames((walks, talks)).find(named)) == [walks, talks]


def make_signed(name: str, authors: tuple[str, ...], date: str | None) -> DocumentCard:
    known = Metadata("A Title of Its Own", authors, date)
    return DocumentCard(f"id-{name}", name, name, "text", 1, 1, 1, 1, known, (), "2026")


TEAM = make_signed("team.pdf", ("Ana M. Ruiz", "Ben Okafor", "Ibáñez, Carla"), "August 2010")
ALONE = make_signed("alone.pdf", ("Okafor, Ben",), "2012")
UNDATED = make_signed("undated.pdf", ("Ana M. Ruiz",), None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Ruiz et al. 2010", [TEAM]),
        ("Ruiz, Okafor & Ibáñez (2010)", [TEAM]),
        ("A. M. Ruiz and others, 2010", [TEAM]),
        ("okafor 2012", [ALONE]),
        ("Okafor 2010", []),  # who is not the first author is not cited alone
        ("Ruiz & Smith 2010", []),
        ("Ruiz 2011", []),
        ("Ruiz", []),
        ("2010", []),
    ],
)
def test_authors_with_their_year_mean_their_document(name: str, meant: Sequence[DocumentCard]) -> None:
    cards = (TEAM, ALONE, UNDATED, make_card("notes.pdf"))
    assert list(DocumentNames(cards).find(name)) == meant


def test_two_documents_of_one_author_and_year_are_both_meant() -> None:
    other = make_signed("other.pdf", ("Ana M. Ruiz",), "2010")
    assert list(DocumentNames((TEAM, other)).find("Ruiz 2010")) == [TEAM, other]


def test_names_by_which_no_document_goes_are_counted_as_they_were_typed() -> None:
    def item(place: int, *names: str) -> EvaluationItem:
        return EvaluationItem(str(place), "How?", sources=tuple((SourceWords(document=name),) for name in names))

    items = [
        item(0, "Wallace report", "Bus routes (2019)"),
        item(1, "bus routes, 2019", "Lunch"),
        item(2, "bus routes 2019", "Bus Routes 2019"),
        item(3, "", "entry.txt"),
    ]
    assert list_unknown(items, CARDS) == (("Bus routes (2019)", 3), ("Lunch", 1))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (SourceWords(document="the entry"), ENTRY),
        (SourceWords("Learning-Focused Leadership and Support"), REPORT),
        (SourceWords("Learning Focused Leadership", "entry.txt"), ENTRY),
        (SourceWords("…", "entry.txt"), ENTRY),
        (SourceWords("Learning Focused Leadership", "report.txt"), None),
        (SourceWords("Leadership is shared", "entry.txt"), None),
        (SourceWords(document="entry.txt", label="abcdef"), None),
        (SourceWords(document="handbook.pdf"), None),
        (SourceWords("…"), None),
        (SourceWords(), None),
    ],
)
def test_only_what_gives_no_words_stands_for_the_whole_document(words: SourceWords, meant: DocumentCard | None) -> None:
    assert find_whole(words, DocumentNames(CARDS)) == meant


@pytest.fixture
def filled(library: Library, corpus: Path, ingest: RunIngest) -> Library:
    ingest(library, corpus)
    return library


def test_a_reference_stands_for_its_document_and_a_sentence_for_itself(
    filled: Library, corpus: Path, ingest: RunIngest
) -> None:
    (corpus / "shared.md").write_text("# Sharing the work of leading\n\nThey share it.\n", "utf-8")
    ingest(filled, corpus)
    reference = SourceWords("Doe, J. (2012). Sharing the work of leading. Press.")
    mention = SourceWords(
        "As “Sharing the work of leading” has it in one of the many chapters that it gives to meetings, nobody in a "
        "school should have to attend all of them in the same week."
    )
    located = locate([reference, mention], filled.store)
    card = filled.store.find_document("shared.md")
    assert card is not None and located[reference].is_whole
    assert located[reference].places == (Place(card.id, 0, len(filled.store.read_text(card.id) or "")),)
    assert located[mention].fault == "not_there"


def test_a_sentence_that_stands_nowhere_is_no_reference_to_a_title_within_it(
    filled: Library, corpus: Path, ingest: RunIngest
) -> None:
    (corpus / "lead.md").write_text("# Instructional leadership\n\nThey share it.\n", "utf-8")
    ingest(filled, corpus)
    sentence = SourceWords("Instructional leadership, not paperwork, improves schools.")
    reference = SourceWords("Doe (2014). Instructional leadership. Small Press.")
    located = locate([sentence, reference], filled.store)
    assert located[sentence].fault == "not_there" and located[reference].is_whole


def test_words_where_a_document_is_named_count_where_they_stand(filled: Library) -> None:
    words, few, unknown = (
        SourceWords(document="agree on one focus"),
        SourceWords(document="one focus"),
        SourceWords(document="a report that nobody has here"),
    )
    located = locate([words, few, unknown], filled.store)
    assert located[words].places == locate([QUOTED], filled.store)[QUOTED].places and not located[words].is_whole
    assert located[few].fault == located[unknown].fault == "no_document"


# --- what counts ---------------------------------------------------------------------------------------------------

LENGTH = 60
SPANS = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 20)).map(lambda one: (one[0], min(sum(one), LENGTH)))
DOCUMENT_IDS = st.sampled_from(["d1", "d2"])
WHOLE = Located(SourceWords(document="d1.txt"), (Place("d1", 0, LENGTH),), is_whole=True)
TEXTS = dict.fromkeys(("d1", "d2"), "Ab. Cd ef. Gh. " * (LENGTH // 15))


@settings(deadline=None)
@given(SPANS, DOCUMENT_IDS, SPANS)
def test_a_document_counts_all_that_words_of_it_would_and_nothing_of_another(
    named: tuple[int, int], document_id: str, there: tuple[int, int]
) -> None:
    words = Located(SourceWords("x", "d1.txt"), (Place("d1", *named),))
    passage = RetrievedPassage("p", document_id, f"{document_id}.txt", *there, "", 0.5)
    cited = Cited("p", document_id, f"{document_id}.txt", *there, "")
    is_own = document_id == "d1"
    assert covers(passage, WHOLE) == touches(cited, WHOLE) == cites([cited], WHOLE, TEXTS.get) == is_own
    assert covers(passage, words) <= is_own and touches(cited, words) <= is_own
    assert not cites([], WHOLE, TEXTS.get)


@pytest.fixture
def scorer(filled: Library) -> Scorer:
    return Scorer(filled.store, SentenceVectors(filled.embedder), lambda text: Masked(text, 0, ()))


def list_passages(filled: Library, name: str) -> list[RetrievedPassage]:
    card = filled.store.find_document(name)
    assert card is not None
    return [
        RetrievedPassage(one.passage.label, card.id, card.name, one.passage.start, one.passage.end, one.text, 0.5)
        for one in filled.store.list_document_passages(card.id)
    ]


FAR = RetrievedPassage("zzzzzz", "other", "other.txt", 0, 30, "", 0.9)


def quote(filled: Library, **quoted: str) -> dict[str, Any]:
    """An answer that quotes words, by the name of their document."""
    citations, statements = [], []
    for number, (name, words) in enumerate(quoted.items()):
        card = next(one for one in filled.store.list_documents() if one.name.startswith(name))
        start = (filled.store.read_text(card.id) or "").index(words)
        span = {"label": f"aaaa{number}", "start": start, "end": start + len(words)}
        citations.append({**span, "document_id": card.id, "document": card.name, "quote": words})
        statement = {"text": words, "kind": "source", "origin": "quoted"}
        statements.append({**statement, "citations": [span["label"]], "spans": [span]})
    answer = {"outcome": "answered", "statements": statements, "citations": citations, "readings": []}
    return {**answer, "question": "", "search_question": ""}


def score(
    scorer: Scorer,
    sources: Sequence[Sequence[SourceWords]],
    answer: Mapping[str, Any],
    retrieved: Sequence[RetrievedPassage] = (),
    **more: Any,
) -> dict[str, Score]:
    item = EvaluationItem("1", "How?", outcomes=(Outcome.ANSWERED,), sources=tuple(map(tuple, sources)), **more)
    return {one.name: one for one in scorer.score(item, answer, retrieved)[0]}


def test_a_passage_of_the_document_is_a_hit_once(filled: Library, scorer: Scorer) -> None:
    walks = list_passages(filled, "walks.md")
    scores = score(scorer, [[WALKS]], quote(filled, walks="Nobody is rated."), [FAR, *walks, *walks])
    assert scores["recall_at_5"].value == scores["recall_at_10"].value == 1
    assert scores["mrr"].value == 1 / 2
    # One group, found in place 2, and never again: 1/log2(3) against 1/log2(2).
    assert scores["ndcg_at_5"].value == pytest.approx(1 / math.log2(3))
    assert scores["citation_recall"].value == 1 and scores["citation_recall"].passed is True
    assert scores["citation_precision"].value == 1
    told = "“Learning Walks” names the document only"
    assert f"{told}; a passage of it was found at rank 2." in scores["recall_at_5"].reason
    assert f"{told}; the answer cites words of it." in scores["citation_recall"].reason
    for name in ("mrr", "ndcg_at_5", "citation_precision"):
        assert f"{told}; anything in it counts." in scores[name].reason


def test_nothing_of_the_document_is_a_miss_that_says_so(filled: Library, scorer: Scorer) -> None:
    answer = quote(filled, time="Meetings move to the afternoon.")
    scores = score(scorer, [[WALKS]], answer, [FAR] * 5 + list_passages(filled, "walks.md"))
    assert scores["recall_at_5"].value == 0 and scores["recall_at_10"].value == 1
    assert scores["citation_recall"].value == scores["citation_precision"].value == scores["ndcg_at_5"].value == 0
    assert scores["citation_recall"].passed is False
    assert "names the document only; no passage of it is among the first 5." in scores["recall_at_5"].reason
    assert "found at rank 6." in scores["recall_at_10"].reason
    assert "names the document only; the answer cites nothing of it." in scores["citation_recall"].reason
    assert "names the document only" not in scores["citation_precision"].reason + scores["ndcg_at_5"].reason


def test_words_and_a_document_side_by_side(filled: Library, scorer: Scorer) -> None:
    answer = quote(filled, walks="Nobody is rated.", time="Meetings move to the afternoon.")
    walks, time = list_passages(filled, "walks.md"), list_passages(filled, "time.txt")
    wrong, right = (next(one for one in walks if (QUOTED.quote in one.text) == is_right) for is_right in (False, True))
    scores = score(scorer, [[QUOTED], [TIME]], answer, [wrong, time[0], right])
    assert scores["recall_at_5"].value == 1 and scores["mrr"].value == 1 / 2
    ideal = 1 + 1 / math.log2(3)
    assert scores["ndcg_at_5"].value == pytest.approx((1 / math.log2(3) + 1 / 2) / ideal)
    # The words of the one are not quoted; of the other anything is enough.
    assert scores["citation_recall"].value == 1 / 2 and scores["citation_precision"].value == 1 / 2
    assert "time.txt” names the document only" in scores["citation_recall"].reason
    assert "walks.md” names the document only" not in " ".join(one.reason for one in scores.values())


def test_where_the_words_themselves_are_found_nothing_is_said_of_the_document(filled: Library, scorer: Scorer) -> None:
    right = next(one for one in list_passages(filled, "walks.md") if QUOTED.quote in one.text)
    scores = score(scorer, [[QUOTED, WALKS]], quote(filled, walks="Agree on one focus."), [right])
    assert all(scores[name].value == 1 for name in ("recall_at_5", "mrr", "ndcg_at_5", "citation_recall"))
    assert not any("document only" in one.reason for one in scores.values())


def test_a_welcome_document_is_no_mistake_to_cite(filled: Library, scorer: Scorer) -> None:
    answer = quote(filled, walks="Agree on one focus.", time="Meetings move to the afternoon.")
    assert score(scorer, [[QUOTED]], answer)["citation_precision"].value == 1 / 2
    scores = score(scorer, [[QUOTED]], answer, welcome=(TIME,))
    assert scores["citation_precision"].value == 1 and scores["citation_recall"].value == 1
    assert "“time.txt” names the document only; anything in it counts." in scores["citation_precision"].reason


def test_a_document_that_is_not_there_could_not_be_scored(filled: Library, scorer: Scorer) -> None:
    names = ("recall_at_5", "recall_at_10", "mrr", "ndcg_at_5", "citation_precision", "citation_recall")
    answer = quote(filled, walks="Nobody is rated.")
    scores = score(scorer, [[WALKS], [SourceWords(document="handbook.pdf")]], answer)
    told = "Could not be scored: no document of this library is called “handbook.pdf”."
    assert {(scores[name].value, scores[name].passed, scores[name].reason) for name in names} == {(None, None, told)}


def test_two_documents_that_may_be_meant_could_not_be_scored(filled: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / "other.md").write_text("# Learning walks\n\nOther words.\n", "utf-8")
    ingest(filled, corpus)
    scorer = Scorer(filled.store, SentenceVectors(filled.embedder), lambda text: Masked(text, 0, ()))
    scores = score(scorer, [[WALKS]], quote(filled, time="Meetings move to the afternoon."))
    assert scores["citation_recall"].value is None
    assert "may mean 2 documents of this library" in scores["citation_recall"].reason


# --- what else reads sources ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_covered"),
    [
        (WALKS, False),
        (SourceWords("Learning walks", "walks.md"), False),
        (SourceWords("Learning walks"), False),
        (SourceWords("the school itself"), True),
    ],
)
def test_a_document_that_is_named_has_no_passage_covered_by_that(
    library: Library, corpus: Path, ingest: RunIngest, words: SourceWords, is_covered: bool
) -> None:
    path = corpus / "walks.md"
    more = "All the learning walks of this district begin with a question that the school itself has chosen. Nobody"
    path.write_text(path.read_text("utf-8").replace("Nobody", more), "utf-8")
    ingest(library, corpus)
    item = EvaluationItem("1", "How?", sources=((words,),))
    every = draft_cases(library.store, ())
    assert len(draft_cases(library.store, (item,))) == len(every) - is_covered


def test_a_document_is_no_context_of_ragas() -> None:
    item = EvaluationItem("1", "How?", sources=((WALKS,), (QUOTED,)))
    assert json.loads(write_ragas([item]))["reference_contexts"] == [QUOTED.quote]
    assert json.loads(write_ragas([replace(item, sources=((WALKS,),))]))["reference_contexts"] == []
