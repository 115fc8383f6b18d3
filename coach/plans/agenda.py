"""The agenda of a plan: a protocol and its timed parts in, items in plain words out; and what a change of one does to the
others. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coach.errors import CoachError
from coach.plans.fitting import SLACK, Slot
from coach.plans.protocols import Protocol, fill_topic
from coach.plans.records import AgendaItem, Setting
from coach.plans.timing import Span, fits, share_minutes
from coach.prompts import Wording


@dataclass(frozen=True, slots=True)
class Scene:
    """What the words of an agenda depend on."""

    topic: str
    """As it stands within a sentence."""
    setting: Setting
    has_passage: bool
    """Whether there is a passage to read together."""


def write_agenda(protocol: Protocol, slots: Sequence[Slot], scene: Scene, wording: Wording) -> tuple[AgendaItem, ...]:
    """The items of a session, in order."""
    items, number = [], 0
    for slot in slots:
        if slot.step is not None:
            number += 1
        items.append(_write_item(protocol, slot, number, scene, wording))
    return tuple(items)


def _write_item(protocol: Protocol, slot: Slot, number: int, scene: Scene, wording: Wording) -> AgendaItem:
    span = slot.span
    step = slot.step
    if step is not None:
        title = step.title
        if slot.round:
            title = wording.say("agenda.round", round=protocol.round_name, number=slot.round, title=title)
        texts = (title, fill_topic(step.does, scene.topic), step.lead, fill_topic(step.purpose, scene.topic))
        return AgendaItem(
            f"step-{number}",
            "step",
            *texts,
            minutes=slot.minutes,
            least=span.least,
            most=span.most,
            is_work=slot.is_work,
        )
    return AgendaItem(
        slot.kind, slot.kind, _name_frame(slot, scene, wording), *_write_frame(slot, scene, wording),
        minutes=slot.minutes, least=span.least, most=span.most, is_work=slot.is_work,
    )  # fmt: skip


def _name_frame(slot: Slot, scene: Scene, wording: Wording) -> str:
    name: str = slot.kind
    if name == "reading":
        name += ("_visit" if scene.setting == "school_visit" else "") + ("" if scene.has_passage else "_alone")
    return wording.say(f"agenda.{name}")


def _write_frame(slot: Slot, scene: Scene, wording: Wording) -> tuple[str, str, str]:
    """Detail, who leads, and purpose of a part around the protocol."""
    say, kind = wording.say, slot.kind
    alone = scene.setting == "school_visit"
    purpose = say(f"agenda.{kind}_purpose")
    if kind == "reading" and not scene.has_passage:
        name = "agenda.reading_does_visit_alone" if alone else "agenda.reading_does_alone"
        detail = say(name, topic=scene.topic)
        purpose = say("agenda.reading_purpose_alone")
    elif alone and kind in ("opening", "reading", "commitment", "exit"):
        detail = say(f"agenda.{kind}_does_visit")
    else:
        detail = say(f"agenda.{kind}_does")
    theirs = say("agenda.lead_principal") if alone else say("agenda.lead_everyone")
    return detail, theirs if slot.is_work else say("agenda.lead_you"), purpose


def change_minutes(
    agenda: Sequence[AgendaItem], item_id: str, minutes: int, wording: Wording
) -> tuple[AgendaItem, ...]:
    """The agenda with other minutes for one item; the others give or take, within their limits, so that the sum stays.

    Raises:
        CoachError: there is no such item; the others cannot make up for it; slack would go; or principals would work less
            than half of the time.
    """
    return change_several(agenda, {item_id: minutes}, wording)


def change_several(
    agenda: Sequence[AgendaItem], minutes: Mapping[str, int], wording: Wording
) -> tuple[AgendaItem, ...]:
    """As `change_minutes`, for several items at once, by their ids.

    Raises:
        CoachError: as `change_minutes`.
    """
    total = sum(item.minutes for item in agenda)
    spans = [Span(item.least, item.minutes, max(item.most, item.minutes)) for item in agenda]
    for item_id, wanted in minutes.items():
        place = _find(agenda, item_id, wording)
        least = SLACK if agenda[place].kind == "slack" else 1
        if wanted < least:
            raise CoachError(wording.say("edit.least", title=agenda[place].title, least=least))
        spans[place] = Span(wanted, wanted, wanted)
    return _share_again(agenda, spans, total, wording)


def change_total(agenda: Sequence[AgendaItem], total: int, wording: Wording) -> tuple[AgendaItem, ...]:
    """The agenda stretched to another length.

    Raises:
        CoachError: its items cannot take so long, or so short.
    """
    spans = [Span(min(item.least, item.minutes), item.minutes, max(item.most, item.minutes)) for item in agenda]
    return _share_again(agenda, spans, total, wording)


def move_item(agenda: Sequence[AgendaItem], item_id: str, by: int, wording: Wording) -> tuple[AgendaItem, ...]:
    """The agenda with an item so many places further down, or up where `by` is negative; at an end it stays.

    Raises:
        CoachError: there is no such item.
    """
    place = _find(agenda, item_id, wording)
    items = [item for item in agenda if item.id != item_id]
    items.insert(min(max(place + by, 0), len(items)), agenda[place])
    return tuple(items)


def remove_item(agenda: Sequence[AgendaItem], item_id: str, wording: Wording) -> tuple[AgendaItem, ...]:
    """The agenda without an item, whose minutes the others take.

    Raises:
        CoachError: there is no such item, it is the slack, or what is left cannot fill the time.
    """
    place = _find(agenda, item_id, wording)
    if agenda[place].kind == "slack":
        raise CoachError(wording.say("edit.slack"))
    rest = [item for index, item in enumerate(agenda) if index != place]
    total = sum(item.minutes for item in agenda)
    # Whoever takes something out wants the rest to be longer, not a refusal.
    spans = [Span(min(item.least, item.minutes), item.minutes, total) for item in rest]
    return _share_again(rest, spans, total, wording)


def add_item(agenda: Sequence[AgendaItem], item: AgendaItem, wording: Wording) -> tuple[AgendaItem, ...]:
    """The agenda with an item of the person's own before the commitment; the others give its minutes.

    Raises:
        CoachError: they cannot.
    """
    total = sum(one.minutes for one in agenda)
    numbers = [int(one.id.removeprefix("own-")) for one in agenda if one.id.removeprefix("own-").isdigit()]
    own = replace(item, id=f"own-{max(numbers, default=0) + 1}")
    place = next((index for index, one in enumerate(agenda) if one.kind == "commitment"), len(agenda))
    items = [*agenda[:place], own, *agenda[place:]]
    spans = [Span(one.least, one.minutes, max(one.most, one.minutes)) for one in items]
    spans[place] = Span(own.minutes, own.minutes, own.minutes)
    return _share_again(items, spans, total, wording)


def _share_again(
    agenda: Sequence[AgendaItem], spans: Sequence[Span], total: int, wording: Wording
) -> tuple[AgendaItem, ...]:
    spans = [Span(min(span.least, span.usual), span.usual, span.most) for span in spans]
    if not fits(spans, total):
        least, most = sum(span.least for span in spans), sum(span.most for span in spans)
        raise CoachError(wording.say("edit.no_room", total=total, least=least, most=most))
    shares = share_minutes(spans, total)
    changed = tuple(replace(item, minutes=share) for item, share in zip(agenda, shares, strict=True))
    work = sum(item.minutes for item in changed if item.is_work)
    if 2 * work < total:
        raise CoachError(wording.say("edit.half", work=work, total=total))
    return changed


def _find(agenda: Sequence[AgendaItem], item_id: str, wording: Wording) -> int:
    for place, item in enumerate(agenda):
        if item.id == item_id:
            return place
    raise CoachError(wording.say("edit.no_item"))
