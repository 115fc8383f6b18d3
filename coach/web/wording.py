"""The fixed sentences of the page: prompts/page.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.evaluation.review import REVIEW_REASONS
from coach.prompts import Wording, list_bare, load_checked
from coach.records import LENGTHS, ROLES, STANCES, Outcome

AMOUNTS = ("none", "few", "some", "many")
PAGE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("page", "title", "ask", "library", "pages", "skip", "history", "close", "too_many", "degraded"),
    "page.failed": frozenset({"number"}),
    **list_bare("intro", "heading", "minute", "promise", "nothing", "add_first", "worth_one"),
    **list_bare("intro", "privacy", "examples", *(f"findings_{amount}" for amount in AMOUNTS)),
    **list_bare("intro", *(f"steps_{amount}" for amount in AMOUNTS)),
    "intro.one": frozenset({"time"}),
    "intro.several": frozenset({"count", "time"}),
    "intro.minutes": frozenset({"count"}),
    "intro.hours": frozenset({"count"}),
    "intro.worth_several": frozenset({"count"}),
    "intro.report": frozenset({"title", "authors", "year"}),
    **list_bare(
        "composer",
        "label",
        "placeholder",
        "send",
        "stop",
        "new",
        "manner",
        "role",
        "stance",
        "length",
        "document",
        "all_documents",
        "empty",
    ),
    **list_bare("composer", *(f"role_{role}" for role in ROLES)),
    **list_bare("composer", *(f"stance_{stance}" for stance in STANCES)),
    **list_bare("composer", *(f"length_{length}" for length in LENGTHS)),
    **list_bare("waiting", "searching_one", "stopped", "asked_again"),
    "waiting.searching": frozenset({"count"}),
    "waiting.reading": frozenset({"titles"}),
    "waiting.more_titles": frozenset({"titles", "count"}),
    **list_bare("outcome", *(outcome.value for outcome in Outcome)),
    **list_bare("answer", "you", "question_back", "practice_label", "craft_label", "searched", "edit_search"),
    **list_bare("answer", "search_label", "search_again", "edit", "edit_question", "edit_label", "edit_send"),
    **list_bare("answer", "edit_note", "retry", "copy", "copied", "copy_failed", "shorter", "longer", "readings"),
    **list_bare("answer", "suggestions", "how", "extractive", "checked_one", "cut_none", "cut_one", "receipt"),
    **list_bare("answer", "wanted_short", "no_such", "replaced_one", "ready_one", "ready_none"),
    "answer.source_name": frozenset({"number", "name"}),
    "answer.written": frozenset({"model"}),
    "answer.checked": frozenset({"count"}),
    "answer.confidence": frozenset({"confidence"}),
    "answer.cut_several": frozenset({"count"}),
    "answer.cut_because": frozenset({"reason"}),
    "answer.wanted": frozenset({"title"}),
    "answer.wanted_done": frozenset({"title"}),
    "answer.replaced_several": frozenset({"count"}),
    "answer.ready_several": frozenset({"count"}),
    # Of what a language model wrote, and was sent.
    **list_bare("intro", "privacy_here"),
    "intro.promise_written": frozenset({"model"}),
    "intro.privacy_sent": frozenset({"to"}),
    **list_bare("waiting", "writing", "begun"),
    **list_bare("answer", "model_label", "cut_label", "instead"),
    "answer.checked_written": frozenset({"count"}),
    **list_bare("sent", "failed", "heading", "nothing", "stayed", "masked_one", "masked_none", "copy", "copied"),
    **list_bare("sent", "purpose_question", "purpose_answer", "role_system", "role_user"),
    "sent.stayed_what": frozenset({"model", "to"}),
    "sent.left": frozenset({"count", "to"}),
    "sent.left_what": frozenset({"model", "to"}),
    "sent.masked": frozenset({"count"}),
    "sent.request": frozenset({"number", "purpose"}),
    "sent.to": frozenset({"model", "to", "count"}),
    **list_bare("keep", "open", "heading", "action", "with_whom", "due", "evidence", "save", "no_date"),
    "keep.kept": frozenset({"sentence"}),
    **list_bare("feedback", "heading", "up", "down", "more", "correct", "evidence", "helpful", "positive", "negative"),
    **list_bare("feedback", "comment", "save", "thanks", "for_review", "for_review_hint"),
    **list_bare("case", "open", "failed", "heading", "who_sees", "question", "standing", "history", "history_keep"),
    **list_bare("case", "history_drop", "role", "outcome", "sources", "must_mention", "must_mention_hint"),
    **list_bare("case", "must_not_say", "must_not_say_hint", "ideal", "type", "topic", "set", "set_new", "set_name"),
    **list_bare("case", "save", "see", "usual_set", "not_yours", "no_question"),
    "case.saved": frozenset({"id", "set", "version"}),
    "case.there_already": frozenset({"id"}),
    "case.locked": frozenset({"set"}),
    "case.too_long": frozenset({"field", "most"}),
    **list_bare("judged", "heading", "lead", "own", "own_shared", "shown", "answer", "done", "undo", "is_done"),
    **list_bare("judged", "is_back", "counts", "counts_lead", *REVIEW_REASONS),
    "judged.at_least": frozenset({"count"}),
    **list_bare(
        "sources",
        "wider",
        "none",
        "heading",
        "of_this",
        "read",
        "empty",
        "previous",
        "next",
        "close",
        "gone",
        "words",
        "original",
        "in_library",
    ),
    "sources.of_answer": frozenset({"number", "count"}),
    "sources.more": frozenset({"count"}),
    "sources.page": frozenset({"label"}),
    "sources.picture": frozenset({"label", "title"}),
    **list_bare(
        "history", "heading", "search", "empty", "no_such", "none_found", "today", "yesterday", "week", "name", "rename"
    ),
    **list_bare("history", "export", "delete", "undo", "commitments", "calendar", "done", "drop", "reopen", "remove"),
    **list_bare("history", "due", "state_kept", "state_changed", "state_dropped"),
    "history.menu": frozenset({"title"}),
    "history.deleted": frozenset({"title"}),
    "history.restored": frozenset({"title"}),
    "history.calendar_name": frozenset({"sentence"}),
    "history.act_on": frozenset({"act", "sentence"}),
}


@cache
def load_page_wording() -> Wording:
    """The wordings of the page.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("page.toml", PAGE_PLACEHOLDERS)
