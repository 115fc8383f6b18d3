"""Measures which practices are suggested: questions with the practices that fit them in, shares right out.

    python evals/bench/practices.py [SET ...] [--json] [--show]

A set is JSON Lines of `{"question", "role", "expected": [ids]}`; an id is a practice's own or that of its first draft, as
`evals/practice_ids.json` maps them. `expected` is empty where no practice fits. Without a set, `practices_dev.jsonl`, which
the weights were fitted on, is measured as it was in fitting: each question with weights fitted without it.

    top1, top2     of the questions that a practice fits, those with an expected one first, or among the first two
    shown          of the same, those with an expected one among what is suggested, so above the threshold
    silent         of the questions that none fits, those for which nothing is suggested
    milliseconds   median time to find practices for a question that is embedded already

`by_meaning` ranks by the cosine of the nearest text of each practice alone, and has no threshold.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach, build_practice_finder
from coach.background import Background
from coach.embedding import embed_question
from coach.practices.finding import MEASURES, Need, PracticeFinder
from coach.privacy import silence_libraries
from evals.answering import open_set, read_rows

_ROOT = Path(__file__).parents[2]
DEVELOPMENT = _ROOT / "evals" / "practices_dev.jsonl"
_IDS = _ROOT / "evals" / "practice_ids.json"
SUGGESTED = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set, with the ids of the practices that fit it."""

    need: Need
    expected: frozenset[str]


Ranking = list[tuple[str, float]]
"""Ids of practices with their scores, best first."""


def main() -> int:
    """Measure each set, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", metavar="SET", type=Path, nargs="*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    arguments = parser.parse_args()
    silence_libraries()
    results: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        finder = open_finder(coach)
        for path in arguments.sets or [DEVELOPMENT]:
            asked = read_asked(coach, path)
            product = [[(one.practice.id, one.score) for one in finder.rank(one.need)] for one in asked]
            results[path.stem] = {
                "by_meaning": measure(asked, [rank_by_meaning(finder, one.need) for one in asked], -1.0),
                "product": {**measure(asked, product, finder.least), "milliseconds": time_finding(finder, asked)},
            }
            if path.resolve() == DEVELOPMENT.resolve():
                from evals.train.fit_practices import cross_fit

                ranked, least = cross_fit(finder, asked)
                results[path.stem]["cross_fitted"] = measure(asked, ranked, least)
                product = ranked
            if arguments.show:
                show(asked, product, finder.least)
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def open_finder(coach: OpenCoach) -> PracticeFinder:
    """The finder of a library."""
    library = coach.library
    return build_practice_finder(library, Background(library.exact, library.embedder))


def read_asked(coach: OpenCoach, path: Path) -> list[Asked]:
    """The questions of a set as the product meets them: searched, embedded, with the passages that the answer cites.

    Raises:
        ValueError: an expected practice is none that is known.
    """
    drafts: dict[str, str] = json.loads(_IDS.read_text("utf-8"))
    asked: list[Asked] = []
    for row in read_rows(path):
        expected = frozenset(drafts.get(str(one), str(one)) for one in row["expected"])
        odd = expected - set(drafts.values())
        if odd:
            raise ValueError(f"{path}: there is no practice {sorted(odd)[0]!r}")
        asked.append(Asked(find_need(coach, row), expected))
    return asked


def find_need(coach: OpenCoach, row: dict[str, Any]) -> Need:
    """What a row of a set asks."""
    role = row.get("role", "principal")
    answer = coach.assistant.ask(row["question"], role)
    text = answer.question.search_text
    labels = frozenset(citation.label for citation in answer.citations)
    return Need(text, embed_question(coach.library.embedder, text).tolist(), role, labels)


def rank_by_meaning(finder: PracticeFinder, need: Need) -> Ranking:
    """Every practice by the cosine of its nearest text alone."""
    practices, measures = finder.measure(need)
    nearness = measures[:, MEASURES.index("nearness")].tolist()
    names = (one.practice.id for one in practices)
    return sorted(zip(names, nearness, strict=True), key=lambda one: -one[1])


def measure(
    asked: Sequence[Asked], ranked: Sequence[Ranking], least: float | Callable[[int], float]
) -> dict[str, float]:
    """Every metric of one system on one set; `least` is a threshold, or gives that of a question by its place."""
    top = {1: [0.0], 2: [0.0]} if not asked else {1: [], 2: []}
    shown: list[float] = []
    silent: list[float] = []
    for place, (one, ranking) in enumerate(zip(asked, ranked, strict=True)):
        floor = least(place) if callable(least) else least
        suggested = {name for name, score in ranking[:SUGGESTED] if score >= floor}
        if not one.expected:
            silent.append(float(not suggested))
            continue
        for count, hits in top.items():
            hits.append(float(any(name in one.expected for name, _ in ranking[:count])))
        shown.append(float(bool(suggested & one.expected)))
    values = {"top1": top[1], "top2": top[2], "shown": shown, "silent": silent}
    return {name: round(statistics.mean(own), 3) for name, own in values.items() if own} | {"questions": len(asked)}


def time_finding(finder: PracticeFinder, asked: Sequence[Asked]) -> float:
    """Median milliseconds of one call."""
    times: list[float] = []
    for one in asked:
        start = time.perf_counter()
        finder.find(one.need)
        times.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(times), 2)


def show(asked: Sequence[Asked], ranked: Sequence[Ranking], least: float) -> None:
    """Every question that went wrong, with what came first."""
    for one, ranking in zip(asked, ranked, strict=True):
        best = ranking[:SUGGESTED]
        right = any(name in one.expected for name, _ in best) if one.expected else best[0][1] < least
        if not right:
            got = ", ".join(f"{name} {score:.2f}" for name, score in best)
            print(f"{one.need.question}\n    wanted {', '.join(sorted(one.expected)) or 'none'}; got {got}")


def write_table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """One line for each system of each set."""
    names = ("questions", "top1", "top2", "shown", "silent", "milliseconds")
    lines = [f"{'':<34}" + "".join(f"{name:>14}" for name in names)]
    for part, systems in results.items():
        for system, values in systems.items():
            cells = "".join(f"{values.get(name, '-'):>14}" for name in names)
            lines.append(f"{f'{part} {system}':<34}{cells}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
