"""Writes the middle of the page: exchanges, or what stands there before the first question, in; HTML out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from coach.introduction import Introduction
from coach.prompts import Wording
from coach.records import Exchange, Stage, Statement
from coach.store.feedback import ASPECTS, Feedback
from coach.web.exchange_view import Pending, view_exchange, view_sent, view_statements
from coach.web.sharing_view import Offer
from coach.web.templates import fill, name_number

_MOST_TITLES = 3
_MINUTES_IN_WORDS = 90


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as far as it goes."""

    conversation: str
    """Its id; empty where nothing is stored."""
    exchanges: Sequence[Exchange]
    waiting: Pending | None = None
    replaced: Sequence[Exchange] = ()
    announce: str = ""
    """What a screen reader says of the change."""
    open_feedback: int | None = None
    """Ordinal of the exchange that is asked why it was judged so."""
    is_stored: bool = True
    """Whether its exchanges can be loaded; otherwise everything of them is written here."""
    makes_cases: bool = False
    """Whether its reader makes test cases of answers."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The language model that writes answers, where one does."""

    name: str
    to: str
    """Host and port."""
    is_local: bool
    """Whether that is this machine."""


@dataclass(frozen=True, slots=True)
class IntroView:
    """What a first visit shows."""

    library: Introduction
    count: str
    time: str
    worth_count: str
    examples: tuple[str, ...]
    writer: Writer | None


def write_transcript(
    transcript: Transcript, judged: Mapping[int, Feedback], today: date, offer: Offer | None = None
) -> str:
    """The HTML of a conversation.

    Args:
        transcript: with the exchanges that stand.
        judged: the person's judgements, by ordinal.
        today: from which "in two weeks" counts.
        offer: makes the forms for sharing; None where nothing can be shared.
    """
    return fill(
        "transcript",
        conversation=transcript.conversation,
        announce=transcript.announce,
        intro=None,
        exchanges=[view_exchange(one, judged.get(one.ordinal), today, offer) for one in transcript.exchanges],
        waiting=transcript.waiting,
        replaced=[view_exchange(one, None, today) for one in transcript.replaced],
        open_feedback=transcript.open_feedback,
        is_stored=transcript.is_stored,
        makes_cases=transcript.makes_cases,
        aspects=ASPECTS,
    )


def write_sent(exchange: Exchange) -> str:
    """The HTML of what a language model was sent for an answer: many words, which are loaded when somebody wants them."""
    return fill("sent", id=f"x{exchange.ordinal}-sent", sent=view_sent(exchange.answer))


def write_writing(key: str, statements: Sequence[Statement], wording: Wording) -> str:
    """The HTML of what is written so far of an answer, which the browser puts into the exchange that waits for it.

    Args:
        key: of the exchange that waits.
        statements: checked already, in reading order.
        wording: of the page.
    """
    return fill("writing", key=key, pieces=view_statements(statements), progress=wording.say("waiting.writing"))


def write_introduction(
    library: Introduction, examples: Sequence[str], wording: Wording, writer: Writer | None = None
) -> str:
    """The HTML of a first visit: what there is, what to ask, and what not to type."""
    intro = IntroView(
        library,
        name_number(library.documents),
        name_time(library.minutes, wording),
        name_number(len(library.worth_adding)).capitalize(),
        tuple(examples),
        writer,
    )
    return fill(
        "transcript",
        conversation="",
        announce="",
        intro=intro,
        exchanges=(),
        waiting=None,
        replaced=(),
        open_feedback=None,
        is_stored=False,
        makes_cases=False,
        aspects=(),
    )


def name_time(minutes: int, wording: Wording) -> str:
    """How long it takes to read something: in minutes, and from an hour and a half on in hours."""
    if minutes >= _MINUTES_IN_WORDS:
        return wording.say("intro.hours", count=name_number(round(minutes / 60)))
    return wording.say("intro.minutes", count=name_number(minutes)) if minutes > 1 else wording.say("intro.minute")


def say_stage(stage: Stage, documents: int, wording: Wording) -> str:
    """How far an answer has come, in a sentence; `documents` are in the library."""
    if stage.name == "writing":
        return wording.say("waiting.writing")
    if stage.name == "searching" or not stage.titles:
        one = documents == 1
        return wording.say("waiting.searching_one") if one else wording.say("waiting.searching", count=documents)
    titles = ", ".join(f"“{title}”" for title in stage.titles[:_MOST_TITLES])
    if len(stage.titles) > _MOST_TITLES:
        titles = wording.say("waiting.more_titles", titles=titles, count=len(stage.titles) - _MOST_TITLES)
    return wording.say("waiting.reading", titles=titles)


def announce_answer(exchange: Exchange, wording: Wording) -> str:
    """What a screen reader says when an answer is there."""
    count = len(exchange.answer.get("citations") or ())
    if count > 1:
        return wording.say("answer.ready_several", count=count)
    return wording.say("answer.ready_one" if count else "answer.ready_none")
