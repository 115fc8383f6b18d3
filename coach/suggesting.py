"""Draws questions from passages that could be asked next: Evidence in, questions that the documents speak to out.

A passage offers three kinds: questions that it asks itself, terms that it sets in quotation marks, and the topics that its
headings and list items name. The nearest to what was asked come first, none of them the question itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
from cachetools import LRUCache

from coach.close_reading import begins_item, read_sentence
from coach.embedding import Embedder, Vectors
from coach.prompts import Wording
from coach.records import Evidence, Hit
from coach.stemming import stem_words

_PASSAGES = 5
_MOST_CANDIDATES = 10
_SAME = 0.9
"""Cosine from which a suggestion asks what was asked already, or what another one asks."""
_MOST_KEPT = 2_000
_TERM = re.compile(r"“([^”“]{4,40})”")
_LEANS = re.compile(r"\b(?:this|that|these|those|it|its|they|them|their|such|we|our|page \d+|figure \d+)\b", re.I)
_ITEM = re.compile(r"^((?:The|An?) [^.;:]{12,160})[.;:]")
_TOPIC_END = re.compile(
    r",| and the | to (?!the\b)\w+| in (?:support|order)\b| for (?!all\b)| that | which | who | within | across "
)
_EDGES = " .,;:?!“”\"'"
_FEWEST_WORDS, _MOST_WORDS = 5, 24


class Suggester:
    """Draws questions from what was found."""

    def __init__(self, embedder: Embedder, wording: Wording) -> None:
        self._embedder = embedder
        self._wording = wording
        self._vectors = LRUCache[str, Vectors](_MOST_KEPT)

    def suggest(self, evidence: Sequence[Evidence], cited: Collection[str], count: int = 3) -> tuple[str, ...]:
        """Up to `count` questions, nearest first; none where nothing was found.

        Args:
            evidence: what was found, with the question's vector.
            cited: labels of passages that the answer quotes: what they say is known already, what they ask is not.
            count: how many.
        """
        found = [one for one in evidence if one.hits and one.vector]
        if not found:
            return ()
        hits = [hit for one in found for hit in one.hits[:_PASSAGES]]
        asked = [one.question.search_text for one in found]
        candidates = self._list_candidates(hits, cited, asked)[:_MOST_CANDIDATES]
        if not candidates:
            return ()
        vectors = np.stack([self._embed(candidate) for candidate in candidates])
        questions = np.asarray([one.vector for one in found], dtype=np.float32)
        nearness = (vectors @ questions.T).max(axis=1)
        chosen: list[int] = []
        for index in np.argsort(-nearness).tolist():
            apart = all(float(vectors[index] @ vectors[other]) < _SAME for other in chosen)
            if nearness[index] < _SAME and apart:
                chosen.append(index)
        return tuple(candidates[index] for index in chosen[:count])

    def name_themes(self, evidence: Sequence[Evidence], count: int = 3) -> tuple[str, ...]:
        """Up to `count` things that the passages found speak of, nearest to what was asked first: topics before terms."""
        found = [one for one in evidence if one.hits and one.vector]
        things: dict[str, bool] = {}
        for hit in (hit for one in found for hit in one.hits[:_PASSAGES]):
            for thing, question in self._read(hit, is_cited=False):
                if thing != question:
                    things.setdefault(thing.strip(_EDGES), question == self._say_term(thing))
        if not things:
            return ()
        vectors = np.stack([self._embed(thing) for thing in things])
        questions = np.asarray([one.vector for one in found], dtype=np.float32)
        nearness = dict(zip(things, (vectors @ questions.T).max(axis=1).tolist(), strict=True))
        return tuple(sorted(things, key=lambda thing: (things[thing], -nearness[thing]))[:count])

    def _say_term(self, term: str) -> str:
        return self._wording.say("coaching.suggest_term", term=term)

    def _list_candidates(self, hits: Sequence[Hit], cited: Collection[str], asked: Sequence[str]) -> list[str]:
        known = [set(stem_words(text)) for text in asked]
        candidates: dict[str, None] = {}
        for hit in hits:
            for thing, question in self._read(hit, is_cited=hit.passage.label in cited):
                # What holds no word besides those that were asked with would only ask the same again.
                if not any(set(stem_words(thing)) <= words for words in known):
                    candidates.setdefault(question)
        return list(candidates)

    def _read(self, hit: Hit, *, is_cited: bool) -> list[tuple[str, str]]:
        """What a passage offers: the thing that is asked for, and the question."""
        sentences = [read_sentence(hit, sentence) for sentence in hit.passage.sentences]
        terms = [term.strip(_EDGES) for text in sentences for term in _TERM.findall(text)]
        topics: list[str] = []
        if not is_cited:
            items = [text for place, text in enumerate(sentences) if begins_item(hit, place)]
            topics = [*filter(None, map(_cut_topic, items)), *_read_heading(hit)]
        return [
            *((text, text) for text in sentences if _asks_alone(text)),
            *((term, self._say_term(term)) for term in terms if " " in term),
            *((topic, self._wording.say("coaching.suggest_topic", topic=topic)) for topic in topics),
        ]

    def _embed(self, text: str) -> Vectors:
        vector = self._vectors.get(text)
        if vector is None:
            vector = self._vectors[text] = self._embedder.embed([text])[0]
        return vector


def _asks_alone(sentence: str) -> bool:
    words = len(sentence.split())
    return sentence.endswith("?") and _FEWEST_WORDS <= words <= _MOST_WORDS and not _LEANS.search(sentence)


def _cut_topic(sentence: str) -> str:
    """The thing that a list item names: "the transformation of central office work practices"."""
    match = _ITEM.match(sentence)
    if match is None:
        return ""
    topic = _TOPIC_END.split(match.group(1))[0].strip(_EDGES)
    return topic[0].lower() + topic[1:] if 3 <= len(topic.split()) <= 9 else ""


def _read_heading(hit: Hit) -> list[str]:
    section = hit.passage.section[-1].strip(_EDGES) if hit.passage.section else ""
    is_title = section.casefold() == hit.document.title.casefold()
    return [f"“{section}”"] if section and not is_title and 1 < len(section.split()) <= 10 else []
