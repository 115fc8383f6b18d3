"""Makes documents of files: a file in, a document with its passages and vectors kept in the library out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.embedding import Embedder, Vectors, write_embedded
from coach.errors import UnreadableFile
from coach.files import show_name
from coach.library import Library
from coach.metadata import find_metadata_file, hash_metadata, merge_metadata, read_metadata_file
from coach.passages import PASSAGES_VERSION, cut_passages, iterate_with_before
from coach.readers.versions import READER_VERSION
from coach.reading import Reader
from coach.records import Document, Metadata, Passage

STEP = 384
"""Passages that are embedded together: the more there are, the less is padded."""
STILL_ANSWERS = "The version that was read before still answers."

Report = Callable[[int, int], None]
"""Told before each step how many of how many passages are embedded. What it raises ends the work."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a document can be made of."""

    path: Path
    """Where the library says that it lies."""
    data_hash: str
    metadata: Metadata
    """What the district states of it."""
    made_of: str
    """What the document depends on besides the bytes."""
    lies: Path | None = None
    """Where its bytes are now, if elsewhere."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was read and cut, and is not yet embedded."""

    source: Source
    document: Document
    data: bytes
    passages: tuple[Passage, ...]


def examine_file(path: Path, largest: int) -> Source:
    """What decides whether a file must be read.

    Args:
        path: of the file; its metadata lie beside it.
        largest: bytes that it may have.

    Raises:
        UnreadableFile: `unreadable`, `too_large` or `metadata`.
    """
    if show_name(path) != path.name:
        raise UnreadableFile("unreadable", "The file's name is no valid text. Rename it.")
    try:
        if not path.is_file():
            raise UnreadableFile("unreadable", "This is no ordinary file.")
        require_size(path.stat().st_size, largest)
        data_hash = hash_file(path)
    except OSError as error:
        raise _cannot_open(error) from error
    return describe_source(path, data_hash, read_metadata_file(find_metadata_file(path)))


def require_size(size: int, largest: int) -> None:
    """Refuse a file of more bytes than are read.

    Raises:
        UnreadableFile: `too_large`.
    """
    if size > largest:
        raise UnreadableFile(
            "too_large", f"The file is larger than {largest // 1_000_000} MB. Split it, or raise COACH_FILE_MEGABYTES."
        )


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes: the id of the document that is made of it."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def describe_source(path: Path, data_hash: str, metadata: Metadata, lies: Path | None = None) -> Source:
    """A file whose content and metadata are known."""
    versions = f"{READER_VERSION}.{PASSAGES_VERSION}"
    # The ending counts: it tells Markdown from plain text.
    made_of = f"{versions}:{hash_metadata(metadata)}:{path.suffix.lower()}"
    return Source(path, data_hash, metadata, made_of, lies)


def read_source(source: Source, reader: Reader) -> tuple[bytes, Document]:
    """The bytes of a file and the document that they hold.

    Raises:
        UnreadableFile: it cannot become a document, or is no longer what was examined.
    """
    try:
        data = (source.lies or source.path).read_bytes()
    except OSError as error:
        raise _cannot_open(error) from error
    if hashlib.sha256(data).hexdigest() != source.data_hash:
        raise UnreadableFile("unreadable", "The file changed while it was read. Run it again.")
    reading = reader.read(data, source.name)
    metadata = merge_metadata(source.metadata, reading.metadata)
    return data, Document(source.data_hash, str(source.path), source.name, len(data), reading, metadata)


def cut_draft(source: Source, data: bytes, document: Document, embedder: Embedder) -> Draft:
    """The document with its passages.

    Raises:
        UnreadableFile: `empty`, when there is nothing that could be searched.
    """
    passages = cut_passages(document, embedder.count_tokens, embedder.window)
    if not passages:
        raise UnreadableFile("empty", "The file holds no text that could be searched.")
    return Draft(source, document, data, passages)


def embed_drafts(drafts: Sequence[Draft], embedder: Embedder, report: Report, step: int = 2 * STEP) -> list[Vectors]:
    """The vectors of each document's passages, made together in steps of so many passages, with word before each."""
    texts = [
        write_embedded(embedder, passage.heading, before, passage.search_text)
        for draft in drafts
        for before, passage in iterate_with_before(draft.passages)
    ]
    made: list[Vectors] = []
    for start in range(0, len(texts), step):
        report(start, len(texts))
        made.append(embedder.embed(texts[start : start + step]))
    ends = np.cumsum([len(draft.passages) for draft in drafts])[:-1]
    return np.split(np.concatenate(made), ends)


def keep_draft(library: Library, draft: Draft, vectors: Vectors, replaces: Collection[str] = ()) -> None:
    """Make a document part of the library, and take out those that it replaces, in one transaction."""
    library.originals.put(draft.document.id, draft.data)
    library.store.put_document(
        draft.document, draft.passages, vectors, library.embedder, draft.source.made_of, replaces
    )


def _cannot_open(error: OSError) -> UnreadableFile:
    return UnreadableFile("unreadable", f"The file cannot be opened ({error.strerror}).")
