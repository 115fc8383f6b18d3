"""The folder of files that wait to be taken in: bytes and what is known of them in, the same out after any crash.

Each lies in a folder of its own, `HOME/incoming/<id>`: the bytes, and a small JSON file beside them. A folder is made under
a hidden name and renamed when it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from coach.errors import CoachError
from coach.metadata import clean_metadata, write_whole
from coach.records import Metadata

INCOMING_FOLDER = "incoming"
_BYTES = "document"
_FACTS = "upload.json"
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that was handed over, as far as it must survive a crash."""

    id: str
    person: str
    name: str
    size: int
    document_id: str
    """SHA-256 of the bytes: the id of the document that they may become."""
    metadata: Metadata
    replaces: str | None
    number: int
    """Which in the order of arrival."""
    phase: str = "waiting"
    """`waiting`, or how it ended: `failed` or `stopped`."""
    reason: str = ""


class Incoming:
    """The waiting files of one library."""

    def __init__(self, home: Path) -> None:
        self._folder = home / INCOMING_FOLDER

    def locate(self, parcel_id: str) -> Path:
        """Where the bytes of a parcel are."""
        return self._folder / parcel_id / _BYTES

    def receive(self, parcel_id: str, data: bytes | Path) -> Path:
        """Take bytes over, into a folder that is not yet a parcel; `put` makes it one, `drop` clears it.

        Raises:
            CoachError: they cannot be written here.
        """
        place = self._folder / f".{parcel_id}"
        try:
            place.mkdir(parents=True, mode=0o700)
            target = place / _BYTES
            if isinstance(data, Path):
                _move(data, target)
            else:
                target.write_bytes(data)
            with target.open("rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            self.drop(parcel_id)
            raise CoachError(
                f"The file could not be kept in {self._folder} ({error.strerror}). Free some space and add it again."
            ) from error
        return target

    def put(self, parcel: Parcel) -> None:
        """Keep what is known of a parcel whose bytes were received, from now on or anew.

        Raises:
            CoachError: it cannot be written.
        """
        hidden, place = self._folder / f".{parcel.id}", self._folder / parcel.id
        try:
            write_whole((hidden if hidden.is_dir() else place) / _FACTS, json.dumps(asdict(parcel)))
            if hidden.is_dir():
                hidden.replace(place)
        except OSError as error:
            raise CoachError(
                f"The file could not be kept in {self._folder} ({error.strerror}). Free some space and add it again."
            ) from error

    def drop(self, parcel_id: str) -> None:
        """Clear a parcel, if it is there."""
        for name in (parcel_id, f".{parcel_id}"):
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def list(self) -> tuple[Parcel, ...]:
        """Every whole parcel in the order of arrival. What a crash left unfinished is cleared."""
        found: list[Parcel] = []
        for place in self._iterate_folders():
            parcel = _read(place) if _ID.fullmatch(place.name) else None
            if parcel is not None:
                found.append(parcel)
            else:
                shutil.rmtree(place, ignore_errors=True)
        return tuple(sorted(found, key=lambda parcel: (parcel.number, parcel.id)))

    def _iterate_folders(self) -> Iterator[Path]:
        if self._folder.is_dir():
            for place in list(self._folder.iterdir()):
                if place.is_dir() and _ID.fullmatch(place.name.removeprefix(".")):
                    yield place


def _move(source: Path, target: Path) -> None:
    """A file from wherever it is. Over the border of a file system it is copied first."""
    try:
        source.replace(target)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)
        with contextlib.suppress(OSError):
            source.unlink()


def _read(place: Path) -> Parcel | None:
    """The parcel in a folder, or None where it is none."""
    try:
        values = json.loads((place / _FACTS).read_text("utf-8"))
        stated = values.pop("metadata")
        lists = {key: tuple(stated[key]) for key in ("authors", "called")}
        basis = tuple((words, does) for words, does in stated["basis"])
        parcel = Parcel(metadata=clean_metadata(Metadata(**{**stated, **lists, "basis": basis})), **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    whole = parcel.id == place.name and (place / _BYTES).is_file() and isinstance(parcel.number, int)
    return parcel if whole else None
