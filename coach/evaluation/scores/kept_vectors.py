"""Keeps the vectors of Coach's own wordings from run to run: texts in, vectors out; a file in the cache folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile

import numpy as np

from coach.embedding import Vectors
from coach.sentence_vectors import SentenceVectors

_MOST_KEPT = 20_000
"""Vectors in the file, about 1.5 kB each."""
_WRITTEN_AT = 32
"""New ones that are waited for: the file is written whole."""


class KeptVectors:
    """Sentence vectors, of which some outlive the process. Thread-safe.

    What is kept is a hash of each text and its vector; of what a person wrote, nothing should be handed in to be kept.
    """

    def __init__(self, vectors: SentenceVectors, folder: Path | None) -> None:
        """`folder` keeps the vectors for the next run; None keeps none."""
        self._vectors = vectors
        self._folder = folder
        self._rows: dict[str, Vectors] | None = None
        self._new = 0
        self._turn = Lock()

    def embed(self, texts: Sequence[str], own: Collection[str] = ()) -> Vectors:
        """One row for each text, of which there is at least one.

        Args:
            texts: what is embedded.
            own: those that may be kept, for they are fixed wordings of ours.
        """
        if self._folder is None or not own:
            return self._vectors.embed(texts)
        keys = {text: _hash(text) for text in texts if text in own}
        known = self._find(keys, self._folder)
        missing = list(dict.fromkeys(text for text in texts if text not in known))
        if missing:
            made = dict(zip(missing, self._vectors.embed(missing), strict=True))
            self._keep({keys[text]: row for text, row in made.items() if text in keys}, self._folder)
            known |= made
        return np.stack([known[text] for text in texts])

    def _find(self, keys: Mapping[str, str], folder: Path) -> dict[str, Vectors]:
        with self._turn:
            if self._rows is None:
                self._rows = _read(self._find_file(folder))
            return {text: self._rows[key] for text, key in keys.items() if key in self._rows}

    def _keep(self, made: Mapping[str, Vectors], folder: Path) -> None:
        with self._turn:
            rows = self._rows if self._rows is not None else {}
            if len(rows) + len(made) > _MOST_KEPT:
                return
            rows.update((key, row.copy()) for key, row in made.items())
            self._new += len(made)
            if self._new >= _WRITTEN_AT:
                self._new = 0
                _write(self._find_file(folder), rows)

    def _find_file(self, folder: Path) -> Path:
        return folder / "compared" / f"{self._vectors.fingerprint[:32]}.npz"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> dict[str, Vectors]:
    # A file that is not whole costs the time that it would have saved.
    with suppress(OSError, ValueError, EOFError, KeyError, BadZipFile), path.open("rb") as source:
        kept = np.load(source, allow_pickle=False)
        keys, rows = kept["keys"], kept["rows"]
        if rows.ndim == 2 and rows.dtype == np.float32 and keys.shape == rows.shape[:1]:
            return dict(zip(keys.tolist(), rows, strict=True))
    return {}


def _write(path: Path, rows: Mapping[str, Vectors]) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        with temporary.open("wb") as target:
            np.savez(target, keys=np.array(list(rows)), rows=np.stack(list(rows.values())))
        temporary.replace(path)
