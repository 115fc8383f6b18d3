"""The page Evaluate without a browser: what a trainer asks of the desk, and what is shown and kept of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from coach.errors import CoachError
from coach.evaluation.cases import CaseForm, complete_case
from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.comparison.own_gate import RememberedVerdicts
from coach.evaluation.queue import Progress
from coach.evaluation.records import EvaluationItem, HistoryTurn, ItemResult, RowProblem, Run, SourceWords
from coach.evaluation.running import choose_ready
from coach.evaluation.sheets.columns import propose_mapping
from coach.evaluation.sheets.importing import import_items
from coach.evaluation.sheets.records import Sheet, SheetRow
from coach.records import LOCAL_PERSON, ROLES, DocumentCard, Metadata, Outcome
from coach.sharing import load_sharing_wording
from coach.store.evaluations import EvaluationStore, SetChanged
from coach.store.store import Store
from coach.web.evaluate_address import TABS, Address, read_address, write_address
from coach.web.evaluate_bench import Bench
from coach.web.evaluate_desk import EvaluateDesk, Shown
from coach.web.evaluate_form import MOST_SOURCES, choose_id, read_form, view_form
from coach.web.evaluate_routes import build_router
from coach.web.evaluate_sheets import Sheets
from coach.web.evaluate_wording import EVALUATE_PLACEHOLDERS, load_evaluate_wording
from coach.web.library_wording import LIBRARY_PLACEHOLDERS
from coach.web.paging import ROWS, turn_page
from coach.web.plan_wording import PLAN_PAGE_PLACEHOLDERS
from coach.web.wording import load_page_wording
from tests.conftest import OTHER
from tests.evaluation_examples import list_items, make_fault, make_item, make_pair, make_result

SHEET = (
    "Spring questions;;;\n"
    "ID;Question;Expected answer;Must mention\n"
    "q1;Who leads?;Many do.;shared\n"
    ";;;\n"
    "q2;;Nobody asked.;x\n"
    "q3;What is <b>bold</b>?;=1+1;a | b\n"
).encode("cp1252")
HOSTILE = "<script>alert('x')</script>"


@dataclass
class ToldRuns:
    """Runs that go no further than a test says."""

    sets: EvaluationStore
    told: dict[str, Progress] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def start(
        self, person: str, set_id: str, version: int | None = None, title: str = "", *, judged: bool = False
    ) -> str:
        asked = self.sets.read_set(set_id, version)
        judge = "ollama:judge" if judged else None
        run = self.sets.add_run(person, asked, [item.id for item in choose_ready(asked.items)], title, judge)
        self.told[run.id] = Progress(run.id, "waiting", 0, run.size, 0, 0)
        return run.id

    def resume(self, run_id: str) -> None:
        self.told[run_id] = replace(self.progress(run_id), phase="running")

    def stop(self, run_id: str) -> bool:
        self.stopped.append(run_id)
        return True

    def progress(self, run_id: str) -> Progress:
        run = self.sets.read_run(run_id)
        return self.told.get(run_id, Progress(run_id, "done", len(run.results), run.size, 0, 0))

    def is_active(self, run_id: str) -> bool:
        return self.progress(run_id).is_active


class ToldReports:
    """Reports that tell which runs they are of."""

    def write_html(self, run: Run, before: Run | None) -> bytes:
        return f"{run.title} against {before.title if before else 'nothing'}".encode()

    def write_xlsx(self, run: Run, before: Run | None) -> bytes:
        return self.write_html(run, before)


def draft_one(items: Sequence[EvaluationItem], most: int) -> Sequence[EvaluationItem]:
    """A draft for each of two passages, of which those that are there already count."""
    taken = {one.id for one in items}
    drafts = [
        make_item(f"d{number}", "", sources=((SourceWords(f"Passage {number}.", "walks.md"),),), outcomes=())
        for number in (1, 2)
    ]
    return [replace(one, question="", status="draft") for one in drafts if one.id not in taken][:most]


def make_desk(sets: EvaluationStore, runs: ToldRuns, **changes: Any) -> EvaluateDesk:
    bench = Bench(
        sets=sets,
        runs=runs,
        sheets=Sheets(),
        draft=draft_one,
        compare=compare_runs,
        reports=ToldReports(),
        is_trainer=lambda person: person == LOCAL_PERSON,
        wording=load_evaluate_wording(),
        read_rated=lambda _: None,
        check_gate=RememberedVerdicts(sets),
        find_judge=lambda: None,
        name_dimension=lambda name: {"grounded": "Correct and grounded"}.get(name, ""),
        review=lambda _: (),
        sees_coverage=lambda _: False,
    )
    return EvaluateDesk(replace(bench, **changes))


@pytest.fixture
def sets(store: Store) -> EvaluationStore:
    return EvaluationStore(store)


@pytest.fixture
def runs(sets: EvaluationStore) -> ToldRuns:
    return ToldRuns(sets)


@pytest.fixture
def desk(sets: EvaluationStore, runs: ToldRuns) -> EvaluateDesk:
    return make_desk(sets, runs)


def read(html: str | None) -> str:
    """The words of a part, as a reader has them."""
    assert html is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def act(desk: EvaluateDesk, at: Address, **values: str) -> Shown:
    return desk.act(LOCAL_PERSON, at, values)


def find_place(shown: Shown) -> Address:
    """The address of the view that is shown."""
    assert shown.view is not None
    found = re.search(r'data-place="([^"]*)"', shown.view)
    assert found is not None
    return read_address(unescape(found[1]).partition("?")[2])


def keep_run(sets: EvaluationStore, set_id: str, results: Sequence[ItemResult], title: str) -> str:
    """A run with results, all there; its id."""
    asked = sets.read_set(set_id)
    run = sets.add_run(LOCAL_PERSON, asked, [one.item.id for one in results], title)
    sets.put_results(run.id, results)
    sets.set_state(run.id, "done")
    return run.id


@pytest.fixture
def pair(sets: EvaluationStore) -> tuple[str, str, str]:
    """Ids of a set, and of two runs of it that differ."""
    kept = sets.add_set(LOCAL_PERSON, "Autumn", list_items())
    before, after = make_pair()
    return kept.id, keep_run(sets, kept.id, before.results, "Before"), keep_run(sets, kept.id, after.results, "After")


# --- addresses --------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(["set", "run", "version", "tab", "role", "compare", "item", "words"]), st.text())
)
def test_whatever_an_address_asks_for_is_ours_or_left_out(query: dict[str, str]) -> None:
    at = read_address(query)
    assert not at.set or re.fullmatch("[0-9a-f]{32}", at.set)
    assert at.tab in ("", *TABS) and at.role in ("", *ROLES)
    assert all(one == "" or re.fullmatch("[0-9a-f]{32}", one) for one in at.pair)
    assert at.number is None or at.number >= 0
    assert read_address(write_address(at).partition("?")[2]) == at


def test_a_view_has_one_address(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, after = pair
    for at in (
        Address(),
        Address(view="runs"),
        Address(set=set_id, version="1", tab="versions"),
        Address(set=set_id, item="a01"),
        Address(run=after, item="a05", show="failed"),
        Address(compare=f"{before},{after}", item="a08"),
        Address(view="review"),
    ):
        shown = desk.open(LOCAL_PERSON, at)
        assert find_place(shown) == at and shown.notice == ""


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (Address(set="0" * 32), "no such set"),
        (Address(run="0" * 32), "no such run"),
        (Address(run="0" * 32, item="a"), "no such run"),
        (Address(sheet="0" * 32), "not held any more"),
        (Address(compare=f"{'0' * 32},{'1' * 32}"), "no such run"),
        (Address(compare=f"{'0' * 32},{'0' * 32}"), "two different runs"),
    ],
)
def test_what_is_not_there_is_said_and_a_list_is_shown(at: Address, said: str, desk: EvaluateDesk) -> None:
    shown = desk.open(LOCAL_PERSON, at)
    assert said in read(shown.notice) and "view-heading" in (shown.view or "")
    assert "coach eval" not in read(shown.notice)


def test_an_item_or_a_version_that_is_gone_is_said(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, before, after = pair
    for at in (
        Address(set=set_id, item="zz"),
        Address(run=after, item="zz"),
        Address(compare=f"{before},{after}", item="zz"),
    ):
        assert "not there any more" in read(desk.open(LOCAL_PERSON, at).notice)
    assert "no such set or version" in read(desk.open(LOCAL_PERSON, Address(set=set_id, version="9")).notice)


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_is_no_trainer_sees_and_does_nothing(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    set_id, _, after = pair
    shown = desk.open(OTHER, Address(set=set_id))
    assert "trainers" in read(shown.notice) and (shown.view, shown.tabs, shown.progress) == ("", "", "")
    assert desk.look(OTHER, Address(run=after), "running") == Shown()
    with pytest.raises(CoachError, match="trainers"):
        desk.act(OTHER, Address(), {"act": "delete_set", "set": set_id})
    assert desk.bench.sets.list_sets()


# --- sets -------------------------------------------------------------------------------------------------------------


def receive(desk: EvaluateDesk, data: bytes = SHEET, name: str = "spring.csv") -> Address:
    return Address(sheet=desk.bench.sheets.receive(LOCAL_PERSON, name, data))


def test_a_sheet_is_looked_at_before_anything_is_saved(desk: EvaluateDesk) -> None:
    at = receive(desk)
    words = read(desk.open(LOCAL_PERSON, at).view)
    assert "2 questions." in words and "1 not kept" in words and "1 empty" in words
    assert "Row 5: " in words and "draft. not kept" in words
    assert desk.bench.sets.list_sets() == ()


def test_a_sheet_becomes_a_set_with_every_row_accounted_for(desk: EvaluateDesk) -> None:
    shown = act(desk, receive(desk), act="save_sheet", where="new", name="Spring")
    assert "2 questions from 6 rows" in read(shown.notice)
    kept = desk.bench.sets.read_set(find_place(shown).set)
    assert [item.question for item in kept.items] == ["Who leads?", "What is <b>bold</b>?"]
    assert "<b>bold" not in (shown.view or "") and "What is <b>bold</b>?" in read(shown.view)
    view = desk.bench.sheets.view(LOCAL_PERSON, "0" * 32)
    assert view is None


def test_documents_that_the_library_has_not_are_named_and_keep_nothing_back(
    sets: EvaluationStore, runs: ToldRuns
) -> None:
    known = Metadata("Central Office Transformation: Teaching and Learning", ("Meredith I. Honig",), "2010")
    card = DocumentCard("d1", "honig.pdf", "honig.pdf", "pdf", 1, 1, 1, 1, known, (), "2026")
    desk = make_desk(sets, runs, sheets=Sheets(list_documents=lambda: [card]))
    rows = (
        "Who?;Central office report, 2010\nWhat?;Central Office Transformation\nWhy?;Honig 2010\n"
        'When?;Bus routes 2019\nHow?;bus routes, 2019: "They are late in the rain."\n'
    )
    sheet_id = desk.bench.sheets.receive(LOCAL_PERSON, "a.csv", b"Question;Source\n" + rows.encode())
    view = desk.bench.sheets.view(LOCAL_PERSON, sheet_id)
    assert view is not None and view.problems == () and view.alone == 4
    assert [words.document for item in view.items for group in item.sources for words in group] == [
        "Central office report, 2010", "Central Office Transformation", "Honig 2010", "Bus routes 2019", "bus routes, 2019"
    ]  # fmt: skip
    said = read(desk.open(LOCAL_PERSON, Address(sheet=sheet_id)).view)
    assert "“Bus routes 2019” (2)" in said and "Honig 2010” (" not in said and "Transformation” (" not in said
    assert "“Central office report, 2010” (1)" in said


@pytest.mark.slow
def test_the_preview_of_a_sheet_shows_the_first_problems_and_turns_no_page(desk: EvaluateDesk) -> None:
    rows = "".join(f"Who leads {place}?;boss of {place}\n" for place in range(101))
    sheet_id = desk.bench.sheets.receive(LOCAL_PERSON, "a.csv", b"Question;Role\n" + rows.encode())
    view = desk.open(LOCAL_PERSON, Address(sheet=sheet_id)).view or ""
    assert "boss of 99" in view and "boss of 100" not in view and "page-next" not in view
    assert "These are the first 100 of 101." in read(view) and "To be checked" in read(view)


def test_a_column_is_read_otherwise_when_somebody_says_so(desk: EvaluateDesk) -> None:
    at = receive(desk)
    view = desk.bench.sheets.view(LOCAL_PERSON, at.sheet)
    assert view is not None and view.items[0].ideal == "Many do."
    act(desk, at, act="read_sheet", **{"field-2": "must_not_say"})
    view = desk.bench.sheets.view(LOCAL_PERSON, at.sheet)
    assert view is not None and view.items[0].must_not_say == ("Many do.",)
    # Without a question no item can be made: that is said, and can be mended.
    shown = act(desk, at, act="read_sheet", **{"field-1": "note"})
    assert 'class="bad"' in (shown.view or "")
    with pytest.raises(CoachError, match="No row"):
        act(desk, at, act="save_sheet", where="new", name="Spring")
    act(desk, at, act="read_sheet", **{"field-1": "question"})
    view = desk.bench.sheets.view(LOCAL_PERSON, at.sheet)
    assert view is not None and len(view.items) == 2


def test_a_column_that_was_chosen_counts_when_the_sheet_is_saved_at_once(desk: EvaluateDesk) -> None:
    columns = {"field-0": "id", "field-1": "question", "field-2": "must_not_say", "field-3": "must_mention"}
    shown = act(desk, receive(desk), act="save_sheet", where="new", name="Spring", **columns)
    (item, _) = desk.bench.sets.read_set(find_place(shown).set).items
    assert item.must_not_say == ("Many do.",) and item.ideal == "" and item.must_mention == (("shared",),)


def test_an_empty_set_offers_no_run_and_no_filter(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Empty", [])
    view = desk.open(LOCAL_PERSON, Address(set=kept.id)).view or ""
    assert "no question in it yet" in read(view) and 'id="add-item"' in view
    assert 'id="run-set"' not in view and 'id="filters"' not in view


def test_the_list_of_runs_has_its_own_words_and_its_own_tab(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    shown = desk.open(LOCAL_PERSON, Address(view="runs", set=pair[0]))
    assert "You can close this page" not in read(shown.view) and "Begun" in read(shown.view)
    assert re.search(r'id="tab-runs"[^>]* aria-current', shown.tabs or "")
    assert not re.search(r'id="tab-sets"[^>]* aria-current', shown.tabs or "")


def test_a_sheet_becomes_the_next_version_and_leaves_the_open_one_as_it_was(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Spring", [make_item("old")])
    shown = act(desk, receive(desk), act="save_sheet", where="next", set=kept.id)
    assert "version 2" in read(shown.notice)
    versions = [desk.bench.sets.read_set(kept.id, number) for number in (1, 2)]
    assert [[item.id for item in one.items] for one in versions] == [["old"], ["q1", "q3"]]


def test_the_preview_of_a_sheet_shows_the_points_themselves(desk: EvaluateDesk) -> None:
    cells = ("instruction or teaching", "equity|equitable", "leaders / principals", "leaders OR principals")
    rows = "".join(f"Who leads {one}?;{cell}\n" for one, cell in enumerate(cells))
    view = desk.open(LOCAL_PERSON, receive(desk, b"Question;Must mention\n" + rows.encode())).view or ""
    points = [[read(one) for one in re.findall("<li>(.*?)</li>", found)] for found in
              re.findall('<ul class="points">(.*?)</ul>', view)]  # fmt: skip
    either = ["“leaders” or “principals”"]
    assert points == [["“instruction or teaching”"], ["“equity”", "“equitable”"], either, either]
    assert read(view).count("was taken as one wording") == 1


def test_what_is_counted_is_what_is_asked_and_listed(desk: EvaluateDesk) -> None:
    rows = "Who?;boss;ready\nWhat?;boss;ready\nWhy?;boss;draft\nWhen?;chief cook;retired\n"
    shown = act(desk, receive(desk, b"Question;Role;Status\n" + rows.encode()), act="save_sheet", name="Spring")
    assert "2 remarks are listed" in read(shown.notice) and "To be checked (2)" in read(shown.view)
    view = read(desk.open(LOCAL_PERSON, Address(view="runs")).view)
    assert "Spring, version 1 (questions ready to be asked: 2)" in view
    (version,) = desk.bench.sets.list_versions(find_place(shown).set)
    assert (version.items, version.ready) == (4, 2)


def test_nobody_reads_another_persons_sheet(desk: EvaluateDesk) -> None:
    at = receive(desk)
    assert desk.bench.sheets.view(OTHER, at.sheet) is None
    desk.bench.sheets.drop(OTHER, at.sheet)
    assert not desk.bench.sheets.change(OTHER, at.sheet, {})
    assert desk.bench.sheets.view(LOCAL_PERSON, at.sheet) is not None


def test_only_the_last_few_sheets_are_held(desk: EvaluateDesk) -> None:
    held = [receive(desk).sheet for _ in range(8)]
    there = [desk.bench.sheets.view(LOCAL_PERSON, one) is not None for one in held]
    assert there == [False, False, True, True, True, True, True, True]


def test_an_item_is_written_and_changed(desk: EvaluateDesk) -> None:
    shown = act(desk, Address(), act="add_set", name="Empty")
    at = find_place(shown)
    saved = desk.bench.sets.read_set(at.set).saved_at
    form = {"question": f"Who? {HOSTILE}", "status": "ready", "role": "trainer", "outcome-answered": "yes"}
    shown = act(desk, replace(at, item="new"), act="save_item", set=at.set, item="", saved=saved, **form)
    assert HOSTILE not in (shown.view or "") and HOSTILE in unescape(shown.view or "")
    kept = desk.bench.sets.read_set(at.set)
    assert (kept.items[0].id, kept.items[0].role, kept.items[0].outcomes) == ("q001", "trainer", (Outcome.ANSWERED,))
    shown = act(desk, at, act="retire_item", set=at.set, item="q001", saved=kept.saved_at)
    assert desk.bench.sets.read_set(at.set).items[0].status == "retired"


def test_a_change_of_a_locked_version_makes_the_next(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", [make_item("a")])
    shown = act(desk, Address(set=kept.id, tab="versions"), act="lock", set=kept.id, version="1")
    assert "is locked" in read(shown.notice) and "lock-version" not in (shown.view or "")
    values = {"question": "Another?", "status": "ready", "role": "principal"}
    shown = act(desk, Address(set=kept.id), act="save_item", set=kept.id, item="a", saved=kept.saved_at, **values)
    assert "saved as version 2" in read(shown.notice)
    assert desk.bench.sets.read_set(kept.id, 1).items == kept.items
    older = desk.open(LOCAL_PERSON, Address(set=kept.id, version="1", item="a"))
    assert "save-item" not in (older.view or "") and "read only" in read(older.view)


def test_two_windows_do_not_write_over_each_other(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", [make_item("a")])
    values = {"act": "save_item", "set": kept.id, "item": "a", "saved": kept.saved_at, "status": "ready"}
    act(desk, Address(set=kept.id), **values, question="The first?")
    with pytest.raises(SetChanged):
        act(desk, Address(set=kept.id), **values, question="The second?")
    assert desk.bench.sets.read_set(kept.id).items[0].question == "The first?"


def test_an_item_that_cannot_stand_is_refused(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", [make_item("a")])
    values = {"act": "save_item", "set": kept.id, "item": "a", "saved": kept.saved_at, "status": "ready"}
    for question, said in (("  ", "Write the question"), ("x" * 5000, "too long")):
        with pytest.raises(CoachError, match=said):
            act(desk, Address(set=kept.id), **values, question=question)
    with pytest.raises(CoachError, match="not there any more"):
        act(desk, Address(set=kept.id), **{**values, "item": "b"}, question="Who?")


def test_drafts_become_questions_when_they_are_written(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", [make_item("a")])
    at = Address(set=kept.id, tab="drafts")
    shown = act(desk, at, act="add_drafts", set=kept.id, saved=kept.saved_at, count="5")
    assert "2 drafts" in read(shown.notice) and "Passage 2." in read(shown.view)
    kept = desk.bench.sets.read_set(kept.id)
    values = {"draft-0-id": "d1", "draft-0-question": " ", "draft-1-id": "d2", "draft-1-question": "What is passage 2?"}
    shown = act(desk, at, act="save_drafts", set=kept.id, saved=kept.saved_at, **values)
    assert "One question" in read(shown.notice)
    kept = desk.bench.sets.read_set(kept.id)
    assert [(one.id, one.status) for one in kept.items] == [("a", "ready"), ("d1", "draft"), ("d2", "ready")]
    shown = act(desk, at, act="add_drafts", set=kept.id, saved=kept.saved_at, count="x")
    assert "covered" in read(shown.notice)
    # A question that is none of a draft's changes nothing.
    values = {"draft-0-id": "a", "draft-0-question": "Stolen?"}
    shown = act(desk, at, act="save_drafts", set=kept.id, saved=kept.saved_at, **values)
    assert "nothing was saved" in read(shown.notice) and shown.view is None
    assert desk.bench.sets.read_set(kept.id).items == kept.items


def test_a_draft_of_a_sheet_stays_one_until_its_question_is_changed(desk: EvaluateDesk) -> None:
    drafts = [replace(make_item(one, f"Who leads {one}?\nAnd why?"), status="draft") for one in ("a", "b")]
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", drafts)
    at = Address(set=kept.id, tab="drafts")
    lead = read(desk.open(LOCAL_PERSON, at).view)
    assert "stays a draft until you change it" in lead and "Passages of your documents" not in lead
    shown_back = {"draft-0-id": "a", "draft-0-question": "Who leads a?\r\nAnd why?", "draft-1-id": "b"}
    same = {**shown_back, "draft-1-question": drafts[1].question}
    shown = act(desk, at, act="save_drafts", set=kept.id, saved=kept.saved_at, **same)
    assert "nothing was saved" in read(shown.notice) and desk.bench.sets.read_set(kept.id).items == kept.items
    changed = {**shown_back, "draft-1-question": "Who leads now?"}
    shown = act(desk, at, act="save_drafts", set=kept.id, saved=kept.saved_at, **changed)
    assert "One question is ready" in read(shown.notice)
    items = desk.bench.sets.read_set(kept.id).items
    assert [(one.question, one.status) for one in items] == [
        (drafts[0].question, "draft"), ("Who leads now?", "ready")
    ]  # fmt: skip


def test_a_list_is_filtered(desk: EvaluateDesk) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", list_items())

    def count(**values: str) -> int:
        shown = desk.open(LOCAL_PERSON, Address(set=kept.id, **values))
        found = re.search(r"(\d+) of 12 listed", read(shown.view))
        assert found is not None
        return int(found[1])

    assert (count(), count(type="decline"), count(role="trainer"), count(words="MARIA santos")) == (12, 2, 4, 1)
    assert count(type="decline", words="lunch") == 1 and count(status="retired") == 0


# --- long lists -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 450), st.text("0123456789x ", max_size=4))
def test_the_pages_of_a_list_are_the_list(count: int, wanted: str) -> None:
    rows = list(range(count))
    pages = turn_page(rows, "").pages
    turned = [turn_page(rows, str(number)) for number in range(1, pages + 1)]
    assert [row for page in turned for row in page.rows] == rows
    assert all(len(page.rows) == ROWS for page in turned[:-1])
    page = turn_page(rows, wanted)
    assert 1 <= page.number <= pages and page == turned[page.number - 1]
    assert list(page.rows) == rows[max(page.first - 1, 0) : page.last]


def keep_long(desk: EvaluateDesk, count: int = 230, **changes: Any) -> str:
    """A set of so many questions, every second about buses; its id."""
    items = [replace(make_item(f"q{n:03}", topic="buses" if n % 2 else "time"), **changes) for n in range(1, count + 1)]
    problems = [RowProblem(n, "Look at this.", "Role") for n in (2, 3, 4, 7)]
    return desk.bench.sets.add_set(LOCAL_PERSON, "Long", items, problems).id


def list_links(html: str | None, name: str) -> Address:
    """Where a link goes."""
    found = re.search(rf'<a href="([^"]*)" [^>]*id="{name}"', html or "")
    assert found is not None, name
    return read_address(unescape(found[1]).partition("?")[2])


def test_a_long_set_is_read_page_by_page(desk: EvaluateDesk) -> None:
    set_id = keep_long(desk)
    shown = desk.open(LOCAL_PERSON, Address(set=set_id))
    assert "Questions 1 to 100 of 230" in read(shown.view) and "230 of 230 listed" in read(shown.view)
    assert "q100" in read(shown.view) and "q101" not in read(shown.view) and "page-previous" not in (shown.view or "")
    following = list_links(shown.view, "page-next")
    assert following == Address(set=set_id, page="2") == find_place(desk.open(LOCAL_PERSON, following))
    shown = desk.open(LOCAL_PERSON, following, focus="page-place")
    assert 'data-focus-on="page-place"' in (shown.view or "") and 'id="page-place" tabindex="-1"' in (shown.view or "")
    assert 'data-announce="Questions 101 to 200 of 230"' in (shown.view or "")
    assert list_links(shown.view, "page-previous") == Address(set=set_id)
    assert list_links(shown.view, "item-1") == Address(set=set_id, page="2", item="q101")
    last = desk.open(LOCAL_PERSON, Address(set=set_id, page="99"))
    assert "Questions 201 to 230 of 230" in read(last.view) and "page-next" not in (last.view or "")
    fewer = desk.open(LOCAL_PERSON, Address(set=set_id, topic="buses", page="2"))
    assert "Questions 101 to 115 of 115" in read(fewer.view) and "115 of 230 listed" in read(fewer.view)
    # What is filtered anew begins with its first page: the form sends no page, which evaluate.js takes off the address.
    assert '<input type="hidden" name="page" value="">' in (fewer.view or "")


def test_a_list_of_one_page_has_no_pages(desk: EvaluateDesk) -> None:
    shown = desk.open(LOCAL_PERSON, Address(set=keep_long(desk, 100)))
    assert "page-place" not in (shown.view or "") and "paging" not in (shown.view or "")


def test_problems_of_the_same_words_are_told_once(desk: EvaluateDesk) -> None:
    said = read(desk.open(LOCAL_PERSON, Address(set=keep_long(desk, 3), tab="problems")).view)
    assert "Rows 2–4, 7 (4): (Role) Look at this." in said and "To be checked (1)" in said


def test_drafts_are_saved_on_their_page(desk: EvaluateDesk) -> None:
    set_id = keep_long(desk, status="draft", question="")
    at = Address(set=set_id, tab="drafts", page="3")
    shown = desk.open(LOCAL_PERSON, at)
    assert "Drafts 201 to 230 of 230" in read(shown.view)
    kept = desk.bench.sets.read_set(set_id)
    values = {"draft-0-id": "q201", "draft-0-question": "Who drives?"}
    shown = act(desk, at, act="save_drafts", set=set_id, saved=kept.saved_at, **values)
    assert find_place(shown) == at and "One question is ready" in read(shown.notice)


@pytest.mark.slow
def test_results_and_comparisons_are_read_page_by_page(desk: EvaluateDesk, sets: EvaluationStore) -> None:
    set_id = keep_long(desk)
    items = sets.read_set(set_id).items
    before = keep_run(sets, set_id, [make_result(one) for one in items], "Before")
    after = keep_run(sets, set_id, [make_result(one, passed=one.topic != "buses") for one in items], "After")
    shown = desk.open(LOCAL_PERSON, Address(run=after, show="failed", page="2"))
    assert "Questions 101 to 115 of 115" in read(shown.view) and "115 of 230 listed" in read(shown.view)
    shown = desk.open(LOCAL_PERSON, Address(compare=f"{before},{after}", page="2"))
    assert "All questions compared 101 to 200 of 230" in read(shown.view)
    assert "These are the first 100 of 115." in read(shown.view)
    assert list_links(shown.view, "lost-all") == Address(compare=f"{before},{after}", show="worse")
    worse = desk.open(LOCAL_PERSON, Address(compare=f"{before},{after}", show="worse"))
    assert "1 to 100 of 115" in read(worse.view)


def test_a_set_and_a_run_are_deleted(pair: tuple[str, str, str], desk: EvaluateDesk, runs: ToldRuns) -> None:
    set_id, before, after = pair
    shown = act(desk, Address(run=after), act="delete_run", run=after)
    assert "“After” is deleted" in read(shown.notice) and find_place(shown) == Address(view="runs")
    shown = act(desk, Address(set=set_id), act="delete_set", set=set_id)
    assert runs.stopped == [after, before] and desk.bench.sets.list_sets() == () == desk.bench.sets.list_runs()
    with pytest.raises(CoachError, match="no such set"):
        act(desk, Address(), act="delete_set", set=set_id)


# --- the form of an item ----------------------------------------------------------------------------------------------

_WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
_SIGNS = st.text("ab1A \n;|/-.,:)[]\"'\u201c\u201d\u00ab\u00bb", min_size=1, max_size=12)
_PHRASES = st.one_of(
    _WORDS,
    _SIGNS,
    st.lists(st.sampled_from(["a", " / ", " OR ", "; ", "|", '"', "\n", "1. ", "- ", "b c"]), min_size=1).map("".join),
    st.sampled_from(["n/a", "none", "json:[1]", "he/she", "a, b", "['a', 'b']", "U: a", "A: b\nU: c", " a  b "]),
)
_SOURCES = st.builds(
    SourceWords, _PHRASES, st.sampled_from(["", "walks.md", "Notes,  2013"]), st.sampled_from(["", "abc"])
)
_WITH_DOCUMENTS = st.one_of(_SOURCES, st.builds(SourceWords, document=_WORDS)).filter(
    lambda one: any(map(str.strip, (one.quote, one.document, one.label)))
)
_ITEMS = st.builds(
    EvaluationItem,
    id=st.just("q001"),
    question=_WORDS,
    role=st.sampled_from(ROLES),
    history=st.lists(st.builds(HistoryTurn, st.sampled_from(["user", "assistant"]), _PHRASES), max_size=4).map(tuple),
    outcomes=st.lists(st.sampled_from(list(Outcome)), unique=True).map(tuple),
    must_mention=st.lists(st.lists(_PHRASES, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    must_not_say=st.lists(_PHRASES, max_size=3).map(tuple),
    sources=st.lists(st.lists(_WITH_DOCUMENTS, min_size=1, max_size=3).map(tuple), max_size=4).map(tuple),
    welcome=st.lists(_WITH_DOCUMENTS, max_size=3).map(tuple),
    ideal=_SIGNS,
    topic=_SIGNS,
    names=st.lists(_PHRASES, max_size=2).map(tuple),
    wants_guidance=st.sampled_from([None, True, False]),
    notes=st.just((("Difficulty", "3"),)),
)


def type_form(item: EvaluationItem) -> dict[str, str]:
    """What a browser sends of an item's form that nobody changed."""
    form = view_form(item)
    values = {
        "question": item.question, "status": item.status, "role": item.role, "ideal": item.ideal, "type": item.type,
        "topic": item.topic, "owner": item.owner, "part": item.part, "history": form.history, "names": form.names,
        "must_mention": form.must_mention, "must_not_say": form.must_not_say, "guidance": form.guidance,
        **{f"outcome-{one.value}": "yes" for one in item.outcomes},
    }  # fmt: skip
    for row in form.sources:
        values |= {
            f"source-{row.number}-point": row.point,
            f"source-{row.number}-quote": row.words.quote,
            f"source-{row.number}-document": row.words.document.replace("\n", ""),
            f"source-{row.number}-label": row.words.label,
        }
    return {name: text.replace("\n", "\r\n") for name, text in values.items()}


@pytest.mark.slow
@given(_ITEMS)
def test_a_form_that_nobody_changed_is_the_item(item: EvaluationItem) -> None:
    assert read_form(item, type_form(item), load_evaluate_wording()) == item


def type_case(text: str) -> EvaluationItem:
    """A case with a text typed into both of its lists."""
    form = CaseForm("Who?", "principal", False, (), frozenset(), text, text, "", "", "")
    return complete_case(make_item("x", must_mention=(), must_not_say=()), form, (), "")


@pytest.mark.slow
@given(st.lists(st.one_of(_PHRASES, st.sampled_from([" / ", " OR ", ";", "|", "\n"])), max_size=8).map("".join))
def test_a_text_means_the_same_in_a_case_a_form_and_a_cell(text: str) -> None:
    case = type_case(text)
    typed = read_form(case, type_form(case) | {"must_mention": text, "must_not_say": text}, load_evaluate_wording())
    assert (typed.must_mention, typed.must_not_say) == (case.must_mention, case.must_not_say)
    header = ["Question", "Must mention", "Must not say"]
    sheet = Sheet("a.xlsx", "xlsx", tuple(SheetRow(n, c) for n, c in ((1, tuple(header)), (2, ("Who?", text, text)))))
    mapping = propose_mapping(sheet)
    (imported,) = import_items(sheet, mapping).items
    assert (imported.must_mention, imported.must_not_say) == (case.must_mention, case.must_not_say)
    assert read_form(typed, type_form(typed), load_evaluate_wording()) == typed


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("zebra / okapi\nherd", (("zebra", "okapi"), ("herd",))),
        ("zebra | okapi; herd", (("zebra",), ("okapi",), ("herd",))),
        ("zebra OR okapi", (("zebra", "okapi"),)),
        ("he/she and/or they", (("he/she and/or they",),)),
        ('"one; two" / "three | four"\n- five', (("one; two", "three | four"), ("five",))),
        ('\u201ca / b\u201d; c', (("a / b",), ("c",))),
        ('say "a; b" twice', (('say "a',), ('b" twice',))),
        ("n/a", ()),
    ],
)  # fmt: skip
def test_signs_between_points_and_between_wordings(text: str, groups: tuple[tuple[str, ...], ...]) -> None:
    assert type_case(text).must_mention == groups


def test_a_form_shows_no_code_where_quotation_marks_help() -> None:
    item = make_item("q1", must_mention=(("one; two", "he / she"), ("none",), ('say "a; b"',), ("1. first",)))
    shown = ['"one; two" / "he / she"', '"none"', '\u00absay "a; b"\u00bb', '"1. first"']
    assert view_form(item).must_mention.splitlines() == shown


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=40)))
def test_whatever_a_form_sends_is_an_item_or_refused(values: dict[str, str]) -> None:
    item = make_item("q1")
    try:
        read_again = read_form(item, values, load_evaluate_wording())
    except CoachError:
        return
    assert read_again.id == item.id and len(read_again.sources) <= MOST_SOURCES


@given(st.lists(st.text(max_size=8)))
def test_a_new_item_has_an_id_of_its_own(ids: list[str]) -> None:
    assert choose_id(ids) not in ids


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_is_started_looked_at_and_stopped(desk: EvaluateDesk, runs: ToldRuns) -> None:
    kept = desk.bench.sets.add_set(LOCAL_PERSON, "Autumn", list_items()[:3])
    shown = act(desk, Address(view="runs"), act="start_run", what=f"{kept.id},1", title="Mine")
    at = find_place(shown)
    assert "begun" in read(shown.notice) and "Waiting" in read(shown.progress)
    runs.told[at.run] = Progress(at.run, "running", 2, 3, 1, 1, f"Who {HOSTILE}?", 75.0)
    looked = desk.look(LOCAL_PERSON, at, "running")
    assert looked.view is None and looked.notice is None
    words = read(looked.progress)
    assert "2 of 3 asked, 1 passed. 1 with a grave failure. About 1 min 15 s left." in words
    assert HOSTILE in words and HOSTILE not in (looked.progress or "")
    shown = act(desk, at, act="stop_run", run=at.run)
    assert runs.stopped == [at.run] and shown.view is None
    runs.told[at.run] = Progress(at.run, "stopped", 2, 3, 1, 1)
    looked = desk.look(LOCAL_PERSON, at, "running")
    assert "resume-run" in (looked.progress or "") and looked.view is not None and looked.notice == ""
    assert "The run is stopped at 2 of 3." in unescape(looked.progress or "")
    shown = act(desk, at, act="resume_run", run=at.run)
    assert "stop-run" in (shown.progress or "")
    runs.told[at.run] = Progress(at.run, "done", 3, 3, 2, 1)
    looked = desk.look(LOCAL_PERSON, at, "running")
    assert "data-active" not in (looked.progress or "") and "2 of 3 passed" in unescape(looked.progress or "")
    assert "2 of 3 passed" not in unescape(desk.look(LOCAL_PERSON, at, "").progress or "")  # it is said once


def test_a_gate_failure_is_told_once(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    run = desk.bench.read_run(pair[2])
    result = next(one for one in run.results if one.gates)
    words = read(desk.open(LOCAL_PERSON, Address(run=run.id, item=result.item.id)).view).partition("Scores")[0]
    assert words.count(result.gates[0].reason) == 1


def test_results_are_told_gate_failures_first(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, _, after = pair
    words = read(desk.open(LOCAL_PERSON, Address(run=after)).view)
    assert "Grave failures: 2. 7 of 11 passed. 1 got no answer." in words
    assert "trainer" in words.lower() and "Rate answers" in words


def list_rows(shown: Shown) -> list[str]:
    """Ids of the items in the list of results."""
    return re.findall(r"<code>(a\d\d)</code></td><td><span class=\"verdict", shown.view or "")


def test_results_are_filtered(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, _, after = pair

    def look(**values: str) -> list[str]:
        return list_rows(desk.open(LOCAL_PERSON, Address(run=after, **values)))

    assert len(look()) == 12
    assert look(show="failed") == ["a05", "a08", "a09", "a10", "a11"]
    assert look(show="gates") == ["a08", "a11"] and look(show="unscored") == ["a10"]
    assert look(show="failed", type="practice") == ["a09", "a10", "a11"]


def test_an_answer_is_shown_with_everything_that_came_of_it(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, before, after = pair
    words = read(desk.open(LOCAL_PERSON, Address(run=before, item="a01")).view)
    for said in ("a01", "Ideal answer", "In a sentence of our own.", "same words, other endings", "What was found: 1"):
        assert said in words
    at = Address(run=after, item="a09", show="failed")
    view = desk.open(LOCAL_PERSON, at).view or ""
    assert "3 of 5" in read(view) and "item=a08" in view and "item=a10" in view
    assert "No answer came within 90 seconds." in read(desk.open(LOCAL_PERSON, replace(at, item="a10")).view)


def test_what_a_model_or_a_document_wrote_is_text(desk: EvaluateDesk) -> None:
    item = make_item("a", HOSTILE, type=HOSTILE, ideal=HOSTILE, must_mention=((HOSTILE,),))
    kept = desk.bench.sets.add_set(LOCAL_PERSON, HOSTILE, [item])
    result = replace(make_result(item, False, text=HOSTILE), fault="")
    run = keep_run(desk.bench.sets, kept.id, [result], HOSTILE)
    other = keep_run(desk.bench.sets, kept.id, [make_fault(item, HOSTILE)], HOSTILE)
    for at in (
        Address(), Address(set=kept.id), Address(set=kept.id, item="a"), Address(view="runs"), Address(run=run),
        Address(run=run, item="a"), Address(run=other, item="a"), Address(compare=f"{run},{other}"),
        Address(compare=f"{run},{other}", item="a"), Address(view="compare"), Address(set=kept.id, words=HOSTILE),
    ):  # fmt: skip
        shown = desk.open(LOCAL_PERSON, at)
        assert shown.notice == "" and HOSTILE not in (shown.view or "") and "<script" not in (shown.view or "")


# --- comparisons ------------------------------------------------------------------------------------------------------


def test_a_comparison_says_first_what_is_worse(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, before, after = pair
    shown = act(desk, Address(run=after), act="compare", before=before, after=after)
    words = read(shown.view)
    assert "Grave failures that were not there before: 1. No clear difference: 1 better, 4 worse of 12." in words
    order = [
        words.index(one) for one in ("New grave failures: 1", "From passed to failed: 2", "From failed to passed: 1")
    ]
    assert order == sorted(order)
    for said in ("Documents library-1 library-2", "Wording prompts-1 prompts-2"):
        assert said in words


def test_both_answers_stand_side_by_side(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, before, after = pair
    words = read(desk.open(LOCAL_PERSON, Address(compare=f"{before},{after}", item="a05")).view)
    assert "Before: Before" in words and "After: After" in words and "Your documents do not cover this." in words


def test_a_run_is_not_compared_with_itself(pair: tuple[str, str, str], desk: EvaluateDesk) -> None:
    _, before, _ = pair
    with pytest.raises(CoachError, match="two different"):
        act(desk, Address(), act="compare", before=before, after=before)
    with pytest.raises(CoachError, match="two different"):
        act(desk, Address(), act="compare", before="../..", after=before)


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def serve(desk: EvaluateDesk) -> Callable[[str], TestClient]:
    def make(person: str = LOCAL_PERSON) -> TestClient:
        app = FastAPI()
        app.include_router(build_router(desk, lambda _: person))
        return TestClient(app)

    return make


def test_a_sheet_comes_by_its_own_route(serve: Callable[[str], TestClient], desk: EvaluateDesk) -> None:
    client = serve(LOCAL_PERSON)
    answer = client.post("/evaluate/sheets", content=SHEET, headers={"x-file-name": "spring%20term.csv"})
    view = desk.bench.sheets.view(LOCAL_PERSON, answer.json()["id"])
    assert view is not None and view.name == "spring term.csv"
    refused = client.post("/evaluate/sheets", content=b"%PDF-1.7", headers={"x-file-name": "a.pdf"})
    assert refused.status_code == 422 and refused.json()["reason"]
    assert client.post("/evaluate/sheets", content=SHEET).status_code == 400
    assert serve(OTHER).post("/evaluate/sheets", content=SHEET, headers={"x-file-name": "a.csv"}).status_code == 401
    large = client.post("/evaluate/sheets", content=b"a," * 10_600_000, headers={"x-file-name": "a.csv"})
    assert large.status_code == 422 and "20 MB" in large.json()["reason"]


def test_sets_and_results_go_out_as_files(
    serve: Callable[[str], TestClient], pair: tuple[str, str, str], desk: EvaluateDesk
) -> None:
    set_id, before, after = pair
    client = serve(LOCAL_PERSON)
    for ending, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("jsonl", b"{"), ("ragas.jsonl", b"{")):
        answer = client.get(f"/evaluate/sets/{set_id}/1/export.{ending}")
        assert answer.content.startswith(begins)
        assert f'"autumn-1.{ending}"' in answer.headers["content-disposition"]
    lines = client.get(f"/evaluate/runs/{after}/results.jsonl").text.splitlines()
    assert len(lines) == 12
    for ending in ("html", "xlsx"):
        assert client.get(f"/evaluate/runs/{after}/report.{ending}").text == "After against nothing"
        answer = client.get(f"/evaluate/runs/{after}/report.{ending}?before={before}")
        assert answer.text == "After against Before" and "attachment" in answer.headers["content-disposition"]


def test_what_is_not_there_and_what_is_not_yours_answer_alike(
    serve: Callable[[str], TestClient], pair: tuple[str, str, str]
) -> None:
    set_id, _, after = pair
    asked = [
        f"/evaluate/sets/{set_id}/9/export.csv", f"/evaluate/sets/{set_id}/1/export.exe",
        "/evaluate/sets/..%2f/1/export.csv", f"/evaluate/runs/{'0' * 32}/report.html",
        f"/evaluate/runs/{after}/report.html?before=x",
    ]  # fmt: skip
    mine = [serve(LOCAL_PERSON).get(path) for path in asked]
    others = [
        serve(OTHER).get(path)
        for path in (f"/evaluate/sets/{set_id}/1/export.csv", f"/evaluate/runs/{after}/report.html")
    ]
    assert {one.status_code for one in (*mine, *others)} == {404}


# --- words ------------------------------------------------------------------------------------------------------------


def test_no_wording_of_the_page_stands_in_for_another_pages() -> None:
    pages = (
        load_page_wording().sentences,
        load_sharing_wording().sentences,
        LIBRARY_PLACEHOLDERS,
        PLAN_PAGE_PLACEHOLDERS,
    )
    for other in pages:
        assert not EVALUATE_PLACEHOLDERS.keys() & other.keys()
