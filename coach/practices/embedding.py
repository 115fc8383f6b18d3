"""The texts of practices as vectors: Practice values in, the rows of each out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.embedding import Embedder, Vectors, embed_questions
from coach.records import Practice


def list_texts(practice: Practice) -> tuple[str, ...]:
    """What is compared with questions. Words of documents are not among it."""
    own = (practice.title, practice.description, practice.first_step, practice.reflective_question)
    return (*practice.situations, *own)


def embed_practices(embedder: Embedder, practices: Sequence[Practice]) -> dict[str, Vectors]:
    """The vectors of the texts of each practice, a row for each text, by the practice's id."""
    texts = [text for practice in practices for text in list_texts(practice)]
    vectors = embed_questions(embedder, texts) if texts else np.zeros((0, embedder.dimensions), dtype=np.float32)
    made: dict[str, Vectors] = {}
    start = 0
    for practice in practices:
        end = start + len(list_texts(practice))
        made[practice.id] = vectors[start:end]
        start = end
    return made
