"""What a plan is made of: an answer object in, its passages, practices, craft and checked sentences out. Pure.

An answer of a conversation and one that was made for a plan are alike here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach.authorship import is_suggested, is_written, name_fallback, read_sent
from coach.conversing import read_citation
from coach.plans.records import Coverage, PlanPractice, WrittenClaim
from coach.records import Citation, Outcome, Receipt, Rejected, Sent

AnswerObject = Mapping[str, Any]
_SURE = 0.5
"""Confidence from which the documents speak to a topic more often than not: see `coach.rendering`."""


@dataclass(frozen=True, slots=True)
class Material:
    """What the documents and our craft hold for a topic."""

    coverage: Coverage
    passages: tuple[Citation, ...]
    """Quoted words, the best first; only near ones where the topic is not covered."""
    themes: tuple[str, ...]
    """What the documents do speak to, near the topic."""
    practices: tuple[PlanPractice, ...]
    """Practices that grew from the documents, then craft."""
    questions: tuple[tuple[str, str], ...]
    """Probing questions, each with the id of what it belongs to; of a model, `model`."""
    wordings: tuple[str, ...]
    """Words of our craft that one might say."""
    suggestions: tuple[str, ...]
    """Of a language model."""
    claims: tuple[WrittenClaim, ...]
    sent: tuple[Sent, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    checked: int = 0
    masked: int = 0
    composer: str = "extractive"
    fallback: str | None = None
    receipt: Receipt | None = None


def read_material(answer: AnswerObject) -> Material:
    """What an answer holds."""
    citations = {
        (one["label"], one["start"], one["end"]): read_citation(one) for one in answer.get("citations", ())
    }  # fmt: skip
    statements = list(answer.get("statements", ()))
    practices = tuple(_read_practice(one) for one in answer.get("practices") or () if isinstance(one, Mapping))
    crafts = _choose_craft(answer)[: 1 if practices else 2]
    questions = [
        (one["reflective_question"], one["id"]) for one in answer.get("practices") or () if isinstance(one, Mapping)
    ]
    questions += [(one["question"], one["id"]) for one in crafts]
    receipt = answer.get("receipt")
    return Material(
        coverage=_read_coverage(answer),
        passages=_order_passages(statements, citations),
        themes=tuple(answer.get("themes") or ()),
        practices=(*practices, *(_read_craft(one) for one in crafts)),
        questions=(*questions, *_find_own_question(answer, statements, {text for text, _ in questions})),
        wordings=tuple(one["wording"] for one in crafts if one.get("wording")),
        suggestions=tuple(one["text"] for one in statements if is_suggested(one) and one["kind"] == "craft"),
        claims=tuple(
            WrittenClaim(one["text"], _list_cited(one, citations)) for one in statements if is_written(one)
        ),
        sent=read_sent(answer),
        rejected=tuple(
            Rejected(one["text"], one["reason"], one.get("instead", "")) for one in answer.get("rejected") or ()
        ),
        checked=int(answer.get("checked") or 0),
        masked=int(answer.get("masked") or 0),
        composer=str(answer.get("composer") or "extractive"),
        fallback=name_fallback(answer) or None,
        receipt=Receipt(**receipt) if isinstance(receipt, Mapping) else None,
    )  # fmt: skip


def _choose_craft(answer: AnswerObject) -> list[AnswerObject]:
    """What only stands in helps a person who asks; in a session on something else it is out of place."""
    crafts = (one for one in answer.get("craft") or () if isinstance(one, Mapping))
    return [one for one in crafts if not one.get("stands_in") and not one.get("general")]


def _read_coverage(answer: AnswerObject) -> Coverage:
    outcome = answer.get("outcome")
    if outcome == Outcome.ANSWERED and float(answer.get("confidence") or 0) >= _SURE:
        return "covered"
    return "touched" if outcome in (Outcome.ANSWERED, Outcome.PARTIAL) else "not_covered"


_Place = tuple[str, int, int]


def _list_cited(statement: AnswerObject, citations: Mapping[_Place, Citation]) -> tuple[Citation, ...]:
    places = [(span["label"], span["start"], span["end"]) for span in statement.get("spans", ())]
    return tuple(citations[place] for place in places if place in citations)


def _order_passages(
    statements: list[AnswerObject], citations: Mapping[_Place, Citation]
) -> tuple[Citation, ...]:  # fmt: skip
    """What is quoted in answer to the topic before what practices grew from; words that overlap, once."""
    direct = [one for one in statements if one["kind"] == "source" and not one.get("part_of")]
    others = [one for one in statements if one not in direct]
    kept: list[Citation] = []
    for statement in (*direct, *others):
        for citation in _list_cited(statement, citations):
            if not any(_overlap(citation, other) for other in kept):
                kept.append(citation)
    return tuple(kept)


def _overlap(one: Citation, other: Citation) -> bool:
    return one.document_id == other.document_id and one.start < other.end and other.start < one.end


def _read_practice(one: AnswerObject) -> PlanPractice:
    return PlanPractice(
        one["id"], one["title"], one["first_step"], one["by"], one["evidence"], one.get("basis"), one.get("inferred", ""),
        tuple(one.get("citations") or ()),
    )  # fmt: skip


def _read_craft(one: AnswerObject) -> PlanPractice:
    return PlanPractice(one["id"], one["title"], one["first_step"], one["by"], one["evidence"])


def _find_own_question(
    answer: AnswerObject, statements: list[AnswerObject], ours: set[str]
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """The question that a language model asked in an answer that it wrote."""
    if str(answer.get("composer") or "extractive") == "extractive":
        return ()
    return tuple((one["text"], "model") for one in statements if one["kind"] == "question" and one["text"] not in ours)
