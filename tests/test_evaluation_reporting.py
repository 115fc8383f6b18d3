"""What a report tells besides its run: the newest round with ratings, and how far the judge agrees with people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coach.evaluation.rating.rounds import make_round
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import ItemResult, Rating, Run, Score
from coach.evaluation.reports.reporting import gather, judge_by_people, read_rated
from coach.records import LOCAL_PERSON
from coach.store.ratings import RatingStore
from coach.store.store import Store
from coach.talk import leave_as_it_is
from tests.evaluation_examples import make_result, make_run
from tests.rating_examples import rate

JUDGE = "scripted:judge"


@pytest.fixture
def ratings(store: Store) -> RatingStore:
    return RatingStore(store, leave_as_it_is)


def build_run(identity: str = "run-1", level: int | None = None) -> Run:
    """Twelve results; `level` is what a judge gave each on every dimension."""
    results = [make_result(f"q{number:02}") for number in range(12)]
    if level is None:
        return make_run(results, identity)
    return make_run([judge(result, level) for result in results], identity, judge=JUDGE)


def judge(result: ItemResult, level: int) -> ItemResult:
    given = tuple(
        Score(one.id, min(level, one.levels[0].value) / one.levels[0].value, None, "So it seems.", by=JUDGE)
        for one in load_rubric().dimensions
    )
    return replace(result, scores=(*result.scores, *given))


def test_without_ratings_nothing_is_made_up(ratings: RatingStore) -> None:
    run = build_run()
    ratings.add_round(LOCAL_PERSON, make_round("Round", [run], load_rubric()))
    told = gather(ratings, run)
    assert (told.comparison, told.verdict, told.rated) == (None, None, None) and judge_by_people(run, None) is None


def test_the_newest_round_with_ratings_of_the_run_is_told(ratings: RatingStore) -> None:
    run, other = build_run(), build_run("run-2")
    older, newer = (
        ratings.add_round(LOCAL_PERSON, make_round(title, [run], load_rubric())) for title in ("Older", "Newer")
    )
    elsewhere = ratings.add_round(LOCAL_PERSON, make_round("Of another run", [other], load_rubric()))
    ratings.put_rating(LOCAL_PERSON, older.id, rate(older, "AK"))
    ratings.put_rating(LOCAL_PERSON, elsewhere.id, rate(elsewhere, "AK"))
    ratings.close_round(older.id)
    rated = read_rated(ratings, run.id)
    assert rated is not None and rated.round.title == "Older"
    ratings.put_rating(LOCAL_PERSON, newer.id, rate(newer, "JM"))
    ratings.close_round(newer.id)
    again = gather(ratings, run, before=other).rated
    assert again is not None and again.round.title == "Newer" and [one.rater for one in again.ratings] == ["JM"]


def test_of_a_round_over_two_runs_only_the_own_answers_count(ratings: RatingStore) -> None:
    run, other = build_run(), build_run("run-2")
    both = ratings.add_round(LOCAL_PERSON, make_round("Both", [run, other], load_rubric(), seed=7))
    for rater in ("AK", "JM"):
        for entry in both.entries:
            levels = tuple((one.id, one.levels[0].value) for one in both.rubric.dimensions)
            ratings.put_rating(LOCAL_PERSON, both.id, Rating(entry.code, rater, levels))
    ratings.close_round(both.id)
    rated = read_rated(ratings, run.id)
    calibrating = sum(one.calibrates for one in both.entries if one.run_id == run.id)
    assert rated is not None and {one.n for one in rated.agreement.dimensions} == {12 - calibrating}
    assert rated.agreement.talked_about == calibrating > 0
    assert {one.entry for one in rated.ratings} == {one.code for one in both.entries if one.run_id == run.id}


def test_a_closed_round_is_told_before_one_that_has_just_begun(ratings: RatingStore) -> None:
    run = build_run()
    closed, begun = (
        ratings.add_round(LOCAL_PERSON, make_round(title, [run], load_rubric())) for title in ("Closed", "Begun")
    )
    ratings.put_rating(LOCAL_PERSON, closed.id, rate(closed, "AK"))
    ratings.close_round(closed.id)
    ratings.put_rating(LOCAL_PERSON, begun.id, rate(begun, "JM"))
    rated = read_rated(ratings, run.id)
    assert rated is not None and rated.round.title == "Closed"


def test_nothing_is_told_of_a_round_that_is_open(ratings: RatingStore) -> None:
    run = build_run()
    made = ratings.add_round(LOCAL_PERSON, make_round("Open", [run], load_rubric()))
    for rater in ("AK", "JM"):
        for entry in made.entries:
            levels = tuple((one.id, one.levels[0].value) for one in made.rubric.dimensions)
            ratings.put_rating(LOCAL_PERSON, made.id, Rating(entry.code, rater, levels))
    assert read_rated(ratings, run.id) is None
    # Everybody who began has looked; somebody else may still begin.
    for rater in ("AK", "JM"):
        ratings.look(LOCAL_PERSON, made.id, rater)
    assert read_rated(ratings, run.id) is None
    ratings.close_round(made.id)
    assert read_rated(ratings, run.id) is not None


def test_a_judge_is_measured_by_people(ratings: RatingStore) -> None:
    run = build_run(level=3)
    made = ratings.add_round(LOCAL_PERSON, make_round("Round", [run], load_rubric()))
    assert judge_by_people(run, gather(ratings, run).rated) is None
    for place in range(12):
        level = 3 if place < 9 else 2
        levels = tuple((one.id, min(level, one.levels[0].value)) for one in made.rubric.dimensions)
        ratings.put_rating(LOCAL_PERSON, made.id, Rating(made.entries[place].code, "AK", levels))
    ratings.close_round(made.id)
    judged = judge_by_people(run, gather(ratings, run).rated)
    assert judged is not None
    grounded = judged.dimensions[0]
    assert (grounded.n, JUDGE in grounded.raters) == (12, True)
    assert grounded.exact == pytest.approx(9 / 12) and grounded.within_one == 1.0
    assert judge_by_people(replace(run, judge=None), read_rated(ratings, run.id)) is None
