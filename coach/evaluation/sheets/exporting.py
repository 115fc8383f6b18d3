"""Writes question sheets: items in, an XLSX, CSV or JSONL file out that imports as the same items; ragas names as well."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coach.errors import CoachError
from coach.evaluation.records import ITEM_STATUSES, EvaluationItem, HistoryTurn, SourceWords
from coach.evaluation.sheets.cells import has_marks, is_error, is_nothing, repair_text, split_turns, tidy, write_phrases
from coach.evaluation.sheets.coding import CODED, encode_text, encode_value, neutralise
from coach.evaluation.sheets.headers import FURTHER_NOTES, NOTE_PREFIX, OWN_HEADERS, Field, name_field
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.source_cells import SourceGroups, parse_sources, write_source
from coach.records import ROLES, Outcome

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["neutralise", "write_csv", "write_jsonl", "write_ragas", "write_xlsx"]

_MOST_IN_CELL = 32_767  # characters, in Excel
_UNWRITABLE = re.compile("_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    field: Field
    width: int
    """In characters."""
    write: Callable[[EvaluationItem], str]


# --- fields as text -----------------------------------------------------------------------------------------------


def _code(value: Any) -> str:
    return encode_value(value) if not isinstance(value, str) else encode_text(value)


def _write_text(text: str) -> str:
    """A text as it is typed, or coded where a reader would tidy it."""
    changes = (
        repair_text(tidy(text)) != text
        or is_nothing(text)
        or is_error(text)
        or text.startswith(CODED)
        or "\ufffe" in text
        or _UNWRITABLE.search(text)
    )
    return _code(text) if changes and text else text


def _write_question(text: str) -> str:
    plain = _write_text(text)
    return _code(text) if plain == text and has_marks(text) else plain


def _write_groups(groups: Sequence[Sequence[str]]) -> str:
    """As a field of the page has them; coded where a cell would be tidied."""
    plain = write_phrases(groups)
    return plain if plain.startswith(CODED) or _write_text(plain) == plain else _code([list(group) for group in groups])


def _write_turns(turns: Sequence[HistoryTurn]) -> str:
    plain = "\n".join(f"{'U' if turn.role == 'user' else 'A'}: {turn.text}" for turn in turns)
    is_same = split_turns(plain).turns == tuple(turns) and _write_text(plain) == plain
    return plain if is_same else _code([{"role": turn.role, "text": turn.text} for turn in turns])


def _write_sources(groups: SourceGroups) -> str:
    plain = "\n".join(" OR ".join(map(write_source, group)) for group in groups)
    is_same = parse_sources(plain).groups == groups and not parse_sources(plain).places and _write_text(plain) == plain
    return plain if is_same else _code([[_source_values(words) for words in group] for group in groups])


def _source_values(words: SourceWords) -> dict[str, str]:
    values = {"document": words.document, "quote": words.quote, "label": words.label}
    return {key: value for key, value in values.items() if value or key != "label"}


_OUTCOME_NAMES = {outcome: outcome.value.replace("_", " ") for outcome in Outcome}


def _write_outcomes(item: EvaluationItem) -> str:
    return " / ".join(_OUTCOME_NAMES[outcome] for outcome in item.outcomes)


def _write_guidance(item: EvaluationItem) -> str:
    return "" if item.wants_guidance is None else ("yes" if item.wants_guidance else "no")


_WRITERS: dict[str, tuple[int, Callable[[EvaluationItem], str]]] = {
    "id": (10, lambda item: _write_text(item.id)),
    "status": (10, lambda item: item.status),
    "part": (10, lambda item: _write_text(item.part)),
    "role": (15, lambda item: item.role.replace("_", " ")),
    "topic": (22, lambda item: _write_text(item.topic)),
    "type": (14, lambda item: _write_text(item.type)),
    "history": (40, lambda item: _write_turns(item.history)),
    "question": (55, lambda item: _write_question(item.question)),
    "outcome": (18, _write_outcomes),
    "must_mention": (34, lambda item: _write_groups(item.must_mention)),
    "must_not_say": (28, lambda item: _write_groups([[one] for one in item.must_not_say])),
    "names": (18, lambda item: _write_groups([[one] for one in item.names])),
    "sources": (60, lambda item: _write_sources(item.sources)),
    "welcome": (40, lambda item: _write_sources(tuple((words,) for words in item.welcome))),
    "ideal": (55, lambda item: _write_text(item.ideal)),
    "wants_guidance": (10, _write_guidance),
    "owner": (14, lambda item: _write_text(item.owner)),
}
_COLUMNS = tuple(_Column(header, field, *_WRITERS[field]) for header, field in OWN_HEADERS)


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[tuple[str, int], ...]
    """Header and width."""
    rows: tuple[tuple[str, ...], ...]


def _make_table(items: Sequence[EvaluationItem]) -> _Table:
    names = _order_names(items)
    headers = {name: header for name in names if (header := _write_header(name))}
    further = any(_needs_further(item, headers) for item in items)
    rows = []
    for item in items:
        cells = [column.write(item) for column in _COLUMNS]
        apart = _needs_further(item, headers)
        notes = {} if apart else dict(item.notes)
        cells.extend(_write_text(notes.get(name, "")) for name in headers)
        if further:
            cells.append(_code([list(pair) for pair in item.notes]) if apart else "")
        rows.append(tuple(cells))
    columns = [(column.header, column.width) for column in _COLUMNS] + [(header, 24) for header in headers.values()]
    return _Table((*columns, *([(FURTHER_NOTES, 24)] if further else [])), tuple(rows))


def _order_names(items: Sequence[EvaluationItem]) -> list[str]:
    """The names of all notes, each behind the one that it follows where it comes up first."""
    ordered: list[str] = []
    for item in items:
        place = 0
        for name, _ in item.notes:
            if name in ordered:
                place = ordered.index(name) + 1
            else:
                ordered.insert(place, name)
                place += 1
    return ordered


def _write_header(name: str) -> str:
    """The header of a note's column; empty where the note cannot have one of its own."""
    if (
        not name
        or _write_text(name) != name
        or len(name) > 80
        or "\n" in name
        or name.startswith((CODED, "'"))
        or " / " in name
    ):
        return ""
    found = name_field(name)
    is_plain = found is not None and found.field == "note" and found.certainty == "sure"
    header = name if is_plain and not name.startswith(NOTE_PREFIX) else NOTE_PREFIX + name
    return "" if name == FURTHER_NOTES else header


def _needs_further(item: EvaluationItem, headers: dict[str, str]) -> bool:
    """Whether notes in columns of their own would not come back as they are."""
    names = [name for name, _ in item.notes]
    order = [name for name in headers if name in names]
    return order != names or any(not value for _, value in item.notes)


# --- files --------------------------------------------------------------------------------------------------------


def write_csv(items: Sequence[EvaluationItem]) -> bytes:
    """A CSV file in UTF-8 with a byte order mark, every cell in quotation marks, none of them a formula."""
    table = _make_table(items)
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutralise(header) for header, _ in table.columns])
    writer.writerows([neutralise(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode("utf-8")


def write_xlsx(items: Sequence[EvaluationItem]) -> bytes:
    """A workbook with one worksheet: a header that stays, wrapped text, lists to choose from; every cell is a text.

    Raises:
        CoachError: a text is longer than a cell of Excel may be.
    """
    from openpyxl import Workbook

    table = _make_table(items)
    workbook = Workbook()
    sheet: Worksheet = workbook.worksheets[0]
    sheet.title = "Questions"
    _check_lengths(items, table)
    for number, cells in enumerate([[header for header, _ in table.columns], *table.rows], start=1):
        _write_row(sheet, number, cells)
    _dress(sheet, table)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _check_lengths(items: Sequence[EvaluationItem], table: _Table) -> None:
    for item, row in zip(items, table.rows, strict=True):
        for (header, _), cell in zip(table.columns, row, strict=True):
            # Excel counts UTF-16 units, and one is for the apostrophe.
            if len(cell.encode("utf-16-le", "surrogatepass")) // 2 >= _MOST_IN_CELL:
                raise CoachError(say("export.too_long", id=item.id, most=f"{_MOST_IN_CELL:,}", column=header))


def _write_row(sheet: Worksheet, number: int, cells: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    for column, text in enumerate(cells, start=1):
        if not text:
            continue
        cell = sheet.cell(number, column)
        cell.value = neutralise(text)
        cell.data_type = "s"
        cell.number_format = "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if number == 1:
            cell.font = Font(bold=True)


def _dress(sheet: Worksheet, table: _Table) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = "A2"
    for column, (_, width) in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    choices: dict[str, Sequence[str]] = {
        "role": [role.replace("_", " ") for role in ROLES],
        "outcome": list(_OUTCOME_NAMES.values()),
        "status": list(ITEM_STATUSES),
        "wants_guidance": ["yes", "no"],
    }
    for column, shape in enumerate(_COLUMNS, start=1):
        if shape.field in choices:
            # A warning only: two outcomes may be typed with a slash between them.
            rule = DataValidation(
                "list", formula1=f'"{",".join(choices[shape.field])}"', allow_blank=True, errorStyle="warning"
            )
            letter = get_column_letter(column)
            rule.add(f"{letter}2:{letter}{max(len(table.rows) + 1, 500)}")
            sheet.add_data_validation(rule)


def write_jsonl(items: Sequence[EvaluationItem]) -> bytes:
    """A JSON record for each item, with the keys of the project's own sets."""
    return b"".join(
        json.dumps(_make_record(item), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for item in items
    )


def _make_record(item: EvaluationItem) -> dict[str, Any]:
    names = [name for name, _ in item.notes]
    outcomes = [outcome.value for outcome in item.outcomes]
    return {
        "id": item.id,
        "part": item.part,
        "status": item.status,
        "role": item.role,
        "history": [{"role": turn.role, "text": turn.text} for turn in item.history],
        "question": item.question,
        "outcome": outcomes[0] if len(outcomes) == 1 else outcomes,
        "type": item.type,
        "topic": item.topic,
        "evidence": [[_source_values(words) for words in group] for group in item.sources],
        "welcome": [_source_values(words) for words in item.welcome],
        "must_mention": [group[0] if len(group) == 1 else list(group) for group in item.must_mention],
        "must_not_say": list(item.must_not_say),
        "names": list(item.names),
        "ideal": item.ideal,
        "wants_guidance": item.wants_guidance,
        "owner": item.owner,
        "notes": dict(item.notes) if len(set(names)) == len(names) else [list(pair) for pair in item.notes],
    }


def write_ragas(items: Sequence[EvaluationItem]) -> bytes:
    """JSON records under the names of ragas; drafts without a question are left out.

    ragas takes one kind of sample in a set: where any item has earlier turns, `user_input` is a list of messages in every
    record, else a text.
    """
    asked = [item for item in items if item.question]
    several = any(item.history for item in asked)
    records = [_make_ragas(item, several=several) for item in asked]
    return b"".join(
        json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for record in records
    )


def _make_ragas(item: EvaluationItem, *, several: bool) -> dict[str, Any]:
    messages = [
        {"content": turn.text, "type": "human" if turn.role == "user" else "ai"}
        for turn in (*item.history, HistoryTurn("user", item.question))
    ]
    quotes = [words.quote for group in item.sources for words in group if words.quote]
    return {
        "user_input": messages if several else item.question,
        "reference": item.ideal,
        "reference_contexts": quotes,
    }
