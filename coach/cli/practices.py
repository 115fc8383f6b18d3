"""`coach practices`: list, show and verify the practices that grew from the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json

if TYPE_CHECKING:
    from coach.practices.checking import VerifiedPractice

practices_app = typer.Typer(
    help="List, show and verify the practices that grew from your documents.", no_args_is_help=True
)
Role = Annotated[
    str | None,
    typer.Option(
        "--role", help="Only those for principal, central_office or trainer.", metavar="ROLE", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(practices_app, name="practices")


@practices_app.command("list")
def list_practices(role: Role = None, home: Home = None, as_json: AsJson = False) -> None:
    """List the practices; one that is flagged is not suggested."""
    from coach.errors import UsageError
    from coach.records import ROLES

    if role is not None and role not in ROLES:
        raise UsageError(f"There is no role {role!r}. Choose one of {', '.join(ROLES)}.")
    practices = [one for one in _read_shelf(home) if role is None or role in one.practice.roles]
    if as_json:
        write_json([practice_to_object(one) for one in practices])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Practice", "For", "Quotes"):
        table.add_column(heading, no_wrap=heading == "Id", overflow="fold")
    for one in practices:
        state = f"{len(one.practice.quotes) - len(one.gone)} of {len(one.practice.quotes)}" if one.gone else "verified"
        state = state if one.is_sound else "flagged"
        table.add_row(one.practice.id, escape(one.practice.title), ", ".join(one.practice.roles), state)
    nothing = "The library holds no practices yet. `coach ingest FOLDER` reads those in FOLDER/practices."
    open_console().print(table if practices else nothing)


@practices_app.command("show")
def show_practice(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `coach practices list` shows it.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show a practice with the words that it rests on."""
    from coach.errors import CoachError

    found = next((one for one in _read_shelf(home) if one.practice.id == name), None)
    if found is None:
        raise CoachError(f"There is no practice {name!r}. `coach practices list` shows them all.")
    if as_json:
        write_json(practice_to_object(found))
        return
    console = open_console()
    for line in _write_practice(found):
        console.print(line, markup=False, soft_wrap=True)


@practices_app.command("verify")
def verify(home: Home = None, as_json: AsJson = False) -> None:
    """Look every quoted word up in the library again; ends with 1 when something is gone."""
    practices = _read_shelf(home)
    flagged = [one for one in practices if one.gone]
    quotes = sum(len(one.practice.quotes) for one in practices)
    verified = quotes - sum(len(one.gone) for one in practices)
    if as_json:
        objects = [flagged_to_object(one) for one in flagged]
        write_json({"count": len(practices), "quotes_verified": verified, "flagged": objects})
    else:
        console = open_console()
        console.print(describe_practices(len(practices), verified, quotes))
        for line in describe_flagged(flagged):
            console.print(line, markup=False, soft_wrap=True)
    if flagged:
        raise typer.Exit(1)


def describe_practices(count: int, verified: int, quotes: int) -> str:
    """How the practices stand, in one line."""
    found = f"all {quotes} quotes verified" if verified == quotes else f"{verified} of {quotes} quotes verified"
    return f"{count} practice{'' if count == 1 else 's'}, {found}"


def describe_flagged(flagged: Sequence[VerifiedPractice]) -> Iterator[str]:
    """A line for each practice of which a quote is gone: what is gone, and what that means."""
    for one in flagged:
        effect = "It is still suggested, with the quotes that were found." if one.is_sound else "It is not suggested."
        reasons = " ".join(dict.fromkeys(gone.reason for gone in one.gone))
        yield f"Flagged: {one.practice.id} ({Path(one.practice.path).name}). {reasons} {effect}"


def flagged_to_object(one: VerifiedPractice) -> dict[str, Any]:
    """A flagged practice as JSON values."""
    return {
        "id": one.practice.id,
        "path": one.practice.path,
        "suggested": one.is_sound,
        "gone": [{**asdict(gone.quote), "reason": gone.reason} for gone in one.gone],
    }


def practice_to_object(one: VerifiedPractice) -> dict[str, Any]:
    """A practice with its citations as JSON values."""
    return {
        **asdict(one.practice),
        "citations": [asdict(citation) for citation in one.citations],
        "flagged": bool(one.gone),
        "suggested": one.is_sound,
        "gone": flagged_to_object(one)["gone"],
    }


def _write_practice(one: VerifiedPractice) -> Iterator[str]:
    from coach.rendering import name_source

    practice = one.practice
    yield practice.title
    yield practice.description
    yield f"For: {practice.who}"
    yield f"\nFirst step: {practice.first_step}"
    yield f"By when: {practice.by}"
    yield f"How you will know: {practice.evidence}"
    yield f"Think about: {practice.reflective_question}\n"
    for citation in one.citations:
        yield f"“{citation.quote}”\n  [{citation.label}] {name_source(citation)} ({citation.basis})"
    yield f"\n{practice.inferred}"
    yield from describe_flagged([one] if one.gone else [])


def _read_shelf(home: Path | None) -> tuple[VerifiedPractice, ...]:
    from coach.assembly import open_library
    from coach.practices.checking import PracticeShelf

    with open_library(load_settings(home), any_model=True) as library:
        return PracticeShelf(library.store).list()
