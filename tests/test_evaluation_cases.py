"""From a conversation to a test case: what is prefilled, what is kept, and that nobody else's conversation is reached."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from starlette.testclient import TestClient

from coach.errors import CoachError
from coach.evaluation.cases import (
    CaseForm,
    choose_id,
    complete_case,
    draft_case,
    draft_review_case,
    find_standing,
)
from coach.evaluation.records import EvaluationItem, HistoryTurn, SourceWords
from coach.evaluation.review import ReviewEntry
from coach.records import LOCAL_PERSON, Exchange, Manner, Outcome
from coach.store import tables
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.evaluations import EvaluationStore
from coach.store.feedback import Feedback, FeedbackStore
from coach.store.people import PeopleStore
from coach.store.store import Store
from coach.web.case_desk import CaseDesk
from coach.web.case_routes import build_router
from coach.web.wording import load_page_wording
from tests.conftest import OTHER
from tests.fragments import find_all, read_text
from tests.test_chat import STORED

TRAINER = LOCAL_PERSON  # who has every role
HOSTILE = "</textarea><script>alert('x')</script> <img src=x onerror=alert(1)> {{ 7*7 }}"
QUOTE = STORED["citations"][0]["quote"]
SENT: dict[str, list[str]] = {
    "question": ["What helps?"],
    "role": ["central_office"],
    "history": ["yes"],
    "outcome": ["answered", "partial"],
    "source": ["0"],
    "must_mention": ["one focus / a single focus\nagree"],
    "must_not_say": ["raises scores"],
    "ideal": ["Agree on one focus with Tamika."],
    "type": ["practice"],
    "topic": ["walks"],
    "set": [""],
    "set_name": ["From conversations"],
}


def make_exchange(question: str, ordinal: int = 0, **parts: Any) -> Exchange:
    return Exchange(ordinal, question, {**STORED, "role": "trainer", **parts}, "2026-11-22T09:00:00+00:00")


# --- pure ---------------------------------------------------------------------------------------------------------


def test_a_case_begins_with_what_came() -> None:
    item = draft_case([make_exchange("First?")], make_exchange("And then?", 1))
    assert (item.question, item.role, item.outcomes) == ("And then?", "trainer", (Outcome.CLARIFY,))
    assert item.history == (HistoryTurn("user", "First?"),)
    citation = STORED["citations"][0]
    assert item.sources == ((SourceWords(QUOTE, citation["document"], citation["label"]),),)
    assert find_standing(make_exchange("And then?")) == "What helps a walk?"
    assert find_standing(make_exchange("What helps a walk?")) == ""


def test_words_that_are_quoted_twice_are_one_source() -> None:
    twice = make_exchange("What?", citations=STORED["citations"] * 2)
    assert len(draft_case([], twice).sources) == 1


def test_an_older_answer_makes_a_case_too() -> None:
    item = draft_case([], Exchange(0, "What?", {"outcome": "of old", "role": "king"}, "2026"))
    assert item == EvaluationItem(id="", question="What?")


def test_of_somebody_elses_answer_the_question_stands_alone() -> None:
    entry = ReviewEntry("c", 1, False, True, "trainer", "And then?", STORED, ("evidence",), "", "2026")
    item = draft_review_case(entry)
    assert item.question == "What helps a walk?" and item.history == () and item.role == "trainer"


def make_form(**values: Any) -> CaseForm:
    usual: dict[str, Any] = {
        "question": "What helps?", "role": "principal", "keeps_history": True, "outcomes": (), "sources": frozenset({0}),
        "must_mention": "", "must_not_say": "", "ideal": "", "type": "", "topic": "",
    }  # fmt: skip
    return CaseForm(**{**usual, **values})


def test_what_is_not_ticked_need_not_be_cited() -> None:
    draft = draft_case([make_exchange("First?")], make_exchange("Then?", 1))
    kept = complete_case(draft, make_form(), (), "Ada")
    assert kept.sources == draft.sources and kept.history == draft.history and kept.owner == "Ada"
    bare = complete_case(draft, make_form(sources=frozenset(), keeps_history=False), (), "Ada")
    assert bare.sources == () and bare.history == ()


def test_lines_are_things_and_slashes_part_wordings() -> None:
    form = make_form(must_mention="one focus / a single focus\n\n agree ", must_not_say="a\nb")
    item = complete_case(EvaluationItem("", "What?"), form, (), "")
    assert item.must_mention == (("one focus", "a single focus"), ("agree",)) and item.must_not_say == ("a", "b")


@given(st.lists(st.integers(0, 12), unique=True), st.lists(st.text(max_size=5), max_size=5))
def test_an_id_is_never_taken(numbers: list[int], others: list[str]) -> None:
    taken = [EvaluationItem(name, "") for name in {*(f"chat-{number}" for number in numbers), *others}]
    assert choose_id(taken) not in {item.id for item in taken}


# --- the desk -----------------------------------------------------------------------------------------------------


@dataclass
class Scene:
    desk: CaseDesk
    store: Store

    def start(self, person: str, *questions: str) -> str:
        """A stored conversation; its id."""
        made = self.desk.conversations.start(person, Manner(), "Walks")
        for question in questions or ("What helps?",):
            self.desk.conversations.append(person, made.id, question, {**STORED, "role": "trainer"})
        return made.id

    def read_items(self, name: str = "From conversations") -> tuple[EvaluationItem, ...]:
        return self.desk.sets.read_set(self.desk.sets.find_set(name)).items


@pytest.fixture
def scene(store: Store) -> Scene:
    def mask(text: str) -> str:
        return text.replace("Tamika", "[student]")

    desk = CaseDesk(
        people=PeopleStore(store),
        conversations=ConversationStore(store),
        feedback=FeedbackStore(store, mask),
        sets=EvaluationStore(store),
        wording=load_page_wording(),
        mask=mask,
        now=lambda: datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
    )
    return Scene(desk, store)


def test_a_case_is_kept_in_a_new_set_and_the_next_in_the_same(scene: Scene) -> None:
    conversation = scene.start(TRAINER, "First?", "What helps?")
    said = read_text(scene.desk.save(TRAINER, conversation, 1, SENT))
    assert said == "Saved as chat-1 in “From conversations”, version 1. Go to the sets"
    (item,) = scene.read_items()
    assert (item.question, item.role, item.type, item.topic) == ("What helps?", "central_office", "practice", "walks")
    assert item.outcomes == (Outcome.ANSWERED, Outcome.PARTIAL) and item.history == (HistoryTurn("user", "First?"),)
    assert item.must_mention == (("one focus", "a single focus"), ("agree",)) and item.status == "ready"
    assert item.ideal == "Agree on one focus with [student]." and item.sources[0][0].quote == QUOTE
    scene.desk.save(TRAINER, conversation, 0, {**SENT, "question": ["First?"]})
    assert [one.id for one in scene.read_items()] == ["chat-1", "chat-2"]


def test_the_same_case_is_not_kept_twice(scene: Scene) -> None:
    conversation = scene.start(TRAINER)
    scene.desk.save(TRAINER, conversation, 0, SENT)
    with pytest.raises(CoachError, match="the same case already, as chat-1"):
        scene.desk.save(TRAINER, conversation, 0, SENT)
    assert len(scene.read_items()) == 1


def test_a_locked_set_is_neither_offered_nor_changed(scene: Scene) -> None:
    conversation = scene.start(TRAINER)
    scene.desk.save(TRAINER, conversation, 0, SENT)
    set_id = scene.desk.sets.find_set("From conversations")
    form = scene.desk.write_form(TRAINER, conversation, 0)
    assert find_all(form, "//select[@name='set']/option[@selected]/@value") == [set_id]
    scene.desk.sets.lock(set_id, 1)
    form = scene.desk.write_form(TRAINER, conversation, 0)
    assert find_all(form, "//select[@name='set']/option/@value") == [""]
    assert find_all(form, "//input[@name='set_name']/@value") == ["From conversations 2"]
    for values in ({"set": [set_id]}, {"set": [""]}):
        with pytest.raises(CoachError, match="locked"):
            scene.desk.save(TRAINER, conversation, 0, {**SENT, **values, "question": ["Another?"]})
    assert len(scene.read_items()) == 1


def test_items_that_came_meanwhile_stay(scene: Scene) -> None:
    conversation, sets = scene.start(TRAINER), scene.desk.sets
    made = sets.add_set(TRAINER, "Mine", (EvaluationItem("a", "A?"),))

    class Busy(EvaluationStore):
        """Somebody else saves between the reading and the saving, once."""

        def save_items(self, based_on: Any, items: Any, problems: Any = ()) -> Any:
            if len(sets.read_set(made.id).items) == 1:
                sets.save_items(sets.read_set(made.id), (EvaluationItem("a", "A?"), EvaluationItem("b", "B?")))
            return super().save_items(based_on, items, problems)

    desk = replace(scene.desk, sets=Busy(scene.store))
    desk.save(TRAINER, conversation, 0, {**SENT, "set": [made.id]})
    assert [one.id for one in sets.read_set(made.id).items] == ["a", "b", "chat-1"]


@pytest.mark.parametrize(
    ("values", "said"),
    [({"question": [" ?! "]}, "no question"), ({"ideal": ["x" * 4001]}, "“Ideal answer” is too long"), ({}, "name of")],
)
def test_what_is_missing_or_too_long_is_said(scene: Scene, values: dict[str, list[str]], said: str) -> None:
    conversation = scene.start(TRAINER)
    with pytest.raises(CoachError, match=said):
        scene.desk.save(TRAINER, conversation, 0, {**SENT, "set_name": [""], **values})
    assert scene.desk.sets.list_sets() == ()


def test_the_form_says_who_will_see_it_and_holds_hostile_words_as_text(scene: Scene) -> None:
    made = scene.desk.conversations.start(TRAINER, Manner(), "Walks")
    citation = {**STORED["citations"][0], "quote": HOSTILE, "document": HOSTILE, "label": HOSTILE}
    for question in (HOSTILE, HOSTILE):
        answer = {**STORED, "search_question": f"{HOSTILE}!", "citations": [citation]}
        scene.desk.conversations.append(TRAINER, made.id, question, answer)
    scene.desk.sets.add_set(TRAINER, f"Set {HOSTILE}"[:110], ())
    form = scene.desk.write_form(TRAINER, made.id, 1)
    assert "Everybody who works as a trainer in this installation will see the question" in read_text(form)
    assert (
        "<script" not in form
        and "<img" not in form
        and find_all(form, "//textarea[@name='question']/text()") == [HOSTILE]
    )
    labelled = set(find_all(form, "//label/@for"))
    fields = find_all(form, "//textarea/@id | //select/@id | //input[not(@type)]/@id")
    assert fields and labelled == set(fields)
    values = {**SENT, "question": [HOSTILE], "must_mention": [HOSTILE], "set_name": [HOSTILE]}
    assert "<script" not in scene.desk.save(TRAINER, made.id, 1, values)


def test_another_persons_conversation_is_not_reached(scene: Scene) -> None:
    theirs = scene.start(OTHER)
    with pytest.raises(CoachError, match="not on the list"):
        scene.desk.write_form(TRAINER, theirs, 0)
    with pytest.raises(CoachError, match="not on the list"):
        scene.desk.save(TRAINER, theirs, 0, SENT)
    with pytest.raises(CoachError, match="made by trainers"):
        scene.desk.write_form(OTHER, theirs, 0)
    own = scene.start(TRAINER)
    with pytest.raises(CoachError, match="no longer in this conversation"):
        scene.desk.write_form(TRAINER, own, 7)


# --- reviews ------------------------------------------------------------------------------------------------------


def test_from_what_somebody_shows_to_a_case_and_off_the_list(scene: Scene) -> None:
    theirs = scene.start(OTHER, "Secret beginnings", "And then?")
    scene.desk.feedback.put(OTHER, theirs, 1, Feedback(False, {"evidence": False}, HOSTILE, for_review=True))
    (section,) = scene.desk.write_review(TRAINER)
    said = read_text(section)
    assert "And then?" in said and "the evidence is not right" in said and "Agree on one focus." in said
    assert "Secret" not in section and "<script" not in section and OTHER not in section and "Other" not in section
    assert find_all(section, "//details[@class='case']/@data-load") == [f"/cases/{theirs}/1"]
    form = scene.desk.write_form(TRAINER, theirs, 1)
    assert find_all(form, "//textarea[@name='question']/text()") == ["What helps a walk?"] and "Secret" not in form
    scene.desk.save(TRAINER, theirs, 1, SENT)
    assert scene.read_items()[0].history == ()
    done = scene.desk.mark_reviewed(TRAINER, theirs, 1, {"done": ["yes"]})
    assert "off the list" in done and scene.desk.write_review(TRAINER) == ()
    assert "on the list again" in scene.desk.mark_reviewed(TRAINER, theirs, 1, {"done": ["no"]})
    assert len(scene.desk.write_review(TRAINER)) == 1
    scene.desk.conversations.delete(OTHER, theirs)
    assert scene.desk.write_review(TRAINER) == ()
    with pytest.raises(CoachError):
        scene.desk.write_form(TRAINER, theirs, 1)


def test_what_nobody_shows_is_a_count_in_steps(scene: Scene) -> None:
    for name in ("ada", "ben", "eve"):
        with writing(scene.store.engine) as connection:
            values = {"id": name, "name": name, "roles": ["principal"], "created_at": "2026"}
            connection.execute(insert(tables.people).values(values))
        scene.desk.feedback.put(name, scene.start(name), 0, Feedback(False))
    (section,) = scene.desk.write_review(TRAINER)
    assert "not a good answer: 3 or more" in read_text(section) and "What helps" not in section


# --- HTTP ---------------------------------------------------------------------------------------------------------


def test_over_http_what_is_not_shown_is_not_there(scene: Scene) -> None:
    app, who = FastAPI(), [TRAINER]
    app.include_router(build_router(scene.desk, lambda _: who[0]))
    client = TestClient(app)
    own, theirs = scene.start(TRAINER), scene.start(OTHER)
    form = client.get(f"/cases/{own}/0")
    assert form.status_code == 200 and form.headers["cache-control"] == "no-store" and "case-form" in form.text
    missing = {
        (answer.status_code, answer.text)
        for path in (f"/cases/{theirs}/0", f"/cases/{'0' * 32}/0", f"/cases/{own}/9", "/cases/..%2f/0")
        for answer in [client.get(path)]
        if "Not Found" not in answer.text
    }
    assert missing == {(404, "There is nothing here for you.")}
    saved = client.post(f"/cases/{own}/0", data=SENT)
    assert saved.status_code == 200 and re.search(r"Saved as chat-1", saved.text)
    assert [one.outcomes for one in scene.read_items()] == [(Outcome.ANSWERED, Outcome.PARTIAL)]
    refused = client.post(f"/cases/{own}/0", data=SENT)
    assert refused.status_code == 422 and "the same case already" in refused.text
    assert client.post(f"/cases/{theirs}/0", data=SENT).status_code == 422
    assert client.post(f"/cases/{own}/0", data={"ideal": "x" * 300_000}).status_code == 413
    who[0] = OTHER
    assert client.get(f"/cases/{theirs}/0").status_code == 404
    assert client.post(f"/reviews/{own}/0", data={"done": "yes"}).status_code == 422
