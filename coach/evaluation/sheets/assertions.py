"""Reads assertions as promptfoo writes them in columns called `__expected`: one in, what it asks of an answer out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from coach.evaluation.sheets.cells import Groups
from coach.records import Outcome

_FORM = re.compile(r"(?P<kind>(?:not-)?[a-z]+(?:-[a-z]+)*)(?:\([^)]*\))?\s*:\s*(?P<value>.*)", re.DOTALL)
_MEANT = frozenset(("equals", "similar", "levenshtein", "rouge-n", "bleu", "factuality", "answer-relevance"))
_KNOWN = frozenset(("contains", "icontains", "starts-with"))
_SETS = frozenset(("contains-any", "icontains-any", "contains-all", "icontains-all"))


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an assertion asks for, as far as items can hold it."""

    must_mention: Groups = ()
    must_not_say: tuple[str, ...] = ()
    ideal: str = ""
    outcomes: tuple[Outcome, ...] = ()
    is_understood: bool = True


def read_assertion(text: str) -> Asserted:
    """One assertion; a text without a kind is what the answer should be, as promptfoo has it."""
    stripped = text.strip()
    if stripped in ("is-refusal", "not-is-refusal"):
        return Asserted(outcomes=(Outcome.NOT_IN_SOURCES if stripped == "is-refusal" else Outcome.ANSWERED,))
    found = _FORM.fullmatch(stripped)
    if found is None or " " in found.group("kind"):
        return Asserted(ideal=stripped)
    kind, value = found.group("kind"), found.group("value").strip()
    plain = kind.removeprefix("not-")
    if plain not in _KNOWN | _SETS | _MEANT | {
        "llm-rubric",
        "regex",
        "javascript",
        "python",
        "g-eval",
        "latency",
        "cost",
    }:
        return Asserted(is_understood=False) if re.fullmatch(r"[a-z]+(-[a-z]+)+", kind) else Asserted(ideal=stripped)
    if kind.startswith("not-"):
        wordings = _split(value) if plain in _SETS else (value,)
        return Asserted(must_not_say=wordings) if plain in _KNOWN | _SETS else Asserted(is_understood=False)
    return _read_plain(plain, value)


def _read_plain(kind: str, value: str) -> Asserted:
    if kind in _KNOWN:
        return Asserted(must_mention=((value,),))
    if kind in _SETS:
        wordings = _split(value)
        return Asserted(must_mention=(wordings,) if kind.endswith("any") else tuple((one,) for one in wordings))
    return Asserted(ideal=value) if kind in _MEANT else Asserted(is_understood=False)


def _split(value: str) -> tuple[str, ...]:
    """Wordings between commas; JSON lists as well."""
    try:
        read = json.loads(value)
    except ValueError:
        read = None
    parts = read if isinstance(read, list) else re.split(r",\s*", value)
    return tuple(str(part).strip().strip('"') for part in parts if str(part).strip())
