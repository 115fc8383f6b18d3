"""What a person commits to: what they wrote in, a checked draft, its sentence and its reminder out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from coach.due_dates import name_day
from coach.errors import CoachError
from coach.prompts import Wording
from coach.records import Commitment

LONGEST_REFLECTION = 4000
_LONGEST = {"action": 500, "goal": 300, "with_whom": 200, "evidence": 300}
_NAMES = {"action": "what you will do", "goal": "the goal", "with_whom": "with whom", "evidence": "the evidence"}
_FARTHEST = timedelta(days=731)
_ALARM = timedelta(hours=8)  # behind midnight of the day
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_OPENING = re.compile(r"^(?:i (?:will|shall|am going to)|i['’]ll|to)\s+", re.I)


@dataclass(frozen=True, slots=True)
class CommitmentDraft:
    """What a person wrote of a commitment, before or after it was checked."""

    action: str
    due: str
    """A date, YYYY-MM-DD."""
    with_whom: str = ""
    evidence: str = ""
    goal: str = ""
    sources: tuple[Mapping[str, Any], ...] = ()


def take_draft(commitment: Commitment) -> CommitmentDraft:
    """What a commitment says, to be edited."""
    return CommitmentDraft(
        commitment.action,
        commitment.due,
        commitment.with_whom,
        commitment.evidence,
        commitment.goal,
        commitment.sources,
    )


def check_draft(draft: CommitmentDraft, today: date, *, known_due: str | None = None) -> CommitmentDraft:
    """The draft, each part on one line.

    Args:
        draft: what the person wrote.
        today: the earliest date that is taken.
        known_due: the date that a commitment has already, which may have passed.

    Raises:
        CoachError: there is no action, a part is too long, or the date is in the past or more than two years on.
    """
    clean: dict[str, Any] = {name: " ".join(_CONTROL.sub(" ", getattr(draft, name)).split()) for name in _LONGEST}
    if not any(character.isalnum() for character in clean["action"]):
        raise CoachError("A commitment needs something that you will do. Say it in a few words.")
    for name, longest in _LONGEST.items():
        if len(clean[name]) > longest:
            raise CoachError(f"{_NAMES[name].capitalize()} has {len(clean[name])} characters; {longest} is the most.")
    if draft.due != known_due:
        day = date.fromisoformat(draft.due)
        if day < today:
            raise CoachError(f"{name_day(day)} has passed. Give a day from today on.")
        if day > today + _FARTHEST:
            raise CoachError(f"{name_day(day)} is more than two years away. Give a day that is nearer.")
    return replace(draft, **clean)


def check_reflection(text: str) -> str:
    """What a person wrote at a check-in, line ends kept.

    Raises:
        CoachError: it is too long.
    """
    clean = _CONTROL.sub(" ", text).strip()
    if len(clean) > LONGEST_REFLECTION:
        raise CoachError(f"The note has {len(clean):,} characters; {LONGEST_REFLECTION:,} is the most.")
    return clean


def write_sentence(promise: CommitmentDraft | Commitment, wording: Wording) -> str:
    """By when I will do what with whom; by what I will know. Parts that were left empty are left out."""
    with_whom, evidence = promise.with_whom.rstrip(" ."), promise.evidence.rstrip(" .")
    return wording.say(
        "commitment.sentence",
        due=name_day(date.fromisoformat(promise.due)),
        action=continue_sentence(_OPENING.sub("", promise.action.strip())).rstrip(" .;"),
        with_whom=wording.say("commitment.with_whom", with_whom=with_whom) if with_whom else "",
        evidence=wording.say("commitment.evidence", evidence=continue_sentence(evidence)) if evidence else "",
    )


def continue_sentence(words: str) -> str:
    """Words as they stand within a sentence; short forms and "I" keep their capitals."""
    first = words.split(" ", 1)[0]
    keeps = re.split("['’]", first)[0] == "I" or (len(first) > 1 and not first[1:].islower())  # noqa: RUF001
    return words if keeps else words[:1].lower() + words[1:]


def write_calendar(commitment: Commitment, stamp: datetime, wording: Wording) -> bytes:
    """An iCalendar file with one all-day event on the due date and a reminder at eight that morning.

    An event and not a to-do, because Google Calendar leaves to-dos out. Its id is that of the commitment, so that a file
    written again replaces the entry. Nobody is invited or named beyond what the person wrote.

    Args:
        commitment: as it is kept.
        stamp: when the file is written, with its time zone.
        wording: our sentences.
    """
    # Imported here because only a reminder needs it.
    from icalendar import Alarm, Calendar, Event

    day = date.fromisoformat(commitment.due)
    sentence = write_sentence(commitment, wording)
    lines = [sentence]
    if commitment.goal:
        lines.append(wording.say("commitment.goal", goal=commitment.goal))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", _ALARM)
    alarm.add("description", sentence)
    event = Event()
    event.add("uid", f"{commitment.id}@coach.invalid")
    event.add("dtstamp", stamp)
    event.add("last-modified", datetime.fromisoformat(commitment.changed_at))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", wording.say("commitment.summary", action=commitment.action.rstrip(" .")))
    event.add("description", "\n".join(lines))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add_component(alarm)
    whole = Calendar()
    whole.add("prodid", "-//Coach//Commitments//EN")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", "PUBLISH")
    whole.add_component(event)
    return bytes(whole.to_ical())
