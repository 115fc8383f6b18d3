"""Reduces words to their stems, as the word index does: text in, stems out. Pure."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from snowballstemmer import stemmer

from coach.lexical import find_words

_STEMMER = stemmer("porter")
_TURN = Lock()  # a stemmer keeps the word it is at: two threads at once would stem each other's
_MOST_KEPT = 50_000


@lru_cache(_MOST_KEPT)
def stem(word: str) -> str:
    """The stem of a word in lower case."""
    with _TURN:
        return str(_STEMMER.stemWord(word))


def stem_words(text: str) -> frozenset[str]:
    """The stems of the words of a text that carry meaning."""
    return frozenset(stem(word) for word in find_words(text))
