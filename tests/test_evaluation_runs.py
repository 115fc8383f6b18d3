"""Sets, runs and their files: versions and locks, conversations that are held, runs that stop and go on, in real SQLite."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coach.errors import CoachError
from coach.evaluation.queue import RunQueue
from coach.evaluation.records import (
    EvaluationItem,
    GateFailure,
    HistoryTurn,
    ItemResult,
    RetrievedPassage,
    RowProblem,
    Score,
    SourceWords,
)
from coach.evaluation.run_files import read_baseline, read_run, write_baseline, write_run
from coach.evaluation.running import Runner, choose_ready
from coach.evaluation.values import are_equal
from coach.records import LOCAL_PERSON, Answer, Manner, Outcome, Question, Receipt, Stage, Statement, Turn
from coach.store.evaluations import EvaluationStore, SetChanged
from coach.store.store import Store

RECEIPT = Receipt("1", "library", "prompts", "settings", "embedding")


class EchoingAssistant:
    """Answers every question with its own words, and remembers what it was asked; some questions end in a fault."""

    def __init__(self, faulty: Collection[str] = ()) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.faulty = set(faulty)
        self.gate: threading.Event | None = None
        self.receipts: dict[str, Receipt] = {}

    def ask_in_stages(
        self,
        text: str,
        manner: Manner,
        history: Sequence[Turn] = (),
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Answer]:
        yield Stage("searching")
        if self.gate is not None:
            assert self.gate.wait(10)
        self.asked.append((text, tuple(history)))
        if text in self.faulty:
            raise CoachError("The library is being mended.")
        said = Statement(f"You asked: {text}", "notice", "written")
        yield Answer(
            "a",
            Question(text, text, manner.role),
            Outcome.ANSWERED,
            0.9,
            (said,),
            (),
            (),
            (),
            (),
            1,
            "extractive",
            self.receipts.get(text, RECEIPT),
            (),
        )


class LengthScorer:
    """Passes answers to questions of more than three words."""

    def __init__(self) -> None:
        self.prepared: tuple[str, ...] = ()

    def prepare(self, items: Sequence[EvaluationItem]) -> None:
        self.prepared = tuple(item.id for item in items)

    def score(
        self, item: EvaluationItem, answer: Mapping[str, Any], retrieved: Sequence[RetrievedPassage]
    ) -> tuple[tuple[Score, ...], tuple[GateFailure, ...]]:
        long = len(answer["question"].split()) > 3
        gates = (GateFailure("privacy", "A name."),) if "Tamika" in answer["question"] else ()
        return (Score("outcome", float(long), long, "By length."),), gates


@pytest.fixture
def evaluations(store: Store) -> EvaluationStore:
    return EvaluationStore(store)


def build_items(*questions: str) -> tuple[EvaluationItem, ...]:
    return tuple(EvaluationItem(f"i{number}", question) for number, question in enumerate(questions, start=1))


QUESTIONS = build_items("What is leadership in the report?", "Who wrote it?", "How many districts took part?")


def begin(evaluations: EvaluationStore, items: Sequence[EvaluationItem] = QUESTIONS) -> str:
    asked = evaluations.add_set(LOCAL_PERSON, "Autumn", items)
    return evaluations.add_run(LOCAL_PERSON, asked, [item.id for item in choose_ready(items)]).id


# --- sets ---------------------------------------------------------------------------------------------------------


def test_an_open_version_is_changed_in_place_and_a_locked_one_makes_the_next(evaluations: EvaluationStore) -> None:
    first = evaluations.add_set(
        LOCAL_PERSON, " Autumn \n term ", QUESTIONS, [RowProblem(4, "No question.", kept=False)]
    )
    assert (first.name, first.version, first.items) == ("Autumn term", 1, QUESTIONS)
    assert evaluations.read_problems(first.id, 1) == (RowProblem(4, "No question.", kept=False),)
    changed = (replace(QUESTIONS[0], topic="leadership"), *QUESTIONS[1:])
    second = evaluations.save_items(first, changed)
    assert (second.version, second.items) == (1, changed) and second.digest != first.digest
    locked = evaluations.lock(second.id, 1)
    assert locked.locked_at is not None and evaluations.lock(second.id, 1).locked_at == locked.locked_at
    third = evaluations.save_items(locked, QUESTIONS)
    assert (third.version, third.locked_at, third.digest) == (2, None, first.digest)
    assert evaluations.read_set(third.id, 1).items == changed
    assert [(one.version, bool(one.locked_at)) for one in evaluations.list_versions(third.id)] == [
        (2, False),
        (1, True),
    ]
    (card,) = evaluations.list_sets()
    assert (card.version, card.items, card.locked_at) == (2, 3, None)


def test_nothing_is_saved_over_somebody_elses_change(evaluations: EvaluationStore) -> None:
    first = evaluations.add_set(LOCAL_PERSON, "Autumn", QUESTIONS)
    evaluations.save_items(first, QUESTIONS[:2])
    with pytest.raises(SetChanged, match="Nothing was overwritten"):
        evaluations.save_items(first, QUESTIONS[1:])
    assert evaluations.read_set(first.id).items == QUESTIONS[:2]


def test_names_and_ids_are_single(evaluations: EvaluationStore) -> None:
    evaluations.add_set(LOCAL_PERSON, "Autumn", QUESTIONS)
    with pytest.raises(CoachError, match="already"):
        evaluations.add_set(LOCAL_PERSON, "Autumn", QUESTIONS)
    with pytest.raises(CoachError, match="the id 'i1'"):
        evaluations.add_set(LOCAL_PERSON, "Winter", (QUESTIONS[0], QUESTIONS[0]))
    with pytest.raises(CoachError, match="name of up to"):
        evaluations.add_set(LOCAL_PERSON, " \u202e ", QUESTIONS)
    for version in (0, -1, 2, 10**30):
        with pytest.raises(CoachError, match=f"no version {version}. The newest is 1"):
            evaluations.read_set(evaluations.find_set("Autumn"), version)
    with pytest.raises(CoachError, match="no set 'Spring'"):
        evaluations.find_set("Spring")


def test_a_deleted_set_is_in_no_byte(evaluations: EvaluationStore, store: Store) -> None:
    secret = "Zanzibar walkthrough protocol?"
    asked = evaluations.add_set(LOCAL_PERSON, "Secret", build_items(secret))
    run = evaluations.add_run(LOCAL_PERSON, asked, ["i1"])
    list(Runner(EchoingAssistant(), LengthScorer(), evaluations).go_on(run.id))
    folder = Path(str(store.engine.url.database)).parent
    assert any(b"Zanzibar" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert evaluations.delete_set(evaluations.find_set("Secret"))
    assert not any(b"Zanzibar" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert evaluations.list_runs() == ()
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM evaluation_results")).scalar() == 0


# --- runs ---------------------------------------------------------------------------------------------------------


def test_a_run_keeps_every_result_and_locks_its_version(evaluations: EvaluationStore) -> None:
    draft = EvaluationItem("d", "", status="draft")
    retired = EvaluationItem("r", "An old one?", status="retired")
    run_id = begin(evaluations, (*QUESTIONS, draft, retired))
    assistant, scorer = EchoingAssistant(), LengthScorer()
    results = list(Runner(assistant, scorer, evaluations).go_on(run_id))
    run = evaluations.read_run(run_id)
    assert run.results == tuple(results) and run.state == "done" and run.finished_at
    assert scorer.prepared == ("i1", "i2", "i3") == tuple(one.item.id for one in run.results)
    assert [one.passed for one in run.results] == [True, False, True]
    assert run.receipt == RECEIPT and run.size == 3
    assert evaluations.read_set(run.set_id, 1).locked_at is not None
    (card,) = evaluations.list_runs(run.set_id)
    assert (card.done, card.size, card.state) == (3, 3, "done")
    with pytest.raises(CoachError, match="no question that is ready"):
        evaluations.add_run(LOCAL_PERSON, evaluations.read_set(run.set_id), [])


def test_a_stopped_run_goes_on_where_it_was(evaluations: EvaluationStore) -> None:
    run_id = begin(evaluations)
    assistant = EchoingAssistant()
    runner = Runner(assistant, LengthScorer(), evaluations)
    steps = runner.go_on(run_id)
    next(steps)
    steps.close()
    stopped = evaluations.read_run(run_id)
    assert (stopped.state, [one.item.id for one in stopped.results]) == ("stopped", ["i1"])
    list(runner.go_on(run_id))
    assert [asked for asked, _ in assistant.asked] == [item.question for item in QUESTIONS]
    assert evaluations.read_run(run_id).state == "done"


def test_what_had_no_answer_is_asked_again_and_never_counts_as_wrong(evaluations: EvaluationStore) -> None:
    run_id = begin(evaluations)
    assistant = EchoingAssistant(faulty=["Who wrote it?"])
    runner = Runner(assistant, LengthScorer(), evaluations)
    failed = list(runner.go_on(run_id))[1]
    assert failed.fault == "The library is being mended." and failed.passed is None and failed.mark is None
    assistant.faulty.clear()
    (again,) = runner.go_on(run_id)
    assert again.item.id == "i2" and not again.fault
    assert [one.item.id for one in evaluations.read_run(run_id).results] == ["i1", "i2", "i3"]


def test_a_run_never_mixes_two_versions(evaluations: EvaluationStore) -> None:
    run_id = begin(evaluations)
    assistant = EchoingAssistant()
    assistant.receipts["Who wrote it?"] = replace(RECEIPT, library="another")
    runner = Runner(assistant, LengthScorer(), evaluations)
    for _ in range(2):  # while it is under way, and when it is gone on with
        with pytest.raises(CoachError, match=r"has changed since this run began \(library\)"):
            list(runner.go_on(run_id))
        run = evaluations.read_run(run_id)
        assert (run.state, [one.item.id for one in run.results], run.receipt) == ("stopped", ["i1"], RECEIPT)
    assistant.receipts.clear()
    list(runner.go_on(run_id))
    assert evaluations.read_run(run_id).state == "done"


def test_a_run_names_the_model_that_some_answers_were_made_with(evaluations: EvaluationStore) -> None:
    run_id = begin(evaluations)
    assistant = EchoingAssistant()
    assistant.receipts["Who wrote it?"] = replace(RECEIPT, model="a model")
    list(Runner(assistant, LengthScorer(), evaluations).go_on(run_id))
    assert evaluations.read_run(run_id).receipt == replace(RECEIPT, model="a model")
    other = evaluations.add_run(LOCAL_PERSON, evaluations.read_set(evaluations.find_set("Autumn")), ["i2", "i3"])
    assistant.receipts["How many districts took part?"] = replace(RECEIPT, model="another model")
    with pytest.raises(CoachError, match=r"\(model\)"):
        list(Runner(assistant, LengthScorer(), evaluations).go_on(other.id))


def test_a_conversation_is_held_turn_by_turn(evaluations: EvaluationStore) -> None:
    written = (HistoryTurn("user", "What is a network?"), HistoryTurn("assistant", "A group of schools."))
    asked = (HistoryTurn("user", "Who leads a network?"),)
    items = (
        EvaluationItem("a", "and who pays?", history=written),
        EvaluationItem("b", "since when?", role="trainer", history=(*written, *asked)),
    )
    run_id = begin(evaluations, items)
    assistant = EchoingAssistant()
    first, second = Runner(assistant, LengthScorer(), evaluations).go_on(run_id)
    assert [said for said, _ in assistant.asked] == ["and who pays?", "Who leads a network?", "since when?"]
    assert first.earlier == () and [one["question"] for one in second.earlier] == ["Who leads a network?"]
    before = assistant.asked[2][1]
    assert [turn.speaker for turn in before] == ["user", "assistant", "user", "assistant"]
    assert before[1].text == "A group of schools." and before[3].text == "You asked: Who leads a network?"
    assert evaluations.read_run(run_id).results == (first, second)


# --- files --------------------------------------------------------------------------------------------------------


def finish(evaluations: EvaluationStore) -> str:
    run_id = begin(
        evaluations, (*QUESTIONS, EvaluationItem("t", "Does Tamika Rowe need coaching?", notes=(("Row", "9"),)))
    )
    list(Runner(EchoingAssistant(), LengthScorer(), evaluations).go_on(run_id))
    return run_id


def test_a_run_survives_its_folder(evaluations: EvaluationStore, tmp_path: Path) -> None:
    run = evaluations.read_run(finish(evaluations))
    write_run(run, tmp_path / "out" / "run")
    assert read_run(tmp_path / "out" / "run") == run
    (tmp_path / "out" / "run" / "results.jsonl").write_text("{", "utf-8")
    with pytest.raises(CoachError, match="damaged"):
        read_run(tmp_path / "out" / "run")
    (tmp_path / "out" / "run" / "results.jsonl").write_text("[" * 100_000, "utf-8")
    with pytest.raises(CoachError, match="damaged"):
        read_run(tmp_path / "out" / "run")
    write_run(replace(run, results=(run.results[0], run.results[0])), tmp_path / "out" / "run")
    with pytest.raises(CoachError, match="hold an item twice"):
        read_run(tmp_path / "out" / "run")
    with pytest.raises(CoachError, match="Name a run's id"):
        read_run(tmp_path)


def test_a_baseline_holds_verdicts_and_no_answers(evaluations: EvaluationStore, tmp_path: Path) -> None:
    run = evaluations.read_run(finish(evaluations))
    write_baseline(run, tmp_path / "baseline.jsonl")
    kept = read_baseline(tmp_path / "baseline.jsonl")
    assert [(one.passed, one.mark, one.gates) for one in kept.results] == [
        (one.passed, one.mark, one.gates) for one in run.results
    ]
    assert "You asked" not in (tmp_path / "baseline.jsonl").read_text("utf-8")
    assert kept.receipt == run.receipt and kept.set_digest == run.set_digest
    welcome = replace(run.results[0].item, welcome=(SourceWords("may be cited besides"),))
    write_baseline(replace(run, results=(replace(run.results[0], item=welcome),)), tmp_path / "other.jsonl")
    assert are_equal(read_baseline(tmp_path / "other.jsonl").results[0].item, welcome)


# --- in the background --------------------------------------------------------------------------------------------


def test_runs_wait_for_each_other_and_can_be_stopped_and_gone_on_with(evaluations: EvaluationStore) -> None:
    asked = evaluations.add_set(LOCAL_PERSON, "Autumn", QUESTIONS)
    assistant = EchoingAssistant()
    assistant.gate = threading.Event()
    queue = RunQueue(evaluations, Runner(assistant, LengthScorer(), evaluations))
    try:
        first, second = (queue.start(LOCAL_PERSON, asked.id, title=title) for title in ("One", "Two"))
        assert queue.progress(second).phase == "waiting" and queue.is_active(first)
        assert queue.stop(second) and queue.stop(first)
        assistant.gate.set()
        assert queue.wait_idle(10)
        stopped = queue.progress(first)
        assert (stopped.phase, queue.progress(second).phase) == ("stopped", "stopped")
        assert stopped.done <= 1 and queue.progress(second).done == 0
        queue.resume(first)
        assert queue.wait_idle(10)
        done = queue.progress(first)
        assert (done.phase, done.done, done.passed, done.gates) == ("done", 3, 2, 0)
        queue.resume(first)
        assert queue.progress(first) == done and not queue.stop(first)
    finally:
        queue.close()


def test_a_run_of_an_ended_process_is_found_again(evaluations: EvaluationStore) -> None:
    run_id = begin(evaluations)
    assistant = EchoingAssistant()
    steps = Runner(assistant, LengthScorer(), evaluations).go_on(run_id)
    next(steps)
    steps.close()
    evaluations.set_state(run_id, "running")  # as a process leaves it that was killed
    queue = RunQueue(evaluations, Runner(assistant, LengthScorer(), evaluations))
    try:
        assert (queue.progress(run_id).phase, queue.progress(run_id).done) == ("stopped", 1)
        queue.resume(run_id)
        assert queue.wait_idle(10) and queue.progress(run_id).done == 3
    finally:
        queue.close()


def test_a_bug_ends_one_run_and_not_the_queue(evaluations: EvaluationStore, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(LengthScorer):
        def prepare(self, items: Sequence[EvaluationItem]) -> None:
            raise ZeroDivisionError

    asked = evaluations.add_set(LOCAL_PERSON, "Autumn", QUESTIONS)
    queue = RunQueue(evaluations, Runner(EchoingAssistant(), Broken(), evaluations))
    try:
        run_id = queue.start(LOCAL_PERSON, asked.id)
        assert queue.wait_idle(10)
        assert queue.progress(run_id).phase == "failed" and "the log says what" in queue.progress(run_id).fault
        assert "ZeroDivisionError" in caplog.text
    finally:
        queue.close()


def test_a_result_without_any_decision_is_neither_passed_nor_failed() -> None:
    item = QUESTIONS[0]
    counted = Score("words", 120.0, None, "120 words.")
    judged = Score("complete", 0.2, False, "Says the judge.", by="a model")
    unscored = Score("outcome", None, None, "Nothing is expected.")
    result = ItemResult(item, {}, (), (), (counted, judged, unscored), (), 0.1)
    assert result.passed is None and result.mark is None
    failed = replace(
        result, scores=(*result.scores, Score("must_mention", 1.0, True, "")), gates=(GateFailure("safety", ""),)
    )
    assert failed.passed is False and failed.mark == 0.0


def test_an_item_that_expects_nothing_is_not_passed_by_what_holds_of_every_answer() -> None:
    unscored = Score("outcome", None, None, "Nothing is expected.")
    usual = (unscored, Score("quoted_spans_alignment", 1.0, True, ""), Score("names_echoed", 1.0, True, ""))
    result = ItemResult(QUESTIONS[0], {}, (), (), usual, (), 0.1)
    assert result.passed is None and result.mark is None
    expected = replace(result, scores=(*usual, Score("must_mention", 1.0, True, "")))
    assert expected.passed is True and expected.mark == 1.0
    wrong = replace(result, scores=(*usual[:2], Score("names_echoed", 0.0, False, "")))
    assert wrong.passed is False and wrong.mark == 0.5
    retrieved = replace(result, scores=(*usual, Score("mrr", 0.25, None, "")))
    assert retrieved.passed is None and retrieved.mark == 0.75
