"""Kept plans: versions, nothing overwritten, nobody else's, and gone when deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coach.errors import CoachError
from coach.plans.records import Line, Plan
from coach.records import LOCAL_PERSON
from coach.store import plans as module
from coach.store.plans import MOST_VERSIONS, PlanChanged, PlanStore, Visit
from coach.store.store import Store
from tests.conftest import OTHER
from tests.plan_examples import make_plan, make_visit_prep


@pytest.fixture
def plans(store: Store) -> PlanStore:
    return PlanStore(store)


def reword(plan: Plan, words: str) -> Plan:
    return replace(plan, purpose=Line(words, "person"))


def test_a_plan_is_kept_and_read_as_it_was(plans: PlanStore) -> None:
    plan = make_plan()
    made = plans.add(LOCAL_PERSON, plan)
    assert plans.read(LOCAL_PERSON, made.id) == made and made.plan == plan and made.version == 1
    (card,) = plans.list_plans(LOCAL_PERSON)
    assert (card.id, card.title, card.form, card.version) == (made.id, plan.title, "session", 1)
    assert plans.find(LOCAL_PERSON, made.id[:6]) == made.id


def test_another_persons_plan_is_like_none(plans: PlanStore) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    assert plans.list_plans(OTHER) == ()
    for act in (
        lambda: plans.read(OTHER, made.id), lambda: plans.find(OTHER, made.id), lambda: plans.delete(OTHER, made.id),
        lambda: plans.list_versions(OTHER, made.id), lambda: plans.restore(OTHER, made.id, 1),
        lambda: plans.save(OTHER, made.id, made.plan, 1),
    ):  # fmt: skip
        with pytest.raises(CoachError, match="no plan"):
            act()
    assert plans.read(LOCAL_PERSON, made.id) == made


def test_what_one_window_writes_is_one_version_for_a_while(plans: PlanStore, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    clock = iter(f"2026-11-22T10:{minute:02}:00.000000+00:00" for minute in (0, 1, 2, 20, 21, 22))
    monkeypatch.setattr(module, "read_clock", lambda: next(clock))
    versions = [
        plans.save(LOCAL_PERSON, made.id, reword(made.plan, words), based_on, editor).version
        for words, based_on, editor in (
            ("one", 1, "a"), ("two", 2, "a"), ("three", 3, "b"), ("four", 4, "b"), ("five", 5, ""), ("five", 6, ""),
        )
    ]  # fmt: skip
    # A second minute goes on; another window, a long pause and no window at all do not; the same words are no change.
    assert versions == [2, 3, 4, 5, 6, 6]
    assert [one.version for one in plans.list_versions(LOCAL_PERSON, made.id)] == [6, 5, 4, 3, 1]
    assert plans.read(LOCAL_PERSON, made.id, 3).plan.purpose.text == "two"
    assert plans.read(LOCAL_PERSON, made.id, 1) == replace(made, saved_at=made.saved_at)


def test_what_goes_on_in_one_window_is_noticed_by_another(plans: PlanStore) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    read = plans.save(LOCAL_PERSON, made.id, reword(made.plan, "theirs"), 1, "a")
    plans.save(LOCAL_PERSON, made.id, reword(made.plan, "theirs, and more"), read.version, "a")
    with pytest.raises(PlanChanged):
        plans.save(LOCAL_PERSON, made.id, reword(made.plan, "mine"), read.version, "b")


def test_nothing_is_overwritten_when_two_write(plans: PlanStore) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    theirs = plans.save(LOCAL_PERSON, made.id, reword(made.plan, "theirs"), 1, "a")
    with pytest.raises(PlanChanged, match=r"changed elsewhere at \d\d:\d\d \(version 2\). Nothing was overwritten"):
        plans.save(LOCAL_PERSON, made.id, reword(made.plan, "mine"), 1, "b")
    assert plans.read(LOCAL_PERSON, made.id) == theirs
    mine = plans.save(LOCAL_PERSON, made.id, reword(made.plan, "mine"), 2, "b")
    assert mine.version == 3 and plans.read(LOCAL_PERSON, made.id, 2).plan.purpose.text == "theirs"


def test_an_earlier_version_is_brought_back_as_a_new_one(plans: PlanStore) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    plans.save(LOCAL_PERSON, made.id, reword(made.plan, "other"), 1)
    restored = plans.restore(LOCAL_PERSON, made.id, 1)
    assert restored.version == 3 and restored.plan == made.plan
    assert plans.list_versions(LOCAL_PERSON, made.id)[0].note == "restored"
    with pytest.raises(CoachError, match="no version 9"):
        plans.restore(LOCAL_PERSON, made.id, 9)


def test_a_plan_keeps_its_newest_versions(plans: PlanStore) -> None:
    made = plans.add(LOCAL_PERSON, make_plan())
    for number in range(1, MOST_VERSIONS + 5):
        plans.save(LOCAL_PERSON, made.id, reword(made.plan, f"words {number}"), number)
    kept = plans.list_versions(LOCAL_PERSON, made.id)
    assert len(kept) == MOST_VERSIONS and kept[0].version == MOST_VERSIONS + 5


def test_a_deleted_plan_is_in_no_byte(plans: PlanStore, store: Store) -> None:
    secret = "a purpose about the blue heron"
    made = plans.add(LOCAL_PERSON, reword(make_plan(), secret))
    plans.save(LOCAL_PERSON, made.id, reword(made.plan, "something else"), 1)
    assert secret.encode() in read_bytes(store.path.parent)
    assert plans.delete(LOCAL_PERSON, made.id)
    assert secret.encode() not in read_bytes(store.path.parent)
    with pytest.raises(CoachError):
        plans.read(LOCAL_PERSON, made.id)


def read_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_visits_to_one_principal_are_known_in_order(plans: PlanStore) -> None:
    visit = make_visit_prep()
    to_other = replace(visit, request=replace(visit.request, principal=OTHER))
    assert plans.list_visits(LOCAL_PERSON, OTHER) == ()
    made = [plans.add(LOCAL_PERSON, to_other) for _ in range(3)]
    day = visit.request.day
    assert plans.list_visits(LOCAL_PERSON, OTHER) == tuple(Visit(one.made_at, day) for one in made)
    plan = replace(to_other, request=replace(to_other.request, day=""))
    undated = plans.add(LOCAL_PERSON, plan)
    assert plans.list_visits(LOCAL_PERSON, OTHER)[-1] == Visit(undated.made_at, undated.made_at[:10])
    assert plans.list_visits(OTHER, OTHER) == ()


class PlanHistory(RuleBasedStateMachine):
    """Whatever two windows do, each version reads as it was saved, and none is lost to the other."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(self.folder / str(id(self)))
        self.plans = PlanStore(self.store)
        self.base = make_plan()
        self.id = self.plans.add(LOCAL_PERSON, self.base).id
        self.known = {"a": 1, "b": 1}
        self.newest = (1, self.base.purpose.text)
        self.words = 0

    @rule(window=st.sampled_from(["a", "b"]))
    def load(self, window: str) -> None:
        self.known[window] = self.plans.read(LOCAL_PERSON, self.id).version

    @rule(window=st.sampled_from(["a", "b"]))
    def write(self, window: str) -> None:
        self.words += 1
        plan = reword(self.base, f"words {self.words}")
        if self.known[window] != self.newest[0]:
            with pytest.raises(PlanChanged):
                self.plans.save(LOCAL_PERSON, self.id, plan, self.known[window], window)
            return
        saved = self.plans.save(LOCAL_PERSON, self.id, plan, self.known[window], window)
        self.known[window] = saved.version
        self.newest = (saved.version, plan.purpose.text)

    @precondition(lambda self: self.newest[0] > 1)
    @rule()
    def restore(self) -> None:
        saved = self.plans.restore(LOCAL_PERSON, self.id, 1)
        self.newest = (saved.version, self.base.purpose.text)

    @invariant()
    def the_newest_is_what_was_saved_last(self) -> None:
        read = self.plans.read(LOCAL_PERSON, self.id)
        assert (read.version, read.plan.purpose.text) == self.newest
        assert self.plans.read(LOCAL_PERSON, self.id, 1).plan == self.base

    def teardown(self) -> None:
        self.store.close()


@pytest.mark.slow
def test_two_windows_lose_nothing(tmp_path: Path) -> None:
    PlanHistory.folder = tmp_path
    PlanHistory.TestCase.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
    case = PlanHistory.TestCase("runTest")
    case.runTest()
