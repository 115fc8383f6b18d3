"""What one person may show another of their coaching: a question, a commitment or a practice in, its words and no more out.

Pure. What is shared is the words that the person was shown before: nothing leads from them to the conversation, the answer, or
what came of a commitment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, Literal, get_args

from coach.commitments import write_sentence
from coach.due_dates import name_day
from coach.errors import CoachError
from coach.prompts import Wording, list_bare, load_checked
from coach.records import Commitment, Role

ShareKind = Literal["question", "commitment", "practice"]
SHARE_KINDS: tuple[ShareKind, ...] = get_args(ShareKind)
SUPERVISOR_ROLE: Role = "central_office"

SHARING_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    **{f"share.open_{kind}": frozenset() for kind in SHARE_KINDS},
    **list_bare("share", "with", "seen", "only", "send", "cancelled", "changed", "none_to_ask", "confirm"),
    "share.open_this": frozenset({"text"}),
    "share.done": frozenset({"name", "text"}),
    "share.done_command": frozenset({"name", "text", "id"}),
    **list_bare("given", "heading", "none", "take_back"),
    "given.one": frozenset({"kind", "name", "day"}),
    "given.take_back_this": frozenset({"text", "name"}),
    "given.taken_back": frozenset({"text", "name"}),
    "given.taken_back_later": frozenset({"text", "name"}),
    "received.by": frozenset({"name", "day"}),
    **list_bare("received", "none", "nobody", "from_last_time", "earlier", "fresh"),
    "received.unknown": frozenset({"name", "names"}),
    **{f"kind.{kind}": frozenset() for kind in SHARE_KINDS},
    "practice.first_step": frozenset({"first_step"}),
    "people.added": frozenset({"name", "roles", "id"}),
    "people.renamed": frozenset({"name"}),
    "people.remove": frozenset({"name"}),
    "people.removed": frozenset({"name"}),
    "people.removed_later": frozenset({"name"}),
    "people.acting": frozenset({"name"}),
}


@cache
def load_sharing_wording() -> Wording:
    """The wordings of prompts/sharing.toml.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("sharing.toml", SHARING_PLACEHOLDERS)


@dataclass(frozen=True, slots=True)
class ShareWords:
    """The words that a supervisor would see, all of them."""

    kind: ShareKind
    text: str
    detail: str = ""
    """What stands below it."""
    due: str = ""
    """Of a commitment: a date, YYYY-MM-DD."""

    @property
    def key(self) -> str:
        """By which it is known whether somebody was shown these words."""
        facts = [self.kind, self.text, self.detail, self.due]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SharedThing:
    """What a person shows one supervisor, as it was when they shared it."""

    id: str
    person: str
    """Id of whoever shares it."""
    person_name: str
    supervisor: str
    """Id of whoever sees it."""
    kind: ShareKind
    text: str
    detail: str
    due: str
    shared_at: str
    """ISO 8601, in UTC."""
    supervisor_name: str = ""

    @property
    def words(self) -> ShareWords:
        """What is seen of it."""
        return ShareWords(self.kind, self.text, self.detail, self.due)


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What one principal shared, as the next visit sees it; each in the order it was given."""

    from_last_time: tuple[SharedThing, ...]
    """Commitments of up to the last visit: what came of them is the first thing to ask."""
    earlier: tuple[SharedThing, ...]
    """Questions and practices of before the last visit, which has seen them."""
    fresh: tuple[SharedThing, ...]
    """Everything since."""


Mask = Callable[[str], str]


def word_question(question: str, mask: Mask) -> ShareWords:
    """A question alone, without its answer."""
    return ShareWords("question", mask(question).strip())


def word_commitment(commitment: Commitment, wording: Wording, mask: Mask) -> ShareWords:
    """The sentence of a commitment and its day; neither its goal, nor what came of it, nor what was thought about it.

    Args:
        commitment: as it is kept.
        wording: of conversations.
        mask: takes students' names and records out.
    """
    return ShareWords("commitment", mask(write_sentence(commitment, wording)), due=commitment.due)


def word_practice(title: str, first_step: str, mask: Mask) -> ShareWords:
    """A practice by its title, and the step that it begins with."""
    return ShareWords("practice", mask(title), mask(first_step))


def require_shown(words: ShareWords, shown: str) -> None:
    """See that a person agreed to these very words; `shown` is the key of those that stood before them.

    Raises:
        CoachError: they have changed since.
    """
    if shown != words.key:
        raise CoachError(load_sharing_wording().say("share.changed"))


def read_practice(answer: Mapping[str, Any], practice_id: str) -> tuple[str, str] | None:
    """Title and first step of a practice in an answer object; None where there is none such."""
    for one in answer.get("practices") or ():
        if isinstance(one, Mapping) and one.get("id") == practice_id and one.get("title"):
            return str(one["title"]), str(one.get("first_step") or "")
    return None


def carry_over(received: Iterable[SharedThing], last_visit: str | None) -> CarriedOver:
    """What one principal shared, parted by the last visit.

    A commitment of the visit's own day was made there: it carries over. A question of that day came after it: it is new.

    Args:
        received: from one principal.
        last_visit: its day, YYYY-MM-DD, or its moment, ISO 8601 (without a time zone: UTC); None where there was none.
    """
    parts: dict[str, list[SharedThing]] = {"from_last_time": [], "earlier": [], "fresh": []}
    for one in received:
        parts[_place(one, last_visit)].append(one)
    return CarriedOver(*(tuple(parts[name]) for name in ("from_last_time", "earlier", "fresh")))


def _place(thing: SharedThing, last_visit: str | None) -> str:
    if not last_visit:
        return "fresh"
    promised = thing.kind == "commitment"
    if len(last_visit) == len("2026-11-22"):
        day = _read_moment(thing.shared_at).date().isoformat()
        before = day <= last_visit if promised else day < last_visit
    else:
        before = _read_moment(thing.shared_at) <= _read_moment(last_visit)
    if not before:
        return "fresh"
    return "from_last_time" if promised else "earlier"


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def name_shared_day(thing: SharedThing, zone: tzinfo | None = None) -> str:
    """The day on which a thing was shared, in words; in a time zone, or in that of this machine."""
    return name_day(datetime.fromisoformat(thing.shared_at).astimezone(zone).date())


def say_origin(thing: SharedThing, wording: Wording, zone: tzinfo | None = None) -> str:
    """By whom and when a thing was shared."""
    return wording.say("received.by", name=thing.person_name, day=name_shared_day(thing, zone))


def say_lines(words: ShareWords, wording: Wording) -> tuple[str, ...]:
    """The words as they are read, line by line."""
    if not words.detail:
        return (words.text,)
    return words.text, wording.say("practice.first_step", first_step=words.detail)
