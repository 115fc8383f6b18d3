"""Fits coach/retrieval.json: collections with questions and their relevant passages in; weights with provenance out.

    python evals/train/fit_retrieval.py --data FOLDER [--dry-run]   (layout of the development data: retrieval/, course/)

Two weights are chosen on a grid: what words weigh beside meaning, and what a heading weighs beside the text. A choice is
worth the mean nDCG@10 over the sets, and over its neighbours on the grid, so that a plateau wins and not a peak. These
sets were tuned on, and a figure measured on them is no promise; the figure on each set of a choice made without it is
printed and kept beside the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coach.assembly import open_library
from coach.embedding import embed_question
from coach.fusion import fuse_by_weight
from coach.lexical import LexicalIndex
from coach.library import Library
from coach.privacy import silence_libraries
from coach.retrieval import COMPARED, POOL
from coach.weights import PARAMETERS, Weights
from evals.answering import fill_library
from evals.bench.retrieval import Topic, find_sets, load_set, score

WORDS = (0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1)
HEADINGS = (0.0, 0.15, 0.3, 0.6, 1.0, 1.5)

Grid = npt.NDArray[np.float64]
"""nDCG@10 by words (rows) and headings (columns)."""


def main() -> int:
    """Measure the grid, choose, report and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    arguments = parser.parse_args()
    sets = dict(find_sets(arguments.data))
    if not sets:
        print(f"{arguments.data} holds no set: neither retrieval/NAME/corpus.jsonl nor course/queries.jsonl.")
        return 1
    silence_libraries()
    grids = {name: measure_set(folder) for name, folder in sets.items()}
    row, column = choose(list(grids.values()))
    print(f"{'words':>7}  " + "  ".join(f"{name:>8}" for name in grids) + f"   (heading {HEADINGS[column]})")
    for place, words in enumerate(WORDS):
        mark = " *" if place == row else ""
        print(f"{words:>7}  " + "  ".join(f"{grid[place, column]:8.4f}" for grid in grids.values()) + mark)
    unseen: dict[str, float] = {}
    for name, grid in grids.items():
        others = [other for other_name, other in grids.items() if other_name != name]
        if others:
            unseen[name] = round(float(grid[choose(others)]), 4)
    print("nDCG@10 of the choice made without the set:", unseen)
    if not arguments.dry_run:
        seen = {name: round(float(grid[row, column]), 4) for name, grid in grids.items()}
        write_parameters(Weights(WORDS[row], HEADINGS[column]), sets, seen, unseen)
    return 0


def measure_set(folder: Path) -> Grid:
    """The whole grid on one set."""
    with tempfile.TemporaryDirectory() as work:
        documents, topics = load_set(folder, Path(work) / "documents")
        with open_library(fill_library(documents, Path(work) / "home")) as library:
            return np.array(
                [list(column) for column in zip(*(measure_heading(library, topics, h) for h in HEADINGS), strict=True)]
            )


def measure_heading(library: Library, topics: Sequence[Topic], heading: float) -> list[float]:
    """nDCG@10 of every weight of words, with one weight of headings."""
    owners = library.store.list_passage_documents()
    names = {state.id: state.name for state in library.store.list_states()}
    words = LexicalIndex(library.store.engine, Weights(0.0, heading))
    generation = library.store.read_generation()
    found: dict[str, tuple[Mapping[str, float], Mapping[str, float], float]] = {}
    for topic in topics:
        vector = embed_question(library.embedder, topic.question)
        lexical = words.search(topic.question, POOL, generation)
        dense = library.exact.search(vector, POOL)
        ids, vectors = library.store.read_vectors([one for one in lexical if one not in dense][:COMPARED])
        dense |= dict(zip(ids, (vectors @ vector).tolist(), strict=True)) if ids else {}
        found[topic.question] = dense, lexical, words.measure_ceiling(topic.question, generation)

    def measure(weight: float) -> float:
        fuse = fuse_by_weight(weight)

        def rank(question: str) -> list[str]:
            fused = fuse(*found[question])
            best = sorted(fused, key=lambda one: (-fused[one], one))
            return list(dict.fromkeys(names[owners[passage]] for passage in best))

        return score(rank, topics)["ndcg@10"]

    return [measure(weight) for weight in WORDS]


def choose(grids: Sequence[Grid]) -> tuple[int, int]:
    """Row and column of the best mean over the sets, each place judged with its neighbours: one on the border has too few."""
    mean = np.mean(grids, axis=0)
    rows, columns = mean.shape
    inner = [(row, column) for row in range(1, rows - 1) for column in range(1, columns - 1)]
    return max(inner, key=lambda place: float(mean[place[0] - 1 : place[0] + 2, place[1] - 1 : place[1] + 2].mean()))


def write_parameters(
    weights: Weights, sets: Mapping[str, Path], seen: Mapping[str, float], unseen: Mapping[str, float]
) -> None:
    """The weights, with where they came from."""
    value = {
        "parameters": {"words": weights.words, "heading": weights.heading},
        "provenance": {
            "script": "evals/train/fit_retrieval.py",
            "data": {
                name: hashlib.sha256((folder / "queries.jsonl").read_bytes()).hexdigest()
                for name, folder in sets.items()
            },
            "chosen_by": "best mean nDCG@10 over the sets, smoothed over neighbours on the grid",
            "words_tried": WORDS,
            "headings_tried": HEADINGS,
            "ndcg_at_10": seen,
            "ndcg_at_10_chosen_without_the_set": unseen,
        },
    }
    PARAMETERS.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    print(f"wrote {PARAMETERS.name}")


if __name__ == "__main__":
    sys.exit(main())
