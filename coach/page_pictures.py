"""Shows where words stand in a document: a citation's place in, its pages with boxes out; a page in, its picture out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Literal

from cachetools import LRUCache

from coach.errors import CoachError, UnreadableFile
from coach.library import Library
from coach.places import MarkedPage, mark_pages
from coach.reading import ReaderPool
from coach.records import DocumentCard, Span

WIDTHS = (800, 1400)
"""Pixels across a picture: sharp on a telephone at two pixels to the point, and in a pane of 700 points on a laptop."""
USUAL_WIDTH = 1400
CACHE_BYTES = 32_000_000

PictureOutcome = Literal["no_document", "no_page", "no_pages", "no_original", "too_slow", "broken"]
_Key = tuple[str, int, int]


class NoPicture(CoachError):
    """A page or an original cannot be shown. `outcome` says why; only the first three mean that it is not there."""

    def __init__(self, outcome: PictureOutcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome

    @property
    def is_absent(self) -> bool:
        """Whether there is no such thing, or not for this person: from outside the two must look the same."""
        return self.outcome in ("no_document", "no_page", "no_pages")


def may_see(person: str, card: DocumentCard) -> bool:  # noqa: ARG001 - the library is everybody's, whatever the document
    """Whether a person may see a document. The only place where that is decided; nobody is the empty name."""
    return person != ""


class PagePictures:
    """Pages of the library's documents, drawn in reader processes. Safe to use from several threads."""

    def __init__(self, library: Library, readers: ReaderPool, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._store = library.store
        self._originals = library.originals
        self._readers = readers
        self._lock = threading.Lock()
        self._kept: LRUCache[_Key, bytes] = LRUCache(cache_bytes, getsizeof=len)
        self._under_way: dict[_Key, Future[bytes]] = {}

    def find_document(self, person: str, document_id: str) -> DocumentCard:
        """A document that the person may see.

        Raises:
            NoPicture: `no_document`, also where it is there and not for this person.
        """
        card = self._store.read_cards([document_id]).get(document_id)
        if card is None or not may_see(person, card):
            self._forget(document_id)
            raise NoPicture("no_document", "This document is not in the library any more. Ask again to see what is.")
        return card

    def find_pages(self, person: str, document_id: str, start: int, end: int) -> tuple[MarkedPage, ...]:
        """The pages that the words at `start` to `end` (code points of the document) stand on, with boxes in percent.

        Empty for a document without pages, and where no page holds them.

        Raises:
            NoPicture: `no_document`.
        """
        self.find_document(person, document_id)
        return mark_pages(self._store.read_pages(document_id), Span(start, end))

    def draw(self, person: str, document_id: str, number: int, width: int = USUAL_WIDTH) -> bytes:
        """Page `number` (1 for the first) as PNG, `width` pixels across: one of `WIDTHS`; a very long page is smaller.

        Raises:
            NoPicture: any of its outcomes.
            ValueError: another width.
        """
        if width not in WIDTHS:
            raise ValueError(f"no width of a picture: {width}")
        card = self.find_document(person, document_id)
        if card.kind != "pdf":
            raise NoPicture("no_pages", f"“{card.title}” has no pages: it is no PDF. Its text can be shown instead.")
        if not 1 <= number <= card.pages:
            raise NoPicture("no_page", f"“{card.title}” has {card.pages} pages and no page {number}.")
        return self._draw_once((document_id, number, width), lambda: self._draw(card, number, width))

    def read_original(self, person: str, document_id: str) -> tuple[DocumentCard, bytes]:
        """A document and the bytes that it was read from.

        Raises:
            NoPicture: `no_document` or `no_original`.
        """
        card = self.find_document(person, document_id)
        return card, self._read_bytes(card)

    def _draw_once(self, key: _Key, draw: Callable[[], bytes]) -> bytes:
        """What is kept, or is being drawn for somebody else, or is drawn now. Failures are not kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                return kept
            other = self._under_way.get(key)
            if other is None:
                mine = self._under_way[key] = Future[bytes]()
        if other is not None:
            return other.result()
        try:
            picture = draw()
        except BaseException as error:
            with self._lock:
                del self._under_way[key]
            mine.set_exception(error)
            raise
        with self._lock:
            if len(picture) <= self._kept.maxsize:
                self._kept[key] = picture
            del self._under_way[key]
        mine.set_result(picture)
        return picture

    def _draw(self, card: DocumentCard, number: int, width: int) -> bytes:
        page = next((page for page in self._store.read_pages(card.id) if page.number == number), None)
        if page is None or page.width <= 0:
            raise NoPicture(
                "broken", f"Page {number} of “{card.title}” cannot be drawn. Its text can be shown instead."
            )
        data = self._read_bytes(card)
        try:
            return self._readers.render(data, number, width / page.width)
        except UnreadableFile as error:
            slow = error.outcome == "too_slow"
            what = "took too long to draw" if slow else "cannot be drawn"
            raise NoPicture(
                "too_slow" if slow else "broken",
                f"Page {number} of “{card.title}” {what}. Its text can be shown instead.",
            ) from error

    def _read_bytes(self, card: DocumentCard) -> bytes:
        data = self._originals.read(card.id)
        if data is None:
            raise NoPicture(
                "no_original", f"The file of “{card.title}” is not in the data folder any more. Add the document again."
            )
        return data

    def _forget(self, document_id: str) -> None:
        """What was drawn of a document that is gone goes with it."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == document_id]:
                del self._kept[key]
