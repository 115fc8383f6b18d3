"""Finds the protocol for a session: a topic, what principals bring and what fits in, the best protocol out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from coach.plans.protocols import Protocol
from coach.plans.records import PlanRequest
from coach.sentence_vectors import SentenceVectors

_NEAREST = 2
"""Situations of a protocol whose mean likeness counts: one alone may agree by chance."""


class ProtocolFinder:
    """Compares a session with the situations of protocols, by meaning."""

    def __init__(self, vectors: SentenceVectors) -> None:
        self._vectors = vectors

    def find(self, request: PlanRequest, offered: Sequence[Protocol]) -> Protocol:
        """The one of the protocols that fits best: one that the topic names, or else the nearest in meaning.

        Args:
            request: topic, what is brought, and goal.
            offered: at least one.
        """
        said = f" {_fold(' '.join([request.topic, request.brings]))} "
        for protocol in offered:
            if any(f" {_fold(name)} " in said for name in (protocol.title, *protocol.called)):
                return protocol
        texts = [text for text in (request.topic, request.brings, request.goal) if text.strip()]
        asked = self._vectors.embed(texts or [request.setting])
        scores = [self._measure(protocol, asked) for protocol in offered]
        return offered[int(np.argmax(scores))]

    def _measure(self, protocol: Protocol, asked: np.ndarray) -> float:
        likeness = self._vectors.embed(protocol.situations) @ asked.T
        nearest = np.sort(likeness, axis=0)[-_NEAREST:].mean(axis=0)
        return float(nearest.mean())


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
