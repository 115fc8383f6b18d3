"""Kept rounds: one rating of a rater for an entry, nothing after closing, a record of what was settled, gone when deleted."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from coach.errors import CoachError
from coach.evaluation.rating.rounds import make_round
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import Rating, RatingRound, Settlement
from coach.records import LOCAL_PERSON
from coach.store import tables
from coach.store.database import writing
from coach.store.evaluations import EvaluationStore
from coach.store.ratings import LONGEST_COMMENT, RaterProgress, RatingStore
from coach.store.store import Store
from tests.conftest import OTHER
from tests.rating_examples import make_example_round, make_items, make_run, rate


def mask(text: str) -> str:
    return re.sub(r"\bMaya\b", "[student]", text)


@pytest.fixture
def ratings(store: Store) -> RatingStore:
    return RatingStore(store, mask)


@pytest.fixture
def made(ratings: RatingStore) -> RatingRound:
    return ratings.add_round(LOCAL_PERSON, make_example_round(6, calibrate=2))


def test_a_round_is_kept_and_read_as_it_was(ratings: RatingStore, made: RatingRound) -> None:
    assert ratings.read_round(made.id) == made and ratings.find(made.id[:6]) == made.id
    for unknown in ("", "xyz", made.id + "0"):
        with pytest.raises(CoachError, match="no round"):
            ratings.find(unknown)
    with pytest.raises(CoachError, match="no round 'xyz'"):
        ratings.read_round("xyz")


def test_a_rating_is_kept_masked_and_in_place_of_the_one_before(ratings: RatingStore, made: RatingRound) -> None:
    first = ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "Zoë  Ray", level=0, comment=" About Maya.\x00 "))
    assert (first.comment, first.rater) == ("About [student].", "Zoë Ray") and first.rated_at
    again = ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "zoe ray", level=1))
    assert again.rater == "Zoë Ray" and ratings.list_ratings(made.id) == (again,)
    assert set(dict(again.levels).values()) == {1} and again.comment == ""


def test_each_rater_has_a_rating_of_their_own(ratings: RatingStore, made: RatingRound) -> None:
    for rater in ("A", "B"):
        for place in (1, 0):
            ratings.put_rating(LOCAL_PERSON, made.id, rate(made, rater, place))
    codes = [entry.code for entry in made.entries]
    assert [(one.entry, one.rater) for one in ratings.list_ratings(made.id)] == [
        (codes[0], "A"), (codes[0], "B"), (codes[1], "A"), (codes[1], "B"),
    ]  # fmt: skip
    assert {one.rater for one in ratings.list_ratings(made.id, " b")} == {"B"}


def test_na_and_what_is_not_rated_yet_are_told_apart(ratings: RatingStore, made: RatingRound) -> None:
    kept = ratings.put_rating(LOCAL_PERSON, made.id, replace(rate(made, "A"), levels=(("clear", None), ("gate", 0))))
    assert ratings.list_ratings(made.id) == (kept,) and kept.levels == (("clear", None), ("gate", 0))


def test_an_empty_rating_takes_back_what_was_said(ratings: RatingStore, made: RatingRound) -> None:
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "A"))
    ratings.put_rating(LOCAL_PERSON, made.id, replace(rate(made, "A"), levels=()))
    assert ratings.list_ratings(made.id) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"entry": "XXXXX"}, "no answer 'XXXXX'"),
        ({"levels": (("clear", 4),)}, "Clear for the reader has no level 4. It has 3, 2, 1, 0, and N/A"),
        ({"levels": (("clear", -1),)}, "no level -1"),
        ({"levels": (("gate", 2),)}, "no level 2"),
        ({"levels": (("tone", 1),)}, "no dimension 'tone'"),
        ({"levels": (("clear", 1), ("clear", 2))}, "two levels"),
        ({"rater": "  "}, "name or initials"),
        ({"rater": "x" * 81}, "1 to 80"),
        ({"comment": "x" * (LONGEST_COMMENT + 1)}, "at most 2,000 characters; this one has 2,001"),
    ],
)
def test_what_does_not_belong_is_refused(
    ratings: RatingStore, made: RatingRound, changes: dict[str, object], told: str
) -> None:
    good = rate(made, "A")
    with pytest.raises(CoachError, match=told):
        ratings.put_ratings(LOCAL_PERSON, made.id, [good, replace(rate(made, "A", 1), **changes)])  # type: ignore[arg-type]
    assert ratings.list_ratings(made.id) == ()


def test_nobody_rates_under_the_name_of_somebody_else(ratings: RatingStore, made: RatingRound) -> None:
    kept = ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "AB"))
    with pytest.raises(CoachError, match="Somebody else rates as ab"):
        ratings.put_rating(OTHER, made.id, rate(made, "ab", 1))
    ratings.put_rating(OTHER, made.id, rate(made, "CD"))
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "EF"))
    assert kept in ratings.list_ratings(made.id) and len(ratings.list_ratings(made.id)) == 3


def test_a_closed_round_takes_no_more(ratings: RatingStore, made: RatingRound) -> None:
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "A"))
    closed = ratings.close_round(made.id)
    assert closed.closed_at and ratings.close_round(made.id) == closed
    with pytest.raises(CoachError, match="is closed"):
        ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "A", level=0))
    assert ratings.list_ratings(made.id)[0].levels == rate(made, "A").levels
    ratings.settle(made.id, Settlement(made.entries[0].code, "clear", 1, "A", "", ""))


def rate_all(ratings: RatingStore, made: RatingRound, rater: str, person: str = LOCAL_PERSON) -> None:
    ratings.put_ratings(person, made.id, [rate(made, rater, place) for place in range(len(made.entries))])


def test_whoever_has_looked_changes_nothing_in_that_round(ratings: RatingStore, made: RatingRound) -> None:
    rate_all(ratings, made, "Zoë  Ray")
    first = ratings.look(LOCAL_PERSON, made.id, "zoe ray")
    assert first and ratings.look(LOCAL_PERSON, made.id, "ZOE RAY") == first == ratings.read_look(made.id, " Zoë Ray")
    before = ratings.list_ratings(made.id)
    ann = rate(made, "Ann")
    for change in (
        rate(made, "zoe ray", level=0),
        rate(made, "Zoë Ray", comment="After all."),
        replace(rate(made, "Zoë Ray"), levels=()),
        replace(rate(made, "Zoë Ray"), levels=rate(made, "Zoë Ray").levels[1:]),
    ):
        with pytest.raises(CoachError, match="has seen what the others said in this round.*Settle differences"):
            ratings.put_ratings(LOCAL_PERSON, made.id, [ann, change])
        assert ratings.list_ratings(made.id) == before
    same = rate(made, "ZOE ray")
    assert ratings.put_ratings(LOCAL_PERSON, made.id, [ann, same])[1] == before[0]
    other = ratings.add_round(LOCAL_PERSON, make_example_round(3, calibrate=0))
    assert ratings.put_rating(LOCAL_PERSON, other.id, rate(other, "Zoë Ray", level=0))
    ratings.settle(made.id, Settlement(made.entries[0].code, "clear", 1, "Zoë Ray", "", ""))


def test_a_look_needs_every_answer_and_ones_own_name(ratings: RatingStore, made: RatingRound) -> None:
    ratings.put_ratings(LOCAL_PERSON, made.id, [rate(made, "Ann", place) for place in range(5)])
    ratings.put_rating(LOCAL_PERSON, made.id, replace(rate(made, "Ann", 5), levels=(("clear", 1),)))
    for person, name, told in (
        (LOCAL_PERSON, "Ann", "Ann has not rated every answer"),
        (LOCAL_PERSON, "Zed", "Zed has not rated every answer"),
        (OTHER, "ann", "Somebody else rates as ann"),
        (LOCAL_PERSON, " ", "name or initials"),
    ):
        with pytest.raises(CoachError, match=told):
            ratings.look(person, made.id, name)
        assert ratings.read_look(made.id, name) is None
    with pytest.raises(CoachError, match="no round"):
        ratings.look(LOCAL_PERSON, "xyz", "Ann")
    ratings.close_round(made.id)
    assert ratings.look(LOCAL_PERSON, made.id, "Ann") is None and ratings.read_look(made.id, "Ann") is None


def test_whoever_was_given_a_part_looks_when_that_is_rated(ratings: RatingStore) -> None:
    made = ratings.add_round(LOCAL_PERSON, make_example_round(6, calibrate=2, share=0, raters=("Ann", "Ben")))
    mine = [place for place, one in enumerate(made.entries) if not one.raters or "Ann" in one.raters]
    theirs = [place for place in range(6) if place not in mine]
    # As many as were given, and not those that were given.
    ratings.put_ratings(LOCAL_PERSON, made.id, [rate(made, "Ann", place) for place in [*mine[1:], theirs[0]]])
    with pytest.raises(CoachError, match="has not rated every answer"):
        ratings.look(LOCAL_PERSON, made.id, "Ann")
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "Ann", mine[0]))
    assert ratings.look(LOCAL_PERSON, made.id, "Ann")
    assert [bool(one.looked_at) for one in ratings.list_rounds()[0].raters] == [True, False]


def test_a_look_and_a_level_at_once_leave_what_was_there_when_one_looked(
    ratings: RatingStore, made: RatingRound
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    rate_all(ratings, made, "Ann")

    def change(place: int) -> str:
        with suppress(CoachError):
            return ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "Ann", place, level=0)).rated_at
        return ""

    def look(_: int) -> str | None:
        return ratings.look(LOCAL_PERSON, made.id, "Ann")

    with ThreadPoolExecutor(4) as pool:
        changes = [pool.submit(change, place) for place in (0, 1)]
        looked = pool.submit(look, 0)
        changes += [pool.submit(change, place) for place in (2, 3, 4, 5)]
        done = [one.result() for one in changes]
    zeros = [one.rated_at for one in ratings.list_ratings(made.id) if set(dict(one.levels).values()) == {0}]
    assert sorted(filter(None, done)) == sorted(zeros) and looked.result()
    with pytest.raises(CoachError, match="has seen"):
        ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "Ann", 0, level=0, comment="Later."))


def test_a_list_tells_how_far_each_rater_is(ratings: RatingStore) -> None:
    made = ratings.add_round(LOCAL_PERSON, make_example_round(12, calibrate=2, share=0, raters=("Ben", "Anna")))
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "anna", 0))
    ratings.put_rating(LOCAL_PERSON, made.id, replace(rate(made, "ANNA", 1), levels=(("clear", 1),)))
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "Guest", 0))
    (card,) = ratings.list_rounds()
    assert (card.id, card.title, card.entries, card.closed_at) == (made.id, "Autumn", 12, None)
    assert card.raters == (
        RaterProgress("Anna", 1, 1, 7),
        RaterProgress("Ben", 0, 0, 7),
        RaterProgress("Guest", 1, 0, 12),
    )


def test_what_was_settled_is_a_record_that_only_grows(ratings: RatingStore, made: RatingRound) -> None:
    code = made.entries[0].code
    one = ratings.settle(made.id, Settlement(code, "clear", 1, " A and  B", "Maya's case was read again.", ""))
    two = ratings.settle(made.id, Settlement(code, "clear", None, "C", "", ""))
    assert ratings.list_settlements(made.id) == (one, two)
    assert (one.by, one.note) == ("A and B", "[student]'s case was read again.") and two.settled_at > one.settled_at
    for wrong, told in (
        (replace(one, entry="XXXXX"), "no answer"), (replace(one, level=9), "no level 9"),
        (replace(one, dimension="x"), "no dimension"), (replace(one, by=""), "name or initials"),
    ):  # fmt: skip
        with pytest.raises(CoachError, match=told):
            ratings.settle(made.id, wrong)
    assert len(ratings.list_settlements(made.id)) == 2


def test_what_people_rated_of_a_run_goes_with_it(ratings: RatingStore, store: Store) -> None:
    sets = EvaluationStore(store)
    items = make_items(2)
    asked = sets.add_set(LOCAL_PERSON, "Autumn", items)
    runs = [sets.add_run(LOCAL_PERSON, asked, [one.id for one in items]) for _ in range(2)]
    filled = [replace(make_run(run.id, items), id=run.id) for run in runs]
    both, first, other = (
        ratings.add_round(LOCAL_PERSON, make_round("Autumn", some, load_rubric(), calibrate=0))
        for some in (filled, filled[:1], [make_run("elsewhere", items)])
    )
    for entry in both.entries:
        ratings.put_rating(LOCAL_PERSON, both.id, Rating(entry.code, "A", (("citation", 2),)))
        ratings.settle(both.id, Settlement(entry.code, "citation", 1, "A", "", ""))
    sets.delete_run(runs[0].id)
    kept = {entry.code for entry in both.entries if entry.run_id == runs[1].id}
    assert {one.entry for one in ratings.list_ratings(both.id)} == kept
    assert {one.entry for one in ratings.list_settlements(both.id)} == kept
    assert {card.id for card in ratings.list_rounds()} == {both.id, other.id} and first.id not in {both.id, other.id}
    sets.delete_set(asked.id)
    assert [card.id for card in ratings.list_rounds()] == [other.id]


def test_a_deleted_round_is_in_no_byte(ratings: RatingStore, made: RatingRound, store: Store) -> None:
    said = ("the comment of the grey heron", "the note of the grey heron")
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "A", comment=said[0]))
    ratings.settle(made.id, Settlement(made.entries[0].code, "clear", 1, "A", said[1], ""))
    rate_all(ratings, made, "The white egret")
    ratings.look(LOCAL_PERSON, made.id, "The white egret")
    assert all(words.encode() in read_bytes(store.path.parent) for words in said)
    assert ratings.delete_round(made.id)
    kept = read_bytes(store.path.parent)
    assert not any(words.encode() in kept for words in (*said, "white egret", made.entries[0].code))
    for act in (ratings.read_round, ratings.delete_round, ratings.list_ratings, ratings.list_settlements):
        with pytest.raises(CoachError, match="no round"):
            act(made.id)


def test_who_leaves_takes_their_ratings_along(ratings: RatingStore, made: RatingRound, store: Store) -> None:
    ratings.put_rating(OTHER, made.id, rate(made, "CD"))
    mine = ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "AB"))
    with writing(store.engine) as connection:
        connection.execute(delete(tables.people).where(tables.people.c.id == OTHER))
    assert ratings.list_ratings(made.id) == (mine,)


def test_what_the_masker_never_saw_is_not_kept(ratings: RatingStore, made: RatingRound, store: Store) -> None:
    ratings.put_rating(LOCAL_PERSON, made.id, rate(made, "A", comment="Ask Maya."))
    assert b"Maya" not in read_bytes(store.path.parent)
    assert isinstance(ratings.list_ratings(made.id)[0], Rating)


def read_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
