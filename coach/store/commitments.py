"""Kept commitments: a person and a checked draft in, the commitment out. Nobody reads or changes another person's."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Row, case, delete, insert, select, update

from coach.commitments import CommitmentDraft
from coach.records import Commitment, CommitmentState
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import find_id, is_of, name_unknown, read_clock
from coach.store.store import Store

_TABLE = tables.commitments


class CommitmentStore:
    """Commitments of every person, in the database of record; nothing is here that the person did not save.

    Each call names the person; another person's commitment answers like one that does not exist.
    """

    def __init__(self, store: Store, mask: Callable[[str], str]) -> None:
        """Set what every text goes through before it is kept: `mask` takes students' names and records out."""
        self._engine = store.engine
        self._mask = mask

    def add(self, person: str, draft: CommitmentDraft) -> Commitment:
        """Keep a draft that was checked."""
        draft = self._mask_draft(draft)
        now = read_clock()
        commitment = Commitment(
            id=uuid.uuid4().hex, person=person, goal=draft.goal, action=draft.action, with_whom=draft.with_whom,
            evidence=draft.evidence, due=draft.due, state="open", reflection="", sources=draft.sources, made_at=now,
            changed_at=now,
        )  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(
                insert(_TABLE).values(
                    id=commitment.id, person_id=person, state="open", reflection="", made_at=now, changed_at=now,
                    **_write_draft(draft),
                )
            )  # fmt: skip
        return commitment

    def read(self, person: str, commitment_id: str) -> Commitment:
        """One commitment.

        Raises:
            CoachError: the person has no such commitment.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(_TABLE).where(is_of(_TABLE, person, commitment_id))).first()
        if row is None:
            raise name_unknown(_TABLE, commitment_id)
        return _read_row(row)

    def find(self, person: str, beginning: str) -> str:
        """The id of the one commitment whose id begins so.

        Raises:
            CoachError: none of the person's does, or several do.
        """
        return find_id(self._engine, _TABLE, person, beginning)

    def list_commitments(self, person: str, state: CommitmentState | None = None) -> tuple[Commitment, ...]:
        """A person's commitments: open ones first, by their dates; then the others, the last date first.

        Args:
            person: whose.
            state: only those in it; None for all.
        """
        is_open = _TABLE.c.state == "open"
        statement = (
            select(_TABLE)
            .where(_TABLE.c.person_id == person)
            .order_by(case((is_open, 0), else_=1), case((is_open, _TABLE.c.due)), _TABLE.c.due.desc(), _TABLE.c.made_at)
        )
        if state is not None:
            statement = statement.where(_TABLE.c.state == state)
        with reading(self._engine) as connection:
            return tuple(_read_row(row) for row in connection.execute(statement))

    def list_due(self, person: str, today: date) -> tuple[Commitment, ...]:
        """Open commitments whose day has come, the oldest first."""
        return tuple(one for one in self.list_commitments(person, "open") if one.due <= today.isoformat())

    def edit(self, person: str, commitment_id: str, draft: CommitmentDraft) -> Commitment:
        """Put a checked draft in place of what a commitment says; state and reflection stay.

        Raises:
            CoachError: the person has no such commitment.
        """
        return self._change(person, commitment_id, **_write_draft(self._mask_draft(draft)))

    def close(self, person: str, commitment_id: str, state: CommitmentState, reflection: str = "") -> Commitment:
        """Note what came of it; `open` takes that back.

        Args:
            person: whose.
            commitment_id: in full.
            state: kept, changed (another takes its place), dropped, or open.
            reflection: what the person wrote; empty leaves what is there.

        Raises:
            CoachError: the person has no such commitment.
        """
        said = {"reflection": self._mask(reflection)} if reflection else {}
        return self._change(person, commitment_id, state=state, **said)

    def delete(self, person: str, commitment_id: str) -> bool:
        """Delete a commitment for good.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off, as for conversations.

        Raises:
            CoachError: the person has no such commitment.
        """
        with writing(self._engine) as connection:
            gone = connection.execute(delete(_TABLE).where(is_of(_TABLE, person, commitment_id)))
            if gone.rowcount == 0:
                raise name_unknown(_TABLE, commitment_id)
            note_forgotten(connection)
        return clear_forgotten(self._engine)

    def _mask_draft(self, draft: CommitmentDraft) -> CommitmentDraft:
        return replace(
            draft,
            action=self._mask(draft.action),
            with_whom=self._mask(draft.with_whom),
            evidence=self._mask(draft.evidence),
            goal=self._mask(draft.goal),
        )

    def _change(self, person: str, commitment_id: str, **values: Any) -> Commitment:
        with writing(self._engine) as connection:
            connection.execute(
                update(_TABLE).where(is_of(_TABLE, person, commitment_id)).values(**values, changed_at=read_clock())
            )
        return self.read(person, commitment_id)


def _write_draft(draft: CommitmentDraft) -> dict[str, Any]:
    return {
        "goal": draft.goal,
        "action": draft.action,
        "with_whom": draft.with_whom,
        "evidence": draft.evidence,
        "due": draft.due,
        "sources": [dict(source) for source in draft.sources],
    }


def _read_row(row: Row[Any]) -> Commitment:
    values = dict(row._mapping)
    person = values.pop("person_id")
    return Commitment(**{**values, "person": person, "sources": tuple(values["sources"])})
