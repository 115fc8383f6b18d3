"""What a support-session plan consists of: frozen values that every other part of `coach.plans` takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from coach.records import Basis, Citation, Receipt, Rejected, Sent, Stance

Setting = Literal["school_visit", "network_meeting", "learning_walk"]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
"""One principal in their own school; several principals together; several people who visit classrooms."""

Form = Literal["session", "visit_prep"]
FORMS: tuple[Form, ...] = get_args(Form)
"""A whole plan; or the one page that somebody takes to a visit."""

LEAST_MINUTES, MOST_MINUTES = 30, 180

Author = Literal["craft", "practice", "documents", "model", "person"]
AUTHORS: tuple[Author, ...] = get_args(Author)
"""Whose words a line is: our general craft; a practice that grew from a document; said of the documents, and checked; a
language model's suggestion; or the person's own."""

Coverage = Literal["covered", "touched", "not_covered"]
"""Whether the documents speak to the topic; may do so in part; or do not."""

ItemKind = Literal["opening", "reading", "step", "pause", "commitment", "exit", "slack"]


Place = tuple[str, int, int]
"""Words of a document: label of the passage, start and end in the document."""


def meets(one: Place, other: Place) -> bool:
    """Whether two places of one passage have words in common."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a person asks a plan for. Every text is masked before anything is done with it."""

    topic: str
    setting: Setting = "network_meeting"
    minutes: int = 60
    """From `LEAST_MINUTES` to `MOST_MINUTES`."""
    participants: str = ""
    brings: str = ""
    """What principals bring."""
    goal: str = ""
    """Of their learning plan or school."""
    protocol: str = ""
    """Id of a protocol; empty to have one suggested."""
    day: str = ""
    """A date, YYYY-MM-DD, or empty."""
    start: str = ""
    """HH:MM, or empty."""
    place: str = ""
    form: Form = "session"
    principal: str = ""
    """Id of the person who is visited, where that is known. What they share stands beside the plan and never in it, so that
    what is taken back is gone."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or two of a plan, and whose words they are."""

    text: str
    by: Author = "craft"


@dataclass(frozen=True, slots=True)
class Grounding:
    """A passage that the session stands on: words of a document as they stand there, and why they matter."""

    citation: Citation
    why: Line
    near: bool = False
    """Whether it only comes nearest to the topic, and does not speak to it."""
    address: str = ""
    """Where the document can be read, if that is known."""


@dataclass(frozen=True, slots=True)
class WrittenClaim:
    """A sentence that a language model wrote about the documents, and the words that it was checked against."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One part of the session."""

    id: str
    """Unique within the plan: `opening`, `reading`, `step-1` ..."""
    kind: ItemKind
    title: str
    detail: str
    """What is done."""
    lead: str
    """Who leads it."""
    purpose: str
    minutes: int
    least: int
    """Minutes below which it makes no sense."""
    most: int
    is_work: bool
    """Whether principals work in it, and do not listen."""
    by: Author = "craft"


@dataclass(frozen=True, slots=True)
class PartRole:
    """A role within a protocol, and what whoever has it does."""

    name: str
    does: str


@dataclass(frozen=True, slots=True)
class PlanProtocol:
    """The protocol of a plan."""

    id: str
    title: str
    reason: str
    """Why this one."""
    is_suggested: bool
    """Whether Coach chose it."""
    roles: tuple[PartRole, ...]
    norms: tuple[str, ...]
    not_when: str
    source: str
    """Where the protocol comes from, named."""


@dataclass(frozen=True, slots=True)
class Differentiation:
    """How the session changes for one kind of participant."""

    kind: str
    how: Line


@dataclass(frozen=True, slots=True)
class PlanPractice:
    """A practice or a piece of craft that a plan takes up."""

    id: str
    title: str
    first_step: str
    by: str
    """By when."""
    evidence: str
    basis: Basis | None = None
    """What the words that it grew from do; None for craft."""
    inferred: str = ""
    """What of it is ours and not the document's."""
    places: tuple[Place, ...] = ()
    """The words that it grew from."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What happens after the session."""

    day: str
    """A date, YYYY-MM-DD; empty where the day of the session is not known."""
    who: str
    what: Line
    when: str = ""
    """In words, beside the session: "two weeks after"."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole support-session plan. Only quotations, and claims that were checked, speak of the documents."""

    request: PlanRequest
    title: str
    coverage: Coverage
    notice: str
    """What must be said first; empty where the documents cover the topic."""
    nearest: tuple[str, ...]
    """Themes that the documents do cover, where they do not cover the topic."""
    purpose: Line
    outcomes: tuple[Line, ...]
    """Two or three, each as it goes on behind "principals will be able to"."""
    evidence_to_bring: tuple[Line, ...]
    evidence_of_success: tuple[Line, ...]
    grounding: tuple[Grounding, ...]
    """One to three passages; none where nothing comes near."""
    claims: tuple[WrittenClaim, ...]
    agenda: tuple[AgendaItem, ...]
    protocol: PlanProtocol
    materials: tuple[Line, ...]
    stance: Stance
    moves: tuple[Line, ...]
    questions: tuple[Line, ...]
    """Two to four probing questions."""
    look_for: tuple[Line, ...]
    commitment: Line
    """The form in which each principal commits."""
    practices: tuple[PlanPractice, ...]
    """Steps to choose from."""
    follow_up: tuple[FollowUp, ...]
    differentiation: tuple[Differentiation, ...]
    confidentiality: str
    exit_ticket: tuple[Line, ...]
    origin: str = ""
    """Id of the conversation that it grew from."""
    checked: int = 0
    masked: int = 0
    composer: str = "extractive"
    fallback: str | None = None
    rejected: tuple[Rejected, ...] = ()
    sent: tuple[Sent, ...] = ()
    receipt: Receipt | None = None

    @property
    def minutes(self) -> int:
        """Of the agenda, added up."""
        return sum(item.minutes for item in self.agenda)

    @property
    def work_minutes(self) -> int:
        """In which principals work."""
        return sum(item.minutes for item in self.agenda if item.is_work)
