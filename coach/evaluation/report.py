"""The report on a run as one file: a run and what is known of it in, HTML without scripts or anything from elsewhere out."""

from __future__ import annotations

import base64
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.evaluation.charts import Bar, Labels, Picture, draw_differences
from coach.evaluation.findings import list_findings, rank_failures
from coach.evaluation.records import Comparison, GateVerdict, MeasureChange, Run
from coach.evaluation.report_items import ItemTeller, ItemView, Rated, ScoreView, name_anchors
from coach.evaluation.report_summary import (
    find_view,
    list_roles,
    list_types,
    list_worst,
    name_share,
    tell_agreement,
    tell_change,
    tell_gate,
    tell_overall,
)
from coach.due_dates import name_day
from coach.evaluation.report_wording import load_report_wording, say_count
from coach.prompts import Wording
from coach.search_copy import shorten

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class TableView:
    """A plain table; the first cell of each row names it."""

    heading: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture, what it says, and the same in numbers. `light` and `dark` are data addresses."""

    heading: str
    lead: str
    light: str
    dark: str
    alt: str
    words: str
    width: int
    height: int
    table: TableView


@dataclass(frozen=True, slots=True)
class ContentsView:
    """The questions of a type, and how many of them passed."""

    name: str
    count: str
    views: tuple[ItemView, ...]


def write_report(
    run: Run,
    *,
    comparison: Comparison | None = None,
    verdict: GateVerdict | None = None,
    rated: Rated | None = None,
    made_at: str,
    wording: Wording | None = None,
) -> str:
    """The report as one HTML file; what is not known is said to be so.

    Args:
        run: what was asked, and what came.
        comparison: with `run` as the later run.
        verdict: of the gate file, if one was set.
        rated: what people say of the answers.
        made_at: ISO time of the report.
        wording: of the report, where it is not the one in prompts/.
    """
    wording = wording or load_report_wording()
    anchors = name_anchors(result.item.id for result in run.results)
    teller = ItemTeller(wording, anchors, rated, run.id)
    views = [teller.tell(result) for result in run.results]
    worst = list_worst(run.results, teller)
    failed = len(rank_failures(run.results))
    more = say_count(wording, "failures.more", failed - len(worst)) if failed > len(worst) else ""
    values: dict[str, Any] = {
        "run": run,
        "facts": _tell_facts(run, wording),
        "unfinished": _tell_unfinished(run, wording),
        "panels": [tell_overall(run, wording), tell_gate(run, verdict, wording), tell_change(comparison, wording)],
        "types": list_types(run, comparison, wording),
        "roles": list_roles(run, comparison, wording),
        "findings": list_findings(run.results, wording),
        "agreement": tell_agreement(rated, wording, teller),
        "worst": worst,
        "more_failures": more,
        "anchors": anchors,
        "pictures": _draw_pictures(run, comparison, wording, teller),
        "tables": list(_list_tables(verdict, rated, wording, teller)),
        "contents": _list_contents(views, wording),
        "parts": _order(views, run),
        "receipts": _list_receipts(run, rated, made_at, wording),
        "receipt_changes": _list_receipt_changes(comparison, wording),
    }
    environment = _open_environment(wording, teller)
    return environment.get_template("report.html").render(**values)


def _open_environment(wording: Wording, teller: ItemTeller) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(say=wording.say, outcomes=teller.name_outcomes)
    environment.filters.update(short=shorten, share=name_share, value=write_value)
    return environment


def write_value(score: ScoreView) -> str:
    """A score's value for a table: a count of words as it is, other values with two digits."""
    if score.value is None:
        return "–"
    return f"{score.value:.0f}" if score.name == "words" else f"{score.value:.2f}"


def _name_day(moment: str) -> str:
    """The day of an ISO time, for a reader."""
    return name_day(datetime.fromisoformat(moment).date())


def _name_time(moment: str) -> str:
    return f"{_name_day(moment)}, {datetime.fromisoformat(moment):%H:%M}"


def _tell_facts(run: Run, wording: Wording) -> str:
    questions = say_count(wording, "head.questions", len(run.results))
    day = _name_day(run.started_at)
    return wording.say("head.facts", name=run.set_name, version=run.set_version, day=day, questions=questions)


def _tell_unfinished(run: Run, wording: Wording) -> str:
    if run.state == "done":
        return ""
    return wording.say("head.unfinished", done=len(run.results), size=run.size)


# --- the items ------------------------------------------------------------------------------------------------------


def _order(views: Sequence[ItemView], run: Run) -> list[tuple[str, tuple[ItemView, ...]]]:
    """Those that failed, the worst first; those that could not be scored; those that passed."""
    by_id = {view.item.id: view for view in views}
    failed = tuple(by_id[result.item.id] for result in rank_failures(run.results))
    return [("failed", failed), *((name, find_view(views, name)) for name in ("not_scored", "passed"))]


def _list_contents(views: Sequence[ItemView], wording: Wording) -> list[ContentsView]:
    by_type: dict[str, list[ItemView]] = {}
    for view in views:
        by_type.setdefault(view.item.type, []).append(view)
    return [
        ContentsView(
            name.replace("_", " ") or wording.say("groups.no_type"),
            wording.say("items.count", passed=len(find_view(own, "passed")), count=len(own)),
            tuple(own),
        )
        for name, own in sorted(by_type.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


# --- pictures ---------------------------------------------------------------------------------------------------------


def _draw_pictures(run: Run, comparison: Comparison | None, wording: Wording, teller: ItemTeller) -> list[PictureView]:
    pictures: list[PictureView] = []
    if comparison and any(_is_drawn(one) for one in comparison.measures):
        pictures.append(_draw_forest(comparison, wording, teller))
    return pictures


def _is_drawn(measure: MeasureChange) -> bool:
    return measure.interval is not None and measure.name != "words"


def _draw_forest(comparison: Comparison, wording: Wording, teller: ItemTeller) -> PictureView:
    bars = [
        Bar(
            teller.name_measure(one.name),
            one.after - one.before,
            one.interval.low,
            one.interval.high,
            one.verdict != "no clear difference",
        )
        for one in comparison.measures
        if one.interval is not None and _is_drawn(one)
    ]
    drawn = draw_differences(bars, Labels(wording.say("charts.forest_x"), ""))
    verdicts = [one.verdict for one in comparison.measures]
    words = wording.say(
        "charts.forest_words",
        better=verdicts.count("better"),
        worse=verdicts.count("worse"),
        unclear=verdicts.count("no clear difference"),
    )
    columns = ("measure", "before", "after", "difference", "interval", "verdict")
    rows = tuple(_tell_measure(one, wording, teller) for one in comparison.measures)
    heading = wording.say("charts.forest")
    table = TableView(heading, heading, tuple(wording.say(f"charts.{name}") for name in columns), rows)
    return _show(drawn, "forest", words, table, wording)


def _tell_measure(one: MeasureChange, wording: Wording, teller: ItemTeller) -> tuple[str, ...]:
    interval = wording.say("charts.no_interval")
    if one.interval:
        interval = wording.say("charts.to", low=f"{one.interval.low:+.2f}", high=f"{one.interval.high:+.2f}")
    verdict = one.verdict if one.verdict != "no clear difference" else "unclear"
    difference = f"{one.after - one.before:+.2f}"
    return (
        f"{teller.name_measure(one.name)} (n {one.items})",
        f"{one.before:.2f}",
        f"{one.after:.2f}",
        difference,
        interval,
        wording.say(f"charts.verdict_{verdict}"),
    )


def _show(drawn: Picture, name: str, words: str, table: TableView, wording: Wording) -> PictureView:
    width, height = _measure(drawn.light)
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


def _measure(drawn: bytes) -> tuple[int, int]:
    """Width and height in pixels, of which 96 are an inch and 72 points too."""
    import re

    found = re.search(rb'width="([\d.]+)pt" height="([\d.]+)pt"', drawn)
    width, height = (float(one) * 96 / 72 for one in found.groups()) if found else (640.0, 400.0)
    return round(width), round(height)


# --- tables -----------------------------------------------------------------------------------------------------------


def _list_tables(
    verdict: GateVerdict | None, rated: Rated | None, wording: Wording, teller: ItemTeller
) -> list[TableView]:
    tables: list[TableView] = []
    if verdict:
        columns = tuple(wording.say(f"gate.{name}") for name in ("condition", "wanted", "found", "met"))
        rows = tuple(
            (one.reason or one.name, one.wanted, one.found, wording.say("gate.yes" if one.met else "gate.no"))
            for one in verdict.checks
        )
        heading = wording.say("gate.details")
        tables.append(TableView(heading, heading, columns, rows))
    if rated and rated.ratings:
        tables += _tell_agreements(rated, wording, teller)
    return tables


def _tell_agreements(rated: Rated, wording: Wording, teller: ItemTeller) -> list[TableView]:
    names = ("dimension", "n", "exact", "within_one", "coefficient", "value", "note")
    none = wording.say("agreement.none")
    rows = tuple(
        (
            teller.name_dimension(one.dimension),
            str(one.n),
            none if one.exact is None else name_share(one.exact),
            none if one.within_one is None else name_share(one.within_one),
            one.coefficient or none,
            none if one.value is None else f"{one.value:.2f}",
            one.note,
        )
        for one in rated.agreement.dimensions
    )
    heading = wording.say("agreement.details")
    tables = [TableView(heading, heading, tuple(wording.say(f"agreement.{name}") for name in names), rows)]
    severities = tuple(
        (one.rater, _tell_severity(one.mean_difference, wording), str(one.n)) for one in rated.agreement.severities
    )
    heading = wording.say("agreement.severity_about")
    columns = tuple(wording.say(f"agreement.{name}") for name in ("rater", "severity", "levels"))
    return [*tables, TableView(heading, heading, columns, severities)]


def _tell_severity(difference: float | None, wording: Wording) -> str:
    if difference is None:
        return wording.say("agreement.no_levels")
    if round(difference, 2) == 0:
        return wording.say("agreement.even")
    name = "milder" if difference > 0 else "stricter"
    return wording.say(f"agreement.{name}", value=f"{abs(difference):.2f}")


def _list_receipts(run: Run, rated: Rated | None, made_at: str, wording: Wording) -> TableView:
    receipt = run.receipt
    none = wording.say("receipts.none")
    rows = {name: getattr(receipt, name) if receipt else none for name in ("version", "library", "prompts", "settings")}
    rows["embedding"] = receipt.embedding if receipt else none
    rows["model"] = (receipt.model if receipt else none) or wording.say("receipts.no_model")
    rows["judge"] = run.judge or wording.say("receipts.no_judge")
    rows["set"] = wording.say("receipts.set_version", name=run.set_name, version=run.set_version, digest=run.set_digest)
    rubric = rated.round.rubric if rated else None
    rows["rubric"] = wording.say("receipts.no_rubric")
    if rubric:
        rows["rubric"] = wording.say("receipts.rubric_version", title=rubric.title, digest=rubric.digest)
    raters = sorted({one.rater for one in rated.ratings}) if rated else []
    rows["raters"] = ", ".join(raters) or wording.say("receipts.no_raters")
    end = _name_time(run.finished_at) if run.finished_at else wording.say("receipts.not_finished")
    rows["asked"] = wording.say("receipts.asked_from_to", start=_name_time(run.started_at), end=end)
    rows["time"] = _tell_time(run, wording)
    rows["run"] = run.id
    rows["made"] = _name_time(made_at)
    columns = (wording.say("receipts.part"), wording.say("receipts.value"))
    heading = wording.say("receipts.heading")
    return TableView(heading, heading, columns, tuple((wording.say(f"receipts.{k}"), v) for k, v in rows.items()))


def _tell_time(run: Run, wording: Wording) -> str:
    times = sorted(one.seconds for one in run.results)
    if not times:
        return wording.say("receipts.none")
    high = times[min(len(times) - 1, int(0.9 * len(times)))]
    total, median = _name_seconds(run.seconds), _name_seconds(statistics.median(times))
    return wording.say("receipts.time_words", total=total, median=median, high=_name_seconds(high))


def _name_seconds(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.1f} s"


def _list_receipt_changes(comparison: Comparison | None, wording: Wording) -> TableView:
    heading = wording.say("receipts.differs")
    columns = tuple(wording.say(f"receipts.{name}") for name in ("part", "before", "now"))
    rows = comparison.receipts if comparison else ()
    names: Mapping[str, str] = wording.sentences
    parts = tuple((names.get(f"receipts.{one.part}", one.part), one.before, one.after) for one in rows)
    return TableView(heading, heading, columns, parts)
