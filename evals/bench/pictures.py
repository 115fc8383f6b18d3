"""Draws how far a confidence can be trusted: verdicts and scores of each set in, pictures out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot  # noqa: E402 - the drawing surface is chosen first

Judged = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""By set: whether each question is answerable, and the score it was given."""
_BINS = 10


def draw_risk(judged: Judged, path: Path) -> None:
    """Of the surest share of the questions, how many are answered wrongly: risk against coverage."""
    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    for name, (labels, scores) in judged.items():
        wrong = ~labels[np.argsort(-scores)]
        answered = np.arange(1, len(wrong) + 1)
        axes.plot(answered / len(wrong), np.cumsum(wrong) / answered, label=f"{name} ({len(wrong)})")
    axes.set(
        xlabel="share of questions answered, the surest first",
        ylabel="share of these that are unanswerable",
        ylim=(0, 0.6),
    )
    axes.legend()
    _save(figure, path)


def draw_reliability(judged: Judged, path: Path) -> None:
    """In ten bins, what the confidence says against what is so; the size of a point is its number of questions."""
    figure, axes = pyplot.subplots(figsize=(5, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for name, (labels, scores) in judged.items():
        bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
        places = sorted(set(bins.tolist()))
        said = [scores[bins == place].mean() for place in places]
        so = [labels[bins == place].mean() for place in places]
        axes.scatter(said, so, s=[10 + 300 * (bins == place).mean() for place in places], label=name, alpha=0.7)
    axes.set(xlabel="confidence", ylabel="share that is answerable", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    _save(figure, path)


def _save(figure: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)  # type: ignore[attr-defined]
    pyplot.close("all")
