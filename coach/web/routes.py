"""Answers plain HTTP beside the page: style and script, exports, calendar files, what a language model was sent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from coach.commitments import write_calendar
from coach.conversing import choose_commitments, name_file, write_markdown
from coach.errors import CoachError
from coach.prompts import load_conversation_wording
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.web.people import FindPerson
from coach.web.transcript import write_sent

_STATIC = {
    "page.css": "text/css; charset=utf-8",
    "library.css": "text/css; charset=utf-8",
    "library.js": "text/javascript; charset=utf-8",
    "evaluate.css": "text/css; charset=utf-8",
    "evaluate.js": "text/javascript; charset=utf-8",
    "plan.css": "text/css; charset=utf-8",
    "plan.js": "text/javascript; charset=utf-8",
    "rate.css": "text/css; charset=utf-8",
    "rate.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "SourceSerifPro-Regular.ttf": "font/ttf",
    "SourceSerifPro-Semibold.ttf": "font/ttf",
}


@cache
def _read(name: str) -> bytes:
    if name.endswith(".ttf"):
        # Comes as a package, so that the page needs no other host for it.
        return files("font_source_serif_pro").joinpath("files", name).read_bytes()
    return Path(__file__).with_name("static").joinpath(name).read_bytes()


def write_head() -> str:
    """The elements that bring style and script into a page."""
    names = ("page", "library", "plan", "evaluate", "rate")
    styles = "".join(f'<link rel="stylesheet" href="{_name_address(f"{name}.css")}">' for name in names)
    return styles + "".join(f'<script src="{_name_address(f"{name}.js")}"></script>' for name in names)


def _name_address(name: str) -> str:
    """It changes with the content, so that a browser may keep what it has for ever."""
    return f"/coach/{hashlib.sha256(_read(name)).hexdigest()[:12]}/{name}"


def build_router(conversations: ConversationStore, commitments: CommitmentStore, find_person: FindPerson) -> APIRouter:
    """The routes. What is not the person's answers like what is not there."""
    router = APIRouter()

    @router.get("/coach/{_version}/{name}")
    def read_static(_version: str, name: str) -> Response:
        if name not in _STATIC:
            return say_missing()
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(_read(name), media_type=_STATIC[name], headers=headers)

    @router.get("/conversations/{conversation_id}/export")
    def export_conversation(conversation_id: str, request: Request) -> Response:
        try:
            person = find_person(request)
            conversation = conversations.read(person, conversation_id)
        except CoachError:
            return say_missing()
        kept = choose_commitments(conversation, commitments.list_commitments(person))
        text = write_markdown(conversation, load_conversation_wording(), kept)
        return attach(text.encode(), f"{name_file(conversation.title)}.md", "text/markdown; charset=utf-8")

    @router.get("/conversations/{conversation_id}/sent/{ordinal}")
    def read_sent(conversation_id: str, ordinal: str, request: Request) -> Response:
        try:
            exchanges = conversations.read(find_person(request), conversation_id).exchanges
        except CoachError:
            return say_missing()
        found = next((one for one in exchanges if str(one.ordinal) == ordinal), None)
        return HTMLResponse(write_sent(found), headers={"cache-control": "no-store"}) if found else say_missing()

    @router.get("/commitments/{commitment_id}/calendar")
    def export_commitment(commitment_id: str, request: Request) -> Response:
        try:
            commitment = commitments.read(find_person(request), commitment_id)
        except CoachError:
            return say_missing()
        data = write_calendar(commitment, datetime.now(UTC), load_conversation_wording())
        return attach(data, f"coach-{commitment.id[:8]}.ics", "text/calendar; charset=utf-8")

    return router


def build_refusals() -> APIRouter:
    """Shuts Gradio's own upload, to be added before the page is mounted: nothing here needs it, and whoever sends to it could
    fill the disk.
    """
    router = APIRouter(include_in_schema=False)

    @router.post("/gradio_api/upload")
    @router.get("/gradio_api/upload_progress")
    def refuse() -> Response:
        return say_missing()

    return router


def attach(data: bytes, name: str, kind: str) -> Response:
    """A file of the person's own, which no cache keeps."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(data, media_type=kind, headers=headers)


def say_missing() -> Response:
    """What is not there, and what is not the person's."""
    return PlainTextResponse("There is nothing here for you.", status_code=404)
