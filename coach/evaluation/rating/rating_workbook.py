"""Writes the workbook that a rater fills in: what the rater is to see of each answer in, the bytes of an XLSX file out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coach.evaluation.rating.rating_wording import load_rating_wording
from coach.evaluation.rating.rounds import Blinded
from coach.evaluation.records import Dimension, Rating, RatingRound, Rubric
from coach.evaluation.text_cells import write_text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_OF_A_CELL = 32_000
"""Characters; a spreadsheet program takes 32,767."""
_LONGEST_CHOICE = 70
"""Characters of a level in the list that drops down; the whole anchor stands in the other worksheet."""
_WIDE, _MIDDLE, _NARROW = 60, 36, 14
_SHADE = "FFEDEFF2"


def write_rating_sheet(
    rating_round: RatingRound, rater: str, entries: Iterable[Blinded], given: Iterable[Rating] = ()
) -> bytes:
    """A workbook with a row for each answer, in the order given, and a column for each dimension with its levels to choose.

    Only levels and comments can be changed. What is text stays text: no cell holds a formula.

    Args:
        rating_round: whose rubric it is.
        rater: stands in every row.
        entries: as `blind_entries` gives them.
        given: what this rater said already; it is filled in.
    """
    from openpyxl import Workbook

    say = load_rating_wording().say
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = say("sheet.worksheet")
    rubric = rating_round.rubric
    lists = _write_rubric(book, rubric)
    heads = [say(f"sheet.{name}") for name in ("code", "rater", "question", "wanted", "answer", "sources")]
    first = len(heads) + 1
    _write_row(sheet, 1, [*heads, *(one.title for one in rubric.dimensions), say("sheet.comment")])
    said = {one.entry: one for one in given}
    count = 0
    for count, entry in enumerate(entries, start=1):
        _write_row(sheet, count + 1, [entry.code, rater, *_describe(entry), *_fill_in(said.get(entry.code), rubric)])
    _dress(sheet, count, first, [f"{column}" for column in lists.values()])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _describe(entry: Blinded) -> tuple[str, str, str, str]:
    """Question with what came before, what is wanted, the answer, and its sources."""
    say = load_rating_wording().say
    turns = [
        say("sheet.person" if one.speaker == "user" else "sheet.assistant", text=one.text) for one in entry.history
    ]
    wanted = [entry.ideal] if entry.ideal else []
    wanted += [say("sheet.must_mention", text=say("sheet.either").join(group)) for group in entry.must_mention]
    wanted += [say("sheet.must_not_say", text=text) for text in entry.must_not_say]
    answer = [
        (f"“{one.text}”" if one.is_quoted else one.text) + "".join(f" [{number}]" for number in one.citations)
        for one in entry.statements
    ]
    answer += [say("sheet.offered", text=text) for text in entry.offered]
    sources = [
        say("sheet.source_page", number=one.number, title=one.title, page=one.page, quote=one.quote)
        if one.page
        else say("sheet.source", number=one.number, title=one.title, quote=one.quote)
        for one in entry.citations
    ]
    return "\n\n".join([*turns, entry.question]), "\n".join(wanted), "\n\n".join(answer), "\n\n".join(sources)


def _fill_in(rating: Rating | None, rubric: Rubric) -> list[str]:
    levels: Mapping[str, int | None] = dict(rating.levels) if rating is not None else {}
    cells = [_choose(dimension, levels) for dimension in rubric.dimensions]
    return [*cells, rating.comment if rating is not None else ""]


def _choose(dimension: Dimension, levels: Mapping[str, int | None]) -> str:
    if dimension.id not in levels:
        return ""
    return dict(_list_choices(dimension))[levels[dimension.id]]


def _list_choices(dimension: Dimension) -> list[tuple[int | None, str]]:
    say = load_rating_wording().say
    choices: list[tuple[int | None, str]] = []
    for level in dimension.levels:
        text = say("sheet.level", value=level.value, anchor=level.anchor)
        choices.append((level.value, text if len(text) <= _LONGEST_CHOICE else text[: _LONGEST_CHOICE - 1] + "…"))
    return [*choices, (None, say("sheet.not_applicable"))]


def _write_rubric(book: Workbook, rubric: Rubric) -> dict[str, str]:
    """The rubric to read, and hidden lists to choose from: by dimension, the place of its list."""
    from openpyxl.utils import get_column_letter, quote_sheetname

    say = load_rating_wording().say
    shown = book.create_sheet(say("sheet.rubric_worksheet"))
    hidden = book.create_sheet(say("sheet.levels_worksheet"))
    hidden.sheet_state = "hidden"
    _write_row(shown, 1, [say("sheet.how")])
    _write_row(shown, 3, [say("sheet.dimension"), say("sheet.level_title"), say("sheet.anchor")])
    number, places = 4, {}
    for column, dimension in enumerate(rubric.dimensions, start=1):
        for level in dimension.levels:
            _write_row(shown, number, [dimension.title, str(level.value), level.anchor])
            number += 1
        choices = _list_choices(dimension)
        for place, (_, text) in enumerate(choices, start=1):
            _write_cell(hidden, place, column, text)
        letter = get_column_letter(column)
        places[dimension.id] = f"{quote_sheetname(hidden.title)}!${letter}$1:${letter}${len(choices)}"
    shown.freeze_panes = "A4"
    for letter, width in zip("ABC", (_MIDDLE, _NARROW, _WIDE + _MIDDLE), strict=True):
        shown.column_dimensions[letter].width = width
    shown.protection.sheet = hidden.protection.sheet = True
    return places


def _write_row(sheet: Worksheet, number: int, texts: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for column, text in enumerate(texts, start=1):
        cell = _write_cell(sheet, number, column, text)
        cell.alignment = Alignment(wrap_text=len(texts) > 1, vertical="top")
        if number in (1, 3) and len(texts) > 1:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=_SHADE)


def _write_cell(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    """A cell of text, whatever the text begins with."""
    cell: Any = sheet.cell(row, column)
    write_text(cell, text, _MOST_OF_A_CELL, "…")
    return cell


def _dress(sheet: Worksheet, count: int, first: int, lists: Sequence[str]) -> None:
    """Frozen headers, widths, lists that drop down, and locks on everything that is not the rater's."""
    from openpyxl.styles import Protection
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    last = first + len(lists)
    widths = [_NARROW, _NARROW, _MIDDLE, _MIDDLE, _WIDE, _MIDDLE, *[_NARROW + 8] * len(lists), _MIDDLE]
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "B2"
    for column, place in enumerate(lists, start=first):
        choice = DataValidation(type="list", formula1=f"={place}", allow_blank=True, showErrorMessage=False)
        letter = get_column_letter(column)
        choice.add(f"{letter}2:{letter}{count + 1}")
        sheet.add_data_validation(choice)
    for row in range(2, count + 2):
        for column in range(first, last + 1):
            sheet.cell(row, column).protection = Protection(locked=False)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.protection.sort = sheet.protection.autoFilter = False
