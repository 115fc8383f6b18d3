"""Hands plans out as files: HTTP requests in, Word, Markdown and calendar files of the person's own plans out."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from coach.conversing import name_file
from coach.errors import CoachError
from coach.plans.calendar import write_session_calendar
from coach.plans.document_wording import load_document_wording
from coach.plans.documents import SharedLine
from coach.plans.docx import write_docx
from coach.plans.markdown import write_plan_markdown
from coach.store.plans import StoredPlan
from coach.web.people import FindPerson
from coach.web.plan_desk import PlanDesk
from coach.web.routes import attach, say_missing

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Write = Callable[[StoredPlan, tuple[SharedLine, ...]], bytes]


def build_router(desk: PlanDesk, find_person: FindPerson) -> APIRouter:
    """The routes. A plan that is not the person's answers like one that is not there."""
    router = APIRouter()
    wording = load_document_wording()

    def hand_out(plan_id: str, request: Request, ending: str, kind: str, write: Write) -> Response:
        try:
            stored = desk.plans.read(find_person(request), plan_id)
            data = write(stored, tuple(desk.sharing.read_shared(stored)))
        except CoachError:
            return say_missing()
        return attach(data, f"{name_file(f'plan {stored.plan.title}')[:80]}.{ending}", kind)

    @router.get("/plans/{plan_id}/export.docx")
    def export_word(plan_id: str, request: Request) -> Response:
        def write(stored: StoredPlan, shared: tuple[SharedLine, ...]) -> bytes:
            return write_docx(stored.plan, shared, wording, made=desk.now(), version=stored.version)

        return hand_out(plan_id, request, "docx", _WORD, write)

    @router.get("/plans/{plan_id}/export.md")
    def export_markdown(plan_id: str, request: Request) -> Response:
        def write(stored: StoredPlan, shared: tuple[SharedLine, ...]) -> bytes:
            return write_plan_markdown(stored.plan, shared, wording, version=stored.version).encode()

        return hand_out(plan_id, request, "md", "text/markdown; charset=utf-8", write)

    @router.get("/plans/{plan_id}/session.ics")
    def export_session(plan_id: str, request: Request) -> Response:
        def write(stored: StoredPlan, _: tuple[SharedLine, ...]) -> bytes:
            return write_session_calendar(stored.plan, stored.id, desk.now(), wording)

        return hand_out(plan_id, request, "ics", "text/calendar; charset=utf-8", write)

    return router
