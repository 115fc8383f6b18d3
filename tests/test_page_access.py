"""The page for everybody: what axe finds in each of its states, and the whole journey by keyboard alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from coach.records import Answer, Outcome, Rejected, Stage, Statement
from tests.browser import (
    BOX,
    GRADIO_WARNING,
    NEWEST,
    PHONE,
    WIDE,
    Command,
    Staged,
    Visits,
    ask,
    list_questions,
    name_focused,
    press_until_sent,
    stage,
    wait_for_answer,
    wait_for_notice,
)
from tests.conftest import ROOT
from tests.pdf_files import write_report

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]

DEFINED = "What is learning-focused leadership?"
STUCK = "A veteran teacher shuts down when I give feedback. What could I try?"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
UPSTREAM: dict[str, str] = {}
"""Rules that Gradio breaks by itself, each with the number of its issue."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """The starter texts and a PDF."""
    folder, home = tmp_path_factory.mktemp("access"), tmp_path_factory.mktemp("stage") / "home"
    (folder / "walks.pdf").write_bytes(write_report())
    Command(home).run("ingest", str(ROOT / "corpus"), str(folder))
    with stage(home) as staged:
        yield staged


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """No documents, and an index that is damaged."""
    with stage(tmp_path_factory.mktemp("empty") / "home", "damaged") as staged:
        yield staged


# --- states ------------------------------------------------------------------------------------------------------

Reach = Callable[["Page", Staged], None]
STATES: dict[str, Reach] = {}


def state(reach: Reach) -> Reach:
    STATES[reach.__name__.removeprefix("see_").replace("_", " ")] = reach
    return reach


@state
def see_a_first_visit(page: Page, staged: Staged) -> None:
    page.click(".worth-adding summary")


@state
def see_an_answer(page: Page, staged: Staged) -> None:
    ask(page, DEFINED)


@state
def see_how_it_was_answered(page: Page, staged: Staged) -> None:
    question = "Something of which a sentence is left out"
    answer = staged.make_answer(
        question,
        outcome=Outcome.PARTIAL,
        statements=(Statement("A walk is short.", "craft", "written"), Statement("Who walks?", "question", "written")),
        rejected=(Rejected("Walks raise scores.", "no passage says so"),),
        suggestions=("What is a walk?",),
        checked=2,
        composer="a model",
    )
    staged.assistant.scripts[question] = lambda: iter([answer])
    ask(page, question)
    page.click(f"{NEWEST} .how summary")


@state
def see_silence(page: Page, staged: Staged) -> None:
    ask(page, "How do I get into classrooms more often?")
    page.wait_for_selector(f"{NEWEST}.not_in_sources [data-event=request_document]")


@state
def see_part_of_an_answer(page: Page, staged: Staged) -> None:
    ask(page, "How long did the fieldwork run and in how many districts?")
    page.wait_for_selector(f"{NEWEST}.partial")


@state
def see_a_question_back(page: Page, staged: Staged) -> None:
    ask(page, "help")
    page.wait_for_selector(f"{NEWEST}.clarify")


@state
def see_a_referral(page: Page, staged: Staged) -> None:
    ask(page, "A student told me she wants to kill herself.")
    page.wait_for_selector(f"{NEWEST}.referred")


@state
def see_practice_and_craft_being_kept(page: Page, staged: Staged) -> None:
    ask(page, STUCK)
    page.locator(f"{NEWEST} .keep summary").first.click()
    page.click(f"{NEWEST} .edit summary")


@state
def see_the_reasons_for_a_thumb(page: Page, staged: Staged) -> None:
    ask(page, DEFINED)
    page.click(f"{NEWEST} [data-liked=no]")
    page.wait_for_selector(f"{NEWEST} .feedback-more[open]")


@state
def see_the_searched_question_and_an_earlier_version(page: Page, staged: Staged) -> None:
    ask(page, "What is adaptive expertise?")
    ask(page, "Who relies on it?")
    page.click(f"{NEWEST} .searched summary")
    page.click(f"{NEWEST} .searched button[type=submit]")
    page.wait_for_selector(".replaced summary")
    page.click(".replaced summary")
    page.click(f"{NEWEST} .searched summary")


@state
def see_a_source_as_text(page: Page, staged: Staged) -> None:
    ask(page, DEFINED)
    page.locator(f"{NEWEST} .mark").nth(1).click()
    page.wait_for_selector("#source mark")


@state
def see_a_source_as_a_page(page: Page, staged: Staged) -> None:
    ask(page, "What do the visitors agree on before they walk?")
    page.locator(f"{NEWEST} .mark").first.click()
    page.wait_for_function("() => document.querySelector('#source .sheet img')?.naturalWidth > 0")


@state
def see_trouble(page: Page, staged: Staged) -> None:
    question = "Something that fails"

    def fail() -> Iterator[Stage | Answer]:
        yield Stage("searching")
        raise RuntimeError("a bug")

    staged.assistant.scripts[question] = fail
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_selector("#notice .trouble")


@state
def see_the_history_with_its_menu(page: Page, staged: Staged) -> None:
    ask(page, STUCK)
    for due in (0, 9):
        page.locator(f"{NEWEST} .keep summary").first.click()
        form = page.locator(f"{NEWEST} .keep form").first
        form.locator("[name=due]").fill((date.today() + timedelta(days=due)).isoformat())
        form.locator("button[type=submit]").click()
        wait_for_notice(page, "Kept")
        page.click("#notice [data-dismiss]")
    open_drawer(page)
    page.locator(".commitments li.open >> text=Done").first.click()
    page.wait_for_selector(".commitments li.kept")
    page.locator("#history-list nav summary").first.click()


@state
def see_the_undo_of_a_deletion(page: Page, staged: Staged) -> None:
    ask(page, "Which zoo keeps penguins?")
    open_drawer(page)
    page.click("#history-list li.current summary")
    page.click("#history-list li.current >> text=Delete")
    wait_for_notice(page, "is deleted")


def open_drawer(page: Page) -> None:
    """On a small screen, where there is one."""
    if page.locator("button[data-drawer]").is_visible():
        page.click("button[data-drawer]")


def find_barriers(page: Page) -> list[str]:
    """What axe finds, in light and in dark: the rule, the colours and the element."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
        options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
        response = Axe().run(page, options=options).response
        assert response["passes"], "axe looked at nothing"
        found += [
            f"{scheme} {violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for violation in response["violations"]
            if violation["id"] not in UPSTREAM
            for node in violation["nodes"]
        ]
    return found


@pytest.fixture(scope="module")
def contexts(usual_context: BrowserContext, chromium: object) -> Iterator[dict[tuple[int, int], BrowserContext]]:
    """One browser for each size, which keeps what it has loaded."""
    phone = usual_context.browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True)  # type: ignore[union-attr]
    phone.set_default_timeout(15_000)
    yield {WIDE: usual_context, PHONE: phone}
    phone.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", STATES)
def test_axe_finds_no_barrier(
    name: str, size: tuple[int, int], staged: Staged, visits: Visits, contexts: dict[tuple[int, int], BrowserContext]
) -> None:
    page = visits.open_tab(contexts[size], staged.address)
    STATES[name](page, staged)
    assert find_barriers(page) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_in_an_empty_library(
    size: tuple[int, int], empty: Staged, visits: Visits, contexts: dict[tuple[int, int], BrowserContext]
) -> None:
    page = visits.open_tab(contexts[size], empty.address)
    page.wait_for_selector(".warning")
    assert "no documents yet" in page.inner_text(".intro")
    assert find_barriers(page) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_while_somebody_waits(
    size: tuple[int, int], staged: Staged, visits: Visits, contexts: dict[tuple[int, int], BrowserContext]
) -> None:
    go_on = threading.Event()

    def script() -> Iterator[Stage | Answer]:
        yield Stage("searching")
        yield Stage("writing", ("A title",), (Statement("Checked already.", "craft", "written"),))
        go_on.wait(30)

    staged.assistant.scripts["Something that takes long"] = script
    page = visits.open_tab(contexts[size], staged.address)
    page.fill(BOX, "Something that takes long")
    page.press(BOX, "Enter")
    page.wait_for_selector(".exchange.waiting >> text=Checked already.")
    waiting = find_barriers(page)
    page.click("#stop")
    page.wait_for_selector(".exchange.waiting >> text=Stopped.")
    go_on.set()
    assert (waiting, find_barriers(page)) == ([], [])


def test_axe_finds_a_barrier_where_there_is_one(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    page.evaluate(
        "document.querySelector('#ask').style.cssText = 'color: #777 !important; background: #777 !important'"
    )
    page.evaluate("document.querySelector('#notice').innerHTML = '<button></button><img src=\"data:,\">'")
    visits.forgive("data:,")
    assert {one.split(":")[0].split()[1] for one in find_barriers(page)} >= {"button-name", "image-alt"}


# --- by keyboard alone -------------------------------------------------------------------------------------------


def tab_to(page: Page, selector: str, most: int = 60, key: str = "Tab") -> None:
    """Press Tab until the element has the focus, which must be seen wherever it comes by."""
    for _ in range(most):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement !== document.body"), f"the focus is lost before {selector}"
        unseen = page.evaluate(FIND_UNSEEN)
        assert unseen is None, unseen
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


FIND_UNSEEN = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const across = box.width > 0 && box.right > 0 && box.left < innerWidth;
    const inside = across && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    const row = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1);
    const middle = document.elementFromPoint(box.left + Math.min(box.width, innerWidth) / 2, row);
    const own = !middle || one.contains(middle) || middle.contains(one) || one.closest('label')?.contains(middle);
    if (outlined && inside && own) return null;
    const why = [outlined || 'not outlined', inside || 'out of sight', own || `covered by ${middle.outerHTML.slice(0, 80)}`];
    return `${one.outerHTML.slice(0, 120)}: ${why.filter(one => one !== true).join(', ')}`;
}"""


def expect_focus(page: Page, selector: str) -> None:
    page.wait_for_function("selector => document.activeElement.matches(selector)", arg=selector)


def press_enter_to_ask(page: Page, question: str) -> None:
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    wait_for_answer(page, question)
    expect_focus(page, BOX)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_whole_journey_by_keyboard(  # noqa: PLR0915 - one journey
    size: tuple[int, int], staged: Staged, visits: Visits, contexts: dict[tuple[int, int], BrowserContext]
) -> None:
    page = visits.open_tab(contexts[size], staged.address)
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("Tab")
    expect_focus(page, ".skip")
    page.keyboard.press("Enter")
    expect_focus(page, BOX)
    press_enter_to_ask(page, STUCK)

    # A source, the next one, and back.
    page.focus(f"{NEWEST} h3")
    tab_to(page, f"{NEWEST} .mark")
    number = name_focused(page)
    page.keyboard.press("Enter")
    expect_focus(page, "#source-heading")
    page.keyboard.press("Escape")
    expect_focus(page, f"#{number}")

    # Keep a commitment.
    tab_to(page, ".keep summary")
    page.keyboard.press("Enter")
    tab_to(page, ".keep textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type(f"ask one open question by keyboard, {size[0]}")
    tab_to(page, ".keep button[type=submit]")
    page.keyboard.press("Enter")
    wait_for_notice(page, f"by keyboard, {size[0]}")
    expect_focus(page, ".keep summary")

    # Judge, say why, and be where one was.
    tab_to(page, "[data-liked=no]")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{NEWEST} .feedback-more[open]")
    expect_focus(page, "[data-liked=no]")
    tab_to(page, "[name=helpful]")
    page.keyboard.press("Space")
    tab_to(page, ".feedback-more textarea")
    page.keyboard.type("Too long.")
    tab_to(page, ".feedback-more button[type=submit]")
    page.keyboard.press("Enter")
    wait_for_notice(page, "Thank you")
    expect_focus(page, ".feedback-more summary")

    # Look at how it was answered, and close it by Esc.
    tab_to(page, ".how summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect_focus(page, ".how summary")

    # A suggestion, then an edited question.
    page.focus(f"{NEWEST} h3")
    tab_to(page, f"{NEWEST} .offer")
    suggestion = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    wait_for_answer(page, suggestion)
    expect_focus(page, f"{NEWEST} h3")
    page.focus(f"{NEWEST} h3")
    tab_to(page, f"{NEWEST} .edit summary")
    page.keyboard.press("Enter")
    tab_to(page, f"{NEWEST} .edit textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type("What is adaptive expertise?")
    tab_to(page, f"{NEWEST} .edit button[type=submit]")
    page.keyboard.press("Enter")
    wait_for_answer(page, "What is adaptive expertise?")
    assert list_questions(page) == [STUCK, "What is adaptive expertise?"]
    expect_focus(page, f"{NEWEST} h3")

    # The history: rename, delete, undo.
    if size == PHONE:
        page.focus(".skip")
        tab_to(page, "button[data-drawer]")
        page.keyboard.press("Enter")
        expect_focus(page, "#fresh")
        page.keyboard.press("Escape")
        expect_focus(page, "button[data-drawer]")
        page.keyboard.press("Enter")
    page.focus("#fresh")
    tab_to(page, "li.current summary")
    page.keyboard.press("Enter")
    tab_to(page, "li.current [name=title]")
    page.keyboard.press("Control+A")
    page.keyboard.type(f"By keyboard {size[0]}")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#history-list li.current a:text-is('By keyboard {size[0]}')", state="attached")
    expect_focus(page, "li.current summary")
    page.keyboard.press("Enter")
    tab_to(page, "li.current [data-event=discard]")
    page.keyboard.press("Enter")
    wait_for_notice(page, "is deleted")
    if size == WIDE:
        expect_focus(page, "#notice [data-event=restore]")
    else:
        expect_focus(page, "button[data-drawer]")
        tab_to(page, "#notice [data-event=restore]", 90)
    page.keyboard.press("Enter")
    wait_for_notice(page, "is back")
    expect_focus(page, "#notice [data-dismiss]")
    page.keyboard.press("Enter")
    expect_focus(page, BOX)

    # A manner, and a new conversation.
    page.focus(BOX)
    tab_to(page, "#manner-role")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#manner-role option[value=central_office][selected]", state="attached")
    expect_focus(page, "#manner-role")


def test_the_focus_goes_from_ask_to_stop_and_on(staged: Staged, visits: Visits) -> None:
    go_on = threading.Event()

    def script() -> Iterator[Stage | Answer]:
        yield Stage("searching")
        go_on.wait(30)
        yield staged.make_answer("Something that takes a while")

    staged.assistant.scripts["Something that takes a while"] = script
    page = visits(staged.address)
    page.fill(BOX, "Something that takes a while")
    tab_to(page, "#ask")
    page.keyboard.press("Enter")
    expect_focus(page, "#stop")
    page.keyboard.press("Enter")
    page.wait_for_selector(".exchange.waiting >> text=Stopped.")
    expect_focus(page, "#pending")
    go_on.set()
    tab_to(page, "#ask")
    press_until_sent(page)
    wait_for_answer(page, "Something that takes a while")
    expect_focus(page, f"{NEWEST} h3")


def test_tab_goes_through_the_page_in_order_and_out_of_it(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    ask(page, DEFINED)
    page.focus(".skip")
    places: list[str] = []
    for _ in range(200):
        place = page.evaluate(
            """() => ['top', 'history', 'transcript', 'composer', 'side'].find(
                id => document.getElementById(id).contains(document.activeElement)) ?? ''"""
        )
        if place and (not places or places[-1] != place):
            places.append(place)
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body || document.activeElement.matches('.skip')"):
            break
    else:
        raise AssertionError("the focus is trapped")
    assert places == ["top", "history", "transcript", "composer", "side"]
