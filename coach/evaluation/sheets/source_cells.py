"""Where an answer should come from, as people type it: a cell in, quotations with document and label out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from coach.evaluation.records import SourceWords
from coach.evaluation.sheets.cells import read_list, tidy

SourceGroups = tuple[tuple[SourceWords, ...], ...]
_FILE = re.compile(
    r"(?P<name>[^\s\"\u201c\u201d/\\:;,()\[\]][^\"\u201c\u201d\n\\:;\[\]]*?\.(?:pdf|docx?|txt|md|html?|rtf|odt|pptx?))\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"[\s,(\[]*\b(?P<place>(?:pp?|pgs?|pages?|slides?|para(?:graph)?s?|ch(?:apter)?|sections?|\u00a7)\.?\s*"
    r"\d+(?:\s*(?:[-\u2013,&]|and|to)\s*\d+)*)\)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\[(?P<bare>[0-9a-f]{6,64})\]|\b(?:passage|label|#)\s*:?\s*(?P<named>[0-9a-f]{6,64})\b")
_LEAD = re.compile(
    r"^(?:(?:see|from|in|source|sources|quote|document|doc|file|citation|cf|ref)\b\s*[:.]?\s+|[-\u2022*]\s+|\d{1,2}[.)]\s+)",
    re.IGNORECASE,
)
_OPENING = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201d", "\u00ab": "\u00bb"}
_EDGES = " \t\n,;:.-\u2013\u2014()[]"


@dataclass(frozen=True, slots=True)
class TypedSources:
    """What a cell says of sources."""

    groups: SourceGroups
    places: tuple[str, ...] = ()
    """Pages and the like, as they were typed; no passage is found by them."""


def looks_like_source(text: str) -> bool:
    """Whether a cell names a file, a page or a passage, or is nothing but a quotation."""
    plain = tidy(text)
    quoted = re.match(r"[\"\u201c].{20,}[\"\u201d]$", plain)
    return bool(quoted or _FILE.search(plain) or _LABEL.search(plain) or re.search(r"\bpp?\. ?\d", plain))


def parse_sources(text: str) -> TypedSources:
    """Every group on a line of its own, or after `;` or `|`; alternatives between ` OR ` or ` / `.

    A quotation stands in quotation marks; without them, long text is one and short text is a document's name.
    """
    value = read_list(text)
    if not isinstance(value, str):
        return TypedSources(read_source_values(value))
    groups: list[tuple[SourceWords, ...]] = []
    places: list[str] = []
    for piece in _pair_lines([one for one in _split_groups(tidy(value)) if one]):
        alternatives = [_read_piece(one) for one in _split_outside(piece, _ALTERNATIVE)]
        places.extend(place for _, place in alternatives if place)
        if len(alternatives) == 1:
            # Two quotations in one line are both asked for.
            groups.extend((words,) for words in alternatives[0][0])
        elif any(words for words, _ in alternatives):
            groups.append(tuple(one for words, _ in alternatives for one in words))
    return TypedSources(tuple(groups), tuple(places))


def read_source_values(value: Any) -> SourceGroups:
    """Groups of JSON values: a list of groups, of records, or of quotations."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return ((SourceWords(quote=str(value)),),) if value not in (None, "") else ()
    groups = [one if isinstance(one, list) else [one] for one in value]
    read = [tuple(words for one in group if (words := _read_value(one))) for group in groups]
    return tuple(group for group in read if group)


def _read_value(value: Any) -> SourceWords | None:
    if not isinstance(value, dict):
        return SourceWords(quote=str(value)) if value not in (None, "") else None
    quote = next((value[key] for key in ("quote", "words", "text", "content") if value.get(key)), "")
    document = next((value[key] for key in ("document", "file", "title", "source") if value.get(key)), "")
    words = SourceWords(str(quote), str(document), str(value.get("label") or ""))
    return words if words != SourceWords() else None


# --- pieces of a cell ---------------------------------------------------------------------------------------------


def _quoted_ends(text: str) -> Iterator[tuple[int, int]]:
    """Where quotations begin and end, marks included; curly marks may stand within each other."""
    place = 0
    while place < len(text):
        closing = _OPENING.get(text[place])
        if closing is None:
            place += 1
            continue
        end = _find_closing(text, place, closing)
        if end < 0:
            return
        yield place, end + 1
        place = end + 1


def _find_closing(text: str, start: int, closing: str) -> int:
    opening, depth = text[start], 0
    if opening == closing:
        return text.find(closing, start + 1)
    for place in range(start, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if not depth:
            return place
    return -1


def _split_outside(text: str, separator: re.Pattern[str]) -> list[str]:
    """Cut a text at separators that stand in no quotation."""
    quoted = list(_quoted_ends(text))
    pieces: list[str] = []
    last = 0
    for found in separator.finditer(text):
        if not any(start < found.start() < end for start, end in quoted):
            pieces.append(text[last : found.start()].strip())
            last = found.end()
    return [*pieces, text[last:].strip()]


# Behind a comma, "OR" is Oregon.
_ALTERNATIVE = re.compile(r"(?<!,)\s+OR\s+|\s+/\s+")
# A semicolon before a small letter stands within a sentence, and so does a line break.
_GROUP = re.compile(
    r"[;|](?=\s*(?:[A-Z0-9\"\u201c\u201e\u00ab\[(#\u2022-]|\S+\.(?:pdf|docx?|txt|md|html?)\b|$))|\n(?![a-z][^.\n]*\s[a-z])"
)


def _split_groups(text: str) -> list[str]:
    pieces = [_LEAD.sub("", piece) for piece in _split_outside(text, _GROUP)]
    return [part for piece in pieces for part in _split_titles(piece)]


def _split_titles(piece: str) -> list[str]:
    """Titles that were typed in small letters, with semicolons between."""
    parts = [part.strip() for part in piece.split(";")]
    return parts if len(parts) > 1 and not _is_quote(piece) and all(map(looks_like_title, parts)) else [piece]


def _pair_lines(pieces: list[str]) -> list[str]:
    """A quotation on one line and its document on the next are one source, whichever comes first."""
    paired: list[str] = []
    quote_first = bool(pieces) and _is_quote(pieces[0])
    for piece in pieces:
        if paired and _is_quote(paired[-1]) != _is_quote(piece) and _is_quote(piece) != quote_first:
            before = paired[-1]
            if not (_has_place(before) and _is_quote(before)) and (_has_place(piece) or _has_place(before)):
                paired[-1] = f"{before} {piece}"
                continue
        paired.append(piece)
    return paired


def _is_quote(piece: str) -> bool:
    return next(_quoted_ends(piece), None) is not None


def _has_place(piece: str) -> bool:
    outside = _cut_quotations(piece)[1]
    return bool(_FILE.search(outside) or _PLACE.search(outside))


def _cut_quotations(piece: str) -> tuple[list[str], str]:
    quotations: list[str] = []
    rest, last = "", 0
    for start, end in _quoted_ends(piece):
        quotations.append(piece[start + 1 : end - 1].strip())
        rest += piece[last:start] + " "
        last = end
    return quotations, rest + piece[last:]


def _read_piece(piece: str) -> tuple[tuple[SourceWords, ...], str]:
    quotations, rest = _cut_quotations(piece)
    pasted = _read_pasted(piece, quotations)
    if pasted is not None:
        return (pasted,), ""
    words = SourceWords(quote=quotations[0] if quotations else "")
    label = _LABEL.search(rest)
    if label:
        words = replace(words, label=label.group("bare") or label.group("named"))
        rest = rest[: label.start()] + " " + rest[label.end() :]
    file = _FILE.search(rest)
    if file:
        words = replace(words, document=_LEAD.sub("", file.group("name").strip()))
        rest = rest[: file.start()] + " " + rest[file.end() :]
    place = _PLACE.search(rest)
    rest = _PLACE.sub(" ", rest) if place else rest
    rest = _strip_edges(rest) if quotations or file or place else rest.strip()
    words = _place_rest(words, rest, has_place=bool(place or label))
    all_words = (words, *(replace(words, quote=other) for other in quotations[1:] if other))
    return tuple(one for one in all_words if one != SourceWords()), place.group("place") if place else ""


_MOST_OF_A_TERM = 4
"""Words of a quotation within running text, such as “roles”; a longer one is what the trainer quotes."""


def _read_pasted(piece: str, quotations: list[str]) -> SourceWords | None:
    """Running text in which something is quoted: the whole was pasted from the document. None where the cell is no such text."""
    if not quotations or any(len(one.split()) > _MOST_OF_A_TERM for one in quotations):
        return None
    file = _FILE.search(_cut_quotations(piece)[1])
    name = _LEAD.sub("", file.group("name").strip()) if file else ""
    text = (piece.replace(name, " ", 1) if name else piece).strip(_EDGES.replace(".", ""))
    words = _cut_quotations(text)[1].split()
    capitals = sum(word[0].isupper() or word[0].isdigit() for word in words)
    beside = _cut_quotations(text)[1]
    is_running = len(words) >= 4 and capitals * 2 < len(words) and not looks_like_title(beside.strip(" \t\n,;:.-–—"))
    return SourceWords(quote=text, document=name) if is_running and text[0] not in _OPENING else None


def _place_rest(words: SourceWords, rest: str, *, has_place: bool) -> SourceWords:
    """What stands beside quotation, file, page and label: a document's title, or an unquoted quotation."""
    rest = _LEAD.sub("", rest).strip()
    if not re.search(r"\w", rest):
        return words
    if words.quote:
        return words if words.document else replace(words, document=_strip_edges(rest))
    if words.document:
        return replace(words, quote=rest) if len(rest.split()) >= 4 else words
    if (has_place and len(rest.split()) <= _MOST_OF_A_TITLE) or looks_like_title(rest):
        return replace(words, document=_strip_edges(rest))
    return replace(words, quote=rest)


_MOST_OF_A_TITLE = 16
_NAMED = re.compile(
    r"\b(?:reports?|study|studies|guides?|handbooks?|briefs?|papers?|articles?|chapters?|books?|synthesis|frameworks?|strands?"
    r"|documents?|summary|memos?|toolkits?|protocols?|manuals?)"
    r"(?: \d{1,2})?(?:,? \(?(?:19|20)\d\d[a-z]?\)?)?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\)?$")


def looks_like_title(text: str) -> bool:
    """Whether a text without quotation marks names a document, and is not quoted from one.

    It is short, and half of its words are capitalised; or longer, and nearly all are; or it ends with what documents are
    called, such as "central office report, 2013".
    """
    words = text.split()
    capitals = sum(word.lstrip("(")[:1].isupper() or word.lstrip("(")[:1].isdigit() for word in words)
    if len(words) <= 7 and capitals * 2 >= len(words):
        return True
    if len(words) <= _MOST_OF_A_TITLE and capitals * 3 >= len(words) * 2:
        return True
    return bool(len(words) <= 6 and _NAMED.search(text)) or bool(len(words) <= 4 and _YEAR.search(text))


def _strip_edges(text: str) -> str:
    """A text without the signs around it; a bracket that belongs to one within stays."""
    plain = text.strip(_EDGES)
    for opening, closing in ("()", "[]"):
        more = plain.count(opening) - plain.count(closing)
        if more == 1 and closing in text[text.rindex(plain) + len(plain) :]:
            plain += closing
        elif more == -1 and opening in text[: text.index(plain)]:
            plain = opening + plain
    return plain


def write_source(words: SourceWords) -> str:
    """A source as `parse_sources` reads it: the quotation in quotation marks, the document, the label in brackets."""
    label = f"[{words.label}]" if words.label else ""
    return " ".join(part for part in (f'"{words.quote}"' if words.quote else "", words.document, label) if part)
