"""Stored conversations: a person and what they asked in, the same out. Nobody reads or changes another person's."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from coach.errors import CoachError
from coach.records import Conversation, Exchange, Length, Manner, Role, Stance
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import find_id, is_of, name_unknown, read_clock
from coach.store.store import Store

LONGEST_TITLE = 120
_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class ConversationCard:
    """A conversation as a list shows it."""

    id: str
    title: str
    role: Role
    stance: Stance
    length: Length
    started_at: str
    changed_at: str
    questions: int


class ConversationStore:
    """Conversations of every person, in the database of record.

    Each call names the person whose conversation it is; another person's answers like one that does not exist. Every
    change is a transaction of its own and needs no lock: two processes may write at once.
    """

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def start(self, person: str, manner: Manner, title: str) -> Conversation:
        """A new conversation, without exchanges.

        Raises:
            CoachError: the title is empty.
        """
        now = read_clock()
        named = _require_title(title)
        conversation = Conversation(
            uuid.uuid4().hex, person, named, manner.role, manner.stance, now, now, length=manner.length
        )
        with writing(self._engine) as connection:
            connection.execute(
                insert(tables.conversations).values(
                    id=conversation.id, person_id=person, title=conversation.title, role=manner.role,
                    stance=manner.stance, length=manner.length, started_at=now, changed_at=now,
                )
            )  # fmt: skip
        return conversation

    def append(
        self,
        person: str,
        conversation_id: str,
        question: str,
        answer: Mapping[str, Any],
        replaces: int | None = None,
    ) -> Exchange:
        """Keep a question with its answer object, which then names the conversation.

        Args:
            person: whose conversation it is.
            conversation_id: in full.
            question: as it was masked.
            answer: the answer object.
            replaces: ordinal of the exchange whose place it takes; what followed that one goes out of sight with it.

        Raises:
            CoachError: the person has no such conversation.
        """
        columns = tables.exchanges.c
        kept = {**answer, "conversation_id": conversation_id}
        with writing(self._engine) as connection:
            _change(connection, person, conversation_id, changed_at=read_clock())
            last = connection.execute(
                select(func.coalesce(func.max(columns.ordinal), -1)).where(columns.conversation_id == conversation_id)
            ).scalar_one()
            exchange = Exchange(int(last) + 1, question, kept, read_clock())
            if replaces is not None:
                standing = (columns.conversation_id == conversation_id) & columns.replaced_by.is_(None)
                connection.execute(
                    update(tables.exchanges)
                    .where(standing, columns.ordinal >= replaces)
                    .values(replaced_by=exchange.ordinal)
                )
            connection.execute(
                insert(tables.exchanges).values(
                    conversation_id=conversation_id, ordinal=exchange.ordinal, question=question, answer=kept,
                    asked_at=exchange.asked_at,
                )
            )  # fmt: skip
        return exchange

    def read(self, person: str, conversation_id: str) -> Conversation:
        """A conversation with every exchange.

        Raises:
            CoachError: the person has no such conversation.
        """
        columns = tables.exchanges.c
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.conversations).where(_is_kept(person, conversation_id))).first()
            if row is None:
                raise name_unknown(tables.conversations, conversation_id)
            found = connection.execute(
                select(columns.ordinal, columns.question, columns.answer, columns.asked_at, columns.replaced_by)
                .where(columns.conversation_id == conversation_id)
                .order_by(columns.ordinal)
            )
            exchanges = tuple(Exchange(*one) for one in found)
        return Conversation(
            row.id, row.person_id, row.title, row.role, row.stance, row.started_at, row.changed_at,
            tuple(one for one in exchanges if one.replaced_by is None), row.length,
            tuple(one for one in exchanges if one.replaced_by is not None),
        )  # fmt: skip

    def find(self, person: str, beginning: str) -> str:
        """The id of the one conversation whose id begins so.

        Raises:
            CoachError: none of the person's does, or several do.
        """
        return find_id(self._engine, tables.conversations, person, beginning)

    def list_cards(self, person: str, containing: str = "", limit: int = 50) -> tuple[ConversationCard, ...]:
        """Cards of a person's conversations, the one that changed last first.

        Args:
            person: whose.
            containing: words that must all stand in the title, the questions or the answers; case and accents do not count.
            limit: how many at most.
        """
        columns = tables.conversations.c
        standing = (tables.exchanges.c.conversation_id == columns.id) & tables.exchanges.c.replaced_by.is_(None)
        questions = select(func.count()).where(standing).scalar_subquery()
        words = fold(containing).split()
        statement = (
            select(
                columns.id, columns.title, columns.role, columns.stance, columns.length, columns.started_at,
                columns.changed_at, questions,
            )
            .where(columns.person_id == person, columns.deleted_at.is_(None))
            .order_by(columns.changed_at.desc(), columns.id)
        )  # fmt: skip
        cards: list[ConversationCard] = []
        with reading(self._engine) as connection:
            for row in connection.execute(statement):
                if len(cards) == min(limit, _MOST_LISTED):
                    break
                card = ConversationCard(*row)
                if not words or _holds(connection, card, words):
                    cards.append(card)
        return tuple(cards)

    def rename(self, person: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            CoachError: the title is empty, or the person has no such conversation.
        """
        named = _require_title(title)
        with writing(self._engine) as connection:
            _change(connection, person, conversation_id, title=named)

    def set_manner(self, person: str, conversation_id: str, manner: Manner) -> None:
        """Note the role, the stance and the length that the conversation goes on with.

        Raises:
            CoachError: the person has no such conversation.
        """
        with writing(self._engine) as connection:
            _change(connection, person, conversation_id, role=manner.role, stance=manner.stance, length=manner.length)

    def discard(self, person: str, conversation_id: str) -> str:
        """Take a conversation out of sight, so that `clear_discarded` deletes it unless `restore` comes first.

        Returns:
            Its title.

        Raises:
            CoachError: the person has no such conversation.
        """
        with writing(self._engine) as connection:
            _change(connection, person, conversation_id, deleted_at=read_clock())
            title = select(tables.conversations.c.title).where(tables.conversations.c.id == conversation_id)
            return str(connection.execute(title).scalar_one())

    def restore(self, person: str, conversation_id: str) -> None:
        """Take a `discard` back.

        Raises:
            CoachError: the conversation is deleted already, or was never the person's.
        """
        mine = is_of(tables.conversations, person, conversation_id)
        with writing(self._engine) as connection:
            changed = connection.execute(update(tables.conversations).where(mine).values(deleted_at=None))
            if changed.rowcount == 0:
                raise name_unknown(tables.conversations, conversation_id)

    def clear_discarded(self, before: datetime | None = None) -> int:
        """Delete for good what was discarded before a moment, or ever; how many conversations that were."""
        columns = tables.conversations.c
        limit = before.isoformat(timespec="microseconds") if before is not None else "9999"
        with writing(self._engine) as connection:
            gone = connection.execute(delete(tables.conversations).where(columns.deleted_at < limit))
            count = int(gone.rowcount)
            if count:
                note_forgotten(connection)
        clear_forgotten(self._engine)
        return count

    def delete(self, person: str, conversation_id: str) -> bool:
        """Delete a conversation for good.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off to the next deletion,
            `coach ingest` or `coach serve`.

        Raises:
            CoachError: the person has no such conversation.
        """
        with writing(self._engine) as connection:
            gone = connection.execute(
                delete(tables.conversations).where(is_of(tables.conversations, person, conversation_id))
            )
            if gone.rowcount == 0:
                raise name_unknown(tables.conversations, conversation_id)
            note_forgotten(connection)
        return clear_forgotten(self._engine)

    def delete_all(self, person: str) -> tuple[int, bool]:
        """Delete every conversation of a person for good: how many there were, and what `delete` returns."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(tables.conversations).where(tables.conversations.c.person_id == person))
            count = int(gone.rowcount)
            if count:
                note_forgotten(connection)
        return count, clear_forgotten(self._engine)


def fold(text: str) -> str:
    """A text without case and accents, for comparing."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in parted if not unicodedata.combining(character))


def _holds(connection: Connection, card: ConversationCard, words: list[str]) -> bool:
    """Whether every word stands somewhere in a conversation."""
    columns = tables.exchanges.c
    waiting = [word for word in words if word not in fold(card.title)]
    if not waiting:
        return True
    rows = connection.execute(
        select(columns.question, columns.answer["statements"]).where(columns.conversation_id == card.id)
    )
    for question, statements in rows:
        texts = (str(one.get("text", "")) for one in statements or ())
        text = fold("\n".join((question, *texts)))
        waiting = [word for word in waiting if word not in text]
        if not waiting:
            return True
    return False


def _change(connection: Connection, person: str, conversation_id: str, **values: str) -> None:
    changed = connection.execute(update(tables.conversations).where(_is_kept(person, conversation_id)).values(**values))
    if changed.rowcount == 0:
        raise name_unknown(tables.conversations, conversation_id)


def _is_kept(person: str, conversation_id: str) -> ColumnElement[bool]:
    """The condition that a row is this person's conversation, and not about to be deleted."""
    return is_of(tables.conversations, person, conversation_id) & tables.conversations.c.deleted_at.is_(None)


def _require_title(title: str) -> str:
    words = " ".join(title.split())
    if not words:
        raise CoachError("The title is empty. Give it a word or two.")
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"
