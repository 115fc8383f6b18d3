"""Sharing in a real browser: by keyboard alone from a question to a share that is taken back, and what axe finds there."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from coach.records import LOCAL_PERSON
from coach.store.conversations import ConversationStore
from coach.store.people import PeopleStore
from coach.store.sharing import SharingStore
from coach.store.store import Store
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
from tests.test_conversations import fill
from tests.test_page_access import STUCK, expect_focus, find_barriers, open_drawer, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    """The starter texts, and two people of central office beside the local one."""
    home = tmp_path_factory.mktemp("sharing") / "home"
    command = Command(home)
    command.run("ingest", str(ROOT / "corpus"))
    for name in ("Dr. Lee", "May Okoro"):
        command.run("people", "add", name, "--role", "central_office")
    with stage(home) as staged:
        yield staged


def list_received(staged: Staged, name: str) -> list[str]:
    """The words that a supervisor sees."""
    store = staged.site.coach.library.store
    return [one.text for one in SharingStore(store, str).list_received(PeopleStore(store).find(name).id)]


def share_by_keyboard(page: Page, form: str, name: str) -> str:
    """Open the form that stands next, choose a supervisor, and share; the words that stood in it."""
    tab_to(page, f"{form} summary", 90)
    page.keyboard.press("Enter")
    tab_to(page, f"{form} select")
    page.keyboard.type(name)
    tab_to(page, f"{form} button[type=submit]")
    words = page.locator(f"{form} .seen p").first.inner_text()
    page.keyboard.press("Enter")
    wait_for_notice(page, f"{name} can now see: “{words}”")
    expect_focus(page, f"{form} summary")
    return words


def test_by_keyboard_from_a_question_to_a_share_that_is_taken_back(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    page.emulate_media(reduced_motion="reduce")
    ask(page, STUCK)
    page.focus(f"{NEWEST} h3")
    question = share_by_keyboard(page, f"{NEWEST} .reply > .share", "Dr. Lee")
    assert question == STUCK and list_received(staged, "Dr. Lee") == [STUCK]
    assert list_received(staged, "May Okoro") == []

    # A practice of the answer, and a commitment that is kept from it.
    page.focus(f"{NEWEST} h3")
    practice = share_by_keyboard(page, f"{NEWEST} .card .share", "May Okoro")
    assert list_received(staged, "May Okoro") == [practice]
    page.focus(f"{NEWEST} h3")
    tab_to(page, ".keep summary")
    page.keyboard.press("Enter")
    tab_to(page, ".keep button[type=submit]")
    page.keyboard.press("Enter")
    wait_for_notice(page, "Kept")
    page.focus("#fresh")
    commitment = share_by_keyboard(page, ".commitments .share", "Dr. Lee")
    assert list_received(staged, "Dr. Lee") == [commitment, STUCK]

    # All of it is listed, and one after the other taken back.
    page.wait_for_function("() => document.querySelectorAll('.given li').length === 3")
    page.focus("#fresh")
    for left in (2, 1, 0):
        tab_to(page, ".given [data-event=take_back]", 30)
        page.keyboard.press("Enter")
        page.wait_for_function("left => document.querySelectorAll('.given li').length === left", arg=left)
        wait_for_notice(page, "can no longer see")
        expect_focus(page, "#history-heading")
        page.focus("#fresh")
    assert list_received(staged, "Dr. Lee") == [] == list_received(staged, "May Okoro")


@pytest.mark.parametrize("size", [WIDE, PHONE, SMALLEST], ids=["wide", "phone", "smallest"])
def test_axe_finds_no_barrier_in_what_is_shared(size: tuple[int, int], staged: Staged, visits: Visits) -> None:
    page = visits(staged.address, size=size)
    ask(page, STUCK)
    page.locator(f"{NEWEST} .keep summary").first.click()
    page.locator(f"{NEWEST} .keep button[type=submit]").first.click()
    wait_for_notice(page, "Kept")
    for form in (f"{NEWEST} .reply > .share", f"{NEWEST} .card .share"):
        page.click(f"{form} summary")
        page.click(f"{form} button[type=submit]")
        wait_for_notice(page, "can now see")
        page.click("#notice [data-dismiss]")
        page.click(f"{form} summary")
    assert find_barriers(page) == []
    open_drawer(page)
    page.locator(".commitments .share summary").first.click()
    page.locator(".given li").first.wait_for()
    assert find_barriers(page) == [] and measure_overflow(page) == 0


def test_words_that_changed_meanwhile_are_not_shared(staged: Staged, visits: Visits) -> None:
    page = visits(staged.address)
    ask(page, STUCK)
    form = f"{NEWEST} .reply > .share"
    page.click(f"{form} summary")
    page.evaluate("form => document.querySelector(`${form} form`).dataset.shown = 'others'", form)
    before = list_received(staged, "Dr. Lee")
    page.click(f"{form} button[type=submit]")
    wait_for_notice(page, "changed since you looked")
    assert list_received(staged, "Dr. Lee") == before


def test_the_page_is_that_of_the_person_who_is_named(
    tmp_path: Path, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(tmp_path / "home")
    (tmp_path / "walks.txt").write_text("A walk is a short visit.", "utf-8")
    command.run("ingest", str(tmp_path / "walks.txt"))
    command.run("people", "add", "Ana Ruiz", "--role", "principal")
    with closing(Store(command.home)) as store:
        ana = PeopleStore(store).find("ana").id
        mine, hers = (fill(ConversationStore(store), "walks", person, 1) for person in (LOCAL_PERSON, ana))
    monkeypatch.setenv("COACH_PERSON", "Ana Ruiz")
    command.start()
    try:
        page = visits(command.address, f"/?conversation={mine}")
        wait_for_notice(page, "not among yours")
        links = page.locator("#history-list nav li > a")
        assert [link.get_attribute("data-id") for link in links.all()] == [hers]
        with urllib.request.urlopen(f"{command.address}/conversations/{hers}/export") as answer:
            assert b"walks" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{command.address}/conversations/{mine}/export")
        command.run("people", "remove", "ana", "--yes")
        page.locator("#history-list nav summary").first.click()
        page.locator("#history-list [data-event=discard]").first.click()
        wait_for_notice(page, "was removed")
    finally:
        command.stop()
