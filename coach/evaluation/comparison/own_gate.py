"""Holds a run to what its own set asks for: the store and a run in, a verdict out, or None where the set asks for nothing."""

from __future__ import annotations

from collections.abc import Callable

from coach.errors import CoachError
from coach.evaluation.comparison.comparison_wording import load_comparison_wording
from coach.evaluation.comparison.gate import check_gate
from coach.evaluation.comparison.gate_reading import Gate, GateFault, read_tables
from coach.evaluation.records import GateCheck, GateVerdict, Run
from coach.evaluation.run_files import read_baseline
from coach.store.evaluations import EvaluationStore


def check_own_gate(sets: EvaluationStore, run: Run) -> GateVerdict | None:
    """Hold a run to the gate of its set; one that can no longer be read is not met."""
    asked = sets.read_gate(run.set_id)
    if asked is None:
        return None
    try:
        gate = read_tables(asked.body)
    except GateFault as fault:
        say = load_comparison_wording().say
        wanted, reason = say("gate.a_gate"), say("gate.unreadable", fault=str(fault))
        return GateVerdict((GateCheck("gate", wanted, say("gate.nothing"), False, reason),))
    return check_gate(gate, run, find_baseline(gate, lambda one: sets.read_run(sets.find_run(one))))


def find_baseline(gate: Gate, read_run: Callable[[str], Run]) -> Run | None:
    """The run that a gate compares with; None where it compares with none, or that one is gone.

    Args:
        gate: of a file or of a set.
        read_run: a kept run by the beginning of its id; raises CoachError where there is none.

    Raises:
        CoachError: a file that is there cannot be read.
    """
    wanted = gate.not_worse
    if wanted is None:
        return None
    if wanted.baseline is not None:
        return read_baseline(wanted.baseline) if wanted.baseline.is_file() else None
    try:
        return read_run(wanted.run)
    except CoachError:
        return None
