"""The seam to embedding models: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """An embedding model. Vectors of two models may be compared only when their fingerprints are equal."""

    @property
    def name(self) -> str:
        """What the person calls the model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of the model's files."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Tokens that the model reads of one text, special tokens left out."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text, shape (len(texts), dimensions)."""
        ...


def join_heading(embedder: Embedder, heading: str, search_text: str) -> str:
    """What is embedded of a passage: heading path and text, or the text alone where the window does not take both."""
    if not heading:
        return search_text
    together = f"{heading}\n{search_text}"
    return together if embedder.count_tokens([together])[0] <= embedder.window else search_text
