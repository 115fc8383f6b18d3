"""Tells which documents a name means: a name as people type it and a library's documents in, those that go by it out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import PurePath

from coach.evaluation.records import EvaluationItem
from coach.records import DocumentCard
from coach.search_copy import fold_letters

_ARTICLE = re.compile(r"\s*(?:the|an?|our)\s+", re.IGNORECASE)
_BREAK = re.compile(r"[^\w\s'\u2019&-]+")
_SUBTITLE = re.compile(r"\s*[:\u2013\u2014]")
_LONGEST_REFERENCE = 400
_SHORTEST_TITLE = 15  # letters from which a title is known within a reference
_WORD = re.compile(r"[^\W_]+")
_BESIDE_NAMES = frozenset({"al", "and", "et", "eds", "ed", "others", "und", "with"})


def find_documents(name: str, cards: Sequence[DocumentCard]) -> Sequence[DocumentCard]:
    """The documents that a name may mean: a file name with or without its ending, a title with or without what follows its
    colon, a reference that holds the title, authors with the year, or the beginning of an id.

    All where the name is empty.
    """
    if not name.strip():
        return cards
    found = find_by_name(name, cards) or find_in_reference(name, cards) or _find_by_authors(name, cards)
    return found or [card for card in cards if len(fold_letters(name)) >= 6 and card.id.startswith(name.strip())]


def find_by_name(name: str, cards: Sequence[DocumentCard]) -> Sequence[DocumentCard]:
    """The documents that a name is the file name or title of."""
    plain = {fold_letters(name), _fold_title(name)}
    for names in (_list_file_names, _list_titles, _list_main_titles):
        found = [card for card in cards if plain & names(card)]
        if found:
            return found
    return []


def _list_file_names(card: DocumentCard) -> set[str]:
    return {fold_letters(card.name), fold_letters(PurePath(card.name).stem)}


def _list_titles(card: DocumentCard) -> set[str]:
    return {_fold_title(one) for one in (card.title, card.metadata.title, *card.metadata.called) if one}


def _list_main_titles(card: DocumentCard) -> set[str]:
    return {_fold_title(one.partition(":")[0]) for one in (card.title, card.metadata.title) if one} - {""}


@lru_cache(4096)
def _fold_title(title: str) -> str:
    return fold_letters(title[found.end() :] if (found := _ARTICLE.match(title)) else title)


def find_in_reference(reference: str, cards: Sequence[DocumentCard], least: float = 0.0) -> Sequence[DocumentCard]:
    """The documents whose title stands between marks in a reference; where one title is within another, the longer one's."""
    parts = _list_parts(reference) if len(reference) <= _LONGEST_REFERENCE else set()
    held = {
        card.id: max(titles, key=len)
        for card in cards
        if (titles := [one for one in _list_titles(card) | _list_main_titles(card) if one in parts])
    }
    longest = max(held.values(), key=len, default="")
    if len(longest) < max(_SHORTEST_TITLE, least * len(fold_letters(reference))):
        return []
    return [card for card in cards if card.id in held and (held[card.id] == longest or held[card.id] not in longest)]


def _list_parts(reference: str) -> set[str]:
    """What stands between marks, with the marks in it or not. What a colon follows has a subtitle, and is not whole."""
    breaks = [match.span() for match in _BREAK.finditer(reference)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(reference)]
    return {
        _fold_title(reference[starts[first] : ends[last - 1]])
        for first, last in combinations(range(len(ends) + 1), 2)
        if not _SUBTITLE.match(reference, ends[last - 1])
    } - {""}


def _find_by_authors(reference: str, cards: Sequence[DocumentCard]) -> Sequence[DocumentCard]:
    """The documents of a year whose first author a reference names, and nobody else than their authors: "Ruiz et al., 2010"."""
    words = set(_WORD.findall(reference.casefold()))
    names = {word for word in words - _BESIDE_NAMES if len(word) > 1 and not word.isdigit()}
    if not names:
        return []
    return [
        card
        for card in cards
        if str(card.metadata.year) in words
        and names <= {word for author in card.metadata.authors for word in _WORD.findall(author.casefold())}
        and _read_surname(card.metadata.authors[0]) in names
    ]


def _read_surname(author: str) -> str:
    """Of "Ana M. Ruiz" and of "Ruiz, Ana M."."""
    before_comma = author.partition(",")[0].casefold()
    return max(_WORD.findall(before_comma)[-1:], default="")


def list_unknown(items: Iterable[EvaluationItem], cards: Sequence[DocumentCard]) -> tuple[tuple[str, int], ...]:
    """Names in the sources of items by which no document goes, each with the number of items that have it.

    Two that differ in case or signs are one, as it was typed first; what most items have comes first.
    """
    counts: Counter[str] = Counter()
    typed: dict[str, str] = {}
    for item in items:
        words = (*(one for group in item.sources for one in group), *item.welcome)
        names = {fold_letters(one.document): one.document.strip() for one in words if fold_letters(one.document)}
        counts.update(names.keys())
        typed = names | typed
    unknown = [one for one in counts if not find_documents(typed[one], cards)]
    return tuple((typed[one], counts[one]) for one in sorted(unknown, key=lambda one: -counts[one]))
