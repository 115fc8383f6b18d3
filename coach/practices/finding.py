"""Finds practices that fit a question and the person who asks it: a Need in, the few that fit out, or none."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from coach.background import Background
from coach.embedding import Embedder, Vectors, embed_questions
from coach.lexical import STOP_WORDS, list_words
from coach.practices.checking import PracticeShelf, VerifiedPractice
from coach.practices.embedding import embed_practices, list_texts
from coach.records import Citation, Practice, Role
from coach.stemming import stem

PARAMETERS = Path(__file__).with_name("finding.json")
ELSEWHERE = Path(__file__).with_name("elsewhere.txt")
MEASURES = ("share", "nearness", "words", "cited", "role")
# Of BM25: how soon a word that is repeated stops to count, and what a long text costs.
_REPEATED, _LENGTH = 2.0, 0.5

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Need:
    """What a person asked, as far as it decides which practice fits."""

    question: str
    """As it is searched."""
    vector: Sequence[float]
    """Its embedding, as `embed_question` makes it."""
    role: Role
    labels: frozenset[str] = frozenset()
    """Of the passages that the answer cites."""


@dataclass(frozen=True, slots=True)
class FoundPractice:
    """A practice that fits, with the words of the documents that it rests on."""

    practice: Practice
    citations: tuple[Citation, ...]
    score: float
    """Probability, as it was fitted, that it fits."""
    is_sure: bool = False
    """Whether it fits so well that hardly any other question would be shown it."""


@dataclass(frozen=True, slots=True)
class FindingParameters:
    """What the script chose."""

    intercept: float
    weights: Mapping[str, float]
    """By the names of `MEASURES`."""
    least: float
    """Score from which a practice is suggested."""
    surely: float
    """Score from which one fits so well that it may stand beside general craft where the documents do not answer."""
    calm: float
    """How much the comparison with the other practices is held back: few texts say little about a practice."""


@cache
def load_parameters(path: Path = PARAMETERS) -> FindingParameters:
    """The shipped parameters; the file says what they were fitted on."""
    return FindingParameters(**json.loads(path.read_text("utf-8"))["parameters"])


@cache
def read_elsewhere() -> tuple[str, ...]:
    """What people in schools ask that no practice is for."""
    return tuple(line for line in ELSEWHERE.read_text("utf-8").splitlines() if line.strip())


class PracticeFinder:
    """Compares questions with the practices of one library."""

    def __init__(
        self, shelf: PracticeShelf, embedder: Embedder, background: Background, parameters: FindingParameters
    ) -> None:
        self._shelf = shelf
        self._embedder = embedder
        self._background = background
        self._parameters = parameters
        self._compared: tuple[tuple[int, int], _Comparison] | None = None
        self._turn = Lock()

    @property
    def least(self) -> float:
        """Score from which a practice is suggested."""
        return self._parameters.least

    def find(self, need: Need, shown: Collection[str] = (), count: int = 2) -> tuple[FoundPractice, ...]:
        """The practices that fit best, best first; none rather than one that fits ill.

        Args:
            need: what was asked, by whom.
            shown: ids of the practices that this conversation has had: they are not offered again.
            count: how many at most.
        """
        scored = [one for one in self.rank(need) if one.practice.id not in shown]
        return tuple(one for one in scored[:count] if one.score >= self._parameters.least)

    def rank(self, need: Need) -> tuple[FoundPractice, ...]:
        """Every practice that may be suggested, best first, however badly it fits."""
        practices, measures = self.measure(need)
        weights = np.array([self._parameters.weights[name] for name in MEASURES])
        logits = np.clip(measures @ weights + self._parameters.intercept, -30, 30)
        scores = (1 / (1 + np.exp(-logits))).tolist()
        found = [
            FoundPractice(one.practice, one.citations, score, score >= self._parameters.surely)
            for one, score in zip(practices, scores, strict=True)
        ]
        return tuple(sorted(found, key=lambda one: (-one.score, one.practice.id)))

    def measure(self, need: Need) -> tuple[tuple[VerifiedPractice, ...], Numbers]:
        """The practices that may be suggested, and a row of `MEASURES` for each."""
        comparison = self._compare()
        practices = comparison.practices
        if not practices:
            return (), np.zeros((0, len(MEASURES)))
        vector = np.asarray(need.vector, dtype=np.float32)
        cited = [float(any(citation.label in need.labels for citation in one.citations)) for one in practices]
        # A trainer looks at what any of the others would get.
        role = [float(need.role == "trainer" or need.role in one.practice.roles) for one in practices]
        columns = (
            comparison.measure_share(vector),
            comparison.measure_nearness(vector),
            comparison.measure_words(need.question),
            cited,
            role,
        )
        return practices, np.array(columns, dtype=np.float64).T

    def _compare(self) -> _Comparison:
        version = self._shelf.read_version()
        with self._turn:
            if self._compared is None or self._compared[0] != version:
                practices = tuple(one for one in self._shelf.list() if one.is_sound)
                vectors = self._read_vectors(practices)
                elsewhere = embed_questions(self._embedder, read_elsewhere())
                others = np.vstack([self._background.embed(), elsewhere])
                self._compared = (version, _Comparison(practices, vectors, others, self._parameters.calm))
            return self._compared[1]

    def _read_vectors(self, practices: Sequence[VerifiedPractice]) -> list[Vectors]:
        """The vectors of each practice's texts, as ingest kept them; made now, in one batch, where they are not there."""
        known = self._shelf.rows.read_vectors(self._embedder)
        missing = [one.practice for one in practices if one.practice.id not in known]
        known |= embed_practices(self._embedder, missing)
        return [known[one.practice.id] for one in practices]


class _Comparison:
    """The texts of some practices, ready to be compared with questions."""

    def __init__(
        self, practices: tuple[VerifiedPractice, ...], vectors: Sequence[Vectors], others: Vectors, calm: float
    ) -> None:
        self.practices = practices
        self._vectors = vectors
        self._directions = _tell_apart(vectors, others, calm) if vectors else None
        self._words = [Counter(_list_stems(" ".join(list_texts(one.practice)))) for one in practices]
        held = Counter(word for words in self._words for word in words)
        count = len(practices)
        self._rarities = {word: math.log(1 + (count - own + 0.5) / (own + 0.5)) for word, own in held.items()}
        self._unknown = math.log(1 + (count + 0.5) / 0.5)
        self._mean = sum(sum(words.values()) for words in self._words) / max(count, 1)

    def measure_share(self, vector: Vectors) -> Sequence[float]:
        """How much a question is like one practice and unlike the others."""
        assert self._directions is not None
        values: list[float] = (vector @ self._directions).tolist()
        return values

    def measure_nearness(self, vector: Vectors) -> Sequence[float]:
        """Cosine of a question with the nearest text of each practice."""
        return [float((own @ vector).max()) for own in self._vectors]

    def measure_words(self, question: str) -> Sequence[float]:
        """BM25 of each practice by stems, by the root of what the question could give."""
        stems = set(_list_stems(question))
        most = sum(self._rarities.get(word, self._unknown) for word in stems)
        return [sum(self._weigh(word, words) for word in stems) / math.sqrt(most or 1.0) for words in self._words]

    def _weigh(self, word: str, words: Counter[str]) -> float:
        times = words[word]
        length = 1 - _LENGTH + _LENGTH * words.total() / self._mean
        return self._rarities[word] * times * (_REPEATED + 1) / (times + _REPEATED * length) if times else 0.0


def _tell_apart(vectors: Sequence[Vectors], others: Vectors, calm: float) -> Vectors:
    """A direction for each practice in which its own texts lie and those of the others do not (ridge regression).

    Some texts are near every question about schools; what tells one practice from another is left when that is out.
    """
    known = np.vstack([*vectors, others]).astype(np.float64)
    wanted = np.zeros((len(known), len(vectors)))
    start = 0
    for place, own in enumerate(vectors):
        wanted[start : start + len(own), place] = 1
        start += len(own)
    directions = np.linalg.solve(known.T @ known + calm * np.eye(known.shape[1]), known.T @ wanted)
    return directions.astype(np.float32)


def _list_stems(text: str) -> list[str]:
    return [stem(word) for word in list_words(text) if word not in STOP_WORDS]
