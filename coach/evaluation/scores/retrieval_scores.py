"""Measures a ranking: which groups of sources each passage covers in; recall, reciprocal rank and nDCG out. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def measure_recall(covered: Sequence[Collection[int]], groups: int, depth: int) -> float:
    """The share of the groups that the first passages cover.

    Args:
        covered: for each passage, in order of rank, the numbers of the groups that it covers.
        groups: how many there are, at least 1.
        depth: passages that are looked at.
    """
    return len({group for one in covered[:depth] for group in one}) / groups


def measure_reciprocal_rank(covered: Sequence[Collection[int]]) -> float:
    """1 over the rank of the first passage that covers a group; 0 where none does."""
    return next((1 / rank for rank, one in enumerate(covered, start=1) if one), 0.0)


def measure_ndcg(covered: Sequence[Collection[int]], groups: int, depth: int) -> float:
    """Normalised discounted cumulative gain with a logarithm of base 2, 0 to 1.

    A passage gains by the groups that none before it covers, so that no group counts twice. The best order that it is held
    against has these gains from the greatest down, and then every group that no passage covers.
    """
    # The formula, and not scikit-learn's function, which the tests hold it to: loading that takes a second.
    seen: set[int] = set()
    gains: list[int] = []
    for one in covered:
        gains.append(len(set(one) - seen))
        seen |= set(one)
    best = sorted(gains, reverse=True)[: len(seen)] + [1] * (groups - len(seen))
    return _discount(gains[:depth]) / _discount(sorted(best, reverse=True)[:depth])


def _discount(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
