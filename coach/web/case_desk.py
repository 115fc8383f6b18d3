"""What happens when a trainer makes a test case of an answer, and looks through what people found wanting: HTML out.

No Gradio here, and no page: case_routes.py binds these to addresses, so that the forms work wherever they stand. Everything is
loaded from the store as its owner's, or as what its owner lets trainers see; of the browser's words only ids and texts are
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coach.due_dates import name_day
from coach.errors import CoachError
from coach.evaluation.cases import CaseForm, complete_case, draft_case, draft_review_case, find_standing
from coach.evaluation.records import EvaluationItem, EvaluationSet
from coach.evaluation.review import ReviewEntry
from coach.evaluation.sheets.masking_items import mask_item
from coach.evaluation.values import are_equal
from coach.prompts import Wording
from coach.records import ROLES, Outcome
from coach.store.conversations import ConversationStore
from coach.store.evaluations import EvaluationStore, SetCard, SetChanged
from coach.store.feedback import FeedbackStore
from coach.store.people import PeopleStore
from coach.web.exchange_view import Piece, view_answer
from coach.web.templates import fill

LONGEST_FIELD = 4000
TEXTS = ("question", "must_mention", "must_not_say", "ideal", "type", "topic", "set_name")
_TRIES = 3
Values = Mapping[str, Sequence[str]]
"""What a form sent: for each name every value."""


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case before a trainer said anything of it."""

    item: EvaluationItem
    standing: str = ""
    """The question as it stands alone, where the conversation's own wording leans on what came before."""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An answer of the review list as it is read."""

    id: str
    conversation: str
    ordinal: int
    question: str
    reasons: tuple[str, ...]
    """Names of wordings."""
    comment: str
    day: str
    is_own: bool
    is_shared: bool
    pieces: tuple[Piece, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """Cases and reviews of one library, for whoever works as a trainer there."""

    people: PeopleStore
    conversations: ConversationStore
    feedback: FeedbackStore
    sets: EvaluationStore
    wording: Wording
    """Of the pages."""
    mask: Callable[[str], str]
    now: Callable[[], datetime]

    def is_for(self, person: str) -> bool:
        """Whether a person makes cases."""
        return any(one.id == person for one in self.people.list_people("trainer"))

    # --- a case ---------------------------------------------------------------------------------------------------

    def write_form(self, person: str, conversation_id: str, ordinal: int) -> str:
        """The form for an answer of the person's own, or one that its owner lets trainers see.

        Raises:
            CoachError: there is none, or the person is no trainer.
        """
        draft = self._draft(person, conversation_id, ordinal)
        cards = [one for one in self.sets.list_sets() if one.locked_at is None]
        usual = self.wording.say("case.usual_set")
        return fill(
            "case_form",
            draft=draft,
            id=f"case-{conversation_id[:8]}-{ordinal}",
            address=f"/cases/{conversation_id}/{ordinal}",
            sets=cards,
            chosen=next((one.id for one in cards if one.name == usual), ""),
            new_name=self._name_new(usual),
            roles=ROLES,
            outcomes=[one.value for one in Outcome],
            longest=LONGEST_FIELD,
        )

    def save(self, person: str, conversation_id: str, ordinal: int, values: Values) -> str:
        """Keep a case, and tell where it is.

        Raises:
            CoachError: something is missing or too long, the case is there already, or as `write_form`.
        """
        draft = self._draft(person, conversation_id, ordinal)
        form = self._read_form(draft, values)
        owner = self.people.read(person).name
        kept, item = self._keep(person, values, lambda taken: self._complete(draft, form, taken, owner))
        said = self.wording.say("case.saved", set=kept.name, version=kept.version, id=item.id)
        return fill("case_saved", said=said)

    def _complete(
        self, draft: CaseDraft, form: CaseForm, taken: Sequence[EvaluationItem], owner: str
    ) -> EvaluationItem:
        item = complete_case(draft.item, form, taken, owner)
        # The documents' own words stay as they are: masked they could not be found again.
        masked, _ = mask_item(replace(item, sources=(), question=self.mask(item.question)), self.mask)
        masked = replace(masked, sources=item.sources, id=item.id)
        same = next((one for one in taken if are_equal(one, masked)), None)
        if same is not None:
            raise CoachError(self.wording.say("case.there_already", id=same.id))
        return masked

    def _keep(
        self, person: str, values: Values, complete: Callable[[Sequence[EvaluationItem]], EvaluationItem]
    ) -> tuple[EvaluationSet, EvaluationItem]:
        set_id = _first(values, "set")
        if not set_id:
            name = self._read_text(values, "set_name")
            known = next((one for one in self.sets.list_sets() if one.name == name), None)
            if known is None:
                item = complete(())
                return self.sets.add_set(person, name, (item,)), item
            set_id = self._require_open(known)
        for _ in range(_TRIES):
            asked = self.sets.read_set(set_id)
            if asked.locked_at is not None:
                raise CoachError(self.wording.say("case.locked", set=asked.name))
            item = complete(asked.items)
            try:
                return self.sets.save_items(
                    asked, (*asked.items, item), self.sets.read_problems(set_id, asked.version)
                ), item
            except SetChanged as error:
                trouble = error
        raise trouble

    def _require_open(self, card: SetCard) -> str:
        if card.locked_at is not None:
            raise CoachError(self.wording.say("case.locked", set=card.name))
        return card.id

    def _draft(self, person: str, conversation_id: str, ordinal: int) -> CaseDraft:
        if not self.is_for(person):
            raise CoachError(self.wording.say("case.not_yours"))
        try:
            exchanges = self.conversations.read(person, conversation_id).exchanges
        except CoachError:
            entry = self.feedback.read_for_review(person, conversation_id, ordinal)
            return CaseDraft(draft_review_case(entry))
        found = next((one for one in exchanges if one.ordinal == ordinal), None)
        if found is None:
            raise CoachError(self.wording.say("answer.no_such"))
        before = [one for one in exchanges if one.ordinal < ordinal]
        return CaseDraft(draft_case(before, found), find_standing(found) if before else "")

    def _read_form(self, draft: CaseDraft, values: Values) -> CaseForm:
        texts = {name: self._read_text(values, name) for name in TEXTS}
        if not any(character.isalnum() for character in texts["question"]):
            raise CoachError(self.wording.say("case.no_question"))
        ticked = set(values.get("source", ()))
        return CaseForm(
            question=texts["question"],
            role=next((role for role in ROLES if role == _first(values, "role")), draft.item.role),
            keeps_history=_first(values, "history") == "yes",
            outcomes=tuple(one for one in Outcome if one.value in values.get("outcome", ())),
            sources=frozenset(place for place in range(len(draft.item.sources)) if str(place) in ticked),
            must_mention=texts["must_mention"],
            must_not_say=texts["must_not_say"],
            ideal=texts["ideal"],
            type=texts["type"],
            topic=texts["topic"],
        )

    def _read_text(self, values: Values, name: str) -> str:
        text = _first(values, name).replace("\r\n", "\n").strip()
        if len(text) > LONGEST_FIELD:
            raise CoachError(
                self.wording.say("case.too_long", field=self.wording.say(f"case.{name}"), most=LONGEST_FIELD)
            )
        return text

    def _name_new(self, usual: str) -> str:
        """A name that no set has: the usual one is taken where its newest version is locked."""
        names = {one.name for one in self.sets.list_sets()}
        number = 2
        name = usual
        while name in names:
            name, number = f"{usual} {number}", number + 1
        return name

    # --- what people found wanting --------------------------------------------------------------------------------

    def write_review(self, person: str) -> tuple[str, ...]:
        """Sections of what waits for a person's review, as HTML: answers, and counts of those that nobody shows.

        Nothing where there is nothing.
        """
        entries = self.feedback.list_for_review(person)
        counts = self.feedback.review_counts(person)
        sections = []
        if entries:
            views = [self._view_entry(one) for one in entries]
            sections.append(fill("review_list", entries=views, makes_cases=self.is_for(person)))
        if counts:
            sections.append(fill("review_counts", counts=counts))
        return tuple(sections)

    def mark_reviewed(self, person: str, conversation_id: str, ordinal: int, values: Values) -> str:
        """Take an answer off the list, or put it back, and say so.

        Raises:
            CoachError: there is none that the person may see.
        """
        done = _first(values, "done") != "no"
        self.feedback.mark_reviewed(person, conversation_id, ordinal, reviewed=done)
        return fill("review_done", done=done, address=f"/reviews/{conversation_id}/{ordinal}")

    def _view_entry(self, entry: ReviewEntry) -> ReviewView:
        day = datetime.fromisoformat(entry.given_at).astimezone(self.now().tzinfo).date()
        return ReviewView(
            id=f"review-{entry.conversation_id[:8]}-{entry.ordinal}",
            conversation=entry.conversation_id,
            ordinal=entry.ordinal,
            question=entry.question,
            reasons=tuple(f"judged.{reason}" for reason in entry.reasons),
            comment=entry.comment,
            day=name_day(day),
            is_own=entry.is_own,
            is_shared=entry.is_shared,
            pieces=view_answer(entry.answer),
            outcome=str(entry.answer.get("outcome") or "answered"),
        )


def _first(values: Values, name: str) -> str:
    return next(iter(values.get(name, ())), "")
