"""Looks words up in WordNet: the stem of a word in; the stems of its synonyms and derived words, or of its opposites, out."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

WORDS = Path(__file__).with_name("synonyms.txt.gz")
"""Two lists, parted by an empty line: of what is related and of opposites. A line is a stem and, behind it, the others."""
_MOST_KEPT = 20_000


@lru_cache(_MOST_KEPT)
def list_related(stem: str) -> frozenset[str]:
    """The stems that mean the same in one of their senses, or are derived from such a word; none for an unknown stem."""
    return frozenset(_read_lists()[0].get(stem, "").split())


@lru_cache(_MOST_KEPT)
def list_opposites(stem: str) -> frozenset[str]:
    """The stems that mean the opposite in one of their senses; none for an unknown stem."""
    return frozenset(_read_lists()[1].get(stem, "").split())


@cache
def _read_lists() -> tuple[Mapping[str, str], Mapping[str, str]]:
    # A line is taken apart when its stem is looked up: most never are.
    related, opposites = gzip.decompress(WORDS.read_bytes()).decode("ascii").split("\n\n")
    return _read_lines(related), _read_lines(opposites)


def _read_lines(text: str) -> Mapping[str, str]:
    return {stem: others for stem, _, others in (line.partition(" ") for line in text.splitlines())}
