"""Checks that the marked boxes cover a quotation and nothing else: PDFs in, how alike quotation and text under its boxes are out.

    python evals/bench/highlights.py --data FOLDER [--json]   (layout of the development data: pdf/pages/)

Every PDF of a set is read into a library of its own. Quotations are taken as the product takes them: every sentence of
every passage, and the citations of the answers to questions made from the words of such sentences. Their boxes go back
onto the original file: from percent to the coordinates of the file by its crop box and its turn, with arithmetic that
shares nothing with the reader's; there pdfium's `get_text_bounded` says which text touches a box. White space, hyphens
and ligatures are folded on both sides, and the two texts are compared by the share of characters that they have in
common in order (rapidfuzz's `ratio`): what is missing under the boxes and what is too much both lower it.

A box is narrowed by a tenth of a point at each side before its text is taken: places are kept in tenths, and what a box only
grazes is not under it. `missing` and `extra` are the characters of all quotations that are not under their boxes, and those
under the boxes that are not in the quotation, as shares of all that were quoted.

`boxes_with_ink` looks at what a reader sees: the share of the boxes in which something is printed, in the picture of the page.
`files_unread` are files without a text layer, or broken ones: nothing of them is quoted, so nothing is marked.

Exit 1 when there is no set, or when fewer than 50 quotations, or fewer than 97 in 100, are alike to 0.95.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from coach.assembly import build_readers, open_coach, open_library
from coach.ingest import Ingest
from coach.library import Library
from coach.places import Highlight, MarkedPage, mark_pages
from coach.privacy import silence_libraries
from coach.readers.pdf import render_page
from coach.records import DocumentCard, Span
from coach.settings import Settings, read_settings

ALIKE = 0.95
FEWEST = 50
_SCALE = 2.0
_CONTRAST = 30  # of 255
_INSET = 0.1  # points
_QUESTIONS = 2  # for each document
_NOT_COMPARED = re.compile(r"[\s\u00ad\x02\ufffe\-‐‑]+")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words as the product quotes them."""

    document: str
    origin: str
    """`sentence` or `citation`."""
    words: str
    pages: tuple[MarkedPage, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A quotation, the text under its boxes, how alike they are (0 to 1), and characters: common, missing, too many."""

    quotation: Quotation
    found: str
    alike: float
    common: int
    missing: int
    extra: int
    boxes: int
    inked: int
    """Boxes in which something is printed."""


def main() -> int:
    """Measure every set and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    sets = [path.parent for path in sorted(arguments.data.glob("*/pages")) if any(path.rglob("*.pdf"))]
    if not sets:
        sys.stderr.write(f"Nothing to measure: {arguments.data} holds no folder with PDFs in pages/.\n")
        return 1
    silence_libraries()
    results = {folder.name: measure_set(folder) for folder in sets}
    if arguments.json:
        print(json.dumps({"sets": {name: {"product": count(*result)} for name, result in results.items()}}))
    else:
        for name, (found, failed) in results.items():
            print_set(name, found, failed)
    return 0 if all(is_right([one.alike for one in found]) for found, _ in results.values()) else 1


def is_right(alike: Sequence[float]) -> bool:
    """Whether there are enough quotations, and enough of them are covered."""
    return len(alike) >= FEWEST and sum(one >= ALIKE for one in alike) >= 0.97 * len(alike)


def measure_set(folder: Path) -> tuple[list[Compared], list[str]]:
    """Every quotation of a set compared, and the files that could not be read, each with the reason."""
    paths = sorted((folder / "pages").rglob("*.pdf"))
    with tempfile.TemporaryDirectory() as home:
        settings = read_settings({}, Path(home))
        with open_library(settings, "highlights.py") as library, build_readers(settings) as readers:
            ingest = Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=lambda progress: None)
            report = ingest.run(paths)
        failed = [f"{one.name}: {one.message}" for one in report.results if one.change == "failed"]
        quotations = list(take_quotations(settings))
    files = {path.name: path for path in paths}
    painter = Painter(files)
    return [compare(one, files[one.document], painter) for one in quotations], failed


# --- quotations -----------------------------------------------------------------------------------------------------


def take_quotations(settings: Settings) -> Iterator[Quotation]:
    """Every sentence of every document, and the citations of answers to questions made from some."""
    with open_coach(settings) as coach:
        library = coach.library
        for card in library.store.list_documents():
            sentences = list(iterate_sentences(library, card))
            yield from sentences
            for asked in choose(sentences):
                answer = coach.assistant.ask(make_question(asked.words))
                for citation in answer.citations:
                    pages = mark_pages(
                        library.store.read_pages(citation.document_id), Span(citation.start, citation.end)
                    )
                    yield Quotation(citation.document, "citation", citation.quote, pages)


def iterate_sentences(library: Library, card: DocumentCard) -> Iterator[Quotation]:
    """The sentences of a document, span by span."""
    text = library.store.read_text(card.id) or ""
    pages = library.store.read_pages(card.id)
    for stored in library.store.list_document_passages(card.id):
        for sentence in stored.passage.sentences:
            for span in sentence.spans:
                yield Quotation(card.name, "sentence", text[span.start : span.end], mark_pages(pages, span))


def choose(sentences: Sequence[Quotation]) -> list[Quotation]:
    """A few of the sentences that have enough words to be asked about, spread over the document."""
    worded = [one for one in sentences if len(re.findall(r"[^\W\d_]{3,}", one.words)) >= 8]
    return worded[:: max(len(worded) // _QUESTIONS, 1)][:_QUESTIONS]


def make_question(words: str) -> str:
    """A question in the words of a sentence."""
    asked = " ".join(re.findall(r"[^\W\d_]{4,}", words)[:10])
    return f"What does it say about {asked}?"


# --- the way back ---------------------------------------------------------------------------------------------------


class Painter:
    """Pictures of pages as the product draws them, the latest kept."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._latest: tuple[tuple[str, int], Image.Image] | None = None

    def has_ink(self, name: str, marked: MarkedPage, box: Highlight) -> bool:
        """Whether a box of the picture holds anything but its own ground."""
        key = (name, marked.number)
        if self._latest is None or self._latest[0] != key:
            data = render_page(self._files[name].read_bytes(), marked.number, _SCALE)
            self._latest = key, Image.open(BytesIO(data)).convert("L")
        picture = self._latest[1]
        wide, high = picture.size[0] / 100, picture.size[1] / 100
        right, bottom = (box.left + box.width) * wide, (box.top + box.height) * high
        corners = int(box.left * wide), int(box.top * high), math.ceil(right), math.ceil(bottom)
        shades = [shade for shade, count in enumerate(picture.crop(corners).histogram()) if count]
        return shades[-1] - shades[0] >= _CONTRAST


def compare(quotation: Quotation, path: Path, painter: Painter) -> Compared:
    """Take the text under the boxes from the original file, and compare."""
    found = take_text(path, quotation.pages)
    wanted, got = fold(quotation.words), fold(found)
    common = LCSseq.similarity(wanted, got)
    inked = [painter.has_ink(path.name, page, box) for page in quotation.pages for box in page.boxes]
    return Compared(
        quotation,
        found,
        fuzz.ratio(wanted, got) / 100,
        common,
        len(wanted) - common,
        len(got) - common,
        len(inked),
        sum(inked),
    )


def take_text(path: Path, pages: Sequence[MarkedPage]) -> str:
    """The text that pdfium finds under the boxes, box after box."""
    document = pdfium.PdfDocument(path)
    try:
        found: list[str] = []
        for marked in pages:
            page = document[marked.number - 1]
            text_page = page.get_textpage()
            corners = visible_box(page)
            for box in marked.boxes:
                found.append(text_page.get_text_bounded(*to_file(box, corners, page.get_rotation())))
        return "\n".join(found)
    finally:
        document.close()


def visible_box(page: pdfium.PdfPage) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is shown of a page: the crop box as far as it lies in the media box."""
    media, crop = page.get_mediabox(), page.get_cropbox()
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return left, bottom, right, top


def to_file(box: Highlight, visible: tuple[float, float, float, float], turn: int) -> tuple[float, float, float, float]:
    """Left, bottom, right and top in the file's coordinates of a box in percent of the page as displayed."""
    left, bottom, right, top = visible
    wide, high = (right - left, top - bottom) if turn in (0, 180) else (top - bottom, right - left)
    x, y = _narrow(box.left, box.width, wide), _narrow(box.top, box.height, high)
    if turn == 90:  # what was the left edge is on top
        return left + y[0], bottom + x[0], left + y[1], bottom + x[1]
    if turn == 180:
        return right - x[1], bottom + y[0], right - x[0], bottom + y[1]
    if turn == 270:
        return right - y[1], top - x[1], right - y[0], top - x[0]
    return left + x[0], top - y[1], left + x[1], top - y[0]


def _narrow(start: float, length: float, whole: float) -> tuple[float, float]:
    """Both ends in points of a stretch given in percent; a full stop is not narrowed to nothing."""
    inset = min(_INSET, length * whole / 400)
    return start * whole / 100 + inset, (start + length) * whole / 100 - inset


def fold(text: str) -> str:
    """Without white space and hyphens, ligatures taken apart."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", text))


# --- report ---------------------------------------------------------------------------------------------------------


def count(found: Sequence[Compared], failed: Sequence[str]) -> dict[str, float]:
    """The figures of a set."""
    figures: dict[str, float] = {
        "quotes": len(found),
        "citations": sum(one.quotation.origin == "citation" for one in found),
        "documents": len({one.quotation.document for one in found}),
        "files_unread": len(failed),
        "without_place": sum(not any(page.boxes for page in one.quotation.pages) for one in found),
    }
    if found:
        quoted = sum(one.common + one.missing for one in found)
        figures["alike_share"] = sum(one.alike >= ALIKE for one in found) / len(found)
        figures["alike_mean"] = sum(one.alike for one in found) / len(found)
        figures["missing"] = sum(one.missing for one in found) / quoted
        figures["extra"] = sum(one.extra for one in found) / quoted
        figures["boxes_with_ink"] = sum(one.inked for one in found) / max(sum(one.boxes for one in found), 1)
    return figures


def print_set(name: str, found: Sequence[Compared], failed: Sequence[str]) -> None:
    """The figures, the files that were not read, and the worst ten."""
    print(f"\n{name}")
    for figure, value in count(found, failed).items():
        print(f"  {figure:<14} {value}" if isinstance(value, int) else f"  {figure:<14} {value:.4f}")
    for line in failed:
        print(f"  not read       {line}")
    for one in sorted(found, key=lambda one: one.alike)[:10]:
        print(f"  {one.alike:.3f} {one.quotation.document} ({one.quotation.origin})")
        print(f"        quoted {one.quotation.words[:300]!r}\n        found  {one.found[:300]!r}")


if __name__ == "__main__":
    sys.exit(main())
