"""The protocols of prompts/protocols/: YAML files in, checked protocols out. A district may edit these files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from coach.craft import read_list
from coach.errors import PromptFault, UsageError
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, SETTINGS, PartRole, Setting
from coach.prompts import find_prompts
from coach.records import STANCES, Stance

_FOLDER = "protocols"
_TOPIC = "topic"
_ENDINGS = {".yaml", ".yml"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol."""

    title: str
    does: str
    """What is done, said to the principals; `$topic` stands for the topic."""
    lead: str
    purpose: str
    least: int
    """Minutes."""
    usual: int
    most: int
    is_work: bool
    """Whether principals work in it, and do not listen."""
    repeats: bool = False
    """Whether a longer session goes through it again, with another presenter, classroom or set of data."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way of working together for one session, in our own words."""

    id: str
    title: str
    called: tuple[str, ...]
    """Other names by which people ask for it."""
    summary: str
    when: str
    """When to use it, as the reason why it is suggested."""
    not_when: str
    situations: tuple[str, ...]
    """How people put what it helps with, so that it is found by meaning."""
    settings: tuple[Setting, ...]
    people: str
    """How many it needs, as a reader says it."""
    roles: tuple[PartRole, ...]
    norms: tuple[str, ...]
    steps: tuple[Step, ...]
    most_rounds: int
    """How often the steps that repeat are gone through at most."""
    round_name: str
    """What one going-through is called: "presenter", "classroom"."""
    materials: tuple[str, ...]
    brings: tuple[str, ...]
    """Evidence that principals bring."""
    outcomes: tuple[str, ...]
    """Two or three, each as it goes on behind "principals will be able to"."""
    success: tuple[str, ...]
    """By what one sees that the session did its work."""
    moves: tuple[str, ...]
    """What whoever leads it does, and does not do."""
    questions: tuple[str, ...]
    """Probing questions: no ready answer, no hidden advice."""
    look_for: tuple[str, ...]
    exit_ticket: tuple[str, ...]
    stance: Stance
    source: str
    """Where it comes from, named and not copied."""
    least_rounds: int = 1
    """How often the steps that repeat are gone through at least: a walk through one room is talk about one teacher."""
    least_minutes: int = LEAST_MINUTES
    """Of a whole session: below that it is not offered, even if its parts could be pressed into the time."""
    default_for: tuple[Setting, ...] = ()
    """Settings for which it is suggested where no protocol is nearer to the topic than all others."""


@dataclass(frozen=True, slots=True)
class ProtocolLibrary:
    """Every protocol in the order of the files, and one hash over them."""

    protocols: tuple[Protocol, ...]
    digest: str

    def find(self, name: str) -> Protocol:
        """The protocol of an id or a name.

        Raises:
            UsageError: there is none; the message names them all.
        """
        plain = _fold(name)
        for protocol in self.protocols:
            if plain in {_fold(known) for known in (protocol.id, protocol.title, *protocol.called)}:
                return protocol
        known = ", ".join(protocol.id for protocol in self.protocols)
        raise UsageError(
            f"There is no protocol {name[:40]!r}. Choose one of {known}; or leave it out, and one is suggested."
        )


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())


_LISTS = frozenset(field.name for field in fields(Protocol) if field.type == "tuple[str, ...]")
_MAY_BE_EMPTY = frozenset(["called", "default_for"])
_NUMBERS = {"most_rounds": (1, 12), "least_rounds": (1, 12), "least_minutes": (LEAST_MINUTES, MOST_MINUTES)}
_FIELDS = {field.name: field for field in fields(Protocol)}
_STEP_FIELDS = {field.name: field for field in fields(Step)}


@cache
def load_protocols(folder: Path | None = None) -> ProtocolLibrary:
    """The protocols of the `.yaml` and `.yml` files in `protocols/` of the prompts folder.

    Raises:
        PromptFault: a file cannot be read, a protocol is not whole, an id stands twice, or a setting has none.
    """
    place = (folder or find_prompts()) / _FOLDER
    # An editor's copies and a system's hidden files are no protocols.
    files = sorted(path for path in place.glob("*.y*ml") if path.suffix in _ENDINGS and not path.name.startswith("."))
    if not files:
        raise PromptFault(f"There are no .yaml files in {place}. Restore them from the release.")
    digest = hashlib.sha256()
    protocols: dict[str, Protocol] = {}
    for path in files:
        raw, rows = read_list(path)
        digest.update(path.name.encode() + b"\0" + raw)
        for number, row in enumerate(rows, 1):
            protocol = _read_protocol(path, number, row)
            if protocol.id in protocols:
                raise PromptFault(f"{path}, protocol {protocol.id}: the id is taken by another. Choose another.")
            protocols[protocol.id] = protocol
    lacking = [setting for setting in SETTINGS if not any(setting in one.settings for one in protocols.values())]
    if lacking:
        raise PromptFault(f"{place} needs a protocol for the setting {lacking[0]}.")
    return ProtocolLibrary(tuple(protocols.values()), digest.hexdigest()[:12])


def _read_protocol(path: Path, number: int, row: Any) -> Protocol:
    if not isinstance(row, dict):
        raise PromptFault(f"{path}, protocol {number}: it must have fields, the first of which is `id`.")
    place = f"{path}, protocol {row.get('id') or number}"
    _check_names(place, row, _FIELDS)
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name in _LISTS:
            values[name] = _read_texts(place, name, value)
        elif name in ("settings", "default_for"):
            values[name] = _read_texts(place, name, value)
            if odd := [one for one in values[name] if one not in SETTINGS]:
                raise PromptFault(f"{place}: {name} are among {', '.join(SETTINGS)}, not {odd[0]}.")
        elif name == "roles":
            values[name] = tuple(
                PartRole(**_read_row(place, "roles", one, ("name", "does"))) for one in _read_rows(place, name, value)
            )
        elif name == "steps":
            values[name] = tuple(
                _read_step(f"{place}, step {at}", one) for at, one in enumerate(_read_rows(place, name, value), 1)
            )
        elif name in _NUMBERS:
            values[name] = _read_number(place, name, value, *_NUMBERS[name])
        else:
            values[name] = _read_text(place, name, value)
    if values["stance"] not in STANCES:
        raise PromptFault(f"{place}: stance is one of {', '.join(STANCES)}, not {values['stance']}.")
    protocol = Protocol(**values)
    _check_protocol(place, protocol)
    return protocol


def _check_protocol(place: str, protocol: Protocol) -> None:
    repeated = [step.repeats for step in protocol.steps]
    if protocol.most_rounds > 1 and not any(repeated):
        raise PromptFault(f"{place}: with most_rounds above 1, at least one step needs `repeats: true`.")
    if protocol.least_rounds > protocol.most_rounds:
        raise PromptFault(f"{place}: least_rounds must not be above most_rounds.")
    first, last = (repeated.index(True), len(repeated) - repeated[::-1].index(True)) if any(repeated) else (0, 0)
    if not all(repeated[first:last]):
        raise PromptFault(f"{place}: the steps that repeat must follow one another.")
    if not 2 <= len(protocol.outcomes) <= 3:
        raise PromptFault(f"{place}: it needs two or three outcomes.")
    if len(protocol.questions) < 2:
        raise PromptFault(f"{place}: it needs at least two questions.")


def _read_step(place: str, row: Any) -> Step:
    if not isinstance(row, dict):
        raise PromptFault(f"{place}: it must have fields, the first of which is `title`.")
    _check_names(place, row, _STEP_FIELDS)
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("least", "usual", "most"):
            values[name] = _read_number(place, name, value, 1, MOST_MINUTES)
        elif name in ("is_work", "repeats"):
            if not isinstance(value, bool):
                raise PromptFault(f"{place}: {name} is true or false.")
            values[name] = value
        else:
            values[name] = _read_text(place, name, value)
    step = Step(**values)
    if not step.least <= step.usual <= step.most:
        raise PromptFault(f"{place}: least, usual and most minutes must grow.")
    return step


def _read_row(place: str, name: str, row: Any, wanted: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(row, dict) or set(row) != set(wanted):
        raise PromptFault(f"{place}: each of {name} has the fields {' and '.join(wanted)}.")
    return {key: _read_text(place, key, row[key]) for key in wanted}


def _check_names(place: str, row: Mapping[Any, Any], known: Mapping[str, Any]) -> None:
    required = {name for name, field in known.items() if field.default is MISSING}
    faults = [f"the field {name} is missing" for name in sorted(required - row.keys())]
    faults += [f"the field {name} is not known" for name in sorted(map(str, row.keys() - known.keys()))]
    if faults:
        raise PromptFault(f"{place}: {'; '.join(faults)}.")


def _read_rows(place: str, name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise PromptFault(f"{place}: {name} must be a list of at least one entry with fields.")
    return value


def _read_texts(place: str, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not (value or name in _MAY_BE_EMPTY):
        raise PromptFault(f"{place}: {name} must be a list of texts, with at least one.")
    return tuple(_read_text(place, name, one) for one in value)


def _read_text(place: str, name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PromptFault(f"{place}: {name} must be a text and not empty. Put a text with a colon in quotation marks.")
    unknown = [one for one in Template(value).get_identifiers() if one != _TOPIC]
    if unknown or not Template(value).is_valid():
        raise PromptFault(f"{place}: {name} may hold $topic and no other word after $.")
    return " ".join(value.split())


def _read_number(place: str, name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PromptFault(f"{place}: {name} must be a whole number from {least} to {most}.")
    return value


def fill_topic(text: str, topic: str) -> str:
    """A text of a protocol with the topic in its place."""
    return Template(text).substitute({_TOPIC: topic})
