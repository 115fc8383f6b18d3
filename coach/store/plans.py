"""Kept plans: a person and a plan in, the plan with its number of version out. Nobody reads or changes another person's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from coach.errors import CoachError
from coach.plans.records import Form, Plan
from coach.plans.values import plan_to_object, read_plan
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import find_id, is_of, name_unknown, read_clock
from coach.store.store import Store

_PLANS, _VERSIONS = tables.plans, tables.plan_versions
_SAME_WRITING = timedelta(minutes=10)
"""For how long what one window writes stays one version."""
MOST_VERSIONS = 50
"""Of a plan; the oldest go."""

Note = Literal["made", "edited", "restored"]


class PlanChanged(CoachError):
    """Somebody else saved a newer version meanwhile. Nothing was overwritten."""

    def __init__(self, version: int, saved_at: str) -> None:
        super().__init__(
            f"This plan was changed elsewhere at {saved_at[11:16]} (version {version}). Nothing was overwritten. Load the "
            "page to see that version, or keep yours as a new one."
        )
        self.version = version


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan as a list shows it."""

    id: str
    title: str
    form: Form
    version: int
    made_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version as a list shows it."""

    version: int
    note: Note
    saved_at: str


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it is kept."""

    id: str
    person: str
    version: int
    plan: Plan
    saved_at: str
    made_at: str
    """When its first version was kept."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a principal."""

    planned_at: str
    """ISO 8601, in UTC."""
    day: str
    """On which it is, YYYY-MM-DD; the one on which it was planned where no other is known."""


class PlanStore:
    """Plans of every person with their versions, in the database of record.

    Each call names the person; another person's plan answers like one that does not exist.
    """

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def add(self, person: str, plan: Plan, editor: str = "") -> StoredPlan:
        """Keep a new plan as its first version; `editor` names the window that it comes from."""
        now, identifier = read_clock(), uuid.uuid4().hex
        with writing(self._engine) as connection:
            connection.execute(
                insert(_PLANS).values(
                    id=identifier, person_id=person, version=1, made_at=now, changed_at=now, **_describe(connection, plan)
                )
            )  # fmt: skip
            _insert_version(connection, identifier, 1, plan, "made", editor, now)
        return StoredPlan(identifier, person, 1, plan, now, now)

    def read(self, person: str, plan_id: str, version: int | None = None) -> StoredPlan:
        """A plan; the newest version, or the one of a number.

        Raises:
            CoachError: the person has no such plan, or it has no such version.
        """
        with reading(self._engine) as connection:
            kept = _require(connection, person, plan_id)
            newest = kept.version
            wanted = newest if version is None else version
            row = connection.execute(select(_VERSIONS).where(_is_version(plan_id, wanted))).first()
        if row is None:
            raise CoachError(f"This plan has no version {version}. The newest is {newest}.")
        return StoredPlan(plan_id, person, wanted, read_plan(row.body), row.saved_at, kept.made_at)

    def find(self, person: str, beginning: str) -> str:
        """The id of the one plan whose id begins so.

        Raises:
            CoachError: none of the person's does, or several do.
        """
        return find_id(self._engine, _PLANS, person, beginning)

    def list_plans(self, person: str) -> tuple[PlanCard, ...]:
        """A person's plans, the last changed first."""
        columns = _PLANS.c
        statement = select(
            columns.id, columns.title, columns.form, columns.version, columns.made_at, columns.changed_at
        ).where(columns.person_id == person).order_by(columns.changed_at.desc())  # fmt: skip
        with reading(self._engine) as connection:
            return tuple(PlanCard(*row) for row in connection.execute(statement))

    def list_versions(self, person: str, plan_id: str) -> tuple[PlanVersion, ...]:
        """The versions of a plan, the newest first.

        Raises:
            CoachError: the person has no such plan.
        """
        columns = _VERSIONS.c
        with reading(self._engine) as connection:
            _require(connection, person, plan_id)
            rows = connection.execute(
                select(columns.version, columns.note, columns.saved_at)
                .where(columns.plan_id == plan_id)
                .order_by(columns.version.desc())
            )
            return tuple(PlanVersion(*row) for row in rows)

    def list_visits(self, person: str, principal: str) -> tuple[Visit, ...]:
        """The person's visits to a principal, as their plans know them: the one that was planned first comes first."""
        statement = (
            select(_PLANS.c.made_at, _VERSIONS.c.body)
            .join(_VERSIONS, (_VERSIONS.c.plan_id == _PLANS.c.id) & (_VERSIONS.c.version == _PLANS.c.version))
            .where(_PLANS.c.person_id == person, _PLANS.c.principal_id == principal)
            .order_by(_PLANS.c.made_at)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement).all()
        return tuple(Visit(row.made_at, str(row.body["request"]["day"]) or row.made_at[:10]) for row in rows)

    def save(
        self, person: str, plan_id: str, plan: Plan, based_on: int, editor: str = "", note: Note = "edited"
    ) -> StoredPlan:
        """Keep a changed plan as its newest version.

        What one window writes within a few minutes is one version, under its last number: nobody wants a version for each word.

        Args:
            person: whose.
            plan_id: in full.
            plan: as it is now.
            based_on: the version that was changed.
            editor: names the window; empty makes a version of its own.
            note: how it came to be.

        Raises:
            PlanChanged: somebody else saved a version after `based_on`.
            CoachError: the person has no such plan.
        """
        now = read_clock()
        with writing(self._engine) as connection:
            kept = _require(connection, person, plan_id)
            newest = kept.version
            last = connection.execute(select(_VERSIONS).where(_is_version(plan_id, newest))).one()
            if newest != based_on:
                raise PlanChanged(newest, last.saved_at)
            if read_plan(last.body) == plan:
                return StoredPlan(plan_id, person, newest, plan, last.saved_at, kept.made_at)
            goes_on = note == "edited" == last.note and bool(editor) and last.editor == editor
            version = newest + 1
            if goes_on and _is_recent(last.saved_at, now):
                # Each write has a number of its own, so that no other window takes it for what it has read.
                connection.execute(
                    update(_VERSIONS)
                    .where(_is_version(plan_id, newest))
                    .values(version=version, body=plan_to_object(plan))
                )
                note_forgotten(connection)
            else:
                _insert_version(connection, plan_id, version, plan, note, editor, now)
            _drop_oldest(connection, plan_id)
            described = _describe(connection, plan)
            connection.execute(
                update(_PLANS).where(_PLANS.c.id == plan_id).values(version=version, changed_at=now, **described)
            )
        return StoredPlan(plan_id, person, version, plan, now, kept.made_at)

    def restore(self, person: str, plan_id: str, version: int) -> StoredPlan:
        """Make an earlier version the newest; those between stay.

        Raises:
            CoachError: the person has no such plan, or it has no such version.
        """
        earlier = self.read(person, plan_id, version)
        newest = self.read(person, plan_id).version
        return self.save(person, plan_id, earlier.plan, newest, note="restored")

    def delete(self, person: str, plan_id: str) -> bool:
        """Delete a plan with every version for good.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off.

        Raises:
            CoachError: the person has no such plan.
        """
        with writing(self._engine) as connection:
            gone = connection.execute(delete(_PLANS).where(is_of(_PLANS, person, plan_id)))
            if gone.rowcount == 0:
                raise name_unknown(_PLANS, plan_id)
            note_forgotten(connection)
        return clear_forgotten(self._engine)


def _require(connection: Connection, person: str, plan_id: str) -> Row[Any]:
    row = connection.execute(select(_PLANS).where(is_of(_PLANS, person, plan_id))).first()
    if row is None:
        raise name_unknown(_PLANS, plan_id)
    return row


def _is_version(plan_id: str, version: int) -> Any:
    return (_VERSIONS.c.plan_id == plan_id) & (_VERSIONS.c.version == version)


def _is_recent(begun: str, now: str) -> bool:
    return datetime.fromisoformat(now) - datetime.fromisoformat(begun) < _SAME_WRITING


def _insert_version(  # noqa: PLR0913 - the columns of a version
    connection: Connection, plan_id: str, version: int, plan: Plan, note: Note, editor: str, now: str
) -> None:
    connection.execute(
        insert(_VERSIONS).values(
            plan_id=plan_id, version=version, body=plan_to_object(plan), note=note, editor=editor, saved_at=now
        )
    )


def _drop_oldest(connection: Connection, plan_id: str) -> None:
    columns = _VERSIONS.c
    kept = (
        select(columns.version).where(columns.plan_id == plan_id).order_by(columns.version.desc()).limit(MOST_VERSIONS)
    )
    gone = delete(_VERSIONS).where(columns.plan_id == plan_id, columns.version.not_in(kept))
    if connection.execute(gone).rowcount:
        note_forgotten(connection)


def _describe(connection: Connection, plan: Plan) -> dict[str, Any]:
    people = tables.people.c
    # Whoever was removed meanwhile is nobody's principal; the plan stays.
    principal = connection.execute(select(people.id).where(people.id == plan.request.principal)).scalar()
    return {"title": plan.title, "form": plan.request.form, "principal_id": principal}
