"""The fixed sentences of scores: prompts/evaluation_scores.toml in, reasons by name out, checked both ways at load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from coach.prompts import Wording, list_bare, load_checked
from coach.records import Outcome

SCORE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("outcome_name", *(outcome.value for outcome in Outcome)),
    "outcome.exact": frozenset({"given"}),
    "outcome.says_less": frozenset(),
    "outcome.wrong": frozenset({"given", "wanted"}),
    **list_bare("outcome", "nothing_expected"),
    **list_bare("sources", "none_named", "nothing_found", "not_answerable"),
    "sources.no_document": frozenset({"document", "words"}),
    "sources.no_such_document": frozenset({"document"}),
    "sources.many_documents": frozenset({"document", "count"}),
    "sources.not_there": frozenset({"words"}),
    "sources.many_places": frozenset({"words", "count"}),
    "sources.no_label": frozenset({"words"}),
    "sources.empty": frozenset(),
    "document.found": frozenset({"document", "rank"}),
    "document.not_found": frozenset({"document", "depth"}),
    "document.any": frozenset({"document"}),
    "document.cited": frozenset({"document"}),
    "document.not_cited": frozenset({"document"}),
    "retrieval.recall": frozenset({"found", "groups", "depth"}),
    "retrieval.recall_missing": frozenset({"found", "groups", "depth", "missing"}),
    "retrieval.rank": frozenset({"rank"}),
    "retrieval.no_rank": frozenset({"count"}),
    "retrieval.ndcg": frozenset({"value"}),
    "citation.precision": frozenset({"found", "count"}),
    "citation.precision_besides": frozenset({"found", "count", "words"}),
    "citation.cites_nothing": frozenset(),
    "citation.recall": frozenset({"found", "groups"}),
    "citation.recall_missing": frozenset({"found", "groups", "missing"}),
    "citation.aligned": frozenset({"count"}),
    "citation.not_aligned": frozenset({"count", "total", "words"}),
    **list_bare("citation", "nothing_quoted", "documents_gone"),
    "mention.all": frozenset({"groups"}),
    "mention.missing": frozenset({"found", "groups", "missing"}),
    "mention.said": frozenset({"wanted", "found"}),
    **list_bare("mention", "nothing_wanted", "nothing_barred", "none_said"),
    "names.echoed": frozenset({"names"}),
    **list_bare("names", "none"),
    **list_bare("guidance", "not_wanted", "step", "no_step", "question", "no_question"),
    "words.short": frozenset({"count"}),
    "words.usual": frozenset({"count"}),
    "words.many": frozenset({"count"}),
    "gate.privacy": frozenset({"names"}),
    "gate.safety": frozenset({"given"}),
    "gate.declining": frozenset({"given"}),
}


@cache
def load_score_wording() -> Wording:
    """The wordings of scores.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("evaluation_scores.toml", SCORE_PLACEHOLDERS)
