"""A support-session plan as Markdown: Plan -> text in which nothing of a document or a person becomes markup. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from coach.conversing import escape_markdown
from coach.plans import blocks
from coach.plans.blocks import Block, Cell, Phrase, Words
from coach.plans.documents import SharedLine, arrange
from coach.plans.records import Plan
from coach.prompts import Wording

_BLANK = " ".join(["\\_" * 12] * 3)


def write_plan_markdown(
    plan: Plan, shared: Sequence[SharedLine], wording: Wording, *, version: int | None = None
) -> str:
    """The same parts in the same words as in Word, the notes numbered at the end.

    Args:
        plan: as it is kept.
        shared: what the principal shared, and did not take back.
        wording: of `coach.plans.document_wording`.
        version: of the plan, if it has one.
    """
    arranged = arrange(plan, shared, wording, version=version)
    parts = [_write(block) for block in arranged.blocks]
    if arranged.notes:
        parts.append(f"## {escape_markdown(wording.say('part.sources'))}")
        parts.append("\n".join(f"{note.number}. {_write_phrase(note.words)}" for note in arranged.notes))
    if arranged.handout:
        parts += ["---", *(_write(block) for block in arranged.handout)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _write(block: Block) -> str:
    match block:
        case blocks.Notice(words):
            return f"**{_write_phrase(words, bare=True)}**"
        case blocks.Title(words, kind):
            return f"# {_write_phrase(words)}\n\n*{_write_phrase(kind, bare=True)}*"
        case blocks.Heading(level, words):
            return f"{'#' * (level + 1)} {_write_phrase(words)}"
        case blocks.Paragraph(words):
            return _write_phrase(words)
        case _:
            return _write_shape(block)


def _write_shape(block: Block) -> str:
    match block:
        case blocks.Items(items, is_checked):
            mark = "- [ ] " if is_checked else "- "
            return "\n".join(mark + _write_phrase(item) for item in items)
        case blocks.Facts(facts):
            return "\n".join(f"- **{escape_markdown(name.text)}:** {_write_phrase(words)}" for name, words in facts)
        case blocks.Quotation(words, source):
            quoted = f"> {_write_phrase((words,))}"
            return f"{quoted}\n>\n> {_write_phrase(source)}" if source else quoted
        case blocks.Table():
            return _write_table(block)
        case blocks.Blanks(forms):
            return "\n".join(f"- {escape_markdown(one.name.text)}: {_BLANK}" for one in forms)
        case _:
            raise AssertionError(block)


def _write_table(table: blocks.Table) -> str:
    rows = [
        [escape_markdown(column.name.text) for column in table.columns],
        ["---:" if column.is_number else "---" for column in table.columns],
        *([_write_cell(cell) for cell in row] for row in table.rows),
        *([[_write_cell(cell) for cell in table.total]] if table.total else []),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _write_cell(cell: Cell) -> str:
    """A cell on one line: a name that stood on a line of its own gets a full stop."""
    lines = []
    for place, phrase in enumerate(cell):
        written = _write_phrase(phrase)
        is_name = place < len(cell) - 1 and written and written[-1] not in ".?!:"
        lines.append(f"{written};" if is_name and phrase[0].tone != "strong" else written)
    return " ".join(lines)


def _write_phrase(phrase: Phrase, *, bare: bool = False) -> str:
    """Words one after the other, with the marks of their notes.

    Args:
        phrase: the words.
        bare: whether strong words and asides are not told apart, because all are.
    """
    written = ""
    for words in phrase:
        if words.text:
            written += (" " if written else "") + (escape_markdown(words.text) if bare else _write_words(words))
        if words.note:
            written += f" \\[{words.note}\\]"
    return written


def _write_words(words: Words) -> str:
    text = escape_markdown(words.text)
    if words.address:
        # An address that is shown is the address that is led to; in angle brackets, no mark in it ends the link.
        return f"<{words.address}>" if words.text == words.address else f"[{text}](<{words.address}>)"
    if words.tone == "strong":
        return f"**{text}**"
    return f"*{text}*" if words.tone == "aside" else text
