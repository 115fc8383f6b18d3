"""Asks Coach with a scripted model behind it, and says what became of each line: a question in, fates of lines and times out."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from coach.assembly import OpenCoach, open_coach
from coach.assistant import Assistant
from coach.records import Answer, Manner, Stage, Statement, Turn
from coach.settings import Settings, read_settings
from evals.scripted.__main__ import name_model
from evals.scripted.choosing import fold
from evals.scripted.playing import Line, Played, Player
from evals.scripted.server import Script, ScriptedServer, serve_script

Fate = Literal["shown", "replaced", "cut", "absent"]
"""Shown as it was written; the source's own sentence in its place; cut with a reason; nowhere, because nothing was used."""
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Told:
    """A line that claims something, and what became of it."""

    line: Line
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question that was answered with a scripted model. Times are in seconds from asking."""

    question: str
    answer: Answer
    played: tuple[Played, ...]
    told: tuple[Told, ...]
    foreign: tuple[Statement, ...]
    """Shown as written by the model, and like no line of it."""
    began: float
    """The moment of asking, by `time.perf_counter`."""
    total: float
    first: float | None
    """When the first checked sentence was shown; None where none was before the end."""
    delays: tuple[float, ...]
    """For each sentence that was shown while the model wrote: from the last letter of its line until it was shown."""

    @property
    def ratio(self) -> float | None:
        """The time to the first checked sentence, in units of the model's own time for its first line."""
        if self.first is None or not self.played or not self.played[0].line_ends:
            return None
        return self.first / (self.played[0].line_ends[0] - self.played[0].began)


@contextmanager
def open_with_script(
    home: Path, script: Script, others: Mapping[str, str] | None = None
) -> Iterator[tuple[OpenCoach, ScriptedServer]]:
    """Coach on a library, with a model over HTTP that follows a script, which may be changed later.

    Args:
        home: the data folder of a library that is there.
        script: what the model writes.
        others: further settings, by the names of their environment variables.
    """
    with serve_script(script) as server, open_coach(read_model_settings(home, server.address, others)) as coach:
        yield coach, server


def read_model_settings(home: Path, address: str, others: Mapping[str, str] | None = None) -> Settings:
    """The settings of a Coach that asks a scripted model. Only the cache folder is the person's own."""
    cache = {key: os.environ[key] for key in ("COACH_CACHE",) if key in os.environ}
    return read_settings({**cache, **name_model(address), **(others or {})}, home)


def ask(
    assistant: Assistant,
    player: Player,
    question: str,
    manner: Manner | None = None,
    history: Sequence[Turn] = (),
    documents: Collection[str] | None = None,
) -> Trial:
    """Ask one question and compare what is shown with what was written."""
    player.take()
    began = time.perf_counter()
    seen: list[tuple[float, Stage]] = []
    answer = None
    for step in assistant.ask_in_stages(question, manner or Manner(), history, documents=documents):
        if isinstance(step, Stage):
            seen.append((time.perf_counter(), step))
        else:
            answer = step
    ended = time.perf_counter()
    assert answer is not None
    played = tuple(player.take())
    lines = [line for one in played for line in one.writing.lines]
    first, delays = _measure_stages(seen, played)
    told = tuple(tell(line, answer, lines) for line in lines if line.claim)
    return Trial(
        question=question,
        answer=answer,
        played=played,
        told=told,
        foreign=find_foreign(answer, lines),
        began=began,
        total=ended - began,
        first=first - began if first is not None else None,
        delays=delays,
    )


def _measure_stages(
    seen: Sequence[tuple[float, Stage]], played: Sequence[Played]
) -> tuple[float | None, tuple[float, ...]]:
    """The moment of the first source statement, and the delay of each written one behind its line."""
    first: float | None = None
    delays: list[float] = []
    met: set[str] = set()
    for moment, stage in seen:
        for statement in stage.statements:
            if statement.kind != "source" or statement.text in met:
                continue
            met.add(statement.text)
            first = moment if first is None else first
            delays.extend(moment - end for end in _find_ends(statement, played) if moment > end)
    return first, tuple(delays)


def _find_ends(statement: Statement, played: Sequence[Played]) -> Iterator[float]:
    for one in played:
        lines = one.writing.lines
        if one.writing.text or len(one.line_ends) != len(lines):
            continue  # its lines are not those that went over the wire
        yield from (end for line, end in zip(lines, one.line_ends, strict=True) if is_same(statement.text, line.claim))


def tell(line: Line, answer: Answer, lines: Sequence[Line]) -> Told:
    """What became of a line."""
    if any(find_line(one, lines) is line for one in list_written(answer)):
        return Told(line, "shown")
    for one in answer.rejected:
        if is_same(one.text, line.claim) or fold(line.claim) in fold(one.text):
            return Told(line, "replaced" if one.instead else "cut", one.reason)
    return Told(line, "absent", answer.fallback or "")


def list_written(answer: Answer) -> list[Statement]:
    """What a reader sees in words of the model's: not the source's words, and no fixed line of ours."""
    return [
        one
        for one in answer.statements
        if (one.kind == "source" and one.origin == "written") or one.part_of == "model" or one.kind == "question"
    ]


def find_line(statement: Statement, lines: Sequence[Line]) -> Line | None:
    """The line that a statement was made of: the same words, or nearly."""
    claims = [line for line in lines if line.claim]
    for line in claims:
        if is_same(statement.text, line.claim):
            return line
    near = [(SequenceMatcher(None, fold(statement.text), fold(line.claim)).ratio(), line) for line in claims]
    best = max(near, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] >= _ALIKE else None


def is_same(shown: str, claim: str) -> bool:
    """Whether two texts are the same words."""
    return bool(claim) and fold(shown).strip(" .") == fold(claim).strip(" .")


def find_foreign(answer: Answer, lines: Sequence[Line]) -> tuple[Statement, ...]:
    """Source statements in the model's words that are none of its lines: pieces of its form, say, or two lines in one."""
    return tuple(
        one
        for one in answer.statements
        if one.kind == "source" and one.origin == "written" and find_line(one, lines) is None
    )


def use_script(server: ScriptedServer, script: Script) -> None:
    """From now on the model follows another script."""
    server.script = script
