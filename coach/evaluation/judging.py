"""Asks a language model to rate an answer by the rubric: an item and its answer in, a score for each dimension out.

A judge's scores carry its name and stand beside those that need no model: nothing is decided by them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coach.errors import CoachError
from coach.evaluation.records import Dimension, EvaluationItem, Rubric, Score
from coach.evaluation.scores.shape_scores import hide_names
from coach.evaluation.values import from_values
from coach.models import LanguageModel, ModelFault
from coach.prompting import draw_boundary, load_texts
from coach.prompts import Wording
from coach.records import Message

_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "system": frozenset(),
    "user": frozenset(
        {"boundary", "role", "conversation", "question", "ideal", "answer", "passages", "rubric", "keys"}
    ),
    "turn": frozenset({"speaker", "text"}),
    "passage": frozenset({"label", "title", "quote"}),
    "statement": frozenset({"text", "labels"}),
    "dimension": frozenset({"id", "title", "levels"}),
    "level": frozenset({"value", "anchor"}),
    "senseless": frozenset(),
    "failed": frozenset({"fault"}),
    "no_level": frozenset(),
}
_MOST_OF_A_REASON = 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of one dimension."""

    level: int | None
    reason: str = ""


@cache
def load_judge_prompts(folder: Path | None = None) -> Wording:
    """Read `model/judge.toml`, each placeholder checked both ways.

    Raises:
        PromptFault: the file or a text is missing, unknown, or has other placeholders than are filled.
    """
    return load_texts("model/judge.toml", _PLACEHOLDERS, folder)


@dataclass(frozen=True, slots=True)
class Judge:
    """A language model that rates by a rubric."""

    model: LanguageModel
    rubric: Rubric
    prompts: Wording
    mask: Callable[[str], str]
    """Takes names and records of people out of everything that is sent."""

    @property
    def name(self) -> str:
        """Of the model."""
        return self.model.name

    def __call__(self, item: EvaluationItem, answer: Mapping[str, Any]) -> tuple[Score, ...]:
        """A score for each dimension; a fault of the model makes scores that say why they could not be given."""
        try:
            reply = "".join(self.model.stream(self.ask(item, answer)))
        except ModelFault as fault:
            return self._give_up(self.prompts.say("failed", fault=str(fault)))
        read = read_judgements(reply)
        if read is None:
            return self._give_up(self.prompts.say("senseless"))
        return tuple(self._score(dimension, read.get(dimension.id)) for dimension in self.rubric.dimensions)

    def ask(self, item: EvaluationItem, answer: Mapping[str, Any]) -> tuple[Message, ...]:
        """What the model is sent."""
        say = self.prompts.say

        def hide(text: str) -> str:
            return hide_names(self.mask(text), item.names)

        turns = [say("turn", speaker=turn.role, text=hide(turn.text)) for turn in item.history]
        text = say(
            "user",
            boundary=draw_boundary(),
            role=item.role,
            conversation="\n".join(turns),
            question=hide(item.question),
            ideal=hide(item.ideal),
            answer=hide_names("\n".join(self._write_statement(one) for one in answer["statements"]), item.names),
            passages="\n".join(self._write_passage(one) for one in answer["citations"]),
            rubric="\n".join(self._write_dimension(one) for one in self.rubric.dimensions),
            keys=", ".join(dimension.id for dimension in self.rubric.dimensions),
        )
        return Message("system", say("system").strip()), Message("user", text.strip())

    def _write_statement(self, statement: Mapping[str, Any]) -> str:
        labels = " ".join(f"[{label}]" for label in statement["citations"])
        return self.prompts.say("statement", text=self.mask(statement["text"]), labels=labels).rstrip()

    def _write_passage(self, citation: Mapping[str, Any]) -> str:
        quote = self.mask(citation["quote"])
        return self.prompts.say("passage", label=citation["label"], title=citation["title"], quote=quote)

    def _write_dimension(self, dimension: Dimension) -> str:
        levels = [self.prompts.say("level", value=str(one.value), anchor=one.anchor) for one in dimension.levels]
        return self.prompts.say("dimension", id=dimension.id, title=dimension.title, levels="; ".join(levels))

    def _score(self, dimension: Dimension, judgement: Judgement | None) -> Score:
        values = [level.value for level in dimension.levels]
        if judgement is None or (judgement.level is not None and judgement.level not in values):
            return Score(dimension.id, None, None, self.prompts.say("senseless"), by=self.model.name)
        reason = self.mask(" ".join(judgement.reason.split()))[:_MOST_OF_A_REASON]
        if judgement.level is None:
            return Score(dimension.id, None, None, reason or self.prompts.say("no_level"), by=self.model.name)
        return Score(dimension.id, scale_level(judgement.level, values), None, reason, by=self.model.name)

    def _give_up(self, reason: str) -> tuple[Score, ...]:
        return tuple(Score(one.id, None, None, reason, by=self.model.name) for one in self.rubric.dimensions)


def scale_level(level: int, levels: Sequence[int]) -> float:
    """A level as 0 to 1, 1 being the best of its dimension."""
    return (level - min(levels)) / (max(levels) - min(levels))


def unscale_level(value: float, levels: Sequence[int]) -> int:
    """The level that `scale_level` was given."""
    return round(min(levels) + value * (max(levels) - min(levels)))


def read_judgements(reply: str) -> Mapping[str, Judgement] | None:
    """The judgements in a reply, by dimension; None where it holds no such object."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        values = json.loads(re.sub(r"[\x00-\x1f]", " ", reply[start : end + 1]))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    return {str(key): read for key, value in values.items() if (read := _read_judgement(value)) is not None}


def _read_judgement(value: Any) -> Judgement | None:
    try:
        return from_values(Judgement, value if isinstance(value, dict) else {"level": value}, "a judgement")
    except CoachError:
        return None
