"""Reads which language model writes: the environment and HOME/model.toml -> ModelSettings, or None."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coach.errors import UsageError
from coach.models.naming import Provider, is_loopback, read_address, read_name

FILE_NAME = "model.toml"
_NUMBERS: Mapping[str, tuple[str, str, float, float]] = {
    # of the settings: the variable, the key in the file, the least, the most
    "first_token": ("COACH_MODEL_FIRST_SECONDS", "first_seconds", 0.05, 600),
    "silence": ("COACH_MODEL_SILENCE_SECONDS", "silence_seconds", 0.05, 600),
    "total": ("COACH_MODEL_SECONDS", "seconds", 0.05, 3600),
    "most_characters": ("COACH_MODEL_CHARACTERS", "characters", 200, 1_000_000),
    "context_characters": ("COACH_MODEL_CONTEXT_CHARACTERS", "context_characters", 2_000, 4_000_000),
}
_WORDS = ("model", "address", "key", "key_file", "api_version")
_LONGEST_KEY = 4096
_AZURE_VERSION = "2024-10-21"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model, where it is asked, and how long is waited for it."""

    name: str
    """Such as "ollama:llama3.1"."""
    address: str
    """The base URL that is used, after every default; it holds no key."""
    key: str | None = field(default=None, repr=False)
    api_version: str = _AZURE_VERSION
    """Of Azure's interface; other providers have none."""
    first_token: float = 20.0
    """Seconds from the question to the first word."""
    silence: float = 15.0
    """Seconds between two words."""
    total: float = 90.0
    """Seconds from the question to the end of the reply."""
    most_characters: int = 16_000
    """A longer reply is given up."""
    context_characters: int = 24_000
    """How much text may be sent for one answer."""


def read_model_settings(environment: Mapping[str, str], home: Path) -> ModelSettings | None:
    """The model that is configured; None where there is none. The environment wins over the file.

    A model or address of the environment sets aside the file's key with its model and address: a key is sent to nobody but
    whom it was written down for.

    Raises:
        UsageError: a setting cannot be used, or the file or the file of the key may be read by others.
    """
    path = home / FILE_NAME
    stored = _read_file(path)
    given = _read_words(environment, stored)
    name = given.get("model")
    if not name or name == "none":
        return None
    provider = read_name(name).provider
    address, standard = _find_address(given.get("address"), provider, environment)
    settings = ModelSettings(
        name=name,
        address=address,
        key=_find_key(given, provider, environment if standard else {}),
        api_version=given.get("api_version") or _AZURE_VERSION,
    )
    _check_key(settings, provider)
    return _set_numbers(settings, environment, stored)


def _read_words(environment: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, str]:
    given = {word: environment.get(f"COACH_MODEL_{word.upper()}", "").strip() for word in _WORDS if word != "model"}
    given["model"] = environment.get("COACH_MODEL", "").strip()
    kept = {word: str(stored.get(word, "")).strip() for word in _WORDS}
    if given["model"] or given["address"]:
        kept = {"model": kept["model"]} if not given["model"] else {}
    elif given["key"] or given["key_file"]:
        kept = {word: value for word, value in kept.items() if not word.startswith("key")}
    return {word: given[word] or kept.get(word, "") for word in _WORDS}


def _find_address(given: str | None, provider: Provider, environment: Mapping[str, str]) -> tuple[str, bool]:
    """The base URL, and whether it is one that the provider's own key is meant for."""
    if given:
        return read_address(given), False
    for variable in provider.address_variables:
        if environment.get(variable, "").strip():
            return _add_port(read_address(environment[variable]), provider), True
    if provider.address is None:
        raise UsageError(
            f"The language model {provider.name} needs an address: set COACH_MODEL_ADDRESS, such as http://127.0.0.1:8080/v1."
        )
    return provider.address, True


def _add_port(address: str, provider: Provider) -> str:
    """Ollama's own variable may name a host alone; its port is then the usual one."""
    host = address.partition("//")[2]
    if provider.name == "ollama" and address.startswith("http:") and ":" not in host.rpartition("]")[2]:
        return f"{address}:11434"
    return address


def _find_key(given: Mapping[str, str], provider: Provider, standard: Mapping[str, str]) -> str | None:
    if given.get("key"):
        return given["key"]
    if given.get("key_file"):
        return _read_key(Path(given["key_file"]).expanduser())
    return next((standard[name].strip() for name in provider.key_variables if standard.get(name, "").strip()), None)


def _check_key(settings: ModelSettings, provider: Provider) -> None:
    key = settings.key
    if key is None and provider.needs_key and not is_loopback(settings.address):
        also = "".join(f" (or {name}, with its own address)" for name in provider.key_variables)
        raise UsageError(
            f"The language model {settings.name} needs a key: set COACH_MODEL_KEY or COACH_MODEL_KEY_FILE{also}."
        )
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key and len(key) <= _LONGEST_KEY):
        # Libraries would repeat such a key in the error that they raise.
        raise UsageError(
            "The key of the language model holds a space, a line end or a letter that no key has. Set it anew."
        )


def _read_key(path: Path) -> str:
    require_private(path)
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file {path} with the key of the language model cannot be read. Check it.") from error


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    require_private(path)
    try:
        stored = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Check it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The error would repeat a line of the file, and with it perhaps the key.
        raise UsageError(f'{path} is no TOML. Write each setting as: model = "ollama:llama3.1"') from None
    known = {*_WORDS, *(numbers[1] for numbers in _NUMBERS.values())}
    odd = sorted(stored.keys() - known)
    if odd:
        raise UsageError(f"{path} holds {', '.join(odd)}; known are {', '.join(sorted(known))}.")
    wrong = [word for word in _WORDS if not isinstance(stored.get(word, ""), str)]
    if wrong:
        raise UsageError(f"In {path}, {', '.join(wrong)} must stand in quotation marks.")
    return stored


def require_private(path: Path) -> None:
    """Refuse a file that others on this machine may read or write.

    Raises:
        UsageError: they may, or it cannot be looked at.
    """
    if os.name != "posix":
        return
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Check it.") from error
    if mode & 0o077:
        raise UsageError(f"Others on this machine may read or change {path}. Run: chmod 600 {path}")


def _set_numbers(settings: ModelSettings, environment: Mapping[str, str], stored: Mapping[str, Any]) -> ModelSettings:
    numbers: dict[str, Any] = {}
    for name, (variable, key, least, most) in _NUMBERS.items():
        value: object = environment.get(variable) or stored.get(key)
        if value is not None:
            whole = isinstance(getattr(settings, name), int)
            numbers[name] = _read_number(value, variable if environment.get(variable) else key, least, most, whole)
    return replace(settings, **numbers)


def _read_number(value: object, name: str, least: float, most: float, whole: bool) -> float | int:
    try:
        number = int(str(value)) if whole else float(str(value))
    except ValueError:
        number = -1
    if isinstance(value, bool) or not least <= number <= most:
        kind = "whole number" if whole else "number"
        raise UsageError(f"{name} must be a {kind} from {least:g} to {most:g}. Change or unset it.")
    return number
