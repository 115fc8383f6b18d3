"""Where words stand on their page: pages with character boxes, and a span of the text -> what to draw there. Pure."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from sys import byteorder

from coach.records import Page, Span

_TENTH = 10.0
_GAP = 1.5  # line heights: more than the widest word space of justified text, less than what parts two columns
_LOW_GAP = 2.1  # usual characters, where the line so far is of low letters alone
_SHARE = 0.35  # of the lower of both heights: two lines set close overlap less, a superscript and its line more
_TALL = 2.5  # of the usual character: brackets are lower, initials and the signs of sums higher
_SMALL = (
    0.6  # line heights: a quotation mark; what is higher and stands above or below is a line, or half of a fraction
)
_STRAY = 0.4  # line heights: how far above or below its line a quotation mark or a footnote number stands


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Highlight:
    """A rectangle to draw over the picture of a page, in percent of the page's width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page on which words stand, and where. `boxes` is empty where the words have no place on their page."""

    number: int
    label: str | None
    width: float
    """In points, as displayed."""
    height: float
    boxes: tuple[Highlight, ...]


def read_boxes(page: Page) -> array[int]:
    """Four numbers for each code point of the page's text, in tenths of a point; zeros where it has no place."""
    boxes = array("H")
    boxes.frombytes(zlib.decompress(page.boxes))
    if byteorder == "big":
        boxes.byteswap()
    return boxes


def find_boxes(pages: Sequence[Page], span: Span) -> tuple[Box, ...]:
    """One box for each line that the span covers, in reading order; two where a wide gap parts a line."""
    return tuple(box for page in _find_pages(pages, span) for box in _find_on(page, span))


def mark_pages(pages: Sequence[Page], span: Span) -> tuple[MarkedPage, ...]:
    """The pages that words stand on, in order, each with what to draw on it.

    A page with nothing to draw is left out, unless there is nothing to draw on any: the words are then known to stand
    on these pages, and their place is not.
    """
    marked = tuple(_mark(page, _find_on(page, span)) for page in _find_pages(pages, span))
    return tuple(page for page in marked if page.boxes) or marked


def _find_pages(pages: Sequence[Page], span: Span) -> list[Page]:
    return [page for page in pages if page.start < span.end and span.start < page.end]


def _find_on(page: Page, span: Span) -> list[Box]:
    boxes = read_boxes(page)
    first, last = max(span.start, page.start) - page.start, min(span.end, page.end) - page.start
    return _merge(page.number, boxes[4 * first : 4 * last])


def _mark(page: Page, boxes: Sequence[Box]) -> MarkedPage:
    drawn = (_to_percent(page, box) for box in boxes)
    return MarkedPage(
        page.number, page.label, page.width, page.height, tuple(one for one in drawn if one.width > 0 < one.height)
    )


def _to_percent(page: Page, box: Box) -> Highlight:
    # What is cut off by the page's edge is not in its picture.
    left, right = (_share(value, page.width) for value in (box.left, box.right))
    top, bottom = (_share(value, page.height) for value in (box.top, box.bottom))
    return Highlight(left, top, right - left, bottom - top)


def _share(value: float, whole: float) -> float:
    return min(max(100 * value / whole, 0.0), 100.0) if whole > 0 else 0.0


def _merge(number: int, boxes: Sequence[int]) -> list[Box]:
    placed = [boxes[index : index + 4] for index in range(0, len(boxes), 4) if boxes[index + 2] > boxes[index]]
    if _go_down(placed):
        lying = [(top, left, bottom, right) for left, top, right, bottom in placed]
        return [Box(number, one.top, one.left, one.bottom, one.right) for one in _merge_level(number, lying)]
    return _merge_level(number, placed)


def _go_down(placed: Sequence[Sequence[int]]) -> bool:
    """Whether most characters stand above or below the one before them, as in a line that lies on its side."""
    down = [
        abs(box[1] + box[3] - before[1] - before[3]) > abs(box[0] + box[2] - before[0] - before[2])
        for before, box in pairwise(placed)
    ]
    return sum(down) > len(down) / 2


def _merge_level(number: int, placed: Sequence[Sequence[int]]) -> list[Box]:
    usual = median(bottom - top for _, top, _, bottom in placed) if placed else 0
    lines: list[list[int]] = []
    previous: Sequence[int] = ()
    for box in placed:
        # An initial reaches over several lines and would take them all into its box.
        alike = previous and (box[3] - box[1] > _TALL * usual) == (previous[3] - previous[1] > _TALL * usual)
        if alike and _goes_on(lines[-1], previous, box, usual):
            line = lines[-1]
            line[0], line[1] = min(line[0], box[0]), min(line[1], box[1])
            line[2], line[3] = max(line[2], box[2]), max(line[3], box[3])
        else:
            lines.append(list(box))
        previous = box
    return [Box(number, *(value / _TENTH for value in line)) for line in lines]


def _goes_on(line: Sequence[int], previous: Sequence[int], box: Sequence[int], usual: float) -> bool:
    """Whether a character belongs to the line of the characters before it."""
    height = max(line[3] - line[1], 1)
    # From right to left as from left to right, a line goes on where its last character stood.
    jump = max(box[0] - previous[2], previous[0] - box[2])
    if jump > max(_GAP * height, _LOW_GAP * usual):
        return False
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    if overlap > _SHARE * min(height, box[3] - box[1]):
        return True
    small = box[3] - box[1] <= _SMALL * height
    return small and overlap > -_STRAY * height and abs(box[0] - line[2]) <= height
