"""Dense search with no index: one matrix product over the vectors in the store. Serves readers, and while Chroma is damaged."""

from __future__ import annotations

import threading
from collections.abc import Collection

import numpy as np

from coach.embedding import Vectors
from coach.store.store import Store


class ExactIndex:
    """Every vector, in memory; loaded at the first search and again whenever the library changed."""

    kind = "exact"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loading = threading.Lock()
        self._loaded: tuple[int, list[str], Vectors] | None = None
        self._owners: tuple[int, dict[str, str]] | None = None

    def search(self, vector: Vectors, count: int, documents: Collection[str] | None = None) -> dict[str, float]:
        """The nearest passages, exactly."""
        generation, ids, matrix = self._load()
        if documents is not None:
            owners = self._find_owners(generation)
            within = [row for row, passage_id in enumerate(ids) if owners.get(passage_id) in documents]
            ids, matrix = [ids[row] for row in within], matrix[within]
        if not ids:
            return {}
        scores = matrix @ vector
        best = np.argpartition(-scores, min(count, len(ids)) - 1)[:count]
        return {ids[index]: float(scores[index]) for index in best[np.argsort(-scores[best])]}

    def _find_owners(self, generation: int) -> dict[str, str]:
        """Document ids by passage id; read at the first search within documents, for most searches need none."""
        with self._loading:
            if self._owners is None or self._owners[0] != generation:
                self._owners = (generation, self._store.list_passage_documents())
            return self._owners[1]

    def _load(self) -> tuple[int, list[str], Vectors]:
        generation = self._store.read_generation()
        with self._loading:
            if self._loaded is None or self._loaded[0] != generation:
                self._loaded = (generation, *self._store.read_vectors())
            return self._loaded
