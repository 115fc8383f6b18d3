"""Fits coach/relevance.json: questions with passages that speak of them or do not, in; parameters with provenance, out.

    python evals/train/fit_relevance.py --data FOLDER   (layout of the development data: answerability/)

A logistic model of two features: the cosine of the question and the nearest sentence, and the share of the question's
words found in the best passages. The passages that answer a question are the good cases; the passages of the question
most like it, taken for it, the bad ones. The threshold is the one with the best balanced accuracy. What is printed is
cross-fitted: each row is judged by a model that was fitted without it. Whether passages that speak of a thing also
answer the question is more than this model can see; the figure on unanswerable questions says so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import sentencex
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from coach.assembly import build_embedder
from coach.embedding import Embedder
from coach.lexical import find_words
from coach.privacy import silence_libraries
from coach.relevance import PARAMETERS, measure_coverage, stem, stem_words
from coach.settings import read_settings

SEED = 20261121
_PIECE = 900  # characters of a passage that are embedded at once, as in a library


def main() -> int:
    """Fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    path = arguments.data / "answerability" / "clapnq.jsonl"
    if not path.is_file():
        print(f"{path} is not there. Give the folder that holds answerability/clapnq.jsonl as --data.")
        return 1
    silence_libraries()
    embedder = build_embedder(read_settings({}))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    features, labels, near = measure_rows(rows, embedder)
    probabilities = cross_fit(features, labels)
    model = LogisticRegression().fit(features, labels)
    threshold = choose_threshold(labels, probabilities)
    print(f"{len(labels)} cases, {int(labels.sum())} good")
    print(f"AUROC, cross-fitted                        {roc_auc_score(labels, probabilities):.3f}")
    print(f"AUROC of the cosine alone                  {roc_auc_score(labels, features[:, 0]):.3f}")
    print(
        f"balanced accuracy at {threshold:.2f}                  {balanced_accuracy_score(labels, probabilities >= threshold):.3f}"
    )
    refused = float((model.predict_proba(near)[:, 1] < threshold).mean())
    print(f"unanswerable questions on their topic refused {refused:.3f}")
    if not arguments.dry_run:
        write_parameters(model, threshold, path, labels, probabilities)
    return 0


def measure_rows(rows: Sequence[dict[str, object]], embedder: Embedder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features and labels of good and bad cases, and features of the unanswerable questions on their own passages."""
    weights = count_weights(rows)
    answerable = [row for row in rows if row["answerable"]]
    questions = embedder.embed([str(row["question"]) for row in answerable])
    likeness = questions @ questions.T
    np.fill_diagonal(likeness, -1)
    features, labels = [], []
    for index, row in enumerate(answerable):
        other = answerable[int(likeness[index].argmax())]
        features.append(measure(str(row["question"]), row["passages"], embedder, weights))
        features.append(measure(str(row["question"]), other["passages"], embedder, weights))
        labels += [1, 0]
    near = [measure(str(row["question"]), row["passages"], embedder, weights) for row in rows if not row["answerable"]]
    return np.array(features), np.array(labels), np.array(near)


def measure(question: str, passages: object, embedder: Embedder, weights: Callable[[str], float]) -> list[float]:
    """The two features of a question against some passages."""
    pieces = list(iterate_pieces(passages))
    vectors = embedder.embed([question, *pieces])
    best = [pieces[index] for index in np.argsort(-(vectors[1:] @ vectors[0]))[:3]]
    sentences = [sentence.strip() for piece in best for sentence in sentencex.segment("en", piece) if sentence.strip()]
    cosine = float((embedder.embed(sentences) @ vectors[0]).max())
    words = find_words(question)
    return [cosine, measure_coverage(words, {word: weights(word) for word in words}, best)]


def iterate_pieces(passages: object) -> Iterator[str]:
    """The passages of a row in pieces of about a library's passage."""
    assert isinstance(passages, list)
    for passage in passages:
        text = passage if isinstance(passage, str) else f"{passage.get('title') or ''}\n{passage['text']}"
        for start in range(0, len(text), _PIECE):
            yield text[start : start + _PIECE]


def count_weights(rows: Sequence[dict[str, object]]) -> Callable[[str], float]:
    """Inverse document frequency over all passages, as the library's word index gives it."""
    counts: Counter[str] = Counter()
    total = 0
    for row in rows:
        for piece in iterate_pieces(row["passages"]):
            counts.update(stem_words(piece))
            total += 1
    return lambda word: math.log(1 + total / (1 + counts[stem(word)]))


def cross_fit(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each row's probability from a model fitted without its fold."""
    probabilities = np.zeros(len(labels))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=SEED).split(features, labels):
        model = LogisticRegression().fit(features[train], labels[train])
        probabilities[test] = model.predict_proba(features[test])[:, 1]
    return probabilities


def choose_threshold(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The probability with the best balanced accuracy, on a grid of hundredths."""
    grid = np.round(np.arange(0.05, 0.96, 0.01), 2)
    return float(max(grid, key=lambda cut: balanced_accuracy_score(labels, probabilities >= cut)))


def write_parameters(
    model: LogisticRegression, threshold: float, path: Path, labels: np.ndarray, probabilities: np.ndarray
) -> None:
    """The parameters, with where they came from."""
    value = {
        "parameters": {
            "intercept": round(float(model.intercept_[0]), 4),
            "cosine": round(float(model.coef_[0][0]), 4),
            "coverage": round(float(model.coef_[0][1]), 4),
            "threshold": threshold,
        },
        "provenance": {
            "script": "evals/train/fit_relevance.py",
            "data": "CLAP NQ part, 150 answerable questions, Apache-2.0",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "seed": SEED,
            "auroc_cross_fitted": round(float(roc_auc_score(labels, probabilities)), 3),
            "balanced_accuracy_cross_fitted": round(
                float(balanced_accuracy_score(labels, probabilities >= threshold)), 3
            ),
            "threshold_chosen_by": "best balanced accuracy on the cross-fitted probabilities",
        },
    }
    PARAMETERS.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    print(f"wrote {PARAMETERS.name}")


if __name__ == "__main__":
    sys.exit(main())
