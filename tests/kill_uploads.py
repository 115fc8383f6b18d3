"""Kills a replacement or a removal at every write in turn: its name in, one JSON line for each kill point out.

As `kill_driver`, but through the thread that takes in what people hand over. Run by test_kill.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coach.accession import Accession
from coach.added import ADDED_FOLDER, AddedFiles
from coach.incoming import Incoming
from coach.ingest import Ingest
from coach.library import Library
from coach.records import Metadata
from coach.retrieval import Retriever
from coach.uploads import Limits, Uploads
from tests.fakes import DirectReader, WordEmbedder
from tests.kill_driver import CANARY, Countdown, examine, in_fork, verify

OLD = f"# Walks\n\nThe {CANARY} version was read before. It has two sentences.\n"
NEW = "# Walks\n\nThe newer version takes its place. It has three sentences. This is one.\n"
ME = "local"
LONG = 120.0


@contextmanager
def serving(home: Path) -> Iterator[tuple[Library, Uploads]]:
    """As the web server has them after its start."""
    library = Library(home, WordEmbedder())
    AddedFiles(home).level(library.store)
    index, _ = library.choose_index()
    retriever = Retriever(library.store, library.words, index, library.exact, library.embedder)
    incoming = Incoming(home)
    accession = Accession(library, retriever, DirectReader(), incoming)
    uploads = Uploads(accession, incoming, Limits(5, 20, 5), pause=0.01)
    try:
        yield library, uploads
    finally:
        uploads.close()
        retriever.close()
        library.close()


def prepare(home: Path) -> None:
    with serving(home) as (_, uploads):
        uploads.submit(ME, "old.md", OLD.encode(), Metadata(title="Walks"))
        assert uploads.wait_idle(LONG)


def change(home: Path, kind: str) -> str | None:
    """Do it, or go on with it; what went wrong."""
    with serving(home) as (library, uploads):
        old = next((card for card in library.store.list_documents() if card.name == "old.md"), None)
        if kind == "remove":
            if old is not None:
                uploads.remove(ME, old.id).result(LONG)
            return None
        interrupted = [upload for upload in uploads.list(ME) if upload.can_retry]
        if interrupted:
            uploads.retry(ME, interrupted[0].id)
        elif old is not None:
            uploads.submit(ME, "new.md", NEW.encode(), Metadata(title="Walks"), replaces=old.id)
        assert uploads.wait_idle(LONG)
        return next((upload.reason for upload in uploads.list(ME) if upload.phase != "done"), None)


def change_under_the_knife(home: Path, kind: str, countdown: Countdown) -> int:
    with serving(home) as (library, uploads):
        (old,) = library.store.list_documents()
        countdown.install()
        countdown.wrap(Path, "hardlink_to")
        countdown.wrap(Path, "touch")
        if kind == "remove":
            uploads.remove(ME, old.id).result(LONG)
        else:
            uploads.submit(ME, "new.md", NEW.encode(), Metadata(title="Walks"), replaces=old.id)
            assert uploads.wait_idle(LONG)
        return countdown.left


def look(home: Path) -> dict[str, Any]:
    """What a person would find: the documents, and whether the file of each is at its place."""
    library = Library(home, WordEmbedder())
    lost = [state.name for state in library.store.list_states() if not Path(state.path).is_file()]
    library.close()
    return {**examine(home), "lost": lost}


def ingest_added(home: Path) -> list[str]:
    """The documents after `coach ingest` of the folder, instead of a start of the server."""
    library = Library(home, WordEmbedder())
    AddedFiles(home).level(library.store)
    run = Ingest(library, DirectReader(), file_megabytes=5, notify=lambda progress: None)
    run.run([home / ADDED_FOLDER], allow_empty=True)
    names = [card.name for card in library.store.list_documents()]
    library.close()
    return names


def list_left(home: Path) -> list[str]:
    """Files that people handed over and that are on the disk."""
    folders = (home / "incoming", home / ADDED_FOLDER)
    return sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())


def kill_everywhere(kind: str, work: Path) -> None:
    start = work / "start"
    _, fault = in_fork(lambda: prepare(start))
    assert fault is None, fault
    for writes in range(1, 1000):
        home, other = work / f"home-{writes}", work / f"other-{writes}"
        shutil.copytree(start, home)
        # Paths are kept in the library: both runs must be at the place where it was made.
        start.rename(work / "aside")
        home.rename(start)
        killed, said = in_fork(
            lambda writes=writes: change_under_the_knife(start, kind, Countdown(writes))  # type: ignore[misc]
        )
        shutil.copytree(start, other)
        _, after = in_fork(lambda: look(start))
        _, again = in_fork(lambda: change(start, kind))
        _, final = in_fork(lambda: {**verify(start), "left": list_left(start)})
        shutil.rmtree(start)
        other.rename(start)
        _, ingested = in_fork(lambda: ingest_added(start))
        shutil.rmtree(start)
        (work / "aside").rename(start)
        line = {"writes": writes, "killed": killed, "said": said, "after": after, "again": again, "final": final}
        print(json.dumps({**line, "ingested": ingested}))
        if not killed:
            return
    raise SystemExit("the run never came through")


if __name__ == "__main__":
    kill_everywhere(sys.argv[1], Path(sys.argv[2]))
