"""Finds passages for a plan beside those that it quotes: words to search for in, quotations of exact source words out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from coach.basis import recognise_basis
from coach.plans.checking import list_gone, stands
from coach.plans.composing import ground_passage
from coach.plans.material import read_material
from coach.plans.records import Grounding, Plan
from coach.prompts import Wording
from coach.records import Citation, Evidence, Hit
from coach.search_copy import read_quote
from coach.sentence_vectors import SentenceVectors
from coach.store.store import Store
from coach.verification import place_page

MOST_OTHERS = 8
_ENOUGH_WORDS = 40
"""A sentence shorter than this takes its neighbour along, while both together stay below it."""


class Searching(Protocol):
    """What is needed of an assistant."""

    def search(self, text: str, count: int = 10) -> Evidence:
        """As `coach.assistant.Assistant.search`."""
        ...


@dataclass(frozen=True, slots=True)
class PassageFinder:
    """Finds passages in one library."""

    assistant: Searching
    store: Store
    vectors: SentenceVectors
    wording: Wording
    """Of plans."""

    def find(self, plan: Plan, words: str) -> tuple[Grounding, ...]:
        """Passages that come near some words, the nearest first; without those that the plan quotes.

        Raises:
            LibraryEmpty: there are no documents.
        """
        quoted = [one.citation for one in plan.grounding]
        found = []
        for hit in self.assistant.search(words, MOST_OTHERS + len(quoted)).hits:
            citation = self._quote(hit, words)
            if citation is not None and not any(citation.shares_words(other) for other in quoted):
                found.append(self._ground(plan, citation, hit.document.metadata.address or ""))
        return tuple(found[:MOST_OTHERS])

    def list_gone(self, plan: Plan) -> tuple[Grounding, ...]:
        """Passages of a plan whose words the library no longer holds."""
        return list_gone(plan, self.store.read_text)

    def _ground(self, plan: Plan, citation: Citation, address: str) -> Grounding:
        material = replace(read_material({}), coverage=plan.coverage, practices=plan.practices)
        return ground_passage(citation, material, address, self.wording)

    def _quote(self, hit: Hit, words: str) -> Citation | None:
        """The sentences of a passage that come nearest, as they stand in the document; None where they no longer do."""
        spans = [
            (sentence.spans[0].start, sentence.spans[0].end)
            for sentence in hit.passage.sentences
            if len(sentence.spans) == 1
        ]
        texts = [_read(hit, start, end) for start, end in spans]
        if not any(text.strip() for text in texts):
            return None
        likeness = self.vectors.embed(texts) @ self.vectors.embed([words])[0]
        first, last = _widen(texts, int(np.argmax(likeness)))
        start, end = spans[first][0], spans[last][1]
        citation = _cite(hit, start, end)
        return place_page(citation, self.store.find_page) if stands(citation, self.store.read_text) else None


def _read(hit: Hit, start: int, end: int) -> str:
    return hit.text[start - hit.passage.start : end - hit.passage.start]


def _widen(texts: Sequence[str], place: int) -> tuple[int, int]:
    """First and last of the sentences that are quoted together."""
    count: Callable[[int], int] = lambda at: len(texts[at].split())  # noqa: E731
    first = last = place
    words = count(place)
    for step in (place + 1, place - 1):
        if 0 <= step < len(texts) and words + count(step) <= _ENOUGH_WORDS:
            first, last, words = min(first, step), max(last, step), words + count(step)
    return first, last


def _cite(hit: Hit, start: int, end: int) -> Citation:
    document, quote = hit.document, _read(hit, start, end)
    plain = read_quote([quote], markdown=document.kind == "markdown")
    return Citation(
        label=hit.passage.label,
        document=document.name,
        document_id=document.id,
        title=document.title,
        authors=", ".join(document.metadata.authors),
        year=document.metadata.year,
        page=hit.passage.page,
        page_label=hit.passage.page_label,
        section=" > ".join(hit.passage.section),
        quote=quote,
        start=start,
        end=end,
        basis=recognise_basis(plain),
    )
