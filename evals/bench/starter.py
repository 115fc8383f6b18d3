"""Measures answers on a set of questions with known outcomes and evidence: a set in, shares right by outcome and length out.

    python evals/bench/starter.py [--set evals/starter.jsonl] [--part tuning|held_out] [--json] [--show] [--ablation]

Asked of the starter corpus, in a library of its own. Each system's columns:

    answered   of the questions that the texts answer, those with the outcome `answered` or `partial`
    declined   of those that they do not answer, those with the outcome `not_in_sources`
    partial    of those that they answer in part, those with the outcome `partial`
    exact      outcomes that are the very one that is asked for
    evidence   of the answerable questions with evidence, those whose quotations hold a text of every group
    precision  of the quoted sentences of these, those that the set's evidence or welcome sentences ask for
    words      median and 90th percentile of the words of an answer, by kind

Questions whose outcome is `clarify` or `referred` are counted under these names alone.

`--ablation` leaves out one step at a time: the cross-encoder (with the parameters that were fitted without it), the list of
terms, the mending of spelling, and the fitted ranking of sentences (the cosine alone in its place).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sentencex

from coach.answerability import Logistic, load_answerability
from coach.asking import read_question
from coach.assembly import OpenCoach, build_workshop
from coach.assistant import Assistant
from coach.drafting import ExtractiveComposer
from coach.grounding import Grounder
from coach.jargon import Jargon
from coach.privacy import silence_libraries
from coach.records import Answer, Citation, Statement
from coach.retrieval import Steps
from evals.answering import open_set, read_rows

_ROOT = Path(__file__).parents[2]

Row = dict[str, Any]


def main() -> int:
    """Ask every question of a part, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=_ROOT / "evals" / "starter.jsonl")
    parser.add_argument("--part", choices=["tuning", "held_out"], default=None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    arguments = parser.parse_args()
    silence_libraries()
    rows = read_rows(arguments.set)
    results: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as work, open_set(_ROOT / "corpus", Path(work) / "home") as coach:
        systems = build_systems(coach) if arguments.ablation else {"product": coach.assistant}
        for part in [arguments.part] if arguments.part else dict.fromkeys(row["part"] for row in rows):
            own = [row for row in rows if row["part"] == part]
            for name, assistant in systems.items():
                coach.retriever.use(Steps(mend_spelling=name != "without_spelling"))
                asked = [(row, assistant.ask(row["question"], row["role"])) for row in own]
                results.setdefault(part, {})[name] = measure(asked)
                if arguments.show and name == "product":
                    show(asked)
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def build_systems(coach: OpenCoach) -> dict[str, Assistant]:
    """The product, and the product without one of its steps each."""
    assistant, library = coach.assistant, coach.library
    workshop = assistant.team.grounder.workshop
    shipped = load_answerability(workshop.close_reader.reads_together)
    plain = build_workshop(library, coach.retriever, None, load_answerability(with_reader=False))
    by_cosine = replace(shipped, sentence=Logistic(-3.0, {"cosine": 6.0}))
    workshops = {
        "product": workshop,
        "without_reader": plain,
        "without_terms": replace(workshop, jargon=Jargon((), "")),
        "without_spelling": workshop,
        "sentences_by_cosine": replace(workshop, composer=ExtractiveComposer(by_cosine)),
    }
    teams = {name: replace(assistant.team, grounder=Grounder(library, one)) for name, one in workshops.items()}
    return {name: Assistant(library, team, "ablation") for name, team in teams.items()}


def measure(asked: Sequence[tuple[Row, Answer]]) -> dict[str, float]:
    """Every metric of one part."""
    by_outcome: dict[str, list[bool]] = defaultdict(list)
    exact: list[bool] = []
    for row, answer in asked:
        by_outcome[row["outcome"]].append(is_right(row, answer))
        exact.append(row["outcome"] == answer.outcome.value)
    with_evidence = [(row, answer) for row, answer in asked if row["evidence"]]
    quoted = [
        (row, citation.document, sentence)
        for row, answer in with_evidence
        for citation in list_quoted(answer)
        for sentence in sentencex.segment("en", citation.quote)
        if sentence.strip()
    ]
    metrics = {f"{name}_right": round(statistics.mean(rights), 3) for name, rights in sorted(by_outcome.items())}
    metrics["exact"] = round(statistics.mean(exact), 3)
    metrics["evidence"] = round(statistics.mean(holds_evidence(row, answer) for row, answer in with_evidence), 3)
    metrics["precision"] = round(statistics.mean(is_asked_for(*one) for one in quoted), 3) if quoted else 0.0
    metrics.update(measure_words(asked))
    return metrics


def is_right(row: Row, answer: Answer) -> bool:
    """Whether the outcome is right: an answer that says too little of what is missing still answers."""
    given = answer.outcome.value
    spoken = " ".join(statement.text for statement in answer.statements)
    if any(word in spoken for word in row["must_not_say"]):
        return False
    if row["outcome"] == "answered":
        return given in ("answered", "partial") and all(word in spoken for word in row["must_mention"])
    return bool(given == row["outcome"])


def holds_evidence(row: Row, answer: Answer) -> bool:
    """Whether every group of evidence has a text that lies wholly within the words quoted of its document."""
    if answer.outcome.value not in ("answered", "partial"):
        return False
    return all(any(is_quoted(one, answer) for one in group) for group in row["evidence"])


def is_quoted(one: dict[str, str], answer: Answer) -> bool:
    """Whether words stand in the quotations of their document."""
    return any(
        citation.document == one["document"] and one["quote"] in citation.quote for citation in list_quoted(answer)
    )


def list_quoted(answer: Answer) -> list[Citation]:
    """The citations of what answers; what is only near does not count."""
    if answer.outcome.value == "not_in_sources":
        return []
    return [citation for statement in answer.statements for citation in statement.citations]


def is_asked_for(row: Row, document: str, sentence: str) -> bool:
    """Whether a quoted sentence holds the evidence or what is welcome beside it, or is a part of these."""
    wanted = [one for group in row["evidence"] for one in group] + row["welcome"]
    return any(
        one["document"] == document and (one["quote"] in sentence or sentence.strip() in one["quote"]) for one in wanted
    )


def measure_words(asked: Sequence[tuple[Row, Answer]]) -> dict[str, float]:
    """Median and 90th percentile of words, for short kinds of question, for the others, and for what is declined."""
    lengths: dict[str, list[int]] = defaultdict(list)
    for row, answer in asked:
        if answer.outcome.value == "not_in_sources":
            kind = "declined"
        else:
            kind = "short" if read_question(row["question"]).is_short else "long"
        lengths[kind].append(count_words(answer.statements))
    return {
        f"words_{kind}_{name}": round(value)
        for kind, counts in sorted(lengths.items())
        for name, value in (
            ("median", statistics.median(counts)),
            ("p90", sorted(counts)[int(0.9 * (len(counts) - 1))]),
        )
    }


def count_words(statements: Sequence[Statement]) -> int:
    """Words that a person reads."""
    return sum(len(statement.text.split()) for statement in statements)


def show(asked: Sequence[tuple[Row, Answer]]) -> None:
    """Every question whose outcome or evidence is wrong, and what was said."""
    for row, answer in asked:
        if is_right(row, answer) and (not row["evidence"] or holds_evidence(row, answer)):
            continue
        print(
            f"\n{row['id']} {row['type']}, {row['outcome']} wanted, "
            f"{answer.outcome.value} at {answer.confidence}: {row['question']}"
        )
        for group in row["evidence"]:
            mark = "has  " if any(is_quoted(one, answer) for one in group) else "lacks"
            print(f"    {mark} {' / '.join(one['quote'] for one in group)}")
        for statement in answer.statements:
            print(f"    said  {statement.text}")


def write_table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """One line for each metric, one column for each part and system."""
    columns = {(part, name): values for part, systems in results.items() for name, values in systems.items()}
    names = list(dict.fromkeys(name for values in columns.values() for name in values))
    width = max(len(f"{part} {name}") for part, name in columns) + 2
    lines = [f"{'':<24}" + "".join(f"{f'{part} {name}':>{width}}" for part, name in columns)]
    lines += [
        f"{name:<24}" + "".join(f"{values.get(name, float('nan')):>{width}}" for values in columns.values())
        for name in names
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
