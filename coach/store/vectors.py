"""Vectors and the models that made them: a connection in, rows read or kept. Vectors of two models are never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, and_, delete, func, insert, outerjoin, select

from coach.embedding import Embedder, Vectors
from coach.errors import LibraryMismatch
from coach.store import tables
from coach.store.values import write_value


@dataclass(frozen=True, slots=True)
class ModelState:
    """The embedding model that the library's vectors were made with."""

    id: int
    name: str
    fingerprint: str
    dimensions: int


def read_model(connection: Connection) -> ModelState | None:
    """The model in use."""
    columns = tables.embedding_models.c
    chosen = select(tables.library.c.value).where(tables.library.c.key == "model").scalar_subquery()
    row = connection.execute(
        select(columns.id, columns.name, columns.fingerprint, columns.dimensions).where(columns.id == chosen)
    ).first()
    return ModelState(*row) if row else None


def put_model(connection: Connection, embedder: Embedder) -> int:
    """The number of the model in use, which is this one in a new library.

    Raises:
        LibraryMismatch: another model is in use.
    """
    model = read_model(connection)
    if model is None:
        number = find_or_add_model(connection, embedder)
        write_value(connection, "model", str(number))
        return number
    if model.fingerprint != embedder.fingerprint:
        raise LibraryMismatch(
            f"The library was embedded with {model.name}; vectors of {embedder.name} cannot be added."
        )
    return model.id


def find_or_add_model(connection: Connection, embedder: Embedder) -> int:
    """The number of a model, in use or not."""
    columns = tables.embedding_models.c
    number = connection.execute(select(columns.id).where(columns.fingerprint == embedder.fingerprint)).scalar()
    if number is None:
        values = {"name": embedder.name, "fingerprint": embedder.fingerprint, "dimensions": embedder.dimensions}
        connection.execute(insert(tables.embedding_models).values(**values))
        number = connection.execute(select(columns.id).where(columns.fingerprint == embedder.fingerprint)).scalar_one()
    return int(number)


def insert_vectors(connection: Connection, model: int, numbers: Sequence[int], vectors: Vectors) -> None:
    """Keep one vector for each passage."""
    stored = np.ascontiguousarray(vectors, dtype="<f4")
    connection.execute(
        insert(tables.embeddings),
        [
            {"model_id": model, "passage_number": number, "vector": row.tobytes()}
            for number, row in zip(numbers, stored, strict=True)
        ],
    )


def read_vectors(connection: Connection, ids: Sequence[str] | None) -> tuple[list[str], Vectors]:
    """Passage ids and their vectors of the model in use, row by row: all, or those of `ids` in any order."""
    embeddings, passages = tables.embeddings.c, tables.passages.c
    model = read_model(connection)
    if model is None:
        return [], np.empty((0, 0), dtype=np.float32)
    if ids is None:
        statement = (
            select(passages.id, embeddings.vector)
            .join(tables.passages, passages.number == embeddings.passage_number)
            .where(embeddings.model_id == model.id)
            .order_by(passages.number)
        )
        rows = [(row[0], row[1]) for row in connection.execute(statement)]
    else:
        # Two steps: as one join, SQLite walks through every vector of the model in order.
        wanted = select(passages.number, passages.id).where(passages.id.in_(list(ids)))
        names = {row[0]: row[1] for row in connection.execute(wanted)}
        found = select(embeddings.passage_number, embeddings.vector).where(
            embeddings.model_id == model.id, embeddings.passage_number.in_(list(names))
        )
        rows = [(names[row[0]], row[1]) for row in connection.execute(found)]
    joined = b"".join(row[1] for row in rows)
    matrix = np.frombuffer(joined, dtype="<f4").reshape(len(rows), model.dimensions)
    return [row[0] for row in rows], matrix


@dataclass(frozen=True, slots=True)
class Unembedded:
    """What is embedded of a passage, and the number its vector is kept under."""

    number: int
    heading: str
    before: str
    """The text of the passage before it in its section."""
    search_text: str


def list_unembedded(connection: Connection, embedder: Embedder, count: int) -> list[Unembedded]:
    """Up to `count` passages without a vector of this model."""
    columns = tables.passages.c
    previous = tables.passages.alias("previous").c
    # The passages of a document are numbered in a row.
    follows = and_(
        previous.number == columns.number - 1,
        previous.document_id == columns.document_id,
        previous.section == columns.section,
    )
    done = (
        select(tables.embeddings.c.passage_number)
        .join(tables.embedding_models, tables.embedding_models.c.id == tables.embeddings.c.model_id)
        .where(tables.embedding_models.c.fingerprint == embedder.fingerprint)
    )
    rows = connection.execute(
        select(columns.number, columns.heading, func.coalesce(previous.search_text, ""), columns.search_text)
        .select_from(outerjoin(tables.passages, previous.number.table, follows))
        .where(columns.number.not_in(done))
        .order_by(columns.number)
        .limit(count)
    )
    return [Unembedded(*row) for row in rows]


def use_model(connection: Connection, embedder: Embedder) -> None:
    """Let a model be the one in use, and drop the vectors of every other."""
    model = find_or_add_model(connection, embedder)
    write_value(connection, "model", str(model))
    connection.execute(delete(tables.embeddings).where(tables.embeddings.c.model_id != model))
    connection.execute(delete(tables.embedding_models).where(tables.embedding_models.c.id != model))
