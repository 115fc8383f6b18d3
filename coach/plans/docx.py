"""A support-session plan as a Word document: Plan -> the bytes of a .docx."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from coach.due_dates import name_day
from coach.plans.documents import SharedLine, arrange
from coach.plans.records import Plan
from coach.prompts import Wording

_FOOTER_TITLE = 60


def write_docx(
    plan: Plan,
    shared: Sequence[SharedLine],
    wording: Wording,
    *,
    made: datetime,
    version: int | None = None,
) -> bytes:
    """A Word document with styles, a table for the agenda and footnotes for what is quoted; the handout on its own page.

    The same plan made at the same moment gives the same bytes.

    Args:
        plan: as it is kept.
        shared: what the principal shared, and did not take back.
        wording: of `coach.plans.document_wording`.
        made: when, with its time zone; the footer says the day.
        version: of the plan, if it has one.
    """
    # Imported here because only this needs python-docx, which takes a while.
    from coach.plans.docx_writing import Sheet, write_sheet

    arranged = arrange(plan, shared, wording, version=version)
    title = textwrap.shorten(arranged.title.text, _FOOTER_TITLE, placeholder=" …") or "…"
    values = {"title": title, "day": name_day(made.date())}
    footer = (
        wording.say("page.footer_bare", **values)
        if version is None
        else wording.say("page.footer", version=version, **values)
    )
    is_visit = plan.request.form == "visit_prep"
    sheet = Sheet(
        about=wording.say("file.about"),
        author=wording.say("file.author"),
        head=wording.say("page.visit" if is_visit else "page.leader"),
        head_handout=wording.say("page.principals"),
        foot=footer,
        page=wording.say("page.number"),
        of=wording.say("page.of"),
        made=made,
        is_tight=is_visit,
    )
    return write_sheet(arranged, sheet)
