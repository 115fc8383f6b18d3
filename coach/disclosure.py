"""What of a passage a language model is shown, and where its words stand in the source: Hit -> Disclosed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from coach.records import Hit, Span
from coach.search_copy import join_spans, make_search_copy

Trace = Callable[[str], tuple[str, tuple[int, ...]]]
"""Masks a text: the text with marks, and from where each of its code points comes."""
_ELLIPSIS = re.compile(r"\s*(?:\.\s?\.\s?\.|…|\[\s*…?\s*\])\s*")
_FEWEST_LETTERS = 12
_FEWEST_WORDS = 3
_MARK = re.compile(r"\[(?:student|colleague|number|address|contact|record)\]")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A passage as it is sent: masked, without the defects of its file."""

    hit: Hit
    title: str
    text: str
    places: tuple[int, ...] = field(repr=False)
    """Of each code point of `text`, where it stands in the document."""

    def locate(self, words: str) -> tuple[Span, ...]:
        """Where words stand in the document's text; none where they do not stand in this passage, or are too few to tell.

        Spacing, hyphens, quotation marks and capitals may differ. Words with a mark of omission are found part by part, in
        order.
        """
        folded, places = _fold(self.text)
        spans: list[Span] = []
        after = 0
        for part in _ELLIPSIS.split(words.strip()):
            wanted, _ = _fold(part)
            if not wanted:
                continue
            if len(wanted) < _FEWEST_LETTERS or len(part.split()) < _FEWEST_WORDS:
                return ()
            found = self._find(folded, places, wanted, after)
            if found is None:
                return ()
            after, span = found
            spans.append(span)
        return tuple(join_spans(spans, self.hit.cut)) if spans else ()

    def _find(self, folded: str, places: tuple[int, ...], wanted: str, after: int) -> tuple[int, Span] | None:
        """The next place of some letters that begin and end with a word."""
        start = folded.find(wanted, after)
        while start >= 0:
            first, last = places[start], places[start + len(wanted) - 1]
            before, behind = self.text[first - 1 : first], self.text[last + 1 : last + 2]
            if not before.isalnum() and not behind.isalnum():
                return start + len(wanted), Span(self.places[first], self.places[last] + 1)
            start = folded.find(wanted, start + 1)
        return None


def holds_mark(text: str) -> bool:
    """Whether a text holds a mark that stands for a person or a record."""
    return bool(_MARK.search(text))


def disclose(hit: Hit, trace: Trace) -> Disclosed:
    """A passage and its title, masked; hyphens of line ends, marks of Markdown and numbers of footnotes left out."""
    whole = Span(0, len(hit.text))
    copy = make_search_copy(hit.text, [whole], markdown=hit.document.kind == "markdown", compounds={})
    text, traced = trace(copy.text)
    places = tuple(hit.passage.start + copy.places[place] for place in traced)
    return Disclosed(hit, trace(hit.document.title)[0], text, places)


@lru_cache(maxsize=256)
def _fold(text: str) -> tuple[str, tuple[int, ...]]:
    """Letters and digits in lower case, and the place of each."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in character.casefold():
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return "".join(letters), tuple(places)
