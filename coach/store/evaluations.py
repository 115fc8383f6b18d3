"""Kept evaluation sets and runs: items and results in, versions and runs out. A locked version never changes again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from coach.errors import CoachError
from coach.evaluation.records import (
    EvaluationItem,
    EvaluationSet,
    ItemResult,
    RowProblem,
    Run,
    RunCard,
    RunState,
)
from coach.evaluation.values import digest_items, from_values, to_values
from coach.metadata import drop_unshown
from coach.records import Receipt
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import read_clock
from coach.store.store import Store

_SETS, _VERSIONS = tables.evaluation_sets, tables.evaluation_set_versions
_RUNS, _RESULTS = tables.evaluation_runs, tables.evaluation_results
_ROUNDS, _GATES = tables.rating_rounds, tables.evaluation_gates
LONGEST_NAME = 120


class SetChanged(CoachError):
    """Somebody else changed the set meanwhile. Nothing was overwritten."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"This set was changed elsewhere meanwhile (version {version}). Nothing was overwritten. Load it again, and "
            "make your change once more."
        )
        self.version = version


@dataclass(frozen=True, slots=True)
class SetCard:
    """A set as a list shows it: its newest version."""

    id: str
    name: str
    version: int
    items: int
    locked_at: str | None
    changed_at: str


@dataclass(frozen=True, slots=True)
class SetVersion:
    """A version as a list shows it."""

    version: int
    items: int
    ready: int
    """Items that a run asks."""
    digest: str
    saved_at: str
    locked_at: str | None


@dataclass(frozen=True, slots=True)
class KeptGate:
    """What runs of a set are held to."""

    body: Mapping[str, Any]
    """Tables as `coach.evaluation.comparison.gate_reading.read_tables` takes them; here nobody looks into them."""
    changed_at: str


class Unknown(CoachError):
    """There is no such set or run, or several are meant."""


class EvaluationStore:
    """Sets with their versions, and runs with their results, in the database of record.

    They belong to the installation, for whoever works as a trainer there, and are gone with whoever made them.
    """

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    # --- sets -------------------------------------------------------------------------------------------------------

    def add_set(
        self, person: str, name: str, items: Sequence[EvaluationItem], problems: Sequence[RowProblem] = ()
    ) -> EvaluationSet:
        """Keep a new set as its first version; `problems` are of the rows that it was read from.

        Raises:
            CoachError: the name is empty, too long or another set's.
        """
        named, now, identifier = require_name(name), read_clock(), uuid.uuid4().hex
        require_ids(items)
        with writing(self._engine) as connection:
            if connection.execute(select(_SETS.c.id).where(_SETS.c.name == named)).first() is not None:
                raise CoachError(
                    f"There is a set named {named!r} already. Choose another name, or save it as its next version."
                )
            connection.execute(
                insert(_SETS).values(
                    id=identifier, person_id=person, name=named, version=1, made_at=now, changed_at=now
                )
            )
            _insert_version(connection, identifier, 1, items, problems, now)
        return self.read_set(identifier)

    def save_items(
        self,
        based_on: EvaluationSet,
        items: Sequence[EvaluationItem],
        problems: Sequence[RowProblem] = (),
    ) -> EvaluationSet:
        """Keep changed items: in the newest version while it is open, and as the next one where it is locked.

        Args:
            based_on: the newest version, as it was read.
            items: every item, as it is now.
            problems: of the rows that they were read from.

        Raises:
            SetChanged: somebody else saved something after `based_on`.
            CoachError: the set is gone, or two items have one id.
        """
        require_ids(items)
        now = read_clock()
        with writing(self._engine) as connection:
            kept = _require(connection, _SETS, based_on.id, "set")
            last = connection.execute(select(_VERSIONS).where(_is_version(kept.id, kept.version))).one()
            if (kept.version, last.saved_at) != (based_on.version, based_on.saved_at):
                raise SetChanged(kept.version)
            if tuple(items) == based_on.items:
                return based_on
            if last.locked_at is None:
                connection.execute(
                    update(_VERSIONS)
                    .where(_is_version(kept.id, kept.version))
                    .values(**_describe_items(items, problems), saved_at=now)
                )
                note_forgotten(connection)
            else:
                _insert_version(connection, kept.id, kept.version + 1, items, problems, now)
            version = kept.version + (last.locked_at is not None)
            connection.execute(update(_SETS).where(_SETS.c.id == kept.id).values(version=version, changed_at=now))
        return self.read_set(based_on.id)

    def lock(self, set_id: str, version: int) -> EvaluationSet:
        """Close a version: from now on a change makes the next one. Locked already, it stays as it is.

        Raises:
            CoachError: there is no such version.
        """
        self.read_set(set_id, version)
        with writing(self._engine) as connection:
            _lock(connection, set_id, version)
        return self.read_set(set_id, version)

    def read_set(self, set_id: str, version: int | None = None) -> EvaluationSet:
        """A set; the newest version, or the one of a number.

        Raises:
            CoachError: there is none.
        """
        with reading(self._engine) as connection:
            kept = _require(connection, _SETS, set_id, "set")
            wanted = kept.version if version is None else version
            known = 1 <= wanted <= kept.version  # a larger number may be none that SQLite has
            row = connection.execute(select(_VERSIONS).where(_is_version(set_id, wanted))).first() if known else None
        if row is None:
            raise CoachError(f"The set {kept.name!r} has no version {version}. The newest is {kept.version}.")
        items = from_values(tuple[EvaluationItem, ...], row.items, f"version {wanted} of the set {kept.name!r}")
        return EvaluationSet(kept.id, kept.name, wanted, items, row.digest, row.saved_at, row.locked_at)

    def read_problems(self, set_id: str, version: int) -> tuple[RowProblem, ...]:
        """What was wrong with the rows that a version was read from."""
        with reading(self._engine) as connection:
            values = connection.execute(select(_VERSIONS.c.problems).where(_is_version(set_id, version))).scalar()
        return from_values(tuple[RowProblem, ...], values or [], "the list of problems")

    def find_set(self, text: str) -> str:
        """The id of the set with this name, or of the one whose id begins so.

        Raises:
            CoachError: there is none, or there are several.
        """
        with reading(self._engine) as connection:
            named = connection.execute(select(_SETS.c.id).where(_SETS.c.name == text.strip())).scalar()
        return str(named) if named is not None else self._find(_SETS, text, "set")

    def list_sets(self) -> tuple[SetCard, ...]:
        """Every set, the last changed first."""
        columns = (_SETS.c.id, _SETS.c.name, _SETS.c.version, func.json_array_length(_VERSIONS.c["items"]),
                   _VERSIONS.c.locked_at, _SETS.c.changed_at)  # fmt: skip
        statement = (
            select(*columns)
            .join(_VERSIONS, (_VERSIONS.c.set_id == _SETS.c.id) & (_VERSIONS.c.version == _SETS.c.version))
            .order_by(_SETS.c.changed_at.desc())
        )
        with reading(self._engine) as connection:
            return tuple(SetCard(*row) for row in connection.execute(statement))

    def list_versions(self, set_id: str) -> tuple[SetVersion, ...]:
        """The versions of a set, the newest first."""
        columns = _VERSIONS.c
        each = func.json_each(columns["items"]).table_valued("value")
        status, question = (func.json_extract(each.c.value, f"$.{name}") for name in ("status", "question"))
        is_ready = (status == "ready") & (func.trim(question) != "")
        ready = select(func.count()).select_from(each).where(is_ready).correlate(_VERSIONS).scalar_subquery()
        statement = (
            select(columns.version, func.json_array_length(columns["items"]), ready, columns.digest, columns.saved_at,
                   columns.locked_at)
            .where(columns.set_id == set_id)
            .order_by(columns.version.desc())
        )  # fmt: skip
        with reading(self._engine) as connection:
            return tuple(SetVersion(*row) for row in connection.execute(statement))

    def read_gate(self, set_id: str) -> KeptGate | None:
        """What runs of a set are held to; None where nothing is asked of them, or there is no such set."""
        with reading(self._engine) as connection:
            kept = connection.execute(select(_GATES).where(_GATES.c.set_id == set_id)).first()
        return KeptGate(kept.body, kept.changed_at) if kept is not None else None

    def put_gate(self, set_id: str, body: Mapping[str, Any] | None, based_on: str = "") -> None:
        """Keep what runs of a set are held to from now on.

        Args:
            set_id: of the set.
            body: as `KeptGate` has it; None asks for nothing any more.
            based_on: when what stood there was changed, as it was read; empty where nothing stood there.

        Raises:
            CoachError: the set is gone, or somebody else changed its gate meanwhile.
        """
        with writing(self._engine) as connection:
            _require(connection, _SETS, set_id, "set")
            known = connection.execute(select(_GATES.c.changed_at).where(_GATES.c.set_id == set_id)).scalar()
            if (known or "") != based_on:
                raise CoachError(
                    "The gate of this set was changed elsewhere meanwhile. Nothing was overwritten. Load it again, and make "
                    "your change once more."
                )
            connection.execute(delete(_GATES).where(_GATES.c.set_id == set_id))
            if body is not None:
                connection.execute(insert(_GATES).values(set_id=set_id, body=body, changed_at=read_clock()))

    def delete_set(self, set_id: str) -> bool:
        """Delete a set with its versions, runs and their ratings for good.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off.

        Raises:
            CoachError: there is none.
        """
        return self._delete(_SETS, set_id, "set")

    # --- runs -------------------------------------------------------------------------------------------------------

    def add_run(
        self, person: str, asked: EvaluationSet, item_ids: Sequence[str], title: str = "", judge: str | None = None
    ) -> Run:
        """Begin a run of some items of a version, which is locked by it.

        Raises:
            CoachError: there is nothing to ask, or the version was changed meanwhile.
        """
        if not item_ids:
            raise CoachError(
                f"The set {asked.name!r} has no question that is ready. Write one, or set a draft to ready."
            )
        now, identifier = read_clock(), uuid.uuid4().hex
        named = " ".join(drop_unshown(title).split())[:LONGEST_NAME] or f"{asked.name}, {now[:16].replace('T', ' ')}"
        with writing(self._engine) as connection:
            digest = connection.execute(select(_VERSIONS.c.digest).where(_is_version(asked.id, asked.version))).scalar()
            if digest != asked.digest:
                raise SetChanged(asked.version)
            _lock(connection, asked.id, asked.version)
            connection.execute(
                insert(_RUNS).values(
                    id=identifier,
                    person_id=person,
                    set_id=asked.id,
                    set_version=asked.version,
                    title=named,
                    state="running",
                    item_ids=list(item_ids),
                    judge=judge,
                    started_at=now,
                )
            )
        return self.read_run(identifier)

    def put_results(self, run_id: str, results: Sequence[ItemResult]) -> None:
        """Keep results; one of an item that has one takes its place.

        Raises:
            CoachError: the run is gone.
        """
        rows = [{"run_id": run_id, "item_id": one.item.id, "body": to_values(one)} for one in results]
        if not rows:
            return
        with writing(self._engine) as connection:
            kept = _require(connection, _RUNS, run_id, "run")
            connection.execute(insert(_RESULTS).prefix_with("OR REPLACE"), rows)
            receipt = _choose_receipt([kept.receipt, *(one.answer["receipt"] for one in results if one.answer)])
            if receipt != kept.receipt:
                connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(receipt=receipt))

    def set_state(self, run_id: str, state: RunState) -> None:
        """Say how far a run is; `done` and `stopped` note the time."""
        ended = None if state == "running" else read_clock()
        with writing(self._engine) as connection:
            connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(state=state, finished_at=ended))

    def read_run(self, run_id: str) -> Run:
        """A run with the results that are there, in the order of the set.

        Raises:
            CoachError: there is none.
        """
        with reading(self._engine) as connection:
            kept = _require(connection, _RUNS, run_id, "run")
            rows = connection.execute(select(_RESULTS.c.item_id, _RESULTS.c.body).where(_RESULTS.c.run_id == run_id))
            bodies = {row.item_id: row.body for row in rows}
            name, digest = connection.execute(
                select(_SETS.c.name, _VERSIONS.c.digest)
                .join(_VERSIONS, _VERSIONS.c.set_id == _SETS.c.id)
                .where(_is_version(kept.set_id, kept.set_version))
            ).one()
        found = [bodies[item_id] for item_id in kept.item_ids if item_id in bodies]
        run = _read_card(kept, name, digest)
        return replace(run, results=from_values(tuple[ItemResult, ...], found, f"the run {kept.title!r}"))

    def list_wanted(self, run_id: str) -> tuple[str, ...]:
        """Ids of the items that a run asks, in order.

        Raises:
            CoachError: there is no such run.
        """
        with reading(self._engine) as connection:
            return tuple(_require(connection, _RUNS, run_id, "run").item_ids)

    def find_run(self, beginning: str) -> str:
        """The id of the one run whose id begins so.

        Raises:
            CoachError: none does, or several do.
        """
        return self._find(_RUNS, beginning, "run")

    def list_runs(self, set_id: str | None = None) -> tuple[RunCard, ...]:
        """Runs, the newest first; of one set, or of all."""
        done = select(func.count()).select_from(_RESULTS).where(_RESULTS.c.run_id == _RUNS.c.id).scalar_subquery()
        columns = (_RUNS.c.id, _RUNS.c.title, _RUNS.c.set_id, _SETS.c.name, _RUNS.c.set_version, _RUNS.c.state,
                   func.json_array_length(_RUNS.c.item_ids), done, _RUNS.c.started_at, _RUNS.c.finished_at)  # fmt: skip
        statement = select(*columns).join(_SETS, _SETS.c.id == _RUNS.c.set_id).order_by(_RUNS.c.started_at.desc())
        if set_id is not None:
            statement = statement.where(_RUNS.c.set_id == set_id)
        with reading(self._engine) as connection:
            return tuple(RunCard(*cast(Any, row)) for row in connection.execute(statement))

    def delete_run(self, run_id: str) -> bool:
        """Delete a run with its results and what people rated of them for good; returns as `delete_set`.

        Raises:
            CoachError: there is none.
        """
        return self._delete(_RUNS, run_id, "run")

    def _find(self, table: Table, beginning: str, what: str) -> str:
        wanted = beginning.strip().lower()
        statement = select(table.c.id).where(table.c.id.startswith(wanted, autoescape=True)).limit(2)
        with reading(self._engine) as connection:
            found = connection.execute(statement).scalars().all() if wanted else []
        if len(found) != 1:
            raise _name_unknown(what, beginning, several=len(found) > 1)
        return str(found[0])

    def _delete(self, table: Table, identifier: str, what: str) -> bool:
        with writing(self._engine) as connection:
            before = _list_run_ids(connection)
            if connection.execute(delete(table).where(table.c.id == identifier)).rowcount == 0:
                raise _name_unknown(what, identifier)
            _delete_ratings(connection, before)
            note_forgotten(connection)
        return clear_forgotten(self._engine)


def require_name(name: str) -> str:
    """A set's name as it is kept.

    Raises:
        CoachError: it is empty or too long.
    """
    named = " ".join(drop_unshown(name).split())
    if not any(character.isalnum() for character in named) or len(named) > LONGEST_NAME:
        raise CoachError(f"Give the set a name of up to {LONGEST_NAME} characters.")
    return named


def require_ids(items: Sequence[EvaluationItem]) -> None:
    """Make sure that no two items have one id.

    Raises:
        CoachError: two have.
    """
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise CoachError(f"Two questions have the id {item.id!r}. Give one of them another.")
        seen.add(item.id)


def _name_unknown(what: str, identifier: str, *, several: bool = False) -> CoachError:
    shown = repr(identifier.strip()[:40])
    told = f"Several {what}s begin with {shown}" if several else f"There is no {what} {shown}"
    return Unknown(f"{told}. `coach eval {what}s` shows those that there are.")


def _require(connection: Connection, table: Table, identifier: str, what: str) -> Row[Any]:
    row = connection.execute(select(table).where(table.c.id == identifier)).first()
    if row is None:
        raise _name_unknown(what, identifier)
    return row


def _is_version(set_id: str, version: int) -> Any:
    return (_VERSIONS.c.set_id == set_id) & (_VERSIONS.c.version == version)


def _insert_version(  # noqa: PLR0913 - the columns of a version
    connection: Connection,
    set_id: str,
    version: int,
    items: Sequence[EvaluationItem],
    problems: Sequence[RowProblem],
    now: str,
) -> None:
    connection.execute(
        insert(_VERSIONS).values(set_id=set_id, version=version, saved_at=now, **_describe_items(items, problems))
    )


def _describe_items(items: Sequence[EvaluationItem], problems: Sequence[RowProblem]) -> dict[str, Any]:
    return {
        "digest": digest_items(items),
        "items": to_values(tuple(items), tuple[EvaluationItem, ...]),
        "problems": to_values(tuple(problems), tuple[RowProblem, ...]),
    }


def _list_run_ids(connection: Connection) -> set[str]:
    return set(connection.execute(select(_RUNS.c.id)).scalars())


def _delete_ratings(connection: Connection, before: Collection[str]) -> None:
    """Delete what people said of the answers of runs that were there before, and the rounds of which no answer is left."""
    runs = _list_run_ids(connection)
    for row in connection.execute(select(_ROUNDS.c.id, _ROUNDS.c.body)).all():
        asked = {entry["code"]: entry["run_id"] for entry in row.body["entries"]}
        if not any(run in before and run not in runs for run in asked.values()):
            continue
        gone = [code for code, run in asked.items() if run not in runs]
        if len(gone) == len(asked):
            connection.execute(delete(_ROUNDS).where(_ROUNDS.c.id == row.id))
        for table in (tables.ratings, tables.settlements):
            connection.execute(delete(table).where(table.c.round_id == row.id, table.c.entry.in_(gone)))


def _choose_receipt(receipts: Sequence[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """The first; where an answer was made with no model, the first that names one."""
    known = [one for one in receipts if one is not None]
    return next((one for one in known if one.get("model")), known[0] if known else None)


def _lock(connection: Connection, set_id: str, version: int) -> None:
    open_one = _is_version(set_id, version) & _VERSIONS.c.locked_at.is_(None)
    connection.execute(update(_VERSIONS).where(open_one).values(locked_at=read_clock()))


def _read_card(kept: Row[Any], set_name: str, digest: str) -> Run:
    return Run(
        id=kept.id,
        title=kept.title,
        set_id=kept.set_id,
        set_name=set_name,
        set_version=kept.set_version,
        set_digest=digest,
        state=kept.state,
        size=len(kept.item_ids),
        receipt=Receipt(**kept.receipt) if kept.receipt else None,
        started_at=kept.started_at,
        finished_at=kept.finished_at,
        judge=kept.judge,
    )
