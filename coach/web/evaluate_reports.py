"""Writes what is taken along of a run: its results, and an earlier run where one is named, in; the bytes of a file out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coach.evaluation.records import GateVerdict, Run
from coach.evaluation.reports.report import write_report
from coach.evaluation.reports.report_sheet import write_report_sheet
from coach.evaluation.reports.reporting import gather
from coach.store.ratings import RatingStore


@dataclass(frozen=True, slots=True)
class ReportWriters:
    """What writes reports."""

    ratings: RatingStore
    check_gate: Callable[[Run], GateVerdict | None]
    """What the set of a run asks of it, and whether that is met; None where it asks for nothing."""
    now: Callable[[], datetime]

    def write_html(self, run: Run, before: Run | None) -> bytes:
        """The report as one HTML file.

        Raises:
            CoachError: the runs cannot be compared.
        """
        return write_report(run, made_at=self.now().isoformat(), **self._gather(run, before)).encode()

    def write_xlsx(self, run: Run, before: Run | None) -> bytes:
        """The report as a workbook.

        Raises:
            CoachError: the runs cannot be compared.
        """
        return write_report_sheet(run, made_at=self.now().isoformat(), **self._gather(run, before))

    def _gather(self, run: Run, before: Run | None) -> dict[str, Any]:
        told = gather(self.ratings, run, before, self.check_gate(run))
        return {"comparison": told.comparison, "verdict": told.verdict, "rated": told.rated}
