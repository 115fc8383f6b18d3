"""Measures what an answer cites: its answer object and the places that an item names in; shares and groups out. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.evaluation.records import RetrievedPassage
from coach.evaluation.scores.locating import Located, Place
from coach.search_copy import fold_letters
from coach.shortening import CUT_MARK

Object = Mapping[str, Any]
ReadText = Callable[[str], str | None]
"""A document's whole text, by its id; None for a document that is gone."""

_MOST_OF = 0.5
_FEWEST_QUOTED = 3
"""Words in quotation marks that are a quotation; fewer are a term."""
_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[A-Z])")


@dataclass(frozen=True, slots=True)
class Cited:
    """Words of a document that an answer rests on."""

    label: str
    document_id: str
    document: str
    start: int
    end: int
    quote: str


def list_cited(answer: Object, *, of_sources: bool = False) -> tuple[Cited, ...]:
    """What an answer rests on, each place once; nothing where it declines, for what it shows then is only near.

    Args:
        answer: the answer object.
        of_sources: whether only what it says of the documents counts, and not what a practice rests on.
    """
    if answer["outcome"] == "not_in_sources":
        return ()
    used = {
        (span["label"], span["start"], span["end"])
        for statement in answer["statements"]
        if statement["kind"] == "source" or not of_sources
        for span in statement["spans"]
    }
    return tuple(one for one in list_citations(answer) if (one.label, one.start, one.end) in used)


def list_citations(answer: Object) -> tuple[Cited, ...]:
    """Every citation of an answer, each place once."""
    return tuple(
        dict.fromkeys(
            Cited(one["label"], one["document_id"], one["document"], one["start"], one["end"], one["quote"])
            for one in answer["citations"]
        )
    )


def covers(passage: RetrievedPassage, located: Located) -> bool:
    """Whether a passage has the label that is named, or holds most of the words."""
    if located.words.label and located.words.label == passage.label:
        return True
    return any(
        passage.document_id == place.document_id
        and min(passage.end, place.end) - max(passage.start, place.start)
        >= _MOST_OF * min(place.end - place.start, passage.end - passage.start)
        for place in located.places
    )


def touches(cited: Cited, located: Located) -> bool:
    """Whether cited words have something in common with those that are named."""
    if located.words.label and located.words.label == cited.label:
        return True
    return any(
        cited.document_id == place.document_id and max(cited.start, place.start) < min(cited.end, place.end)
        for place in located.places
    )


def cites(cited: Sequence[Cited], located: Located, read_text: ReadText) -> bool:
    """Whether an answer cites the words: all of a sentence or its part, of several sentences a whole one at least.

    A passage that is named by its label, or a document, is cited by any words of it.
    """
    if located.is_whole or not located.words.quote:
        return any(touches(one, located) for one in cited)
    return any(
        _is_covered(cited, part, read_text)
        for place in located.places
        for part in _split_sentences(place, read_text(place.document_id) or "")
    )


def _split_sentences(place: Place, text: str) -> Iterable[Place]:
    words = text[place.start : place.end]
    start = 0
    for match in _SENTENCE_END.finditer(words):
        yield Place(place.document_id, place.start + start, place.start + match.start())
        start = match.end()
    yield Place(place.document_id, place.start + start, place.end)


def _is_covered(cited: Sequence[Cited], place: Place, read_text: ReadText) -> bool:
    own = [one for one in cited if one.document_id == place.document_id]
    text = read_text(place.document_id) or ""
    reached = place.start
    for one in sorted(own, key=lambda one: one.start):
        if any(letter.isalnum() for letter in text[reached : one.start]):
            break
        reached = max(reached, one.end)
    return not any(letter.isalnum() for letter in text[reached : place.end])


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which quotations of an answer stand in the documents as they are given."""

    exact: int
    wrong: tuple[str, ...]
    """The words of those that do not."""
    gone: int
    """Those whose document is no longer there."""
    quotations: int
    """Those that could be looked up, for a reader: words that are cited and shown are one, not two as in the share."""
    misquotations: tuple[str, ...]
    """Of these, the words of those that do not stand in the documents."""

    @property
    def share(self) -> float | None:
        """Of those that could be looked up; None where none could."""
        total = self.exact + len(self.wrong)
        return self.exact / total if total else None


_Verdict = tuple[str, bool | None]
"""Words, and whether they stand in their document; None where it is gone."""


def align_quotes(answer: Object, read_text: ReadText) -> Alignment:
    """Look up every citation at its place, and the words of every statement that quotes in the documents that it cites."""
    of_citations: list[_Verdict] = []
    of_statements: list[_Verdict] = []
    by_label: dict[str, list[Cited]] = {}
    for one in list_citations(answer):
        text = read_text(one.document_id)
        of_citations.append((one.quote, None if text is None else text[one.start : one.end] == one.quote))
        by_label.setdefault(one.label, []).append(one)
    for statement in answer["statements"]:
        cited = [one for label in statement["citations"] for one in by_label.get(label, ())]
        for words in _list_quoted(statement):
            of_statements.append((words, _stands_in(words, cited, read_text)))
    verdicts = [*of_citations, *of_statements]
    once = _merge(of_citations, of_statements)
    return Alignment(
        sum(verdict is True for _, verdict in verdicts),
        _list_wrong(verdicts),
        sum(verdict is None for _, verdict in verdicts),
        sum(verdict is not None for _, verdict in once),
        _list_wrong(once),
    )


def _merge(of_citations: Sequence[_Verdict], of_statements: Iterable[_Verdict]) -> Sequence[_Verdict]:
    """Citations, and the words of statements that none of them holds with the same verdict or a worse one."""
    merged = list(of_citations)
    for words, verdict in of_statements:
        letters = fold_letters(words)
        holding = {one for quote, one in merged if letters in fold_letters(quote)}
        if not holding & {verdict, False}:
            merged.append((words, verdict))
    return merged


def _list_wrong(verdicts: Iterable[_Verdict]) -> tuple[str, ...]:
    return tuple(words for words, verdict in verdicts if verdict is False)


def _list_quoted(statement: Object) -> Iterable[str]:
    if statement["kind"] != "source":
        return
    if statement["origin"] == "quoted":
        yield str(statement["text"]).removesuffix(CUT_MARK)
        return
    for match in _QUOTED.finditer(statement["text"]):
        words = match[1] or match[2]
        if len(words.split()) >= _FEWEST_QUOTED:
            yield words


def _stands_in(words: str, cited: Sequence[Cited], read_text: ReadText) -> bool | None:
    """Whether words stand in a cited document, whatever spaces, line ends and marks are between their letters."""
    places = dict.fromkeys((one.document_id, one.start, one.end) for one in cited)
    texts = {document_id: text for document_id, _, _ in places if (text := read_text(document_id)) is not None}
    if not texts:
        # Words that name no document at all stand in none.
        return None if places else False
    if any(one in texts and words in texts[one][start:end] for one, start, end in places):
        return True
    wanted = fold_letters(words)
    # At the cited places first: the whole of a document is long.
    near = "".join(fold_letters(texts[one][start:end]) for one, start, end in sorted(places) if one in texts)
    return wanted in near or any(wanted in fold_letters(text) for text in texts.values())
