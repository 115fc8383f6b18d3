"""Reads what a language model writes: pieces of text in, whole sentences out, each with what it says it rests on. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sentencex import segment

WrittenKind = Literal["claim", "suggestion", "question", "nothing"]
"""What the form of a line says it is: a sentence about the documents, a step for the reader, a question for the reader, or
the word that says that the passages do not answer."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A passage's label and the words in it, as a model wrote them."""

    label: str
    words: str
    """Empty where a label stands alone."""


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence of a model's, in plain text on one line."""

    kind: WrittenKind
    text: str
    references: tuple[Reference, ...] = ()


_MOST_OF_A_LINE = 4000
"""Characters without an end of line: whoever writes more does not write sentences with their places."""
_REFERENCE = re.compile(
    r"""\[\s*(?!(?:student|colleague|number|address|contact|record)\])(?P<label>[^\]\s:;,"“”']{1,64})\s*[:;,]?\s*(?:["“„«](?P<words>[^\n]*?)["”»]\s*[.,;]?\s*)?\]"""
)
_OPENED = re.compile(r"\[[^\]\n]*\Z")
_PREFIX = re.compile(r"\s*(?:[-*•‣–—>]+\s+|#{1,6}\s+|\(?\d{1,2}[.)]\s+)*")  # noqa: RUF001 - dashes as they are written
_SPOKEN = re.compile(r"(?:\*\*|__)?(suggestion|question)(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*", re.I)
_EMPHASIS = re.compile(r"\*\*+|__+|`+|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_FENCE = re.compile(r"\s*(?:```|~~~).*")
_NOTHING = re.compile(r"\W*nothing\W*", re.I)
_LETTER = re.compile(r"\w")


class Unending(ValueError):  # noqa: N818 - it is told as a fault of the model
    """A line went on without an end."""


class WrittenReader:
    """Takes a reply apart as it comes.

    A sentence ends with its references, or with its line. Bullets, headings and emphasis are taken off; the sentences
    before one group of references share it. What follows the last reference of a line has none.
    """

    def __init__(self) -> None:
        self._buffer = ""

    def feed(self, piece: str) -> Iterator[Written]:
        """The sentences that became whole with a piece.

        Raises:
            Unending: 4,000 characters came without an end of line or a reference.
        """
        *lines, self._buffer = (self._buffer + piece).split("\n")
        for line in lines:
            yield from _read_line(line)
        done = _find_done(self._buffer) if "]" in self._buffer else 0
        if done:
            whole, self._buffer = self._buffer[:done], self._buffer[done:]
            yield from _read_line(whole)
        if len(self._buffer) > _MOST_OF_A_LINE:
            raise Unending

    def finish(self) -> Iterator[Written]:
        """What is left when the reply has ended."""
        rest, self._buffer = self._buffer, ""
        yield from _read_line(rest)


def read_written(pieces: Iterable[str]) -> Iterator[Written]:
    """The sentences of a whole reply; as `WrittenReader`."""
    reader = WrittenReader()
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.finish()


def _find_done(buffer: str) -> int:
    """Where a line may be cut before it ends: behind references after which something else has begun."""
    done = 0
    for match in _REFERENCE.finditer(buffer):
        rest = buffer[match.end() :].lstrip(" \t.,;")
        if rest and not rest.startswith("["):
            done = len(buffer) - len(rest)
    return done


def _read_line(line: str) -> Iterator[Written]:
    if _FENCE.fullmatch(line):
        return
    text = _PREFIX.sub("", line, count=1) if line.strip() else ""
    if not _LETTER.search(text):
        return
    if _NOTHING.fullmatch(text):
        yield Written("nothing", "NOTHING")
        return
    spoken = _SPOKEN.match(text)
    if spoken:
        kind: WrittenKind = "suggestion" if spoken[1].casefold() == "suggestion" else "question"
        for part in _split_references(text[spoken.end() :]):
            yield replace(part, kind=kind)
        return
    for part in _split_references(text):
        for sentence in _split_sentences(part.text):
            yield replace(part, text=sentence)


def _split_references(text: str) -> Iterator[Written]:
    """Stretches of a line, each with the references behind it."""
    said, references = "", list[Reference]()
    place = 0
    for match in _REFERENCE.finditer(text):
        between = text[place : match.start()]
        if _LETTER.search(between) and references:
            yield from _make(said, references)
            said, references = "", []
        said += between
        references.append(Reference(match["label"], clean(match["words"] or "")))
        place = match.end()
    rest = text[place:]
    if _LETTER.search(rest) and references:
        yield from _make(said, references)
        said, references = "", []
    # A bracket that was never closed holds no words of the sentence.
    said += _OPENED.sub("", rest) if not references else ""
    yield from _make(said, references)


def _make(said: str, references: list[Reference]) -> Iterator[Written]:
    text = clean(_EMPHASIS.sub("", said)).lstrip(".,;:) ")
    if not _LETTER.search(text):
        return
    if text[-1] not in ".!?…\"”’')":
        text += "."
    yield Written("claim", text, tuple(references))


def _split_sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in segment("en", text) if _LETTER.search(sentence)]


def clean(text: str) -> str:
    """A text on one line, without characters that are not seen or that turn the direction of reading."""
    seen = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn")
    )
    return " ".join(seen.split()).replace(" .", ".")
