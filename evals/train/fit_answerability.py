"""Fits coach/answerability.json: questions with a verdict in; what answers, how sure, and every threshold, with provenance, out.

    python evals/train/fit_answerability.py --data FOLDER --starter evals/starter.jsonl [--measured FILE]

Each question is asked of its documents as the product asks it, and what the product measures is kept. From that:

    question   logistic model of whether the passages answer, each set weighing alike
    sentence   logistic model of whether a sentence answers, on questions whose answers are known
    answered   probability from which an answer is given: balanced accuracy within .01 of the best, each set weighing alike
    partial    probability from which it is shown as unsure: .85 of the starter's questions without an answer are declined
    near       probability from which what is near is named: parts questions on the topic from questions off it
    short, long  how much is quoted: best F1.5 of quoted against asked-for sentences
    close      cosine from which two sentences say something close: at most a tenth of unsupported claims pass
    near_report  cosine from which a report worth adding is named: above every question off the topic

Only the tuning part of the starter set is read. What is printed is cross-fitted by groups: every question is judged by a
model that was fitted without its passages. What a cross-encoder was trained on is left out of everything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from coach.answerability import PARAMETERS
from coach.assembly import build_embedder
from coach.close_reading import (
    QUESTION_FEATURES,
    READ_QUESTION_FEATURES,
    SENTENCE_FEATURES,
)
from coach.privacy import silence_libraries
from coach.settings import read_settings
from evals.answering import find_sets, read_rows
from evals.train.measures import Row, measure_set, measure_starter

SEED = 20261121
_FOLDS = 5
_FREE = 3.0
_DECLINED = 0.85
"""Of the starter questions without an answer, the share that must be declined."""
_RECALL = 1.5
"""How many times as much a missing sentence weighs as one too many."""
_STARTER = 0.3
"""What the starter set weighs beside each other set: it is small."""


def main() -> int:
    """Measure, fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--starter", type=Path, required=True)
    parser.add_argument(
        "--measured", type=Path, help="keep what was measured here, and take it from here if it is there"
    )
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    silence_libraries()
    if arguments.measured and arguments.measured.is_file():
        measured = json.loads(arguments.measured.read_text("utf-8"))
    else:
        measured = {name: measure_set(arguments.data, path) for name, path in find_sets(arguments.data)}
        measured["starter"] = measure_starter(arguments.starter)
        if arguments.measured:
            arguments.measured.write_text(json.dumps(measured), "utf-8")
    if not any(measured.values()):
        print(f"{arguments.data} holds no answerability/NAME.jsonl.")
        return 1
    close = fit_close(arguments.data / "grounding" / "wice.jsonl")
    values = {
        name: {**fit(measured, with_reader=name == "with_reader"), "close": close}
        for name in ("without_reader", "with_reader")
    }
    if not arguments.dry_run:
        write_parameters(values, arguments.data, arguments.starter)
    return 0


# --- fitting ------------------------------------------------------------------------------------------------------


def fit(measured: Mapping[str, list[Row]], *, with_reader: bool) -> dict[str, Any]:
    """Every parameter but `close`, and a report of what they come to."""
    question_names = QUESTION_FEATURES + (READ_QUESTION_FEATURES if with_reader else ())
    # What a rule decides is not the model's to learn.
    found = [
        (name, row) for name, set_rows in measured.items() for row in set_rows if row["measures"] and not row["gated"]
    ]
    rows, sets, labels, groups, features = tabulate(found, question_names)
    shares = weigh_sets(sets, labels)
    question, probabilities = fit_logistic(question_names, features, labels, groups, shares)
    title = "with the reader" if with_reader else "without a reader"
    print(f"\n{title}: AUROC, cross-fitted by groups")
    for name in dict.fromkeys(sets):
        own = sets == name
        cosine = roc_auc_score(labels[own], features[own][:, question_names.index("passage_nearness")])
        product = roc_auc_score(labels[own], probabilities[own])
        print(f"  {name:<10} {own.sum():>5} questions  cosine {cosine:.3f}  product {product:.3f}")
    starter = [(row, p) for (name, row), p in zip(rows, probabilities, strict=True) if name == "starter"]
    ruled = sum(row["gated"] and not row["answerable"] for row in measured["starter"])
    partial = choose_partial(starter, ruled)
    answered = max(choose_threshold(labels, probabilities, weigh_alike(sets, labels)), partial)
    print(f"  shown from {partial:.2f}, answered from {answered:.2f}")
    for name in dict.fromkeys(sets):
        own = sets == name
        accuracy = balanced_accuracy_score(labels[own], probabilities[own] >= answered)
        print(f"  {name:<10} balanced accuracy {accuracy:.3f} at {answered:.2f}")
    near = choose_near(starter)
    sentence, measures = fit_sentences(measured, SENTENCE_FEATURES)
    off_topic = [row["report"] for row, _ in starter if row["type"] == "off_topic"]
    return {
        "question": question,
        "sentence": sentence,
        "answered": answered,
        "partial": partial,
        "near": min(near, partial),
        "near_report": round(max(off_topic) + 0.01, 2),
        **measures,
    }


def cross_fit(measured: Mapping[str, list[Row]]) -> dict[str, np.ndarray]:
    """For each set, every question's probability from a model fitted without its group; 0 where nothing was found."""
    rows = [(name, row) for name, set_rows in measured.items() for row in set_rows]
    with_reader = any("best_passage_logit" in row["measures"] for _, row in rows)
    names = QUESTION_FEATURES + (READ_QUESTION_FEATURES if with_reader else ())
    _, sets, labels, groups, features = tabulate(rows, names)
    weights = weigh_sets(sets, labels) * np.array([not row["gated"] for _, row in rows])
    _, probabilities = fit_logistic(names, features, labels, groups, weights)
    # What a rule declines has the least confidence.
    found = np.array([bool(row["measures"]) and not row["gated"] for _, row in rows])
    judged: np.ndarray = probabilities * found
    return {name: np.asarray(judged[sets == name]) for name in measured}


def tabulate(
    rows: Sequence[tuple[str, Row]], names: Sequence[str]
) -> tuple[Sequence[tuple[str, Row]], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows as columns: the rows, their sets, verdicts, groups and measures."""
    sets = np.array([name for name, _ in rows])
    labels = np.array([row["answerable"] for _, row in rows])
    groups = np.array([f"{name}:{row['group']}" for name, row in rows])
    features = np.array([[row["measures"].get(name, 0.0) for name in names] for _, row in rows])
    return rows, sets, labels, groups, features


def weigh_alike(sets: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Weights that make every set, and both verdicts within it, count alike."""
    weights = np.zeros(len(sets))
    for name in set(sets.tolist()):
        for verdict in (True, False):
            chosen = (sets == name) & (labels == verdict)
            weights[chosen] = 1 / max(int(chosen.sum()), 1)
    return weights


def weigh_sets(sets: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The same, the starter set less."""
    weights = weigh_alike(sets, labels) * np.where(sets == "starter", _STARTER, 1.0)
    return np.asarray(weights * len(sets) / weights.sum())


def fit_logistic(
    names: Sequence[str], features: np.ndarray, labels: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> tuple[dict[str, Any], np.ndarray]:
    """A model of plain measures, and each row's probability from a model that was fitted without its group.

    Each set has an intercept of its own while the model is fitted, or their differences would pass for evidence; the
    shipped intercept is the mean of these. A group begins with its set's name and a colon.
    """
    sets = np.array([group.split(":")[0] for group in groups])
    own = np.array([[float(name == one) for one in sorted(set(sets.tolist()))] for name in sets])
    probabilities = np.zeros(len(labels))
    for train, test in GroupKFold(_FOLDS, shuffle=True, random_state=SEED).split(features, labels, groups):
        coefficients, intercept = fit_plain(features[train], own[train], labels[train], weights[train])
        probabilities[test] = 1 / (1 + np.exp(-(features[test] @ coefficients + intercept)))
    coefficients, intercept = fit_plain(features, own, labels, weights)
    return {
        "intercept": round(intercept, 4),
        "weights": {name: round(float(value), 4) for name, value in zip(names, coefficients, strict=True)},
    }, probabilities


def fit_plain(
    features: np.ndarray, own: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    """Coefficients of the measures as they come, and the mean intercept."""
    scaler = StandardScaler().fit(features)
    # Scaled up, the intercepts are hardly held back.
    table = np.hstack([scaler.transform(features), own * _FREE])
    model = LogisticRegression(C=0.1, max_iter=1000).fit(table, labels, sample_weight=weights)
    measured, sets = model.coef_[0][: features.shape[1]], model.coef_[0][features.shape[1] :] * _FREE
    coefficients = measured / scaler.scale_
    intercept = float(model.intercept_[0]) + float(sets.mean()) - float(coefficients @ scaler.mean_)
    return coefficients, intercept


def choose_threshold(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> float:
    """The lowest probability, on a grid of hundredths, whose balanced accuracy is within a hundredth of the best.

    The curve is flat: of thresholds that do alike, the one that declines least.
    """
    grid = np.round(np.arange(0.05, 0.96, 0.01), 2)
    scores = [balanced_accuracy_score(labels, probabilities >= cut, sample_weight=weights) for cut in grid]
    return float(next(cut for cut, score in zip(grid, scores, strict=True) if score >= max(scores) - 0.01))


def choose_partial(starter: Sequence[tuple[Row, float]], ruled: int) -> float:
    """The lowest probability from which no more than a share of the questions without an answer are answered.

    Args:
        starter: the tuning part of the starter set, without what rules decline.
        ruled: how many questions without an answer rules decline.
    """
    silent = np.array([p for row, p in starter if not row["answerable"]])
    grid = np.round(np.arange(0.05, 0.96, 0.01), 2)
    right = [(ruled + int((silent < cut).sum())) / (ruled + len(silent)) for cut in grid]
    return float(next(cut for cut, share in zip(grid, right, strict=True) if share >= _DECLINED))


def choose_near(starter: Sequence[tuple[Row, float]]) -> float:
    """The probability that best parts questions off the topic from all others."""
    labels = np.array([row["type"] != "off_topic" for row, _ in starter])
    return choose_threshold(labels, np.array([p for _, p in starter]), np.ones(len(starter)))


def fit_sentences(
    measured: Mapping[str, list[Row]], names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """The model of sentences, and how much of what it ranks is quoted."""
    rows = [
        (name, row)
        for name, set_rows in measured.items()
        for row in set_rows
        if any(s["wanted"] for s in row["sentences"])
    ]
    cells = [(index, name, sentence) for index, (name, row) in enumerate(rows) for sentence in row["sentences"]]
    features = np.array([[sentence[name] for name in names] for _, _, sentence in cells], dtype=float)
    labels = np.array([sentence["wanted"] for _, _, sentence in cells])
    sets = np.array([name for _, name, _ in cells])
    groups = np.array([f"{rows[index][0]}:{rows[index][1]['group']}" for index, _, _ in cells])
    # Per set alike, and as they are within it: a probability of a sentence, not of a balanced sample.
    weights = np.array([1 / (sets == name).sum() for name in sets]) * len(sets) / len(set(sets.tolist()))
    model, probabilities = fit_logistic(names, features, labels, groups, weights)
    places = [np.flatnonzero(np.array([owner for owner, _, _ in cells]) == index) for index in range(len(rows))]
    for name in dict.fromkeys(sets):
        own = sets == name
        first = np.mean(
            [labels[p[probabilities[p].argmax()]] for p, (owner, _) in zip(places, rows, strict=True) if owner == name]
        )
        auroc = roc_auc_score(labels[own], probabilities[own])
        print(f"  sentences, {name:<10} AUROC {auroc:.3f}, best one wanted {first:.3f}")

    measures = {}
    for kind, is_short in (("short", True), ("long", False)):

        def score(floor: float, share: float, is_short: bool = is_short) -> float:
            by_set: dict[str, list[float]] = {}
            for own, (name, row) in zip(places, rows, strict=True):
                if row["short"] == is_short:
                    most = 3 if is_short else 6
                    by_set.setdefault(name, []).append(
                        score_choice(probabilities[own], labels[own], floor, share, most)
                    )
            return float(np.mean([np.mean(values) for values in by_set.values()]))

        floor, share = choose_measure(score)
        print(f"  {kind} answers quote from {floor:.2f} and {share:.2f} of the best: F1.5 {score(floor, share):.3f}")
        measures[kind] = {"floor": floor, "share": share}
    return model, measures


def score_choice(probabilities: np.ndarray, wanted: np.ndarray, floor: float, share: float, most: int) -> float:
    """F-measure of the sentences that would be quoted, recall before precision."""
    order = np.argsort(-probabilities)
    best = probabilities[order[0]]
    chosen = [
        index
        for place, index in enumerate(order[:most])
        if place == 0 or probabilities[index] >= max(floor, share * best)
    ]
    hits = wanted[chosen].sum()
    return float((1 + _RECALL**2) * hits / (len(chosen) + _RECALL**2 * wanted.sum()))


def choose_measure(score: Callable[[float, float], float]) -> tuple[float, float]:
    """The grid's best pair."""
    grid = [
        (floor, share)
        for floor in np.round(np.arange(0.02, 0.5, 0.04), 2)
        for share in np.round(np.arange(0.1, 1.0, 0.1), 2)
    ]
    return max(((float(floor), float(share)) for floor, share in grid), key=lambda pair: score(*pair))


def fit_close(path: Path) -> float:
    """The cosine of claim and nearest evidence sentence that at most a tenth of unsupported claims reach."""
    rows = read_rows(path)
    embedder = build_embedder(read_settings({}))
    cosines, supported = [], []
    for row in rows:
        vectors = embedder.embed([row["claim"], *row["evidence"]])
        cosines.append(float((vectors[1:] @ vectors[0]).max()))
        supported.append(row["supported"] == "yes")
    cosine = np.array(cosines)
    cut = round(float(np.quantile(cosine[~np.array(supported)], 0.9)), 2)
    print(f"close from {cut}: {np.mean(cosine[np.array(supported)] >= cut):.2f} of supported claims reach it")
    return cut


def write_parameters(values: dict[str, dict[str, Any]], data: Path, starter: Path) -> None:
    """The parameters, with where they came from."""
    files = [path for _, path in find_sets(data)] + [data / "grounding" / "wice.jsonl", starter]
    provenance = {
        "script": "evals/train/fit_answerability.py",
        "seed": SEED,
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "licences": "CLAP NQ and mt-rag Apache-2.0, SQuAD 2.0 CC BY-SA 4.0, WiCE ODC-BY; of the starter set the tuning part",
    }
    PARAMETERS.write_text(json.dumps({**values, "provenance": provenance}, indent=2) + "\n", "utf-8")
    print(f"wrote {PARAMETERS.name}")


if __name__ == "__main__":
    sys.exit(main())
