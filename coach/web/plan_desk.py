"""What happens on the plan page: a person and what their window sent in, the parts of the page that change out.

No Gradio here: plan_page.py binds these to events. Plans are looked up as the person's own; of the browser's words only ids,
numbers and texts are taken. What is typed is saved before anything else is done, and never over somebody else's words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Protocol

from coach.errors import CoachError
from coach.planner import DeclinedTopic, Planner, Session, request_from_answer
from coach.plans.documents import SharedLine
from coach.plans.fitting import DoesNotFit, Offer
from coach.plans.records import FORMS, SETTINGS, Form, Grounding, Plan, PlanRequest, Setting
from coach.prompts import Wording
from coach.records import Exchange, Stage
from coach.store.conversations import ConversationStore
from coach.store.plans import PlanChanged, PlanStore, StoredPlan
from coach.visits import Principal
from coach.web.plan_changes import (
    BUTTONS,
    Rules,
    Values,
    add_passage,
    change_field,
    name_passage,
    read_number,
)
from coach.web.plan_passages import PassageFinder
from coach.web.plan_view import (
    Draft,
    list_cards,
    list_near,
    name_clock,
    name_draft,
    view_passage,
    view_plan,
    view_request,
)
from coach.web.plan_wording import STEPS
from coach.web.templates import fill, fill_notice
from coach.web.transcript import say_stage

_MOST_FIELDS = 80
_LONGEST_DRAFT = 2000
_LONGEST_SEARCH = 300
ORIGIN_FIELDS = ("conversation", "exchange")


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the page that change; None leaves a part as it is."""

    plans: str | None = None
    """The person's plans."""
    notice: str | None = None
    plan: str | None = None
    """The five steps."""
    saved: str | None = None
    """What came of what was sent, which script reads as well: see templates/plan_saved.html."""


PARTS = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a window sent: which plan it shows, what was typed into it, and which button was pressed."""

    number: str = ""
    """Of the request, which the reply names."""
    plan: str = ""
    """Id; empty for a plan that is not made yet."""
    version: int = 0
    """That the window shows."""
    editor: str = ""
    """An id that the window gave itself."""
    step: str = ""
    typed: Values = field(default_factory=dict)
    """Texts that are to be saved, by the names of their fields."""
    draft: Values = field(default_factory=dict)
    """What stands in the fields of topic and setting."""
    act: str = ""
    values: Values = field(default_factory=dict)
    """Of the button."""
    draws: bool = True
    """Whether the plan is to be written anew, or only saved: nothing moves under somebody who types."""


class Sharing(Protocol):
    """What principals share with whoever plans; `coach.visits.Visits` is one."""

    def list_principals(self, person: str) -> Sequence[Principal]:
        """Who shares something with the person."""
        ...

    def read_shared(self, stored: StoredPlan) -> Sequence[SharedLine]:
        """The words that belong to a plan and were not taken back."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan after what was typed was saved."""

    stored: StoredPlan | None
    refused: tuple[str, ...] = ()
    """Names of fields whose text cannot stand."""
    trouble: str = ""
    was_masked: bool = False


@dataclass(frozen=True, slots=True)
class PlanDesk:
    """The plan page of one library, for whoever looks."""

    planner: Planner
    plans: PlanStore
    conversations: ConversationStore
    passages: PassageFinder
    wording: Wording
    """Of the plan page."""
    page_wording: Wording
    mask: Callable[[str], str]
    now: Callable[[], datetime]
    sharing: Sharing

    # --- the whole page -----------------------------------------------------------------------------------------

    def open(self, person: str, plan_id: str = "", step: str = "", origin: tuple[str, str] = ("", "")) -> Shown:
        """The page with one of the person's plans, or with a new one, perhaps from an answer: `origin` is the conversation's
        id and the ordinal. Where there is none such, that is said.
        """
        notice = ""
        stored, draft = None, Draft()
        try:
            if plan_id:
                stored = self.plans.read(person, plan_id)
            elif origin[0]:
                draft = self._draft_from(person, *origin)
        except CoachError:
            notice = fill_notice(self.wording.say("plan.no_such" if plan_id else "topic.no_answer"), trouble=True)
        sent = Sent(step=step or ("review" if stored else "topic"))
        return replace(self._show(person, sent, stored, draft), notice=notice)

    def _draft_from(self, person: str, conversation: str, exchange: str) -> Draft:
        found = self._read_exchange(person, conversation, exchange)
        values = {
            "topic": request_from_answer(found.answer, "session").topic,
            "conversation": conversation,
            "exchange": str(found.ordinal),
        }
        return Draft(values)

    def _read_exchange(self, person: str, conversation: str, exchange: str) -> Exchange:
        for one in self.conversations.read(person, conversation).exchanges:
            if str(one.ordinal) == exchange:
                return one
        raise CoachError(self.wording.say("topic.no_answer"))

    def _show(
        self,
        person: str,
        sent: Sent,
        stored: StoredPlan | None,
        draft: Draft,
        others: Sequence[Grounding] | None = None,
    ) -> Shown:
        """The whole page."""
        request = view_request(draft, stored.plan.request if stored else None, self.planner)
        step = sent.step if sent.step in STEPS and (stored or sent.step in STEPS[:2]) else "topic"
        view = None
        if stored is not None:
            gone = self.passages.list_gone(stored.plan)
            view = view_plan(stored, self.sharing.read_shared(stored), gone)
        html = fill(
            "plan",
            number=sent.number,
            step=step,
            steps=STEPS,
            view=view,
            request=request,
            principals=self.sharing.list_principals(person),
            others=[view_passage(one) for one in others] if others is not None else None,
            words=sent.values.get("words", "") or (stored.plan.request.topic if stored else ""),
            versions=self.plans.list_versions(person, stored.id) if stored else (),
            origin=self._name_origin(person, draft),
        )
        return Shown(plans=self._write_plans(person, stored), plan=html, saved=self._write_saved(sent, stored))

    def _name_origin(self, person: str, draft: Draft) -> str:
        """The question whose answer a plan is to be made of."""
        try:
            origin = draft.get("conversation"), draft.get("exchange")
            return self._read_exchange(person, *origin).question if origin[0] else ""
        except CoachError:
            return ""

    def _write_plans(self, person: str, stored: StoredPlan | None) -> str:
        cards = list_cards(self.plans.list_plans(person), self.now(), self.wording)
        return fill("plan_list", cards=cards, current=stored.id if stored else "")

    def _write_saved(self, sent: Sent, stored: StoredPlan | None, outcome: str = "shown", **more: Any) -> str:
        said = ""
        if outcome == "saved" and stored is not None:
            said = self.wording.say("saving.saved", time=name_clock(stored.saved_at, self.now()))
        return fill(
            "plan_saved",
            number=sent.number,
            plan=stored.id if stored else sent.plan,
            version=stored.version if stored else sent.version,
            outcome=outcome,
            said=said,
            refused=" ".join(more.get("refused", ())),
            focus=more.get("focus", ""),
        )

    def show_failure(self, sent: Sent, trouble: str) -> Shown:
        """That something went wrong; whatever stands in the window stays there."""
        saved = self._write_saved(sent, None, "failed")
        return Shown(notice=fill_notice(trouble, trouble=True), saved=saved)

    # --- changing -----------------------------------------------------------------------------------------------

    def handle(self, person: str, sent: Sent) -> Shown:
        """Save what was typed, then do what a button says.

        Raises:
            CoachError: the plan is not the person's, or a button asks for what cannot be.
        """
        if sent.act in ("keep_mine", "see_newer"):
            return self._resolve(person, sent)
        try:
            kept = self._save(person, sent)
        except PlanChanged as change:
            return self._show_conflict(person, sent, change)
        act = self._list_acts().get(sent.act)
        if act is None or kept.trouble:
            return self._show_kept(person, sent, kept)
        return act(person, sent, kept.stored)

    def _save(self, person: str, sent: Sent) -> _Kept:
        """The plan with what was typed and pressed, kept if anything came of it.

        Raises:
            PlanChanged: another window saved a newer version; nothing of this was kept.
        """
        if not sent.plan:
            return _Kept(None)
        stored = self.plans.read(person, sent.plan)
        changed = self._change(sent, stored.plan)
        if changed.plan != stored.plan:
            stored = self.plans.save(person, stored.id, changed.plan, sent.version, sent.editor)
        return _Kept(stored, changed.refused, changed.trouble, changed.was_masked)

    def _change(self, sent: Sent, plan: Plan) -> _Changed:
        """What was typed, field by field: one that cannot stand keeps no other from being saved. Then the button."""
        masked: list[str] = []

        def mask(text: str) -> str:
            clean = self.mask(text)
            if clean != text:
                masked.append(clean)
            return clean

        rules = Rules(self.planner.wording, mask)
        refused, troubles = [], []
        for name, text in list(sent.typed.items())[:_MOST_FIELDS]:
            try:
                plan = change_field(plan, name, text, rules)
            except CoachError as error:
                refused.append(name)
                troubles.append(str(error))
        if sent.act in BUTTONS and not troubles:
            try:
                plan = BUTTONS[sent.act](plan, sent.values, rules)
            except CoachError as error:
                troubles.append(str(error))
        elif sent.act == "add_passage" and not troubles:
            plan = self._add_passage(sent, plan, rules)
        return _Changed(plan, tuple(refused), " ".join(dict.fromkeys(troubles)), bool(masked))

    def _add_passage(self, sent: Sent, plan: Plan, rules: Rules) -> Plan:
        wanted = sent.values.get("passage", "")
        for one in self.passages.find(plan, self._read_search(sent, plan)):
            if name_passage(one) == wanted:
                return add_passage(plan, one, rules)
        raise CoachError(self.wording.say("passage.gone"))

    def _read_search(self, sent: Sent, plan: Plan) -> str:
        words = self.mask(" ".join(sent.values.get("words", "").split())[:_LONGEST_SEARCH])
        return words if any(character.isalpha() for character in words) else plan.request.topic

    def _show_kept(self, person: str, sent: Sent, kept: _Kept) -> Shown:
        """What is shown after a save: the plan anew, or only that it is saved."""
        notice = fill_notice(kept.trouble, trouble=True) if kept.trouble else ""
        if not kept.trouble and kept.was_masked:
            notice = fill_notice(self.planner.wording.say("refused.unmasked"))
        outcome = "refused" if kept.trouble else "saved"
        saved = self._write_saved(sent, kept.stored, outcome, refused=kept.refused)
        if not sent.draws or kept.stored is None:
            return Shown(plans=self._write_plans(person, kept.stored), notice=notice or None, saved=saved)
        others = None
        if sent.act in ("add_passage", "drop_passage"):
            others = self.passages.find(kept.stored.plan, self._read_search(sent, kept.stored.plan))
        shown = self._show(person, sent, kept.stored, self._read_draft(sent), others)
        return replace(shown, notice=notice, saved=saved)

    def _read_draft(self, sent: Sent) -> Draft:
        return Draft({name: text[:_LONGEST_DRAFT] for name, text in sent.draft.items() if name in Draft.names()})

    # --- two windows --------------------------------------------------------------------------------------------

    def _show_conflict(self, person: str, sent: Sent, change: PlanChanged) -> Shown:
        """Somebody else saved a newer version: nothing is written, and the window stays as it is."""
        stored = self.plans.read(person, sent.plan)
        said = self.wording.say("saving.changed", time=name_clock(stored.saved_at, self.now()), version=change.version)
        saved = self._write_saved(sent, None, "changed")
        return Shown(notice=fill("plan_conflict", text=said, number=sent.number), saved=saved)

    def _resolve(self, person: str, sent: Sent) -> Shown:
        """Keep this window's plan as a new version above the other's; or show the other's, with what was typed beside it."""
        newest = self.plans.read(person, sent.plan)
        if sent.act == "keep_mine":
            changed = self._change(
                replace(sent, act=sent.values.get("undone", "")), self._find_mine(person, sent, newest)
            )
            stored = self.plans.save(person, sent.plan, changed.plan, newest.version, "")
            said = self.wording.say("saving.kept_mine", version=stored.version, other=newest.version)
            text = " ".join(part for part in (said, changed.trouble) if part)
            shown = self._show(person, sent, stored, Draft())
            saved = self._write_saved(sent, stored, "saved", focus="heading", refused=changed.refused)
            return replace(shown, notice=fill_notice(text, trouble=bool(changed.trouble)), saved=saved)
        shown = self._show(person, sent, newest, Draft())
        notice = fill_notice(self.wording.say("saving.seen", version=newest.version))
        if sent.typed:
            texts = [text for text in sent.typed.values() if text.strip()]
            said = self.wording.say("saving.seen_typed", version=newest.version)
            notice = fill("plan_typed", text=said, texts=texts, number=sent.number)
        return replace(shown, notice=notice, saved=self._write_saved(sent, newest, "shown", focus="heading"))

    def _find_mine(self, person: str, sent: Sent, newest: StoredPlan) -> Plan:
        """The plan that a window had before it; the newest one where the other window has gone on in that version."""
        try:
            return self.plans.read(person, sent.plan, sent.version).plan
        except CoachError:
            return newest.plan

    # --- buttons ------------------------------------------------------------------------------------------------

    def _list_acts(self) -> dict[str, Callable[[str, Sent, StoredPlan | None], Shown]]:
        return {
            "open": lambda person, sent, _: self._turn_to(person, sent, sent.values.get("id", "")),
            "new": lambda person, sent, _: self._turn_to(person, sent, ""),
            "fit": self._fit,
            "find_passages": self._find_passages,
            "restore": self._restore,
            "delete": self._delete,
        }

    def _turn_to(self, person: str, sent: Sent, plan_id: str) -> Shown:
        shown = self.open(person, plan_id)
        stored = self.plans.read(person, plan_id) if plan_id and shown.notice == "" else None
        return replace(shown, saved=self._write_saved(replace(sent, plan="", version=0), stored, focus="heading"))

    def _fit(self, person: str, sent: Sent, stored: StoredPlan | None) -> Shown:
        """What fits the setting and the minutes that were chosen; `take` of an offer has been written over the fields."""
        overlay = {name: sent.values[name] for name in ("setting", "minutes", "protocol") if name in sent.values}
        draft = self._read_draft(sent)
        return replace(self._show(person, sent, stored, Draft({**draft.values, **overlay})), notice="")

    def _find_passages(self, person: str, sent: Sent, stored: StoredPlan | None) -> Shown:
        if stored is None:
            return self._turn_to(person, sent, "")
        others = self.passages.find(stored.plan, self._read_search(sent, stored.plan))
        shown = self._show(person, sent, stored, self._read_draft(sent), others)
        saved = self._write_saved(sent, stored, focus="others-heading")
        return replace(shown, notice="", saved=saved)

    def _restore(self, person: str, sent: Sent, stored: StoredPlan | None) -> Shown:
        version = read_number(sent.values.get("version", ""))
        if stored is None or version is None:
            return self._turn_to(person, sent, sent.plan)
        restored = self.plans.restore(person, stored.id, version)
        said = self.wording.say("versions.restored", version=version, newest=restored.version)
        saved = self._write_saved(sent, restored, "saved")
        return replace(self._show(person, sent, restored, Draft()), notice=fill_notice(said), saved=saved)

    def _delete(self, person: str, sent: Sent, stored: StoredPlan | None) -> Shown:
        if stored is None:
            return self._turn_to(person, sent, "")
        self.plans.delete(person, stored.id)
        notice = fill_notice(self.wording.say("review.deleted", title=stored.plan.title))
        return replace(self._turn_to(person, sent, ""), notice=notice)

    # --- making -------------------------------------------------------------------------------------------------

    def make(self, person: str, sent: Sent) -> Iterator[Shown]:
        """How far a plan has come, then the plan; what is refused is said, with what fits beside it.

        Raises:
            CoachError: the plan in whose place it is to come is not the person's.
        """
        kept = _Kept(None)
        try:
            kept = self._save(person, replace(sent, act=""))
        except PlanChanged as change:
            yield self._show_conflict(person, sent, change)
            return
        before = kept.stored
        draft = self._read_draft(sent)
        request = read_request(draft, before.plan.request if before else None)
        try:
            session = self._find_session(person, draft, before)
            for step in self.planner.plan_in_stages(request, session):
                if isinstance(step, Stage):
                    yield Shown(notice=fill("plan_progress", text=self._say_stage(step)))
                else:
                    yield self._show_made(person, sent, step, before)
        except (DoesNotFit, DeclinedTopic) as refusal:
            near = list_near(request, self.planner) if isinstance(refusal, DoesNotFit) else ()
            yield self._show_refused(sent, str(refusal), near)
        except CoachError as error:
            yield self._show_refused(sent, str(error), ())

    def _say_stage(self, stage: Stage) -> str:
        return say_stage(stage, len(self.planner.store.list_states()), self.page_wording)

    def _find_session(self, person: str, draft: Draft, before: StoredPlan | None) -> Session:
        if before is not None:
            return Session(origin=before.plan.origin, before=before.plan)
        conversation = draft.get("conversation")
        if not conversation:
            return Session()
        exchange = self._read_exchange(person, conversation, draft.get("exchange"))
        return Session(origin=conversation, answer=exchange.answer)

    def _show_made(self, person: str, sent: Sent, plan: Plan, before: StoredPlan | None) -> Shown:
        if before is None:
            stored = self.plans.add(person, plan, sent.editor)
        else:
            # A version of its own, so that the one before can be brought back.
            stored = self.plans.save(person, before.id, plan, before.version, "")
        step = "review" if plan.request.form == "visit_prep" else "passages"
        shown = self._show(person, replace(sent, step=step, values={}), stored, Draft())
        said = self.wording.say("plan.made_masked" if plan.masked else "plan.made", title=plan.title)
        saved = self._write_saved(sent, stored, "made", focus="heading")
        return replace(shown, notice=fill_notice(said), saved=saved)

    def _show_refused(self, sent: Sent, trouble: str, near: Sequence[Offer]) -> Shown:
        notice = fill("plan_refused", text=trouble, near=near, number=sent.number)
        return Shown(notice=notice, saved=self._write_saved(sent, None, "refused"))

    def make_visit_prep(self, person: str, conversation: str, ordinal: int) -> str:
        """Make the one page for a visit from an answer of the person's, and keep it; its id.

        Raises:
            CoachError: the answer is not the person's, or no plan can be made of it.
        """
        answer = self._read_exchange(person, conversation, str(ordinal)).answer
        session = Session(origin=conversation, answer=answer)
        plan = self.planner.plan(request_from_answer(answer, "visit_prep"), session)
        return self.plans.add(person, plan).id


@dataclass(frozen=True, slots=True)
class _Changed:
    """A plan with what was typed and pressed, and what could not be."""

    plan: Plan
    refused: tuple[str, ...]
    trouble: str
    was_masked: bool


def read_request(draft: Draft, before: PlanRequest | None) -> PlanRequest:
    """What a plan is asked for, from the fields; what is none of ours is left at the default. Nothing is refused here."""
    values = {**name_draft(before), **draft.values}
    setting: Setting = next((one for one in SETTINGS if one == values.get("setting")), "network_meeting")
    form: Form = next((one for one in FORMS if one == values.get("form")), "session")
    texts = {
        name: " ".join(values.get(name, "").split())
        for name in ("topic", "participants", "brings", "goal", "protocol", "day", "start", "place", "principal")
    }
    minutes = read_number(values.get("minutes", ""))
    texts["start"] = texts["start"].zfill(5) if texts["start"] else ""
    return PlanRequest(setting=setting, form=form, minutes=minutes if minutes is not None else 0, **texts)
