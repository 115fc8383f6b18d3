"""Clears what a person deleted from every byte of the database's files: Engine -> whether nothing of it is left."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, Engine, select, update

from coach.store import tables
from coach.store.database import reading, vacuum, writing
from coach.store.values import write_value

# Apart from "purge", which is of documents: only the owner of the library may clear those, with the vector index.
_KEY, _DONE = "forget", "done"


def note_forgotten(connection: Connection) -> None:
    """Note, in the transaction that deletes, that bytes of it are still to be cleared."""
    # Unlike any other: who clears must not take a deletion that came meanwhile for cleared.
    write_value(connection, _KEY, f"pending {uuid.uuid4().hex}")


def clear_forgotten(engine: Engine) -> bool:
    """Clear what was deleted, if anything was; any process may.

    Returns:
        Whether nothing is left; a reader in the way puts it off to the next call.
    """
    column = tables.library.c
    with reading(engine) as connection:
        noted = connection.execute(select(column.value).where(column.key == _KEY)).scalar()
    if noted is None or noted == _DONE:
        return True
    if not vacuum(engine):
        return False
    with writing(engine) as connection:
        connection.execute(update(tables.library).where(column.key == _KEY, column.value == noted).values(value=_DONE))
    return True
