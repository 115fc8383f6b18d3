"""Holds answers against wordings: items with what must and must not be said and their answers in, two scores each out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.evaluation.records import EvaluationItem, Match, Score
from coach.evaluation.scores.meanings import MeaningParameters, MeaningReader, load_meaning
from coach.evaluation.scores.wording_scores import Sentence, find_words, list_sentences, match_plainly
from coach.sentence_vectors import SentenceVectors

Object = Mapping[str, Any]
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class _Plain:
    """What is found of an item's wordings by their words and forms."""

    groups: tuple[tuple[tuple[str, ...], Match | None], ...]
    barred: tuple[tuple[str, Match | None], ...]


class MentionReader:
    """Looks for wordings in answers."""

    def __init__(self, vectors: SentenceVectors, say: Say, parameters: MeaningParameters | None = None) -> None:
        self._vectors = vectors
        self._meaning = MeaningReader(vectors, parameters or load_meaning())
        self._say = say

    def prepare(self, items: Iterable[EvaluationItem]) -> None:
        """Embed every wording of some items in one batch."""
        phrases = [
            phrase
            for item in items
            for phrase in (*(one for group in item.must_mention for one in group), *item.must_not_say)
        ]
        if phrases:
            self._vectors.embed(list(dict.fromkeys(phrases)))

    def score(self, item: EvaluationItem, answer: Object) -> tuple[Score, Score]:
        """What must be mentioned, and what must not be said.

        Only what is found neither by its words nor by their forms is looked for by its meaning.
        """
        groups = tuple(group for group in item.must_mention if group)
        if not groups and not item.must_not_say:
            return self._score_wanted(()), self._score_barred(())
        sentences = list_sentences(answer)
        own = [sentence for sentence in sentences if sentence.kind != "notice"]
        plain = _Plain(
            tuple((group, _match_group(group, sentences)) for group in groups),
            tuple((one, _match_barred(one, item.question, sentences, own)) for one in item.must_not_say),
        )
        wanted = [one for group, match in plain.groups if match is None for one in group]
        # By its meaning nothing is found in a notice: what such a line says, and of which words, is ours.
        barred = [one for one, match in plain.barred if match is None]
        said = self._meaning.find_mentioned(wanted, [sentence.text for sentence in sentences])
        broken = self._meaning.find_barred(barred, [sentence.text for sentence in own])
        return (
            self._score_wanted([match or _take(group, said) for group, match in plain.groups]),
            self._score_barred([match or _take([one], broken) for one, match in plain.barred]),
        )

    def _score_wanted(self, matches: Sequence[Match]) -> Score:
        if not matches:
            return Score("must_mention", None, None, self._say("mention.nothing_wanted"))
        missing = [one.wanted for one in matches if not one.by]
        count = len(matches)
        if missing:
            quoted = "; ".join(f"“{one}”" for one in missing)
            reason = self._say("mention.missing", found=count - len(missing), groups=count, missing=quoted)
        else:
            reason = self._say("mention.all", groups=count)
        return Score("must_mention", 1 - len(missing) / count, not missing, reason, tuple(matches))

    def _score_barred(self, matches: Sequence[Match]) -> Score:
        if not matches:
            return Score("must_not_say", None, None, self._say("mention.nothing_barred"))
        said = [one for one in matches if one.by]
        reason = self._say("mention.none_said")
        if said:
            reason = self._say("mention.said", wanted=said[0].wanted, found=said[0].found)
        return Score("must_not_say", float(not said), not said, reason, tuple(matches))


def _match_group(group: Sequence[str], sentences: Sequence[Sentence]) -> Match | None:
    return next((found for phrase in group if (found := match_plainly(phrase, sentences))), None)


def _match_barred(phrase: str, question: str, sentences: Sequence[Sentence], own: Sequence[Sentence]) -> Match | None:
    """A notice may repeat words of the question: that does not say them."""
    return match_plainly(phrase, own if find_words(phrase, question) else sentences, strictly=True)


def _take(group: Sequence[str], said: Mapping[str, str]) -> Match:
    found = next((phrase for phrase in group if phrase in said), None)
    return Match(found, said[found], "meaning") if found else Match(group[0], "", "")
