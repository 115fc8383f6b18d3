"""Items that an answer lists, and which of them are meant: texts in, the items, their noun, and the picked ones out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coach.asking import read_number
from coach.lexical import STOP_WORDS, list_words
from coach.mentions import find_content_stems, find_items
from coach.stemming import stem

ORDINALS = {
    word: place
    for place, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th", "eighth 8th")
    )
    for word in words.split()
} | {"last": -1}
_NAMES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
FILLERS = frozenset("one ones two three four five please ok okay now yes others rest remaining and".split())  # noqa: SIM905
ORDINAL = re.compile(rf"\b(?:the )?({'|'.join(ORDINALS)})(?: (?:study )?([a-z]{{3,}}))?\b", re.I)
OTHERS = re.compile(
    r"\bthe (?:other|remaining)(?: (?:one|two|three|four|five|\d))?(?: (?:study )?([a-z]{3,}))?\b|\bthe (?:others|rest)\b",
    re.I,
)
# "What strands did the study have", "list the five forms", "sets of themes: how many": a plural is asked for.
_NO_NOUN = (
    r"(?:do|does|did|is|are|was|were|can|could|should|would|will|may|might|has|have|had|this|these|those|that|they|it|i|we|you"
    r"|my|our|your|a|an|if|to)\b"
)
_ASKED_FOR = re.compile(
    r"^(?:(?:and|so|but|ok|okay)[, ]+)*(?:in |from |at |with |by |for )?(?:(?:can you |could you |please )*"
    r"(?:list|name|give|tell)(?: me| us)?|what(?: are| were)?"
    rf"|which|how many)(?: of)?(?: the)?((?: (?!{_NO_NOUN})[a-z][\w-]*){{0,3}}? [a-z-]+s)(?: of ([a-z-]+))?\b",
    re.I,
)
_COUNTED = re.compile(r"^([a-z-]+s)(?: of ([a-z-]+))?[:,]? (?:how many|which)\b", re.I)
_NO_PLURALS = frozenset("is was does has this its us as his always others towards across".split())  # noqa: SIM905
_IN_ORDER = re.compile(r"\bThe (first|second|third|fourth|fifth) ([^.]+)\.")
_QUESTIONS = re.compile(r"(?:\b(?:What|Who|How|Which|When|Where|Why|To what|Do|Does|Is|Are)\b[^.?!]{8,200}\?\s*){2,}")
_VERB_FIRST = re.compile(r"^(?:\w+ed|is|are|was|were|involves|covers|looks at)\s+(?=\w)")
_ITEM_END = re.compile(
    r",| and the | to (?!the\b)\w+| in (?:support|order)\b| that | which | who | whose | within | across | so that ",
    re.I,
)
_FEWEST_WORDS, _MOST_WORDS = 3, 12
_INTRODUCED_WITHIN = 250  # characters before a list


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that was asked for, and what was picked of it."""

    items: tuple[str, ...]
    noun: str = ""
    """What each item is, one of them: "strand"."""
    picked: tuple[int, ...] = ()

    @property
    def one(self) -> str:
        """The one item that was picked, named by its place, its noun and its words; empty where several or none are."""
        if len(self.picked) != 1 or self.picked[0] >= len(_NAMES):
            return ""
        return f"{self.name_place()}: {shorten(self.items[self.picked[0]])}"

    def name_place(self) -> str:
        """The one that was picked, without its words: "the third strand"."""
        return " ".join(filter(None, ("the", _NAMES[self.picked[0]], self.noun)))

    def write(self) -> str:
        """The items that were picked."""
        return "; ".join(shorten(self.items[place]) for place in self.picked)


def find_asked_for(question: str) -> str:
    """The plural that a question asks for, with an "of" behind it: "strands", "sets of themes"; empty where it asks for none."""
    plain = question.strip()
    match = _ASKED_FOR.match(plain) or _COUNTED.match(plain)
    if match is None:
        return ""
    noun = match.group(1).split()[-1].casefold()
    if noun in _NO_PLURALS | STOP_WORDS or noun.endswith(("ss", "us", "is")):
        return ""
    return f"{noun} of {match.group(2).casefold()}" if match.group(2) else noun


def make_singular(noun: str) -> str:
    """One of them: "strand" for "strands", "set of themes" for "sets of themes"."""
    head, link, rest = noun.partition(" of ")
    if head.endswith("ies"):
        head = head[:-3] + "y"
    elif head.endswith("s") and not head.endswith("ss"):
        head = head[:-1]
    return head + link + rest


def list_items(text: str) -> tuple[str, ...]:
    """The items of a text's list: of its bullets, else of sentences that begin with the first, the second and so on."""
    return find_items(text) or next((items for _, items in _find_ordered(text)), ())


def list_items_of(noun: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The items of the first list in some texts that the words before it call by a noun; none where none is called so."""
    wanted = find_content_stems(noun)
    if not wanted:
        return ()
    for text in texts:
        for intro, items in (*_find_bullets(text), *_find_ordered(text), *_find_questions(text)):
            if wanted <= find_content_stems(intro):
                return items
    return ()


def _find_bullets(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    items = find_items(text)
    if items:
        yield text[max(0, text.find(items[0]) - _INTRODUCED_WITHIN) : text.find(items[0])], items


def _find_questions(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Questions that stand side by side are a list of questions."""
    for match in _QUESTIONS.finditer(" ".join(text.split())):
        items = tuple(one.strip() for one in re.findall(r"[^?]+\?", match.group()))
        yield "questions", items


def _find_ordered(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    plain = " ".join(text.split())
    found: list[str] = []
    intro = ""
    for match in _IN_ORDER.finditer(plain):
        if match.group(1) == "first":
            found, intro = [], plain[max(0, match.start() - _INTRODUCED_WITHIN) : match.start()]
        if match.group(1) == _NAMES[len(found)]:
            found.append(_VERB_FIRST.sub("", match.group(2)))
    if len(found) > 1:
        yield intro, tuple(found)


def may_be_of(noun: str, items: Sequence[str], text: str) -> bool:
    """Whether a list can be of what a noun calls: the text says so beside the items, or does not hold the word at all."""
    head = find_content_stems(noun.split(" ")[0])
    return (
        not head
        or not head & find_content_stems(text)
        or any(head & find_content_stems(_take_line(one, text)) for one in items)
    )


def _take_line(item: str, text: str) -> str:
    """The line of a text in which an item stands."""
    start = text.find(item)
    end = text.find("\n", start)
    return text[max(start, 0) : end if end > 0 else len(text)]


def read_noun(match: re.Match[str]) -> str:
    """The noun behind an ordinal or "the other"; empty where there is none."""
    noun = (match.groups()[-1] or "").casefold()
    return "" if noun in FILLERS or noun in STOP_WORDS or read_number(noun) is not None else noun


def pick_one(listing: Listing, ordinal: str) -> Listing | None:
    """The list with the item at a place picked; None where it has no such item."""
    place, count = ORDINALS[ordinal.casefold()], len(listing.items)
    return replace(listing, picked=(place % count,)) if count and -count <= place < count else None


def pick_others(listing: Listing, asked: str) -> Listing | None:
    """The list with all items but the one spoken of picked: the one picked before, or the one most like what was asked."""
    spoken_of = listing.picked
    if len(spoken_of) != 1:
        stems = find_content_stems(asked)
        shared = [len(stems & find_content_stems(item)) for item in listing.items]
        if max(shared, default=0) == 0:
            return None
        spoken_of = (shared.index(max(shared)),)
    return replace(listing, picked=tuple(place for place in range(len(listing.items)) if place not in spoken_of))


def is_of_kind(listing: Listing, noun: str) -> bool:
    """Whether a list's items are what a noun calls them; true of either without a noun."""
    if not noun or not listing.noun:
        return True
    return stem(make_singular(noun).split()[0]) == stem(listing.noun.split()[0])


def shorten(item: str) -> str:
    """An item as it goes on behind a colon."""
    plain = item.rstrip(".;: ")
    bare = _ITEM_END.split(plain)[0]
    text = " ".join((bare if len(bare.split()) >= _FEWEST_WORDS else plain).split()[:_MOST_WORDS])
    first = list_words(text)[:1]
    return text[:1].lower() + text[1:] if first and first[0] in STOP_WORDS else text
