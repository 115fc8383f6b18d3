"""One item of a set as a form: an item in, the texts of its fields out; and what was typed, back to an item. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coach.errors import CoachError
from coach.evaluation.records import ITEM_STATUSES, EvaluationItem, HistoryTurn, ItemStatus, SourceWords
from coach.evaluation.sheets.cells import read_list, read_phrases, read_turn, write_phrases
from coach.evaluation.sheets.coding import encode_value
from coach.prompts import Wording
from coach.records import ROLES, Outcome, Role

MOST_SOURCES = 200
EMPTY_SOURCES = 2
LONGEST_QUESTION = 4000
_LONGEST = 8000
_LONGEST_NUMBER = 3
_WELCOME = "welcome"
_SPEAKER = re.compile(r"(user|u|person|principal|assistant|a|coach)\s*:\s*", re.IGNORECASE)
_PERSONS = ("user", "u", "person", "principal")
_TEXTS = ("type", "topic", "owner", "part")
_GUIDANCE = {"": None, "yes": True, "no": False}
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Words of a document that are to be cited: those of one point stand for one another."""

    number: int
    point: str
    """Of which point these are, counted from 1; `welcome` where they may be cited besides."""
    words: SourceWords


@dataclass(frozen=True, slots=True)
class ItemForm:
    """The fields of an item, as texts."""

    item: EvaluationItem
    history: str
    must_mention: str
    must_not_say: str
    names: str
    guidance: str
    sources: tuple[SourceRow, ...]
    points: int
    """That a source may belong to."""


def view_form(item: EvaluationItem) -> ItemForm:
    """The form of an item, with some empty rows for further sources."""
    sources = list(_list_sources(item))
    points = len(item.sources) + EMPTY_SOURCES
    sources += [(str(point), SourceWords()) for point in range(len(item.sources) + 1, points + 1)]
    return ItemForm(
        item,
        history=_write_history(item.history),
        must_mention=write_phrases(item.must_mention),
        must_not_say=write_phrases([[one] for one in item.must_not_say]),
        names=write_phrases([[one] for one in item.names]),
        guidance=next(name for name, value in _GUIDANCE.items() if value is item.wants_guidance),
        sources=tuple(SourceRow(number, point, words) for number, (point, words) in enumerate(sources)),
        points=points,
    )


def _write_history(turns: Sequence[HistoryTurn]) -> str:
    """Turns as they are typed; coded where that would be read in another way."""
    plain = "\n".join(f"{'U' if turn.role == 'user' else 'A'}: {turn.text}" for turn in turns)
    is_same = tuple(_read_history(plain)) == tuple(turns)
    return plain if is_same else encode_value([{"role": turn.role, "text": turn.text} for turn in turns])


def _list_sources(item: EvaluationItem) -> Iterator[tuple[str, SourceWords]]:
    for point, group in enumerate(item.sources, start=1):
        for words in group:
            yield str(point), words
    for words in item.welcome:
        yield _WELCOME, words


def read_form(item: EvaluationItem, values: Values, wording: Wording) -> EvaluationItem:
    """An item with what was typed.

    Args:
        item: as it was; what no field is for stays.
        values: of the form, by name.
        wording: of the page.

    Raises:
        CoachError: the question is missing, or something is too long.
    """
    if any(len(text) > _LONGEST for text in values.values()):
        raise CoachError(wording.say("item.too_long"))
    status: ItemStatus = next((one for one in ITEM_STATUSES if one == values.get("status")), item.status)
    question = _tidy(values.get("question", ""))
    if not question and status != "draft":
        raise CoachError(wording.say("item.no_question"))
    if len(question) > LONGEST_QUESTION:
        raise CoachError(wording.say("item.too_long"))
    role: Role = next((one for one in ROLES if one == values.get("role")), item.role)
    sources, welcome = _read_sources(item, values)
    kind, topic, owner, part = (_keep(getattr(item, name), values.get(name, ""), _join) for name in _TEXTS)
    return replace(
        item,
        question=_keep(item.question, question, _tidy),
        status=status,
        role=role,
        history=tuple(_read_history(values.get("history", ""))),
        outcomes=_read_outcomes(item, values),
        must_mention=read_phrases(values.get("must_mention", "")),
        must_not_say=_list_phrases(values, "must_not_say"),
        names=_list_phrases(values, "names"),
        ideal=_keep(item.ideal, values.get("ideal", ""), _tidy),
        wants_guidance=_GUIDANCE.get(values.get("guidance", ""), item.wants_guidance),
        sources=sources,
        welcome=welcome,
        type=kind,
        topic=topic,
        owner=owner,
        part=part,
    )


def _read_outcomes(item: EvaluationItem, values: Values) -> tuple[Outcome, ...]:
    ticked = tuple(one for one in Outcome if values.get(f"outcome-{one.value}"))
    # Boxes have no order; an item's outcomes have.
    return item.outcomes if set(ticked) == set(item.outcomes) else ticked


def _keep(known: str, typed: str, tidy: Callable[[str], str]) -> str:
    """What was typed, tidied; where that is what stood there before, to the letter."""
    return known if tidy(known) == tidy(typed) else tidy(typed)


def _join(text: str) -> str:
    return " ".join(text.split())


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _list_phrases(values: Values, name: str) -> tuple[str, ...]:
    return tuple(phrase for group in read_phrases(values.get(name, "")) for phrase in group)


def _read_history(text: str) -> Iterator[HistoryTurn]:
    """Turns, each from a line that says who speaks; lines between go on with the turn before."""
    coded = read_list(text)
    if isinstance(coded, list):
        yield from (turn for one in coded if (turn := read_turn(one)))
        return
    speaker, lines = "", list[str]()
    for line in [*text.splitlines(), "U:"]:
        found = _SPEAKER.match(line.strip())
        if found is None:
            lines.append(line.rstrip())
            continue
        said = "\n".join(lines).strip()
        if said:
            yield HistoryTurn("assistant" if speaker and speaker not in _PERSONS else "user", said)
        speaker, lines = found[1].lower(), [line.strip()[found.end() :]]


def _read_sources(
    item: EvaluationItem, values: Values
) -> tuple[tuple[tuple[SourceWords, ...], ...], tuple[SourceWords, ...]]:
    known = dict(enumerate(words for _, words in _list_sources(item)))
    points: dict[int, list[SourceWords]] = {}
    welcome: list[SourceWords] = []
    for number in range(max(MOST_SOURCES, len(known))):
        before = known.get(number, SourceWords())
        words = SourceWords(
            *(_keep(getattr(before, name), values.get(f"source-{number}-{name}", ""), _join) for name in _SOURCE)
        )
        point = values.get(f"source-{number}-point", "")
        if not (words.quote or words.label or words.document):
            continue
        if point == _WELCOME:
            welcome.append(words)
        else:
            # Words without a point of their own are a point by themselves.
            place = (
                int(point)
                if point.isascii() and point.isdigit() and len(point) <= _LONGEST_NUMBER
                else MOST_SOURCES + number
            )
            points.setdefault(place, []).append(words)
    return tuple(tuple(points[place]) for place in sorted(points)), tuple(welcome)


_SOURCE: Sequence[str] = ("quote", "document", "label")


def choose_id(ids: Sequence[str]) -> str:
    """An id for one more item: one above the highest number that an id ends with."""
    numbers = [int(found[1]) for one in ids if (found := re.search(r"(\d{1,6})$", one))]
    place = max(numbers, default=0) + 1
    while f"q{place:03}" in ids:
        place += 1
    return f"q{place:03}"
