"""Counts what the documents do not cover so that no number points at a person: questions in, groups with counts out. Pure.

The rule. A number is shown only from `Rule.questions` questions of `Rule.people` people on, and rounded down, so that no
question can be told from the number. What is new in a later report is never one person's either: only months that have ended
are counted, in periods that close when enough people have asked, and a group grows only by whole periods that together hold
enough questions of enough people in that group. Later questions never change how earlier ones were counted. There is no
total, so there is nothing to subtract from; parts of a group are left out where the rounded numbers would give away that
somebody stands in a part which is not shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """From how many questions of how many people on a number is shown."""

    questions: int = 5
    """And the step to which numbers of questions are rounded down."""
    people: int = 3
    """And the step to which numbers of people are rounded down."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What counts of one question."""

    unit: str
    """Who asked; or in which conversation, where there is one person only."""
    month: str
    """YYYY-MM."""
    role: str = ""
    outcome: str = ""
    report: str = ""
    """Title of the report that the answer named as worth adding."""


@dataclass(frozen=True, slots=True)
class Period:
    """Months in a row in which enough people asked."""

    first: str
    """YYYY-MM."""
    last: str
    places: tuple[int, ...]
    """Of its questions, in the list that was given."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a group."""

    name: str
    questions: int
    """At least so many."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Questions on one topic, as they are shown."""

    topic: str
    """Empty where no topic is near."""
    questions: int
    """At least so many."""
    people: int
    """At least so many."""
    first: str
    """YYYY-MM: where the first period begins that is counted."""
    last: str
    roles: tuple[Cell, ...] = ()
    outcomes: tuple[Cell, ...] = ()
    reports: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """Groups, the largest first, and what all the others come to together."""

    groups: tuple[GroupCount, ...]
    smaller: int
    """At least so many questions; 0 where that is not shown."""
    until: str
    """The last month that is counted; empty where none is."""


def close_periods(asked: Sequence[Asked], rule: Rule, this_month: str) -> tuple[Period, ...]:
    """Months before `this_month`, put together until each period has enough questions of enough people.

    Args:
        asked: in any order.
        rule: what is enough.
        this_month: YYYY-MM; not over yet, and so not counted.
    """
    by_month: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(asked):
        if one.month < this_month:
            by_month[one.month].append(place)
    periods: list[Period] = []
    waiting: list[int] = []
    first = ""
    for month in sorted(by_month):
        first = first or month
        waiting += by_month[month]
        if is_enough((asked[place] for place in waiting), rule):
            periods.append(Period(first, month, tuple(waiting)))
            waiting, first = [], ""
    return tuple(periods)


def count_groups(
    asked: Sequence[Asked], topics: Sequence[str], periods: Sequence[Period], rule: Rule
) -> CoverageCounts:
    """What is shown of the questions of closed periods.

    Args:
        asked: every question.
        topics: a name for each question; empty where it has none, or is in no period.
        periods: as `close_periods` makes them.
        rule: what is enough.
    """
    groups: list[GroupCount] = []
    rest: list[Asked] = []
    for topic in sorted({topics[place] for period in periods for place in period.places}):
        within = [(period, [asked[i] for i in period.places if topics[i] == topic]) for period in periods]
        counted, first, last = _count_batches(within, rule)
        if counted:
            groups.append(_describe(topic, counted, (first, last), rule))
        else:
            rest += [one for _, some in within for one in some]
    groups.sort(key=lambda one: (-one.questions, one.topic))
    smaller = _round(len(rest), rule.questions) if is_enough(rest, rule) else 0
    return CoverageCounts(tuple(groups), smaller, periods[-1].last if periods else "")


def is_enough(asked: Iterable[Asked], rule: Rule) -> bool:
    """Whether these may be shown as a number."""
    units = [one.unit for one in asked]
    return len(units) >= rule.questions and len(set(units)) >= rule.people


def _count_batches(within: Iterable[tuple[Period, list[Asked]]], rule: Rule) -> tuple[list[Asked], str, str]:
    """The questions of one topic that are counted, and from when to when. What is no batch yet waits."""
    counted: list[Asked] = []
    waiting: list[Asked] = []
    begins = first = last = ""
    for period, some in within:
        if some and not waiting:
            begins = period.first
        waiting += some
        if is_enough(waiting, rule):
            counted += waiting
            first, last, waiting = first or begins, period.last, []
    return counted, first, last


def _describe(topic: str, counted: Sequence[Asked], months: tuple[str, str], rule: Rule) -> GroupCount:
    questions = _round(len(counted), rule.questions)
    people = _round(len({one.unit for one in counted}), rule.people)
    return GroupCount(
        topic,
        questions,
        people,
        *months,
        roles=_count_cells([(one.role, one) for one in counted], questions, rule),
        outcomes=_count_cells([(one.outcome, one) for one in counted], questions, rule),
        # Answers may name no report, so that nothing can be taken from those that are not shown.
        reports=_count_cells([(one.report, one) for one in counted], 0, rule),
    )


def _count_cells(named: Sequence[tuple[str, Asked]], questions: int, rule: Rule) -> tuple[Cell, ...]:
    """The parts that are large enough; none where, with the group's number, they would show that others are there."""
    parts: defaultdict[str, list[Asked]] = defaultdict(list)
    for name, one in named:
        parts[name].append(one)
    cells = tuple(
        Cell(name, _round(len(some), rule.questions))
        for name, some in sorted(parts.items())
        if name and is_enough(some, rule)
    )
    # Each shown number may be up to a step less one too low.
    most = sum(cell.questions + rule.questions - 1 for cell in cells)
    return cells if questions <= most else ()


def _round(count: int, step: int) -> int:
    return count - count % step
