"""Sheets of trainers: every row accounted for, every item as expected; what is exported imports as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.evaluation.coding import clean
from coach.evaluation.exporting import write_csv, write_jsonl, write_xlsx
from coach.evaluation.importing import Imported, import_items, propose_mapping, read_sheet
from coach.evaluation.records import EvaluationItem, HistoryTurn, SourceWords
from coach.records import ROLES, Outcome

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


# --- what is exported imports as it was ---------------------------------------------------------------------------

CELL_TEXT = st.one_of(
    st.text(max_size=30),
    st.text("=+-@\t\r\n'\";|/ \u201c\u201d.,:UA1)[]a\u00a0\u200b_x0D", max_size=20),
    st.sampled_from(
        [
            "n/a", "U: a A: b", "Total", "json:[1]", "'=1", "=1+1", "a / b", "x OR y", "1. a\n2. b", "- a", "report.pdf p. 4",
            '"a" report.pdf [abc123]', "_x000D_", "Question", "ID", "a;b", "\ufeffa", "sep=;", "\u2028", "#N/A", "1.0", "007",
        ]
    ),
)  # fmt: skip
FILLED = CELL_TEXT.map(lambda text: clean(text)).filter(bool)
SOURCES = st.builds(
    SourceWords, quote=FILLED, document=CELL_TEXT.map(clean), label=st.sampled_from(["", "3f9a1c", "x y"])
)
ITEMS = st.builds(
    EvaluationItem,
    id=FILLED,
    question=FILLED,
    role=st.sampled_from(ROLES),
    history=st.lists(st.builds(HistoryTurn, role=st.sampled_from(["user", "assistant"]), text=FILLED), max_size=3).map(
        tuple
    ),
    outcomes=st.lists(st.sampled_from(list(Outcome)), max_size=2, unique=True).map(tuple),
    must_mention=st.lists(st.lists(FILLED, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    must_not_say=st.lists(FILLED, max_size=3).map(tuple),
    sources=st.lists(st.lists(SOURCES, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    welcome=st.lists(SOURCES, max_size=2).map(tuple),
    ideal=CELL_TEXT.map(clean),
    type=CELL_TEXT.map(clean),
    topic=CELL_TEXT.map(clean),
    owner=CELL_TEXT.map(clean),
    part=CELL_TEXT.map(clean),
    status=st.sampled_from(["draft", "ready", "retired"]),
    names=st.lists(FILLED, max_size=2).map(tuple),
    wants_guidance=st.sampled_from([None, True, False]),
    notes=st.lists(st.tuples(CELL_TEXT.map(clean), CELL_TEXT.map(clean)), max_size=3).map(tuple),
)
SETS = st.lists(ITEMS, min_size=1, max_size=4, unique_by=lambda item: item.id).map(tuple)


@pytest.mark.parametrize(("write", "ending"), [(write_csv, "csv"), (write_xlsx, "xlsx"), (write_jsonl, "jsonl")])
@given(items=SETS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_export_and_import_are_each_others_reverse(
    write: Callable[[Sequence[EvaluationItem]], bytes], ending: str, items: tuple[EvaluationItem, ...]
) -> None:
    imported = take_in(write(items), f"set.{ending}")
    assert imported.items == items
    assert imported.count("item") == len(items)
