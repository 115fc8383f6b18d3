"""How long an evaluation run takes, what of it is not the assistant's, and whether it scores the same twice.

    python evals/bench/evaluation.py [--items 500] [--json]

Asked of the starter corpus in a library of its own, with no language model. The questions are those of starter.jsonl (twice,
for the second line), then those of craft_questions, guidance, clarify and practice_questions; each of the latter must mention
three words of its own question, so that wordings are looked for in every answer.

    items           questions asked
    seconds         of the whole run, with scoring and keeping
    assistant       seconds in which answers were made
    wordings        seconds in which must-mention and must-not-say wordings were embedded, once at the beginning
    compared        seconds in which sentences of answers were embedded, to be compared with wordings that no words matched
    outside_share   of the run, what is neither the assistant's nor the embedding of wordings
    without_compared  the same, without the embedding of what they are compared with
    score_ms        milliseconds to score one answer, median
    same_scores     of the starter items, the share whose every score is the same in a second run
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from coach.assembly import OpenCoach, open_coach
from coach.embedding import Vectors
from coach.evaluation.records import EvaluationItem, GateFailure, ItemResult, RetrievedPassage, Score
from coach.evaluation.running import Runner
from coach.evaluation.scores.scoring import Scorer
from coach.evaluation.sheets.columns import propose_mapping
from coach.evaluation.sheets.importing import import_items
from coach.evaluation.sheets.tables import read_sheet
from coach.lexical import find_words
from coach.privacy import silence_libraries
from coach.records import LOCAL_PERSON
from coach.sentence_vectors import SentenceVectors
from coach.settings import read_settings
from coach.store.evaluations import EvaluationStore
from evals.answering import fill_library

_ROOT = Path(__file__).parents[2]
_MORE = ("craft_questions", "guidance", "clarify", "practice_questions")


class TimedVectors:
    """Other sentence vectors, and how long it took to make them."""

    def __init__(self, vectors: SentenceVectors) -> None:
        self._vectors = vectors
        self.seconds = 0.0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the others do."""
        started = time.perf_counter()
        made = self._vectors.embed(texts)
        self.seconds += time.perf_counter() - started
        return made


class TimedScoring:
    """A scorer, and how long it took: apart from embedding, and each answer."""

    def __init__(self, coach: OpenCoach) -> None:
        self.vectors = TimedVectors(coach.vectors)
        self._scorer = Scorer(coach.library.store, cast(SentenceVectors, self.vectors), coach.discretion.mask)
        self.wordings = 0.0
        self.seconds: list[float] = []

    @property
    def compared(self) -> float:
        """Seconds in which sentences of answers were embedded."""
        return self.vectors.seconds - self.wordings

    def prepare(self, items: Sequence[EvaluationItem]) -> None:
        """As the scorer does."""
        self._scorer.prepare(items)
        self.wordings = self.vectors.seconds

    def score(
        self, item: EvaluationItem, answer: Mapping[str, Any], retrieved: Sequence[RetrievedPassage]
    ) -> tuple[tuple[Score, ...], tuple[GateFailure, ...]]:
        """As the scorer does."""
        started = time.perf_counter()
        scored = self._scorer.score(item, answer, retrieved)
        self.seconds.append(time.perf_counter() - started)
        return scored


def main() -> int:
    """Run, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    starter = read_items("starter")
    with tempfile.TemporaryDirectory() as work:
        home = Path(work) / "home"
        fill_library(_ROOT / "corpus", home)
        with open_coach(read_settings(os.environ, home)) as coach:
            first, _ = run(coach, starter, "first")
            again, _ = run(coach, starter, "again")
            same = statistics.mean(
                (one.scores, one.gates) == (other.scores, other.gates) for one, other in zip(first, again, strict=True)
            )
            more = [replace(item, must_mention=(take_words(item),)) for name in _MORE for item in read_items(name)]
            items = [replace(item, id=f"{place}") for place, item in enumerate([*starter, *more])]
            _, figures = run(coach, items[: arguments.items], "long")
    figures = {**figures, "same_scores": round(same, 3)}
    if arguments.json:
        print(json.dumps({"sets": {"starter": {"product": figures}}}))
    else:
        print("\n".join(f"{name:<14} {value}" for name, value in figures.items()))
    return 0


def read_items(name: str) -> tuple[EvaluationItem, ...]:
    """The items of a set of the project."""
    path = _ROOT / "evals" / f"{name}.jsonl"
    sheet = read_sheet(path.read_bytes(), path.name)
    return import_items(sheet, propose_mapping(sheet), lambda text: text).items


def take_words(item: EvaluationItem) -> tuple[str, ...]:
    """Three words of a question, as a wording."""
    return (" ".join(list(find_words(item.question))[:3]) or "leadership",)


def run(coach: OpenCoach, items: Sequence[EvaluationItem], name: str) -> tuple[list[ItemResult], dict[str, float]]:
    """Ask every item, and tell what the time went into."""
    runs = EvaluationStore(coach.library.store)
    scoring = TimedScoring(coach)
    runner = Runner(coach.assistant, scoring, runs)
    kept = runs.add_run(LOCAL_PERSON, runs.add_set(LOCAL_PERSON, name, items), [item.id for item in items])
    started = time.perf_counter()
    results = list(runner.go_on(kept.id))
    seconds = time.perf_counter() - started
    assistant = sum(result.seconds for result in results)
    outside = seconds - assistant - scoring.wordings
    return results, {
        "items": len(results),
        "seconds": round(seconds, 2),
        "assistant": round(assistant, 2),
        "wordings": round(scoring.wordings, 2),
        "compared": round(scoring.compared, 2),
        "outside_share": round(outside / seconds, 4),
        "without_compared": round((outside - scoring.compared) / seconds, 4),
        "score_ms": round(1000 * statistics.median(scoring.seconds), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
