"""Question sheets that came and are not saved yet: a file's bytes in; how it is read, to be looked at and changed, out.

They are held in memory, each for whoever sent it, and only the last few: nothing of a sheet is stored before somebody says so.
"""

from __future__ import annotations

import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from coach.errors import CoachError
from coach.evaluation.records import EvaluationItem, RowProblem
from coach.evaluation.scores.document_names import list_unknown
from coach.evaluation.sheets.columns import ColumnGuess, Mapping, change_mapping, propose_mapping
from coach.evaluation.sheets.headers import FIELDS, Field
from coach.evaluation.sheets.importing import Imported, RowAccount, import_items
from coach.evaluation.sheets.records import MOST_BYTES, Sheet
from coach.evaluation.sheets.tables import read_sheet
from coach.records import DocumentCard

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.jsonl"
"""Endings that a browser offers first; what comes is looked at whatever it is called."""
MEGABYTES = MOST_BYTES // (1024 * 1024)
PREVIEWED = 5
_MOST_HELD = 6
_MOST_RANGES = 30


@dataclass(frozen=True, slots=True)
class ProblemRows:
    """What came up in several rows in the same words."""

    rows: tuple[int, ...]
    column: str
    message: str
    kept: bool

    @property
    def places(self) -> str:
        """The numbers of the rows, with ranges for those that follow one another."""
        ranges: list[list[int]] = []
        for row in self.rows:
            if ranges and row == ranges[-1][-1] + 1:
                ranges[-1] = [ranges[-1][0], row]
            else:
                ranges.append([row])
        shown = ["–".join(map(str, one)) for one in ranges[:_MOST_RANGES]]
        return ", ".join(shown) + (", …" if len(ranges) > _MOST_RANGES else "")


def gather_problems(problems: Sequence[RowProblem]) -> tuple[ProblemRows, ...]:
    """Problems with those of the same words in one, by the first row of each."""
    rows: dict[tuple[str, str, bool], list[int]] = {}
    for one in problems:
        rows.setdefault((one.column, one.message, one.kept), []).append(one.row)
    return tuple(
        ProblemRows(tuple(dict.fromkeys(numbers)), column, message, kept)
        for (column, message, kept), numbers in rows.items()
    )


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet as it would be read."""

    id: str
    name: str
    worksheet: str
    worksheets: tuple[str, ...]
    """Of the workbook, the one that is read among them; empty where there is one alone."""
    columns: tuple[ColumnGuess, ...]
    fields: tuple[Field, ...]
    """That a column may be taken for."""
    header_rows: tuple[int, ...]
    title_rows: tuple[int, ...]
    remarks: tuple[str, ...]
    items: tuple[EvaluationItem, ...]
    problems: tuple[RowProblem, ...]
    rows: tuple[RowAccount, ...]
    """What became of each."""
    unknown: tuple[tuple[str, int], ...]
    """Names by which no document of the library goes, with the number of items that have them."""
    trouble: str
    """Why nothing can be made of it as it is read now; empty where something can."""
    suggested: str
    """A name for the set."""

    @property
    def alone(self) -> int:
        """How many items have a source that is a document, without words of it."""
        return sum(
            any(one.document and not (one.quote or one.label) for group in item.sources for one in group)
            for item in self.items
        )

    @property
    def gathered(self) -> tuple[ProblemRows, ...]:
        """What is to be checked."""
        return gather_problems(self.problems)

    @property
    def fates(self) -> Table[str, int]:
        """How many rows became what."""
        return Counter(row.fate for row in self.rows)

    @property
    def preview(self) -> tuple[EvaluationItem, ...]:
        """The first items."""
        return self.items[:PREVIEWED]


@dataclass(frozen=True, slots=True)
class _Held:
    person: str
    data: bytes = field(repr=False)
    sheet: Sheet
    mapping: Mapping
    imported: Imported
    trouble: str


class Sheets:
    """What people sent. Every method may be called from any thread."""

    def __init__(
        self, mask: Callable[[str], str] = str, list_documents: Callable[[], Sequence[DocumentCard]] = tuple
    ) -> None:
        """Hold nothing yet.

        Args:
            mask: takes students' names and records out of a text.
            list_documents: of the library.
        """
        self._mask = mask
        self._list_documents = list_documents
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._turn = Lock()

    def describe(self) -> dict[str, Any]:
        """What may come, for the template."""
        return {"megabytes": MEGABYTES, "accept": ACCEPTED}

    def receive(self, person: str, name: str, data: bytes) -> str:
        """Read a file and hold it; its id.

        Raises:
            CoachError: it is no sheet, or too large; the message says what to do.
        """
        held = self._read(person, name, data)
        sheet_id = uuid.uuid4().hex
        with self._turn:
            self._held[sheet_id] = held
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
        return sheet_id

    def view(self, person: str, sheet_id: str) -> SheetView | None:
        """How a sheet is read; None where the person has none such."""
        held = self._find(person, sheet_id)
        if held is None:
            return None
        sheet, mapping, imported = held.sheet, held.mapping, held.imported
        return SheetView(
            id=sheet_id,
            name=sheet.name,
            worksheet=sheet.worksheet,
            worksheets=tuple(sorted({sheet.worksheet, *sheet.others})) if sheet.others else (),
            columns=mapping.columns,
            fields=FIELDS,
            header_rows=mapping.header_rows,
            title_rows=mapping.title_rows,
            remarks=sheet.remarks,
            items=imported.items,
            problems=imported.problems,
            rows=imported.rows,
            unknown=list_unknown(imported.items, self._list_documents()),
            trouble=held.trouble,
            suggested=sheet.name.rpartition(".")[0] or sheet.name,
        )

    def change(self, person: str, sheet_id: str, values: Table[str, str]) -> bool:
        """Read a sheet otherwise: `field-N` names the field of column N, `worksheet` the worksheet.

        Returns:
            Whether the person has such a sheet.

        Raises:
            CoachError: it cannot be read so.
        """
        held = self._find(person, sheet_id)
        if held is None:
            return False
        wanted = values.get("worksheet", "")
        if wanted in held.sheet.others:
            changed = self._read(person, held.sheet.name, held.data, wanted)
        else:
            mapping = _change(held.mapping, values)
            if mapping == held.mapping:
                return True
            changed = self._take_in(held.person, held.data, held.sheet, mapping)
        with self._turn:
            if sheet_id in self._held:
                self._held[sheet_id] = changed
        return True

    def drop(self, person: str, sheet_id: str) -> None:
        """Forget a sheet."""
        if self._find(person, sheet_id) is not None:
            with self._turn:
                self._held.pop(sheet_id, None)

    def _find(self, person: str, sheet_id: str) -> _Held | None:
        with self._turn:
            held = self._held.get(sheet_id)
        return held if held is not None and held.person == person else None

    def _read(self, person: str, name: str, data: bytes, worksheet: str | None = None) -> _Held:
        sheet = read_sheet(data, name, worksheet)
        return self._take_in(person, data, sheet, propose_mapping(sheet))

    def _take_in(self, person: str, data: bytes, sheet: Sheet, mapping: Mapping) -> _Held:
        """What no item can be made of yet is held all the same: its columns can be read otherwise."""
        try:
            return _Held(person, data, sheet, mapping, import_items(sheet, mapping, self._mask), "")
        except CoachError as error:
            return _Held(person, data, sheet, mapping, Imported((), (), ()), str(error))


def _change(mapping: Mapping, values: Table[str, str]) -> Mapping:
    """The mapping with what was chosen otherwise than it stood."""
    for guess in mapping.columns:
        wanted = next((one for one in FIELDS if one == values.get(f"field-{guess.column}")), guess.field)
        # Looked at as it was shown: a column that lost its field to another is not taken back.
        if wanted != guess.field:
            mapping = change_mapping(mapping, {guess.letter: wanted})
    return mapping
