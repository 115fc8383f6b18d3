"""A judging model: what it is sent, what is read of its replies, and that nothing is decided by it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from coach.errors import CoachError
from coach.evaluation.judging import Judge, load_judge_prompts, read_judgements, unscale_level
from coach.evaluation.queue import RunQueue
from coach.evaluation.records import (
    Dimension,
    EvaluationItem,
    EvaluationSet,
    HistoryTurn,
    ItemResult,
    Level,
    Rubric,
    Run,
)
from coach.evaluation.running import Runner
from coach.models import ModelFault
from coach.records import LOCAL_PERSON
from coach.store.evaluations import EvaluationStore
from coach.store.store import Store
from tests.fakes import WritingModel
from tests.test_evaluation_runs import EchoingAssistant, LengthScorer

RUBRIC = Rubric(
    "Ours",
    (
        Dimension("grounded", "Grounded", tuple(Level(value, f"anchor {value}") for value in (3, 2, 1, 0))),
        Dimension("safe", "Safe", (Level(1, "pass"), Level(0, "fail")), is_gate=True),
    ),
    "0",
)
ITEM = EvaluationItem(
    "i", "How do I coach Tamika Rowe?", history=(HistoryTurn("user", "Tamika Rowe again."),), ideal="A step."
)
ANSWER: dict[str, Any] = {
    "statements": [
        {"text": "Ask [student] first.", "citations": []},
        {"text": "It is shared.", "citations": ["a1b2c3"]},
    ],
    "citations": [{"label": "a1b2c3", "title": "The report", "quote": "leadership is shared"}],
}


def hide(text: str) -> str:
    return text.replace("Tamika Rowe", "[student]")


def judge(*replies: str | ModelFault) -> tuple[Judge, WritingModel]:
    model = WritingModel(*replies)
    return Judge(model, RUBRIC, load_judge_prompts(), hide), model


def test_it_is_sent_the_answer_the_passages_and_the_rubric_and_no_name() -> None:
    asked, model = judge(json.dumps({"grounded": {"level": 2, "reason": "One detail."}, "safe": {"level": 1}}))
    grounded, safe = asked(ITEM, ANSWER)
    sent = "\n".join(message.text for message in model.requests[0])
    for words in (
        "Ask [student] first.",
        "[a1b2c3]",
        "leadership is shared",
        "3 = anchor 3",
        "grounded, safe",
        "A step.",
    ):
        assert words in sent
    assert "Tamika" not in sent
    assert grounded.value == pytest.approx(2 / 3)
    assert (grounded.name, grounded.reason, grounded.by) == ("grounded", "One detail.", model.name)
    assert safe.value == 1.0 and grounded.passed is None is safe.passed
    assert [unscale_level(level / 3, (3, 2, 1, 0)) for level in range(4)] == [0, 1, 2, 3]


def test_names_that_the_item_lists_are_not_sent_even_where_nothing_else_finds_them() -> None:
    asked, _ = judge("{}")
    item = EvaluationItem(
        "i", "How do I coach Zorblat?", history=(HistoryTurn("user", "Mr Zorblat's plan."),),
        ideal="Ask Quix Zorblat.", names=("Quix Zorblat",),
    )  # fmt: skip
    answer = {"statements": [{"text": "Ask Quix first.", "citations": []}], "citations": []}
    sent = "\n".join(message.text for message in asked.ask(item, answer))
    assert "Zorblat" not in sent and "Quix" not in sent and "How do I coach [name]?" in sent


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ('Here you are:\n```json\n{"grounded": {"level": 3}, "safe": 0}\n```', (1.0, 0.0)),
        ('{"grounded": {"level": null, "reason": "No claim."}, "safe": {"level": "1"}}', (None, 1.0)),
        ('{"grounded": {"level": 7}, "safe": {"level": "high"}}', (None, None)),
        ("I would rather not.", (None, None)),
        ('{"grounded": ' + "[" * 100_000 + "}", (None, None)),
        ("[1, 2]", (None, None)),
    ],
)
def test_what_cannot_be_read_is_not_scored_and_not_wrong(reply: str, values: tuple[float | None, ...]) -> None:
    asked, _ = judge(reply)
    scores = asked(ITEM, ANSWER)
    assert tuple(score.value for score in scores) == values and all(
        score.reason or score.value is not None for score in scores
    )


def test_a_fault_of_the_model_is_said_and_ends_nothing() -> None:
    asked, _ = judge(ModelFault("late", "The model took too long."))
    assert {score.reason for score in asked(ITEM, ANSWER)} == {"The judge did not answer: The model took too long."}


def test_a_reply_of_anything_never_raises() -> None:
    for reply in ("{", "}", "{}", '{"a": {"level": {}}}', '{"a": [1]}', "\x00{\x00}"):
        assert read_judgements(reply) in (None, {})


def test_a_judge_decides_nothing(store: Store) -> None:
    evaluations = EvaluationStore(store)
    asked = evaluations.add_set(LOCAL_PERSON, "Set", [EvaluationItem("i", "What is leadership in it?")])
    run = evaluations.add_run(LOCAL_PERSON, asked, ["i"], judge="scripted:writer")
    harsh, _ = judge(json.dumps({"grounded": {"level": 0}, "safe": {"level": 0}}))
    (result,) = Runner(EchoingAssistant(), LengthScorer(), evaluations, harsh).go_on(run.id)
    assert isinstance(result, ItemResult) and result.passed is True and result.mark == 1.0
    assert [score.by for score in result.scores] == ["program", "scripted:writer", "scripted:writer"]
    assert evaluations.read_run(run.id).results == (result,)


# --- in the background ------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    """What may judge now: another model, one that is gone, or none at all, as a test says."""

    model: WritingModel = field(default_factory=lambda: WritingModel(*['{"grounded": 3, "safe": 1}'] * 9))
    refused: str = ""

    def build(self) -> Judge:
        if self.refused:
            raise CoachError(self.refused)
        return Judge(self.model, RUBRIC, load_judge_prompts(), hide)


@pytest.fixture
def asked(store: Store) -> EvaluationSet:
    items = [EvaluationItem(name, f"What is {name}?") for name in ("one", "two", "three")]
    return EvaluationStore(store).add_set(LOCAL_PERSON, "Set", items)


def list_judges(run: Run) -> list[list[str]]:
    return [[score.by for score in result.scores if score.by != "program"] for result in run.results]


def test_a_run_goes_on_with_the_judge_that_it_began_with(store: Store, asked: EvaluationSet) -> None:
    evaluations, bench, assistant = EvaluationStore(store), Bench(), EchoingAssistant()
    assistant.gate = threading.Event()
    queue = RunQueue(evaluations, Runner(assistant, LengthScorer(), evaluations), bench.build)
    try:
        run_id = queue.start(LOCAL_PERSON, asked.id, judged=True)
        queue.stop(run_id)
        assistant.gate.set()
        assert queue.wait_idle(10) and queue.progress(run_id).phase == "stopped"
        assert evaluations.read_run(run_id).judge == bench.model.name
        # Another one, or none, does not go on with it: one run never mixes two judges.
        bench.model.name = "ollama:another"
        queue.resume(run_id)
        assert queue.wait_idle(10)
        failed = queue.progress(run_id)
        assert failed.phase == "failed" and "now ollama:another is set" in failed.fault
        bench.model.name, bench.refused = WritingModel().name, "Nobody has agreed."
        queue.resume(run_id)
        assert queue.wait_idle(10) and queue.progress(run_id).fault == "Nobody has agreed."
        bench.refused = ""
        queue.resume(run_id)
        assert queue.wait_idle(10) and queue.progress(run_id).phase == "done"
        run = evaluations.read_run(run_id)
        assert list_judges(run) == [[bench.model.name] * 2] * 3
        assert all((one.passed, one.mark) == (one.scores[0].passed, one.scores[0].value) for one in run.results)
    finally:
        queue.close()


def test_a_run_is_judged_only_where_that_is_asked_for_and_may_be(store: Store, asked: EvaluationSet) -> None:
    evaluations, bench = EvaluationStore(store), Bench()
    runner = Runner(EchoingAssistant(), LengthScorer(), evaluations)
    queue, without = RunQueue(evaluations, runner, bench.build), RunQueue(evaluations, runner)
    try:
        run_id = queue.start(LOCAL_PERSON, asked.id)
        assert queue.wait_idle(10) and list_judges(evaluations.read_run(run_id)) == [[]] * 3
        assert bench.model.requests == []
        bench.refused = "Nobody has agreed."
        with pytest.raises(CoachError, match="Nobody has agreed"):
            queue.start(LOCAL_PERSON, asked.id, judged=True)
        with pytest.raises(CoachError, match="No language model may judge here"):
            without.start(LOCAL_PERSON, asked.id, judged=True)
        assert len(evaluations.list_runs(asked.id)) == 1
    finally:
        queue.close()
        without.close()
