"""`coach eval`: sheets, sets, runs, comparisons, gates and reports, from the command line, on the starter texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from coach.answerability import Answerability, load_answerability
from coach.assembly import open_store
from coach.cli import app
from coach.errors import CoachError, UsageError
from coach.evaluation.running import Runner
from coach.settings import Settings
from coach.store.evaluations import EvaluationStore
from evals.answering import fill_library
from tests.conftest import ROOT

SHEET = (
    "ID;Role;Question;Answerable;Must mention;Type\n"
    "1;principal;Which districts took part in the study?;Y;Atlanta;fact\n"
    "2;trainer;How many minutes should a walkthrough last?;N;;near_miss\n"
    "\n"
    "3;central office;“Who” leads instruction?;yes;;they_say\n"
    ";;;;;\n"
    "4;principal;;Y;no question here;fact\n"
)
Call = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "home"
    fill_library(ROOT / "corpus", folder)
    return folder


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path, fails: type[BaseException] | None = None, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["eval", *map(str, words), "--home", str(home)])
        if fails is not None:
            assert isinstance(result.exception, fails), result.output
        else:
            assert result.exit_code == code, result.output + repr(result.exception)
        return result

    return run


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "autumn.csv"
    path.write_bytes(SHEET.encode("cp1252"))
    return path


@pytest.mark.slow
def test_a_sheet_becomes_a_set_and_every_row_is_told_of(call: Call, sheet: Path, tmp_path: Path) -> None:
    preview = call("import", sheet, "--preview").output
    assert "Question" in preview and "row 7" in preview and "Kept as" not in preview
    told = call("import", sheet, "--name", "Imported").output
    assert "version 1 of the set “Imported”" in told
    assert "There already" in call("import", sheet, "--name", "Imported").output
    shown = json.loads(call("show", "Imported", "--json").output)
    assert [item["question"] for item in shown["items"]][:2] == [
        "Which districts took part in the study?",
        "How many minutes should a walkthrough last?",
    ]
    assert [item["outcomes"] for item in shown["items"][:3]] == [["answered"], ["not_in_sources"], ["answered"]]
    assert shown["items"][2]["role"] == "central_office"
    for ending in (".xlsx", ".csv", ".jsonl"):
        out = tmp_path / f"out{ending}"
        call("export", "Imported", "--out", out)
        assert "There already, as version 1" in call("import", out, "--name", "Imported").output
    call("export", "Imported", "--out", tmp_path / "ragas.jsonl", "--ragas")
    first = json.loads((tmp_path / "ragas.jsonl").read_text("utf-8").splitlines()[0])
    assert first["user_input"] == "Which districts took part in the study?"
    assert "is locked" in call("lock", "Imported").output
    assert "Imported" in call("sets").output
    call("export", "Imported", "--out", tmp_path / "x.pdf", fails=UsageError)
    call("import", tmp_path / "none.csv", fails=CoachError)
    call("show", "Nothing", fails=CoachError)


@pytest.mark.slow
def test_a_sheet_never_overwrites_what_an_open_set_holds(call: Call, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("id,question\n1,What is leadership?\n2,Who leads?\n", "utf-8")
    second.write_text("id,question\n9,Something else?\n", "utf-8")
    call("import", first, "--name", "Shared")
    assert "version 2" in call("import", second, "--name", "Shared").output
    assert len(json.loads(call("show", "Shared", "--json").output)["items"]) == 1
    assert len(json.loads(call("show", "Shared", "--version", "1", "--json").output)["items"]) == 2


def test_a_part_or_type_that_no_question_has_is_told_with_those_that_there_are(call: Call, sheet: Path) -> None:
    told = call("run", sheet, "--type", "facts", fails=CoachError).exception
    assert "Types: fact, near_miss, they_say." in str(told) and "Parts: none." in str(told)


def test_what_a_run_is_to_be_compared_with_is_looked_for_before_anything_is_asked(call: Call, sheet: Path) -> None:
    count = len(json.loads(call("runs", "--json").output))
    call("run", sheet, "--fresh", "--against", "nothing", fails=CoachError)
    assert len(json.loads(call("runs", "--json").output)) == count


@pytest.mark.slow
def test_drafts_are_passages_that_nothing_covers(call: Call) -> None:
    assert "3 drafts in version 1" in call("draft", "Drafts", "--count", "3").output
    items = json.loads(call("show", "Drafts", "--json").output)["items"]
    assert all(item["status"] == "draft" and not item["question"] and item["sources"] for item in items)
    call("run", "Drafts", fails=CoachError)
    call("draft", "Drafts", "--count", "3")
    more = json.loads(call("show", "Drafts", "--json").output)["items"]
    quotes = [item["sources"][0][0]["quote"] for item in more]
    assert len(quotes) == 6 == len(set(quotes))


@pytest.mark.slow
def test_a_run_is_scored_reported_and_compared(call: Call, sheet: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    told = call("run", sheet, "--out", first, "--title", "Before").output
    assert "3 answers did what was asked" in told and "Report:" in told
    call("run", sheet, "--out", second, "--title", "After")
    assert {path.name for path in first.iterdir()} == {"run.json", "results.jsonl", "report.html", "report.xlsx"}
    html = (first / "report.html").read_text("utf-8")
    assert "Which districts took part in the study?" in html and "<script" not in html
    assert "Which districts took part in the study?" in {
        cell.value for page in load_workbook(second / "report.xlsx") for row in page for cell in row
    }
    compared = call("compare", first, second).output
    assert "No clear difference" in compared
    runs = {one["title"]: one["id"] for one in json.loads(call("runs", "--json").output)}
    as_values = json.loads(call("compare", runs["Before"][:10], second, "--json").output)
    assert as_values["after"]["title"] == "After" and len(as_values["items"]) >= 3
    out = tmp_path / "again.html"
    call("report", runs["After"], "--out", out, "--against", runs["Before"])
    assert "Before" in out.read_text("utf-8")
    call("report", runs["After"], "--out", tmp_path / "report.pdf", fails=UsageError)
    call("compare", runs["After"], tmp_path / "nowhere", fails=CoachError)


@pytest.mark.slow
def test_a_stopped_run_goes_on(call: Call, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = Runner._ask

    def ask_two(runner: Runner, item: object) -> object:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(item.id)  # type: ignore[attr-defined]
        return ask(runner, item)  # type: ignore[arg-type]

    monkeypatch.setattr(Runner, "_ask", ask_two)
    call("run", sheet, "--title", "Stopped", "--fresh", fails=SystemExit, code=130)
    (card, *_) = json.loads(call("runs", "--json").output)
    assert (card["title"], card["state"], card["done"]) == ("Stopped", "stopped", 2)
    monkeypatch.undo()
    told = call("run", sheet).output
    assert "“Stopped”" in told and "all" in told
    assert [one["title"] for one in json.loads(call("runs", "--json").output)].count("Stopped") == 1


@pytest.mark.slow
def test_a_gate_ends_with_the_code_that_says_so(call: Call, sheet: Path, tmp_path: Path) -> None:
    call("run", sheet, "--out", tmp_path / "run", "--title", "Gated")
    run_id = json.loads(call("runs", "--json").output)[0]["id"]
    call("baseline", run_id, "--out", tmp_path / "baseline.jsonl")
    loose, strict = tmp_path / "loose.toml", tmp_path / "strict.toml"
    loose.write_text('[thresholds]\npassed = 0.1\n[not_worse]\nbaseline = "baseline.jsonl"\n', "utf-8")
    strict.write_text("[thresholds]\npassed = 1.0\nmrr = 1.0\n", "utf-8")
    call("gate", run_id, "--gate", loose)
    call("gate", tmp_path / "run", "--gate", strict, code=1)
    verdict = json.loads(call("gate", run_id, "--gate", strict, "--json", code=1).output)
    assert verdict["passed"] is False
    call("gate", run_id, "--gate", tmp_path / "none.toml", fails=UsageError)


@pytest.mark.slow
def test_a_run_is_held_to_what_its_own_set_asks_for_where_no_file_is_named(
    call: Call, sheet: Path, home: Path, tmp_path: Path
) -> None:
    call("import", sheet, "--name", "Gated set")
    call("run", "Gated set", "--title", "Not gated")
    with open_store(Settings(home=home, cache=tmp_path / "cache")) as store:
        sets = EvaluationStore(store)
        (card,) = [one for one in sets.list_runs() if one.title == "Not gated"]
        body = {"thresholds": {"passed": 1.0, "mrr": 1.0}, "not_worse": {"run": card.id}}
        sets.put_gate(card.set_id, body)
    told = call("run", "Gated set", "--title", "Gated by its set", "--fresh", code=1).output
    assert "The gate is not passed." in told and "not_worse.passed" in told
    call("gate", card.id, code=1)
    out = tmp_path / "report.html"
    call("report", card.id, "--out", out)
    assert "The gate is not passed." in out.read_text("utf-8")
    # What is asked of the whole set is not asked of a part of it.
    told = call("run", "Gated set", "--title", "A part", "--fresh", "--type", "near_miss").output
    assert "gate" not in told
    # A file that is named takes its place, and may name a kept run as well.
    loose = tmp_path / "loose.toml"
    loose.write_text(f'[thresholds]\npassed = 0.1\n[not_worse]\nrun = "{card.id[:10]}"\n', "utf-8")
    call("run", "Gated set", "--fresh", "--gate", loose)
    call("gate", card.id, "--gate", loose)
    call("forget", card.id, "--yes")
    assert "run to compare with is gone" in call("run", "Gated set", "--fresh", "--gate", loose, code=1).output


@pytest.mark.slow
def test_what_is_deleted_is_gone(call: Call, sheet: Path) -> None:
    call("run", sheet, "--title", "To go", "--fresh")
    (card, *_) = json.loads(call("runs", "--json").output)
    call("forget", card["id"][:8], "--yes")
    assert card["id"] not in {one["id"] for one in json.loads(call("runs", "--json").output)}
    call("import", sheet, "--name", "Short-lived")
    call("delete", "Short-lived", "--yes")
    assert "Short-lived" not in call("sets").output


@pytest.mark.slow
def test_the_starter_set_passes_its_gate_and_a_broken_setting_does_not(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter, gate = ROOT / "evals" / "starter.jsonl", ROOT / "evals" / "gate.toml"
    told = call("run", starter, "--gate", gate, "--title", "As shipped")
    assert "128" in told.output

    def answer_everything(with_reader: bool) -> Answerability:
        return replace(load_answerability(with_reader), answered=0.0, partial=0.0)

    monkeypatch.setattr("coach.assembly.load_answerability", answer_everything)
    broken = call("run", starter, "--gate", gate, "--title", "Broken", "--fresh", code=1).output
    assert "declin" in broken
