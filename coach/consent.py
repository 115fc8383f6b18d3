"""Who agreed that masked text may leave this machine: HOME/agreed.toml -> Agreement, and what is said before one agrees."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from coach.errors import CoachError, UsageError
from coach.model_settings import ModelSettings, require_private
from coach.models.naming import is_loopback, name_host
from coach.prompts import Wording

FILE_NAME = "agreed.toml"


@dataclass(frozen=True, slots=True)
class Agreement:
    """That one model at one address may be sent masked text."""

    address: str
    """The base URL."""
    model: str
    when: str
    """ISO 8601, UTC."""
    by: str
    """The name of the operating system's user."""


def read_consent(home: Path) -> Agreement | None:
    """What was agreed to; None where nobody has.

    Raises:
        UsageError: others may read or write the file, or it is damaged.
    """
    path = home / FILE_NAME
    if not path.is_file():
        return None
    require_private(path)
    try:
        stored = tomllib.loads(path.read_text("utf-8"))
        return Agreement(**{name: str(stored[name]) for name in Agreement.__slots__})
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path} cannot be read. Remove it, and agree anew: coach model agree") from error


def agree(home: Path, agreement: Agreement) -> None:
    """Keep an agreement in place of any other one, so that nobody else can read or change it.

    Raises:
        CoachError: the data folder cannot be written.
    """
    # In TOML a string may be written as in JSON.
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in asdict(agreement).items())
    try:
        home.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=home, prefix=FILE_NAME)  # made with 0600
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(home / FILE_NAME)
    except OSError as error:
        raise CoachError(f"{home} cannot be written ({error.strerror}). Choose another with --home.") from error


def withdraw(home: Path) -> bool:
    """Take the agreement back; whether there was one.

    Raises:
        CoachError: the file cannot be removed.
    """
    try:
        (home / FILE_NAME).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CoachError(f"{home / FILE_NAME} cannot be removed ({error.strerror}). Remove it yourself.") from error
    return True


def may_be_sent(home: Path, model: ModelSettings) -> bool:
    """Whether masked text may go to this model: it is on this machine, or exactly this one was agreed to.

    Raises:
        UsageError: as `read_consent`.
    """
    return is_loopback(model.address) or covers(read_consent(home), model)


def covers(agreement: Agreement | None, model: ModelSettings) -> bool:
    """Whether an agreement is to this model at this address."""
    return agreement is not None and (agreement.address, agreement.model) == (model.address, model.name)


def describe_model(model: ModelSettings | None, people: int | None, roster: Path, wording: Wording) -> tuple[str, ...]:
    """What is sent, where to, and what masking can and cannot do; one paragraph each.

    Args:
        model: the one that is set.
        people: on the roster that is loaded; None: none is.
        roster: where one would be looked for.
        wording: of `consent.toml`.
    """
    if model is None:
        return (wording.say("destination.none"),)
    place = {"name": model.name, "address": name_host(model.address)}
    if is_loopback(model.address):
        return (wording.say("destination.local", **place),)
    names = (
        wording.say("leaves.no_roster", path=roster) if people is None else wording.say("leaves.roster", people=people)
    )
    return (
        wording.say("destination.remote", **place),
        wording.say("leaves.what", characters=f"{model.context_characters:,}"),
        wording.say("leaves.masked"),
        names,
        wording.say("leaves.limits"),
        wording.say("leaves.shown"),
    )


def describe_consent(model: ModelSettings | None, agreement: Agreement | None, wording: Wording) -> str | None:
    """Whether it was agreed to, by whom and when; None where there is nothing to agree to."""
    if model is None:
        return None
    if is_loopback(model.address):
        return wording.say("consent.not_needed")
    if agreement is None:
        return wording.say("consent.not_agreed")
    who = {"by": agreement.by, "when": agreement.when}
    if covers(agreement, model):
        return wording.say("consent.agreed", **who)
    return wording.say("consent.other", **who, name=agreement.model, address=agreement.address)
