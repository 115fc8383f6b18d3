"""Writes a checked answer for programs and for people: Answer -> JSON values, plain text, numbered citations. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coach.prompts import Wording
from coach.records import Answer, Citation, Evidence, Statement, SuggestedPractice


@dataclass(frozen=True, slots=True)
class NumberedCitation:
    """A citation with the small number that it has in one answer."""

    number: int
    citation: Citation


def number_citations(answer: Answer) -> tuple[NumberedCitation, ...]:
    """The citations of an answer, numbered in reading order."""
    return tuple(NumberedCitation(number, citation) for number, citation in enumerate(answer.citations, start=1))


def name_source(citation: Citation) -> str:
    """One line that names a source: title, authors and year as far as they are known, section and page."""
    who = name_writers(citation.authors.split(", ") if citation.authors else [], citation.year)
    section = citation.section.split(" > ")[-1]
    parts = [citation.title + (f" ({who})" if who else "")]
    if section and section.casefold() != citation.title.casefold():
        parts.append(f"“{section}”")
    if citation.page is not None:
        parts.append(f"page {citation.page_label or citation.page}")
    return ", ".join(parts)


def name_writers(authors: Sequence[str], year: int | None) -> str:
    """Who wrote a work and when, as far as that is known: "Ada Okoro and others, 2010"; empty where nothing is."""
    names = f"{authors[0]} and others" if len(authors) > 2 else " and ".join(authors)
    return ", ".join(part for part in (names, str(year) if year else "") if part)


def write_text(answer: Answer, wording: Wording) -> str:
    """An answer as plain text, with its sources below."""
    numbers = {numbered.citation: numbered.number for numbered in number_citations(answer)}
    lines = [write_statement(statement, numbers, wording) for statement in answer.statements]
    for citation, number in numbers.items():
        lines.append(f"[{number}] {name_source(citation)}")
    return "\n\n".join(lines)


def write_statement(statement: Statement, numbers: dict[Citation, int], wording: Wording) -> str:
    """A statement with its citation numbers; a quoted one in quotation marks, a question back named as one."""
    if statement.kind == "question":
        return wording.say("answer.think_about", question=statement.text)
    marks = "".join(f" [{numbers[citation]}]" for citation in statement.citations)
    quoted = statement.kind == "source" and statement.origin == "quoted"
    return (f"“{statement.text}”" if quoted else statement.text) + marks


def name_search(answer: Answer) -> str | None:
    """The question as it was understood, where that is another than the one that was asked."""
    understood = answer.question.stands
    return understood if answer.retrieved and _plain(understood) != _plain(answer.question.text) else None


def name_stance(answer: Answer) -> str | None:
    """The name of the wording for the stance of an answer that helps; None where nothing but a fact was asked."""
    return f"stance.{answer.stance}" if answer.craft or answer.practices else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


_SURE, _LIKELY = 0.8, 0.5


def name_confidence(answer: Answer) -> str:
    """The name of the wording for how surely the passages answer: eight times in ten, more often than not, or less."""
    return name_confidence_level(answer.confidence)


def name_confidence_level(confidence: float) -> str:
    """As `name_confidence`, of a stored answer's number."""
    level = "high" if confidence >= _SURE else "middle" if confidence >= _LIKELY else "low"
    return f"confidence.{level}"


def answer_to_object(
    answer: Answer, identifier: str | int | None = None, conversation: str | None = None
) -> dict[str, Any]:
    """The answer object of the command line's contract, as JSON values.

    Args:
        answer: the answer.
        identifier: of the question in a batch.
        conversation: id of the conversation that it belongs to.
    """
    return {
        "id": identifier,
        "answer_id": answer.answer_id,
        "conversation_id": conversation,
        "question": answer.question.text,
        "search_question": answer.question.stands or answer.question.search_text,
        "searched_as": answer.question.search_text,
        "role": answer.question.role,
        "stance": answer.stance,
        "length": answer.length,
        "outcome": answer.outcome.value,
        "confidence": answer.confidence,
        "missing": list(answer.missing),
        "route": answer.route,
        "readings": list(answer.readings),
        "nearest": list(answer.nearest),
        "themes": list(answer.themes),
        "worth_adding": answer.worth_adding or None,
        "statements": [statement_to_object(statement) for statement in answer.statements],
        "citations": [asdict(citation) for citation in answer.citations],
        "practices": [_practice_to_object(practice) for practice in answer.practices],
        "craft": [{**asdict(craft), "stands_in": craft.id in answer.stand_ins} for craft in answer.craft],
        "retrieved": [{"label": hit.passage.label, "score": round(hit.score, 4)} for hit in answer.retrieved],
        "rejected": [asdict(rejected) for rejected in answer.rejected],
        "checked": answer.checked,
        "reworded": [asdict(one) for one in answer.question.reworded],
        "masked": answer.masked,
        "suggestions": list(answer.suggestions),
        "composer": answer.composer,
        "fallback": answer.fallback,
        "sent": [asdict(sent) for sent in answer.sent],
        "receipt": asdict(answer.receipt),
        "milliseconds": dict(answer.milliseconds),
    }


def _practice_to_object(suggested: SuggestedPractice) -> dict[str, Any]:
    practice = asdict(suggested.practice)
    labels = list(dict.fromkeys(citation.label for citation in suggested.citations))
    shown = (
        "id",
        "title",
        "description",
        "who",
        "first_step",
        "by",
        "evidence",
        "reflective_question",
        "basis",
        "inferred",
    )
    return {**{key: practice[key] for key in shown}, "citations": labels}


def statement_to_object(statement: Statement) -> dict[str, Any]:
    """A statement as it stands in the answer object."""
    return {
        "text": statement.text,
        "kind": statement.kind,
        "origin": statement.origin,
        "citations": list(dict.fromkeys(citation.label for citation in statement.citations)),
        "spans": [
            {"label": citation.label, "start": citation.start, "end": citation.end} for citation in statement.citations
        ],
        "marks": [{"start": mark.start, "end": mark.end} for mark in statement.marks],
        "part_of": statement.part_of or None,
    }


def evidence_to_objects(evidence: Evidence) -> list[dict[str, Any]]:
    """Search results as JSON values."""
    return [
        {
            "label": hit.passage.label,
            "document": hit.document.name,
            "document_id": hit.document.id,
            "title": hit.document.title,
            "page": hit.passage.page,
            "page_label": hit.passage.page_label,
            "section": " > ".join(hit.passage.section),
            "start": hit.passage.start,
            "end": hit.passage.end,
            "text": hit.text,
            "score": round(hit.score, 4),
        }
        for hit in evidence.hits
    ]
