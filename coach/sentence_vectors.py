"""Embeds sentences and keeps what it made: texts in, vectors out. The best passages of a library come up again and again."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from cachetools import LRUCache

from coach.embedding import Embedder, Vectors

_MOST_KEPT = 20_000
"""Vectors that are kept in memory, about 1.5 kB each."""


class SentenceVectors:
    """Vectors of sentences by one embedder. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors = LRUCache[str, Vectors](_MOST_KEPT)
        self._turn = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, of which there is at least one; only those not met before are made, in one batch."""
        with self._turn:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = list(dict.fromkeys(text for text in texts if text not in known))
        if missing:
            # Copies: a row kept as a view would keep its whole batch.
            made = {text: row.copy() for text, row in zip(missing, self._embedder.embed(missing), strict=True)}
            known.update(made)
            with self._turn:
                self._vectors.update(made)
        return np.stack([known[text] for text in texts])
