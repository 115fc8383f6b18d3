"""Serves the page in a process of its own, for those who measure it: a data folder in, its address and its process out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
_LONGEST_START = 60


@dataclass(frozen=True, slots=True)
class Served:
    """A page that answers."""

    address: str
    process: psutil.Process
    log: Path


@dataclass(frozen=True, slots=True)
class Look:
    """What the server holds at one moment."""

    second: float
    megabytes: float
    """Resident memory of the server alone, of 10^6 bytes."""
    with_readers: float
    """The same with the processes below it."""
    processor_seconds: float
    open_files: int


@contextmanager
def serve(home: Path | None) -> Iterator[Served]:
    """The page on a data folder; without one, on a new library of the starter texts. All settings are left at their defaults."""
    with tempfile.TemporaryDirectory(prefix="page-") as work:
        folder = home or Path(work) / "home"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("COACH_") or key == "COACH_CACHE"}
        environment = {**kept, "COACH_HOME": str(folder)}
        if home is None:
            command = [sys.executable, "-m", "coach", "ingest", str(_ROOT / "corpus")]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        log = Path(work) / "server.log"
        port = find_port()
        command = [sys.executable, "-m", "coach", "serve", "--port", str(port)]
        with log.open("wb") as said, subprocess.Popen(command, env=environment, stdout=said, stderr=said) as server:
            try:
                wait_until_ready(server, log)
                yield Served(f"http://127.0.0.1:{port}", psutil.Process(server.pid), log)
            finally:
                server.terminate()
                server.wait(30)


def wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    """It says where it is as soon as it answers, and not before.

    Raises:
        RuntimeError: it ended without saying so, or is not there after a minute.
    """
    for _ in range(_LONGEST_START * 20):
        if b"http://127.0.0.1" in log.read_bytes():
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"The page did not come up: {log.read_text('utf-8', 'replace')}")


def find_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def look(process: psutil.Process, second: float) -> Look:
    """What a server holds now."""
    below = 0
    for child in process.children(recursive=True):
        try:
            below += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    own, times = process.memory_info().rss, process.cpu_times()
    return Look(
        second, own / MEGABYTE, (own + below) / MEGABYTE, float(times.user + times.system), int(process.num_fds())
    )


def find_percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` percent of the values do not exceed: one of them, without interpolation.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("There are no values.")
    place = max(-(-len(values) * part // 100), 1)
    return sorted(values)[int(place) - 1]


def find_slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line that fits points best (least squares); 0 where no line can be told."""
    if len(points) < 2:
        return 0.0
    across = sum(x for x, _ in points) / len(points)
    up = sum(y for _, y in points) / len(points)
    spread = sum((x - across) ** 2 for x, _ in points)
    return sum((x - across) * (y - up) for x, y in points) / spread if spread else 0.0
