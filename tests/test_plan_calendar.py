"""A session in a calendar: its time or its day, where it is, what is done, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import CoachError
from coach.plans.blocks import clean
from coach.plans.calendar import write_session_calendar
from coach.plans.document_wording import load_document_wording
from coach.plans.records import Line, Plan
from tests.plan_examples import REQUEST, SHARED, make_hostile, make_plan, make_visit_prep

STAMP = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORDING = load_document_wording()
PLAN_ID = "p" * 32


def read_event(plan: Plan) -> icalendar.Event:
    whole = icalendar.Calendar.from_ical(write_session_calendar(plan, PLAN_ID, STAMP, WORDING))
    (event,) = whole.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


@pytest.mark.parametrize("plan", [make_plan(), make_visit_prep()])
def test_a_session_stands_at_its_time_as_long_as_it_takes(plan: Plan) -> None:
    event = read_event(plan)
    start = event.decoded("DTSTART")
    assert start == datetime.fromisoformat(f"{plan.request.day} {plan.request.start}") and start.tzinfo is None
    assert event.decoded("DTEND") - start == timedelta(minutes=plan.request.minutes)
    assert event["LOCATION"] == plan.request.place and event["SUMMARY"] == plan.title
    assert event["CLASS"] == "PRIVATE" and event["UID"] == f"{PLAN_ID}@coach.invalid"
    assert event.decoded("DTSTAMP") == STAMP
    lines = str(event["DESCRIPTION"]).splitlines()
    assert lines[0] == f"Purpose: {plan.purpose.text}" and lines[1] == ""
    at = start
    for line, item in zip(lines[2:], plan.agenda, strict=True):
        assert line == f"{at.hour % 12 or 12}:{at:%M}: {item.title} ({item.minutes} min.)"
        at += timedelta(minutes=item.minutes)


def test_without_a_start_it_takes_the_day_and_blocks_nothing() -> None:
    event = read_event(make_plan(request=replace(REQUEST, start="", place="")))
    assert event.decoded("DTSTART") == date(2026, 12, 3) and event.decoded("DTEND") == date(2026, 12, 4)
    assert event["TRANSP"] == "TRANSPARENT" and "LOCATION" not in event
    assert "5: Read and write (10 min.)" in str(event["DESCRIPTION"])


def test_a_session_may_go_past_midnight() -> None:
    event = read_event(make_plan(request=replace(REQUEST, day="2026-12-31", start="23:30")))
    assert event.decoded("DTEND") == datetime(2027, 1, 1, 0, 30)


def test_without_a_day_it_is_said_what_to_set() -> None:
    with pytest.raises(CoachError, match="Set the day of the plan"):
        write_session_calendar(make_plan(request=replace(REQUEST, day="")), PLAN_ID, STAMP, WORDING)


def test_nobody_is_invited_and_nothing_shared_is_told() -> None:
    data = write_session_calendar(make_visit_prep(), PLAN_ID, STAMP, WORDING)
    for private in (
        b"ORGANIZER",
        b"ATTENDEE",
        b"principal-of-jefferson",
        SHARED[0].who.encode(),
        b"Principal of Jefferson",
    ):
        assert private not in data
    assert data == write_session_calendar(make_visit_prep(), PLAN_ID, STAMP, WORDING)
    assert data.endswith(b"\r\n") and max(len(line) for line in data.split(b"\r\n")) <= 75


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_words_break_out_of_the_calendar(words: str) -> None:
    text = f"a {words}\r\nEND:VEVENT\nATTENDEE:mailto:x@y.z"
    event = read_event(make_hostile(text, purpose=Line(text)))
    assert event["SUMMARY"] == event["LOCATION"] == clean(text) and "ATTENDEE" not in event
    assert len(str(event["DESCRIPTION"]).split("\n")) == 2 + len(make_plan().agenda)
