"""The tables of the word indexes, SQLite FTS5 beside the passages: a connection in, tables made, mended or cleared.

Two indexes: of stems, which is searched, and of words as they are written, from which misspelled ones are read. Neither
holds text of its own, only the words of the passages table, kept level by triggers: a passage and its words are written
in one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from coach.errors import IndexDamaged

_TRIGGERS = (
    """
CREATE TRIGGER {index}_added AFTER INSERT ON passages BEGIN
    INSERT INTO {index}(rowid, search_text, heading) VALUES (new.number, new.search_text, new.heading);
END""",
    """
CREATE TRIGGER {index}_removed AFTER DELETE ON passages BEGIN
    INSERT INTO {index}({index}, rowid, search_text, heading)
    VALUES ('delete', old.number, old.search_text, old.heading);
END""",
    """
CREATE TRIGGER {index}_changed AFTER UPDATE OF search_text, heading ON passages BEGIN
    INSERT INTO {index}({index}, rowid, search_text, heading)
    VALUES ('delete', old.number, old.search_text, old.heading);
    INSERT INTO {index}(rowid, search_text, heading) VALUES (new.number, new.search_text, new.heading);
END""",
)
# By index: its vocabulary, and how it is made. Of the words as written it is enough to know which passage holds which.
_INDEXES = {
    "passages_words": ("passages_vocabulary", 'tokenize="porter unicode61 remove_diacritics 2"'),
    "passages_spellings": ("passages_spelled", 'tokenize="unicode61 remove_diacritics 2", detail=none'),
}


def list_statements(index: str) -> tuple[str, ...]:
    """The statements that make one index: its table, its vocabulary and its triggers."""
    vocabulary, options = _INDEXES[index]
    return (
        f"CREATE VIRTUAL TABLE {index} USING fts5(\n"
        f"    search_text, heading, content='passages', content_rowid='number', {options}\n)",
        f"CREATE VIRTUAL TABLE {vocabulary} USING fts5vocab('{index}', 'row')",
        *(trigger.format(index=index) for trigger in _TRIGGERS),
    )


def fill(connection: Connection, index: str) -> None:
    """Take every passage into an index."""
    _command(connection, index, "'rebuild'")


def _command(connection: Connection, index: str, values: str, *, rank: bool = False) -> None:
    columns = f"{index}, rank" if rank else index
    connection.execute(text(f"INSERT INTO {index}({columns}) VALUES ({values})"))  # noqa: S608 - names of this module


def rebuild(connection: Connection) -> None:
    """Make both indexes anew from the passages, whatever state they are in."""
    for index, (vocabulary, _) in _INDEXES.items():
        try:
            with connection.begin_nested():
                for change in ("added", "removed", "changed"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {index}_{change}"))
                connection.execute(text(f"DROP TABLE IF EXISTS {vocabulary}"))
                connection.execute(text(f"DROP TABLE IF EXISTS {index}"))
        except DatabaseError:
            # An index whose own tables are gone cannot even be dropped: its entries are taken out of the schema by hand.
            connection.execute(text("PRAGMA writable_schema=ON"))
            connection.execute(
                text("DELETE FROM sqlite_master WHERE name = :vocabulary OR substr(name, 1, length(:index)) = :index"),
                {"vocabulary": vocabulary, "index": index},
            )
            connection.execute(text("PRAGMA writable_schema=RESET"))
        for statement in list_statements(index):
            connection.execute(text(statement))
        fill(connection, index)


def purge(connection: Connection) -> None:
    """Merge the indexes so that words of removed passages are in them no more."""
    for index in _INDEXES:
        _command(connection, index, "'optimize'")


def find_fault(connection: Connection) -> str | None:
    """What is wrong with either index, or None.

    Raises:
        IndexDamaged: an index does not hold together.
    """
    with translate_damage():
        for index in _INDEXES:
            _command(connection, index, "'integrity-check', 1", rank=True)
            present = connection.execute(
                text(
                    "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, length(:index)) = :index"
                ),
                {"index": index},
            ).scalar_one()
            if present != len(_TRIGGERS):
                return "The word index is not kept level: its triggers are missing."
    return None


_DAMAGE = re.compile(r"malformed|no such|corrupt|vtable|constructor failed|fts5|not a database", re.I)


@contextmanager
def translate_damage() -> Iterator[None]:
    """Turns what SQLite says of a broken index into what a person reads.

    Raises:
        IndexDamaged: the index cannot answer.
    """
    try:
        yield
    except DatabaseError as error:
        if not _DAMAGE.search(str(error.orig)):
            raise
        raise IndexDamaged(f"The word index is damaged ({error.orig}). Run `coach library rebuild`.") from error
