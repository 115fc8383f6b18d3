"""What the benchmarks of the page count with: percentiles, slopes, and Gradio's stream of messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bench.page_load import iterate_questions
from evals.serving import find_percentile, find_slope
from evals.visiting import find_event, list_addresses, merge_output, read_message

CONFIG: dict[str, Any] = {
    "components": [
        {"id": 1, "props": {"elem_id": "question"}},
        {"id": 2, "props": {"elem_id": "transcript"}},
        {"id": 3, "props": {}},
    ],
    "dependencies": [
        {"id": 7, "targets": [[2, "click"], [1, "submit"]], "inputs": [1], "outputs": [2, 1], "queue": True},
        {"id": 9, "targets": [[3, "load"]], "inputs": [], "outputs": [2], "queue": False},
    ],
}


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.sampled_from((1, 50, 95, 100)))
def test_so_many_values_are_not_above_a_percentile(values: list[float], part: int) -> None:
    found = find_percentile(values, part)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= part * len(values)
    assert sum(value < found for value in values) * 100 < part * len(values)


def test_the_percentiles_of_twenty() -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert [find_percentile(values, part) for part in (50, 95, 100)] == [10, 19, 20]
    with pytest.raises(ValueError):
        find_percentile([], 50)


@given(st.integers(-50, 50), st.integers(-50, 50), st.lists(st.integers(0, 500), min_size=2, max_size=30, unique=True))
def test_the_slope_of_a_line_is_its_slope(slope: int, height: int, places: list[int]) -> None:
    assert find_slope([(place, slope * place + height) for place in places]) == pytest.approx(slope, abs=1e-6)


def test_no_slope_is_told_of_one_moment() -> None:
    assert find_slope([]) == find_slope([(1, 5)]) == find_slope([(1, 5), (1, 9)]) == 0


def test_a_message_is_one_line_of_the_stream() -> None:
    assert read_message('data: {"msg": "process_starts"}') == {"msg": "process_starts"}
    assert read_message("") is None and read_message(": heartbeat") is None and read_message("event: x") is None


def test_later_messages_bring_what_differs() -> None:
    def generating(data: list[Any]) -> dict[str, Any]:
        return {"msg": "process_generating", "output": {"data": data}}

    shown = merge_output([], generating(["a", "one"]))
    assert shown == ["a", "one"]
    shown = merge_output(shown, generating([[], [["replace", [], "two"]]]))
    assert shown == ["a", "two"]
    shown = merge_output(shown, generating([[["append", [], "b"]], []]))
    assert shown == ["ab", "two"]
    assert merge_output(shown, {"msg": "process_completed", "output": {}}) == ["ab", "two"]
    assert merge_output(shown, {"msg": "process_completed", "output": {"data": ["c", "d"]}}) == ["c", "d"]


def test_an_event_is_found_by_what_it_is_done_to() -> None:
    event = find_event(CONFIG, "question", "submit")
    assert (event.number, event.trigger, event.queued) == (7, 1, True)
    assert (event.inputs, event.outputs) == (("question",), ("transcript", "question"))
    assert find_event(CONFIG, "", "load").number == 9 and not find_event(CONFIG, "", "load").queued
    with pytest.raises(KeyError):
        find_event(CONFIG, "question", "click")


def test_scripts_and_styles_are_listed_and_nothing_else() -> None:
    html = '<link href="./a/x.css"><script src="/b/y.js?v=1"></script><a href="/z">z</a><img src="https://h/i.js">'
    assert list_addresses(html) == ["/a/x.css", "/b/y.js?v=1"]


def test_everybody_has_an_order_of_their_own_that_is_always_the_same() -> None:
    talks = [[f"{talk}{turn}" for turn in range(talk % 3 + 1)] for talk in range(9)]
    count = sum(map(len, talks))

    def take(seed: int) -> list[tuple[str, bool]]:
        questions = iterate_questions(talks, seed)
        return [next(questions) for _ in range(2 * count)]

    assert take(1) == take(1) != take(2)
    assert take(1)[:count] == take(1)[count:]
    assert sorted(question for question, _ in take(1)[:count]) == sorted(sum(talks, []))
    assert sum(is_new for _, is_new in take(1)[:count]) == len(talks)
