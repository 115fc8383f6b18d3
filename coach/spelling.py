"""Reads misspelled words of a question as words of the library: a question in, the same with its slips mended out.

Only a word that neither the library nor the language holds is touched, and only a word that the library holds is put in
its place: names, abbreviations and English words that no document uses stay as they were asked.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from coach.lexical import STOP_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST = 4  # letters of a word that may be corrected; of three, too many are one slip from another
_LONG = 8  # letters from which two slips are read
_SUFFIXES = frozenset({"s", "es", "d", "ed", "r", "er", "ers", "ing", "ly"})
_CONTRACTED_WORDS = """
    arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt lets shouldnt thats theyre wasnt werent whats whos
    wouldnt youre
"""
_CONTRACTED = frozenset(_CONTRACTED_WORDS.split())


class Vocabulary(Protocol):
    """The words that a library holds, as they are written, lower case."""

    def find_held(self, words: Collection[str]) -> frozenset[str]:
        """Those of some words that the library holds."""
        ...

    def list_held(self, generation: int) -> Mapping[str, int]:
        """Every word of the library, with the number of passages that hold it."""
        ...

    def holds(self, words: str, generation: int) -> bool:
        """Whether these words stand somewhere in the library side by side."""
        ...


@dataclass(frozen=True, slots=True)
class Spelling:
    """A question as it is searched, and what was read otherwise than it was asked."""

    text: str
    corrections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of the question: as it stands there, and as the library would write it."""

    start: int
    end: int
    text: str
    plain: str


def correct(question: str, vocabulary: Vocabulary, generation: int) -> Spelling:
    """The question with its misspelled words put right.

    Args:
        question: any text.
        vocabulary: of the library that will be searched.
        generation: the library's, so that its words are read anew when it changes.
    """
    words = [
        _Asked(match.start(), match.end(), match.group(), match.group().casefold())
        for match in _WORD.finditer(question)
    ]
    pairs = [pair for pair in pairwise(words) if _may_be_one(question, *pair)]
    wanted = {word.plain for word in words if len(word.plain) >= _SHORTEST} | {a.plain + b.plain for a, b in pairs}
    held = vocabulary.find_held(wanted)
    found: list[tuple[int, int, str]] = []
    for first, second in pairs:
        joined = first.plain + second.plain
        if joined in held and not vocabulary.holds(f"{first.plain} {second.plain}", generation):
            found.append((first.start, second.end, joined))
    taken = {place for start, end, _ in found for place in range(start, end)}
    unknown = [word for word in words if word.plain in wanted - held and not _is_right(word, question)]
    if unknown and not _is_foreign(words, held):
        for word in unknown:
            read = _read(word.plain, vocabulary, generation) if word.start not in taken else None
            if read is not None:
                found.append((word.start, word.end, read))
    return _replace(question, sorted(found))


def _may_be_one(question: str, first: _Asked, second: _Asked) -> bool:
    """Whether two words could be one that was parted: "class room", "co-teaching"."""
    between = question[first.end : second.start]
    if between in ("-", "‐", "‑"):  # noqa: RUF001 - hyphens as they are typed
        return True
    return (
        between == " " and min(len(first.text), len(second.text)) >= 3 and not {first.plain, second.plain} & STOP_WORDS
    )


def _is_right(word: _Asked, question: str) -> bool:
    """Whether a word that the library does not hold stays: an English word, a name, an abbreviation."""
    if "'" in word.plain or "’" in word.plain or word.plain in _CONTRACTED or word.plain in STOP_WORDS:
        return True
    # A question in capitals says nothing about its words; in any other, a capital marks a name.
    if any(letter.islower() for letter in question):
        inner = any(letter.isupper() for letter in word.text[1:])
        if inner or (word.text[0].isupper() and not _starts_sentence(word, question)):
            return True
    return is_english(word.plain)


def _starts_sentence(word: _Asked, question: str) -> bool:
    before = question[: word.start].rstrip(" \t\n\"'“‘(")
    return not before or before[-1] in ".!?:;"


def _is_foreign(words: Collection[_Asked], held: frozenset[str]) -> bool:
    """Whether most words are of another language, where a list of English ones says nothing."""
    known = sum(1 for word in words if word.plain in held or is_english(word.plain))
    return len(words) >= 6 and known < len(words) / 2


def _read(word: str, vocabulary: Vocabulary, generation: int) -> str | None:
    """What a misspelled word of the question means in the library; None where nothing is near."""
    # Imported here because few questions need it, and it takes as long as a search.
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    held = vocabulary.list_held(generation)
    parts = _part(word, held, vocabulary, generation)
    if parts is not None:
        return parts
    slips = 2 if len(word) >= _LONG else 1
    near = process.extract(word, held.keys(), scorer=OSA.distance, score_cutoff=slips, limit=50)
    allowed = [(distance, found) for found, distance, _ in near if _is_slip(word, found, distance, held)]
    if not allowed:
        return None
    # The nearest; of those as near, one that begins alike, and then the one that more passages hold.
    distance, best = min(allowed, key=lambda one: (one[0], one[1][0] != word[0], -held[one[1]], one[1]))
    if distance > 1 and (english := list_one_slip_away(word)):
        # Nearer to words of the language than to any that is written in the library, in whatever form it holds them.
        return next((one for one in english if vocabulary.holds(one, generation)), None)
    return None if _is_form(word, best) else best


def _part(word: str, held: Mapping[str, int], vocabulary: Vocabulary, generation: int) -> str | None:
    """Two words that were run together, where the library has them side by side."""
    places = [
        place
        for place in range(3, len(word) - 2)
        if word[:place] in held and word[place:] in held and not {word[:place], word[place:]} & STOP_WORDS
    ]
    places.sort(key=lambda place: -min(held[word[:place]], held[word[place:]]))
    parted = (f"{word[:place]} {word[place:]}" for place in places)
    return next((words for words in parted if vocabulary.holds(words, generation)), None)


def _is_slip(word: str, found: str, distance: int, held: Mapping[str, int]) -> bool:
    if len(found) < _SHORTEST or not found.isalpha():
        return False
    if len(word) == _SHORTEST:  # of words this short, only two letters that changed places
        return len(found) == len(word) and sorted(found) == sorted(word)
    if found[0] != word[0] and (distance > 1 or (len(word) < 7 and sorted(found) != sorted(word))):
        return False
    # A word that one passage holds and no dictionary may itself be a slip.
    return held[found] > 1 or is_english(found)


def _is_form(word: str, found: str) -> bool:
    """Whether one word is the other with an ending: "walkthroughs" is no slip of "walkthrough"."""
    shorter, longer = sorted((word, found), key=len)
    return longer.startswith(shorter) and longer[len(shorter) :] in _SUFFIXES


def _replace(question: str, found: list[tuple[int, int, str]]) -> Spelling:
    parts: list[str] = []
    corrections: list[tuple[str, str]] = []
    place = 0
    for start, end, read in found:
        if start < place:
            continue  # it is part of two words that were joined already
        asked = question[start:end]
        written = (
            read.upper() if len(asked) > 1 and asked.isupper() else read.capitalize() if asked[0].isupper() else read
        )
        parts += [question[place:start], written]
        corrections.append((asked, written))
        place = end
    return Spelling("".join([*parts, question[place:]]), tuple(dict.fromkeys(corrections)))


# As they are typed in haste, without the apostrophe.
_SHORT_FOR_TWO = frozenset(
    "theres whats whos wheres hows thats its heres cant dont wont isnt arent wasnt werent doesnt didnt hasnt havent hadnt "  # noqa: SIM905
    "couldnt shouldnt wouldnt im ive youre theyre weve lets".split()
)


@lru_cache(maxsize=10_000)
def is_english(word: str) -> bool:
    """Whether a word in lower case is English: by the list that comes with pyspellchecker, or short for two words."""
    return word in _SHORT_FOR_TWO or f'"{word}":'.encode() in _read_english()


def count_uses(word: str) -> int:
    """How often a word in lower case was counted in the texts behind that list; 0 where it is not in it."""
    return _count_english().get(word, 0)


def list_one_slip_away(word: str) -> list[str]:
    """The English words of which one slip makes this one, the commonest first."""
    known = _count_english()
    letters = "abcdefghijklmnopqrstuvwxyz"
    made: set[str] = set()
    for place in range(len(word) + 1):
        start, end = word[:place], word[place:]
        made |= {start + letter + end for letter in letters} | {start + letter + end[1:] for letter in letters if end}
        made |= {start + end[1:], start + end[1:2] + end[:1] + end[2:]}
    return sorted(made & known.keys() - {word}, key=lambda one: (-known[one], one))


@cache
def _read_english() -> bytes:
    # Looked through as it lies: that takes less than a millisecond for a word, making a set of it eighty at the start.
    spec = find_spec("spellchecker")
    assert spec is not None and spec.origin is not None
    return gzip.decompress((Path(spec.origin).parent / "resources" / "en.json.gz").read_bytes())


@cache
def _count_english() -> dict[str, int]:
    counts: dict[str, int] = json.loads(_read_english())
    return counts
