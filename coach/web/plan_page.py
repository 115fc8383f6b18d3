"""The plan page: a desk in, Gradio blocks out. What a window sends comes through two events, one after the other: plan.js."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import gradio as gr

from coach.web.binding import guard, guard_each
from coach.web.header import Header
from coach.web.parts import bind, build_part, read_values, spread
from coach.web.people import FindVisitor
from coach.web.plan_changes import read_number
from coach.web.plan_desk import PARTS, PlanDesk, Sent, Shown
from coach.web.templates import fill

_LONGEST_SENT = 400_000
"""Characters of everything that is typed into one plan, and some more."""


def build_plan_page(desk: PlanDesk, find_person: FindVisitor, header: Header) -> None:
    """Lay the page out in the blocks that are open, and bind its events.

    Args:
        desk: what happens.
        find_person: who asks.
        header: what stands above it.
    """
    parts: dict[str, Any] = {}
    header.build("plan")
    with gr.Row(elem_id="planning"):
        with gr.Column(elem_id="plan-side"):
            parts["plans"] = build_part("plans")
        with gr.Column(elem_id="plan-middle"):
            parts["notice"] = build_part("notice")
            parts["plan"] = build_part("plan")
            parts["saved"] = build_part("saved")
            channel = build_part("channel", ("change",), ("make",), value=fill("plan_channel"))
    _bind_all(desk, find_person, parts, channel)


def _bind_all(desk: PlanDesk, find_person: FindVisitor, parts: Mapping[str, Any], channel: gr.HTML) -> None:
    outputs = [parts[name] for name in PARTS]

    def change(request: gr.Request, event: gr.EventData) -> list[Any]:
        sent = read_sent(read_values(event))
        shown = guard(lambda: desk.handle(find_person(request), sent), lambda said: desk.show_failure(sent, said))
        return spread(shown, PARTS)

    def make(request: gr.Request, event: gr.EventData) -> Generator[list[Any], None, None]:
        sent = read_sent(read_values(event))

        def work() -> Iterator[Shown]:
            return desk.make(find_person(request), sent)

        for shown in guard_each(work, lambda said: desk.show_failure(sent, said)):
            yield spread(shown, PARTS)

    def load(request: gr.Request) -> list[Any]:
        asked = request.query_params
        origin = asked.get("conversation", ""), asked.get("exchange", "")
        sent = Sent()
        shown = guard(
            lambda: desk.open(find_person(request), asked.get("plan", ""), asked.get("step", ""), origin),
            lambda said: desk.show_failure(sent, said),
        )
        return spread(shown, PARTS)

    context = gr.context.Context.root_block
    assert context is not None
    # plan.js sends one thing after the other, the next as soon as a reply is seen: "once" would lose that one.
    bind(channel.change, change, None, outputs, trigger_mode="multiple")
    channel.submit(
        make,
        None,
        outputs,
        api_visibility="private",
        concurrency_limit=None,
        show_progress="hidden",
        trigger_mode="multiple",
    )
    bind(context.load, load, None, outputs)


def read_sent(values: Mapping[str, str]) -> Sent:
    """What a window sent, from the values of its event; whatever cannot be read is left out."""
    sent = _read_object(values.get("sent", ""))
    texts = {name: str(sent.get(name, "")) for name in ("number", "plan", "version", "editor", "step", "act")}
    return Sent(
        number=texts["number"][:40],
        plan=texts["plan"][:64],
        version=read_number(texts["version"]) or 0,
        editor=texts["editor"][:40],
        step=texts["step"][:20],
        typed=_read_texts(sent.get("typed")),
        draft=_read_texts(sent.get("draft")),
        act=texts["act"][:40],
        values=_read_texts(sent.get("values")),
        draws=sent.get("draws") != "no",
    )


def _read_object(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST_SENT:
        return {}
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _read_texts(values: object) -> Mapping[str, str]:
    """Names and texts."""
    return {str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {}
