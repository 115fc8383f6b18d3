"""Reads sheets: the bytes and the name of a CSV, XLSX or JSONL file in, cells with the spreadsheet's row numbers out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from coach.errors import CoachError
from coach.evaluation.sheets.cells import repair_text
from coach.evaluation.sheets.records import MOST_BYTES, MOST_COLUMNS, MOST_ITEMS, MOST_ROWS, Sheet
from coach.evaluation.sheets.sheet_csv import read_csv
from coach.evaluation.sheets.sheet_jsonl import looks_like_records, read_records
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.sheet_xlsx import read_workbook


def read_sheet(data: bytes, name: str, worksheet: str | None = None) -> Sheet:
    """The table in a file; its content decides what kind it is, not its name.

    Args:
        data: the file's bytes.
        name: of the file, with its ending.
        worksheet: of a workbook, the one to read; without it the fullest that looks like questions.

    Raises:
        CoachError: it is too large, empty, protected, of another kind or damaged; the message says what to do.
    """
    if len(data) > MOST_BYTES:
        raise CoachError(say("refused.too_large", name=name, size=len(data) // 1048576 + 1, most=MOST_BYTES // 1048576))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise CoachError(say("refused.empty", name=name))
    sheet = _repair(_choose_reader(data, name)(data, name, worksheet))
    filled = sum(not row.is_blank for row in sheet.rows)
    if filled > MOST_ROWS:
        raise CoachError(say("refused.too_many_rows", name=name, count=f"{filled:,}", most=f"{MOST_ITEMS:,}"))
    if sheet.width > MOST_COLUMNS:
        raise CoachError(say("refused.too_wide", name=name, count=sheet.width, most=MOST_COLUMNS))
    if not filled:
        raise CoachError(say("refused.empty", name=name))
    return sheet


def _repair(sheet: Sheet) -> Sheet:
    """A sheet without the sign salad that comes of UTF-8 opened as Windows-1252 and saved again."""
    if sheet.keys or not any(repair_text(cell) != cell for row in sheet.rows for cell in row.cells):
        return sheet
    rows = tuple(replace(row, cells=tuple(map(repair_text, row.cells))) for row in sheet.rows)
    count = sum(old.cells != new.cells for old, new in zip(sheet.rows, rows, strict=True))
    return replace(
        sheet, rows=rows, remarks=(*sheet.remarks, say("read.repaired", count=count)) if count else sheet.remarks
    )


def _choose_reader(data: bytes, name: str) -> Callable[[bytes, str, str | None], Sheet]:
    refused = _refuse_kind(data)
    if refused:
        raise CoachError(say(refused, name=name))
    if data[:4] == b"PK\x03\x04":
        return read_workbook
    return read_records if looks_like_records(data) else read_csv


def _refuse_kind(data: bytes) -> str | None:
    """The wording that refuses what is known not to be a sheet that is read, or None."""
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        protected = "EncryptedPackage".encode("utf-16-le") in data
        return "refused.protected" if protected else "refused.old_excel"
    if data[:5] == b"%PDF-" or data[:4] in (b"\x89PNG", b"GIF8", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"{\\rt"):
        return "refused.other_kind"
    if data[:3] in (b"\x1f\x8b\x08", b"BZh", b"7z\xbc", b"Rar"):
        return "refused.packed"
    if re.match(rb"\s*(?:\xef\xbb\xbf)?<(?:!doctype html|html|table|\?xml)", data[:200], re.IGNORECASE):
        return "refused.web_page"
    return None
