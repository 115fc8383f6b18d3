"""Commitments: the day that words name, the sentence, the reminder file, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.commitments import CommitmentDraft, check_draft, check_reflection, take_draft, write_calendar, write_sentence
from coach.due_dates import name_day, read_due
from coach.errors import CoachError
from coach.prompts import load_conversation_wording
from coach.records import LOCAL_PERSON, Commitment
from coach.store.commitments import CommitmentStore
from coach.store.store import Store
from tests.conftest import OTHER
from tests.test_conversations import CANARY, find_bytes

SUNDAY = date(2026, 11, 22)
DRAFT = CommitmentDraft(
    "Ask two teachers who gave them advice.", "2026-11-27", "Ms Diaz", "Both lists side by side.", "Time"
)
SOURCE = {"label": "a1b2c3", "document": "time.txt", "document_id": "d" * 64, "start": 3, "end": 9, "quote": "quoted"}


# --- days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "day", "other"),
    [
        ("2026-12-01", "2026-12-01", None),
        ("today", "2026-11-22", None),
        ("Tomorrow.", "2026-11-23", None),
        ("the day after tomorrow", "2026-11-24", None),
        ("friday", "2026-11-27", None),
        ("by Friday", "2026-11-27", None),
        ("on Thurs", "2026-11-26", None),
        ("this friday", "2026-11-27", None),
        ("next Friday", "2026-11-27", "2026-12-04"),
        ("friday week", "2026-12-04", None),
        ("sunday", "2026-11-29", "2026-11-22"),
        ("this sunday", "2026-11-22", None),
        ("in two weeks", "2026-12-06", None),
        ("within two weeks", "2026-12-06", None),
        ("in two weeks' time", "2026-12-06", None),
        ("two weeks from friday", "2026-12-11", None),
        ("in a week", "2026-11-29", None),
        ("a couple of weeks", "2026-12-06", None),
        ("in 10 days", "2026-12-02", None),
        ("a fortnight from today", "2026-12-06", None),
        ("in 3 months", "2027-02-22", None),
        ("end of the week", "2026-11-27", None),
        ("by the end of next week", "2026-11-27", "2026-12-04"),
        ("by friday of next week", "2026-11-27", "2026-12-04"),
        ("wednesday of this week", "2026-11-25", None),
        ("by two weeks from now", "2026-12-06", None),
        ("end of the month", "2026-11-30", None),
        ("the end of next month", "2026-12-31", None),
        ("3 March", "2027-03-03", None),
        ("3rd of march", "2027-03-03", None),
        ("March 3rd, 2028", "2028-03-03", None),
        ("Friday, Nov. 27", "2026-11-27", None),
        ("friday 27 november 2026", "2026-11-27", None),
        ("29 February", "2028-02-29", None),
        ("25/12", "2026-12-25", None),
        ("12/25/2026", "2026-12-25", None),
        ("3.4.2027", "2027-04-03", None),
        ("4/4", "2027-04-04", None),
    ],
)
def test_words_name_a_day(phrase: str, day: str, other: str | None) -> None:
    due = read_due(phrase, SUNDAY)
    assert (due.day.isoformat(), due.other and due.other.isoformat()) == (day, other)


def test_next_friday_said_on_a_wednesday_tells_of_the_other_one() -> None:
    due = read_due("next friday", date(2026, 11, 25))
    assert due.day == date(2026, 12, 4) and due.other == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("3/4", "2027-03-04 or 2027-04-03"),
        ("03-04-2027", "2027-03-04 or 2027-04-03"),
        ("soon", "cannot read"),
        ("before the break", "cannot read"),
        ("", "cannot read"),
        ("2026-02-30", "no such day"),
        ("31 november", "no such day"),
        ("13/13", "no such day"),
        ("monday 27 november 2026", "is no Monday"),
        ("9999-13-01", "no such day"),
    ],
)
def test_what_names_no_day_or_two_is_refused(phrase: str, told: str) -> None:
    with pytest.raises(CoachError, match=told):
        read_due(phrase, SUNDAY)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_a_day_written_in_words_is_read_back(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    assert read_due(name_day(day), today).day == read_due(day.isoformat(), today).day == day


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.sampled_from(["monday", "friday", "sunday"]))
def test_a_bare_day_is_the_next_of_its_name(today: date, name: str) -> None:
    due = read_due(name, today)
    assert timedelta(0) < due.day - today <= timedelta(days=7) and name_day(due.day).casefold().startswith(name)
    assert (due.other == today) == (due.day - today == timedelta(days=7))


@given(st.text(max_size=40))
def test_any_words_are_a_day_or_a_message(phrase: str) -> None:
    try:
        assert isinstance(read_due(phrase, SUNDAY).day, date)
    except CoachError as error:
        assert str(error)


# --- what is written ---------------------------------------------------------------------------------------------


def test_the_sentence_says_when_what_with_whom_and_by_what_i_know() -> None:
    wording = load_conversation_wording()
    assert write_sentence(DRAFT, wording) == (
        "By Friday 27 November 2026 I will ask two teachers who gave them advice with Ms Diaz; "
        "I will know by both lists side by side."
    )
    bare = CommitmentDraft("I will visit IT and PE lessons", "2026-12-01")
    assert write_sentence(bare, wording) == "By Tuesday 1 December 2026 I will visit IT and PE lessons."
    assert "I will PLC notes" in write_sentence(replace(bare, action="PLC notes"), wording)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"action": " ?! "}, "something that you will do"),
        ({"due": "2026-11-21"}, "Saturday 21 November 2026 has passed"),
        ({"due": "2029-01-01"}, "two years"),
        ({"action": "x" * 501}, "500 is the most"),
        ({"evidence": "x" * 301}, "300 is the most"),
        ({"goal": "x" * 301}, "300 is the most"),
        ({"with_whom": "x" * 201}, "200 is the most"),
    ],
)
def test_a_draft_that_cannot_be_kept_is_explained(change: dict[str, str], told: str) -> None:
    with pytest.raises(CoachError, match=told):
        check_draft(replace(DRAFT, **change), SUNDAY)  # type: ignore[arg-type]


def test_a_draft_is_tidied_and_a_date_that_passed_may_stay() -> None:
    tidied = check_draft(replace(DRAFT, action=" ask\n  two\x00\tteachers "), SUNDAY)
    assert tidied.action == "ask two teachers"
    assert check_draft(replace(DRAFT, due="2020-01-01"), SUNDAY, known_due="2020-01-01").due == "2020-01-01"
    with pytest.raises(CoachError, match="4,000"):
        check_reflection("x" * 4001)


def make_commitment(draft: CommitmentDraft = DRAFT) -> Commitment:
    made = "2026-11-22T08:00:00.000000+00:00"
    return Commitment(
        "c" * 32, LOCAL_PERSON, draft.goal, draft.action, draft.with_whom, draft.evidence, draft.due, "open", "", (), made, made
    )  # fmt: skip


STAMP = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_calendar_opens_the_reminder_on_the_day() -> None:
    data = write_calendar(make_commitment(), STAMP, load_conversation_wording())
    whole = icalendar.Calendar.from_ical(data)
    (event,) = whole.walk("VEVENT")
    assert whole["METHOD"] == "PUBLISH" and whole["VERSION"] == "2.0" and whole["PRODID"]
    assert event.decoded("DTSTART") == date(2026, 11, 27) and event.decoded("DTEND") == date(2026, 11, 28)
    assert event.decoded("DTSTAMP") == STAMP and event["UID"] == f"{'c' * 32}@coach.invalid"
    (alarm,) = event.walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY" and alarm.decoded("TRIGGER") == timedelta(hours=8) and alarm["DESCRIPTION"]
    assert "What it is for: Time" in str(event["DESCRIPTION"])
    for private in ("ORGANIZER", "ATTENDEE", LOCAL_PERSON, "time.txt"):
        assert private.encode() not in data
    assert data == write_calendar(make_commitment(), STAMP, load_conversation_wording())
    assert data.endswith(b"\r\n") and max(len(line) for line in data.split(b"\r\n")) <= 75


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_no_words_break_out_of_the_calendar(words: str) -> None:
    text = f"a {words}\nEND:VEVENT\nATTENDEE:mailto:x@y.z"
    draft = check_draft(replace(DRAFT, action=text, evidence=words), SUNDAY)
    whole = icalendar.Calendar.from_ical(write_calendar(make_commitment(draft), STAMP, load_conversation_wording()))
    (event,) = whole.walk("VEVENT")
    assert event["SUMMARY"] == f"Coach: {draft.action.rstrip(' .')}" and "ATTENDEE" not in event


# --- what is kept ------------------------------------------------------------------------------------------------


@pytest.fixture
def commitments(store: Store) -> CommitmentStore:
    return CommitmentStore(store, str)


def test_a_commitment_comes_back_and_can_be_changed(commitments: CommitmentStore) -> None:
    made = commitments.add(LOCAL_PERSON, replace(DRAFT, sources=(SOURCE,)))
    assert commitments.read(LOCAL_PERSON, made.id) == made and made.state == "open" and made.sources == (SOURCE,)
    edited = commitments.edit(LOCAL_PERSON, made.id, replace(take_draft(made), due="2026-12-04"))
    assert edited.due == "2026-12-04" and edited.sources == (SOURCE,) and edited.changed_at > made.changed_at
    closed = commitments.close(LOCAL_PERSON, made.id, "kept", "It went well.")
    assert (closed.state, closed.reflection, closed.due) == ("kept", "It went well.", "2026-12-04")
    assert commitments.close(LOCAL_PERSON, made.id, "open").reflection == "It went well."


def test_open_ones_come_first_by_their_day(commitments: CommitmentStore) -> None:
    days = ("2026-12-09", "2026-11-20", "2026-11-25", "2026-11-22")
    made = {due: commitments.add(LOCAL_PERSON, replace(DRAFT, due=due)).id for due in days}
    commitments.close(LOCAL_PERSON, made["2026-11-25"], "dropped")
    listed = commitments.list_commitments(LOCAL_PERSON)
    assert [one.due for one in listed] == ["2026-11-20", "2026-11-22", "2026-12-09", "2026-11-25"]
    assert [one.due for one in commitments.list_commitments(LOCAL_PERSON, "dropped")] == ["2026-11-25"]
    assert [one.due for one in commitments.list_due(LOCAL_PERSON, SUNDAY)] == ["2026-11-20", "2026-11-22"]
    assert commitments.list_due(OTHER, SUNDAY) == ()


def test_nobody_reaches_another_persons(commitments: CommitmentStore) -> None:
    mine = commitments.add(LOCAL_PERSON, DRAFT).id
    for call in (
        lambda identifier: commitments.read(OTHER, identifier),
        lambda identifier: commitments.find(OTHER, identifier),
        lambda identifier: commitments.edit(OTHER, identifier, replace(DRAFT, action="stolen")),
        lambda identifier: commitments.close(OTHER, identifier, "dropped"),
        lambda identifier: commitments.delete(OTHER, identifier),
    ):
        with pytest.raises(CoachError) as of_another:
            call(mine)
        with pytest.raises(CoachError) as of_none:
            call("0" * 32)
        assert str(of_another.value).replace(mine, "0" * 32) == str(of_none.value)
    assert commitments.read(LOCAL_PERSON, mine).action == DRAFT.action
    assert commitments.read(LOCAL_PERSON, mine).state == "open"


def test_a_deleted_commitment_is_in_no_byte(commitments: CommitmentStore, store: Store) -> None:
    kept = commitments.add(LOCAL_PERSON, DRAFT)
    gone = commitments.add(LOCAL_PERSON, replace(DRAFT, action=CANARY))
    commitments.close(LOCAL_PERSON, gone.id, "kept", f"{CANARY} again")
    assert find_bytes(store.path.parent, CANARY)
    assert commitments.delete(LOCAL_PERSON, gone.id)
    assert find_bytes(store.path.parent, CANARY) == []
    assert commitments.read(LOCAL_PERSON, kept.id) == kept
