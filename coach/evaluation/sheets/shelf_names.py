"""Which documents a sheet names that a library has not: items and the names of a library's documents in, names out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coach.evaluation.records import EvaluationItem

_ENDING = re.compile(r"\.(?:pdf|docx?|txt|md|markdown|html?|rtf|odt|pptx?)$", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TELLING = 2
"""Words that two names must share, unless they share the year or nothing else stands in them."""
_FILLING_WORDS = (
    "a al an and at by complete copy doc document draft et file final for from full in of on or our paper pdf report reports"
    " s study summary the their to version with"
)
_FILLING = frozenset(_FILLING_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared."""

    telling: frozenset[str]
    years: frozenset[str]
    words: frozenset[str]


def list_unknown(items: Iterable[EvaluationItem], shelf: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Documents that sources name and a library does not seem to have, with the number of items that name them.

    Case, punctuation, the year and words such as "report" do not count, and a part of a title is enough: that a document is
    called unknown should be right, and not that it is called known.

    Args:
        items: of a sheet.
        shelf: names of the library's documents: of their files, titles, what people call them, authors with the year.

    Returns:
        Names as they were typed first; what most items name comes first.
    """
    counts: Counter[str] = Counter()
    typed: dict[str, str] = {}
    for item in items:
        words = (*(one for group in item.sources for one in group), *item.welcome)
        names = {" ".join(_cut(one.document)): one.document.strip() for one in words if _cut(one.document)}
        counts.update(names.keys())
        typed = names | typed
    known = [_read_name(one) for one in set(shelf)]
    unknown = [one for one in counts if not any(_may_mean(_read_name(one), other) for other in known)]
    return tuple((typed[one], counts[one]) for one in sorted(unknown, key=lambda one: -counts[one]))


def count_documents_alone(items: Iterable[EvaluationItem]) -> int:
    """How many items have a source that is a document, without words of it."""
    return sum(
        any(one.document and not (one.quote or one.label) for group in item.sources for one in group) for item in items
    )


def _cut(name: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKC", _ENDING.sub("", name.strip())).casefold()
    return re.findall(r"[^\W_]+", plain)


def _read_name(name: str) -> _Name:
    words = frozenset(_cut(name))
    years = frozenset(word for word in words if _YEAR.fullmatch(word))
    return _Name(words - years - _FILLING, years, words)


def _may_mean(asked: _Name, known: _Name) -> bool:
    if asked.words == known.words or (asked.telling and asked.telling == known.telling):
        return True
    if not asked.telling:
        return bool(asked.years) and asked.words <= known.words
    shared = asked.telling & known.telling
    is_part = shared in (asked.telling, known.telling)
    return is_part and (len(shared) >= _TELLING or bool(shared and asked.years & known.years))
