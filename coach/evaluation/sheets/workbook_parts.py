"""Makes workbooks light and safe to open: an XLSX file in, one with nothing but filled cells out."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from coach.errors import CoachError
from coach.evaluation.sheets.records import MOST_ITEMS, MOST_ROWS
from coach.evaluation.sheets.sheet_wording import say

_MOST_UNPACKED = 400 * 1024 * 1024  # of all worksheets: rows upon rows of empty formatted cells pack very small
_MOST_PART = 60 * 1024 * 1024  # of any other part, which is read whole
_MOST_PARTS = 2_000
_MOST_CELLS = 600_000
_KEPT = {"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "mergeCells"}
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/sharedStrings\.xml"
    r"|xl/styles\.xml|xl/theme/[^/]+\.xml|docProps/(?:core|app)\.xml",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LightWorkbook:
    """A workbook without what is not read: pictures, charts, links, rules, and cells that hold nothing."""

    data: bytes
    remarks: tuple[str, ...]


def lighten(data: bytes, name: str) -> LightWorkbook:
    """Copy a workbook's cells, and refuse what no honest one holds.

    Memory stays bounded by the cells that hold something: the others are dropped while the file is read.

    Raises:
        CoachError: it is no workbook, protected, unpacks to far too much, or has too many cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts, name)
            return _copy(archive, parts, name)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise CoachError(say("refused.damaged", name=name)) from error
    except (ValueError, KeyError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise CoachError(say("refused.damaged", name=name)) from error


def _check_parts(parts: list[zipfile.ZipInfo], name: str) -> None:
    names = {part.filename for part in parts}
    if not any(_WORKSHEET.fullmatch(part) for part in names):
        other = "refused.binary_excel" if any(part.endswith(".bin") for part in names) else "refused.other_office"
        raise CoachError(say(other, name=name))
    if any(part.flag_bits & 1 for part in parts):
        raise CoachError(say("refused.protected", name=name))
    if len(parts) > _MOST_PARTS or len(names) != len(parts):
        raise CoachError(say("refused.damaged", name=name))
    unpacked = sum(part.file_size for part in parts if _WORKSHEET.fullmatch(part.filename))
    largest = max((part.file_size for part in parts if _NEEDED.fullmatch(part.filename)), default=0)
    if unpacked > _MOST_UNPACKED or largest > _MOST_PART:
        raise CoachError(say("refused.unpacks", name=name))


def _copy(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], name: str) -> LightWorkbook:
    cells = 0
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as light:
        for part in parts:
            if _WORKSHEET.fullmatch(part.filename):
                with archive.open(part) as stream:
                    tree, count = _keep_filled(_Swept(stream), name, _MOST_CELLS - cells)
                cells += count
                light.writestr(part.filename, tree)
            elif _NEEDED.fullmatch(part.filename):
                raw = archive.read(part)
                _refuse_declarations(raw, name)
                light.writestr(part.filename, raw)
    comments = any(re.search(r"comments\d*\.xml$", part.filename, re.IGNORECASE) for part in parts)
    return LightWorkbook(target.getvalue(), (say("read.comments"),) if comments else ())


def _refuse_declarations(raw: bytes, name: str) -> None:
    """No workbook declares entities; a file that does means to make the reader unpack or fetch something."""
    marks = (b"<!DOCTYPE", *("<!DOCTYPE".encode(encoding) for encoding in ("utf-16-le", "utf-16-be")))
    if any(mark in raw for mark in marks):
        raise CoachError(say("refused.damaged", name=name))


def _local(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _keep_filled(stream: _Swept, name: str, most: int) -> tuple[bytes, int]:
    """A worksheet's XML with nothing but cells that hold something and what shapes them; and how many cells those are."""
    # The streaming parser keeps no parents' text; of a million empty rows nothing remains behind it.
    events = etree.iterparse(stream, events=("end",), resolve_entities=False, no_network=True, huge_tree=False)
    cells = rows = 0
    root: Any = None
    for _, element in events:
        tag, parent = _local(element), element.getparent()
        if parent is None:
            root = element
        elif not _is_kept(element, tag, parent):
            parent.remove(element)
        else:
            cells += tag == "c"
            rows += tag == "row"
        if cells > most:
            raise CoachError(say("refused.too_many_cells", name=name, most=f"{MOST_ITEMS:,}"))
        if rows > MOST_ROWS:
            raise CoachError(say("refused.too_many_rows", name=name, count=f"{rows:,}", most=f"{MOST_ITEMS:,}"))
    if root is None or root.getroottree().docinfo.doctype or _local(root) != "worksheet":
        raise CoachError(say("refused.damaged", name=name))
    return etree.tostring(root), cells


def _is_kept(element: Any, tag: str, parent: Any) -> bool:
    if tag == "c":
        return any(_local(child) in ("v", "is", "f") for child in element)
    if tag == "row":
        return len(element) > 0
    return parent.getparent() is not None or tag in _KEPT


class _Swept:
    """A worksheet's bytes without its empty cells and rows, read piece by piece.

    Done before the XML is parsed: a million formatted rows would take half a minute there, and take two seconds here. What the
    pattern does not know, such as cells in another form, the parser drops.
    """

    _CELL = re.compile(rb"<((?:\w+:)?c)\b[^<>]*(?:/>|>\s*</\1>)")
    _ROW = re.compile(rb"<((?:\w+:)?row)\b[^<>]*(?:/>|>\s*</\1>)")
    _PIECE = 4 * 1024 * 1024

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = b""
        self._ready = b""
        self._has_ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none only at the end."""
        while not self._ready and not self._has_ended:
            self._sweep()
        size = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _sweep(self) -> None:
        piece = self._stream.read(self._PIECE)
        self._has_ended = not piece
        # A cell that is not whole yet waits for the next piece; so does its row.
        text = self._CELL.sub(b"", self._rest + piece)
        cut = max(text.rfind(b"<row"), text.rfind(b":row")) if piece else len(text)
        cut = text.rfind(b"<", 0, cut + 1) if piece else cut
        if cut <= 0 and piece and len(text) < self._PIECE:
            self._rest = text
            return
        cut = cut if cut > 0 else len(text)
        self._ready, self._rest = self._ROW.sub(b"", text[:cut]), text[cut:]
