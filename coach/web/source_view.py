"""What the right side of the page shows of one source: a citation in, the words marked where they stand out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.conversing import Excerpt, cut_excerpt, read_citation
from coach.places import MarkedPage
from coach.records import DocumentCard, Exchange
from coach.rendering import name_source, name_writers
from coach.search_copy import shorten
from coach.web.exchange_view import Mark

_LONGEST_QUOTE = 160
_MOST_DOCUMENTS = 8


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source of an answer."""

    ordinal: int
    number: int
    title: str
    who: str
    place: str
    basis: str
    document_id: str
    excerpt: Excerpt | None
    """None where the document is gone, or says something else there now."""
    quote: str
    pages: tuple[MarkedPage, ...]
    marks: tuple[Mark, ...]
    """Every source of the answer, for going from one to the next."""


FindPages = Callable[[str, int, int], tuple[MarkedPage, ...]]
"""The pages that words stand on: of a document's id and two places in its text."""
ReadText = Callable[[str], str | None]


def view_source(exchange: Exchange, number: int, read_text: ReadText, find_pages: FindPages) -> SourceView | None:
    """The source with that number; None where the answer has no such one.

    Args:
        exchange: a question with its answer object.
        number: 1 for the first.
        read_text: the text of a document by its id, None where it is gone.
        find_pages: the marked pages for a document's id and two places in its text; none where it has no pages.
    """
    sources = exchange.answer.get("citations") or ()
    if not 1 <= number <= len(sources):
        return None
    source: Mapping[str, Any] = sources[number - 1]
    citation = read_citation(source)
    excerpt = cut_excerpt(read_text(citation.document_id), source)
    section = citation.section.split(" > ")[-1]
    return SourceView(
        ordinal=exchange.ordinal,
        number=number,
        title=citation.title,
        who=", ".join(part for part in (citation.authors, str(citation.year) if citation.year else "") if part),
        place=section if section.casefold() != citation.title.casefold() else "",
        basis=f"basis_label.{citation.basis}" if citation.basis else "",
        document_id=citation.document_id,
        excerpt=excerpt,
        quote=citation.quote,
        pages=find_pages(citation.document_id, citation.start, citation.end) if excerpt is not None else (),
        marks=tuple(Mark(place, name_source(read_citation(one))) for place, one in enumerate(sources, start=1)),
    )


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in the list of an answer's."""

    mark: Mark
    quote: str


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources of one answer, or the documents where nothing was asked yet."""

    ordinal: int = -1
    lines: tuple[SourceLine, ...] = ()
    documents: tuple[str, ...] = ()
    more: int = 0
    """Documents that are not listed."""


def list_sources(exchange: Exchange) -> SourceList:
    """The sources of an answer, in the order of their numbers."""
    lines = (
        SourceLine(Mark(number, name_source(read_citation(one))), shorten(one["quote"], _LONGEST_QUOTE))
        for number, one in enumerate(exchange.answer.get("citations") or (), start=1)
    )
    return SourceList(exchange.ordinal, tuple(lines))


def list_documents(cards: Sequence[DocumentCard]) -> SourceList:
    """The documents of a library, the first few by name."""
    names = (name_document(card) for card in cards[:_MOST_DOCUMENTS])
    return SourceList(documents=tuple(names), more=max(len(cards) - _MOST_DOCUMENTS, 0))


def name_document(card: DocumentCard) -> str:
    """A document in one line: its title, and who wrote it when as far as that is known."""
    who = name_writers(card.metadata.authors, card.metadata.year)
    return f"{card.title} ({who})" if who else card.title
