"""Measures how near a question about something else comes to a library: fixed questions and the index in, a cosine out.

The more a library holds, the nearer its nearest passage is to any question at all. What is said of a likeness is said
against this background.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from statistics import median
from threading import Lock

from coach.embedding import Embedder, Vectors, embed_questions
from coach.errors import IndexDamaged
from coach.index import VectorIndex

QUESTIONS = Path(__file__).with_name("background_questions.txt")


class Background:
    """The background of one library, measured again when the library changes."""

    def __init__(self, index: VectorIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._vectors: Vectors | None = None
        self._measured: tuple[int, float] | None = None
        self._turn = Lock()

    def measure(self, generation: int) -> float:
        """The middle one of the cosines of each fixed question and its nearest passage; 0 in an empty library.

        A library may treat a few of the things that they ask about: that does not move the middle.
        """
        with self._turn:
            if self._measured is None or self._measured[0] != generation:
                self._measured = (generation, self._measure())
            return self._measured[1]

    def embed(self) -> Vectors:
        """A row for each fixed question."""
        if self._vectors is None:
            self._vectors = embed_questions(self._embedder, read_questions())
        return self._vectors

    def _measure(self) -> float:
        try:
            nearest = [max(self._index.search(vector, 1).values(), default=0.0) for vector in self.embed()]
        except IndexDamaged:
            return 0.0
        return float(median(nearest))


@cache
def read_questions() -> tuple[str, ...]:
    """The fixed questions, about things that no study of schools treats."""
    return tuple(line for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip())
