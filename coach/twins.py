"""Folds passages that say the same: hits in, best first, hits out with each text once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from coach.records import Hit

_WORD = re.compile(r"[^\W_]+")
_ALIKE = 0.9  # share of the runs of three words that two texts have in common
_RUN = 3
# Where these differ, two texts say different things however alike they are.
_TELLING = frozenset({"no", "not", "never", "none", "nor", "without", "t"})


@dataclass(frozen=True, slots=True)
class _Print:
    """What two texts are compared by."""

    runs: frozenset[tuple[str, ...]]
    telling: tuple[str, ...]


def fold_twins(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each text once, its best hit, which remembers the labels of the others."""
    kept: list[tuple[Hit, _Print]] = []
    for hit in hits:
        own = _take_print(hit.passage.search_text)
        for place, (better, other) in enumerate(kept):
            if _are_alike(own, other):
                kept[place] = (replace(better, twins=(*better.twins, hit.passage.label)), other)
                break
        else:
            kept.append((hit, own))
    return tuple(hit for hit, _ in kept)


def _take_print(text: str) -> _Print:
    words = [word.casefold() for word in _WORD.findall(text)]
    runs = frozenset(tuple(words[start : start + _RUN]) for start in range(max(len(words) - _RUN + 1, 1)))
    telling = tuple(word for word in words if word in _TELLING or any(sign.isdigit() for sign in word))
    return _Print(runs, telling)


def _are_alike(one: _Print, other: _Print) -> bool:
    few, many = sorted((len(one.runs), len(other.runs)))
    if few < _ALIKE * many or one.telling != other.telling:
        return False
    common = len(one.runs & other.runs)
    return common >= _ALIKE * (few + many - common)
