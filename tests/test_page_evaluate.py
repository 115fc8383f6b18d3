"""The page Evaluate in a real browser: from a sheet to a comparison, by keys alone, on a phone, over a restart."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import PHONE, WIDE, Command, Visits, measure_overflow, wait_for_notice
from tests.conftest import ROOT
from tests.test_page_access import find_barriers, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Page

pytestmark = pytest.mark.slow

_ASKED = 6
SLOW = 120_000
"""Milliseconds that a run may take here."""


def visit(visits: Visits, address: str, path: str = "/evaluate", *, size: tuple[int, int] = WIDE) -> Page:
    """A tab with the page."""
    page = visits(address, size=size)
    page.goto(address + path)
    page.wait_for_selector(".evaluate-page")
    return page


def write_sheet(path: Path, count: int = _ASKED) -> Path:
    """A sheet as a trainer has one: semicolons, two header rows, Windows-1252, an empty row, and one without a question."""
    kept = [json.loads(line) for line in (ROOT / "evals" / "starter.jsonl").read_text("utf-8").splitlines()[:count]]
    sink = io.StringIO()
    rows = csv.writer(sink, delimiter=";", lineterminator="\r\n")
    rows.writerow(["Coach questions, spring", "", "", "", "", ""])
    rows.writerow(["No", "Role", "Question", "Outcome", "Type", "Source"])
    for one in kept:
        words = one["evidence"][0][0]["quote"] if one["evidence"] else ""
        rows.writerow([one["id"], one["role"], one["question"], one["outcome"], one["type"], words])
    rows.writerow([""] * 6)
    rows.writerow(["x1", "principal", "", "answered", "fact", "Words that nobody asks for."])
    path.write_bytes(sink.getvalue().encode("cp1252"))
    return path


def write_long_sheet(path: Path) -> Path:
    """Questions for three pages; those of the first half are about buses."""
    rows = [f"b{n:03},What is said of {n}?,{'buses' if n <= 115 else 'time'},Bus report {n % 2}" for n in range(1, 231)]
    path.write_text("\n".join(["ID,Question,Topic,Source", *rows]), "utf-8")
    return path


def name_view(page: Page) -> str:
    """The heading of what is shown."""
    return page.inner_text("#view-heading")


def wait_for_view(page: Page, heading: str) -> None:
    """Until something is shown, and the focus is on its heading."""
    page.wait_for_function("words => document.querySelector('#view-heading')?.textContent.includes(words)", arg=heading)


def import_sheet(page: Page, path: Path, name: str) -> str:
    """A set of the sheet; its id."""
    page.set_input_files("#sheet", path)
    page.wait_for_selector("#mapping-form")
    page.fill("#new-name", name)
    page.click("#save-new")
    wait_for_view(page, name)
    page.wait_for_selector("#run-set")
    return page.url.split("set=")[1].split("&")[0]


def set_gate(page: Page, **values: str) -> None:
    """What a run of the set that is shown has to reach: the share that passes in percent, and more by the ends of names."""
    page.click("#section-gate")
    page.wait_for_selector("#gate-form")
    for name, value in values.items():
        page.fill(f"[name$='.{name}']", value)
    page.click("#save-gate")
    wait_for_notice(page, "Every run of this set is held to it.")
    page.wait_for_selector("#gate-file")


def run_set(page: Page, title: str) -> str:
    """A run of the set that is shown, until it is done; its id."""
    page.click("#run-set")
    page.wait_for_selector("#start-run")
    page.fill("#start-title", title)
    page.click("#start-run")
    wait_for_view(page, title)
    page.wait_for_selector(".results", timeout=SLOW)
    page.wait_for_function("() => !document.querySelector('#progress [data-active]')", timeout=SLOW)
    return page.url.split("run=")[1].split("&")[0]


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_from_a_sheet_to_a_comparison(visits: Visits, starter: Command, tmp_path: Path) -> None:  # noqa: PLR0915 - one journey
    page = visit(visits, starter.address)
    assert page.title() == "Sets · Evaluate · Coach"
    page.set_input_files("#sheet", write_sheet(tmp_path / "spring.csv"))
    page.wait_for_selector("#mapping-form")
    page.wait_for_function("() => document.activeElement.id === 'view-heading'")
    assert page.input_value("#field-2") == "question"
    said = page.inner_text("#view")
    assert f"{_ASKED} questions." in said and "1 not kept" in said and "Windows-1252" in said
    page.fill("#new-name", "Journey")
    page.click("#save-new")
    wait_for_view(page, "Journey")
    wait_for_notice(page, f"version 1: {_ASKED} questions")
    with page.expect_download() as download:
        page.click("#export-csv")
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    set_gate(page, passed="90", declining="0")
    assert page.input_value("[name='thresholds.passed']") == "90"
    first = run_set(page, "First")
    assert f"of {_ASKED}" in page.inner_text(".verdict-line") and "locked" not in page.inner_text("#view")
    # An answer with all that came of it, and back to where one was.
    page.click("#result-2")
    page.wait_for_selector("#scores-heading")
    assert "2 of 6" in page.inner_text("#view")
    page.click("#next-result")
    page.wait_for_function("() => location.search.includes('t03')")
    page.go_back()
    page.wait_for_function("() => document.querySelector('.facts code')?.textContent === 't02'")
    # What is expected changes: the locked version stays, the next one is made.
    page.click("#edit-item")
    page.wait_for_selector("#save-item")
    page.fill("#item-must_mention", "zebra / okapi")
    page.click("#save-item")
    wait_for_notice(page, "saved as version 2")
    page.click("#back")
    page.wait_for_selector("#run-set")
    run_set(page, "Second")
    gate = page.inner_text("#gate-verdict")
    assert "Gate: not met (" in gate and "wanted at least 90%" in gate and "Not passed: t02" in gate
    page.click("#gate-met summary")
    assert "Answered what should be declined: wanted at most 0, found 0." in page.inner_text("#gate-met")
    page.select_option("#compare-with", first)
    page.click("#compare-do")
    wait_for_view(page, "Second against First")
    said = page.inner_text("#view")
    assert "No new grave failure." in said and "of 5." in said and "t02" in said
    with page.expect_download() as download:
        page.click("#report-html")
    written = Path(download.value.path()).read_text("utf-8")
    assert "Second" in written and "The gate is not passed." in written and "wanted at least 90%" in written
    with page.expect_download() as download:
        page.click("#report-xlsx")
    assert "xl/workbook.xml" in zipfile.ZipFile(download.value.path()).namelist()
    page.locator("#list-1").click()
    page.wait_for_selector(".side-by-side")
    page.reload()
    page.wait_for_selector(".side-by-side")


def test_a_run_survives_its_window_and_a_restart(visits: Visits, tmp_path_factory: pytest.TempPathFactory) -> None:
    served = Command(tmp_path_factory.mktemp("restart") / "home")
    served.run("ingest")
    served.start()
    try:
        page = visit(visits, served.address)
        import_sheet(page, write_sheet(tmp_path_factory.mktemp("sheet") / "many.csv", 80), "Many")
        page.click("#run-set")
        page.wait_for_selector("#start-run")
        page.click("#start-run")
        page.wait_for_selector("#progress [data-active]")
        run = page.url.split("run=")[1]
        page.close()
        page = visit(visits, served.address, f"/evaluate?run={run}")
        page.wait_for_selector("#stop-run")
        page.wait_for_function("() => Number(document.querySelector('#progress progress').value) > 2", timeout=SLOW)
        served.stop()
        page.close()
        served.start()
        page = visit(visits, served.address, f"/evaluate?run={run}")
        page.wait_for_selector("#resume-run")
        done = int(page.evaluate("document.querySelector('#progress progress').value"))
        assert 0 < done < 80
        page.click("#resume-run")
        page.wait_for_selector("#stop-run")
        page.click("#stop-run")
        page.wait_for_selector("#resume-run", timeout=SLOW)
        assert int(page.evaluate("document.querySelector('#progress progress').value")) >= done
    finally:
        served.stop()
    visits.complaints.clear()  # of a server that was away


def test_nothing_is_asked_for_unless_a_run_is_under_way(visits: Visits, starter: Command) -> None:
    page = visit(visits, starter.address, "/evaluate?view=runs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("() => new Promise((go) => setTimeout(go, 2500))")
    assert asked == []


def test_a_file_that_is_no_sheet_is_refused_in_words(visits: Visits, starter: Command, tmp_path: Path) -> None:
    page = visit(visits, starter.address)
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    page.set_input_files("#sheet", picture)
    page.wait_for_selector("#sheet-says.fault")
    assert "picture.png" in page.inner_text("#sheet-says")
    visits.forgive("422")


def test_another_page_cannot_send_a_sheet(starter: Command) -> None:
    import httpx

    headers = {"origin": "https://elsewhere.example", "x-file-name": "a.csv"}
    answer = httpx.post(f"{starter.address}/evaluate/sheets", content=b"Question\nWho?\n", headers=headers)
    assert answer.status_code == 403


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def places(
    starter: Command, usual_context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Addresses of every view."""
    page = usual_context.new_page()
    page.goto(f"{starter.address}/evaluate")
    page.wait_for_selector(".evaluate-page")
    kept = import_sheet(page, write_sheet(tmp_path_factory.mktemp("sheet") / "views.csv"), "Views")
    first = run_set(page, "Earlier")
    page.goto(f"{starter.address}/evaluate?set={kept}")
    page.wait_for_selector("#run-set")
    set_gate(page, passed="100", most_unscored="0")
    second = run_set(page, "Later")
    page.goto(f"{starter.address}/evaluate")
    page.click("#new-set summary")
    page.fill("#new-set-name", "Drafts")
    page.press("#new-set-name", "Enter")
    wait_for_view(page, "Drafts")
    page.click("#section-drafts")
    page.fill("#draft-count", "2")
    page.click("#add-drafts")
    wait_for_notice(page, "2 drafts")
    drafts = page.url.partition("?")[2]
    page.goto(f"{starter.address}/evaluate")
    page.set_input_files("#sheet", write_sheet(tmp_path_factory.mktemp("sheet") / "held.csv"))
    page.wait_for_selector("#mapping-form")
    sheet = page.url.partition("?")[2]
    page.goto(f"{starter.address}/evaluate")
    long = import_sheet(page, write_long_sheet(tmp_path_factory.mktemp("sheet") / "long.csv"), "Long")
    page.close()
    yield {
        "sets": "",
        "sheet": sheet,
        "set": f"set={kept}",
        "drafts": drafts,
        "gate": f"set={kept}&tab=gate",
        "versions": f"set={kept}&tab=versions",
        "item": f"set={kept}&item=t01",
        "runs": "view=runs",
        "run": f"run={second}",
        "result": f"run={second}&item=t01",
        "choose": "view=compare",
        "compare": f"compare={first},{second}",
        "pair": f"compare={first},{second}&item=t01",
        "review": "view=review",
        "long": f"set={long}&page=2",
    }


VIEWS = (
    "sets", "sheet", "set", "drafts", "gate", "versions", "item", "runs", "run", "result", "choose", "compare", "pair",
    "review", "long",
)  # fmt: skip
ANEW = ("sheet", "result", "compare", "pair", "long")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", VIEWS)
def test_no_view_has_a_barrier_or_runs_out_of_the_window(
    name: str, size: tuple[int, int], visits: Visits, starter: Command, places: dict[str, str]
) -> None:
    page = visit(visits, starter.address, f"/evaluate?{places[name]}", size=size)
    page.evaluate("for (const one of document.querySelectorAll('#view details')) one.open = true")
    assert measure_overflow(page) <= 0
    # What differs on a telephone is the room; axe looks there at the views that are laid out anew.
    assert size == PHONE and name not in ANEW or find_barriers(page) == []


def test_a_long_set_is_turned_page_by_page_by_keys(visits: Visits, starter: Command, places: dict[str, str]) -> None:
    page = visit(visits, starter.address, f"/evaluate?{places['long'].partition('&')[0]}")
    page.wait_for_selector("#page-next")
    page.focus("#page-next")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'page-place'")
    assert page.inner_text("#page-place") == "Questions 101 to 200 of 230" and page.url.endswith("&page=2")
    page.wait_for_selector("[role=status] >> text=Questions 101 to 200 of 230", state="attached")
    seen = page.evaluate(
        "(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.activeElement.getBoundingClientRect())"
    )
    assert seen
    page.click("#item-1")
    wait_for_view(page, "Question b101")
    page.click("#back")
    page.wait_for_selector("#page-place")
    assert page.url.endswith("&page=2")
    # What is filtered begins with its first page; going back is the page where one was.
    page.select_option("#filter-topic", "buses")
    page.wait_for_function("() => location.search.endsWith('&topic=buses')")
    page.wait_for_function("() => document.querySelector('#page-place').textContent === 'Questions 1 to 100 of 115'")
    page.go_back()
    page.wait_for_function("() => document.querySelector('#page-place').textContent === 'Questions 101 to 200 of 230'")


def test_the_whole_way_by_keys_alone(visits: Visits, starter: Command, places: dict[str, str]) -> None:
    page = visit(visits, starter.address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past what stands above
    page.wait_for_function("() => document.activeElement.id === 'view-heading'")
    kept = places["set"].removeprefix("set=")
    tab_to(page, f"#set-{kept}")
    page.keyboard.press("Enter")
    wait_for_view(page, "Views")
    page.wait_for_function("() => document.activeElement.id === 'view-heading'")
    tab_to(page, "#item-2")
    page.keyboard.press("Enter")
    wait_for_view(page, "Question t02")
    tab_to(page, "#item-topic")
    page.keyboard.press("Control+A")
    page.keyboard.type("by keys")
    tab_to(page, "#save-item")
    page.keyboard.press("Enter")
    wait_for_notice(page, "saved as version 2")
    page.wait_for_function("() => document.querySelector('#item-topic').value === 'by keys'")
    tab_to(page, "#tab-runs", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_view(page, "Runs")
    tab_to(page, "#start-title")
    page.keyboard.type("By keys")
    tab_to(page, "#start-run")
    page.keyboard.press("Enter")
    wait_for_view(page, "By keys")
    page.wait_for_selector(".results", timeout=SLOW)
    tab_to(page, "#filter-show")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => location.search.includes('show=failed')")
    page.wait_for_function("() => document.activeElement.id === 'filter-show'")
    tab_to(page, "#filter-apply")


# --- what is typed and not saved --------------------------------------------------------------------------------------


def test_what_is_typed_is_not_left_unasked(visits: Visits, starter: Command, places: dict[str, str]) -> None:
    page = visit(visits, starter.address, f"/evaluate?{places['set']}", size=PHONE)
    page.click("#item-1")
    page.wait_for_selector("#item-form")
    here = page.url
    page.fill("#item-topic", "typed")
    page.focus("#back")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'leaving-stay'")
    assert find_barriers(page) == [] and measure_overflow(page) <= 0
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'item-topic'")
    assert page.input_value("#item-topic") == "typed" and page.is_hidden("#leaving") and page.url == here
    page.click("#tab-runs")
    page.wait_for_selector("#leaving", state="visible")
    page.keyboard.press("Escape")
    assert page.is_hidden("#leaving") and page.is_visible("#item-form")
    page.click("#retire-item")
    page.wait_for_selector("#leaving", state="visible")
    page.keyboard.press("Escape")
    page.go_back()
    page.wait_for_selector("#leaving", state="visible")
    assert page.url == here and page.input_value("#item-topic") == "typed"
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.evaluate("location.reload()")
    page.wait_for_function("() => document.querySelector('#item-topic').value === 'typed'")
    assert asked == ["beforeunload"]
    page.focus("#leaving-leave")
    page.keyboard.press("Enter")
    wait_for_view(page, "Views")
    assert page.is_hidden("#leaving")


def test_a_gate_that_is_typed_is_not_left_unasked(visits: Visits, starter: Command, places: dict[str, str]) -> None:
    page = visit(visits, starter.address, f"/evaluate?{places['set']}")
    page.click("#section-gate")
    page.wait_for_selector("#gate-form")
    page.fill("[name$='.passed']", "7")
    page.click("#section-versions")
    page.wait_for_selector("#leaving", state="visible")
    page.click("#leaving-leave")
    page.wait_for_selector("#version-1")
    page.click("#section-gate")
    page.wait_for_selector("#gate-form")
    assert page.input_value("[name$='.passed']") == "100"
    # Where nothing was changed, nothing is asked.
    page.click("#section-items")
    page.wait_for_selector("#item-1")


def test_what_is_typed_stays_when_a_view_is_written_anew(
    visits: Visits, starter: Command, places: dict[str, str], tmp_path: Path
) -> None:
    page = visit(visits, starter.address, f"/evaluate?{places['drafts']}")
    page.fill("#draft-2", "Who drives the bus?")
    page.fill("#draft-count", "1")
    page.click("#add-drafts")
    wait_for_notice(page, "One draft")
    assert [page.input_value(f"#draft-{n}") for n in (1, 2, 3)] == ["", "Who drives the bus?", ""]
    page.click("#tab-runs")
    page.wait_for_selector("#leaving", state="visible")
    page.click("#leaving-stay")
    page.click("#save-drafts")
    wait_for_notice(page, "One question is ready")
    assert page.input_value("#draft-2") == ""
    page.goto(f"{starter.address}/evaluate")
    page.set_input_files("#sheet", write_sheet(tmp_path / "named.csv"))
    page.wait_for_selector("#mapping-form")
    page.fill("#new-name", "By me")
    render = page.get_attribute(".evaluate-page", "data-render")
    page.select_option("#field-0", "note")
    page.click("#read-again")
    page.wait_for_function("seen => document.querySelector('.evaluate-page').dataset.render !== seen", arg=render)
    assert page.input_value("#new-name") == "By me" and page.input_value("#field-0") == "note"
    page.click("#leave-sheet")
    wait_for_notice(page, "Nothing was saved.")
