"""Two runs side by side: what counts as better, how surely, and that the statistics are those of other hands."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import coach.evaluation
from coach.errors import CoachError, PromptFault
from coach.evaluation.comparison.comparing import MARK_TOLERANCE, compare_runs
from coach.evaluation.comparison.comparison_wording import COMPARISON_PLACEHOLDERS, load_comparison_wording
from coach.evaluation.comparison.comparison_writing import comparison_to_object, find_decider, write_comparison
from coach.evaluation.comparison.intervals import (
    LEAST_ITEMS,
    find_interval,
    find_share_interval,
    find_verdict,
    weigh_signs,
)
from coach.evaluation.records import GATE_KINDS, Comparison, ItemChange, ItemResult, MeasureChange, Run, SourceWords
from coach.prompts import find_prompts
from coach.records import Outcome
from tests.evaluation_examples import RECEIPT, make_fault, make_item, make_pair, make_result, make_run, make_score


def find(comparison: Comparison, identity: str) -> ItemChange:
    return next(change for change in comparison.items if change.after.item.id == identity)


def find_measure(comparison: Comparison, name: str, by: str = "program") -> MeasureChange:
    return next(one for one in comparison.measures if (one.name, one.by) == (name, by))


def compare(before: Sequence[ItemResult], after: Sequence[ItemResult]) -> Comparison:
    return compare_runs(make_run(before, "run-1"), make_run(after, "run-2"))


def compare_one(before: ItemResult, after: ItemResult) -> ItemChange:
    return compare([before], [after]).items[0]


def change_some(better: int, worse: int, of: int) -> Comparison:
    """Items of which some got better and some worse."""
    failed = [place < better for place in range(of)]
    fails = [better <= place < better + worse for place in range(of)]
    return compare(
        [make_result(f"i{place}", not failed[place]) for place in range(of)],
        [make_result(f"i{place}", not fails[place]) for place in range(of)],
    )


def say(comparison: Comparison, width: int = 120) -> str:
    return write_comparison(comparison, load_comparison_wording(), width)


# --- statistics of other hands ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "worse", "published"),
    [
        # Zar, Biostatistical Analysis: legs of ten deer, two-sided .109375.
        (8, 2, 0.109375),
        # Stata's manual, signrank: a fuel additive in twelve cars, one tie, two-sided .2266.
        (3, 8, 0.2266),
        # Conover, Practical Nonparametric Statistics: of ten buyers eight prefer B and one A; one-sided .0195, twice that.
        (8, 1, 2 * 0.0195),
        # Siegel and Castellan, Nonparametric Statistics: seventeen couples, three ties; one-sided .029, twice that.
        (11, 3, 2 * 0.0287),
        # Bland, exercises in statistics: eight of twenty do not differ; .006.
        (11, 1, 0.006),
    ],
)
def test_the_sign_test_gives_published_figures(better: int, worse: int, published: float) -> None:
    found = weigh_signs(better, worse)
    assert found == pytest.approx(published, abs=5e-4) and weigh_signs(worse, better) == found


def test_deer_legs_as_they_were_measured() -> None:
    """Zar's pairs themselves: hind leg and foreleg, scaled into a measure from 0 to 1."""
    hind = (142, 140, 144, 144, 142, 146, 149, 150, 142, 148)
    fore = (138, 136, 147, 139, 143, 141, 143, 145, 136, 146)
    before = [make_result(f"deer{place}", True, {"mrr": length / 1000}) for place, length in enumerate(fore)]
    after = [make_result(f"deer{place}", True, {"mrr": length / 1000}) for place, length in enumerate(hind)]
    measured = find_measure(compare(before, after), "mrr")
    assert (measured.better, measured.worse) == (8, 2) and measured.p_value == pytest.approx(0.109375)
    assert measured.after - measured.before == pytest.approx(0.0033)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_sign_test_is_the_exact_binomial_sum(better: int, worse: int) -> None:
    of = better + worse
    if not of:
        assert weigh_signs(better, worse) is None
        return
    tail = sum(math.comb(of, k) for k in range(min(better, worse) + 1))
    assert weigh_signs(better, worse) == pytest.approx(min(1.0, 2 * tail / 2**of), rel=1e-9)


@pytest.mark.parametrize(("better", "worse"), [(0, 1), (2, 0), (6, 0), (5, 1), (9, 3), (20, 20), (150, 86), (40, 71)])
def test_the_sign_test_is_that_of_statsmodels_and_mcnemars(better: int, worse: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.descriptivestats import sign_test

    differences = np.array([1.0] * better + [-1.0] * worse + [0.0] * 7)
    assert weigh_signs(better, worse) == pytest.approx(float(sign_test(differences)[1]))
    table = [[50, worse], [better, 30]]
    assert weigh_signs(better, worse) == pytest.approx(float(mcnemar(table, exact=True).pvalue))


def draw_differences(kind: str, of: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "verdicts":
        return rng.choice([-1.0, 0.0, 1.0], of, p=[0.05, 0.8, 0.15])
    if kind == "scores":
        return np.where(rng.random(of) < 0.6, 0.0, rng.normal(0.1, 0.3, of))
    return rng.exponential(0.3, of)


@pytest.mark.parametrize("kind", ["verdicts", "scores", "skewed"])
@pytest.mark.parametrize("of", [12, 40, 128])
def test_the_interval_is_that_of_a_plain_bootstrap(kind: str, of: int) -> None:
    rng = np.random.default_rng(of)
    differences = draw_differences(kind, of, rng)
    drawn = [rng.choice(differences, of).mean() for _ in range(20_000)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    found = find_interval(list(differences))
    assert found is not None and found.level == 0.95
    noise = 0.06 * (high - low) + (1 / of if kind == "verdicts" else 0)  # means of verdicts are steps of 1 / of
    assert found.low == pytest.approx(low, abs=noise) and found.high == pytest.approx(high, abs=noise)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "truth"), [("verdicts", 0.1), ("scores", 0.04), ("skewed", 0.3)])
def test_the_interval_covers_the_truth_about_95_times_in_100(kind: str, truth: float) -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(600):
        found = find_interval(list(draw_differences(kind, 60, rng)))
        assert found is not None
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 600 <= 0.98


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_of_shares_are_newcombes(hits: int, of: int, low: float, high: float) -> None:
    """Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3."""
    found = find_share_interval(hits, of)
    assert found is not None and [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_there_is_no_share_of_nothing() -> None:
    assert find_share_interval(0, 0) is None


@pytest.mark.parametrize("value", [0.0, 1.0, -1 / 3, 0.1 + 0.2])
def test_differences_that_are_all_the_same_have_an_interval_without_width(value: float) -> None:
    found = find_interval([value] * LEAST_ITEMS)
    assert found is not None and (found.low, found.high) == (value, value)


def test_from_too_few_items_there_is_no_interval_and_no_verdict() -> None:
    assert find_interval([1.0] * (LEAST_ITEMS - 1)) is None
    assert find_verdict(None, 9, 0) == "no clear difference"


@pytest.mark.slow
def test_two_calls_agree_here_and_in_another_process() -> None:
    differences = [math.sin(place) / 3 for place in range(35)]  # no two means of draws are alike
    found = find_interval(differences)
    assert found == find_interval(differences) and found is not None
    program = f"from coach.evaluation.comparison.intervals import find_interval; print(repr(find_interval({differences!r}).high))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(other.stdout) == found.high


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_an_interval_lies_within_the_differences_and_around_their_mean(differences: list[float]) -> None:
    found = find_interval(differences)
    if found is None:
        assert len(differences) < LEAST_ITEMS
        return
    mean = sum(differences) / len(differences)
    assert min(differences) - 1e-9 <= found.low <= mean + 1e-9 and mean - 1e-9 <= found.high <= max(differences) + 1e-9


# --- what is progress ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("better", "worse", "p"), [(2, 0, 0.5), (0, 2, 0.5), (5, 0, 0.0625), (8, 2, 0.109375)])
def test_a_few_changed_items_of_forty_are_not_progress(better: int, worse: int, p: float) -> None:
    passed = find_decider(change_some(better, worse, 40))
    assert passed is not None and (passed.items, passed.better, passed.worse) == (40, better, worse)
    assert passed.p_value == pytest.approx(p) and passed.verdict == "no clear difference"


def test_two_changed_items_of_forty_are_called_no_clear_difference() -> None:
    comparison = change_some(2, 0, 40)
    passed = find_decider(comparison)
    assert passed is not None and passed.interval is not None and passed.interval.low <= 0 < passed.interval.high
    text = say(comparison)
    assert "No clear difference." in text and "Clearly" not in text
    assert "Passed: 95% before, 100% now" in text and "sign test p: 0.500" in text
    assert {measure.verdict for measure in comparison.measures} == {"no clear difference"}


@pytest.mark.parametrize(("better", "worse", "verdict"), [(6, 0, "better"), (0, 6, "worse"), (12, 2, "better")])
def test_many_changed_items_are(better: int, worse: int, verdict: str) -> None:
    comparison = change_some(better, worse, 40)
    passed = find_decider(comparison)
    assert passed is not None and passed.verdict == verdict
    assert f"Clearly {verdict}." in say(comparison)


def test_both_the_interval_and_the_sign_test_must_tell() -> None:
    """Many small losses against one great gain: signs and means point apart; and an interval that holds 0."""
    small = find_interval([-0.01] * 12 + [1.0] + [0.0] * 20)
    assert small is not None and find_verdict(small, 1, 12) == "no clear difference"
    wide = find_interval([0.05] * 12 + [-1.0] + [0.0] * 20)
    assert wide is not None and wide.low < 0 < wide.high and find_verdict(wide, 12, 1) == "no clear difference"
    narrow = find_interval([1.0] * 5 + [0.0] * 5)
    assert narrow is not None and narrow.low > 0 and find_verdict(narrow, 5, 0) == "no clear difference"


# --- items --------------------------------------------------------------------------------------------------------


def test_the_worst_comes_first_and_the_set_keeps_its_order_within() -> None:
    comparison = compare_runs(*make_pair())
    ids = [change.after.item.id for change in comparison.items]
    assert ids == ["a08", "a11", "a05", "a09", "a02", "a01", "a03", "a04", "a06", "a07", "a10", "a12"]
    assert [one for one in ids if find(comparison, one).pass_to_fail] == ["a08", "a05", "a09"]
    assert [one for one in ids if find(comparison, one).fail_to_pass] == ["a03"]
    assert [one for one in ids if find(comparison, one).change == "better"] == ["a03"]
    assert [one for one in ids if find(comparison, one).change == "worse"] == ["a08", "a05", "a09", "a02"]
    assert [failure.kind for failure in find(comparison, "a08").new_gates] == ["declining"]
    assert find(comparison, "a11").new_gates == () and find(comparison, "a11").change == "same"
    assert find(comparison, "a02").difference == pytest.approx(0.625 - 1) and find(comparison, "a10").difference is None


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (make_result("a", False), make_result("a", True), "better"),
        (make_result("a", True), make_result("a", False), "worse"),
        (make_result("a", True, {"mrr": 0.5}), make_result("a", True, {"mrr": 1.0}), "better"),
        (make_result("a", True, {"mrr": 0.5}), make_result("a", True, {"mrr": 0.5 + MARK_TOLERANCE}), "same"),
        (make_result("a", True, {"mrr": 0.5}), make_result("a", True, {"mrr": 0.5 + 3 * MARK_TOLERANCE}), "better"),
        # What decides comes before what is only a number.
        (make_result("a", False, {"mrr": 1.0}), make_result("a", True, {"mrr": 0.0}), "better"),
        # A gate failure comes before everything; a second kind is worse than one, and another than the first.
        (make_result("a", False), make_result("a", False, gates=["privacy"]), "worse"),
        (make_result("a", False, gates=["privacy"]), make_result("a", False), "better"),
        (make_result("a", False, gates=["privacy"]), make_result("a", False, gates=["safety"]), "worse"),
        (make_result("a", False, gates=["privacy", "safety"]), make_result("a", False, gates=["safety"]), "better"),
        (make_result("a", False, gates=["privacy"]), make_result("a", False, gates=["privacy"]), "same"),
        # What could not be scored is no worse and no better; unless it failed a gate.
        (make_result("a", True), make_result("a", None), "same"),
        (make_result("a", False), make_fault("a"), "same"),
        (make_result("a", False, gates=["privacy"]), make_fault("a"), "same"),
        (make_fault("a"), make_result("a", True), "same"),
        (make_fault("a"), make_result("a", False, gates=["safety"]), "worse"),
    ],
)
def test_better_same_and_worse(before: ItemResult, after: ItemResult, change: str) -> None:
    found = compare_one(before, after)
    assert found.change == change
    assert found.pass_to_fail is (before.passed is True and after.passed is False)
    assert found.fail_to_pass is (before.passed is False and after.passed is True)


def test_items_that_ask_something_else_or_are_missing_are_listed_and_not_compared() -> None:
    before = [make_result(one) for one in ("a", "b", "c")]
    after = [
        make_result(make_item("a", owner="Lee", type="fact")),
        make_result(make_item("b", "Else?")),
        make_result("d"),
    ]
    comparison = compare(before, after)
    assert [change.after.item.id for change in comparison.items] == ["a"]
    assert (comparison.only_before, comparison.only_after, comparison.changed_items) == (("c",), ("d",), ("b",))
    text = say(comparison)
    assert "not compared (1): b" in text and "Only in “Autumn, run-1” (1): c" in text
    assert "Only in “Autumn, run-2” (1): d" in text
    expected = make_result(make_item("a", outcomes=(Outcome.CLARIFY,)))
    assert compare([make_result("a"), make_result("b")], [expected, make_result("b")]).changed_items == ("a",)
    welcome = make_result(make_item("a", welcome=(SourceWords("what may be cited besides"),)))
    assert compare([make_result("a"), make_result("b")], [welcome, make_result("b")]).changed_items == ("a",)


def test_runs_without_a_common_item_are_refused_with_what_to_do() -> None:
    with pytest.raises(CoachError, match="no item in common.*“Spring”.*Compare two runs of one set"):
        compare_runs(make_run([make_result("a")], set_name="Spring"), make_run([make_result("b")]))
    with pytest.raises(CoachError, match=r"Every item .* asks or expects something else"):
        compare([make_result("a")], [make_result(make_item("a", "Else?"))])
    with pytest.raises(CoachError, match="has no results yet. Go on with it"):
        compare_runs(make_run([make_result("a")]), make_run([], "run-2", state="stopped", size=1))


def test_an_unfinished_run_is_compared_and_said_to_be_unfinished() -> None:
    before = make_run([make_result(one) for one in "abc"])
    after = make_run([make_result(one) for one in "ab"], "run-2", state="stopped", size=3)
    comparison = compare_runs(before, after)
    assert len(comparison.items) == 2 and comparison.only_before == ("c",)
    assert "Not finished: “Autumn, run-2” has 2 of 3 items." in say(comparison)
    assert "Not finished" not in say(compare_runs(before, before))


# --- measures -----------------------------------------------------------------------------------------------------


def test_a_measure_is_taken_over_the_items_that_have_it_in_both() -> None:
    values: list[tuple[float | None, float | None]] = [(0.5, 1.0), (1.0, 1.0), (None, 1.0), (1.0, None), (0.25, 0.0)]
    names = [f"i{place}" for place in range(len(values))]
    comparison = compare(
        [make_result(name, True, {"mrr": first}) for name, (first, _) in zip(names, values, strict=True)],
        [make_result(name, True, {"mrr": second}) for name, (_, second) in zip(names, values, strict=True)],
    )
    measured = find_measure(comparison, "mrr")
    assert (measured.items, measured.better, measured.worse) == (3, 1, 1)
    assert [measured.before, measured.after] == pytest.approx([1.75 / 3, 2 / 3])
    assert measured.interval is None and measured.p_value == 1.0


def test_measures_that_no_item_has_in_both_are_left_out() -> None:
    comparison = compare([make_result("a", True, {"mrr": 1.0})], [make_result("a", None, {"step": 1.0})])
    assert [one.name for one in comparison.measures] == ["mark"]
    assert "No item could be scored in both runs" in say(comparison)


def test_more_words_are_neither_better_nor_worse() -> None:
    def make(words: float, passed: bool | None) -> ItemResult:
        result = make_result("a")
        return replace(result, scores=(*result.scores, make_score("words", words, passed)))

    assert [one.name for one in compare([make(60, None)], [make(400, None)]).measures] == ["passed", "mark", "outcome"]
    measured = find_measure(compare([make(60, True)], [make(400, False)]), "words")
    assert (measured.before, measured.after, measured.worse) == (1.0, 0.0, 1)


def test_a_judge_stands_beside_and_changes_no_verdict() -> None:
    def judged(identity: str, value: float, by: str) -> ItemResult:
        result = make_result(identity)
        return replace(result, scores=(*result.scores, make_score("complete", value, value > 0.5, by=by)))

    names = [f"i{place}" for place in range(20)]
    before = [judged(name, 1.0, "llama") for name in names]
    comparison = compare(before, [judged(name, 0.0, "llama") for name in names])
    assert find_measure(comparison, "complete", "llama").verdict == "worse"
    assert find_measure(comparison, "passed").verdict == "no clear difference"
    assert {change.change for change in comparison.items} == {"same"}
    assert "complete, by llama" in say(comparison, 140)
    other = compare(before, [judged(name, 0.0, "gpt") for name in names])  # of two judges, nothing is compared
    assert {one.by for one in other.measures} == {"program"}


RESULTS = st.tuples(
    st.sampled_from([True, False, None]),
    st.sampled_from([None, 0.0, 0.5, 1.0]),
    st.lists(st.sampled_from(GATE_KINDS), max_size=2, unique=True),
    st.booleans(),
)
Drawn = tuple[bool | None, float | None, list[str], bool]


def build(drawn: Sequence[Drawn], identity: str) -> Run:
    results = []
    for place, (passed, mrr, gates, faults) in enumerate(drawn):
        item = make_item(f"i{place}", type=["fact", "practice", ""][place % 3], topic="one" if place % 4 else "")
        made = make_result(item, passed, {"mrr": mrr}, gates)  # type: ignore[arg-type]
        results.append(make_fault(item) if faults else made)
    return make_run(results, identity)


@given(st.lists(st.tuples(RESULTS, RESULTS), min_size=1, max_size=14))
@settings(max_examples=30, deadline=None)
def test_a_comparison_adds_up_and_its_mirror_image_says_the_opposite(pairs: list[tuple[Drawn, Drawn]]) -> None:
    before, after = build([one for one, _ in pairs], "run-1"), build([two for _, two in pairs], "run-2")
    comparison, mirrored = compare_runs(before, after), compare_runs(after, before)
    assert sorted(change.after.item.id for change in comparison.items) == sorted(f"i{n}" for n in range(len(pairs)))
    for kind in ("type", "role", "topic"):
        groups = [group for group in comparison.groups if group.kind == kind]
        assert sum(group.items for group in groups) == (len(pairs) if groups else 0)
        assert sum(group.worse for group in groups) == (
            sum(change.change == "worse" for change in comparison.items) if groups else 0
        )
    opposite = {"better": "worse", "worse": "better", "no clear difference": "no clear difference"}
    for one, other in zip(comparison.measures, mirrored.measures, strict=True):
        assert (one.name, one.better, one.worse, one.p_value) == (other.name, other.worse, other.better, other.p_value)
        assert opposite[one.verdict] == other.verdict
    assert comparison == compare_runs(before, after)
    ranks = [
        [bool(one.new_gates), bool(one.after.gates), one.pass_to_fail, one.change == "worse", True].index(True)
        for one in comparison.items
    ]
    assert ranks == sorted(ranks)
    json.dumps(comparison_to_object(comparison), allow_nan=False)
    assert say(comparison)


def test_groups_are_listed_by_size_however_small() -> None:
    comparison = compare_runs(*make_pair())
    found = {(group.kind, group.name): group for group in comparison.groups}
    fact = found["type", "fact"]
    assert (fact.items, fact.passed_before, fact.passed_after, fact.better, fact.worse) == (6, 5, 5, 1, 2)
    decline = found["type", "decline"]
    assert (decline.items, decline.gates_before, decline.gates_after) == (2, 0, 1)
    assert [group.name for group in comparison.groups if group.kind == "type"] == ["fact", "practice", "decline"]
    assert len([group for group in comparison.groups if group.kind == "topic"]) == 4
    alone = compare(
        [make_result(make_item("a", topic="x")), make_result("b")],
        [make_result(make_item("a", topic="x")), make_result("b")],
    )
    assert [(group.name, group.items) for group in alone.groups if group.kind == "topic"] == [("", 1), ("x", 1)]
    assert [group for group in alone.groups if group.kind == "type"] == []


def test_the_text_has_a_row_for_topics_of_three_items_that_changed_and_names_smaller_ones() -> None:
    topics = ["three"] * 3 + ["two"] * 2 + ["same"] * 3 + ["up"]
    items = [make_item(f"i{place}", topic=topic) for place, topic in enumerate(topics)]
    before = [make_result(item, item.topic != "up") for item in items]
    after = [make_result(item, item.id not in ("i0", "i3")) for item in items]
    text = say(compare(before, after))
    table = text[text.index("By topic") : text.index("By measure")]
    assert "three" in table and "same" not in table and "up" not in table
    assert "fewer than 3 items where something got worse (1): two" in table
    assert "By topic" not in say(compare(before, before))


def test_what_differs_between_the_runs_is_said() -> None:
    before, after = make_pair()
    changed = replace(RECEIPT, version="0.2.0", model="ollama:llama3.1", embedding="other", settings="s2")
    later = replace(after, receipt=changed, set_version=2, set_digest="abc", judge="gpt")
    parts = {one.part: (one.before, one.after) for one in compare_runs(before, later).receipts}
    assert set(parts) == {"version", "settings", "embedding", "model", "set", "judge"}
    assert parts["model"] == ("", "ollama:llama3.1") and parts["set"][1] == "Autumn questions 2 (abc)"
    text = say(compare_runs(before, later))
    assert "Language model: none, now ollama:llama3.1" in text and "Judge: none, now gpt" in text
    same = compare_runs(before, replace(before, id="run-3"))
    assert same.receipts == () and "Nothing differs between the receipts." in say(same)
    assert {one.part for one in compare_runs(before, replace(before, receipt=None)).receipts} >= {"version", "prompts"}


# --- as text ------------------------------------------------------------------------------------------------------


def test_the_text_shows_gate_failures_first_and_both_answers() -> None:
    text = say(compare_runs(*make_pair()))
    places = [text.index(words) for words in ("New grave failures: 1", "Grave failures: 2 now", "From pass to fail (3)")]
    assert places == sorted(places)
    assert re.search(r"Leaders share this work\. {3,}The cup went to the home team\.", text)
    assert re.search(r"\[answered\] {3,}\[not in the documents\]", text)
    assert "a11 (as before, privacy)" in text and "a08 (new, should have declined)" in text
    assert "not counted (1): a10" in text and "From fail to pass (1): a03" in text
    assert "“passed” decides." in text


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    before, after = make_pair()
    long = [
        replace(one, item=replace(one.item, question="Ein sehr langes 質問 " * 20, topic="x" * 70))
        for one in after.results
    ]
    earlier = [replace(one, item=two.item) for one, two in zip(before.results, long, strict=True)]
    text = say(compare(earlier, long), width)
    assert max(map(cell_len, text.split("\n"))) <= max(width, 40)
    assert all(line == line.rstrip() for line in text.split("\n"))


def test_nothing_in_an_answer_steers_the_terminal_or_becomes_markup() -> None:
    hostile = "\x1b[31mred\x07 [bold]not bold[/bold] \u202egnp.exe :smile:"
    item = make_item("a", hostile, topic=hostile)
    comparison = compare([make_result(item)], [make_result(item, False, gates=["privacy"], text=hostile)])
    text = say(comparison)
    assert not set(text) & {"\x1b", "\x07", "\u202e"} and text.count("[bold]not bold[/bold]") >= 2 and ":smile:" in text


def test_long_answers_and_long_lists_are_cut_and_the_rest_is_named() -> None:
    names = [f"i{place:02}" for place in range(30)]
    text = say(
        compare(
            [make_result(name, text="Words of an answer. " * 100) for name in names],
            [make_result(name, False) for name in names],
        )
    )
    assert (
        text.count("Why it fails now") == 5
        and "Not shown side by side (25): i05, i06" in text
        and "and 13 more" in text
    )
    assert text.count("Words of an answer.") < 200 and text.count("…") == 5


def test_answers_that_were_not_kept_are_said_not_to_be_there() -> None:
    before, after = make_pair()
    bare = replace(before, results=tuple(replace(one, answer=None, retrieved=()) for one in before.results))
    comparison = compare_runs(bare, after)
    assert "The answer was not kept with this run." in say(comparison)
    assert [one.change for one in comparison.items] == [one.change for one in compare_runs(before, after).items]
    lost = compare([make_result("a")], [replace(make_result("a", False), answer=None, fault="It broke off.")])
    assert "No answer: It broke off." in say(lost)


def test_an_outcome_that_this_version_does_not_know_is_shown_as_it_is() -> None:
    result = make_result("a", False)
    odd = replace(result, answer={**(result.answer or {}), "outcome": "passed_on"})
    assert "[passed_on]" in say(compare([make_result("a")], [odd]))


def test_the_object_holds_everything_but_the_answers() -> None:
    told = comparison_to_object(compare_runs(*make_pair()))
    assert told == json.loads(json.dumps(told, allow_nan=False))
    assert (told["decides"], told["verdict"], told["after"]["done"]) == ("passed", "no clear difference", 12)
    first = told["items"][0]
    assert (first["id"], first["pass_to_fail"], first["new_gates"][0]["kind"]) == ("a08", True, "declining")
    assert first["before"] == {"passed": True, "mark": 1.0, "outcome": "not_in_sources", "gates": [], "fault": ""}
    assert told["measures"][0]["name"] == "passed" and told["measures"][0]["interval"]["level"] == 0.95
    assert "statements" not in json.dumps(told)


def test_five_hundred_items_are_compared() -> None:
    comparison = change_some(40, 10, 500)
    passed = find_decider(comparison)
    assert passed is not None and passed.verdict == "better" and passed.items == 500


def test_every_wording_is_used() -> None:
    folder = Path(coach.evaluation.__file__).parent
    texts = [path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "comparison_wording.py"]
    sources = "".join(texts)
    families = tuple(re.findall(r'f"([a-z_]+\.[a-z_]*)\{', sources))
    names = [name.removesuffix("_ids") for name in COMPARISON_PLACEHOLDERS]
    assert len(families) > 3 and [one for one in names if one not in sources and not one.startswith(families)] == []


def test_a_wording_that_drifted_is_named(tmp_path: Path) -> None:
    text = (find_prompts() / "evaluation_comparison.toml").read_text("utf-8")
    (tmp_path / "evaluation_comparison.toml").write_text(text.replace("$kind", "$sort", 1), "utf-8")
    with pytest.raises(PromptFault, match=r"list\.gate"):
        load_comparison_wording(tmp_path)
