"""Reads what went wrong with a model's server: any error of a library in, one of our kinds and what may be done out.

Libraries are known here by what their errors carry, not by their classes, so that none of them need be installed. What a
server wrote is never passed on: it may repeat a key or a person's words.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from coach.models import FaultKind

_OVERFLOW = re.compile(
    r"context.{0,24}(?:length|size|window|limit)|prompt is too long|too many (?:input )?tokens|maximum.{0,24}tokens",
    re.IGNORECASE,
)
# Not every server says with 404 that it has another model than the one asked for.
_OTHER_MODEL = re.compile(r"model\b.{0,120}(?:not found|not exist|not loaded|unknown)|pinned to", re.IGNORECASE)
_BY_STATUS: Mapping[int, FaultKind] = {
    401: "refused",
    403: "refused",
    404: "unknown_model",
    408: "server",
    413: "too_long",
    429: "busy",
}
_PASSING_STATUS = frozenset({408, 409, 425, 429})
# By the name of an error's class or of one it descends from, in httpx and in what is built on it; the nearest one counts.
_BY_CLASS: Mapping[str, FaultKind] = {
    "ConnectError": "unreachable",
    "ConnectTimeout": "unreachable",
    "ConnectionError": "unreachable",
    "ProxyError": "unreachable",
    "UnsupportedProtocol": "unreachable",
    "ReadError": "broken",
    "WriteError": "broken",
    "RemoteProtocolError": "broken",
    "LocalProtocolError": "broken",
    "DecodingError": "senseless",
    "ContextOverflowError": "too_long",
}
_PASSING: frozenset[FaultKind] = frozenset({"unreachable", "broken", "busy"})
_MOST_CAUSES = 12
_MOST_WORDS = 10_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, in our words."""

    kind: FaultKind
    passing: bool
    """Whether the same request may succeed a little later."""
    after: float | None = None
    """Seconds after which the server wants to be asked again."""
    detail: str = ""
    """For the log: a status or the name of an error, no words of the server's."""
    about_temperature: bool = False
    """Whether the model does not let its temperature be chosen, as many that think before they answer."""


class CallFault(Exception):
    """A fault on its way out of one request."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def read_fault(error: BaseException, now: Callable[[], float] = time.time) -> Fault:
    """The fault that a library's error stands for."""
    if isinstance(error, CallFault):
        return error.fault
    chain = tuple(_list_causes(error))
    for one in chain:
        status = getattr(one, "status_code", None)
        if isinstance(status, int) and status > 0:
            return _read_status(status, chain, now)
    words = _join_words(chain)
    for one in reversed(chain):  # the first cause knows best
        for kind in type(one).__mro__:
            if kind.__name__ in _BY_CLASS:
                found = _BY_CLASS[kind.__name__]
                return Fault(found, found in _PASSING, detail=type(one).__name__)
    if _OVERFLOW.search(words):
        return Fault("too_long", False, detail=type(error).__name__)
    if any(type(one).__name__ in ("APIError", "APIStatusError", "ResponseError") for one in chain):
        return Fault("server", True, detail=type(error).__name__)
    even = "temperature" in words
    return Fault("senseless", False, detail=type(error).__name__, about_temperature=even)


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _join_words(chain: tuple[BaseException, ...]) -> str:
    """What the errors say, and what the server wrote where they leave it out; to be searched only."""
    bodies = (getattr(getattr(one, "response", None), "text", "") for one in chain)
    return "\n".join((*map(str, chain), *(body[:_MOST_WORDS] for body in bodies if isinstance(body, str))))


def _read_status(status: int, chain: tuple[BaseException, ...], now: Callable[[], float]) -> Fault:
    detail, words = f"status {status}", _join_words(chain)
    # Servers tell of an overflow with different statuses.
    if 400 <= status < 600 and status not in (401, 403, 404, 429) and _OVERFLOW.search(words):
        return Fault("too_long", False, detail=detail)
    if status in (400, 422) and _OTHER_MODEL.search(words):
        return Fault("unknown_model", False, detail=detail)
    if status in _BY_STATUS:
        return Fault(_BY_STATUS[status], status in _PASSING_STATUS, _read_after(chain, now), detail)
    if status >= 500:
        return Fault("server", True, _read_after(chain, now), detail)
    if status >= 400:
        even = "temperature" in words
        return Fault("server", status in _PASSING_STATUS, _read_after(chain, now), detail, even)
    return Fault("senseless", False, detail=detail)


def _read_after(chain: tuple[BaseException, ...], now: Callable[[], float]) -> float | None:
    for one in chain:
        headers = getattr(getattr(one, "response", None), "headers", None)
        text = headers.get("retry-after") if headers is not None else None
        if text:
            return _read_seconds(str(text), now)
    return None


def _read_seconds(text: str, now: Callable[[], float]) -> float | None:
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text.strip()):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now())
    except (ValueError, TypeError, OverflowError):
        return None
