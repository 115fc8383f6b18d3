"""The lexical index, SQLite FTS5 beside the passages: words of a question in, passages with BM25 scores out."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, bindparam, text

from coach import word_tables
from coach.errors import IndexDamaged
from coach.records import Span
from coach.search_copy import SearchCopy, make_search_copy
from coach.weights import Weights, load_weights
from coach.word_tables import translate_damage

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
_GREATEST = 2.2  # BM25 of a word without its rarity is less than this, k1 + 1 in FTS5
_MOST_REPEATS = 5


def list_words(text: str) -> list[str]:
    """Every word of a text in order, lower case."""
    return [word.casefold() for word in _WORD.findall(text)]


def find_words(question: str) -> tuple[str, ...]:
    """The words of a question that carry meaning, lower case, each once; all words where none does."""
    return tuple(count_words(question))


def count_words(question: str) -> Counter[str]:
    """The words of a question as `find_words` gives them, with the times that each is said."""
    copy: SearchCopy = make_search_copy(question, [Span(0, len(question))], markdown=False, compounds={})
    words = list_words(copy.text)
    return Counter([word for word in words if word not in STOP_WORDS] or words)


_SEARCH = """
SELECT p.id, -w.score FROM (
    SELECT rowid, bm25(passages_words, 1.0, :heading) AS score FROM passages_words
    WHERE passages_words MATCH :query {within} ORDER BY score LIMIT :count
) AS w JOIN passages AS p ON p.number = w.rowid ORDER BY w.score"""
_WITHIN = "AND rowid IN (SELECT number FROM passages WHERE document_id IN :documents)"
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM passages_words WHERE passages_words MATCH :word LIMIT :most)"


_MOST_COUNTED = 50_000  # words whose counts are kept


@dataclass(slots=True)
class _Counts:
    """What was counted in one state of the library."""

    generation: int
    frequencies: dict[str, int] = field(default_factory=dict)
    total: int | None = None


class LexicalIndex:
    """BM25 over passages and their headings."""

    def __init__(self, engine: Engine, weights: Weights | None = None) -> None:
        self._engine = engine
        self._weights = weights or load_weights()
        self._counts = _Counts(-1)
        self._spellings: tuple[int, dict[str, int]] | None = None

    def search(
        self, question: str, count: int, generation: int, documents: Collection[str] | None = None
    ) -> dict[str, float]:
        """Passage ids with their BM25 scores, at most `count`, best first.

        Args:
            question: any text. A word that it says twice counts twice.
            count: how many passages at most.
            generation: the library's, so that word counts are refreshed when it changes.
            documents: ids of the documents to search; None for all.

        Raises:
            IndexDamaged: the index cannot answer.
        """
        words = count_words(question)
        if not words:
            return {}
        with translate_damage(), self._engine.connect() as connection:
            chosen = _choose_words(connection, words, self._find_counts(generation))
            if not chosen:
                return {}
            statement = text(_SEARCH.format(within="" if documents is None else _WITHIN))
            values = {"query": _write_query(chosen, words), "count": count, "heading": self._weights.heading}
            if documents is not None:
                statement = statement.bindparams(bindparam("documents", expanding=True))
                values["documents"] = sorted(documents)
            return {row[0]: float(row[1]) for row in connection.execute(statement, values)}

    def measure_ceiling(self, question: str, generation: int) -> float:
        """What no passage's BM25 for this question can exceed; 0 where no word of it can be searched.

        Raises:
            IndexDamaged: the index cannot answer.
        """
        words = count_words(question)
        with translate_damage(), self._engine.connect() as connection:
            counts = self._find_counts(generation)
            chosen = _choose_words(connection, words, counts)
            total = _count_passages(connection, counts)
            return sum(
                _repeat(words[word]) * _GREATEST * _measure_rarity(_count(connection, word, counts), total)
                for word in chosen
            )

    def _find_counts(self, generation: int) -> _Counts:
        """The counts of this state of the library. One who asked before it changed goes on with counts of its own."""
        counts = self._counts
        if generation != counts.generation or len(counts.frequencies) > _MOST_COUNTED:
            counts = _Counts(generation)
            if generation >= self._counts.generation:
                self._counts = counts
        return counts

    def holds(self, words: str, generation: int, *, when_damaged: bool = True) -> bool:
        """Whether some passage holds these words, side by side and in order.

        Args:
            words: any text.
            generation: of the library.
            when_damaged: what is said while the index cannot answer.
        """
        plain = " ".join(list_words(words))
        try:
            with translate_damage(), self._engine.connect() as connection:
                return bool(plain) and _count(connection, plain, self._find_counts(generation)) > 0
        except IndexDamaged:
            return when_damaged

    # --- spellings ----------------------------------------------------------------------------------------------

    def find_held(self, words: Collection[str]) -> frozenset[str]:
        """Those of some words, lower case, that stand in the library as they are written.

        Raises:
            IndexDamaged: the index cannot answer.
        """
        plain = {word: _fold(word) for word in words}
        statement = text("SELECT term FROM passages_spelled WHERE term IN :terms")
        with translate_damage(), self._engine.connect() as connection:
            rows = connection.execute(
                statement.bindparams(bindparam("terms", expanding=True)), {"terms": sorted(set(plain.values()))}
            )
            found = {row[0] for row in rows}
        return frozenset(word for word, term in plain.items() if term in found)

    def list_held(self, generation: int) -> Mapping[str, int]:
        """Every word of the library as it is written, lower case, with the number of passages that hold it.

        Raises:
            IndexDamaged: the index cannot answer.
        """
        known = self._spellings
        if known is None or known[0] != generation:
            with translate_damage(), self._engine.connect() as connection:
                rows = connection.execute(text("SELECT term, doc FROM passages_spelled"))
                known = self._spellings = (generation, {row[0]: int(row[1]) for row in rows if row[0].isalpha()})
        return known[1]

    def weigh(self, words: Iterable[str], generation: int) -> Mapping[str, float]:
        """Inverse document frequency of each word: how much it tells; all alike while the index is damaged."""
        words = list(words)
        try:
            with translate_damage(), self._engine.connect() as connection:
                counts = self._find_counts(generation)
                total = _count_passages(connection, counts)
                return {word: math.log(1 + total / (1 + _count(connection, word, counts))) for word in words}
        except IndexDamaged:
            return dict.fromkeys(words, 1.0)

    def find_fault(self) -> str | None:
        """What is wrong with the index, or None."""
        try:
            with self._engine.execution_options(coach_write=True).begin() as connection:
                return word_tables.find_fault(connection)
        except IndexDamaged as error:
            return str(error)


def _choose_words(connection: Connection, words: Iterable[str], counts: _Counts) -> list[str]:
    counted = sorted((_count(connection, word, counts), word) for word in words)
    chosen: list[str] = []
    rows = 0
    for frequency, word in counted:
        rows += frequency
        if rows > _BUDGET:
            break
        if frequency:
            chosen.append(word)
    return chosen


def _count(connection: Connection, word: str, counts: _Counts) -> int:
    """Passages that hold the word, or one more than the budget where there are more than that."""
    count = counts.frequencies.get(word)
    if count is None:
        found = connection.execute(text(_COUNT), {"word": f'"{word}"', "most": _BUDGET + 1})
        count = counts.frequencies[word] = int(found.scalar_one())
    return count


def _count_passages(connection: Connection, counts: _Counts) -> int:
    if counts.total is None:
        counts.total = int(connection.execute(text("SELECT count(*) FROM passages")).scalar_one())
    return counts.total


def _write_query(words: Iterable[str], times: Mapping[str, int]) -> str:
    # Words are letters and digits alone, so quotes make them plain terms whatever they spell.
    return " OR ".join(f'"{word}"' for word in words for _ in range(_repeat(times[word])))


def _repeat(times: int) -> int:
    return min(times, _MOST_REPEATS)


def _measure_rarity(frequency: int, total: int) -> float:
    """Inverse document frequency as FTS5 computes it."""
    return max(math.log((total - frequency + 0.5) / (frequency + 0.5)), 1e-6)


def _fold(word: str) -> str:
    """A word as FTS5 keeps it: without the marks on its letters."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
