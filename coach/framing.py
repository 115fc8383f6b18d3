"""Puts our own fixed wording around checked quotations: parts of an answer in, statements in reading order out. Pure.

What is said here depends on what survived the check: two documents are said to speak to a question only where words of
both are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.attribution import Fact
from coach.prompts import Wording
from coach.reading_list import Report
from coach.records import Basis, Draft, Outcome, Question, Remark, Statement
from coach.verification import Checked

# What such a sentence does is easily taken for more than it is.
_WEAK: tuple[Basis, ...] = ("assumes", "asks", "examined")


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What was made of one thing that a question asks, after the check."""

    asked: str
    draft: Draft
    checked: Checked
    nearest: Checked
    explains: bool
    """Whether what a source's words do is worth a line: not for somebody who asks for a bare fact."""
    close: bool | None = None
    """Whether sentences of two documents say something close to each other; None where one document is quoted."""

    @property
    def outcome(self) -> Outcome:
        """The draft's, unless none of its quotations survived."""
        return self.draft.outcome if self.checked.statements else Outcome.NOT_IN_SOURCES


@dataclass(frozen=True, slots=True)
class Framed:
    """An answer's statements, and what its object says besides."""

    outcome: Outcome
    statements: tuple[Statement, ...]
    worth_adding: tuple[Statement, ...]
    """A report that may answer what the documents do not."""
    near: tuple[Statement, ...]
    """What comes nearest where nothing answers, quoted: it stands behind the rest, and may be left out."""
    nearest: tuple[str, ...]
    """The same for a program, each in one sentence with its title."""
    missing: tuple[str, ...]
    report: str = ""
    """Title of the report that `worth_adding` names."""

    @property
    def all(self) -> tuple[Statement, ...]:
        """Everything, in reading order."""
        return (*self.statements, *self.worth_adding, *self.near)


def frame_answer(
    question: Question,
    parts: Sequence[AnswerPart],
    report: Report | None,
    wording: Wording,
    searched: Sequence[str] = (),
    written: Sequence[Statement] | None = None,
) -> Framed:
    """The whole answer.

    Args:
        question: with what was read otherwise.
        parts: one for each thing that is asked, in order.
        report: one worth adding for what is not answered.
        wording: our sentences.
        searched: titles of the documents that were asked, where not all were.
        written: checked statements that take the place of the quotations that answer; None where none do.
    """
    answered = [part for part in parts if part.outcome is not Outcome.NOT_IN_SOURCES]
    silent = [part for part in parts if part.outcome is Outcome.NOT_IN_SOURCES]
    lacking = _list_missing(parts, silent if answered else [], wording)
    unsure = (wording.say("missing.sure"),) if any(part.draft.unsure for part in answered) else ()
    missing = (*lacking, *unsure)
    outcome = Outcome.PARTIAL if answered and missing else Outcome.ANSWERED if answered else Outcome.NOT_IN_SOURCES
    statements = _say_read(question, wording)
    quoted: set[Statement] = set()
    for part in answered if written is None else ():
        # What answers two things is quoted once.
        statements += [one for one in _frame_part(part, wording) if one not in quoted]
        quoted |= set(statements)
    if answered and written is not None:
        statements += _frame_written(answered, written, wording)
    nearest: list[Statement] = []
    if lacking and answered:
        statements.append(_say(wording, "answer.not_given", missing="; ".join(lacking)))
    if not answered:
        gaps = [_say(wording, f"answer.no_{remark.name}", **dict(remark.values)) for remark in _gaps(silent)]
        nothing = _say(wording, "answer.not_in_sources")
        if searched:
            nothing = _say(wording, "answer.not_in_these", titles=_enumerate([f"“{title}”" for title in searched]))
        statements += gaps or [nothing]
        nearest = list(dict.fromkeys(one for part in silent for one in part.nearest.statements))[:2]
    worth_adding: tuple[Statement, ...] = ()
    if report is not None and silent:
        values = {"title": report.title, "authors": report.authors, "year": report.year}
        worth_adding = (_say(wording, "answer.worth_adding", **values),)
    near = (_say(wording, "answer.nearest_heading"), *nearest) if nearest else ()
    named = tuple(wording.say("answer.nearest", title=one.citations[0].title, words=one.text) for one in nearest)
    wanted = report.title if report is not None and worth_adding else ""
    return Framed(outcome, tuple(statements), worth_adding, near, named, missing, wanted)


def frame_facts(facts: Sequence[Fact], wording: Wording) -> Framed:
    """What is known of documents without standing in them; `not_in_sources` where nothing is known."""
    known = [fact for fact in facts if fact.value]
    unknown = [fact for fact in facts if not fact.value]
    statements = [_say(wording, f"metadata.{fact.field}", title=fact.title, value=fact.value) for fact in known]
    missing = tuple(wording.say(f"metadata.no_{fact.field}", title=fact.title) for fact in unknown)
    statements += [_write(sentence) for sentence in missing]
    if known:
        statements.append(_say(wording, "metadata.from_record"))
    outcome = Outcome.NOT_IN_SOURCES if not known else Outcome.PARTIAL if unknown else Outcome.ANSWERED
    return Framed(outcome, tuple(statements), (), (), (), missing if outcome is not Outcome.ANSWERED else ())


def join_frames(known: Framed, framed: Framed) -> Framed:
    """What is known of documents, and then what they say: both were asked."""
    outcomes = {known.outcome, framed.outcome}
    outcome = known.outcome if len(outcomes) == 1 else Outcome.PARTIAL
    statements = (*known.statements, *framed.statements)
    return Framed(
        outcome,
        statements,
        framed.worth_adding,
        framed.near,
        framed.nearest,
        (*known.missing, *framed.missing),
        framed.report,
    )


def _say_read(question: Question, wording: Wording) -> list[Statement]:
    """What was read as something else: other names and slips of the keys in one line, each nearest idea in its own."""
    plain = [one for one in question.reworded if one.kind != "nearest"]
    said = [wording.say("answer.read_pair", asked=one.asked, read_as=one.read_as) for one in plain]
    first = [_say(wording, "answer.read", readings=_enumerate(said))] if said else []
    others = [one for one in question.reworded if one.kind == "nearest"]
    return [*first, *(_say(wording, "answer.read_nearest", asked=one.asked, read_as=one.read_as) for one in others)]


def _frame_part(part: AnswerPart, wording: Wording) -> list[Statement]:
    statements = [_say(wording, remark.name, **dict(remark.values)) for remark in part.draft.remarks]
    if part.draft.unsure:
        statements.append(_say(wording, "answer.unsure"))
    titles = list(dict.fromkeys(statement.citations[0].title for statement in part.checked.statements))
    if len(titles) > 1 and part.close is not None:
        name = "answer.agree" if part.close else "answer.side_by_side"
        statements.append(_say(wording, name, titles=_enumerate([f"“{title}”" for title in titles])))
    statements += part.checked.statements
    return [*statements, *_explain_basis(part.checked.statements, wording)] if part.explains else statements


def _frame_written(parts: Sequence[AnswerPart], written: Sequence[Statement], wording: Wording) -> list[Statement]:
    """All parts in one: what was written answers them together."""
    remarks = dict.fromkeys(remark for part in parts for remark in part.draft.remarks)
    statements = [_say(wording, remark.name, **dict(remark.values)) for remark in remarks]
    if any(part.draft.unsure for part in parts):
        statements.append(_say(wording, "answer.unsure"))
    explains = any(part.explains for part in parts)
    return [*statements, *written, *(_explain_basis(written, wording) if explains else [])]


def _explain_basis(shown: Sequence[Statement], wording: Wording) -> list[Statement]:
    """One line is read, three are not: what the weakest of some statements does."""
    bases = {citation.basis for statement in shown for citation in statement.citations}
    weakest = next((basis for basis in _WEAK if basis in bases), None)
    return [_say(wording, f"basis.{weakest}")] if weakest is not None else []


def _gaps(parts: Sequence[AnswerPart]) -> list[Remark]:
    return list(dict.fromkeys(remark for part in parts for remark in part.draft.missing))


def _list_missing(parts: Sequence[AnswerPart], silent: Sequence[AnswerPart], wording: Wording) -> tuple[str, ...]:
    """What is not given, in words: a list that is only named, a part that has no answer."""
    lists = [wording.say(f"missing.{remark.name}", **dict(remark.values)) for remark in _gaps(parts)]
    unanswered = [
        wording.say("missing.part", asked=part.asked.strip(" ?")) for part in silent if not part.draft.missing
    ]
    return (*lists, *unanswered)


def _enumerate(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _say(wording: Wording, name: str, **values: object) -> Statement:
    return _write(wording.say(name, **values))


def _write(text: str) -> Statement:
    return Statement(text, "notice", "written")
