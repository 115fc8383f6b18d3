"""Masks items: an item as it was typed in, the item without names and records of people out, but where a test needs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from coach.evaluation.records import EvaluationItem, SourceWords


def mask_item(item: EvaluationItem, mask: Callable[[str], str]) -> tuple[EvaluationItem, tuple[str, ...]]:
    """The masked item, and the fields that changed.

    Question, earlier turns, `names` and the owner stay as they are. A wording that must not be said and is nothing but a
    name moves to `names`: masked it could no longer be looked for.
    """

    def mask_words(words: SourceWords) -> SourceWords:
        return SourceWords(mask(words.quote), mask(words.document), words.label)

    names, barred = list(item.names), []
    for wording in item.must_not_say:
        masked = mask(wording)
        if masked != wording and _is_all_mask(masked):
            names.extend([] if wording in names else [wording])
        else:
            barred.append(masked)
    changed = replace(
        item,
        must_mention=tuple(tuple(map(mask, group)) for group in item.must_mention),
        must_not_say=tuple(barred),
        sources=tuple(tuple(map(mask_words, group)) for group in item.sources),
        welcome=tuple(map(mask_words, item.welcome)),
        names=tuple(names),
        id=mask_id(item.id, mask),
        ideal=mask(item.ideal),
        type=mask(item.type),
        topic=mask(item.topic),
        part=mask(item.part),
        notes=tuple((mask(name), mask(value)) for name, value in item.notes),
    )
    return changed, tuple(name for name in _MASKED if getattr(changed, name) != getattr(item, name))


def mask_id(identifier: str, mask: Callable[[str], str]) -> str:
    """An id without names and records of people; whole where it is a code, such as `draft-67fccb` or `2024-001`.

    What stands between digits and dashes of a code is easily taken for a name. So of a code its words alone are looked at:
    `maria-lopez` and `Maria-2` are masked. A number without a dash, or a long one, may be a student's and is masked too.
    """
    if _OWN.fullmatch(identifier):
        return identifier
    if not _CODE.fullmatch(identifier):
        return mask(identifier)
    parts = _PART.findall(identifier)
    words = " ".join(word for part in parts if (word := part.rstrip(_DIGITS)) and word[0] not in _DIGITS)
    is_number = all(part.isdigit() for part in parts)
    may_be_record = is_number and (len(parts) == 1 or sum(map(len, parts)) > _MOST_DIGITS)
    if not may_be_record and mask(words) == words:
        return identifier
    masked = mask(identifier)
    return masked if masked != identifier else mask(words) or identifier


_DIGITS = "0123456789"
_MOST_DIGITS = 8  # one less than the shortest number of an insured person
_OWN = re.compile(r"(?:(?:draft|case)-[0-9a-f]{6,}|chat-\d+|q[0-9a-f]{8})(?:[-.]\d+)*")
"""As Coach makes them of passages, conversations and rows, with the number of a turn or of a second one behind it."""
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_PART = re.compile(r"[A-Za-z0-9]+")
_MASKED = ("must_mention", "must_not_say", "sources", "welcome", "ideal", "type", "topic", "part", "notes", "id")


def _is_all_mask(text: str) -> bool:
    return not re.sub(r"\[[^\]]*\]|\W", "", text)
