"""Finds the source's own sentence that may stand where a claim was refused: a claim in, a verbatim quotation out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from coach.close_reading import CloseReading, Finding
from coach.drafting import ExtractiveComposer, quote_stretch
from coach.forms import holds_order
from coach.records import DraftStatement, Quote
from coach.selection import Selected, find_first, leans_on_nothing
from coach.sentence_vectors import SentenceVectors

_BESIDE = 1


class Substituter:
    """Looks among the sentences that were read closely for a question."""

    def __init__(self, vectors: SentenceVectors, composer: ExtractiveComposer) -> None:
        self._vectors = vectors
        self._composer = composer

    def find(
        self,
        claim: str,
        quotes: Sequence[Quote],
        readings: Sequence[CloseReading],
        used: Collection[Quote],
        quoted: Collection[Quote] = (),
    ) -> DraftStatement | None:
        """The sentence that speaks to the question and comes closest to a claim; None where none is close.

        The sentence in which the claim's quoted words stand is close by that. Any other must say something close to the
        claim, as one document's sentence does to another's. What is used already is not used again.

        Args:
            claim: the sentence that was refused.
            quotes: words of the documents that it named rightly.
            readings: what was read for the question.
            used: what the answer quotes already.
            quoted: what Coach itself quotes for an answer: an order or a question of a document is taken from nowhere else.
        """
        best: tuple[float, DraftStatement] | None = None
        vector = self._vectors.embed([claim])[0]
        for reading in readings:
            cosines = reading.vectors @ vector if len(reading.findings) else np.zeros(0)
            for place, finding in enumerate(reading.findings):
                nearness = float(cosines[place]) + (1.0 if _holds_quote(finding, quotes) else 0.0)
                if nearness < self._composer.close or (best is not None and nearness <= best[0]):
                    continue
                drafted = self._quote(finding, reading)
                if drafted is None or covers_any(drafted.quotes, used):
                    continue
                if holds_order(finding.text) and not covers_any(drafted.quotes, quoted):
                    continue
                best = (nearness, drafted)
        return best[1] if best else None

    def speaks_to(self, quotes: Sequence[Quote], readings: Sequence[CloseReading]) -> bool:
        """Whether one of the sentences in which some words stand may be quoted for the question, or stands beside one."""
        relevant = [
            finding
            for reading in readings
            for finding in reading.findings
            if self._composer.is_relevant(finding, reading)
        ]
        labels = {quote.label for quote in quotes}
        return any(
            finding.hit.passage.label in labels and _holds_quote(finding, quotes, _BESIDE) for finding in relevant
        )

    def _quote(self, finding: Finding, reading: CloseReading) -> DraftStatement | None:
        """A whole sentence that speaks to the question and can be understood alone."""
        if not finding.is_whole or leans_on_nothing(finding) or not self._composer.is_relevant(finding, reading):
            return None
        return quote_stretch(Selected(finding, find_first(finding), finding.place, 0.0), reading)


def _holds_quote(finding: Finding, quotes: Sequence[Quote], beside: int = 0) -> bool:
    """Whether some words stand in a sentence, or in one of those beside it."""
    sentences = finding.hit.passage.sentences
    start = sentences[max(finding.place - beside, 0)].spans[0].start
    end = sentences[min(finding.place + beside, len(sentences) - 1)].spans[-1].end
    return any(
        quote.label == finding.hit.passage.label and start < quote.span.end and quote.span.start < end
        for quote in quotes
    )


def covers_any(quotes: Sequence[Quote], others: Collection[Quote]) -> bool:
    """Whether some words of a passage stand in both."""
    return any(
        one.label == other.label and one.span.start < other.span.end and other.span.start < one.span.end
        for one in quotes
        for other in others
    )
