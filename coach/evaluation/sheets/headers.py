"""The names that people give the columns of a question sheet: a header in, the field it names out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from rapidfuzz import fuzz, process

Field = Literal[
    "id",
    "question",
    "turn",
    "role",
    "history",
    "outcome",
    "answerable",
    "must_mention",
    "must_not_say",
    "names",
    "sources",
    "quote",
    "document",
    "page",
    "label",
    "welcome",
    "ideal",
    "type",
    "topic",
    "owner",
    "part",
    "status",
    "wants_guidance",
    "assertion",
    "route",
    "clarify",
    "conversation",
    "notes",
    "note",
]
FIELDS: tuple[Field, ...] = get_args(Field)
"""`note`: kept under the column's own name. `turn`: one column for each turn, the last is the question. `assertion`: as
promptfoo writes them. `route`, `clarify`, `conversation` and `notes`: of JSONL files of this project."""
SEVERAL: frozenset[Field] = frozenset(
    {"turn", "must_mention", "must_not_say", "names", "sources", "quote", "welcome", "assertion", "note", "notes"}
)
"""Fields that more than one column may hold."""

_NAMES: Mapping[Field, tuple[str, ...]] = {
    "id": (
        *("id", "no", "nr", "number", "item", "item id", "item no", "item number", "question id", "question no"),
        *("question number", "q no", "qid", "ref no", "reference no", "case id", "case", "test case", "test id"),
        *("identifier", "key", "s no", "sl no", "sample id", "case number"),
    ),
    "question": (
        *("question", "questions", "prompt", "user input", "query", "user question", "user prompt", "input", "ask"),
        *("test question", "question text", "question asked", "question to ask", "what is asked", "user query"),
        *("question prompt", "current question", "final question", "utterance", "message", "scenario question"),
        *("question as asked", "pregunta", "frage", "question as typed"),
    ),
    "role": (
        *(
            "role",
            "roles",
            "audience",
            "user",
            "user role",
            "user type",
            "persona",
            "persona name",
            "asked by",
            "asker",
        ),
        *(
            "who",
            "who asks",
            "who is asking",
            "who would ask",
            "speaker",
            "stakeholder",
            "voice",
            "user group",
            "position",
        ),
        *("your role", "job title", "for whom", "role of user"),
    ),
    "history": (
        *(
            "history",
            "earlier turns",
            "earlier turn",
            "previous turns",
            "prior turns",
            "conversation history",
            "context",
        ),
        *("chat history", "conversation so far", "turns before", "conversation", "dialogue", "dialog", "earlier"),
        *(
            "previous messages",
            "prior conversation",
            "prior context",
            "preceding turns",
            "earlier conversation",
            "turns",
        ),
        *("conversation before", "previous conversation"),
    ),
    "outcome": (
        *(
            "outcome",
            "outcomes",
            "expected outcome",
            "expected behavior",
            "expected behaviour",
            "behavior",
            "behaviour",
        ),
        *(
            "expected action",
            "should do",
            "expected response type",
            "response type",
            "what should it do",
            "right outcome",
        ),
        *("expected result", "expected type", "decision", "expected decision"),
    ),
    "answerable": (
        *("answerable", "answerable y n", "answerable yes no", "is answerable", "can be answered", "in sources"),
        *("in documents", "in the documents", "in source", "in corpus", "covered", "can it be answered", "in the text"),
        *("answer in documents", "answer in the documents", "answer in sources"),
        *("should it answer", "should it be answered", "should coach answer", "should the bot answer", "answer it"),
        *("answer expected", "has an answer", "is there an answer", "in the study"),
    ),
    "must_mention": (
        *("must mention", "must mentions", "key points", "key point", "must include", "must say", "must contain"),
        *(
            "should mention",
            "should include",
            "required points",
            "points to cover",
            "key ideas",
            "key words",
            "keywords",
        ),
        *("must have", "must haves", "required content", "look fors", "look for", "essential points", "has to mention"),
        *("expected points", "expected keywords", "must cover", "key terms", "required elements"),
    ),
    "must_not_say": (
        *(
            "must not say",
            "avoid",
            "must not mention",
            "must not",
            "should not say",
            "do not say",
            "dont say",
            "never say",
        ),
        *(
            "not allowed",
            "forbidden",
            "red flags",
            "red flag",
            "should avoid",
            "must avoid",
            "must not include",
            "taboo",
        ),
        *(
            "should not mention",
            "should not include",
            "cannot say",
            "no go",
            "no gos",
            "must not contain",
            "not to say",
        ),
    ),
    "names": ("names", "names not to repeat", "no echo", "private names", "protected names", "do not repeat"),
    "sources": (
        *("source", "sources", "source passage", "source passages", "citation", "citations", "evidence", "where found"),
        *(
            "reference contexts",
            "passage",
            "passages",
            "source text",
            "supporting passage",
            "supporting text",
            "support",
        ),
        *("supporting evidence", "expected source", "expected citation", "expected sources", "source s", "cite"),
        *("should cite", "ground truth context", "ground truth contexts", "reference context", "where in the text"),
    ),
    "quote": (
        *("quote", "quotes", "quotation", "exact words", "verbatim", "exact quote", "quoted text", "source quote"),
        *("supporting quote", "evidence quote", "passage text", "words of the source", "text passage"),
    ),
    "document": (
        *("document", "doc", "file", "file name", "filename", "source document", "source file", "document name"),
        *("source title", "document title", "report", "source doc", "reference document"),
    ),
    "page": ("page", "pages", "p", "pg", "page no", "page number", "location", "page s", "pp"),
    "label": ("label", "passage label", "passage id", "citation label", "chunk id", "reference context ids"),
    "welcome": (
        "welcome",
        "also fine",
        "may cite",
        "also cite",
        "acceptable sources",
        "other sources",
        "optional sources",
    ),
    "ideal": (
        *("ideal", "ideal answer", "reference", "gold", "gold answer", "reference answer", "model answer", "answer"),
        *(
            "expected answer",
            "ground truth",
            "golden answer",
            "correct answer",
            "good answer",
            "best answer",
            "expected",
        ),
        *("ideal response", "expected output", "expected response", "target", "reference response", "sample answer"),
        *("answer key", "suggested answer", "exemplar", "exemplar answer", "what a good answer looks like", "solution"),
    ),
    "type": (
        *("type", "kind", "question type", "category", "item type", "question kind", "query type", "question category"),
        *("type of question", "kind of question", "query style", "class"),
    ),
    "topic": (
        *("topic", "strand", "theme", "subject", "area", "strand topic", "focus", "topics", "content area", "domain"),
        *("subtopic", "unit", "module", "section", "strand theme"),
    ),
    "owner": (
        *("owner", "author", "written by", "writer", "created by", "contributor", "submitted by", "name of author"),
        *("item writer", "item owner", "developer", "added by", "drafted by"),
    ),
    "part": ("part", "split", "subset", "partition", "set"),
    "status": (
        "status",
        "item status",
        "draft locked",
        "stage",
        "ready",
        "is ready",
        "ready to use",
        "ready to ask",
    ),
    "wants_guidance": (
        "wants guidance",
        "guidance wanted",
        "guidance",
        "coaching wanted",
        "needs guidance",
        "wants advice",
    ),
    "assertion": ("expected assertion", "assertion", "assertions", "assert"),
    "note": (
        *("note", "notes", "comment", "comments", "remark", "remarks", "timestamp", "date", "difficulty", "level"),
        *(
            "response",
            "bot answer",
            "bot response",
            "actual answer",
            "actual output",
            "model response",
            "retrieved contexts",
        ),
        *(
            "contexts",
            "email address",
            "email",
            "score",
            "rating",
            "rated",
            "pass fail",
            "result",
            "priority",
            "rationale",
        ),
        *(
            "last updated",
            "date added",
            "reviewed by",
            "reviewer",
            "version",
            "missing",
            "coach answer",
            "system answer",
        ),
        *(
            "output",
            "weight",
            "grade",
            "school",
            "district",
            "term",
            "semester",
            "follow up",
            "follow up question",
            "why",
        ),
        *(
            "readings about",
            "fits",
            "e mail",
            "description",
            "metadata",
            "rubrics",
            "rubric",
            "language",
            "tags",
            "link",
        ),
    ),
}
_JSON_KEYS: Mapping[str, Field] = {
    "evidence": "sources",
    "turns": "conversation",
    "route": "route",
    "clarify": "clarify",
    "notes": "notes",
    "history": "history",
    "expected": "note",
    "title": "note",
    "__expected": "assertion",
}
_BY_NAME = {name: field for field, names in _NAMES.items() for name in names}
_LONG_NAMES = [name for name in _BY_NAME if len(name) > 3]
_NUMBERED_TURN = re.compile(r"(?:user )?turn \d+|(?:user )?message \d+|q(?:uestion)? ?\d+ turn")
# Whole questions as headers, as forms write them. The first that fits wins.
_PATTERNS: tuple[tuple[Field, str], ...] = (
    ("note", r"\b(e ?mail|timestamp|your name|phone|how (hard|difficult)|difficulty|comments?|anything else)\b"),
    (
        "must_not_say",
        r"\b(not|never|avoid|dont|shouldnt|cannot|mustnt)\b.*\b(say|said|mention\w*|claim|include|contain|repeat)",
    ),
    ("must_not_say", r"\b(avoid|red flags?)\b"),
    (
        "must_mention",
        r"\b(must|should|has to|have to|needs? to|good|key|expected)\b.*\b(mention\w*|include|contain|cover|points?)\b",
    ),
    ("must_mention", r"\bkey (points?|ideas|terms|words)\b"),
    (
        "answerable",
        r"\banswerable\b|\b(documents?|texts?|sources?|study|report)\b.*\banswer (this|it)\b|\bbe answered\b",
    ),
    (
        "answerable",
        r"\banswer\w*\b.* (in|from|by) (the |our |your )?(documents?|texts?|sources?|study|report|library)\b",
    ),
    ("outcome", r"\b(should|expected to|supposed to)\b.*\b(do|decline|refuse|refer|happen)\b|\boutcome\b"),
    (
        "history",
        r"\b(earlier|previous|prior|before|preceding)\b.*\b(turns?|messages?|conversation|said|exchange|question)",
    ),
    (
        "ideal",
        r"\b(ideal|good|best|model|reference|correct|expected|gold|perfect|sample)\b.*\b(answer|response|reply)\b",
    ),
    ("ideal", r"\bhow should\b.*\b(answer|respond|reply)\b"),
    ("role", r"\b(role|who (is|would be|are|will be) (asking|you)|which (group|audience)|position)\b"),
    ("page", r"\bpages?( no| number)?$"),
    ("quote", r"\b(quote|quotation|exact words|verbatim)\b"),
    (
        "sources",
        r"\b(source|citation|passage|evidence|where (in|is|does|do|can)\b.*\b(text|document|report|found|find|it))",
    ),
    ("document", r"\b(which|what) (document|report|file|text)\b"),
    ("topic", r"\b(topic|strand|theme)\b"),
    ("type", r"\b(type|kind|category) of\b|\b(question|item) (type|kind)\b"),
    ("owner", r"\b(owner|written by|who wrote)\b"),
    ("status", r"\bstatus\b"),
    ("question", r"\b(question|prompt|query)\b|\bwould (you|a principal|they|someone) ask\b"),
)
_PHRASES = tuple((field, re.compile(pattern)) for field, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class NamedField:
    """What a header says that its column is."""

    field: Field
    certainty: Literal["sure", "likely"]
    """`likely` where the header is misspelled, or a sentence."""
    known: str
    """The name that it was recognised by."""


def fold_header(text: str) -> str:
    """A header without case, punctuation, notes in brackets and marks: small words with one space between."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", plain) or plain
    plain = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", plain)
    plain = re.sub(r"#", " no ", plain.casefold()).replace("'", "")
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def name_field(header: str, *, is_record: bool = False) -> NamedField | None:
    """The field that a header names, or None.

    Args:
        header: as it stands in the sheet.
        is_record: whether it is a key of a JSON record, which are named more strictly.
    """
    stripped = header.strip()
    if is_record and stripped in _JSON_KEYS:
        return NamedField(_JSON_KEYS[stripped], "sure", stripped)
    if re.fullmatch(r"__expected\d*", stripped):
        return NamedField("assertion", "sure", "__expected")
    if stripped == FURTHER_NOTES:
        return NamedField("notes", "sure", FURTHER_NOTES)
    if stripped.startswith(NOTE_PREFIX):
        return NamedField("note", "sure", NOTE_PREFIX.strip())
    return _name_folded(fold_header(header)) if len(header) < 400 else None


OWN_HEADERS: tuple[tuple[str, Field], ...] = (
    ("ID", "id"),
    ("Status", "status"),
    ("Part", "part"),
    ("Role", "role"),
    ("Topic", "topic"),
    ("Type", "type"),
    ("Earlier turns", "history"),
    ("Question", "question"),
    ("Expected outcome", "outcome"),
    ("Must mention", "must_mention"),
    ("Must not say", "must_not_say"),
    ("Names not to repeat", "names"),
    ("Sources", "sources"),
    ("May cite", "welcome"),
    ("Ideal answer", "ideal"),
    ("Wants guidance", "wants_guidance"),
    ("Owner", "owner"),
)
"""The columns of sheets that Coach writes, in order; those of notes stand behind them."""
NOTE_PREFIX = "Note: "
"""Before a header that stays a note whatever its name says."""
FURTHER_NOTES = "Further notes"
"""The header of notes that have no column of their own."""


def _name_folded(folded: str) -> NamedField | None:
    if not folded:
        return None
    if _NUMBERED_TURN.fullmatch(folded):
        return NamedField("turn", "sure", "turn")
    exact = _find_name(folded)
    if exact:
        return NamedField(_BY_NAME[exact], "sure", exact)
    if len(folded.split()) > 2:
        return _name_by_phrase(folded)
    near = process.extractOne(folded, _LONG_NAMES, scorer=fuzz.ratio, score_cutoff=83) if len(folded) > 3 else None
    if near:
        return NamedField(_BY_NAME[near[0]], "likely", near[0])
    return _name_by_phrase(folded)


def _find_name(folded: str) -> str | None:
    """The known name that a folded header is; with a number after it where several columns hold one thing."""
    unnumbered = re.sub(r" ?\d+$", "", folded)
    yes_no = re.sub(r" (y n|yes no|y n partial|tf|true false)$", "", folded)
    for name in (folded, yes_no, unnumbered if _BY_NAME.get(unnumbered) in SEVERAL else folded):
        if name in _BY_NAME:
            return name
    return None


def _name_by_phrase(folded: str) -> NamedField | None:
    for field, pattern in _PHRASES:
        found = pattern.search(folded)
        if found:
            return NamedField(field, "likely", found.group())
    return None
