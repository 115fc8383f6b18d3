"""What the page shows of one exchange: an answer object as it is stored in, records for a template out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any, Literal

from coach.conversing import AnswerObject, Step, differs, list_numbers, list_steps, number_sources, read_citation
from coach.due_dates import choose_phrase, read_due
from coach.records import Exchange, Statement
from coach.rendering import name_confidence_level, name_source
from coach.store.feedback import Feedback


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a statement, and whether they are those that answer."""

    text: str
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The small number of a source, and its name."""

    number: int
    name: str
    id: str = ""
    """Of its button."""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement."""

    kind: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    cite: str = ""
    """Whose words a quotation is."""
    basis: str = ""
    """Name of the wording for what a quotation does, or nothing."""


@dataclass(frozen=True, slots=True)
class KeepForm:
    """A first step as a commitment could begin with it."""

    number: int
    action: str
    evidence: str
    due: str
    """YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that belong together: those of one practice or one piece of craft make a card."""

    kind: Literal["plain", "practice", "craft"]
    lines: tuple[Line, ...]
    title: str = ""
    heading: str = ""
    """What kind of help it is, in the answer's own words; empty where a line of its own says so."""
    keep: KeepForm | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that was not shown, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One question with its answer."""

    ordinal: int
    question: str
    searched: str
    """What was searched, for it to be edited; empty where nothing was."""
    shows_searched: bool
    outcome: str
    pieces: tuple[Piece, ...]
    readings: tuple[str, ...]
    suggestions: tuple[str, ...]
    confidence: str
    """Name of the wording, or nothing where nothing was checked."""
    checked: int
    cut: tuple[Cut, ...]
    composer: str
    stance: str
    """Name of the wording, of an answer that helps; or nothing."""
    missing_document: str
    """The title of the report that the answer names as worth adding."""
    receipt: tuple[tuple[str, str], ...]
    plain: str
    """The answer as text, with its sources, to be copied."""
    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that is being answered, or was stopped."""

    question: str
    progress: str
    lines: tuple[Line, ...]
    """Checked already."""
    stopped: bool = False
    ordinal: int = -1


def view_statements(statements: Sequence[Statement]) -> tuple[Line, ...]:
    """Statements of an answer that is still being made: their sources open when it is whole."""
    return tuple(
        Line(
            one.kind,
            (Stretch(one.text),),
            (),
            name_source(one.citations[0]) if one.kind == "source" and one.citations else "",
        )
        for one in statements
    )


def view_exchange(exchange: Exchange, feedback: Feedback | None, today: date) -> ExchangeView:
    """The records for one exchange.

    Args:
        exchange: as it is stored; what an older answer lacks is left out.
        feedback: what the person said of the answer.
        today: from which "in two weeks" counts.
    """
    answer = exchange.answer
    searched = str(answer.get("search_question") or "") if answer.get("retrieved") else ""
    checked = int(answer.get("checked") or 0)
    helps = bool(answer.get("practices") or answer.get("craft"))
    silent = answer.get("outcome") == "not_in_sources"
    confident = name_confidence_level(float(answer.get("confidence") or 0)) if checked and not silent else ""
    return ExchangeView(
        ordinal=exchange.ordinal,
        question=exchange.question,
        searched=searched,
        shows_searched=differs(searched, exchange.question) if searched else False,
        outcome=str(answer.get("outcome") or "answered"),
        pieces=tuple(_list_pieces(exchange, today)),
        readings=tuple(answer.get("readings") or ()),
        suggestions=tuple(answer.get("suggestions") or ()),
        confidence=confident,
        checked=checked,
        cut=tuple(Cut(one["text"], one["reason"]) for one in answer.get("rejected") or ()),
        composer=str(answer.get("composer") or "extractive"),
        stance=f"stance.{answer.get('stance') or 'suggest'}" if helps else "",
        missing_document=str(answer.get("worth_adding") or ""),
        receipt=tuple((key, str(value)) for key, value in (answer.get("receipt") or {}).items() if value),
        plain=write_plain(answer),
        feedback=feedback or Feedback(),
    )


def _list_pieces(exchange: Exchange, today: date) -> Iterator[Piece]:
    answer = exchange.answer
    lines_of = list(enumerate(answer.get("statements") or ()))
    numbers = number_sources(answer)
    titles = {
        str(one["id"]): (kind, str(one.get("title") or ""))
        for kind, key in (("practice", "practices"), ("craft", "craft"))
        for one in answer.get(key) or ()
        if isinstance(one, Mapping)
    }
    steps = list_steps(answer)
    for part, statements in groupby(lines_of, lambda one: one[1].get("part_of") or ""):
        lines = tuple(
            _view_line(statement, answer, numbers, f"x{exchange.ordinal}-{place}") for place, statement in statements
        )
        if part in titles:
            kind, title = titles[part]
            keep = _view_keep(steps, title, today)
            lines = tuple(_leave_out(line, f"{title}. ") for line in lines)
            if kind == "craft" and lines and lines[0].kind == "notice":
                heading, lines = "".join(stretch.text for stretch in lines[0].stretches).rstrip(":"), lines[1:]
                yield Piece("craft", lines, title, heading, keep)
            else:
                yield Piece("practice" if kind == "practice" else "craft", lines, title, "", keep)
        else:
            yield Piece("plain", lines)


def _leave_out(line: Line, words: str) -> Line:
    """The line without words that it begins with: they stand above it as a title."""
    first = line.stretches[0].text if line.stretches else ""
    if not first.startswith(words):
        return line
    return replace(line, stretches=(Stretch(first.removeprefix(words)), *line.stretches[1:]))


def _view_keep(steps: Sequence[Step], title: str, today: date) -> KeepForm | None:
    for number, step in enumerate(steps):
        if step.title == title:
            due = read_due(choose_phrase(step.by, today, "in two weeks"), today).day.isoformat()
            return KeepForm(number, step.action, step.evidence, due)
    return None


def _view_line(
    statement: Mapping[str, Any], answer: AnswerObject, numbers: Mapping[tuple[str, int, int], int], place: str
) -> Line:
    own = list_numbers(statement, numbers)
    names = [name_source(read_citation(answer["citations"][number - 1])) for number in own]
    quoted = statement["kind"] == "source" and own
    basis = (answer["citations"][own[0] - 1].get("basis") or "") if quoted else ""
    return Line(
        kind=str(statement["kind"]),
        stretches=tuple(_cut_stretches(str(statement["text"]), statement.get("marks") or ())),
        marks=tuple(Mark(number, name, f"{place}-{number}") for number, name in zip(own, names, strict=True)),
        cite=names[0] if quoted else "",
        basis=f"basis_label.{basis}" if basis else "",
    )


def _cut_stretches(text: str, marks: Sequence[Mapping[str, int]]) -> Iterator[Stretch]:
    place = 0
    for start, end in sorted((mark["start"], mark["end"]) for mark in marks):
        if start < place or end > len(text):
            continue
        if start > place:
            yield Stretch(text[place:start])
        yield Stretch(text[start:end], answers=True)
        place = end
    if place < len(text):
        yield Stretch(text[place:])


def write_plain(answer: AnswerObject) -> str:
    """An answer as clean text with its sources below, for another document."""
    numbers = number_sources(answer)
    parts = []
    for statement in answer.get("statements") or ():
        marks = "".join(f" [{number}]" for number in list_numbers(statement, numbers))
        text = str(statement["text"])
        quoted = statement["kind"] == "source" and statement.get("origin") == "quoted"
        parts.append((f"“{text}”" if quoted else text) + marks)
    for number, source in enumerate(answer.get("citations") or (), start=1):
        parts.append(f"[{number}] {name_source(read_citation(source))}")
    return "\n\n".join(parts)
