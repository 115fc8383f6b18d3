"""What a run comes to: a run in, its counts, the mean of each measure and the share passed by type, role and topic out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.evaluation.records import GATE_KINDS, SCORES, GateKind, ItemResult, Run

GroupKind = Literal["type", "role", "topic"]
GROUP_KINDS: tuple[GroupKind, ...] = ("type", "role", "topic")


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """One measure over a run."""

    name: str
    by: str
    """`program`, or the judge's name."""
    scored: int
    """Items for which it could be scored."""
    not_scored: int
    mean: float | None
    """Over the items scored; None where there are none."""
    passed: int
    failed: int
    """Of the items where it decides."""


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """The items of one type, role or topic."""

    kind: GroupKind
    name: str
    """Empty where the items name none."""
    items: int
    passed: int
    failed: int
    gates: int
    mark: float | None
    """Mean over those that could be scored."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in numbers. Items that passed, failed, could not be scored and have no answer add up to all of them."""

    items: int
    passed: int
    failed: int
    not_scored: int
    faults: int
    """Items without an answer."""
    mark: float | None
    gates: tuple[tuple[GateKind, int], ...]
    """Items with a failure of each kind."""
    measures: tuple[MeasureSummary, ...]
    groups: tuple[GroupSummary, ...]
    """By type, then by role, then by topic; each the largest first."""
    seconds: float
    """Of all answers."""


def summarise(run: Run) -> RunSummary:
    """Count a run."""
    results = run.results
    answered = [one for one in results if not one.fault]
    gates = Counter(kind for one in answered for kind in {failure.kind for failure in one.gates})
    return RunSummary(
        items=len(results),
        passed=sum(one.passed is True for one in answered),
        failed=sum(one.passed is False for one in answered),
        not_scored=sum(one.passed is None for one in answered),
        faults=len(results) - len(answered),
        mark=_average(one.mark for one in answered),
        gates=tuple((kind, gates[kind]) for kind in GATE_KINDS),
        measures=_measure(answered),
        groups=tuple(group for kind in GROUP_KINDS for group in _group(answered, kind)),
        seconds=run.seconds,
    )


def _measure(results: Sequence[ItemResult]) -> tuple[MeasureSummary, ...]:
    found = {(score.name, score.by) for one in results for score in one.scores}
    order: dict[str, int] = {name: place for place, name in enumerate(SCORES)}
    ordered = sorted(found, key=lambda one: (one[1] != "program", one[1], order.get(one[0], len(order)), one[0]))
    return tuple(_measure_one(results, name, by) for name, by in ordered)


def _measure_one(results: Sequence[ItemResult], name: str, by: str) -> MeasureSummary:
    scores = [score for one in results if (score := one.find_score(name, by)) is not None]
    values = [score.value for score in scores if score.value is not None]
    return MeasureSummary(
        name=name,
        by=by,
        scored=len(values),
        not_scored=len(scores) - len(values),
        mean=_average(values),
        passed=sum(score.passed is True for score in scores),
        failed=sum(score.passed is False for score in scores),
    )


def _group(results: Sequence[ItemResult], kind: GroupKind) -> tuple[GroupSummary, ...]:
    groups: dict[str, list[ItemResult]] = defaultdict(list)
    for one in results:
        groups[getattr(one.item, kind)].append(one)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(
        GroupSummary(
            kind=kind,
            name=name,
            items=len(own),
            passed=sum(one.passed is True for one in own),
            failed=sum(one.passed is False for one in own),
            gates=sum(bool(one.gates) for one in own),
            mark=_average(one.mark for one in own),
        )
        for name, own in ordered
    )


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
