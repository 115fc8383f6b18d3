"""Measures the judgement whether documents answer a question: sets with verdicts in; AUROC, F1 and errors at the threshold out.

    python evals/bench/answerability.py --data FOLDER [--json] [--cross-fit] [--pictures FOLDER] [--limit N]

A set is FOLDER/answerability/NAME.jsonl (evals/answering.py says what a row holds); rows of another label than answerable
and unanswerable are left out. Each question is asked as a person would ask it, of the documents that its row names.

    cosine    the cosine of the question and the nearest passage, from .5
    product   the confidence of the answer, from the threshold that is shipped: declined is `not_in_sources`

`--cross-fit` judges each question by a model of the same measures that was fitted without its passages' questions: the
honest figure for sets that the shipped parameters were fitted on. Questions that the cross-encoder was trained on are left
out wherever the rule of evals/train/reader_data.py knows them.

    auroc            with a bootstrap interval of 95 % (auroc_low, auroc_high)
    f1               of `answerable` at the threshold
    refusal_recall   of the unanswerable, those declined;  over_refusal: of the answerable, those declined
    calibration_error   expected calibration error over ten bins
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from coach.answerability import load_answerability
from coach.privacy import silence_libraries
from evals.answering import find_documents, find_sets, load_cases, open_set
from evals.train.fit_answerability import cross_fit
from evals.train.measures import Row, leave_out_trained, measure_case

SEED = 20261121
_RESAMPLES = 1000
_BINS = 10

Scores = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""By system: a score for each question, and whether it is answered."""


def main() -> int:
    """Measure every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cross-fit", action="store_true")
    parser.add_argument("--pictures", type=Path, help="draw risk-coverage and reliability here")
    parser.add_argument("--limit", type=int, help="ask every so-manieth question of a set, for a quick look")
    arguments = parser.parse_args()
    silence_libraries()
    judged = {name: ask_set(arguments.data, path, arguments.limit or 1) for name, path in find_sets(arguments.data)}
    if not judged:
        print(f"{arguments.data} holds no answerability/NAME.jsonl.")
        return 1
    fitted = cross_fit({name: rows for name, (rows, _) in judged.items()}) if arguments.cross_fit else {}
    results: dict[str, dict[str, dict[str, float]]] = {}
    drawn: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, (rows, shipped) in judged.items():
        labels = np.array([row["answerable"] for row in rows])
        scores = score_systems(rows, shipped, fitted.get(name))
        results[name] = {system: measure(labels, *given) for system, given in scores.items()}
        drawn[name] = (labels, scores["product"][0])
    if arguments.pictures:
        from evals.bench.pictures import draw_reliability, draw_risk

        draw_risk(drawn, arguments.pictures / "risk-coverage.png")
        draw_reliability(drawn, arguments.pictures / "reliability.png")
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def ask_set(data: Path, path: Path, step: int) -> tuple[list[Row], list[tuple[float, bool]]]:
    """What is measured for each question, and the confidence and verdict of its answer."""
    with tempfile.TemporaryDirectory() as work:
        cases = leave_out_trained(path, load_cases(data, path, Path(work) / "documents"))[::step]
        with open_set(Path(work) / "documents", Path(work) / "home") as coach:
            documents = find_documents(coach, cases)
            rows, shipped = [], []
            for number, case in enumerate(cases):
                rows.append(measure_case(coach, case, documents[case.id]))
                answer = coach.assistant.ask(case.question, documents=documents[case.id], history=case.history)
                shipped.append((answer.confidence, answer.outcome.value != "not_in_sources"))
                if number % 200 == 0:
                    print(f"{path.stem}: {number} of {len(cases)}", file=sys.stderr, flush=True)
            return rows, shipped


def score_systems(rows: Sequence[Row], shipped: Sequence[tuple[float, bool]], fitted: np.ndarray | None) -> Scores:
    """Scores and verdicts of both systems."""
    cosine = np.array([row["cosine"] for row in rows])
    confidence = np.array([confidence for confidence, _ in shipped])
    answered = np.array([answered for _, answered in shipped])
    if fitted is not None:
        confidence = fitted
        answered = fitted >= load_answerability(with_reader="best_passage_logit" in rows[0]["measures"]).answered
    return {"cosine": (cosine, cosine >= 0.5), "product": (confidence, answered)}


def measure(labels: np.ndarray, scores: np.ndarray, answered: np.ndarray) -> dict[str, float]:
    """Every metric of one system on one set."""
    low, high = resample(labels, scores)
    values = {
        "auroc": roc_auc_score(labels, scores),
        "auroc_low": low,
        "auroc_high": high,
        "f1": f1_score(labels, answered),
        "refusal_recall": np.mean(~answered[~labels]),
        "over_refusal": np.mean(~answered[labels]),
        "calibration_error": measure_calibration(labels, scores),
        "questions": len(labels),
    }
    return {name: round(float(value), 4) for name, value in values.items()}


def resample(labels: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of the AUROC over questions drawn with replacement."""
    generator = np.random.default_rng(SEED)
    values = []
    for _ in range(_RESAMPLES):
        drawn = generator.integers(0, len(labels), len(labels))
        if labels[drawn].any() and not labels[drawn].all():
            values.append(roc_auc_score(labels[drawn], scores[drawn]))
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def measure_calibration(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean distance of what is said from what is so, over ten bins, each weighing by its questions."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            (bins == place).mean() * abs(scores[bins == place].mean() - labels[bins == place].mean())
            for place in set(bins.tolist())
        )
    )


def write_table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """One line for each set and system."""
    names = (
        "auroc",
        "auroc_low",
        "auroc_high",
        "f1",
        "refusal_recall",
        "over_refusal",
        "calibration_error",
        "questions",
    )
    lines = [f"{'set':<10} {'system':<8}" + "".join(f"{name:>18}" for name in names)]
    for name, systems in results.items():
        lines += [
            f"{name:<10} {system:<8}" + "".join(f"{given[key]:>18}" for key in names)
            for system, given in systems.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
