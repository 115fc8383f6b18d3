"""What the page for rating works on: the parts of it that change, what a window sent in, a round as one rater has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from coach.evaluation.records import Rating, RatingRound
from coach.web.rate_view import Progress


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the page that change; None leaves a part as it is."""

    notice: str | None = None
    progress: str | None = None
    rate: str | None = None
    saved: str | None = None
    """What came of what was sent, which script reads as well: see templates/rate_saved.html."""


PARTS = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class Typed:
    """What a window changed of one rating."""

    levels: Mapping[str, str] = field(default_factory=dict)
    """By dimension: a level, or `na`."""
    comment: str | None = None
    """None where it was not touched."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a window sent."""

    number: str = ""
    """Of the request, which the reply names."""
    round: str = ""
    rater: str = ""
    """As it was typed; empty where nobody said."""
    entry: str = ""
    """Code of the answer that is shown."""
    typed: Mapping[str, Typed] = field(default_factory=dict)
    """By code."""
    act: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Of the button or form."""
    chosen: tuple[str, ...] = ()
    """Of a form's boxes."""


@dataclass(frozen=True, slots=True)
class Room:
    """A round as one rater has it."""

    round: RatingRound
    rater: str
    """Empty where nobody said who it is."""
    mine: Mapping[str, Rating]
    progress: Progress
    """Without a step where nobody said."""
    looked_at: str | None = None
    """Since when this rater knows what others said."""

    @property
    def is_closed(self) -> bool:
        """Whether nobody rates any more."""
        return self.round.closed_at is not None

    @property
    def sees(self) -> bool:
        """Whether others' levels are shown, so that this rater changes nothing any more: nobody who still rates learns of
        them."""
        return self.is_closed or self.looked_at is not None

    @property
    def may_see(self) -> bool:
        """Whether others' levels are shown, or will be once the rater says that they have finished."""
        return self.sees or self.progress.is_done
