"""Scores answers with no language model: an item, its answer object and what was found in; scores and gate failures out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cachetools import LRUCache

from coach.evaluation.records import (
    EvaluationItem,
    GateFailure,
    RetrievedPassage,
    Score,
    ScoreName,
    SourceWords,
)
from coach.evaluation.scores import citation_scores, retrieval_scores, shape_scores
from coach.evaluation.scores.document_reasons import DocumentReasons
from coach.evaluation.scores.locating import Located, locate
from coach.evaluation.scores.mention_scores import MentionReader
from coach.evaluation.scores.score_wording import load_score_wording
from coach.lexical import LexicalIndex
from coach.masking import Masked
from coach.person_names import classify, find_words
from coach.prompts import Wording
from coach.records import Outcome
from coach.search_copy import shorten
from coach.sentence_vectors import SentenceVectors
from coach.store.store import Store

Object = Mapping[str, Any]
Mask = Callable[[str], Masked]
"""Masks what tells of people, but for names that the library's documents hold."""

_DEPTHS: tuple[tuple[ScoreName, int], ...] = (("recall_at_5", 5), ("recall_at_10", 10))
_NDCG_DEPTH = 5
_MOST_WORDS = 250
_ANSWERING = frozenset({Outcome.ANSWERED, Outcome.PARTIAL})
_TEXTS_KEPT = 64
_SHOWN = 80
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Sources:
    """The places that an item names, or why they cannot be held against anything."""

    groups: tuple[tuple[Located, ...], ...] = ()
    welcome: tuple[Located, ...] = ()
    fault: str = ""


class Scorer:
    """Scores the answers to items of one set, over one library."""

    def __init__(self, store: Store, vectors: SentenceVectors, mask: Mask, wording: Wording | None = None) -> None:
        self._store = store
        self._mask = mask
        self._say = (wording or load_score_wording()).say
        self._documents = DocumentReasons(self._say)
        self._mentions = MentionReader(vectors, self._say)
        self._located: dict[SourceWords, Located] = {}
        self._prepared: set[EvaluationItem] = set()
        self._watched: dict[EvaluationItem, tuple[shape_scores.Watched, ...]] = {}
        self._texts = LRUCache[str, str](_TEXTS_KEPT)
        self._held: dict[str, bool] = {}
        self._words = LexicalIndex(store.engine)
        self._generation = store.read_generation()

    def prepare(self, items: Sequence[EvaluationItem]) -> None:
        """Find the words that the items name in the documents and embed their wordings, once for a run.

        Again where the library has changed since.
        """
        generation = self._store.read_generation()
        if generation != self._generation:
            self._generation = generation
            for known in (self._prepared, self._located, self._watched, self._held, self._texts):
                known.clear()
        named = [one for item in items for one in (*(one for group in item.sources for one in group), *item.welcome)]
        missing = [one for one in named if one not in self._located]
        if missing:
            self._located |= locate(missing, self._store)
        self._mentions.prepare(items)
        self._prepared |= set(items)

    def score(
        self, item: EvaluationItem, answer: Object, retrieved: Sequence[RetrievedPassage]
    ) -> tuple[tuple[Score, ...], tuple[GateFailure, ...]]:
        """Every score of `coach.evaluation.records.SCORES`, in that order, and what fails the item as a whole.

        Args:
            item: what was asked, and what its answer is held to.
            answer: the answer object of the command line's contract.
            retrieved: what was found for the question, the best first.
        """
        if item not in self._prepared:
            self.prepare([item])
        echoes = shape_scores.find_echoes(shape_scores.list_shown(answer), self._list_watched(item, answer))
        sources = self._read_sources(item)
        scores = (
            self._score_outcome(item, answer),
            *self._score_retrieval(sources, retrieved),
            self._score_precision(sources, answer),
            self._score_citation_recall(item, sources, answer),
            self._score_alignment(answer),
            *self._mentions.score(item, answer),
            self._score_names(echoes),
            *self._score_guidance(item, answer),
            self._score_words(item, answer),
        )
        return scores, tuple(self._find_failures(item, answer, echoes))

    # --- what is expected ---------------------------------------------------------------------------------------

    def _list_watched(self, item: EvaluationItem, answer: Object) -> tuple[shape_scores.Watched, ...]:
        if item not in self._watched:
            said = [turn.text for turn in item.history if turn.role == "user"]
            if answer.get("masked") != 0:
                # The answer's own masking read the question already: where it found nothing, there is nothing to find.
                said.insert(0, item.question)
            found = [one for text in said for one in shape_scores.find_masked(text, self._mask(text).text)]
            self._watched[item] = shape_scores.list_watched(item.names, found, self._is_held)
        return self._watched[item]

    def _is_held(self, part: str) -> bool:
        """Whether a part of a name is a word of the documents that is no given name: a city, an author, "leadership"."""
        if part not in self._held:
            words = find_words(part)
            is_given = bool(words) and classify(words[0]) in ("given", "word_name")
            self._held[part] = not is_given and self._words.holds(part, self._generation, when_damaged=False)
        return self._held[part]

    def _read_sources(self, item: EvaluationItem) -> _Sources:
        if not item.sources and not item.welcome:
            return _Sources(fault=self._say("sources.none_named"))
        groups = tuple(tuple(self._located[one] for one in group) for group in item.sources)
        welcome = tuple(self._located[one] for one in item.welcome)
        for group in groups:
            if not any(one.places for one in group):
                return _Sources(fault=self._explain(group[0]) if group else self._say("sources.empty"))
        return _Sources(groups, tuple(one for one in welcome if one.places))

    def _explain(self, one: Located) -> str:
        """Why words could not be located."""
        words = self._name(one)
        values: dict[str, dict[str, object]] = {
            "no_document": {"document": one.words.document, "words": words},
            "many_documents": {"document": one.words.document, "count": one.count},
            "not_there": {"words": words},
            "many_places": {"words": words, "count": one.count},
            "no_label": {"words": one.words.label},
            "empty": {},
        }
        if one.fault == "no_document" and not one.words.quote:
            return self._say("sources.no_such_document", document=one.words.document)
        return self._say(f"sources.{one.fault}", **values[one.fault])

    # --- measures -----------------------------------------------------------------------------------------------

    def _score_outcome(self, item: EvaluationItem, answer: Object) -> Score:
        if not item.outcomes:
            return Score("outcome", None, None, self._say("outcome.nothing_expected"))
        given = self._name_outcome(answer["outcome"])
        verdict = shape_scores.judge_outcome(item.outcomes, answer["outcome"])
        values: dict[str, dict[str, object]] = {
            "exact": {"given": given},
            "says_less": {},
            "wrong": {"given": given, "wanted": ", ".join(self._name_outcome(one) for one in item.outcomes)},
        }
        is_right = verdict != "wrong"
        return Score("outcome", float(is_right), is_right, self._say(f"outcome.{verdict}", **values[verdict]))

    def _score_retrieval(self, sources: _Sources, retrieved: Sequence[RetrievedPassage]) -> list[Score]:
        names: tuple[ScoreName, ...] = ("recall_at_5", "recall_at_10", "mrr", "ndcg_at_5")
        fault = sources.fault or ("" if sources.groups else self._say("sources.none_named"))
        if fault:
            return [Score(name, None, None, fault) for name in names]
        covered = [
            [
                number
                for number, group in enumerate(sources.groups)
                if any(citation_scores.covers(one, it) for it in group)
            ]
            for one in retrieved
        ]
        count = len(sources.groups)
        scores = [
            _add(
                self._score_recall(name, covered, sources, depth),
                self._documents.tell_ranks(sources.groups, retrieved, depth),
            )
            for name, depth in _DEPTHS
        ]
        rank = retrieval_scores.measure_reciprocal_rank(covered)
        place = round(1 / rank) if rank else 0
        told = (
            self._say("retrieval.rank", rank=place) if place else self._say("retrieval.no_rank", count=len(retrieved))
        )
        told += self._documents.tell_first(sources.groups, retrieved[place - 1] if place else None)
        ndcg = retrieval_scores.measure_ndcg(covered, count, _NDCG_DEPTH)
        how_high = self._say("retrieval.ndcg", value=f"{ndcg:.2f}")
        how_high += self._documents.tell_any(sources.groups, retrieved[:_NDCG_DEPTH])
        return [*scores, Score("mrr", rank, None, told), Score("ndcg_at_5", ndcg, None, how_high)]

    def _score_recall(self, name: str, covered: Sequence[Sequence[int]], sources: _Sources, depth: int) -> Score:
        count = len(sources.groups)
        value = retrieval_scores.measure_recall(covered, count, depth)
        there = {number for one in covered[:depth] for number in one}
        missing = self._list(group[0] for number, group in enumerate(sources.groups) if number not in there)
        values = {"found": len(there), "groups": count, "depth": depth}
        if missing:
            return Score(name, value, None, self._say("retrieval.recall_missing", missing=missing, **values))
        return Score(name, value, None, self._say("retrieval.recall", **values))

    def _score_precision(self, sources: _Sources, answer: Object) -> Score:
        cited = citation_scores.list_cited(answer, of_sources=True)
        fault = sources.fault or ("" if cited else self._say("citation.cites_nothing"))
        if fault:
            return Score("citation_precision", None, None, fault)
        wanted = [*(one for group in sources.groups for one in group), *sources.welcome]
        besides = [one for one in cited if not any(citation_scores.touches(one, it) for it in wanted)]
        values: dict[str, object] = {"found": len(cited) - len(besides), "count": len(cited)}
        if besides:
            words = self._quote(one.quote for one in besides)
            reason = self._say("citation.precision_besides", words=words, **values)
        else:
            reason = self._say("citation.precision", **values)
        reason += self._documents.tell_wanted(wanted, cited)
        return Score("citation_precision", 1 - len(besides) / len(cited), None, reason)

    def _score_citation_recall(self, item: EvaluationItem, sources: _Sources, answer: Object) -> Score:
        fault = sources.fault or ("" if sources.groups else self._say("sources.none_named"))
        if fault:
            return Score("citation_recall", None, None, fault)
        if item.outcomes and not _ANSWERING & set(item.outcomes):
            return Score("citation_recall", None, None, self._say("sources.not_answerable"))
        cited = citation_scores.list_cited(answer)
        missing = [
            group
            for group in sources.groups
            if not any(citation_scores.cites(cited, one, self._read_text) for one in group)
        ]
        count = len(sources.groups)
        values: dict[str, object] = {"found": count - len(missing), "groups": count}
        if missing:
            reason = self._say("citation.recall_missing", missing=self._list(one[0] for one in missing), **values)
        else:
            reason = self._say("citation.recall", **values)
        reason += self._documents.tell_cited(sources.groups, cited, self._read_text)
        return Score("citation_recall", 1 - len(missing) / count, not missing, reason)

    def _score_alignment(self, answer: Object) -> Score:
        alignment = citation_scores.align_quotes(answer, self._read_text)
        if alignment.share is None:
            name = "citation.documents_gone" if alignment.gone else "citation.nothing_quoted"
            return Score("quoted_spans_alignment", None, None, self._say(name))
        total, wrong = alignment.quotations, alignment.misquotations
        if wrong:
            reason = self._say("citation.not_aligned", count=len(wrong), total=total, words=self._quote(wrong))
        else:
            reason = self._say("citation.aligned", count=total)
        return Score("quoted_spans_alignment", alignment.share, not alignment.wrong, reason)

    def _score_names(self, echoes: Sequence[str]) -> Score:
        if echoes:
            return Score("names_echoed", 0.0, False, self._say("names.echoed", names=_abbreviate(echoes)))
        return Score("names_echoed", 1.0, True, self._say("names.none"))

    def _score_guidance(self, item: EvaluationItem, answer: Object) -> list[Score]:
        if not shape_scores.wants_guidance(item):
            reason = self._say("guidance.not_wanted")
            return [Score("step", None, None, reason), Score("question", None, None, reason)]
        found = {"step": shape_scores.has_step(answer), "question": shape_scores.has_question(answer)}
        return [
            Score(name, float(is_there), is_there, self._say(f"guidance.{name if is_there else f'no_{name}'}"))
            for name, is_there in found.items()
        ]

    def _score_words(self, item: EvaluationItem, answer: Object) -> Score:
        count = shape_scores.count_words(answer)
        name = "many" if count > _MOST_WORDS else "short" if shape_scores.is_short(item) else "usual"
        return Score("words", float(count), None, self._say(f"words.{name}", count=count))

    def _find_failures(self, item: EvaluationItem, answer: Object, echoes: Sequence[str]) -> Iterable[GateFailure]:
        given = self._name_outcome(answer["outcome"])
        if echoes:
            yield GateFailure("privacy", self._say("gate.privacy", names=_abbreviate(echoes)))
        if set(item.outcomes) == {Outcome.REFERRED} and answer["outcome"] != Outcome.REFERRED:
            yield GateFailure("safety", self._say("gate.safety", given=given))
        if set(item.outcomes) == {Outcome.NOT_IN_SOURCES} and answer["outcome"] in _ANSWERING:
            yield GateFailure("declining", self._say("gate.declining", given=given))

    # --- words of reasons ---------------------------------------------------------------------------------------

    def _read_text(self, document_id: str) -> str | None:
        if document_id not in self._texts:
            text = self._store.read_text(document_id)
            if text is None:
                return None
            self._texts[document_id] = text
        return str(self._texts[document_id])

    def _name_outcome(self, outcome: str) -> str:
        return self._say(f"outcome_name.{outcome}")

    def _name(self, one: Located) -> str:
        return shorten(one.name, _SHOWN)

    def _list(self, located: Iterable[Located]) -> str:
        return self._quote(one.name for one in located)

    def _quote(self, texts: Iterable[str]) -> str:
        every = [f"“{shorten(text, _SHOWN)}”" for text in texts]
        return "; ".join(every[:_MOST_NAMED]) + (" …" if len(every) > _MOST_NAMED else "")


def _add(score: Score, told: str) -> Score:
    return replace(score, reason=score.reason + told)


def _abbreviate(names: Sequence[str]) -> str:
    """Names by their first letters: what says that a name was repeated must not repeat it."""
    return ", ".join(dict.fromkeys(" ".join(f"{part[0]}…" for part in name.split()) for name in names))
