"""How an element of a web page looks, as far as what stands in the file tells: (element, parent's look) -> Look.

Inline styles, attributes and the rules of the page's own style sheets count whose selectors name tags, classes and ids,
of the element and of those that hold it. Other selectors, rules for some screens, other files and scripts do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement
from PIL import ImageColor

from coach.records import Unseen

Colour = tuple[int, int, int]

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_SELECTOR = re.compile(r"([a-zA-Z][\w-]*|\*)?((?:[.#][\w-]+)*)")
_LENGTH = re.compile(r"(-?[\d.]{1,12})(px|pt|em|rem|%|vw|vh|cm|in)?")
_TO_PIXELS = {"pt": 4 / 3, "em": 16, "rem": 16, "vw": 12, "vh": 8, "cm": 38, "in": 96}
_SMALLEST = 3.0  # pixels
_FAR = -400.0  # pixels beyond the edge
_NEAR_COLOUR = 24
_MOST_RULES = 5000
_DEEPEST = 6  # parts of one selector
_MOST_ALIKE = 50  # rules that one class, id or tag may have
_INHERITED = ("inherit", "unset", "currentcolor", "initial")
_WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Look:
    """What an element's text inherits."""

    colour: Colour | None = None
    ground: Colour | None = _WHITE
    """None where it is a picture, a gradient or a colour that cannot be read."""
    size: float = 16.0
    gone: Unseen | None = None
    """Why nothing of the element is shown."""

    @property
    def why(self) -> Unseen | None:
        """Why its text is not seen; None where it is."""
        if self.gone is not None:
            return self.gone
        if self.size < _SMALLEST:
            return "tiny"
        if self.colour is None or self.ground is None:
            return None
        near = max(abs(one - other) for one, other in zip(self.colour, self.ground, strict=True)) < _NEAR_COLOUR
        return "colour" if near else None


@dataclass(frozen=True, slots=True)
class _Compound:
    """What one element must have: a tag, classes, an id; each may be empty."""

    tag: str
    classes: frozenset[str]
    name: str

    def fits(self, element: HtmlElement) -> bool:
        return (
            (not self.tag or self.tag == element.tag)
            and (not self.name or self.name == element.get("id"))
            and (not self.classes or self.classes <= set((element.get("class") or "").split()))
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    """`outer` are the elements that must hold the element, the nearest first, and whether each is the parent itself."""

    own: _Compound
    outer: tuple[tuple[_Compound, bool], ...]
    values: Mapping[str, str]

    @property
    def weight(self) -> tuple[int, int, int]:
        parts = [self.own, *(part for part, _ in self.outer)]
        return sum(bool(p.name) for p in parts), sum(len(p.classes) for p in parts), sum(bool(p.tag) for p in parts)

    def fits(self, element: HtmlElement) -> bool:
        if not self.own.fits(element):
            return False
        holder = element.getparent()
        for part, direct in self.outer:
            while holder is not None and not direct and not part.fits(holder):
                holder = holder.getparent()
            if holder is None or not part.fits(holder):
                return False
            holder = holder.getparent()
        return True


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The rules of a page that can be read, by what an element must have for them to fit."""

    rules: Mapping[str, Sequence[tuple[int, _Rule]]] = field(default_factory=dict)

    def look(self, element: HtmlElement, parent: Look) -> Look:
        """How the text of an element looks inside a parent that looks so."""
        values = self._gather(element)
        look = replace(parent, gone=parent.gone or _find_reason(element, values))
        colour = values.get("color") or (element.get("color") if element.tag == "font" else None)
        if colour is not None and colour not in _INHERITED:
            look = replace(look, colour=read_colour(colour))
            if re.search(r"transparent|rgba?\([^)]*[,/]\s*0(\.0\d*)?%?\s*\)", colour):
                look = replace(look, gone=look.gone or "colour")
        ground = values.get("background-color") or values.get("background") or element.get("bgcolor")
        if values.get("background-image", "none") != "none" or element.get("background"):
            look = replace(look, ground=None)
        elif ground and not ground.startswith(("transparent", "none", *_INHERITED)):
            look = replace(look, ground=read_colour(ground))
        return replace(look, size=_read_size(values.get("font-size"), parent.size))

    def _gather(self, element: HtmlElement) -> dict[str, str]:
        classes = frozenset((element.get("class") or "").split())
        keys = [*(f".{name}" for name in classes), f"#{element.get('id')}", str(element.tag), "*"]
        fitting = {place: rule for key in keys for place, rule in self.rules.get(key, ()) if rule.fits(element)}
        values: dict[str, str] = {}
        for place in sorted(fitting, key=lambda place: (fitting[place].weight, place)):
            values.update(fitting[place].values)
        values.update(read_declarations(element.get("style") or ""))
        return values


def read_style_sheets(sources: Iterable[str]) -> StyleSheet:
    """The rules of some style sheets that can be read."""
    rules: dict[str, list[tuple[int, _Rule]]] = {}
    place = 0
    for source in sources:
        for selectors, body in _iterate_rules(_COMMENT.sub(" ", source)):
            values = read_declarations(body)
            for selector in selectors.split(","):
                rule = _read_rule(selector.strip(), values)
                if rule is not None and place < _MOST_RULES:
                    key = _key_of(rule.own)
                    rules.setdefault(key, []).append((place, rule))
                    place += 1
    rules = {key: alike[-_MOST_ALIKE:] for key, alike in rules.items()}
    return StyleSheet(rules)


def _key_of(compound: _Compound) -> str:
    if compound.classes:
        return f".{min(compound.classes)}"
    return f"#{compound.name}" if compound.name else compound.tag or "*"


def _iterate_rules(source: str) -> Iterable[tuple[str, str]]:
    """Selectors and body of each rule that stands outside any @-rule."""
    depth, start, head = 0, 0, ""
    for match in re.finditer(r"[{};]", source):
        sign = match.group()
        if sign == "{":
            if depth == 0:
                head, start = source[start : match.start()].strip(), match.end()
            depth += 1
        elif sign == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                if not head.startswith("@"):
                    yield head, source[start : match.start()]
                head, start = "@", match.end()
        elif depth == 0:
            start = match.end()


def _read_rule(selector: str, values: Mapping[str, str]) -> _Rule | None:
    """The rule of a selector such as `#bar > p .note`; None where it asks for more, or for nothing."""
    parts = re.sub(r"\s*>\s*", " >", selector).split()
    compounds = [_read_compound(part.lstrip(">")) for part in parts[:_DEEPEST]]
    known = [compound for compound in compounds if compound is not None]
    if not values or not known or len(known) < len(parts) or parts[0].startswith(">"):
        return None
    # The sign before a part tells how its holder, the part before it, is to stand.
    outer = [(known[place], parts[place + 1].startswith(">")) for place in range(len(parts) - 1)]
    return _Rule(known[-1], tuple(reversed(outer)), values)


def _read_compound(part: str) -> _Compound | None:
    match = _SELECTOR.fullmatch(part)
    if match is None or not part:
        return None
    marks = re.findall(r"[.#][\w-]+", match.group(2))
    names = [mark[1:] for mark in marks if mark[0] == "#"]
    classes = frozenset(mark[1:] for mark in marks if mark[0] == ".")
    return _Compound((match.group(1) or "").lower().replace("*", ""), classes, names[0] if names else "")


def read_declarations(source: str) -> dict[str, str]:
    """`{"display": "none", ...}` of a style attribute or a rule's body, in lower case."""
    values: dict[str, str] = {}
    for declaration in source.split(";"):
        name, _, value = declaration.partition(":")
        if value.strip():
            values[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return values


def read_colour(value: str) -> Colour | None:
    """Red, green and blue of a CSS colour, or of the first one of a background; None where it names none that is known."""
    value = value.strip().lower()
    function = re.match(r"(rgb|hsl)a?\([^)]*\)", value)
    word = function.group() if function else (value.split() or [""])[0]
    try:
        return ImageColor.getrgb(re.sub(r"\s+", " ", word))[:3]
    except ValueError:
        return None


def _find_reason(element: HtmlElement, values: Mapping[str, str]) -> Unseen | None:
    if element.get("hidden") is not None or values.get("display") == "none":
        return "hidden"
    if values.get("visibility") in ("hidden", "collapse") or values.get("content-visibility") == "hidden":
        return "hidden"
    if _read_number(values.get("opacity"), 1.0) < 0.1 or re.search(
        r"scale[xy]?\(\s*0(\.0\d*)?\s*[,)]", values.get("transform", "")
    ):
        return "invisible"
    if _is_clipped(values):
        return "invisible"
    return "outside" if _is_far(values) else None


def _is_clipped(values: Mapping[str, str]) -> bool:
    clip = values.get("clip", "") + values.get("clip-path", "")
    if re.search(r"rect\(\s*(0|1px)(px)?[\s,]+(0|1px)(px)?[\s,]+(0|1px)|inset\(\s*(50|100)%", clip):
        return True
    sides = [_read_length(values.get(name)) for name in ("width", "height", "max-width", "max-height")]
    return "hidden" in values.get("overflow", "") and any(side is not None and side <= 1 for side in sides)


def _is_far(values: Mapping[str, str]) -> bool:
    names = ["text-indent", "margin-left", "margin-top"]
    if values.get("position") in ("absolute", "fixed"):
        names += ["left", "top", "right", "bottom"]
    return any((_read_length(values.get(name)) or 0.0) <= _FAR for name in names)


def _read_size(value: str | None, inherited: float) -> float:
    if value is None:
        return inherited
    if value.endswith(("em", "%")) and not value.endswith("rem"):
        share = _read_number(value.rstrip("em%"), 1.0)
        return inherited * (share / 100 if value.endswith("%") else share)
    length = _read_length(value)
    return 16.0 if length is None else length  # a word such as `small`


def _read_length(value: str | None) -> float | None:
    """Pixels, about."""
    match = _LENGTH.fullmatch(value or "")
    return _read_number(match.group(1), 0.0) * _TO_PIXELS.get(match.group(2) or "", 1.0) if match else None


def _read_number(value: str | None, otherwise: float) -> float:
    try:
        return float(value) if value is not None else otherwise
    except ValueError:
        return otherwise
