"""The seam to embedding models: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
# The part of the window that may hold the end of the passage before.
_CARRIED = 4


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


def write_embedded(embedder: Embedder, heading: str, before: str, search_text: str) -> str:
    """What is embedded of a passage: its heading path, the end of what stands before it, and its text.

    Args:
        embedder: whose window must take it all, or the text goes alone.
        heading: title and section path; left out where the text begins with it, for what is said twice weighs twice.
        before: the text of the passage before it in its section, of which the last words go along: a passage is the
            continuation of another more often than not.
        search_text: the passage's own.
    """
    said = heading.rpartition(" > ")[2].casefold()
    if said and search_text.casefold().startswith(said):
        heading = ""
    start = f"{heading}\n" if heading else ""
    room = min(embedder.window - embedder.count_tokens([start + search_text])[0], embedder.window // _CARRIED)
    if room < 0:
        return search_text
    # A word is one token at least.
    words = before.split(" ")[-room:] if before and room else []
    kept = len(words)
    for size in reversed(embedder.count_tokens(words)):
        room -= size
        if room < 0:
            break
        kept -= 1
    return start + " ".join([*words[kept:], search_text])


def embed_questions(embedder: Embedder, questions: Sequence[str]) -> Vectors:
    """A row for each question, without its question mark: with it, a question is nearer to questions than to answers."""
    return embedder.embed([question.strip().rstrip("?!. ") or question for question in questions])


def embed_question(embedder: Embedder, question: str) -> Vectors:
    """The vector of one question, as `embed_questions` makes it."""
    vector: Vectors = embed_questions(embedder, [question])[0]
    return vector
