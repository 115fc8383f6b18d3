"""Cells of a workbook hold any text as text: nothing runs, nothing keeps the workbook from being written."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook, load_workbook

from coach.evaluation.text_cells import write_text


def write(text: str, most: int = 100) -> tuple[object, bool]:
    workbook = Workbook()
    assert workbook.active is not None
    write_text(workbook.active.cell(1, 1), text, most, "…")
    data = io.BytesIO()
    workbook.save(data)
    cell = load_workbook(io.BytesIO(data.getvalue())).worksheets[0].cell(1, 1)
    return cell.value, bool(cell.quotePrefix)


@pytest.mark.parametrize(
    ("text", "value", "is_marked"),
    [
        ("Who leads?", "Who leads?", False),
        ("=HYPERLINK(1)", "=HYPERLINK(1)", True),
        ("  @SUM(1)", "@SUM(1)", True),
        ("one\ntwo", "one\ntwo", False),
        ("broken \ud800 and \ufffe", "broken  and", False),
    ],
)
def test_a_text_stays_text(text: str, value: str, is_marked: bool) -> None:
    found, marked = write(text)
    assert str(found).split() == value.split() and marked is is_marked


def test_a_long_text_says_that_it_was_cut_and_an_empty_one_leaves_the_cell_empty() -> None:
    assert write("a" * 30, most=10) == ("a" * 9 + "…", False)
    assert write("") == (None, False)
