"""The seam to dense search: a question's vector in, passage ids with their cosines out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from coach.embedding import Vectors


class VectorIndex(Protocol):
    """Finds the passages whose vectors are nearest to one."""

    @property
    def kind(self) -> str:
        """`exact` or `chroma`."""
        ...

    def search(self, vector: Vectors, count: int, documents: Collection[str] | None = None) -> dict[str, float]:
        """Up to `count` passage ids with their cosines, best first.

        Args:
            vector: one axis, length 1.
            count: how many at most.
            documents: ids of the documents to search; None for all.
        """
        ...
