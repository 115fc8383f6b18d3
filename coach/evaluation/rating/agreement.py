"""How far raters agree: a rubric and ratings in, agreement by dimension, severity and what to settle out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median_low

from coach.evaluation.judging import unscale_level
from coach.evaluation.rating.rating_wording import load_rating_wording
from coach.evaluation.rating.rubric import list_values
from coach.evaluation.records import (
    Agreement,
    Coefficient,
    Dimension,
    DimensionAgreement,
    Disagreement,
    Rating,
    Rubric,
    Score,
    Settlement,
    Severity,
)

FEWEST = 10
"""Entries below which a coefficient says nothing."""
NEARLY_ALL = 0.9
"""Share of all levels on one from which a coefficient collapses, however far people agree (the "kappa paradox")."""
SETTLED_FROM = 2
"""Levels apart from which people settle a difference; of a gate, any."""

Levels = Mapping[str, Mapping[str, int | None]]
"""By code of the entry, and by id of the dimension; None: it does not apply."""
_Given = Mapping[str, Mapping[str, int]]
"""Of one dimension: entry -> rater -> level. What does not apply, or has not been rated, is not there."""


def measure_agreement(
    rubric: Rubric,
    ratings: Iterable[Rating],
    settlements: Iterable[Settlement] = (),
    calibrating: Container[str] = (),
) -> Agreement:
    """How far raters agree, dimension by dimension.

    Of two ratings of one rater on one entry the later counts. N/A is a gap. What was settled later changes no figure here.

    Args:
        rubric: its dimensions and levels; what it does not have is left out.
        ratings: of everybody.
        settlements: shown beside the disagreements that they settle.
        calibrating: codes of entries that the raters talked about, so that their levels are not independent: differences on
            them are listed, and no figure counts them.
    """
    given = list(ratings)
    by_dimension = {one.id: _collect(one, given) for one in rubric.dimensions}
    alone = {
        name: {entry: levels for entry, levels in of_one.items() if entry not in calibrating}
        for name, of_one in by_dimension.items()
    }
    talked_about = {entry for name, of_one in by_dimension.items() for entry in of_one if entry not in alone[name]}
    return Agreement(
        tuple(_measure_dimension(one, alone[one.id]) for one in rubric.dimensions),
        _measure_severities(alone),
        _list_disagreements(rubric, by_dimension, _find_last(settlements)),
        len(talked_about),
    )


def must_settle(rubric: Rubric, disagreement: Disagreement) -> bool:
    """Whether raters are too far apart to leave it: two levels or more, or different sides of a gate."""
    dimension = rubric.find(disagreement.dimension)
    return disagreement.spread >= SETTLED_FROM or (dimension is not None and dimension.is_gate)


def final_levels(
    rubric: Rubric, ratings: Iterable[Rating], settlements: Iterable[Settlement] = ()
) -> dict[str, dict[str, int | None]]:
    """The level that stands for each entry and dimension that somebody rated.

    The one that was settled last; else the middle of the raters' levels, the lower of two; of a gate the lowest, so that a
    failure that one rater saw is not outvoted. None where more raters say N/A than give a level.
    """
    given = list(ratings)
    final: dict[str, dict[str, int | None]] = {}
    for dimension in rubric.dimensions:
        for entry, levels in _collect_all(dimension, given).items():
            final.setdefault(entry, {})[dimension.id] = _find_middle(dimension, list(levels.values()))
    for (entry, name), settlement in _find_last(settlements).items():
        if rubric.find(name) is not None:
            final.setdefault(entry, {})[name] = settlement.level
    return final


def agree_with_judge(rubric: Rubric, people: Levels, judge: Levels, name: str = "judge") -> Agreement:
    """How far a judge agrees with people, measured as two raters are.

    Args:
        rubric: its dimensions and levels.
        people: as `final_levels` gives them.
        judge: the judge's levels by the same codes, as `read_judged` gives them for one entry.
        name: of the judge; the others are one rater of the name in `prompts/rating.toml`.
    """
    both = (load_rating_wording().say("agreement.people"), people), (name, judge)
    return measure_agreement(
        rubric,
        [
            Rating(entry, rater, tuple(levels.items()))
            for rater, all_levels in both
            for entry, levels in all_levels.items()
        ],
    )


def read_judged(rubric: Rubric, scores: Iterable[Score], judge: str) -> dict[str, int | None]:
    """A judge's scores of one answer as levels, as `scale_level` made scores of them; None: not scored."""
    levels: dict[str, int | None] = {}
    for score in scores:
        dimension = rubric.find(score.name)
        if dimension is not None and score.by == judge:
            values = list_values(dimension)
            levels[dimension.id] = None if score.value is None else unscale_level(score.value, values)
    return levels


# --- collecting ---------------------------------------------------------------------------------------------------


def _collect_all(dimension: Dimension, ratings: Iterable[Rating]) -> dict[str, dict[str, int | None]]:
    known = {*list_values(dimension), None}
    given: dict[str, dict[str, int | None]] = {}
    for rating in ratings:
        for name, level in rating.levels:
            if name == dimension.id and level in known:
                given.setdefault(rating.entry, {})[rating.rater] = level
    return given


def _collect(dimension: Dimension, ratings: Iterable[Rating]) -> _Given:
    """Only what can be compared: entries on which two raters or more gave a level."""
    by_entry = {
        entry: {rater: level for rater, level in levels.items() if level is not None}
        for entry, levels in _collect_all(dimension, ratings).items()
    }
    return {entry: levels for entry, levels in by_entry.items() if len(levels) > 1}


def _find_last(settlements: Iterable[Settlement]) -> dict[tuple[str, str], Settlement]:
    ordered = sorted(settlements, key=lambda one: one.settled_at)
    return {(one.entry, one.dimension): one for one in ordered}


def _find_middle(dimension: Dimension, levels: Sequence[int | None]) -> int | None:
    numbers = [level for level in levels if level is not None]
    if len(numbers) < len(levels) - len(numbers) or not numbers:
        return None
    return min(numbers) if dimension.is_gate else median_low(numbers)


# --- one dimension ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Measured:
    """A coefficient, or why there is none."""

    coefficient: Coefficient | None = None
    value: float | None = None
    note: str = ""


def _measure_dimension(dimension: Dimension, given: _Given) -> DimensionAgreement:
    raters = tuple(sorted({rater for levels in given.values() for rater in levels}, key=str.casefold))
    counts = Counter((level, rater) for levels in given.values() for rater, level in levels.items())
    apart = [abs(one - other) for levels in given.values() for one, other in combinations(levels.values(), 2)]
    measured = _measure(dimension, given, raters)
    return DimensionAgreement(
        dimension=dimension.id,
        raters=raters,
        n=len(given),
        ratings=counts.total(),
        table=tuple(
            (level.value, tuple((rater, counts[level.value, rater]) for rater in raters)) for level in dimension.levels
        ),
        exact=fmean(gap == 0 for gap in apart) if apart else None,
        within_one=fmean(gap <= 1 for gap in apart) if apart else None,
        coefficient=measured.coefficient,
        value=measured.value,
        note=measured.note,
    )


def _measure(dimension: Dimension, given: _Given, raters: Sequence[str]) -> _Measured:
    say = load_rating_wording().say
    counts = Counter(level for levels in given.values() for level in levels.values())
    if not given:
        return _Measured(note=say("note.none"))
    if len(given) < FEWEST:
        return _Measured(note=say("note.too_few", n=len(given), fewest=FEWEST))
    if len(counts) == 1:
        return _Measured(note=say("note.no_variation", n=len(given), level=min(counts)))
    measure = _measure_kappa if len(raters) == 2 else _measure_alpha
    name, value = measure(dimension, given, raters)
    return _Measured(name, value, " ".join(_list_notes(given, counts, raters)))


def _list_notes(given: _Given, counts: Counter[int], raters: Sequence[str]) -> Iterable[str]:
    say = load_rating_wording().say
    ((level, times),) = counts.most_common(1)
    if times >= NEARLY_ALL * counts.total():
        yield say("note.nearly_all", times=times, total=counts.total(), level=level)
    for rater in raters if len(raters) == 2 else ():
        own = {levels[rater] for levels in given.values()}
        if len(own) == 1:
            yield say("note.one_level", rater=rater, level=min(own))


def _measure_kappa(dimension: Dimension, given: _Given, raters: Sequence[str]) -> tuple[Coefficient, float]:
    from sklearn.metrics import cohen_kappa_score

    one, other = ([levels[rater] for levels in given.values()] for rater in raters)
    value = cohen_kappa_score(one, other, weights="quadratic", labels=list(list_values(dimension)))
    return "quadratic weighted kappa", float(value)


def _measure_alpha(dimension: Dimension, given: _Given, raters: Sequence[str]) -> tuple[Coefficient, float]:
    import krippendorff

    gap = float("nan")
    rows = [[levels.get(rater, gap) for levels in given.values()] for rater in raters]
    value = krippendorff.alpha(
        reliability_data=rows, value_domain=list(list_values(dimension)), level_of_measurement="ordinal"
    )
    return "Krippendorff's alpha (ordinal)", float(value)


# --- raters and entries -------------------------------------------------------------------------------------------


def _measure_severities(by_dimension: Mapping[str, _Given]) -> tuple[Severity, ...]:
    apart: dict[str, list[float]] = {}
    for given in by_dimension.values():
        for levels in given.values():
            total = sum(levels.values())
            for rater, level in levels.items():
                apart.setdefault(rater, []).append(level - (total - level) / (len(levels) - 1))
    return tuple(Severity(rater, len(apart[rater]), fmean(apart[rater])) for rater in sorted(apart, key=str.casefold))


def _list_disagreements(
    rubric: Rubric, by_dimension: Mapping[str, _Given], settled: Mapping[tuple[str, str], Settlement]
) -> tuple[Disagreement, ...]:
    found: list[tuple[float, bool, Disagreement]] = []
    for dimension in rubric.dimensions:
        for entry, levels in by_dimension[dimension.id].items():
            spread = max(levels.values()) - min(levels.values())
            if spread == 0:
                continue
            named = tuple(sorted(levels.items(), key=lambda one: one[0].casefold()))
            share = spread / dimension.levels[0].value
            one = Disagreement(entry, dimension.id, named, spread, settled.get((entry, dimension.id)))
            found.append((share, dimension.is_gate, one))
    # The widest as a share of the dimension's levels, so that the two sides of a gate are as far apart as can be.
    found.sort(key=lambda one: (-one[0], not one[1], one[2].entry))
    return tuple(one for _, _, one in found)
