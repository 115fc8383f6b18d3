"""Finds what may help with a question: its words and what was found for it in, practices and craft out."""

from __future__ import annotations

from collections.abc import Collection

from coach.coaching import Guidance
from coach.craft import CraftFinder
from coach.embedding import Embedder, embed_question
from coach.grounding import Grounded
from coach.practices.finding import Need, PracticeFinder
from coach.records import Manner, SuggestedPractice

_MOST = 2


class Guide:
    """Looks for help in the documents' practices and in general craft."""

    def __init__(self, embedder: Embedder, crafts: CraftFinder, practices: PracticeFinder) -> None:
        self._embedder = embedder
        self._crafts = crafts
        self._practices = practices

    def find(self, asked: str, grounded: Grounded, manner: Manner, shown: Collection[str]) -> Guidance:
        """Up to two practices, or none that fits; and craft, always.

        Args:
            asked: the question, as it stands alone.
            grounded: what the documents say to it.
            manner: for whom.
            shown: ids of what the conversation has shown already.
        """
        vector = embed_question(self._embedder, asked).tolist()
        statements = grounded.framed.statements
        cited = frozenset(citation.label for statement in statements for citation in statement.citations)
        practices = self._practices.find(Need(asked, vector, manner.role, cited), shown, _MOST)
        crafts = self._crafts.find(asked, vector, manner.role, shown, _MOST, manner.stance)
        return Guidance(
            tuple(SuggestedPractice(found.practice, found.citations) for found in practices),
            tuple(found.craft for found in crafts),
            bool(crafts) and crafts[0].is_close,
            tuple(found.craft.id for found in crafts if not found.is_close),
            bool(practices) and practices[0].is_sure,
        )
