"""Whether Coach declines what it should, and knows how sure it is: a run in; counts, a curve of risk and bins out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from coach.evaluation.comparison.intervals import find_share_interval
from coach.evaluation.records import EvaluationItem, Interval, ItemResult, Run
from coach.records import Outcome

_ANSWERS = frozenset({Outcome.ANSWERED, Outcome.PARTIAL})
_DECLINES = frozenset({Outcome.NOT_IN_SOURCES})
BINS = 5


@dataclass(frozen=True, slots=True)
class Declines:
    """How a run declined: counts over the items that say whether the documents answer, and that got an answer object."""

    answerable: int
    """Items that the documents answer, wholly or in part."""
    unanswerable: int
    """Items that they do not."""
    declined: int
    """Items of both kinds that were declined: the outcome was `not_in_sources`."""
    declined_rightly: int
    """Of these, unanswerable ones."""
    answered_unanswerable: int
    """Unanswerable items that were answered, wholly or in part."""
    neither: int
    """Items of both kinds that were asked back or sent to people."""

    @property
    def declined_wrongly(self) -> int:
        """Answerable items that were declined."""
        return self.declined - self.declined_rightly

    @property
    def precision(self) -> float | None:
        """Of what was declined, the share that the documents do not answer; None where nothing was declined."""
        return self.declined_rightly / self.declined if self.declined else None

    @property
    def recall(self) -> float | None:
        """Refusal rate: of what the documents do not answer, the share that was declined; None where there is none."""
        return self.declined_rightly / self.unanswerable if self.unanswerable else None

    @property
    def over_refusal(self) -> float | None:
        """Of what the documents answer, the share that was declined; None where there is none."""
        return self.declined_wrongly / self.answerable if self.answerable else None


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """What comes of answering everything from a confidence upward."""

    coverage: float
    """Share of the items that are answered, 0 to 1."""
    risk: float
    """Share of the answered that the documents do not answer."""
    confidence: float | None
    """From which is answered; None of the shipped point, where more than a number decides."""


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Risk by coverage, over the items that say whether the documents answer."""

    points: tuple[CoveragePoint, ...]
    """By rising coverage, one for each confidence that occurs."""
    shipped: CoveragePoint | None
    """What the run really answered; None where it answered nothing."""
    area: float | None
    """Under the curve: the mean risk over all coverages, less being better; None without items."""
    best_area: float | None
    """Of a confidence that ranks every answerable item above every other."""
    items: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Items of like confidence."""

    low: float
    """The least confidence in it."""
    high: float
    confidence: float
    """Mean."""
    share: float
    """Of the items that the documents answer."""
    interval: Interval
    """Of the share (Wilson)."""
    items: int


def count_declines(run: Run) -> Declines:
    """How the run declined."""
    judged = [(is_answerable(result.item), _read_outcome(result)) for result in run.results]
    known = [(answerable, outcome) for answerable, outcome in judged if answerable is not None and outcome is not None]
    return Declines(
        answerable=sum(answerable for answerable, _ in known),
        unanswerable=sum(not answerable for answerable, _ in known),
        declined=sum(outcome in _DECLINES for _, outcome in known),
        declined_rightly=sum(outcome in _DECLINES and not answerable for answerable, outcome in known),
        answered_unanswerable=sum(outcome in _ANSWERS and not answerable for answerable, outcome in known),
        neither=sum(outcome not in _DECLINES | _ANSWERS for _, outcome in known),
    )


def is_answerable(item: EvaluationItem) -> bool | None:
    """Whether the documents answer an item; None where it does not say, allows both, or belongs elsewhere."""
    wanted = frozenset(item.outcomes)
    if wanted and wanted <= _ANSWERS:
        return True
    return False if wanted and wanted <= _DECLINES else None


def risk_by_coverage(run: Run) -> RiskCurve:
    """What would come of answering more or less, by the answers' confidence. Items of one confidence are answered together.

    An item is wrongly answered where the documents do not answer it. Items that were asked back or sent to people are left
    out: their confidence says nothing of the documents.
    """
    items = sorted(_list_confident(run), key=lambda one: -one.confidence)
    points = tuple(_list_points(items))
    answered = [one for one in items if one.outcome in _ANSWERS]
    wrong = sum(not one.answerable for one in answered)
    return RiskCurve(
        points=points,
        shipped=CoveragePoint(len(answered) / len(items), wrong / len(answered), None) if answered else None,
        area=_find_area(points) if points else None,
        best_area=_find_area(tuple(_list_points(_rank_best(items)))) if points else None,
        items=len(items),
        unanswerable=sum(not one.answerable for one in items),
    )


def reliability(run: Run, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Confidence against the share that the documents answer, in bins of about equally many items, by rising confidence.

    Items of one confidence are never parted, so there may be fewer bins than asked for, and they may differ in size.
    """
    items = sorted(_list_confident(run), key=lambda one: one.confidence)
    return tuple(_make_bin(group) for group in _split_evenly(items, bins))


# --- items --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Confident:
    confidence: float
    answerable: bool
    outcome: Outcome


def _list_confident(run: Run) -> Iterator[_Confident]:
    for result in run.results:
        answerable, outcome = is_answerable(result.item), _read_outcome(result)
        confidence = result.answer.get("confidence") if result.answer else None
        if answerable is None or outcome not in _ANSWERS | _DECLINES or confidence is None:
            continue
        yield _Confident(float(confidence), answerable, Outcome(outcome))


def _read_outcome(result: ItemResult) -> Outcome | None:
    told = result.answer.get("outcome") if result.answer else None
    return Outcome(told) if told in tuple(Outcome) else None


def _list_points(items: Sequence[_Confident]) -> Iterator[CoveragePoint]:
    answered = wrong = 0
    for confidence, group in groupby(items, key=lambda one: one.confidence):
        for one in group:
            answered += 1
            wrong += not one.answerable
        yield CoveragePoint(answered / len(items), wrong / answered, confidence)


def _rank_best(items: Sequence[_Confident]) -> list[_Confident]:
    ranked = sorted(items, key=lambda one: not one.answerable)
    return [_Confident(-float(place), one.answerable, one.outcome) for place, one in enumerate(ranked)]


def _find_area(points: Sequence[CoveragePoint]) -> float:
    """Each step of coverage at the risk on its right: of confidences that all differ, the mean risk."""
    starts = (0.0, *(point.coverage for point in points))
    return sum(point.risk * (point.coverage - start) for start, point in zip(starts, points, strict=False))


def _split_evenly(items: Sequence[_Confident], bins: int) -> Iterator[Sequence[_Confident]]:
    start = 0
    for number in range(1, bins + 1):
        end = max(start, round(number * len(items) / bins))
        while 0 < end < len(items) and items[end].confidence == items[end - 1].confidence:
            end += 1
        if end > start:
            yield items[start:end]
        start = end


def _make_bin(items: Sequence[_Confident]) -> ReliabilityBin:
    answerable = sum(one.answerable for one in items)
    interval = find_share_interval(answerable, len(items))
    assert interval is not None, "a bin holds items"
    return ReliabilityBin(
        low=items[0].confidence,
        high=items[-1].confidence,
        confidence=sum(one.confidence for one in items) / len(items),
        share=answerable / len(items),
        interval=interval,
        items=len(items),
    )
