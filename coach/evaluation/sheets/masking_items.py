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
        id=mask(item.id),
        ideal=mask(item.ideal),
        type=mask(item.type),
        topic=mask(item.topic),
        part=mask(item.part),
        notes=tuple((mask(name), mask(value)) for name, value in item.notes),
    )
    return changed, tuple(name for name in _MASKED if getattr(changed, name) != getattr(item, name))


_MASKED = ("must_mention", "must_not_say", "sources", "welcome", "ideal", "type", "topic", "part", "notes", "id")


def _is_all_mask(text: str) -> bool:
    return not re.sub(r"\[[^\]]*\]|\W", "", text)
