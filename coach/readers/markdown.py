"""Reads Markdown: bytes -> Reading whose text is the decoded source, with blocks from markdown-it's line map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from coach.readers.furniture import is_navigation
from coach.readers.hidden import cut_blocks
from coach.readers.kinds import decode
from coach.readers.markdown_hidden import find_holes
from coach.records import Block, BlockKind, HiddenText, Metadata, Reading

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)
_FRONT_VALUE = re.compile(r"^(title|author|authors|date|publisher)[ \t]*:[ \t]*(.+?)[ \t]*$", re.M | re.I)
_MARKER = re.compile(r"[ \t>]*(?:#{1,6}[ \t]+|[-*+][ \t]+|\d{1,9}[.)][ \t]+)*[ \t]*")
_HEADING_TAIL = re.compile(r"(?<![ \t])[ \t]+#+[ \t]*$|\r?\n[ \t]*(=+|-+)[ \t]*$")
_MARKUP = re.compile(
    r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)|\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)|[*`]+|<[^>\n]{1,200}>|(?<!\w)_+|_+(?!\w)"
)
_KINDS = {"fence": BlockKind.CODE, "code_block": BlockKind.CODE, "html_block": BlockKind.FURNITURE}


def read_markdown(data: bytes) -> Reading:
    """Headings, paragraphs, list items, table rows and code, each where it stands in the source, without what is hidden."""
    text = decode(data)
    metadata, body = _read_front_matter(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text[body:])
    starts = _line_starts(text, body)
    holes = find_holes(text, tokens, starts)
    blocks = [Block(BlockKind.FURNITURE, 0, body)] if body else []
    blocks += cut_blocks(_find_blocks(text, tokens, starts), [(hole.start, hole.end) for hole in holes])
    if metadata.title is None:
        heading = next((block for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
        if heading:
            title = strip_markup(text[heading.start : heading.end])
            metadata = Metadata(title, metadata.authors, metadata.date, metadata.publisher)
    hidden = tuple(HiddenText(None, hole.words, hole.why) for hole in holes)
    return Reading("markdown", text, tuple(blocks), metadata=metadata, hidden=hidden)


def strip_markup(text: str) -> str:
    """The words of a line of Markdown without its marks."""
    return _MARKUP.sub(lambda match: match.group(1) or "", text).strip()


def _read_front_matter(text: str) -> tuple[Metadata, int]:
    match = _FRONT_MATTER.match(text)
    if match is None:
        return Metadata(), 0
    values = {key.lower(): value.strip("\"'") for key, value in _FRONT_VALUE.findall(match.group(1))}
    named = values.get("authors") or values.get("author") or ""
    authors = tuple(name.strip(" \"'") for name in named.strip("[]").split(",") if name.strip(" \"'"))
    return Metadata(values.get("title"), authors, values.get("date"), values.get("publisher")), match.end()


def _find_blocks(text: str, tokens: Sequence[Token], starts: Sequence[int]) -> Iterator[Block]:
    for index, token in enumerate(tokens):
        kind = _kind_of(token, tokens[index - 1] if index else None)
        if kind is None or token.map is None:
            continue
        start, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        if kind is BlockKind.HEADING:
            yield _trim(text, start, end, kind, int(token.tag[1:]))
        elif is_navigation(text[start:end]):
            yield Block(BlockKind.FURNITURE, start, end)
        else:
            block = _trim(text, start, end, kind)
            if block.end > block.start:
                yield block


def _kind_of(token: Token, before: Token | None) -> BlockKind | None:
    if token.type == "heading_open":
        return BlockKind.HEADING
    if token.type == "paragraph_open":
        return BlockKind.LIST_ITEM if before and before.type == "list_item_open" else BlockKind.PARAGRAPH
    if token.type == "tr_open":
        return BlockKind.TABLE
    return _KINDS.get(token.type)


def _trim(text: str, start: int, end: int, kind: BlockKind, level: int = 0) -> Block:
    """The block without its leading marks and surrounding space."""
    marker = _MARKER.match(text, start, end)
    if marker and kind in (BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.PARAGRAPH):
        start = marker.end()
    piece = text[start:end].rstrip()
    if kind is BlockKind.HEADING:
        piece = _HEADING_TAIL.sub("", piece)
    return Block(kind, start, start + len(piece), level)


def _line_starts(text: str, body: int) -> list[int]:
    # markdown-it counts \r\n, \r and \n as one line end each.
    ends = (match.end() for match in re.finditer(r"\r\n|\r|\n", text[body:]))
    return [body, *(body + end for end in ends), len(text)]
