"""Visits: what a principal shared stands in the supervisor's plan while they share it, carries over, and nothing else crosses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from coach.commitments import CommitmentDraft
from coach.errors import CoachError
from coach.plans.document_wording import load_document_wording
from coach.plans.markdown import write_plan_markdown
from coach.records import Manner, Person
from coach.rendering import answer_to_object
from coach.sharing import load_sharing_wording
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.people import PeopleStore
from coach.store.plans import PlanStore, StoredPlan
from coach.store.sharing import SharingStore
from coach.store.store import Store
from coach.visits import Visits
from tests.plan_examples import make_visit_prep
from tests.test_chat import make_answer

MAP = "Map who leads. First step: Draw a map."


class School:
    """A principal, two supervisors, and what is between them."""

    def __init__(self, store: Store) -> None:
        people = PeopleStore(store)
        self.dana = people.add("Dana Whitfield", ["principal"])
        self.rivera = people.add("Sam Rivera", ["central_office"])
        self.other = people.add("Jo Park", ["central_office"])
        self.plans = PlanStore(store)
        self.sharing = SharingStore(store, str)
        self.commitments = CommitmentStore(store, str)
        self.conversations = ConversationStore(store)
        self.visits = Visits(self.plans, self.sharing, people, load_sharing_wording())

    def promise(self, action: str) -> str:
        draft = CommitmentDraft(action, "2026-12-04", evidence="two lists", goal="a goal that stays mine")
        return self.commitments.add(self.dana.id, draft).id

    def prepare(self, supervisor: Person | None = None, day: date | None = None) -> StoredPlan:
        visit = make_visit_prep()
        request = replace(visit.request, principal=self.dana.id, day=day.isoformat() if day else "")
        visit = replace(visit, request=request)
        return self.plans.add((supervisor or self.rivera).id, visit)

    def read(self, stored: StoredPlan) -> list[str]:
        return [one.text for one in self.visits.read_shared(stored)]


@pytest.fixture
def school(store: Store) -> School:
    return School(store)


def test_what_is_shared_stands_in_the_next_visit_with_who_and_when(school: School) -> None:
    school.sharing.share_commitment(school.dana.id, school.rivera.id, school.promise("ask two teachers"))
    (line,) = school.visits.read_shared(school.prepare())
    assert line.text.startswith("By Friday 4 December 2026 I will ask two teachers") and line.who == "Dana Whitfield"
    assert line.day.endswith("2026")
    text = write_plan_markdown(school.prepare().plan, (line,), load_document_wording())
    assert "ask two teachers" in text and "Dana Whitfield" in text


def test_a_commitment_of_last_time_carries_over_and_comes_first(school: School) -> None:
    yesterday, today = (datetime.now(UTC).date() - timedelta(days=days) for days in (1, 0))
    school.sharing.share_practice(school.dana.id, school.rivera.id, "map", "Map who leads", "Draw a map.")
    first = school.prepare(day=today)
    # Made at the visit itself, which was planned before it.
    school.sharing.share_commitment(school.dana.id, school.rivera.id, school.promise("ask two teachers"))
    second = school.prepare(day=today + timedelta(days=14))
    (line,) = (one for one in school.read(second) if "ask two teachers" in one)
    assert line.startswith("From last time: By Friday 4 December 2026 I will")
    school.sharing.share_commitment(school.dana.id, school.rivera.id, school.promise("visit one room"))
    # What came after the next visit was planned is no part of this one.
    assert not any("visit one room" in one for one in school.read(first))
    assert school.read(first) == ["By Friday 4 December 2026 I will ask two teachers; I will know by two lists.", MAP]
    other = school.prepare(school.other, day=yesterday)
    assert school.read(other) == []


def test_what_is_new_since_the_last_visit_is_not_said_to_be_old(school: School) -> None:
    school.prepare(day=datetime.now(UTC).date() - timedelta(days=14))
    school.sharing.share_commitment(school.dana.id, school.rivera.id, school.promise("visit one room"))
    (line,) = school.read(school.prepare())
    assert not line.startswith("From last time")


def test_what_is_taken_back_or_deleted_is_gone_from_every_plan(school: School) -> None:
    kept, dropped = school.promise("ask two teachers"), school.promise("visit one room")
    shared = school.sharing.share_commitment(school.dana.id, school.rivera.id, kept)
    school.sharing.share_commitment(school.dana.id, school.rivera.id, dropped)
    visit = school.prepare()
    assert len(school.read(visit)) == 2
    school.sharing.take_back(school.dana.id, shared.id)
    assert len(school.read(visit)) == 1
    school.commitments.delete(school.dana.id, dropped)
    assert school.read(visit) == []


def test_nothing_else_crosses(school: School) -> None:
    question = "How do I share leadership?"
    talk = school.conversations.start(school.dana.id, Manner(), question)
    school.conversations.append(school.dana.id, talk.id, question, answer_to_object(make_answer(question)), None)
    promise = school.promise("ask two teachers")
    school.sharing.share_question(school.dana.id, school.rivera.id, talk.id, 0)
    school.sharing.share_commitment(school.dana.id, school.rivera.id, promise)
    school.commitments.close(school.dana.id, promise, "dropped", "I was afraid to ask.")
    said = " ".join(school.read(school.prepare()))
    assert question in said
    for secret in ("afraid", "dropped", "a goal that stays mine", talk.id, promise):
        assert secret not in said
    assert school.read(school.prepare(school.other)) == []
    with pytest.raises(CoachError):
        school.conversations.read(school.rivera.id, talk.id)


def test_a_principal_is_found_by_name(school: School) -> None:
    assert school.visits.find_principal(school.rivera.id, "dana") == school.dana.id
    assert [one.name for one in school.visits.list_principals(school.rivera.id)] == ["Dana Whitfield", "Other"]
    assert [one.name for one in school.visits.list_principals(school.dana.id)] == ["Other"], "nobody visits themself"
    with pytest.raises(CoachError, match="none of the principals here: Dana Whitfield"):
        school.visits.find_principal(school.rivera.id, "Kim")


def test_two_plans_for_one_day_are_one_visit(school: School) -> None:
    school.sharing.share_practice(school.dana.id, school.rivera.id, "map", "Map who leads", "Draw a map.")
    day = datetime.now(UTC).date() + timedelta(days=3)
    drafts = [school.prepare(day=day), school.prepare(day=day)]
    assert [school.read(draft) for draft in drafts] == [[MAP], [MAP]]


def test_a_plan_without_a_principal_shows_nothing(school: School) -> None:
    school.sharing.share_practice(school.dana.id, school.rivera.id, "map", "Map who leads", "Draw a map.")
    visit = make_visit_prep()
    alone = school.plans.add(school.rivera.id, replace(visit, request=replace(visit.request, principal="")))
    assert school.read(alone) == []
