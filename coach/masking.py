"""Masks what tells of one person before anything is stored, searched or sent: a text in, the text with marks out. Pure.

Masked are names of people, and numbers, addresses and contacts of theirs; beside a masked student also a diagnosis and a
score. Names that the library's documents hold, authors, places and organisations stay: without them nothing is found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from coach.person_names import Reading, classify, find_words, is_ordinary_word, load_cues, load_lists, read, score
from coach.records_of_people import find_records, find_student_records
from coach.roster import Roster
from coach.spelling import is_english, list_one_slip_away

# How sure a word must be a name, by how it is written and what is known of it. A name in small letters has less to show.
_SURE = {
    "capital given": 0.2, "capital": 0.35, "capitals given": 0.2, "capitals": 0.35,
    "start given": 0.2, "start word_name": 0.65, "start unknown": 0.4, "start": 0.35,
    "flat given": 0.5, "flat family": 0.8, "flat unknown": 0.7, "flat word_name": 0.7, "flat": 0.5,
    "small given": 0.5, "small family": 0.8, "small unknown": 0.7, "small word_name": 0.7, "small": 0.5,
}  # fmt: skip
_EDUCATION = re.compile(r"\b(?:special|gen|general|higher|adult|phys|physical|sex|driver['’]?s)\s$", re.I)  # noqa: RUF001
_GROUPS = frozenset(
    ["principals", "teachers", "elementary", "middle", "high", "academy", "primary", "staff", "families"]
)
"""What follows the name of a school in small letters: "Eastside principals"."""
_MOST_PASSES = 5
_WINDOW = 200  # characters beside a name that are looked at
_PARTICLE_WORDS = "de da do dos das del della der den van von la le el al di du bin ibn ben abu y st"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_JOIN = re.compile(r"[ \t]+|\s*[.]\s*|-|\.?\s*['’]\s*")  # noqa: RUF001 - an apostrophe as it is typed
_TITLE = re.compile(
    r"\b(?:mrs?|ms|miss|mx|dr|prof|professor|principal|coach|superintendent|sr|sra|señora?)\b\.?"
    r"(?:\s+(?:and|&)\s+(?:mrs?|ms|dr)\b\.?)?\s+$",
    re.I,
)
_ASKED = re.compile(r"\b(?:does|do|did|would|has|have)\s+(?:[^\W\d_][\w.'’-]*\s+(?:and|&)\s+)?$", re.I)  # noqa: RUF001
_SAYS = re.compile(
    r"(?:\s+(?:and|&)\s+[^\W\d_][\w.'’-]*)?\s+(?:say|argue|write|mean|claim|define|describe|recommend|suggest|find|think|apply|agree)\b",  # noqa: RUF001
    re.I,
)
_PLACE_BEFORE = re.compile(
    r"\b(?:(?i:st\.?|saint|san|santa|los|fort|mt\.?|mount)|New|North|South|East|West|Lake|Port|Battle of)\s$"
)
_LINK = re.compile(r"\S+\.[a-z]{2,4}/\S*|https?://\S+|www\.\S+")
_PREFIXES = frozenset(
    {"pre", "re", "non", "co", "self", "anti", "post", "multi", "semi", "ex", "mid", "cross", "inter"}
)
_PERSON = r"[^\W\d_][\w.'’-]*"  # noqa: RUF001
_WORKS = (
    "framework|theory|model|taxonomy|hierarchy|research|study|studies|books?|articles?|papers?|concept|communities|rubric|"
    "domains?|steps|principles|chapter|argument|ideas?|strategies|entry|habits|questions"
)
_WROTE = re.compile(
    rf"(?:\s+(?:and|&)\s+(?:{_PERSON}|(?:his |her |their )?colleagues))*"
    r"(?:\s+(?:argue[sd]?|writes?|wrote|claims?|defines?|describes?|theorizes?|says?)\b"
    r"(?!\s+(?:that )?(?:he|she|i|we|my)\b)"
    r"|\s*,?\s*\(?(?:19|20)\d\d\)?|\s+et al"
    rf"|['’]s?\s+(?:[\w-]+\s+){{0,2}}(?:{_WORKS})\b"  # noqa: RUF001
    r"|\s+(?:framework|taxonomy|strategies|rubric|domains?|model)\b)",
    re.I,
)
_CREDITED = re.compile(
    r"(?:according to|(?:book|article|study|paper|report|research|entry|chapter|work|text|leadership)s?(?:\W+\w+){0,4}?\W+by"
    r"|(?:work|research|ideas|theory|books?|writings?) of|(?:read|cites?|quotes?|citing))\s+"
    rf"(?:{_PERSON}\s+(?:and|&)\s+)?$",
    re.I,
)
_ADULT = re.compile(
    r"\b(?:teach(?:es|er|ers|ing)?|lessons?|observ\w+|walkthroughs?|feedback|coach(?:ing|es)?|pd|plcs?|ilt|team|veterans?|retir\w+|"
    r"union|mentor\w*|counsel\w+|principal|ap|staff|evaluat\w+|planning|data meetings?|faculty|colleagues?|hire[ds]?|hiring|"
    r"leader|lead|co-lead|grading policy|rookies?|office|superintendent|secretary|aide)\b",
    re.I,
)
_CHILD = re.compile(
    r"\b(?:students?|pupils?|kids?|boys?|girls?|child(?:ren)?|graders?|grade|iep|504|mom|dad|mother|father|parents?|famil\w+|"
    r"grandmother|grandma|grandfather|recess|suspen\w+|reading (?:test|level|group)\w*|below level|absen\w+|attendance|bus|"
    r"retained|bull(?:y|ied)\w*|cries|cried|crying|bit(?:es|ing)|hit(?:s|ting)?|class|benchmark|lunch|desk|special(?:s| ed)|"
    r"teacher|aide|autis\w+|adhd|dob|student id|act(?:s|ing)? out|placement)\b",
    re.I,
)
_ROLE = re.compile(
    r"\b(?:teachers?|ap|assistant principal|principal|counsell?or|coach|specialist|secretary|aide|para|colleague|boss|"
    r"superintendent|librarian|nurse|psychologist|custodian|director|supervisor|mentor|dean|interventionist)\b",
    re.I,
)
_PUPIL = re.compile(r"\b(?:student|pupil|kid|boy|girl|child|grader|son|daughter|scholar|newcomer)s?\b", re.I)
_WHOSE = re.compile(rf"(?:{_ROLE.pattern}|{_PUPIL.pattern})(?:,|\s+(?:named|called))?\s+$", re.I)
_INITIALS = re.compile(
    r"(?<![\w.])[A-Z]\.\s?[A-Z]\.(?=['’]s\s|\s+(?:is|was|has|keeps|kept|won't|wont|hits?|refuses|needs|got|left)\b"  # noqa: RUF001
    r"|,?\s+\(?(?:in )?(?:\d+(?:st|nd|rd|th)\b|grade|kindergarten))"
)
_PUPIL_THING = re.compile(
    r"['’]?s?\s+(?:mom|dad|mother|father|mum|parents?|famil\w+|grand\w+|teacher|iep|behaviou?r|writing|reading|grades?|attendance)\b"  # noqa: RUF001
    r"|\W{1,3}(?:(?:is |who is |a |an |in |the )*)(?:\d+(?:st|nd|rd|th)\b|grade|kindergarten|[a-z]+ grader?\b)",
    re.I,
)
_ORGANISATION_REACH = 3
_SHORT_FORM = re.compile(r"[A-Z]{2,5}s?")
_NAMELIKE = frozenset({"given", "family", "word_name", "place_name", "author", "unknown"})
_OF_CHILD = re.compile(
    r"['’]s?\s+(?:mom|mum|mother|dad|father|grandmother|grandma|grandfather|iep|504|stepdad|stepmom)\b", re.I
)  # noqa: RUF001
_ASKING = frozenset({"will", "may", "can", "mark", "chase", "grant", "read", "page"})


@dataclass(frozen=True, slots=True)
class Masked:
    """A text in which marks stand for what tells of one person."""

    text: str
    count: int
    """How many stretches were masked, each mention by itself."""
    kinds: tuple[str, ...]
    """What was masked, of student, colleague, number, address, contact and record; sorted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text that is masked, and the mark that stands for it."""

    start: int
    end: int
    kind: str


class Masker:
    """Masks texts for one library and one district."""

    def __init__(self, kept: Collection[str] = (), roster: Roster | None = None) -> None:
        """Set what is known.

        Args:
            kept: names that stay as they are: authors, places, districts, titles and other names of the documents. Of a
                name of several words the last one stays by itself too, and the others where they are no given names.
            roster: names that are masked wherever they stand.
        """
        self._kept = _Kept(kept)
        self._roster = roster

    def mask(self, text: str, spared: Collection[str] = ()) -> Masked:
        """The text with marks; masking it again changes nothing.

        Args:
            text: any text.
            spared: kinds that are left as they are.
        """
        count = 0
        kinds: set[str] = set()
        # What was found tells more of the words beside it, until nothing new is seen.
        for _ in range(_MOST_PASSES):
            found = [stretch for stretch in self.find(text) if stretch.kind not in spared]
            if not found:
                break
            count += len(found)
            kinds |= {stretch.kind for stretch in found}
            text = _replace(text, found)
        return Masked(text, count, tuple(sorted(kinds)))

    def trace(self, text: str) -> tuple[str, tuple[int, ...]]:
        """The text with marks, and for each of its code points the place in `text` from which it comes.

        Those of a mark come from the first code point of what it stands for, the last one from the last.
        """
        places = tuple(range(len(text)))
        for _ in range(_MOST_PASSES):
            found = self.find(text)
            if not found:
                break
            places = _replace_places(places, found)
            text = _replace(text, found)
        return text, places

    def find(self, text: str) -> list[Stretch]:
        """The stretches of a text that one pass masks, in order, none within another."""
        if not any(letter.isalnum() for letter in text):
            return []
        reading = read(text)
        listed = self._roster.find(text) if self._roster else []
        kept = self._kept.find(reading)
        names = _merge(listed, [span for span in _find_names(reading, kept) if not _meets(span, listed)])
        records = [Stretch(start, end, kind) for start, end, kind in find_records(text)]
        taken = [(stretch.start, stretch.end) for stretch in records]
        people = [_Named(text, *span).to_stretch() for span in names if not _meets(span, taken)]
        people = _agree(text, people)
        found = [*records, *people]
        if any(stretch.kind == "student" for stretch in people) or "[student]" in text:
            sentences = [span for span in _split_sentences(text) if _tells_of_student(text, span, people)]
            taken = [(stretch.start, stretch.end) for stretch in found]
            found += [
                Stretch(start, end, "record")
                for start, end in find_student_records(text, sentences)
                if not _meets((start, end), taken)
            ]
        return sorted(found, key=lambda stretch: stretch.start)


_NAMED = (("[student]", "a student"), ("[colleague]", "a colleague"))
_MARK = re.compile(r"\s*\[(?:number|address|contact|record)\]")


def name_people(text: str) -> str:
    """A masked text as it is read and searched: people by what they are, numbers and records left out."""
    for mark, words in _NAMED:
        text = text.replace(mark, words)
    return _MARK.sub("", text)


def list_kept(text: str) -> frozenset[str]:
    """The names in a document's text that a question about it may hold: for `Masker(kept=...)`.

    A given name by itself is not among them: it says nothing about whom a question means.
    """
    reading = read(text)
    found: set[str] = set()
    for start, end in _find_names(reading, []):
        title = _TITLE.search(_look_back(text, start))
        words = find_words(text[start:end])
        if title or len(words) > 1 or classify(words[0]) != "given":
            found.add((title.group() if title else "") + text[start:end])
    return frozenset(found)


class _Kept:
    """Names that stay."""

    def __init__(self, names: Collection[str]) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        given = load_lists().given if names else frozenset()
        forms: set[tuple[str, ...]] = set()
        for name in names:
            words = tuple(word.plain for word in find_words(name))
            full = tuple(word for word in words if len(word) > 1)
            forms |= {words, full, full[-1:]}
            forms |= {(word,) for word in full if word not in given}
        for form in sorted(forms, key=len, reverse=True):
            if form:
                self._phrases.setdefault(form[0], []).append(form)

    def find(self, reading: Reading) -> list[tuple[int, int]]:
        """First and last number of the words that stay."""
        found: list[tuple[int, int]] = []
        place = 0
        plains = [word.plain for word in reading.words]
        while place < len(plains):
            forms = self._phrases.get(plains[place], ())
            length = next((len(form) for form in forms if tuple(plains[place : place + len(form)]) == form), 0)
            if length:
                found.append((place, place + length - 1))
            place += max(length, 1)
        return found


def _find_names(reading: Reading, kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of what reads as a person's name, without the words that are kept."""
    held = {place for first, last in kept for place in range(first, last + 1)}
    links = [match.span() for match in _LINK.finditer(reading.text)]
    held |= {place for place, word in enumerate(reading.words) if links and _meets((word.start, word.end), links)}
    chosen = {
        place
        for place in range(len(reading.words))
        if place not in held and not reading.words[place].is_mark and _is_name(reading, place)
    }
    chosen |= _repeat(reading, chosen, held)
    chosen = _find_other_parts(reading, chosen, held)
    # A family name that the library holds too belongs to the given name before it, which no author has.
    chosen |= {
        first
        for first, last in kept
        if first == last and first - 1 in chosen and _gap(reading, first - 1) == " "
        and reading.classes[first - 1] == "given"
    }  # fmt: skip
    spans = [span for span in _join(reading, chosen, held) if not _is_of_organisation(reading, span)]
    spans = [span for span in spans if not _is_author(reading, span)]
    found = [(reading.words[first].start, reading.words[last].end) for first, last in spans]
    found = [(start, _close_initial(reading.text, end)) for start, end in found]
    return found + [match.span() for match in _INITIALS.finditer(reading.text) if not _meets(match.span(), found)]


def _close_initial(text: str, end: int) -> int:
    """The stop after a last initial is part of it, unless the sentence ends there: "Sarah J. about"."""
    return end + 1 if re.match(r"\W[A-Z]\.\s+[a-z]", text[max(end - 2, 0) :]) else end


def _is_name(reading: Reading, place: int) -> bool:
    word, kind = reading.words[place], reading.classes[place]
    if word.plain == "ed" and _EDUCATION.search(_look_back(reading.text, word.start)):
        return False
    if _TITLE.search(_look_back(reading.text, word.start)) and _can_follow_title(reading, place):
        return True
    if kind in {"function", "initial", "other"}:
        return False
    if kind != "given" and _SHORT_FORM.fullmatch(word.text) and reading.cases[place] != "flat":
        return False
    if word.plain in _PREFIXES and reading.text[word.end : word.end + 1] == "-":
        return False
    if kind == "word_name" and word.plain in load_cues().after["organisation"]:
        return False
    if kind in {"word_name", "place_name"} and _is_large(reading, place) and _OF_CHILD.match(reading.text, word.end):
        return True
    case = reading.cases[place]
    if score(reading, place) < _SURE.get(f"{case} {kind}", _SURE[case]):
        return False
    # A word that is in no list and written small may be a slip of the keys.
    return kind != "unknown" or word.text[0].isupper() or not _is_slip(word.plain)


def _is_slip(plain: str) -> bool:
    """Whether a word is an English one with a letter wrong, or two that were run together."""
    halves = range(4, len(plain) - 3)
    return any(is_english(plain[:at]) and is_english(plain[at:]) for at in halves) or bool(list_one_slip_away(plain))


def _can_follow_title(reading: Reading, place: int) -> bool:
    """Whether a word after "Ms." is the name: any that is written large; in small letters, one that is no common word."""
    kind, case = reading.classes[place], reading.cases[place]
    title = reading.words[place - 1].plain if place else ""
    if title in {"principal", "coach", "superintendent", "miss", "professor"}:
        # These are words of their own: "coach teachers", "Principal leadership".
        large = case == "capital" and reading.cases[place - 1] in {"capital", "start"}
        return kind in {"given", "family"} or (large and kind in {"unknown", "word_name", "place_name", "author"})
    if case in {"capital", "capitals"}:
        return kind != "function"
    return kind in {"given", "family", "unknown", "word_name", "place_name", "author", "place"}


def _repeat(reading: Reading, chosen: Collection[int], held: Collection[int]) -> set[int]:
    """Further mentions of a name that was found: the same word, written in the same manner."""
    known = {
        (reading.words[place].plain, reading.words[place].text[0].isupper())
        for place in chosen
        if len(reading.words[place].plain) > 1 and not is_ordinary_word(reading.words[place].plain)
    }
    return {
        place
        for place, word in enumerate(reading.words)
        if place not in held and (word.plain, word.text[0].isupper()) in known
    }


def _find_other_parts(reading: Reading, chosen: set[int], held: set[int]) -> set[int]:
    """The words that are a name only because of those beside them: "Luc" in "Jean-Luc", "Hope" in "Hope Miller"."""
    found = set(chosen)
    for place in range(len(reading.words) - 1):
        following = place + 1
        if place in found and following not in held | found and _carries_on(reading, place):
            found.add(following)
    for place in reversed(range(len(reading.words) - 1)):
        if place + 1 in found and place not in held | found and _leads_to(reading, place):
            found.add(place)
    return found


def _is_large(reading: Reading, place: int) -> bool:
    return reading.cases[place] in {"capital", "start"}


def _carries_on(reading: Reading, place: int) -> bool:
    """Whether the word after one of a name belongs to it."""
    following = place + 1
    gap, kind = _gap(reading, place), reading.classes[following]
    if gap == "-":
        return _is_large(reading, following) or (reading.cases[following] == "flat" and kind in _NAMELIKE)
    in_name = reading.classes[place] in {"given", "word_name", "place_name"} and not reading.words[place].possessive
    if gap != " " or not in_name or reading.words[following].plain in load_cues().after["organisation"]:
        return False
    if reading.cases[following] == "flat":
        return kind == "family" and reading.classes[place] == "given"
    return reading.cases[following] == "capital" and kind in {*_NAMELIKE, "english", "place"}


def _leads_to(reading: Reading, place: int) -> bool:
    """Whether the word before one of a name belongs to it. "Will Delgado come?" asks, "Hope Miller came" tells."""
    gap, kind = _gap(reading, place), reading.classes[place]
    if gap == "-":
        return _is_large(reading, place) or (reading.cases[place] == "flat" and kind in _NAMELIKE)
    if gap != " " or not _is_large(reading, place) or kind not in _NAMELIKE:
        return False
    asks = reading.cases[place] == "start" and reading.words[place].plain in _ASKING
    return not asks and reading.words[place + 1].plain in load_lists().family


def _gap(reading: Reading, place: int) -> str:
    """What stands between a word and the next."""
    return reading.text[reading.words[place].end : reading.words[place + 1].start]


def _join(reading: Reading, chosen: Collection[int], held: Collection[int]) -> Iterator[tuple[int, int]]:
    """First and last number of the words of each name; initials and particles beside its parts belong to it."""
    place, count = 0, len(reading.words)
    while place < count:
        if place not in chosen:
            place += 1
            continue
        last = place
        while last + 1 < count and _JOIN.fullmatch(_gap(reading, last)) and not reading.words[last].possessive:
            if last + 1 in chosen and not re.search(r"\.\s", _gap(reading, last)[:2]):
                last += 1
            elif last + 1 not in held and (length := _bridge(reading, last + 1, chosen)):
                last += length
            else:
                break
        yield place, last
        place = last + 1


def _bridge(reading: Reading, place: int, chosen: Collection[int]) -> int:
    """How many words that are no names by themselves carry a name on: "J." in "Szabina J Gelencsér", "van der"."""
    length = 0
    while place + length < len(reading.words) and length < 3:
        here = place + length
        word = reading.words[here]
        if here in chosen and length:
            return length + 1
        initial = reading.classes[here] == "initial" and word.text.isupper()
        if not initial and word.plain not in _PARTICLES:
            break
        if initial and not (here + 1 < len(reading.words) and here + 1 in chosen):
            return length + 1 if word.plain not in {"i", "a"} else 0
        length += 1
        if here + 1 >= len(reading.words) or not _JOIN.fullmatch(_gap(reading, here)):
            break
    return 0


def _is_of_organisation(reading: Reading, span: tuple[int, int]) -> bool:
    """Whether a name is a school's, a programme's or a street's: "Martin Luther King Elementary"."""
    first, last = span
    if _PLACE_BEFORE.search(_look_back(reading.text, reading.words[first].start)):
        return True
    if reading.words[last].possessive:
        return False
    words = load_cues().after["organisation"]
    follows = reading.words[last + 1].plain if last + 1 < len(reading.words) and _gap(reading, last) == " " else ""
    if follows in _GROUPS and reading.classes[last] != "given":
        return True
    for place in range(last + 1, min(last + 1 + _ORGANISATION_REACH, len(reading.words))):
        if _gap(reading, place - 1).strip(" .&"):
            return False
        if reading.words[place].plain in words and reading.cases[place] in {"capital", "flat", "capitals"}:
            return not _TITLE.search(_look_back(reading.text, reading.words[first].start))
        if reading.cases[place] != "capital" and not (reading.cases[place] == "flat" and place == last + 1):
            return False
    return False


def _is_author(reading: Reading, span: tuple[int, int]) -> bool:
    """Whether somebody is asked about for what they wrote."""
    first, last = span
    words = reading.words[first : last + 1]
    before, after = _look_back(reading.text, words[0].start), _look_on(reading.text, words[-1].end)
    if _TITLE.search(before) or _WHOSE.search(before):
        return False
    cues, lists = load_cues(), load_lists()
    if len(words) == 1 and reading.classes[first] == "given":
        known = words[0].plain in cues.authors or (words[0].plain in lists.family and reading.cases[first] != "flat")
        if not known:
            return False
    if _CREDITED.search(before) or _WROTE.match(after):
        return True
    return bool(_ASKED.search(before) and _SAYS.match(after))


@dataclass(frozen=True, slots=True)
class _Named:
    """A name in its text."""

    text: str
    start: int
    end: int

    def to_stretch(self) -> Stretch:
        """With the title that stands before it, and whose name it is."""
        title = _TITLE.search(_look_back(self.text, self.start))
        start = self.start - len(title.group()) if title else self.start
        return Stretch(start, self.end, "colleague" if title else self._decide())

    def _decide(self) -> str:
        before, after = _look_back(self.text, self.start), _look_on(self.text, self.end)
        near = re.split(r"[.!?;\n]", before)[-1]
        adult, child = _last(_ROLE, near[-40:]), _last(_PUPIL, near[-40:])
        if adult >= 0 and adult > child and re.fullmatch(r"\W*(?:[^\W\d_]+\W+){0,2}", near[-40:][adult:][4:] or " "):
            return "colleague"
        if child >= 0 or _PUPIL_THING.match(after):
            return "student"
        if re.match(r"\s*,?\s*(?:is |who is |our |my |a |an |the )+(?:\w+\s+){0,2}?" + _ROLE.pattern, after, re.I):
            return "colleague"
        first, second = re.split(r"[.!?]\s|\n", before)[-1], re.split(r"[.!?](?:\s|$)|\n", after)[0]
        sentence = first + " " + second
        adults, children = len(set(_lower(_ADULT, sentence))), len(set(_lower(_CHILD, sentence)))
        return "colleague" if adults > children else "student"


def _look_back(text: str, place: int) -> str:
    return text[max(place - _WINDOW, 0) : place]


def _look_on(text: str, place: int) -> str:
    return text[place : place + _WINDOW]


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _lower(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match.group().lower() for match in pattern.finditer(text)]


def _agree(text: str, people: Sequence[Stretch]) -> list[Stretch]:
    """One person has one mark: the first mention of a name says whose it is."""
    kinds: dict[str, str] = {}
    agreed = []
    for one in people:
        words = [word.plain for word in find_words(text[one.start : one.end])]
        kind = next((kinds[word] for word in words if word in kinds), one.kind)
        kinds |= dict.fromkeys((word for word in words if len(word) > 2), kind)
        agreed.append(Stretch(one.start, one.end, kind))
    return agreed


def _meets(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _merge(first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted({*first, *second})


def _split_sentences(text: str) -> list[tuple[int, int]]:
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)|\n", text)]
    return list(zip([0, *ends], [*ends, len(text)], strict=True))


def _tells_of_student(text: str, sentence: tuple[int, int], people: Sequence[Stretch]) -> bool:
    """Whether a sentence names a student, or goes on about one that was named before."""
    start, end = sentence
    if "[student]" in text[start:end] or any(one.kind == "student" and start <= one.start < end for one in people):
        return True
    return re.search(r"\b(?:he|she|his|her|him|they|their)\b", text[start:end], re.I) is not None


def _replace(text: str, found: Sequence[Stretch]) -> str:
    parts, place = [], 0
    for stretch in _part(found):
        parts += [text[place : stretch.start], _write_mark(stretch)]
        place = stretch.end
    return "".join([*parts, text[place:]])


def _replace_places(places: Sequence[int], found: Sequence[Stretch]) -> tuple[int, ...]:
    made: list[int] = []
    place = 0
    for stretch in _part(found):
        made += places[place : stretch.start]
        made += [places[stretch.start]] * (len(_write_mark(stretch)) - 1) + [places[stretch.end - 1]]
        place = stretch.end
    return (*made, *places[place:])


def _part(found: Sequence[Stretch]) -> Iterator[Stretch]:
    """The stretches without those that begin within another."""
    place = 0
    for stretch in found:
        if stretch.start >= place:
            yield stretch
            place = stretch.end


def _write_mark(stretch: Stretch) -> str:
    return f"[{stretch.kind}]"
