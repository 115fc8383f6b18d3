"""Finds text that a PDF page does not show: a pdfium page and the boxes of its words in, why each is unseen out.

What may be unseen is found cheaply, object by object; only a page that has such objects is drawn, once with and once
without them. An object whose absence changes no pixel is not seen.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops

from coach.records import Unseen

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the page's top left corner as displayed."""

SMALLEST = 2.5  # points, on a page that is shown as high as a letter
_LETTER = 792.0
_PICTURE = 1200  # pixels of the longer side of what is drawn to compare
_CONTRAST = 24  # of 255: less than this between a letter and its ground is not seen
_INK = 28  # of 255: what a letter in a picture differs from its paper by, at least
_PALE = 190
_NEAR_COLOUR = 64
_DEEPEST = 15
_MOST_CLIPS = 100
_BAND = 24.0  # points: grounds are compared with the texts of their height alone
_MOST_BANDS = 400
_MOST_GROUNDS = 500  # in one band
_SMALLEST_GROUND = 25.0  # square points
_UNPAINTED = (3, 7)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A text object that may be unseen, and why if it is."""

    why: Unseen
    tiny: bool
    raw: object


@dataclass(frozen=True, slots=True)
class SuspectWord:
    """Characters of one suspect that stand together."""

    suspect: Suspect
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Painted:
    """An object of a page. `bounds` are left, bottom, right, top in the page's own space."""

    raw: object
    kind: int
    order: int
    bounds: Box
    scale: float
    faint: bool
    """Whether it, or a form that holds it, is painted with transparency or in a layer."""
    frame: Box
    """What its clipping, and that of the forms that hold it, leaves of the page."""


def find_suspects(page: pdfium.PdfPage, *, layered: bool) -> dict[int, Suspect]:
    """Text objects of a page that may be unseen, by their address.

    Args:
        page: to look at.
        layered: whether the file has layers, which may be switched off.
    """
    objects = list(_iterate_objects(page, layered=layered))
    grounds = _sort_grounds([one for one in objects if _is_ground(one)])
    smallest = SMALLEST * min(max(page.get_size()) / _LETTER, 1.0)
    found: dict[int, Suspect] = {}
    for text in objects:
        if text.kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
            continue
        tiny = _read_size(text) < smallest
        why = (
            _suspect(text)
            or _compare_with_frame(text)
            or _compare_with_grounds(text, grounds.get(_band(text.bounds[1]), ()))
            or ("tiny" if tiny else None)
        )
        if why is not None:
            found[address_of(text.raw)] = Suspect(why, tiny, text.raw)
    return found


def address_of(raw: object) -> int:
    """What tells one object of a page from another."""
    return ctypes.addressof(raw.contents)  # type: ignore[attr-defined]


def judge_words(page: pdfium.PdfPage, words: Sequence[SuspectWord]) -> list[Unseen | None]:
    """Why each word is not seen, or None where it is.

    Text that lies unseen on a picture of letters is what text recognition put there: it counts as seen.
    """
    view = _View.around(page, words)
    suspects = {address_of(word.suspect.raw): word.suspect.raw for word in words}
    shown = _draw(page, view, [])
    bare = _draw(page, view, list(suspects.values()))
    change = ImageChops.difference(shown, bare)
    seen = [_differs(change, word.boxes, view) for word in words]
    texts = [one.raw for one in _iterate_objects(page, layered=False) if one.kind == pdfium_c.FPDF_PAGEOBJ_TEXT]
    paper = bare if all(seen) or len(texts) == len(suspects) else _draw(page, view, texts)
    grey = paper.convert("L")
    verdicts: list[Unseen | None] = []
    for word, is_seen in zip(words, seen, strict=True):
        if is_seen:
            verdicts.append("tiny" if word.suspect.tiny else None)
        else:
            recognised = not word.suspect.tiny and _lies_on_ink(grey, word.boxes, view)
            verdicts.append(None if recognised else word.suspect.why)
    return verdicts


@dataclass(frozen=True, slots=True)
class _View:
    """The part of a page that is drawn, in points from its top left corner, and pixels to the point."""

    area: Box
    scale: float
    margins: Box
    """What is cut off at the left, bottom, right and top."""

    @classmethod
    def around(cls, page: pdfium.PdfPage, words: Sequence[SuspectWord]) -> _View:
        width, height = page.get_size()
        boxes = [box for word in words for box in word.boxes]
        left, top = max(min(box[0] for box in boxes) - 4, 0.0), max(min(box[1] for box in boxes) - 4, 0.0)
        right, bottom = min(max(box[2] for box in boxes) + 4, width), min(max(box[3] for box in boxes) + 4, height)
        return cls(
            (left, top, right, bottom), _PICTURE / max(width, height, 1.0), (left, height - bottom, width - right, top)
        )

    def cut(self, picture: Image.Image, box: Box) -> Image.Image | None:
        """The piece of a drawn picture that shows a box and a pixel around it; None beyond the edge."""
        x, y = math.ceil(self.area[0] * self.scale), math.ceil(self.area[1] * self.scale)
        left, top = max(math.floor(box[0] * self.scale) - 1 - x, 0), max(math.floor(box[1] * self.scale) - 1 - y, 0)
        right = min(math.ceil(box[2] * self.scale) + 1 - x, picture.width)
        bottom = min(math.ceil(box[3] * self.scale) + 1 - y, picture.height)
        return picture.crop((left, top, right, bottom)) if left < right and top < bottom else None


def _draw(page: pdfium.PdfPage, view: _View, without: Sequence[object]) -> Image.Image:
    """The page as it is displayed, some objects left out."""
    for raw in without:
        pdfium_c.FPDFPageObj_SetIsActive(raw, False)
    try:
        picture: Image.Image = page.render(scale=view.scale, crop=view.margins).to_pil()
        return picture.convert("RGB")
    finally:
        for raw in without:
            pdfium_c.FPDFPageObj_SetIsActive(raw, True)


def _differs(change: Image.Image, boxes: Sequence[Box], view: _View) -> bool:
    """Whether a third of the characters at least change what is drawn."""
    seen = 0
    for box in boxes:
        piece = view.cut(change, box)
        if piece is not None and max(high for _, high in _extrema(piece)) >= _CONTRAST:
            seen += 1
    return seen * 3 >= len(boxes)


def _lies_on_ink(paper: Image.Image, boxes: Sequence[Box], view: _View) -> bool:
    """Whether half of the characters at least have a picture's dark and light under them."""
    inked = 0
    for box in boxes:
        piece = view.cut(paper, box)
        if piece is not None:
            low, high = _extrema(piece)[0]
            inked += high - low >= _INK
    return inked * 2 >= len(boxes)


def _extrema(picture: Image.Image) -> list[tuple[int, int]]:
    """Lowest and highest value of each band."""
    found = picture.getextrema()
    return [found] if isinstance(found[0], (int, float)) else list(found)  # type: ignore[list-item]


# --- what is cheap to know of an object ---------------------------------------------------------------------------


def _suspect(text: _Painted) -> Unseen | None:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(text.raw)
    if mode in _UNPAINTED or text.faint:
        return "invisible"
    read = (
        pdfium_c.FPDFPageObj_GetStrokeColor
        if mode == pdfium_c.FPDF_TEXTRENDERMODE_STROKE
        else pdfium_c.FPDFPageObj_GetFillColor
    )
    colour = _read_colour(text.raw, read)
    if colour is None or min(colour[:3]) >= _PALE:
        return "colour"
    return "invisible" if colour[3] < 128 else None


def _read_colour(raw: object, read: Callable[..., int]) -> tuple[int, int, int, int] | None:
    """Red, green, blue and opacity, 0 to 255; None for a pattern."""
    values = [ctypes.c_uint() for _ in range(4)]
    if not read(raw, *values):
        return None
    red, green, blue, opacity = (value.value for value in values)
    return red, green, blue, opacity


def _compare_with_frame(text: _Painted) -> Unseen | None:
    whole = all(map(math.isinf, text.frame))
    return None if whole or _share_under(text.bounds, text.frame) >= 0.7 else "outside"


def _band(height: float) -> int:
    return int(min(max(height // _BAND, -_MOST_BANDS), _MOST_BANDS)) if math.isfinite(height) else 0


def _sort_grounds(grounds: Sequence[_Painted]) -> dict[int, list[_Painted]]:
    """The grounds that reach into each band of the page."""
    bands: dict[int, list[_Painted]] = {}
    for ground in grounds:
        # Text is looked up by its lower edge, which may lie a little below the ground's.
        for band in range(_band(ground.bounds[1]) - 1, _band(ground.bounds[3]) + 1):
            bands.setdefault(band, []).append(ground)
    return bands


def _compare_with_grounds(text: _Painted, grounds: Sequence[_Painted]) -> Unseen | None:
    """Whether something painted later may cover the text, or something painted before it may have its colour."""
    if len(grounds) > _MOST_GROUNDS:
        return "covered"  # too many to compare one by one: what is drawn decides
    colour: tuple[int, int, int, int] | None = None
    why: Unseen | None = None
    for ground in grounds:
        if _share_under(text.bounds, ground.bounds) < 0.3:
            continue
        if ground.order > text.order:
            return "covered"
        if ground.kind != pdfium_c.FPDF_PAGEOBJ_PATH:
            why = "colour"
            continue
        colour = colour or _read_colour(text.raw, pdfium_c.FPDFPageObj_GetFillColor)
        below = _read_colour(ground.raw, pdfium_c.FPDFPageObj_GetFillColor)
        if (
            colour is None
            or below is None
            or max(abs(a - b) for a, b in zip(colour[:3], below[:3], strict=True)) < _NEAR_COLOUR
        ):
            why = "colour"
    return why


def _share_under(text: Box, ground: Box) -> float:
    """How much of a text's bounds lies within a ground's, 0 to 1."""
    width = min(text[2], ground[2]) - max(text[0], ground[0])
    height = min(text[3], ground[3]) - max(text[1], ground[1])
    area = (text[2] - text[0]) * (text[3] - text[1])
    return width * height / area if width > 0 and height > 0 and area > 0 else 0.0


def _is_ground(one: _Painted) -> bool:
    """Whether an object paints a surface that could hide text."""
    area = (one.bounds[2] - one.bounds[0]) * (one.bounds[3] - one.bounds[1])
    if area < _SMALLEST_GROUND or one.kind in (pdfium_c.FPDF_PAGEOBJ_TEXT, pdfium_c.FPDF_PAGEOBJ_FORM):
        return False
    if one.kind != pdfium_c.FPDF_PAGEOBJ_PATH:
        return True
    fill, stroke = ctypes.c_int(), pdfium_c.FPDF_BOOL()
    return bool(pdfium_c.FPDFPath_GetDrawMode(one.raw, fill, stroke)) and fill.value != pdfium_c.FPDF_FILLMODE_NONE


def _read_size(text: _Painted) -> float:
    """The size of the type in points, as it is displayed."""
    size, matrix = ctypes.c_float(), pdfium_c.FS_MATRIX()
    pdfium_c.FPDFTextObj_GetFontSize(text.raw, size)
    pdfium_c.FPDFPageObj_GetMatrix(text.raw, matrix)
    return abs(size.value) * math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c)) * text.scale


_Matrix = tuple[float, float, float, float, float, float]
_STILL: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_ENDLESS: Box = (-math.inf, -math.inf, math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class _Space:
    """Where the objects of a page or of a form are painted, and how."""

    matrix: _Matrix = _STILL
    faint: bool = False
    frame: Box = _ENDLESS
    depth: int = 0


@dataclass(slots=True)
class _Walk:
    """Goes over the objects of a page in the order of painting, those of its forms in their place."""

    layered: bool
    order: int = 0

    def iterate(self, children: Iterator[object], space: _Space) -> Iterator[_Painted]:
        scale = math.sqrt(abs(space.matrix[0] * space.matrix[3] - space.matrix[1] * space.matrix[2]))
        for raw in children:
            self.order += 1
            kind = pdfium_c.FPDFPageObj_GetType(raw)
            form = kind == pdfium_c.FPDF_PAGEOBJ_FORM
            faint, frame = space.faint, _ENDLESS
            if form or kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
                faint = faint or bool(pdfium_c.FPDFPageObj_HasTransparency(raw))
                faint = faint or (self.layered and _is_in_layer(raw))
                frame = _read_frame(raw, space)
            yield _Painted(raw, kind, self.order, _read_bounds(raw, space.matrix), scale, faint, frame)
            if form and space.depth < _DEEPEST:
                inner = _Space(_place_form(raw, space.matrix), faint, frame, space.depth + 1)
                yield from self.iterate(_iterate_form(raw), inner)


def _iterate_objects(page: pdfium.PdfPage, *, layered: bool) -> Iterator[_Painted]:
    count = pdfium_c.FPDFPage_CountObjects(page.raw)
    children = (pdfium_c.FPDFPage_GetObject(page.raw, place) for place in range(count))
    return _Walk(layered).iterate(children, _Space())


def _read_frame(raw: object, space: _Space) -> Box:
    """The bounds of what the clipping of an object leaves; clipping of many paths or points counts as none."""
    clip = pdfium_c.FPDFPageObj_GetClipPath(raw)
    count = pdfium_c.FPDFClipPath_CountPaths(clip) if clip else 0
    frame = space.frame
    for path in range(count if count <= _MOST_CLIPS else 0):
        segments = pdfium_c.FPDFClipPath_CountPathSegments(clip, path)
        if not 0 < segments <= _MOST_CLIPS:
            continue
        points = [_read_point(pdfium_c.FPDFClipPath_GetPathSegment(clip, path, place)) for place in range(segments)]
        across, up = [point[0] for point in points], [point[1] for point in points]
        left, bottom, right, top = _move_box((min(across), min(up), max(across), max(up)), space.matrix)
        frame = max(frame[0], left), max(frame[1], bottom), min(frame[2], right), min(frame[3], top)
    return frame


def _read_point(segment: object) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
    return x.value, y.value


def _iterate_form(form: object) -> Iterator[object]:
    return (pdfium_c.FPDFFormObj_GetObject(form, place) for place in range(pdfium_c.FPDFFormObj_CountObjects(form)))


def _place_form(form: object, outer: _Matrix) -> _Matrix:
    """From the form's space to the page's."""
    own = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(form, own)
    return (
        own.a * outer[0] + own.b * outer[2],
        own.a * outer[1] + own.b * outer[3],
        own.c * outer[0] + own.d * outer[2],
        own.c * outer[1] + own.d * outer[3],
        own.e * outer[0] + own.f * outer[2] + outer[4],
        own.e * outer[1] + own.f * outer[3] + outer[5],
    )


def _read_bounds(raw: object, matrix: _Matrix) -> Box:
    left, bottom, right, top = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
    pdfium_c.FPDFPageObj_GetBounds(raw, left, bottom, right, top)
    return _move_box((left.value, bottom.value, right.value, top.value), matrix)


def _move_box(box: Box, matrix: _Matrix) -> Box:
    """The bounds of a box in the space that a matrix leads to."""
    if matrix == _STILL:
        return box
    left, bottom, right, top = box
    across = [x * matrix[0] + y * matrix[2] + matrix[4] for x in (left, right) for y in (bottom, top)]
    up = [x * matrix[1] + y * matrix[3] + matrix[5] for x in (left, right) for y in (bottom, top)]
    return min(across), min(up), max(across), max(up)


def _is_in_layer(raw: object) -> bool:
    """Whether an object is marked as part of optional content."""
    name, length = (ctypes.c_ushort * 3)(), ctypes.c_ulong()
    for place in range(pdfium_c.FPDFPageObj_CountMarks(raw)):
        mark = pdfium_c.FPDFPageObj_GetMark(raw, place)
        if pdfium_c.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), length) and list(name[:2]) == [79, 67]:
            return True
    return False
