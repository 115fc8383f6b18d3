"""What a library is, for somebody who has never seen it: Store -> how much there is to read, and of what kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from coach.basis import recognise_basis
from coach.reading_list import Report
from coach.records import Basis, DocumentCard
from coach.search_copy import fold_letters
from coach.store.store import Store, StoredPassage

_WORDS_A_MINUTE = 230
"""How fast adults read silently what is no fiction: Brysbaert (2019) puts it at 238, over 190 studies."""
_MOST_PASSAGES = 400
_FEW, _SOME = 0.05, 0.2
_STEP = re.compile(
    r"^(?:\W*(?:step )?\d*[.):]?\s*)?(?:please |first,? |then,? |next,? |finally,? |always |never |do not |don['’]t )*"
    r"(?:add|agree|allow|arrange|ask|avoid|begin|block|bring|build|call|check|choose|collect|compare|complete|consider"
    r"|create|decide|describe|develop|discuss|draft|encourage|ensure|establish|explain|explore|find|follow|gather|give"
    r"|hold|identify|include|invite|keep|let|list|listen|look|make|meet|model|name|note|observe|offer|open|plan|practise"
    r"|practice|prepare|provide|pick|put|read|record|reflect|remember|review|schedule|select|send|set|share|show|sit"
    r"|start|state|stop|take|talk|tell|think|try|turn|use|visit|walk|watch|write)\b(?! (?:is|are|was|were)\b)"
    r"|\byou (?:should|must|can|could|might|need to|will need)\b",
    re.I,
)

Amount = Literal["none", "few", "some", "many"]


@dataclass(frozen=True, slots=True)
class Introduction:
    """A library at first sight."""

    documents: int
    titles: tuple[str, ...]
    minutes: int
    """To read all of it."""
    findings: Amount
    """How many of its sentences say what was found."""
    steps: Amount
    """How many tell the reader what to do."""
    worth_adding: tuple[Report, ...]
    """Public reports that are not in it."""


class Introducer:
    """Looks through a library once after each change of it."""

    def __init__(self, store: Store, reports: Sequence[Report]) -> None:
        self._store = store
        self._reports = tuple(reports)
        self._made: tuple[int, Introduction] | None = None
        self._turn = Lock()

    def introduce(self) -> Introduction:
        """The library as it is now. Of a large one, every n-th sentence is looked at."""
        with self._turn:
            generation = self._store.read_generation()
            if self._made is None or self._made[0] != generation:
                self._made = (generation, self._look_through())
            return self._made[1]

    def _look_through(self) -> Introduction:
        cards = self._store.list_documents()
        seen: Counter[str] = Counter()
        words_in_all = 0.0
        stride = max(1, sum(card.passages for card in cards) // _MOST_PASSAGES)
        for card in cards:
            looked_at = self._store.list_document_passages(card.id)[::stride]
            for words, basis in _iterate_sentences(looked_at, card):
                seen["all"] += 1
                words_in_all += len(words.split()) * card.passages / len(looked_at)
                seen["found"] += basis == "found"
                seen["steps"] += _STEP.search(words) is not None
        titles = {fold_letters(card.title) for card in cards}
        missing = (one for one in self._reports if one.part is not None or fold_letters(one.title) not in titles)
        return Introduction(
            documents=len(cards),
            titles=tuple(card.title for card in cards),
            minutes=round(words_in_all / _WORDS_A_MINUTE) or min(len(cards), 1),
            findings=_name_amount(seen["found"], seen["all"]),
            steps=_name_amount(seen["steps"], seen["all"]),
            worth_adding=tuple(missing),
        )


def _iterate_sentences(passages: Sequence[StoredPassage], card: DocumentCard) -> Iterator[tuple[str, Basis]]:
    for stored in passages:
        start = stored.passage.start
        for sentence in stored.passage.sentences:
            words = " ".join(stored.text[span.start - start : span.end - start] for span in sentence.spans)
            yield words, recognise_basis(words, card.metadata.basis)


def _name_amount(count: int, total: int) -> Amount:
    share = count / total if total else 0.0
    return "none" if share < _FEW / 5 else "few" if share < _FEW else "some" if share < _SOME else "many"
