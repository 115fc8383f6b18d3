"""What people say of answers: a person, an exchange and a judgement in, the same out. One judgement of each person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlalchemy import insert, select, update

from coach.errors import CoachError
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.personal import is_of, name_unknown, read_clock
from coach.store.store import Store

Aspect = Literal["correct", "evidence", "helpful"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
LONGEST_COMMENT = 2000
_TABLE = tables.feedback


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's judgement of one answer; None where they said nothing of a thing."""

    liked: bool | None = None
    reasons: Mapping[Aspect, bool] = field(default_factory=dict)
    """Whether the answer is correct, its evidence is right, and it helps."""
    comment: str = ""


class FeedbackStore:
    """Feedback in the database of record; it goes with the conversation that it is about."""

    def __init__(self, store: Store, mask: Callable[[str], str]) -> None:
        """Set what every comment goes through before it is kept: `mask` takes students' names and records out."""
        self._engine = store.engine
        self._mask = mask

    def put(self, person: str, conversation_id: str, ordinal: int, feedback: Feedback) -> None:
        """Keep a judgement in place of the person's earlier one of the same answer.

        Raises:
            CoachError: the comment is too long, or the person has no such exchange.
        """
        comment = feedback.comment.strip()
        if len(comment) > LONGEST_COMMENT:
            raise CoachError(f"The comment has {len(comment):,} characters; {LONGEST_COMMENT:,} is the most.")
        values = {
            "liked": feedback.liked,
            "reasons": dict(feedback.reasons),
            "comment": self._mask(comment),
            "given_at": read_clock(),
        }
        key = {"person_id": person, "conversation_id": conversation_id, "ordinal": ordinal}
        columns = tables.exchanges.c
        mine = (
            select(columns.ordinal)
            .join(tables.conversations, tables.conversations.c.id == columns.conversation_id)
            .where(is_of(tables.conversations, person, conversation_id), columns.ordinal == ordinal)
        )
        with writing(self._engine) as connection:
            if connection.execute(mine).first() is None:
                raise name_unknown(tables.conversations, conversation_id)
            changed = connection.execute(update(_TABLE).filter_by(**key).values(**values))
            if changed.rowcount == 0:
                connection.execute(insert(_TABLE).values(**key, **values))

    def list_feedback(self, person: str, conversation_id: str) -> dict[int, Feedback]:
        """A person's judgements of the answers in one conversation, by ordinal."""
        columns = _TABLE.c
        statement = select(columns.ordinal, columns.liked, columns.reasons, columns.comment).where(
            columns.person_id == person, columns.conversation_id == conversation_id
        )
        with reading(self._engine) as connection:
            return {row[0]: Feedback(row[1], row[2], row[3]) for row in connection.execute(statement)}
