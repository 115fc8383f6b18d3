"""The fixed sentences of plans: prompts/plan.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.plans.records import SETTINGS
from coach.prompts import Wording, list_bare, load_checked
from coach.records import BASES

_PARTS = ("opening", "reading", "pause", "commitment", "exit", "slack")
PLAN_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("setting", *SETTINGS, *(f"{setting}_in" for setting in SETTINGS)),
    "fit.not_here": frozenset({"protocol", "setting", "people"}),
    "fit.not_so_long": frozenset({"protocol", "minutes", "least", "most"}),
    "fit.same": frozenset({"minutes", "setting"}),
    "fit.others": frozenset({"minutes", "setting", "protocols"}),
    "fit.none": frozenset({"minutes", "setting", "near"}),
    "fit.minutes": frozenset({"least", "most", "minutes"}),
    "fit.topic": frozenset(),
    "fit.topic_long": frozenset({"count", "most"}),
    "fit.day": frozenset({"day"}),
    "fit.start": frozenset({"start"}),
    "topic.question": frozenset({"topic"}),
    "topic.statement": frozenset({"topic"}),
    "topic.brief": frozenset(),
    "title.session": frozenset({"topic"}),
    "title.visit_prep": frozenset({"topic"}),
    "notice.not_covered": frozenset({"topic"}),
    "notice.nearest": frozenset({"themes"}),
    "notice.no_theme": frozenset(),
    "notice.touched": frozenset({"topic"}),
    **{f"purpose.{setting}": frozenset({"topic"}) for setting in SETTINGS},
    "purpose.goal": frozenset({"purpose", "goal"}),
    **list_bare("why", *BASES, "near", "again"),
    "why.practice": frozenset({"why"}),
    **list_bare("agenda", *_PARTS, *(f"{part}_does" for part in _PARTS), *(f"{part}_purpose" for part in _PARTS)),
    **list_bare(
        "agenda",
        "opening_does_visit",
        "reading_does_visit",
        "reading_alone",
        "reading_visit",
        "reading_visit_alone",
        "commitment_does_visit",
        "exit_does_visit",
        "reading_purpose_alone",
    ),
    **list_bare("agenda", "lead_you", "lead_everyone", "lead_principal"),
    "agenda.reading_does_alone": frozenset({"topic"}),
    "agenda.reading_does_visit_alone": frozenset({"topic"}),
    "agenda.round": frozenset({"round", "number", "title"}),
    **list_bare("commitment", "form"),
    **list_bare(
        "follow_up",
        "send",
        "send_visit",
        "check",
        "bring",
        "you",
        "each",
        "both",
        "day_after",
        "two_weeks",
        "next_time",
    ),
    **list_bare(
        "differentiation",
        *(f"{kind}{end}" for kind in ("new", "experienced", "strained") for end in ("", "_how", "_how_visit")),
    ),
    **list_bare("confidentiality", *SETTINGS),
    "edit.least": frozenset({"title", "least"}),
    "edit.long": frozenset({"count", "most"}),
    "edit.many": frozenset({"count", "most"}),
    **list_bare("edit", "slack", "empty", "two_questions", "no_item", "passages"),
    "edit.no_room": frozenset({"total", "least", "most"}),
    "edit.half": frozenset({"work", "total"}),
    **list_bare("refused", "declined", "judging", "unmasked"),
}


@cache
def load_plan_wording() -> Wording:
    """The wordings of plans.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("plan.toml", PLAN_PLACEHOLDERS)
