"""Reads texts as words to compare wordings by: a text in; its words, their lemmas and its numbers in digits out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from coach.claim_numbers import fold_signs
from coach.lexical import STOP_WORDS
from coach.person_names import simplify
from coach.stemming import stem

_TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)*|%")
_SMALL = (  # noqa: SIM905 - a list that is read
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_ORDINALS = (  # noqa: SIM905
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_RANKS = {word: value for value, word in enumerate(_ORDINALS)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_TELLING = frozenset(
    "no not nor only same all any few more most above below before after against under over up down own other both each "  # noqa: SIM905
    "once off until between during further say says said tell".split()
)
"""Words that an index may leave out, but that turn what is said."""
_FUNCTION_WORDS = STOP_WORDS - _TELLING
_GRADED = frozenset("few fewer fewest less least more most better best worse worst higher highest lower lowest".split())  # noqa: SIM905
"""Each says something else than its dictionary form."""
_ALIKE = {"every": "each", "per": "each", "says": "say", "said": "say"}
_UNCHANGED = STOP_WORDS | _GRADED | _ALIKE.keys()
_MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, or a number that may be written in several words."""

    start: int
    """Code points in the text."""
    end: int
    word: str
    """In small letters without accents and possessive; a number in digits between signs of its own."""
    lemma: str
    root: str
    """The stem of the lemma: of "observed" and "observation" the same."""

    @property
    def carries_meaning(self) -> bool:
        """Whether it is more than a function word."""
        return self.word not in _FUNCTION_WORDS

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return self.word.startswith("#")


@lru_cache(_MOST_KEPT)
def find_lemma(word: str) -> str:
    """The dictionary form of an English word in small letters."""
    # Here, because the tables are large and the command line must not wait for them.
    from simplemma import lemmatize

    return str(lemmatize(word, "en")).casefold()


@lru_cache(4096)
def read_tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in order. "Seven" and "7", "twenty-five" and "25", "per cent" and "%" are the same."""
    plain = fold_signs(text)
    matches = list(_TOKEN.finditer(plain))
    return tuple(_iterate(plain, matches))


def _iterate(plain: str, matches: list[re.Match[str]]) -> Iterator[Token]:
    place = 0
    while place < len(matches):
        match = matches[place]
        value, last = _read_number(plain, matches, place)
        if value is not None:
            yield Token(match.start(), matches[last].end(), *[f"#{value}#"] * 3)
        else:
            word, last = _read_word(matches, place)
            lemma = _ALIKE.get(word, word) if word in _UNCHANGED else find_lemma(word)
            root = lemma if word in _UNCHANGED else stem(lemma)
            yield Token(match.start(), matches[last].end(), word, lemma, root)
        place = last + 1


def _read_word(matches: list[re.Match[str]], place: int) -> tuple[str, int]:
    word = simplify(re.sub(r"'s?$", "", matches[place][0].casefold()))
    if word == "%":
        return "percent", place
    if word == "per" and place + 1 < len(matches) and matches[place + 1][0].casefold() == "cent":
        return "percent", place + 1
    return word, place


def _read_number(plain: str, matches: list[re.Match[str]], place: int) -> tuple[str | None, int]:
    """A number in digits, and the index of its last word; None where there is none."""
    word = matches[place][0].casefold()
    if word[0].isdigit():
        return _with_scale(matches, place, word.replace(",", ""))
    if word in _RANKS and word != "second":
        return f"{_RANKS[word]}{_find_ending(_RANKS[word])}", place
    if word not in _VALUES:
        return None, place
    value = _VALUES[word]
    if value >= 20 and place + 1 < len(matches):
        after = matches[place + 1]
        unit = _VALUES.get(after[0].casefold(), 10)
        if unit < 10 and plain[matches[place].end() : after.start()] in ("-", " "):
            return _with_scale(matches, place + 1, str(value + unit))
    return _with_scale(matches, place, str(value))


def _with_scale(matches: list[re.Match[str]], place: int, digits: str) -> tuple[str, int]:
    scale = _SCALES.get(matches[place + 1][0].casefold()) if place + 1 < len(matches) else None
    if scale is None or not digits.replace(".", "").isdigit():
        return digits, place
    return f"{float(digits) * scale:.10g}" if "." in digits else str(int(digits) * scale), place + 1


def _find_ending(value: int) -> str:
    return "th" if value in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
