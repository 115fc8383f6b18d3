"""Runs and rounds made by hand, to build the tests of rating on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coach.evaluation.rating.rounds import make_round
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import (
    EvaluationItem,
    GateFailure,
    HistoryTurn,
    ItemResult,
    Rating,
    RatingRound,
    RetrievedPassage,
    Run,
    Score,
)
from coach.records import Citation, Receipt

TYPES = ("fact", "practice", "near_miss")
CITATION = Citation(
    label="ab12", document="handbook.txt", document_id="d" * 64, title="The handbook", authors="", year=2010, page=3,
    page_label="iii", section="Roles", quote="Leaders share the work.", start=40, end=63,
)  # fmt: skip


def make_items(count: int) -> list[EvaluationItem]:
    """Questions of three types, each with what its answer is held to."""
    return [
        EvaluationItem(
            f"q{number:03}",
            f"What is asked in number {number}?",
            type=TYPES[number % len(TYPES)],
            ideal=f"The ideal answer {number}.",
            must_mention=(("shared", "together"),),
            history=(HistoryTurn("user", "An earlier question?"),),
            notes=(("Owner's note", "version-two-is-better"),),
        )
        for number in range(count)
    ]


def make_answer(item: EvaluationItem, run: str, model: str = "") -> dict[str, Any]:
    """An answer object as it is stored, with everything in it that could tell which version gave it."""
    quoted = {
        "text": CITATION.quote, "kind": "source", "origin": "quoted", "citations": [CITATION.label], "marks": [],
        "spans": [{"label": CITATION.label, "start": CITATION.start, "end": CITATION.end}], "part_of": None,
    }  # fmt: skip
    statements = [quoted, {"text": f"Say it for {item.id}.", "kind": "craft", "origin": "written", "spans": []}]
    if model:
        statements.append({"text": f"Written by {model}. Each was checked.", "kind": "notice", "origin": "written"})
    return {
        "answer_id": f"answer-of-{run}",
        "question": item.question,
        "role": item.role,
        "outcome": "answered",
        "confidence": 0.8765,
        "statements": statements,
        "citations": [{**_describe(CITATION)}],
        "readings": [],
        "suggestions": ["What else can leaders share?"],
        "retrieved": [{"label": "ab12", "score": 0.4321}],
        "composer": model or "extractive",
        "fallback": None,
        "sent": [{"purpose": "answer", "model": model, "to": "10.9.8.7:443", "left": True, "messages": []}],
        "receipt": _describe(make_receipt(run)),
        "milliseconds": {"search": 31.4159},
    }


def make_receipt(run: str) -> Receipt:
    """A receipt of which no part could be anything else."""
    version, library, prompts, configured, embedding, model = (
        f"receipt-{part}-{run}" for part in ("version", "library", "prompts", "settings", "embedding", "model")
    )
    return Receipt(version, library, prompts, configured, embedding, model)


def make_run(identity: str, items: Sequence[EvaluationItem], model: str = "") -> Run:
    """A run in which every item was answered and scored."""
    results = tuple(
        ItemResult(
            item=item,
            answer=make_answer(item, identity, model),
            earlier=(make_answer(replace(item, id="earlier"), identity, model),),
            retrieved=(RetrievedPassage("ab12", "d" * 64, "handbook.txt", 0, 90, "retrieved-text", 0.4321),),
            scores=(Score("outcome", 0.25, False, f"score-reason-{identity}"),),
            gates=(GateFailure("privacy", f"gate-reason-{identity}"),),
            seconds=2.71828,
        )
        for item in items
    )
    return Run(
        id=identity,
        title=f"title-of-{identity}",
        set_id="set-identity",
        set_name="set-name",
        set_version=17,
        set_digest="set-digest",
        state="done",
        size=len(results),
        receipt=make_receipt(identity),
        started_at="2026-11-22T10:00:00",
        finished_at="2026-11-22T10:01:00",
        results=results,
        judge="judge-name",
    )


def make_example_round(count: int = 12, runs: Sequence[str] = ("run-one",), **options: Any) -> RatingRound:
    """A round over runs of the same items."""
    items = make_items(count)
    return make_round("Autumn", [make_run(run, items) for run in runs], load_rubric(), seed=7, **options)


def rate(rating_round: RatingRound, rater: str, place: int = 0, level: int = 1, comment: str = "") -> Rating:
    """A rating of every dimension of the entry at a place; every dimension has levels 0 and 1."""
    levels = tuple((dimension.id, level) for dimension in rating_round.rubric.dimensions)
    return Rating(rating_round.entries[place].code, rater, levels, comment)


def _describe(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
