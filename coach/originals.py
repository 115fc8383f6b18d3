"""Keeps the bytes that documents were read from, each under the hash of its content: bytes in, bytes out."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from coach.errors import CoachError

DOCUMENT_ID = re.compile(r"[0-9a-f]{64}")
"""An id is the SHA-256 of a document's bytes."""


class Originals:
    """Content-addressed files in one folder; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, document_id: str) -> Path:
        return self._folder / document_id[:2] / document_id

    def put(self, document_id: str, data: bytes) -> None:
        """Keep a document's bytes. They are on the disk when this returns."""
        if self.is_sound(document_id):
            return
        path = self._path(document_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, suffix=".new")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError as error:
            Path(temporary).unlink(missing_ok=True)
            raise CoachError(
                f"The bytes of a document could not be kept in {self._folder} ({error.strerror}). Free some space."
            ) from error

    def read(self, document_id: str) -> bytes | None:
        """A document's bytes; None when they are not there."""
        path = self._path(document_id)
        return path.read_bytes() if path.is_file() else None

    def is_sound(self, document_id: str) -> bool:
        """Whether the bytes are there and are those that the id names."""
        data = self.read(document_id)
        return data is not None and hashlib.sha256(data).hexdigest() == document_id

    def remove_others(self, keep: Iterable[str]) -> int:
        """Clear every file that belongs to none of these documents; how many there were."""
        wanted = {self._path(document_id) for document_id in keep}
        gone = [path for path in self._iterate() if path not in wanted]
        for path in gone:
            path.unlink()
        return len(gone)

    def find_others(self, keep: Iterable[str]) -> int:
        """How many files belong to none of these documents."""
        wanted = {self._path(document_id) for document_id in keep}
        return sum(1 for path in self._iterate() if path not in wanted)

    def _iterate(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (path for path in sorted(self._folder.rglob("*")) if path.is_file())
