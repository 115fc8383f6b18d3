"""The fixed sentences of the page for rating: prompts/rate_page.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.prompts import Wording, list_bare, load_checked
from coach.records import Outcome

STATES = ("rated", "begun", "open")
RATE_PAGE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("rate", "title", "page_title", "skip", "heading", "lead", "new", "none", "back", "open", "closed"),
    **list_bare("rate", "no_such", "not_yours", "no_entry", "no_level", "gone"),
    "rate.answers": frozenset({"count"}),
    "rate.made": frozenset({"when"}),
    "rate.mine": frozenset({"rater", "done", "count"}),
    **list_bare("rate_make", "heading", "lead", "no_runs", "to_runs", "title", "title_hint", "runs", "runs_hint"),
    **list_bare("rate_make", "raters", "raters_hint", "share", "share_hint", "calibrate", "calibrate_hint", "make"),
    **list_bare("rate_make", "no_title", "no_run", "no_number"),
    "rate_make.run_facts": frozenset({"name", "version", "count", "when"}),
    "rate_make.made": frozenset({"title"}),
    **list_bare("rate_who", "heading", "name", "hint", "start", "go_on", "anyway", "how", "blind", "saved", "after"),
    **list_bare("rate_who", "agreement", "not_yet", "final", "looked", "again"),
    "rate_who.unknown": frozenset({"rater"}),
    "rate_who.known": frozenset({"rater", "done", "count"}),
    "rate_who.calibration": frozenset({"count"}),
    **list_bare("rate_progress", "change", "bar", "list", "compare", "calibrates", *(f"state_{one}" for one in STATES)),
    "rate_progress.rater": frozenset({"rater"}),
    "rate_progress.place": frozenset({"place", "count"}),
    "rate_progress.place_calibration": frozenset({"place", "count", "first", "of"}),
    "rate_progress.rated": frozenset({"done", "count"}),
    **list_bare(
        "rate_entry", "region", "earlier", "by_person", "by_coach", "wanted", "outcome", "ideal", "must_mention"
    ),
    **list_bare(
        "rate_entry", "must_not_say", "or", "answer", "nothing", "no_answer", "gate", "na", "na_what", "comment"
    ),
    **list_bare("rate_entry", "comment_hint", "previous", "next", "finish", "closed", "seen"),
    **list_bare("rate_entry", *(f"outcome_{one.value}" for one in Outcome)),
    "rate_entry.heading": frozenset({"place"}),
    "rate_entry.asked_by": frozenset({"role"}),
    **list_bare("rate_keys", "show", "heading", "level", "na", "down", "up", "next", "previous", "scroll", "comment"),
    **list_bare("rate_keys", "leave", "help", "on", "off_hint", "no_level"),
    **list_bare("rate_pause", "heading", "lead", "back", "alone", "again", "how_one", "you", "others", "apart", "same"),
    **list_bare("rate_pause", "on"),
    "rate_pause.left": frozenset({"count"}),
    "rate_pause.how_several": frozenset({"count"}),
    "rate_pause.answer": frozenset({"place"}),
    **list_bare("rate_done", "heading", "heading_left", "to_open", "until", "again"),
    "rate_done.lead": frozenset({"count"}),
    "rate_done.left": frozenset({"count"}),
    **list_bare("rate_look", "heading", "after", "show", "not_yet"),
    "rate_look.lead": frozenset({"count"}),
    "rate_look.who": frozenset({"rater"}),
    **list_bare("rate_close", "open", "what", "close", "unfinished_one"),
    "rate_close.unfinished": frozenset({"count"}),
    "rate_close.closed": frozenset({"title"}),
    **list_bare("rate_delete", "open", "nothing", "what", "delete"),
    "rate_delete.of_one": frozenset({"ratings"}),
    "rate_delete.of_several": frozenset({"ratings", "people"}),
    "rate_delete.deleted": frozenset({"title"}),
    "rate_delete.deleted_later": frozenset({"title"}),
    **list_bare(
        "rate_agree",
        "heading",
        "still_open",
        "refused",
        "nobody",
        "nothing",
        "all_rated",
        "table",
        "table_hint",
        "dimension",
        "n",
    ),
    **list_bare(
        "rate_agree",
        "exact",
        "within_one",
        "coefficient",
        "too_few",
        "no_figure",
        "levels",
        "level",
        "severity",
        "rater",
    ),
    **list_bare("rate_agree", "severity_hint", "stricter", "milder", "difference", "levels_compared", "disagreements"),
    **list_bare(
        "rate_agree", "disagreements_hint", "show_all", "no_disagreements", "see_answer", "settle", "settle_again"
    ),
    **list_bare("rate_agree", "settle_level", "settle_by", "settle_note", "settle_keep", "report", "report_hint"),
    "rate_agree.back": frozenset({"title"}),
    "rate_agree.raters": frozenset({"names"}),
    "rate_agree.more": frozenset({"count"}),
    "rate_agree.talked_about": frozenset({"count"}),
    "rate_agree.comment_by": frozenset({"rater"}),
    "rate_agree.settled": frozenset({"level", "by"}),
    "rate_agree.settled_now": frozenset({"dimension", "level"}),
    "rate_agree.record": frozenset({"count"}),
    **list_bare("rate_sheet", "heading", "lead", "out", "file", "in", "no_file", "no_rater", "sending", "failed"),
    **list_bare("rate_sheet", "read_none", "row", "problem"),
    "rate_sheet.too_large": frozenset({"megabytes"}),
    "rate_sheet.read": frozenset({"count", "rater"}),
    "rate_sheet.problems": frozenset({"count"}),
    **list_bare("rate_saving", "saved", "masked", "saving", "failed", "act_failed"),
}


@cache
def load_rate_page_wording() -> Wording:
    """The wordings of the page for rating.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("rate_page.toml", RATE_PAGE_PLACEHOLDERS)
