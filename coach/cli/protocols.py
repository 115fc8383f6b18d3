"""`coach protocols`: the protocols that a session can follow, as a list or one by one."""

from __future__ import annotations

from typing import Annotated

import typer

from coach.cli.options import AsJson, open_console, write_json

protocols_app = typer.Typer(help="List and show the protocols that a session can follow.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(protocols_app, name="protocols")


@protocols_app.command("list")
def list_protocols(as_json: AsJson = False) -> None:
    """List the protocols, where each fits, and how long it takes there."""
    from coach.plans.fitting import list_minutes
    from coach.plans.protocols import load_protocols

    protocols = load_protocols().protocols
    fits = {
        one.id: {
            setting: (minutes[0], minutes[-1]) for setting in one.settings if (minutes := list_minutes(one, setting))
        }
        for one in protocols
    }
    if as_json:
        write_json(
            [{"id": one.id, "title": one.title, "summary": one.summary, "minutes": fits[one.id]} for one in protocols]
        )
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Where, and minutes", "What it is"):
        table.add_column(heading, overflow="fold")
    for one in protocols:
        where = "\n".join(f"{setting} {least}-{most}" for setting, (least, most) in fits[one.id].items())
        table.add_row(one.id, where, escape(one.summary))
    open_console().print(table)


@protocols_app.command("show")
def show_protocol(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `coach protocols list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show a protocol with its steps, roles and questions."""
    from dataclasses import asdict

    from coach.plans.protocols import fill_topic, load_protocols
    from coach.plans.wording import load_plan_wording

    protocol = load_protocols().find(name)
    if as_json:
        write_json(asdict(protocol))
        return
    topic = load_plan_wording().say("topic.brief")
    lines = [protocol.title, protocol.summary, "", protocol.when, protocol.not_when, ""]
    for step in protocol.steps:
        again = f", once for each {protocol.round_name.lower()}" if step.repeats and protocol.most_rounds > 1 else ""
        lines.append(f"{step.title} ({step.least}-{step.most} minutes{again}): {fill_topic(step.does, topic)}")
    lines += ["", *(f"{role.name}: {role.does}" for role in protocol.roles)]
    lines += ["", *(fill_topic(one, topic) for one in protocol.questions), "", protocol.source]
    typer.echo("\n".join(lines))
