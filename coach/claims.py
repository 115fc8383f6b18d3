"""Checks a sentence that a language model wrote against the passages it was shown: Written -> exact quotes, or why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coach.basis import find_weakest, recognise_basis
from coach.close_reading import read_sentence
from coach.disclosure import Disclosed, holds_mark
from coach.forms import find_strange_words, holds_order, is_statement, strip_frame
from coach.records import DraftStatement, Quote, Remark, Span
from coach.search_copy import read_quote
from coach.support import Support
from coach.written import Reference, Written

_QUOTED = re.compile(r"[“\"]([^“”\"]+?)[,.]?[”\"]")
_BESIDE = 1
"""Sentences on either side of the quoted ones with which a claim is compared: a pronoun stands for what is before it."""


class Judge(Protocol):
    """What decides whether words support a claim."""

    def judge(self, claim: str, sentences: Sequence[str], known: Sequence[str] = ()) -> Support:
        """How far the sentences of a source support a claim; `known`: names that the document is known by."""
        ...

    def holds(self, support: Support) -> bool:
        """Whether that is enough for the claim to be shown."""
        ...

    def prepare(self, sentences: Sequence[str]) -> None:
        """Make ready for claims about some sentences."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Words in a passage that a claim says it rests on."""

    disclosed: Disclosed
    spans: tuple[Span, ...]
    first: int
    """Number of the first sentence of the passage that holds some of them."""
    last: int

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The words as the document holds them."""
        hit = self.disclosed.hit
        return tuple(Quote(hit.passage.label, span, hit.cut(span)) for span in self.spans)

    def say(self) -> list[str]:
        """The words, as a person reads them."""
        markdown = self.disclosed.hit.document.kind == "markdown"
        return [read_quote([quote.text], markdown=markdown) for quote in self.quotes]

    def name(self) -> tuple[str, ...]:
        """The names that the document is known by: its title, its writers, and the sections that the passage stands in."""
        document = self.disclosed.hit.document
        return (document.title, *self.disclosed.hit.passage.section, *document.metadata.authors)

    def know(self) -> tuple[str, ...]:
        """Everything that a sentence about the passage may take words from."""
        return (self.disclosed.hit.text, self.disclosed.text, *self.name())

    def read(self, beside: int = 0) -> list[str]:
        """The sentences that hold the words, as a person reads them, and some on either side."""
        sentences = self.disclosed.hit.passage.sentences
        shown = sentences[max(self.first - beside, 0) : self.last + 1 + beside]
        return [read_sentence(self.disclosed.hit, sentence) for sentence in shown]


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim that may not be shown, and the name of the wording that says why."""

    reason: Remark
    places: tuple[Place, ...] = ()
    """Where its words stand, if they stand anywhere."""


class ClaimChecker:
    """Checks claims against passages that were sent."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def prepare(self, shown: Iterable[Disclosed]) -> None:
        """Make ready for claims about some passages: while the model has not begun, that costs nobody time."""
        for disclosed in shown:
            sentences = disclosed.hit.passage.sentences
            self._judge.prepare([read_sentence(disclosed.hit, sentence) for sentence in sentences])

    def check(self, written: Written, shown: Mapping[str, Disclosed]) -> DraftStatement | Refused:
        """The claim with the exact words that it rests on, or why it is refused.

        Each reference is tried by itself: what only two passages together would support is a merging of sources, and is
        refused.

        Args:
            written: a sentence and its references.
            shown: the passages that were sent, by label.
        """
        if not is_statement(written.text):
            return Refused(Remark("check.form"))
        if holds_mark(written.text):
            return Refused(Remark("check.masked"))
        if not written.references:
            return Refused(Remark("check.no_passage"))
        found = [self._find(reference, shown) for reference in written.references]
        places = tuple(place for place in found if isinstance(place, Place))
        if not places:
            return next(one for one in found if isinstance(one, Refused))
        if _names_another(written.text, places, shown.values()):
            return Refused(Remark("check.speaker"), places)
        if find_strange_words(written.text, " ".join(text for place in places for text in place.know())):
            return Refused(Remark("check.words"), places)
        said = strip_frame(written.text)
        judged = [(place, self._support(said, place)) for place in places]
        carrying = [place for place, support in judged if self._judge.holds(support)]
        if not carrying:
            disagreement = next((support.disagreement for _, support in judged if support.disagreement), None)
            return Refused(Remark(f"check.{disagreement or 'unsupported'}"), places)
        # What a document orders or asks is no news about it, and its place no reason for what stands there to be shown.
        if any(holds_order(sentence) for place in carrying for sentence in place.read()):
            return Refused(Remark("check.order"))
        return _draft(written.text, carrying)

    def _find(self, reference: Reference, shown: Mapping[str, Disclosed]) -> Place | Refused:
        disclosed = shown.get(reference.label)
        if disclosed is None:
            return Refused(Remark("check.unknown_passage"))
        if not reference.words:
            return Refused(Remark("check.no_words"))
        spans = disclosed.locate(reference.words)
        place = _place(disclosed, spans) if spans else None
        return place or Refused(Remark("check.words_not_there"))

    def _support(self, claim: str, place: Place) -> Support:
        """How like the claim is to the words that it names; a number or a name may also stand in the sentences around them.

        Measured on evals/written_claims.jsonl, the words alone tell more than the sentences around: of the supported claims
        24 of 51 pass and not 18, of the others 7 of 60 and not 9.
        """
        around = self._judge.judge(claim, place.read(_BESIDE), place.name())
        if around.disagreement is not None or around.probability == 1:  # it stands there word for word
            return around
        return replace(self._judge.judge(claim, place.say(), place.name()), disagreement=None)


def _place(disclosed: Disclosed, spans: tuple[Span, ...]) -> Place | None:
    sentences = disclosed.hit.passage.sentences
    start, end = spans[0].start, spans[-1].end
    numbers = [
        number
        for number, sentence in enumerate(sentences)
        if sentence.spans[0].start < end and start < sentence.spans[-1].end
    ]
    return Place(disclosed, spans, numbers[0], numbers[-1]) if numbers else None


def _names_another(text: str, places: Sequence[Place], shown: Iterable[Disclosed]) -> bool:
    """Whether a claim names the title, between quotation marks, or a writer of a document that it does not cite."""
    cited = {place.disclosed.hit.document.id: place.disclosed.hit.document for place in places}
    own = " ".join(name for card in cited.values() for name in (card.title, *card.metadata.authors))
    quoted = [" ".join(match[1].split()).casefold() for match in _QUOTED.finditer(text)]
    for disclosed in shown:
        card = disclosed.hit.document
        if card.id in cited:
            continue
        if card.title.casefold() in quoted and card.title.casefold() not in own.casefold():
            return True
        surnames = {author.split()[-1] for author in card.metadata.authors if author.split()}
        if any(re.search(rf"\b{re.escape(name)}\b", text) and name not in own.split() for name in surnames):
            return True
    return False


def _draft(text: str, places: Sequence[Place]) -> DraftStatement:
    quotes = tuple(dict.fromkeys(quote for place in places for quote in place.quotes))
    bases = [
        recognise_basis(sentence, place.disclosed.hit.document.metadata.basis)
        for place in places
        for sentence in place.read()
    ]
    return DraftStatement(text, "source", "written", quotes, basis=find_weakest(bases))
