"""Texts in a workbook: any text in, a cell that holds it as text and never as a formula out."""

from __future__ import annotations

import re
from typing import Any

from coach.metadata import drop_unshown

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that no workbook may hold."""
_RISKY = ("=", "+", "-", "@")


def write_text(cell: Any, text: str, most: int, cut: str) -> None:
    """Write a text into a cell of openpyxl.

    Args:
        cell: left empty where nothing of the text can be written.
        text: any.
        most: characters that are kept.
        cut: the end of a text that is longer.
    """
    shown = _UNWRITABLE.sub("", "\n".join(map(drop_unshown, text.splitlines())))
    if len(shown) > most:
        shown = shown[: most - len(cut)] + cut
    if shown:
        cell.value = shown
        cell.data_type = "s"
        # So that it stays text when somebody edits the cell.
        cell.quotePrefix = shown.startswith(("\t", "\r")) or shown.lstrip().startswith(_RISKY)
