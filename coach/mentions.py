"""What a text names, found without a grammar: a sentence in, its phrases out, each with its head and its number. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from coach.lexical import STOP_WORDS, list_words
from coach.stemming import stem

_TOKEN = re.compile(r"[^\W_]+(?:[’'.&-][^\W_]+)*|[^\w\s]")
_ABSTRACT = re.compile(r"(?:ship|tion|sion|ment|ness|ity|ism|ise|ing|ance|ence|ure)$")
_BULLET = re.compile(r"^[ \t]*(?:[•▪◦‣*–-]|\(?\d{1,2}[.)])[ \t]+(\S.*)$", re.M)
_FIRST_SENTENCE = re.compile(r"^(.+?)(?:(?<=\w)[.;](?:\s|\d|$)|$)")

# Words that carry meaning and are no part of a name for a thing: verbs of talk and of happening, adverbs, measures.
_NO_NOUNS = frozenset(
    """ago already also anything became become been began begin besides called came caused come comes compare compared done
    else ended enough
    avoid avoids meet meets even ever everything exactly explain find found gave get gets getting give given go goes going
    gone got
    happen happened happens help helped i interesting involve involved know known later like look looked looking made make
    makes many may maybe mean meant mention mentioned might much must need needed often okay ok yes one ones other others
    rather really received said see seem seen shall since still stuck such take taken takes talk think told took try tried used
    well want wanted went whether within without would yet there's what's who's that's it's don't didn't doesn't isn't
    wasn't aren't
    two three four five six seven eight nine ten along always again ever never soon
    thank thanks hi hello sorry wow fine please now""".split()  # noqa: SIM905 - a hundred quoted words would be a page long
)
_EMPTY_NOUNS = frozenset(
    """article articles aspect aspects bit change day days detail details difference differences example examples fact facts
    idea ideas information item items kind kinds list lot name names number part parts people person place point question reason
    role sort sorts something text thing things time times type types way ways year years""".split()  # noqa: SIM905
)
_AUXILIARIES = frozenset("do does did can could should would will shall may might must has have had".split())  # noqa: SIM905
_BEING = frozenset("is are was were be been being".split())  # noqa: SIM905
_PRONOUNS = frozenset("i you he she it we they this that these those there".split())  # noqa: SIM905
_LINKS = frozenset("of the de van von al del la le".split())  # noqa: SIM905
_ARTICLES = frozenset("the this that these those a an my our your its their his her any some".split())  # noqa: SIM905
_DEGREES = frozenset("more most less least very so too how as".split())  # noqa: SIM905
_BESIDE = frozenset("in at from to of outside on near within by during".split())  # noqa: SIM905
_BINDING = frozenset("of on for about that which who".split())  # noqa: SIM905
_YES_NO_BEFORE = frozenset("how why when where".split())  # noqa: SIM905
# Verbs between a question's subject and its object: "does the study *define* leadership".
BASE_VERBS = frozenset(
    """add affect agree appear argue ask assume become begin belong bring build buy call cause change choose claim collect
    come compare concern connect consider cost count create cover deal decide define depend describe develop differ discuss
    draw earn emphasize encourage end examine expect explain face fall feel fit focus follow form gain get give go grow
    happen hold improve include increase investigate involve join keep know last lead leave limit live look lose manage
    mean measure mention move need offer organize own pay play prevent propose protect provide put raise read receive
    recommend reduce refer rely report require rest run say see sell send serve show sign speak spend start state stay
    stop study suggest support take talk teach treat try turn use visit want win work write""".split()  # noqa: SIM905
)
_SHORTENED = re.compile(r"(?:i|you|he|she|it|we|they|that|there)'(?:m|s|re|ve|d|ll)$")
_LONGEST = 7


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a text that name something."""

    text: str
    """As written, without its article."""
    start: int
    end: int
    named: bool
    """Whether it is a proper name, written with capitals."""
    definite: bool
    """Whether an article or a possessive says that it is known."""
    new: bool = False
    """Whether "a" or "an" says that it is spoken of for the first time."""
    beside: bool = False
    """Whether it only says where or of what: it stands behind "in", "of" or the like."""
    bound: bool = False
    """Whether an "of" or the like behind it says which it is."""

    @property
    def head(self) -> str:
        """The stem of the last word, or of the last before an "of"."""
        words = list_words(self.text.split(" of ")[0])
        return stem(words[-1]) if words else ""

    @property
    def head_word(self) -> str:
        """The last word, or the last before an "of", lower case."""
        return self.text.split(" of ")[0].split()[-1].casefold()

    @property
    def is_plural(self) -> bool:
        """Whether the head's form is that of several."""
        last = self.text.split(" of ")[0].casefold()
        return last.endswith("s") and not last.endswith(("ss", "us", "is", "ics", "’s", "'s")) and not self.named

    @property
    def is_abstract(self) -> bool:
        """Whether its form is that of an idea or a doing, of which nobody says "they"."""
        return bool(_ABSTRACT.search(self.text.split(" of ")[0].casefold())) and not self.named

    @property
    def is_pure_name(self) -> bool:
        """Whether every word but the small ones is written with a capital."""
        words = [word for word in self.text.split() if word.casefold() not in _LINKS]
        return self.named and all(word[:1].isupper() or word[:1].isdecimal() for word in words)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing by itself, as "thing" does."""
        return all(word in _EMPTY_NOUNS or word.isdecimal() for word in list_words(self.text))


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.casefold().replace("’", "'")

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper() and self.text != "I"

    @property
    def is_word(self) -> bool:
        return self.text[:1].isalnum()


def find_content(text: str) -> tuple[str, ...]:
    """The words of a text that carry meaning, lower case, each once; none where none does."""
    plain = fold_marks(re.sub(r"[’']s\b", " ", text))
    return tuple(dict.fromkeys(word for word in list_words(plain) if word not in STOP_WORDS and len(word) > 1))


def fold_marks(text: str) -> str:
    """A text without the marks on its letters, each letter in its place."""
    return "".join(unicodedata.normalize("NFD", sign)[0] for sign in text)


def find_content_stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(stem(word) for word in find_content(text))


def find_phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of a sentence or a few, in order; those that say nothing by themselves are left out."""
    tokens = [_Token(match.group(), *match.span()) for match in _TOKEN.finditer(text)]
    phrases = (_make_phrase(text, tokens, *run) for run in _find_runs(tokens))
    return tuple(phrase for phrase in phrases if phrase is not None and not phrase.is_empty)


def find_items(text: str) -> tuple[str, ...]:
    """The items of a text's list, each its first sentence; none where it holds no list of two or more."""
    found = [_FIRST_SENTENCE.match(match.group(1).strip()) for match in _BULLET.finditer(text)]
    items = tuple(match.group(1).strip() for match in found if match)
    return items if len(items) > 1 else ()


def _find_runs(tokens: list[_Token]) -> Iterator[tuple[int, int]]:
    """First and last place of each stretch of words that may name something."""
    start = 0
    while start < len(tokens):
        if not _names(tokens[start]):
            start += 1
            continue
        end = start + 1
        while end < len(tokens) and (_names(tokens[end]) or _links(tokens, end)):
            end += 1
        yield from _split_at_verbs(tokens, start, end)
        start = end


def _split_at_verbs(tokens: list[_Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The verb of a question stands behind its subject; of names with capitals, it is the small word in -ed."""
    asked = any(token.lower in _AUXILIARIES for token in tokens[max(start - 2, 0) : start])
    verb = next((place for place in range(start + 1, end - 1) if tokens[place].lower in BASE_VERBS), None)
    if asked and verb is not None:
        yield start, verb
        yield verb + 1, end
        return
    for place in range(start, end):
        small = not tokens[place].is_capital and tokens[place].lower.endswith("ed")
        if small and any(token.is_capital for token in tokens[start:place]):
            yield start, place
            if place + 1 < end:
                yield from _split_at_verbs(tokens, place + 1, end)
            return
    capitals = [place for place in range(start, end) if tokens[place].is_capital]
    if len(capitals) > 1 and capitals[0] == start and end - capitals[-1] > 2:
        end = capitals[-1] + 1
    yield start, end


def _names(token: _Token) -> bool:
    word = token.lower
    if not token.is_word or word.endswith("n't") or _SHORTENED.match(word):
        return False
    return word not in STOP_WORDS and word not in _NO_NOUNS and word not in _AUXILIARIES


def _links(tokens: list[_Token], place: int) -> bool:
    """Whether a small word stands inside a name: "University of Washington", "the mls all star game"."""
    if tokens[place].lower == "all":
        return place + 1 < len(tokens) and _names(tokens[place + 1])
    if tokens[place].lower not in _LINKS or not (tokens[place - 1].is_capital or tokens[place - 1].lower in _LINKS):
        return False
    after = place + 1
    while after < len(tokens) and tokens[after].lower in _LINKS:
        after += 1
    return after < len(tokens) and tokens[after].is_capital and _names(tokens[after])


def _make_phrase(text: str, tokens: list[_Token], start: int, end: int) -> Phrase | None:
    start, end = _leave_out_verbs(tokens, start, end)
    if start >= end:
        return None
    if end - start > _LONGEST:
        end = start + _LONGEST
    words = tokens[start:end]
    begins = start == 0 or tokens[start - 1].text in '.?!:"“'
    capitals = [token for token in words if token.is_capital]
    named = bool(capitals) and (len(capitals) > 1 or not (begins and words[0] is capitals[0]))
    if begins and len(words) == 1 and words[0].text.isupper() and len(words[0].text) > 1:
        named = True
    before = tokens[start - 1].lower if start else ""
    definite = before in _ARTICLES and before not in ("a", "an", "any", "some")
    place = words[0].start, words[-1].end
    if len(words) == 1 and (before in _DEGREES or (words[0].lower.endswith(("ed", "ly")) and before not in _ARTICLES)):
        return None  # "more convenient" and "it ended" name nothing
    bound = end < len(tokens) and tokens[end].lower in _BINDING
    opened = before if before not in _ARTICLES else (tokens[start - 2].lower if start > 1 else "")
    return Phrase(text[slice(*place)], *place, named, definite, before in ("a", "an"), opened in _BESIDE, bound)


def _leave_out_verbs(tokens: list[_Token], start: int, end: int) -> tuple[int, int]:
    """The order of a question tells its verb: "did they *win* a cup", "does the strand *cover*", "who *wrote* it"."""
    before = [token.lower for token in tokens[max(start - 3, 0) : start]]
    small = not tokens[start].is_capital
    if before and before[-1] in ("who", "to", *_AUXILIARIES) and end - start == 1 and small:
        return start, end if before[-1] in _AUXILIARIES else start
    if before and before[-1] in ("who", "to") and small:
        return start + 1, end
    if len(before) > 1 and before[-1] in _PRONOUNS and before[-2] in _AUXILIARIES and small:
        return start + 1, end
    last = tokens[end - 1]
    follows_verb = end < len(tokens) and tokens[end].lower in _NO_NOUNS | _AUXILIARIES
    subject = any(word in _AUXILIARIES for word in before[-2:]) and before[-1] not in _PRONOUNS
    inner = end < len(tokens) and tokens[end - 1].lower not in BASE_VERBS and tokens[end].lower in BASE_VERBS
    subject = subject and not inner and not follows_verb and not re.search(r"[^s]s$", last.lower)
    if subject and end - start > 1 and not last.is_capital:
        return start, end - 1
    if end - start > 1 and not last.is_capital and _is_predicate(tokens, start, before, last):
        return start, end - 1
    return start, end


def _is_predicate(tokens: list[_Token], start: int, before: list[str], last: _Token) -> bool:
    """Whether the last word of a stretch is what is asked about the rest: "is planning *expensive*", "are they *held*"."""
    place = next((place for place in range(start - 1, max(start - 3, -1), -1) if tokens[place].lower in _BEING), None)
    if place is None or any(word in _PRONOUNS for word in before[-1:]):
        return False
    asked = tokens[place - 1].lower if place else ""
    opens = asked in ("", "?", ".", ",", "and", "so", "but") or asked in _YES_NO_BEFORE
    return opens or last.lower.endswith("ed")
