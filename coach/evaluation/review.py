"""Answers that people found wanting, for trainers: judgements in, what a review list shows of them out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from coach.records import Role

ReviewReason = Literal["disliked", "incorrect", "evidence", "unhelpful"]
REVIEW_REASONS: tuple[ReviewReason, ...] = get_args(ReviewReason)
"""A thumb down; not correct; the evidence is not right; it does not help."""
LEAST_PEOPLE = 3
"""How many people a count of what nobody chose to show must be of."""
_STEPS = (100, 50, 20, 10, 5, LEAST_PEOPLE)
_SHOWN_PARTS = ("outcome", "role", "search_question", "statements", "citations", "practices", "craft", "missing")
_REASONS_BY_ASPECT: Mapping[str, ReviewReason] = {
    "correct": "incorrect",
    "evidence": "evidence",
    "helpful": "unhelpful",
}


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """An answer that was found wanting: one's own, or one that its owner lets trainers see."""

    conversation_id: str
    ordinal: int
    """Of the exchange; with the conversation it names the entry."""
    is_own: bool
    is_shared: bool
    """Whether every trainer sees it."""
    role: Role
    question: str
    """As it was masked."""
    answer: Mapping[str, Any]
    """Of the answer object what a reader of the answer saw; nothing of what came before it, and nothing that was sent."""
    reasons: tuple[ReviewReason, ...]
    comment: str
    given_at: str
    reviewed_at: str | None = None
    """Since when a trainer is done with it."""

    @property
    def stands_alone(self) -> str:
        """The question as it can be understood without the conversation."""
        return str(self.answer.get("search_question") or self.question)


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """How often other people found an answer wanting and did not show it."""

    reason: ReviewReason
    at_least: int
    """So many answers or a few more: the exact number, looked at day by day, would tell who judged when."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody found wanting in one answer."""

    person: str
    reasons: tuple[ReviewReason, ...]


def find_reasons(liked: bool | None, aspects: Mapping[str, bool]) -> tuple[ReviewReason, ...]:
    """Why an answer belongs on the list; nothing where it does not.

    Args:
        liked: the thumb.
        aspects: whether it is `correct`, its `evidence` is right, and it is `helpful`, where that was said.
    """
    found = {reason for aspect, reason in _REASONS_BY_ASPECT.items() if aspects.get(aspect) is False}
    if liked is False:
        found.add("disliked")
    return tuple(reason for reason in REVIEW_REASONS if reason in found)


def choose_parts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a trainer sees of another person's answer object."""
    return {name: answer[name] for name in _SHOWN_PARTS if name in answer}


def count_reasons(judgements: Iterable[Judgement]) -> tuple[ReviewCount, ...]:
    """Counts by reason, in steps, and only of what at least `LEAST_PEOPLE` people said."""
    given = tuple(judgements)
    counts: list[ReviewCount] = []
    for reason in REVIEW_REASONS:
        people = [one.person for one in given if reason in one.reasons]
        if len(set(people)) >= LEAST_PEOPLE:
            counts.append(ReviewCount(reason, next(step for step in _STEPS if len(people) >= step)))
    return tuple(counts)
