"""Has many people use the page at once: how many, how long and how often in; waiting times, errors and memory out.

    python evals/bench/page_load.py [--people 50] [--seconds 120] [--every 20] [--home FOLDER] [--json]

Serves the page in a process of its own, on a new library of the starter texts or on `--home`, and visits it from this one
over HTTP as the script of the page does: the page with its scripts and styles, then a question every 20 seconds by Gradio's
two steps (join the queue, read the stream), conversations, facts and wishes for help out of `evals/*.jsonl` in an order that
is always the same; between the questions people open a source, search their conversations and judge an answer. They come
at random within the first interval. Who is still waiting when the next question is due asks it as soon as the answer is there.

    first_*_s   from asking to the line that says what is being done
    answer_*_s  from asking to the whole answer
    act_*_s     everything else that is pressed
    slope       of the server's memory in MB (10^6 bytes) a minute, by least squares, without the first quarter of the time

Afterwards one person asks once more, to see that the page came through. Exit 1 where anything failed or answer_p95_s is
2 seconds or more. A full queue (many more people than `--people 50`) is counted as an error of its own kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from coach.privacy import silence_libraries
from evals.answering import read_rows
from evals.serving import Look, Served, find_percentile, find_slope, look, serve
from evals.visiting import AskTimes, Trouble, Visitor

SEED = 20261122
LONGEST_P95 = 2.0
_ROOT = Path(__file__).parents[2]
_LOOK_SECONDS = 1.0
_TIMEOUT = 60.0
_WORDS = ("leadership", "teacher", "meeting", "feedback", "learning", "district", "zoo")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who comes, for how long, and how often each asks, in seconds."""

    people: int
    seconds: float
    every: float


@dataclass(slots=True)
class Record:
    """What was seen."""

    asked: list[AskTimes] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    late: int = 0
    """Questions that were asked later than they were due, because the answer before was not there."""
    looks: list[Look] = field(default_factory=list)
    recovered: bool = False


def main() -> int:
    """Serve, play, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=20, help="seconds between two questions of one person")
    parser.add_argument("--home", type=Path, help="a library that is there")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    silence_libraries()
    crowd = Crowd(arguments.people, arguments.seconds, arguments.every)
    with serve(arguments.home) as served:
        psutil.cpu_percent()  # the next call tells of the time since this one
        record = asyncio.run(play(served, crowd))
        busy = psutil.cpu_percent()
        logged = served.log.read_text("utf-8", "replace")
    figures = summarise(record, crowd) | {"machine_busy": round(busy / 100, 3)}
    if arguments.json:
        print(json.dumps({"sets": {"starter": {"product": figures}}}))
    else:
        show(record, figures, logged)
    failed = record.troubles or not record.recovered or not record.asked
    return 1 if failed or figures["answer_p95_s"] >= LONGEST_P95 else 0


# --- people ---------------------------------------------------------------------------------------------------------


async def play(served: Served, crowd: Crowd) -> Record:
    """All people at once."""
    record = Record()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=served.address, timeout=_TIMEOUT, limits=limits) as client:
        config = (await client.get("/config")).raise_for_status().json()
        started = time.perf_counter()
        watcher = asyncio.create_task(watch(served.process, started, record))
        scripts = write_scripts(crowd.people)
        # The order need not be secret, and the same one makes a run repeatable.
        chance = random.Random(SEED)  # noqa: S311
        people = [
            Person(Visitor(client, config), script, random.Random(number), record)  # noqa: S311
            for number, script in enumerate(scripts)
        ]
        end = started + crowd.seconds
        await asyncio.gather(*(one.stay(started + chance.uniform(0, crowd.every), end, crowd.every) for one in people))
        await asyncio.sleep(_LOOK_SECONDS)
        watcher.cancel()
        record.recovered = await ask_once_more(Visitor(client, config))
    return record


async def ask_once_more(visitor: Visitor) -> bool:
    """Whether the page still answers one person."""
    try:
        await visitor.load()
        await visitor.ask("What is learning-focused leadership?")
    except (Trouble, httpx.HTTPError):
        return False
    return True


async def watch(process: psutil.Process, started: float, record: Record) -> None:
    """Look at the server every second."""
    while True:
        record.looks.append(await asyncio.to_thread(look, process, time.perf_counter() - started))
        await asyncio.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks what is in their script, and looks around in between."""

    visitor: Visitor
    script: Iterator[tuple[str, bool]]
    """Questions, and whether each begins a new conversation."""
    chance: random.Random
    record: Record

    async def stay(self, begin: float, end: float, every: float) -> None:
        """From `begin` until `end`, in seconds of the clock, with a question `every` so many."""
        due = begin
        await self._wait_until(due)
        seconds = await self._try(self.visitor.load())
        if seconds is not None:
            self.record.loads.append(seconds)
        while time.perf_counter() < end:
            await self._ask()
            await self._look_around(every)
            due += every
            if time.perf_counter() > due:
                self.record.late += 1
            await self._wait_until(min(due, end))

    async def _ask(self) -> None:
        question, is_new = next(self.script)
        if is_new and self.visitor.values.get("conversation"):
            await self._act("fresh", "click", None)
        times = await self._try(self.visitor.ask(question))
        if times is not None:
            self.record.asked.append(times)

    async def _look_around(self, every: float) -> None:
        """Some of what people do between two questions."""
        if not self.visitor.values.get("conversation"):
            return
        await asyncio.sleep(self.chance.uniform(0.05, 0.3) * every)
        if self.chance.random() < 0.5 and 'class="mark"' in str(self.visitor.values.get("transcript")):
            await self._act("transcript", "open_source", {"ordinal": "0", "number": "1"})
        if self.chance.random() < 0.2:
            self.visitor.values["search"] = self.chance.choice(_WORDS)
            await self._act("search", "change", None)
        if self.chance.random() < 0.2:
            await self._act("transcript", "judge", {"ordinal": "0", "liked": self.chance.choice(("yes", "no"))})

    async def _act(self, part: str, name: str, sent: dict[str, str] | None) -> None:
        seconds = await self._try(self.visitor.act(part, name, sent))
        if seconds is not None:
            self.record.acts.append(seconds)

    async def _try(self, doing: Awaitable[Any]) -> Any:
        try:
            return await doing
        except Trouble as trouble:
            full = trouble.kind == "HTTP 503" and "Queue is full" in trouble.detail
            kind, detail = "queue full" if full else trouble.kind, trouble.detail
        except httpx.HTTPError as error:
            kind, detail = type(error).__name__, str(error)
        self.record.troubles[kind] += 1
        self.record.examples.setdefault(kind, detail)
        return None

    async def _wait_until(self, moment: float) -> None:
        await asyncio.sleep(max(moment - time.perf_counter(), 0))


def write_scripts(people: int) -> list[Iterator[tuple[str, bool]]]:
    """For each person questions without end, each with whether it begins a conversation."""
    folder = _ROOT / "evals"
    talks = [[str(turn["say"]) for turn in row["turns"]] for row in read_rows(folder / "conversations.jsonl")]
    talks += [[str(row["question"])] for name in ("starter", "guidance") for row in read_rows(folder / f"{name}.jsonl")]
    return [iterate_questions(talks, SEED + number) for number in range(people)]


def iterate_questions(talks: Sequence[Sequence[str]], seed: int) -> Iterator[tuple[str, bool]]:
    """The talks in an order of one's own, over and over."""
    order = list(talks)
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable, as above
    while True:
        for talk in order:
            for place, question in enumerate(talk):
                yield question, place == 0


# --- figures --------------------------------------------------------------------------------------------------------


def summarise(record: Record, crowd: Crowd) -> dict[str, float]:
    """The figures of a run."""
    settled = [one for one in record.looks if one.second >= crowd.seconds / 4]
    first, middle, last = (record.looks[place] for place in (0, len(record.looks) // 2, -1))
    seconds = last.second - first.second
    figures = {
        "people": crowd.people,
        "answers": len(record.asked),
        "errors": sum(record.troubles.values()),
        "late": record.late,
        "recovered": int(record.recovered),
        **list_percentiles("first", [one.first for one in record.asked]),
        **list_percentiles("answer", [one.whole for one in record.asked]),
        **list_percentiles("act", record.acts),
        **list_percentiles("load", record.loads),
        "processors_used": (last.processor_seconds - first.processor_seconds) / seconds if seconds else 0.0,
        "memory_start_mb": first.megabytes,
        "memory_middle_mb": middle.megabytes,
        "memory_end_mb": last.megabytes,
        "memory_with_readers_end_mb": last.with_readers,
        "slope_mb_per_minute": 60 * find_slope([(one.second, one.megabytes) for one in settled]),
        "open_files_start": first.open_files,
        "open_files_end": last.open_files,
    }
    return {name: round(value, 3) for name, value in figures.items()}


def list_percentiles(name: str, values: Sequence[float]) -> dict[str, float]:
    """The middle, the slow end and the slowest; nothing of no values."""
    if not values:
        return {}
    parts = {"p50": 50, "p95": 95, "max": 100}
    return {f"{name}_{part}_s": find_percentile(values, percent) for part, percent in parts.items()}


def show(record: Record, figures: dict[str, float], logged: str) -> None:
    """Print the figures, what went wrong, and what the server complained of."""
    for name, value in figures.items():
        print(f"{name:<28}{value:>12,.3f}".rstrip("0").rstrip("."))
    for kind, count in record.troubles.most_common():
        print(f"! {count} times {kind}: {record.examples[kind]}")
    complaints = logged.partition("\n")[2].strip()  # the first line says where it is
    if complaints:
        print(f"! the server said:\n{complaints[-2000:]}")
    met = "met" if figures.get("answer_p95_s", LONGEST_P95) < LONGEST_P95 and not record.troubles else "MISSED"
    print(f"no errors, and answer_p95_s below {LONGEST_P95:g}: {met}")


if __name__ == "__main__":
    sys.exit(main())
