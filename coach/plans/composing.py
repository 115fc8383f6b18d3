"""Composes a support-session plan: what was asked for, a protocol and material in, the whole plan out. Pure.

Of the documents only quotations speak, and sentences that were checked; everything else is craft or a practice, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from coach.errors import CoachError
from coach.plans.agenda import Scene, add_item, write_agenda
from coach.plans.fitting import Slot
from coach.plans.material import Material
from coach.plans.protocols import Protocol, fill_topic
from coach.plans.records import (
    AgendaItem,
    Author,
    Differentiation,
    FollowUp,
    Grounding,
    Line,
    Plan,
    PlanProtocol,
    PlanRequest,
    meets,
)
from coach.plans.topics import name_briefly, name_topic
from coach.prompts import Wording
from coach.records import Citation

MOST_PASSAGES, MOST_QUESTIONS, MOST_PRACTICES, MOST_OUTCOMES = 3, 4, 3, 3
_MOST_LOOK_FOR, _MOST_SUGGESTIONS = 4, 2
_PREP_QUESTIONS = 2
_LATER = (timedelta(days=1), timedelta(days=14), timedelta(days=28))
"""From the session to each step behind it."""
_KINDS = ("new", "experienced", "strained")


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a plan is composed of."""

    request: PlanRequest
    protocol: Protocol
    slots: tuple[Slot, ...]
    material: Material
    addresses: Mapping[str, str]
    """Where a document can be read, by its id, as far as that is known."""
    origin: str = ""


def compose_plan(made_of: Ingredients, wording: Wording) -> Plan:
    """The plan. Its minutes are those of the slots; its quotations those of the material."""
    request, protocol, material = made_of.request, made_of.protocol, made_of.material
    topic, brief = name_topic(request.topic, wording), name_briefly(request.topic, wording)
    grounding = _choose_passages(made_of, wording)
    how = "how_visit" if request.setting == "school_visit" else "how"
    scene = Scene(brief, request.setting, any(not one.near for one in grounding))
    return Plan(
        request=request,
        title=_write_title(request, wording),
        coverage=material.coverage,
        notice=_write_notice(material, topic, wording),
        nearest=material.themes if material.coverage == "not_covered" else (),
        purpose=_write_purpose(request, topic, wording),
        outcomes=_fill(protocol.outcomes[:MOST_OUTCOMES], brief),
        evidence_to_bring=(*_own(request.brings), *_fill(protocol.brings, brief)),
        evidence_of_success=_fill(protocol.success, brief),
        grounding=grounding,
        claims=tuple(one for one in material.claims if one.citations),
        agenda=write_agenda(protocol, made_of.slots, scene, wording),
        protocol=name_protocol(protocol, is_suggested=not request.protocol),
        materials=_fill(protocol.materials, brief),
        stance=protocol.stance,
        moves=_write_moves(protocol, material, brief),
        questions=_choose_questions(request, protocol, material, brief),
        look_for=_fill(protocol.look_for, brief)[:_MOST_LOOK_FOR],
        commitment=Line(wording.say("commitment.form")),
        practices=material.practices[:MOST_PRACTICES],
        follow_up=_write_follow_up(request, wording),
        differentiation=tuple(
            Differentiation(wording.say(f"differentiation.{kind}"), Line(wording.say(f"differentiation.{kind}_{how}")))
            for kind in _KINDS
        ),
        confidentiality=wording.say(f"confidentiality.{request.setting}"),
        exit_ticket=_fill(protocol.exit_ticket, brief),
        origin=made_of.origin,
        checked=material.checked,
        masked=material.masked,
        composer=material.composer,
        fallback=material.fallback,
        rejected=material.rejected,
        sent=material.sent,
        receipt=material.receipt,
    )


def name_protocol(protocol: Protocol, *, is_suggested: bool) -> PlanProtocol:
    """What a plan says of its protocol."""
    return PlanProtocol(
        protocol.id,
        protocol.title,
        protocol.when,
        is_suggested,
        protocol.roles,
        protocol.norms,
        protocol.not_when,
        protocol.source,
    )


def ground_passage(citation: Citation, material: Material, address: str, wording: Wording) -> Grounding:
    """A passage as a plan quotes it, with why it matters."""
    near = material.coverage == "not_covered"
    why = wording.say("why.near" if near else f"why.{citation.basis or 'asserts'}")
    quoted = citation.label, citation.start, citation.end
    if any(meets(place, quoted) for practice in material.practices for place in practice.places):
        why = wording.say("why.practice", why=why)
    return Grounding(citation, Line(why), near, address)


def _choose_passages(made_of: Ingredients, wording: Wording) -> tuple[Grounding, ...]:
    most = 1 if made_of.request.form == "visit_prep" else MOST_PASSAGES
    grounding = [
        ground_passage(citation, made_of.material, made_of.addresses.get(citation.document_id, ""), wording)
        for citation in made_of.material.passages[:most]
    ]
    said: set[str] = set()
    for place, one in enumerate(grounding):
        if one.why.text in said:
            grounding[place] = replace(one, why=Line(wording.say("why.again")))
        said.add(one.why.text)
    return tuple(grounding)


def _write_notice(material: Material, topic: str, wording: Wording) -> str:
    if material.coverage == "covered":
        return ""
    if material.coverage == "touched":
        return wording.say("notice.touched", topic=topic)
    themes = "; ".join(material.themes)
    nearest = wording.say("notice.nearest", themes=themes) if themes else wording.say("notice.no_theme")
    return f"{wording.say('notice.not_covered', topic=topic)} {nearest}"


def _write_purpose(request: PlanRequest, topic: str, wording: Wording) -> Line:
    purpose = wording.say(f"purpose.{request.setting}", topic=topic)
    goal = request.goal.strip().rstrip(".")
    return Line(wording.say("purpose.goal", purpose=purpose, goal=goal) if goal else purpose)


def _fill(texts: Sequence[str], topic: str, by: Author = "craft") -> tuple[Line, ...]:
    return tuple(Line(fill_topic(text, topic), by) for text in texts)


def _own(text: str) -> tuple[Line, ...]:
    return (Line(text.strip(), "person"),) if text.strip() else ()


def _write_moves(protocol: Protocol, material: Material, topic: str) -> tuple[Line, ...]:
    suggested = tuple(Line(text, "model") for text in material.suggestions[:_MOST_SUGGESTIONS])
    return (*_fill(protocol.moves, topic), *suggested)


def _choose_questions(request: PlanRequest, protocol: Protocol, material: Material, topic: str) -> tuple[Line, ...]:
    """Two of the topic, one of them in front, and the protocol's between them."""
    practices = {practice.id for practice in material.practices if practice.basis is not None}
    of_topic: list[Line] = []
    for text, owner in material.questions:
        by: Author = "model" if owner == "model" else "practice" if owner in practices else "craft"
        of_topic.append(Line(text, by))
    # A model's question takes the place of one of ours, and does not only join them.
    of_topic.sort(key=lambda line: line.by != "model")
    own = list(_fill(protocol.questions, topic))
    most = _PREP_QUESTIONS if request.form == "visit_prep" else MOST_QUESTIONS
    # What grew from a document, or was asked by a model, leads; general craft on the topic comes behind the protocol's.
    leads = [line for line in of_topic if line.by != "craft"][:2]
    behind = [line for line in of_topic if line.by == "craft"][: max(0, 2 - len(leads))]
    lines = {line.text: line for line in (*leads, *own[: max(1, most - len(leads) - len(behind))], *behind, *own)}
    return tuple(lines.values())[:most]


def _write_follow_up(request: PlanRequest, wording: Wording) -> tuple[FollowUp, ...]:
    alone = request.setting == "school_visit"
    say = wording.say
    pair = say("follow_up.both" if alone else "follow_up.each")
    send = "follow_up.send_visit" if alone else "follow_up.send"
    acts = (
        ("day_after", say("follow_up.you"), send), ("two_weeks", pair, "follow_up.check"),
        ("next_time", pair, "follow_up.bring"),
    )  # fmt: skip
    steps = tuple(FollowUp("", who, Line(say(what)), say(f"follow_up.{when}")) for when, who, what in acts)
    return schedule_follow_up(steps, "", request.day)


def schedule_follow_up(steps: Sequence[FollowUp], before: str, day: str) -> tuple[FollowUp, ...]:
    """What follows a session that is on another day: it keeps its distance, and falls on no weekend.

    Args:
        steps: in order.
        before: the day of the session until now, YYYY-MM-DD; empty where there was none.
        day: the new one; empty leaves the steps as they are.
    """
    if not day:
        return tuple(steps)
    held = date.fromisoformat(day)
    moved = []
    for place, step in enumerate(steps):
        if step.day and before:
            later = date.fromisoformat(step.day) - date.fromisoformat(before)
            moved.append(replace(step, day=_skip_weekend(held + later)))
        else:
            later = _LATER[min(place, len(_LATER) - 1)]
            moved.append(step if step.day else replace(step, day=_skip_weekend(held + later)))
    return tuple(moved)


def move_day(plan: Plan, day: str) -> Plan:
    """The plan on another day, YYYY-MM-DD or none, with what follows it."""
    moved = schedule_follow_up(plan.follow_up, plan.request.day, day)
    return replace(plan, request=replace(plan.request, day=day), follow_up=moved)


def _skip_weekend(day: date) -> str:
    behind = day.weekday() - 4
    return (day + timedelta(days=3 - behind) if behind > 0 else day).isoformat()


def keep_own_words(plan: Plan, before: Plan, wording: Wording) -> Plan:
    """A plan that was composed anew, with what the person wrote into the one before; words of its agenda stay where the
    protocol does.
    """

    def keep(name: str) -> tuple[Line, ...]:
        # What they bring is asked for anew.
        mine = [line for line in getattr(before, name) if line.by == "person" and line.text != before.request.brings]
        fresh: tuple[Line, ...] = getattr(plan, name)
        known = {line.text for line in fresh}
        return (*fresh, *(line for line in mine if line.text not in known))

    return replace(
        plan,
        title=plan.title if before.title == _write_title(before.request, wording) else before.title,
        confidentiality=plan.confidentiality
        if before.confidentiality == wording.say(f"confidentiality.{before.request.setting}")
        else before.confidentiality,
        purpose=before.purpose if before.purpose.by == "person" else plan.purpose,
        commitment=before.commitment if before.commitment.by == "person" else plan.commitment,
        agenda=_keep_items(plan, before, wording),
        outcomes=keep("outcomes"),
        evidence_to_bring=keep("evidence_to_bring"),
        evidence_of_success=keep("evidence_of_success"),
        materials=keep("materials"),
        moves=keep("moves"),
        questions=keep("questions"),
        look_for=keep("look_for"),
        exit_ticket=keep("exit_ticket"),
    )


def _write_title(request: PlanRequest, wording: Wording) -> str:
    return wording.say(f"title.{request.form}", topic=request.topic[:1].upper() + request.topic[1:])


def _keep_items(plan: Plan, before: Plan, wording: Wording) -> tuple[AgendaItem, ...]:
    same = before.protocol.id == plan.protocol.id
    mine = {item.id: item for item in before.agenda if item.by == "person"}
    agenda = tuple(
        replace(item, title=own.title, detail=own.detail, lead=own.lead, purpose=own.purpose, by="person")
        if (own := mine.pop(item.id, None)) is not None and (same or item.kind != "step")
        else item
        for item in plan.agenda
    )
    for own in mine.values():
        if own.id.startswith("own-"):
            # One for which there is no room any more stands in the version before.
            with suppress(CoachError):
                agenda = add_item(agenda, own, wording)
    return agenda
