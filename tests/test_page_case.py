"""In a real browser: from an answer to a test case by keyboard alone, what trainers are let see, and what is not covered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from coach.coverage_wording import load_coverage_wording
from coach.records import LOCAL_PERSON, Manner
from coach.store import tables
from coach.store.conversations import ConversationStore
from coach.store.database import writing
from coach.store.evaluations import EvaluationStore
from coach.store.feedback import FeedbackStore
from tests.browser import (
    GRADIO_WARNING,
    NEWEST,
    PHONE,
    SMALLEST,
    WIDE,
    Command,
    Staged,
    Visits,
    ask,
    measure_overflow,
    stage,
    wait_for_notice,
)
from tests.conftest import ROOT
from tests.test_page_access import expect_focus, find_barriers, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]

DEFINED = "What is learning-focused leadership?"
HOSTILE = "What is leadership? <img src=x onerror=alert(1)><script>alert(2)</script>"
CASE = f"{NEWEST} details.case"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """The starter texts."""
    home = tmp_path_factory.mktemp("cases") / "home"
    Command(home).run("ingest", str(ROOT / "corpus"))
    with stage(home) as staged:
        yield staged


def open_sets(staged: Staged) -> EvaluationStore:
    return EvaluationStore(staged.site.coach.library.store)


def open_form(page: Page) -> None:
    page.click(f"{CASE} summary")
    page.wait_for_selector(f"{CASE} form")


def test_by_keyboard_from_an_answer_to_a_test_case(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    page.emulate_media(reduced_motion="reduce")
    ask(page, DEFINED)
    ask(page, "Who takes part in it?")
    page.focus(f"{NEWEST} h3")
    tab_to(page, f"{CASE} summary", 90)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{CASE} form")
    assert "Everybody who works as a trainer in this installation" in page.inner_text(f"{CASE} .told")
    assert page.locator(f"{CASE} .earlier-turns li").all_inner_texts() == [DEFINED]
    quotes = page.locator(f"{CASE} .source-tick q").all_inner_texts()
    texts = " ".join(" ".join(path.read_text("utf-8").split()) for path in (ROOT / "corpus").glob("*.txt"))
    assert quotes and all(" ".join(quote.strip('“”"').split()) in texts for quote in quotes)
    tab_to(page, f"{CASE} [name=must_mention]")
    page.keyboard.type("leaders / principals")
    tab_to(page, f"{CASE} [type=submit]")
    page.keyboard.press("Enter")
    expect_focus(page, f"{CASE} .post-said")
    said = page.inner_text(f"{CASE} .post-said")
    assert said.startswith("Saved as chat-1 in “From conversations”, version 1.")
    assert page.get_by_role("status").last.inner_text().startswith("Saved as chat-1")
    assert page.get_attribute(f"{CASE} .post-said a", "href") == "/evaluate"
    sets = open_sets(staged)
    (item,) = sets.read_set(sets.find_set("From conversations")).items
    assert item.question == "Who takes part in it?" and item.must_mention == (("leaders", "principals"),)
    assert [turn.text for turn in item.history] == [DEFINED] and len(item.sources) == len(quotes)


def test_what_is_refused_stays_in_the_form(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    ask(page, "How many districts were studied?")
    for said in (".post-said", ".post-trouble:not(:empty)"):
        open_form(page)
        page.fill(f"{CASE} [name=ideal]", "Seven.")
        page.select_option(f"{CASE} [name=set]", "")
        page.fill(f"{CASE} [name=set_name]", "Numbers")
        page.click(f"{CASE} [type=submit]")
        page.wait_for_selector(f"{CASE} {said}")
        if said == ".post-said":
            page.click(f"{CASE} summary")  # closed and opened again, it is a new form
    assert "the same case already" in page.inner_text(f"{CASE} .post-trouble")
    assert page.input_value(f"{CASE} [name=ideal]") == "Seven."
    visits.forgive("422")


def test_hostile_words_are_text_in_the_form(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    ask(page, HOSTILE)
    open_form(page)
    assert page.input_value(f"{CASE} [name=question]") == HOSTILE
    assert page.locator(f"{CASE} img, {CASE} script").count() == 0
    page.fill(f"{CASE} [name=set_name]", HOSTILE)
    page.select_option(f"{CASE} [name=set]", "")
    page.click(f"{CASE} [type=submit]")
    assert HOSTILE in page.inner_text(f"{CASE} .post-said")
    assert page.locator(f"{CASE} img, {CASE} script").count() == 0


def test_the_tick_lets_trainers_see_and_is_taken_back(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    ask(page, DEFINED)
    feedback = FeedbackStore(staged.site.coach.library.store, str)
    page.click(f"{NEWEST} [data-liked=no]")
    form = f"{NEWEST} .feedback-more"
    page.wait_for_selector(f"{form}[open]")
    assert not page.is_checked(f"{form} [name=for_review]")
    page.check(f"{form} [name=for_review]")
    page.click(f"{form} [type=submit]")
    wait_for_notice(page, "Thank you")
    assert [one.is_shared for one in feedback.list_for_review(LOCAL_PERSON)] == [True]
    page.click(f"{form} summary")
    assert page.is_checked(f"{form} [name=for_review]")
    page.uncheck(f"{form} [name=for_review]")
    page.click(f"{form} [type=submit]")
    page.wait_for_selector(f"{form}:not([open])", state="attached")
    assert [one.is_shared for one in feedback.list_for_review(LOCAL_PERSON)] == [False]


@pytest.mark.parametrize("size", [WIDE, PHONE, SMALLEST], ids=["wide", "phone", "smallest"])
def test_axe_finds_no_barrier_in_the_form(size: tuple[int, int], staged: Staged, visits: Visits) -> None:
    page = visits(staged.address, size=size)
    ask(page, DEFINED)
    ask(page, "Who takes part in it?")
    open_form(page)
    page.click(f"{NEWEST} [data-liked=no]")
    page.wait_for_selector(f"{NEWEST} .feedback-more[open]")
    page.wait_for_selector(f"{CASE} form")  # the page was written anew around it
    assert find_barriers(page) == [] and measure_overflow(page) == 0


def test_who_is_no_trainer_is_offered_nothing(staged: Staged, visits: Visits) -> None:
    engine = staged.site.coach.library.store.engine
    own = tables.people.update().where(tables.people.c.id == LOCAL_PERSON)
    with writing(engine) as connection:
        connection.execute(own.values(roles=["principal"]))
    try:
        page = visits(staged.address)
        ask(page, DEFINED)
        assert page.locator("details.case").count() == 0
        page.wait_for_selector(".pages:not(:has([href='/evaluate']))")
        page.goto(f"{staged.address}/evaluate")
        page.wait_for_selector("#notice .trouble")
        page.wait_for_selector(".pages:not(:has([href='/evaluate'], [href='/rate']))")
        page.goto(f"{staged.address}/library")
        page.wait_for_selector("#documents li")
        assert page.locator("#coverage").count() == 0
        assert page.request.get(f"{staged.address}/library/coverage").status == 404
    finally:
        with writing(engine) as connection:
            connection.execute(own.values(roles=["principal", "central_office", "trainer"]))
    page.goto(f"{staged.address}/evaluate")
    page.wait_for_selector(".pages [href='/evaluate'][aria-current]")
    assert page.locator(".pages [href='/rate']").count() == 1


def test_what_is_not_covered_stands_on_the_library_page(staged: Staged, visits: Visits) -> None:
    store = staged.site.coach.library.store
    conversations = ConversationStore(store)
    for number in range(5):
        made = conversations.start(LOCAL_PERSON, Manner(), "Buses")
        text = f"Why are the zanzibarine buses late, number {number}?"
        answer = {"outcome": "not_in_sources", "search_question": text, "role": "principal"}
        with writing(store.engine) as connection:
            values = {"conversation_id": made.id, "ordinal": 0, "question": text, "answer": answer}
            connection.execute(insert(tables.exchanges).values(asked_at="2026-01-09T09:00:00", **values))
    page = visits(staged.address)
    page.goto(f"{staged.address}/library")
    page.wait_for_selector("#coverage summary")
    page.focus("#coverage summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#coverage .bars li")
    said = page.inner_text("#coverage")
    assert "transport" in said and "5 or more questions" in said and "January 2026" in said
    assert "zanzibarine" not in page.content() and "one person here" in said
    assert load_coverage_wording().say("report.title") in page.inner_text("#wanted")
    assert find_barriers(page) == [] and measure_overflow(page) == 0
