"""Sheets of trainers: every row accounted for, every item as expected; what is exported imports as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.evaluation.exporting import write_csv, write_jsonl, write_xlsx
from coach.evaluation.importing import Imported, import_items, propose_mapping, read_sheet

EVALS = Path(__file__).parent.parent / "evals"


def take_in(data: bytes, name: str) -> Imported:
    """Read, map and import, as proposed."""
    sheet = read_sheet(data, name)
    imported = import_items(sheet, propose_mapping(sheet))
    assert [row.row for row in imported.rows] == [row.number for row in sheet.rows]
    return imported


@pytest.mark.parametrize(
    "name", ["starter", "guidance", "boundaries", "clarify", "practice_questions", "conversations"]
)
def test_the_projects_own_sets_import_and_come_back(name: str) -> None:
    imported = take_in((EVALS / f"{name}.jsonl").read_bytes(), f"{name}.jsonl")
    assert imported.count("item") == len((EVALS / f"{name}.jsonl").read_text("utf-8").splitlines())
    for write, ending in ((write_csv, "csv"), (write_xlsx, "xlsx"), (write_jsonl, "jsonl")):
        assert take_in(write(imported.items), f"set.{ending}").items == imported.items
