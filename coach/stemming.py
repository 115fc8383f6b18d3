"""Reduces words to their stems, as the word index does: text in, stems out. Pure."""

from __future__ import annotations

from functools import cache

from snowballstemmer import stemmer

from coach.lexical import find_words

_STEMMER = stemmer("porter")


@cache
def stem(word: str) -> str:
    """The stem of a word in lower case."""
    return str(_STEMMER.stemWord(word))


def stem_words(text: str) -> frozenset[str]:
    """The stems of the words of a text that carry meaning."""
    return frozenset(stem(word) for word in find_words(text))
