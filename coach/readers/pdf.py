"""Reads PDF: bytes -> Reading. pypdf gives structure, metadata and labels; pypdfium2 the text and each character's box."""

from __future__ import annotations

import logging
import re
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import pypdfium2 as pdfium
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from coach.errors import UnreadableFile
from coach.readers.hidden import name_pages
from coach.readers.pdf_layout import BULLET, LaidOutPage, lay_out, mark_repeated
from coach.readers.pdf_text import Line, read_page
from coach.records import Block, BlockKind, HiddenText, Metadata, Page, Reading

MOST_PAGES = 5000
_LARGEST_SIDE = 3000  # pixels
_COLOURS = 128
_PASSWORD = "The PDF needs a password. Save a copy without one and add that."  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Structure:
    """What pypdf knows of a file; empty where only pdfium can open it."""

    metadata: Metadata = Metadata()
    labels: tuple[str, ...] = ()
    headings: tuple[tuple[int, int, str], ...] = ()
    """(page index, level, title) for each entry of the outline."""
    layered: bool = False
    """Whether parts of pages may be switched off."""


def read_pdf(data: bytes) -> Reading:
    """The text in reading order, with headings from the outline and from type size.

    Raises:
        UnreadableFile: `password`, `no_text` (with the page numbers), `too_large` or `broken`.
    """
    structure = _read_structure(data)
    document = _open(data)
    try:
        count = len(document)
        if count > MOST_PAGES:
            raise UnreadableFile(
                "too_large", f"The PDF has {count:,} pages; Coach reads up to {MOST_PAGES:,}. Split it."
            )
        raw_pages = [read_page(document, index, layered=structure.layered) for index in range(count)]
    finally:
        document.close()
    hidden = tuple(
        HiddenText(index + 1, words, why) for index, page in enumerate(raw_pages) for words, why in page.hidden
    )
    silent = [index + 1 for index, page in enumerate(raw_pages) if not page.text.strip()]
    if len(silent) == count and any(one.text.strip() for one in hidden):
        raise UnreadableFile(
            "no_text", "None of the PDF's text can be seen on its pages. Add a copy whose words a reader sees."
        )
    if len(silent) == count:
        raise UnreadableFile(
            "no_text",
            f"No text layer on {name_pages(silent)}: the PDF holds pictures of text. Run text recognition (OCR) on it first.",
        )
    laid_out = mark_repeated([lay_out(page) for page in raw_pages])
    notes = (f"No text on {name_pages(silent)}.",) if silent else ()
    return replace(_assemble(laid_out, structure, notes), hidden=hidden)


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile("password", _PASSWORD) from error
        raise UnreadableFile("broken", "The PDF is damaged. Open it, save it anew and add it again.") from error


def _read_structure(data: bytes) -> _Structure:
    """pypdf's view. A file that only pdfium can open is still read, without it."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("password", _PASSWORD)
        layered = "/OCProperties" in reader.root_object
        return _Structure(_read_metadata(reader), _read_labels(reader), _read_outline(reader), layered)
    except (
        PyPdfError,
        DependencyError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        AssertionError,
        NotImplementedError,
    ):
        return _Structure()


def _read_metadata(reader: PdfReader) -> Metadata:
    information = reader.metadata
    if information is None:
        return Metadata()
    title = _clean(information.title)
    # Many programs write the name of the file they came from as the title.
    if title and re.search(r"\.(docx?|pdf|indd|qxd|pptx?|tex|dvi)$|^(microsoft word|untitled)\b|^\W*$", title, re.I):
        title = None
    authors = tuple(name.strip() for name in re.split(r"[;,]| and ", _clean(information.author) or "") if name.strip())
    # The day on which the file was made is not the day of publication: a date comes from the district alone.
    return Metadata(title, authors)


def _clean(value: object) -> str | None:
    text = re.sub(r"[\x00-\x1f]+", " ", str(value)).strip() if value else ""
    return text or None


def _read_labels(reader: PdfReader) -> tuple[str, ...]:
    return tuple(reader.page_labels) if "/PageLabels" in reader.root_object else ()


def _read_outline(reader: PdfReader) -> tuple[tuple[int, int, str], ...]:
    found: list[tuple[int, int, str]] = []
    stack: list[tuple[object, int]] = [(entry, 1) for entry in reversed(reader.outline)]
    while stack and len(found) < 5000:
        entry, level = stack.pop()
        if isinstance(entry, list):
            stack.extend((child, level + 1) for child in reversed(entry))
            continue
        number = reader.get_destination_page_number(entry)  # type: ignore[arg-type]
        title = _clean(getattr(entry, "title", None))
        if number is not None and number >= 0 and title:
            found.append((number, level, title))
    return tuple(found)


def _assemble(pages: Sequence[LaidOutPage], structure: _Structure, notes: tuple[str, ...]) -> Reading:
    parts: list[str] = []
    blocks: list[Block] = []
    records: list[Page] = []
    length = 0
    for index, page in enumerate(pages):
        if parts:
            parts.append("\n\n")
            length += 2
        start = length
        boxes = array("H")
        for position, block in enumerate(page.blocks):
            if position:
                parts.append("\n")
                length += 1
                boxes.extend((0, 0, 0, 0))
            block_start = length
            for line in block.lines:
                parts.append(line.text)
                length += len(line.text)
                boxes.extend(line.boxes)
            kind, level = _kind_of(block.kind, block.lines, index, structure)
            # The last line of a block ends with its line end; a block ends with its last word.
            tail = len(block.lines[-1].text) - len(block.lines[-1].text.rstrip())
            if kind is BlockKind.LIST_ITEM and (bullet := BULLET.match(block.lines[0].text)):
                block_start += bullet.end()
            if length - tail > block_start:
                blocks.append(Block(kind, block_start, length - tail, level or block.level))
        label = structure.labels[index] if index < len(structure.labels) else None
        records.append(Page(index + 1, label, start, length, page.width, page.height, pack_boxes(boxes)))
    return Reading("pdf", "".join(parts), tuple(blocks), tuple(records), structure.metadata, notes)


def _kind_of(kind: BlockKind, lines: Sequence[Line], page: int, structure: _Structure) -> tuple[BlockKind, int]:
    if kind is BlockKind.FURNITURE or len(lines) > 3:
        return kind, 0
    words = _fold("".join(line.text for line in lines))
    for number, level, title in structure.headings:
        if (
            number == page
            and words
            and (words == _fold(title) or words.endswith(_fold(title)) and len(words) < len(title) + 12)
        ):
            return BlockKind.HEADING, level
    return kind, 0


def render_page(data: bytes, number: int, scale: float) -> bytes:
    """A picture of page `number` (1 for the first) as PNG of at most 128 colours, `scale` pixels to the point.

    Raises:
        UnreadableFile: `broken`, or the page is not there.
    """
    document = _open(data)
    try:
        if not 1 <= number <= len(document):
            raise UnreadableFile("broken", f"The PDF has no page {number}.")
        page = document[number - 1]
        # A page may claim any size: what is drawn stays within a screen or two.
        scale = min(scale, _LARGEST_SIDE / max(*page.get_size(), 1.0))
        picture = page.render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()
    # Letters need few colours: a quarter of the bytes of full colour, and fewer than WebP takes at the same likeness.
    picture = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    sink = BytesIO()
    picture.save(sink, "PNG")
    return sink.getvalue()


def _fold(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def pack_boxes(boxes: array[int]) -> bytes:
    """Boxes as `Page.boxes` keeps them."""
    if sys.byteorder == "big":
        boxes.byteswap()
    return zlib.compress(boxes.tobytes(), 6)
