"""What the page shows of sharing: a question, a commitment or a practice and who could see it in, a form out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from coach.prompts import Wording
from coach.records import Commitment, Exchange, Person
from coach.sharing import (
    Mask,
    SharedThing,
    ShareWords,
    name_shared_day,
    read_practice,
    say_lines,
    word_commitment,
    word_practice,
    word_question,
)


@dataclass(frozen=True, slots=True)
class ShareForm:
    """What is asked before something is shared: with whom, and whether these very words."""

    id: str
    """Of the part of the page."""
    words: ShareWords
    lines: tuple[str, ...]
    """The words as the other will read them."""
    supervisors: tuple[Person, ...]
    ordinal: int | None = None
    """Of the exchange that it is in."""
    thing: str = ""
    """Id of the practice or the commitment."""


@dataclass(frozen=True, slots=True)
class GivenView:
    """Something that is shared, as it is listed."""

    id: str
    kind: str
    name: str
    """Of who sees it."""
    day: str
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """Makes the forms by which a person can share; there is one only where somebody is there to share with."""

    supervisors: tuple[Person, ...]
    mask: Mask
    wording: Wording
    conversation_wording: Wording

    def offer_question(self, exchange: Exchange) -> ShareForm:
        """The form for a question."""
        words = word_question(exchange.question, self.mask)
        return self._make(f"x{exchange.ordinal}-share", words, exchange.ordinal, "")

    def offer_practice(self, exchange: Exchange, title: str) -> ShareForm | None:
        """The form for a practice of an answer, by its title; None where the answer has none such."""
        for one in exchange.answer.get("practices") or ():
            if one.get("title") == title and (found := read_practice(exchange.answer, str(one.get("id")))):
                place = f"x{exchange.ordinal}-share-{one['id']}"
                return self._make(place, word_practice(*found, self.mask), exchange.ordinal, str(one["id"]))
        return None

    def offer_commitment(self, commitment: Commitment) -> ShareForm:
        """The form for a commitment."""
        words = word_commitment(commitment, self.conversation_wording, self.mask)
        return self._make(f"c{commitment.id}-share", words, None, commitment.id)

    def _make(self, place: str, words: ShareWords, ordinal: int | None, thing: str) -> ShareForm:
        return ShareForm(place, words, say_lines(words, self.wording), self.supervisors, ordinal, thing)


def view_given(thing: SharedThing, wording: Wording, zone: tzinfo | None) -> GivenView:
    """What is shared with one supervisor, as its owner sees it."""
    kind, day = wording.say(f"kind.{thing.kind}"), name_shared_day(thing, zone)
    return GivenView(thing.id, kind, thing.supervisor_name, day, thing.text, say_lines(thing.words, wording))
