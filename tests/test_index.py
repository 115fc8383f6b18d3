"""The seam to dense search: one contract for the exact index and for Chroma, and what damage does."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from coach.errors import IndexDamaged
from coach.index import VectorIndex
from coach.library import Library
from coach.records import Question
from coach.retrieval import Retriever
from tests.conftest import RunIngest
from tests.test_answers import make_assistant


@pytest.fixture
def filled(library: Library, tmp_path: Path, ingest: RunIngest) -> Library:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        words = " ".join(f"word{number}x{place}" for place in range(12))
        (folder / f"{number}.txt").write_text(f"Sentence about {words} and nothing else at all.\n", "utf-8")
    ingest(library, folder)
    return library


def choose(library: Library, kind: str) -> VectorIndex:
    return library.exact if kind == "exact" else library.open_chroma()


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_a_stored_vector_finds_its_passage(filled: Library, kind: str) -> None:
    index = choose(filled, kind)
    ids, vectors = filled.store.read_vectors()
    for passage_id, vector in zip(ids, vectors, strict=True):
        found = index.search(vector, 3)
        assert next(iter(found)) == passage_id
        assert found[passage_id] == pytest.approx(1, abs=1e-4)
        assert list(found.values()) == sorted(found.values(), reverse=True) and len(found) == 3


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_more_than_there_are_gives_all(filled: Library, kind: str) -> None:
    vector = np.eye(64, dtype=np.float32)[5]
    assert len(choose(filled, kind).search(vector, 500)) == 30


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_an_empty_library_gives_nothing(library: Library, kind: str) -> None:
    assert choose(library, kind).search(np.eye(64, dtype=np.float32)[5], 5) == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_a_removed_document_is_found_no_more(filled: Library, kind: str) -> None:
    ids, vectors = filled.store.read_vectors()
    document = filled.store.list_passage_documents()[ids[0]]
    filled.store.remove_document(document)
    filled.settle()
    assert ids[0] not in choose(filled, kind).search(vectors[0], 30)


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_only_the_documents_that_are_named_are_searched(filled: Library, kind: str) -> None:
    index = choose(filled, kind)
    ids, vectors = filled.store.read_vectors()
    owners = filled.store.list_passage_documents()
    chosen = {owners[passage_id] for passage_id in ids[3:6]}
    found = index.search(vectors[0], 10, chosen)
    assert found.keys() == set(ids[3:6])
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert found == pytest.approx({key: index.search(vectors[0], 30)[key] for key in found}, abs=1e-4)
    assert index.search(vectors[0], 1, chosen).keys() == {next(iter(found))}
    assert index.search(vectors[0], 10, []) == index.search(vectors[0], 10, ["not there"]) == {}


def test_both_agree(filled: Library) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        vector = rng.normal(size=64).astype(np.float32)
        vector /= np.linalg.norm(vector)
        exact, chroma = filled.exact.search(vector, 10), filled.open_chroma().search(vector, 10)
        assert list(exact.values()) == pytest.approx(list(chroma.values()), abs=1e-4)


def index_folder(library: Library) -> Path:
    return library.home / "index"


def delete_vectors(library: Library) -> None:
    """What an interrupted copy or a careless clean-up leaves: the folder of the graph is gone."""
    for path in (index_folder(library) / "1").iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def delete_all(library: Library) -> None:
    shutil.rmtree(index_folder(library))


def truncate_database(library: Library) -> None:
    path = index_folder(library) / "1" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[:5000])


def empty_vectors(library: Library) -> None:
    client = library.open_chroma()._passages
    client.delete(ids=client.get(include=[])["ids"][:7])
    library.close()


@pytest.mark.parametrize("damage", [delete_all, truncate_database, empty_vectors])
def test_damage_is_found_served_around_and_mended(filled: Library, damage: object, tmp_path: Path) -> None:
    filled.close()
    damage(filled)  # type: ignore[operator]
    library = Library(filled.home, filled.embedder)
    findings = {finding.part: finding for finding in library.verify()}
    assert not findings["index"].sound and findings["database"].sound
    index, fault = library.choose_index()
    assert index.kind == "exact" and fault
    ids, vectors = library.store.read_vectors()
    assert next(iter(index.search(vectors[3], 1))) == ids[3], "exact search answers meanwhile"
    library.rebuild()
    assert all(finding.sound for finding in library.verify())
    again, fault = library.choose_index()
    assert again.kind == "chroma" and fault is None
    assert next(iter(again.search(vectors[3], 1))) == ids[3]
    library.close()


def test_a_damaged_word_index_is_found_and_mended(filled: Library) -> None:
    with filled.store.engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM passages_words_data WHERE id > 10")
        connection.exec_driver_sql("COMMIT")
    assert not {f.part: f for f in filled.verify()}["words"].sound
    filled.rebuild()
    assert all(finding.sound for finding in filled.verify())
    assert filled.words.search("word3x1", 5, filled.store.read_generation())


@pytest.mark.slow
@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TABLE passages_vocabulary", "DROP TABLE passages_words"],
        ["DROP TABLE passages_words_data"],
        ["DROP TRIGGER passages_words_added"],
        ["DROP TRIGGER passages_spellings_removed"],
        ["DROP TABLE passages_spellings_data"],
        ["DROP TABLE passages_spelled", "DROP TABLE passages_spellings"],
    ],
)
def test_a_deleted_word_index_is_found_and_mended(filled: Library, statements: list[str]) -> None:
    with filled.store.engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("COMMIT")
    question = "Sentence about word3x1 and word3x2"
    answer = make_assistant(filled).ask(question)
    assert any("word3x1" in citation.quote for citation in answer.citations), "meaning alone still finds"
    assert not {f.part: f for f in filled.verify()}["words"].sound
    filled.rebuild()
    assert all(finding.sound for finding in filled.verify())


class BreakingIndex:
    """An index that fails in the middle of serving."""

    kind = "chroma"

    def search(self, vector: object, count: int, documents: object = None) -> dict[str, float]:
        raise IndexDamaged("broken while it served")


def test_search_goes_on_when_the_index_breaks_while_it_serves(filled: Library) -> None:
    retriever = Retriever(filled.store, filled.words, BreakingIndex(), filled.exact, filled.embedder)
    evidence = retriever.search(Question("word7x1 word7x2", "word7x1 word7x2"), 3)
    assert "word7x1" in evidence.hits[0].text
