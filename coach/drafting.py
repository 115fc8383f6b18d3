"""Chooses the sentences that answer, verbatim: Evidence -> Draft. No language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.embedding import Embedder, Vectors
from coach.lexical import LexicalIndex, find_words
from coach.records import Draft, DraftStatement, Evidence, Hit, Outcome, Quote, Sentence
from coach.relevance import Relevance, measure_cosine, measure_coverage, stem_words
from coach.search_copy import read_plainly
from coach.store.store import Store

COMPOSER = "extractive"
_PASSAGES = 6
_MOST_STATEMENTS = 3
_MOST_CANDIDATES = 24
_FEWEST_WORDS = 4
_NEAR_BEST = 0.82  # of the best sentence's score: what falls below says less than the reader's time is worth
_SAME = 0.93  # cosine from which two sentences say the same


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    rank: int
    sentence: Sentence
    text: str
    overlap: float


class ExtractiveComposer:
    """Quotes the sentences of the best passages that are nearest to the question."""

    def __init__(self, store: Store, words: LexicalIndex, embedder: Embedder, relevance: Relevance) -> None:
        self._store = store
        self._words = words
        self._embedder = embedder
        self._relevance = relevance

    def compose(self, evidence: Evidence) -> Draft:
        """A draft whose statements are quotes, or one without statements when nothing relevant was found."""
        words = find_words(evidence.question.search_text)
        weights = self._words.weigh(words, self._store.read_generation())
        top = list(evidence.hits[:3])
        coverage = measure_coverage(words, weights, [f"{hit.passage.heading} {hit.passage.search_text}" for hit in top])
        confidence = self._relevance.estimate(measure_cosine(evidence), coverage) if top else 0.0
        chosen = self._choose(evidence, words, weights) if top else []
        if confidence < self._relevance.threshold or not chosen:
            return Draft(evidence, Outcome.NOT_IN_SOURCES, confidence, (), COMPOSER, nearest=tuple(top))
        statements = tuple(_quote(candidate) for candidate in sorted(chosen, key=lambda c: (c.rank, c.sentence.spans)))
        return Draft(evidence, Outcome.ANSWERED, confidence, statements, COMPOSER)

    def _choose(
        self, evidence: Evidence, words: Sequence[str], weights: Mapping[str, float]
    ) -> list[_Candidate]:
        candidates = list(_iterate_candidates(evidence, words, weights))
        if not candidates:
            return []
        # Only the likeliest are embedded: the rest would cost more time than they could win.
        candidates.sort(key=lambda c: -(c.overlap + 0.5 * c.hit.score))
        candidates = candidates[:_MOST_CANDIDATES]
        vectors = self._embedder.embed([candidate.text for candidate in candidates])
        question = np.asarray(evidence.vector, dtype=np.float32)
        scores = [
            0.6 * float(vector @ question) + 0.25 * candidate.overlap + 0.15 * candidate.hit.score
            for candidate, vector in zip(candidates, vectors, strict=True)
        ]
        return _select(candidates, vectors, scores)


def _iterate_candidates(evidence: Evidence, words: Sequence[str], weights: Mapping[str, float]) -> list[_Candidate]:
    total = sum(weights.values()) or 1.0
    stems = {word: next(iter(stem_words(word)), word) for word in words}
    candidates: list[_Candidate] = []
    for rank, hit in enumerate(evidence.hits[:_PASSAGES]):
        for sentence in hit.passage.sentences:
            text = _read_sentence(hit, sentence)
            if len(text.split()) < _FEWEST_WORDS:
                continue
            present = stem_words(text)
            overlap = sum(weights[word] for word in words if stems[word] in present) / total
            candidates.append(_Candidate(hit, rank, sentence, text, overlap))
    return candidates


def _select(candidates: Sequence[_Candidate], vectors: Vectors, scores: Sequence[float]) -> list[_Candidate]:
    order = sorted(range(len(candidates)), key=lambda index: -scores[index])
    chosen: list[int] = []
    for index in order:
        if len(chosen) == _MOST_STATEMENTS or scores[index] < _NEAR_BEST * scores[order[0]]:
            break
        if all(float(vectors[index] @ vectors[other]) < _SAME for other in chosen):
            chosen.append(index)
    return [candidates[index] for index in chosen]


def _read_sentence(hit: Hit, sentence: Sentence) -> str:
    first = hit.passage.start
    parts = " ".join(hit.text[span.start - first : span.end - first] for span in sentence.spans)
    return read_plainly(parts.replace("\u00ad ", ""), markdown=hit.document.kind == "markdown")


def _quote(candidate: _Candidate) -> DraftStatement:
    hit, first = candidate.hit, candidate.hit.passage.start
    quotes = tuple(
        Quote(hit.passage.label, span, hit.text[span.start - first : span.end - first]) for span in candidate.sentence.spans
    )
    return DraftStatement(candidate.text, "source", "quoted", quotes)
