"""How long, and how much, one reply may take: deadlines in, the seconds and bytes that are left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_UNREAD = 4 * 1024 * 1024
"""Bytes between two words of a reply: more is no stream of words, and would only fill the memory."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds and characters."""

    first_token: float
    """From the question to the first word, whatever happens in between."""
    silence: float
    """Between two words."""
    total: float
    """From the question to the end."""
    most_characters: int


class Patience:
    """Runs down while one reply is waited for. The caller's own time counts to the total, and to nothing else."""

    def __init__(self, deadlines: Deadlines, now: Callable[[], float] = time.monotonic) -> None:
        self._deadlines = deadlines
        self._now = now
        started = now()
        self._end = started + deadlines.total
        self._next = started + deadlines.first_token
        self._begun = False
        self._unread = 0
        self.characters = 0

    @property
    def seconds(self) -> float:
        """What is left until the nearer deadline; below zero when it has passed."""
        return min(self._next, self._end) - self._now()

    @property
    def is_late(self) -> bool:
        """Whether a deadline has passed."""
        return self.seconds <= 0

    @property
    def is_flooded(self) -> bool:
        """Whether more came than a reply may hold."""
        return self._unread > MOST_UNREAD or self.characters > self._deadlines.most_characters

    def wait_again(self) -> None:
        """The next word is waited for from now on."""
        if self._begun:
            self._next = self._now() + self._deadlines.silence

    def hear(self, characters: int) -> None:
        """So many characters of a reply came, thoughts among them."""
        self._begun = True
        self._unread = 0
        self.characters += characters
        self._next = self._now() + self._deadlines.silence

    def receive(self, count: int) -> None:
        """So many bytes came from the wire."""
        self._unread += count
