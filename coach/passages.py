"""Cuts a document into passages that fit the embedding model: Document -> tuple[Passage, ...]. Pure.

Passages follow headings and sentences. Every sentence that is neither furniture nor hidden lies in exactly one passage,
and no passage reaches over a hidden block between paragraphs; a sentence is cut only where it alone exceeds the model's
window, and a list stays with the line that leads into it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import sentencex

from coach.records import Block, BlockKind, Document, Page, Passage, Sentence, Span
from coach.search_copy import SearchCopy, find_compounds, make_search_copy

# Raised whenever the same reading would be cut or embedded otherwise, so that libraries are made anew.
PASSAGES_VERSION = 3

_SENTENCE_END = re.compile(r"[.!?:;…][\"')\]\d]*\s*$")
_CLAUSE_END = re.compile(r"[;:,–—-]\s*\Z|[;:,–—]\s+")
_LONGEST_HEADING = 160  # characters of title and section path that are searched with each passage

CountTokens = Callable[[Sequence[str]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph, list item or table row; two blocks where a page border parts a paragraph."""

    kind: BlockKind
    spans: tuple[Span, ...]
    section: tuple[str, ...]
    after_hidden: bool = False
    """Whether hidden text parts it from what stands before it."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A block that is seen; several spans where hidden text stands inside it."""

    kind: BlockKind
    level: int
    spans: tuple[Span, ...]
    after_hidden: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a unit, with its clean text and its size."""

    sentence: Sentence
    text: str
    tokens: int
    unit: int
    leads: bool
    """Whether it belongs to a unit that leads into the list after it."""


def cut_passages(document: Document, count_tokens: CountTokens, window: int) -> tuple[Passage, ...]:
    """The passages of a document, in order.

    Args:
        document: with its reading.
        count_tokens: tokens of each text, special tokens left out.
        window: tokens that the embedding model reads of one text, special tokens left out.
    """
    title = document.metadata.title or ""
    passages: list[Passage] = []
    for section, pieces in _iterate_sections(document, count_tokens, window):
        heading = _write_heading(title, section)
        budget = max(window - count_tokens([heading])[0], window // 2)
        for group in _pack(pieces, budget):
            passages.append(_make_passage(document, len(passages), section, heading, group))
    return tuple(passages)


def iterate_with_before(passages: Sequence[Passage]) -> Iterator[tuple[str, Passage]]:
    """Each passage of a document with the text of the one before it in its section; nothing before the first."""
    for index, passage in enumerate(passages):
        previous = passages[index - 1] if index else None
        yield previous.search_text if previous and previous.section == passage.section else "", passage


def _write_heading(title: str, section: tuple[str, ...]) -> str:
    parts = section if section and section[0].casefold() == title.casefold() else (title, *section)
    kept: list[str] = []
    # The nearest headings say most; a long path loses its outer ones.
    for part in reversed([part for part in parts if part]):
        if kept and sum(map(len, kept)) + len(part) > _LONGEST_HEADING:
            break
        kept.insert(0, part[:_LONGEST_HEADING])
    return " > ".join(kept)


def _iterate_sections(
    document: Document, count_tokens: CountTokens, window: int
) -> Iterator[tuple[tuple[str, ...], list[_Piece]]]:
    reading = document.reading
    compounds = find_compounds(reading.text)
    units = list(_iterate_units(document, compounds))
    texts: list[tuple[int, SearchCopy, int, int]] = []
    for index, unit in enumerate(units):
        copy = make_search_copy(reading.text, unit.spans, markdown=reading.kind == "markdown", compounds=compounds)
        texts += [(index, copy, start, end) for start, end in _split_sentences(copy.text, unit.kind)]
    sizes = count_tokens([copy.text[start:end] for _, copy, start, end in texts])
    last_of_unit = {index: copy.text.rstrip().endswith(":") for index, copy, _, _ in texts}
    section: tuple[str, ...] | None = None
    place = -1
    pieces: list[_Piece] = []
    for (index, copy, start, end), size in zip(texts, sizes, strict=True):
        if units[index].section != section or (units[index].after_hidden and index != place):
            if pieces and section is not None:
                yield section, pieces
            section, pieces = units[index].section, []
        place = index
        follows = units[index + 1] if index + 1 < len(units) else None
        leads = last_of_unit[index] and follows is not None and follows.kind is BlockKind.LIST_ITEM
        leads = leads and follows is not None and follows.section == section
        parts = (
            [(start, end, size)] if size <= window else _cut_sentence(copy.text[start:end], start, count_tokens, window)
        )
        for part_start, part_end, tokens in parts:
            spans = copy.locate(part_start, part_end)
            if spans:
                pieces.append(_Piece(Sentence(spans), copy.text[part_start:part_end].strip(), tokens, index, leads))
    if pieces and section is not None:
        yield section, pieces


def _iterate_units(document: Document, compounds: dict[str, int]) -> Iterator[_Unit]:
    reading = document.reading
    path: list[tuple[int, str]] = []
    waiting: _Unit | None = None
    for block in _iterate_seen(reading.text, _with_headings_as_text(reading.blocks)):
        if block.kind is BlockKind.HEADING:
            copy = make_search_copy(reading.text, block.spans, markdown=reading.kind == "markdown", compounds=compounds)
            path = [(level, name) for level, name in path if level < block.level] + [(block.level, copy.text)]
            continue
        unit = _Unit(block.kind, block.spans, tuple(name for _, name in path if name), block.after_hidden)
        if waiting is not None and reading.kind == "pdf" and _continues(reading.text, waiting, unit):
            waiting = _Unit(waiting.kind, waiting.spans + unit.spans, waiting.section)
            continue
        if waiting is not None:
            yield waiting
        waiting = unit
    if waiting is not None:
        yield waiting


def _iterate_seen(text: str, blocks: Sequence[Block]) -> Iterator[_Stretch]:
    """The blocks that are searched; what hidden text parts in the middle of a line is one again."""
    waiting: _Stretch | None = None
    gap: Span | None = None
    for block in blocks:
        if block.kind is BlockKind.FURNITURE or not text[block.start : block.end].strip():
            continue
        if block.kind is BlockKind.HIDDEN:
            gap = Span(gap.start if gap and gap.end == block.start else block.start, block.end)
            continue
        own = (Span(block.start, block.end),)
        if waiting is not None and gap is not None and _is_parted(waiting, gap, block):
            waiting = replace(waiting, spans=waiting.spans + own)
        else:
            if waiting is not None:
                yield waiting
            waiting = _Stretch(block.kind, block.level, own, gap is not None)
        gap = None
    if waiting is not None:
        yield waiting


def _is_parted(before: _Stretch, gap: Span, block: Block) -> bool:
    """Whether one block was parted by the hidden text between."""
    touching = before.spans[-1].end == gap.start and gap.end == block.start
    return touching and before.kind is block.kind and before.level == block.level


def _with_headings_as_text(blocks: Sequence[Block]) -> Sequence[Block]:
    """A document of headings alone is read as text, or nothing of it could be found."""
    if any(block.kind not in (BlockKind.HEADING, BlockKind.FURNITURE, BlockKind.HIDDEN) for block in blocks):
        return blocks
    return [Block(BlockKind.PARAGRAPH, b.start, b.end) if b.kind is BlockKind.HEADING else b for b in blocks]


def _continues(text: str, before: _Unit, unit: _Unit) -> bool:
    """Whether a column or page border parted one paragraph: no full stop before it, a small letter after it."""
    if (
        before.section != unit.section
        or unit.after_hidden
        or unit.kind is not BlockKind.PARAGRAPH
        or before.kind is BlockKind.TABLE
    ):
        return False
    end = text[before.spans[-1].start : before.spans[-1].end]
    start = text[unit.spans[0].start : unit.spans[0].end].lstrip()
    return end.endswith("\u00ad") or (not _SENTENCE_END.search(end) and start[:1].islower() and len(end) > 30)


def _split_sentences(text: str, kind: BlockKind) -> Iterator[tuple[int, int]]:
    if not text.strip():
        return
    if kind is BlockKind.TABLE:
        yield 0, len(text)
        return
    for boundary in sentencex.get_sentence_boundaries("en", text):
        if boundary["text"].strip():
            yield boundary["start_index"], boundary["end_index"]


def _cut_sentence(sentence: str, place: int, count_tokens: CountTokens, window: int) -> Iterator[tuple[int, int, int]]:
    """Parts of a sentence that exceeds the window: cut at clause borders, else between words, else anywhere.

    One pass over words that are counted together: a splitter that measures every part anew takes minutes for a hostile
    line of a few hundred kilobytes.
    """
    # No sign of any script takes more than four tokens of these models.
    words = [match.span() for match in re.finditer(rf"\S{{1,{max(window // 4, 1)}}}\s*", sentence)]
    sizes = count_tokens([sentence[start:end] for start, end in words])
    first, filled, border, filled_at_border = 0, 0, -1, 0
    for index, size in enumerate(sizes):
        if index > first and filled + size > window:
            last = border if filled_at_border >= window / 2 else index - 1
            yield place + words[first][0], place + words[last][1], sum(sizes[first : last + 1])
            first, border, filled_at_border = last + 1, -1, 0
            filled = sum(sizes[first:index])
        filled += size
        if _CLAUSE_END.search(sentence, *words[index]):
            border, filled_at_border = index, filled
    yield place + words[first][0], place + words[-1][1], sum(sizes[first:])


def _pack(pieces: Sequence[_Piece], budget: int) -> Iterator[list[_Piece]]:
    """Groups of about equal size below the budget, parted between units where that is near."""
    target = sum(piece.tokens for piece in pieces) / max(math.ceil(sum(piece.tokens for piece in pieces) / budget), 1)
    group: list[_Piece] = []
    filled = 0
    for piece in pieces:
        new_unit = bool(group) and piece.unit != group[-1].unit and not group[-1].leads
        if group and (filled + piece.tokens > budget or (new_unit and filled >= 0.85 * target)):
            carried = _take_lead_in(group, piece)
            yield group
            group, filled = carried, sum(lead.tokens for lead in carried)
        group.append(piece)
        filled += piece.tokens
    if group:
        yield group


def _take_lead_in(group: list[_Piece], following: _Piece) -> list[_Piece]:
    """Removes from a full group the sentence that leads into the list which would start the next one."""
    last = group[-1]
    if last.leads and following.unit == last.unit + 1 and len(group) > 1:
        return [group.pop()]
    return []


def _make_passage(
    document: Document, ordinal: int, section: tuple[str, ...], heading: str, pieces: Sequence[_Piece]
) -> Passage:
    start = pieces[0].sentence.spans[0].start
    end = pieces[-1].sentence.spans[-1].end
    page = find_page(document.reading.pages, start)
    return Passage(
        id=hashlib.sha256(f"{document.id}:{start}:{end}".encode()).hexdigest()[:32],
        label="",
        document_id=document.id,
        ordinal=ordinal,
        start=start,
        end=end,
        section=section,
        page=page.number if page else None,
        page_label=page.label if page else None,
        sentences=tuple(piece.sentence for piece in pieces),
        search_text=" ".join(piece.text for piece in pieces),
        heading=heading,
    )


def find_page(pages: Sequence[Page], place: int) -> Page | None:
    """The page on which a code point of the text stands."""
    return next((page for page in pages if page.start <= place < page.end), None)
