"""Takes in a trainer's sheet: cells and what each column is in, evaluation items, problems and an account of every row out."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from coach.errors import CoachError
from coach.evaluation.records import EvaluationItem, RowProblem
from coach.evaluation.sheets.cells import is_error, tidy
from coach.evaluation.sheets.coding import decode_value, restore
from coach.evaluation.sheets.columns import ColumnGuess, Mapping, change_mapping, parse_changes, propose_mapping
from coach.evaluation.sheets.conversations import split_conversation
from coach.evaluation.sheets.headers import Field, fold_header
from coach.evaluation.sheets.masking_items import mask_item
from coach.evaluation.sheets.records import MOST_ITEMS, Sheet, SheetRow
from coach.evaluation.sheets.row_items import FieldCell, RowReader, shorten
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.spread_cells import Gaps, MergedCells
from coach.evaluation.sheets.tables import read_sheet

__all__ = [
    "Imported",
    "Mapping",
    "RowAccount",
    "Sheet",
    "change_mapping",
    "import_items",
    "parse_changes",
    "propose_mapping",
    "read_sheet",
]

RowFate = Literal["item", "joined", "blank", "heading", "refused"]
"""It is an item, or several; a part of the item above; empty; a title, a header or a section's name; not kept, which a problem
tells."""


@dataclass(frozen=True, slots=True)
class RowAccount:
    """What became of one row."""

    row: int
    fate: RowFate
    items: tuple[str, ...] = ()
    """Ids of what was made of it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A sheet as items."""

    items: tuple[EvaluationItem, ...]
    problems: tuple[RowProblem, ...]
    """By row."""
    rows: tuple[RowAccount, ...]
    """Every row of the sheet, down to the last that holds something, once."""

    def count(self, fate: RowFate) -> int:
        """How many rows became that."""
        return sum(row.fate == fate for row in self.rows)


def import_items(sheet: Sheet, mapping: Mapping, mask: Callable[[str], str] = str) -> Imported:
    """Read every row of a sheet as an item, and say what became of each that is none.

    Question, earlier turns, `names` and the owner are kept as they were typed: a test of privacy has to ask with the name
    that must not come back. Every other text is masked, and where that changes something a problem says so. A wording that
    must not be said and is nothing but a name moves to `names`, where it can still be looked for.

    Args:
        sheet: as `read_sheet` gives it.
        mapping: what its columns are.
        mask: takes names and records of students out of a text, such as `Discretion.mask_text`.

    Raises:
        CoachError: it has more than 5,000 items, or no column is the question.
    """
    if not any(mapping.list_columns(field) for field in ("question", "turn", "conversation", "history", "sources")):
        raise CoachError(say("refused.no_question", name=sheet.name))
    return _Import(sheet, mapping, mask).run()


class _Import:
    """One import, row by row."""

    def __init__(self, sheet: Sheet, mapping: Mapping, mask: Callable[[str], str]) -> None:
        self._sheet = sheet
        self._mapping = mapping
        self._mask = cache(mask)
        self._merged = MergedCells(sheet, mapping)
        self._gaps = Gaps(sheet, mapping)
        self._items: list[EvaluationItem] = []
        self._item_rows: list[int] = []
        self._problems: list[RowProblem] = []
        self._rows: list[RowAccount] = []
        self._section = ""
        headed = [guess.column for guess in mapping.columns if guess.header]
        beyond = [guess.column for guess in mapping.columns if headed and guess.column > max(headed)]
        self._unheaded = beyond if sheet.kind == "csv" else []

    def run(self) -> Imported:
        self._problems.extend(self._gaps.problems)
        head = {*self._mapping.header_rows, *self._mapping.title_rows}
        for row in self._sheet.rows:
            if row.number in head:
                self._account(row, "heading")
            elif row.is_blank:
                self._account(row, "blank")
            else:
                self._take(row)
        items = self._name_items()
        return Imported(items, tuple(sorted(self._problems, key=lambda one: one.row)), self._finish_rows(items))

    def _account(self, row: SheetRow, fate: RowFate) -> None:
        self._rows.append(RowAccount(row.number, fate))

    def _refuse(self, row: SheetRow, wording: str, **values: object) -> None:
        self._problems.append(RowProblem(row.number, say(wording, **values), kept=False))
        self._account(row, "refused")

    def _quote(self, text: str) -> str:
        """The beginning of a cell as a message may repeat it."""
        return shorten(self._mask(tidy(text)))

    # --- what kind of row ---------------------------------------------------------------------------------------

    def _take(self, row: SheetRow) -> None:
        if row.fault:
            self._problems.append(RowProblem(row.number, row.fault, kept=False))
            self._account(row, "refused")
        elif self._mapping.is_own:
            self._take_items(row, self._read_cells(row))
        elif self._repeats_header(row):
            self._problems.append(RowProblem(row.number, say("row.header_again"), kept=False))
            self._account(row, "heading")
        elif self._merged.continues(row.number) and self._items:
            self._join(row)
        else:
            self._take_filled(row)

    def _repeats_header(self, row: SheetRow) -> bool:
        cells = {guess.column: fold_header(row.get(guess.column)) for guess in self._mapping.columns}
        headers = {guess.column: fold_header(guess.header.split(" / ")[-1]) for guess in self._mapping.columns}
        filled = {column for column, cell in cells.items() if cell}
        return len(filled) > 1 and all(cells[column] == headers[column] for column in filled)

    def _take_filled(self, row: SheetRow) -> None:
        cells = self._read_cells(row)
        own = [cell for cell in cells if cell.text.strip()]
        by_field = {cell.field for cell in own}
        asked = " ".join(cell.text for cell in own if cell.field == "question")
        if self._is_total(row) and re.fullmatch(r"[\d.,%\s]*", asked):
            self._refuse_total(row)
        elif by_field & {"question", "turn", "conversation"} and not self._is_section(row, own):
            self._take_items(row, cells)
        elif self._is_section(row, own):
            text = tidy(own[0].text)
            self._section = text
            self._problems.append(RowProblem(row.number, say("row.section", value=self._quote(text)), kept=False))
            self._account(row, "heading")
        elif (
            self._items and by_field and by_field <= _LISTS and row.number == self._rows[-1].row + 1 and self._follows()
        ):
            self._join(row)
        else:
            self._take_items(row, cells)

    def _follows(self) -> bool:
        return self._rows[-1].fate in ("item", "joined")

    def _is_total(self, row: SheetRow) -> bool:
        first = next(cell for cell in row.cells if cell.strip())
        return bool(_TOTAL.match(first.strip()))

    def _refuse_total(self, row: SheetRow) -> None:
        self._refuse(row, "row.total", value=self._quote(next(cell for cell in row.cells if cell.strip())))

    def _is_section(self, row: SheetRow, own: Sequence[FieldCell]) -> bool:
        """Whether a row only names what follows: one text, across merged cells or outside the columns that make an item."""
        filled = [cell for cell in row.cells if cell.strip()]
        if len(filled) != 1 or len(own) != 1:
            return False
        text = own[0].text.strip()
        if own[0].field == "question" and len(self._mapping.columns) > 1 and not self._merged.spans(row.number):
            return len(text) <= 80 and bool(_SECTION.fullmatch(text)) and "?" not in text
        is_short = len(text) <= 120 and not text.endswith("?") and sum(map(str.isalpha, text)) > 2
        if self._merged.spans(row.number):
            return is_short
        return (
            is_short
            and own[0].field in ("id", "topic", "part", "type", "note")
            and (" " in text or own[0].field != "id")
        )

    # --- rows of one item ---------------------------------------------------------------------------------------

    def _read_cells(self, row: SheetRow) -> list[FieldCell]:
        filled = self._gaps.fill(row, self._merged.fill(row))
        cells = []
        for guess in self._mapping.columns:
            text = filled[guess.column] if guess.column < len(filled) else ""
            cells.append(self._read_cell(row, guess, text))
        return cells

    def _read_cell(self, row: SheetRow, guess: ColumnGuess, text: str) -> FieldCell:
        """A cell; empty where a formula came to an error."""
        header = guess.header or guess.letter
        if self._sheet.kind == "jsonl" or not is_error(text):
            return FieldCell(guess.field, header, self._restore(text))
        problem = RowProblem(row.number, say("row.error", value=text.strip()), header)
        if problem not in self._problems[-self._sheet.width :]:
            self._problems.append(problem)
        return FieldCell(guess.field, header, "")

    def _restore(self, text: str) -> str:
        return text if self._sheet.keys else restore(text)

    def _join(self, row: SheetRow) -> None:
        """A row that goes on with the item above: its phrases and sources are added to it."""
        own = [cell for cell in self._read_cells_unfilled(row) if cell.text.strip()]
        reader = RowReader(row.number, own, self._mask)
        more = reader.read()
        self._problems.extend(reader.problems)
        whole = self._items[-1]
        self._items[-1] = mask_into(
            self,
            row,
            replace(
                whole,
                must_mention=(*whole.must_mention, *more.must_mention),
                must_not_say=(*whole.must_not_say, *more.must_not_say),
                sources=(*whole.sources, *more.sources),
                welcome=(*whole.welcome, *more.welcome),
                names=(*whole.names, *more.names),
                ideal="\n".join(part for part in (whole.ideal, more.ideal) if part),
                notes=(*whole.notes, *more.notes),
            ),
        )
        above = self._item_rows[-1]
        self._problems.append(RowProblem(row.number, say("row.joined", row=above)))
        self._account(row, "joined")

    def _read_cells_unfilled(self, row: SheetRow) -> list[FieldCell]:
        return [self._read_cell(row, guess, row.get(guess.column)) for guess in self._mapping.columns]

    def _take_items(self, row: SheetRow, cells: list[FieldCell]) -> None:
        conversation = next((cell for cell in cells if cell.field == "conversation" and cell.text.strip()), None)
        if conversation is not None:
            self._take_conversation(row, cells, conversation)
            return
        reader = RowReader(row.number, cells, self._mask)
        item = reader.read()
        if not item.question and (item.status != "draft" or reader.is_status_unclear):
            values = [cell.text for cell in cells if cell.text.strip() and cell.field != "id"]
            self._refuse(
                row, "row.no_question" if values else "row.only_id", value=self._quote(item.id or " ".join(values))
            )
            return
        self._problems.extend(reader.problems)
        if any(row.get(column).strip() for column in self._unheaded):
            self._problems.append(RowProblem(row.number, say("row.beyond")))
        self._add(row, item)
        self._account(row, "item")

    def _take_conversation(self, row: SheetRow, cells: list[FieldCell], conversation: FieldCell) -> None:
        turns = split_conversation(decode_value(conversation.text))
        others = [cell for cell in cells if cell is not conversation]
        base_reader = RowReader(row.number, others, self._mask)
        base = base_reader.read()
        if not turns:
            self._refuse(row, "row.no_conversation", value=self._quote(base.id))
            return
        self._problems.extend(base_reader.problems)
        for place, turn in enumerate(turns, start=1):
            self._add(row, turn.make_item(base, f"{base.id}.{place}" if base.id else ""))
        self._account(row, "item")

    def _add(self, row: SheetRow, item: EvaluationItem) -> None:
        if len(self._items) >= MOST_ITEMS:
            raise CoachError(say("refused.too_many_items", name=self._sheet.name, most=f"{MOST_ITEMS:,}"))
        if self._section and not item.topic:
            item = replace(item, topic=self._section)
        self._items.append(mask_into(self, row, item))
        self._item_rows.append(row.number)

    def mask_row(self, row: SheetRow, item: EvaluationItem) -> EvaluationItem:
        """The item with what must not be kept masked; a problem names the parts that changed."""
        masked, changed = mask_item(item, self._mask)
        if changed:
            fields = ", ".join(say(f"field.{field}") for field in changed)
            self._problems.append(RowProblem(row.number, say("row.masked", fields=fields)))
        return masked

    # --- ids ----------------------------------------------------------------------------------------------------

    def _name_items(self) -> tuple[EvaluationItem, ...]:
        """Every item with an id of its own: those that are given first, so that none of them is taken by another."""
        given = Counter(item.id for item in self._items if item.id)
        taken = set(given)
        seen: dict[str, int] = {}
        named: list[EvaluationItem] = []
        for item, row in zip(self._items, self._item_rows, strict=True):
            if item.id and item.id not in seen:
                seen[item.id] = row
                named.append(item)
                continue
            fresh = _choose_id(item, taken)
            taken.add(fresh)
            if item.id:
                self._problems.append(
                    RowProblem(row, say("row.same_id", id=self._quote(item.id), row=seen[item.id], new=fresh))
                )
            named.append(replace(item, id=fresh))
        self._note_repeated(named)
        return tuple(named)

    def _note_repeated(self, items: Sequence[EvaluationItem]) -> None:
        first: dict[Any, int] = {}
        for item, row in zip(items, self._item_rows, strict=True):
            if not item.question:
                continue
            asked = (item.question.casefold(), item.role, item.history)
            if asked in first and first[asked] != row:
                self._problems.append(RowProblem(row, say("row.same_question", row=first[asked])))
            first.setdefault(asked, row)

    def _finish_rows(self, items: Sequence[EvaluationItem]) -> tuple[RowAccount, ...]:
        ids: dict[int, list[str]] = {}
        for item, row in zip(items, self._item_rows, strict=True):
            ids.setdefault(row, []).append(item.id)
        return tuple(replace(row, items=tuple(ids.get(row.row, ()))) for row in self._rows)


_LISTS: frozenset[Field] = frozenset({"must_mention", "must_not_say", "sources", "quote", "names", "welcome"})
_SECTION = re.compile(
    r"(?i:section|part|unit|module|block|theme|strand|round|week|session|day) (?:\d{1,2}|[A-Z]|[IVX]+)"
    r"(?:\s*[.:\u2013\u2014-]\s*(?!(?i:who|what|when|where|why|how|which|do|does|did|can|should|is|are|was|were)\b)"
    r"\S+(?: \S+){0,5})?"
)
"""A number or letter by itself, or with a title behind a mark: "Week 1 plan for a new principal" is a question."""
_TOTAL = re.compile(
    r"(?:grand )?(?:total|sum|subtotal|average|avg|mean|count|end of|\*?\s*notes?:|legend|key:|last (?:updated|edited)"
    r"|prepared by|source:|n ?=|confidential|copyright|\u00a9|page \d+)(?:\b|\s|$|:)",
    re.IGNORECASE,
)


def mask_into(one: _Import, row: SheetRow, item: EvaluationItem) -> EvaluationItem:
    """As `_Import.mask_row`."""
    return one.mask_row(row, item)


def _choose_id(item: EvaluationItem, taken: set[str]) -> str:
    """An id from the item's own, or from what it asks: the same in every import of the same content."""
    if item.id:
        base, number = item.id, 2
    else:
        asked = [item.question, item.role, [[turn.role, turn.text] for turn in item.history]]
        asked.append([[words.quote, words.document, words.label] for group in item.sources for words in group])
        base, number = "q" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:8], 1
    while True:
        fresh = base if number == 1 else f"{base}-{number}"
        if fresh not in taken:
            return fresh
        number += 1
