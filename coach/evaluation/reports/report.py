"""The report on a run as one file: a run and what is known of it in, HTML without scripts or anything from elsewhere out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.evaluation.comparison.comparison_writing import is_unfinished
from coach.evaluation.records import Comparison, GateVerdict, Run
from coach.evaluation.reports.findings import list_findings, rank_failures
from coach.evaluation.reports.report_items import ItemTeller, ItemView, Rated, ScoreView, make_teller
from coach.evaluation.reports.report_pictures import draw_pictures
from coach.evaluation.reports.report_summary import (
    count_lines,
    list_roles,
    list_types,
    list_worst,
    name_type,
    tell_agreement,
    tell_change,
    tell_gate,
    tell_overall,
)
from coach.evaluation.reports.report_tables import (
    Cell,
    Share,
    list_receipt_changes,
    list_receipts,
    list_tables,
    name_moment_day,
)
from coach.evaluation.reports.report_wording import load_report_wording, say_count
from coach.evaluation.run_text import name_share
from coach.metadata import drop_unshown
from coach.prompts import Wording
from coach.search_copy import shorten

if TYPE_CHECKING:
    from jinja2 import Environment

_TITLE, _NAME = 70, 40
"""Characters of the run's title, and of the names below it."""
_IDS = 6
"""Of a finding, on the first page."""
_USUAL_LINES, _DENSE_LINES = 75, 95
"""That a sheet of Letter holds in the usual size, and in a smaller one."""
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class ContentsView:
    """The questions of a type, and how many of them passed."""

    name: str
    count: str
    views: tuple[ItemView, ...]


def write_report(
    run: Run,
    *,
    made_at: str,
    comparison: Comparison | None = None,
    verdict: GateVerdict | None = None,
    rated: Rated | None = None,
    wording: Wording | None = None,
) -> str:
    """The report as one HTML file; what is not known is said to be so.

    Args:
        run: what was asked, and what came.
        made_at: ISO time of the report.
        comparison: with `run` as the later run.
        verdict: of the gate file, if one was set.
        rated: what people say of the answers.
        wording: of the report, where it is not the one in prompts/.
    """
    wording = wording or load_report_wording()
    teller = make_teller(run, wording, rated, comparison)
    views = [teller.tell(result) for result in run.results]
    values: dict[str, Any] = {
        **_tell_first_page(run, comparison, verdict, teller),
        "pictures": draw_pictures(run, comparison, teller),
        "tables": list_tables(run, verdict, rated, teller),
        "contents": _list_contents(views, wording),
        "parts": _order(views, run),
        "receipts": list_receipts(run, rated, made_at, wording),
        "receipt_changes": list_receipt_changes(comparison, wording),
    }
    return _open_environment(teller).get_template("report.html").render(**values)


def _open_environment(teller: ItemTeller) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def drop(value: object) -> object:
        # What a macro gives is markup already, and clean.
        return drop_unshown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=drop,
    )
    environment.globals.update(say=teller.wording.say, outcomes=teller.name_outcomes, count=_count(teller.wording))
    environment.filters.update(short=shorten, share=name_share, value=write_value, cell=write_cell)
    return environment


def _count(wording: Wording) -> Any:
    return lambda name, count, **values: say_count(wording, name, count, **values)


def write_value(score: ScoreView) -> str:
    """A score's value for a table: a count of words as it is, other values with two digits."""
    if score.value is None:
        return "–"
    return f"{score.value:.0f}" if score.name == "words" else f"{score.value:.2f}"


def write_cell(cell: Cell) -> str:
    """A cell of a table: a share as a percentage, other fractions with two digits."""
    if isinstance(cell, Share):
        return name_share(cell)
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def _tell_first_page(
    run: Run, comparison: Comparison | None, verdict: GateVerdict | None, teller: ItemTeller
) -> dict[str, Any]:
    wording = teller.wording
    worst = list_worst(run.results, teller)
    more = len(rank_failures(run.results)) - len(worst)
    unfinished = wording.say("head.unfinished", done=len(run.results), size=run.size) if is_unfinished(run) else ""
    panels = [tell_overall(run, wording), tell_gate(run, verdict, wording), tell_change(comparison, wording)]
    types, roles = list_types(run, comparison, wording), list_roles(run, comparison, wording)
    findings, agreement = list_findings(run.results, wording), tell_agreement(teller)
    sentences = [f"{one.sentence} {one.advice} {', '.join(one.items[:_IDS])}" for one in findings]
    lines = count_lines(panels, len(types) + len(roles), sentences, agreement, worst)
    return {
        "title": shorten(run.title or run.set_name, _TITLE),
        "facts": tell_facts(run, comparison, wording),
        "unfinished": unfinished,
        "panels": panels,
        "compared": comparison is not None,
        "types": types,
        "roles": roles,
        "findings": findings,
        "most_ids": _IDS,
        "agreement": agreement,
        "worst": worst,
        "more_failures": say_count(wording, "failures.more", more) if more else "",
        "density": "" if lines <= _USUAL_LINES else "dense" if lines <= _DENSE_LINES else "dense densest",
        "anchors": teller.anchors,
    }


def tell_facts(run: Run, comparison: Comparison | None, wording: Wording) -> str:
    """Which set was asked, when, and what the run is compared with."""
    questions = say_count(wording, "head.questions", len(run.results))
    day = name_moment_day(run.started_at)
    facts = wording.say(
        "head.facts", name=shorten(run.set_name, _NAME), version=run.set_version, day=day, questions=questions
    )
    if comparison:
        before = comparison.before
        values = {"title": shorten(before.title or before.set_name, _NAME), "day": name_moment_day(before.started_at)}
        facts = f"{facts} {wording.say('against.with', **values)}"
    return facts


def _order(views: Sequence[ItemView], run: Run) -> list[tuple[str, tuple[ItemView, ...]]]:
    """Those that failed, the worst first; those that could not be scored; those that passed."""
    by_id = {view.item.id: view for view in views}
    failed = tuple(by_id[result.item.id] for result in rank_failures(run.results))
    others = (
        (standing, tuple(view for view in views if view.standing == standing)) for standing in ("not_scored", "passed")
    )
    return [("failed", failed), *others]


def _list_contents(views: Sequence[ItemView], wording: Wording) -> list[ContentsView]:
    by_type: dict[str, list[ItemView]] = {}
    for view in views:
        by_type.setdefault(view.item.type, []).append(view)
    return [
        ContentsView(
            name_type(name, wording),
            wording.say("items.count", passed=sum(view.standing == "passed" for view in own), count=len(own)),
            tuple(own),
        )
        for name, own in sorted(by_type.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
