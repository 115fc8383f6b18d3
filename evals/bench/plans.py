"""Makes the plans of evals/plan_topics.jsonl and holds each against what a full plan contains: topics in, a checklist out.

    python evals/bench/plans.py [--topics evals/plan_topics.jsonl] [--out FOLDER] [--repeats 5] [--json]

Each line of the set names a topic as central office would say it, what was chosen besides, and whether the documents cover it.
The checklist counts what a program can see of a plan; with --out each is written as Markdown, to be read by people.

    parts          every part is there, minutes add up, principals work at least half of the time, five minutes of slack
    quotes         every quotation stands letter by letter in its document
    covered        a topic that the documents cover or touch is planned on their words
    said_first     a topic that they do not cover: the plan says so first, and names what is nearest
    no_finding     a topic that they do not cover: nothing but marked near passages speaks of the documents
    shaped         two or three outcomes, two to four questions, one to three passages, commitments and dates
    seconds_p50, seconds_p95  to a plan, warm, no language model
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coach.assembly import build_planner, open_coach
from coach.planner import VISIT_MINUTES, Planner
from coach.plans.checking import find_faults
from coach.plans.records import Plan, PlanRequest
from coach.privacy import silence_libraries
from coach.settings import read_settings
from coach.store.store import Store
from evals.answering import fill_library, read_rows

_ROOT = Path(__file__).parents[2]
_CHECKS = ("parts", "quotes", "covered", "said_first", "no_finding", "shaped")


def main() -> int:
    """Make every plan, check it, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topics", type=Path, default=_ROOT / "evals" / "plan_topics.jsonl")
    parser.add_argument("--out", type=Path, help="a folder for the plans as JSON values")
    parser.add_argument("--repeats", type=int, default=5, help="how often each plan is made for the times")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work:
        home = Path(work) / "home"
        fill_library(_ROOT / "corpus", home)
        with open_coach(read_settings(os.environ, home)) as coach:
            figures = measure(build_planner(coach), coach.library.store, arguments)
    print(
        json.dumps({"sets": {arguments.topics.stem: {"product": figures}}})
        if arguments.json
        else "\n".join(f"{name:<12} {value}" for name, value in figures.items())
    )
    return 0


def measure(planner: Planner, store: Store, arguments: argparse.Namespace) -> dict[str, float | int]:
    """How many plans pass each check, of how many; and the times."""
    rows = read_rows(arguments.topics)
    passed = dict.fromkeys(_CHECKS, 0)
    asked = dict.fromkeys(_CHECKS, 0)
    seconds: list[float] = []
    # What is loaded once is no part of making a plan.
    planner.plan(_read_request(rows[0]))
    for row in rows:
        request = _read_request(row)
        for _ in range(arguments.repeats):
            began = time.perf_counter()
            plan = planner.plan(request)
            seconds.append(time.perf_counter() - began)
        results = check_plan(plan, row, store)
        for name, result in results.items():
            asked[name] += 1
            passed[name] += result
        if not all(results.values()) and not arguments.json:
            print(f"{row['id']}: {', '.join(name for name, result in results.items() if not result)}")
        if arguments.out is not None:
            _write(arguments.out, str(row["id"]), plan)
    counts = {name: f"{passed[name]} of {asked[name]}" for name in _CHECKS}
    shares = {name: round(passed[name] / asked[name], 3) if asked[name] else 1.0 for name in _CHECKS}
    times = {
        "seconds_p50": round(statistics.median(seconds), 3),
        "seconds_p95": round(statistics.quantiles(seconds, n=20)[-1], 3),
    }
    return {**(shares if arguments.json else counts), "plans": len(rows), **times}  # type: ignore[dict-item]


def _read_request(row: Mapping[str, Any]) -> PlanRequest:
    chosen = {key: row[key] for key in ("setting", "minutes", "brings", "goal", "form", "protocol") if key in row}
    return PlanRequest(topic=row["text"], **{"minutes": VISIT_MINUTES, **chosen})


def check_plan(plan: Plan, row: Mapping[str, Any], store: Store) -> dict[str, bool]:
    """What of the checklist holds; what is not asked of this topic is left out."""
    faults = find_faults(plan, store.read_text)
    of_quotes = [fault for fault in faults if fault.startswith(("The words", "“"))]
    results = {
        "parts": len(faults) == len(of_quotes),
        "quotes": not of_quotes,
        "shaped": 2 <= len(plan.outcomes) <= 3
        and 2 <= len(plan.questions) <= 4
        and len(plan.grounding) <= 3
        and len(plan.differentiation) in (2, 3)
        and all(one.day or one.when for one in plan.follow_up),
    }
    if row["covered"]:
        results["covered"] = plan.coverage != "not_covered" and any(not one.near for one in plan.grounding)
    else:
        results["said_first"] = plan.coverage == "covered" or bool(plan.notice and (plan.nearest or plan.grounding))
        results["no_finding"] = plan.coverage == "not_covered" and all(one.near for one in plan.grounding)
    return results


def _write(folder: Path, name: str, plan: Plan) -> None:
    from coach.plans.values import plan_to_object

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(plan_to_object(plan), ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
