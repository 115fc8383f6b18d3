"""What was spoken of: earlier exchanges in, the thing that a pronoun, a gap or half a name stands for out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from coach.leaning import Pronoun, Stands, names_people
from coach.listings import Listing, find_asked_for
from coach.mentions import Phrase, find_content_stems, find_phrases, fold_marks
from coach.stemming import stem


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood, and what was answered."""

    question: str
    base: str
    """The question without what a "what about" put before it, so that the next one takes its place."""
    theme: str
    """What it is about: what it took from before, or what it names first."""
    answer: str = ""
    """What was answered, or the source's words of it where those are known."""
    labels: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    is_quoted: bool = False
    """Whether the answer holds the source's words alone: nothing in them is what the conversation is about."""
    said: str = ""
    """The question in its own words."""
    guides: bool = False
    """Whether help was wanted, and not only to know."""
    matter: str = ""
    """What help is wanted with, as long as the questions stay with it."""
    listing: Listing | None = None
    """The list of which items were picked last."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a whole conversation is about, where that is known."""

    title: str = ""
    section: str = ""
    period: str = ""
    """The section with the years that its heading names."""
    is_person: bool = False
    """Whether the title is that of a person, by the pronouns that were used."""


@dataclass(frozen=True, slots=True)
class Antecedent:
    """What a pronoun stands for, and how well it would."""

    text: str
    named: bool
    head: str
    score: float
    answered: bool = False
    """Whether only an answer named it."""
    is_plural: bool = False
    age: int = 0
    """How many exchanges ago it was named."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well something that was named stands where a pronoun stands.

    Chosen by hand, with trials on the tuning half that `evals/bench/followups.py` names. The order matters, not the size.
    """

    asked: float = 3.0
    """In a question, less for each turn since then and for each phrase before it."""
    asked_per_turn: float = 1.0
    asked_per_place: float = 0.35
    beside: float = -1.0
    """In a question behind "in" or "of"."""
    theme: float = 3.5
    asked_for: float = 4.0
    """A plural that a question asks for: "the strands" after "which strands"."""
    answered: float = 1.5
    """In an answer, less for each turn since then and for each phrase before it."""
    answered_per_turn: float = 0.5
    answered_per_place: float = 0.2
    named: float = 1.0
    plural_for_many: float = 2.0
    plural_for_one: float = -2.0
    named_for_person: float = 2.0
    unnamed_for_person: float = -2.0
    short_answer: float = 6.0
    """An answer that is hardly more than a name."""
    section: float = 2.5
    section_for_time: float = 9.0
    title_for_person: float = 10.0
    title_for_one: float = 3.0
    title_for_many: float = 7.0
    person_for_many: float = 1.0
    person_for_one: float = 0.0


SCORES = Scores()
_BACK = 4
_CALLED_BACK = 2
_START_OF_ANSWER = 400
_SHORT_ANSWER = 8
_MOST_KNOWN = 3
_ANSWER_OF_NAMES = 20  # words of an answer that is hardly more than what it names
_TIME_NOUNS = frozenset("time period era year years season days phase moment decade".split())  # noqa: SIM905 - a list
DOCUMENT_NOUNS = frozenset(
    "article articles study report text texts page entry research paper document documents publication section topic".split()  # noqa: SIM905
)
_AT_THE_TIME = re.compile(
    r"\b(?:at|in|during|for|of|from|about) (?:the|this|that|these|those) (?:time|period|era|years?|phase)\b", re.I
)
_ORGANISATION = re.compile(
    r"\b(?:schools?|districts?|university|college|office|study|strand|foundation|institute|department|association|council"
    r"|company|city|group|organi[sz]ation|program(?:me)?|board)\b",
    re.I,
)
_WHO_IS = re.compile(r"^(?:and |so )?who (?:is|was) ((?:[A-Z][\w’'.-]* ?)+?)\s*\??$")
_OF_TEXT = re.compile(r" of (?:the|this|that) (study|report|entry|article|paper|text)\b", re.I)
_SAYS_ON = re.compile(r"\b(?:on|about|of) (?:the |a |an |my |our |their )?$", re.I)
_WHOSE = re.compile(r"\b((?:for|of) [\w -]{3,40})\s*\??$", re.I)
_ASKS_OTHERS = re.compile(r"(?<!each )\b(?:other|others|else|another)\b", re.I)


def find_main(question: str) -> Phrase | None:
    """What a question is about: its name, else the first thing that it names."""
    phrases = [phrase for phrase in find_phrases(question) if not _is_document(phrase)]
    chief = [phrase for phrase in phrases if not phrase.beside]
    chief = chief or [phrase for phrase in phrases if _SAYS_ON.search(question[: phrase.start])] or list(phrases)
    named = [phrase for phrase in chief if phrase.named]
    return next(iter(named or chief), None)


def write_thing(phrase: Phrase) -> str:
    """A phrase as it can stand elsewhere: with its article."""
    return f"the {phrase.text}" if phrase.definite and not phrase.named else phrase.text


def find_antecedent(
    pronoun: Pronoun, exchanges: tuple[Exchange, ...], topic: Topic, question: str
) -> Antecedent | None:
    """What a pronoun of a question stands for, or None."""
    if pronoun.noun.casefold() in DOCUMENT_NOUNS:
        return None  # "this study" is the document that is searched anyway
    introduced = _find_introduced(exchanges) if pronoun.stands is Stands.PERSON else None
    if introduced is not None:
        return introduced
    own = find_content_stems(question)
    if pronoun.stands is Stands.ONE and topic.is_person:
        own |= find_content_stems(topic.title)  # nobody says "it" of a person
    found = [one for one in _list(pronoun, exchanges, topic) if not find_content_stems(one.text) <= own]
    if pronoun.noun:
        head = stem(pronoun.noun.casefold())
        found = [one for one in found if one.head == head] or [one for one in found if one.named and not one.answered]
    return max(found, key=lambda one: one.score, default=None)


def find_theme(*texts: str) -> str:
    """What the first of some texts is about that is about anything, documents last; empty where none is."""
    for text in texts:
        main = find_main(text)
        if main is not None:
            of_text = _OF_TEXT.match(text[main.end :])
            return f"the {of_text.group(1).casefold()}" if of_text and not main.named else _write_joined(main, text)
    phrases = [phrase for text in texts for phrase in find_phrases(text)]
    return next((f"the {phrase.head_word}" for phrase in phrases), "")


def _write_joined(main: Phrase, text: str) -> str:
    """A phrase with the one that an "of" or an "and" joins to it: "evidence of progress", "money and staffing"."""
    phrases = {phrase.start: phrase for phrase in find_phrases(text)}
    for link in (" of ", " and "):
        other = phrases.get(main.end + len(link))
        if other is not None and text[main.end :].startswith(link):
            return f"{write_thing(main)}{link}{other.text}"
    return write_thing(main)


def write_asked_for(exchange: Exchange) -> str:
    """The plural that a question asks for, with what it is of where it says nothing alone: "names for this leadership"."""
    asked_for = find_asked_for(exchange.said)
    whose = _WHOSE.search(exchange.said) if asked_for and not find_phrases(f"see {asked_for}") else None
    return f"{asked_for} {whose.group(1)}" if whose else asked_for


def list_own_terms(exchange: Exchange) -> tuple[str, ...]:
    """What a question names in its own words, documents left out."""
    return tuple(write_thing(phrase) for phrase in find_phrases(exchange.said) if not _is_document(phrase))


def list_known(question: str, exchanges: tuple[Exchange, ...], topic: Topic) -> tuple[str, ...]:
    """For a question about others: the names that the last answer gave already."""
    if not exchanges or not _ASKS_OTHERS.search(question):
        return ()
    last = exchanges[-1]
    asked = find_content_stems(question)
    if not topic.title and len(asked) > 1 and not asked & find_content_stems(f"{last.question} {last.answer}"):
        return ()
    own = find_content_stems(f"{question} {topic.title}")
    phrases = find_phrases(last.answer[:_START_OF_ANSWER])
    short = len(last.answer.split()) <= _ANSWER_OF_NAMES
    new = [phrase for phrase in phrases if not find_content_stems(phrase.text) <= own]
    names = [phrase.text for phrase in new if phrase.is_pure_name or (short and not phrase.named)]
    return tuple(dict.fromkeys(names))[:_MOST_KNOWN]


def complete_name(question: str, title: str) -> str:
    """The question with a name in full where it holds the first name alone of a title that is two or three names."""
    parts = title.split(",")[0].split()
    if not 1 < len(parts) < 4 or not all(part[:1].isupper() for part in parts):
        return question
    plain = fold_marks(question)
    found = re.search(rf"(?<![\w-]){re.escape(fold_marks(parts[0]))}(?=[’']s|(?![\w’']))", plain)
    if found is None or re.match(r"\s[A-Z]", plain[found.end() :]) or fold_marks(title).casefold() in plain.casefold():
        return question
    return question[: found.start()] + " ".join(parts) + question[found.end() :]


def find_period(question: str, topic: Topic) -> str:
    """The time that a question means by "at the time" or "in those years", where the topic tells; empty where not."""
    return topic.period if _AT_THE_TIME.search(question) else ""


def complete_phrase(phrase: Phrase, exchanges: tuple[Exchange, ...], topic: Topic) -> str:
    """What "the strand" was called when it was last spoken of, "the investment strand"; empty where that is not known."""
    if not phrase.definite or phrase.named or " " in phrase.text or _is_document(phrase) or phrase.bound:
        return ""
    for exchange in reversed(exchanges[-_CALLED_BACK:]):
        # What an answer calls it by the way may be something narrower, unless it is a name.
        called = [*find_phrases(exchange.question), *_find_names(exchange.answer, bool(topic.title))]
        longer = [one.text for one in called if one.head == phrase.head and " " in one.text]
        if longer:
            return longer[-1]
    section = find_phrases(f"see {topic.section}")
    return next((one.text for one in section if one.head == phrase.head and " " in one.text), "")


def _find_names(answer: str, also_others: bool) -> Iterator[Phrase]:
    for phrase in find_phrases(answer[:_START_OF_ANSWER]):
        if phrase.named or also_others:
            yield phrase


def _find_introduced(exchanges: tuple[Exchange, ...]) -> Antecedent | None:
    """The person of a "who is", as long as the questions stay with that person."""
    said = exchanges[-1].question.casefold() if exchanges else ""
    for exchange in reversed(exchanges):
        match = _WHO_IS.match(exchange.question)
        if match and match.group(1).casefold() in said:
            return Antecedent(match.group(1), True, "", 0.0)
    return None


def _list(pronoun: Pronoun, exchanges: tuple[Exchange, ...], topic: Topic) -> Iterator[Antecedent]:
    """Everything that was named lately."""
    yield from _list_topic(pronoun, topic)
    if exchanges and pronoun.stands is Stands.ONE and not exchanges[-1].is_quoted:
        yield from _read_short_answer(exchanges[-1].answer)
    for age, exchange in enumerate(reversed(exchanges[-_BACK:])):
        yield from (replace(one, age=age) for one in _list_exchange(pronoun, exchange, age))


def _list_exchange(pronoun: Pronoun, exchange: Exchange, age: int) -> Iterator[Antecedent]:
    helped = pronoun.stands is Stands.PERSON and bool(exchange.matter)
    for place, phrase in enumerate(() if helped else _find_asked(exchange)):
        score = SCORES.asked - SCORES.asked_per_turn * age - SCORES.asked_per_place * place
        score += SCORES.beside if phrase.beside else 0.0
        yield from _judge(phrase, pronoun, score)
    for place, phrase in enumerate(() if exchange.is_quoted else find_phrases(exchange.answer[:_START_OF_ANSWER])):
        score = SCORES.answered - SCORES.answered_per_turn * age - SCORES.answered_per_place * place
        yield from (replace(one, answered=True) for one in _judge(phrase, pronoun, score))
    for phrase in () if helped else find_phrases(f"see {exchange.theme}")[:1]:
        yield from _judge(phrase, pronoun, SCORES.theme - SCORES.asked_per_turn * age)
    if helped:
        for phrase in find_phrases(f"how do i {exchange.matter}"):  # its verb names nothing
            yield from _judge(phrase, pronoun, SCORES.theme - SCORES.asked_per_turn * age)
    if pronoun.stands is Stands.MANY and (asked_for := write_asked_for(exchange)):
        score = SCORES.asked_for - SCORES.asked_per_turn * age
        yield Antecedent(f"the {asked_for}", False, stem(asked_for.split(" ")[0]), score, is_plural=True)


def _find_asked(exchange: Exchange) -> Iterable[Phrase]:
    """What a question names; a phrase in which its theme was filled in is more than that and left out."""
    theme = exchange.theme.removeprefix("the ")
    for phrase in find_phrases(exchange.question):
        if not _is_document(phrase) and (theme not in phrase.text or theme == phrase.text):
            yield phrase


def _is_document(phrase: Phrase) -> bool:
    """Whether it is "the study" or the like: what is asked, not what is asked about."""
    words = phrase.text.casefold().split()
    return words[-1] in DOCUMENT_NOUNS and not phrase.named


def _list_topic(pronoun: Pronoun, topic: Topic) -> Iterator[Antecedent]:
    if topic.period and pronoun.noun in _TIME_NOUNS:
        yield Antecedent(topic.period, True, "", SCORES.section_for_time)
    if topic.section and pronoun.stands is Stands.ONE and not pronoun.noun:
        yield Antecedent(topic.section, True, "", SCORES.section)
    if topic.title:
        yield Antecedent(topic.title, True, "", _score_title(pronoun, topic))


def _read_short_answer(answer: str) -> Iterator[Antecedent]:
    plain = answer.strip(" .,;\"“”'")
    if 0 < len(plain.split()) <= _SHORT_ANSWER:
        bare = re.sub(r"^(?:the|an?)\s+", "", plain, flags=re.I)
        phrases = find_phrases(f"see {bare}")
        if phrases and phrases[0].named and phrases[0].start == len("see "):
            yield Antecedent(plain, True, "", SCORES.short_answer)


def _score_title(pronoun: Pronoun, topic: Topic) -> float:
    if pronoun.stands is Stands.PERSON:
        return SCORES.title_for_person
    if pronoun.stands is Stands.MANY:
        return SCORES.person_for_many if topic.is_person else SCORES.title_for_many
    if pronoun.stands is Stands.PLACE:
        return 0.0
    return SCORES.person_for_one if topic.is_person else SCORES.title_for_one


def _judge(phrase: Phrase, pronoun: Pronoun, score: float) -> Iterator[Antecedent]:
    """The phrase with its score; nothing where it cannot be meant."""
    if phrase.is_abstract and pronoun.stands in (Stands.MANY, Stands.PERSON):
        return
    if pronoun.stands is Stands.PERSON and _ORGANISATION.search(phrase.text):
        return
    if pronoun.stands is Stands.PLACE and not (phrase.named or phrase.beside):
        return
    if pronoun.stands is Stands.PERSON and phrase.is_plural and not phrase.named:
        return  # nobody says "her" of several
    if pronoun.stands is Stands.PERSON and not phrase.named and not names_people(phrase.text):
        return
    score += SCORES.named if phrase.named else 0.0
    if pronoun.stands is Stands.PERSON:
        score += SCORES.named_for_person if phrase.named else SCORES.unnamed_for_person
    elif phrase.is_plural and pronoun.stands is Stands.MANY:
        score += SCORES.plural_for_many
    elif phrase.is_plural and pronoun.stands is Stands.ONE:
        score += SCORES.plural_for_one
    yield Antecedent(write_thing(phrase), phrase.named, phrase.head, score, is_plural=phrase.is_plural)
