"""Looks for wordings in an answer: phrases and statements in; where each is said, in which words and how it was found, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sentencex

from coach.claim_facts import is_reordered, list_new_names, negation_differs, says_opposite, scope_grew, turns_word
from coach.claim_numbers import fold_signs, numbers_disagree, read_amounts
from coach.evaluation.lemmas import Token, read_tokens
from coach.evaluation.records import Match
from coach.spelling import is_english

Object = Mapping[str, Any]

_WIDEST = 2  # times as many words as the phrase, and
_BESIDE = 4  # these, among which all its words must stand
_FEWEST_OF_A_BEGINNING = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer."""

    text: str
    kind: str
    """Of the statement: source, craft, question or notice."""


def list_sentences(answer: Object) -> tuple[Sentence, ...]:
    """The sentences that a person reads."""
    return tuple(
        Sentence(text, statement["kind"])
        for statement in answer["statements"]
        for text in split_sentences(statement["text"])
    )


@lru_cache(4096)
def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, without outer space."""
    return tuple(stripped for part in sentencex.segment("en", text) if (stripped := part.strip()))


# --- words ---------------------------------------------------------------------------------------------------------


def find_words(phrase: str, text: str) -> str | None:
    """The words of a text that are those of a phrase, side by side; hyphens, quotation marks and case do not matter.

    A last word that is no English one is taken for the beginning of one, as in "legitim".
    """
    wanted = "".join(token.word for token in read_tokens(phrase))
    if not wanted:
        return None
    tokens = read_tokens(text)
    is_open = _is_beginning(phrase)
    starts: dict[int, Token] = {}
    ends: dict[int, Token] = {}
    length = 0
    for token in tokens:
        starts[length] = token
        length += len(token.word)
        ends[length] = token
    joined = "".join(token.word for token in tokens)
    place = joined.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if place in starts and (end in ends or is_open):
            last = ends[next(at for at in range(end, length + 1) if at in ends)]
            return text[starts[place].start : last.end]
        place = joined.find(wanted, place + 1)
    return None


def _is_beginning(phrase: str) -> bool:
    last = read_tokens(phrase)[-1]
    written = phrase[last.start : last.end]
    return len(written) >= _FEWEST_OF_A_BEGINNING and written.islower() and not is_english(last.word)


# --- lemmas --------------------------------------------------------------------------------------------------------


def find_lemmas(phrase: str, sentence: str) -> str | None:
    """The words of a sentence among which all those of a phrase stand, in any form and order, and close together.

    None where a number, a name or a negation differs, or where their order turns what is said.
    """
    wanted = frozenset(token.lemma for token in read_tokens(phrase) if token.carries_meaning)
    if not wanted:
        return None
    tokens = read_tokens(sentence)
    window = _find_window(tokens, wanted, _WIDEST * len(read_tokens(phrase)) + _BESIDE)
    if window is None or disagrees(phrase, sentence):
        return None
    return sentence[tokens[window[0]].start : tokens[window[1]].end]


def _find_window(tokens: Sequence[Token], wanted: frozenset[str], widest: int) -> tuple[int, int] | None:
    """The first and last index of the narrowest row of words that holds all lemmas; None where it is too wide."""
    last_seen: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for place, token in enumerate(tokens):
        if token.lemma not in wanted:
            continue
        last_seen[token.lemma] = place
        if len(last_seen) == len(wanted):
            first = min(last_seen.values())
            if best is None or place - first < best[1] - best[0]:
                best = (first, place)
    return best if best is not None and best[1] - best[0] < widest else None


@lru_cache(8192)
def disagrees(phrase: str, sentence: str) -> bool:
    """Whether a phrase has another number, name or negation than a sentence, its opposite, or its words turned round."""
    said, there = fold_signs(phrase), fold_signs(sentence)
    return (
        numbers_disagree(read_amounts(said), read_amounts(there))
        or bool(list_new_names(said, [there]))
        or negation_differs(said, [there])
        or says_opposite(said, [there])
        or turns_word(said, [there])
        or scope_grew(said, [there])
        or is_reordered(said, there)
    )


# --- both ----------------------------------------------------------------------------------------------------------


def match_plainly(phrase: str, sentences: Iterable[Sentence]) -> Match | None:
    """Where a phrase is said word for word, or else in other forms of its words; None where it is in neither."""
    texts = [sentence.text for sentence in sentences]
    for text in texts:
        if found := find_words(phrase, text):
            return Match(phrase, found, "words")
    for text in texts:
        if found := find_lemmas(phrase, text):
            return Match(phrase, found, "lemma")
    return None
