"""Tells what a file is by its content: (bytes, name) -> kind; and decodes text: bytes -> str."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import PurePath

import charset_normalizer

from coach.errors import UnreadableFile

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (_OLE, "an old Word, Excel or PowerPoint file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_ZIP_PARTS = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("ppt/presentation.xml", "a PowerPoint file"),
    ("META-INF/container.xml", "an EPUB book"),
    ("content.xml", "an OpenDocument file"),
)
_COMMENT = re.compile(r"\s*(?:<\?xml[^>]*>|<!--)")
_HTML_START = re.compile(r"\s*<(!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.I)
_MARKDOWN_ENDINGS = {".md", ".markdown", ".mdown", ".mkd"}
_ATX_HEADING = re.compile(r"^#{1,6} \S", re.M)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SUPPORTED = "PDF, Word (.docx), HTML, Markdown and plain text"


def recognise_kind(data: bytes, name: str) -> str:
    """`pdf`, `docx`, `html`, `markdown` or `text`.

    Raises:
        UnreadableFile: `not_supported`, naming what the file is where that is known.
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _recognise_zip(data)
    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFile("password", "The Office file needs a password. Save a copy without one and add that.")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise _not_supported(what)
    text = decode(data)
    if _HTML_START.match(_skip_comments(text[:65536])):
        return "html"
    if PurePath(name).suffix.lower() in _MARKDOWN_ENDINGS or len(_ATX_HEADING.findall(text)) >= 2:
        return "markdown"
    return "text"


def decode(data: bytes) -> str:
    """The text of `data`: by its byte order mark, as UTF-8, or by its likeliest encoding. Line ends stay as they are.

    Raises:
        UnreadableFile: `not_supported` when the bytes are no text.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return _require_text(data.decode(encoding))
            except UnicodeDecodeError:
                break
    try:
        return _require_text(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if b"\x00" in data:
        raise _not_supported("no text that Coach can decode")
    guess = charset_normalizer.from_bytes(
        data, cp_isolation=["cp1252", "latin_1", "mac_roman", "cp1250", "cp1251"]
    ).best()
    if guess is None:
        raise _not_supported("no text that Coach can decode")
    return _require_text(data.decode(guess.encoding, errors="replace"))


def _skip_comments(text: str) -> str:
    """What follows the comments and the XML declaration at the beginning. No regex: theirs grew exponentially."""
    while (match := _COMMENT.match(text)) is not None:
        closed = text.find("-->", match.end()) + 3 if match.group().endswith("<!--") else match.end()
        if closed < match.end():
            break
        text = text[closed:]
    return text


def _require_text(text: str) -> str:
    if "\x00" in text or len(_CONTROL.findall(text[:65536])) > len(text[:65536]) // 1000:
        raise _not_supported("no text that Coach can decode")
    return text


def _recognise_zip(data: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(BytesIO(data)).namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile("broken", "The file is a damaged archive. Save it anew and add it again.") from error
    for part, what in _ZIP_PARTS:
        if part in names:
            if what == "docx":
                return what
            raise _not_supported(what)
    raise _not_supported("a ZIP archive")


def _not_supported(what: str) -> UnreadableFile:
    return UnreadableFile("not_supported", f"The file is {what}. Coach reads {SUPPORTED}.")
