"""Says which document is meant and what is known of it: a question and document cards in, documents and facts out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.lexical import list_words
from coach.records import DocumentCard

Field = Literal["authors", "date", "publisher", "sponsor"]

_LEADS = r"(?:in|of|from|according to|to|by)"
_DATE = re.compile(r"\b(?:when|year|date|dated|old|recent)\b", re.I)
_PUBLISHER = re.compile(r"\b(?:publisher|published by|(?:who|which \w+) published)\b", re.I)
_SPONSOR = re.compile(r"\b(?:commissioned|funded|paid for|sponsored)\b", re.I)
_SPONSORED_BY = re.compile(r"\b(?:commissioned|funded|sponsored|supported) by (.+)", re.I)
_REFERENCE = re.compile(r"\b(?:cite|citation|reference)\b", re.I)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of a document and need not stand in its text. `value` is empty where it is not known."""

    title: str
    field: Field
    value: str


def find_named(question: str, cards: Iterable[DocumentCard]) -> tuple[DocumentCard, ...]:
    """The documents that a question names by title, by file name, or by a name under which people speak of them."""
    plain = _fold(question)
    return tuple(card for card in cards if any(f" {_fold(name).strip()} " in plain for name in _list_names(card)))


def leave_out_names(question: str, cards: Iterable[DocumentCard]) -> str:
    """A question without the names of documents: what they are called need not stand in them."""
    names = sorted((name for card in find_named(question, cards) for name in _list_names(card)), key=len, reverse=True)
    for name in names:
        words = r"[\W_]+".join(map(re.escape, list_words(name)))
        named = rf"(?:\b(?:the|this|that)\s+)?[“\"]?\b{words}\b[”\"]?(?:['’]s)?"
        # A verb keeps a subject: "what names does it give" and not "what names give".
        question = re.sub(rf"\b(does|do|did)\s+{named}(?!\s*(?:and|or)\b)", r"\1 it", question, flags=re.I)
        question = re.sub(rf"(?:\b{_LEADS}\s+)?{named}", " ", question, flags=re.I)
    return " ".join(question.split())


def _list_names(card: DocumentCard) -> list[str]:
    # A short title may be meant as the words that it is made of.
    long = [name for name in (card.metadata.title or "", card.name.rsplit(".", 1)[0]) if len(list_words(name)) > 4]
    return [name for name in (*card.metadata.called, card.name, *long) if list_words(name)]


def _fold(text: str) -> str:
    return f" {' '.join(list_words(text))} "


def find_facts(question: str, cards: Sequence[DocumentCard]) -> tuple[Fact, ...]:
    """What is asked of the documents themselves, of each, known or not."""
    fields: tuple[Field, ...] = ("authors",)
    if _REFERENCE.search(question):
        fields = ("authors", "date", "publisher")
    elif _SPONSOR.search(question):
        fields = ("sponsor",)
    elif _PUBLISHER.search(question):
        fields = ("publisher",)
    elif _DATE.search(question):
        fields = ("date",)
    return tuple(Fact(card.title, field, _read_field(card, field)) for card in cards for field in fields)


def _read_field(card: DocumentCard, field: Field) -> str:
    if field == "authors":
        return ", ".join(card.metadata.authors)
    if field == "sponsor":
        # The record has no line of its own for it: only what the publisher's line says outright counts.
        sponsored = _SPONSORED_BY.search(card.metadata.publisher or "")
        return sponsored.group(1) if sponsored else ""
    return (card.metadata.date if field == "date" else card.metadata.publisher) or ""
