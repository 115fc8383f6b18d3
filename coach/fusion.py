"""Makes one ranking of two: cosines and BM25 scores of passages in, one score for each out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Fuse = Callable[[Mapping[str, float], Mapping[str, float], float], dict[str, float]]
"""Cosines and BM25 scores by passage, and the most that BM25 can give for the question, in; scores by passage out."""


def fuse_by_weight(words: float) -> Fuse:
    """Weighted mean of the cosine and of the share that BM25 reaches of the most it can give; each 0 to 1.

    Both have a fixed scale, so no passage's score depends on which others were found. Words weigh `words` by the root of
    that most: what a long question shares with a passage tells more than what a short one does. A passage whose words do
    not agree has 0 for them.
    """

    def fuse(dense: Mapping[str, float], lexical: Mapping[str, float], ceiling: float) -> dict[str, float]:
        weight = words * math.sqrt(ceiling)
        return {
            passage_id: (max(dense.get(passage_id, 0.0), 0.0) + weight * _divide(lexical.get(passage_id, 0.0), ceiling))
            / (1 + weight)
            for passage_id in {**dense, **lexical}
        }

    return fuse


def _divide(score: float, ceiling: float) -> float:
    return min(score / ceiling, 1.0) if ceiling else 0.0
