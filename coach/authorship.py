"""Tells who wrote what in an answer: an answer object as it is stored in; kinds of statements, and what was sent, out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coach.metadata import drop_unshown
from coach.records import Message, Sent

AnswerObject = Mapping[str, Any]

EXTRACTIVE = "extractive"
BY_MODEL = "by:model"
"""What a suggestion of a language model is part of, where a practice's or a craft's is part of that: no id holds a colon."""


def is_quotation(statement: AnswerObject) -> bool:
    """Whether a statement stands word for word in a source: only then does it stand in quotation marks."""
    return statement.get("kind") == "source" and statement.get("origin") == "quoted"


def is_written(statement: AnswerObject) -> bool:
    """Whether a statement says in other words what its sources say, and was checked against them."""
    return statement.get("kind") == "source" and statement.get("origin") != "quoted"


def is_suggested(statement: AnswerObject) -> bool:
    """Whether a statement is a language model's suggestion: neither a document's nor ours."""
    return statement.get("part_of") == BY_MODEL


def name_model(answer: AnswerObject) -> str:
    """The language model that wrote an answer; empty where none did."""
    composer = str(answer.get("composer") or EXTRACTIVE)
    return "" if composer == EXTRACTIVE else drop_unshown(composer)


def name_fallback(answer: AnswerObject) -> str:
    """The line that says why a language model did not write an answer; empty where none was to."""
    return str(answer.get("fallback") or "")


def tells_origin(statement: AnswerObject, answer: AnswerObject) -> bool:
    """Whether a statement is a notice that names the language model of its answer, or says why none wrote it."""
    receipt = answer.get("receipt") or {}
    sent = [one.get("model") for one in answer.get("sent") or () if isinstance(one, Mapping)]
    names = [_fold(one) for one in (receipt.get("model"), answer.get("composer"), name_fallback(answer), *sent)]
    text = _fold(statement.get("text"))
    return statement.get("kind") == "notice" and any(name in text for name in names if name not in ("", EXTRACTIVE))


def is_said(line: str, answer: AnswerObject) -> bool:
    """Whether a notice in an answer says a line already."""
    wanted = " ".join(line.split())
    notices = (one for one in answer.get("statements") or () if one.get("kind") == "notice")
    return any(wanted in " ".join(str(one.get("text", "")).split()) for one in notices)


def read_sent(answer: AnswerObject) -> tuple[Sent, ...]:
    """The requests to a language model that were made for an answer, in order, word for word."""
    return tuple(
        Sent(
            purpose="question" if one.get("purpose") == "question" else "answer",
            model=drop_unshown(str(one.get("model") or "")),
            to=drop_unshown(str(one.get("to") or "")),
            # What is not known to have stayed here has left.
            left=one.get("left") is not False,
            messages=tuple(
                Message("system" if message.get("role") == "system" else "user", str(message.get("text") or ""))
                for message in one.get("messages") or ()
            ),
        )
        for one in answer.get("sent") or ()
    )


def count_characters(requests: Iterable[Sent]) -> int:
    """How much text requests held."""
    return sum(len(message.text) for one in requests for message in one.messages)


def _fold(text: object) -> str:
    return " ".join(drop_unshown(" ".join(str(text or "").split())).casefold().split())
