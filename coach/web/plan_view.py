"""What the plan page shows: kept plans and what stands in fields in, records for templates out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from coach.authorship import name_model
from coach.conversing import name_file
from coach.due_dates import name_day
from coach.planner import Planner
from coach.plans.documents import SharedLine
from coach.plans.editing import LINE_LISTS, LineList
from coach.plans.fitting import Offer, find_nearest, lay_out, list_minutes
from coach.plans.fitting import list_offers as list_fitting
from coach.plans.protocols import Protocol as SessionProtocol
from coach.plans.records import (
    FORMS,
    SETTINGS,
    AgendaItem,
    Author,
    Form,
    Grounding,
    Line,
    Plan,
    PlanRequest,
    Setting,
)
from coach.plans.values import plan_to_object
from coach.prompts import Wording
from coach.rendering import name_source
from coach.search_copy import read_quote
from coach.store.plans import PlanCard, StoredPlan
from coach.web.exchange_view import SentView, view_sent
from coach.web.plan_changes import name_passage

_MOST_NEAR = 4
_NOON = 12
_FIVE = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields of topic and setting, as it was typed; empty where nothing was."""

    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The text of a field."""
        return self.values.get(name, "")

    @staticmethod
    def names() -> Collection[str]:
        """Of every field."""
        return (*name_draft(None), "conversation", "exchange")


_DRAFT = (
    "topic", "setting", "minutes", "participants", "brings", "goal", "protocol", "day", "start", "place", "form",
    "principal",
)  # fmt: skip
REMAKING = ("topic", "brings", "goal", "form", "setting", "protocol", "principal")
"""Fields that shape a plan: it must be made again for them."""


def name_draft(request: PlanRequest | None) -> dict[str, str]:
    """The fields as a request fills them; without one, as they stand at first."""
    asked = request or PlanRequest("")
    return {name: str(getattr(asked, name)) for name in _DRAFT}


@dataclass(frozen=True, slots=True)
class OfferView:
    """A protocol, and whether it fits."""

    id: str
    title: str
    summary: str
    people: str
    fits: bool
    chosen: bool
    why_not: str = ""
    near: int | None = None
    """Minutes in which it does fit this setting."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """The fields of topic and setting."""

    values: Mapping[str, str]
    offers: tuple[OfferView, ...]
    chosen: str
    """Id of the protocol, as far as it fits; empty to have one suggested."""
    changed: bool
    """Whether the plan has to be made again for what stands there."""


def view_request(draft: Draft, before: PlanRequest | None, planner: Planner) -> RequestView:
    """The fields, and the protocols that fit what stands in them."""
    kept = name_draft(before)
    values = {**kept, "conversation": "", "exchange": "", **draft.values}
    for name, known in (("setting", SETTINGS), ("form", FORMS)):
        values[name] = values[name] if values[name] in known else kept[name]
    minutes = int(values["minutes"]) if values["minutes"].isascii() and values["minutes"].isdigit() else 0
    offers = tuple(_view_offers(values, minutes, planner))
    chosen = next((one.id for one in offers if one.chosen and one.fits), "")
    changed = before is not None and any(values[name] != kept[name] for name in REMAKING)
    return RequestView(values, offers, chosen, changed)


def _view_offers(values: Mapping[str, str], minutes: int, planner: Planner) -> Iterator[OfferView]:
    setting: Setting = next(one for one in SETTINGS if one == values["setting"])
    form: Form = next(one for one in FORMS if one == values["form"])
    for one in planner.library.protocols:
        fits, chosen = lay_out(one, setting, minutes, form) is not None, one.id == values["protocol"]
        lengths = list_minutes(one, setting, form) if setting in one.settings else ()
        why = "" if fits else _say_why(one, setting, minutes, lengths, planner.wording)
        near = None if fits else _choose_length(lengths, minutes)
        yield OfferView(one.id, one.title, one.summary, one.people, fits, chosen, why, near)


def _say_why(
    protocol: SessionProtocol, setting: Setting, minutes: int, lengths: Sequence[int], wording: Wording
) -> str:  # fmt: skip
    if not lengths:
        where = wording.say(f"setting.{setting}_in")
        return wording.say("fit.not_here", protocol=protocol.title, setting=where, people=protocol.people)
    least, most = lengths[0], lengths[-1]
    return wording.say("fit.not_so_long", protocol=protocol.title, minutes=minutes, least=least, most=most)


def _choose_length(lengths: Sequence[int], minutes: int) -> int | None:
    """The nearest length, in fives where there is one, as people plan."""
    round_lengths = [length for length in lengths if length % _FIVE == 0]
    return min(round_lengths or lengths, key=lambda length: abs(length - minutes), default=None)


def list_near(request: PlanRequest, planner: Planner) -> tuple[Offer, ...]:
    """What fits, near a request that does not: the same protocol first, then others as they are asked for."""
    protocols = planner.library.protocols
    asked = [one for one in protocols if one.id == request.protocol]
    here = list_fitting(protocols, request.setting, request.minutes)
    near = [*_find_near(asked, request), *(Offer(one, request.setting, request.minutes) for one in here)]
    if not here:
        others = _find_near([one for one in protocols if one not in asked], request)
        found = [one for one in others if one.setting == request.setting]
        near += sorted(found, key=lambda offer: abs(offer.minutes - request.minutes))
    return tuple(near[:_MOST_NEAR])


def _find_near(protocols: Sequence[SessionProtocol], request: PlanRequest) -> list[Offer]:
    offers = [find_nearest(one, request.setting, request.minutes) for one in protocols]
    return [one for one in offers if one is not None]


# --- one plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupView:
    """Lines one after the other that are by the same."""

    by: Author
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of a plan that consists of lines."""

    name: LineList
    groups: tuple[GroupView, ...]
    text: str
    """One line for each, to be edited."""


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage of a plan."""

    id: str
    quote: str
    source: str
    place: str
    basis: str
    """Name of the wording, or nothing."""
    why: Line
    near: bool
    gone: bool
    document: str
    """Its id."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """A part of the agenda, with when it begins."""

    item: AgendaItem
    clock: str
    begins: int
    """Minutes after the start."""
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """A whole plan."""

    id: str
    version: int
    plan: Plan
    notice: str
    """What must be said first, without the themes."""
    sections: Mapping[str, SectionView]
    passages: tuple[PassageView, ...]
    claims: tuple[tuple[str, tuple[str, ...]], ...]
    """Each with the names of its sources."""
    agenda: tuple[ItemView, ...]
    share: int
    """Of the time in which principals work, in percent."""
    shared: tuple[SharedLine, ...]
    has_calendar: bool
    day: str
    """In words."""
    file: str
    model: str
    """The language model that wrote of the documents; empty where none did."""
    sent: SentView


def view_plan(stored: StoredPlan, shared: Sequence[SharedLine], gone: Collection[Grounding]) -> PlanView:
    """A plan for the page; `gone` are passages whose words the library no longer holds."""
    plan = stored.plan
    return PlanView(
        id=stored.id,
        version=stored.version,
        plan=plan,
        notice=_part_notice(plan),
        sections={name: _view_section(name, getattr(plan, name)) for name in LINE_LISTS},
        passages=tuple(view_passage(one, one in gone) for one in plan.grounding),
        claims=tuple((one.text, tuple(map(name_source, one.citations))) for one in plan.claims),
        agenda=tuple(_view_agenda(plan)),
        share=round(100 * plan.work_minutes / plan.minutes),
        shared=tuple(shared),
        has_calendar=bool(plan.request.day),
        day=name_day(date.fromisoformat(plan.request.day)) if plan.request.day else "",
        file=name_file(plan.title),
        model=name_model({"composer": plan.composer}),
        sent=view_sent(plan_to_object(plan)),
    )


def _part_notice(plan: Plan) -> str:
    """The notice without the themes that it ends with: these are a list of their own."""
    before, found, _ = plan.notice.partition("; ".join(plan.nearest)) if plan.nearest else (plan.notice, "", "")
    return before.strip() if found else plan.notice


def _view_section(name: LineList, lines: Sequence[Line]) -> SectionView:
    groups = tuple(
        GroupView(by, tuple(line.text for line in group)) for by, group in groupby(lines, key=lambda line: line.by)
    )
    return SectionView(name, groups, "\n".join(line.text for line in lines))


def view_passage(passage: Grounding, gone: bool = False) -> PassageView:
    """A passage as a person reads it; its words are those of the document."""
    cited = passage.citation
    return PassageView(
        name_passage(passage),
        read_quote([cited.quote], markdown=cited.document.endswith((".md", ".markdown"))),
        name_source(cited),
        cited.section,
        f"basis_label.{cited.basis}" if cited.basis else "",
        passage.why,
        passage.near,
        gone,
        cited.document_id,
    )


def _view_agenda(plan: Plan) -> Iterator[ItemView]:
    begins, start = 0, plan.request.start
    at = None
    if start:
        hours, minutes = start.split(":")
        at = int(hours) * 60 + int(minutes)
    for place, item in enumerate(plan.agenda):
        clock = _name_time(at + begins) if at is not None else ""
        yield ItemView(item, clock, begins, place == 0, place == len(plan.agenda) - 1)
        begins += item.minutes


def _name_time(minutes: int) -> str:
    hour, minute = divmod(minutes % (24 * 60), 60)
    half = "am" if hour < _NOON else "pm"
    return f"{(hour - 1) % _NOON + 1}:{minute:02} {half}"


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardView:
    """A plan in the list."""

    card: PlanCard
    when: str


def list_cards(cards: Sequence[PlanCard], now: datetime, wording: Wording) -> tuple[CardView, ...]:
    """A person's plans, with when each was changed."""
    return tuple(CardView(one, wording.say("plan.changed", when=name_clock(one.changed_at, now))) for one in cards)


def name_clock(stamp: str, now: datetime) -> str:
    """A moment of the store's, as the clock here says it: the time today, the day and the time before that."""
    at = datetime.fromisoformat(stamp).astimezone(now.tzinfo)
    time = _name_time(at.hour * 60 + at.minute)
    return time if at.date() == now.date() else f"{at.day} {at:%b %Y}, {time}"
