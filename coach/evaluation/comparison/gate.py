"""Holds a run to a gate file: TOML in, a Gate out; a gate, a run and its baseline in, each condition with its finding out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.errors import CoachError, UsageError
from coach.evaluation.comparison.calibration import count_declines
from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.comparison.comparison_wording import load_comparison_wording
from coach.evaluation.comparison.comparison_writing import is_unfinished, write_p
from coach.evaluation.comparison.measures import MEASURES, measure_all
from coach.evaluation.records import GATE_KINDS, Comparison, GateCheck, GateVerdict, MeasureChange, Run
from coach.metadata import drop_unshown
from coach.prompts import Wording

_LEAST_COMPARED = 0.9
_MOST_IDS = 10
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class NotWorse:
    """What a run may not lose against a baseline. A gate failure that the baseline does not have is never allowed."""

    baseline: Path
    """As the file names it, from the folder of the gate file."""
    measures: tuple[str, ...] = ("passed",)
    """None may be clearly worse: by the interval and by the sign test."""
    most_pass_to_fail: int | None = None
    """None allows any number."""
    least_compared: float = _LEAST_COMPARED
    """Of the items of the run, and of those of the baseline, the share that the other must have in the same wording."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The conditions of a gate file."""

    path: Path
    thresholds: tuple[tuple[str, float], ...] = ()
    """A measure, and the least its mean may be."""
    least_scored: tuple[tuple[str, int], ...] = ()
    """A measure, and on how many items it must have been scored."""
    most_gate_failures: tuple[tuple[str, int], ...] = ()
    """A kind, or `all`, and the most of them."""
    most_unscored: int = 0
    """Items that no measure could decide."""
    declined: tuple[tuple[str, float], ...] = ()
    """`precision` or `recall` of declining, and the least."""
    not_worse: NotWorse | None = None


# --- the file -----------------------------------------------------------------------------------------------------


def read_gate(path: Path) -> Gate:
    """The gate of a TOML file.

    Raises:
        UsageError: it cannot be read, holds a key that is not known or a value that cannot be used, or no condition.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"The gate file {path} cannot be read ({error.strerror}). Name another one.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The gate file {path} is no TOML ({error}).") from error
    return _GateReader(path).read(tables)


class _GateReader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, tables: Mapping[str, Any]) -> Gate:
        known = ("thresholds", "least_scored", "limits", "declined", "not_worse")
        parts = {name: self._take_table(name, tables.get(name, {})) for name in known}
        self._refuse_unknown("", tables, known)
        for name, keys in (("thresholds", MEASURES), ("least_scored", MEASURES), ("declined", ("precision", "recall"))):
            self._refuse_unknown(name, parts[name], keys)
        self._refuse_unknown("limits", parts["limits"], ("most_gate_failures", "most_unscored"))
        if not any(parts.values()):
            raise self._fault("", "it holds no condition, so any run would pass; write at least one threshold")
        return Gate(
            path=self._path,
            thresholds=self._take_shares("thresholds", parts["thresholds"]),
            least_scored=self._take_counts("least_scored", parts["least_scored"]),
            most_gate_failures=self._take_failures(parts["limits"]),
            most_unscored=self._take_count("limits.most_unscored", parts["limits"].get("most_unscored", 0)),
            declined=self._take_shares("declined", parts["declined"]),
            not_worse=self._take_not_worse(parts["not_worse"]) if "not_worse" in tables else None,
        )

    def _fault(self, key: str, message: str) -> UsageError:
        return UsageError(f"The gate file {self._path}: {f'{key}: ' if key else ''}{message}.")

    def _take_table(self, name: str, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._fault(name, f"write it as a table, [{name}]")
        return value

    def _refuse_unknown(self, table: str, values: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in values:
            if key not in known:
                where = f"{table}.{key}" if table else key
                raise self._fault(where, f"this is not known here; known are {', '.join(known)}")

    def _take_shares(self, table: str, values: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
        return tuple((key, self._take_share(f"{table}.{key}", value)) for key, value in values.items())

    def _take_share(self, key: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1:  # which nan is not, either
            raise self._fault(key, f"write a number from 0 to 1; it is {value!r}")
        return float(value)

    def _take_counts(self, table: str, values: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        return tuple((key, self._take_count(f"{table}.{key}", value)) for key, value in values.items())

    def _take_count(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._fault(key, f"write a whole number, 0 or more; it is {value!r}")
        return value

    def _take_failures(self, limits: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        value, key = limits.get("most_gate_failures"), "limits.most_gate_failures"
        if value is None:
            return ()
        if not isinstance(value, dict):
            return (("all", self._take_count(key, value)),)
        self._refuse_unknown(key, value, GATE_KINDS)
        return self._take_counts(key, value)

    def _take_not_worse(self, values: Mapping[str, Any]) -> NotWorse:
        self._refuse_unknown("not_worse", values, ("baseline", "measures", "most_pass_to_fail", "least_compared"))
        baseline, measures = values.get("baseline"), values.get("measures", ["passed"])
        if not isinstance(baseline, str) or not baseline.strip():
            raise self._fault("not_worse.baseline", "name the file of the run to compare with")
        if not isinstance(measures, list) or not all(isinstance(name, str) for name in measures):
            raise self._fault("not_worse.measures", 'write a list of measures, such as ["passed"]')
        self._refuse_unknown("not_worse.measures", dict.fromkeys(measures), MEASURES)
        most = values.get("most_pass_to_fail")
        return NotWorse(
            baseline=self._path.parent / baseline,
            measures=tuple(dict.fromkeys(measures)),
            most_pass_to_fail=None if most is None else self._take_count("not_worse.most_pass_to_fail", most),
            least_compared=self._take_share("not_worse.least_compared", values.get("least_compared", _LEAST_COMPARED)),
        )


# --- the verdict --------------------------------------------------------------------------------------------------


def check_gate(gate: Gate, run: Run, baseline: Run | None = None) -> GateVerdict:
    """Hold a run to a gate. That the run is finished and that something in it could be scored is always asked for.

    Args:
        gate: as `read_gate` gives it.
        run: to be checked.
        baseline: the run that `gate.not_worse.baseline` names; None where it is missing, which fails a gate that compares.
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
        named = ", ".join(ids[:_MOST_IDS])
        if len(ids) > _MOST_IDS:
            named = f"{named} {self._say('head.more', count=len(ids) - _MOST_IDS)}"
        return self._say(f"{name}_ids", ids=named) if ids else self._say(name)

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
        reason = self._say("gate.threshold", count=len(values)) if values else self._say("gate.threshold_none")
        return self._check_least(f"thresholds.{name}", least, sum(values) / len(values) if values else None, reason)

    def _check_declined(self) -> Iterator[GateCheck]:
        declines = count_declines(self._run)
        counts = {"precision": declines.declined, "recall": declines.unanswerable}
        for name, least in self._gate.declined:
            count = counts[name]
            reason = self._say(f"gate.declined_{name}", count=count) if count else self._say("gate.declined_none")
            yield self._check_least(f"declined.{name}", least, getattr(declines, name), reason)

    # --- against the baseline -----------------------------------------------------------------------------------

    def _compare(self, wanted: NotWorse, baseline: Run | None) -> Iterator[GateCheck]:
        asked = self._say("gate.a_baseline")
        nothing = self._say("gate.nothing")
        if baseline is None:
            missing = self._say("gate.no_baseline", path=wanted.baseline)
            yield GateCheck("not_worse.baseline", asked, nothing, False, missing)
            return
        try:
            comparison = compare_runs(baseline, self._run)
        except CoachError as error:
            yield GateCheck("not_worse.baseline", asked, nothing, False, drop_unshown(str(error)))
            return
        # Of the larger of the two: a part of the set must not be held against the whole, nor the whole against a part.
        share = len(comparison.items) / max(len(self._run.results), len(baseline.results))
        yield self._check_least("not_worse.least_compared", wanted.least_compared, share, self._say("gate.compared"))
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
        wanted = self._say("gate.at_least", number=least)
        shown = self._say("gate.nothing") if found is None else _write_share(found, least)
        return GateCheck(key, wanted, shown, found is not None and found >= least - _ROUNDING, reason)

    def _check_least_count(self, key: str, least: int, found: int, reason: str) -> GateCheck:
        return GateCheck(key, self._say("gate.at_least", number=least), str(found), found >= least, reason)

    def _check_most(self, key: str, most: int, ids: Sequence[str], reason: str) -> GateCheck:
        wanted = self._say("gate.at_most", number=most)
        return GateCheck(key, wanted, str(len(ids)), len(ids) <= most, self._name(reason, ids))


def _write_share(share: float, least: float) -> str:
    """With as many digits as it takes not to look like enough where it is below."""
    is_enough = share >= least - _ROUNDING
    return next(
        (f"{share:.{digits}f}" for digits in (2, 3, 4) if is_enough or round(share, digits) < least), f"{share:.9f}"
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
