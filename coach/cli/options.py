"""Options that several commands share: the command line's words in, Settings out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from coach.records import Person, Role, Stance
    from coach.settings import Settings
    from coach.store.store import Store

Home = Annotated[
    Path | None,
    typer.Option("--home", help="The data folder (or COACH_HOME).", show_default="the platform's user data folder"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for a program.")]
AsRole = Annotated[str, typer.Option("--role", help="Who asks: principal, central_office or trainer.", metavar="ROLE")]

AsStance = Annotated[
    str,
    typer.Option("--stance", help="How much is left to the person: ask, suggest or tell.", metavar="STANCE"),
]


def load_settings(home: Path | None) -> Settings:
    """Settings of this process."""
    from coach.settings import read_settings

    return read_settings(os.environ, home)


def find_person(store: Store, settings: Settings) -> Person:
    """Who sits at this machine, as COACH_PERSON says.

    Raises:
        CoachError: it names nobody, or several people.
    """
    from coach.store.people import find_acting

    return find_acting(store, settings.person)


def open_console(*, errors: bool = False) -> Console:
    """A console that folds for the terminal, and stays plain in a pipe."""
    from rich.console import Console

    return Console(stderr=errors, highlight=False)


def drop_controls(text: str) -> str:
    """A text whose words cannot steer a terminal; its line breaks stay."""
    from coach.metadata import drop_unshown

    return "\n".join(map(drop_unshown, text.split("\n")))


def write_json(value: Any) -> None:
    """One JSON value on standard output."""
    import json

    # A terminal that is not UTF-8 gets escapes: the values stay exact.
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(value, ensure_ascii=plain, indent=2) + "\n")


def write_file(path: Path, data: bytes) -> None:
    """Write a file that the person named; one that is there is replaced.

    Raises:
        CoachError: it cannot be written.
    """
    from coach.errors import CoachError

    try:
        path.write_bytes(data)
    except OSError as error:
        raise CoachError(f"{path} cannot be written ({error.strerror}). Name another file.") from error


def read_role(role: str) -> Role:
    """The role of this name.

    Raises:
        UsageError: there is none.
    """
    from coach.errors import UsageError
    from coach.records import ROLES

    if role not in ROLES:
        raise UsageError(f"The role is {role!r}; known are {', '.join(ROLES)}.")
    return role


def read_stance(stance: str) -> Stance:
    """The stance of this name.

    Raises:
        UsageError: there is none.
    """
    from coach.errors import UsageError
    from coach.records import STANCES

    if stance not in STANCES:
        raise UsageError(f"The stance is {stance!r}; known are {', '.join(STANCES)}.")
    return stance
