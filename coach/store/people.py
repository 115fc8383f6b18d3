"""The people of one data folder: a name and roles in, persons out; whoever is removed is gone with all that is theirs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from coach.errors import CoachError
from coach.metadata import drop_unshown
from coach.records import LOCAL_PERSON, ROLES, Person, Role
from coach.store import tables
from coach.store.conversations import fold
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import read_clock
from coach.store.store import Store

_TABLE = tables.people
LONGEST_NAME = 80


class PeopleStore:
    """Who there is, in the database of record. That says whose a thing is; it keeps nobody out."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def add(self, name: str, roles: Iterable[Role]) -> Person:
        """Another person, with nothing of theirs yet.

        Raises:
            CoachError: the name is empty, too long or somebody's already, or there is no role or one that is none of ours.
        """
        person = Person(uuid.uuid4().hex, _require_name(name), _require_roles(roles))
        with writing(self._engine) as connection:
            _require_new(connection, person.name)
            connection.execute(
                insert(_TABLE).values(
                    id=person.id, name=person.name, roles=list(person.roles), created_at=read_clock()[:19]
                )
            )
        return person

    def list_people(self, role: Role | None = None) -> tuple[Person, ...]:
        """Everybody, or whoever has a role, by name."""
        with reading(self._engine) as connection:
            people = _read_all(connection)
        return tuple(one for one in people if role is None or role in one.roles)

    def read(self, person_id: str) -> Person:
        """One person.

        Raises:
            CoachError: there is none with this id.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.id == person_id)).first()
        if row is None:
            raise _name_unknown(person_id, self.list_people())
        return _read_row(row)

    def has(self, person_id: str) -> bool:
        """Whether there is a person with this id."""
        with reading(self._engine) as connection:
            return connection.execute(select(_TABLE.c.id).where(_TABLE.c.id == person_id)).first() is not None

    def find(self, words: str) -> Person:
        """The one person whose id or name this is; or begins so, or a word of the name does. Case and accents do not count.

        Raises:
            CoachError: nobody is, or several are; it names the people there are.
        """
        people, wanted = self.list_people(), fold(words.strip())
        exact = [one for one in people if wanted in (one.id, fold(one.name))]
        found = exact or [one for one in people if wanted and _begins(one, wanted)]
        if len(found) == 1:
            return found[0]
        raise _name_unknown(words, people, several=len(found) > 1)

    def rename(self, person_id: str, name: str) -> Person:
        """Give a person another name.

        Raises:
            CoachError: there is no such person, or `add` would refuse the name.
        """
        named = _require_name(name)
        with writing(self._engine) as connection:
            _require_new(connection, named, besides=person_id)
            changed = connection.execute(update(_TABLE).where(_TABLE.c.id == person_id).values(name=named))
            if changed.rowcount:
                note_forgotten(connection)
        clear_forgotten(self._engine)
        return self.read(person_id)

    def remove(self, person_id: str) -> bool:
        """Take a person out with everything that is theirs: conversations, commitments, plans, and what they share or were
        shown. Documents that they added are the library's, and stay.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off, as for conversations.

        Raises:
            CoachError: there is no such person, or it is the local one.
        """
        if person_id == LOCAL_PERSON:
            raise CoachError("The local person cannot be removed: whoever names nobody works as it. Rename it instead.")
        with writing(self._engine) as connection:
            gone = connection.execute(delete(_TABLE).where(_TABLE.c.id == person_id))
            if gone.rowcount:
                note_forgotten(connection)
        if not gone.rowcount:
            raise _name_unknown(person_id, self.list_people())
        return clear_forgotten(self._engine)


def find_acting(store: Store, words: str) -> Person:
    """The person that a setting names; the local one where it names nobody.

    Raises:
        CoachError: what it names is nobody's id or name, or several people's.
    """
    people = PeopleStore(store)
    if not words:
        return people.read(LOCAL_PERSON)
    try:
        return people.find(words)
    except CoachError as error:
        raise CoachError(f"COACH_PERSON names nobody for sure. {error} Change or unset it.") from error


def _begins(person: Person, wanted: str) -> bool:
    name = fold(person.name)
    return any(one.startswith(wanted) for one in (person.id, name, *name.split()))


def _read_all(connection: Connection) -> tuple[Person, ...]:
    people = [_read_row(row) for row in connection.execute(select(_TABLE))]
    return tuple(sorted(people, key=lambda one: (fold(one.name), one.id)))


def _read_row(row: Row[Any]) -> Person:
    return Person(row.id, row.name, _keep_known(row.roles))


def _keep_known(roles: Iterable[str]) -> tuple[Role, ...]:
    given = set(roles)
    return tuple(role for role in ROLES if role in given)


def _require_name(name: str) -> str:
    words = " ".join(drop_unshown(" ".join(name.split())).split())
    if not any(character.isalpha() for character in words) or len(words) > LONGEST_NAME:
        raise CoachError(f"A name has letters, and at most {LONGEST_NAME} signs. Say how this person is called.")
    return words


def _require_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    given = set(roles)
    known = _keep_known(given)
    if not known or len(known) != len(given):
        raise CoachError(f"A person has one or more of these roles: {', '.join(ROLES)}.")
    return known


def _require_new(connection: Connection, name: str, besides: str = "") -> None:
    """A name that could be taken for another's name or id would lead to the wrong person."""
    wanted = fold(name)
    for one in _read_all(connection):
        if one.id != besides and wanted in (one.id, fold(one.name)):
            raise CoachError(f"There is somebody called {one.name} already. Choose a name that tells them apart.")


def _name_unknown(words: str, people: Sequence[Person], *, several: bool = False) -> CoachError:
    shown = repr(words.strip()[:40])
    told = f"Several people begin with {shown}" if several else f"{shown} is nobody here"
    there = ", ".join(f"{one.name} ({one.id[:8]})" for one in people)
    return CoachError(f"{told}. There are: {there}.")
