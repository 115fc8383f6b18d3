"""What the documents made of a plan have in common: a plan in, typed blocks in reading order out. Pure.

Word and Markdown are made of these blocks and of nothing else, so that they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from coach.commitments import continue_sentence
from coach.due_dates import name_day
from coach.plans.blocks import (
    Block,
    Cell,
    Facts,
    Items,
    Note,
    Paragraph,
    Phrase,
    PlanDocument,
    Quotation,
    Table,
    say,
)
from coach.plans.one_page import arrange_handout, arrange_visit, list_columns
from coach.plans.phrases import Phrases, quote_words, say_source
from coach.plans.records import AgendaItem, Differentiation, FollowUp, Line, Place, Plan, PlanPractice, meets
from coach.prompts import Wording
from coach.records import Citation

_AGENDA_SHARES = (12, 7, 40, 18, 23)


@dataclass(frozen=True, slots=True)
class SharedLine:
    """What a principal shared with whoever visits them."""

    text: str
    who: str
    """The principal, as people know them."""
    day: str
    """On which it was shared, as people read a day: Friday 20 November 2026."""


def arrange(plan: Plan, shared: Sequence[SharedLine], wording: Wording, *, version: int | None = None) -> PlanDocument:
    """A plan as blocks: every part of a session with a handout, or the one page for a visit.

    Args:
        plan: as it is kept.
        shared: what the principal shared, and did not take back.
        wording: of `coach.plans.document_wording`.
        version: of the plan, if it has one.
    """
    phrases = Phrases(plan, wording)
    if plan.request.form == "visit_prep":
        blocks = arrange_visit(phrases, list_shared(phrases, shared, "visit.shared"), version)
        return PlanDocument(say(plan.title), blocks, ())
    return _Session(plan, wording, shared, version, number_notes(plan)).arrange_session()


def list_shared(phrases: Phrases, shared: Sequence[SharedLine], heading: str) -> tuple[Block, ...]:
    """What a principal shared, each with who did so and when; that nothing was, where a principal is visited."""
    if shared:
        by = (phrases.wording.say("shared.by", who=one.who, day=one.day) for one in shared)
        items = tuple((say(one.text), say(f"({who})", "aside")) for one, who in zip(shared, by, strict=True))
        return phrases.head(heading), Items(items)
    if phrases.plan.request.principal:
        return phrases.head(heading), Paragraph((phrases.tell("shared.none"),))
    return ()


def number_notes(plan: Plan) -> dict[Place, int]:
    """A number for each place that is quoted or that a written claim names, in reading order."""
    cited = [one.citation for one in plan.grounding] + [one for claim in plan.claims for one in claim.citations]
    places = dict.fromkeys(_find_place(citation) for citation in cited)
    return {place: number for number, place in enumerate(places, start=1)}


def _find_place(citation: Citation) -> Place:
    return citation.label, citation.start, citation.end


@dataclass(frozen=True, slots=True)
class _Session(Phrases):
    """A session's plan that is being arranged, with what every part needs."""

    shared: Sequence[SharedLine]
    version: int | None
    numbers: Mapping[Place, int]

    def arrange_session(self) -> PlanDocument:
        parts = (
            self.open("head.session"),
            (Facts(tuple(self.list_facts(self.version))), self._explain()),
            self._list_aims(),
            self._quote(),
            self._list_agenda(),
            self._describe_protocol(),
            self.list_lines("part.materials", self.plan.materials, is_checked=True),
            self._lead_session(),
            self._commit(),
            self._follow(),
        )
        title = say(self.plan.title)
        blocks = tuple(block for part in parts for block in part)
        return PlanDocument(title, blocks, tuple(self._list_notes()), arrange_handout(self))

    def _explain(self) -> Paragraph:
        return Paragraph((self.aside("whose.key" if self.plan.grounding else "whose.key_uncovered"),), "aside")

    def _list_aims(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = [self.head("part.purpose"), Paragraph(self.mark(plan.purpose))]
        if plan.outcomes:
            blocks.append(self.head("part.outcomes"))
            blocks.append(Paragraph((self.tell("outcomes.lead"),), "lead"))
            blocks.append(Items(tuple(self.mark(line) for line in plan.outcomes)))
        evidence = (
            *self.list_lines("part.bring", plan.evidence_to_bring, level=2),
            *self.list_lines("part.success", plan.evidence_of_success, level=2),
        )
        return (*blocks, self.head("part.evidence"), *evidence) if evidence else tuple(blocks)

    def _quote(self) -> tuple[Block, ...]:
        blocks: list[Block] = [self.head("part.grounding")]
        if not self.plan.grounding:
            blocks.append(Paragraph((self.tell("grounding.none"),)))
        for grounding in self.plan.grounding:
            blocks.append(Quotation(quote_words(grounding.citation, self.numbers[_find_place(grounding.citation)])))
            blocks.append(Paragraph(self.say_basis(grounding)))
        if self.plan.claims:
            blocks.append(self.head("part.claims", 2))
            blocks.append(Paragraph((self.aside("grounding.written", model=self.plan.composer),), "aside"))
            blocks.append(Items(tuple(self._write_claim(one.text, one.citations) for one in self.plan.claims)))
        return tuple(blocks)

    def _write_claim(self, text: str, citations: Sequence[Citation]) -> Phrase:
        numbers = list(dict.fromkeys(self.numbers[_find_place(citation)] for citation in citations))
        first, rest = (numbers[0], numbers[1:]) if numbers else (0, [])
        return (say(text, note=first), *(say("", note=number) for number in rest))

    def _list_notes(self) -> Iterable[Note]:
        """A note for each place; with the words themselves where they do not stand in the document already."""
        grounded = {_find_place(one.citation): one for one in self.plan.grounding}
        cited = {_find_place(one): one for claim in self.plan.claims for one in claim.citations}
        for place, number in self.numbers.items():
            if place in grounded:
                citation = grounded[place].citation
                link = self.link(grounded[place].address)
                yield Note(number, (say_source(citation), *self._say_place(citation), *link))
            else:
                citation = cited[place]
                words = self.tell("source.words", words=citation.quote)
                yield Note(number, (say_source(citation), words, *self._say_place(citation)))

    def _say_place(self, citation: Citation) -> Phrase:
        """Where words stand in a file that has no pages."""
        if citation.page is not None:
            return ()
        return (self.tell("source.place", start=citation.start, end=citation.end, document=citation.document),)

    def _list_agenda(self) -> tuple[Block, ...]:
        plan = self.plan
        names = (self.name_time(), "agenda.minutes", "agenda.what", "agenda.lead", "agenda.purpose")
        columns = list_columns(self, names, _AGENDA_SHARES)
        rows = tuple(self._write_item(item, span) for item, span in zip(plan.agenda, self.list_spans(), strict=True))
        free = sum(item.minutes for item in plan.agenda if item.kind == "slack")
        work = [self.tell("agenda.total_work", work=plan.work_minutes, minutes=plan.minutes)]
        if free:
            work.append(self.tell("agenda.total_free", free=free))
        total: tuple[Cell, ...] = (
            ((self.tell("agenda.total"),),),
            ((say(str(plan.minutes)),),),
            (tuple(work),),
            (),
            (),
        )
        return self.head("part.agenda"), Table(self.tell("agenda.about"), columns, rows, total)

    def _write_item(self, item: AgendaItem, span: str) -> tuple[Cell, ...]:
        lead: list[Phrase] = [(say(item.lead),)] if item.lead.strip() else []
        if item.is_work:
            lead.append((self.aside("agenda.work"),))
        what: list[Phrase] = [(say(item.title, "strong"),)]
        if item.detail.strip():
            what.append(self.mark(Line(item.detail, item.by)))
        return ((say(span),),), ((say(str(item.minutes)),),), tuple(what), tuple(lead), ((say(item.purpose),),)

    def _describe_protocol(self) -> tuple[Block, ...]:
        protocol = self.plan.protocol
        how = "protocol.suggested" if protocol.is_suggested else "protocol.chosen"
        blocks: list[Block] = [self.head("part.protocol", protocol=protocol.title)]
        blocks.append(Paragraph((self.tell(how, reason=protocol.reason),)))
        if protocol.not_when:
            blocks.append(Paragraph((say(protocol.not_when),)))
        if protocol.roles:
            roles = tuple((say(f"{role.name}:", "strong"), say(role.does)) for role in protocol.roles)
            blocks += [self.head("part.roles", 2), Items(roles)]
        if protocol.norms:
            blocks += [self.head("part.norms", 2), Items(tuple((say(norm),) for norm in protocol.norms))]
        if protocol.source:
            source = self.aside("protocol.source", source=protocol.source.rstrip(" ."))
            blocks.append(Paragraph((source,), "aside"))
        return tuple(blocks)

    def _lead_session(self) -> tuple[Block, ...]:
        plan = self.plan
        return (
            self.head("part.leading"),
            Paragraph((self.tell(f"stance.{plan.stance}"),)),
            *self.list_lines("part.moves", plan.moves, level=2),
            *self.list_lines("part.questions", plan.questions, level=2),
            *self.list_lines("part.look_for", plan.look_for, level=2),
        )

    def _commit(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = [self.head("part.commitments"), Paragraph(self.mark(plan.commitment))]
        if plan.practices:
            blocks.append(self.head("part.steps", 2))
            blocks.append(Items(tuple(self._write_practice(one) for one in plan.practices)))
        return (*blocks, *list_shared(self, self.shared, "part.shared"))

    def _write_practice(self, practice: PlanPractice) -> Phrase:
        step = (
            self.tell("step.first", step=practice.first_step, by=continue_sentence(practice.by))
            if practice.by
            else None
        )
        words = [say(f"{practice.title.rstrip(' .:')}:", "strong"), step or say(practice.first_step)]
        if practice.evidence:
            evidence = continue_sentence(practice.evidence.rstrip(" ."))
            words.append(self.tell("step.know", evidence=evidence))
        if practice.basis is not None:
            words.append(self.aside(f"grew.{practice.basis}"))
        if practice.inferred:
            words.append(say(practice.inferred, "aside"))
        numbers = [
            number for place, number in self.numbers.items() if any(meets(place, one) for one in practice.places)
        ]
        return (*words, *(say("", note=number) for number in numbers))

    def _follow(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = []
        if plan.follow_up:
            blocks += [
                self.head("part.follow_up"),
                Items(tuple(self._write_follow_up(one) for one in plan.follow_up)),
            ]
        if plan.differentiation:
            items = tuple(self._write_differentiation(one) for one in plan.differentiation)
            blocks += [self.head("part.differentiation"), Items(items)]
        blocks += [self.head("part.confidentiality"), Paragraph((say(plan.confidentiality),))]
        return (*blocks, *self.list_lines("part.exit_ticket", plan.exit_ticket))

    def _write_follow_up(self, one: FollowUp) -> Phrase:
        day = name_day(date.fromisoformat(one.day)) if one.day else one.when or self.name("head", "not_set")
        who = self.wording.say("follow_up.line", day=day, who=one.who) if one.who.strip() else day
        return (say(f"{who}:", "strong"), *self.mark(one.what))

    def _write_differentiation(self, one: Differentiation) -> Phrase:
        return (say(f"{one.kind}:", "strong"), *self.mark(one.how))
