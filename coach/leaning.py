"""What in a question stands for something said before it: a question in, its pronouns and other signs out. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from coach.lexical import STOP_WORDS
from coach.mentions import BASE_VERBS, Phrase, find_content, find_phrases
from coach.stemming import stem


class Stands(StrEnum):
    """What a pronoun can stand for."""

    PERSON = "person"
    MANY = "many"
    ONE = "one"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A word that stands for something said before, at these places of the question."""

    text: str
    start: int
    end: int
    stands: Stands
    possessive: bool = False
    noun: str = ""
    """What it says of the thing itself: "strand" in "this strand"."""


_PERSON = frozenset("he she him his her hers".split())  # noqa: SIM905 - as the lists below
_MANY = frozenset("they them their theirs these those".split())  # noqa: SIM905
_POSSESSIVE = frozenset("his their its".split())  # noqa: SIM905
_PRONOUN = re.compile(
    r"\b(?:he|she|him|his|hers?|they|them|theirs?|its?|this|that|these|those|there)\b(?:[’'](?:s|re|d|ll|ve))?", re.I
)
# "It is important to", "does it take": it stands for nothing.
_JUDGED = (
    r"(?:important|possible|necessary|true|okay|ok|fine|clear|likely|normal|legal|easier|easy|hard|better|best|worth"
    r"|time|mean|means|matter|matters|takes?(?! (?:place|part|off|over)\b)|rain\w*)"
)
_EMPTY_IT = re.compile(
    rf"\bit(?:[’']?s| is| was| be)? (?:more |\w+ly |very |so )?{_JUDGED}\b(?! (?:for|of|in)\b)"
    rf"|\b(?:is|was|would|does|did|can) it (?:more |\w+ly |very |so )?{_JUDGED}\b(?=.*\b(?:to|that|if|when|\w+ing)\b)"
    r"|\b(?:is|was|would) it (?:[\w-]+ ){1,4}for .{2,60} to \w+"
    rf"|\b(?:is|was|would) it (?:[\w-]+ ){{1,4}}to (?:be|have|do|{'|'.join(sorted(BASE_VERBS))})\b"
    r"|\b(?:it|this)(?:[’']s| is)? (?:not |isn[’']?t |doesn[’']?t |didn[’']?t |won[’']?t )work"
    r"|\b(?:do|did) they (?:even |actually |also )?(?:list|name|recommend|suggest|explain)\b"
    # What the documents or their authors say is asked of those that are searched.
    r"|\b(?:it|they|these folks) (?:even |actually |also |really )?(?:say|says|said|mention|mentions|mean by|define|claim"
    r"|argue|describe|see|think|find|found|look|looked|report|come up with|study|studied|ask|asked|state)\b"
    r"|\b(?:this|it|that) an? (?:[\w-]+ )?(?:study|report|text|article|document|paper|book)\b"
    r"|\bis that all\b|^(?:that|this) (?:means|sounds|makes|seems|looks)\b|^that(?:[’']?s| is| was) not (?:my|what|the)\b"
    r"|^that[’']?s an?\b(?!.*\?)|^that(?:[’']?s| is) (?:fine|ok|okay|great|good|interesting|all|right|true)\b",
    re.I,
)
_EXISTS = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|isn[’']?t|aren[’']?t|wasn[’']?t|weren[’']?t|will|can|could) there\b"
    r"|\bthere (?:is|are|was|were|has|have|be|will|would|may|might|can)\b|\bthere[’']s\b",
    re.I,
)
_AFTER_THAT = re.compile(
    r"\s*(?:$|[?.!,;:]|(?:is|was|are|were|does|did|do|has|have|had|can|could|will|would|should|mean|means|meant|happen"
    r"|happens|happened|an?|the|work|works|compare|compares|differ|differs|so|too|done|not|all|called|made|came|took|one|ones"
    r"|said|affect|affected|affects|cause|caused|go|come|change|changed|help|helps|matter|matters|look|looks|looked|sound|sounds|feel|play)\b)",
    re.I,
)
_BEFORE_THAT = re.compile(
    r"(?:^|[?.!,;:]\s*|\b(?:and|but|so|or|then|of|about|for|with|like|than|at|in|on|to|from|by|after|before|since|during"
    r"|is|was|are|were|do|did|does|might|may|explain|define|why|how|what|when|where|who|which|besides|mean|meant|all|can|will|would"
    r"|could|should|tell me|during|until|say|said|got?|get|have|has|had|because) )$",
    re.I,
)
_SAYS = re.compile(
    r"\b(?:say|says|said|think|thinks|know|knows|mean|means|find|finds|found|show|shows|assume|assumes|claim|claims|believe"
    r"|argue|argues|sure)\s+$",
    re.I,
)
_ENDS = re.compile(r"\s*(?:[?.!,;:]|$)")
_AUXILIARY_BEFORE = re.compile(r"\b(?:do|does|did|will|would|can|could|should|may|might)\s+$", re.I)
_CLAUSE = re.compile(
    r"[,.;:?!]|\b(?:if|when|because|that|and|but|before|after|while|since|as|so|whether|until|then|how|why)\b", re.I
)
_PERSONS = re.compile(
    r"\b(?:someone|anyone|somebody|everyone|people|person|folks|friend|girl|boy|pupil|guy|mr|mrs|ms|dr|lady|student|child|kid|parent|teacher|principal|leader|coach"
    r"|supervisor|colleague|staff|member|actor|author|man|woman|king|queen|mother|father|wife|husband|brother|sister)\w*\b",
    re.I,
)
_SUBJECT_BEFORE = re.compile(
    r"\b(?:do|does|did|can|could|should|would|will|is|are|was|were|has|have|had)\s+(?:the |a |an |my |our )?$", re.I
)
_NOT_NOUNS = frozenset(
    """i one ones same other others much many means mean happen happened happens way time happens too all also not called
    done made came took said look looks sound sounds
    feel feels even ever did does do is are was were go going""".split()  # noqa: SIM905
)
_VERBS = re.compile(
    r"\b\w+[’'](?:s|re|m) not\b"
    r"|\b(?:is|are|was|were|am|be|do|does|did|has|have|had|can|could|should|would|will|shall|may|might|must|tell|explain"
    r"|list|name|describe|define|give|show|compare|summari[sz]e|help|find|isn[’']?t|aren[’']?t|don[’']?t|doesn[’']?t"
    r"|didn[’']?t|wasn[’']?t|weren[’']?t|\w+ed|wrote|led|made|took|began|won|sings?|plays?|means?|pays?|makes?)\b",
    re.I,
)
_BARE = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then|also|well|or)[, ]+)*"
    r"(?:why(?: (?:not|so|is that|was that|is this|that))?|how(?: so| come)?|when|where|who|whom|which(?: ones?)?|what"
    r"|how (?:many|much|long|often|far)|for how (?:long|much)|in what (?:way|ways|year)|by whom|since when|for whom"
    r"|for example|such as|like what|with what)\s*[?.!]*$",
    re.I,
)
_WHICH_OPEN = re.compile(
    r"^(?:and |but |so )?which (?:ones? )?(?:of (?:them|those|these) )?(?:is|are|was|were|has|have|had|does|do)\b"
    r"|\bthe (?:most|least) \w+\s*\??$",
    re.I,
)
_OPENERS = re.compile(r"^(?:and|but|so|or|then|ok|okay|yes|no|also|well|now|by the way|plus)\b[,]?\s*", re.I)
_OF_TEXTS = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then)[, ]+)*(?:do|does|did) (?:they|it|this|(?:the|these|both) (?:texts?|documents?|authors?))"
    r" (?:even |actually |also )?(?:say|name|list|mention|define|describe|explain|recommend|suggest|give)\b(?P<rest>.*)$",
    re.I,
)
# "Locally defined by whom?"
_NO_SUBJECT = re.compile(
    r"^(?:\w+ly )?\w+ed (?:by|for|with|from|in) (?:whom|who|what(?: way| year)?|which \w+)\s*\?*$", re.I
)
_EMPTY_PLURAL = re.compile(
    r"^(?:any |which |the )?(?:names|examples|details|numbers|types|kinds|dates|years|reasons|facts)\s*[?.!]*$", re.I
)
_TO_COACH = re.compile(r"\b(?:you|your|me|my|i)\b", re.I)
_FEW = 2
_SUPPOSES = re.compile(r"^(?:(?:and|but|so)\s+)?(?:if|when|because|since|suppose)\b", re.I)
_ENOUGH_BEFORE = 4  # content words: whoever says so much first speaks of that


def names_people(text: str) -> bool:
    """Whether it names people by what they are, as "teachers" does."""
    return bool(_PERSONS.search(text))


def find_pronouns(question: str) -> tuple[Pronoun, ...]:
    """The words that stand for something outside the question, in order."""
    empty = [match.span() for pattern in (_EMPTY_IT, _EXISTS) for match in pattern.finditer(question)]
    phrases = find_phrases(question)
    found: list[Pronoun] = []
    inside: set[Stands] = set()
    for match in _PRONOUN.finditer(question):
        if any(start <= match.start() < end for start, end in empty):
            continue
        pronoun = _read_pronoun(question, match)
        if pronoun is None or pronoun.stands in inside:
            continue
        if _is_answered_inside(question, pronoun, phrases):
            inside.add(pronoun.stands)  # and so are those after it
        else:
            found.append(pronoun)
    return tuple(found)


def asks_barely(question: str) -> bool:
    """Whether it is hardly more than a question word: "why?", "how many?"."""
    return bool(_BARE.match(question.strip()))


def leaves_open_which(question: str) -> bool:
    """Whether it asks which of several, without saying of what: "which is the most common?"."""
    open_ended = _WHICH_OPEN.search(question.strip()) and " or " not in question
    return bool(open_ended) and len(find_content(question)) <= _FEW and not _names_something(question)


def is_fragment(question: str) -> bool:
    """Whether it has no verb and few words of its own: "any awards?", "how many teams?"."""
    plain = strip_openers(question)
    named = bool(find_phrases(f"see {plain}")) or bool(_EMPTY_PLURAL.match(plain))
    if _NO_SUBJECT.match(plain):
        return True
    bare = len(find_content(plain)) <= _FEW and not _VERBS.search(plain) and not _names_something(plain)
    return bare and named and not _TO_COACH.search(plain)


def lacks_thing(question: str) -> bool:
    """Whether it asks what the documents do, and names nothing that they might do it with: "do they list the kinds"."""
    match = _OF_TEXTS.match(question.strip())
    return match is not None and not find_phrases(f"see {match.group('rest')}") and not find_pronouns(question)


def strip_openers(question: str) -> str:
    """The question without the "and", "ok" or "so" that it begins with."""
    plain = question.strip()
    while True:
        shorter = _OPENERS.sub("", plain, count=1)
        if shorter == plain or not shorter:
            return plain
        plain = shorter


def _read_pronoun(question: str, match: re.Match[str]) -> Pronoun | None:
    word = re.split(r"[’']", match.group().casefold())[0]
    start, end = match.start(), match.start() + len(word)
    after = question[match.end() :]
    following = re.match(r"\s+([\w-]+)", after)
    next_word = following.group(1).casefold() if following else ""
    names_thing = next_word == "own" or (
        bool(next_word) and next_word not in STOP_WORDS | _NOT_NOUNS and not next_word.endswith("ed")
    )
    if word in ("this", "that", "these", "those"):
        return _read_pointer(question, match, word, next_word if names_thing else "")
    if word in _PERSON:
        owns = word == "his" or (word == "her" and names_thing)
        return Pronoun(question[start:end], start, end, Stands.PERSON, owns and names_thing)
    if word == "there":
        return Pronoun(question[start:end], start, end, Stands.PLACE)
    stands = Stands.MANY if word in _MANY else Stands.ONE
    return Pronoun(question[start:end], start, end, stands, word in _POSSESSIVE)


def _read_pointer(question: str, match: re.Match[str], word: str, noun: str) -> Pronoun | None:
    """This, that, these and those: alone, or with the noun that they point with."""
    stands = Stands.MANY if word in _MANY else Stands.ONE
    one = re.match(r"\s+ones?\b", question[match.end() :], re.I)
    if one is not None:
        end = match.end() + one.end()
        return Pronoun(question[match.start() : end], match.start(), end, stands)
    if noun in BASE_VERBS and _AUXILIARY_BEFORE.search(question[: match.start()]):
        return Pronoun(match.group(), match.start(), match.start() + len(word), stands)  # "did that raise achievement"
    before = question[: match.start()]
    if word == "that" and _SAYS.search(before) and not _ENDS.match(question, match.end()):
        return None  # "say that a leader visits"
    ends = bool(noun) and noun not in BASE_VERBS and bool(_ENDS.match(question, match.end() + 1 + len(noun)))
    if noun and (word != "that" or ends or _BEFORE_THAT.search(before)):
        named = next((phrase for phrase in find_phrases(question) if phrase.start == match.end() + 1), None)
        end = named.end if named else match.end() + 1 + len(noun)
        noun = question[:end].split()[-1].casefold()
        return Pronoun(question[match.start() : end], match.start(), end, stands, noun=noun)
    alone = _AFTER_THAT.match(question, match.end()) or re.match(
        r"\s+(?:in|on|of|for|to|from|by|with|at|or|and|then|when|because|during|between)\b", question[match.end() :]
    )
    if noun or not alone or (word == "that" and not _BEFORE_THAT.search(question[: match.start()])):
        return None
    return Pronoun(match.group(), match.start(), match.start() + len(word), stands)


def _is_answered_inside(question: str, pronoun: Pronoun, phrases: tuple[Phrase, ...]) -> bool:
    """Whether the question itself names, before the pronoun, what that stands for."""
    said = question[: pronoun.start]
    if _SUPPOSES.match(said) and len(find_content(said)) >= _FEW:
        return True
    before = [phrase for phrase in phrases if phrase.end <= pronoun.start]
    if pronoun.noun:
        head = stem(pronoun.noun.casefold())
        return any(phrase.head == head for phrase in before)
    if len(find_content(question[: pronoun.start])) >= _ENOUGH_BEFORE:
        return pronoun.stands is not Stands.ONE or any(not phrase.is_plural for phrase in before)
    if pronoun.text.casefold() in ("he", "she", "they"):
        before_it = question[: pronoun.start].split()[-1:]
        word = before_it[0].casefold() if before_it else ""
        if word.isalpha() and word not in STOP_WORDS | _NOT_NOUNS and not _VERBS.fullmatch(word):
            return True  # "the people they lead": what stands right before it
    if pronoun.stands is Stands.PERSON:
        fitting = [phrase for phrase in before if phrase.named or _PERSONS.search(phrase.text)]
        return any(pronoun.possessive or _CLAUSE.search(question[one.end : pronoun.start]) for one in fitting)
    if pronoun.stands is Stands.PLACE:
        return False
    if pronoun.stands is Stands.MANY:
        fitting = [phrase for phrase in before if phrase.is_plural or _PERSONS.search(phrase.text)]
    else:
        fitting = [phrase for phrase in before if not phrase.is_plural]
    if pronoun.possessive:
        return any(_SUBJECT_BEFORE.search(question[: phrase.start]) for phrase in fitting)
    return any(_CLAUSE.search(question[phrase.end : pronoun.start]) for phrase in fitting)


def _names_something(question: str) -> bool:
    return any(phrase.named for phrase in find_phrases(question))
