"""What is shared: the words that were shown and no more, with one person, until it is taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import select

from coach.commitments import CommitmentDraft, take_draft
from coach.errors import CoachError, PromptFault
from coach.prompts import find_prompts, load_checked, load_conversation_wording
from coach.records import LOCAL_PERSON, Manner
from coach.sharing import (
    SHARE_KINDS,
    SHARING_PLACEHOLDERS,
    SharedThing,
    carry_over,
    load_sharing_wording,
    read_practice,
    require_shown,
    say_lines,
    say_origin,
    word_commitment,
    word_practice,
)
from coach.store import tables
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.database import reading
from coach.store.people import PeopleStore
from coach.store.sharing import SharingStore
from coach.store.store import Store
from tests.conftest import OTHER, ROOT
from tests.test_conversations import CANARY, fill, find_bytes, make_answer
from tests.test_people import Run, people, run  # noqa: F401 - fixtures

DRAFT = CommitmentDraft("ask two teachers", "2026-11-27", "Ms Diaz", "both lists", "Time for walks")


def mask(text: str) -> str:
    return text.replace("Tamika", "[student]")


@pytest.fixture
def sharing(store: Store) -> SharingStore:
    return SharingStore(store, mask)


@pytest.fixture
def lee(store: Store) -> str:
    """A supervisor."""
    return PeopleStore(store).add("Dr. Lee", ["central_office"]).id


@pytest.fixture
def may(store: Store) -> str:
    """Another."""
    return PeopleStore(store).add("May", ["central_office", "trainer"]).id


def keep(store: Store, person: str = OTHER, draft: CommitmentDraft = DRAFT) -> str:
    return CommitmentStore(store, str).add(person, draft).id


# --- what crosses ------------------------------------------------------------------------------------------------


def test_a_question_crosses_without_its_answer(sharing: SharingStore, store: Store, lee: str, may: str) -> None:
    conversations = ConversationStore(store)
    made = conversations.start(OTHER, Manner(), "Secret title")
    conversations.append(OTHER, made.id, "Why does Tamika’s class not talk?", make_answer("Secret answer."))
    conversations.append(OTHER, made.id, "Another secret?", make_answer("Secret."))
    shown = sharing.word_question(OTHER, made.id, 0)
    one = sharing.share_question(OTHER, lee, made.id, 0, shown=shown.key)
    assert (one.text, one.detail, one.due, one.kind) == ("Why does [student]’s class not talk?", "", "", "question")
    assert (one.person, one.person_name, one.supervisor, one.supervisor_name) == (OTHER, "Other", lee, "Dr. Lee")
    assert one.words == shown and sharing.list_received(lee) == (one,) == sharing.list_given(OTHER)
    everything = json.dumps([repr(thing) for thing in sharing.list_received(lee)])
    assert "ecret" not in everything and made.id not in everything
    assert sharing.list_received(may) == () == sharing.list_received(LOCAL_PERSON) == sharing.list_given(lee)
    assert sharing.read(may, [one.id]) == () and sharing.read(OTHER, [one.id]) == ()


def test_a_commitment_crosses_as_its_sentence_and_its_day(sharing: SharingStore, store: Store, lee: str) -> None:
    commitments, mine = CommitmentStore(store, str), keep(store)
    one = sharing.share_commitment(OTHER, lee, mine)
    assert one.text == "By Friday 27 November 2026 I will ask two teachers with Ms Diaz; I will know by both lists."
    assert one.due == "2026-11-27" and "Time for walks" not in repr(one)
    commitments.edit(OTHER, mine, replace(take_draft(commitments.read(OTHER, mine)), action="Secret plan"))
    commitments.close(OTHER, mine, "dropped", "Secret reflection")
    assert sharing.list_received(lee) == (one,), "neither what it says now nor what came of it"


def test_a_practice_crosses_with_its_first_step(sharing: SharingStore, lee: str) -> None:
    one = sharing.share_practice(OTHER, lee, "p1", "Share the walk", "Ask Tamika to come along.")
    assert (one.kind, one.text, one.detail) == ("practice", "Share the walk", "Ask [student] to come along.")
    assert say_lines(one.words, load_sharing_wording())[1].endswith("Ask [student] to come along.")


def test_shared_twice_is_one_share_and_new_words_take_the_place_of_the_old(
    sharing: SharingStore, store: Store, lee: str, may: str
) -> None:
    commitments, mine = CommitmentStore(store, str), keep(store, OTHER, replace(DRAFT, action=CANARY))
    first = sharing.share_commitment(OTHER, lee, mine)
    assert sharing.share_commitment(OTHER, lee, mine) == first
    other = sharing.share_commitment(OTHER, may, mine)
    assert other.id != first.id
    sharing.take_back(OTHER, other.id)
    commitments.edit(OTHER, mine, DRAFT)
    again = sharing.share_commitment(OTHER, lee, mine)
    assert again.id == first.id and "two teachers" in again.text and again.shared_at > first.shared_at
    assert sharing.list_received(lee) == (again,)
    assert find_bytes(store.path.parent, CANARY) == [], "the words that were shared before are nowhere"
    for number in ("p1", "p2", "p1"):
        sharing.share_practice(OTHER, lee, number, "Walk", "Ask.")
    made = fill(ConversationStore(store), "walks", OTHER, 2)
    for ordinal in (0, 1, 0):
        sharing.share_question(OTHER, lee, made, ordinal)
    assert len(sharing.list_received(lee)) == 5


def test_words_that_changed_since_they_were_shown_are_not_shared(sharing: SharingStore, store: Store, lee: str) -> None:
    mine = keep(store)
    shown = sharing.word_commitment(OTHER, mine)
    CommitmentStore(store, str).edit(OTHER, mine, replace(DRAFT, action="something else"))
    with pytest.raises(CoachError, match="changed since"):
        sharing.share_commitment(OTHER, lee, mine, shown=shown.key)
    made = fill(ConversationStore(store), "walks", OTHER, 1)
    with pytest.raises(CoachError, match="changed since"):
        sharing.share_question(OTHER, lee, made, 0, shown="")
    assert sharing.list_received(lee) == ()
    require_shown(shown, shown.key)


# --- with whom, and whose ----------------------------------------------------------------------------------------


def test_only_another_person_of_central_office_is_shared_with(sharing: SharingStore, store: Store, lee: str) -> None:
    mine, of_lee = keep(store), keep(store, lee)
    ben = PeopleStore(store).add("Ben", ["principal", "trainer"]).id
    for person, other, thing in ((OTHER, ben, mine), (OTHER, OTHER, mine), (OTHER, "0" * 32, mine), (lee, lee, of_lee)):
        with pytest.raises(CoachError, match="central office"):
            sharing.share_commitment(person, other, thing)
    with pytest.raises(CoachError, match="not among the people"):
        sharing.share_practice("0" * 32, lee, "p", "Walk", "Ask.")
    with reading(store.engine) as connection:
        assert connection.execute(select(tables.shares)).all() == []


def test_nobody_shares_or_takes_back_what_is_not_theirs(
    sharing: SharingStore, store: Store, lee: str, may: str
) -> None:
    mine, made = keep(store), fill(ConversationStore(store), "walks", OTHER, 1)
    given = sharing.share_commitment(OTHER, lee, mine)
    calls: list[Callable[[], object]] = [
        lambda: sharing.share_commitment(LOCAL_PERSON, lee, mine),
        lambda: sharing.share_question(LOCAL_PERSON, lee, made, 0),
        lambda: sharing.share_commitment(lee, may, mine),
        lambda: sharing.word_question(lee, made, 0),
        lambda: sharing.word_commitment(lee, mine),
        lambda: sharing.share_question(OTHER, lee, made, 1),
        lambda: sharing.find(lee, given.id),
        lambda: sharing.find(OTHER, ""),
        lambda: sharing.take_back(lee, given.id),
        lambda: sharing.take_back(may, given.id),
        lambda: sharing.take_back(LOCAL_PERSON, given.id),
    ]
    for call in calls:
        with pytest.raises(CoachError):
            call()
    with pytest.raises(CoachError) as of_another:
        sharing.take_back(lee, given.id)
    with pytest.raises(CoachError) as of_none:
        sharing.take_back(lee, "0" * 32)
    assert str(of_another.value).replace(given.id, "0" * 32) == str(of_none.value)
    assert sharing.list_received(lee) == (given,) and sharing.find(OTHER, given.id[:9]) == given


# --- taken back, and gone with what it was taken from ------------------------------------------------------------


def test_what_is_taken_back_is_in_no_byte(sharing: SharingStore, store: Store, lee: str) -> None:
    stays = sharing.share_practice(OTHER, lee, "p2", "Walk", "Ask.")
    gone = sharing.share_practice(OTHER, lee, "p1", f"Walk {CANARY}", f"Ask {CANARY}.")
    assert find_bytes(store.path.parent, CANARY)
    assert sharing.take_back(OTHER, gone.id) is True
    assert find_bytes(store.path.parent, CANARY) == []
    assert sharing.read(lee, [gone.id, stays.id, stays.id]) == (stays,)


def test_a_share_goes_with_what_it_was_taken_from(sharing: SharingStore, store: Store, lee: str) -> None:
    conversations, mine = ConversationStore(store), keep(store, OTHER, replace(DRAFT, action=CANARY))
    made = fill(conversations, CANARY, OTHER, 1)
    sharing.share_commitment(OTHER, lee, mine)
    sharing.share_question(OTHER, lee, made, 0)
    CommitmentStore(store, str).delete(OTHER, mine)
    conversations.delete(OTHER, made)
    assert sharing.list_received(lee) == () == sharing.list_given(OTHER)
    assert find_bytes(store.path.parent, CANARY) == []


def test_a_conversation_that_can_be_brought_back_shows_nothing_meanwhile(
    sharing: SharingStore, store: Store, lee: str
) -> None:
    conversations = ConversationStore(store)
    made = fill(conversations, CANARY, OTHER, 1)
    given = sharing.share_question(OTHER, lee, made, 0)
    conversations.discard(OTHER, made)
    assert sharing.list_received(lee) == () == sharing.list_given(OTHER) == sharing.read(lee, [given.id])
    with pytest.raises(CoachError):
        sharing.share_question(OTHER, lee, made, 0)
    conversations.restore(OTHER, made)
    assert sharing.list_received(lee) == (given,)
    conversations.discard(OTHER, made)
    assert conversations.clear_discarded() == 1
    assert sharing.list_received(lee) == () and find_bytes(store.path.parent, CANARY) == []


def test_what_goes_while_it_is_being_shared_is_not_shared(sharing: SharingStore, store: Store, lee: str) -> None:
    """Another process deletes it after its words were read."""
    conversations, mine = ConversationStore(store), keep(store)
    made = fill(conversations, "walks", OTHER, 1)
    pending: list[Callable[[], object]] = [
        lambda: CommitmentStore(store, str).delete(OTHER, mine),
        lambda: conversations.discard(OTHER, made),
    ]

    def mask_and_delete(text: str) -> str:
        if pending:
            pending.pop(0)()
        return text

    late = SharingStore(store, mask_and_delete)
    with pytest.raises(CoachError, match="no commitment"):
        late.share_commitment(OTHER, lee, mine)
    with pytest.raises(CoachError, match="no conversation"):
        late.share_question(OTHER, lee, made, 0)
    conversations.restore(OTHER, made)
    assert sharing.list_received(lee) == ()


def test_an_edited_question_leaves_its_share_as_it_was(sharing: SharingStore, store: Store, lee: str) -> None:
    conversations = ConversationStore(store)
    made = fill(conversations, "walks", OTHER, 1)
    given = sharing.share_question(OTHER, lee, made, 0)
    conversations.append(OTHER, made, "Put otherwise?", make_answer("a"), replaces=0)
    assert sharing.list_received(lee) == (given,)
    with pytest.raises(CoachError, match="no longer in the conversation"):
        sharing.share_question(OTHER, lee, made, 0)


class Sharing(RuleBasedStateMachine):
    """Whatever people do in whatever order, a supervisor sees exactly the shares that stand, word for word as shown."""

    things, shares = Bundle("things"), Bundle("shares")

    @initialize(target=things)
    def begin(self) -> Any:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "home")
        folk = PeopleStore(self.store)
        self.givers = [folk.add("Ana", ["principal"]).id, folk.add("Ben", ["principal", "central_office"]).id]
        self.supervisors = [folk.add("Lee", ["central_office"]).id, self.givers[1]]
        self.sharing = SharingStore(self.store, mask)
        self.conversations = ConversationStore(self.store)
        self.commitments = CommitmentStore(self.store, str)
        self.standing: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.number = 0
        return self._ask(0)

    def _ask(self, giver: int) -> tuple[str, str, str]:
        self.number += 1
        made = self.conversations.start(self.givers[giver], Manner(), "t")
        self.conversations.append(self.givers[giver], made.id, f"Question {self.number}?", make_answer("Secret."))
        return "question", self.givers[giver], made.id

    @rule(target=things, giver=st.integers(0, 1))
    def ask(self, giver: int) -> tuple[str, str, str]:
        return self._ask(giver)

    @rule(target=things, giver=st.integers(0, 1))
    def commit(self, giver: int) -> tuple[str, str, str]:
        self.number += 1
        draft = CommitmentDraft(f"do {self.number}", "2026-11-27", goal="Secret")
        return "commitment", self.givers[giver], self.commitments.add(self.givers[giver], draft).id

    @rule(thing=things)
    def edit(self, thing: tuple[str, str, str]) -> None:
        kind, owner, identifier = thing
        self.number += 1
        if kind == "commitment":
            draft = replace(take_draft(self.commitments.read(owner, identifier)), action=f"Secret {self.number}")
            self.commitments.edit(owner, identifier, draft)
            self.commitments.close(owner, identifier, "changed", "Secret")
        elif identifier not in self.hidden:
            self.conversations.append(owner, identifier, f"Secret {self.number}?", make_answer("Secret."))

    @rule(target=shares, thing=things, to=st.integers(0, 1))
    def share(self, thing: tuple[str, str, str], to: int) -> tuple[str, str]:
        kind, owner, identifier = thing
        supervisor = self.supervisors[to]
        if owner == supervisor or identifier in self.hidden:
            with pytest.raises(CoachError):
                self._share(kind, owner, supervisor, identifier)
            return owner, "0" * 32
        made = self._share(kind, owner, supervisor, identifier)
        if kind == "commitment":
            # What a person was shown before they shared it is no secret.
            assert (
                made.text
                == word_commitment(self.commitments.read(owner, identifier), load_conversation_wording(), mask).text
            )
        self.standing[made.id] = {"text": made.text, "to": supervisor, "of": identifier, "owner": owner}
        return owner, made.id

    def _share(self, kind: str, owner: str, supervisor: str, identifier: str) -> SharedThing:
        if kind == "question":
            return self.sharing.share_question(owner, supervisor, identifier, 0)
        return self.sharing.share_commitment(owner, supervisor, identifier)

    @rule(share=shares, by=st.integers(0, 1))
    def take_back(self, share: tuple[str, str], by: int) -> None:
        _, identifier = share
        known = self.standing.get(identifier)
        if known is None or known["owner"] != self.givers[by]:
            with pytest.raises(CoachError):
                self.sharing.take_back(self.givers[by], identifier)
            return
        assert self.sharing.take_back(self.givers[by], identifier)
        del self.standing[identifier]

    @rule(thing=consumes(things))
    def delete(self, thing: tuple[str, str, str]) -> None:
        kind, owner, identifier = thing
        (self.conversations if kind == "question" else self.commitments).delete(owner, identifier)
        self.standing = {key: one for key, one in self.standing.items() if one["of"] != identifier}

    @rule(thing=things)
    def discard_or_restore(self, thing: tuple[str, str, str]) -> None:
        kind, owner, identifier = thing
        if kind != "question":
            return
        if identifier in self.hidden:
            self.conversations.restore(owner, identifier)
            self.hidden.remove(identifier)
        else:
            self.conversations.discard(owner, identifier)
            self.hidden.add(identifier)

    @invariant()
    def a_supervisor_sees_what_stands(self) -> None:
        for supervisor in (*self.supervisors, self.givers[0], LOCAL_PERSON):
            seen = {one.id: one.text for one in self.sharing.list_received(supervisor)}
            assert seen == {
                key: one["text"]
                for key, one in self.standing.items()
                if one["to"] == supervisor and one["of"] not in self.hidden
            }
            for giver in self.givers:
                of_one = {one.id for one in self.sharing.list_received(supervisor, giver)}
                assert of_one == {key for key in seen if self.standing[key]["owner"] == giver}
            assert {one.id for one in self.sharing.read(supervisor, list(self.standing))} == seen.keys()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


Sharing.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestSharing = Sharing.TestCase


# --- reading it --------------------------------------------------------------------------------------------------


def make_thing(kind: str = "question", shared_at: str = "2026-11-22T12:00:00+00:00", **more: Any) -> SharedThing:
    return SharedThing("i", "p", "Ana", "s", kind, "Words.", "", "", shared_at, **more)  # type: ignore[arg-type]


def test_what_was_promised_by_the_last_visit_carries_over() -> None:
    days = ("20", "22", "24")
    things = [make_thing(kind, f"2026-11-{day}T23:30:00+00:00") for day in days for kind in SHARE_KINDS]
    carried = carry_over(things, "2026-11-22")
    assert [(one.kind, one.shared_at[8:10]) for one in carried.from_last_time] == [
        ("commitment", "20"),
        ("commitment", "22"),
    ]
    assert {one.shared_at[8:10] for one in carried.earlier} == {"20"}
    assert sorted((one.kind, one.shared_at[8:10]) for one in carried.fresh) == [
        ("commitment", "24"),
        ("practice", "22"),
        ("practice", "24"),
        ("question", "22"),
        ("question", "24"),
    ]
    exact = carry_over(things, "2026-11-22T20:00:00-04:00")
    assert {one.shared_at[8:10] for one in exact.fresh} == {"24"}
    assert carry_over(things, "2026-11-22T22:00:00").fresh[0].shared_at[8:10] == "22"
    assert carry_over(things, None).fresh == tuple(things) == carry_over(things, "").fresh


@given(
    st.lists(st.tuples(st.sampled_from(SHARE_KINDS), st.datetimes())),
    st.none() | st.dates().map(str) | st.datetimes().map(lambda one: one.isoformat()),
)
def test_nothing_is_lost_in_carrying_over(given_things: list[Any], last_visit: str | None) -> None:
    things = [make_thing(kind, when.isoformat()) for kind, when in given_things]
    carried = carry_over(things, last_visit)
    parts = (*carried.from_last_time, *carried.earlier, *carried.fresh)
    assert sorted(map(repr, parts)) == sorted(map(repr, things))
    assert {one.kind for one in carried.from_last_time} <= {"commitment"}
    assert "commitment" not in {one.kind for one in carried.earlier}


def test_it_says_by_whom_and_when() -> None:
    from datetime import UTC, timedelta, timezone

    late, wording = make_thing(shared_at="2026-11-22T23:30:00+00:00"), load_sharing_wording()
    assert say_origin(late, wording, UTC) == "shared by Ana, on Sunday 22 November 2026"
    assert "Monday 23" in say_origin(late, wording, timezone(timedelta(hours=2)))


def test_a_practice_is_read_from_an_answer_alone() -> None:
    answer = {"practices": [{"id": "a", "title": "Walk", "first_step": "Ask."}, {"id": "b", "title": ""}, "odd"]}
    assert read_practice(answer, "a") == ("Walk", "Ask.")
    assert [read_practice(answer, one) for one in ("b", "c")] == [None, None] and read_practice({}, "a") is None
    assert word_practice("Walk", "", mask).detail == ""


def test_the_wordings_hold_what_the_code_fills(tmp_path: Path) -> None:
    text = (find_prompts() / "sharing.toml").read_text("utf-8")
    for change in (("$name", "she"), ("take_back = ", "taken = "), ("Share", "$odd Share")):
        (tmp_path / "sharing.toml").write_text(text.replace(*change), "utf-8")
        with pytest.raises(PromptFault):
            load_checked("sharing.toml", SHARING_PLACEHOLDERS, tmp_path)


def test_every_wording_of_sharing_is_used() -> None:
    files = [path for folder in ("coach", "coach/web/templates") for path in (ROOT / folder).rglob("*.*")]
    texts = "".join(path.read_text("utf-8") for path in files if path.suffix in (".py", ".html"))
    texts = texts.replace((ROOT / "coach/sharing.py").read_text("utf-8").split("def load_sharing_wording")[0], "")
    families = ("kind.", "share.open_", "received.")
    said = set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", texts))
    unused = [name for name in SHARING_PLACEHOLDERS if name not in said and not name.startswith(families)]
    assert unused == []


# --- the command line --------------------------------------------------------------------------------------------


def test_a_share_is_shown_before_it_is_made(run: Run, store: Store, lee: str, may: str) -> None:  # noqa: F811
    mine, made = keep(store), fill(ConversationStore(store), "walks", OTHER, 2)
    refused = run("share", "commitment", mine[:8], "--to", "lee", person="other", typed="n\n")
    assert "ask two teachers" in refused and "They will see these words" in refused and "Nothing was shared" in refused
    assert run("share", "list", "--json", person="other") == []
    agreed = run("share", "commitment", mine[:8], "--to", "lee", person="other", typed="y\n")
    assert "Dr. Lee can now see" in agreed and "take-back" in agreed
    one = run("share", "question", made, "--number", "1", "--to", "lee", "--yes", "--json", person="other")
    assert (one["text"], one["kind"]) == ("0 walks?", "question")
    assert run("share", "question", made, "--to", "may", "--yes", "--json", person="other")["text"] == "1 walks?"
    assert "there is none with the number 9" in run("share", "question", made, "-n", "9", "--to", "lee", person="other")
    assert "central office" in run("share", "commitment", mine, "--to", "other", "--yes", person="other")
    listed = run("share", "list", person="other")
    assert listed.count("Dr. Lee") == 2 and listed.count("May") == 1
    received = run("share", "list", "--received", person="lee")
    assert "shared by Other, on " in received and "1 walks?" not in received
    parts = run("share", "list", "--received", "--from", "other", "--last-visit", "2090-01-01", person="lee")
    assert parts.index("From last time") < parts.index("ask two") < parts.index("before the last visit")
    taken = run("share", "take-back", one["id"][:8], person="other")
    assert "can no longer see" in taken and "0 walks?" not in run("share", "list", "--received", person="lee")
    assert "You share nothing" in run("share", "take-back", one["id"][:8], person="other")
    assert "Nobody shares" in run("share", "list", "--received", person="other")


def test_a_practice_of_the_library_is_shared(run: Run, store: Store, lee: str) -> None:  # noqa: F811
    from coach.practices.reading import read_practices
    from coach.store.practices import PracticeRows

    path = next((ROOT / "corpus" / "practices").glob("*.yaml"))
    practices = read_practices(path)
    PracticeRows(store).replace(practices)
    one = run("share", "practice", practices[0].id, "--to", "lee", "--yes", "--json", person="other")
    assert (one["text"], one["detail"]) == (practices[0].title, practices[0].first_step)
    assert "There is no practice" in run("share", "practice", "zoo", "--to", "lee", person="other")


def test_with_nobody_to_share_with_it_says_so(run: Run, store: Store) -> None:  # noqa: F811
    assert "nobody to share with" in run("share", "commitment", keep(store, LOCAL_PERSON), "--to", "x")
    assert "--from goes with --received" in run("share", "list", "--from", "x")
    assert "--last-visit goes with --from" in run("share", "list", "--received", "--last-visit", "2026-11-22")
