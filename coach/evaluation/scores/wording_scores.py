"""Looks for wordings in an answer: phrases and statements in; where each is said, in which words and how it was found, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sentencex

from coach.claim_facts import list_new_names, negation_differs, says_opposite, scope_grew, turns_word
from coach.claim_numbers import fold_signs, numbers_disagree, read_amounts
from coach.evaluation.records import Match
from coach.evaluation.scores.lemmas import Token, read_tokens
from coach.spelling import is_english

Object = Mapping[str, Any]

_DENYING = frozenset("no not never nor neither without cannot nobody none".split())  # noqa: SIM905
_EMPTY = frozenset("need necessary reason way have should must may might".split())  # noqa: SIM905
"""What a denial passes on to the words behind it: "no need to"."""
_TURNING = frozenset("of by in on at is are was were be been being".split())  # noqa: SIM905
"""What lets the words of a phrase stand in another order: prepositions and a passive."""
_MOST_BETWEEN = 2  # words that carry meaning between two of the phrase
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

    Not those that the text denies, as in "do not" or "no need to" before them, unless they are a name or a number. A last
    word that is no English one is taken for the beginning of one, as in "legitim".
    """
    asked = read_tokens(phrase)
    wanted = "".join(token.word for token in asked)
    joined = _join_words(text)
    place = joined.find(wanted) if wanted else -1
    if place < 0:
        return None
    tokens = read_tokens(text)
    is_open = _is_beginning(phrase)
    may_be_denied = is_name(phrase) or asked[0].word in _DENYING
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for number, token in enumerate(tokens):
        starts[length] = number
        length += len(token.word)
        ends[length] = number
    while place >= 0:
        end = place + len(wanted)
        if place in starts and (end in ends or is_open) and (may_be_denied or not _is_denied(tokens, starts[place])):
            last = tokens[ends[next(at for at in range(end, length + 1) if at in ends)]]
            return text[tokens[starts[place]].start : last.end]
        place = joined.find(wanted, place + 1)
    return None


@lru_cache(4096)
def _join_words(text: str) -> str:
    return "".join(token.word for token in read_tokens(text))


def is_name(phrase: str) -> bool:
    """Whether a phrase is nothing but names and numbers, which it makes no difference to deny."""
    tokens = [token for token in read_tokens(phrase) if token.carries_meaning]
    return all(token.is_number or phrase[token.start].isupper() for token in tokens)


def _is_beginning(phrase: str) -> bool:
    last = read_tokens(phrase)[-1]
    written = phrase[last.start : last.end]
    return len(written) >= _FEWEST_OF_A_BEGINNING and written.islower() and not is_english(last.word)


def _is_denied(tokens: Sequence[Token], first: int) -> bool:
    """Whether a word that denies stands before these, with nothing between them that carries meaning."""
    for token in reversed(tokens[:first]):
        if token.word in _DENYING or token.word.endswith("n't"):
            return True
        if token.carries_meaning and token.word not in _EMPTY:
            return False
    return False


# --- forms ---------------------------------------------------------------------------------------------------------


def find_forms(phrase: str, sentence: str, *, strictly: bool = False) -> str | None:
    """The words of a sentence among which all those of a phrase stand, in any form, and close together.

    In another order only where a preposition, a passive or an "and" accounts for it. None where a number, a name or a
    negation differs.

    Args:
        phrase: what is looked for.
        sentence: where.
        strictly: whether only forms of the same word count ("observed", "observing"), and not words of its family
            ("observation").
    """
    asked = [token for token in read_tokens(phrase) if token.carries_meaning]
    if not asked:
        return None
    tokens = read_tokens(sentence)
    wanted = tuple(dict.fromkeys(token.root for token in asked))
    if strictly and not {token.lemma for token in asked} <= {token.lemma for token in tokens}:
        return None
    places = _find_window(tokens, frozenset(wanted), _WIDEST * len(read_tokens(phrase)) + _BESIDE)
    if places is None or _is_denied(tokens, places[0]) and asked[0].word not in _DENYING:
        return None
    if not _keeps_order(phrase, wanted, tokens[places[0] : places[1] + 1]) or disagrees(phrase, sentence):
        return None
    return sentence[tokens[places[0]].start : tokens[places[1]].end]


def _find_window(tokens: Sequence[Token], wanted: frozenset[str], widest: int) -> tuple[int, int] | None:
    """The first and last index of the narrowest row of words that holds all of some; None where it is too wide."""
    last_seen: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for place, token in enumerate(tokens):
        if token.root not in wanted or not token.carries_meaning:
            continue
        last_seen[token.root] = place
        if len(last_seen) == len(wanted):
            first = min(last_seen.values())
            if best is None or place - first < best[1] - best[0]:
                best = (first, place)
    return best if best is not None and best[1] - best[0] < widest else None


def _keeps_order(phrase: str, wanted: Sequence[str], window: Sequence[Token]) -> bool:
    there = list(dict.fromkeys(token.root for token in window if token.root in wanted))
    between = sum(token.carries_meaning and token.root not in wanted for token in window)
    if there == list(wanted):
        # What a number counts may stand far behind it; that it is counted by this one is looked at apart.
        return between <= _MOST_BETWEEN * max(1, len(wanted) - 1) + _MOST_BETWEEN * wanted[0].startswith("#")
    words = {token.word for token in window}
    turns = sum(first > second for first, second in pairwise([wanted.index(root) for root in there]))
    may_turn = bool(words & _TURNING) or is_name(phrase) or "and" in {token.word for token in read_tokens(phrase)}
    return may_turn and turns <= 1 + len(words & _TURNING) and between <= _MOST_BETWEEN


@lru_cache(8192)
def disagrees(phrase: str, sentence: str) -> bool:
    """Whether a phrase has another number, name or negation than a sentence, or its opposite."""
    said, there = fold_signs(phrase), fold_signs(sentence)
    return (
        numbers_disagree(read_amounts(said), read_amounts(there))
        or bool(list_new_names(said, [there]))
        or negation_differs(said, [there])
        or says_opposite(said, [there])
        or turns_word(said, [there])
        or scope_grew(said, [there])
    )


def surely_disagrees(phrase: str, sentence: str) -> bool:
    """What is quickly seen of `disagrees`: another scope, and another number or name where the phrase has one."""
    said, there = _fold(phrase), _fold(sentence)
    has_amounts, has_names = _find_facts(said)
    return (
        scope_grew(said, [there])
        or (has_amounts and numbers_disagree(read_amounts(said), read_amounts(there)))
        or (has_names and bool(list_new_names(said, [there])))
    )


@lru_cache(4096)
def _fold(text: str) -> str:
    return fold_signs(text)


@lru_cache(4096)
def _find_facts(phrase: str) -> tuple[bool, bool]:
    """Whether a phrase has numbers, and whether it has names."""
    return bool(read_amounts(phrase)), bool(list_new_names(phrase, [""]))


# --- both ----------------------------------------------------------------------------------------------------------


def match_plainly(phrase: str, sentences: Iterable[Sentence], *, strictly: bool = False) -> Match | None:
    """Where a phrase is said word for word, or else in other forms of its words; None where it is in neither.

    `strictly` as in `find_forms`.
    """
    texts = [sentence.text for sentence in sentences]
    for text in texts:
        if found := find_words(phrase, text):
            return Match(phrase, found, "words")
    for text in texts:
        if found := find_forms(phrase, text, strictly=strictly):
            return Match(phrase, found, "lemma")
    return None
