"""The review list: whose answers a trainer sees, what of them, and what is only counted."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from coach.errors import CoachError
from coach.evaluation.review import (
    LEAST_PEOPLE,
    REVIEW_REASONS,
    Judgement,
    ReviewReason,
    choose_parts,
    count_reasons,
    find_reasons,
)
from coach.records import LOCAL_PERSON, Manner
from coach.store import tables
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.feedback import Feedback, FeedbackStore
from coach.store.store import Store
from tests.conftest import OTHER

TRAINER = LOCAL_PERSON  # who has every role
SECRET = "zanzibarine-quokka"
ANSWER = {
    "outcome": "answered",
    "search_question": "What is a learning walk?",
    "statements": [{"text": "A visit.", "kind": "notice", "origin": "written"}],
    "sent": [{"messages": [{"role": "user", "text": f"earlier: {SECRET}"}]}],
    "receipt": {"model": SECRET},
}


class Scene:
    """Feedback of several people."""

    def __init__(self, store: Store) -> None:
        self.engine = store.engine
        self.conversations = ConversationStore(store)
        self.feedback = FeedbackStore(store, lambda text: text.replace("Tamika", "[student]"))

    def judge(self, person: str, feedback: Feedback, question: str = "What is it?") -> str:
        """A conversation of two exchanges, the second of which is judged; its id."""
        made = self.conversations.start(person, Manner("trainer"), "Walks")
        self.conversations.append(person, made.id, f"{SECRET}?", ANSWER)
        self.conversations.append(person, made.id, question, ANSWER)
        self.feedback.put(person, made.id, 1, feedback)
        return made.id

    def add(self, person: str, *roles: str) -> str:
        with writing(self.engine) as connection:
            values = {"id": person, "name": person, "roles": roles or ["principal"], "created_at": "2026"}
            connection.execute(insert(tables.people).values(values))
        return person


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


def test_a_trainer_sees_what_others_show_and_nothing_before_it(scene: Scene) -> None:
    shown = scene.judge(OTHER, Feedback(False, {"evidence": False}, "Tamika?", for_review=True))
    scene.judge(OTHER, Feedback(False))
    (entry,) = scene.feedback.list_for_review(TRAINER)
    assert (entry.conversation_id, entry.ordinal, entry.is_own, entry.is_shared) == (shown, 1, False, True)
    assert entry.reasons == ("disliked", "evidence") and entry.comment == "[student]?"
    assert entry.stands_alone == "What is a learning walk?" and SECRET not in repr(entry)


def test_a_person_sees_their_own_and_nobody_elses(scene: Scene) -> None:
    own = scene.judge(OTHER, Feedback(False))
    scene.judge(TRAINER, Feedback(False, for_review=True))
    (entry,) = scene.feedback.list_for_review(OTHER)
    assert entry.conversation_id == own and entry.is_own and not entry.is_shared
    assert scene.feedback.review_counts(OTHER) == ()


def test_praise_is_no_case_for_review(scene: Scene) -> None:
    kept = scene.judge(TRAINER, Feedback(True, {"correct": True}, for_review=True))
    assert scene.feedback.list_for_review(TRAINER) == ()
    with pytest.raises(CoachError, match="not on the list"):
        scene.feedback.read_for_review(TRAINER, kept, 1)


def test_taking_the_tick_back_takes_it_off_the_list(scene: Scene) -> None:
    shown = scene.judge(OTHER, Feedback(False, for_review=True))
    assert scene.feedback.read_for_review(TRAINER, shown, 1).question == "What is it?"
    scene.feedback.put(OTHER, shown, 1, Feedback(False))
    assert scene.feedback.list_for_review(TRAINER) == ()
    for act in (scene.feedback.read_for_review, scene.feedback.mark_reviewed):
        with pytest.raises(CoachError, match="took it back"):
            act(TRAINER, shown, 1)


def test_what_is_gone_is_on_no_list(scene: Scene) -> None:
    deleted, discarded, edited = (scene.judge(OTHER, Feedback(False, for_review=True)) for _ in range(3))
    scene.conversations.delete(OTHER, deleted)
    scene.conversations.discard(OTHER, discarded)
    scene.conversations.append(OTHER, edited, "Otherwise?", ANSWER, replaces=1)
    assert scene.feedback.list_for_review(TRAINER) == ()
    scene.conversations.restore(OTHER, discarded)
    assert [one.conversation_id for one in scene.feedback.list_for_review(TRAINER)] == [discarded]


def test_what_is_done_with_is_off_the_list_until_it_is_judged_anew(scene: Scene) -> None:
    shown = scene.judge(OTHER, Feedback(False, for_review=True))
    scene.feedback.mark_reviewed(TRAINER, shown, 1)
    assert scene.feedback.list_for_review(TRAINER) == ()
    (done,) = scene.feedback.list_for_review(TRAINER, reviewed=True)
    assert done.reviewed_at
    scene.feedback.mark_reviewed(TRAINER, shown, 1, reviewed=False)
    assert len(scene.feedback.list_for_review(TRAINER)) == 1
    scene.feedback.mark_reviewed(TRAINER, shown, 1)
    scene.feedback.put(OTHER, shown, 1, Feedback(False, {"correct": False}, for_review=True))
    assert len(scene.feedback.list_for_review(TRAINER)) == 1


def test_who_is_no_trainer_marks_only_their_own(scene: Scene) -> None:
    theirs = scene.judge(TRAINER, Feedback(False, for_review=True))
    with pytest.raises(CoachError, match="not on the list"):
        scene.feedback.mark_reviewed(OTHER, theirs, 1)
    own = scene.judge(OTHER, Feedback(False))
    scene.feedback.mark_reviewed(OTHER, own, 1)
    assert scene.feedback.list_for_review(OTHER) == ()


def test_what_is_not_shown_is_counted_from_three_people_on(scene: Scene) -> None:
    people = [scene.add(name) for name in ("ada", "ben")]
    for person in (*people, *people, TRAINER):
        scene.judge(person, Feedback(False))
    assert scene.feedback.review_counts(TRAINER) == ()  # of two others; one's own counts for nothing
    scene.judge(OTHER, Feedback(False, {"evidence": False}))
    (count,) = scene.feedback.review_counts(TRAINER)
    assert (count.reason, count.at_least) == ("disliked", 5)  # five it is; the evidence is one person's


judgements = st.builds(
    Judgement,
    st.sampled_from("abcdef"),
    st.lists(st.sampled_from(REVIEW_REASONS), unique=True).map(tuple),
)


@given(st.lists(judgements, max_size=40))
def test_no_count_is_of_few_people_and_none_is_exact(given: list[Judgement]) -> None:
    for count in count_reasons(given):
        people = [one.person for one in given if count.reason in one.reasons]
        assert len(set(people)) >= LEAST_PEOPLE and LEAST_PEOPLE <= count.at_least <= len(people)
    shown: Counter[ReviewReason] = Counter(one.reason for one in count_reasons(given))
    assert all(times == 1 for times in shown.values())


def test_a_thumb_up_does_not_outweigh_what_is_wrong() -> None:
    assert find_reasons(True, {"correct": False}) == ("incorrect",)
    assert find_reasons(None, {"helpful": False, "evidence": False}) == ("evidence", "unhelpful")
    assert find_reasons(True, {}) == find_reasons(None, {"correct": True}) == ()


def test_only_what_a_reader_saw_of_an_answer_is_shown() -> None:
    assert choose_parts({**ANSWER, "question": SECRET, "unknown": SECRET}).keys() == {
        "outcome",
        "search_question",
        "statements",
    }
