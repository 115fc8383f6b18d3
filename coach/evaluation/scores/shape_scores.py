"""Reads the form of an answer: its answer object and an item in; outcome, step, question, length and echoed names out. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coach.asking import asks_guidance, read_question
from coach.evaluation.records import EvaluationItem
from coach.person_names import is_ordinary_word, simplify
from coach.records import Outcome

Object = Mapping[str, Any]
OutcomeVerdict = Literal["exact", "says_less", "wrong"]

GUIDANCE_TYPES = frozenset({"guidance", "scenario", "coaching", "advice", "how to", "how-to", "support"})
"""Types of items that ask for help with one's own work. A question of `practice` may ask what the documents say of it."""
FACT_TYPES = frozenset(
    "fact facts definition list metadata comparison number they_say near_miss false_premise off_topic unclear care "  # noqa: SIM905
    "decline refusal factual".split()
)
_TITLES = frozenset("mr mrs ms miss mx dr prof professor coach principal superintendent".split())  # noqa: SIM905
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PEOPLE = ("student", "colleague")
_FEWEST_LETTERS = 3
_MARK = re.compile(r"\[(student|colleague|number|address|contact|record)\]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:“\"]\s*)$")


def judge_outcome(wanted: Sequence[Outcome], given: str) -> OutcomeVerdict:
    """How an outcome fits what was expected: an answer that says too little of what is missing still answers."""
    if given in wanted:
        return "exact"
    return "says_less" if given == Outcome.PARTIAL and Outcome.ANSWERED in wanted else "wrong"


def wants_guidance(item: EvaluationItem) -> bool:
    """Whether a step and a question belong in the answer to an item."""
    if item.wants_guidance is not None:
        return item.wants_guidance
    # Trainers want it terse; what people or a question back is to answer needs no step.
    if item.role == "trainer" or (item.outcomes and set(item.outcomes) <= {Outcome.CLARIFY, Outcome.REFERRED}):
        return False
    kind = item.type.strip().casefold()
    if kind in GUIDANCE_TYPES:
        return True
    return kind not in FACT_TYPES and asks_guidance(item.question)


def count_words(answer: Object) -> int:
    """Words that a person reads, without the list of sources."""
    return sum(len(statement["text"].split()) for statement in answer["statements"])


def has_step(answer: Object) -> bool:
    """Whether something to do stands in the answer."""
    return any(statement["kind"] == "craft" for statement in answer["statements"])


def has_question(answer: Object) -> bool:
    """Whether something is asked back."""
    return bool(answer["readings"]) or any(statement["kind"] == "question" for statement in answer["statements"])


def is_short(item: EvaluationItem) -> bool:
    """Whether a fact or a definition is asked for."""
    return read_question(item.question).is_short


# --- names ---------------------------------------------------------------------------------------------------------


def find_masked(text: str, masked: str) -> tuple[tuple[str, str], ...]:
    """What a masked text has marks for: the words that stood there, each with its kind."""
    parts = _MARK.split(masked)
    pattern = "".join(
        re.escape(part) if number % 2 == 0 else f"(?P<m{number}>.+?)" for number, part in enumerate(parts)
    )
    match = re.fullmatch(pattern, text, re.S)
    if match is None:
        return ()
    found = [(match[f"m{number}"], parts[number]) for number in range(1, len(parts), 2)]
    return tuple(dict.fromkeys((words, kind) for words, kind in found if not _MARK.fullmatch(words)))


def list_shown(answer: Object) -> Iterator[tuple[str, bool]]:
    """Every text that an answer shows or stores, and whether it is words of the documents."""
    for statement in answer["statements"]:
        yield statement["text"], statement["kind"] == "source" and statement["origin"] == "quoted"
    for key in ("question", "search_question", "searched_as"):
        yield answer.get(key) or "", False
    for key in ("readings", "suggestions", "missing"):
        for text in answer.get(key) or ():
            yield text, False
    for one in answer.get("rejected") or ():
        yield one["text"], False


@dataclass(frozen=True, slots=True)
class Watched:
    """Words that must not be repeated."""

    words: str
    everywhere: bool = False
    """Whether they must not even stand in the words of a document."""
    is_name: bool = True
    """Or else a record: a number, an address, a diagnosis."""


def list_watched(
    given: Iterable[str], found: Iterable[tuple[str, str]], is_held: Callable[[str], bool]
) -> tuple[Watched, ...]:
    """The forms of some names that tell of their people, and some records.

    Args:
        given: names that must stand nowhere.
        found: what is masked in a question, each with its kind.
        is_held: whether a part of a name is a word of the documents as well: alone, it tells of nobody then.
    """
    watched: dict[str, Watched] = {}
    names = [*((name, True) for name in given), *((words, False) for words, kind in found if kind in _PEOPLE)]
    for name, everywhere in names:
        whole, *parts = list_forms(name) or (name,)
        watched.setdefault(whole, Watched(whole, everywhere))
        for part in parts:
            if not is_held(part):
                watched.setdefault(part, Watched(part))
    for words, kind in found:
        if kind not in _PEOPLE and len(words) >= _FEWEST_LETTERS:
            watched.setdefault(words, Watched(words, is_name=False))
    return tuple(watched.values())


def find_echoes(texts: Iterable[tuple[str, bool]], watched: Sequence[Watched]) -> tuple[str, ...]:
    """The watched words that some texts repeat, as they stand there. Each text comes with whether a document says it."""
    if not watched:
        return ()
    patterns = [(_compile(one.words), one) for one in watched]
    echoes: dict[str, None] = {}
    for text, is_quoted in texts:
        for pattern, one in patterns:
            if one.everywhere or not is_quoted:
                found = pattern.finditer(text)
                echoes |= {match[0]: None for match in found if not one.is_name or _is_name(text, match)}
    return tuple(echoes)


def hide_names(text: str, names: Iterable[str]) -> str:
    """A text without some names and the parts of them that tell of the same person."""
    for form in (form for name in names for form in list_forms(name) or (name,)):
        text = _compile(form).sub(lambda match: match[0] if not _is_name(match.string, match) else "[name]", text)
    return text


def list_forms(name: str) -> tuple[str, ...]:
    """A name and the parts of it that tell of the same person."""
    words = [word for word in _NAME_WORD.findall(name) if word.casefold() not in _TITLES]
    # "Delgado's" tells of Delgado.
    words = [re.sub(r"['’]s?$", "", word) for word in words]
    whole = [" ".join(words)] if words else []
    return tuple(dict.fromkeys([*whole, *(word for word in words if len(word) >= _FEWEST_LETTERS)]))


def _compile(form: str) -> re.Pattern[str]:
    # "J. T." and "JT", "Ana-Lucia" and "Ana Lucia" are one.
    plain = r"\W*".join(map(re.escape, form.split()))
    return re.compile(rf"(?<!\w){plain}(?!\w)", re.I)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether words are a name and not the ordinary word that is written alike, as in "will" and "Mark"."""
    words = match[0]
    if " " in words or not is_ordinary_word(simplify(words)):
        return True
    return words[0].isupper() and not _SENTENCE_START.search(text[: match.start()])
