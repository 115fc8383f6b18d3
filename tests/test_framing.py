"""What is said around quotations: both documents named, what is missing named, and force kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coach.assistant import Assistant
from coach.embedding import Embedder
from coach.framing import AnswerPart, Framed, frame_answer
from coach.library import Library
from coach.premises import find_mentions
from coach.prompts import load_wording
from coach.reading_list import ReadingList, Report, load_reports
from coach.records import Answer, Citation, Outcome, Statement
from coach.rendering import answer_to_object
from coach.verification import Checked
from tests.conftest import ROOT, RunIngest
from tests.fakes import WordEmbedder
from tests.test_answers import make_assistant

STUDY = """The study of garden schools

We assume that garden work is shared among all staff of a garden school.

The teams visited seven urban garden districts and 15 garden schools in them.

Two sets of garden themes emerged from the garden findings.
"""
ESSAY = "Garden work\n\nGarden work is shared among many, and all staff of a garden school do it.\n"


CITATION = Citation("a1", "x.txt", "id", "X", "", None, None, None, "", "Words.", 0, 6)


@pytest.fixture
def gardens(library: Library, tmp_path: Path, ingest: RunIngest) -> Iterator[Assistant]:
    folder = tmp_path / "gardens"
    folder.mkdir()
    (folder / "study.txt").write_text(STUDY, "utf-8")
    (folder / "essay.txt").write_text(ESSAY, "utf-8")
    (folder / "study.txt.meta.toml").write_text(
        'title = "The Garden Study"\nauthors = ["Ada Okoro"]\ndate = "May 2019"\ncalled = ["the garden study"]\n',
        "utf-8",
    )
    (folder / "essay.txt.meta.toml").write_text('title = "Garden Work"\n', "utf-8")
    ingest(library, folder)
    yield make_assistant(library)


def notices(answer: Answer) -> list[str]:
    return [statement.text for statement in answer.statements if statement.kind == "notice"]


def test_two_documents_that_speak_to_it_are_both_named(gardens: Assistant) -> None:
    answer = gardens.ask("What do they say about garden work shared among all staff?")
    assert {citation.title for citation in answer.citations} == {"The Garden Study", "Garden Work"}
    assert any("“The Garden Study”" in text and "“Garden Work”" in text for text in notices(answer))


def test_definitions_stand_side_by_side_however_alike_they_are(gardens: Assistant) -> None:
    answer = gardens.ask("What is garden work shared among all staff of a garden school?")
    titles = "“The Garden Study” and “Garden Work”"
    assert len({citation.title for citation in answer.citations}) == 2
    said = notices(answer)[0]
    assert said.endswith("each speak to this in their own way:") and all(
        title in said for title in titles.split(" and ")
    )


def test_an_assumption_is_not_passed_off_as_a_finding(gardens: Assistant) -> None:
    answer = gardens.ask("What do they say about garden work shared among all staff?")
    assert load_wording().say("basis.assumes") in notices(answer)
    assert "assumes" in {citation.basis for citation in answer.citations}


def test_a_false_count_gets_the_passage_that_corrects_it(gardens: Assistant) -> None:
    answer = gardens.ask("Which of the 15 districts is like mine?")
    assert answer.outcome is Outcome.ANSWERED
    assert notices(answer)[0] == load_wording().say("answer.premise", count="15 districts")
    assert any("seven urban garden districts" in citation.quote for citation in answer.citations)


def test_a_list_that_is_not_given_is_named(gardens: Assistant) -> None:
    answer = gardens.ask("What are the five practices of garden schools?")
    assert answer.outcome is Outcome.NOT_IN_SOURCES
    assert notices(answer)[0] == "Your documents do not list the five practices, as far as I can find."
    assert answer.missing == ("a list of the five practices",) and len(answer.nearest) > 0
    assert any(statement.kind == "source" for statement in answer.statements), "what is near can be opened"


def test_half_an_answer_says_which_half_is_missing(gardens: Assistant) -> None:
    answer = gardens.ask("How many garden schools did the teams visit and which penguins swim in Antarctica?")
    assert answer.outcome is Outcome.PARTIAL
    assert answer.missing == ("anything on “which penguins swim in Antarctica”",)
    assert any("15 garden schools" in citation.quote for citation in answer.citations)


def test_author_and_date_come_from_the_record_and_are_said_to(gardens: Assistant) -> None:
    answer = gardens.ask("Who wrote the garden study?")
    assert answer.outcome is Outcome.ANSWERED and answer.citations == ()
    assert notices(answer) == ["The Garden Study: by Ada Okoro.", load_wording().say("metadata.from_record")]
    silent = gardens.ask("What year is this text from?")
    assert "The Garden Study: May 2019." in notices(silent) and "The date of Garden Work is not recorded." in notices(
        silent
    )


def test_what_was_read_otherwise_is_said(gardens: Assistant) -> None:
    answer = gardens.ask("Is garden work at an AP shared among all staff?")
    assert notices(answer)[0] == "I read “AP” as “assistant principal”."
    assert answer_to_object(answer)["reworded"][0]["asked"] == "AP"


def test_a_nearest_idea_is_never_an_answer(gardens: Assistant) -> None:
    answer = gardens.ask("Is garden work at a PLC shared among all staff of a garden school?")
    assert answer.outcome is Outcome.NOT_IN_SOURCES
    assert "do not use the word “PLC”" in notices(answer)[0]


def test_what_is_asked_beside_a_nearest_idea_is_answered(gardens: Assistant) -> None:
    answer = gardens.ask("I lead a PLC. Is garden work shared among all staff of a garden school?")
    assert answer.outcome is Outcome.ANSWERED


def test_records_and_words_are_both_answered_and_only_of_the_documents_asked(gardens: Assistant) -> None:
    answer = gardens.ask("Who wrote the garden study and how many garden schools did the teams visit?")
    assert "The Garden Study: by Ada Okoro." in notices(answer)
    assert any("15 garden schools" in citation.quote for citation in answer.citations)
    essay = next(card for card in gardens.team.grounder.list_cards() if card.name == "essay.txt")
    assert notices(gardens.ask("Who wrote this text?", documents={essay.id})) == [
        "Who wrote Garden Work is not recorded."
    ]


def test_a_named_document_that_is_silent_is_named(gardens: Assistant) -> None:
    answer = gardens.ask("What does the garden study say about penguins in Antarctica?")
    assert notices(answer)[0] == "I found nothing in “The Garden Study” that answers this."


def test_a_named_document_answers_alone(gardens: Assistant) -> None:
    answer = gardens.ask("What does the garden study say about garden work shared among all staff?")
    assert {citation.title for citation in answer.citations} == {"The Garden Study"}


def test_an_unsure_answer_says_so_and_one_that_failed_its_check_is_silent(gardens: Assistant) -> None:
    wording = load_wording()
    reading = gardens.team.grounder.workshop.close_reader.read(gardens.search("garden work shared among all staff"))
    sure = gardens.team.grounder.workshop.composer.compose(reading)
    draft = replace(sure, outcome=Outcome.PARTIAL, unsure=True)
    question, statement = reading.evidence.question, Statement("Words.", "source", "quoted", (CITATION,))

    def frame(*statements: Statement) -> Framed:
        part = AnswerPart("garden work", draft, Checked(statements, (), 1), Checked((), (), 0), explains=False)
        return frame_answer(question, [part], None, wording)

    shown = frame(statement)
    assert shown.outcome is Outcome.PARTIAL and shown.missing == (wording.say("missing.sure"),)
    assert [one.text for one in shown.statements] == [wording.say("answer.unsure"), "Words."]
    failed = frame()
    assert failed.outcome is Outcome.NOT_IN_SOURCES and failed.missing == ()
    assert [one.text for one in failed.statements] == [wording.say("answer.not_in_sources")]


# --- reports worth adding ----------------------------------------------------------------------------------------


def make_list(embedder: Embedder, least: float = 0.5) -> ReadingList:
    reports = (
        Report("Penguins", "Okoro", 2001, ("penguins that swim",)),
        Report("Whole", "Ruiz", 2002, ("gardens and schools",), part="all of it"),
    )
    return ReadingList(reports, embedder, least)


def test_a_report_is_named_for_what_it_treats_unless_it_is_loaded() -> None:
    embedder = WordEmbedder()
    reading_list = make_list(embedder)

    def ask(text: str, titles: frozenset[str] = frozenset()) -> str | None:
        report = reading_list.find(tuple(embedder.embed([text])[0].tolist()), titles)
        return report.title if report else None

    assert ask("penguins that swim") == "Penguins"
    assert ask("penguins that swim", frozenset({"Penguins"})) is None
    assert ask("gardens and schools", frozenset({"Whole"})) == "Whole", "another part of it may be loaded"
    assert ask("tax law") is None
    assert ReadingList((), embedder, 0.5).find((1.0,), frozenset()) is None


def test_the_corpus_readme_lists_the_same_reports() -> None:
    readme = (ROOT / "corpus" / "README.md").read_text("utf-8")
    for report in load_reports():
        assert f"*{report.title}*" in readme and str(report.year) in readme


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("What do these texts say about families?", {1}),
        ("How do the authors see families and coaching?", {0, 1}),
        ("What does it say about family wellness?", set()),
        ("How many families came?", set()),
    ],
)
def test_a_thing_is_mentioned_where_its_words_stand(question: str, places: set[int]) -> None:
    texts = ["Coaching helps.", "Schools and families learn.", "Nobody is rated."]
    assert find_mentions(question, texts) == places
