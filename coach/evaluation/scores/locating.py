"""Finds the words that an item names in the documents: source words in, the places where they stand out, or why there is none."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from sqlalchemy import select

from coach.evaluation.records import SourceWords
from coach.evaluation.scores.document_names import DocumentNames
from coach.records import DocumentCard, Span
from coach.search_copy import find_compounds, fold_letters, make_search_copy
from coach.store import tables
from coach.store.database import reading
from coach.store.store import Store

Fault = Literal["", "no_document", "many_documents", "not_there", "many_places", "no_label", "empty"]
_MOST_PLACES = 3
"""Places from which words say too little of where they are from."""
_ELLIPSIS = re.compile(r"\s*(?:\[?\s*(?:…|\.\s?\.\s?\.)\s*\]?)\s*")
_WORD = re.compile(r"[^\W_]+")
_FEWEST_LETTERS = 3
_FEWEST_OF_A_QUOTE = 4  # words
_LONG = 15  # letters from which words are known even where others are glued to them
_MOST_LEFT_OUT = 1500  # letters that an ellipsis may stand for
_LEAST_TITLE, _LEAST_BARE_TITLE = 1 / 3, 2 / 3
"""The share of its letters that the title has in a text that is a reference, and not a sentence that mentions a title: with a
year in it, and without."""
_YEAR = re.compile(r"\b(?:1[5-9]|2[01])\d\d\b")


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
    is_whole: bool = False
    """Whether they name a document and nothing in it: then its one place is the whole of it."""

    @property
    def name(self) -> str:
        """What a reader calls them by."""
        return self.words.quote or self.words.label or self.words.document


def locate(wanted: Iterable[SourceWords], store: Store) -> dict[SourceWords, Located]:
    """Where each of some source words stands in the documents of a library. Each document is read once.

    A document that is named without words of it, or by words that are only its name, stands for the whole of it.
    """
    names = DocumentNames(store.list_documents())
    found: dict[SourceWords, Located] = {}
    open_ones: dict[SourceWords, Sequence[DocumentCard]] = {}
    labels: list[SourceWords] = []
    for words in dict.fromkeys(wanted):
        whole = find_whole(words, names)
        chosen = names.find(words.document)
        if whole is not None:
            found[words] = _take_whole(words, whole, store)
        elif words.document and len(chosen) != 1:
            found[words] = Located(words, (), "many_documents" if chosen else "no_document", len(chosen))
        elif fold_letters(words.quote):
            open_ones[words] = chosen
        elif words.label:
            labels.append(words)
        else:
            found[words] = Located(words, (), "empty")
    found |= _locate_labels(labels, store) | _locate_quotes(open_ones, store)
    found |= _read_as_quotes([one for one in found.values() if one.fault == "no_document"], names.cards, store)
    return {words: _read_reference(one, names, store) for words, one in found.items()}


def _read_as_quotes(
    unknown: Iterable[Located], cards: Sequence[DocumentCard], store: Store
) -> dict[SourceWords, Located]:
    """What stands where a document is named, and by which none goes, may be words of one: those that stand somewhere."""
    typed = {
        SourceWords(one.words.document): one.words
        for one in unknown
        if not (one.words.quote or one.words.label) and len(one.words.document.split()) >= _FEWEST_OF_A_QUOTE
    }
    located = _locate_quotes(dict.fromkeys(typed, cards), store)
    return {typed[words]: replace(one, words=typed[words]) for words, one in located.items() if one.places}


def find_whole(words: SourceWords, names: DocumentNames) -> DocumentCard | None:
    """The document that is named without words of it; None where words or a passage are named, or no or several documents."""
    is_quoted = bool(fold_letters(words.quote))
    if words.label or not (words.document.strip() or is_quoted):
        return None
    chosen = names.find(words.document)
    if is_quoted:
        # What was typed as a quotation may be a title: nobody asks for an answer that quotes that.
        named = {card.id for card in names.find_named(words.quote)}
        chosen = [card for card in chosen if card.id in named]
    return chosen[0] if len(chosen) == 1 else None


def _take_whole(words: SourceWords, card: DocumentCard, store: Store) -> Located:
    return Located(words, (Place(card.id, 0, len(store.read_text(card.id) or "")),), is_whole=True)


def _read_reference(one: Located, names: DocumentNames, store: Store) -> Located:
    """What stands in no document may be a reference to one, as lists of literature write it."""
    if one.fault != "not_there" or one.words.document or one.words.label:
        return one
    least = _LEAST_TITLE if _YEAR.search(one.words.quote) else _LEAST_BARE_TITLE
    chosen = names.find_referred(one.words.quote, least)
    return _take_whole(one.words, chosen[0], store) if len(chosen) == 1 else one


def _locate_labels(labels: Sequence[SourceWords], store: Store) -> dict[SourceWords, Located]:
    if not labels:
        return {}
    columns = tables.passages.c
    query = select(columns.label, columns.document_id, columns.start, columns.end).where(
        columns.label.in_([words.label.strip() for words in labels])
    )
    with reading(store.engine) as connection:
        places = {row[0]: Place(*row[1:]) for row in connection.execute(query)}
    return {
        words: Located(words, (places[words.label.strip()],))
        if words.label.strip() in places
        else Located(words, (), "no_label")
        for words in labels
    }


def _locate_quotes(wanted: Mapping[SourceWords, Sequence[DocumentCard]], store: Store) -> dict[SourceWords, Located]:
    places = _search(wanted, store, lambda text, here, _: find_quotes(text, here))
    # A clean copy takes its time to make: only for what stands in no document as it is.
    missing = {words: cards for words, cards in wanted.items() if not places[words]}
    places |= _search(
        missing, store, lambda text, here, card: find_in_copy(text, here, markdown=card.kind == "markdown")
    )
    return {words: _judge(words, found) for words, found in places.items()}


_Find = Callable[[str, Sequence[SourceWords], DocumentCard], Mapping[SourceWords, Sequence[Span]]]


def _search(
    wanted: Mapping[SourceWords, Sequence[DocumentCard]], store: Store, find: _Find
) -> dict[SourceWords, list[Place]]:
    by_document: dict[str, tuple[DocumentCard, list[SourceWords]]] = {}
    for words, cards in wanted.items():
        for card in cards:
            by_document.setdefault(card.id, (card, []))[1].append(words)
    places: dict[SourceWords, list[Place]] = {words: [] for words in wanted}
    for document_id, (card, here) in by_document.items():
        for words, spans in find(store.read_text(document_id) or "", here, card).items():
            places[words] += [Place(document_id, span.start, span.end) for span in spans]
    return places


def _judge(words: SourceWords, places: Sequence[Place]) -> Located:
    if not places:
        return Located(words, (), "not_there")
    if len(places) > _MOST_PLACES:
        return Located(words, (), "many_places", len(places))
    return Located(words, tuple(places))


def find_quotes(text: str, wanted: Iterable[SourceWords]) -> dict[SourceWords, tuple[Span, ...]]:
    """Where words stand in a text, whatever its quotation marks, spaces, hyphens and line ends are."""
    letters = _Letters(text)
    return {words: letters.find(words.quote) for words in wanted}


def find_in_copy(
    text: str, wanted: Iterable[SourceWords], *, markdown: bool = False
) -> dict[SourceWords, tuple[Span, ...]]:
    """The same for words that the text has only without its marks, ligatures and footnote numbers."""
    copy = make_search_copy(text, [Span(0, len(text))], markdown=markdown, compounds=find_compounds(text))
    found: dict[SourceWords, tuple[Span, ...]] = {}
    for words, spans in find_quotes(copy.text, wanted).items():
        parts = [copy.locate(span.start, span.end) for span in spans]
        found[words] = tuple(Span(one[0].start, one[-1].end) for one in parts if one)
    return found


class _Letters:
    """The letters and digits of a text in a row, with where each row of them stands."""

    def __init__(self, text: str) -> None:
        words = [match.span() for match in _WORD.finditer(text)]
        self._starts = [start for start, _ in words]
        self._places = [0, *accumulate(end - start for start, end in words)]
        self._row = _lower("".join(text[start:end] for start, end in words))

    def find(self, quote: str) -> tuple[Span, ...]:
        """Where a quote stands: whole words, or within glued ones where it is long; with an ellipsis that is not the text's
        own, from its first words to its last.
        """
        found = self._find([_fold(quote)])
        parts = [row for part in _ELLIPSIS.split(quote) if len(row := _fold(part)) >= _FEWEST_LETTERS]
        return found or (self._find(parts) if len(parts) > 1 else ())

    def _find(self, parts: Sequence[str]) -> tuple[Span, ...]:
        first, *rest = parts
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
