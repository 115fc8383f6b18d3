"""The whole path of one plan: a request in; what the documents and our craft hold, and a plan that was checked, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from coach.discretion import Discretion
from coach.errors import CoachError
from coach.plans.checking import find_faults
from coach.plans.composing import Ingredients, compose_plan, keep_own_words
from coach.plans.finding import ProtocolFinder
from coach.plans.fitting import DoesNotFit, Slot, list_minutes, list_offers, require_fit
from coach.plans.material import Material, read_material
from coach.plans.protocols import Protocol as SessionProtocol
from coach.plans.protocols import ProtocolLibrary
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, Form, Plan, PlanRequest
from coach.plans.topics import MOST_CHARACTERS, read_topic
from coach.prompts import Wording
from coach.records import Answer, Manner, Outcome, Stage
from coach.rendering import answer_to_object
from coach.store.store import Store

SESSION_MINUTES, VISIT_MINUTES = 60, 40
# Who leads a session is of central office; what is worked on in it is principals' work.
_MANNER = Manner("principal", "suggest", "long")
_SCHOOL = " School"
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")


class Gathering(Protocol):
    """What a planner needs of an assistant."""

    def gather_in_stages(self, text: str, topic: str, manner: Manner) -> Iterator[Stage | Answer]:
        """As `coach.assistant.Assistant.gather_in_stages`."""
        ...

    def without_model(self) -> Gathering:
        """The same, which asks no language model."""
        ...


class DeclinedTopic(CoachError):
    """The topic belongs with people, and not into a plan; the message says where it goes."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a plan is made of and comes after, besides what was asked."""

    origin: str = ""
    """Id of the conversation that it grew from."""
    answer: Mapping[str, Any] | None = None
    """The answer that it is made of; None to ask anew."""
    before: Plan | None = None
    """The plan in whose place it comes: what the person wrote into it stays."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans from one library."""

    assistant: Gathering
    store: Store
    discretion: Discretion
    library: ProtocolLibrary
    finder: ProtocolFinder
    wording: Wording

    def plan(self, request: PlanRequest, session: Session | None = None) -> Plan:
        """The plan of a request.

        Raises:
            CoachError: as `plan_in_stages`.
        """
        for step in self.plan_in_stages(request, session):
            if isinstance(step, Plan):
                return step
        raise AssertionError

    def plan_in_stages(self, request: PlanRequest, session: Session | None = None) -> Iterator[Stage | Plan]:
        """How far the plan has come, and last the plan.

        Raises:
            DoesNotFit: the protocol does not fit; the message names what does.
            DeclinedTopic: the topic belongs with people.
            CoachError: the request is not whole, or the library cannot be read.
        """
        session = session or Session()
        checked, masked = self.check(request)
        # Nobody waits for an answer to hear that forty minutes are too short.
        self._require_any(checked)
        answer = session.answer
        if answer is None:
            for step in self.assistant.gather_in_stages(request.topic, checked.topic, _MANNER):
                if isinstance(step, Stage):
                    yield step
                else:
                    answer = answer_to_object(step)
            assert answer is not None
        material = read_material(answer)
        self._refuse_declined(answer)
        if session.answer is not None and not material.practices:
            material = self._add_help(checked, material)
        masked = material.masked if session.answer is None else masked
        yield self._compose(checked, replace(material, masked=masked), session)

    def check(self, request: PlanRequest) -> tuple[PlanRequest, int]:
        """The request as it is used, without names and records of people; and how many were taken out.

        Raises:
            CoachError: there is no topic, or minutes, day or start are none.
        """
        say = self.wording.say
        if len(request.topic) > MOST_CHARACTERS:
            raise CoachError(say("fit.topic_long", count=len(request.topic), most=MOST_CHARACTERS))
        if not any(character.isalpha() for character in request.topic):
            raise CoachError(say("fit.topic"))
        if not LEAST_MINUTES <= request.minutes <= MOST_MINUTES:
            raise CoachError(
                say("fit.minutes", least=LEAST_MINUTES, most=MOST_MINUTES, minutes=request.minutes)
            )  # fmt: skip
        _check_day(request.day, self.wording)
        if request.start and not _TIME.fullmatch(request.start):
            raise CoachError(say("fit.start", start=request.start[:20]))
        texts = {name: getattr(request, name) for name in ("topic", "participants", "brings", "goal")}
        # A school is often called by a person's name alone; as a school it is known, and stays.
        texts["place"] = f"{request.place}{_SCHOOL}" if request.place.strip() else ""
        found = {name: self.discretion.mask(" ".join(text.split())) for name, text in texts.items()}
        masked: dict[str, Any] = {name: one.text.removesuffix(_SCHOOL) for name, one in found.items()}
        masked["topic"] = read_topic(masked["topic"]).words
        return replace(request, **masked), sum(one.count for one in found.values())

    def list_offers(self, request: PlanRequest) -> tuple[SessionProtocol, ...]:
        """The protocols that fit setting and minutes."""
        return list_offers(self.library.protocols, request.setting, request.minutes, request.form)

    def _require_any(self, request: PlanRequest) -> tuple[SessionProtocol, ...]:
        if request.protocol:
            protocol = self.library.find(request.protocol)
            self._lay_out(protocol, request)
            return (protocol,)
        offered = self.list_offers(request)
        if not offered:
            say, protocols = self.wording.say, self.library.protocols
            lengths = {length for one in protocols for length in list_minutes(one, request.setting, request.form)}
            near = min(lengths, key=lambda length: abs(length - request.minutes))
            setting = say(f"setting.{request.setting}_in")
            raise DoesNotFit(say("fit.none", minutes=request.minutes, setting=setting, near=near))
        return offered

    def _lay_out(self, protocol: SessionProtocol, request: PlanRequest) -> tuple[Slot, ...]:
        return require_fit(
            protocol, request.setting, request.minutes, self.library.protocols, self.wording, request.form
        )

    def _refuse_declined(self, answer: Mapping[str, Any]) -> None:
        if answer.get("outcome") in (Outcome.REFERRED, Outcome.CLARIFY):
            lines = [one["text"] for one in answer.get("statements", ()) if one["kind"] == "notice"]
            raise DeclinedTopic(" ".join([self.wording.say("refused.declined"), *lines]))

    def _add_help(self, request: PlanRequest, material: Material) -> Material:
        """The material of an answer that held nothing to do, with what there is to do."""
        steps = self.assistant.without_model().gather_in_stages(request.topic, request.topic, _MANNER)
        helped = next(read_material(answer_to_object(step)) for step in steps if isinstance(step, Answer))
        return replace(
            material,
            practices=helped.practices,
            questions=(*material.questions, *helped.questions),
        )

    def _compose(self, request: PlanRequest, material: Material, session: Session) -> Plan:
        offered = self._require_any(request)
        protocol = offered[0] if request.protocol else self.finder.find(request, offered)
        cards = self.store.read_cards({one.document_id for one in material.passages})
        plan = compose_plan(
            Ingredients(
                request=request,
                protocol=protocol,
                slots=self._lay_out(protocol, request),
                material=material,
                addresses={key: card.metadata.address or "" for key, card in cards.items()},
                origin=session.origin,
            ),
            self.wording,
        )
        plan = keep_own_words(plan, session.before) if session.before is not None else plan
        faults = find_faults(plan, self.store.read_text)
        if faults and session.answer is not None:
            # An old answer may quote what the library no longer holds: the documents are asked anew.
            return self.plan(request, replace(session, answer=None))
        assert not faults, faults
        return plan


def request_from_answer(answer: Mapping[str, Any], form: Form, minutes: int | None = None) -> PlanRequest:
    """What is asked for where a session is made of an answer: its question is the topic.

    Args:
        answer: an answer object.
        form: a whole session, or one page for a visit.
        minutes: None for as long as such a session usually takes.
    """
    is_prep = form == "visit_prep"
    question = str(answer.get("search_question") or answer.get("question") or "")
    return PlanRequest(
        topic=question[:MOST_CHARACTERS],
        setting="school_visit" if is_prep else "network_meeting",
        minutes=minutes or (VISIT_MINUTES if is_prep else SESSION_MINUTES),
        form=form,
    )


def _check_day(day: str, wording: Wording) -> None:
    if not day:
        return
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise CoachError(wording.say("fit.day", day=day[:20])) from error
