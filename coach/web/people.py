"""Tells who asks: a request in, the id of a person out. The one place that accounts will change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.requests import Request as HttpRequest

from coach.errors import CoachError
from coach.store.people import PeopleStore


class Request(Protocol):
    """What is needed of a request, of Gradio's kind and of Starlette's alike."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP request."""
        ...


FindPerson = Callable[[HttpRequest], str]
"""Tells who asks by plain HTTP."""
FindVisitor = Callable[[Request | None], str]
"""Tells who asks, by plain HTTP or through Gradio, which calls a function without a request where it is no person who asks.

Raises CoachError where nobody does.
"""


def answer_as(people: PeopleStore, person: str) -> FindVisitor:
    """Without accounts everybody at this machine is one person: the one that the settings name, as long as there is such."""

    def find_person(request: Request | None) -> str:
        if request is None:
            raise CoachError("Nobody is asking.")
        if not people.has(person):
            raise CoachError("The person whose page this is was removed. Stop Coach and start it again.")
        return person

    return find_person
