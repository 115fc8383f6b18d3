"""Shares minutes out: a total and parts with their least, usual and most minutes in, whole minutes that add up out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_UNIT = 5
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """How long a part may take, in minutes."""

    least: int
    usual: int
    most: int


def fits(spans: Sequence[Span], total: int) -> bool:
    """Whether the parts can take exactly so many minutes together."""
    return sum(span.least for span in spans) <= total <= sum(span.most for span in spans)


def share_minutes(spans: Sequence[Span], total: int, alike: Sequence[int] = ()) -> tuple[int, ...]:
    """Minutes for each part, near its usual share, within its limits; together exactly `total`.

    Multiples of five wherever they fit, as people write an agenda; single minutes otherwise. `alike` gives a number for
    each part: parts of one number have the same span and get the same minutes, wherever that can add up, so that no
    presenter has less time than another.

    Raises:
        ValueError: the parts cannot take so many minutes; see `fits`.
    """
    if not fits(spans, total):
        raise ValueError
    numbers = tuple(alike) or tuple(range(len(spans)))
    parts = dict(zip(numbers, spans, strict=True))
    times = [numbers.count(number) for number in parts]
    for unit in (_UNIT, 1) if total % _UNIT == 0 else (1,):
        shares = _share([_count_in(unit, span) for span in parts.values()], times, total // unit)
        if shares is not None:
            of_number = dict(zip(parts, shares, strict=True))
            return tuple(of_number[number] * unit for number in numbers)
    return share_minutes(spans, total)


def _count_in(unit: int, span: Span) -> Span:
    # A part that usually takes less than half a unit still gets one.
    return Span(-(-span.least // unit), max(1, round(span.usual / unit)), span.most // unit)


def _share(spans: Sequence[Span], times: Sequence[int], total: int) -> list[int] | None:
    """The usual shares, stretched alike as far as the limits allow; what is left over by the largest remainders. Each
    part counts so many times; None where that cannot add up.
    """
    least = sum(span.least * count for span, count in zip(spans, times, strict=True))
    most = sum(span.most * count for span, count in zip(spans, times, strict=True))
    if not least <= total <= most or any(span.least > span.most for span in spans):
        return None
    low, high = 0.0, float(total + 1)
    while high - low > _CLOSE:
        middle = (low + high) / 2
        stretched = sum(_clip(span, span.usual * middle) * count for span, count in zip(spans, times, strict=True))
        low, high = (middle, high) if stretched < total else (low, middle)
    exact = [_clip(span, span.usual * high) for span in spans]
    rounded = [_round(exact, spans, times, total, may_overshoot=yes) for yes in (False, True)]
    return min((one for one in rounded if one), key=lambda one: _weigh(one, exact, times), default=None)


def _round(
    exact: Sequence[float], spans: Sequence[Span], times: Sequence[int], total: int, *, may_overshoot: bool
) -> list[int] | None:
    minutes = [int(value + _CLOSE) for value in exact]
    while (left := total - sum(one * count for one, count in zip(minutes, times, strict=True))) != 0:
        step = 1 if left > 0 else -1
        # What counts several times may take more than is left, where that comes nearer to the total: others give back.
        reach = 2 * abs(left) - 1 if may_overshoot else abs(left)
        able = [
            index
            for index, span in enumerate(spans)
            if times[index] <= reach and span.least <= minutes[index] + step <= span.most
        ]
        if not able:
            return None
        minutes[max(able, key=lambda index: step * (exact[index] - minutes[index]))] += step
    return minutes


def _weigh(minutes: Sequence[int], exact: Sequence[float], times: Sequence[int]) -> float:
    """How far the minutes are from the exact shares; five minutes off weigh more in a short part."""
    return sum(
        count * (one - share) ** 2 / max(share, 1.0) for one, share, count in zip(minutes, exact, times, strict=True)
    )


def _clip(span: Span, minutes: float) -> float:
    return min(max(minutes, span.least), span.most)
