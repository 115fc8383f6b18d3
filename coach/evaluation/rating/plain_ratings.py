"""Ratings on a scale of their own: a sheet that follows no rubric of ours in, its ratings and the scale they make out.

It has one level in a row (rater, item, level, perhaps dimension), a column for each rater, or a row for each rater.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from coach.errors import CoachError
from coach.evaluation.rating.rating_columns import Column, choose_column, read_columns
from coach.evaluation.rating.rating_wording import load_rating_wording
from coach.evaluation.records import Dimension, Level, Rating, RowProblem, Rubric
from coach.evaluation.sheets.coding import decode_value
from coach.evaluation.sheets.records import Sheet, SheetRow
from coach.evaluation.sheets.tables import read_sheet
from coach.store.ratings import clean_rater

_NONE = Rubric("", (), "")
_GAPS = frozenset({"", "na", "n/a", "nan", "none", "-", "–", "—", ".", "*", "?"})  # noqa: RUF001 - as people type it
_INTEGER = re.compile(r"[+-]?\d{1,4}(?:[.,]0+)?")
_OBSERVERS = frozenset({"observer", "observers", "raters", "coders", "judges"})
_MOST_LEVELS = 101
_ONLY = "rating"
"""The dimension of a sheet that names none."""


@dataclass(frozen=True, slots=True)
class PlainRatings:
    """What such a sheet holds."""

    rubric: Rubric
    """Its dimensions; their levels are all whole numbers between the lowest and the highest that were given."""
    ratings: tuple[Rating, ...]
    problems: tuple[RowProblem, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether two raters rated the same at least once."""
        return max(Counter(rating.entry for rating in self.ratings).values(), default=0) > 1


@dataclass(slots=True)
class _Collected:
    levels: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """By rater and entry: of each dimension the level."""
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, row: SheetRow, place: tuple[str, str, str], text: str) -> None:
        """Take a cell; `place` is rater, entry and dimension. What is no whole number and no gap is a problem."""
        rater, entry, dimension = place
        if text.casefold() in _GAPS:
            return
        if not _INTEGER.fullmatch(text):
            told = load_rating_wording().say("problem.no_whole_number", text=text[:60])
            self.problems.append(RowProblem(row.number, told, kept=False))
            return
        self.levels.setdefault((clean_rater(rater), entry), {})[dimension] = int(re.split("[.,]", text)[0])


def read_plain_ratings(data: bytes, name: str) -> PlainRatings:
    """The ratings in a sheet, whatever its levels and dimensions are called.

    Raises:
        CoachError: the file cannot be read, or no columns in it can be understood.
    """
    sheet = read_sheet(data, name)
    head, rows = _split(sheet)
    columns = read_columns(head, _NONE)
    collected = _Collected()
    level, rater, entry = (choose_column(columns, use) for use in ("level", "rater", "entry"))
    dimension = choose_column(columns, "dimension")
    if level is not None and rater is not None and entry is not None:
        for row in rows:
            place = (_read(row, rater), _read(row, entry), _read(row, dimension) or _ONLY)
            if place[0] and place[1]:
                collected.add(row, place, _read(row, level))
    else:
        _read_grid(head, rows, columns, collected)
    if not collected.levels:
        raise CoachError(load_rating_wording().say("problem.no_scale", name=name))
    ratings = tuple(Rating(entry, rater, tuple(given.items())) for (rater, entry), given in collected.levels.items())
    return PlainRatings(_make_rubric(name, ratings), ratings, tuple(collected.problems))


def _split(sheet: Sheet) -> tuple[Sequence[str], Sequence[SheetRow]]:
    filled = [row for row in sheet.rows if not row.is_blank and not row.fault]
    return (sheet.keys, filled) if sheet.keys else (filled[0].cells if filled else (), filled[1:])


def _read_grid(head: Sequence[str], rows: Sequence[SheetRow], columns: Sequence[Column], collected: _Collected) -> None:
    """A column for each rater and a row for each item, or the other way round where the first column names raters."""
    first = next((column for column in columns if column.index == 0), None)
    named = {column.index for column in columns if column.use in ("comment", "known", "dimension")}
    dimension = choose_column(columns, "dimension")
    graded = [index for index, text in enumerate(head) if index > 0 and text.strip() and index not in named]
    turned = first is not None and (first.use == "rater" or first.header.casefold() in _OBSERVERS)
    for row in rows:
        own = _read_cell(row, 0)
        for index in graded if own else ():
            other = " ".join(head[index].split())
            rater, entry = (own, other) if turned else (other, own)
            collected.add(row, (rater, entry, _read(row, dimension) or _ONLY), _read_cell(row, index))


def _read(row: SheetRow, column: Column | None) -> str:
    return _read_cell(row, column.index) if column is not None else ""


def _read_cell(row: SheetRow, index: int) -> str:
    value = decode_value(row.get(index))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _make_rubric(name: str, ratings: Sequence[Rating]) -> Rubric:
    given: dict[str, set[int]] = {}
    for rating in ratings:
        for dimension, level in rating.levels:
            if level is not None:
                given.setdefault(dimension, set()).add(level)
    dimensions = tuple(Dimension(one, one, tuple(_span(levels, name))) for one, levels in given.items())
    return Rubric(name, dimensions, hashlib.sha256(repr(dimensions).encode()).hexdigest()[:12])


def _span(levels: set[int], name: str) -> Iterator[Level]:
    """Every whole number from the highest to the lowest."""
    low, high = min(levels), max(levels)
    if high - low >= _MOST_LEVELS:
        raise CoachError(load_rating_wording().say("problem.too_many_levels", name=name, low=low, high=high))
    return (Level(value, str(value)) for value in range(high, low - 1, -1))
