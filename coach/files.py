"""Which files could be documents: paths as a person names them in, every file to look at out."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from coach.errors import CoachError
from coach.metadata import SUFFIX

PRACTICES_FOLDER = "practices"
_PRACTICE_ENDINGS = {".yaml", ".yml"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Every file that could be a document, in order.

    Folders are searched through; hidden files, metadata files, `README*` and `practices/` are never documents.

    Raises:
        CoachError: a path is not there, or names a file that is never a document.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(one for one in _walk(path) if not _is_practice_file(one)))
        elif _is_practice_file(path) and path.is_file():
            continue
        elif path.is_file() and not is_document(path.name):
            raise CoachError(f"{path.name} is never a document: it says something about documents, or is hidden.")
        elif path.is_file():
            found[path] = None
        else:
            raise CoachError(f"There is no file or folder {path}. Check the spelling.")
    return list(found)


def find_practice_files(paths: Sequence[Path]) -> list[Path]:
    """Every file of practices below some paths, in order: `*.yaml` and `*.yml` in a folder called `practices`."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_file() and _is_practice_file(path):
            found[path] = None
        elif path.is_dir():
            found.update(dict.fromkeys(_walk_practices(path)))
    return list(found)


def _walk_practices(root: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = PRACTICES_FOLDER in (root.name, *Path(parent).relative_to(root).parts)
        yield from (Path(parent) / name for name in sorted(names) if inside and _has_practice_ending(name))


def _is_practice_file(path: Path) -> bool:
    return path.parent.name == PRACTICES_FOLDER and _has_practice_ending(path.name)


def _has_practice_ending(name: str) -> bool:
    return Path(name).suffix.lower() in _PRACTICE_ENDINGS and not name.startswith(".")


def fold_name(name: str) -> str:
    """A file's name as names are compared: systems write accents and capitals in ways of their own."""
    return unicodedata.normalize("NFC", name).casefold()


def show_name(path: Path) -> str:
    """A file's name as it can be shown: bytes that are no text become U+FFFD, line ends and controls a space."""
    return _CONTROL.sub(" ", os.fsencode(path.name).decode("utf-8", "replace"))


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != PRACTICES_FOLDER)
        for name in sorted(names):
            if is_document(name):
                yield Path(parent) / name


def _refuse(error: OSError) -> None:
    # A folder that cannot be looked into must not read as one whose documents are gone.
    raise CoachError(f"The folder {error.filename} cannot be looked into ({error.strerror}). Nothing was changed.")


def is_document(name: str) -> bool:
    """Whether a file of this name may be a document: it is not hidden, and says nothing about documents."""
    return not (name.startswith((".", "~$")) or name.endswith(SUFFIX) or name.upper().startswith("README"))


def is_within(path: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(Path(path) == root or root in Path(path).parents for root in roots)
