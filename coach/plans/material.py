"""What a plan is made of: an answer object in, its passages, practices, craft and checked sentences out. Pure.

An answer of a conversation and one that was made for a plan are alike here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from coach.authorship import is_suggested, is_written, name_fallback, read_sent
from coach.conversing import read_citation
from coach.plans.records import Coverage, Place, PlanPractice, WrittenClaim
from coach.records import Citation, Outcome, Receipt, Rejected, Sent
from coach.stemming import stem_words

AnswerObject = Mapping[str, Any]
_OF_EVERYTHING = stem_words(
    "principal teacher student child school leader leadership lead work help support people staff team meeting session district "
    "central office network learning learn instruction instructional teaching teach good better effective new time use using "
    "make making get getting give improve improving building build compliance"
)
"""Stems that say nothing of what a session is about."""
_DIRECT = 2
"""Passages that answer before those that a practice grew from; of three that are quoted, one may be such."""
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
    grown = _list_whole(answer, "practices", "reflective_question")
    practices = tuple(_read_practice(one, statements, citations) for one in grown)
    crafts = _choose_craft(answer)[: 1 if practices else 2]
    passages = _order_passages(
        statements, citations, practices_first=answer.get("outcome") == Outcome.NOT_IN_SOURCES
    )  # fmt: skip
    questions = [(one["reflective_question"], one["id"]) for one in grown]
    questions += [(one["question"], one["id"]) for one in crafts]
    return Material(
        # What the documents' records answer, such as who wrote them, is nothing that a session can read.
        coverage=_read_coverage(answer) if passages else "not_covered",
        passages=passages,
        themes=tuple(answer.get("themes") or ()),
        practices=(*practices, *(_read_craft(one) for one in crafts)),
        questions=(*questions, *_find_own_question(answer, statements, {text for text, _ in questions})),
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
        receipt=_read_receipt(answer.get("receipt")),
    )  # fmt: skip


def _list_whole(answer: AnswerObject, key: str, question: str) -> list[AnswerObject]:
    """The practices or the craft of an answer; what an older Coach kept otherwise is left out."""
    found = (one for one in answer.get(key) or () if isinstance(one, Mapping))
    return [one for one in found if {"id", "title", "first_step", "by", "evidence", question} <= one.keys()]


def _choose_craft(answer: AnswerObject) -> list[AnswerObject]:
    """What only stands in helps a person who asks; in a session on something else it is out of place. So is what shares no
    word of its own with the topic, and what is no work of principals.
    """
    own = stem_words(str(answer.get("search_question") or answer.get("question") or "")) - _OF_EVERYTHING

    def is_about(one: AnswerObject) -> bool:
        words = " ".join([one.get("title", ""), *one.get("situations", ()), *one.get("tags", ())])
        return not own or bool(own & stem_words(words))

    return [
        one
        for one in _list_whole(answer, "craft", "question")
        if not one.get("stands_in") and not one.get("general") and is_about(one)
        and "principal" in (one.get("roles") or ("principal",))
    ]  # fmt: skip


def _read_coverage(answer: AnswerObject) -> Coverage:
    outcome = answer.get("outcome")
    if outcome == Outcome.ANSWERED and float(answer.get("confidence") or 0) >= _SURE:
        return "covered"
    return "touched" if outcome in (Outcome.ANSWERED, Outcome.PARTIAL) else "not_covered"


def _list_cited(statement: AnswerObject, citations: Mapping[Place, Citation]) -> tuple[Citation, ...]:
    return tuple(citations[place] for place in _list_places(statement) if place in citations)


def _list_places(statement: AnswerObject) -> list[Place]:
    return [(span["label"], span["start"], span["end"]) for span in statement.get("spans", ())]


def _order_passages(
    statements: list[AnswerObject], citations: Mapping[Place, Citation], *, practices_first: bool
) -> tuple[Citation, ...]:
    """What is quoted in answer to the topic, and what practices grew from; words that overlap, once."""
    direct = [one for one in statements if one["kind"] == "source" and not one.get("part_of")]
    others = [one for one in statements if one not in direct]
    kept: list[Citation] = []
    # Where nothing answers, the words of a practice that fits are nearer than the nearest passage.
    for statement in (*others, *direct) if practices_first else (*direct[:_DIRECT], *others, *direct[_DIRECT:]):
        for citation in _list_cited(statement, citations):
            if not any(citation.shares_words(other) for other in kept):
                kept.append(citation)
    return tuple(kept)


def _read_practice(
    one: AnswerObject, statements: list[AnswerObject], citations: Mapping[Place, Citation]
) -> PlanPractice:
    own = [statement for statement in statements if statement.get("part_of") == one["id"]]
    return PlanPractice(
        one["id"], one["title"], one["first_step"], one["by"], one["evidence"], one.get("basis"), one.get("inferred", ""),
        tuple(dict.fromkeys(place for statement in own for place in _list_places(statement) if place in citations)),
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


def _read_receipt(values: Any) -> Receipt | None:
    """The receipt of an answer, of an older Coach too; None where it lacks something."""
    if not isinstance(values, Mapping):
        return None
    known = {field.name: values[field.name] for field in fields(Receipt) if field.name in values}
    required = {field.name for field in fields(Receipt) if field.default is MISSING}
    return Receipt(**known) if required <= known.keys() else None
