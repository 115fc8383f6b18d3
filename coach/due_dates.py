"""Reads by when something is to be done: "next friday", "in two weeks", "3 March" or a date, and today -> a day. Pure.

Nothing is ambiguous in silence: numbers that can be two days are refused, and where people mean two different days by
the same words the other one is part of the result, for the person to see.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from coach.errors import CoachError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = tuple(name.casefold() for name in calendar.month_name)
_NUMBERS = {
    word: number
    for number, words in {
        1: "a an one", 2: "two couple", 3: "three few", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight",
        9: "nine", 10: "ten", 11: "eleven", 12: "twelve",
    }.items()
    for word in words.split()
}  # fmt: skip
_FRIDAY = 4

_DAY = r"(?P<day>mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_NUMBER = r"(?P<date>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_COUNT = r"(?P<count>\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a couple of|a few)"
_LEADING = re.compile(r"^(?:(?:by|on|due|until|till|at|latest|not later than|no later than|for)\s+)+")


@dataclass(frozen=True, slots=True)
class Due:
    """The day that was read, and the other one that people mean by the same words, if there is one."""

    day: date
    other: date | None = None


def read_due(phrase: str, today: date) -> Due:
    """The day that a phrase names.

    Args:
        phrase: a date (YYYY-MM-DD, 3 March, March 3rd 2027) or words such as "friday", "next friday", "in two weeks",
            "end of next week".
        today: the day on which it is said.

    Raises:
        CoachError: it names no day, or can be two days; the message says how to write it.
    """
    plain = " ".join(phrase.casefold().replace("’", "'").strip(" .!").split())
    plain = _LEADING.sub("", plain)
    try:
        for pattern, read in _RULES:
            match = pattern.fullmatch(plain)
            if match is not None:
                return read(match, today)
    except (ValueError, OverflowError) as error:
        raise CoachError(f"There is no such day: {phrase.strip()[:60]!r}. {_HOW}") from error
    raise CoachError(f"I cannot read {phrase.strip()[:60]!r} as a day. {_HOW}")


_HOW = "Write it as YYYY-MM-DD, or in words such as friday, next friday, in two weeks, 3 March."


def choose_phrase(by: str, today: date, default: str) -> str:
    """What of the words for a time a calendar knows: of "at your next meeting, within two weeks" the second half."""
    for part in (by, *reversed(by.split(","))):
        with suppress(CoachError):
            read_due(part, today)
            return part.strip()
    return default


def _read_date(match: re.Match[str], _today: date) -> Due:
    return Due(date(*map(int, match.groups())))


def _read_near(match: re.Match[str], today: date) -> Due:
    days = {"today": 0, "tonight": 0, "tomorrow": 1}.get(match.group(), 2)
    return Due(today + timedelta(days=days))


def _read_distance(match: re.Match[str], today: date) -> Due:
    written = match["count"].removeprefix("a ").removesuffix(" of") or "a"
    count = int(written) if written.isdigit() else _NUMBERS[written]
    start = _next(match["day"], today) if match["day"] else today
    if match["unit"].startswith("month"):
        return Due(_add_months(start, count))
    days = {"d": 1, "w": 7, "f": 14}[match["unit"][0]] * count
    return Due(start + timedelta(days=days))


def _read_weekday(match: re.Match[str], today: date) -> Due:
    """A day's bare name is the next one. "Next friday" is that of next week for some, the coming one for others."""
    near = _next(match["day"], today)
    later = near + timedelta(days=7)
    if match["which"] == "next":
        monday = today + timedelta(days=7 - today.weekday())
        chosen = monday + timedelta(days=_number_day(match["day"]))
        return Due(chosen, near if chosen == later else later)
    if match["week"]:
        return Due(later)
    is_today = today.weekday() == _number_day(match["day"])
    if is_today and match["which"] == "this":
        return Due(today)
    return Due(near, today if is_today else None)


def _read_week(match: re.Match[str], today: date) -> Due:
    """A week ends on its Friday. At a weekend "next week" is the one that begins, or the one behind it."""
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    if match["which"] == "next":
        friday = today + timedelta(days=7 - today.weekday() + _FRIDAY)
    behind = timedelta(days=(_number_day(match["day"]) if match["day"] else _FRIDAY) - _FRIDAY)
    is_open = match["which"] == "next" and today.weekday() > _FRIDAY
    return Due(friday + behind, friday + behind + timedelta(days=7) if is_open else None)


def _read_month_end(match: re.Match[str], today: date) -> Due:
    first = _add_months(today.replace(day=1), 1 if match["which"] == "next" else 0)
    return Due(first.replace(day=calendar.monthrange(first.year, first.month)[1]))


def _read_named(match: re.Match[str], today: date) -> Due:
    month = next(number for number, name in enumerate(_MONTHS) if number and name.startswith(match["month"][:3]))
    number = int(match["date"])
    if match["year"]:
        day = date(int(match["year"]), month, number)
    else:
        years = range(today.year, today.year + 9)  # as far as the next 29 February
        days = (_make_day(year, month, number) for year in years)
        found = next((one for one in days if one is not None and one >= today), None)
        if found is None:
            raise ValueError
        day = found
    if match["day"] and day.weekday() != _number_day(match["day"]):
        raise CoachError(f"{name_day(day)} is no {_DAYS[_number_day(match['day'])].title()}. Give the date alone.")
    return Due(day)


def _read_numbers(match: re.Match[str], today: date) -> Due:
    first, second = int(match["first"]), int(match["second"])
    year = int(match["year"] or today.year)
    readings = {one for one in (_make_day(year, second, first), _make_day(year, first, second)) if one is not None}
    if not match["year"]:
        readings = {one if one >= today else _make_day(year + 1, one.month, one.day) or one for one in readings}
    if match["mark"] == ".":  # only written where the day comes first
        readings = {one for one in readings if one.day == first}
    if len(readings) == 2:
        one, other = sorted(readings)
        raise CoachError(
            f"{match.group()} can be {name_day(one)} or {name_day(other)}. Write {one.isoformat()} or {other.isoformat()}."
        )
    (day,) = readings
    return Due(day)


_Rule = Callable[[re.Match[str], date], Due]
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})", _read_date),
        (r"today|tonight|tomorrow|(?:the )?day after tomorrow", _read_near),
        (
            rf"(?:in|within)?(?: the next)? ?{_COUNT} (?P<unit>days?|weeks?|fortnights?|months?)(?:'? time)?"
            rf"(?: from (?:now|today|(?:next )?{_DAY}))?",
            _read_distance,
        ),
        (rf"(?:(?P<which>this|next|the coming|coming) )?{_DAY}(?P<week> week)?", _read_weekday),
        (rf"(?:(?:the )?end of |{_DAY} of )?(?:(?P<which>this|next|the) )?week", _read_week),
        (r"(?:the )?end of (?:(?P<which>this|next|the) )?month", _read_month_end),
        (rf"(?:{_DAY},? )?(?:the )?{_NUMBER} (?:of )?{_MONTH}{_YEAR}", _read_named),
        (rf"(?:{_DAY},? )?{_MONTH} (?:the )?{_NUMBER}{_YEAR}", _read_named),
        (r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?:(?P=mark)(?P<year>\d{4}))?\.?", _read_numbers),
    )
)


def name_day(day: date) -> str:
    """A day in words that no two readers read differently: Friday 27 November 2026."""
    return f"{_DAYS[day.weekday()].title()} {day.day} {_MONTHS[day.month].title()} {day.year}"


def _number_day(name: str) -> int:
    return next(number for number, day in enumerate(_DAYS) if day.startswith(name[:3]))


def _next(name: str, today: date) -> date:
    """The next day of this name, a week on where it is today."""
    return today + timedelta(days=(_number_day(name) - today.weekday() - 1) % 7 + 1)


def _make_day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _add_months(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))
