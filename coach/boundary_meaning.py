"""Which route the meaning and the words of a text are nearest to: a text in, probabilities out; fitted by a script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from coach.boundary_rules import Route
from coach.embedding import Embedder, Vectors, embed_questions
from coach.plain_words import write_marks_out, write_plainly

PARAMETERS = Path(__file__).with_name("boundary_meaning.npz")
HARMLESS = "harmless"

Numbers = npt.NDArray[np.float32]

_WORD = re.compile(r"[a-z0-9]{2,}")
_SENTENCE_END = re.compile(r"(?<=[.?!;:])\s+|\n+|\s+[-–—]+\s+")  # noqa: RUF001 - dashes as they are typed
_FEWEST_WORDS = 3
_WORDS_OF_STORY = 25
_MOST_PIECES = 6
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What one piece of a text may be."""

    piece: str
    is_whole: bool
    """Whether it is the text in one, and not a part of it."""
    routes: Mapping[Route, float]
    """Probability of each route, 0 to 1; what is missing to 1 is that it is harmless."""

    @property
    def nearest(self) -> Route:
        """The likeliest route."""
        return max(self.routes, key=lambda route: self.routes[route])

    @property
    def risk(self) -> float:
        """Probability that it belongs to any route."""
        return sum(self.routes.values())


@dataclass(frozen=True, slots=True)
class BoundaryClassifier:
    """A linear model over an embedding and over words; see evals/train/fit_boundaries.py."""

    names: tuple[str, ...]
    """Routes and `harmless`, in the order of the columns."""
    meaning: Numbers
    """Shape (dimensions of the embedding, names)."""
    words: Mapping[str, int]
    """The row of each word and pair of words."""
    rarities: Numbers
    """Shape (words,)."""
    word_weights: Numbers
    """Shape (words, names)."""
    intercepts: Numbers
    fingerprint: str
    """Of the embedding model that it was fitted with."""
    thresholds: Mapping[str, float]
    """Risk from which a text is routed: `urgent` where somebody may come to harm, `other` elsewhere; `_part` for a sentence."""

    def estimate(self, plain: str, vector: Vectors) -> dict[str, float]:
        """A probability for each of `names`.

        Args:
            plain: the text as `write_plainly` gives it.
            vector: its embedding.
        """
        totals = self.intercepts + vector @ self.meaning
        counts = Counter(self.words[term] for term in list_terms(plain) if term in self.words)
        if counts:
            rows = np.fromiter(counts, dtype=np.intp)
            values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.rarities[rows]
            totals = totals + (values / np.linalg.norm(values)) @ self.word_weights[rows]
        shares = np.exp(totals - totals.max())
        return dict(zip(self.names, (shares / shares.sum()).tolist(), strict=True))


def list_terms(plain: str) -> list[str]:
    """The words and the pairs of neighbouring words of a text in plain words."""
    words = _WORD.findall(plain)
    return [*words, *(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))]


def cut_pieces(text: str) -> list[str]:
    """The text and, where it is a story, its sentences: at most six, of a long text several together."""
    if len(text.split()) < _WORDS_OF_STORY:
        return [text]
    sentences = [one.strip() for one in _SENTENCE_END.split(text) if len(one.split()) >= _FEWEST_WORDS]
    if len(sentences) < 2:
        return [text]
    together = -(-len(sentences) // _MOST_PIECES)
    parts = [" ".join(sentences[place : place + together]) for place in range(0, len(sentences), together)]
    return [text, *parts]


class MeaningReader:
    """A classifier with the embedding model that it was fitted with. What it found for the latest texts is kept."""

    def __init__(self, embedder: Embedder, classifier: BoundaryClassifier) -> None:
        self.classifier = classifier
        self._embedder = embedder
        self._kept: LRUCache[str, tuple[Likelihood, ...]] = LRUCache(_MOST_KEPT)
        self._turn = Lock()

    def read(self, text: str) -> tuple[Likelihood, ...]:
        """What the text may be, and then each of its sentences; empty for a text without words."""
        with self._turn:
            kept = self._kept.get(text)
        if kept is None:
            kept = self._read(text)
            with self._turn:
                self._kept[text] = kept
        return kept

    def _read(self, text: str) -> tuple[Likelihood, ...]:
        pieces = [piece for piece in cut_pieces(write_marks_out(text)) if re.search(r"\w", piece)]
        if not pieces:
            return ()
        vectors = embed_questions(self._embedder, pieces)
        return tuple(
            Likelihood(piece, place == 0, self._estimate(piece, vector))
            for place, (piece, vector) in enumerate(zip(pieces, vectors, strict=True))
        )

    def _estimate(self, piece: str, vector: Vectors) -> dict[Route, float]:
        found = self.classifier.estimate(write_plainly(piece), vector)
        return {Route(name): share for name, share in found.items() if name != HARMLESS}


@cache
def load_classifier(path: Path = PARAMETERS) -> BoundaryClassifier:
    """The shipped classifier; `provenance` in the file says what it was fitted on."""
    with np.load(path, allow_pickle=False) as file:
        return BoundaryClassifier(
            names=tuple(file["names"].tolist()),
            meaning=file["meaning"].astype(np.float32),
            words={word: place for place, word in enumerate(str(file["words"]).split("\n"))},
            rarities=file["rarities"].astype(np.float32),
            word_weights=file["word_weights"].astype(np.float32),
            intercepts=file["intercepts"].astype(np.float32),
            fingerprint=str(file["fingerprint"]),
            thresholds=dict(zip(file["threshold_names"].tolist(), file["thresholds"].tolist(), strict=True)),
        )
