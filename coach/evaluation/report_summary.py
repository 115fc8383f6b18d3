"""The first page of a report: a run, and what it is compared and held to, in; plain words and numbers out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coach.evaluation.findings import rank_failures
from coach.evaluation.records import (
    GATE_KINDS,
    Comparison,
    DimensionAgreement,
    GateVerdict,
    GroupChange,
    ItemResult,
    Run,
)
from coach.evaluation.report_items import ItemTeller, ItemView, Rated
from coach.evaluation.report_wording import say_count
from coach.prompts import Wording
from coach.search_copy import shorten

_TYPES = 12
"""Rows of the table of types: more would push the failures off the first page."""
_WORST = 5
_QUESTION, _EXPECTED, _CAME, _PASSAGE, _WHY = 110, 110, 110, 150, 130
"""Characters of each part of a failure on the first page; whole further down."""
_FEW_CHECKS = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the answers that a director looks for first: a line to read from afar, and lines that say more."""

    heading: str
    line: str
    details: tuple[str, ...]
    tone: str
    """`good`, `bad` or empty."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The questions of one type or role."""

    name: str
    count: int
    passed: int
    gates: int
    change: str


@dataclass(frozen=True, slots=True)
class FailureView:
    """One failed answer, short enough for the first page."""

    item_id: str
    anchor: str
    question: str
    expected: str
    came: str
    passage: str
    why: str


@dataclass(frozen=True, slots=True)
class Passed:
    """How many answers passed of those that could be scored, and the interval of that share."""

    passed: int
    scored: int
    low: float
    high: float


def count_passed(results: Iterable[ItemResult]) -> Passed | None:
    """How many passed, with Wilson's interval at 95 %; None where none could be scored."""
    from scipy.stats import binomtest

    decided = [one.passed for one in results if one.passed is not None and not one.fault]
    if not decided:
        return None
    interval = binomtest(sum(decided), len(decided)).proportion_ci(0.95, "wilson")
    return Passed(sum(decided), len(decided), float(interval.low), float(interval.high))


def name_share(share: float) -> str:
    """A share as a whole percentage."""
    return f"{share:.0%}"


# --- three panels -----------------------------------------------------------------------------------------------------


def tell_overall(run: Run, wording: Wording) -> Panel:
    """How many answers did what was asked."""
    heading = wording.say("overall.heading")
    passed = count_passed(run.results)
    details: list[str] = []
    line = wording.say("overall.passed_none" if run.results else "head.none_asked")
    if passed:
        line = wording.say("overall.passed", passed=passed.passed, count=passed.scored)
        shares = {"share": passed.passed / passed.scored, "low": passed.low, "high": passed.high}
        named = {name: name_share(share) for name, share in shares.items()}
        details.append(wording.say("overall.interval", **named))
    faults = sum(bool(one.fault) for one in run.results)
    if faults:
        details.append(say_count(wording, "overall.faults", faults, of=passed.scored if passed else 0))
    unscored = sum(one.passed is None and not one.fault for one in run.results)
    if unscored and passed:
        details.append(say_count(wording, "overall.not_scored", unscored))
    return Panel(heading, line, tuple(details), "")


def tell_gate(run: Run, verdict: GateVerdict | None, wording: Wording) -> Panel:
    """Whether the run may pass, and what failed at a gate."""
    heading = wording.say("gate.heading")
    counts = {kind: sum(any(one.kind == kind for one in r.gates) for r in run.results) for kind in GATE_KINDS}
    failures = [say_count(wording, f"gate.{kind}", count) for kind, count in counts.items() if count]
    if not failures and run.results:
        failures = [wording.say("gate.no_failures")]
    if verdict is None:
        return Panel(heading, wording.say("gate.none"), tuple(failures), "bad" if any(counts.values()) else "")
    total = len(verdict.checks)
    if verdict.passed:
        return Panel(
            heading,
            wording.say("gate.passed"),
            (say_count(wording, "gate.conditions", total), *failures),
            "good",
        )
    unmet = [check.reason for check in verdict.checks if not check.met]
    lead = wording.say("gate.unmet", unmet=len(unmet), count=total)
    return Panel(heading, wording.say("gate.failed"), (lead, *unmet[:_FEW_CHECKS], *failures), "bad")


def tell_change(comparison: Comparison | None, wording: Wording) -> Panel:
    """Whether answers became better, in words that promise no more than the numbers do."""
    heading = wording.say("against.heading")
    if comparison is None:
        return Panel(heading, wording.say("against.none"), (), "")
    counts = {name: sum(one.change == name for one in comparison.items) for name in ("better", "worse", "same")}
    line = wording.say("against.counts", **counts)
    verdicts = {one.name: one.verdict for one in comparison.measures}
    verdict = verdicts.get("passed") or verdicts.get("mark") or "no clear difference"
    name = verdict if verdict in ("better", "worse") else "unclear"
    gained = sum(one.fail_to_pass for one in comparison.items)
    lost = sum(one.pass_to_fail for one in comparison.items)
    details = [wording.say(f"against.{name}"), wording.say("against.flips", gained=gained, lost=lost)]
    new_gates = sum(bool(one.new_gates) for one in comparison.items)
    if new_gates:
        details.append(say_count(wording, "against.new_gates", new_gates))
    apart = len(comparison.only_before) + len(comparison.only_after) + len(comparison.changed_items)
    if apart:
        details.append(say_count(wording, "against.apart", apart))
    parts = ", ".join(_name_part(one.part, wording) for one in comparison.receipts)
    details.append(wording.say("against.changed", parts=parts) if parts else wording.say("against.unchanged"))
    tone = {"better": "good", "worse": "bad"}.get(name, "")
    return Panel(heading, line, tuple(details), "bad" if new_gates else tone)


def _name_part(part: str, wording: Wording) -> str:
    name = f"receipts.{part}"
    return wording.say(name).lower() if name in wording.sentences else part


# --- groups -----------------------------------------------------------------------------------------------------------


def list_types(run: Run, comparison: Comparison | None, wording: Wording) -> tuple[GroupRow, ...]:
    """A row for each type, the largest first; beyond a dozen, the smallest together."""
    names = sorted({one.item.type for one in run.results}, key=lambda name: (-_count(run, name), name))
    rows = [_tell_type(run, [name], comparison, wording) for name in names[:_TYPES]]
    if len(names) > _TYPES + 1:
        rows[-1] = _tell_type(run, names[_TYPES - 1 :], comparison, wording)
    elif len(names) > _TYPES:
        rows.append(_tell_type(run, names[_TYPES:], comparison, wording))
    return tuple(rows)


def list_roles(run: Run, comparison: Comparison | None, wording: Wording) -> tuple[GroupRow, ...]:
    """A row for each role that asked."""
    rows = []
    for role in dict.fromkeys(one.item.role for one in run.results):
        results = [one for one in run.results if one.item.role == role]
        changes = _find_changes(comparison, "role", [role])
        rows.append(_make_row(wording.say(f"role.{role}"), results, changes, wording))
    return tuple(rows)


def _count(run: Run, name: str) -> int:
    return sum(one.item.type == name for one in run.results)


def _tell_type(run: Run, names: Sequence[str], comparison: Comparison | None, wording: Wording) -> GroupRow:
    results = [one for one in run.results if one.item.type in names]
    title = names[0].replace("_", " ") or wording.say("groups.no_type")
    if len(names) > 1:
        title = wording.say("groups.others", count=len(names))
    return _make_row(title, results, _find_changes(comparison, "type", names), wording)


def _find_changes(comparison: Comparison | None, kind: str, names: Sequence[str]) -> list[GroupChange] | None:
    if comparison is None:
        return None
    return [one for one in comparison.groups if one.kind == kind and one.name in names]


def _make_row(
    name: str, results: Sequence[ItemResult], changes: Sequence[GroupChange] | None, wording: Wording
) -> GroupRow:
    passed, gates = sum(bool(one.passed) for one in results), sum(bool(one.gates) for one in results)
    if not changes:
        return GroupRow(name, len(results), passed, gates, wording.say("groups.not_compared"))
    better, worse = sum(one.better for one in changes), sum(one.worse for one in changes)
    moved = wording.say("groups.gained", better=better, worse=worse)
    return GroupRow(name, len(results), passed, gates, moved if better or worse else wording.say("groups.same"))


# --- failures ---------------------------------------------------------------------------------------------------------


def list_worst(results: Iterable[ItemResult], teller: ItemTeller) -> tuple[FailureView, ...]:
    """The worst failures, each in a few lines."""
    return tuple(_shorten_failure(one, teller) for one in rank_failures(results)[:_WORST])


def _shorten_failure(result: ItemResult, teller: ItemTeller) -> FailureView:
    item = result.item
    sources = [source for group in item.sources for source in group]
    return FailureView(
        item_id=item.id,
        anchor=teller.anchors[item.id],
        question=shorten(item.question, _QUESTION),
        expected=shorten(teller.tell_expected(item), _EXPECTED),
        came=teller.tell_came(result, _CAME),
        passage=_shorten_source(teller.name_source(sources[0], result.retrieved)) if sources else "",
        why=shorten(tell_why(result), _WHY),
    )


def _shorten_source(source: str) -> str:
    cut = shorten(source, _PASSAGE)
    return f"{cut}”" if cut.count("“") > cut.count("”") else cut


def tell_why(result: ItemResult) -> str:
    """Why a result failed: the first of its gate failures and unmet measures."""
    reasons = [gate.reason for gate in result.gates]
    reasons += [score.reason for score in result.scores if score.passed is False and score.by == "program"]
    return reasons[0] if reasons else result.fault


# --- people -----------------------------------------------------------------------------------------------------------


def tell_agreement(rated: Rated | None, wording: Wording, names: ItemTeller) -> str:
    """Whether raters agree, in a line."""
    if rated is None or not rated.ratings:
        return wording.say("agreement.nobody")
    dimensions = rated.agreement.dimensions
    raters = len({rating.rater for rating in rated.ratings})
    known = [one for one in dimensions if one.value is not None]
    if not known:
        ratings = sum(one.ratings for one in dimensions) or len(rated.ratings)
        return wording.say("agreement.too_few", ratings=ratings, raters=raters)
    best = max(known, key=lambda one: one.value or 0.0)
    worst = min(known, key=lambda one: one.value or 0.0)
    values = {"raters": raters, "best": names.name_dimension(best.dimension), **_name_values(best)}
    if best is worst:
        line = wording.say("agreement.line_one", **values)
    else:
        tail = {"worst": names.name_dimension(worst.dimension), **_name_values(worst)}
        tail.pop("coefficient")
        line = f"{wording.say('agreement.line', **values)} {wording.say('agreement.line_worst', **tail)}."
    few = len(dimensions) - len(known)
    return f"{line} {say_few(wording, few, len(dimensions))}".rstrip()


def say_few(wording: Wording, few: int, count: int) -> str:
    """For how many dimensions there is no coefficient."""
    if not few:
        return ""
    if few == 1:
        return wording.say("agreement.few_one", count=count)
    return wording.say("agreement.few", few=few, count=count)


def _name_values(one: DimensionAgreement) -> dict[str, object]:
    return {"coefficient": one.coefficient or "", "value": f"{one.value:.2f}", "n": one.n}


def find_view(views: Sequence[ItemView], standing: str) -> tuple[ItemView, ...]:
    """Those that stand so."""
    return tuple(one for one in views if one.standing == standing)
