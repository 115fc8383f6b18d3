"""What a person says about the answer and not about the matter: a text in, directions and what is left to ask out. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coach.records import Length, Stance

_PLEASE = r"(?:please |pls |ok(?:ay)?,? |and |now |can you |could you |would you )*"
_LATER = r"(?:,? (?:please|pls|thanks|thank you|now|then))*"
_IT = r"(?: it| this| that| the answer| your answers?| things)?"

_SHORT = (
    rf"(?:make|keep|say|give|put){_IT} (?:me )?(?:a |the )?(?:much |a lot |a bit )?(?:short(?:er)?|brief(?:er)?"
    rf"|concise)(?: version| one)?"
    r"|(?:much |a lot |a bit |even )?(?:shorter|briefer)(?: version| answer)?|short(?: version| answer)?|(?:be "
    r"|more )?(?:brief|concise)|briefly"
    r"|in (?:short|brief|a nutshell|(?:one|two|a few) (?:words?|sentences?|lines?))|(?:that(?:'s| is"
    r"| was) )?too (?:long|much|wordy)(?: for me)?"
    r"|tl;? ?dr|(?:a |the )?(?:quick|short) (?:version|answer)|(?:shorten|sum up|summari[sz]e)(?: it| this| that)?"
    r"|i (?:only |just )?have (?:a|one|two|2|5|five) minutes?(?: only)?|cut it down|less(?: text| words)?"
)
_LONG = (
    rf"(?:make|give){_IT} (?:me )?(?:a |the )?(?:much |a lot |a bit )?(?:long(?:er)?|more detailed|full(?:er)?)"
    r"(?: version| answer| one)?|(?:now )?(?:a |the )?(?:longer|long|full|detailed) (?:version|answer)|longer"
    r"|in (?:full|detail|depth)|too short|(?:give me |in |with )(?:some |a bit )?more (?:detail|details|depth)"
)
_TELL = (
    r"(?:just|simply|so|but|ok) (?:tell|give) me(?: (?:the|a|an|your) (?:straight |direct )?(?:answer"
    r"|one thing))?(?: what (?:to do|i should do|you would do|you'd do|to say))?"
    r"|tell me (?:straight|directly|what to do|what i should do|what to say)|what (?:would"
    r"|should) you do(?: in my (?:place|shoes))?"
    r"|(?:no|stop|enough|don't ask me|do not ask me|without)(?: the| any| more)*(?: asking)? questions?(?: back)?"
    r"|(?:give me )?a (?:straight|direct) answer"
    r"|stop asking(?: me)?(?: (?:things|questions))?|be direct|i (?:just )?want an answer"
)
_ASK = (
    r"(?:just )?ask me(?: (?:some |a few )?questions?(?: instead)?| instead)?|coach me(?: through (?:it|this"
    r"|that))?|help me think(?: (?:it |this |that )?through)?"
    r"|(?:don't|do not) (?:just )?tell me(?: (?:what to do|the answer))?|i(?:'d| would)? (?:want"
    r"|like) to think (?:it |this )?through(?: myself)?"
    r"|let me think (?:it |this )?through(?: (?:myself|aloud|out loud))?"
)
_SUGGEST = r"(?:make|give me|have you got|any) (?:a |some |any )?(?:suggestions?|ideas)|suggest something"

_Form = tuple[re.Pattern[str], Length | None, Stance | None]
_FORMS: tuple[tuple[str, Length | None, Stance | None], ...] = (
    (_SHORT, "short", None),
    (_LONG, "long", None),
    (_TELL, None, "tell"),
    (_ASK, None, "ask"),
    (_SUGGEST, None, "suggest"),
)
_WHOLE: tuple[_Form, ...] = tuple(
    (re.compile(rf"{_PLEASE}(?:{pattern}){_LATER}", re.I), length, stance) for pattern, length, stance in _FORMS
)
# A question follows in the same breath: "just tell me what learning-focused leadership is", "in short: who took part?"
_LEADING: tuple[_Form, ...] = (
    (
        re.compile(
            r"(?:ok(?:ay)?,? |so |please )*(?:just|simply) (?:tell|give) me,? (?=(?:what|how|which|who|when|where"
            r"|why|if|whether)\b)",
            re.I,
        ),
        None,
        "tell",
    ),
    (re.compile(r"(?:in short|briefly|quickly|in (?:one|two) (?:words|sentences?)),? (?=\w)", re.I), "short", None),
)
_POLITE = re.compile(r"(?:\W|\b(?:please|pls|thanks|thank you|ok|okay|and|now|then|so)\b)*", re.I)
# Why it should be so: "I've cabinet in five minutes", "I'm back".
_REMARK = re.compile(r"\W*(?:i|i'm|i’m|im|i've|i’ve|ive|we|we're|we’re|we've|we’ve)\b[^?]{0,40}", re.I)
_CLAUSE = re.compile(r"[^.!?;:,\n–—]+(?:[.!?;:,\n–—]+\s*|$)")
_EDGES = " \t\r\n.!?;:,–—-"


@dataclass(frozen=True, slots=True)
class Directions:
    """How somebody wants an answer, as far as they say it."""

    rest: str
    """What is asked besides; empty where nothing is."""
    length: Length | None = None
    stance: Stance | None = None

    @property
    def given(self) -> bool:
        """Whether anything was said about the answer."""
        return self.length is not None or self.stance is not None


def read_directions(text: str) -> Directions:
    """Take out of a text what it says about the answer itself."""
    length: Length | None = None
    stance: Stance | None = None
    text = text.replace("tl;dr", "in short") if "tl;dr" in text else text
    kept: list[str] = []
    for clause in _CLAUSE.findall(text):
        found = _recognise(clause)
        if found is None:
            kept.append(clause)
            continue
        length, stance = found[0] or length, found[1] or stance
    rest = "".join(kept).strip()
    for pattern, of_length, of_stance in _LEADING:
        match = pattern.match(rest)
        if match is not None:
            rest, length, stance = rest[match.end() :], of_length or length, of_stance or stance
    if (length or stance) and (_POLITE.fullmatch(rest) or _REMARK.fullmatch(rest)):
        rest = ""
    return Directions(rest if length or stance else text, length, stance)


def _recognise(clause: str) -> tuple[Length | None, Stance | None] | None:
    plain = " ".join(clause.replace("’", "'").strip(_EDGES).split())
    for pattern, length, stance in _WHOLE:
        if pattern.fullmatch(plain):
            return length, stance
    return None
