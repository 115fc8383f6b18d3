"""Sheets of ratings by plain HTTP: requests in, a rater's XLSX out; a filled-in sheet in, what came of it out.

A route of our own and not Gradio's upload, as coach/web/arrivals.py says. The bytes of a sheet stay in memory and are gone
when they are read.
"""

from __future__ import annotations

from urllib.parse import unquote

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from coach.conversing import name_file
from coach.errors import CoachError
from coach.metadata import drop_unshown
from coach.web.people import FindPerson
from coach.web.rate_desk import RateDesk
from coach.web.routes import attach, say_missing

MEGABYTES = 10
"""The largest sheet."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADERS = {"cache-control": "no-store"}
_AT_ONCE = 2
_SILENT_SECONDS = 60
"""After so long without a byte a sheet is given up."""
_LONGEST_HEADER = 1000


def build_router(desk: RateDesk, find_person: FindPerson) -> APIRouter:
    """The routes `GET` and `POST /rate/rounds/ROUND/sheet`, to be added before the page is mounted.

    The header `x-rater` says who rates, percent-encoded as UTF-8: a name stands in no address. Another page cannot send it
    without being asked for permission, which it does not get. The body of a POST is the sheet, `x-file-name` its name.
    Answers with a file, with HTML of our templates, or with the reason as text.
    """
    router = APIRouter(include_in_schema=False)
    limiter = CapacityLimiter(_AT_ONCE)

    @router.get("/rate/rounds/{round_id}/sheet")
    def hand_out(round_id: str, request: Request) -> Response:
        try:
            person, rater = find_person(request), _read_header(request, "x-rater")
            title, data = desk.write_sheet(person, round_id, rater)
        except CoachError as error:
            return _refuse(str(error), 400)
        return attach(data, f"{name_file(f'rate {title} {rater}')[:80]}.xlsx", _XLSX)

    @router.post("/rate/rounds/{round_id}/sheet")
    async def take_in(round_id: str, request: Request) -> Response:
        name = _read_header(request, "x-file-name")
        if not name:
            return say_missing()
        try:
            async with limiter:
                data = await _receive(request)
                rater = _read_header(request, "x-rater")
                html = await to_thread.run_sync(
                    lambda: desk.read_sheet(find_person(request), round_id, rater, (name, data))
                )
        except CoachError as error:
            return _refuse(str(error), 400)
        except (ClientDisconnect, TimeoutError):
            return _refuse(desk.wording.say("rate_sheet.failed"), 408)
        return HTMLResponse(html, headers=_HEADERS)

    async def _receive(request: Request) -> bytes:
        """The whole body.

        Raises:
            CoachError: it is too large.
        """
        held = bytearray()
        with fail_after(_SILENT_SECONDS):
            async for piece in request.stream():
                held += piece
                if len(held) > MEGABYTES * 1_000_000:
                    raise CoachError(desk.wording.say("rate_sheet.too_large", megabytes=MEGABYTES))
        return bytes(held)

    return router


def _read_header(request: Request, name: str) -> str:
    return drop_unshown(unquote(request.headers.get(name, "")[:_LONGEST_HEADER])).strip()


def _refuse(reason: str, status: int) -> Response:
    return PlainTextResponse(reason, status, headers=_HEADERS)
