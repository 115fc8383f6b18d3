"""What is shown of how far raters agree: an agreement with what people wrote in, records for a template out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.evaluation.rating.agreement import FEWEST, SETTLED_FROM
from coach.evaluation.records import (
    Agreement,
    Dimension,
    DimensionAgreement,
    Disagreement,
    Rating,
    Rubric,
    Settlement,
    Severity,
)
from coach.evaluation.run_text import name_share
from coach.prompts import Wording
from coach.web.rate_view import AnswerView, Progress, name_level

MOST_DISAGREEMENTS = 30
"""That are shown, with their answers, beside those that were settled."""
_HALF = 100.0
"""Width of the picture to each side of no difference."""


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One dimension of the table; figures as they are read."""

    title: str
    n: int
    exact: str
    within_one: str
    coefficient: str
    value: str
    """Empty where there is none."""
    note: str
    is_few: bool
    """Whether there are too few answers for a coefficient."""
    raters: tuple[str, ...]
    table: tuple[tuple[str, tuple[int, ...]], ...]
    """Level, and how often each of these raters gave it."""


@dataclass(frozen=True, slots=True)
class SeverityBar:
    """A rater's severity as a bar to one side of the middle."""

    rater: str
    n: int
    difference: str
    """Empty where nobody else rated the same."""
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class SettledView:
    """A settlement."""

    level: str
    by: str
    note: str
    when: str


@dataclass(frozen=True, slots=True)
class DisagreementView:
    """An answer on whose dimension raters differ."""

    code: str
    dimension: Dimension
    levels: tuple[tuple[str, int, str], ...]
    """Rater, level and what the level says."""
    comments: tuple[tuple[str, str], ...]
    answer: AnswerView | None
    settled: SettledView | None
    earlier: tuple[SettledView, ...]
    """What was settled before, the last first."""


@dataclass(frozen=True, slots=True)
class AgreementView:
    """How far the raters of a round agree."""

    rows: tuple[AgreementRow, ...]
    severities: tuple[SeverityBar, ...]
    disagreements: tuple[DisagreementView, ...]
    more: int
    """Disagreements that are not shown."""
    talked_about: int
    """Answers that no figure counts, for the raters talked about them."""

    @property
    def is_compared(self) -> bool:
        """Whether any answer was rated by two people."""
        return self.talked_about > 0 or any(row.n for row in self.rows)


@dataclass(frozen=True, slots=True)
class Said:
    """What people said in a round."""

    rubric: Rubric
    ratings: Sequence[Rating]
    settlements: Sequence[Settlement]
    shows_all: bool = False
    """Whether every disagreement is shown, and not the widest alone."""


FindAnswer = Callable[[str], AnswerView | None]
"""The answer of a code; None where it is no longer there."""
NameClock = Callable[[str], str]


def view_agreement(
    agreement: Agreement, said: Said, find_answer: FindAnswer, name_clock: NameClock, wording: Wording
) -> AgreementView:
    """The whole page of a round's agreement.

    Args:
        agreement: as it was measured.
        said: ratings and settlements that it was measured from.
        find_answer: for the answers that raters differ on.
        name_clock: how a moment is written.
        wording: of the page.
    """
    settled = {(one.entry, one.dimension) for one in said.settlements}
    shown = [
        one
        for place, one in enumerate(agreement.disagreements)
        if said.shows_all or place < MOST_DISAGREEMENTS or (one.entry, one.dimension) in settled
    ]
    widest = max((abs(one.mean_difference or 0.0) for one in agreement.severities), default=0.0)
    views = (_view_disagreement(one, said, find_answer, name_clock, wording) for one in shown)
    return AgreementView(
        tuple(_view_row(one, said.rubric) for one in agreement.dimensions),
        tuple(_view_severity(one, max(1.0, widest)) for one in agreement.severities),
        tuple(one for one in views if one is not None),
        len(agreement.disagreements) - len(shown),
        agreement.talked_about,
    )


def _view_row(one: DimensionAgreement, rubric: Rubric) -> AgreementRow:
    found = rubric.find(one.dimension)
    return AgreementRow(
        title=found.title if found else one.dimension,
        n=one.n,
        exact=_name_share(one.exact),
        # Of two levels, all are within one.
        within_one=_name_share(one.within_one if len(one.table) > 2 else None),
        coefficient=one.coefficient or "",
        value=_name_number(f"{one.value:.2f}") if one.value is not None else "",
        is_few=one.n < FEWEST,
        note=one.note,
        raters=one.raters,
        table=tuple(
            (str(level), tuple(dict(counts).get(rater, 0) for rater in one.raters)) for level, counts in one.table
        ),
    )


def _name_share(share: float | None) -> str:
    return "–" if share is None else name_share(share)


def _name_number(text: str) -> str:
    return text.replace("-", "−")


def _view_severity(one: Severity, widest: float) -> SeverityBar:
    """Bars of all raters are on one scale, at least one level to each side, so that a small difference looks small."""
    if one.mean_difference is None:
        return SeverityBar(one.rater, one.n, "", "0", "0")
    length = _HALF * abs(one.mean_difference) / widest
    left = _HALF if one.mean_difference >= 0 else _HALF - length
    return SeverityBar(one.rater, one.n, _name_number(f"{one.mean_difference:+.2f}"), f"{left:.1f}", f"{length:.1f}")


def _view_disagreement(
    one: Disagreement, said: Said, find_answer: FindAnswer, name_clock: NameClock, wording: Wording
) -> DisagreementView | None:
    dimension = said.rubric.find(one.dimension)
    if dimension is None:
        return None
    anchors = {level.value: level.anchor for level in dimension.levels}
    record = [
        _view_settled(settled, name_clock, wording)
        for settled in said.settlements
        if (settled.entry, settled.dimension) == (one.entry, one.dimension)
    ]
    return DisagreementView(
        code=one.entry,
        dimension=dimension,
        levels=tuple((rater, level, anchors.get(level, "")) for rater, level in one.levels),
        comments=tuple(
            (rating.rater, rating.comment) for rating in said.ratings if rating.entry == one.entry and rating.comment
        ),
        answer=find_answer(one.entry),
        settled=record[-1] if record else None,
        earlier=tuple(reversed(record[:-1])),
    )


def _view_settled(one: Settlement, name_clock: NameClock, wording: Wording) -> SettledView:
    level = wording.say("rate_entry.na") if one.level is None else str(one.level)
    return SettledView(level, one.by, one.note, name_clock(one.settled_at))


# --- after the calibration --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One dimension of an answer that everybody rated; the others are not named."""

    title: str
    mine: str
    others: tuple[str, ...]
    """The highest first."""
    apart: int
    """The widest difference from mine; below 0 where there is nothing to compare."""
    is_far: bool
    """Whether it is one to talk about first: two levels or more, or of a gate any."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer that everybody rated first."""

    code: str
    place: int
    question: str
    rows: tuple[ComparedRow, ...]


def compare_calibration(
    progress: Progress, mine: Mapping[str, Rating], others: Mapping[str, Sequence[Rating]], rubric: Rubric, **more: Any
) -> tuple[Compared, ...]:
    """A rater's levels beside those of others, on the answers that everybody rates first and on no other.

    Args:
        progress: of the rater.
        mine: the rater's ratings, by code.
        others: of others who have rated all of these, by rater.
        rubric: of the round.
        more: `find_question`, the question of a code; `na`, how N/A is written.
    """
    if not others:
        return ()
    compared = []
    for step in progress.calibration:
        theirs = [one for ratings in others.values() for one in ratings if one.entry == step.code]
        rows = tuple(_compare(one, mine.get(step.code), theirs, more["na"]) for one in rubric.dimensions)
        compared.append(Compared(step.code, step.place, more["find_question"](step.code), rows))
    return tuple(compared)


def _compare(dimension: Dimension, mine: Rating | None, others: Sequence[Rating], na: str) -> ComparedRow:
    own = dict(mine.levels).get(dimension.id) if mine else None
    theirs = [dict(one.levels)[dimension.id] for one in others if dimension.id in dict(one.levels)]
    levels = [one for one in theirs if one is not None]
    apart = max((abs(own - one) for one in levels), default=-1) if own is not None else -1
    ordered = [str(one) for one in sorted(levels, reverse=True)] + [na] * (len(theirs) - len(levels))
    is_far = apart >= SETTLED_FROM or (dimension.is_gate and apart > 0)
    return ComparedRow(dimension.title, _write(own, na), tuple(ordered), apart, is_far)


def _write(level: int | None, na: str) -> str:
    return na if level is None else name_level(level)
