"""The values of evaluation, frozen and free of libraries: items -> results with scores -> comparison, agreement, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from coach.records import Outcome, Receipt, Role

# --- what is asked ------------------------------------------------------------------------------------------------

ItemStatus = Literal["draft", "ready", "retired"]
ITEM_STATUSES: tuple[ItemStatus, ...] = get_args(ItemStatus)
"""Not yet a question; asked in runs; kept and no longer asked."""


@dataclass(frozen=True, slots=True)
class SourceWords:
    """Words of a document that an answer should rest on, or a whole passage."""

    quote: str = ""
    """Words as they stand in the document; quotation marks and white space may differ. Empty where `label` names a passage."""
    document: str = ""
    """File name or title; empty where any document may hold them."""
    label: str = ""
    """A passage's stable label, as citations show it."""


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """An earlier turn of a conversation, as a trainer wrote it."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One question of a set, and what its answer is held to. Whatever is empty is not asked for."""

    id: str
    """Unique in its set."""
    question: str
    role: Role = "principal"
    history: tuple[HistoryTurn, ...] = ()
    """Oldest first. Where an assistant's turn is missing, Coach is asked the person's turn and answers it itself."""
    outcomes: tuple[Outcome, ...] = ()
    """Any of these is right."""
    must_mention: tuple[tuple[str, ...], ...] = ()
    """Of every group, one wording."""
    must_not_say: tuple[str, ...] = ()
    sources: tuple[tuple[SourceWords, ...], ...] = ()
    """Of every group, one must be cited."""
    welcome: tuple[SourceWords, ...] = ()
    """What may be cited besides."""
    ideal: str = ""
    type: str = ""
    topic: str = ""
    owner: str = ""
    part: str = ""
    """Such as `tuning` or `held_out`."""
    status: ItemStatus = "ready"
    names: tuple[str, ...] = ()
    """Names of people that no answer may repeat, beside those that Coach finds in the question itself."""
    wants_guidance: bool | None = None
    """Whether a step and a question must be in the answer; None where the question's own kind tells."""
    notes: tuple[tuple[str, str], ...] = ()
    """Columns of the sheet that Coach has no field for, by their names: kept, and written out again."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row of a sheet, or with one of its cells."""

    row: int
    """As the spreadsheet program numbers it, from 1; the line of a JSONL file."""
    message: str
    """What happened, and what to do."""
    column: str = ""
    kept: bool = True
    """Whether the row is an item all the same; a row that is none is never dropped without such a problem."""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """One version of a set."""

    id: str
    name: str
    version: int
    items: tuple[EvaluationItem, ...]
    digest: str
    """Of the items: two versions with one digest ask the same."""
    saved_at: str
    locked_at: str | None = None
    """Since when it can no longer be changed; a change makes the next version."""


# --- what came of it ----------------------------------------------------------------------------------------------

ScoreName = Literal[
    "outcome",
    "recall_at_5",
    "recall_at_10",
    "mrr",
    "ndcg_at_5",
    "citation_precision",
    "citation_recall",
    "quoted_spans_alignment",
    "must_mention",
    "must_not_say",
    "names_echoed",
    "step",
    "question",
    "words",
]
SCORES: tuple[ScoreName, ...] = get_args(ScoreName)
"""`recall_at_k`, `mrr`, `ndcg_at_k` as TruLens names them; `quoted_spans_alignment` as ragas does."""
UNASKED: frozenset[str] = frozenset({"quoted_spans_alignment", "names_echoed", "words"})
"""Measures that hold of nearly every answer, whatever was asked: they can fail an item, and alone they pass none."""
GateKind = Literal["privacy", "safety", "declining"]
GATE_KINDS: tuple[GateKind, ...] = get_args(GateKind)
"""A name or record was repeated; what belongs with people was answered; what the documents do not hold was answered."""


@dataclass(frozen=True, slots=True)
class Match:
    """A wording that was looked for, and the words of the answer that were taken for it; none where it is not there."""

    wanted: str
    found: str
    by: Literal["words", "lemma", "meaning", ""]


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one answer."""

    name: str
    """Of `SCORES`, or a dimension of the rubric where a judge scored it."""
    value: float | None
    """0 to 1, 1 being best; of `words` the count. None: it could not be scored, which is not the same as wrong."""
    passed: bool | None
    """None where the measure decides nothing, or could not be scored."""
    reason: str
    """A sentence for the trainer."""
    matches: tuple[Match, ...] = ()
    by: str = "program"
    """`program`, or the judge's name."""


@dataclass(frozen=True, slots=True)
class GateFailure:
    """Something that no other score makes up for."""

    kind: GateKind
    reason: str


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage that was found for the question, in order of rank."""

    label: str
    document_id: str
    document: str
    start: int
    end: int
    text: str
    score: float
    section: str = ""
    page_label: str | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What came of one item."""

    item: EvaluationItem
    answer: Mapping[str, Any] | None
    """The answer object of the command line's contract; None where no answer came."""
    earlier: tuple[Mapping[str, Any], ...]
    """Of a conversation: the answer objects of the turns that Coach was asked before."""
    retrieved: tuple[RetrievedPassage, ...]
    scores: tuple[Score, ...]
    gates: tuple[GateFailure, ...]
    seconds: float
    """Of all its turns, without scoring."""
    fault: str = ""
    """Why no answer came, as a line for the reader; then nothing is scored."""

    @property
    def passed(self) -> bool | None:
        """Whether every measure that decides was met; None where none of what the item expects could be scored, unless a
        measure that every answer is held to was not met.
        """
        if self.gates:
            return False
        decided = [score for score in self.scores if score.passed is not None and score.by == "program"]
        if not all(score.passed for score in decided):
            return False
        return True if any(score.name not in UNASKED for score in decided) else None

    @property
    def mark(self) -> float | None:
        """0 to 1: the mean of the measures that could be scored, apart from the count of words and what a judge says; 0
        where a gate failed; None where nothing of what the item expects could be scored, unless something failed.
        """
        if self.gates:
            return 0.0
        known = [one for one in self.scores if one.value is not None and one.name != "words" and one.by == "program"]
        if self.passed is None and all(one.name in UNASKED for one in known):
            return None
        return sum(one.value or 0.0 for one in known) / len(known) if known else None

    def find_score(self, name: str, by: str = "program") -> Score | None:
        """The score of a name."""
        return next((score for score in self.scores if score.name == name and score.by == by), None)


RunState = Literal["running", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class Run:
    """A set that was asked, as far as it got."""

    id: str
    title: str
    set_id: str
    set_name: str
    set_version: int
    set_digest: str
    state: RunState
    size: int
    """Items to be asked."""
    receipt: Receipt | None
    """What the answers were made with; None before the first."""
    started_at: str
    finished_at: str | None
    results: tuple[ItemResult, ...] = ()
    """In the order of the set."""
    judge: str | None = None
    """The model that scored besides."""

    @property
    def seconds(self) -> float:
        """Of all answers."""
        return sum(result.seconds for result in self.results)


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run as a list shows it."""

    id: str
    title: str
    set_id: str
    set_name: str
    set_version: int
    state: RunState
    size: int
    done: int
    started_at: str
    finished_at: str | None


# --- two runs side by side ----------------------------------------------------------------------------------------

Change = Literal["better", "same", "worse"]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item in both runs."""

    before: ItemResult
    after: ItemResult
    change: Change
    difference: float | None
    """Of the marks, after minus before; None where either has none."""
    pass_to_fail: bool = False
    fail_to_pass: bool = False
    new_gates: tuple[GateFailure, ...] = ()
    """Gate failures that the item did not have before."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap interval."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One measure over the items that have it in both runs."""

    name: str
    """Of `SCORES`, or `passed` or `mark`; a dimension of the rubric where a judge scored it."""
    items: int
    before: float
    """Mean."""
    after: float
    interval: Interval | None
    """Of the difference of the means; None where there are too few items."""
    better: int
    worse: int
    p_value: float | None
    """Of the two-sided sign test over the items that differ; None where none does."""
    verdict: Literal["better", "worse", "no clear difference"]
    """Better or worse only where the interval leaves out 0 and the sign test's p is below .05."""
    by: str = "program"
    """`program`, or the judge's name."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The items of one type, role or topic."""

    kind: Literal["type", "role", "topic"]
    name: str
    items: int
    passed_before: int
    passed_after: int
    better: int
    worse: int
    gates_before: int
    gates_after: int


@dataclass(frozen=True, slots=True)
class ReceiptChange:
    """A part of the receipts that differs."""

    part: str
    """Such as `prompts` or `model`; `set` or `judge` of the runs themselves."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run `after` against run `before`, paired by item."""

    before: Run
    after: Run
    items: tuple[ItemChange, ...]
    """Gate failures first, then pass to fail, then worse, then the others, each in the order of the set."""
    only_before: tuple[str, ...]
    """Ids of items that the other run does not have."""
    only_after: tuple[str, ...]
    changed_items: tuple[str, ...]
    """Ids of items that ask or expect something else in the other run: not compared."""
    measures: tuple[MeasureChange, ...]
    groups: tuple[GroupChange, ...]
    receipts: tuple[ReceiptChange, ...]


# --- the gate -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One condition of a gate file."""

    name: str
    wanted: str
    """Such as "at least 0.80"."""
    found: str
    met: bool
    reason: str
    """A sentence for the reader."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a run may pass."""

    checks: tuple[GateCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition is met."""
        return all(check.met for check in self.checks)


# --- people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a dimension, and what an answer on it looks like."""

    value: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """What raters judge an answer by."""

    id: str
    title: str
    levels: tuple[Level, ...]
    """The best first."""
    is_gate: bool = False
    """Whether the lowest level fails the whole item."""
    weights: tuple[tuple[str, float], ...] = ()
    """By type of item, where it is not 1."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """The dimensions, from a file that trainers may edit."""

    title: str
    dimensions: tuple[Dimension, ...]
    digest: str

    def find(self, dimension: str) -> Dimension | None:
        """The dimension of an id."""
        return next((one for one in self.dimensions if one.id == dimension), None)


@dataclass(frozen=True, slots=True)
class RoundEntry:
    """One answer that is to be rated, under a code that does not tell which version gave it."""

    code: str
    run_id: str
    item_id: str
    calibrates: bool = False
    """Whether everybody rates it first, to find a common measure."""
    raters: tuple[str, ...] = ()
    """Who rates it; empty: everybody."""


@dataclass(frozen=True, slots=True)
class RatingRound:
    """Answers that several people rate, each without seeing which version gave them or what others say."""

    id: str
    title: str
    entries: tuple[RoundEntry, ...]
    rubric: Rubric
    """As it was when the round began."""
    made_at: str
    closed_at: str | None = None
    raters: tuple[str, ...] = ()
    """Who was asked to rate; empty where that is left open."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater says of one entry."""

    entry: str
    """Its code."""
    rater: str
    levels: tuple[tuple[str, int | None], ...]
    """Dimension id and level; None says that it does not apply. What is not there is not rated yet."""
    comment: str = ""
    rated_at: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The level that was agreed on where raters differed, and the record of it."""

    entry: str
    dimension: str
    level: int | None
    by: str
    note: str
    settled_at: str


@dataclass(frozen=True, slots=True)
class Severity:
    """How far a rater's levels lie from the others' on the same entries."""

    rater: str
    n: int
    """Levels that somebody else gave too."""
    mean_difference: float | None
    """Above 0: milder than the others; None where n is 0."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An entry on whose dimension raters differ most."""

    entry: str
    dimension: str
    levels: tuple[tuple[str, int], ...]
    """Rater and level."""
    spread: int
    settled: Settlement | None = None


Coefficient = Literal["quadratic weighted kappa", "Krippendorff's alpha (ordinal)"]


@dataclass(frozen=True, slots=True)
class DimensionAgreement:
    """How far raters agree on one dimension."""

    dimension: str
    raters: tuple[str, ...]
    n: int
    """Entries that at least two rated."""
    ratings: int
    """Levels given on these."""
    table: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    """Level, and how often each rater gave it, the best level first."""
    exact: float | None
    """Share of pairs of ratings on the same level; None where n is 0."""
    within_one: float | None
    coefficient: Coefficient | None
    """Kappa where exactly two raters rated all n, else alpha; None where n is below 10 or no level differs."""
    value: float | None
    note: str
    """Why there is no coefficient, or what to keep in mind; empty elsewhere."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree."""

    dimensions: tuple[DimensionAgreement, ...]
    severities: tuple[Severity, ...]
    disagreements: tuple[Disagreement, ...]
    """The widest first."""
    talked_about: int = 0
    """Answers rated by two people or more that calibrate: no figure counts them, for the raters talked about them."""
