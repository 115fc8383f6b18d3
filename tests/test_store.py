"""The database of record: changes whole or not at all, migrations, and what a person reads when it is unwell."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

import coach.store.migrations
from coach.errors import CoachError, LibraryMismatch, StoreDamaged
from coach.passages import cut_passages
from coach.readers import read
from coach.records import Document, Metadata
from coach.store import tables
from coach.store.store import FILE_NAME, Store
from tests.fakes import WordEmbedder


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    opened = Store(tmp_path)
    yield opened
    opened.close()


def put(store: Store, words: str, name: str = "a.txt", embedder: WordEmbedder | None = None) -> Document:
    embedder = embedder or WordEmbedder()
    data = words.encode()
    reading = read(data, name)
    document = Document(words[:8].ljust(64, "0"), f"/{name}", name, len(data), reading, Metadata("A title", ("Ada",)))
    passages = cut_passages(document, embedder.count_tokens, embedder.window)
    store.put_document(document, passages, embedder.embed([p.search_text for p in passages]), embedder, "1")
    return document


def test_a_document_comes_back_as_it_went_in(store: Store) -> None:
    document = put(store, "Agree on one focus. Then walk together.")
    (card,) = store.list_documents()
    assert (card.title, card.metadata.authors, card.passages) == ("A title", ("Ada",), 1)
    assert store.read_text(document.id) == document.reading.text
    (stored,) = store.list_document_passages(document.id)
    assert stored.text == document.reading.text[stored.passage.start : stored.passage.end]
    ids, vectors = store.read_vectors()
    assert ids == [stored.passage.id] and vectors.shape == (1, 64)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1)


def test_a_new_version_replaces_the_old_one_in_one_step(store: Store) -> None:
    put(store, "First version of the words.")
    before = store.read_generation()
    second = put(store, "Second version of the words.")
    assert [card.id for card in store.list_documents()] == [second.id]
    assert store.count_passages() == 1 and store.read_generation() == before + 1


def test_a_failure_within_a_change_leaves_everything_as_it_was(store: Store) -> None:
    first = put(store, "First version of the words.")
    reading = read(b"Another document. With words.", "a.txt")
    broken = Document("x" * 64, "/a.txt", "a.txt", 1, reading, Metadata())
    embedder = WordEmbedder()
    passages = cut_passages(broken, embedder.count_tokens, 60)
    with pytest.raises(ValueError, match="shorter"):
        store.put_document(broken, passages, np.zeros((0, 64), dtype=np.float32), embedder, "1")
    assert [card.id for card in store.list_documents()] == [first.id]
    assert store.find_fault() is None


def test_labels_are_short_unique_and_lengthened_where_they_meet(store: Store) -> None:
    embedder = WordEmbedder()
    reading = read(b"One. Two. Three.", "a.txt")
    document = Document("d" * 64, "/a.txt", "a.txt", 1, reading, Metadata())
    (passage,) = cut_passages(document, embedder.count_tokens, 60)
    twins = [replace(passage, id=f"abcdef{number}{'0' * 20}", ordinal=number) for number in range(3)]
    store.put_document(document, twins, embedder.embed(["a", "b", "c"]), embedder, "1")
    labels = [stored.passage.label for stored in store.list_document_passages(document.id)]
    assert len(set(labels)) == 3 and labels[0] == "abcdef"
    assert all(
        stored.passage.id.startswith(stored.passage.label) for stored in store.list_document_passages(document.id)
    )


def test_vectors_of_two_models_are_never_mixed(store: Store) -> None:
    put(store, "Agree on one focus.")
    other = WordEmbedder("other")
    with pytest.raises(LibraryMismatch, match="words.*other.*rebuild"):
        store.require_model(other)
    with pytest.raises(LibraryMismatch):
        put(store, "Another one here.", "b.txt", other)
    assert len(store.list_documents()) == 1


def test_another_model_takes_over_when_all_is_embedded(store: Store) -> None:
    put(store, "Agree on one focus. Then walk.")
    other = WordEmbedder("other", 32)
    waiting = store.list_unembedded(other, 10)
    store.put_vectors(other, [row.number for row in waiting], other.embed([row.search_text for row in waiting]))
    model = store.read_model()
    assert model is not None and model.name == "words", "the old vectors answer until the new are whole"
    store.use_model(other)
    assert store.read_vectors()[1].shape == (1, 32)
    store.require_model(other)


def test_the_migrations_make_the_tables_that_the_code_describes(tmp_path: Path) -> None:
    folder = Path(coach.store.migrations.__file__).parent
    config = Config()
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_current_head() == tables.HEAD
    store = Store(tmp_path)
    made = inspect(store.engine)
    for table in tables.metadata.sorted_tables:
        columns = {column["name"]: str(column["type"]) for column in made.get_columns(table.name)}
        assert columns == {column.name: column.type.compile(store.engine.dialect) for column in table.columns}
        keys = {column for key in made.get_foreign_keys(table.name) for column in key["constrained_columns"]}
        assert keys == {key.parent.name for key in table.foreign_keys}
    people = store.engine.connect().execute(text("SELECT id, roles FROM people")).all()
    assert people == [("local", '["principal", "central_office", "trainer"]')]
    store.close()


def test_a_library_of_a_newer_coach_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(LibraryMismatch, match="newer Coach.*9999"):
        Store(tmp_path)


def test_a_reader_changes_no_schema(tmp_path: Path) -> None:
    Store(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()
    with pytest.raises(LibraryMismatch, match="older Coach"):
        Store(tmp_path, may_migrate=False)


def test_a_damaged_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreDamaged, match="backup"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("PRAGMA query_only=ON")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(CoachError, match="cannot be opened for writing"):
        store.write_value("key", "value")
    store.close()


def count_steps(store: Store, work: Callable[[], object]) -> int:
    """How far SQLite walked for some work, in hundreds of its own steps: no clock, so no noise."""
    steps = 0

    def tick() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store.engine.connect() as connection:
        connection.connection.driver_connection.set_progress_handler(tick, 100)  # type: ignore[union-attr]
    work()
    return steps


def test_a_few_passages_are_fetched_without_walking_through_all(store: Store) -> None:
    embedder = WordEmbedder()
    reading = read(b"One. Two. Three.", "a.txt")
    document = Document("d" * 64, "/a.txt", "a.txt", 1, reading, Metadata())
    (passage,) = cut_passages(document, embedder.count_tokens, 60)
    many = [replace(passage, id=hashlib.sha256(str(number).encode()).hexdigest()) for number in range(3000)]
    store.put_document(document, many, embedder.embed(["word"] * 3000), embedder, "1")
    ids = [one.id for one in many[::500]]
    everything = count_steps(store, store.read_vectors)
    assert everything > 100, "the counter must be able to count"
    assert count_steps(store, lambda: store.read_vectors(ids)) < everything / 20
    assert count_steps(store, lambda: store.read_passages(ids)) < everything / 20
    assert count_steps(store, store.has_passages) <= 1
    found, vectors = store.read_vectors(ids)
    assert sorted(found) == sorted(ids) and vectors.shape == (6, 64)
