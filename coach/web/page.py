"""The page: an assistant in, Gradio blocks out. It asks, shows the answer, and the passages beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from coach.assembly import OpenCoach
from coach.conversing import name_conversation, read_turns
from coach.errors import CoachError
from coach.prompts import Wording, load_wording
from coach.records import LOCAL_PERSON, ROLES, Answer, Manner, Outcome, Role
from coach.rendering import answer_to_object
from coach.store.conversations import ConversationStore
from coach.web.view import write_answer, write_earlier, write_empty_sources, write_notice, write_sources

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
                with gr.Row():
                    button = gr.Button(wording.say("page.ask_button"), variant="primary", elem_id="ask")
                    fresh = gr.Button(wording.say("page.new_conversation"), elem_id="fresh")
                answer = gr.HTML(write_notice(wording.say("page.answer_empty")), elem_id="answer")
                examples = [text for text in wording.examples if _is_answered(coach, text)]
                if examples:
                    gr.Examples(examples, question, label=wording.say("page.examples_label"))
            with gr.Column(scale=4, min_width=300):
                sources = gr.HTML(write_empty_sources(wording), elem_id="sources")

        # Ids alone: what was said is read from the store, as its owner's.
        conversation = gr.State("")
        spoken = gr.State(())

        def ask(text: str, chosen: str, held: str, before: tuple[str, ...]) -> Iterator[_Shown]:
            yield from _answer(coach, wording, _Asked(text, chosen, held, before))

        gr.on(
            [button.click, question.submit],
            ask,
            [question, role, conversation, spoken],
            [answer, sources, conversation, spoken, question],
            api_visibility="private",
            concurrency_limit=4,
            show_progress="minimal",
            trigger_mode="always_last",
        )
        fresh.click(
            lambda: (write_notice(wording.say("page.answer_empty")), write_empty_sources(wording), "", ()),
            None,
            [answer, sources, conversation, spoken],
            api_visibility="private",
            show_progress="hidden",
        )
    return blocks


_Shown = tuple[str, str, str, tuple[str, ...], str]
"""The conversation, the sources, what this session holds (two), and what stands in the box."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came from the browser, and what this session holds."""

    text: str
    role: str
    conversation: str
    """Its id; empty before the first question."""
    before: tuple[str, ...]
    """The HTML of earlier answers in this session."""


def _is_answered(coach: OpenCoach, text: str) -> bool:
    """Whether this library answers an example: one about other documents would only disappoint."""
    try:
        return coach.assistant.ask(text).outcome is Outcome.ANSWERED
    except CoachError:
        return False


def _answer(coach: OpenCoach, wording: Wording, asked: _Asked) -> Iterator[_Shown]:
    text = (asked.text or "").strip()[:_LONGEST_QUESTION]
    kept = (asked.conversation, asked.before)
    earlier = "".join(asked.before)
    if not any(character.isalnum() for character in text):
        yield earlier + write_notice(wording.say("page.question_empty")), write_empty_sources(wording), *kept, text
        return
    try:
        answer, conversation = _converse(coach, asked, text)
    except CoachError as error:
        yield earlier + write_notice(str(error)), write_empty_sources(wording), *kept, text
    except Exception:
        # A bug: the trace is for the log, a plain sentence for the person.
        _log.exception("An answer failed")
        yield earlier + write_notice(wording.say("page.failed")), write_empty_sources(wording), *kept, text
    else:
        # Numbers lead to the sources beside: only those of the last answer are there.
        shown = (*asked.before, write_earlier(answer, wording))
        yield earlier + write_answer(answer, wording), write_sources(answer, wording), conversation, shown, ""


def _converse(coach: OpenCoach, asked: _Asked, text: str) -> tuple[Answer, str]:
    """The answer in its conversation, and the id of that."""
    role: Role = next((role for role in ROLES if role == asked.role), "principal")
    store = ConversationStore(coach.library.store)
    exchanges = store.read(LOCAL_PERSON, asked.conversation).exchanges if asked.conversation else ()
    answer = coach.assistant.ask(text, role, history=read_turns(exchanges))
    question = answer.question.text
    conversation = (
        asked.conversation or store.start(LOCAL_PERSON, Manner(role, answer.stance), name_conversation(question)).id
    )
    store.append(LOCAL_PERSON, conversation, question, answer_to_object(answer, conversation=conversation))
    return answer, conversation


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
