"""The pictures of a report: a run and its comparison in; each picture as data addresses, with its words and numbers out."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from coach.evaluation.comparison.calibration import reliability, risk_by_coverage
from coach.evaluation.records import Comparison, MeasureChange, Run
from coach.evaluation.reports.charts import (
    Bar,
    Labels,
    Picture,
    ReliabilityPoint,
    RiskPoint,
    draw_differences,
    draw_reliability,
    draw_risk,
)
from coach.evaluation.reports.report_items import ItemTeller
from coach.evaluation.reports.report_tables import TableView
from coach.evaluation.run_text import name_share
from coach.prompts import Wording

_LEAST_ITEMS = 10
"""Questions from which a curve says something."""
_MOST_ROWS = 12
_UNCLEAR = "no clear difference"
_SIZE = re.compile(rb'width="([\d.]+)pt" height="([\d.]+)pt"')
_PIXELS_PER_POINT = 96 / 72


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture, what it says, and the same in numbers. `light` and `dark` are data addresses; sizes are in pixels."""

    heading: str
    lead: str
    light: str
    dark: str
    alt: str
    words: str
    width: int
    height: int
    table: TableView


def draw_pictures(run: Run, comparison: Comparison | None, teller: ItemTeller) -> tuple[PictureView, ...]:
    """Those pictures for which there are enough answers."""
    return tuple(
        picture
        for picture in (
            _draw_forest(comparison, teller) if comparison else None,
            _draw_risk(run, teller.wording),
            _draw_reliability(run, teller.wording),
        )
        if picture
    )


def _draw_risk(run: Run, wording: Wording) -> PictureView | None:
    curve = risk_by_coverage(run)
    if curve.items < _LEAST_ITEMS or not 0 < curve.unanswerable < curve.items:
        return None
    points = [RiskPoint(point.coverage, point.risk) for point in curve.points]
    now = RiskPoint(curve.shipped.coverage, curve.shipped.risk) if curve.shipped else None
    labels = Labels(wording.say("charts.risk_x"), wording.say("charts.risk_y"), wording.say("charts.risk_now"))
    everything = name_share(curve.unanswerable / curve.items)
    if now:
        named = {"coverage": name_share(now.coverage), "risk": name_share(now.risk)}
        words = wording.say("charts.risk_words", items=curve.items, all=everything, **named)
    else:
        words = wording.say("charts.risk_words_none", items=curve.items, all=everything)
    step = max(1, -(-len(points) // _MOST_ROWS))
    # The last point stands in the table whatever the step.
    shown = points[::-1][::step][::-1]
    rows = [(name_share(point.coverage), name_share(point.risk)) for point in shown]
    if now:
        rows.append((wording.say("charts.risk_shipped", coverage=name_share(now.coverage)), name_share(now.risk)))
    table = TableView(wording.say("charts.risk"), (labels.across, labels.up), tuple(rows))
    return _show(draw_risk(points, now, labels), "risk", words, table, wording)


def _draw_reliability(run: Run, wording: Wording) -> PictureView | None:
    bins = reliability(run)
    if sum(one.items for one in bins) < _LEAST_ITEMS or len(bins) < 2:  # noqa: PLR2004 - one point is no picture
        return None
    points = [
        ReliabilityPoint(one.confidence, one.share, one.interval.low, one.interval.high, one.items) for one in bins
    ]
    names = ("reliability_x", "reliability_y", "interval", "reliability_n")
    columns = tuple(wording.say(f"charts.{name}") for name in names)
    labels = Labels(columns[0], columns[1], wording.say("charts.reliability_even"))
    rows = tuple(
        (
            name_share(point.confidence),
            name_share(point.right),
            wording.say("charts.to", low=name_share(point.low), high=name_share(point.high)),
            str(point.count),
        )
        for point in points
    )
    first, last = points[0], points[-1]
    named = {"low": first.confidence, "low_share": first.right, "high": last.confidence, "high_share": last.right}
    words = wording.say("charts.reliability_words", **{name: name_share(one) for name, one in named.items()})
    table = TableView(wording.say("charts.reliability"), columns, rows)
    return _show(draw_reliability(points, labels), "reliability", words, table, wording)


# --- differences ------------------------------------------------------------------------------------------------------


def _draw_forest(comparison: Comparison, teller: ItemTeller) -> PictureView | None:
    """Only what differs is drawn; the table has every measure. A count of words has another scale."""
    wording = teller.wording
    bars = list(_list_bars(comparison.measures, teller))
    if not bars:
        return None
    verdicts: list[str] = [one.verdict for one in comparison.measures]
    counts = {name: verdicts.count(name) for name in ("better", "worse")}
    words = wording.say("charts.forest_words", count=len(verdicts), **counts)
    names = ("measure", "before", "after", "difference", "interval", "verdict")
    columns = tuple(wording.say(f"charts.{name}") for name in names)
    rows = tuple(_tell_measure(one, teller) for one in comparison.measures)
    table = TableView(wording.say("charts.forest"), columns, rows)
    return _show(draw_differences(bars, Labels(wording.say("charts.forest_x"), "")), "forest", words, table, wording)


def _list_bars(measures: Iterable[MeasureChange], teller: ItemTeller) -> Iterable[Bar]:
    for one in measures:
        if one.interval is not None and one.name != "words" and one.better + one.worse:
            name = teller.name_measure(one.name, one.by)
            yield Bar(name, one.after - one.before, one.interval.low, one.interval.high, one.verdict != _UNCLEAR)


def _tell_measure(one: MeasureChange, teller: ItemTeller) -> tuple[str, ...]:
    say = teller.wording.say
    interval = say("charts.no_interval")
    if one.interval:
        interval = say("charts.to", low=f"{one.interval.low:+.2f}", high=f"{one.interval.high:+.2f}")
    verdict = "unclear" if one.verdict == _UNCLEAR else one.verdict
    return (
        f"{teller.name_measure(one.name, one.by)} (n {one.items})",
        f"{one.before:.2f}",
        f"{one.after:.2f}",
        f"{one.after - one.before:+.2f}",
        interval,
        say(f"charts.verdict_{verdict}"),
    )


# --- into the page ----------------------------------------------------------------------------------------------------


def _show(drawn: Picture, name: str, words: str, table: TableView, wording: Wording) -> PictureView:
    found = _SIZE.search(drawn.light)
    assert found is not None, "matplotlib writes the size in points"
    width, height = (round(float(one) * _PIXELS_PER_POINT) for one in found.groups())
    return PictureView(
        heading=wording.say(f"charts.{name}"),
        lead=wording.say(f"charts.{name}_lead"),
        light=_address(drawn.light),
        dark=_address(drawn.dark),
        alt=wording.say(f"charts.{name}_alt", words=words),
        words=words,
        width=width,
        height=height,
        table=table,
    )


def _address(drawn: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawn).decode("ascii")
