"""The whole path of one answer, in order: question -> evidence -> draft -> checked answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from coach.drafting import ExtractiveComposer
from coach.errors import LibraryEmpty
from coach.library import Library
from coach.prompts import Wording
from coach.records import Answer, Draft, Evidence, Outcome, Question, Receipt, Role, Statement
from coach.retrieval import Retriever
from coach.search_copy import shorten
from coach.verification import Checked, verify

Clock = Callable[[], float]
_NEAREST_LENGTH = 160


class Assistant:
    """Answers questions from one library."""

    def __init__(
        self, library: Library, retriever: Retriever, composer: ExtractiveComposer, wording: Wording, settings: str
    ) -> None:
        self._library = library
        self._retriever = retriever
        self._composer = composer
        self._wording = wording
        self._settings = settings
        self._named: tuple[int, str] | None = None

    def search(self, text: str, count: int = 10) -> Evidence:
        """The passages nearest to a question.

        Raises:
            LibraryEmpty: there are no documents.
        """
        self._require_documents()
        return self._retriever.search(Question(text, text), count)

    def ask(self, text: str, role: Role = "principal") -> Answer:
        """A checked answer to one question.

        Raises:
            LibraryEmpty: there are no documents.
        """
        self._require_documents()
        started = time.perf_counter()
        question = Question(text, text, role)
        evidence = self._retriever.search(question)
        found = time.perf_counter()
        draft = self._composer.compose(evidence)
        drafted = time.perf_counter()
        texts: dict[str, str | None] = {}

        def read_text(document_id: str) -> str | None:
            if document_id not in texts:
                texts[document_id] = self._library.store.read_text(document_id)
            return texts[document_id]

        checked = verify(draft, read_text)
        ended = time.perf_counter()
        times = {
            "search": found - started,
            "compose": drafted - found,
            "check": ended - drafted,
            "total": ended - started,
        }
        return self._finish(draft, checked, {name: round(seconds * 1000, 1) for name, seconds in times.items()})

    def _finish(self, draft: Draft, checked: Checked, milliseconds: dict[str, float]) -> Answer:
        outcome = draft.outcome
        if outcome is Outcome.ANSWERED and not any(statement.kind == "source" for statement in checked.statements):
            outcome = Outcome.NOT_IN_SOURCES  # nothing survived its check: what was found cannot be shown
        statements = tuple(self._place_pages(statement) for statement in checked.statements)
        nearest: tuple[str, ...] = ()
        if outcome is Outcome.NOT_IN_SOURCES:
            nearest = tuple(
                self._wording.say(
                    "answer.nearest", title=near.hit.document.title, words=shorten(near.text, _NEAREST_LENGTH)
                )
                for near in draft.nearest
            )
            said = (self._wording.say("answer.not_in_sources"), *nearest)
            statements = tuple(Statement(sentence, "notice", "written") for sentence in said)
        return Answer(
            answer_id=uuid.uuid4().hex,
            question=draft.evidence.question,
            outcome=outcome,
            confidence=round(draft.confidence, 3),
            statements=statements,
            retrieved=draft.evidence.hits,
            nearest=nearest,
            missing=draft.missing,
            rejected=checked.rejected,
            checked=checked.count,
            composer=draft.composer,
            receipt=self._write_receipt(),
            milliseconds=tuple(milliseconds.items()),
        )

    def _place_pages(self, statement: Statement) -> Statement:
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
        return Receipt(name_version(), self._name_library(), self._wording.digest, self._settings, embedding)

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
