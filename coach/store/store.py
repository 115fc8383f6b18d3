"""The store of record: documents with their passages and vectors in, the same out. One transaction for each change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, text, update

from coach import word_tables
from coach.embedding import Embedder, Vectors
from coach.errors import CoachError, LibraryMismatch
from coach.records import Document, DocumentCard, HiddenText, Page, Passage
from coach.store import tables, vectors
from coach.store.database import open_engine, reading, translate_errors, vacuum, writing
from coach.store.forgetting import clear_forgotten
from coach.store.migrate import migrate
from coach.store.rows import choose_labels, read_cards, read_hidden, read_passage, write_passage
from coach.store.values import advance, write_value
from coach.store.vectors import ModelState, Unembedded

FILE_NAME = "coach.sqlite3"


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What decides whether a file must be read again."""

    id: str
    path: str
    name: str
    made_of: str


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage, with its words in the source."""

    passage: Passage
    text: str


class Store:
    """Everything that is kept, in one SQL database."""

    def __init__(self, folder: Path, *, may_migrate: bool = True) -> None:
        """Open the database of a folder, made now if it is not there.

        Args:
            folder: the library's.
            may_migrate: whether an older schema may be changed; only the process that holds the writer's lock may.

        Raises:
            LibraryMismatch: the schema is newer than this Coach, or older and may not be changed.
            StoreDamaged: the file is no sound database.
            CoachError: the folder cannot be made or written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CoachError(
                f"The folder {folder} cannot be made ({error.strerror}). Choose another with --home."
            ) from error
        self.path = folder / FILE_NAME
        self.engine = open_engine(self.path)
        with translate_errors():
            migrate(self.engine, may_change=may_migrate)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    # --- transactions -------------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with writing(self.engine) as connection:
            yield connection

    # --- the library's state ------------------------------------------------------------------------------------

    def read_generation(self) -> int:
        """A number that grows with every change of the documents."""
        return int(self.read_value("generation") or 0)

    def read_value(self, key: str) -> str | None:
        """A value of the library's own, by name."""
        with self._reading() as connection:
            return connection.execute(select(tables.library.c.value).where(tables.library.c.key == key)).scalar()

    def write_value(self, key: str, value: str) -> None:
        """Keep a value of the library's own."""
        with self._writing() as connection:
            write_value(connection, key, value)

    def read_model(self) -> ModelState | None:
        """The model that the vectors in use were made with; None in a new library."""
        with self._reading() as connection:
            return vectors.read_model(connection)

    def require_model(self, embedder: Embedder) -> None:
        """Refuse an embedder whose vectors cannot be compared with the library's.

        Raises:
            LibraryMismatch: naming both models and the way to change.
        """
        model = self.read_model()
        if model is not None and model.fingerprint != embedder.fingerprint:
            raise LibraryMismatch(
                f"The library was embedded with {model.name} ({model.dimensions} numbers, {model.fingerprint[:8]}), but Coach is "
                f"set to {embedder.name} ({embedder.dimensions} numbers, {embedder.fingerprint[:8]}). Run `coach library rebuild "
                "--embed` to embed the stored text anew, or set COACH_EMBEDDING back."
            )

    # --- documents ----------------------------------------------------------------------------------------------

    def list_states(self) -> tuple[DocumentState, ...]:
        """What is known of each document's file, in the order of the paths."""
        columns = tables.documents.c
        with self._reading() as connection:
            rows = connection.execute(
                select(columns.id, columns.path, columns.name, columns.made_of).order_by(columns.path)
            )
            return tuple(DocumentState(*row) for row in rows)

    def list_documents(self) -> tuple[DocumentCard, ...]:
        """Every document, by name."""
        with self._reading() as connection:
            return tuple(read_cards(connection, None).values())

    def find_document(self, name: str) -> DocumentCard | None:
        """A document by its file name, or by the beginning of its id (six signs at least)."""
        cards = self.list_documents()
        by_name = [card for card in cards if card.name == name]
        by_id = [card for card in cards if len(name) >= 6 and card.id.startswith(name)]
        found = by_name or by_id
        return found[0] if len(found) == 1 else None

    def read_text(self, document_id: str) -> str | None:
        """The text of a document."""
        with self._reading() as connection:
            return connection.execute(
                select(tables.documents.c.text).where(tables.documents.c.id == document_id)
            ).scalar_one_or_none()

    def read_hidden(self, document_id: str) -> tuple[HiddenText, ...]:
        """What was left out of a document because nobody sees it; the first stretches, in order."""
        column = tables.documents.c.hidden
        with self._reading() as connection:
            values = connection.execute(select(column).where(tables.documents.c.id == document_id)).scalar_one_or_none()
        return read_hidden(values or ())

    def read_pages(self, document_id: str) -> tuple[Page, ...]:
        """The pages of a document, in order."""
        columns = tables.pages.c
        with self._reading() as connection:
            rows = connection.execute(
                select(
                    columns.number, columns.label, columns.start, columns.end, columns.width, columns.height, columns.boxes
                ).where(columns.document_id == document_id).order_by(columns.number)
            )  # fmt: skip
            return tuple(Page(*row) for row in rows)

    def put_document(  # noqa: PLR0913 - what a document is made of
        self,
        document: Document,
        passages: Sequence[Passage],
        rows: Vectors,
        embedder: Embedder,
        made_of: str,
        replaces: Collection[str] = (),
    ) -> None:
        """Make a document part of the library, in place of whatever stood at its path and of those with the ids `replaces`.

        Whole or not at all.
        """
        with self._writing() as connection:
            model = vectors.put_model(connection, embedder)
            columns = tables.documents.c
            replaced = connection.execute(
                select(columns.id).where(
                    (columns.path == document.path) | columns.id.in_([document.id, *sorted(replaces)])
                )
            ).scalars()
            for document_id in list(replaced):
                _remove(connection, document_id)
            _insert_document(connection, document, made_of)
            _insert_passages(connection, passages, rows, model)
            advance(connection)

    def remove_document(self, document_id: str) -> None:
        """Take a document out; `purge` then clears its bytes."""
        with self._writing() as connection:
            _remove(connection, document_id)
            advance(connection)

    def move_document(self, document_id: str, path: str, name: str) -> None:
        """Note that a document's file lies elsewhere now."""
        with self._writing() as connection:
            connection.execute(
                update(tables.documents).where(tables.documents.c.id == document_id).values(path=path, name=name)
            )
            advance(connection)

    # --- passages and vectors -----------------------------------------------------------------------------------

    def find_page(self, document_id: str, place: int) -> tuple[int, str | None] | None:
        """Number and label of the page on which a code point of a document's text stands."""
        columns = tables.pages.c
        with self._reading() as connection:
            row = connection.execute(
                select(columns.number, columns.label).where(
                    columns.document_id == document_id, columns.start <= place, columns.end > place
                )
            ).first()
        return (row[0], row[1]) if row else None

    def has_passages(self) -> bool:
        """Whether there is anything to answer from."""
        with self._reading() as connection:
            return connection.execute(select(tables.passages.c.number).limit(1)).first() is not None

    def count_passages(self) -> int:
        """Passages in the library."""
        with self._reading() as connection:
            return int(connection.execute(select(func.count()).select_from(tables.passages)).scalar_one())

    def read_passages(self, ids: Sequence[str]) -> dict[str, StoredPassage]:
        """Passages by id, each with the source text at its offsets."""
        columns = tables.passages.c
        source = func.substr(tables.documents.c.text, columns.start + 1, columns.end - columns.start)
        statement = (
            select(tables.passages, source.label("source"))
            .join(tables.documents, tables.documents.c.id == columns.document_id)
            .where(columns.id.in_(list(ids)))
        )
        with self._reading() as connection:
            return {row.id: StoredPassage(read_passage(row), row.source) for row in connection.execute(statement)}

    def read_cards(self, document_ids: Iterable[str]) -> dict[str, DocumentCard]:
        """Cards of some documents, by id."""
        with self._reading() as connection:
            return read_cards(connection, sorted(set(document_ids)))

    def list_document_passages(self, document_id: str) -> tuple[StoredPassage, ...]:
        """The passages of one document, in order."""
        columns = tables.passages.c
        with self._reading() as connection:
            ids = connection.execute(
                select(columns.id).where(columns.document_id == document_id).order_by(columns.ordinal)
            ).scalars()
            wanted = list(ids)
        found = self.read_passages(wanted)
        return tuple(found[passage_id] for passage_id in wanted if passage_id in found)

    def read_vectors(self, ids: Sequence[str] | None = None) -> tuple[list[str], Vectors]:
        """Passage ids and their vectors, row by row: all in the order they were added, or those of `ids` in any order.

        Returns:
            The ids, and a matrix of shape (ids, dimensions). Passages whose vector is not there are left out.
        """
        with self._reading() as connection:
            return vectors.read_vectors(connection, ids)

    def list_passage_documents(self) -> dict[str, str]:
        """The document of every passage, by passage id, in the order they were added."""
        columns = tables.passages.c
        with self._reading() as connection:
            rows = connection.execute(select(columns.id, columns.document_id).order_by(columns.number))
            return {row[0]: row[1] for row in rows}

    # --- another embedding model --------------------------------------------------------------------------------

    def list_unembedded(self, embedder: Embedder, count: int) -> list[Unembedded]:
        """Up to `count` passages without a vector of this model, with what is embedded of each."""
        with self._reading() as connection:
            return vectors.list_unembedded(connection, embedder, count)

    def put_vectors(self, embedder: Embedder, numbers: Sequence[int], rows: Vectors) -> None:
        """Keep vectors of a model beside those in use."""
        with self._writing() as connection:
            vectors.insert_vectors(connection, vectors.find_or_add_model(connection, embedder), numbers, rows)

    def use_model(self, embedder: Embedder) -> None:
        """Let the vectors of this model be the ones in use, and drop every other model's."""
        with self._writing() as connection:
            vectors.use_model(connection, embedder)
            write_value(connection, "purge", "pending")
            advance(connection)

    # --- care ---------------------------------------------------------------------------------------------------

    def rebuild_words(self) -> None:
        """Make the lexical index anew."""
        with self._writing() as connection:
            word_tables.rebuild(connection)

    def purge(self) -> bool:
        """Clear what was removed from every byte; True when no reader was in the way."""
        if self.read_value("purge") == "pending":
            with self._writing() as connection:
                word_tables.purge(connection)
            if not vacuum(self.engine):
                return False
            self.write_value("purge", "done")
        return clear_forgotten(self.engine)

    def find_fault(self) -> str | None:
        """What is wrong with the database file, or None."""
        with self._reading() as connection:
            result = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        return None if result == "ok" else f"The database is damaged ({result})."


def _remove(connection: Connection, document_id: str) -> None:
    # Passages first and by name: the words of the lexical index go by their trigger, row by row.
    connection.execute(delete(tables.passages).where(tables.passages.c.document_id == document_id))
    connection.execute(delete(tables.documents).where(tables.documents.c.id == document_id))
    write_value(connection, "purge", "pending")


def _insert_document(connection: Connection, document: Document, made_of: str) -> None:
    reading = document.reading
    connection.execute(
        insert(tables.documents).values(
            id=document.id,
            path=document.path,
            name=document.name,
            kind=reading.kind,
            size=document.size,
            text=reading.text,
            metadata=asdict(document.metadata),
            made_of=made_of,
            notes=list(reading.notes),
            hidden=[asdict(one) for one in reading.hidden],
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )
    if reading.pages:
        rows = [{"document_id": document.id, **asdict(page)} for page in reading.pages]
        connection.execute(insert(tables.pages), rows)


def _insert_passages(connection: Connection, passages: Sequence[Passage], embedded: Vectors, model: int) -> None:
    if not passages:
        return
    labels = choose_labels(connection, [passage.id for passage in passages])
    first = int(connection.execute(select(func.coalesce(func.max(tables.passages.c.number), 0))).scalar_one()) + 1
    rows = [write_passage(replace(passage, label=labels[passage.id]), first + i) for i, passage in enumerate(passages)]
    connection.execute(insert(tables.passages), rows)
    vectors.insert_vectors(connection, model, [row["number"] for row in rows], embedded)
