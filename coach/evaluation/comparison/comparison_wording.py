"""The fixed sentences of comparisons and gates: prompts/evaluation_comparison.toml in, wordings by name out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path

from coach.evaluation.records import GATE_KINDS
from coach.prompts import Wording, list_bare, load_checked
from coach.records import ROLES, Outcome, Receipt

_LISTED = frozenset({"count", "ids"})
COMPARISON_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "head.runs": frozenset({"before", "after"}),
    "head.items": frozenset({"count"}),
    "head.unfinished": frozenset({"title", "done", "size"}),
    "head.changed": _LISTED,
    "head.only_before": _LISTED | {"title"},
    "head.only_after": _LISTED | {"title"},
    "head.more": frozenset({"count"}),
    "receipt.line": frozenset({"part", "before", "after"}),
    **list_bare("receipt", "heading", "none", "same", *(field.name for field in fields(Receipt)), "set", "judge"),
    "overall.passed": frozenset({"before", "after", "items", "better", "worse"}),
    "overall.how_sure": frozenset({"difference", "low", "high", "p"}),
    "overall.no_interval": frozenset({"difference", "p"}),
    "overall.new_gates": frozenset({"count"}),
    **list_bare("overall", "nothing", "better", "worse", "unclear", "nothing_differs"),
    "list.gates": frozenset({"count", "before", "new"}),
    "list.gates_none": frozenset({"before"}),
    "list.gate": frozenset({"id", "state", "kind", "reason"}),
    "list.pass_to_fail": _LISTED,
    "list.fail_to_pass": _LISTED,
    "list.worse": _LISTED,
    "list.better": _LISTED,
    "list.unscored": _LISTED,
    "list.not_shown": _LISTED,
    "list.item": frozenset({"id", "question"}),
    "list.why": frozenset({"reasons"}),
    **list_bare("list", "gate_new", "gate_old", "pass_to_fail_none", *GATE_KINDS),
    "answer.outcome": frozenset({"outcome"}),
    "answer.quoted": frozenset({"words"}),
    "answer.none": frozenset({"fault"}),
    **list_bare("answer", "before", "after", "not_kept", "cut", *(outcome.value for outcome in Outcome)),
    "group.small": _LISTED | {"least"},
    **list_bare("group", "type", "role", "topic", "unnamed", "items", "passed_before", "passed_after"),
    **list_bare("group", "better", "worse", "gates_before", "gates_after", *(f"role_{role}" for role in ROLES)),
    "measure.note": frozenset({"count"}),
    "measure.by": frozenset({"name", "judge"}),
    **list_bare("measure", "heading", "name", "items", "before", "after", "change", "interval", "better", "worse", "p"),
    **list_bare("measure", "verdict", "verdict_better", "verdict_worse", "verdict_unclear", "empty"),
    "gate.passed": frozenset({"count"}),
    "gate.failed": frozenset({"failed", "count"}),
    "gate.line": frozenset({"state", "name", "wanted", "found", "reason"}),
    **{f"gate.{name}": frozenset({"number"}) for name in ("at_least", "at_most")},
    **{f"gate.{name}": frozenset({"count"}) for name in ("all_of", "items", "threshold", "passed_share")},
    **{f"gate.declined_{name}": frozenset({"count"}) for name in ("precision", "recall")},
    **{f"gate.{name}_ids": frozenset({"ids"}) for name in ("unscored", "gates", "pass_to_fail", "new_gates")},
    "gate.no_baseline": frozenset({"path"}),
    "gate.unreadable": frozenset({"fault"}),
    "gate.failing": frozenset({"ids"}),
    "gate.not_worse": frozenset({"before", "after", "items", "better", "worse", "p"}),
    **list_bare("gate", "met", "not_met", "no_worse", "a_baseline", "nothing", "threshold_none", "least_scored"),
    **list_bare("gate", "finished", "unfinished", "unscored", "nothing_scored", "scored", "gates", "declined_none"),
    **list_bare("gate", "compared", "not_compared", "pass_to_fail", "new_gates", "run_gone"),
    **list_bare("gate", "a_gate"),
}


@cache
def load_comparison_wording(folder: Path | None = None) -> Wording:
    """The wordings of comparisons and gates.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("evaluation_comparison.toml", COMPARISON_PLACEHOLDERS, folder)
