"""Makes the parts of a page that are written as HTML: a name and its events in, a Gradio component out."""

from __future__ import annotations

import json
from collections.abc import Sequence

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
