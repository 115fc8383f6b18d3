"""The blocks that a plan's documents consist of: words in, clean values out that every format renders alike. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

# Overrides show letters in another order than they stand in; marks and isolates, which real text has, stay.
_BARRED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef]")
_LEGAL = "%/:?#[]@!$&'()*+,;=~-._"

Tone = Literal["plain", "strong", "aside"]
"""As it is; a name of what follows; or whose words they are and what else is said beside them."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words on one line. Made by `say`, so that they hold no control characters."""

    text: str
    tone: Tone = "plain"
    note: int = 0
    """Number of the note whose mark stands behind them; 0 for none."""
    address: str = ""
    """Where they lead, http(s) only."""


Phrase = tuple[Words, ...]
"""Words one after the other, with a space between them."""


def say(text: str, tone: Tone = "plain", note: int = 0, address: str = "") -> Words:
    """Words as they may stand in a document."""
    return Words(clean(text), tone, note, address)


def clean(text: str) -> str:
    """A text on one line, without what no document can hold: control characters, and overrides of direction."""
    return " ".join(_BARRED.sub("", text).split())


def find_link(address: str) -> str:
    """An address as a link may hold it; empty where it is not one of the web."""
    plain = clean(address)
    try:
        parts = urlsplit(plain)
    except ValueError:
        return ""
    if parts.scheme.casefold() not in ("http", "https") or not parts.hostname or " " in plain:
        return ""
    return quote(plain, safe=_LEGAL)


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be said before everything else."""

    words: Phrase


@dataclass(frozen=True, slots=True)
class Title:
    """What the document is called, and of what kind it is."""

    words: Phrase
    kind: Phrase


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a part (1), or within one (2)."""

    level: Literal[1, 2]
    words: Phrase


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; an `aside` explains the document and is set smaller."""

    words: Phrase
    role: Literal["body", "lead", "aside"] = "body"
    """`lead`: it introduces what follows and stays with it."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, with bullets or with boxes to check."""

    items: tuple[Phrase, ...]
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what is known under them, each on a line."""

    facts: tuple[tuple[Words, Phrase], ...]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of a document, exact but for white space."""

    words: Words
    source: Phrase = ()
    """Where they stand, if that follows at once and not in a note."""


Cell = tuple[Phrase, ...]
"""Paragraphs of a cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: Words
    share: int
    """Of the width, in hundredths."""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a row of names, and perhaps a last row with the total."""

    about: Words
    """What it holds, for whoever does not see it."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Blank:
    """Something to be written by hand."""

    name: Words
    lines: int


@dataclass(frozen=True, slots=True)
class Blanks:
    """A form with lines to write on."""

    blanks: tuple[Blank, ...]


Block = Notice | Title | Heading | Paragraph | Items | Facts | Quotation | Table | Blanks


@dataclass(frozen=True, slots=True)
class Note:
    """Where words stand, by the number that leads to it."""

    number: int
    words: Phrase


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """Everything that a reader sees, in order."""

    title: Words
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    handout: tuple[Block, ...] = ()
    """A page of its own for principals; empty where there is none."""


def read_words(phrase: Phrase) -> str:
    """A phrase as plain text."""
    return " ".join(words.text for words in phrase if words.text)
