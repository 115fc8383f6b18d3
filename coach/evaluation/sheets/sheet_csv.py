"""Reads separated text: the bytes of a CSV or TSV file in, its cells out, with what encoding and separator it took."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from coach.errors import CoachError
from coach.evaluation.sheets.headers import name_field
from coach.evaluation.sheets.records import MOST_COLUMNS, MOST_ITEMS, MOST_ROWS, Sheet, SheetRow
from coach.evaluation.sheets.sheet_wording import say

SEPARATORS = (",", ";", "\t", "|")
NO_SEPARATOR = "\x1f"
"""Stands in for the separator where there is but one column."""
_SAMPLE = 60  # records that are looked at to find the separator
_BYTE_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Decoded(NamedTuple):
    """A file's text, and what it was taken for."""

    text: str
    encoding: str
    """As people call it."""


def decode(data: bytes, name: str) -> Decoded:
    """The text of a file's bytes, by its byte order mark, else UTF-8, else the older encodings of Windows and the Mac.

    Raises:
        CoachError: it is no text.
    """
    decoded = _decode(data, name)
    odd = len(re.findall(r"[\x00-\x08\x0e-\x1f]", decoded.text))
    if odd > len(decoded.text) // 20:
        raise CoachError(say("refused.no_text", name=name))
    return decoded


def _decode(data: bytes, name: str) -> Decoded:
    for mark, encoding in _BYTE_MARKS:
        if data.startswith(mark):
            try:
                return Decoded(data.decode(encoding), encoding.upper().removesuffix("-SIG"))
            except UnicodeDecodeError:
                break
    if data[:2000].count(0) > len(data[:2000]) // 5:
        return _decode_wide(data, name)
    try:
        return Decoded(data.decode("utf-8-sig"), "UTF-8")
    except UnicodeDecodeError:
        return _decode_narrow(data)


def _decode_wide(data: bytes, name: str) -> Decoded:
    """UTF-16 without a mark: in English text every other byte is nought."""
    encoding = "utf-16-le" if data[1:2000:2].count(0) > data[:2000:2].count(0) else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CoachError(say("refused.no_text", name=name)) from error
    return Decoded(text, "UTF-16")


def _decode_narrow(data: bytes) -> Decoded:
    # 0xD5 is an apostrophe on the old Mac and a capital O with a tilde on Windows, where none stands within a word.
    mac = len(re.findall(rb"[A-Za-z]\xd5[a-z]|[\s,;\t\"]\xd2\w|[\w.?!]\xd3", data))
    windows = len(re.findall(rb"[\x91-\x94]", data))
    if mac > windows:
        return Decoded(data.decode("mac_roman"), "Mac Roman")
    try:
        return Decoded(data.decode("cp1252"), "Windows-1252")
    except UnicodeDecodeError:
        return Decoded(data.decode("cp1252", errors="replace"), "Windows-1252")


def read_csv(data: bytes, name: str, worksheet: str | None = None) -> Sheet:
    """The records of separated text. A record is one row, whatever line breaks stand in its cells.

    Args:
        data: the file's bytes.
        name: of the file.
        worksheet: must be None; such a file has none.

    Raises:
        CoachError: it is no text, or has far too many rows.
    """
    if worksheet:
        raise CoachError(say("refused.no_worksheets", name=name, worksheet=worksheet))
    decoded = decode(data, name)
    told = re.match(r'"?sep=([,;\t|])"?\r?\n', decoded.text, re.IGNORECASE)
    text = decoded.text[told.end() :] if told else decoded.text
    separator = told.group(1) if told else find_separator(text)
    records, broken_at = _parse(text, separator, name)
    while records and not any(cell.strip() for cell in records[-1]):
        records.pop()
    rows = tuple(SheetRow(number, _trim(record)) for number, record in enumerate(records, start=1))
    remarks = [say(f"read.csv_{_NAMES[separator]}", encoding=decoded.encoding)]
    if "\ufffd" in text:
        remarks.append(say("read.lost_characters"))
    if broken_at:
        remarks.append(say("read.open_quotation", row=broken_at))
    return Sheet(name, "csv", rows, remarks=tuple(remarks))


_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", NO_SEPARATOR: "one"}


def _trim(record: list[str]) -> tuple[str, ...]:
    end = len(record)
    while end and not record[end - 1].strip():
        end -= 1
    return tuple(record[:end])


def _parse(text: str, separator: str, name: str) -> tuple[list[list[str]], int]:
    """Every record, and the row from which an unclosed quotation mark made it go on line by line; 0 where none did."""
    records: list[list[str]] = []
    filled = 0
    lines = text.splitlines(keepends=True) if "\r" in text.replace("\r\n", "") else text.split("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    done = 0
    try:
        for record in reader:
            records.append(record)
            done = reader.line_num
            filled += any(record)
            if filled > MOST_ROWS or len(record) > MOST_COLUMNS * 5:
                raise CoachError(say("refused.too_many_rows", name=name, count=f"{filled:,}", most=f"{MOST_ITEMS:,}"))
    except csv.Error:
        broken_at = len(records) + 1
        rest = [line.rstrip("\r\n") for line in lines[done:]]
        records.extend(_split_lines(rest, separator))
        return records, broken_at
    return records, 0


def _split_lines(lines: list[str], separator: str) -> Iterator[list[str]]:
    """Each line by itself: so one quotation mark too many cannot swallow the rows below it."""
    for line in lines:
        try:
            yield next(csv.reader([line], delimiter=separator, strict=True), [])
        except csv.Error:
            yield [cell.strip().strip('"') for cell in line.split(separator)]


# --- which separator ----------------------------------------------------------------------------------------------


def find_separator(text: str) -> str:
    """The separator by which the most cells of a row near the top are names of columns; else what clevercsv finds; else
    the one that splits most rows alike.
    """
    sample = _sample(text)
    if _has_one_column(sample):
        return NO_SEPARATOR
    named = {separator: _count_names(sample, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: named[separator])
    if named[best] >= 2:
        return best
    return _find_by_form(sample) or _find_by_evenness(sample)


def _has_one_column(sample: str) -> bool:
    """Whether a list of questions stands under one name: what separates anything there are the questions' own commas."""
    first = next((line.strip().strip('"') for line in sample.splitlines() if line.strip()), "")
    if any(separator in first for separator in SEPARATORS):
        return False
    found = name_field(first)
    return found is not None and found.field == "question" and len(first) < 60


def _sample(text: str) -> str:
    # Whole records, as far as quotation marks tell; beyond them a cut one would count as uneven.
    return "\n".join(text[:40_000].splitlines()[: _SAMPLE * 3])


def _read_some(sample: str, separator: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            records.append(record)
            if len(records) >= _SAMPLE:
                break
    except csv.Error:
        pass
    return records


def _count_names(sample: str, separator: str) -> int:
    def count(record: list[str]) -> int:
        short = [cell for cell in record[:MOST_COLUMNS] if 0 < len(cell) < 60]
        return len({found.field for cell in short if (found := name_field(cell)) and found.certainty == "sure"})

    return max((count(record) for record in _read_some(sample, separator)[:15] if len(record) > 1), default=0)


def _find_by_form(sample: str) -> str | None:
    import clevercsv

    try:
        found = clevercsv.Sniffer().sniff(sample[:10_000], delimiters="".join(SEPARATORS))
    except clevercsv.Error:
        return None
    return found.delimiter if found and found.delimiter in SEPARATORS else None


def _find_by_evenness(sample: str) -> str:
    def measure(separator: str) -> tuple[float, int]:
        widths = Counter(len(record) for record in _read_some(sample, separator) if any(record))
        if not widths or widths.most_common(1)[0][0] < 2:
            return 0.0, 0
        width, count = widths.most_common(1)[0]
        return count / widths.total(), width

    return max(SEPARATORS, key=measure)
