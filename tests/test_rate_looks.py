"""Nobody changes levels after seeing what others said, by whatever way they come; and a round goes with all that was said."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.errors import CoachError
from coach.evaluation.records import Settlement
from coach.records import LOCAL_PERSON
from coach.store.store import Store
from coach.web.rate_values import Sent, Shown, Typed
from tests.conftest import OTHER
from tests.fragments import find_all, read_text
from tests.rate_scene import DIMENSIONS, Scene, join, list_checked, name_view, open_scene, read_outcome
from tests.rating_examples import make_items, make_run

FULL = dict.fromkeys(DIMENSIONS, "1")


@pytest.fixture
def scene(store: Store) -> Scene:
    return open_scene(store)


@pytest.fixture
def made(scene: Scene) -> str:
    """A round in which two have rated everything and a third has begun."""
    made = scene.make()
    scene.rate_all(made, "Ann", level="1")
    scene.rate_all(made, "Benedicta", level="0", comment="said by the other")
    scene.rate_all(made, "Cleo", most=3)
    return made


def assert_unseen(shown: Shown) -> None:
    """Nothing of what others said."""
    assert "Benedicta" not in join(shown) and "said by the other" not in join(shown)


def look(scene: Scene, made: str, rater: str = "Ann", **more: Any) -> Shown:
    return scene.send("look", round=made, rater=rater, **more)


# --- before one looks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["agreement", "settle", "open"])
def test_whoever_has_finished_is_asked_before_anything_is_shown(scene: Scene, made: str, act: str) -> None:
    code = scene.list_codes(made, "Ann")[0]
    values = {"round": made, "view": "agreement", "code": code, "dimension": "clear", "level": "1", "by": "Ann"}
    shown = scene.send(act, round=made, rater="Ann", values=values)
    assert name_view(shown) == "look" and "stay as they are" in read_text(shown.rate)
    assert "rating as Ann" in read_text(shown.progress) and "noted for Ann" in read_text(shown.rate)
    assert [one.get("data-act") for one in find_all(shown.rate, "//button")] == ["look", "go"]
    assert_unseen(shown)
    assert scene.ratings.read_look(made, "Ann") is None and scene.ratings.list_settlements(made) == ()
    assert read_outcome(scene.choose(made, "Ann", code, clear="0")) == "saved"


def test_from_then_on_the_agreement_comes_at_once(scene: Scene, made: str) -> None:
    shown = look(scene, made, " ann ")
    assert name_view(shown) == "agreement" and "Benedicta" in join(shown)
    first = scene.ratings.read_look(made, "ANN")
    assert first and name_view(scene.send("agreement", round=made, rater="ANN")) == "agreement"
    assert "while others rate" in read_text(look(scene, made).rate)
    scene.rate_all(made, "Cleo")
    assert "Everybody who began has rated everything" in read_text(look(scene, made).rate)
    assert scene.ratings.read_look(made, "Ann") == first
    assert scene.ratings.read_look(made, "Benedicta") is None


@pytest.mark.slow
@pytest.mark.parametrize("rater", ["Cleo", "Zed", ""])
@pytest.mark.parametrize("act", ["look", "agreement", "settle"])
def test_nobody_looks_who_still_rates_or_has_no_name(scene: Scene, made: str, rater: str, act: str) -> None:
    shown = scene.send(act, round=made, rater=rater, values={"round": made})
    assert name_view(shown) == "round" and "is shown" in read_text(shown.notice)
    assert_unseen(shown)
    assert [one.looked_at for one in scene.ratings.list_rounds()[0].raters] == [None] * 3


@pytest.mark.slow
def test_without_a_name_a_round_shows_how_much_and_nobody(scene: Scene, made: str) -> None:
    shown = scene.desk.open(LOCAL_PERSON, made, "agreement")
    assert name_view(shown) == "round" and "Whoever does not rate" in read_text(shown.rate) and not shown.notice
    assert "15, by 3 people" in read_text(shown.rate) and "One rater has not finished" in read_text(shown.rate)
    assert_unseen(shown)
    closed = scene.send("close", values={"round": made})
    assert name_view(closed) == "agreement" and "Benedicta" in join(closed)
    assert name_view(scene.desk.open(LOCAL_PERSON, made, "agreement")) == "agreement"
    for rater in ("Zed", "Cleo"):  # whoever looked without a name rates under none
        assert read_outcome(scene.choose(made, rater, scene.list_codes(made, rater)[5], **FULL)) == "refused"


# --- after one looked -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_a_window_still_held_is_kept_before_the_look(scene: Scene, made: str) -> None:
    code = scene.list_codes(made, "Ann")[0]
    shown = look(scene, made, typed={code: Typed({"clear": "3"}, "at the last moment")})
    assert name_view(shown) == "agreement" and "at the last moment" in join(shown)
    kept = {one.entry: one for one in scene.ratings.list_ratings(made, "Ann")}[code]
    assert dict(kept.levels)["clear"] == 3


def test_what_cannot_be_kept_stops_the_look(scene: Scene, made: str) -> None:
    code = scene.list_codes(made, "Ann")[0]
    shown = look(scene, made, typed={code: Typed({"clear": "9"})})
    assert read_outcome(shown) == "refused" and scene.ratings.read_look(made, "Ann") is None
    assert_unseen(shown)


def test_the_last_answer_may_come_with_the_look(scene: Scene, made: str) -> None:
    left = scene.list_codes(made, "Cleo")[3:]
    shown = look(scene, made, "Cleo", typed={code: Typed(FULL) for code in left})
    assert name_view(shown) == "agreement" and scene.ratings.read_look(made, "Cleo")


@pytest.mark.slow
def test_another_window_is_told_and_shows_what_stands(scene: Scene, made: str) -> None:
    look(scene, made)
    before, code = scene.ratings.list_ratings(made), scene.list_codes(made, "Ann")[1]
    for typed in (Typed({"clear": "3"}), Typed({}, "A second thought."), Typed({"clear": "na"}, "")):
        shown = scene.send("next", round=made, rater="aNN", entry=code, typed={code: typed})
        assert read_outcome(shown) == "refused" and "Settle differences" in read_text(shown.notice)
        assert name_view(shown) == "entry" and list_checked(shown) == FULL
        assert "so your levels and your comment stay" in read_text(find_all(shown.rate, "//p[@id='fixed']")[0].text)
        assert not find_all(shown.rate, "//fieldset//input[not(@disabled)]")
        assert find_all(shown.saved, "//p")[0].get("data-focus-on") == "heading"
    assert scene.ratings.list_ratings(made) == before


@pytest.mark.slow
def test_what_is_sent_again_and_says_the_same_is_taken(scene: Scene, made: str) -> None:
    look(scene, made)
    before, code = scene.ratings.list_ratings(made), scene.list_codes(made, "Ann")[0]
    assert read_outcome(scene.choose(made, "Ann", code, **FULL)) == "saved"
    assert scene.ratings.list_ratings(made) == before


def test_a_sheet_changes_nothing_either_and_keeps_nothing_beside(scene: Scene, made: str) -> None:
    look(scene, made)
    before, code = scene.ratings.list_ratings(made), scene.list_codes(made, "Ann")[0]
    later = scene.list_codes(made, "Cleo")[4]
    for rows in (f"Ann,{code},3", f"Cleo,{later},2\nANN,{code},3"):
        with pytest.raises(CoachError, match="has seen what the others said"):
            scene.desk.read_sheet(LOCAL_PERSON, made, "Ann", ("a.csv", f"Rater,Code,Citation\n{rows}\n".encode()))
        assert scene.ratings.list_ratings(made) == before
    same = f"Rater,Code,Citation\nAnn,{code},1\nCleo,{later},2\n".encode()
    assert "2 answers rated" in scene.desk.read_sheet(LOCAL_PERSON, made, "Ann", ("a.csv", same))


def test_others_go_on_and_the_same_name_rates_in_another_round(scene: Scene, made: str) -> None:
    look(scene, made)
    code = scene.list_codes(made, "Cleo")[4]
    assert read_outcome(scene.choose(made, "Cleo", code, clear="2")) == "saved"
    other = scene.make()
    assert read_outcome(scene.choose(other, "Ann", scene.list_codes(other, "Ann")[0], clear="2")) == "saved"


def test_the_round_and_the_end_say_that_levels_stand(scene: Scene, made: str) -> None:
    before = scene.send("next", round=made, rater="Ann", entry=scene.list_codes(made, "Ann")[-1])
    assert "can still change" in read_text(before.rate)
    look(scene, made)
    for act in ("next", "round"):
        entry = scene.list_codes(made, "Ann")[-1]
        shown = scene.send(act, round=made, rater="Ann", entry=entry, values={"round": made})
        assert "You have seen what the others said" in read_text(shown.rate)
    assert "You have seen" not in read_text(scene.send("round", rater="Cleo", values={"round": made}).rate)


def test_nobody_freezes_the_levels_of_somebody_else(scene: Scene, made: str) -> None:
    desk = replace(scene.desk, is_trainer=lambda _: True)
    with pytest.raises(CoachError, match="Somebody else rates as Ann"):
        desk.handle(OTHER, Sent("n", made, "Ann", act="look"))
    assert scene.ratings.read_look(made, "Ann") is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["choose", "look", "agreement", "settle", "sheet", "open"]),
        st.sampled_from(["Ann", "ann ", "Ben", ""]),
        st.sampled_from(["0", "1"]),
    ),
    max_size=8,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_done_nobody_who_has_seen_changes_anything(store: Store, steps: list[tuple[str, str, str]]) -> None:
    scene = open_scene(store)
    scene.runs.runs["run-one"] = make_run("run-one", make_items(1))
    made = scene.make(calibrate="0")
    for rater in ("Ann", "Ben"):
        scene.rate_all(made, rater, comment=f"of {rater}")
    stands: dict[str, object] = {}
    for act, rater, level in steps:
        name = rater.strip().title()
        code = scene.list_codes(made, name or "Ann")[0]
        shown = Shown()
        if act == "choose":
            shown = scene.choose(made, rater, code, clear=level)
        elif act == "sheet":
            with suppress(CoachError):
                scene.desk.read_sheet(LOCAL_PERSON, made, rater, ("a.csv", f"Code,Clear\n{code},{level}\n".encode()))
        else:
            values = {"round": made, "view": "agreement"}
            shown = scene.send(act, round=made, rater=rater, values=values) if act != "settle" else Shown()
        other = {"Ann": "Ben", "Ben": "Ann"}.get(name)
        if other is None:
            assert "of Ann" not in join(shown) and "of Ben" not in join(shown)
        elif f"of {other}" in join(shown):
            stands.setdefault(name, scene.ratings.list_ratings(made, name))
        for seen, said in stands.items():
            assert scene.ratings.list_ratings(made, seen) == said


# --- a round goes ---------------------------------------------------------------------------------------------------


def test_a_round_is_deleted_with_everything_in_it(scene: Scene, made: str) -> None:
    look(scene, made)
    code = scene.list_codes(made, "Ann")[0]
    scene.ratings.settle(made, Settlement(code, "clear", 1, "Ann and Benedicta", "a grey heron", ""))
    other = scene.make(title="Winter")
    shown = scene.send("delete", round=made, rater="Ann", values={"round": made})
    assert name_view(shown) == "rounds" and "“Autumn” is deleted" in read_text(shown.notice)
    assert [one.id for one in scene.ratings.list_rounds()] == [other] and "Autumn" not in read_text(shown.rate)
    assert scene.ratings.read_look(made, "Ann") is None
    folder = scene.store.path.parent
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"grey heron" not in whole and code.encode() not in whole and b"said by the other" not in whole


@pytest.mark.parametrize(
    ("raters", "told"), [((), "Nobody has rated"), (("Ann",), "6, by one person"), (("Ann", "Ben"), "12, by 2 people")]
)
def test_what_goes_is_counted_before(scene: Scene, raters: tuple[str, ...], told: str) -> None:
    made = scene.make()
    for rater in raters:
        scene.rate_all(made, rater)
    for shown in (scene.send("round", values={"round": made}), scene.send("close", values={"round": made})):
        if name_view(shown) == "agreement":
            shown = scene.send("round", values={"round": made})
        assert told in read_text(find_all(shown.rate, "//details[@id='delete-more']")[0].text_content())
    assert [one.id for one in scene.ratings.list_rounds()] == [made]


def test_only_a_trainer_deletes(scene: Scene, made: str) -> None:
    with pytest.raises(CoachError, match="for trainers"):
        scene.desk.handle(OTHER, Sent(act="delete", values={"round": made}))
    assert scene.ratings.read_round(made).title == "Autumn"


def test_whoever_still_rates_in_it_is_told_that_it_is_gone(scene: Scene, made: str) -> None:
    code = scene.list_codes(made, "Cleo")[4]
    scene.ratings.delete_round(made)
    for shown in (
        scene.choose(made, "Cleo", code, clear="1"),
        scene.send("next", round=made, rater="Cleo", entry=code),
        scene.send("delete", values={"round": made}),
        look(scene, made),
    ):
        assert name_view(shown) == "rounds" and "may have been deleted" in read_text(shown.notice)
        assert read_outcome(shown) == "shown" and not read_text(shown.saved)
    with pytest.raises(CoachError, match="no round"):
        scene.desk.read_sheet(LOCAL_PERSON, made, "Cleo", ("a.csv", b"x"))
