"""Names what questions are about, in words of ours: questions by period in, a topic for each out.

Questions that mean the same are put together first, because one of them alone may be worded too oddly to be near any topic.
Agglomerative clustering with average linkage and a distance that ends it: it needs no number of groups, gives the same groups
every time, and leaves nothing out. (HDBSCAN calls most of a few dozen questions noise, and its smallest group would have to be
that of the rule, by which groups are shown.) A group is never changed by what is asked in a later period: later questions only
join it, so two reports differ by what is new and by nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.embedding import Vectors
from coach.errors import CoachError
from coach.jargon import Jargon
from coach.sentence_vectors import SentenceVectors

_FILE = Path(__file__).with_name("coverage.json")
_AT_ONCE = 2000
"""Questions that are compared with one another, each with each."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """When two things mean the same, as evals/train/fit_coverage.py found it for the default embedding model."""

    together: float
    """Cosine from which on groups of questions are one, by the mean over their pairs."""
    topic: float
    """Cosine of a group and a topic from which on the topic names it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A name that a group can have, and what is compared with it."""

    name: str
    words: str


def load_nearness() -> Nearness:
    """What coverage.json holds.

    Raises:
        CoachError: it is gone or damaged.
    """
    try:
        values = json.loads(_FILE.read_text("utf-8"))
        return Nearness(float(values["together"]), float(values["topic"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CoachError(f"{_FILE} cannot be read ({error}). Restore it from the release.") from error


def list_topics(names: Iterable[tuple[str, Sequence[str]]], jargon: Jargon) -> tuple[Topic, ...]:
    """Everything that is compared with questions: the names of the list with how people put each, and the district's own
    terms for things that documents seldom name.
    """
    ours = [Topic(name, words) for name, others in names for words in (name, *others)]
    terms = [
        Topic(term.words[0], f"{term.words[0]}: {term.meaning}") for term in jargon.terms if term.kind == "nearest"
    ]
    return (*ours, *terms)


class Grouper:
    """Puts questions together by meaning and names them."""

    def __init__(self, vectors: SentenceVectors, topics: Sequence[Topic], nearness: Nearness) -> None:
        self._vectors = vectors
        self._topics = tuple(topics)
        self._nearness = nearness

    def name(self, periods: Sequence[Sequence[str]]) -> list[list[str]]:
        """A topic for each question of each period; empty where none is near.

        Args:
            periods: questions in the order in which they were asked. Those of a later period join groups of an earlier one.
        """
        centres: list[Vectors] = []
        names: list[str] = []
        named: list[list[str]] = []
        for texts in periods:
            found: list[str] = []
            for start in range(0, len(texts), _AT_ONCE):
                places = self._place(embed_asked(self._vectors, texts[start : start + _AT_ONCE]), centres)
                names += [self._choose(centre) for centre in centres[len(names) :]]
                found += [names[place] for place in places]
            named.append(found)
        return named

    def _place(self, vectors: Vectors, centres: list[Vectors]) -> list[int]:
        """Which group each question is in; new groups are put behind `centres`."""
        places = [-1] * len(vectors)
        if centres:
            cosines = vectors @ np.stack(centres).T
            best = cosines.argmax(axis=1).tolist()
            near = cosines.max(axis=1) >= self._nearness.together
            places = [place if close else -1 for place, close in zip(best, near, strict=True)]
        fresh = [row for row, place in enumerate(places) if place < 0]
        for members in cluster(vectors[fresh], self._nearness.together):
            rows = [fresh[member] for member in members]
            for row in rows:
                places[row] = len(centres)
            centres.append(_find_centre(vectors[rows]))
        return places

    def _choose(self, centre: Vectors) -> str:
        if not self._topics:
            return ""
        cosines = self._vectors.embed([one.words for one in self._topics]) @ centre
        best = int(cosines.argmax())
        return self._topics[best].name if float(cosines[best]) >= self._nearness.topic else ""


def embed_asked(vectors: SentenceVectors, texts: Sequence[str]) -> Vectors:
    """A row for each question, without its question mark, as for the search."""
    return vectors.embed([text.strip().rstrip("?!. ") or text for text in texts])


def cluster(vectors: Vectors, together: float) -> list[list[int]]:
    """Rows that belong together, by the first of each."""
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    from sklearn.cluster import AgglomerativeClustering

    way = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - together)
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(way.fit_predict(vectors.astype(np.float64)).tolist()):
        groups.setdefault(label, []).append(row)
    return list(groups.values())


def _find_centre(vectors: Vectors) -> Vectors:
    mean: Vectors = vectors.mean(axis=0)
    unit: Vectors = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return unit
