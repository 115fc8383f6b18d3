"""The path of an answer: what is quoted stands in the document, what is not is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coach.answerability import Answerability, Logistic
from coach.assembly import build_discretion, build_team, build_workshop
from coach.assistant import Assistant
from coach.close_reading import measure_coverage
from coach.errors import LibraryEmpty
from coach.library import Library
from coach.places import MarkedPage
from coach.prompts import load_wording
from coach.records import Draft, DraftStatement, Exchange, Outcome, Quote, Span, Turn
from coach.rendering import answer_to_object, evidence_to_objects, name_source, write_text
from coach.retrieval import Retriever
from coach.search_copy import read_plainly
from coach.selection import Measure
from coach.settings import Settings
from coach.stemming import stem_words
from coach.verification import verify
from coach.web.source_view import view_source
from coach.web.templates import fill
from coach.web.transcript import Transcript, write_transcript
from tests.conftest import RunIngest
from tests.pdf_files import write_report

KEYS = {
    "id", "answer_id", "conversation_id", "question", "search_question", "role", "stance", "outcome", "confidence", "missing",
    "readings", "nearest", "statements", "citations", "practices", "retrieved", "rejected", "checked", "masked", "suggestions",
    "composer", "fallback", "receipt", "milliseconds", "reworded", "length", "route", "craft",
    "searched_as", "themes", "worth_adding", "sent",
}  # fmt: skip


# The fitted parameters are those of a real embedder; a fake one's cosines mean nothing to them.
PLAIN = Answerability(
    question=Logistic(-2.0, {"coverage": 6.0}),
    sentence=Logistic(-1.0, {"overlap": 5.0, "cosine": 1.0}),
    answered=0.5,
    partial=0.5,
    near=0.2,
    close=0.6,
    near_report=0.9,
    short=Measure(floor=0.3, share=0.7),
    long=Measure(floor=0.3, share=0.7),
)


def make_assistant(library: Library) -> Assistant:
    retriever = Retriever(library.store, library.words, library.exact, library.exact, library.embedder)
    home = library.store.path.parent
    settings = Settings(home=home, cache=home / "cache")
    workshop = build_workshop(library, retriever, None, PLAIN)
    team = build_team(library, workshop, settings, build_discretion(library.store, settings))
    return Assistant(library, team, "settings")


@pytest.fixture
def assistant(library: Library, corpus: Path, ingest: RunIngest) -> Iterator[Assistant]:
    (corpus / "report.pdf").write_bytes(write_report())
    (corpus / "plan.md").write_text("# A plan\n\nThe **team** meets <b>every</b> [Monday](x) at nine.\n", "utf-8")
    ingest(library, corpus)
    yield make_assistant(library)


def test_an_answer_quotes_the_document_and_says_where(assistant: Assistant, library: Library) -> None:
    answer = assistant.ask("How many mornings do principals who protect time have to visit lessons?")
    assert answer.outcome is Outcome.ANSWERED
    (first, *_) = answer.citations
    assert first.document == "time.txt" and first.title == "Protecting time" and first.page is None
    text = library.store.read_text(first.document_id)
    assert text is not None and text[first.start : first.end] == first.quote
    assert first.quote == "Principals who protect two mornings a week visit more lessons."
    assert answer.checked == len(answer.statements) and answer.rejected == ()


def test_a_citation_of_a_pdf_names_its_page(assistant: Assistant) -> None:
    answer = assistant.ask("How many minutes did School 3 keep its walks to?")
    citation = next(c for c in answer.citations if "School 3" in c.quote)
    assert citation.page == 3 and citation.section == "Chapter 3"
    assert name_source(citation) == "A report on walks (Ada Okoro and Ben Ruiz), “Chapter 3”, page 3"


def test_markdown_is_read_plainly_and_quoted_exactly(assistant: Assistant) -> None:
    answer = assistant.ask("When does the team meet every Monday?")
    statement = answer.statements[0]
    assert statement.text == "The team meets every Monday at nine."
    assert statement.citations[0].quote == "The **team** meets <b>every</b> [Monday](x) at nine."


def test_what_the_documents_do_not_hold_is_said_plainly(assistant: Assistant) -> None:
    answer = assistant.ask("Which zoo keeps penguins near Antarctica?")
    assert answer.outcome is Outcome.NOT_IN_SOURCES and answer.citations == ()
    assert answer.statements[0].text == "I found nothing in your documents that answers this."
    assert all(statement.kind == "notice" for statement in answer.statements)
    assert [statement.text for statement in answer.statements[1:]] == list(answer.nearest)


def test_an_empty_library_says_what_to_do(library: Library) -> None:
    with pytest.raises(LibraryEmpty, match="coach ingest"):
        make_assistant(library).ask("anything")


def test_the_same_question_gives_the_same_answer(assistant: Assistant) -> None:
    first, second = (assistant.ask("What is a learning walk?") for _ in range(2))
    assert first.statements == second.statements and first.receipt == second.receipt


def test_the_receipt_changes_with_the_library(
    assistant: Assistant, library: Library, corpus: Path, ingest: RunIngest
) -> None:
    before = assistant.ask("What is a learning walk?").receipt
    (corpus / "new.txt").write_text("Another text about schools.", "utf-8")
    ingest(library, corpus)
    after = assistant.ask("What is a learning walk?").receipt
    assert before.library != after.library and before.prompts == after.prompts


def test_the_answer_object_has_the_keys_of_the_contract(assistant: Assistant) -> None:
    value = answer_to_object(assistant.ask("What is a learning walk?", "trainer"), "7")
    assert value.keys() == KEYS
    assert value["id"] == "7" and value["role"] == "trainer" and value["composer"] == "extractive"
    labels = {citation["label"] for citation in value["citations"]}
    for statement in value["statements"]:
        assert set(statement["citations"]) <= labels
        assert [span["label"] for span in statement["spans"]] == statement["citations"]
    assert labels <= {hit["label"] for hit in value["retrieved"]}


# --- the check ---------------------------------------------------------------------------------------------------


def draft_with(assistant: Assistant, **change: object) -> tuple[Draft, DraftStatement]:
    evidence = assistant.search("What is a learning walk?")
    hit = next(hit for hit in evidence.hits if "learning walk" in hit.text)
    sentence = hit.passage.sentences[0].spans[0]
    text = hit.text[sentence.start - hit.passage.start : sentence.end - hit.passage.start]
    quote = replace(Quote(hit.passage.label, sentence, text), **change)  # type: ignore[arg-type]
    statement = DraftStatement(read_plainly(text), "source", "quoted", (quote,))
    return Draft(evidence, Outcome.ANSWERED, 0.9, (statement,), "test"), statement


def test_a_sound_quote_passes(assistant: Assistant, library: Library) -> None:
    draft, _ = draft_with(assistant)
    checked = verify(draft, library.store.read_text)
    assert checked.count == 1 and checked.rejected == () and len(checked.statements[0].citations) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "A learning walk is a long visit to several classrooms."}, "do not stand"),
        ({"label": "ffffff"}, "was not among those found"),
        ({"span": Span(0, 5)}, "outside passage"),
        ({"span": Span(20, 20)}, "outside passage"),
    ],
)
def test_a_quote_that_does_not_stand_there_is_kept_as_rejected(
    assistant: Assistant, library: Library, change: dict[str, object], reason: str
) -> None:
    draft, statement = draft_with(assistant, **change)
    checked = verify(draft, library.store.read_text)
    assert checked.statements == ()
    (rejected,) = checked.rejected
    assert rejected.text == statement.text and reason in rejected.reason


def test_words_shown_as_quoted_must_be_the_words_quoted(assistant: Assistant, library: Library) -> None:
    draft, statement = draft_with(assistant)
    other = replace(statement, text="A learning walk is a long visit to several classrooms.")
    checked = verify(replace(draft, statements=(other,)), library.store.read_text)
    assert checked.statements == () and "not the sentence quoted" in checked.rejected[0].reason


def test_a_statement_without_a_quote_is_rejected(assistant: Assistant, library: Library) -> None:
    draft, _ = draft_with(assistant)
    bare = replace(draft, statements=(DraftStatement("The study proves it.", "source", "written"),))
    assert verify(bare, library.store.read_text).rejected[0].reason == "It names no passage."


def test_a_document_that_went_in_between_is_noticed(assistant: Assistant) -> None:
    draft, _ = draft_with(assistant)
    assert "no longer" in verify(draft, lambda document_id: None).rejected[0].reason


# --- search ------------------------------------------------------------------------------------------------------


def test_a_rare_word_finds_its_passage(assistant: Assistant) -> None:
    values = evidence_to_objects(assistant.search("telephone", 3))
    assert values[0]["document"] == "time.txt" and "telephone" in values[0]["text"]
    assert values == sorted(values, key=lambda value: -value["score"])


def test_question_words_of_any_kind_do_no_harm(assistant: Assistant) -> None:
    for question in ['"quoted" OR NEAR(x, 3) AND *', "naïve café", "what is the", "1 2 3", "’‘“”", "x" * 3000]:
        assistant.search(question)


def test_coverage_counts_what_tells() -> None:
    weights = {"walks": 2.0, "school": 1.0, "the": 0.0}
    assert measure_coverage(("walks", "school"), weights, stem_words("a learning walk in town")) == pytest.approx(2 / 3)
    assert measure_coverage((), weights, stem_words("x")) == 0.0


# --- rendering ---------------------------------------------------------------------------------------------------


def test_plain_text_numbers_its_sources(assistant: Assistant) -> None:
    answer = assistant.ask("How many mornings do principals who protect time visit lessons?")
    text = write_text(answer, load_wording())
    assert "“Principals who protect two mornings a week visit more lessons.” [" in text
    assert "[1] " in text


def test_nothing_from_a_document_reaches_the_page_unescaped(library: Library, corpus: Path, ingest: RunIngest) -> None:
    evil = '<img src=x onerror=alert(1)> Visits are "short" & <script>kind</script> to teachers.'
    (corpus / "evil.txt").write_text(f"A title <b>here</b>\n\n{evil} So visits end with thanks.\n", "utf-8")
    (corpus / "evil.txt.meta.toml").write_text("title = '<svg onload=alert(2)>'\nauthors = ['\"><i>x']\n", "utf-8")
    ingest(library, corpus)
    answer = make_assistant(library).ask("<b>Are visits short and kind to teachers?</b>")
    assert any(citation.document == "evil.txt" for citation in answer.citations)
    exchange = Exchange(0, answer.question.text, answer_to_object(answer), "2026-11-22")
    html = write_transcript(Transcript("", [exchange]), {}, date(2026, 11, 22))
    html += fill("source", source=view_source(exchange, 1, library.store.read_text, no_pages), list=None)
    for raw in ("<img", "<script", "<svg onload", "<b>", '"><i>'):
        assert raw not in html
    assert "&lt;img src=x" in html and "&lt;b&gt;Are visits" in html


def no_pages(_document: str, _start: int, _end: int) -> tuple[MarkedPage, ...]:
    return ()


def test_danger_is_answered_before_there_are_documents(library: Library) -> None:
    empty = make_assistant(library)
    assert empty.ask("A student told me she wants to kill herself. What do I do?").outcome is Outcome.REFERRED
    with pytest.raises(LibraryEmpty):
        empty.ask("What is a walk?", history=[Turn("user", "What is a visit?"), Turn("user", "and the second?")])
