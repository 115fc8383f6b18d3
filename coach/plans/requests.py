"""Reads the single fields of what a plan is asked for: a text that somebody typed in, the day or the time out, or why not."""

from __future__ import annotations

import re
from datetime import date, timedelta

from coach.errors import CoachError
from coach.prompts import Wording

_FARTHEST = timedelta(days=400)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read_day(text: str, wording: Wording) -> str:
    """A day as it is kept, YYYY-MM-DD; empty for an empty text.

    Raises:
        CoachError: it is none, or so far away that no follow-up can be dated.
    """
    if not text.strip():
        return ""
    try:
        day = date.fromisoformat(text.strip())
        day + _FARTHEST
    except (ValueError, OverflowError) as error:
        raise CoachError(wording.say("fit.day", day=text.strip()[:20])) from error
    return day.isoformat()


def read_start(text: str, wording: Wording) -> str:
    """A time as it is kept, HH:MM; empty for an empty text.

    Raises:
        CoachError: it is none.
    """
    if not text.strip():
        return ""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise CoachError(wording.say("fit.start", start=text.strip()[:20]))
    return f"{int(match[1]):02}:{match[2]}"
