"""Finds what a set does not ask about yet: a library and items in, drafts with their passage filled in out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from coach.evaluation.records import EvaluationItem, SourceWords
from coach.evaluation.scores.document_names import DocumentNames
from coach.evaluation.scores.locating import find_whole
from coach.records import DocumentCard, Outcome, Sentence
from coach.store.store import Store, StoredPassage

_RUN = 6  # words in a row that a passage shares with a source which covers it
_SHORTEST, _LONGEST = 8, 45  # words of a sentence that is worth a question
_LOOKED_AT = 100  # passages of a document by which its words are known for common ones
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Candidate:
    document: DocumentCard
    section: str
    label: str
    sentence: str


def draft_cases(store: Store, items: Sequence[EvaluationItem], most: int = 30) -> tuple[EvaluationItem, ...]:
    """Drafts for passages that no item asks for: question empty, source filled in with the passage's most telling sentence.

    They are spread over documents, and in each over its sections; the same library and items give the same drafts.

    Args:
        store: of the library.
        items: of the set, drafts among them.
        most: drafts wanted; fewer where fewer passages are left.
    """
    cards = _sort(store.list_documents())
    covered = _Covered(items, cards)
    taken = {item.id for item in items}
    queues = [_find_candidates(store, card, covered) for card in cards]
    fresh = (one for one in _take_turns(queues) if f"draft-{one.label}" not in taken)
    return tuple(_make_draft(one) for one in islice(fresh, max(most, 0)))


def _sort(cards: Sequence[DocumentCard]) -> list[DocumentCard]:
    return sorted(cards, key=lambda card: (card.name, card.id))


def _make_draft(one: _Candidate) -> EvaluationItem:
    source = SourceWords(quote=one.sentence, document=one.document.name, label=one.label)
    return EvaluationItem(
        id=f"draft-{one.label}",
        question="",
        outcomes=(Outcome.ANSWERED,),
        sources=((source,),),
        topic=one.section,
        status="draft",
    )


# --- what is covered ----------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(_RUN)), strict=False)


class _Covered:
    """The words and labels that items name already. A document of which no words are named has nothing covered by that."""

    def __init__(self, items: Sequence[EvaluationItem], cards: Sequence[DocumentCard]) -> None:
        every = dict.fromkeys(words for item in items for group in item.sources for words in group)
        names = DocumentNames(cards)
        named = [words for words in every if find_whole(words, names) is None]
        self._labels = {one.label for one in (*named, *(one for item in items for one in item.welcome)) if one.label}
        quotes = [_words(one.quote) for one in named if one.quote]
        self._runs = {run for quote in quotes for run in _runs(quote)}
        self._short = tuple(f" {' '.join(quote)} " for quote in quotes if 0 < len(quote) < _RUN)

    def holds(self, passage: StoredPassage) -> bool:
        """Whether an item's sources name a passage, or words of it."""
        one = passage.passage
        if one.label in self._labels or any(len(label) >= _RUN and one.id.startswith(label) for label in self._labels):
            return True
        words = _words(passage.text)
        if any(run in self._runs for run in _runs(words)):
            return True
        joined = f" {' '.join(words)} " if self._short else ""
        return any(quote in joined for quote in self._short)


# --- what is worth a question -------------------------------------------------------------------------------------


def _find_candidates(store: Store, card: DocumentCard, covered: _Covered) -> Iterator[_Candidate]:
    """What is worth a question in a document: one of each section in turn, looked for only as far as it is asked for."""
    passages = store.list_document_passages(card.id)
    looked_at = passages[:: len(passages) // _LOOKED_AT + 1]
    spread = Counter(word for passage in looked_at for word in set(_words(passage.text)))
    sections: dict[str, list[StoredPassage]] = {}
    for passage in passages:
        section = passage.passage.section[-1] if passage.passage.section else (card.metadata.title or card.name)
        sections.setdefault(section, []).append(passage)

    def find(section: str) -> Iterator[_Candidate]:
        for passage in sections[section]:
            if covered.holds(passage):
                continue
            sentence = _choose_sentence(passage, spread, len(looked_at))
            if sentence:
                yield _Candidate(card, section, passage.passage.label, sentence)

    yield from _take_turns([find(section) for section in sections])


def _choose_sentence(passage: StoredPassage, spread: Counter[str], passages: int) -> str:
    """The sentence whose words are rarest in the document; empty where the passage has none that could be asked about."""
    texts = [text for sentence in passage.passage.sentences if (text := _cut(passage, sentence))]
    able = [text for text in texts if _SHORTEST <= len(_words(text)) <= _LONGEST and _is_statement(text)]
    if not able:
        return ""

    def weigh(text: str) -> float:
        words = {word for word in _words(text) if len(word) > 3}
        return sum(math.log((passages + 1) / (spread[word] + 1)) for word in words) / math.sqrt(len(_words(text)))

    return max(able, key=weigh)


def _cut(passage: StoredPassage, sentence: Sentence) -> str:
    if len(sentence.spans) != 1:
        return ""
    start = passage.passage.start
    return passage.text[sentence.spans[0].start - start : sentence.spans[0].end - start].strip()


_REFERENCE = re.compile(r"\(\d{4}[a-z]?\)\.|\bdoi\b|https?://|\bpp\. ?\d|\bRetrieved from\b|\bISBN\b|\u00a9")


def _is_statement(text: str) -> bool:
    """Whether a sentence says something: no question, no entry of a list of references, mostly words."""
    letters = sum(map(str.isalpha, text))
    return text[-1] in '.!\u201d")' and letters > 0.7 * len(text) and not _REFERENCE.search(text)


# --- spread -------------------------------------------------------------------------------------------------------


def _take_turns(queues: Sequence[Iterator[_Candidate]]) -> Iterator[_Candidate]:
    """One of each in turn, until none has any left."""
    waiting = list(queues)
    while waiting:
        left: list[Iterator[_Candidate]] = []
        for queue in waiting:
            one = next(queue, None)
            if one is not None:
                yield one
                left.append(queue)
        waiting = left
