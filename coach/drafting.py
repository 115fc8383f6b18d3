"""Chooses the sentences that answer, verbatim: Evidence -> Draft. No language model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.embedding import Embedder, Vectors
from coach.lexical import LexicalIndex, find_words
from coach.records import Draft, DraftStatement, Evidence, Hit, Near, Outcome, Quote, Sentence
from coach.relevance import Relevance, measure_coverage, stem, stem_words
from coach.search_copy import read_quote
from coach.store.store import Store

COMPOSER = "extractive"
_PASSAGES = 6
_MOST_STATEMENTS = 3
_MOST_CANDIDATES = 24
_FEWEST_WORDS = 4
_NEAR_BEST = 0.82  # of the best sentence's score: what falls below says less than the reader's time is worth
_FRAGMENT = 0.3
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")
_REFERENCES = re.compile(r"(further reading|references|bibliography|works cited|endnotes|literature)( list)?:?", re.I)
_QUESTION_WORDS = stem_words("question questions ask asked asks")
_NEAR = 0.25  # of the threshold for an answer
_MOST_NEAREST = 2
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
        candidates = self._choose_candidates(evidence, words, weights)
        if not candidates:
            return Draft(evidence, Outcome.NOT_IN_SOURCES, 0.0, (), COMPOSER)
        vectors = self._embedder.embed([candidate.text for candidate in candidates])
        cosines = vectors @ np.asarray(evidence.vector, dtype=np.float32)
        coverage = measure_coverage(words, weights, [hit.passage.search_text for hit in evidence.hits[:3]])
        confidence = self._relevance.estimate(float(cosines.max()), coverage)
        if confidence < self._relevance.threshold:
            # Of a question that has nothing to do with the documents nothing is near.
            near = confidence >= _NEAR * self._relevance.threshold
            nearest = _find_nearest(candidates, cosines) if near else ()
            return Draft(evidence, Outcome.NOT_IN_SOURCES, confidence, (), COMPOSER, nearest=nearest)
        scores = [
            0.6 * float(cosine) + 0.25 * candidate.overlap + 0.15 * candidate.hit.score
            for candidate, cosine in zip(candidates, cosines, strict=True)
        ]
        chosen = sorted(_select(candidates, vectors, scores), key=lambda c: (c.rank, c.sentence.spans))
        return Draft(evidence, Outcome.ANSWERED, confidence, tuple(map(_quote, chosen)), COMPOSER)

    def _choose_candidates(
        self, evidence: Evidence, words: Sequence[str], weights: Mapping[str, float]
    ) -> list[_Candidate]:
        candidates = _list_candidates(evidence, words, weights)
        # Only the likeliest are embedded: the rest would cost more time than they could win.
        candidates.sort(key=lambda candidate: -(candidate.overlap + 0.5 * candidate.hit.score))
        return candidates[:_MOST_CANDIDATES]


def _list_candidates(evidence: Evidence, words: Sequence[str], weights: Mapping[str, float]) -> list[_Candidate]:
    total = sum(weights.values()) or 1.0
    asks_for_questions = bool(_QUESTION_WORDS & stem_words(evidence.question.search_text))
    candidates: list[_Candidate] = []
    for rank, hit in enumerate(_leave_out_references(evidence.hits)[:_PASSAGES]):
        for sentence in hit.passage.sentences:
            text = read_quote(_cut_sentence(hit, sentence), markdown=hit.document.kind == "markdown")
            if len(text.split()) < _FEWEST_WORDS or _says_nothing(text, asks_for_questions):
                continue
            present = stem_words(text)
            overlap = sum(weights[word] for word in words if stem(word) in present) / total
            # A fragment, such as the name of a list item or a row of a table, reads worse than a sentence.
            overlap -= 0 if _SENTENCE_END.search(text) else _FRAGMENT
            candidates.append(_Candidate(hit, rank, sentence, text, overlap))
    return candidates


def _find_nearest(candidates: Sequence[_Candidate], cosines: Vectors) -> tuple[Near, ...]:
    """The nearest sentence of each of the two nearest passages."""
    nearest: dict[str, Near] = {}
    for index in np.argsort(-cosines):
        candidate = candidates[index]
        nearest.setdefault(candidate.hit.passage.id, Near(candidate.hit, candidate.text))
        if len(nearest) == _MOST_NEAREST:
            break
    return tuple(nearest.values())


def _leave_out_references(hits: Sequence[Hit]) -> list[Hit]:
    """Lists of literature are near every question and answer none."""
    return [hit for hit in hits if not (hit.passage.section and _REFERENCES.fullmatch(hit.passage.section[-1].strip()))]


def _says_nothing(text: str, asks_for_questions: bool) -> bool:
    """A line that leads into a list, or a question of the source: what was asked is no answer, unless that is asked."""
    return text.endswith(":") or (text.endswith("?") and not asks_for_questions)


def _select(candidates: Sequence[_Candidate], vectors: Vectors, scores: Sequence[float]) -> list[_Candidate]:
    order = sorted(range(len(candidates)), key=lambda index: -scores[index])
    chosen: list[int] = []
    for index in order:
        if len(chosen) == _MOST_STATEMENTS or scores[index] < _NEAR_BEST * scores[order[0]]:
            break
        if all(float(vectors[index] @ vectors[other]) < _SAME for other in chosen):
            chosen.append(index)
    return [candidates[index] for index in chosen]


def _cut_sentence(hit: Hit, sentence: Sentence) -> list[str]:
    first = hit.passage.start
    return [hit.text[span.start - first : span.end - first] for span in sentence.spans]


def _quote(candidate: _Candidate) -> DraftStatement:
    parts = zip(candidate.sentence.spans, _cut_sentence(candidate.hit, candidate.sentence), strict=True)
    quotes = tuple(Quote(candidate.hit.passage.label, span, text) for span, text in parts)
    return DraftStatement(candidate.text, "source", "quoted", quotes)
