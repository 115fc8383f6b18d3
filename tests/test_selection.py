"""Which sentences are quoted, where they are cut, and what each of them does."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.asking import Asked, Kind
from coach.basis import recognise_basis
from coach.close_reading import CloseReading, Finding
from coach.drafting import quote_stretch
from coach.records import Basis, DocumentCard, Evidence, Hit, Metadata, Passage, Question, Sentence, Span
from coach.search_copy import read_quote
from coach.selection import Measure, Selected, select_sentences
from coach.shortening import LONGEST, cut_clause
from coach.stemming import stem
from tests.test_asking import card

ASKED = Asked(Kind.VIEW, (), (), None, ())
EVEN = Measure(floor=0.2, share=0.5)


def make_passage(document: DocumentCard, sentences: Sequence[str], ordinal: int = 0) -> Hit:
    """A passage whose text is the sentences with a space between."""
    spans, place = [], 0
    for sentence in sentences:
        spans.append(Sentence((Span(place, place + len(sentence)),)))
        place += len(sentence) + 1
    text = " ".join(sentences)
    label = f"{document.id}{ordinal}"
    passage = Passage(label, label, document.id, ordinal, 0, len(text), (), None, None, tuple(spans), text, "")
    return Hit(passage, document, text, 0.5, 0.5, 1.0)


def make_reading(hits: Sequence[Hit], asked: Asked = ASKED) -> CloseReading:
    """Every sentence of every passage, each in a direction of its own."""
    findings = []
    for rank, hit in enumerate(hits):
        first = hit.passage.start
        texts = tuple(hit.text[s.spans[0].start - first : s.spans[0].end - first] for s in hit.passage.sentences)
        for place, (sentence, text) in enumerate(zip(hit.passage.sentences, texts, strict=True)):
            findings.append(Finding(hit, rank, sentence, place, text, texts, texts, 0.5, 0.5, True, True))
    evidence = Evidence(Question("q", "q"), tuple(hits))
    return CloseReading(evidence, asked, tuple(findings), np.eye(len(findings), dtype=np.float32), {})


ONE, TWO = card("one.txt"), card("two.txt")


def texts(selected: Sequence[Selected]) -> list[str]:
    return [" ".join(one.finding.neighbours[one.first : one.last + 1]) for one in selected]


def test_the_best_sentence_is_always_quoted_and_weak_ones_are_not() -> None:
    reading = make_reading([make_passage(ONE, ["Alpha leads.", "Beta follows.", "Gamma rests."])])
    assert texts(select_sentences(reading, [0.01, 0.02, 0.01], EVEN)) == ["Beta follows."]
    assert texts(select_sentences(reading, [0.9, 0.5, 0.1], EVEN)) == ["Alpha leads.", "Beta follows."]


def test_a_fact_gets_three_sentences_and_a_view_six() -> None:
    reading = make_reading([make_passage(ONE, [f"Sentence {number} says a thing." for number in range(9)])])
    assert sum(one.last - one.first + 1 for one in select_sentences(reading, [0.9] * 9, EVEN)) == 6
    short = replace(reading, asked=replace(ASKED, kind=Kind.NUMBER))
    assert sum(one.last - one.first + 1 for one in select_sentences(short, [0.9] * 9, EVEN)) == 3


def test_a_sentence_that_leans_on_the_one_before_brings_it() -> None:
    hit = make_passage(ONE, ["Teams visit lessons.", "These visits are short.", "They end with thanks."])
    (selected,) = select_sentences(make_reading([hit]), [0.0, 0.1, 0.9], EVEN)
    assert (selected.first, selected.last) == (0, 2)
    statement = quote_stretch(selected, make_reading([hit]))
    assert statement.text == "Teams visit lessons. These visits are short. They end with thanks."
    assert [quote.text for quote in statement.quotes] == [hit.text]


def test_a_sentence_that_says_the_same_is_quoted_once() -> None:
    reading = make_reading([make_passage(ONE, ["Visits are short.", "Visits are brief."])])
    same = replace(reading, vectors=np.array([[1, 0], [1, 0]], dtype=np.float32))
    assert len(select_sentences(same, [0.9, 0.8], EVEN)) == 1


def test_every_document_that_speaks_to_it_is_heard_the_best_one_first() -> None:
    long = make_passage(ONE, [f"Sentence {number} says a thing." for number in range(7)])
    reading = make_reading([long, make_passage(TWO, ["The other text agrees."])])
    chosen = select_sentences(reading, [0.9] * 7 + [0.6], EVEN)
    assert texts(chosen)[-1] == "The other text agrees." and len({one.finding.hit.document.id for one in chosen}) == 2
    best_last = select_sentences(reading, [0.3] * 7 + [0.6], EVEN)
    assert texts(best_last)[0] == "The other text agrees."


def test_stretches_never_say_a_sentence_twice() -> None:
    hit = make_passage(ONE, ["Teams visit.", "These are short.", "They end well.", "Nobody minds.", "They are free."])
    chosen = select_sentences(make_reading([hit]), [0.5, 0.6, 0.9, 0.1, 0.8], EVEN)
    quoted = [place for one in chosen for place in range(one.first, one.last + 1)]
    assert len(quoted) == len(set(quoted))


def test_nothing_is_quoted_of_a_document_that_hardly_speaks() -> None:
    reading = make_reading([make_passage(ONE, ["Alpha leads."]), make_passage(TWO, ["Beta is elsewhere."])])
    assert texts(select_sentences(reading, [0.9, 0.3], EVEN)) == ["Alpha leads."]


# --- cutting ------------------------------------------------------------------------------------------------------

LONG = (
    "The teams relied on visits and interviews over a year and a half in seven districts and fifteen schools of every kind"
    " (see the notes for the many details of how the visits were planned, agreed, prepared, made, and written up by all of"
    " the people who took part in them over that long time)."
)


def test_a_very_long_sentence_is_cut_at_a_clause_border() -> None:
    end = cut_clause(LONG, [])
    assert LONG[:end].endswith("of every kind")


def test_what_is_asked_for_is_never_cut_off() -> None:
    assert cut_clause(LONG, ["plan"]) == len(LONG)
    assert cut_clause(LONG, [], Span(LONG.index("prepared"), LONG.index("prepared") + 8)) == len(LONG)


def test_what_turns_the_sense_is_never_cut_off() -> None:
    turned = LONG.replace("(see the notes", "(but not in the notes")
    assert cut_clause(turned, []) == len(turned)


def test_a_short_sentence_stays_whole() -> None:
    assert cut_clause("Leaders listen; teachers teach.", []) == len("Leaders listen; teachers teach.")


@given(
    st.lists(
        st.sampled_from(["leaders", "and", ",", ";", "(", ")", "—", "not", "who", "teach", "“", "”"]), max_size=120
    )
)
def test_a_cut_keeps_a_beginning_and_closes_what_it_opens(words: list[str]) -> None:
    sentence = " ".join(words)
    end = cut_clause(sentence, ["teach"])
    kept = sentence[:end]
    assert 0 <= end <= len(sentence)
    if end < len(sentence):
        assert (
            len(sentence.split()) > LONGEST
            and kept.count("(") == kept.count(")")
            and "not" not in sentence[end:].split()
        )


def test_a_cut_is_marked_and_what_is_quoted_is_what_is_shown() -> None:
    hit = make_passage(ONE, [LONG])
    statement = quote_stretch(Selected(make_reading([hit]).findings[0], 0, 0, 0.9), make_reading([hit]))
    assert statement.cut and statement.text.endswith("of every kind …")
    assert read_quote(quote.text for quote in statement.quotes) + " …" == statement.text


def test_an_insertion_is_not_taken_for_an_end() -> None:
    claim = (
        "The claim that principals who spend more than half of their time in classrooms raise what students achieve (see the long"
        " review of studies by many authors over a decade of work in schools) is one that our data from the schools did test"
    )
    assert len(f"{claim} {claim}".split()) > LONGEST
    for whole in (f"{claim} for many years and in many places", f"{claim} and refute for many years and places"):
        assert cut_clause(whole, []) == len(whole)


def test_many_threads_stem_alike() -> None:
    words = [f"{base}{end}" for base in ("lead", "teach", "learn", "coach") for end in ("ing", "ers", "ed", "s")] * 50
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(stem.__wrapped__, words)) == alone


# --- what a sentence does -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "basis"),
    [
        ("We further assume that leadership is shared.", "assumes"),
        ("“Leadership” we define as the shared work of many.", "defines"),
        ("Instructional leadership, seen as managing teaching, is old.", "defines"),
        ("Who supports leaders in this work?", "asks"),
        ("This study strand examined decisions made by leaders.", "examined"),
        ("The researchers investigated how teams meet.", "examined"),
        ("The study found that principals who wait lose time.", "found"),
        ("Two sets of themes emerged from the study findings.", "found"),
        ("The teams conducted hundreds of interviews.", "describes"),
        ("This report summarizes what the authors learned.", "describes"),
        ("Leadership is a community effort.", "asserts"),
    ],
)
def test_what_a_sentence_does(sentence: str, basis: Basis) -> None:
    assert recognise_basis(sentence) == basis


def test_the_district_knows_better_than_the_patterns() -> None:
    assert recognise_basis("We further assume that it works.", (("further assume that", "asserts"),)) == "asserts"
    assert recognise_basis("We further\nassume that it works.", (("further assume", "asserts"),)) == "asserts"


def test_the_basis_of_a_quotation_comes_from_the_metadata_first() -> None:
    corrected = replace(ONE, metadata=Metadata(basis=(("Alpha", "found"),)))
    hit = make_passage(corrected, ["Alpha leads the whole team."])
    statement = quote_stretch(Selected(make_reading([hit]).findings[0], 0, 0, 0.9), make_reading([hit]))
    assert statement.basis == "found"
