"""Minutes shared out: they add up, stay within their limits, and look as people write an agenda."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coach.plans.timing import Span, fits, share_minutes


@st.composite
def draw_span(draw: st.DrawFn, most: int = 30) -> Span:
    least = draw(st.integers(1, most))
    usual = draw(st.integers(least, most))
    return Span(least, usual, draw(st.integers(usual, most)))


@st.composite
def draw_session(draw: st.DrawFn) -> tuple[list[Span], int]:
    spans = draw(st.lists(draw_span(), min_size=1, max_size=12))
    total = draw(st.integers(sum(span.least for span in spans), sum(span.most for span in spans)))
    return spans, total


@st.composite
def draw_rounds(draw: st.DrawFn) -> tuple[list[Span], int, list[int]]:
    """Parts of which some stand several times, and which of them are the same."""
    different = draw(st.lists(draw_span(), min_size=1, max_size=6))
    alike = draw(st.lists(st.integers(0, len(different) - 1), min_size=1, max_size=14))
    spans = [different[number] for number in alike]
    total = draw(st.integers(sum(span.least for span in spans), sum(span.most for span in spans)))
    return spans, total, alike


@given(draw_rounds())
def test_minutes_add_up_within_their_limits(session: tuple[list[Span], int, list[int]]) -> None:
    spans, total, alike = session
    for shares in (share_minutes(spans, total), share_minutes(spans, total, alike)):
        assert sum(shares) == total
        assert len(shares) == len(spans)
        assert all(span.least <= share <= span.most for span, share in zip(spans, shares, strict=True))


@pytest.mark.slow
@given(st.lists(draw_span(), min_size=1, max_size=12), st.data())
def test_minutes_are_multiples_of_five_where_that_is_possible(spans: list[Span], data: st.DataObject) -> None:
    with_a_five = [span for span in spans if -(-span.least // 5) <= span.most // 5]
    assume(with_a_five)
    least = sum(-(-span.least // 5) for span in with_a_five)
    most = sum(span.most // 5 for span in with_a_five)
    total = 5 * data.draw(st.integers(least, most))
    assert all(share % 5 == 0 for share in share_minutes(with_a_five, total))


@given(st.lists(draw_span(), min_size=1, max_size=12), st.integers(-5, 400))
def test_what_does_not_fit_is_refused(spans: list[Span], total: int) -> None:
    if sum(span.least for span in spans) <= total <= sum(span.most for span in spans):
        assert fits(spans, total)
        share_minutes(spans, total)
    else:
        assert not fits(spans, total)
        with pytest.raises(ValueError):
            share_minutes(spans, total)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=12))
def test_what_is_usual_is_given_where_it_adds_up(fives: list[int]) -> None:
    spans = [Span(1, 5 * count, 60) for count in fives]
    assert share_minutes(spans, 5 * sum(fives)) == tuple(5 * count for count in fives)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_single_minutes_that_are_usual_are_kept(usual: list[int]) -> None:
    usual = [*usual, 1] if sum(usual) % 5 == 0 else usual
    assert share_minutes([Span(1, minutes, 60) for minutes in usual], sum(usual)) == tuple(usual)


@given(draw_session())
def test_a_part_that_usually_takes_longer_never_gets_less_than_a_shorter_one(session: tuple[list[Span], int]) -> None:
    spans, total = session
    # Limits of their own may turn it round.
    wide = [Span(1, span.usual, 60) for span in spans]
    shares = share_minutes(wide, total)
    order = sorted(range(len(wide)), key=lambda index: wide[index].usual)
    unit = 5 if all(share % 5 == 0 for share in shares) else 1
    assert all(shares[one] <= shares[other] + unit for one, other in zip(order, order[1:], strict=False))


@pytest.mark.slow
@given(draw_session(), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_matters_by_one_unit_at_most(session: tuple[list[Span], int], random: object) -> None:
    spans, total = session
    shares = share_minutes(spans, total)
    order = list(range(len(spans)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = share_minutes([spans[place] for place in order], total)
    assert all(abs(shares[place] - share) <= 5 for place, share in zip(order, again, strict=True))


@given(draw_session(), st.integers(0, 60))
def test_more_time_shortens_no_part_by_more_than_a_minute(session: tuple[list[Span], int], more: int) -> None:
    spans, total = session
    longer = min(total + more, sum(span.most for span in spans))
    # From single minutes to fives and back, a part may jump.
    assume(total % 5 and longer % 5)
    before, after = share_minutes(spans, total), share_minutes(spans, longer)
    assert all(one <= other + 1 for one, other in zip(before, after, strict=True))


@given(draw_rounds(), st.integers(0, 4))
def test_parts_that_are_alike_get_the_same_where_others_can_give_way(
    session: tuple[list[Span], int, list[int]], unit: int
) -> None:
    spans, total, alike = session
    # Single parts with room for whatever a round more or less would take.
    room = [Span(1, 20, 60)] * len(spans)
    shares = share_minutes([*spans, *room], total + 20 * len(room) + unit, [*alike, *range(20, 20 + len(room))])
    for number in set(alike):
        assert len({share for share, other in zip(shares, alike, strict=False) if other == number}) == 1


def test_no_presenter_has_less_time_than_another() -> None:
    opening, talk, slack = Span(3, 5, 10), Span(7, 13, 20), Span(5, 5, 15)
    spans = [opening, talk, talk, talk, slack]
    assert len(set(share_minutes(spans, 65)[1:4])) > 1
    assert share_minutes(spans, 65, [0, 1, 1, 1, 2]) == (10, 15, 15, 15, 10)


def test_what_counts_several_times_may_take_more_than_is_left_and_others_give_back() -> None:
    talk = Span(5, 15, 30)
    spans = [Span(5, 10, 15), Span(5, 10, 15), Span(5, 5, 15), talk, talk, talk]
    assert share_minutes(spans, 105, [0, 1, 2, 3, 3, 3]) == (10, 15, 5, 25, 25, 25)


def test_where_only_unlike_minutes_add_up_they_are_unlike() -> None:
    talk = Span(5, 10, 20)
    assert sorted(share_minutes([talk, talk], 21, [0, 0])) == [10, 11]
