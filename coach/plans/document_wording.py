"""The fixed sentences of a plan's documents: prompts/plan_document.toml in, wordings by name out, checked at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from coach.plans.records import SETTINGS
from coach.prompts import Wording, list_bare, load_checked
from coach.records import BASES, STANCES

DOCUMENT_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "head.session": frozenset({"setting"}),
    "head.day_and_time": frozenset({"day", "start", "end"}),
    "head.minutes": frozenset({"minutes"}),
    "head.visit_prep": frozenset({"setting"}),
    **list_bare("head", "who", "when", "length", "place", "goal", "version", "not_set"),
    **list_bare("setting", *SETTINGS),
    **list_bare("whose", "key", "key_uncovered", "key_visit", "key_handout", "key_handout_bare"),
    **list_bare("whose", "practice", "documents", "model", "person"),
    "part.protocol": frozenset({"protocol"}),
    "part.handout": frozenset({"title"}),
    "part.handout_bare": frozenset(),
    **list_bare(
        "part", "purpose", "outcomes", "evidence", "bring", "success", "grounding", "claims", "agenda", "roles"
    ),
    **list_bare("part", "norms", "materials", "leading", "moves", "questions", "look_for", "commitments", "steps"),
    **list_bare("part", "shared", "follow_up", "differentiation", "confidentiality", "exit_ticket", "sources"),
    **list_bare("outcomes", "lead"),
    "grounding.written": frozenset({"model"}),
    **list_bare("grounding", "does", "matters", "near", "none"),
    **list_bare("basis", *BASES),
    "source.words": frozenset({"words"}),
    "source.place": frozenset({"start", "end", "document"}),
    **list_bare("source", "link"),
    "agenda.total_work": frozenset({"work", "minutes"}),
    "agenda.total_free": frozenset({"free"}),
    **list_bare("agenda", "about", "time", "minute", "minutes", "what", "lead", "purpose", "work", "total"),
    "protocol.suggested": frozenset({"reason"}),
    "protocol.chosen": frozenset({"reason"}),
    "protocol.source": frozenset({"source"}),
    **list_bare("stance", *STANCES),
    "step.first": frozenset({"step", "by"}),
    "step.know": frozenset({"evidence"}),
    **list_bare("grew", *BASES),
    "shared.by": frozenset({"who", "day"}),
    **list_bare("shared", "none"),
    "follow_up.line": frozenset({"day", "who"}),
    **list_bare("visit", "bring", "ask", "read", "look_for", "shared", "run"),
    **list_bare("handout", "read", "do", "about", "think", "commit", "by_date", "i_will", "with_whom", "know_by"),
    "page.footer": frozenset({"title", "version", "day"}),
    "page.footer_bare": frozenset({"title", "day"}),
    "handout.step": frozenset({"title", "minutes"}),
    **list_bare("page", "leader", "visit", "principals", "number", "of"),
    **list_bare("file", "about", "author"),
    "calendar.line": frozenset({"when", "what", "minutes"}),
    "calendar.purpose": frozenset({"purpose"}),
    **list_bare("calendar", "no_day"),
}


@cache
def load_document_wording(folder: Path | None = None) -> Wording:
    """Read `plan_document.toml` and check each placeholder both ways.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("plan_document.toml", DOCUMENT_PLACEHOLDERS, folder)
