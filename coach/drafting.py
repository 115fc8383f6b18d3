"""Drafts an answer of quotations: CloseReading -> Draft, what answers, what is near, and what is missing. No language model."""

from __future__ import annotations

from collections.abc import Sequence

from coach.answerability import Answerability
from coach.asking import Kind
from coach.basis import recognise_basis
from coach.close_reading import CloseReading, Finding, cut_sentence
from coach.premises import find_contradiction, find_gap, find_run, lists_items, write_count
from coach.records import Draft, DraftStatement, Hit, Outcome, Quote, Remark, Span
from coach.search_copy import read_quote
from coach.selection import Selected, leans_on_nothing, select_sentences
from coach.shortening import CUT_MARK, cut_clause
from coach.stemming import stem

COMPOSER = "extractive"
_MOST_NEAREST = 2
_FRAGMENT = 0.5
_LISTING_PASSAGES = 3


class ExtractiveComposer:
    """Quotes the sentences that answer."""

    def __init__(self, answerability: Answerability) -> None:
        self._answerability = answerability

    def compose(self, reading: CloseReading) -> Draft:
        """A draft whose statements are quotations, or one without, which names what is nearest."""
        if not reading.findings:
            return Draft(reading.evidence, Outcome.NOT_IN_SOURCES, 0.0, (), COMPOSER)
        confidence = self._answerability.question.estimate(reading.measures)
        probabilities = [self._estimate(finding) for finding in reading.findings]
        texts = [finding.text for finding in reading.findings]
        question = reading.evidence.question
        contradiction = find_contradiction(question.search_text, texts)
        if contradiction is not None:
            count, index = contradiction
            probabilities[index] = 1.0
            remark = Remark("answer.premise", (("count", count.words),))
            return self._quote(reading, probabilities, max(confidence, self._answerability.answered), (remark,))
        if self._choose_run(reading, probabilities):
            return self._quote(reading, probabilities, max(confidence, self._answerability.answered), ())
        gap = find_gap(question.search_text, reading.asked, list(dict.fromkeys(f.lines for f in reading.findings)))
        if gap is not None:
            return self._decline(reading, probabilities, min(confidence, self._answerability.near), (gap,))
        # A nearest idea is not the thing itself: what is said of it is near, and no answer.
        borrowed = any(one.kind == "nearest" for one in question.reworded)
        if borrowed or confidence < self._answerability.answered:
            return self._decline(reading, probabilities, confidence, ())
        return self._quote(reading, probabilities, confidence, ())

    def _choose_run(self, reading: CloseReading, probabilities: list[float]) -> bool:
        """Where a best passage lists as many things as are asked for, its items are what answers."""
        for rank in range(_LISTING_PASSAGES):
            own = [index for index, finding in enumerate(reading.findings) if finding.rank == rank]
            run = find_run(reading.asked, reading.findings[own[0]].lines) if own else None
            if run is not None:
                for index, finding in enumerate(reading.findings):
                    probabilities[index] = float(finding.rank == rank and finding.place in run)
                return True
        return False

    def _estimate(self, finding: Finding) -> float:
        """Probability that a sentence answers; a caption, or a sentence cut off from its sense, reads worse than it ranks."""
        probability = self._answerability.sentence.estimate(finding.measure())
        return probability if finding.is_whole and not leans_on_nothing(finding) else _FRAGMENT * probability

    def compare(self, reading: CloseReading, draft: Draft) -> bool | None:
        """Whether the best sentences of two documents say something close; None where fewer than two are quoted."""
        best: dict[str, int] = {}
        quoted = {(quote.label, quote.span.end) for statement in draft.statements for quote in statement.quotes}
        for index, finding in enumerate(reading.findings):
            place = (finding.hit.passage.label, finding.sentence.spans[-1].end)
            if place in quoted:
                best.setdefault(finding.hit.document.id, index)
        if len({label for label, _ in quoted}) < 2 or len(best) < 2:
            return None
        first, second = list(best.values())[:2]
        return float(reading.vectors[first] @ reading.vectors[second]) >= self._answerability.close

    def _quote(
        self, reading: CloseReading, probabilities: Sequence[float], confidence: float, remarks: tuple[Remark, ...]
    ) -> Draft:
        measure = self._answerability.short if reading.asked.is_short else self._answerability.long
        selected = select_sentences(reading, probabilities, measure)
        statements = tuple(quote_stretch(one, reading) for one in selected)
        missing = _find_missing_list(reading, selected)
        outcome = Outcome.PARTIAL if missing else Outcome.ANSWERED
        return Draft(reading.evidence, outcome, confidence, statements, COMPOSER, missing=missing, remarks=remarks)

    def _decline(
        self, reading: CloseReading, probabilities: Sequence[float], confidence: float, missing: tuple[Remark, ...]
    ) -> Draft:
        nearest: tuple[DraftStatement, ...] = ()
        # Of a question that has nothing to do with the documents nothing is near.
        if confidence >= self._answerability.near or missing:
            nearest = tuple(quote_stretch(one, reading) for one in _find_nearest(reading, probabilities))
        return Draft(
            reading.evidence, Outcome.NOT_IN_SOURCES, confidence, (), COMPOSER, nearest=nearest, missing=missing
        )


def _find_nearest(reading: CloseReading, probabilities: Sequence[float]) -> list[Selected]:
    """The likeliest sentence of each of the two likeliest passages."""
    nearest: dict[str, Selected] = {}
    for index in sorted(range(len(probabilities)), key=lambda index: -probabilities[index]):
        finding = reading.findings[index]
        nearest.setdefault(
            finding.hit.passage.id, Selected(finding, finding.place, finding.place, probabilities[index])
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


def quote_stretch(selected: Selected, reading: CloseReading) -> DraftStatement:
    """A stretch as a statement: its words verbatim, the answer marked, a very long sentence cut where that is safe."""
    finding = selected.finding
    hit = finding.hit
    sentences = hit.passage.sentences[selected.first : selected.last + 1]
    last = cut_sentence(hit, sentences[-1])
    end = cut_clause(last[-1], [stem(word) for word in reading.asked.words], _find_source_answer(finding, last))
    is_cut = end < len(last[-1])
    spans = [span for sentence in sentences for span in sentence.spans]
    spans[-1] = Span(spans[-1].start, spans[-1].start + end) if is_cut else spans[-1]
    quotes = tuple(Quote(hit.passage.label, span, _read_span(hit, span)) for span in _join(hit, spans))
    text = read_quote((quote.text for quote in quotes), markdown=hit.document.kind == "markdown")
    marks = _place_answer(text, finding)
    basis = recognise_basis(finding.text, hit.document.metadata.basis)
    return DraftStatement(text + CUT_MARK if is_cut else text, "source", "quoted", quotes, is_cut, marks, basis)


def _find_source_answer(finding: Finding, parts: Sequence[str]) -> Span | None:
    """Where the words that answer end in the source's last part, as far as that can be told."""
    if finding.answer is None or finding.span_logit is None:
        return None
    words = finding.text[finding.answer.start : finding.answer.end].split()
    place = parts[-1].rfind(words[-1]) if words else -1
    return Span(place, place + len(words[-1])) if place >= 0 else None


def _place_answer(text: str, finding: Finding) -> tuple[Span, ...]:
    """The words that answer, found again in the words that are shown."""
    if finding.answer is None:
        return ()
    words = finding.text[finding.answer.start : finding.answer.end]
    place = text.rfind(words)
    return (Span(place, place + len(words)),) if place >= 0 and words else ()


def _read_span(hit: Hit, span: Span) -> str:
    first = hit.passage.start
    return hit.text[span.start - first : span.end - first]


def _join(hit: Hit, spans: Sequence[Span]) -> list[Span]:
    """Neighbouring spans as one, where nothing but space lies between."""
    joined: list[Span] = []
    for span in spans:
        if joined and not _read_span(hit, Span(joined[-1].end, span.start)).strip():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
