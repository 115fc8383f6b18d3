"""Finds the words that an item names in the documents: source words in, the places where they stand out, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
_GAP = r"[\W_]*"
_FEWEST_LETTERS = 3


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
    """Where words stand in a text, whatever its quotation marks, spaces and line ends are.

    Words that the text has only without its marks, ligatures and footnote numbers are looked for in a copy without these.
    """
    found = {words: _find(words.quote, text) for words in wanted}
    missing = [words for words, spans in found.items() if not spans]
    if missing:
        copy = make_search_copy(text, [Span(0, len(text))], markdown=markdown, compounds=find_compounds(text))
        for words in missing:
            spans = [copy.locate(span.start, span.end) for span in _find(words.quote, copy.text)]
            found[words] = tuple(Span(parts[0].start, parts[-1].end) for parts in spans if parts)
    return found


def _find(quote: str, text: str) -> tuple[Span, ...]:
    """Whole words alone; where the quote leaves something out, from its first words to its last ones."""
    parts = [letters for part in _ELLIPSIS.split(quote) if len(letters := fold_letters(part)) >= _FEWEST_LETTERS]
    parts = parts or [fold_letters(quote)]
    patterns = [re.compile(rf"(?<![^\W_]){_GAP.join(map(re.escape, part))}(?![^\W_])", re.I) for part in parts]
    spans: list[Span] = []
    for first in patterns[0].finditer(text):
        end = _follow(patterns[1:], text, first.end())
        if end is not None:
            spans.append(Span(first.start(), end))
    return tuple(spans)


_MOST_LEFT_OUT = 1500
"""Code points that an ellipsis may stand for."""


def _follow(patterns: Sequence[re.Pattern[str]], text: str, end: int) -> int | None:
    for pattern in patterns:
        match = pattern.search(text, end, end + _MOST_LEFT_OUT)
        if match is None:
            return None
        end = match.end()
    return end
