"""Takes in what a person typed: their words and the turns before them in, what is to be answered, and how, out.

Names and records of people are taken out first: nothing behind this module sees them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.asking import asks_guidance
from coach.boundaries import Boundary, BoundaryRecogniser, BoundaryWording, Referral
from coach.boundary_rules import SAFETY
from coach.conversation import Known, Search, understand_question
from coach.directions import Directions, read_directions
from coach.discretion import Discretion
from coach.lexical import find_words
from coach.masking import name_people
from coach.records import Manner, Sent, Turn
from coach.rewriting import Rewriter
from coach.unclear import Unclear, find_unclear

_ASKS = re.compile(r"\?|\b(?:what|how|why|who|which|when|where|does|is|are|tell|explain|describe)\b", re.I)
_MOST_REMARKED = 4  # words with a meaning of their own


@dataclass(frozen=True, slots=True)
class Received:
    """What is to be answered."""

    text: str
    """What was typed, without names and records of people."""
    masked: int
    asked: str
    """What stands alone, and is searched."""
    manner: Manner
    guides: bool
    """Whether help with the person's own work is wanted."""
    shown: frozenset[str]
    """Ids of the practices and the craft that the conversation has shown."""
    skip: int = 0
    """How many answers to the same question stand before this one."""
    boundary: Boundary | None = None
    referral: Referral | None = None
    """What is said of the boundary that the question met."""
    unclear: Unclear | None = None
    nothing_before: bool = False
    """Whether something was said about an answer that is not there."""
    sent: tuple[Sent, ...] = ()
    """What a language model was sent in order to understand it."""
    fault: str = ""
    """Why that model gave no answer, as a line for the reader."""

    @property
    def is_referred(self) -> bool:
        """Whether nothing is left that the documents or our craft should answer."""
        if self.referral is None or self.boundary is None:
            return False
        return self.referral.manner != "notice" or not self.boundary.remainder


class Intake:
    """Understands what somebody wants before anything is searched."""

    def __init__(
        self,
        discretion: Discretion,
        recogniser: BoundaryRecogniser,
        boundaries: BoundaryWording,
        rewriter: Rewriter | None = None,
    ) -> None:
        """Put the parts together; `rewriter` is a language model's, where one is configured."""
        self._discretion = discretion
        self._recogniser = recogniser
        self._boundaries = boundaries
        self._rewriter = rewriter

    def without_model(self) -> Intake:
        """The same, which asks no language model."""
        return Intake(self._discretion, self._recogniser, self._boundaries)

    def receive(
        self, text: str, manner: Manner, history: Sequence[Turn], search: Search, search_question: str | None = None
    ) -> Received:
        """What is to be answered.

        Args:
            text: what was typed.
            manner: the person's role, and how answers were set to be; what the text says of that comes before it.
            history: earlier turns, oldest first; the person's own are enough.
            search: finds the passages of an earlier question where the history does not tell.
            search_question: what is to be searched, where the person has written it.
        """
        masked = self._discretion.mask(text)
        turns = [replace(turn, text=self._discretion.mask(turn.text).text) for turn in history]
        shown = frozenset(one for turn in turns for one in turn.shown)
        boundary = self._recogniser.recognise(masked.text)
        received = Received(
            masked.text,
            masked.count,
            masked.text,
            manner,
            guides=False,
            shown=shown,
            boundary=boundary,
            referral=self._boundaries.refer(boundary) if boundary is not None else None,
        )
        if received.is_referred:
            return received
        rest = boundary.remainder if boundary is not None else masked.text
        if search_question is not None:
            asked = name_people(self._discretion.mask(search_question).text)
            return replace(received, asked=asked, guides=asks_guidance(asked) or asks_guidance(rest))
        directions = read_directions(name_people(rest))
        received = replace(received, manner=_set_manner(manner, directions))
        return self._place_in_conversation(received, directions.rest, self._clear(turns), search)

    def _place_in_conversation(self, received: Received, question: str, turns: list[Turn], search: Search) -> Received:
        if not question:
            # Only the answer was spoken of: what was asked before it is answered once more.
            last = next((place for place in reversed(range(len(turns))) if turns[place].speaker == "user"), None)
            if last is None:
                return replace(received, nothing_before=True)
            question, turns = turns[last].text, turns[:last]
            # The same help in other words: what the last answer showed may be shown again.
            received = replace(received, shown=frozenset(one for turn in turns for one in turn.shown))
        understood = understand_question(question, turns, Known(search))
        unclear = find_unclear(question) if understood.kind in ("alone", "unclear") else None
        if unclear is None and understood.kind == "unclear":
            unclear = "unclear"
        asked = understood.search_question
        skip = _count_repeats(asked, turns, search) if understood.kind == "more" else 0
        received = replace(received, asked=asked, guides=understood.guides, unclear=unclear, skip=skip)
        # A model is asked only where the question leans on the conversation and no press of a button says on what.
        leans = understood.kind in ("follow_up", "correction") or (
            understood.kind == "unclear" and unclear == "unclear"
        )
        return self._rewrite(received, question, turns) if leans and turns and self._rewriter is not None else received

    def _rewrite(self, received: Received, question: str, turns: Sequence[Turn]) -> Received:
        assert self._rewriter is not None
        rewriting = self._rewriter.rewrite(question, turns)
        received = replace(received, sent=(rewriting.sent,), fault=rewriting.fault)
        if rewriting.question is None:
            return received
        guides = received.guides or asks_guidance(rewriting.question)
        return replace(received, asked=rewriting.question, guides=guides, unclear=None)

    def _leave(self, text: str, boundary: Boundary | None) -> str:
        """What of a turn a later question may lean on: nothing of what was referred without an offer, no bare remark."""
        if boundary is None or not text:
            return text
        referral = self._boundaries.refer(boundary)
        if referral.manner == "notice":
            return boundary.remainder if _asks(boundary.remainder) else ""
        return text if boundary.route not in SAFETY and referral.follow_up else ""

    def _clear(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns that a question may lean on: none that only spoke of an answer, none of a matter that is not ours.

        Where the answers are not there, what they must have offered is put in their place.
        """
        kept: list[Turn] = []
        for place, turn in enumerate(turns):
            if turn.speaker == "assistant":
                if kept and kept[-1].speaker == "user":
                    kept.append(turn)
                continue
            directions = read_directions(turn.text)
            boundary = self._recogniser.recognise(directions.rest) if directions.rest else None
            rest = self._leave(directions.rest, boundary)
            if not rest:
                kept = [*kept, Turn("assistant", "")] if kept and kept[-1].speaker == "user" else kept
                continue
            kept.append(replace(turn, text=name_people(rest)))
            answered = place + 1 < len(turns) and turns[place + 1].speaker == "assistant"
            offer = self._boundaries.refer(boundary).follow_up if boundary is not None else ""
            if offer and not answered:
                kept.append(Turn("assistant", "", offered=(offer,)))
        return kept


def _asks(text: str) -> bool:
    return bool(_ASKS.search(text)) or (asks_guidance(text) and len(find_words(text)) > _MOST_REMARKED)


def _set_manner(manner: Manner, directions: Directions) -> Manner:
    return replace(manner, stance=directions.stance or manner.stance, length=directions.length or manner.length)


def _count_repeats(asked: str, turns: Sequence[Turn], search: Search) -> int:
    """How many answers to the same question stand at the end of the turns."""
    repeats = 0
    for place in reversed(range(len(turns))):
        turn = turns[place]
        if turn.speaker != "user":
            continue
        whole = turn.searched or understand_question(turn.text, turns[:place], Known(search)).search_question
        if whole != asked:
            break
        repeats += 1
    return repeats
