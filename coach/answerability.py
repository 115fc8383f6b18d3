"""Estimates whether the passages answer, and which sentences do: measures in, probabilities out; fitted by a script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coach.selection import Measure

PARAMETERS = Path(__file__).with_name("answerability.json")


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over named measures."""

    intercept: float
    weights: Mapping[str, float]

    def estimate(self, measures: Mapping[str, float]) -> float:
        """Probability, 0 to 1; measures that the model does not know are left out."""
        total = self.intercept + sum(weight * measures[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Answerability:
    """What the script chose, for a reader that is there or is not."""

    question: Logistic
    """Whether the passages answer the question."""
    sentence: Logistic
    """Whether a sentence answers it."""
    answered: float
    """Probability from which the outcome is `answered`."""
    partial: float
    """Probability from which what was found is shown, and said to be unsure."""
    near: float
    """Probability from which what was found is named as the nearest thing covered."""
    close: float
    """Cosine from which a sentence of one document says something close to one of another."""
    near_report: float
    """Cosine from which a report worth adding is named."""
    short: Measure
    """How much is quoted for a fact or a definition."""
    long: Measure
    """How much is quoted for anything else."""


@cache
def load_answerability(with_reader: bool, path: Path = PARAMETERS) -> Answerability:
    """The shipped parameters; the file says what they were fitted on."""
    values = json.loads(path.read_text("utf-8"))["with_reader" if with_reader else "without_reader"]
    return Answerability(
        question=Logistic(**values["question"]),
        sentence=Logistic(**values["sentence"]),
        answered=values["answered"],
        partial=values["partial"],
        near=values["near"],
        close=values["close"],
        near_report=values["near_report"],
        short=Measure(**values["short"]),
        long=Measure(**values["long"]),
    )
