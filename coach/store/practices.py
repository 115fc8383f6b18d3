"""Rows of practices: what was read from each file in, the same out. Words of a document are kept only while it is there."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select, update

from coach.embedding import Embedder, Vectors
from coach.files import fold_name
from coach.records import Practice, PracticeQuote
from coach.store import tables
from coach.store.database import translate_errors, vacuum
from coach.store.store import Store
from coach.store.values import write_value

_VERSION = "practices"
_PURGE = "practices_purge"
_VECTORS = "vectors"


class PracticeRows:
    """The practices of one library."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read_version(self) -> int:
        """A number that grows with every change of the practices."""
        return int(self._store.read_value(_VERSION) or 0)

    def list(self) -> tuple[Practice, ...]:
        """Every practice, in the order of files and of entries in them."""
        with translate_errors(), self._store.engine.connect() as connection:
            return _list(connection)

    def replace(self, practices: Sequence[Practice]) -> None:
        """Keep these practices, whose ids differ, in place of all that were kept; nothing is written where they are the same."""
        with translate_errors(), self._store.engine.execution_options(coach_write=True).begin() as connection:
            known = _list(connection)
            if known != tuple(practices):
                _replace(connection, known, practices)

    def withhold(self, documents: Collection[str]) -> None:
        """Forget the quoted words of documents that are not among these names: what was removed is to be in no byte.

        The practice stays, and its file has the words; ingest reads it again when the document is back.
        """
        self.replace([withhold_words(practice, documents) for practice in self.list()])

    def read_vectors(self, embedder: Embedder) -> dict[str, Vectors]:
        """The vectors of this model that were kept of each practice, by its id."""
        with translate_errors(), self._store.engine.connect() as connection:
            rows = connection.execute(select(tables.practices.c.id, tables.practices.c.body)).all()
        kept = {row[0]: row[1].get(_VECTORS) for row in rows}
        return {
            name: np.frombuffer(b64decode(one["rows"]), dtype="<f4").reshape(-1, embedder.dimensions)
            for name, one in kept.items()
            if one and one["model"] == embedder.fingerprint
        }

    def put_vectors(self, embedder: Embedder, vectors: Mapping[str, Vectors]) -> None:
        """Keep the vectors of some practices, by id."""
        columns = tables.practices.c
        with translate_errors(), self._store.engine.execution_options(coach_write=True).begin() as connection:
            for name, own in vectors.items():
                body = connection.execute(select(columns.body).where(columns.id == name)).scalar_one()
                rows = b64encode(np.ascontiguousarray(own, dtype="<f4").tobytes()).decode()
                body = {**body, _VECTORS: {"model": embedder.fingerprint, "rows": rows}}
                connection.execute(update(tables.practices).where(columns.id == name).values(body=body))

    def purge(self) -> bool:
        """Clear what was replaced or dropped from every byte; True when no reader was in the way."""
        if self._store.read_value(_PURGE) != "pending":
            return True
        clean = vacuum(self._store.engine)
        if clean:
            self._store.write_value(_PURGE, "done")
        return clean


def withhold_words(practice: Practice, documents: Collection[str]) -> Practice:
    """The practice without the words that it quotes of documents other than these, by name."""
    there = set(map(fold_name, documents))
    quotes = (one if fold_name(one.document) in there else replace(one, words="") for one in practice.quotes)
    return replace(practice, quotes=tuple(quotes))


def _replace(connection: Connection, known: Sequence[Practice], after: Sequence[Practice]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    columns = tables.practices.c
    before = {practice.id: practice for practice in known}
    kept = {practice.id for practice in after}
    connection.execute(delete(tables.practices).where(columns.id.in_(sorted(before.keys() - kept))))
    for place, practice in enumerate(after):
        body: dict[str, Any] = {"place": place, **asdict(practice)}
        if practice.id not in before:
            row = {"path": practice.path, "body": body}
            connection.execute(insert(tables.practices).values(id=practice.id, added_at=now, **row))
            continue
        there = columns.id == practice.id
        if replace(before[practice.id], quotes=()) == replace(practice, quotes=()):
            # The vectors are of its own texts, which are the same.
            body |= _keep_vectors(connection.execute(select(columns.body).where(there)).scalar_one())
        connection.execute(update(tables.practices).where(there).values(path=practice.path, body=body))
    if before:
        write_value(connection, _PURGE, "pending")
    version = connection.execute(select(tables.library.c.value).where(tables.library.c.key == _VERSION)).scalar()
    write_value(connection, _VERSION, str(int(version or 0) + 1))


def _keep_vectors(body: Mapping[str, Any]) -> dict[str, Any]:
    return {_VECTORS: body[_VECTORS]} if _VECTORS in body else {}


def _list(connection: Connection) -> tuple[Practice, ...]:
    bodies = connection.execute(select(tables.practices.c.body)).scalars()
    return tuple(map(_read, sorted(bodies, key=lambda body: int(body["place"]))))


def _read(body: dict[str, Any]) -> Practice:
    values = {key: value for key, value in body.items() if key not in ("place", _VECTORS)}
    lists = {key: tuple(values[key]) for key in ("roles", "situations")}
    quotes = tuple(PracticeQuote(**quote) for quote in values["quotes"])
    return Practice(**{**values, **lists, "quotes": quotes})
