"""Holds a run to what its own set asks for: the store and a run in, a verdict out, or None where the set asks for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coach.evaluation.comparison.comparison_wording import load_comparison_wording
from coach.evaluation.comparison.gate import check_gate
from coach.evaluation.comparison.gate_reading import Gate, GateFault, read_tables
from coach.evaluation.records import GateCheck, GateVerdict, Run, RunCard
from coach.evaluation.run_files import read_baseline
from coach.store.evaluations import EvaluationStore, Unknown

_MOST_REMEMBERED = 64


class RememberedVerdicts:
    """`check_own_gate` for pages, which ask again at every look: comparing 500 items takes most of a second.

    Once for each state of a run, of its set's gate and of the run to compare with. May be asked from any thread.
    """

    def __init__(self, sets: EvaluationStore) -> None:
        self._sets = sets
        self._known: dict[tuple[object, ...], GateVerdict | None] = {}

    def __call__(self, run: Run) -> GateVerdict | None:
        """What the set of a run asks of it, and whether that is met; None where it asks for nothing."""
        asked = self._sets.read_gate(run.set_id)
        if asked is None:
            return None
        others = tuple((card.id, card.finished_at) for card in self._sets.list_runs(run.set_id))
        state = (run.id, run.state, run.finished_at, len(run.results), asked.changed_at, others)
        verdict = self._known.get(state)
        if verdict is None:
            verdict = check_own_gate(self._sets, run)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[state] = verdict
        return verdict


def check_own_gate(sets: EvaluationStore, run: Run) -> GateVerdict | None:
    """Hold a run to the gate of its set; one that can no longer be read is not met.

    None as well where the run asked a part of the set: what is asked of all says nothing of it.
    """
    asked = sets.read_gate(run.set_id)
    if asked is None or run.size != _count_ready(sets, run.set_id)[run.set_version]:
        return None
    try:
        gate = read_tables(asked.body)
    except GateFault as fault:
        say = load_comparison_wording().say
        wanted, reason = say("gate.a_gate"), say("gate.unreadable", fault=str(fault))
        return GateVerdict((GateCheck("gate", wanted, say("gate.nothing"), False, reason),))
    return check_gate(gate, run, find_baseline(gate, lambda one: sets.read_run(sets.find_run(one))))


def list_whole(sets: EvaluationStore, set_id: str) -> tuple[RunCard, ...]:
    """The runs of a set that ask every ready item of their version, and are done."""
    ready = _count_ready(sets, set_id)
    return tuple(
        card for card in sets.list_runs(set_id) if card.state == "done" and card.size == ready[card.set_version]
    )


def _count_ready(sets: EvaluationStore, set_id: str) -> Mapping[int, int]:
    """How many items of each version can be asked; a run asks no others, so that one of so many asks them all."""
    return {one.version: one.ready for one in sets.list_versions(set_id)}


def find_baseline(gate: Gate, read_run: Callable[[str], Run]) -> Run | None:
    """The run that a gate compares with; None where it compares with none, or that one is gone.

    Args:
        gate: of a file or of a set.
        read_run: a kept run by the beginning of its id; raises Unknown where there is none.

    Raises:
        CoachError: a file that is there, or the library, cannot be read.
    """
    wanted = gate.not_worse
    if wanted is None:
        return None
    if wanted.baseline is not None:
        return read_baseline(wanted.baseline) if wanted.baseline.is_file() else None
    try:
        return read_run(wanted.run)
    except Unknown:
        return None
