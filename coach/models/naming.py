"""Reads what a person calls a model: "provider:model" in, the provider, the model and where requests go out."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from coach.errors import UsageError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of server."""

    name: str
    langchain: str
    """What LangChain's `init_chat_model` calls it."""
    extra: str
    """The part of this package that brings what it needs."""
    package: str
    """What is imported then."""
    address: str | None
    """Where requests go when nothing else is said; None: an address must be given."""
    address_variables: tuple[str, ...]
    """Environment variables of the provider's own programs that name an address."""
    key_variables: tuple[str, ...]
    """Environment variables that hold a key for that address."""
    needs_key: bool


@dataclass(frozen=True, slots=True)
class ModelName:
    """A provider and what it calls the model."""

    provider: Provider
    model: str


_OPENAI = Provider(
    "openai", "openai", "openai", "langchain_openai", "https://api.openai.com/v1",
    ("OPENAI_BASE_URL", "OPENAI_API_BASE"), ("OPENAI_API_KEY",), True,
)  # fmt: skip
_COMPATIBLE = Provider("openai-compatible", "openai", "openai", "langchain_openai", None, (), (), False)
_AZURE = Provider(
    "azure_openai", "azure_openai", "azure", "langchain_openai", None,
    ("AZURE_OPENAI_ENDPOINT",), ("AZURE_OPENAI_API_KEY",), True,
)  # fmt: skip
_ANTHROPIC = Provider(
    "anthropic", "anthropic", "anthropic", "langchain_anthropic", "https://api.anthropic.com",
    ("ANTHROPIC_BASE_URL",), ("ANTHROPIC_API_KEY",), True,
)  # fmt: skip
_OLLAMA = Provider(
    "ollama", "ollama", "ollama", "langchain_ollama", "http://127.0.0.1:11434",
    ("OLLAMA_HOST",), ("OLLAMA_API_KEY",), False,
)  # fmt: skip
PROVIDERS: Mapping[str, Provider] = {
    "ollama": _OLLAMA,
    "openai": _OPENAI,
    "openai-compatible": _COMPATIBLE,
    "openai_compatible": _COMPATIBLE,
    "azure_openai": _AZURE,
    "azure": _AZURE,
    "anthropic": _ANTHROPIC,
}
"""By every name that a person may write before the colon."""


def read_name(name: str) -> ModelName:
    """The provider and the model of a name such as "ollama:llama3.1:8b".

    Raises:
        UsageError: it has no colon, or the provider is none of those known.
    """
    provider, colon, model = name.strip().partition(":")
    if not colon or not model.strip() or provider.lower() not in PROVIDERS:
        known = ", ".join(sorted({one.name for one in PROVIDERS.values()}))
        raise UsageError(
            f"The language model is {name[:80]!r}. Write it as provider:model, such as ollama:llama3.1; "
            f"providers are {known}."
        )
    return ModelName(PROVIDERS[provider.lower()], model.strip())


def read_address(address: str) -> str:
    """A base URL as it is used: with a scheme and without a slash at the end.

    Raises:
        UsageError: it is no http address, or holds a key, which belongs elsewhere. The message does not repeat it then.
    """
    text = address.strip()
    text = (text if "://" in text else f"http://{text}").rstrip("/")
    parts = _split(text)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(
            "The address of the language model must hold no user name, key or question mark. "
            "Put the key into COACH_MODEL_KEY or COACH_MODEL_KEY_FILE."
        )
    if parts.hostname == "0.0.0.0":  # noqa: S104 - where a server listens, which no client can ask
        text = text.replace("//0.0.0.0", "//127.0.0.1", 1)
    return text


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        if parts.scheme in _PORTS and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise UsageError(
        "The address of the language model is none. Write it like http://127.0.0.1:8080/v1 or https://models.example.org/v1."
    )


def name_host(address: str) -> str:
    """Host and port of a base URL, such as "127.0.0.1:11434"."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or _PORTS[parts.scheme]}"


def is_loopback(address: str) -> bool:
    """Whether requests to a base URL stay on this machine: a loopback address, or "localhost" where it means nothing else."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" and _means_this_machine(host)


def _means_this_machine(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)
