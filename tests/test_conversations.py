"""Stored conversations: whose they are, what is found in them, and that what is deleted is in no byte."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert

from coach.errors import CoachError
from coach.records import LOCAL_PERSON, Manner
from coach.store import tables
from coach.store.conversations import LONGEST_TITLE, ConversationStore, fold
from coach.store.database import reading, writing
from coach.store.store import Store
from tests.conftest import OTHER

CANARY = "zanzibarine-quokka-7731"


def make_answer(*texts: str) -> dict[str, Any]:
    """The part of an answer object that is searched and shown, with something long beside it."""
    statements = [{"text": text, "kind": "notice", "origin": "written", "citations": [], "spans": []} for text in texts]
    return {"statements": statements, "citations": [], "search_question": texts[0] if texts else "", "fill": "x" * 3000}


@pytest.fixture
def conversations(store: Store) -> ConversationStore:
    return ConversationStore(store)


def find_bytes(folder: Path, words: str) -> list[str]:
    """Files of a folder that hold these words."""
    needle = words.encode()
    return [path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


def fill(conversations: ConversationStore, words: str, person: str = LOCAL_PERSON, exchanges: int = 5) -> str:
    """A conversation that holds the words everywhere it can."""
    made = conversations.start(person, Manner(), f"About {words}")
    for number in range(exchanges):
        conversations.append(person, made.id, f"{number} {words}?", make_answer(f"It is {words}.", "And more."))
    return made.id


def test_a_conversation_comes_back_as_it_went_in(conversations: ConversationStore) -> None:
    made = conversations.start(LOCAL_PERSON, Manner("trainer", "tell"), "  Walks\n and time ")
    first = conversations.append(LOCAL_PERSON, made.id, "What is a walk?", make_answer("A visit. “Naïve” ✓"))
    second = conversations.append(LOCAL_PERSON, made.id, "And time?", make_answer("Mornings."))
    read = conversations.read(LOCAL_PERSON, made.id)
    assert (read.title, read.role, read.stance, read.person) == ("Walks and time", "trainer", "tell", LOCAL_PERSON)
    assert read.exchanges == (first, second) and [one.ordinal for one in read.exchanges] == [0, 1]
    assert read.exchanges[0].answer["conversation_id"] == made.id
    assert read.changed_at > read.started_at


def test_every_call_keeps_to_the_person(conversations: ConversationStore) -> None:
    mine = fill(conversations, "mine")
    calls: list[Callable[[str], object]] = [
        lambda identifier: conversations.read(OTHER, identifier),
        lambda identifier: conversations.find(OTHER, identifier),
        lambda identifier: conversations.append(OTHER, identifier, "q", make_answer("a")),
        lambda identifier: conversations.rename(OTHER, identifier, "stolen"),
        lambda identifier: conversations.set_manner(OTHER, identifier, Manner("trainer", "tell")),
        lambda identifier: conversations.delete(OTHER, identifier),
    ]
    for call in calls:
        with pytest.raises(CoachError) as of_another:
            call(mine)
        with pytest.raises(CoachError) as of_none:
            call("0" * 32)
        assert str(of_another.value).replace(mine, "0" * 32) == str(of_none.value)
    assert conversations.list_cards(OTHER) == () and conversations.delete_all(OTHER) == (0, True)
    kept = conversations.read(LOCAL_PERSON, mine)
    assert kept.title == "About mine" and len(kept.exchanges) == 5 and kept.role == "principal"


def test_the_newest_comes_first_and_a_new_name_changes_no_order(conversations: ConversationStore) -> None:
    first, second = fill(conversations, "first"), fill(conversations, "second")
    conversations.append(LOCAL_PERSON, first, "again", make_answer("yes"))
    conversations.rename(LOCAL_PERSON, second, "Renamed")
    cards = conversations.list_cards(LOCAL_PERSON)
    assert [(card.id, card.title, card.questions) for card in cards] == [
        (first, "About first", 6),
        (second, "Renamed", 5),
    ]
    assert [card.id for card in conversations.list_cards(LOCAL_PERSON, limit=1)] == [first]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ABOUT", True),
        ("resume", True),
        ("Résumé", True),
        ("visit wAlk", True),
        ("walk absent", False),
        ("xxxx", False),
    ],
)
def test_words_are_found_in_title_question_and_answer(
    conversations: ConversationStore, words: str, found: bool
) -> None:
    made = conversations.start(LOCAL_PERSON, Manner(), "About a RÉSUMÉ")
    conversations.append(LOCAL_PERSON, made.id, "What is a Walk?", make_answer("A short visit."))
    assert bool(conversations.list_cards(LOCAL_PERSON, words)) is found
    assert conversations.list_cards(OTHER, words) == ()


@given(st.lists(st.tuples(st.sampled_from("abcxyz"), st.sampled_from(["", "\u0301", "\u0308", "\u0327"]))))
def test_folding_forgets_case_and_accents(letters: list[tuple[str, str]]) -> None:
    accented = unicodedata.normalize("NFC", "".join(letter + accent for letter, accent in letters))
    assert fold(accented) == fold(accented.upper()) == "".join(letter for letter, _ in letters)


def test_an_id_may_be_shortened_while_it_names_one(conversations: ConversationStore, store: Store) -> None:
    with writing(store.engine) as connection:
        for identifier in ("abc1" + "0" * 28, "abc2" + "0" * 28):
            connection.execute(
                insert(tables.conversations).values(
                    id=identifier, person_id=LOCAL_PERSON, title="t", role="principal", stance="ask",
                    started_at="2026", changed_at="2026",
                )
            )  # fmt: skip
    assert conversations.find(LOCAL_PERSON, " ABC1").startswith("abc1")
    for beginning, told in (("abc", "Several"), ("%", "no conversation"), ("", "no conversation"), ("ff", "no conv")):
        with pytest.raises(CoachError, match=told):
            conversations.find(LOCAL_PERSON, beginning)


def test_a_title_is_never_empty_and_never_long(conversations: ConversationStore) -> None:
    made = conversations.start(LOCAL_PERSON, Manner(), "w " * 400)
    assert len(made.title) <= LONGEST_TITLE and made.title.endswith("…")
    with pytest.raises(CoachError, match="empty"):
        conversations.rename(LOCAL_PERSON, made.id, " \n ")


# --- gone means gone ---------------------------------------------------------------------------------------------


def test_a_deleted_conversation_is_in_no_byte_and_its_neighbours_stay(
    conversations: ConversationStore, store: Store
) -> None:
    home = store.path.parent
    before, gone, after = fill(conversations, "before"), fill(conversations, CANARY), fill(conversations, "after")
    assert find_bytes(home, CANARY), "the canary must have been there, or the test proves nothing"
    assert conversations.delete(LOCAL_PERSON, gone) is True
    assert find_bytes(home, CANARY) == []
    for kept in (before, after):
        assert len(conversations.read(LOCAL_PERSON, kept).exchanges) == 5
    assert store.find_fault() is None


def test_so_is_one_that_lay_in_the_log_alone_and_was_renamed(conversations: ConversationStore, store: Store) -> None:
    made = conversations.start(LOCAL_PERSON, Manner(), CANARY)
    conversations.append(LOCAL_PERSON, made.id, CANARY, make_answer(CANARY))
    conversations.rename(LOCAL_PERSON, made.id, "Plain")
    assert f"{store.path.name}-wal" in find_bytes(store.path.parent, CANARY)
    assert conversations.delete(LOCAL_PERSON, made.id)
    assert find_bytes(store.path.parent, CANARY) == []


def test_another_open_process_is_not_in_the_way(conversations: ConversationStore, store: Store) -> None:
    other = Store(store.path.parent, may_migrate=False)
    gone = fill(conversations, CANARY)
    assert len(ConversationStore(other).read(LOCAL_PERSON, gone).exchanges) == 5
    assert conversations.delete(LOCAL_PERSON, gone)
    assert find_bytes(store.path.parent, CANARY) == []
    with pytest.raises(CoachError):
        ConversationStore(other).read(LOCAL_PERSON, gone)
    other.close()


@pytest.mark.slow
def test_a_reader_in_the_way_puts_it_off_and_the_next_one_clears_it(
    conversations: ConversationStore, store: Store
) -> None:
    gone, kept = fill(conversations, CANARY), fill(conversations, "kept")
    other = Store(store.path.parent, may_migrate=False)
    with reading(other.engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM exchanges").scalar()
        assert conversations.delete(LOCAL_PERSON, gone) is False
        assert find_bytes(store.path.parent, CANARY), "the reader still sees its own state"
        with pytest.raises(CoachError):
            conversations.read(LOCAL_PERSON, gone)
    assert other.purge() is True, "any process clears it: ingest and serve do"
    assert find_bytes(store.path.parent, CANARY) == []
    assert conversations.read(LOCAL_PERSON, kept).exchanges
    other.close()


@pytest.mark.slow
def test_what_is_deleted_while_another_clears_is_not_taken_for_cleared(
    conversations: ConversationStore, store: Store
) -> None:
    first, second = fill(conversations, "first"), fill(conversations, CANARY)
    other = Store(store.path.parent, may_migrate=False)
    late: list[bool] = []

    def delete_behind(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("PRAGMA wal_checkpoint") and not late:
            with reading(other.engine) as reader:
                reader.exec_driver_sql("SELECT count(*) FROM exchanges").scalar()
                late.append(ConversationStore(other).delete(LOCAL_PERSON, second))

    event.listen(store.engine, "after_cursor_execute", delete_behind)
    assert conversations.delete(LOCAL_PERSON, first)
    event.remove(store.engine, "after_cursor_execute", delete_behind)
    assert late == [False] and find_bytes(store.path.parent, CANARY), "a reader kept the second one from being cleared"
    assert store.purge() and find_bytes(store.path.parent, CANARY) == []
    other.close()


def test_documents_wait_for_the_owner_of_the_library(conversations: ConversationStore, store: Store) -> None:
    store.write_value("purge", "pending")
    assert conversations.delete(LOCAL_PERSON, fill(conversations, CANARY))
    assert store.read_value("purge") == "pending", "the vector index must still be made anew"
    assert store.purge() and store.read_value("purge") == "done"


def test_all_of_a_person_go_and_nobody_elses(conversations: ConversationStore, store: Store) -> None:
    fill(conversations, CANARY), fill(conversations, CANARY)
    kept = fill(conversations, "neighbour", OTHER)
    assert conversations.delete_all(LOCAL_PERSON) == (2, True)
    assert find_bytes(store.path.parent, CANARY) == []
    assert len(conversations.read(OTHER, kept).exchanges) == 5


def test_two_writers_at_once_lose_nothing(conversations: ConversationStore, store: Store) -> None:
    made = fill(conversations, "shared", exchanges=0)

    def write(words: str) -> None:
        own = Store(store.path.parent, may_migrate=False)
        for number in range(15):
            ConversationStore(own).append(LOCAL_PERSON, made, f"{words} {number}", make_answer("a"))
        own.close()

    threads = [threading.Thread(target=write, args=(words,)) for words in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    exchanges = conversations.read(LOCAL_PERSON, made).exchanges
    assert [one.ordinal for one in exchanges] == list(range(30))
    assert sorted(one.question for one in exchanges) == sorted(f"{w} {n}" for w in ("one", "two") for n in range(15))
