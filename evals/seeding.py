"""Changes sentences on purpose: a true sentence in; the same with one fact made wrong, or said a little otherwise, out.

What is made here trains and measures the check of written sentences, and lets a scripted model invent facts. A change of
one kind makes the sentence say what its source does not; a rewrite keeps what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Literal, get_args

from coach.claim_facts import Disagreement
from coach.lexical import STOP_WORDS

Rewriting = Literal["drop", "contraction", "lead", "synonym", "order", "digits"]
CHANGES: tuple[Disagreement, ...] = tuple(kind for kind in get_args(Disagreement) if kind != "addition")
REWRITINGS: tuple[Rewriting, ...] = get_args(Rewriting)

_NUMBER_WORDS = (  # noqa: SIM905 - lists that are read, here and below
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty ninety"
).split()
_VALUES = dict(zip(_NUMBER_WORDS, [*range(2, 13), 15, *range(20, 100, 10)], strict=True))
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)(?![\w-]|[.,]\d)|\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.I
)
_NAME = re.compile(r"(?<=[a-z,;] )(?!I\b)[A-Z][a-z]{2,}(?: (?:of |de |van )?[A-Z][a-z]{2,})*")
_NAMES = (  # noqa: SIM905
    "Marlowe Castellan Brixworth Odenkirk Havering Tolland Quimby Ravensdale Delacourt Whitcombe Ostrander Penhallow Lindqvist "
    "Abernathy Zelaya Kirkbride Thornbury Vasquez Holloway Pemberton"
).split()
_VERB = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|may|might|must|has|have|had)\b(?! not\b|n't)(?! been)"
)
_NOT = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|may|might|must|has|have|had|do|does|did) not\b|\bcannot\b"
)
_PLAIN_VERB = re.compile(
    r"(?<=[a-z] )(helps?|needs?|supports?|shows?|makes?|gives?|includes?|provides?|requires?|means?|improves?|increases?|offers?"
    r"|depends?|involves?|uses?|leads?|works?|takes?|allows?|focus(?:es)?|remains?|seems?|becomes?|creates?|affects?)\b(?= [a-z])"
)
_SCOPES: tuple[tuple[str, str], ...] = (
    (r"\bsome (?=[a-z])", "all "),
    (r"\b(?:many|most|several|certain) (?=[a-z])", "all "),
    (r"\b(?:a few|few) ", "all "),
    (r"\b(?:often|usually|sometimes|generally|typically|frequently)\b", "always"),
    (r"\b(?:may|might|can|could)\b(?= (?!not\b)[a-z])", "must"),
    (r"\bshould\b", "must"),
)
_FORCES: tuple[tuple[str, str], ...] = (
    (r"\bsuggests? that\b", "proves that"),
    (r"\b(?:assumes?|argues?|believes?|hypothesi[sz]es?|claims?) that\b", "proved that"),
    (r"\b(?:examined|investigated|explored|asked|looked at) (?:how|whether|why)\b", "found that"),
    (r"\b(?:is|are|was|were) (?:associated|correlated|linked) with\b", "is caused by"),
    (r"\b(?:seems?|appears?) to be\b", "has been proved to be"),
)
_CONTRACTIONS: tuple[tuple[str, str], ...] = (
    (r"\b(is|are|was|were|do|does|did|has|have|had|would|could|should) not\b", r"\1n't"),
    (r"\bcannot\b", "can't"),
    (r"\b(it|that|there) is\b", r"\1's"),
    (r"\b(they|we|you) are\b", r"\1're"),
)
_SYNONYMS: tuple[tuple[str, str], ...] = (
    (r"\bimportant\b", "significant"),
    (r"\bhelp(s?)\b", r"assist\1"),
    (r"\bshow(s?)\b", r"demonstrate\1"),
    (r"\buse(s?)\b(?! of)", r"employ\1"),
    (r"\bmany\b", "numerous"),
    (r"\bhowever\b", "yet"),
    (r"\balso\b", "as well"),
    (r"\babout\b", "regarding"),
    (r"\bbegan\b", "started"),
    (r"\blarge\b", "big"),
    (r"\bget\b", "obtain"),
    (r"\bneed(s?) to\b", r"ha\1 to"),
    (r"\bbecause\b", "since"),
    (r"\bsuch as\b", "for example"),
    (r"\bpupils\b", "students"),
    (r"\bprovide(s?)\b", r"give\1"),
    (r"\brequire(s?)\b", r"need\1"),
    (r"\bteachers\b", "teaching staff"),
    (r"\bchildren\b", "kids"),
    (r"\bensure\b", "make sure"),
    (r"\bwhile\b", "whereas"),
)
_ASIDE = re.compile(
    r" \([^()]{3,80}\)|, (?:which|who|such as|including|for example|for instance)\b[^,.;]{5,90}(?=[,.])"
)
_LEAD = re.compile(
    r"^(In [^,]{3,50}|For [^,]{3,50}|After [^,]{3,50}|During [^,]{3,50}|When [^,]{3,60}), ([a-zA-Z].*?)([.!])$"
)
_LEADS = ("According to the text, ", "In short, ", "The text says that ", "As the authors put it, ")
_FEWEST_WORDS = 6


def change(sentence: str, kind: Disagreement, random: Random) -> str | None:
    """The sentence with one thing of a kind made wrong; None where it has nothing of the kind.

    Args:
        sentence: one sentence of a source.
        kind: what is made wrong.
        random: draws which place is changed, and into what.
    """
    return _CHANGERS[kind](sentence, random)


def rewrite(sentence: str, kind: Rewriting, random: Random) -> str | None:
    """The sentence said a little otherwise, and nothing more said with it; None where that cannot be done.

    Args:
        sentence: one sentence of a source.
        kind: `drop` leaves out an aside; `contraction` writes "isn't"; `lead` puts words before it; `synonym` exchanges up to
            two words; `order` moves the opening to the end; `digits` writes a number the other way.
        random: draws which place is rewritten.
    """
    if len(sentence.split()) < _FEWEST_WORDS:
        return None
    made = _REWRITERS[kind](sentence, random)
    return made if made and made != sentence else None


# --- changes -----------------------------------------------------------------------------------------------------


def _change_number(sentence: str, random: Random) -> str | None:
    matches = list(_NUMBER.finditer(sentence))
    if not matches:
        return None
    match = random.choice(matches)
    return _put(sentence, match, _draw_number(match[0], random))


def _draw_number(written: str, random: Random) -> str:
    """Another number, written in the same manner."""
    if written.casefold() in _VALUES:
        other = random.choice([word for word in _NUMBER_WORDS if word != written.casefold()])
        return other.capitalize() if written[0].isupper() else other
    if "." in written:
        return f"{float(written) * random.choice((0.5, 0.8, 1.3, 2)) + 0.1:.{len(written.partition('.')[2])}f}"
    value = int(written.replace(",", ""))
    if 1500 <= value < 2100 and "," not in written:
        return str(value + random.choice((-12, -3, -1, 1, 2, 7)))
    other_value = random.choice(
        [value + step for step in (-3, -1, 1, 2, 5, value, value * 3 + 1) if value + step > 1] or [7]
    )
    return f"{other_value:,}" if "," in written else str(other_value)


def _change_name(sentence: str, random: Random) -> str | None:
    matches = list(_NAME.finditer(sentence))
    return _put(sentence, random.choice(matches), random.choice(_NAMES)) if matches else None


def _change_negation(sentence: str, random: Random) -> str | None:
    denied = list(_NOT.finditer(sentence))
    if denied:
        match = random.choice(denied)
        return _put(sentence, match, match[1] or "can")
    verbs = [match for match in _VERB.finditer(sentence) if not sentence[match.end() :].startswith("?")]
    if verbs:
        return _put(sentence, verbs[0], f"{verbs[0][1]} not")
    plain = _PLAIN_VERB.search(sentence)
    if plain is None:
        return None
    word = plain[1]
    single = word.endswith("s") and not word.endswith("ss")
    base = re.sub(r"(?<=us)es$|s$", "", word) if single else word
    return _put(sentence, plain, f"{'does' if single else 'do'} not {base}")


def _change_scope(sentence: str, random: Random) -> str | None:
    places = [(match, to) for pattern, to in _SCOPES for match in re.finditer(pattern, sentence)]
    if places:
        match, to = random.choice(places)
        return _put(sentence, match, to)
    plural = re.match(r"([A-Z][a-z]{3,}s) (?=[a-z])", sentence)
    if plural and plural[1].casefold() not in STOP_WORDS and not plural[1].endswith("ss"):
        return f"All {plural[1].lower()} {sentence[plural.end() :]}"
    verb = _VERB.search(sentence)
    return _put(sentence, verb, f"{verb[1]} {random.choice(('always', 'only'))}") if verb else None


def _change_force(sentence: str, random: Random) -> str | None:
    places = [(match, to) for pattern, to in _FORCES for match in re.finditer(pattern, sentence)]
    if places:
        match, to = random.choice(places)
        return _put(sentence, match, to)
    if sentence.endswith("?") or not _VERB.search(sentence):
        return None
    return random.choice(("Research has proved that ", "The study demonstrated that ")) + _lower(sentence)


_CHANGERS: dict[Disagreement, Callable[[str, Random], str | None]] = {
    "number": _change_number,
    "name": _change_name,
    "negation": _change_negation,
    "scope": _change_scope,
    "force": _change_force,
}


# --- rewrites ----------------------------------------------------------------------------------------------------


def _drop_aside(sentence: str, random: Random) -> str | None:
    matches = list(_ASIDE.finditer(sentence))
    if not matches:
        return None
    match = random.choice(matches)
    made = sentence[: match.start()] + sentence[match.end() :].removeprefix(",")
    return made if len(made.split()) >= _FEWEST_WORDS else None


def _contract(sentence: str, random: Random) -> str | None:
    return _apply(sentence, _CONTRACTIONS, random, 1)


def _lead(sentence: str, random: Random) -> str | None:
    return None if sentence.endswith("?") else random.choice(_LEADS) + _lower(sentence)


def _exchange(sentence: str, random: Random) -> str | None:
    return _apply(sentence, _SYNONYMS, random, 2)


def _reorder(sentence: str, _: Random) -> str | None:
    match = _LEAD.match(sentence)
    if match is None:
        return None
    opening = match[1][0].lower() + match[1][1:]
    return f"{match[2][0].upper()}{match[2][1:]} {opening}{match[3]}"


def _write_number(sentence: str, random: Random) -> str | None:
    words = {str(value): word for word, value in _VALUES.items()} | {
        word: str(value) for word, value in _VALUES.items()
    }
    matches = [match for match in _NUMBER.finditer(sentence) if match[0] in words]
    if not matches:
        return None
    match = random.choice(matches)
    return _put(sentence, match, words[match[0]])


_REWRITERS: dict[Rewriting, Callable[[str, Random], str | None]] = {
    "drop": _drop_aside,
    "contraction": _contract,
    "lead": _lead,
    "synonym": _exchange,
    "order": _reorder,
    "digits": _write_number,
}


def _apply(sentence: str, rules: tuple[tuple[str, str], ...], random: Random, most: int) -> str | None:
    fitting = [(pattern, to) for pattern, to in rules if re.search(pattern, sentence)]
    for pattern, to in random.sample(fitting, min(most, len(fitting))):
        sentence = re.sub(pattern, to, sentence, count=1)
    return sentence if fitting else None


def _put(sentence: str, match: re.Match[str], words: str) -> str:
    return sentence[: match.start()] + words + sentence[match.end() :]


def _lower(sentence: str) -> str:
    """The sentence as it goes on behind other words: small, unless a name opens it."""
    first = re.match(r"[A-Z][a-z]*", sentence)
    small = first is not None and first[0].casefold() in STOP_WORDS | {
        "the",
        "many",
        "most",
        "several",
        "schools",
        "teachers",
    }
    return sentence[0].lower() + sentence[1:] if small and sentence[:2] != "I " else sentence
