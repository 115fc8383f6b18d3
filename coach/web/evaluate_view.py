"""What the page Evaluate shows of sets and runs: records in, rows and counts for its templates out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from coach.authorship import name_model
from coach.conversing import read_citation
from coach.evaluation.records import (
    ITEM_STATUSES,
    SCORES,
    EvaluationItem,
    EvaluationSet,
    ItemResult,
    RetrievedPassage,
    Run,
    Score,
)
from coach.prompts import Wording
from coach.records import ROLES
from coach.rendering import name_source
from coach.search_copy import fold_letters, read_quote
from coach.web.evaluate_address import Address
from coach.web.exchange_view import Cut, Piece, view_answer

_MINUTE = 60
_HALF = 0.5
_LEAST_SHOWN = 0.01
_ROUNDING = 1e-9
GROUPINGS: tuple[Literal["type", "role", "topic"], ...] = ("type", "role", "topic")
Verdict = Literal["passed", "failed", "gate", "unscored", "no_answer"]
VERDICTS: tuple[Verdict, ...] = ("passed", "failed", "gate", "unscored", "no_answer")


# --- sets -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """Values that a list may be filtered by, each as often as it occurs, in alphabetical order."""

    type: tuple[tuple[str, int], ...]
    role: tuple[tuple[str, int], ...]
    topic: tuple[tuple[str, int], ...]
    status: tuple[tuple[str, int], ...]


def list_choices(items: Sequence[EvaluationItem]) -> Choices:
    """What the items of a list can be told apart by."""

    def count(read: Callable[[EvaluationItem], str], order: Sequence[str] = ()) -> tuple[tuple[str, int], ...]:
        counts = Counter(value for item in items if (value := read(item)))
        places = {value: place for place, value in enumerate(order)}
        return tuple(sorted(counts.items(), key=lambda one: (places.get(one[0], len(places)), one[0].casefold())))

    return Choices(
        count(lambda item: item.type),
        count(lambda item: item.role, ROLES),
        count(lambda item: item.topic),
        count(lambda item: item.status, ITEM_STATUSES),
    )


def is_chosen(item: EvaluationItem, at: Address) -> bool:
    """Whether an item is one of those that the address asks for."""
    fields = (("type", item.type), ("role", item.role), ("topic", item.topic), ("status", item.status))
    if any(getattr(at, name) not in ("", value) for name, value in fields):
        return False
    words = fold_letters(at.words).split()
    text = fold_letters(" ".join((item.id, item.question, item.ideal, item.topic, item.type, item.owner)))
    return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class SetFacts:
    """How many of a set's items are what."""

    ready: int
    drafts: int
    retired: int

    @property
    def all(self) -> int:
        """Of any status."""
        return self.ready + self.drafts + self.retired


def count_items(kept: EvaluationSet) -> SetFacts:
    """The items of a set by their status."""
    counts = Counter(item.status for item in kept.items)
    return SetFacts(counts["ready"], counts["draft"], counts["retired"])


# --- runs -------------------------------------------------------------------------------------------------------------


def judge_result(result: ItemResult) -> Verdict:
    """What came of an item, in one of five words."""
    if result.gates:
        return "gate"
    if result.answer is None:
        return "no_answer"
    passed = result.passed
    if passed is None:
        return "unscored"
    return "passed" if passed else "failed"


def is_shown(result: ItemResult, at: Address) -> bool:
    """Whether a result is one of those that the address asks for."""
    verdict = judge_result(result)
    wanted = {
        "failed": verdict in ("failed", "gate", "no_answer"),
        "gates": verdict == "gate",
        "unscored": verdict in ("unscored", "no_answer"),
    }
    return wanted.get(at.show, True) and is_chosen(result.item, at)


@dataclass(frozen=True, slots=True)
class Tally:
    """Items, and what came of them."""

    name: str
    items: int
    verdicts: Mapping[Verdict, int]

    @property
    def decided(self) -> int:
        """Items of which it could be said whether they passed."""
        return self.verdicts["passed"] + self.verdicts["failed"] + self.verdicts["gate"]

    @property
    def share(self) -> float | None:
        """Passed of those that were decided; None where none was."""
        return self.verdicts["passed"] / self.decided if self.decided else None


def tally(name: str, results: Iterable[ItemResult]) -> Tally:
    """Count results by what came of them."""
    counts = Counter(judge_result(one) for one in results)
    return Tally(name, counts.total(), {verdict: counts[verdict] for verdict in VERDICTS})


@dataclass(frozen=True, slots=True)
class Measure:
    """One score over the items that have it."""

    name: str
    by: str
    scored: int
    unscored: int
    mean: float | None
    failed: int
    decides: bool
    """Whether an item can fail by it."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run's results at a glance."""

    overall: Tally
    groups: tuple[tuple[str, tuple[Tally, ...]], ...]
    """By type, role and topic, as far as the items have them."""
    measures: tuple[Measure, ...]
    rows: tuple[ResultRow, ...]
    """Those that the address asks for."""
    choices: Choices
    seconds: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """An item as a list of results shows it."""

    result: ItemResult
    verdict: Verdict
    why: str
    """Of what decided against it, in a sentence; empty where nothing did."""


def view_run(run: Run, at: Address, wording: Wording) -> RunView:
    """What a run has come to so far."""
    groups = []
    for kind in GROUPINGS:
        names = [name for name, _ in getattr(list_choices([one.item for one in run.results]), kind)]
        tallies = [tally(name, (one for one in run.results if getattr(one.item, kind) == name)) for name in names]
        groups.append((kind, tuple(tallies)))
    return RunView(
        overall=tally("", run.results),
        groups=tuple((kind, tallies) for kind, tallies in groups if tallies),
        measures=tuple(_list_measures(run.results)),
        rows=tuple(view_row(one) for one in run.results if is_shown(one, at)),
        choices=list_choices([one.item for one in run.results]),
        seconds=say_seconds(run.seconds, wording),
    )


def view_row(result: ItemResult) -> ResultRow:
    """A result as a row."""
    return ResultRow(result, judge_result(result), say_why(result))


def say_why(result: ItemResult) -> str:
    """What decided against an item, in the words of its scores: the gates first."""
    if result.gates:
        return " ".join(one.reason for one in result.gates)
    if result.fault:
        return result.fault
    failed = [one for one in result.scores if one.passed is False and one.by == "program"]
    if failed:
        return " ".join(one.reason for one in failed)
    if result.passed is None:
        return next((one.reason for one in result.scores if one.value is None and one.by == "program"), "")
    return ""


def _list_measures(results: Sequence[ItemResult]) -> Iterator[Measure]:
    names = dict.fromkeys((score.name, score.by) for one in results for score in one.scores)
    places: dict[str, int] = {name: place for place, name in enumerate(SCORES)}
    for name, by in sorted(names, key=lambda one: (one[1] != "program", places.get(one[0], len(places)), one)):
        scores = [score for one in results if (score := one.find_score(name, by)) is not None]
        values = [score.value for score in scores if score.value is not None]
        yield Measure(
            name,
            "" if by == "program" else by,
            len(values),
            len(scores) - len(values),
            sum(values) / len(values) if values else None,
            sum(score.passed is False for score in scores),
            any(score.passed is not None for score in scores),
        )


# --- one item of a run ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CitedWords:
    """A source of an answer: its exact words, and where they stand."""

    number: int
    quote: str
    name: str
    label: str
    document: str
    """Its id, as far as it is known."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as a trainer reads it."""

    outcome: str
    pieces: tuple[Piece, ...]
    sources: tuple[CitedWords, ...]
    cut: tuple[Cut, ...]
    model: str
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score with its value in figures."""

    score: Score
    value: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """One item of a run, with everything that came of it."""

    row: ResultRow
    answer: AnswerView | None
    earlier: tuple[tuple[str, AnswerView], ...]
    """Questions that were asked before, each with its answer."""
    scores: tuple[ScoreRow, ...]
    retrieved: tuple[RetrievedPassage, ...]
    place: int
    """Among those that the address asks for, from 1; 0 where it is none of them."""
    count: int
    previous: str
    """Ids of the items beside it; empty where there is none."""
    next: str
    seconds: str


def view_result(run: Run, at: Address, wording: Wording) -> ResultView | None:
    """The item that the address names; None where the run has no result of it."""
    result = next((one for one in run.results if one.item.id == at.item), None)
    if result is None:
        return None
    ids = [one.item.id for one in run.results if is_shown(one, at)]
    place = ids.index(at.item) if at.item in ids else None
    return ResultView(
        row=view_row(result),
        answer=view_reply(result.answer),
        earlier=tuple(
            (str(one.get("question") or ""), view) for one in result.earlier if (view := view_reply(one)) is not None
        ),
        scores=tuple(_view_scores(result.scores)),
        retrieved=result.retrieved,
        place=place + 1 if place is not None else 0,
        count=len(ids),
        previous=ids[place - 1] if place else "",
        next=ids[place + 1] if place is not None and place + 1 < len(ids) else "",
        seconds=say_seconds(result.seconds, wording),
    )


def view_reply(answer: Mapping[str, Any] | None) -> AnswerView | None:
    """An answer object for the page; None where there is none."""
    if answer is None:
        return None
    cited = [read_citation(one) for one in answer.get("citations") or ()]
    return AnswerView(
        outcome=str(answer.get("outcome") or "answered"),
        pieces=view_answer(answer),
        sources=tuple(
            CitedWords(
                number,
                read_quote([one.quote], markdown=one.document.endswith((".md", ".markdown"))),
                name_source(one),
                one.label,
                one.document_id,
            )
            for number, one in enumerate(cited, start=1)
        ),
        cut=tuple(Cut(one["text"], one["reason"], one.get("instead") or "") for one in answer.get("rejected") or ()),
        model=name_model(answer),
        confidence=float(answer.get("confidence") or 0),
    )


def _view_scores(scores: Sequence[Score]) -> Iterator[ScoreRow]:
    for one in sorted(scores, key=lambda score: score.by != "program"):
        yield ScoreRow(one, show_value(one.name, one.value))


def name_score(name: str, wording: Wording) -> str:
    """A score's name in words; what the page has none for is named as it is."""
    return wording.say(f"score.{name}") if f"score.{name}" in wording.sentences else name.replace("_", " ")


def name_part(part: str, wording: Wording) -> str:
    """A part of a receipt in words; what the page has none for is named as it is."""
    return wording.say(f"made.{part}") if f"made.{part}" in wording.sentences else part


def show_value(name: str, value: float | None) -> str:
    """A score's value as a number, 1.00 and 0.00 only where it is all or none; a dash where it could not be scored."""
    if value is None:
        return "–"
    if name == "words":
        return f"{value:.0f}"
    is_whole = min(abs(value), abs(1 - value)) < _ROUNDING
    return f"{value if is_whole else min(max(value, _LEAST_SHOWN), 1 - _LEAST_SHOWN):.2f}"


# --- words ------------------------------------------------------------------------------------------------------------


def say_seconds(seconds: float, wording: Wording, *, guessed: bool = False) -> str:
    """How long something took or will take; what is guessed has no tenths."""
    if seconds < _MINUTE - _HALF:
        count = f"{seconds:.1f}" if seconds < 10 and not guessed else f"{max(seconds, 1):.0f}"
        return wording.say("time.seconds", count=count)
    minutes = int(seconds + _HALF) // _MINUTE
    return wording.say("time.minutes", minutes=minutes, seconds=int(seconds + _HALF) % _MINUTE)


def read_moment(stamp: str) -> str:
    """A moment of the store's as the browser reads it, which then shows it as the clock here says."""
    at = datetime.fromisoformat(stamp)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="seconds")
