"""Fits coach/coverage.json: questions of school leaders and questions of nobody in a school in, two cosines out.

    python evals/train/fit_coverage.py --data FOLDER [--write]

    together   the least cosine from which on a third of the pairs that are put together belong together: questions of the
               tuning part of evals/craft_questions.jsonl that ask for the same one of nearly a hundred pieces of craft, which
               is a finer division than that of the topics
    topic      of questions from FOLDER/answerability/squad2.jsonl, which are about anything but schools, at most one in
               twenty gets a topic

What is printed beside them was measured on the held-out part, and on evals/coverage_topics.jsonl: the words behind the topics
were chosen with its tuning part in sight; its held-out part was written after them and measured once.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coach.assembly import build_embedder
from coach.coverage_groups import Grouper, Nearness, Topic, cluster, embed_asked, list_topics
from coach.coverage_wording import load_coverage_wording
from coach.jargon import load_jargon
from coach.privacy import silence_libraries
from coach.sentence_vectors import SentenceVectors
from coach.settings import read_settings

_EVALS = Path(__file__).parents[1]
_TARGET = Path(__file__).parents[2] / "coach" / "coverage.json"
_OFF_TOPIC = 0.05
_MOST_OFF = 500
_PURE = 1 / 3


def main() -> int:
    """Measure, fit, report, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    vectors = SentenceVectors(build_embedder(read_settings(os.environ)))
    topics = list_topics(load_coverage_wording().topics, load_jargon())
    tuning, held_out = (read_same(part) for part in ("tuning", "held_out"))
    grid = [round(float(value), 2) for value in np.arange(0.4, 0.86, 0.02)]
    together = next(value for value in grid if score_pairs(vectors, tuning, value)[0] >= _PURE)
    off = [row["question"] for row in read_rows(arguments.data / "answerability" / "squad2.jsonl")]
    off = list(dict.fromkeys(off))[:_MOST_OFF]
    topic = round(float(np.quantile(find_nearest(vectors, off, topics), 1 - _OFF_TOPIC)) + 0.005, 2)
    for name, rows in (("tuning", tuning), ("held_out", held_out)):
        precision, recall, f1 = score_pairs(vectors, rows, together)
        print(f"{name:9} {len(rows):4} questions  pairs: precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}")
    grouper = Grouper(vectors, topics, Nearness(together, topic))
    report_topics(grouper, held_out)
    if arguments.write:
        source = f"evals/train/fit_coverage.py: {len(tuning)} questions of the tuning part, {len(off)} off the topic"
        _TARGET.write_text(json.dumps({"together": together, "topic": topic, "from": source}, indent=2) + "\n", "utf-8")
    print(f"together {together}  topic {topic}")
    return 0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def read_same(part: str) -> list[tuple[str, str]]:
    """Questions of a part, each with what it asks for."""
    rows = read_rows(_EVALS / "craft_questions.jsonl")
    return [(row["question"], row["ids"][0]) for row in rows if row["part"] == part and row["ids"]]


def score_pairs(
    vectors: SentenceVectors, rows: Sequence[tuple[str, str]], together: float
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs that are put together."""
    groups = cluster(embed_asked(vectors, [question for question, _ in rows]), together)
    made = {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}
    wanted = {pair for pair in itertools.combinations(range(len(rows)), 2) if rows[pair[0]][1] == rows[pair[1]][1]}
    right = len(made & wanted)
    precision, recall = right / max(1, len(made)), right / max(1, len(wanted))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def find_nearest(vectors: SentenceVectors, questions: Sequence[str], topics: Sequence[Topic]) -> Any:
    """The cosine of each question and the topic nearest to it."""
    named = vectors.embed([topic.words for topic in topics])
    return (embed_asked(vectors, questions) @ named.T).max(axis=1)


def report_topics(grouper: Grouper, held_out: Sequence[tuple[str, str]]) -> None:
    """How many questions get a topic, and of how many it is one of those that were written down."""
    (named,) = grouper.name([[question for question, _ in held_out]])
    print(f"held_out  {len(named):4} questions  {sum(map(bool, named))} with a topic")
    for part in ("tuning", "held_out"):
        rows = [row for row in read_rows(_EVALS / "coverage_topics.jsonl") if row["part"] == part]
        names = [grouper.name([[row["question"]]])[0][0] for row in rows]
        right = sum(name in row["topics"] for name, row in zip(names, rows, strict=True))
        silent = names.count("")
        print(
            f"{part:9} {len(rows):4} with topics by hand: {right} right, {len(rows) - right - silent} wrong, {silent} none"
        )


if __name__ == "__main__":
    raise SystemExit(main())
