"""What the page Evaluate works with: stores, runs and writers in one place, and lookups that say in its words what is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from coach.errors import CoachError
from coach.evaluation.queue import Progress
from coach.evaluation.records import Comparison, EvaluationItem, EvaluationSet, GateVerdict, Run
from coach.evaluation.reports.report_items import Rated
from coach.prompts import Wording
from coach.store.evaluations import EvaluationStore
from coach.web.evaluate_address import Address
from coach.web.evaluate_sheets import Sheets
from coach.web.transcript import Writer

Values = Mapping[str, str]


class Missing(CoachError):
    """Something that an address or a button names is not there."""


class Runs(Protocol):
    """Runs in the background; `coach.evaluation.queue.RunQueue` is one."""

    def start(
        self, person: str, set_id: str, version: int | None = None, title: str = "", *, judged: bool = False
    ) -> str:
        """Begin a run of a set's ready items, judged by a language model besides or not; its id."""
        ...

    def resume(self, run_id: str) -> None:
        """Go on with a run that is not under way."""
        ...

    def stop(self, run_id: str) -> bool:
        """End a run after the question that is being answered."""
        ...

    def progress(self, run_id: str) -> Progress:
        """How far a run is."""
        ...

    def is_active(self, run_id: str) -> bool:
        """Whether a run waits or is under way."""
        ...


class Reports(Protocol):
    """What is taken along of a run, beside an earlier one where one is named; raises CoachError where they differ too far."""

    def write_html(self, run: Run, before: Run | None) -> bytes:
        """One HTML file."""
        ...

    def write_xlsx(self, run: Run, before: Run | None) -> bytes:
        """A workbook."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the page."""

    person: str
    at: Address
    """The view that stands in the window, or that is to stand there."""
    values: Values = field(default_factory=dict)
    """Of a button or a form."""

    def get(self, name: str) -> str:
        """A value; empty where none was sent."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Bench:
    """What the page works with."""

    sets: EvaluationStore
    runs: Runs
    sheets: Sheets
    draft: Callable[[Sequence[EvaluationItem], int], Sequence[EvaluationItem]]
    """Items for passages that these do not cover, at most so many."""
    compare: Callable[[Run, Run], Comparison]
    reports: Reports
    is_trainer: Callable[[str], bool]
    wording: Wording
    read_rated: Callable[[str], Rated | None]
    """What people rated of a run, by its id."""
    check_gate: Callable[[Run], GateVerdict | None]
    """What the set of a run asks of it, and whether that is met; None where it asks for nothing."""
    find_judge: Callable[[], Writer | None]
    """The language model that may judge answers now."""
    name_dimension: Callable[[str], str]
    """The title of what the rubric judges by, by its id; empty where the rubric has none such."""
    review: Callable[[str], Sequence[str]]
    """Sections of what waits for a person's review: each as HTML of our templates."""
    sees_coverage: Callable[[str], bool]
    """Whether a person may see what the documents do not cover."""

    def say(self, name: str, /, **values: object) -> str:
        """A wording of the page."""
        return self.wording.say(name, **values)

    def read_set(self, set_id: str, version: int | None = None) -> EvaluationSet:
        """A set; the newest version, or the one of a number.

        Raises:
            Missing: there is none.
        """
        try:
            return self.sets.read_set(set_id, version)
        except CoachError as error:
            raise Missing(self.say("evaluate.gone_set")) from error

    def read_run(self, run_id: str) -> Run:
        """A run with its results.

        Raises:
            Missing: there is none.
        """
        try:
            return self.sets.read_run(run_id)
        except CoachError as error:
            raise Missing(self.say("evaluate.gone_run")) from error

    def read_progress(self, run_id: str) -> Progress:
        """How far a run is.

        Raises:
            Missing: there is none.
        """
        try:
            return self.runs.progress(run_id)
        except CoachError as error:
            raise Missing(self.say("evaluate.gone_run")) from error

    def read_item(self, kept: EvaluationSet, item_id: str) -> EvaluationItem:
        """An item of a set.

        Raises:
            Missing: there is none.
        """
        found = next((one for one in kept.items if one.id == item_id), None)
        if found is None:
            raise Missing(self.say("evaluate.gone_item"))
        return found
