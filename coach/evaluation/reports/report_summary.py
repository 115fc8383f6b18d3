"""The first page of a report: a run, and what it is compared and held to, in; plain words and numbers out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coach.evaluation.comparison.comparison_writing import find_decider
from coach.evaluation.comparison.intervals import find_share_interval
from coach.evaluation.rating.agreement import FEWEST, final_levels
from coach.evaluation.records import Comparison, DimensionAgreement, GateCheck, GateVerdict, ItemResult, Run
from coach.evaluation.reports.findings import choose_worst, list_causes, rank_failures
from coach.evaluation.reports.report_items import ItemTeller, Rated
from coach.evaluation.reports.report_wording import say_count
from coach.evaluation.run_text import name_share
from coach.evaluation.summary import GroupKind, summarise
from coach.prompts import Wording
from coach.search_copy import shorten

_TYPES = 12
"""Rows of the table of types: more would push the failures off the first page."""
_QUESTION, _EXPECTED, _CAME, _PASSAGE, _WHY = 100, 80, 90, 120, 110
"""Characters of each part of a failure on the first page; whole further down."""
_NAME = 40
_SLIGHT = 0.2
"""Coefficient up to which agreement is called slight at most (Landis and Koch, 1977): hardly more than chance."""
_FEW_CHECKS = 2
_CHECK = 100
"""Characters of a condition of the gate, and of what differs, on the first page."""


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


# --- three panels -----------------------------------------------------------------------------------------------------


def tell_overall(run: Run, wording: Wording) -> Panel:
    """How many answers did what was asked."""
    summary = summarise(run)
    scored = summary.passed + summary.failed
    interval = find_share_interval(summary.passed, scored)
    details: list[str] = []
    line = wording.say("overall.passed_none" if run.results else "head.none_asked")
    if interval:
        line = wording.say("overall.passed", passed=summary.passed, count=scored)
        shares = {"share": summary.passed / scored, "low": interval.low, "high": interval.high}
        details.append(wording.say("overall.interval", **{name: name_share(share) for name, share in shares.items()}))
    if summary.faults:
        details.append(say_count(wording, "overall.faults", summary.faults, of=scored))
    if summary.not_scored and scored:
        details.append(say_count(wording, "overall.not_scored", summary.not_scored))
    return Panel(wording.say("overall.heading"), line, tuple(details), "")


def tell_gate(run: Run, verdict: GateVerdict | None, wording: Wording) -> Panel:
    """Whether the run may pass, and what failed at a gate."""
    heading = wording.say("gate.heading")
    failures = [say_count(wording, f"gate.{kind}", count) for kind, count in summarise(run).gates if count]
    tone = "bad" if failures else ""
    if not failures and run.results:
        failures = [wording.say("gate.no_failures")]
    if verdict is None:
        return Panel(heading, wording.say("gate.none"), tuple(failures), tone)
    total = len(verdict.checks)
    if verdict.passed:
        lead = say_count(wording, "gate.conditions", total)
        return Panel(heading, wording.say("gate.passed"), (lead, *failures), "good")
    unmet = [tell_check(check, wording) for check in verdict.checks if not check.met]
    lead = wording.say("gate.unmet", unmet=len(unmet), count=total)
    shown = [shorten(one, _CHECK) for one in unmet[:_FEW_CHECKS]]
    if len(unmet) > _FEW_CHECKS:
        shown.append(wording.say("gate.more", count=len(unmet) - _FEW_CHECKS))
    return Panel(heading, wording.say("gate.failed"), (lead, *shown, *failures), "bad")


def tell_check(check: GateCheck, wording: Wording) -> str:
    """A condition of the gate, with what was wanted and found."""
    return wording.say("gate.line", name=name_check(check, wording), wanted=check.wanted, found=check.found)


def name_check(check: GateCheck, wording: Wording) -> str:
    """A condition by its name, its measure or kind of failure; by its reason where it is about neither."""
    tail = check.name.rsplit(".", 1)[-1]
    for name in (f"condition.{tail}", f"measure.{tail}", f"gate.kind_{tail}"):
        if name in wording.sentences:
            return wording.say(name)
    return check.reason.rstrip(".")


def tell_change(comparison: Comparison | None, wording: Wording) -> Panel:
    """Whether answers became better, in words that promise no more than the numbers do."""
    heading = wording.say("against.heading")
    if comparison is None:
        return Panel(heading, wording.say("against.none"), (), "")
    counts = {name: sum(one.change == name for one in comparison.items) for name in ("better", "worse", "same")}
    name = _find_verdict(comparison)
    details = [wording.say(f"against.{name}"), *_list_moves(comparison, wording)]
    details += _list_differing(comparison, wording)
    new_gates = any(one.new_gates for one in comparison.items)
    tone = "bad" if new_gates else {"better": "good", "worse": "bad"}.get(name, "")
    return Panel(heading, wording.say("against.counts", **counts), tuple(details), tone)


def _find_verdict(comparison: Comparison) -> str:
    decider = find_decider(comparison)
    if decider is None:
        return "undecided"
    if not decider.better + decider.worse:
        return "unmoved"
    return decider.verdict if decider.verdict != "no clear difference" else "unclear"


def _list_moves(comparison: Comparison, wording: Wording) -> Iterable[str]:
    gained = sum(one.fail_to_pass for one in comparison.items)
    lost = sum(one.pass_to_fail for one in comparison.items)
    if gained or lost:
        yield wording.say("against.flips", gained=gained, lost=lost)
    new_gates = sum(bool(one.new_gates) for one in comparison.items)
    if new_gates:
        yield say_count(wording, "against.new_gates", new_gates)


def _list_differing(comparison: Comparison, wording: Wording) -> Iterable[str]:
    apart = len(comparison.only_before) + len(comparison.only_after) + len(comparison.changed_items)
    if apart:
        yield say_count(wording, "against.apart", apart)
    parts = ", ".join(name_part(one.part, wording).lower() for one in comparison.receipts)
    yield wording.say("against.changed", parts=shorten(parts, _CHECK)) if parts else wording.say("against.unchanged")


def name_part(part: str, wording: Wording) -> str:
    """A part of a receipt."""
    return wording.sentences.get(f"receipts.{part}", part)


# --- groups -----------------------------------------------------------------------------------------------------------


def list_types(run: Run, comparison: Comparison | None, wording: Wording) -> tuple[GroupRow, ...]:
    """A row for each type, the largest first; beyond a dozen, the smallest together."""
    names = [one.name for one in summarise(run).groups if one.kind == "type"]
    shown = names if len(names) <= _TYPES else names[: _TYPES - 1]
    rows = [_tell_group(run, "type", [name], comparison, wording) for name in shown]
    if len(shown) < len(names):
        rows.append(_tell_group(run, "type", names[len(shown) :], comparison, wording))
    return tuple(rows)


def list_roles(run: Run, comparison: Comparison | None, wording: Wording) -> tuple[GroupRow, ...]:
    """A row for each role that asked."""
    roles = [one.name for one in summarise(run).groups if one.kind == "role"]
    return tuple(_tell_group(run, "role", [role], comparison, wording) for role in roles)


def name_type(name: str, wording: Wording) -> str:
    """A type as a reader reads it."""
    return name.replace("_", " ") or wording.say("groups.no_type")


def _tell_group(
    run: Run, kind: GroupKind, names: Sequence[str], comparison: Comparison | None, wording: Wording
) -> GroupRow:
    title = wording.say(f"role.{names[0]}") if kind == "role" else name_type(names[0], wording)
    if len(names) > 1:
        title = wording.say("groups.others", count=len(names))
    results = [one for one in run.results if getattr(one.item, kind) in names]
    return GroupRow(
        name=title,
        count=len(results),
        passed=sum(one.passed is True and not one.fault for one in results),
        gates=sum(bool(one.gates) for one in results),
        change=_tell_moved(kind, names, comparison, wording),
    )


def _tell_moved(kind: GroupKind, names: Sequence[str], comparison: Comparison | None, wording: Wording) -> str:
    own = [one.change for one in comparison.items if getattr(one.after.item, kind) in names] if comparison else []
    if not own:
        return wording.say("groups.not_compared")
    better, worse = own.count("better"), own.count("worse")
    return wording.say("groups.moved", better=better, worse=worse) if better or worse else wording.say("groups.same")


# --- failures ---------------------------------------------------------------------------------------------------------


def list_worst(results: Iterable[ItemResult], teller: ItemTeller) -> tuple[FailureView, ...]:
    """The worst failures, each in a few lines."""
    return tuple(_shorten_failure(one, teller) for one in choose_worst(rank_failures(results)))


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
        why=shorten(tell_why(result, teller.wording), _WHY),
    )


def _shorten_source(source: str) -> str:
    cut = shorten(source, _PASSAGE)
    return f"{cut}”" if cut.count("“") > cut.count("”") else cut


def tell_why(result: ItemResult, wording: Wording) -> str:
    """Why a result failed, as far as it tells more than that the outcome was another one."""
    if result.fault or result.answer is None:
        return result.fault
    cause = list_causes(result)[0]
    share = name_share(result.answer.get("confidence", 0.0))
    if cause == "unanswerable_answered":
        return wording.say("why.taken", share=share)
    if cause == "answerable_declined":
        return _tell_declined(result, share, wording)
    if cause == "sources_unknown":
        score = result.find_score("recall_at_5") or result.find_score("citation_recall")
        return score.reason if score else ""
    reasons = [gate.reason for gate in result.gates]
    reasons += [one.reason for one in result.scores if one.passed is False and one.by == "program"]
    return reasons[0] if reasons else ""


def _tell_declined(result: ItemResult, share: str, wording: Wording) -> str:
    found = result.find_score("recall_at_10")
    if found is None or found.value is None:
        return wording.say("why.unsure", share=share)
    return wording.say("why.found", share=share) if found.value > 0 else wording.say("why.not_found")


# --- people -----------------------------------------------------------------------------------------------------------


def tell_agreement(teller: ItemTeller) -> str:
    """What people failed at a gate, and whether raters agree, in a line."""
    if teller.rated is None or not teller.rated.ratings:
        return teller.wording.say("agreement.nobody")
    return " ".join([*_list_failed_by_people(teller.rated, teller.wording), _tell_how_far(teller.rated, teller)])


def _list_failed_by_people(rated: Rated, wording: Wording) -> Iterable[str]:
    rubric = rated.round.rubric
    final = final_levels(rubric, rated.ratings, rated.settlements)
    for dimension in rubric.dimensions:
        count = sum(levels.get(dimension.id) == 0 for levels in final.values())
        if dimension.is_gate and count:
            yield say_count(wording, "agreement.failed", count, dimension=shorten(dimension.title, _NAME))


def _tell_how_far(rated: Rated, teller: ItemTeller) -> str:
    wording, dimensions = teller.wording, rated.agreement.dimensions
    raters = len({rating.rater for rating in rated.ratings})
    known = [one for one in dimensions if one.value is not None]
    if not known:
        if any(one.n >= FEWEST for one in dimensions):
            return say_few(wording, dimensions)
        ratings = sum(one.ratings for one in dimensions) or len(rated.ratings)
        return wording.say("agreement.too_few", ratings=ratings, raters=raters)
    tail = say_few(wording, dimensions)
    best = max(known, key=lambda one: one.value or 0.0)
    worst = min(known, key=lambda one: one.value or 0.0)
    values = {"raters": raters, "best": shorten(teller.name_dimension(best.dimension), _NAME), **_name_values(best)}
    if (best.value or 0.0) < _SLIGHT:
        name = "agreement.chance_one" if len(known) == 1 else "agreement.chance"
        return f"{wording.say(name, **values)} {tail}".rstrip()
    if best is worst:
        line = wording.say("agreement.line_one", **values)
    else:
        last = {"worst": shorten(teller.name_dimension(worst.dimension), _NAME), **_name_values(worst)}
        last.pop("coefficient")
        line = f"{wording.say('agreement.line', **values)} {wording.say('agreement.line_worst', **last)}."
    return f"{line} {tail}".rstrip()


def say_few(wording: Wording, dimensions: Sequence[DimensionAgreement]) -> str:
    """For how many dimensions there is no coefficient, and why: too few ratings, or all of them the same."""
    without = [one for one in dimensions if one.value is None]
    same = sum(one.n >= FEWEST for one in without)
    said: list[str] = []
    for name, count in (("same", same), ("few", len(without) - same)):
        if count:
            said.append(say_count(wording, f"agreement.{name}", count, of=len(dimensions)))
    return " ".join(said)


def _name_values(one: DimensionAgreement) -> dict[str, object]:
    return {"coefficient": one.coefficient or "", "value": f"{one.value:.2f}", "n": one.n}


# --- room on paper ----------------------------------------------------------------------------------------------------

_HALF, _THIRD, _WHOLE = 58, 37, 120
"""Characters of a line of a half, a third and the whole of the sheet, of a wide typeface in the usual size."""


def count_lines(
    panels: Sequence[Panel], rows: int, sentences: Sequence[str], agreement: str, worst: Sequence[FailureView]
) -> int:
    """About how many lines the first page takes on paper, where the typeface is a wide one.

    Args:
        panels: beside each other.
        rows: of the tables of types and roles, which stand one below the other.
        sentences: what to fix next, beside the tables.
        agreement: below these.
        worst: in two columns.
    """
    panel = max(2 * _fold(one.line, _THIRD) + sum(_fold(line, _THIRD) for line in one.details) for one in panels)
    beside = sum(_fold(one, _HALF) for one in sentences) + _fold(agreement, _HALF) + 4
    failures = [_count_failure(one) for one in worst]
    middle = -(-len(failures) // 2)
    return panel + max(rows + 5, beside) + max(sum(failures[:middle]), sum(failures[middle:])) + 8


def _count_failure(failure: FailureView) -> int:
    parts = (failure.expected, failure.came, failure.passage, failure.why)
    return _fold(failure.question, _HALF - 4) + sum(_fold(f"{'':14}{part}", _HALF) for part in parts if part) + 1


def _fold(text: str, width: int) -> int:
    return max(1, -(-len(text) // width))
