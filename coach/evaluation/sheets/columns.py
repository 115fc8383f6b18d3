"""Which column is what: a sheet in, its header rows and the proposed field of every column out, open to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from typing import Literal

from coach.errors import UsageError
from coach.evaluation.sheets.cells import has_turns, parse_outcomes, parse_role
from coach.evaluation.sheets.headers import FIELDS, OWN_HEADERS, SEVERAL, Field, NamedField, fold_header, name_field
from coach.evaluation.sheets.records import MergedArea, Sheet, SheetRow
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.source_cells import looks_like_source

Certainty = Literal["sure", "likely", "guess"]
_HEAD = 25  # filled rows among which the header is looked for
_LOOKED_AT = 200  # filled cells of a column by which it is judged


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column is taken for."""

    column: int
    """From 0."""
    letter: str
    """As the spreadsheet program shows it."""
    header: str
    """Of two header rows, both with " / " between; empty where none stands there."""
    samples: tuple[str, ...]
    """Up to three different cells."""
    field: Field
    certainty: Certainty
    why: str
    """A sentence for the reader."""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a sheet is read. A person may change it with `change_mapping`."""

    columns: tuple[ColumnGuess, ...]
    header_rows: tuple[int, ...]
    """Row numbers: names of columns, and notes about them."""
    title_rows: tuple[int, ...]
    """Filled rows above."""
    is_own: bool = False
    """Whether Coach wrote the sheet: then each row is read for itself, and nothing in it means more than it says."""

    def list_columns(self, field: Field) -> tuple[ColumnGuess, ...]:
        """The columns of a field, from the left."""
        return tuple(guess for guess in self.columns if guess.field == field)


def letter_column(column: int) -> str:
    """The letters of a column, from 0: A, B, ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def propose_mapping(sheet: Sheet) -> Mapping:
    """Take every column for what its header says; where that says nothing, for what its cells look like; else for a note."""
    head = _find_head(sheet)
    below = [row for row in sheet.rows if row.number > head.last and not row.is_blank]
    headers = head.headers
    guesses: list[ColumnGuess] = []
    for column in range(sheet.width):
        header = headers[column] if column < len(headers) else ""
        cells = [cell for row in below if (cell := row.get(column)).strip()][:_LOOKED_AT]
        if header or cells:
            guesses.append(_guess_column(sheet, column, header, cells))
    own = tuple(header for header, _ in OWN_HEADERS)
    is_own = bool(sheet.keys) or headers[: len(own)] == own
    return Mapping(_settle(guesses, below), head.header_rows, head.title_rows, is_own)


# --- where the header stands --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Head:
    headers: tuple[str, ...]
    header_rows: tuple[int, ...]
    title_rows: tuple[int, ...]

    @property
    def last(self) -> int:
        return max((*self.header_rows, *self.title_rows), default=0)


def _find_head(sheet: Sheet) -> _Head:
    if sheet.keys:
        return _Head(sheet.keys, (), ())
    filled = [row for row in sheet.rows if not row.is_blank]
    head = filled[:_HEAD]
    named = [_name_row(row) for row in head]
    best = max(range(len(head)), key=lambda index: (_weigh(named[index]), -index))
    if not _is_header(set(named[best]), head[best]):
        return _find_unnamed(head)
    below = filled[best + 1 : best + 30]
    return _join_rows(sheet, head, best, below)


def _name_row(row: SheetRow) -> dict[Field, Certainty]:
    """The fields that a row's cells name, each as surely as any of them does."""
    found = [one for cell in row.cells if _is_short(cell) and (one := name_field(cell))]
    sure: dict[Field, Certainty] = {one.field: one.certainty for one in found}
    return {**sure, **{one.field: one.certainty for one in found if one.certainty == "sure"}}


def _weigh(named: Table[Field, Certainty]) -> int:
    """Known names count double: a question may hold the words of a header too."""
    return sum(2 if certainty == "sure" else 1 for certainty in named.values())


def _is_short(cell: str) -> bool:
    return 0 < len(cell.strip()) <= 160


def _is_header(named: set[Field], row: SheetRow) -> bool:
    filled = [cell for cell in row.cells if cell.strip()]
    if named == {"question"} and len(filled) == 1:
        return name_exactly(filled[0]) == "question"
    return len(named) >= 2 or (bool(named) and len(filled) <= 3 and all(name_exactly(cell) for cell in filled))


def name_exactly(cell: str) -> Field | None:
    """The field whose known name a text is."""
    found = name_field(cell)
    return found.field if found and found.certainty == "sure" else None


def _find_unnamed(head: Sequence[SheetRow]) -> _Head:
    """A header that names nothing known: the first filled row, unless a question already stands in it."""
    first = head[0]
    texts = [cell.strip() for cell in first.cells if cell.strip()]
    asks = any(text.endswith("?") for text in texts)
    below = [cell.strip() for row in head[1:] for cell in row.cells]
    if asks or len(head) == 1 or not any(text.endswith("?") for text in below) or len(texts) < 2:
        return _Head((), (), ())
    return _Head(tuple(cell.strip() for cell in first.cells), (first.number,), ())


def _join_rows(sheet: Sheet, head: Sequence[SheetRow], best: int, below: Sequence[SheetRow]) -> _Head:
    row = head[best]
    levels = [_fill_across(sheet, row)]
    header_rows = [row.number]
    first = best
    if best and _is_group(head[best - 1], row):
        first = best - 1
        levels.insert(0, _fill_across(sheet, head[first]))
        header_rows.insert(0, head[first].number)
    for following in below[:2]:
        kind = _judge_following(sheet, row, following, below)
        if kind == "data":
            break
        header_rows.append(following.number)
        if kind == "names":
            levels.append(_fill_across(sheet, following))
    titles = tuple(one.number for one in head[:first])
    return _Head(_stack(levels), tuple(header_rows), titles)


def _fill_across(sheet: Sheet, row: SheetRow) -> list[str]:
    texts = [cell.strip() for cell in row.cells] + [""] * (sheet.width - len(row.cells))
    for area in _areas_of(sheet, row.number):
        text = next((one.get(area.first_column) for one in sheet.rows if one.number == area.first_row), "").strip()
        for column in range(area.first_column, min(area.last_column, sheet.width - 1) + 1):
            texts[column] = text
    return texts


def _areas_of(sheet: Sheet, number: int) -> list[MergedArea]:
    return [area for area in sheet.merged if area.first_row <= number <= area.last_row]


def _is_group(above: SheetRow, row: SheetRow) -> bool:
    """Whether a row names groups of the columns below it: it has at least two texts, all short, and the rows touch."""
    texts = [cell.strip() for cell in above.cells if cell.strip()]
    touches = above.number == row.number - 1
    return touches and len(texts) >= 2 and all(len(text) <= 40 for text in texts)


_NOTE = re.compile(
    r"^\(.*\)$|\b(?:e\.g|eg|required|optional|separate|one per|free text|drop ?-?down|paste|type here|choose|select|y/n"
    r"|leave blank|unique|exact wording|as typed|verbatim|your|one of|if any|yyyy|format|example)\b",
    re.IGNORECASE | re.DOTALL,
)


def _judge_following(
    sheet: Sheet, header: SheetRow, row: SheetRow, below: Sequence[SheetRow]
) -> Literal["names", "note", "data"]:
    """Whether the row after the header holds further names of columns, notes about them, or the first question."""
    texts = [cell.strip() for cell in row.cells if cell.strip()]
    if not texts or any(len(text) > 160 for text in texts):
        return "data"
    columns = [index for index, cell in enumerate(header.cells) if name_exactly(cell) == "question"]
    asked = row.get(columns[0]).strip() if columns else ""
    if asked.endswith("?"):
        return "data"
    repeated = not asked or any(
        area.first_row < row.number and area.first_column == columns[0] for area in _areas_of(sheet, row.number)
    )
    exact = [text for text in texts if name_exactly(text)]
    if repeated and exact and len(exact) * 2 >= len(texts):
        return "names"
    notes = [text for text in texts if _NOTE.search(text)]
    if len(notes) >= 2 and len(notes) * 2 >= len(texts) and len(below) > 1:
        return "note"
    return "data"


def _stack(levels: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Header rows as one: what stands above and below, each once."""
    return tuple(" / ".join(dict.fromkeys(text for text in texts if text)) for texts in zip(*levels, strict=True))


# --- what a column is ---------------------------------------------------------------------------------------------


def _guess_column(sheet: Sheet, column: int, header: str, cells: Sequence[str]) -> ColumnGuess:
    named = _name_header(header, is_record=bool(sheet.keys))
    looked = _look(header, named, cells)
    field, certainty, why = looked or ("note", "guess", say("why.nothing"))
    samples = tuple(dict.fromkeys(cell.strip() for cell in cells))[:3]
    hidden = column in sheet.hidden_columns
    return ColumnGuess(column, letter_column(column), header, samples, field, certainty, why, hidden)


def _name_header(header: str, *, is_record: bool) -> NamedField | None:
    """By its lowest part, else by the whole, else by its upper part: "Expected answer / Must mention" is the latter."""
    if not header:
        return None
    parts = header.split(" / ")
    tries = [parts[-1], header, parts[0]] if len(parts) > 1 else [header]
    found = [name_field(part, is_record=is_record) for part in tries]
    return next((one for one in found if one and one.certainty == "sure"), next((one for one in found if one), None))


Guess = tuple[Field, Certainty, str]


def _look(header: str, named: NamedField | None, cells: Sequence[str]) -> Guess | None:
    """What a column is by its header, checked against its cells where a name has two senses."""
    if named is None:
        found = _look_at_cells(cells)
        return (found, "guess", say(f"why.look_{found}")) if found else None
    certainty: Certainty = named.certainty
    why = say("why.named" if certainty == "sure" else "why.like", known=named.known)
    sense = _SENSES.get(named.known)
    field = sense(cells) if sense and cells else named.field
    if field != named.field:
        return field, "likely", say("why.sense", header=header, field=say(f"field.{field}"))
    return field, certainty, why


def _share(cells: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0


def _sense_expected(cells: Sequence[str]) -> Field:
    if _share(cells, parse_outcomes) >= 0.6:
        return "outcome"
    return "ideal" if sum(len(cell.split()) for cell in cells) > 2 * len(cells) else "note"


def _sense_answer(cells: Sequence[str]) -> Field:
    # "Yes" may be the answer itself; only the words of an outcome tell that an outcome is meant.
    return "outcome" if _share(cells, lambda cell: len(cell) > 6 and parse_outcomes(cell)) >= 0.8 else "ideal"


def _sense_reference(cells: Sequence[str]) -> Field:
    return "sources" if _share(cells, looks_like_source) >= 0.5 else "ideal"


def _sense_context(cells: Sequence[str]) -> Field:
    if _share(cells, looks_like_source) >= 0.5 and _share(cells, has_turns) < 0.3:
        return "sources"
    return "history"


def _sense_number(cells: Sequence[str]) -> Field:
    return "note" if len({cell.strip() for cell in cells}) * 2 < len(cells) else "id"


_SENSES: Table[str, Callable[[Sequence[str]], Field]] = {
    "expected": _sense_expected,
    "answer": _sense_answer,
    "expected result": _sense_expected,
    "expected response": _sense_answer,
    "reference": _sense_reference,
    "context": _sense_context,
    "conversation": _sense_context,
    "number": _sense_number,
}


def _look_at_cells(cells: Sequence[str]) -> Field | None:
    """What a column without a telling header holds; None where its cells do not tell."""
    if not cells:
        return None
    if _share(cells, has_turns) >= 0.6:
        return "history"
    if _share(cells, lambda cell: cell.rstrip(" \"”'’)").endswith("?")) >= 0.5:
        return "question"
    if len(cells) > 2 and _share(cells, parse_role) >= 0.9:
        return "role"
    if _share(cells, looks_like_source) >= 0.6:
        return "sources"
    if len(cells) > 2 and _share(cells, lambda cell: len(cell) > 6 and parse_outcomes(cell)) >= 0.9:
        return "outcome"
    return None


def _settle(guesses: list[ColumnGuess], below: Sequence[SheetRow]) -> tuple[ColumnGuess, ...]:
    """One column for each field that holds one thing: the surest, then the leftmost; the others stay notes."""
    rank = {"sure": 0, "likely": 1, "guess": 2}
    kept: dict[Field, int] = {}
    for guess in sorted(guesses, key=lambda one: (rank[one.certainty], not one.samples, one.column)):
        if guess.field not in SEVERAL:
            kept.setdefault(guess.field, guess.column)
    settled = [
        one
        if one.field in SEVERAL or kept[one.field] == one.column
        else replace(one, field="note", certainty="guess", why=say("why.second", field=say(f"field.{one.field}")))
        for one in guesses
    ]
    return tuple(_find_question(settled, below))


def _find_question(guesses: list[ColumnGuess], below: Sequence[SheetRow]) -> list[ColumnGuess]:
    """Where nothing is the question yet, the column with the most question marks, else the one with the longest cells."""
    if not guesses or any(one.field in ("question", "turn", "conversation") for one in guesses):
        return guesses
    free = [one for one in guesses if one.certainty == "guess"] or guesses

    def measure(guess: ColumnGuess) -> tuple[int, int]:
        cells = [row.get(guess.column).strip() for row in below[:_LOOKED_AT]]
        return sum(cell.endswith("?") for cell in cells), sum(len(cell) for cell in cells)

    best = max(free, key=measure)
    return [
        replace(one, field="question", certainty="guess", why=say("why.look_question")) if one is best else one
        for one in guesses
    ]


# --- a person's changes -------------------------------------------------------------------------------------------


def parse_changes(options: Iterable[str]) -> dict[str, Field]:
    """What `--map "Header=field"` asks for: fields by header or column letter.

    Raises:
        UsageError: an option has another form, or names no field.
    """
    changes: dict[str, Field] = {}
    for option in options:
        header, equals, name = option.rpartition("=")
        field = _find_field(name)
        if not equals or not header.strip() or field is None:
            raise UsageError(say("refused.map", option=option, fields=", ".join(FIELDS)))
        changes[header.strip()] = field
    return changes


def _find_field(name: str) -> Field | None:
    folded = fold_header(name).replace(" ", "_")
    return next((field for field in FIELDS if field == folded), None)


def change_mapping(mapping: Mapping, changes: Table[str, Field]) -> Mapping:
    """A mapping in which the named columns hold other fields. A column that held such a field alone becomes a note.

    Args:
        mapping: as proposed.
        changes: fields by header (case and punctuation do not matter) or by column letter.

    Raises:
        UsageError: there is no such column, or two of that name.
    """
    columns = {guess.column: guess for guess in mapping.columns}
    for header, field in changes.items():
        column = _find_column(mapping, header)
        for other in columns.values():
            if other.field == field and field not in SEVERAL:
                columns[other.column] = replace(other, field="note", certainty="sure", why=say("why.given_up"))
        columns[column] = replace(columns[column], field=field, certainty="sure", why=say("why.chosen"))
    return replace(mapping, columns=tuple(columns[column] for column in sorted(columns)))


def _find_column(mapping: Mapping, header: str) -> int:
    exact = [one.column for one in mapping.columns if one.header == header]
    alike = [one.column for one in mapping.columns if fold_header(one.header) == fold_header(header) != ""]
    lettered = [one.column for one in mapping.columns if one.letter == header.upper()]
    found = exact or alike or lettered
    if len(found) != 1:
        known = ", ".join(one.header or one.letter for one in mapping.columns)
        raise UsageError(say("refused.no_column" if not found else "refused.two_columns", header=header, columns=known))
    return found[0]
