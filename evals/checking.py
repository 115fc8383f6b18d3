"""Checks an answer object against what a set expects of it: a turn's expectations and an object in, complaints out.

Used by the benchmark of conversations and by the tests, so that both hold answers to the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coach.evaluation.scores.shape_scores import count_words, has_question, has_step
from coach.lexical import list_words
from coach.stemming import stem

Object = Mapping[str, Any]
_A_SENTENCE = 4
"""Words from which something that must not be echoed is a claim and not a name: a claim may stand in the question."""


def check_turn(expected: Object, answer: Object, before: Object | None, passages: Mapping[str, str]) -> list[str]:
    """What is wrong with an answer; nothing where it is right.

    Args:
        expected: a turn of `conversations.jsonl`.
        answer: the answer object.
        before: the answer object of the turn before it.
        passages: the text of each passage, by label.
    """
    complaints = _check_outcome(expected, answer)
    if answer["outcome"] not in ("clarify", "referred"):
        complaints += _check_search(expected, answer)
    complaints += _check_citations(expected, answer, passages)
    complaints += _check_shape(expected.get("shape", {}), answer, before)
    return complaints


def _check_outcome(expected: Object, answer: Object) -> list[str]:
    wanted = expected["outcome"] if isinstance(expected["outcome"], list) else [expected["outcome"]]
    return [] if answer["outcome"] in wanted else [f"outcome {answer['outcome']}, not {' or '.join(wanted)}"]


def _check_search(expected: Object, answer: Object) -> list[str]:
    searched = _stem_all(answer["search_question"])
    missing = [phrase for phrase in expected.get("carries", ()) if not _stem_all(phrase) <= searched]
    kept = [phrase for phrase in expected.get("drops", ()) if _stem_all(phrase) & searched]
    return [f"does not carry “{phrase}”" for phrase in missing] + [f"carries over “{phrase}”" for phrase in kept]


def _stem_all(text: str) -> set[str]:
    return {stem(word) for word in list_words(text)}


def _check_citations(expected: Object, answer: Object, passages: Mapping[str, str]) -> list[str]:
    wanted = expected.get("cites", ())
    found = [any(_covers(citation, one, passages) for citation in answer["citations"]) for one in wanted]
    if not wanted or (any(found) if expected.get("cites_any") else all(found)):
        return []
    return [f"does not cite “{one['words'][:60]}”" for one, is_there in zip(wanted, found, strict=True) if not is_there]


def _covers(citation: Object, one: Object, passages: Mapping[str, str]) -> bool:
    cited = citation["quote"] + "\n" + passages.get(citation["label"], "")
    return bool(citation["document"] == one["document"] and one["words"] in cited)


def _check_shape(shape: Object, answer: Object, before: Object | None) -> list[str]:
    words = count_words(answer)
    complaints: list[str] = []
    if words > shape.get("max_words", 10_000):
        complaints.append(f"{words} words, more than {shape['max_words']}")
    if shape.get("has_step") and not has_step(answer):
        complaints.append("no step")
    if shape.get("has_question") and not has_question(answer):
        complaints.append("no question")
    if shape.get("no_advice") and (has_step(answer) or answer["practices"] or answer["craft"]):
        complaints.append("advice that nobody asked for")
    if before is not None and shape.get("longer_than_before") and words <= count_words(before):
        complaints.append(f"{words} words, no longer than before")
    if before is not None and shape.get("shorter_than_before") and words >= count_words(before):
        complaints.append(f"{words} words, no shorter than before")
    if answer["masked"] < shape.get("masked", 0):
        complaints.append(f"{answer['masked']} masked, not {shape['masked']}")
    return complaints + [f"repeats “{words}”" for words in shape.get("no_echo", ()) if _echoes(answer, words)]


def _echoes(answer: Object, words: str) -> bool:
    shown = answer["statements"] if len(words.split()) >= _A_SENTENCE else answer
    return words.casefold() in json.dumps(shown, ensure_ascii=False).casefold()
