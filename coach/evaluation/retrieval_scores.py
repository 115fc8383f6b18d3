"""Measures a ranking: which groups of sources each passage covers in; recall, reciprocal rank and nDCG out. Pure."""

from __future__ import annotations

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
    """Normalised discounted cumulative gain, 0 to 1.

    A passage gains by the groups that none before it covers, so that no group counts twice. The best order that it is held
    against has these gains from the greatest down, and then every group that no passage covers.
    """
    # Here, because the library takes a second to load.
    import numpy as np
    from sklearn import config_context
    from sklearn.metrics import ndcg_score

    seen: set[int] = set()
    gains: list[int] = []
    for one in covered:
        gains.append(len(set(one) - seen))
        seen |= set(one)
    # Behind everything that was found: what was not, and one that gains nothing, for one alone cannot be ranked.
    gains += [0] * max(0, depth - len(gains)) + [1] * (groups - len(seen)) + [0]
    order = np.arange(len(gains), 0, -1, dtype=float)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return float(ndcg_score(np.array([gains], dtype=float), order[None], k=depth, ignore_ties=True))
