"""Turns what the documents say into help: Framed, practices and craft in, an answer's statements in reading order out. Pure.

The order and the length follow the person: a principal reads between two lessons, central office prepares a session, a
trainer checks. What must not go is the documents' own answer, one feasible step, and one question; the rest is dropped,
the least useful first, until the answer is short enough to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.authorship import BY_MODEL
from coach.commitments import continue_sentence
from coach.framing import Framed
from coach.prompts import Wording
from coach.records import Citation, Craft, Length, Manner, Outcome, Role, Statement, StatementKind, SuggestedPractice

_MOST_WORDS: dict[Role, int] = {"principal": 250, "central_office": 250, "trainer": 180}
"""A principal reads 120 to 250 words between two lessons; a trainer checks, and reads less."""
_LENGTHS: dict[Length, float] = {"short": 0.45, "usual": 1.0, "long": 1.8}
_QUOTED_SHARE = 0.42
"""Of the words of an answer that helps, those that quotations may take."""
_TERSE_ROOM = 120
"""Words of quotations for a trainer, who asked for no more than what stands there."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What may help with a question, whatever the documents say."""

    practices: tuple[SuggestedPractice, ...] = ()
    craft: tuple[Craft, ...] = ()
    is_close: bool = False
    """Whether the first piece of craft is about what was asked, and does not only stand in."""
    stand_ins: tuple[str, ...] = ()
    """Ids of the craft that is not about what was asked."""
    is_sure: bool = False
    """Whether the first practice fits so well that it is offered even where the documents do not answer."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a language model says of the person's own work; none of it is of the documents or of our library."""

    suggestions: tuple[str, ...] = ()
    question: str = ""
    """May be empty."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """An answer's statements, and which help stands in them."""

    statements: tuple[Statement, ...]
    guidance: Guidance
    others: tuple[Craft, ...] = ()
    """Craft that fits too and was left out."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Statements that stay or go together."""

    statements: tuple[Statement, ...]
    spare: int = 0
    """How soon it is left out; 0 for never."""
    step_of: str = ""
    """Id of the practice or the craft whose first step it is."""


def measure_room(manner: Manner, *, guides: bool) -> int | None:
    """How many words the quotations of an answer may take; None for as many as answer.

    Args:
        manner: for whom, and how long.
        guides: whether help with the person's own work is asked for.
    """
    if guides:
        return round(_count_most(manner) * _QUOTED_SHARE)
    if manner.length == "short":
        return round(_count_most(manner))
    return _TERSE_ROOM if manner.role == "trainer" and manner.length == "usual" else None


def _count_most(manner: Manner) -> float:
    return _MOST_WORDS[manner.role] * _LENGTHS[manner.length]


def shape_answer(  # noqa: PLR0913 - everything that stands in such an answer
    framed: Framed,
    guidance: Guidance,
    manner: Manner,
    wording: Wording,
    taken: int = 0,
    spoken: Spoken | None = None,
) -> Shaped:
    """The statements of an answer to somebody who wants help with their own work.

    Args:
        framed: what the documents say.
        guidance: at least one practice or one piece of craft.
        manner: for whom, and how.
        wording: our sentences.
        taken: words that will stand behind these.
        spoken: what a language model adds; its question takes the place of ours.
    """
    documents = [_Piece((statement,)) for statement in framed.statements]
    documents += [_Piece((statement,), 7) for statement in framed.worth_adding]
    chosen = _choose(framed.outcome, guidance, manner)
    # A practice brings words of the documents that are nearer than the nearest passage.
    documents += _list_near(framed.near, beside_practice=bool(chosen.practices))
    quoted = {citation for statement in framed.statements for citation in statement.citations}
    steps: list[_Piece] = []
    # What comes second is a second thing to try: it goes first where words are short.
    craft_first = framed.outcome is not Outcome.ANSWERED or not chosen.practices
    for number, craft in enumerate(chosen.craft):
        heading = "coaching.craft_heading" if guidance.is_close else "coaching.stand_in_heading"
        plain = manner.role == "trainer" or manner.stance == "tell" or not guidance.is_close
        told = wording.say(heading), "" if plain else craft.acknowledgement
        steps += _write_craft(craft, manner, wording, told, spare=3 * number + (0 if craft_first else 4))
    grown: list[_Piece] = []
    for number, practice in enumerate(chosen.practices):
        grown += _write_practice(practice, quoted, manner, wording, spare=3 * number + (3 if craft_first else 0))
    steps = [*steps, *grown] if craft_first else [*grown, *steps]
    if manner.role == "central_office" and framed.outcome is not Outcome.NOT_IN_SOURCES:
        steps.append(_Piece((_write(wording.say("coaching.session"), "craft"),), 2))
    spoken = spoken or Spoken()
    steps += _write_suggestions(spoken.suggestions, wording)
    question = _Piece((_write(spoken.question or _find_question(framed.outcome, chosen), "question"),))
    ordered = {
        "suggest": [*documents, *steps, question],
        "ask": [*documents, question, *steps],
        "tell": [*steps, *documents, question],
    }[manner.stance if manner.role != "trainer" else "suggest"]
    if framed.outcome is Outcome.NOT_IN_SOURCES and manner.stance == "tell":
        ordered = [*documents, *steps, question]
    kept = _fit(ordered, _count_most(manner) - taken)
    statements = tuple(statement for piece in kept for statement in piece.statements)
    steps_of = {piece.step_of for piece in kept}
    shown = replace(
        chosen,
        practices=tuple(one for one in chosen.practices if one.practice.id in steps_of),
        craft=tuple(one for one in chosen.craft if one.id in steps_of),
    )
    others = tuple(craft for craft in guidance.craft if craft not in shown.craft)
    return Shaped(statements, shown, others)


def _write_suggestions(suggestions: Sequence[str], wording: Wording) -> list[_Piece]:
    if not suggestions:
        return []
    heading = _write(wording.say("writing.suggestion_heading"), "notice")
    return _mark_part([_Piece((heading, *(_write(one, "craft") for one in suggestions)), 8)], BY_MODEL)


def _choose(outcome: Outcome, guidance: Guidance, manner: Manner) -> Guidance:
    """Where the documents answer, a practice that grew from them comes first; where they do not, craft does."""
    several = 2 if manner.length == "long" else 1
    craft = guidance.craft[:several]
    if outcome is Outcome.ANSWERED:
        practices = guidance.practices[:several]
        beside = craft[:1] if guidance.is_close and manner.length != "short" and manner.role != "trainer" else ()
        return replace(guidance, practices=practices, craft=beside if practices else craft)
    sure = guidance.is_sure and manner.length != "short" and manner.role != "trainer"
    return replace(guidance, practices=guidance.practices[:1] if sure else (), craft=craft)


def _find_question(outcome: Outcome, chosen: Guidance) -> str:
    """That of what comes first."""
    if chosen.craft and (outcome is not Outcome.ANSWERED or not chosen.practices):
        return chosen.craft[0].question
    return chosen.practices[0].practice.reflective_question


def _list_near(near: Sequence[Statement], *, beside_practice: bool) -> list[_Piece]:
    # The heading stays with the first of what it heads.
    first = [_Piece(tuple(near[:2]), 9 if beside_practice else 2)] if near else []
    return [*first, *(_Piece((statement,), 10) for statement in near[2:])]


def _write_practice(
    suggested: SuggestedPractice, quoted: set[Citation], manner: Manner, wording: Wording, *, spare: int
) -> list[_Piece]:
    practice = suggested.practice
    basis = wording.say(f"basis_phrase.{practice.basis}")
    heading = wording.say("coaching.practice_heading", basis=basis, title=suggested.citations[0].title)
    step = wording.say("coaching.step", by=continue_sentence(practice.by), step=practice.first_step)
    told = wording.say("coaching.practice_step", title=practice.title, step=step)
    grown_from = Statement(heading, "notice", "written", suggested.citations)
    pieces = [_Piece((grown_from, _write(told, "craft")), spare, practice.id)]
    fresh = tuple(citation for citation in suggested.citations if not any(one.shares_words(citation) for one in quoted))
    if fresh:
        quotes = tuple(Statement(citation.quote, "source", "quoted", (citation,)) for citation in fresh[:1])
        pieces.append(_Piece(quotes, spare + 3))
    if manner.role != "trainer":
        pieces.append(_Piece((_write(practice.inferred, "notice"),), spare + 2))
        check = wording.say("coaching.look_for", evidence=practice.evidence)
        pieces.append(_Piece((_write(check, "craft"),), spare + 1))
    return _mark_part(pieces, practice.id)


def _mark_part(pieces: Sequence[_Piece], of: str) -> list[_Piece]:
    return [
        replace(piece, statements=tuple(replace(statement, part_of=of) for statement in piece.statements))
        for piece in pieces
    ]


def _write_craft(
    craft: Craft, manner: Manner, wording: Wording, before: tuple[str, str], *, spare: int
) -> list[_Piece]:
    """The pieces of an entry; `before` is the heading and the line that takes the matter seriously, which may be empty."""
    step = wording.say("coaching.step", by=continue_sentence(craft.by), step=craft.first_step)
    heading, acknowledgement = before
    opening = [_write(heading, "notice"), *([_write(acknowledgement, "craft")] if acknowledgement else [])]
    pieces = [_Piece((*opening, _write(step, "craft")), spare, craft.id)]
    if manner.role != "trainer":
        check = wording.say("coaching.check_back", evidence=continue_sentence(craft.evidence.rstrip(".")))
        pieces += [
            _Piece((_write(wording.say("coaching.say_aloud", words=craft.wording), "craft"),), spare + 1),
            _Piece((_write(craft.not_when, "craft"),), spare + 4),
            _Piece((_write(check, "craft"),), spare + 2),
        ]
    return _mark_part(pieces, craft.id)


def _fit(pieces: Sequence[_Piece], most: float) -> list[_Piece]:
    kept = list(pieces)
    while count_words(kept) > most:
        spare = [index for index, piece in enumerate(kept) if piece.spare]
        if not spare:
            break
        del kept[max(spare, key=lambda index: (kept[index].spare, index))]
    return kept


def count_words(pieces: Sequence[_Piece]) -> int:
    """Words that are read, without the names of sources."""
    return sum(len(statement.text.split()) for piece in pieces for statement in piece.statements)


def _write(text: str, kind: StatementKind) -> Statement:
    return Statement(text, kind, "written")


def put_first(framed: Framed, statements: Sequence[Statement]) -> Framed:
    """The same, after some statements of our own."""
    return replace(framed, statements=(*statements, *framed.statements))
