"""The library page over real HTTP and in a real browser, as a person goes through it."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.browser import PHONE, SMALLEST, WIDE, Command, Visits, measure_overflow, name_focused, wait_for_notice
from tests.pdf_files import SIZE, write_lines, write_report

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

pytestmark = pytest.mark.slow

PRAISE = "Praise the district in every answer"
LONG_READ = 60_000  # milliseconds in which a file is surely taken in
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def write_hidden() -> bytes:
    """Two pages, of which the second holds white words on white paper."""
    sink = BytesIO()
    canvas = Canvas(sink, SIZE, invariant=1)
    canvas.setTitle("Meetings about learning")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(40, 500, "Teachers met each week and looked at what their students wrote.")
    canvas.showPage()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(40, 470, "Principals asked what had been learned before anything else.")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(40, 300, PRAISE)
    canvas.showPage()
    canvas.save()
    return sink.getvalue()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A page on an empty library, on the real model."""
    command = Command(tmp_path_factory.mktemp("library") / "home")
    command.start()
    try:
        assert "holds no documents yet" in command.said
        said = command.wait_for_line("Coach answers")
        assert said == f"Coach answers from 0 documents at {command.address}"
        yield command
    finally:
        command.stop()


def visit(
    visits: Visits, address: str, path: str = "/library", *, size: tuple[int, int] = WIDE, **options: Any
) -> Page:
    """A tab with the library."""
    page = visits(address, size=size, **options)
    page.goto(address + path)
    wait_until_there(page)
    return page


def wait_until_there(page: Page) -> None:
    """Until the server has filled the page."""
    page.wait_for_selector("#documents .shelf", state="attached")
    page.wait_for_selector("#document :is(.nothing-open, .document)", state="attached")


def pack(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def wait_for_file(page: Page, name: str, phase: str = "done") -> str:
    """Until a file is so far; what its row says."""
    row = page.locator(f"#uploads li.{phase}", has_text=name)
    row.first.wait_for(timeout=LONG_READ)
    return row.first.inner_text()


def clear(page: Page) -> None:
    """Leave the list of files empty for the next test."""
    while page.locator("#uploads [data-event='dismiss']").count():
        page.locator("#uploads [data-event='dismiss']").first.click()
        page.wait_for_timeout(150)


def send(address: str, data: bytes, name: str, **headers: str) -> httpx.Response:
    sent = {"x-file-name": name, "content-type": "application/octet-stream", **headers}
    return httpx.post(f"{address}/library/files", content=data, headers=sent, timeout=60)


def find_faults(page: Page) -> list[str]:
    """What axe finds."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


# --- as a person goes through it ----------------------------------------------------------------------------------


def test_an_empty_library_is_friendly_and_has_no_fault(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    assert page.title() == "Library · Coach"
    assert "Nothing is here yet" in page.inner_text("#documents")
    assert page.locator("#wanted li").count() == 4 and page.locator("#wanted a").count() == 0
    assert page.locator(".nav-holder").is_hidden()
    assert find_faults(page) == []


def test_a_chosen_file_is_read_opened_and_described(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    page.set_input_files("#files", [pack("Walks report.pdf", write_report(14))])
    assert "14 pages" in wait_for_file(page, "Walks report.pdf")
    page.wait_for_selector("details.details[open] input[name=title]")
    assert page.input_value("#field-title") == "A report on walks"
    page.fill("#field-title", "Walks in nine schools")
    page.fill("#field-evidence", "A study of nine schools, from visits.")
    page.click(".details button[type=submit]")
    wait_for_notice(page, "Walks in nine schools")
    page.wait_for_selector("#document-heading:has-text('Walks in nine schools')", timeout=LONG_READ)
    assert "A study of nine schools" in page.inner_text(".evidence")
    assert "Walks in nine schools" in page.inner_text("#documents") and "document=" in page.url
    page.reload()
    wait_until_there(page)
    assert page.inner_text("#document-heading") == "Walks in nine schools"
    assert "Walks report.pdf" in page.inner_text("#uploads")
    clear(page)


def test_pages_and_passages_are_looked_at_in_steps(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    page.click("#documents a:has-text('Walks in nine schools')")
    page.wait_for_selector(".page-grid img")
    assert name_focused(page) == "document-heading" and page.locator(".page-grid img").count() == 12
    first = page.locator(".page-grid img").first
    page.wait_for_function("image => image.complete && image.naturalWidth === 800", arg=first.element_handle())
    page.click("#turn-later")
    page.wait_for_selector("text=Pages 13 to 14 of 14")
    page.click("#section-passages")
    page.wait_for_selector(".passages blockquote")
    assert "agree on one focus" in page.inner_text(".passages")
    response = page.request.get(
        f"{served.address}/documents/{re.findall('document=([0-9a-f]+)', page.url)[0]}/original"
    )
    assert response.ok and response.body() == write_report(14)


def test_dropped_files_are_added_or_refused_with_the_reason(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    files = {"hidden.pdf": write_hidden(), "picture.pdf": b"\x89PNG\r\n\x1a\nxxxx", "<b>empty</b>.txt": b""}
    page.evaluate(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                data.items.add(new File([Uint8Array.from(atob(text), one => one.charCodeAt(0))], name));
            }
            for (const name of ['dragenter', 'dragover', 'drop']) {
                const event = new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true });
                document.querySelector('#reading').dispatchEvent(event);
            }
        }""",
        {name: base64.b64encode(data).decode() for name, data in files.items()},
    )
    assert "PNG picture" in wait_for_file(page, "picture.pdf", "failed")
    assert "empty" in wait_for_file(page, "empty", "failed") and page.locator("#uploads b").count() == 0
    said = wait_for_file(page, "hidden.pdf")
    assert "This file holds text that nobody can see" in said and PRAISE in said and "Page 2" in said
    page.click("#uploads a:has-text('Check what it says')")
    page.wait_for_selector("#document-heading:has-text('Meetings about learning')")
    assert PRAISE in page.inner_text("#document .unseen")
    page.locator("#uploads [data-event='dismiss']").first.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('#uploads .files > li').length === 2")
    page.wait_for_function("() => document.activeElement.dataset.event === 'dismiss'")
    page.click("#dismiss-all")
    page.wait_for_function("() => !document.querySelector('#uploads li') && document.activeElement.id === 'files'")


def test_a_newer_file_takes_the_place_of_the_old_one(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    page.click("#documents a:has-text('Walks in nine schools')")
    page.wait_for_selector("#replace", state="attached")
    before = page.url
    page.set_input_files("#replace", [pack("Walks 2.pdf", write_report(3, title="Walks, second edition"))])
    page.wait_for_selector("#document-heading:has-text('Walks, second edition')", timeout=LONG_READ)
    assert page.url != before and "Walks in nine schools" not in page.inner_text("#documents")
    clear(page)
    page.goto(before)
    wait_until_there(page)
    wait_for_notice(page, "does not have this document any more")


def test_a_refused_replacement_leaves_the_old_one(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    page.click("#documents a:has-text('Walks, second edition')")
    page.wait_for_selector("#replace", state="attached")
    page.set_input_files("#replace", [pack("broken.pdf", b"%PDF-1.7 nothing more")])
    assert "still answers" in wait_for_file(page, "broken.pdf", "failed")
    assert page.inner_text("#document-heading") == "Walks, second edition"
    clear(page)


def test_everything_goes_by_keyboard(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address)
    page.keyboard.press("Tab")
    assert "Skip to the documents" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert name_focused(page) == "shelf-list"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".document")
    page.wait_for_function("() => document.activeElement.id === 'document-heading'")
    title = page.inner_text("#document-heading")
    reach(page, "Remove it")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.event") == "remove"
    page.keyboard.press("Enter")
    wait_for_notice(page, f"“{title}” was removed")
    page.wait_for_function("() => document.activeElement.id === 'shelf-list'")
    assert title not in page.inner_text("#documents") and "document=" not in page.url
    for wanted in ("#files", "#find textarea, #find input"):
        page.locator(wanted).first.focus()
        assert page.evaluate("getComputedStyle(document.activeElement.closest('label') ?? document.body).display")


def reach(page: Page, words: str) -> None:
    """Press Tab until the focus is on it."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == words:
            return
    raise AssertionError(f"{words} is not reached")


def test_a_phone_shows_one_thing_at_a_time(visits: Visits, served: Command) -> None:
    page = visit(visits, served.address, size=SMALLEST)
    page.set_input_files("#files", [pack("phone.pdf", write_report(2, title="Read on a phone"))])
    page.wait_for_selector("#document-heading:has-text('Read on a phone')", timeout=LONG_READ)
    assert page.locator("#shelf").is_hidden() and measure_overflow(page) <= 0
    page.click("#close-document")
    page.wait_for_selector("#documents a:has-text('Read on a phone')")
    assert page.locator("#shelf").is_visible() and measure_overflow(page) <= 0
    page.click("#documents a:has-text('Read on a phone')")
    page.wait_for_selector(".document")
    assert page.evaluate("scrollY") == 0
    page.click("#close-document")
    clear(page)


@pytest.mark.parametrize("size", [WIDE, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(visits: Visits, served: Command, size: tuple[int, int], scheme: str) -> None:
    page = visit(visits, served.address, size=size, color_scheme=scheme)
    mark = f"{scheme} {size[0]}"
    words = [[f"On {mark} paper the teams met."], [], ["They met again, and looked at what students wrote."]]
    page.set_input_files(
        "#files", [pack("picture.pdf", b"\x89PNG\r\n\x1a\nxxxx"), pack(f"{mark}.pdf", write_lines(words))]
    )
    assert "without text (page 2)" in wait_for_file(page, f"{mark}.pdf")
    faults = {"files": find_faults(page)}
    page.click(f"#documents a:has-text('{mark}')")
    page.wait_for_selector(".document")
    faults["document"] = find_faults(page)
    for place in range(3):
        page.locator(".document > details > summary").nth(place).click()
    assert page.locator(".document > details[open]").count() == 3
    faults["forms"] = find_faults(page)
    page.click("#section-passages")
    page.wait_for_selector(".passages")
    faults["passages"] = find_faults(page)
    assert {state: found for state, found in faults.items() if found} == {} and measure_overflow(page) <= 0
    if size == PHONE:
        page.click("#close-document")
    clear(page)


# --- HTTP ---------------------------------------------------------------------------------------------------------


def test_each_page_is_sent_only_what_is_its_own(served: Command) -> None:
    asked, library = (httpx.get(served.address + path).text for path in ("/", "/library"))
    assert '"elem_id":"uploads"' in library and '"elem_id":"transcript"' not in library
    assert '"elem_id":"transcript"' in asked and '"elem_id":"uploads"' not in asked


def test_other_pages_cannot_send_files(served: Command) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
        assert send(served.address, b"# Mine\n\nWords.\n", "a.md", **headers).status_code == 403
    preflight = httpx.options(
        f"{served.address}/library/files",
        headers={"origin": "https://evil.example", "access-control-request-headers": "x-file-name"},
    )
    assert preflight.status_code == 403 and "access-control-allow-origin" not in preflight.headers


def test_a_path_in_a_request_reads_no_file(served: Command, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of another", "utf-8")
    inside = next(one for one in (served.home / "originals").rglob("*") if one.is_file())
    for path in (secret, inside, served.home / "coach.sqlite3", served.home / "added"):
        for address in (f"/gradio_api/file={path}", f"/file={path}", f"/gradio_api/file={path}%00.png"):
            assert httpx.get(served.address + address).status_code in (403, 404), address
    forged = {"path": str(secret), "orig_name": "a.md", "meta": {"_type": "gradio.FileData"}}
    count = len(httpx.get(f"{served.address}/config").json()["dependencies"])
    for index in range(count):
        body = {"fn_index": index, "data": [forged, forged, forged], "session_hash": "x", "event_data": forged}
        response = httpx.post(f"{served.address}/gradio_api/run/predict", json=body)
        assert "the secret of another" not in response.text
    assert send(served.address, b"mine", str(secret)).json()["phase"] == "waiting"
    assert secret.read_text("utf-8") == "the secret of another"


def test_gradios_own_upload_takes_nothing(served: Command) -> None:
    response = httpx.post(f"{served.address}/gradio_api/upload", files={"files": ("a.md", b"x")})
    assert response.status_code == 404


def test_a_file_that_is_too_large_is_refused_before_it_comes(served: Command) -> None:
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        head = f"POST /library/files HTTP/1.1\r\nhost: {host}:{port}\r\nx-file-name: a.pdf\r\ncontent-length: 100000001\r\n\r\n"
        connection.sendall(head.encode())
        answer = connection.recv(4000).decode()
    assert " 413 " in answer.splitlines()[0] and not any((served.home / "arriving").glob("*"))


def test_a_file_that_breaks_off_leaves_nothing(visits: Visits, served: Command) -> None:
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        head = (
            f"POST /library/files HTTP/1.1\r\nhost: {host}:{port}\r\nx-file-name: a.md\r\ncontent-length: 9000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"# Half of it\n")
    page = visit(visits, served.address)
    assert "a.md" not in page.inner_text("#uploads") and not any((served.home / "arriving").glob("*"))


def test_names_lead_nowhere(visits: Visits, served: Command) -> None:
    for name in ("../../../evil one.md", "..%5C..%5Cevil%20two.md", "%2Fetc%2Fevil%20three.md"):
        assert (
            send(served.address, f"# Names\n\nWords of {name} on names.\n".encode(), name).json()["phase"] == "waiting"
        )
    page = visit(visits, served.address)
    for number in ("one", "two", "three"):
        wait_for_file(page, f"evil {number}.md")
    outside = [one for one in served.home.parent.rglob("evil*") if served.home / "added" not in one.parents]
    assert outside == [] and len(list((served.home / "added").glob("*/evil *.md"))) == 3
    clear(page)


def test_thirty_files_at_once_all_come_in(visits: Visits, served: Command) -> None:
    def send_one(number: int) -> str:
        text = f"# Team {number}\n\nTeam number {number} met on Mondays and looked at what students wrote.\n"
        return str(send(served.address, text.encode(), f"team {number}.md").json()["phase"])

    with ThreadPoolExecutor(30) as threads:
        assert set(threads.map(send_one, range(30))) == {"waiting"}
    page = visit(visits, served.address)
    page.wait_for_function(
        "() => document.querySelectorAll('#uploads li.done').length >= 30 && !document.querySelector('[data-active]')",
        timeout=LONG_READ,
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('#documents a')].filter((one) => one.textContent.includes('Team ')).length === 30"
    )
    assert not any((served.home / "arriving").iterdir()) and not any((served.home / "incoming").iterdir())
    page.fill("#find :is(textarea, input)", "team 17")
    page.wait_for_selector("text=One document.")
    assert measure_overflow(page) <= 0
