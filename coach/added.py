"""The folder of documents that people handed over: bytes and metadata in, a file with its place in `HOME/added` out.

Each lies in a folder named for its content, `added/<document id>/<name>`, so that two files of one name stand side by side
and `coach ingest HOME/added` finds every one of them. While a change is made, a mark names the folders that it touches:
whoever opens the library next clears those whose document did not come to be, or is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from coach.files import is_within
from coach.library import Library
from coach.metadata import find_metadata_file, read_metadata_file, write_metadata_file, write_whole
from coach.originals import DOCUMENT_ID
from coach.records import DocumentCard, Metadata
from coach.store.store import Store

ADDED_FOLDER = "added"
_MARKS = ".changing"
_RECORD = ".added.json"


class AddedFiles:
    """The files of one library that came by being handed over."""

    def __init__(self, home: Path) -> None:
        self.folder = home / ADDED_FOLDER

    def holds(self, path: str) -> bool:
        """Whether a document's file lies here, so that it is ours to change and to remove."""
        return is_within(path, [self.folder])

    def choose_path(self, document_id: str, name: str) -> Path:
        """Where the file of a document belongs."""
        return self.folder / document_id / name

    def put(self, source: Path, path: Path, metadata: Metadata, person: str) -> None:
        """Lay a file at its place, with what is stated of it and who brought it. The source stays where it is.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
            UnreadableFile: the metadata cannot be written.
        """
        shutil.rmtree(path.parent, ignore_errors=True)  # of an earlier try
        path.parent.mkdir(parents=True, mode=0o700)
        try:
            path.hardlink_to(source)
        except OSError:  # a file system without links
            shutil.copyfile(source, path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_whole(path.parent / _RECORD, json.dumps({"person": person, "at": now, "size": path.stat().st_size}))
        write_metadata_file(path, metadata)
        _flush_folder(path.parent)

    def read_metadata(self, path: Path) -> Metadata:
        """What is stated of a file here."""
        return read_metadata_file(find_metadata_file(path))

    def measure(self, person: str) -> int:
        """Bytes of the files that somebody brought and that are still here."""
        return sum(size for owner, size in self._iterate_records() if owner == person)

    def _iterate_records(self) -> Iterator[tuple[str, int]]:
        for record in self.folder.glob(f"*/{_RECORD}"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                facts = json.loads(record.read_text("utf-8"))
                yield str(facts["person"]), int(facts["size"])

    @contextmanager
    def changing(self, store: Store, *document_ids: str) -> Iterator[None]:
        """Around a change of some documents: afterwards, or after a crash, only those that are in the library have files."""
        marks = self.folder / _MARKS
        marks.mkdir(parents=True, exist_ok=True, mode=0o700)
        for document_id in document_ids:
            (marks / document_id).touch()
        _flush_folder(marks)
        try:
            yield
        finally:
            self.level(store)

    def level(self, store: Store) -> None:
        """Clear the folders of those documents that a change touched and that the library does not have from here."""
        marks = self.folder / _MARKS
        if not marks.is_dir():
            return
        here = {state.id for state in store.list_states() if self.holds(state.path)}
        for mark in list(marks.iterdir()):
            if mark.name not in here and DOCUMENT_ID.fullmatch(mark.name):
                shutil.rmtree(self.folder / mark.name, ignore_errors=True)
            mark.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Names on the disk, where the system lets a folder be flushed."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def take_out(library: Library, card: DocumentCard) -> None:
    """Remove a document, with its file where that was handed over to us; the index is to be settled afterwards."""
    with AddedFiles(library.home).changing(library.store, card.id):
        library.store.remove_document(card.id)


def name_what_stays(library: Library, card: DocumentCard) -> str:
    """Of a document that was removed: that its file is still there, where it is not ours; else nothing."""
    if AddedFiles(library.home).holds(card.path) or not Path(card.path).exists():
        return ""
    return (
        f"The file of {card.name} is still in {Path(card.path).parent}: the next `coach ingest` of that folder would add it "
        "again."
    )
