"""The conversation page: a desk in, Gradio blocks out. Parts of HTML beside a box to write in; what happens is the desk's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio
import anyio.to_thread
import gradio as gr

from coach.prompts import Wording
from coach.records import COMMITMENT_STATES, CommitmentState
from coach.web.binding import guard, guard_each
from coach.web.desk import LONGEST_QUESTION, PARTS, Asked, Desk, Shown, read_manner, read_whole
from coach.web.header import Header
from coach.web.parts import bind, build_part, read_values, spread
from coach.web.people import FindVisitor
from coach.web.templates import fill_notice

_ASKING = ("follow_up", "edit", "search_again", "retry")
_ABOUT_ONE = ("open_source", "keep", "judge", "explain_feedback", "request_document", "give", "prepare_visit")
_HISTORY = ("open", "rename", "discard", "close_commitment", "remove_commitment", "give", "take_back")
_BETWEEN_LOOKS = 0.05
_AT_ONCE = 4
"""Answers that are made at the same time: more than the processors only wait for one another."""
_AT_ONCE_WRITTEN = 16
"""The same where a language model writes: most of the time is spent in waiting for it."""

Values = Mapping[str, str]
Act = Callable[[str, str, Values], Shown]
"""A person, the id of the conversation that is open, and what the browser sent, to what is shown."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """The components of the page: those that change, by the names of `Shown`, and those that only send."""

    parts: Mapping[str, Any]
    fresh: gr.Button
    search: gr.Textbox
    send: gr.Button
    stop: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [self.parts[name] for name in PARTS]


def build_ask_page(desk: Desk, find_person: FindVisitor, wording: Wording, header: Header) -> None:
    """Lay the page out in the blocks that are open, and bind its events."""
    layout = _lay_out(wording, header)
    _bind_asking(desk, find_person, layout)
    _bind_acts(desk, find_person, layout)
    _bind_whole(desk, find_person, layout)


def _lay_out(wording: Wording, header: Header) -> _Layout:
    parts: dict[str, Any] = {}
    header.build("ask")
    with gr.Row(elem_id="shell"):
        with gr.Column(elem_id="history"):
            fresh = gr.Button(wording.say("composer.new"), elem_id="fresh")
            search = gr.Textbox(
                label=wording.say("history.search"), elem_id="search", max_length=200, submit_btn=False, lines=1
            )
            parts["history"] = build_part("history-list", _HISTORY)
        with gr.Column(elem_id="middle"):
            parts["transcript"] = build_part("transcript", _ABOUT_ONE, _ASKING)
            parts["writing"] = build_part("writing")
            with gr.Column(elem_id="composer"):
                parts["notice"] = build_part("notice", ("restore",))
                with gr.Row(elem_id="box"):
                    parts["question"] = gr.Textbox(
                        label=wording.say("composer.label"),
                        placeholder=wording.say("composer.placeholder"),
                        lines=1,
                        max_lines=8,
                        max_length=LONGEST_QUESTION,
                        submit_btn=False,
                        elem_id="question",
                    )
                    send = gr.Button(wording.say("composer.send"), variant="primary", elem_id="ask")
                    stop = gr.Button(wording.say("composer.stop"), elem_id="stop")
                parts["manner"] = build_part("manner", ("set_manner",))
        with gr.Column(elem_id="side"):
            parts["source"] = build_part("source", ("open_source",))
    # Held by the browser, so that they outlive this process; each is looked up as the person's own.
    for name in ("conversation", "chosen", "asking", "leads"):
        parts[name] = gr.Textbox("", visible="hidden", elem_id=name, container=False)
    return _Layout(parts, fresh, search, send, stop)


def _bind_asking(desk: Desk, find_person: FindVisitor, layout: _Layout) -> None:
    parts = layout.parts
    transcript, question = parts["transcript"], parts["question"]

    turns = anyio.Semaphore(_AT_ONCE if desk.writer is None else _AT_ONCE_WRITTEN)
    closings: set[asyncio.Task[None]] = set()  # a task that nobody holds may vanish

    async def ask(  # noqa: PLR0913 - Gradio fills each by its kind
        text: str, current: str, manner_words: str, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[list[Any]]:
        values = read_values(event)
        words = (manner_words or "").split()
        asked = Asked(text, current or "", read_manner(words), document="".join(words[3:4]))

        def work() -> Iterator[Shown]:
            person = find_person(request)
            return desk.ask(person, _read_asked(desk, person, asked, values))

        def give_back(trouble: str) -> Shown:
            given = replace(asked, keeps_box=values.get("event", "") in _ASKING)
            return desk.give_back(find_person(request), given, trouble)

        steps, has_turn = guard_each(work, give_back), False

        async def take_step() -> Shown | None:
            # Whoever stops does not wait for the step under way: a language model may be silent for long.
            return await anyio.to_thread.run_sync(next, steps, None, abandon_on_cancel=True)

        try:
            first = await take_step()
            if first is not None:
                # Everybody sees at once that they were heard, however many are before them.
                yield spread(first, PARTS)
            await turns.acquire()
            has_turn = True
            while (shown := await take_step()) is not None:
                yield spread(shown, PARTS)
        finally:
            closing = asyncio.create_task(_close(steps, turns if has_turn else None))
            closings.add(closing)
            closing.add_done_callback(closings.discard)

    asked = gr.on(
        [layout.send.click, question.submit, transcript.submit],
        ask,
        [question, parts["conversation"], parts["chosen"]],
        layout.outputs,
        api_visibility="private",
        concurrency_limit=None,
        show_progress="hidden",
        # Two quick clicks are one question.
        trigger_mode="once",
    )

    def refuse(under_way: str) -> list[Any]:
        if under_way:
            return spread(Shown(asking=""), PARTS)
        return spread(Shown(notice=fill_notice(desk.wording.say("page.too_many"), trouble=True)), PARTS)

    # What goes wrong in a handler is a notice already: what fails here was stopped, or found no place in the queue.
    bind(asked.failure, refuse, [parts["asking"]], layout.outputs)

    def halt(current: str, text: str, request: gr.Request) -> list[Any]:
        return _reply(lambda: desk.stop(find_person(request), current or "", text or ""))

    bind(layout.stop.click, halt, [parts["conversation"], parts["asking"]], layout.outputs, cancels=[asked])


async def _close(steps: Generator[Shown, None, None], turns: anyio.Semaphore | None) -> None:
    """End an answer: what was still to come of a stopped one is not made, and nothing of it kept. Its turn is another's
    only when the step under way is over.
    """
    while True:
        try:
            steps.close()
        except ValueError:  # it is executing, in its thread
            await anyio.sleep(_BETWEEN_LOOKS)
        else:
            break
    if turns is not None:
        turns.release()


def _bind_acts(desk: Desk, find_person: FindVisitor, layout: _Layout) -> None:
    """One act, one reply."""
    parts, acts = layout.parts, list_acts(desk)

    def bind_act(part: str, name: str) -> None:
        act = acts[name]

        def handle(current: str, request: gr.Request, event: gr.EventData) -> list[Any]:
            return _reply(lambda: act(find_person(request), current or "", read_values(event)))

        bind(getattr(parts[part], name), handle, [parts["conversation"]], layout.outputs)

    for part, names in (
        ("transcript", _ABOUT_ONE), ("history", _HISTORY), ("notice", ("restore",)), ("source", ("open_source",)),
        ("manner", ("set_manner",)),
    ):  # fmt: skip
        for name in names:
            bind_act(part, name)


def _bind_whole(desk: Desk, find_person: FindVisitor, layout: _Layout) -> None:
    """The page as it is loaded, a new conversation, and the search in the history."""
    conversation, chosen = layout.parts["conversation"], layout.parts["chosen"]

    def begin(words: str, request: gr.Request) -> list[Any]:
        return _reply(lambda: desk.open(find_person(request), "", read_manner((words or "").split())))

    def find(words: str, current: str, request: gr.Request) -> list[Any]:
        return _reply(lambda: desk.search_history(find_person(request), current or "", words or ""))

    def load(request: gr.Request) -> list[Any]:
        wanted = request.query_params.get("conversation", "")
        # Whoever types while the page is being loaded keeps what was typed.
        return _reply(lambda: replace(desk.open(find_person(request), wanted), question=None))

    context = gr.context.Context.root_block
    assert context is not None
    bind(layout.fresh.click, begin, [chosen], layout.outputs)
    bind(layout.search.change, find, [layout.search, conversation], layout.outputs)
    bind(context.load, load, None, layout.outputs)
    conversation.change(None, [conversation], None, js="(id) => window.coach.place(id)")
    leads = layout.parts["leads"]
    leads.change(None, [leads], None, js="(address) => window.coach.goOn(address)")


def _reply(work: Callable[[], Shown]) -> list[Any]:
    return spread(guard(work, _show_trouble), PARTS)


def _show_trouble(text: str) -> Shown:
    return Shown(notice=fill_notice(text, trouble=True))


def list_acts(desk: Desk) -> dict[str, Act]:
    """What each event of the HTML parts does."""

    def find_ordinal(values: Values) -> int:
        ordinal = read_whole(values.get("ordinal"))
        return -1 if ordinal is None else ordinal

    def close_commitment(person: str, current: str, values: Values) -> Shown:
        state: CommitmentState = next((one for one in COMMITMENT_STATES if one == values.get("state")), "open")
        return desk.close_commitment(person, current, values.get("id", ""), state)

    return {
        "open": lambda person, _, values: desk.open(person, values.get("id", "")),
        "rename": lambda person, current, values: desk.rename(
            person, current, values.get("id", ""), values.get("title", "")
        ),
        "discard": lambda person, current, values: desk.discard(person, current, values.get("id", "")),
        "restore": lambda person, _, values: desk.restore(person, values.get("id", "")),
        "close_commitment": close_commitment,
        "remove_commitment": lambda person, current, values: desk.remove_commitment(
            person, current, values.get("id", "")
        ),
        "open_source": lambda person, current, values: desk.open_source(
            person, current, find_ordinal(values), read_whole(values.get("number")) or 0
        ),
        "keep": lambda person, current, values: desk.keep(person, current, find_ordinal(values), values),
        "judge": lambda person, current, values: desk.judge(
            person, current, find_ordinal(values), values.get("liked") == "yes"
        ),
        "explain_feedback": lambda person, current, values: desk.explain_feedback(
            person, current, find_ordinal(values), values
        ),
        "request_document": lambda person, current, values: desk.request_document(
            person, current, values.get("title", ""), read_whole(values.get("ordinal"))
        ),
        # Not "share", which Gradio keeps for itself.
        "give": desk.share,
        "take_back": lambda person, current, values: desk.take_back(person, current, values.get("id", "")),
        "prepare_visit": lambda person, current, values: desk.prepare_visit(person, current, find_ordinal(values)),
        "set_manner": lambda person, current, values: desk.set_manner(
            person,
            current,
            read_manner([values.get(name, "") for name in ("role", "stance", "length")]),
            values.get("document", ""),
        ),
    }


def _read_asked(desk: Desk, person: str, asked: Asked, values: Values) -> Asked:
    """A question from the box, or from where else on the page it was asked."""
    event, ordinal = values.get("event", ""), read_whole(values.get("ordinal"))
    if event not in _ASKING:
        return asked
    if event == "follow_up":
        return replace(asked, text=values.get("text", ""), keeps_box=True)
    if event == "edit":
        return replace(asked, text=values.get("text", ""), replaces=ordinal, keeps_box=True)
    again = desk.find_question(person, asked.conversation, -1 if ordinal is None else ordinal)
    searched = values.get("text", "").strip() or None if event == "search_again" else None
    return replace(asked, text=again, replaces=ordinal, search_question=searched, keeps_box=True)
