"""Holds a run to a gate: a gate, a run and its baseline in, each condition with its finding out; and the finding as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from coach.errors import CoachError
from coach.evaluation.comparison.calibration import count_declines
from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.comparison.comparison_wording import load_comparison_wording
from coach.evaluation.comparison.comparison_writing import is_unfinished, write_p
from coach.evaluation.comparison.gate_reading import Gate, NotWorse
from coach.evaluation.comparison.measures import measure_all
from coach.evaluation.records import Comparison, GateCheck, GateVerdict, MeasureChange, Run
from coach.metadata import drop_unshown
from coach.prompts import Wording

_MOST_IDS = 10
_ROUNDING = 1e-9
_MOST_DIGITS = 9


def check_gate(gate: Gate, run: Run, baseline: Run | None = None) -> GateVerdict:
    """Hold a run to a gate. That the run is finished and that something in it could be scored is always asked for.

    Args:
        gate: as `coach.evaluation.comparison.gate_reading` gives it.
        run: to be checked.
        baseline: the run that `gate.not_worse` names; None where it is missing, which fails a gate that compares.
    """
    return GateVerdict(tuple(_Checker(load_comparison_wording(), gate, run).check(baseline)))


class _Checker:
    def __init__(self, wording: Wording, gate: Gate, run: Run) -> None:
        self._wording = wording
        self._gate = gate
        self._run = run

    def check(self, baseline: Run | None) -> Iterator[GateCheck]:
        yield self._check_finished()
        yield from self._check_scored()
        yield from self._check_failures()
        for name, least in self._gate.thresholds:
            yield self._check_threshold(name, least)
        for name, count in self._gate.least_scored:
            found = len(measure_all(self._run.results, name))
            yield self._check_least_count(f"least_scored.{name}", count, found, self._say("gate.least_scored"))
        yield from self._check_declined()
        if self._gate.not_worse:
            yield from self._compare(self._gate.not_worse, baseline)

    def _say(self, name: str, /, **values: object) -> str:
        return self._wording.say(name, **{key: drop_unshown(str(value)) for key, value in values.items()})

    def _name(self, name: str, ids: Sequence[str]) -> str:
        """A reason that names items, or the one for none."""
        return self._say(f"{name}_ids", ids=self._list(ids)) if ids else self._say(name)

    def _list(self, ids: Sequence[str]) -> str:
        named = ", ".join(ids[:_MOST_IDS])
        more = len(ids) - _MOST_IDS
        return f"{named} {self._say('head.more', count=more)}" if more > 0 else named

    # --- the run by itself --------------------------------------------------------------------------------------

    def _check_finished(self) -> GateCheck:
        unfinished = is_unfinished(self._run)
        return GateCheck(
            "finished",
            self._say("gate.all_of", count=self._run.size),
            self._say("gate.items", count=len(self._run.results)),
            not unfinished,
            self._say("gate.unfinished" if unfinished else "gate.finished"),
        )

    def _check_scored(self) -> Iterator[GateCheck]:
        unscored = [result.item.id for result in self._run.results if result.passed is None]
        scored = len(self._run.results) - len(unscored)
        reason = self._say("gate.scored" if scored else "gate.nothing_scored")
        yield self._check_least_count("scored", 1, scored, reason)
        if self._gate.most_unscored is not None:
            yield self._check_most("limits.most_unscored", self._gate.most_unscored, unscored, "gate.unscored")

    def _check_failures(self) -> Iterator[GateCheck]:
        for kind, most in self._gate.most_gate_failures:
            failing = [
                result.item.id
                for result in self._run.results
                for failure in result.gates
                if kind in ("all", failure.kind)
            ]
            key = "limits.most_gate_failures" + ("" if kind == "all" else f".{kind}")
            yield self._check_most(key, most, failing, "gate.gates")

    def _check_threshold(self, name: str, least: float) -> GateCheck:
        values = measure_all(self._run.results, name)
        mean, key = sum(values) / len(values) if values else None, f"thresholds.{name}"
        if mean is None:
            return self._check_least(key, least, mean, self._say("gate.threshold_none"))
        if name == "passed":
            return self._check_passed(key, least, mean, len(values))
        return self._check_least(key, least, mean, self._say("gate.threshold", count=len(values)))

    def _check_passed(self, key: str, least: float, share: float, count: int) -> GateCheck:
        check = self._check_share(key, least, share, self._say("gate.passed_share", count=count))
        if check.met:
            return check
        failing = [result.item.id for result in self._run.results if result.passed is False]
        return replace(check, reason=f"{check.reason} {self._say('gate.failing', ids=self._list(failing))}")

    def _check_declined(self) -> Iterator[GateCheck]:
        declines = count_declines(self._run)
        counts = {"precision": declines.declined, "recall": declines.unanswerable}
        for name, least in self._gate.declined:
            count = counts[name]
            reason = self._say(f"gate.declined_{name}", count=count) if count else self._say("gate.declined_none")
            yield self._check_share(f"declined.{name}", least, getattr(declines, name), reason)

    # --- against the baseline -----------------------------------------------------------------------------------

    def _compare(self, wanted: NotWorse, baseline: Run | None) -> Iterator[GateCheck]:
        asked = self._say("gate.a_baseline")
        nothing = self._say("gate.nothing")
        if baseline is None:
            is_file = wanted.baseline is not None
            missing = self._say("gate.no_baseline", path=wanted.baseline) if is_file else self._say("gate.run_gone")
            yield GateCheck("not_worse.baseline", asked, nothing, False, missing)
            return
        try:
            comparison = compare_runs(baseline, self._run)
        except CoachError as error:
            yield GateCheck("not_worse.baseline", asked, nothing, False, drop_unshown(str(error)))
            return
        # Of the larger of the two: a part of the set must not be held against the whole, nor the whole against a part.
        share = len(comparison.items) / max(len(self._run.results), len(baseline.results))
        yield self._check_share("not_worse.least_compared", wanted.least_compared, share, self._say("gate.compared"))
        yield self._check_new_failures(baseline)
        yield from self._check_changes(wanted, comparison)
        for name in wanted.measures:
            yield self._check_measure(name, comparison.measures)

    def _check_new_failures(self, baseline: Run) -> GateCheck:
        """Of every item, those that are new or ask something else now too: rewording an item excuses no failure."""
        had = {(result.item.id, failure.kind) for result in baseline.results for failure in result.gates}
        has = [(result.item.id, failure.kind) for result in self._run.results for failure in result.gates]
        new = [identity for identity, kind in has if (identity, kind) not in had]
        return self._check_most("not_worse.new_gate_failures", 0, new, "gate.new_gates")

    def _check_changes(self, wanted: NotWorse, comparison: Comparison) -> Iterator[GateCheck]:
        if wanted.most_pass_to_fail is not None:
            fallen = [change.after.item.id for change in comparison.items if change.pass_to_fail]
            yield self._check_most("not_worse.most_pass_to_fail", wanted.most_pass_to_fail, fallen, "gate.pass_to_fail")

    def _check_measure(self, name: str, measures: Iterable[MeasureChange]) -> GateCheck:
        key, wanted = f"not_worse.{name}", self._say("gate.no_worse")
        change = next((one for one in measures if one.name == name and one.by == "program"), None)
        if change is None:
            return GateCheck(key, wanted, self._say("gate.nothing"), False, self._say("gate.not_compared"))
        counts = {"items": change.items, "better": change.better, "worse": change.worse}
        means = {"before": f"{change.before:.3f}", "after": f"{change.after:.3f}"}
        p_value = self._say("measure.empty") if change.p_value is None else write_p(change.p_value)
        verdict = {"better": "better", "worse": "worse"}.get(change.verdict, "unclear")
        return GateCheck(
            key,
            wanted,
            self._say(f"measure.verdict_{verdict}"),
            change.verdict != "worse",
            self._say("gate.not_worse", **means, **counts, p=p_value),
        )

    # --- numbers ------------------------------------------------------------------------------------------------

    def _check_least(self, key: str, least: float, found: float | None, reason: str) -> GateCheck:
        """Of a mean from 0 to 1, which is written as one."""
        wanted = self._say("gate.at_least", number=f"{least:.10g}")
        shown = self._say("gate.nothing") if found is None else _write_found(found, least, 1)
        return GateCheck(key, wanted, shown, _is_enough(found, least), reason)

    def _check_share(self, key: str, least: float, found: float | None, reason: str) -> GateCheck:
        """Of a share of items, from 0 to 1, which is written in percent."""
        wanted = self._say("gate.at_least", number=f"{100 * least:.10g}%")
        shown = self._say("gate.nothing") if found is None else f"{_write_found(found, least, 100)}%"
        return GateCheck(key, wanted, shown, _is_enough(found, least), reason)

    def _check_least_count(self, key: str, least: int, found: int, reason: str) -> GateCheck:
        return GateCheck(key, self._say("gate.at_least", number=least), str(found), found >= least, reason)

    def _check_most(self, key: str, most: int, ids: Sequence[str], reason: str) -> GateCheck:
        wanted = self._say("gate.at_most", number=most)
        return GateCheck(key, wanted, str(len(ids)), len(ids) <= most, self._name(reason, ids))


def _is_enough(found: float | None, least: float) -> bool:
    return found is not None and found >= least - _ROUNDING


def _write_found(found: float, least: float, whole: int) -> str:
    """A share of a whole, with as many digits as it takes not to look like enough, like all or like none where it is not."""

    def is_honest(digits: int) -> bool:
        shown = round(whole * found, digits)
        looks_right = shown not in (0, whole) or min(found, 1 - found) < _ROUNDING
        return looks_right and (_is_enough(found, least) or shown < whole * least)

    fewest = 0 if whole > 1 else 2
    return next(
        (f"{whole * found:.{one}f}" for one in range(fewest, _MOST_DIGITS) if is_honest(one)), f"{whole * found}"
    )


def write_verdict(verdict: GateVerdict, wording: Wording) -> str:
    """A verdict as plain text, what is not met first."""
    failed = [check for check in verdict.checks if not check.met]
    count = len(verdict.checks)
    lines = [
        wording.say("gate.failed", failed=len(failed), count=count)
        if failed
        else wording.say("gate.passed", count=count)
    ]
    for check in sorted(verdict.checks, key=lambda check: check.met):
        values = {"name": check.name, "wanted": check.wanted, "found": check.found, "reason": check.reason}
        lines.append(wording.say("gate.line", state=wording.say("gate.met" if check.met else "gate.not_met"), **values))
    return "\n".join(lines) + "\n"


def verdict_to_object(verdict: GateVerdict) -> dict[str, Any]:
    """A verdict as JSON values."""
    names = ("name", "wanted", "found", "met", "reason")
    return {
        "passed": verdict.passed,
        "checks": [{name: getattr(check, name) for name in names} for check in verdict.checks],
    }
