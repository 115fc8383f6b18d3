"""Asks every question of a set as the product asks it: cases in, what the product measured for each out."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach
from coach.cross_encoder import MODEL_FOLDER
from coach.records import Manner
from coach.search_copy import fold_letters
from evals.answering import Case, find_documents, load_cases, open_set, read_rows
from evals.train.reader_data import HELD_OUT, place_of

_CORPUS = Path(__file__).parents[2] / "corpus"

Row = dict[str, Any]


def measure_set(data: Path, path: Path) -> list[Row]:
    """What the product measures for each question of a set that no cross-encoder was trained on."""
    with tempfile.TemporaryDirectory() as work:
        cases = leave_out_trained(path, load_cases(data, path, Path(work) / "documents"))
        with open_set(Path(work) / "documents", Path(work) / "home") as coach:
            documents = find_documents(coach, cases)
            rows = []
            for number, case in enumerate(cases):
                rows.append(measure_case(coach, case, documents[case.id]))
                if number % 100 == 0:
                    print(f"{path.stem}: {number} of {len(cases)}", file=sys.stderr, flush=True)
            return rows


def leave_out_trained(path: Path, cases: Sequence[Case]) -> list[Case]:
    """The cases that the shipped cross-encoder has not seen: all, unless it was trained on this very file."""
    record = MODEL_FOLDER / "reader.json"
    trained = json.loads(record.read_text("utf-8")).get("data", []) if record.is_file() else []
    if hashlib.sha256(path.read_bytes()).hexdigest() not in {one["sha256"] for one in trained}:
        return list(cases)
    return [case for case in cases if place_of(case.group) < HELD_OUT[path.stem]]


def measure_starter(path: Path) -> list[Row]:
    """The same for the tuning part of the starter set, asked of the starter corpus."""
    rows = [row for row in read_rows(path) if row["part"] == "tuning"]
    rows = [
        row for row in rows if row["outcome"] in ("answered", "partial", "not_in_sources") and row["type"] != "metadata"
    ]
    with tempfile.TemporaryDirectory() as work, open_set(_CORPUS, Path(work) / "home") as coach:
        measured = []
        for row in rows:
            evidence = tuple(one["quote"] for group in row["evidence"] for one in group)
            welcome = tuple(one["quote"] for one in row["welcome"])
            case = Case(
                row["id"],
                row["question"],
                (),
                row["outcome"] != "not_in_sources",
                frozenset(),
                evidence + welcome,
                row["id"],
            )
            measured.append({**measure_case(coach, case, None), "type": row["type"]})
        return measured


def measure_case(coach: OpenCoach, case: Case, documents: frozenset[str] | None) -> Row:
    """The measures of a question and of each sentence that was found, and which sentences hold a wanted answer."""
    assistant = coach.assistant
    grounder = assistant.team.grounder
    received = assistant.team.intake.receive(case.question, Manner(), case.history, grounder.search)
    question = grounder.understand(received.asked)
    workshop = grounder.workshop
    reading = workshop.close_reader.read(workshop.retriever.search(question, documents=documents))
    sentences = []
    if case.gold and case.answerable:
        # Sentences are ranked as they are found among all texts, not only those that the set names.
        among_all = workshop.close_reader.read(workshop.retriever.search(question)) if documents else reading
        sentences = [{**one.measure(), "wanted": holds_answer(one.text, case.gold)} for one in among_all.findings]
    report = workshop.reading_list.measure(reading.evidence.vector)
    draft = workshop.composer.compose(reading)
    # What a rule decides: a gap that it names, or a premise that it contradicts.
    gated = (draft.missing and not draft.statements) or any(one.name == "answer.premise" for one in draft.remarks)
    return {
        "id": case.id,
        "group": case.group,
        "answerable": case.answerable,
        "measures": dict(reading.measures),
        "sentences": sentences,
        "short": reading.asked.is_short,
        "report": report,
        "cosine": max((hit.dense for hit in reading.evidence.hits), default=0.0),
        "gated": bool(gated) or any(one.kind == "nearest" for one in question.reworded),
    }


def holds_answer(sentence: str, gold: Sequence[str]) -> bool:
    """Whether a sentence holds a wanted answer, or is one."""
    plain = fold_letters(sentence)
    return any(
        fold_letters(one) in plain or (len(plain) > 20 and plain in fold_letters(one))
        for one in gold
        if fold_letters(one)
    )
