"""How far raters agree: figures of published examples, of other implementations, and what is said where there is none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from coach.evaluation.rating.agreement import (
    agree_with_judge,
    final_levels,
    measure_agreement,
    must_settle,
    read_judged,
)
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import (
    Dimension,
    DimensionAgreement,
    Level,
    Rating,
    Rubric,
    Score,
    Settlement,
)

Given = Sequence[int | None]


def make_rubric(highest: int = 3, *, is_gate: bool = False) -> Rubric:
    levels = tuple(Level(value, f"level {value}") for value in range(highest, -1, -1))
    return Rubric("Rubric", (Dimension("clear", "Clear", levels, is_gate),), "0" * 12)


def make_ratings(*raters: Given) -> list[Rating]:
    """One row for each rater, one level for each entry."""
    return [
        Rating(f"E{number:03}", "ABCDEFGH"[rater], (("clear", level),))
        for rater, levels in enumerate(raters)
        for number, level in enumerate(levels)
    ]


def measure(rubric: Rubric, *raters: Given) -> DimensionAgreement:
    (found,) = measure_agreement(rubric, make_ratings(*raters)).dimensions
    return found


# --- published examples -----------------------------------------------------------------------------------------------

# Four observers, twelve units, five values, gaps. K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
# part C: alpha is .743 nominal, .815 ordinal, .849 interval.
KRIPPENDORFF: tuple[Given, ...] = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
# Twenty people judged by three raters on six levels of anxiety: the data set `anxiety` of the R package irr (Gamer, Lemon
# and Singh). Its kappa2 gives the second and third raters .2520325 with squared weights; it takes 6 for the fifth level,
# because neither of these two gave a 5.
ANXIETY: tuple[Given, ...] = (
    (3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3),
    (3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4),
    (2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2),
)


def lower(levels: Given) -> Given:
    """Levels of a rubric begin at 0."""
    return [None if level is None else level - 1 for level in levels]


def test_alpha_is_krippendorffs_own() -> None:
    found = measure(make_rubric(4), *map(lower, KRIPPENDORFF))
    assert found.coefficient == "Krippendorff's alpha (ordinal)" and found.value is not None
    # The unit that one observer alone judged is no pair: eleven are left.
    assert round(found.value, 3) == 0.815 and found.n == 11 and found.ratings == 40


def test_alpha_written_out_is_krippendorffs_on_every_scale() -> None:
    # Only then is it any use to compare ours with.
    rows = list(map(lower, KRIPPENDORFF))
    assert [round(compute_alpha(rows, 5, kind), 3) for kind in ("nominal", "ordinal", "interval")] == [
        0.743,
        0.815,
        0.849,
    ]


def test_kappa_is_that_of_the_r_package_irr() -> None:
    rows = [[4 if level == 5 else level for level in lower(levels)] for levels in ANXIETY[1:]]
    found = measure(make_rubric(4), *rows)
    assert found.coefficient == "quadratic weighted kappa" and found.value is not None
    assert found.value == pytest.approx(0.2520325, abs=5e-8)


# --- other hands ------------------------------------------------------------------------------------------------------


def compute_alpha(rows: Sequence[Given], count: int, kind: str = "ordinal") -> float:
    """Krippendorff's alpha by the formula of the paper, from the coincidence matrix; nan where nothing varies."""
    coincidences = np.zeros((count, count))
    for unit in zip(*rows, strict=True):
        levels = [level for level in unit if level is not None]
        for one, other in combinations(range(len(levels)), 2):
            weight = 1 / (len(levels) - 1)
            coincidences[levels[one], levels[other]] += weight
            coincidences[levels[other], levels[one]] += weight
    totals = coincidences.sum(axis=1)
    n = totals.sum()

    def differ(one: int, other: int) -> float:
        if kind == "nominal":
            return float(one != other)
        if kind == "interval":
            return float((one - other) ** 2)
        low, high = sorted((one, other))
        return float((totals[low : high + 1].sum() - (totals[low] + totals[high]) / 2) ** 2)

    pairs = list(combinations(range(count), 2))
    observed = sum(coincidences[c, k] * differ(c, k) for c, k in pairs)
    expected = sum(totals[c] * totals[k] * differ(c, k) for c, k in pairs)
    return 1 - (n - 1) * observed / expected if expected else math.nan


LEVELS = st.integers(0, 3)
PAIRS = st.lists(st.tuples(LEVELS, LEVELS), min_size=10, max_size=40)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_kappa_is_that_of_statsmodels(pairs: list[tuple[int, int]]) -> None:
    one, other = zip(*pairs, strict=True)
    found = measure(make_rubric(), one, other)
    table = np.zeros((4, 4))
    for pair in pairs:
        table[pair] += 1
    if len({*one, *other}) == 1:
        assert found.value is None and found.coefficient is None
        return
    expected = cohens_kappa(table, weights=np.arange(4), wt="quadratic", return_results=False)
    assert found.value == pytest.approx(expected, abs=1e-12)


GAPS = st.one_of(st.none(), LEVELS)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(GAPS, GAPS, GAPS), min_size=12, max_size=40))
def test_alpha_is_that_of_the_papers_formula(units: list[tuple[int | None, ...]]) -> None:
    rows = list(zip(*units, strict=True))
    found = measure(make_rubric(), *rows)
    pairable = [levels for levels in units if sum(level is not None for level in levels) > 1]
    assert found.n == len(pairable)
    if found.coefficient == "Krippendorff's alpha (ordinal)":
        assert found.value == pytest.approx(compute_alpha(rows, 4), abs=1e-12)
    elif found.coefficient is None:
        assert len(pairable) < 10 or len({level for levels in pairable for level in levels if level is not None}) == 1
    else:
        assert len(found.raters) == 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(GAPS, GAPS, GAPS), min_size=1, max_size=30))
def test_every_level_that_can_be_compared_is_counted_once(units: list[tuple[int | None, ...]]) -> None:
    found = measure(make_rubric(), *zip(*units, strict=True))
    pairs = [
        abs(one - other)
        for levels in units
        for one, other in combinations([level for level in levels if level is not None], 2)
    ]
    told = sum(times for _, row in found.table for _, times in row)
    assert told == found.ratings == sum(
        len(given) for levels in units if len(given := [level for level in levels if level is not None]) > 1
    )  # fmt: skip
    if pairs:
        assert found.exact == pytest.approx(pairs.count(0) / len(pairs))
        assert found.within_one == pytest.approx(sum(gap <= 1 for gap in pairs) / len(pairs))
    else:
        assert found.exact is None and found.within_one is None and found.n == 0


# --- what is said -----------------------------------------------------------------------------------------------------


def test_nine_entries_are_too_few_and_ten_are_not() -> None:
    levels = [0, 1, 2, 3, 0, 1, 2, 3, 0]
    found = measure(make_rubric(), levels, levels)
    assert (found.value, found.coefficient, found.exact, found.n) == (None, None, 1.0, 9)
    assert found.note.startswith("Too few: 9")
    assert measure(make_rubric(), [*levels, 1], [*levels, 1]).value == 1.0


def test_without_a_difference_there_is_no_coefficient() -> None:
    found = measure(make_rubric(), [3] * 12, [3] * 12)
    assert (found.value, found.coefficient, found.exact) == (None, None, 1.0)
    assert "no coefficient" in found.note and "3" in found.note


def test_a_coefficient_that_collapses_is_said_to() -> None:
    found = measure(make_rubric(), [3] * 19 + [2], [3] * 18 + [2, 3])
    assert found.exact == 0.9 and found.value is not None and found.value < 0
    assert found.note.startswith("38 of 40 levels are 3.")
    assert measure(make_rubric(), [3, 2, 1, 0] * 5, [3, 2, 1, 1] * 5).note == ""


def test_a_rater_of_one_level_is_named() -> None:
    found = measure(make_rubric(), [2] * 12, [3, 1, 0] * 4)
    assert found.value == pytest.approx(0) and "A gave level 2 to all of them" in found.note


def test_what_does_not_apply_is_a_gap() -> None:
    levels: list[int | None] = [0, 1, 2, 3] * 3
    found = measure(make_rubric(), [*levels, None, 2], [*levels, 3, None])
    assert found.n == 12 and found.exact == 1.0 and found.coefficient == "quadratic weighted kappa"


def test_two_raters_of_different_parts_are_not_two_raters() -> None:
    # Everything was rated twice, by three people: kappa would compare nobody.
    found = measure(
        make_rubric(), [0, 1, 2, 3, 1, 2] + [None] * 6, [0, 1, 2, 3, 1, 1] * 2, [None] * 6 + [1, 1, 2, 3, 1, 1]
    )
    assert found.coefficient == "Krippendorff's alpha (ordinal)" and found.n == 12


def test_severity_is_the_distance_from_the_others() -> None:
    severities = measure_agreement(make_rubric(), make_ratings([3, 3, 2], [2, 3, 0], [1, 3, None])).severities
    assert [(one.rater, one.n) for one in severities] == [("A", 3), ("B", 3), ("C", 2)]
    assert [one.mean_difference for one in severities] == pytest.approx([(1.5 + 0 + 2) / 3, (0 + 0 - 2) / 3, -0.75])


def test_who_rated_alone_has_no_severity() -> None:
    assert measure_agreement(make_rubric(), make_ratings([3, 3])).severities == ()


def test_the_widest_disagreement_comes_first_and_is_to_be_settled() -> None:
    rubric = make_rubric()
    found = measure_agreement(rubric, make_ratings([3, 3, 2, 3], [2, 0, 2, 1])).disagreements
    assert [(one.entry, one.spread, must_settle(rubric, one)) for one in found] == [
        ("E001", 3, True), ("E003", 2, True), ("E000", 1, False),
    ]  # fmt: skip
    assert found[0].levels == (("A", 3), ("B", 0))


def test_both_sides_of_a_gate_are_as_far_apart_as_can_be() -> None:
    gate = Dimension("gate", "Gate", (Level(1, "pass"), Level(0, "fail")), is_gate=True)
    rubric = Rubric("Rubric", (*make_rubric().dimensions, gate), "0" * 12)
    ratings = [
        Rating("E1", "A", (("clear", 3), ("gate", 1))), Rating("E1", "B", (("clear", 1), ("gate", 0))),
        Rating("E2", "A", (("clear", 3),)), Rating("E2", "B", (("clear", 0),)),
    ]  # fmt: skip
    found = measure_agreement(rubric, ratings).disagreements
    assert [(one.entry, one.dimension) for one in found] == [("E1", "gate"), ("E2", "clear"), ("E1", "clear")]
    assert must_settle(rubric, found[0])


def test_the_later_of_two_ratings_of_one_rater_counts() -> None:
    found = measure_agreement(make_rubric(), [*make_ratings([0] * 10, [3] * 10), *make_ratings([3] * 10)]).dimensions[0]
    assert found.exact == 1.0


def settle(entry: str, level: int | None, at: str) -> Settlement:
    return Settlement(entry, "clear", level, "A and B", "talked it over", at)


def test_a_settlement_changes_the_final_level_and_no_agreement() -> None:
    rubric, ratings = make_rubric(), make_ratings([3, 3, None, 2], [0, 2, None, 2])
    record = [settle("E000", 1, "2026-11-22T10:00"), settle("E000", 2, "2026-11-22T11:00")]
    before, after = measure_agreement(rubric, ratings), measure_agreement(rubric, ratings, record)
    assert before.dimensions == after.dimensions and before.severities == after.severities
    assert after.disagreements[0].settled == record[1] and before.disagreements[0].settled is None
    # The lower of two in the middle; nobody said that the third applies.
    assert final_levels(rubric, ratings) == {
        "E000": {"clear": 0}, "E001": {"clear": 2}, "E002": {"clear": None}, "E003": {"clear": 2},
    }  # fmt: skip
    assert final_levels(rubric, ratings, record)["E000"] == {"clear": 2}
    assert final_levels(rubric, ratings, [settle("E003", None, "")])["E003"] == {"clear": None}


def test_a_failure_that_one_rater_saw_is_not_outvoted() -> None:
    gate, plain = make_rubric(1, is_gate=True), make_rubric(1)
    ratings = make_ratings([1], [1], [0])
    assert final_levels(gate, ratings)["E000"] == {"clear": 0} and final_levels(plain, ratings)["E000"] == {"clear": 1}


def test_a_judge_is_measured_against_people_as_a_second_rater() -> None:
    rubric = make_rubric()
    people = final_levels(rubric, make_ratings([3, 2, 1, 0] * 3, [3, 2, 1, 0] * 3))
    judge = {
        entry: read_judged(
            rubric, [Score("clear", value, None, "", by="judge"), Score("words", 120, None, "")], "judge"
        )
        for entry, value in zip(people, [1.0, 0.6, 0.4, None] * 3, strict=True)
    }
    assert Counter(levels["clear"] for levels in judge.values()) == {3: 3, 2: 3, 1: 3, None: 3}
    (found,) = agree_with_judge(rubric, people, judge).dimensions
    assert (found.n, found.raters, found.exact) == (9, ("judge", "people"), 1.0)


def test_what_the_rubric_does_not_have_is_left_out() -> None:
    ratings = [Rating("E1", rater, (("clear", 7), ("other", 2))) for rater in "AB"]
    (found,) = measure_agreement(make_rubric(), ratings).dimensions
    assert found.n == 0 and found.note == "No answer was rated by two people on this."


def test_what_raters_talked_about_is_listed_and_not_counted() -> None:
    given = [
        Rating(f"e{place:02}", rater, (("citation", 1 if rater == "Ann" and place < 3 else 3),))
        for place in range(14)
        for rater in ("Ann", "Ben")
    ]
    rubric = load_rubric()
    counted = measure_agreement(rubric, given, calibrating={"e00", "e01", "e02"})
    citation = next(one for one in counted.dimensions if one.dimension == "citation")
    assert (citation.n, citation.exact, counted.talked_about) == (11, 1.0, 3)
    assert {one.n for one in counted.severities} == {11} and len(counted.disagreements) == 3
    plain = measure_agreement(rubric, given)
    citation = next(one for one in plain.dimensions if one.dimension == "citation")
    assert (citation.n, citation.exact, plain.talked_about) == (14, 11 / 14, 0)
