"""Checks a plan: a plan and the documents' texts in, what is wrong with it out, as sentences for whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coach.plans.fitting import SLACK
from coach.plans.records import Grounding, Plan
from coach.records import Citation

_SECTIONS = (
    "outcomes", "evidence_to_bring", "evidence_of_success", "agenda", "materials", "moves", "questions", "look_for",
    "follow_up", "differentiation", "exit_ticket",
)  # fmt: skip
ReadText = Callable[[str], str | None]
"""The text of a document by its id; None where it is not in the library."""


def find_faults(plan: Plan, read_text: ReadText) -> tuple[str, ...]:
    """What a plan must not be handed out with; empty for a sound one."""
    return (*_find_agenda_faults(plan), *_find_missing(plan), *_find_quote_faults(plan, read_text))


def _find_agenda_faults(plan: Plan) -> Iterator[str]:
    if plan.minutes != plan.request.minutes:
        yield f"The agenda has {plan.minutes} minutes, and the session {plan.request.minutes}."
    if 2 * plan.work_minutes < plan.minutes:
        yield f"Principals work {plan.work_minutes} of {plan.minutes} minutes."
    if sum(item.minutes for item in plan.agenda if item.kind == "slack") < SLACK:
        yield f"There are fewer than {SLACK} minutes of slack."
    if any(item.minutes < 1 for item in plan.agenda):
        yield "A part of the agenda has no minutes."
    if len({item.id for item in plan.agenda}) < len(plan.agenda):
        yield "Two parts of the agenda have one id."


def _find_missing(plan: Plan) -> Iterator[str]:
    for name in _SECTIONS:
        if not getattr(plan, name):
            yield f"The part {name} is empty."
    for name in ("title", "confidentiality"):
        if not getattr(plan, name).strip():
            yield f"The part {name} is empty."
    if not plan.purpose.text.strip() or not plan.commitment.text.strip():
        yield "Purpose or commitment is empty."
    if not len(plan.questions) >= 2:
        yield "There are fewer than two questions."
    if plan.coverage != "covered" and not plan.notice:
        yield "It does not say that the documents do not cover the topic."
    if plan.coverage != "not_covered" and not plan.grounding:
        yield "No passage stands behind it."
    if plan.coverage == "not_covered" and any(not one.near for one in plan.grounding):
        yield "A passage is said to speak to a topic that the documents do not cover."


def _find_quote_faults(plan: Plan, read_text: ReadText) -> Iterator[str]:
    cited = [one.citation for one in plan.grounding]
    cited += [citation for claim in plan.claims for citation in claim.citations]
    for citation in cited:
        if not stands(citation, read_text):
            yield f"The words “{citation.quote[:60]}” are not in {citation.document}."
    for claim in plan.claims:
        if not claim.citations:
            yield f"“{claim.text[:60]}” rests on nothing."


def stands(citation: Citation, read_text: ReadText) -> bool:
    """Whether quoted words still stand where they were found."""
    text = read_text(citation.document_id)
    return text is not None and bool(citation.quote) and text[citation.start : citation.end] == citation.quote


def list_gone(plan: Plan, read_text: ReadText) -> tuple[Grounding, ...]:
    """Passages of a kept plan whose words the library no longer holds."""
    return tuple(one for one in plan.grounding if not stands(one.citation, read_text))
