"""Reads what a session is to be about: the words that somebody typed in, the topic and what else they say of the session out.
Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from coach.plans.records import LEAST_MINUTES, MOST_MINUTES, Form, Setting
from coach.prompts import Wording
from coach.search_copy import read_plainly

MOST_CHARACTERS = 300
_NUMBERS = {"one": 1, "two": 2, "three": 3, "an": 1, "a": 1, "half an": 0.5, "a half": 0.5}
_MINUTES = r"(?P<minutes>\d{2,3})[\s-]*min(?:ute)?s?"
_HOURS = r"(?P<hours>\d(?:\.5)?|half an|one|two|three|an?)(?P<and> and a half)?[\s-]*hours?(?P<half> and a half)?"
_LENGTH = re.compile(rf"\b(?:{_MINUTES}|{_HOURS})\b", re.I)
_KINDS: tuple[tuple[Setting, str], ...] = (
    (
        "school_visit",
        r"(?:school |site )?visit(?: prep(?:aration)?)?|one[- ]to[- ]one|one[- ]on[- ]one|1:1|1-1|check-in",
    ),
    ("learning_walk", r"(?:learning |instructional )?(?:walk(?:through|-through)?|rounds)s?"),
    (
        "network_meeting",
        r"(?:network|principals?['’]?s?|cluster|cohort|zone|area|leadership|cabinet)?\s*(?:meeting|session|pd|plc|workshop)s?",  # noqa: RUF001
    ),
)
_KIND = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _KINDS)
_ORDER = (
    r"^(?:(?:hi|hello|hey)[,!. ]+)?(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:please\s+)?(?:help me\s+)?"
    r"(?:(?:i|we)(?:['’]d like| would like| need| want| have| am| ['’]m)(?: to)?\s+)?"  # noqa: RUF001
    r"(?:(?:plan|prepare|make|design|build|create|write|draft|give|run|lead|hold|do|set up|get ready for|prep)(?: me)?\s+)?"
)
_LONG = r"\d{2,3}[\s-]*min(?:ute)?s?|(?:\d(?:\.5)?|half an|(?:one|two) and a half|an?|one|two|three)[\s-]*hours?(?: and a half)?"
_LENGTH_ON = re.compile(rf"{_ORDER}(?:an?\s+)?(?:{_LONG})\s+(?:of\s+)?(?:on|about|around|for)\s+(?P<rest>.+)$", re.I)
_PAGE_ON = re.compile(r"\bone page (?:on|about)\s+(?P<rest>[^.;!?]+)", re.I)
_TELL = re.compile(rf"{_ORDER}(?:tell me (?:more )?about|something (?:on|about)|what about)\s+(?P<rest>.+)$", re.I)
_BEGINS = re.compile(
    rf"{_ORDER}(?:(?:an?|the|my|our|one|next|this|{_LONG})[\s-]+)*"
    rf"(?:short |quick |full |support |support[- ]session )*(?:{_KIND})(?:\s+(?:plan|agenda|session|meeting))?"
    r"(?:\s+(?:for|with)\s+(?P<who>[^,;:?]{2,60}?))??"
    r"\s*(?::|\b(?:on|about|around|regarding|focused on|to discuss|to work on|where we (?:discuss|work on))\b)\s*(?P<rest>.+)$",
    re.I,
)
_HELP = re.compile(
    rf"{_ORDER}(?:help|support|coach|work with)(?:ing)?\s+(?:(?:my|our|the|new|some|\w+)\s+){{0,3}}principals?\s+"
    r"(?:with|on|in|around|about)\s+(?P<rest>.+)$",
    re.I,
)
_STUCK = re.compile(
    r"\b(?:stuck|struggling|working|focus(?:ed|ing)?|wrestling)\s+(?:on|with)\s+(?P<rest>[^.;!?]+?)"
    r"(?=,\s|[.;!?]|\s+(?:and|so) (?:give|make|i|we|can|please)\b|$)",
    re.I,
)
_TAIL = re.compile(
    r"[,;.\s]+(?:(?:please|thanks|thank you)[\s!.]*|(?:give|make) me (?:one|a) page.*|one page.*|in one page.*)$", re.I
)
_VISIT = re.compile(r"\b(?:one page|i['’]m at|i am at|visit(?:ing)?|visit prep)\b", re.I)  # noqa: RUF001
_PLACE = re.compile(
    r"\b(?i:i['’]m|i am|visit(?:ing)?)\s+(?i:(?:at|to)\s+)(?P<place>[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,2})"
)  # noqa: RUF001
_QUESTION = re.compile(
    r"\?$|^(?:how (?:do|does|can|could|should|might|would|is|are|to)|what(?:'s| is| are| do| does| should| can)?"
    r"|why|who|which|when|where"
    r"|can|could|should|do|does|did|is|are)\b",
    re.I,
)
_SENTENCE = re.compile(
    r"^(?:i|we|my|our|they|he|she|it|there|this|these|principals|teachers|people)\b.*\b(?:is|are|was|were|am|do|does|don['’]t"  # noqa: RUF001
    r"|can['’]t|cannot|can|will|have|has|had|need|needs|want|wants|feel|feels|keep|keeps|get|gets|say|says|struggle\w*|see)\b",  # noqa: RUF001
    re.I,
)
_LONG_TOPIC, _BRIEF_TOPIC = 14, 7
_BREAKS = re.compile(r"[:;/|()!]|\. ")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a session is about, and what was said of the session besides."""

    words: str
    """Without the order that brought it."""
    minutes: int | None = None
    setting: Setting | None = None
    form: Form | None = None
    place: str = ""


def read_topic(text: str) -> Topic:
    """The topic of what somebody typed: "a 90-minute network meeting on sharing leadership" is about sharing leadership.

    Only what stands before the topic is read as length or setting: "walkthrough feedback" is a topic, and no walk.
    """
    plain = read_plainly(text).strip()
    form: Form | None = (
        "visit_prep" if _VISIT.search(plain) and re.search(r"\bone page\b|\bprep", plain, re.I) else None
    )
    place = _PLACE.search(plain)
    body = _TAIL.sub("", plain).strip()
    begins = _BEGINS.match(body)
    others = (_PAGE_ON.search(plain), _STUCK.search(body), _HELP.match(body), _LENGTH_ON.match(body), _TELL.match(body))
    other = next((match for match in others if match is not None), None)
    setting: Setting | None = "school_visit" if form or place else None
    before = body
    if begins is not None:
        words = begins["rest"]
        setting = next((name for name, _ in _KINDS if begins[name]), setting)
        before = body[: begins.start("rest")]
    elif other is not None:
        words, before = other["rest"], other.string[: other.start("rest")]
    else:
        words, before = body, ""
    found = words.strip(" .,;:!\"'“”") + ("?" if words.rstrip().endswith("?") else "")
    return Topic(
        found.replace("??", "?") or body, _read_minutes(before), setting, form, place["place"] if place else ""
    )


def _read_minutes(text: str) -> int | None:
    match = _LENGTH.search(text)
    if match is None:
        return None
    if match["minutes"]:
        minutes = int(match["minutes"])
    else:
        said = match["hours"].casefold()
        hours = _NUMBERS.get(said) or float(said)
        minutes = round(60 * (hours + (0.5 if match["half"] or match["and"] else 0)))
    return minutes if LEAST_MINUTES <= minutes <= MOST_MINUTES else None


def name_topic(words: str, wording: Wording) -> str:
    """The topic as it stands within a sentence: a thing by its name, a question or a sentence in quotation marks."""
    if _QUESTION.search(words):
        return wording.say("topic.question", topic=words[:1].upper() + words[1:].rstrip("?") + "?")
    if _SENTENCE.match(words) or len(words.split()) > _LONG_TOPIC or _BREAKS.search(words):
        return wording.say("topic.statement", topic=words[:1].upper() + words[1:])
    return words


def name_briefly(words: str, wording: Wording) -> str:
    """The topic where it was named before: a long one is only pointed at, or every line of a plan would repeat it."""
    # "Teacher leadership: who leads without a title" is about teacher leadership.
    named = name_topic(words.partition(":")[0] if not _QUESTION.search(words) else words, wording)
    return wording.say("topic.brief") if len(named.split()) > _BRIEF_TOPIC or "“" in named else named
