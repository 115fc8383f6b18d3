"""kill -9 at every write: each document is whole or absent, and the next ingest completes the work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import kill_uploads
from tests.conftest import ROOT
from tests.kill_driver import CANARY, bring_level

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")]

OLD = {
    "a.txt": "The first text of all. It has two sentences.\n",
    "b.txt": f"The {CANARY} text goes away again.\n",
    "c.txt": "This text stays as it is.\n",
}
NEW = {
    "a.txt": "The first text was changed. It has three sentences. This is one.\n",
    "c.txt": "This text stays as it is.\n",
    "d.txt": "This text is new here.\n",
}


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, words in files.items():
        (folder / name).write_text(words, "utf-8")
    return folder


def drive(module: str, work: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    work.mkdir()
    # One thread of every library: a fork takes only the thread that asked for it.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments), str(work)],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=900,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
    return [json.loads(line) for line in result.stdout.splitlines()]


def check(points: list[dict[str, Any]], before: dict[str, str], after: dict[str, str]) -> None:
    assert [point["killed"] for point in points] == [True] * (len(points) - 1) + [False]
    assert len(points) > 20, "too few writes were seen to mean anything"
    for point in points:
        where = f"killed before write {point['writes']}"
        assert "error" not in point["after"], f"{where}: {point['after']}"
        assert point["after"]["faults"] == [] and point["after"]["missing"] == [], f"{where}: {point['after']}"
        for name, words in point["after"]["texts"].items():
            assert words in {before.get(name), after.get(name)}, f"{where}: {name} is half there"
        assert point["again"] is None, f"{where}: the next ingest said {point['again']}"
        assert point["final"] == {"texts": after, "faults": [], "canaries": 0}, f"{where}: {point['final']}"
    print(f"{len(points) - 1} kill points, 0 documents half there")


def test_killed_while_a_library_changes(tmp_path: Path) -> None:
    corpus, home = write_folder(tmp_path / "corpus", OLD), tmp_path / "home"
    bring_level(home, corpus)
    for path in corpus.iterdir():
        path.unlink()
    for name, words in NEW.items():
        (corpus / name).write_text(words, "utf-8")
    check(drive("tests.kill_driver", tmp_path / "kills", home, corpus), OLD, NEW)


def test_killed_while_a_library_is_made(tmp_path: Path) -> None:
    new = write_folder(tmp_path / "new", NEW)
    check(drive("tests.kill_driver", tmp_path / "kills", tmp_path / "none", new), {}, NEW)


@pytest.mark.parametrize(
    ("kind", "before", "after", "left"),
    [
        ("replace", {"old.md": kill_uploads.OLD}, {"new.md": kill_uploads.NEW}, ["new.md", "new.md.meta.toml"]),
        ("remove", {"old.md": kill_uploads.OLD}, {}, []),
    ],
)
def test_killed_while_a_document_is_changed(
    tmp_path: Path, kind: str, before: dict[str, str], after: dict[str, str], left: list[str]
) -> None:
    """The one or the other state, never both and never neither, however the work is taken up again."""
    points = drive("tests.kill_uploads", tmp_path / "kills", kind)
    assert [point["killed"] for point in points] == [True] * (len(points) - 1) + [False]
    assert len(points) > 10, "too few writes were seen to mean anything"
    for point in points:
        where = f"killed before write {point['writes']}: {point}"
        found = point["after"]
        assert found["faults"] == [] and found["missing"] == [] and found["lost"] == [], where
        assert found["texts"] in (before, after), where
        assert point["ingested"] in (list(before), list(after)), where
        assert point["again"] is None, where
        kept = [name for name in point["final"].pop("left") if not name.startswith(".")]
        assert kept == left and point["final"] == {"texts": after, "faults": [], "canaries": 0}, where
    assert any(point["after"]["texts"] == before for point in points[:-1])
    assert any(point["after"]["texts"] == after for point in points[:-1])
    print(f"{len(points) - 1} kill points while a document is changed ({kind})")
