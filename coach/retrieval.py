"""Finds passages for a question: Question -> Evidence, dense and lexical results fused into one ranking."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock

from coach.embedding import Embedder, Vectors, embed_question
from coach.errors import IndexDamaged
from coach.fusion import Fuse, fuse_by_weight
from coach.index import VectorIndex
from coach.lexical import LexicalIndex
from coach.records import DocumentCard, Evidence, Hit, Question
from coach.spelling import Spelling, correct
from coach.store.store import Store
from coach.twins import fold_twins
from coach.weights import load_weights

POOL = 60
COMPARED = 25


def _fuse_as_fitted(dense: Mapping[str, float], lexical: Mapping[str, float], ceiling: float) -> dict[str, float]:
    return fuse_by_weight(load_weights().words)(dense, lexical, ceiling)


@dataclass(frozen=True, slots=True)
class Steps:
    """What a search does besides asking both indexes. The benchmark leaves steps out to see what each is worth."""

    fuse: Fuse = field(default=_fuse_as_fitted)
    mend_spelling: bool = True
    fold_twins: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """What both indexes gave, and one score of each passage, best first."""

    dense: Mapping[str, float]
    lexical: Mapping[str, float]
    fused: Mapping[str, float]


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
        self._steps = Steps()
        self._changing = Lock()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="words")
        self._cards: tuple[int, dict[str, DocumentCard]] = (-1, {})

    def use(self, steps: Steps) -> None:
        """Search with other steps from now on."""
        self._steps = steps

    def use_index(self, index: VectorIndex) -> None:
        """Ask this index from now on, such as one that was made anew."""
        with self._changing:
            self._index = index

    def close(self) -> None:
        """Wait for searches under way, and end the threads."""
        self._threads.shutdown(wait=True)

    @property
    def index_kind(self) -> str:
        """The index that is asked now: `chroma`, or `exact` since it broke or was never sound."""
        return self._index.kind

    def search(self, question: Question, count: int = 10, documents: Collection[str] | None = None) -> Evidence:
        """The `count` best passages, best first; none in an empty library.

        Args:
            question: whose search text is searched, with its misspelled words put right.
            count: how many at most.
            documents: ids of the documents to search; None for all.
        """
        spelling = self.mend(question.search_text)
        generation = self._store.read_generation()
        asked = replace(question, search_text=spelling.text) if spelling.corrections else question
        depth = max(POOL, count)
        # Both wait on libraries that let go of Python meanwhile: together they take the time of the longer one.
        words = self._threads.submit(self._search_words, asked.search_text, depth, generation, documents)
        vector = embed_question(self._embedder, asked.search_text)
        dense = self._search_meaning(vector, depth, documents)
        lexical, ceiling = words.result()
        # The best are ranked among themselves, however many are asked for: more of them change nothing before them.
        found = self._fuse(_take(dense, POOL), _take(lexical, POOL), ceiling, vector)
        if depth > POOL:
            found = _append(found, self._fuse(dense, lexical, ceiling, vector))
        return Evidence(asked, self._choose(found, count, generation), tuple(vector.tolist()), spelling.corrections)

    def _fuse(
        self, dense: Mapping[str, float], lexical: Mapping[str, float], ceiling: float, vector: Vectors
    ) -> _Found:
        # Of what only words found, the best are compared by meaning too; the rest could not reach the top.
        missing = [passage_id for passage_id in lexical if passage_id not in dense][:COMPARED]
        if missing:
            ids, vectors = self._store.read_vectors(missing)
            dense = {**dense, **dict(zip(ids, (vectors @ vector).tolist(), strict=True))}
        fused = self._steps.fuse(dense, lexical, ceiling)
        best = sorted(fused, key=lambda passage_id: (-fused[passage_id], passage_id))
        return _Found(dense, lexical, {passage_id: fused[passage_id] for passage_id in best})

    def mend(self, text: str) -> Spelling:
        """A question with its misspelled words put right, as `search` does; what is mended already stays."""
        if not self._steps.mend_spelling:
            return Spelling(text)
        try:
            return correct(text, self._words, self._store.read_generation())
        except IndexDamaged:
            return Spelling(text)

    def _search_words(
        self, text: str, count: int, generation: int, documents: Collection[str] | None
    ) -> tuple[dict[str, float], float]:
        try:
            found = self._words.search(text, count, generation, documents)
            return found, self._words.measure_ceiling(text, generation)
        except IndexDamaged:
            return {}, 0.0  # meaning alone still finds; `verify` and the page's banner name the damage

    def _search_meaning(self, vector: Vectors, count: int, documents: Collection[str] | None) -> dict[str, float]:
        asked = self._index
        try:
            return asked.search(vector, count, documents)
        except IndexDamaged:
            # It broke while it served, or is being made anew: exact search gives the same answer more slowly.
            with self._changing:
                if self._index is asked:  # and not one that was put in its place meanwhile
                    self._index = self._exact
            return self._exact.search(vector, count, documents)

    def _choose(self, found: _Found, count: int, generation: int) -> tuple[Hit, ...]:
        """The best hits with their texts, each text once where twins are folded."""
        best = list(found.fused)
        if not self._steps.fold_twins:
            return tuple(self._load(best[:count], found, generation))
        hits: tuple[Hit, ...] = ()
        place = 0
        while len(hits) < count and place < len(best):
            more = best[place : place + count - len(hits)]
            place += len(more)
            hits = fold_twins([*hits, *self._load(more, found, generation)])
        return hits

    def _load(self, ids: list[str], found: _Found, generation: int) -> Iterator[Hit]:
        stored = self._store.read_passages(ids)
        cards = self._find_cards({one.passage.document_id for one in stored.values()}, generation)
        for passage_id in ids:
            # A passage may have gone between the index and here: another process is removing its document.
            if passage_id in stored and stored[passage_id].passage.document_id in cards:
                yield Hit(
                    passage=stored[passage_id].passage,
                    document=cards[stored[passage_id].passage.document_id],
                    text=stored[passage_id].text,
                    score=found.fused[passage_id],
                    dense=found.dense.get(passage_id, 0.0),
                    lexical=found.lexical.get(passage_id, 0.0),
                )

    def _find_cards(self, document_ids: set[str], generation: int) -> dict[str, DocumentCard]:
        """Cards by document id, remembered until the library changes."""
        known = self._cards[1] if self._cards[0] == generation else {}
        missing = document_ids - known.keys()
        if missing:
            known = {**known, **self._store.read_cards(missing)}
            self._cards = (generation, known)
        return known


def _take(scores: Mapping[str, float], count: int) -> dict[str, float]:
    return dict(islice(scores.items(), count))


def _append(near: _Found, far: _Found) -> _Found:
    """What was found further down stands behind all that was found before."""
    lowest = min(near.fused.values(), default=1.0)
    behind = {key: min(score, lowest) for key, score in far.fused.items() if key not in near.fused}
    return _Found({**far.dense, **near.dense}, {**far.lexical, **near.lexical}, {**near.fused, **behind})
