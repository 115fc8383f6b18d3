"""A district can try its own model: every question is asked, and what became of each sentence is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.errors import CoachError
from coach.models import ModelFault
from coach.trial import TrialItem, choose_items, read_trial, summarise, trial_to_object, try_model
from tests.conftest import ROOT
from tests.test_writing import ASKED, WALK, Desk, line
from tests.test_writing import desk as desk  # noqa: PLC0414 - a fixture


def item(number: int, kind: str, question: str = ASKED, outcome: str = "answered") -> TrialItem:
    return TrialItem(str(number), question, "principal", kind, outcome)


def test_the_starter_set_can_be_tried_and_every_type_has_its_turn() -> None:
    items = read_trial(ROOT / "evals" / "starter.jsonl")
    chosen = choose_items(items, 12)
    assert len(items) > 100 and len({one.type for one in chosen}) == 12
    assert choose_items(items, 10_000) != () and len(choose_items(items, 10_000)) == len(items)


@pytest.mark.parametrize("text", ["{", '{"id": 1}', "[]", '{"id": 1, "question": "a", "role": [], "outcome": ""}'])
def test_a_file_that_is_no_set_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(CoachError, match="cannot be read"):
        read_trial(path)


def test_what_became_of_each_sentence_is_counted(desk: Desk) -> None:
    good = line(desk, "A learning walk is a short visit to classrooms.", WALK)
    assistant, _ = desk.seat(
        good + 'Walks raise marks in every school. [ffffff: "short visit to several classrooms"]\n',
        ModelFault("late", "Too slow."),
        "NOTHING",
    )
    items = [
        item(1, "definition"),
        item(2, "fact"),
        item(3, "off_topic", "What did the volcano in Iceland cost the airlines?", "not_in_sources"),
        item(4, "fact", outcome="not_in_sources"),
    ]
    results = list(try_model(assistant, items))
    summary = summarise(results)
    assert (summary.questions, summary.outcomes_right, summary.asked, summary.written) == (4, 3, 3, 1)
    assert (summary.kept, summary.replaced, summary.cut) == (1, 0, 1)
    assert [count for _, count in summary.reasons] == [1] and len(summary.fallbacks) == 2
    assert results[2].was_asked is False and results[0].first_seconds is not None
    assert trial_to_object(results)["summary"]["kept"] == 1


def test_nothing_asked_has_no_times() -> None:
    summary = summarise([])
    assert (summary.questions, summary.seconds, summary.first_seconds) == (0, None, None)
