"""Renders a plan's blocks with python-docx: PlanDocument -> the bytes of a .docx."""

from __future__ import annotations

import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

from docx.document import Document as WordDocument
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Twips
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from coach.plans import blocks
from coach.plans.blocks import Block, Cell, Phrase, PlanDocument, Words
from coach.plans.docx_base import TEXT_WIDTH, Footnotes, add_field, add_link, make_run, open_base, tighten

_LAST_ROWS = 3
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_RUN_STYLES = {"strong": "Strong", "aside": "PlanAsideWords"}
_PARAGRAPH_STYLES = {"body": "Normal", "lead": "Plan Lead", "aside": "Plan Aside"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around the blocks."""

    about: str
    author: str
    head: str
    head_handout: str
    foot: str
    page: str
    of: str
    made: datetime
    is_tight: bool
    """Whether all has to stand on one page."""


def write_sheet(arranged: PlanDocument, sheet: Sheet) -> bytes:
    """The blocks as a Word document."""
    document = open_base()
    if sheet.is_tight:
        tighten(document)
    writer = _Writer(document, Footnotes(document, {note.number: note for note in arranged.notes}))
    writer.write_edges(document.sections[0], sheet, sheet.head)
    for block in arranged.blocks:
        writer.write(block)
    if arranged.handout:
        section = document.add_section(WD_SECTION.NEW_PAGE)
        writer.write_edges(section, sheet, sheet.head_handout)
        for block in arranged.handout:
            writer.write(block)
    _describe(document, arranged, sheet)
    return _pack(document)


def _describe(document: WordDocument, arranged: PlanDocument, sheet: Sheet) -> None:
    made = sheet.made.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = document.core_properties
    properties.title = arranged.title.text[:255]
    properties.subject, properties.language = sheet.about, "en-US"
    properties.author = properties.last_modified_by = sheet.author
    properties.comments = properties.keywords = ""
    properties.created = properties.modified = made
    properties.revision = 1


def _pack(document: WordDocument) -> bytes:
    """The document's bytes, with one fixed date for every part, so that the same document has the same bytes."""
    saved, packed = BytesIO(), BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts blocks into a Word document, one after the other."""

    document: WordDocument
    footnotes: Footnotes

    def write_edges(self, section: Section, sheet: Sheet, head: str) -> None:
        section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
        section.header.paragraphs[0].add_run(head)
        foot = section.footer.paragraphs[0]
        foot.add_run(f"{sheet.foot}\t{sheet.page} ")
        add_field(foot, "PAGE", "1")
        foot.add_run(f" {sheet.of} ")
        add_field(foot, "NUMPAGES", "1")

    def write(self, block: Block) -> None:
        match block:
            case blocks.Notice() | blocks.Title() | blocks.Heading() | blocks.Paragraph():
                self._write_text(block)
            case blocks.Items(items, is_checked):
                for item in items:
                    self._add("List Check" if is_checked else "List Bullet", item)
            case blocks.Facts():
                self._write_facts(block)
            case blocks.Quotation():
                self._write_quotation(block)
            case blocks.Table():
                self._write_table(block)
            case blocks.Blanks():
                self._write_blanks(block)

    def _write_text(self, block: blocks.Notice | blocks.Title | blocks.Heading | blocks.Paragraph) -> None:
        match block:
            case blocks.Notice(words):
                self._add("Plan Notice", words)
            case blocks.Title(words, kind):
                self._add("Title", words)
                self._add("Subtitle", kind)
            case blocks.Heading(level, words):
                self._add(f"Heading {level}", words)
            case blocks.Paragraph(words, role):
                self._add(_PARAGRAPH_STYLES[role], words)

    def _add(self, style: str, phrase: Phrase) -> WordParagraph:
        return self._fill(self.document.add_paragraph(style=style), phrase)

    def _fill(self, paragraph: WordParagraph, phrase: Phrase) -> WordParagraph:
        if _runs_from_right(phrase):
            properties: Any = paragraph._p.get_or_add_pPr()
            properties.insert_element_before(OxmlElement("w:bidi"), *_BEHIND_BIDI)
        is_first, was_note = True, False
        for words in phrase:
            if words.text:
                self._write_words(paragraph, words, "" if is_first else " ")
                is_first, was_note = False, False
            if words.note:
                self.footnotes.mark(paragraph, words.note, behind_another=was_note)
                was_note = True
        return paragraph

    def _write_words(self, paragraph: WordParagraph, words: Words, before: str) -> None:
        if words.address:
            if before:
                paragraph._p.append(make_run(before))
            add_link(paragraph._p, self.document.part, words.text, words.address)
        else:
            paragraph._p.append(make_run(before + words.text, _RUN_STYLES.get(words.tone, "")))

    def _write_facts(self, block: blocks.Facts) -> None:
        for name, phrase in block.facts:
            paragraph = self.document.add_paragraph(style="Plan Fact")
            paragraph._p.append(make_run(name.text, "Strong"))
            paragraph.add_run("\t")
            self._fill(paragraph, phrase)

    def _write_quotation(self, block: blocks.Quotation) -> None:
        self._add("Quote", (block.words,))
        if block.source:
            self._add("Plan Source", block.source)

    def _write_blanks(self, block: blocks.Blanks) -> None:
        for blank in block.blanks:
            for line in range(blank.lines):
                paragraph = self.document.add_paragraph(style="Plan Blank")
                if line == 0:
                    paragraph._p.append(make_run(blank.name.text, "Strong"))
                paragraph.add_run("\t\t")

    def _write_table(self, block: blocks.Table) -> None:
        count = len(block.columns)
        table = self.document.add_table(rows=0, cols=count, style="Plan Table")
        table.autofit = False
        _set_up(table, block)
        names: tuple[Cell, ...] = tuple(((column.name,),) for column in block.columns)
        for row in (names, *block.rows, *((block.total,) if block.total else ())):
            self._write_row(table, block, row)
        _mark_first_row(table)
        if block.total:
            _join_empty(table, block)

    def _write_row(self, table: WordTable, block: blocks.Table, row: tuple[Cell, ...]) -> None:
        added: _Row = cast("Any", table).add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for column, cell, written in zip(block.columns, row, added.cells, strict=True):
            written.width = Twips(TEXT_WIDTH * column.share // 100)
            self._write_cell(written, cell, "Plan Cell Number" if column.is_number else "Plan Cell")

    def _write_cell(self, written: _Cell, cell: Cell, style: str) -> None:
        paragraph = written.paragraphs[0]
        paragraph.style = style
        for number, phrase in enumerate(cell):
            if number:
                paragraph = written.add_paragraph(style=style)
            self._fill(paragraph, phrase)


# What may stand behind w:bidi in the properties of a paragraph.
_BEHIND_BIDI = tuple(
    f"w:{name}"
    for name in ("adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "jc", "rPr")
)


def _runs_from_right(phrase: Phrase) -> bool:
    """Whether the first letter is of a script that is written from the right."""
    for words in phrase:
        for character in words.text:
            direction = unicodedata.bidirectional(character)
            if direction in ("L", "R", "AL"):
                return direction != "L"
    return False


def _set_up(table: WordTable, block: blocks.Table) -> None:
    """Widths, what the table holds for whoever does not see it, and which rows are not like the others."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblW")):
        properties.remove(old)
    properties.insert_element_before(_make("w:tblW", w=str(TEXT_WIDTH), type="dxa"), "w:jc", "w:tblLayout", "w:tblLook")
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
    total = bool(block.total)
    properties.append(
        _make(
            "w:tblLook",
            val="0060" if total else "0020",
            firstRow="1",
            lastRow=str(int(total)),
            firstColumn="0",
            lastColumn="0",
            noHBand="1",
            noVBand="1",
        )
    )
    properties.append(_make("w:tblDescription", val=block.about.text))
    for column, grid in zip(block.columns, table._tbl.tblGrid.gridCol_lst, strict=True):
        grid.w = Twips(TEXT_WIDTH * column.share // 100)


def _make(name: str, **values: str) -> Any:
    element = OxmlElement(name)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _mark_first_row(table: WordTable) -> None:
    """The row of names is read out with each cell, stands on every page, and stays with the next row."""
    first = table.rows[0]
    first._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _keep_with_next(first)


def _join_empty(table: WordTable, block: blocks.Table) -> None:
    """In the last row, empty cells join the one before them."""
    filled = max(place for place, cell in enumerate(block.total) if cell)
    cells = table.rows[-1].cells
    if filled < len(cells) - 1:
        cells[filled].merge(cells[-1])
        for paragraph in cells[filled].paragraphs[len(block.total[filled]) :]:
            paragraph._p.getparent().remove(paragraph._p)
    # The total does not stand alone at the head of a page.
    for row in table.rows[-_LAST_ROWS:-1]:
        _keep_with_next(row)


def _keep_with_next(row: _Row) -> None:
    for cell in row.cells:
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_with_next = True
