"""Cells that count for several rows: merged ones, and those that stand once above blank ones; a row in, it filled out."""

from __future__ import annotations

from collections.abc import Sequence

from coach.evaluation.records import RowProblem
from coach.evaluation.sheets.columns import ColumnGuess, Mapping
from coach.evaluation.sheets.headers import Field
from coach.evaluation.sheets.records import MergedArea, Sheet, SheetRow
from coach.evaluation.sheets.sheet_wording import say

_GROUPING: frozenset[Field] = frozenset({"topic", "type", "part", "role", "document"})
"""What people type once and mean for the rows below it."""


class MergedCells:
    """The merged cells below the header."""

    def __init__(self, sheet: Sheet, mapping: Mapping) -> None:
        last = max((*mapping.header_rows, *mapping.title_rows), default=0)
        self._rows = {row.number: row for row in sheet.rows}
        self._areas = [area for area in sheet.merged if area.last_row > last]
        self._fields = {guess.column: guess.field for guess in mapping.columns}
        self._by_row: dict[int, list[MergedArea]] = {}
        for area in self._areas:
            for row in range(area.first_row, min(area.last_row, sheet.rows[-1].number if sheet.rows else 0) + 1):
                self._by_row.setdefault(row, []).append(area)

    def continues(self, row: int) -> bool:
        """Whether the question of a row is merged with that of the row above."""
        return any(
            area.first_row < row and self._fields.get(area.first_column) == "question"
            and self._rows[area.first_row].get(area.first_column).strip()
            for area in self._by_row.get(row, ())
        )  # fmt: skip

    def spans(self, row: int) -> bool:
        """Whether cells of a row are merged across."""
        return any(area.last_column > area.first_column for area in self._by_row.get(row, ()))

    def fill(self, row: SheetRow) -> list[str]:
        """The cells of a row, with what a cell that is merged down says for every row it covers."""
        cells = list(row.cells)
        for area in self._by_row.get(row.number, ()):
            field = self._fields.get(area.first_column)
            if area.first_row < row.number and field not in (None, "question", "id", "turn"):
                text = self._rows[area.first_row].get(area.first_column)
                cells.extend([""] * (area.first_column + 1 - len(cells)))
                cells[area.first_column] = cells[area.first_column] or text
        return cells


class Gaps:
    """Columns in which a group's name stands once, above blank cells: what merged cells become in a CSV file."""

    def __init__(self, sheet: Sheet, mapping: Mapping) -> None:
        self._texts: dict[tuple[int, int], str] = {}
        self.problems: list[RowProblem] = []
        self._width = sheet.width
        asked = [guess.column for guess in mapping.columns if guess.field in ("question", "turn")]
        head = {*mapping.header_rows, *mapping.title_rows}
        rows = [
            row for row in sheet.rows if row.number not in head and any(row.get(column).strip() for column in asked)
        ]
        for guess in mapping.columns:
            is_merged = any(
                area.first_column == guess.column for area in sheet.merged if area.last_row > area.first_row
            )
            if guess.field in _GROUPING and guess.header and not mapping.is_own and not is_merged:
                self._look(guess, [row for row in rows if row.get(guess.column) != guess.header])

    def _look(self, guess: ColumnGuess, rows: Sequence[SheetRow]) -> None:
        """Fill a column whose every text begins a group: none comes twice, and most cells below are blank."""
        texts = [row.get(guess.column).strip() for row in rows]
        named = [text for text in texts if text]
        blank = len(texts) - len(named)
        if len(named) < 2 or not texts[0] or len(set(named)) < len(named) or blank < len(named):
            return
        above = ""
        filled: list[int] = []
        for row, text in zip(rows, texts, strict=True):
            above = text or above
            if not text:
                self._texts[row.number, guess.column] = above
                filled.append(row.number)
        listed = ", ".join(map(str, filled[:8])) + (" ..." if len(filled) > 8 else "")
        said = say("row.filled_down", field=guess.header, rows=listed)
        self.problems.append(RowProblem(filled[0], said, guess.header))

    def fill(self, row: SheetRow, cells: list[str]) -> list[str]:
        """The cells of a row, its blank ones with what stands above for them."""
        cells = cells + [""] * (self._width - len(cells))
        for column, cell in enumerate(cells):
            if not cell.strip() and (row.number, column) in self._texts:
                cells[column] = self._texts[row.number, column]
        return cells
