"""Reads a saved web page: bytes -> Reading whose text is what the page shows, block by block."""

from __future__ import annotations

import re

import lxml.html
from lxml.etree import ParserError, _Comment, _ProcessingInstruction

from coach.errors import UnreadableFile
from coach.readers.furniture import is_navigation
from coach.readers.kinds import decode
from coach.records import Block, BlockKind, Metadata, Reading

_DROPPED = {"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "button", "select", "input"}
_FURNITURE = {"nav", "footer", "aside", "dialog"}
_FURNITURE_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog"}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "label", "mark", "q", "s",
    "td", "th", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "ins", "del",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_AUTHOR_NAMES = {"author", "dc.creator", "citation_author", "article:author", "dcterms.creator"}
_DATE_NAMES = {"date", "dc.date", "citation_publication_date", "article:published_time", "dcterms.date"}


class _Writer:
    """Gathers inline text into blocks and keeps their places in the growing text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.pending = ""

    def flush(self, kind: BlockKind, level: int) -> None:
        words = _SPACE.sub(" ", self.pending).strip()
        self.pending = ""
        if not words:
            return
        if is_navigation(words):
            kind, level = BlockKind.FURNITURE, 0
        tight = kind is BlockKind.LIST_ITEM and bool(self.blocks) and self.blocks[-1].kind is kind
        if self.parts:
            self.add("\n" if tight else "\n\n")
        start = self.length
        self.add(words)
        self.blocks.append(Block(kind, start, self.length, level))

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def read_html(data: bytes) -> Reading:
    """Navigation, footers and hidden elements are kept as furniture or dropped; scripts never count.

    Raises:
        UnreadableFile: `broken` when no page can be made of the bytes.
    """
    source = re.sub(r"\A\s*<\?xml[^>]*\?>", "", decode(data)).replace("\x00", "")
    try:
        parser = lxml.html.HTMLParser(huge_tree=True)
        tree = lxml.html.document_fromstring(source, parser=parser)
    except (ParserError, ValueError) as error:
        raise UnreadableFile(
            "broken", "The page cannot be read. Save it anew from the browser and add it again."
        ) from error
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise UnreadableFile("broken", "The page is nested so deeply that parts of it would be lost.")
    writer = _Writer()
    _walk(tree, writer, BlockKind.PARAGRAPH, 0)
    writer.flush(BlockKind.PARAGRAPH, 0)
    return Reading("html", "".join(writer.parts), tuple(writer.blocks), metadata=_read_metadata(tree))


def _walk(element: lxml.html.HtmlElement, writer: _Writer, kind: BlockKind, level: int) -> None:
    """Depth first, on a stack of its own so that deep nesting cannot end the process."""
    stack: list[tuple[lxml.html.HtmlElement | str, BlockKind, int, bool]] = [(element, kind, level, False)]
    while stack:
        item, kind, level, leaving = stack.pop()
        if isinstance(item, str):
            writer.pending += item
            continue
        if leaving:
            writer.flush(kind, level)
            continue
        if item.tail and item is not element:
            stack.append((item.tail, kind, level, False))
        if isinstance(item, (_Comment, _ProcessingInstruction)) or not isinstance(item.tag, str) or _is_hidden(item):
            continue
        tag = item.tag.lower()
        if tag == "br":
            writer.pending += "\n"
            continue
        own_kind, own_level = _kind_of(item, tag, kind, level)
        if tag not in _INLINE:
            writer.flush(kind, level)
            stack.append((item, own_kind, own_level, True))
        children: list[lxml.html.HtmlElement | str] = list(item)
        if item.text:
            children.insert(0, item.text)
        if tag in ("td", "th"):
            children.append(" ")
        stack.extend((child, own_kind, own_level, False) for child in reversed(children))


def _kind_of(element: lxml.html.HtmlElement, tag: str, kind: BlockKind, level: int) -> tuple[BlockKind, int]:
    if kind is BlockKind.FURNITURE or tag in _FURNITURE or element.get("role") in _FURNITURE_ROLES:
        return BlockKind.FURNITURE, 0
    if tag == "header" and element.getparent() is not None and element.getparent().tag == "body":
        return BlockKind.FURNITURE, 0
    if re.fullmatch(r"h[1-6]", tag):
        return BlockKind.HEADING, int(tag[1])
    if tag in ("li", "dd"):
        return BlockKind.LIST_ITEM, 0
    if tag == "tr":
        return BlockKind.TABLE, 0
    if tag == "pre":
        return BlockKind.CODE, 0
    return kind, level


def _is_hidden(element: lxml.html.HtmlElement) -> bool:
    return (
        element.tag.lower() in _DROPPED
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _read_metadata(tree: lxml.html.HtmlElement) -> Metadata:
    title = tree.findtext(".//title")
    authors: list[str] = []
    date = None
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        content = (meta.get("content") or "").strip()
        if content and name in _AUTHOR_NAMES:
            authors.append(content)
        elif content and name in _DATE_NAMES and date is None:
            date = content
    return Metadata(_SPACE.sub(" ", title).strip() or None if title else None, tuple(dict.fromkeys(authors)), date)
