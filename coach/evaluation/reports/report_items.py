"""One result as a report shows it: a result, what people say of it and the wording in, plain words out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from coach.evaluation.records import (
    Agreement,
    Comparison,
    EvaluationItem,
    ItemChange,
    ItemResult,
    Match,
    Rating,
    RatingRound,
    RetrievedPassage,
    Rubric,
    Run,
    Score,
    Settlement,
    SourceWords,
)
from coach.prompts import Wording
from coach.records import Citation, Outcome
from coach.rendering import name_source
from coach.search_copy import fold_letters, read_plainly, shorten

Standing = Literal["failed", "not_scored", "passed"]
_OPENING = 240
"""Characters that are shown of a passage that was found and neither cited nor asked for."""
_LEAST_WANTED = 12
"""Letters that the words of a passage must share before they are taken for it."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A round of ratings, and what came of it."""

    round: RatingRound
    ratings: tuple[Rating, ...]
    settlements: tuple[Settlement, ...]
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class QuotationView:
    """Words that an answer cites, under the number that they have in it."""

    number: int
    quote: str
    source: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A sentence of an answer, with the numbers of what it cites."""

    text: str
    kind: str
    is_quoted: bool
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One measure of an answer, in words."""

    name: str
    measure: str
    value: float | None
    result: str
    reason: str
    matches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundView:
    """A passage that was found."""

    rank: int
    source: str
    text: str
    score: float
    is_cited: bool
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class LevelView:
    """What was said of one dimension."""

    dimension: str
    level: str
    value: int | None


@dataclass(frozen=True, slots=True)
class RaterView:
    """What one rater says of an answer."""

    rater: str
    levels: tuple[LevelView, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One question with everything that came of it, in words."""

    result: ItemResult
    anchor: str
    """The end of the address that leads to it."""
    turns: tuple[tuple[str, str], ...]
    """What was said before: `user` or `assistant`, and the words."""
    standing: Standing
    expected: str
    """In one sentence."""
    came: str
    outcome: str
    statements: tuple[StatementView, ...]
    quotations: tuple[QuotationView, ...]
    wanted: tuple[tuple[str, ...], ...]
    """Of every group, the passages of which one is to be cited."""
    scores: tuple[ScoreView, ...]
    unscored: tuple[ScoreView, ...]
    """Measures that could not be scored."""
    raters: tuple[RaterView, ...]
    decisions: tuple[LevelView, ...]
    found: tuple[FoundView, ...]
    changed: tuple[str, ...]
    """How it stands against the run before; empty where it does not stand in both."""

    @property
    def item(self) -> EvaluationItem:
        """What was asked."""
        return self.result.item

    @property
    def confidence(self) -> float | None:
        """0 to 1; None where no answer came."""
        return self.result.answer.get("confidence") if self.result.answer else None


def find_standing(result: ItemResult) -> Standing:
    """Whether a result counts for or against, or neither. One without an answer is among those that failed."""
    if result.fault or result.passed is False:
        return "failed"
    return "not_scored" if result.passed is None else "passed"


def name_anchors(ids: Iterable[str]) -> dict[str, str]:
    """An anchor for every id, each another: the id itself as far as its letters allow."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for number, one in enumerate(ids, start=1):
        anchor = "item-" + (re.sub(r"[^A-Za-z0-9_.-]+", "-", one).strip("-") or str(number))
        while anchor in taken:
            anchor = f"{anchor}-{number}"
        taken.add(anchor)
        anchors[one] = anchor
    return anchors


@dataclass(frozen=True, slots=True)
class ItemTeller:
    """Puts results into words."""

    wording: Wording
    anchors: Mapping[str, str]
    run_id: str
    rated: Rated | None = None
    changes: Mapping[str, ItemChange] = field(default_factory=dict)
    """By id of the item."""

    def tell(self, result: ItemResult) -> ItemView:
        """A result in words."""
        answer = result.answer or {}
        scores = [self._tell_score(score) for score in result.scores]
        citations = [_read_citation(one) for one in answer.get("citations", ())]
        return ItemView(
            result=result,
            anchor=self.anchors[result.item.id],
            turns=tuple(_list_turns(result)),
            standing=find_standing(result),
            expected=self.tell_expected(result.item),
            came=self.tell_came(result),
            outcome=self.name_outcomes([answer["outcome"]]) if answer else "",
            statements=tuple(_read_statement(one, citations) for one in answer.get("statements", ())),
            quotations=tuple(
                QuotationView(number, read_plainly(one.quote), name_source(one))
                for number, one in enumerate(citations, start=1)
            ),
            wanted=tuple(
                tuple(self.name_source(one, result.retrieved) for one in group) for group in result.item.sources
            ),
            scores=tuple(score for score in scores if score.value is not None),
            unscored=tuple(score for score in scores if score.value is None),
            raters=tuple(self._tell_rating(rating) for rating in self._find_ratings(result.item.id)),
            decisions=tuple(self._tell_decisions(result.item.id)),
            found=tuple(self._tell_found(result, citations)),
            changed=tuple(self._tell_change(result.item.id)),
        )

    # --- what was expected, and what came ---

    def name_outcomes(self, outcomes: Sequence[str]) -> str:
        """Kinds of answer, any of which is right."""
        names = [self.wording.say(f"outcome.{outcome}") for outcome in outcomes]
        if not names:
            return self.wording.say("outcome.any")
        first, *others = names
        for other in others:
            first = self.wording.say("outcome.or", first=first, second=other)
        return first

    def tell_expected(self, item: EvaluationItem) -> str:
        """What an answer is held to, in one line."""
        parts = [self.name_outcomes(item.outcomes)]
        if item.must_mention:
            words = "; ".join(group[0] for group in item.must_mention if group)
            parts.append(self.wording.say("expected.mention", words=words))
        if item.must_not_say:
            parts.append(self.wording.say("expected.avoid", words="; ".join(item.must_not_say)))
        return "; ".join(parts)

    def tell_came(self, result: ItemResult, length: int = 400) -> str:
        """What the answer was, in one line of at most about `length` characters."""
        if not result.answer:
            return self.wording.say("came.nothing", fault=result.fault)
        outcome = self.name_outcomes([result.answer["outcome"]])
        statements = result.answer.get("statements", ())
        first = next((one for one in statements if one["kind"] == "source"), statements[0] if statements else None)
        # That the documents do not answer it is what the outcome says already.
        if first is None or (result.answer["outcome"] == Outcome.NOT_IN_SOURCES and first["kind"] != "source"):
            return self.wording.say("came.bare", outcome=outcome)
        return self.wording.say("came.words", outcome=outcome, words=shorten(first["text"], length))

    def name_source(self, source: SourceWords, retrieved: Sequence[RetrievedPassage] = ()) -> str:
        """Words that should be cited, and where they stand; of a passage that was found, its own words."""
        quote = source.quote or next((one.text for one in retrieved if one.label == source.label), "")
        where = source.document or (self.wording.say("item.passage", label=source.label) if source.label else "")
        words = f"“{read_plainly(quote)}”" if quote else ""
        return ", ".join(part for part in (words, where or self.wording.say("item.anywhere")) if part)

    def _tell_change(self, item_id: str) -> Iterable[str]:
        change = self.changes.get(item_id)
        if change is None:
            return
        flip = "pass_to_fail" if change.pass_to_fail else "fail_to_pass" if change.fail_to_pass else change.change
        yield self.wording.say(f"item.change_{flip}")
        if flip != "same" or change.new_gates:
            yield self.wording.say("item.answer_before", came=self.tell_came(change.before))

    # --- scores ---

    def name_measure(self, name: str, by: str = "program") -> str:
        """A measure's name for a reader; a dimension's title, and the judge, where a judge scored it."""
        if by != "program":
            return self.wording.say("item.judge", measure=self.name_dimension(name), judge=by)
        return self.wording.sentences.get(f"measure.{name}", name)

    def _tell_score(self, score: Score) -> ScoreView:
        measure = self.name_measure(score.name, score.by)
        if score.passed is not None:
            result = "met" if score.passed else "unmet"
        else:
            result = "not_scored" if score.value is None else "undecided"
        matches = tuple(self._tell_match(match) for match in score.matches)
        return ScoreView(score.name, measure, score.value, self.wording.say(f"item.{result}"), score.reason, matches)

    def _tell_match(self, match: Match) -> str:
        name = "item.match" if match.found else "item.match_none"
        values = {"wanted": match.wanted, "found": match.found}
        return self.wording.say(name, **values)

    # --- passages ---

    def _tell_found(self, result: ItemResult, citations: Sequence[Citation]) -> Iterable[FoundView]:
        cited = {one.label for one in citations}
        wanted = [source for group in result.item.sources for source in group]
        for rank, passage in enumerate(result.retrieved, start=1):
            is_cited = passage.label in cited
            is_wanted = any(_holds(passage, source) for source in wanted)
            text = read_plainly(passage.text) if is_cited or is_wanted else shorten(passage.text, _OPENING)
            yield FoundView(rank, self._name_place(passage), text, passage.score, is_cited, is_wanted)

    def _name_place(self, passage: RetrievedPassage) -> str:
        section = passage.section.split(" > ")[-1]
        page = self.wording.say("item.page", page=passage.page_label) if passage.page_label else ""
        return ", ".join(part for part in (passage.document, section and f"“{section}”", page) if part)

    # --- people ---

    @property
    def rubric(self) -> Rubric | None:
        """What people judged by."""
        return self.rated.round.rubric if self.rated else None

    def name_dimension(self, dimension: str) -> str:
        """A dimension's title."""
        found = self.rubric.find(dimension) if self.rubric else None
        return found.title if found else dimension

    def list_codes(self, item_id: str) -> list[str]:
        """Codes under which people rated this run's answer to an item."""
        if self.rated is None:
            return []
        entries = self.rated.round.entries
        return [one.code for one in entries if one.item_id == item_id and one.run_id == self.run_id]

    def _find_ratings(self, item_id: str) -> list[Rating]:
        codes = self.list_codes(item_id)
        return [one for one in self.rated.ratings if one.entry in codes] if self.rated else []

    def _tell_rating(self, rating: Rating) -> RaterView:
        levels = tuple(self._tell_level(dimension, level) for dimension, level in rating.levels)
        return RaterView(rating.rater, levels, rating.comment)

    def _tell_level(self, dimension: str, level: int | None) -> LevelView:
        return LevelView(self.name_dimension(dimension), self.name_level(dimension, level), level)

    def name_level(self, dimension: str, level: int | None) -> str:
        """A level with what an answer on it looks like."""
        if level is None:
            return self.wording.say("item.not_applicable")
        found = self.rubric.find(dimension) if self.rubric else None
        anchor = next((one.anchor for one in found.levels if one.value == level), "") if found else ""
        return f"{level}: {anchor}" if anchor else str(level)

    def _tell_decisions(self, item_id: str) -> Iterable[LevelView]:
        codes = self.list_codes(item_id)
        for one in self.rated.settlements if self.rated else ():
            if one.entry in codes:
                level = self.name_level(one.dimension, one.level)
                name = "item.decision_note" if one.note else "item.decision_bare"
                values = {"level": level, "by": one.by, "note": one.note}
                yield LevelView(self.name_dimension(one.dimension), self.wording.say(name, **values), one.level)


def make_teller(
    run: Run, wording: Wording, rated: Rated | None = None, comparison: Comparison | None = None
) -> ItemTeller:
    """What puts the results of a run into words."""
    changes = {one.after.item.id: one for one in comparison.items} if comparison else {}
    return ItemTeller(wording, name_anchors(one.item.id for one in run.results), run.id, rated, changes)


# --- the answer object --------------------------------------------------------------------------------------------


_CITED = frozenset(field.name for field in fields(Citation))


def _read_citation(values: Mapping[str, Any]) -> Citation:
    return Citation(**{key: value for key, value in values.items() if key in _CITED})


def _read_statement(values: Mapping[str, Any], citations: Sequence[Citation]) -> StatementView:
    places = {(one.label, one.start, one.end): number for number, one in enumerate(citations, start=1)}
    spans = [(span["label"], span["start"], span["end"]) for span in values.get("spans", ())]
    numbers = tuple(dict.fromkeys(places[span] for span in spans if span in places))
    is_quoted = values["kind"] == "source" and values["origin"] == "quoted"
    return StatementView(values["text"], values["kind"], is_quoted, numbers)


def _list_turns(result: ItemResult) -> Iterable[tuple[str, str]]:
    """The turns before, as written; where the assistant's was left to Coach, what it answered."""
    history, earlier = result.item.history, iter(result.earlier)
    for place, turn in enumerate(history):
        yield turn.role, turn.text
        following = history[place + 1].role if place + 1 < len(history) else "user"
        if turn.role == "user" and following == "user":
            said = next(earlier, None)
            if said:
                yield "assistant", " ".join(one["text"] for one in said.get("statements", ()))


def _holds(passage: RetrievedPassage, source: SourceWords) -> bool:
    if source.label:
        return passage.label == source.label
    words = fold_letters(source.quote)
    return len(words) >= _LEAST_WANTED and words in fold_letters(passage.text)
