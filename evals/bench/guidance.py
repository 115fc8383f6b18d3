"""Asks questions that the documents hardly cover: a set in, the share of answers that leave nobody with nothing out.

    python evals/bench/guidance.py [--set evals/guidance.jsonl] [--json] [--show]

Asked of the starter corpus, in a library of its own. An answer is right where it holds a step that is labelled as general
coaching practice or as grown from a document, exactly one question, and at most 250 words.

    whole      answers that are right in all of these
    step       with a step, question   with exactly one question, short   of at most 250 words
    labelled   where general practice is shown, with the line that says so
    words      median and greatest number of words

`--show` prints every answer, to be read aloud.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach
from coach.evaluation.scores.shape_scores import count_words, has_step
from coach.privacy import silence_libraries
from coach.prompts import load_wording
from coach.rendering import answer_to_object
from evals.answering import open_set, read_rows

_ROOT = Path(__file__).parents[2]
_MOST_WORDS = 250


def main() -> int:
    """Ask every question, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=_ROOT / "evals" / "guidance.jsonl")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every answer")
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        answers = ask_all(coach, read_rows(arguments.set))
    if arguments.show:
        for row, answer in answers:
            print(
                f"\n{row['id']} ({row['role']}) {row['question']}  [{answer['outcome']}, {count_words(answer)} words]"
            )
            print("\n".join(f"   {statement['kind']}: {statement['text']}" for statement in answer["statements"]))
    result = measure([answer for _, answer in answers])
    if arguments.json:
        print(json.dumps({"sets": {arguments.set.stem: {"product": result}}}))
    else:
        print("\n".join(f"{name:<14} {value:>7}" for name, value in result.items()))
    return 0


def ask_all(coach: OpenCoach, rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row with its answer object."""
    return [(row, answer_to_object(coach.assistant.ask(row["question"], row["role"]))) for row in rows]


def find_faults(answer: dict[str, Any]) -> list[str]:
    """What an answer to somebody who wants help lacks."""
    faults = []
    if not has_step(answer):
        faults.append("step")
    if sum(statement["kind"] == "question" for statement in answer["statements"]) != 1:
        faults.append("question")
    if count_words(answer) > _MOST_WORDS:
        faults.append("short")
    texts = [statement["text"] for statement in answer["statements"]]
    headings = {load_wording().say(f"coaching.{name}") for name in ("craft_heading", "stand_in_heading")}
    if answer["craft"] and not headings & set(texts):
        faults.append("labelled")
    return faults


def measure(answers: list[dict[str, Any]]) -> dict[str, float]:
    """Every figure of the set."""
    faults = [find_faults(answer) for answer in answers]
    words = [count_words(answer) for answer in answers]
    result: dict[str, float] = {"questions": len(answers)}
    result["whole"] = round(sum(not own for own in faults) / len(answers), 3)
    for name in ("step", "question", "short", "labelled"):
        result[name] = round(sum(name not in own for own in faults) / len(answers), 3)
    return {**result, "words_median": statistics.median(words), "words_most": max(words)}


if __name__ == "__main__":
    sys.exit(main())
