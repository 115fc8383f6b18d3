"""What people share with their supervisors: a person and a thing of theirs in, its words for one other person out.

A share is a copy of the words that its owner was shown. It is gone with what it was taken from, and with either person.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, delete, insert, select, update

from coach.errors import CoachError
from coach.prompts import load_conversation_wording
from coach.sharing import (
    SUPERVISOR_ROLE,
    SharedThing,
    ShareWords,
    require_shown,
    word_commitment,
    word_practice,
    word_question,
)
from coach.store import tables
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import is_of, name_unknown, read_clock
from coach.store.store import Store

_TABLE = tables.shares
_GIVER, _TAKER = tables.people.alias("giver"), tables.people.alias("taker")


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a share is taken from: with the same words or others, it is the same share."""

    name: str
    """The ordinal of a question, or the id of a practice."""
    table: Table | None = None
    """Where its owner's row lies, without which it cannot be; a practice is nobody's."""
    row: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """What the share's row says of it."""
        if self.table is None:
            return {}
        return {"commitment_id" if self.table is tables.commitments else "conversation_id": self.row}


class SharingStore:
    """Shares of every person, in the database of record. Nobody sees or takes back what is between others."""

    def __init__(self, store: Store, mask: Callable[[str], str]) -> None:
        """Set what every text goes through before it is shared: `mask` takes students' names and records out."""
        self._engine = store.engine
        self._conversations = ConversationStore(store)
        self._commitments = CommitmentStore(store, mask)
        self._mask = mask

    # --- what would be seen -------------------------------------------------------------------------------------

    def word_question(self, person: str, conversation_id: str, ordinal: int) -> ShareWords:
        """What a supervisor would see of a question that stands in a conversation.

        Raises:
            CoachError: the person has no such conversation, or no such question in it.
        """
        for exchange in self._conversations.read(person, conversation_id).exchanges:
            if exchange.ordinal == ordinal:
                return word_question(exchange.question, self._mask)
        raise CoachError(
            "This question is no longer in the conversation. Open the conversation again to see it as it is."
        )

    def word_commitment(self, person: str, commitment_id: str) -> ShareWords:
        """What a supervisor would see of a commitment.

        Raises:
            CoachError: the person has no such commitment.
        """
        commitment = self._commitments.read(person, commitment_id)
        return word_commitment(commitment, load_conversation_wording(), self._mask)

    def word_practice(self, title: str, first_step: str) -> ShareWords:
        """What a supervisor would see of a practice."""
        return word_practice(title, first_step, self._mask)

    # --- sharing ------------------------------------------------------------------------------------------------

    def share_question(
        self, person: str, supervisor: str, conversation_id: str, ordinal: int, *, shown: str | None = None
    ) -> SharedThing:
        """Share the words of one question, without its answer.

        Args:
            person: whose question it is.
            supervisor: another person, of central office.
            conversation_id: in full.
            ordinal: of the exchange.
            shown: the key of the words that the person agreed to; None where they were not asked.

        Raises:
            CoachError: the question is not the person's, the words have changed since, or the other is no supervisor.
        """
        words = self.word_question(person, conversation_id, ordinal)
        origin = _Origin(str(ordinal), tables.conversations, conversation_id)
        return self._share(person, supervisor, words, origin, shown)

    def share_commitment(
        self, person: str, supervisor: str, commitment_id: str, *, shown: str | None = None
    ) -> SharedThing:
        """Share the sentence of a commitment and its day, as they are now.

        Raises:
            CoachError: the commitment is not the person's, or as `share_question`.
        """
        words = self.word_commitment(person, commitment_id)
        return self._share(person, supervisor, words, _Origin("", tables.commitments, commitment_id), shown)

    def share_practice(
        self, person: str, supervisor: str, practice_id: str, title: str, first_step: str
    ) -> SharedThing:
        """Share that a practice is being tried.

        Raises:
            CoachError: the other is no supervisor.
        """
        return self._share(person, supervisor, self.word_practice(title, first_step), _Origin(practice_id), None)

    def _share(
        self, person: str, supervisor: str, words: ShareWords, origin: _Origin, shown: str | None
    ) -> SharedThing:
        if shown is not None:
            require_shown(words, shown)
        body = {**asdict(words), "of": origin.name}
        body.pop("kind")
        key = {"person_id": person, "supervisor_id": supervisor, "kind": words.kind, **origin.columns}
        with writing(self._engine) as connection:
            _require_supervisor(connection, person, supervisor)
            _require_origin(connection, person, origin)
            before = _find_same(connection, key, origin.name)
            share_id = before.id if before is not None else uuid.uuid4().hex
            if before is None:
                connection.execute(insert(_TABLE).values(id=share_id, body=body, shared_at=read_clock(), **key))
            elif before.body != body:
                changed = update(_TABLE).where(_TABLE.c.id == share_id).values(body=body, shared_at=read_clock())
                connection.execute(changed)
                note_forgotten(connection)
            made = _read_row(connection.execute(_select_standing().where(_TABLE.c.id == share_id)).one())
        clear_forgotten(self._engine)
        return made

    def take_back(self, person: str, share_id: str) -> bool:
        """Take back what the person shared.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off, as for conversations.

        Raises:
            CoachError: the person shares no such thing.
        """
        with writing(self._engine) as connection:
            gone = connection.execute(delete(_TABLE).where(is_of(_TABLE, person, share_id)))
            if gone.rowcount == 0:
                raise _name_unknown(share_id)
            note_forgotten(connection)
        return clear_forgotten(self._engine)

    # --- seeing -------------------------------------------------------------------------------------------------

    def list_given(self, person: str) -> tuple[SharedThing, ...]:
        """What a person shares, the last first."""
        return self._list(_TABLE.c.person_id == person)

    def list_received(self, supervisor: str, person: str | None = None) -> tuple[SharedThing, ...]:
        """What is shared with somebody, by everybody or by one person, the last first."""
        received = _TABLE.c.supervisor_id == supervisor
        return self._list(received if person is None else received & (_TABLE.c.person_id == person))

    def read(self, supervisor: str, ids: Sequence[str]) -> tuple[SharedThing, ...]:
        """Of these, in this order, what is shared with somebody and still stands; the others are left out."""
        found = {one.id: one for one in self._list((_TABLE.c.supervisor_id == supervisor) & _TABLE.c.id.in_(list(ids)))}
        return tuple(found[one] for one in dict.fromkeys(ids) if one in found)

    def find(self, person: str, beginning: str) -> SharedThing:
        """The one thing that a person shares whose id begins so.

        Raises:
            CoachError: none does, or several do.
        """
        wanted = beginning.strip().lower()
        found = [one for one in self.list_given(person) if wanted and one.id.startswith(wanted)]
        if len(found) != 1:
            raise _name_unknown(beginning, several=len(found) > 1)
        return found[0]

    def _list(self, condition: ColumnElement[bool]) -> tuple[SharedThing, ...]:
        statement = _select_standing().where(condition).order_by(_TABLE.c.shared_at.desc(), _TABLE.c.id)
        with reading(self._engine) as connection:
            return tuple(_read_row(row) for row in connection.execute(statement))


def _select_standing() -> Select[Any]:
    """Shares with the names of both; without those of a conversation that was deleted and can still be brought back."""
    conversations = tables.conversations.c
    return (
        select(_TABLE, _GIVER.c.name.label("person_name"), _TAKER.c.name.label("supervisor_name"))
        .join(_GIVER, _GIVER.c.id == _TABLE.c.person_id)
        .join(_TAKER, _TAKER.c.id == _TABLE.c.supervisor_id)
        .outerjoin(tables.conversations, conversations.id == _TABLE.c.conversation_id)
        .where(conversations.deleted_at.is_(None))
    )


def _read_row(row: Row[Any]) -> SharedThing:
    body = row.body
    return SharedThing(
        row.id, row.person_id, row.person_name, row.supervisor_id, row.kind, body["text"], body["detail"], body["due"],
        row.shared_at, row.supervisor_name,
    )  # fmt: skip


def _require_supervisor(connection: Connection, person: str, supervisor: str) -> None:
    people = tables.people.c
    known = {
        row.id: row.roles
        for row in connection.execute(select(people.id, people.roles).where(people.id.in_([person, supervisor])))
    }
    if person not in known:
        raise CoachError("You are not among the people here any more. Ask whoever looks after Coach.")
    if supervisor == person or SUPERVISOR_ROLE not in known.get(supervisor, ()):
        raise CoachError(
            "Choose somebody else who works in central office: nothing can be shared with anybody but a supervisor."
        )


def _require_origin(connection: Connection, person: str, origin: _Origin) -> None:
    """It may have gone since its words were read."""
    if origin.table is None:
        return
    table, condition = origin.table, is_of(origin.table, person, origin.row)
    if table is tables.conversations:
        condition &= tables.conversations.c.deleted_at.is_(None)
    if connection.execute(select(table.c.id).where(condition)).first() is None:
        raise name_unknown(table, origin.row)


def _find_same(connection: Connection, key: dict[str, str], name: str) -> Row[Any] | None:
    for row in connection.execute(select(_TABLE).filter_by(**key)):
        if row.body.get("of") == name:
            return row
    return None


def _name_unknown(share_id: str, *, several: bool = False) -> CoachError:
    shown = repr(share_id.strip()[:40])
    told = f"Several things that you share begin with {shown}" if several else f"You share nothing called {shown}"
    return CoachError(f"{told}. `coach share list` shows what you share.")
