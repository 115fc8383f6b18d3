"""Draws the report's pictures: plain sequences of numbers in, SVG out, the same bytes for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWING = Lock()
"""matplotlib's settings are the whole process's."""
_WIDTH = 6.4
"""Inches, of every picture, so that their letters are of one size."""
_SETTINGS: Any = {
    "svg.hashsalt": "coach",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Segoe UI", "Helvetica", "Arial"],
    "font.size": 10.0,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a picture, told apart by lightness too, so that they hold in grey print and for the colour-blind."""

    ink: str
    quiet: str
    line: str
    first: str
    second: str


LIGHT = Look(ink="#20292c", quiet="#566166", line="#c9c3b6", first="#0b5c8a", second="#b4540a")
DARK = Look(ink="#ebe8e1", quiet="#aab4b5", line="#48545a", first="#7cc4f0", second="#f2a65a")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture for light and one for dark surroundings, as SVG."""

    light: bytes
    dark: bytes


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """How often answers are wrong where the surest share of questions is answered; both 0 to 1."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """Answers of about one confidence: what was expected, how many were right, and the interval of that; 0 to 1."""

    confidence: float
    right: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A difference with its interval."""

    name: str
    difference: float
    low: float
    high: float
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands at the axes, and beside a mark."""

    across: str
    up: str
    mark: str = ""


def draw_risk(points: Sequence[RiskPoint], now: RiskPoint | None, labels: Labels) -> Picture:
    """Risk against coverage: a line over the points in order of coverage, and a mark where Coach stands."""

    def draw(axes: Axes, look: Look) -> None:
        risk = [point.risk for point in points]
        axes.step([point.coverage for point in points], risk, where="post", color=look.first, linewidth=2)
        if now:
            axes.plot([now.coverage], [now.risk], "o", color=look.second, markersize=8)
            axes.annotate(
                labels.mark,
                (now.coverage, now.risk),
                (-8, 8),
                textcoords="offset points",
                ha="right",
                color=look.second,
                parse_math=False,
            )
        _show_shares(axes, top=max(0.1, *risk) * 1.25)

    return _draw(draw, (_WIDTH, 2.7), labels)


def draw_reliability(points: Sequence[ReliabilityPoint], labels: Labels) -> Picture:
    """Share of right answers by confidence, each with its interval, beside the line on which both are the same."""

    def draw(axes: Axes, look: Look) -> None:
        axes.plot([0, 1], [0, 1], "--", color=look.quiet, linewidth=1)
        axes.annotate(labels.mark, (0.5, 0.44), color=look.quiet, fontsize=9, va="top", parse_math=False)
        for point in points:
            axes.plot([point.confidence] * 2, [point.low, point.high], color=look.first, linewidth=2)
        axes.plot(
            [point.confidence for point in points],
            [point.right for point in points],
            "o",
            color=look.first,
            markersize=8,
        )
        _show_shares(axes, top=1.0)

    return _draw(draw, (_WIDTH, 3.2), labels)


def draw_differences(bars: Sequence[Bar], labels: Labels) -> Picture:
    """A point with a bar for each difference, the first on top, beside a line at 0; filled where it is clear."""

    def draw(axes: Axes, look: Look) -> None:
        axes.axvline(0, color=look.quiet, linewidth=1, linestyle="--")
        for place, bar in enumerate(reversed(bars)):
            colour = look.second if bar.is_clear else look.first
            axes.plot([bar.low, bar.high], [place, place], color=colour, linewidth=2)
            face = colour if bar.is_clear else "none"
            axes.plot([bar.difference], [place], "D" if bar.is_clear else "o", color=colour, mfc=face, markersize=7)
        axes.set_yticks(range(len(bars)), [bar.name for bar in reversed(bars)], parse_math=False)
        reach = max(0.05, *(abs(end) for bar in bars for end in (bar.low, bar.high))) * 1.1
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-0.6, len(bars) - 0.4)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.2f}".replace("-", "\u2212") if value else "0")

    return _draw(draw, (_WIDTH, 0.9 + 0.3 * len(bars)), labels)


def _show_shares(axes: Axes, top: float) -> None:
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, min(top, 1.0) + 0.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _draw(draw: Callable[[Axes, Look], None], size: tuple[float, float], labels: Labels) -> Picture:
    """`size` in inches, of which the browser makes 96 pixels each."""
    return Picture(_draw_in(draw, LIGHT, size, labels), _draw_in(draw, DARK, size, labels))


def _draw_in(draw: Callable[[Axes, Look], None], look: Look, size: tuple[float, float], labels: Labels) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    written = io.BytesIO()
    with ExitStack() as stack:
        stack.enter_context(_DRAWING)
        stack.enter_context(mpl.rc_context(_SETTINGS))
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes, look)
        axes.set_xlabel(labels.across, color=look.ink, parse_math=False)
        axes.set_ylabel(labels.up, color=look.ink, parse_math=False)
        axes.tick_params(colors=look.quiet, labelcolor=look.ink)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(look.line)
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return written.getvalue()
