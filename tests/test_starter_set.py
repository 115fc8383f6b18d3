"""The starter evaluation set: what it names as evidence stands in the texts, and it asks what it says it asks."""

from __future__ import annotations

from collections import Counter

import pytest

from evals.answering import read_rows
from tests.conftest import ROOT

ROWS = read_rows(ROOT / "evals" / "starter.jsonl")
OUTCOMES = {"answered", "partial", "not_in_sources", "clarify", "referred"}


def test_it_is_large_enough_and_asks_in_every_voice() -> None:
    assert len(ROWS) >= 80 and len({row["id"] for row in ROWS}) == len(ROWS)
    assert {row["role"] for row in ROWS} == {"principal", "central_office", "trainer"}
    outcomes = Counter(row["outcome"] for row in ROWS)
    assert set(outcomes) == OUTCOMES
    assert outcomes["not_in_sources"] + outcomes["clarify"] + outcomes["referred"] >= len(ROWS) / 4
    assert {row["part"] for row in ROWS} == {"tuning", "held_out"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_evidence_stands_in_its_document(row: dict[str, object]) -> None:
    groups, welcome = row["evidence"], row["welcome"]
    assert isinstance(groups, list) and isinstance(welcome, list)
    for one in [alternative for group in groups for alternative in group] + welcome:
        text = (ROOT / "corpus" / one["document"]).read_bytes().decode("utf-8")
        assert one["quote"] in text
    if row["outcome"] in ("not_in_sources", "clarify", "referred"):
        assert groups == []
    elif row["type"] != "metadata":
        assert groups
    assert (row["outcome"] == "partial") == bool(row["missing"])
