"""Makes workbooks light and safe to open: an XLSX file in, one with nothing but filled cells out."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from coach.errors import CoachError
from coach.evaluation.sheet_wording import say
from coach.evaluation.sheets import MOST_ITEMS, MOST_ROWS

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
                    tree, count = _keep_filled(stream, name)
                cells += count
                if cells > _MOST_CELLS:
                    raise CoachError(say("refused.too_many_cells", name=name, most=f"{MOST_ITEMS:,}"))
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


def _keep_filled(stream: IO[bytes], name: str) -> tuple[bytes, int]:
    """A worksheet's XML with nothing but cells that hold something and what shapes them; and how many cells those are."""
    # The streaming parser keeps no parents' text; of a million empty rows nothing remains behind it.
    events = etree.iterparse(stream, events=("end",), resolve_entities=False, no_network=True, huge_tree=False)
    cells = rows = 0
    root: Any = None
    for _, element in events:
        tag, parent = _local(element), element.getparent()
        if tag == "c":
            if _is_filled(element):
                cells += 1
            else:
                parent.remove(element)
        elif tag == "row":
            if len(element) or element.get("hidden") in ("1", "true"):
                rows += bool(len(element))
            else:
                parent.remove(element)
        elif parent is None:
            root = element
        elif parent.getparent() is None and tag not in _KEPT:
            parent.remove(element)
        if rows > MOST_ROWS:
            raise CoachError(say("refused.too_many_rows", name=name, count=f"{rows:,}", most=f"{MOST_ITEMS:,}"))
    if root is None or root.getroottree().docinfo.doctype or _local(root) != "worksheet":
        return _EMPTY, 0
    return etree.tostring(root), cells


def _is_filled(cell: Any) -> bool:
    return any(_local(child) in ("v", "is", "f") for child in cell)


_EMPTY = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
