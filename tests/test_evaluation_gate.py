"""Gate files and what they let pass; what a run declined, and how sure it was."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.errors import UsageError
from coach.evaluation.comparison.calibration import (
    CoveragePoint,
    count_declines,
    is_answerable,
    reliability,
    risk_by_coverage,
)
from coach.evaluation.comparison.comparison_wording import load_comparison_wording
from coach.evaluation.comparison.gate import check_gate, verdict_to_object, write_verdict
from coach.evaluation.comparison.gate_reading import (
    ANY,
    DECLINING,
    Gate,
    GateFault,
    NotWorse,
    read_gate,
    read_tables,
    write_tables,
)
from coach.evaluation.comparison.measures import MEASURES
from coach.evaluation.records import GATE_KINDS, GateCheck, GateVerdict, ItemResult, Run
from coach.evaluation.run_files import read_baseline, write_baseline
from coach.records import Outcome
from tests.evaluation_examples import make_fault, make_item, make_pair, make_result, make_run

SHIPPED = Path(__file__).parents[1] / "evals" / "gate.toml"
GATE = Gate()


def write(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text, "utf-8")
    return path


def find(verdict: GateVerdict, name: str) -> GateCheck:
    return next(check for check in verdict.checks if check.name == name)


def list_failed(verdict: GateVerdict) -> list[str]:
    return [check.name for check in verdict.checks if not check.met]


def make_many(passed: int, of: int, identity: str = "run-1") -> Run:
    return make_run([make_result(f"i{place:03}", place < passed) for place in range(of)], identity)


# --- the file -----------------------------------------------------------------------------------------------------


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [thresholds]
        passed = 0.55
        quoted_spans_alignment = 1
        [least_scored]
        citation_recall = 60
        [limits]
        most_gate_failures = { privacy = 0, declining = 2 }
        most_unscored = 3
        [declined]
        precision = 0.8
        recall = 0.7
        [not_worse]
        baseline = "baselines/main.jsonl"
        measures = ["passed", "mark", "passed"]
        most_pass_to_fail = 2
        least_compared = 0.5
        """,
    )
    assert read_gate(path) == Gate(
        thresholds=(("passed", 0.55), ("quoted_spans_alignment", 1.0)),
        least_scored=(("citation_recall", 60),),
        most_gate_failures=(("privacy", 0), ("declining", 2)),
        most_unscored=3,
        declined=(("precision", 0.8), ("recall", 0.7)),
        not_worse=NotWorse(tmp_path / "baselines" / "main.jsonl", ("passed", "mark"), 2, 0.5),
    )


def test_what_a_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    gate = read_gate(write(tmp_path, '[limits]\nmost_gate_failures = 1\n[not_worse]\nbaseline = "b.jsonl"'))
    assert gate.most_gate_failures == (("all", 1),) and gate.most_unscored == 0
    assert gate.not_worse == NotWorse(tmp_path / "b.jsonl", ("passed",), None, 0.9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[threshold]\npassed = 1", "threshold: this is not known here; known are thresholds"),
        ("passed = 1", "passed: this is not known"),
        ("[thresholds]\npased = 1", "thresholds.pased: this is not known"),
        ("[thresholds]\npassed = 1.01", "thresholds.passed: write a number from 0 to 1; it is 1.01"),
        ("[thresholds]\npassed = -0.1", "thresholds.passed: write a number"),
        ("[thresholds]\npassed = nan", "thresholds.passed: write a number"),
        ("[thresholds]\npassed = inf", "thresholds.passed: write a number"),
        ("[thresholds]\npassed = true", "thresholds.passed: write a number"),
        ('[thresholds]\npassed = "0.5"', "thresholds.passed: write a number"),
        ("thresholds = 1", r"thresholds: write it as a table, \[thresholds\]"),
        ("[least_scored]\nmrr = 1.5", "least_scored.mrr: write a whole number"),
        ("[least_scored]\nmr = 1", "least_scored.mr: this is not known"),
        ("[limits]\nmost_gate_failures = -1", "limits.most_gate_failures: write a whole number"),
        ("[limits]\nmost_gate_failures = { secrecy = 0 }", "limits.most_gate_failures.secrecy: this is not known"),
        ("[limits]\nmost_gate_failures = { privacy = true }", "limits.most_gate_failures.privacy: write a whole"),
        ("[limits]\nmost = 1", "limits.most: this is not known"),
        ("[declined]\nf1 = 1", "declined.f1: this is not known here; known are precision, recall"),
        ("[not_worse]\nmeasures = []", "not_worse.baseline: name the file"),
        ("[not_worse]\nbaseline = 1", "not_worse.baseline: name the file"),
        ('[not_worse]\nbaseline = "b"\nmeasures = "passed"', "not_worse.measures: write a list"),
        ('[not_worse]\nbaseline = "b"\nmeasures = ["pass"]', "not_worse.measures.pass: this is not known"),
        ('[not_worse]\nbaseline = "b"\nmost = 1', "not_worse.most: this is not known"),
        ('[not_worse]\nbaseline = "b"\nleast_compared = 2', "not_worse.least_compared: write a number"),
        ("", "it holds no condition, so any run would pass"),
        ("[thresholds]\n[limits]", "it holds no condition"),
        ("[thresholds", "is no TOML"),
    ],
)
def test_a_fault_is_named_by_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError, match=told) as raised:
        read_gate(path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml cannot be read .*Name another one"):
        read_gate(tmp_path / "none.toml")
    (tmp_path / "gate.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no TOML"):
        read_gate(tmp_path / "gate.toml")


@pytest.mark.parametrize(
    ("tables", "kind", "key"),
    [
        ({"thresholds": {"passed": "much"}}, "share", "thresholds.passed"),
        ({"thresholds": {"passed": 0.5}, "limits": {"most_unscored": "many"}}, "count", "limits.most_unscored"),
        ({"not_worse": {"most_pass_to_fail": 1}}, "run", "not_worse.baseline"),
        ({"not_worse": {"baseline": "no file stands beside a form"}}, "run", "not_worse.baseline"),
        ({"not_worse": {"run": " "}}, "run", "not_worse.run"),
        ({"not_worse": {"run": "a", "baseline": "b"}}, "run", "not_worse.baseline"),
        ({"limits": {"most_unscored": ANY}}, "empty", ""),
        ({"limits": 1}, "form", "limits"),
    ],
)
def test_tables_that_stand_in_no_file_pass_the_same_reader(tables: dict[str, Any], kind: str, key: str) -> None:
    with pytest.raises(GateFault) as raised:
        read_tables(tables)
    assert (raised.value.kind, raised.value.key) == (kind, key) and "gate file" not in str(raised.value)


def test_a_kept_run_may_be_named_in_place_of_a_file(tmp_path: Path) -> None:
    text = '[thresholds]\npassed = 0.5\n[limits]\nmost_unscored = "any"\n[not_worse]\nrun = " 1a2b "\n'
    gate = read_gate(write(tmp_path, text))
    assert gate.not_worse == NotWorse(run="1a2b") and gate.most_unscored is None
    assert "limits.most_unscored" not in [check.name for check in check_gate(gate, make_many(1, 2)).checks]


_SHARES = st.floats(0, 1)
_TABLES = st.fixed_dictionaries(
    {"thresholds": st.dictionaries(st.sampled_from(MEASURES), _SHARES, min_size=1)},
    optional={
        "limits": st.fixed_dictionaries(
            {"most_gate_failures": st.dictionaries(st.sampled_from(GATE_KINDS), st.integers(0, 10**6))},
            optional={"most_unscored": st.one_of(st.just(ANY), st.integers(0, 10**6))},
        ),
        "declined": st.dictionaries(st.sampled_from(DECLINING), _SHARES),
        "not_worse": st.fixed_dictionaries({"run": st.text("0123456789abcdef", min_size=1)}),
    },
)


@given(_TABLES)
def test_what_is_written_as_a_file_is_read_as_it_was(tables: dict[str, Any]) -> None:
    assert tomllib.loads(write_tables(tables)) == tables
    read_tables(tables)


def test_the_shipped_gate_can_be_read_and_asks_for_something() -> None:
    gate = read_gate(SHIPPED)
    assert dict(gate.thresholds)["passed"] > 0 and dict(gate.thresholds)["quoted_spans_alignment"] == 1.0
    assert dict(gate.most_gate_failures)["privacy"] == 0


def test_the_lines_that_the_shipped_gate_leaves_open_can_be_used(tmp_path: Path) -> None:
    text = re.sub(r"^# (?=\[|\w+ = )", "", SHIPPED.read_text("utf-8"), flags=re.M)
    gate = read_gate(write(tmp_path, text))
    assert gate.not_worse is not None and gate.declined and gate.least_scored


# --- the run by itself --------------------------------------------------------------------------------------------


def test_a_good_run_passes_and_each_check_says_why() -> None:
    gate = replace(GATE, thresholds=(("passed", 0.75),), most_gate_failures=(("all", 0),))
    verdict = check_gate(gate, make_many(3, 4))
    assert verdict.passed and all(check.reason and check.wanted and check.found for check in verdict.checks)
    names = [check.name for check in verdict.checks]
    assert names == ["finished", "scored", "limits.most_unscored", "limits.most_gate_failures", "thresholds.passed"]
    assert find(verdict, "thresholds.passed").wanted == "at least 75%"
    assert find(verdict, "thresholds.passed").found == "75%"
    assert "could be scored: 4" in find(verdict, "thresholds.passed").reason


def test_a_mean_below_its_threshold_fails_and_never_looks_like_enough() -> None:
    verdict = check_gate(replace(GATE, thresholds=(("passed", 0.75),)), make_many(747, 1000))
    assert list_failed(verdict) == ["thresholds.passed"] and find(verdict, "thresholds.passed").found == "74.7%"
    assert "Not passed: i747, i748," in find(verdict, "thresholds.passed").reason
    assert find(verdict, "thresholds.passed").reason.endswith("i756 and 243 more.")


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 1000))
@example(998, 1000, 900)
@example(2, 1000, 1)
@settings(max_examples=60, deadline=None)
def test_a_threshold_is_met_just_where_the_mean_reaches_it(passed: int, of: int, thousandths: int) -> None:
    passed, least = min(passed, of), thousandths / 1000
    check = find(check_gate(replace(GATE, thresholds=(("passed", least),)), make_many(passed, of)), "thresholds.passed")
    assert check.met is (passed * 1000 >= thousandths * of)
    shown = float(check.found.removesuffix("%"))
    assert check.met or shown < 100 * least
    assert (shown == 100) is (passed == of) and (shown == 0) is (passed == 0)


@pytest.mark.parametrize(
    "results",
    [
        [],
        [make_fault("a"), make_fault("b")],
        [make_result("a", None), make_result("b", None)],
    ],
)
def test_a_run_in_which_nothing_could_be_scored_never_passes(results: Sequence[ItemResult]) -> None:
    lenient = replace(GATE, most_unscored=1000)
    verdict = check_gate(lenient, make_run(results))
    assert not verdict.passed and list_failed(verdict) == ["scored"]
    assert "nothing shows" in find(verdict, "scored").reason
    full = replace(lenient, thresholds=(("passed", 0.0), ("mrr", 0.0)), not_worse=NotWorse(Path("b"), least_compared=0))
    again = check_gate(full, make_run(results), make_many(4, 4))
    assert {"scored", "thresholds.passed", "thresholds.mrr", "not_worse.baseline"} <= set(list_failed(again))


def test_items_that_could_not_be_scored_are_counted_and_named() -> None:
    run = make_run([make_result("a"), make_fault("b"), make_result("c", None)])
    verdict = check_gate(GATE, run)
    assert list_failed(verdict) == ["limits.most_unscored"]
    check = find(verdict, "limits.most_unscored")
    assert (check.wanted, check.found) == ("at most 0", "2") and check.reason.endswith("no answer: b, c.")
    assert check_gate(replace(GATE, most_unscored=2), run).passed


def test_a_measure_must_have_been_scored_often_enough() -> None:
    run = make_run([make_result("a", True, {"mrr": 1.0}), make_result("b", True, {"mrr": None})])
    gate = replace(GATE, thresholds=(("mrr", 1.0),), least_scored=(("mrr", 2),))
    assert list_failed(check_gate(gate, run)) == ["least_scored.mrr"]


def test_an_unfinished_run_does_not_pass() -> None:
    run = replace(make_many(3, 3), state="stopped", size=5)
    verdict = check_gate(GATE, run)
    assert list_failed(verdict) == ["finished"]
    assert (find(verdict, "finished").wanted, find(verdict, "finished").found) == ("all questions (5)", "3")
    assert "Go on with it" in find(verdict, "finished").reason


@pytest.mark.parametrize(
    ("limits", "failed"),
    [
        ((("all", 2),), []),
        ((("all", 1),), ["limits.most_gate_failures"]),
        ((("privacy", 0), ("declining", 5)), ["limits.most_gate_failures.privacy"]),
        ((("safety", 0),), []),
    ],
)
def test_gate_failures_are_limited_together_or_by_kind(limits: tuple[tuple[str, int], ...], failed: list[str]) -> None:
    verdict = check_gate(replace(GATE, most_gate_failures=limits, most_unscored=1), make_pair()[1])
    assert list_failed(verdict) == failed
    assert all("a11" in find(verdict, name).reason for name in failed)


# --- against a baseline -------------------------------------------------------------------------------------------

BASELINE = Path("baseline.jsonl")


def test_a_missing_baseline_fails_and_says_so() -> None:
    verdict = check_gate(replace(GATE, not_worse=NotWorse(BASELINE)), make_many(3, 3))
    assert list_failed(verdict) == ["not_worse.baseline"]
    assert "compares with baseline.jsonl, and there is no such run" in find(verdict, "not_worse.baseline").reason
    assert check_gate(GATE, make_many(3, 3)).passed
    verdict = check_gate(replace(GATE, not_worse=NotWorse(run="1a2b")), make_many(3, 3))
    assert list_failed(verdict) == ["not_worse.baseline"]
    assert "run to compare with is gone" in find(verdict, "not_worse.baseline").reason


def test_a_baseline_is_a_file_without_answers(tmp_path: Path) -> None:
    before, after = make_pair()
    path = tmp_path / "baseline.jsonl"
    write_baseline(before, path)
    gate = replace(GATE, not_worse=NotWorse(path, ("passed", "citation_recall"), most_pass_to_fail=0), most_unscored=1)
    verdict = check_gate(gate, after, read_baseline(path))
    assert verdict == check_gate(gate, after, before)
    assert list_failed(verdict) == ["not_worse.new_gate_failures", "not_worse.most_pass_to_fail"]
    assert list_failed(check_gate(gate, before, read_baseline(path))) == []


def test_a_run_that_is_clearly_worse_fails_by_the_interval_and_the_signs() -> None:
    gate = replace(GATE, not_worse=NotWorse(BASELINE))
    assert list_failed(check_gate(gate, make_many(30, 40), make_many(36, 40))) == ["not_worse.passed"]
    verdict = check_gate(gate, make_many(35, 40), make_many(40, 40))  # five of forty may be chance
    assert verdict.passed and "worse: 5; sign test p: 0.062" in find(verdict, "not_worse.passed").reason
    assert check_gate(gate, make_many(40, 40), make_many(30, 40)).passed


def test_few_items_from_pass_to_fail_may_be_limited() -> None:
    gate = replace(GATE, not_worse=NotWorse(BASELINE, most_pass_to_fail=2))
    assert check_gate(gate, make_many(38, 40), make_many(40, 40)).passed
    verdict = check_gate(gate, make_many(37, 40), make_many(40, 40))
    assert list_failed(verdict) == ["not_worse.most_pass_to_fail"]
    assert find(verdict, "not_worse.most_pass_to_fail").reason.endswith("i037, i038, i039.")


def test_a_new_gate_failure_is_never_allowed() -> None:
    before = make_run([make_result("a"), make_result("b", False, gates=["privacy"])])
    after = make_run([make_result("a", False, gates=["safety"]), make_result("b", False, gates=["privacy"])])
    verdict = check_gate(replace(GATE, not_worse=NotWorse(BASELINE)), after, before)
    assert list_failed(verdict) == ["not_worse.new_gate_failures"]
    assert find(verdict, "not_worse.new_gate_failures").reason.endswith("does not have: a.")


def test_a_new_gate_failure_of_a_reworded_item_is_not_allowed_either() -> None:
    before = [make_result(f"i{number}") for number in range(12)]
    reworded = make_result(make_item("i0", "Put otherwise?"), False, gates=["privacy"])
    verdict = check_gate(
        replace(GATE, not_worse=NotWorse(BASELINE)), make_run([reworded, *before[1:]]), make_run(before)
    )
    assert list_failed(verdict) == ["not_worse.new_gate_failures"]


def test_a_baseline_of_other_items_holds_nothing() -> None:
    gate = replace(GATE, not_worse=NotWorse(BASELINE))
    other = make_run([make_result("x")])
    verdict = check_gate(gate, make_many(3, 3), other)
    assert list_failed(verdict) == ["not_worse.baseline"] and "no item in common" in verdict.checks[-1].reason
    half = check_gate(gate, make_many(4, 4), make_many(2, 2))
    assert list_failed(half) == ["not_worse.least_compared"] and find(half, "not_worse.least_compared").found == "50%"
    assert check_gate(
        replace(GATE, not_worse=NotWorse(BASELINE, least_compared=0.5)), make_many(4, 4), make_many(2, 2)
    ).passed


def test_a_part_of_the_set_is_not_held_against_the_whole() -> None:
    gate = replace(GATE, not_worse=NotWorse(BASELINE))
    part = check_gate(gate, make_many(2, 2), make_many(4, 4))
    assert list_failed(part) == ["not_worse.least_compared"] and find(part, "not_worse.least_compared").found == "50%"


def test_a_measure_that_the_baseline_does_not_have_fails() -> None:
    gate = replace(GATE, not_worse=NotWorse(BASELINE, ("passed", "step")))
    verdict = check_gate(gate, make_many(3, 3), make_many(3, 3))
    assert list_failed(verdict) == ["not_worse.step"] and find(verdict, "not_worse.step").found == "nothing"


def test_a_verdict_is_written_with_what_is_not_met_first() -> None:
    verdict = check_gate(replace(GATE, thresholds=(("mrr", 0.5), ("passed", 0.5))), make_many(3, 4))
    lines = write_verdict(verdict, load_comparison_wording()).splitlines()
    assert lines[0] == "The gate is not passed. Conditions: 5, not met: 1."
    assert lines[1].startswith("NOT MET  thresholds.mrr: wanted at least 0.5, found nothing. No question could be scored")
    assert len(lines) == 6 and all(line.startswith("met  ") for line in lines[2:])
    told = json.loads(json.dumps(verdict_to_object(verdict)))
    assert told["passed"] is False and told["checks"][3] == {
        "name": "thresholds.mrr",
        "wanted": "at least 0.5",
        "found": "nothing",
        "met": False,
        "reason": "No question could be scored by this, so nothing shows that it holds.",
    }
    good = check_gate(GATE, make_many(3, 4))
    assert write_verdict(good, load_comparison_wording()).startswith("The gate is passed. Conditions: 3, all met.\n")


# --- declining, and how sure --------------------------------------------------------------------------------------

DECLINED = (Outcome.NOT_IN_SOURCES,)


def answer(place: int, answerable: bool, outcome: Outcome, confidence: float = 0.5) -> ItemResult:
    item = make_item(f"i{place:03}", outcomes=(Outcome.ANSWERED,) if answerable else DECLINED)
    return make_result(item, True, outcome=outcome, confidence=confidence)


def make_declining() -> Run:
    """Ten that are answerable: six answered, one in part, two declined, one asked back. Five that are not: three declined,
    two answered.
    """
    given = [Outcome.ANSWERED] * 6 + [Outcome.PARTIAL] + [Outcome.NOT_IN_SOURCES] * 2 + [Outcome.CLARIFY]
    results = [answer(place, True, outcome) for place, outcome in enumerate(given)]
    given = [Outcome.NOT_IN_SOURCES] * 3 + [Outcome.ANSWERED, Outcome.PARTIAL]
    results += [answer(place, False, outcome) for place, outcome in enumerate(given, start=10)]
    left_out = [
        make_item("clarify", outcomes=(Outcome.CLARIFY,)),
        make_item("either", outcomes=(Outcome.PARTIAL, *DECLINED)),
    ]
    left_out += [make_item("open", outcomes=())]
    return make_run([*results, *(make_result(item) for item in left_out), make_fault("fault")])


def test_declining_is_counted_as_sklearn_counts() -> None:
    from sklearn.metrics import precision_score, recall_score

    declines = count_declines(make_declining())
    assert (declines.answerable, declines.unanswerable, declines.declined, declines.neither) == (10, 5, 5, 1)
    assert (declines.declined_rightly, declines.declined_wrongly, declines.answered_unanswerable) == (3, 2, 2)
    wanted, found = [0] * 10 + [1] * 5, [0] * 7 + [1] * 2 + [0] + [1] * 3 + [0] * 2
    assert declines.precision == pytest.approx(precision_score(wanted, found))
    assert declines.recall == pytest.approx(recall_score(wanted, found))
    assert declines.over_refusal == pytest.approx(0.2)


def test_where_there_is_nothing_to_decline_there_is_no_share() -> None:
    none = count_declines(make_run([make_fault("a")]))
    assert (none.precision, none.recall, none.over_refusal) == (None, None, None)


def test_the_gate_holds_declining_to_its_least() -> None:
    run = replace(make_declining(), results=make_declining().results[:15], size=15)
    gate = replace(GATE, declined=(("precision", 0.6), ("recall", 0.65)))
    verdict = check_gate(gate, run)
    assert list_failed(verdict) == ["declined.recall"] and find(verdict, "declined.recall").found == "60%"
    assert find(verdict, "declined.recall").reason.endswith("such questions: 5.")
    empty = check_gate(gate, make_many(3, 3))
    assert list_failed(empty) == ["declined.precision", "declined.recall"]
    assert "no such question in this run" in find(empty, "declined.precision").reason


@pytest.mark.parametrize(
    ("outcomes", "answerable"),
    [
        ((Outcome.ANSWERED,), True),
        ((Outcome.ANSWERED, Outcome.PARTIAL), True),
        ((Outcome.NOT_IN_SOURCES,), False),
        ((Outcome.PARTIAL, Outcome.NOT_IN_SOURCES), None),
        ((Outcome.CLARIFY,), None),
        ((), None),
    ],
)
def test_only_items_that_say_so_are_answerable_or_not(outcomes: tuple[Outcome, ...], answerable: bool | None) -> None:
    assert is_answerable(make_item("a", outcomes=outcomes)) is answerable


def test_risk_by_coverage_by_hand() -> None:
    rows = [(0.9, True), (0.8, True), (0.8, False), (0.4, True), (0.1, False)]
    results = [
        answer(place, answerable, Outcome.ANSWERED if confidence >= 0.5 else Outcome.NOT_IN_SOURCES, confidence)
        for place, (confidence, answerable) in enumerate(rows)
    ]
    curve = risk_by_coverage(make_run([*results, make_fault("fault"), make_result(make_item("x", outcomes=()))]))
    assert [(point.confidence, point.coverage) for point in curve.points] == [
        (0.9, 0.2),
        (0.8, 0.6),
        (0.4, 0.8),
        (0.1, 1),
    ]
    assert [point.risk for point in curve.points] == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])
    assert curve.shipped == CoveragePoint(0.6, 1 / 3, None)
    assert curve.area == pytest.approx(0.4 / 3 + 0.2 / 4 + 0.2 * 0.4)
    assert curve.best_area == pytest.approx((0 + 0 + 0 + 1 / 4 + 2 / 5) / 5)
    assert (curve.items, curve.unanswerable) == (5, 2)


def test_without_items_there_is_no_curve_and_there_are_no_bins() -> None:
    run = make_run([make_fault("a")])
    curve = risk_by_coverage(run)
    assert (curve.points, curve.shipped, curve.area, curve.best_area, curve.items) == ((), None, None, None, 0)
    assert reliability(run) == ()


ROWS = st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), min_size=1, max_size=40)


def make_rows(rows: Sequence[tuple[float, bool, bool]]) -> Run:
    return make_run(
        [
            answer(place, answerable, Outcome.ANSWERED if answered else Outcome.NOT_IN_SOURCES, confidence)
            for place, (confidence, answerable, answered) in enumerate(rows)
        ]
    )


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_a_curve_ends_with_everything_and_is_no_better_than_the_best(rows: list[tuple[int, bool, bool]]) -> None:
    curve = risk_by_coverage(make_rows([(whole / 20, answerable, answered) for whole, answerable, answered in rows]))
    wrong = sum(not answerable for _, answerable, _ in rows)
    assert curve.points[-1].coverage == pytest.approx(1) and curve.points[-1].risk == pytest.approx(wrong / len(rows))
    coverages = [point.coverage for point in curve.points]
    assert coverages == sorted(set(coverages)) and len(coverages) == len({whole for whole, _, _ in rows})
    assert curve.area is not None and curve.best_area is not None and curve.best_area <= curve.area + 1e-9


def test_the_area_is_the_mean_risk_where_all_confidences_differ() -> None:
    rng = np.random.default_rng(3)
    confidences, answerable = rng.permutation(80) / 80, rng.random(80) < 0.7
    run = make_rows([(float(one), bool(two), True) for one, two in zip(confidences, answerable, strict=True)])
    wrong = ~answerable[np.argsort(-confidences)]
    assert risk_by_coverage(run).area == pytest.approx(float(np.mean(np.cumsum(wrong) / np.arange(1, 81))))


def test_reliability_is_that_of_sklearn() -> None:
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(4)
    confidences, answerable = rng.permutation(100) / 100, rng.random(100) < 0.6
    rows = [(float(one), bool(two), True) for one, two in zip(confidences, answerable, strict=True)]
    bins = reliability(make_rows(rows), 5)
    shares, means = calibration_curve(answerable, confidences, n_bins=5, strategy="quantile")
    assert [one.items for one in bins] == [20] * 5
    assert [one.share for one in bins] == pytest.approx(list(shares))
    assert [one.confidence for one in bins] == pytest.approx(list(means))


@given(ROWS, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_bins_hold_every_item_once_and_part_no_confidence(rows: list[tuple[int, bool, bool]], bins: int) -> None:
    found = reliability(make_rows([(whole / 20, answerable, answered) for whole, answerable, answered in rows]), bins)
    assert sum(one.items for one in found) == len(rows) and 1 <= len(found) <= bins
    for one, following in zip(found, found[1:], strict=False):
        assert one.high < following.low
    for one in found:
        assert one.low <= one.confidence + 1e-9 and one.confidence <= one.high + 1e-9
        assert one.interval.low - 1e-9 <= one.share <= one.interval.high + 1e-9
