"""Where words stand on their page: pages with character boxes, and a span of the text -> boxes to draw. Pure."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from sys import byteorder

from coach.records import Page, Span

_TENTH = 10.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def read_boxes(page: Page) -> array[int]:
    """Four numbers for each code point of the page's text, in tenths of a point; zeros where it has no place."""
    boxes = array("H")
    boxes.frombytes(zlib.decompress(page.boxes))
    if byteorder == "big":
        boxes.byteswap()
    return boxes


def find_boxes(pages: Sequence[Page], span: Span) -> tuple[Box, ...]:
    """One box for each line that the span covers, in reading order."""
    found: list[Box] = []
    for page in pages:
        if page.start < span.end and span.start < page.end:
            boxes = read_boxes(page)
            first, last = max(span.start, page.start) - page.start, min(span.end, page.end) - page.start
            found += _merge(page.number, boxes[4 * first : 4 * last])
    return tuple(found)


def _merge(number: int, boxes: array[int]) -> list[Box]:
    lines: list[list[int]] = []
    for index in range(0, len(boxes), 4):
        left, top, right, bottom = boxes[index : index + 4]
        if right <= left:
            continue
        if lines and _same_line(lines[-1], left, top, bottom):
            line = lines[-1]
            line[0], line[1] = min(line[0], left), min(line[1], top)
            line[2], line[3] = max(line[2], right), max(line[3], bottom)
        else:
            lines.append([left, top, right, bottom])
    return [Box(number, *(value / _TENTH for value in line)) for line in lines]


def _same_line(line: Sequence[int], left: int, top: int, bottom: int) -> bool:
    overlap = min(line[3], bottom) - max(line[1], top)
    height = max(line[3] - line[1], 1)
    # Punctuation is lower than letters and a superscript higher; a character far to the left begins another line.
    near = overlap > 0 or (top < line[3] + 0.4 * height and bottom > line[1] - 0.4 * height)
    return near and left > line[0] - height and left < line[2] + 6 * height
