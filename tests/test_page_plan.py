"""The plan page in a real browser: from a topic to the Word file, with the mouse, by keys alone, on a phone, in two windows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import (
    BOX,
    NEWEST,
    PHONE,
    WIDE,
    Command,
    Visits,
    measure_overflow,
    name_focused,
    wait_for_answer,
    wait_for_notice,
)
from tests.test_page_access import find_barriers, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

TOPIC = "sharing instructional leadership"
DEFINED = "What is learning-focused leadership?"
COUNT_CLICKS = """addEventListener('click', (event) => {
    if (event.isTrusted) sessionStorage.clicks = +(sessionStorage.clicks ?? 0) + 1;
}, true)"""
STEPS = ("topic", "setting", "passages", "agenda", "review")


def visit(visits: Visits, address: str, path: str = "/plan", *, size: tuple[int, int] = WIDE) -> Page:
    """A tab with the plan page."""
    page = visits(address, size=size)
    page.goto(address + path)
    wait_until_there(page)
    return page


def wait_until_there(page: Page) -> None:
    page.wait_for_selector(".plan-page", state="attached")


def wait_for_step(page: Page, name: str) -> None:
    page.wait_for_selector(f"[data-panel={name}]:not([hidden])")


def wait_until_saved(page: Page, version: int) -> None:
    """Until what was done is kept as a version, and nothing more is on its way."""
    page.wait_for_selector(f"#saved [data-version='{version}']", state="attached")


def list_wider(page: Page) -> list[str]:
    """What runs out of the window, although the page does not scroll."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('#plan-middle *')].filter((one) => one.getBoundingClientRect().right >
                innerWidth + 1 && !one.closest('.hidden-words, .bar')).map((one) => one.outerHTML.slice(0, 80))"""
        )
    )


def make_plan(page: Page, topic: str = TOPIC) -> str:
    """A plan of the person's; its id."""
    page.fill("#draft-topic", topic)
    page.click("#on-to-setting")
    page.click("[data-panel=setting] [data-make]")
    wait_for_step(page, "passages")
    page.wait_for_function("() => document.activeElement.id === 'panel-passages'")
    return page.url.split("plan=")[1].split("&")[0]


def read_word(path: Path | str) -> str:
    """The words of a Word file."""
    with zipfile.ZipFile(BytesIO(Path(path).read_bytes())) as packed:
        return re.sub(r"<[^>]+>", "", packed.read("word/document.xml").decode())


def read_minutes(page: Page) -> list[int]:
    return [int(one.input_value()) for one in page.locator("[data-minutes-of]").all()]


# --- the whole way ------------------------------------------------------------------------------------------------


def test_from_a_topic_to_the_word_file(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    assert page.title() == "Plan · Coach" and page.locator(".steps a").count() == 2
    make_plan(page)
    wait_for_notice(page, "is made")
    quote = page.inner_text("#plan .passage-card blockquote >> nth=0")
    page.locator("[data-panel=passages] [data-act=drop_passage]").last.click()
    page.wait_for_function("() => document.querySelectorAll('[data-act=drop_passage]').length === 2")
    page.click("#on-to-agenda")
    wait_for_step(page, "agenda")
    before = read_minutes(page)
    page.click("#item-step-1-more")
    page.wait_for_function(f"() => document.querySelector('#item-step-1-minutes').value === '{before[2] + 1}'")
    assert sum(read_minutes(page)) == 60 and name_focused(page) == "item-step-1-more"
    assert "60 minutes in all." in page.inner_text("#agenda-total")
    page.fill("#item-step-1-title", "Our own dilemma")
    page.click("#on-to-review")
    wait_for_step(page, "review")
    page.click("#edit-lines-outcomes-open summary")
    page.fill("#edit-lines-outcomes", "name one thing to share\nask one person for it")
    page.click("#part-outcomes")
    page.wait_for_selector("[aria-labelledby=part-outcomes] .by-person")
    page.wait_for_selector("#saved >> text=Saved")
    with page.expect_download() as download:
        page.click("#export-docx")
    assert download.value.suggested_filename == "plan-sharing-instructional-leadership.docx"
    words = read_word(download.value.path())
    for said in ("name one thing to share", "Our own dilemma", quote[:40]):
        assert said in words
    page.reload()
    wait_for_step(page, "review")
    assert "ask one person for it" in page.inner_text(".paper")


def test_from_a_question_to_an_exported_visit_prep_in_four_clicks(visits: Visits, starter: Command) -> None:
    page = visits(starter.address)
    page.evaluate(COUNT_CLICKS)
    page.fill(BOX, DEFINED)
    page.click("#ask")
    wait_for_answer(page, DEFINED)
    page.click(f"{NEWEST} [data-event=prepare_visit]")
    page.wait_for_url("**/plan?plan=*&step=review")
    wait_for_step(page, "review")
    page.evaluate(COUNT_CLICKS)
    with page.expect_download() as download:
        page.click("#export-docx")
    assert int(page.evaluate("sessionStorage.clicks")) == 3
    assert "School visit" in page.inner_text(".plan-facts") and "40 minutes" in page.inner_text(".plan-facts")
    assert "learning-focused leadership" in read_word(download.value.path()).casefold()


def test_a_session_is_made_of_an_answer(visits: Visits, starter: Command) -> None:
    page = visits(starter.address)
    page.fill(BOX, DEFINED)
    page.click("#ask")
    wait_for_answer(page, DEFINED)
    page.click(f"{NEWEST} >> text=Make a session of this")
    wait_until_there(page)
    assert DEFINED in page.inner_text(".from-answer") and page.input_value("#draft-topic")
    page.click("#step-setting")
    page.click("[data-panel=setting] [data-make]")
    wait_for_step(page, "passages")
    assert page.locator("[data-panel=passages] .passage-card").count() >= 1


def test_a_topic_that_is_not_covered_says_so_first(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    make_plan(page, "bus schedules in winter")
    assert page.inner_text(".plan-page").startswith("Your documents do not cover")


def test_what_does_not_fit_is_said_and_offered(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    page.fill("#draft-topic", TOPIC)
    page.click("#on-to-setting")
    page.fill("#draft-minutes", "30")
    page.press("#draft-minutes", "Tab")
    page.wait_for_selector("#not-fitting li:has-text('Consultancy')", state="attached")
    assert page.locator("#draft-protocol-consultancy").count() == 0
    page.click("#not-fitting summary")
    page.click("#take-consultancy")
    page.wait_for_selector("#draft-protocol-consultancy:checked")
    page.click("[data-panel=setting] [data-make]")
    wait_for_step(page, "passages")
    page.click("#step-review")
    assert "Protocol: Consultancy" in page.inner_text(".paper")


def test_two_quick_clicks_make_one_plan(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    before = page.locator("#plans li").count()
    page.fill("#draft-topic", TOPIC)
    page.click("#step-setting")
    page.dblclick("[data-panel=setting] [data-make]")
    wait_for_step(page, "passages")
    page.click("#step-review")
    page.click("#versions summary")
    assert page.locator("#plans li").count() == before + 1 and page.locator("#versions li").count() == 1


# --- nothing is lost ----------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_after_a_pause_and_nothing_moves(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    make_plan(page)
    page.click("#step-agenda")
    before = read_minutes(page)
    page.click("#item-opening-detail")
    page.keyboard.press("Control+A")
    page.keyboard.type("Greet everyone by the door.")
    page.wait_for_selector("#saved >> text=Saved")
    assert name_focused(page) == "item-opening-detail"
    page.keyboard.type(" Then sit down.")
    page.click("#item-step-1-more")  # the click that leaves the field is not lost
    page.wait_for_selector("#item-step-1-more:focus")
    page.wait_for_function(f"() => document.querySelector('#item-step-1-minutes').value === '{before[2] + 1}'")
    assert page.input_value("#item-opening-detail") == "Greet everyone by the door. Then sit down."
    page.reload()
    wait_for_step(page, "agenda")
    assert page.input_value("#item-opening-detail") == "Greet everyone by the door. Then sit down."


def test_what_is_refused_is_said_and_changes_nothing(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    make_plan(page)
    page.click("#step-agenda")
    before = read_minutes(page)
    page.fill("#item-step-1-minutes", "59")
    page.press("#item-step-1-minutes", "Enter")
    wait_for_notice(page, "does not add up")
    page.wait_for_function(f"() => document.querySelector('#item-step-1-minutes').value === '{before[2]}'")
    assert read_minutes(page) == before
    page.fill("#item-opening-title", "")
    page.press("#item-opening-title", "Tab")
    wait_for_notice(page, "Something must stand here")
    page.wait_for_selector("#item-opening-title[aria-invalid=true]")
    page.focus("#item-opening-title")
    page.keyboard.press("Escape")
    assert page.input_value("#item-opening-title") == "Welcome and last commitments"


def test_two_windows_do_not_overwrite_each_other(visits: Visits, starter: Command) -> None:
    one = visit(visits, starter.address)
    plan = make_plan(one)
    two, three = (visit(visits, starter.address, f"/plan?plan={plan}&step=review") for _ in range(2))
    one.click("#step-review")
    for page, words in ((one, "From the first window."), (two, "From the second window."), (three, "From the third.")):
        page.click("#edit-text-purpose-open summary")
        page.fill("#edit-text-purpose", words)
        page.click("#part-purpose")
        if page is one:
            wait_until_saved(one, 2)
    for page in (two, three):
        wait_for_notice(page, "changed elsewhere")
    assert two.input_value("#edit-text-purpose") == "From the second window."
    two.click("#keep-mine")
    wait_for_notice(two, "Yours is version 3 now")
    two.wait_for_selector("[aria-labelledby=part-purpose] >> text=From the second window.")
    three.click("#see-newer")
    wait_for_notice(three, "This is version 3")
    assert "From the third." in three.inner_text("#notice")
    three.wait_for_selector("[aria-labelledby=part-purpose] >> text=From the second window.")
    two.click("#versions summary")
    two.click("#restore-2")
    two.wait_for_selector("[aria-labelledby=part-purpose] >> text=From the first window.")


def test_words_outlive_a_coach_that_does_not_answer(visits: Visits, tmp_path_factory: pytest.TempPathFactory) -> None:
    served = Command(tmp_path_factory.mktemp("away") / "home")
    served.run("ingest")
    served.start()
    try:
        page = visit(visits, served.address)
        plan = make_plan(page)
        page.click("#step-agenda")
        served.stop()
        page.fill("#item-opening-title", "Written while nobody heard")
        page.wait_for_selector("#unsaved >> text=Not saved yet")
        assert page.input_value("#item-opening-title") == "Written while nobody heard"
        served.start()  # Gradio loads the page again by itself, before or after the words are saved
        page.wait_for_selector("#plan .by-person", state="attached", timeout=60_000)
        other = visit(visits, served.address, f"/plan?plan={plan}&step=agenda")
        for window in (page, other):
            assert window.input_value("#item-opening-title") == "Written while nobody heard"
    finally:
        served.stop()
    visits.complaints.clear()  # of a server that was away


def test_a_plan_is_deleted_only_when_it_is_confirmed(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address)
    plan = make_plan(page, "a topic to be deleted")
    page.click("#step-review")
    page.click("#delete-plan summary")
    page.click("#delete-now")
    wait_for_notice(page, "is deleted")
    assert page.locator(f"#plan-{plan}").count() == 0 and "plan=" not in page.url


# --- for everybody ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planned(starter: Command, chromium: object, usual_context: object) -> Iterator[str]:
    """The address of a plan."""
    page = usual_context.new_page()  # type: ignore[attr-defined]
    page.goto(f"{starter.address}/plan")
    wait_until_there(page)
    plan = make_plan(page)
    page.close()
    yield f"/plan?plan={plan}&step="


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("step", STEPS)
def test_no_step_has_a_barrier_or_runs_out_of_the_window(
    step: str, size: tuple[int, int], visits: Visits, starter: Command, planned: str
) -> None:
    page = visit(visits, starter.address, planned + step, size=size)
    wait_for_step(page, step)
    page.evaluate("for (const one of document.querySelectorAll('#plan details')) one.open = true")
    if step == "passages":
        page.click("#find-passages")
        page.wait_for_selector("[data-act=add_passage]")
    assert measure_overflow(page) <= 0
    assert list_wider(page) == []
    assert find_barriers(page) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_new_plan_and_a_conflict_have_no_barrier(size: tuple[int, int], visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address, size=size)
    assert find_barriers(page) == [] and measure_overflow(page) <= 0
    plan = make_plan(page)
    other = visit(visits, starter.address, f"/plan?plan={plan}&step=agenda", size=size)
    page.click("#step-agenda")
    for window in (page, other):
        window.click("#item-opening-more")
        if window is page:
            wait_until_saved(page, 2)
    wait_for_notice(other, "changed elsewhere")
    assert find_barriers(other) == [] and measure_overflow(other) <= 0 and list_wider(other) == []
    other.click("#see-newer")
    wait_for_notice(other, "This is version 2")


def test_the_whole_way_by_keys_alone(visits: Visits, starter: Command) -> None:  # noqa: PLR0915 - one journey
    page = visit(visits, starter.address)
    tab_to(page, "a[href='/plan']")
    tab_to(page, "#draft-topic")
    page.keyboard.type(TOPIC)
    tab_to(page, "#on-to-setting")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'panel-setting'")
    tab_to(page, "#draft-minutes")
    page.keyboard.press("Control+A")
    page.keyboard.type("75")
    tab_to(page, "[data-make]")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'panel-passages'")
    tab_to(page, "[data-act=drop_passage]")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('[data-act=drop_passage]').length === 2")
    page.wait_for_function("() => document.activeElement.id === 'panel-passages'")
    tab_to(page, "#on-to-agenda")
    page.keyboard.press("Enter")
    tab_to(page, "#item-step-1-more")
    page.keyboard.press("Enter")
    page.wait_for_selector("#saved [data-version='2']", state="attached")
    page.wait_for_selector("#item-step-1-more:focus")
    tab_to(page, "#item-step-1-title")
    page.keyboard.press("Control+A")
    page.keyboard.type("By keys")
    tab_to(page, "#item-step-1-down")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelectorAll('.item-title')[3].value === 'By keys'")
    page.wait_for_selector("#item-step-1-down:focus")  # it goes with what was moved
    tab_to(page, "#item-step-1-remove")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('#item-step-1-remove')")
    page.wait_for_function("() => document.activeElement.id.endsWith('-remove')")
    assert sum(read_minutes(page)) == 75
    tab_to(page, "#on-to-review", most=90)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'panel-review'")
    tab_to(page, "#edit-text-purpose-open > summary")
    page.keyboard.press("Enter")
    tab_to(page, "#edit-text-purpose")
    page.keyboard.press("Control+A")
    page.keyboard.type("Written by keys alone.")
    page.keyboard.press("Tab")
    page.wait_for_selector("[aria-labelledby=part-purpose] >> text=Written by keys alone.")
    tab_to(page, "#export-docx", key="Shift+Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "Written by keys alone." in read_word(download.value.path())
