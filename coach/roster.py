"""Reads a district's list of names and finds them in a text: a CSV file in, the stretches that are names of the list out.

The list stays where it is: nothing here writes it, and its names are in no message and in no printed value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coach.errors import CoachError
from coach.person_names import Reading, Word, find_cues, find_words, is_ordinary_word, load_cues, read, score, simplify
from coach.spelling import is_english

_LARGEST_FILE = 20_000_000
_HEAD_WORDS = {
    "first": "first firstname given givenname forename preferred nombre prenom vorname",
    "last": "last lastname family familyname surname apellido apellidos nom nachname",
    "full": "name names fullname student studentname students staff staffname person teacher",
}
_HEADS = {kind: frozenset(words.split()) for kind, words in _HEAD_WORDS.items()}
_PARTICLE_WORDS = "de da do dos das del della der den van von la le el al di du bin ibn ben abu mc mac st y e i"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_GAP = re.compile(r"(?:\s*[,.\-–‐’'ʼ]\s*|\s+)")  # noqa: RUF001 - as names are typed
_SHORTEST = 2
# How likely an ordinary word must be a name, where nothing in its writing says so.
_LIKELY = {"start": 0.1, "capitals": 0.1, "flat": 0.5, "mark": 1.0}


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the list; one part may be empty."""

    first: str
    last: str


@dataclass(frozen=True, slots=True, repr=False)
class Roster:
    """The people of a list."""

    people: tuple[Person, ...]
    _forms: dict[str, tuple[tuple[str, ...], ...]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        forms = {form for person in self.people for form in _list_forms(person)}
        by_first: dict[str, list[tuple[str, ...]]] = {}
        for form in sorted(forms, key=lambda one: (-len(one), one)):
            by_first.setdefault(form[0], []).append(form)
        object.__setattr__(self, "_forms", {first: tuple(found) for first, found in by_first.items()})

    def __repr__(self) -> str:
        return f"Roster({len(self.people)} people)"

    def find(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each name of the list in a text, in order, whatever its case, accents or possessive."""
        reading = read(text)
        found: list[tuple[int, int]] = []
        place, beside = 0, -1
        while place < len(reading.words):
            length = self._match(reading, place, beside)
            if length:
                beside = place + length + 1  # the word after "and" that follows
                found.append((reading.words[place].start, reading.words[place + length - 1].end))
            place += max(length, 1)
        return found

    def _match(self, reading: Reading, place: int, beside: int) -> int:
        """How many words from one on are a name of the list; the word `beside` comes second after another such name."""
        words = reading.words
        for plain in _list_spellings(words[place]):
            for form in self._forms.get(plain, ()):
                if not _stands(reading, place, form):
                    continue
                if len(form) > 1 or _is_meant(reading, place, plain, joined=place == beside):
                    return len(form)
        return 0


def _list_forms(person: Person) -> Iterator[tuple[str, ...]]:
    """The ways in which a person is named: both parts in either order, and each part alone."""
    first, last = _part(person.first), _part(person.last)
    for whole in ((*first, *last), (*last, *first), (*first[:1], *last), (*last, *first[:1]), (*first[:1], *last[-1:])):
        if len(whole) > 1:
            yield whole
    for part in (first, last):
        if len(part) > 1:
            yield part
            yield ("".join(part),)
    for word in (*first, *last):
        if len(word) >= _SHORTEST and (word not in _PARTICLES or len(first) + len(last) == 1):
            yield (word,)


def _part(name: str) -> tuple[str, ...]:
    return tuple(word.plain.replace("'", "") for word in find_words(name))


def _list_spellings(word: Word, *, ends_name: bool = False) -> tuple[str, ...]:
    """A word as a list may hold it: with or without the s of a possessive that was typed without its apostrophe.

    Args:
        word: as it stands in the text.
        ends_name: whether other words of the name stand before it, so that it cannot be a common word.
    """
    plain = word.plain.replace("'", "")
    sure = ends_name or word.text[0].isupper() or not is_english(plain)
    if plain.endswith("s") and len(plain) > _SHORTEST and sure:
        return plain, plain[:-1]
    return (plain,)


def _stands(reading: Reading, place: int, form: Sequence[str]) -> bool:
    words = reading.words
    if place + len(form) > len(words):
        return False
    for offset, plain in enumerate(form[1:], start=1):
        gap = reading.text[words[place + offset - 1].end : words[place + offset].start]
        last = offset == len(form) - 1
        word = words[place + offset]
        spelled = _list_spellings(word, ends_name=True) if last else (word.plain.replace("'", ""),)
        if plain not in spelled or not _GAP.fullmatch(gap):
            return False
    return True


def _is_meant(reading: Reading, place: int, plain: str, *, joined: bool) -> bool:
    """Whether a word that stands alone is the name: an ordinary word only where it is written as a name."""
    cues, case = load_cues(), reading.cases[place]
    if not is_ordinary_word(plain) and plain not in cues.places and plain not in cues.others:
        return True
    if case == "small" or _is_of_organisation(reading, place):
        return False
    if plain in cues.others:  # months, days, groups of people
        before, after = find_cues(reading, place)
        listed = joined and before == "joins"
        return listed or before in {"title", "naming", "child", "adult"} or after in {"does", "family", "child"}
    return case == "capital" or score(reading, place) >= _LIKELY[case]


def _is_of_organisation(reading: Reading, place: int) -> bool:
    """Whether a word is part of what a school or a programme is called: "King Elementary", "Summer School"."""
    if place + 1 == len(reading.words) or reading.words[place].possessive:
        return False
    following = reading.words[place + 1]
    gap = reading.text[reading.words[place].end : following.start]
    return gap == " " and following.plain in load_cues().after["organisation"]


def load_roster(path: Path) -> Roster:
    """The people in a CSV file: one name on a line, or a first and a last name, with or without a line of headings.

    UTF-8, UTF-16 with its mark, or Windows-1252; parted by comma, semicolon or tab. Further columns are not read.

    Raises:
        CoachError: the file cannot be read, is too large, is no text, or holds no name.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CoachError(f"{path.name} is larger than {_LARGEST_FILE // 1_000_000} MB. A list of names is smaller.")
        raw = path.read_bytes()
    except OSError as error:
        raise CoachError(f"The list of names {path} cannot be read ({error.strerror}). Check the path.") from error
    text = _decode(raw)
    if text is None:
        raise CoachError(f"{path.name} is no list of names in text. Save it as CSV (UTF-8).")
    try:
        people = tuple(dict.fromkeys(_read_people(text)))
    except csv.Error as error:
        raise CoachError(
            f"{path.name} is not a CSV file that can be read ({error}). Save it as CSV (UTF-8)."
        ) from error
    if not people:
        raise CoachError(
            f"{path.name} holds no names. Put one name on each line, or first and last name in two columns."
        )
    return Roster(people)


def _decode(raw: bytes) -> str | None:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in raw:
        return None
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _read_people(text: str) -> Iterator[Person]:
    lines = [line for line in text.splitlines() if line.strip()]
    sample = "\n".join(lines[:20])
    delimiter = max(",;\t", key=sample.count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    columns = _read_heads(rows[0]) if rows else None
    for row in rows[1:] if columns else rows:
        yield from _read_person(row, columns or {})


def _read_heads(row: Sequence[str]) -> dict[str, int] | None:
    """Which column holds what, where the first line says so."""
    found: dict[str, int] = {}
    for number, cell in enumerate(row):
        head = re.sub(r"[\W\d_]+", "", simplify(cell))
        words = {head, head.removeprefix("student"), head.removeprefix("legal")}
        kind = next((kind for kind, heads in _HEADS.items() if words & heads), None)
        if kind:
            found.setdefault(kind, number)
    return found or None


def _read_person(row: Sequence[str], columns: dict[str, int]) -> Iterable[Person]:
    def cell(number: int | None) -> str:
        return row[number] if number is not None and number < len(row) else ""

    if "first" in columns or "last" in columns:
        person = Person(cell(columns.get("first")), cell(columns.get("last")))
    elif "full" in columns or len(row) == 1:
        person = _split(cell(columns.get("full", 0)))
    else:
        person = Person(cell(0), cell(1))
    return [person] if _part(person.first) or _part(person.last) else []


def _split(name: str) -> Person:
    """One text as two parts: "Rowe, Tamika" and "Tamika Rowe"."""
    if "," in name:
        last, _, first = name.partition(",")
        return Person(first.strip(), last.strip())
    first, _, last = name.rpartition(" ")
    return Person(first.strip(), last.strip())
