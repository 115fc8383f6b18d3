"""Gathers what a report tells besides the run: a run in, its comparison, its gate's verdict and what people rated out."""

from __future__ import annotations

from dataclasses import dataclass

from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.rating.agreement import agree_with_judge, final_levels, measure_agreement, read_judged
from coach.evaluation.rating.rounds import list_calibrating
from coach.evaluation.records import Agreement, Comparison, GateVerdict, Run
from coach.evaluation.reports.report_items import Rated
from coach.store.ratings import RatingStore


@dataclass(frozen=True, slots=True)
class Told:
    """What a report tells of a run."""

    run: Run
    comparison: Comparison | None = None
    verdict: GateVerdict | None = None
    rated: Rated | None = None


def gather(ratings: RatingStore, run: Run, before: Run | None = None, verdict: GateVerdict | None = None) -> Told:
    """Everything that is known of a run.

    Raises:
        CoachError: the runs have nothing in common.
    """
    rated = read_rated(ratings, run.id)
    comparison = compare_runs(before, run) if before is not None else None
    return Told(run, comparison, verdict, rated)


def read_rated(ratings: RatingStore, run_id: str) -> Rated | None:
    """What people rated of a run's answers, in one round: the newest closed one.

    A round may hold the answers of other runs as well; their levels are left out. Of an open round nothing is told: whoever
    knows what the others said no longer rates alone, and who is still to rate is not always known.
    """
    for card in ratings.list_rounds():
        if card.closed_at is None:
            continue
        round_ = ratings.read_round(card.id)
        codes = {entry.code for entry in round_.entries if entry.run_id == run_id}
        given = tuple(one for one in ratings.list_ratings(card.id) if one.entry in codes)
        if given:
            settled = tuple(one for one in ratings.list_settlements(card.id) if one.entry in codes)
            agreement = measure_agreement(round_.rubric, given, settled, list_calibrating(round_))
            return Rated(round_, given, settled, agreement)
    return None


def judge_by_people(run: Run, rated: Rated | None) -> Agreement | None:
    """How far a run's judge agrees with the levels that stand among people; None where one of both is missing."""
    if rated is None or run.judge is None:
        return None
    rubric = rated.round.rubric
    codes = {entry.item_id: entry.code for entry in rated.round.entries if entry.run_id == run.id}
    judged = {
        codes[result.item.id]: read_judged(rubric, result.scores, run.judge)
        for result in run.results
        if result.item.id in codes
    }
    people = {
        code: levels
        for code, levels in final_levels(rubric, rated.ratings, rated.settlements).items()
        if code in judged
    }
    return agree_with_judge(rubric, people, judged, run.judge) if people else None
