"""The protocols: those that are shipped are whole and lay out well, faults of an edited file are named, and what does not
fit is refused with what does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from string import Template

import pytest

from coach.errors import PromptFault, UsageError
from coach.plans.fitting import (
    WORK,
    DoesNotFit,
    Slot,
    find_nearest,
    lay_out,
    list_minutes,
    list_offers,
    require_fit,
)
from coach.plans.protocols import Protocol, fill_topic, load_protocols
from coach.plans.records import FORMS, LEAST_MINUTES, MOST_MINUTES, SETTINGS, Form, Setting
from coach.prompts import Wording, find_prompts

LIBRARY = load_protocols()
PROTOCOLS = LIBRARY.protocols
LENGTHS = range(LEAST_MINUTES, MOST_MINUTES + 1)
WORDING = Wording(
    {
        "fit.same": "$protocol fits $setting of $minutes minutes.",
        "fit.others": "Others in $setting of $minutes minutes: $protocols.",
        "fit.not_here": "$protocol is not for $setting; it needs $people.",
        "fit.not_so_long": "$protocol takes $least to $most minutes, not $minutes.",
        **{f"setting.{setting}_in": f"({setting})" for setting in SETTINGS},
    },
    {},
    "",
)
# From 30 to 180 minutes, as central office asks for them.
STARTS: dict[tuple[str, Setting], int] = {
    ("consultancy", "network_meeting"): 45,
    ("joint_work", "school_visit"): 30,
    ("data_driven_dialogue", "network_meeting"): 40,
    ("data_driven_dialogue", "school_visit"): 40,
    ("instructional_rounds", "learning_walk"): 120,
    ("learning_walk", "learning_walk"): 30,
    ("learning_walk", "school_visit"): 30,
    ("looking_at_student_work", "network_meeting"): 40,
    ("looking_at_student_work", "school_visit"): 40,
    ("problem_of_practice", "network_meeting"): 30,
    ("problem_of_practice", "school_visit"): 30,
    ("role_play", "network_meeting"): 30,
    ("role_play", "school_visit"): 30,
    ("tuning", "network_meeting"): 45,
}
VISITS = {"In the classroom"}
TOPICS = ("sharing instructional leadership", "the question “How do we keep a plan alive?”")
CLAIM = re.compile(
    r"(?i)\b(research|studies|a study|evidence shows|proven|statistically|per ?cent|%|scientific|best practice|effective)"
)
FLATTERY = re.compile(r"(?i)\b(great|excellent|wonderful|amazing|congratulations|well done)\b")
HIDDEN_ADVICE = re.compile(
    r"(?i)^(don't|do you|did you|wouldn't|shouldn't|couldn't|isn't|aren't|have you|could you|should|can you|what if you)\b"
)


def _texts(protocol: Protocol) -> Iterator[str]:
    for field in fields(protocol):
        value = getattr(protocol, field.name)
        if isinstance(value, str):
            yield value
        elif field.name == "roles":
            yield from (text for role in value for text in (role.name, role.does))
        elif field.name == "steps":
            yield from (text for step in value for text in (step.title, step.does, step.lead, step.purpose))
        elif isinstance(value, tuple):
            yield from value


# --- what is shipped ---------------------------------------------------------------------------------------------


def test_the_shipped_protocols_are_those_that_central_office_asks_for() -> None:
    assert {(one.id, setting) for one in PROTOCOLS for setting in one.settings} == set(STARTS)


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def test_a_protocol_is_found_by_each_of_its_names_and_no_name_means_two() -> None:
    owners: dict[str, set[str]] = {}
    for protocol in PROTOCOLS:
        for name in (protocol.id, protocol.title, *protocol.called):
            assert LIBRARY.find(f" {name.upper().replace(' ', '-')} ") is protocol
            owners.setdefault(_fold(name), set()).add(protocol.id)
    assert [name for name, ids in owners.items() if len(ids) > 1] == []
    with pytest.raises(UsageError, match="tuning"):
        LIBRARY.find("fishbowl")


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.id)
def test_a_protocol_reads_as_ours(protocol: Protocol) -> None:
    assert protocol.when.startswith("It fits when ")
    assert protocol.not_when.startswith("Not ")
    assert len(protocol.situations) >= 6
    assert 2 <= len(protocol.questions) <= 4
    for text in _texts(protocol):
        assert not CLAIM.search(text) and not FLATTERY.search(text), text
    for question in protocol.questions:
        assert question.endswith("?") and not HIDDEN_ADVICE.search(question), question
    for outcome in protocol.outcomes:
        assert outcome[0].islower() and not outcome.endswith("."), outcome
    for text in (*protocol.norms, *protocol.moves, *(step.does for step in protocol.steps)):
        assert text.endswith("."), text
    for text in (*protocol.brings, *protocol.materials, *protocol.success, *protocol.look_for):
        assert not text.endswith("."), text
    sentences = [one for text in _texts(protocol) for one in re.split(r"[.?!;:]\s", text)]
    assert max(len(one.split()) for one in sentences) <= 42


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.id)
def test_who_leads_a_step_has_a_role(protocol: Protocol) -> None:
    assert {step.lead for step in protocol.steps} <= {role.name for role in protocol.roles}


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.id)
def test_a_protocol_keeps_names_out(protocol: Protocol) -> None:
    said = " ".join((*protocol.norms, *protocol.brings, *protocol.materials, *(role.does for role in protocol.roles)))
    assert re.search(r"(?i)no name|no names|names taken off|without names|made up", said)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.id)
def test_the_topic_reads_well_within_a_sentence(protocol: Protocol) -> None:
    texts = list(_texts(protocol))
    assert any("$topic" in text for text in texts)
    for text in texts:
        for found in re.finditer(r"(\w+)? ?\$topic(.?)", text):
            # A topic may be a question with its mark; it follows a preposition, and nothing that would double the mark.
            assert found[1] in ("about", "on") and found[2] in ("", " ", ","), text
        assert "question about $topic" not in text and "question on $topic" not in text
        for topic in TOPICS:
            assert "$" not in fill_topic(text, topic)


# --- how they are laid out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "setting"), STARTS)
def test_whatever_is_offered_adds_up_and_is_mostly_work(name: str, setting: Setting, form: Form) -> None:
    protocol = LIBRARY.find(name)
    offered = list_minutes(protocol, setting, form)
    if form == "session":
        # From its start to the longest session there is no gap.
        assert offered == tuple(range(STARTS[name, setting], MOST_MINUTES + 1))
    for minutes in offered:
        slots = lay_out(protocol, setting, minutes, form)
        assert slots is not None
        _check_slots(slots, protocol, minutes)


def _check_slots(slots: tuple[Slot, ...], protocol: Protocol, minutes: int) -> None:
    assert sum(slot.minutes for slot in slots) == minutes
    assert all(slot.span.least <= slot.minutes <= slot.span.most for slot in slots)
    assert sum(slot.minutes for slot in slots if slot.kind == "slack") >= 5
    assert 2 * sum(slot.minutes for slot in slots if slot.is_work) >= minutes
    assert [slot.kind for slot in slots if slot.kind not in ("step", "pause")] == [
        "opening", "reading", "commitment", "exit", "slack",
    ]  # fmt: skip
    assert [slot.kind for slot in slots].count("pause") == (1 if minutes >= 120 else 0)
    steps = [slot for slot in slots if slot.step is not None]
    rounds = max(slot.round for slot in steps) or 1
    assert protocol.least_rounds <= rounds <= protocol.most_rounds
    for step in protocol.steps:
        times = [slot.minutes for slot in steps if slot.step == step]
        assert len(times) == (rounds if step.repeats else 1)
        # Nobody's dilemma gets less time than another's.
        assert len(set(times)) == 1, (protocol.id, minutes, step.title)
        assert times[0] <= 25


@pytest.mark.parametrize(("name", "setting"), STARTS)
def test_from_an_hour_on_whole_fives_are_given(name: str, setting: Setting) -> None:
    for minutes in range(60, MOST_MINUTES + 1, 5):
        for slot in lay_out(LIBRARY.find(name), setting, minutes) or ():
            assert slot.minutes % 5 == 0, (name, minutes, slot.kind)


def test_there_is_something_to_choose() -> None:
    for minutes in LENGTHS:
        assert len(list_offers(PROTOCOLS, "school_visit", minutes)) >= 2
        assert len(list_offers(PROTOCOLS, "network_meeting", minutes)) >= 2
        assert len(list_offers(PROTOCOLS, "learning_walk", minutes)) >= (2 if minutes >= 120 else 1)


def test_a_walk_sees_at_least_two_rooms() -> None:
    for name in ("learning_walk", "instructional_rounds"):
        for minutes in list_minutes(LIBRARY.find(name), "learning_walk"):
            slots = lay_out(LIBRARY.find(name), "learning_walk", minutes) or ()
            assert len([slot for slot in slots if slot.step and slot.step.title in VISITS]) >= 2


def test_the_pause_lies_between_two_rounds() -> None:
    for minutes in range(120, MOST_MINUTES + 1):
        slots = lay_out(LIBRARY.find("tuning"), "network_meeting", minutes) or ()
        place = [slot.kind for slot in slots].index("pause")
        before, after = slots[place - 1], slots[place + 1]
        assert after.round == before.round + 1


def test_a_length_outside_the_limits_is_not_laid_out() -> None:
    for minutes in (-5, 0, 29, 181, 10_000):
        assert all(lay_out(one, setting, minutes) is None for one in PROTOCOLS for setting in SETTINGS)


def test_where_principals_only_listen_nothing_is_offered() -> None:
    lecture = replace(
        LIBRARY.find("tuning"), steps=tuple(replace(step, is_work=False) for step in LIBRARY.find("tuning").steps)
    )
    assert all(
        2 * sum(slot.minutes for slot in lay_out(lecture, "network_meeting", minutes) or () if slot.kind in WORK)
        >= minutes
        for minutes in list_minutes(lecture, "network_meeting")
    )
    assert lay_out(lecture, "network_meeting", 90) is None


# --- what does not fit -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_refusal_names_what_fits(setting: Setting, form: Form) -> None:
    for protocol in PROTOCOLS:
        for minutes in LENGTHS:
            if lay_out(protocol, setting, minutes, form) is not None:
                assert require_fit(protocol, setting, minutes, PROTOCOLS, WORDING, form)
                continue
            with pytest.raises(DoesNotFit) as refusal:
                require_fit(protocol, setting, minutes, PROTOCOLS, WORDING, form)
            _check_refusal(str(refusal.value), protocol, setting, minutes, form)


def _check_refusal(told: str, protocol: Protocol, setting: Setting, minutes: int, form: Form) -> None:
    same = re.search(rf"{re.escape(protocol.title)} fits \((\w+)\) of (\d+) minutes", told)
    assert same is not None, told
    where = next(one for one in SETTINGS if one == same[1])
    assert lay_out(protocol, where, int(same[2]), form) is not None, told
    if setting in protocol.settings:
        assert where == setting
    others = list_offers(PROTOCOLS, setting, minutes, form)
    assert all(other.title in told for other in others)
    assert ("Others in" in told) == bool(others)


def test_a_consultancy_of_half_an_hour_is_refused_with_the_nearest() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        require_fit(LIBRARY.find("consultancy"), "network_meeting", 30, PROTOCOLS, WORDING, "session")
    assert str(refusal.value) == (
        "Consultancy takes 45 to 180 minutes, not 30. Consultancy fits (network_meeting) of 45 minutes. "
        "Others in (network_meeting) of 30 minutes: Problem of practice, Role play of a feedback conversation."
    )


def test_the_nearest_is_nearest() -> None:
    rounds = LIBRARY.find("instructional_rounds")
    near = find_nearest(rounds, "network_meeting", 60)
    assert near is not None
    assert (near.setting, near.minutes) == ("learning_walk", 120)
    near = find_nearest(rounds, "learning_walk", 150)
    assert near is not None
    assert near.minutes == 150


def test_the_nearest_fits_the_form_that_was_asked_for() -> None:
    # The short form's reading is shorter, so its longest session is, too.
    longest = replace(LIBRARY.find("consultancy"), most_rounds=1)
    near = find_nearest(longest, "network_meeting", 180, "visit_prep")
    assert near is not None
    assert lay_out(longest, "network_meeting", near.minutes, "visit_prep") is not None
    assert near.minutes < list_minutes(longest, "network_meeting")[-1]


def test_a_protocol_that_fits_no_session_is_named_as_a_fault_of_its_file() -> None:
    tuning = LIBRARY.find("tuning")
    endless = replace(tuning, steps=tuple(replace(step, least=100, usual=100, most=100) for step in tuning.steps))
    with pytest.raises(PromptFault, match="The protocol tuning fits no session"):
        require_fit(endless, "network_meeting", 60, PROTOCOLS, WORDING, "session")


# --- a district's own files --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "protocols").mkdir()
    for path in (find_prompts() / "protocols").glob("*.yaml"):
        (tmp_path / "protocols" / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_the_digest_follows_the_bytes(folder: Path) -> None:
    assert load_protocols(folder) == LIBRARY
    path = folder / "protocols" / "tuning.yaml"
    path.write_text(path.read_text("utf-8").replace("title: Tuning protocol", "title: Tuning"), "utf-8")
    load_protocols.cache_clear()
    changed = load_protocols(folder)
    assert changed.digest != LIBRARY.digest
    assert changed.find("tuning").title == "Tuning"


FAULTS = [
    ("  stance: suggest\n", "", "protocol tuning: the field stance is missing"),
    ("  stance: suggest\n", "  stance: suggest\n  colour: red\n", "protocol tuning: the field colour is not known"),
    ("stance: suggest", "stance: kind", "protocol tuning: stance is one of"),
    ("- id: tuning\n", "- idea: tuning\n", "protocol 1: the field id is missing; the field idea is not known"),
    ("  title: Tuning protocol", "  title: 7", "protocol tuning: title must be a text"),
    ("  title: Tuning protocol", '  title: " "', "protocol tuning: title must be a text"),
    ("    - Be honest in a way that helps.", "    - Be honest: in a way that helps", "protocol tuning: norms must be a text"),
    ("  called: [tuning, tuning a plan, warm and cool feedback]", "  called: tuning", "protocol tuning: called must be a list"),
    ("    - Be honest in a way that helps.", "    - Be honest, $student.", "protocol tuning: norms may hold $topic and no other"),
    ("    - Be honest in a way that helps.", "    - It costs 5 $ a day.", "protocol tuning: norms may hold $topic and no other"),
    ("settings: [network_meeting]", "settings: [zoom]", "protocol tuning: settings are among school_visit"),
    ("settings: [network_meeting]", "settings: []", "protocol tuning: settings must be a list of texts, with at least one"),
    ("settings: [network_meeting]", "settings: network_meeting", "protocol tuning: settings must be a list of texts"),
    ("most_rounds: 3", "most_rounds: 0", "protocol tuning: most_rounds must be a whole number from 1 to 12"),
    ("most_rounds: 3", "most_rounds: true", "protocol tuning: most_rounds must be a whole number"),
    ("most_rounds: 3", "most_rounds: 2\n  least_rounds: 3", "protocol tuning: least_rounds must not be above most_rounds"),
    ("least_minutes: 45", "least_minutes: 20", "protocol tuning: least_minutes must be a whole number from 30 to 180"),
    ("      least: 5\n      usual: 10\n", "      least: 11\n      usual: 10\n", "protocol tuning, step 1: least, usual and most"),
    ("      least: 5\n      usual: 10\n", "      least: five\n      usual: 10\n", "protocol tuning, step 1: least must be"),
    ("      most: 12\n      is_work: true\n", "      is_work: true\n", "protocol tuning, step 1: the field most is missing"),
    ("      lead: Timekeeper\n", "      lead: Timekeeper\n      who: all\n", "step 3: the field who is not known"),
    ("      lead: Timekeeper\n", "      lead: Timekeeper: Ann\n", "tuning.yaml cannot be read"),
    ("      is_work: true\n", "      is_work: perhaps\n", "protocol tuning, step 1: is_work is true or false"),
    (
        "      is_work: true\n      repeats: true\n    - title: Read",
        "      is_work: true\n    - title: Read",
        "protocol tuning: the steps that repeat must follow one another",
    ),
    (
        '    - {name: Timekeeper, does: "Says when two minutes are left in each step."}',
        "    - Timekeeper",
        "protocol tuning: each of roles has the fields name and does",
    ),
    ("    - decide on two changes to their own work on $topic\n", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_a_fault_names_its_file_and_protocol_and_field(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "protocols" / "tuning.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    if not told:
        # Two outcomes are enough, so this edit is none that is refused.
        load_protocols(folder)
        return
    with pytest.raises(PromptFault) as fault:
        load_protocols(folder)
    assert str(path) in str(fault.value)
    assert told in str(fault.value)


@pytest.mark.parametrize("field", ["roles", "steps"])
@pytest.mark.parametrize("value", ["none", "[]", "{name: Presenter}"])
def test_rows_that_are_no_list_are_named(folder: Path, field: str, value: str) -> None:
    path = folder / "protocols" / "tuning.yaml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(rf"(?m)^  {field}:\n(    .*\n)+", f"  {field}: {value}\n", text), "utf-8")
    with pytest.raises(PromptFault, match=f"protocol tuning: {field} must be a list of at least one entry"):
        load_protocols(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a list of entries"),
        ("id: fishbowl\ntitle: Fishbowl\n", "must be a list of entries"),
        ("- fishbowl\n", "protocol 1: it must have fields"),
        ("- id: [\n", "cannot be read"),
        ("\x00\x01", "cannot be read"),
    ],
)
def test_a_file_that_is_no_list_of_protocols_is_named(folder: Path, text: str, told: str) -> None:
    path = folder / "protocols" / "ours.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(PromptFault) as fault:
        load_protocols(folder)
    assert str(path) in str(fault.value)
    assert told in str(fault.value)


def test_an_id_is_taken_across_files(folder: Path) -> None:
    copied = (folder / "protocols" / "tuning.yaml").read_text("utf-8")
    (folder / "protocols" / "ours.yaml").write_text(copied, "utf-8")
    with pytest.raises(PromptFault, match=r"tuning\.yaml, protocol tuning: the id is taken"):
        load_protocols(folder)


def test_a_setting_without_a_protocol_is_named(folder: Path) -> None:
    for name in ("learning_walk", "instructional_rounds"):
        (folder / "protocols" / f"{name}.yaml").unlink()
    with pytest.raises(PromptFault, match="needs a protocol for the setting learning_walk"):
        load_protocols(folder)


def test_a_folder_without_protocols_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptFault, match=r"no \.yaml files in .*protocols"):
        load_protocols(tmp_path)


def test_a_district_may_add_a_protocol_and_hidden_files_are_not_read(folder: Path) -> None:
    text = (folder / "protocols" / "tuning.yaml").read_text("utf-8")
    ours = text.replace("id: tuning", "id: critical_friends").replace(
        "title: Tuning protocol", "title: Critical friends"
    )
    ours = re.sub(r"(?m)^  called: .*$", "  called: []", ours)
    (folder / "protocols" / "ours.yml").write_text(ours, "utf-8")
    (folder / "protocols" / "._ours.yaml").write_bytes(b"\x00\x05\x16\x07")
    (folder / "protocols" / "notes.txt").write_text("Ask Ann.", "utf-8")
    library = load_protocols(folder)
    assert library.find("Critical friends").called == ()
    assert len(library.protocols) == len(PROTOCOLS) + 1


def test_the_topic_is_filled_in_as_it_is() -> None:
    assert fill_topic("a dilemma about $topic is", "costs of $5 & more") == "a dilemma about costs of $5 & more is"
    assert Template("$topic").get_identifiers() == ["topic"]
