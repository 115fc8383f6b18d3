"""People: who there is, that their things are kept apart, and that whoever is removed is in no byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from coach.cli import app
from coach.commitments import CommitmentDraft
from coach.errors import CoachError
from coach.metadata import drop_unshown
from coach.records import LOCAL_PERSON, ROLES, Person
from coach.settings import read_settings
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.people import LONGEST_NAME, PeopleStore, find_acting
from coach.store.requests import RequestStore
from coach.store.sharing import SharingStore
from coach.store.store import Store
from coach.web.people import answer_as
from tests.conftest import OTHER
from tests.test_conversations import CANARY, fill, find_bytes

DRAFT = CommitmentDraft("ask two teachers", "2026-11-27")


@pytest.fixture
def people(store: Store) -> PeopleStore:
    return PeopleStore(store)


def test_people_come_back_by_name_and_role(people: PeopleStore) -> None:
    ana, lee = people.add("  Ana\n Ruiz ", ["principal"]), people.add("Dr. Lee", ["trainer", "central_office"])
    assert ana == Person(ana.id, "Ana Ruiz", ("principal",)) and people.read(ana.id) == ana
    assert lee.roles == ("central_office", "trainer"), "in the order of ours"
    assert [one.name for one in people.list_people()] == ["Ana Ruiz", "Dr. Lee", "Local", "Other"]
    assert [one.id for one in people.list_people("central_office")] == [lee.id, LOCAL_PERSON]
    assert people.read(LOCAL_PERSON).roles == ROLES


@pytest.mark.parametrize("words", ["ana ruiz", "ANA", "Ruíz", "rui", " Ana Ruiz "])
def test_a_person_is_found_by_the_beginning_of_a_name(people: PeopleStore, words: str) -> None:
    ana = people.add("Ana Ruíz", ["principal"])
    people.add("Anselm", ["principal"])
    assert people.find(words) == ana == people.find(ana.id[:12])


@pytest.mark.parametrize(("words", "told"), [("an", "Several people"), ("", "nobody here"), ("%", "nobody here")])
def test_who_is_not_told_apart_is_not_chosen(people: PeopleStore, words: str, told: str) -> None:
    people.add("Ana", ["principal"])
    people.add("Anselm", ["principal"])
    with pytest.raises(CoachError, match=told) as error:
        people.find(words)
    assert "Ana (" in str(error.value) and "Local (local)" in str(error.value)
    assert people.find("ana").name == "Ana", "a whole name wins over the beginning of another"


@pytest.mark.parametrize("name", ["", " \n", "7", "x" * (LONGEST_NAME + 1), "ÁNA", "local", OTHER])
def test_a_name_that_could_be_another_person_is_refused(people: PeopleStore, name: str) -> None:
    ana = people.add("Ana", ["principal"])
    with pytest.raises(CoachError):
        people.add(name, ["principal"])
    with pytest.raises(CoachError):
        people.rename(OTHER, name if name != OTHER else "Ana")
    assert people.rename(ana.id, "Ána").name == "Ána", "their own name may be written otherwise"


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(names=st.lists(st.text(max_size=40), max_size=8))
def test_no_name_steers_a_terminal(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    store = Store(tmp_path_factory.mktemp("people") / "home")
    people = PeopleStore(store)
    for name in names:
        try:
            made = people.add(name, ["trainer"])
        except CoachError as error:
            assert str(error)
        else:
            assert made.name == drop_unshown(made.name).strip() and people.find(made.name) == made
    store.close()


@pytest.mark.parametrize("roles", [[], ["king"], ["principal", "king"]])
def test_a_role_is_one_of_ours(people: PeopleStore, roles: list[Any]) -> None:
    with pytest.raises(CoachError, match="central_office"):
        people.add("Ana", roles)


def test_the_local_person_stays_and_nobody_is_named(people: PeopleStore) -> None:
    with pytest.raises(CoachError, match="cannot be removed"):
        people.remove(LOCAL_PERSON)
    for call in (people.read, people.remove, lambda one: people.rename(one, "New")):
        with pytest.raises(CoachError, match="nobody here"):
            call("0" * 32)
    assert people.rename(LOCAL_PERSON, "Me").name == "Me"


def test_whoever_is_removed_is_in_no_byte(people: PeopleStore, store: Store) -> None:
    gone, stays = people.add(f"Ana {CANARY}", ["principal", "central_office"]), people.add("Lee", ["central_office"])
    kept = fill(ConversationStore(store), "plain", stays.id, 1)
    conversation = fill(ConversationStore(store), CANARY, gone.id)
    commitments, sharing = CommitmentStore(store, str), SharingStore(store, str)
    promised = commitments.add(gone.id, CommitmentDraft(CANARY, "2026-11-27"))
    RequestStore(store, str).add(gone.id, CANARY, CANARY)
    sharing.share_question(gone.id, stays.id, conversation, 0)
    sharing.share_commitment(gone.id, stays.id, promised.id)
    sharing.share_question(stays.id, gone.id, kept, 0)
    assert find_bytes(store.path.parent, CANARY)
    assert people.remove(gone.id) is True
    assert find_bytes(store.path.parent, CANARY) == []
    assert sharing.list_received(stays.id) == () == sharing.list_given(stays.id)
    assert len(ConversationStore(store).read(stays.id, kept).exchanges) == 1


def test_an_old_name_is_in_no_byte(people: PeopleStore, store: Store) -> None:
    made = people.add(CANARY, ["principal"])
    people.rename(made.id, "Ana")
    assert find_bytes(store.path.parent, CANARY) == []


# --- who sits at the machine -------------------------------------------------------------------------------------


def test_the_setting_names_a_person_or_the_local_one(people: PeopleStore, store: Store) -> None:
    ana = people.add("Ana Ruiz", ["principal"])
    assert read_settings({}).person == "" == read_settings({"COACH_PERSON": " "}).person
    assert find_acting(store, "").id == LOCAL_PERSON
    for words in (ana.id, "ana", "Ana Ruiz"):
        assert find_acting(store, read_settings({"COACH_PERSON": words}).person) == ana
    with pytest.raises(CoachError, match=r"COACH_PERSON.*'bob' is nobody here.*Ana Ruiz \(.*Local \(local\)"):
        find_acting(store, "bob")


def test_who_sits_here_changes_no_answer() -> None:
    assert read_settings({"COACH_PERSON": "ana"}).digest() == read_settings({}).digest()


def test_the_page_answers_as_one_person_as_long_as_there_is_one(people: PeopleStore) -> None:
    ana = people.add("Ana", ["principal"])
    find_person = answer_as(people, ana.id)

    class Request:
        headers: dict[str, str] = {}

    assert find_person(Request()) == ana.id
    with pytest.raises(CoachError, match="Nobody is asking"):
        find_person(None)
    people.remove(ana.id)
    with pytest.raises(CoachError, match="was removed"):
        find_person(Request())


# --- the command line --------------------------------------------------------------------------------------------

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command on the data folder of `store`, as a person; what it printed, or the error that it ended with."""

    def run(*words: str, person: str = "", typed: str | None = None) -> Any:
        monkeypatch.setenv("COACH_HOME", str(store.path.parent))
        monkeypatch.setenv("COACH_PERSON", person)
        result = CliRunner().invoke(app, [*words], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            if isinstance(result.exception, CoachError):
                return str(result.exception)
            raise result.exception
        return json.loads(result.stdout) if "--json" in words else result.output

    return run


@pytest.mark.slow
def test_people_are_kept_by_commands(run: Run) -> None:
    made = run("people", "add", "Ana", "Ruiz", "--role", "principal", "--role", "trainer", "--json")
    assert made["name"] == "Ana Ruiz" and made["roles"] == ["principal", "trainer"]
    assert "Lee (central_office) is added" in run("people", "add", "Lee", "--role", "central_office")
    assert "Ana Ruiz" in run("people", "list") and "Lee" not in run("people", "list", "--role", "trainer")
    assert run("people", "rename", "lee", "Dr.", "Lee", "--json")["name"] == "Dr. Lee"
    assert "Remove Dr. Lee" in run("people", "remove", "dr", typed="n\n")
    assert "Dr. Lee is removed" in run("people", "remove", "dr", typed="y\n")
    assert run("people", "remove", "ana", "--yes", "--json")["cleared"] is True
    assert [one["name"] for one in run("people", "list", "--json")] == ["Local", "Other"]
    assert "known are principal" in run("people", "add", "X", "--role", "king")


@pytest.mark.slow
def test_each_person_sees_only_what_is_theirs(run: Run, store: Store, people: PeopleStore) -> None:
    ana = people.add("Ana", ["principal"])
    mine = fill(ConversationStore(store), "mine", LOCAL_PERSON, 1)
    theirs = fill(ConversationStore(store), "theirs", ana.id, 1)
    run("commitments", "add", "--by", "2099-01-01", "--action", "walk", person="nobody")
    CommitmentStore(store, str).add(ana.id, DRAFT)
    assert [one["id"] for one in run("conversations", "list", "--json")] == [mine]
    assert [one["id"] for one in run("conversations", "list", "--json", person="ana")] == [theirs]
    assert run("commitments", "list", "--json") == []
    (kept,) = run("commitments", "list", "--json", person="ana")
    assert kept["person"] == ana.id
    for words in (
        ("conversations", "show", theirs),
        ("conversations", "rename", theirs, "Mine"),
        ("conversations", "export", theirs),
        ("conversations", "delete", theirs, "--yes"),
        ("commitments", "show", kept["id"]),
        ("commitments", "edit", kept["id"], "--action", "Mine"),
        ("commitments", "close", kept["id"], "--state", "kept"),
        ("commitments", "delete", kept["id"], "--yes"),
        ("commitments", "remind", kept["id"]),
        ("share", "question", theirs, "--to", "local", "--yes"),
        ("share", "commitment", kept["id"], "--to", "local", "--yes"),
    ):
        assert "You have no" in run(*words) or "Choose" in run(*words) or "nobody to share with" in run(*words), words
    assert run("commitments", "show", kept["id"], "--json", person="ana")["state"] == "open"
    assert "theirs" in run("conversations", "show", theirs, person="ana")


@pytest.mark.slow
def test_a_name_of_nobody_is_told_on_every_command_that_keeps_something(run: Run, people: PeopleStore) -> None:
    people.add("Ana", ["principal"])
    for words in (("conversations", "list"), ("commitments", "list"), ("share", "list")):
        assert "COACH_PERSON" in run(*words, person="bob") and "Ana (" in run(*words, person="bob")
    assert "Ana" in run("people", "list", person="bob"), "to look who there is"


@pytest.mark.parametrize("command", ["people", "serve"])
def test_help_says_that_it_is_no_log_in(run: Run, command: str) -> None:
    said = " ".join(run(command, "--help").split())
    assert "COACH_PERSON" in said and "no log-in" in said and "may read everything in it" in said
