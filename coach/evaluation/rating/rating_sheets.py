"""Sheets of ratings: what a rater is to see in, an XLSX file to fill in out; a filled or any other sheet in, ratings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coach.errors import CoachError
from coach.evaluation.rating.rating_columns import (
    Column,
    Unread,
    choose_column,
    count_understood,
    find_dimension,
    name_entry,
    read_columns,
    read_level,
)
from coach.evaluation.rating.rating_wording import load_rating_wording
from coach.evaluation.rating.rating_workbook import write_rating_sheet
from coach.evaluation.records import Dimension, Rating, RowProblem, Rubric
from coach.evaluation.sheets.coding import decode_value, restore
from coach.evaluation.sheets.records import Sheet, SheetRow
from coach.evaluation.sheets.tables import read_sheet
from coach.store.ratings import LONGEST_COMMENT, clean_rater, fold_rater

__all__ = ["merge_ratings", "read_rating_sheet", "write_rating_sheet"]
_HEAD = 15
"""Filled rows from the top among which the headers are looked for."""


def read_rating_sheet(
    data: bytes, rubric: Rubric, name: str = "ratings.xlsx", rater: str = "", codes: Collection[str] = ()
) -> tuple[tuple[Rating, ...], tuple[RowProblem, ...]]:
    """The ratings in a sheet, and what is wrong with it; nothing is left out without a problem that says so.

    It may have one row for an answer with a column for each dimension; one row for each level (rater, item, dimension,
    level); or one row for a rater with columns such as "Item 3 [Citation]", as forms write them.

    Args:
        data: the bytes of an XLSX, CSV or JSONL file.
        rubric: its dimensions and levels.
        name: of the file.
        rater: who rated what names nobody.
        codes: of the round; empty: any name of an answer is taken.

    Returns:
        One rating for each rater and answer, in the order of the sheet; and the problems, in the order of the rows.

    Raises:
        CoachError: the file cannot be read, or no columns in it can be understood.
    """
    sheet = _fill_merged(read_sheet(data, name))
    header = _find_header(sheet, rubric)
    layout = _lay_out(header, sheet, rubric, rater)
    reader = _RowReader(rubric, layout, codes, clean_rater(rater) if rater else "")
    reader.problems += _list_unknown(header, sheet, rubric)
    for row in sheet.rows:
        if row.number <= header.row or row.is_blank:
            continue
        if row.fault:
            reader.problems.append(RowProblem(row.number, row.fault, kept=False))
        else:
            reader.read(row)
    return reader.ratings, tuple(reader.problems)


def merge_ratings(kept: Iterable[Rating], read: Iterable[Rating]) -> tuple[Rating, ...]:
    """What was read, over what the same raters said before: a cell that is empty takes nothing back."""
    before = {(fold_rater(one.rater), one.entry): one for one in kept}
    merged: list[Rating] = []
    for one in read:
        earlier = before.get((fold_rater(one.rater), one.entry), one)
        levels = tuple({**dict(earlier.levels), **dict(one.levels)}.items())
        merged.append(replace(one, levels=levels, comment=one.comment or earlier.comment))
    return tuple(merged)


# --- what is where ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    """Number of the row; 0 where the names of columns are in none."""
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns are read. Where headers name the answers, `entry` is None."""

    rater: Column | None
    entry: Column | None
    dimension: Column | None
    level: Column | None
    comments: tuple[Column, ...]
    rated: tuple[Column, ...]


def _find_header(sheet: Sheet, rubric: Rubric) -> _Header:
    if sheet.keys:
        return _Header(0, read_columns(sheet.keys, rubric))
    filled = [row for row in sheet.rows if not row.is_blank][:_HEAD]
    candidates = [_Header(row.number, read_columns(row.cells, rubric)) for row in filled]
    return max(candidates, key=lambda one: (count_understood(one.columns), -one.row), default=_Header(0, ()))


def _lay_out(header: _Header, sheet: Sheet, rubric: Rubric, rater: str) -> _Layout:
    """Which column is read for what.

    Raises:
        CoachError: something is missing without which no row can be understood.
    """
    columns, say = header.columns, load_rating_wording().say
    dimensions = _list_dimensions(rubric)
    if not count_understood(columns):
        raise CoachError(say("problem.no_header", name=sheet.name, dimensions=dimensions))
    layout = _Layout(
        rater=choose_column(columns, "rater"),
        entry=choose_column(columns, "entry"),
        dimension=choose_column(columns, "dimension"),
        level=choose_column(columns, "level"),
        comments=tuple(column for column in columns if column.use == "comment"),
        rated=tuple(column for column in columns if column.use == "rated"),
    )
    if not layout.rated and (layout.dimension is None or layout.level is None):
        raise CoachError(say("problem.no_dimension", name=sheet.name, dimensions=dimensions))
    if layout.entry is None and not any(column.entry for column in layout.rated):
        raise CoachError(say("problem.no_entry", name=sheet.name))
    if layout.rater is None and not rater:
        raise CoachError(say("problem.no_rater", name=sheet.name))
    return layout


def _list_unknown(header: _Header, sheet: Sheet, rubric: Rubric) -> Iterator[RowProblem]:
    say = load_rating_wording().say
    for column in header.columns:
        used = any(row.number > header.row and row.get(column.index).strip() for row in sheet.rows)
        if column.use is None and used:
            told = say("problem.unknown_column", column=column.header, dimensions=_list_dimensions(rubric))
            yield RowProblem(max(header.row, 1), told, column.header)


def _fill_merged(sheet: Sheet) -> Sheet:
    """Cells that were merged into one all hold what it holds."""
    texts = {row.number: list(row.cells) for row in sheet.rows}
    for area in sheet.merged:
        first = texts.get(area.first_row, [])
        text = first[area.first_column] if area.first_column < len(first) else ""
        for number in range(area.first_row, area.last_row + 1):
            cells = texts.get(number)
            if cells is not None and text and area.first_column == area.last_column:
                cells += [""] * (area.first_column + 1 - len(cells))
                cells[area.first_column] = text
    return replace(sheet, rows=tuple(replace(row, cells=tuple(texts[row.number])) for row in sheet.rows))


def _list_dimensions(rubric: Rubric) -> str:
    return ", ".join(one.title for one in rubric.dimensions)


# --- rows ---------------------------------------------------------------------------------------------------------


class _RowReader:
    """Takes one row after the other, and remembers the ratings and what is wrong."""

    def __init__(self, rubric: Rubric, layout: _Layout, codes: Collection[str], rater: str) -> None:
        self._rubric = rubric
        self._layout = layout
        self._codes = {code.casefold(): code for code in codes}
        self._rater = rater
        self._names: dict[tuple[str, str], str] = {}
        """Raters and answers as they were first written."""
        self._ratings: dict[tuple[str, str], Rating] = {}
        self.problems: list[RowProblem] = []

    @property
    def ratings(self) -> tuple[Rating, ...]:
        """What was read so far."""
        return tuple(self._ratings.values())

    def read(self, row: SheetRow) -> None:
        """Take a row that has cells."""
        layout = self._layout
        cells = [(column, _read_cell(row, column)) for column in (*layout.rated, *layout.comments)]
        filled = [(column, text) for column, text in cells if text]
        level = "" if layout.rated else _read_cell(row, layout.level)
        rater = self._find_rater(row) if filled or level else None
        if rater is None:
            return
        own = self._find_entry(row, _read_cell(row, layout.entry)) if self._needs_entry(filled, level) else None
        if level and own is not None:
            self._add_named(row, rater, own, level)
        for column, text in filled:
            entry = self._find_entry(row, column.entry) if column.entry else own
            if entry is not None:
                self._add(row, column, rater, entry, text)

    def _needs_entry(self, filled: Sequence[tuple[Column, str]], level: str) -> bool:
        """Whether something in a row is of the answer that the row itself names."""
        return bool(level) or any(not column.entry for column, _ in filled)

    def _find_rater(self, row: SheetRow) -> str | None:
        given = _read_cell(row, self._layout.rater)
        if not given and not self._rater:
            self._refuse(row, "problem.rater_missing")
            return None
        try:
            name = clean_rater(given) if given else self._rater
        except CoachError as fault:
            self._refuse(row, "problem.rater_unfit", self._layout.rater, fault=fault)
            return None
        return self._names.setdefault(("rater", fold_rater(name)), name)

    def _find_entry(self, row: SheetRow, text: str) -> str | None:
        if not text:
            self._refuse(row, "problem.entry_missing")
            return None
        name = name_entry(text, self._codes)
        if self._codes and name not in self._codes.values():
            self._refuse(row, "problem.unknown_entry", entry=" ".join(text.split())[:60])
            return None
        return self._names.setdefault(("entry", name.casefold()), name)

    def _add_named(self, row: SheetRow, rater: str, entry: str, level: str) -> None:
        """Take the level of a row that names its dimension."""
        named = " ".join(_read_cell(row, self._layout.dimension).split())
        dimension = find_dimension(self._rubric, named)
        if dimension is None:
            told = {"dimension": repr(named[:60]), "dimensions": _list_dimensions(self._rubric)}
            self._refuse(row, "problem.unknown_dimension", self._layout.dimension, **told)
        elif self._layout.level is not None:
            self._add(row, replace(self._layout.level, use="rated", dimension=dimension.id), rater, entry, level)

    def _add(self, row: SheetRow, column: Column, rater: str, entry: str, text: str) -> None:
        kept = self._ratings.get((rater, entry), Rating(entry, rater, ()))
        dimension = self._rubric.find(column.dimension)
        if dimension is None:
            added: Rating | None = self._add_comment(row, column, kept, text)
        else:
            added = self._add_level(row, column, kept, dimension, text)
        if added is not None:
            self._ratings[rater, entry] = added

    def _add_level(self, row: SheetRow, column: Column, kept: Rating, dimension: Dimension, text: str) -> Rating | None:
        level = read_level(text, dimension)
        if level is None:
            return None
        if isinstance(level, Unread):
            known = ", ".join(str(one.value) for one in dimension.levels)
            told = {"text": level.text[:60], "dimension": dimension.title, "levels": known}
            self._refuse(row, "problem.unknown_level", column, **told)
            return None
        value = None if level == "N/A" else level
        levels = dict(kept.levels)
        if dimension.id in levels and levels[dimension.id] != value:
            before, after = _show(levels[dimension.id]), _show(value)
            told = {"rater": kept.rater, "entry": kept.entry, "dimension": dimension.title}
            self._note(row, "problem.replaced", column, **told, before=before, after=after)
        return replace(kept, levels=tuple({**levels, dimension.id: value}.items()))

    def _add_comment(self, row: SheetRow, column: Column, kept: Rating, text: str) -> Rating:
        said = restore(text)
        comment = kept.comment if said in kept.comment else f"{kept.comment}\n{said}".strip()
        if len(comment) > LONGEST_COMMENT:
            self._note(row, "problem.comment_cut", column, count=len(comment), most=LONGEST_COMMENT)
        return replace(kept, comment=comment[:LONGEST_COMMENT])

    def _refuse(self, row: SheetRow, wording: str, column: Column | None = None, /, **values: object) -> None:
        """Note something that is not taken."""
        told = load_rating_wording().say(wording, **values)
        self.problems.append(RowProblem(row.number, told, column.header if column else "", kept=False))

    def _note(self, row: SheetRow, wording: str, column: Column, /, **values: object) -> None:
        """Note how something was taken."""
        self.problems.append(RowProblem(row.number, load_rating_wording().say(wording, **values), column.header))


def _read_cell(row: SheetRow, column: Column | None) -> str:
    """The text of a cell; of a JSONL file's value, as a person would write it."""
    if column is None:
        return ""
    value = decode_value(row.get(column.index))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else str(value).strip()


def _show(level: int | None) -> str:
    return load_rating_wording().say("sheet.not_applicable") if level is None else str(level)
