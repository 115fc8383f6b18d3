"""Compares two runs item by item: runs in; what got better or worse, how surely, where, and what else differs out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

from coach.errors import CoachError
from coach.evaluation.comparison.intervals import find_interval, find_verdict, weigh_signs
from coach.evaluation.comparison.measures import list_measures, measure
from coach.evaluation.records import (
    Change,
    Comparison,
    GroupChange,
    ItemChange,
    ItemResult,
    MeasureChange,
    ReceiptChange,
    Run,
)
from coach.evaluation.values import are_equal
from coach.records import Receipt

MARK_TOLERANCE = 0.02
"""Marks that differ by no more count as the same."""
_ROUNDING = 1e-9


def compare_runs(before: Run, after: Run) -> Comparison:
    """Run `after` against run `before`, over the items that ask and expect the same in both.

    Raises:
        CoachError: there is no such item.
    """
    earlier = {result.item.id: result for result in before.results}
    later = {result.item.id: result for result in after.results}
    shared = [identity for identity in later if identity in earlier]
    paired = [one for one in shared if are_equal(earlier[one].item, later[one].item)]
    if not paired:
        raise CoachError(_explain_nothing_shared(before, after, bool(shared)))
    changes = [_compare_item(earlier[one], later[one]) for one in paired]
    return Comparison(
        before=before,
        after=after,
        items=tuple(sorted(changes, key=_rank)),  # a stable sort: the order of the set stays
        only_before=tuple(one for one in earlier if one not in later),
        only_after=tuple(one for one in later if one not in earlier),
        changed_items=tuple(one for one in shared if one not in set(paired)),
        measures=tuple(_compare_measures(changes)),
        groups=tuple(_compare_groups(changes)),
        receipts=tuple(_compare_receipts(before, after)),
    )


def _explain_nothing_shared(before: Run, after: Run, all_changed: bool) -> str:
    for run in (before, after):
        if not run.results:
            return f"The run “{run.title}” has no results yet. Go on with it, then compare."
    if all_changed:
        return (
            f"Every item of “{before.set_name}” asks or expects something else in the other run, so there is nothing to "
            "compare. Run the version of the set that you want to compare on both."
        )
    return (
        f"The runs have no item in common: “{before.title}” asked “{before.set_name}”, “{after.title}” asked "
        f"“{after.set_name}”. Compare two runs of one set."
    )


# --- items --------------------------------------------------------------------------------------------------------


def _compare_item(before: ItemResult, after: ItemResult) -> ItemChange:
    had = {failure.kind for failure in before.gates}
    first, second = before.mark, after.mark
    return ItemChange(
        before=before,
        after=after,
        change=_find_change(before, after),
        difference=None if first is None or second is None else second - first,
        pass_to_fail=before.passed is True and after.passed is False,
        fail_to_pass=before.passed is False and after.passed is True,
        new_gates=tuple(failure for failure in after.gates if failure.kind not in had),
    )


def _find_change(before: ItemResult, after: ItemResult) -> Change:
    """By gate failures, then by passing, then by the mark; what could not be scored is no worse and no better."""
    had, has = ({failure.kind for failure in result.gates} for result in (before, after))
    if has - had:
        return "worse"
    if after.passed is None or before.passed is None:
        return "same"
    if had - has:
        return "better"
    if before.passed != after.passed:
        return "better" if after.passed else "worse"
    difference = (after.mark or 0.0) - (before.mark or 0.0)
    if abs(difference) <= MARK_TOLERANCE + _ROUNDING:
        return "same"
    return "better" if difference > 0 else "worse"


def _rank(change: ItemChange) -> int:
    order = (change.new_gates, change.after.gates, change.pass_to_fail, change.change == "worse")
    return next((place for place, holds in enumerate(order) if holds), len(order))


# --- measures and groups ------------------------------------------------------------------------------------------


def _compare_measures(changes: Sequence[ItemChange]) -> Iterable[MeasureChange]:
    for name, by in list_measures(change.before for change in changes):
        values = [(measure(change.before, name, by), measure(change.after, name, by)) for change in changes]
        pairs = [(first, second) for first, second in values if first is not None and second is not None]
        if pairs:
            yield _compare_values(name, by, pairs)


def _compare_values(name: str, by: str, pairs: Sequence[tuple[float, float]]) -> MeasureChange:
    least = (MARK_TOLERANCE if name == "mark" else 0.0) + _ROUNDING
    differences = [second - first for first, second in pairs]
    better, worse = sum(one > least for one in differences), sum(one < -least for one in differences)
    interval = find_interval(differences)
    return MeasureChange(
        name=name,
        items=len(pairs),
        before=sum(first for first, _ in pairs) / len(pairs),
        after=sum(second for _, second in pairs) / len(pairs),
        interval=interval,
        better=better,
        worse=worse,
        p_value=weigh_signs(better, worse),
        verdict=find_verdict(interval, better, worse),
        by=by,
    )


def _compare_groups(changes: Sequence[ItemChange]) -> Iterable[GroupChange]:
    """The groups of each kind that some item states, the largest first; items that do not state it are a group without a
    name, so that a kind's groups add up to all items. Where an item's type or topic was changed, the later one holds.
    """
    for kind in ("type", "role", "topic"):
        groups: dict[str, list[ItemChange]] = {}
        for change in changes:
            groups.setdefault(str(getattr(change.after.item, kind)).strip(), []).append(change)
        if any(groups):
            for name in sorted(groups, key=lambda name: (-len(groups[name]), name)):
                yield GroupChange(kind, name, len(groups[name]), *_count(groups[name]))


def _count(changes: Sequence[ItemChange]) -> tuple[int, int, int, int, int, int]:
    return (
        sum(change.before.passed is True for change in changes),
        sum(change.after.passed is True for change in changes),
        sum(change.change == "better" for change in changes),
        sum(change.change == "worse" for change in changes),
        sum(bool(change.before.gates) for change in changes),
        sum(bool(change.after.gates) for change in changes),
    )


# --- what the runs were made with ---------------------------------------------------------------------------------


def _compare_receipts(before: Run, after: Run) -> Iterable[ReceiptChange]:
    """The parts that differ; a part that a run does not have is empty."""
    names = [field.name for field in fields(Receipt)]
    first, second = _list_parts(before.receipt, len(names)), _list_parts(after.receipt, len(names))
    parts = [*zip(names, first, second, strict=True)]
    parts.append(("set", _name_set(before), _name_set(after)))
    parts.append(("judge", before.judge or "", after.judge or ""))
    return [ReceiptChange(*part) for part in parts if part[1] != part[2]]


def _list_parts(receipt: Receipt | None, count: int) -> list[str]:
    return ["" if part is None else str(part) for part in astuple(receipt)] if receipt else [""] * count


def _name_set(run: Run) -> str:
    return f"{run.set_name} {run.set_version} ({run.set_digest})"
