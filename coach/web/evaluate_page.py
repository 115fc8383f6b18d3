"""The page Evaluate: a desk in, Gradio blocks out. Sheets come and files go by routes of their own; the rest is the desk's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from coach.web.binding import guard
from coach.web.evaluate_address import read_address
from coach.web.evaluate_desk import PARTS, EvaluateDesk, Shown
from coach.web.header import Header
from coach.web.parts import bind, build_part, read_values, spread
from coach.web.people import FindVisitor
from coach.web.templates import fill, fill_notice


def build_evaluate_page(desk: EvaluateDesk, find_person: FindVisitor, header: Header) -> None:
    """Lay the page out in the blocks that are open, and bind its events.

    Args:
        desk: what happens.
        find_person: who asks.
        header: what stands above it.
    """
    parts: dict[str, Any] = {}
    header.build("evaluate")
    with gr.Column(elem_id="evaluating"):
        parts["notice"] = build_part("notice")
        parts["tabs"] = build_part("tabs", ("go",))
        parts["progress"] = build_part("progress", ("go", "act"))
        parts["view"] = build_part("view", ("go", "act"))
        channel = build_part("channel", ("go", "look"), value=fill("evaluate_channel"))
    outputs = [parts[name] for name in PARTS]

    def go(request: gr.Request, event: gr.EventData) -> list[Any]:
        values = read_values(event)
        asked = read_address(values.get("to", ""))
        return _reply(lambda: desk.open(find_person(request), asked, focus=values.get("focusOn", "")))

    def act(request: gr.Request, event: gr.EventData) -> list[Any]:
        values = read_values(event)
        return _reply(lambda: desk.act(find_person(request), read_address(values.get("at", "")), values))

    def look(request: gr.Request, event: gr.EventData) -> list[Any]:
        values = read_values(event)
        return _reply(
            lambda: desk.look(find_person(request), read_address(values.get("at", "")), values.get("seen", ""))
        )

    def load(request: gr.Request) -> list[Any]:
        asked = read_address({str(name): str(value) for name, value in request.query_params.items()})
        return _reply(lambda: desk.open(find_person(request), asked, focus="stay"))

    context = gr.context.Context.root_block
    assert context is not None
    for trigger, handle in (
        (parts["view"].go, go),
        (parts["view"].act, act),
        (parts["tabs"].go, go),
        (parts["progress"].go, go),
        (parts["progress"].act, act),
        (channel.go, go),
        (channel.look, look),
    ):
        bind(trigger, handle, None, outputs)
    bind(context.load, load, None, outputs)


def _reply(work: Callable[[], Shown]) -> list[Any]:
    shown = guard(work, lambda trouble: Shown(notice=fill_notice(trouble, trouble=True)))
    return spread(shown, PARTS)
