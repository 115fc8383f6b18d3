"""The plain tables of a report: gate, agreement and receipts in; captions, columns and rows of words out. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from coach.due_dates import name_day
from coach.evaluation.rating.agreement import final_levels
from coach.evaluation.rating.rubric import list_values
from coach.evaluation.records import Agreement, Comparison, Dimension, Disagreement, GateVerdict, Run
from coach.evaluation.reports.report_items import ItemTeller, Rated
from coach.evaluation.reports.report_summary import name_check, name_part
from coach.evaluation.reports.report_wording import say_count
from coach.evaluation.reports.reporting import judge_by_people
from coach.prompts import Wording

_MOST_DISAGREEMENTS = 10
_LONG = 120.0
"""Seconds from which a time is told in minutes."""


class Share(float):
    """A number that is shown as a percentage."""


Cell = str | int | float


@dataclass(frozen=True, slots=True)
class TableView:
    """A table; the first cell of each row names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    """A sentence on what is counted."""


def name_moment_day(moment: str) -> str:
    """The day of an ISO time, for a reader."""
    return name_day(datetime.fromisoformat(moment).date())


def name_moment(moment: str) -> str:
    """An ISO time for a reader, with its zone."""
    return f"{name_moment_day(moment)}, {datetime.fromisoformat(moment):%H:%M %Z}".strip()


# --- the gate, and agreement ------------------------------------------------------------------------------------------


def list_tables(
    run: Run, verdict: GateVerdict | None, rated: Rated | None, teller: ItemTeller
) -> tuple[TableView, ...]:
    """Every condition of the gate, and how far raters agree, as far as there is either."""
    wording = teller.wording
    tables: list[TableView] = []
    if verdict:
        columns = _name_columns(wording, "gate", "condition", "wanted", "found", "met")
        rows = tuple(
            (name_check(one, wording), one.wanted, one.found, wording.say("gate.yes" if one.met else "gate.no"))
            for one in verdict.checks
        )
        tables.append(TableView(wording.say("gate.details"), columns, rows))
    if rated and rated.ratings:
        tables.append(tell_levels_table(rated, teller))
        agreed = tell_agreement_table(rated.agreement, "agreement.details", teller)
        tables.append(replace(agreed, note=_tell_calibrated(rated, wording)))
        tables.append(_tell_severities(rated.agreement, wording))
        judged = judge_by_people(run, rated)
        if judged:
            tables.append(tell_agreement_table(judged, "agreement.judge", teller))
        if rated.agreement.disagreements:
            tables.append(_tell_disagreements(rated, teller))
    return tuple(tables)


def tell_levels_table(rated: Rated, teller: ItemTeller) -> TableView:
    """Which levels stand for the answers, a row for each dimension: gates first, and of these what failed first."""
    wording, rubric = teller.wording, rated.round.rubric
    final = final_levels(rubric, rated.ratings, rated.settlements)

    def tell(dimension: Dimension) -> tuple[Cell, ...]:
        given = (levels.get(dimension.id) for levels in final.values())
        numbers = [level for level in given if level is not None]
        values = sorted(list_values(dimension), reverse=not dimension.is_gate)
        counts = (wording.say("rated.at", level=value, count=numbers.count(value)) for value in values)
        apart = [one for one in rated.agreement.disagreements if one.dimension == dimension.id]
        settled = sum(one.settled is not None for one in apart)
        mean: Cell = wording.say("agreement.none")
        if dimension.is_gate:
            mean = wording.say("rated.gate")
        elif numbers:
            mean = statistics.fmean(numbers)
        told = wording.say("rated.settled_of", settled=settled, count=len(apart))
        return (dimension.title, len(numbers), mean, ", ".join(counts), told)

    ordered = sorted(rubric.dimensions, key=lambda one: not one.is_gate)
    columns = _name_columns(wording, "rated", "dimension", "answers", "mean", "levels", "settled")
    return TableView(
        wording.say("rated.heading"), columns, tuple(tell(one) for one in ordered), wording.say("rated.note")
    )


def _tell_calibrated(rated: Rated, wording: Wording) -> str:
    """How many of the answers that two people or more rated are left out of the figures; empty where none is."""
    left_out = rated.agreement.talked_about
    if not left_out:
        return ""
    raters: dict[tuple[str, str], set[str]] = {}
    for rating in rated.ratings:
        for dimension, level in rating.levels:
            if level is not None:
                raters.setdefault((rating.entry, dimension), set()).add(rating.rater)
    total = len({entry for (entry, _), names in raters.items() if len(names) > 1})
    return say_count(wording, "agreement.calibrated", left_out, used=total - left_out, of=total)


def tell_agreement_table(agreement: Agreement, name: str, teller: ItemTeller) -> TableView:
    """How far raters agree, a row for each dimension; `name` is the wording of the caption."""
    wording = teller.wording
    none = wording.say("agreement.none")
    rows = tuple(
        (
            teller.name_dimension(one.dimension),
            one.n,
            none if one.exact is None else Share(one.exact),
            none if one.within_one is None else Share(one.within_one),
            one.coefficient or none,
            none if one.value is None else round(one.value, 2),
            one.note,
        )
        for one in agreement.dimensions
    )
    names = ("dimension", "n", "exact", "within_one", "coefficient", "value", "note")
    return TableView(wording.say(name), _name_columns(wording, "agreement", *names), rows)


def _tell_severities(agreement: Agreement, wording: Wording) -> TableView:
    rows = tuple((one.rater, _tell_severity(one.mean_difference, wording), one.n) for one in agreement.severities)
    columns = _name_columns(wording, "agreement", "rater", "severity", "levels")
    return TableView(wording.say("agreement.severity_about"), columns, rows)


def _tell_severity(difference: float | None, wording: Wording) -> str:
    if difference is None:
        return wording.say("agreement.no_levels")
    if round(difference, 2) == 0:
        return wording.say("agreement.even")
    name = "milder" if difference > 0 else "stricter"
    return wording.say(f"agreement.{name}", value=f"{abs(difference):.2f}")


def _tell_disagreements(rated: Rated, teller: ItemTeller) -> TableView:
    wording = teller.wording
    items = {one.code: one.item_id for one in rated.round.entries}

    def tell(one: Disagreement) -> tuple[str, ...]:
        levels = ", ".join(f"{rater} {level}" for rater, level in one.levels)
        settled = wording.say("agreement.not_settled")
        if one.settled:
            settled = teller.name_level(one.dimension, one.settled.level)
        return (items.get(one.entry, one.entry), teller.name_dimension(one.dimension), levels, settled)

    columns = _name_columns(wording, "agreement", "answer", "dimension", "gave", "settled")
    rows = tuple(tell(one) for one in rated.agreement.disagreements[:_MOST_DISAGREEMENTS])
    return TableView(wording.say("agreement.disagreements"), columns, rows)


# --- receipts ---------------------------------------------------------------------------------------------------------


def list_receipts(run: Run, rated: Rated | None, made_at: str, wording: Wording) -> TableView:
    """What made the answers: program, documents, settings; set, rubric and raters."""
    rows = {**_list_made_with(run, wording), **_list_judged_by(run, rated, wording)}
    end = name_moment(run.finished_at) if run.finished_at else wording.say("receipts.not_finished")
    rows["asked"] = wording.say("receipts.asked_from_to", start=name_moment(run.started_at), end=end)
    rows["time"] = _tell_time(run, wording)
    rows["run"] = run.id
    rows["made"] = name_moment(made_at)
    named = tuple((name_part(part, wording), value) for part, value in rows.items())
    return TableView(wording.say("receipts.heading"), _name_columns(wording, "receipts", "part", "value"), named)


def _list_made_with(run: Run, wording: Wording) -> dict[str, str]:
    parts = ("version", "library", "prompts", "settings", "embedding")
    if run.receipt is None:
        return dict.fromkeys((*parts, "model"), wording.say("receipts.none"))
    rows = {part: str(getattr(run.receipt, part)) for part in parts}
    return {**rows, "model": run.receipt.model or wording.say("receipts.no_model")}


def _list_judged_by(run: Run, rated: Rated | None, wording: Wording) -> dict[str, str]:
    rubric = rated.round.rubric if rated else None
    raters = sorted({one.rater for one in rated.ratings}) if rated else []
    set_version = {"name": run.set_name, "version": run.set_version, "digest": run.set_digest}
    return {
        "judge": run.judge or wording.say("receipts.no_judge"),
        "set": wording.say("receipts.set_version", **set_version),
        "rubric": wording.say("receipts.rubric_version", title=rubric.title, digest=rubric.digest)
        if rubric
        else wording.say("receipts.no_rubric"),
        "raters": ", ".join(raters) or wording.say("receipts.no_raters"),
    }


def _tell_time(run: Run, wording: Wording) -> str:
    times = sorted(one.seconds for one in run.results)
    if not times:
        return wording.say("receipts.none")
    high = times[min(len(times) - 1, int(0.9 * len(times)))]
    named = {"total": run.seconds, "median": statistics.median(times), "high": high}
    return wording.say("receipts.time_words", **{name: _name_seconds(one) for name, one in named.items()})


def _name_seconds(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= _LONG else f"{seconds:.1f} s"


def list_receipt_changes(comparison: Comparison | None, wording: Wording) -> TableView:
    """What differs from the run before; no rows where nothing does, or where there is none."""
    none = wording.say("receipts.none")
    rows = tuple(
        (name_part(one.part, wording), one.before or none, one.after or none)
        for one in (comparison.receipts if comparison else ())
    )
    columns = _name_columns(wording, "receipts", "part", "before", "now")
    return TableView(wording.say("receipts.differs"), columns, rows)


def _name_columns(wording: Wording, table: str, *names: str) -> tuple[str, ...]:
    return tuple(wording.say(f"{table}.{name}") for name in names)


def list_cells(tables: Iterable[TableView]) -> Sequence[tuple[Cell, ...]]:
    """Captions, columns and rows of several tables, one below the other, a blank row between them."""
    lines: list[tuple[Cell, ...]] = []
    for table in tables:
        lines += [(table.caption,), *([(table.note,)] if table.note else []), table.columns, *table.rows, ()]
    return lines
