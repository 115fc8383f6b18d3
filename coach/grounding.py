"""What the documents say to a question: its text in, checked and framed quotations with what they rest on out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from coach.asking import FACT_KINDS, Kind, read_question, split_askings
from coach.attribution import Fact, find_facts, find_named, leave_out_names
from coach.background import Background
from coach.close_reading import CloseReader, CloseReading
from coach.drafting import ExtractiveComposer
from coach.framing import AnswerPart, Framed, frame_answer, frame_facts, join_frames
from coach.jargon import Jargon
from coach.library import Library
from coach.prompts import Wording
from coach.reading_list import ReadingList, Report
from coach.records import (
    Citation,
    DocumentCard,
    Draft,
    DraftStatement,
    Evidence,
    Hit,
    Outcome,
    Question,
    Rejected,
    Reworded,
    Role,
    Statement,
)
from coach.retrieval import Retriever
from coach.stopwatch import Stopwatch
from coach.verification import Checked, place_page, verify, verify_statement

_MOST_RECORDS = 3


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an answer from the documents is made with, besides the library."""

    retriever: Retriever
    close_reader: CloseReader
    composer: ExtractiveComposer
    jargon: Jargon
    reading_list: ReadingList
    background: Background
    wording: Wording


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the documents is quoted."""

    room: int | None = None
    """Words that the quotations may take together; None for as many as answer."""
    skip: int = 0
    """How many answers to the same question were given before: what they quoted is not quoted again."""
    sure_alone: bool = False
    """Whether what may not answer is named as near instead: who wants help gets it from elsewhere."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """What the documents say to a question."""

    question: Question
    framed: Framed
    evidence: tuple[Evidence, ...]
    parts: tuple[AnswerPart, ...]
    readings: tuple[CloseReading, ...] = ()
    """One for each part."""
    facts: tuple[Fact, ...] = ()
    """What the documents' records say to it."""
    searched: tuple[str, ...] = ()
    """Titles of the documents that were asked, where not all were."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Every passage that was found, each once."""
        return tuple({hit.passage.id: hit for one in self.evidence for hit in one.hits}.values())

    @property
    def read_hits(self) -> tuple[Hit, ...]:
        """Those of them that were read sentence by sentence, best first."""
        findings = sorted((one for reading in self.readings for one in reading.findings), key=lambda one: one.rank)
        return tuple({one.hit.passage.id: one.hit for one in findings}.values())

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """What failed its check."""
        return tuple(one for checked in self._list_checks() for one in checked.rejected)

    @property
    def checked(self) -> int:
        """How many quotations were checked."""
        return sum(checked.count for checked in self._list_checks())

    @property
    def confidence(self) -> float:
        """That the documents answer: of several parts the least sure one counts. A document's record is known or is not."""
        known = 1.0 if self.framed.outcome in (Outcome.ANSWERED, Outcome.PARTIAL) else 0.0
        return round(min((part.draft.confidence for part in self.parts), default=known), 3)

    def _list_checks(self) -> list[Checked]:
        return [checked for part in self.parts for checked in (part.checked, part.nearest)]


class Grounder:
    """Finds what one library says."""

    def __init__(self, library: Library, workshop: Workshop) -> None:
        self._library = library
        self.workshop = workshop
        self._cards: tuple[int, tuple[DocumentCard, ...]] | None = None

    def ground(
        self,
        text: str,
        role: Role,
        documents: Collection[str] | None = None,
        extent: Extent | None = None,
        watch: Stopwatch | None = None,
    ) -> Grounded:
        """What the documents say to a question that stands alone.

        Args:
            text: the question.
            role: of the person who asks.
            documents: ids of the documents to answer from; None for those that the question names, or all.
            extent: how much is quoted.
            watch: takes the time of each step.
        """
        watch = watch or Stopwatch()
        extent = extent or Extent()
        question = self.understand(text, role)
        cards = self.list_cards()
        if documents is not None:
            cards = tuple(card for card in cards if card.id in documents)
        named = find_named(text, cards)
        askings = split_askings(text)
        of_records = [asking for asking in askings if read_question(asking).kind is Kind.METADATA]
        facts = [fact for asking in of_records for fact in self._find_facts(asking, named or cards)]
        # Who compares documents wants to hear all of them.
        if documents is None and named and read_question(text).kind is not Kind.COMPARISON:
            documents = {card.id for card in named}
        asked = [asking for asking in askings if asking not in of_records]
        evidence = [
            self.workshop.retriever.search(
                self.understand(asking, role) if len(askings) > 1 else question, documents=documents
            )
            for asking in asked
        ]
        watch.lap("search")
        readings = [self.workshop.close_reader.read(one) for one in evidence]
        drafts = [self.workshop.composer.compose(reading, extent.room, extent.skip) for reading in readings]
        if extent.sure_alone:
            drafts = [_name_as_near(draft) if draft.unsure else draft for draft in drafts]
        watch.lap("compose")
        parts = [self._check(*made) for made in zip(asked, readings, drafts, strict=True)]
        watch.lap("check")
        searched = tuple(card.title for card in cards if documents is not None and card.id in documents)
        framed = self._frame(question, parts, facts, searched)
        return Grounded(
            question, framed, tuple(evidence), tuple(parts), tuple(readings), tuple(facts), searched
        )  # fmt: skip

    def frame_written(self, grounded: Grounded, written: Sequence[Statement]) -> Framed:
        """The same, with checked statements in place of the quotations that answer."""
        return self._frame(grounded.question, grounded.parts, grounded.facts, grounded.searched, written)

    def verify(self, drafted: DraftStatement, hits: Mapping[str, Hit]) -> Statement | Rejected:
        """A statement about the sources with its citations, if its quotes stand in the documents; `hits` by label."""
        verified = verify_statement(drafted, hits, self._library.store.read_text)
        return self._place_page(verified) if isinstance(verified, Statement) else verified

    def search(self, text: str, count: int = 10, documents: Collection[str] | None = None) -> Evidence:
        """The passages nearest to a question."""
        return self.workshop.retriever.search(Question(text, text), count, documents)

    def understand(self, text: str, role: Role = "principal") -> Question:
        """What is searched for a question: the documents' words in place of the readers'."""
        words = self._library.words
        generation = self._library.store.read_generation()
        plain = leave_out_names(text, self.list_cards()) or text
        search_text, reworded = self.workshop.jargon.translate(plain, lambda term: words.holds(term, generation))
        # Terms before spelling: a short form is no slip of the keys.
        spelling = self.workshop.retriever.mend(search_text)
        slips = tuple(Reworded(asked, read_as, "spelling") for asked, read_as in spelling.corrections)
        return Question(text, spelling.text, role, (*slips, *reworded))

    def list_cards(self) -> tuple[DocumentCard, ...]:
        """Every document of the library, as it is now."""
        generation = self._library.store.read_generation()
        known = self._cards
        if known is None or known[0] != generation:
            known = self._cards = (generation, self._library.store.list_documents())
        return known[1]  # another thread may have put what it saw earlier in place

    def find_beside(self, citations: Iterable[Citation], hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """The passages of some citations that are not among those found, each once."""
        known = {hit.passage.label for hit in hits}
        wanted = {citation.label: citation.document_id for citation in citations if citation.label not in known}
        cards = {card.id: card for card in self.list_cards() if card.id in wanted.values()}
        return tuple(
            Hit(stored.passage, card, stored.text, 0.0, 0.0, 0.0)
            for card in cards.values()
            for stored in self._library.store.list_document_passages(card.id)
            if stored.passage.label in wanted
        )

    def _frame(
        self,
        question: Question,
        parts: Sequence[AnswerPart],
        facts: Sequence[Fact],
        searched: tuple[str, ...],
        written: Sequence[Statement] | None = None,
    ) -> Framed:
        wording = self.workshop.wording
        known = frame_facts(facts, wording) if facts else None
        if not parts and known is not None:
            return known
        framed = frame_answer(question, parts, self._find_report(parts), wording, searched, written)
        return join_frames(known, framed) if known is not None else framed

    def _find_facts(self, asking: str, cards: tuple[DocumentCard, ...]) -> tuple[Fact, ...]:
        """Authors, dates and publishers come from the record of a document and are said to."""
        if len(cards) > _MOST_RECORDS:
            hits = self.workshop.retriever.search(Question(asking, asking), documents={card.id for card in cards}).hits
            cards = tuple(dict.fromkeys(hit.document for hit in hits))[:_MOST_RECORDS]
        return find_facts(asking, cards)

    def _check(self, asking: str, reading: CloseReading, draft: Draft) -> AnswerPart:
        texts: dict[str, str | None] = {}

        def read_text(document_id: str) -> str | None:
            if document_id not in texts:
                texts[document_id] = self._library.store.read_text(document_id)
            return texts[document_id]

        checked = self._place_pages(verify(draft, read_text))
        shown = {statement.text for statement in checked.statements}
        kept = [one.finding for one in draft.statements if one.finding is not None and one.text in shown]
        nearest = self._place_pages(verify(replace(draft, statements=draft.nearest), read_text))
        explains = reading.asked.kind not in FACT_KINDS
        return AnswerPart(asking, draft, checked, nearest, explains, self.workshop.composer.compare(reading, kept))

    def _find_report(self, parts: Sequence[AnswerPart]) -> Report | None:
        silent = next((part for part in parts if part.outcome is Outcome.NOT_IN_SOURCES), None)
        if silent is None or not silent.draft.nearest:
            return None
        titles = frozenset(card.title for card in self.list_cards())
        return self.workshop.reading_list.find(silent.draft.evidence.vector, titles)

    def _place_pages(self, checked: Checked) -> Checked:
        return replace(checked, statements=tuple(map(self._place_page, checked.statements)))

    def _place_page(self, statement: Statement) -> Statement:
        find_page = self._library.store.find_page
        return replace(statement, citations=tuple(place_page(citation, find_page) for citation in statement.citations))


def _name_as_near(draft: Draft) -> Draft:
    return replace(
        draft, outcome=Outcome.NOT_IN_SOURCES, statements=(), nearest=draft.statements[:1], remarks=(), unsure=False
    )
