"""The only place that picks concrete parts: Settings -> Embedder, Library, Assistant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coach.answerability import Answerability, load_answerability
from coach.assistant import Assistant, Workshop
from coach.background import Background
from coach.close_reading import CloseReader
from coach.cross_encoder import CrossEncoder, load_cross_encoder
from coach.drafting import ExtractiveComposer
from coach.embedding import Embedder
from coach.embedding.onnx import OnnxEmbedder
from coach.errors import LibraryEmpty
from coach.index import VectorIndex
from coach.jargon import load_jargon
from coach.library import Library
from coach.lock import hold_library
from coach.practices.checking import PracticeShelf
from coach.practices.finding import PracticeFinder, load_parameters
from coach.privacy import silence_libraries
from coach.prompts import load_wording
from coach.reading import ReaderPool
from coach.reading_list import ReadingList, load_reports
from coach.retrieval import Retriever
from coach.settings import DEFAULT_EMBEDDING, Settings
from coach.store.store import FILE_NAME, Store


@dataclass(frozen=True, slots=True)
class OpenCoach:
    """An assistant on an opened library. `fault` says why the vector index is not in use, for an owner."""

    assistant: Assistant
    library: Library
    retriever: Retriever
    fault: str | None = None


def build_embedder(settings: Settings) -> Embedder:
    """The embedding model that the settings name.

    Raises:
        ModelUnavailable: it cannot be loaded.
    """
    # Here too: a program that uses Coach as a library must be as quiet as the command line.
    silence_libraries()
    if settings.embedding == DEFAULT_EMBEDDING:
        return OnnxEmbedder(settings.cache, settings.threads)
    # Imported here because it brings torch, which the default never needs.
    from coach.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedding, settings.cache, settings.threads)


def build_readers(settings: Settings) -> ReaderPool:
    """The reader processes, under the limits of the settings."""
    return ReaderPool(settings.readers, settings.reader_megabytes, settings.file_seconds)


@contextmanager
def open_library(settings: Settings, purpose: str | None = None, *, any_model: bool = False) -> Iterator[Library]:
    """The library, for the time of the block.

    Args:
        settings: where it lies, and the embedding model.
        purpose: the command that will write it; None for a reader, who needs no lock.
        any_model: whether a library of another embedding model may be opened, in order to change it.

    Raises:
        LibraryEmpty: a reader finds no library there.
        LibraryBusy: another process writes it.
        LibraryMismatch: its vectors are of another model, or it is of a newer Coach.
    """
    if purpose is not None:
        with hold_library(settings.home, purpose), _open(settings, any_model, owner=True) as library:
            yield library
        return
    if not (settings.home / FILE_NAME).is_file():
        raise LibraryEmpty(
            f"There is no library in {settings.home} yet. Run `coach ingest FOLDER`, or name another --home."
        )
    with _open(settings, any_model, owner=False) as library:
        yield library


@contextmanager
def open_store(settings: Settings, *, make: bool = False) -> Iterator[Store]:
    """The database alone, for what is no part of the documents: no model is loaded and no lock is needed.

    Args:
        settings: where it lies.
        make: whether it is made where there is none yet.

    Raises:
        LibraryEmpty: there is none, and none is to be made.
        LibraryMismatch: it was made by another version of Coach.
    """
    is_there = (settings.home / FILE_NAME).is_file()
    if not is_there and not make:
        raise LibraryEmpty(
            f"There is no library in {settings.home} yet. Run `coach ingest FOLDER`, or name another --home."
        )
    store = Store(settings.home, may_migrate=not is_there)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _open(settings: Settings, any_model: bool, *, owner: bool) -> Iterator[Library]:
    library = Library(settings.home, build_embedder(settings), owner=owner)
    try:
        if not any_model:
            library.store.require_model(library.embedder)
        yield library
    finally:
        library.close()


def build_workshop(
    library: Library, retriever: Retriever, cross_encoder: CrossEncoder | None, answerability: Answerability
) -> Workshop:
    """Everything that an answer is made with. `answerability` must be that of a cross-encoder which is there, or is not."""
    return Workshop(
        retriever=retriever,
        close_reader=CloseReader(
            library.store, library.words, library.embedder, Background(library.exact, library.embedder), cross_encoder
        ),
        composer=ExtractiveComposer(answerability),
        jargon=load_jargon(),
        reading_list=ReadingList(load_reports(), library.embedder, answerability.near_report),
        wording=load_wording(),
    )


def build_practice_finder(library: Library, background: Background) -> PracticeFinder:
    """What finds practices of a library; `background` may be that of the close reader, whose vectors are then shared."""
    return PracticeFinder(PracticeShelf(library.store), library.embedder, background, load_parameters())


@contextmanager
def open_coach(settings: Settings, purpose: str | None = None) -> Iterator[OpenCoach]:
    """An assistant. An owner (`purpose` given) asks Chroma; a reader searches exactly and leaves Chroma alone.

    Raises:
        CoachError: as `open_library`.
    """
    with open_library(settings, purpose) as library:
        index: VectorIndex = library.exact
        fault: str | None = None
        if purpose is not None:
            index, fault = library.choose_index()
        retriever = Retriever(library.store, library.words, index, library.exact, library.embedder)
        cross_encoder = load_cross_encoder(threads=settings.threads)
        workshop = build_workshop(library, retriever, cross_encoder, load_answerability(cross_encoder is not None))
        assistant = Assistant(library, workshop, settings.digest())
        try:
            yield OpenCoach(assistant, library, retriever, fault)
        finally:
            retriever.close()
