"""Opens the database of record: a file's path -> Engine whose errors are Coach's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from coach.errors import CoachError, LibraryBusy, StoreDamaged

_WAIT_SECONDS = 15


def open_engine(path: Path) -> Engine:
    """An engine on the SQLite file, in WAL mode: many readers beside one writer, each with a view of its own."""
    # autocommit at the driver, so that BEGIN is SQLAlchemy's and a migration is one transaction.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _WAIT_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # what was acknowledged survives a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # deleted means gone
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        # A writer takes its turn at once: one that began as a reader could be refused halfway.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("coach_write") else "BEGIN")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns what SQLite says into what a person reads.

    Raises:
        LibraryBusy: another process has been writing for longer than we wait.
        StoreDamaged: the file is no sound database.
        CoachError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OperationalError as error:
        raise _translate(str(error.orig), error) from error
    except DatabaseError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise _damaged(error) from error
        raise


def _translate(message: str, error: DatabaseError) -> Exception:
    if "locked" in message or "busy" in message:
        return LibraryBusy("Another process is writing to the library. Try again in a moment.")
    if "disk is full" in message or "full" in message:
        return CoachError("The disk is full. Nothing of the last step was kept; free some space and run it again.")
    if "readonly" in message or "unable to open" in message:
        return CoachError(f"The library cannot be opened for writing ({message}). Check who owns the folder.")
    if "malformed" in message:
        return _damaged(error)
    return error


def _damaged(error: DatabaseError) -> StoreDamaged:
    return StoreDamaged(
        f"The library's database is damaged ({error.orig}). Restore the folder from a backup, "
        "or move it away and run `coach ingest` to make it anew from the documents."
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database for the time of the block."""
    with translate_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of the block is kept, or, where it raises, none."""
    with translate_errors(), engine.execution_options(coach_write=True).begin() as connection:
        yield connection


def vacuum(engine: Engine) -> bool:
    """Rewrite the file without what was deleted, and empty the write-ahead log.

    Returns:
        Whether no reader was in the way, so that nothing deleted is left in any file.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # A reader may be at it for long; what it keeps from being cleared now is cleared at the next change.
        connection.exec_driver_sql("PRAGMA busy_timeout=2000")
        try:
            with translate_errors():
                connection.exec_driver_sql("VACUUM")
                row: Any = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
        except LibraryBusy:
            return False
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAIT_SECONDS * 1000}")
        return bool(row is not None and row[0] == 0)
