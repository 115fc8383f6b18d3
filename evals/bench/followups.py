"""Measures how a question is understood in its conversation: conversations in; ranking, or words recovered, of each system out.

    python evals/bench/followups.py --data FOLDER [--json] [--limit N]

A set is FOLDER/followups/NAME.jsonl: rows with `history` (role, text; turns of the person alone are enough), `question`,
`rewrite` (the question as a person wrote it to stand alone, or null), and either `corpus` (a folder with corpus.jsonl) and
`relevant` (ids of its texts) or neither. `needs_rewrite` and `topic` (a title, then a section) may be there.

    last_turn   the question as it was asked
    product     what `coach.conversation` makes of it
    rewrite     the person's; the question itself where there is none

Where rows name a corpus, it is searched as `coach search` does, and the nDCG@10 of each system is given with the mean
difference of two systems and its bootstrap interval of 95 % over paired rows (difference, low, high; product minus
last_turn under `product`, rewrite minus product under `rewrite`), also for the rows that need a rewrite alone. `joined` is
the ablation: every turn of the person in one question.

Where they do not:

    added_words_recall      of the content words that the person's rewrite adds to the question, those that a system adds
    added_words_precision   of those that a system adds, those that the rewrite adds
    left_alone              of the rows whose rewrite adds nothing, those to which a system adds nothing

Words are compared by their stems, function words left out. `product` is told the row's topic, as a person is who asks
about one open document; `product_untold` is not. `tuning` and `held_out` stand for `product` on the two halves of the
conversations, parted by a hash of their ids (`_untold` for `product_untold`). The rules were made by reading rows of the
first half, and of sets with a corpus; of the second half only the totals were seen, about ten times. Rows of the sets with
a corpus were read while the rules were made, so the ranking on them is no test on unseen conversations.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coach.assembly import OpenCoach, open_coach
from coach.conversation import Known, understand_question
from coach.mentions import find_content_stems
from coach.privacy import silence_libraries
from coach.records import Manner, Question, Turn
from evals.answering import fill_library, read_rows, write_text

SEED = 20261121
_RESAMPLES = 2000
_POOL = 30

Row = dict[str, Any]
Rewrite = Callable[[Row], str]
Measures = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Words:
    """Content words that a rewrite adds to the question, that a system adds, and that both do."""

    wanted: int
    added: int
    shared: int


def main() -> int:
    """Measure every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=int, help="take this many rows of a set, evenly spread, for a quick look")
    arguments = parser.parse_args()
    silence_libraries()
    results = {
        name: measure_set(arguments.data, name, rows) for name, rows in load_sets(arguments.data, arguments.limit)
    }
    if not results:
        print(f"{arguments.data} holds no followups/NAME.jsonl.")
        return 1
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def load_sets(data: Path, limit: int | None) -> Iterator[tuple[str, list[Row]]]:
    """Name and rows of each set that holds any."""
    for path in sorted((data / "followups").glob("*.jsonl")):
        rows = read_rows(path)
        if limit and len(rows) > limit:
            rows = [rows[len(rows) * place // limit] for place in range(limit)]
        if rows:
            yield path.stem, rows


def measure_set(data: Path, name: str, rows: Sequence[Row]) -> Measures:
    """What is measured on the rows with a corpus, or on the words of those without."""
    searched = [row for row in rows if row.get("corpus") and row.get("relevant")]
    return rank_rows(data, name, searched) if searched else compare_words(name, [row for row in rows if row["rewrite"]])


def read_turns(row: Row) -> tuple[Turn, ...]:
    """The turns before the question."""
    return tuple(Turn(turn["role"], turn["text"]) for turn in row.get("history") or ())


def read_rewrite(row: Row) -> str:
    """The person's rewrite, or the question where there is none."""
    return str(row.get("rewrite") or row["question"])


# --- ranking ------------------------------------------------------------------------------------------------------


def rank_rows(data: Path, name: str, rows: Sequence[Row]) -> Measures:
    """nDCG@10 of every system, each corpus in a library of its own."""
    gains: dict[str, list[float]] = {"last_turn": [], "product": [], "rewrite": [], "joined": []}
    needs: list[bool] = []
    for corpus in sorted({str(row["corpus"]) for row in rows}):
        with tempfile.TemporaryDirectory() as work:
            documents = Path(work) / "documents"
            documents.mkdir()
            names = {str(one["id"]): write_text(documents, one) for one in read_rows(data / corpus / "corpus.jsonl")}
            own = [row for row in rows if str(row["corpus"]) == corpus]
            with open_coach(fill_library(documents, Path(work) / "home")) as coach:
                for number, row in enumerate(own):
                    relevant = frozenset(names[str(one)] for one in row["relevant"])
                    for system, rewrite in build_systems(coach).items():
                        gains[system].append(score(coach, rewrite(row), relevant))
                    needs.append(bool(row.get("needs_rewrite")))
                    report(name, number, len(own))
    return summarise({system: np.array(values) for system, values in gains.items()}, np.array(needs))


def build_systems(coach: OpenCoach) -> dict[str, Rewrite]:
    """What each system searches for a row."""

    team = coach.assistant.team

    def understand(row: Row) -> str:
        # As it ships: names are masked and boundaries looked for before it.
        received = team.intake.receive(str(row["question"]), Manner(), read_turns(row), team.grounder.search)
        return received.asked

    def join(row: Row) -> str:
        asked = [turn.text for turn in read_turns(row) if turn.speaker == "user"]
        return " ".join([*asked, str(row["question"])])

    return {
        "last_turn": lambda row: str(row["question"]),
        "product": understand,
        "rewrite": read_rewrite,
        "joined": join,
    }


def score(coach: OpenCoach, question: str, relevant: frozenset[str]) -> float:
    """nDCG@10 of the texts, each by its best passage."""
    hits = coach.retriever.search(Question(question, question), _POOL).hits
    ranking = list(dict.fromkeys(hit.document.name for hit in hits))[:10]
    gain = sum(1 / math.log2(place + 2) for place, name in enumerate(ranking) if name in relevant)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))


def summarise(gains: Mapping[str, np.ndarray], needs: np.ndarray) -> Measures:
    """Means, and paired differences with their intervals, over all rows and over those that need a rewrite."""
    measures: Measures = {}
    before = {"product": "last_turn", "rewrite": "product", "joined": "last_turn"}
    for system, values in gains.items():
        found = {"ndcg@10": float(values.mean()), "rows": float(len(values))}
        if needs.any():
            found |= {"needs_rewrite_ndcg@10": float(values[needs].mean()), "needs_rewrite_rows": float(needs.sum())}
        if system in before:
            difference = values - gains[before[system]]
            found |= dict(zip(("difference", "low", "high"), resample(difference), strict=True))
            if needs.any():
                keys = ("needs_rewrite_difference", "needs_rewrite_low", "needs_rewrite_high")
                found |= dict(zip(keys, resample(difference[needs]), strict=True))
        measures[system] = {key: round(value, 4) for key, value in found.items()}
    return measures


def resample(differences: np.ndarray) -> tuple[float, float, float]:
    """The mean, and the middle 95 % of the means over rows drawn with replacement."""
    generator = np.random.default_rng(SEED)
    drawn = generator.integers(0, len(differences), (_RESAMPLES, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


# --- words --------------------------------------------------------------------------------------------------------


def compare_words(name: str, rows: Sequence[Row]) -> Measures:
    """Words recovered by every system."""
    told, untold = [], []
    for number, row in enumerate(rows):
        told.append(understand_alone(row, tuple(row.get("topic") or ())))
        untold.append(understand_alone(row, ()))
        report(name, number, len(rows))
    tuning = [is_tuned_on(str(row["id"])) for row in rows]
    halves = {"tuning": tuning, "held_out": [not one for one in tuning]}
    measures = {
        "last_turn": measure_words(rows, [str(row["question"]) for row in rows]),
        "product": measure_words(rows, told),
        "rewrite": measure_words(rows, [read_rewrite(row) for row in rows]),
        "product_untold": measure_words(rows, untold),
    }
    for half, chosen in halves.items():
        for system, texts in (("", told), ("_untold", untold)):
            own = [place for place, one in enumerate(chosen) if one]
            if own:
                measures[half + system] = measure_words([rows[one] for one in own], [texts[one] for one in own])
    return measures


def understand_alone(row: Row, topic: tuple[str, ...]) -> str:
    """What the product searches where there are no documents."""
    return understand_question(str(row["question"]), read_turns(row), Known(topic=topic)).search_question


def is_tuned_on(row_id: str) -> bool:
    """Whether a row's conversation is of the half that was tuned on."""
    conversation = re.split(r"#|<::>", row_id)[0]
    return int(hashlib.sha256(conversation.encode()).hexdigest(), 16) % 2 == 0


def count_shared(row: Row, text: str) -> Words:
    """The added words of one row."""
    asked = find_content_stems(str(row["question"]))
    wanted = find_content_stems(read_rewrite(row)) - asked
    added = find_content_stems(text) - asked
    return Words(len(wanted), len(added), len(wanted & added))


def measure_words(rows: Sequence[Row], texts: Sequence[str]) -> dict[str, float]:
    """Every metric of one system."""
    counts = [count_shared(row, text) for row, text in zip(rows, texts, strict=True)]
    shared = sum(one.shared for one in counts)
    added = sum(one.added for one in counts)
    full = [one for one in counts if not one.wanted]
    values = {
        "added_words_recall": shared / max(sum(one.wanted for one in counts), 1),
        "added_words_precision": shared / added if added else 1.0,
        "left_alone": sum(not one.added for one in full) / len(full) if full else 1.0,
        "rows": len(rows),
        "rows_that_add_nothing": len(full),
    }
    return {key: round(float(value), 4) for key, value in values.items()}


# --- output -------------------------------------------------------------------------------------------------------


def report(name: str, number: int, count: int) -> None:
    """Say how far it is."""
    if number % 200 == 0:
        print(f"{name}: {number} of {count}", file=sys.stderr, flush=True)


def write_table(results: Mapping[str, Measures]) -> str:
    """A line for each set, system and metric."""
    lines = [f"{'set':<12} {'system':<16} {'metric':<26} {'value':>8}"]
    for name, systems in results.items():
        for system, measures in systems.items():
            lines += [f"{name:<12} {system:<16} {metric:<26} {value:>8g}" for metric, value in measures.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
