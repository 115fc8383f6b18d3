"""What the documents did not answer: the store in, a question with what it is counted by out, of everybody's conversations."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from coach.records import Outcome
from coach.store import tables
from coach.store.database import reading
from coach.store.store import Store

_UNCOVERED = (Outcome.PARTIAL.value, Outcome.NOT_IN_SOURCES.value)


@dataclass(frozen=True, slots=True)
class UncoveredQuestion:
    """A question that the documents answered in part or not at all."""

    person: str
    """Id of whoever asked."""
    conversation: str
    role: str
    """In which it was asked."""
    outcome: str
    month: str
    """YYYY-MM."""
    text: str
    """As it stands alone, masked. It is compared with others, and shown to nobody."""
    worth_adding: str = ""
    """Title of the report that the answer named."""


def list_uncovered(store: Store) -> tuple[UncoveredQuestion, ...]:
    """Everybody's, in the order in which they were asked; without what was deleted, or put otherwise afterwards."""
    exchanges, conversations = tables.exchanges.c, tables.conversations.c
    outcome = exchanges.answer["outcome"].as_string()
    statement = (
        select(
            conversations.person_id, conversations.id, conversations.role, exchanges.question, exchanges.asked_at,
            outcome.label("outcome"), exchanges.answer["role"].as_string().label("asked_as"),
            exchanges.answer["search_question"].as_string().label("searched"),
            exchanges.answer["worth_adding"].as_string().label("worth_adding"),
        )
        .join(tables.conversations, conversations.id == exchanges.conversation_id)
        .where(conversations.deleted_at.is_(None), exchanges.replaced_by.is_(None), outcome.in_(_UNCOVERED))
        .order_by(exchanges.asked_at, exchanges.conversation_id, exchanges.ordinal)
    )  # fmt: skip
    with reading(store.engine) as connection:
        return tuple(
            UncoveredQuestion(
                row.person_id, row.id, row.asked_as or row.role, row.outcome, row.asked_at[:7],
                row.searched or row.question, row.worth_adding or "",
            )
            for row in connection.execute(statement)
        )  # fmt: skip


def count_people(store: Store) -> int:
    """How many people there are, whether they asked or not."""
    with reading(store.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(tables.people)).scalar_one())
