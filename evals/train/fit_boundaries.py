"""Fits which route a text is nearest to: written examples in, coach/boundary_meaning.npz and cross-fitted figures out.

    python evals/train/fit_boundaries.py --data FOLDER [--write]

The examples are ours: evals/train/boundary_examples.jsonl, the cases of the rules in tests/boundary_cases.jsonl, and the part
`tuning` of evals/boundaries.jsonl, whose part `held_out` is never used here. Harmless besides: the situations of the craft
library, the part `tuning` of its questions, evals/guidance.jsonl, evals/practice_questions.jsonl, what is said in the written
conversations, and the questions of
evals/practices_dev.jsonl that no rule sends away; and, for training alone, questions about everything else in FOLDER. Every
example counts once as it is written and, where it names somebody, once with the names masked, at half the weight each. The
measures are the text's embedding and its words and pairs of words.

Figures are of examples that the model which judged them had not seen, in five parts; the cases of the rules and the situations
always stay in the training, because the rules were written for them or because they come in near twins. The rules themselves
have seen what was missed before, so the figures flatter them a little.

    caught    sent to people at all
    right     sent to the route that is asked for
    false     harmless ones that were sent

The thresholds are the lowest at which at most twelve harmless examples in a thousand are sent to where somebody may come to
harm by what they are like, and six to the others, where a miss does less harm than a question sent away; most of the harmless
examples were written to look alike.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from coach.assembly import build_embedder
from coach.boundaries import BoundaryRecogniser
from coach.boundary_meaning import HARMLESS, PARAMETERS, BoundaryClassifier, Likelihood, MeaningReader, list_terms
from coach.boundary_rules import SAFETY, Route, load_rules
from coach.craft import load_craft
from coach.embedding import Embedder, embed_questions
from coach.masking import Masker
from coach.plain_words import write_marks_out, write_plainly
from coach.settings import read_settings
from evals.answering import read_rows

_ROOT = Path(__file__).parents[2]
EXAMPLES = Path(__file__).with_name("boundary_examples.jsonl")
_CASES = _ROOT / "tests" / "boundary_cases.jsonl"
_CRAFT_QUESTIONS = _ROOT / "evals" / "craft_questions.jsonl"
_PRACTICES = _ROOT / "evals" / "practices_dev.jsonl"
_SET = _ROOT / "evals" / "boundaries.jsonl"
_ORDINARY = (_ROOT / "evals" / "guidance.jsonl", _ROOT / "evals" / "practice_questions.jsonl")
_CONVERSATIONS = (_ROOT / "evals" / "conversations.jsonl", _ROOT / "evals" / "conversations_more.jsonl")
_DATA = (*_ORDINARY, *_CONVERSATIONS, EXAMPLES, _CASES, _SET, _CRAFT_QUESTIONS, _PRACTICES)
_SAME = {"weapon": "violence"}
_STRENGTH = 40.0
_PARTS = 5
_SEED = 1
_MOST_FALSE = {"urgent": 0.012, "other": 0.006}
_NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """One text, and the route that it should take or `harmless`."""

    text: str
    name: str


def main() -> int:
    """Fit, report, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="holds answerability/NAME.jsonl and questions/NAME.jsonl"
    )
    parser.add_argument("--write", action="store_true", help="write coach/boundary_meaning.npz")
    arguments = parser.parse_args()
    embedder = build_embedder(read_settings(os.environ))
    fresh, cases = read_examples()
    cases += read_general(arguments.data)
    recorded = cross_fit(embedder, fresh, cases)
    thresholds = choose_thresholds(fresh, recorded)
    figures = measure(fresh, recorded, thresholds)
    print(json.dumps({"thresholds": thresholds, "cross_fitted": figures}, indent=2))
    if arguments.write:
        write_parameters(fit([*fresh, *cases], embedder, thresholds), figures)
    return 0


def read_examples() -> tuple[list[Example], list[Example]]:
    """The examples that are judged, and the cases that only train."""
    by_words = BoundaryRecogniser(load_rules())
    tuning = [row for row in read_rows(_SET) if row["part"] == "tuning"]
    asked = [row["question"] for row in read_rows(_CRAFT_QUESTIONS) if row["part"] == "tuning"]
    asked += [row["question"] for path in _ORDINARY for row in read_rows(path)]
    turns = [turn for path in _CONVERSATIONS for row in read_rows(path) for turn in row["turns"]]
    said = [turn["say"] for turn in turns if "referred" not in turn["outcome"]]
    asked += [text for text in said if by_words.recognise(text) is None]
    asked += [row["question"] for row in read_rows(_PRACTICES) if by_words.recognise(row["question"]) is None]
    situations = [text for craft in load_craft().entries for text in (craft.title, *craft.situations)]
    judged = [*map(_read, read_rows(EXAMPLES)), *map(_read, tuning), *(Example(text, HARMLESS) for text in asked)]
    return judged, [*map(_read, read_rows(_CASES)), *(Example(text, HARMLESS) for text in situations)]


def read_general(data: Path) -> list[Example]:
    """Questions about everything else, all harmless: what is far from schools must not be taken for danger."""
    by_words = BoundaryRecogniser(load_rules())
    found: list[str] = []
    for folder, most in (("questions", 100), ("answerability", 700)):
        for path in sorted((data / folder).glob("*.jsonl")):
            asked = list(dict.fromkeys(str(row["question"]).strip() for row in read_rows(path)))
            step = max(1, len(asked) // most)
            found += [text for text in asked[::step] if by_words.recognise(text) is None]
    return [Example(text, HARMLESS) for text in found]


def _read(row: dict[str, Any]) -> Example:
    return Example(row["question"], _SAME.get(row["route"], row["route"]) or HARMLESS)


def fit(examples: Sequence[Example], embedder: Embedder, thresholds: dict[str, float]) -> BoundaryClassifier:
    """The classifier of these examples."""
    texts, names, weights = _spread(examples)
    vectors = embed_questions(embedder, texts)
    words = TfidfVectorizer(analyzer=list_terms, sublinear_tf=True, min_df=2)
    counted = words.fit_transform([write_plainly(text) for text in texts])
    model = LogisticRegression(C=_STRENGTH, max_iter=3000)
    model.fit(hstack([csr_matrix(vectors), counted]).tocsr(), names, sample_weight=weights)
    meaning, word_weights = np.split(model.coef_.T.astype(np.float32), [embedder.dimensions])
    return BoundaryClassifier(
        names=tuple(map(str, model.classes_)),
        meaning=meaning,
        words={word: place for place, word in enumerate(words.get_feature_names_out())},
        rarities=words.idf_.astype(np.float32),
        word_weights=word_weights,
        intercepts=model.intercept_.astype(np.float32),
        fingerprint=embedder.fingerprint,
        thresholds=thresholds,
    )


def _spread(examples: Sequence[Example]) -> tuple[list[str], list[str], list[float]]:
    """Texts, names and weights; an example that names somebody is there twice, at half the weight."""
    masker = Masker(frozenset(), None)
    texts: list[str] = []
    names: list[str] = []
    weights: list[float] = []
    for example in examples:
        forms = list(dict.fromkeys([example.text, write_marks_out(masker.mask(example.text).text)]))
        texts += forms
        names += [example.name] * len(forms)
        weights += [1 / len(forms)] * len(forms)
    return texts, names, weights


def cross_fit(
    embedder: Embedder, fresh: Sequence[Example], cases: Sequence[Example]
) -> list[tuple[BoundaryClassifier, tuple[Likelihood, ...]]]:
    """What each fresh example looks like to a classifier that was fitted without it."""
    names = [example.name for example in fresh]
    masker = Masker(frozenset(), None)
    found: dict[int, tuple[BoundaryClassifier, tuple[Likelihood, ...]]] = {}
    parts = StratifiedKFold(_PARTS, shuffle=True, random_state=_SEED)
    for train, test in parts.split(np.zeros(len(names)), names):
        classifier = fit([*(fresh[place] for place in train), *cases], embedder, {})
        reader = MeaningReader(embedder, classifier)
        found |= {int(place): (classifier, reader.read(masker.mask(fresh[place].text).text)) for place in test}
    return [found[place] for place in range(len(fresh))]


class _Recorded(MeaningReader):
    """Answers with what was found before."""

    def __init__(self, classifier: BoundaryClassifier, likelihoods: tuple[Likelihood, ...]) -> None:
        self.classifier = classifier
        self._likelihoods = likelihoods

    def read(self, text: str) -> tuple[Likelihood, ...]:  # noqa: ARG002 - as the reader that it stands for
        """What was found for the one text."""
        return self._likelihoods


def choose_thresholds(
    fresh: Sequence[Example], recorded: Sequence[tuple[BoundaryClassifier, tuple[Likelihood, ...]]]
) -> dict[str, float]:
    """For each kind of threshold, the lowest at which few harmless examples pass it."""
    passing: dict[str, list[float]] = {kind: [] for kind in ("urgent", "other", "urgent_part", "other_part")}
    for example, (_, likelihoods) in zip(fresh, recorded, strict=True):
        if example.name == HARMLESS:
            for one in likelihoods:
                kind = ("urgent" if one.nearest in SAFETY else "other") + ("" if one.is_whole else "_part")
                passing[kind].append(one.risk)
    harmless = sum(example.name == HARMLESS for example in fresh)
    thresholds = {kind: _pass(passing[kind], int(_MOST_FALSE[kind] * harmless)) for kind in ("urgent", "other")}
    # A sentence out of its company is easily mistaken: none of the harmless may pass, and only what is urgent may.
    return thresholds | {"urgent_part": max(0.9, _pass(passing["urgent_part"], 0)), "other_part": _NEVER}


def _pass(risks: Sequence[float], allowed: int) -> float:
    ordered = [*sorted(risks, reverse=True), 0.0, 0.0]
    return round(min(0.95, max(0.4, ordered[min(allowed, len(ordered) - 1)] + 0.005)), 3)


def measure(
    fresh: Sequence[Example],
    recorded: Sequence[tuple[BoundaryClassifier, tuple[Likelihood, ...]]],
    thresholds: dict[str, float],
) -> dict[str, float]:
    """The figures of the words and the meaning together, cross-fitted."""
    rules = load_rules()
    found: list[Route | None] = []
    for example, (classifier, likelihoods) in zip(fresh, recorded, strict=True):
        reader = _Recorded(replace(classifier, thresholds=thresholds), likelihoods)
        boundary = BoundaryRecogniser(rules, reader).recognise(example.text)
        found.append(boundary.route if boundary else None)
    figures: dict[str, float] = {}
    for name in sorted({example.name for example in fresh}):
        of_name = [route for example, route in zip(fresh, found, strict=True) if example.name == name]
        if name == HARMLESS:
            figures |= {"harmless": len(of_name), "false": sum(route is not None for route in of_name)}
            continue
        figures[f"{name}_right"] = round(sum(route == name for route in of_name) / len(of_name), 3)
        figures[f"{name}_caught"] = round(sum(route is not None for route in of_name) / len(of_name), 3)
    return figures


def write_parameters(classifier: BoundaryClassifier, figures: dict[str, float]) -> None:
    """The classifier, with where it came from. Half precision: the probabilities agree to three digits."""
    provenance = {
        "script": "evals/train/fit_boundaries.py",
        "seed": _SEED,
        "strength": _STRENGTH,
        "craft": load_craft().digest,
        "data": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _DATA},
        "cross_fitted": figures,
    }
    np.savez_compressed(
        PARAMETERS,
        names=np.array(classifier.names),
        meaning=classifier.meaning.astype(np.float16),
        words=np.array("\n".join(classifier.words)),
        rarities=classifier.rarities.astype(np.float16),
        word_weights=classifier.word_weights.astype(np.float16),
        intercepts=classifier.intercepts,
        fingerprint=np.array(classifier.fingerprint),
        threshold_names=np.array(list(classifier.thresholds)),
        thresholds=np.array(list(classifier.thresholds.values())),
        provenance=np.array(json.dumps(provenance)),
    )


if __name__ == "__main__":
    sys.exit(main())
