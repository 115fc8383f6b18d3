"""Written conversations held with the coach: every turn as the sets expect it, but for those named here with their reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.assembly import OpenCoach
from evals.answering import open_set, read_rows
from evals.bench.conversations import hold
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

# Turns that are not yet as expected, by conversation and place. What they carry is right in all but one. A turn that comes
# right must be taken off.
KNOWN = {
    "conversations": {
        "v01.3": "who shares the leadership stands in another passage, which is not among the quoted",
        "v03.6": "to pull together is in no word what the text says of it",
        "v05.4": "the passage on the sharing of instructional leadership is not among the quoted",
        "v05.5": "nothing sees that high schools, of all schools, are not spoken of",
        "v08.4": "nothing sees that no school of those named is one of the fifteen",
        "v08.7": "nothing sees that what was examined is not what came of it",
        "v11.1": "the first words are too bare to be sure of the answer, and three sentences are quoted",
        "v12.1": "what is sure in both texts is not sure enough in one",
        "v13.3": "nothing sees that a passage that says locally does not say by whom",
    },
    "conversations_more": {
        "m07.6": "whom her stands for was spoken of four turns before; nothing is carried rather than something wrong",
    },
}
CARRYING = ("does not carry", "carries over")


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCoach]:
    with open_set(ROOT / "corpus", tmp_path_factory.mktemp("set") / "home") as opened:
        yield opened


def read_set(name: str) -> list[dict[str, Any]]:
    return read_rows(ROOT / "evals" / f"{name}.jsonl")


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("user_turns_alone", [False, True], ids=["full", "user_turns"])
def test_every_turn_is_as_expected(coach: OpenCoach, name: str, user_turns_alone: bool) -> None:
    wrong = {
        f"{row['id']}.{place}": complaints
        for row in read_set(name)
        for place, (_, _, complaints) in enumerate(hold(coach, row, user_turns_alone=user_turns_alone), start=1)
        if complaints
    }
    assert set(wrong) == set(KNOWN[name]), wrong
    carrying = {place for place, complaints in wrong.items() if any(one.startswith(CARRYING) for one in complaints)}
    assert carrying <= {"m07.6"}


@pytest.mark.parametrize("name", KNOWN)
def test_the_sets_are_what_they_say(name: str) -> None:
    rows = read_set(name)
    assert len({row["id"] for row in rows}) == len(rows) >= 8
    corpus = {path.name: path.read_text("utf-8") for path in Path(ROOT / "corpus").glob("*.txt")}
    for row in rows:
        assert row["role"] in ("principal", "central_office", "trainer") and row["turns"]
        for turn in row["turns"]:
            assert all(one["words"] in corpus[one["document"]] for one in turn["cites"])
