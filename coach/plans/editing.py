"""What a person changes of a plan: a plan and their words in, the changed plan out. Quotations cannot be written over. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from coach.errors import CoachError
from coach.plans.records import AgendaItem, Grounding, Line, Plan
from coach.prompts import Wording

LineList = Literal[
    "outcomes", "evidence_to_bring", "evidence_of_success", "materials", "moves", "questions", "look_for", "exit_ticket"
]
LINE_LISTS: tuple[LineList, ...] = get_args(LineList)
OneLine = Literal["purpose", "commitment", "title", "confidentiality"]
ONE_LINES: tuple[OneLine, ...] = get_args(OneLine)
ItemText = Literal["title", "detail", "lead", "purpose"]
ITEM_TEXTS: tuple[ItemText, ...] = get_args(ItemText)
LONGEST = 1000
_MOST_LINES = 12
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def clean_text(text: str, wording: Wording) -> str:
    """A text on one line.

    Raises:
        CoachError: nothing is left of it, or it is too long.
    """
    clean = " ".join(_CONTROL.sub(" ", text).split())
    if not clean:
        raise CoachError(wording.say("edit.empty"))
    if len(clean) > LONGEST:
        raise CoachError(wording.say("edit.long", count=len(clean), most=LONGEST))
    return clean


def change_lines(plan: Plan, part: LineList, texts: Sequence[str], wording: Wording) -> Plan:
    """The plan with other lines in one part. A line that stays the same stays whose it was; empty ones are left out.

    Raises:
        CoachError: nothing is left, or it is too much.
    """
    before = {line.text: line for line in getattr(plan, part)}
    clean = [" ".join(_CONTROL.sub(" ", text).split()) for text in texts]
    kept = list(dict.fromkeys(text for text in clean if text))
    if not kept:
        raise CoachError(wording.say("edit.empty"))
    if len(kept) > _MOST_LINES:
        raise CoachError(wording.say("edit.many", count=len(kept), most=_MOST_LINES))
    if part == "questions" and len(kept) < 2:
        raise CoachError(wording.say("edit.two_questions"))
    lines = tuple(before.get(text) or Line(clean_text(text, wording), "person") for text in kept)
    changes: dict[str, Any] = {part: lines}
    return replace(plan, **changes)


def change_text(plan: Plan, part: OneLine, text: str, wording: Wording) -> Plan:
    """The plan with another text in one of its parts that are one text.

    Raises:
        CoachError: it is empty or too long.
    """
    clean = clean_text(text, wording)
    before = getattr(plan, part)
    if before == clean or isinstance(before, Line) and before.text == clean:
        return plan
    changes: dict[str, Any] = {part: Line(clean, "person") if isinstance(before, Line) else clean}
    return replace(plan, **changes)


def change_item(plan: Plan, item_id: str, part: ItemText, text: str, wording: Wording) -> Plan:
    """The plan with other words in one part of its agenda.

    Raises:
        CoachError: there is no such part, or the text is empty or too long.
    """
    clean = clean_text(text, wording)
    if all(item.id != item_id for item in plan.agenda):
        raise CoachError(wording.say("edit.no_item"))

    def change(item: AgendaItem) -> AgendaItem:
        if item.id != item_id or getattr(item, part) == clean:
            return item
        changes: dict[str, Any] = {part: clean, "by": "person"}
        return replace(item, **changes)

    return replace(plan, agenda=tuple(change(item) for item in plan.agenda))


def choose_passages(plan: Plan, chosen: Sequence[Grounding], wording: Wording) -> Plan:
    """The plan with other passages, one to three; a plan on a topic that is not covered may have none.

    Raises:
        CoachError: there are too many, or none.
    """
    if len(chosen) > 3 or not chosen and plan.coverage != "not_covered":
        raise CoachError(wording.say("edit.passages"))
    return replace(plan, grounding=tuple(chosen))
