"""The fixed sentences of rating: prompts/rating.toml in, wordings by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from coach.prompts import Wording, list_bare, load_checked

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "note.too_few": frozenset({"fewest", "n"}),
    "note.no_variation": frozenset({"level", "n"}),
    "note.nearly_all": frozenset({"level", "times", "total"}),
    "note.one_level": frozenset({"level", "rater"}),
    "agreement.head": frozenset({"entries", "names", "raters", "ratings"}),
    "agreement.note": frozenset({"dimension", "note"}),
    "agreement.level_count": frozenset({"count", "rater"}),
    "agreement.severity_row": frozenset({"difference", "n", "rater"}),
    "agreement.settle": frozenset({"count"}),
    "agreement.talked_about": frozenset({"count"}),
    "agreement.settle_row": frozenset({"dimension", "entry", "levels"}),
    "agreement.settled_row": frozenset({"by", "dimension", "entry", "level", "levels"}),
    "agreement.settle_more": frozenset({"count"}),
    "sheet.person": frozenset({"text"}),
    "sheet.assistant": frozenset({"text"}),
    "sheet.must_mention": frozenset({"text"}),
    "sheet.must_not_say": frozenset({"text"}),
    "sheet.offered": frozenset({"text"}),
    "sheet.source": frozenset({"number", "quote", "title"}),
    "sheet.source_page": frozenset({"number", "page", "quote", "title"}),
    "sheet.level": frozenset({"anchor", "value"}),
    "problem.no_header": frozenset({"dimensions", "name"}),
    "problem.no_dimension": frozenset({"dimensions", "name"}),
    "problem.no_entry": frozenset({"name"}),
    "problem.no_rater": frozenset({"name"}),
    "problem.no_ratings": frozenset({"first", "name"}),
    "problem.no_scale": frozenset({"name"}),
    "problem.no_whole_number": frozenset({"text"}),
    "problem.too_many_levels": frozenset({"high", "low", "name"}),
    "problem.unknown_column": frozenset({"column", "dimensions"}),
    "problem.rater_unfit": frozenset({"fault"}),
    "problem.unknown_entry": frozenset({"entry"}),
    "problem.unknown_dimension": frozenset({"dimension", "dimensions"}),
    "problem.unknown_level": frozenset({"dimension", "levels", "text"}),
    "problem.replaced": frozenset({"after", "before", "dimension", "entry", "rater"}),
    "problem.comment_cut": frozenset({"count", "most"}),
    "round.made": frozenset({"entries", "first", "id", "title"}),
    "round.next": frozenset({"id"}),
    "round.rater_row": frozenset({"done", "rater", "size"}),
    "round.rater_row_begun": frozenset({"begun", "done", "rater", "size"}),
    "round.head": frozenset({"closed", "entries", "id", "title"}),
    "round.sheet": frozenset({"count", "path", "rater"}),
    "round.imported": frozenset({"count", "raters"}),
    "round.row": frozenset({"row"}),
    "round.row_column": frozenset({"column", "row"}),
    "round.problem": frozenset({"message", "place"}),
    "round.settled": frozenset({"dimension", "entry", "level"}),
    "round.nothing_imported": frozenset({"first", "name"}),
    "round.still_rating": frozenset({"names"}),
    "round.still_open": frozenset(),
    "round.forget": frozenset({"people", "ratings", "title"}),
    "round.closed_now": frozenset({"title"}),
    **list_bare("note", "none"),
    **list_bare(
        "agreement",
        "people",
        "dimension",
        "n",
        "exact",
        "within_one",
        "coefficient",
        "kappa",
        "alpha",
        "none",
        "level_head",
        "legend",
        "severity",
        "nothing_to_settle",
        "not_applicable",
    ),
    **list_bare(
        "sheet",
        "worksheet",
        "rubric_worksheet",
        "levels_worksheet",
        "code",
        "rater",
        "question",
        "wanted",
        "answer",
        "sources",
        "comment",
        "not_applicable",
        "either",
        "dimension",
        "anchor",
        "level_title",
        "how",
    ),
    **list_bare("problem", "nothing_rated", "entry_missing", "rater_missing"),
    **list_bare("round", "none", "nobody", "closed", "rater_looked"),
}


@cache
def load_rating_wording(folder: Path | None = None) -> Wording:
    """Read `rating.toml`, checked as `wording.toml` is.

    Raises:
        PromptFault: a wording is missing, unknown, or has other placeholders than the code fills.
    """
    return load_checked("rating.toml", PLACEHOLDERS, folder)
