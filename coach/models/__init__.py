"""The seam to a language model: messages in, the text that it writes out, piece by piece."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal, Protocol

from coach.errors import CoachError
from coach.records import Message, Sent

FaultKind = Literal[
    "unreachable", "refused", "unknown_model", "busy", "server", "too_long", "late", "broken", "senseless", "paused"
]
"""Nobody answers there; the key is not accepted; the server does not have the model; too many requests; an error of the
server's; more text than the model takes; a deadline passed; the stream broke off; what came is no answer of a model; too
many faults one after another, so that it is left alone for a while."""


class ModelFault(CoachError):
    """A language model gave no usable answer. The message is one plain line for the reader."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class LanguageModel(Protocol):
    """A chat model, at one address."""

    name: str
    """As it was configured, such as "ollama:llama3.1"."""
    address: str
    """Host and port to which requests go."""
    is_local: bool
    """Whether that is this machine, by a loopback address."""

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        """The text of one reply, as it comes; an empty text now and then while nothing comes, so that it can be stopped.

        Closing it, at any place, closes the connection.

        Raises:
            ModelFault: a deadline passed, or the service failed; what came before it is no whole reply.
        """
        ...


def record_request(model: LanguageModel, purpose: Literal["question", "answer"], messages: Sequence[Message]) -> Sent:
    """A request as it is shown to the person for whom it is made."""
    return Sent(purpose, model.name, model.address, not model.is_local, tuple(messages))
