"""Says whether a file that somebody hands over may come in: name and first bytes in, a safe name or the reason out."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from pathlib import PurePath

from coach.errors import UnreadableFile
from coach.files import is_document
from coach.metadata import drop_unshown
from coach.readers.kinds import SUPPORTED, recognise_kind

HEAD = 65_536
"""Bytes of a file that `check_head` wants."""
LONGEST_NAME = 200
"""Bytes of a name: the metadata file beside it has a longer one, and 255 are the most that file systems take."""
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\u200b\ufeff]')
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
_SPACES = re.compile(r"\s+")
_ENDINGS = {
    ".pdf": "pdf",
    ".docx": "docx",
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".txt", ".text", ".md", ".markdown", ".mdown", ".mkd"), "text"),
}
_CALLED = {"pdf": "a PDF", "docx": "a Word file (.docx)", "html": "a web page", "text": "plain text"}
_ZIP = b"PK\x03\x04"
_SIGNATURE = 8  # bytes; no kind of file is told by more at its beginning
_PLAIN = bytes(range(128)) + b"?" * 128


def clean_name(name: str) -> str:
    """A file's name as it may stand in a folder of ours: no folders, controls or reserved names; letters and accents stay.

    Cleaning a clean name changes nothing.

    Raises:
        UnreadableFile: `unreadable`, when nothing of it is left, or files called so are never documents.
    """
    last = re.split(r"[/\\]", drop_unshown(unicodedata.normalize("NFC", name)).rstrip("/\\ "))[-1]
    cleaned = _SPACES.sub(" ", _NOT_IN_NAMES.sub(" ", last))
    cleaned = cleaned.lstrip("-.~$ ").rstrip(". ")
    if not any(sign.isalnum() for sign in PurePath(cleaned).stem):
        raise UnreadableFile("unreadable", "The file has no name that could be shown. Give it one and add it again.")
    reserved = cleaned.split(".")[0].strip().casefold() in _RESERVED
    cleaned = _shorten(f"_{cleaned}" if reserved else cleaned)
    if not is_document(cleaned):
        raise UnreadableFile(
            "unreadable", f"A file called {cleaned} says something about documents and is none itself. Rename it."
        )
    return cleaned


def _shorten(name: str) -> str:
    """A name of so many bytes, with its ending."""
    if len(name.encode("utf-8")) <= LONGEST_NAME:
        return name
    ending = PurePath(name).suffix if len(PurePath(name).suffix.encode("utf-8")) <= 20 else ""
    room = LONGEST_NAME - len(ending.encode("utf-8"))
    stem = name.removesuffix(ending).encode("utf-8")[:room].decode("utf-8", "ignore")
    return stem.rstrip(". ") + ending


def check_head(head: bytes, name: str) -> None:
    """Refuse at once what its first bytes show to be no document, or another kind than its name says.

    Args:
        head: the first `HEAD` bytes of the file.
        name: as `clean_name` leaves it.

    Raises:
        UnreadableFile: `empty` or `not_supported`.
    """
    if not head.strip() and len(head) < HEAD:
        raise UnreadableFile("empty", "The file is empty.")
    if head.startswith(_ZIP):
        check_kind("docx", name)  # what is in the archive, its reader will see
    elif not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        check_kind(recognise_kind(_end_with_whole_sign(head), name), name)


def _end_with_whole_sign(head: bytes) -> bytes:
    """What tells the kind of a file that goes on: a sign that was cut through at the end is not to be taken for no text."""
    if len(head) < HEAD:
        return head
    for cut in range(4):
        with contextlib.suppress(UnicodeDecodeError):
            head[: len(head) - cut].decode("utf-8")
            return head[: len(head) - cut]
    # Of another encoding or no text: what the file begins with says enough here, and its reader sees the whole.
    return head[:_SIGNATURE] + head[_SIGNATURE:].translate(_PLAIN)


def check_kind(kind: str, name: str) -> None:
    """Refuse a file that is something else than its name says; one whose name says nothing may be anything.

    Args:
        kind: as the readers recognise it.
        name: as `clean_name` leaves it.

    Raises:
        UnreadableFile: `not_supported`.
    """
    said = _ENDINGS.get(PurePath(name).suffix.lower())
    found = "text" if kind == "markdown" else kind
    # A piece of a web page need not begin like one.
    if said is None or said == found or (said, found) == ("html", "text"):
        return
    raise UnreadableFile(
        "not_supported",
        f"The file is called {PurePath(name).suffix}, but it is {_CALLED[found]} and not {_CALLED[said]}. Save it anew as what "
        f"it is to be and add that. Coach reads {SUPPORTED}.",
    )
