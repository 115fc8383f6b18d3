"""Takes files from the browser: a POST with the bytes of one file in, an entry in the list of uploads out.

A route of our own and not Gradio's upload: that one keeps every file in a folder that all share and lets a page name any
path in it. Here no path ever comes from the browser; the bytes go into a private folder of the library and from there, under
a name that is made here, into the queue. The browser sees how much of a file is sent.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from coach.errors import CoachError
from coach.making import require_size
from coach.metadata import drop_unshown
from coach.originals import DOCUMENT_ID
from coach.records import Metadata
from coach.uploads import Upload
from coach.web.people import FindPerson

ARRIVING_FOLDER = "arriving"
_AT_ONCE = 4
_SILENT_SECONDS = 60
"""After so long without a byte a file is given up."""
_PIECE = 1_000_000
_LONGEST_HEADER = 4000


class Queue(Protocol):
    """Takes a file over."""

    def submit(
        self, person: str, name: str, data_or_path: bytes | Path, metadata: Metadata | None, replaces: str | None
    ) -> Upload:
        """Let a file wait; it is gone from where it was."""
        ...


class Arrivals:
    """The folder of files that are being sent, and what takes them from there."""

    def __init__(self, uploads: Queue, home: Path, megabytes: int) -> None:
        """Clear what a crash left of files that were being sent.

        Args:
            uploads: takes every file that came whole.
            home: of the library; for the process that owns it.
            megabytes: the largest file.
        """
        self.megabytes = megabytes
        self._uploads = uploads
        self._folder = home / ARRIVING_FOLDER
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(self) -> tuple[Path, int]:
        """A new file of ours: its path and an open descriptor; nobody else may read it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / uuid.uuid4().hex
        return path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)

    def require_size(self, size: int) -> None:
        """Refuse more bytes than one file may have.

        Raises:
            UnreadableFile: `too_large`.
        """
        require_size(size, self.megabytes * 1_000_000)

    def submit(self, person: str, name: str, path: Path, replaces: str | None) -> Upload:
        """Hand a whole file on."""
        return self._uploads.submit(person, name, path, None, replaces)


def build_router(arrivals: Arrivals, find_person: FindPerson) -> APIRouter:
    """The route `POST /library/files`, to be added before the page is mounted.

    The body is the file. The header `x-file-name` holds its name, percent-encoded as UTF-8; `x-replaces` the id of the
    document whose place it takes. Another page cannot send these without being asked for permission, which it does not get.
    Answers with JSON: the entry's `id`, its `phase`, and the `reason` where it was refused.
    """
    router = APIRouter(include_in_schema=False)
    limiter = CapacityLimiter(_AT_ONCE)

    @router.post("/library/files")
    async def receive(request: Request) -> Response:
        """One file."""
        try:
            person = find_person(request)
        except CoachError as error:
            return _refuse(str(error), 401)
        name, replaces = request.headers.get("x-file-name", ""), request.headers.get("x-replaces")
        if not name or len(name) > _LONGEST_HEADER or (replaces is not None and not DOCUMENT_ID.fullmatch(replaces)):
            return _refuse("This is no file from the library page.", 400)
        try:
            arrivals.require_size(_read_length(request))
            async with limiter:
                upload = await _receive(arrivals, request, (person, unquote(name), replaces))
        except CoachError as error:
            return _refuse(f"{drop_unshown(unquote(name))}: {error}", 413)
        except (ClientDisconnect, TimeoutError):
            return _refuse("The file did not come whole.", 408)
        except OSError as error:
            return _refuse(f"The file could not be kept ({error.strerror}). Free some space and add it again.", 507)
        return JSONResponse({"id": upload.id, "phase": upload.phase, "reason": upload.reason}, headers=_HEADERS)

    return router


_HEADERS = {"cache-control": "no-store"}


async def _receive(arrivals: Arrivals, request: Request, sent: tuple[str, str, str | None]) -> Upload:
    """The bytes onto the disk, as they come, then into the queue. Whatever happens, nothing stays where they arrived."""
    person, name, replaces = sent
    path, descriptor = await to_thread.run_sync(arrivals.open)
    try:
        with os.fdopen(descriptor, "wb") as file:
            received = 0
            async for piece in _gather(request.stream()):
                received += len(piece)
                arrivals.require_size(received)
                await to_thread.run_sync(file.write, piece)
        return await to_thread.run_sync(arrivals.submit, person, name, path, replaces)
    finally:
        path.unlink(missing_ok=True)


async def _gather(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces that are worth a step to the disk."""
    held = bytearray()
    try:
        while True:
            with fail_after(_SILENT_SECONDS):
                held += await anext(stream)
            if len(held) >= _PIECE:
                yield bytes(held)
                held.clear()
    except StopAsyncIteration:
        yield bytes(held)


def _read_length(request: Request) -> int:
    """What the browser says that it will send; 0 where it does not say."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0


def _refuse(reason: str, status: int) -> Response:
    return JSONResponse({"reason": reason}, status, headers=_HEADERS)
