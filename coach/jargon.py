"""Reads the words of school leaders as the documents' words: a question in, the question to search and what was read how out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from coach.errors import PromptFault
from coach.prompts import read_prompt_file
from coach.records import Reworded

_FILE = "jargon.toml"
_KEYS = {"same": ("words", "means"), "nearest": ("words", "idea")}


@dataclass(frozen=True, slots=True)
class Term:
    """Words that people use, and what they are read as."""

    kind: Literal["same", "nearest"]
    words: tuple[str, ...]
    meaning: str
    pattern: re.Pattern[str]
    loose: re.Pattern[str] | None
    """For short forms: how they are written in a question without capitals."""


@dataclass(frozen=True, slots=True)
class Jargon:
    """Every term of the file, and a hash of it."""

    terms: tuple[Term, ...]
    digest: str

    def translate(self, question: str, holds: Callable[[str], bool]) -> tuple[str, tuple[Reworded, ...]]:
        """The question with the documents' words, and each term that was read otherwise.

        Args:
            question: as a person asked it.
            holds: whether the loaded documents hold some words; a thing that they name needs no nearest idea.
        """
        lower_case = question == question.lower()
        reworded: list[Reworded] = []
        for term in self.terms:
            pattern = term.loose if term.loose and lower_case else term.pattern
            match = pattern.search(question)
            if match is None or (term.kind == "nearest" and any(holds(word) for word in term.words)):
                continue
            question = pattern.sub(term.meaning, question)
            reworded.append(Reworded(match.group(), term.meaning, term.kind))
        return question, tuple(reworded)


@cache
def load_jargon(folder: Path | None = None) -> Jargon:
    """The terms in `jargon.toml`.

    Raises:
        PromptFault: the file is missing or is not as its head says.
    """
    path, raw, tables = read_prompt_file(_FILE, folder)
    odd = tables.keys() - _KEYS.keys()
    if odd:
        raise PromptFault(f"{path} has the unknown part {sorted(odd)[0]!r}. Known: {', '.join(_KEYS)}.")
    terms = [_read_term(path, kind, entry) for kind in ("same", "nearest") for entry in tables.get(kind, ())]
    return Jargon(tuple(terms), hashlib.sha256(raw).hexdigest()[:12])


def _read_term(path: Path, kind: Literal["same", "nearest"], entry: dict[str, Any]) -> Term:
    words_key, meaning_key = _KEYS[kind]
    words, meaning = entry.get(words_key), entry.get(meaning_key)
    odd = entry.keys() - {words_key, meaning_key, "loose"}
    sound = isinstance(words, list) and bool(words) and all(isinstance(word, str) and word.strip() for word in words)
    if odd or not sound or not isinstance(meaning, str) or not meaning.strip():
        raise PromptFault(
            f"{path}: each [[{kind}]] has {words_key} (a list of texts), {meaning_key} (a text) and no more."
        )
    assert isinstance(words, list)
    return Term(
        kind, tuple(words), meaning, _compile(words), _compile(words, all_small=True) if entry.get("loose") else None
    )


def _compile(words: list[str], *, all_small: bool = False) -> re.Pattern[str]:
    """Matches the words whole; a short form in capitals only as it is written, unless the whole question is small."""
    parts = []
    for word in sorted(words, key=len, reverse=True):
        is_short_form = word.rstrip("s").isupper() and " " not in word
        parts.append(re.escape(word) if is_short_form and not all_small else f"(?i:{re.escape(word)})")
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])")
