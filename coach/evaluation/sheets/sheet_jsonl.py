"""Reads records: the bytes of a JSONL file, or of one JSON list, in; a sheet whose columns are the records' keys out."""

from __future__ import annotations

import json
import re
from typing import Any

from coach.errors import CoachError
from coach.evaluation.sheets.cells import has_marks, is_nothing, tidy
from coach.evaluation.sheets.coding import clean, encode_text, encode_value
from coach.evaluation.sheets.records import MOST_COLUMNS, MOST_ITEMS, MOST_ROWS, Sheet, SheetRow
from coach.evaluation.sheets.sheet_csv import decode
from coach.evaluation.sheets.sheet_wording import say


def looks_like_records(data: bytes) -> bool:
    """Whether a file begins as a JSON object or a list of such."""
    head = data[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return bool(re.match(rb'(?:\[\s*)?\{\s*(?:"|\}|$)|\[\s*\]', head))


def read_records(data: bytes, name: str, worksheet: str | None = None) -> Sheet:
    """A row for each record; its line is its number, and in one JSON list its place.

    Args:
        data: the file's bytes.
        name: of the file.
        worksheet: must be None; such a file has none.

    Raises:
        CoachError: it is no text, or a list that is no JSON.
    """
    if worksheet:
        raise CoachError(say("refused.no_worksheets", name=name, worksheet=worksheet))
    text = decode(data, name).text
    read = _read_list(text, name) if text.lstrip().startswith("[") else _read_lines(text)
    if len(read) > MOST_ROWS:
        raise CoachError(say("refused.too_many_rows", name=name, count=f"{len(read):,}", most=f"{MOST_ITEMS:,}"))
    keys = tuple(dict.fromkeys(key for _, record in read if isinstance(record, dict) for key in record))
    if len(keys) > MOST_COLUMNS:
        raise CoachError(say("refused.too_wide", name=name, count=len(keys), most=MOST_COLUMNS))
    rows = tuple(_make_row(number, record, keys) for number, record in read)
    return Sheet(name, "jsonl", rows, keys=keys, remarks=(say("read.records"),))


class _Unread:
    """Stands for a line that is no JSON."""


def _read_list(text: str, name: str) -> list[tuple[int, Any]]:
    try:
        return list(enumerate(clean(json.loads(text)), start=1))
    except (ValueError, RecursionError) as error:
        raise CoachError(say("refused.no_json", name=name)) from error


def _read_lines(text: str) -> list[tuple[int, Any]]:
    # Not splitlines: U+2028 may stand inside a JSON text.
    lines = text.split("\n") if "\n" in text else text.split("\r")
    while lines and not lines[-1].strip():
        lines.pop()
    return [(number, _read_line(line)) for number, line in enumerate(lines, start=1)]


def _read_line(line: str) -> Any:
    if not line.strip():
        return None
    try:
        return clean(json.loads(line))
    except (ValueError, RecursionError):
        return _Unread()


def _make_row(number: int, record: Any, keys: tuple[str, ...]) -> SheetRow:
    if record is None:
        return SheetRow(number, ())
    if not isinstance(record, dict):
        return SheetRow(number, (), fault=say("row.no_json" if isinstance(record, _Unread) else "row.no_record"))
    return SheetRow(number, tuple(_write_value(record.get(key)) for key in keys))


def _write_value(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, str) and (tidy(value) != value or is_nothing(value) or has_marks(value)):
        return encode_text(value)
    return encode_value(value)
