"""Rating at the command line, from a round over kept runs to what was settled; and agreement of a file alone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from coach.cli import rating
from coach.errors import CoachError
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import Rating
from coach.records import LOCAL_PERSON
from coach.store.evaluations import EvaluationStore
from coach.store.ratings import RatingStore
from coach.store.store import Store
from tests.rating_examples import make_items, make_run

Run = Callable[..., Result]


def keep_run(store: Store, name: str, count: int = 12) -> str:
    """A run of a set in the store, every item answered."""
    sets, items = EvaluationStore(store), make_items(count)
    known = {one.name: one.id for one in sets.list_sets()}
    asked = sets.read_set(known["Autumn"]) if known else sets.add_set(LOCAL_PERSON, "Autumn", items)
    made = sets.add_run(LOCAL_PERSON, asked, [item.id for item in items], name)
    sets.put_results(made.id, make_run(name, items).results)
    sets.set_state(made.id, "done")
    return made.id


@pytest.fixture
def home(store: Store) -> Path:
    return store.path.parent


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    rating.register(app)

    def call(*words: str, fails: str = "") -> Result:
        result = CliRunner().invoke(app, [*words, "--home", str(home)])
        if fails:
            assert isinstance(result.exception, CoachError) and fails in str(result.exception), result.output
        else:
            assert result.exit_code == 0, result.output + repr(result.exception)
        return result

    return call


def fill(path: Path, levels: dict[str, Any]) -> None:
    """Fill levels in by title of column, the same in every row."""
    book = load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book["Rate"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for title, level in levels.items():
            sheet.cell(row, columns[title] or 1).value = level
    book.save(path)


@pytest.mark.slow
def test_two_people_rate_by_sheet_and_settle_what_they_differ_on(run: Run, store: Store, tmp_path: Path) -> None:
    runs = [keep_run(store, name) for name in ("run-one", "run-two")]
    told = run("round", *(name[:10] for name in runs), "--title", "Autumn", "--raters", "Ann,Ben").output
    assert "“Autumn”, 24 answers, 5 of them for everybody to begin with" in told
    (card,) = json.loads(run("rounds", "--json").output)
    for rater, levels in (
        ("Ann", {"Citation": 3, "Clear for the reader": "2 - fine"}),
        ("Ben", {"Citation": "1", "Privacy and safety": "n/a"}),
    ):
        path = tmp_path / f"{rater}.xlsx"
        assert f"24 answers for {rater}" in run("sheet", card["id"][:8], "--rater", rater, "--out", str(path)).output
        fill(path, levels)
        assert f"24 answers rated by {rater}" in run("ratings", card["id"], str(path)).output
    shown = run("rounds").output
    assert "Ann: 0 of 24 rated, 24 begun" in shown and "Ben: 0 of 24 rated, 24 begun" in shown
    agreement = json.loads(run("agreement", card["id"], "--json").output)
    assert {one["dimension"]: one["n"] for one in agreement["dimensions"] if one["n"]} == {"citation": 19}
    assert agreement["talked_about"] == 5
    code = agreement["disagreements"][0]["entry"]
    run("settle", card["id"], code.lower(), "citation", "2", "--by", "Ann and Ben", "--note", "One source is missing.")
    text = run("agreement", card["id"]).output
    assert "To settle (two levels apart or more, or both sides of a gate): 23" in text
    assert "Not counted in these figures: 5 answers" in text
    run("close-round", card["id"])
    run("ratings", card["id"], str(tmp_path / "Ann.xlsx"), fails="is closed")
    run("forget-round", card["id"], "--yes")
    assert json.loads(run("rounds", "--json").output) == [] and "No round yet" in run("rounds").output


def test_a_sheet_brought_in_again_takes_nothing_back(run: Run, store: Store, tmp_path: Path) -> None:
    keep_run(store, "run-one", 3)
    made = json.loads(run("round", EvaluationStore(store).list_runs()[0].id, "--json").output)
    path = tmp_path / "a.csv"
    codes = [row.value for row in _read_codes(run, made["id"], tmp_path)]
    path.write_text(f"Rater,Code,Citation,Comment\nAnn,{codes[0]},3,good\n", "utf-8")
    run("ratings", made["id"], str(path))
    path.write_text(f"Rater,Code,Citation,Clear,Comment\nANN,{codes[0]},,2,\nAnn,QQQQQ,1,,\n", "utf-8")
    told = json.loads(run("ratings", made["id"], str(path), "--json").output)
    assert told["ratings"][0]["levels"] == [["citation", 3], ["clear", 2]] and told["ratings"][0]["comment"] == "good"
    assert [one["row"] for one in told["problems"]] == [3]


def _read_codes(run: Run, round_id: str, folder: Path) -> list[Any]:
    path = folder / "codes.xlsx"
    run("sheet", round_id, "--rater", "Ann", "--out", str(path))
    return list(load_workbook(path)["Rate"]["A"][1:])


@pytest.mark.slow
def test_nobody_who_has_looked_brings_other_levels_in(run: Run, store: Store, tmp_path: Path) -> None:
    keep_run(store, "run-one", 3)
    made = json.loads(run("round", EvaluationStore(store).list_runs()[0].id, "--json").output)
    codes = [row.value for row in _read_codes(run, made["id"], tmp_path)]
    names = [one.id for one in load_rubric().dimensions]

    def write(level: int, *raters: str) -> str:
        path = tmp_path / "levels.csv"
        rows = [f"{rater},{code}," + ",".join([str(level)] * len(names)) for rater in raters for code in codes]
        path.write_text("\n".join([f"Rater,Code,{','.join(names)}", *rows]) + "\n", "utf-8")
        return str(path)

    run("ratings", made["id"], write(1, "Ann", "Ben"))
    told = run("agreement", made["id"]).output
    assert "can still change their levels: Ann, Ben" in told and "no longer rates alone" in told
    assert RatingStore(store, str).look(LOCAL_PERSON, made["id"], "ann")
    assert "levels: Ben. " in run("agreement", made["id"]).output
    whole = json.loads(run("agreement", made["id"], "--json").output)
    assert (whole["open"], whole["rating"]) == (True, ["Ben"])
    assert "Ann: 3 of 3 rated, has seen what the others said" in run("rounds").output
    run("ratings", made["id"], write(0, "Ann"), fails="Ann has seen what the others said")
    run("ratings", made["id"], write(0, "Ben", "Ann"), fails="nothing was changed")
    assert "3 answers rated by Ben" in run("ratings", made["id"], write(0, "Ben")).output
    run("close-round", made["id"])
    assert "can still change" not in run("agreement", made["id"]).output
    assert json.loads(run("agreement", made["id"], "--json").output)["rating"] == []


@pytest.mark.slow
def test_what_goes_with_a_round_is_counted_before(run: Run, store: Store, home: Path) -> None:
    keep_run(store, "run-one", 3)
    made = json.loads(run("round", EvaluationStore(store).list_runs()[0].id, "--json").output)["id"]
    ratings = RatingStore(store, str)
    code = ratings.read_round(made).entries[0].code
    ratings.put_ratings(LOCAL_PERSON, made, [Rating(code, rater, (("clear", 1),)) for rater in ("Ann", "Ben")])
    app = typer.Typer()
    rating.register(app)
    for answer in ("n\n", "y\n"):
        told = CliRunner().invoke(app, ["forget-round", made[:6], "--home", str(home)], input=answer)
        assert "All 2 ratings in it go (people who gave them: 2)" in told.output
        assert (told.exit_code, len(ratings.list_rounds())) == ((1, 1) if answer == "n\n" else (0, 0))


LONG = "Rater,Item,Dimension,Level\n" + "".join(
    f"{rater},{item},Citation,{level}\n"
    for item in range(12)
    for rater, level in (("Ann", item % 4), ("Ben", (item + item // 8) % 4))
)


def test_agreement_of_a_file_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(LONG + "Cy,1,Tone,3\n", "utf-8")
    app = typer.Typer()
    rating.register(app)
    result = CliRunner().invoke(app, ["agreement", str(path), "--home", str(tmp_path / "nowhere")])
    assert result.exit_code == 0, result.output
    assert "24 ratings of 12 answers by 2 raters: Ann, Ben" in result.output
    line = next(line for line in result.output.splitlines() if line.startswith("Citation "))
    assert line.split()[:4] == ["Citation", "12", "67%", "92%"] and "kappa 0.6" in line
    assert "row 14" not in result.output and "no dimension 'Tone'" in result.output
    assert not (tmp_path / "nowhere").exists()


def test_the_rubric_of_the_data_folder_is_the_one_that_counts(run: Run, home: Path, tmp_path: Path) -> None:
    (home / "rubric.toml").write_text(
        'title = "Ours"\n[[dimensions]]\nid = "tone"\ntitle = "Tone"\nlevels.1 = "Kind."\nlevels.0 = "Cold."\n', "utf-8"
    )
    path = tmp_path / "ratings.csv"
    path.write_text("Rater,Item,Tone\nAnn,1,1\nBen,1,0\n", "utf-8")
    assert [one["dimension"] for one in json.loads(run("agreement", str(path), "--json").output)["dimensions"]] == [
        "tone"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Rater,Item,Citation\nAnn,1,9\n", "row 2, Citation: “9” is no level of Citation"),
        ("Rater,Item,Citation\nAnn,1,\n", "No level is filled in"),
        ("a,b\n1,2\n", "names the columns"),
    ],
)
def test_a_file_without_ratings_ends_with_what_to_do(run: Run, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(content, "utf-8")
    run("agreement", str(path), fails=told)


def test_what_is_not_there_is_told(run: Run, store: Store, tmp_path: Path) -> None:
    run("agreement", str(tmp_path / "none.xlsx"), fails="cannot be read")
    run("agreement", "abc", fails="no round 'abc'")
    run("round", "abc", fails="no run 'abc'")
    keep_run(store, "run-one", 3)
    made = json.loads(run("round", EvaluationStore(store).list_runs()[0].id, "--json").output)
    run("agreement", made["id"], fails="No level is filled in")
    run("settle", made["id"], "XXXXX", "citation", "3", "--by", "A", fails="no answer 'XXXXX'")
    run("settle", made["id"], "XXXXX", "tone", "3", "--by", "A", fails="no dimension 'tone'")
    run("settle", made["id"], "XXXXX", "citation", "7", "--by", "A", fails="is no level of Citation")


def test_a_round_whose_run_was_deleted_says_so(run: Run, store: Store, tmp_path: Path) -> None:
    names = [keep_run(store, name, 3) for name in ("run-one", "run-two")]
    made = json.loads(run("round", *names, "--json").output)
    sheet = ("sheet", made["id"], "--rater", "Ann", "--out", str(tmp_path / "a.xlsx"))
    for name, told in zip(names, ("no run", "no round"), strict=True):
        EvaluationStore(store).delete_run(name)
        run(*sheet, fails=told)
