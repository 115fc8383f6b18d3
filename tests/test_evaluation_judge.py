"""A judging model: what it is sent, what is read of its replies, and that nothing is decided by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coach.evaluation.judging import Judge, load_judge_prompts, read_judgements, unscale_level
from coach.evaluation.records import Dimension, EvaluationItem, HistoryTurn, ItemResult, Level, Rubric
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
