"""What a run has to reach, on the page Evaluate: what is kept, or a verdict, in; a form or lines out; and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coach.errors import CoachError
from coach.evaluation.comparison.gate_reading import ANY, GateFault, read_tables, write_tables
from coach.evaluation.records import GATE_KINDS, GateCheck, GateVerdict, RunCard, ScoreName
from coach.evaluation.reports.report_summary import name_check
from coach.evaluation.reports.report_wording import load_report_wording
from coach.prompts import Wording
from coach.store.evaluations import KeptGate
from coach.web.evaluate_view import name_score

MEANS: tuple[ScoreName, ...] = (
    "outcome", "must_mention", "must_not_say", "citation_recall", "citation_precision", "quoted_spans_alignment"
)  # fmt: skip
"""Measures that a trainer is asked for; a gate file may name every one."""
_RUN = "not_worse.run"
_UNSCORED = "limits.most_unscored"
_MEASURES = ("thresholds", "least_scored", "not_worse")
Kind = Literal["percent", "mean", "count"]
_COUNT = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,6})?")
Values = Mapping[str, str]
GROUPS: Mapping[str, Mapping[str, Kind]] = {
    "share": {"thresholds.passed": "percent", "declined.recall": "percent", "declined.precision": "percent"},
    "means": {f"thresholds.{name}": "mean" for name in MEANS},
    "most": {**{f"limits.most_gate_failures.{kind}": "count" for kind in GATE_KINDS}, _UNSCORED: "count"},
    "against": {"not_worse.most_pass_to_fail": "count"},
}
"""The fields of the form, by where their value stands in the tables of a gate."""
_FIELDS: Mapping[str, Kind] = {key: kind for fields in GROUPS.values() for key, kind in fields.items()}


@dataclass(frozen=True, slots=True)
class GateField:
    """A field of the form."""

    key: str
    name: str
    value: str
    """Empty where nothing is asked for."""


@dataclass(frozen=True, slots=True)
class GateForm:
    """What is asked of the runs of a set, as a form."""

    groups: tuple[tuple[str, tuple[GateField, ...]], ...]
    run: str
    """The id of the run to compare with."""
    runs: tuple[RunCard, ...]
    """That it can be."""
    changed_at: str
    """Empty where nothing is asked for."""

    @property
    def is_run_gone(self) -> bool:
        """Whether the run to compare with is not there any more."""
        return bool(self.run) and all(one.id != self.run for one in self.runs)


def view_gate_form(kept: KeptGate | None, cards: Iterable[RunCard], wording: Wording) -> GateForm:
    """The form of a set's gate.

    Args:
        kept: what is asked for; None for nothing.
        cards: the runs of the set that can be compared with.
        wording: of the page.
    """
    body = kept.body if kept is not None else {}
    groups = tuple(
        (
            group,
            tuple(GateField(key, name_condition(key, wording), _show(body, key, kind)) for key, kind in keys.items()),
        )
        for group, keys in GROUPS.items()
    )
    return GateForm(groups, _find(body, _RUN) or "", tuple(cards), kept.changed_at if kept is not None else "")


def _find(body: Any, key: str) -> Any:
    for name in key.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _show(body: Mapping[str, Any], key: str, kind: Kind) -> str:
    value = _find(body, key)
    if value is None or value == ANY:
        return ""
    if kind == "count":
        return str(value)
    return f"{100 * value:.10g}" if kind == "percent" else f"{value:.10g}"


def read_gate_form(values: Values, runs: Sequence[RunCard], wording: Wording) -> dict[str, Any] | None:
    """What was typed, as the tables of a gate; None where nothing is asked for.

    Args:
        values: of the form, by name.
        runs: that can be compared with.
        wording: of the page.

    Raises:
        CoachError: a value cannot be used, in words that name its field.
    """
    body: dict[str, Any] = {}
    for key, kind in _FIELDS.items():
        text = values.get(key, "").strip()
        if text:
            _put(body, key, _read_number(text, kind))
    run = values.get(_RUN, "")
    if run:
        if all(one.id != run for one in runs):
            raise CoachError(wording.say("reach.fault_gone"))
        _put(body, _RUN, run)
    if not body:
        return None
    if _find(body, _UNSCORED) is None:
        _put(body, _UNSCORED, ANY)
    try:
        read_tables(body)
    except GateFault as fault:
        raise CoachError(_say_fault(fault, wording)) from fault
    return body


def _put(body: dict[str, Any], key: str, value: Any) -> None:
    *tables, name = key.split(".")
    for table in tables:
        body = body.setdefault(table, {})
    body[name] = value


def _read_number(text: str, kind: Kind) -> Any:
    """A number as it stands in a gate; what is none stays a text, which no gate takes."""
    if kind == "count":
        return int(text) if _COUNT.fullmatch(text) else text
    plain = text.removesuffix("%").rstrip() if kind == "percent" else text
    if not _NUMBER.fullmatch(plain):
        return text
    number = float(plain.replace(",", "."))
    if kind == "mean":
        return number
    # Who writes 0.9 there means 90, and would be given a gate that all but everything passes.
    return text if 0 < number < 1 else number / 100


def _say_fault(fault: GateFault, wording: Wording) -> str:
    kind = _FIELDS.get(fault.key)
    if kind is None:
        return wording.say("reach.fault_run")
    return wording.say(f"reach.fault_{kind}", name=name_condition(fault.key, wording))


def write_gate_file(kept: KeptGate, wording: Wording) -> bytes:
    """What is asked for, as a gate file for the command line."""
    return f"# {wording.say('reach.file')}\n\n{write_tables(kept.body)}".encode()


# --- the verdict ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerdictView:
    """Whether a run reaches what its set asks for, each condition in a sentence."""

    unmet: tuple[str, ...]
    """With what it is for."""
    met: tuple[str, ...]

    @property
    def count(self) -> int:
        """Of all conditions."""
        return len(self.unmet) + len(self.met)


def view_verdict(verdict: GateVerdict | None, wording: Wording) -> VerdictView | None:
    """A verdict for the page."""
    if verdict is None:
        return None
    return VerdictView(
        unmet=tuple(f"{_say_check(one, wording)} {one.reason}" for one in verdict.checks if not one.met),
        met=tuple(_say_check(one, wording) for one in verdict.checks if one.met),
    )


def _say_check(check: GateCheck, wording: Wording) -> str:
    told = load_report_wording()
    name = name_condition(check.name, wording) or name_check(check, told)
    return told.say("gate.line", name=name, wanted=check.wanted, found=check.found)


def name_condition(key: str, wording: Wording) -> str:
    """What a condition is about, in words; empty where the page has none for it."""
    table, _, tail = key.rpartition(".")
    if tail in GATE_KINDS:
        return load_report_wording().say(f"gate.kind_{tail}")
    if f"condition.{tail}" in wording.sentences:
        return wording.say(f"condition.{tail}")
    return name_score(tail, wording) if table in _MEASURES and f"score.{tail}" in wording.sentences else ""
