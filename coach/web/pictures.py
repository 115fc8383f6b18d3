"""Serves pages as pictures, and originals as downloads: GET requests in, PNG or an attachment out, for who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from coach.errors import CoachError
from coach.originals import DOCUMENT_ID
from coach.page_pictures import USUAL_WIDTH, WIDTHS, NoPicture, PagePictures
from coach.records import DocumentCard
from coach.web.people import FindPerson

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_AT_ONCE = 6
# A picture of a page could be kept for ever, for its address names its content. But a browser keeps it on the disk of a
# computer that several people use, beyond the end of a session and beyond the removal of the document. Drawing it again
# costs a few hundredths of a second, and one visit to the page asks once.
_HEADERS = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
# Never as it calls itself: a name is not to choose the program that opens a file.
_ENDINGS = {
    "pdf": (".pdf",),
    "docx": (".docx",),
    "html": (".html", ".htm", ".xhtml"),
    "markdown": (".md", ".markdown", ".mdown", ".mkd", ".txt"),
    "text": (".txt",),
}
# Signs that no file name may have somewhere, controls, and those that turn the direction of writing.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\:*?\"<>|;%]+")
_LONGEST_NAME = 120


def build_router(pictures: PagePictures, find_person: FindPerson) -> APIRouter:
    """The routes for pages and originals, to be added before the page is mounted.

    `GET /documents/ID/pages/NUMBER.png?width=PIXELS` and `GET /documents/ID/original`. What is not there and what is not
    this person's are one and the same 404.

    Args:
        pictures: what draws and reads.
        find_person: who asks; called in a thread.
    """
    router = APIRouter(include_in_schema=False)
    limiter = CapacityLimiter(_AT_ONCE)

    @router.get("/documents/{document_id}/pages/{number}.png")
    async def show_page(request: Request, document_id: str, number: str) -> Response:
        """The picture of a page."""
        width = request.query_params.get("width", str(USUAL_WIDTH))
        known = DOCUMENT_ID.fullmatch(document_id) and _NUMBER.fullmatch(number) and width in map(str, WIDTHS)
        if not known:
            return _refuse()

        def draw(person: str) -> Response:
            picture = pictures.draw(person, document_id, int(number), int(width))
            return Response(picture, media_type="image/png", headers={**_HEADERS, "content-disposition": "inline"})

        return await to_thread.run_sync(_answer, request, find_person, draw, limiter=limiter)

    @router.get("/documents/{document_id}/original")
    async def download(request: Request, document_id: str) -> Response:
        """The file that a document was read from."""
        if not DOCUMENT_ID.fullmatch(document_id):
            return _refuse()

        def read(person: str) -> Response:
            card, data = pictures.read_original(person, document_id)
            # Only what a browser does not run gets its true type.
            kind = "application/pdf" if card.kind == "pdf" else "application/octet-stream"
            headers = {**_HEADERS, "content-disposition": write_disposition(card)}
            return Response(data, media_type=kind, headers=headers)

        return await to_thread.run_sync(_answer, request, find_person, read, limiter=limiter)

    return router


def _answer(request: Request, find_person: FindPerson, respond: Callable[[str], Response]) -> Response:
    try:
        person = find_person(request)
    except CoachError as error:
        return PlainTextResponse(str(error), 401, _HEADERS)
    try:
        return respond(person)
    except NoPicture as error:
        return _refuse() if error.is_absent else PlainTextResponse(str(error), 503, _HEADERS)
    except CoachError as error:
        return PlainTextResponse(str(error), 503, _HEADERS)


def _refuse() -> Response:
    return PlainTextResponse("There is nothing here.", 404, _HEADERS)


def write_disposition(card: DocumentCard) -> str:
    """The header that has a browser save a document under its own name, in the two spellings of RFC 6266."""
    name = name_download(card)
    plain = re.sub(r"[^A-Za-z0-9 ._()\-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def name_download(card: DocumentCard) -> str:
    """A file name that is safe on every system and ends as the document's kind does."""
    endings = _ENDINGS.get(card.kind, (".bin",))
    path = PurePath(_UNSAFE.sub("_", card.name))
    fits = path.suffix.lower() in endings
    stem, ending = (path.stem, path.suffix) if fits else (path.name, endings[0])
    return (stem[:_LONGEST_NAME].strip(" .") or "document") + ending
