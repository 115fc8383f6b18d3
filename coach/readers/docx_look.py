"""Which runs of a Word document are seen: a run with what holds it in, why it is not seen or None out."""

from __future__ import annotations

from dataclasses import dataclass, field

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from lxml.etree import _Element

from coach.records import Unseen

_PROPERTIES, _RUN_STYLE, _VALUE = qn("w:rPr"), qn("w:rStyle"), qn("w:val")
_SMALLEST = 8  # half-points: under four points
_NEAR_WHITE = 0xE7  # of every colour, and more: white on white, or as good as
_OFF = ("0", "false", "off", "none")
_LIGHT_MARKS = ("none", "white")


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the properties of a run, paragraph or style say of how text looks; None where they say nothing."""

    vanish: bool | None = None
    pale: bool | None = None
    size: int | None = None
    ground: bool | None = None
    """Whether something dark or coloured lies behind the text."""

    def over(self, below: _Marks) -> _Marks:
        """These marks, and where they say nothing those below."""
        return _Marks(
            below.vanish if self.vanish is None else self.vanish,
            below.pale if self.pale is None else self.pale,
            below.size if self.size is None else self.size,
            below.ground if self.ground is None else self.ground,
        )


@dataclass(slots=True)
class RunLooks:
    """Looks up how runs of one document look, each style once."""

    document: WordDocument
    dark_page: bool = field(init=False)
    _styles: dict[str, _Marks] = field(init=False, default_factory=dict)
    _usual: str | None = field(init=False)
    _defaults: _Marks = field(init=False)

    def __post_init__(self) -> None:
        self.dark_page = self.document.element.find(qn("w:background")) is not None
        usual = self.document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
        self._usual = usual.style_id if usual is not None else None
        defaults = self.document.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr")
        self._defaults = _read_marks(defaults[0] if defaults else None)

    def find_reason(self, run: BaseOxmlElement, style: str | None, shaded: bool) -> Unseen | None:
        """Why the text of a run is not seen.

        Args:
            run: a `w:r` element.
            style: id of its paragraph's style; None for the usual one.
            shaded: whether its paragraph, table cell or table has a colour behind it.
        """
        properties = run.find(_PROPERTIES)
        below = self._read_style(style or self._usual).over(self._defaults)
        if properties is None:
            marks = below
        else:
            named = properties.find(_RUN_STYLE)
            own = _read_marks(properties)
            marks = (own if named is None else own.over(self._read_style(named.get(_VALUE)))).over(below)
        if marks.vanish:
            return "hidden"
        if marks.size is not None and marks.size < _SMALLEST:
            return "tiny"
        return "colour" if marks.pale and not (marks.ground or shaded or self.dark_page) else None

    def _read_style(self, name: str | None) -> _Marks:
        if name is None:
            return _Marks()
        if name not in self._styles:
            self._styles[name] = _Marks()  # a style that is based on itself ends here
            element = self.document.styles.element.get_by_id(name)
            if element is not None:
                based = element.find(qn("w:basedOn"))
                own = _read_marks(element.find(_PROPERTIES))
                if is_shaded(element.find(qn("w:pPr"))):
                    own = _Marks(ground=True).over(own)
                self._styles[name] = own.over(self._read_style(None if based is None else based.get(_VALUE)))
        return self._styles[name]


def is_shaded(properties: _Element | None) -> bool:
    """Whether the properties of a paragraph, table cell or table name a colour behind it that is not nearly white."""
    shading = None if properties is None else properties.find(qn("w:shd"))
    if shading is None:
        return False
    pattern = shading.get(_VALUE) or "clear"
    fill = shading.get(qn("w:fill"))
    return pattern not in ("clear", "nil") or (_is_pale(fill) is False)


def _read_marks(properties: _Element | None) -> _Marks:
    if properties is None:
        return _Marks()
    vanish, colour = properties.find(qn("w:vanish")), properties.find(qn("w:color"))
    size, mark = properties.find(qn("w:sz")), properties.find(qn("w:highlight"))
    digits = "" if size is None else (size.get(_VALUE) or "")
    ground = is_shaded(properties) or (mark is not None and mark.get(_VALUE) not in _LIGHT_MARKS)
    return _Marks(
        vanish=None if vanish is None else (vanish.get(_VALUE) or "true") not in _OFF,
        pale=None if colour is None else _is_pale(colour.get(_VALUE)) is True,
        size=int(digits) if digits.isdecimal() and len(digits) < 6 else None,
        ground=True if ground else None,
    )


def _is_pale(colour: str | None) -> bool | None:
    """Whether a colour such as FFFFFF is nearly white; None where it is automatic or no colour."""
    try:
        parts = bytes.fromhex(colour or "")
    except ValueError:
        return None
    return min(parts) >= _NEAR_WHITE if len(parts) == 3 else None
