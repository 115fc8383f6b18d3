"""Runs in the background, one after the other by one thread: a set's version in, how far its run is out.

The thread belongs to the process that serves the page, so that nothing depends on a page staying open. A run that a process
left unfinished has its results in the store, and goes on from there when somebody says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import Literal

from coach.errors import CoachError
from coach.evaluation.records import ItemResult
from coach.evaluation.running import Judging, Runner, choose_ready
from coach.store.evaluations import EvaluationStore

_LOG = logging.getLogger(__name__)
_OUR_FAULT = "Something went wrong in Coach while this was run; the log says what. What was answered is kept."

_OTHER_JUDGE = (
    "{wanted} judged this run so far, and now {judge} is set. What was answered is kept; begin a new run, so that no figure "
    "mixes two judges."
)

Phase = Literal["waiting", "running", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    run_id: str
    phase: Phase
    """`stopped` also where a process ended before the run did."""
    done: int
    size: int
    passed: int
    gates: int
    """Items with something that no score makes up for."""
    question: str = ""
    """The last that was answered."""
    seconds_left: float | None = None
    """As those answered so far tell; None before the third."""
    fault: str = ""
    """Why it failed, as a line for the reader."""

    @property
    def is_active(self) -> bool:
        """Whether it waits or is under way."""
        return self.phase in ("waiting", "running")


@dataclass(slots=True)
class _Task:
    progress: Progress
    stopping: Event
    future: Future[None] | None = None


def _find_no_judge() -> Judging:
    raise CoachError("No language model may judge here. Start the run without one.")


class RunQueue:
    """The runs of one process. Every method may be called from any thread."""

    def __init__(
        self, runs: EvaluationStore, runner: Runner, build_judge: Callable[[], Judging] = _find_no_judge
    ) -> None:
        """Runs of `runner`; `build_judge` gives what judges one besides, or raises CoachError where nothing may."""
        self._runs = runs
        self._runner = runner
        self._build_judge = build_judge
        self._turn = Lock()
        self._tasks: dict[str, _Task] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="evaluation")

    def start(
        self, person: str, set_id: str, version: int | None = None, title: str = "", *, judged: bool = False
    ) -> str:
        """Begin a run of a set's ready items, judged by a language model besides or not; its id.

        Raises:
            CoachError: there is no such set or version, it has no question that is ready, or nothing may judge.
        """
        asked = self._runs.read_set(set_id, version)
        judge = self._build_judge().name if judged else None
        run = self._runs.add_run(person, asked, [item.id for item in choose_ready(asked.items)], title, judge)
        self._submit(Progress(run.id, "waiting", 0, run.size, 0, 0))
        return run.id

    def resume(self, run_id: str) -> None:
        """Go on with a run that is not under way and has questions without an answer; elsewhere nothing happens.

        Raises:
            CoachError: there is no such run.
        """
        progress = self.progress(run_id)
        if not progress.is_active and progress.done < progress.size:
            self._submit(replace(progress, phase="waiting", fault=""))

    def stop(self, run_id: str) -> bool:
        """End a run after the question that is being answered; False where it is not under way."""
        with self._turn:
            task = self._tasks.get(run_id)
            if task is None or not task.progress.is_active:
                return False
            task.stopping.set()
            return True

    def progress(self, run_id: str) -> Progress:
        """How far a run is.

        Raises:
            CoachError: there is no such run.
        """
        with self._turn:
            task = self._tasks.get(run_id)
        if task is not None:
            return task.progress
        run = self._runs.read_run(run_id)
        counted = Progress(run_id, "done" if run.state == "done" else "stopped", 0, run.size, 0, 0)
        for result in run.results:
            if not result.fault:
                counted = _count(counted, result)
        return replace(counted, question="")

    def is_active(self, run_id: str) -> bool:
        """Whether a run waits or is under way here."""
        with self._turn:
            task = self._tasks.get(run_id)
            return task is not None and task.progress.is_active

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing waits or is under way, for callers that do not look; False if it took longer."""
        with self._turn:
            futures = [task.future for task in self._tasks.values() if task.future is not None]
        return not wait(futures, seconds).not_done

    def close(self) -> None:
        """End every run after the question that is being answered; what was answered is kept."""
        with self._turn:
            for task in self._tasks.values():
                task.stopping.set()
        self._worker.shutdown(wait=True)

    def _submit(self, progress: Progress) -> None:
        with self._turn:
            known = self._tasks.get(progress.run_id)
            if known is not None and known.progress.is_active:
                return
            task = self._tasks[progress.run_id] = _Task(progress, Event())
            task.future = self._worker.submit(self._work, task)

    def _work(self, task: _Task) -> None:
        try:
            self._run(task)
        except CoachError as error:
            task.progress = replace(task.progress, phase="failed", fault=str(error))
        except Exception:
            _LOG.exception("A run could not be finished.")
            task.progress = replace(task.progress, phase="failed", fault=_OUR_FAULT)

    def _run(self, task: _Task) -> None:
        if task.stopping.is_set():
            self._runs.set_state(task.progress.run_id, "stopped")
            task.progress = replace(task.progress, phase="stopped")
            return
        begun, before = time.monotonic(), task.progress.done
        task.progress = replace(task.progress, phase="running")
        with closing(self._choose_runner(task.progress.run_id).go_on(task.progress.run_id)) as results:
            for result in results:
                counted = _count(task.progress, result)
                task.progress = replace(counted, seconds_left=_estimate(counted, before, time.monotonic() - begun))
                if task.stopping.is_set():
                    break
        state = self._runs.read_run(task.progress.run_id).state
        task.progress = replace(task.progress, phase="done" if state == "done" else "stopped", seconds_left=None)

    def _choose_runner(self, run_id: str) -> Runner:
        """What goes on with a run: with the judge that it began with, or with none.

        Raises:
            CoachError: that judge may not be used now, or another one is set.
        """
        wanted = self._runs.read_run(run_id).judge
        if wanted is None:
            return self._runner
        judge = self._build_judge()
        if judge.name != wanted:
            raise CoachError(_OTHER_JUDGE.format(wanted=wanted, judge=judge.name))
        return replace(self._runner, judge=judge)


def _count(progress: Progress, result: ItemResult) -> Progress:
    return replace(
        progress,
        done=progress.done + 1,
        passed=progress.passed + (result.passed is True),
        gates=progress.gates + bool(result.gates),
        question=result.item.question,
    )


_TELLING = 3
"""Answers from which the time that is left can be told."""


def _estimate(progress: Progress, before: int, seconds: float) -> float | None:
    answered = progress.done - before
    return seconds / answered * (progress.size - progress.done) if answered >= _TELLING else None
