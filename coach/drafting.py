"""Drafts an answer of quotations: CloseReading -> Draft, what answers, what is near, and what is missing. No language model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from coach.answerability import Answerability
from coach.asking import SHORT_KINDS, Kind, find_asking_clause
from coach.authorship import EXTRACTIVE
from coach.basis import find_weakest, recognise_basis
from coach.close_reading import CloseReading, Finding, cut_sentence
from coach.premises import find_contradiction, find_gap, find_mentions, find_run, lists_items, write_count
from coach.records import Draft, DraftStatement, Outcome, Quote, Remark, Span
from coach.search_copy import join_spans, read_quote
from coach.selection import SAME, Measure, Selected, find_first, leans_on_nothing, select_sentences
from coach.shortening import CUT_MARK, cut_clause
from coach.stemming import stem
from coach.twins import tell_the_same

_MOST_NEAREST = 2
_FRAGMENT = 0.5
_LISTING_PASSAGES = 3
_MARKED = SHORT_KINDS | {Kind.LIST, Kind.REASON}


class ExtractiveComposer:
    """Quotes the sentences that answer."""

    def __init__(self, answerability: Answerability) -> None:
        self._answerability = answerability

    def compose(self, reading: CloseReading, room: int | None = None, skip: int = 0) -> Draft:
        """A draft whose statements are quotations, or one without, which names what is nearest.

        Args:
            reading: what was read.
            room: words that the quotations may take together; None for no limit.
            skip: how many answers to the same question were given before: what they quoted is not quoted again.
        """
        first = draft = self._compose(reading, room)
        for _ in range(skip):
            if not draft.statements:
                break
            reading = _leave_out(reading, {one.finding for one in draft.statements})
            draft = self._compose_more(reading, room)
            if draft.statements and not first.unsure:
                # More was asked for, not the answer once more: that the question is answered is known.
                outcome = Outcome.PARTIAL if draft.missing else Outcome.ANSWERED
                draft = replace(draft, outcome=outcome, unsure=False)
        return draft

    @property
    def close(self) -> float:
        """Cosine from which two sentences say something close."""
        return self._answerability.close

    def is_relevant(self, finding: Finding, reading: CloseReading) -> bool:
        """Whether a sentence may be quoted for the question at all."""
        return self._estimate(finding) >= self._measure(reading).floor

    def _measure(self, reading: CloseReading) -> Measure:
        return self._answerability.short if reading.asked.is_short else self._answerability.long

    def _compose_more(self, reading: CloseReading, room: int | None) -> Draft:
        """What more there is of what was answered: the question was answerable, so each sentence is judged by itself."""
        probabilities = [self._estimate(finding) for finding in reading.findings]
        measure = self._measure(reading)
        if not probabilities or max(probabilities) < measure.floor:
            return Draft(reading.evidence, Outcome.NOT_IN_SOURCES, 0.0, (), EXTRACTIVE, missing=(Remark("more"),))
        return self._quote(reading, probabilities, max(*probabilities, self._answerability.answered), (), room)

    def _compose(self, reading: CloseReading, room: int | None) -> Draft:
        if not reading.findings:
            return Draft(reading.evidence, Outcome.NOT_IN_SOURCES, 0.0, (), EXTRACTIVE)
        confidence = self._answerability.question.estimate(reading.measures)
        probabilities = [self._estimate(finding) for finding in reading.findings]
        texts = [finding.text for finding in reading.findings]
        question = reading.evidence.question
        contradiction = find_contradiction(question.search_text, texts)
        if contradiction is not None:
            count, index = contradiction
            probabilities[index] = 1.0
            remark = Remark("answer.premise", (("count", count.words),))
            return self._quote(reading, probabilities, max(confidence, self._answerability.answered), (remark,), room)
        run = self._find_run(reading)
        if run:
            return self._quote(reading, probabilities, max(confidence, self._answerability.answered), (), None, run)
        gap = find_gap(question.search_text, reading.asked, list(dict.fromkeys(f.lines for f in reading.findings)))
        # Of how to do a thing that the documents do not treat at all, it is idle to say that they do not say how.
        if gap is not None and (gap.name != "practice" or confidence >= self._answerability.near):
            return self._decline(reading, probabilities, min(confidence, self._answerability.near), (gap,))
        # A nearest idea is not the thing itself: what is said of it is near, and no answer.
        clause = find_asking_clause(question.search_text)
        if any(one.kind == "nearest" and one.read_as in clause for one in question.reworded):
            return self._decline(reading, probabilities, min(confidence, self._answerability.near), ())
        mentions = find_mentions(clause, [finding.text for finding in reading.findings])
        if mentions:
            probabilities = [(1 + one) / 2 if index in mentions else one for index, one in enumerate(probabilities)]
            return self._quote(reading, probabilities, max(confidence, self._answerability.answered), (), room)
        if confidence < self._answerability.partial:
            return self._decline(reading, probabilities, confidence, ())
        return self._quote(reading, probabilities, confidence, (), room)

    def _find_run(self, reading: CloseReading) -> tuple[Selected, ...]:
        """The items of a list in a best passage that is as long as the list that is asked for."""
        for rank in range(_LISTING_PASSAGES):
            own = [finding for finding in reading.findings if finding.rank == rank]
            items = find_run(reading.asked, own[0].lines) if own else ()
            if items:
                stands_for = {finding.place: finding for finding in own}
                # A short item is no finding of its own: any of its passage lends it the place where it stands.
                return tuple(Selected(stands_for.get(item[-1], own[0]), item[0], item[-1], 1.0) for item in items)
        return ()

    def _estimate(self, finding: Finding) -> float:
        """Probability that a sentence answers; a caption, or a sentence cut off from its sense, reads worse than it ranks."""
        probability = self._answerability.sentence.estimate(finding.measure())
        return probability if finding.is_whole and not leans_on_nothing(finding) else _FRAGMENT * probability

    def compare(self, reading: CloseReading, kept: Sequence[int]) -> bool | None:
        """Whether the best sentences of the quoted documents all say something close; None where fewer than two are quoted.

        Args:
            reading: what was read.
            kept: which of its findings are shown, in reading order: a document's best comes first.
        """
        best: dict[str, int] = {}
        for index in kept:
            best.setdefault(reading.findings[index].hit.document.id, index)
        if len(best) < 2:
            return None
        if reading.asked.kind is Kind.DEFINITION:
            # Definitions of one term are near each other by the term alone, whatever senses they give it.
            return False
        return all(
            float(reading.vectors[one] @ reading.vectors[other]) >= self._answerability.close
            and tell_the_same(reading.findings[one].text, reading.findings[other].text)
            for one, other in combinations(best.values(), 2)
        )

    def _quote(
        self,
        reading: CloseReading,
        probabilities: Sequence[float],
        confidence: float,
        remarks: tuple[Remark, ...],
        room: int | None,
        run: tuple[Selected, ...] = (),
    ) -> Draft:
        measure = self._measure(reading)
        selected = run or select_sentences(reading, probabilities, measure, room)
        marked = max(selected, key=lambda one: one.probability)
        statements = tuple(quote_stretch(one, reading, marks=one is marked and not run) for one in selected)
        missing = _find_missing_list(reading, selected)
        unsure = confidence < self._answerability.answered
        return Draft(
            reading.evidence,
            Outcome.PARTIAL if missing or unsure else Outcome.ANSWERED,
            confidence,
            statements,
            EXTRACTIVE,
            missing=missing,
            remarks=remarks,
            unsure=unsure,
        )

    def _decline(
        self, reading: CloseReading, probabilities: Sequence[float], confidence: float, missing: tuple[Remark, ...]
    ) -> Draft:
        nearest: tuple[DraftStatement, ...] = ()
        # Of a question that has nothing to do with the documents nothing is near.
        if confidence >= self._answerability.near or missing:
            nearest = tuple(quote_stretch(one, reading) for one in _find_nearest(reading, probabilities))
        return Draft(
            reading.evidence, Outcome.NOT_IN_SOURCES, confidence, (), EXTRACTIVE, nearest=nearest, missing=missing
        )


def _leave_out(reading: CloseReading, quoted: Collection[int | None]) -> CloseReading:
    """The reading without some findings, by their places in it, and without what says the same."""
    kept = [
        index
        for index in range(len(reading.findings))
        if all(
            other is not None and index != other and float(reading.vectors[index] @ reading.vectors[other]) < SAME
            for other in quoted
        )
    ]
    return replace(
        reading,
        findings=tuple(reading.findings[index] for index in kept),
        vectors=reading.vectors[np.asarray(kept, int)],
    )


def _find_nearest(reading: CloseReading, probabilities: Sequence[float]) -> list[Selected]:
    """The likeliest sentence of each of the two likeliest passages."""
    nearest: dict[str, Selected] = {}
    for index in sorted(range(len(probabilities)), key=lambda index: -probabilities[index]):
        finding = reading.findings[index]
        nearest.setdefault(
            finding.hit.passage.id, Selected(finding, find_first(finding), finding.place, probabilities[index])
        )
        if len(nearest) == _MOST_NEAREST:
            break
    return list(nearest.values())


def _find_missing_list(reading: CloseReading, selected: Sequence[Selected]) -> tuple[Remark, ...]:
    """A list that is asked for and named by what is quoted, but not given."""
    asked = reading.asked
    if asked.kind is not Kind.LIST or not asked.focus:
        return ()
    focus = stem(asked.focus[0])
    texts = [one.finding.text for one in selected]
    named = any(focus in {stem(word) for word in text.casefold().split()} for text in texts)
    given = any(lists_items(text) for text in texts) or any(count_following(one.finding) for one in selected)
    several = len(selected) >= (asked.count or 3)
    if not named or given or several:
        return ()
    return (Remark("list", (("thing", f"{write_count(asked.count)} {asked.focus[0]}".strip()),)),)


def count_following(finding: Finding) -> int:
    """How many list items stand in the sentence's passage behind the line that leads into them, itself among them."""
    lines = finding.lines
    leads = next((place for place in range(finding.place, -1, -1) if lines[place].endswith(":")), None)
    return 0 if leads is None else sum(line.startswith("• ") for line in lines[leads + 1 :])


def quote_stretch(selected: Selected, reading: CloseReading, *, marks: bool = False) -> DraftStatement:
    """A stretch as a statement: its words verbatim, the answer marked, a very long sentence cut where that is safe."""
    finding = selected.finding
    hit = finding.hit
    sentences = hit.passage.sentences[selected.first : selected.last + 1]
    last = cut_sentence(hit, sentences[-1])[-1]
    end = _find_end(selected, last, reading) if selected.last == finding.place else len(last)
    is_cut = end < len(last)
    spans = [span for sentence in sentences for span in sentence.spans]
    spans[-1] = Span(spans[-1].start, spans[-1].start + end) if is_cut else spans[-1]
    quotes = tuple(Quote(hit.passage.label, span, hit.cut(span)) for span in join_spans(spans, hit.cut))
    text = read_quote((quote.text for quote in quotes), markdown=hit.document.kind == "markdown")
    shown = finding.neighbours[selected.first : selected.last + 1]
    bases = [recognise_basis(sentence, hit.document.metadata.basis) for sentence in shown]
    return DraftStatement(
        text + CUT_MARK if is_cut else text,
        "source",
        "quoted",
        quotes,
        is_cut,
        _place_answer(text, finding, reading) if marks else (),
        find_weakest(bases),
        next((index for index, one in enumerate(reading.findings) if one is finding), None),
    )


def _find_end(selected: Selected, last: str, reading: CloseReading) -> int:
    """Where the last sentence may end early; its length where the words that answer cannot be found in it."""
    finding = selected.finding
    words = [stem(word) for word in reading.asked.words]
    if finding.answer is None:
        return cut_clause(last, words)
    answer = finding.text[finding.answer.start : finding.answer.end]
    place = last.rfind(answer) if answer else -1
    return cut_clause(last, words, Span(place, place + len(answer))) if place >= 0 else len(last)


def _place_answer(text: str, finding: Finding, reading: CloseReading) -> tuple[Span, ...]:
    """The words that answer, where a fact is asked for and the reader is sure enough of them to say that they do."""
    if finding.answer is None or (finding.passage_logit or 0.0) <= 0 or reading.asked.kind not in _MARKED:
        return ()
    start = text.find(finding.text[: finding.answer.end])
    if start < 0:
        return ()
    return (Span(start + finding.answer.start, start + finding.answer.end),)
