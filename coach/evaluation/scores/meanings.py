"""Looks for phrases that are said in other words: phrases and sentences in, the stretches that say them out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from coach.answerability import Logistic
from coach.evaluation.scores.lemmas import read_tokens
from coach.evaluation.scores.wording_scores import disagrees, surely_disagrees
from coach.sentence_vectors import SentenceVectors
from coach.support import measure_rarity

PARAMETERS = Path(__file__).with_name("mentions.json")
MEASURES = ("cosine", "shared")
"""How near a stretch is to a phrase; and the share of the phrase's words that stand in the sentence, for two texts about one
thing are near by its name alone."""
_WINDOW = 14  # words of a stretch of a longer sentence
_STEP = 7
_NEAREST = 1.0001
"""More than any cosine, whatever was rounded on the way."""


@dataclass(frozen=True, slots=True)
class MeaningParameters:
    """What the script chose."""

    model: Logistic
    mention: float
    """Probability from which a phrase counts as mentioned."""
    barred: float
    """Probability from which it counts as said where it must not be: there a false alarm fails an answer."""


@cache
def load_meaning(path: Path = PARAMETERS) -> MeaningParameters:
    """The shipped parameters; the file says what they were fitted on."""
    values = json.loads(path.read_text("utf-8"))
    return MeaningParameters(Logistic(**values["model"]), values["mention"], values["barred"])


@dataclass(frozen=True, slots=True)
class Nearness:
    """A sentence beside a phrase."""

    sentence: str
    stretch: str
    """The part of the sentence, or the whole, that comes nearest."""
    measures: Mapping[str, float]


def measure_nearness(
    phrases: Sequence[str], sentences: Sequence[str], vectors: SentenceVectors
) -> dict[str, list[Nearness]]:
    """For each phrase, every sentence beside it, in order. Everything is embedded in one batch."""
    return measure_pairs({phrase: sentences for phrase in phrases}, vectors)  # noqa: C420 - as many as there are


def measure_pairs(pairs: Mapping[str, Sequence[str]], vectors: SentenceVectors) -> dict[str, list[Nearness]]:
    """For each phrase, the sentences that it is to be compared with beside it, in order."""
    phrases = [phrase for phrase, sentences in pairs.items() if sentences]
    found: dict[str, list[Nearness]] = {phrase: [] for phrase in pairs}
    if not phrases:
        return found
    parts = {sentence: list_stretches(sentence) for phrase in phrases for sentence in pairs[phrase]}
    stretches = list(dict.fromkeys(stretch for own in parts.values() for stretch in own))
    rows = vectors.embed([*phrases, *stretches])
    cosines = rows[: len(phrases)] @ rows[len(phrases) :].T
    places = {stretch: place for place, stretch in enumerate(stretches)}
    for phrase, own_cosines in zip(phrases, cosines, strict=True):
        for sentence in pairs[phrase]:
            best = max(parts[sentence], key=lambda stretch: float(own_cosines[places[stretch]]))
            measures = {"cosine": float(own_cosines[places[best]]), "shared": measure_shared(phrase, sentence)}
            found[phrase].append(Nearness(sentence, best, measures))
    return found


@lru_cache(4096)
def list_stretches(sentence: str) -> tuple[str, ...]:
    """A sentence, and its stretches of a few words where it is long."""
    tokens = read_tokens(sentence)
    if len(tokens) <= _WINDOW + _STEP:
        return (sentence,)
    starts = range(0, len(tokens) - _WINDOW + _STEP, _STEP)
    windows = [tokens[start : start + _WINDOW] for start in starts]
    return (sentence, *(sentence[window[0].start : window[-1].end] for window in windows))


@lru_cache(50_000)
def measure_shared(phrase: str, sentence: str) -> float:
    """The share of a phrase's words that stand in a sentence in any form, the rarer ones weighing more."""
    weights = {token.root: measure_rarity(token.word) for token in read_tokens(phrase) if token.carries_meaning}
    there = {token.root for token in read_tokens(sentence)}
    total = sum(weights.values())
    return sum(weight for root, weight in weights.items() if root in there) / total if total else 0.0


class MeaningReader:
    """Finds phrases that are said in other words."""

    def __init__(self, vectors: SentenceVectors, parameters: MeaningParameters) -> None:
        self._vectors = vectors
        self._parameters = parameters

    def find_mentioned(self, phrases: Sequence[str], sentences: Sequence[str]) -> dict[str, str]:
        """The stretches of an answer's sentences that say phrases, by phrase; those that none says are not there."""
        return self._find(phrases, sentences, self._parameters.mention)

    def find_barred(self, phrases: Sequence[str], sentences: Sequence[str]) -> dict[str, str]:
        """The same of phrases that should not be said, for which more is asked."""
        return self._find(phrases, sentences, self._parameters.barred)

    def _find(self, phrases: Sequence[str], sentences: Sequence[str], least: float) -> dict[str, str]:
        # What no vector could change is not embedded: most of the time goes into that.
        pairs = {phrase: [one for one in sentences if self._may_say(phrase, one, least)] for phrase in phrases}
        found: dict[str, str] = {}
        for phrase, near in measure_pairs(pairs, self._vectors).items():
            estimates = [(self._parameters.model.estimate(one.measures), one) for one in near]
            likely = sorted((one for one in estimates if one[0] >= least), key=lambda one: -one[0])
            best = next((one for _, one in likely if not disagrees(phrase, one.sentence)), None)
            if best is not None:
                found[phrase] = best.stretch
        return found

    def _may_say(self, phrase: str, sentence: str, least: float) -> bool:
        """Whether a sentence would count if it came as near to a phrase as can be."""
        model = self._parameters.model
        nearest = _NEAREST if model.weights["cosine"] > 0 else -_NEAREST
        measures = {"cosine": nearest, "shared": measure_shared(phrase, sentence)}
        return model.estimate(measures) >= least and not surely_disagrees(phrase, sentence)
