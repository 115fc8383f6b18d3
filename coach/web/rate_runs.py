"""Answers of runs for raters: a run's id in, its results by item out, kept as long as the run is as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Protocol

from cachetools import LRUCache

from coach.errors import CoachError
from coach.evaluation.rating.rounds import find_entry
from coach.evaluation.records import ItemResult, RatingRound, Run, RunCard
from coach.web.rate_view import AnswerView, view_answer
from coach.web.source_view import ReadText

_MOST_KEPT = 4
"""Runs whose results are kept: raters of a round look at one answer after the other of the same few."""


class Runs(Protocol):
    """Where answers are kept; `coach.store.evaluations.EvaluationStore` is one."""

    def list_runs(self) -> Sequence[RunCard]:
        """Runs, the newest first."""
        ...

    def read_run(self, run_id: str) -> Run:
        """A run with its results."""
        ...


class ReadRuns:
    """Runs, of which the last few that were read are at hand. What was deleted is gone from here too."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._kept: LRUCache[str, tuple[Any, Mapping[str, ItemResult]]] = LRUCache(_MOST_KEPT)
        self._turn = Lock()

    def list_runs(self) -> Sequence[RunCard]:
        """Runs, the newest first."""
        return self._runs.list_runs()

    def read_run(self, run_id: str) -> Run:
        """A run with its results.

        Raises:
            CoachError: there is none.
        """
        return self._runs.read_run(run_id)

    def read_results(self, run_id: str) -> Mapping[str, ItemResult]:
        """The results of a run by the ids of their items; none where the run is gone."""
        card = next((one for one in self._runs.list_runs() if one.id == run_id), None)
        with self._turn:
            if card is None:
                self._kept.pop(run_id, None)
                return {}
            known = self._kept.get(run_id)
            if known is not None and known[0] == card:
                return known[1]
            try:
                results = {one.item.id: one for one in self._runs.read_run(run_id).results}
            except CoachError:
                return {}
            self._kept[run_id] = card, results
            return results


class Answers:
    """The answers of a round as raters read them, each run of it looked up once."""

    def __init__(self, runs: ReadRuns, read_text: ReadText, rating_round: RatingRound) -> None:
        """Set where results and the texts of documents come from."""
        self._runs = runs
        self._read_text = read_text
        self._round = rating_round
        self._read: dict[str, Mapping[str, ItemResult]] = {}

    def find(self, code: str) -> ItemResult | None:
        """The result that a code stands for; None where its run is gone."""
        entry = find_entry(self._round, code)
        if entry.run_id not in self._read:
            self._read[entry.run_id] = self._runs.read_results(entry.run_id)
        return self._read[entry.run_id].get(entry.item_id)

    def view(self, code: str) -> AnswerView | None:
        """The answer as raters read it."""
        result = self.find(code)
        return view_answer(result, self._read_text) if result else None

    def name_question(self, code: str) -> str:
        """Its question; the code where it is gone."""
        result = self.find(code)
        return result.item.question if result else code
