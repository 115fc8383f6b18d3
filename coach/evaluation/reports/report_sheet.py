"""The report on a run as a workbook: a run and what is known of it in, the bytes of an XLSX file out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coach.evaluation.comparison.intervals import find_share_interval
from coach.evaluation.records import Comparison, GateVerdict, ItemChange, ItemResult, Run
from coach.evaluation.reports.findings import list_findings
from coach.evaluation.reports.report_items import ItemTeller, ItemView, Rated, ScoreView, find_standing, make_teller
from coach.evaluation.reports.report_summary import (
    list_roles,
    list_types,
    tell_agreement,
    tell_change,
    tell_gate,
    tell_overall,
)
from coach.evaluation.reports.report_tables import Share, list_cells, list_receipt_changes, list_receipts, list_tables
from coach.evaluation.reports.report_wording import load_report_wording
from coach.evaluation.summary import summarise
from coach.evaluation.text_cells import write_text
from coach.prompts import Wording

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | float | int | None
Row = Sequence[Value]
_MOST_CHARACTERS = 32_767
"""That a cell can hold."""
_NARROW, _USUAL, _WIDE = 12.0, 22.0, 60.0
"""Widths of columns, in characters."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    width: float = _USUAL


def write_report_sheet(
    run: Run,
    *,
    made_at: str,
    comparison: Comparison | None = None,
    verdict: GateVerdict | None = None,
    rated: Rated | None = None,
    wording: Wording | None = None,
) -> bytes:
    """The report as a workbook: overview, items, changes, agreement, receipts. Arguments as `write_report` takes them.

    Text is text: a cell that begins like a formula is not worked out, whatever program opens the file.
    """
    from openpyxl import Workbook

    wording = wording or load_report_wording()
    teller = make_teller(run, wording, rated, comparison)
    workbook = Workbook()
    if workbook.active is not None:
        workbook.remove(workbook.active)
    _Sheet(workbook, wording, "overview").fill(
        [_Column(wording.say("sheet.what"), _WIDE), *[_Column("") for _ in range(4)]],
        _list_overview(run, comparison, verdict, teller),
    )
    _fill_items(_Sheet(workbook, wording, "items"), run, teller)
    _fill_changes(_Sheet(workbook, wording, "changes"), comparison, teller)
    agreement = list_cells(list_tables(run, None, rated, teller)) or [(wording.say("agreement.nobody"),)]
    _Sheet(workbook, wording, "agreement").fill([_Column("") for _ in range(7)], agreement)
    receipts = [list_receipts(run, rated, made_at, wording)]
    changes = list_receipt_changes(comparison, wording)
    receipts += [changes] if changes.rows else []
    _Sheet(workbook, wording, "receipts").fill(
        [_Column("", _USUAL), _Column("", _WIDE), _Column("", _WIDE)], list_cells(receipts)
    )
    workbook.properties.created = datetime.fromisoformat(made_at).astimezone(UTC).replace(tzinfo=None)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


class _Sheet:
    """One sheet, filled row by row."""

    def __init__(self, workbook: Workbook, wording: Wording, name: str) -> None:
        self.sheet: Worksheet = workbook.create_sheet(wording.say(f"sheet.{name}"))
        self._cut = wording.say("sheet.cut")

    def fill(self, columns: Sequence[_Column], rows: Iterable[Row]) -> None:
        """A bold first row that stays where it is, and the others below it. Without names, the rows have their own."""
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter

        if any(column.name for column in columns):
            self._write(1, [column.name for column in columns])
            self.sheet.freeze_panes = "A2"
            for cell in self.sheet[1]:
                cell.font = Font(bold=True)
        for column, letter in ((one, get_column_letter(place)) for place, one in enumerate(columns, start=1)):
            self.sheet.column_dimensions[letter].width = column.width
        start = self.sheet.max_row + 1 if self.sheet.freeze_panes else 1
        for number, row in enumerate(rows, start=start):
            self._write(number, row)
        for cells in self.sheet.iter_rows():
            for cell in cells:
                cell.alignment = Alignment(vertical="top", wrap_text=True)

    def _write(self, number: int, row: Row) -> None:
        for place, value in enumerate(row, start=1):
            if value is None or value == "":
                continue
            cell = self.sheet.cell(number, place)
            if isinstance(value, str):
                write_text(cell, value, _MOST_CHARACTERS, self._cut)
            else:
                cell.value = round(value, 4)
                if isinstance(value, Share):
                    cell.number_format = "0%"


# --- overview ---------------------------------------------------------------------------------------------------------


def _list_overview(
    run: Run, comparison: Comparison | None, verdict: GateVerdict | None, teller: ItemTeller
) -> Iterator[Row]:
    wording = teller.wording
    for panel in (tell_overall(run, wording), tell_gate(run, verdict, wording), tell_change(comparison, wording)):
        yield (panel.heading,)
        yield (panel.line,)
        yield from ((detail,) for detail in panel.details)
        yield ()
    yield from _list_counts(run, wording)
    for name, rows in (
        ("type", list_types(run, comparison, wording)),
        ("role", list_roles(run, comparison, wording)),
    ):
        yield ()
        yield tuple(wording.say(f"groups.{column}") for column in (name, "count", "passed", "gates", "change"))
        for row in rows:
            yield (row.name, row.count, row.passed, row.gates, row.change)
    yield ()
    yield (wording.say("agreement.heading"),)
    yield (tell_agreement(teller),)
    yield ()
    yield (wording.say("fix.heading"), wording.say("fix.count"), wording.say("fix.items"))
    for finding in list_findings(run.results, wording):
        yield (f"{finding.sentence} {finding.advice}", len(finding.items), ", ".join(finding.items))


def _list_counts(run: Run, wording: Wording) -> Iterator[Row]:
    summary = summarise(run)
    interval = find_share_interval(summary.passed, summary.passed + summary.failed)
    counts = {"count": summary.items, "passed": summary.passed, "failed": summary.failed}
    counts |= {"not_scored": summary.not_scored, "faults": summary.faults}
    for name, count in counts.items():
        yield (wording.say(f"sheet.{name}"), count)
    if interval:
        yield (wording.say("sheet.low"), interval.low)
        yield (wording.say("sheet.high"), interval.high)


# --- items ------------------------------------------------------------------------------------------------------------


def _fill_items(sheet: _Sheet, run: Run, teller: ItemTeller) -> None:
    """A row for each item: what was asked, what came, three cells for each measure, and a cell for whatever people said."""
    views = [teller.tell(result) for result in run.results]
    measures = list(dict.fromkeys((one.name, one.measure) for view in views for one in _list_scores(view)))
    raters = sorted({one.rater for view in views for one in view.raters})
    dimensions = list(dict.fromkeys(level.dimension for view in views for one in view.raters for level in one.levels))
    columns = list(_name_columns(measures, raters, dimensions, teller.wording))
    rows = [
        [*_list_asked(view, teller), *_list_measured(view, measures), *_list_said(view, raters, dimensions)]
        for view in views
    ]
    sheet.fill(columns, rows)
    sheet.sheet.freeze_panes = "C2"


def _name_columns(
    measures: Sequence[tuple[str, str]], raters: Sequence[str], dimensions: Sequence[str], wording: Wording
) -> Iterator[_Column]:
    widths = {"id": _NARROW, "question": 50.0, "expected": 40.0, "answer": _WIDE, "citations": _WIDE, "gates": 40.0}
    names = ("id", "question", "role", "type", "topic", "owner", "expected", "kind", "answer", "citations")
    for name in (*names, "result", "mark", "gates", "confidence", "seconds"):
        yield _Column(wording.say(f"sheet.{name}"), widths.get(name, 16.0))
    for _, measure in measures:
        yield _Column(wording.say("sheet.score", measure=measure), _NARROW)
        yield _Column(wording.say("sheet.score_result", measure=measure), 16.0)
        yield _Column(wording.say("sheet.score_reason", measure=measure), 40.0)
    for rater in raters:
        for dimension in dimensions:
            yield _Column(wording.say("sheet.level", rater=rater, dimension=dimension), _NARROW)
        yield _Column(wording.say("sheet.comment", rater=rater), 40.0)
    for dimension in dimensions if raters else ():
        yield _Column(wording.say("sheet.decision", dimension=dimension), _USUAL)


def _list_asked(view: ItemView, teller: ItemTeller) -> Iterator[Value]:
    item, result, wording = view.item, view.result, teller.wording
    yield from (item.id, item.question, wording.say(f"role.{item.role}"), item.type, item.topic, item.owner)
    yield view.expected
    yield view.outcome or wording.say("item.fault", fault=result.fault)
    yield "\n".join(_write_statement(one.text, one.is_quoted, one.numbers) for one in view.statements)
    yield "\n".join(f"[{one.number}] “{one.quote}” {one.source}" for one in view.quotations)
    yield wording.say(f"items.{view.standing}")
    yield result.mark
    yield "\n".join(gate.reason for gate in result.gates)
    yield view.confidence
    yield result.seconds


def _write_statement(text: str, is_quoted: bool, numbers: Sequence[int]) -> str:
    words = f"“{text}”" if is_quoted else text
    return words + "".join(f" [{number}]" for number in numbers)


def _list_scores(view: ItemView) -> Sequence[ScoreView]:
    return (*view.scores, *view.unscored)


def _list_measured(view: ItemView, measures: Sequence[tuple[str, str]]) -> Iterator[Value]:
    scores = {(one.name, one.measure): one for one in _list_scores(view)}
    for measure in measures:
        score = scores.get(measure)
        if score is None:
            yield from (None, None, None)
        else:
            yield from (score.value, score.result, "\n".join((score.reason, *score.matches)))


def _list_said(view: ItemView, raters: Sequence[str], dimensions: Sequence[str]) -> Iterator[Value]:
    by_rater = {one.rater: one for one in view.raters}
    for rater in raters:
        said = by_rater.get(rater)
        levels = {level.dimension: level for level in said.levels} if said else {}
        for dimension in dimensions:
            level = levels.get(dimension)
            # A level is a number; that a dimension does not apply is said in words.
            yield None if level is None else level.level if level.value is None else level.value
        yield said.comment if said else None
    decisions = {level.dimension: level.level for level in view.decisions}
    for dimension in dimensions if raters else ():
        yield decisions.get(dimension)


# --- changes ----------------------------------------------------------------------------------------------------------


def _fill_changes(sheet: _Sheet, comparison: Comparison | None, teller: ItemTeller) -> None:
    wording = teller.wording
    if comparison is None:
        sheet.fill([_Column("", _WIDE)], [(wording.say("against.none"),)])
        return
    names = ("id", "question", "change", "difference", "result_before", "result_after", "before", "after", "new_gates")
    widths = {"question": 50.0, "before": _WIDE, "after": _WIDE, "new_gates": 40.0}
    columns = [_Column(wording.say(f"sheet.{name}"), widths.get(name, 16.0)) for name in names]
    sheet.fill(columns, (list(_tell_change(one, teller)) for one in comparison.items))


def _tell_change(change: ItemChange, teller: ItemTeller) -> Iterator[Value]:
    wording = teller.wording
    yield from (change.after.item.id, change.after.item.question, wording.say(f"sheet.{change.change}"))
    yield change.difference
    for result in (change.before, change.after):
        yield wording.say(f"items.{find_standing(result)}")
    for result in (change.before, change.after):
        yield _write_answer(result, teller)
    yield "\n".join(gate.reason for gate in change.new_gates)


def _write_answer(result: ItemResult, teller: ItemTeller) -> str:
    if not result.answer:
        return teller.tell_came(result)
    return "\n".join(one["text"] for one in result.answer.get("statements", ()))
