"""Takes one handed-over file into the library, makes a document anew or takes it out: a parcel in, what became of it out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from coach.added import AddedFiles, name_what_stays, take_out
from coach.admission import check_kind
from coach.embedding import Vectors
from coach.errors import CoachError, UnreadableFile
from coach.incoming import Incoming, Parcel
from coach.index.chroma import Report, report_nothing
from coach.library import Library
from coach.making import STEP, Draft, Source, cut_draft, describe_source, embed_drafts, keep_draft, read_source
from coach.metadata import find_metadata_file, write_metadata_file
from coach.practices.checking import PracticeShelf, VerifiedPractice
from coach.practices.loading import load_practices
from coach.reading import Reader
from coach.records import DocumentCard, Metadata
from coach.retrieval import Retriever

_LOG = logging.getLogger(__name__)
_READ_AT_ONCE = 2  # one may still be at a file that was given up
Stage = Literal["reading", "embedding", "indexing"]
Result = TypeVar("Result")


class Watch(Protocol):
    """Is told how far the work is, and may end it."""

    def tell(self, stage: Stage, done: int | None = None, total: int | None = None) -> None:
        """Before a step that can still be left out. What this raises ends the work, and nothing was changed."""
        ...

    def show(self, stage: Stage, done: int, total: int) -> None:
        """Within a step that will be brought to its end."""
        ...

    def wait(self, future: Future[Result]) -> Result:
        """What a reader gives; raises as `tell` does when it is no longer wanted."""
        ...


@dataclass(frozen=True, slots=True)
class PageResult:
    """What was found on one page."""

    number: int
    label: str | None
    characters: int
    """Without the spaces around; 0 where the page has no text."""
    passages: int
    """Passages that begin on it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file became."""

    document_id: str
    pages: tuple[PageResult, ...]
    passages: int
    notes: tuple[str, ...]
    clean: bool
    """Whether what it replaced is cleared from every byte of the disk already; a reader in the way puts that off."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A document that was taken out."""

    document_id: str
    name: str
    clean: bool
    """Whether it is cleared from every byte of the disk already; a reader in the way puts that off by seconds."""
    note: str = ""
    """What remains to be known of its file, where that is not ours."""
    flagged: tuple[VerifiedPractice, ...] = ()
    """Practices of which a quote is gone, of whatever document."""


class Accession:
    """The work on one library, step by step, for one thread at a time."""

    def __init__(self, library: Library, retriever: Retriever, reader: Reader, incoming: Incoming) -> None:
        self._library = library
        self._retriever = retriever
        self._reader = reader
        self._incoming = incoming
        self._threads = ThreadPoolExecutor(max_workers=_READ_AT_ONCE, thread_name_prefix="reading")
        self._shelf = PracticeShelf(library.store)
        self.added = AddedFiles(library.home)

    def close(self) -> None:
        """Begin no more reading. A file at hand is not waited for: the reader's owner ends it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def find(self, document_id: str) -> DocumentCard | None:
        """A document of the library by its id."""
        return self._library.store.read_cards([document_id]).get(document_id)

    def require_new(self, document_id: str) -> None:
        """Refuse bytes that the library has.

        Raises:
            UnreadableFile: `duplicate`, naming the document.
        """
        known = self.find(document_id)
        if known is not None:
            raise UnreadableFile("duplicate", f"It has the same content as {known.name}, which the library has.")

    # --- the three changes --------------------------------------------------------------------------------------

    def add(self, parcel: Parcel, watch: Watch) -> Taken:
        """Make a document of a parcel and, in the same transaction, take out the one that it replaces.

        Raises:
            UnreadableFile: it cannot become a document. Then, and whatever else is raised, the library is as it was.
        """
        self.require_new(parcel.document_id)
        path = self.added.choose_path(parcel.document_id, parcel.name)
        lies = self._incoming.locate(parcel.id)
        draft, vectors = self._make(describe_source(path, parcel.document_id, parcel.metadata, lies), watch)
        watch.tell("indexing")
        replaced = self.find(parcel.replaces) if parcel.replaces else None
        gone = [replaced.id] if replaced else []
        with self.added.changing(self._library.store, parcel.document_id, *gone):
            self.added.put(lies, path, parcel.metadata, parcel.person)
            keep_draft(self._library, draft, vectors, gone)
        self._incoming.drop(parcel.id)
        clean = self._bring_level(lambda done, total: watch.show("indexing", done, total))
        return _describe(draft, name_what_stays(self._library, replaced) if replaced else "", clean)

    def remake(self, card: DocumentCard, metadata: Metadata, watch: Watch) -> Taken:
        """Make a document of ours anew with other metadata.

        Raises:
            UnreadableFile: its file cannot be read any more, or it was removed meanwhile. The document is as it was.
        """
        path = Path(card.path)
        draft, vectors = self._make(describe_source(path, card.id, metadata), watch)
        watch.tell("indexing")
        if self.find(card.id) is None:
            raise UnreadableFile("gone", "The document was removed meanwhile.")
        before = self.added.read_metadata(path)
        try:
            write_metadata_file(path, metadata)
            keep_draft(self._library, draft, vectors)
        except BaseException:
            write_metadata_file(path, before)
            raise
        clean = self._bring_level(lambda done, total: watch.show("indexing", done, total))
        return _describe(draft, "", clean)

    def remove(self, card: DocumentCard) -> Removal:
        """Take a document out for good."""
        take_out(self._library, card)
        clean = self._bring_level(report_nothing)
        flagged = tuple(one for one in self._shelf.list() if one.gone)
        return Removal(card.id, card.name, clean, name_what_stays(self._library, card), flagged)

    def require_ours(self, card: DocumentCard) -> None:
        """Refuse to change the metadata of a document whose file was never handed over.

        Raises:
            CoachError: naming the file that holds them.
        """
        if not self.added.holds(card.path):
            raise CoachError(
                f"{card.name} was loaded from a folder by `coach ingest`. What is stated of it belongs into "
                f"{find_metadata_file(Path(card.path))}; then run `coach ingest` on that folder again."
            )

    def clear(self) -> bool:
        """Clear what a crash, or a reader in the way, kept from being cleared; whether all of it is gone now."""
        return self._bring_level(report_nothing)

    # --- steps --------------------------------------------------------------------------------------------------

    def _make(self, source: Source, watch: Watch) -> tuple[Draft, Vectors]:
        watch.tell("reading")
        data, document = watch.wait(self._threads.submit(read_source, source, self._reader))
        check_kind(document.reading.kind, source.name)
        embedder = self._library.embedder
        draft = cut_draft(source, data, document, embedder)
        total = len(draft.passages)
        # Shorter steps than a command's: between two of them the work can be stopped.
        (vectors,) = embed_drafts([draft], embedder, lambda done, _: watch.tell("embedding", done, total), STEP // 2)
        return draft, vectors

    def _bring_level(self, report: Report) -> bool:
        """The indexes, after a change that stands. What goes wrong here is mended by the next one; exact search answers.

        Returns:
            Whether everything removed is gone from the disk.
        """
        clean = False
        try:
            clean = self._library.settle(report)
            self._restore_practices()
        except Exception:  # whatever it is, the change stands
            _LOG.exception("The indexes could not be brought level.")
        self._serve()
        return clean

    def _serve(self) -> None:
        """Let questions be asked of the vector index that is in use now."""
        try:
            index, fault = self._library.choose_vectors()
        except (CoachError, OSError) as error:
            index, fault = self._library.exact, str(error)
        if fault:
            _LOG.warning("%s", fault)
        self._retriever.use_index(index)

    def _restore_practices(self) -> None:
        """Practices whose quotes were withheld because their document was gone: it may be back."""
        if any(not quote.words for practice in self._library.practices.list() for quote in practice.quotes):
            load_practices(self._library.store, self._library.embedder, [])


def _describe(draft: Draft, note: str, clean: bool) -> Taken:
    reading = draft.document.reading
    begun = Counter(passage.page for passage in draft.passages)
    pages = tuple(
        PageResult(page.number, page.label, len(reading.text[page.start : page.end].strip()), begun[page.number])
        for page in reading.pages
    )
    notes: Sequence[str] = [*reading.notes, *([note] if note else [])]
    return Taken(draft.document.id, pages, len(draft.passages), tuple(notes), clean)
