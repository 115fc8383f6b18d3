"""Finds names of people in a text without a roster: a text in, the stretches that are names out.

Each word is judged by what it is (in lists of names, in the dictionary, unknown), how it is written, and what stands
beside it; `evals/train/fit_names.py` fits what each of these weighs. The lists of names come from Faker's providers.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from coach.lexical import STOP_WORDS
from coach.spelling import is_english

CUES = Path(__file__).with_name("name_cues.toml")
LISTS = Path(__file__).with_name("name_lists.txt.gz")
WEIGHTS = Path(__file__).with_name("name_weights.json")

_WORD = re.compile(r"\[(?:student|colleague|number|address|contact|record)\]|[^\W\d_]+(?:['’ʼ`][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’ʼ`]s?$", re.I)
_SENTENCE_END = re.compile(r"[.!?:;\n>]\W*$")
_ABBREVIATED = re.compile(r"(?:\b(?:mr|mrs|ms|mx|dr|prof|sr|st|jr|vs)|\b[A-Z])\.\s*$", re.I)
_GRADE = re.compile(
    r"\W{0,3}(?:who(?:'s| is)? |a |an |in |is in |is a |from )*(?:the )?(?:my |our )?"
    r"(?:kindergarten|pre-?k|grade \d|year \d|\d+(?:st|nd|rd|th)\b|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"[ -]grade)",
    re.I,
)
_WINDOW = 60  # characters beside a word that are looked at
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
_TALK = (
    "i i'm i'd i've i'll im ive id you he she it we they me him us them myself yourself ok okay lol yes no not please pls "
    "thanks thank hi hello hey dear there here now then just also too very really cant dont wont isnt didnt doesnt arent "
    "couldnt shouldnt wouldnt havent hasnt hadnt wasnt werent thats whats whos theyre youre lets gonna wanna gotta"
)
_FUNCTION_WORDS = frozenset(_TALK.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, as it is written, and plain: small letters without accents or possessive."""

    start: int
    end: int
    text: str
    plain: str
    possessive: bool

    @property
    def is_mark(self) -> bool:
        """Whether something was masked here before."""
        return self.text.startswith("[")


@dataclass(frozen=True, slots=True)
class Cues:
    """The classes of words in `name_cues.toml`."""

    before: dict[str, frozenset[str]]
    after: dict[str, frozenset[str]]
    places: frozenset[str]
    others: frozenset[str]
    authors: frozenset[str]


@dataclass(frozen=True, slots=True)
class NameLists:
    """Names in small letters without accents, and those of them that are ordinary words too."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]


@lru_cache(50_000)
def simplify(text: str) -> str:
    """Small letters without accents: "Šárka" -> "sarka"."""
    parted = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    return "".join(letter for letter in parted if not unicodedata.combining(letter)).translate(_UNDECOMPOSED)


def find_words(text: str) -> list[Word]:
    """The words of a text; a possessive ending is not part of a word."""
    words = []
    for match in _WORD.finditer(text):
        written = match.group()
        stem = _POSSESSIVE.sub("", written)
        possessive = stem != written or (
            written.endswith("s") and text[match.end() : match.end() + 2].strip() in {"'", "’"}
        )  # noqa: RUF001
        plain = written if written.startswith("[") else re.sub(r"['’ʼ`]", "'", simplify(stem))
        words.append(Word(match.start(), match.start() + len(stem), stem, plain, possessive))
    return words


@cache
def load_cues(path: Path = CUES) -> Cues:
    """The shipped classes of words."""
    tables = tomllib.loads(path.read_text("utf-8"))

    def read(table: str) -> dict[str, frozenset[str]]:
        return {name: frozenset(map(simplify, words.split())) for name, words in tables[table].items()}

    other = read("not_people")
    return Cues(read("before"), read("after"), other["places"], other["others"], other["authors"])


@cache
def load_lists(path: Path = LISTS) -> NameLists:
    """The shipped lists of names."""
    given, family, words = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n\n")
    return NameLists(frozenset(given.split("\n")), frozenset(family.split("\n")), frozenset(words.split("\n")))


@cache
def load_weights(path: Path = WEIGHTS) -> dict[str, float]:
    """What each feature weighs, in log odds."""
    weights: dict[str, float] = json.loads(path.read_text("utf-8"))["weights"]
    return weights


def is_ordinary_word(plain: str) -> bool:
    """Whether a word is used as one, whether or not it is somebody's name as well: "grace", "will", "brown"."""
    lists = load_lists()
    if plain in lists.words or plain in STOP_WORDS:
        return True
    return plain not in lists.given and plain not in lists.family and is_english(plain)


def classify(word: Word) -> str:
    """What is known of a word by itself."""
    cues, lists, plain = load_cues(), load_lists(), word.plain
    if word.is_mark:
        return "mark"
    if len(plain) == 1 and plain != "i" and plain != "a":
        return "initial"
    if plain in STOP_WORDS or plain in _FUNCTION_WORDS:
        return "function"
    if plain in cues.others:
        return "other"
    if plain in cues.places:
        return "place_name" if plain in lists.given else "place"
    if plain in lists.words:
        return "word_name"
    if plain in lists.given:
        return "given"
    if plain in lists.family or (plain.rpartition("'")[2] in lists.family and "'" in plain):
        return "author" if plain in cues.authors else "family"
    if plain in cues.authors:
        return "author"
    return "english" if _is_language(plain) else "unknown"


def _is_language(plain: str) -> bool:
    """Whether the dictionary has the word, one form of it, or both halves of a contraction."""
    if is_english(plain):
        return True
    if "'" in plain and plain.rpartition("'")[2] in {"t", "d", "m", "s", "re", "ve", "ll", "nt"}:
        return True
    american = plain.replace("isation", "ization").replace("ise", "ize").replace("ising", "izing").replace("our", "or")
    if american != plain and is_english(american):
        return True
    for ending in ("s", "es", "ed", "ing", "ly", "er", "ers"):
        if plain.endswith(ending) and len(plain) - len(ending) >= 4:
            stem = plain[: -len(ending)]
            if is_english(stem) or is_english(stem + "e"):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text with what is known of each."""

    text: str
    words: list[Word]
    classes: list[str]
    cases: list[str]


def read(text: str) -> Reading:
    """Part a text into words and judge each by itself."""
    words = find_words(text)
    letters = [word for word in words if not word.is_mark]
    shouted = sum(word.text.isupper() for word in letters) > 0.7 * len(letters) and len(letters) > 2
    small = not any(word.text != word.text.lower() and word.plain not in {"i", "i'm"} for word in letters)
    flat = shouted or small
    cases = [_read_case(text, word, flat) for word in words]
    reading = Reading(text, words, [classify(word) for word in words], cases)
    for place, word in enumerate(words):
        # "Will said", "tell Will": of the words that carry no meaning, this one is a common name.
        if word.plain == "will" and (
            cases[place] == "capital" or (cases[place] == "start" and _look_after(reading, place) in {"does", "family"})
        ):
            reading.classes[place] = "word_name"
    return reading


def _read_case(text: str, word: Word, flat: bool) -> str:
    if word.is_mark:
        return "mark"
    if flat:
        return "flat"
    if not word.text[0].isupper():
        return "small"
    if len(word.text) > 1 and word.text.isupper():
        return "capitals"
    before = text[max(word.start - _WINDOW, 0) : word.start].rstrip(" \t\"'“‘([*_#|$-")  # noqa: RUF001 - quotes as they are typed
    started = not before or (_SENTENCE_END.search(before) is not None and _ABBREVIATED.search(before) is None)
    return "start" if started else "capital"


def find_features(reading: Reading, place: int) -> list[str]:
    """What speaks for or against one word being a name."""
    word, kind, case = reading.words[place], reading.classes[place], reading.cases[place]
    before, after = find_cues(reading, place)
    accented = "accented" if any(ord(letter) > 127 and letter not in "’ʼ" for letter in word.text) else "plain"
    first, second = _describe(reading, place - 1), _describe(reading, place + 1)
    return [
        "bias",
        f"{case} {kind}",
        f"{case} before:{before}",
        f"{case} after:{after}",
        f"{kind} before:{before}",
        f"{kind} after:{after}",
        f"{case} {accented}",
        f"{case} previous:{first}",
        f"{case} next:{second}",
        f"{kind} previous:{first}",
        f"{kind} next:{second}",
        f"between:{before}/{after}",
        f"further:{_find_cue(reading, place - 2, load_cues().before)}",
    ]


def find_cues(reading: Reading, place: int) -> tuple[str, str]:
    """The classes of what stands right before and right after a word."""
    return _look_before(reading, place), _look_after(reading, place)


def _describe(reading: Reading, place: int) -> str:
    """A neighbour, as a name would see it."""
    if not 0 <= place < len(reading.words):
        return "none"
    kind, case = reading.classes[place], reading.cases[place]
    if kind in {"function", "english", "mark", "other"} and case in {"small", "flat"}:
        return kind
    return f"{case} {kind}"


def _find_cue(reading: Reading, place: int, classes: dict[str, frozenset[str]]) -> str:
    if not 0 <= place < len(reading.words):
        return "none"
    plain = reading.words[place].plain
    return next((name for name, words in classes.items() if plain in words), "other")


def _look_before(reading: Reading, place: int) -> str:
    """The cue right before a word, past initials and what may itself be a name."""
    text, words = reading.text, reading.words
    if place == 0:
        return "start"
    gap = text[words[place - 1].end : words[place].start]
    previous = words[place - 1]
    if previous.possessive and re.match(r"['’ʼ`]s\s", gap + " "):
        return "possessive"
    cue = _find_cue(reading, place - 1, load_cues().before)
    if cue == "title" and re.fullmatch(r"\.?\s+", gap):
        return "title"
    if cue == "naming" or (place > 1 and previous.plain == "is" and words[place - 2].plain in {"name", "names"}):
        return "naming"
    if gap.strip(" \t") == "":
        return cue
    marks = gap.strip(" \t")
    if "\n" in marks:
        return "line"
    return {"-": "hyphen", ",": "comma", ":": "colon", "(": "bracket", ".": "stop", ", ": "comma"}.get(
        marks[:1], "mark"
    )


def _look_after(reading: Reading, place: int) -> str:
    """The cue right after a word."""
    text, words, word = reading.text, reading.words, reading.words[place]
    rest = text[word.end : word.end + _WINDOW]
    if word.possessive:
        follower = words[place + 1].plain if place + 1 < len(words) else ""
        cues = load_cues().after
        return "family" if follower in cues["family"] else "work" if follower in cues["author"] else "possessive"
    if _GRADE.match(rest):
        return "child"
    if place + 1 == len(words):
        return "end"
    gap = text[word.end : words[place + 1].start].strip(" \t")
    if gap == "":
        return _find_cue(reading, place + 1, load_cues().after)
    if "\n" in gap:
        return "line"
    return {"-": "hyphen", ",": "comma", ":": "colon", "(": "bracket", ".": "stop", "?": "end"}.get(gap[:1], "mark")


def score(reading: Reading, place: int) -> float:
    """Probability that one word is part of a person's name."""
    weights = load_weights()
    total = sum(weights.get(feature, 0.0) for feature in find_features(reading, place))
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))
