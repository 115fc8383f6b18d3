"""The library page: a desk in, Gradio blocks out. Files come by their own route; what happens to them is the desk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from coach.web.binding import guard
from coach.web.desk import read_whole
from coach.web.header import Header
from coach.web.library_desk import LONGEST_SEARCH, PARTS, LibraryDesk, Part, Shown, View
from coach.web.library_view import ACCEPTED
from coach.web.parts import bind, build_part, read_values, spread
from coach.web.people import FindVisitor
from coach.web.templates import fill, fill_notice

_FILES = ("refresh", "stop", "retry", "dismiss", "dismiss_all", "open_document")
_DOCUMENT = ("open_document", "close_document", "change_metadata", "remove")

Values = Mapping[str, str]
Act = Callable[[str, View, Values], Shown]
"""A person, what the browser shows, and what it sent, to what is shown."""


def build_library_page(desk: LibraryDesk, find_person: FindVisitor, megabytes: int, header: Header) -> None:
    """Lay the page out in the blocks that are open, and bind its events.

    Args:
        desk: what happens.
        find_person: who asks.
        megabytes: the largest file.
        header: what stands above it.
    """
    parts: dict[str, Any] = {}
    header.build("library")
    with gr.Row(elem_id="library"):
        with gr.Column(elem_id="shelf"):
            drop = fill("library_drop", megabytes=megabytes, accept=ACCEPTED)
            build_part("drop", value=drop)
            parts["uploads"] = build_part("uploads", _FILES)
            search = gr.Textbox(
                label=desk.wording.say("shelf.find"),
                elem_id="find",
                max_length=LONGEST_SEARCH,
                submit_btn=False,
                lines=1,
            )
            parts["documents"] = build_part("documents", ("open_document",))
            parts["wanted"] = build_part("wanted", ("take_off",))
        with gr.Column(elem_id="reading"):
            parts["notice"] = build_part("notice")
            parts["standing"] = build_part("standing")
            parts["document"] = build_part("document", _DOCUMENT)
    for name in ("current", "seen"):
        parts[name] = gr.Textbox("", visible="hidden", elem_id=name, container=False)
    _bind_all(desk, find_person, parts, search)


def _bind_all(desk: LibraryDesk, find_person: FindVisitor, parts: Mapping[str, Any], search: gr.Textbox) -> None:
    outputs = [parts[name] for name in PARTS]
    inputs = [parts["current"], search, parts["seen"]]
    acts = list_acts(desk)

    def bind_act(part: str, name: str) -> None:
        act = acts[name]

        def handle(current: str, words: str, seen: str, request: gr.Request, event: gr.EventData) -> list[Any]:
            view = View(current or "", words or "", seen or "")
            return _reply(lambda: act(find_person(request), view, read_values(event)))

        bind(getattr(parts[part], name), handle, inputs, outputs)

    for part, names in (
        ("uploads", _FILES), ("documents", ("open_document",)), ("wanted", ("take_off",)), ("document", _DOCUMENT),
    ):  # fmt: skip
        for name in names:
            bind_act(part, name)

    def find(current: str, words: str, seen: str, request: gr.Request) -> list[Any]:
        return _reply(lambda: desk.search(find_person(request), View(current or "", words or "", seen or "")))

    def load(request: gr.Request) -> list[Any]:
        return _reply(lambda: desk.open(find_person(request), request.query_params.get("document", "")))

    context = gr.context.Context.root_block
    assert context is not None
    # Not `input`, which comes of keys alone: words can be pasted too.
    bind(search.change, find, inputs, outputs)
    bind(context.load, load, None, outputs)
    parts["current"].change(None, [parts["current"]], None, js="(id) => window.coachLibrary.place(id)")


def list_acts(desk: LibraryDesk) -> dict[str, Act]:
    """What each event of the HTML parts does."""

    def open_document(person: str, view: View, values: Values) -> Shown:
        part = Part(values.get("section", ""), read_whole(values.get("start")) or 1, values.get("edit") == "yes")
        return desk.open_document(person, view, values.get("id", ""), part)

    return {
        "refresh": lambda person, view, _: desk.refresh(person, view),
        "stop": lambda person, view, values: desk.stop(person, view, values.get("id", "")),
        "retry": lambda person, view, values: desk.retry(person, view, values.get("id", "")),
        "dismiss": lambda person, view, values: desk.dismiss(person, view, values.get("id", "")),
        "dismiss_all": lambda person, view, _: desk.dismiss_all(person, view),
        "open_document": open_document,
        "close_document": lambda person, view, _: desk.close_document(person, view),
        "change_metadata": lambda person, view, values: desk.change_metadata(
            person, view, values.get("id", ""), values
        ),
        "remove": lambda person, view, values: desk.remove(person, view, values.get("id", "")),
        "take_off": lambda person, _, values: desk.take_off(person, values.get("documentTitle", "")),
    }


def _reply(work: Callable[[], Shown]) -> list[Any]:
    shown = guard(work, lambda trouble: Shown(notice=fill_notice(trouble, trouble=True)))
    return spread(shown, PARTS)
