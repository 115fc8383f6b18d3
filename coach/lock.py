"""One process at a time writes the library: a folder in, a held lock out, or the name of who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from coach.errors import CoachError, LibraryBusy


@contextmanager
def hold_library(folder: Path, purpose: str) -> Iterator[None]:
    """Own library writes while the block runs. A process that dies lets go of the lock by itself.

    Args:
        folder: the library's folder.
        purpose: the command, as another process will name it.

    Raises:
        LibraryBusy: another process owns them; the message names it.
    """
    holder = folder / "writer.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "writer.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LibraryBusy(_name_holder(holder)) from error
    except OSError as error:
        raise CoachError(
            f"The folder {folder} cannot be written ({error.strerror}). Choose another with --home."
        ) from error
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        facts = {"pid": os.getpid(), "host": socket.gethostname(), "purpose": purpose, "since": now}
        # Only a name for others to read: a full disk must not end the command here.
        with contextlib.suppress(OSError):
            holder.write_text(json.dumps(facts), "utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink()
        lock.release()


def _name_holder(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text("utf-8"))
        who = f"`{facts['purpose']}` (process {facts['pid']} on {facts['host']}, since {facts['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"The library is open for writing in {who}. Wait for it to end, or stop it (Ctrl-C), and run this again."
