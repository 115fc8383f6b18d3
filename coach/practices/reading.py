"""Reads practices as people write them: a YAML file in, Practice values out, or a fault that names entry and field."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from coach.errors import CoachError
from coach.metadata import drop_unshown
from coach.records import BASES, ROLES, Practice, PracticeQuote

_LARGEST_FILE = 1_000_000
_LONGEST_VALUE = 1000
_LONGEST_ID = 64
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXTS = ("title", "description", "who", "first_step", "by", "evidence", "reflective_question", "inferred")
_KEYS = frozenset(field.name for field in fields(Practice)) - {"path"}


class _Fault(Exception):
    """What is wrong with one entry; `read_practices` says in which file."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: where the dash of the next entry was forgotten, one entry would vanish."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice!r} stands twice in one entry; is a dash missing?", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_practices(path: Path) -> tuple[Practice, ...]:
    """The practices in a file: under the key `practices`, a list of entries with the fields of `Practice`.

    Raises:
        CoachError: the file cannot be read, is no YAML, or an entry is not as it should be; the message names the entry
            and its field.
    """
    entries = _load(path)
    practices: list[Practice] = []
    for place, entry in enumerate(entries, start=1):
        named = isinstance(entry, dict) and isinstance(entry.get("id"), str)
        name = f"entry {entry['id'][:_LONGEST_ID]!r}" if named else f"entry {place}"
        try:
            practice = _read_entry(entry, str(path))
            if any(practice.id == other.id for other in practices):
                raise _Fault("id: it is that of an earlier entry. Give each its own.")
        except _Fault as fault:
            raise CoachError(f"{path.name}, {name}, {fault}") from fault
        practices.append(practice)
    return tuple(practices)


def _load(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CoachError(f"{path.name} is larger than {_LARGEST_FILE // 1_000_000} MB. Split it.")
        # The loader is PyYAML's safe one, with one more check.
        values = yaml.load(path.read_text("utf-8-sig"), _Loader)  # noqa: S506
    except OSError as error:
        raise CoachError(f"{path.name} cannot be opened ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise CoachError(f"{path.name} is no UTF-8 text. Save it as UTF-8.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CoachError(f"{path.name} is no sound YAML: {_say_where(error)}. Mend that place.") from error
    entries = values.get("practices") if isinstance(values, dict) else None
    if not isinstance(entries, list) or not entries or values.keys() != {"practices"}:
        raise CoachError(f"{path.name} must hold one key, `practices:`, with a list of entries that begin with a dash.")
    return entries


def _say_where(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}, {drop_unshown(str(error.problem))}"
    return drop_unshown(str(error).splitlines()[0])[:200] if str(error) else "it is nested too deeply"


def _read_entry(entry: Any, path: str) -> Practice:
    if not isinstance(entry, dict):
        raise _Fault("it must be a list of fields such as `title: …`.")
    odd = sorted(str(key) for key in entry.keys() - _KEYS)
    if odd:
        raise _Fault(f"{drop_unshown(odd[0])[:_LONGEST_ID]}: no such field. Known: {', '.join(sorted(_KEYS))}.")
    name = _read_text(entry, "id")
    if len(name) > _LONGEST_ID or not _ID.fullmatch(name):
        raise _Fault("id: small letters, digits and hyphens only, such as `map-who-helps`, 64 at most.")
    roles = _read_texts(entry, "roles")
    basis = _read_text(entry, "basis")
    if not set(roles) <= set(ROLES):
        raise _Fault(f"roles: each must be one of {', '.join(ROLES)}.")
    if basis not in BASES:
        raise _Fault(f"basis: it must be one of {', '.join(BASES)}.")
    return Practice(
        id=name,
        roles=tuple(role for role in ROLES if role in roles),
        situations=_read_texts(entry, "situations"),
        quotes=_read_quotes(entry),
        basis=next(known for known in BASES if known == basis),
        path=path,
        **{key: _read_text(entry, key) for key in _TEXTS},
    )


def _read_quotes(entry: Mapping[str, Any]) -> tuple[PracticeQuote, ...]:
    values = entry.get("quotes")
    if not isinstance(values, list) or not values:
        raise _Fault("quotes: at least one is needed, with `document` and `words`.")
    for value in values:
        if not isinstance(value, dict) or value.keys() != {"document", "words"}:
            raise _Fault("quotes: each has `document`, a file name, and `words`, exactly as they stand there.")
    return tuple(PracticeQuote(_read_text(value, "document"), _read_text(value, "words")) for value in values)


def _read_texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = entry.get(key)
    if not isinstance(values, list) or not values:
        raise _Fault(f"{key}: a list with at least one text is needed.")
    return tuple(_check_text(value, key) for value in values)


def _read_text(entry: Mapping[str, Any], key: str) -> str:
    if key not in entry:
        raise _Fault(f"{key}: it is missing.")
    return _check_text(entry[key], key)


def _check_text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise _Fault(f"{key}: it must be a text. Put it in quotation marks.")
    text = " ".join(drop_unshown(value).split())
    if not text:
        raise _Fault(f"{key}: it is empty.")
    if len(text) > _LONGEST_VALUE:
        raise _Fault(f"{key}: {_LONGEST_VALUE} characters are the most.")
    return text
