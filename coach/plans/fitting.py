"""Which protocol fits a session: protocols, a setting and minutes in, rounds and minutes of every part out, or a refusal
that names what does fit. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log

from coach.errors import CoachError, PromptFault
from coach.plans.protocols import Protocol, Step
from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, Form, ItemKind, Setting
from coach.plans.timing import Span, fits, share_minutes
from coach.prompts import Wording

_PAUSE_FROM = 120
SLACK = 5
"""Minutes that are nobody's, at least."""
_FRAME: dict[ItemKind, Span] = {
    "opening": Span(3, 5, 10),
    "reading": Span(4, 8, 10),
    "pause": Span(10, 10, 15),
    "commitment": Span(4, 8, 15),
    "exit": Span(2, 3, 5),
    "slack": Span(SLACK, SLACK, 15),
}
_SHORT_READING = Span(3, 5, 8)
WORK: frozenset[ItemKind] = frozenset(["reading", "commitment", "exit"])
"""Parts around the protocol in which principals work."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a session, with its minutes."""

    kind: ItemKind
    span: Span
    is_work: bool
    step: Step | None = None
    round: int = 0
    """Of a step that is gone through more than once: which time it is, from 1."""
    minutes: int = 0


class DoesNotFit(CoachError):
    """The protocol does not fit setting and minutes; the message names what does."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A combination that fits."""

    protocol: Protocol
    setting: Setting
    minutes: int


def lay_out(protocol: Protocol, setting: Setting, minutes: int, form: Form = "session") -> tuple[Slot, ...] | None:
    """The parts of a session in order, their minutes adding up, principals working at least half of the time; None where
    the combination does not fit.
    """
    if setting not in protocol.settings or not max(LEAST_MINUTES, protocol.least_minutes) <= minutes <= MOST_MINUTES:
        return None
    layouts = [
        _list_slots(protocol, minutes, rounds, form)
        for rounds in range(protocol.least_rounds, protocol.most_rounds + 1)
    ]
    # The number of rounds with which the parts are stretched or pressed least comes first.
    for slots in sorted(layouts, key=lambda slots: abs(log(minutes / sum(slot.span.usual for slot in slots)))):
        timed = _time(slots, minutes)
        if timed and 2 * sum(slot.minutes for slot in timed if slot.is_work) >= minutes:
            return timed
    return None


def _time(slots: Sequence[Slot], minutes: int) -> tuple[Slot, ...]:
    spans = [slot.span for slot in slots]
    if not fits(spans, minutes):
        return ()
    steps = [slot.step for slot in slots]
    # A step is the same one in every round, and has the same minutes in each.
    alike = [steps.index(slot.step) if slot.step else place for place, slot in enumerate(slots)]
    shares = share_minutes(spans, minutes, alike)
    return tuple(replace(slot, minutes=share) for slot, share in zip(slots, shares, strict=True))


def _list_slots(protocol: Protocol, minutes: int, rounds: int, form: Form) -> list[Slot]:
    steps = list(_go_through(protocol, rounds))
    middle = [Slot("step", Span(step.least, step.usual, step.most), step.is_work, step, turn) for step, turn in steps]
    if minutes >= _PAUSE_FROM:
        middle.insert(_find_pause(middle), _frame("pause"))
    reading = Slot("reading", _SHORT_READING, True) if form == "visit_prep" else _frame("reading")
    return [_frame("opening"), reading, *middle, _frame("commitment"), _frame("exit"), _frame("slack")]


def _frame(kind: ItemKind) -> Slot:
    return Slot(kind, _FRAME[kind], kind in WORK)


def _go_through(protocol: Protocol, rounds: int) -> Iterator[tuple[Step, int]]:
    """Each step, and which time it is: those that repeat are gone through as a block, round by round."""
    repeated = [step for step in protocol.steps if step.repeats]
    for step in protocol.steps:
        if not step.repeats:
            yield step, 0
        elif step is repeated[0]:
            for turn in range(1, rounds + 1):
                for again in repeated:
                    yield again, turn if rounds > 1 else 0


def _find_pause(slots: Sequence[Slot]) -> int:
    """Where the session is half over: between two rounds, where there are several."""
    turns = [place for place in range(1, len(slots)) if slots[place].round > slots[place - 1].round >= 1]
    places = turns or list(range(1, len(slots)))
    half = sum(slot.span.usual for slot in slots) / 2
    return min(places, key=lambda place: abs(sum(slot.span.usual for slot in slots[:place]) - half), default=0)


@cache
def list_minutes(protocol: Protocol, setting: Setting, form: Form = "session") -> tuple[int, ...]:
    """Every length at which a protocol fits a setting."""
    return tuple(
        minutes
        for minutes in range(LEAST_MINUTES, MOST_MINUTES + 1)
        if lay_out(protocol, setting, minutes, form) is not None
    )


def list_offers(
    protocols: Sequence[Protocol], setting: Setting, minutes: int, form: Form = "session"
) -> tuple[Protocol, ...]:
    """The protocols that fit, in their order."""
    return tuple(one for one in protocols if lay_out(one, setting, minutes, form) is not None)


def require_fit(
    protocol: Protocol, setting: Setting, minutes: int, protocols: Sequence[Protocol], wording: Wording, form: Form
) -> tuple[Slot, ...]:
    """The parts of a session, as `lay_out` gives them.

    Raises:
        DoesNotFit: saying why not, and naming the nearest combinations that do: the same protocol in other minutes, or in
            another setting; and other protocols in this setting and these minutes.
        PromptFault: the protocol fits no session at all, as a district has edited it.
    """
    slots = lay_out(protocol, setting, minutes, form)
    if slots is not None:
        return slots
    say = wording.say
    lines = [_say_why(protocol, setting, minutes, form, wording)]
    near = find_nearest(protocol, setting, minutes, form)
    if near is not None:
        lines.append(
            say(
                "fit.same",
                protocol=near.protocol.title,
                setting=say(f"setting.{near.setting}_in"),
                minutes=near.minutes,
            )
        )
    others = [one.title for one in list_offers(protocols, setting, minutes, form)]
    if others:
        setting_words = say(f"setting.{setting}_in")
        lines.append(say("fit.others", setting=setting_words, minutes=minutes, protocols=", ".join(others)))
    raise DoesNotFit(" ".join(lines))


def find_nearest(protocol: Protocol, setting: Setting, minutes: int, form: Form = "session") -> Offer | None:
    """The combination with this protocol that is nearest: in the same setting where there is one."""
    settings = (setting,) if setting in protocol.settings else protocol.settings
    offers = [Offer(protocol, one, length) for one in settings for length in list_minutes(protocol, one, form)]
    return min(offers, key=lambda offer: abs(offer.minutes - minutes), default=None)


def _say_why(protocol: Protocol, setting: Setting, minutes: int, form: Form, wording: Wording) -> str:
    if setting not in protocol.settings:
        return wording.say(
            "fit.not_here",
            protocol=protocol.title,
            setting=wording.say(f"setting.{setting}_in"),
            people=protocol.people,
        )
    lengths = list_minutes(protocol, setting, form)
    if not lengths:
        raise PromptFault(
            f"The protocol {protocol.id} fits no session of {LEAST_MINUTES} to {MOST_MINUTES} minutes. Look in its file at "
            "the minutes of the steps, and at the steps in which principals work."
        )
    return wording.say("fit.not_so_long", protocol=protocol.title, minutes=minutes, least=lengths[0], most=lengths[-1])
