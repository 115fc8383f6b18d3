"""The page for rating without a browser: what a window sends to the desk, and what is shown and kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from coach.errors import CoachError, LibraryBusy
from coach.evaluation.rating.agreement import measure_agreement
from coach.evaluation.records import EvaluationItem, Rating
from coach.records import LOCAL_PERSON, Outcome
from coach.store.ratings import RatingStore
from coach.store.store import Store
from coach.web.rate_agreement import MOST_DISAGREEMENTS, Said, view_agreement
from coach.web.rate_page import read_sent
from coach.web.rate_routes import MEGABYTES, build_router
from coach.web.rate_values import Sent, Typed
from coach.web.rate_view import hide_origin, view_answer
from coach.web.rate_wording import load_rate_page_wording
from tests.conftest import OTHER
from tests.fragments import find_all, read_text
from tests.rate_scene import (
    DIMENSIONS,
    RUBRIC,
    TEXT,
    Scene,
    find_root,
    join,
    list_checked,
    name_view,
    open_scene,
    read_outcome,
)
from tests.rating_examples import CITATION, make_answer, make_items, make_run

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} ${7}"


@pytest.fixture
def scene(store: Store) -> Scene:
    return open_scene(store)


# --- rounds -------------------------------------------------------------------------------------------------------


def test_a_round_is_made_of_two_runs_and_found_by_its_title(scene: Scene) -> None:
    assert "no round yet" in read_text(scene.desk.open(LOCAL_PERSON).rate)
    form = scene.send("make_form")
    assert [one.get("value") for one in find_all(form.rate, "//input[@name='run']")] == ["run-one", "run-two"]
    made = scene.make(("run-one", "run-two", "run-one", "unknown"), raters="Ann, Ben\nCleo", share="40", calibrate="3")
    kept = scene.ratings.read_round(made)
    assert len(kept.entries) == 12 and kept.raters == ("Ann", "Ben", "Cleo") and kept.title == "Autumn"
    assert sum(one.calibrates for one in kept.entries) == 3
    assert "Autumn" in read_text(scene.send("rounds").rate)


@pytest.mark.parametrize(
    ("values", "runs", "told"),
    [
        ({"title": "  "}, ("run-one",), "title"),
        ({}, (), "at least one run"),
        ({}, ("unknown",), "at least one run"),
        ({"share": "140"}, ("run-one",), "whole numbers"),
        ({"share": "-1"}, ("run-one",), "whole numbers"),
        ({"calibrate": "many"}, ("run-one",), "whole numbers"),
        ({"share": "30"}, ("run-one",), "at least two"),
        ({"raters": "Ann\nann "}, ("run-one",), "named twice"),
    ],
)
def test_a_round_that_cannot_be_is_refused(
    scene: Scene, values: dict[str, str], runs: tuple[str, ...], told: str
) -> None:
    with pytest.raises(CoachError, match=told):
        scene.make(runs, **values)
    assert scene.ratings.list_rounds() == ()


def test_nobody_but_a_trainer_sees_anything(scene: Scene) -> None:
    made = scene.make()
    for work in (
        lambda: scene.desk.open(OTHER, made),
        lambda: scene.desk.handle(OTHER, Sent(act="rounds")),
        lambda: scene.desk.write_sheet(OTHER, made, "Ann"),
        lambda: scene.desk.read_sheet(OTHER, made, "Ann", ("a.csv", b"")),
    ):
        with pytest.raises(CoachError, match="for trainers"):
            work()


def test_a_round_that_is_not_there_is_said(scene: Scene) -> None:
    for asked in ("unknown", "' or 1=1", "%"):
        shown = scene.desk.open(LOCAL_PERSON, asked)
        assert "no such round" in read_text(shown.notice) and name_view(shown) == "rounds"


# --- who rates ----------------------------------------------------------------------------------------------------


def test_a_rater_begins_where_nothing_is_rated_and_goes_on_there(scene: Scene) -> None:
    made = scene.make()
    codes = scene.list_codes(made, "Ann")
    first = scene.start(made, " Ann ")
    assert find_root(first).get("data-entry") == codes[0] and find_root(first).get("data-rater") == "Ann"
    assert "Answer 1 of 6, calibration 1 of 2" in read_text(first.progress)
    scene.rate_all(made, "Ann", most=3)
    again = scene.start(made, "ann")
    assert find_root(again).get("data-entry") == codes[3] and find_root(again).get("data-rater") == "Ann"
    assert "Ann has rated 3 of 6" in read_text(again.notice)
    mine = scene.send("rounds", rater="ANN")
    assert "3 of 6 rated" in read_text(mine.rate)


def test_a_name_that_was_not_asked_is_asked_about_and_told_no_other(scene: Scene) -> None:
    made = scene.make(raters="Ann\nBenedicta")
    shown = scene.start(made, "Zed")
    assert name_view(shown) == "round" and "“Zed” is not one of them" in read_text(shown.rate)
    assert "Ann" not in join(shown) and "Benedicta" not in join(shown)
    assert name_view(scene.start(made, "Zed", anyway="yes")) == "entry"
    assert name_view(scene.start(made, "benedicta")) == "entry"


@pytest.mark.parametrize("name", ["", "  ", "…", "x" * 81])
def test_a_name_must_be_a_name(scene: Scene, name: str) -> None:
    made = scene.make()
    with pytest.raises(CoachError, match="name or initials"):
        scene.start(made, name)


# --- one answer ---------------------------------------------------------------------------------------------------


def test_levels_are_kept_as_they_are_chosen(scene: Scene) -> None:
    made = scene.make()
    code = scene.list_codes(made, "Ann")[0]
    shown = scene.choose(made, "Ann", code, citation="2")
    assert read_outcome(shown) == "saved" and read_text(shown.saved) == "Saved" and shown.rate is None
    masked = scene.choose(made, "Ann", code, "Maya says so.", citation="0", clear="na")
    assert "A name was left out" in read_text(masked.saved)
    (kept,) = scene.ratings.list_ratings(made)
    assert dict(kept.levels) == {"citation": 0, "clear": None} and kept.comment == "[student] says so."
    shown = scene.send("go", round=made, rater="Ann", values={"to": code})
    assert list_checked(shown) == {"citation": "0", "clear": "na"}
    assert "[student] says so." in find_all(shown.rate, "//textarea")[0].text


def test_a_comment_that_was_not_touched_stays(scene: Scene) -> None:
    made = scene.make()
    code = scene.list_codes(made, "Ann")[0]
    scene.choose(made, "Ann", code, "Mine.")
    scene.choose(made, "Ann", code, clear="1")
    assert scene.ratings.list_ratings(made)[0].comment == "Mine."


@pytest.mark.slow
@pytest.mark.parametrize(
    "levels", [{"clear": "9"}, {"clear": "-1"}, {"clear": ""}, {"clear": "NA"}, {"tone": "1"}, {"clear": "²"}]
)
def test_a_level_that_is_none_is_refused_and_nothing_of_it_kept(scene: Scene, levels: dict[str, str]) -> None:
    made = scene.make()
    code = scene.list_codes(made, "Ann")[0]
    shown = scene.choose(made, "Ann", code, citation="1", **levels)
    assert read_outcome(shown) == "refused" and shown.notice and shown.rate is None
    assert scene.ratings.list_ratings(made) == ()


class BusyRatings(RatingStore):
    """A store into which somebody else is writing."""

    def put_ratings(self, person: str, round_id: str, ratings: Iterable[Rating]) -> tuple[Rating, ...]:
        raise LibraryBusy("Another process is writing.")


def test_a_level_that_comes_while_others_write_is_sent_again_and_not_refused(scene: Scene) -> None:
    made = scene.make()
    busy = replace(scene.desk, ratings=BusyRatings(scene.store, str))
    sent = Sent("n1", made, "Ann", typed={scene.list_codes(made, "Ann")[0]: Typed({"clear": "1"})})
    with pytest.raises(LibraryBusy) as raised:
        busy.handle(LOCAL_PERSON, sent)
    assert read_outcome(busy.show_failure(sent, str(raised.value))) == "failed"


def test_a_code_of_nobody_is_refused(scene: Scene) -> None:
    made = scene.make()
    assert read_outcome(scene.choose(made, "Ann", "QQQQQ", clear="1")) == "refused"
    shown = scene.send("go", round=made, rater="Ann", values={"to": "QQQQQ"})
    assert "no such answer" in read_text(shown.notice) and name_view(shown) == "round"


def test_what_a_good_answer_has_and_the_answer_with_its_quotation_are_shown(scene: Scene) -> None:
    made = scene.make()
    shown = scene.start(made, "Ann")
    text = read_text(shown.rate)
    for said in (
        "Asked by a principal",
        "An earlier question?",
        "The ideal answer",
        "shared or together",
        "Say it for",
    ):
        assert said in text
    assert [one.text for one in find_all(shown.rate, "//mark")] == [CITATION.quote]
    assert "They say so." in find_all(shown.rate, "//blockquote[@class='passage']")[0].text_content()
    groups = find_all(shown.rate, "//fieldset")
    assert [one.get("data-dimension") for one in groups] == DIMENSIONS
    for dimension in RUBRIC.dimensions:
        for level in dimension.levels:
            assert level.anchor in text


def test_a_document_that_is_gone_leaves_the_quoted_words(scene: Scene) -> None:
    made = scene.make()
    shown = replace(scene, desk=replace(scene.desk, read_text=lambda _: None)).start(made, "Ann")
    assert "no longer in the library" in read_text(shown.rate) and CITATION.quote in read_text(shown.rate)


def test_a_run_is_read_again_only_when_it_is_new(scene: Scene) -> None:
    made = scene.make()
    before = scene.runs.read
    for _ in range(3):
        scene.start(made, "Ann")
    assert scene.runs.read == before + 1
    run = scene.runs.runs["run-one"]
    changed = {"statements": [{"text": "Said anew.", "kind": "craft"}]}
    scene.runs.runs["run-one"] = replace(
        run, finished_at="2026-12-01T00:00:00", results=tuple(replace(one, answer=changed) for one in run.results)
    )
    assert "Said anew." in read_text(scene.start(made, "Ann").rate) and scene.runs.read == before + 2


def test_the_list_of_answers_is_sent_when_something_in_it_is_new(scene: Scene) -> None:
    made = scene.make()
    code = scene.list_codes(made, "Ann")[0]
    sent = [scene.choose(made, "Ann", code, **{dimension: "1"}).progress for dimension in DIMENSIONS]
    assert [one is not None for one in sent] == [True, *[False] * (len(DIMENSIONS) - 2), True]


def test_a_run_that_is_gone_keeps_the_levels(scene: Scene) -> None:
    made = scene.make()
    scene.runs.runs.clear()
    shown = scene.start(made, "Ann")
    assert "its run was deleted" in read_text(shown.rate)
    scene.rate_all(made, "Ann")
    assert name_view(scene.look(made, "Ann")) == "agreement"


def test_whatever_others_wrote_is_text(scene: Scene) -> None:
    items = [EvaluationItem("q1", HOSTILE, ideal=HOSTILE, must_mention=((HOSTILE,),), must_not_say=(HOSTILE,))]
    run = make_run("run-one", items)
    answer = {**make_answer(items[0], "run-one"), "readings": [HOSTILE], "worth_adding": HOSTILE}
    answer["statements"] = [{"text": HOSTILE, "kind": "craft", "origin": "written", "spans": []}]
    scene.runs.runs["run-one"] = replace(run, results=(replace(run.results[0], answer=answer),))
    made = scene.make(title=HOSTILE)
    seen = [scene.start(made, HOSTILE[:60], anyway="yes")]
    for rater in (HOSTILE[:60], "Ben"):
        code = scene.list_codes(made, rater)[0]
        level = "1" if rater == "Ben" else "0"
        scene.choose(made, rater, code, HOSTILE, **dict.fromkeys(DIMENSIONS, level))
    seen += [scene.send(act, round=made, rater="Ben") for act in ("pause", "agreement", "look", "rounds")]
    values = {"code": code, "dimension": "clear", "level": "1", "by": HOSTILE[:60], "note": HOSTILE}
    seen.append(scene.send("settle", round=made, rater="Ben", values=values))
    for shown in seen:
        assert find_all(join(shown), "//script|//img") == [] and "49" not in read_text(shown.rate)
        assert "onerror=alert(1)" in join(shown)


# --- one after the other ------------------------------------------------------------------------------------------


def test_next_and_previous_go_through_all_with_a_pause_and_an_end(scene: Scene) -> None:
    made = scene.make()
    codes = scene.list_codes(made, "Ann")
    scene.rate_all(made, "Ann", most=2)
    shown, seen = scene.send("go", round=made, rater="Ann", values={"to": codes[0]}), []
    for _ in range(10):
        root = find_root(shown)
        seen.append(root.get("data-entry") or root.get("data-view"))
        if root.get("data-view") == "done":
            break
        if root.get("data-view") == "pause":
            onward = find_all(shown.rate, "//button[@id='pause-on']")[0].get("data-to")
            shown = scene.send("go", round=made, rater="Ann", values={"to": onward})
        else:
            shown = scene.send("next", round=made, rater="Ann", entry=root.get("data-entry"))
    assert seen == [*codes[:2], "pause", *codes[2:], "done"]
    assert "dimension yet: 4" in read_text(shown.rate)
    back = scene.send("previous", round=made, rater="Ann", entry=codes[1])
    assert find_root(back).get("data-entry") == codes[0]
    still = scene.send("previous", round=made, rater="Ann", entry=codes[0])
    assert find_root(still).get("data-entry") == codes[0]


def test_the_pause_compares_what_everybody_rated_and_nothing_else(scene: Scene) -> None:
    made = scene.make()
    first = scene.list_codes(made, "Ann")[:2]
    scene.rate_all(made, "Ben-who-rates", level="0", comment="hidden words")
    early = scene.send("pause", round=made, rater="Ann")
    assert "you have 2 left" in read_text(early.rate)
    assert find_all(early.rate, "//table") == [] and "hidden words" not in join(early)
    scene.rate_all(made, "Ann", most=2)
    shown = scene.send("pause", round=made, rater="Ann")
    assert [one.get("data-to") for one in find_all(shown.rate, "//section//a")] == first
    rows = find_all(shown.rate, "//tbody/tr")
    assert len(rows) == 2 * len(DIMENSIONS)
    assert [one.text for one in rows[0].findall("td")] == ["1", "0", "1"]
    # A level apart is marked on a gate alone, where it is the whole difference.
    marked = [dimension.is_gate for dimension in RUBRIC.dimensions] * 2
    assert [one.get("class") == "apart" for one in rows] == marked and any(marked)
    assert "Ben-who-rates" not in join(shown) and "hidden words" not in join(shown)
    entry = scene.send("go", round=made, rater="Ann", values={"to": first[0]})
    assert find_all(entry.progress, "//button[@data-act='pause']") and not find_all(
        shown.progress, "//*[@id='to-pause']"
    )
    scene.rate_all(made, "Cleo-begins", most=1)
    again = scene.send("pause", round=made, rater="Ann")
    assert "One other rater" in read_text(again.rate)


def test_a_round_without_calibration_has_no_pause(scene: Scene) -> None:
    made = scene.make(calibrate="0")
    assert "calibration" not in read_text(scene.start(made, "Ann").progress)
    assert name_view(scene.send("pause", round=made, rater="Ann")) == "entry"


# --- blind --------------------------------------------------------------------------------------------------------


def list_secrets(scene: Scene) -> list[str]:
    """Everything that could tell which version gave an answer, or what somebody else says."""
    secrets = ["answer-of-", "receipt-", "retrieved-text", "0.4321", "0.8765", "version-two-is-better", "judge-name",
               "31.4159", "10.9.8.7", "score-reason", "gate-reason", "set-identity", "set-name", "gpt-hidden"]  # fmt: skip
    return secrets + [text for run in scene.runs.runs.values() for text in (run.id, run.title)]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["", "gpt-hidden"])
def test_nothing_that_a_rater_gets_tells_the_version_or_another_rater(scene: Scene, model: str) -> None:
    for name in list(scene.runs.runs):
        scene.runs.runs[name] = make_run(name, make_items(6), model)
    made = scene.make(("run-one", "run-two"), calibrate="3")
    scene.rate_all(made, "Benedicta", level="0", comment="said by the other")
    seen = [scene.desk.open(LOCAL_PERSON), scene.desk.open(LOCAL_PERSON, made), scene.send("rounds", rater="Ann"),
            scene.start(made, "Ann")]  # fmt: skip
    codes = scene.list_codes(made, "Ann")
    for code in codes[:-1]:
        seen.append(scene.choose(made, "Ann", code, **dict.fromkeys(DIMENSIONS, "1")))
        seen += [
            scene.send(act, round=made, rater="Ann", entry=code) for act in ("next", "previous", "pause", "agreement")
        ]
    seen.append(scene.send("open", round=made, rater="Ann", values={"round": made, "view": "agreement"}))
    whole = "".join(map(join, seen))
    for secret in [*list_secrets(scene), "Benedicta", "said by the other"]:
        assert secret not in whole, secret
    assert "is shown when you have rated all" in read_text(seen[-1].notice)
    scene.choose(made, "Ann", codes[-1], **dict.fromkeys(DIMENSIONS, "1"))
    assert "Benedicta" in join(scene.look(made, "Ann"))


def test_an_answer_is_left_with_what_a_reader_reads() -> None:
    item = make_items(1)[0]
    hidden = hide_origin(make_answer(item, "run-one", "gpt-hidden"))
    assert [one["kind"] for one in hidden["statements"]] == ["source", "craft"]
    assert "receipt" not in json.dumps(hidden) and "gpt-hidden" not in json.dumps(hidden)
    run = make_run("run-one", [item], "gpt-hidden")
    assert "gpt-hidden" not in repr(view_answer(run.results[0], lambda _: TEXT))


@given(
    st.dictionaries(
        st.sampled_from(
            ["receipt", "composer", "sent", "fallback", "retrieved", "answer_id", "milliseconds", "scores"]
        ),
        st.text(min_size=12, max_size=30, alphabet="qxzjw"),
    )
)
def test_only_named_parts_of_an_answer_pass(parts: dict[str, str]) -> None:
    answer = {"statements": [{"text": "Said.", "kind": "craft"}], **parts}
    hidden = json.dumps(hide_origin({**answer, "receipt": {"model": parts.get("receipt", "")}}))
    assert not any(text in hidden for text in parts.values())


# --- agreement ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_whoever_is_done_sees_how_far_they_agree(scene: Scene) -> None:
    made = scene.make(("run-one", "run-two"))
    scene.rate_all(made, "Ann", level="1")
    scene.rate_all(made, "Ben", level="0", comment="Too short.")
    shown = scene.look(made, "Ann")
    text = read_text(shown.rate)
    rows = find_all(shown.rate, "//table[@class='agree-table']/tbody/tr")
    assert (
        len(rows) == len(DIMENSIONS)
        and "Answers 10" in rows[0].text_content()
        and "Same level 0%" in rows[0].text_content()
    )
    assert "Not counted here: 2 you rated first to calibrate" in text
    assert "100%" in rows[0].text_content() and "quadratic weighted kappa" in rows[0].text_content()
    assert "Within one –" in " ".join(rows[-1].text_content().split())
    assert "+1.00" in text and "−1.00" in text and "Too short." in text
    bars = find_all(shown.rate, "//*[local-name()='rect']")
    assert [(one.get("x"), one.get("width")) for one in bars] == [("100.0", "100.0"), ("0.0", "100.0")]
    assert find_all(shown.rate, "//*[@style]") == []
    # A gate's two sides come first.
    assert "Privacy and safety" in find_all(shown.rate, "//article")[0].text_content()
    assert len(find_all(shown.rate, "//article[h4]")) == MOST_DISAGREEMENTS and "not shown: 54" in text
    everything = scene.send("agreement", round=made, rater="Ann", values={"all": "yes"})
    assert len(find_all(everything.rate, "//article[h4]")) == 12 * len(DIMENSIONS)


def test_a_share_is_all_only_where_it_is_all() -> None:
    given = [
        Rating(f"e{place}", rater, (("clear", 3 if place or rater == "Ann" else 2),))
        for place in range(600)
        for rater in ("Ann", "Ben")
    ]
    view = view_agreement(
        measure_agreement(RUBRIC, given),
        Said(RUBRIC, given, ()),
        lambda _: None,
        lambda stamp: stamp,
        load_rate_page_wording(),
    )
    (row,) = [one for one in view.rows if one.n]
    assert (row.exact, row.within_one) == ("99%", "100%")


def test_few_answers_have_no_coefficient(scene: Scene) -> None:
    made = scene.make()
    scene.rate_all(made, "Ann", level="1")
    scene.rate_all(made, "Ben", level="0")
    cells = find_all(scene.look(made, "Ben").rate, "//table[@class='agree-table']//td[4]")
    assert all("too few" in cell.text_content() for cell in cells)


def test_a_closed_round_takes_no_level_and_shows_everybody(scene: Scene) -> None:
    made = scene.make()
    scene.rate_all(made, "Ann", most=1)
    closed = scene.send("close", values={"round": made})
    assert name_view(closed) == "agreement" and "is closed" in read_text(closed.notice)
    assert find_all(closed.rate, "//a[@href='/evaluate?run=run-one']")
    code = scene.list_codes(made, "Ann")[1]
    refused = scene.choose(made, "Ann", code, clear="1")
    assert read_outcome(refused) == "refused" and "closed" in read_text(refused.notice)
    assert name_view(scene.send("agreement", round=made)) == "agreement"
    assert name_view(scene.start(made, "Ben")) == "round"


def test_a_difference_is_settled_with_its_record(scene: Scene) -> None:
    made = scene.make()
    scene.rate_all(made, "Ann", level="1")
    scene.rate_all(made, "Ben", level="0")
    code = scene.list_codes(made, "Ann")[0]
    scene.look(made, "Ann")
    values = {"code": code, "dimension": "clear", "level": "1", "by": "Ann and Ben", "note": "Maya agreed."}
    first = scene.send("settle", round=made, rater="Ann", values=values)
    assert "Clear for the reader is 1" in read_text(first.notice)
    line = find_all(first.rate, f"//p[@id='settled-{code}-clear']")[0].text_content()
    assert "Settled: 1, by Ann and Ben" in line and "[student] agreed." in line
    again = scene.send("settle", round=made, rater="Ann", values={**values, "level": "na", "note": ""})
    assert "Settled: N/A" in find_all(again.rate, f"//p[@id='settled-{code}-clear']")[0].text_content()
    assert "Settled: 1" in find_all(again.rate, f"//details[@id='record-{code}-clear']")[0].text_content()
    assert [one.level for one in scene.ratings.list_settlements(made)] == [1, None]
    assert find_all(again.saved, "//p")[0].get("data-focus-on") == f"disagree-{code}-clear"


def test_nobody_settles_who_still_rates(scene: Scene) -> None:
    made = scene.make()
    scene.rate_all(made, "Ben")
    code = scene.list_codes(made, "Ann")[0]
    values = {"code": code, "dimension": "clear", "level": "1", "by": "Ann", "note": ""}
    shown = scene.send("settle", round=made, rater="Ann", values=values)
    assert "is shown when" in read_text(shown.notice) and scene.ratings.list_settlements(made) == ()


@pytest.mark.parametrize(
    "change", [{"level": ""}, {"level": "7"}, {"by": " "}, {"dimension": "tone"}, {"code": "QQQQQ"}]
)
def test_what_cannot_be_settled_is_refused(scene: Scene, change: dict[str, str]) -> None:
    made = scene.make()
    scene.rate_all(made, "Ann")
    scene.look(made, "Ann")
    code = scene.list_codes(made, "Ann")[0]
    values = {"code": code, "dimension": "clear", "level": "1", "by": "Ann", "note": "", **change}
    with pytest.raises(CoachError):
        scene.send("settle", round=made, rater="Ann", values=values)
    assert scene.ratings.list_settlements(made) == ()


# --- what a browser sends -----------------------------------------------------------------------------------------


def test_what_a_window_sends_is_read() -> None:
    sent = {"number": "n1", "round": "r", "rater": "Ann", "entry": "BCDFG", "act": "next", "values": {"to": "x"},
            "typed": {"BCDFG": {"levels": {"clear": "2"}, "comment": "words"}}, "chosen": ["one"]}  # fmt: skip
    assert read_sent({"sent": json.dumps(sent)}) == Sent(
        "n1", "r", "Ann", "BCDFG", {"BCDFG": Typed({"clear": "2"}, "words")}, "next", {"to": "x"}, ("one",)
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"typed": [1], "values": 3, "chosen": "x"}', "[" * 100_000, '{"typed": {"a": 5}}']
)
def test_nonsense_from_a_browser_is_nothing(text: str) -> None:
    read = read_sent({"sent": text})
    assert (read.act, read.values, read.chosen) == ("", {}, ()) and all(one == Typed() for one in read.typed.values())


# --- sheets -------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(scene: Scene) -> TestClient:
    app = FastAPI()
    app.include_router(build_router(scene.desk, lambda _: LOCAL_PERSON))
    return TestClient(app)


def fill_in(data: bytes, changes: dict[str, dict[str, str]]) -> bytes:
    """A workbook with cells filled in, by code and the heading of the column."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data))
    sheet = book.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        for heading, text in changes.get(str(row[0].value), {}).items():
            sheet.cell(int(row[0].row or 0), int(heads[heading] or 0)).value = text
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_sheet_goes_out_blind_and_comes_in_with_its_problems(scene: Scene, client: TestClient) -> None:
    for name in list(scene.runs.runs):
        scene.runs.runs[name] = make_run(name, make_items(6), "gpt-hidden")
    made = scene.make(("run-one", "run-two"))
    scene.rate_all(made, "Benedicta", comment="said by the other")
    code, other = scene.list_codes(made, "Ann")[:2]
    scene.choose(made, "Ann", code, "Mine.", clear="2")
    out = client.get(f"/rate/rounds/{made}/sheet", headers={"x-rater": "Ann"})
    assert out.status_code == 200 and "no-store" in out.headers["cache-control"]
    assert 'filename="rate-autumn-ann.xlsx"' in out.headers["content-disposition"]
    cells = read_cells(out.content)
    assert code in cells and "Mine." in cells
    for secret in [*list_secrets(scene), "Benedicta", "said by the other"]:
        assert secret not in cells, secret
    filled = fill_in(out.content, {code: {"Citation": "3"}, other: {"Citation": "nine", "Complete": "1"}})
    back = client.post(
        f"/rate/rounds/{made}/sheet", content=filled, headers={"x-rater": "Ann", "x-file-name": "mine.xlsx"}
    )
    assert back.status_code == 200 and "2 answers rated by Ann" in back.text
    (problem,) = find_all(back.text, "//tbody/tr")
    assert problem[0].text == "3" and "nine" in problem.text_content()
    kept = {one.entry: one for one in scene.ratings.list_ratings(made, "Ann")}
    assert dict(kept[code].levels) == {"clear": 2, "citation": 3} and kept[code].comment == "Mine."
    assert dict(kept[other].levels) == {"complete": 1}


def read_cells(data: bytes) -> str:
    from openpyxl import load_workbook

    return "\n".join(
        str(cell) for sheet in load_workbook(BytesIO(data)) for row in sheet.iter_rows(values_only=True) for cell in row
    )


def test_a_sheet_needs_a_name_a_round_and_bytes_of_a_sheet(scene: Scene, client: TestClient) -> None:
    made = scene.make()
    address = f"/rate/rounds/{made}/sheet"
    assert client.get(address).status_code == 400
    assert client.get("/rate/rounds/unknown/sheet", headers={"x-rater": "Ann"}).status_code == 400
    assert client.post(address, content=b"x", headers={"x-rater": "Ann"}).status_code == 404
    sent = {"x-rater": "Ann", "x-file-name": "%3Cb%3E.xlsx"}
    bad = client.post(address, content=b"PK no sheet", headers=sent)
    assert bad.status_code == 400 and bad.headers["content-type"].startswith("text/plain")
    large = client.post(address, content=b"x" * (MEGABYTES * 1_000_000 + 1), headers=sent)
    assert large.status_code == 400 and "larger than" in large.text
    assert scene.ratings.list_ratings(made) == ()


def test_a_closed_round_takes_no_sheet(scene: Scene, client: TestClient) -> None:
    made = scene.make()
    out = client.get(f"/rate/rounds/{made}/sheet", headers={"x-rater": "Ann"}).content
    scene.ratings.close_round(made)
    code = scene.list_codes(made, "Ann")[0]
    sent = {"x-rater": "Ann", "x-file-name": "mine.xlsx"}
    back = client.post(f"/rate/rounds/{made}/sheet", content=fill_in(out, {code: {"Citation": "3"}}), headers=sent)
    assert back.status_code == 400 and "closed" in back.text


def test_an_outcome_has_words() -> None:
    wording = load_rate_page_wording()
    assert all(wording.say(f"rate_entry.outcome_{one.value}") for one in Outcome)


def test_a_rating_is_rated_only_with_every_dimension(scene: Scene) -> None:
    made = scene.make()
    code = scene.list_codes(made, "Ann")[0]
    for number, dimension in enumerate(DIMENSIONS, start=1):
        scene.choose(made, "Ann", code, **{dimension: "na"})
        shown = scene.send("go", round=made, rater="Ann", values={"to": code})
        assert f"{int(number == len(DIMENSIONS))} of 6 rated" in read_text(shown.progress)
    assert isinstance(scene.ratings.list_ratings(made)[0], Rating)
