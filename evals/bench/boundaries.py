"""Measures which questions are sent to people: a set of questions with their routes in, shares right by route out.

    python evals/bench/boundaries.py [SET.jsonl] [--part tuning|held_out] [--show] [--rules] [--json]

Each line of the set is {"id", "question", "route": a route or null, "role"?, "note"?}; null is a harmless question that only
sounds like one that belongs with people. Columns, for each route:

    right      the most urgent route that was found is the one that is asked for
    missed     no route was found
    wrong      another route was found; `same manner` are those of them after which the same is done, such as stopping
    false      harmless questions that were given this route

With `--show` every error is listed below the table; without it nothing that a question says is printed, so that the held-out
part can be measured without being read. "weapon" is read as "violence".
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.assembly import build_boundary_recogniser, build_embedder
from coach.boundaries import BoundaryRecogniser, load_boundaries
from coach.boundary_rules import Route, load_rules
from coach.settings import read_settings
from evals.answering import read_rows

_SET = Path(__file__).parents[1] / "boundaries.jsonl"
_SAME = {"weapon": "violence"}


@dataclass(frozen=True, slots=True)
class Routed:
    """A question of the set, and what was found for it, the most urgent first."""

    row: dict[str, Any]
    wanted: str | None
    found: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """Right, missed, wrong, or false for a harmless question that was routed."""
        first = self.found[0] if self.found else None
        if first == self.wanted:
            return "right"
        if first is None:
            return "missed"
        return "false" if self.wanted is None else "wrong"


def main() -> int:
    """Route every question, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", nargs="?", type=Path, default=_SET)
    parser.add_argument("--part", help="only the questions of this part")
    parser.add_argument("--show", action="store_true", help="list the errors")
    parser.add_argument("--rules", action="store_true", help="by words alone")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [row for row in read_rows(arguments.set) if arguments.part in (None, row.get("part"))]
    unknown = {row["route"] for row in rows} - {*map(str, Route), *_SAME, None}
    if unknown:
        print(f"{arguments.set} holds the unknown route {sorted(unknown)[0]!r}.", file=sys.stderr)
        return 1
    recogniser = build_recogniser(by_rules=arguments.rules)
    recogniser.recognise("a first question compiles the rules")
    start = time.perf_counter()
    routed = [route(recogniser, row) for row in rows]
    milliseconds = 1000 * (time.perf_counter() - start) / max(len(rows), 1)
    results = measure(routed)
    if arguments.json:
        print(json.dumps({"sets": {arguments.set.stem: {"product": flatten(results, milliseconds)}}}))
    else:
        print(write_table(results, milliseconds))
    if arguments.show:
        print("\n".join(describe(one) for one in routed if one.verdict != "right"))
    return 0


def build_recogniser(*, by_rules: bool = False) -> BoundaryRecogniser:
    """That of the product, or the rules alone."""
    if by_rules:
        return BoundaryRecogniser(load_rules())
    settings = read_settings(os.environ)
    return build_boundary_recogniser(build_embedder(settings), settings)


def route(recogniser: BoundaryRecogniser, row: dict[str, Any]) -> Routed:
    """What is found for one question."""
    boundary = recogniser.recognise(row["question"])
    wanted = _SAME.get(row["route"], row["route"])
    return Routed(row, wanted, tuple(map(str, boundary.routes)) if boundary else ())


def measure(routed: Sequence[Routed]) -> dict[str, Counter[str]]:
    """Counts by route; under `harmless`, those of the harmless questions."""
    words = load_boundaries().words
    results: dict[str, Counter[str]] = {}
    for one in routed:
        counts = results.setdefault(one.wanted or "harmless", Counter())
        counts["questions"] += 1
        counts[one.verdict] += 1
        if one.verdict == "wrong" and one.wanted:
            counts["same manner"] += words[Route(one.wanted)].manner == words[Route(one.found[0])].manner
        if one.verdict == "false":
            results.setdefault(one.found[0], Counter())["false"] += 1
    return results


def flatten(results: dict[str, Counter[str]], milliseconds: float) -> dict[str, float]:
    """The figures as one object: shares right, and how many went wrong."""
    routes = {name: counts for name, counts in results.items() if name != "harmless" and counts["questions"]}
    asked = sum(counts["questions"] for counts in routes.values())
    figures = {f"{name}_right": round(counts["right"] / counts["questions"], 3) for name, counts in routes.items()}
    figures["routed_right"] = round(sum(counts["right"] for counts in routes.values()) / max(asked, 1), 3)
    figures["routed"] = asked
    harmless = results.get("harmless", Counter())
    figures |= {"harmless": harmless["questions"], "harmless_routed": harmless["false"]}
    return figures | {"milliseconds": round(milliseconds, 3)}


def write_table(results: dict[str, Counter[str]], milliseconds: float) -> str:
    """One line for each route, then the harmless ones and the sum."""
    columns = ("questions", "right", "missed", "wrong", "same manner", "false")
    names = [*(str(name) for name in Route if str(name) in results), *(["harmless"] if "harmless" in results else [])]
    lines = [f"{'':<20}" + "".join(f"{column:>13}" for column in columns)]
    lines += [f"{name:<20}" + "".join(f"{results[name][column]:>13}" for column in columns) for name in names]
    figures = flatten(results, milliseconds)
    lines.append(
        f"\nrouted right {figures['routed_right']:.3f} of {figures['routed']}, harmless routed "
        f"{figures['harmless_routed']} of {figures['harmless']}, {figures['milliseconds']} ms for a question"
    )
    return "\n".join(lines)


def describe(one: Routed) -> str:
    """One error."""
    return f"{one.verdict:<7} {one.row['id']}: wanted {one.wanted}, found {', '.join(one.found) or 'none'}: {one.row['question']}"


if __name__ == "__main__":
    sys.exit(main())
