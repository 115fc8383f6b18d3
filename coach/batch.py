"""Answers many questions: a JSONL file in, a JSONL file out, line by line and in order; a restart skips what is done."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coach.assistant import Assistant
from coach.errors import CoachError, UsageError
from coach.records import ROLES, STANCES, Manner, Role, Stance, Turn
from coach.rendering import answer_to_object

_HISTORY_ROLES = {"user", "assistant"}


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One line of the input."""

    id: str | int
    question: str
    role: Role
    history: tuple[Turn, ...] = ()
    """Earlier turns, oldest first; the person's own may stand alone."""
    stance: Stance = "suggest"


def read_items(path: Path, manner: Manner) -> list[BatchItem]:
    """Every question of a file; `manner` gives the role and the stance of those that name none.

    Raises:
        UsageError: a line is no such object, or two have the same id; the message names the line.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text. Save it as UTF-8.") from error
    items: list[BatchItem] = []
    seen: set[str | int] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item = _read_item(line, f"{path}, line {number}", manner)
        if item.id in seen:
            raise UsageError(f"{path}, line {number}: the id {item.id!r} stands there twice.")
        seen.add(item.id)
        items.append(item)
    return items


def _read_item(line: str, where: str, manner: Manner) -> BatchItem:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where} is no JSON: {error}.") from error
    question = value.get("question") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(question, str) or not question.strip():
        raise UsageError(f"{where} has no question.")
    if not isinstance(value.get("id"), (str, int)):
        raise UsageError(f"{where} has no id.")
    chosen = value.get("role") or manner.role
    if chosen not in ROLES:
        raise UsageError(f"{where}: the role is {chosen!r}; known are {', '.join(ROLES)}.")
    question = question.encode("utf-8", "replace").decode("utf-8")
    stance = value.get("stance") or manner.stance
    if stance not in STANCES:
        raise UsageError(f"{where}: the stance is {stance!r}; known are {', '.join(STANCES)}.")
    history = _read_history(value.get("history"), where)
    return BatchItem(value["id"], question, cast(Role, chosen), history, cast(Stance, stance))


def _read_history(turns: Any, where: str) -> tuple[Turn, ...]:
    turns = turns or []
    sound = isinstance(turns, list) and all(
        isinstance(turn, dict) and turn.get("role") in _HISTORY_ROLES and isinstance(turn.get("text"), str)
        for turn in turns
    )
    if not sound:
        raise UsageError(f'{where}: history is a list of {{"role": "user" or "assistant", "text": "..."}}.')
    return tuple(Turn(turn["role"], turn["text"]) for turn in turns)


def answer_all(
    assistant: Assistant, items: list[BatchItem], out: Path
) -> Generator[tuple[BatchItem, bool], None, None]:
    """Answer what the output does not hold yet; yields each item, and whether it was answered now.

    Raises:
        UsageError: the output holds answers of another input.
        CoachError: the output cannot be written.
    """
    done = _resume(out, items)
    try:
        with out.open("a", encoding="utf-8", newline="\n") as sink:
            for position, item in enumerate(items):
                if position < done:
                    yield item, False
                    continue
                answer = answer_to_object(
                    assistant.ask(item.question, item.role, history=item.history, stance=item.stance), item.id
                )
                sink.write(json.dumps(answer, ensure_ascii=False) + "\n")
                sink.flush()
                yield item, True
    except OSError as error:
        raise CoachError(f"{out} cannot be written ({error.strerror}).") from error


def _resume(out: Path, items: list[BatchItem]) -> int:
    """How many answers the output holds; a last line that was cut off in writing is taken away."""
    if not out.exists():
        return 0
    try:
        whole = out.read_bytes()
    except OSError as error:
        raise UsageError(f"{out} cannot be read ({error.strerror}). Name a file.") from error
    end = whole.rfind(b"\n") + 1
    try:
        lines = [json.loads(line) for line in whole[:end].decode("utf-8").split("\n") if line.strip()]
        done = [(value["id"], value["question"]) for value in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{out} holds something else than answers. Name another file, or remove it.") from error
    if done != [(item.id, item.question) for item in items[: len(done)]]:
        raise UsageError(f"{out} holds the answers of other questions. Name another file, or remove it.")
    if end < len(whole):
        with out.open("r+b") as sink:
            sink.truncate(end)
    return len(done)
