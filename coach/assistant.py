"""The whole path of one answer, in order: question -> what is meant -> what the documents say -> help -> checked answer."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from coach.authorship import EXTRACTIVE
from coach.boundary_rules import Route
from coach.coaching import Guidance, Shaped, measure_room, put_first, shape_answer
from coach.errors import LibraryEmpty
from coach.framing import Framed
from coach.grounding import Extent, Grounded, Grounder
from coach.guiding import Guide
from coach.intake import Intake, Received
from coach.library import Library
from coach.prompts import Wording
from coach.proofreading import Task
from coach.records import (
    Answer,
    Evidence,
    Length,
    Manner,
    Outcome,
    Question,
    Receipt,
    Role,
    Sent,
    Stage,
    Stance,
    Statement,
    Turn,
)
from coach.settling import Settled, settle
from coach.stopwatch import Stopwatch
from coach.suggesting import Suggester
from coach.writing import Composed, Writer

_WORN_OUT = ("coaching.worn_out_plan", "coaching.worn_out_people", "coaching.worn_out_time")
_MOST_READINGS = 3
_MOST_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Team:
    """The parts of an assistant, each of which does one step."""

    intake: Intake
    grounder: Grounder
    guide: Guide
    suggester: Suggester
    wording: Wording
    prompts: str
    """A hash over everything in prompts/ that can change an answer."""
    writer: Writer | None = None
    """Of a configured language model."""
    unused: str | None = None
    """Why a configured language model is not used, as a line for the reader."""


class Assistant:
    """Answers questions from one library."""

    def __init__(self, library: Library, team: Team, settings: str) -> None:
        self._library = library
        self.team = team
        self._settings = settings
        self._named: tuple[int, str] | None = None

    def without_model(self) -> Assistant:
        """The same, which asks no language model and sends nothing."""
        team = replace(self.team, intake=self.team.intake.without_model(), writer=None, unused=None)
        return Assistant(self._library, team, self._settings)

    def search(self, text: str, count: int = 10, documents: Collection[str] | None = None) -> Evidence:
        """The passages nearest to a question.

        Args:
            text: the question.
            count: how many passages.
            documents: ids of the documents to search; None for all.

        Raises:
            LibraryEmpty: there are no documents.
        """
        self._require_documents()
        return self.team.grounder.search(text, count, documents)

    def ask(  # noqa: PLR0913 - the contract of every face
        self,
        text: str,
        role: Role = "principal",
        documents: Collection[str] | None = None,
        history: Sequence[Turn] = (),
        stance: Stance = "suggest",
        search_question: str | None = None,
        length: Length = "usual",
    ) -> Answer:
        """A checked answer to one question.

        Args:
            text: the question.
            role: of the person who asks.
            documents: ids of the documents to answer from; None for those that the question names, or all.
            history: the conversation so far, oldest first; the person's own turns are enough.
            stance: how much is left to the person.
            search_question: what is to be searched, where the person has edited it.
            length: how much is to be read, unless the question says otherwise.

        Raises:
            LibraryEmpty: there are no documents.
        """
        answer = None
        for step in self.ask_in_stages(text, Manner(role, stance, length), history, search_question, documents):
            answer = step
        assert isinstance(answer, Answer)
        return answer

    def ask_in_stages(
        self,
        text: str,
        manner: Manner,
        history: Sequence[Turn] = (),
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Answer]:
        """As `ask`, with word of how far the answer has come before it. Whoever stops listening stops the work."""
        watch = Stopwatch()
        yield Stage("searching")
        received = self.team.intake.receive(text, manner, history, self._search_before, search_question)
        watch.lap("understand")
        yield from self._go_on(received, documents, watch)

    def gather_in_stages(self, text: str, topic: str, manner: Manner) -> Iterator[Stage | Answer]:
        """What the documents, their practices and our craft hold for work on a topic: as `ask_in_stages`, but help is always
        part of it, and nothing is asked back.

        Args:
            text: as the person wrote it; what belongs with people is recognised in it.
            topic: what of it is searched.
            manner: for whom, and how much.
        """
        watch = Stopwatch()
        yield Stage("searching")
        received = self.team.intake.receive(text, manner, (), self._search_before, topic)
        watch.lap("understand")
        yield from self._go_on(replace(received, guides=True), documents=None, watch=watch)

    def refer(self, text: str) -> tuple[str, ...]:
        """The lines that say where a text belongs, where that is with people and not with documents; none elsewhere."""
        received = self.team.intake.receive(text, Manner("central_office"), (), self._search_before, text)
        answer = self._refer(received, Stopwatch()) if received.is_referred else None
        return tuple(one.text for one in answer.statements) if answer is not None else ()

    def _go_on(
        self, received: Received, documents: Collection[str] | None, watch: Stopwatch
    ) -> Iterator[Stage | Answer]:
        if received.is_referred:
            # Nobody in danger is sent away because there are no documents yet.
            yield self._refer(received, watch)
            return
        self._require_documents()
        if received.unclear is not None or received.nothing_before:
            yield self._ask_back(received, documents, watch)
            return
        yield from self._answer(received, documents, watch)

    def _search_before(self, text: str) -> Evidence:
        return self.team.grounder.search(text)

    def _answer(
        self, received: Received, documents: Collection[str] | None, watch: Stopwatch
    ) -> Iterator[Stage | Answer]:
        manner = received.manner
        extent = Extent(measure_room(manner, guides=received.guides), received.skip, sure_alone=received.guides)
        grounded = self.team.grounder.ground(received.asked, manner.role, documents, extent, watch)
        titles = tuple(dict.fromkeys(hit.document.title for hit in grounded.hits))
        yield Stage("reading", titles)
        guidance = Guidance()
        if received.guides:
            guidance = self.team.guide.find(received.asked, grounded, manner, received.shown)
        watch.lap("guide")
        composed: Composed | None = None
        for step in self._write(received, grounded, guidance):
            if isinstance(step, Composed):
                composed = step
            else:
                yield Stage("writing", titles, step)
        watch.lap("write")
        settled = settle(self.team.grounder, grounded, composed, self.team.wording)
        notes = (*settled.notes, *self._say_masked(received))
        framed = self._put_notices(settled.framed, received)
        shaped = Shaped(framed.all, Guidance())
        if received.guides:
            taken = sum(len(statement.text.split()) for statement in notes)
            shaped = shape_answer(framed, guidance, manner, self.team.wording, taken, settled.spoken)
        cited = {citation.label for statement in shaped.statements for citation in statement.citations}
        # What was meant may be the next best: it is one press away.
        others = tuple(self.team.wording.say("coaching.suggest_craft", title=one.title) for one in shaped.others[:1])
        drawn = self.team.suggester.suggest(grounded.evidence, cited)
        suggestions = (*others, *drawn)[:_MOST_SUGGESTIONS]
        watch.lap("suggest")
        settled = replace(settled, framed=framed, notes=notes)
        yield self._finish(received, grounded, settled, shaped, suggestions, watch)

    def _write(
        self, received: Received, grounded: Grounded, guidance: Guidance
    ) -> Iterator[tuple[Statement, ...] | Composed]:
        """What a language model makes of it; nothing where there is none, or where the documents have nothing to say."""
        writer = self.team.writer
        says_something = any(part.outcome is not Outcome.NOT_IN_SOURCES for part in grounded.parts)
        if writer is None or received.fault or not says_something:
            return
        step = guidance.craft[0].first_step if guidance.craft else ""
        task = Task(
            received.asked,
            received.manner,
            received.guides,
            step,
            grounded.read_hits,
            grounded.readings,
            tuple(quote for part in grounded.parts for one in part.draft.statements for quote in one.quotes),
        )
        yield from writer.write(task, self.team.grounder.verify)

    def _put_notices(self, framed: Framed, received: Received) -> Framed:
        """What is to be said before anything else."""
        lines = received.referral.lines if received.referral is not None else ()
        return put_first(framed, [Statement(line, "notice", "written") for line in lines])

    def _say_masked(self, received: Received) -> tuple[Statement, ...]:
        """The small last line that says that something was taken out."""
        return (Statement(self.team.wording.say("coaching.masked"), "notice", "written"),) if received.masked else ()

    def _refer(self, received: Received, watch: Stopwatch) -> Answer:
        """A short human answer, with where to go, and nothing from the documents."""
        referral = received.referral
        assert referral is not None
        offers = (referral.offer,) if referral.offer else ()
        lines = (*referral.lines, *referral.contacts, *offers)
        statements = tuple(Statement(line, "notice", "written") for line in lines)
        outcome = Outcome.REFERRED
        if referral.manner == "notice":
            # A line about ourselves leaves open what they want to talk of; an order to leave the sources is just not in them.
            about_us = received.boundary is not None and received.boundary.route is Route.IDENTITY
            outcome = Outcome.CLARIFY if about_us else Outcome.NOT_IN_SOURCES
        suggestions = (referral.follow_up,) if referral.follow_up else ()
        return self._finish_alone(received, outcome, statements, (), suggestions, watch)

    def _ask_back(self, received: Received, documents: Collection[str] | None, watch: Stopwatch) -> Answer:
        """What a question may mean, drawn from the documents where it says anything."""
        say = self.team.wording.say
        if received.nothing_before:
            line, readings = "coaching.nothing_before", self._draw_readings(received.asked, documents)
        elif received.unclear == "worn_out":
            line, readings = "coaching.worn_out", tuple(say(name) for name in _WORN_OUT)
        else:
            readings = self._draw_readings(received.asked, documents)
            line = "coaching.unclear" if readings else "coaching.unclear_alone"
        statements = (Statement(say(line), "notice", "written"),)
        return self._finish_alone(received, Outcome.CLARIFY, statements, readings, (), watch)

    def _draw_readings(self, asked: str, documents: Collection[str] | None) -> tuple[str, ...]:
        evidence = self.team.grounder.search(asked, documents=documents)
        return self.team.suggester.suggest([evidence], (), _MOST_READINGS)

    def _finish_alone(  # noqa: PLR0913 - what such an answer consists of
        self,
        received: Received,
        outcome: Outcome,
        statements: tuple[Statement, ...],
        readings: tuple[str, ...],
        suggestions: tuple[str, ...],
        watch: Stopwatch,
    ) -> Answer:
        """An answer for which the documents were not asked."""
        framed = Framed(outcome, statements, (), (), (), ())
        grounded = Grounded(Question(received.asked, received.asked, received.manner.role), framed, (), ())
        shaped = Shaped(statements, Guidance())
        settled = Settled(framed, EXTRACTIVE, notes=self._say_masked(received))
        return self._finish(received, grounded, settled, shaped, suggestions, watch, readings)

    def _finish(  # noqa: PLR0913 - what an answer consists of
        self,
        received: Received,
        grounded: Grounded,
        settled: Settled,
        shaped: Shaped,
        suggestions: tuple[str, ...],
        watch: Stopwatch,
        readings: tuple[str, ...] = (),
    ) -> Answer:
        framed = settled.framed
        statements = (*shaped.statements, *settled.notes)
        sent = (*received.sent, *settled.sent)
        question = grounded.question
        return Answer(
            answer_id=uuid.uuid4().hex,
            question=Question(received.text, question.search_text, question.role, question.reworded, received.asked),
            outcome=framed.outcome,
            confidence=grounded.confidence,
            statements=statements,
            retrieved=grounded.hits,
            nearest=framed.nearest,
            missing=framed.missing,
            rejected=settled.rejected,
            checked=settled.checked,
            composer=settled.composer,
            receipt=self.write_receipt(sent),
            milliseconds=watch.stop(),
            stance=received.manner.stance,
            length=received.manner.length,
            readings=readings,
            suggestions=suggestions,
            themes=self.team.suggester.name_themes(grounded.evidence)
            if framed.outcome is Outcome.NOT_IN_SOURCES
            else (),
            practices=shaped.guidance.practices,
            craft=shaped.guidance.craft,
            stand_ins=shaped.guidance.stand_ins,
            masked=received.masked,
            beside=self.team.grounder.find_beside(
                (citation for statement in statements for citation in statement.citations), grounded.hits
            ),
            worth_adding=framed.report,
            fallback=settled.fallback or received.fault or self.team.unused or None,
            sent=sent,
            route=received.boundary.route if received.boundary is not None else None,
        )

    def write_receipt(self, sent: Sequence[Sent] = ()) -> Receipt:
        """What an answer that is made now is made of; `sent` are the requests to a language model for it."""
        model = self._library.store.read_model()
        embedding = f"{model.name}@{model.fingerprint[:12]}" if model else ""
        writer = sent[-1].model if sent else None
        return Receipt(name_version(), self._name_library(), self.team.prompts, self._settings, embedding, writer)

    def _name_library(self) -> str:
        generation = self._library.store.read_generation()
        known = self._named
        if known is None or known[0] != generation:
            known = self._named = (generation, self._library.name_version())
        return known[1]

    def _require_documents(self) -> None:
        if not self._library.store.has_passages():
            raise LibraryEmpty(
                "The library holds no documents yet. Run `coach ingest FOLDER` with a folder of PDF, Word, HTML, Markdown or "
                "text files."
            )


def name_version() -> str:
    """The version of Coach that is installed."""
    try:
        return version("coach")
    except PackageNotFoundError:
        return "unknown"
