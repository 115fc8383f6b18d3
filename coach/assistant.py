"""The whole path of one answer, in order: question -> evidence -> draft -> checked answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from coach.asking import FACT_KINDS, Kind, join_question, read_question, split_askings
from coach.attribution import Fact, find_facts, find_named, leave_out_names
from coach.close_reading import CloseReader, CloseReading
from coach.drafting import COMPOSER, ExtractiveComposer
from coach.errors import LibraryEmpty
from coach.framing import AnswerPart, Framed, frame_answer, frame_facts, join_frames
from coach.jargon import Jargon
from coach.library import Library
from coach.prompts import Wording
from coach.reading_list import ReadingList, Report
from coach.records import (
    Answer,
    DocumentCard,
    Draft,
    Evidence,
    Hit,
    Outcome,
    Question,
    Receipt,
    Reworded,
    Role,
    Statement,
)
from coach.retrieval import Retriever
from coach.verification import Checked, verify

_MOST_RECORDS = 3


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an answer is made with, besides the library."""

    retriever: Retriever
    close_reader: CloseReader
    composer: ExtractiveComposer
    jargon: Jargon
    reading_list: ReadingList
    wording: Wording


class Assistant:
    """Answers questions from one library."""

    def __init__(self, library: Library, workshop: Workshop, settings: str) -> None:
        self._library = library
        self.workshop = workshop
        self._settings = settings
        self._named: tuple[int, str] | None = None
        self._cards: tuple[int, tuple[DocumentCard, ...]] | None = None

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
        return self.workshop.retriever.search(Question(text, text), count, documents)

    def ask(
        self,
        text: str,
        role: Role = "principal",
        documents: Collection[str] | None = None,
        history: Sequence[str] = (),
    ) -> Answer:
        """A checked answer to one question.

        Args:
            text: the question.
            role: of the person who asks.
            documents: ids of the documents to answer from; None for those that the question names, or all.
            history: what the same person asked before, oldest first.

        Raises:
            LibraryEmpty: there are no documents.
        """
        self._require_documents()
        watch = Stopwatch()
        whole = join_question(text, history)
        question = self.understand(whole, role)
        cards = self._list_cards()
        if documents is not None:
            cards = tuple(card for card in cards if card.id in documents)
        named = find_named(whole, cards)
        askings = split_askings(whole)
        of_records = [asking for asking in askings if read_question(asking).kind is Kind.METADATA]
        facts = [fact for asking in of_records for fact in self._find_facts(asking, named or cards)]
        # Who compares documents wants to hear all of them.
        if documents is None and named and read_question(whole).kind is not Kind.COMPARISON:
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
        drafts = [self.workshop.composer.compose(reading) for reading in readings]
        watch.lap("compose")
        parts = [self._check(*made) for made in zip(asked, readings, drafts, strict=True)]
        watch.lap("check")
        searched = tuple(card.title for card in cards if documents is not None and card.id in documents)
        framed = self._frame(replace(question, text=text), parts, facts, searched)
        hits = tuple({hit.passage.id: hit for one in evidence for hit in one.hits}.values())
        return self._finish(replace(question, text=text), framed, hits, parts, watch)

    def _frame(
        self, question: Question, parts: Sequence[AnswerPart], facts: Sequence[Fact], searched: tuple[str, ...]
    ) -> Framed:
        wording = self.workshop.wording
        known = frame_facts(facts, wording) if facts else None
        if not parts and known is not None:
            return known
        framed = frame_answer(question, parts, self._find_report(parts), wording, searched)
        return join_frames(known, framed) if known is not None else framed

    def understand(self, text: str, role: Role = "principal") -> Question:
        """What is searched for a question: the documents' words in place of the readers'."""
        words = self._library.words
        generation = self._library.store.read_generation()
        plain = leave_out_names(text, self._list_cards()) or text
        search_text, reworded = self.workshop.jargon.translate(plain, lambda term: words.holds(term, generation))
        # Terms before spelling: a short form is no slip of the keys.
        spelling = self.workshop.retriever.mend(search_text)
        slips = tuple(Reworded(asked, read_as, "spelling") for asked, read_as in spelling.corrections)
        return Question(text, spelling.text, role, (*slips, *reworded))

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
        titles = frozenset(card.title for card in self._list_cards())
        return self.workshop.reading_list.find(silent.draft.evidence.vector, titles)

    def _finish(
        self,
        question: Question,
        framed: Framed,
        hits: tuple[Hit, ...],
        parts: Sequence[AnswerPart],
        watch: Stopwatch,
    ) -> Answer:
        checks = [checked for part in parts for checked in (part.checked, part.nearest)]
        # Of several parts the least sure one counts. Facts from a document's record are known or are not.
        known = 0.0 if framed.outcome is Outcome.NOT_IN_SOURCES else 1.0
        confidence = min((part.draft.confidence for part in parts), default=known)
        return Answer(
            answer_id=uuid.uuid4().hex,
            question=question,
            outcome=framed.outcome,
            confidence=round(confidence, 3),
            statements=framed.statements,
            retrieved=hits,
            nearest=framed.nearest,
            missing=framed.missing,
            rejected=tuple(one for checked in checks for one in checked.rejected),
            checked=sum(checked.count for checked in checks),
            composer=COMPOSER,
            receipt=self._write_receipt(),
            milliseconds=watch.stop(),
        )

    def _place_pages(self, checked: Checked) -> Checked:
        return replace(checked, statements=tuple(map(self._place_page, checked.statements)))

    def _place_page(self, statement: Statement) -> Statement:
        """A passage may run over pages; a citation names the page on which its own words begin."""
        find_page = self._library.store.find_page
        citations = tuple(
            replace(citation, page=page[0], page_label=page[1])
            if citation.page is not None and (page := find_page(citation.document_id, citation.start))
            else citation
            for citation in statement.citations
        )
        return replace(statement, citations=citations)

    def _write_receipt(self) -> Receipt:
        model = self._library.store.read_model()
        embedding = f"{model.name}@{model.fingerprint[:12]}" if model else ""
        prompts = f"{self.workshop.wording.digest}-{self.workshop.jargon.digest}"
        return Receipt(name_version(), self._name_library(), prompts, self._settings, embedding)

    def _list_cards(self) -> tuple[DocumentCard, ...]:
        generation = self._library.store.read_generation()
        if self._cards is None or self._cards[0] != generation:
            self._cards = (generation, self._library.store.list_documents())
        return self._cards[1]

    def _name_library(self) -> str:
        generation = self._library.store.read_generation()
        if self._named is None or self._named[0] != generation:
            self._named = (generation, self._library.name_version())
        return self._named[1]

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


class Stopwatch:
    """Milliseconds of each step and of all."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        """The time since the last lap goes under this name."""
        now = time.perf_counter()
        self._laps.append((name, round((now - self._last) * 1000, 1)))
        self._last = now

    def stop(self) -> tuple[tuple[str, float], ...]:
        """Every lap, and the total."""
        return (*self._laps, ("total", round((time.perf_counter() - self._started) * 1000, 1)))
