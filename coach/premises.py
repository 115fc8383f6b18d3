"""Compares what a question takes for given, or asks for by number, with what was found: question and sentences -> a gap. Pure.

These are things that no likeness of words can tell: that five are asked for and no five are named, that things are spoken
of but never counted, that a picture is asked about of which only the caption is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coach.asking import Asked, Kind, read_number, read_question
from coach.lexical import STOP_WORDS
from coach.records import Remark
from coach.stemming import stem, stem_words

Passages = Sequence[Sequence[str]]
"""The sentences of each passage that was found."""

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_LED_IN_WITHIN = 6  # words
_REACH = 5
"""Words between a number and the thing that it counts: "seven moderate- to large-sized urban districts"."""
# Only what is spoken of as known is taken for given: "the 15 districts", not "two teachers of mine".
_GIVEN = re.compile(r"\b(?:of the|these|those|all|all the)\s+((?:\w+\W+){1,4})", re.I)
_PARTIAL_COUNT = re.compile(r"\b(?:each|every|per|other|another|first|second|last|selected|additional|more)\b", re.I)
_LIST_ITEM = re.compile(r"\s*(?:[•‣▪*–-]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_ITEM = re.compile(r"[,;]\s")
_LAST_ITEM = re.compile(r"[,;][^,;]*\b(?:and|or)\b[^,;]*$")
_LISTING = re.compile(r":\s|\s[—–-]\s|—|\b(?:includ(?:e|es|ing)|such as|namely|consists? of|are|were)\b")
# Words by which a text tells people what to do.
_TELLS_HOW = re.compile(
    r"\b(?:should|must|ought to|needs? to|have to|has to|make sure|be sure|it helps to|one way|step (?:\d|one"
    r"|two)|for example, (?:you|ask)"
    r"|(?:you|teachers?|leaders?|principals?|coaches|schools) (?:can|could|might|may want to))\b"
    r"|^(?:[•‣▪*–-]\s*|\d{1,2}[.)]\s*)?(?:ask|use|start|begin|give|plan|make|try|keep|set|build|avoid|consider"
    r"|encourage|check|model"
    r"|explain|choose|write|share|invite|listen|visit|agree|name|bring|take|let|look for|think about|discuss"
    r"|identify|practi[sc]e|review"
    r"|focus on|break|provide|remind|praise|observe|decide|tell|show)\b",
    re.I,
)
_ASKS_NAMED = re.compile(
    r"\b(?:do|does|did) (?:they|it|(?:the|these|this|both) [a-z]+) (?:list|name|enumerate) (?:the |a |an |any |all |their )*"
    r"(?P<thing>[a-z-]{3,})",
    re.I,
)
_KINDS = frozenset({"kinds", "types", "forms", "sorts", "examples", "ways", "parts", "elements"})
_FIGURE = re.compile(r"\b(?:figure|fig\.?|chart|diagram|graph)\s*(\d{1,3})\b", re.I)
_EXACT = re.compile(r"\b(?:exact|exactly|precise|precisely)\b", re.I)
_COUNTING = re.compile(
    r"\bhow many\b|\b(?:exact|precise|total) number of\b|^(?:what (?:is|was) the )?number of\b", re.I
)
# A number, but not a footnote's behind a full stop.
_NUMBER = re.compile(
    r"(?<![.\w])\d[\d.,]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|twenty)\b",
    re.I,
)
_VAGUE = re.compile(r"\b(?:hundreds?|thousands?|dozens?|scores|several|many|numerous|few|most|all|half)\b", re.I)

# Words of a question that speak of the documents and not of the thing, by their stems.
_OF_TEXTS = frozenset(
    stem(word)
    for word in (  # noqa: SIM905 - a list that is read
        "text texts document documents report study entry paper page article source sources author authors encyclopedia "
        "actually really say says said see view treat talk mention mentions mentioned anywhere tell think describe"
    ).split()
)
_MOST_NAMED = 2
_SIDE_BY_SIDE = re.compile(r"\b(?:and|or)\b", re.I)
_GOES_ON = re.compile(r"(?:This|These|It|They|Such)\b")


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things: 15 districts."""

    number: int
    thing: str
    """Its stem."""
    words: str
    """As they are written."""


def find_counts(text: str) -> tuple[Count, ...]:
    """Every number with each of the few words after it that it may count."""
    words = _WORD.findall(text)
    counts: list[Count] = []
    for place, word in enumerate(words):
        number = read_number(word)
        if number is None or number < 2 or 1500 <= number < 2200:
            continue
        for thing in words[place + 1 : place + 1 + _REACH]:
            if read_number(thing) is not None or (thing in STOP_WORDS and thing != "to"):
                break
            if thing.casefold().endswith("s"):
                counts.append(Count(number, stem(thing.casefold()), f"{word} {thing}"))
    return tuple(counts)


def find_contradiction(question: str, sentences: Sequence[str]) -> tuple[Count, int] | None:
    """A count that the question takes for given and the sentences give otherwise, with the sentence that says so.

    None where a sentence gives the question's own count, or none counts the thing.
    """
    if _PARTIAL_COUNT.search(question):
        return None
    asked = [count for match in _GIVEN.finditer(f"{question} ") for count in find_counts(match.group(1))[:2]]
    said = [
        (count, index)
        for index, sentence in enumerate(sentences)
        if not _PARTIAL_COUNT.search(sentence)
        for count in find_counts(sentence)
    ]
    for count in asked:
        same_thing = [(other, index) for other, index in said if other.thing == count.thing]
        if same_thing and all(other.number != count.number for other, _ in same_thing):
            return count, same_thing[0][1]
    return None


def find_gap(question: str, asked: Asked, passages: Passages) -> Remark | None:
    """What is asked for and cannot be in the answer, for all that the passages are near; None where nothing shows it."""
    figure = _FIGURE.search(question)
    if figure is not None and any(figure.group().strip().casefold() in text.casefold() for text in _chain(passages)):
        return Remark("figure", (("thing", figure.group().strip()),))
    if asked.focus and _lacks_list(asked, passages):
        return Remark("list", (("thing", f"{write_count(asked.count)} {asked.focus[0]}"),))
    named = _ASKS_NAMED.search(question)
    if named is not None and _lacks_named(named.group("thing"), question[named.end() :], passages):
        return Remark("list", (("thing", named.group("thing")),))
    if asked.focus and _lacks_count(question, asked, passages):
        return Remark("count", (("thing", asked.focus[0]),))
    if asked.kind is Kind.PRACTICE and not any(_TELLS_HOW.search(sentence) for sentence in _chain(passages)):
        return Remark("practice")
    return None


def _lacks_list(asked: Asked, passages: Passages) -> bool:
    """Whether so many things are asked for by their number, and nothing found speaks of that many or lists them."""
    if asked.count is None or asked.kind is Kind.NUMBER:
        return False
    focus = frozenset(stem(word) for word in asked.focus)
    return not any(
        any(count.number == asked.count for count in find_counts(sentence))
        or (focus and _count_listed(sentence, focus) >= asked.count)
        or _count_run(sentences, place) >= asked.count
        for sentences in passages
        for place, sentence in enumerate(sentences)
    )


def _lacks_named(thing: str, behind: str, passages: Passages) -> bool:
    """Whether no sentence that holds a thing names several of it, or a single one where that is asked for.

    Of a thing that says nothing alone, as "kinds", the words behind it tell what it is of.
    """
    wanted = frozenset(stem_words(behind)) if thing.casefold() in _KINDS else frozenset({stem(thing.casefold())})
    holding = [sentence for sentence in _chain(passages) if wanted <= stem_words(sentence)]
    if not thing.casefold().endswith("s"):
        return not holding
    return not any(_lists_of(sentence, wanted) for sentence in holding)


def _lists_of(sentence: str, wanted: frozenset[str]) -> bool:
    """Whether a sentence goes on from all of some words to several things."""
    return any(
        wanted <= stem_words(" ".join(sentence[: match.start()].split()[-_LED_IN_WITHIN:]))
        and len(_ITEM.findall(sentence[match.end() :])) > 1
        for match in _LISTING.finditer(sentence)
    )


def _count_listed(sentence: str, focus: frozenset[str]) -> int:
    """How many things a sentence lists of the kind that is wanted: "practices: a, b and c", "practices such as a"."""
    for match in _LISTING.finditer(sentence):
        before = stem_words(" ".join(sentence[: match.start()].split()[-6:]))
        if focus & before:
            return len(_ITEM.findall(sentence[match.end() :])) + 1
    return 0


def _lacks_count(question: str, asked: Asked, passages: Passages) -> bool:
    """Whether a number of things is asked for that the passages speak of and never count."""
    if not _COUNTING.search(question):
        return False
    thing = stem(asked.focus[0])
    speaking = [sentence for sentence in _chain(passages) if thing in stem_words(sentence)]
    counted = any(_NUMBER.search(sentence) for sentence in speaking)
    roughly = any(_VAGUE.search(sentence) for sentence in speaking) and not _EXACT.search(question)
    return bool(speaking) and not counted and not roughly


def _chain(passages: Passages) -> Iterable[str]:
    return (sentence for sentences in passages for sentence in sentences)


def _count_run(sentences: Sequence[str], place: int) -> int:
    """How many list items or questions follow each other from here."""
    run = 0
    for sentence in sentences[place:]:
        if not (_LIST_ITEM.match(sentence) or sentence.endswith("?")):
            break
        run += 1
    return run


def find_mentions(question: str, texts: Sequence[str]) -> frozenset[int]:
    """Which sentences name the thing of which it is asked what the documents say; none where it takes many words.

    "What do these texts say about families" is answered by every sentence that speaks of families, however little it is
    like the question.
    """
    asked = read_question(question)
    if asked.kind is not Kind.VIEW:
        return frozenset()
    thing = {stem(word) for word in asked.words} - _OF_TEXTS
    if not 1 <= len(thing) <= _MOST_NAMED:
        return frozenset()
    held = [len(thing & stem_words(text)) for text in texts]
    # Of two things side by side one is something; of "staff wellness" staff is nothing.
    least = 1 if _SIDE_BY_SIDE.search(question) else len(thing)
    most = max(held, default=0)
    return frozenset(index for index, own in enumerate(held) if own == most >= least)


def find_run(asked: Asked, sentences: Sequence[str]) -> tuple[range, ...]:
    """Where a passage lists as many things as are asked for, led in by their number; empty where it does not.

    One range for each item, with the sentences that belong to it. Nothing shows where the last one ends: what stands for
    it ("This strand ...") goes on with it, up to the length of the longest other.
    """
    if not asked.focus or (asked.count is None and asked.kind is not Kind.LIST):
        return ()
    for place, sentence in enumerate(sentences[:-1]):
        if not sentence.endswith(":"):
            continue
        numbers = {count.number for count in find_counts(sentence)}
        if asked.count is None and stem(asked.focus[0]) not in stem_words(sentence):
            continue
        starts = []
        for later in range(place + 1, len(sentences)):
            if _LIST_ITEM.match(sentences[later]):
                starts.append(later)
            elif not starts:
                break
        # Who asks without a number is shown the list that is as long as the text says.
        if len(starts) in numbers and asked.count in (None, len(starts)):
            ends = [*starts[1:], _find_last_end(sentences, starts)]
            return tuple(range(start, end) for start, end in zip(starts, ends, strict=True))
    return ()


def _find_last_end(sentences: Sequence[str], starts: Sequence[int]) -> int:
    longest = max((after - before for before, after in pairwise(starts)), default=1)
    end = starts[-1] + 1
    while end < min(len(sentences), starts[-1] + longest) and _GOES_ON.match(sentences[end]):
        end += 1
    return end


def write_count(count: int | None) -> str:
    """A count as a sentence writes it; nothing for none."""
    words = "two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    return "" if count is None else words[count - 2] if 2 <= count <= 12 else str(count)


def lists_items(sentence: str, fewest: int = 3) -> bool:
    """Whether a sentence names at least so many things side by side."""
    return _count_items(sentence) >= fewest


def _count_items(sentence: str) -> int:
    """Things that commas or semicolons part, the last led in by "and" or "or"; 1 where it is no enumeration."""
    longest = 1
    for part in re.split(r"[.:—–]", sentence):
        items = len(_ITEM.findall(part)) + 1
        if items > 2 and _LAST_ITEM.search(part):
            longest = max(longest, items)
    return longest
