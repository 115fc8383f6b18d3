"""Fits coach/evaluation/scores/mentions.json: phrases beside sentences with a verdict in; a model and two thresholds out.

    python evals/train/fit_mentions.py [--dry-run]

`evals/mentions.jsonl` holds phrases as a trainer types them, each with sentences that say it or do not: in its words, in
other forms, in other words; with another number, name or negation, its opposite, turned round, on another topic. What the
words and their forms decide, and where a number, a name or a negation differs, needs no model. Of the rest:

    model     logistic model of whether the sentence says the phrase, over `MEASURES`. Besides the labelled pairs it sees each
              phrase with sentences of answers to the starter set, which say none of them: a quarter as heavy each
    mention   the least probability at which, cross-fitted by phrase, at most `STRAY` of the phrases are found in an answer
              that does not say them, and at least `SURE` of the labelled pairs found are right
    barred    the same with `STRAY_BARRED` and `SURE_BARRED`: a false alarm there fails an answer

The part `tuning` of the set was read while the rules were made; `held_out` was written after them and is only measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from coach.answerability import Logistic
from coach.evaluation.scores.meanings import MEASURES, PARAMETERS, MeaningParameters, MeaningReader, measure_nearness
from coach.evaluation.scores.wording_scores import Sentence, disagrees, list_sentences, match_plainly
from coach.privacy import silence_libraries
from coach.rendering import answer_to_object
from coach.sentence_vectors import SentenceVectors
from evals.answering import open_set, read_rows

_ROOT = Path(__file__).parents[2]
SET = _ROOT / "evals" / "mentions.jsonl"
STRAY, SURE = 0.02, 0.85
STRAY_BARRED, SURE_BARRED = 0.002, 0.95
_NATURAL_WEIGHT = 0.25
_NATURAL_EACH = 8
_SEED = 20261122
_FOLDS = 10
_STRENGTH = 5.0
_NEAR_ENOUGH = 0.62
"""Cosine from which a sentence of an answer may well say a phrase, so that nobody knows without reading it."""

Row = dict[str, Any]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Pairs that neither words nor forms nor a disagreement decide."""

    measures: Numbers
    """One row for each pair, a column for each of `MEASURES`."""
    said: npt.NDArray[np.bool_]
    phrases: npt.NDArray[np.str_]
    labelled: npt.NDArray[np.bool_]
    answers: npt.NDArray[np.int64]
    """Which answer a natural sentence is of; -1 elsewhere."""


def main() -> int:
    """Fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    silence_libraries()
    rows = read_rows(SET)
    tuning = [row for row in rows if row["part"] == "tuning"]
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        asked = read_rows(_ROOT / "evals" / "starter.jsonl")
        answers = [list_sentences(answer_to_object(coach.assistant.ask(row["question"], row["role"]))) for row in asked]
        table = make_table(tuning, answers, coach.vectors)
        crossed = cross_fit(table)
        model = fit(table, np.ones(len(table.said), dtype=bool))
        mention = choose(table, crossed, len(answers), STRAY, SURE)
        barred = max(choose(table, crossed, len(answers), STRAY_BARRED, SURE_BARRED), mention)
        parameters = MeaningParameters(model, round(mention, 4), round(barred, 4))
        figures = {
            "tuning, cross-fitted": measure_crossed(tuning, table, crossed, parameters),
            "held_out": measure_all([row for row in rows if row["part"] == "held_out"], coach.vectors, parameters),
            "natural": measure_strays(table, crossed, len(answers), parameters),
        }
    print(json.dumps(figures, indent=1))
    if not arguments.dry_run:
        write_parameters(parameters, figures)
    return 0


def make_table(rows: Sequence[Row], answers: Sequence[Sequence[Sentence]], vectors: SentenceVectors) -> Table:
    """The pairs that are left to the model: those of the set, and each phrase beside sentences of answers."""
    pairs = [(row["phrase"], row["sentence"], bool(row["said"]), True, -1) for row in rows if not is_decided(row)]
    phrases = list(dict.fromkeys(row["phrase"] for row in rows))
    for number, answer in enumerate(answers):
        texts = [sentence.text for sentence in answer]
        near = measure_nearness(phrases, texts, vectors)
        for phrase in phrases:
            for text, one in zip(texts, near[phrase], strict=True):
                row = {"phrase": phrase, "sentence": text}
                if one.measures["cosine"] < _NEAR_ENOUGH and not is_decided(row):
                    pairs.append((phrase, text, False, False, number))
    measured = [measure_nearness([phrase], [text], vectors)[phrase][0].measures for phrase, text, *_ in pairs]
    return Table(
        np.array([[one[name] for name in MEASURES] for one in measured]),
        np.array([pair[2] for pair in pairs]),
        np.array([pair[0] for pair in pairs]),
        np.array([pair[3] for pair in pairs]),
        np.array([pair[4] for pair in pairs]),
    )


def is_decided(row: Row) -> bool:
    """Whether words, forms or a disagreement decide a pair."""
    return match_plainly(row["phrase"], [Sentence(row["sentence"], "source")]) is not None or disagrees(
        row["phrase"], row["sentence"]
    )


def fit(table: Table, among: npt.NDArray[np.bool_]) -> Logistic:
    """The model over some pairs; of the natural ones a few for each phrase."""
    chosen = np.flatnonzero(among & table.labelled)
    rng = np.random.default_rng(_SEED)
    for phrase in dict.fromkeys(table.phrases[among].tolist()):
        own = np.flatnonzero(among & ~table.labelled & (table.phrases == phrase))
        nearest = own[np.argsort(-table.measures[own, 0], kind="stable")][: _NATURAL_EACH // 2]
        others = rng.choice(own, min(len(own), _NATURAL_EACH // 2), replace=False)
        chosen = np.concatenate([chosen, nearest, others])
    weights = np.where(table.labelled[chosen], 1.0, _NATURAL_WEIGHT)
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit(table.measures[chosen], table.said[chosen], sample_weight=weights)
    values = dict(zip(MEASURES, model.coef_[0].round(4).tolist(), strict=True))
    return Logistic(round(float(model.intercept_[0]), 4), values)


def cross_fit(table: Table) -> Numbers:
    """For each pair its probability by a model that saw no pair of its phrase."""
    probabilities = np.zeros(len(table.said))
    for train, test in GroupKFold(_FOLDS).split(table.measures, table.said, table.phrases):
        among = np.zeros(len(table.said), dtype=bool)
        among[train] = True
        model = fit(table, among)
        probabilities[test] = estimate(model, table.measures[test])
    return probabilities


def estimate(model: Logistic, measures: Numbers) -> Numbers:
    """The probabilities of rows of measures."""
    return np.array([model.estimate(dict(zip(MEASURES, row, strict=True))) for row in measures.tolist()])


def choose(table: Table, probabilities: Numbers, answers: int, stray: float, sure: float) -> float:
    """The least threshold that holds both limits."""
    for threshold in np.unique(probabilities[table.labelled]):
        found = table.labelled & (probabilities >= threshold)
        if table.said[found].mean() >= sure and count_strays(table, probabilities, answers, threshold) <= stray:
            return float(threshold)
    return 1.0


def count_strays(table: Table, probabilities: Numbers, answers: int, threshold: float) -> float:
    """Of all phrases beside all answers, the share that is found though it is not said."""
    found = ~table.labelled & (probabilities >= threshold)
    alarms = set(zip(table.phrases[found].tolist(), table.answers[found].tolist(), strict=True))
    return len(alarms) / (answers * len(set(table.phrases.tolist())))


# --- figures -------------------------------------------------------------------------------------------------------


def measure_crossed(
    rows: Sequence[Row], table: Table, probabilities: Numbers, parameters: MeaningParameters
) -> dict[str, Any]:
    """Precision and recall of everything together, with cross-fitted probabilities where the model decides."""
    by_model = iter(probabilities[table.labelled].tolist())
    estimates = [None if is_decided(row) else next(by_model) for row in rows]
    figures: dict[str, Any] = {}
    for name, least, strictly in (("mention", parameters.mention, False), ("barred", parameters.barred, True)):
        found = [
            _match(row, strictly=strictly) or (value is not None and value >= least)
            for row, value in zip(rows, estimates, strict=True)
        ]
        figures[name] = summarise(rows, found)
    return figures


def measure_all(rows: Sequence[Row], vectors: SentenceVectors, parameters: MeaningParameters) -> dict[str, Any]:
    """Precision and recall of the whole as it is shipped."""
    reader = MeaningReader(vectors, parameters)
    mentioned = [_match(row) or bool(reader.find_mentioned([row["phrase"]], [row["sentence"]])) for row in rows]
    barred = [
        _match(row, strictly=True) or bool(reader.find_barred([row["phrase"]], [row["sentence"]])) for row in rows
    ]
    plain = [_match(row) for row in rows]
    return {
        "words and forms": summarise(rows, plain),
        "mention": summarise(rows, mentioned),
        "barred": summarise(rows, barred),
    }


def _match(row: Row, *, strictly: bool = False) -> bool:
    return match_plainly(row["phrase"], [Sentence(row["sentence"], "source")], strictly=strictly) is not None


def summarise(rows: Sequence[Row], found: Sequence[bool]) -> dict[str, Any]:
    """Precision, recall, and how many of each kind of near miss are taken for the phrase."""
    said = [bool(row["said"]) for row in rows]
    right = sum(one and other for one, other in zip(said, found, strict=True))
    kinds = sorted({row["kind"] for row in rows if not row["said"]})
    alarms = {
        kind: [taken for row, taken in zip(rows, found, strict=True) if row["kind"] == kind and not row["said"]]
        for kind in kinds
    }
    return {
        "pairs": len(rows),
        "precision": round(right / max(1, sum(found)), 3),
        "recall": round(right / max(1, sum(said)), 3),
        "false": {kind: f"{sum(taken)} of {len(taken)}" for kind, taken in alarms.items()},
    }


def measure_strays(
    table: Table, probabilities: Numbers, answers: int, parameters: MeaningParameters
) -> dict[str, float]:
    """How often a phrase is found in an answer of the starter set that does not say it."""
    return {
        "phrases": len(set(table.phrases.tolist())),
        "answers": answers,
        "mention": round(count_strays(table, probabilities, answers, parameters.mention), 5),
        "barred": round(count_strays(table, probabilities, answers, parameters.barred), 5),
    }


def write_parameters(parameters: MeaningParameters, figures: Mapping[str, Any]) -> None:
    """The settings file, with where it came from."""
    value = {
        "model": {"intercept": parameters.model.intercept, "weights": dict(parameters.model.weights)},
        "mention": parameters.mention,
        "barred": parameters.barred,
        "measured": figures,
        "provenance": {
            "script": "evals/train/fit_mentions.py",
            "seed": _SEED,
            "aims": {"stray": STRAY, "sure": SURE, "stray_barred": STRAY_BARRED, "sure_barred": SURE_BARRED},
            "data": {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in (SET, _ROOT / "evals" / "starter.jsonl")
            },
        },
    }
    PARAMETERS.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
