"""Tries a language model on questions with known outcomes: an assistant and a set in, what became of each answer out."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from coach.authorship import EXTRACTIVE
from coach.errors import CoachError
from coach.records import ROLES, Answer, Manner, Role, Stage
from coach.talk import Answering


@dataclass(frozen=True, slots=True)
class TrialItem:
    """A question, and what the documents have to say to it."""

    id: str
    question: str
    role: Role
    type: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What became of one question."""

    item: TrialItem
    outcome: str
    was_asked: bool
    """Whether the model was asked for an answer."""
    wrote: bool
    """Whether a sentence of its was shown."""
    kept: int
    """Of its sentences, those shown as they were written."""
    replaced: int
    """Those in whose place the source's own sentence stands."""
    cut: int
    """Those left out."""
    reasons: tuple[str, ...]
    """Why, for each that was not kept."""
    fallback: str | None
    first_seconds: float | None
    """From the question to the first statement that was shown; None where none was shown before the end."""
    seconds: float


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """The same, of all questions together."""

    questions: int
    outcomes_right: int
    asked: int
    """Questions for which the model was asked."""
    written: int
    """Of these, answers in which a sentence of its was shown."""
    kept: int
    replaced: int
    cut: int
    reasons: tuple[tuple[str, int], ...]
    """The commonest first."""
    fallbacks: tuple[tuple[str, int], ...]
    first_seconds: float | None
    """Median."""
    seconds: float | None
    """Median, of the questions for which it was asked."""
    longest_seconds: float | None


def read_trial(path: Path) -> tuple[TrialItem, ...]:
    """The questions of a set that need no conversation before them.

    Raises:
        CoachError: the file is missing, or is no such set.
    """
    try:
        rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return tuple(_read_item(row) for row in rows if not (isinstance(row, dict) and row.get("history")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CoachError(
            f"The set {path} cannot be read ({type(error).__name__}). Restore it from the release."
        ) from error


def _read_item(row: Any) -> TrialItem:
    if row["role"] not in ROLES:
        raise ValueError("an unknown role")
    return TrialItem(str(row["id"]), row["question"], row["role"], str(row.get("type", "")), row["outcome"])


def choose_items(items: Sequence[TrialItem], most: int) -> tuple[TrialItem, ...]:
    """So many of the questions, of every type in turn."""
    by_type: dict[str, list[TrialItem]] = {}
    for item in items:
        by_type.setdefault(item.type, []).append(item)
    turns = (item for turn in zip_longest(*by_type.values()) for item in turn if item is not None)
    return tuple(item for item, _ in zip(turns, range(most), strict=False))


def try_model(assistant: Answering, items: Sequence[TrialItem]) -> Iterator[TrialResult]:
    """Ask every question, and see what becomes of it."""
    for item in items:
        started = time.perf_counter()
        first: float | None = None
        answer: Answer | None = None
        for step in assistant.ask_in_stages(item.question, Manner(item.role)):
            if isinstance(step, Stage):
                if step.statements and first is None:
                    first = time.perf_counter() - started
            else:
                answer = step
        assert answer is not None
        yield _tell(item, answer, first, time.perf_counter() - started)


def _tell(item: TrialItem, answer: Answer, first: float | None, seconds: float) -> TrialResult:
    written = [one for one in answer.statements if one.kind == "source" and one.origin == "written"]
    replaced = sum(bool(one.instead) for one in answer.rejected)
    return TrialResult(
        item,
        answer.outcome.value,
        any(sent.purpose == "answer" for sent in answer.sent),
        answer.composer != EXTRACTIVE,
        len(written),
        replaced,
        len(answer.rejected) - replaced,
        tuple(one.reason for one in answer.rejected),
        answer.fallback,
        first,
        seconds,
    )


def summarise(results: Sequence[TrialResult]) -> TrialSummary:
    """Every count, and the times in seconds."""
    asked = [result for result in results if result.was_asked]
    firsts = [result.first_seconds for result in asked if result.first_seconds is not None]
    times = [result.seconds for result in asked]
    return TrialSummary(
        len(results),
        sum(result.outcome == result.item.outcome for result in results),
        len(asked),
        sum(result.wrote for result in asked),
        sum(result.kept for result in results),
        sum(result.replaced for result in results),
        sum(result.cut for result in results),
        tuple(Counter(reason for result in results for reason in result.reasons).most_common()),
        tuple(Counter(result.fallback for result in results if result.fallback).most_common()),
        round(statistics.median(firsts), 2) if firsts else None,
        round(statistics.median(times), 2) if times else None,
        round(max(times), 2) if times else None,
    )


def trial_to_object(results: Sequence[TrialResult]) -> dict[str, Any]:
    """The summary and every result, as JSON values."""
    return {"summary": asdict(summarise(results)), "results": [asdict(result) for result in results]}
