"""What people say of answers: a person, an exchange and a judgement in, the same out. One judgement of each person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select, update

from coach.errors import CoachError
from coach.evaluation.review import Judgement, ReviewCount, ReviewEntry, choose_parts, count_reasons, find_reasons
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
    for_review: bool = False
    """Whether trainers may see the question and the answer."""


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
            "for_review": feedback.for_review,
            "reviewed_at": None,  # what is judged anew is to be looked at anew
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
        statement = select(columns.ordinal, columns.liked, columns.reasons, columns.comment, columns.for_review).where(
            columns.person_id == person, columns.conversation_id == conversation_id
        )
        with reading(self._engine) as connection:
            return {row[0]: Feedback(*row[1:]) for row in connection.execute(statement)}

    # --- for trainers -------------------------------------------------------------------------------------------

    def list_for_review(self, person: str, *, reviewed: bool = False) -> tuple[ReviewEntry, ...]:
        """Answers that were found wanting, the last judged first: the person's own and, for a trainer, those that others show.

        Args:
            person: who looks.
            reviewed: whether also those that a trainer is done with.
        """
        statement = _select_judged().order_by(_TABLE.c.given_at.desc())
        if not reviewed:
            statement = statement.where(_TABLE.c.reviewed_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(statement.where(_may_see(connection, person)))
            return tuple(entry for row in rows if (entry := _read_entry(row, person)).reasons)

    def read_for_review(self, person: str, conversation_id: str, ordinal: int) -> ReviewEntry:
        """One entry of the list, whether a trainer is done with it or not.

        Raises:
            CoachError: there is none that the person may see.
        """
        key = (_TABLE.c.conversation_id == conversation_id) & (_TABLE.c.ordinal == ordinal)
        with reading(self._engine) as connection:
            row = connection.execute(_select_judged().where(key, _may_see(connection, person))).first()
        entry = _read_entry(row, person) if row is not None else None
        if entry is None or not entry.reasons:
            raise _name_taken_back()
        return entry

    def review_counts(self, person: str) -> tuple[ReviewCount, ...]:
        """Of what others found wanting and do not show: how often, by reason, in steps. Nothing for whoever is no trainer."""
        hidden = (_TABLE.c.person_id != person) & _TABLE.c.for_review.is_(False)
        with reading(self._engine) as connection:
            if not _is_trainer(connection, person):
                return ()
            rows = connection.execute(_select_judged().where(hidden))
            return count_reasons(Judgement(row.person_id, find_reasons(row.liked, row.reasons)) for row in rows)

    def mark_reviewed(self, person: str, conversation_id: str, ordinal: int, *, reviewed: bool = True) -> None:
        """Note that a trainer is done with an entry, or take that back.

        Raises:
            CoachError: there is none that the person may see.
        """
        self.read_for_review(person, conversation_id, ordinal)
        key = (_TABLE.c.conversation_id == conversation_id) & (_TABLE.c.ordinal == ordinal)
        with writing(self._engine) as connection:
            may = _may_see(connection, person)
            values = {"reviewed_at": read_clock() if reviewed else None}
            if connection.execute(update(_TABLE).where(key, may).values(values)).rowcount == 0:
                raise _name_taken_back()


def _select_judged() -> Select[Any]:
    """Judgements of answers that stand in conversations which are kept."""
    exchanges, conversations = tables.exchanges.c, tables.conversations.c
    return (
        select(_TABLE, exchanges.question, exchanges.answer, conversations.role)
        .join(
            tables.exchanges,
            (exchanges.conversation_id == _TABLE.c.conversation_id) & (exchanges.ordinal == _TABLE.c.ordinal),
        )
        .join(tables.conversations, conversations.id == _TABLE.c.conversation_id)
        # Only the owner of a conversation judges its answers.
        .where(conversations.deleted_at.is_(None), exchanges.replaced_by.is_(None),
               conversations.person_id == _TABLE.c.person_id)
    )  # fmt: skip


def _is_trainer(connection: Connection, person: str) -> bool:
    roles = connection.execute(select(tables.people.c.roles).where(tables.people.c.id == person)).scalar()
    return "trainer" in (roles or ())


def _may_see(connection: Connection, person: str) -> ColumnElement[bool]:
    own = _TABLE.c.person_id == person
    return or_(own, _TABLE.c.for_review.is_(True)) if _is_trainer(connection, person) else own


def _read_entry(row: Row[Any], person: str) -> ReviewEntry:
    return ReviewEntry(
        conversation_id=row.conversation_id,
        ordinal=row.ordinal,
        is_own=row.person_id == person,
        is_shared=row.for_review,
        role=row.answer.get("role") or row.role,
        question=row.question,
        answer=choose_parts(row.answer),
        reasons=find_reasons(row.liked, row.reasons),
        comment=row.comment,
        given_at=row.given_at,
        reviewed_at=row.reviewed_at,
    )


def _name_taken_back() -> CoachError:
    return CoachError("This answer is not on the list any more: it was deleted, or whoever shared it took it back.")
