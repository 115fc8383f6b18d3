"""`coach share`: one question, commitment or practice shown to a supervisor; what is shared, listed and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, drop_controls, find_person, load_settings, open_console, write_json

if TYPE_CHECKING:
    from coach.prompts import Wording
    from coach.records import Exchange, Person
    from coach.sharing import CarriedOver, SharedThing, ShareWords
    from coach.store.people import PeopleStore
    from coach.store.sharing import SharingStore
    from coach.store.store import Store

share_app = typer.Typer(
    help="Share one question, commitment or practice with a supervisor, never a conversation; list it and take it back.",
    no_args_is_help=True,
)
To = Annotated[
    str,
    typer.Option(
        "--to", help="The supervisor: a name or an id of `coach people list --role central_office`.", metavar="NAME"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(share_app, name="share")


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work with."""

    store: Store
    people: PeopleStore
    sharing: SharingStore
    person: Person
    wording: Wording


@share_app.command("question")
def share_question(
    conversation: Annotated[str, typer.Argument(help="The conversation's id, or a beginning that no other has.")],
    to: To,
    number: Annotated[
        int | None, typer.Option("--number", "-n", min=1, help="Which question of it.", show_default="the last")
    ] = None,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Share the words of one question, without its answer."""
    from coach.store.conversations import ConversationStore

    with _open(home) as desk:
        conversations, person = ConversationStore(desk.store), desk.person.id
        found = conversations.read(person, conversations.find(person, conversation))
        ordinal = _choose(found.exchanges, number).ordinal
        words = desk.sharing.word_question(person, found.id, ordinal)
        _share(
            desk,
            words,
            to,
            lambda other: desk.sharing.share_question(person, other, found.id, ordinal, shown=words.key),
            yes=yes,
            as_json=as_json,
        )


@share_app.command("commitment")
def share_commitment(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The commitment's id, or its beginning.")],
    to: To,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Share the sentence of a commitment and its day; what came of it is not shared."""
    from coach.store.commitments import CommitmentStore
    from coach.talk import leave_as_it_is

    with _open(home) as desk:
        person = desk.person.id
        found = CommitmentStore(desk.store, leave_as_it_is).find(person, identifier)
        words = desk.sharing.word_commitment(person, found)
        _share(
            desk,
            words,
            to,
            lambda other: desk.sharing.share_commitment(person, other, found, shown=words.key),
            yes=yes,
            as_json=as_json,
        )


@share_app.command("practice")
def share_practice(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As `coach practices list` shows it.")],
    to: To,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Share that you are trying a practice: its title and its first step."""
    from coach.errors import CoachError
    from coach.store.practices import PracticeRows

    with _open(home) as desk:
        practice = next((one for one in PracticeRows(desk.store).list() if one.id == identifier), None)
        if practice is None:
            raise CoachError(f"There is no practice {identifier[:40]!r}. `coach practices list` shows them all.")
        parts = (practice.id, practice.title, practice.first_step)
        words = desk.sharing.word_practice(practice.title, practice.first_step)
        _share(
            desk,
            words,
            to,
            lambda other: desk.sharing.share_practice(desk.person.id, other, *parts),
            yes=yes,
            as_json=as_json,
        )


@share_app.command("list")
def list_shared(
    received: Annotated[bool, typer.Option("--received", help="What others share with you instead.")] = False,
    sharer: Annotated[
        str | None, typer.Option("--from", help="With --received: of this person alone.", metavar="NAME")
    ] = None,
    last_visit: Annotated[
        datetime | None,
        typer.Option(
            "--last-visit",
            formats=["%Y-%m-%d"],
            help="With --from: the day of your last visit, which parts what carries over from what is new.",
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List what you share, the last first; or what is shared with you."""
    from coach.errors import UsageError
    from coach.sharing import carry_over

    if sharer is not None and not received:
        raise UsageError("--from goes with --received: it says whose things you want to see.")
    if last_visit is not None and sharer is None:
        raise UsageError("--last-visit goes with --from: a visit is to one person.")
    with _open(home) as desk:
        if received:
            giver = desk.people.find(sharer).id if sharer is not None else None
            found = desk.sharing.list_received(desk.person.id, giver)
        else:
            found = desk.sharing.list_given(desk.person.id)
    if last_visit is not None:
        _show_carried(carry_over(found, last_visit.date().isoformat()), desk.wording, as_json=as_json)
    elif as_json:
        write_json([asdict(one) for one in found])
    else:
        _show_list(found, desk.wording, received=received)


@share_app.command("take-back")
def take_back(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As `coach share list` shows it, or its beginning.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take back what you shared; afterwards none of it is in any byte of the data folder."""
    with _open(home) as desk:
        found = desk.sharing.find(desk.person.id, identifier)
        clean = desk.sharing.take_back(desk.person.id, found.id)
    if as_json:
        write_json({**asdict(found), "cleared": clean})
        return
    said = "given.taken_back" if clean else "given.taken_back_later"
    typer.echo(desk.wording.say(said, name=found.supervisor_name, text=found.text))


def _share(  # noqa: PLR0913 - what every command of sharing is given
    desk: _Desk, words: ShareWords, to: str, share: Callable[[str], SharedThing], *, yes: bool, as_json: bool
) -> None:
    """Show what will be seen, ask, share, and say so."""
    from coach.sharing import SUPERVISOR_ROLE, say_lines

    if not any(one.id != desk.person.id for one in desk.people.list_people(SUPERVISOR_ROLE)):
        from coach.errors import CoachError

        raise CoachError(desk.wording.say("share.none_to_ask"))
    supervisor = desk.people.find(to)
    if not as_json or not yes:
        # A program reads the standard output; a person who is asked reads what they are asked about.
        console = open_console(errors=as_json)
        console.print(desk.wording.say("share.seen"), markup=False)
        for line in say_lines(words, desk.wording):
            console.print(f"  {drop_controls(line)}", markup=False, soft_wrap=True)
        console.print(desk.wording.say("share.only"), markup=False)
    if not yes and not typer.confirm(desk.wording.say("share.confirm"), err=as_json):
        typer.echo(desk.wording.say("share.cancelled"), err=as_json)
        raise typer.Exit(1)
    made = share(supervisor.id)
    if as_json:
        write_json(asdict(made))
        return
    said = desk.wording.say("share.done_command", name=made.supervisor_name, text=made.text, id=made.id[:8])
    typer.echo(drop_controls(said))


def _choose(exchanges: Sequence[Exchange], number: int | None) -> Exchange:
    from coach.errors import CoachError

    if not exchanges:
        raise CoachError("Nothing was asked in this conversation yet, so there is no question to share.")
    if number is None:
        return exchanges[-1]
    if number > len(exchanges):
        raise CoachError(f"This conversation has {len(exchanges)} question(s); there is none with the number {number}.")
    return exchanges[number - 1]


def _show_carried(carried: CarriedOver, wording: Wording, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(carried))
        return
    parts = {"from_last_time": carried.from_last_time, "fresh": carried.fresh, "earlier": carried.earlier}
    for name, things in parts.items():
        if things:
            typer.echo(wording.say(f"received.{name}"))
            _show_list(things, wording, received=True)
    if not any(parts.values()):
        typer.echo(wording.say("received.none"))


def _show_list(found: Sequence[SharedThing], wording: Wording, *, received: bool) -> None:
    from coach.sharing import name_shared_day, say_lines, say_origin

    console = open_console()
    for one in found:
        kind, day = wording.say(f"kind.{one.kind}"), name_shared_day(one)
        about = wording.say("given.one", kind=kind, name=one.supervisor_name, day=day)
        if received:
            about = f"{kind}, {say_origin(one, wording)}"
        console.print(f"{one.id[:8]}  {about}", markup=False, soft_wrap=True)
        for line in say_lines(one.words, wording):
            console.print(f"          {drop_controls(line)}", markup=False, soft_wrap=True)
    if not found:
        console.print(wording.say("received.none" if received else "given.none"), markup=False)


@contextmanager
def _open(home: Path | None) -> Iterator[_Desk]:
    from coach.assembly import build_discretion, open_store
    from coach.sharing import load_sharing_wording
    from coach.store.people import PeopleStore
    from coach.store.sharing import SharingStore

    settings = load_settings(home)
    with open_store(settings) as store:
        sharing = SharingStore(store, build_discretion(store, settings).mask_note)
        yield _Desk(store, PeopleStore(store), sharing, find_person(store, settings), load_sharing_wording())
