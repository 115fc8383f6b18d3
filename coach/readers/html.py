"""Reads a saved web page: bytes -> Reading whose text is what the page shows, block by block."""

from __future__ import annotations

import re
from dataclasses import dataclass

import lxml.html
from lxml.etree import ParserError, _Comment, _ProcessingInstruction

from coach.errors import UnreadableFile
from coach.readers.furniture import is_navigation
from coach.readers.html_look import Look, StyleSheet, read_style_sheets
from coach.readers.kinds import decode
from coach.records import Block, BlockKind, HiddenText, Metadata, Reading, Unseen

_DROPPED = {"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "button", "select", "input"}
_FURNITURE = {"nav", "footer", "aside", "dialog"}
_FURNITURE_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog"}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "label", "mark", "q", "s",
    "td", "th", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "ins", "del",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_AUTHOR_NAMES = {"author", "dc.creator", "citation_author", "article:author", "dcterms.creator"}
_DATE_NAMES = {"date", "dc.date", "citation_publication_date", "article:published_time", "dcterms.date"}


class _Writer:
    """Gathers inline text into blocks and keeps their places in the growing text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.pending = ""
        self.hidden: list[tuple[Unseen, list[str]]] = []

    def hide(self, text: str, why: Unseen) -> None:
        """Keep text out of the blocks; what the same reason hides in a row is one stretch."""
        if not self.hidden or self.hidden[-1][0] != why:
            self.hidden.append((why, []))
        self.hidden[-1][1].append(text)
        self.pending += " "

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
    """Navigation and footers are kept as furniture; what the page does not show is left out and listed; scripts never count.

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
    sheet = read_style_sheets(style.text or "" for style in tree.iter("style") if _is_for_screens(style))
    _walk(tree, writer, sheet)
    writer.flush(BlockKind.PARAGRAPH, 0)
    hidden = tuple(HiddenText(None, " ".join(words), why) for why, words in writer.hidden)
    text, blocks = "".join(writer.parts), tuple(writer.blocks)
    return Reading("html", text, blocks, metadata=_read_metadata(tree), hidden=hidden)


def _is_for_screens(style: lxml.html.HtmlElement) -> bool:
    return (style.get("media") or "all").strip().lower() in ("all", "screen")


@dataclass(frozen=True, slots=True)
class _Place:
    """What an element's content is, and how it looks."""

    kind: BlockKind
    level: int
    look: Look


def _walk(element: lxml.html.HtmlElement, writer: _Writer, sheet: StyleSheet) -> None:
    """Depth first, on a stack of its own so that deep nesting cannot end the process."""
    stack: list[tuple[lxml.html.HtmlElement | str, _Place, bool]] = [
        (element, _Place(BlockKind.PARAGRAPH, 0, Look()), False)
    ]
    while stack:
        item, place, leaving = stack.pop()
        if isinstance(item, str):
            _take_text(item, writer, place.look.why)
            continue
        if leaving:
            writer.flush(place.kind, place.level)
            continue
        if item.tail and item is not element:
            stack.append((item.tail, place, False))
        if isinstance(item, (_Comment, _ProcessingInstruction)) or not isinstance(item.tag, str) or _is_dropped(item):
            continue
        tag = item.tag.lower()
        if tag == "br":
            writer.pending += "\n"
            continue
        kind, level = _kind_of(item, tag, place.kind, place.level)
        inner = _Place(kind, level, sheet.look(item, place.look))
        if tag not in _INLINE:
            writer.flush(place.kind, place.level)
            stack.append((item, inner, True))
        children: list[lxml.html.HtmlElement | str] = list(item)
        if item.text:
            children.insert(0, item.text)
        if tag in ("td", "th"):
            children.append(" ")
        stack.extend((child, inner, False) for child in reversed(children))


def _take_text(text: str, writer: _Writer, why: Unseen | None) -> None:
    if why is not None and text.strip():
        writer.hide(text, why)
    else:
        writer.pending += text


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


def _is_dropped(element: lxml.html.HtmlElement) -> bool:
    return element.tag.lower() in _DROPPED or element.get("aria-hidden") == "true"


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
