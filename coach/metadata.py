"""What a district knows of a document: NAME.meta.toml beside the file -> Metadata, filled up from the file itself."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

from coach.errors import UnreadableFile
from coach.records import BASES, Basis, Metadata

SUFFIX = ".meta.toml"
_LARGEST_FILE = 100_000
_LONGEST_VALUE = 1000
_MOST_NAMES = 200
# Controls, and the marks that turn the direction of text.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_FIELDS = {field.name for field in fields(Metadata)}


def find_metadata_file(document: Path) -> Path:
    """Where the metadata of a document lies: `report.pdf` -> `report.pdf.meta.toml`."""
    return document.with_name(document.name + SUFFIX)


def read_metadata_file(path: Path) -> Metadata:
    """The metadata in a file; none where there is no file.

    Raises:
        UnreadableFile: `metadata`, when the file is no TOML, has an unknown key or a value of the wrong kind.
    """
    try:
        if not path.is_file():
            return Metadata()
        if path.stat().st_size > _LARGEST_FILE:
            raise UnreadableFile("metadata", f"{path.name} is larger than {_LARGEST_FILE // 1000} kB. Shorten it.")
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return Metadata()  # the document's name leaves no room for such a file beside it
        raise UnreadableFile("metadata", f"{path.name} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else "nested too deeply"
        raise UnreadableFile("metadata", f"{path.name} is no TOML: {said}. Put every value in quotes.") from error
    unknown = sorted(values.keys() - _FIELDS)
    if unknown:
        raise UnreadableFile(
            "metadata", f"{path.name} has the unknown key {unknown[0]!r}. Known: {', '.join(sorted(_FIELDS))}."
        )
    authors, called = (_read_list(values.pop(key, [])) for key in ("authors", "called"))
    basis = _read_basis(path, values.pop("basis", {}))
    # A TOML date without quotes is a date; written out it is what the person meant.
    texts = {key: str(value) for key, value in values.items() if not isinstance(value, (list, dict))}
    if len(texts) != len(values) or authors is None or called is None:
        raise UnreadableFile(
            "metadata", f"{path.name}: every value is a text in quotes; authors and called are lists of them."
        )
    long = next((key for key, value in texts.items() if len(value) > _LONGEST_VALUE), None)
    names = (*authors, *called, *(words for words, _ in basis))
    if long or len(names) > _MOST_NAMES or any(len(name) > _LONGEST_VALUE for name in names):
        raise UnreadableFile(
            "metadata",
            f"{path.name}: {long or 'a list'} is too long. {_LONGEST_VALUE} characters and {_MOST_NAMES} names are the most.",
        )
    return Metadata(**texts, authors=authors, called=called, basis=basis)


def _read_list(value: object) -> tuple[str, ...] | None:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(name, str) for name in values):
        return None
    return tuple(values)


def _read_basis(path: Path, value: object) -> tuple[tuple[str, Basis], ...]:
    """The table `[basis]`: words of a sentence -> what the sentence does."""
    if not isinstance(value, dict) or not all(words.strip() and basis in BASES for words, basis in value.items()):
        raise UnreadableFile(
            "metadata",
            f'{path.name}: [basis] holds lines such as "words of the sentence" = "assumes". Known: {", ".join(BASES)}.',
        )
    return tuple((words, basis) for words, basis in value.items())


def merge_metadata(stated: Metadata, found: Metadata) -> Metadata:
    """What the district stated, filled up with what the file says of itself."""
    names = ("title", "date", "publisher", "address", "evidence", "rights", "note")
    # What a file says of itself may be anything: it is shown on terminals and pages, on one line.
    texts = {name: _show(getattr(stated, name) or getattr(found, name) or "") or None for name in names}
    authors = tuple(_show(name) for name in (stated.authors or found.authors)[:_MOST_NAMES])
    return Metadata(authors=authors, called=stated.called, basis=stated.basis, **texts)


def _show(value: str) -> str:
    return drop_unshown(value)[:_LONGEST_VALUE].strip()


def drop_unshown(value: str) -> str:
    """A text without control characters and marks that turn its direction: a space for each run of them."""
    return _UNSHOWN.sub(" ", value)


def hash_metadata(metadata: Metadata) -> str:
    """A hash that changes when any field does."""
    return hashlib.sha256(json.dumps(asdict(metadata), sort_keys=True).encode()).hexdigest()
