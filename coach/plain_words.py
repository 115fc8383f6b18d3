"""A question as it is typed in, the same in plain words out: small letters, slang written out and slips mended. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from coach.spelling import is_english

_MARK = re.compile(r"\[\s*([a-z]+)[^\]\n]{0,12}\]")
_ANY_MARK = re.compile(_MARK.pattern, re.I)
_MARKED_STUDENTS = frozenset(["student", "child", "pupil", "minor"])
_TITLE = re.compile(r"\b(mr|mrs|ms|dr|mx|sr|jr|st|vs|etc|no)\.")
# A title that is also a common noun names somebody only before a name: Principal Lee, not Principal Supervisors.
_RANKED = re.compile(
    r"\b(?:Principal|Superintendent|Director|Dean|Officer)[ ](?!Super|Lead|Eval|Devel|Pipe|Prof|Prep|Train|Coach|Time|Team)"
    r"(?=[A-Z][a-z]+)"
)
_LETTER_DOTS = re.compile(r"\b(?:[a-z]\.){2,}")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_JOINED = re.compile(r"(?<=[a-z])['’`](?=[a-z])")  # noqa: RUF001 - apostrophes as they are typed
# "The student's locker" is read as "the student locker"; "he's" and "what's" are words of their own.
_OWNED = re.compile(r"(?<!\bhe)(?<!\bshe)(?<!\bit)(?<!\bthat)(?<!\bwhat)(?<!\bwho)(?<!\bthere)(?<!\blet)['’`]s\b")  # noqa: RUF001
_ENDS = re.compile(r"\s*([.?!])[\s.?!]*")
_ODD = re.compile(r"[^a-z0-9.?!]+")
_WORD = re.compile(r"[a-z]+")

_SLANG = {
    "gonna": "going to",
    "gunna": "going to",
    "gon": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "tryna": "trying to",
    "finna": "going to",
    "u": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "cuz": "because",
    "bc": "because",
    "abt": "about",
    "w": "with",
    "ppl": "people",
    "tchr": "teacher",
    "tchrs": "teachers",
    "stdnt": "student",
    "kms": "kill myself",
    "kys": "kill yourself",
    "ima": "im going to",
    "imma": "im going to",
    "dunno": "dont know",
    "rn": "right now",
    "hw": "how",
    "wat": "what",
    "wut": "what",
    "wht": "what",
    "shld": "should",
    "cld": "could",
    "teh": "the",
}
_PHRASES = (
    (re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should) not\b"), r"\1nt"),
    (re.compile(r"\b(?:cannot|can not)\b"), "cant"),
    (re.compile(r"\bwill not\b"), "wont"),
    (re.compile(r"\bi am\b"), "im"),
    (re.compile(r"\bi have\b(?= (?:been|had|lost|thought|started|felt))"), "ive"),
    (re.compile(r"\b(he|she|that|what|who|there) is\b"), r"\1s"),
    (re.compile(r"\b(they|you|we) are\b"), r"\1re"),
    (re.compile(r"\bany more\b"), "anymore"),
    (re.compile(r"\bgrade r\b"), "grader"),
    (re.compile(r"\bself (?:injur\w+|mutilat\w+|harm\w*)\b"), "self harm"),
    (re.compile(r"\bnonrenew"), "non renew"),
    (re.compile(r"\bno one\b"), "nobody"),
)

# Words that decide where a question goes, so that a slip in one of them does not send it astray.
_DECIDING = """
    suicide suicidal suicides weapon weapons knife knives pistol rifle firearm shooting shooter threat threats threatened
    threatening threatens bruise bruises bruised molested molesting molest abused abusing abusive abuse neglect neglected
    neglecting sexual sexually raped inappropriate inappropriately touched touching mandated reporter reporting disclosed
    disclosure stepdad stepfather stabbed stabbing attacked assaulted assault overdose overdosed unconscious seizure
    breathing allergic anaphylaxis epipen choking bleeding fainted collapsed medication medications medicine insulin
    inhaler diagnosis diagnose diagnosed autistic autism dyslexia lawyer attorney lawsuit lawsuits subpoena subpoenaed
    grievance grievances arbitration contract union ferpa custody warrant immigration deadline deadlines locker lockers
    backpack evaluate evaluation evaluations summative reprimand reprimanded discipline disciplined dismiss dismissed
    dismissal terminate terminated termination renew renewed renewal nonrenewal demote demoted insubordinate
    insubordination misconduct harassment harassed harassing alcohol alcoholic drunk drinking drugs pregnant depressed
    therapist mentor counselor evaluator conversation conversations principal principals teacher teachers student students
    manifestation eligibility eligible accommodation accommodations hopeless myself himself herself themselves anymore
    ignore instructions prompt disregard sources documents pretend reveal restrictions graduate performance colleague
    schooler schoolers assistant custodian improvement incident killing
"""
DECIDING = frozenset(_DECIDING.split())
_FEWEST_LETTERS = 5
_LETTERS_FOR_TWO_SLIPS = 8


def write_plainly(text: str) -> str:
    """The text in small letters without apostrophes and signs, sentences still ended by `.`, `?` or `!`.

    A masked name becomes "this student" or "mr somebody", so that it counts as one particular person.
    """
    lower = _RANKED.sub("Mr ", unicodedata.normalize("NFKC", text)).casefold()
    lower = _MARK.sub(lambda match: " this student " if match[1] in _MARKED_STUDENTS else " mr somebody ", lower)
    lower = _LETTER_DOTS.sub(lambda match: match[0].replace(".", ""), _TITLE.sub(r"\1 ", lower))
    lower = _STRETCHED.sub(r"\1", _JOINED.sub("", _OWNED.sub("", lower)))
    plain = _ENDS.sub(r" \1 ", _ODD.sub(" ", lower))
    words = [_SLANG.get(word) or _mend(word) for word in plain.split()]
    plain = " ".join(words)
    for pattern, written in _PHRASES:
        plain = pattern.sub(written, plain)
    return plain


def write_marks_out(text: str) -> str:
    """The text with every masked name as "this student" or "Mr. Somebody"; the rest of it as it is."""
    return _ANY_MARK.sub(lambda match: "this student" if match[1].lower() in _MARKED_STUDENTS else "Mr. Somebody", text)


@lru_cache(maxsize=10_000)
def _mend(word: str) -> str:
    """A word that is one slip from a deciding one, as that; every other as it is."""
    if len(word) < _FEWEST_LETTERS or word in DECIDING or not _WORD.fullmatch(word):
        return word
    # Imported here as in spelling: it takes as long as a search.
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    slips = 2 if len(word) >= _LETTERS_FOR_TWO_SLIPS else 1
    found = process.extractOne(word, _list_deciding(), scorer=OSA.distance, score_cutoff=slips)
    if found is None or found[0][0] != word[0] or is_english(word):
        return word
    return found[0]


@cache
def _list_deciding() -> tuple[str, ...]:
    return tuple(sorted(DECIDING))
