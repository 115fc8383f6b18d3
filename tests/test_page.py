"""The page over real HTTP and in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Error, Page, Request, sync_playwright

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
# Without these Chromium calls home by itself, and what the page does could not be told from that.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page on the starter texts, served by the command itself, on the real model."""
    home = tmp_path_factory.mktemp("page") / "home"
    environment = {**os.environ, "COACH_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "coach", "ingest"], env=environment, check=True, capture_output=True)
    port = free_port()
    command = [sys.executable, "-m", "coach", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            assert server.stdout is not None
            # It says where it is as soon as it answers, and not before.
            said = server.stdout.readline().decode()
            assert said.strip() == f"Coach answers from 2 documents at http://127.0.0.1:{port}", said
            wait_for(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(50):
        assert server.poll() is None, server.stdout.read() if server.stdout else ""
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the page did not come up")


# --- HTTP --------------------------------------------------------------------------------------------------------


def test_it_is_up_and_asks_chroma(address: str) -> None:
    assert httpx.get(f"{address}/health").json() == {"ready": True, "index": "chroma"}


def test_every_response_carries_the_security_headers(address: str) -> None:
    for path in ("/", "/health", "/nothing-here"):
        headers = httpx.get(address + path).headers
        assert "connect-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_pages_and_other_names_are_refused(address: str, headers: dict[str, str]) -> None:
    response = httpx.post(f"{address}/gradio_api/queue/join", headers=headers, json={"fn_index": 0, "data": []})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_gradio_keeps_no_history_and_reports_nothing(address: str) -> None:
    config = httpx.get(f"{address}/config").json()
    assert not config.get("run_history") and not config.get("analytics_enabled")
    assert httpx.get(f"{address}/monitoring").status_code in (403, 404)
    assert httpx.get(f"{address}/gradio_api/file=/etc/hostname").status_code in (403, 404)
    assert httpx.get(f"{address}/docs").status_code == 404


def test_a_port_in_use_is_named(address: str, tmp_path: Path) -> None:
    port = address.rsplit(":", 1)[1]
    environment = {**os.environ, "COACH_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "coach", "serve", "--port", port]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 1 and f"Port {port} is in use" in result.stderr


# --- browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    if BROWSER is None:
        pytest.skip("No browser was found: install Debian's package chromium to run the browser tests.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


@pytest.fixture
def page(browser_page: Page, address: str) -> Iterator[Page]:
    """A loaded page; anything in its console or any request elsewhere fails the test."""
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    def on_error(error: Error) -> None:
        complaints.append(str(error))

    browser_page.on("request", on_request)
    browser_page.on("pageerror", on_error)
    browser_page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    browser_page.goto(address)
    browser_page.wait_for_selector("#question textarea")
    yield browser_page
    assert complaints == []


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.click("#ask")
    page.wait_for_function(
        "question => document.querySelector('.coach-asked')?.textContent === question", arg=question, timeout=30_000
    )


def test_a_question_is_answered_and_its_source_opened(page: Page) -> None:
    assert "2 documents" in page.inner_text(".coach-head")
    ask(page, "Does instructional leadership have to be the principal alone?")
    quotes = page.locator(".coach-quote")
    assert quotes.count() >= 1
    number = page.locator(".coach-number").first
    name = number.get_attribute("aria-label") or ""
    assert name.startswith("Source 1: Learn")
    number.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash === '#source-1'")
    marked = page.inner_text("#source-1 mark")
    assert marked and marked in " ".join(quotes.first.inner_text().split())
    source = "".join(path.read_text("utf-8") for path in (ROOT / "corpus").glob("*.txt"))
    assert marked in source


def test_silence_of_the_documents_is_told_apart(page: Page) -> None:
    ask(page, "Which zoo keeps penguins?")
    assert "I found nothing in your documents" in page.inner_text(".coach-silent")
    assert page.locator(".coach-quote").count() == 0


def test_what_a_person_types_is_shown_as_text(page: Page) -> None:
    ask(page, "<img src=x onerror=document.title='x'> leadership?")
    assert page.locator("#answer img").count() == 0
    assert page.title() == "Coach"


def test_dark_mode_is_dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    ask(page, "What is adaptive expertise?")
    for selector in ("body", ".coach-source"):
        colour = page.evaluate("s => getComputedStyle(document.querySelector(s)).backgroundColor", selector)
        assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 80, (selector, colour)
    page.emulate_media(color_scheme="light")


def test_each_quotation_says_whose_words_it_is_and_leads_back(page: Page) -> None:
    ask(page, "What is learning-focused leadership?")
    names = page.locator(".coach-cite").all_inner_texts()
    assert any("Portin" in name for name in names) and any("Knapp" in name for name in names)
    page.locator(".coach-number").first.click()
    page.locator("#source-1 .coach-back").click()
    page.wait_for_function("() => location.hash === '#answer-top'")


def test_a_phone_shows_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    ask(page, "What is learning-focused leadership?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 900})
