"""The seam to dense search: a question's vector in, passage ids with their cosines out."""

from __future__ import annotations

from typing import Protocol

from coach.embedding import Vectors


class VectorIndex(Protocol):
    """Finds the passages whose vectors are nearest to one."""

    @property
    def kind(self) -> str:
        """`exact` or `chroma`."""
        ...

    def search(self, vector: Vectors, count: int) -> dict[str, float]:
        """Up to `count` passage ids with their cosines, best first. `vector` has one axis and length 1."""
        ...
