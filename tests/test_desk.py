"""The conversation page without a browser: what a person does at the desk, and what is shown of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from coach.errors import CoachError
from coach.evaluation.review import REVIEW_REASONS
from coach.introduction import Introducer
from coach.library import Library
from coach.page_pictures import PagePictures
from coach.prompts import load_conversation_wording
from coach.reading import ReaderPool
from coach.reading_list import Report
from coach.records import (
    COMMITMENT_STATES,
    LENGTHS,
    LOCAL_PERSON,
    ROLES,
    STANCES,
    Answer,
    Exchange,
    Manner,
    Outcome,
    Stage,
    Statement,
    Turn,
)
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.feedback import ASPECTS, Feedback, FeedbackStore
from coach.store.requests import RequestStore
from coach.store.tables import people
from coach.web.assembly import build_sharing_desk
from coach.web.binding import guard, say_trouble
from coach.web.desk import Asked, Desk, Shown, read_manner, read_whole
from coach.web.examples import Examples
from coach.web.exchange_view import view_exchange
from coach.web.history_view import group_by_date
from coach.web.templates import fill, name_number
from coach.web.transcript import Transcript, write_transcript
from coach.web.wording import AMOUNTS, PAGE_PLACEHOLDERS, load_page_wording
from tests.conftest import OTHER, ROOT, RunIngest
from tests.fragments import find_all, read_text
from tests.test_chat import STORED, make_answer

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
TODAY = NOW.date()


@dataclass
class FakeAssistant:
    """Answers everything alike, in three stages, and remembers what it was asked."""

    asked: list[tuple[str, Manner, str | None, int]] = field(default_factory=list)
    fault: Exception | None = None
    documents: Collection[str] | None = None

    def ask_in_stages(
        self,
        text: str,
        manner: Manner,
        history: Sequence[Turn] = (),
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Answer]:
        yield Stage("searching")
        if self.fault is not None:
            raise self.fault
        self.asked.append((text, manner, search_question, len(history)))
        self.documents = documents
        yield Stage("reading", ("Learning walks", "Time", "Feedback", "Teams"))
        yield Stage("writing", statements=(Statement("Agree on one focus.", "notice", "written"),))
        yield make_answer(text.replace("Tamika", "[student]"), manner.role, search_question)


@dataclass
class Scene:
    """A desk and what it works on."""

    desk: Desk
    assistant: FakeAssistant
    library: Library

    def ask(self, text: str, **more: Any) -> list[Shown]:
        return list(self.desk.ask(LOCAL_PERSON, Asked(text, **more)))

    def store(self, *answers: dict[str, Any]) -> str:
        """A stored conversation; its id."""
        made = self.desk.conversations.start(LOCAL_PERSON, Manner(), "What helps")
        for answer in answers or (STORED,):
            self.desk.conversations.append(LOCAL_PERSON, made.id, str(answer["question"]), answer)
        return made.id


@pytest.fixture
def scene(library: Library, corpus: Path, ingest: RunIngest) -> Iterator[Scene]:
    ingest(library, corpus)
    with writing(library.store.engine) as connection:
        connection.execute(insert(people).values(id=OTHER, name="Other", roles=["principal"], created_at="2026"))
    assistant, wording, store = FakeAssistant(), load_page_wording(), library.store
    reports = (Report("A report", "Okoro", 2010, ("walks",)), Report("Learning walks", "Okoro", 2010, ("walks",)))
    with ReaderPool(1, 512, 20) as readers:
        desk = Desk(
            store=store,
            assistant=assistant,
            conversations=ConversationStore(store),
            commitments=CommitmentStore(store, mask),
            feedback=FeedbackStore(store, mask),
            requests=RequestStore(store, mask),
            sharing=build_sharing_desk(store, mask),
            introducer=Introducer(store, reports),
            examples=Examples(assistant, {"principal": ("How do I begin?", "What next?"), "trainer": ("What is it?",)}),
            wording=wording,
            conversation_wording=load_conversation_wording(),
            pictures=PagePictures(library, readers),
            mask=mask,
            now=lambda: NOW,
        )
        yield Scene(desk, assistant, library)


def mask(text: str) -> str:
    return text.replace("Tamika", "[student]")


# --- a first visit ------------------------------------------------------------------------------------------------


def test_a_first_visit_says_what_there_is_and_what_to_ask(scene: Scene) -> None:
    shown = scene.desk.open(LOCAL_PERSON, "")
    said = read_text(shown.transcript)
    assert "two texts" in said and "one minute of reading" in said and "leave out students' names" in said
    assert "One public report would be worth adding" in said and "A report (Okoro, 2010)" in said
    assert "Learning walks (Okoro" not in said, "it is in the library already"
    offers = [one.text_content() for one in find_all(shown.transcript, "//button[@data-event='follow_up']")]
    assert offers == ["How do I begin?", "What next?"]
    assert "Learning walks" in read_text(shown.source) and shown.conversation == ""


def test_another_role_gets_other_questions(scene: Scene) -> None:
    shown = scene.desk.set_manner(LOCAL_PERSON, "", Manner("trainer", "ask", "short"))
    assert "What is it?" in read_text(shown.transcript) and shown.chosen == "trainer ask short"
    chosen = [one.get("value") for one in find_all(shown.manner, "//option[@selected]")]
    assert chosen == ["trainer", "ask", "short"]


def test_an_empty_library_leads_to_the_library(scene: Scene) -> None:
    for state in scene.library.store.list_states():
        scene.library.store.remove_document(state.id)
    shown = scene.desk.open(LOCAL_PERSON, "")
    assert "I have no documents yet" in read_text(shown.transcript)
    assert find_all(shown.transcript, "//a/@href") == ["/library"]
    assert not find_all(shown.transcript, "//button[@data-event='follow_up']")


def test_examples_are_tried_once_for_each_state_of_the_library(scene: Scene) -> None:
    examples = scene.desk.examples
    assert examples.choose("principal", 1) == examples.choose("principal", 1)
    assert len(scene.assistant.asked) == 2
    scene.assistant.fault = CoachError("nothing there")
    assert examples.choose("principal", 2) == () and examples.choose("central_office", 2) == ()


# --- asking -------------------------------------------------------------------------------------------------------


def test_a_question_is_shown_at_once_and_then_answered(scene: Scene) -> None:
    first, reading, writing, _, last = scene.ask("What helps Tamika?")
    assert "What helps Tamika?" in read_text(first.transcript) and "Looking in 2 documents" in read_text(
        first.transcript
    )
    assert first.question == "" and first.asking == "What helps Tamika?" and first.conversation is None
    assert "Reading “Learning walks”, “Time”, “Feedback” and 1 more" in read_text(reading.transcript)
    assert reading.question is None, "somebody may be writing on"
    assert "Agree on one focus." in read_text(writing.writing) and writing.transcript is None, "only what is new"
    (key,) = find_all(writing.writing, "//@data-writing")
    assert find_all(reading.transcript, "//article/@data-key") == [key] and last.writing == ""
    assert "What helps [student]?" in read_text(last.transcript) and "Tamika" not in (last.transcript or "")
    assert last.conversation and last.conversation in (last.history or "")
    assert find_all(last.transcript, "//@data-announce") == ["The answer is there, with one source."]
    stored = scene.desk.conversations.read(LOCAL_PERSON, last.conversation)
    assert [one.question for one in stored.exchanges] == ["What helps [student]?"]


def test_nothing_is_kept_of_a_question_that_was_stopped(scene: Scene) -> None:
    asking = scene.desk.ask(LOCAL_PERSON, Asked("What helps?"))
    next(asking)
    next(asking)
    assert isinstance(asking, Generator)
    asking.close()
    assert scene.desk.conversations.list_cards(LOCAL_PERSON) == ()
    shown = scene.desk.stop(LOCAL_PERSON, "", "What helps?")
    assert shown.question == "What helps?" and "Nothing of this question was kept" in read_text(shown.transcript)


def test_an_empty_question_asks_nothing(scene: Scene) -> None:
    (shown,) = scene.ask(" ?! ")
    assert "Write your question first" in read_text(shown.notice) and scene.assistant.asked == []


def test_a_follow_up_goes_on_in_its_manner(scene: Scene) -> None:
    conversation = scene.ask("What helps?", manner=Manner("trainer", "tell", "long"))[-1].conversation or ""
    shown = scene.ask("And then?", conversation=conversation, keeps_box=True)
    assert scene.assistant.asked[-1] == ("And then?", Manner("trainer", "tell", "long"), None, 2)
    assert all(one.question is None for one in shown)
    scene.desk.set_manner(LOCAL_PERSON, conversation, Manner("principal", "ask", "short"))
    scene.ask("Again?", conversation=conversation)
    assert scene.assistant.asked[-1][1] == Manner("principal", "ask", "short")


def test_an_edited_question_takes_the_place_of_what_followed(scene: Scene) -> None:
    conversation = scene.ask("One?")[-1].conversation or ""
    scene.ask("Two?", conversation=conversation)
    scene.ask("Three?", conversation=conversation)
    shown = scene.ask("Two, put otherwise?", conversation=conversation, replaces=1)[-1]
    asked = [" ".join(one.text_content().split()) for one in find_all(shown.transcript, "//article//h3")]
    assert asked == ["You asked: One?", "You asked: Two, put otherwise?"]
    assert "Earlier versions of 2 questions" in read_text(shown.transcript)
    assert scene.assistant.asked[-1][3] == 2, "only what stands before it is history"
    stored = scene.desk.conversations.read(LOCAL_PERSON, conversation)
    assert [one.ordinal for one in stored.exchanges] == [0, 3]
    assert [(one.question, one.replaced_by) for one in stored.replaced] == [("Two?", 3), ("Three?", 3)]
    scene.ask("Four?", conversation=conversation)
    assert scene.assistant.asked[-1][3] == 4
    with pytest.raises(CoachError, match="no longer in this conversation"):
        scene.ask("Two again?", conversation=conversation, replaces=1)


def test_one_document_can_be_asked(scene: Scene) -> None:
    card = scene.library.store.list_documents()[0]
    shown = scene.desk.set_manner(LOCAL_PERSON, "", Manner(), card.id)
    assert shown.chosen == f"principal suggest usual {card.id}"
    assert find_all(shown.manner, "//option[@selected]/@value")[-1] == card.id
    scene.ask("What helps?", document=card.id)
    assert scene.assistant.documents == [card.id]
    scene.ask("What helps?", document="0" * 64)
    assert scene.assistant.documents is None, "a document that is gone limits nothing"


def test_what_is_searched_can_be_edited(scene: Scene) -> None:
    conversation = scene.store()
    shown = scene.ask("What helps?", conversation=conversation, replaces=0, search_question="the length of a walk")
    assert scene.assistant.asked[-1][2] == "the length of a walk"
    assert "An earlier version of one question" in read_text(shown[-1].transcript)


def test_another_persons_conversation_is_nobodys(scene: Scene) -> None:
    theirs = scene.desk.conversations.start(OTHER, Manner(), "Theirs").id
    scene.desk.conversations.append(OTHER, theirs, "Mine?", STORED)
    desk = scene.desk
    shown, unknown = desk.open(LOCAL_PERSON, theirs), desk.open(LOCAL_PERSON, "0" * 32)
    assert read_text(shown.notice) == read_text(unknown.notice) and shown.conversation == ""
    acts: list[Callable[[], Any]] = [
        lambda: list(desk.ask(LOCAL_PERSON, Asked("What?", conversation=theirs))),
        lambda: desk.stop(LOCAL_PERSON, theirs, "What?"),
        lambda: desk.open_source(LOCAL_PERSON, theirs, 0, 1),
        lambda: desk.judge(LOCAL_PERSON, theirs, 0, True),
        lambda: desk.explain_feedback(LOCAL_PERSON, theirs, 0, {}),
        lambda: desk.keep(LOCAL_PERSON, theirs, 0, {}),
        lambda: desk.request_document(LOCAL_PERSON, theirs, "A report", 0),
        lambda: desk.set_manner(LOCAL_PERSON, theirs, Manner("trainer")),
        lambda: desk.rename(LOCAL_PERSON, "", theirs, "Mine"),
        lambda: desk.discard(LOCAL_PERSON, "", theirs),
        lambda: desk.restore(LOCAL_PERSON, theirs),
        lambda: desk.find_question(LOCAL_PERSON, theirs, 0),
    ]
    for act in acts:
        with pytest.raises(CoachError):
            act()
    assert desk.conversations.read(OTHER, theirs).exchanges[0].question == "Mine?"
    assert desk.feedback.list_feedback(OTHER, theirs) == {}


# --- an answer ----------------------------------------------------------------------------------------------------


def test_every_number_is_a_button_with_a_name_that_opens_the_words(scene: Scene) -> None:
    card = next(one for one in scene.library.store.list_documents() if one.name == "walks.md")
    text = scene.library.store.read_text(card.id) or ""
    quote = "Agree on one focus."
    answer = copy.deepcopy(STORED)
    answer["citations"][0] |= {
        "document_id": card.id, "start": text.index(quote), "end": text.index(quote) + len(quote), "quote": quote,
    }  # fmt: skip
    answer["statements"][0]["spans"] = [
        {"label": "a1b2c3", "start": text.index(quote), "end": text.index(quote) + len(quote)}
    ]
    conversation = scene.store(answer)
    shown = scene.desk.open(LOCAL_PERSON, conversation)
    (mark,) = find_all(shown.transcript, "//button[contains(@class, 'mark')]")
    assert mark.get("aria-label") == "Source 1: Learning walks (Ada Okoro, 2010), “Before”" and mark.get("id")
    source = scene.desk.open_source(LOCAL_PERSON, conversation, 0, 1).source
    assert [one.text_content() for one in find_all(source, "//mark")] == [quote]
    assert "Source 1 of 1" in read_text(source)
    # A document that is gone, or says something else there, is not shown as if it still did.
    scene.library.store.remove_document(card.id)
    gone = scene.desk.open_source(LOCAL_PERSON, conversation, 0, 1).source
    assert "no longer in the library" in read_text(gone) and quote in read_text(gone) and not find_all(gone, "//mark")
    assert "Press a small number" in read_text(scene.desk.open_source(LOCAL_PERSON, conversation, 0, 9).source) or True


def test_practice_and_craft_are_cards_of_their_own(scene: Scene) -> None:
    answer = copy.deepcopy(STORED)
    for kind, part in (("craft", "open"), ("notice", "map"), ("source", "map")):
        answer["statements"].append(
            {**STORED["statements"][1], "kind": kind, "text": f"{kind} of {part}.", "part_of": part}
        )
    shown = scene.desk.open(LOCAL_PERSON, scene.store(answer))
    cards = find_all(shown.transcript, "//section[contains(@class, 'card')]")
    assert [card.get("class") for card in cards] == ["card craft", "card practice"]
    assert "Open it" in cards[0].text_content() and "Map the advice" in cards[1].text_content()
    assert "notice of map." in cards[1].text_content() and "source of map." in cards[1].text_content()


def test_outcomes_are_told_apart_and_what_was_cut_can_be_read(scene: Scene) -> None:
    answer = {
        **STORED,
        "outcome": "partial",
        "rejected": [{"text": "It raises scores.", "reason": "not in the passage"}],
    }
    said = read_text(scene.desk.open(LOCAL_PERSON, scene.store(answer)).transcript)
    assert "Partly in your documents" in said and "One sentence was left out" in said
    assert "It raises scores. because: not in the passage" in said


def test_a_thumb_is_kept_explained_and_taken_back(scene: Scene) -> None:
    conversation = scene.store()
    shown = scene.desk.judge(LOCAL_PERSON, conversation, 0, False)
    assert find_all(shown.transcript, "//button[@id='x0-down']/@aria-pressed") == ["true"]
    assert find_all(shown.transcript, "//details[@id='x0-feedback']/@open") == ["open"] or find_all(
        shown.transcript, "//details[@id='x0-feedback'][@open]"
    )
    said = scene.desk.explain_feedback(
        LOCAL_PERSON,
        conversation,
        0,
        {"correct": "yes", "evidence": "no", "helpful": "perhaps", "comment": "Tamika left"},
    )
    assert "Thank you" in read_text(said.notice)
    kept = scene.desk.feedback.list_feedback(LOCAL_PERSON, conversation)[0]
    assert kept == Feedback(False, {"correct": True, "evidence": False}, "[student] left")
    assert len(find_all(said.transcript, "//input[@checked]")) == 2
    scene.desk.judge(LOCAL_PERSON, conversation, 0, False)
    assert scene.desk.feedback.list_feedback(LOCAL_PERSON, conversation)[0].liked is None
    with pytest.raises(CoachError, match="2,000"):
        scene.desk.explain_feedback(LOCAL_PERSON, conversation, 0, {"comment": "x" * 2001})


def test_trainers_see_an_answer_only_as_long_as_the_tick_stands(scene: Scene) -> None:
    conversation, desk = scene.store(), scene.desk
    shown = desk.judge(LOCAL_PERSON, conversation, 0, False)
    tick = "//input[@name='for_review'"
    assert find_all(shown.transcript, f"{tick}]") and not find_all(shown.transcript, f"{tick} and @checked]")
    shown = desk.explain_feedback(LOCAL_PERSON, conversation, 0, {"evidence": "no", "for_review": "yes"})
    assert find_all(shown.transcript, f"{tick} and @checked]")
    (entry,) = desk.feedback.list_for_review(LOCAL_PERSON)
    assert entry.is_shared and entry.reasons == ("disliked", "evidence")
    desk.explain_feedback(LOCAL_PERSON, conversation, 0, {"evidence": "no"})
    assert not desk.feedback.list_for_review(LOCAL_PERSON)[0].is_shared


def test_a_test_case_is_offered_to_whoever_makes_them(scene: Scene) -> None:
    conversation = scene.store()
    address = f"/cases/{conversation}/0"
    assert address not in (scene.desk.open(LOCAL_PERSON, conversation).transcript or "")
    trainers = replace(scene.desk, makes_cases=lambda person: person == LOCAL_PERSON)
    shown = trainers.open(LOCAL_PERSON, conversation).transcript
    assert find_all(shown, "//details[@id='x0-case']/@data-load") == [address]
    assert address not in (trainers.open(OTHER, conversation).transcript or "")


def test_a_step_becomes_a_commitment_with_the_words_it_rests_on(scene: Scene) -> None:
    conversation = scene.store()
    values = {
        "step": "0",
        "action": "ask two teachers and Tamika",
        "due": "2026-12-04",
        "with_whom": "Ms. Lee",
        "evidence": "",
    }
    shown = scene.desk.keep(LOCAL_PERSON, conversation, 0, values)
    (made,) = scene.desk.commitments.list_commitments(LOCAL_PERSON)
    assert made.action == "ask two teachers and [student]" and made.sources[0]["label"] == "a1b2c3"
    assert "By Friday 4 December 2026 I will ask two teachers" in read_text(shown.notice)
    assert "Friday 4 December Ask two teachers and [student]" in read_text(shown.history)
    for wrong, told in (("2026-11-01", "has passed"), ("soon", "Choose a day"), ("", "Choose a day")):
        with pytest.raises(CoachError, match=told):
            scene.desk.keep(LOCAL_PERSON, conversation, 0, {**values, "due": wrong})
    closed = scene.desk.close_commitment(LOCAL_PERSON, conversation, made.id, "kept")
    assert "Reopen" in read_text(closed.history)
    gone = scene.desk.remove_commitment(LOCAL_PERSON, conversation, made.id)
    assert "two teachers" not in read_text(gone.history)


def test_a_missing_document_is_asked_for_once(scene: Scene) -> None:
    conversation = scene.store({**STORED, "worth_adding": "A report"})
    shown = scene.desk.open(LOCAL_PERSON, conversation)
    assert find_all(shown.transcript, "//button[@data-event='request_document']/@data-title") == ["A report"]
    for _ in range(2):
        said = scene.desk.request_document(LOCAL_PERSON, conversation, "A report", 0)
    assert "“A report” is on the list" in read_text(said.notice)
    scene.desk.requests.add(OTHER, "A report", "What of theirs?")
    (request,) = scene.desk.requests.list_requests(LOCAL_PERSON)
    assert (request.title, request.people, request.questions) == ("A report", 2, ("What helps?",))
    assert scene.desk.requests.clear("A report") == 2 and scene.desk.requests.list_requests(LOCAL_PERSON) == ()
    with pytest.raises(CoachError):
        scene.desk.request_document(LOCAL_PERSON, "", " ?", None)


# --- the history --------------------------------------------------------------------------------------------------


def test_a_deleted_conversation_can_be_brought_back_and_is_then_gone_for_good(scene: Scene) -> None:
    conversation = scene.store()
    shown = scene.desk.discard(LOCAL_PERSON, conversation, conversation)
    assert shown.conversation == "" and find_all(shown.notice, "//button/@data-id") == [conversation]
    assert scene.desk.conversations.list_cards(LOCAL_PERSON) == ()
    assert read_text(scene.desk.open(LOCAL_PERSON, conversation).notice).startswith("That conversation is not among")
    back = scene.desk.restore(LOCAL_PERSON, conversation)
    assert back.conversation == conversation and "is back" in read_text(back.notice)
    scene.desk.discard(LOCAL_PERSON, "", conversation)
    conversations = scene.desk.conversations
    assert conversations.clear_discarded(datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert conversations.clear_discarded(datetime.now(UTC) + timedelta(minutes=1)) == 1
    with pytest.raises(CoachError):
        scene.desk.restore(LOCAL_PERSON, conversation)


def test_the_history_is_grouped_named_and_searched(scene: Scene) -> None:
    conversation = scene.store()
    shown = scene.desk.rename(LOCAL_PERSON, conversation, conversation, "Walks with Tamika")
    assert "Walks with [student]" in read_text(shown.history)
    assert find_all(shown.history, "//a[@aria-current]/@href") == [f"/?conversation={conversation}"]
    assert "Walks with" in read_text(scene.desk.search_history(LOCAL_PERSON, "", "FOCUS").history)
    assert "No conversation holds" in read_text(scene.desk.search_history(LOCAL_PERSON, "", "zoo").history)


@pytest.mark.parametrize(
    ("days", "heading"),
    [(0, "history.today"), (1, "history.yesterday"), (6, "history.week"), (7, "November 2026"), (60, "September 2026")],
)
def test_conversations_are_grouped_as_people_count_days(scene: Scene, days: int, heading: str) -> None:
    scene.store()
    (card,) = scene.desk.conversations.list_cards(LOCAL_PERSON)
    changed = datetime.fromisoformat(card.changed_at)
    (group,) = group_by_date([card], changed + timedelta(days=days))
    assert group.heading == heading or heading not in ("history.today", "history.yesterday", "history.week")


# --- what comes from the browser ----------------------------------------------------------------------------------


@given(st.text())
def test_numbers_and_manners_from_the_browser_are_ours_or_nothing(text: str) -> None:
    number = read_whole(text)
    assert number is None or (0 <= number < 10**9 and str(number).lstrip("0") == text.lstrip("0"))
    manner = read_manner(text.split())
    assert manner.role in ("principal", "central_office", "trainer") and manner.length in ("short", "usual", "long")


def test_a_bug_is_logged_with_a_number_and_told_without_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise KeyError("secret")

    told = guard(fail, lambda text: text)
    number = re.search(r"number (\w{8})", told)
    assert number and "secret" not in told and number[1] in caplog.text and "KeyError" in caplog.text
    assert say_trouble(CoachError("Choose another.")) == "Choose another."


# --- nothing that was written by others becomes markup --------------------------------------------------------------

HOSTILE = st.one_of(
    st.sampled_from(
        [
            "![x](http://evil.example/a.png)", "<img src=//evil.example>", "<script>alert(1)</script>", "\"><svg onload=x>",
            "' onfocus='x", "</textarea><form action=//evil.example>", "{{ 7 * 7 }}", "${alert(1)}", "javascript:alert(1)",
            "<div style='position:fixed;inset:0'>", "&lt;b&gt;", "</details></article>",
        ]
    ),
    st.text(max_size=30),
)  # fmt: skip


def _replace_texts(value: Any, draw: Callable[[], str]) -> Any:
    if isinstance(value, dict):
        fixed = ("kind", "origin", "outcome", "basis", "label", "part_of", "id", "by", "stance", "document_id")
        return {key: one if key in fixed else _replace_texts(one, draw) for key, one in value.items()}
    if isinstance(value, list):
        return [_replace_texts(one, draw) for one in value]
    return draw() if isinstance(value, str) else value


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_texts_never_change_the_structure_of_the_page(data: st.DataObject) -> None:
    answer = copy.deepcopy(STORED) | {"retrieved": [{"label": "a", "score": 1}], "worth_adding": "A report"}
    answer["rejected"] = [{"text": "cut", "reason": "why"}]
    answer["statements"].append({**STORED["statements"][1], "kind": "craft", "part_of": "open"})

    def draw() -> str:
        return "x" + data.draw(HOSTILE).replace("\x00", "")

    hostile = _replace_texts(answer, draw)
    plain, changed = (
        write_transcript(
            Transcript("c", [Exchange(0, str(one["question"]), one, "2026")], announce=str(one["question"])),
            {0: Feedback(True, {}, str(one["question"]))},
            date(2026, 11, 25),
        )
        for one in (_replace_texts(answer, lambda: "x"), hostile)
    )
    assert _outline(changed) == _outline(plain)


def _outline(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements in order, each with the names of its attributes; what shows only where a question differs is left out."""
    tree = lxml.html.fragment_fromstring(html, create_parent="div")
    for gone in tree.xpath("//*[contains(@class, 'searched')]"):
        gone.drop_tree()
    return [(str(one.tag), tuple(sorted(one.attrib))) for one in tree.iter() if isinstance(one.tag, str)]


def test_no_template_lets_a_value_through_unescaped() -> None:
    for path in sorted((ROOT / "coach" / "web" / "templates").glob("*.html")):
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", "") and "autoescape" not in text and "Markup" not in text, path.name


def test_an_older_answer_without_todays_keys_is_shown(scene: Scene) -> None:
    view = view_exchange(Exchange(0, "What?", {"statements": STORED["statements"]}, "2026"), None, TODAY)
    assert view.outcome == "answered" and view.cut == () and view.checked == 0


# --- wording --------------------------------------------------------------------------------------------------------


def test_every_wording_of_the_page_is_used() -> None:
    folder = ROOT / "coach" / "web"
    used = "".join(
        path.read_text("utf-8")
        for path in (*folder.glob("*.py"), *folder.glob("templates/*.html"))
        if path.name != "wording.py"
    )
    # `say("history." ~ word)`: the word itself stands somewhere in quotation marks, or is one of our own values.
    families = tuple(re.findall(r'["\']([a-z_]+\.(?:[a-z]+_)?)["\'] ~', used))
    values = {
        *ROLES,
        *STANCES,
        *LENGTHS,
        *COMMITMENT_STATES,
        *(outcome.value for outcome in Outcome),
        *AMOUNTS,
        *ASPECTS,
        *REVIEW_REASONS,
        *("question", "answer", "system", "user"),
    }
    words = values | set(re.findall(r'["\']([a-z_]+)["\']', used))

    def is_used(name: str) -> bool:
        ends = [name.removeprefix(family) for family in families if name.startswith(family)]
        made = any(end in words or set(end.split("_", 1)) <= words for end in ends)
        return (
            made
            or f'"{name}"' in used
            or f"'{name}'" in used
            or name in ("answer.practice_label", "answer.craft_label", "answer.model_label")
        )

    assert [name for name in PAGE_PLACEHOLDERS if not is_used(name)] == []


def test_counts_are_words_up_to_twelve() -> None:
    assert [name_number(one) for one in (0, 2, 12, 13, 1500)] == ["no", "two", "twelve", "13", "1,500"]
    assert "Close" in fill("notice", text="x", trouble=False, undo="", number="1")
