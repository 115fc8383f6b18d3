"""What the page Evaluate shows of two runs side by side: a comparison in, words and rows for its templates out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coach.evaluation.comparison.comparison_writing import find_decider
from coach.evaluation.records import (
    Change,
    Comparison,
    EvaluationItem,
    GroupChange,
    ItemChange,
    MeasureChange,
    ReceiptChange,
    Run,
)
from coach.prompts import Wording
from coach.web.evaluate_address import Address
from coach.web.evaluate_view import (
    AnswerView,
    Choices,
    ResultRow,
    Verdict,
    is_chosen,
    judge_result,
    list_choices,
    say_why,
    show_value,
    view_reply,
    view_row,
)

_MOST_IDS = 12


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An item in both runs, as a list shows it."""

    id: str
    question: str
    before: Verdict
    after: Verdict
    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Two runs at a glance."""

    before: Run
    after: Run
    says: str
    """The verdict, in words."""
    new_gates: tuple[ChangeRow, ...]
    pass_to_fail: tuple[ChangeRow, ...]
    fail_to_pass: tuple[ChangeRow, ...]
    measures: tuple[MeasureChange, ...]
    groups: tuple[GroupChange, ...]
    receipts: tuple[ReceiptChange, ...]
    left_out: tuple[tuple[str, str], ...]
    """Wording and ids of what was not compared."""
    rows: tuple[ChangeRow, ...]
    """Those that the address asks for."""
    all: int
    choices: Choices


def view_comparison(compared: Comparison, at: Address, wording: Wording) -> ComparisonView:
    """A comparison for the page."""
    left_out = (
        ("only_before", compared.only_before),
        ("only_after", compared.only_after),
        ("changed_items", compared.changed_items),
    )
    return ComparisonView(
        before=compared.before,
        after=compared.after,
        says=say_comparison(compared, wording),
        new_gates=tuple(_view_change(one) for one in compared.items if one.new_gates),
        pass_to_fail=tuple(_view_change(one) for one in compared.items if one.pass_to_fail and not one.new_gates),
        fail_to_pass=tuple(_view_change(one) for one in compared.items if one.fail_to_pass),
        measures=compared.measures,
        groups=compared.groups,
        receipts=compared.receipts,
        left_out=tuple((name, _join(ids)) for name, ids in left_out if ids),
        rows=tuple(_view_change(one) for one in compared.items if _is_shown(one, at)),
        all=len(compared.items),
        choices=list_choices([one.after.item for one in compared.items]),
    )


def say_comparison(compared: Comparison, wording: Wording) -> str:
    """The verdict in words: better or worse only where that is more than chance."""
    counts = {name: sum(one.change == name for one in compared.items) for name in ("better", "worse")}
    if not any(counts.values()):
        return wording.say("compare.verdict_same", count=len(compared.items))
    decider = find_decider(compared)
    name = decider.verdict if decider is not None and decider.verdict in counts else "none"
    return wording.say(f"compare.verdict_{name}", count=len(compared.items), **counts)


def _join(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_MOST_IDS])
    return f"{shown} … ({len(ids)})" if len(ids) > _MOST_IDS else shown


def _is_shown(change: ItemChange, at: Address) -> bool:
    wanted = {
        "changed": change.change != "same",
        "worse": change.change == "worse",
        "better": change.change == "better",
    }
    return wanted.get(at.show, True) and is_chosen(change.after.item, at)


def _view_change(change: ItemChange) -> ChangeRow:
    after = change.after
    why = say_why(after) or (say_why(change.before) if change.change == "better" else "")
    return ChangeRow(
        after.item.id, after.item.question, judge_result(change.before), judge_result(after), change.change, why
    )


# --- one item -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SideView:
    """One run's answer."""

    row: ResultRow
    answer: AnswerView | None


@dataclass(frozen=True, slots=True)
class ScorePair:
    """A score in both runs."""

    name: str
    by: str
    before: str
    after: str
    differs: bool
    reason: str
    """Of the later run."""


@dataclass(frozen=True, slots=True)
class PairView:
    """One item in both runs, side by side."""

    item: EvaluationItem
    change: Change
    before: SideView
    after: SideView
    scores: tuple[ScorePair, ...]
    place: int
    count: int
    previous: str
    next: str


def view_pair(compared: Comparison, at: Address) -> PairView | None:
    """The item that the address names; None where the runs do not both have it."""
    change = next((one for one in compared.items if one.after.item.id == at.item), None)
    if change is None:
        return None
    ids = [one.after.item.id for one in compared.items if _is_shown(one, at)]
    place = ids.index(at.item) if at.item in ids else None
    before, after = (SideView(view_row(one), view_reply(one.answer)) for one in (change.before, change.after))
    return PairView(
        item=change.after.item,
        change=change.change,
        before=before,
        after=after,
        scores=tuple(_pair_scores(change)),
        place=place + 1 if place is not None else 0,
        count=len(ids),
        previous=ids[place - 1] if place else "",
        next=ids[place + 1] if place is not None and place + 1 < len(ids) else "",
    )


def _pair_scores(change: ItemChange) -> Iterator[ScorePair]:
    names = dict.fromkeys((one.name, one.by) for side in (change.after, change.before) for one in side.scores)
    for name, by in names:
        old, new = change.before.find_score(name, by), change.after.find_score(name, by)
        before, after = (show_value(name, one.value if one else None) for one in (old, new))
        yield ScorePair(name, by, before, after, before != after, new.reason if new else "")
