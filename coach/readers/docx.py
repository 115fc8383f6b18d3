"""Reads Word documents: bytes -> Reading whose text is the paragraphs, list items and table rows in order."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import XMLSyntaxError

from coach.errors import UnreadableFile
from coach.readers.furniture import is_navigation
from coach.records import Block, BlockKind, Metadata, Reading

_HEADING_STYLE = re.compile(r"heading (\d)", re.I)
_LARGEST_UNPACKED = 300_000_000


def read_docx(data: bytes) -> Reading:
    """Headings come from their styles; headers and footers are parts of their own in the file and stay out.

    Raises:
        UnreadableFile: `password`, `too_large` or `broken`.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_UNPACKED:
            raise UnreadableFile(
                "too_large", "The Word file unpacks to more than 300 MB. Remove pictures and add it again."
            )
        document = docx.Document(BytesIO(data))
        pieces = list(_iterate_pieces(document))
        metadata = _read_metadata(document)
    except (zipfile.BadZipFile, PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise UnreadableFile(
            "broken", "The Word file is damaged. Open it in Word, save it anew and add it again."
        ) from error
    parts: list[str] = []
    blocks: list[Block] = []
    length = 0
    for kind, level, words in pieces:
        if parts:
            tight = kind is BlockKind.LIST_ITEM and blocks[-1].kind is kind
            parts.append("\n" if tight else "\n\n")
            length += len(parts[-1])
        parts.append(words)
        blocks.append(Block(BlockKind.FURNITURE if is_navigation(words) else kind, length, length + len(words), level))
        length += len(words)
    return Reading("docx", "".join(parts), tuple(blocks), metadata=metadata)


def _iterate_pieces(document: WordDocument) -> Iterator[tuple[BlockKind, int, str]]:
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            yield from ((BlockKind.TABLE, 0, row) for row in _iterate_rows(item))
        elif item.text.strip():
            kind, level = _kind_of(item)
            yield kind, level, item.text.strip()


def _iterate_rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        # A merged cell is given once for each column that it spans.
        cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
        words = " | ".join(cell for cell in cells if cell)
        if words:
            yield words


def _kind_of(paragraph: Paragraph) -> tuple[BlockKind, int]:
    style = (paragraph.style.name if paragraph.style else None) or ""
    heading = _HEADING_STYLE.match(style)
    if heading:
        return BlockKind.HEADING, int(heading.group(1))
    if style == "Title":
        return BlockKind.HEADING, 1
    properties = paragraph._p.pPr  # noqa: SLF001 - python-docx names no public way to a list's numbering
    if style.lower().startswith("list") or (properties is not None and properties.numPr is not None):
        return BlockKind.LIST_ITEM, 0
    return BlockKind.PARAGRAPH, 0


def _read_metadata(document: WordDocument) -> Metadata:
    properties = document.core_properties
    authors = tuple(name.strip() for name in re.split(r"[;,]", properties.author or "") if name.strip())
    # python-docx's own template names itself as author.
    authors = () if authors == ("python-docx",) else authors
    return Metadata(title=(properties.title or "").strip() or None, authors=authors)
