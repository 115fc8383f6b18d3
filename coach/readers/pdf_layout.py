"""Turns the lines of a PDF page into blocks in reading order, furniture marked: RawPage -> LaidOutPage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from coach.readers.furniture import find_repeated, is_imprint, is_navigation, is_page_number, normalise_line
from coach.readers.pdf_text import Line, RawPage
from coach.records import BlockKind

_EDGE = 0.12  # of the page's height: where headers and footers stand
BULLET = re.compile(r"\s*([•‣▪◦●■–*·]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?:;][”’\")\]]*\s*$")
_WORD = re.compile(r"[^\W\d_]{4,}")
# "Advocacy in Action 447" and "400 BRITISH HUSBANDRY. [Ch. XIX.", but not "1 Introduction".
_NUMBERED_HEADER = re.compile(r"\d{1,4}\s+[^a-z]{4,60}(\[.{1,20}\.?)?|[^\d.!?]{3,60}\s\d{1,4}")


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Lines that belong together."""

    kind: BlockKind
    lines: tuple[Line, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class LaidOutPage:
    """A page in reading order."""

    width: float
    height: float
    blocks: tuple[LineBlock, ...]


def lay_out(page: RawPage) -> LaidOutPage:
    """Group lines into paragraphs, headings and list items, and mark furniture by position and form.

    The order is that of the content stream, which was right on more pages than any sorting by place.
    """
    lines = page.lines
    body = _find_body_height(lines)
    furniture = _find_furniture(lines, page.height, body)
    blocks = tuple(_classify(group, furniture, body) for group in _group(lines, furniture, body))
    return LaidOutPage(page.width, page.height, blocks)


def mark_repeated(pages: Sequence[LaidOutPage]) -> list[LaidOutPage]:
    """Mark as furniture the edge lines that repeat from page to page."""
    if len(pages) < 2:
        return list(pages)
    repeated = find_repeated([[key for _, key in _iterate_edge_lines(page)] for page in pages])
    return [_mark_page(page, repeated) for page in pages] if repeated else list(pages)


def _mark_page(page: LaidOutPage, repeated: frozenset[str]) -> LaidOutPage:
    edge = {id(line) for line, key in _iterate_edge_lines(page) if key in repeated}
    blocks: list[LineBlock] = []
    for block in page.blocks:
        run: list[Line] = []
        for line in block.lines:
            if id(line) in edge:
                if run:
                    blocks.append(replace(block, lines=tuple(run)))
                    run = []
                blocks.append(LineBlock(BlockKind.FURNITURE, (line,)))
            else:
                run.append(line)
        if run:
            blocks.append(replace(block, lines=tuple(run)))
    return replace(page, blocks=tuple(blocks))


def _iterate_edge_lines(page: LaidOutPage) -> Iterator[tuple[Line, str]]:
    """The outermost three lines at each edge, and what they are compared by: a running header is never in the middle.

    Numbers are folded, for page numbers change; but not in headings, for "Chapter 1" and "Chapter 2" are no header.
    """
    placed = [(line, block.kind is BlockKind.HEADING) for block in page.blocks for line in block.lines]
    placed.sort(key=lambda item: item[0].top)
    for position, (line, heading) in enumerate(placed):
        near_top = position < 3 and line.bottom < page.height * 0.2
        near_bottom = position >= len(placed) - 3 and line.top > page.height * 0.8
        if near_top or near_bottom:
            yield line, line.text.strip().casefold() if heading else normalise_line(line.text)


def _find_body_height(lines: Sequence[Line]) -> float:
    """The usual height of a line of running text, long lines counting for more."""
    heights = [line.height for line in lines for _ in range(max(len(line.text) // 20, 0)) if line.height > 0]
    return median(heights) if heights else median([line.height for line in lines] or [10.0])


def _find_furniture(lines: Sequence[Line], height: float, body: float) -> set[int]:
    """Lines (by identity) at the page's edge that have the form of a header or footer, or stand apart from the text."""
    if not lines or height <= 0:
        return set()
    ordered = sorted(lines, key=lambda line: line.top)
    found: set[int] = set()
    for from_bottom in (False, True):
        edge = list(reversed(ordered)) if from_bottom else ordered
        for position, line in enumerate(edge[:8]):
            depth = (height - line.bottom if from_bottom else line.top) / height
            if depth > _EDGE:
                break
            beyond = [other for other in edge[position + 1 :] if not _same_row(other, line)]
            gap = _gap(line, beyond[0]) if beyond else 0.0
            if _reads_as_furniture(line, body) or (len(ordered) >= 8 and _stands_apart(line, gap, body, depth)):
                found.add(id(line))
    return found


def _reads_as_furniture(line: Line, body: float) -> bool:
    text = line.text.strip()
    small = line.height <= body * 1.6
    if is_page_number(text) or is_navigation(text):
        return True
    return small and len(text) <= 130 and (is_imprint(text) or _NUMBERED_HEADER.fullmatch(text) is not None)


def _stands_apart(line: Line, gap: float, body: float, depth: float) -> bool:
    text = line.text.strip()
    short = len(text) <= 90 and not _SENTENCE_END.search(text)
    return short and depth <= 0.09 and gap >= 1.2 * body and line.height <= body * 1.25


def _same_row(one: Line, other: Line) -> bool:
    return min(one.bottom, other.bottom) - max(one.top, other.top) > 0.3 * min(one.height, other.height)


def _gap(one: Line, other: Line) -> float:
    return max(other.top - one.bottom, one.top - other.bottom, 0.0)


def _group(lines: Sequence[Line], furniture: set[int], body: float) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and _starts_block(group, line, furniture, body):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _starts_block(group: Sequence[Line], line: Line, furniture: set[int], body: float) -> bool:
    before = group[-1]
    if id(before) in furniture or id(line) in furniture or BULLET.match(line.text):
        return True
    if _same_row(before, line):
        return False
    below = line.top - before.bottom
    if below < -2 * body or below > 0.9 * body:
        return True
    if abs(line.height - before.height) > 0.35 * body and _looks_larger(line, before, body):
        return True
    # A paragraph ends with a short last line; the next begins indented or after a full stop.
    ended = _SENTENCE_END.search(before.text) is not None
    indented = line.left > before.left + 0.6 * body and len(group) > 1
    return ended and (indented or before.right < line.right - 6 * body)


def _looks_larger(line: Line, before: Line, body: float) -> bool:
    return line.height > 1.3 * body or before.height > 1.3 * body


def _classify(group: Sequence[Line], furniture: set[int], body: float) -> LineBlock:
    lines = tuple(group)
    if any(id(line) in furniture for line in lines):
        return LineBlock(BlockKind.FURNITURE, lines)
    text = "".join(line.text for line in lines).strip()
    if BULLET.match(text):
        return LineBlock(BlockKind.LIST_ITEM, lines)
    height = median(line.height for line in lines)
    worded = _WORD.search(text) is not None
    if worded and height > 1.35 * body and len(text) <= 200 and len(lines) <= 4:
        return LineBlock(BlockKind.HEADING, lines, 1 if height > 1.9 * body else 2)
    return LineBlock(BlockKind.PARAGRAPH, lines)
