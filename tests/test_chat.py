"""A conversation as it goes on: commands, dialogs, check-ins, what is kept of them; exports; the commands around it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from typer.testing import CliRunner

from coach.cli import app
from coach.cli.chat import talk_in_pipe
from coach.cli.chat_dialogs import Keeping
from coach.cli.chat_session import ChatSession, Reply
from coach.cli.chat_text import write_answer, write_plainly
from coach.commitments import CommitmentDraft
from coach.conversing import (
    choose_commitments,
    cut_excerpt,
    escape_markdown,
    list_steps,
    name_conversation,
    name_file,
    read_turns,
    speak_as_i,
    write_markdown,
)
from coach.errors import CoachError, PromptFault
from coach.prompts import CONVERSATION_PLACEHOLDERS, find_prompts, load_conversation_wording
from coach.records import (
    LOCAL_PERSON,
    Answer,
    Citation,
    Conversation,
    Exchange,
    Manner,
    Outcome,
    Question,
    Receipt,
    Rejected,
    Role,
    Stage,
    Statement,
    Turn,
)
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.store import Store
from coach.talk import Talk
from tests.conftest import ROOT
from tests.test_conversations import CANARY, find_bytes

TODAY = date(2026, 11, 25)  # a Wednesday
WORDING = load_conversation_wording()
TEXT = "Before it.\n\nWords first. Agree on one\nfocus. Words after.\n\nBehind it."
QUOTE = "Agree on one\nfocus."
PLACE = TEXT.index(QUOTE)
CITATION = Citation(
    "a1b2c3", "walks.md", "d" * 64, "Learning walks", "Ada Okoro", 2010, None, None, "Before", QUOTE, PLACE,
    PLACE + len(QUOTE), "asserts",
)  # fmt: skip
# What a later record of an answer holds besides, as far as this one has it.
_MORE: Mapping[str, Any] = {
    "stance": "suggest", "readings": (), "suggestions": (), "practices": (), "craft": (), "masked": 0,
}  # fmt: skip


def make_answer(text: str, role: Role = "principal", searched: str | None = None) -> Answer:
    more = {one.name: _MORE[one.name] for one in fields(Answer) if one.name in _MORE}
    return Answer(
        answer_id="1",
        question=Question(text, searched or text, role),
        outcome=Outcome.ANSWERED,
        confidence=0.9,
        statements=(
            Statement("Agree on one focus.", "source", "quoted", (CITATION,)),
            Statement("Ask two teachers what they saw.", "craft", "written"),
            Statement("What would they say?", "question", "written"),
        ),
        retrieved=(),
        nearest=(),
        missing=(),
        rejected=(Rejected("A sentence.", "It does not stand there."),),
        checked=2,
        composer="extractive",
        receipt=Receipt("1.0", "lib", "prompts", "settings", "model"),
        milliseconds=(("total", 1.0),),
        **more,
    )


@dataclass
class FakeAssistant:
    """Answers everything alike, masks one name, and remembers what it was asked."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    fault: Exception | None = None

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
        self.asked.append(
            {
                "text": text,
                "role": manner.role,
                "history": history,
                "stance": manner.stance,
                "searched": search_question,
            }
        )
        yield make_answer(text.replace("Tamika", "[student]"), manner.role, search_question)


STORED: dict[str, Any] = {
    "question": "What helps?", "search_question": "What helps a walk?", "outcome": "clarify", "confidence": 0.4,
    "statements": [
        {"text": "Agree on one focus.", "kind": "source", "origin": "quoted", "citations": ["a1b2c3"],
         "spans": [{"label": "a1b2c3", "start": PLACE, "end": PLACE + len(QUOTE)}]},
        {"text": "That sounds hard.", "kind": "notice", "origin": "written", "citations": [], "spans": []},
    ],
    "citations": [{name: getattr(CITATION, name) for name in Citation.__slots__}],
    "readings": ["What helps before a walk?", "What helps after it?"], "suggestions": ["Who goes along?"],
    "practices": [{"id": "map", "title": "Map the advice", "description": "Who advises whom.", "first_step":
                   "Ask two teachers who advised them. Then compare.", "by": "next friday", "evidence": "Two lists.",
                   "inferred": "The exercise is ours.", "citations": ["a1b2c3"]}],
    "craft": [{"id": "open", "title": "Open it", "first_step": "Ask her first.", "by": "before you meet", "evidence": ""}],
    "rejected": [], "checked": 1, "receipt": {"version": "1"},
}  # fmt: skip


@dataclass
class Scene:
    """A session, and what it works on."""

    store: Store
    folder: Path
    assistant: FakeAssistant
    talk: Talk
    session: ChatSession
    conversations: ConversationStore
    commitments: CommitmentStore
    keeping: Keeping

    def say(self, *lines: str) -> str:
        """What is said to some lines."""
        return "\n".join(show(self.session.handle(line)) for line in lines)

    def open_stored(self) -> None:
        """A stored conversation whose last answer offers things."""
        made = self.conversations.start(LOCAL_PERSON, Manner("central_office", "ask"), "What helps")
        self.conversations.append(LOCAL_PERSON, made.id, "What helps?", STORED)
        self.talk.open(made.id)


def show(reply: Reply) -> str:
    return write_plainly(reply.paragraphs)


def mask(text: str) -> str:
    return text.replace("Tamika", "[student]")


def make_scene(tmp_path: Path, *, forget: bool = False, make_plan: Any = None) -> Scene:
    store = Store(tmp_path / "home")
    folder = tmp_path / "work"
    folder.mkdir()
    conversations, commitments, assistant = ConversationStore(store), CommitmentStore(store, str), FakeAssistant()
    talk = Talk(assistant, LOCAL_PERSON, None if forget else conversations, mask=mask)
    texts = {CITATION.document_id: TEXT}
    maker = make_plan(store) if make_plan is not None else None
    keeping = Keeping(LOCAL_PERSON, commitments, WORDING, lambda: TODAY, folder, mask, texts.get, maker)
    session = ChatSession(talk, keeping, lambda number: f"sure {number}")
    return Scene(store, folder, assistant, talk, session, conversations, commitments, keeping)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = make_scene(tmp_path)
    yield made
    made.store.close()


# --- questions and what is kept of them --------------------------------------------------------------------------


def test_questions_are_answered_in_their_conversation_and_stored(scene: Scene) -> None:
    assert scene.conversations.list_cards(LOCAL_PERSON) == (), "nothing is stored before something is asked"
    said = scene.say("What is a walk?", "And how long?")
    assert "“Agree on one focus.” [1]" in said and "[1] Learning walks (Ada Okoro, 2010), “Before”" in said
    assert "General coaching practice, not from your documents:\nAsk two teachers" in said
    assert "Think about: What would they say?" in said
    history = scene.assistant.asked[1]["history"]
    assert [turn.speaker for turn in history] == ["user", "assistant"]
    assert history[0].text == history[0].searched == "What is a walk?" and history[1].labels == ("a1b2c3",)
    (card,) = scene.conversations.list_cards(LOCAL_PERSON)
    assert (card.title, card.questions) == ("What is a walk", 2)
    stored = scene.conversations.read(LOCAL_PERSON, card.id)
    assert stored.exchanges == scene.talk.exchanges and stored.exchanges[1].answer["conversation_id"] == card.id


def test_what_was_typed_and_masked_is_stored_masked_alone(scene: Scene) -> None:
    scene.say("How do I help Tamika?", "/rename About Tamika")
    assert scene.talk.title == "About [student]"
    assert find_bytes(scene.store.path.parent, "Tamika") == []
    assert scene.talk.exchanges[0].question == "How do I help [student]?"


def test_words_that_answer_are_set_apart_and_sources_named_alike_share_a_line() -> None:
    first = STORED["statements"][0]
    other = {**STORED["citations"][0], "start": 0, "end": 5}
    answer = {
        **STORED,
        "statements": [{**first, "marks": [{"start": 9, "end": 12}]}],
        "citations": [*STORED["citations"], other],
    }
    parts = write_answer(answer, WORDING)
    (quote,) = (part for part in parts if part and part[0].text == "“")
    assert [(piece.text, piece.style) for piece in quote] == [
        ("“", "quote"), ("Agree on ", "quote"), ("one", "strong"), (" focus.", "quote"), ("”", "quote"), (" [1]", "faint"),
    ]  # fmt: skip
    assert "[1, 2] Learning walks (Ada Okoro, 2010)" in write_plainly(parts)


def test_a_fault_is_said_and_the_conversation_goes_on(scene: Scene) -> None:
    scene.assistant.fault = CoachError("The library holds no documents yet.")
    assert "no documents" in scene.say("What is a walk?")
    scene.assistant.fault = None
    assert "Agree on one focus" in scene.say("What is a walk?")
    assert "4,000 is the most" in scene.say("x" * 4001) and scene.say("  ", "?!") == "\n"
    assert "Agree" in scene.say("half \ud800 a character"), "half a character is no fault of anybody's"


def test_an_answer_that_cannot_be_stored_is_shown_all_the_same(scene: Scene) -> None:
    scene.say("What is a walk?")
    assert scene.talk.id is not None
    scene.conversations.delete(LOCAL_PERSON, scene.talk.id)
    said = scene.say("And how long?")
    assert "Agree on one focus" in said and "could not be stored: You have no conversation" in said


def test_a_conversation_that_keeps_nothing_keeps_nothing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, forget=True)
    assert "Nothing of this conversation is kept" in show(scene.session.start(in_dialog=True))
    scene.say(f"What is {CANARY}?", "And then?")
    assert len(scene.assistant.asked[1]["history"]) == 2, "it is understood in its turns while it lasts"
    for command in ("/keep", "/due", "/list", "/open a", "/rename x", "/delete"):
        assert "without --forget" in scene.say(command), command
    assert "Written to" in scene.say("/export"), "what the person writes to a file is theirs"
    assert find_bytes(scene.store.path.parent, CANARY) == []
    scene.store.close()


# --- commands ----------------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_each_is_known(scene: Scene) -> None:
    listed = scene.say("/help")
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("/")]
    assert len(names) == 21
    for name in names[:-1]:
        assert "no command" not in scene.say(name), name
    assert scene.session.handle("/quit").ended


def test_commands_may_be_shortened_and_slips_are_named(scene: Scene) -> None:
    assert "/sources" in scene.say("/h") and scene.session.handle("/q").ended
    assert "/s can be /sources / /shorter" in scene.say("/s")
    assert "Did you mean /export?" in scene.say("/exprot")
    assert "/help lists them" in scene.say("/xyzzy")


def test_a_number_chooses_what_was_offered(scene: Scene) -> None:
    assert "Nothing here has the number 1" in scene.say("1")
    scene.open_stored()
    scene.say("3")
    assert scene.assistant.asked[-1]["text"] == "Who goes along?"
    assert scene.assistant.asked[-1]["role"] == "central_office" and scene.assistant.asked[-1]["stance"] == "ask"
    assert scene.assistant.asked[-1]["history"][1].offered == (*STORED["readings"], *STORED["suggestions"])
    assert scene.assistant.asked[-1]["history"][1].shown == ("map", "open")
    for number in ("0", "4", "99"):
        assert "Nothing here has the number" in scene.say(number)


@pytest.mark.slow
def test_the_searched_question_can_be_edited(scene: Scene) -> None:
    assert "Ask something first" in scene.say("/edit")
    scene.say("What about it?")
    assert scene.session.handle("/edit") == Reply()
    assert scene.session.asking is not None and scene.session.asking.default == "What about it?"
    assert scene.session.asking.edits
    said = scene.say("the length of a walk")
    assert scene.assistant.asked[-1] == {
        "text": "What about it?", "role": "principal", "history": (), "stance": "suggest",
        "searched": "the length of a walk",
    }  # fmt: skip
    assert "Searched for: the length of a walk" in said and len(scene.talk.exchanges) == 1
    scene.say("/edit something else")
    assert scene.assistant.asked[-1]["searched"] == "something else"


def test_role_and_stance_are_shown_set_and_stored(scene: Scene) -> None:
    assert "You ask as principal" in scene.say("/role") and "suggest (" in scene.say("/stance")
    scene.say("What is a walk?", "/role central", "/stance tell", "/shorter", "/more")
    assert [one["text"] for one in scene.assistant.asked] == ["What is a walk?", "shorter", "more"]
    assert scene.assistant.asked[-1]["role"] == "central_office" and scene.assistant.asked[-1]["stance"] == "tell"
    (card,) = scene.conversations.list_cards(LOCAL_PERSON)
    assert (card.role, card.stance) == ("central_office", "tell")
    assert "no role king" in scene.say("/role king") and "no stance be" in scene.say("/stance be")


def test_sources_open_the_passage_with_the_words_marked(scene: Scene) -> None:
    assert "Ask something first" in scene.say("/sources")
    scene.say("What is a walk?")
    said = scene.say("/sources 1")
    assert "Words first. [[Agree on one focus.]] Words after." in said and "Before it" not in said
    assert scene.say("/sources") == said and scene.say("/sources [1]") == said
    assert "no source 2" in scene.say("/sources 2")
    assert cut_excerpt(None, STORED["citations"][0]) is None
    assert cut_excerpt("Other words entirely, longer than before it was." * 3, STORED["citations"][0]) is None


def test_why_says_what_failed_and_what_made_the_answer(scene: Scene) -> None:
    scene.say("What is a walk?")
    said = scene.say("/why")
    for told in (
        "they answer",
        "sure 0.9 (0.90)",
        "2 quotation(s)",
        "- A sentence. It does not stand there.",
        "library: lib",
    ):
        assert told in said


def test_conversations_are_listed_found_opened_named_and_deleted(scene: Scene) -> None:
    assert "no stored conversations" in scene.say("/list")
    scene.say("What is a walk?", "/new", f"What is {CANARY}?")
    first = scene.conversations.list_cards(LOCAL_PERSON)[1].id
    assert len(scene.say("/list").splitlines()) == 2 and len(scene.say(f"/list {CANARY}").splitlines()) == 1
    assert "No conversation holds" in scene.say("/list absent")
    scene.say("/delete")
    assert scene.session.asking is not None and f"Delete “What is {CANARY}”" in scene.session.asking.prompt
    assert "Nothing was deleted" in scene.say("no")
    scene.say("/delete")
    assert "nothing of it is left" in scene.say("yes")
    assert find_bytes(scene.store.path.parent, CANARY) == []
    assert "“What is a walk”, 1 question" in scene.say(f"/open {first[:6]}")
    scene.say("/rename")
    assert "called “Walks”" in scene.say("Walks") and scene.conversations.read(LOCAL_PERSON, first).title == "Walks"
    assert "You have no conversation" in scene.say("/open ffffffffff")
    scene.say("/new")
    assert "Nothing is stored" in scene.say("/delete")


def test_an_export_is_written_once(scene: Scene) -> None:
    assert "Nothing was asked yet" in scene.say("/export")
    scene.say("What is a walk?")
    assert "what-is-a-walk.md" in scene.say("/export") and (scene.folder / "what-is-a-walk.md").is_file()
    assert "is there already" in scene.say("/export") and "cannot be written" in scene.say("/export no/such/folder.md")


# --- commitments -------------------------------------------------------------------------------------------------


def test_a_step_becomes_a_commitment_with_its_reminder(scene: Scene) -> None:
    scene.open_stored()
    said = scene.say("/keep 1")
    assert "Enter takes what stands in brackets" in said and scene.session.asking is not None
    assert scene.session.asking.default == "Ask two teachers who advised them."
    scene.say("")
    assert scene.session.asking.default == "next friday", "the step says by when"
    assert "I read “next friday” as Friday 4 December 2026. If you meant Friday 27 November 2026" in scene.say("")
    scene.say("Tamika and Ms Diaz")
    assert scene.session.asking.default == "Two lists."
    said = scene.say("-", "Time for learning")
    assert "By Friday 4 December 2026 I will ask two teachers who advised them with [student] and Ms Diaz." in said
    assert scene.commitments.list_commitments(LOCAL_PERSON) == (), "not before the yes"
    assert "Kept." in scene.say("yes")
    (made,) = scene.commitments.list_commitments(LOCAL_PERSON)
    assert (made.due, made.goal, made.evidence) == ("2026-12-04", "Time for learning", "")
    assert [source["label"] for source in made.sources] == ["a1b2c3"]
    said = scene.say("yes")
    path = scene.folder / f"coach-{made.id[:8]}.ics"
    assert str(path) in said and icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert scene.session.asking is None


def test_a_commitment_is_asked_until_it_can_be_kept(scene: Scene) -> None:
    scene.say("What is a walk?")
    assert "no step in this answer" in scene.say("/keep")
    assert "something that you will do" in scene.say("")
    said = scene.say("Visit two lessons", "soon", "2020-01-01", "3/4")
    for told in ("cannot read 'soon'", "has passed", "2027-03-04 or 2027-04-03"):
        assert told in said
    scene.say("", "", "", "")
    assert "Nothing was kept" in scene.say("no")
    assert scene.commitments.list_commitments(LOCAL_PERSON) == () and scene.session.asking is None


@pytest.mark.parametrize("leave", ["/cancel", "/list", "Ctrl-C"])
def test_a_dialog_can_be_left_at_any_point(scene: Scene, leave: str) -> None:
    scene.open_stored()
    for answered in range(6):
        scene.say("/keep 2", *[""] * answered)
        assert scene.session.asking is not None
        said = show(scene.session.cancel()) if leave == "Ctrl-C" else scene.say(leave)
        assert said and scene.session.asking is None
    assert scene.commitments.list_commitments(LOCAL_PERSON) == ()


def test_of_several_steps_one_is_chosen(scene: Scene) -> None:
    scene.open_stored()
    said = scene.say("/keep")
    assert "1. Ask two teachers who advised them." in said and "2. Ask her first." in said
    scene.say("2")
    assert scene.session.asking is not None and scene.session.asking.default == "Ask her first."
    scene.say("")
    assert scene.session.asking.default == "in two weeks", "“before you meet” is no day"
    scene.say("/cancel")
    step = {"id": "x", "first_step": "Ask.", "by": "At the next meeting, by friday of next week"}
    scene.conversations.append(LOCAL_PERSON, scene.talk.id or "", "And?", {**STORED, "practices": [], "craft": [step]})
    scene.talk.open(scene.talk.id or "")
    scene.say("/keep", "")
    assert scene.session.asking.default == "by friday of next week"
    assert "has the number 7" in scene.say("/cancel", "/keep 7")


def add_due(scene: Scene, due: str = "2026-11-20") -> str:
    source = STORED["citations"][0]
    draft = CommitmentDraft("Ask two teachers", due, "", "two lists", "Time", (source,))
    return scene.commitments.add(LOCAL_PERSON, draft).id


def test_a_due_commitment_opens_the_conversation(scene: Scene) -> None:
    due = add_due(scene)
    add_due(scene, "2026-11-24")
    add_due(scene, "2026-12-24")
    said = show(scene.session.start(in_dialog=True))
    for told in (
        "By Friday 20 November 2026 I will ask two teachers; I will know by two lists.",
        "What it is for: Time",
        "due since Friday 20 November 2026",
        "[[Agree on one focus.]]",
        "1 more will wait",
    ):
        assert told in said
    assert scene.session.asking is not None and scene.session.asking.prompt == "What did you do?"
    scene.say("Asked Tamika's teacher")
    assert scene.session.asking.prompt.startswith("What happened")
    scene.say("", "They talk more", "maybe")
    assert scene.session.asking.before and "keep, change or drop" in write_plainly(scene.session.asking.before)
    scene.say("keep", "")
    assert "Keep what you wrote" in scene.session.asking.prompt
    assert "Noted as kept" in scene.say("yes")
    read = scene.commitments.read(LOCAL_PERSON, due)
    assert read.state == "kept"
    assert read.reflection == "What did you do? Asked [student]'s teacher\nWhat did you learn? They talk more"
    assert scene.commitments.list_due(LOCAL_PERSON, TODAY)[0].due == "2026-11-24"


def test_words_are_kept_only_if_the_person_wants_it(scene: Scene) -> None:
    due = add_due(scene)
    scene.say("/due", CANARY, "", "", "drop", "", "no")
    read = scene.commitments.read(LOCAL_PERSON, due)
    assert (read.state, read.reflection) == ("dropped", "") and find_bytes(scene.store.path.parent, CANARY) == []
    assert "Nothing is due" in scene.say("/due")


@pytest.mark.parametrize("lines", [[], ["done"], ["done", "", ""], ["done", "", "", "keep"], ["a", "", "", "keep", ""]])
def test_a_check_in_left_for_later_changes_nothing(scene: Scene, lines: list[str]) -> None:
    before = scene.commitments.read(LOCAL_PERSON, add_due(scene))
    scene.session.start(in_dialog=True)
    assert "Left for another day" in scene.say(*lines, "/later")
    assert scene.commitments.read(LOCAL_PERSON, before.id) == before
    assert "Agree" in scene.say("What is a walk?"), "the next line is a question again"


def test_a_changed_commitment_makes_a_new_one_and_support_is_looked_for(scene: Scene) -> None:
    due = add_due(scene)
    said = scene.say("/due", "", "", "", "change", "How do I find time?", "yes", "Ask one teacher", "", "", "", "")
    assert "By Wednesday 9 December 2026 I will ask one teacher; I will know by two lists." in said
    said = scene.say("yes", "")
    new, old = scene.commitments.list_commitments(LOCAL_PERSON)
    assert (new.action, new.state, new.sources) == ("Ask one teacher", "open", old.sources) and new.id != due
    assert (old.id, old.state, old.reflection) == (due, "changed", "What support do you need? How do I find time?")
    assert scene.assistant.asked[-1]["text"] == "How do I find time?" and "Agree on one focus" in said


def test_a_change_that_is_not_kept_leaves_the_old_one_open(scene: Scene) -> None:
    due = add_due(scene)
    assert "stays open" in scene.say("/due", "", "", "", "change", "", "", "", "", "", "", "no")
    assert [one.id for one in scene.commitments.list_due(LOCAL_PERSON, TODAY)] == [due]


# --- a pipe ------------------------------------------------------------------------------------------------------


def test_lines_from_a_pipe_are_answered_in_plain_text(scene: Scene) -> None:
    add_due(scene)
    out = io.StringIO()
    lines = ["What is a walk?\r\n", "/sources 1\n", "/keep\n", "Visit [b]two[/b] lessons\n", "/quit\n", "never\n"]
    talk_in_pipe(scene.session, iter(lines), Console(file=out, width=40))
    said = out.getvalue()
    assert "A commitment is due: By Friday 20 November 2026" in said, "a check-in must not eat what is piped in"
    assert "[[Agree on one focus.]]" in said and "By when [in two weeks]:" in said and "Goodbye" in said
    assert "\x1b" not in said and len(scene.assistant.asked) == 1


# --- pure parts --------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
def test_a_name_is_short_and_never_empty(question: str) -> None:
    name = name_conversation(question)
    assert name and len(name) <= 61 and "\n" not in name.strip("\n") or not question.strip()


def test_a_name_is_cut_at_a_word() -> None:
    assert name_conversation("what is\n a walk?") == "What is a walk"
    long = name_conversation(
        "How do I open a hard feedback conversation with a veteran teacher who thinks she is done?"
    )
    assert long == "How do I open a hard feedback conversation with a veteran…"
    assert name_file("What is a Wälk? (2)") == "what-is-a-walk-2" and name_file("???") == "conversation"


def test_turns_say_what_was_searched_cited_offered_and_shown() -> None:
    exchange = Exchange(0, "What helps?", {**STORED, "craft": ["open", "close"], "practices": None}, "2026")
    user, assistant = read_turns([exchange])
    assert user == Turn("user", "What helps?", "What helps a walk?")
    assert assistant.text == "Agree on one focus.\nThat sounds hard." and assistant.labels == ("a1b2c3",)
    assert assistant.shown == ("open", "close") and len(assistant.offered) == 3
    assert read_turns([Exchange(0, "old", {"statements": []}, "2026")])[1] == Turn("assistant", "", quoted="")
    assert assistant.quoted == "Agree on one focus."


def test_steps_carry_their_own_sources_or_those_of_the_answer() -> None:
    practice, craft = list_steps(STORED)
    assert practice.action == "Ask two teachers who advised them." and practice.by == "next friday"
    assert practice.sources == craft.sources == tuple(STORED["citations"])


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        ("Ask whom they turn to, apart from you.", "Ask whom they turn to, apart from me."),
        ("Pick a task you did yourself in your school.", "Pick a task I did myself in my school."),
        ("Say what you are working on and what you were told.", "Say what I am working on and what I was told."),
        ("Ask them to tell you which hat you wear.", "Ask them to tell me which hat I wear."),
        ("Agree when you two will meet.", "Agree when we two will meet."),
        ("Ask: “What would help you in your work?” Then wait.", "Ask: “What would help you in your work?” Then wait."),
    ],
)
def test_advice_is_turned_to_the_person_who_takes_it(advice: str, said: str) -> None:
    assert speak_as_i(advice) == said


NASTY = "# no *heading* <script>x</script> [a](b) `c` | 1. - \\ _d_ &amp; ![i](u)"


def make_conversation(*texts: str) -> Conversation:
    statements = [
        {"text": texts[0], "kind": kind, "origin": "quoted", "spans": STORED["statements"][0]["spans"]}
        for kind in ("notice", "source", "craft", "craft", "question")
    ]
    answer = {**STORED, "statements": statements, "search_question": texts[0]}
    made = "2026-11-22T08:00:00.000000+00:00"
    exchanges = tuple(Exchange(number, text, answer, made) for number, text in enumerate(texts))
    return Conversation("c" * 32, LOCAL_PERSON, texts[0], "trainer", "suggest", made, made, exchanges)


def test_an_export_tells_kinds_apart_and_gives_sources_in_full(scene: Scene) -> None:
    kept = scene.commitments.read(LOCAL_PERSON, add_due(scene, "2026-12-24"))
    text = write_markdown(make_conversation("What is a walk?"), WORDING, [kept])
    assert text.startswith("# What is a walk?\n\n*Asked as trainer on Sunday 22 November 2026*")
    assert "> “What is a walk?” \\[1\\]" in text
    assert text.count("**General coaching practice \\(not") == 0 and text.count("**General coaching practice (not") == 1
    assert "**Think about:** What is a walk?" in text
    assert "1. Learning walks (Ada Okoro, 2010), “Before”: “Agree on one focus.” (characters" in text
    assert "- By Thursday 24 December 2026 I will ask two teachers" in text and "(open)" in text
    assert "**Something to try: Map the advice**" in text and "The exercise is ours." in text


@given(st.text(max_size=60))
def test_no_words_become_markup(words: str) -> None:
    for text in (words, NASTY, f"{words} {NASTY}"):
        folded = " ".join(text.split())
        tokens = MarkdownIt("commonmark").enable("table").parse(escape_markdown(text))
        shown = "".join(child.content for token in tokens for child in token.children or ())
        assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
        assert {child.type for token in tokens for child in token.children or ()} <= {"text", "text_special"}
        assert shown == folded.replace("\x00", "\ufffd")


def test_an_export_has_the_headings_that_it_should() -> None:
    tokens = MarkdownIt().parse(write_markdown(make_conversation(NASTY, "- two", "2. three"), WORDING))
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2", "h2", "h2"]
    assert not [token for token in tokens if token.type in ("html_block", "fence", "code_block")]
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"html_inline", "link_open", "image", "code_inline"}


def test_commitments_belong_to_the_conversation_that_quoted_their_words(scene: Scene) -> None:
    scene.open_stored()
    conversation = scene.conversations.read(LOCAL_PERSON, scene.talk.id or "")
    mine = scene.commitments.read(LOCAL_PERSON, add_due(scene, "2026-12-24"))
    earlier = replace(mine, made_at="2020-01-01T00:00:00+00:00")
    other = replace(mine, sources=({**mine.sources[0], "start": 0},))
    assert choose_commitments(conversation, [mine, earlier, other, replace(mine, sources=())]) == (mine,)


# --- wording -----------------------------------------------------------------------------------------------------


def test_every_wording_of_a_conversation_is_used() -> None:
    files = [path for path in (ROOT / "coach").rglob("*.py") if path.name != "prompts.py"]
    sources = "".join(path.read_text("utf-8") for path in files)
    families = (
        "commitment.state_",
        "check_in.closed_",
        "export.role_",
        "chat.stance_",
        "why.outcome_",
        "help.",
        "sent.purpose_",
        "sent.role_",
    )
    composed = {f"keep.{name}" for name in ("with_whom", "evidence", "goal")}
    composed |= {f"check_in.{name}" for name in ("did", "happened", "learned", "left_open")}
    composed |= {"answer_text.readings", "answer_text.suggestions"}
    unused = {name for name in CONVERSATION_PLACEHOLDERS if name not in sources and not name.startswith(families)}
    assert unused == composed


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("$action", "that", "commitment."),
        ("greeting = ", "greting = ", "chat.gre"),
        ("Goodbye", "$who", "chat.goodbye"),
    ],
)
def test_a_wording_of_a_conversation_that_drifted_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (find_prompts() / "conversation.toml").read_text("utf-8")
    (tmp_path / "conversation.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PromptFault, match=told):
        load_conversation_wording(tmp_path)


# --- the commands ------------------------------------------------------------------------------------------------


def run(home: Path, *arguments: str, code: int = 0, typed: str | None = None) -> str:
    result = CliRunner().invoke(app, [*arguments, "--home", str(home)], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, CoachError) and code != 0, result.exception
        return str(result.exception)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.slow
def test_conversations_from_the_command_line(scene: Scene, tmp_path: Path) -> None:
    home = scene.store.path.parent
    scene.open_stored()
    first = scene.talk.id or ""
    scene.say("/new", f"What is {CANARY}?")
    listed = json.loads(run(home, "conversations", "list", "--json"))
    assert [one["title"] for one in listed] == [f"What is {CANARY}", "What helps"]
    assert [one["id"] for one in json.loads(run(home, "conversations", "list", "--search", "helps", "--json"))] == [
        first
    ]
    assert CANARY[:10] in run(home, "conversations", "list") and "No conversation" in run(
        home, "conversations", "list", "--search", "x9"
    )
    assert "Agree on one focus" in run(home, "conversations", "show", first[:8])
    assert json.loads(run(home, "conversations", "show", first[:8], "--json"))["exchanges"][0]["answer"]["checked"] == 1
    assert "called “Walks [b]”" in run(home, "conversations", "rename", first[:8], "Walks", "[b]")
    out = tmp_path / "a.md"
    assert "Written to" in run(home, "conversations", "export", first[:8], "--out", str(out))
    assert out.read_text("utf-8").startswith("# Walks \\[b\\]")
    assert out.read_text("utf-8") == run(home, "conversations", "export", first[:8])
    assert "cannot be written" in run(
        home, "conversations", "export", first[:8], "--out", str(tmp_path / "n/o.md"), code=1
    )
    assert len(run(home, "conversations", "delete", listed[0]["id"][:8], typed="n\n", code=1)) > 0
    assert find_bytes(home, CANARY)
    assert "nothing of it is left" in run(home, "conversations", "delete", listed[0]["id"][:8], "--yes")
    assert find_bytes(home, CANARY) == []
    assert "nothing of it is left" in run(home, "conversations", "delete", "--all", typed="y\n")
    assert "no stored" in run(home, "conversations", "delete", "--all")
    assert json.loads(run(home, "conversations", "list", "--json")) == []
    assert "Name one conversation" in run(home, "conversations", "delete", code=2)
    assert "You have no conversation" in run(home, "conversations", "show", "abc", code=1)


@pytest.mark.slow
def test_commitments_from_the_command_line(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert "no library" in run(home, "commitments", "list", code=1)
    said = run(
        home, "commitments", "add", "--by", "in two weeks", "--action", "Visit [b]two[/b] lessons", "--with", "Ms Diaz"
    )
    assert "I read “in two weeks” as" in said and "I will visit [b]two[/b] lessons with Ms Diaz." in said
    (made,) = json.loads(run(home, "commitments", "list", "--json"))
    assert made["state"] == "open" and made["sentence"].endswith("with Ms Diaz.")
    short = made["id"][:6]
    assert "[b]two[/b]" in run(home, "commitments", "list")
    assert "three lessons" in run(
        home, "commitments", "edit", short, "--action", "Visit three lessons", "--goal", "Time"
    )
    assert "What it is for: Time" in run(home, "commitments", "show", short)
    assert "Say what to change" in run(home, "commitments", "edit", short, code=2)
    assert "has passed" in run(home, "commitments", "edit", short, "--by", "2020-01-01", code=1)
    out = tmp_path / "a.ics"
    assert str(out) in run(home, "commitments", "remind", short, "--out", str(out)).replace("\n", "")
    assert icalendar.Calendar.from_ical(out.read_bytes()).walk("VALARM")
    closed = json.loads(run(home, "commitments", "close", short, "--state", "kept", "--note", "It held.", "--json"))
    assert (closed["state"], closed["reflection"]) == ("kept", "It held.")
    assert "None of your commitments is open" in run(home, "commitments", "list") and "kept" in run(
        home, "commitments", "list", "--all"
    )
    assert "What you wrote: It held." in run(home, "commitments", "show", short)
    run(home, "commitments", "close", short, "--state", "lost", code=2)
    assert "nothing of it is left" in run(home, "commitments", "delete", short, typed="y\n")
    assert "kept no commitments" in run(home, "commitments", "list", "--all")
    assert "can be" in run(home, "commitments", "add", "--by", "3/4", "--action", "x", code=1)


@pytest.mark.parametrize(
    "arguments",
    [["chat", "abc"], ["chat", "--forget", "--continue"], ["chat", "--role", "king"], ["chat", "--stance", "be"]],
)
def test_chat_refuses_what_it_cannot_do(tmp_path: Path, arguments: list[str]) -> None:
    said = run(tmp_path / "home", *arguments, code=2)
    assert "--continue" in said or "--forget" in said or "known are" in said
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_chat_in_a_pipe(tmp_path: Path) -> None:
    """With the real program and model: nothing is asked of the documents here, the assistant has its own tests."""
    environment = {**os.environ, "COACH_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}

    def pipe(typed: bytes, *arguments: str) -> str:
        command = [sys.executable, "-m", "coach", *arguments]
        result = subprocess.run(command, input=typed, capture_output=True, env=environment, timeout=300)
        assert result.returncode == 0 and b"Traceback" not in result.stderr, result.stderr
        return result.stdout.decode()

    pipe(b"", "ingest", str(ROOT / "corpus"))
    said = pipe(b"/help\n/list\n/xyz\xff\n/keep\nVisit two lessons\n2030-01-01\n\n/due\n", "chat", "--continue")
    for told in (
        "this is a new one",
        "/sources [N]",
        "no stored conversations",
        "no command /xyz",
        "I will:",
        "more than two years",
        "Nothing is due",
    ):
        assert told in said, said
    assert "\x1b" not in said
