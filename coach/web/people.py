"""Tells who asks: a request in, the id of a person out. The one place that accounts will change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.requests import Request as HttpRequest

from coach.errors import CoachError
from coach.records import LOCAL_PERSON


class Request(Protocol):
    """What is needed of a request, of Gradio's kind and of Starlette's alike."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP request."""
        ...


def find_person(request: Request | None) -> str:
    """The person behind a request. Without accounts everybody at this machine is the local one.

    Raises:
        CoachError: there is no request: Gradio calls a function without one where it is no person who asks.
    """
    if request is None:
        raise CoachError("Nobody is asking.")
    return LOCAL_PERSON


FindPerson = Callable[[HttpRequest], str]
"""Tells who asks, as `find_person` does."""
