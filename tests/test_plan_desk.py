"""The plan page without a browser: what a person's window sends to the desk, and what is shown and kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from starlette.testclient import TestClient

from coach.discretion import Discretion
from coach.errors import CoachError
from coach.lexical import LexicalIndex
from coach.library import Library
from coach.planner import Gathering, Planner
from coach.plans.documents import SharedLine
from coach.plans.finding import ProtocolFinder
from coach.plans.protocols import ProtocolLibrary, load_protocols
from coach.plans.records import SETTINGS, Grounding, Line, Plan
from coach.plans.wording import load_plan_wording
from coach.records import (
    LOCAL_PERSON,
    Answer,
    Citation,
    Evidence,
    Exchange,
    Hit,
    Manner,
    Message,
    Outcome,
    Question,
    Rejected,
    Stage,
    Statement,
)
from coach.records import Sent as SentRequest
from coach.rendering import answer_to_object
from coach.sentence_vectors import SentenceVectors
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.plans import PlanStore, StoredPlan
from coach.store.tables import people
from coach.visits import Principal
from coach.web.plan_changes import Rules, change_field, is_field
from coach.web.plan_desk import PlanDesk, Sent, Shown
from coach.web.plan_page import read_sent
from coach.web.plan_passages import PassageFinder
from coach.web.plan_routes import build_router
from coach.web.plan_view import Draft, list_cards, name_clock
from coach.web.plan_wording import PLAN_PAGE_PLACEHOLDERS, load_plan_page_wording
from coach.web.templates import fill
from coach.web.transcript import Transcript, write_transcript
from coach.web.wording import load_page_wording
from tests.conftest import OTHER, ROOT, RunIngest
from tests.fakes import WordEmbedder
from tests.fragments import find_all, read_text
from tests.plan_examples import ATTACK, make_hostile, make_plan, make_written
from tests.test_chat import make_answer

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
TOPIC = {"topic": "protecting time for visits", "setting": "network_meeting", "minutes": "60"}


@dataclass
class FakeAssistant:
    """Finds the sentences of the test's library for every topic."""

    library: Library
    covered: bool = True
    outcome: Outcome | None = None

    def gather_in_stages(self, text: str, topic: str, manner: Manner) -> Iterator[Stage | Answer]:
        yield Stage("searching")
        yield Stage("reading", ("Time",))
        quoted = [_quote(one) for one in self._list_hits()]
        statements = tuple(Statement(one.quote, "source", "quoted", (one,)) for one in quoted)
        answer = make_answer(topic)
        outcome = self.outcome or (Outcome.ANSWERED if self.covered else Outcome.NOT_IN_SOURCES)
        made = statements if self.covered or self.outcome else ()
        yield replace(answer, outcome=outcome, confidence=0.9, statements=made, practices=(), craft=())

    def refer(self, text: str) -> tuple[str, ...]:
        return ("This belongs with people.",) if self.outcome is Outcome.REFERRED else ()

    def without_model(self) -> Gathering:
        return self

    def search(self, text: str, count: int = 10) -> Evidence:
        return Evidence(Question(text, text), tuple(self._list_hits())[:count])

    def _list_hits(self) -> Iterator[Hit]:
        store = self.library.store
        for card in sorted(store.list_documents(), key=lambda one: one.name):
            for stored in store.list_document_passages(card.id):
                yield Hit(stored.passage, card, stored.text, 0.5, 0.5, 0.0)


def _quote(hit: Hit) -> Citation:
    span = hit.passage.sentences[0].spans[0]
    document = hit.document
    return Citation(
        hit.passage.label, document.name, document.id, document.title, "", None, None, None, "", hit.cut(span),
        span.start, span.end, "asserts",
    )  # fmt: skip


@dataclass
class Shares:
    """One principal who shares one thing, or nobody."""

    shares: bool = True

    def list_principals(self, person: str) -> Sequence[Principal]:
        return [Principal(OTHER, "Dana <b>Whitfield</b>")] if self.shares else []

    def read_shared(self, stored: StoredPlan) -> Sequence[SharedLine]:
        if not self.shares or stored.plan.request.principal != OTHER:
            return ()
        return (SharedLine("How do I begin?", "Dana Whitfield", "Friday 20 November 2026"),)


@dataclass
class Scene:
    """A desk and what it works on."""

    desk: PlanDesk
    assistant: FakeAssistant

    def make(self, editor: str = "one", person: str = LOCAL_PERSON, **draft: str) -> str:
        """A plan; its id."""
        *_, last = self.desk.make(person, Sent(editor=editor, draft={**TOPIC, **draft}))
        assert last.plan is not None, read_text(last.notice)
        return str(find_all(last.saved, "//p")[0].get("data-plan"))

    def read(self, plan_id: str) -> Plan:
        return self.desk.plans.read(LOCAL_PERSON, plan_id).plan

    def send(
        self, plan_id: str, typed: Mapping[str, str] | None = None, version: int | None = None, **more: Any
    ) -> Shown:
        version = self.desk.plans.read(LOCAL_PERSON, plan_id).version if version is None else version
        sent = Sent("7", plan_id, version, more.pop("editor", "one"), more.pop("step", "review"), typed or {}, **more)
        return self.desk.handle(LOCAL_PERSON, sent)


@pytest.fixture(scope="module")
def protocols() -> ProtocolLibrary:
    return load_protocols()


@pytest.fixture
def scene(library: Library, corpus: Path, ingest: RunIngest, protocols: ProtocolLibrary) -> Iterator[Scene]:
    ingest(library, corpus)
    with writing(library.store.engine) as connection:
        connection.execute(insert(people).values(id=OTHER, name="Other", roles=["principal"], created_at="2026"))
    store, assistant = library.store, FakeAssistant(library)
    discretion = Discretion(store, LexicalIndex(store.engine), None)
    vectors = SentenceVectors(WordEmbedder())
    planner = Planner(
        assistant,
        store,
        discretion,
        protocols,
        ProtocolFinder(vectors),
        load_plan_wording(),
    )
    desk = PlanDesk(
        planner=planner,
        plans=PlanStore(store),
        conversations=ConversationStore(store),
        passages=PassageFinder(assistant, store, vectors, planner.wording),
        wording=load_plan_page_wording(),
        page_wording=load_page_wording(),
        mask=lambda text: text.replace("Tamika", "[student]"),
        now=lambda: NOW,
        sharing=Shares(shares=False),
    )
    yield Scene(desk, assistant)


def read_outcome(shown: Shown) -> dict[str, str]:
    return dict(find_all(shown.saved, "//p")[0].attrib)


def list_steps(shown: Shown) -> list[str]:
    return [one.get("data-go") for one in find_all(shown.plan, "//nav[@class='steps']//a")]


# --- a new plan ---------------------------------------------------------------------------------------------------


def test_a_new_plan_shows_two_steps_and_what_fits(scene: Scene) -> None:
    shown = scene.desk.open(LOCAL_PERSON)
    assert list_steps(shown) == ["topic", "setting"] and "Nothing is planned yet" in read_text(shown.plans)
    chosen = find_all(shown.plan, "//input[@data-draft='protocol'][@checked]/@value")
    assert chosen == [""], "one is suggested"
    assert scene.desk.plans.list_plans(LOCAL_PERSON) == (), "nothing is stored before it is made"


def test_only_what_fits_can_be_chosen_and_the_rest_says_why(scene: Scene) -> None:
    sent = Sent(draft={**TOPIC, "minutes": "30", "protocol": "consultancy"}, act="fit")
    shown = scene.desk.handle(LOCAL_PERSON, sent)
    assert "consultancy" not in find_all(shown.plan, "//input[@data-draft='protocol']/@value")
    lacking = read_text(shown.plan).split("What does not fit here")[1]
    assert "Consultancy does not fit into 30 minutes" in lacking
    offer = find_all(shown.plan, "//button[@data-act='fit'][@data-protocol='consultancy']")[0]
    minutes = int(offer.get("data-minutes"))
    taken = {"minutes": str(minutes), "protocol": "consultancy"}
    shown = scene.desk.handle(LOCAL_PERSON, replace(sent, values=taken))
    assert find_all(shown.plan, "//input[@data-draft='protocol'][@checked]/@value") == ["consultancy"]
    assert find_all(shown.plan, "//input[@data-draft='minutes']/@value") == [str(minutes)]


def test_a_plan_is_made_in_stages_and_kept(scene: Scene) -> None:
    steps = list(scene.desk.make(LOCAL_PERSON, Sent("3", editor="one", draft=TOPIC)))
    assert "Looking" in read_text(steps[0].notice) or "Searching" in read_text(steps[0].notice)
    assert steps[0].plan is None
    (card,) = scene.desk.plans.list_plans(LOCAL_PERSON)
    assert read_outcome(steps[-1])["data-plan"] == card.id and read_outcome(steps[-1])["data-reply"] == "3"
    assert list_steps(steps[-1]) == ["topic", "setting", "passages", "agenda", "review"]
    assert scene.read(card.id).minutes == 60 and card.title in read_text(steps[-1].plans)


def test_what_does_not_fit_is_refused_with_what_does_as_buttons(scene: Scene) -> None:
    (shown,) = scene.desk.make(LOCAL_PERSON, Sent(draft={**TOPIC, "minutes": "30", "protocol": "consultancy"}))
    assert shown.plan is None and "does not fit into 30 minutes" in read_text(shown.notice)
    offers = find_all(shown.notice, "//button[@data-act='fit']")
    assert offers and offers[0].get("data-protocol") == "consultancy" and int(offers[0].get("data-minutes")) > 30
    assert scene.desk.plans.list_plans(LOCAL_PERSON) == ()


def test_what_belongs_with_people_is_declined(scene: Scene) -> None:
    scene.assistant.outcome = Outcome.REFERRED
    *_, shown = scene.desk.make(LOCAL_PERSON, Sent(draft=TOPIC))
    assert "Coach makes no plan for this. This belongs with people." in read_text(shown.notice)
    assert scene.desk.plans.list_plans(LOCAL_PERSON) == () and shown.plan is None


def test_without_a_topic_it_is_asked_for(scene: Scene) -> None:
    for minutes in ("", "x", "9999", "29"):
        *_, shown = scene.desk.make(LOCAL_PERSON, Sent(draft={**TOPIC, "minutes": minutes}))
        assert "30 to 180" in read_text(shown.notice)
    *_, shown = scene.desk.make(LOCAL_PERSON, Sent(draft={"topic": " "}))
    assert "Say in a few words" in read_text(shown.notice)


def test_a_topic_that_is_not_covered_says_so_before_anything_else(scene: Scene) -> None:
    scene.assistant.covered = False
    plan_id = scene.make(topic="bus schedules")
    shown = scene.desk.open(LOCAL_PERSON, plan_id)
    said = read_text(shown.plan)
    assert said.startswith(
        "Your documents do not cover bus schedules directly. What follows is general coaching craft."
    )
    assert "From the documents" not in said.split("Whose words")[0]


def test_a_plan_comes_from_an_answer_of_the_persons_own(scene: Scene) -> None:
    conversation = scene.desk.conversations.start(LOCAL_PERSON, Manner(), "Visits")
    steps = scene.assistant.gather_in_stages("How do I find time?", "finding time", Manner())
    answer = next(answer_to_object(one) for one in steps if isinstance(one, Answer))
    scene.desk.conversations.append(LOCAL_PERSON, conversation.id, "How do I find time?", answer)
    exchange = scene.desk.conversations.read(LOCAL_PERSON, conversation.id).exchanges[0]
    origin = (conversation.id, str(exchange.ordinal))
    shown = scene.desk.open(LOCAL_PERSON, origin=origin)
    assert "It will be made of the answer to How do I find time?" in read_text(shown.plan)
    assert find_all(shown.plan, "//*[@data-draft='topic']")[0].text_content().strip()
    plan_id = scene.make(conversation=origin[0], exchange=origin[1])
    assert scene.read(plan_id).origin == conversation.id
    made = scene.desk.make_visit_prep(LOCAL_PERSON, conversation.id, exchange.ordinal)
    prep = scene.read(made)
    assert (prep.request.form, prep.request.setting, prep.minutes) == ("visit_prep", "school_visit", 40)
    with pytest.raises(CoachError):
        scene.desk.make_visit_prep(OTHER, conversation.id, exchange.ordinal)
    shown = scene.desk.open(OTHER, origin=origin)
    assert "no longer among yours" in read_text(shown.notice) and "How do I find time" not in read_text(shown.plan)


# --- saving -------------------------------------------------------------------------------------------------------

FIELDS = {
    "text.title": "Time for visits",
    "text.purpose": "To find two mornings.",
    "text.commitment": "By Friday I will ask.",
    "text.confidentiality": "Nothing leaves the room.",
    "lines.outcomes": "name two mornings\n\n  say who keeps them free ",
    "lines.questions": "Who needs you least?\nWhat would happen?",
    "request.place": "Room 204",
    "request.start": "14:00",
    "request.day": "2026-12-03",
    "request.participants": "Eight principals",
    "item.opening.title": "Hello",
    "item.opening.detail": "Say hello.",
    "follow.0.what": "Write to everyone.",
    "follow.0.who": "You, alone",
    "different.0.how": "Give them a day.",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_saved_and_is_the_persons_own(scene: Scene, name: str) -> None:
    plan_id = scene.make()
    shown = scene.send(plan_id, {name: FIELDS[name]}, draws=False)
    assert shown.plan is None and read_outcome(shown)["data-outcome"] == "saved"
    assert read_text(shown.saved).startswith("Saved ")
    text = scene.desk.open(LOCAL_PERSON, plan_id).plan
    value = FIELDS[name].splitlines()[0]
    assert value in read_text(text) or find_all(text, f"//input[@value='{value}']")
    again = scene.send(plan_id, {name: FIELDS[name]})
    assert read_outcome(again)["data-version"] == "2", "the same words make no version"


def test_what_one_types_is_yours_and_what_stays_is_whose_it_was(scene: Scene) -> None:
    plan_id = scene.make()
    before = scene.read(plan_id).outcomes
    scene.send(plan_id, {"lines.outcomes": f"{before[0].text}\nask one question"})
    assert scene.read(plan_id).outcomes == (before[0], Line("ask one question", "person"))
    said = read_text(scene.desk.open(LOCAL_PERSON, plan_id).plan).split("Outcomes")[1]
    assert "Coaching craft" in said and "Yoursask one question" in said


def test_names_are_taken_out_before_anything_is_kept(scene: Scene) -> None:
    plan_id = scene.make()
    shown = scene.send(plan_id, {"text.purpose": "To help Tamika read."})
    assert scene.read(plan_id).purpose.text == "To help [student] read."
    assert "A name was removed" in read_text(shown.notice)


def test_what_cannot_stand_is_refused_and_the_rest_is_saved(scene: Scene) -> None:
    plan_id = scene.make()
    kept = scene.read(plan_id).purpose
    shown = scene.send(plan_id, {"text.purpose": "  ", "text.title": "Two mornings", "request.start": "late"})
    assert read_outcome(shown)["data-refused"] == "text.purpose request.start"
    assert "Something must stand here" in read_text(shown.notice) and "There is no such time: late" in read_text(
        shown.notice
    )
    assert scene.read(plan_id).purpose == kept and scene.read(plan_id).title == "Two mornings"


def test_a_quotation_cannot_be_written_over(scene: Scene) -> None:
    plan_id = scene.make()
    kept = scene.read(plan_id)
    for name in (
        "grounding",
        "lines.grounding",
        "text.quote",
        "claims.0",
        "item.opening.minutes",
        "request.topic",
        "text.notice",
    ):
        shown = scene.send(plan_id, {name: "Walks raise scores."})
        assert read_outcome(shown)["data-outcome"] == "refused"
    assert scene.read(plan_id) == kept


def test_another_day_moves_what_follows(scene: Scene) -> None:
    plan_id = scene.make(day="2026-12-03")
    before = [one.day for one in scene.read(plan_id).follow_up]
    scene.send(plan_id, {"request.day": "2026-12-10"})
    after = [one.day for one in scene.read(plan_id).follow_up]
    assert [(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in zip(before, after, strict=True)] == [
        7,
        7,
        7,
    ]
    assert "calendar" not in read_text(scene.desk.open(LOCAL_PERSON, plan_id).plan).split("Whose words")[0]
    shown = scene.send(plan_id, {"request.day": "2026-02-31"})
    assert "There is no such day" in read_text(shown.notice)


def test_another_length_stretches_the_agenda_or_is_refused(scene: Scene) -> None:
    plan_id = scene.make()
    shown = scene.send(plan_id, {"request.minutes": "75"})
    plan = scene.read(plan_id)
    assert read_outcome(shown)["data-outcome"] == "saved" and plan.minutes == plan.request.minutes == 75
    shown = scene.send(plan_id, {"request.minutes": "180"})
    assert read_outcome(shown)["data-outcome"] == "refused" and scene.read(plan_id) == plan


# --- the agenda ---------------------------------------------------------------------------------------------------


def test_minutes_change_and_always_add_up(scene: Scene) -> None:
    plan_id = scene.make()
    item = scene.read(plan_id).agenda[1]
    scene.send(plan_id, act="minutes", values={"item": item.id, "by": "1"})
    plan = scene.read(plan_id)
    assert plan.agenda[1].minutes == item.minutes + 1 and plan.minutes == 60
    shown = scene.send(plan_id, act="minutes", values={"item": item.id, "minutes": "59"})
    assert "does not add up" in read_text(shown.notice) and scene.read(plan_id) == plan
    assert "60 minutes in all." in read_text(shown.plan)
    slack = next(one for one in plan.agenda if one.kind == "slack")
    shown = scene.send(plan_id, act="minutes", values={"item": slack.id, "minutes": "1"})
    assert "at least 5 minutes" in read_text(shown.notice) and scene.read(plan_id) == plan


def test_parts_are_moved_removed_and_added(scene: Scene) -> None:
    plan_id = scene.make()
    names = [one.id for one in scene.read(plan_id).agenda]
    scene.send(plan_id, act="move", values={"item": names[1], "by": "-1"})
    assert [one.id for one in scene.read(plan_id).agenda][:2] == [names[1], names[0]]
    scene.send(plan_id, act="remove", values={"item": names[0]})
    plan = scene.read(plan_id)
    assert names[0] not in [one.id for one in plan.agenda] and plan.minutes == 60
    scene.send(plan_id, act="add", values={"title": "Sing", "minutes": "4", "work": "yes", "detail": ""})
    own = next(one for one in scene.read(plan_id).agenda if one.by == "person")
    assert (own.title, own.minutes, own.is_work) == ("Sing", 4, True) and scene.read(plan_id).minutes == 60
    for values in ({"title": " ", "minutes": "4"}, {"title": "x", "minutes": "0"}, {"title": "x", "minutes": "x"}):
        assert read_outcome(scene.send(plan_id, act="add", values=values))["data-outcome"] == "refused"
    shown = scene.send(plan_id, act="remove", values={"item": "slack"})
    assert "slack" in read_text(shown.notice).lower()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["minutes", "move", "remove", "add", "drop_passage", "x"]),
            st.dictionaries(
                st.sampled_from(["item", "by", "minutes", "title", "work", "passage"]),
                st.sampled_from(["step-1", "opening", "slack", "own-1", "-1", "1", "7", "999", "yes", "<b>", ""]),
            ),
        ),
        max_size=6,
    )
)
def test_whatever_is_pressed_the_plan_stays_sound(scene: Scene, acts: list[tuple[str, dict[str, str]]]) -> None:
    plan_id = scene.make()
    for act, values in acts:
        scene.send(plan_id, act=act, values=values)
        plan = scene.read(plan_id)
        assert plan.minutes == 60 and 2 * plan.work_minutes >= 60
        assert sum(one.minutes for one in plan.agenda if one.kind == "slack") >= 5
        assert len({one.id for one in plan.agenda}) == len(plan.agenda) and plan.grounding


# --- passages -----------------------------------------------------------------------------------------------------


def test_passages_are_left_out_and_others_taken_word_for_word(scene: Scene) -> None:
    plan_id = scene.make()
    plan = scene.read(plan_id)
    assert len(plan.grounding) == 3
    shown = scene.send(plan_id, act="drop_passage", values={"passage": _name(plan.grounding[0])})
    assert len(scene.read(plan_id).grounding) == 2
    offered = find_all(shown.plan, "//button[@data-act='add_passage']/@data-passage")
    assert offered, "what was left out can be taken again"
    scene.send(plan_id, act="add_passage", values={"passage": offered[0]})
    taken = scene.read(plan_id).grounding[-1]
    text = scene.desk.planner.store.read_text(taken.citation.document_id)
    assert text is not None and text[taken.citation.start : taken.citation.end] == taken.citation.quote
    shown = scene.send(plan_id, act="find_passages", values={"words": "afternoon"})
    left = find_all(shown.plan, "//button[@data-act='add_passage']/@data-passage")
    for name in left[:1]:
        shown = scene.send(plan_id, act="add_passage", values={"passage": name})
        assert "Choose one to three passages" in read_text(shown.notice) and len(scene.read(plan_id).grounding) == 3
    with pytest.raises(CoachError, match="no longer found"):
        scene.send(plan_id, act="add_passage", values={"passage": "aaaaaa-1-2"})


def _name(passage: Grounding) -> str:
    return f"{passage.citation.label}-{passage.citation.start}-{passage.citation.end}"


# --- two windows --------------------------------------------------------------------------------------------------


def test_nothing_is_written_over_what_another_window_saved(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    scene.send(plan_id, {"text.purpose": "From the first window."}, version=1, editor="one")
    shown = scene.send(plan_id, {"text.purpose": "From the second."}, version=1, editor="two")
    assert read_outcome(shown)["data-outcome"] == "changed" and shown.plan is None
    assert [one.get("data-decide") for one in find_all(shown.notice, "//button")] == ["see_newer", "keep_mine"]
    assert scene.read(plan_id).purpose.text == "From the first window."
    shown = scene.send(plan_id, act="minutes", values={"item": "opening", "by": "1"}, version=1, editor="two")
    assert read_outcome(shown)["data-outcome"] == "changed", "a button writes as well"


def test_mine_is_kept_as_a_new_version_above_the_other(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    scene.send(plan_id, {"text.purpose": "From the first window."}, version=1, editor="one")
    typed = {"text.title": "From the second"}
    shown = scene.send(plan_id, typed, version=1, editor="two", act="keep_mine", values={"undone": ""})
    assert read_outcome(shown)["data-version"] == "3" and "version 2" in read_text(shown.notice)
    assert scene.read(plan_id).title == "From the second"
    other = scene.desk.plans.read(LOCAL_PERSON, plan_id, 2).plan
    assert other.purpose.text == "From the first window.", "the other's is still there"


def test_a_button_that_was_pressed_is_kept_with_mine(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    item = scene.read(plan_id).agenda[1]
    scene.send(plan_id, {"text.title": "Other"}, version=1, editor="one")
    values = {"undone": "minutes", "item": item.id, "by": "1"}
    scene.send(plan_id, {}, version=1, editor="two", act="keep_mine", values=values)
    assert scene.read(plan_id).agenda[1].minutes == item.minutes + 1


def test_whoever_sees_the_newer_version_has_their_words_beside_it(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    scene.send(plan_id, {"text.purpose": "From the first window."}, version=1, editor="one")
    shown = scene.send(plan_id, {"text.purpose": "My <i>words</i>."}, version=1, editor="two", act="see_newer")
    assert "From the first window." in read_text(shown.plan) and "My <i>words</i>." in read_text(shown.notice)
    assert read_outcome(shown)["data-version"] == "2" and scene.read(plan_id).purpose.text == "From the first window."


def test_words_are_kept_over_a_version_that_has_gone_on(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    scene.send(plan_id, {"text.title": "Begun"}, version=1, editor="one")
    read = scene.desk.plans.read(LOCAL_PERSON, plan_id).version
    scene.send(plan_id, {"text.title": "Gone on"}, version=read, editor="one")
    typed = {"text.commitment": "By Friday I will ask."}
    assert "changed" in read_text(scene.send(plan_id, typed, version=read, editor="two").notice)
    scene.send(plan_id, typed, version=read, editor="two", act="keep_mine", values={"undone": ""})
    kept = scene.read(plan_id)
    assert (kept.title, kept.commitment.text) == ("Gone on", "By Friday I will ask.")


def test_a_window_that_only_looks_meets_no_conflict(scene: Scene) -> None:
    plan_id = scene.make(editor="one")
    scene.send(plan_id, {"text.title": "Newer"}, version=1, editor="one")
    shown = scene.send(plan_id, version=1, editor="two", act="fit")
    assert "Newer" in read_text(shown.plan)


# --- made again, brought back, deleted ----------------------------------------------------------------------------


def test_made_again_it_keeps_the_persons_words_and_the_version_before(scene: Scene) -> None:
    plan_id = scene.make()
    scene.send(plan_id, {"text.purpose": "My own purpose."})
    shown = scene.send(plan_id, act="fit", draft={**TOPIC, "setting": "school_visit"})
    assert "Make it again" in read_text(shown.plan) and scene.read(plan_id).request.setting == "network_meeting"
    version = scene.desk.plans.read(LOCAL_PERSON, plan_id).version
    sent = Sent("8", plan_id, version, "one", draft={**TOPIC, "setting": "school_visit"})
    *_, shown = scene.desk.make(LOCAL_PERSON, sent)
    plan = scene.read(plan_id)
    assert plan.request.setting == "school_visit" and plan.purpose.text == "My own purpose."
    assert scene.desk.plans.read(LOCAL_PERSON, plan_id).version == version + 1
    shown = scene.send(plan_id, act="restore", values={"version": str(version)})
    assert scene.read(plan_id).request.setting == "network_meeting" and "is back" in read_text(shown.notice)


def test_a_deleted_plan_is_gone_with_its_versions(scene: Scene) -> None:
    plan_id = scene.make()
    shown = scene.send(plan_id, act="delete")
    assert "is deleted" in read_text(shown.notice) and list_steps(shown) == ["topic", "setting"]
    assert read_outcome(shown)["data-plan"] == "" and scene.desk.plans.list_plans(LOCAL_PERSON) == ()
    assert "There is no such plan" in read_text(scene.desk.open(LOCAL_PERSON, plan_id).notice)


# --- somebody else's ----------------------------------------------------------------------------------------------


def test_another_persons_plan_is_not_found(scene: Scene) -> None:
    plan_id = scene.make(person=OTHER)
    shown = scene.desk.open(LOCAL_PERSON, plan_id)
    assert "There is no such plan" in read_text(shown.notice) and list_steps(shown) == ["topic", "setting"]
    for act in ("", "minutes", "delete", "restore", "find_passages", "keep_mine", "see_newer", "add_passage"):
        with pytest.raises(CoachError):
            scene.desk.handle(LOCAL_PERSON, Sent("1", plan_id, 1, typed={"text.title": "Mine now"}, act=act))
    with pytest.raises(CoachError):
        list(scene.desk.make(LOCAL_PERSON, Sent("1", plan_id, 1, draft=TOPIC)))
    assert scene.desk.plans.read(OTHER, plan_id).version == 1


def test_a_plan_goes_out_as_word_markdown_and_calendar_to_its_owner_alone(scene: Scene) -> None:
    app = FastAPI()
    app.include_router(build_router(scene.desk, lambda _: LOCAL_PERSON))
    client = TestClient(app)
    mine, theirs = scene.make(day="2026-12-03"), scene.make(person=OTHER, day="2026-12-03")
    word = client.get(f"/plans/{mine}/export.docx")
    assert word.status_code == 200 and word.content[:2] == b"PK" and "no-store" in word.headers["cache-control"]
    assert 'filename="plan-protecting-time-for-visits.docx"' in word.headers["content-disposition"]
    text = client.get(f"/plans/{mine}/export.md").text
    assert scene.read(mine).grounding[0].citation.quote[:30] in text
    assert "20261203" in client.get(f"/plans/{mine}/session.ics").text
    for name in ("export.docx", "export.md", "session.ics"):
        assert client.get(f"/plans/{theirs}/{name}").status_code == 404
        assert client.get(f"/plans/nothing/{name}").status_code == 404
    undated = scene.make()
    assert client.get(f"/plans/{undated}/session.ics").status_code == 404


def test_what_a_principal_shared_stands_in_the_plan_until_it_is_taken_back(scene: Scene) -> None:
    shares = Shares()
    scene.desk = replace(scene.desk, sharing=shares)
    assert "Dana <b>Whitfield</b>" in read_text(scene.desk.open(LOCAL_PERSON).plan)
    plan_id = scene.make(setting="school_visit", principal=OTHER)
    said = read_text(scene.desk.open(LOCAL_PERSON, plan_id).plan)
    assert "How do I begin? shared by Dana Whitfield, on Friday 20 November 2026" in said
    shares.shares = False
    assert "How do I begin?" not in read_text(scene.desk.open(LOCAL_PERSON, plan_id).plan)
    assert "Whom do you visit" not in read_text(scene.desk.open(LOCAL_PERSON).plan)


def test_only_a_stored_answer_leads_to_a_plan() -> None:
    said = Statement("Agree on one focus.", "craft", "written")
    answer = answer_to_object(replace(make_answer("What helps?"), outcome=Outcome.PARTIAL, statements=(said,)))
    exchange = Exchange(0, "What helps?", answer, "2026-11-25T09:00:00+00:00")
    stored = write_transcript(Transcript("a" * 32, (exchange,)), {}, NOW.date())
    assert find_all(stored, "//*[@class='take-further']/a/@href") == [f"/plan?conversation={'a' * 32}&exchange=0"]
    assert find_all(stored, "//*[@class='take-further']/button/@data-event") == ["prepare_visit"]
    loose = write_transcript(Transcript("a" * 32, (exchange,), is_stored=False), {}, NOW.date())
    assert not find_all(loose, "//*[@class='take-further']")


def test_a_plan_says_who_wrote_it_and_what_was_sent(scene: Scene) -> None:
    plain = read_text(scene.desk.open(LOCAL_PERSON, scene.make()).plan)
    assert "How this was made" in plain and "No language model wrote here" in plain
    message = Message("user", "Question: <b>sharing</b>")
    sent = SentRequest("answer", "ollama:small", "llm.example:443", True, (message,))
    rejected = (Rejected("It always works.", "The passage does not say so."),)
    plan = replace(make_written(), composer="ollama:small", sent=(sent,), rejected=rejected)
    kept = scene.desk.plans.add(LOCAL_PERSON, plan)
    shown = scene.desk.open(LOCAL_PERSON, kept.id, "review").plan
    said = read_text(shown)
    assert "Written by ollama:small" in said and "It always works." in said and "The passage does not say so." in said
    assert "llm.example:443" in said and "Question: <b>sharing</b>" in said
    assert [one.get("id") for one in find_all(shown, "//pre")] == ["plan-sent-1-1"]


# --- what the browser sends ---------------------------------------------------------------------------------------


def test_no_text_becomes_markup(scene: Scene) -> None:
    made = scene.desk.plans.add(LOCAL_PERSON, make_hostile())
    shown = scene.desk.open(LOCAL_PERSON, made.id, "review")
    for part in (shown.plan, shown.plans):
        assert (
            not find_all(part, "//script")
            and not find_all(part, "//img")
            and not find_all(part, "//a[contains(@href, 'evil')]")
        )
        assert not find_all(part, "//*[starts-with(@href, 'javascript')]")
    assert "<script>alert(1)</script>" in read_text(shown.plan)
    assert ATTACK[:20] in read_text(shown.plans)


@pytest.mark.slow
def test_what_is_sent_is_read_and_nothing_else(scene: Scene) -> None:
    sent = read_sent(
        {"sent": '{"number": "a", "plan": "p", "version": "2", "typed": {"text.title": "x"}, "draws": "no"}'}
    )
    assert (sent.number, sent.plan, sent.version, sent.typed, sent.draws) == ("a", "p", 2, {"text.title": "x"}, False)
    for text in ("", "[1]", "{", '{"typed": 3, "version": "x"}', "x" * 500_000):
        assert read_sent({"sent": text}).typed == {} and read_sent({"sent": text}).version == 0


@given(name=st.text(max_size=30), text=st.text(max_size=60))
def test_no_field_name_changes_what_cannot_be_changed(name: str, text: str) -> None:
    rules = Rules(load_plan_wording(), lambda words: words)
    plan = make_plan()
    try:
        changed = change_field(plan, name, text, rules)
    except CoachError:
        return
    assert is_field(name) and changed.grounding == plan.grounding and changed.minutes == changed.request.minutes


def test_odd_drafts_fall_back_to_what_is_ours(scene: Scene) -> None:
    for setting in ("<b>", "", "school"):
        shown = scene.desk.handle(LOCAL_PERSON, Sent(draft={**TOPIC, "setting": setting, "form": "x"}, act="fit"))
        assert find_all(shown.plan, "//input[@data-draft='setting'][@checked]/@value")[0] in SETTINGS
    for step in ("review", "agenda", "x"):
        shown = scene.desk.open(LOCAL_PERSON, step=step)
        assert find_all(shown.plan, "//section[@data-panel][not(@hidden)]/@data-panel") == ["topic"]


def test_times_are_said_as_a_clock_says_them() -> None:
    assert name_clock("2026-11-25T00:05:00+00:00", NOW) == "12:05 am"
    assert name_clock("2026-11-25T13:05:00+00:00", NOW) == "1:05 pm"
    assert name_clock("2026-11-24T13:05:00+00:00", NOW) == "24 Nov 2026, 1:05 pm"
    assert list_cards((), NOW, load_plan_page_wording()) == () and "conversation" in Draft.names()


# --- wording ------------------------------------------------------------------------------------------------------


def test_every_wording_of_the_plan_page_is_used() -> None:
    folder = ROOT / "coach" / "web"
    paths = [*folder.glob("*.py"), *folder.glob("templates/*.html")]
    used = "".join(path.read_text("utf-8") for path in paths if path.name != "plan_wording.py")
    families = (
        "plan.step_", "plan.form_", "plan.setting_", "by.", "versions.note_", "review.", "setting_step.", "topic.",
    )  # fmt: skip
    values: tuple[str, ...] = (
        "outcomes",
        "evidence_to_bring",
        "evidence_of_success",
        "materials",
        "moves",
        "questions",
    )
    values += ("look_for", "exit_ticket", "day", "start", "place", "participants", "goal", "commitment", "purpose")

    def is_used(name: str) -> bool:
        made = name.startswith(families[:5]) or any(name == f"{one}{value}" for one in families[5:] for value in values)
        return made or f'"{name}"' in used or f"'{name}'" in used

    assert [name for name in PLAN_PAGE_PLACEHOLDERS if not is_used(name)] == []
    assert "Close" in fill("plan_typed", text="x", texts=["y"], number="1")
