"""Fits coach/support.json: claims with a verdict in; how surely evidence supports a claim, and the threshold, out.

    python evals/train/fit_support.py --data FOLDER [--dry-run]

Each claim of each set under FOLDER/grounding is compared with its evidence as the product compares them. From that:

    model       logistic model of whether the evidence supports the claim (yes; partly and no are not), each set and each
                verdict weighing alike; over those of a few selections of measures that keep most supported claims at the
                threshold, the mean of the sets' shares
    threshold   the least probability at which, of every set, a share of the unsupported claims passes: those in which
                nothing disagrees and whose probability reaches it. Of the shares in `AIMS` the largest is taken at which,
                cross-fitted, at most `MOST` of the unsupported claims of every set pass
    let_through, lost   what that comes to. Cross-fitted twice over: model and threshold are chosen without the claims that
                they are then measured on, by groups (one question or one document)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from coach.assembly import build_embedder
from coach.embedding import Embedder
from coach.privacy import silence_libraries
from coach.sentence_vectors import SentenceVectors
from coach.settings import read_settings
from coach.support import MEASURES, PARAMETERS, Comparer
from evals.claims import Claim, find_sets, load_claims

SEED = 20261121
MOST = 0.1
"""Share of the unsupported claims of each set that may pass, cross-fitted."""
AIMS = (0.1, 0.095, 0.09, 0.085, 0.08, 0.07, 0.06, 0.05)
_FOLDS = 8
_STRENGTH = 0.3
_FACTS = tuple(name for name in MEASURES if name.startswith("disagrees_"))
_MEANING = ("cosine", "cosine_together")
_SIGNS = {"rarest_missing": -1, "length": 0, "evidence": 0}
"""Where 1, more of it may only speak for a claim, where -1 only against; 1 for every likeness, -1 for every disagreement."""
SELECTIONS: tuple[tuple[str, ...], ...] = (
    (*_MEANING, *_FACTS),
    (*_MEANING, "pairs", "recall_window", *_FACTS),
    (*_MEANING, "pairs", "recall_window", "weakest_clause", "length", *_FACTS),
    MEASURES,
)
_LICENCES = "WiCE ODC-BY; ExpertQA MIT"

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Claims as the model sees them, one row each."""

    measures: Numbers
    supported: Flags
    partly: Flags
    agrees: Flags
    """Where nothing plainly disagrees."""
    sets: npt.NDArray[np.str_]
    groups: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> Table:
        """Some of the rows."""
        return Table(
            self.measures[rows],
            self.supported[rows],
            self.partly[rows],
            self.agrees[rows],
            self.sets[rows],
            self.groups[rows],
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """A model over measures, and the threshold that goes with it."""

    intercept: float
    weights: Mapping[str, float]
    threshold: float = 0.0

    def estimate(self, measures: Numbers) -> Numbers:
        """Probability for each row."""
        columns = [MEASURES.index(name) for name in self.weights]
        values: Numbers = 1 / (
            1 + np.exp(-(measures[:, columns] @ np.array([*self.weights.values()]) + self.intercept))
        )
        return values


def main() -> int:
    """Measure, fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    silence_libraries()
    paths = dict(find_sets(arguments.data))
    if not paths:
        print(f"{arguments.data} holds no grounding/NAME.jsonl.")
        return 1
    embedder = build_embedder(read_settings(os.environ))
    table = tabulate({name: load_claims(path) for name, path in paths.items()}, embedder)
    aim, figures = choose_aim(table)
    fit = fit_all(table, aim)
    for name, values in figures.items():
        print(name, values)
    print(f"threshold {fit.threshold:.3f}", {name: round(weight, 3) for name, weight in fit.weights.items()})
    if not arguments.dry_run:
        write_parameters(fit, aim, figures, paths)
    return 0


def tabulate(sets: Mapping[str, Sequence[Claim]], embedder: Embedder) -> Table:
    """Every claim of every set, compared with its evidence."""
    comparer = Comparer(SentenceVectors(embedder))
    claims = [(name, claim) for name, claims in sets.items() for claim in claims]
    comparisons = [comparer.compare(claim.text, claim.sentences) for _, claim in claims]
    agrees = [not (comparison.disagreements or comparison.reordered) for comparison in comparisons]
    groups = {group: number for number, group in enumerate(dict.fromkeys((name, one.group) for name, one in claims))}
    return Table(
        np.array([[comparison.measures[name] for name in MEASURES] for comparison in comparisons]),
        np.array([claim.supported == "yes" for _, claim in claims]),
        np.array([claim.supported == "partly" for _, claim in claims]),
        np.array(agrees),
        np.array([name for name, _ in claims]),
        np.array([groups[name, claim.group] for name, claim in claims]),
    )


def choose_aim(table: Table) -> tuple[float, dict[str, dict[str, float]]]:
    """The share to aim at, and what passes and is lost of each set, cross-fitted, when it is aimed at."""
    figures: dict[str, dict[str, float]] = {}
    for aim in AIMS:
        _, passed = cross_fit(table, aim)
        figures = {name: measure(table, passed, name) for name in sorted(set(table.sets.tolist()))}
        print(f"aiming at {aim}: " + str({name: values["let_through"] for name, values in figures.items()}))
        if all(values["let_through"] <= MOST for values in figures.values()):
            return aim, figures
    return AIMS[-1], figures


def fit_all(table: Table, aim: float) -> Fit:
    """Selection, model and threshold from every row; selection and threshold by probabilities that are cross-fitted."""
    kept: dict[tuple[str, ...], tuple[float, float]] = {}
    for names in SELECTIONS:
        probabilities = np.zeros(len(table.supported))
        for train, test in split(table):
            probabilities[test] = fit_model(table.take(train), names).estimate(table.measures[test])
        threshold = choose_threshold(table, probabilities, aim)
        passed = (probabilities >= threshold) & table.agrees
        shares = [passed[(table.sets == name) & table.supported].mean() for name in set(table.sets.tolist())]
        kept[names] = float(np.mean(shares)), threshold
    best = max(SELECTIONS, key=lambda names: kept[names][0])
    model = fit_model(table, best)
    return Fit(model.intercept, model.weights, kept[best][1])


def cross_fit(table: Table, aim: float) -> tuple[Numbers, Flags]:
    """For each row its probability, and whether it passes, by a model and a threshold that were chosen without it."""
    probabilities, passed = np.zeros(len(table.supported)), np.zeros(len(table.supported), dtype=bool)
    for train, test in split(table):
        fit = fit_all(table.take(train), aim)
        probabilities[test] = fit.estimate(table.measures[test])
        passed[test] = (probabilities[test] >= fit.threshold) & table.agrees[test]
    return probabilities, passed


def split(table: Table) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows to fit on and rows to judge, no group in both."""
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=SEED)
    return list(folds.split(table.measures, table.supported, table.groups))


def fit_model(table: Table, names: Sequence[str]) -> Fit:
    """The logistic model over some measures; each set and verdict weighs alike.

    No likeness may count against a claim, and no disagreement for it: a measure that comes out so is left out.
    """
    kinds = [*zip(table.sets.tolist(), table.supported.tolist(), strict=True)]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    shares = np.array([len(kinds) / counts[kind] / len(counts) for kind in kinds])
    while names:
        measures = table.measures[:, [MEASURES.index(name) for name in names]]
        scaler = StandardScaler().fit(measures)
        model = LogisticRegression(C=_STRENGTH, max_iter=2000)
        model.fit(scaler.transform(measures), table.supported, sample_weight=shares)
        weights = dict(zip(names, (model.coef_[0] / scaler.scale_).tolist(), strict=True))
        wrong = [name for name in names if weights[name] * _SIGNS.get(name, 1 if name not in _FACTS else -1) < 0]
        if not wrong:
            intercept = float(model.intercept_[0] - np.array([*weights.values()]) @ scaler.mean_)
            return Fit(intercept, weights)
        names = [name for name in names if name not in wrong]
    return Fit(0.0, {})


def choose_threshold(table: Table, probabilities: Numbers, aim: float) -> float:
    """The least probability at which no set lets more than a share of its unsupported claims through."""
    needed = 0.0
    for name in set(table.sets.tolist()):
        wrong = (table.sets == name) & ~table.supported
        passing = np.sort(probabilities[wrong & table.agrees])[::-1]
        allowed = int(aim * wrong.sum())
        if allowed < len(passing):
            needed = max(needed, float(passing[allowed]) + 1e-6)
    return needed


def measure(table: Table, passed: Flags, name: str) -> dict[str, float]:
    """What passes of one set."""
    own = table.sets == name
    wrong = own & ~table.supported
    values = {"let_through": passed[wrong].mean(), "lost": (~passed[own & table.supported]).mean()}
    return {key: round(float(value), 4) for key, value in values.items()} | {
        "supported": int((own & table.supported).sum()),
        "unsupported": int(wrong.sum()),
    }


def write_parameters(
    fit: Fit, aim: float, figures: Mapping[str, Mapping[str, float]], paths: Mapping[str, Path]
) -> None:
    """The settings file, with where it came from."""
    value: dict[str, Any] = {
        "model": {
            "intercept": round(fit.intercept, 4),
            "weights": {name: round(weight, 4) for name, weight in fit.weights.items()},
        },
        "threshold": round(fit.threshold, 4),
        "let_through": max(values["let_through"] for values in figures.values()),
        "lost": max(values["lost"] for values in figures.values()),
        "measured": figures,
        "provenance": {
            "script": "evals/train/fit_support.py",
            "seed": SEED,
            "aim": aim,
            "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths.values()},
            "licences": _LICENCES,
        },
    }
    PARAMETERS.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
