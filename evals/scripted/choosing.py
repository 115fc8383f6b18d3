"""Chooses what a scripted model speaks of: a request in; sentences of its passages, and words to quote from them, out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from coach.lexical import find_words
from coach.stemming import stem_words
from evals.scripted.paraphrase import tidy
from evals.scripted.reading import Asked, Offered

_LEANS = re.compile(
    r"^(?:[•*–-]\s*)?(?:these|those|this|they|them|their|its?|he|she|such|both"
    r"|for (?:example|instance)|the (?:first|second|third|latter|former|other))\b",
    re.I,
)
_HEADED = re.compile(r"^(?:[A-Z][\w-]+ ){2,}(?:The|This|These|Each|A|An|In|We)\b")
# What stands for a person who is not named: no model can say anything of them that may be shown.
_MARK = re.compile(r"\[[a-z]+\]")
_BULLET = re.compile(r"[^\w“\"$]")
_SHORTEST, _LONGEST = 6, 60
_FOLDED = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of a passage that answers, as it stands there."""

    passage: Offered
    sentence: str
    place: int
    """Which sentence of its passage it is."""


def choose_sentences(asked: Asked, random: Random) -> list[Chosen]:
    """Sentences that share a word with the question and can stand alone, the nearest first; luck decides among equals."""
    found = {
        sentence: Chosen(passage, sentence, place)
        for passage in reversed(asked.passages)
        for place, sentence in enumerate(passage.sentences)
        if is_sayable(sentence)
    }
    stems = {sentence: stem_words(sentence) for sentence in found}
    common = Counter(word for words in stems.values() for word in words)
    wanted = stem_words(asked.question)
    scores = {
        sentence: sum(1 / common[word] ** 0.5 for word in wanted & words) + 0.2 * random.random()
        for sentence, words in stems.items()
        if wanted & words
    }
    best = max(scores.values(), default=0.0)
    return [found[one] for one in sorted(scores, key=lambda one: -scores[one]) if scores[one] >= 0.25 * best]


def is_sayable(sentence: str) -> bool:
    """Whether it is a whole sentence that claims something without the one before it, and without a heading in front."""
    plain = tidy(sentence)
    words = plain.split()
    whole = bool(re.search(r"[.!][”\"’)]?\d{0,2}$", sentence)) and plain[:1] in '“"' + plain[:1].upper()
    if _MARK.search(plain) or _BULLET.match(plain):
        return False
    return _SHORTEST <= len(words) <= _LONGEST and whole and not _LEANS.match(plain) and not _HEADED.match(plain)


def pick_quote(sentence: str, random: Random, share: float = 0.6) -> str:
    """Words of a sentence in a row, letter by letter: all of them, or at least a share of them, and eight."""
    spans = [match.span() for match in re.finditer(r"\S+", sentence)]
    if len(spans) <= 12 or random.random() < 0.5:
        first, last = 0, len(spans) - 1
    else:
        length = random.randint(min(max(8, int(share * len(spans))), len(spans)), len(spans))
        first = random.randint(0, len(spans) - length)
        last = first + length - 1
    words = sentence[spans[first][0] : spans[last][1]]
    return " ".join(re.sub(r"(?<=[a-z.,”])\d{1,2}$", "", words).split())


def fold(text: str) -> str:
    """A text as a patient reader compares it: small letters, one space, plain marks."""
    return " ".join(text.translate(_FOLDED).lower().split())


def find_nearest(passages: Sequence[Offered], claim: str) -> Chosen | None:
    """The sentence that shares most words with a claim, for its length."""
    words = set(find_words(claim))
    best: tuple[float, Chosen] | None = None
    for passage in passages:
        for place, sentence in enumerate(passage.sentences):
            own = set(find_words(sentence))
            share = len(words & own) / (len(words | own) ** 0.5 or 1)
            if len(sentence.split()) >= 4 and (best is None or share > best[0]):
                best = share, Chosen(passage, sentence, place)
    return best[1] if best is not None else None
