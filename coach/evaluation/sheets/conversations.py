"""Reads whole conversations of a record: its turns in, one item for each turn with those before it as history out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from coach.evaluation.records import EvaluationItem, HistoryTurn
from coach.evaluation.sheets.cells import parse_outcomes, read_turn
from coach.evaluation.sheets.coding import encode_value
from coach.evaluation.sheets.row_items import value_text
from coach.evaluation.sheets.source_cells import read_source_values
from coach.records import Outcome

_READ = frozenset(("say", "text", "content", "role", "speaker", "type", "outcome", "cites", "cites_any", "shape"))


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn of the person's, with those before it and what is asked of the answer to it."""

    question: str
    history: tuple[HistoryTurn, ...]
    wanted: Any
    """The record's own values."""

    def make_item(self, base: EvaluationItem, item_id: str) -> EvaluationItem:
        """The item that asks this turn, with what `base` says of the whole conversation."""
        wanted: dict[str, Any] = self.wanted
        groups = read_source_values(wanted.get("cites"))
        if wanted.get("cites_any") and groups:
            groups = (tuple(words for group in groups for words in group),)
        shape = wanted.get("shape") if isinstance(wanted.get("shape"), dict) else {}
        others = {key: value for key, value in wanted.items() if key not in _READ}
        measured = {key: value for key, value in (shape or {}).items() if key not in ("has_step", "no_echo")}
        notes = tuple(
            (key, value_text(value))
            for key, value in {**others, "shape": measured}.items()
            if value not in ([], {}, "", None)
        )
        return replace(
            base,
            id=item_id,
            question=self.question,
            history=(*base.history, *self.history),
            outcomes=_read_outcomes(wanted.get("outcome")) or base.outcomes,
            sources=(*base.sources, *groups),
            names=tuple(dict.fromkeys((*base.names, *_read_names(shape)))),
            wants_guidance=True if shape and shape.get("has_step") else base.wants_guidance,
            notes=(*base.notes, *notes),
        )  # fmt: skip


def _read_outcomes(value: Any) -> tuple[Outcome, ...]:
    return parse_outcomes(encode_value(value)) if value else ()


def _read_names(shape: Any) -> tuple[str, ...]:
    names = shape.get("no_echo") if shape else None
    return tuple(map(str, names)) if isinstance(names, list) else ()


def split_conversation(value: Any) -> tuple[SpokenTurn, ...]:
    """The person's turns of a conversation; empty where the value is none."""
    if not isinstance(value, list):
        return ()
    spoken: list[SpokenTurn] = []
    before: list[HistoryTurn] = []
    for one in value:
        turn = read_turn(one)
        if turn is None:
            continue
        if turn.role == "user":
            spoken.append(SpokenTurn(turn.text, tuple(before), one if isinstance(one, dict) else {}))
        before.append(turn)
    return tuple(spoken)
