"""Reports what the eye does not see: a Reading with all that its reader found in, the same with a short report out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from coach.records import Block, BlockKind, HiddenText, Reading

MOST_STRETCHES = 50
LONGEST_STRETCH = 500

_ZERO_WIDTH = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u206f\u3164\ufeff\uffa0"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e007f"
# Characters without a shape are at home in many a text: one zero-width space lets a long address break, joiners belong
# to Persian, to Hindi and to emoji, right-to-left marks to Arabic. What carries words of its own is a run of them.
_SHAPELESS = re.compile(
    f"(?<![\U0001f3f4{_TAGS}])[{_TAGS}]+|(?<=\U0001f3f4)[{_TAGS}]{{8,}}"  # up to seven make a flag
    f"|[{_SELECTORS}]{{2,}}"
    f"|[{_ZERO_WIDTH}]{{6,}}"
)  # fmt: skip
# What turns the order of letters round shows a reader other words than stand there.
_OVERRIDE = re.compile("[\u202d\u202e][^\u202c\n]{0,2000}\u202c?")
_SPACE = re.compile(r"\s+")


def report_hidden(reading: Reading) -> Reading:
    """The reading as it goes out: runs of shapeless characters cut out of its blocks, `hidden` cut short, one note on all.

    Args:
        reading: whose `hidden` holds every stretch that its reader found, whole.
    """
    reading = _mark_shapeless(_clean_metadata(reading))
    stretches = [piece for piece in map(_tidy, reading.hidden) if piece is not None]
    kept = tuple(replace(one, text=one.text[:LONGEST_STRETCH]) for one in stretches[:MOST_STRETCHES])
    notes = (*reading.notes, describe_hidden(stretches)) if stretches else reading.notes
    return replace(reading, notes=notes, hidden=kept)


def describe_hidden(stretches: Sequence[HiddenText]) -> str:
    """One sentence on how much text cannot be seen, and on which pages."""
    count = sum(len(one.text) for one in stretches)
    size = f"{count:,} {'character' if count == 1 else 'characters'}"
    pages = sorted({one.page for one in stretches if one.page is not None})
    place = f" on {name_pages(pages)}" if pages else ""
    return f"Text that cannot be seen{place} ({size}) is left out of answers."


def name_pages(numbers: Sequence[int]) -> str:
    """`page 3`, `pages 1-4 and 7`: runs are shortened, and a very long list is cut."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    names = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    if len(names) > 20:
        names = [*names[:20], f"{len(names) - 20} more"]
    word = "page" if len(numbers) == 1 else "pages"
    return f"{word} {names[0]}" if len(names) == 1 else f"{word} {', '.join(names[:-1])} and {names[-1]}"


def _clean_metadata(reading: Reading) -> Reading:
    """The reading with a title and authors of what is seen alone: they are shown, and searched with every passage."""
    title, *authors = (
        _OVERRIDE.sub("", _SHAPELESS.sub("", words)).strip()
        for words in (reading.metadata.title or "", *reading.metadata.authors)
    )
    return replace(
        reading, metadata=replace(reading.metadata, title=title or None, authors=tuple(filter(None, authors)))
    )


def _mark_shapeless(reading: Reading) -> Reading:
    if reading.text.isascii():
        return reading
    runs = [match.span() for match in _SHAPELESS.finditer(reading.text)]
    runs += [match.span() for match in _OVERRIDE.finditer(reading.text) if any(map(str.isalnum, match.group()))]
    if not runs:
        return reading
    runs = _join(runs)
    found = [
        HiddenText(_page_at(reading, start), read_shapeless(reading.text[start:end]), "characters")
        for start, end in runs
    ]
    blocks = tuple(cut_blocks(reading.blocks, runs))
    return replace(reading, blocks=blocks, hidden=(*reading.hidden, *found))


def _join(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def cut_blocks(blocks: Iterable[Block], holes: Sequence[tuple[int, int]]) -> Iterator[Block]:
    """Blocks with the holes cut out of them, each hole a block of the kind HIDDEN. Both in order, offsets of the text."""
    first = 0
    for block in blocks:
        while first < len(holes) and holes[first][1] <= block.start:
            first += 1
        last = first
        while last < len(holes) and holes[last][0] < block.end:
            last += 1
        inside = [(max(start, block.start), min(end, block.end)) for start, end in holes[first:last]]
        yield from _cut_block(block, inside)


def _cut_block(block: Block, holes: Sequence[tuple[int, int]]) -> Iterator[Block]:
    if not holes or block.kind is BlockKind.HIDDEN:
        yield block
        return
    start = block.start
    for first, last in holes:
        if first > start:
            yield replace(block, start=start, end=first)
        yield Block(BlockKind.HIDDEN, first, last)
        start = last
    if start < block.end:
        yield replace(block, start=start)


def read_shapeless(run: str) -> str:
    """What a run says: tags as the ASCII they stand for, selectors as bytes, visible letters as they are, else a count."""
    words = "".join(chr(ord(sign) - 0xE0000) if 0xE0020 <= ord(sign) < 0xE007F else sign for sign in run)
    values = bytes(value for value in map(_selector_value, run) if value >= 0)
    said = "".join(sign for sign in words + values.decode("utf-8", "ignore") if sign.isprintable()).strip()
    said = "".join(sign for sign in said if _selector_value(sign) < 0)
    return said if any(map(str.isalnum, said)) else f"U+{ord(run[0]):04X} ×{len(run)}"


def _selector_value(sign: str) -> int:
    code = ord(sign)
    if 0xFE00 <= code <= 0xFE0F:
        return code - 0xFE00
    return code - 0xE0100 + 16 if 0xE0100 <= code <= 0xE01EF else -1


def _page_at(reading: Reading, place: int) -> int | None:
    index = bisect_right(reading.pages, place, key=lambda page: page.start) - 1
    return reading.pages[index].number if index >= 0 else None


def _tidy(one: HiddenText) -> HiddenText | None:
    words = "".join(sign for sign in _SPACE.sub(" ", one.text) if sign.isprintable()).strip()
    return replace(one, text=words) if any(sign.isalnum() for sign in words) else None
