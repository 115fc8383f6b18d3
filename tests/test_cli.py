"""The command line as a person meets it: real processes, real exit codes, no traceback for what a person can cause."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coach.cli import app
from coach.lock import hold_library
from tests.conftest import ROOT

COMMANDS = [
    "ingest",
    "ask",
    "search",
    "chat",
    "serve",
    "plan",
    "plans",
    "practices",
    "protocols",
    "commitments",
    "conversations",
    "share",
    "people",
    "eval",
    "coverage",
    "doctor",
    "library",
    "model",
]


def coach(*arguments: str, home: Path, check: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COACH_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "120", **more}
    result = subprocess.run(
        [sys.executable, "-m", "coach", *arguments], capture_output=True, text=True, env=environment, timeout=300
    )
    assert "Traceback" not in result.stderr, result.stderr
    if check is not None:
        assert result.returncode == check, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the starter texts, made by the command itself with the real model."""
    folder = tmp_path_factory.mktemp("coach") / "home"
    result = coach("ingest", home=folder)
    assert "2 added" in result.stdout
    return folder


@pytest.mark.slow
def test_ingest_again_finds_nothing_to_do(home: Path) -> None:
    assert "2 unchanged" in coach("ingest", home=home).stdout
    report = json.loads(coach("ingest", str(ROOT / "corpus"), "--json", home=home).stdout)
    assert report["counts"]["unchanged"] == 2 and report["clean"]


@pytest.mark.slow
def test_ask_answers_with_the_words_and_where_they_stand(home: Path) -> None:
    text = coach("ask", "What is learning-focused leadership?", home=home).stdout
    assert "[1]" in text and "Sources" in text and "characters" in text


@pytest.mark.slow
def test_search_keeps_to_a_document_and_says_how_a_word_was_read(home: Path) -> None:
    name = "learning-focused-leadership-entry.txt"
    found = json.loads(coach("search", "learning walks", "--document", name, "--json", "-k", "5", home=home).stdout)
    assert found and {one["document"] for one in found} == {name}
    assert "“leadreship” as “leadership”" in coach("search", "leadreship", "-k", "1", home=home).stdout
    wrong = coach("search", "walks", "--document", "learning-focused-leadership.txt", home=home, check=None)
    assert wrong.returncode != 0 and name in wrong.stderr.replace("\n", "")


@pytest.mark.slow
def test_ask_as_json_quotes_the_file_exactly(home: Path) -> None:
    value = json.loads(
        coach("ask", "Which districts were in the study?", "--json", "--role", "trainer", home=home).stdout
    )
    assert value["outcome"] == "answered" and value["citations"]
    for citation in value["citations"]:
        source = (ROOT / "corpus" / citation["document"]).read_bytes().decode("utf-8")
        assert source[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.slow
def test_what_is_near_is_named_and_what_is_far_is_not(home: Path) -> None:
    question = "What are the five dimensions of central office transformation?"
    near = json.loads(coach("ask", question, "--json", home=home).stdout)
    assert near["outcome"] == "not_in_sources" and near["missing"] == ["a list of the five dimensions"]
    assert near["nearest"] and near["nearest"][0].startswith("In Learning")
    assert near["citations"], "what is near can be opened"
    assert any("Central Office Transformation for District-wide" in one["text"] for one in near["statements"])
    far = json.loads(coach("ask", "how", "do", "I", "fix", "a", "bicycle", "--json", home=home).stdout)
    assert far["outcome"] == "not_in_sources" and far["nearest"] == []


@pytest.mark.slow
def test_a_terminal_that_is_not_utf8_is_served(home: Path) -> None:
    question = "What is instructional leadership?"
    assert "[1]" in coach("ask", question, home=home, PYTHONIOENCODING="ascii", PYTHONUTF8="0").stdout
    value = json.loads(coach("ask", question, "--json", home=home, PYTHONIOENCODING="ascii", PYTHONUTF8="0").stdout)
    assert "\u201c" in value["citations"][0]["quote"], "JSON keeps every character"


@pytest.mark.slow
def test_search_shows_passages(home: Path) -> None:
    values = json.loads(coach("search", "Atlanta and Oakland", "-k", "3", "--json", home=home).stdout)
    assert len(values) == 3 and "Atlanta" in values[0]["text"]
    assert {"label", "document", "title", "page", "section", "text", "score"} <= values[0].keys()
    assert "Atlanta" in coach("search", "Atlanta and Oakland", home=home).stdout


@pytest.mark.slow
def test_a_batch_is_answered(home: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "1", "question": "Who supports leaders?"}\n', "utf-8")
    result = coach("ask", "--batch", str(source), "--out", str(out), home=home)
    assert "1 answered" in result.stderr
    assert json.loads(out.read_text("utf-8"))["question"] == "Who supports leaders?"


@pytest.mark.slow
def test_the_library_can_be_listed_shown_verified_rebuilt_and_emptied(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("Words on walks. They are short.", "utf-8")
    coach("ingest", str(folder), home=own)
    assert "a.txt" in coach("library", "list", home=own).stdout
    shown = json.loads(coach("library", "show", "a.txt", "--json", home=own).stdout)
    assert shown["passage_list"][0]["text"].startswith("Words on walks")
    assert "ok  index" in coach("library", "verify", home=own).stdout
    assert "made anew from 1 passages" in coach("library", "rebuild", home=own).stdout
    assert "Removed a.txt" in coach("library", "remove", "a.txt", "--yes", home=own).stdout
    assert json.loads(coach("library", "list", "--json", home=own).stdout) == []
    assert "no documents yet" in coach("ask", "Anything at all?", home=own, check=1).stderr


@pytest.mark.slow
def test_doctor_finds_nothing_wrong(home: Path) -> None:
    findings = json.loads(coach("doctor", "--json", home=home).stdout)
    parts = ["program", "search", "wording", "folder", "model", "library", "writing"]
    assert [finding["part"] for finding in findings] == parts
    assert all(finding["sound"] for finding in findings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ask"], 2, "Give a question"),
        (["ask", "x y", "--role", "king"], 2, "known are principal"),
        (["ask", "  ?! "], 2, "The question is empty"),
        (["ask", "--batch", "none.jsonl", "--out", "o.jsonl"], 2, "cannot be read"),
        (["ask", "x" * 5000], 2, "4,000 is the most"),
        (["ingest", "no/such/folder"], 1, "no file or folder"),
        (["library", "show", "nothing.pdf"], 1, "no single document"),
        (["serve", "--port", "99999"], 2, "65535"),
        (["nonsense"], 2, "nonsense"),
        (["ask", "--batch", "none.jsonl", "--out", "/"], 2, "cannot be read"),
    ],
)
def test_what_a_person_can_cause_ends_in_a_message(home: Path, arguments: list[str], code: int, told: str) -> None:
    assert told in coach(*arguments, home=home, check=code).stderr


@pytest.mark.slow
def test_another_model_is_noticed_at_start(home: Path) -> None:
    result = coach("ask", "Who leads?", home=home, check=1, COACH_EMBEDDING="no-such-model")
    assert "cannot be loaded" in result.stderr and "COACH_ALLOW_DOWNLOAD" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COACH_READERS", "²"),
        ("COACH_FILE_MEGABYTES", "9" * 5000),
        ("COACH_FILE_SECONDS", "99999999999999"),
        ("COACH_HOME", "~nobody-of-that-name/x"),
    ],
)
def test_an_absurd_setting_is_named(name: str, value: str) -> None:
    environment = {**os.environ, name: value}
    result = subprocess.run([sys.executable, "-m", "coach", "doctor"], capture_output=True, text=True, env=environment)
    assert result.returncode == 2 and "Traceback" not in result.stderr and result.stderr.startswith("coach: ")


@pytest.mark.slow
def test_names_with_brackets_are_shown_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "Report [draft].txt").write_text("A title with [/b] in it\n\nWords on walks.\n", "utf-8")
    assert "Report [draft].txt: added" in coach("ingest", str(folder), home=tmp_path / "home").stdout
    assert "[/b]" in coach("library", "list", home=tmp_path / "home").stdout
    assert (
        "Removed Report [draft].txt"
        in coach("library", "remove", "Report [draft].txt", "--yes", home=tmp_path / "home").stdout
    )


@pytest.mark.slow
def test_a_second_writer_is_refused_while_a_reader_is_not(home: Path) -> None:
    with hold_library(home, "coach serve, port 7860"):
        result = coach("ingest", home=home, check=1)
        assert "open for writing in `coach serve, port 7860`" in result.stderr
        assert "[1]" in coach("ask", "What is instructional leadership?", home=home).stdout


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    assert "coach:" in coach("ingest", home=tmp_path / "file" / "home", check=1).stderr
    assert "coach:" in coach("ask", "Who leads?", home=tmp_path / "file" / "home", check=1).stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_helps(command: str) -> None:
    assert f"coach {command}" in (ROOT / "README.md").read_text("utf-8")
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


def test_the_default_corpus_of_a_package_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import coach as package
    from coach.cli.ingesting import find_default_corpus
    from coach.errors import CoachError

    monkeypatch.setattr(package, "__file__", str(tmp_path / "site" / "coach" / "__init__.py"))
    with pytest.raises(CoachError, match="coach ingest FOLDER"):
        find_default_corpus()
