"""How much room blocks take on a page, by counting letters: blocks in, points out, rather too many than too few. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from coach.plans import blocks
from coach.plans.blocks import Block, Phrase, read_words

Setting = Literal["usual", "tight"]
_ROW_LINE, _ROW_AROUND, _ROW_LETTERS = 12.2, 6.0, 112


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of text is set."""

    letters: int
    """On a line."""
    line: float
    """Height of a line, in points."""
    around: float
    """Above and below it together."""


# As coach/plans/docx_styles.xml and `coach.plans.docx_base.tighten` set them.
_KINDS: dict[Setting, dict[str, _Kind]] = {
    "usual": {
        "title": _Kind(44, 26, 30),
        "heading_1": _Kind(68, 17, 19),
        "heading_2": _Kind(88, 13.5, 10),
        "text": _Kind(105, 14.4, 5),
        "aside": _Kind(118, 12.2, 12),
        "item": _Kind(100, 14.4, 2.5),
        "fact": _Kind(86, 14.4, 1),
        "quote": _Kind(90, 15, 11),
        "source": _Kind(98, 11, 6),
        "blank": _Kind(1, 23, 0),
    },
    "tight": {
        "title": _Kind(56, 22, 18),
        "heading_1": _Kind(88, 14.6, 10),
        "heading_2": _Kind(88, 13.5, 10),
        "text": _Kind(108, 13.7, 6),
        "aside": _Kind(122, 11.2, 6),
        "item": _Kind(104, 13.7, 2),
        "fact": _Kind(90, 13.7, 1),
        "quote": _Kind(95, 14.1, 6),
        "source": _Kind(108, 10.4, 4),
        "blank": _Kind(1, 23, 0),
    },
}
PAGE: dict[Setting, float] = {"usual": 658, "tight": 672}
"""Points of a page that are filled at most. What is measured is two to eight in a hundred too much, which leaves room for
programs that set a text otherwise; tests/test_plan_pages.py lays crowded pages out."""


def measure(some: Iterable[Block], setting: Setting) -> float:
    """The height of blocks one below the other."""
    return sum(_measure(block, _KINDS[setting]) for block in some)


def _measure(block: Block, kinds: dict[str, _Kind]) -> float:
    match block:
        case blocks.Table():
            return _measure_table(block)
        case blocks.Items(items):
            return sum(_set(item, kinds["item"]) for item in items)
        case blocks.Facts(facts):
            return sum(_set(phrase, kinds["fact"]) for _, phrase in facts)
        case blocks.Blanks(forms):
            return sum(form.lines * kinds["blank"].line for form in forms)
        case blocks.Quotation(words, source):
            return _set((words,), kinds["quote"]) + (_set(source, kinds["source"]) if source else 0)
        case blocks.Heading(level, words):
            return _set(words, kinds[f"heading_{level}"])
        case blocks.Paragraph(words, role):
            return _set(words, kinds["aside" if role == "aside" else "text"])
        case blocks.Title(words) | blocks.Notice(words):
            return _set(words, kinds["title"])


def _set(phrase: Phrase, kind: _Kind) -> float:
    return _count(read_words(phrase), kind.letters) * kind.line + kind.around


def _count(text: str, letters: int) -> int:
    return max(1, -(-len(text) // letters))


def _measure_table(table: blocks.Table) -> float:
    letters = [_ROW_LETTERS * column.share // 100 for column in table.columns]
    height = _ROW_LINE + _ROW_AROUND
    for row in (*table.rows, *((table.total,) if table.total else ())):
        lines = (
            sum(_count(read_words(phrase), width) for phrase in cell) for cell, width in zip(row, letters, strict=True)
        )
        height += max(lines) * _ROW_LINE + _ROW_AROUND
    return height
