"""Understands a question in its conversation: the question and the turns before it in, a question that stands alone out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coach.asking import Kind, read_number, read_question
from coach.leaning import (
    Pronoun,
    Stands,
    asks_barely,
    find_pronouns,
    is_fragment,
    leaves_open_which,
    strip_openers,
)
from coach.lexical import STOP_WORDS, list_words
from coach.mentions import Phrase, find_content, find_content_stems, find_items, find_phrases, fold_marks
from coach.records import Evidence, Hit, Turn
from coach.stemming import stem

UnderstoodKind = Literal["alone", "follow_up", "correction", "chosen", "more", "unclear"]
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


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A question as it was understood, and what was answered."""

    question: str
    base: str
    """The question without what a "what about" put before it, so that the next one takes its place."""
    theme: str
    """What it is about; what it took from before where it has no thing of its own."""
    answer: str
    labels: tuple[str, ...]
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a question is understood in."""

    exchanges: tuple[_Exchange, ...]
    title: str
    section: str
    is_person: bool
    """Whether the title is that of a person, by the pronouns that were used."""
    search: Search | None

    @property
    def last(self) -> _Exchange | None:
        return self.exchanges[-1] if self.exchanges else None


@dataclass(frozen=True, slots=True)
class _Mention:
    """Something that was named, and how well it would stand where a pronoun stands."""

    text: str
    named: bool
    plural: bool
    head: str
    score: float


_MOST_EXCHANGES = 12
_PERSON_WORDS = re.compile(r"\b(?:he|she|him|his|hers?)\b", re.I)
_DOCUMENT_NOUNS = frozenset(
    "article articles study report text texts page entry paper document documents publication section topic".split()  # noqa: SIM905
)
_WHO_IS = re.compile(r"^(?:and |so )?who (?:is|was) ((?:[A-Z][\w’'.-]* ?)+?)\s*\??$")
_ASKS_OTHERS = re.compile(r"\b(?:other|others|else|another)\b", re.I)
_YEARS = re.compile(r"^[\d\s–-]+(?:present)?\s*:\s*")
_TIME_NOUNS = frozenset("time period era year years season days phase moment decade tour".split())  # noqa: SIM905
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|please|of course|definitely|absolutely|sounds good|do that"
    r"|yes,? (?:please|do|i do|go ahead|that one|sure)|sure,? (?:please|go ahead)|ok(?:ay)?,? (?:please|do that|go ahead))"
    r"\s*[.!]*$",
    re.I,
)
_ORDINALS = {
    word: place
    for place, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th", "eighth 8th")
    )
    for word in words.split()
} | {"last": -1}
_ORDINAL = re.compile(rf"\b(?:the )?({'|'.join(_ORDINALS)})(?: (one|[a-z]{{3,}}))?\b", re.I)
_NUMBER_CHOICE = re.compile(r"^(?:option |number |no\.? |#)?(\d)[.)]?\s*(?:please)?[.!]*$", re.I)
_OTHERS = re.compile(r"\bthe (?:other|remaining) ?(one|two|three|four|five|\d)?(?: (ones?|[a-z]{3,}))?\b|\bthe (?:others|rest)\b", re.I)
_MORE = re.compile(
    r"^(?:(?:can|could|would) you |please )*(?:(?:tell|give|show|say) (?:me |us )?)?(?:a (?:little|bit) )?(?:some )?more"
    r"(?: (?:details?|information|info|please|on that|about (?:that|this|it)|of (?:that|this)))*\s*(?:please)?[.!?]*$"
    r"|^(?:please )?(?:go on|continue|keep going|elaborate|expand|say more|go deeper|details?|in more detail|more)"
    r"(?: (?:please|on (?:that|this|it)|about (?:that|this|it)))*[.!?]*$"
    r"|^(?:can|could|would) you (?:please )?(?:elaborate|expand|explain)(?: (?:on |that|this|it|further|more|a bit))*[.!?]*$"
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
_NOT_THIS = re.compile(r"^(?P<meant>.+?), (?:and )?not (?P<dropped>.+)$", re.I)
_WHAT_ABOUT = re.compile(r"^(?:(?:and|but|so|ok|okay|then)[, ]+)*(?:what|how) about (?P<thing>.+?)\s*(?:then)?[?.!]*$", re.I)
_AND_THING = re.compile(
    r"^(?:ok(?:ay)?[, ]+)?(?:and|or|but)[, ]+(?P<thing>(?:for |in |with |at |among |of )?(?:[\w’'-]+ ?){1,5})[?.!]*$", re.I
)
_BACK_TO = re.compile(
    r"^(?:(?:ok|okay|so|now|and|but)[, ]+)*(?:let[’']?s (?:go|get) |(?:can|could) we (?:go|get) |go(?:ing)? |get(?:ting)? )?"
    r"(?:back to|returning to|return to|coming back to|as for|regarding|about) (?P<thing>[^,:;?.!]+)[,:;?.!]*\s*(?P<rest>.*)$",
    re.I | re.S,
)
_ARTICLE = re.compile(r"^(?:the|a|an|for|in|with|at|among|of|about)\s+", re.I)
_ENDING = re.compile(r"[\s?.!]+$")
_ONE = re.compile(r"^(?:the |a |an )?(?P<which>[\w -]+?) (?:one|ones)$", re.I)
_ASKS = re.compile(
    r"^(?:what|who|whom|whose|how|where|when|why|which|is|are|was|were|do|does|did|can|could|should|will|would|has|have"
    r"|had|tell|list|name)\b",
    re.I,
)
_WORDS_OF_ITEM = 14
_SHORT_ANSWER = 8
_MOST_PUT = 5
_MOST_KNOWN = 3
_MOST_LOOKED_BACK = 4
_MOST_OF_ANSWER = 400
_ASKED = ("qb", "qa", "qp")
_ANSWERED = ("ab", "aa", "ap")
W = dict(qb=3.0, qa=1.0, qp=0.2, ab=1.5, aa=1.0, ap=0.05, named=1.0, new=0.5, beside=1.0, plural=2.0, not_plural=2.0,
         short=6.0, section=2.5, title_one=3.0, title_one_p=0.0, title_many=5.5, title_many_p=1.0, title_place=0.0)


def understand_question(
    question: str, history: Sequence[Turn], search: Search | None = None, topic: Sequence[str] = ()
) -> Understood:
    """What stands alone in place of a question.

    Args:
        question: the last thing that was asked.
        history: earlier turns, oldest first; those of the person alone are enough.
        search: finds what an earlier answer rested on, where the history does not say; asked once at most.
        topic: what the whole conversation is about, the title first, where that is known; empty where not.
    """
    plain = " ".join(question.split())
    setting = _read_history(history[:], search, topic, plain)
    understood = _understand(plain, setting)
    return _finish(question, understood, setting)


def _read_history(history: Sequence[Turn], search: Search | None, topic: Sequence[str], question: str) -> _Setting:
    asked = [turn.text for turn in history if turn.speaker == "user"]
    title = _BRACKETS.sub("", topic[0]).strip() if topic else ""
    is_person = any(_PERSON_WORDS.search(text) for text in (*asked, question))
    section = _clean_section(topic[-1]) if len(topic) > 1 else ""
    setting = _Setting((), title, section, is_person, None)
    turns = list(history)
    for place, turn in enumerate(turns):
        if turn.speaker != "user":
            continue
        reply = turns[place + 1] if place + 1 < len(turns) and turns[place + 1].speaker == "assistant" else None
        exchange = _read_exchange(turn, reply, setting)
        setting = replace(setting, exchanges=(*setting.exchanges, exchange)[-_MOST_EXCHANGES:])
    return replace(setting, search=search)


def _clean_section(section: str) -> str:
    """A section's heading without the years that stand before a colon or in brackets."""
    return _YEARS.sub("", _BRACKETS.sub("", section)).strip(" :-–")


def _read_exchange(turn: Turn, reply: Turn | None, setting: _Setting) -> _Exchange:
    text = " ".join(turn.text.split())
    whole = turn.searched or _understand(text, setting).search_question
    before = setting.last
    base = before.base if before is not None and whole.endswith(f": {_lower_first(before.base)}") else whole
    inherits = before is not None and before.theme and whole.endswith((f"({before.theme})", f"({before.theme})?"))
    theme = before.theme if before is not None and inherits else _find_main(whole)
    if reply is None:
        return _Exchange(whole, base, theme or (before.theme if before else ""), "", (), ())
    return _Exchange(whole, base, theme or (before.theme if before else ""), reply.text, reply.labels, reply.offered)


def _finish(question: str, understood: Understood, setting: _Setting) -> Understood:
    if understood.search_question == " ".join(question.split()):
        understood = replace(understood, search_question=question.strip() or question)
    own = find_content_stems(question)
    carried = tuple(word for word in find_content(understood.search_question) if stem(word) not in own)
    labels = understood.labels
    if not labels and setting.last is not None and understood.kind not in ("alone", "unclear"):
        labels = setting.last.labels
    return replace(understood, carried=carried, labels=labels)


def _understand(question: str, setting: _Setting) -> Understood:
    ways = (_choose_offered, _correct, _tell_more, _go_back, _ask_barely, _pick_items, _what_about, _resolve)
    for way in ways:
        understood = way(question, setting)
        if understood is not None:
            return understood
    return Understood(question, "alone")


# --- what was offered --------------------------------------------------------------------------------------------


def _choose_offered(question: str, setting: _Setting) -> Understood | None:
    """"Yes" and "the second" to questions that the last answer offered."""
    offered = setting.last.offered if setting.last else ()
    plain = strip_openers(question)
    says_yes = bool(_YES.match(question) or _YES.match(plain))
    if not offered:
        return Understood(question, "unclear") if says_yes else None
    if says_yes:
        return Understood(offered[0], "chosen")
    number = _NUMBER_CHOICE.match(plain)
    place = int(number.group(1)) - 1 if number else _find_bare_ordinal(plain)
    if place is None:
        one = _ONE.match(_ENDING.sub("", plain))
        wanted = find_content_stems(one.group("which")) if one else frozenset()
        fitting = [text for text in offered if wanted and wanted <= find_content_stems(text)]
        return Understood(fitting[0], "chosen") if len(fitting) == 1 else None
    return Understood(offered[place], "chosen") if -1 <= place < len(offered) else None


def _find_bare_ordinal(text: str) -> int | None:
    """The place that a text names, where it says nothing else."""
    match = _ORDINAL.search(text)
    if match is None or match.group(2) not in (None, "one", "question", "please"):
        return None
    rest = find_content(text[: match.start()] + " " + text[match.end() :])
    return _ORDINALS[match.group(1).casefold()] if not set(rest) - {"please", "yes", "ok", "one"} else None


# --- corrections -------------------------------------------------------------------------------------------------


def _correct(question: str, setting: _Setting) -> Understood | None:
    """"No, I meant the broad one": the question before, read again with what was meant."""
    match = _CORRECTION.match(question) or _NO_BUT.match(question)
    if match is None:
        return None
    meant = match.group("meant").strip()
    if setting.last is None:
        return Understood(question, "alone" if len(find_content(meant)) > 1 else "unclear")
    if _ASKS.match(meant) and len(find_content(meant)) > 1:
        inner = _resolve(meant, setting)
        return Understood(inner.search_question if inner else meant, "correction")
    if len(find_content(meant)) > _MOST_PUT:
        return Understood(meant, "correction")
    contrast = _NOT_THIS.match(_ENDING.sub("", meant))
    thing = contrast.group("meant") if contrast else meant
    return Understood(_put_into(thing, setting.last.base), "correction")


def _put_into(thing: str, base: str) -> str:
    """A question with another thing in the place of the one that it fits, or with it named first."""
    thing = _ARTICLE.sub("", _ENDING.sub("", thing.strip()))
    phrases = find_phrases(base)
    one = _ONE.match(thing)
    if one and phrases:
        main = _find_main(base)
        place = base.index(main)
        return f"{base[:place]}{one.group('which')} {base[place:]}"
    own = find_phrases(f"about {thing}")
    for phrase in reversed(phrases if len(own) == 1 else ()):
        alike = own[0].head == phrase.head or (own[0].is_pure_name and phrase.is_pure_name)
        if alike and phrase.text.casefold() != thing.casefold():
            return f"{base[: phrase.start]}{thing}{base[phrase.end :]}"
    return f"{thing}: {_lower_first(base)}"


# --- more, why, back to -------------------------------------------------------------------------------------------


def _tell_more(question: str, setting: _Setting) -> Understood | None:
    """"Tell me more": the question before once more, for what has not been shown of it."""
    if not _MORE.match(question) and not _MORE.match(strip_openers(question)):
        return None
    if setting.last is None:
        return Understood(_with_title(question, setting), "more" if setting.title else "unclear")
    return Understood(setting.last.question, "more")


def _ask_barely(question: str, setting: _Setting) -> Understood | None:
    """"Why?": the question before with this one behind it."""
    if not asks_barely(question):
        return None
    if setting.last is None:
        return Understood(_with_title(question, setting), "follow_up" if setting.title else "unclear")
    asks = _ENDING.sub("", strip_openers(question))
    return Understood(f"{_ENDING.sub('', setting.last.question)}, and {_lower_first(asks)}?", "follow_up")


def _go_back(question: str, setting: _Setting) -> Understood | None:
    """"Back to the districts": the question in which they were last spoken of."""
    match = _BACK_TO.match(question)
    if match is None:
        return None
    thing, rest = match.group("thing").strip(), match.group("rest").strip()
    wanted = find_content_stems(thing)
    earlier = next((one for one in reversed(setting.exchanges) if wanted & find_content_stems(one.question)), None)
    if not find_content(rest):
        return Understood(earlier.question, "follow_up", labels=earlier.labels) if earlier and wanted else None
    there = _Exchange(f"about {thing}", thing, thing, "", (), ())
    labels = earlier.labels if earlier else ()
    inner = _resolve(rest, replace(setting, exchanges=(*setting.exchanges, there)))
    if inner is not None and inner.kind == "follow_up":
        return replace(inner, labels=labels)
    return Understood(f"{_ARTICLE.sub('', thing)}: {_lower_first(rest)}", "follow_up", labels=labels)


# --- items of a list ----------------------------------------------------------------------------------------------


def _pick_items(question: str, setting: _Setting) -> Understood | None:
    """"The third", "the other two strands": items of the list that was answered with."""
    ordinal, others = _ORDINAL.search(question), _OTHERS.search(question)
    bare = ordinal is not None and _says_nothing_else(question, ordinal.group(2))
    pointed = ordinal is not None and ordinal.group().casefold().startswith("the ")
    match = others or (ordinal if bare or pointed else None)
    if match is None:
        return None
    noun = next((group for group in reversed(match.groups()) if group), "")
    noun = "" if noun in ("one", "ones") or read_number(noun) is not None or noun in _ORDINALS else noun
    if setting.last is None:
        return Understood(question, "unclear") if _says_nothing_else(question, noun) and (bare or others) else None
    items, labels = _find_list(setting, noun)
    picked = _pick_others(items, setting.last) if others else _pick_one(items, _ORDINALS[match.group(1).casefold()])
    if not picked:
        return None
    named = "; ".join(_shorten(item) for item in picked)
    whole = _says_nothing_else(question, noun)
    text = f"{_lower_first(match.group())}: {named}" if whole else _insert(question, match.end(), f" ({named})")
    return Understood(text, "follow_up", labels=labels)


def _says_nothing_else(question: str, noun: str | None) -> bool:
    if find_pronouns(question):
        return False
    said = set(find_content(question)) - set(_ORDINALS) - {"one", "ones", "two", "three", "four", "five", "others", "rest"}
    return not said - {noun, "remaining", "please", "ok", "okay", "now", "yes"}


def _pick_one(items: Sequence[str], place: int) -> tuple[str, ...]:
    return (items[place],) if -len(items) <= place < len(items) else ()


def _pick_others(items: Sequence[str], last: _Exchange) -> tuple[str, ...]:
    """All items but the one that the last question was about."""
    if len(items) < 2:
        return ()
    asked = find_content_stems(last.question)
    shared = [len(asked & find_content_stems(item)) for item in items]
    if max(shared) == 0:
        return ()
    spoken_of = shared.index(max(shared))
    return tuple(item for place, item in enumerate(items) if place != spoken_of)


def _find_list(setting: _Setting, noun: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The items of the last answer's list, else of the passages that it rested on; and the labels of those."""
    for exchange in reversed(setting.exchanges[-3:]):
        items = find_items(exchange.answer)
        if items:
            return items, exchange.labels
    last = setting.last
    if setting.search is None or last is None:
        return (), ()
    about = f"{_ENDING.sub('', last.question)} {noun}".strip() if noun and noun not in last.question else last.question
    hits = setting.search(about).hits
    cited = [hit for hit in hits if hit.passage.label in last.labels] or list(hits)
    for hit in cited:
        beside = [one for one in hits if _stand_together(one, hit)]
        beside.sort(key=lambda one: one.passage.start)
        items = find_items("\n".join(one.text for one in beside))
        if items and (not noun or stem(noun) in find_content_stems(" ".join(one.text for one in beside))):
            return items, tuple(one.passage.label for one in beside)
    return (), ()


def _stand_together(one: Hit, other: Hit) -> bool:
    return one.passage.document_id == other.passage.document_id and one.passage.section == other.passage.section


# --- what about ---------------------------------------------------------------------------------------------------


def _what_about(question: str, setting: _Setting) -> Understood | None:
    """"What about high schools?": the question before, asked of them."""
    match = _WHAT_ABOUT.match(question) or _AND_THING.match(question)
    if match is None or setting.last is None:
        return None
    thing = match.group("thing").strip()
    if _ASKS.match(thing) or len(find_content(thing)) > 2 or not find_content(thing) or find_pronouns(thing):
        return None
    return Understood(_put_into(thing, setting.last.base), "follow_up")


# --- pronouns and gaps --------------------------------------------------------------------------------------------


def _resolve(question: str, setting: _Setting) -> Understood | None:
    """Every pronoun and gap of a question filled from what was said before."""
    understood = _resolve_pronouns(question, setting)
    known = _list_known(question, setting)
    if not known or (understood is not None and understood.kind == "unclear"):
        return understood
    text = understood.search_question if understood is not None else question
    return Understood(_insert_before_end(text, f" (besides {', '.join(known)})"), "follow_up")


def _list_known(question: str, setting: _Setting) -> tuple[str, ...]:
    """For a question about others: the names that the last answer gave already."""
    if setting.last is None or not _ASKS_OTHERS.search(question):
        return ()
    own = find_content_stems(f"{question} {setting.title}")
    names = [phrase.text for phrase in find_phrases(setting.last.answer[:_MOST_OF_ANSWER]) if phrase.is_pure_name]
    return tuple(dict.fromkeys(name for name in names if not find_content_stems(name) <= own))[:_MOST_KNOWN]


def _resolve_pronouns(question: str, setting: _Setting) -> Understood | None:
    """Pronouns replaced by what they stand for; a question with a gap asked of what was spoken of."""
    pronouns = find_pronouns(question)
    if not pronouns:
        return _fill_gap(question, setting)
    if read_question(question).kind is Kind.METADATA and not setting.title:
        return Understood(question, "alone")
    text, shift, replaced = question, 0, {}
    for pronoun in pronouns:
        if pronoun.stands in replaced:
            continue
        mention = _find_antecedent(pronoun, setting, question)
        if mention is None:
            continue
        replaced[pronoun.stands] = mention
        new = _write_in_place(pronoun, mention)
        text = text[: pronoun.start + shift] + new + text[pronoun.end + shift :]
        shift += len(new) - (pronoun.end - pronoun.start)
    if setting.title:
        text = _with_title(text, setting)
    if text != question:
        return Understood(text, "follow_up")
    pointed = all(pronoun.noun for pronoun in pronouns)
    return Understood(question, "alone" if pointed or len(find_content(question)) > 1 else "unclear")


def _write_in_place(pronoun: Pronoun, mention: _Mention) -> str:
    if pronoun.noun:
        return mention.text if mention.head == stem(pronoun.noun) else f"{pronoun.text} ({mention.text})"
    if not pronoun.possessive:
        return mention.text
    return f"{mention.text}’" if mention.text.endswith("s") else f"{mention.text}’s"


def _fill_gap(question: str, setting: _Setting) -> Understood | None:
    gap = is_fragment(question) or leaves_open_which(question)
    if setting.title:
        completed = _complete_name(question, setting)
        if completed != question:
            return Understood(completed, "follow_up")
    if setting.title and (setting.last is not None or not any(phrase.named for phrase in find_phrases(question))):
        text = _with_title(question, setting)
        return Understood(text, "follow_up") if text != question else None
    if not gap or setting.last is None:
        return Understood(question, "unclear") if leaves_open_which(question) and not find_content(question) else None
    main = setting.last.theme
    if leaves_open_which(question):
        choices = [phrase.text for phrase in find_phrases(setting.last.question) if phrase.text != main]
        main = ", ".join([main, *choices][:_MOST_KNOWN]) if main else ""
    if not main or find_content_stems(main) & find_content_stems(question):
        return None
    return Understood(_insert_before_end(question, f" ({main})"), "follow_up")


def _find_main(question: str) -> str:
    """What a question is about: its name, else the first thing that it names."""
    phrases = find_phrases(question)
    chief = [phrase for phrase in phrases if not phrase.beside] or list(phrases)
    named = [phrase for phrase in chief if phrase.named]
    return (named or chief)[0].text if chief else ""


def _find_antecedent(pronoun: Pronoun, setting: _Setting, question: str) -> _Mention | None:
    if pronoun.noun and pronoun.noun.casefold() in _DOCUMENT_NOUNS:
        return None
    introduced = _find_introduced(setting)
    if pronoun.stands is Stands.PERSON and introduced is not None:
        return introduced
    own = find_content_stems(question)
    found = [one for one in _list_mentions(pronoun, setting) if not find_content_stems(one.text) <= own]
    if pronoun.noun:
        head = stem(pronoun.noun.casefold())
        alike = [one for one in found if one.head == head]
        found = alike or [one for one in found if one.named]
    return max(found, key=lambda one: one.score, default=None)


def _find_introduced(setting: _Setting) -> _Mention | None:
    """The person of a "who is", as long as the questions stay with that person."""
    said = setting.last.question.casefold() if setting.last else ""
    for exchange in reversed(setting.exchanges):
        match = _WHO_IS.match(exchange.question)
        if match and match.group(1).casefold() in said:
            return _Mention(match.group(1), True, False, "", 0.0)
    return None


def _list_mentions(pronoun: Pronoun, setting: _Setting) -> Iterable[_Mention]:
    yield from _list_topic(pronoun, setting)
    for age, exchange in enumerate(reversed(setting.exchanges[-_MOST_LOOKED_BACK:])):
        for place, phrase in enumerate(find_phrases(exchange.question)):
            yield _weigh(phrase, pronoun, _ASKED, age, place)
        for place, phrase in enumerate(find_phrases(exchange.answer[:_MOST_OF_ANSWER])):
            yield _weigh(phrase, pronoun, _ANSWERED, age, place)


def _list_topic(pronoun: Pronoun, setting: _Setting) -> Iterable[_Mention]:
    """What is known of the whole conversation, and an answer that is hardly more than a name."""
    answer = setting.last.answer.strip(" .,;\"“”'") if setting.last else ""
    if pronoun.stands is Stands.ONE and 0 < len(answer.split()) <= _SHORT_ANSWER:
        short = find_phrases(f"it is {answer}")
        if short and short[0].named and short[0].start == len("it is "):
            yield _Mention(answer, True, False, "", W["short"])
    if setting.section and pronoun.stands is Stands.ONE and pronoun.noun in _TIME_NOUNS:
        yield _Mention(setting.section, True, False, "", 9.0)
    if setting.section and pronoun.stands is Stands.ONE and not pronoun.noun:
        yield _Mention(setting.section, True, False, "", W["section"])
    if setting.title:
        yield _Mention(setting.title, True, False, "", _score_title(pronoun, setting))


def _score_title(pronoun: Pronoun, setting: _Setting) -> float:
    if pronoun.stands is Stands.PERSON:
        return 10.0
    if pronoun.stands is Stands.MANY:
        return W["title_many_p"] if setting.is_person else W["title_many"]
    if pronoun.stands is Stands.PLACE:
        return W["title_place"]
    return W["title_one_p"] if setting.is_person else W["title_one"]


def _weigh(phrase: Phrase, pronoun: Pronoun, where: tuple[float, float, float], age: int, place: int) -> _Mention:
    base, per_turn, per_place = (W[k] for k in where)
    score = base - per_turn * age - per_place * place
    score += W["named"] if phrase.named else 0.0
    score += W["new"] if phrase.new and where is _ANSWERED else 0.0
    score -= W["beside"] if phrase.beside and where is _ASKED else 0.0
    if pronoun.stands is Stands.PERSON:
        score += 2.0 if phrase.named else -2.0
    if pronoun.stands is Stands.MANY:
        score += W["plural"] if phrase.is_plural else 0.0
    if pronoun.stands is Stands.ONE:
        score -= W["not_plural"] if phrase.is_plural else 0.0
    if pronoun.stands is Stands.PLACE:
        score += 1.0 if phrase.named else -1.0
    text = f"the {phrase.text}" if phrase.definite and not phrase.named else phrase.text
    return _Mention(text, phrase.named, phrase.is_plural, phrase.head, score)


# --- writing -------------------------------------------------------------------------------------------------------


def _with_title(question: str, setting: _Setting) -> str:
    question = _complete_name(question, setting)
    if not setting.title or find_content_stems(setting.title) & find_content_stems(question):
        return question
    return _insert_before_end(question, f" ({setting.title})")


def _complete_name(question: str, setting: _Setting) -> str:
    """A person's name in full: "Where did Church study?" """
    parts = setting.title.split(",")[0].split()
    if not 1 < len(parts) < 4 or not all(part[:1].isupper() for part in parts):
        return question
    plain = fold_marks(question)
    for known in (parts[-1], parts[0]):
        found = re.search(rf"(?<![\w-]){re.escape(fold_marks(known))}(?:(?=[’']s)|(?!\w))", plain)
        beside = found and (
            re.search(r"[A-Z][\w.-]*\s$", plain[: found.start()]) or re.match(r"\s[A-Z]", plain[found.end() :])
        )
        first = found is not None and len(plain[: found.start()].split()) == 1
        if found and (not beside or first) and not re.match(r"\s[A-Z]", plain[found.end() :]):
            return question[: found.start()] + " ".join(parts) + question[found.end() :]
    return question


def _insert_before_end(question: str, words: str) -> str:
    body = _ENDING.sub("", question)
    return f"{body}{words}{question[len(body) :].strip()}"


def _insert(question: str, place: int, words: str) -> str:
    return question[:place] + words + question[place:]


def _shorten(item: str) -> str:
    words = item.rstrip(".;: ").split()
    return _lower_first(" ".join(words[:_WORDS_OF_ITEM]))


def _lower_first(text: str) -> str:
    """A sentence as it goes on behind a colon; a name keeps its capital."""
    first = list_words(text)[:1]
    return text[:1].lower() + text[1:] if first and (first[0] in STOP_WORDS or _ASKS.match(text)) else text
