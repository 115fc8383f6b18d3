"""`coach conversations`: list, show, rename, export and delete what was talked about."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import (
    AsJson,
    Home,
    drop_controls,
    find_person,
    load_settings,
    open_console,
    write_file,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.records import Commitment, Conversation

conversations_app = typer.Typer(help="List, show, rename, export and delete your conversations.", no_args_is_help=True)
Identifier = Annotated[str, typer.Argument(help="The conversation's id, or a beginning that no other has.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(conversations_app, name="conversations")


@conversations_app.command("list")
def list_conversations(
    search: Annotated[
        str, typer.Option("--search", help="Only those that hold all of these words: in title, questions or answers.")
    ] = "",
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many at most.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the conversations, the last one first."""
    from coach.assembly import open_store
    from coach.prompts import load_conversation_wording
    from coach.store.conversations import ConversationStore

    settings = load_settings(home)
    with open_store(settings) as store:
        cards = ConversationStore(store).list_cards(find_person(store, settings).id, search, count)
    if as_json:
        write_json([asdict(card) for card in cards])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Last change", "Questions", "Title"):
        right = heading == "Questions"
        # Titles give way; an id that is cut short could not be typed.
        least = None if heading == "Title" else len(heading) if right else 8 if heading == "Id" else 16
        table.add_column(
            heading, overflow="ellipsis", no_wrap=True, min_width=least, justify="right" if right else "left"
        )
    for card in cards:
        changed = card.changed_at[:16].replace("T", " ")
        table.add_row(card.id[:8], changed, str(card.questions), escape(card.title))
    wording = load_conversation_wording()
    nothing = wording.say("chat.list_none_found" if search.strip() else "chat.list_empty")
    open_console().print(table if cards else nothing)


@conversations_app.command("show")
def show_conversation(identifier: Identifier, home: Home = None, as_json: AsJson = False) -> None:
    """Show a conversation with its questions, answers and sources."""
    conversation, kept = _read(identifier, home)
    if as_json:
        write_json(asdict(conversation))
        return
    text = _write(conversation, kept)
    typer.echo(drop_controls(text) if sys.stdout.isatty() else text, nl=False)


@conversations_app.command("rename")
def rename_conversation(
    identifier: Identifier, title: Annotated[list[str], typer.Argument(help="The new title.")], home: Home = None
) -> None:
    """Give a conversation another title."""
    from coach.assembly import build_discretion, open_store
    from coach.prompts import load_conversation_wording
    from coach.store.conversations import ConversationStore

    settings = load_settings(home)
    with open_store(settings) as store:
        conversations, person = ConversationStore(store), find_person(store, settings).id
        found = conversations.find(person, identifier)
        conversations.rename(person, found, build_discretion(store, settings).mask_note(" ".join(title)))
        named = conversations.read(person, found).title
    typer.echo(load_conversation_wording().say("chat.renamed", title=named))


@conversations_app.command("export")
def export_conversation(
    identifier: Identifier,
    out: Annotated[Path | None, typer.Option("--out", help="The Markdown file; without it, standard output.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write a conversation as Markdown: quotations, coaching practice and questions told apart, sources in full."""
    from coach.prompts import load_conversation_wording

    conversation, kept = _read(identifier, home)
    if as_json:
        write_json(asdict(conversation))
        return
    text = _write(conversation, kept)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_file(out, text.encode("utf-8"))
    typer.echo(load_conversation_wording().say("chat.exported", path=out))


@conversations_app.command("delete")
def delete_conversation(
    identifier: Annotated[str | None, typer.Argument(help="The conversation's id, or its beginning.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Every conversation of yours.")] = False,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Delete a conversation for good; afterwards none of it is in any byte of the data folder."""
    from coach.assembly import open_store
    from coach.errors import UsageError
    from coach.prompts import load_conversation_wording
    from coach.store.conversations import ConversationStore

    if (identifier is None) != all_of_them:
        raise UsageError("Name one conversation, or say --all.")
    wording = load_conversation_wording()
    settings = load_settings(home)
    with open_store(settings) as store:
        conversations, person = ConversationStore(store), find_person(store, settings).id
        if identifier is None:
            count = len(conversations.list_cards(person, limit=1000))
            if count == 0:
                typer.echo(wording.say("chat.list_empty"))
                return
            if not yes:
                typer.confirm(f"Delete all of your conversations ({count}) for good?", abort=True)
            _, clean = conversations.delete_all(person)
        else:
            found = conversations.read(person, conversations.find(person, identifier))
            if not yes:
                questions = len(found.exchanges)
                typer.confirm(f"Delete “{found.title}” ({questions} question(s)) for good?", abort=True)
            clean = conversations.delete(person, found.id)
    typer.echo(wording.say("chat.deleted" if clean else "chat.deleted_later"))


def _read(identifier: str, home: Path | None) -> tuple[Conversation, Sequence[Commitment]]:
    """A conversation, and the commitments that rest on words which it quoted."""
    from coach.assembly import open_store
    from coach.conversing import choose_commitments
    from coach.store.commitments import CommitmentStore
    from coach.store.conversations import ConversationStore
    from coach.talk import leave_as_it_is

    settings = load_settings(home)
    with open_store(settings) as store:
        conversations, person = ConversationStore(store), find_person(store, settings).id
        conversation = conversations.read(person, conversations.find(person, identifier))
        commitments = CommitmentStore(store, leave_as_it_is).list_commitments(person)
    return conversation, choose_commitments(conversation, commitments)


def _write(conversation: Conversation, kept: Sequence[Commitment]) -> str:
    from coach.conversing import write_markdown
    from coach.prompts import load_conversation_wording

    return write_markdown(conversation, load_conversation_wording(), kept)
