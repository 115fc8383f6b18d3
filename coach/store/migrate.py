"""Brings a database to this version's schema: Engine -> Engine, with the local person in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from coach.errors import LibraryMismatch
from coach.records import LOCAL_PERSON, ROLES
from coach.store import tables


def read_revision(connection: Connection) -> str | None:
    """The schema revision of a database; None for one without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def migrate(engine: Engine, *, may_change: bool = True) -> None:
    """Apply every migration that is missing, all or none.

    Raises:
        LibraryMismatch: the database was made by a newer Coach, or by an older one and may not be changed.
    """
    with engine.connect() as connection:
        revision = read_revision(connection)
    if revision == tables.HEAD:
        return
    # Imported here because a database that is level, the usual case, needs none of it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise LibraryMismatch(
            f"This library was made by a newer Coach (its database is at revision {revision}). "
            "Update Coach, or choose another folder with --home. Nothing was changed."
        )
    if not may_change:
        raise LibraryMismatch(
            "This library was made by an older Coach. Run `coach ingest` once to bring it up to date."
        )
    with engine.execution_options(coach_write=True).begin() as connection:
        # A second process may have come first while this one waited for the database.
        if read_revision(connection) == tables.HEAD:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.execute(select(tables.people.c.id).where(tables.people.c.id == LOCAL_PERSON)).first() is None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            connection.execute(
                insert(tables.people).values(id=LOCAL_PERSON, name="Local", roles=list(ROLES), created_at=now)
            )
