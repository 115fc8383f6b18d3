"""Measures how craft is found: questions with the entries that would do in, hit rates and the choice of weights out.

    python evals/bench/craft.py [--set evals/craft_questions.jsonl] [--json] [--show] [--tune]

Each row holds a role, a question in other words than the entries' situations, and `ids`: the entries that would do. No
ids: nothing fits, and a general entry should stand in. Columns, for each part of the set:

    top1, top2     of the questions with ids, those where such an entry is the first, or among the first two, by score
    offered        of all questions, those that are offered an entry of theirs, or, without ids, a general one in its place
    close_right    of the offers that are called close, those that are right
    close_found    of the right first entries, those that are called close
    far_declined   of the questions without ids, those where nothing is called close
    embedding_ms   time of the first question, for which every situation is embedded; a later question's in find_ms

`--tune` tries the weights with every situation of the entries as a question to the entries without it (some 650, so that the
weights do not follow the few questions of the set) and prints those with the greatest sum of top1 and top2. Its threshold
is the score that best parts these from the questions of the part `tuning` that nothing fits: the mean of the share of the
former above it and of the latter below it.

The part `tuning` was looked at while situations and tags were written: its figures flatter. The part `held_out` was written
when these were settled. Both are by the author of the entries.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from coach.assembly import build_embedder
from coach.craft import CraftFinder, CraftWeights, load_craft
from coach.embedding import Embedder
from coach.privacy import silence_libraries
from coach.records import Craft
from coach.settings import read_settings
from evals.answering import read_rows

_ROOT = Path(__file__).parents[2]

Row = dict[str, Any]
Ranked = list[tuple[float, Craft]]


def main() -> int:
    """Ask every question, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=_ROOT / "evals" / "craft_questions.jsonl")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    parser.add_argument("--tune", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    rows = read_rows(arguments.set)
    embedder = build_embedder(read_settings(os.environ))
    embedder.embed(["The session is warm after its first text."])
    if arguments.tune:
        weights = tune([row for row in rows if row["part"] == "tuning"], embedder)
        print(json.dumps(asdict(weights)))
        return 0
    results: dict[str, dict[str, dict[str, float]]] = {}
    for part in dict.fromkeys(row["part"] for row in rows):
        own = [row for row in rows if row["part"] == part]
        results[f"craft_{part}"] = {"product": measure(own, embedder, show=arguments.show)}
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def measure(rows: Sequence[Row], embedder: Embedder, *, show: bool) -> dict[str, float]:
    """Every metric of one part, with the weights of the product."""
    finder = CraftFinder(load_craft().entries, embedder)
    times = [_ask(finder, row["question"]) for row in rows]
    rankings = [rank(finder, row) for row in rows]
    offers = [finder.find(row["question"], None, row["role"])[0] for row in rows]
    rights = [bool(row["ids"]) and ranked[0][1].id in row["ids"] for row, ranked in zip(rows, rankings, strict=True)]
    known = [(row, ranked) for row, ranked in zip(rows, rankings, strict=True) if row["ids"]]
    fine = [
        offer.craft.id in row["ids"] if row["ids"] else not offer.is_close
        for row, offer in zip(rows, offers, strict=True)
    ]
    if show:
        for row, offer, is_fine in zip(rows, offers, fine, strict=True):
            if not is_fine:
                wanted = ", ".join(row["ids"]) or "a general one"
                print(f"{row['id']} {offer.score:.2f} {offer.craft.id}, wanted {wanted}: {row['question']}")
    close = [right for right, offer in zip(rights, offers, strict=True) if offer.is_close]
    found = [offer.is_close for right, offer in zip(rights, offers, strict=True) if right]
    declined = [not offer.is_close for row, offer in zip(rows, offers, strict=True) if not row["ids"]]
    metrics = {
        "questions": float(len(rows)),
        "top1": statistics.mean(ranked[0][1].id in row["ids"] for row, ranked in known),
        "top2": statistics.mean(any(craft.id in row["ids"] for _, craft in ranked[:2]) for row, ranked in known),
        "offered": statistics.mean(fine),
        "close_right": statistics.mean(close),
        "close_found": statistics.mean(found),
        "far_declined": statistics.mean(declined),
        "embedding_ms": times[0] * 1000,
        "find_ms": statistics.median(times[1:]) * 1000,
    }
    return {name: round(value, 3) for name, value in metrics.items()}


def _ask(finder: CraftFinder, question: str) -> float:
    started = time.perf_counter()
    finder.find(question, None, "principal")
    return time.perf_counter() - started


def rank(finder: CraftFinder, row: Row) -> Ranked:
    """The entries for the row's role with their scores, best first."""
    entries = load_craft().entries
    scored = zip(finder.measure(row["question"]), entries, strict=True)
    return sorted(((score, craft) for score, craft in scored if row["role"] in craft.roles), key=lambda one: -one[0])


def tune(rows: Sequence[Row], embedder: Embedder) -> CraftWeights:
    """The weights with the greatest sum of top1 and top2 on situations left out, and the threshold that goes with them."""
    kept = _Remembering(embedder)
    nothing = [row for row in rows if not row["ids"]]
    tried: list[tuple[float, CraftWeights]] = []
    print(f"{'words':>8}{'centre':>8}{'said':>8}{'unknown':>8}{'top1':>8}{'top2':>8}{'close':>8}{'from':>8}")
    for words, centre, said, unknown in product(
        (0, 0.1, 0.2, 0.3, 0.4), (0, 0.25, 0.5, 0.75, 1), (0, 0.5), (0.3, 0.6, 1)
    ):
        weights = replace(CraftWeights(), words=words, centre=centre, said=said, unknown=unknown)
        ranked = rank_left_out(kept, weights)
        first = statistics.mean(ranking[0][1].id == wanted for wanted, ranking in ranked)
        second = statistics.mean(wanted in [craft.id for _, craft in ranking[:2]] for wanted, ranking in ranked)
        finder = CraftFinder(load_craft().entries, kept, weights=weights)
        far = [rank(finder, row)[0][0] for row in nothing]
        told, threshold = choose_threshold([ranking[0][0] for _, ranking in ranked], far)
        print(
            f"{words:>8}{centre:>8}{said:>8}{unknown:>8}{first:>8.3f}{second:>8.3f}{told:>8.3f}{threshold:>8}",
            flush=True,
        )
        tried.append((first + second, replace(weights, least_close=threshold)))
    return max(tried, key=lambda one: one[0])[1]


def rank_left_out(embedder: Embedder, weights: CraftWeights) -> list[tuple[str, Ranked]]:
    """Each situation as a question to the entries without it: the id that it belongs to, and the ranking."""
    entries = load_craft().entries
    ranked: list[tuple[str, Ranked]] = []
    for turn in range(max(len(craft.situations) for craft in entries)):
        # Tags were written with the situations in view: with them, words would count for more than they are worth.
        left = [
            replace(craft, situations=craft.situations[:turn] + craft.situations[turn + 1 :], tags=())
            for craft in entries
        ]
        finder = CraftFinder(left, embedder, weights=weights)
        for craft in entries:
            if turn < len(craft.situations):
                row = {"question": craft.situations[turn], "role": craft.roles[0]}
                ranked.append((craft.id, rank(finder, row)))
    return ranked


def choose_threshold(near: Sequence[float], far: Sequence[float]) -> tuple[float, float]:
    """The mean share of near scores above and of far ones below a score, where it is greatest, and that score."""
    steps = [step / 100 for step in range(20, 70)]
    shares = [float(np.mean(np.array(near) >= step) + np.mean(np.array(far) < step)) / 2 for step in steps]
    best = int(np.argmax(shares))
    return shares[best], steps[best]


class _Remembering:
    """An embedder that embeds a text once: a search over weights asks for the same ones a hundred times."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: dict[str, Any] = {}
        self.name, self.fingerprint = embedder.name, embedder.fingerprint
        self.dimensions, self.window = embedder.dimensions, embedder.window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._kept[text] for text in texts])


def write_table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """One line for each metric, one column for each part."""
    columns = {part: values for part, systems in results.items() for values in systems.values()}
    lines = [f"{'':<16}" + "".join(f"{part:>18}" for part in columns)]
    for name in next(iter(columns.values())):
        lines.append(f"{name:<16}" + "".join(f"{values[name]:>18}" for values in columns.values()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
