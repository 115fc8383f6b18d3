"""A support session in a calendar: Plan -> the bytes of an .ics file. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from coach.errors import CoachError
from coach.plans.blocks import clean
from coach.plans.phrases import name_clock, read_start
from coach.plans.records import Plan
from coach.prompts import Wording

_DAY = timedelta(days=1)


def write_session_calendar(plan: Plan, plan_id: str, stamp: datetime, wording: Wording) -> bytes:
    """An iCalendar file with the session: at its time where a start is known, all day otherwise.

    Its id is that of the plan, so that a file written again replaces the entry. Nobody is invited, and nothing is said of
    what a principal shared.

    Args:
        plan: as it is kept.
        plan_id: of the plan.
        stamp: when the file is written, with its time zone.
        wording: of `coach.plans.document_wording`.

    Raises:
        CoachError: the plan has no day.
    """
    # Imported here because only a calendar needs it.
    from icalendar import Calendar, Event

    request = plan.request
    if not request.day:
        raise CoachError(wording.say("calendar.no_day"))
    day, start = date.fromisoformat(request.day), read_start(request.start)
    event = Event()
    event.add("uid", f"{plan_id}@coach.invalid")
    event.add("dtstamp", stamp)
    if start is None:
        event.add("dtstart", day)
        event.add("dtend", day + _DAY)
        event.add("transp", "TRANSPARENT")
    else:
        # Without a time zone: nobody said in which one the school lies, and half past one is meant there, wherever the
        # calendar is read.
        begin = datetime.combine(day, time()) + timedelta(minutes=start)
        event.add("dtstart", begin)
        event.add("dtend", begin + timedelta(minutes=request.minutes))
    event.add("summary", clean(plan.title))
    if place := clean(request.place):
        event.add("location", place)
    event.add("description", "\n".join(_list_lines(plan, start, wording)))
    event.add("class", "PRIVATE")
    whole = Calendar()
    whole.add("prodid", "-//Coach//Plans//EN")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", "PUBLISH")
    whole.add_component(event)
    return bytes(whole.to_ical())


def _list_lines(plan: Plan, start: int | None, wording: Wording) -> list[str]:
    """The purpose, and each part of the agenda with when it begins."""
    lines = [clean(wording.say("calendar.purpose", purpose=plan.purpose.text)), ""]
    at = start or 0
    for item in plan.agenda:
        when = str(at) if start is None else name_clock(at, half=False)
        lines.append(clean(wording.say("calendar.line", when=when, what=item.title, minutes=item.minutes)))
        at += item.minutes
    return lines
