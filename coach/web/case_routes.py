"""The addresses of cases and reviews: a trainer's requests in, parts of a page out."""

from __future__ import annotations

from collections.abc import Callable

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from coach.errors import CoachError
from coach.web.case_desk import CaseDesk, Values
from coach.web.people import FindPerson
from coach.web.routes import say_missing

_MOST_BYTES = 200_000


def build_router(desk: CaseDesk, find_person: FindPerson) -> APIRouter:
    """The routes. What is not the person's and what is not shown to trainers answer like what is not there."""
    router = APIRouter()

    @router.get("/cases/{conversation_id}/{ordinal}")
    def read_form(conversation_id: str, ordinal: int, request: Request) -> Response:
        try:
            return _show(desk.write_form(find_person(request), conversation_id, ordinal))
        except CoachError:
            return say_missing()

    @router.post("/cases/{conversation_id}/{ordinal}")
    async def save_case(conversation_id: str, ordinal: int, request: Request) -> Response:
        return await _answer(request, lambda values: desk.save(find_person(request), conversation_id, ordinal, values))

    @router.post("/reviews/{conversation_id}/{ordinal}")
    async def mark_reviewed(conversation_id: str, ordinal: int, request: Request) -> Response:
        return await _answer(
            request, lambda values: desk.mark_reviewed(find_person(request), conversation_id, ordinal, values)
        )

    return router


async def _answer(request: Request, act: Callable[[Values], str]) -> Response:
    if int(request.headers.get("content-length") or _MOST_BYTES) >= _MOST_BYTES:
        return PlainTextResponse("That is too much to send.", status_code=413)
    form = await request.form()
    values = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
    try:
        return _show(await anyio.to_thread.run_sync(act, values))
    except CoachError as error:
        # What happened and what to do, which the page puts above the form.
        return PlainTextResponse(str(error), status_code=422, headers={"cache-control": "no-store"})


def _show(html: str) -> Response:
    return HTMLResponse(html, headers={"cache-control": "no-store"})
