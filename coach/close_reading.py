"""Reads the best passages sentence by sentence: Evidence -> CloseReading, each sentence measured against the question."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.asking import Asked, Kind, find_numbers, read_question, split_clauses
from coach.background import Background
from coach.cross_encoder import CrossEncoder, PassageReading
from coach.embedding import Embedder, Vectors
from coach.lexical import LexicalIndex, list_words
from coach.records import Evidence, Hit, Sentence, Span
from coach.search_copy import read_quote
from coach.sentence_vectors import SentenceVectors
from coach.stemming import stem, stem_words
from coach.store.store import Store

_PASSAGES = 6
_BEST = 3
_READ_TOGETHER = 2
"""Passages that the cross-encoder reads with the question; each costs about as much as embedding the question twice."""
_MOST_SENTENCES = 20
_FEWEST_WORDS = 4
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*\d{0,3}$")
_REFERENCES = re.compile(r"(further reading|references|bibliography|works cited|endnotes|literature)( list)?:?", re.I)
_ASKS_FOR_QUESTIONS = re.compile(
    r"\b(?:questions?|ask(?:ed|s|ing)?|set out to|wanted to (?:know|learn|find)|aims?|purpose|find out|look(?:ed"
    r"|ing)? (?:at|into))\b",
    re.I,
)
_ITEM_MARK = re.compile(r"(?:^|\n)\s*(?:[•‣▪*–-]|\(?\d{1,2}[.)]|\(?[a-z]\))\s*$")
_DIGIT = re.compile(r"\d")
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][\w’'-]*[a-z]")
_TIME = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b(?:years?|months?|weeks?|days?|hours?|minutes?|centur(?:y|ies)|decades?|january"
    r"|february|march"
    r"|april|may|june|july|august|september|october|november|december)\b",
    re.I,
)
_DEFINING = re.compile(
    r"\b(?:(?:we|i) (?:define|treat|mean)|is (?:defined|seen|understood|described) as|seen as|defined as"
    r"|refers? to|means|treat as"
    r"|understood as|known as|called|the (?:capacity|practice|process|shared work) (?:of|to|that))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence of a passage that was found, measured against the question."""

    hit: Hit
    rank: int
    """Of its passage, 0 for the best."""
    sentence: Sentence
    place: int
    """Which sentence of its passage it is, from 0."""
    text: str
    neighbours: tuple[str, ...]
    """Every sentence of its passage as a person reads it, this one at `place`."""
    lines: tuple[str, ...]
    """The same, those that begin an item of a list with a bullet before them."""
    cosine: float
    """Of the sentence with the question or the nearest of its clauses."""
    overlap: float
    """Share of the question's words, weighted by how much each tells, that stand in it."""
    holds_kind: bool
    """Whether it holds the kind of thing that is asked for: a number, a time, a name, a definition."""
    is_whole: bool
    """Whether it is a sentence, and not a fragment such as the name of a list item or a row of a table."""
    span_logit: float | None = None
    """From reading question and passage together: that an answer stands in this sentence; None where not read."""
    passage_logit: float | None = None
    """From the same: that the passage answers."""
    answer: Span | None = None
    """Where in `text` the answer is likeliest to stand."""

    def measure(self) -> Mapping[str, float]:
        """What the fitted ranking of sentences is given, by the names of `SENTENCE_FEATURES`."""
        return {"cosine": self.cosine, "overlap": self.overlap, "holds_kind": float(self.holds_kind)}


_LEAST_LOGIT = -20.0
SENTENCE_FEATURES = ("cosine", "overlap", "holds_kind")
QUESTION_FEATURES = (
    "sentence_nearness",
    "passage_nearness",
    "coverage",
    "names_missing",
    "numbers_missing",
    "focus_missing",
    "kind_missing",
    "length",
)
# Of sentences the cross-encoder adds nothing that holds on the study texts: see the table in the README.
READ_QUESTION_FEATURES = ("best_passage_logit", "second_passage_logit", "best_span_logit")


@dataclass(frozen=True, slots=True)
class CloseReading:
    """What was found for a question, sentence by sentence."""

    evidence: Evidence
    asked: Asked
    findings: tuple[Finding, ...]
    vectors: Vectors
    """One row for each finding."""
    measures: Mapping[str, float]
    """Of the whole question, by the names of `QUESTION_FEATURES`."""


class CloseReader:
    """Measures the sentences of the best passages against a question."""

    def __init__(
        self,
        store: Store,
        words: LexicalIndex,
        embedder: Embedder,
        background: Background,
        cross_encoder: CrossEncoder | None = None,
    ) -> None:
        self._store = store
        self._background = background
        self._words = words
        self._embedder = embedder
        self._cross_encoder = cross_encoder
        self.vectors = SentenceVectors(embedder)
        """Of the sentences that were read, for whoever compares others with them."""

    @property
    def reads_together(self) -> bool:
        """Whether a cross-encoder takes part."""
        return self._cross_encoder is not None

    def read(self, evidence: Evidence) -> CloseReading:
        """Every sentence worth a look; none where nothing was found."""
        asked = read_question(evidence.question.search_text)
        weights = self._words.weigh(asked.words, self._store.read_generation())
        findings = _list_findings(evidence, asked, weights)
        # Only the likeliest are embedded: the rest would cost more time than they could win.
        findings.sort(key=lambda finding: -(finding.overlap + 0.5 * finding.hit.score))
        findings = findings[:_MOST_SENTENCES]
        if not findings:
            empty = np.zeros((0, self._embedder.dimensions), dtype=np.float32)
            return CloseReading(evidence, asked, (), empty, {})
        vectors = self.vectors.embed([finding.text for finding in findings])
        cosines = (vectors @ self._embed_clauses(evidence).T).max(axis=1).tolist()
        measured = tuple(replace(finding, cosine=cosine) for finding, cosine in zip(findings, cosines, strict=True))
        background = self._background.measure(self._store.read_generation())
        measures = _measure(evidence, asked, weights, measured, background)
        if self._cross_encoder is None:
            return CloseReading(evidence, asked, measured, vectors, measures)
        measured, logits = _read_together(self._cross_encoder, evidence, measured)
        return CloseReading(evidence, asked, measured, vectors, {**measures, **logits})

    def _embed_clauses(self, evidence: Evidence) -> Vectors:
        """The vectors of the whole question and of each of its clauses: a sentence may answer what one of them asks."""
        clauses = split_clauses(evidence.question.search_text)
        whole = np.asarray([evidence.vector], dtype=np.float32)
        return np.vstack([whole, self._embedder.embed(clauses)]) if clauses else whole


def _read_together(
    cross_encoder: CrossEncoder, evidence: Evidence, findings: Sequence[Finding]
) -> tuple[tuple[Finding, ...], Mapping[str, float]]:
    """The findings with what reading question and passage together says of them, and the same of the whole question."""
    passages = list(dict.fromkeys((finding.rank, finding.neighbours) for finding in findings))
    passages = sorted(passages)[:_READ_TOGETHER]
    readings = cross_encoder.read(evidence.question.search_text, [" ".join(texts) for _, texts in passages])
    by_rank = {rank: reading for (rank, _), reading in zip(passages, readings, strict=True)}
    read = tuple(
        _add_reading(finding, by_rank[finding.rank]) if finding.rank in by_rank else finding for finding in findings
    )
    logits = sorted((reading.answers for reading in readings), reverse=True)
    spans = [finding.span_logit for finding in read if finding.span_logit is not None]
    return read, {
        "best_passage_logit": logits[0],
        "second_passage_logit": logits[1] if len(logits) > 1 else logits[0],
        "best_span_logit": max((max(logit, _LEAST_LOGIT) for logit in spans), default=_LEAST_LOGIT),
    }


def _add_reading(finding: Finding, reading: PassageReading) -> Finding:
    start = sum(len(text) + 1 for text in finding.neighbours[: finding.place])
    end = start + len(finding.text)
    span = reading.find_span(start, end)
    return replace(
        finding,
        span_logit=reading.score_part(start, end),
        passage_logit=reading.answers,
        answer=Span(span.start - start, span.end - start) if span else None,
    )


def _list_findings(evidence: Evidence, asked: Asked, weights: Mapping[str, float]) -> list[Finding]:
    asks_for_questions = bool(_ASKS_FOR_QUESTIONS.search(evidence.question.search_text))
    findings: list[Finding] = []
    for rank, hit in enumerate(_leave_out_references(evidence.hits)[:_PASSAGES]):
        texts = tuple(read_sentence(hit, sentence) for sentence in hit.passage.sentences)
        lines = tuple(f"• {text}" if begins_item(hit, place) else text for place, text in enumerate(texts))
        for place, (sentence, text) in enumerate(zip(hit.passage.sentences, texts, strict=True)):
            if len(text.split()) < _FEWEST_WORDS or _says_nothing(text, asks_for_questions):
                continue
            overlap = measure_coverage(asked.words, weights, stem_words(text))
            whole = bool(_SENTENCE_END.search(text))
            holds = holds_kind(asked.kind, text)
            findings.append(Finding(hit, rank, sentence, place, text, texts, lines, 0.0, overlap, holds, whole))
    return findings


def _measure(
    evidence: Evidence, asked: Asked, weights: Mapping[str, float], findings: Sequence[Finding], background: float
) -> Mapping[str, float]:
    hits = evidence.hits
    texts = [hit.passage.search_text for hit in hits[:_BEST]]
    together = stem_words(" ".join([*texts, *(hit.passage.heading for hit in hits[:_BEST])]))
    nearest = max(findings, key=lambda finding: finding.cosine)
    likeliest = sorted(findings, key=lambda finding: -(finding.cosine + finding.overlap))[:_BEST]
    present = find_numbers(list_words(" ".join(texts)))
    return {
        # How much nearer than a question about something else would come.
        "sentence_nearness": nearest.cosine - background,
        "passage_nearness": max(hit.dense for hit in hits) - background,
        "coverage": measure_coverage(asked.words, weights, together),
        "names_missing": _find_share([stem(name.casefold()) in together for name in asked.names]),
        "numbers_missing": _find_share([number in present for number in find_numbers(asked.words)]),
        "focus_missing": _find_share([stem(word) in together for word in asked.focus]),
        "kind_missing": float(not any(finding.holds_kind for finding in likeliest)),
        "length": math.log(1 + sum(len(text) for text in nearest.neighbours)),
    }


def _find_share(present: Sequence[bool]) -> float:
    """Share that is not there; 0 where nothing was asked for."""
    return 1 - sum(present) / len(present) if present else 0.0


def measure_coverage(words: Sequence[str], weights: Mapping[str, float], stems: frozenset[str]) -> float:
    """Share of the question's words, weighted by how much each tells, that stand among the stems; 0 to 1."""
    total = sum(weights[word] for word in words)
    return sum(weights[word] for word in words if stem(word) in stems) / total if total else 0.0


def holds_kind(kind: Kind, text: str) -> bool:
    """Whether a sentence holds the kind of thing that is asked for; so does every sentence where the kind has no mark."""
    if kind is Kind.NUMBER:
        return bool(_DIGIT.search(text)) or bool(find_numbers(text.split())) or bool(_TIME.search(text))
    if kind is Kind.TIME:
        return bool(_TIME.search(text))
    if kind in (Kind.PERSON, Kind.PLACE):
        return bool(_CAPITAL.search(text))
    if kind is Kind.DEFINITION:
        return bool(_DEFINING.search(text))
    return True


def _leave_out_references(hits: Sequence[Hit]) -> list[Hit]:
    """Lists of literature are near every question and answer none."""
    return [hit for hit in hits if not (hit.passage.section and _REFERENCES.fullmatch(hit.passage.section[-1].strip()))]


def _says_nothing(text: str, asks_for_questions: bool) -> bool:
    """A line that leads into a list, or a question of the source: what was asked is no answer, unless that is asked."""
    return text.endswith(":") or (text.endswith("?") and not asks_for_questions)


def begins_item(hit: Hit, place: int) -> bool:
    """Whether a list's mark stands between the sentence before and this one."""
    sentences = hit.passage.sentences
    start = sentences[place].spans[0].start - hit.passage.start
    before = sentences[place - 1].spans[-1].end - hit.passage.start if place else 0
    return bool(_ITEM_MARK.search(hit.text[before:start]))


def read_sentence(hit: Hit, sentence: Sentence) -> str:
    """A sentence as a person reads it."""
    return read_quote(cut_sentence(hit, sentence), markdown=hit.document.kind == "markdown")


def cut_sentence(hit: Hit, sentence: Sentence) -> list[str]:
    """The source words of each span of a sentence."""
    return [hit.cut(span) for span in sentence.spans]
