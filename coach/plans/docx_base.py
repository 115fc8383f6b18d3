"""What python-docx lacks: our styles in its template, footnotes, links and fields. Values in, parts of a document out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Inches, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from coach.plans.blocks import Note

TEXT_WIDTH = 9360
"""Of the page, in twentieths of a point."""
_FOLDER = Path(__file__).parent
_KEPT = frozenset(
    {
        RELATIONSHIP_TYPE.STYLES,
        RELATIONSHIP_TYPE.SETTINGS,
        RELATIONSHIP_TYPE.NUMBERING,
        RELATIONSHIP_TYPE.THEME,
        RELATIONSHIP_TYPE.OFFICE_DOCUMENT,
        RELATIONSHIP_TYPE.CORE_PROPERTIES,
    }
)


def open_base() -> WordDocument:
    """An empty document on US Letter with our styles, and nothing of the template's but its frame."""
    document = docx.Document()
    part = document.part
    for element, name in (
        (document.styles.element, "docx_styles.xml"),
        (part.numbering_part.element, "docx_numbering.xml"),
        (document.settings.element, "docx_settings.xml"),
    ):
        element[:] = list(parse_xml((_FOLDER / name).read_bytes()))
    # The template brings a thumbnail, styles of old versions and the name of another program.
    for relations in (part.rels, part.package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype not in _KEPT]:
            del relations[key]
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(1)
    section.top_margin, section.bottom_margin = Inches(0.95), Inches(0.85)
    section.header_distance = section.footer_distance = Inches(0.45)
    return document


def tighten(document: WordDocument) -> None:
    """Smaller type and distances, for what has to stand on one page."""
    section = document.sections[0]
    section.top_margin, section.bottom_margin = Inches(0.8), Inches(0.75)
    for name, size, before, after in (
        ("Normal", 10, None, 4),
        ("Title", 18, 0, 0),
        ("Subtitle", 11, None, 5),
        ("Heading 1", 12, 7, 3),
        ("List Bullet", None, None, 2),
        ("List Check", None, None, 2),
        ("Plan Lead", None, 8, 0),
        ("Quote", 10.5, 3, 3),
        ("Plan Source", 8.5, None, 4),
        ("Plan Aside", 9, 6, 0),
    ):
        style = document.styles[name]
        style.font.size = style.font.size if size is None else Pt(size)
        spacing = style.paragraph_format
        spacing.space_before = spacing.space_before if before is None else Pt(before)
        spacing.space_after = Pt(after)


def make_run(text: str, style: str = "") -> Any:
    """A run of text, in the style of an id."""
    run = OxmlElement("w:r")
    if style:
        properties = OxmlElement("w:rPr")
        chosen = OxmlElement("w:rStyle")
        chosen.set(qn("w:val"), style)
        properties.append(chosen)
        run.append(properties)
    words = OxmlElement("w:t")
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    return run


def add_link(parent: Any, part: Part, text: str, address: str) -> None:
    """A link to an address of the web, behind what a paragraph holds."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    link.set(qn("w:history"), "1")
    link.append(make_run(text, "Hyperlink"))
    parent.append(link)


def add_field(paragraph: WordParagraph, instruction: str, shown: str, style: str = "") -> None:
    """A field that Word fills, with what is shown until then."""
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = make_run(shown if kind == "shown" else "", style)
        if kind != "shown":
            run.remove(run[-1])
            mark = OxmlElement("w:instrText" if kind == "instruction" else "w:fldChar")
            if kind == "instruction":
                mark.text = f" {instruction} "
                mark.set(qn("xml:space"), "preserve")
            else:
                mark.set(qn("w:fldCharType"), kind)
            run.append(mark)
        paragraph._p.append(run)


@dataclass(slots=True)
class Footnotes:
    """The notes of a document, each put into it where it is first named; later places point to that one."""

    document: WordDocument
    notes: Mapping[int, Note]
    _part: XmlPart = field(init=False)
    _marked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        # The settings name its separators, so that it is there even where nothing is quoted.
        element = parse_xml((_FOLDER / "docx_footnotes.xml").read_bytes())
        main = self.document.part
        self._part = XmlPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, element, main.package)
        main.relate_to(self._part, RELATIONSHIP_TYPE.FOOTNOTES)

    def mark(self, paragraph: WordParagraph, number: int, *, behind_another: bool = False) -> None:
        """A raised number behind what a paragraph holds."""
        if behind_another:
            paragraph._p.append(make_run(", ", "FootnoteReference"))
        if number in self._marked:
            add_field(paragraph, f"NOTEREF note{number} \\f \\h", str(number), "FootnoteReference")
            return
        self._marked.add(number)
        self._write(self.notes[number])
        begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (begin, end):
            element.set(qn("w:id"), str(number))
        begin.set(qn("w:name"), f"note{number}")
        run = make_run("", "FootnoteReference")
        run.remove(run[-1])
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(number))
        run.append(reference)
        for element in (begin, run, end):
            paragraph._p.append(element)

    def _write(self, note: Note) -> None:
        footnote, paragraph = OxmlElement("w:footnote"), OxmlElement("w:p")
        footnote.set(qn("w:id"), str(note.number))
        properties, style = OxmlElement("w:pPr"), OxmlElement("w:pStyle")
        style.set(qn("w:val"), "FootnoteText")
        properties.append(style)
        paragraph.append(properties)
        own = make_run("", "FootnoteReference")
        own.remove(own[-1])
        own.append(OxmlElement("w:footnoteRef"))
        paragraph.append(own)
        for words in note.words:
            if words.address:
                paragraph.append(make_run(" "))
                add_link(paragraph, self._part, words.text, words.address)
            else:
                paragraph.append(make_run(f" {words.text}"))
        footnote.append(paragraph)
        self._part.element.append(footnote)
