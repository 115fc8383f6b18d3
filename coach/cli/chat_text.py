"""Writes answers, sources and reports of a conversation for the terminal: answer object -> paragraphs. Pure.

A paragraph is words with names of styles; how a style looks, and whether there are colours, is the terminal's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from coach.authorship import (
    count_characters,
    is_quotation,
    is_suggested,
    is_written,
    name_fallback,
    name_model,
    read_sent,
)
from coach.conversing import (
    cut_excerpt,
    differs,
    list_authors,
    list_numbers,
    list_offers,
    list_steps,
    list_unsaid,
    needs_label,
    number_sources,
    read_citation,
)
from coach.prompts import Wording
from coach.records import Sent
from coach.rendering import name_source

Style = Literal["plain", "title", "label", "quote", "strong", "craft", "model", "question", "faint", "mark", "trouble"]
AnswerObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one style."""

    text: str
    style: Style = "plain"


Paragraph = tuple[Piece, ...]
_BLANK: Paragraph = ()


def say(text: str, style: Style = "plain") -> Paragraph:
    """A paragraph of one style."""
    return (Piece(text, style),)


def write_answer(answer: AnswerObject, wording: Wording) -> list[Paragraph]:
    """An answer: what was searched, the statements with their kinds told apart, the sources, and what is offered next."""
    parts: list[Paragraph] = []
    searched = str(answer.get("search_question") or "")
    if differs(searched, str(answer.get("question") or "")):
        parts += [say(wording.say("answer_text.searched", question=searched), "faint"), _BLANK]
    numbers = number_sources(answer)
    before: AnswerObject = {}
    for statement in answer.get("statements", ()):
        written = _write_statement(statement, before, numbers, wording)
        if is_written(statement) and is_written(before):
            # Sentences that were written one after the other are one paragraph.
            parts[-2] = (*parts[-2], Piece(" "), *written[0])
        else:
            parts += written
        before = statement
    if name_model(answer) or name_fallback(answer):
        for line in list_authors(answer, wording):
            parts += [say(line, "faint"), _BLANK]
    for one in list_unsaid(answer):
        parts += _write_practice(one, wording)
    if numbers:
        parts += [say(wording.say("answer_text.sources"), "title"), *_list_sources(answer), _BLANK]
    parts += _write_offers(answer, wording)
    if list_steps(answer):
        parts.append(say(wording.say("answer_text.can_keep"), "faint"))
    return parts[:-1] if parts and parts[-1] == _BLANK else parts


def _write_statement(
    statement: AnswerObject, before: AnswerObject, numbers: Mapping[tuple[str, int, int], int], wording: Wording
) -> list[Paragraph]:
    text, kind = statement["text"], statement["kind"]
    marks = Piece("".join(f" [{number}]" for number in list_numbers(statement, numbers)), "faint")
    if kind == "source":
        words = _write_words(statement) if is_quotation(statement) else [Piece(text)]
        if is_quotation(statement):
            words = [Piece("“", "quote"), *words, Piece("”", "quote")]
        return [(*words, marks), _BLANK]
    if kind == "craft":
        suggested = is_suggested(statement)
        label = wording.say("author.suggestion" if suggested else "answer_text.craft")
        labelled = [say(label, "label")] if needs_label(statement, before) else []
        return [*labelled, (Piece(text, "model" if suggested else "craft"), marks), _BLANK]
    if kind == "question":
        return [(Piece(f"{wording.say('answer_text.think')} ", "label"), Piece(text, "question")), _BLANK]
    return [(Piece(text, "label" if is_suggested(statement) else "plain"), marks), _BLANK]


def _write_words(statement: AnswerObject) -> list[Piece]:
    """A quotation, the words that answer set apart."""
    text, place = statement["text"], 0
    pieces: list[Piece] = []
    for mark in sorted(statement.get("marks") or (), key=lambda mark: int(mark["start"])):
        pieces += [Piece(text[place : mark["start"]], "quote"), Piece(text[mark["start"] : mark["end"]], "strong")]
        place = mark["end"]
    return [*pieces, Piece(text[place:], "quote")]


def _write_practice(one: AnswerObject, wording: Wording) -> list[Paragraph]:
    parts = [say(wording.say("answer_text.try", title=one.get("title", "")), "label")]
    parts += [say(one[key], "craft") for key in ("description", "first_step") if one.get(key)]
    if one.get("inferred"):
        grew = wording.say("answer_text.grew", inferred=one["inferred"])
        parts.append(say(grew, "faint"))
    return [*parts, _BLANK]


def _list_sources(answer: AnswerObject) -> list[Paragraph]:
    """One line for each source; places in a row that are named alike share theirs."""
    named = [(name_source(read_citation(source)), number) for number, source in enumerate(answer["citations"], start=1)]
    lines: list[Paragraph] = []
    for name, group in groupby(named, key=lambda pair: pair[0]):
        numbers = ", ".join(str(number) for _, number in group)
        lines.append((Piece(f"[{numbers}] ", "faint"), Piece(name)))
    return lines


def _write_source(number: int, source: AnswerObject) -> Paragraph:
    return (Piece(f"[{number}] ", "faint"), Piece(name_source(read_citation(source))))


def _write_offers(answer: AnswerObject, wording: Wording) -> list[Paragraph]:
    offers = list_offers(answer)
    if not offers:
        return []
    heading = "readings" if answer.get("readings") else "suggestions"
    numbered = [
        (Piece(f"{number}. ", "label"), Piece(offer, "question")) for number, offer in enumerate(offers, start=1)
    ]
    return [say(wording.say(f"answer_text.{heading}"), "label"), *numbered, _BLANK]


def write_passage(
    number: int, source: AnswerObject, read_text: Callable[[str], str | None], wording: Wording
) -> list[Paragraph]:
    """A source with the paragraph around its words, those marked; or as they were quoted, where they stand there no more."""
    place = wording.say("export.place", start=source["start"], end=source["end"], document=source["document"])
    parts = [(*_write_source(number, source), Piece(f"  {place}", "faint"))]
    excerpt = cut_excerpt(read_text(source["document_id"]), source)
    if excerpt is None:
        gone = say(wording.say("chat.source_gone"), "trouble")
        return [*parts, gone, say(" ".join(source["quote"].split()), "quote")]
    return [*parts, (Piece(excerpt.before), Piece(excerpt.quoted, "mark"), Piece(excerpt.after))]


def write_reasons(answer: AnswerObject, confidence: str, wording: Wording) -> list[Paragraph]:
    """What an answer does not show by itself: how sure it is, what failed its check, what made it.

    Args:
        answer: the answer object.
        confidence: its confidence in words.
        wording: our sentences.
    """
    outcome = wording.say(f"why.outcome_{answer.get('outcome', 'answered')}")
    parts = [say(wording.say("why.outcome", outcome=outcome))]
    if answer.get("checked"):
        number = f"{confidence} ({answer.get('confidence', 0):.2f})"
        parts.append(say(wording.say("why.confidence", confidence=number)))
    model, fallback = name_model(answer), name_fallback(answer)
    parts.append(say(wording.say("author.written", model=model) if model else wording.say("author.extractive")))
    if fallback:
        parts.append(say(fallback))
    parts.append(say(wording.say("why.checked_written" if model else "why.checked", count=answer.get("checked", 0))))
    rejected = answer.get("rejected") or ()
    parts.append(say(wording.say("why.rejected" if rejected else "why.none_rejected")))
    for one in rejected:
        parts.append((Piece(f"- {one['text']} "), Piece(one["reason"], "faint")))
        if one.get("instead"):
            parts.append((Piece(f"  {wording.say('why.instead')} ", "label"), Piece(f"“{one['instead']}”", "quote")))
    receipt = {key: value for key, value in (answer.get("receipt") or {}).items() if value}
    if receipt:
        parts.append(say(wording.say("why.receipt")))
        parts += [say(f"{key}: {value}", "faint") for key, value in receipt.items()]
    return parts


def write_sent(answer: AnswerObject, wording: Wording) -> list[Paragraph]:
    """What left this machine for an answer: to whom, what for, and every word of it."""
    requests = read_sent(answer)
    if not requests:
        return [say(wording.say("sent.nothing"))]
    left = any(one.left for one in requests)
    parts = [say(wording.say("sent.left" if left else "sent.stayed"), "label")]
    if answer.get("masked"):
        parts.append(say(wording.say("sent.masked", count=answer["masked"])))
    elif left:
        parts.append(say(wording.say("sent.masked_none")))
    for number, one in enumerate(requests, start=1):
        parts += [_BLANK, *_write_request(number, one, wording)]
    return parts


def _write_request(number: int, sent: Sent, wording: Wording) -> list[Paragraph]:
    purpose = wording.say(f"sent.purpose_{sent.purpose}")
    count = f"{count_characters([sent]):,}"
    name = "sent.request_left" if sent.left else "sent.request_stayed"
    parts = [say(wording.say(name, number=number, purpose=purpose, model=sent.model, to=sent.to, count=count), "label")]
    for message in sent.messages:
        parts += [say(wording.say(f"sent.role_{message.role}"), "faint"), say(message.text)]
    return parts


def write_plainly(paragraphs: Sequence[Paragraph]) -> str:
    """Paragraphs as plain text: marked words stand in double brackets, for there are no colours."""
    return "\n".join("".join(_write_piece(piece) for piece in paragraph) for paragraph in paragraphs)


def _write_piece(piece: Piece) -> str:
    return f"[[{piece.text}]]" if piece.style == "mark" else piece.text
