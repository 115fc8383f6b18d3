"""Tells which documents a name means: a name as people type it and a library's documents in, those that go by it out. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
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


class DocumentNames:
    """The names that the documents of a library go by, looked up once for many questions."""

    def __init__(self, cards: Sequence[DocumentCard]) -> None:
        self.cards = tuple(cards)
        kinds = (_list_file_names, _list_titles, _list_main_titles)
        self._kinds = tuple(
            _index((place, name) for place, card in enumerate(cards) for name in names(card)) for names in kinds
        )
        self._years = _index(
            (place, str(card.metadata.year)) for place, card in enumerate(cards) if card.metadata.authors
        )

    def find(self, name: str) -> Sequence[DocumentCard]:
        """The documents that a name may mean: a file name with or without its ending, a title with or without what follows
        its colon, a reference that holds the title, authors with the year, or the beginning of an id.

        All where the name is empty.
        """
        if not name.strip():
            return self.cards
        found = self.find_named(name) or self.find_referred(name) or self._find_by_authors(name)
        return found or [
            card for card in self.cards if len(fold_letters(name)) >= 6 and card.id.startswith(name.strip())
        ]

    def find_named(self, name: str) -> Sequence[DocumentCard]:
        """The documents that a name is the file name or title of."""
        plain = {fold_letters(name), _fold_title(name)}
        for kind in self._kinds:
            places = {place for one in plain for place in kind.get(one, ())}
            if places:
                return [self.cards[place] for place in sorted(places)]
        return []

    def find_referred(self, reference: str, least: float = 0.0) -> Sequence[DocumentCard]:
        """The documents whose title stands between marks in a reference; where one title is within another, the longer one's.

        Args:
            reference: as a list of literature has it.
            least: the share of its letters that the title has.
        """
        parts = _list_parts(reference) if len(reference) <= _LONGEST_REFERENCE else set()
        held: dict[int, str] = {}
        for part in sorted(parts, key=len):
            for kind in self._kinds[1:]:
                held |= dict.fromkeys(kind.get(part, ()), part)
        longest = max(held.values(), key=len, default="")
        if len(longest) < max(_SHORTEST_TITLE, least * len(fold_letters(reference))):
            return []
        return [self.cards[place] for place, one in sorted(held.items()) if one == longest or one not in longest]

    def _find_by_authors(self, reference: str) -> Sequence[DocumentCard]:
        """The documents of a year whose first author a reference names, and nobody but their authors: "Ruiz et al., 2010"."""
        words = set(_WORD.findall(reference.casefold()))
        names = {word for word in words - _BESIDE_NAMES if len(word) > 1 and not word.isdigit()}
        places = sorted({place for word in words for place in self._years.get(word, ())}) if names else []
        return [self.cards[place] for place in places if _is_by(self.cards[place].metadata.authors, names)]


def _index(names: Iterable[tuple[int, str]]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for place, name in names:
        found.setdefault(name, []).append(place)
    return found


def _is_by(authors: Sequence[str], names: Set[str]) -> bool:
    known = {word for author in authors for word in _WORD.findall(author.casefold())}
    return names <= known and _read_surname(authors[0]) in names


def _list_file_names(card: DocumentCard) -> set[str]:
    return {fold_letters(card.name), fold_letters(PurePath(card.name).stem)}


def _list_titles(card: DocumentCard) -> set[str]:
    return {_fold_title(one) for one in (card.title, card.metadata.title, *card.metadata.called) if one}


def _list_main_titles(card: DocumentCard) -> set[str]:
    return {_fold_title(one.partition(":")[0]) for one in (card.title, card.metadata.title) if one} - {""}


@lru_cache(4096)
def _fold_title(title: str) -> str:
    return fold_letters(title[found.end() :] if (found := _ARTICLE.match(title)) else title)


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
    known = DocumentNames(cards)
    unknown = [one for one in counts if not known.find(typed[one])]
    return tuple((typed[one], counts[one]) for one in sorted(unknown, key=lambda one: -counts[one]))
