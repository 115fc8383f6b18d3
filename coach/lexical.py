"""The lexical index, SQLite FTS5 beside the passages: words of a question in, passages with BM25 scores out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from coach.errors import IndexDamaged
from coach.records import Span
from coach.search_copy import SearchCopy, make_search_copy

# The index holds no text of its own, only the words of the passages table, kept level by triggers: a passage and its
# words are written in one transaction.
_TABLE = """
CREATE VIRTUAL TABLE passages_words USING fts5(
    search_text, heading, content='passages', content_rowid='number', tokenize="porter unicode61 remove_diacritics 2"
)"""
_VOCABULARY = "CREATE VIRTUAL TABLE passages_vocabulary USING fts5vocab('passages_words', 'row')"
_TRIGGERS = (
    """
CREATE TRIGGER passages_words_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_words(rowid, search_text, heading) VALUES (new.number, new.search_text, new.heading);
END""",
    """
CREATE TRIGGER passages_words_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_words(passages_words, rowid, search_text, heading)
    VALUES ('delete', old.number, old.search_text, old.heading);
END""",
    """
CREATE TRIGGER passages_words_changed AFTER UPDATE OF search_text, heading ON passages BEGIN
    INSERT INTO passages_words(passages_words, rowid, search_text, heading)
    VALUES ('delete', old.number, old.search_text, old.heading);
    INSERT INTO passages_words(rowid, search_text, heading) VALUES (new.number, new.search_text, new.heading);
END""",
)
CREATE_STATEMENTS = (_TABLE, _VOCABULARY, *_TRIGGERS)
_DROP_STATEMENTS = (
    "DROP TRIGGER IF EXISTS passages_words_added",
    "DROP TRIGGER IF EXISTS passages_words_removed",
    "DROP TRIGGER IF EXISTS passages_words_changed",
    "DROP TABLE IF EXISTS passages_vocabulary",
    "DROP TABLE IF EXISTS passages_words",
)

# Function words and the words that only make a question. Dropping them from the query is worth four times the speed.
_STOP_WORDS = """
    a about above after again against all also am an and any are as at be because been before being below between
    both but by can could did do does doing down during each few for from further had has have having he her here
    hers him his how i if in into is it its itself just let me more most my myself no nor not of off on once only or
    other our ours out over own please same say says she should so some such tell than that the their theirs them
    themselves then there these they this those through to too under until up us very was we were what when where
    which while who whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())  # noqa: SIM905 - a hundred quoted words would be a page long
_WORD = re.compile(r"[^\W_]+")
# Rows that one query may score, so that search in a large library costs no more than in a middling one. The rarest words
# are taken first: what is left out says least. A question of nothing but common words is left to its meaning.
_BUDGET = 4000
_HEADING_WEIGHT = 0.6


def find_words(question: str) -> tuple[str, ...]:
    """The words of a question that carry meaning, lower case, each once; all words where none does."""
    copy: SearchCopy = make_search_copy(question, [Span(0, len(question))], markdown=False, compounds={})
    words = [word.casefold() for word in _WORD.findall(copy.text)]
    return tuple(dict.fromkeys([word for word in words if word not in STOP_WORDS] or words))


_SEARCH = """
SELECT p.id, -w.score FROM (
    SELECT rowid, bm25(passages_words, 1.0, :heading) AS score FROM passages_words
    WHERE passages_words MATCH :query ORDER BY score LIMIT :count
) AS w JOIN passages AS p ON p.number = w.rowid ORDER BY w.score"""


_DAMAGE = re.compile(r"malformed|no such|corrupt|vtable|constructor failed|fts5|not a database", re.I)
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM passages_words WHERE passages_words MATCH :word LIMIT :most)"


@contextmanager
def _translate_damage() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if not _DAMAGE.search(str(error.orig)):
            raise
        raise IndexDamaged(f"The word index is damaged ({error.orig}). Run `coach library rebuild`.") from error


class LexicalIndex:
    """BM25 over passages and their headings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._frequencies: dict[str, int] = {}
        self._total: int | None = None
        self._generation: int | None = None

    def search(self, question: str, count: int, generation: int) -> dict[str, float]:
        """Passage ids with their BM25 scores, at most `count`, best first.

        Args:
            question: any text.
            count: how many passages at most.
            generation: the library's, so that word counts are refreshed when it changes.

        Raises:
            IndexDamaged: the index cannot answer.
        """
        words = find_words(question)
        if not words:
            return {}
        with _translate_damage(), self._engine.connect() as connection:
            chosen = self._choose_words(connection, words, generation)
            if not chosen:
                return {}
            rows = connection.execute(
                text(_SEARCH), {"query": _write_query(chosen), "count": count, "heading": _HEADING_WEIGHT}
            )
            return {row[0]: float(row[1]) for row in rows}

    def _choose_words(self, connection: Connection, words: Iterable[str], generation: int) -> list[str]:
        self._refresh(generation)
        counted = sorted((self._count(connection, word), word) for word in words)
        chosen: list[str] = []
        rows = 0
        for frequency, word in counted:
            rows += frequency
            if rows > _BUDGET:
                break
            if frequency:
                chosen.append(word)
        return chosen

    def _refresh(self, generation: int) -> None:
        if generation != self._generation:
            self._frequencies, self._total, self._generation = {}, None, generation

    def _count(self, connection: Connection, word: str) -> int:
        """Passages that hold the word, or one more than the budget where there are more than that."""
        # Another thread may put new counts in place meanwhile: this one goes on with those it began with.
        counts = self._frequencies
        count = counts.get(word)
        if count is None:
            found = connection.execute(text(_COUNT), {"word": f'"{word}"', "most": _BUDGET + 1})
            count = counts[word] = int(found.scalar_one())
        return count

    def holds(self, words: str, generation: int) -> bool:
        """Whether some passage holds these words, side by side and in order; any text. True while the index is damaged."""
        plain = " ".join(_WORD.findall(words.casefold()))
        try:
            with _translate_damage(), self._engine.connect() as connection:
                self._refresh(generation)
                return bool(plain) and self._count(connection, plain) > 0
        except IndexDamaged:
            return True

    def weigh(self, words: Iterable[str], generation: int) -> Mapping[str, float]:
        """Inverse document frequency of each word: how much it tells; all alike while the index is damaged."""
        words = list(words)
        try:
            with _translate_damage(), self._engine.connect() as connection:
                self._refresh(generation)
                total = self._total
                if total is None:
                    total = int(connection.execute(text("SELECT count(*) FROM passages")).scalar_one())
                    self._total = total
                return {word: math.log(1 + total / (1 + self._count(connection, word))) for word in words}
        except IndexDamaged:
            return dict.fromkeys(words, 1.0)

    def find_fault(self) -> str | None:
        """What is wrong with the index, or None."""
        try:
            with _translate_damage(), self._engine.execution_options(coach_write=True).begin() as connection:
                connection.execute(
                    text("INSERT INTO passages_words(passages_words, rank) VALUES ('integrity-check', 1)")
                )
                present = connection.execute(
                    text("SELECT count(*) FROM sqlite_master WHERE name LIKE 'passages_words_%' AND type = 'trigger'")
                ).scalar_one()
        except IndexDamaged as error:
            return str(error)
        return None if present == len(_TRIGGERS) else "The word index is not kept level: its triggers are missing."


def rebuild(connection: Connection) -> None:
    """Make the index anew from the passages, whatever state it is in."""
    try:
        with connection.begin_nested():
            for statement in _DROP_STATEMENTS:
                connection.execute(text(statement))
    except DatabaseError:
        # An index whose own tables are gone cannot even be dropped: its entries are taken out of the schema by hand.
        connection.execute(text("PRAGMA writable_schema=ON"))
        connection.execute(text("DELETE FROM sqlite_master WHERE name LIKE 'passages\\_words%' ESCAPE '\\'"))
        connection.execute(text("DELETE FROM sqlite_master WHERE name = 'passages_vocabulary'"))
        connection.execute(text("PRAGMA writable_schema=RESET"))
    for statement in CREATE_STATEMENTS:
        connection.execute(text(statement))
    connection.execute(text("INSERT INTO passages_words(passages_words) VALUES ('rebuild')"))


def purge(connection: Connection) -> None:
    """Merge the index so that words of removed passages are in it no more."""
    connection.execute(text("INSERT INTO passages_words(passages_words) VALUES ('optimize')"))


def _write_query(words: Iterable[str]) -> str:
    # Words are letters and digits alone, so quotes make them plain terms whatever they spell.
    return " OR ".join(f'"{word}"' for word in words)
