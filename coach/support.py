"""Judges whether a source's sentences support a claim: a sentence and evidence in; how surely, and what disagrees, out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import get_args

import numpy as np

from coach.answerability import Logistic
from coach.claim_facts import Disagreement, find_disagreements, is_reordered, read_stems
from coach.claim_numbers import fold_signs
from coach.embedding import Vectors
from coach.entailment import Entailment
from coach.lexical import list_words
from coach.sentence_vectors import SentenceVectors
from coach.spelling import count_uses

PARAMETERS = Path(__file__).with_name("support.json")
MEASURES = (
    "recall_best",
    "recall_window",
    "recall_together",
    "recall_all",
    "pairs",
    "run",
    "weakest_clause",
    "rarest_missing",
    "cosine",
    "cosine_together",
    "length",
    "evidence",
    *(f"disagrees_{kind}" for kind in get_args(Disagreement)),
)
_CLAUSE = re.compile(r"[;:]\s|,\s(?=\w+ )|\s(?:and|but|which|while|because|so that)\s")
_MOST_EMBEDDED = 24  # sentences that are compared by meaning: those that share most words
_CARRIERS = 3  # sentences whose words a claim is held to
_CARRIER_SHARE = 0.7  # of the best sentence's score that makes another one a carrier too
_WINDOW = 3  # adjacent sentences that may carry a claim together
_COUNTED_WORDS = 1.6e9  # in the list behind `count_uses`
_FEWEST_USES = 500.0
_LEAST_OF_A_CLAUSE = 3  # words
_ENTAILED = 0.5
_FEWEST_VERBATIM = 6  # words of a sentence's part that say enough to be taken for the sentence
_FRAME = re.compile(
    r"(?:according to|as) the (?:text|source|passage|document|report|entry|article|authors?)(?: (?:say|put it))?,\s"
    r"|the (?:text|source|passage|document|report|entry|article|authors?) (?:says?|states?|notes?|writes?|adds?)(?: that)?\s",
    re.I,
)
_TURNING = frozenset(
    "if unless whether not no never nor cannot without few hardly false untrue wrong myth doubt doubts doubted deny denies "  # noqa: SIM905
    "denied reject rejects rejected rather instead suppose".split()
)
"""Words that turn what stands behind them: a part behind them does not say what the sentence says."""


@dataclass(frozen=True, slots=True)
class Support:
    """What evidence says of a claim."""

    probability: float
    """That the evidence supports the claim, 0 to 1, as it was fitted; 0 where only the order of the words differs, 1 where
    the claim is a sentence or a part of one."""
    disagreement: Disagreement | None
    """What the claim plainly says otherwise."""
    best: tuple[int, ...]
    """Indexes of the sentences that carry the claim best, best first."""
    entailment: float | None = None
    """The entailment model's own probability, where one is configured."""


@dataclass(frozen=True, slots=True)
class SupportParameters:
    """What the script chose, and what it measured."""

    model: Logistic
    threshold: float
    """Probability from which a claim may be shown."""
    let_through: float
    """Share of unsupported claims that pass, cross-fitted; of the sets' shares the largest."""
    lost: float
    """Share of supported claims that do not pass, cross-fitted; of the sets' shares the largest."""


@cache
def load_support(path: Path = PARAMETERS) -> SupportParameters:
    """The shipped parameters; the file says what they were fitted on."""
    values = json.loads(path.read_text("utf-8"))
    return SupportParameters(Logistic(**values["model"]), values["threshold"], values["let_through"], values["lost"])


class SupportJudge:
    """Holds claims against evidence. Thread-safe."""

    def __init__(
        self, vectors: SentenceVectors, parameters: SupportParameters, entailment: Entailment | None = None
    ) -> None:
        self._vectors = vectors
        self._comparer = Comparer(vectors)
        self._parameters = parameters
        self._entailment = entailment

    def prepare(self, sentences: Sequence[str]) -> None:
        """Make the vectors of sentences ahead: while a model is still writing, that costs nobody time."""
        if sentences:
            self._vectors.embed(sentences)

    def judge(self, claim: str, sentences: Sequence[str], known: Sequence[str] = ()) -> Support:
        """How surely the sentences support the claim.

        Args:
            claim: one sentence.
            sentences: of the source, in order. None support nothing.
            known: title, authors and section names of the document: names in them are no new names.
        """
        if not sentences or not claim.strip():
            return Support(0.0, None, ())
        same = _find_same(claim, sentences)
        if same is not None:
            return Support(1.0, None, (same,))
        comparison = self._comparer.compare(claim, sentences, known)
        probability = 0.0 if comparison.reordered else self._parameters.model.estimate(comparison.measures)
        if any(_is_part(claim, sentence) for sentence in sentences):
            probability = 1.0
        disagreement = next(iter(comparison.disagreements), None)
        entailment = None
        if self._entailment is not None and disagreement is None and probability >= self._parameters.threshold:
            premise = " ".join(sentences[index] for index in sorted(comparison.best))
            entailment = self._entailment.estimate([(premise, claim)])[0]
        return Support(probability, disagreement, comparison.best, entailment)

    def holds(self, support: Support) -> bool:
        """Whether a claim may be shown.

        Nothing disagrees, and the probability reaches the threshold; and, where an entailment model is configured, it
        finds the claim likelier entailed than not. That model can only refuse: it rescues no claim.
        """
        entailed = support.entailment is None or support.entailment >= _ENTAILED
        return support.disagreement is None and support.probability >= self._parameters.threshold and entailed


def _find_same(claim: str, sentences: Sequence[str]) -> int | None:
    """The sentence that the claim is, word for word."""
    plain = list_words(fold_signs(claim))
    return next((index for index, text in enumerate(sentences) if list_words(fold_signs(text)) == plain), None)


def _is_part(claim: str, sentence: str) -> bool:
    """Whether the claim is a part of the sentence, word for word, and nothing before that part turns it.

    That the text says so may stand before it.
    """
    frame = _FRAME.match(claim)
    part, words = list_words(fold_signs(claim[frame.end() if frame else 0 :])), list_words(fold_signs(sentence))
    if len(part) < _FEWEST_VERBATIM:
        return False
    places = (start for start in range(len(words) - len(part) + 1) if words[start : start + len(part)] == part)
    return any(not _TURNING & {*words[:start]} for start in places)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a claim and its evidence have in common."""

    measures: Mapping[str, float]
    best: tuple[int, ...]
    disagreements: tuple[Disagreement, ...]
    reordered: bool
    """Whether the words are those of a sentence in another order: then no likeness says anything."""


class Comparer:
    """Compares claims with evidence. Thread-safe."""

    def __init__(self, vectors: SentenceVectors) -> None:
        self._vectors = vectors

    def compare(self, claim: str, sentences: Sequence[str], known: Sequence[str] = ()) -> Comparison:
        """Measure a claim against the sentences of its evidence; neither may be empty.

        Each measure is a share between 0 and 1 or a cosine, but for the lengths, which are logarithms.
        """
        said = read_stems(claim)
        weights = {word: measure_rarity(word) for word in said}
        total = sum(weights.values()) or 1.0
        there = [read_stems(sentence) for sentence in sentences]
        sets = [frozenset(words) for words in there]
        recalls = [sum(weights[word] for word in weights if word in words) / total for words in sets]
        chosen = sorted(range(len(sentences)), key=lambda index: (-recalls[index], index))[:_MOST_EMBEDDED]
        vectors = self._vectors.embed([claim, *(sentences[index] for index in chosen)])
        cosines = dict.fromkeys(range(len(sentences)), 0.0) | dict(
            zip(chosen, (vectors[1:] @ vectors[0]).astype(float).tolist(), strict=True)
        )
        scores = [recalls[index] + cosines[index] for index in range(len(sentences))]
        order = sorted(range(len(sentences)), key=lambda index: (-scores[index], index))
        best = tuple(order[:_CARRIERS])
        carriers = tuple(index for index in best if scores[index] >= _CARRIER_SHARE * scores[best[0]])
        every = frozenset().union(*sets)
        windows = [
            frozenset().union(*sets[start : start + _WINDOW]) for start in range(max(1, len(sets) - _WINDOW + 1))
        ]
        window = max(windows, key=lambda words: sum(weights[word] for word in weights if word in words))
        together = frozenset().union(*(sets[index] for index in best))
        rows = dict(zip(chosen, vectors[1:], strict=True))
        lines = [there[index] for index in best]
        missing = [weight for word, weight in weights.items() if word not in together]
        measures = {
            "recall_best": max(recalls),
            "recall_window": sum(weights[word] for word in weights if word in window) / total,
            "recall_together": 1 - sum(missing) / total,
            "recall_all": sum(weights[word] for word in weights if word in every) / total,
            "pairs": _share_pairs(said, lines),
            "run": _find_run(said, lines) / max(1, len(said)),
            "weakest_clause": _find_weakest_clause(claim, together),
            "rarest_missing": max(missing, default=0.0) / _RAREST,
            "cosine": max(cosines.values()),
            "cosine_together": _measure_together([rows[index] for index in best if index in rows], vectors[0]),
            "length": math.log1p(len(said)),
            "evidence": math.log1p(len(sentences)),
        }
        disagreements = find_disagreements(claim, sentences, carriers, known)
        measures |= {f"disagrees_{kind}": float(kind in disagreements) for kind in get_args(Disagreement)}
        return Comparison(measures, best, disagreements, is_reordered(claim, sentences[best[0]]))


_RAREST = math.log(_COUNTED_WORDS / _FEWEST_USES)


@lru_cache(50_000)
def measure_rarity(word: str) -> float:
    """What a word weighs: the rarer it is in English, the more it says. Words that no list has weigh most."""
    uses = count_uses(word) or count_uses(word + "e")
    return math.log(_COUNTED_WORDS / max(_FEWEST_USES, uses))


def _share_pairs(said: Sequence[str], lines: Sequence[Sequence[str]]) -> float:
    """Share of the claim's neighbouring words that are neighbours, or nearly, in one of the lines."""
    pairs = set(zip(said, said[1:], strict=False))
    if not pairs:
        return float(any(said[:1] == list(line[n : n + 1]) for line in lines for n in range(len(line))))
    there = {pair for line in lines for gap in (1, 2) for pair in zip(line, line[gap:], strict=False)}
    return len(pairs & there) / len(pairs)


def _find_run(said: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """The longest row of words that the claim has from a line."""
    longest = 0
    for line in lines:
        ends = [0] * (len(line) + 1)
        for word in said:
            ends = [0, *(ends[place] + 1 if other == word else 0 for place, other in enumerate(line))]
            longest = max(longest, max(ends))
    return longest


def _find_weakest_clause(claim: str, words: frozenset[str]) -> float:
    """The smallest share of a clause's words that stand in the evidence: what was added to a claim is mostly a clause."""
    shares = []
    for clause in _CLAUSE.split(claim):
        stems = read_stems(clause)
        if len(stems) >= _LEAST_OF_A_CLAUSE:
            weights = {word: measure_rarity(word) for word in stems}
            shares.append(sum(weight for word, weight in weights.items() if word in words) / sum(weights.values()))
    return min(shares, default=1.0)


def _measure_together(rows: Sequence[Vectors], claim: Vectors) -> float:
    """The cosine of the claim with the mean of the best sentences."""
    mean = np.mean(rows, axis=0)
    return float(mean @ claim / max(float(np.linalg.norm(mean)), 1e-9))
