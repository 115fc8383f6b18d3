"""Which view of the page Evaluate is meant: the query of its address in, checked values out, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode

from coach.evaluation.records import ITEM_STATUSES
from coach.records import ROLES

View = Literal["sets", "runs", "compare", "review"]
VIEWS: tuple[View, ...] = get_args(View)
TABS = ("items", "drafts", "gate", "versions", "problems")
SHOWS = ("all", "failed", "gates", "unscored", "changed", "worse", "better")
ID = re.compile(r"[0-9a-f]{32}")
_PAIR = re.compile(r"([0-9a-f]{32})?,([0-9a-f]{32})?")
_LONGEST = 300
_LONGEST_QUERY = 2000
_LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class Address:
    """A view, and what it shows. Whatever is empty is not asked for; nothing here is known to exist."""

    view: str = ""
    set: str = ""
    version: str = ""
    tab: str = ""
    item: str = ""
    """Of a set, of a run or of a comparison; `new` in a set for one that is not there yet."""
    run: str = ""
    compare: str = ""
    """Two ids, the earlier run first, with a comma between; either may be missing."""
    sheet: str = ""
    """Of a file that came and is not saved yet."""
    show: str = ""
    type: str = ""
    role: str = ""
    topic: str = ""
    status: str = ""
    words: str = ""
    page: str = ""
    """Of a long list, from 1; it may be beyond the last."""

    def to(self, **changes: str) -> str:
        """The address of the page with some values changed, and the others as they are."""
        return write_address(replace(self, **changes))

    def at(self, **values: str) -> str:
        """The address of the page with these values alone."""
        return write_address(Address(**values))

    @property
    def part(self) -> View:
        """The part of the page that is meant."""
        if self.compare:
            return "compare"
        if self.run:
            return "runs"
        return next((one for one in VIEWS if one == self.view), "sets")

    @property
    def number(self) -> int | None:
        """The version that is asked for; None for the newest."""
        return int(self.version) if self.version else None

    @property
    def pair(self) -> tuple[str, str]:
        """The runs to be compared; empty where none is chosen."""
        before, _, after = self.compare.partition(",")
        return before, after


_NAMES = tuple(one.name for one in fields(Address))
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "view": VIEWS,
    "tab": TABS,
    "show": SHOWS,
    "role": ROLES,
    "status": ITEM_STATUSES,
}


def read_address(query: str | Mapping[str, str]) -> Address:
    """What a query asks for; what is none of ours is left out."""
    values = dict(query) if isinstance(query, Mapping) else dict(parse_qsl(query.lstrip("?")[:_LONGEST_QUERY]))
    return Address(**{name: values[name] for name in _NAMES if name in values and _is_ours(name, str(values[name]))})


def _is_ours(name: str, value: str) -> bool:
    if name in _KNOWN:
        return value in _KNOWN[name]
    if name in ("set", "run", "sheet"):
        return bool(ID.fullmatch(value))
    if name == "compare":
        return bool(_PAIR.fullmatch(value))
    if name in ("version", "page"):
        return value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER
    return len(value) <= _LONGEST


def write_address(address: Address) -> str:
    """The page's address for a view."""
    values = {name: getattr(address, name) for name in _NAMES if getattr(address, name)}
    return f"/evaluate?{urlencode(values)}" if values else "/evaluate"
