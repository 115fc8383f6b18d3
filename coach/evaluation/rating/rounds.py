"""Rounds of rating: runs in, entries under codes that do not tell the run out; for a rater, the order and what is seen."""

from __future__ import annotations

import hashlib
import math
import random
import secrets
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coach.authorship import is_quotation, tells_origin
from coach.conversing import list_numbers, number_sources, read_citation
from coach.errors import CoachError
from coach.evaluation.rating.rubric import fold_type
from coach.evaluation.records import EvaluationItem, ItemResult, RatingRound, RoundEntry, Rubric, Run
from coach.metadata import drop_unshown
from coach.records import Role
from coach.store.personal import read_clock
from coach.store.ratings import clean_rater, fold_rater, list_given

CALIBRATION = 5
"""Entries that everybody rates first, where nobody says how many."""
_MOST_ENTRIES, _LONGEST_TITLE = 5_000, 200
_MODEL = "language model"
_LETTERS, _CODE_LENGTH = "BCDFGHJKLMNPQRSTVWXZ", 5
"""Of codes: no vowel, so that none is a word, and no digit, so that no spreadsheet takes one for a number."""


@dataclass(frozen=True, slots=True)
class BlindedTurn:
    """An earlier turn of the conversation, as the rater reads it."""

    speaker: str
    """`user` or `assistant`."""
    text: str


@dataclass(frozen=True, slots=True)
class BlindedCitation:
    """A source of the answer."""

    number: int
    """From 1, as the statements name it."""
    label: str
    """Of the passage: by it, the words can be opened."""
    title: str
    section: str
    page: str
    """Empty where the document has no pages."""
    quote: str
    document_id: str = ""
    start: int = 0
    end: int = 0
    """Where the words stand in the document."""


@dataclass(frozen=True, slots=True)
class BlindedStatement:
    """A sentence of the answer."""

    text: str
    kind: str
    """As `coach.records.StatementKind`."""
    is_quoted: bool
    """Whether the words are a source's own."""
    citations: tuple[int, ...]
    """Numbers of its sources."""


@dataclass(frozen=True, slots=True)
class Blinded:
    """What a rater sees of an entry: nothing in it tells which version gave the answer, or what anybody says of it."""

    code: str
    calibrates: bool
    question: str
    history: tuple[BlindedTurn, ...]
    role: Role
    type: str
    ideal: str
    must_mention: tuple[tuple[str, ...], ...]
    must_not_say: tuple[str, ...]
    statements: tuple[BlindedStatement, ...]
    """Without notices that name a language model."""
    citations: tuple[BlindedCitation, ...]
    offered: tuple[str, ...]
    """Questions that the answer offers to go on with."""


def make_round(  # noqa: PLR0913 - what a round is made of
    title: str,
    runs: Sequence[Run],
    rubric: Rubric,
    share: float = 1.0,
    calibrate: int = CALIBRATION,
    seed: int | None = None,
    *,
    raters: Sequence[str] = (),
) -> RatingRound:
    """A round over every answer of some runs.

    Args:
        title: what the people who rate call it; they see it.
        runs: one or more; of several, each item is there once for each run that answered it.
        rubric: kept with the round as it is now.
        share: 0 to 1, how much of what does not calibrate two raters rate; below 1, each of the others goes to one rater.
        calibrate: how many entries everybody rates first, spread over the types of items; all, where there are fewer.
        seed: makes the same codes and the same choice again; None: nobody can foretell them.
        raters: who rates; at least two where `share` is below 1.

    Raises:
        CoachError: the runs have no answers or too many, the share or number is out of range, or there are too few raters.
    """
    names = _require_raters(raters)
    _require_scope(share, calibrate, names)
    chance = random.Random(seed if seed is not None else secrets.randbits(128))  # noqa: S311 - its seed is the secret
    answered = [(run, result) for run in runs for result in run.results if result.answer is not None]
    if not 1 <= len(answered) <= _MOST_ENTRIES:
        raise CoachError(
            f"These runs have {len(answered)} answers; a round takes 1 to {_MOST_ENTRIES}. Choose other runs, or run the set."
        )
    if len({run.id for run in runs}) < len(runs):
        raise CoachError("One run is named twice. Name each run once.")
    codes = _draw_codes(len(answered), chance)
    entries = {
        (run.id, result.item.id): RoundEntry(code, run.id, result.item.id)
        for (run, result), code in zip(answered, codes, strict=True)
    }
    first = _choose_calibration(answered, calibrate, chance)
    calibrating = [replace(entries.pop(key), calibrates=True) for key in first]
    rest = _deal(list(entries.values()), share, names, chance) if share < 1 else list(entries.values())
    return RatingRound(
        id=uuid.uuid4().hex,
        title=_require_title(title),
        entries=(*calibrating, *rest),
        rubric=rubric,
        made_at=read_clock(),
        raters=names,
    )


def order_entries(rating_round: RatingRound, rater: str) -> tuple[RoundEntry, ...]:
    """The entries that a rater rates, in the order in which they come up: the same whenever that rater asks.

    What calibrates comes first, in one order for everybody; the rest is shuffled for each rater. Two versions of one item
    never follow each other, as long as there is another item to put between them. Whoever was not asked to rate gets all.
    """
    wanted = fold_rater(rater)
    mine = list_given(rating_round, rater)
    first = [entry for entry in mine if entry.calibrates]
    rest = [entry for entry in mine if not entry.calibrates]
    rest.sort(key=lambda entry: hashlib.sha256(f"{rating_round.id}/{wanted}/{entry.code}".encode()).digest())
    return (*first, *_part_versions(rest, first[-1].item_id if first else ""))


def list_calibrating(rating_round: RatingRound) -> frozenset[str]:
    """Codes of the entries that everybody rates first, and that the raters then talk about."""
    return frozenset(entry.code for entry in rating_round.entries if entry.calibrates)


def find_entry(rating_round: RatingRound, code: str) -> RoundEntry:
    """The entry of a code, however it was typed.

    Raises:
        CoachError: the round has none.
    """
    wanted = code.strip().upper()
    for entry in rating_round.entries:
        if entry.code == wanted:
            return entry
    raise CoachError(f"This round has no answer {code.strip()[:20]!r}. Check the code.")


def blind(entry: RoundEntry, result: ItemResult) -> Blinded:
    """What a rater sees of an entry; `result` is the item's result in the entry's run.

    Raises:
        CoachError: the run has no answer to it any more.
    """
    answer = result.answer
    if answer is None:
        raise CoachError(f"The answer {entry.code} is no longer there. Make a new round.")
    item = result.item
    return Blinded(
        code=entry.code,
        calibrates=entry.calibrates,
        question=item.question,
        history=tuple(_weave_history(item, result.earlier)),
        role=item.role,
        type=item.type,
        ideal=item.ideal,
        must_mention=item.must_mention,
        must_not_say=item.must_not_say,
        statements=tuple(_blind_statements(answer)),
        citations=tuple(_blind_citations(answer)),
        offered=tuple(str(one) for key in ("readings", "suggestions") for one in answer.get(key) or ()),
    )


def blind_entries(entries: Iterable[RoundEntry], runs: Iterable[Run]) -> tuple[Blinded, ...]:
    """`blind` for entries of a round, in their order.

    Raises:
        CoachError: an answer is no longer there.
    """
    results = {(run.id, result.item.id): result for run in runs for result in run.results}
    seen: list[Blinded] = []
    for entry in entries:
        result = results.get((entry.run_id, entry.item_id))
        if result is None:
            raise CoachError(f"The answer {entry.code} is no longer there. Make a new round.")
        seen.append(blind(entry, result))
    return tuple(seen)


# --- making -------------------------------------------------------------------------------------------------------


def _require_title(title: str) -> str:
    words = " ".join(drop_unshown(" ".join(title.split())).split())
    if not words or len(words) > _LONGEST_TITLE:
        raise CoachError(f"Give the round a title of 1 to {_LONGEST_TITLE} characters.")
    return words


def _require_raters(raters: Sequence[str]) -> tuple[str, ...]:
    names = tuple(clean_rater(name) for name in raters)
    if len({fold_rater(name) for name in names}) < len(names):
        raise CoachError("One rater is named twice. Give each a name or initials of their own.")
    return names


def _require_scope(share: float, calibrate: int, raters: Sequence[str]) -> None:
    if not 0 <= share <= 1:
        raise CoachError(f"The share that two people rate is {share}; give a number from 0 to 1, such as 0.3.")
    if calibrate < 0:
        raise CoachError(f"The number of answers to begin with is {calibrate}; give 0 or more.")
    if share < 1 and len(raters) < 2:
        raise CoachError("Where only a share is rated twice, name the raters (at least two), so that each gets a part.")


def _draw_codes(count: int, chance: random.Random) -> list[str]:
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(chance.choice(_LETTERS) for _ in range(_CODE_LENGTH))] = None
    return list(codes)


def _choose_calibration(
    answered: Sequence[tuple[Run, ItemResult]], count: int, chance: random.Random
) -> list[tuple[str, str]]:
    """Run and item of the entries that calibrate: one for an item, and one type after the other until there are enough."""
    versions: dict[str, list[tuple[str, str]]] = {}
    types: dict[str, list[str]] = {}
    for run, result in answered:
        item = result.item
        if item.id not in versions:
            types.setdefault(fold_type(item.type), []).append(item.id)
        versions.setdefault(item.id, []).append((run.id, item.id))
    for items in types.values():
        chance.shuffle(items)
    queues = [items for _, items in sorted(types.items())]
    chance.shuffle(queues)
    most = max(map(len, queues))
    dealt = [items[turn] for turn in range(most) for items in queues if turn < len(items)]
    return [chance.choice(versions[item]) for item in dealt[:count]]


def _deal(
    entries: Sequence[RoundEntry], share: float, raters: Sequence[str], chance: random.Random
) -> list[RoundEntry]:
    """Give each entry to one or two raters, evenly. All versions of an item go to the same, so that severity cancels out."""
    by_item: dict[str, list[RoundEntry]] = {}
    for entry in entries:
        by_item.setdefault(entry.item_id, []).append(entry)
    items = list(by_item.values())
    chance.shuffle(items)
    load = dict.fromkeys(raters, 0)
    wanted, twice = math.ceil(share * len(entries)), 0
    dealt: dict[str, tuple[str, ...]] = {}
    for versions in items:
        takers = 2 if twice < wanted else 1
        twice += len(versions) if takers == 2 else 0
        free = sorted(raters, key=lambda name: (load[name], chance.random()))[:takers]
        chosen = tuple(name for name in raters if name in free)
        for entry in versions:
            dealt[entry.code] = chosen
        for name in chosen:
            load[name] += len(versions)
    return [replace(entry, raters=dealt[entry.code]) for entry in entries]


# --- order --------------------------------------------------------------------------------------------------------


def _part_versions(entries: Sequence[RoundEntry], before: str) -> list[RoundEntry]:
    """The entries in their order, as nearly as can be with no two of one item in a row."""
    waiting, last = list(entries), before
    counts = Counter(entry.item_id for entry in waiting)
    parted: list[RoundEntry] = []
    while waiting:
        index = next((i for i, entry in enumerate(waiting) if _may_come(entry.item_id, last, counts)), None)
        if index is None:
            index = next((i for i, entry in enumerate(waiting) if entry.item_id != last), 0)
        chosen = waiting.pop(index)
        counts[chosen.item_id] -= 1
        parted.append(chosen)
        last = chosen.item_id
    return parted


def _may_come(item: str, last: str, counts: Counter[str]) -> bool:
    """Whether this item may come now, so that the rest can still be parted."""
    if item == last:
        return False
    left = counts.total() - 1
    # Of n in a row, an item may hold every second place; the one that just came may not hold the first of them.
    return all(
        count - (name == item) <= (left + (name != item)) // 2 for name, count in counts.items() if count
    )  # fmt: skip


# --- what is seen -------------------------------------------------------------------------------------------------


def _weave_history(item: EvaluationItem, earlier: Sequence[Mapping[str, Any]]) -> Iterable[BlindedTurn]:
    """The turns as written; where the assistant's was left to Coach, what it answered."""
    given = iter(earlier)
    turns = item.history
    for index, turn in enumerate(turns):
        yield BlindedTurn(turn.role, turn.text)
        answered = index + 1 < len(turns) and turns[index + 1].role == "assistant"
        if turn.role == "user" and not answered:
            answer = next(given, None)
            if answer is not None:
                yield BlindedTurn("assistant", " ".join(one.text for one in _blind_statements(answer)))


def _blind_citations(answer: Mapping[str, Any]) -> Iterable[BlindedCitation]:
    for number, source in enumerate(answer.get("citations") or (), start=1):
        citation = read_citation(source)
        yield BlindedCitation(
            number=number,
            label=citation.label,
            title=citation.title or citation.document or "",
            section=citation.section or "",
            page=str(citation.page_label or citation.page or ""),
            quote=citation.quote or "",
            document_id=citation.document_id or "",
            start=citation.start or 0,
            end=citation.end or 0,
        )


def _blind_statements(answer: Mapping[str, Any]) -> Iterable[BlindedStatement]:
    numbers = number_sources(answer)
    for statement in answer.get("statements") or ():
        text = str(statement.get("text") or "")
        if tells_origin(statement, answer) or (statement.get("kind") == "notice" and _MODEL in text.casefold()):
            continue
        yield BlindedStatement(
            text=text,
            kind=str(statement.get("kind") or ""),
            is_quoted=is_quotation(statement),
            citations=tuple(list_numbers(statement, numbers)),
        )
