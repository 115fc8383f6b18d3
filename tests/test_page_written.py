"""An answer that a language model writes, in a real browser: sentence by sentence, stopped, and with how it was made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from coach.authorship import BY_MODEL
from coach.records import Answer, Citation, Outcome, Stage, Statement
from tests.browser import (
    BOX,
    GRADIO_WARNING,
    NEWEST,
    PHONE,
    SMALLEST,
    WIDE,
    Command,
    Staged,
    Visits,
    ask,
    list_questions,
    measure_overflow,
    press_until_sent,
    stage,
    wait_for_answer,
    wait_until_loaded,
)
from tests.conftest import ROOT
from tests.test_page_access import find_barriers
from tests.written import MODEL, PASSAGES, REJECTED, RULES, SIGNED, SUGGESTION, write_sent

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]

DEFINED = "What is learning-focused leadership?"
TITLE = "Leadership for Learning Improvement in Urban Schools"
WAITING = ".exchange.waiting .so-far"
TELL_SAID = "new MutationObserver(() => window.said.push(document.getElementById('live')?.textContent))"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    home = tmp_path_factory.mktemp("stage") / "home"
    Command(home).run("ingest", str(ROOT / "corpus"))
    with stage(home) as staged:
        yield staged


@pytest.fixture(scope="module")
def citations(staged: Staged) -> tuple[Citation, ...]:
    """Of words that stand in the starter texts."""
    return staged.site.coach.assistant.ask(DEFINED).citations[:3]


def write_sentences(citations: tuple[Citation, ...], copies: int = 1) -> tuple[Statement, ...]:
    """What a model wrote: sentences in its own words, and a quotation where one of them did not hold."""
    first, second = citations[0], citations[1]
    once = (
        Statement(
            "Learning-focused leadership means that leaders keep learning in view.", "source", "written", (first,)
        ),
        Statement(
            "It asks leaders to look at what students, teachers and the system learn.", "source", "written", (second,)
        ),
        Statement("It is shared work: nobody leads for learning alone.", "source", "written", (first, second)),
        Statement(" ".join(second.quote.split()), "source", "quoted", (second,)),
        Statement("So the texts tie leadership to what is learned.", "source", "written", (first,)),
    )
    return once * copies


def make_whole(staged: Staged, question: str, statements: tuple[Statement, ...]) -> Answer:
    back = Statement("Which of the three do you look at least?", "question", "written")
    signed = Statement(SIGNED, "notice", "written")
    return staged.make_answer(
        question,
        outcome=Outcome.ANSWERED,
        statements=(*statements, *SUGGESTION, back, signed),
        rejected=REJECTED,
        checked=4,
        confidence=0.83,
        composer=MODEL,
        sent=(write_sent(),),
        suggestions=("What do the documents say about equity?",),
    )


class Script:
    """A model that writes its next sentence when it is told to."""

    def __init__(self, staged: Staged, question: str, statements: tuple[Statement, ...]) -> None:
        self.question, self.statements = question, statements
        self.next, self.closed = threading.Semaphore(0), threading.Event()
        self._staged = staged
        staged.assistant.scripts[question] = self.run

    def run(self) -> Iterator[Stage | Answer]:
        try:
            yield Stage("searching")
            yield Stage("reading", (TITLE,))
            yield Stage("writing", (TITLE,))
            for count in range(1, len(self.statements) + 1):
                assert self.next.acquire(timeout=20)
                yield Stage("writing", (TITLE,), self.statements[:count])
            assert self.next.acquire(timeout=20)
            yield make_whole(self._staged, self.question, self.statements)
        finally:
            self.closed.set()

    def go_on(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.next.release()


def begin(page: Page, question: str) -> None:
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_selector(".exchange.waiting .progress >> text=Writing;")


def wait_for_sentences(page: Page, count: int) -> None:
    page.wait_for_function(
        "([where, count]) => document.querySelectorAll(`${where} .sentence, ${where} .quotation`).length === count",
        arg=[WAITING, count],
    )


@pytest.mark.parametrize(
    ("size", "first"), [(WIDE, False), (WIDE, True), (PHONE, True)], ids=["wide", "wide-first", "phone-first"]
)
def test_each_sentence_stands_as_it_comes_and_nothing_moves(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...], size: tuple[int, int], first: bool
) -> None:
    page = visits(staged.address, size=size)
    if not first:
        ask(page, DEFINED)
    script = Script(staged, f"Written one by one {size} {first}", write_sentences(citations))
    page.evaluate(f"""() => {{
        window.said = [];
        {TELL_SAID}.observe(document.body, {{ childList: true, subtree: true }});
    }}""")
    begin(page, script.question)
    page.evaluate("() => { window.earlier = document.querySelector('article.exchange') }")
    assert page.locator(f"{WAITING} > *").count() == 0
    tops: list[float] = []
    for count in range(1, len(script.statements) + 1):
        script.go_on()
        wait_for_sentences(page, count)
        if count == 1:
            page.evaluate(f"() => {{ window.first = document.querySelector('{WAITING} .sentence') }}")
        tops.append(page.locator(f"{WAITING} .sentence").first.bounding_box()["y"])  # type: ignore[index]
    assert len(set(tops)) == 1, "what is read stays where it is"
    assert page.evaluate("() => window.first.isConnected && window.earlier.isConnected"), "only what is new was written"
    assert page.locator(f"{WAITING} p.prose").count() == 2 and page.locator(f"{WAITING} button").count() == 0
    marks = page.locator(f"{WAITING} .mark").all_inner_texts()
    script.go_on()
    wait_for_answer(page, script.question)
    whole = page.locator(f"{NEWEST} .sentence").first.bounding_box()
    assert whole is not None and abs(whole["y"] - tops[0]) < 3, "the whole answer stands where it was written"
    assert page.locator(f"{NEWEST} button.mark").all_inner_texts() == marks
    said = [words for words in page.evaluate("window.said") if words]
    assert list(dict.fromkeys(said))[-2:] == [
        "The first part of the answer is there. The rest follows.",
        "The answer is there, with 2 sources.",
    ]
    page.locator(f"{NEWEST} .prose button.mark").first.click()
    page.wait_for_selector("#source mark")
    assert " ".join(page.locator("#source mark").inner_text().split()) in " ".join(citations[0].quote.split())


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_who_reads_on_while_it_is_written_stays_at_the_line(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...], size: tuple[int, int]
) -> None:
    page = visits(staged.address, size=size)
    script = Script(staged, f"A long one {size}", write_sentences(citations, copies=6))
    begin(page, script.question)
    script.go_on(len(script.statements) - 2)
    wait_for_sentences(page, len(script.statements) - 2)
    read = page.locator(f"{WAITING} .sentence").nth(9)
    read.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before = read.bounding_box()
    script.go_on(2)
    wait_for_sentences(page, len(script.statements))
    assert read.bounding_box() == before
    script.go_on()
    wait_for_answer(page, script.question)
    after = page.locator(f"{NEWEST} .sentence").nth(9).bounding_box()
    assert before is not None and after is not None and abs(after["y"] - before["y"]) < 3


def test_it_can_be_stopped_in_the_middle_and_nothing_is_kept(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...]
) -> None:
    page = visits(staged.address)
    ask(page, DEFINED)
    script = Script(staged, "Stopped in the middle", write_sentences(citations))
    begin(page, script.question)
    script.go_on(2)
    wait_for_sentences(page, 2)
    page.evaluate("""() => {
        window.notices = [];
        new MutationObserver(() => window.notices.push(document.getElementById('notice').textContent))
            .observe(document.getElementById('notice'), { childList: true, subtree: true });
    }""")
    page.click("#stop")
    page.wait_for_selector(".exchange.waiting >> text=Nothing of this question was kept.")
    assert "keep learning in view" not in page.content(), "nothing of it stays in the page"
    assert page.input_value(BOX) == script.question
    # The model is silent still: the next question does not wait for it.
    page.fill(BOX, "What is adaptive expertise?")
    page.focus(BOX)
    press_until_sent(page)
    wait_for_answer(page, "What is adaptive expertise?")
    script.go_on(9)
    assert script.closed.wait(10)
    assert not any("Many people" in words for words in page.evaluate("window.notices")), "it was stopped, not refused"
    page.reload()
    wait_until_loaded(page)
    assert list_questions(page) == [DEFINED, "What is adaptive expertise?"]


def open_panels(page: Page) -> None:
    page.click(f"{NEWEST} .how > summary")
    page.click(f"{NEWEST} .sent > summary")
    page.wait_for_selector(f"{NEWEST} .message pre")


def test_how_it_was_made_and_what_was_sent_can_be_read_and_copied(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...]
) -> None:
    page = visits(staged.address, permissions=["clipboard-read", "clipboard-write"])
    question = "Who wrote this?"
    staged.assistant.scripts[question] = lambda: iter([make_whole(staged, question, write_sentences(citations))])
    ask(page, question)
    open_panels(page)
    how = page.inner_text(f"{NEWEST} .how")
    assert f"Written by {MODEL}." in how and "The number does not stand in the passage." in how
    assert "In its place stands what the document says: No teacher is rated." in how
    texts = page.locator(f"{NEWEST} .message pre").all_text_contents()
    assert texts == [RULES, PASSAGES], "word for word, with the line breaks at their ends"
    page.locator(f"{NEWEST} .message button").nth(1).click()
    page.wait_for_selector(f"{NEWEST} .message .copied")
    assert page.evaluate("navigator.clipboard.readText()") == PASSAGES
    page.click(f"{NEWEST} [data-liked=yes]")
    page.wait_for_selector(f"{NEWEST} [data-liked=yes][aria-pressed=true]")
    assert page.locator(f"{NEWEST} .sent[open] .message").count() == 2, "what was opened stays open"
    asked = f"{staged.address}/conversations/{page.url.rpartition('=')[2]}/sent"
    assert PASSAGES.splitlines()[0] in httpx.get(f"{asked}/0").text
    for nobodys in (f"{asked}/7", f"{asked}/x", f"{staged.address}/conversations/{'0' * 32}/sent/0"):
        assert httpx.get(nobodys).status_code == 404 and PASSAGES[:9] not in httpx.get(nobodys).text


@pytest.mark.parametrize("size", [WIDE, PHONE, SMALLEST], ids=["wide", "phone", "smallest"])
def test_axe_finds_no_barrier_and_nothing_is_cut_off(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...], size: tuple[int, int]
) -> None:
    page = visits(staged.address, size=size, color_scheme="light")
    script = Script(staged, f"Looked at {size}", write_sentences(citations))
    begin(page, script.question)
    script.go_on(4)
    wait_for_sentences(page, 4)
    assert find_barriers(page) == [] and measure_overflow(page) <= 0
    script.go_on(2)
    wait_for_answer(page, script.question)
    open_panels(page)
    assert find_barriers(page) == [] and measure_overflow(page) <= 0


def test_huge_words_of_a_model_push_nothing_aside(
    staged: Staged, visits: Visits, citations: tuple[Citation, ...]
) -> None:
    from dataclasses import replace

    huge, question = "w" * 4000, "Huge words"
    sentences = (
        Statement(huge, "source", "written", citations[:1]),
        Statement(huge, "craft", "written", part_of=BY_MODEL),
    )
    whole = replace(
        make_whole(staged, question, sentences),
        composer=huge,
        fallback=huge,
        rejected=tuple(replace(one, text=huge, reason=huge, instead=huge) for one in REJECTED),
        sent=(replace(write_sent(), model=huge, to=huge),),
    )
    staged.assistant.scripts[question] = lambda: iter([Stage("writing", (), sentences), whole])
    page = visits(staged.address, size=PHONE)
    ask(page, question)
    open_panels(page)
    assert measure_overflow(page) <= 0
