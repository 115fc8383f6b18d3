"""What a question asks for: its text in, the kind of thing, the words and the names that an answer must hold out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from coach.lexical import STOP_WORDS, find_words


class Kind(StrEnum):
    """The kind of thing that is asked for, which decides what an answer looks like."""

    METADATA = "metadata"
    """Who wrote, published or paid for a document, or when: known of it, not said in it."""
    COMPARISON = "comparison"
    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    LIST = "list"
    DEFINITION = "definition"
    VIEW = "view"
    """What the documents say about something."""
    PRACTICE = "practice"
    REASON = "reason"
    YES_NO = "yes_no"
    OTHER = "other"


SHORT_KINDS = frozenset({Kind.NUMBER, Kind.TIME, Kind.PERSON, Kind.PLACE, Kind.DEFINITION, Kind.YES_NO, Kind.METADATA})
"""A fact or a definition: one to three sentences. Everything else may take six."""

_PLAIN_KINDS = SHORT_KINDS - {Kind.YES_NO} | {Kind.LIST}
FACT_KINDS = frozenset({Kind.NUMBER, Kind.TIME, Kind.PERSON, Kind.PLACE, Kind.METADATA})
"""Nothing more is wanted than the fact."""

_NOUN = r"(?:study|report|texts?|page|entry|papers?|documents?|articles?|book|publication)"
_WORK = rf"(?:(?:the|this|that|both|these|your) (?:[\w-]+ ){{0,3}}?{_NOUN})"
_IT = rf"(?:this|these|it|{_WORK})"
_RULES: tuple[tuple[Kind, str], ...] = (
    (
        Kind.METADATA,
        rf"\bwho(?:'s| is| are| was| were)? (?:wrote|authored|published|commissioned|funded|paid for|sponsored"
        rf"|the authors? of"
        rf"|the publisher of) {_IT}\s*[?.!]?$"
        rf"|\bwho (?:wrote|authored|published|commissioned|funded|paid for|sponsored) {_WORK}"
        rf"|\b(?:authors?|publisher|publication (?:date|year)|year of publication|date) of {_WORK}"
        rf"|\b(?:when|what year|in which year|in what year) (?:is|was|were|did) {_IT} (?:published|written"
        rf"|released|come out|dated)\b"
        rf"|\bwhat year (?:is|was) {_WORK} (?:from|of)\b|\bhow old is {_WORK}"
        rf"|\bhow (?:do|should|can|would) (?:i|we|you) cite {_IT}|\b(?:citation|reference) for {_WORK}",
    ),
    (
        Kind.COMPARISON,
        r"\b(?:differ|differs|difference|differences|different from|compare|compares|compared|comparison|versus"
        r"|vs|contrast"
        r"|distinguish|distinction|agree|disagree|the same as|same thing as|both (?:texts|documents|sources|papers)"
        r"|two (?:texts|documents|sources|papers)|each (?:text|document|source))\b",
    ),
    (
        Kind.PRACTICE,
        r"\bhow (?:should|shall|to)\b|\bhow (?:do|can|could|would|might) (?:i|we|my|our|an?|principals?"
        r"|leaders?|supervisors?"
        r"|teachers?|schools?|districts?)\b|\bhow (?:often|many|much|long)\b.{0,40}\bshould\b"
        r"|\bwhat should (?:i|we|you|my|our|an?|the)\b|\bwhat (?:can|could) (?:i|we) (?:do|say|try|tell|ask|bring"
        r"|start|change)\b"
        r"|\bwhat (?:do|would) (?:i|we) (?:do|say|try|tell|ask|bring|start|look)\b|\bwhat do (?:i|we) look for\b"
        r"|\b(?:tips?|advice|ideas|steps|strateg(?:y|ies)|ways) (?:for|to|on|with)\b|\bhelp (?:me|us)\b",
    ),
    (Kind.NUMBER, r"\bhow (?:many|much|large|big|often|long)\b|\b(?:number|percentage|share|proportion|amount) of\b"),
    (Kind.TIME, r"\bduration of\b|^duration\b"),
    (Kind.NUMBER, r"\bsample size\b"),
    (Kind.TIME, r"^(?:and |so )?when\b|\b(?:what|which) (?:year|years|date|day|month|period|time|school year)\b"
        r"|\bhow recent"),
    (
        Kind.VIEW,
        rf"\bhow (?:do|does|did) (?:they|the authors?|{_WORK}|these|both) (?:see|view|treat|think of|speak of|talk about)\b"
        r"|\b(?:is|are|was|were) .{2,60} mentioned\b"
        r"|\b(?:what|anything|something) .{0,40}\b(?:say|says|said|tell|tells|think|thinks|thought|argue|argues"
        r"|claim|claims) "
        r"(?:us |me |to us )?(?:about|on|of|regarding)\b"
        r"|\b(?:say|says|said|mention|mentions|mentioned|talk|talks|speak|speaks) (?:about|of|to|on)\b"
        r"|\btell me (?:more )?about\b|\bwhat about\b|\bview (?:on|of)\b|\bposition on\b|\banything (?:about|on)\b"
        r"|\b(?:summar|overview)",
    ),
    (Kind.REASON, r"\bwhy\b|\bhow come\b|\bfor what reason\b|\bwhat (?:is|was) the (?:reason|point)\b"),
    (
        Kind.DEFINITION,
        r"^(?:so |and |ok |okay |please )*(?:what|wat)(?:'s|s| is| are| was)? (?:exactly |actually "
        r"|really )?(?:is |are )?"
        r"(?:meant by|a |an |the meaning|the definition|the term|[\"“'‘]?\w[\w -]{2,60}[\"”'’]? (?:mean|means)\b)"
        r"|\bdefin(?:e|es|ed|ition)\b|\bmean(?:s|ing)? (?:by|of)\b|\bmeant by\b|\bdo(?:es)? .{2,60} mean\b"
        r"|\bstands? for\b"
        r"|^(?:what|wat)(?:'s| is| are) (?!the\b|their\b|its\b|my\b|our\b)[\w \"“”'’-]{3,60}\??$",
    ),
    (
        Kind.LIST,
        r"\b(?:list|name|enumerate)\b .{0,60}|\bwhat (?:are|were) (?:the|its|their|some|all)\b|\b(?:what"
        r"|which) (?:\w+ ){0,2}?"
        r"(?:kinds?|types?|sorts?|ways|parts|factors|aspects|elements|examples)\b",
    ),
    (Kind.PLACE, r"^(?:and |so )?where\b|\b(?:what|which) (?:\w+ )?(?:place|places|city|cities|country|state"
        r"|district|districts|site|sites)\b"),
    (Kind.PERSON, r"^(?:and |so )?(?:who|whose|whom)\b|\bwho (?:is|are|was|were|did|does)\b"),
    # "What strands did the study have": a plural is asked for.
    (Kind.LIST, r"^(?:and |so |but |ok )?(?:what|which) (?:[\w-]+ ){0,2}?(?!is\b|was\b|does\b|this\b|has\b)[a-z-]{3,}s"
        r" (?:did|do|does|are|were|have|has|had|make|made|exist)\b"),
    (Kind.YES_NO, r"^(?:and |so |but )?(?:does|do|did|is|are|was|were|can|could|should|has|have|had|will|would"
        r"|must|may|am)\b"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _RULES)

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()  # noqa: SIM905
    )
} | {"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20}
_GENERIC = frozenset(
    [
        "kind",
        "kinds",
        "type",
        "types",
        "sort",
        "sorts",
        "number",
        "amount",
        "example",
        "examples",
        "part",
        "parts",
        "way",
        "ways",
        "thing",
        "things",
        "piece",
        "pieces",
        "people",
        "person",
        "time",
        "name",
        "names",
        "list",
        "one",
        "ones",
        "main",
        "key",
        "different",
        "various",
        "other",
        "specific",
    ]
)
_PLURALS = frozenset({"names", "things", "examples", "pieces", "numbers", "amounts"})
_COUNTED = re.compile(
    r"\bthe (\d{1,2}|t(?:wo|hree|en)|f(?:our|ive)|s(?:ix|even)|eight|nine) ((?:[\w-]+ ){0,2}?[\w-]+s)\b"
)
_VERBS = frozenset(
    [
        "do",
        "does",
        "did",
        "can",
        "could",
        "should",
        "would",
        "will",
        "shall",
        "may",
        "might",
        "must",
        "has",
        "have",
        "had",
        "if",
    ]
)
_FOCUS = re.compile(
    r"\b(?:what|which|how many|how much|number of|list|name|enumerate)\b((?:\s+[\w'-]+){1,8})"
    r"|\bthe ((?:\w+ )?[\w-]+) (?:of|in|for)\b"
)
# Whose matter it is: somebody who speaks of their own school wants help with it.
_OWN = re.compile(r"\b(?:i|i'm|im|i've|ive|i'd|i'll|we|we're|we've|my|our|me|us|mine|ours)\b", re.I)
_ASKS_FOR_HELP = re.compile(
    r"\bhow (?:do|can|should|could|would|might|shall) (?:i|we|you)\b|\bhow to\b|\bhow (?:often|many|much"
    r"|long)\b.{0,40}\bshould\b"
    r"|\bhow (?:should|can|could|might) (?:an? |the |our |my )?(?:[\w-]+ ){0,2}(?:principals?|leaders?"
    r"|supervisors?|central office|districts?"
    r"|aps?|coach(?:es)?|trainers?|teams?|schools?)\b"
    r"|\bwhat (?:should|shall|can|could|do|would) (?:i|we|you|my|our|her|his|their)\b|\bwhat (?:should|could"
    r"|would) (?:it|that|the|this|show|help|work|make|get|move)\b|\bshould (?:i|we|my|our)\b"
    r"|\b(?:one|a|two|three|some|first|next) things? (?:that )?(?:i|we) (?:can|could|should|might)\b"
    r"|\b(?:one|a|another|some) (?:way|ways|idea|step|move|tip)s? (?:to|for)\b"
    r"|\bwhat (?:might|would|could|should) (?:it|this|that|they|these|those) (?:look|sound) like\b"
    r"|\bwhat should (?:an?|the) .{2,40} (?:look|sound|feel|be) like\b"
    r"|\bwhere (?:do|should|can|would) (?:i|we|you) (?:even )?(?:start|begin)\b"
    r"|\b(?:tips?|advice|ideas?|suggestions?|strateg(?:y|ies)|steps?|moves|ways|best way|good way"
    r"|questions? (?:to ask|i (?:can|could|should) ask)|language|wording|script|words) (?:for|to|on|with|about"
    r"|when|i can)\b"
    r"|\bwhat(?:'s| is| are) (?:a |an |the |some )?(?:\w+ ){0,2}(?:way|ways|approach|approaches|step|steps|move"
    r"|moves|questions?) (?:to|for|i|we)\b"
    r"|\b(?:help|coach|prepare|prep|walk) (?:me|us)\b|\bwhat works\b|\bwhat(?:'s| is) (?:my|our) (?:next"
    r"|first) (?:step|move)\b"
    r"|\b(?:give|show|offer) (?:me|us) (?:a |an |one |two |some |another )?(?:\w+ )?(?:way|thing|step|idea|move"
    r"|question)s?\b"
    r"|\b(?:one|a|another) (?:thing|step|way|move) (?:i|we) (?:can|could|should|might)\b|\blook like (?:here"
    r"|in (?:my|our))\b"
    r"|\b(?:fix|ideas|help|tips|thoughts|suggestions|advice|(?:a )?better way|(?:first|next) (?:move|step)"
    r"|where to start"
    r"|options)\s*[?.!]*$|\b(?:that|which) works? for\b"
    r"|\bwhat (?:now|next)\b|\bdealing with\b|\bany (?:tips|advice|ideas|thoughts|suggestions)\b",
    re.I,
)
# What an answer is wanted for is no matter to be helped with.
_SAYS_WHAT_FOR = re.compile(
    r"\b(?:slides?|handouts?|deck|newsletter|board|parent night|reference list|bibliography|session|meeting"
    r"|presentation|report|memo|talk)\b",
    re.I,
)
_WANTS_FOR = re.compile(
    r"\b(?:need|want|looking|look|asking|ask|writing|building|making|prep(?:ping|aring)?|wonder(?:ing)?|use|have"
    r"|know)\b",
    re.I,
)
# Words about the talk itself are nobody's school.
_SMALL_TALK = re.compile(
    r"\b(?:i (?:mean|meant|see|think|guess|suppose|wonder|get it|understand|was (?:asking|talking"
    r"|thinking)(?: about)?|asked)"
    r"|(?:tell|show|give|let) (?:me|us)|i(?:'d| would) like to (?:know|see|hear)|my question|thank you|thanks"
    r"|that helps? me|i'm back)\b",
    re.I,
)
_HANDS_ON = re.compile(
    r"\b(?:what|which \w+) (?:can|could|should|do|would) (?:i|we) (?:read|quote|cite|show|use|put|copy|share|print)\b",
    re.I,
)
_OF_THE_TEXTS = re.compile(
    r"\b(?:according to|(?:in|of|from|by) (?:the|this|that|these|your|both|each) (?:[\w-]+ ){0,3}?"
    + _NOUN
    + r"|"
    + _WORK
    + r" (?:says?|said|tells?|means?|define[sd]?|mention(?:s|ed)?|found|find|argues?|claims?)|(?:does|do|did) (?:this|these|"
    + _WORK
    + r") \w+)\b",
    re.I,
)
_SENTENCE = re.compile(r"[^.?!…]+[.?!…]*")
_BARE_ORDER = re.compile(
    r"^(?:please |can you |could you |would you )*(?:tell|show|give|list|explain|find|remind|quote|name) (?:me|us)\b",
    re.I,
)
_ORDERS_HELP = re.compile(
    r"\bgive (?:me|us) (?:one|a|two|three|some|another) (?:ways?|ideas?|steps?|moves?|tips?|things?)\b", re.I
)
_TWO_ASKINGS = re.compile(
    r"\?\s+(?=\w)|[,;]?\s+and (?=(?:(?:what|who|how|where|when)['’]?s?|w(?:h)?ich|why|does|did|do|is|are|was|were"
    r"|can|should)\b)",
    re.I,
)
_ASKING = re.compile(
    r"^(?:and |so |but )?(?:what|who|how|where|when|whose|which|wich|why|does|did|do|is|are|was|were|can|should"
    r"|has|have|had|will|would"
    r"|list|name)['’]?s?\b|\b(?:what|how|which|who|why|where|when)\b",
    re.I,
)
_MOST_LISTED = 20
_CLAUSE_END = re.compile(r"(?<=[?.!…])\s+|\s+[-–—]\s+|[:;,]\s+")
_FEWEST_OF_A_CLAUSE = 3
_NAME = re.compile(r"(?<![.?!:“\"]\s)(?<!^)\b(?:[A-Z][\w’'-]*[a-z][\w’'-]*|[A-Z]{2,}s?)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must be about."""

    kind: Kind
    words: tuple[str, ...]
    """The words that carry meaning, lower case, each once."""
    focus: tuple[str, ...]
    """The noun that says what is wanted: `districts` in "which districts"; empty where the form does not tell."""
    count: int | None
    """How many of them the question takes for given: 5 in "what are the five dimensions"."""
    names: tuple[str, ...]
    """Proper names and abbreviations, as written."""

    @property
    def is_short(self) -> bool:
        """Whether a fact or a definition is asked for, which one to three sentences answer."""
        return self.kind in SHORT_KINDS


def read_question(question: str) -> Asked:
    """Recognise the form of a question; any text."""
    plain = " ".join(question.replace("’", "'").split())
    lower = plain.casefold()
    kind = next((kind for kind, pattern in _COMPILED if pattern.search(lower)), Kind.OTHER)
    focus, count = _find_focus(lower)
    if kind is Kind.DEFINITION and count is not None:
        kind = Kind.LIST
    names = tuple(dict.fromkeys(_NAME.findall(plain)))
    return Asked(kind, find_words(question), focus, count, names)


def split_clauses(question: str) -> tuple[str, ...]:
    """The clauses of a question that has several: people say what they need it for, and why they ask, around it."""
    clauses = [clause.strip() for clause in _CLAUSE_END.split(question)]
    clauses = [clause for clause in clauses if len(clause.split()) >= _FEWEST_OF_A_CLAUSE]
    return tuple(clauses) if len(clauses) > 1 or (clauses and clauses[0] != question.strip()) else ()


def find_asking_clause(question: str) -> str:
    """The clauses that ask, without what people say around them; the whole where none shows it."""
    clauses = split_clauses(question)
    asking = [clause for clause in clauses if clause.endswith("?")] or [one for one in clauses if _ASKING.search(one)]
    return " ".join(asking) if asking else question


def split_askings(question: str) -> tuple[str, ...]:
    """The parts of a question that asks two or three things; the whole alone where it asks one.

    A later part that names hardly anything takes the first one's thing along: "how many schools, and what are they
    called?" asks what the schools are called.
    """
    parts: list[str] = []
    for part in _TWO_ASKINGS.split(question):
        if parts and not _ASKING.search(part.strip()):
            parts[-1] += f" {part}"  # a remark belongs to what it follows
        else:
            parts.append(part)
    parts = [part.strip(" ,;") for part in parts]
    if not 1 < len(parts) <= 3 or not all(find_words(part) for part in parts) or not _ASKING.search(parts[0]):
        return (question,)
    first = read_question(parts[0])
    thing = " ".join(first.focus or first.words[:2])
    return (parts[0], *(part if len(read_question(part).words) > 2 else f"{part} ({thing})" for part in parts[1:]))


def asks_guidance(text: str) -> bool:
    """Whether somebody wants help with their own work, and not only to know what stands in the documents.

    Three forms: a question for what to do; a statement about the person's own school, which asks for help by itself; and
    a plea. A question about the documents is none, whoever asks it, unless such a statement stands beside it.
    """
    plain = " ".join(text.replace("’", "'").split())
    if read_question(plain).kind is Kind.METADATA:
        return False
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(plain) if find_words(sentence)]
    if any(_asks_for_help(sentence) for sentence in sentences):
        return True
    asked = [sentence for sentence in sentences if _is_asked(sentence)]
    # Beside a question for a fact, what is said of one's own school only tells why it is asked.
    if any(_is_plain(read_question(sentence)) for sentence in asked):
        return False
    return any(_is_about_own_work(sentence) for sentence in sentences if sentence not in asked)


def asks_plainly(text: str) -> bool:
    """Whether a fact, a list or a definition is asked for."""
    return _is_plain(read_question(text))


def _is_plain(asked: Asked) -> bool:
    return asked.kind in _PLAIN_KINDS or asked.count is not None


def _asks_for_help(sentence: str) -> bool:
    if not _ASKS_FOR_HELP.search(sentence) or _HANDS_ON.search(sentence):
        return False
    if _BARE_ORDER.search(sentence) and not _ORDERS_HELP.search(sentence):
        return False
    return not _OF_THE_TEXTS.search(sentence) or bool(
        _OWN.search(sentence) and read_question(sentence).kind is Kind.PRACTICE
    )


def _is_asked(sentence: str) -> bool:
    return sentence.endswith("?") or bool(_ASKING.match(sentence) or _BARE_ORDER.search(sentence))


def _is_about_own_work(sentence: str) -> bool:
    sentence = _SMALL_TALK.sub(" ", sentence)
    says_what_for = _SAYS_WHAT_FOR.search(sentence) and _WANTS_FOR.search(sentence)
    return bool(_OWN.search(sentence)) and not says_what_for and not _OF_THE_TEXTS.search(sentence)


def _find_focus(question: str) -> tuple[tuple[str, ...], int | None]:
    counted = _COUNTED.search(question)
    if counted is not None:
        return (counted.group(2).split()[-1],), read_number(counted.group(1))
    for match in _FOCUS.finditer(question):
        words = (match.group(1) or match.group(2)).split()
        if words[0] in _VERBS:
            continue
        count: int | None = None
        focus: list[str] = []
        for place, word in enumerate(words):
            number = read_number(word)
            if number is not None:
                # "Agenda 21" is a name; "the 21 items" are counted.
                count = number if not focus and number <= _MOST_LISTED else count
                continue
            if not focus and place and words[place - 1] in _PLURALS and word != "of":
                break  # "three names does it give": nothing is counted but names
            if word in _GENERIC or (not focus and word in STOP_WORDS):
                continue
            if word in STOP_WORDS:
                break
            focus.append(word)
        if focus:
            # The group's noun is its first plural, or its last word: "central office administrators interviewed".
            noun = next((word for word in focus if word.endswith("s") and not word.endswith("ss")), focus[-1])
            return (noun,), count if match.group(1) and count and count > 1 else None
    return (), None


def read_number(word: str) -> int | None:
    """The number that a word writes, in digits or, up to twenty, in letters."""
    return int(word) if word.isdecimal() and len(word) < 9 else NUMBER_WORDS.get(word.casefold())


def find_numbers(words: Iterable[str]) -> frozenset[int]:
    """Every number among some words."""
    return frozenset(number for number in map(read_number, words) if number is not None)
