"""The fixed sentences of the plan page: prompts/plan_page.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.plans.editing import LINE_LISTS
from coach.plans.records import AUTHORS, FORMS, SETTINGS
from coach.prompts import Wording, list_bare, load_checked

STEPS = ("topic", "setting", "passages", "agenda", "review")
NOTES = ("made", "edited", "restored")
PLAN_PAGE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("plan", "title", "page_title", "skip", "heading", "new", "none", "no_such", "steps", "step_later"),
    **list_bare("plan", *(f"step_{step}" for step in STEPS), *(f"form_{form}" for form in FORMS)),
    **list_bare("plan", *(f"setting_{setting}" for setting in SETTINGS)),
    "plan.changed": frozenset({"when"}),
    "plan.on": frozenset({"step"}),
    "plan.made": frozenset({"title"}),
    "plan.made_masked": frozenset({"title"}),
    **list_bare("topic", "new_heading", "new_hint", "topic", "topic_hint", "form", "participants", "participants_hint"),
    **list_bare("topic", "brings", "brings_hint", "goal", "goal_hint", "from_answer", "no_answer"),
    **list_bare("setting_step", "setting", "minutes", "minutes_hint", "protocol", "suggest", "suggest_hint", "day"),
    **list_bare("setting_step", "start", "place", "principal", "principal_hint", "no_principal", "make", "remake"),
    **list_bare("setting_step", "changed"),
    "setting_step.not_fitting": frozenset({"count"}),
    "setting_step.take": frozenset({"minutes"}),
    "setting_step.take_named": frozenset({"minutes", "protocol"}),
    "setting_step.near": frozenset({"protocol", "minutes", "setting"}),
    **list_bare("passage", "lead", "near", "why", "drop", "add", "none", "others", "words", "find", "no_others"),
    **list_bare("passage", "gone", "gone_words"),
    **list_bare("agenda", "lead", "unmarked", "work", "not_work", "slack", "caption", "column_minutes", "column_part"),
    **list_bare("agenda", "column_acts", "lead_and_purpose", "who_leads", "purpose", "up", "down", "remove", "add"),
    **list_bare("agenda", "add_title", "add_detail", "add_work", "add_do"),
    "agenda.minutes": frozenset({"count"}),
    "agenda.short_minutes": frozenset({"count"}),
    "agenda.total": frozenset({"count"}),
    "agenda.share": frozenset({"work", "share"}),
    "agenda.less": frozenset({"title"}),
    "agenda.more": frozenset({"title"}),
    "agenda.minutes_of": frozenset({"title"}),
    "agenda.title_of": frozenset({"number"}),
    "agenda.detail_of": frozenset({"title"}),
    **list_bare(
        "review",
        *LINE_LISTS,
        "export",
        "how",
        "extractive",
        "word",
        "markdown",
        "calendar",
        "no_calendar",
        "whose",
        "edit",
    ),
    **list_bare("review", "title", "purpose", "able", "shared", "grounding", "change_passages", "change_agenda"),
    **list_bare("review", "suggested", "commitment", "practices", "follow_up", "follow_day", "follow_who"),
    **list_bare(
        "review", "follow_what", "how", "extractive", "differentiation", "confidentiality", "delete", "delete_now"
    ),
    "review.one_each": frozenset({"part"}),
    "review.shared_by": frozenset({"who", "day"}),
    "review.protocol": frozenset({"title"}),
    "review.evidence": frozenset({"evidence"}),
    "review.delete_question": frozenset({"title"}),
    "review.deleted": frozenset({"title"}),
    **list_bare("by", *AUTHORS),
    **list_bare("versions", "heading", "this", "restore", *(f"note_{note}" for note in NOTES)),
    "versions.version": frozenset({"version"}),
    "versions.restored": frozenset({"version", "newest"}),
    **list_bare("saving", "failed", "act_failed", "undecided", "see", "keep"),
    "saving.saved": frozenset({"time"}),
    "saving.changed": frozenset({"time", "version"}),
    "saving.kept_mine": frozenset({"version", "other"}),
    "saving.seen": frozenset({"version"}),
    "saving.seen_typed": frozenset({"version"}),
    **list_bare("from_answer", "next", "session", "visit_prep", "visit_hint"),
}


@cache
def load_plan_page_wording() -> Wording:
    """The wordings of the plan page.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("plan_page.toml", PLAN_PAGE_PLACEHOLDERS)
