"""The whole path of one plan: a request in; what the documents and our craft hold, and a plan that was checked, out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from coach.discretion import Discretion
from coach.errors import CoachError, PromptFault
from coach.lexical import find_words
from coach.metadata import drop_unshown
from coach.plans.checking import find_faults
from coach.plans.composing import Ingredients, compose_plan, keep_own_words
from coach.plans.finding import ProtocolFinder
from coach.plans.fitting import DoesNotFit, Slot, list_minutes, list_offers, require_fit
from coach.plans.material import Material, read_material
from coach.plans.protocols import Protocol as SessionProtocol
from coach.plans.protocols import ProtocolLibrary
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, Form, Plan, PlanRequest
from coach.plans.requests import read_day, read_start
from coach.plans.topics import MOST_CHARACTERS, read_topic
from coach.prompts import Wording
from coach.records import Answer, Manner, Outcome, Stage
from coach.rendering import answer_to_object
from coach.store.store import Store

SESSION_MINUTES, VISIT_MINUTES = 60, 40
# Who leads a session is of central office; what is worked on in it is principals' work.
_MANNER = Manner("principal", "suggest", "long")
_SCHOOL = " School"
_TEXTS = ("topic", "participants", "brings", "goal", "place")
_MARK = re.compile(r"\[[a-z ]+\]")
_PERSON = re.compile(r"\[(?:student|colleague)\]")
MOST_TEXT = 1000
"""Characters of each text of a request."""
_LONGEST_WORD = 40
_JUDGES = re.compile(
    r"\b(?:compar\w+|rank\w*|rat(?:e|es|ing|ings)|scor(?:e|es|ing)|evaluat\w+|grad(?:e|es|ing)|judg\w+|expectations|underperform\w*"
    r"|perform(?:s|ing|ance)?|dismiss\w*|fir(?:e|ed|ing)|terminat\w+|non-?renew\w*|remov(?:e|al)|replac(?:e|ing)|disciplin\w+"
    r"|document(?:ing)?|write up|writing up|pip|improvement plan|warning|reprimand\w*)\b",
    re.I,
)
"""What is not asked of a named person in a plan; the recogniser of boundaries knows most of it."""


class Gathering(Protocol):
    """What a planner needs of an assistant."""

    def gather_in_stages(self, text: str, topic: str, manner: Manner) -> Iterator[Stage | Answer]:
        """As `coach.assistant.Assistant.gather_in_stages`."""
        ...

    def refer(self, text: str) -> tuple[str, ...]:
        """As `coach.assistant.Assistant.refer`."""
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
        offered = self._require_any(checked)
        self._refuse(" ".join(f"{text}." for text in _list_texts(request) if text.strip()))
        answer = session.answer if session.answer is not None and self._is_of(session.answer, checked) else None
        taken = answer is not None
        if answer is None:
            for step in self.assistant.gather_in_stages(request.topic, checked.topic, _MANNER):
                if isinstance(step, Stage):
                    yield step
                else:
                    answer = answer_to_object(step)
            assert answer is not None
        material = read_material(answer)
        if taken and not material.practices:
            material = self._add_help(checked, material)
        yield self._compose(
            checked, offered, replace(material, masked=masked), replace(session, answer=answer if taken else None)
        )

    def _is_of(self, answer: Mapping[str, Any], request: PlanRequest) -> bool:
        """Whether an answer speaks of the topic, and says something: the person may have written another over it."""
        own = read_topic(self.discretion.mask(request_from_answer(answer, request.form).topic).text).words
        return own == request.topic and answer.get("outcome") not in (Outcome.REFERRED, Outcome.CLARIFY)

    def _refuse(self, text: str) -> None:
        """Decline what belongs with people, wherever in a request it stands."""
        lines = self.assistant.refer(text)
        if not lines and _JUDGES.search(text) and _PERSON.search(self.discretion.mask(text).text):
            lines = (self.wording.say("refused.judging"),)
        if lines:
            raise DeclinedTopic(" ".join([self.wording.say("refused.declined"), *lines]))

    def check(self, request: PlanRequest) -> tuple[PlanRequest, int]:
        """The request as it is used, without names and records of people; and how many were taken out.

        Raises:
            CoachError: there is no topic, or minutes, day or start are none.
        """
        say = self.wording.say
        if len(request.topic) > MOST_CHARACTERS:
            raise CoachError(say("fit.topic_long", count=len(request.topic), most=MOST_CHARACTERS))
        if not LEAST_MINUTES <= request.minutes <= MOST_MINUTES:
            raise CoachError(say("fit.minutes", least=LEAST_MINUTES, most=MOST_MINUTES, minutes=request.minutes))
        changes: dict[str, Any] = {
            "day": read_day(request.day, self.wording),
            "start": read_start(request.start, self.wording),
        }
        count = 0
        for name in _TEXTS:
            changes[name], found = self._mask(getattr(request, name), is_place=name == "place")
            count += found
        changes["topic"] = read_topic(changes["topic"]).words
        words = find_words(_MARK.sub(" ", changes["topic"]))
        if not words or max(map(len, words)) > _LONGEST_WORD:
            raise CoachError(say("fit.topic"))
        return replace(request, **changes), count

    def _mask(self, text: str, *, is_place: bool) -> tuple[str, int]:
        """A text on one line without names and records of people, and how many there were."""
        # What is no text, as half a character of a terminal, is left out.
        clean = " ".join(drop_unshown(text.encode("utf-8", "ignore").decode()).split())
        if len(clean) > MOST_TEXT:
            raise CoachError(self.wording.say("edit.long", count=len(clean), most=MOST_TEXT))
        # A school is often called by a family name alone; as a school it is known, and stays.
        ending = _SCHOOL if is_place and " " not in clean and clean else ""
        masked = self.discretion.mask(clean + ending)
        # Of a place that is named after somebody unknown nothing is left that helps.
        kept = "" if is_place and masked.count else masked.text.removesuffix(ending)
        return kept, masked.count

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
            if not lengths:
                raise PromptFault(
                    f"No protocol of prompts/protocols fits the setting {request.setting}. Add one that does."
                )
            near = min(lengths, key=lambda length: abs(length - request.minutes))
            setting = say(f"setting.{request.setting}_in")
            raise DoesNotFit(say("fit.none", minutes=request.minutes, setting=setting, near=near))
        return offered

    def _lay_out(self, protocol: SessionProtocol, request: PlanRequest) -> tuple[Slot, ...]:
        return require_fit(
            protocol, request.setting, request.minutes, self.library.protocols, self.wording, request.form
        )

    def _add_help(self, request: PlanRequest, material: Material) -> Material:
        """The material of an answer that held nothing to do, with what there is to do."""
        steps = self.assistant.without_model().gather_in_stages(request.topic, request.topic, _MANNER)
        helped = next(read_material(answer_to_object(step)) for step in steps if isinstance(step, Answer))
        return replace(
            material,
            practices=helped.practices,
            questions=(*material.questions, *helped.questions),
        )

    def _compose(
        self, request: PlanRequest, offered: Sequence[SessionProtocol], material: Material, session: Session
    ) -> Plan:
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
        plan = keep_own_words(plan, session.before, self.wording) if session.before is not None else plan
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
        topic=textwrap.shorten(question, MOST_CHARACTERS, placeholder=" …") or question[:MOST_CHARACTERS],
        setting="school_visit" if is_prep else "network_meeting",
        minutes=minutes or (VISIT_MINUTES if is_prep else SESSION_MINUTES),
        form=form,
    )


def _list_texts(request: PlanRequest) -> list[str]:
    return [getattr(request, name) for name in _TEXTS if name != "place"]
