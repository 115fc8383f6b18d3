"""Recognises what belongs to the page and not to the text: lines in, which of them are furniture out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_ROMAN = re.compile(r"(?=[ivxlcdm])m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})\.?", re.I)
_PAGE_NUMBER = re.compile(r"[-–—\[(|\s]*(page|p\.|pg\.?|seite)?\s*\d{1,4}(\s*(/|of|\|)\s*\d{1,4})?[-–—\])|\s]*", re.I)
_NAVIGATION = re.compile(
    r"""^[\s<>«»‹›|←→·•]*(
        (previous|prev|next|back|home|top|contents|menu|search|share|print|login|log\ in|sign\ in|subscribe)
        ([\s<>«»‹›|←→·/•]+(previous|prev|next|back|home|top|contents|menu|search|share|print|page|login|log\ in|sign\ in))*
        |back\ to\ (top|contents|home).{0,20}
        |skip\ to\ .{0,40}
        |click\ here\ (to|for)\b.{0,80}
        |(download|print|email|share)\ this\ (page|article|report|pdf).{0,40}
        |(jump|go)\ to\ (top|content|navigation|page).{0,20}
    )[\s<>«»‹›|←→·:•]*$""",
    re.I | re.X,
)
_IMPRINT = re.compile(
    r"""(^\s*(©|\(c\)\s|copyright\b|all\ rights\ reserved|open\ access\b)
        |\bdownloaded\ (from|on|by)\b|\bdownload\ date\b|\blast\ updated?\b
        |^\s*published\ (by|online)\b|\bdownload(ed)?\s+date\b
        |\bvol(ume|\.)\s*\d+.{0,20}\b(issue|no\.?|number)\s*\d+
        |\b(doi\s*[:.]|doi\.org/|issn\b|isbn\b)
        |^\s*(revision|rev\.?|version|p/n|part\ (no|number)|document\ (no|number)|doc\.?\ no)\b.{0,30}$
        |https?://\S+\s*$|\bwww\.\S+\s*$|\S+@\S+\.\w{2,}
        |^\s*(printed|received|accepted|revised)\s+(on|in|from)?\s*:?\s*.{0,30}\d{4}\s*$)""",
    re.I | re.X,
)
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\W*(\d{{1,2}}\.?\s+{_MONTH}\s+\d{{4}}|{_MONTH}\s+(\d{{1,2}},?\s+)?\d{{4}}|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{2,4}})\W*",
    re.I,
)


def normalise_line(line: str) -> str:
    """The line as it repeats from page to page: numbers become one sign, case and spacing are folded."""
    return _SPACE.sub(" ", _NUMBER.sub("#", line)).strip().casefold()


def is_navigation(line: str) -> bool:
    """Whether a line only leads elsewhere, such as "Previous | Next" or "Click here to download the full report"."""
    return bool(line.strip()) and _NAVIGATION.match(line) is not None


def is_page_number(line: str) -> bool:
    """Whether a line is a page number and nothing else."""
    text = line.strip()
    return 0 < len(text) <= 40 and (_PAGE_NUMBER.fullmatch(text) is not None or _ROMAN.fullmatch(text) is not None)


def is_imprint(line: str) -> bool:
    """Whether a line has the form of publishing matter: an address, a licence, a volume, a date on its own."""
    return len(line) <= 200 and (_IMPRINT.search(line) is not None or _DATE.fullmatch(line.strip()) is not None)


def find_repeated(edges: Sequence[Sequence[str]]) -> frozenset[str]:
    """Lines that stand at the edge of many pages.

    Args:
        edges: for each page, the normalised lines near its top and bottom.

    Returns:
        Those on at least three pages and a fifth of them (left and right pages may differ), or on both of two.
    """
    counts = Counter(line for page in edges for line in set(page) if line)
    needed = max(3, len(edges) / 5) if len(edges) > 2 else 2
    return frozenset(line for line, count in counts.items() if count >= needed and len(line) <= 150)
