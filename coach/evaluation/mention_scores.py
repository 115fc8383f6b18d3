"""Holds answers against wordings: items with what must and must not be said and their answers in, two scores each out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from coach.evaluation.records import EvaluationItem, Match, Score
from coach.evaluation.wording_scores import Sentence, find_words, list_sentences, match_plainly
from coach.sentence_vectors import SentenceVectors

Object = Mapping[str, Any]
Say = Callable[..., str]


class MentionReader:
    """Looks for wordings in answers."""

    def __init__(self, vectors: SentenceVectors, say: Say) -> None:
        self._vectors = vectors
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
        """What must be mentioned, and what must not be said."""
        sentences = list_sentences(answer)
        return self._score_wanted(item, sentences), self._score_barred(item, sentences)

    def _score_wanted(self, item: EvaluationItem, sentences: Sequence[Sentence]) -> Score:
        groups = [group for group in item.must_mention if group]
        if not groups:
            return Score("must_mention", None, None, self._say("mention.nothing_wanted"))
        matches = [_match_group(group, sentences) for group in groups]
        missing = [one.wanted for one in matches if not one.by]
        count = len(groups)
        if missing:
            quoted = "; ".join(f"“{one}”" for one in missing)
            reason = self._say("mention.missing", found=count - len(missing), groups=count, missing=quoted)
        else:
            reason = self._say("mention.all", groups=count)
        return Score("must_mention", 1 - len(missing) / count, not missing, reason, tuple(matches))

    def _score_barred(self, item: EvaluationItem, sentences: Sequence[Sentence]) -> Score:
        if not item.must_not_say:
            return Score("must_not_say", None, None, self._say("mention.nothing_barred"))
        matches = tuple(
            match_plainly(phrase, _list_own(phrase, item.question, sentences)) or Match(phrase, "", "")
            for phrase in item.must_not_say
        )
        said = [one for one in matches if one.by]
        reason = (
            self._say("mention.said", wanted=said[0].wanted, found=said[0].found)
            if said
            else self._say("mention.none_said")
        )
        return Score("must_not_say", float(not said), not said, reason, matches)


def _match_group(group: Sequence[str], sentences: Sequence[Sentence]) -> Match:
    found = (match_plainly(phrase, sentences) for phrase in group)
    return next((one for one in found if one is not None), Match(group[0], "", ""))


def _list_own(phrase: str, question: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that count against a wording: a notice that only repeats words of the question does not."""
    if find_words(phrase, question):
        return [sentence for sentence in sentences if sentence.kind != "notice"]
    return list(sentences)
