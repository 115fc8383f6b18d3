"""What the page shows of one exchange: an answer object as it is stored in, records for a template out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any, Literal

from coach.authorship import (
    BY_MODEL,
    count_characters,
    is_quotation,
    is_said,
    is_written,
    name_fallback,
    name_model,
    read_sent,
)
from coach.conversing import AnswerObject, Step, differs, list_numbers, list_steps, number_sources, read_citation
from coach.due_dates import choose_phrase, read_due
from coach.records import Exchange, Sent, Statement
from coach.rendering import name_confidence_level, name_source, statement_to_object
from coach.store.feedback import Feedback
from coach.web.sharing_view import Offer, ShareForm


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
    """Of its button; empty where it opens nothing yet."""


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
    small: bool = False
    """Whether it is about the answer, and not part of what is said."""


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
    """Lines that belong together: those of one practice, one piece of craft or a model's suggestion make a card; sentences
    that were written one after the other are one paragraph, `prose`."""

    kind: Literal["plain", "prose", "practice", "craft", "model"]
    lines: tuple[Line, ...]
    title: str = ""
    heading: str = ""
    """What kind of help it is, in the answer's own words; empty where a line of its own says so."""
    keep: KeepForm | None = None
    share: ShareForm | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that was not shown, and why."""

    text: str
    reason: str
    instead: str = ""
    """The source's own sentence that is shown in its place."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a language model was sent, word for word."""

    sent: Sent
    characters: int


@dataclass(frozen=True, slots=True)
class SentView:
    """Everything that a language model was sent for an answer."""

    requests: tuple[Request, ...]
    left: bool
    """Whether any of it left this machine."""
    characters: int
    """Of what left; of all, where nothing did."""
    models: str
    hosts: str
    masked: int


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
    model: str
    """The language model that wrote it; empty where none did."""
    fallback: str
    """Why a language model did not write it, where one was to."""
    says_fallback: bool
    """Whether the answer itself says so."""
    sent: SentView
    stance: str
    """Name of the wording, of an answer that helps; or nothing."""
    missing_document: str
    """The title of the report that the answer names as worth adding."""
    receipt: tuple[tuple[str, str], ...]
    plain: str
    """The answer as text, with its sources, to be copied."""
    feedback: Feedback
    share: ShareForm | None = None
    """To share the question."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that is being answered, or was stopped."""

    question: str
    progress: str
    key: str = ""
    """By which what is being written finds its place; empty where nothing will come."""
    stopped: bool = False


def view_statements(statements: Sequence[Statement]) -> tuple[Piece, ...]:
    """Statements of an answer that is still being made: their sources open when it is whole."""
    citations = dict.fromkeys(citation for one in statements for citation in one.citations)
    answer = {
        "statements": [statement_to_object(one) for one in statements],
        "citations": [asdict(citation) for citation in citations],
    }
    return tuple(_list_pieces(answer, {}, "", _make_no_keep))


def view_answer(answer: AnswerObject) -> tuple[Piece, ...]:
    """What an answer says, where it stands alone: its sources are named and open nothing."""
    return tuple(_list_pieces(answer, _name_helps(answer), "", _make_no_keep))


def view_exchange(
    exchange: Exchange, feedback: Feedback | None, today: date, offer: Offer | None = None
) -> ExchangeView:
    """The records for one exchange.

    Args:
        exchange: as it is stored; what an older answer lacks is left out.
        feedback: what the person said of the answer.
        today: from which "in two weeks" counts.
        offer: makes the forms for sharing; None where nothing can be shared.
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
        pieces=tuple(_offer_to_share(one, exchange, offer) for one in _view_pieces(exchange, today)),
        readings=tuple(answer.get("readings") or ()),
        suggestions=tuple(answer.get("suggestions") or ()),
        confidence=confident,
        checked=checked,
        cut=tuple(Cut(one["text"], one["reason"], one.get("instead") or "") for one in answer.get("rejected") or ()),
        model=name_model(answer),
        fallback=name_fallback(answer),
        says_fallback=is_said(name_fallback(answer), answer),
        sent=view_sent(answer),
        stance=f"stance.{answer.get('stance') or 'suggest'}" if helps else "",
        missing_document=str(answer.get("worth_adding") or ""),
        receipt=tuple((key, str(value)) for key, value in (answer.get("receipt") or {}).items() if value),
        plain=write_plain(answer),
        feedback=feedback or Feedback(),
        share=offer.offer_question(exchange) if offer else None,
    )


def _offer_to_share(piece: Piece, exchange: Exchange, offer: Offer | None) -> Piece:
    if offer is None or piece.kind != "practice":
        return piece
    return replace(piece, share=offer.offer_practice(exchange, piece.title))


def view_sent(answer: AnswerObject) -> SentView:
    """What a language model was sent for an answer; of an older answer that knows nothing of it, nothing."""
    sent = read_sent(answer)
    left = [one for one in sent if one.left]
    told = left or sent
    return SentView(
        tuple(Request(one, count_characters([one])) for one in sent),
        bool(left),
        count_characters(told),
        ", ".join(dict.fromkeys(one.model for one in told)),
        ", ".join(dict.fromkeys(one.to for one in told)),
        int(answer.get("masked") or 0),
    )


_MakeKeep = Callable[[str], KeepForm | None]
"""The form for a first step, of the title of what it is a step of."""


def _make_no_keep(title: str) -> None:
    """Nothing can be kept of an answer that is still being made."""


def _view_pieces(exchange: Exchange, today: date) -> Iterator[Piece]:
    answer = exchange.answer
    titles, steps = _name_helps(answer), list_steps(answer)
    yield from _list_pieces(answer, titles, f"x{exchange.ordinal}-", lambda title: _view_keep(steps, title, today))


def _name_helps(answer: AnswerObject) -> dict[str, tuple[str, str]]:
    """The practices and the craft in an answer, by id: which of both, and the title."""
    return {
        str(one["id"]): (kind, str(one.get("title") or ""))
        for kind, key in (("practice", "practices"), ("craft", "craft"))
        for one in answer.get(key) or ()
        if isinstance(one, Mapping)
    }


def _list_pieces(
    answer: AnswerObject, titles: Mapping[str, tuple[str, str]], place: str, make_keep: _MakeKeep
) -> Iterator[Piece]:
    """The pieces of an answer, of which those in `titles` are cards.

    Args:
        answer: an answer object.
        titles: kind and title of each practice and craft in it, by id.
        place: how the ids of its marks begin; empty where they open nothing yet.
        make_keep: makes the form for a first step.
    """
    numbers = number_sources(answer)
    statements = answer.get("statements") or ()
    lines = [
        (one, _view_line(one, answer, numbers, f"{place}{number}" if place else ""))
        for number, one in enumerate(statements)
    ]
    if lines and name_model(answer) and lines[-1][0]["kind"] == "notice" and not lines[-1][0].get("part_of"):
        lines[-1] = (lines[-1][0], replace(lines[-1][1], small=True))
    for (part, written), group in groupby(lines, lambda one: _name_group(one[0])):
        own = tuple(line for _, line in group)
        if part == BY_MODEL:
            yield from _view_suggestion(own)
        elif part in titles:
            yield _view_card(own, *titles[part], make_keep)
        else:
            yield Piece("prose" if written else "plain", own)


def _name_group(statement: AnswerObject) -> tuple[str, bool]:
    """Statements in a row that are alike in this belong together."""
    part = str(statement.get("part_of") or "")
    return part, not part and is_written(statement)


def _view_suggestion(lines: tuple[Line, ...]) -> Iterator[Piece]:
    """A language model's suggestion; a question of its is one to think about, like any other."""
    heading = ""
    if lines[0].kind == "notice":
        heading, lines = _read_heading(lines[0]), lines[1:]
    for is_question, group in groupby(lines, lambda line: line.kind == "question"):
        own = tuple(group)
        yield Piece("plain", own) if is_question else Piece("model", own, "", heading)


def _view_card(lines: tuple[Line, ...], kind: str, title: str, make_keep: _MakeKeep) -> Piece:
    keep = make_keep(title)
    lines = tuple(_leave_out(line, f"{title}. ") for line in lines)
    if kind == "craft" and lines and lines[0].kind == "notice":
        return Piece("craft", lines[1:], title, _read_heading(lines[0]), keep)
    return Piece("practice" if kind == "practice" else "craft", lines, title, "", keep)


def _read_heading(line: Line) -> str:
    return "".join(stretch.text for stretch in line.stretches).rstrip(":")


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
    quoted = is_quotation(statement) and own
    basis = (answer["citations"][own[0] - 1].get("basis") or "") if quoted else ""
    return Line(
        kind=str(statement["kind"]),
        stretches=tuple(_cut_stretches(str(statement["text"]), statement.get("marks") or ())),
        marks=tuple(
            Mark(number, name, f"{place}-{number}" if place else "") for number, name in zip(own, names, strict=True)
        ),
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
    parts: list[str] = []
    before: AnswerObject = {}
    for statement in answer.get("statements") or ():
        marks = "".join(f" [{number}]" for number in list_numbers(statement, numbers))
        text = str(statement["text"])
        text = (f"“{text}”" if is_quotation(statement) else text) + marks
        if is_written(statement) and is_written(before):
            parts[-1] += f" {text}"
        else:
            parts.append(text)
        before = statement
    for number, source in enumerate(answer.get("citations") or (), start=1):
        parts.append(f"[{number}] {name_source(read_citation(source))}")
    return "\n\n".join(parts)
