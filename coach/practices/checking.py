"""Looks every quoted word of a practice up in the library: Practice -> VerifiedPractice, its citations and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.basis import find_weakest, recognise_basis
from coach.files import fold_name, is_within
from coach.records import (
    Basis,
    Citation,
    DocumentCard,
    DraftStatement,
    Hit,
    Practice,
    PracticeQuote,
    Quote,
    Rejected,
    Span,
)
from coach.search_copy import find_compounds, fold_letters, join_spans, make_search_copy, read_quote, shorten
from coach.store.practices import PracticeRows
from coach.store.store import Store, StoredPassage
from coach.verification import place_page, verify_statement

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class GoneQuote:
    """Words of a practice that do not stand in the library, and why, as a sentence."""

    quote: PracticeQuote
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedPractice:
    """A practice with those of its quotes that stand in the library, as citations, and those that do not."""

    practice: Practice
    citations: tuple[Citation, ...]
    gone: tuple[GoneQuote, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it may be suggested: at least one of its quotes was found."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class _Source:
    """A document that may hold a quote."""

    card: DocumentCard
    text: str
    passages: tuple[StoredPassage, ...]


class PracticeShelf:
    """The practices of a library, checked again whenever the documents or the practices change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = PracticeRows(store)
        self._checked: tuple[tuple[int, int], tuple[VerifiedPractice, ...]] | None = None

    def read_version(self) -> tuple[int, int]:
        """What changes whenever the documents or the practices do."""
        return self._store.read_generation(), self.rows.read_version()

    def list(self) -> tuple[VerifiedPractice, ...]:
        """Every practice, in the order of files and of entries in them."""
        version = self.read_version()
        known = self._checked
        if known is None or known[0] != version:
            known = self._checked = (version, self._check(self.rows.list()))
        return known[1]  # another thread may have put what it saw earlier in place

    def _check(self, practices: Sequence[Practice]) -> tuple[VerifiedPractice, ...]:
        wanted = {fold_name(quote.document) for practice in practices for quote in practice.quotes}
        sources: dict[str, list[_Source]] = {}
        for card in self._store.list_documents():
            if fold_name(card.name) in wanted:
                text = self._store.read_text(card.id) or ""
                source = _Source(card, text, self._store.list_document_passages(card.id))
                sources.setdefault(fold_name(card.name), []).append(source)
        return tuple(self._check_one(practice, sources) for practice in practices)

    def _check_one(self, practice: Practice, sources: Mapping[str, Sequence[_Source]]) -> VerifiedPractice:
        citations: list[Citation] = []
        gone: list[GoneQuote] = []
        beside = [Path(practice.path).parents[1]] if len(Path(practice.path).parents) > 1 else []
        for quote in practice.quotes:
            named = sources.get(fold_name(quote.document), ())
            # Of two documents with one name, the one that lies where the practice lies is meant.
            own = sorted(named, key=lambda source: not is_within(source.card.path, beside))
            result = self._find(quote, own)
            if isinstance(result, str):
                gone.append(GoneQuote(quote, result))
            else:
                citations += result
        return VerifiedPractice(practice, tuple(dict.fromkeys(citations)), tuple(gone))

    def _find(self, quote: PracticeQuote, sources: Sequence[_Source]) -> tuple[Citation, ...] | str:
        """The citations of a quote, one for each passage that it runs over; or why there are none."""
        if not sources:
            return f"The library has no document called {quote.document}."
        for source in sources:
            for pieces in _locate(quote.words, source):
                citations = self._cite(pieces, source)
                if citations:
                    return citations
        words = shorten(quote.words, _SHOWN)
        if any(quote.words in source.text for source in sources):
            return f"{quote.document} holds the words “{words}” only where nothing is cited from, such as in a heading."
        return f"{quote.document} does not hold the words “{words}”."

    def _cite(self, pieces: Sequence[tuple[StoredPassage, Span]], source: _Source) -> tuple[Citation, ...]:
        hits = {one.passage.label: Hit(one.passage, source.card, one.text, 0.0, 0.0, 0.0) for one, _ in pieces}
        quotes = tuple(Quote(one.passage.label, span, source.text[span.start : span.end]) for one, span in pieces)
        words = read_quote((quote.text for quote in quotes), markdown=source.card.kind == "markdown")
        basis = find_weakest(_recognise(hits[quote.label], quote.span) for quote in quotes)
        statement = DraftStatement(words, "source", "quoted", quotes, basis=basis)
        checked = verify_statement(statement, hits, {source.card.id: source.text}.get)
        if isinstance(checked, Rejected):
            return ()
        return tuple(place_page(citation, self._store.find_page) for citation in checked.citations)


def _locate(words: str, source: _Source) -> Iterator[list[tuple[StoredPassage, Span]]]:
    """Where words may stand, best guess first: as they are written, then with other spacing, hyphens and quotation marks."""
    if not fold_letters(words):
        return
    place = source.text.find(words)
    while place >= 0:
        span = Span(place, place + len(words))
        pieces = list(_split(span, source.passages))
        if fold_letters("".join(source.text[one.start : one.end] for _, one in pieces)) == fold_letters(words):
            yield pieces
        place = source.text.find(words, place + 1)
    yield from _locate_in_copy(words, source)


def _split(span: Span, passages: Sequence[StoredPassage]) -> Iterator[tuple[StoredPassage, Span]]:
    """The parts of a span that lie in passages."""
    for stored in passages:
        start, end = max(span.start, stored.passage.start), min(span.end, stored.passage.end)
        if start < end:
            yield stored, Span(start, end)


def _locate_in_copy(words: str, source: _Source) -> Iterator[list[tuple[StoredPassage, Span]]]:
    markdown = source.card.kind == "markdown"
    compounds = find_compounds(source.text)
    spans = [span for stored in source.passages for sentence in stored.passage.sentences for span in sentence.spans]
    copy = make_search_copy(source.text, spans, markdown=markdown, compounds=compounds)
    asked = make_search_copy(words, [Span(0, len(words))], markdown=markdown, compounds=compounds).text
    place = copy.text.find(asked)
    if not asked or place < 0:
        return
    found = join_spans(copy.locate(place, place + len(asked)), lambda span: source.text[span.start : span.end])
    yield [piece for span in found for piece in _split(span, source.passages)]


def _recognise(hit: Hit, span: Span) -> Basis:
    """What the sentences do that a span of a passage touches: no more than the one that claims least."""
    metadata = hit.document.metadata
    markdown = hit.document.kind == "markdown"
    touched = [
        read_quote((hit.cut(part) for part in sentence.spans), markdown=markdown)
        for sentence in hit.passage.sentences
        if sentence.spans[0].start < span.end and span.start < sentence.spans[-1].end
    ]
    return find_weakest(recognise_basis(text, metadata.basis) for text in touched) if touched else "asserts"
