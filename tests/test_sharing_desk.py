"""Sharing on the page without a browser: what is offered to whom, and what comes of what the browser sends."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from coach.commitments import CommitmentDraft
from coach.errors import CoachError
from coach.records import LOCAL_PERSON
from coach.store.people import PeopleStore
from coach.web.ask_page import list_acts
from coach.web.sharing_desk import remember_masked
from tests.conftest import OTHER
from tests.fragments import find_all, read_text
from tests.test_chat import STORED
from tests.test_desk import Scene, scene  # noqa: F401 - a fixture

FORMS = "//details[contains(@class, 'share')]/form"


def make_answer() -> dict[str, Any]:
    """An answer with a practice's card, to a question with a student's name in it."""
    card = {"text": "Map the advice. Ask.", "kind": "notice", "origin": "written", "citations": [], "part_of": "map"}
    answer = copy.deepcopy(STORED)
    return {**answer, "question": "What helps Tamika?", "statements": [*answer["statements"], card]}


def add_supervisor(scene: Scene, name: str = "Dr. <b>Lee</b>") -> str:  # noqa: F811
    return PeopleStore(scene.library.store).add(name, ["central_office"]).id


def read_form(form: Any) -> dict[str, str]:
    """What the browser sends of a form: its own data, and the first choice."""
    data = {name.removeprefix("data-"): str(value) for name, value in form.attrib.items() if name.startswith("data-")}
    return {**data, "supervisor": form.xpath(".//option/@value")[0]}


def act(scene: Scene, name: str, current: str, values: Mapping[str, str], person: str = LOCAL_PERSON) -> Any:  # noqa: F811
    return list_acts(scene.desk)[name](person, current, values)


def test_nothing_is_offered_where_nobody_is_there_to_share_with(scene: Scene) -> None:  # noqa: F811
    conversation = scene.store(make_answer())
    scene.desk.commitments.add(LOCAL_PERSON, CommitmentDraft("ask", "2026-11-27"))
    shown = scene.desk.open(LOCAL_PERSON, conversation)
    assert find_all(shown.transcript, FORMS) == [] == find_all(shown.history, FORMS)
    assert "Share" not in read_text(shown.transcript) and "What I share" not in read_text(shown.history)
    add_supervisor(scene)
    assert len(find_all(scene.desk.open(LOCAL_PERSON, conversation).transcript, FORMS)) == 2


def test_a_form_shows_the_words_and_sends_what_shares_them(scene: Scene) -> None:  # noqa: F811
    lee = add_supervisor(scene)
    conversation = scene.store(make_answer())
    scene.desk.commitments.add(LOCAL_PERSON, CommitmentDraft("ask Tamika", "2026-11-27", goal="Secret goal"))
    shown = scene.desk.open(LOCAL_PERSON, conversation)
    forms = [*find_all(shown.transcript, FORMS), *find_all(shown.history, FORMS)]
    assert [form.get("data-kind") for form in forms] == ["practice", "question", "commitment"]
    for form in forms:
        values = read_form(form)
        seen = [line.text_content() for line in form.xpath(".//blockquote/p")]
        assert form.xpath(".//option/text()") == ["Dr. <b>Lee</b>"] and values["supervisor"] == lee
        assert len(form.xpath(f"//select[@id=//label[.='With']/@for and @id='{form.xpath('.//select/@id')[0]}']")) == 1
        said = act(scene, values.pop("event"), conversation, values)
        assert read_text(said.notice).startswith(f"Dr. <b>Lee</b> can now see: “{seen[0]}”")
        assert all(line in read_text(said.history) for line in seen)
    received = scene.desk.sharing.sharing.list_received(lee)
    assert [one.text for one in received][1:] == ["What helps [student]?", "Map the advice"]
    assert "Tamika" not in repr(received) and "Secret" not in repr(received)
    given = find_all(scene.desk.open(LOCAL_PERSON, "").history, "//section[@class='given']//button")
    assert len(given) == 3 and "Take back from Dr. <b>Lee</b>" in given[0].get("aria-label")
    gone = act(scene, "take_back", conversation, {"id": given[0].get("data-id")})
    assert "can no longer see" in read_text(gone.notice)
    assert len(scene.desk.sharing.sharing.list_received(lee)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"shown": ""},
        {"shown": "0" * 16},
        {"supervisor": ""},
        {"supervisor": LOCAL_PERSON},
        {"supervisor": OTHER},
        {"ordinal": "7"},
        {"ordinal": "x"},
        {"ordinal": None},
        {"kind": "conversation"},
        {"kind": None},
        {"thing": "open"},
    ],
)
def test_what_the_browser_makes_up_is_not_shared(scene: Scene, change: dict[str, str | None]) -> None:  # noqa: F811
    add_supervisor(scene)
    conversation = scene.store(make_answer())
    for form in find_all(scene.desk.open(LOCAL_PERSON, conversation).transcript, FORMS):
        values = {key: value for key, value in {**read_form(form), **change}.items() if value is not None}
        if "thing" in change and values["kind"] == "question":
            continue
        with pytest.raises(CoachError):
            act(scene, "give", conversation, values)
    assert scene.desk.sharing.sharing.list_given(LOCAL_PERSON) == ()


def test_two_people_share_each_their_own(scene: Scene) -> None:  # noqa: F811
    lee = add_supervisor(scene)
    conversation = scene.store(make_answer())
    mine = scene.desk.commitments.add(LOCAL_PERSON, CommitmentDraft("ask", "2026-11-27"))
    shown = scene.desk.open(LOCAL_PERSON, conversation)
    forms = [*find_all(shown.transcript, FORMS), *find_all(shown.history, FORMS)]
    for form in forms:
        with pytest.raises(CoachError):
            act(scene, "give", conversation, read_form(form), OTHER)
    act(scene, "give", conversation, read_form(forms[0]))
    (given,) = scene.desk.sharing.sharing.list_given(LOCAL_PERSON)
    assert "What I share" not in read_text(scene.desk.open(OTHER, "").history)
    for person in (OTHER, lee):
        with pytest.raises(CoachError):
            act(scene, "take_back", "", {"id": given.id}, person)
    assert scene.desk.sharing.sharing.list_received(lee) == (given,)
    assert find_all(scene.desk.open(lee, "").history, FORMS) == [] and mine.id not in repr(given)
    # The local person has every role, that of a supervisor too.
    assert [one.id for one in scene.desk.sharing.offer(OTHER).supervisors] == [lee, LOCAL_PERSON]  # type: ignore[union-attr]


def test_an_answer_that_is_not_stored_offers_nothing(scene: Scene) -> None:  # noqa: F811
    add_supervisor(scene)
    steps = scene.ask("What helps?")
    assert find_all(steps[-1].transcript, FORMS) != [] and find_all(steps[0].transcript, FORMS) == []


def test_a_text_is_masked_once_for_each_state_of_the_library() -> None:
    masked: list[str] = []
    generation = [1]

    def mask(text: str) -> str:
        masked.append(text)
        return f"{text} {generation[0]}"

    remembered = remember_masked(mask, lambda: generation[0])
    assert [remembered("a"), remembered("a")] == ["a 1", "a 1"] and masked == ["a"]
    generation[0] = 2
    assert remembered("a") == "a 2"
