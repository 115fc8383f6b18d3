"""`coach plan` and `coach plans`: a topic in, a support-session plan and its documents out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.options import AsJson, Home, find_person, load_settings, open_console, write_file, write_json

if TYPE_CHECKING:
    from coach.errors import UsageError
    from coach.planner import Session
    from coach.plans.records import Plan, PlanRequest, Setting
    from coach.store.conversations import ConversationStore
    from coach.store.plans import PlanStore, StoredPlan
    from coach.visits import Visits

plans_app = typer.Typer(help="List, show, change, export and delete your plans.", no_args_is_help=True)
_KINDS = (".docx", ".md", ".ics", ".json")
Identifier = Annotated[str, typer.Argument(help="The plan's id, or a beginning that no other has.")]
OfVersion = Annotated[int | None, typer.Option("--version", help="An earlier version.", show_default="the newest")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="A file to write: .docx, .md, .ics or .json.", show_default="the terminal"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("plan")(make_plan)
    app.add_typer(plans_app, name="plans")


def make_plan(  # noqa: PLR0913 - an argument for each option
    topic: Annotated[
        str, typer.Argument(help="What the session is about; with --from, it may be left out.", show_default=False)
    ] = "",
    minutes: Annotated[
        int | None, typer.Option("--minutes", help="From 30 to 180.", show_default="60; 40 for a visit prep")
    ] = None,
    setting: Annotated[
        str | None,
        typer.Option(
            "--setting",
            help="school_visit, network_meeting or learning_walk.",
            metavar="SETTING",
            show_default="network_meeting",
        ),
    ] = None,
    protocol: Annotated[
        str, typer.Option("--protocol", help="As `coach protocols list` names it.", show_default="one is suggested")
    ] = "",
    visit_prep: Annotated[bool, typer.Option("--visit-prep", help="The short form: one page for a visit.")] = False,
    participants: Annotated[str, typer.Option("--participants", help="Who takes part, in roles.")] = "",
    brings: Annotated[str, typer.Option("--brings", help="What principals bring.")] = "",
    goal: Annotated[str, typer.Option("--goal", help="The goal that it serves.")] = "",
    day: Annotated[str, typer.Option("--date", help="YYYY-MM-DD, or words such as next tuesday.")] = "",
    start: Annotated[str, typer.Option("--start", help="When it begins, HH:MM.")] = "",
    place: Annotated[str, typer.Option("--place", help="Where.")] = "",
    principal: Annotated[
        str, typer.Option("--with", help="The principal you visit: what they share with you stands in it.")
    ] = "",
    source: Annotated[
        str, typer.Option("--from", help="A conversation, or ID:N for its N-th answer: makes a session of that answer.")
    ] = "",
    out: Out = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a support-session plan, and keep it."""
    from coach.assembly import build_planner, open_coach
    from coach.errors import UsageError

    if out is not None:
        _require_place(out)
    if not topic and not source:
        raise UsageError("Say what the session is about, or name a conversation with --from.")
    settings = load_settings(home)
    wanted = _Wanted(topic, minutes, setting, protocol, visit_prep, participants, brings, goal, day, start, place)
    with open_coach(settings) as coach:
        store = coach.library.store
        person = find_person(store, settings)
        keeping = _build_keeping(store, settings, person.id)
        session = _read_answer(keeping, source) if source else None
        request = wanted.to_request(keeping, principal, session)
        made = keeping.plans.add(person.id, build_planner(coach).plan(request, session))
        _deliver(made, keeping, out, as_json)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line says of a plan."""

    topic: str
    minutes: int | None
    setting: str | None
    protocol: str
    visit_prep: bool
    participants: str
    brings: str
    goal: str
    day: str
    start: str
    place: str

    def to_request(self, keeping: _Keeping, principal: str, session: Session | None) -> PlanRequest:
        """What was not said is read from the topic, or is as usual."""
        from coach.due_dates import read_due
        from coach.planner import SESSION_MINUTES, VISIT_MINUTES, request_from_answer
        from coach.plans.records import PlanRequest
        from coach.plans.topics import read_topic

        topic = self.topic
        if not topic and session is not None and session.answer is not None:
            topic = request_from_answer(session.answer, "session").topic
        read = read_topic(topic)
        is_prep = self.visit_prep or (read.form == "visit_prep" and self.minutes is None)
        setting = _read_setting(self.setting) or read.setting or ("school_visit" if is_prep else "network_meeting")
        return PlanRequest(
            topic=topic,
            setting=setting,
            minutes=self.minutes or read.minutes or (VISIT_MINUTES if is_prep else SESSION_MINUTES),
            participants=self.participants,
            brings=self.brings,
            goal=self.goal,
            protocol=self.protocol,
            day=read_due(self.day, date.today()).day.isoformat() if self.day else "",
            start=self.start,
            place=self.place or read.place,
            form="visit_prep" if is_prep else "session",
            principal=keeping.find_principal(principal) if principal else "",
        )


def _read_setting(setting: str | None) -> Setting | None:
    from coach.errors import UsageError
    from coach.plans.records import SETTINGS

    if setting is None:
        return None
    wanted = setting.strip().casefold().replace("-", "_").replace(" ", "_")
    found = [one for one in SETTINGS if any(part.startswith(wanted) for part in (one, *one.split("_"))) and wanted]
    if len(found) != 1:
        raise UsageError(f"The setting is {setting[:40]!r}; known are {', '.join(SETTINGS)}.")
    return found[0]


@plans_app.command("list")
def list_plans(home: Home = None, as_json: AsJson = False) -> None:
    """List your plans, the last changed first."""
    from dataclasses import asdict

    with _open(home) as keeping:
        found = keeping.plans.list_plans(keeping.person)
    if as_json:
        write_json([asdict(one) for one in found])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Plan", "Version", "Changed"):
        table.add_column(heading, no_wrap=heading == "Id", overflow="fold")
    for one in found:
        table.add_row(one.id[:8], escape(one.title), str(one.version), one.changed_at[:16].replace("T", " "))
    open_console().print(table if found else "You have no plans yet. `coach plan TOPIC` makes one.")


@plans_app.command("show")
def show_plan(identifier: Identifier, version: OfVersion = None, home: Home = None, as_json: AsJson = False) -> None:
    """Show a plan as it is read."""
    with _open(home) as keeping:
        _deliver(keeping.read(identifier, version), keeping, None, as_json)


@plans_app.command("export")
def export_plan(
    identifier: Identifier,
    out: Annotated[Path, typer.Option("--out", help="A file to write: .docx, .md, .ics or .json.")],
    version: OfVersion = None,
    home: Home = None,
) -> None:
    """Write a plan as a Word, Markdown, calendar or JSON file."""
    with _open(home) as keeping:
        _deliver(keeping.read(identifier, version), keeping, out, as_json=False)


@plans_app.command("versions")
def list_versions(identifier: Identifier, home: Home = None, as_json: AsJson = False) -> None:
    """List the versions of a plan, the newest first."""
    from dataclasses import asdict

    with _open(home) as keeping:
        found = keeping.plans.list_versions(keeping.person, keeping.plans.find(keeping.person, identifier))
    if as_json:
        write_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(f"{one.version:>4}  {one.saved_at[:16].replace('T', ' ')}  {one.note}")


@plans_app.command("restore")
def restore_plan(
    identifier: Identifier,
    version: Annotated[int, typer.Option("--version", help="The version to go back to; those after it stay.")],
    home: Home = None,
) -> None:
    """Make an earlier version the newest."""
    with _open(home) as keeping:
        found = keeping.plans.find(keeping.person, identifier)
        restored = keeping.plans.restore(keeping.person, found, version)
    typer.echo(f"Version {version} is back, as version {restored.version}.")


@plans_app.command("edit")
def edit_plan(  # noqa: PLR0913 - an argument for each option
    identifier: Identifier,
    title: Annotated[str | None, typer.Option("--title")] = None,
    purpose: Annotated[str | None, typer.Option("--purpose")] = None,
    day: Annotated[str | None, typer.Option("--date", help="YYYY-MM-DD, or words such as next tuesday.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="When it begins, HH:MM.")] = None,
    place: Annotated[str | None, typer.Option("--place", help="Where.")] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            help="PART=MINUTES of the agenda, such as step-2=15; the others make up for it. May be given again.",
        ),
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", help="A question of yours, added. May be given again.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change a plan; the change is a new version. `coach plans show ID --json` names the parts of the agenda by `id`."""
    from coach.errors import UsageError

    changes = _Changes(title, purpose, day, start, place, tuple(part or ()), tuple(question or ()))
    if not changes.is_any:
        raise UsageError("Say what to change: --title, --purpose, --date, --start, --place, --part or --question.")
    with _open(home) as keeping:
        before = keeping.read(identifier, None)
        saved = keeping.plans.save(keeping.person, before.id, changes.apply(before.plan, keeping.mask), before.version)
        if as_json:
            _deliver(saved, keeping, None, as_json)
        else:
            typer.echo(f"{saved.id[:8]}  version {saved.version}")


@dataclass(frozen=True, slots=True)
class _Changes:
    """What the command line changes of a plan."""

    title: str | None
    purpose: str | None
    day: str | None
    start: str | None
    place: str | None
    parts: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def is_any(self) -> bool:
        texts = (self.title, self.purpose, self.day, self.start, self.place)
        return any(one is not None for one in texts) or bool(self.parts or self.questions)

    def apply(self, plan: Plan, mask: Callable[[str], str]) -> Plan:
        from dataclasses import replace

        from coach.due_dates import read_due
        from coach.plans.agenda import change_several
        from coach.plans.composing import move_day
        from coach.plans.editing import change_lines, change_text
        from coach.plans.requests import read_start
        from coach.plans.wording import load_plan_wording

        wording = load_plan_wording()
        if self.title is not None:
            plan = change_text(plan, "title", mask(self.title), wording)
        if self.purpose is not None:
            plan = change_text(plan, "purpose", mask(self.purpose), wording)
        if self.day is not None:
            plan = move_day(plan, read_due(self.day, date.today()).day.isoformat() if self.day else "")
        if self.start is not None:
            plan = replace(plan, request=replace(plan.request, start=read_start(self.start, wording)))
        if self.place is not None:
            plan = replace(plan, request=replace(plan.request, place=" ".join(mask(self.place).split())))
        if self.parts:
            plan = replace(plan, agenda=change_several(plan.agenda, dict(map(_read_part, self.parts)), wording))
        if self.questions:
            texts = [*(line.text for line in plan.questions), *map(mask, self.questions)]
            plan = change_lines(plan, "questions", texts, wording)
        return plan


def _read_part(text: str) -> tuple[str, int]:
    from coach.errors import UsageError

    name, _, minutes = text.partition("=")
    if not minutes.strip().isdecimal() or len(minutes) > 4:
        raise UsageError(f"{text[:40]!r} is not PART=MINUTES, for example step-2=15.")
    return name.strip(), int(minutes)


@plans_app.command("delete")
def delete_plan(
    identifier: Identifier,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Delete a plan with every version, for good."""
    from coach.prompts import load_conversation_wording

    wording = load_conversation_wording()
    with _open(home) as keeping:
        found = keeping.read(identifier, None)
        if not yes:
            typer.confirm(f"Delete the plan “{found.plan.title}” for good?", abort=True)
        clean = keeping.plans.delete(keeping.person, found.id)
    typer.echo(wording.say("chat.deleted" if clean else "chat.deleted_later"))


@dataclass(frozen=True, slots=True)
class _Keeping:
    """Plans of the person who sits here, and what stands beside them."""

    person: str
    plans: PlanStore
    visits: Visits
    conversations: ConversationStore
    mask: Callable[[str], str]

    def read(self, identifier: str, version: int | None) -> StoredPlan:
        return self.plans.read(self.person, self.plans.find(self.person, identifier), version)

    def find_principal(self, name: str) -> str:
        return self.visits.find_principal(self.person, name)


def _build_keeping(store: Any, settings: Any, person: str) -> _Keeping:
    from coach.assembly import build_discretion, build_visits
    from coach.store.conversations import ConversationStore
    from coach.store.plans import PlanStore

    discretion = build_discretion(store, settings)
    return _Keeping(
        person, PlanStore(store), build_visits(store, discretion), ConversationStore(store), discretion.mask_text
    )


@contextmanager
def _open(home: Path | None) -> Iterator[_Keeping]:
    from coach.assembly import open_store

    settings = load_settings(home)
    with open_store(settings) as store:
        yield _build_keeping(store, settings, find_person(store, settings).id)


def _read_answer(keeping: _Keeping, source: str) -> Session:
    """The answer of a conversation that `--from` names."""
    from coach.errors import CoachError
    from coach.planner import Session

    identifier, _, number = source.partition(":")
    found = keeping.conversations.find(keeping.person, identifier)
    exchanges = keeping.conversations.read(keeping.person, found).exchanges
    if number and not (number.isdecimal() and 1 <= int(number) <= len(exchanges)):
        raise CoachError(f"This conversation has {len(exchanges)} answers; {number[:20]!r} is none of them.")
    if not exchanges:
        raise CoachError("Nothing was asked in this conversation yet.")
    exchange = exchanges[int(number) - 1] if number else exchanges[-1]
    return Session(answer=exchange.answer, origin=found)


def _deliver(stored: StoredPlan, keeping: _Keeping, out: Path | None, as_json: bool) -> None:
    """Write a plan to the file that was named, or to the terminal; and say where it is kept."""
    from coach.plans.values import plan_to_object

    shared = keeping.visits.read_shared(stored)
    if out is not None:
        write_file(out, _make_file(stored, shared, out))
    if as_json:
        lines = [{"text": one.text, "who": one.who, "day": one.day} for one in shared]
        kept = {"id": stored.id, "version": stored.version, "saved_at": stored.saved_at}
        write_json({**kept, **plan_to_object(stored.plan), "shared": lines})
        return
    if out is not None:
        typer.echo(f"{stored.id[:8]}  {out}")
        return
    from coach.cli.options import drop_controls
    from coach.plans.document_wording import load_document_wording
    from coach.plans.markdown import write_plan_markdown

    text = write_plan_markdown(stored.plan, shared, load_document_wording(), version=stored.version)
    typer.echo(drop_controls(text).rstrip())
    typer.echo(
        f"\nKept as {stored.id[:8]}. `coach plans export {stored.id[:8]} --out plan.docx` writes a Word file.", err=True
    )


def _make_file(stored: StoredPlan, shared: Any, out: Path) -> bytes:
    import json

    from coach.plans.document_wording import load_document_wording

    wording, kind = load_document_wording(), out.suffix.casefold()
    if kind == ".docx":
        from coach.plans.docx import write_docx

        made = datetime.now().astimezone()
        return write_docx(stored.plan, shared, wording, made=made, version=stored.version)
    if kind == ".md":
        from coach.plans.markdown import write_plan_markdown

        return write_plan_markdown(stored.plan, shared, wording, version=stored.version).encode()
    if kind == ".ics":
        from coach.plans.calendar import write_session_calendar

        return write_session_calendar(stored.plan, stored.id, datetime.now(UTC), wording)
    if kind == ".json":
        from coach.plans.values import plan_to_object

        return json.dumps(plan_to_object(stored.plan), ensure_ascii=False, indent=2).encode()
    raise _refuse_kind(out)


def _require_place(out: Path) -> None:
    """Find out before a plan is made whether its file can be written."""
    from coach.errors import CoachError

    if out.suffix.casefold() not in _KINDS:
        raise _refuse_kind(out)
    if not out.absolute().parent.is_dir():
        raise CoachError(f"There is no folder {out.absolute().parent}. Make it, or name another file.")


def _refuse_kind(out: Path) -> UsageError:
    from coach.errors import UsageError

    return UsageError(f"{out.name} must end in {', '.join(_KINDS)}.")
