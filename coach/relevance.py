"""Estimates whether what was found is about the question: two measures -> probability, with parameters fitted by a script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from snowballstemmer import stemmer

from coach.lexical import find_words

PARAMETERS = Path(__file__).with_name("relevance.json")
_STEMMER = stemmer("porter")


@dataclass(frozen=True, slots=True)
class Relevance:
    """A logistic model of two features, and the probability from which an answer is given."""

    intercept: float
    cosine: float
    coverage: float
    threshold: float

    def estimate(self, cosine: float, coverage: float) -> float:
        """Probability, 0 to 1, that the documents speak of what is asked.

        Args:
            cosine: of the question and the nearest sentence.
            coverage: from `measure_coverage`.
        """
        return 1 / (1 + math.exp(-(self.intercept + self.cosine * cosine + self.coverage * coverage)))


@cache
def load_relevance(path: Path = PARAMETERS) -> Relevance:
    """The shipped parameters; the file says what they were fitted on."""
    values = json.loads(path.read_text("utf-8"))["parameters"]
    return Relevance(**values)


def measure_coverage(words: tuple[str, ...], weights: Mapping[str, float], texts: list[str]) -> float:
    """Share of the question's words, weighted by how much each tells, that stand in the texts; 0 to 1."""
    total = sum(weights[word] for word in words)
    if not total:
        return 0.0
    present = stem_words(" ".join(texts))
    return sum(weights[word] for word in words if stem(word) in present) / total


@cache
def stem(word: str) -> str:
    """The stem of a word in lower case, as the word index makes it."""
    return str(_STEMMER.stemWord(word))


def stem_words(text: str) -> frozenset[str]:
    """The stems of the words of a text that carry meaning."""
    return frozenset(stem(word) for word in find_words(text))
