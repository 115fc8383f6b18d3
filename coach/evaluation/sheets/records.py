"""Sheets as values: what a file's table holds, before anything in it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MOST_BYTES = 20 * 1024 * 1024
MOST_ITEMS = 5_000
MOST_ROWS = 20_000
"""Rows with something in them: more than items, for a question may stand in several rows."""
MOST_COLUMNS = 200

SheetKind = Literal["csv", "xlsx", "jsonl"]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row."""

    number: int
    """As the spreadsheet program shows it, from 1; the line of a JSONL file."""
    cells: tuple[str, ...]
    """Text of each column, from the first; rows end with their last cell that holds something."""
    hidden: bool = False
    fault: str = ""
    """Why the row cannot be read; then it has no cells."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.fault and not any(cell.strip() for cell in self.cells)

    def get(self, column: int) -> str:
        """The cell of a column, from 0; empty beyond the last."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class MergedArea:
    """Cells that were merged into one: rows as the spreadsheet program numbers them, columns from 0, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file, as it stands there."""

    name: str
    """Of the file."""
    kind: SheetKind
    rows: tuple[SheetRow, ...]
    """Every row down to the last that holds something, blank ones among them."""
    keys: tuple[str, ...] = ()
    """Of a JSONL file: the names of the columns, which are no row there."""
    worksheet: str = ""
    others: tuple[str, ...] = ()
    """The workbook's other worksheets, which were not read."""
    merged: tuple[MergedArea, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the reader should know of how it was read: encoding, separator, what is hidden."""

    @property
    def width(self) -> int:
        """Columns, as far as any row goes."""
        return max([len(self.keys), *(len(row.cells) for row in self.rows)])
