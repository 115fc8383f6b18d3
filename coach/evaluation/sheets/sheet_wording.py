"""The fixed sentences about question sheets: prompts/evaluation_sheet.toml in, wordings by name out, checked both ways."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.evaluation.sheets.headers import FIELDS
from coach.prompts import Wording, list_bare, load_checked
from coach.records import ROLES, Outcome

SHEET_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "refused.too_large": frozenset({"most", "name", "size"}),
    "refused.empty": frozenset({"name"}),
    "refused.too_many_rows": frozenset({"count", "most", "name"}),
    "refused.too_many_cells": frozenset({"most", "name"}),
    "refused.too_many_items": frozenset({"most", "name"}),
    "refused.too_wide": frozenset({"count", "most", "name"}),
    "refused.unpacks": frozenset({"name"}),
    "refused.damaged": frozenset({"name"}),
    "refused.protected": frozenset({"name"}),
    "refused.old_excel": frozenset({"name"}),
    "refused.binary_excel": frozenset({"name"}),
    "refused.other_office": frozenset({"name"}),
    "refused.other_kind": frozenset({"name"}),
    "refused.packed": frozenset({"name"}),
    "refused.web_page": frozenset({"name"}),
    "refused.no_text": frozenset({"name"}),
    "refused.no_json": frozenset({"name"}),
    "refused.no_worksheet": frozenset({"name", "others", "worksheet"}),
    "refused.no_worksheets": frozenset({"name", "worksheet"}),
    "refused.no_question": frozenset({"name"}),
    "refused.map": frozenset({"fields", "option"}),
    "refused.no_column": frozenset({"columns", "header"}),
    "refused.two_columns": frozenset({"columns", "header"}),
    "read.csv_comma": frozenset({"encoding"}),
    "read.csv_semicolon": frozenset({"encoding"}),
    "read.csv_tab": frozenset({"encoding"}),
    "read.csv_bar": frozenset({"encoding"}),
    "read.csv_one": frozenset({"encoding"}),
    "read.repaired": frozenset({"count"}),
    "read.open_quotation": frozenset({"row"}),
    "read.worksheet": frozenset({"worksheet"}),
    "read.other_worksheets": frozenset({"others"}),
    "read.hidden_worksheet": frozenset({"worksheet"}),
    "read.hidden_rows": frozenset({"rows"}),
    "read.hidden_columns": frozenset({"columns"}),
    "read.unworked": frozenset({"cells", "count"}),
    **list_bare("read", "records", "lost_characters", "comments"),
    "why.named": frozenset({"known"}),
    "why.like": frozenset({"known"}),
    "why.sense": frozenset({"field", "header"}),
    "why.second": frozenset({"field"}),
    **list_bare(
        "why",
        "look_history",
        "look_question",
        "look_role",
        "look_sources",
        "look_outcome",
        "nothing",
        "chosen",
        "given_up",
    ),
    **list_bare("field", *FIELDS),
    **list_bare("role", *ROLES),
    **list_bare("outcome", *(outcome.value for outcome in Outcome)),
    "row.total": frozenset({"value"}),
    "row.section": frozenset({"value"}),
    "row.joined": frozenset({"row"}),
    "row.error": frozenset({"value"}),
    "row.no_question": frozenset({"value"}),
    "row.only_id": frozenset({"value"}),
    "row.no_conversation": frozenset({"value"}),
    "row.role": frozenset({"value"}),
    "row.outcome": frozenset({"value"}),
    "row.answerable": frozenset({"value"}),
    "row.contradiction": frozenset({"outcome", "value"}),
    "row.status": frozenset({"value"}),
    "row.guidance": frozenset({"value"}),
    "row.post": frozenset({"role", "value"}),
    "row.literal_or": frozenset({"value"}),
    "row.turns_in_question": frozenset({"count"}),
    "row.only_place": frozenset({"value"}),
    "row.assertion": frozenset({"value"}),
    "row.masked": frozenset({"fields"}),
    "row.same_id": frozenset({"id", "new", "row"}),
    "row.same_question": frozenset({"row"}),
    "row.filled_down": frozenset({"field", "rows"}),
    **list_bare(
        "row",
        "no_json",
        "no_record",
        "header_again",
        "one_turn",
        "question_from_history",
        "reply_ideal",
        "reply_kept",
        "beyond",
    ),
    **list_bare("note", "place", "reply"),
    "export.too_long": frozenset({"column", "id", "most"}),
}


@cache
def load_sheet_wording() -> Wording:
    """The wordings of question sheets.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("evaluation_sheet.toml", SHEET_PLACEHOLDERS)


def say(name: str, /, **values: object) -> str:
    """The wording called `name` with its placeholders filled."""
    return load_sheet_wording().say(name, **values)
