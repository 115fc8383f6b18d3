"""What the documents made of a plan have in common: a plan in, typed blocks in reading order out. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedLine:
    """What a principal shared with whoever visits them."""

    text: str
    who: str
    """The principal, as people know them."""
    day: str
    """On which it was shared, as people read a day: Friday 20 November 2026."""
