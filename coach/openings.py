"""What somebody says before they ask: a text in, the text without it, and whether it turns to something else, out. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LEADS = r"(?:(?:ok(?:ay)?|so|and|now|well|right|but|alright|thanks|great|good)\b[,.!]*\s*)*"
_SOMETHING = r"(?:thing|topic|subject|question|matter|issue|area|track|note)"
_TURNS = re.compile(
    rf"{_LEADS}(?:(?:this is |that is |now for |on to |onto |on |let me ask (?:about |you )?|i have )?"
    rf"(?:a |an |one |some )?(?:completely |totally |entirely |very |quite )?(?:different|new|separate|unrelated) {_SOMETHING}"
    rf"(?: now| please| then)?"
    r"|(?:completely |totally |entirely )?unrelated(?:ly)?"
    r"|(?:let(?:[’']?s| us) |time to |can we |i want to |i(?:[’']d| would) like to )?(?:switch|chang)(?:e|ing)?"
    r" (?:gears|tracks?|topics?|subjects?|the (?:topic|subject))"
    rf"|(?:now )?something (?:else|different|new)(?: entirely| altogether| now)?|on (?:another|a different) {_SOMETHING}"
    r"|(?:let(?:[’']?s| us) )?mov(?:e|ing) on|separately|enough (?:of|about) (?:that|this|it)|forget (?:that|this|it)"
    r"|never ?mind(?: that| this)?|leaving (?:that|this) aside)\s*[.:;!,–—-]+\s*",
    re.I,
)
_GREETS = re.compile(
    r"(?:(?:ok(?:ay)?|many thanks|thanks|thank you|thx|cheers|fine|good|great|perfect|nice|right|alright|all right|got it"
    r"|gotcha|i see|understood|makes sense|that makes sense|cool|very good|hm+|ah|oh|interesting|good to know|fair enough"
    r"|that helps|that(?:[’']s| is) (?:fine|good|great|helpful|clear|useful)|helpful|very helpful|wonderful|excellent|hello"
    r"|hi|hey|good morning|another question|next question|one more (?:thing|question)|(?:a )?quick question|last question"
    r"|by the way|btw)"
    r"(?: a lot| so much| very much| a bunch| then| for (?:that|this|your help))?)\s*(?:[.:;!]+|,|\s[–—-])\s*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A text without what its person says first."""

    rest: str
    turns: bool = False
    """Whether they say that it is about something else."""


def read_opening(text: str) -> Opening:
    """Take "Thanks.", "OK, new topic." and the like from the front of a text; a text of nothing else stays whole."""
    rest, turns = text.strip(), False
    while True:
        match = _TURNS.match(rest) or _GREETS.match(rest)
        if match is None or not any(sign.isalnum() for sign in rest[match.end() :]):
            return Opening(rest, turns)
        turns = turns or match.re is _TURNS
        rest = rest[match.end() :]
