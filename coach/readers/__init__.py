"""Reads one file's bytes into text, blocks and pages: (bytes, name) -> Reading. Runs inside a reader process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coach.errors import UnreadableFile
from coach.readers.docx import read_docx
from coach.readers.hidden import report_hidden
from coach.readers.html import read_html
from coach.readers.kinds import recognise_kind
from coach.readers.markdown import read_markdown
from coach.readers.pdf import read_pdf
from coach.readers.plain import read_plain
from coach.records import Reading

LARGEST_TEXT = 20_000_000

READERS: Mapping[str, Callable[[bytes], Reading]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "html": read_html,
    "markdown": read_markdown,
    "text": read_plain,
}


def read(data: bytes, name: str) -> Reading:
    """The file's content, by what its bytes are and not by what its name says.

    Raises:
        UnreadableFile: with one of the outcomes `empty`, `not_supported`, `password`, `no_text`, `broken`, `too_large`.
    """
    if not data.strip():
        raise UnreadableFile("empty", "The file is empty.")
    reading = report_hidden(READERS[recognise_kind(data, name)](data))
    if not reading.text.strip():
        raise UnreadableFile("empty", "The file holds no text.")
    if len(reading.text) > LARGEST_TEXT:
        raise UnreadableFile("too_large", f"The file holds more than {LARGEST_TEXT:,} characters of text. Split it.")
    return reading
