"""Kills an ingest at every write in turn: a folder in, one JSON line for each kill point out. Run by test_kill.

A write is each statement that changes the database, each commit, each file that is created, flushed, renamed or removed,
and each change of the vector index. The process gets SIGKILL just before the n-th, for n = 1, 2, 3 ... until a run comes
through. Each run is a fork of this process, which has everything imported and no library open.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coach.privacy import silence_libraries

silence_libraries()

import chromadb  # noqa: E402
from chromadb.api.models.Collection import Collection  # noqa: E402
from sqlalchemy import Engine, event  # noqa: E402

from coach.ingest import Ingest  # noqa: E402
from coach.library import Library  # noqa: E402
from tests.fakes import DirectReader, WordEmbedder  # noqa: E402

CANARY = "zebracanary4713"
_CHANGING = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "VACUUM", "PRAGMA WAL")


class Countdown:
    """Kills this process before the n-th write."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def write(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(self, holder: Any, name: str) -> None:
        original = getattr(holder, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            self.write()
            return original(*arguments, **options)

        setattr(holder, name, counted)

    def install(self) -> None:
        for holder, names in (
            (os, ("fsync",)),
            (tempfile, ("mkstemp",)),
            (Path, ("replace", "unlink", "write_text", "mkdir")),
            (shutil, ("rmtree",)),
            (chromadb, ("PersistentClient",)),
            (Collection, ("upsert", "delete")),
        ):
            for name in names:
                self.wrap(holder, name)

        def on_statement(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if statement.lstrip().upper().startswith(_CHANGING):
                self.write()

        event.listen(Engine, "before_cursor_execute", on_statement)
        event.listen(Engine, "commit", lambda connection: self.write())


def bring_level(home: Path, corpus: Path) -> None:
    library = Library(home, WordEmbedder())
    try:
        Ingest(library, DirectReader(), file_megabytes=5, notify=lambda progress: None).run([corpus], allow_empty=True)
    finally:
        library.close()


def in_fork(work: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether the work was killed, and what it gave."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            value = work()
            os.write(writing, json.dumps(value).encode())
            os._exit(0)
        except BaseException as error:
            os.write(writing, json.dumps({"error": repr(error)}).encode())
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as source:
        said = source.read()
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), json.loads(said) if said else None


def examine(home: Path) -> dict[str, Any]:
    """What a person would find after the crash: the documents, and every part of them that is not whole."""
    library = Library(home, WordEmbedder())
    texts = {card.name: library.store.read_text(card.id) for card in library.store.list_documents()}
    # The vector index may lag behind and the bytes of a document that never came to be may lie about: both are mended
    # by the next ingest. The database, words, vectors and passages are never half there.
    faults = [f.message for f in library.verify() if not f.sound and f.part not in ("index", "originals")]
    missing = [state.name for state in library.store.list_states() if not library.originals.is_sound(state.id)]
    library.close()
    return {"texts": texts, "faults": faults, "missing": missing}


def verify(home: Path) -> dict[str, Any]:
    library = Library(home, WordEmbedder())
    faults = [finding.message for finding in library.verify() if not finding.sound]
    texts = {card.name: library.store.read_text(card.id) for card in library.store.list_documents()}
    library.close()
    canaries = sum(path.read_bytes().count(CANARY.encode()) for path in home.rglob("*") if path.is_file())
    return {"texts": texts, "faults": faults, "canaries": canaries}


def kill_everywhere(start: Path | None, corpus: Path, work: Path) -> None:
    """One line for each kill point."""
    for writes in range(1, 1000):
        home = work / f"home-{writes}"
        if start is not None:
            shutil.copytree(start, home)

        def run(home: Path = home, writes: int = writes) -> int:
            countdown = Countdown(writes)
            countdown.install()
            bring_level(home, corpus)
            return countdown.left

        killed, said = in_fork(run)
        _, after = in_fork(lambda home=home: examine(home))  # type: ignore[misc]
        _, again = in_fork(lambda home=home: bring_level(home, corpus))  # type: ignore[misc]
        _, final = in_fork(lambda home=home: verify(home))  # type: ignore[misc]
        print(
            json.dumps(
                {"writes": writes, "killed": killed, "said": said, "after": after, "again": again, "final": final}
            )
        )
        shutil.rmtree(home)
        if not killed:
            return
    raise SystemExit("the run never came through")


if __name__ == "__main__":
    home, folder, workplace = (Path(argument) for argument in sys.argv[1:4])
    kill_everywhere(home if home.is_dir() else None, folder, workplace)
