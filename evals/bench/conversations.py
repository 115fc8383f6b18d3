"""Holds written conversations with the coach: a set of turns with expectations in, the turns that went as expected out.

    python evals/bench/conversations.py [--set evals/conversations.jsonl] [--json] [--show] [--only ID ...]

Asked of the starter corpus, in a library of its own. `full` gives each question the answers before it, as a conversation in
the product does; `user_turns` gives it what the person said before, and nothing else. A turn is right where nothing that
the set expects of it is missed: outcome, words carried over and left behind, passages cited, and shape.

`evals/conversations.jsonl` was written by somebody who had not seen the code; the rules were made by reading the turns of v01
to v07 and v12, and the failures of the others five times, so that no part of it is unseen.
`evals/conversations_more.jsonl` was written with the rules known, and asks about little but what is carried over.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach
from coach.conversing import read_turns
from coach.privacy import silence_libraries
from coach.records import Exchange, Turn
from coach.rendering import answer_to_object
from evals.answering import open_set, read_rows
from evals.checking import check_turn

_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Hold every conversation twice, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=_ROOT / "evals" / "conversations.jsonl")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every turn and what is wrong with it")
    parser.add_argument("--only", nargs="*", help="ids of conversations")
    arguments = parser.parse_args()
    silence_libraries()
    rows = [row for row in read_rows(arguments.set) if not arguments.only or row["id"] in arguments.only]
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        for system in ("full", "user_turns"):
            turns = [turn for row in rows for turn in hold(coach, row, user_turns_alone=system == "user_turns")]
            if arguments.show:
                show(system, turns)
            right = sum(not complaints for _, _, complaints in turns)
            results[system] = {"turns": len(turns), "right": right, "share": round(right / len(turns), 3)}
    if arguments.json:
        print(json.dumps({"sets": {arguments.set.stem: results}}))
    else:
        for system, result in results.items():
            print(
                f"{system:<11} {result['right']:.0f} of {result['turns']:.0f} turns as expected ({result['share']:.3f})"
            )
    return 0


def hold(
    coach: OpenCoach, row: dict[str, Any], *, user_turns_alone: bool
) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """One conversation: for each turn what was said, the answer object, and what is wrong with it."""
    passages = read_passages(coach)
    history: list[Turn] = []
    before: dict[str, Any] | None = None
    for turn in row["turns"]:
        answer = answer_to_object(coach.assistant.ask(turn["say"], row["role"], history=history))
        expected = turn if not (user_turns_alone and turn.get("needs_answers")) else {**turn, "carries": []}
        yield f"{row['id']} {turn['say']}", answer, check_turn(expected, answer, before, passages)
        exchange = Exchange(len(history), answer["question"], answer, "")
        history += [Turn("user", turn["say"])] if user_turns_alone else read_turns([exchange])
        before = answer


def read_passages(coach: OpenCoach) -> dict[str, str]:
    """The text of every passage of a library, by label."""
    store = coach.library.store
    return {
        stored.passage.label: stored.text
        for card in store.list_documents()
        for stored in store.list_document_passages(card.id)
    }


def show(system: str, turns: list[tuple[str, dict[str, Any], list[str]]]) -> None:
    """Every turn, and beneath it what is wrong."""
    for said, answer, complaints in turns:
        sign = "  " if not complaints else "! "
        print(f"{sign}{system} {said}\n     -> {answer['outcome']}: {answer['search_question']}")
        for complaint in complaints:
            print(f"     ! {complaint}")


if __name__ == "__main__":
    sys.exit(main())
