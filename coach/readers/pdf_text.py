"""Takes the characters of one PDF page and their boxes from pdfium: (document, page index) -> RawPage of lines."""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from coach.readers.pdf_hidden import Box, Suspect, SuspectWord, address_of, find_suspects, judge_words
from coach.records import Unseen

SOFT_HYPHEN = "\u00ad"
_SCALE = 100  # pdfium maps to whole device units; a hundred to the point loses nothing that can be seen
_LARGEST = 65535


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands on the page. Coordinates are points from the top left corner."""

    text: str
    boxes: array[int]
    """Four numbers for each code point, in tenths of a point."""
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Points from the top of the tallest character to the bottom of the lowest."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class RawPage:
    """The lines of a page in the order of its content stream, and apart from them what nobody sees."""

    width: float
    height: float
    lines: tuple[Line, ...]
    hidden: tuple[tuple[str, Unseen], ...] = ()

    @property
    def text(self) -> str:
        """All lines joined."""
        return "".join(line.text for line in self.lines)


@dataclass(slots=True)
class _Character:
    """One character of a page; `position` is pdfium's."""

    text: str
    box: Box | None
    position: int
    why: Unseen | None = None


def read_page(document: pdfium.PdfDocument, index: int, *, layered: bool = False) -> RawPage:
    """The characters of page `index`. A page that pdfium cannot load has no lines.

    Args:
        document: to read.
        index: of the page, 0 for the first.
        layered: whether the file has layers, which may be switched off.
    """
    try:
        page = document[index]
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        return RawPage(0.0, 0.0, ())
    try:
        width, height = page.get_size()
        characters = list(_iterate_characters(text_page, _Transform(page, width, height)))
        _mark_outside(characters, width, height)
        suspects = find_suspects(page, layered=layered)
        if suspects:
            _mark_unseen(page, text_page, characters, suspects)
        turn = page.get_rotation()

        def lies(position: int) -> bool:
            angle: float = math.degrees(pdfium_c.FPDFText_GetCharAngle(text_page.raw, position)) + turn
            return 45 < angle % 180 < 135

        return RawPage(width, height, *_build(characters, lies))
    finally:
        text_page.close()
        page.close()


def _iterate_characters(text_page: pdfium.PdfTextPage, to_top_left: _Transform) -> Iterator[_Character]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    high_surrogate = 0
    for position in range(text_page.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(text_page.raw, position)
        if 0xD800 <= code < 0xDC00:
            high_surrogate = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00) if high_surrogate else 0xFFFD
        high_surrogate = 0
        character = _normalise(code)
        if not character:
            continue
        found = pdfium_c.FPDFText_GetCharBox(text_page.raw, position, left, right, bottom, top)
        box = to_top_left(left.value, bottom.value, right.value, top.value) if found else None
        placed = box is not None and box[2] > box[0] and not character.isspace()
        yield _Character(character, box if placed else None, position)


def _mark_outside(characters: Sequence[_Character], width: float, height: float) -> None:
    for one in characters:
        if one.box is not None:
            x, y = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
            if not (0 <= x <= width and 0 <= y <= height):
                one.why = "outside"


def _mark_unseen(
    page: pdfium.PdfPage,
    text_page: pdfium.PdfTextPage,
    characters: Sequence[_Character],
    suspects: Mapping[int, Suspect],
) -> None:
    words: list[tuple[Suspect, list[_Character]]] = []
    before: Suspect | None = None
    for one in characters:
        suspect = None
        if one.box is not None and one.why is None:
            raw = pdfium_c.FPDFText_GetTextObject(text_page.raw, one.position)
            suspect = suspects.get(address_of(raw)) if raw else None
        if suspect is not None and suspect is before:
            words[-1][1].append(one)
        elif suspect is not None:
            words.append((suspect, [one]))
        before = suspect
    judged = [SuspectWord(suspect, tuple(one.box for one in word if one.box)) for suspect, word in words]
    if not judged:
        return
    for (_, word), why in zip(words, judge_words(page, judged), strict=True):
        for one in word:
            one.why = why


def _build(
    characters: Sequence[_Character], lies: Callable[[int], bool]
) -> tuple[tuple[Line, ...], tuple[tuple[str, Unseen], ...]]:
    """Lines of what is seen, and stretches of what is not; space and line ends go with the characters before them."""
    builder = _LineBuilder(lies)
    stretches: list[tuple[list[str], Unseen]] = []
    hiding: Unseen | None = None
    for one in characters:
        if one.box is not None:
            if hiding is not None and one.why is None:
                builder.resume(one.box, one.position)
            if one.why is not None and one.why != hiding:
                stretches.append(([], one.why))
            hiding = one.why
        if hiding is None:
            builder.add(one.text, one.box, one.position)
        else:
            stretches[-1][0].append(one.text)
    return builder.finish(), tuple(("".join(words), why) for words, why in stretches)


def _normalise(code: int) -> str:
    if code in (0x02, 0xFFFE):
        return SOFT_HYPHEN  # pdfium's mark for a hyphen that only the line end made
    if code in (0x0D, 0x00) or code > 0x10FFFF:
        return ""
    if code == 0xA0:
        return " "
    character = chr(code)
    return character if character == "\n" or character.isprintable() or code > 0x9F else " "


class _Transform:
    """From page space, whose axes the page may turn and shift, to points from the top left corner as displayed."""

    def __init__(self, page: pdfium.PdfPage, width: float, height: float) -> None:
        device_width, device_height = round(width * _SCALE), round(height * _SCALE)

        def map_point(x: float, y: float) -> tuple[float, float]:
            device_x, device_y = ctypes.c_int(), ctypes.c_int()
            pdfium_c.FPDF_PageToDevice(page.raw, 0, 0, device_width, device_height, 0, x, y, device_x, device_y)
            return device_x.value / _SCALE, device_y.value / _SCALE

        self.origin = map_point(0, 0)
        across, up = map_point(1000, 0), map_point(0, 1000)
        self.across = ((across[0] - self.origin[0]) / 1000, (across[1] - self.origin[1]) / 1000)
        self.up = ((up[0] - self.origin[0]) / 1000, (up[1] - self.origin[1]) / 1000)

    def __call__(self, left: float, bottom: float, right: float, top: float) -> Box:
        first = self._map(left, bottom)
        second = self._map(right, top)
        return min(first[0], second[0]), min(first[1], second[1]), max(first[0], second[0]), max(first[1], second[1])

    def _map(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.origin[0] + x * self.across[0] + y * self.up[0],
            self.origin[1] + x * self.across[1] + y * self.up[1],
        )


class _LineBuilder:
    """Collects characters into lines, by pdfium's line ends and by where the characters stand."""

    def __init__(self, lies: Callable[[int], bool]) -> None:
        """Set what tells whether the character at a position lies on its side."""
        self._lies = lies
        self.lines: list[Line] = []
        self._start()

    def _start(self) -> None:
        self.characters: list[str] = []
        self.boxes = array("H")
        self.left = self.top = float("inf")
        self.right = self.bottom = float("-inf")

    def add(self, character: str, box: Box | None, position: int) -> None:
        if box is not None and self._breaks(box, position):
            # pdfium ran two lines together: what stands between them is a line end.
            if self.characters and not self.characters[-1].isspace() and self.characters[-1] != SOFT_HYPHEN:
                self._append("\n", None)
            self._close()
        self._append(character, box)
        if character == "\n":
            self._close()

    def resume(self, box: Box, position: int) -> None:
        """Put the space back that hidden words took with them, where the next seen character stands apart on the line."""
        after_word = bool(self.characters) and not self.characters[-1].isspace() and not self._breaks(box, position)
        if after_word and box[0] > self.right + 0.15 * max(self.bottom - self.top, 1.0):
            self._append(" ", None)

    def _breaks(self, box: Box, position: int) -> bool:
        if self.right == float("-inf"):
            return False
        height = max(self.bottom - self.top, 1.0)
        overlap = min(self.bottom, box[3]) - max(self.top, box[1])
        # A superscript still overlaps its line; a character wholly above or below it, or far to the left, does not belong.
        if overlap >= -0.15 * height and (overlap > 0 or box[0] >= self.right - 2 * height):
            return False
        # A line that lies on its side goes up or down the page; the next one stands beside it.
        beside = min(self.right, box[2]) - max(self.left, box[0])
        return not (self._lies(position) and beside >= -0.15 * (self.right - self.left))

    def _append(self, character: str, box: Box | None) -> None:
        self.characters.append(character)
        if box is None:
            self.boxes.extend((0, 0, 0, 0))
            return
        self.boxes.extend(min(max(round(value * 10), 0), _LARGEST) for value in box)
        self.left, self.top = min(self.left, box[0]), min(self.top, box[1])
        self.right, self.bottom = max(self.right, box[2]), max(self.bottom, box[3])

    def _close(self) -> None:
        if self.right > float("-inf"):
            self.lines.append(Line("".join(self.characters), self.boxes, self.left, self.top, self.right, self.bottom))
            self._start()
        elif self.lines and self.characters:
            # Space without a place belongs to the line before it.
            last = self.lines[-1]
            last.boxes.extend(self.boxes)
            self.lines[-1] = Line(
                last.text + "".join(self.characters), last.boxes, last.left, last.top, last.right, last.bottom
            )
            self._start()
        else:
            self._start()

    def finish(self) -> tuple[Line, ...]:
        self._close()
        return tuple(self.lines)
