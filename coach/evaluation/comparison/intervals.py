"""How sure a difference or a share is: paired differences and counts in; intervals, p values and a verdict out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from coach.evaluation.records import Interval

LEAST_ITEMS = 10
"""Below that there is no interval of a difference: drawing again from so few says too little."""
_LEVEL = 0.95
_DRAWS = 9999
_SEED = 2010
_CELLS = 2_000_000  # drawn at a time, so that 500 items need no more memory than 50
_SIGNIFICANT = 0.05
_ROUNDING = 1e-9

Verdict = Literal["better", "worse", "no clear difference"]


def find_interval(differences: Sequence[float]) -> Interval | None:
    """The 95 % bootstrap interval (percentile) of the mean of paired differences; the same for the same differences.

    The percentile interval and not BCa: where few items differ, which is usual here, it covered the true difference more
    often (at 40 items of which a tenth differ, 96 % against 92 %).

    Returns:
        None below `LEAST_ITEMS`. Where all differ by the same, an interval without width.
    """
    if len(differences) < LEAST_ITEMS:
        return None
    first = differences[0]
    if all(abs(one - first) <= _ROUNDING for one in differences):
        return Interval(first, first, _LEVEL)
    import numpy as np
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(differences, dtype=np.float64),),
        np.mean,
        n_resamples=_DRAWS,
        batch=max(1, _CELLS // len(differences)),
        confidence_level=_LEVEL,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Interval(float(found.low), float(found.high), _LEVEL)


def weigh_signs(better: int, worse: int) -> float | None:
    """p of the two-sided sign test that better and worse are equally likely; None where no item differs."""
    if not better + worse:
        return None
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse, 0.5).pvalue)


def find_share_interval(hits: int, of: int) -> Interval | None:
    """The 95 % Wilson interval of a share; None where there is nothing to count."""
    if not of:
        return None
    from scipy.stats import binomtest

    found = binomtest(hits, of).proportion_ci(_LEVEL, "wilson")
    return Interval(float(found.low), float(found.high), _LEVEL)


def find_verdict(interval: Interval | None, better: int, worse: int) -> Verdict:
    """Better or worse only where the interval leaves out 0, and the sign test's p is below .05 on the same side."""
    p_value = weigh_signs(better, worse)
    if interval is None or p_value is None or p_value >= _SIGNIFICANT:
        return "no clear difference"
    if interval.low > _ROUNDING and better > worse:
        return "better"
    if interval.high < -_ROUNDING and worse > better:
        return "worse"
    return "no clear difference"
