"""`coach commitments`: list, add, show, edit, close, delete, and write reminders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from coach.cli.options import AsJson, Home, find_person, load_settings, open_console, write_file, write_json

if TYPE_CHECKING:
    from coach.prompts import Wording
    from coach.records import Commitment, CommitmentState
    from coach.store.commitments import CommitmentStore

commitments_app = typer.Typer(
    help="List, add, show, edit, close and delete what you set out to do.", no_args_is_help=True
)
Identifier = Annotated[str, typer.Argument(help="The commitment's id, or a beginning that no other has.")]
By = typer.Option("--by", help="The day: YYYY-MM-DD, or words such as friday, in two weeks, 3 March.", metavar="DAY")
Action = typer.Option("--action", help="What you will do.")
With = typer.Option("--with", help="With whom.")
Evidence = typer.Option("--evidence", help="By what you will know.")
Goal = typer.Option("--goal", help="What it is for.")
ClosedState = Literal["kept", "changed", "dropped", "open"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commitments_app, name="commitments")


@commitments_app.command("list")
def list_commitments(
    every: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List your open commitments, the nearest day first."""

    with _open(home) as (commitments, person, wording):
        found = commitments.list_commitments(person, None if every else "open")
    if as_json:
        write_json([_to_object(one, wording) for one in found])
        return
    from rich.markup import escape

    console = open_console()
    today = date.today().isoformat()
    for one in found:
        late = one.state == "open" and one.due <= today
        state = wording.say(f"commitment.state_{one.state}")
        console.print(
            f"{one.id[:8]}  [{'yellow' if late else 'dim'}]{one.due}  {state:<8}[/]"
            f"{escape(_write_sentence(one, wording))}",
            soft_wrap=True,
        )
    if not found:
        console.print(
            wording.say("commitment.none")
            if every
            else wording.say("commitment.none_such", state=wording.say("commitment.state_open"))
        )


@commitments_app.command("add")
def add_commitment(  # noqa: PLR0913 - an argument for each option
    by: Annotated[str, By],
    action: Annotated[str, Action],
    with_whom: Annotated[str, With] = "",
    evidence: Annotated[str, Evidence] = "",
    goal: Annotated[str, Goal] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Keep a commitment."""
    from coach.commitments import CommitmentDraft, check_draft

    with _open(home, make=True) as (commitments, person, wording):
        due = _read_due(by, wording, quiet=as_json)
        draft = CommitmentDraft(action, due, with_whom, evidence, goal)
        made = commitments.add(person, check_draft(draft, date.today()))
    _tell(made, wording, as_json)


@commitments_app.command("show")
def show_commitment(identifier: Identifier, home: Home = None, as_json: AsJson = False) -> None:
    """Show a commitment, what came of it, and the words that it rested on."""
    from coach.conversing import read_citation
    from coach.rendering import name_source

    with _open(home) as (commitments, person, wording):
        found = commitments.read(person, commitments.find(person, identifier))
    if as_json:
        write_json(_to_object(found, wording))
        return
    lines = [f"{_write_sentence(found, wording)} ({wording.say(f'commitment.state_{found.state}')})"]
    if found.goal:
        lines.append(wording.say("commitment.goal", goal=found.goal))
    if found.reflection:
        lines.append(wording.say("commitment.reflection", reflection=found.reflection))
    if found.sources:
        lines.append(wording.say("commitment.rested_on"))
        lines += [f"  “{' '.join(one['quote'].split())}” {name_source(read_citation(one))}" for one in found.sources]
    typer.echo("\n".join(lines))


@commitments_app.command("edit")
def edit_commitment(  # noqa: PLR0913 - an argument for each option
    identifier: Identifier,
    by: Annotated[str | None, By] = None,
    action: Annotated[str | None, Action] = None,
    with_whom: Annotated[str | None, With] = None,
    evidence: Annotated[str | None, Evidence] = None,
    goal: Annotated[str | None, Goal] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change what a commitment says; what is not given stays."""
    from dataclasses import replace

    from coach.commitments import check_draft, take_draft
    from coach.errors import UsageError

    given = {"action": action, "with_whom": with_whom, "evidence": evidence, "goal": goal}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if not changes and by is None:
        raise UsageError("Say what to change: --by, --action, --with, --evidence or --goal.")
    with _open(home) as (commitments, person, wording):
        before = commitments.read(person, commitments.find(person, identifier))
        if by is not None:
            changes["due"] = _read_due(by, wording, quiet=as_json)
        draft = check_draft(replace(take_draft(before), **changes), date.today(), known_due=before.due)
        edited = commitments.edit(person, before.id, draft)
    _tell(edited, wording, as_json)


@commitments_app.command("close")
def close_commitment(
    identifier: Identifier,
    state: Annotated[ClosedState, typer.Option("--state", help="What came of it; `open` takes that back.")],
    note: Annotated[str, typer.Option("--note", help="What you learned from it.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Note what came of a commitment."""
    from coach.commitments import check_reflection

    chosen: CommitmentState = state
    with _open(home) as (commitments, person, wording):
        found = commitments.find(person, identifier)
        closed = commitments.close(person, found, chosen, check_reflection(note))
    _tell(closed, wording, as_json)


@commitments_app.command("delete")
def delete_commitment(
    identifier: Identifier,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Delete a commitment for good."""

    with _open(home) as (commitments, person, wording):
        found = commitments.read(person, commitments.find(person, identifier))
        if not yes:
            typer.confirm(f"Delete “{_write_sentence(found, wording)}” for good?", abort=True)
        clean = commitments.delete(person, found.id)
    typer.echo(wording.say("chat.deleted" if clean else "chat.deleted_later"))


@commitments_app.command("remind")
def write_reminder(
    identifier: Identifier,
    out: Annotated[Path | None, typer.Option("--out", help="The .ics file.", show_default="coach-ID.ics, here")] = None,
    home: Home = None,
) -> None:
    """Write a reminder that Outlook, Google and Apple calendars open."""
    from coach.commitments import write_calendar

    with _open(home) as (commitments, person, wording):
        found = commitments.read(person, commitments.find(person, identifier))
    path = out or Path(f"coach-{found.id[:8]}.ics")
    write_file(path, write_calendar(found, datetime.now(UTC), wording))
    typer.echo(wording.say("keep.reminded", path=path))


@contextmanager
def _open(home: Path | None, *, make: bool = False) -> Iterator[tuple[CommitmentStore, str, Wording]]:
    from coach.assembly import build_discretion, open_store
    from coach.prompts import load_conversation_wording
    from coach.store.commitments import CommitmentStore

    settings = load_settings(home)
    with open_store(settings, make=make) as store:
        person = find_person(store, settings).id
        commitments = CommitmentStore(store, build_discretion(store, settings).mask_note)
        yield commitments, person, load_conversation_wording()


def _read_due(phrase: str, wording: Wording, *, quiet: bool) -> str:
    """The day, said back where words named it."""
    from coach.conversing import say_due
    from coach.due_dates import read_due

    due = read_due(phrase, date.today())
    told = say_due(phrase, due, wording)
    if told and not quiet:
        typer.echo(told)
    return due.day.isoformat()


def _tell(commitment: Commitment, wording: Wording, as_json: bool) -> None:
    if as_json:
        write_json(_to_object(commitment, wording))
        return
    state = "" if commitment.state == "open" else f" ({wording.say(f'commitment.state_{commitment.state}')})"
    typer.echo(f"{commitment.id[:8]}  {_write_sentence(commitment, wording)}{state}")


def _write_sentence(commitment: Commitment, wording: Wording) -> str:
    from coach.commitments import write_sentence

    return write_sentence(commitment, wording)


def _to_object(commitment: Commitment, wording: Wording) -> dict[str, Any]:
    return {**asdict(commitment), "sentence": _write_sentence(commitment, wording)}
