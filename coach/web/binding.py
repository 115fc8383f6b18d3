"""Turns what goes wrong in a handler into a notice: work in, its result or what is shown of its error out."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Generator, Iterator
from typing import Any

from coach.errors import CoachError
from coach.web.wording import load_page_wording

_log = logging.getLogger(__name__)


def say_trouble(error: Exception) -> str:
    """What a person reads of an error. Of one that is a bug, the trace is for the log and a number leads to it."""
    if isinstance(error, CoachError):
        return str(error)
    number = uuid.uuid4().hex[:8]
    _log.error("Error %s on the page", number, exc_info=error)
    return load_page_wording().say("page.failed", number=number)


def guard(work: Callable[[], Any], show_trouble: Callable[[str], Any]) -> Any:
    """What the work gives, or what is shown of its error."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a bug must reach the log and not the person
        return show_trouble(say_trouble(error))


def guard_each(work: Callable[[], Iterator[Any]], show_trouble: Callable[[str], Any]) -> Generator[Any, None, None]:
    """As `guard`, of work that shows several things one after the other."""
    try:
        yield from work()
    except Exception as error:  # noqa: BLE001 - as above
        yield show_trouble(say_trouble(error))
