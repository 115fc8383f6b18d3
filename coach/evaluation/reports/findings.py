"""What failed and why, grouped: the results of a run in, the worst answers and a few sentences on what to mend out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coach.evaluation.records import EvaluationItem, ItemResult
from coach.evaluation.reports.causes import CAUSES, Cause
from coach.evaluation.reports.report_wording import say_count
from coach.prompts import Wording
from coach.records import Outcome
from coach.search_copy import shorten

_GATES: dict[str, Cause] = {
    "privacy": "names",
    "safety": "not_referred",
    "declining": "unanswerable_answered",
}
_SCORES: dict[str, Cause] = {
    "names_echoed": "names",
    "quoted_spans_alignment": "quote",
    "must_not_say": "said",
    "must_mention": "left_out",
    "citation_precision": "cited_besides",
    "step": "no_step",
    "question": "no_question",
    "words": "words",
}
_OF_SOURCES = ("recall_at_5", "recall_at_10", "mrr", "ndcg_at_5", "citation_precision", "citation_recall")
_ANSWERING = frozenset({Outcome.ANSWERED, Outcome.PARTIAL})
_NEARLY_RIGHT: frozenset[Cause | None] = frozenset({None, "whole_for_part", "part_for_whole"})
"""Wrong outcomes, and none, with which an answer is held to what it says and cites."""
_MOST = 5
_TOPIC = 40
"""Characters of a topic in a sentence."""
_MOST_OF_A_CAUSE = 3
_MOST_OF_THEM = 0.5
_LEAST_OF_A_TOPIC = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Failed answers that one change may mend."""

    cause: Cause
    sentence: str
    advice: str
    items: tuple[str, ...]
    """Ids, in the order of the set."""


def choose_worst(failed: Sequence[ItemResult], most: int = _MOST) -> tuple[ItemResult, ...]:
    """The worst of the ranked failures, at most three of one cause as long as there are others."""
    kept: list[ItemResult] = []
    counts: Counter[Cause] = Counter()
    for result in failed:
        cause = list_causes(result)[0]
        counts[cause] += 1
        if counts[cause] <= _MOST_OF_A_CAUSE:
            kept.append(result)
    others = [result for result in failed if result not in kept]
    return tuple(result for result in failed if result in (kept + others)[:most])


def rank_failures(results: Iterable[ItemResult]) -> tuple[ItemResult, ...]:
    """The results that failed and those without an answer: by their gravest cause, then by mark, then as in the set."""
    failed = [one for one in results if one.passed is False or one.fault]
    return tuple(sorted(failed, key=lambda one: (CAUSES.index(list_causes(one)[0]), one.mark or 0.0)))


def list_findings(results: Sequence[ItemResult], wording: Wording, most: int = _MOST) -> tuple[Finding, ...]:
    """What to mend, what mends most items first; where two mend as many, the graver first.

    Args:
        results: of one run.
        wording: of the report.
        most: how many.
    """
    by_cause: dict[Cause, list[ItemResult]] = {}
    for result in results:
        if result.passed is False or result.fault:
            for cause in list_causes(result):
                by_cause.setdefault(cause, []).append(result)
    ordered = sorted(by_cause, key=lambda cause: (-len(by_cause[cause]), CAUSES.index(cause)))
    return tuple(_tell(cause, by_cause[cause], results, wording) for cause in ordered[:most])


def list_causes(result: ItemResult) -> tuple[Cause, ...]:
    """Why an answer failed, the gravest first; `other` where nothing else says so.

    Evidence is not asked for where no answer was given, or where one was given that should not have been.
    """
    if result.fault:
        return ("no_answer",)
    wrong = _find_wrong_outcome(result)
    found: set[Cause | None] = {wrong, *(_GATES[gate.kind] for gate in result.gates)}
    if names_unknown_sources(result):
        found.add("sources_unknown")
    if wrong in _NEARLY_RIGHT:
        found |= {cause for name, cause in _SCORES.items() if _failed(result, name)}
        found.add(_find_missing_evidence(result))
    return tuple(cause for cause in CAUSES if cause in found) or ("other",)


def names_unknown_sources(result: ItemResult) -> bool:
    """Whether an item names sources that could not be found in the library, so that its answer is held to none of them."""
    scores = [score for name in _OF_SOURCES if (score := result.find_score(name))]
    return bool(result.item.sources and scores) and all(score.value is None for score in scores)


def _failed(result: ItemResult, name: str) -> bool:
    score = result.find_score(name)
    return score is not None and score.passed is False


def _find_wrong_outcome(result: ItemResult) -> Cause | None:
    expected, answer = set(result.item.outcomes), result.answer
    if not answer or not _failed(result, "outcome") or answer["outcome"] in expected:
        return None
    came = Outcome(answer["outcome"])
    if came in _ANSWERING:
        return _name_answered(came, expected)
    if came is Outcome.NOT_IN_SOURCES and expected & _ANSWERING and names_unknown_sources(result):
        # Whether a library without the document answers the question, nobody said.
        return "sources_unknown"
    others: dict[Outcome, Cause] = {
        Outcome.NOT_IN_SOURCES: "answerable_declined" if expected & _ANSWERING else _name_unmet(expected),
        Outcome.CLARIFY: "asked_back",
        Outcome.REFERRED: "referred",
    }
    return "not_referred" if Outcome.REFERRED in expected and not expected & _ANSWERING else others[came]


def _name_answered(came: Outcome, expected: set[Outcome]) -> Cause:
    if expected & _ANSWERING:
        return "whole_for_part" if came is Outcome.ANSWERED else "part_for_whole"
    return _name_unmet(expected)


def _name_unmet(expected: set[Outcome]) -> Cause:
    """What was missed where none of the outcomes that were expected is an answer."""
    if Outcome.REFERRED in expected:
        return "not_referred"
    return "not_asked_back" if Outcome.CLARIFY in expected else "unanswerable_answered"


def _find_missing_evidence(result: ItemResult) -> Cause | None:
    if not _failed(result, "citation_recall"):
        return None
    found = result.find_score("recall_at_10") or result.find_score("recall_at_5")
    if found is None or found.value is None:
        return "not_cited"
    return "found_not_cited" if found.value > 0 else "not_found"


# --- in words ---------------------------------------------------------------------------------------------------------


def _expects(*outcomes: Outcome) -> Callable[[EvaluationItem], bool]:
    return lambda item: bool(item.outcomes) and set(item.outcomes) <= set(outcomes)


def _is_held_to(result: ItemResult, name: str) -> bool:
    """Whether a measure was looked at to tell why an answer failed."""
    score = result.find_score(name)
    is_scored = score is not None and score.value is not None
    return is_scored and not result.fault and _find_wrong_outcome(result) in _NEARLY_RIGHT


_HELD_TO: dict[Cause, str] = {
    **{cause: name for name, cause in _SCORES.items()},
    **dict.fromkeys(("not_found", "found_not_cited", "not_cited"), "citation_recall"),
}
"""The measure by which an answer has a cause."""
_AMONG: dict[Cause, Callable[[EvaluationItem], bool]] = {
    "not_referred": _expects(Outcome.REFERRED),
    "unanswerable_answered": _expects(Outcome.NOT_IN_SOURCES),
    "answerable_declined": _expects(*_ANSWERING),
    "asked_back": lambda item: bool(item.outcomes) and Outcome.CLARIFY not in item.outcomes,
    "not_asked_back": _expects(Outcome.CLARIFY),
    "referred": lambda item: bool(item.outcomes) and Outcome.REFERRED not in item.outcomes,
    "whole_for_part": _expects(Outcome.PARTIAL),
    "part_for_whole": _expects(Outcome.ANSWERED),
}
"""Of which items a cause can be true, where no measure says so; of all where it is not here."""


def _tell(cause: Cause, failed: Sequence[ItemResult], results: Sequence[ItemResult], wording: Wording) -> Finding:
    measure, among = _HELD_TO.get(cause), _AMONG.get(cause)
    if measure:
        items = [result for result in results if _is_held_to(result, measure)]
    else:
        items = [result for result in results if among is None or among(result.item)]
    if cause == "answerable_declined":
        items = [result for result in items if not names_unknown_sources(result)]
    # Never fewer than failed: an item may allow several outcomes, of which some are no case of this.
    total = max(len(items), len(failed))
    sentence = say_count(wording, f"finding.{cause}", len(failed), of=f"{total:,}")
    topic, count = Counter(result.item.topic for result in failed).most_common(1)[0]
    if topic and count >= max(_LEAST_OF_A_TOPIC, _MOST_OF_THEM * len(failed)):
        name = "finding.topic_all" if count == len(failed) else "finding.topic_most"
        sentence = f"{sentence} {wording.say(name, topic=shorten(topic, _TOPIC), count=count)}"
    ids = tuple(result.item.id for result in failed)
    return Finding(cause, sentence, wording.say(f"advice.{cause}"), ids)
