"""Fits coach/practices/finding.json: questions with the practices that fit them in; weights and a threshold out.

    python evals/train/fit_practices.py [--dry-run]

A logistic model over the measures of a question and a practice, each of which may only speak for a practice and never
against it. The threshold is the one at which suggesting a right practice and staying silent where none fits are, in
sum, right most often, on scores that were made by weights fitted without the question. Questions of one practice are
always in one part, so that no weight is judged on a practice that it was fitted on. A second threshold, `surely`, is the least at
which at most one in twenty of the questions that no practice fits would be shown one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from coach.practices.finding import MEASURES, PARAMETERS, PracticeFinder, load_parameters
from coach.privacy import silence_libraries
from evals.answering import open_set
from evals.bench.practices import DEVELOPMENT, Asked, Ranking, measure, open_finder, read_asked

_ROOT = Path(__file__).parents[2]
_PARTS = 6
_SEED = 20261122
_SHRINK = 2e-5
_MOST_ROLE = 1.0
_SURELY_SILENT = 0.95

Numbers = npt.NDArray[np.float64]


def main() -> int:
    """Fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        finder = open_finder(coach)
        asked = read_asked(coach, DEVELOPMENT)
        ranked, least = cross_fit(finder, asked)
        figures = measure(asked, ranked, least)
        tables = [list_measures(finder, one) for one in asked]
    weights = fit(tables, asked)
    threshold, surely = choose_least(asked, ranked), choose_surely(asked, ranked)
    print(
        json.dumps(
            {
                "cross_fitted": figures,
                "least": threshold,
                "surely": surely,
                **dict(zip(("intercept", *MEASURES), weights, strict=True)),
            }
        )
    )
    if not arguments.dry_run:
        write_parameters(weights, threshold, surely, figures)
    return 0


def list_measures(finder: PracticeFinder, one: Asked) -> tuple[list[str], Numbers]:
    """The ids of the practices and their measures for a question."""
    practices, measures = finder.measure(one.need)
    return [practice.practice.id for practice in practices], measures


def fit(tables: Sequence[tuple[list[str], Numbers]], asked: Sequence[Asked]) -> list[float]:
    """The intercept and a weight for each measure, none below 0."""
    inputs = np.vstack([measures for _, measures in tables])
    labels = np.array([name in one.expected for (names, _), one in zip(tables, asked, strict=True) for name in names])
    signs = np.where(labels, 1.0, -1.0)
    # Right pairs are few: together they count as much as the rest.
    counts = np.where(labels, 0.5 / max(labels.sum(), 1), 0.5 / max((~labels).sum(), 1))

    def lose(values: Numbers) -> tuple[float, Numbers]:
        margins = signs * (inputs @ values[1:] + values[0])
        slopes = -signs * counts / (1 + np.exp(np.clip(margins, -30, 30)))
        loss = float((counts * np.logaddexp(0, -margins)).sum() + _SHRINK * values[1:] @ values[1:])
        gradient = np.concatenate([[slopes.sum()], inputs.T @ slopes + 2 * _SHRINK * values[1:]])
        return loss, gradient

    # Whoever wrote a question had practices for its asker in mind, every time: unbounded, the role would decide alone.
    bounds = [(None, None), *((0.0, _MOST_ROLE if name == "role" else None) for name in MEASURES)]
    found = minimize(lose, np.zeros(1 + len(MEASURES)), jac=True, bounds=bounds, method="L-BFGS-B")
    return [round(float(value), 4) for value in found.x]


def cross_fit(finder: PracticeFinder, asked: Sequence[Asked]) -> tuple[list[Ranking], Callable[[int], float]]:
    """The ranking of every question by weights fitted without it, and the threshold chosen without it."""
    tables = [list_measures(finder, one) for one in asked]
    parts = _divide(asked)
    ranked: list[Ranking] = [[] for _ in asked]
    for part in range(_PARTS):
        rest = [place for place in range(len(asked)) if parts[place] != part]
        weights = fit([tables[place] for place in rest], [asked[place] for place in rest])
        for place in range(len(asked)):
            if parts[place] == part:
                ranked[place] = rank(tables[place], weights)
    floors = {
        part: choose_least(
            [one for place, one in enumerate(asked) if parts[place] != part],
            [one for place, one in enumerate(ranked) if parts[place] != part],
        )
        for part in range(_PARTS)
    }
    return ranked, lambda place: floors[parts[place]]


def rank(table: tuple[list[str], Numbers], weights: Sequence[float]) -> Ranking:
    """Ids with their scores, best first."""
    names, measures = table
    scores = 1 / (1 + np.exp(-np.clip(measures @ np.array(weights[1:]) + weights[0], -30, 30)))
    return sorted(zip(names, scores.tolist(), strict=True), key=lambda one: -one[1])


def choose_least(asked: Sequence[Asked], ranked: Sequence[Ranking]) -> float:
    """The threshold at which what is shown and what is kept back are right most often."""
    grid = [place / 100 for place in range(5, 99)]

    def judge(least: float) -> float:
        figures: dict[str, float] = measure(asked, ranked, least)
        return figures.get("shown", 0.0) + figures.get("silent", 0.0)

    best = max(map(judge, grid))
    # The middle of the best stretch: a border is where the next question falls off.
    stretch = [least for least in grid if judge(least) >= best - 1e-9]
    return stretch[len(stretch) // 2]


def choose_surely(asked: Sequence[Asked], ranked: Sequence[Ranking]) -> float:
    """The least threshold at which hardly any question that no practice fits would be shown one."""
    grid = [place / 1000 for place in range(500, 1000)]
    return next((one for one in grid if measure(asked, ranked, one).get("silent", 0.0) >= _SURELY_SILENT), grid[-1])


def _divide(asked: Sequence[Asked]) -> list[int]:
    """The part of every question; those of one practice together."""
    generator = np.random.default_rng(_SEED)
    groups = [min(one.expected) if one.expected else f"none {place}" for place, one in enumerate(asked)]
    names = sorted(set(groups))
    order = {name: int(part) % _PARTS for name, part in zip(names, generator.permutation(len(names)), strict=True)}
    return [order[name] for name in groups]


def write_parameters(weights: Sequence[float], least: float, surely: float, figures: dict[str, float]) -> None:
    """The parameters, with where they came from."""
    parameters = {
        "intercept": weights[0],
        "weights": dict(zip(MEASURES, weights[1:], strict=True)),
        "least": least,
        "surely": surely,
        "calm": load_parameters().calm,
    }
    files = [DEVELOPMENT, *sorted((_ROOT / "corpus" / "practices").glob("*.yaml"))]
    provenance = {
        "script": "evals/train/fit_practices.py",
        "seed": _SEED,
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "cross_fitted": figures,
        "note": "calm was chosen from 0.3, 0.6, 1, 2, 4 and 8 by top2 on the same questions",
    }
    text = json.dumps({"parameters": parameters, "provenance": provenance}, indent=2)
    PARAMETERS.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
