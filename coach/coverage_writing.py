"""Writes the coverage report: its numbers and a wording in, rows for a page, Markdown or CSV out. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from coach.coverage import Cell, GroupCount
from coach.coverage_report import CoverageReport
from coach.coverage_wording import CoverageWording
from coach.evaluation.sheets.coding import neutralise

_COLUMNS = ("topic", "questions", "people", "first", "last", "by_role", "by_outcome", "nearest", "reports")


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as it is read."""

    name: str
    questions: str
    share: int
    """Of the largest group, in per cent: the length of a bar."""
    people: str = ""
    months: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The report as it is read."""

    title: str
    lead: str
    notes: tuple[str, ...]
    """How it was counted."""
    groups: tuple[GroupView, ...]
    groups_heading: str
    wanted_heading: str
    wanted: tuple[tuple[str, str], ...]
    """Titles, and by how many people they were asked for."""
    wanted_note: str


def view_coverage(report: CoverageReport, wording: CoverageWording) -> CoverageView:
    """The sentences of a report."""
    counts = report.counts
    most = max([group.questions for group in counts.groups] + [counts.smaller], default=1) or 1
    groups = [_view_group(group, report, most, wording) for group in counts.groups]
    if counts.smaller:
        said = wording.say("report.questions", count=counts.smaller)
        groups.append(GroupView(wording.say("report.smaller"), said, round(100 * counts.smaller / most)))
    return CoverageView(
        title=wording.say("report.title"),
        lead=wording.say("report.lead"),
        notes=_write_notes(report, bool(groups), wording),
        groups=tuple(groups),
        groups_heading=wording.say("report.groups"),
        wanted_heading=wording.say("report.wanted"),
        wanted=tuple((one.title, _say_people(one.people, report, wording)) for one in report.wanted),
        wanted_note=_note_wanted(report, wording),
    )


def _write_notes(report: CoverageReport, has_groups: bool, wording: CoverageWording) -> tuple[str, ...]:
    rule = report.rule
    if not report.has_enough_people:
        return (wording.say("report.too_few_people", people=rule.people),)
    end = "_conversations" if report.unit == "conversations" else ""
    if not has_groups:
        return (wording.say(f"report.nothing{end}", questions=rule.questions, people=rule.people),)
    counted = wording.say(f"report.counted{end}", step=rule.questions, questions=rule.questions, people=rule.people)
    return counted, wording.say("report.until", month=_name_month(report.counts.until))


def _view_group(group: GroupCount, report: CoverageReport, most: int, wording: CoverageWording) -> GroupView:
    first, last = _name_month(group.first), _name_month(group.last)
    place = dict(report.places).get(group.topic, "")
    titles = "; ".join(cell.name for cell in group.reports)
    details = (
        _say_cells("role", group.roles, wording),
        _say_cells("outcome", group.outcomes, wording),
        wording.say("report.nearest", place=place) if place else "",
        wording.say("report.reports", titles=titles) if titles else "",
    )
    return GroupView(
        name=group.topic or wording.say("report.other"),
        questions=wording.say("report.questions", count=group.questions),
        share=round(100 * group.questions / most),
        people=wording.say(f"report.{report.unit}", count=group.people),
        months=wording.say("report.month", first=first)
        if first == last
        else wording.say("report.months", first=first, last=last),
        details=tuple(detail for detail in details if detail),
    )


def _say_cells(kind: str, cells: Sequence[Cell], wording: CoverageWording) -> str:
    return ", ".join(
        wording.say("report.cells", name=wording.say(f"report.{kind}_{cell.name}"), count=cell.questions)
        for cell in cells
    )


def _say_people(people: int | None, report: CoverageReport, wording: CoverageWording) -> str:
    if people is None:
        return wording.say("report.wanted_few", people=report.rule.people)
    if people == 1:
        return wording.say("report.wanted_person")
    return wording.say("report.wanted_people", people=people)


def _note_wanted(report: CoverageReport, wording: CoverageWording) -> str:
    if report.wanted_others:
        return wording.say("report.wanted_others", people=report.wanted_others)
    return "" if report.wanted else wording.say("report.wanted_none")


def _name_month(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def write_markdown(view: CoverageView) -> str:
    """The report as Markdown."""
    lines = [f"# {view.title}", "", view.lead, "", *view.notes, ""]
    if view.groups:
        lines += [f"## {view.groups_heading}", ""]
    for group in view.groups:
        facts = ", ".join(part for part in (group.questions, group.people, group.months) if part)
        lines += [f"- **{_escape(group.name)}**: {facts}", *(f"  - {_escape(one)}" for one in group.details)]
    lines += ["", f"## {view.wanted_heading}", ""]
    lines += [f"- {_escape(title)}: {said}" for title, said in view.wanted]
    lines += ["", view.wanted_note] if view.wanted_note else []
    return "\n".join(lines).strip() + "\n"


def _escape(text: str) -> str:
    """Headings and titles are other people's words: a link or an image of theirs stays text."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#!|" else sign for sign in " ".join(text.split()))


def write_csv(report: CoverageReport, wording: CoverageWording) -> bytes:
    """The groups as a sheet that spreadsheet programs open: UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = [report.unit if name == "people" else name for name in _COLUMNS]
    writer.writerow([wording.say(f"table.{name}") for name in names])
    places = dict(report.places)
    for group in report.counts.groups:
        row: list[Any] = [
            group.topic or wording.say("report.other"), group.questions, group.people, group.first, group.last,
            _say_cells("role", group.roles, wording), _say_cells("outcome", group.outcomes, wording),
            places.get(group.topic, ""), "; ".join(cell.name for cell in group.reports),
        ]  # fmt: skip
        writer.writerow([neutralise(str(cell)) for cell in row])
    if report.counts.smaller:
        writer.writerow([wording.say("report.smaller"), report.counts.smaller])
    writer.writerow([])
    writer.writerow([wording.say("table.document"), wording.say("table.asked_by")])
    for one in report.wanted:
        writer.writerow([neutralise(one.title), _say_people(one.people, report, wording)])
    return out.getvalue().encode("utf-8-sig")
