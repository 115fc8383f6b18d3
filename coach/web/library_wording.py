"""The fixed sentences of the library page: prompts/library.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.prompts import Wording, list_bare, load_checked
from coach.records import UNSEEN

KINDS = ("pdf", "docx", "html", "markdown", "text")
LIBRARY_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("shelf", "title", "find", "heading", "none_found", "found_one", "empty", "choose_heading", "choose"),
    **list_bare("shelf", "pages_one", "passages_none", "passages_one", "empty_heading", "private", "back", "skip"),
    **list_bare("shelf", *(f"kind_{kind}" for kind in KINDS)),
    "shelf.found_several": frozenset({"count"}),
    "shelf.pages_several": frozenset({"count"}),
    "shelf.passages_several": frozenset({"count"}),
    "shelf.added_here": frozenset({"day"}),
    "shelf.added_folder": frozenset({"day"}),
    **list_bare("adding", "heading", "choose", "drop", "heading_list", "sending", "cancelled", "failed_send", "cancel"),
    **list_bare("adding", "dismiss", "stop", "retry", "check", "clear_all", "waiting", "reading", "embedding"),
    **list_bare("adding", "indexing", "failed", "stopped", "stopped_reason", "interrupted"),
    **list_bare(
        "adding", "interrupted_reason", "page_by_page", "page_silent", "page_goes_on", "hidden_heading", "hidden_note"
    ),
    **list_bare("adding", "no_such", *(f"why_{reason}" for reason in UNSEEN)),
    "adding.formats": frozenset({"megabytes"}),
    "adding.too_large": frozenset({"megabytes"}),
    "adding.act_on": frozenset({"act", "name"}),
    "adding.embedding_count": frozenset({"done", "total"}),
    "adding.result_silent_one": frozenset({"pages", "numbers"}),
    "adding.result_silent_several": frozenset({"pages", "count", "numbers"}),
    "adding.result_more": frozenset({"numbers", "count"}),
    "adding.result_join": frozenset({"first", "second"}),
    "adding.and": frozenset({"first", "last"}),
    "adding.page": frozenset({"label"}),
    "adding.replaces": frozenset({"title"}),
    "adding.announce": frozenset({"name", "said"}),
    "adding.hidden_page": frozenset({"page"}),
    **list_bare("document", "gone", "about", "authors", "date", "publisher", "address", "evidence", "rights", "note"),
    **list_bare("document", "file", "no_evidence", "reading_notes", "sections", "section_pages", "section_passages"),
    **list_bare("document", "no_passages", "earlier", "later", "original", "replace", "remaking", "silent"),
    "document.picture": frozenset({"label", "title"}),
    "document.enlarge": frozenset({"label"}),
    "document.page_label": frozenset({"label"}),
    "document.passage_place": frozenset({"label", "page"}),
    "document.range_pages": frozenset({"first", "last", "count"}),
    "document.range_passages": frozenset({"first", "last", "count"}),
    "document.replacing": frozenset({"name"}),
    **list_bare("details", "edit", "new_hint", "hint", "title", "authors", "date", "publisher", "address", "evidence"),
    **list_bare("details", "evidence_hint", "rights", "note", "save"),
    "details.saved": frozenset({"title"}),
    "details.from_folder": frozenset({"path"}),
    **list_bare("removal", "open", "practice_one", "practice_note", "no_practice", "file_stays", "confirm"),
    "removal.question": frozenset({"title"}),
    "removal.loses": frozenset({"passages"}),
    "removal.practice_several": frozenset({"count"}),
    "removal.done": frozenset({"title"}),
    "removal.done_practice_one": frozenset({"title", "names"}),
    "removal.done_practice_several": frozenset({"title", "count", "names"}),
    "removal.later": frozenset({"title"}),
    **list_bare("wanted", "heading", "person_one", "yours", "take_off", "worth_heading", "worth"),
    "wanted.person_several": frozenset({"count"}),
    "wanted.taken_off": frozenset({"title"}),
    "wanted.report": frozenset({"authors", "year"}),
}


@cache
def load_library_wording() -> Wording:
    """The wordings of the library page.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("library.toml", LIBRARY_PLACEHOLDERS)
