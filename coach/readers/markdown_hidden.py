"""Finds what a rendered Markdown file does not show: source, tokens and line starts in, holes with their words out.

That is what stands in HTML comments, in elements that hide their content, and in the comment form of link definitions.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lxml.html
from lxml.etree import ParserError
from markdown_it.token import Token

from coach.readers.html_look import Look, StyleSheet
from coach.records import Unseen

# A comment's end may be missing: it then hides the rest. The bounds keep hostile text linear.
_HTML = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<(?P<close>/?)(?P<tag>[A-Za-z][\w-]{0,40})(?P<rest>(?:\s[^<>]{0,2000})?)>", re.S
)
_DEFINITION = re.compile(
    r"^ {0,3}\[[^\]\n]{1,100}\]:[ \t]*(?:#|<>)[ \t]+(?P<words>[\"'(][^\n]{1,5000}[\"')])[ \t]*$", re.M
)
_VOID = {"br", "hr", "img", "input", "wbr", "meta", "link", "area", "base", "col", "embed", "source", "track"}
_TAG = re.compile(r"<[^<>]*>")
_PLAIN = Look()
_NO_SHEET = StyleSheet()


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of the source that is not shown; `words` are those in it."""

    start: int
    end: int
    words: str
    why: Unseen


@dataclass(slots=True)
class _Open:
    """A hiding element that is not closed yet; `depth` counts elements of its name inside it."""

    tag: str
    start: int
    inside: int
    why: Unseen
    depth: int = 1


def find_holes(text: str, tokens: Sequence[Token], starts: Sequence[int]) -> list[Hole]:
    """The stretches that are not shown, in order and without overlap.

    Args:
        text: the whole source.
        tokens: markdown-it's, of the text from `starts[0]`.
        starts: where each line of that text begins, and its end.
    """
    found: list[Hole] = []
    open_: _Open | None = None
    for match in _iterate_html(text, tokens, starts):
        if open_ is not None:
            open_ = _follow(open_, match)
            if open_.depth == 0:
                found.append(_close(text, open_, match.start(), match.end()))
                open_ = None
        elif match.group("comment") is not None:
            found.append(Hole(match.start(), match.end(), match.group("comment"), "hidden"))
        else:
            open_ = _open(match)
    if open_ is not None:
        found.append(_close(text, open_, len(text), len(text)))
    codes = [_range(token, starts) for token in tokens if token.type in ("fence", "code_block")]
    taken = sorted([*codes, *((hole.start, hole.end) for hole in found)])
    for match in _DEFINITION.finditer(text, starts[0]):
        # The stretches before it end before it; the one that ends last decides.
        index = bisect_left(taken, (match.end(), 0)) - 1
        if index < 0 or taken[index][1] <= match.start():
            found.append(Hole(match.start(), match.end(), match.group("words"), "hidden"))
    return sorted(found, key=lambda hole: hole.start)


def _range(token: Token, starts: Sequence[int]) -> tuple[int, int]:
    first, last = token.map or (0, 0)
    return starts[first], starts[min(last, len(starts) - 1)]


def _iterate_html(text: str, tokens: Sequence[Token], starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """Comments and tags where raw HTML stands: in HTML blocks, and in lines of text that have some outside code."""
    for token in tokens:
        children = token.children or []
        block = token.type == "html_block"
        if token.map is None or not (block or any(child.type == "html_inline" for child in children)):
            continue
        codes = [child.content for child in children if child.type == "code_inline"]
        for match in _HTML.finditer(text, *_range(token, starts)):
            unclosed = match.group("comment") is not None and not match.group().endswith("-->")
            if block or not (unclosed or any(match.group() in code for code in codes)):
                yield match


def _open(match: re.Match[str]) -> _Open | None:
    """The element that a tag opens, if it hides what is in it."""
    tag, rest = match.group("tag").lower(), match.group("rest")
    if match.group("close") or tag in _VOID or rest.rstrip().endswith("/") or not rest.strip():
        return None
    try:
        element = lxml.html.fragment_fromstring(f"<{tag}{rest}></{tag}>")
    except (ParserError, ValueError):
        return None
    why = _NO_SHEET.look(element, _PLAIN).why
    return None if why is None else _Open(tag, match.start(), match.end(), why)


def _follow(one: _Open, match: re.Match[str]) -> _Open:
    if (match.group("tag") or "").lower() == one.tag and not match.group("rest").rstrip().endswith("/"):
        one.depth += -1 if match.group("close") else 1
    return one


def _close(text: str, one: _Open, inside: int, end: int) -> Hole:
    return Hole(one.start, end, _TAG.sub(" ", text[one.inside : inside]), one.why)
