"""What a run of a set has to reach, set on the page Evaluate: the form, the verdict on a run, and both reports with it."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from starlette.testclient import TestClient

from coach.errors import CoachError
from coach.evaluation.comparison.gate_reading import ANY, read_tables
from coach.evaluation.comparison.own_gate import RememberedVerdicts
from coach.evaluation.records import Score
from coach.evaluation.run_text import name_share
from coach.records import LOCAL_PERSON
from coach.store.evaluations import EvaluationStore, KeptGate
from coach.store.ratings import RatingStore
from coach.store.store import Store
from coach.web.evaluate_address import Address
from coach.web.evaluate_desk import EvaluateDesk
from coach.web.evaluate_gate import GROUPS, read_gate_form, view_gate_form
from coach.web.evaluate_reports import ReportWriters
from coach.web.evaluate_routes import build_router
from coach.web.evaluate_view import say_why, show_value, tally
from coach.web.evaluate_wording import load_evaluate_wording
from coach.web.transcript import Writer
from tests.conftest import OTHER
from tests.evaluation_examples import list_items, make_pair, make_result
from tests.test_evaluate_desk import ToldRuns, act, keep_run, make_desk, read

WORDING = load_evaluate_wording()
FORM = {"thresholds.passed": "90", "limits.most_gate_failures.declining": "0"}


@pytest.fixture
def sets(store: Store) -> EvaluationStore:
    return EvaluationStore(store)


@pytest.fixture
def desk(sets: EvaluationStore, store: Store) -> EvaluateDesk:
    ratings = RatingStore(store, lambda text: text)
    reports = ReportWriters(ratings, RememberedVerdicts(sets), lambda: datetime(2026, 11, 1, tzinfo=UTC))
    return make_desk(sets, ToldRuns(sets), reports=reports)


@pytest.fixture
def pair(sets: EvaluationStore) -> tuple[str, str, str]:
    """Ids of a set, and of two runs of it that differ."""
    kept = sets.add_set(LOCAL_PERSON, "Autumn", list_items())
    before, after = make_pair()
    return kept.id, keep_run(sets, kept.id, before.results, "Before"), keep_run(sets, kept.id, after.results, "After")


def save(desk: EvaluateDesk, set_id: str, **changes: str) -> str:
    """What is told after a form was sent, as the window has it."""
    kept = desk.bench.sets.read_gate(set_id)
    values = {"set": set_id, "changed": kept.changed_at if kept else "", **FORM, **changes}
    return read(act(desk, Address(set=set_id, tab="gate"), act="save_gate", **values).notice)


# --- the form ---------------------------------------------------------------------------------------------------------


def test_a_gate_is_set_shown_changed_and_taken_away(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, _ = pair
    at = Address(set=set_id, tab="gate")
    assert "gate-file" not in (desk.open(LOCAL_PERSON, at).view or "")
    told = save(desk, set_id, **{"thresholds.outcome": "0,85", "not_worse.run": before, "thresholds.mrr": "0.1"})
    assert told.startswith("Saved.")
    kept = desk.bench.sets.read_gate(set_id)
    assert kept is not None and kept.body == {
        "thresholds": {"passed": 0.9, "outcome": 0.85},
        "limits": {"most_gate_failures": {"declining": 0}, "most_unscored": ANY},
        "not_worse": {"run": before},
    }
    view = desk.open(LOCAL_PERSON, at).view or ""
    assert 'name="thresholds.passed" value="90"' in view and 'name="thresholds.outcome" value="0.85"' in view
    assert 'name="limits.most_unscored" value=""' in view and f'<option value="{before}" selected>Before' in view
    assert "gate-file" in view
    empty = {key: " " for fields in GROUPS.values() for key in fields}
    assert "Nothing is asked" in save(desk, set_id, **empty)
    assert desk.bench.sets.read_gate(set_id) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"thresholds.passed": "120"}, "“Share that passes”: write a number from 0 to 100"),
        ({"thresholds.passed": "most"}, "“Share that passes”: write a number from 0 to 100"),
        ({"thresholds.passed": "0.9"}, "“Share that passes”: write a number from 0 to 100"),
        ({"thresholds.passed": "٩٠"}, "“Share that passes”: write a number from 0 to 100"),
        ({"thresholds.outcome": "0.9%"}, "“Right outcome”: write a number from 0 to 1"),
        ({"limits.most_unscored": "9" * 400}, "“Questions that could not be scored”: write a whole number"),
        ({"limits.most_unscored": "1_0"}, "“Questions that could not be scored”: write a whole number"),
        ({"thresholds.passed": "nan"}, "“Share that passes”: write a number from 0 to 100"),
        ({"thresholds.outcome": "85"}, "“Right outcome”: write a number from 0 to 1"),
        (
            {"declined.recall": "-1"},
            "“Declined, of all that the documents do not answer”: write a number from 0 to 100",
        ),
        ({"limits.most_gate_failures.privacy": "0.5"}, "“Names or records repeated”: write a whole number"),
        ({"limits.most_unscored": "-1"}, "“Questions that could not be scored”: write a whole number"),
        ({"not_worse.most_pass_to_fail": "2"}, "Choose the earlier run"),
        ({"not_worse.run": "0" * 32}, "not there any more"),
    ],
)
def test_what_cannot_be_used_is_named_as_the_form_names_it(
    values: dict[str, str], said: str, pair: tuple[str, str, str], desk: EvaluateDesk
) -> None:
    with pytest.raises(CoachError, match=said) as raised:
        save(desk, pair[0], **values)
    assert "gate file" not in str(raised.value) and "thresholds" not in str(raised.value)
    assert desk.bench.sets.read_gate(pair[0]) is None


_PERCENT = st.one_of(st.just("0"), st.integers(10, 1000).map(lambda tenths: f"{tenths / 10:g}"))
_TYPED: Mapping[str, st.SearchStrategy[str]] = {
    "percent": _PERCENT,
    "mean": st.integers(0, 100).map(lambda hundredths: f"{hundredths / 100:g}"),
    "count": st.integers(0, 999).map(str),
}
_FORMS = st.fixed_dictionaries(
    {
        key: st.one_of(st.just(""), _TYPED[kind])
        for group, fields in GROUPS.items()
        if group != "against"
        for key, kind in fields.items()
    }
)


@given(_FORMS)
def test_what_was_typed_stands_in_the_form_again(typed: dict[str, str]) -> None:
    body = read_gate_form(typed, (), WORDING)
    assert (body is None) is (not any(typed.values()))
    if body is not None:
        read_tables(body)
    form = view_gate_form(KeptGate(body, "now") if body is not None else None, (), WORDING)
    assert {one.key: one.value for group, fields in form.groups if group != "against" for one in fields} == typed
    assert all(one.name for _, fields in form.groups for one in fields)


def test_two_windows_do_not_write_over_each_other(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    save(desk, pair[0])
    with pytest.raises(CoachError, match="changed elsewhere"):
        save(desk, pair[0], changed="")
    with pytest.raises(CoachError, match="no such set"):
        save(desk, "0" * 32)


def test_a_gate_goes_with_its_set(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    save(desk, pair[0])
    desk.bench.sets.delete_set(pair[0])
    assert desk.bench.sets.read_gate(pair[0]) is None
    with pytest.raises(CoachError, match="There is no set"):
        desk.bench.sets.put_gate(pair[0], {"thresholds": {"passed": 1}})


def test_a_gate_goes_out_as_a_file(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    def get(person: str = LOCAL_PERSON) -> Any:
        app = FastAPI()
        app.include_router(build_router(desk, lambda _: person))
        return TestClient(app).get(f"/evaluate/sets/{pair[0]}/gate.toml")

    assert get().status_code == 404
    save(desk, pair[0], **{"not_worse.run": pair[1], "not_worse.most_pass_to_fail": "1"})
    kept = desk.bench.sets.read_gate(pair[0])
    assert kept is not None and tomllib.loads(get().text) == kept.body
    assert '"autumn-gate.toml"' in get().headers["content-disposition"] and get(OTHER).status_code == 404


# --- the verdict ------------------------------------------------------------------------------------------------------


def look(desk: EvaluateDesk, run: str) -> str:
    return read(desk.open(LOCAL_PERSON, Address(run=run)).view)


def test_a_run_says_what_it_does_not_reach_first(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, after = pair
    assert "No gate is set for this set: say what its runs have to reach" in look(desk, after)
    save(desk, set_id, **{"not_worse.run": before, "not_worse.most_pass_to_fail": "0"})
    words = look(desk, after)
    assert "Gate: not met (4 of 8 conditions)." in words
    unmet, _, met = words.partition("Conditions that are met (4)")
    assert "Share that passes: wanted at least 90%, found 64%. Questions that could be scored: 11" in unmet
    assert "Not passed: a05, a08, a09, a11." in unmet
    assert "Answered what should be declined: wanted at most 0, found 1. Grave failures: a08." in unmet
    assert "From passed to failed: wanted at most 0, found 3." in unmet and "New grave failures:" in unmet
    assert "Questions asked: wanted all questions (12), found 12." in met and "Questions in both runs:" in met
    assert "Share that passes: wanted not clearly worse, found no clear difference." in met
    save(desk, set_id, **{"thresholds.passed": "50", "limits.most_gate_failures.declining": "1"})
    assert "Gate: met (4 of 4 conditions)." in look(desk, after)


def test_a_run_that_is_under_way_is_not_held_to_it_yet(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    save(desk, pair[0])
    desk.bench.runs.resume(pair[2])
    assert "Gate:" not in look(desk, pair[2]) and "No gate" not in look(desk, pair[2])


def test_a_deleted_run_to_compare_with_is_said(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, after = pair
    save(desk, set_id, **{"thresholds.passed": "", "limits.most_gate_failures.declining": "", "not_worse.run": before})
    desk.bench.sets.delete_run(before)
    words = look(desk, after)
    assert "Gate: not met (1 of 3 conditions)." in words and "The run to compare with is gone." in words
    form = read(desk.open(LOCAL_PERSON, Address(set=set_id, tab="gate")).view)
    assert "A run that was deleted" in form


@pytest.mark.slow
def test_a_verdict_is_remembered_until_something_that_it_rests_on_changes(
    pair: tuple[str, str, str], desk: EvaluateDesk, sets: EvaluationStore
) -> None:
    set_id, before, after = pair
    check, run = RememberedVerdicts(sets), sets.read_run(after)
    assert check(run) is None
    save(desk, set_id, **{"not_worse.run": before})
    first = check(run)
    assert first is not None and check(sets.read_run(after)) is first
    sets.put_results(before, [replace(one, gates=(), scores=()) for one in sets.read_run(before).results])
    sets.set_state(before, "done")
    changed = check(run)
    assert changed is not None and changed != first
    sets.delete_run(before)
    gone = check(run)
    assert gone is not None and gone.checks[-1].name == "not_worse.baseline"


def test_a_gate_that_can_no_longer_be_read_is_not_met(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    desk.bench.sets.put_gate(pair[0], {"thresholds": {"a measure of old": 1}})
    words = look(desk, pair[2])
    assert "Gate: not met (1 of 1 conditions)." in words and "cannot be used (thresholds.a measure of old" in words
    assert desk.open(LOCAL_PERSON, Address(set=pair[0], tab="gate")).notice == ""


@pytest.mark.slow
def test_both_reports_carry_the_verdict(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, after = pair
    run, reports = desk.bench.read_run(after), desk.bench.reports
    assert "No gate was set" in read(reports.write_html(run, None).decode())
    save(desk, set_id)
    words = read(reports.write_html(run, desk.bench.read_run(before)).decode())
    assert "The gate is not passed." in words and "Share that passes: wanted at least 90%, found 64%." in words
    book = load_workbook(io.BytesIO(reports.write_xlsx(run, None)))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any("The gate is not passed." in one for one in cells)


# --- a judge ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_local", "said"), [(True, "no further than that"), (False, "another machine")])
def test_a_run_is_judged_where_that_may_be(
    is_local: bool, said: str, pair: tuple[str, str, str], sets: EvaluationStore
) -> None:
    runs = ToldRuns(sets)
    desk = make_desk(sets, runs, find_judge=lambda: Writer("ollama:judge", "10.0.0.9:11434", is_local))
    view = desk.open(LOCAL_PERSON, Address(view="runs")).view or ""
    assert 'id="start-judge"' in view and said in read(view) and "ollama:judge" in view and "10.0.0.9:11434" in view
    values = {"act": "start_run", "what": f"{pair[0]},1", "title": "Judged"}
    act(desk, Address(view="runs"), **values, judge="yes")
    act(desk, Address(view="runs"), **{**values, "title": "Not judged"})
    judges = {card.title: sets.read_run(card.id).judge for card in sets.list_runs(pair[0])}
    assert judges["Judged"] == "ollama:judge" and judges["Not judged"] is None


def test_nothing_is_judged_where_that_may_not_be(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    assert "start-judge" not in (desk.open(LOCAL_PERSON, Address(view="runs")).view or "")
    with pytest.raises(CoachError, match="cannot be used as a judge now"):
        act(desk, Address(view="runs"), act="start_run", what=f"{pair[0]},1", judge="yes")


def test_what_a_judge_says_is_shown_as_its_word_and_counts_for_nothing(
    pair: tuple[str, str, str], desk: EvaluateDesk, sets: EvaluationStore
) -> None:
    judged = (
        Score("grounded", 0.0, None, "The judge doubts it.", by="ollama:judge"),
        Score("own_way", None, None, "The judge did not answer.", by="ollama:judge"),
    )
    results = [replace(one, scores=(*one.scores, *judged)) for one in make_pair()[1].results]
    run = keep_run(sets, pair[0], results, "Judged")
    words = look(desk, run)
    assert "Correct and grounded judged by ollama:judge 0.00 12 – 0" in words
    assert "own way judged by ollama:judge – 0 – 12" in words and "The judge did not answer" not in words
    assert "7 of 11 passed. 1 got no answer." in words
    assert say_why(replace(results[0], scores=judged)) == ""
    save(desk, pair[0])
    assert "found 64%" in look(desk, run)
    words = read(desk.open(LOCAL_PERSON, Address(run=run, item="a01")).view)
    assert "Correct and grounded judged by ollama:judge 0.00 only shown The judge doubts it." in words
    words = read(desk.open(LOCAL_PERSON, Address(compare=f"{pair[2]},{run}", item="a01")).view)
    assert "Correct and grounded judged by ollama:judge – 0.00 The judge doubts it." in words
    other = keep_run(sets, pair[0], results, "Judged again")
    assert "Correct and grounded judged by ollama:judge" in read(
        desk.open(LOCAL_PERSON, Address(compare=f"{run},{other}")).view
    )


# --- shares -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2000), st.integers(1, 2000))
@example(998, 1000)
@example(2, 1000)
def test_a_share_is_all_or_none_only_where_it_is(passed: int, of: int) -> None:
    passed = min(passed, of)
    results = [make_result("a", True)] * passed + [make_result("b", False)] * (of - passed)
    share = tally("", results).share
    assert share is not None
    percent = int(name_share(share).removesuffix("%"))
    assert (percent == 100) is (passed == of) and (percent == 0) is (passed == 0)
    assert abs(percent - 100 * passed / of) < 1
    shown = show_value("outcome", share)
    assert (shown == "1.00") is (passed == of) and (shown == "0.00") is (passed == 0)
    assert abs(float(shown) - passed / of) < 0.01
