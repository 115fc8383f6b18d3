"""What somebody wants help with: their question in, the matter as it can stand before a later question out. Pure."""

from __future__ import annotations

import re

from coach.asking import Kind, asks_guidance, asks_plainly, find_asking_clause, read_question
from coach.lexical import find_words
from coach.mentions import find_content, find_phrases

_SENTENCE = re.compile(r"[^.?!…]+[.?!…]*")
_ASKS_HOW = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then|please)[, ]+)*(?:how (?:do|can|should|could|would|might|shall) (?:i|we|you)(?: even| best)?"
    r"|(?:can|could|would) you (?:help|coach|prepare|walk) (?:me|us)(?: to| through| with)?|(?:help|coach|prepare) (?:me|us)"
    r"(?: to| through| with)?|should (?:i|we)|how to|what(?:[’']s| is) (?:a|the) (?:good|best) way to)\s+",
    re.I,
)
_LEANS_ON = re.compile(r"\b(?:it|this|that|them|these|those)\b", re.I)
_SUPPOSES = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then|well)[, ]+)*(?:what if|and if|if|what about|how about|suppose|when)\b", re.I
)
_TELLS_ON = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then|well|yes|no)[, ]+)*(?:they|he|she|it|that|this)(?:[’'](?:s|ll|ve|re|d))? (?!say\b.*\?)\w+"
    r"[^?]*$",
    re.I,
)
_ORDERS = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then)[, ]+)*(?:any|more|another|other|give me|an?) (?:\w+ ){0,2}"
    r"(?:ideas?|suggestions?|wording|words|examples?|options?|steps?|questions?|ways?|moves?)\b",
    re.I,
)
_ABOUT_TEXTS = re.compile(
    r"\b(?:does|do|did|is|are|has|have|what|which|where|how) (?:\w+ ){0,6}?(?:texts?|documents?|study|studies|report|entry"
    r"|research|sources?|papers?|authors?)\b"
    r"|\b(?:do|does|did) (?:they|it|this|that|these) (?:\w+ )?(?:say|name|list|mention|define|describe|explain|recommend"
    r"|suggest)\b",
    re.I,
)
_MOST_WORDS = 25
_FEW = 2


def find_asking_part(text: str) -> str:
    """The clause of a question that asks, where others stand before it; the whole otherwise."""
    return find_asking_clause(text).strip() or text


def find_matter(text: str) -> str:
    """What help is wanted with, at most 25 words; empty where the text names nothing.

    "How do I coach her teacher?" is about "coach her teacher"; a statement is the matter itself.
    """
    asking = find_asking_part(text)
    match = _ASKS_HOW.match(asking)
    bare = _strip(asking[match.end() :] if match else "")
    if find_phrases(f"how do i {bare}") and not _LEANS_ON.search(bare):
        return _cut(bare)
    stated = [_strip(one) for one in _SENTENCE.findall(text) if find_content(one) and not one.strip().endswith("?")]
    if stated:
        return _cut(". ".join(stated))
    return _cut(_strip(text))


def asks_documents(question: str) -> bool:
    """Whether what stands in the documents is asked for, whatever help was spoken of before."""
    if _ABOUT_TEXTS.search(question):
        return True
    if _SUPPOSES.match(question):
        return False
    return asks_plainly(question) or (read_question(question).kind is Kind.VIEW)


def goes_on(question: str) -> bool:
    """Whether it carries on with what help is wanted with, by its form alone."""
    if _SUPPOSES.match(question) or _ORDERS.match(question) or _TELLS_ON.match(question):
        return True
    few = len(find_content(question)) <= _FEW
    return few and (asks_guidance(question) or not find_words(question))


def _strip(text: str) -> str:
    return text.strip(" \t\r\n.?!,;:…-–—")


def _cut(text: str) -> str:
    return " ".join(text.split()[:_MOST_WORDS])
