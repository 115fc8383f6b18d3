"""Asks every question of a set: items and an assistant in, results with their scores out, one by one; kept as they come."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from coach.conversing import read_turns
from coach.errors import CoachError
from coach.evaluation.records import EvaluationItem, GateFailure, ItemResult, RetrievedPassage, Run, Score
from coach.records import Answer, Exchange, Hit, Manner, Receipt, Role, Turn
from coach.rendering import answer_to_object
from coach.store.evaluations import EvaluationStore
from coach.talk import Answering

_KEPT_EACH_SECONDS = 0.5
"""How often results are written: each write waits for the disk."""


class Scoring(Protocol):
    """What scores an answer; `coach.evaluation.scoring.Scorer` is one."""

    def prepare(self, items: Sequence[EvaluationItem]) -> None:
        """Do once what every answer needs."""
        ...

    def score(
        self, item: EvaluationItem, answer: Mapping[str, Any], retrieved: Sequence[RetrievedPassage]
    ) -> tuple[tuple[Score, ...], tuple[GateFailure, ...]]:
        """Every measure of one answer, and what no measure makes up for."""
        ...


class Judging(Protocol):
    """What rates an answer beside the scores; `coach.evaluation.judging.Judge` is one."""

    @property
    def name(self) -> str:
        """By which its scores are known."""
        ...

    def __call__(self, item: EvaluationItem, answer: Mapping[str, Any]) -> tuple[Score, ...]:
        """What it says of an answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: Mapping[str, Any]
    earlier: tuple[Mapping[str, Any], ...]
    retrieved: tuple[RetrievedPassage, ...]


def choose_ready(items: Sequence[EvaluationItem]) -> tuple[EvaluationItem, ...]:
    """The items that a run asks: neither drafts nor retired ones."""
    return tuple(item for item in items if item.status == "ready" and item.question.strip())


@dataclass(frozen=True, slots=True)
class Runner:
    """What runs are made with."""

    assistant: Answering
    scorer: Scoring
    runs: EvaluationStore
    judge: Judging | None = None

    def go_on(self, run_id: str) -> Generator[ItemResult, None, None]:
        """Ask what a run has no answer to yet, and keep each result within a second.

        Whoever stops listening stops the run; it can be gone on with later.

        Raises:
            CoachError: the run is gone, there are no documents, or what answers are made with is not what the run's first
                answers were made with: one run never mixes two versions.
        """
        run = self.runs.read_run(run_id)
        made_with = run.receipt
        items = _list_open(run, self.runs)
        self.runs.set_state(run_id, "running")
        self.scorer.prepare(items)
        waiting: list[ItemResult] = []
        kept_at = time.monotonic()
        finished = not items
        try:
            for item in items:
                result = self._ask(item)
                made_with = _require_same(made_with, result)
                finished = item is items[-1]
                waiting.append(result)
                if time.monotonic() - kept_at > _KEPT_EACH_SECONDS:
                    self.runs.put_results(run_id, waiting)
                    waiting, kept_at = [], time.monotonic()
                yield result
        finally:
            self.runs.put_results(run_id, waiting)
            self.runs.set_state(run_id, "done" if finished else "stopped")

    def _ask(self, item: EvaluationItem) -> ItemResult:
        started = time.perf_counter()
        try:
            asked = _ask_all(self.assistant, item)
        except CoachError as error:
            return ItemResult(item, None, (), (), (), (), time.perf_counter() - started, fault=str(error))
        seconds = time.perf_counter() - started
        scores, gates = self.scorer.score(item, asked.answer, asked.retrieved)
        if self.judge is not None:
            scores += self.judge(item, asked.answer)
        return ItemResult(item, asked.answer, asked.earlier, asked.retrieved, scores, gates, round(seconds, 4))


def _require_same(before: Receipt | None, result: ItemResult) -> Receipt | None:
    """What a run's answers are made with, now that there is one more.

    Raises:
        CoachError: with something else than the ones before.
    """
    if result.answer is None:
        return before
    receipt = Receipt(**result.answer["receipt"])
    if before is None:
        return receipt
    # An answer that no model was asked for names none.
    model = before.model or receipt.model
    if replace(before, model=model) != replace(receipt, model=receipt.model or model):
        changed = [one.name for one in fields(Receipt) if getattr(before, one.name) != getattr(receipt, one.name)]
        raise CoachError(
            f"What answers are made with has changed since this run began ({', '.join(changed)}). What was answered is kept; "
            "begin a new run, so that no figure mixes two versions."
        )
    return replace(before, model=model)


def _list_open(run: Run, runs: EvaluationStore) -> tuple[EvaluationItem, ...]:
    """What a run has not asked, or has got no answer to."""
    answered = {result.item.id for result in run.results if not result.fault}
    wanted = runs.list_wanted(run.id)
    items = runs.read_set(run.set_id, run.set_version).items
    return tuple(item for item in items if item.id in wanted and item.id not in answered)


def _ask_all(assistant: Answering, item: EvaluationItem) -> _Asked:
    """Hold the conversation that an item stands in, and ask its question.

    What a trainer wrote for the assistant counts as said; a turn that nobody answered is asked.
    """
    turns: list[Turn] = []
    earlier: list[Mapping[str, Any]] = []
    for position, turn in enumerate(item.history):
        following = item.history[position + 1 : position + 2]
        if turn.role == "assistant" or (following and following[0].role == "assistant"):
            turns.append(Turn(turn.role, turn.text))
            continue
        said = answer_to_object(_ask_one(assistant, turn.text, item.role, turns))
        earlier.append(said)
        turns += read_turns([Exchange(len(earlier), turn.text, said, "")])
    answer = _ask_one(assistant, item.question, item.role, turns)
    return _Asked(answer_to_object(answer, item.id), tuple(earlier), list_retrieved(answer))


def _ask_one(assistant: Answering, text: str, role: Role, turns: Sequence[Turn]) -> Answer:
    for step in assistant.ask_in_stages(text, Manner(role), tuple(turns)):
        if isinstance(step, Answer):
            return step
    raise AssertionError("an assistant ends with an answer")


def list_retrieved(answer: Answer) -> tuple[RetrievedPassage, ...]:
    """What was found for an answer, in order of rank."""
    return tuple(_describe(hit) for hit in answer.retrieved)


def _describe(hit: Hit) -> RetrievedPassage:
    passage = hit.passage
    return RetrievedPassage(
        label=passage.label,
        document_id=passage.document_id,
        document=hit.document.name,
        start=passage.start,
        end=passage.end,
        text=hit.text,
        score=round(hit.score, 4),
        section=" > ".join(passage.section),
        page_label=passage.page_label or (str(passage.page) if passage.page is not None else None),
    )
