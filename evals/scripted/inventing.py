"""Makes a true line false: a faithful line in; one that claims what its source does not, with the same quotation, out.

Five kinds of change are those of `evals/seeding.py`, which the check was fitted against. Three are made here and nowhere
else, so that the check meets what it has not seen: a thing added, a word put for its opposite or its neighbour, and what one
document says ascribed to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from coach.claim_facts import Disagreement
from evals.scripted.choosing import Chosen
from evals.scripted.playing import Line
from evals.scripted.reading import Asked
from evals.seeding import CHANGES, change

KINDS = (*CHANGES, "addition", "exchange", "speaker")
_ADDED = (
    ", which raises test scores",
    ", mostly in elementary schools",
    " within a year",
    ", and parents agree",
    " at no extra cost",
    ", above all in reading",
    ", as long as the superintendent approves",
)
_EXCHANGED = (
    ("principals", "teachers"),
    ("principal", "superintendent"),
    ("districts", "schools"),
    ("pupils", "teachers"),
    ("students", "teachers"),
    ("more", "less"),
    ("increase", "reduce"),
    ("improve", "rank"),
    ("shared", "individual"),
    ("before", "after"),
    ("first", "last"),
    ("support", "supervision"),
    ("learning", "testing"),
    ("complementary", "conflicting"),
    ("equitable", "selective"),
    ("qualitative", "quantitative"),
    ("public", "private"),
    ("afternoon", "morning"),
    ("paid to", "paid by"),
    ("sent", "received"),
)


def invent(asked: Asked, chosen: Chosen, line: Line, random: Random) -> Line:
    """A line whose claim no longer holds; the line itself where nothing can be changed.

    Args:
        asked: the request.
        chosen: the sentence that the line says.
        line: a faithful line.
        random: draws the kind of change and its place.
    """
    for kind in random.sample(KINDS, len(KINDS)):
        claim = change_claim(asked, chosen, line.claim, kind, random)
        if claim is not None and claim != line.claim:
            text = line.text.replace(line.claim, claim, 1)
            return replace(line, text=text, claim=claim, truth="no", change=kind)
    return line


def change_claim(asked: Asked, chosen: Chosen, claim: str, kind: str, random: Random) -> str | None:
    """A claim with one thing made false; None where it has nothing of the kind."""
    if kind == "speaker":
        return _exchange_speaker(asked, chosen, claim)
    if kind in _MAKERS:
        return _MAKERS[kind](claim, random)
    return change(claim, _AS_CHANGES[kind], random)


def _exchange_speaker(asked: Asked, chosen: Chosen, claim: str) -> str | None:
    """What one document says, as said by another that does not say it."""
    for other in asked.passages:
        same = any(chosen.sentence in one.text for one in asked.passages if one.title == other.title)
        if other.title != chosen.passage.title and not same:
            return f"“{other.title}” says: {claim}"
    return None


def _add(claim: str, random: Random) -> str | None:
    return f"{claim[:-1]}{random.choice(_ADDED)}." if claim.endswith(".") else None


def _exchange(claim: str, random: Random) -> str | None:
    pairs = [*_EXCHANGED, *((second, first) for first, second in _EXCHANGED)]
    fitting = [pair for pair in pairs if re.search(rf"\b{pair[0]}\b", claim)]
    if not fitting:
        return None
    first, second = random.choice(fitting)
    return re.sub(rf"\b{first}\b", second, claim, count=1)


_AS_CHANGES: dict[str, Disagreement] = {kind: kind for kind in CHANGES}
_MAKERS: dict[str, Callable[[str, Random], str | None]] = {"addition": _add, "exchange": _exchange}
