"""`coach model`: which language model is set, where it is, and whether masked text may go there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json

if TYPE_CHECKING:
    from coach.settings import Settings

model_app = typer.Typer(
    help="Show the language model that is set, and agree that masked text may go to it.", no_args_is_help=True
)
Yes = Annotated[bool, typer.Option("--yes", help="Agree without being asked.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(model_app, name="model")


@model_app.command("show")
def show_model(home: Home = None, as_json: AsJson = False) -> None:
    """Show which language model is set, where it is, and what would be sent there."""
    from coach.consent import describe_consent, read_consent
    from coach.prompts import load_consent_wording

    settings = load_settings(home)
    if as_json:
        write_json(_to_object(settings))
        return
    state = describe_consent(settings.model, read_consent(settings.home), load_consent_wording())
    _write(*_describe(settings), *([state] if state else []))


@model_app.command("agree")
def agree_to_model(home: Home = None, yes: Yes = False) -> None:
    """Agree that masked text may go to the language model that is set."""
    from datetime import UTC, datetime
    from getpass import getuser

    from coach.consent import Agreement, agree
    from coach.models.naming import is_loopback, name_host
    from coach.prompts import load_consent_wording

    settings, wording = load_settings(home), load_consent_wording()
    _write(*_describe(settings))
    model = settings.model
    if model is None:
        return
    if is_loopback(model.address):
        _write(wording.say("consent.not_needed"))
        return
    question = wording.say("consent.ask", name=model.name, address=name_host(model.address))
    if not yes and not typer.confirm(question, default=False):
        _write(wording.say("consent.left"))
        raise typer.Exit(1)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    agree(settings.home, Agreement(model.address, model.name, when, getuser()))
    _write(wording.say("consent.done"))


@model_app.command("withdraw")
def withdraw_from_model(home: Home = None) -> None:
    """Take back that masked text may go to a language model."""
    from coach.consent import withdraw
    from coach.prompts import load_consent_wording

    had = withdraw(load_settings(home).home)
    _write(load_consent_wording().say("consent.withdrawn" if had else "consent.none_to_withdraw"))


def _describe(settings: Settings) -> tuple[str, ...]:
    from coach.assembly import ROSTER_NAME, read_roster
    from coach.consent import describe_model
    from coach.prompts import load_consent_wording

    roster = read_roster(settings)
    people = len(roster.people) if roster is not None else None
    return describe_model(settings.model, people, settings.home / ROSTER_NAME, load_consent_wording())


def _to_object(settings: Settings) -> dict[str, Any]:
    from dataclasses import asdict

    from coach.assembly import read_roster
    from coach.consent import covers, read_consent
    from coach.models.naming import is_loopback

    model, agreement, roster = settings.model, read_consent(settings.home), read_roster(settings)
    facts: dict[str, Any] = {"model": None}
    if model is not None:
        # Field by field: whether there is a key may be told, the key may not.
        facts = {
            "model": model.name,
            "address": model.address,
            "local": is_loopback(model.address),
            "key": model.key is not None,
            "agreed": is_loopback(model.address) or covers(agreement, model),
        }
    return {
        **facts,
        "agreement": asdict(agreement) if agreement is not None else None,
        "roster": len(roster.people) if roster is not None else None,
    }


def _write(*paragraphs: str) -> None:
    from rich.markup import escape

    console = open_console()
    for paragraph in paragraphs:
        console.print(escape(paragraph), soft_wrap=False)
