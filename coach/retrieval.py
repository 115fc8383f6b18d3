"""Finds passages for a question: Question -> Evidence, dense and lexical results fused into one ranking."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from coach.embedding import Embedder, Vectors
from coach.errors import IndexDamaged
from coach.index import VectorIndex
from coach.lexical import LexicalIndex
from coach.records import DocumentCard, Evidence, Hit, Question
from coach.store.store import Store

_POOL = 60
_COMPARED = 25
# A weighted mean of scaled scores: reciprocal rank fusion lost to it on both retrieval sets.
_DENSE_SHARE = 0.7


class Retriever:
    """Search over one library."""

    def __init__(
        self, store: Store, words: LexicalIndex, index: VectorIndex, exact: VectorIndex, embedder: Embedder
    ) -> None:
        self._store = store
        self._words = words
        self._index = index
        self._exact = exact
        self._embedder = embedder
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="words")
        self._cards: tuple[int, dict[str, DocumentCard]] = (-1, {})

    def close(self) -> None:
        """Wait for searches under way, and end the threads."""
        self._threads.shutdown(wait=True)

    @property
    def index_kind(self) -> str:
        """The index that is asked now: `chroma`, or `exact` since it broke or was never sound."""
        return self._index.kind

    def search(self, question: Question, count: int = 10) -> Evidence:
        """The `count` best passages, best first; none in an empty library."""
        generation = self._store.read_generation()
        pool = max(_POOL, count)
        # Both wait on libraries that let go of Python meanwhile: together they take the time of the longer one.
        words = self._threads.submit(self._search_words, question.search_text, pool, generation)
        vector = self._embedder.embed([question.search_text])[0]
        dense = self._search_meaning(vector, pool)
        lexical = words.result()
        # Of what only words found, the best are compared by meaning too; the rest could not reach the top.
        missing = [passage_id for passage_id in lexical if passage_id not in dense][:_COMPARED]
        if missing:
            ids, vectors = self._store.read_vectors(missing)
            dense = {**dense, **dict(zip(ids, (vectors @ vector).tolist(), strict=True))}
        fused = fuse(dense, lexical)
        best = sorted(fused, key=lambda passage_id: (-fused[passage_id], passage_id))[:count]
        hits = self._load(best, fused, dense, lexical, generation)
        return Evidence(question, hits, tuple(vector.tolist()))

    def _search_words(self, text: str, count: int, generation: int) -> dict[str, float]:
        try:
            return self._words.search(text, count, generation)
        except IndexDamaged:
            return {}  # meaning alone still finds; `verify` and the page's banner name the damage

    def _search_meaning(self, vector: Vectors, count: int) -> dict[str, float]:
        try:
            return self._index.search(vector, count)
        except IndexDamaged:
            # The index broke while it served: exact search gives the same answer more slowly.
            self._index = self._exact
            return self._index.search(vector, count)

    def _load(
        self,
        ids: list[str],
        fused: Mapping[str, float],
        dense: Mapping[str, float],
        lexical: Mapping[str, float],
        generation: int,
    ) -> tuple[Hit, ...]:
        stored = self._store.read_passages(ids)
        cards = self._find_cards({found.passage.document_id for found in stored.values()}, generation)
        return tuple(
            Hit(
                passage=stored[passage_id].passage,
                document=cards[stored[passage_id].passage.document_id],
                text=stored[passage_id].text,
                score=fused[passage_id],
                dense=dense.get(passage_id, 0.0),
                lexical=lexical.get(passage_id, 0.0),
            )
            # A passage may have gone between the index and here: another process is removing its document.
            for passage_id in ids
            if passage_id in stored and stored[passage_id].passage.document_id in cards
        )

    def _find_cards(self, document_ids: set[str], generation: int) -> dict[str, DocumentCard]:
        """Cards by document id, remembered until the library changes."""
        known = self._cards[1] if self._cards[0] == generation else {}
        missing = document_ids - known.keys()
        if missing:
            known = {**known, **self._store.read_cards(missing)}
            self._cards = (generation, known)
        return known


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float]) -> dict[str, float]:
    """Weighted mean of both scores, each scaled so that its best is 1 and its worst 0; a passage without one has 0."""
    scaled_dense, scaled_lexical = _scale(dense), _scale(lexical)
    share = _DENSE_SHARE if lexical else 1.0
    return {
        passage_id: share * scaled_dense.get(passage_id, 0.0) + (1 - share) * scaled_lexical.get(passage_id, 0.0)
        for passage_id in {**dense, **lexical}
    }


def _scale(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    values = np.array(list(scores.values()))
    lowest, highest = float(values.min()), float(values.max())
    width = (highest - lowest) or 1.0
    return {key: (score - lowest) / width if highest > lowest else 1.0 for key, score in scores.items()}
