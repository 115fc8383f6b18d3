"""Plans: every combination that is offered is whole, what is refused names what fits, and what a person changes adds up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import CoachError
from coach.plans.agenda import add_item, change_minutes, change_total, move_item, remove_item
from coach.plans.checking import find_faults, list_gone
from coach.plans.composing import Ingredients, compose_plan, keep_own_words
from coach.plans.editing import (
    ITEM_TEXTS,
    LINE_LISTS,
    LONGEST,
    ONE_LINES,
    change_item,
    change_lines,
    change_text,
    choose_passages,
)
from coach.plans.fitting import DoesNotFit, lay_out, list_minutes, list_offers, require_fit
from coach.plans.material import Material, read_material
from coach.plans.protocols import load_protocols
from coach.plans.records import (
    FORMS,
    LEAST_MINUTES,
    MOST_MINUTES,
    SETTINGS,
    AgendaItem,
    Line,
    Plan,
    PlanPractice,
    PlanRequest,
    WrittenClaim,
)
from coach.plans.topics import name_briefly, name_topic, read_topic
from coach.plans.values import plan_to_object, read_plan
from coach.plans.wording import load_plan_wording
from coach.records import Citation
from coach.rendering import answer_to_object
from tests.test_chat import make_answer
from tests.written import SUGGESTED, make_written

WORDING = load_plan_wording()
LIBRARY = load_protocols()
TEXT = "Leaders share the work. We assume that leadership is spread over many people. Meetings move to the afternoon."


def cite(words: str, basis: Any = "assumes") -> Citation:
    start = TEXT.index(words)
    return Citation(
        "a1b2c3", "notes.txt", "d1", "Notes on leading", "Ada Okoro", 2012, None, None, "Sharing", words, start,
        start + len(words), basis,
    )  # fmt: skip


def read_text(document_id: str) -> str | None:
    return TEXT if document_id == "d1" else None


STEP = PlanPractice(
    "map", "Map who leads", "Ask two teachers.", "By Friday", "Two lists.", "assumes", "Ours.", (("a1b2c3", 24, 79),)
)
MATERIAL = Material(
    coverage="covered",
    passages=(
        cite("We assume that leadership is spread over many people."),
        cite("Leaders share the work.", "asserts"),
    ),
    themes=("meetings",),
    practices=(STEP,),
    questions=(("Who leads here without a title?", "map"),),
    suggestions=(),
    claims=(),
)
SILENT = replace(MATERIAL, coverage="not_covered", passages=(cite("Meetings move to the afternoon.", "describes"),))


def compose(request: PlanRequest, material: Material = MATERIAL, protocol: str = "") -> Plan:
    chosen = LIBRARY.find(
        protocol or list_offers(LIBRARY.protocols, request.setting, request.minutes, request.form)[0].id
    )
    slots = require_fit(chosen, request.setting, request.minutes, LIBRARY.protocols, WORDING, request.form)
    return compose_plan(Ingredients(request, chosen, slots, material, {"d1": "https://example.org/notes"}), WORDING)


PLAN = compose(PlanRequest("sharing leadership"))

combinations = st.tuples(
    st.sampled_from(LIBRARY.protocols),
    st.sampled_from(SETTINGS),
    st.integers(LEAST_MINUTES, MOST_MINUTES),
    st.sampled_from(FORMS),
)


# --- every combination -------------------------------------------------------------------------------------------


def check_combination(protocol: Any, setting: Any, minutes: int, form: Any) -> bool:
    """Whether it is offered; what is offered is whole, and what is refused names what fits."""
    request = PlanRequest("sharing leadership", setting, minutes, protocol=protocol.id, form=form)
    try:
        plan = compose(request, protocol=protocol.id)
    except DoesNotFit as refused:
        said = str(refused)
        offered = [one.title for one in list_offers(LIBRARY.protocols, setting, minutes, form)]
        here = list_minutes(protocol, setting, form)
        assert minutes not in here
        assert protocol.title in said
        near = re.search(r"Nearest with this protocol: (\d+) minutes in (.+?)\.", said)
        assert near, said
        where = next(one for one in SETTINGS if WORDING.say(f"setting.{one}_in") == near[2])
        assert lay_out(protocol, where, int(near[1]), form) is not None
        assert all(title in said for title in offered)
        return False
    assert find_faults(plan, read_text) == ()
    assert plan.minutes == minutes == sum(item.minutes for item in plan.agenda)
    assert 2 * sum(item.minutes for item in plan.agenda if item.is_work) >= minutes
    assert all(item.least <= item.minutes <= item.most for item in plan.agenda)
    assert sum(item.minutes for item in plan.agenda if item.kind == "slack") >= 5
    return True


@pytest.mark.slow
@given(combinations)
@settings(max_examples=150, deadline=None)
def test_a_combination_is_whole_or_is_refused_with_what_fits(combination: Any) -> None:
    check_combination(*combination)


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_length_and_protocol_is_whole_or_refused(setting: Any) -> None:
    offered = [
        check_combination(protocol, setting, minutes, "session")
        for protocol in LIBRARY.protocols
        for minutes in range(LEAST_MINUTES, MOST_MINUTES + 1)
    ]
    assert any(offered) and not all(offered)


@pytest.mark.parametrize("setting", SETTINGS)
def test_something_is_offered_for_every_length(setting: Any) -> None:
    for minutes in range(LEAST_MINUTES, MOST_MINUTES + 1):
        assert list_offers(LIBRARY.protocols, setting, minutes)


def test_a_consultancy_in_thirty_minutes_is_refused() -> None:
    with pytest.raises(DoesNotFit, match=r"does not fit into 30 minutes.*Nearest.*these fit: .*Problem of practice"):
        compose(PlanRequest("x", minutes=30), protocol="consultancy")


def test_a_check_of_plans_can_find_each_fault() -> None:
    item = PLAN.agenda[0]
    longer = replace(PLAN, agenda=(replace(item, minutes=item.minutes + 1), *PLAN.agenda[1:]))
    idle = replace(PLAN, agenda=tuple(replace(one, is_work=False) for one in PLAN.agenda))
    tight = replace(PLAN, agenda=tuple(one for one in PLAN.agenda if one.kind != "slack"))
    twice = replace(PLAN, agenda=(PLAN.agenda[0], *PLAN.agenda))
    altered = replace(
        PLAN, grounding=(replace(PLAN.grounding[0], citation=replace(PLAN.grounding[0].citation, quote="We know.")),)
    )
    loose = replace(PLAN, claims=(WrittenClaim("It works.", ()),))
    silent = replace(PLAN, coverage="not_covered")
    for plan, told in (
        (longer, "minutes, and the session"), (idle, "Principals work 0"), (tight, "slack"), (twice, "one id"),
        (altered, "are not in"), (loose, "rests on nothing"), (silent, "does not say"), (silent, "is said to speak"),
        (replace(PLAN, outcomes=()), "outcomes"), (replace(PLAN, questions=PLAN.questions[:1]), "two questions"),
        (replace(PLAN, grounding=()), "No passage"), (replace(PLAN, title=" "), "title"),
    ):  # fmt: skip
        assert any(told in fault for fault in find_faults(plan, read_text)), told
    assert list_gone(PLAN, lambda _: None) == PLAN.grounding and list_gone(PLAN, read_text) == ()


# --- what a plan says --------------------------------------------------------------------------------------------


def test_a_covered_topic_stands_on_its_passages() -> None:
    assert PLAN.notice == "" and [one.citation.quote for one in PLAN.grounding] == [
        "We assume that leadership is spread over many people.",
        "Leaders share the work.",
    ]
    first = PLAN.grounding[0]
    assert "take this for given" in first.why.text and "practice in this plan grew" in first.why.text
    assert first.address == "https://example.org/notes" and not first.near
    assert PLAN.questions[0] == Line("Who leads here without a title?", "practice")


def test_a_topic_that_is_not_covered_is_said_first_and_nothing_speaks_to_it() -> None:
    plan = compose(PlanRequest("bus safety"), SILENT)
    assert plan.notice.startswith("Your documents do not cover bus safety directly.") and plan.nearest == ("meetings",)
    assert plan.grounding and all(one.near for one in plan.grounding)
    assert "not written about this topic" in plan.grounding[0].why.text
    assert all("passage 1" not in item.detail for item in plan.agenda)
    assert find_faults(plan, read_text) == ()
    assert "Nothing in them comes near" in compose(PlanRequest("bus safety"), replace(SILENT, themes=())).notice


def test_a_topic_that_is_touched_is_said_to_be() -> None:
    plan = compose(PlanRequest("sharing leadership"), replace(MATERIAL, coverage="touched"))
    assert "touch on sharing leadership and may not answer it" in plan.notice


def test_what_a_person_brings_and_aims_at_is_in_the_plan_and_theirs() -> None:
    plan = compose(PlanRequest("sharing leadership", brings="a staffing chart", goal="Read by nine.", day="2026-12-01"))
    assert plan.evidence_to_bring[0] == Line("a staffing chart", "person")
    assert "Read by nine." in plan.purpose.text and plan.purpose.text.count("..") == 0
    assert [one.day for one in plan.follow_up] == ["2026-12-02", "2026-12-15", "2026-12-29"]


def test_a_follow_up_never_falls_on_a_weekend() -> None:
    for day in range(1, 29):
        plan = compose(PlanRequest("sharing leadership", day=f"2027-02-{day:02}"))
        assert all(date.fromisoformat(one.day).weekday() < 5 for one in plan.follow_up)


def test_the_same_reason_is_not_given_twice() -> None:
    twice = replace(MATERIAL, passages=tuple(replace(one, basis="defines") for one in MATERIAL.passages), practices=())
    reasons = [one.why.text for one in compose(PlanRequest("sharing leadership"), twice).grounding]
    assert len(set(reasons)) == 2


def test_a_visit_prep_is_short() -> None:
    plan = compose(PlanRequest("sharing leadership", "school_visit", 40, form="visit_prep"))
    assert len(plan.questions) == 2 and len(plan.grounding) == 1 and plan.title == "Visit: Sharing leadership"
    assert find_faults(plan, read_text) == ()


def test_a_models_words_are_labelled_as_its_own() -> None:
    material = replace(
        MATERIAL,
        suggestions=("Walk with one colleague.",),
        questions=(*MATERIAL.questions, ("Whom would you ask?", "model")),
        claims=(WrittenClaim("Leaders share.", (cite("Leaders share the work."),)),),
    )
    plan = compose(PlanRequest("sharing leadership"), material)
    assert Line("Walk with one colleague.", "model") in plan.moves
    assert plan.questions[0] == Line("Whom would you ask?", "model") and len(plan.questions) <= 4
    assert plan.claims == material.claims


# --- material ----------------------------------------------------------------------------------------------------


def test_an_answer_is_read_as_material() -> None:
    written = answer_to_object(make_written())
    material = read_material(written)
    assert material.composer == written["composer"] and material.checked == 4
    assert SUGGESTED not in material.suggestions and material.suggestions == ("Walk with one colleague this week.",)
    assert ("Whom would you ask along?", "model") in material.questions
    assert all(claim.citations for claim in material.claims) and len(material.claims) == 3
    quotes = [one.quote for one in material.passages]
    assert "No teacher is rated." in quotes and len(set(quotes)) == len(quotes)
    assert material.sent and material.rejected


@pytest.mark.parametrize(
    ("outcome", "confidence", "coverage"),
    [
        ("answered", 0.9, "covered"),
        ("answered", 0.3, "touched"),
        ("partial", 0.9, "touched"),
        ("not_in_sources", 0.9, "not_covered"),
    ],
)
def test_coverage_follows_the_outcome(outcome: str, confidence: float, coverage: str) -> None:
    answer = {**answer_to_object(make_answer("What helps?")), "outcome": outcome, "confidence": confidence}
    assert read_material(answer).coverage == coverage


def test_craft_that_only_stands_in_is_left_out() -> None:
    craft = {
        "id": "c",
        "title": "C",
        "first_step": "Do.",
        "by": "soon",
        "evidence": "seen",
        "question": "Q?",
        "wording": "W",
    }
    answer = {**answer_to_object(make_answer("What helps?")), "practices": [], "craft": [craft]}
    assert [one.id for one in read_material(answer).practices] == ["c"]
    for mark in ("stands_in", "general"):
        left = read_material({**answer, "craft": [{**craft, mark: True}]})
        assert left.practices == () and left.questions == ()


# --- topics ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "words", "minutes", "setting", "form"),
    [
        ("sharing instructional leadership", "sharing instructional leadership", None, None, None),
        ("plan a 90-minute network meeting on using data in PLCs", "using data in PLCs", 90, "network_meeting", None),
        ("I'm at Jefferson at 2, they're stuck on trust, give me one page.", "trust", None, "school_visit", "visit_prep"),
        ("walkthrough feedback that teachers use", "walkthrough feedback that teachers use", None, None, None),
        ("a learning walk about student talk", "student talk", None, "learning_walk", None),
        ("Make me an hour and a half session for twelve principals on equity, thanks!", "equity", 90, "network_meeting", None),
        ("I need a 45 min 1:1 with a second-year principal about delegating", "delegating", 45, "school_visit", None),
        ("help my new principals with feedback conversations", "feedback conversations", None, None, None),
        ("two hour rounds on math discourse", "math discourse", 120, "learning_walk", None),
        ("a 10 minute session on trust", "trust", None, "network_meeting", None),
        ("a 3 hour PD on MTSS", "MTSS", 180, "network_meeting", None),
        ("75 minutes on coaching cycles", "coaching cycles", 75, None, None),
        ("two and a half hours workshop on data", "data", 150, "network_meeting", None),
        ("tell me about trust", "trust", None, None, None),
        ("I am at Lincoln, help me prep one page on coaching", "coaching", None, "school_visit", "visit_prep"),
    ],
)  # fmt: skip
def test_a_topic_is_read(typed: str, words: str, minutes: int | None, setting: str | None, form: str | None) -> None:
    topic = read_topic(typed)
    assert (topic.words, topic.minutes, topic.setting, topic.form) == (words, minutes, setting, form)


def test_a_place_is_read_with_its_visit() -> None:
    assert read_topic("I'm at Jefferson at 2, they're stuck on trust, give me one page").place == "Jefferson"
    assert read_topic("sharing leadership at Jefferson").place == ""


@given(st.text(max_size=400))
@settings(deadline=None)
def test_any_text_is_a_topic(typed: str) -> None:
    topic = read_topic(typed)
    assert topic.minutes is None or LEAST_MINUTES <= topic.minutes <= MOST_MINUTES
    name_topic(topic.words, WORDING)
    name_briefly(topic.words, WORDING)


def test_a_topic_stands_within_a_sentence() -> None:
    assert name_topic("English learners", WORDING) == "English learners", "a name keeps its capital"
    assert name_topic("how do we share the work?", WORDING) == "the question “How do we share the work?”"
    assert name_topic("our principals don't trust the data", WORDING) == "“Our principals don't trust the data”"
    assert name_briefly("how do we share the work?", WORDING) == "the topic"
    assert name_briefly("sharing leadership", WORDING) == "sharing leadership"
    assert name_briefly("teacher leadership: who leads without a title", WORDING) == "teacher leadership"


# --- values ------------------------------------------------------------------------------------------------------


def test_a_plan_survives_the_store() -> None:
    values = json.loads(json.dumps(plan_to_object(PLAN)))
    assert read_plan(values) == PLAN
    del values["agenda"]
    with pytest.raises(CoachError, match="agenda"):
        read_plan(values)


# --- changes -----------------------------------------------------------------------------------------------------

changes = st.lists(
    st.tuples(st.sampled_from(["minutes", "move", "remove", "add", "total"]), st.integers(0, 12), st.integers(-5, 60)),
    max_size=6,
)


def change(agenda: tuple[AgendaItem, ...], kind: str, place: int, number: int) -> tuple[AgendaItem, ...]:
    item = agenda[place % len(agenda)]
    if kind == "minutes":
        return change_minutes(agenda, item.id, number, WORDING)
    if kind == "move":
        return move_item(agenda, item.id, number, WORDING)
    if kind == "remove":
        return remove_item(agenda, item.id, WORDING)
    if kind == "total":
        return change_total(agenda, number + 30, WORDING)
    own = AgendaItem("", "step", "Own", "Talk.", "You", "To talk.", max(number, 1), 1, 60, is_work=True, by="person")
    return add_item(agenda, own, WORDING)


@given(changes, st.sampled_from([60, 90, 137]))
@settings(deadline=None)
def test_whatever_is_changed_the_minutes_add_up(steps: list[tuple[str, int, int]], minutes: int) -> None:
    agenda = compose(PlanRequest("sharing leadership", minutes=minutes)).agenda
    total = minutes
    for kind, place, number in steps:
        try:
            changed = change(agenda, kind, place, number)
        except CoachError as refused:
            assert str(refused)
            continue
        agenda, total = changed, number + 30 if kind == "total" else total
        assert sum(item.minutes for item in agenda) == total
        assert 2 * sum(item.minutes for item in agenda if item.is_work) >= total
        assert sum(item.minutes for item in agenda if item.kind == "slack") >= 5
        assert all(item.minutes >= 1 for item in agenda)
        assert len({item.id for item in agenda}) == len(agenda)


def test_a_change_of_minutes_is_taken_from_the_others_and_no_more() -> None:
    step = next(item for item in PLAN.agenda if item.kind == "step")
    changed = change_minutes(PLAN.agenda, step.id, step.minutes + 3, WORDING)
    assert [item.id for item in changed] == [item.id for item in PLAN.agenda]
    assert next(item for item in changed if item.id == step.id).minutes == step.minutes + 3
    with pytest.raises(CoachError, match="is not there, or no longer"):
        change_minutes(PLAN.agenda, "step-99", 5, WORDING)
    with pytest.raises(CoachError, match="does not add up"):
        change_minutes(PLAN.agenda, step.id, 55, WORDING)
    with pytest.raises(CoachError, match="at least 5"):
        change_minutes(PLAN.agenda, "slack", 4, WORDING)


def test_listening_never_takes_more_than_half() -> None:
    talk = AgendaItem("", "step", "A talk", "Listen.", "You", "To hear.", 28, 1, 60, is_work=False, by="person")
    long = compose(PlanRequest("sharing leadership", minutes=90), protocol="consultancy")
    with pytest.raises(CoachError, match="At least half of the time is theirs|does not add up"):
        add_item(add_item(long.agenda, talk, WORDING), talk, WORDING)


@pytest.mark.parametrize("part", LINE_LISTS)
def test_lines_are_changed_and_say_whose_they_are(part: Any) -> None:
    before = getattr(PLAN, part)
    plan = change_lines(PLAN, part, [before[0].text, "", "  My   own\x07 line ", "My own line", "A second"], WORDING)
    assert getattr(plan, part) == (before[0], Line("My own line", "person"), Line("A second", "person"))
    with pytest.raises(CoachError):
        change_lines(PLAN, part, [" "], WORDING)
    with pytest.raises(CoachError):
        change_lines(PLAN, part, [f"line {number}" for number in range(13)], WORDING)
    with pytest.raises(CoachError):
        change_lines(PLAN, part, ["x" * (LONGEST + 1), "y"], WORDING)


@pytest.mark.parametrize("part", ONE_LINES)
def test_a_text_is_changed(part: Any) -> None:
    value = getattr(change_text(PLAN, part, "Other words", WORDING), part)
    assert value in ("Other words", Line("Other words", "person"))
    before = getattr(PLAN, part)
    same = before.text if isinstance(before, Line) else before
    assert change_text(PLAN, part, same, WORDING) is PLAN
    with pytest.raises(CoachError):
        change_text(PLAN, part, "\n", WORDING)


@pytest.mark.parametrize("part", ITEM_TEXTS)
def test_an_items_words_are_changed(part: Any) -> None:
    changed = change_item(PLAN, "reading", part, "Other words", WORDING)
    item = next(one for one in changed.agenda if one.id == "reading")
    assert getattr(item, part) == "Other words" and item.by == "person"
    assert change_item(PLAN, "reading", part, getattr(PLAN.agenda[1], part), WORDING) == PLAN
    with pytest.raises(CoachError):
        change_item(PLAN, "nowhere", part, "x", WORDING)


def test_passages_are_one_to_three() -> None:
    one = PLAN.grounding[0]
    assert choose_passages(PLAN, [one], WORDING).grounding == (one,)
    for chosen in ([], [one] * 4):
        with pytest.raises(CoachError):
            choose_passages(PLAN, chosen, WORDING)
    assert choose_passages(compose(PlanRequest("bus safety"), SILENT), [], WORDING).grounding == ()


def test_what_a_person_wrote_stays_when_a_plan_is_made_anew() -> None:
    before = change_text(change_lines(PLAN, "questions", ["One?", "Two?"], WORDING), "purpose", "Ours.", WORDING)
    before = change_text(before, "title", "Our title", WORDING)
    before = change_item(before, "reading", "detail", "Read it twice.", WORDING)
    own = AgendaItem("", "step", "A song", "Sing.", "Everyone", "To wake up.", 5, 1, 60, is_work=True, by="person")
    before = replace(before, agenda=add_item(before.agenda, own, WORDING))
    after = keep_own_words(compose(PlanRequest("sharing leadership", minutes=90)), before, WORDING)
    assert after.title == "Our title" and after.confidentiality == PLAN.confidentiality
    assert [item.detail for item in after.agenda if item.by == "person"] == ["Read it twice.", "Sing."]
    assert find_faults(after, read_text) == ()
    assert after.purpose == Line("Ours.", "person") and Line("One?", "person") in after.questions
    assert after.minutes == 90 and keep_own_words(PLAN, PLAN, WORDING) == PLAN
