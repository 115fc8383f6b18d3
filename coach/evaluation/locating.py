"""Finds the words that an item names in the documents: source words in, the places where they stand out, or why there is none."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePath
from typing import Literal

from coach.evaluation.records import SourceWords
from coach.records import DocumentCard, Span
from coach.search_copy import find_compounds, fold_letters, make_search_copy
from coach.store.store import Store

Fault = Literal["", "no_document", "many_documents", "not_there", "many_places", "no_label", "empty"]
_MOST_PLACES = 3
"""Places from which words say too little of where they are from."""
_ELLIPSIS = re.compile(r"\s*(?:\[?\s*(?:…|\.\s?\.\s?\.)\s*\]?)\s*")
_WORD = re.compile(r"[^\W_]+")
_FEWEST_LETTERS = 3
_LONG = 15  # letters from which words are known even where others are glued to them
_MOST_LEFT_OUT = 1500  # letters that an ellipsis may stand for


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document."""

    document_id: str
    start: int
    """Code points in the document's text."""
    end: int


@dataclass(frozen=True, slots=True)
class Located:
    """Where the words of an item stand."""

    words: SourceWords
    places: tuple[Place, ...] = ()
    """Any of them is meant."""
    fault: Fault = ""
    """Why there are no places; empty where there are."""
    count: int = 0
    """Of the places or documents where there are too many."""

    @property
    def name(self) -> str:
        """What a reader calls them by."""
        return self.words.quote or self.words.label or self.words.document


def locate(wanted: Iterable[SourceWords], store: Store) -> dict[SourceWords, Located]:
    """Where each of some source words stands in the documents of a library. Each document is read once."""
    cards = store.list_documents()
    found: dict[SourceWords, Located] = {}
    open_ones: dict[SourceWords, Sequence[DocumentCard]] = {}
    labels: list[SourceWords] = []
    for words in dict.fromkeys(wanted):
        chosen = find_documents(words.document, cards)
        if words.document and len(chosen) != 1:
            found[words] = Located(words, (), "many_documents" if chosen else "no_document", len(chosen))
        elif fold_letters(words.quote):
            open_ones[words] = chosen
        elif words.label:
            labels.append(words)
        elif words.document:
            found[words] = Located(words, (Place(chosen[0].id, 0, len(store.read_text(chosen[0].id) or "")),))
        else:
            found[words] = Located(words, (), "empty")
    return found | _locate_labels(labels, store) | _locate_quotes(open_ones, store)


def find_documents(name: str, cards: Sequence[DocumentCard]) -> Sequence[DocumentCard]:
    """The documents that a name may mean: a file name with or without its ending, a title or the beginning of an id.

    All where the name is empty.
    """
    if not name.strip():
        return cards
    plain = fold_letters(name)
    for names in (_list_file_names, _list_titles):
        found = [card for card in cards if plain in names(card)]
        if found:
            return found
    return [card for card in cards if len(plain) >= 6 and card.id.startswith(name.strip())]


def _list_file_names(card: DocumentCard) -> set[str]:
    return {fold_letters(card.name), fold_letters(PurePath(card.name).stem)}


def _list_titles(card: DocumentCard) -> set[str]:
    return {fold_letters(one) for one in (card.title, card.metadata.title, *card.metadata.called) if one}


def _locate_labels(labels: Sequence[SourceWords], store: Store) -> dict[SourceWords, Located]:
    if not labels:
        return {}
    places: dict[str, Place] = {}
    for document_id in {card.id for card in store.list_documents()}:
        for stored in store.list_document_passages(document_id):
            places[stored.passage.label] = Place(document_id, stored.passage.start, stored.passage.end)
    return {
        words: Located(words, (places[words.label.strip()],))
        if words.label.strip() in places
        else Located(words, (), "no_label")
        for words in labels
    }


def _locate_quotes(wanted: Mapping[SourceWords, Sequence[DocumentCard]], store: Store) -> dict[SourceWords, Located]:
    by_document: dict[str, list[SourceWords]] = {}
    kinds: dict[str, str] = {}
    for words, cards in wanted.items():
        for card in cards:
            by_document.setdefault(card.id, []).append(words)
            kinds[card.id] = card.kind
    places: dict[SourceWords, list[Place]] = {words: [] for words in wanted}
    for document_id, here in by_document.items():
        text = store.read_text(document_id) or ""
        for words, spans in find_quotes(text, here, markdown=kinds[document_id] == "markdown").items():
            places[words] += [Place(document_id, span.start, span.end) for span in spans]
    return {words: _judge(words, found) for words, found in places.items()}


def _judge(words: SourceWords, places: Sequence[Place]) -> Located:
    if not places:
        return Located(words, (), "not_there")
    if len(places) > _MOST_PLACES:
        return Located(words, (), "many_places", len(places))
    return Located(words, tuple(places))


def find_quotes(
    text: str, wanted: Iterable[SourceWords], *, markdown: bool = False
) -> dict[SourceWords, tuple[Span, ...]]:
    """Where words stand in a text, whatever its quotation marks, spaces, hyphens and line ends are.

    Words that the text has only without its marks, ligatures and footnote numbers are looked for in a copy without these.
    """
    letters = _Letters(text)
    found = {words: letters.find(words.quote) for words in wanted}
    missing = [words for words, spans in found.items() if not spans]
    if missing:
        copy = make_search_copy(text, [Span(0, len(text))], markdown=markdown, compounds=find_compounds(text))
        clean = _Letters(copy.text)
        for words in missing:
            spans = [copy.locate(span.start, span.end) for span in clean.find(words.quote)]
            found[words] = tuple(Span(parts[0].start, parts[-1].end) for parts in spans if parts)
    return found


class _Letters:
    """The letters and digits of a text in a row, with where each row of them stands."""

    def __init__(self, text: str) -> None:
        words = [match.span() for match in _WORD.finditer(text)]
        self._starts = [start for start, _ in words]
        self._places = [0, *accumulate(end - start for start, end in words)]
        self._row = _lower("".join(text[start:end] for start, end in words))

    def find(self, quote: str) -> tuple[Span, ...]:
        """Where a quote stands: whole words, or within glued ones where it is long; with an ellipsis, from its first words
        to its last.
        """
        parts = [row for part in _ELLIPSIS.split(quote) if len(row := _fold(part)) >= _FEWEST_LETTERS]
        first, *rest = parts or [_fold(quote)]
        places = list(self._iterate(first))
        whole = [place for place in places if self._is_whole(place, place + len(first))]
        spans: list[Span] = []
        for place in whole or (places if len(first) >= _LONG else []):
            end = self._follow(rest, place + len(first))
            if end is not None:
                spans.append(Span(self._locate(place), self._locate(end - 1) + 1))
        return tuple(spans)

    def _iterate(self, wanted: str) -> Iterator[int]:
        place = self._row.find(wanted) if wanted else -1
        while place >= 0:
            yield place
            place = self._row.find(wanted, place + 1)

    def _is_whole(self, start: int, end: int) -> bool:
        return all(self._places[bisect_left(self._places, place)] == place for place in (start, end))

    def _follow(self, parts: Sequence[str], end: int) -> int | None:
        for part in parts:
            place = self._row.find(part, end, end + _MOST_LEFT_OUT)
            if place < 0:
                return None
            end = place + len(part)
        return end

    def _locate(self, place: int) -> int:
        """Where a letter of the row stands in the text."""
        word = bisect_right(self._places, place) - 1
        return self._starts[word] + place - self._places[word]


def _fold(text: str) -> str:
    return _lower("".join(_WORD.findall(text)))


def _lower(letters: str) -> str:
    """Small letters, as many as there were."""
    lower = letters.lower()
    if len(lower) == len(letters):
        return lower
    return "".join(one if len(one := letter.lower()) == 1 else letter for letter in letters)
