"""Makes test cases of answers: an exchange and what a trainer says of it in, an item of an evaluation set out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coach.evaluation.records import EvaluationItem, HistoryTurn, SourceWords
from coach.evaluation.review import ReviewEntry
from coach.evaluation.sheets.cells import read_phrases
from coach.records import ROLES, Exchange, Outcome, Role


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What a trainer says of a case; texts as they were typed."""

    question: str
    role: Role
    keeps_history: bool
    outcomes: tuple[Outcome, ...]
    sources: frozenset[int]
    """Places of those that must be cited, among the draft's."""
    must_mention: str
    """A line for each point, other wordings of it behind ` / `: as cells of a sheet have them."""
    must_not_say: str
    """A line for each."""
    ideal: str
    type: str
    topic: str


def draft_case(before: Sequence[Exchange], exchange: Exchange) -> EvaluationItem:
    """An item as it can be read from a conversation: what came is what is expected.

    Args:
        before: the exchanges before it, oldest first. Of them the person's turns are kept, for Coach to answer anew.
        exchange: the one that becomes a case.
    """
    return EvaluationItem(
        id="",
        question=exchange.question,
        role=_read_role(exchange.answer),
        history=tuple(HistoryTurn("user", one.question) for one in before),
        outcomes=_read_outcomes(exchange.answer),
        sources=_read_sources(exchange.answer),
    )


def draft_review_case(entry: ReviewEntry) -> EvaluationItem:
    """An item as it can be read from an answer that somebody lets trainers see: nothing of what came before it."""
    return EvaluationItem(
        id="",
        question=entry.stands_alone,
        role=entry.role,
        outcomes=_read_outcomes(entry.answer),
        sources=_read_sources(entry.answer),
    )


def find_standing(exchange: Exchange) -> str:
    """The question as it stands alone; empty where that is how it was put."""
    standing = str(exchange.answer.get("search_question") or "")
    return standing if standing != exchange.question else ""


def complete_case(draft: EvaluationItem, form: CaseForm, taken: Sequence[EvaluationItem], owner: str) -> EvaluationItem:
    """The item to keep.

    Args:
        draft: as it was prefilled.
        form: what was made of it.
        taken: items of the set that it goes into, whose ids it must not have.
        owner: who made it.
    """
    return replace(
        draft,
        id=choose_id(taken),
        question=" ".join(form.question.split()),
        role=form.role,
        history=draft.history if form.keeps_history else (),
        outcomes=form.outcomes,
        sources=tuple(group for place, group in enumerate(draft.sources) if place in form.sources),
        must_mention=read_phrases(form.must_mention),
        must_not_say=tuple(phrase for group in read_phrases(form.must_not_say) for phrase in group),
        ideal=form.ideal.strip(),
        type=" ".join(form.type.split()),
        topic=" ".join(form.topic.split()),
        owner=owner,
    )


def choose_id(taken: Sequence[EvaluationItem]) -> str:
    """An id that no item has: chat-1, chat-2 and so on."""
    ids = {item.id for item in taken}
    number = 1 + sum(one.startswith("chat-") for one in ids)
    while f"chat-{number}" in ids:
        number += 1
    return f"chat-{number}"


def _read_role(answer: Mapping[str, Any]) -> Role:
    return next((role for role in ROLES if role == answer.get("role")), "principal")


def _read_outcomes(answer: Mapping[str, Any]) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in Outcome if outcome.value == answer.get("outcome"))


def _read_sources(answer: Mapping[str, Any]) -> tuple[tuple[SourceWords, ...], ...]:
    """One group for each quotation, as often as the same words were quoted."""
    found = [
        SourceWords(str(one.get("quote") or ""), str(one.get("document") or ""), str(one.get("label") or ""))
        for one in answer.get("citations") or ()
    ]
    return tuple((words,) for words in dict.fromkeys(found))
