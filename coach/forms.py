"""Tells what a sentence is by its form: a model's words in, whether they are a statement, a step or a question out. Pure.

A question and a step owe no citation, so they must not be a way past the check: they may say nothing of the documents, and
hold no word that comes neither from the person nor from our own coaching library.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coach.lexical import list_words
from coach.records import Craft
from coach.spelling import is_english
from coach.stemming import stem, stem_words

_MOST_WORDS = 70
_MOST_SPOKEN = 45
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|org|net|edu|gov|io|xyz|info|biz|co|me)\b|\S@\S|\]\(|</?[a-z]|javascript:|data:",
    re.I,
)
_ODD = re.compile(r"[<>{}|\\^~=*_#@$&\[\]]|[^\W\d_]\d|\d[^\W\d_]{3,}")
_POSSESSIVE = re.compile(r"['’]s\b")  # noqa: RUF001 - an apostrophe as it is typed
_INTERROGATIVE = (
    r"(?:what|who|whom|whose|which|when|where|why|how|if|for whom|of all|at what|in what|with whom|suppose|imagine)"
)
_OPEN = re.compile(rf"(?:[\w’' -]{{1,60}}[,:] )?{_INTERROGATIVE}\b[^?!]*\?", re.I)  # noqa: RUF001 - an apostrophe
_YES_OR_NO = re.compile(r"(?:is|are|was|were|do|does|did|can|could|should|would|will|have|has|had)\b", re.I)
_ORDERS = re.compile(
    r"(?:please\s+)?(?:add|anagram|augment|convert|enhance|integrate|introduce|jumble|misspell|rearrange|replace|rewrite|scramble"
    r"|substitute|answer|compose|describe|develop|draft|explain|give|ignore|include|insert|list|make|modify|print"
    r"|provide|repeat|reply|respond|say|send|tell|translate|write|click|visit|download|let us|let's)\b(?! (?:is|are|was)\b)",
    re.I,
)
_TO_THE_WRITER = re.compile(
    r"\b(?:your|this|the|an?|each|every) (?:(?:next|last|final|whole|own|first) )?(?:answers?|responses?|repl(?:y|ies)"
    r"|messages?|outputs?|summar(?:y|ies)|instructions?|prompts?|system prompt|assistant|chatbot|language model)\b"
    r"|^(?:you|readers?|users?|principals?) (?:must|shall|have to|are to|may not)\b"
    r"|\b(?:ignore|disregard|forget) (?:\w+ ){0,3}(?:rules?|instructions?|above|previous|earlier|before|passages?|everything)\b"
    r"|\bas an? (?:ai|assistant)\b"
    r"|\b(?:dear|note to(?: the)?|attention,?|hey|hello,?) (?:assistant|ai|model|chatbot|reader of this)\b",
    re.I,
)
# A bare verb at the head of a sentence is followed by what it is done to; a subject is not.
_OBJECT = (
    r"(?:a|an|the|your|my|our|his|her|their|its|every|all|each|any|some|no|this|these|those|them|him|it|us|me|yourself"
    r"|yourselves|users?|readers?|[\"“'‘\[(]\S*)"  # noqa: RUF001 - quotation marks
)
_HEAD = re.compile(
    rf"(?:please|kindly|also|then|now|next|finally|first|second|always|never|do not|don['’]t)?,?\s*"  # noqa: RUF001
    rf"([a-z]+)\s+(?:(?:up|down|out|off|over|back|in|on|to|with|at|for|from|about|like)\s+)?{_OBJECT}(?:\s|$|[,.!])",
    re.I,
)
_NO_VERBS = frozenset(
    # noqa: SIM905 - a hundred quoted words would be a page long
    "about above across after again against all along already also although amid among and another any around as at away because"  # noqa: SIM905
    " before behind below beneath beside besides between beyond both but by concerning considering despite down during each"
    " either enough even every everybody everyone everything except few first for from given half hardly here how however if in"
    " including inside instead into just last less like likewise many meanwhile more moreover most much near neither never"
    " nevertheless next no nobody none nor not nothing now of off often on once one only onto or other others otherwise our out"
    " outside over overall past per perhaps quite rather second seldom several since so some somebody someone something sometimes"
    " still such than that the their them then there therefore these they third this those though three through throughout thus"
    " till to today together too toward towards twice two under underneath unless unlike until up upon usually versus very via"
    " was were what whatever when whenever where whereas wherever whether which whichever while who whoever whole whom whose why"
    " with within without yes yesterday yet you your he she it we i my its his her is are has had have did does".split()
)
_CAPITAL = re.compile(r"(?<=\s)[A-Z][a-z]+(?=\s)")
_SPOKEN = re.compile(
    r"(?:here(?: is| are|['’]s)|as (?:you )?(?:asked|requested|instructed)|sure|certainly|of course|okay|ok|let me"  # noqa: RUF001
    r"|i(?: am|['’]m| will|['’]ll| can| have))\b",  # noqa: RUF001 - an apostrophe as it is typed
    re.I,
)
_QUOTED_HEAD = re.compile(r"^[\s•*–—\d.)(“”\"'‘’-]+")  # noqa: RUF001 - bullets and quotation marks
_FRAME = re.compile(
    r"(?:(?:the|this) (?:text|report|study|entry|passage|document|article|section|author|page)s?|the authors)"
    r" (?:also |further |then )?(?:says?|states?|notes?|explains?|adds?|writes?|points? out|tells? us)(?: that|:|,)?\s+"
    r"|according to (?:the|this) (?:text|report|study|entry|passage|document|article|section|authors?),?\s+",
    re.I,
)
_OF_SOURCES = re.compile(
    r"\b(?:stud(?:y|ies)|research(?:ers?)?|reports?|passages?|documents?|authors?|texts?|evidence shows|findings?|proven?"
    r"|proves|according|data show|experts?)\b",
    re.I,
)
_STEP = re.compile(
    r"(?:you (?:could|might|can)|try|consider|begin|this week|today|tomorrow|before|after|at|in|with|for|next|on)\b",
    re.I,
)
_LITTLE_TIME = re.compile(
    r"\b(?:\d{1,2}|two|three|four|five|ten|fifteen|twenty|thirty)(?=[ -](?:minutes?|days?|weeks?|people|teachers?|questions?"
    r"|lessons?|classrooms?|words?|sentences?|things?|colleagues?|o’clock)\b)",  # noqa: RUF001 - an apostrophe
    re.I,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of our coaching library."""

    stems: frozenset[str]
    beginnings: frozenset[str]
    """With which its steps begin, lower case."""


def collect_vocabulary(entries: Iterable[Craft]) -> Vocabulary:
    """Every word that our coaching library uses."""
    stems: set[str] = set()
    beginnings: set[str] = set()
    for craft in entries:
        texts = (craft.title, craft.acknowledgement, craft.first_step, craft.evidence, craft.wording, craft.question)
        for text in (*texts, craft.not_when, *craft.situations, *craft.tags):
            stems |= stem_words(text)
        beginnings |= {word.casefold() for word in craft.first_step.split()[:1]}
    return Vocabulary(frozenset(stems), frozenset(beginnings))


def is_statement(text: str) -> bool:
    """Whether a sentence can be said of documents: one plain sentence of English, no question, no order, no link."""
    words = text.split()
    if not 3 <= len(words) <= _MOST_WORDS or text.rstrip("\"”’')").endswith("?"):
        return False
    return not is_order(text) and not _SPOKEN.match(text) and not holds_link(text)


def holds_order(text: str) -> bool:
    """Whether a sentence is an order, or runs on into one: a document's lines do not always end with a full stop."""
    return is_order(text) or any(_begins_order(text[match.start() :]) for match in _CAPITAL.finditer(text))


def is_order(text: str) -> bool:
    """Whether a sentence tells somebody to do something, asks something, or speaks to whoever writes an answer."""
    plain = strip_frame(_QUOTED_HEAD.sub("", text))
    return plain.rstrip("\"”’') ").endswith("?") or bool(_TO_THE_WRITER.search(plain)) or _begins_order(plain)


def _begins_order(text: str) -> bool:
    if _ORDERS.match(text):
        return True
    head = _HEAD.match(text)
    return head is not None and head[1].casefold() not in _NO_VERBS and not _is_plural_or_past(head[1].casefold())


def _is_plural_or_past(word: str) -> bool:
    """Whether a word is none that an order begins with: "Schools", "Given", "Leading", "Early"."""
    return word.endswith(("s", "ed", "ing", "ly")) and not word.endswith(("ss", "feed", "need", "seed", "bring"))


def strip_frame(text: str) -> str:
    """A sentence without "the report says that" or its like before it; what follows begins with a capital."""
    rest = _FRAME.sub("", text, count=1) if _FRAME.match(text) else text
    return rest[:1].upper() + rest[1:]


def holds_link(text: str) -> bool:
    """Whether something in a text could lead a reader, or a browser, elsewhere."""
    return bool(_LINK.search(text))


def find_strange_words(text: str, known: str) -> list[str]:
    """The words of a text, lower case, that are neither English nor in the text that it speaks of; odd signs are such too."""
    there = set(list_words(known))
    plain = _POSSESSIVE.sub("", text).replace("’", "").replace("'", "")  # noqa: RUF001 - an apostrophe as it is typed
    strange = [word for word in list_words(plain) if word not in there and not _is_plain(word)]
    return strange + [sign for sign in _ODD.findall(text) if sign not in known]


def _is_plain(word: str) -> bool:
    return word.isdigit() or len(word) == 1 or is_english(word)


def is_open_question(text: str, trusted: Collection[str]) -> bool:
    """Whether a text is one open question that says nothing of the documents and no word that is not trusted.

    Args:
        text: one line.
        trusted: stems of words.
    """
    if not _OPEN.fullmatch(text) or _YES_OR_NO.match(text):
        return False
    return _is_ours(text, trusted)


def is_step(text: str, beginnings: Collection[str], trusted: Collection[str]) -> bool:
    """Whether a text is a step for the reader that says nothing of the documents and no word that is not trusted.

    Args:
        text: one line.
        beginnings: words, lower case, with which steps begin.
        trusted: stems of words.
    """
    first = text.split(maxsplit=1)[0].casefold().strip(",") if text.split() else ""
    if not (first in beginnings or _STEP.match(text)) or text.endswith("?"):
        return False
    return _is_ours(text, trusted)


def _is_ours(text: str, trusted: Collection[str]) -> bool:
    if not 3 <= len(text.split()) <= _MOST_SPOKEN or _OF_SOURCES.search(text) or holds_link(text):
        return False
    plain = _LITTLE_TIME.sub("", text)
    if any(letter.isdigit() for letter in plain) or find_strange_words(plain, ""):
        return False
    return not find_foreign(plain, trusted)


def find_foreign(text: str, trusted: Collection[str]) -> list[str]:
    """The words of a text that carry meaning and are not trusted, lower case; empty where all are."""
    return sorted(word for word in stem_words(text) if word not in trusted and stem(word) not in trusted)
