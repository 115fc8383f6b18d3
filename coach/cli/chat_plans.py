"""Plans in the terminal's conversation: the last answer in, a kept support-session plan and its lines out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coach.cli.chat_text import Paragraph, say
from coach.errors import CoachError
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, Form
from coach.prompts import Wording

if TYPE_CHECKING:
    from coach.planner import Planner
    from coach.store.plans import PlanStore, StoredPlan
    from coach.visits import Visits

AnswerObject = Mapping[str, Any]
MakePlan = Callable[[AnswerObject, str, Form, int | None], tuple["StoredPlan", str]]
"""An answer, the id of its conversation, the form and the minutes, to a kept plan and its text."""


@dataclass(frozen=True, slots=True)
class PlanMaker:
    """Makes and keeps plans for one person."""

    person: str
    planner: Planner
    plans: PlanStore
    visits: Visits

    def __call__(
        self, answer: AnswerObject, conversation: str, form: Form, minutes: int | None
    ) -> tuple[StoredPlan, str]:
        """A plan of an answer, kept, and its text."""
        from coach.planner import Session, request_from_answer
        from coach.plans.document_wording import load_document_wording
        from coach.plans.markdown import write_plan_markdown

        request = request_from_answer(answer, form, minutes)
        plan = self.planner.plan(request, Session(origin=conversation, answer=answer))
        stored = self.plans.add(self.person, plan)
        shared = self.visits.read_shared(stored)
        return stored, write_plan_markdown(stored.plan, shared, load_document_wording(), version=stored.version)


def show_plan(stored: StoredPlan, text: str, wording: Wording) -> list[Paragraph]:
    """The lines of a plan, and where it is kept."""
    lines = [say(line) for line in text.splitlines() if line.strip()]
    return [*lines, say(wording.say("plan.kept", id=stored.id[:8]), "faint")]


def read_minutes(words: str, wording: Wording) -> int | None:
    """The minutes that were typed behind the command; None where nothing was.

    Raises:
        CoachError: it is no number of minutes that a session can take.
    """
    plain = words.strip().casefold().removesuffix("minutes").removesuffix("min").strip()
    if not plain:
        return None
    if not plain.isdecimal() or not LEAST_MINUTES <= int(plain) <= MOST_MINUTES:
        raise CoachError(
            wording.say("plan.no_minutes", given=words.strip()[:40], least=LEAST_MINUTES, most=MOST_MINUTES)
        )
    return int(plain)
