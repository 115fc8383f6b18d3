"""What the documents made of a plan have in common: a plan in, typed blocks in reading order out. Pure.

Word and Markdown are made of these blocks and of nothing else, so that they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from coach.due_dates import name_day
from coach.plans.blocks import (
    Blank,
    Blanks,
    Block,
    Cell,
    Column,
    Facts,
    Heading,
    Items,
    Note,
    Notice,
    Paragraph,
    Phrase,
    PlanDocument,
    Quotation,
    Table,
    Title,
    Words,
    clean,
    find_link,
    say,
)
from coach.plans.records import AgendaItem, Differentiation, FollowUp, Grounding, Line, Plan, PlanPractice
from coach.prompts import Wording
from coach.records import Citation
from coach.rendering import name_source

_DAY = 24 * 60
_AGENDA_SHARES = (12, 7, 40, 18, 23)
_FORM = (("by_date", 1), ("i_will", 2), ("with_whom", 1), ("know_by", 1))
_RUN_SHARES = (13, 8, 79)
_STEP_SHARES = (8, 92)


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
    if plan.request.form == "visit_prep":
        return _Arrangement(plan, shared, wording, version, {}).arrange_visit()
    return _Arrangement(plan, shared, wording, version, number_notes(plan)).arrange_session()


Place = tuple[str, int, int]


def number_notes(plan: Plan) -> dict[Place, int]:
    """A number for each place that is quoted or that a written claim names, in reading order."""
    cited = [one.citation for one in plan.grounding] + [one for claim in plan.claims for one in claim.citations]
    places = dict.fromkeys(_find_place(citation) for citation in cited)
    return {place: number for number, place in enumerate(places, start=1)}


def _find_place(citation: Citation) -> Place:
    return citation.label, citation.start, citation.end


@dataclass(frozen=True, slots=True)
class _Arrangement:
    """A plan that is being arranged, with what every part needs."""

    plan: Plan
    shared: Sequence[SharedLine]
    wording: Wording
    version: int | None
    numbers: Mapping[Place, int]

    # --- the whole ---------------------------------------------------------------------------------------------------

    def arrange_session(self) -> PlanDocument:
        parts = (
            self._open("head.session"),
            (Facts(tuple(self._list_facts())), self._explain()),
            self._list_aims(),
            self._quote(),
            self._list_agenda(),
            self._describe_protocol(),
            self._list_lines("materials", self.plan.materials, is_checked=True),
            self._lead_session(),
            self._commit(),
            self._follow(),
        )
        title = say(self.plan.title)
        blocks = tuple(block for part in parts for block in part)
        return PlanDocument(title, blocks, tuple(self._list_notes()), self._hand_out())

    def arrange_visit(self) -> PlanDocument:
        """The one page: asides and headings of parts that are not needed there are left out."""
        plan = self.plan
        blocks: list[Block] = list(self._open("head.visit_prep"))
        blocks.append(Facts(tuple(self._list_facts(is_short=True))))
        blocks.append(Paragraph((self._name_of("part.purpose"), *self._mark(plan.purpose)), "lead"))
        blocks += self._list_lines("questions", plan.questions[:2], heading="visit.ask")
        if plan.grounding:
            grounding = plan.grounding[0]
            blocks.append(self._head("visit.read"))
            source = (_name_source(grounding.citation), *self._link(grounding.address))
            blocks.append(Quotation(_quote_words(grounding.citation), source))
            blocks.append(Paragraph(self._say_basis(grounding)))
        blocks += self._list_lines("look_for", plan.look_for, heading="visit.look_for", is_checked=True)
        blocks += self._list_shared("visit.shared")
        blocks.append(self._head("visit.run"))
        blocks.append(self._make_run())
        key = "whose.key_visit" if plan.grounding else "whose.key_uncovered"
        blocks.append(Paragraph((self._aside(key),), "aside"))
        return PlanDocument(say(plan.title), tuple(blocks), ())

    # --- words -------------------------------------------------------------------------------------------------------

    def _say(self, name: str, /, **values: object) -> Words:
        return say(self.wording.say(name, **values))

    def _aside(self, name: str, /, **values: object) -> Words:
        return say(self.wording.say(name, **values), "aside")

    def _name(self, table: str, key: str) -> str:
        return self.wording.say(f"{table}.{key}")

    def _head(self, name: str, level: int = 1, **values: object) -> Heading:
        return Heading(1 if level == 1 else 2, (self._say(name, **values),))

    def _mark(self, line: Line) -> Phrase:
        """A line, and whose words it is where that is not general craft."""
        if line.by == "craft":
            return (say(line.text),)
        return say(line.text), say(f"({self._name('whose', line.by)})", "aside")

    def _list_lines(
        self, part: str, lines: Sequence[Line], *, heading: str = "", level: int = 1, is_checked: bool = False
    ) -> tuple[Block, ...]:
        if not lines:
            return ()
        items = Items(tuple(self._mark(line) for line in lines), is_checked)
        return self._head(heading or f"part.{part}", level), items

    # --- head --------------------------------------------------------------------------------------------------------

    def _open(self, kind: str) -> tuple[Block, ...]:
        """What must be said before everything else, where there is something; then the title."""
        plan = self.plan
        title = Title((say(plan.title),), (self._say(kind, setting=self._name("setting", plan.request.setting)),))
        words = [notice] if (notice := say(plan.notice, "strong")).text else []
        if plan.nearest:
            words.append(self._say("head.notice_nearest", themes="; ".join(plan.nearest)))
        return (Notice(tuple(words)), title) if words else (title,)

    def _list_facts(self, *, is_short: bool = False) -> Iterable[tuple[Words, Phrase]]:
        request = self.plan.request
        known = {
            "who": request.participants,
            "when": self._say_when(),
            "length": "" if is_short and request.start else self.wording.say("head.minutes", minutes=request.minutes),
            "place": request.place,
            "goal": request.goal,
            "version": str(self.version) if self.version is not None else "",
        }
        for name, value in known.items():
            if (words := say(value)).text:
                yield self._say(f"head.{name}"), (words,)

    def _say_when(self) -> str:
        request = self.plan.request
        if not request.day:
            return self._name("head", "not_set")
        day = name_day(date.fromisoformat(request.day))
        begin = read_start(request.start)
        if begin is None:
            return day
        start, end = name_clock(begin), name_clock(begin + request.minutes)
        return self.wording.say("head.day_and_time", day=day, start=start, end=end)

    def _explain(self) -> Paragraph:
        return Paragraph((self._aside("whose.key" if self.plan.grounding else "whose.key_uncovered"),), "aside")

    # --- aims --------------------------------------------------------------------------------------------------------

    def _list_aims(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = [self._head("part.purpose"), Paragraph(self._mark(plan.purpose))]
        if plan.outcomes:
            blocks.append(self._head("part.outcomes"))
            blocks.append(Paragraph((self._say("outcomes.lead"),), "lead"))
            blocks.append(Items(tuple(self._mark(line) for line in plan.outcomes)))
        evidence = (
            *self._list_lines("bring", plan.evidence_to_bring, level=2),
            *self._list_lines("success", plan.evidence_of_success, level=2),
        )
        return (*blocks, self._head("part.evidence"), *evidence) if evidence else tuple(blocks)

    # --- what the documents say --------------------------------------------------------------------------------------

    def _quote(self) -> tuple[Block, ...]:
        blocks: list[Block] = [self._head("part.grounding")]
        if not self.plan.grounding:
            blocks.append(Paragraph((self._say("grounding.none"),)))
        for grounding in self.plan.grounding:
            blocks.append(Quotation(_quote_words(grounding.citation, self.numbers[_find_place(grounding.citation)])))
            blocks.append(Paragraph(self._say_basis(grounding)))
        if self.plan.claims:
            blocks.append(self._head("part.claims", 2))
            blocks.append(Paragraph((self._aside("grounding.written", model=self.plan.composer),), "aside"))
            blocks.append(Items(tuple(self._write_claim(one.text, one.citations) for one in self.plan.claims)))
        return tuple(blocks)

    def _say_basis(self, grounding: Grounding) -> Phrase:
        words: list[Words] = []
        if grounding.near:
            words.append(self._say("grounding.near"))
        if grounding.citation.basis is not None:
            words += [self._name_of("grounding.does"), self._say(f"basis.{grounding.citation.basis}")]
        return (*words, self._name_of("grounding.matters"), *self._mark(grounding.why))

    def _name_of(self, name: str) -> Words:
        return say(f"{self.wording.say(name)}:", "strong")

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
                link = self._link(grounded[place].address)
                yield Note(number, (_name_source(citation), self._say_place(citation), *link))
            else:
                citation = cited[place]
                words = self._say("source.words", words=citation.quote)
                yield Note(number, (_name_source(citation), words, self._say_place(citation)))

    def _link(self, address: str) -> Phrase:
        link = find_link(address)
        return (self._say("source.link"), say(link, address=link)) if link else ()

    def _say_place(self, citation: Citation) -> Words:
        return self._say("source.place", start=citation.start, end=citation.end, document=citation.document)

    # --- agenda and protocol -----------------------------------------------------------------------------------------

    def _list_agenda(self) -> tuple[Block, ...]:
        plan = self.plan
        when = "agenda.minute" if read_start(plan.request.start) is None else "agenda.time"
        names = (when, "agenda.minutes", "agenda.what", "agenda.lead", "agenda.purpose")
        columns = tuple(
            Column(self._say(name), share, name == "agenda.minutes")
            for name, share in zip(names, _AGENDA_SHARES, strict=True)
        )
        rows = tuple(self._write_item(item, span) for item, span in zip(plan.agenda, self._list_spans(), strict=True))
        free = sum(item.minutes for item in plan.agenda if item.kind == "slack")
        work = [self._say("agenda.total_work", work=plan.work_minutes, minutes=plan.minutes)]
        if free:
            work.append(self._say("agenda.total_free", free=free))
        total: tuple[Cell, ...] = (
            ((self._say("agenda.total"),),),
            ((say(str(plan.minutes)),),),
            (tuple(work),),
            (),
            (),
        )
        return self._head("part.agenda"), Table(self._say("agenda.about"), columns, rows, total)

    def _write_item(self, item: AgendaItem, span: str) -> tuple[Cell, ...]:
        lead: list[Phrase] = [(say(item.lead),)] if item.lead.strip() else []
        if item.is_work:
            lead.append((self._aside("agenda.work"),))
        what: list[Phrase] = [(say(item.title, "strong"),)]
        if item.detail.strip():
            what.append(self._mark(Line(item.detail, item.by)))
        return ((say(span),),), ((say(str(item.minutes)),),), tuple(what), tuple(lead), ((say(item.purpose),),)

    def _list_spans(self) -> list[str]:
        """From when to when each part goes: by the clock, or from the beginning."""
        begin = read_start(self.plan.request.start)
        spans, at = [], 0
        for item in self.plan.agenda:
            after = at + item.minutes
            if begin is None:
                spans.append(f"{at}–{after}")
            else:
                spans.append(f"{name_clock(begin + at, half=False)}–{name_clock(begin + after, half=False)}")
            at = after
        return spans

    def _make_run(self) -> Table:
        """The agenda of a visit, small."""
        when = "agenda.minute" if read_start(self.plan.request.start) is None else "agenda.time"
        names = (when, "agenda.minutes", "agenda.what")
        columns = tuple(
            Column(self._say(name), share, name == "agenda.minutes")
            for name, share in zip(names, _RUN_SHARES, strict=True)
        )
        rows = tuple(
            (((say(span),),), ((say(str(item.minutes)),),), (self._name_item(item),))
            for item, span in zip(self.plan.agenda, self._list_spans(), strict=True)
        )
        return Table(self._say("agenda.about"), columns, rows, ())

    def _name_item(self, item: AgendaItem) -> Phrase:
        title = say(f"{item.title.rstrip(' .')}." if item.detail.strip() else item.title, "strong")
        return (title, *(self._mark(Line(item.detail, item.by)) if item.detail.strip() else ()))

    def _describe_protocol(self) -> tuple[Block, ...]:
        protocol = self.plan.protocol
        how = "protocol.suggested" if protocol.is_suggested else "protocol.chosen"
        blocks: list[Block] = [self._head("part.protocol", protocol=protocol.title)]
        blocks.append(Paragraph((self._say(how, reason=protocol.reason),)))
        if protocol.not_when:
            blocks.append(Paragraph((say(protocol.not_when),)))
        if protocol.roles:
            roles = tuple((say(f"{role.name}:", "strong"), say(role.does)) for role in protocol.roles)
            blocks += [self._head("part.roles", 2), Items(roles)]
        if protocol.norms:
            blocks += [self._head("part.norms", 2), Items(tuple((say(norm),) for norm in protocol.norms))]
        if protocol.source:
            source = self._aside("protocol.source", source=protocol.source.rstrip(" ."))
            blocks.append(Paragraph((source,), "aside"))
        return tuple(blocks)

    # --- leading, commitments and what follows -----------------------------------------------------------------------

    def _lead_session(self) -> tuple[Block, ...]:
        plan = self.plan
        return (
            self._head("part.leading"),
            Paragraph((self._say(f"stance.{plan.stance}"),)),
            *self._list_lines("moves", plan.moves, level=2),
            *self._list_lines("questions", plan.questions, level=2),
            *self._list_lines("look_for", plan.look_for, level=2),
        )

    def _commit(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = [self._head("part.commitments"), Paragraph(self._mark(plan.commitment))]
        if plan.practices:
            blocks.append(self._head("part.steps", 2))
            blocks.append(Items(tuple(self._write_practice(one) for one in plan.practices)))
        return (*blocks, *self._list_shared("part.shared"))

    def _write_practice(self, practice: PlanPractice) -> Phrase:
        step = self._say("step.first", step=practice.first_step, by=practice.by) if practice.by else None
        words = [say(f"{practice.title.rstrip(' .:')}:", "strong"), step or say(practice.first_step)]
        if practice.evidence:
            words.append(self._say("step.know", evidence=practice.evidence.rstrip(" .")))
        if practice.basis is not None:
            words.append(self._aside(f"grew.{practice.basis}"))
        if practice.inferred:
            words.append(say(practice.inferred, "aside"))
        numbers = [number for place, number in self.numbers.items() if place[0] in practice.labels]
        return (*words, *(say("", note=number) for number in numbers))

    def _list_shared(self, heading: str) -> tuple[Block, ...]:
        if self.shared:
            items = tuple(
                (say(one.text), say(f"({self.wording.say('shared.by', who=one.who, day=one.day)})", "aside"))
                for one in self.shared
            )
            return self._head(heading), Items(items)
        if self.plan.request.principal:
            return self._head(heading), Paragraph((self._say("shared.none"),))
        return ()

    def _follow(self) -> tuple[Block, ...]:
        plan = self.plan
        blocks: list[Block] = []
        if plan.follow_up:
            blocks += [self._head("part.follow_up"), Items(tuple(self._write_follow_up(one) for one in plan.follow_up))]
        if plan.differentiation:
            items = tuple(self._write_differentiation(one) for one in plan.differentiation)
            blocks += [self._head("part.differentiation"), Items(items)]
        blocks += [self._head("part.confidentiality"), Paragraph((say(plan.confidentiality),))]
        return (*blocks, *self._list_lines("exit_ticket", plan.exit_ticket))

    def _write_follow_up(self, one: FollowUp) -> Phrase:
        day = name_day(date.fromisoformat(one.day)) if one.day else self._name("head", "not_set")
        who = self.wording.say("follow_up.line", day=day, who=one.who) if one.who.strip() else day
        return (say(f"{who}:", "strong"), *self._mark(one.what))

    def _write_differentiation(self, one: Differentiation) -> Phrase:
        return (say(f"{one.kind}:", "strong"), *self._mark(one.how))

    # --- for principals ----------------------------------------------------------------------------------------------

    def _hand_out(self) -> tuple[Block, ...]:
        """One page without anything that is meant for whoever leads: quotations and details as far as it holds them."""
        plan = self.plan
        quotes, with_details = self._fit_handout()
        blocks: list[Block] = [self._head("part.handout", title=plan.title)]
        if quotes:
            blocks.append(self._head("handout.read", 2))
            blocks += [Quotation(_quote_words(one.citation), _link_source(one)) for one in quotes]
        blocks += [self._head("handout.do", 2), self._list_steps(with_details)]
        if plan.questions:
            blocks += [self._head("handout.think", 2), Paragraph(self._mark(plan.questions[0]))]
        blocks += [
            self._head("handout.commit", 2),
            Paragraph((*self._mark(plan.commitment),), "lead"),
            Blanks(tuple(Blank(self._say(f"handout.{name}"), lines) for name, lines in _FORM)),
            Paragraph((self._aside("whose.key_handout" if quotes else "whose.key_handout_bare"),), "aside"),
        ]
        return tuple(blocks)

    def _list_parts(self) -> list[AgendaItem]:
        return [item for item in self.plan.agenda if item.kind != "slack"]

    def _fit_handout(self) -> tuple[tuple[Grounding, ...], bool]:
        """Which quotations the page has room for, the first in any case; and whether the parts keep their details."""
        parts, plan = self._list_parts(), self.plan
        questions = plan.questions[0].text if plan.questions else ""
        room = _PAGE - _FORM_ROOM - _count(questions, _TEXT) - _count(plan.commitment.text, _TEXT)
        if len(parts) > _MOST_ROWS:
            room -= _count(", ".join(f"{item.title} (10 min.)" for item in parts), _TEXT)
        else:
            room -= sum(_count(item.title, _ROW) for item in parts)
        quotes: list[Grounding] = []
        for grounding in plan.grounding:
            needed = _count(grounding.citation.quote, _QUOTE) + _count(name_source(grounding.citation), _SOURCE)
            if quotes and needed > room:
                break
            quotes.append(grounding)
            room -= needed
        details = sum(_count(f"{item.title} {item.detail}", _ROW) - _count(item.title, _ROW) for item in parts)
        return tuple(quotes), len(parts) <= _MOST_ROWS and details <= room

    def _list_steps(self, with_details: bool) -> Block:
        parts = self._list_parts()
        if len(parts) > _MOST_ROWS:
            # Several rounds do not stand on one page with everything else, row by row.
            steps = [self.wording.say("handout.step", title=item.title, minutes=item.minutes) for item in parts]
            return Paragraph((say(", ".join(steps)),))
        columns = tuple(
            Column(self._say(name), share, name == "agenda.minutes")
            for name, share in zip(("agenda.minutes", "agenda.what"), _STEP_SHARES, strict=True)
        )
        rows = tuple(
            (((say(str(item.minutes)),),), (self._name_item(item) if with_details else (say(item.title, "strong"),),))
            for item in parts
        )
        return Table(self._say("handout.about"), columns, rows)


@dataclass(frozen=True, slots=True)
class _Type:
    """How much room a kind of text takes, in points."""

    letters: int
    """On a line, rather too few."""
    line: float
    around: float


_PAGE = 650
_TEXT, _QUOTE, _SOURCE, _ROW = _Type(105, 14.5, 6), _Type(82, 15.5, 12), _Type(98, 11.5, 6), _Type(104, 12.5, 6)
_FORM_ROOM = 280  # headings, the form to write on, and what stands below it
_MOST_ROWS = 12


def _count(text: str, kind: _Type) -> float:
    return -(-len(clean(text)) // kind.letters) * kind.line + kind.around


def _name_source(citation: Citation) -> Words:
    return say(f"{name_source(citation)}.")


def _link_source(grounding: Grounding) -> Phrase:
    """A source whose name leads to it, which is shorter than its address."""
    return (say(name_source(grounding.citation), address=find_link(grounding.address)),)


def _quote_words(citation: Citation, note: int = 0) -> Words:
    return say(f"“{citation.quote.strip()}”", note=note)


# --- the clock -------------------------------------------------------------------------------------------------------


def read_start(start: str) -> int | None:
    """Minutes behind midnight of HH:MM; None where no start is known."""
    if not start:
        return None
    at = time.fromisoformat(start)
    return at.hour * 60 + at.minute


def name_clock(minutes: int, *, half: bool = True) -> str:
    """A time of day as it is said in the United States.

    Args:
        minutes: behind midnight; a session may go past the next one.
        half: whether AM or PM is said.
    """
    hour, minute = divmod(minutes % _DAY, 60)
    clock = f"{(hour - 1) % 12 + 1}:{minute:02}"
    return f"{clock} {'AM' if hour < 12 else 'PM'}" if half else clock
