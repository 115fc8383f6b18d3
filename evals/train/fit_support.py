"""Fits coach/support.json: claims with a verdict in; how surely evidence supports a claim, and the threshold, out.

    python evals/train/fit_support.py --data FOLDER [--dry-run]

Each claim of each set under FOLDER/grounding is compared with its evidence as the product compares them. From that:

    model       logistic model of whether the evidence supports the claim (yes; partly and no are not), each set and each
                verdict weighing alike
    threshold   the least probability at which, of every set, at most `AIM` of the unsupported claims pass: those in which
                nothing disagrees and whose probability reaches it
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
from coach.claim_facts import find_disagreement
from coach.embedding import Embedder
from coach.privacy import silence_libraries
from coach.settings import read_settings
from coach.support import MEASURES, PARAMETERS, Comparer
from evals.claims import Claim, find_sets, load_claims

SEED = 20261121
AIM = 0.1
"""Share of the unsupported claims of each set that may pass."""
_FOLDS = 8
_STRENGTH = 0.3
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
    weights: Numbers
    threshold: float

    def estimate(self, measures: Numbers) -> Numbers:
        """Probability for each row."""
        values: Numbers = 1 / (1 + np.exp(-(measures @ self.weights + self.intercept)))
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
    fit = fit_all(table)
    _, passed = cross_fit(table)
    figures = {name: measure(table, passed, name) for name in paths}
    for name, values in figures.items():
        print(name, values)
    print(f"threshold {fit.threshold:.3f}", dict(zip(MEASURES, fit.weights.round(3).tolist(), strict=True)))
    if not arguments.dry_run:
        write_parameters(fit, figures, paths)
    return 0


def tabulate(sets: Mapping[str, Sequence[Claim]], embedder: Embedder) -> Table:
    """Every claim of every set, compared with its evidence."""
    comparer = Comparer(embedder)
    claims = [(name, claim) for name, claims in sets.items() for claim in claims]
    comparisons = [comparer.compare(claim.text, claim.sentences) for _, claim in claims]
    agrees = [
        find_disagreement(claim.text, claim.sentences, comparison.carriers) is None
        for (_, claim), comparison in zip(claims, comparisons, strict=True)
    ]
    groups = {group: number for number, group in enumerate(dict.fromkeys((name, one.group) for name, one in claims))}
    return Table(
        np.array([[comparison.measures[name] for name in MEASURES] for comparison in comparisons]),
        np.array([claim.supported == "yes" for _, claim in claims]),
        np.array([claim.supported == "partly" for _, claim in claims]),
        np.array(agrees),
        np.array([name for name, _ in claims]),
        np.array([groups[name, claim.group] for name, claim in claims]),
    )


def fit_all(table: Table) -> Fit:
    """Model and threshold from every row; the threshold from probabilities that are cross-fitted."""
    probabilities = np.zeros(len(table.supported))
    for train, test in split(table):
        probabilities[test] = fit_model(table.take(train)).estimate(table.measures[test])
    model = fit_model(table)
    return Fit(model.intercept, model.weights, choose_threshold(table, probabilities))


def cross_fit(table: Table) -> tuple[Numbers, Flags]:
    """For each row its probability, and whether it passes, by a model and a threshold that were chosen without it."""
    probabilities, passed = np.zeros(len(table.supported)), np.zeros(len(table.supported), dtype=bool)
    for train, test in split(table):
        fit = fit_all(table.take(train))
        probabilities[test] = fit.estimate(table.measures[test])
        passed[test] = (probabilities[test] >= fit.threshold) & table.agrees[test]
    return probabilities, passed


def split(table: Table) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows to fit on and rows to judge, no group in both."""
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=SEED)
    return list(folds.split(table.measures, table.supported, table.groups))


def fit_model(table: Table) -> Fit:
    """The logistic model; each set and verdict weighs alike."""
    kinds = [*zip(table.sets.tolist(), table.supported.tolist(), strict=True)]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    shares = np.array([len(kinds) / counts[kind] / len(counts) for kind in kinds])
    scaler = StandardScaler().fit(table.measures)
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit(scaler.transform(table.measures), table.supported, sample_weight=shares)
    weights = model.coef_[0] / scaler.scale_
    return Fit(float(model.intercept_[0] - (weights * scaler.mean_).sum()), weights, 0.0)


def choose_threshold(table: Table, probabilities: Numbers) -> float:
    """The least probability at which no set lets more than `AIM` of its unsupported claims through."""
    needed = 0.0
    for name in set(table.sets.tolist()):
        wrong = (table.sets == name) & ~table.supported
        passing = np.sort(probabilities[wrong & table.agrees])[::-1]
        allowed = int(AIM * wrong.sum())
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


def write_parameters(fit: Fit, figures: Mapping[str, Mapping[str, float]], paths: Mapping[str, Path]) -> None:
    """The settings file, with where it came from."""
    value: dict[str, Any] = {
        "model": {
            "intercept": round(fit.intercept, 4),
            "weights": {name: round(float(weight), 4) for name, weight in zip(MEASURES, fit.weights, strict=True)},
        },
        "threshold": round(fit.threshold, 4),
        "let_through": max(values["let_through"] for values in figures.values()),
        "lost": max(values["lost"] for values in figures.values()),
        "measured": figures,
        "provenance": {
            "script": "evals/train/fit_support.py",
            "seed": SEED,
            "aim": AIM,
            "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths.values()},
            "licences": _LICENCES,
        },
    }
    PARAMETERS.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
