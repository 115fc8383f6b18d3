"""The opened library: store, originals, word index, vector index and embedder, kept level with one another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from coach.embedding import Embedder, write_embedded
from coach.errors import IndexDamaged, UsageError
from coach.index import VectorIndex
from coach.index.chroma import ChromaIndex, Report, is_level, report_nothing
from coach.index.exact import ExactIndex
from coach.lexical import LexicalIndex
from coach.originals import Originals
from coach.privacy import clear_freed_memory
from coach.records import DocumentCard
from coach.store.practices import PracticeRows
from coach.store.store import Store

INDEX_FOLDER = "index"
ORIGINALS_FOLDER = "originals"
_PROBE = 200
_SHORTEST_ID = 6
_MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `verify` looked at."""

    part: str
    sound: bool
    message: str


class Library:
    """A library's folder, opened. Only the process that holds the lock may change it."""

    def __init__(self, home: Path, embedder: Embedder, *, owner: bool = True) -> None:
        clear_freed_memory()
        self.home = home
        self.embedder = embedder
        self.store = Store(home, may_migrate=owner)
        self.practices = PracticeRows(self.store)
        self.originals = Originals(home / ORIGINALS_FOLDER)
        self.words = LexicalIndex(self.store.engine)
        self.exact = ExactIndex(self.store)
        self._chroma: ChromaIndex | None = None
        self._rebuilt: int | None = None

    def close(self) -> None:
        """Let go of every file."""
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None
        self.store.close()

    def open_chroma(self) -> ChromaIndex:
        """The vector index, opened at its first use.

        Raises:
            IndexDamaged: Chroma cannot open its folder.
        """
        if self._chroma is None:
            self._chroma = ChromaIndex(self.home / INDEX_FOLDER, self.store)
        return self._chroma

    def choose_index(self) -> tuple[VectorIndex, str | None]:
        """The vector index that a long-running owner asks, and what is wrong with it or the word index."""
        index, fault = self.choose_vectors()
        return index, fault or self.words.find_fault()

    def choose_vectors(self) -> tuple[VectorIndex, str | None]:
        """Chroma, brought level, when it is sound; else exact search over the stored vectors, and what is wrong."""
        try:
            self._level_index(report_nothing)
            fault = self.open_chroma().find_fault(20)
        except IndexDamaged as error:
            fault = str(error)
        if fault is not None:
            return self.exact, fault
        return self.open_chroma(), None

    def name_version(self) -> str:
        """A short hash of the documents and the vectors in use, for receipts."""
        model = self.store.read_model()
        parts = [f"{state.id}:{state.made_of}" for state in self.store.list_states()]
        joined = "\n".join([model.fingerprint if model else "", *sorted(parts)])
        return hashlib.sha256(joined.encode()).hexdigest()[:12]

    def choose_documents(self, names: Sequence[str]) -> frozenset[str]:
        """The ids of documents that a person names: by file name, with or without its ending, or by the beginning of an id.

        Raises:
            UsageError: no document is called so; the message names those that come near.
        """
        cards = self.store.list_documents()
        chosen: set[str] = set()
        for name in names:
            found = {
                card.id for card in cards if name.casefold() in (card.name.casefold(), Path(card.name).stem.casefold())
            }
            found = found or {card.id for card in cards if len(name) >= _SHORTEST_ID and card.id.startswith(name)}
            if not found:
                raise UsageError(f"There is no document {name!r} in the library. {_name_near(name, cards)}")
            chosen |= found
        return frozenset(chosen)

    def settle(self, report: Report = report_nothing) -> bool:
        """After changes: bring the index level, clear what was removed from every byte.

        Returns:
            Whether everything removed is gone from the disk; a reader in the way puts that off.
        """
        self._level_index(report)
        # A crash may have left bytes of a document that never came to be.
        states = self.store.list_states()
        self.originals.remove_others(state.id for state in states)
        # Practices quote documents: the words of one that is gone go with it.
        self.practices.withhold({state.name for state in states})
        purged = self.store.purge()
        return self.practices.purge() and purged

    def _level_index(self, report: Report) -> None:
        """Bring the vector index level with the store.

        Where anything was removed or replaced it is made anew: Chroma only marks what is deleted, and a passage that was
        embedded again under its old id would keep its old vector.
        """
        generation = self.store.read_generation()
        if self.store.read_value("purge") == "pending" and self._rebuilt != generation:
            self._rebuild_chroma(report)
            self._rebuilt = generation  # a reader may put the clearing of the database off, but not of the index
        elif not is_level(self.store):
            try:
                self.open_chroma().follow(report)
            except IndexDamaged:
                self._rebuild_chroma(report)

    # --- care ---------------------------------------------------------------------------------------------------

    def verify(self) -> tuple[Finding, ...]:
        """Look at every part; a count alone would prove nothing."""
        findings = [
            _judge("database", self.store.find_fault(), "The database is sound."),
            _judge("words", self.words.find_fault(), "The word index holds every passage."),
            _judge("vectors", self._find_vector_fault(), "Every passage has its vector."),
            _judge("index", self._find_index_fault(), "The vector index finds the passages it is asked for."),
            _judge("originals", self._find_original_fault(), "The bytes of every document are there."),
            _judge("passages", self._find_passage_fault(), "Every sentence stands in its document at its place."),
        ]
        return tuple(findings)

    def rebuild(self, report: Report = report_nothing) -> None:
        """Make both indexes anew from the store."""
        self.store.rebuild_words()
        self._rebuild_chroma(report)

    def embed_anew(self, report: Report = report_nothing) -> None:
        """Embed the stored text with the embedder in use; what was done stays done if it is stopped."""
        total = self.store.count_passages()
        done = total - len(self.store.list_unembedded(self.embedder, total + 1))
        while rows := self.store.list_unembedded(self.embedder, 384):
            texts = [write_embedded(self.embedder, row.heading, row.before, row.search_text) for row in rows]
            self.store.put_vectors(self.embedder, [row.number for row in rows], self.embedder.embed(texts))
            done += len(rows)
            report(done, total)
        self.store.use_model(self.embedder)

    def _rebuild_chroma(self, report: Report) -> None:
        if self._chroma is not None:
            self._chroma.close()
        self._chroma = ChromaIndex.make_anew(self.home / INDEX_FOLDER, self.store, report)

    def _find_vector_fault(self) -> str | None:
        missing = len(self.store.list_unembedded(self.embedder, 1_000_000))
        return f"{missing} passages have no vector. Run `coach library rebuild --embed`." if missing else None

    def _find_index_fault(self) -> str | None:
        if self.store.count_passages() == 0:
            return None
        try:
            return self.open_chroma().find_fault(_PROBE)
        except IndexDamaged as error:
            return str(error)

    def _find_original_fault(self) -> str | None:
        states = self.store.list_states()
        bad = [state.name for state in states if not self.originals.is_sound(state.id)]
        odd = self.originals.find_others(state.id for state in states)
        if bad:
            return (
                f"The bytes of {len(bad)} documents, such as {bad[0]}, are gone or changed: run `coach ingest --again`."
            )
        return f"{odd} files belong to no document. The next `coach ingest` clears them." if odd else None

    def _find_passage_fault(self) -> str | None:
        bad = 0
        for state in self.store.list_states():
            text = self.store.read_text(state.id) or ""
            for stored in self.store.list_document_passages(state.id):
                spans = [span for sentence in stored.passage.sentences for span in sentence.spans]
                whole = text[stored.passage.start : stored.passage.end] == stored.text
                bad += not (whole and all(stored.passage.start <= s.start < s.end <= stored.passage.end for s in spans))
        return (
            f"{bad} passages do not lie in their documents. Run `coach ingest --again` on their folder."
            if bad
            else None
        )


def _name_near(name: str, cards: Sequence[DocumentCard]) -> str:
    by_name = {card.name.casefold(): card.name for card in cards}
    near = [known for folded, known in by_name.items() if name.casefold() in folded][:_MOST_NEAR]
    near = near or [by_name[folded] for folded in get_close_matches(name.casefold(), by_name, _MOST_NEAR, 0.5)]
    return f"Near it are {', '.join(near)}." if near else "`coach library list` names all of them."


def _judge(part: str, fault: str | None, sound: str) -> Finding:
    return Finding(part, fault is None, fault or sound)
