"""Fits what speaks for a word being a person's name: sentences with marked names in, `coach/name_weights.json` out.

    python evals/train/fit_names.py --data FOLDER [--dry]

Fitted on the half of FOLDER/personal_data/sentences.jsonl that `is_tuning` names (by the sentence's pattern, so that two
fillings of one pattern are never in both halves) and on `name_sentences.txt` beside this script, filled with names of
Faker's lists. Prints the precision and recall of words, cross-fitted over patterns, for the strength that is used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from coach.person_names import WEIGHTS, find_features, load_cues, load_lists, read

SENTENCES = Path(__file__).with_name("name_sentences.txt")
SEED = 20261122
_FILLINGS = 10
_SLOT = re.compile(r"\{([GLF])\}")
STRENGTH = 0.3
_THRESHOLD = 0.5
_SYLLABLES = (
    "Ja Ke Tre Xo Za Qui My Ny Cha Ro Ba Dzh Sze Ngo Vi/li vo za mi re shu qua tcho/ra n sha que ton va lyn li ko"
)
_SMALLEST = 0.02  # a weight below this in size is left out of the file


@dataclass(frozen=True, slots=True)
class Example:
    """A text, where names stand in it, and the pattern that it was made from."""

    text: str
    names: tuple[tuple[int, int], ...]
    pattern: str


def main() -> int:
    """Fit and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--strength", type=float, default=STRENGTH)
    parser.add_argument("--dry", action="store_true", help="print the figures and write nothing")
    arguments = parser.parse_args()
    path = arguments.data / "personal_data" / "sentences.jsonl"
    if not path.is_file():
        print(f"{path} is not there. Give the folder that holds personal_data/ as --data.")
        return 1
    talk = fill_sentences(SENTENCES.read_text("utf-8").splitlines())
    given = [example for example in read_examples(path) if is_tuning(example.pattern)]
    features, answers, groups, sources = tabulate([*talk, *given], len(talk))
    model = LogisticRegression(C=arguments.strength, max_iter=2000)
    vectors = DictVectorizer()
    table = vectors.fit_transform(features)
    guessed = cross_val_predict(model, table, answers, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    for name, chosen in (("school talk", sources == 0), ("personal_data", sources == 1)):
        print(name, measure(guessed[chosen], answers[chosen]))
    model.fit(table, answers)
    weights = {
        name: round(float(weight), 3)
        for name, weight in zip(vectors.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(weight) >= _SMALLEST
    }
    weights["bias"] = round(weights.get("bias", 0.0) + float(model.intercept_[0]), 3)
    if not arguments.dry:
        note = "Log odds that a word is part of a person's name. Fitted by evals/train/fit_names.py."
        WEIGHTS.write_text(json.dumps({"note": note, "weights": weights}, indent=0, sort_keys=True) + "\n", "utf-8")
    print(f"{len(weights)} weights from {len(features)} words")
    return 0


def is_tuning(pattern: str) -> bool:
    """Whether a pattern of sentences belongs to the half that may be looked at."""
    return hashlib.sha256(pattern.encode()).digest()[0] % 2 == 0


def read_examples(path: Path) -> list[Example]:
    """The sentences of a file with `text` and `spans`."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Example(
            row["text"],
            tuple((span["start"], span["end"]) for span in row["spans"] if span["type"] == "PERSON"),
            find_pattern(row["text"], row["spans"]),
        )
        for row in rows
    ]


def find_pattern(text: str, spans: Iterable[Mapping[str, object]]) -> str:
    """A sentence with its marked stretches blanked: what two fillings of one template share."""
    for span in sorted(spans, key=lambda one: -int(str(one["start"]))):
        text = f"{text[: int(str(span['start']))]}*{text[int(str(span['end'])) :]}"
    return re.sub(r"[\W\d_]+", " ", text).casefold().strip()[:60]


def fill_sentences(lines: Sequence[str]) -> list[Example]:
    """Each line with a slot filled several times, some in small letters or capitals; each other line in two cases."""
    chance = random.Random(SEED)  # noqa: S311 - the same names at every run
    lists, cues = load_lists(), load_cues()
    given, family = (sorted(names - lists.words - cues.places) for names in (lists.given, lists.family))
    ordinary = sorted((lists.words | cues.places) & lists.given)
    examples = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        for copy in range(_FILLINGS if _SLOT.search(line) else 2):
            example = _fill(line, chance, given if chance.random() < 0.92 else ordinary, family)
            small = copy % 3 == 1 if _SLOT.search(line) else copy == 1
            examples.append(_recase(example, "small" if small else "shouted" if chance.random() < 0.03 else "as it is"))
    return examples


def _fill(line: str, chance: random.Random, given: Sequence[str], family: Sequence[str]) -> Example:
    text, names, place = "", [], 0
    for slot in _SLOT.finditer(line):
        text += line[place : slot.start()]
        pool = {"G": (given,), "L": (family,), "F": (given, family)}[slot.group(1)]
        name = " ".join(_invent(chance) if chance.random() < 0.12 else chance.choice(one).title() for one in pool)
        names.append((len(text), len(text) + len(name)))
        text += name
        place = slot.end()
    return Example(text + line[place:], tuple(names), line)


def _invent(chance: random.Random) -> str:
    """A name in no list, so that unknown words are names as well."""
    parts = [part.split() for part in _SYLLABLES.split("/")]
    return "".join(chance.choice(part) for part in parts)


def _recase(example: Example, case: str) -> Example:
    written = example.text
    text = written.lower() if case == "small" else written.upper() if case == "shouted" else written
    return Example(text, example.names, example.pattern) if len(text) == len(example.text) else example


def tabulate(
    examples: Sequence[Example], talk: int
) -> tuple[list[dict[str, float]], np.ndarray, np.ndarray, np.ndarray]:
    """For each word: its features, whether it is in a name, the number of its pattern, and 0 for the first `talk`."""
    features, answers, groups, sources = [], [], [], []
    patterns: dict[str, int] = {}
    for place, example in enumerate(examples):
        reading = read(example.text)
        for number, word in enumerate(reading.words):
            features.append(dict.fromkeys(find_features(reading, number), 1.0))
            answers.append(any(start <= word.start < end for start, end in example.names))
            groups.append(patterns.setdefault(example.pattern, len(patterns)))
            sources.append(int(place >= talk))
    return features, np.array(answers, int), np.array(groups), np.array(sources)


def measure(guessed: np.ndarray, answers: np.ndarray) -> str:
    """Precision and recall over words."""
    chosen = guessed >= _THRESHOLD
    right = int((chosen & (answers == 1)).sum())
    return f"precision {right / max(chosen.sum(), 1):.3f} recall {right / max(answers.sum(), 1):.3f} of {answers.sum()} words"


if __name__ == "__main__":
    sys.exit(main())
