"""What a district knows of a document: NAME.meta.toml beside the file <-> Metadata, filled up from the file itself."""

from __future__ import annotations

import errno
import hashlib
import json
import os
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
_TEXTS = ("title", "date", "publisher", "address", "evidence", "rights", "note")


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
        words = path.read_text("utf-8-sig")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return Metadata()  # the document's name leaves no room for such a file beside it
        raise UnreadableFile("metadata", f"{path.name} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise _no_toml(path.name, error) from error
    return _read_metadata(words, path.name)


def _no_toml(name: str, error: Exception) -> UnreadableFile:
    said = str(error).splitlines()[0][:200] if str(error) else "nested too deeply"
    return UnreadableFile("metadata", f"{name} is no TOML: {said}. Put every value in quotes.")


def _read_metadata(words: str, name: str) -> Metadata:
    """The metadata in the text of a file. `name` stands in what is raised."""
    try:
        values = tomllib.loads(words)
    except (ValueError, RecursionError) as error:
        raise _no_toml(name, error) from error
    unknown = sorted(values.keys() - _FIELDS)
    if unknown:
        raise UnreadableFile(
            "metadata", f"{name} has the unknown key {unknown[0]!r}. Known: {', '.join(sorted(_FIELDS))}."
        )
    authors, called = (_read_list(values.pop(key, [])) for key in ("authors", "called"))
    basis = _read_basis(name, values.pop("basis", {}))
    # A TOML date without quotes is a date; written out it is what the person meant.
    texts = {key: str(value) for key, value in values.items() if not isinstance(value, (list, dict))}
    if len(texts) != len(values) or authors is None or called is None:
        raise UnreadableFile(
            "metadata", f"{name}: every value is a text in quotes; authors and called are lists of them."
        )
    long = next((key for key, value in texts.items() if len(value) > _LONGEST_VALUE), None)
    names = (*authors, *called, *(words for words, _ in basis))
    if long or len(names) > _MOST_NAMES or any(len(one) > _LONGEST_VALUE for one in names):
        raise UnreadableFile(
            "metadata",
            f"{name}: {long or 'a list'} is too long. {_LONGEST_VALUE} characters and {_MOST_NAMES} names are the most.",
        )
    return Metadata(**texts, authors=authors, called=called, basis=basis)


def _read_list(value: object) -> tuple[str, ...] | None:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(name, str) for name in values):
        return None
    return tuple(values)


def _read_basis(name: str, value: object) -> tuple[tuple[str, Basis], ...]:
    """The table `[basis]`: words of a sentence -> what the sentence does."""
    if not isinstance(value, dict) or not all(words.strip() and basis in BASES for words, basis in value.items()):
        raise UnreadableFile(
            "metadata",
            f'{name}: [basis] holds lines such as "words of the sentence" = "assumes". Known: {", ".join(BASES)}.',
        )
    return tuple((words, basis) for words, basis in value.items())


def clean_metadata(metadata: Metadata) -> Metadata:
    """The same without what cannot be shown: each value on one line, none empty, none of a list twice."""
    texts = {key: _clean(getattr(metadata, key)) or None for key in _TEXTS}
    authors, called = (_clean_names(names) for names in (metadata.authors, metadata.called))
    basis = {cleaned: basis for words, basis in metadata.basis if (cleaned := _clean(words))}
    return Metadata(**texts, authors=authors, called=called, basis=tuple(basis.items()))


def _clean(value: str | None) -> str:
    return drop_unshown(value or "").strip()


def _clean_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cleaned for name in names if (cleaned := _clean(name))))


def write_metadata(metadata: Metadata) -> str:
    """The text of a metadata file, from which `read_metadata_file` reads the same again; empty where nothing is stated.

    Args:
        metadata: as `clean_metadata` leaves it.

    Raises:
        UnreadableFile: `metadata`, when a value is too long, or of the wrong kind.
    """
    lines = [f"{key} = {_quote(value)}" for key in _TEXTS if (value := getattr(metadata, key)) is not None]
    for key, names in (("authors", metadata.authors), ("called", metadata.called)):
        if names:
            lines.append(f"{key} = [{', '.join(map(_quote, names))}]")
    if metadata.basis:
        lines += ["", "[basis]", *(f"{_quote(words)} = {_quote(basis)}" for words, basis in metadata.basis)]
    written = "".join(f"{line}\n" for line in lines)
    if len(written.encode("utf-8")) > _LARGEST_FILE:
        raise UnreadableFile(
            "metadata", f"The metadata take more than {_LARGEST_FILE // 1000} kB together. Shorten them."
        )
    if _read_metadata(written, "The metadata") != metadata:
        raise UnreadableFile("metadata", "The metadata hold signs that cannot be written. Type them anew.")
    return written


def write_metadata_file(document: Path, metadata: Metadata) -> None:
    """Write what is stated of a document beside it, whole or not at all; where nothing is stated there is no file.

    Raises:
        UnreadableFile: as `write_metadata`.
        OSError: the file cannot be written.
    """
    path = find_metadata_file(document)
    written = write_metadata(metadata)
    if not written:
        path.unlink(missing_ok=True)
        return
    write_whole(path, written)


def write_whole(path: Path, words: str) -> None:
    """Put a small text on the disk in place of what was there, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _quote(value: str) -> str:
    """A TOML basic string: those of JSON are, but for the delete sign, which TOML wants written out."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def merge_metadata(stated: Metadata, found: Metadata) -> Metadata:
    """What the district stated, filled up with what the file says of itself."""
    # What a file says of itself may be anything: it is shown on terminals and pages, on one line.
    texts = {name: _show(getattr(stated, name) or getattr(found, name) or "") or None for name in _TEXTS}
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
