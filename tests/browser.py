"""Serves the page for tests and opens it in a real browser: a data folder or a site in, watched pages out."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coach.records import Question
from tests.fakes import ScriptedAnswering

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

    from coach.records import Answer
    from coach.web.assembly import Site

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
# Without these Chromium calls home by itself, and what the page does could not be told from that.
_QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_ABORTED = "signal is aborted without reason"
"""Whoever loads a page again ends the streams of the old one, and Gradio lets the browser say so."""
_PATIENCE = 30_000
"""Milliseconds after which something that should have come is missed."""
_START = 120
"""Seconds in which a command loads its model and answers."""

GRADIO_WARNING = "ignore::pandas.errors.Pandas4Warning"
"""To Gradio 6.31, which sums its events up; for modules that serve a site in this process."""

WIDE = (1280, 900)
PHONE = (375, 667)
SMALLEST = (320, 640)


# --- servers -----------------------------------------------------------------------------------------------------


def find_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Command:
    """`coach serve` on a data folder of its own, which can be stopped and started again at the same address."""

    home: Path
    port: int = field(default_factory=find_port)
    process: subprocess.Popen[bytes] | None = None
    said: str = ""
    """Its first line."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it wrote since it was last started."""
        return self.home.with_name(f"{self.home.name}.log")

    def run(self, *words: str) -> None:
        """Another command on the same folder."""
        command = [sys.executable, "-m", "coach", *words]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """It says where it is as soon as it answers, and not before."""
        command = [sys.executable, "-m", "coach", "serve", "--port", str(self.port)]
        # A file, because a pipe that nobody reads is full after 64 KiB, and then the server stands still.
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT)
        self.said = self.wait_for_line()

    def wait_for_line(self, start: str = "") -> str:
        """The first line that begins so and is whole; empty if the command ends without one."""
        assert self.process is not None
        until = time.monotonic() + _START
        while True:
            ended = self.process.poll() is not None
            for line in self.log.read_text("utf-8").splitlines(keepends=True):
                if line.startswith(start) and line.endswith("\n"):
                    return line.strip()
            if ended:
                return ""
            assert time.monotonic() < until, f"nothing that begins with {start!r} in {_START} seconds"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "COACH_HOME": str(self.home), "OMP_WAIT_POLICY": "passive"}


@contextmanager
def serve_site(site: Site) -> Iterator[str]:
    """The address of a site that is served by a thread of this process."""
    import uvicorn

    from coach.web.server import build_app

    port = find_port()
    with warnings.catch_warnings():
        # Gradio leaves event loops unclosed for each event that is bound.
        warnings.simplefilter("ignore", ResourceWarning)
        app = build_app(site, port)
        gc.collect()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    ready = threading.Event()
    startup = server.startup

    async def start_up(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        ready.set()

    server.startup = start_up  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@dataclass(frozen=True)
class Staged:
    """A site in this process, whose assistant does as a test says."""

    address: str
    site: Site
    assistant: ScriptedAnswering

    def make_answer(self, text: str, **parts: Any) -> Answer:
        """An answer to a question, of these parts: see `coach.records.Answer`."""
        plain = self.site.coach.assistant.ask("Which zoo keeps penguins?")
        return replace(plain, question=Question(text, text), **{"suggestions": (), **parts})


@contextmanager
def stage(home: Path, fault: str | None = None) -> Iterator[Staged]:
    """Serve a data folder with an assistant that can be told what to answer; `fault` is what ails its index."""
    from coach.assembly import open_coach
    from coach.settings import read_settings
    from coach.web.assembly import open_site

    settings = read_settings(os.environ, home)
    with open_coach(settings, "the tests") as coach:
        assistant = ScriptedAnswering(coach.assistant)
        coach = replace(coach, fault=fault)
        with open_site(coach, settings, assistant) as site, serve_site(site) as address:
            yield Staged(address, site, assistant)


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A page on the starter texts, served by the command itself, on the real model."""
    command = Command(tmp_path_factory.mktemp("page") / "home")
    command.run("ingest")
    command.start()
    try:
        assert command.said == f"Coach answers from 2 documents at {command.address}"
        yield command
    finally:
        command.stop()


# --- browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser. For one module: while it is open, its loop runs in this thread, where a test may want its own."""
    if CHROMIUM is None:
        pytest.skip("No browser was found: install Debian's package chromium to run the browser tests.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


def _open_context(browser: Browser, size: tuple[int, int], options: dict[str, Any]) -> BrowserContext:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    context.set_default_timeout(_PATIENCE)
    return context


@dataclass
class Visits:
    """Opens tabs, and writes down whatever they complain of and whatever they ask of others than their server."""

    browser: Browser
    usual: BrowserContext
    """Of a wide screen, which keeps Gradio's scripts from one test to the next."""
    complaints: list[str] = field(default_factory=list)
    asked_elsewhere: list[str] = field(default_factory=list)
    _opened: list[Page | BrowserContext] = field(default_factory=list)

    def __call__(self, address: str, path: str = "/", *, size: tuple[int, int] = WIDE, **options: Any) -> Page:
        """A tab of a wide screen, or of a browser that has never been here; `options` are those of a browser context."""
        if size == WIDE and not options:
            return self.open_tab(self.usual, address, path)
        context = _open_context(self.browser, size, options)
        self._opened.append(context)
        return self.open_tab(context, address, path)

    def open_tab(self, context: BrowserContext, address: str, path: str = "/") -> Page:
        """One more tab of the same browser."""
        page = context.new_page()
        self._opened.append(page)
        self._watch(page, address)
        page.goto(address + path)
        wait_until_loaded(page)
        return page

    def _watch(self, page: Page, address: str) -> None:
        def on_request(request: Request) -> None:
            if not request.url.startswith((f"{address}/", "data:", "blob:")):
                self.asked_elsewhere.append(request.url)

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and _ABORTED not in message.text:
                self.complaints.append(f"{message.text} ({message.location['url']})")

        page.on("request", on_request)

        def on_error(error: Error) -> None:
            if _ABORTED not in str(error):
                self.complaints.append(str(error))

        page.on("console", on_console)
        page.on("pageerror", on_error)

    def forgive(self, *words: str) -> None:
        """Drop the complaints that hold one of these: they were meant to happen."""
        self.complaints = [one for one in self.complaints if not any(word in one for word in words)]

    def close(self) -> None:
        for one in reversed(self._opened):
            one.close()


@pytest.fixture(scope="module")
def usual_context(chromium: Browser) -> Iterator[BrowserContext]:
    with closing(_open_context(chromium, WIDE, {})) as context:
        yield context


@pytest.fixture
def visits(chromium: Browser, usual_context: BrowserContext) -> Iterator[Visits]:
    """Opens tabs; anything in a console, or any request elsewhere, fails the test."""
    opened = Visits(chromium, usual_context)
    yield opened
    opened.close()
    assert opened.asked_elsewhere == []
    assert opened.complaints == []


@pytest.fixture
def page(visits: Visits, starter: Command) -> Page:
    """The starter texts' page, loaded for the first time."""
    return visits(starter.address)


# --- what a person does ------------------------------------------------------------------------------------------

BOX = "#question textarea"
NEWEST = "article.exchange:not(.waiting):last-of-type"


def wait_until_loaded(page: Page) -> None:
    """Until the server has filled the page, and with it bound its events."""
    page.wait_for_selector(".intro, .exchange", state="attached")


def ask(page: Page, question: str) -> None:
    """Type a question, send it by Enter, and wait for its answer."""
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    wait_for_answer(page, question)


def press_until_sent(page: Page) -> None:
    """Press Enter until the box is empty: while Gradio clears away what was stopped, it does not hear."""
    from playwright.sync_api import TimeoutError as NothingCame

    for _ in range(8):
        page.keyboard.press("Enter")
        with suppress(NothingCame):
            page.wait_for_function(f"() => !document.querySelector('{BOX}').value", timeout=2000)
            return
    raise AssertionError("the question is not sent")


def wait_for_answer(page: Page, question: str) -> None:
    """Until the last exchange is this question's, nothing is being answered, and the address names the conversation."""
    page.wait_for_function(
        """question => {
            const exchanges = [...document.querySelectorAll('article.exchange')];
            const last = exchanges.at(-1);
            return last && !last.matches('.waiting') && last.querySelector('h3').textContent.endsWith(question)
                && location.search.includes('conversation=');
        }""",
        arg=question,
    )


def list_questions(page: Page) -> list[str]:
    """The questions that stand in the conversation."""
    texts = page.locator("article.exchange h3").all_text_contents()
    return [text.removeprefix("You asked: ") for text in texts]


def wait_for_notice(page: Page, words: str) -> None:
    """Until the line above the box says so."""
    page.wait_for_function(
        "words => document.querySelector('#notice .notice p')?.textContent.includes(words)", arg=words
    )


def name_focused(page: Page) -> str:
    """The element that has the focus: its id, or its tag with its words."""
    return str(
        page.evaluate(
            """() => {
                const one = document.activeElement;
                return one.id || `${one.tagName.toLowerCase()} ${(one.textContent || one.name || '').trim().slice(0, 40)}`;
            }"""
        )
    )


def measure_overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
