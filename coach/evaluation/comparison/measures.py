"""What a result is worth by one measure: a result and a measure's name in, a number from 0 to 1 out. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from coach.evaluation.records import SCORES, ItemResult

MEASURES: tuple[str, ...] = ("passed", "mark", *SCORES)
"""By which runs are compared and held to thresholds; `passed` decides."""


def measure(result: ItemResult, name: str, by: str = "program") -> float | None:
    """A result's value by a measure, 1 being best; None where it could not be scored.

    More words are neither better nor worse: of `words`, it is whether their count was in order.
    """
    if name == "passed":
        return None if result.passed is None else float(result.passed)
    if name == "mark":
        return result.mark
    score = result.find_score(name, by)
    if score is None or (name == "words" and score.passed is None):
        return None
    return float(bool(score.passed)) if name == "words" else score.value


def measure_all(results: Iterable[ItemResult], name: str, by: str = "program") -> tuple[float, ...]:
    """The values of the results that could be scored."""
    return tuple(value for result in results if (value := measure(result, name, by)) is not None)


def list_measures(results: Iterable[ItemResult]) -> tuple[tuple[str, str], ...]:
    """Measures that some result has, each with who scored it: the program's in the order of `MEASURES`, then the judges'."""
    found = {(score.name, score.by) for result in results for score in result.scores}
    program = [(name, "program") for name in MEASURES if name in ("passed", "mark") or (name, "program") in found]
    judged = sorted((pair for pair in found if pair[1] != "program"), key=lambda pair: (pair[1], pair[0]))
    return (*program, *judged)
