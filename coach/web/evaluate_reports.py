"""Writes what is taken along of a run: its results, and an earlier run where one is named, in; the bytes of a file out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from coach.evaluation.records import Run
from coach.evaluation.reports.report import write_report
from coach.evaluation.reports.report_sheet import write_report_sheet
from coach.evaluation.reports.reporting import gather
from coach.store.ratings import RatingStore


@dataclass(frozen=True, slots=True)
class ReportWriters:
    """What writes reports."""

    ratings: RatingStore
    now: Callable[[], datetime]

    def write_html(self, run: Run, before: Run | None) -> bytes:
        """The report as one HTML file.

        Raises:
            CoachError: the runs cannot be compared.
        """
        told = gather(self.ratings, run, before)
        return write_report(run, made_at=self.now().isoformat(), comparison=told.comparison, rated=told.rated).encode()

    def write_xlsx(self, run: Run, before: Run | None) -> bytes:
        """The report as a workbook.

        Raises:
            CoachError: the runs cannot be compared.
        """
        told = gather(self.ratings, run, before)
        return write_report_sheet(run, made_at=self.now().isoformat(), comparison=told.comparison, rated=told.rated)
