"""The values that flow through Coach, frozen and free of libraries: files -> documents -> passages -> answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args

Role = Literal["principal", "central_office", "trainer"]
ROLES: tuple[Role, ...] = ("principal", "central_office", "trainer")

LOCAL_PERSON = "local"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose conversations, commitments and plans are kept apart from everybody else's."""

    id: str
    name: str
    roles: tuple[Role, ...]


Stance = Literal["ask", "suggest", "tell"]
STANCES: tuple[Stance, ...] = get_args(Stance)
"""How much of the answer is left to the person: a question back, something to try, or what to do."""

Basis = Literal["defines", "assumes", "asks", "examined", "describes", "found", "asserts"]
"""What a sentence of a source does. `examined`: it was looked at; the sentence does not say what came of it."""
BASES: tuple[Basis, ...] = get_args(Basis)


class BlockKind(StrEnum):
    """What a stretch of a document's text is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"
    FURNITURE = "furniture"
    """Running headers, footers, page numbers and navigation: kept in the text, kept out of search."""
    HIDDEN = "hidden"
    """Words that a person who looks at the document does not see: kept in the text, kept out of search and quotes."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`start` and `end` are code points in a document's text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text with one role. `level` is a heading's depth, 1 for the outermost."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where its text lies, its size in PDF points, and the box of every code point."""

    number: int
    label: str | None
    start: int
    end: int
    width: float
    height: float
    boxes: bytes
    """zlib of four little-endian uint16 for each code point: left, top, right, bottom in tenths of a point
    from the page's top left corner; all zero where a code point has no place on the page."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a document. Nothing here may be said to stand in its text."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    publisher: str | None = None
    address: str | None = None
    evidence: str | None = None
    rights: str | None = None
    note: str | None = None
    called: tuple[str, ...] = ()
    """Names by which people speak of it, such as "the handbook"."""
    basis: tuple[tuple[str, Basis], ...] = ()
    """Words of a sentence and what the sentence does, where the patterns err."""

    @property
    def year(self) -> int | None:
        """The first year between 1500 and 2199 that the date names."""
        for word in (self.date or "").replace("-", " ").replace("/", " ").split():
            if len(word) == 4 and word.isdigit() and 1500 <= int(word) < 2200:
                return int(word)
        return None


Unseen = Literal["invisible", "colour", "covered", "tiny", "outside", "hidden", "characters"]
UNSEEN: tuple[Unseen, ...] = get_args(Unseen)
"""Why text is not seen: it is not painted or switched off; it has the colour of what it stands on; something lies over
it; it is too small; it stands beyond the edge of the page or of a frame; the file marks it as hidden; its characters
have no shape."""


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Words of a file that a person who looks at it does not see, on a page where the file has pages."""

    page: int | None
    text: str
    why: Unseen


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one file's bytes."""

    kind: str
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()
    """Sentences for the report of the file, such as which pages have no text."""
    hidden: tuple[HiddenText, ...] = ()
    """What was left out because nobody sees it: the first stretches, each cut; a note tells how much there is in all."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its text is the decoded source, unchanged."""

    id: str
    """SHA-256 of the file's bytes."""
    path: str
    name: str
    size: int
    reading: Reading
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Sentence:
    """Usually one span; two or more where a page's header or footer stands in the middle."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A searchable stretch of one document."""

    id: str
    label: str
    document_id: str
    ordinal: int
    start: int
    end: int
    section: tuple[str, ...]
    page: int | None
    page_label: str | None
    sentences: tuple[Sentence, ...]
    search_text: str
    heading: str
    """What is searched beside the text: the title and the section path."""


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document as a list or a citation shows it."""

    id: str
    path: str
    name: str
    kind: str
    size: int
    characters: int
    passages: int
    pages: int
    metadata: Metadata
    notes: tuple[str, ...]
    added_at: str

    @property
    def title(self) -> str:
        """The title that is known, or the file's name."""
        return self.metadata.title or self.name


@dataclass(frozen=True, slots=True)
class Reworded:
    """Words of a question that were read as others."""

    asked: str
    read_as: str
    kind: Literal["spelling", "same", "nearest"]
    """A slip of the keys; another name of the same thing; or the nearest idea that the documents hold."""


Length = Literal["short", "usual", "long"]
LENGTHS: tuple[Length, ...] = get_args(Length)


@dataclass(frozen=True, slots=True)
class Manner:
    """For whom an answer is, and how it is wanted."""

    role: Role = "principal"
    stance: Stance = "suggest"
    length: Length = "usual"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said earlier in a conversation."""

    speaker: Literal["user", "assistant"]
    text: str
    searched: str = ""
    """Of a person's turn: the question that was searched for it, where that is known."""
    labels: tuple[str, ...] = ()
    """Of an answer: the passages that it cited."""
    offered: tuple[str, ...] = ()
    """Of an answer: the readings or suggestions that it offered, in the order shown; each is a question of its own."""
    shown: tuple[str, ...] = ()
    """Of an answer: ids of the practices and the craft in it."""
    quoted: str | None = None
    """Of an answer: the source's words in it, without what we wrote around them; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked, and what is searched for it."""

    text: str
    search_text: str
    role: Role = "principal"
    reworded: tuple[Reworded, ...] = ()
    stands: str = ""
    """The question as it stands alone, where it leaned on a conversation; before any word was read as another."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with the text it was cut from, and why it was found."""

    passage: Passage
    document: DocumentCard
    text: str
    score: float
    """0 to 1: the weighted mean of both measures."""
    dense: float
    """Cosine of question and passage."""
    lexical: float
    """BM25 of question and passage; 0 where no word agrees."""

    def cut(self, span: Span) -> str:
        """The source words at a span of the document, which lies within the passage."""
        return self.text[span.start - self.passage.start : span.end - self.passage.start]

    twins: tuple[str, ...] = ()
    """Labels of passages that say the same and were left out for it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a question, best first."""

    question: Question
    hits: tuple[Hit, ...]
    vector: tuple[float, ...] = ()
    """The question's embedding, so that sentences can be compared with it."""
    corrections: tuple[tuple[str, str], ...] = ()
    """Words of the question that were misspelled, each with what it was read as; `question.search_text` holds the latter."""


class Outcome(StrEnum):
    """What the documents have to say, not how much help was given."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_IN_SOURCES = "not_in_sources"
    CLARIFY = "clarify"
    REFERRED = "referred"


StatementKind = Literal["source", "craft", "question", "notice"]


@dataclass(frozen=True, slots=True)
class Craft:
    """General coaching practice for one situation of a school leader, written by us; never cited as a source."""

    id: str
    title: str
    situations: tuple[str, ...]
    """How people put it, so that it is found by meaning."""
    acknowledgement: str
    """One line that takes the situation seriously."""
    first_step: str
    """Feasible within two weeks."""
    by: str
    """By when."""
    evidence: str
    """How one will know that it was done, or helped."""
    wording: str
    """Words one could say aloud."""
    question: str
    """One probing question: no ready answer, no hidden advice."""
    not_when: str
    """When not to use it."""
    stance: Stance
    roles: tuple[Role, ...]
    tags: tuple[str, ...]
    idea_from: str
    """Where the idea comes from, named and not copied."""
    general: bool = False
    """Whether it may stand in where nothing fits closely."""


@dataclass(frozen=True, slots=True)
class PracticeQuote:
    """Words that a practice rests on, and the document (its file name) that they stand in."""

    document: str
    words: str


@dataclass(frozen=True, slots=True)
class Practice:
    """Something to try that grew from a document's words."""

    id: str
    title: str
    description: str
    who: str
    roles: tuple[Role, ...]
    situations: tuple[str, ...]
    """How people put what it is for, so that it is found by meaning."""
    first_step: str
    by: str
    evidence: str
    reflective_question: str
    quotes: tuple[PracticeQuote, ...]
    basis: Basis
    """What the quoted words do: a practice may rest on something that was only examined, and says so."""
    inferred: str
    """What is ours and not the document's, as a sentence for the reader."""
    path: str = ""
    """The file that it was read from."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that a draft says stand in a passage, at these code points of its document."""

    label: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """A sentence before it was checked."""

    text: str
    kind: StatementKind
    origin: Literal["quoted", "written"]
    quotes: tuple[Quote, ...] = ()
    cut: bool = False
    """Whether the source's sentence goes on behind what is quoted; the text then ends with a mark."""
    marks: tuple[Span, ...] = ()
    """Places in `text` of the words that answer."""
    basis: Basis | None = None
    finding: int | None = None
    """Which sentence of the close reading it answers with."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that fixed wording says: the wording's name, and what is filled in."""

    name: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it was checked. Nothing renders it."""

    evidence: Evidence
    outcome: Outcome
    confidence: float
    statements: tuple[DraftStatement, ...]
    composer: str
    nearest: tuple[DraftStatement, ...] = ()
    """What comes nearest to a question that is not answered."""
    missing: tuple[Remark, ...] = ()
    """What is asked for and not given."""
    remarks: tuple[Remark, ...] = ()
    """What is to be said before the quotations."""
    unsure: bool = False
    """Whether what is quoted may not answer."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of a source that were found where they are said to stand."""

    label: str
    document: str
    document_id: str
    title: str
    authors: str
    year: int | None
    page: int | None
    page_label: str | None
    section: str
    quote: str
    start: int
    end: int
    basis: Basis | None = None

    def shares_words(self, other: Citation) -> bool:
        """Whether some words of a document stand in both."""
        return self.document_id == other.document_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that may be shown. A `source` statement has at least one citation."""

    text: str
    kind: StatementKind
    origin: Literal["quoted", "written"]
    citations: tuple[Citation, ...] = ()
    marks: tuple[Span, ...] = ()
    """Places in `text` of the words that answer."""
    part_of: str = ""
    """Id of the practice or the craft that it belongs to."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How far an answer has come, for somebody who waits."""

    name: Literal["searching", "reading", "writing"]
    titles: tuple[str, ...] = ()
    """Of the documents in which something was found."""
    statements: tuple[Statement, ...] = ()
    """Checked already, in reading order."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A sentence that failed its check, and why."""

    text: str
    reason: str
    instead: str = ""
    """The source's own sentence that is shown in its place; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Message:
    """One part of what a language model is sent."""

    role: Literal["system", "user"]
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to a language model, word for word."""

    purpose: Literal["question", "answer"]
    """What for: to put a question so that it stands alone, or to write an answer."""
    model: str
    to: str
    """Host and port."""
    left: bool
    """Whether it left this machine: not where the address is a loopback one."""
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SuggestedPractice:
    """A practice that is offered, with those of its quotes that stand in the library."""

    practice: Practice
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What made an answer, so that it can be replayed and compared."""

    version: str
    library: str
    prompts: str
    settings: str
    embedding: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer: the only thing that rendering takes."""

    answer_id: str
    question: Question
    outcome: Outcome
    confidence: float
    statements: tuple[Statement, ...]
    retrieved: tuple[Hit, ...]
    nearest: tuple[str, ...]
    missing: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    checked: int
    composer: str
    receipt: Receipt
    milliseconds: tuple[tuple[str, float], ...]
    stance: Stance = "suggest"
    length: Length = "usual"
    readings: tuple[str, ...] = ()
    """Of an ambiguous question: what it may mean, each a question of its own."""
    suggestions: tuple[str, ...] = ()
    """Questions that could come next, and that the documents speak to."""
    themes: tuple[str, ...] = ()
    """Things that the documents do speak of, where they do not speak of what was asked: the nearest first."""
    practices: tuple[SuggestedPractice, ...] = ()
    craft: tuple[Craft, ...] = ()
    stand_ins: tuple[str, ...] = ()
    """Ids of the craft in it that is not about what was asked, and only stands in."""
    masked: int = 0
    """Names and records of people that were taken out of the question before anything was done with it."""
    route: str | None = None
    """Which boundary the question met."""
    worth_adding: str = ""
    """Title of a report that may answer what the documents do not."""
    fallback: str | None = None
    """Why a configured language model did not write it, as a line for the reader."""
    sent: tuple[Sent, ...] = ()
    """Every request to a language model that was made for it, in order."""
    beside: tuple[Hit, ...] = ()
    """Passages that practices rest on and that the search did not find."""

    @property
    def sources(self) -> tuple[Hit, ...]:
        """Every passage that may be cited."""
        return (*self.retrieved, *self.beside)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation in reading order, each once."""
        return tuple(dict.fromkeys(citation for statement in self.statements for citation in statement.citations))


CommitmentState = Literal["open", "kept", "changed", "dropped"]
COMMITMENT_STATES: tuple[CommitmentState, ...] = get_args(CommitmentState)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of a stored conversation, and the answer object that it got."""

    ordinal: int
    question: str
    """As it was masked."""
    answer: Mapping[str, Any]
    asked_at: str
    replaced_by: int | None = None
    """Ordinal of the exchange that took its place when a question was put otherwise."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stored conversation of one person, oldest exchange first."""

    id: str
    person: str
    title: str
    role: Role
    stance: Stance
    started_at: str
    changed_at: str
    exchanges: tuple[Exchange, ...] = ()
    length: Length = "usual"
    replaced: tuple[Exchange, ...] = ()
    """Exchanges that others took the place of: earlier wordings of a question, and what followed them."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """By `due` I will `action` with `with_whom`; I will know by `evidence`. Kept only because the person saved it."""

    id: str
    person: str
    goal: str
    action: str
    with_whom: str
    evidence: str
    due: str
    """A date, YYYY-MM-DD."""
    state: CommitmentState
    reflection: str
    """What the person wrote at the check-in."""
    sources: tuple[Mapping[str, Any], ...]
    """The citations of the answer that it grew from, as in the answer object."""
    made_at: str
    changed_at: str
