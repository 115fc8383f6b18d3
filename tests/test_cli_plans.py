"""Plans on the command line and in the terminal's conversation: words in, plans and files out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from icalendar import Calendar
from typer.testing import CliRunner, Result

from coach.cli import app
from coach.cli.chat import talk_in_pipe
from coach.cli.options import open_console
from coach.errors import CoachError
from coach.plans.document_wording import load_document_wording
from coach.plans.markdown import write_plan_markdown
from coach.prompts import load_conversation_wording
from coach.records import LOCAL_PERSON
from coach.store.plans import PlanStore, StoredPlan
from coach.store.store import Store
from evals.answering import fill_library
from tests.conftest import ROOT
from tests.plan_examples import make_plan, make_visit_prep
from tests.test_chat import make_scene

WORDING = load_conversation_wording()
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planning") / "home"
    fill_library(ROOT / "corpus", folder)
    return folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words: str, fails: type[Exception] | None = None, input: str | None = None) -> Result:
        result = CliRunner().invoke(app, [*words, "--home", str(home)], input=input)
        if fails is None:
            assert result.exit_code == 0, result.output + repr(result.exception)
        else:
            assert isinstance(result.exception, fails), result.output
        return result

    return call


def list_ids(run: Run) -> list[str]:
    return [one["id"] for one in json.loads(run("plans", "list", "--json").output)]


@pytest.mark.slow
def test_a_plan_is_made_kept_shown_and_exported(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "plan.docx"
    when = ["--minutes", "75", "--date", "2027-02-01", "--start", "09:00"]
    run("plan", "sharing instructional leadership", *when, "--out", str(target))
    (plan, *_) = list_ids(run)
    shown = json.loads(run("plans", "show", plan[:8], "--json").output)
    assert shown["request"]["minutes"] == 75 == sum(item["minutes"] for item in shown["agenda"])
    said = "\n".join(paragraph.text for paragraph in Document(str(target)).paragraphs)
    assert "Sharing instructional leadership" in said
    for quotation in shown["grounding"]:
        assert quotation["citation"]["quote"] in said
    text = run("plans", "show", plan[:8]).output
    assert text.startswith("# Sharing instructional leadership") and "1 February 2027" in text
    calendar = tmp_path / "session.ics"
    run("plans", "export", plan[:8], "--out", str(calendar))
    (event,) = Calendar.from_ical(calendar.read_bytes()).walk("VEVENT")
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=75)
    markdown = tmp_path / "plan.md"
    run("plans", "export", plan[:8], "--out", str(markdown))
    assert markdown.read_text("utf-8").startswith("# Sharing")


@pytest.mark.slow
def test_what_the_topic_says_of_the_session_is_heard(run: Run) -> None:
    asked = "I'm at Jefferson at 2, they're stuck on teacher leadership, give me one page."
    request = json.loads(run("plan", asked, "--json").output)["request"]
    assert (request["form"], request["minutes"], request["setting"]) == ("visit_prep", 40, "school_visit")
    assert (request["topic"], request["place"]) == ("teacher leadership", "Jefferson")
    longer = json.loads(run("plan", "a 90-minute network meeting on trust", "--minutes", "60", "--json").output)
    assert longer["request"]["minutes"] == 60, "what is said by an option wins"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "x", "--minutes", "30", "--protocol", "consultancy"], "does not fit into 30 minutes"),
        (["plan"], "Say what the session is about"),
        (["plan", "trust", "--setting", "party"], "known are school_visit"),
        (["plan", "trust", "--out", "plan.pdf"], "must end in"),
        (["plan", "trust", "--out", "nowhere/plan.md"], "There is no folder"),
        (["plan", "trust", "--with", "Dana"], "no principal to visit"),
        (["plan", "trust", "--from", "abcdef"], "no conversation"),
        (["plan", "put Ms. Ortiz on a PIP"], "makes no plan for this"),
        (["plans", "show", "zz"], "no plan"),
        (["plans", "edit", "zz"], "Say what to change"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_kept(run: Run, words: list[str], told: str) -> None:
    before = list_ids(run)
    result = run(*words, fails=CoachError)
    assert told in str(result.exception) and list_ids(run) == before


@pytest.mark.slow
def test_a_plan_is_changed_and_brought_back(run: Run) -> None:
    plan = json.loads(run("plan", "protecting time", "--json").output)
    part = next(item for item in plan["agenda"] if item["kind"] == "step")
    change = ["plans", "edit", plan["id"], "--part", f"{part['id']}={part['minutes'] + 1}", "--question", "Who gains?"]
    changed = json.loads(run(*change, "--title", "Time", "--purpose", "To find two mornings.", "--json").output)
    assert changed["version"] == 2 and changed["title"] == "Time" and changed["purpose"]["by"] == "person"
    assert {"text": "Who gains?", "by": "person"} in changed["questions"]
    assert sum(item["minutes"] for item in changed["agenda"]) == 60
    assert [one["version"] for one in json.loads(run("plans", "versions", plan["id"], "--json").output)] == [2, 1]
    assert "version 3" in run("plans", "restore", plan["id"], "--version", "1").output
    assert json.loads(run("plans", "show", plan["id"], "--json").output)["title"] == plan["title"]
    assert "edited" in run("plans", "versions", plan["id"]).output
    run("plans", "edit", plan["id"], "--part", "step-1=many", fails=CoachError)
    run("plans", "delete", plan["id"], input="n\n", fails=SystemExit)
    run("plans", "delete", plan["id"], "--yes")
    assert plan["id"] not in list_ids(run)


@pytest.mark.slow
def test_names_stay_out_of_a_plan_that_is_changed(run: Run, home: Path) -> None:
    plan = json.loads(run("plan", "visit Jaden Miller about his attendance", "--json").output)
    texts = ["--title", "Plan for Jaden Miller", "--purpose", "Help Jaden Miller", "--question", "How is Jaden Miller?"]
    changed = run("plans", "edit", plan["id"], *texts, "--place", "with Jaden Miller", "--json").output
    assert "Jaden" not in changed and "Miller" not in changed
    assert b"Jaden" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.slow
def test_several_parts_are_changed_at_once_and_a_day_is_set(run: Run) -> None:
    plan = json.loads(run("plan", "protecting time", "--minutes", "90", "--json").output)
    first, second, *_ = (item["id"] for item in plan["agenda"] if item["kind"] == "step")
    words = ["--part", f"{first}=11", "--part", f"{second}=7", "--date", "2027-02-01", "--start", "9:00"]
    changed = json.loads(run("plans", "edit", plan["id"], *words, "--json").output)
    minutes = {item["id"]: item["minutes"] for item in changed["agenda"]}
    assert (minutes[first], minutes[second], sum(minutes.values())) == (11, 7, 90)
    assert changed["request"]["day"] == "2027-02-01" and changed["request"]["start"] == "09:00"
    assert changed["follow_up"][0]["day"] == "2027-02-02"
    assert "09:00" in run("plans", "show", plan["id"]).output or "9:00" in run("plans", "show", plan["id"]).output


@pytest.mark.slow
def test_a_session_is_made_of_an_answer_of_a_conversation(run: Run, home: Path) -> None:
    from coach.assembly import open_store
    from coach.settings import read_settings
    from coach.store.conversations import ConversationStore

    CliRunner().invoke(app, ["chat", "--home", str(home)], input="How can I share leadership with my teachers?\n")
    with open_store(read_settings({}, home)) as store:
        (card, *_) = ConversationStore(store).list_cards(LOCAL_PERSON)
    made = json.loads(run("plan", "--from", card.id[:10], "--visit-prep", "--json").output)
    assert made["origin"] == card.id and made["request"]["form"] == "visit_prep" and made["grounding"]
    run("plan", "--from", f"{card.id}:7", fails=CoachError)


@pytest.mark.slow
def test_protocols_are_listed_and_shown() -> None:
    def call(*words: str) -> str:
        return CliRunner().invoke(app, ["protocols", *words]).output

    listed = json.loads(call("list", "--json"))
    assert {one["id"] for one in listed} >= {"consultancy", "learning_walk", "tuning"}
    assert all(30 <= least <= most <= 180 for one in listed for least, most in one["minutes"].values())
    assert "Consultancy" in call("show", "consultancy") and "consultancy" in call("list")
    assert json.loads(call("show", "Role play", "--json"))["id"] == "role_play"


# --- in the conversation -----------------------------------------------------------------------------------------


class Maker:
    """Keeps a plan that was made by hand."""

    def __init__(self, store: Store) -> None:
        self.plans = PlanStore(store)
        self.asked: list[tuple[str, str, int | None]] = []

    def __call__(self, answer: Any, conversation: str, form: Any, minutes: int | None) -> tuple[StoredPlan, str]:
        self.asked.append((conversation, form, minutes))
        stored = self.plans.add(LOCAL_PERSON, make_visit_prep() if form == "visit_prep" else make_plan())
        return stored, write_plan_markdown(stored.plan, (), load_document_wording())


def test_a_plan_is_made_in_the_conversation(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, make_plan=Maker)
    maker = scene.keeping.make_plan
    assert isinstance(maker, Maker)
    assert WORDING.say("chat.no_answer") in scene.say("/visit")
    lines = ["/visit", "/session 90", "/session 90 minutes", "/session", "/session 12", "/session soon"]
    said = scene.say("What is a walk?", *lines)
    assert [(form, minutes) for _, form, minutes in maker.asked] == [
        ("visit_prep", None), ("session", 90), ("session", 90), ("session", None),
    ]  # fmt: skip
    assert {conversation for conversation, _, _ in maker.asked} == {scene.talk.id}
    assert "Kept as" in said and "“12” is no length" in said and "“soon” is no length" in said
    scene.store.close()


def test_a_conversation_that_keeps_nothing_makes_no_plan(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, forget=True)
    assert "/session" in scene.say("What is a walk?", "/session")
    scene.store.close()


def test_the_commands_are_in_the_help(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    target = io.StringIO()
    console = open_console()
    console.file = target
    talk_in_pipe(scene.session, ["/help"], console)
    assert "/session [MINUTES]" in target.getvalue() and "/visit" in target.getvalue()
    scene.store.close()
