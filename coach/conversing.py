"""What is made of a conversation's exchanges: turns to understand the next question, a name, steps, Markdown. Pure.

An answer is taken here as the answer object that is stored, so that an old conversation reads like a new one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from coach.authorship import is_quotation, is_said, is_suggested, is_written, name_fallback, name_model
from coach.commitments import write_sentence
from coach.due_dates import Due, name_day
from coach.prompts import Wording
from coach.records import Citation, Commitment, Conversation, Exchange, Turn
from coach.rendering import name_source
from coach.search_copy import read_plainly

AnswerObject = Mapping[str, Any]
_NAME_LENGTH = 60
_AROUND = 600
_FIELDS = tuple(field.name for field in fields(Citation))
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.S)


# --- turns and names ---------------------------------------------------------------------------------------------


def read_turns(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """Two turns for each exchange: the question as it was searched, and the answer with what it cited and offered."""
    turns: list[Turn] = []
    for exchange in exchanges:
        answer = exchange.answer
        turns.append(Turn("user", exchange.question, searched=str(answer.get("search_question") or "")))
        turns.append(
            Turn(
                "assistant",
                "\n".join(statement["text"] for statement in answer.get("statements", ())),
                labels=tuple(dict.fromkeys(citation["label"] for citation in answer.get("citations", ()))),
                offered=list_offers(answer),
                shown=(*_list_ids(answer, "practices"), *_list_ids(answer, "craft")),
                quoted="\n".join(_list_source_words(answer)),
            )
        )
    return tuple(turns)


def _list_source_words(answer: AnswerObject) -> list[str]:
    """What the sources say in an answer, each once: of a sentence in other words, the words that it rests on."""
    quotes = {_place(source): read_plainly(source["quote"]) for source in answer.get("citations", ())}
    words: list[str] = []
    for one in answer.get("statements", ()):
        if is_quotation(one):
            words.append(one["text"])
        elif is_written(one):
            words += [quotes[place] for span in one.get("spans", ()) if (place := _place(span)) in quotes]
    return list(dict.fromkeys(words))


def _place(source: AnswerObject) -> tuple[str, int, int]:
    return source["label"], source["start"], source["end"]


def list_offers(answer: AnswerObject) -> tuple[str, ...]:
    """What an answer offers to ask next, in the order in which it is numbered: readings, then suggestions."""
    return (*answer.get("readings", ()), *answer.get("suggestions", ()))


def _list_ids(answer: AnswerObject, key: str) -> tuple[str, ...]:
    return tuple(str(one["id"] if isinstance(one, Mapping) else one) for one in answer.get(key) or ())


def name_conversation(question: str) -> str:
    """A short name from the first question, cut at a word."""
    words = read_plainly(question).strip(" ?!.,;:")
    if len(words) > _NAME_LENGTH:
        words = words[: _NAME_LENGTH + 1].rsplit(" ", 1)[0][:_NAME_LENGTH].rstrip(" ,;:-–—(“\"'") + "…"
    return words[:1].upper() + words[1:] if words else question.strip() or "?"


def name_file(title: str) -> str:
    """A title as a file's name without an ending: letters and digits, the rest hyphens."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "conversation"


# --- what stands in an answer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try that an answer offers, as a commitment can begin with it."""

    title: str
    action: str
    by: str
    evidence: str
    sources: tuple[AnswerObject, ...]


def list_steps(answer: AnswerObject) -> tuple[Step, ...]:
    """The first steps of the practices and the craft in an answer, in this order."""
    citations = tuple(answer.get("citations", ()))
    steps = []
    for one in (*_list_objects(answer, "practices"), *_list_objects(answer, "craft")):
        if one.get("first_step"):
            own = set(one.get("citations") or ())
            sources = tuple(citation for citation in citations if citation["label"] in own) or citations
            action, evidence = speak_as_i(_take_sentence(one["first_step"])), speak_as_i(one.get("evidence", ""))
            steps.append(Step(one.get("title", ""), action, one.get("by", ""), evidence, sources))
    return tuple(steps)


def list_unsaid(answer: AnswerObject) -> tuple[AnswerObject, ...]:
    """Practices and craft of an answer whose step its statements do not hold."""
    ours = (one["text"] for one in answer.get("statements", ()) if not is_suggested(one))
    said = read_plainly(" ".join(ours))
    return tuple(
        one
        for one in (*_list_objects(answer, "practices"), *_list_objects(answer, "craft"))
        if one.get("first_step") and read_plainly(one["first_step"]) not in said
    )


def _list_objects(answer: AnswerObject, key: str) -> list[AnswerObject]:
    return [one for one in answer.get(key) or () if isinstance(one, Mapping)]


def _take_sentence(text: str) -> str:
    match = _SENTENCE.match(read_plainly(text))
    return match.group() if match else read_plainly(text)


_QUOTED = re.compile(r"(“[^”]*”|\"[^\"]*\")")
_OBJECT = (
    r"(?:about|after|around|at|before|beside|between|by|for|from|of|on|than|to|with|without|ask\w*|cost\w*|gives?|gave|help\w*"
    r"|join\w*|lets?|owe\w*|send\w*|show\w*|teach\w*|tells?|told)"
)
_PERSONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), said)
    for pattern, said in (
        (r"\byou (two|all|both)\b", r"we \1"),
        (r"\ball of you\b", "all of us"),
        (r"\byourself\b", "myself"),
        (r"\byours\b", "mine"),
        (r"\byour\b", "my"),
        (r"\byou(?: are|['’]re)\b", "I am"),
        (r"\byou were\b", "I was"),
        (
            rf"\b((?:{_OBJECT}) )you(?= (?:and|or|to|what|which|how|why|when|who|whether|that|a|an|the|in|on|at|with|about)\b)",
            r"\1me",
        ),
        (rf"\b({_OBJECT} )?you(?=[.,;:!?)]|$)", r"\1me"),
        (r"\byou\b", "I"),
    )
)


def speak_as_i(text: str) -> str:
    """Advice as the person would say it of themselves: "your" becomes "my"; what stands in quotation marks stays."""
    parts = _QUOTED.split(text)
    for place in range(0, len(parts), 2):
        for pattern, said in _PERSONS:
            parts[place] = pattern.sub(said, parts[place])
    return "".join(parts)


def read_citation(source: AnswerObject) -> Citation:
    """A citation of an answer object as a record; what an older object lacks is None."""
    values: dict[str, Any] = {name: source.get(name) for name in _FIELDS}
    return Citation(**values)


def number_sources(answer: AnswerObject) -> dict[tuple[str, int, int], int]:
    """The small number of each citation, by its label, start and end."""
    return {_place(citation): number for number, citation in enumerate(answer.get("citations", ()), start=1)}


def list_numbers(statement: AnswerObject, numbers: Mapping[tuple[str, int, int], int]) -> list[int]:
    """The numbers of the sources that a statement rests on, each once."""
    places = [_place(span) for span in statement.get("spans", ())]
    return list(dict.fromkeys(numbers[place] for place in places if place in numbers))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Quoted words, and what stands around them in the document."""

    before: str
    quoted: str
    after: str


def cut_excerpt(text: str | None, source: AnswerObject) -> Excerpt | None:
    """The paragraph around a citation's words; None where the document is gone or says something else there.

    Args:
        text: of the document; None where it is no longer in the library.
        source: a citation of an answer object.
    """
    start, end = source["start"], source["end"]
    if text is None or text[start:end] != source["quote"]:
        return None
    first = max(text.rfind("\n\n", 0, start) + 2, 0) if "\n\n" in text[:start] else 0
    last = text.find("\n\n", end)
    before, after = text[first:start], text[end : last if last >= 0 else len(text)]
    if len(before) > _AROUND:
        before = "… " + before[-_AROUND:].split(" ", 1)[-1]
    if len(after) > _AROUND:
        after = after[:_AROUND].rsplit(" ", 1)[0] + " …"
    return Excerpt(_fold(before), _fold(text[start:end]), _fold(after))


def _fold(text: str) -> str:
    """White space as single spaces, also at the ends, where words join the quoted ones."""
    return re.sub(r"\s+", " ", text)


def say_due(phrase: str, due: Due, wording: Wording) -> str | None:
    """How words were read as a day, and the other day that they may mean; None for a date that is written out."""
    if due.other is not None:
        return wording.say(
            "commitment.read_other", phrase=phrase.strip(), day=name_day(due.day), other=name_day(due.other)
        )
    if phrase.strip() == due.day.isoformat():
        return None
    return wording.say("commitment.read_due", phrase=phrase.strip(), day=name_day(due.day))


# --- Markdown ----------------------------------------------------------------------------------------------------


def write_markdown(conversation: Conversation, wording: Wording, commitments: Sequence[Commitment] = ()) -> str:
    """A conversation as a Markdown document: quotations, craft, questions and notices told apart, sources in full.

    Args:
        conversation: with its exchanges.
        wording: our sentences.
        commitments: those that were kept from it.
    """
    day = name_day(date.fromisoformat(conversation.started_at[:10]))
    role = wording.say(f"export.role_{conversation.role}")
    parts = [
        f"# {escape_markdown(conversation.title)}",
        f"*{escape_markdown(wording.say('export.asked', role=role, day=day))}*",
        f"*{escape_markdown(wording.say('export.made_by'))}*",
    ]
    for exchange in conversation.exchanges:
        parts += _write_exchange(exchange, wording)
    if commitments:
        parts.append(f"## {escape_markdown(wording.say('export.commitments'))}")
        parts.append("\n".join(f"- {_write_commitment(one, wording)}" for one in commitments))
    return "\n\n".join(parts) + "\n"


def choose_commitments(conversation: Conversation, commitments: Iterable[Commitment]) -> tuple[Commitment, ...]:
    """Those that rest on words which a conversation quoted, kept since it began."""
    quoted = {
        (source["document_id"], source["start"], source["end"])
        for exchange in conversation.exchanges
        for source in exchange.answer.get("citations", ())
    }
    return tuple(
        one
        for one in commitments
        if one.made_at >= conversation.started_at
        and any((source["document_id"], source["start"], source["end"]) in quoted for source in one.sources)
    )


def _write_exchange(exchange: Exchange, wording: Wording) -> list[str]:
    answer = exchange.answer
    parts = [f"## {escape_markdown(exchange.question)}"]
    searched = str(answer.get("search_question") or "")
    if differs(searched, exchange.question):
        parts.append(f"*{escape_markdown(wording.say('export.searched', question=searched))}*")
    numbers = number_sources(answer)
    before: AnswerObject = {}
    for statement in answer.get("statements", ()):
        written = _write_statement(statement, before, numbers, wording)
        if is_written(statement) and is_written(before):
            # Sentences that were written one after the other are one paragraph.
            parts[-1] += f" {written[0]}"
        else:
            parts += written
        before = statement
    for one in list_unsaid(answer):
        parts += _write_practice(one, wording)
    parts += [f"*{escape_markdown(line)}*" for line in list_authors(answer, wording)]
    if numbers:
        parts.append(f"**{escape_markdown(wording.say('export.sources'))}**")
        parts.append("\n".join(_write_source(number, source, wording) for number, source in _number(answer)))
    return parts


def list_authors(answer: AnswerObject, wording: Wording) -> tuple[str, ...]:
    """Who wrote an answer, and why no language model did where one was to; what the answer says itself is left out."""
    model, fallback = name_model(answer), name_fallback(answer)
    who = wording.say("author.written", model=model) if model else wording.say("author.extractive")
    lines = ("" if model and is_said(model, answer) else who, "" if is_said(fallback, answer) else fallback)
    return tuple(line for line in lines if line)


def needs_label(statement: AnswerObject, before: AnswerObject) -> bool:
    """Whether it must be said whose help a statement is: nothing before it says so.

    Args:
        statement: of general craft, or of a language model's suggestion.
        before: the statement before it, empty where there is none.
    """
    led = is_suggested(statement) == is_suggested(before) and before.get("kind") in ("craft", "notice")
    return statement["kind"] == "craft" and not led


def _write_statement(
    statement: AnswerObject, before: AnswerObject, numbers: Mapping[tuple[str, int, int], int], wording: Wording
) -> list[str]:
    text, kind = escape_markdown(statement["text"]), statement["kind"]
    marks = "".join(f" \\[{number}\\]" for number in list_numbers(statement, numbers))
    if kind == "source":
        return [f"> “{text}”{marks}" if is_quotation(statement) else f"{text}{marks}"]
    if is_suggested(statement) and kind == "notice":
        return [f"**{text}**"]
    if kind == "craft":
        label = wording.say("author.suggestion" if is_suggested(statement) else "export.craft")
        return [*([f"**{escape_markdown(label)}**"] if needs_label(statement, before) else []), text + marks]
    if kind == "question":
        return [f"**{escape_markdown(wording.say('export.think'))}:** {text}"]
    return [text + marks]


def _write_practice(one: AnswerObject, wording: Wording) -> list[str]:
    lines = [f"**{escape_markdown(wording.say('export.try', title=one.get('title', '')))}**"]
    lines += [escape_markdown(one[key]) for key in ("description", "first_step", "inferred") if one.get(key)]
    return lines


def _write_source(number: int, source: AnswerObject, wording: Wording) -> str:
    place = wording.say("export.place", start=source["start"], end=source["end"], document=source["document"])
    name = escape_markdown(name_source(read_citation(source)))
    return f"{number}. {name}: “{escape_markdown(source['quote'])}” ({escape_markdown(place)})"


def _number(answer: AnswerObject) -> list[tuple[int, AnswerObject]]:
    return list(enumerate(answer.get("citations", ()), start=1))


def _write_commitment(commitment: Commitment, wording: Wording) -> str:
    return escape_markdown(
        f"{write_sentence(commitment, wording)} ({wording.say(f'commitment.state_{commitment.state}')})"
    )


def differs(searched: str, question: str) -> bool:
    """Whether a searched question is another one than was asked, more than in case and punctuation."""
    plain = [re.sub(r"\W+", " ", text.casefold()).strip() for text in (searched, question)]
    return bool(plain[0]) and plain[0] != plain[1]


_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!$])")
_LINE_BEGIN = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def escape_markdown(text: str) -> str:
    """Words on one line that Markdown shows as they are: nothing from a document or a person becomes markup."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    match = _LINE_BEGIN.match(escaped)
    if match is None:
        return escaped
    if match[2].isdigit():
        return re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", escaped)
    return re.sub(r"^(\s*)([-+=])", r"\1\\\2", escaped)
