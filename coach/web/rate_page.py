"""The page for rating: a desk in, Gradio blocks out. What a window sends comes through one event, one thing after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from coach.web.binding import guard
from coach.web.header import Header
from coach.web.parts import bind, build_part, read_values, spread
from coach.web.people import FindVisitor
from coach.web.rate_desk import RateDesk
from coach.web.rate_routes import MEGABYTES
from coach.web.rate_values import PARTS, Sent, Shown, Typed
from coach.web.templates import fill

_LONGEST_SENT = 600_000
"""Characters of everything that may wait to be kept, and some more."""
_MOST = 300
"""Names that are read of one object."""


def build_rate_page(desk: RateDesk, find_person: FindVisitor, header: Header) -> None:
    """Lay the page out in the blocks that are open, and bind its events.

    Args:
        desk: what happens.
        find_person: who asks.
        header: what stands above it.
    """
    parts: dict[str, Any] = {}
    header.build("rate")
    with gr.Column(elem_id="rating"):
        parts["notice"] = build_part("notice")
        parts["progress"] = build_part("progress")
        parts["rate"] = build_part("rate")
        parts["saved"] = build_part("saved")
        too_large = desk.wording.say("rate_sheet.too_large", megabytes=MEGABYTES)
        words = fill("rate_channel", too_large=too_large, limit=MEGABYTES * 1_000_000)
        channel = build_part("channel", ("change",), value=words)
    outputs = [parts[name] for name in PARTS]

    def change(request: gr.Request, event: gr.EventData) -> list[Any]:
        sent = read_sent(read_values(event))
        shown: Shown = guard(
            lambda: desk.handle(find_person(request), sent), lambda said: desk.show_failure(sent, said)
        )  # fmt: skip
        return spread(shown, PARTS)

    def load(request: gr.Request) -> list[Any]:
        asked = request.query_params

        def work() -> Shown:
            return desk.open(find_person(request), asked.get("round", ""), asked.get("view", ""))

        return spread(guard(work, lambda said: desk.show_failure(Sent(), said)), PARTS)

    context = gr.context.Context.root_block
    assert context is not None
    # rate.js sends one thing after the other, the next as soon as a reply is seen: "once" would lose that one.
    bind(channel.change, change, None, outputs, trigger_mode="multiple")
    bind(context.load, load, None, outputs)


def read_sent(values: Mapping[str, str]) -> Sent:
    """What a window sent, from the values of its event; whatever cannot be read is left out."""
    sent = _read_object(values.get("sent", ""))
    chosen = sent.get("chosen")
    typed = sent.get("typed")
    return Sent(
        number=str(sent.get("number", ""))[:40],
        round=str(sent.get("round", ""))[:64],
        rater=str(sent.get("rater", ""))[:200],
        entry=str(sent.get("entry", ""))[:20],
        typed={str(code)[:20]: _read_typed(one) for code, one in typed.items()} if isinstance(typed, dict) else {},
        act=str(sent.get("act", ""))[:40],
        values=_read_texts(sent.get("values")),
        chosen=tuple(str(one)[:64] for one in chosen[:_MOST]) if isinstance(chosen, list) else (),
    )


def _read_typed(value: object) -> Typed:
    if not isinstance(value, dict):
        return Typed()
    comment = value.get("comment")
    return Typed(_read_texts(value.get("levels")), comment if isinstance(comment, str) else None)


def _read_object(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST_SENT:
        return {}
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    # Half of a pair of surrogates, as a cut emoji leaves it, is no text that a database or a page takes.
    return dict(json.loads(json.dumps(read, ensure_ascii=False).encode("utf-8", "replace")))


def _read_texts(values: object) -> Mapping[str, str]:
    """Names and texts."""
    return {str(name): str(one) for name, one in list(values.items())[:_MOST]} if isinstance(values, dict) else {}
