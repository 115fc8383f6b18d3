"""Leaves a model alone that keeps failing: faults in, whether it may be asked again out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAULTS = 3
"""In a row."""
REST = 30.0
"""Seconds for which it is left alone then."""


class Breaker:
    """Open after some faults in a row; after a rest one request may try, and the others wait for what comes of it."""

    def __init__(self, faults: int = FAULTS, rest: float = REST, now: Callable[[], float] = time.monotonic) -> None:
        self._most = faults
        self._rest = rest
        self._now = now
        self._lock = threading.Lock()
        self._faults = 0
        self._opened = 0.0
        self._probing = False

    def let_through(self) -> bool:
        """Whether a request may go out. One that may must be followed by `succeed`, `fail` or `release`."""
        with self._lock:
            if self._faults < self._most:
                return True
            if self._probing or self._now() - self._opened < self._rest:
                return False
            self._probing = True
            return True

    def succeed(self) -> None:
        """A reply came to its end."""
        with self._lock:
            self._faults, self._probing = 0, False

    def fail(self) -> None:
        """A fault of the service's."""
        with self._lock:
            self._faults += 1
            self._opened, self._probing = self._now(), False

    def release(self) -> None:
        """The reader left, or the fault was the request's own: nothing is known of the service."""
        with self._lock:
            self._probing = False
