"""What tables of personal things have in common: a person and an id in, the row that is theirs out, or nobody's."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, Table, select

from coach.errors import CoachError
from coach.store.database import reading


def is_of(table: Table, person: str, identifier: str) -> ColumnElement[bool]:
    """The condition that a row has this id and is this person's."""
    condition: ColumnElement[bool] = (table.c.person_id == person) & (table.c.id == identifier)
    return condition


def find_id(engine: Engine, table: Table, person: str, beginning: str) -> str:
    """The id of the one row of a person that begins so.

    Raises:
        CoachError: none does, or several do.
    """
    wanted = beginning.strip().lower()
    statement = select(table.c.id).where(
        table.c.person_id == person, table.c.id.startswith(wanted, autoescape=True)
    )  # fmt: skip
    with reading(engine) as connection:
        found = connection.execute(statement.limit(2)).scalars().all() if wanted else []
    if len(found) == 1:
        return str(found[0])
    raise name_unknown(table, beginning, several=len(found) > 1)


def name_unknown(table: Table, identifier: str, *, several: bool = False) -> CoachError:
    """What a person reads who named something that is not theirs or not there: the two are told apart for nobody."""
    shown = repr(identifier.strip()[:40])
    told = f"Several {table.name} begin with {shown}" if several else f"You have no {table.name[:-1]} {shown}"
    return CoachError(f"{told}. `coach {table.name} list` shows yours.")


def read_clock() -> str:
    """Now, so finely that two changes in a row differ."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
