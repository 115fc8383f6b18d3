"""Tells a question that has to be asked back: its words in, why it cannot be answered out. Pure.

Two kinds: one that says how somebody feels and names nothing that could be searched or worked on, and one that names
nothing at all. A short question with one word of its own is clear enough.
"""

from __future__ import annotations

import re
from typing import Literal

from coach.lexical import STOP_WORDS, list_words
from coach.stemming import stem

Unclear = Literal["worn_out", "unclear"]

_WORN_OUT = re.compile(
    r"\b(?:(?:it|this|that|nothing|none of (?:it|this)) (?:is(?:n't| not)|s not|'s not|ain't|does(?:n't| not)"
    r"|just doesn't|never|won't)(?: \w+)? ?(?:work(?:s|ing)?|help(?:s|ing)?|going anywhere|good)?|nothing(?:'s"
    r"| is)? (?:works|helps|working|helping|changes)|(?:everything|it|all)(?:'s| is)? (?:a )?(?:mess|chaos"
    r"|falling apart|too much|pointless|hopeless|going wrong|disaster)|(?:i'm|im|i am|we're|we are|feeling"
    r"|so) (?:so |just |really |completely |totally )?(?:stuck|lost|tired|exhausted|fed up|done|worn out"
    r"|burnt? out|overwhelmed|drowning|frustrated|discouraged|at a loss)|(?:i|we) give up|giving up|can't (?:do"
    r"|take) (?:it|this)(?: any ?more)?|don't know (?:what (?:else )?to do|any ?more|where to turn)"
    r"|no idea what (?:else )?to do|what now|at (?:my|our) wits' end|bad (?:day|week)|rough (?:day|week)"
    r"|hard (?:day|week))\b",
    re.I,
)
# Words that say nothing of the matter, by their stems.
_EMPTY = frozenset(
    stem(word)
    for word in (  # noqa: SIM905 - a list that is read
        "actually again another answer any anymore anything anyway apart aren ask bad begin best better bit "
        "building burned burnt cant case chaos choose come compare day days decide did didn disaster "
        "discouraged do does doesn doesnt doing don done dont drowning easy else end even everybody everyone "
        "everything exhausted explain falling feel feels fine first fit fits friday frustrated get gets "
        "getting give given go goes going gone good got great happen happens hard hello help helping helps "
        "hey hi hopeless idea im isn isnt issue its ive just keep kind know last later lets ll look loss lost "
        "lot made make makes matter maybe mean meaning means mess monday more morning much need needs next "
        "nice nothing now ok okay one ones option options other others out overwhelmed part people place "
        "please point pointless possible problem question re really right rough said saturday say second see "
        "side situation somebody someone something soon sort start still stop stuck stuff sunday sure take "
        "talk tell thanks thing things think third thursday tired today tomorrow tonight tried true try "
        "trying tuesday two use used ve version want wants way ways wednesday week went whats wits won wont "
        "work worked working works worn worse worst wrong yesterday "
    ).split()
)
_OCCASION = frozenset(
    stem(word)
    for word in "meeting visit session talk conversation observation event presentation interview call".split()  # noqa: SIM905
)
_ASKS = re.compile(r"\b(?:how|what|who|which|why|when|where|should|can|could|does|do|is|are)\b", re.I)
_MOST_WORN_OUT_WORDS = 16


def find_unclear(question: str) -> Unclear | None:
    """Why a question must be asked back, from its own words; None where they are enough."""
    plain = " ".join(question.replace("’", "'").split())
    own = {stem(word) for word in list_words(plain) if len(word) > 1 and word not in STOP_WORDS} - _EMPTY
    if not own and _WORN_OUT.search(plain) and len(plain.split()) <= _MOST_WORN_OUT_WORDS:
        return "worn_out"
    if not own:
        return "unclear"
    # "I've got a meeting tomorrow. Help": an occasion, and nothing of what is wanted of it.
    if own <= _OCCASION and not _ASKS.search(plain):
        return "unclear"
    return None
