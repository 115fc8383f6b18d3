"""Ratings on scales that are not ours: published examples as people keep them, through the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from coach.cli import app
from coach.errors import CoachError
from coach.evaluation.rating.plain_ratings import read_plain_ratings

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): four observers, twelve units; ordinal alpha .815.
OBSERVERS = {
    "A": "1 2 3 3 2 1 4 1 2 * * *",
    "B": "1 2 3 3 2 2 4 1 2 5 * 3",
    "C": "* 3 3 3 2 3 4 2 2 5 1 *",
    "D": "1 2 3 3 2 4 4 1 2 5 1 *",
}
UNITS = [str(number) for number in range(1, 13)]


def measure(path: Path, tmp_path: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["eval", "agreement", str(path), "--json", "--home", str(tmp_path / "none")])
    assert result.exit_code == 0, result.output + repr(result.exception)
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def write_table(path: Path, rows: list[list[str]]) -> Path:
    if path.suffix == ".xlsx":
        workbook = Workbook()
        assert workbook.active is not None
        for row in rows:
            workbook.active.append([int(cell) if cell.isdigit() else cell for cell in row])
        data = io.BytesIO()
        workbook.save(data)
        path.write_bytes(data.getvalue())
    else:
        path.write_text("\n".join(";".join(row) for row in rows) + "\n", "utf-8")
    return path


def list_long() -> list[list[str]]:
    cells = (
        (rater, unit, level) for rater, row in OBSERVERS.items() for unit, level in zip(UNITS, row.split(), strict=True)
    )
    return [["Rater", "Item", "Level"], *([rater, unit, level] for rater, unit, level in cells)]


def list_by_rater() -> list[list[str]]:
    columns = [row.split() for row in OBSERVERS.values()]
    return [["Item", *OBSERVERS], *([unit, *cells] for unit, *cells in zip(UNITS, *columns, strict=True))]


def list_by_item() -> list[list[str]]:
    return [["Observer", *UNITS], *([rater, *row.split()] for rater, row in OBSERVERS.items())]


@pytest.mark.parametrize("rows", [list_long(), list_by_rater(), list_by_item()], ids=["long", "by_rater", "by_item"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_krippendorffs_example_has_his_alpha(rows: list[list[str]], ending: str, tmp_path: Path) -> None:
    told = measure(write_table(tmp_path / f"observers{ending}", rows), tmp_path)
    (dimension,) = told["dimensions"]
    assert dimension["coefficient"] == "Krippendorff's alpha (ordinal)"
    assert dimension["value"] == pytest.approx(0.815, abs=5e-4)
    assert (dimension["n"], dimension["ratings"], len(dimension["raters"])) == (11, 40, 4)
    assert told["problems"] == []


def test_two_raters_with_dimensions_of_their_own_have_kappa(tmp_path: Path) -> None:
    levels = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (1, 2), (2, 3), (3, 2), (4, 5), (5, 4), (3, 3), (2, 2)]
    rows = [["reviewer", "answer id", "criterion", "score"]]
    for number, (one, other) in enumerate(levels):
        for criterion in ("warmth", "use"):
            rows += [["Ann", str(number), criterion, str(one)], ["Ben", str(number), criterion, str(other)]]
    told = measure(write_table(tmp_path / "scores.csv", rows), tmp_path)
    assert [(one["dimension"], one["n"], one["coefficient"]) for one in told["dimensions"]] == [
        ("warmth", 12, "quadratic weighted kappa"),
        ("use", 12, "quadratic weighted kappa"),
    ]
    assert told["dimensions"][0]["exact"] == pytest.approx(7 / 12) and told["dimensions"][0]["within_one"] == 1.0
    # By hand: 1 - sum of squared differences over that expected by chance: 5 * 144 / (12 * (sum over all pairs of both)).
    ann, ben = zip(*levels, strict=True)
    expected = sum((a - b) ** 2 for a in ann for b in ben) / 12
    assert told["dimensions"][0]["value"] == pytest.approx(1 - 5 / expected)


def test_what_is_no_level_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    rows = [["Item", "Ann", "Ben"], ["1", "4", "good"], ["2", "2.5", "2"], ["3", "n/a", "5"]]
    path = write_table(tmp_path / "odd.csv", rows)
    read = read_plain_ratings(path.read_bytes(), path.name)
    assert [(one.rater, one.entry, dict(one.levels)) for one in read.ratings] == [
        ("Ann", "1", {"rating": 4}),
        ("Ben", "2", {"rating": 2}),
        ("Ben", "3", {"rating": 5}),
    ]
    assert [(one.row, one.kept) for one in read.problems] == [(2, False), (3, False)]


@pytest.mark.parametrize(
    "rows",
    [[["Question", "Answer"], ["Who?", "They."]], [["Item", "Year", "Count"], ["a", "2010", "3"], ["b", "1999", "4"]]],
)
def test_what_holds_no_ratings_is_refused_in_words(rows: list[list[str]], tmp_path: Path) -> None:
    path = write_table(tmp_path / "no.csv", rows)
    with pytest.raises(CoachError):
        read_plain_ratings(path.read_bytes(), path.name)
    result = CliRunner().invoke(app, ["eval", "agreement", str(path), "--home", str(tmp_path / "none")])
    assert isinstance(result.exception, CoachError)
