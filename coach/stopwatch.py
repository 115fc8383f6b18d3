"""Takes the time of the steps of one answer: laps in, milliseconds by name out."""

from __future__ import annotations

import time


class Stopwatch:
    """Milliseconds of each step and of all."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        """The time since the last lap goes under this name."""
        now = time.perf_counter()
        self._laps.append((name, round((now - self._last) * 1000, 1)))
        self._last = now

    def stop(self) -> tuple[tuple[str, float], ...]:
        """Every lap, and the total."""
        return (*self._laps, ("total", round((time.perf_counter() - self._started) * 1000, 1)))
