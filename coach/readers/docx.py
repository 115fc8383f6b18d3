"""Reads Word documents: bytes -> Reading whose text is the paragraphs, list items and table rows in order."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.oxml.text.run import CT_R
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml.etree import XMLSyntaxError

from coach.errors import UnreadableFile
from coach.readers.docx_look import RunLooks, is_shaded
from coach.readers.furniture import is_navigation
from coach.records import Block, BlockKind, HiddenText, Metadata, Reading, Unseen

_HEADING_STYLE = re.compile(r"heading (\d)", re.I)
_LARGEST_UNPACKED = 300_000_000


def read_docx(data: bytes) -> Reading:
    """Headings come from their styles; headers, footers, comments and what was deleted stay out; hidden text is listed.

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
        taken = _Pieces(RunLooks(document))
        pieces = list(taken.iterate(document))
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
    return Reading("docx", "".join(parts), tuple(blocks), metadata=metadata, hidden=tuple(taken.hidden))


@dataclass(slots=True)
class _Pieces:
    """Takes the seen words of a document piece by piece, and lists those that are not seen."""

    looks: RunLooks
    hidden: list[HiddenText] = field(default_factory=list)

    def iterate(self, document: WordDocument) -> Iterator[tuple[BlockKind, int, str]]:
        """Each paragraph and table row with its kind and level."""
        for item in document.iter_inner_content():
            if isinstance(item, Table):
                yield from ((BlockKind.TABLE, 0, row) for row in self._iterate_rows(item))
            elif words := self._read_paragraph(item, shaded=False).strip():
                kind, level = _kind_of(item)
                yield kind, level, words

    def _iterate_rows(self, table: Table) -> Iterator[str]:
        shaded = is_shaded(table._tbl.tblPr) or _has_shaded_style(table)  # noqa: SLF001 - no public way to shading
        read: dict[object, str] = {}
        for row in table.rows:
            # A merged cell is given once for each column that it spans.
            for cell in row.cells:
                if cell._tc not in read:  # noqa: SLF001
                    read[cell._tc] = self._read_cell(cell, shaded)  # noqa: SLF001
            cells = dict.fromkeys(read[cell._tc] for cell in row.cells)  # noqa: SLF001
            words = " | ".join(cell for cell in cells if cell)
            if words:
                yield words

    def _read_cell(self, cell: _Cell, shaded: bool) -> str:
        shaded = shaded or is_shaded(cell._tc.tcPr)  # noqa: SLF001
        return "\n".join(self._read_paragraph(paragraph, shaded) for paragraph in cell.paragraphs).strip()

    def _read_paragraph(self, paragraph: Paragraph, shaded: bool) -> str:
        shaded = shaded or is_shaded(paragraph._p.pPr)  # noqa: SLF001
        seen: list[str] = []
        unseen: list[tuple[Unseen, list[str]]] = []
        for run in _iterate_runs(paragraph._p):  # noqa: SLF001
            text = run.text
            why = self.looks.find_reason(run, paragraph._p.style, shaded) if text.strip() else None  # noqa: SLF001
            if why is None:
                seen.append(text)
                continue
            if why != "hidden":
                seen.append(" ")  # it takes its room on the page
            if not unseen or unseen[-1][0] != why:
                unseen.append((why, []))
            unseen[-1][1].append(text)
        self.hidden += [HiddenText(None, "".join(words), why) for why, words in unseen]
        return "".join(seen)


def _iterate_runs(paragraph: CT_P) -> Iterator[CT_R]:
    """The runs of a paragraph and of its links."""
    for child in paragraph.inner_content_elements:
        if isinstance(child, CT_R):
            yield child
        else:
            yield from child.r_lst


def _has_shaded_style(table: Table) -> bool:
    """Whether the style of a table may colour some of its cells."""
    style = table.style
    return style is not None and style.element.find(f".//{qn('w:shd')}") is not None


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
