"""Coach for other programs and as a package: the LangChain retriever, the README's snippets, the wheel, no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from coach.library import Library
from tests.conftest import ROOT, RunIngest
from tests.test_answers import make_assistant

README = ROOT / "README.md"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_retriever_gives_documents_with_offsets(library: Library, corpus: Path, ingest: RunIngest) -> None:
    from coach.langchain_retriever import CoachRetriever

    ingest(library, corpus)
    retriever = CoachRetriever(assistant=make_assistant(library), k=2)
    documents = retriever.invoke("Who answers the telephone?")
    assert len(documents) == 2
    for document in documents:
        text = library.store.read_text(document.metadata["document_id"])
        assert text is not None
        assert text[document.metadata["start"] : document.metadata["end"]] == document.page_content
        assert document.metadata["label"] and document.metadata["document"]


@pytest.mark.slow
def test_the_snippet_of_the_readme_runs(tmp_path: Path) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    assert len(snippet.strip().splitlines()) <= 6
    environment = {**os.environ, "COACH_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "coach", "ingest"], env=environment, check=True, capture_output=True)
    result = subprocess.run([sys.executable, "-c", snippet], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "learning-" in result.stdout


def test_the_readme_opens_with_its_commands() -> None:
    commands = re.findall(r"^```sh\n(.*?)```", README.read_text("utf-8"), re.S | re.M)
    assert [line.split("#")[0].strip() for line in commands[0].strip().splitlines()] == ["make run", "make test", "make quick"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", README.read_text("utf-8"), re.M):
        assert f"\n{target}:" in makefile, f"the README names make {target}"


@pytest.mark.slow
def test_the_answer_in_the_readme_is_the_answer(tmp_path: Path) -> None:
    readme = README.read_text("utf-8")
    (question,) = re.findall(r'^\$ coach ask "(.+)"$', readme, re.M)
    shown = readme.split(f'"{question}"\n', 1)[1].split("```", 1)[0]
    environment = {**os.environ, "COACH_HOME": str(tmp_path), "COLUMNS": "120"}
    for arguments in (["ingest"], ["ask", question]):
        result = subprocess.run(
            [sys.executable, "-m", "coach", *arguments], env=environment, capture_output=True, text=True, check=True
        )
    assert result.stdout.split() == shown.split()


def test_every_file_that_the_readme_names_is_there() -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", README.read_text("utf-8")):
        assert (ROOT / name).exists(), name


def test_the_starter_texts_are_described() -> None:
    import tomllib

    for path in sorted((ROOT / "corpus").glob("*.txt")):
        metadata = tomllib.loads(path.with_name(path.name + ".meta.toml").read_text("utf-8"))
        assert metadata["title"] and metadata["authors"] and metadata["rights"] and metadata["evidence"]
        assert path.name in (ROOT / "corpus" / "README.md").read_text("utf-8")


def test_the_locks_pin_what_the_package_asks_for() -> None:
    pins = dict(
        re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[a-z]+\])?==(\S+)$", (ROOT / "requirements.lock").read_text("utf-8"), re.M)
    )
    assert pins["torch"] == "2.13.0"
    import tomllib

    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for requirement in wanted:
        name = re.split(r"[\[<>=]", requirement)[0].lower()
        assert name in {pin.lower() for pin in pins}, f"{name} is not locked"
    everything = (ROOT / "requirements-dev.lock").read_text("utf-8")
    assert all(f"{name}=={version}" in everything for name, version in pins.items())
    assert "://" not in everything and "@" not in everything


@pytest.mark.slow
def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*.egg-info", ".*_cache", "tests", "evals")
    shutil.copytree(ROOT, source, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("coach-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert "coach/prompt_files/wording.toml" in names and "coach/answerability.json" in names
    assert {"coach/web/static/page.css", "coach/web/templates/exchange.html"} <= set(
        names
    ) and "coach/store/migrations/versions/0001_library.py" in names
    assert {"coach/evaluation/reports/templates/report.html", "coach/evaluation/reports/templates/report.css"} <= set(names)
    assert not any("learning-" in name for name in names), "study texts are in the package"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "COACH_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "coach", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)

    refused = run("ingest")
    assert refused.returncode == 1 and "coach ingest FOLDER" in refused.stderr
    assert "2 added" in run("ingest", str(ROOT / "corpus")).stdout
    assert "[1]" in run("ask", "What is instructional leadership?").stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare to cut the network")
def test_the_whole_path_works_with_the_network_cut(tmp_path: Path) -> None:
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("This machine does not let a process cut its own network.")
    environment = {**os.environ, "COACH_HOME": str(tmp_path / "home"), "COACH_CACHE": str(tmp_path / "cache")}

    def run(*arguments: str) -> str:
        command = ["unshare", "-n", sys.executable, "-m", "coach", *arguments]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "2 added" in run("ingest"), "the export of the model is made offline too"
    assert "[1]" in run("ask", "What is instructional leadership?")
