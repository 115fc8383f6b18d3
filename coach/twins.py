"""Folds passages that say the same: hits in, best first, hits out with each text once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from coach.asking import NUMBER_WORDS
from coach.lexical import list_words
from coach.records import Hit

_ALIKE = 0.9  # share of the runs of three words that two texts have in common
_RUN = 3
_NEAR = 0.7  # share of words in common without which two texts need not be compared
# Where these differ, two texts say different things however alike they are.
_DENIALS = frozenset({"no", "not", "cannot", "never", "none", "nor", "neither", "nothing", "hardly", "without", "t"})
_TELLING = _DENIALS | NUMBER_WORDS.keys()


def fold_twins(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each text once, its best hit, which remembers the labels of the others."""
    kept: list[tuple[Hit, frozenset[str]]] = []
    for hit in hits:
        text = hit.passage.search_text
        words = frozenset(text.casefold().split())
        for place, (better, others) in enumerate(kept):
            if len(words & others) >= _NEAR * max(len(words), len(others)) and are_alike(
                text, better.passage.search_text
            ):
                kept[place] = (replace(better, twins=(*better.twins, hit.passage.label, *hit.twins)), others)
                break
        else:
            kept.append((hit, words))
    return tuple(hit for hit, _ in kept)


def are_alike(one: str, other: str) -> bool:
    """Whether two texts say the same: nearly all of their words in the same order, and no number or denial apart."""
    first, second = list_words(one), list_words(other)
    if _list_telling(first) != _list_telling(second):
        return False
    runs, others = _list_runs(first), _list_runs(second)
    common = len(runs & others)
    return common >= _ALIKE * (len(runs) + len(others) - common)


def tell_the_same(one: str, other: str) -> bool:
    """Whether two texts have the same numbers and denials, in the same order."""
    return _list_telling(list_words(one)) == _list_telling(list_words(other))


def _list_runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + _RUN]) for start in range(max(len(words) - _RUN + 1, 1))}


def _list_telling(words: Sequence[str]) -> list[str]:
    return [word for word in words if word in _TELLING or any(sign.isdigit() for sign in word)]
