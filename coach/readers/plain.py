"""Reads plain text: bytes -> Reading whose text is the decoded source, with its blocks found by form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.readers.furniture import is_navigation
from coach.readers.kinds import decode
from coach.records import Block, BlockKind, Metadata, Reading

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_BULLET = re.compile(r"\s*([•‣▪◦●■–*·-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")
_CAPTION = re.compile(r"\s*(figure|fig\.|table|chart|exhibit|box)\s+\d", re.I)
_SENTENCE_END = re.compile(r"[.!?:;,…]['”’\")\]]*\s*$")


def read_plain(data: bytes) -> Reading:
    """Paragraphs are separated by blank lines; a short line of its own without a full stop is a heading."""
    text = decode(data)
    blocks = tuple(_find_blocks(text))
    first = next((block for block in blocks if block.kind is not BlockKind.FURNITURE), None)
    title = text[first.start : first.end].strip() if first and first.kind is BlockKind.HEADING else None
    return Reading("text", text, blocks, metadata=Metadata(title=title))


def _find_blocks(text: str) -> Iterator[Block]:
    headings: set[str] = set()
    for index, lines in enumerate(_group_lines(text)):
        if len(lines) == 1 and is_heading_line(text[slice(*lines[0])], first=index == 0):
            start, end = lines[0]
            headings.add(text[start:end].strip())
            yield Block(BlockKind.HEADING, start, end, 1 if index == 0 else 2)
        else:
            yield from _split_group(text, lines, headings)


def _group_lines(text: str) -> Iterator[list[tuple[int, int]]]:
    group: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        start, end = match.start(), match.start() + len(match.group().rstrip("\r\n"))
        if text[start:end].strip():
            group.append((start, end))
        elif group:
            yield group
            group = []
    if group:
        yield group


def is_heading_line(line: str, *, first: bool) -> bool:
    """Whether a line that stands alone reads as a heading."""
    text = line.strip()
    if not text or _SENTENCE_END.search(text) or is_navigation(text) or _BULLET.match(text) or _CAPTION.match(text):
        return False
    words = text.split()
    if first:
        return len(text) <= 200 and len(words) <= 25
    capital = sum(1 for word in words if word[:1].isupper() or not word[:1].isalpha())
    return (
        len(text) <= 90 and len(words) <= 12 and text[:1].isupper() and (capital >= len(words) / 2 or len(words) <= 6)
    )


def _split_group(text: str, lines: list[tuple[int, int]], headings: set[str]) -> Iterator[Block]:
    """Navigation lines, list items and the paragraphs between them, of one group of lines."""
    start: int | None = None
    end = 0
    kind = BlockKind.PARAGRAPH
    after_navigation = False
    for line_start, line_end in lines:
        line = text[line_start:line_end]
        # What "Click here to download:" leads to is a link's text; where it repeats a heading it says nothing more.
        furniture = is_navigation(line) or (after_navigation and line.strip() in headings)
        bullet = _BULLET.match(line)
        if start is not None and (furniture or bullet):
            yield Block(kind, start, end)
            start = None
        if furniture:
            yield Block(BlockKind.FURNITURE, line_start, line_end)
            after_navigation = True
            continue
        after_navigation = False
        if start is None:
            # The bullet is the page's, the words are the text's.
            start = line_start + (bullet.end() if bullet else 0)
            kind = BlockKind.LIST_ITEM if bullet else BlockKind.PARAGRAPH
        end = line_end
    if start is not None:
        yield Block(kind, start, end)
