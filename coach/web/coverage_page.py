"""Shows what the documents do not cover: a person of the central office in, HTML out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from coach.coverage_report import RememberedReport
from coach.coverage_wording import load_coverage_wording
from coach.coverage_writing import view_coverage
from coach.errors import CoachError
from coach.sharing import SUPERVISOR_ROLE
from coach.store.people import PeopleStore
from coach.web.people import FindPerson
from coach.web.routes import say_missing
from coach.web.templates import fill


@dataclass(frozen=True, slots=True)
class CoverageDesk:
    """The report, for whoever has the role for it."""

    reports: RememberedReport
    people: PeopleStore
    now: Callable[[], datetime]

    def is_for(self, person: str) -> bool:
        """Whether a person sees it."""
        return any(one.id == person for one in self.people.list_people(SUPERVISOR_ROLE))

    def write(self, person: str) -> str:
        """The report as a part of a page.

        Raises:
            CoachError: it is not for this person.
        """
        wording = load_coverage_wording()
        if not self.is_for(person):
            raise CoachError(wording.say("report.not_yours", name=self.people.read(person).name))
        report = self.reports.report(f"{self.now():%Y-%m}")
        return fill("coverage", view=view_coverage(report, wording))


def build_router(desk: CoverageDesk, find_person: FindPerson) -> APIRouter:
    """The route by which the library page gets it."""
    router = APIRouter()

    @router.get("/library/coverage")
    def read_coverage(request: Request) -> Response:
        try:
            return HTMLResponse(desk.write(find_person(request)), headers={"cache-control": "no-store"})
        except CoachError:
            return say_missing()

    return router
