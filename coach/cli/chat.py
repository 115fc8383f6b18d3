"""`coach chat`: the conversation in a terminal, or line by line in a pipe."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import Home, drop_controls, find_person, load_settings, open_console, read_role, read_stance

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from coach.assembly import OpenCoach
    from coach.cli.chat_plans import MakePlan
    from coach.cli.chat_session import ChatSession, Reply
    from coach.cli.chat_text import Paragraph
    from coach.talk import Talk

# Names of the terminal's own sixteen colours, so that they follow its light or dark ground.
_LOOKS = {
    "plain": "",
    "title": "bold",
    "label": "bold cyan",
    "quote": "",
    "strong": "bold",
    "craft": "green",
    "model": "magenta",
    "question": "italic",
    "faint": "dim",
    "mark": "reverse",
    "trouble": "yellow",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chat")(chat)


def chat(  # noqa: PLR0913 - an argument for each option
    identifier: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="With --continue: which conversation, by a beginning of its id."),
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Go on with the last conversation, or with ID.")] = False,
    role: Annotated[
        str | None, typer.Option("--role", help="Who asks: principal, central_office or trainer.", metavar="ROLE")
    ] = None,
    stance: Annotated[
        str | None, typer.Option("--stance", help="How much is left to you: ask, suggest or tell.", metavar="STANCE")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Keep nothing of this conversation.")] = False,
    home: Home = None,
) -> None:
    """Talk with Coach: questions and what follows from them, with their sources, and steps to keep. /help lists more."""
    from coach.assembly import open_coach
    from coach.errors import UsageError

    if identifier is not None and not go_on:
        raise UsageError(
            "To go on with a conversation, say --continue before its id; to ask one question: `coach ask`."
        )
    if forget and go_on:
        raise UsageError("--forget keeps nothing, so it cannot go on with a stored conversation.")
    chosen = read_role(role) if role is not None else None
    manner = read_stance(stance) if stance is not None else None
    settings = load_settings(home)
    with open_coach(settings) as coach:
        console = open_console()
        person = find_person(coach.library.store, settings).id
        make_plan = None if forget else _build_plan_maker(coach, person)
        talk, session = _build_session(coach, person, console, make_plan, forget=forget)
        if go_on:
            _go_on(talk, identifier)
        if chosen is not None or manner is not None:
            talk.set_manner(replace(talk.manner, role=chosen or talk.manner.role, stance=manner or talk.manner.stance))
        if sys.stdin.isatty():
            _talk_in_terminal(session, console, continuing=go_on)
        else:
            if isinstance(sys.stdin, io.TextIOWrapper):
                sys.stdin.reconfigure(errors="replace")  # bytes that are no text must not end the conversation
            talk_in_pipe(session, sys.stdin, console, continuing=go_on)


def _build_plan_maker(coach: OpenCoach, person: str) -> MakePlan:
    from coach.assembly import build_planner, build_visits
    from coach.cli.chat_plans import PlanMaker
    from coach.store.plans import PlanStore

    store = coach.library.store
    return PlanMaker(person, build_planner(coach), PlanStore(store), build_visits(store, coach.discretion))


def _build_session(
    coach: OpenCoach, person: str, console: Console, make_plan: MakePlan | None, *, forget: bool
) -> tuple[Talk, ChatSession]:
    from coach.cli.chat_dialogs import Keeping
    from coach.cli.chat_session import ChatSession
    from coach.cli.following import follow
    from coach.prompts import load_conversation_wording, load_wording
    from coach.rendering import name_confidence_level
    from coach.store.commitments import CommitmentStore
    from coach.store.conversations import ConversationStore
    from coach.talk import Talk

    store, wording = coach.library.store, load_conversation_wording()
    conversations = None if forget else ConversationStore(store)
    mask = coach.discretion.mask_note
    talk = Talk(coach.assistant, person, conversations, mask=mask)
    commitments = CommitmentStore(store, mask)
    keeping = Keeping(person, commitments, wording, date.today, Path.cwd(), talk.mask, store.read_text, make_plan)

    def name_confidence(confidence: float) -> str:
        return load_wording().say(name_confidence_level(confidence))

    return talk, ChatSession(talk, keeping, name_confidence, lambda steps: follow(steps, console, wording))


def _go_on(talk: Talk, identifier: str | None) -> None:
    """Open the conversation that is named, or the last one; with none, begin a new one."""
    conversations = talk.require_store()
    if identifier is not None:
        talk.open(conversations.find(talk.person, identifier))
        return
    for card in conversations.list_cards(talk.person, limit=1):
        talk.open(card.id)


def talk_in_pipe(session: ChatSession, lines: Iterable[str], console: Console, *, continuing: bool = False) -> None:
    """Read lines and write plain text; the end of the lines is the end of the conversation."""
    _show(session.start(in_dialog=False, continuing=continuing), console)
    for line in lines:
        reply = session.handle(line.rstrip("\r\n"))
        _show(reply, console)
        if session.asking is not None:
            _show_asking(session, console)
        if reply.ended:
            return


def _show_asking(session: ChatSession, console: Console) -> None:
    from coach.cli.chat_text import say

    console.print(_paint(say(_write_prompt(session).strip(), "label"), console), soft_wrap=True)


def _talk_in_terminal(session: ChatSession, console: Console, *, continuing: bool) -> None:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    answers: PromptSession[str] = PromptSession(history=InMemoryHistory())
    questions: dict[int, PromptSession[str]] = {}

    def read_line() -> str:
        asking = session.asking
        if asking is None:
            if session.begun not in questions:
                # Each conversation has its own, in memory alone: what was asked is in no other file than the database.
                questions.clear()
                questions[session.begun] = PromptSession(history=InMemoryHistory(list(session.questions)))
            return questions[session.begun].prompt("> ")
        return answers.prompt(_write_prompt(session), default=asking.default if asking.edits else "")

    reply = session.start(in_dialog=True, continuing=continuing)
    _show(reply, console)
    while not reply.ended:
        reply = _take_line(session, read_line)
        _show(reply, console)


def _take_line(session: ChatSession, read_line: Callable[[], str]) -> Reply:
    """What is said to the next line: Ctrl-C leaves the line or the answer that is awaited, Ctrl-D the conversation."""
    try:
        line = read_line()
    except KeyboardInterrupt:
        return session.cancel()
    except EOFError:
        return session.handle("/quit")
    try:
        return session.handle(line)
    except KeyboardInterrupt:
        return session.stop()


def _write_prompt(session: ChatSession) -> str:
    asking = session.asking
    if asking is None:
        return "> "
    default = f" [{asking.default}]" if asking.default and not asking.edits else ""
    return f"{asking.prompt}{default}: " if asking.prompt[-1:].isalnum() or default else f"{asking.prompt} "


def _show(reply: Reply, console: Console) -> None:
    from rich.padding import Padding

    for paragraph in reply.paragraphs:
        text = _paint(paragraph, console)
        if console.is_terminal:
            console.print(Padding(text, (0, 2, 0, 2)))
        else:
            console.print(text, soft_wrap=True)
    if reply.paragraphs:
        console.print()


def _paint(paragraph: Paragraph, console: Console) -> Text:
    from rich.text import Text

    from coach.cli.chat_text import write_plainly

    if not console.is_terminal:
        return Text(write_plainly([paragraph]))
    # Nothing that a document or a model wrote steers the terminal.
    shown = [replace(piece, text=drop_controls(piece.text)) for piece in paragraph]
    if console.no_color:
        return Text(write_plainly([tuple(shown)]))
    return Text.assemble(*((piece.text, _LOOKS[piece.style]) for piece in shown))
