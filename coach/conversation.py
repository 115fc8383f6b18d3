"""Understands a question in its conversation: the question and the turns before it in, a question that stands alone out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from coach.antecedents import (
    DOCUMENT_NOUNS,
    Antecedent,
    Exchange,
    Topic,
    complete_name,
    complete_phrase,
    find_antecedent,
    find_main,
    find_period,
    find_theme,
    list_known,
    list_own_terms,
    write_asked_for,
)
from coach.asking import Kind, asks_guidance, read_question
from coach.leaning import (
    Pronoun,
    Stands,
    asks_barely,
    find_pronouns,
    is_fragment,
    lacks_thing,
    leaves_open_which,
    names_people,
    strip_openers,
)
from coach.lexical import STOP_WORDS, list_words
from coach.listings import (
    FILLERS,
    ORDINAL,
    ORDINALS,
    OTHERS,
    Listing,
    find_asked_for,
    is_of_kind,
    list_items,
    list_items_of,
    make_singular,
    may_be_of,
    pick_one,
    pick_others,
    read_noun,
)
from coach.matters import asks_documents, find_asking_part, find_matter, goes_on
from coach.mentions import Phrase, find_content, find_content_stems, find_phrases
from coach.openings import read_opening
from coach.records import Evidence, Hit, Question, Turn
from coach.stemming import stem
from coach.unclear import find_unclear

UnderstoodKind = Literal["alone", "follow_up", "correction", "chosen", "more", "unclear"]
"""`more` is the question before once more: for more of it, or said otherwise ("shorter", "just tell me")."""
Search = Callable[[str], Evidence]
"""The passages nearest to a question."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched."""

    search_question: str
    """Stands alone; as asked where that did already, or where nothing tells what it leans on."""
    kind: UnderstoodKind
    carried: tuple[str, ...] = ()
    """The words, lower case, that it took from the conversation."""
    labels: tuple[str, ...] = ()
    """Passages that the answer before it rested on, best first: worth keeping in sight."""
    guides: bool = False
    """Whether help with the person's own work is wanted, by this question or by those that it goes on with."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the turns. Each may be left out."""

    search: Search | None = None
    """Finds the list that an item was picked of, where the turns do not hold it; asked of no question twice."""
    holds: Callable[[str], bool] | None = None
    """Whether the documents hold some words side by side: such words need nothing added."""
    topic: Sequence[str] = ()
    """What the whole conversation is about: a title, then a section."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a question is understood in."""

    topic: Topic
    search: Search | None = None
    holds: Callable[[str], bool] | None = None
    exchanges: tuple[Exchange, ...] = ()
    past: tuple[Exchange, ...] = ()
    """Exchanges before the conversation was turned to something else."""

    @property
    def last(self) -> Exchange | None:
        return self.exchanges[-1] if self.exchanges else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A question as one of the ways below understood it."""

    text: str
    kind: UnderstoodKind
    labels: tuple[str, ...] = ()
    theme: str = ""
    """What it took from before, where it took one thing."""
    listing: Listing | None = None
    matter: str = ""
    """What help is wanted with, where it was put before the question."""


_LONGEST = 600  # characters: whoever writes more says what it is about
_MOST_EXCHANGES = 12
_MOST_PUT = 4  # content words of what a correction puts into the question before it
_MOST_ASKED_ABOUT = 2
_MOST_CHOICES = 3
_MOST_OF_ITS_OWN = 6  # content words: a question that says more stands alone, whatever pronouns are in it
_LISTS_BACK = 4
_MOST_BARE = 2
_THEMES_BACK = 4
_MOST_SEARCHES = 3
_LONGEST_IN_PLACE = 5  # words: what is longer stands behind the question and not in a pronoun's place
_TERM_NOUNS = frozenset("term terms word words concept idea notion phrase expression name".split())  # noqa: SIM905
_BESIDE = re.compile(
    r"^(?:(?:and|but|or|so)[, ]+)*(?P<what>(?:per|by|in|for|at|among|across|within|on|with|without|between|versus|vs\.?"
    r"|compared (?:to|with)|instead of|during|since|before|after|from|to)\b .+?)[?.!]*$",
    re.I,
)
_SAME = re.compile(
    r"^(?:(?:and|but|or|so)[, ]+)*(?:(?:is|was) (?:it|that) )?(?:the )?same (?P<what>(?:in|for|with|at|by|of|to)\b .+?)[?.!]*$",
    re.I,
)
_MEANT_THING = re.compile(
    r"^(?:no[,.]? )?(?P<thing>[^.?!,;:]{2,60}?),? i (?:mean|meant)\s*[.,:;–—-]+\s*(?P<rest>\S.*)$", re.I | re.S
)
_IT_SAYS = re.compile(
    r"\b(?:does|did) (?P<it>it) (?:even |actually |also )?(?:say|mention|find|report|define|describe)\b", re.I
)
_DOCUMENTS = frozenset(f"the {noun}" for noun in DOCUMENT_NOUNS)
_TO_TEXT_ABOUT = re.compile(
    rf"^(?:(?:and|but|so)[, ]+)*(?:in |what about )?(?:the|this|that) (?:other )?(?:{'|'.join(DOCUMENT_NOUNS)})\b[,:]?"
    r" (?:on|about|of|for) ",
    re.I,
)
_PREPOSITION_BEFORE = re.compile(r"\b(?:from|to|in|of|out|over|up|down|around|near|between)\s+$", re.I)
_OF_THING = re.compile(
    r"^(?:(?:and|but|so|the|a)[, ]+)*[a-z-]{4,} of (?!the\b|this\b|that\b|it\b|them\b)[a-z-]{4,}[?.!]*$", re.I
)
_I_MEAN = re.compile(r",?\s*i (?:mean|meant)\s*[.!]*$", re.I)

_PERSON_WORDS = re.compile(r"\b(?:he|she|him|his|hers?)\b", re.I)
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_YEARS = re.compile(r"^[\d\s–-]+(?:present)?\s*:\s*")
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|please|of course|definitely|absolutely|sounds good|do that"
    r"|yes,? (?:please|do|i do|go ahead|that one|sure)|sure,? (?:please|go ahead)|ok(?:ay)?,? (?:please|do that|go ahead))"
    r"\s*[.!]*$",
    re.I,
)
_NUMBER_CHOICE = re.compile(r"^(?:option |number |no\.? |#)?(\d)[.)]?\s*(?:please)?[.!]*$", re.I)
_MORE = re.compile(
    r"^(?:(?:can|could|would) you |please )*(?:(?:tell|give|show|say) (?:me |us )?)?(?:a (?:little|bit) )?(?:some )?more"
    r"(?:,? (?:details?|information|info|please|on that|about (?:that|this|it)|of (?:that|this)))*\s*(?:please)?[.!?]*$"
    r"|^(?:please )?(?:go on|continue|keep going|elaborate|expand|say more|go deeper|details?|in more detail)"
    r"(?: (?:please|on (?:that|this|it)|about (?:that|this|it)))*[.!?]*$"
    r"|^(?:can|could|would) you (?:please )?(?:elaborate|expand|explain)(?: (?:on |that|this|it|further|more|a bit))*[.!?]*$"
    r"|^(?:make (?:it|that) )?(?:shorter|longer|simpler|briefer|in short|briefly|in plain words|just tell me)"
    r"(?:,? please)?[.!?]*$"
    r"|^(?:what|anything|something) else(?: (?:is there|about (?:that|this|it)))?[?.!]*$",
    re.I,
)
_CORRECTION = re.compile(
    r"^(?:(?:no|nope|nah|sorry|oops|actually|wait|hmm|not (?:that|those|this)(?: one)?|that(?:[’']s| is| was) not"
    r" (?:it|what i (?:meant|asked)|my question))\b[,.:;!]?\s*)*"
    r"(?:but )?(?:(?:i|we) (?:mean|meant|was (?:asking|talking) about|am (?:asking|talking) about|am referring to"
    r"|was thinking of)|i[’']m (?:asking|talking) about|i[’']m referring to|i meant to (?:say|ask)"
    r"|correction(?::| to)?|rather)\b[,:]?\s*(?P<meant>.+)$",
    re.I | re.S,
)
_NO_BUT = re.compile(
    r"^(?:no|nope|not (?:that|this|those)(?: one)?|sorry)\b[,.:;!]\s*(?P<meant>(?:the|for|in|about|with|of|a|my|not) .+)$",
    re.I | re.S,
)
_NOT_BUT = re.compile(r"^(?:no\b[,.]?\s*)?not (?!that\b|this\b|those\b)[\w’' -]+,\s*(?:but )?(?P<meant>.+)$", re.I)
_NOT_THIS = re.compile(r"^(?P<meant>.+?), (?:and )?not .+$", re.I)
_WHAT_ABOUT = re.compile(
    r"^(?:(?:and|but|so|ok|okay|then)[, ]+)*(?:what|how) about (?P<thing>.+?)\s*(?:then)?[?.!]*$", re.I
)
_AND_THING = re.compile(
    r"^(?:ok(?:ay)?[, ]+)?(?:and|or|but)[, ]+(?P<thing>(?:for |in |with |at |among |of )?(?:[\w’'-]+ ?){1,5})[?.!]*$",
    re.I,
)
_BACK_TO = re.compile(
    r"^(?:(?:ok|okay|so|now|and|but)[, ]+)*(?:let[’']?s (?:go|get) |(?:can|could) we (?:go|get) |go(?:ing)? |get(?:ting)? )?"
    r"(?:back to|returning to|return to|coming back to|as for|regarding) (?P<thing>[^,:;?.!]+)[,:;?.!]*\s*(?P<rest>.*)$",
    re.I | re.S,
)
_PREPOSITION = re.compile(r"^(?:for|in|with|at|among|of|about)\s+", re.I)
_OWNER = re.compile(r"\b(?:the|my|our|his|her|their)\s+$", re.I)
_ARTICLE = re.compile(r"^(?:the|a|an|for|in|with|at|among|of|about)\s+", re.I)
_ENDING = re.compile(r"[\s?.!]+$")
_ONE = re.compile(r"^(?:the |a |an )?(?P<which>[\w -]+?) (?:one|ones)$", re.I)
_ASKS = re.compile(
    r"^(?:what|who|whom|whose|how|where|when|why|which|is|are|was|were|do|does|did|can|could|should|will|would|has|have"
    r"|had|tell|list|name)\b",
    re.I,
)
_COUNTS = re.compile(r"^(?:any|how (?:many|much)|which|what|whose)\b", re.I)


def understand_question(question: str, history: Sequence[Turn], known: Known | None = None) -> Understood:
    """What stands alone in place of a question.

    Args:
        question: the last thing that was asked.
        history: earlier turns, oldest first; those of the person alone are enough.
        known: what is known beside the turns.
    """
    setting = _read_history(history, known or Known(), " ".join(question.split()))
    plain, reading, setting = _read_turn(question, setting)
    text = question.strip() if reading.text == " ".join(question.split()) else reading.text
    own = find_content_stems(question)
    carried = tuple(word for word in find_content(text) if stem(word) not in own)
    labels = reading.labels
    if not labels and setting.last is not None and reading.kind not in ("alone", "unclear"):
        labels = setting.last.labels
    return Understood(text, reading.kind, carried, labels, _wants_help(plain, reading, setting.last))


# --- what went before ---------------------------------------------------------------------------------------------


def _read_history(history: Sequence[Turn], known: Known, question: str) -> _Setting:
    asked = [turn.text for turn in history if turn.speaker == "user"]
    title = _BRACKETS.sub("", known.topic[0]).strip() if known.topic else ""
    section = _YEARS.sub("", _BRACKETS.sub("", known.topic[-1])).strip(" :-–") if len(known.topic) > 1 else ""
    is_person = any(_PERSON_WORDS.search(text) for text in (*asked, question))
    period = known.topic[-1] if len(known.topic) > 1 else ""
    search = _ask_sparingly(known.search) if known.search is not None else None
    setting = _Setting(Topic(title, section, period, is_person), search, known.holds)
    for place, turn in enumerate(history):
        if turn.speaker == "user":
            reply = history[place + 1] if place + 1 < len(history) else None
            setting = _add_exchange(turn, reply if reply and reply.speaker == "assistant" else None, setting)
    return setting


def _ask_sparingly(search: Search) -> Search:
    """A search that is asked of no question twice, and of few."""
    known: dict[str, Evidence] = {}

    def find(text: str) -> Evidence:
        if text not in known and len(known) < _MOST_SEARCHES:
            known[text] = search(text)
        return known.get(text) or Evidence(Question(text, text), ())

    return find


def _add_exchange(turn: Turn, reply: Turn | None, setting: _Setting) -> _Setting:
    plain, reading, setting = _read_turn(turn.text, setting)
    before = setting.last
    answered = {} if reply is None else _read_reply(reply)
    if before is not None and reading.kind in ("more", "unclear"):
        exchange = replace(before, **answered)
        return replace(setting, exchanges=(*setting.exchanges[:-1], exchange))
    whole = _prefer_searched(reading.text, turn.searched)[:_LONGEST]
    base = before.base if before is not None and whole.endswith(f": {_lower_first(before.base)}") else whole
    guides = _wants_help(plain, reading, before)
    listing, matter = reading.listing, reading.matter
    if before is not None and reading.kind in ("follow_up", "correction"):
        listing = listing or before.listing
        matter = matter or ("" if reading.kind == "correction" else before.matter)
    of_texts = asks_documents(find_asking_part(whole))
    if guides and not matter and not of_texts:
        matter = find_matter(whole)
    theme = reading.theme if reading.theme and reading.theme in whole else ""
    theme = theme or find_theme(
        f"how do i {matter}" if matter and not setting.topic.title else "", find_asking_part(base), base
    )
    if reading.kind == "unclear" and whole == plain:
        theme = ""
    theme = theme or (before.theme if before else "")
    matter = matter or (theme if guides else "")
    exchange = Exchange(whole, base, theme, said=plain, guides=guides, matter=matter, listing=listing)
    return replace(setting, exchanges=(*setting.exchanges, replace(exchange, **answered))[-_MOST_EXCHANGES:])


def _read_reply(reply: Turn) -> dict[str, Any]:
    """What an exchange keeps of its answer: the source's words where they are known."""
    is_quoted = reply.quoted is not None
    answer = reply.quoted if reply.quoted is not None else reply.text
    return {"answer": answer, "labels": reply.labels, "offered": reply.offered, "is_quoted": is_quoted}


def _prefer_searched(text: str, searched: str) -> str:
    """What was searched, unless only names of documents were left out of it: without them it is no sentence."""
    if not searched or find_content_stems(searched) <= find_content_stems(text):
        return text
    return searched


def _read_turn(text: str, setting: _Setting) -> tuple[str, _Reading, _Setting]:
    """The question without its opening, as it is understood, and what it is understood in."""
    plain = " ".join(text.split())
    opening = read_opening(plain) if len(plain) <= _LONGEST else None
    if opening is not None and opening.rest != plain:
        plain = opening.rest
        if opening.turns and setting.exchanges:
            away = replace(setting, exchanges=(), past=(*setting.past, *setting.exchanges))
            reading = _understand(plain, away)
            if reading.kind != "unclear":
                return plain, reading, away
    reading = _understand(plain, setting)
    if reading.kind in ("alone", "unclear") and setting.last is not None and find_unclear(plain) == "unclear":
        reading = _lean(plain, setting, setting.last)
    return plain, reading, setting


def _lean(question: str, setting: _Setting, last: Exchange) -> _Reading:
    """What says nothing by itself is about what was spoken of last; a word or two ask for more of it."""
    if setting.topic.title:
        return _Reading(question, "unclear")
    if len(question.split()) <= _MOST_BARE:
        return _repeat(last)
    about = last.matter or last.theme or _ENDING.sub("", last.question)
    return _Reading(
        f"{about}: {_lower_first(strip_openers(question))}", "follow_up", theme=last.theme, matter=last.matter
    )


def _wants_help(question: str, reading: _Reading, before: Exchange | None) -> bool:
    """Whether help is wanted: by the question itself, or because it goes on with what help was wanted with."""
    if reading.kind == "chosen" or before is None or reading.kind == "alone":
        return asks_guidance(reading.text) or asks_guidance(question)
    if reading.kind in ("more", "unclear"):
        return before.guides or asks_guidance(question)
    return asks_guidance(question) or (before.guides and not asks_documents(question))


def _understand(question: str, setting: _Setting) -> _Reading:
    if len(question) > _LONGEST:
        return _Reading(question, "alone")
    for way in (
        _choose_offered,
        _correct,
        _tell_more,
        _go_back,
        _pick_items,
        _ask_barely,
        _continue_matter,
        _ask_beside,
        _ask_about,
        _resolve,
    ):
        reading = way(question, setting)
        if reading is not None:
            return reading
    return _Reading(question, "alone")


# --- what was offered --------------------------------------------------------------------------------------------


def _choose_offered(question: str, setting: _Setting) -> _Reading | None:
    """ "Yes" and "the second" to questions that the last answer offered."""
    last = setting.last
    offered = last.offered if last else ()
    plain = strip_openers(question)
    says_yes = bool(_YES.match(question) or _YES.match(plain))
    if last is not None and says_yes and last.guides and len(offered) != 1:
        return _repeat(last)  # of several that are only offered beside the help, a yes chooses none
    if not offered:
        return _Reading(question, "unclear") if says_yes else None
    if ORDINAL.search(plain) and last is not None and _is_of_list(last):
        picked = _pick_items(question, setting)
        if picked is not None and picked.kind != "unclear":
            return picked
    place = 0 if says_yes else _read_choice(plain, offered)
    return _Reading(offered[place], "chosen") if place is not None and -1 <= place < len(offered) else None


def _is_of_list(last: Exchange) -> bool:
    return last.listing is not None or bool(find_asked_for(last.said) or list_items(last.answer))


def _repeat(last: Exchange) -> _Reading:
    return _Reading(last.question, "more", theme=last.theme, listing=last.listing, matter=last.matter)


def _read_choice(plain: str, offered: Sequence[str]) -> int | None:
    """Which of what was offered is named: by number, by place, or as "the broad one"."""
    number = _NUMBER_CHOICE.match(plain)
    if number:
        return int(number.group(1)) - 1
    ordinal = ORDINAL.search(plain)
    if ordinal and _says_nothing_else(plain, "question"):
        return ORDINALS[ordinal.group(1).casefold()]
    one = _ONE.match(_ENDING.sub("", plain))
    wanted = find_content_stems(one.group("which")) if one else frozenset()
    fitting = [place for place, text in enumerate(offered) if wanted and wanted <= find_content_stems(text)]
    return fitting[0] if len(fitting) == 1 else None


# --- corrections -------------------------------------------------------------------------------------------------


def _correct(question: str, setting: _Setting) -> _Reading | None:
    """ "No, I meant the broad one": the question before, read again with what was meant."""
    there = _MEANT_THING.match(question)
    if there is not None and find_content(there.group("rest")):
        return _resolve_there(there.group("thing").strip(), there.group("rest"), (), setting)
    match = _NOT_BUT.match(question) or _CORRECTION.match(question) or _NO_BUT.match(question)
    if match is None:
        return None
    meant = _I_MEAN.sub("", match.group("meant").strip())
    words = len(find_content(meant))
    if setting.last is None:
        return _Reading(question, "alone" if words > 1 else "unclear")
    if _ASKS.match(meant) and (words > 1 or find_pronouns(meant)):
        inner = _resolve(meant, setting)
        return _Reading(inner.text if inner else meant, "correction")
    if words > _MOST_PUT:
        return _Reading(meant, "correction")
    contrast = _NOT_THIS.match(_ENDING.sub("", meant))
    text = _put_into(contrast.group("meant") if contrast else meant, setting.last.base)
    theme = setting.last.theme if setting.last.theme in text else ""
    return _Reading(text, "correction", theme=theme)


def _put_into(thing: str, base: str) -> str:
    """A question with another thing in the place of the one that it fits, or with it named first."""
    bare = _ARTICLE.sub("", _ENDING.sub("", thing.strip()))
    if _ONE.match(bare):
        return _add(base, f"the {bare}")
    slot = _find_slot(thing, base)
    if slot is None:
        return f"{bare}: {_lower_first(base)}"
    owner = _OWNER.search(base[: slot.start])
    start = owner.start() if owner and _OWNER.match(f"{bare} ") else slot.start
    return f"{base[:start]}{bare}{base[slot.end :]}"


def _find_slot(thing: str, base: str) -> Phrase | None:
    """The part of a question that another thing fits: of the same noun, a name for a name, people for people."""
    leads = _PREPOSITION.match(thing)
    if leads is not None:
        behind = re.compile(rf"\b{leads.group().strip()} (?:(?:the|my|our|a|an|his|her|their) )?$", re.I)
        same = [phrase for phrase in find_phrases(base) if behind.search(base[: phrase.start])]
        if same:
            return same[-1]
    own = find_phrases(f"see {_ENDING.sub('', thing)}")
    if len(own) != 1 or own[0].beside:
        return None
    new = own[0]
    for phrase in reversed(find_phrases(base)):
        alike = new.head == phrase.head or (new.is_pure_name and phrase.is_pure_name)
        if alike and phrase.text.casefold() != new.text.casefold():
            return phrase
    main = find_main(base)
    return main if main and names_people(new.text) and names_people(main.text) else None


# --- more, why, back to -------------------------------------------------------------------------------------------


def _tell_more(question: str, setting: _Setting) -> _Reading | None:
    """ "Tell me more": the question before once more, for what has not been shown of it."""
    if not _MORE.match(question) and not _MORE.match(strip_openers(question)):
        return None
    if setting.last is None:
        return _Reading(_add_title(question, setting), "more" if setting.topic.title else "unclear")
    return _repeat(setting.last)


def _ask_barely(question: str, setting: _Setting) -> _Reading | None:
    """ "Why?": the question before with this one behind it."""
    if not asks_barely(question):
        return None
    if setting.last is None:
        return _Reading(_add_title(question, setting), "follow_up" if setting.topic.title else "unclear")
    asks = _lower_first(_ENDING.sub("", strip_openers(question)))
    return _Reading(f"{_ENDING.sub('', setting.last.question)}, and {asks}?", "follow_up", theme=setting.last.theme)


def _go_back(question: str, setting: _Setting) -> _Reading | None:
    """ "Back to the districts": the question in which they were last spoken of."""
    match = _BACK_TO.match(question)
    wanted = find_content_stems(match.group("thing")) if match else frozenset()
    if match is None or not wanted:
        return None
    thing, rest = match.group("thing").strip(), match.group("rest").strip()
    spoken_of = (*setting.past, *setting.exchanges)
    earlier = next((one for one in reversed(spoken_of) if wanted & find_content_stems(one.question)), None)
    labels = earlier.labels if earlier else ()
    if not list_words(rest):
        return _Reading(earlier.question, "follow_up", labels, earlier.theme) if earlier else None
    if asks_guidance(rest):
        # "Back to the visit": what help was wanted with, also where it was not called so.
        helped = (
            earlier if earlier and earlier.matter else next((one for one in reversed(spoken_of) if one.matter), None)
        )
        if helped is not None:
            text = f"{helped.matter}: {_lower_first(rest)}"
            return _Reading(text, "follow_up", helped.labels, helped.theme, matter=helped.matter)
    return _resolve_there(thing, rest, labels, setting)


def _resolve_there(thing: str, rest: str, labels: tuple[str, ...], setting: _Setting) -> _Reading:
    """What is asked of a thing that is named before it."""
    there = Exchange(f"about {thing}", thing, thing, said=thing)
    inner = _resolve(rest, replace(setting, exchanges=(*setting.exchanges, there)))
    if inner is not None and inner.kind == "follow_up":
        return replace(inner, labels=labels)
    return _Reading(f"{_ARTICLE.sub('', thing)}: {_lower_first(rest)}", "follow_up", labels, thing)


# --- items of a list ----------------------------------------------------------------------------------------------


def _pick_items(question: str, setting: _Setting) -> _Reading | None:
    """ "The third", "the other two strands": items of the list that was answered with."""
    others, ordinal = OTHERS.search(question), ORDINAL.search(question)
    match = others or ordinal
    if match is None:
        return None
    noun = read_noun(match)
    whole = _says_nothing_else(question, noun)
    if noun in DOCUMENT_NOUNS:
        return None
    if not whole and not match.group().casefold().startswith("the "):
        return None
    if setting.last is None:
        return _Reading(question, "unclear") if whole and not setting.topic.title else None
    last = setting.last
    listing, passages = _find_list(setting, last, noun)
    picked = None
    if listing is not None:
        picked = pick_others(listing, last.question) if others else pick_one(listing, match.group(1))
    if picked is None and whole and not others and (group := find_asked_for(last.said)):
        # The list is not to be found: what it is of is said at least.
        text = f"{_lower_first(match.group())} {make_singular(group)}" if not noun else _lower_first(match.group())
        return _Reading(_add(text, _ENDING.sub("", last.question)), "follow_up", theme=last.theme)
    if picked is None:
        known = _ask_about(question, setting) if noun else None
        return known or (_Reading(question, "unclear") if whole and not setting.topic.title else None)
    items = [picked.items[place] for place in picked.picked]
    labels = tuple(label for label, text in passages if any(item in text for item in items)) or last.labels
    place = match.group() if others else picked.name_place()
    named = f"{_lower_first(place)}: {picked.write()}"
    theme = named
    if not whole:
        behind = question[match.end() :]
        text = f"{question[: match.start()]}{place} ({picked.write()}){behind}"
        theme = picked.one
    elif last.listing is not None and last.listing.one and not _picks_only(last.said):
        text = _add(_unsaid(last), named)  # what was asked of one item is asked of the others
    else:
        text = named
    return _Reading(text, "follow_up", labels, theme, picked)


def _picks_only(said: str) -> bool:
    match = OTHERS.search(said) or ORDINAL.search(said)
    return match is not None and _says_nothing_else(said, read_noun(match))


def _unsaid(last: Exchange) -> str:
    """The last question in its own words."""
    return _ENDING.sub("", strip_openers(last.said)) + "?"


def _says_nothing_else(question: str, noun: str) -> bool:
    if find_pronouns(question):
        return False
    return not set(find_content(question)) - FILLERS - ORDINALS.keys() - {noun, "study", "strand"}


def _find_list(setting: _Setting, last: Exchange, noun: str) -> tuple[Listing | None, tuple[tuple[str, str], ...]]:
    """The list of a late answer, else of the passages that it rested on; and label and text of those."""
    for exchange in reversed(setting.exchanges[-_LISTS_BACK:]):
        if exchange.listing is not None and is_of_kind(exchange.listing, noun):
            return exchange.listing, ()
        items = list_items(exchange.answer)
        if items:
            return Listing(items, noun and make_singular(noun) or make_singular(find_asked_for(exchange.said))), ()
    if setting.search is None:
        return None, ()
    asked = next((one for one in reversed(setting.exchanges[-_LISTS_BACK:]) if find_asked_for(one.said)), last)
    one = make_singular(noun or find_asked_for(asked.said))
    about = asked.question if not noun or noun in asked.question else f"{_ENDING.sub('', asked.question)} {noun}"
    hits = setting.search(about).hits
    joined: list[tuple[str, list[Hit]]] = []
    for hit in sorted(hits, key=lambda one: one.passage.label not in last.labels):
        beside = sorted((one for one in hits if _stands_with(one, hit)), key=lambda one: one.passage.start)
        joined.append(("\n".join(one.text for one in beside), beside))
    called = list_items_of(one, (text for text, _ in joined))
    for text, beside in joined:
        items = called if called and called[0] in text else () if called else list_items(text)
        if items and (called or may_be_of(one, items, text)):
            return Listing(items, one), tuple((one.passage.label, one.text) for one in beside)
    return None, ()


def _stands_with(one: Hit, other: Hit) -> bool:
    return one.passage.document_id == other.passage.document_id and one.passage.section == other.passage.section


# --- what help is wanted with -------------------------------------------------------------------------------------


def _continue_matter(question: str, setting: _Setting) -> _Reading | None:
    """ "And if she says no?": the matter that help is wanted with stands before what goes on with it."""
    last = setting.last
    if last is None or not last.matter or setting.topic.title:
        return None
    if len(find_content(question)) > _MOST_OF_ITS_OWN or asks_documents(question):
        return None
    if not goes_on(question) and not find_pronouns(question):
        return None
    if find_content_stems(last.matter) <= find_content_stems(question):
        return None
    if len(last.matter.split()) <= _LONGEST_IN_PLACE and last.matter == last.theme and find_pronouns(question):
        return None  # it can stand where the pronoun stands
    rest = strip_openers(question)
    return _Reading(f"{last.matter}: {_lower_first(rest)}", "follow_up", theme=last.theme, matter=last.matter)


# --- what about ---------------------------------------------------------------------------------------------------


def _ask_about(question: str, setting: _Setting) -> _Reading | None:
    """ "What about high schools?": the question before, asked of them."""
    match = _WHAT_ABOUT.match(question) or _AND_THING.match(question)
    if match is None or setting.last is None:
        return None
    thing = match.group("thing").strip()
    few = 0 < len(find_content(thing)) <= _MOST_ASKED_ABOUT or _find_slot(thing, setting.last.base) is not None
    if not few or _ASKS.match(thing) or find_pronouns(thing):
        return None
    return _Reading(
        _put_into(thing, setting.last.base), "follow_up", theme=_PREPOSITION.sub("", _ENDING.sub("", thing))
    )


def _ask_beside(question: str, setting: _Setting) -> _Reading | None:
    """ "Per strand?", "vs leaders?", "same in the other text?": the question before, so limited or so compared."""
    match = _SAME.match(question) or _BESIDE.match(question)
    if match is None or setting.last is None or setting.topic.title:
        return None
    what = match.group("what").strip()
    if len(find_content(what)) > _MOST_ASKED_ABOUT or find_pronouns(what) or _ASKS.search(f"{what} "):
        return None
    last = setting.last
    fits = match.re is _BESIDE and _find_slot(what, last.base) is not None
    text = _put_into(what, last.base) if fits else _extend(last.base, what)
    return _Reading(text, "follow_up", theme=last.theme)


# --- pronouns and gaps --------------------------------------------------------------------------------------------


def _resolve(question: str, setting: _Setting) -> _Reading | None:
    """Every pronoun and gap of a question filled from what was said before."""
    if not setting.topic.title and len(find_content(question)) > _MOST_OF_ITS_OWN:
        return None
    full = _say_which_text(_complete(question, setting), setting)
    reading = _fill_pronouns(full, setting) if find_pronouns(full) else _fill_gap(full, setting)
    if full != question and (reading is None or reading.text == full):
        reading = _Reading(full, "follow_up")
    known = list_known(question, setting.exchanges, setting.topic)
    more = [find_period(question, setting.topic), f"besides {', '.join(known)}" if known else ""]
    if not any(more) or (reading is not None and reading.kind == "unclear"):
        return reading
    text = reading.text if reading is not None else question
    for added in more:
        text = _add(text, added) if added and added not in text else text
    return _Reading(text, "follow_up", theme=reading.theme if reading is not None else "")


def _complete(question: str, setting: _Setting) -> str:
    """The question with "the strand" as "the investment strand", where that is what was spoken of."""
    for phrase in reversed(find_phrases(question)):
        if not question[: phrase.start].casefold().endswith("the "):
            continue
        longer = complete_phrase(phrase, setting.exchanges, setting.topic)
        if longer and not find_content_stems(longer) <= find_content_stems(question):
            question = f"{question[: phrase.start]}{longer}{question[phrase.end :]}"
    return question


def _say_which_text(question: str, setting: _Setting) -> str:
    """ "What does it say of money" with the document that was spoken of in the place of "it"."""
    match = _IT_SAYS.search(question)
    if match is None or setting.topic.title:
        return question
    for exchange in reversed(setting.exchanges[-_THEMES_BACK - 1 :]):
        if exchange.theme.casefold() in _DOCUMENTS:
            return f"{question[: match.start('it')]}{exchange.theme}{question[match.end('it') :]}"
    return question


def _fill_pronouns(question: str, setting: _Setting) -> _Reading:
    pronouns = find_pronouns(question)
    if read_question(question).kind is Kind.METADATA and not setting.topic.title:
        return _Reading(question, "alone")  # who wrote it: of the document that is searched
    text, shift, themes, beside = question, 0, dict[Stands, str](), ""
    for pronoun in pronouns:
        named = _find_called(pronoun, setting)
        if named:
            beside = themes[pronoun.stands] = named
            continue
        found = find_antecedent(pronoun, setting.exchanges, setting.topic, question)
        if found is None or pronoun.stands in themes:
            continue
        if not _is_sure(found, pronoun, setting):
            long = found.age == 0 and found.is_plural and pronoun.stands is Stands.MANY
            beside = beside or (found.text if long else _find_theme(pronoun, setting))
            continue
        themes[pronoun.stands] = found.text
        if pronoun.noun and found.head != stem(pronoun.noun):
            beside = themes[pronoun.stands]  # "this war" with a name for it: behind the question
            continue
        new = _write_in_place(pronoun, found, question)
        text = text[: pronoun.start + shift] + new + text[pronoun.end + shift :]
        shift += len(new) - (pronoun.end - pronoun.start)
    if beside and find_content_stems(beside) <= find_content_stems(text):
        beside = ""
    text = _add_title(_add(text, beside) if beside else text, setting)
    if text != question:
        return _Reading(text, "follow_up", theme=next(iter(themes.values()), "") or beside)
    pointed = all(pronoun.noun for pronoun in pronouns)
    return _Reading(question, "alone" if pointed or len(find_content(question)) > 1 else "unclear")


def _find_called(pronoun: Pronoun, setting: _Setting) -> str:
    """What "that strand" or "that term" is: the item picked of a list, the thing named last; empty where that is unknown."""
    if setting.topic.title or setting.last is None:
        return ""
    if pronoun.noun in _TERM_NOUNS:
        return next(reversed(list_own_terms(setting.last)), "")
    if pronoun.stands is Stands.ONE and not pronoun.noun:
        one = setting.last.listing.one if setting.last.listing else ""
        return one if one and one == setting.last.theme else ""
    if pronoun.noun and pronoun.stands is Stands.ONE:
        lists = [one.listing for one in reversed(setting.exchanges) if one.listing is not None and one.listing.one]
        return next((one.one for one in lists if is_of_kind(one, pronoun.noun)), "")
    return ""


def _find_theme(pronoun: Pronoun, setting: _Setting) -> str:
    """What was spoken of last that a pronoun can stand for by its number, else what was spoken of last."""
    themes = [exchange.theme for exchange in reversed(setting.exchanges[-_THEMES_BACK:]) if exchange.theme]
    many = pronoun.stands is Stands.MANY
    fitting = (theme for theme in themes if any(one.is_plural is many for one in find_phrases(f"see {theme}")[:1]))
    return next(fitting, themes[0] if themes else "")


def _is_sure(found: Antecedent, pronoun: Pronoun, setting: _Setting) -> bool:
    """Whether a thing surely is what a pronoun stands for, and can stand in its place."""
    last = setting.last
    if setting.topic.title or last is None or (last.answer and not last.is_quoted):
        return True
    if len(found.text.split()) > _LONGEST_IN_PLACE or found.age > 1:
        return False
    if pronoun.stands is Stands.MANY:
        return found.is_plural or names_people(found.text)
    if pronoun.stands is Stands.ONE:
        return not found.is_plural and (found.text == last.theme or found.named)
    return True


def _write_in_place(pronoun: Pronoun, found: Antecedent, question: str) -> str:
    text = found.text
    if question[: pronoun.start].endswith(" of ") and found.is_plural and not found.named and not _ARTICLE.match(text):
        text = f"the {text}"  # "which of those"
    if pronoun.stands is Stands.PLACE and not _PREPOSITION_BEFORE.search(question[: pronoun.start]):
        return f"in {text}"
    if not pronoun.possessive:
        return text
    return f"{text}’" if text.endswith("s") else f"{text}’s"


def _fill_gap(question: str, setting: _Setting) -> _Reading | None:
    """A question that says too little is asked of what was spoken of."""
    if setting.topic.title:
        text = _add_title(question, setting)
        return _Reading(text, "follow_up") if text != question else None
    which = leaves_open_which(question)
    if setting.last is None:
        return _Reading(question, "unclear") if which and not find_content(question) else None
    if _TO_TEXT_ABOUT.match(question) or _OF_THING.match(question):
        return None
    if not which and not lacks_thing(question) and (not is_fragment(question) or _is_term(question, setting)):
        return None
    theme = setting.last.theme
    if which or not find_phrases(f"see {question}"):
        theme = write_asked_for(setting.last) or theme  # "names?", "which is the oldest?": of what was asked for
    things = [theme, *(phrase.text for phrase in find_phrases(setting.last.question) if phrase.text not in theme)]
    added = ", ".join(things[: _MOST_CHOICES if which else 1])
    if not theme or find_content_stems(added) & find_content_stems(question):
        return None
    return _Reading(_add(question, added), "follow_up", theme=theme)


def _is_term(question: str, setting: _Setting) -> bool:
    """Whether two words or more are all that is said, and the documents hold them so: a new topic, named."""
    plain = _ENDING.sub("", strip_openers(question))
    if setting.holds is None or _COUNTS.match(plain) or len(find_content(plain)) < _MOST_ASKED_ABOUT:
        return False
    return setting.holds(plain)


# --- writing -------------------------------------------------------------------------------------------------------


def _add_title(question: str, setting: _Setting) -> str:
    """The question with the title that the conversation is about, or with that in full where it names half of it."""
    title = setting.topic.title
    if not title or (setting.last is None and not find_pronouns(question) and _names_more(question, title)):
        return complete_name(question, title) if title else question
    completed = complete_name(question, title)
    if completed != question or find_content_stems(title) & find_content_stems(question):
        return completed
    return _add(question, title)


def _names_more(question: str, title: str) -> bool:
    return any(phrase.named for phrase in find_phrases(question)) and complete_name(question, title) == question


def _add(question: str, words: str) -> str:
    body = _ENDING.sub("", question)
    ending = question[len(body) :].strip()
    return f"{body[:-1]}; {words}){ending}" if body.endswith(")") else f"{body} ({words}){ending}"


def _extend(base: str, words: str) -> str:
    """A question with more words at its end, before what was added to it in brackets."""
    body = _ENDING.sub("", base)
    bracket = body.rfind(" (") if body.endswith(")") else -1
    return f"{body} {words}?" if bracket < 0 else f"{body[:bracket]} {words}{body[bracket:]}?"


def _lower_first(text: str) -> str:
    """A sentence as it goes on behind a colon; a name keeps its capital."""
    first = list_words(text)[:1]
    return text[:1].lower() + text[1:] if first and (first[0] in STOP_WORDS or _ASKS.match(text)) else text
