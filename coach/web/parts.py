"""What pages are made of: HTML parts with their events, what the browser sends with these in, what is shown of it out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr


def build_part(name: str, events: Sequence[str] = (), submits: Sequence[str] = (), value: str = "") -> gr.HTML:
    """An HTML part, which page.js listens to.

    Args:
        name: its id in the page.
        events: what its buttons and forms may send, each an event of its own.
        submits: the same, but all of these are Gradio's `submit`, and told apart by their values.
        value: what stands in it at first.
    """
    sent = {event: event for event in events} | dict.fromkeys(submits, "submit")
    return gr.HTML(
        value,
        elem_id=name,
        elem_classes=["coach"],
        apply_default_css=False,
        js_on_load=f"window.coach.listen(element, trigger, watch, {json.dumps(sent)});",
    )


def bind(trigger: Callable[..., Any], handler: Callable[..., Any], inputs: Any, outputs: Any, **more: Any) -> None:
    """An event that is answered at once, past the queue."""
    trigger(handler, inputs, outputs, queue=False, api_visibility="private", show_progress="hidden", **more)


def read_values(event: gr.EventData) -> Mapping[str, str]:
    """What an HTML part sent with its event: names and texts, whatever the browser made of them."""
    data = event._data  # noqa: SLF001 - the attributes of EventData raise where one is missing
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def spread(shown: object, names: Sequence[str]) -> list[Any]:
    """The values of a page's parts, by their names; what is None stays as it is."""
    values = [getattr(shown, name) for name in names]
    return [gr.skip() if value is None else value for value in values]
