"""Dense search through Chroma: an index that can be rebuilt from the store at any time, and holds no text.

One process owns the folder. Measured: two processes on one folder lose search results without an error, and a damaged
folder raises none and still counts right; so health is shown by asking for vectors that must be found.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from collections.abc import Collection as Some
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING, Any

import numpy as np

from coach.embedding import Vectors
from coach.errors import IndexDamaged
from coach.store.store import Store

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_BATCH = 2000
_KEY = "index"  # in the store: the generation that the index is level with
_POINTER = "current"
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 100, "max_neighbors": 24}}
_FOUND = 0.999  # a vector's cosine with itself, less what single precision and the graph's own copy cost

Report = Callable[[int, int], None]
"""Told how many of how many passages are done."""


def report_nothing(done: int, total: int) -> None:
    """The report of a caller who does not want one."""
    del done, total


def is_level(store: Store) -> bool:
    """Whether the index followed every change of the documents. Needs no Chroma, so that an idle start is fast."""
    return (store.read_value(_KEY) or "0") == str(store.read_generation())


class ChromaIndex:
    """A collection in the library's folder, `index/<number>`; `index/current` names the one in use."""

    kind = "chroma"

    def __init__(self, folder: Path, store: Store, name: str | None = None) -> None:
        """Open the index in use, or the one called `name`.

        Raises:
            IndexDamaged: Chroma cannot open it.
        """
        self._folder = folder
        self._store = store
        self._client: Any = None
        self._collection: Collection | None = None
        self._asking = 0
        self._asked = Condition()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open(name or _read_pointer(folder))
        except Exception as error:  # noqa: BLE001 - Chroma's core raises whatever a damaged folder makes of it
            raise IndexDamaged(_say_damaged(str(error))) from error

    @classmethod
    def make_anew(cls, folder: Path, store: Store, report: Report = report_nothing) -> ChromaIndex:
        """Make the index beside the old one, which need not even open, and change over when it is whole."""
        new = str(int(_read_pointer(folder)) + 1)
        shutil.rmtree(folder / new, ignore_errors=True)
        index = cls(folder, store, new)
        index.follow(report)
        temporary = folder / f"{_POINTER}.new"
        temporary.write_text(new, "ascii")
        temporary.replace(folder / _POINTER)
        index.remove_leftovers()
        return index

    def _open(self, name: str) -> None:
        import chromadb
        from chromadb.config import Settings

        path = self._folder / name
        path.mkdir(exist_ok=True)
        self._client = chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False))
        self._collection = self._client.get_or_create_collection(
            "passages",
            embedding_function=None,
            configuration=_CONFIGURATION,
        )

    @property
    def _passages(self) -> Collection:
        assert self._collection is not None
        return self._collection

    @contextmanager
    def _ask_open(self) -> Iterator[Collection]:
        """The collection, which stays open for the time of the block.

        Raises:
            IndexDamaged: it was closed, because another has taken its place.
        """
        with self._asked:
            if self._collection is None:
                raise IndexDamaged(_say_damaged("it was closed"))
            collection = self._collection
            self._asking += 1
        try:
            yield collection
        finally:
            with self._asked:
                self._asking -= 1
                self._asked.notify_all()

    def search(self, vector: Vectors, count: int, documents: Some[str] | None = None) -> dict[str, float]:
        """The nearest passages by Chroma's graph.

        Raises:
            IndexDamaged: Chroma cannot answer.
        """
        if documents is not None and not documents:
            return {}  # Chroma takes no empty list
        return dict(self._ask([vector], count, documents)[0])

    def _ask(
        self, vectors: list[Vectors], count: int, documents: Some[str] | None = None
    ) -> list[list[tuple[str, float]]]:
        queries: Any = [np.asarray(vector, dtype=np.float32) for vector in vectors]
        where: Any = None if documents is None else {"document": {"$in": sorted(documents)}}
        try:
            with self._ask_open() as passages:
                result = passages.query(query_embeddings=queries, n_results=count, where=where, include=["distances"])
        except IndexDamaged:
            raise
        except Exception as error:  # noqa: BLE001 - as in __init__
            raise IndexDamaged(_say_damaged(str(error))) from error
        distances = result["distances"] or [[] for _ in vectors]
        return [
            [(found, 1.0 - float(distance)) for found, distance in zip(ids, row, strict=True)]
            for ids, row in zip(result["ids"], distances, strict=True)
        ]

    # --- following the store ------------------------------------------------------------------------------------

    def follow(self, report: Report = report_nothing) -> None:
        """Bring the index level with the store: add what is missing, take out what is gone.

        Raises:
            IndexDamaged: Chroma cannot be written.
        """
        generation = self._store.read_generation()
        wanted = self._store.list_passage_documents()
        try:
            present = set(self._passages.get(include=[])["ids"])
            gone = sorted(present - wanted.keys())
            for start in range(0, len(gone), _BATCH):
                self._passages.delete(ids=gone[start : start + _BATCH])
            missing = [passage_id for passage_id in wanted if passage_id not in present]
            for start in range(0, len(missing), _BATCH):
                self._add(missing[start : start + _BATCH], wanted)
                report(min(start + _BATCH, len(missing)), len(missing))
        except Exception as error:
            if isinstance(error, (OSError, KeyboardInterrupt)):
                raise
            raise IndexDamaged(_say_damaged(str(error))) from error
        self._store.write_value(_KEY, str(generation))

    def _add(self, ids: list[str], documents: dict[str, str]) -> None:
        found, vectors = self._store.read_vectors(ids)
        if found:
            metadatas: Any = [{"document": documents[passage_id]} for passage_id in found]
            self._passages.upsert(ids=found, embeddings=np.array(vectors), metadatas=metadatas)

    def remove_leftovers(self) -> None:
        """Clear folders of earlier indexes that a changeover or a crash left behind."""
        keep = {_read_pointer(self._folder), _POINTER}
        for path in self._folder.iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    # --- health -------------------------------------------------------------------------------------------------

    def find_fault(self, sample: int) -> str | None:
        """Ask for stored vectors that must be found, and compare the sets of ids.

        Args:
            sample: how many passages to ask for; all of them where there are no more.

        Returns:
            What is wrong, or None.
        """
        try:
            wanted = list(self._store.list_passage_documents())
            present = set(self._passages.get(include=[])["ids"])
            if present != set(wanted):
                missing, odd = len(set(wanted) - present), len(present - set(wanted))
                return f"The vector index lacks {missing} passages and has {odd} that are gone."
            # The choice need not be secret, and the same one makes a report repeatable.
            chosen = random.Random(0).sample(wanted, min(sample, len(wanted)))  # noqa: S311
            ids, vectors = self._store.read_vectors(chosen)
            lost = 0
            for start in range(0, len(ids), 100):
                results = self._ask(list(vectors[start : start + 100]), 1)
                lost += sum(1 for result in results if not result or result[0][1] < _FOUND)
        except IndexDamaged as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - as in __init__
            return _say_damaged(str(error))
        return f"The vector index does not find {lost} of {len(ids)} passages that it holds." if lost else None

    def close(self) -> None:
        """Let go of the folder, when those who ask have their answers; who asks later is told that it is closed."""
        with self._asked:
            self._collection = None
            self._asked.wait_for(lambda: self._asking == 0)
        if self._client is not None:
            self._client.close()
        self._client = None


def _read_pointer(folder: Path) -> str:
    pointer = folder / _POINTER
    name = pointer.read_text("ascii").strip() if pointer.is_file() else "1"
    return name if name.isdigit() else "1"


def _say_damaged(detail: str) -> str:
    first = detail.strip().splitlines()[0][:120] if detail.strip() else "no detail"
    return f"The vector index is damaged ({first}). Run `coach library rebuild` to make it anew from the library."
