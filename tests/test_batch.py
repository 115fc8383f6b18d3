"""Many questions from a file: in order, each line at once, a restart goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.batch import answer_all, read_items
from coach.errors import UsageError
from coach.library import Library
from coach.records import Manner
from tests.conftest import RunIngest
from tests.test_answers import make_assistant

LINES = [
    {"id": "a", "question": "What is a learning walk?"},
    {"id": "b", "question": "Who answers the telephone?", "role": "trainer"},
    {"id": 3, "question": "And then?", "history": [{"role": "user", "text": "What is a walk?"}]},
]


def write_lines(path: Path, lines: list[object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_answers_come_in_order_and_a_restart_goes_on(
    library: Library, corpus: Path, ingest: RunIngest, tmp_path: Path
) -> None:
    ingest(library, corpus)
    assistant = make_assistant(library)
    items = read_items(write_lines(tmp_path / "in.jsonl", list(LINES)), Manner())
    assert [(item.id, item.role) for item in items] == [("a", "principal"), ("b", "trainer"), (3, "principal")]
    out = tmp_path / "out.jsonl"
    first = answer_all(assistant, items, out)
    assert next(first)[1]
    assert json.loads(out.read_text("utf-8"))["id"] == "a", "a line is there as soon as it is answered"
    first.close()
    with out.open("ab") as sink:
        sink.write(b'{"id": "b", "ques')  # what a kill in mid-line leaves
    assert [fresh for _, fresh in answer_all(assistant, items, out)] == [False, True, True]
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["id"] for line in written] == ["a", "b", 3]
    assert [fresh for _, fresh in answer_all(assistant, items, out)] == [False, False, False]


def test_an_output_of_other_questions_is_left_alone(library: Library, tmp_path: Path) -> None:
    items = read_items(write_lines(tmp_path / "in.jsonl", list(LINES)), Manner())
    out = tmp_path / "out.jsonl"
    for content in ('{"id": "z"}\n', "notes of mine\n"):
        out.write_text(content, "utf-8")
        with pytest.raises(UsageError, match="out.jsonl"):
            list(answer_all(make_assistant(library), items, out))
        assert out.read_text("utf-8") == content


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([{"id": "a"}], "line 1 has no question"),
        ([{"question": "x?"}], "line 1 has no id"),
        ([LINES[0], LINES[0]], "line 2: the id 'a' stands there twice"),
        ([{"id": "a", "question": "x?", "role": "king"}], "line 1: the role is 'king'"),
        ([{"id": "a", "question": "x?", "history": "earlier"}], "line 1: history"),
        (["words"], "line 1 has no question"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, lines: list[object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_items(write_lines(tmp_path / "in.jsonl", lines), Manner())


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{\n", "utf-8")
    with pytest.raises(UsageError, match="line 1 is no JSON"):
        read_items(tmp_path / "in.jsonl", Manner())
    with pytest.raises(UsageError, match="cannot be read"):
        read_items(tmp_path / "none.jsonl", Manner())
