"""Settles who answers: what a language model composed and what the documents say in, the framed answer and its notes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.authorship import EXTRACTIVE
from coach.coaching import Spoken
from coach.framing import Framed
from coach.grounding import Grounded, Grounder
from coach.prompts import Wording
from coach.records import Outcome, Rejected, Sent, Statement
from coach.writing import Composed


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer's part about the documents, and how it came to be."""

    framed: Framed
    composer: str
    spoken: Spoken = Spoken()
    notes: tuple[Statement, ...] = ()
    """What is said small behind everything."""
    fallback: str | None = None
    rejected: tuple[Rejected, ...] = ()
    checked: int = 0
    """Statements about the documents that were checked."""
    sent: tuple[Sent, ...] = ()


def settle(grounder: Grounder, grounded: Grounded, composed: Composed | None, wording: Wording) -> Settled:
    """The model's words where some of them passed their check; the documents' own where none did, or where it did not write.

    Quotations of which a written answer cites nothing are put behind it, so that the answer which the documents give is
    never lost: one for each thing that was asked, or all of them where the model broke off.
    """
    if composed is None:
        return Settled(grounded.framed, EXTRACTIVE, rejected=grounded.rejected, checked=grounded.checked)
    sent, model = (composed.sent,), composed.sent.model
    if not composed.kept:
        reason = "writing.found_nothing" if composed.found_nothing else "writing.nothing_held"
        said = (
            wording.say("writing.own_words", why=composed.fault) if composed.fault else wording.say(reason, model=model)
        )
        return Settled(
            grounded.framed,
            EXTRACTIVE,
            fallback=said,
            rejected=(*composed.rejected, *grounded.rejected),
            checked=composed.count + grounded.checked,
            sent=sent,
        )
    added = _list_lost(grounded, composed.statements, all_of_them=bool(composed.fault))
    return Settled(
        grounder.frame_written(grounded, (*composed.statements, *added)),
        model,
        Spoken(composed.suggestions, composed.question),
        (Statement(_write_note(composed, wording), "notice", "written"),),
        wording.say("writing.broke_off", why=composed.fault) if composed.fault else None,
        composed.rejected,
        composed.count + len(added),
        sent,
    )


def _list_lost(grounded: Grounded, statements: Sequence[Statement], *, all_of_them: bool) -> list[Statement]:
    """Quotations that answer: of each thing asked the first, if nothing is cited from the passages of any of its quotations."""
    cited = _list_labels(statements)
    lost: list[Statement] = []
    for part in grounded.parts:
        if part.outcome is Outcome.NOT_IN_SOURCES:
            continue
        quotations = part.checked.statements
        if all_of_them:
            lost += [one for one in quotations if not _meets(one, [*statements, *lost])]
        elif not _list_labels(quotations) & (cited | _list_labels(lost)):
            lost += quotations[:1]
    return lost


def _list_labels(statements: Sequence[Statement]) -> frozenset[str]:
    return frozenset(citation.label for statement in statements for citation in statement.citations)


def _meets(statement: Statement, others: Sequence[Statement]) -> bool:
    """Whether some words of a document are cited by both."""
    return any(
        one.shares_words(other) for one in statement.citations for another in others for other in another.citations
    )


def _write_note(composed: Composed, wording: Wording) -> str:
    instead = sum(bool(one.instead) for one in composed.rejected)
    left_out = composed.count - composed.kept - instead
    parts = [wording.say("writing.note", model=composed.sent.model, kept=composed.kept, count=composed.count)]
    if instead:
        parts.append(wording.say("writing.note_instead", count=instead))
    if left_out > 0:
        parts.append(wording.say("writing.note_left_out", count=left_out))
    return " ".join(parts)
