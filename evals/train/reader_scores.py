"""Measures a reader: rows never trained on and a model in; how well it tells answers from near misses, and finds them, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from coach.cross_encoder import CrossEncoder, PassageReading
from evals.train.reader_data import Row, find_sentences, touch

_PIECE = 900  # characters; a longer passage is read in pieces of whole sentences, as a library's passages are


def measure_rows(rows: Sequence[Row], encoder: CrossEncoder) -> dict[str, float]:
    """The figures of each set, rounded to thousandths.

    auroc: questions on the passage they were asked of, answerable against not.
    auroc_removed: answerable questions, the passage against the same without the sentences that answer.
    span: share of answerable questions whose best span overlaps the answer.
    sentence, sentence_alone: share whose best sentence overlaps it, by parts of one reading or each read by itself.
    """
    figures: dict[str, float] = {}
    for source in sorted({row.source for row in rows}):
        some = [row for row in rows if row.source == source]
        scores = [_read_longest(row.question, row.text, encoder) for row in some]
        labels = [row.answerable for row in some]
        answered = [(row, score) for row, score in zip(some, scores, strict=True) if row.answerable]
        removed = [_read_longest(row.question, _remove_answer(row), encoder) for row, _ in answered]
        against = [True] * len(answered) + [False] * len(removed)
        figures |= {
            f"{source}_auroc": roc_auc_score(labels, scores),
            f"{source}_auroc_removed": roc_auc_score(against, [score for _, score in answered] + removed),
        }
        found = np.array([_find(row, encoder) for row, _ in answered])
        figures |= dict(
            zip(
                [f"{source}_{name}" for name in ("span", "sentence", "sentence_alone")], found.mean(axis=0), strict=True
            )
        )
    return {name: round(float(value), 3) for name, value in figures.items()}


def _find(row: Row, encoder: CrossEncoder) -> tuple[bool, bool, bool]:
    """Whether span, sentence, and sentence by itself overlap the answer."""
    pieces = list(iterate_pieces(row.text))
    readings = encoder.read(row.question, [row.text[slice(*piece)] for piece in pieces])
    spans = [
        (span.score, (piece[0] + span.start, piece[0] + span.end))
        for piece, reading in zip(pieces, readings, strict=True)
        if (span := reading.find_span())
    ]
    sentences = find_sentences(row.text)
    parts = [max(_score_sentence(part, pieces, readings)) for part in sentences]
    alone = [reading.answers for reading in encoder.read(row.question, [row.text[slice(*part)] for part in sentences])]
    chosen = [max(spans)[1], sentences[int(np.argmax(parts))], sentences[int(np.argmax(alone))]]
    one, two, three = (any(touch(part, found) for found in row.ranges) for part in chosen)
    return one, two, three


def _score_sentence(
    part: tuple[int, int], pieces: Sequence[tuple[int, int]], readings: Sequence[PassageReading]
) -> Iterator[float]:
    for (start, end), reading in zip(pieces, readings, strict=True):
        yield reading.score_part(part[0] - start, part[1] - start) if start <= part[0] and part[1] <= end else -np.inf


def _read_longest(question: str, text: str, encoder: CrossEncoder) -> float:
    pieces = [text[slice(*piece)] for piece in iterate_pieces(text)]
    return max(reading.answers for reading in encoder.read(question, pieces or [""]))


def iterate_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where each piece begins and ends."""
    start = end = 0
    for _, after in find_sentences(text):
        if end > start and after - start > _PIECE:
            yield start, end
            start = end
        end = after
    if end > start:
        yield start, end


def _remove_answer(row: Row) -> str:
    kept = [part for part in find_sentences(row.text) if not any(touch(part, found) for found in row.ranges)]
    return " ".join(row.text[slice(*part)] for part in kept)
