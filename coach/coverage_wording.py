"""The rule, the topics and the fixed sentences of the coverage report: prompts/coverage.toml in, checked at load, out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coach.coverage import Rule
from coach.errors import PromptFault
from coach.prompts import Wording, check_placeholders, list_bare, read_prompt_file
from coach.records import ROLES

_FILE = "coverage.toml"
OUTCOMES = ("partial", "not_in_sources")
COVERAGE_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **list_bare("report", "title", "lead", "groups", "other", "smaller", "wanted", "wanted_none", "wanted_person"),
    **list_bare("report", *(f"role_{role}" for role in ROLES), *(f"outcome_{outcome}" for outcome in OUTCOMES)),
    "report.counted": frozenset({"step", "questions", "people"}),
    "report.counted_conversations": frozenset({"step", "questions", "people"}),
    "report.until": frozenset({"month"}),
    "report.nothing": frozenset({"questions", "people"}),
    "report.nothing_conversations": frozenset({"questions", "people"}),
    "report.too_few_people": frozenset({"people"}),
    "report.wanted_people": frozenset({"people"}),
    "report.wanted_few": frozenset({"people"}),
    "report.wanted_others": frozenset({"people"}),
    "report.questions": frozenset({"count"}),
    "report.people": frozenset({"count"}),
    "report.conversations": frozenset({"count"}),
    "report.months": frozenset({"first", "last"}),
    "report.month": frozenset({"first"}),
    "report.nearest": frozenset({"place"}),
    "report.reports": frozenset({"titles"}),
    "report.cells": frozenset({"name", "count"}),
    "report.not_yours": frozenset({"name"}),
    "report.written": frozenset({"path"}),
    **list_bare("page", "note", "failed"),
    **list_bare("table", "topic", "questions", "people", "conversations", "first", "last", "by_role", "by_outcome"),
    **list_bare("table", "nearest", "reports", "document", "asked_by"),
}


@dataclass(frozen=True, slots=True)
class CoverageWording:
    """Everything in prompts/coverage.toml."""

    rule: Rule
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    """Names, and how people put each."""
    wording: Wording

    def say(self, name: str, /, **values: object) -> str:
        """The wording called `name` with its placeholders filled."""
        return self.wording.say(name, **values)


@cache
def load_coverage_wording(folder: Path | None = None) -> CoverageWording:
    """Read `coverage.toml`.

    Raises:
        PromptFault: it is missing, a wording is missing, unknown or has other placeholders than the program fills, or the
            rule is weaker than ours.
    """
    path, raw, tables = read_prompt_file(_FILE, folder)
    rule = _read_rule(path, tables.pop("rule", None))
    topics = _read_topics(path, tables.pop("topics", {}))
    sentences = {f"{table}.{key}": text for table, entries in tables.items() for key, text in entries.items()}
    check_placeholders(path, sentences, COVERAGE_PLACEHOLDERS)
    return CoverageWording(rule, topics, Wording(sentences, {}, hashlib.sha256(raw).hexdigest()[:12]))


def _read_topics(path: Path, table: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    for name, words in table.items():
        if not name.strip() or not isinstance(words, list) or not all(isinstance(one, str) for one in words):
            raise PromptFault(f"{path}: the topic {name!r} in [topics] needs a list of texts behind it.")
    if not table:
        raise PromptFault(f"{path} has no [topics]. Restore it from the release.")
    return tuple((name, tuple(words)) for name, words in table.items())


def _read_rule(path: Path, values: Any) -> Rule:
    least = Rule()
    try:
        rule = Rule(int(values["questions"]), int(values["people"]))
    except (TypeError, KeyError, ValueError) as error:
        raise PromptFault(f"{path}: [rule] has `questions` and `people`, two whole numbers.") from error
    if rule.questions < least.questions or rule.people < least.people:
        raise PromptFault(
            f"{path}: a number that is shown must be of {least.questions} questions and {least.people} people at least. "
            "Raise the numbers in [rule], or restore the file from the release."
        )
    return rule
