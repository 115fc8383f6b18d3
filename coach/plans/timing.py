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


def share_minutes(spans: Sequence[Span], total: int) -> tuple[int, ...]:
    """Minutes for each part, near its usual share, within its limits; together exactly `total`.

    Multiples of five wherever they fit, as people write an agenda; single minutes otherwise.

    Raises:
        ValueError: the parts cannot take so many minutes; see `fits`.
    """
    if not fits(spans, total):
        raise ValueError
    if total % _UNIT == 0:
        # A part that usually takes less than half a unit keeps its own minutes, or it would double.
        coarse = [
            Span(-(-span.least // _UNIT), max(1, round(span.usual / _UNIT)), span.most // _UNIT)
            for span in spans
        ]  # fmt: skip
        if all(span.least <= span.most for span in coarse) and fits(coarse, total // _UNIT):
            return tuple(count * _UNIT for count in _share(coarse, total // _UNIT))
    return _share(spans, total)


def _share(spans: Sequence[Span], total: int) -> tuple[int, ...]:
    """The usual shares, stretched alike as far as the limits allow; what is left over by the largest remainders."""
    low, high = 0.0, float(total + 1)
    while high - low > _CLOSE:
        middle = (low + high) / 2
        if sum(_clip(span, span.usual * middle) for span in spans) < total:
            low = middle
        else:
            high = middle
    exact = [_clip(span, span.usual * high) for span in spans]
    minutes = [int(value + _CLOSE) for value in exact]
    order = sorted(range(len(spans)), key=lambda index: (minutes[index] - exact[index], index))
    while (left := total - sum(minutes)) != 0:
        step = 1 if left > 0 else -1
        index = next(
            index for index in order if spans[index].least <= minutes[index] + step <= spans[index].most
        )  # fmt: skip
        minutes[index] += step
        # Whoever was given a minute waits until all others were looked at.
        order.remove(index)
        order.append(index)
    return tuple(minutes)


def _clip(span: Span, minutes: float) -> float:
    return min(max(minutes, span.least), span.most)
