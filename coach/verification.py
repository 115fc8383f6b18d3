"""Checks a draft against the documents themselves: Draft -> what may be shown, and what may not with the reason. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from coach.records import Basis, Citation, Draft, DraftStatement, Hit, Quote, Rejected, Statement
from coach.search_copy import read_quote
from coach.shortening import CUT_MARK

ReadText = Callable[[str], str | None]
"""A document's whole text, by its id; None for a document that is gone."""
FindPage = Callable[[str, int], tuple[int, str | None] | None]
"""Number and label of the page on which a code point of a document stands."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft's statements after the check."""

    statements: tuple[Statement, ...]
    rejected: tuple[Rejected, ...]
    count: int
    """Statements about the sources that were checked."""


def verify(draft: Draft, read_text: ReadText) -> Checked:
    """Let through what stands in the documents at the places that it names.

    A statement about the sources passes when it has quotes and each one names a passage that was retrieved, lies within
    it, and is, character for character, what the document's text holds there. What is shown as quoted must be those words,
    and a mark behind them where the sentence goes on.
    """
    hits = {hit.passage.label: hit for hit in draft.evidence.hits}
    statements: list[Statement] = []
    rejected: list[Rejected] = []
    count = 0
    for drafted in draft.statements:
        if drafted.kind != "source":
            statements.append(Statement(drafted.text, drafted.kind, drafted.origin))
            continue
        count += 1
        result = verify_statement(drafted, hits, read_text)
        if isinstance(result, Rejected):
            rejected.append(result)
        else:
            statements.append(result)
    return Checked(tuple(statements), tuple(rejected), count)


def verify_statement(drafted: DraftStatement, hits: Mapping[str, Hit], read_text: ReadText) -> Statement | Rejected:
    """One statement about the sources, with its citations; or why it may not be shown. `hits` by label."""
    reason = _find_reason(drafted, hits, read_text)
    if reason is not None:
        return Rejected(drafted.text, reason)
    citations = tuple(_cite(quote, hits[quote.label], drafted.basis) for quote in drafted.quotes)
    return Statement(drafted.text, drafted.kind, drafted.origin, citations, drafted.marks)


def place_page(citation: Citation, find_page: FindPage) -> Citation:
    """The citation with the page on which its own words begin: a passage may run over pages."""
    page = find_page(citation.document_id, citation.start) if citation.page is not None else None
    return replace(citation, page=page[0], page_label=page[1]) if page else citation


def _find_reason(drafted: DraftStatement, hits: Mapping[str, Hit], read_text: ReadText) -> str | None:
    if not drafted.quotes:
        return "It names no passage."
    for quote in drafted.quotes:
        hit = hits.get(quote.label)
        if hit is None:
            return f"The passage {quote.label} was not among those found."
        if not hit.passage.start <= quote.span.start < quote.span.end <= hit.passage.end:
            return f"The words lie outside passage {quote.label}."
        text = read_text(hit.document.id)
        if text is None:
            return f"The document {hit.document.name} is no longer in the library."
        if text[quote.span.start : quote.span.end] != quote.text:
            return f"The words do not stand in {hit.document.name} at that place."
    if drafted.origin == "quoted" and drafted.text != _read_quotes(drafted, hits):
        return "The sentence shown is not the sentence quoted."
    return None


def _read_quotes(drafted: DraftStatement, hits: Mapping[str, Hit]) -> str:
    markdown = hits[drafted.quotes[0].label].document.kind == "markdown"
    words = read_quote((quote.text for quote in drafted.quotes), markdown=markdown)
    return words + CUT_MARK if drafted.cut else words


def _cite(quote: Quote, hit: Hit, basis: Basis | None) -> Citation:
    metadata = hit.document.metadata
    return Citation(
        label=quote.label,
        document=hit.document.name,
        document_id=hit.document.id,
        title=hit.document.title,
        authors=", ".join(metadata.authors),
        year=metadata.year,
        page=hit.passage.page,
        page_label=hit.passage.page_label,
        section=" > ".join(hit.passage.section),
        quote=quote.text,
        start=quote.span.start,
        end=quote.span.end,
        basis=basis,
    )
