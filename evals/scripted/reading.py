"""Reads what Coach sends to a language model, as a model would: the messages of one request in, what they ask for out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sentencex

_BOUNDARY = re.compile(r"passages-[0-9a-f]{32}")
_HEADER = re.compile(r"^\[([^\[\]\s]{1,40})\] (\S.*)$")
_QUESTION = re.compile(r"^(?:The last question|Question): (.*)$", re.M)
_STEP = re.compile(r"^- The step .*? has for this: (.+)$", re.M)
_LENGTH = re.compile(r"\b(one|two|three|four) (?:to|or) (two|five|nine) sentences\b")
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "nine": 9}


@dataclass(frozen=True, slots=True)
class Offered:
    """A passage as it stands in a request."""

    label: str
    title: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its sentences, each exactly as it stands there."""
        return tuple(split_sentences(self.text))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as far as somebody who only reads it can tell."""

    purpose: Literal["question", "answer"]
    boundary: str
    between: str
    """Everything between the two boundary lines."""
    passages: tuple[Offered, ...]
    question: str
    fewest: int
    most: int
    """Sentences that are wished."""
    wants_suggestion: bool
    wants_question: bool
    step: str
    """The step of the coaching library that it names; empty where it names none."""
    rules: str
    """The system message."""

    def find(self, label: str) -> Offered | None:
        """The passage of a label."""
        return next((one for one in self.passages if one.label == label), None)


class UnreadableRequest(ValueError):
    """The request is not built as prompts/model/ says."""


def read_request(messages: Sequence[Mapping[str, object]]) -> Asked:
    """What a request of the chat protocol asks for.

    Args:
        messages: `{"role": ..., "content": ...}` each, as the body of the request holds them.

    Raises:
        UnreadableRequest: a message is missing, the boundary that it names is not on two lines, or no question is behind them.
    """
    said = {str(one.get("role")): read_content(one.get("content")) for one in messages}
    if "system" not in said or "user" not in said:
        raise UnreadableRequest(f"The request has the roles {sorted(said)}, and not a system and a user message.")
    user = said["user"]
    named = _BOUNDARY.search(user)
    lines = list(re.finditer(rf"^{named.group()}$", user, re.M)) if named is not None else []
    if named is None or len(lines) != 2:
        raise UnreadableRequest(f"The boundary that the request names stands on {len(lines)} lines, and not on two.")
    between, behind = user[lines[0].end() : lines[1].start()].strip("\n"), user[lines[1].end() :]
    question = _QUESTION.search(behind)
    if question is None:
        raise UnreadableRequest("There is no question behind the passages.")
    length, step = _LENGTH.search(behind), _STEP.search(behind)
    return Asked(
        purpose="question" if question.group().startswith("The last") else "answer",
        boundary=named.group(),
        between=between,
        passages=tuple(_read_passages(between)),
        question=question.group(1).strip(),
        fewest=_NUMBERS[length.group(1)] if length else 2,
        most=_NUMBERS[length.group(2)] if length else 5,
        wants_suggestion='"Suggestion:"' in behind,
        wants_question='"Question:"' in behind,
        step=step.group(1).strip() if step else "",
        rules=said["system"],
    )


def read_content(content: object) -> str:
    """The text of a message, whose content may be a string or a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _read_passages(between: str) -> Iterator[Offered]:
    """A passage for each header line, also for one that a document forged: a model could not tell them apart either."""
    label = title = ""
    lines: list[str] = []
    for line in between.splitlines():
        header = _HEADER.match(line)
        if header is None:
            lines.append(line)
            continue
        if label:
            yield Offered(label, title, "\n".join(lines).strip())
        label, title, lines = header.group(1), header.group(2), []
    if label:
        yield Offered(label, title, "\n".join(lines).strip())


def split_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each without the space around it."""
    for paragraph in re.split(r"\n\s*\n", text):
        for sentence in sentencex.segment("en", paragraph):
            if sentence.strip():
                yield sentence.strip()
