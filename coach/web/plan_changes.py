"""What a person changes of a plan on its page: a plan, what stands in a field or which button was pressed in, the plan out.

Pure. A field's name says what it holds: `lines.outcomes`, `text.purpose`, `item.step-1.detail`, `request.place` ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from coach.errors import CoachError
from coach.plans.agenda import add_item, change_minutes, change_total, move_item, remove_item
from coach.plans.composing import move_day
from coach.plans.editing import (
    ITEM_TEXTS,
    LINE_LISTS,
    LONGEST,
    ONE_LINES,
    change_item,
    change_lines,
    change_text,
    choose_passages,
    clean_text,
)
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, AgendaItem, Grounding, Line, Plan
from coach.plans.requests import read_day, read_start
from coach.prompts import Wording

HEADER_FIELDS = ("participants", "day", "start", "place")
"""Of a request: what says where and with whom, and changes nothing else in the plan."""
LONGEST_FIELD = 13 * LONGEST
_LONGEST_HEADER = 300
_MOST_OWN = 60
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
Values = Mapping[str, str]
Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What changes are made with."""

    wording: Wording
    """Of plans."""
    mask: Mask
    """Takes the names of people out of a text."""


def is_field(name: str) -> bool:
    """Whether a plan has a field of this name."""
    kind, _, rest = name.partition(".")
    if kind == "lines":
        return rest in LINE_LISTS
    if kind == "text":
        return rest in ONE_LINES
    if kind == "item":
        return rest.rpartition(".")[2] in ITEM_TEXTS
    if kind == "request":
        return rest in (*HEADER_FIELDS, "minutes")
    return kind in ("follow", "different") and bool(re.fullmatch(r"\d{1,2}\.(?:what|who|day|how)", rest))


def change_field(plan: Plan, name: str, text: str, rules: Rules) -> Plan:
    """The plan with another text in one of its fields.

    Raises:
        CoachError: there is no such field, or the text cannot stand there; the message says why.
    """
    wording = rules.wording
    kind, _, rest = name.partition(".")
    if not is_field(name):
        raise CoachError(wording.say("edit.no_item"))
    if len(text) > LONGEST_FIELD:
        raise CoachError(wording.say("edit.long", count=len(text), most=LONGEST_FIELD))
    if kind == "lines":
        known = {line.text for line in getattr(plan, rest)}
        return change_lines(plan, rest, [_mask(line, known, rules) for line in text.splitlines()], wording)  # type: ignore[arg-type] # is_field
    if kind == "text":
        before = getattr(plan, rest)
        kept = {before.text if isinstance(before, Line) else before}
        return change_text(plan, rest, _mask(text, kept, rules), wording)  # type: ignore[arg-type] # is_field
    if kind == "item":
        item, _, part = rest.rpartition(".")
        stood = {getattr(one, part) for one in plan.agenda if one.id == item}
        return change_item(plan, item, part, _mask(text, stood, rules), wording)  # type: ignore[arg-type] # is_field
    if kind == "request":
        return _change_header(plan, rest, text, rules)
    number, _, part = rest.partition(".")
    return _change_row(plan, kind, int(number), part, text, rules)


def _mask(text: str, known: set[str], rules: Rules) -> str:
    """A text without names; one that stood there before is left alone."""
    plain = " ".join(text.split())
    return plain if plain in known or not plain else rules.mask(plain)


def _change_header(plan: Plan, name: str, text: str, rules: Rules) -> Plan:
    wording, clean = rules.wording, " ".join(text.split())
    if len(clean) > _LONGEST_HEADER:
        raise CoachError(wording.say("edit.long", count=len(clean), most=_LONGEST_HEADER))
    if name == "minutes":
        return _change_length(plan, clean, wording)
    if name == "day":
        return _move_day(plan, clean, wording)
    value = read_start(clean, wording) if name == "start" else _mask(clean, {getattr(plan.request, name)}, rules)
    return replace(plan, request=replace(plan.request, **{name: value}))  # type: ignore[arg-type] # texts of a request


def _change_length(plan: Plan, text: str, wording: Wording) -> Plan:
    minutes = read_number(text)
    if minutes is None or not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        said = minutes if minutes is not None else text[:20] or "?"
        raise CoachError(wording.say("fit.minutes", least=LEAST_MINUTES, most=MOST_MINUTES, minutes=said))
    if minutes == plan.request.minutes:
        return plan
    agenda = change_total(plan.agenda, minutes, wording)
    return replace(plan, agenda=agenda, request=replace(plan.request, minutes=minutes))


def _move_day(plan: Plan, text: str, wording: Wording) -> Plan:
    """The session on another day, and what follows it."""
    if text == plan.request.day:
        return plan
    return move_day(plan, read_day(text, wording))


def _change_row(plan: Plan, kind: str, number: int, part: str, text: str, rules: Rules) -> Plan:
    wording = rules.wording
    rows = plan.follow_up if kind == "follow" else plan.differentiation
    if number >= len(rows):
        raise CoachError(wording.say("edit.no_item"))
    if kind == "different":
        kinds = list(plan.differentiation)
        kinds[number] = replace(kinds[number], how=_write_line(kinds[number].how, text, rules))
        return replace(plan, differentiation=tuple(kinds))
    steps = list(plan.follow_up)
    if part == "day":
        steps[number] = replace(steps[number], day=read_day(text, wording))
    elif part == "who":
        steps[number] = replace(steps[number], who=clean_text(_mask(text, {steps[number].who}, rules), wording))
    else:
        steps[number] = replace(steps[number], what=_write_line(steps[number].what, text, rules))
    return replace(plan, follow_up=tuple(steps))


def _write_line(before: Line, text: str, rules: Rules) -> Line:
    clean = clean_text(_mask(text, {before.text}, rules), rules.wording)
    return before if clean == before.text else Line(clean, "person")


# --- buttons ----------------------------------------------------------------------------------------------------------


def _set_minutes(plan: Plan, values: Values, rules: Rules) -> Plan:
    """A number from the field, or so many more or fewer than there are."""
    item = next((one for one in plan.agenda if one.id == values.get("item")), None)
    by, wanted = read_number(values.get("by", "")), read_number(values.get("minutes", ""))
    if item is None:
        raise CoachError(rules.wording.say("edit.no_item"))
    minutes = item.minutes + by if by is not None else wanted
    if minutes is None:
        raise CoachError(rules.wording.say("edit.least", title=item.title, least=1))
    if minutes == item.minutes:
        return plan
    return replace(plan, agenda=change_minutes(plan.agenda, item.id, minutes, rules.wording))


def _move(plan: Plan, values: Values, rules: Rules) -> Plan:
    by = read_number(values.get("by", "")) or 0
    return replace(plan, agenda=move_item(plan.agenda, values.get("item", ""), by, rules.wording))


def _remove(plan: Plan, values: Values, rules: Rules) -> Plan:
    return replace(plan, agenda=remove_item(plan.agenda, values.get("item", ""), rules.wording))


def _add(plan: Plan, values: Values, rules: Rules) -> Plan:
    wording = rules.wording
    minutes = read_number(values.get("minutes", ""))
    title = clean_text(rules.mask(values.get("title", "")[:LONGEST]), wording)
    if minutes is None or not 1 <= minutes <= _MOST_OWN:
        raise CoachError(wording.say("edit.least", title=title, least=1))
    texts = {
        name: clean_text(rules.mask(values[name][:LONGEST]), wording)
        for name in ("detail", "lead", "purpose")
        if values.get(name, "").strip()
    }
    own = AgendaItem(
        id="own",
        kind="step",
        title=title,
        detail=texts.get("detail", title),
        lead=texts.get("lead", wording.say("agenda.lead_you")),
        purpose=texts.get("purpose", ""),
        minutes=minutes,
        least=max(1, minutes // 2),
        most=min(2 * minutes, _MOST_OWN),
        is_work=values.get("work") == "yes",
        by="person",
    )
    return replace(plan, agenda=add_item(plan.agenda, own, wording))


def _drop_passage(plan: Plan, values: Values, rules: Rules) -> Plan:
    kept = [one for one in plan.grounding if name_passage(one) != values.get("passage")]
    return choose_passages(plan, kept, rules.wording)


BUTTONS: Mapping[str, Callable[[Plan, Values, Rules], Plan]] = {
    "minutes": _set_minutes,
    "move": _move,
    "remove": _remove,
    "add": _add,
    "drop_passage": _drop_passage,
}
"""What a button of the page makes of a plan, by its name. Each may raise `CoachError`, and then nothing changes."""


def add_passage(plan: Plan, passage: Grounding, rules: Rules) -> Plan:
    """The plan with one more passage; one that it quotes already stays where it is.

    Raises:
        CoachError: there would be too many.
    """
    if any(name_passage(one) == name_passage(passage) for one in plan.grounding):
        return plan
    return choose_passages(plan, (*plan.grounding, passage), rules.wording)


def name_passage(passage: Grounding) -> str:
    """The place that is quoted, as the page names it."""
    cited = passage.citation
    return f"{cited.label}-{cited.start}-{cited.end}"


def read_number(text: str) -> int | None:
    """A whole number that came from the browser, perhaps with a sign; None where it is none."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,4}", text.strip()) else None
