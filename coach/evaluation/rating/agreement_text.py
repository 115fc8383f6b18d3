"""Agreement as plain text for a terminal: the figures, the level table, severities and what to settle in, lines out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coach.evaluation.rating.agreement import must_settle
from coach.evaluation.rating.rating_wording import load_rating_wording
from coach.evaluation.records import Agreement, DimensionAgreement, Disagreement, Rating, Rubric
from coach.evaluation.run_text import align, name_share

_MOST_LISTED = 10


def write_agreement(rubric: Rubric, ratings: Sequence[Rating], agreement: Agreement) -> str:
    """How far raters agree, as a table with what each figure rests on; then who is mild, and what is to be settled."""
    say = load_rating_wording().say
    raters = sorted({one.rater for one in ratings}, key=str.casefold)
    entries = len({one.entry for one in ratings})
    head = say(
        "agreement.head", ratings=len(ratings), entries=entries, raters=len(raters), names=", ".join(raters)
    )  # fmt: skip
    parts = [
        [head],
        [align([[say(f"agreement.{name}") for name in ("dimension", "n", "exact", "within_one", "coefficient")],
                *(_list_figures(rubric, one) for one in agreement.dimensions)], left=(0, -1))],
        _list_notes(rubric, agreement),
        [say("agreement.level_head"), *_list_levels(rubric, agreement.dimensions)],
        _list_severities(agreement),
        _list_disagreements(rubric, agreement),
        [say("agreement.legend")],
    ]  # fmt: skip
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _list_figures(rubric: Rubric, one: DimensionAgreement) -> list[str]:
    say = load_rating_wording().say
    value = say("agreement.none")
    if one.coefficient is not None and one.value is not None:
        name = say("agreement.kappa" if one.coefficient == "quadratic weighted kappa" else "agreement.alpha")
        value = f"{name} {one.value:.2f}"
    # Of two levels, all are within one.
    within_one = one.within_one if len(one.table) > 2 else None
    return [_name(rubric, one.dimension), str(one.n), _show_share(one.exact), _show_share(within_one), value]


def _list_notes(rubric: Rubric, agreement: Agreement) -> list[str]:
    """What is not counted, and the note of each dimension; those that two people never rated share a line."""
    say, dimensions = load_rating_wording().say, agreement.dimensions
    empty = [one for one in dimensions if one.n == 0]
    lines = [
        say("agreement.note", dimension=_name(rubric, one.dimension), note=one.note)
        for one in dimensions
        if one.note and one.n
    ]
    if empty:
        names = ", ".join(_name(rubric, one.dimension) for one in empty)
        lines.append(say("agreement.note", dimension=names, note=empty[0].note))
    if agreement.talked_about:
        lines.append(say("agreement.talked_about", count=agreement.talked_about))
    return lines


def _show_share(share: float | None) -> str:
    return "–" if share is None else name_share(share)  # noqa: RUF001 - nothing to show


def _list_levels(rubric: Rubric, dimensions: Iterable[DimensionAgreement]) -> list[str]:
    """How often each rater gave each level, a line for each dimension and rater."""
    rows = [
        [_name(rubric, one.dimension), rater, *(f"{level}: {dict(counts)[rater]}" for level, counts in one.table)]
        for one in dimensions
        for rater in one.raters
    ]
    widest = max(map(len, rows), default=0)
    if not rows:
        return []
    table = align([[*row, *[""] * (widest - len(row))] for row in rows], left=(0, 1))
    return ["  " + line for line in table.splitlines()]


def _list_severities(agreement: Agreement) -> list[str]:
    say = load_rating_wording().say
    rows = [
        say("agreement.severity_row", rater=one.rater, difference=f"{one.mean_difference:+.2f}", n=one.n)
        for one in agreement.severities
        if one.mean_difference is not None
    ]
    return [say("agreement.severity"), *rows] if rows else []


def _list_disagreements(rubric: Rubric, agreement: Agreement) -> list[str]:
    say = load_rating_wording().say
    far = [one for one in agreement.disagreements if must_settle(rubric, one)]
    open_ones = [one for one in far if one.settled is None]
    if not far:
        return [say("agreement.nothing_to_settle")]
    lines = [say("agreement.settle", count=len(open_ones)), *_write_disagreements(rubric, far[:_MOST_LISTED])]
    if len(far) > _MOST_LISTED:
        lines.append(say("agreement.settle_more", count=len(far) - _MOST_LISTED))
    return lines


def _write_disagreements(rubric: Rubric, found: Iterable[Disagreement]) -> Iterator[str]:
    say = load_rating_wording().say
    for one in found:
        levels = ", ".join(say("agreement.level_count", rater=rater, count=level) for rater, level in one.levels)
        told = {"entry": one.entry, "dimension": _name(rubric, one.dimension), "levels": levels}
        if one.settled is None:
            yield say("agreement.settle_row", **told)
        else:
            level = say("agreement.not_applicable") if one.settled.level is None else one.settled.level
            yield say("agreement.settled_row", **told, level=level, by=one.settled.by)


def _name(rubric: Rubric, dimension: str) -> str:
    found = rubric.find(dimension)
    return found.title if found is not None else dimension
