"""The conversation page over real HTTP and in a real browser, as a person goes through it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import icalendar
import pytest

from tests.browser import (
    BOX,
    NEWEST,
    PHONE,
    SMALLEST,
    Command,
    Visits,
    ask,
    list_questions,
    measure_overflow,
    name_focused,
    wait_for_answer,
    wait_for_notice,
    wait_until_loaded,
)
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.slow

DEFINED = "What is learning-focused leadership?"
STUCK = "A veteran teacher shuts down when I give feedback. What could I try?"
TIME = "How do I get into classrooms more often?"
ABSENT = "Which zoo keeps penguins?"


# --- HTTP --------------------------------------------------------------------------------------------------------


def test_it_is_up_and_asks_chroma(starter: Command) -> None:
    assert httpx.get(f"{starter.address}/health").json() == {"ready": True, "index": "chroma"}


def test_every_response_carries_the_security_headers(starter: Command) -> None:
    for path in ("/", "/health", "/nothing-here", "/conversations/x/export", "/documents/x/original"):
        headers = httpx.get(starter.address + path).headers
        assert "connect-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_pages_and_other_names_are_refused(starter: Command, headers: dict[str, str]) -> None:
    join = f"{starter.address}/gradio_api/queue/join"
    response = httpx.post(join, headers=headers, json={"fn_index": 0, "data": []})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_gradio_keeps_no_history_and_reports_nothing(starter: Command) -> None:
    config = httpx.get(f"{starter.address}/config").json()
    assert not config.get("run_history") and not config.get("analytics_enabled")
    assert httpx.get(f"{starter.address}/monitoring").status_code in (403, 404)
    assert httpx.get(f"{starter.address}/gradio_api/file=/etc/hostname").status_code in (403, 404)
    assert httpx.get(f"{starter.address}/docs").status_code == 404


def test_what_is_not_there_and_what_is_nobodys_are_one_answer(starter: Command) -> None:
    answers = {
        (response.status_code, response.text)
        for path in ("conversations/{}/export", "commitments/{}/calendar")
        for identifier in ("0" * 32, "nonsense", "..%2f..%2fcoach.sqlite3")
        if (response := httpx.get(f"{starter.address}/{path.format(identifier)}"))
    }
    assert {status for status, _ in answers} == {404}


def test_a_port_in_use_is_named(starter: Command, tmp_path: Path) -> None:
    environment = {**os.environ, "COACH_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "coach", "serve", "--port", str(starter.port)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 1 and f"Port {starter.port} is in use" in result.stderr


# --- asking ------------------------------------------------------------------------------------------------------


def test_a_first_visit_says_what_this_is_and_what_to_ask(page: Page) -> None:
    said = page.inner_text(".intro")
    assert "two texts" in said and "students' names" in said
    example = page.locator(".intro .offer").first
    question = example.inner_text()
    example.click()
    wait_for_answer(page, question)
    assert page.locator(".intro").count() == 0


def test_a_question_is_answered_in_the_words_of_the_documents(page: Page) -> None:
    ask(page, DEFINED)
    assert page.inner_text(f"{NEWEST} .outcome") == "From your documents"
    assert page.input_value(BOX) == ""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "corpus").glob("*.txt"))
    quotes = page.locator(f"{NEWEST} .quotation")
    assert quotes.count() >= 2
    for quote in quotes.all():
        words = quote.locator("blockquote").inner_text().rstrip("0123456789")
        assert words.rstrip(" …") in " ".join(source.split())
        assert any(name in quote.locator("figcaption").inner_text() for name in ("Knapp", "Portin"))
    assert page.get_by_role("status").last.inner_text().startswith("The answer is there, with")


def test_outcomes_are_told_apart(page: Page) -> None:
    for question, outcome, name in (
        (ABSENT, "not_in_sources", "Not in your documents"),
        ("How long did the fieldwork run and in how many districts?", "partial", "Partly in your documents"),
        ("help", "clarify", "One question first"),
        ("A student told me she wants to kill herself.", "referred", "This belongs with people"),
    ):
        if page.locator(".exchange").count():
            page.click("#fresh")
            page.wait_for_selector(".intro")
        ask(page, question)
        assert page.inner_text(f"{NEWEST}.{outcome} .outcome") == name
        assert page.locator(f"{NEWEST} .quotation").count() == 0 or outcome == "partial"


def test_a_reading_of_an_unclear_question_is_one_press_away(page: Page) -> None:
    ask(page, "help")
    reading = page.locator(f"{NEWEST} .offer").first
    question = reading.inner_text()
    reading.click()
    wait_for_answer(page, question)
    assert list_questions(page) == ["help", question]


def test_what_a_person_types_is_shown_as_text(page: Page) -> None:
    typed = "<img src=x onerror=document.title='x'> **bold** ${1+1} {{1+1}} leadership?"
    ask(page, typed)
    assert list_questions(page) == [typed]
    assert page.locator("#transcript img").count() == 0
    assert page.title() == "Coach"


def test_nothing_is_sent_from_an_empty_box(page: Page) -> None:
    page.fill(BOX, "  ?! ")
    page.click("#ask")
    wait_for_notice(page, "Write your question first")
    assert page.locator(".exchange").count() == 0 and page.input_value(BOX) == "  ?! "


def test_shift_enter_begins_a_line(page: Page) -> None:
    page.fill(BOX, "one")
    page.press(BOX, "Shift+Enter")
    page.keyboard.type("two")
    assert page.input_value(BOX) == "one\ntwo" and page.locator(".exchange").count() == 0


def test_two_quick_clicks_ask_once(page: Page, starter: Command) -> None:
    page.fill(BOX, DEFINED)
    page.dblclick("#ask")
    wait_for_answer(page, DEFINED)
    page.locator(f"{NEWEST} .offer").first.dblclick()
    page.wait_for_function("() => document.querySelectorAll('article.exchange:not(.waiting)').length === 2")
    ask(page, ABSENT)
    assert len(list_questions(page)) == 3
    kept = httpx.get(f"{starter.address}/conversations/{find_conversation(page)}/export").text
    assert len(re.findall(r"^## ", kept, re.M)) == 3


def test_an_answer_is_asked_for_shorter_and_again(page: Page) -> None:
    question = "What effect do principals have on student achievement?"
    ask(page, question)
    before = page.locator(f"{NEWEST} .quotation").count()
    page.click(f"{NEWEST} .tools >> text=Shorter")
    wait_for_answer(page, "Shorter")
    assert 0 < page.locator(f"{NEWEST} .quotation").count() < before
    page.click(f"{NEWEST} [data-event=retry]")
    page.wait_for_selector(".replaced")
    assert list_questions(page) == [question, "Shorter"]


def find_conversation(page: Page) -> str:
    """The id in the address."""
    match = re.search(r"[?&]conversation=([0-9a-f]{32})$", page.url)
    assert match is not None, page.url
    return match[1]


# --- sources -----------------------------------------------------------------------------------------------------


def test_a_source_opens_at_its_words_by_mouse(page: Page) -> None:
    ask(page, DEFINED)
    number = page.locator(f"{NEWEST} .mark").nth(1)
    quoted = page.locator(f"{NEWEST} .quotation").nth(1).locator("blockquote").inner_text().rstrip("0123456789")
    assert (number.get_attribute("aria-label") or "").startswith("Source 2: Learning-Focused Leadership")
    number.click()
    page.wait_for_selector("[data-source='0-2']")
    assert " ".join(page.inner_text("#source mark").split()) == quoted.strip()
    assert page.locator("#source mark").evaluate("one => one.closest('p').textContent.length") > len(quoted)
    assert number.get_attribute("aria-current") == "true"
    page.click("#source-next")
    page.wait_for_selector("[data-source='0-3']")
    page.click("[data-close-source]")
    assert page.evaluate("document.activeElement.matches('.mark')")


def test_a_source_opens_by_keyboard_and_leads_back(page: Page) -> None:
    ask(page, DEFINED)
    number = page.locator(f"{NEWEST} .mark").first
    number.focus()
    scrolled = page.evaluate("document.querySelector('#transcript').scrollTop")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'source-heading'")
    assert page.locator("#source mark").is_visible()
    page.keyboard.press("Escape")
    assert name_focused(page) == number.get_attribute("id")
    assert page.evaluate("document.querySelector('#transcript').scrollTop") == scrolled
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'source-heading'")


def test_the_sources_of_an_answer_are_listed_beside_it(page: Page) -> None:
    assert "Knapp" in page.inner_text("#source .documents-read")
    ask(page, DEFINED)
    page.wait_for_selector("#source .source-list")
    assert page.locator("#source .source-list li").count() == page.locator(f"{NEWEST} .mark").count()
    page.locator("#source .source-list button").first.click()
    page.wait_for_selector("#source mark")


# --- going on ----------------------------------------------------------------------------------------------------


def test_a_follow_up_is_understood_in_the_conversation(page: Page) -> None:
    ask(page, "What is adaptive expertise?")
    ask(page, "Who relies on it?")
    assert list_questions(page) == ["What is adaptive expertise?", "Who relies on it?"]
    searched = page.inner_text(f"{NEWEST} .searched q")
    assert "adaptive expertise" in searched


def test_the_searched_question_can_be_changed(page: Page) -> None:
    ask(page, "What is adaptive expertise?")
    ask(page, "Who relies on it?")
    page.click(f"{NEWEST} .searched summary")
    page.fill(f"{NEWEST} .searched textarea", "What is learning-focused leadership?")
    page.click(f"{NEWEST} .searched button[type=submit]")
    page.wait_for_function(
        "words => document.querySelector('article.exchange:last-of-type .searched q')?.textContent === words",
        arg=DEFINED,
    )
    assert list_questions(page) == ["What is adaptive expertise?", "Who relies on it?"]


def test_an_edited_question_takes_the_place_of_the_old_one_which_is_kept(page: Page) -> None:
    ask(page, DEFINED)
    ask(page, ABSENT)
    page.fill(BOX, "something I have begun to write")
    first = page.locator("article.exchange").first
    first.locator(".edit summary").click()
    first.locator(".edit textarea").fill("What is adaptive expertise?")
    first.locator(".edit button[type=submit]").click()
    page.wait_for_selector(".replaced")
    assert list_questions(page) == ["What is adaptive expertise?"]
    assert page.input_value(BOX) == "something I have begun to write"
    page.click(".replaced summary")
    assert page.locator(".asked-before").all_inner_texts() == [DEFINED, ABSENT]


def test_a_practice_and_craft_are_cards_that_differ(page: Page) -> None:
    ask(page, STUCK)
    looks = [
        page.locator(f"{NEWEST} .card.{kind}").first.evaluate("one => getComputedStyle(one).backgroundColor")
        for kind in ("practice", "craft")
    ]
    assert len(set(looks)) == 2
    assert "General coaching practice" in page.inner_text(f"{NEWEST} .card.craft .eyebrow")
    assert page.locator(f"{NEWEST} .card.craft .mark").count() == 0


def test_a_commitment_is_kept_reminded_of_and_closed(page: Page, starter: Command) -> None:
    ask(page, STUCK)
    due = date.today() + timedelta(days=9)
    page.locator(f"{NEWEST} .keep summary").first.click()
    form = page.locator(f"{NEWEST} .keep form").first
    form.locator("[name=action]").fill("ask one open question in each talk")
    form.locator("[name=due]").fill(due.isoformat())
    form.locator("[name=with_whom]").fill("my assistant principal")
    form.locator("button[type=submit]").click()
    wait_for_notice(page, "ask one open question in each talk")
    kept = page.locator(".commitments li.open", has_text="ask one open question in each talk")
    with page.expect_download() as download:
        kept.get_by_text("Calendar").click()
    assert download.value.suggested_filename.endswith(".ics")
    calendar = icalendar.Calendar.from_ical(Path(download.value.path()).read_bytes())
    event = calendar.walk("VEVENT")[0]
    assert event.decoded("dtstart") == due and "open question" in str(event["summary"])
    kept.get_by_text("Done", exact=True).click()
    closed = page.locator(".commitments li.kept", has_text="ask one open question in each talk")
    closed.get_by_text("Remove").click()
    page.wait_for_function("() => !document.querySelector('.commitments')?.textContent.includes('one open question')")


def test_a_commitment_for_a_day_that_is_over_stays_as_it_was_typed(page: Page) -> None:
    ask(page, STUCK)
    page.locator(f"{NEWEST} .keep summary").first.click()
    form = page.locator(f"{NEWEST} .keep form").first
    form.locator("[name=action]").fill("do what I typed")
    form.locator("[name=due]").fill("2020-01-01")
    form.locator("button[type=submit]").click()
    page.wait_for_selector("#notice .trouble")
    assert form.locator("[name=action]").input_value() == "do what I typed"
    assert page.locator(".commitments", has_text="do what I typed").count() == 0


def test_feedback_has_reasons_and_a_comment_without_names(page: Page) -> None:
    ask(page, DEFINED)
    page.click(f"{NEWEST} [data-liked=no]")
    page.wait_for_selector(f"{NEWEST} .feedback-more[open]")
    assert page.get_attribute(f"{NEWEST} [data-liked=no]", "aria-pressed") == "true"
    page.check(f"{NEWEST} [name=evidence][value=no]")
    page.check(f"{NEWEST} [name=helpful][value=yes]")
    page.fill(f"{NEWEST} .feedback-more textarea", "My student Maria Gonzales did not see it so.")
    page.click(f"{NEWEST} .feedback-more button[type=submit]")
    wait_for_notice(page, "Thank you")
    page.reload()
    page.click(f"{NEWEST} .feedback-more summary")
    assert page.is_checked(f"{NEWEST} [name=evidence][value=no]")
    assert page.is_checked(f"{NEWEST} [name=helpful][value=yes]")
    comment = page.input_value(f"{NEWEST} .feedback-more textarea")
    assert "did not see it so" in comment and "Gonzales" not in comment
    page.click(f"{NEWEST} [data-liked=no]")
    page.wait_for_selector(f"{NEWEST} [data-liked=no][aria-pressed=false]")


def test_what_was_checked_can_be_looked_at(page: Page) -> None:
    ask(page, DEFINED)
    page.click(f"{NEWEST} .how summary")
    said = page.inner_text(f"{NEWEST} .how")
    assert "No language model wrote here" in said and "quotations were checked" in said


def test_a_document_that_is_missing_can_be_asked_for(page: Page) -> None:
    ask(page, TIME)
    wanted = page.locator(f"{NEWEST} [data-event=request_document]")
    title = wanted.get_attribute("data-title") or ""
    assert title and title in wanted.inner_text()
    wanted.click()
    wait_for_notice(page, f"“{title}” is on the list")


def test_an_answer_is_copied_with_its_sources(visits: Visits, starter: Command) -> None:
    page = visits(starter.address, permissions=["clipboard-read", "clipboard-write"])
    ask(page, DEFINED)
    page.click(f"{NEWEST} [data-copy]")
    page.wait_for_selector(f"{NEWEST} .copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    first = page.locator(f"{NEWEST} .quotation blockquote").first.inner_text()
    assert f"“{first.rstrip('0123456789').strip()}” [1]" in copied
    assert "\n\n[1] Learning-Focused Leadership" in copied and "<" not in copied


def test_role_stance_and_length_are_kept_with_the_conversation(page: Page) -> None:
    examples = page.locator(".intro .offer").all_inner_texts()
    page.select_option("#manner-role", "central_office")
    page.wait_for_function("before => document.querySelector('.intro .offer')?.textContent !== before", arg=examples[0])
    page.select_option("#manner-stance", "tell")
    page.wait_for_selector("#manner-stance option[value=tell][selected]", state="attached")
    page.select_option("#manner-length", "short")
    page.wait_for_selector("#manner-length option[value=short][selected]", state="attached")
    ask(page, STUCK)
    page.reload()
    wait_until_loaded(page)
    chosen = [page.input_value(f"#manner-{name}") for name in ("role", "stance", "length")]
    assert chosen == ["central_office", "tell", "short"]
    page.click(f"{NEWEST} .how summary")
    page.select_option("#manner-length", "long")
    page.wait_for_selector("#manner-length option[value=long][selected]", state="attached")
    assert list_questions(page) == [STUCK]


# --- staying -----------------------------------------------------------------------------------------------------


def test_a_conversation_survives_a_reload_and_goes_on(page: Page) -> None:
    ask(page, "What is adaptive expertise?")
    page.reload()
    wait_until_loaded(page)
    ask(page, "Who relies on it?")
    assert list_questions(page) == ["What is adaptive expertise?", "Who relies on it?"]


def test_words_that_are_typed_while_the_page_loads_stay(page: Page) -> None:
    ask(page, DEFINED)

    def delay(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/gradio_api/**", delay)
    page.reload()
    page.fill(BOX, "typed early")
    wait_until_loaded(page)
    page.unroute_all()
    ask(page, f"{page.input_value(BOX)}, sent late: adaptive expertise?")
    assert list_questions(page) == [DEFINED, "typed early, sent late: adaptive expertise?"]


def test_a_second_tab_shows_the_same_and_can_go_on(page: Page, visits: Visits, starter: Command) -> None:
    ask(page, DEFINED)
    other = visits.open_tab(page.context, starter.address, f"/?conversation={find_conversation(page)}")
    assert list_questions(other) == [DEFINED]
    ask(other, ABSENT)
    ask(page, "What is adaptive expertise?")
    assert list_questions(page) == [DEFINED, ABSENT, "What is adaptive expertise?"]


def test_an_open_tab_goes_on_after_the_server_was_started_again(page: Page, visits: Visits, starter: Command) -> None:
    ask(page, "What is adaptive expertise?")
    page.fill(BOX, "Who relies on it?")
    starter.stop()
    starter.start()
    page.locator(f"{NEWEST} .mark").first.click()
    page.wait_for_selector("#source mark")
    assert page.input_value(BOX) == "Who relies on it?"
    page.press(BOX, "Enter")
    wait_for_answer(page, "Who relies on it?")
    assert "adaptive expertise" in page.inner_text(f"{NEWEST} .searched q")
    page.reload()
    wait_until_loaded(page)
    assert list_questions(page) == ["What is adaptive expertise?", "Who relies on it?"]


# --- history -----------------------------------------------------------------------------------------------------


def find_card(page: Page, words: str) -> str:
    """The selector of a conversation in the list."""
    return f"#history-list nav li:has(a:text-is('{words}'))"


def open_menu(page: Page, words: str) -> str:
    card = find_card(page, words)
    page.click(f"{card} summary")
    return card


def test_history_is_searched_renamed_exported_deleted_and_brought_back(page: Page) -> None:
    ask(page, "Which zoo keeps zebras?")
    card = open_menu(page, "Which zoo keeps zebras")
    page.fill(f"{card} [name=title]", "Zebras, <b>mostly</b>")
    page.click(f"{card} button[type=submit]")
    page.wait_for_selector(find_card(page, "Zebras, <b>mostly</b>"))
    page.fill("#search :is(input, textarea)", "zebras")
    page.wait_for_function("() => document.querySelectorAll('#history-list nav li').length === 1")
    page.fill("#search :is(input, textarea)", "no conversation holds this")
    page.wait_for_function("() => document.querySelector('#history-list nav').textContent.includes('No conversation')")
    page.fill("#search :is(input, textarea)", "")
    card = open_menu(page, "Zebras, <b>mostly</b>")
    with page.expect_download() as download:
        page.click(f"{card} >> text=Export")
    exported = Path(download.value.path()).read_text("utf-8")
    assert "Which zoo keeps zebras?" in exported and "<b>" not in exported
    page.click(f"{card} >> text=Delete")
    wait_for_notice(page, "is deleted")
    page.wait_for_selector(".intro")
    assert page.locator(find_card(page, "Zebras, <b>mostly</b>")).count() == 0
    assert "conversation=" not in page.url
    page.click("#notice >> text=Undo")
    wait_for_notice(page, "is back")
    assert list_questions(page) == ["Which zoo keeps zebras?"]


def test_another_conversation_is_opened_from_the_list(page: Page) -> None:
    ask(page, "Which zoo keeps otters?")
    page.click("#fresh")
    page.wait_for_selector(".intro")
    ask(page, DEFINED)
    page.click(f"{find_card(page, 'Which zoo keeps otters')} a")
    wait_for_answer(page, "Which zoo keeps otters?")
    assert page.locator("#history-list a[aria-current]").inner_text() == "Which zoo keeps otters"


def test_a_link_leads_to_a_conversation_and_to_none_that_is_not_there(
    page: Page, visits: Visits, starter: Command
) -> None:
    ask(page, DEFINED)
    elsewhere = visits(starter.address, f"/?conversation={find_conversation(page)}")
    assert list_questions(elsewhere) == [DEFINED]
    for nothing in ("0" * 32, "nonsense%27--", "%3Cscript%3E"):
        lost = visits(starter.address, f"/?conversation={nothing}")
        wait_for_notice(lost, "is not among yours")
        assert lost.locator(".intro").count() == 1


# --- looks -------------------------------------------------------------------------------------------------------


def test_dark_mode_is_dark(visits: Visits, starter: Command) -> None:
    page = visits(starter.address, color_scheme="dark")
    ask(page, STUCK)
    for selector in ("body", "#side", "#history", "#top header", f"{NEWEST} .card.practice", BOX):
        colour = page.evaluate("s => getComputedStyle(document.querySelector(s)).backgroundColor", selector)
        assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 80, (selector, colour)


@pytest.mark.parametrize("size", [PHONE, SMALLEST])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    visits: Visits, starter: Command, size: tuple[int, int]
) -> None:
    page = visits(starter.address, size=size, has_touch=True)
    assert measure_overflow(page) <= 0
    ask(page, f"What about leadership{'x' * 300}?")
    ask(page, STUCK)
    assert measure_overflow(page) <= 0
    page.locator(f"{NEWEST} .keep summary").first.click()
    page.click(f"{NEWEST} .edit summary")
    page.click(f"{NEWEST} .how summary")
    assert measure_overflow(page) <= 0
    page.locator(f"{NEWEST} .mark").first.tap()
    page.wait_for_function("() => document.activeElement.id === 'source-heading'")
    sheet = page.locator("#side").bounding_box()
    assert sheet is not None and sheet["width"] == size[0]
    assert page.locator("#source mark").is_visible() and measure_overflow(page) <= 0
    page.click("[data-close-source]")
    page.wait_for_function("() => getComputedStyle(document.querySelector('#side')).visibility === 'hidden'")
    page.click("button[data-drawer]")
    assert name_focused(page) == "fresh"
    page.wait_for_function("() => document.querySelector('#history').getBoundingClientRect().left === 0")
    assert page.get_attribute("button[data-drawer]", "aria-expanded") == "true" and measure_overflow(page) <= 0
    page.click("#history-list li.current summary")
    assert page.locator("#history-list li.current [data-event=discard]").is_visible()
    page.locator("#history-list nav li > a").last.click()
    page.wait_for_function("() => getComputedStyle(document.querySelector('#history')).visibility === 'hidden'")
    page.click("button[data-drawer]")
    page.mouse.click(size[0] - 5, size[1] // 2)
    page.wait_for_function("() => getComputedStyle(document.querySelector('#history')).visibility === 'hidden'")
