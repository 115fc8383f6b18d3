"""`coach people`: list, add, rename and remove the people whose things are kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, read_role, write_json

if TYPE_CHECKING:
    from coach.prompts import Wording
    from coach.records import Person
    from coach.store.people import PeopleStore

people_app = typer.Typer(
    help="List, add, rename and remove people. COACH_PERSON says which of them sits at this machine: whose conversations, "
    "commitments and plans are read and kept. It is no log-in: whoever may read the data folder may read everything in it.",
    no_args_is_help=True,
)
Who = Annotated[str, typer.Argument(metavar="PERSON", help="A name or an id, or a beginning that no other has.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="principal, central_office or trainer; can be given several times.", metavar="ROLE"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(people_app, name="people")


@people_app.command("list")
def list_people(
    role: Annotated[
        str | None, typer.Option("--role", help="Only whoever has this role.", metavar="ROLE", show_default=False)
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the people."""
    chosen = read_role(role) if role is not None else None
    with _open(home) as (people, _):
        found = people.list_people(chosen)
    if as_json:
        write_json([asdict(one) for one in found])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Name", "Roles"):
        table.add_column(heading, no_wrap=heading == "Id", overflow="fold")
    for one in found:
        table.add_row(one.id[:8], escape(one.name), ", ".join(one.roles))
    open_console().print(table)


@people_app.command("add")
def add_person(
    name: Annotated[list[str], typer.Argument(help="How they are called.")],
    role: Roles,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add a person."""
    with _open(home, make=True) as (people, wording):
        made = people.add(" ".join(name), [read_role(one) for one in role])
    if as_json:
        write_json(asdict(made))
        return
    typer.echo(wording.say("people.added", name=made.name, roles=", ".join(made.roles), id=made.id[:8]))


@people_app.command("rename")
def rename_person(
    who: Who,
    name: Annotated[list[str], typer.Argument(help="The new name.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Give a person another name; everything of theirs stays."""
    with _open(home) as (people, wording):
        renamed = people.rename(people.find(who).id, " ".join(name))
    if as_json:
        write_json(asdict(renamed))
        return
    typer.echo(wording.say("people.renamed", name=renamed.name))


@people_app.command("remove")
def remove_person(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Remove a person for good, with every conversation, commitment, plan and share of theirs; documents they added stay."""
    with _open(home) as (people, wording):
        found: Person = people.find(who)
        if not yes:
            typer.confirm(wording.say("people.remove", name=found.name), abort=True, err=as_json)
        clean = people.remove(found.id)
    if as_json:
        write_json({**asdict(found), "cleared": clean})
        return
    typer.echo(wording.say("people.removed" if clean else "people.removed_later", name=found.name))


@contextmanager
def _open(home: Path | None, *, make: bool = False) -> Iterator[tuple[PeopleStore, Wording]]:
    from coach.assembly import open_store
    from coach.sharing import load_sharing_wording
    from coach.store.people import PeopleStore

    with open_store(load_settings(home), make=make) as store:
        yield PeopleStore(store), load_sharing_wording()
