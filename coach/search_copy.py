"""Makes the copy of a document that is searched: source text and blocks in, clean text with a map of offsets out.

The source is what is quoted; the copy is what is split into sentences, embedded and matched. In the copy running
headers are gone, line-end hyphens are joined, glued words are parted, curly quotes are straight, and footnote digits
and Markdown marks are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coach.records import Span

_STRAIGHT = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'",
    "‐": "-", "‑": "-", "‒": "-", "−": "-",
})  # fmt: skip
_DROPPED = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
    "\x00-\x08\x0b\x0e-\x1f]"
)
# "government" broken as "gov-\nernment": joined where both parts are lower case, for a compound keeps its hyphen.
_LINE_END_HYPHEN = re.compile(r"(?<=[^\W\d_])-[ \t]*\r?\n[ \t]*(?=[a-z])")
# A footnote's number right behind a full stop or a closing quote, before the next sentence or the end.
_FOOTNOTE = re.compile(
    r"(?<=[a-z\")\]”’][.,;:!?”’\")])\d{1,3}(?=\s+[A-Z“\"(‘]|\s*$)|(?<=[a-z][.,][”\"])\d{1,3}(?=\s|$)"
)
_MARKDOWN = re.compile(
    r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)"  # a picture; the bounds keep hostile text from costing more than its length
    r"|\[(?=[^\]\n]{0,500}\]\()|(?<=[^\]\n])\]\([^)\n]{0,2000}\)"  # a link's brackets and address, not its words
    r"|\*+|`+|(?<![\w])_++(?=\S)|(?<![\s_])_++(?!\w)|</?[A-Za-z][^<>\n]{0,200}>|\{\"\s*\"\}|\\(?=[*_`\[\]#])"
)
_LINE_PREFIX = re.compile(r"(?m)^[ \t]*(?:>[ \t]?)+")
_COMPOUND = re.compile(r"\b([^\W\d_]{3,})[-‐‑]([^\W\d_]{3,})\b")
_WORD = re.compile(r"\b[^\W\d_]{8,}\b")


@dataclass(frozen=True, slots=True)
class SearchCopy:
    """Clean text of some spans of a document; `places[i]` is where its i-th code point stands in the source."""

    text: str
    places: array[int]
    sources: tuple[Span, ...]

    def locate(self, start: int, end: int) -> tuple[Span, ...]:
        """The source spans of `text[start:end]` without outer space: one, unless it runs over a border of `sources`."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        spans: list[Span] = []
        for source in self.sources:
            first = bisect_left(self.places, source.start, start, end)
            last = bisect_left(self.places, source.end, start, end)
            if first < last:
                spans.append(Span(self.places[first], self.places[last - 1] + 1))
        return tuple(spans)


def find_compounds(text: str) -> dict[str, int]:
    """Words of a document that are written with a hyphen somewhere in it: joined form -> length of the first part.

    A text that writes "learning-focused" and, once, "learningfocused" lost a hyphen: the copy puts a space there.
    """
    return {(match.group(1) + match.group(2)).casefold(): len(match.group(1)) for match in _COMPOUND.finditer(text)}


def make_search_copy(text: str, spans: Iterable[Span], *, markdown: bool, compounds: dict[str, int]) -> SearchCopy:
    """The clean text of `spans` of the source, with one space between spans that are not one line parted by hidden text.

    Args:
        text: the document's text.
        spans: stretches to copy, in order.
        markdown: whether Markdown marks are dropped.
        compounds: from `find_compounds`.
    """
    characters: list[str] = []
    places = array("I")
    sources = tuple(spans)
    before: Span | None = None
    for span in sources:
        # The space between two spans stands on the first character of the second, so that places never fall.
        if characters and characters[-1] not in " \u00ad" and not _is_within_line(text, before, span):
            characters.append(" ")
            places.append(span.start)
        _copy_span(text, span, markdown, compounds, characters, places)
        before = span
    while characters and characters[-1] == " ":
        characters.pop()
        places.pop()
    return SearchCopy("".join(characters), places, sources)


def _is_within_line(text: str, before: Span | None, span: Span) -> bool:
    """Whether hidden text in the middle of a line is all that parts two spans: no space at either of its ends."""
    gap = text[before.end : span.start] if before is not None else ""
    return bool(gap) and not gap[0].isspace() and not gap[-1].isspace()


def _copy_span(
    text: str, span: Span, markdown: bool, compounds: dict[str, int], characters: list[str], places: array[int]
) -> None:
    source = text[span.start : span.end]
    removed = _find_removed(source, markdown)
    parted = {
        match.start() + compounds[match.group().casefold()]
        for match in _WORD.finditer(source)
        if match.group().casefold() in compounds
    }
    for offset, character in enumerate(source):
        if offset in removed:
            continue
        if offset in parted:
            characters.append(" ")
            places.append(span.start + offset)
        for clean in _clean(character):
            if clean == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(clean)
            places.append(span.start + offset)


def _find_removed(source: str, markdown: bool) -> set[int]:
    patterns = [_DROPPED, _LINE_END_HYPHEN, _FOOTNOTE]
    if markdown:
        patterns += [_MARKDOWN, _LINE_PREFIX]
    return {place for pattern in patterns for match in pattern.finditer(source) for place in range(*match.span())}


def _clean(character: str) -> str:
    if character.isspace():
        return " "
    if character < "\x80":
        return character
    # NFKC opens ligatures and full-width forms; it may give several characters for one.
    folded = unicodedata.normalize("NFKC", character).translate(_STRAIGHT)
    return " " if folded.isspace() or not folded else folded


def join_spans(spans: Iterable[Span], cut: Callable[[Span], str]) -> list[Span]:
    """Neighbouring spans as one, where nothing but space lies between.

    Args:
        spans: in order.
        cut: the source words at a span.
    """
    joined: list[Span] = []
    for span in spans:
        if joined and not cut(Span(joined[-1].end, span.start)).strip():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def read_quote(parts: Iterable[str], *, markdown: bool = False) -> str:
    """The quoted stretches of one sentence as a person reads them; a word that a page border parted is whole again."""
    return read_plainly(" ".join(parts).replace("\u00ad ", ""), markdown=markdown)


def read_plainly(text: str, *, markdown: bool = False) -> str:
    """A quote as a person reads it: line ends folded, line-end hyphens joined, Markdown marks off; every word stays."""
    joined = _LINE_END_HYPHEN.sub("", text.replace("\u00ad\n", "").replace("\u00ad", ""))
    if markdown:
        joined = _MARKDOWN.sub("", _LINE_PREFIX.sub("", joined))
    return re.sub(r"\s+", " ", joined).strip()


def fold_letters(text: str) -> str:
    """Letters and digits alone, in lower case: what two spacings or punctuations of the same words have in common."""
    return "".join(character for character in text.casefold() if character.isalnum())


def shorten(text: str, length: int = 240) -> str:
    """The beginning of a text on one line, cut between words."""
    words = read_plainly(text)
    return words if len(words) <= length else words[:length].rsplit(" ", 1)[0].rstrip(",;:") + " …"
