"""The library's own few values, by name: a connection in, a value read or kept."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from coach.store import tables


def write_value(connection: Connection, key: str, value: str) -> None:
    """Keep a value in place of the one before."""
    statement = insert(tables.library).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def advance(connection: Connection) -> None:
    """Note that the documents changed."""
    value = connection.execute(select(tables.library.c.value).where(tables.library.c.key == "generation")).scalar()
    write_value(connection, "generation", str(int(value or 0) + 1))
