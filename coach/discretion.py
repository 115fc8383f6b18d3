"""Masks texts with what a library and a district know: a text in, the masked text out; names that the documents hold stay."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from coach.lexical import LexicalIndex
from coach.masking import Masked, Masker
from coach.person_names import classify, find_words
from coach.roster import Roster
from coach.store.store import Store

_PEOPLE = ("student", "colleague")


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Names in the documents' records, at one state of the library."""

    generation: int
    names: frozenset[str]
    """Titles, authors, publishers and what documents are called."""
    writers: frozenset[str]
    """Authors and publishers alone."""


class Discretion:
    """A masker that keeps up with one library."""

    def __init__(self, store: Store, words: LexicalIndex, roster: Roster | None = None) -> None:
        self._store = store
        self._words = words
        self._roster = roster
        self._recorded: _Recorded | None = None
        self._turn = Lock()

    def mask(self, text: str) -> Masked:
        """The text without names and records of people, but for names that the documents or their records hold.

        A given name by itself is masked even where a document holds it: it says nothing about whom a question means.
        """
        return self._know(text).mask(text)

    def mask_text(self, text: str) -> str:
        """As `mask`, the text alone."""
        return self.mask(text).text

    def mask_note(self, text: str) -> str:
        """What a person writes for themselves, without students: with which colleague they will do a thing stays."""
        return self._know(text).mask(text, spared=("colleague",)).text

    def trace(self, text: str) -> tuple[str, tuple[int, ...]]:
        """A document's text as it may be sent away, masked as `Masker.trace` does.

        That a document or its title holds a name does not spare it here, for they may tell of students too: only the names
        of those who wrote and published documents stay.
        """
        return Masker(self._read_recorded(self._store.read_generation()).writers, self._roster).trace(text)

    def _know(self, text: str) -> Masker:
        """A masker that leaves alone what the documents hold of the names in a text."""
        generation = self._store.read_generation()
        recorded = self._read_recorded(generation).names
        masker = Masker(recorded, self._roster)
        names = {text[stretch.start : stretch.end] for stretch in masker.find(text) if stretch.kind in _PEOPLE}
        held = {name for name in names if self._holds(name, generation)}
        return Masker(recorded | held, self._roster) if held else masker

    def _holds(self, name: str, generation: int) -> bool:
        words = find_words(name)
        if len(words) == 1 and classify(words[0]) in ("given", "word_name", "place_name"):
            return False
        # While the index cannot answer, a name too many is masked rather than one too few.
        return self._words.holds(name, generation, when_damaged=False)

    def _read_recorded(self, generation: int) -> _Recorded:
        with self._turn:
            if self._recorded is None or self._recorded.generation != generation:
                known = [card.metadata for card in self._store.list_documents()]
                writers = frozenset(name for one in known for name in (one.publisher, *one.authors) if name)
                others = {name for one in known for name in (one.title, *one.called) if name}
                self._recorded = _Recorded(generation, writers | others, writers)
            return self._recorded
