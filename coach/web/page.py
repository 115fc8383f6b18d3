"""The page: an assistant in, Gradio blocks out. It asks, shows the answer, and the passages beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape

import gradio as gr

from coach.assembly import OpenCoach
from coach.errors import CoachError
from coach.prompts import Wording, load_wording
from coach.records import ROLES, Outcome, Role
from coach.web.view import write_answer, write_empty_sources, write_notice, write_sources

_LONGEST_QUESTION = 4000
_log = logging.getLogger(__name__)


def build_page(coach: OpenCoach) -> gr.Blocks:
    """The blocks of the page. Handlers take nothing from the browser but the question and the role."""
    wording = load_wording()
    blocks: gr.Blocks = gr.Blocks(title=wording.say("page.title"), analytics_enabled=False)
    with blocks:
        gr.HTML(_write_head(coach, wording))
        with gr.Row():
            with gr.Column(scale=5, min_width=300):
                question = gr.Textbox(
                    label=wording.say("page.ask_label"),
                    placeholder=wording.say("page.ask_placeholder"),
                    lines=1,
                    max_lines=8,
                    max_length=_LONGEST_QUESTION,
                    submit_btn=False,
                    elem_id="question",
                )
                role = gr.Radio(
                    label=wording.say("page.role_label"),
                    choices=[(wording.say(f"page.role_{name}"), name) for name in ROLES],
                    value="principal",
                    elem_id="role",
                )
                button = gr.Button(wording.say("page.ask_button"), variant="primary", elem_id="ask")
                answer = gr.HTML(write_notice(wording.say("page.answer_empty")), elem_id="answer")
                examples = [text for text in wording.examples if _is_answered(coach, text)]
                if examples:
                    gr.Examples(examples, question, label=wording.say("page.examples_label"))
            with gr.Column(scale=4, min_width=300):
                sources = gr.HTML(write_empty_sources(wording), elem_id="sources")

        def ask(text: str, chosen: str) -> Iterator[tuple[str, str]]:
            yield from _answer(coach, wording, text, chosen)

        gr.on(
            [button.click, question.submit],
            ask,
            [question, role],
            [answer, sources],
            api_visibility="private",
            concurrency_limit=4,
            show_progress="minimal",
            trigger_mode="always_last",
        )
    return blocks


def _is_answered(coach: OpenCoach, text: str) -> bool:
    """Whether this library answers an example: one about other documents would only disappoint."""
    try:
        return coach.assistant.ask(text).outcome is Outcome.ANSWERED
    except CoachError:
        return False


def _answer(coach: OpenCoach, wording: Wording, text: str, role: str) -> Iterator[tuple[str, str]]:
    text = (text or "").strip()[:_LONGEST_QUESTION]
    if not any(character.isalnum() for character in text):
        yield write_notice(wording.say("page.question_empty")), write_empty_sources(wording)
        return
    chosen: Role = role if role in ROLES else "principal"
    try:
        answer = coach.assistant.ask(text, chosen)
    except CoachError as error:
        yield write_notice(str(error)), write_empty_sources(wording)
    except Exception:
        # A bug: the trace is for the log, a plain sentence for the person.
        _log.exception("An answer failed")
        yield write_notice(wording.say("page.failed")), write_empty_sources(wording)
    else:
        yield write_answer(answer, wording), write_sources(answer, wording)


def _write_head(coach: OpenCoach, wording: Wording) -> str:
    cards = coach.library.store.list_documents()
    # A few are named; of many, three names would say nothing.
    named = f": {'; '.join(card.title for card in cards)}" if len(cards) <= 5 else ""
    documents = f"{len(cards)} document{'s' if len(cards) != 1 else ''}{named}."
    purpose = wording.say("page.purpose", documents=documents) if cards else wording.say("page.library_empty")
    fault = f'<p class="coach-warn" role="status">{escape(wording.say("page.degraded"))}</p>' if coach.fault else ""
    return (
        f'<header class="coach-head"><h1>{escape(wording.say("page.title"))}</h1><p>{escape(purpose)}</p>'
        f'<p class="coach-small">{escape(wording.say("page.privacy"))}</p>{fault}</header>'
    )
