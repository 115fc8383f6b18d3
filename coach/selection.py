"""Chooses which sentences answer, and in which order they read well: CloseReading -> selected stretches of passages. Pure.

A fact or a definition gets up to three sentences, anything else up to six from several places, and every document that
speaks to it. A sentence that leans on the one before it brings that along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.asking import FACT_KINDS, Kind
from coach.close_reading import CloseReading, Finding

_FEWEST, _MOST = 3, 6
SAME = 0.93
"""Cosine from which two sentences say the same."""
_LONGEST_BROUGHT = 60
# A sentence that begins so stands for something that was said before it. "It is clear that" stands for nothing.
_LEANS = re.compile(
    r"^(?:[•*–-]\s*)?(?:and,? |but,? )?(?:as we show in \w+ \d+ (?:on page \d+)?, )?"
    r"(?:these|those|they|them|their|its|he|she|such|both|each of (?:these|them)|for (?:this|these)|in this"
    r"|it(?! is (?:\w+ )?(?:that|to|important|clear|likely|possible|necessary))"
    r"|this(?! (?:report|paper|article|chapter|section|document|page|guide|handout))"
    r"|the (?:first|second|third|latter|former|other)s?"
    r"(?= (?:concern|is|was|are|were|of|one|two|has|had|set|group|strand|theme)))\b",
    re.I,
)


_ANNOUNCES = re.compile(r"\b(?:two|three|four|five|six|several) (?:[\w-]+ ){0,3}?[\w-]+s\b", re.I)
_COUNTS_ON = re.compile(r"^(?:the )?(?:first|second|third|fourth|fifth|sixth|one|another|finally|last)(?:ly)?\b", re.I)


@dataclass(frozen=True, slots=True)
class Selected:
    """A stretch of one passage that is quoted: the sentence that answers, and those before it that it leans on."""

    finding: Finding
    first: int
    """Place in the passage of the first sentence that is quoted."""
    last: int
    """Place of the last one: the one that answers, or what it announces."""
    probability: float


@dataclass(frozen=True, slots=True)
class Measure:
    """How much is quoted; chosen by a script."""

    floor: float
    """Probability below which a sentence is not quoted beside a better one."""
    share: float
    """Of the best sentence's probability, below which another is not quoted."""


def select_sentences(
    reading: CloseReading, probabilities: Sequence[float], measure: Measure, room: int | None = None
) -> tuple[Selected, ...]:
    """The stretches that answer, in reading order; the best sentence is always among them.

    Args:
        reading: with at least one finding.
        probabilities: of each finding, that it answers.
        measure: how much is quoted.
        room: words that the quotations may take together; None for no limit.
    """
    most = _FEWEST if reading.asked.is_short else _MOST
    order = sorted(range(len(probabilities)), key=lambda index: -probabilities[index])
    best = probabilities[order[0]]
    chosen: list[int] = []
    for index in order:
        if chosen and probabilities[index] < max(measure.floor, measure.share * best):
            break
        if len(chosen) < most and _is_new(reading, index, chosen):
            chosen.append(index)
    if reading.asked.kind not in FACT_KINDS:
        chosen = _hear_every_document(reading, probabilities, measure, order, chosen, most)
    if room is not None:
        chosen = _fit(reading, probabilities, chosen, room)
    return _order(reading, probabilities, chosen)


def _fit(reading: CloseReading, probabilities: Sequence[float], chosen: Sequence[int], room: int) -> list[int]:
    """The best sentences that fit, each document's best before any second one."""
    heard: set[str] = set()
    firsts: list[int] = []
    others: list[int] = []
    for index in sorted(chosen, key=lambda index: -probabilities[index]):
        document = reading.findings[index].hit.document.id
        (others if document in heard else firsts).append(index)
        heard.add(document)
    fitting: list[int] = []
    for index in (*firsts, *others):
        words = count_words(reading.findings[index])
        if fitting and words > room:
            continue
        fitting.append(index)
        room -= words
    return fitting


def count_words(finding: Finding) -> int:
    """Words that are quoted with a sentence: its own, and those before and after that it brings."""
    stretch = finding.neighbours[find_first(finding) : find_last(finding) + 1]
    return sum(len(text.split()) for text in stretch)


def _is_new(reading: CloseReading, index: int, chosen: Sequence[int]) -> bool:
    vectors = reading.vectors
    return all(float(vectors[index] @ vectors[other]) < SAME for other in chosen)


def _hear_every_document(
    reading: CloseReading,
    probabilities: Sequence[float],
    measure: Measure,
    order: Sequence[int],
    chosen: list[int],
    most: int,
) -> list[int]:
    """The best sentence of each document that speaks to the question, in place of a document's least likely one."""
    # Who compares wants to hear the other document even where it says less.
    compares = reading.asked.kind is Kind.COMPARISON
    least = measure.floor if compares else max(measure.floor, measure.share * probabilities[order[0]])
    heard = {reading.findings[index].hit.document.id for index in chosen}
    for index in order:
        document = reading.findings[index].hit.document.id
        if document in heard or probabilities[index] < least:
            continue
        heard.add(document)
        if len(chosen) == most:
            spare = _find_spare(reading, chosen)
            if spare is None:
                break
            chosen = [other for other in chosen if other != spare]
        chosen = [*chosen, index]
    return chosen


def _find_spare(reading: CloseReading, chosen: Sequence[int]) -> int | None:
    """The least likely sentence of a document that is quoted more than once."""
    documents = [reading.findings[index].hit.document.id for index in chosen]
    return next(
        (index for index in reversed(chosen) if documents.count(reading.findings[index].hit.document.id) > 1), None
    )


def _order(reading: CloseReading, probabilities: Sequence[float], chosen: Sequence[int]) -> tuple[Selected, ...]:
    """The document of the best sentence first; within a document the best first, the rest as the source has them."""
    ranked = sorted(chosen, key=lambda index: -probabilities[index])
    documents = list(dict.fromkeys(reading.findings[index].hit.document.id for index in ranked))
    ordered: list[int] = []
    for document in documents:
        own = [index for index in ranked if reading.findings[index].hit.document.id == document]
        rest = sorted(own, key=lambda index: reading.findings[index].sentence.spans[0].start)
        # Neighbours keep the order of their source, even when the later one answers better.
        ordered += rest if _are_neighbours(reading, rest) else [own[0], *(index for index in rest if index != own[0])]
    selected: list[Selected] = []
    for index in ordered:
        finding = reading.findings[index]
        one = Selected(finding, find_first(finding), find_last(finding), probabilities[index])
        met = next((place for place, other in enumerate(selected) if _overlap(one, other)), None)
        if met is None:
            selected.append(one)
            continue
        # What it leans on, or announces it, is quoted already: the two are one stretch, in the place of the first.
        other = selected[met]
        better = max(one, other, key=lambda stretch: stretch.probability)
        selected[met] = replace(better, first=min(one.first, other.first), last=max(one.last, other.last))
    return tuple(selected)


def _are_neighbours(reading: CloseReading, ordered: Sequence[int]) -> bool:
    findings = [reading.findings[index] for index in ordered]
    return all(
        after.hit is before.hit and after.place - before.place == 1
        for before, after in zip(findings, findings[1:], strict=False)
    )


def _overlap(one: Selected, other: Selected) -> bool:
    return one.finding.hit is other.finding.hit and one.first <= other.last and other.first <= one.last


def leans_on_nothing(finding: Finding) -> bool:
    """Whether a sentence stands for something that cannot be quoted with it."""
    return bool(_LEANS.search(finding.text)) and find_first(finding) == finding.place


def find_last(finding: Finding) -> int:
    """The sentence with which a quotation ends: "Two sets emerged" goes on with what the first and the second are."""
    last = finding.place
    if _ANNOUNCES.search(finding.text):
        while last + 1 < len(finding.neighbours) and _COUNTS_ON.search(finding.neighbours[last + 1]):
            last += 1
    return last


def find_first(finding: Finding) -> int:
    """The sentence with which a quotation must begin to be understood alone."""
    first = finding.place
    texts = finding.neighbours
    words = len(finding.text.split())
    while (
        first > 0
        and _LEANS.search(texts[first])
        and words + len(texts[first - 1].split()) <= _LONGEST_BROUGHT + len(finding.text.split())
    ):
        first -= 1
        words += len(texts[first].split())
    return first
