"""Reads workbooks: the bytes of an XLSX file in, the cells of the worksheet that holds the questions out."""

from __future__ import annotations

import datetime
import io
import warnings
from typing import TYPE_CHECKING, Any

from coach.errors import CoachError
from coach.evaluation.sheets.headers import name_field
from coach.evaluation.sheets.records import MOST_COLUMNS, MergedArea, Sheet, SheetRow
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.workbook_parts import lighten

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_HEAD = 15  # filled rows near the top among which the names of columns are looked for


def read_workbook(data: bytes, name: str, worksheet: str | None = None) -> Sheet:
    """The cells of one worksheet, formulas by the values that were last worked out.

    Args:
        data: the file's bytes.
        name: of the file.
        worksheet: the one to read; None for the fullest that looks like questions.

    Raises:
        CoachError: it is no workbook, damaged, unpacks to far too much, or has no such worksheet.
    """
    light = lighten(data, name)
    values, formulas = _open(light.data, name, data_only=True), _open(light.data, name, data_only=False)
    try:
        sheets: dict[str, Worksheet] = {sheet.title: sheet for sheet in values.worksheets}
        if worksheet is not None and worksheet not in sheets:
            raise CoachError(say("refused.no_worksheet", name=name, worksheet=worksheet, others=", ".join(sheets)))
        read = {title: _read_rows(sheet) for title, sheet in sheets.items() if worksheet in (None, title)}
        chosen = worksheet or max(read, key=lambda title: _measure(read[title]), default="")
        if not chosen:
            raise CoachError(say("refused.empty", name=name))
        missing = _find_unworked(formulas[chosen], sheets[chosen])
        return _make_sheet(name, sheets, chosen, read[chosen], [*light.remarks, *missing])
    finally:
        values.close()
        formulas.close()


def _open(data: bytes, name: str, *, data_only: bool) -> Workbook:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(data), data_only=data_only, keep_links=False)
    # openpyxl lets many kinds of errors through where a part of the file is damaged; each means the same to the reader.
    except Exception as error:
        raise CoachError(say("refused.damaged", name=name)) from error


def _read_rows(sheet: Worksheet) -> list[SheetRow]:
    rows: list[SheetRow] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=min(sheet.max_column, MOST_COLUMNS * 2)), start=1):
        texts = [_write_cell(cell.value, cell.number_format) for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        rows.append(SheetRow(number, tuple(texts), hidden=bool(sheet.row_dimensions[number].hidden)))
    while rows and rows[-1].is_blank:
        rows.pop()
    return rows


def _write_cell(value: Any, number_format: str) -> str:
    """A cell's value as the text that a person sees: whole numbers without a point, dates as 2026-11-22."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _write_number(value, number_format)
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == datetime.time()
        return value.date().isoformat() if whole_day else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _write_number(value: float, number_format: str) -> str:
    if number_format.endswith("%"):
        return f"{value * 100:g}%"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _measure(rows: list[SheetRow]) -> tuple[bool, int]:
    """What makes a worksheet the one with the questions: a column of that name, then how much is filled."""
    filled = [row for row in rows if not row.is_blank]
    named = {
        found.field
        for row in filled[:_HEAD]
        for cell in row.cells
        if cell.strip() and len(cell) < 200 and (found := name_field(cell))
    }
    marks = sum(cell.rstrip().endswith("?") for row in filled for cell in row.cells)
    looks = bool(named & {"question", "turn", "conversation"}) and len(named) > 1
    return looks or marks * 2 > len(filled) > 2, sum(bool(cell.strip()) for row in filled for cell in row.cells)


def _find_unworked(formulas: Worksheet, values: Worksheet) -> list[str]:
    """What to say of formulas whose values were never worked out, as programs leave them that write no values."""
    cells = [
        cell.coordinate
        for row in formulas.iter_rows(max_col=MOST_COLUMNS)
        for cell in row
        if cell.data_type == "f" and values[cell.coordinate].value is None
    ]
    if not cells:
        return []
    return [say("read.unworked", count=len(cells), cells=", ".join(cells[:5]))]


def _make_sheet(
    name: str, sheets: dict[str, Worksheet], chosen: str, rows: list[SheetRow], remarks: list[str]
) -> Sheet:
    from openpyxl.utils import column_index_from_string, get_column_letter

    sheet = sheets[chosen]
    hidden_columns = tuple(
        sorted(
            index - 1
            for letter, shape in sheet.column_dimensions.items()
            if shape.hidden
            for index in range(shape.min or column_index_from_string(letter), (shape.max or 0) + 1)
            if index <= MOST_COLUMNS
        )
    )
    hidden_rows = [row.number for row in rows if row.hidden and not row.is_blank]
    others = tuple(title for title in sheets if title != chosen)
    said = [say("read.worksheet", worksheet=chosen)]
    if others:
        said.append(say("read.other_worksheets", others=", ".join(others)))
    if sheet.sheet_state != "visible":
        said.append(say("read.hidden_worksheet", worksheet=chosen))
    if hidden_rows:
        said.append(say("read.hidden_rows", rows=_list_some(list(map(str, hidden_rows)))))
    if hidden_columns:
        letters = [get_column_letter(index + 1) for index in hidden_columns]
        said.append(say("read.hidden_columns", columns=_list_some(letters)))
    merged = tuple(
        MergedArea(area.min_row, area.max_row, area.min_col - 1, area.max_col - 1) for area in sheet.merged_cells.ranges
    )
    return Sheet(
        name,
        "xlsx",
        tuple(rows),
        worksheet=chosen,
        others=others,
        merged=merged,
        hidden_columns=hidden_columns,
        remarks=(*said, *remarks),
    )


def _list_some(values: list[str]) -> str:
    return ", ".join(values[:10]) + (" ..." if len(values) > 10 else "")
