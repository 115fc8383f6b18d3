"""Plays a writer as a model would talk: a request of Coach's in, words at a pace out; what was written, and when, is kept."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from evals.scripted.reading import Asked, read_request
from evals.scripted.server import Pause, Piece

NOTHING = "NOTHING"
Truth = Literal["yes", "partly", "no"]
"""Whether the passages support a claim: as it was written, or as an expert judged it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a scripted model writes, and what is known of it."""

    text: str
    """As it is written, with its brackets."""
    claim: str = ""
    """The sentence alone; empty where the line claims nothing."""
    truth: Truth = "yes"
    cited: bool = True
    """Whether the label is that of a passage that was sent, and the quoted words stand in it."""
    change: str = ""
    """What was done to a faithful line."""
    source: str = ""
    """The source's sentence that it began as."""

    @property
    def may_be_shown(self) -> bool:
        """Whether the claim is supported and rests on what it says it rests on."""
        return self.truth == "yes" and self.cited


@dataclass(frozen=True, slots=True)
class Writing:
    """One whole reply."""

    lines: tuple[Line, ...]
    text: str = ""
    """The reply where it is not simply its lines, one below the other."""

    @property
    def reply(self) -> str:
        """What goes over the wire; the word for "nothing" where there is nothing to write."""
        return self.text or "\n".join(line.text for line in self.lines) or NOTHING


Writer = Callable[[Asked, Random], Writing]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model is, in seconds."""

    first: float = 0.0
    """To the first word."""
    word: float = 0.0
    """From one word to the next."""


@dataclass(slots=True)
class Played:
    """One request and its reply; moments are those of `time.perf_counter`."""

    asked: Asked
    writing: Writing
    began: float
    line_ends: list[float] = field(default_factory=list)
    """When the last letter of each line was handed to the server."""
    ended: float = 0.0


class Player:
    """A script for the server, out of a writer."""

    def __init__(self, writer: Writer, seed: int = 0, pace: Pace | None = None) -> None:
        self.writer = writer
        self.seed = seed
        self.pace = pace or Pace()
        self.played: list[Played] = []
        """Answers that were asked for, in order."""
        self._turn = threading.Lock()

    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        """The words of one reply. A question that is to be put otherwise is repeated as it is."""
        began = time.perf_counter()
        asked = read_request(messages)
        if asked.purpose == "question":
            yield asked.question
            return
        writing = self.writer(asked, Random(f"{self.seed} {asked.question}"))  # noqa: S311 - the same every time
        played = Played(asked, writing, began)
        with self._turn:
            self.played.append(played)
        if self.pace.first:
            yield Pause(self.pace.first)
        for words in re.findall(r"\S+\s*|\s+", writing.reply):
            yield words
            if "\n" in words:
                played.line_ends.append(time.perf_counter())
            if self.pace.word:
                yield Pause(self.pace.word)
        played.line_ends.append(time.perf_counter())
        played.ended = time.perf_counter()

    def take(self) -> list[Played]:
        """What was played since the last time."""
        with self._turn:
            taken, self.played = self.played, []
        return taken
