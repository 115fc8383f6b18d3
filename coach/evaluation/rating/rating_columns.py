"""Understands sheets of ratings: headers in, what each column holds out; a cell in, the level that it names out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.evaluation.records import Dimension, Rubric
from coach.store.conversations import fold

Use = Literal["rater", "entry", "dimension", "level", "comment", "rated", "known"]
"""`dimension` and `level` are of sheets with one level in a row; `rated` is a column of one dimension's levels; `known` is
understood and holds no rating."""

_NAMES: Mapping[Use, tuple[str, ...]] = {
    "rater": (
        *("rater", "rated by", "rater name", "raters name", "rater id", "rater initials", "reviewer", "reviewed by"),
        *("scorer", "scored by", "marker", "assessor", "evaluator", "annotator", "coder", "judge", "initials"),
        *(
            "your name",
            "your initials",
            "name",
            "full name",
            "username",
            "user name",
            "email address",
            "e mail address",
        ),
        *("email", "e mail", "respondent"),
    ),
    "entry": (
        *("code", "entry", "entry code", "answer code", "item code", "item", "item id", "item no", "item number"),
        *(
            "answer id",
            "answer no",
            "answer number",
            "response id",
            "question id",
            "case id",
            "case",
            "id",
            "no",
            "number",
        ),
    ),
    "dimension": ("dimension", "criterion", "criteria", "aspect", "measure", "rubric dimension", "scale", "metric"),
    "level": ("level", "score", "rating", "mark", "value", "points", "grade"),
    "comment": (
        *("comment", "comments", "note", "notes", "remark", "remarks", "free text", "rationale", "reason", "reasons"),
        *("any comments", "feedback", "other comments", "additional comments"),
    ),
    "known": (
        *("timestamp", "date", "time", "rated at", "submitted", "submitted at", "start time", "completion time"),
        *("question", "prompt", "answer", "response", "sources", "citations", "a good answer", "ideal answer", "ideal"),
        *("role", "type", "topic", "history", "must mention", "must not say", "round", "order"),
    ),
}
_RANKS = {name: (use, rank) for use, names in _NAMES.items() for rank, name in enumerate(names)}
_COMMENTS = frozenset({"comment", "comments", "note", "notes", "remark", "remarks"})
_SAID_NOT_TO_APPLY = frozenset(
    {"na", "n a", "n/a", "n.a.", "n.a", "n/a.", "not applicable", "does not apply", "-", "–", "—"}
)  # noqa: RUF001 - as people type it
_PASSED, _FAILED = frozenset({"pass", "passed", "passes", "true"}), frozenset({"fail", "failed", "fails", "false"})
_NUMBER = re.compile(
    r"(?P<number>\d{1,3})(?:[.,]0+)?(?:\s*/\s*(?P<of>\d{1,3}))?(?P<rest>(?:[\s:;.,)(=–—-].*)?)", re.DOTALL
)  # noqa: RUF001
_ANOTHER = re.compile(r"[.,]\d|\s*[-–—:;.,]\s*\d+\s*\Z")  # noqa: RUF001
_BRACKET = re.compile(r"(?P<before>.*?)\s*\[(?P<inside>[^\[\]]+)\]\s*", re.DOTALL)
_LEADING = re.compile(r"(?:item|answer|entry|code|question|response|case|no|nr|number)\b\W*(?=\w)", re.IGNORECASE)
_SMALL_WORDS = frozenset({"and", "or", "the", "a", "of", "for", "to"})
_FEWEST_LETTERS = 4
"""Of words that may stand for a longer title."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds."""

    index: int
    """From 0."""
    header: str
    use: Use | None
    """None: it is not understood."""
    rank: int = 0
    """Among columns of one use, the lowest says it best."""
    dimension: str = ""
    """Of a column of levels."""
    entry: str = ""
    """The answer that the header names, where each answer has columns of its own."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that names no level."""

    text: str


def read_columns(headers: Sequence[str], rubric: Rubric) -> tuple[Column, ...]:
    """What each column holds that has a header."""
    return tuple(_read_column(index, header, rubric) for index, header in enumerate(headers) if header.strip())


def count_understood(columns: Iterable[Column]) -> int:
    """How many columns say something of ratings: the row of headers is where most do."""
    return sum(column.use not in (None, "known") for column in columns)


def choose_column(columns: Iterable[Column], use: Use) -> Column | None:
    """Of columns with one use, the one whose header says it best."""
    found = [column for column in columns if column.use == use and not column.entry]
    return min(found, key=lambda column: (column.rank, column.index), default=None)


def find_dimension(rubric: Rubric, text: str) -> Dimension | None:
    """The dimension that words name: its id or title, the beginning of either, or words that begin with it."""
    words = _key(re.sub(r"\(.*?\)", " ", text)) or _key(text)
    if not words or words.split()[-1] in _COMMENTS:
        return None
    names = [
        (dimension, name) for dimension in rubric.dimensions for name in (_key(dimension.id), _key(dimension.title))
    ]
    exact = [dimension for dimension, name in names if name == words]
    if exact:
        return exact[0]
    near = {
        dimension.id: dimension
        for dimension, name in names
        if f"{words} ".startswith(f"{name} ") or (len(words) >= _FEWEST_LETTERS and name.startswith(words))
    }
    return next(iter(near.values())) if len(near) == 1 else None


def read_level(text: str, dimension: Dimension) -> int | Literal["N/A"] | Unread | None:
    """The level that a cell names: by its number, alone or before other words, or by its anchor.

    Returns:
        The level; "N/A" where it is said not to apply; None where nothing stands there; `Unread` where it is none of these.
    """
    stripped = text.strip().lstrip("'’").strip()
    if not stripped:
        return None
    plain = fold(stripped)
    if plain in _SAID_NOT_TO_APPLY or _plain(stripped) in _SAID_NOT_TO_APPLY:
        return "N/A"
    number = _read_number(stripped, dimension)
    if number is not None:
        return number
    if dimension.is_gate and plain in _PASSED | _FAILED:
        return dimension.levels[0 if plain in _PASSED else -1].value
    words = _plain(stripped)
    named = [level.value for level in dimension.levels if words and _plain(level.anchor).startswith(words)]
    return named[0] if len(named) == 1 and len(words) >= _FEWEST_LETTERS else Unread(stripped)


def name_entry(text: str, codes: Mapping[str, str]) -> str:
    """The code that a cell or a header names, as the round writes it; where there are none, its words.

    Args:
        text: such as "Item BCDFG" or "3".
        codes: every code as the round writes it, by the code in small letters.
    """
    words = re.findall(r"\w+", text.casefold())
    found = [codes[word] for word in words if word in codes]
    if len(found) == 1:
        return found[0]
    return _LEADING.sub("", " ".join(text.split()), count=1)


def _read_column(index: int, header: str, rubric: Rubric) -> Column:
    shown = " ".join(header.split())
    bracket = _BRACKET.fullmatch(shown)
    if bracket and bracket["before"].strip():
        for part, other in ((bracket["inside"], bracket["before"]), (bracket["before"], bracket["inside"])):
            found = _read_plain_column(index, part, rubric)
            if found.use in ("rated", "comment"):
                return Column(index, shown, found.use, dimension=found.dimension, entry=other.strip())
    return _read_plain_column(index, bracket["inside"] if bracket and not bracket["before"].strip() else shown, rubric)


def _read_plain_column(index: int, header: str, rubric: Rubric) -> Column:
    plain = _plain(header)
    dimension = find_dimension(rubric, header)
    # A rubric may call a dimension "Question" or "Score": its own names go before the usual ones, their beginnings do not.
    if dimension is not None and (plain not in _RANKS or plain in (_plain(dimension.id), _plain(dimension.title))):
        return Column(index, header, "rated", dimension=dimension.id)
    if plain not in _RANKS and plain.split()[-1:] and plain.split()[-1] in _COMMENTS:
        return Column(index, header, "comment")
    use, rank = _RANKS.get(plain, (None, 0))
    return Column(index, header, use, rank)


def _read_number(text: str, dimension: Dimension) -> int | Unread | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return Unread(text) if re.match(r"[+\-−]?\d", text) else None  # noqa: RUF001 - a minus sign
    number, rest = int(match["number"]), match["rest"] or ""
    known = {level.value for level in dimension.levels}
    # "2-3" and "2.5" name no level, "3/4" none of a rubric whose highest is 3.
    odd = _ANOTHER.match(rest) or (match["of"] is not None and int(match["of"]) != max(known))
    return number if number in known and not odd else Unread(text)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text).replace("_", " ")))


def _key(text: str) -> str:
    """A dimension's name as names are compared: "Correct/grounded" is "Correct and grounded"."""
    return " ".join(word for word in _plain(text).split() if word not in _SMALL_WORDS)
