"""Cuts a very long sentence at a clause border, the sense kept: a sentence in, how much of its beginning is shown out. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from coach.records import Span
from coach.stemming import stem_words

CUT_MARK = " …"
LONGEST = 45
"""Words that a reader takes in at one go; longer sentences are cut where that is safe."""
_FEWEST_KEPT = 12
_FEWEST_CUT = 10
# Where a reader would breathe. What stands before such a border is a statement of its own.
_BORDER = re.compile(
    r"(?P<end>\s*;)|(?P<dash>\s*[—–](?=\s)|(?<=[\w)])—(?=\w))|(?P<bracket>\s+(?=\())"
    r"|(?P<comma>,)(?=\s+(?:which|who|where|as well as)\b)"
)
# What is cut must not turn the sense of what is kept.
_TURNS = re.compile(
    r"\b(?:not|cannot|no|none|nothing|nobody|neither|nor|never|hardly|rarely|seldom|scarcely|but|however|although|though|unless"
    r"|except|without|only|if|whether|provided|until|yet|rather|instead|despite|while|whereas|opposite|myths?|wrong|false)\b"
    r"|\b(?:fail|lack|refut|den(?:y|ied|ies)|reject|contradict|mistak)\w*|n['’]t\b",
    re.I,
)


def cut_clause(sentence: str, words: Collection[str], answer: Span | None = None) -> int:
    """Where the sentence may end early: a place behind which nothing is lost, or its length.

    Args:
        sentence: source words, however they are spaced.
        words: stems of the question's words; what is kept must hold all of those that the sentence holds.
        answer: the words that answer; never cut.
    """
    if len(sentence.split()) <= LONGEST:
        return len(sentence)
    needed = stem_words(sentence) & frozenset(words)
    best = len(sentence)
    for border in _BORDER.finditer(sentence):
        kept, rest = sentence[: border.start()], sentence[border.start() :]
        if len(kept.split()) < _FEWEST_KEPT or (answer is not None and answer.end > border.start()):
            continue
        if len(rest.split()) < _FEWEST_CUT or _TURNS.search(rest) or not _is_balanced(kept):
            continue
        if not _ends_there(border, rest):
            continue
        if best < len(sentence) and len(kept.split()) > LONGEST:
            break  # the longest beginning that can be taken in at one go is found
        if needed <= stem_words(kept):
            best = border.start()
    return best


def _ends_there(border: re.Match[str], rest: str) -> bool:
    """Whether what begins at the border runs to the sentence's end: behind an insertion the sentence goes on."""
    if border.lastgroup == "bracket":
        return rest.find(")") >= len(rest.rstrip(' .!?”"’0123456789')) - 1
    if border.lastgroup == "dash":
        return not re.search(r"[—–]", rest.lstrip(" —–"))
    return True


def _is_balanced(text: str) -> bool:
    """Whether every bracket and quotation mark that it opens is closed in it."""
    return (
        text.count("(") == text.count(")")
        and text.count("“") == text.count("”")
        and text.count('"') % 2 == 0
        and text.count("[") == text.count("]")
    )
