"""What every test gets: no network, a clean environment, and makers of libraries."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.privacy import silence_libraries

silence_libraries()

from sqlalchemy import insert  # noqa: E402 - the switches come before any library

from coach.ingest import Ingest, IngestReport  # noqa: E402
from coach.library import Library  # noqa: E402
from coach.store import tables  # noqa: E402
from coach.store.database import writing  # noqa: E402
from coach.store.store import Store  # noqa: E402
from tests.fakes import DirectReader, WordEmbedder  # noqa: E402

pytest_plugins = ["tests.browser"]
"""Servers and browsers for the tests of the page."""

ROOT = Path(__file__).parents[1]
OTHER = "principal-of-jefferson"
"""Somebody else, whose things the local person must neither see nor change."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of slow tests alone come first: a process that starts one of them last would be waited for."""
    quick = {item.path for item in items if not item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path in quick)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("COACH_") and name != "COACH_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be connected to; looking up any other name fails the test."""
    connect, lookup = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"the network was used: {address}")
        connect(self, address)

    def guarded_lookup(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost", "", "0.0.0.0"):
            raise AssertionError(f"a name was looked up: {host!r}")
        return lookup(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database with the local person and another."""
    opened = Store(tmp_path / "home")
    with writing(opened.engine) as connection:
        connection.execute(insert(tables.people).values(id=OTHER, name="Other", roles=["principal"], created_at="2026"))
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Library]:
    opened = Library(tmp_path / "home", embedder)
    yield opened
    opened.close()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with two small documents."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "walks.md").write_text(
        "# Learning walks\n\nA learning walk is a short visit to several classrooms. Nobody is rated.\n\n"
        "## Before the walk\n\nAgree on one focus. Tell the teachers why you come.\n",
        "utf-8",
    )
    (folder / "time.txt").write_text(
        "Protecting time\n\nPrincipals who protect two mornings a week visit more lessons.\n\n"
        "Meetings move to the afternoon. The office answers the telephone.\n",
        "utf-8",
    )
    return folder


RunIngest = Callable[..., IngestReport]


@pytest.fixture
def ingest() -> RunIngest:
    """Brings a library level with paths, reading in this process."""

    def run(library: Library, *paths: Path, reader: Any = None, **options: Any) -> IngestReport:
        notify = options.pop("notify", lambda progress: None)
        megabytes = options.pop("file_megabytes", 5)
        job = Ingest(library, reader or DirectReader(), file_megabytes=megabytes, notify=notify)
        return job.run(list(paths), **options)

    return run
