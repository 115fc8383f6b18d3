"""Reads the amounts that a text gives and compares two texts by them: claim and evidence in, a disagreement or none out. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.lexical import STOP_WORDS
from coach.stemming import stem

AmountKind = Literal["count", "percent", "ordinal"]

_SMALL = (  # noqa: SIM905 - a list that is read
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_PLAIN = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}
_SHORT_SCALES = {"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}
_ORDINALS = (  # noqa: SIM905
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ORDINAL = {word: value for value, word in enumerate(_ORDINALS)} | {"thirtieth": 30, "hundredth": 100}
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifths": 5, "tenths": 10}
_MULTIPLES = {"twice": 2, "double": 2, "doubled": 2, "triple": 3, "tripled": 3, "decade": 10, "century": 100, "both": 2}
"""Words that give a number beside what they say: they support a claim's number, and no claim is held to them."""

_PLAIN_WORDS = "|".join(sorted([*_PLAIN, *_SCALES], key=len, reverse=True))
_TOKEN = re.compile(
    r"(?P<years>\b(?:1[5-9]|20)\d\d)\s?[-/]\s?(?P<until>\d\d)(?![\d,.]*\d)"
    r"|(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<tail>st|nd|rd|th|s|k|m|bn)?(?![a-z])"
    rf"|\b(?:an?\s+(?=hundred|thousand|million|billion|dozen))?(?P<words>(?:{_PLAIN_WORDS})s?"
    rf"(?:(?:-|\s+)(?:and\s+)?(?:{_PLAIN_WORDS})\b)*)\b"
    rf"|\b(?P<ordinal>(?:(?:{'|'.join(_TENS)})-)?(?:{'|'.join(sorted(_ORDINAL, key=len, reverse=True))}))\b"
    rf"|\b(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})\b"
    rf"|\b(?P<multiple>{'|'.join(_MULTIPLES)})s?\b",
    re.I,
)
_SCALE_BEHIND = re.compile(rf"[\s-]?({'|'.join(_SCALES)})s?\b", re.I)
_PERCENT = re.compile(r"\s?(?:(?:wt|vol)?\s?%|-?per\s?cent\b|percentage\b|pct\b)", re.I)
_AND_A_HALF = re.compile(r"(?:[\s-]\w+)?[\s-]and[\s-]a[\s-](half|quarter)\b", re.I)
_PARTS_BEHIND = re.compile(rf"[\s-]({'|'.join(_PARTS)})\b(?!\s+(?:year|grade|of\s+\w+\s+(?:meet|report)))", re.I)
_ARTICLE_AND_HALF = re.compile(r"\ban?\s+(\w+)\s+and\s+a\s+(half|quarter)\b", re.I)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[^\w\s]")
_REACH = 5
"""Words behind a number among which the thing stands that it counts: "seven moderate- to large-sized urban districts"."""
_UNITS = frozenset(
    stem(word)
    for word in (  # noqa: SIM905
        "year month week day hour minute second decade century dollar euro pound cent mile kilometer kilometre meter metre "
        "foot feet inch acre hectare ton tonne kilogram gram degree percent"
    ).split()
)
_MONTHS = frozenset(
    stem(word)
    for word in (  # noqa: SIM905
        "january february march april may june july august september october november december"
    ).split()
)
_AT_LEAST = re.compile(r"\b(?:over|more than|at least|above|exceed(?:s|ed|ing)?|upwards? of|or more)\W*$", re.I)
_AT_MOST = re.compile(r"\b(?:under|less than|fewer than|at most|up to|below|nearly|almost|close to)\W*$", re.I)
_ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|some|circa|approx\.?|an estimated)\W*$", re.I)
_LOOSE = 0.25
_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that a text gives."""

    value: float
    kind: AmountKind
    things: tuple[str, ...]
    """Stems of the words behind it, the nearest first: what it counts is among them."""
    hedge: Literal["", "least", "most", "about"] = ""
    """How the words before it loosen it."""
    is_strict: bool = True
    """Whether a claim that gives it must find it in the source; "one" and "first" are pronouns as often as numbers."""
    in_letters: bool = False


def read_amounts(text: str) -> tuple[Amount, ...]:
    """Every number of a text in the order in which it stands there: digits, words, parts, ordinals, ranges, years."""
    plain = fold_signs(text)
    return tuple(_iterate(plain))


def fold_signs(text: str) -> str:
    """The text with straight quotes, plain hyphens and plain spaces, each sign in its place."""
    return text.translate(_FOLDED)


_FOLDED = str.maketrans("‐‑‒–—−’‘“”\u00a0\u2009\u202f", "------''\"\"   ")


def _iterate(text: str) -> Iterator[Amount]:
    place = 0
    for match in _ARTICLE_AND_HALF.finditer(text):
        part = 0.5 if match[2].casefold() == "half" else 0.25
        yield Amount(1 + part, "count", (stem(match[1].casefold()),), in_letters=True)
    text = _ARTICLE_AND_HALF.sub(lambda match: " " * len(match[0]), text)
    while found := _TOKEN.search(text, place):
        place = found.end()
        if found["years"]:
            first = int(found["years"])
            for value in (first, first // 100 * 100 + int(found["until"])):
                yield _make(text, found.span(), value, "count")
        elif found["digits"] or found["words"]:
            values, place = _read_count(text, found)
            yield from values
        else:
            yield from _read_word(text, found)


def _read_count(text: str, match: re.Match[str]) -> tuple[list[Amount], int]:
    """The amounts of digits or of words for numbers, and where what belongs to them ends."""
    end = match.end()
    if match["digits"]:
        tail = (match["tail"] or "").casefold()
        values = [float(match["digits"].replace(",", "")) * _SHORT_SCALES.get(tail, 1)]
        if tail in ("st", "nd", "rd", "th"):
            return [_make(text, (match.start(), end), values[0], "ordinal")], end
    else:
        values = _add_up(match["words"])
    if scale := _SCALE_BEHIND.match(text, end):
        values[-1] *= _SCALES[scale[1].casefold()]
        end = scale.end()
    if half := _AND_A_HALF.match(text, end):
        values[-1] += 0.5 if half[1].casefold() == "half" else 0.25
        end = half.end()
    elif part := _PARTS_BEHIND.match(text, end):
        values[-1] /= _PARTS[part[1].casefold()]
        end = part.end()
    kind: AmountKind = "count"
    if percent := _PERCENT.match(text, end):
        kind, end = "percent", percent.end()
    in_letters = not match["digits"]
    made = [_make(text, (match.start(), end), value, kind, in_letters=in_letters) for value in values]
    return made, end


def _add_up(words: str) -> list[float]:
    """The numbers of a row of number words: "two hundred and five" is one, "five six" are two."""
    values: list[float] = []
    whole, last, grown = 0.0, math.inf, False
    for raw in re.split(r"[\s-]+", words.casefold()):
        word = raw if raw in _PLAIN or raw in _SCALES else raw.rstrip("s")
        if word in _SCALES:
            scale = _SCALES[word]
            below = whole % scale if grown else whole
            whole = whole - below + (below or 1) * scale
            last, grown = scale, True
        elif word in _PLAIN:
            value = _PLAIN[word]
            fits = (grown and value < last) or (20 <= last < 100 and value < 10)
            if not fits and last is not math.inf:
                values.append(whole)
                whole, grown = 0.0, False
            whole += value
            last = value if value >= 20 else 1
    return [*values, whole]


def _read_word(text: str, match: re.Match[str]) -> Iterator[Amount]:
    start, end = match.span()
    if match["ordinal"]:
        tens, _, last = match["ordinal"].casefold().rpartition("-")
        value = _PLAIN.get(tens, 0) + _ORDINAL[last]
        yield _make(text, (start, end), value, "ordinal", is_strict=value > 2 or bool(tens), in_letters=True)
    elif match["part"]:
        parts = _PARTS[match["part"].casefold()]
        yield _make(text, (start, end), 1 / parts, "count", is_strict=parts != 3, in_letters=True)
    else:
        value = _MULTIPLES[match["multiple"].casefold()]
        yield Amount(value, "count", (stem("year"),), is_strict=False, in_letters=True)


def _make(
    text: str,
    span: tuple[int, int],
    value: float,
    kind: AmountKind,
    *,
    is_strict: bool = True,
    in_letters: bool = False,
) -> Amount:
    start, end = span
    before = text[max(0, start - 24) : start]
    hedge: Literal["", "least", "most", "about"] = ""
    if _AT_LEAST.search(before) or text[end : end + 8].startswith((" or more", "+")):
        hedge = "least"
    elif _AT_MOST.search(before):
        hedge = "most"
    elif _ABOUT.search(before):
        hedge = "about"
    strict = is_strict and not (value in (0, 1) and in_letters)
    return Amount(value, kind, _read_things(text, end), hedge, strict, in_letters)


def _read_things(text: str, end: int) -> tuple[str, ...]:
    things: list[str] = []
    for match in _WORD.finditer(text, end, end + 90):
        word = match[0].casefold()
        if word == "-":
            continue
        if not word[0].isalpha() or (word in STOP_WORDS and word not in ("to", "of", "the")):
            break
        if word not in STOP_WORDS:
            things.append(stem(word))
        if len(things) == _REACH:
            break
    return tuple(things)


def numbers_disagree(claim: Sequence[Amount], evidence: Sequence[Amount]) -> bool:
    """Whether the claim gives a number that the evidence does not have, or gives it to another thing."""
    return any(_disagrees(amount, evidence) for amount in claim)


def _disagrees(amount: Amount, evidence: Sequence[Amount]) -> bool:
    same = [other for other in evidence if _is_same(amount, other)]
    if not same:
        return amount.is_strict
    things = set(amount.things[:3])
    if not things or any(things & set(other.things) for other in same):
        return False
    units = _UNITS & set(amount.things[:2])
    if units and all(_UNITS & set(other.things[:2]) for other in same):
        return True
    return _is_counted_otherwise(amount, evidence)


def _is_same(amount: Amount, other: Amount) -> bool:
    if not _kinds_fit(amount, other):
        return False
    ratio = other.value / amount.value if amount.value else (1.0 if other.value == 0 else math.inf)
    low, high = {
        "": (1.0, 1.0),
        "least": (1.0, 1 + _LOOSE),
        "most": (1 - _LOOSE, 1.0),
        "about": (1 - _NEAR, 1 + _NEAR),
    }[amount.hedge]
    if amount.kind != other.kind and "percent" in (amount.kind, other.kind):
        ratio *= 100 if amount.kind == "percent" else 0.01
    return low - 1e-6 <= ratio <= high + 1e-6


def _kinds_fit(amount: Amount, other: Amount) -> bool:
    if amount.kind == other.kind:
        return True
    if "percent" in (amount.kind, other.kind):
        # Half of them are 50 percent.
        return "ordinal" not in (amount.kind, other.kind) and min(amount.value, other.value) < 1
    # A day of a month is written either way; "three" and "third" are two things.
    return not (amount.in_letters and other.in_letters)


def _is_counted_otherwise(amount: Amount, evidence: Sequence[Amount]) -> bool:
    """Whether the thing next to the number stands in the evidence next to another number alone."""
    things = [thing for thing in amount.things if thing not in _MONTHS][:2]
    return any(thing in other.things[:3] and not _is_same(amount, other) for other in evidence for thing in things)
