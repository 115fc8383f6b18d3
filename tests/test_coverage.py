"""What the documents do not cover: counts that point at nobody, in words that are nobody's."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from coach.cli.coverage import register
from coach.coverage import Asked, CoverageCounts, Period, Rule, close_periods, count_groups
from coach.coverage_groups import Grouper, Nearness, Topic, cluster, list_topics, load_nearness
from coach.coverage_report import CoverageReport, CoverageReporter, RememberedReport
from coach.coverage_wording import load_coverage_wording
from coach.coverage_writing import view_coverage, write_csv, write_markdown
from coach.errors import CoachError, PromptFault, UsageError
from coach.jargon import load_jargon
from coach.library import Library
from coach.prompts import find_prompts
from coach.records import LOCAL_PERSON, ROLES, Manner
from coach.sentence_vectors import SentenceVectors
from coach.store import tables
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.people import PeopleStore
from coach.store.requests import RequestStore
from coach.store.unanswered import list_uncovered
from coach.web.coverage_page import CoverageDesk
from coach.web.templates import fill as fill_template
from tests.conftest import RunIngest
from tests.fakes import WordEmbedder

RULE = Rule()
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
NEXT = "2026-05"
TITLE = "Leadership for Learning Improvement in Urban Schools"


def ask(unit: str, month: str = "2026-01", role: str = "principal", outcome: str = "partial") -> Asked:
    return Asked(unit, month, role, outcome)


def count(asked: Sequence[Asked], topics: Sequence[str], this_month: str = NEXT) -> CoverageCounts:
    return count_groups(asked, topics, close_periods(asked, RULE, this_month), RULE)


asked_by_many = st.lists(
    st.tuples(
        st.builds(
            Asked,
            st.sampled_from("abcdefg"),
            st.sampled_from(MONTHS),
            st.sampled_from(ROLES),
            st.sampled_from(("partial", "not_in_sources")),
            st.sampled_from(("", TITLE)),
        ),
        st.sampled_from(("budget", "pay", "")),
    ),
    max_size=90,
)
Named = list[tuple[Asked, str]]


def part(named: Named) -> tuple[list[Asked], list[str]]:
    return [one for one, _ in named], [topic for _, topic in named]


# --- the rule -----------------------------------------------------------------------------------------------------


def test_a_group_is_shown_from_enough_questions_of_enough_people_on() -> None:
    enough = [ask(unit) for unit in "aabbc"]
    (group,) = count(enough, ["budget"] * 5).groups
    assert (group.topic, group.questions, group.people, group.first, group.last) == (
        "budget",
        5,
        3,
        MONTHS[0],
        MONTHS[0],
    )
    assert count(enough[:4], ["budget"] * 4).groups == ()
    assert count([ask(unit) for unit in "aaabbbbb"], ["budget"] * 8).groups == ()


def test_numbers_are_rounded_down() -> None:
    (group,) = count([ask(unit) for unit in "aabbccdde"], ["budget"] * 9).groups
    assert (group.questions, group.people) == (5, 3)


def test_smaller_groups_are_one_number_or_none() -> None:
    asked = [ask(unit) for unit in "abcabcab"]
    topics = ["pay", "pay", "budget", "budget", "equity", "equity", "", ""]
    counts = count(asked, topics)
    assert counts.groups == () and counts.smaller == 5
    assert count([ask(unit) for unit in "ababab"], topics[:6]).smaller == 0


@given(asked_by_many)
def test_nothing_is_shown_below_the_minimum(named: Named) -> None:
    asked, topics = part(named)
    counts = count(asked, topics)
    for group in counts.groups:
        own = [one for one, topic in named if topic == group.topic]
        assert RULE.questions <= group.questions <= len(own) and group.questions % RULE.questions == 0
        assert RULE.people <= group.people <= len({one.unit for one in own}) and group.people % RULE.people == 0
        for cell, attribute in [
            *((cell, "role") for cell in group.roles),
            *((cell, "outcome") for cell in group.outcomes),
            *((cell, "report") for cell in group.reports),
        ]:
            within = [one for one in own if getattr(one, attribute) == cell.name]
            assert RULE.questions <= cell.questions <= len(within) and cell.questions % RULE.questions == 0
            assert len({one.unit for one in within}) >= RULE.people


@given(asked_by_many)
def test_no_subtraction_shows_that_somebody_stands_in_a_part_that_is_left_out(named: Named) -> None:
    """The attacker knows the rule, and tries every number of questions that what is shown leaves possible."""
    for group in count(*part(named)).groups:
        for cells, every in ((group.roles, ROLES), (group.outcomes, ("partial", "not_in_sources"))):
            if not cells:
                continue
            step = range(RULE.questions)
            shown = itertools.product(*(range(cell.questions, cell.questions + RULE.questions) for cell in cells))
            totals = {group.questions + more for more in step}
            left = {total - sum(known) for known in shown for total in totals if total >= sum(known)}
            hidden = set(every) - {cell.name for cell in cells}
            assert not hidden or 0 in left, "somebody must be in a part that is not shown"
            assert all(len({cell.questions + more for more in step}) > 1 for cell in cells)


# --- over time ----------------------------------------------------------------------------------------------------


@given(asked_by_many, asked_by_many)
def test_two_reports_a_day_apart_are_the_same(before: Named, since: Named) -> None:
    fresh = [(Asked(one.unit, NEXT, one.role, one.outcome), topic) for one, topic in since]
    assert count(*part(before)) == count(*part([*before, *fresh]))


@given(asked_by_many)
def test_a_new_month_changes_the_report_only_with_enough_people(named: Named) -> None:
    for earlier, later in itertools.pairwise((*MONTHS, NEXT)):
        asked, topics = part(named)
        before, after = count(asked, topics, earlier), count(asked, topics, later)
        fresh = [one for one in asked if before.until < one.month < later]
        if len({one.unit for one in fresh}) < RULE.people or len(fresh) < RULE.questions:
            assert before == after
        assert before.until <= after.until


@given(asked_by_many)
def test_a_group_grows_by_enough_people_of_its_own(named: Named) -> None:
    asked, topics = part(named)
    shown: dict[str, str] = defaultdict(str)
    for this_month in (*MONTHS[1:], NEXT):
        counts = count(asked, topics, this_month)
        for group in counts.groups:
            if group.last == shown[group.topic]:
                continue
            fresh = [one for one, topic in named if topic == group.topic and shown[topic] < one.month <= group.last]
            assert len(fresh) >= RULE.questions and len({one.unit for one in fresh}) >= RULE.people
            shown[group.topic] = group.last


@given(asked_by_many, st.data())
def test_one_question_more_is_never_seen_as_one(named: Named, data: st.DataObject) -> None:
    asked, topics = part(named)
    periods = close_periods(asked, RULE, NEXT)
    if not periods:
        return
    more = data.draw(st.sampled_from([one for one, _ in named]))
    after = count([*asked, more], [*topics, "budget"])
    before = {group.topic: group.questions for group in count(asked, topics).groups}
    for group in after.groups:
        assert (group.questions - before.get(group.topic, 0)) % RULE.questions == 0


def test_months_wait_for_one_another() -> None:
    asked = [ask("a", MONTHS[0]), *(ask(unit, MONTHS[1]) for unit in "abbc"), ask("c", MONTHS[2])]
    assert close_periods(asked, RULE, NEXT) == (Period(MONTHS[0], MONTHS[1], (0, 1, 2, 3, 4)),)
    assert close_periods(asked, RULE, MONTHS[1]) == ()


# --- groups -------------------------------------------------------------------------------------------------------

TOPICS = (Topic("budget", "money budget spend"), Topic("cell phones", "phones banned class"))


def make_grouper(embedder: WordEmbedder | None = None) -> Grouper:
    return Grouper(SentenceVectors(embedder or WordEmbedder()), TOPICS, Nearness(0.6, 0.5))


def test_questions_are_named_by_the_nearest_topic_or_not_at_all() -> None:
    texts = ["spend money budget?", "money budget spend now", "phones banned class", "volcano"]
    assert make_grouper().name([texts]) == [["budget", "budget", "cell phones", ""]]


def test_a_later_question_joins_the_group_that_it_is_near_to() -> None:
    oddly = "money budget zoo"
    assert make_grouper().name([[oddly]]) == [["budget"]]
    odder = "zoo money iris"
    assert make_grouper().name([[odder]]) == [[""]]
    assert make_grouper().name([[oddly], [odder]]) == [["budget"], ["budget"]]


words = st.sampled_from(["money", "budget", "spend", "phones", "banned", "class", "volcano", "lunch", "bus"])
texts = st.lists(st.lists(words, min_size=1, max_size=4).map(" ".join), max_size=8)


@settings(deadline=None, max_examples=40)
@given(st.lists(texts, min_size=1, max_size=4))
def test_later_questions_never_change_how_earlier_ones_are_named(periods: list[list[str]]) -> None:
    named = make_grouper().name(periods)
    for count_ in range(len(periods)):
        assert make_grouper().name(periods[:count_]) == named[:count_]
    assert [len(some) for some in named] == [len(some) for some in periods]


def test_every_question_is_in_one_group() -> None:
    vectors = WordEmbedder().embed(["money budget", "budget money", "phones", "bus", "money"])
    groups = cluster(vectors, 0.6)
    assert sorted(row for group in groups for row in group) == [0, 1, 2, 3, 4]
    assert [0, 1] in [sorted(group)[:2] for group in groups]
    assert cluster(np.empty((0, 8), dtype=np.float32), 0.6) == []


def test_what_is_shipped_can_be_read() -> None:
    wording = load_coverage_wording()
    assert wording.rule == RULE and len(wording.topics) > 100
    assert 0 < load_nearness().topic < load_nearness().together < 1
    names = {topic.name for topic in list_topics(wording.topics, load_jargon())}
    assert {"budget and resources", "PLC"} <= names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("questions = 5\n", "questions = 1\n"),
        ("people = 3\n", "people = 2\n"),
        ("[rule]", "[other]"),
        ('"homework" = ["how much homework to give"]', '"homework" = "how much"'),
        ("$step", "$steps"),
    ],
)
def test_a_rule_that_protects_less_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (find_prompts() / "coverage.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "coverage.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PromptFault):
        load_coverage_wording(tmp_path)


# --- a library ----------------------------------------------------------------------------------------------------

HOSTILE = (
    "zanzibarine quokka Tamika Okonkwo-Brandt money budget spend",
    "<script>alert(1)</script> money budget spend $(rm) {{ 7*7 }}",
    "=HYPERLINK(money) budget spend money Vsevolod",
    "money budget spend at Jefferson Elementary, room 7b, tel. 5550123",
    "MONEY budget spend ‮ gnirts Xiomara",
)


@dataclass
class Scene:
    library: Library
    reporter: CoverageReporter

    def add(self, person: str) -> str:
        with writing(self.library.store.engine) as connection:
            values = {"id": person, "name": person, "roles": ["principal"], "created_at": "2026"}
            connection.execute(insert(tables.people).values(values))
        return person

    def ask(self, person: str, text: str, month: str = "2026-01", outcome: str = "not_in_sources") -> str:
        """A conversation of one question; its id."""
        made = ConversationStore(self.library.store).start(person, Manner("trainer"), "Title")
        answer = {
            "outcome": outcome, "role": "trainer", "search_question": text, "missing": [text], "worth_adding": TITLE,
        }  # fmt: skip
        with writing(self.library.store.engine) as connection:
            values = {"conversation_id": made.id, "ordinal": 0, "question": text, "answer": answer}
            connection.execute(insert(tables.exchanges).values(asked_at=f"{month}-07T09:00:00", **values))
        return made.id

    def report(self, this_month: str = NEXT) -> CoverageReport:
        return self.reporter.report(this_month)


@pytest.fixture
def scene(library: Library, corpus: Path, ingest: RunIngest) -> Iterator[Scene]:
    ingest(library, corpus)
    vectors = SentenceVectors(library.embedder)
    grouper = Grouper(vectors, TOPICS, Nearness(0.5, 0.4))
    requests = RequestStore(library.store, lambda text: text)
    yield Scene(
        library, CoverageReporter(library.store, requests, vectors, library.exact, grouper, RULE, frozenset({TITLE}))
    )


def fill(scene: Scene, people: Sequence[str] = ("ada", "ben", "eve")) -> list[str]:
    for person in people:
        scene.add(person)
    return [scene.ask(people[number % len(people)], text) for number, text in enumerate(HOSTILE)]


def test_no_word_of_a_person_is_in_the_report(scene: Scene) -> None:
    fill(scene)
    scene.reporter.requests.add("ada", "Zanzibarine handbook by Xiomara", "Vsevolod?")
    report, wording = scene.report(), load_coverage_wording()
    view = view_coverage(report, wording)
    written = [repr(asdict(report)), repr(asdict(view)), write_markdown(view)]
    written.append(write_csv(report, wording).decode("utf-8-sig"))
    assert [group.name for group in view.groups] == ["budget"]
    documents = " ".join(card.title + " " + (scene.library.store.read_text(card.id) or "")
                         for card in scene.library.store.list_documents())  # fmt: skip
    ours = " ".join((documents, TITLE, *(topic.name for topic in TOPICS), *wording.wording.sentences.values()))
    known = set(re.findall(r"[a-z]{2,}", ours.casefold()))
    for text in HOSTILE:
        for word in set(re.findall(r"\w{2,}", text.casefold())) - known:
            assert all(word not in one.casefold() for one in written), word


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=5, max_size=12))
def test_no_text_whatever_comes_through(texts: list[str]) -> None:
    grouper = make_grouper()
    (names,) = grouper.name([texts])
    assert set(names) <= {"", *(topic.name for topic in TOPICS)}


def test_the_report_says_where_the_documents_come_nearest_and_what_to_add(scene: Scene) -> None:
    fill(scene)
    (group,) = scene.report().counts.groups
    assert (group.questions, group.people) == (5, 3)
    assert [cell.name for cell in group.roles] == ["trainer"] and [cell.name for cell in group.reports] == [TITLE]
    ((topic, place),) = scene.report().places
    titles = [card.title for card in scene.library.store.list_documents()]
    assert topic == "budget" and any(place.endswith(title) for title in titles)
    details = view_coverage(scene.report(), load_coverage_wording()).groups[0].details
    assert any(TITLE in one for one in details) and any("trainers" in one for one in details)


def test_what_was_deleted_or_put_otherwise_is_not_counted(scene: Scene) -> None:
    kept = fill(scene)
    conversations = ConversationStore(scene.library.store)
    conversations.discard("ada", kept[0])
    assert scene.report().counts.groups == () and len(list_uncovered(scene.library.store)) == 4
    conversations.restore("ada", kept[0])
    assert len(scene.report().counts.groups) == 1
    conversations.append("ada", kept[0], "Otherwise?", {"outcome": "answered"}, replaces=0)
    assert scene.report().counts.groups == ()
    conversations.delete("ben", kept[1])
    assert len(list_uncovered(scene.library.store)) == 3


def test_answers_are_no_gap(scene: Scene) -> None:
    for outcome in ("answered", "clarify", "referred"):
        scene.ask(LOCAL_PERSON, "money", outcome=outcome)
    assert list_uncovered(scene.library.store) == ()


def test_with_one_person_conversations_stand_in_and_that_is_said(scene: Scene) -> None:
    for text in HOSTILE:
        scene.ask(LOCAL_PERSON, text)
    report = scene.report()
    view = view_coverage(report, load_coverage_wording())
    assert report.unit == "conversations" and report.counts.groups[0].people == 3
    assert "one person here" in view.notes[0] and "conversations" in view.groups[0].people


def test_among_two_people_nothing_is_shown(scene: Scene) -> None:
    scene.add("ada")
    for number, text in enumerate(HOSTILE * 2):
        scene.ask(("ada", LOCAL_PERSON)[number % 2], text)
    report = scene.report()
    assert not report.has_enough_people and report.counts.groups == () and report.counts.smaller == 0
    assert "fewer than 3 people" in view_coverage(report, load_coverage_wording()).notes[0]


def test_documents_asked_for_are_counted_by_people(scene: Scene) -> None:
    wording, requests = load_coverage_wording(), scene.reporter.requests
    people = [scene.add(person) for person in ("ada", "ben", "eve", "fay")]
    requests.add("ada", TITLE)
    requests.add("ada", "My own words")
    report = scene.report()
    assert [(one.title, one.people) for one in report.wanted] == [(TITLE, None)] and report.wanted_others == 0
    assert view_coverage(report, wording).wanted[0][1] == "asked for by fewer than 3 people"
    for person in people:
        requests.add(person, TITLE, "again")
        requests.add(person, f"Words of {person}")
    report = scene.report()
    assert report.wanted[0].people == 3 and report.wanted_others == 3
    assert "My own words" not in repr(report)


def test_a_report_is_made_again_only_when_something_changed(scene: Scene) -> None:
    fill(scene)
    remembered = RememberedReport(scene.reporter)
    first = remembered.report(NEXT)
    embedder = scene.library.embedder
    assert isinstance(embedder, WordEmbedder)
    asked = len(embedder.texts)
    assert remembered.report(NEXT) is first and len(embedder.texts) == asked
    scene.ask("ada", "money budget spend")
    assert remembered.report(NEXT) is not first


def test_titles_of_others_are_neither_markup_nor_formulas(scene: Scene) -> None:
    fill(scene)
    report, wording = scene.report(), load_coverage_wording()
    evil = "=cmd|' /C calc'!A0 ![x](http://evil.example) <img src=x>"
    report = CoverageReport(
        report.rule, report.unit, True, report.counts, (("budget", evil),), report.wanted, report.wanted_others
    )
    rows = list(csv.reader(io.StringIO(write_csv(report, wording).decode("utf-8-sig"))))
    assert rows[1][7] == f"'{evil}" and not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    markdown = write_markdown(view_coverage(report, wording))
    assert "![x](" not in markdown and "<img" not in markdown.replace("\\<img", "")


def test_a_damaged_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("coach.coverage_groups._FILE", tmp_path / "coverage.json")
    with pytest.raises(CoachError, match=r"coverage\.json cannot be read"):
        load_nearness()


# --- where it is seen ---------------------------------------------------------------------------------------------


def test_the_page_shows_it_to_the_central_office_alone(scene: Scene) -> None:
    fill(scene)
    now = datetime(2026, 5, 3, 9, tzinfo=UTC)
    desk = CoverageDesk(RememberedReport(scene.reporter), PeopleStore(scene.library.store), lambda: now)
    shown = desk.write(LOCAL_PERSON)
    assert "budget" in shown and "5 or more questions" in shown and "quokka" not in shown
    assert desk.is_for(LOCAL_PERSON) and not desk.is_for("ada") and not desk.is_for("nobody")
    with pytest.raises(CoachError, match="for the central office. ada does not"):
        desk.write("ada")


def test_headings_of_documents_are_text_on_the_page(scene: Scene) -> None:
    fill(scene)
    report = replace(scene.report(), places=(("budget", "<img src=x onerror=alert(1)>"),))
    for name in ("coverage", "coverage_file"):
        assert "<img" not in fill_template(name, view=view_coverage(report, load_coverage_wording()))


Run = Callable[..., Result]


@pytest.fixture
def run(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("coach.assembly.build_embedder", lambda _: scene.library.embedder)
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)  # with one command alone, its name would not be said

    def run_(*words: str, person: str = LOCAL_PERSON) -> Result:
        monkeypatch.setenv("COACH_PERSON", person)
        return CliRunner().invoke(app, ["coverage", "--home", str(scene.library.home), *words])

    return run_


def test_the_command_shows_and_writes_it(scene: Scene, run: Run, tmp_path: Path) -> None:
    fill(scene)
    said = run()
    assert said.exit_code == 0 and said.output.startswith("# What your documents do not cover")
    assert "zanzibarine" not in said.output
    values = json.loads(run("--json").output)
    counted = [group["questions"] for group in values["counts"]["groups"]] + [values["counts"]["smaller"]]
    assert sum(counted) == 5 and values["unit"] == "people"
    for ending, start in ((".md", b"# What"), (".html", b"<!doctype html>"), (".csv", b"\xef\xbb\xbfTopic,")):
        path = tmp_path / f"report{ending}"
        assert str(path) in run("--out", str(path)).output.replace("\n", "") and path.read_bytes().startswith(start)
        assert b"zanzibarine" not in path.read_bytes()


def test_the_command_is_for_the_central_office(scene: Scene, run: Run, tmp_path: Path) -> None:
    fill(scene)
    assert "central office" in str(run(person="ada").exception)
    assert isinstance(run("--out", str(tmp_path / "report.pdf")).exception, UsageError)
