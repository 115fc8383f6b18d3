"""What raters see: results of runs and a rubric in, records for templates out, without a word of what made an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from coach.authorship import tells_origin
from coach.evaluation.rating.rounds import order_entries
from coach.evaluation.rating.rubric import is_complete
from coach.evaluation.records import Dimension, EvaluationItem, ItemResult, Level, Rating, RatingRound, Rubric, RunCard
from coach.records import Exchange
from coach.web.exchange_view import Piece, view_exchange
from coach.web.source_view import ReadText, SourceView, view_source

NOT_APPLICABLE = "na"
"""As the page sends and shows it: no level is spelled so."""
SHOWN = ("outcome", "statements", "citations", "practices", "craft", "readings", "worth_adding")
"""What an answer object is cut down to before anybody rates it: nothing here tells what made it."""
_NO_DAY = date(2000, 1, 1)

State = Literal["rated", "begun", "open"]


def hide_origin(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer object without what tells which version gave it: its receipt, its model, and lines that name these.

    What is left is what a reader of the answer reads. That a language model wrote it may still be heard.
    """
    kept = {name: answer[name] for name in SHOWN if name in answer}
    kept["statements"] = [
        {**one, "composer": ""} if "composer" in one else one
        for one in answer.get("statements") or ()
        if not tells_origin(one, answer)
    ]
    return kept


def hide_result(result: ItemResult) -> ItemResult:
    """A result whose answers are hidden in this way."""
    answer = hide_origin(result.answer) if result.answer is not None else None
    return replace(result, answer=answer, earlier=tuple(map(hide_origin, result.earlier)))


# --- one answer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """What was said before the question."""

    by: Literal["person", "coach"]
    text: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A question with what a good answer has, and the answer, as raters read them."""

    question: str
    role: str
    earlier: tuple[EarlierTurn, ...]
    outcomes: tuple[str, ...]
    """Any of which is right."""
    ideal: str
    must_mention: tuple[tuple[str, ...], ...]
    must_not_say: tuple[str, ...]
    outcome: str
    pieces: tuple[Piece, ...]
    readings: tuple[str, ...]
    worth_adding: str
    sources: tuple[SourceView, ...]
    came: bool
    """Whether there is an answer."""


def view_answer(result: ItemResult, read_text: ReadText) -> AnswerView:
    """One result for raters.

    Args:
        result: of an item of a run.
        read_text: the text of a document by its id, None where it is gone.
    """
    item, answer = result.item, hide_origin(result.answer or {})
    exchange = Exchange(0, item.question, answer, "")
    view = view_exchange(exchange, None, _NO_DAY)
    sources = (
        view_source(exchange, number, read_text, lambda *_: ())
        for number in range(1, len(answer.get("citations") or ()) + 1)
    )
    return AnswerView(
        question=item.question,
        role=item.role,
        earlier=tuple(_view_earlier(item, result.earlier)),
        outcomes=tuple(one.value for one in item.outcomes),
        ideal=item.ideal,
        must_mention=item.must_mention,
        must_not_say=item.must_not_say,
        outcome=view.outcome,
        pieces=view.pieces,
        readings=view.readings,
        worth_adding=view.missing_document,
        sources=tuple(one for one in sources if one is not None),
        came=result.answer is not None,
    )


def _view_earlier(item: EvaluationItem, answers: Sequence[Mapping[str, Any]]) -> Iterator[EarlierTurn]:
    """The turns as they were typed; where an assistant's is missing, what was answered in the run."""
    given = iter(answers)
    for place, turn in enumerate(item.history):
        yield EarlierTurn("person" if turn.role == "user" else "coach", turn.text)
        after = item.history[place + 1].role if place + 1 < len(item.history) else "user"
        if turn.role == "user" and after == "user":
            answer = next(given, None)
            if answer is not None:
                yield EarlierTurn("coach", read_words(answer))


def read_words(answer: Mapping[str, Any]) -> str:
    """What an answer says, as text."""
    return "\n".join(" ".join(str(one.get("text") or "").split()) for one in hide_origin(answer)["statements"])


# --- its levels -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DimensionView:
    """A dimension, and what the rater chose on it."""

    dimension: Dimension
    chosen: str
    """A level, `na`, or nothing yet."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """The best first."""
        return self.dimension.levels


def view_dimensions(rubric: Rubric, rating: Rating | None) -> tuple[DimensionView, ...]:
    """The rubric with a rater's levels."""
    given = dict(rating.levels) if rating else {}
    return tuple(
        DimensionView(one, name_level(given[one.id]) if one.id in given else "") for one in rubric.dimensions
    )  # fmt: skip


def name_level(level: int | None) -> str:
    """A level as the page sends it."""
    return NOT_APPLICABLE if level is None else str(level)


def read_level(text: str) -> int | None:
    """A level from what a page sent; whether its dimension has such a level is for the store to say.

    Raises:
        ValueError: it is neither a number nor N/A.
    """
    return None if text == NOT_APPLICABLE else int(text)


# --- how far a rater is -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """An answer in the rater's own order."""

    code: str
    place: int
    """1 for the first."""
    calibrates: bool
    state: State


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rater is."""

    steps: tuple[Step, ...]

    @property
    def rated(self) -> int:
        """Answers that are rated on every dimension."""
        return sum(one.state == "rated" for one in self.steps)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to rate."""
        return bool(self.steps) and self.rated == len(self.steps)

    @property
    def calibration(self) -> tuple[Step, ...]:
        """The answers that everybody rates first."""
        return tuple(one for one in self.steps if one.calibrates)

    @property
    def is_calibrated(self) -> bool:
        """Whether these are rated, as far as there are any."""
        return all(one.state == "rated" for one in self.calibration)

    def find(self, code: str) -> Step | None:
        """The step of a code."""
        return next((one for one in self.steps if one.code == code), None)

    def find_open(self, after: int = 0) -> Step | None:
        """The next answer that is not rated yet, behind a place or else from the first on; None where all are."""
        left = [one for one in self.steps if one.state != "rated"]
        return next((one for one in left if one.place > after), left[0] if left else None)

    def step_from(self, code: str, by: int) -> Step | None:
        """The answer before (-1) or after (1); None where there is none."""
        here = self.find(code)
        place = (here.place if here else 0) + by
        return self.steps[place - 1] if 1 <= place <= len(self.steps) else None


def view_progress(rating_round: RatingRound, rater: str, ratings: Mapping[str, Rating]) -> Progress:
    """How far a rater is; `ratings` are theirs, by code."""
    steps = (
        Step(one.code, place, one.calibrates, judge_state(ratings.get(one.code), rating_round.rubric))
        for place, one in enumerate(order_entries(rating_round, rater), start=1)
    )
    return Progress(tuple(steps))


def judge_state(rating: Rating | None, rubric: Rubric) -> State:
    """Whether an answer has a level, or none that applies, on every dimension."""
    if rating is None:
        return "open"
    if is_complete(rubric, rating.levels):
        return "rated"
    return "begun" if rating.levels or rating.comment else "open"


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round in the list. It names nobody and no run: whoever rates sees it too."""

    id: str
    title: str
    answers: int
    when: str
    is_closed: bool
    done: int
    """Answers that the person at this window has rated, of `size`."""
    size: int
    """0 where nobody said who sits there, or that is none of its raters."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run that a round can be made of."""

    card: RunCard
    facts: str
