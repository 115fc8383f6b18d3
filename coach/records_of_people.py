"""Finds records of people in a text: numbers, contacts, addresses, and what is said of a student's health or scores. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_MAIL = re.compile(r"(?<![\w.+-])[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]){11,30}\b")
_DIGITS = re.compile(r"(?<![\w.,/:-])\+?\(?\d[\d\s().x/-]{4,30}\d(?![\w,]|[.:-]\d)")
_SOCIAL = re.compile(r"\d{3}-\d{2}-\d{4}")
_PHONE = re.compile(
    r"(?:\+\d{1,3}[\s.-]?)?(?:\(0\)\s?)?(?:\(\d{2,4}\)[\s.-]?|\d{2,4}[\s.-])\d{2,7}(?:[\s.-]\d{2,5}){0,4}(?:\s?(?:x|ext\.?)\s?\d+)?",
    re.I,
)
_NUMBERED = re.compile(
    r"\b(?:student|pupil|learner|state|case|file|account|licen[cs]e|passport|medicaid|member)?\s*"
    r"(?:id|i\.d\.|ssn|social security|lasid|sasid|number|no\.|#)\s*(?:number|no\.?|#)?\s*(?:is|:|=|-)?\s*"
    r"(?P<record>(?=[\w-]*\d{3})[A-Z]{0,3}-?\d[\w-]{2,20})",
    re.I,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = (
    rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    rf"|\d{{1,2}}\s+{_MONTH}\s+\d{{4}})"
)
_BIRTH = re.compile(
    rf"\b(?:d\.?o\.?b\.?|date of birth|birth ?date|birthday|born)\b\W{{0,3}}(?:is|on|was|in)?\W{{0,2}}(?P<record>{_DATE})",
    re.I,
)
_STREET = re.compile(
    r"\b\d{1,6}[A-Za-z]?(?:\s+\d{1,6})?\s+(?:(?:[NSEW]|North|South|East|West|NE|NW|SE|SW)\.?\s+)?"
    r"(?:[^\W\d_][\w'’.-]*\s+){1,4}?"  # noqa: RUF001 - an apostrophe as it is typed
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|terrace|ter|way|parkway|"
    r"pkwy|highway|hwy|trail|square|sq)\b\.?(?:,?\s*(?:apt|apartment|unit|suite|ste|#)\.?\s*\w+)?",
    re.I,
)
_BOX = re.compile(r"\bp\.?\s?o\.?\s?box\s+\d+", re.I)
_LINK = re.compile(r"\b(?:https?://|www\.|doi:|doi\.org|10\.\d{4,})\S+|\bisbn[-\s:]*[\d -]+", re.I)
_NUMBER_OF_STREET = re.compile(
    r"\b(?:in|on|of|for|at|the|per|a|to|and|my|our|is|are|way|ways|minutes|days|weeks|teachers|students)\b", re.I
)

_DIAGNOSES = (
    r"autis(?:m|tic)(?: spectrum(?: disorder)?)?", r"asperger'?s?", "asd", "adhd", "add", "dyslexi[ac]", "dyscalculia",
    r"attention deficit[\w\s-]{0,25}disorder", "dysgraphia", "depress(?:ion|ed)", "anxiety(?: disorder)?", "bipolar",
    "schizophreni[ac]", "odd", r"oppositional defiant\w*(?: disorder)?", "conduct disorder", "ptsd", "ocd",
    "epilep(?:sy|tic)", "seizures?", "diabet(?:es|ic)", "asthma(?:tic)?", "tourette'?s?(?: syndrome)?",
    "down'?s? syndrome", "cerebral palsy", r"fetal alcohol\w*(?: syndrome)?", "emotional(?:ly)? disturb(?:ance|ed)",
    r"(?:learning|intellectual|developmental) (?:disab\w+|delay\w*)", "selective(?:ly)? mut(?:e|ism)", "eating disorder",
    "anorexi[ac]", "bulimi[ac]", "leukemia", "cancer", "hiv", "pregnant", "ritalin", "adderall", "concerta", "zoloft",
    "prozac", "deaf", "legally blind", "incontinen(?:t|ce)",
)  # fmt: skip
_DIAGNOSIS = re.compile(rf"\b(?:{'|'.join(_DIAGNOSES)})\b", re.I)
_CAPITALS_ONLY = frozenset({"ADD", "ODD", "ASD", "HIV"})
_AMOUNT = r"\d+(?:\.\d+)?(?:\s?%)?"
_NO_SCORE = r"(?![\d:]|\s*(?:am|pm|times|days|weeks|minutes|hours|kids|students|teachers)\b)"
_MEASURE = "iq|gpa|lexile|rit|percentile|stanine|grade point average"
_SCORE = re.compile(
    rf"\b(?:{_MEASURE})\s*(?:score|level|rank)?\s*(?:is|was|of|at|:|=)?\s*\d+(?:\.\d+)?[a-z]?\b"
    r"|\b\d+(?:\.\d+)?(?:st|nd|rd|th)?\s*(?:percentile|lexile|iq|gpa)\b"
    r"|\b(?:scor(?:es?|ed|ing)|got|gets|earned|made|received|dropped|fell|rose|went)\s+"
    rf"(?:an?\s+|only\s+|just\s+|from\s+|to\s+|out\s+)?"
    rf"(?P<score>{_AMOUNT}(?:\s?(?:to|/|out of|of)\s?{_AMOUNT})?(?:\s+percent)?){_NO_SCORE}"
    rf"|\bscores?\s+(?:\w+\s+){{0,3}}?(?:from\s+)?(?P<range>{_AMOUNT}(?:\s?(?:to|-|and)\s?{_AMOUNT})?)",
    re.I,
)


def find_records(text: str) -> list[tuple[int, int, str]]:
    """Start, end and kind (number, contact, address) of each record, in order, none within another."""
    skipped = [match.span() for match in _LINK.finditer(text)]
    found: list[tuple[int, int, str]] = []
    for start, end, kind in _iterate_records(text):
        taken = [*skipped, *((other[0], other[1]) for other in found)]
        if not any(start < last and first < end for first, last in taken):
            found.append((start, end, kind))
    return sorted(found)


def _iterate_records(text: str) -> Iterator[tuple[int, int, str]]:
    """Every candidate, the surest first."""
    yield from ((*match.span(), "contact") for match in _MAIL.finditer(text))
    yield from ((*match.span("record"), "number") for match in _BIRTH.finditer(text))
    yield from ((*match.span(), "number") for match in _IBAN.finditer(text) if _is_iban(match.group()))
    yield from ((*match.span(), "address") for match in _STREET.finditer(text) if _is_street(match.group()))
    yield from ((*match.span(), "address") for match in _BOX.finditer(text))
    yield from ((*match.span("record"), "number") for match in _NUMBERED.finditer(text))
    for match in _DIGITS.finditer(text):
        kind = _read_digits(match.group())
        if kind:
            yield match.start(), match.end(), kind


def _read_digits(written: str) -> str | None:
    """What a long row of digits is: a card, a telephone, some other number of a person, or none."""
    digits = re.sub(r"\D", "", written)
    if _SOCIAL.fullmatch(written):
        return "number"
    if 12 <= len(digits) <= 19 and re.fullmatch(r"\d+|\d{4}(?:[ -]\d{3,6}){2,4}", written):
        return "number"
    if re.fullmatch(r"\d{6,}", written):
        return "number"
    if 7 <= len(digits) <= 15 and _PHONE.fullmatch(written.strip()) and not _is_years(written):
        return "contact"
    return None


def _is_years(written: str) -> bool:
    """Whether all parts could be years or a date: "2007-2008", "2019 2020", "12-11-2025"."""
    parts = re.findall(r"\d+", written)
    years = [part for part in parts if len(part) == 4 and part[:2] in {"18", "19", "20"}]
    return len(years) == len(parts) or (
        len(parts) == 3 and len(years) == 1 and all(len(part) <= 2 for part in parts if part not in years)
    )


def _is_iban(written: str) -> bool:
    plain = re.sub(r"\s", "", written)
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _is_street(written: str) -> bool:
    """Whether a number before "… way" or "… place" is a house's: "3 ways to place" is none."""
    return _NUMBER_OF_STREET.search(re.sub(r"^\S+", "", written)) is None


def find_student_records(text: str, sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of each diagnosis and score in those sentences of a text that tell of a student."""
    found: list[tuple[int, int]] = []
    for match in _DIAGNOSIS.finditer(text):
        if match.group().upper() not in _CAPITALS_ONLY or match.group().isupper():
            found.append(match.span())
    for match in _SCORE.finditer(text):
        name = next((one for one in ("score", "range") if match.group(one)), 0)
        found.append(match.span(name))
    return sorted(span for span in dict.fromkeys(found) if any(start <= span[0] < end for start, end in sentences))
