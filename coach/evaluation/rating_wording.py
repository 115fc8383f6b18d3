"""The fixed sentences of rating: prompts/rating.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from coach.prompts import Wording, list_bare, load_checked

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "note.none": frozenset(),
    "note.too_few": frozenset({"n", "fewest"}),
    "note.no_variation": frozenset({"n", "level"}),
    "note.nearly_all": frozenset({"times", "total", "level"}),
    "note.one_level": frozenset({"rater", "level"}),
    **list_bare("agreement", "people"),
}


@cache
def load_rating_wording(folder: Path | None = None) -> Wording:
    """Read `rating.toml`, checked as `wording.toml` is.

    Raises:
        PromptFault: a wording is missing, unknown, or has other placeholders than the code fills.
    """
    return load_checked("rating.toml", PLACEHOLDERS, folder)
