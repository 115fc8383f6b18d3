"""Cuts long lists into pages: rows and the number of a page that an address asks for in, the rows of that page out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
ROWS = 100
"""On a page."""


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    number: int
    """From 1."""
    pages: int
    """At least 1."""
    count: int
    """Rows of the whole list."""

    @property
    def first(self) -> int:
        """The place of the first row in the whole list, from 1; 0 where the list is empty."""
        return (self.number - 1) * ROWS + 1 if self.count else 0

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1 if self.count else 0


def turn_page(rows: Sequence[Row], wanted: str) -> Paged[Row]:
    """A page of a list.

    Args:
        rows: all of them.
        wanted: the number of the page, from 1; the first where it is empty or no number, and the last where it is beyond.
    """
    pages = max(1, -(-len(rows) // ROWS))
    number = min(max(int(wanted), 1), pages) if wanted.isascii() and wanted.isdigit() else 1
    return Paged(rows[(number - 1) * ROWS : number * ROWS], number, pages, len(rows))
