"""What a district knows of a document: NAME.meta.toml beside the file -> Metadata, filled up from the file itself."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

from coach.errors import UnreadableFile
from coach.records import Metadata

SUFFIX = ".meta.toml"
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
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Metadata()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableFile(
            "metadata", f"{path.name} cannot be read: {error}. Mend it; corpus/README.md shows the form."
        ) from error
    unknown = sorted(values.keys() - _FIELDS)
    if unknown:
        raise UnreadableFile(
            "metadata", f"{path.name} has the unknown key {unknown[0]!r}. Known: {', '.join(sorted(_FIELDS))}."
        )
    authors = values.pop("authors", [])
    authors = [authors] if isinstance(authors, str) else authors
    # A TOML date without quotes is a date; written out it is what the person meant.
    texts = {key: str(value) for key, value in values.items() if not isinstance(value, (list, dict))}
    if len(texts) != len(values) or not isinstance(authors, list) or not all(isinstance(name, str) for name in authors):
        raise UnreadableFile("metadata", f"{path.name}: every value is a text in quotes, and authors a list of them.")
    return Metadata(**texts, authors=tuple(authors))


def merge_metadata(stated: Metadata, found: Metadata) -> Metadata:
    """What the district stated, filled up with what the file says of itself."""
    stated_values, found_values = asdict(stated), asdict(found)
    return Metadata(**{key: stated_values[key] or found_values[key] for key in stated_values})


def hash_metadata(metadata: Metadata) -> str:
    """A hash that changes when any field does."""
    return hashlib.sha256(json.dumps(asdict(metadata), sort_keys=True).encode()).hexdigest()
