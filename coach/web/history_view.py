"""What the left side of the page lists: cards of conversations and commitments in, groups for a template out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coach.commitments import write_sentence
from coach.due_dates import name_day
from coach.prompts import Wording
from coach.records import Commitment
from coach.store.conversations import ConversationCard
from coach.web.sharing_view import Offer, ShareForm


@dataclass(frozen=True, slots=True)
class Group:
    """Conversations of one time, the newest first."""

    heading: str
    """Name of the wording; or the month itself."""
    cards: tuple[ConversationCard, ...]


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """A commitment as it is listed."""

    id: str
    when: str
    """Its day, without the year."""
    what: str
    sentence: str
    """All of it."""
    state: str
    is_due: bool
    share: ShareForm | None = None


def group_by_date(cards: Sequence[ConversationCard], now: datetime) -> tuple[Group, ...]:
    """Conversations by when they changed last, as a person at this machine counts days.

    Args:
        cards: the one that changed last first.
        now: with its time zone.
    """
    groups: dict[str, list[ConversationCard]] = {}
    for card in cards:
        changed = datetime.fromisoformat(card.changed_at).astimezone(now.tzinfo).date()
        groups.setdefault(_name_time(changed, now.date()), []).append(card)
    return tuple(Group(heading, tuple(some)) for heading, some in groups.items())


def _name_time(day: date, today: date) -> str:
    if day >= today:
        return "history.today"
    if day == today - timedelta(days=1):
        return "history.yesterday"
    if day > today - timedelta(days=7):
        return "history.week"
    return f"{day:%B %Y}"


def view_commitment(
    commitment: Commitment, today: date, wording: Wording, offer: Offer | None = None
) -> CommitmentView:
    """A commitment with its sentence, due from its day on; and the form to share it, where somebody could see it."""
    due = commitment.state == "open" and commitment.due <= today.isoformat()
    when = name_day(date.fromisoformat(commitment.due)).rsplit(" ", 1)[0]
    what = commitment.action[:1].upper() + commitment.action[1:]
    share = offer.offer_commitment(commitment) if offer else None
    return CommitmentView(commitment.id, when, what, write_sentence(commitment, wording), commitment.state, due, share)
