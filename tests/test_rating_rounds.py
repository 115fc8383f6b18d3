"""Rounds: opaque codes, who rates what, an order of one's own, and nothing that tells which version answered."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import CoachError
from coach.evaluation.rating.rounds import blind, blind_entries, find_entry, make_round, order_entries
from coach.evaluation.rating.rubric import find_weight, is_complete, load_rubric, weigh
from coach.evaluation.records import HistoryTurn, RatingRound
from coach.evaluation.values import from_values, to_values
from tests.rating_examples import TYPES, make_example_round, make_items, make_receipt, make_run

# --- rounds -----------------------------------------------------------------------------------------------------------


def test_every_answer_of_every_run_is_an_entry_under_a_code_of_its_own() -> None:
    made = make_example_round(20, ("run-one", "run-two"))
    assert len({entry.code for entry in made.entries}) == 40
    assert Counter(entry.run_id for entry in made.entries) == {"run-one": 20, "run-two": 20}
    assert all(entry.code.isalpha() and not set(entry.code) & set("AEIOU") for entry in made.entries)
    assert from_values(RatingRound, json.loads(json.dumps(to_values(made))), "round") == made


def test_codes_are_not_told_by_the_run_and_differ_each_time() -> None:
    items = make_items(10)
    runs = [make_run(name, items) for name in ("run-one", "run-two")]
    one, other = (make_round("Autumn", runs, load_rubric()) for _ in range(2))
    assert {entry.code for entry in one.entries} != {entry.code for entry in other.entries}
    # In the order of the codes, the runs are mixed.
    in_order = [
        entry.run_id for entry in sorted(make_example_round(60, ("a", "b")).entries, key=lambda entry: entry.code)
    ]
    assert 30 < sum(one != other for one, other in zip(in_order, in_order[1:], strict=False)) < 90


def test_what_calibrates_is_spread_over_types_with_one_version_of_an_item() -> None:
    made = make_example_round(12, ("run-one", "run-two"), calibrate=6)
    first = [entry for entry in made.entries if entry.calibrates]
    types = {item.id: item.type for item in make_items(12)}
    assert made.entries[:6] == tuple(first)
    assert Counter(types[entry.item_id] for entry in first) == dict.fromkeys(TYPES, 2)
    assert len({entry.item_id for entry in first}) == 6
    assert len([entry for entry in make_example_round(3, calibrate=9).entries if entry.calibrates]) == 3


def test_an_item_without_an_answer_is_no_entry() -> None:
    run = make_run("run-one", make_items(4))
    faulty = replace(run, results=(replace(run.results[0], answer=None, fault="No answer."), *run.results[1:]))
    assert len(make_round("Autumn", [faulty], load_rubric()).entries) == 3


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 40),
    runs=st.integers(1, 3),
    share=st.floats(0, 1),
    calibrate=st.integers(0, 8),
    raters=st.integers(2, 5),
)
def test_at_least_the_share_is_rated_twice_and_everything_once(
    count: int, runs: int, share: float, calibrate: int, raters: int
) -> None:
    names = tuple("ABCDE"[:raters])
    made = make_example_round(
        count, [f"run-{number}" for number in range(runs)], share=share, calibrate=calibrate, raters=names
    )
    given_out = Counter(entry.code for name in names for entry in order_entries(made, name))
    rest = [entry for entry in made.entries if not entry.calibrates]
    assert all(given_out[entry.code] == raters for entry in made.entries if entry.calibrates)
    assert all(given_out[entry.code] >= 1 for entry in rest)
    assert sum(given_out[entry.code] >= 2 for entry in rest) >= share * len(rest)
    if share < 1:
        # Nobody gets more than one item's versions beyond anybody else.
        loads = [len(order_entries(made, name)) for name in names]
        assert max(loads) - min(loads) <= runs
        by_item = {entry.item_id: {other.raters for other in rest if other.item_id == entry.item_id} for entry in rest}
        assert all(len(groups) == 1 for groups in by_item.values())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"share": 1.2}, "from 0 to 1"),
        ({"share": float("nan")}, "from 0 to 1"),
        ({"share": 0.5}, "at least two"),
        ({"share": 0.5, "raters": ("A",)}, "at least two"),
        ({"raters": ("Anna", "ANNA")}, "named twice"),
        ({"raters": (" ",)}, "name or initials"),
        ({"calibrate": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_a_round_says_what_to_do(options: dict[str, Any], told: str) -> None:
    with pytest.raises(CoachError, match=told):
        make_example_round(5, **options)


def test_a_round_needs_answers_a_title_and_each_run_once() -> None:
    items, rubric = make_items(2), load_rubric()
    for title, runs, told in (
        ("Autumn", [], "0 answers"),
        ("Autumn", [make_run("run-one", [])], "0 answers"),
        ("Autumn", [make_run("run-one", items)] * 2, "named twice"),
        (" \u202e ", [make_run("run-one", items)], "title"),
    ):
        with pytest.raises(CoachError, match=told):
            make_round(title, runs, rubric)


# --- order ------------------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(count=st.integers(1, 30), runs=st.integers(1, 3), calibrate=st.integers(0, 10), rater=st.text(max_size=8))
def test_a_rater_gets_everything_once_in_an_order_that_stays(count: int, runs: int, calibrate: int, rater: str) -> None:
    made = make_example_round(count, [f"run-{number}" for number in range(runs)], calibrate=calibrate)
    order = order_entries(made, rater)
    assert sorted(order, key=lambda entry: entry.code) == sorted(made.entries, key=lambda entry: entry.code)
    assert order == order_entries(made, f" {rater} ".upper()) or rater.upper().casefold() != rater.casefold()
    beginning = sum(entry.calibrates for entry in made.entries)
    assert order[:beginning] == made.entries[:beginning]
    if count > 2:
        pairs = zip(order, order[1:], strict=False)
        assert all(one.item_id != other.item_id for one, other in pairs)


def test_two_raters_get_different_orders_after_the_same_beginning() -> None:
    made = make_example_round(30)
    one, other = order_entries(made, "Anna"), order_entries(made, "Ben")
    assert one[:5] == other[:5] and one[5:] != other[5:]
    assert order_entries(made, "anna ") == one


def test_whoever_was_not_asked_gets_everything() -> None:
    made = make_example_round(20, share=0.2, raters=("Anna", "Ben"))
    assert len(order_entries(made, "Zoe")) == 20 > len(order_entries(made, "Anna"))


def test_a_code_is_found_however_it_is_typed() -> None:
    made = make_example_round(3)
    assert find_entry(made, f" {made.entries[1].code.lower()} ") == made.entries[1]
    with pytest.raises(CoachError, match="no answer 'XXXX'"):
        find_entry(made, "XXXX")


# --- what a rater sees ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["", "secret-model-7b"])
def test_nothing_that_a_rater_sees_tells_the_version(model: str) -> None:
    items = make_items(4)
    runs = [make_run("run-one", items, model), make_run("run-two", items)]
    made = make_round("Autumn", runs, load_rubric(), raters=("Anna", "Ben"))
    seen = json.dumps(to_values(blind_entries(order_entries(made, "Anna"), runs), tuple), ensure_ascii=False)
    telling = [
        "run-one", "run-two", "title-of", "receipt", "score", "0.4321", "0.8765", "2.71828", "31.4159", "gate", "judge",
        "set-", "10.9.8.7", "composer", "extractive", "secret-model", "retrieved", "answer-of", "version", "Anna", "Ben",
        *asdict(make_receipt("run-one")).values(),
    ]  # fmt: skip
    assert [word for word in telling if word in seen] == []
    assert all(item.question in seen and item.ideal in seen for item in items)


@pytest.mark.parametrize(
    "origin",
    [
        {"composer": "QWEN 7b "},
        {"composer": "extractive", "receipt": {"model": "Qwen  7B"}},
        {"composer": "extractive", "sent": [{"model": "qwen 7b"}]},
        {"composer": "extractive", "fallback": "qwen 7b.  Coach compared"},
    ],
)
def test_a_notice_that_names_the_model_is_seen_by_no_rater(origin: dict[str, Any]) -> None:
    run = make_run("run-one", make_items(1))
    entry = make_round("Autumn", [run], load_rubric()).entries[0]
    result = run.results[0]
    assert result.answer is not None
    said = {"text": "Written by Qwen\n7B. Coach compared each sentence.", "kind": "notice", "citations": []}
    answer = {**result.answer, **origin, "statements": [said, *result.answer["statements"]]}
    seen = to_values(blind(entry, replace(result, answer=answer)))
    assert "7B" not in json.dumps(seen) and len(seen["statements"]) == len(blind(entry, result).statements)


def test_both_versions_of_an_item_look_alike_but_for_their_words() -> None:
    items = make_items(1)
    runs = [make_run("run-one", items, "secret-model-7b"), make_run("run-two", items)]
    one, other = blind_entries(make_round("Autumn", runs, load_rubric()).entries, runs)
    assert replace(one, code="", calibrates=False) == replace(other, code="", calibrates=False)


def test_a_rater_sees_the_answer_with_its_sources_and_the_conversation() -> None:
    made, run = make_example_round(1), make_run("run-one", make_items(1))
    seen = blind(made.entries[0], run.results[0])
    assert [(turn.speaker, turn.text) for turn in seen.history] == [
        ("user", "An earlier question?"), ("assistant", "Leaders share the work. Say it for earlier."),
    ]  # fmt: skip
    assert [(one.text, one.is_quoted, one.citations) for one in seen.statements] == [
        ("Leaders share the work.", True, (1,)), ("Say it for q000.", False, ()),
    ]  # fmt: skip
    assert [(one.number, one.title, one.page, one.quote) for one in seen.citations] == [
        (1, "The handbook", "iii", "Leaders share the work."),
    ]  # fmt: skip
    assert seen.offered == ("What else can leaders share?",) and seen.must_mention == (("shared", "together"),)


def test_what_the_trainer_wrote_for_the_assistant_stays() -> None:
    history = (HistoryTurn("user", "One?"), HistoryTurn("assistant", "As written."), HistoryTurn("user", "Two?"))
    run = make_run("run-one", [replace(make_items(1)[0], history=history)])
    made = make_round("Autumn", [run], load_rubric())
    assert [turn.text for turn in blind(made.entries[0], run.results[0]).history] == [
        "One?", "As written.", "Two?", "Leaders share the work. Say it for earlier.",
    ]  # fmt: skip


def test_an_answer_that_is_gone_is_told() -> None:
    made = make_example_round(1)
    with pytest.raises(CoachError, match="no longer there"):
        blind_entries(made.entries, [])


# --- the rubric -------------------------------------------------------------------------------------------------------


def test_coachs_own_rubric_has_seven_dimensions_of_which_one_is_a_gate() -> None:
    rubric = load_rubric()
    assert [one.id for one in rubric.dimensions if one.is_gate] == ["gate"] and len(rubric.dimensions) == 7
    assert all(len(one.levels) == (2 if one.is_gate else 4) for one in rubric.dimensions)
    # The best first, and no two anchors alike.
    assert all([level.value for level in one.levels] == list(range(len(one.levels)))[::-1] for one in rubric.dimensions)
    anchors = [level.anchor for one in rubric.dimensions for level in one.levels]
    assert len(set(anchors)) == len(anchors)


def test_types_weigh_what_matters_for_them() -> None:
    rubric = load_rubric()
    weights = {
        kind: {one.id: find_weight(one, kind) for one in rubric.dimensions if not one.is_gate}
        for kind in ("Fact", "definition", "practice", "near miss", "")
    }
    assert weights["Fact"]["citation"] > weights["Fact"]["clear"] > weights["Fact"]["coaching"] == 0
    assert weights["definition"] == weights["Fact"]
    assert weights["practice"]["coaching"] > weights["practice"]["citation"]
    assert {name for name, weight in weights["near miss"].items() if weight} == {"right_to_answer"}
    assert set(weights[""].values()) == {1.0}


def test_the_mark_leaves_out_what_does_not_apply_and_a_gate_fails_all() -> None:
    rubric = load_rubric()
    assert weigh(rubric, {"clear": 3, "complete": 0, "coaching": None}) == 0.5
    assert weigh(rubric, {"citation": 3, "clear": 0}, "fact") == pytest.approx(2 / 3)
    assert weigh(rubric, {"clear": 3, "gate": 0}) == 0.0 and weigh(rubric, {"clear": 3, "gate": 1}) == 1.0
    assert weigh(rubric, {"clear": 0, "right_to_answer": 2, "gate": 1}, "off_topic") == pytest.approx(2 / 3)
    assert weigh(rubric, {}) is None and weigh(rubric, {"gate": 1}) is None and weigh(rubric, {"clear": None}) is None


@given(st.dictionaries(st.sampled_from([one.id for one in load_rubric().dimensions]), st.sampled_from([None, 0, 1])))
def test_a_mark_is_between_0_and_1(levels: dict[str, int | None]) -> None:
    mark = weigh(load_rubric(), levels, "practice")
    assert mark is None or 0 <= mark <= 1


def test_complete_is_what_has_a_level_or_na_everywhere() -> None:
    rubric = load_rubric()
    all_of_it = [(one.id, None) for one in rubric.dimensions]
    assert is_complete(rubric, all_of_it) and not is_complete(rubric, all_of_it[1:])


OWN = """
title = "Ours"
[[dimensions]]
id = "helpful"
title = "Helpful"
levels.1 = "It helps."
levels.0 = "It does not."
"""


def test_a_rubric_in_the_data_folder_wins(tmp_path: Path) -> None:
    assert load_rubric(tmp_path) == load_rubric()
    (tmp_path / "rubric.toml").write_text(OWN, "utf-8-sig")
    own = load_rubric(tmp_path)
    assert [one.id for one in own.dimensions] == ["helpful"] and own.digest != load_rubric().digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title = ", "cannot be read"),
        (OWN.replace('title = "Ours"', ""), "title must be words"),
        ('title = "Ours"', "1 to 20 dimensions"),
        (OWN + OWN.replace('title = "Ours"', "").replace("Helpful", "Other"), "two dimensions have the id 'helpful'"),
        (OWN + OWN.replace('title = "Ours"', "").replace('"helpful"', '"other"'), "two dimensions have the title"),
        (OWN.replace('"helpful"', '"Very Helpful"'), "dimension 1 needs an id"),
        (OWN.replace("levels.0", "levels.2"), "dimension helpful: its levels must be 0 to 1"),
        (OWN.replace('levels.0 = "It does not."', ""), "dimension helpful: it needs 2 to 7 levels"),
        (OWN + "".join(f'levels.{n} = "Level {n}."\n' for n in range(2, 9)), "2 to 7 levels"),
        (OWN.replace('"It helps."', '"  "'), "dimension helpful, level 1"),
        (OWN + 'gate = "yes"', "dimension helpful: gate must be true or false"),
        (OWN + 'gate = true\nlevels.2 = "More."', "a gate has two levels"),
        (OWN + "weights.fact = -1", "the weight for fact"),
        (OWN + "weights.fact = nan", "the weight for fact"),
        (OWN + 'weigths.fact = 1', "weigths means nothing here"),
        (OWN + "[types]\nfact = ['a']\npractice = ['A']", "stands for two types"),
        (OWN + "[types]\nfact = 'a'", "the type fact must be a list"),
    ],
)  # fmt: skip
def test_a_rubric_with_a_fault_says_where(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "rubric.toml").write_text(text, "utf-8")
    with pytest.raises(CoachError, match=told) as raised:
        load_rubric(tmp_path)
    assert "rubric.toml" in str(raised.value)
