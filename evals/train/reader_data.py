"""What the reader learns from and is measured on: the data's rows in, pairs of question and passage with marked answers out.

The split is a rule on the article's title alone (`place_of`), so that anyone can leave out what was trained on: an
article whose place lies below the set's HELD_OUT share is never trained on, the next DEV share only where asked.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sentencex

from coach.stemming import stem_words

HELD_OUT = {"squad2": 1 / 3, "clapnq": 1 / 2}
DEV = {"squad2": 0.12, "clapnq": 0.10}
SPLIT_RULE = (
    "place = first 8 hexadecimal digits of the SHA-256 of the article's title (UTF-8), divided by 2**32; "
    "held out where place < 1/3 (squad2) or place < 1/2 (clapnq), trained on otherwise"
)
LICENCES = {"squad2": "SQuAD 2.0 part, CC BY-SA 4.0", "clapnq": "CLAP NQ part, Apache-2.0"}
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the passage it was asked of, and where the answer stands in it."""

    source: str
    article: str
    question: str
    text: str
    answerable: bool
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One pair to learn from. `ranges` are empty where the text does not answer."""

    question: str
    text: str
    answers: bool
    ranges: tuple[Range, ...] = ()
    # A short answer has its start and end at the range's; of a whole sentence any token will do.
    exact: bool = True


def place_of(title: str) -> float:
    """Where an article falls between 0 and 1, by its title alone."""
    return int(hashlib.sha256(title.encode()).hexdigest()[:8], 16) / 2**32


def load_rows(path: Path) -> list[Row]:
    """The rows of `squad2.jsonl` or `clapnq.jsonl`."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        value = json.loads(line)
        passage = value["passages"][0]
        text, answers = passage["text"], value.get("answers") or value.get("gold_sentences") or []
        rows.append(
            Row(
                path.stem,
                passage["title"],
                value["question"],
                text,
                value["answerable"],
                tuple(sorted({found for answer in answers for found in find_ranges(answer, text)})),
            )
        )
    return rows


def find_ranges(answer: str, text: str) -> Iterator[Range]:
    """Everywhere the answer stands in the text as whole words."""
    for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text):
        yield match.span()


def split_rows(rows: Sequence[Row], *, with_dev: bool) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows to train on, rows to choose variants on, rows held out; no passage is in two of them."""
    parts: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for row in rows:
        place, held = place_of(row.article), HELD_OUT[row.source]
        index = 2 if place < held else 1 if with_dev and place < held + DEV[row.source] else 0
        parts[index].append(row)
    train, dev, held_out = ({row.text for row in part} for part in parts)
    assert not train & dev and not train & held_out and not dev & held_out, "a passage is in two parts of the split"
    return parts


@cache
def find_sentences(text: str) -> tuple[Range, ...]:
    """Where each sentence begins and ends."""
    ranges, start = [], 0
    for sentence in sentencex.segment("en", text):
        start = text.index(sentence, start)
        ranges.append((start, start + len(sentence.rstrip())))
        start += len(sentence)
    return tuple((start, end) for start, end in ranges if text[start:end].strip())


def draw_cases(rows: Sequence[Row], chance: random.Random, swap: float) -> list[Case]:
    """One epoch: each row as several pairs, drawn anew each time."""
    by_article: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.text not in by_article[row.article]:
            by_article[row.article].append(row.text)
    cases: list[Case] = []
    for row in rows:
        for _ in range(3 if row.source == "clapnq" else 1):
            cases += _draw_answerable(row, by_article, chance, swap) if row.answerable else _draw_near_miss(row, chance)
    return [Case(_loosen(case.question, chance), case.text, case.answers, case.ranges, case.exact) for case in cases]


def _draw_answerable(row: Row, texts: dict[str, list[str]], chance: random.Random, swap: float) -> Iterator[Case]:
    """The whole passage, often a shorter part that answers, and texts or questions that do not match."""
    sentences = find_sentences(row.text)
    answering = [index for index, part in enumerate(sentences) if any(touch(part, found) for found in row.ranges)]
    if not answering:
        return
    yield _cut(row, 0, len(row.text))
    if chance.random() < 0.4:
        yield _cut_short(row, sentences, answering, chance)
    if chance.random() < 0.4:
        yield Case(row.question, _draw_other_text(row, texts, sentences, answering, chance), answers=False)
    if chance.random() < swap and (swapped := _swap_name(row.question, row.text, chance)):
        yield Case(swapped, row.text, answers=False)


def _cut_short(row: Row, sentences: tuple[Range, ...], answering: Sequence[int], chance: random.Random) -> Case:
    """The sentence that answers, alone or with its neighbours."""
    best = max(answering, key=lambda index: _overlap(row.question, row.text[slice(*sentences[index])]))
    before, after = chance.choice([(0, 0), (1, 1), (1, 0), (0, 1), (2, 1), (1, 3)])
    first, last = max(0, best - before), min(len(sentences) - 1, best + after)
    return _cut(row, sentences[first][0], sentences[last][1])


def _draw_other_text(
    row: Row,
    texts: dict[str, list[str]],
    sentences: tuple[Range, ...],
    answering: Sequence[int],
    chance: random.Random,
) -> str:
    """A text that does not answer: the passage without its answer, or another passage, mostly of the same article."""
    kept = [part for index, part in enumerate(sentences) if index not in answering]
    if kept and chance.random() < 0.55:
        if chance.random() < 0.4:
            start = chance.randrange(len(kept))
            kept = kept[start : start + chance.choice([1, 1, 2, 3])]
        return " ".join(row.text[slice(*part)] for part in kept)
    answers = {row.text[slice(*found)].casefold() for found in row.ranges}
    others = [text for text in texts[row.article] if not any(answer in text.casefold() for answer in answers)]
    if not others or chance.random() < 0.1:
        others = texts[chance.choice([article for article in texts if article != row.article])]
    some = chance.sample(others, min(len(others), 8))
    return max(some, key=lambda text: _overlap(row.question, text)) if chance.random() < 0.5 else some[0]


def _draw_near_miss(row: Row, chance: random.Random) -> Iterator[Case]:
    """The passage that the unanswerable question was written for, and often a part of it."""
    yield Case(row.question, row.text, answers=False)
    if chance.random() < 0.25:
        sentences = find_sentences(row.text)
        near = max(sentences, key=lambda part: _overlap(row.question, row.text[slice(*part)]))
        start = sentences.index(near)
        end = min(len(sentences) - 1, start + chance.choice([0, 0, 1, 2]))
        yield Case(row.question, row.text[sentences[start][0] : sentences[end][1]], answers=False)


def _cut(row: Row, start: int, end: int) -> Case:
    inside = tuple((a - start, b - start) for a, b in row.ranges if start <= a and b <= end)
    return Case(row.question, row.text[start:end], answers=True, ranges=inside, exact=row.source == "squad2")


def _swap_name(question: str, text: str, chance: random.Random) -> str:
    """The question with one of its names or numbers exchanged for another of the passage; empty where there is none."""
    for pattern in chance.sample([_NAME, _NUMBER], 2):
        asked = list(pattern.finditer(question))
        others = sorted({str(name) for name in pattern.findall(text) if name.casefold() not in question.casefold()})
        if asked and others:
            match = chance.choice(asked)
            return question[: match.start()] + chance.choice(others) + question[match.end() :]
    return ""


def _loosen(question: str, chance: random.Random) -> str:
    """As people type: the question mark is no sign of anything."""
    return question.rstrip(" ?") if chance.random() < 0.4 else question


@cache
def _stems(text: str) -> frozenset[str]:
    return stem_words(text)


def _overlap(question: str, text: str) -> float:
    asked = _stems(question)
    return len(asked & _stems(text)) / (1 + len(asked))


def touch(one: Range, other: Range) -> bool:
    """Whether two ranges share a character."""
    return one[0] < other[1] and other[0] < one[1]
