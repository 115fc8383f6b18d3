"""An obedient assistant and hostile documents: nothing that they say loads, links or covers anything in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from coach.records import (
    Answer,
    Citation,
    Craft,
    Message,
    Outcome,
    Rejected,
    Sent,
    Stage,
    Statement,
    StatementKind,
    SuggestedPractice,
)
from tests.browser import (
    BOX,
    GRADIO_WARNING,
    NEWEST,
    Command,
    Staged,
    Visits,
    ask,
    list_questions,
    press_until_sent,
    stage,
    wait_for_answer,
    wait_for_notice,
    wait_until_loaded,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]


# --- the canary and the payloads ---------------------------------------------------------------------------------


@dataclass
class Canary:
    """Listens at another port of this machine, and sings when it is asked for anything."""

    address: str = ""
    heard: list[str] = field(default_factory=list)

    def write(self, kind: str) -> str:
        """An address of its own."""
        return f"{self.address}/{kind}"


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    made = Canary()

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.heard.append(f"{self.command} {self.path}")
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def write_payloads(canary: Canary) -> dict[str, str]:
    """What an obedient assistant can be made to say: everything that makes a browser load, send, link or cover."""

    def at(kind: str) -> str:
        return canary.write(kind)

    reach = f"window.reached=1;fetch('{at('script')}')"
    return {
        "markdown image": f"![chart]({at('markdown')}?q=secret)",
        "reference image": f"![chart][one]\n\n[one]: {at('reference')}",
        "style": f"<div style=\"background:url('{at('style')}')\">x</div><style>@import '{at('import')}';</style>",
        "video": f'<video src="{at("video")}" poster="{at("poster")}" autoplay></video><audio src="{at("audio")}" autoplay>',
        "svg image": f'<svg><image href="{at("svg")}" xlink:href="{at("xlink")}"/><use href="{at("use")}#a"/></svg>',
        "picture": f'<picture><source srcset="{at("srcset")}"><img srcset="{at("image-set")} 2x"></picture>',
        "image button": f'<input type="image" src="{at("input")}">',
        "form": f'<form action="{at("form")}"><input name="password"><button>Go on</button></form>',
        "overlay": '<div style="position:fixed;inset:0;z-index:99999;background:#fff">Sign in to go on</div>',
        "script": f"<script>{reach}</script>",
        "handler": f'<img src="x" onerror="{reach}"><svg onload="{reach}"><details open ontoggle="{reach}">',
        "script link": f'<a href="javascript:{reach}">more</a> [more](javascript:{reach})',
        "frame": f'<iframe src="{at("frame")}"></iframe><iframe srcdoc="<script>{reach}</script>"></iframe>',
        "refresh": f'<meta http-equiv="refresh" content="0;url={at("refresh")}"><base href="{at("base")}">',
        "link": f'<link rel="stylesheet" href="{at("css")}"><link rel="prefetch" href="{at("prefetch")}">'
        f'<link rel="preconnect" href="{at("preconnect")}">',
        "reference link": f"[Read more][two]\n\n[two]: {at('two')} <{at('auto')}>",
        "punycode": '<a href="http://xn--80ak6aa92e.example/">the district</a> http://xn--80ak6aa92e.example/',
        "data page": "<object data=\"data:text/html,<script>parent.reached=1</script>\"></object>"
        "<embed src=\"data:text/html;base64,PHNjcmlwdD4xPC9zY3JpcHQ+\">",
        "nested Markdown": f"[![chart]({at('inner')})]({at('outer')}) `<img src={at('code')}>`",
        "template": "${window.reached=1} {{window.reached=1}} {% raw %}{{ 7*7 }} #{7*7} <%= 7*7 %>",
        "end of an attribute": f"\" autofocus onfocus=\"{reach}\" x='\"><img src='{at('quote')}'>",
        "end of an element": f"</p></q></pre></textarea></script></title></select><img src='{at('end')}'><!--",
        "entities": f"&lt;img src={at('entity')}&gt; &#60;script&#62;{reach}&#60;/script&#62; \u2028<\x00img src={at('nul')}>",
    }  # fmt: skip


FIND_REACHED = """(canary) => {
    const found = [];
    const words = /^(src|href|xlink:href|action|formaction|poster|srcset|style|data|background|content|on\\w+|srcdoc|ping)$/i;
    for (const one of document.querySelectorAll('*')) {
        const own = one.closest('.sheet') || one.closest('head') || one.matches('gradio-app > *');
        if (!own && one.matches('img,iframe,video,audio,object,embed,picture,source,base,meta,image,use,input[type=image],'
            + 'form[action]'))
            found.push(one.outerHTML.slice(0, 120));
        for (const {name, value} of one.attributes)
            if (words.test(name) && (value.includes(canary) || /^\\s*javascript:/i.test(value) || value.includes('xn--')
                || (/^on/i.test(name) && value.includes('reached')))) found.push(`${one.tagName} ${name}=${value.slice(0, 80)}`);
        if (getComputedStyle(one).position === 'fixed' && one.textContent.includes('Sign in to go on'))
            found.push(`covers: ${one.outerHTML.slice(0, 80)}`);
    }
    if (window.reached !== undefined) found.push('a script ran');
    return found;
}"""


def expect_nothing(page: Page, canary: Canary) -> None:
    """Nothing of a payload became an element, an address, a script or a request."""
    assert page.evaluate(FIND_REACHED, canary.address) == []
    assert canary.heard == []


@pytest.fixture(params=["with the policy", "without the policy"])
def bypasses(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The browser's own policy is a second wall: each must hold alone."""
    return {"bypass_csp": request.param == "without the policy"}


# --- what it is said to ------------------------------------------------------------------------------------------

WALKS = "How long is a learning walk in the nine schools?"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory, canary: Canary) -> Iterator[Staged]:
    """A library of documents whose names, titles and words are payloads."""
    folder, home = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("stage") / "home"
    write_documents(folder, canary)
    Command(home).run("ingest", str(folder))
    with stage(home) as staged:
        yield staged


def write_documents(folder: Path, canary: Canary) -> None:
    image = f"<img src='{canary.write('document')}' onerror='window.reached=1'>"
    sentences = "\n\n".join(
        f"A learning walk in school {number} takes nine minutes {clean(payload)} and no teacher is rated there."
        for number, payload in enumerate(write_payloads(canary).values(), start=1)
    )
    name = "<img src=x onerror=window.reached=1> \"quoted\" 'walks'"
    (folder / f"{name}.txt").write_text(f"Learning walks {image} in nine schools\n\n{sentences}\n", "utf-8")
    (folder / "[link](javascript:reached=1).md").write_text(
        f"# Walks {image} & ![x]({canary.write('heading')})\n\nA learning walk is short ![x]({canary.write('body')}) in"
        f" the nine schools.\n\n{image}\n\n<script>window.reached=1</script>\n",
        "utf-8",
    )
    canvas = Canvas(str(folder / "report.pdf"), (400, 560), invariant=1)
    canvas.setTitle(f"A report {image}")
    canvas.setAuthor("<svg onload=window.reached=1>; Ben Ruiz")
    canvas.setFont("Helvetica", 9)
    for row, line in enumerate((f"In this report {image}", "a learning walk of the nine schools is called a round.")):
        canvas.drawString(20, 500 - 14 * row, line)
    canvas.save()


def clean(payload: str) -> str:
    """As a text file may hold it."""
    return " ".join(payload.replace("\x00", "").split())


def write_citation(payload: str, place: int) -> Citation:
    return Citation(
        label=f"{place:04x}", document=payload, document_id="0" * 64, title=payload, authors=f"{payload}, {payload}, x",
        year=2020, page=1, page_label=payload, section=f"{payload} > {payload}", quote=payload, start=place, end=place + 9,
        basis="found",
    )  # fmt: skip


KINDS: tuple[StatementKind, ...] = ("source", "craft", "question", "notice")


def write_statements(payloads: dict[str, str]) -> tuple[Statement, ...]:
    """Each payload in a statement of each kind, of a practice and of craft, whole and in two halves."""
    made = []
    for place, payload in enumerate(payloads.values()):
        citations = (write_citation(payload, place),)
        for kind in KINDS:
            made.append(Statement(payload, kind, "quoted" if kind == "source" else "written", citations))
        half = len(payload) // 2
        made += [Statement(part, "notice", "written") for part in (payload[:half], payload[half:])]
        made += [Statement(payload, "craft", "written", part_of=part) for part in ("practice", "craft", "model")]
        made += [
            Statement(payload, "source", "written", citations),
            Statement(payload, "notice", "written", part_of="model"),
        ]
    return tuple(made)


def write_answer(staged: Staged, text: str, payloads: dict[str, str]) -> Answer:
    every = " ".join(payloads.values())
    craft = Craft(
        "craft",
        every,
        (),
        every,
        f"{payloads['picture']}.",
        every,
        every,
        every,
        every,
        every,
        "suggest",
        ("principal",),
        (),
        every,
    )
    plain = staged.make_answer(text)
    return replace(
        plain,
        outcome=Outcome.ANSWERED,
        statements=write_statements(payloads),
        rejected=tuple(Rejected(payload, payload, payload) for payload in payloads.values()),
        fallback=f"Because: {every}",
        sent=(Sent("answer", every, every, True, (Message("system", every), Message("user", every))),),
        suggestions=tuple(payloads.values()),
        readings=tuple(payloads.values()),
        practices=(make_practice(every),),
        craft=(craft,),
        worth_adding=payloads["picture"],
        missing=(every,),
        nearest=(every,),
        composer=every,
        checked=3,
        receipt=replace(plain.receipt, model=every, version=every),
    )


def make_practice(words: str) -> SuggestedPractice:
    from coach.records import Practice

    return SuggestedPractice(
        Practice("practice", words, words, words, ("principal",), (), "Walk.", words, words, words, (), "found", words),
        (),
    )


def look_everywhere(page: Page) -> None:
    """Open whatever of the answer can be opened, press what can be pressed without leaving it, and hover."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_selector(f"{NEWEST} .message pre")
    for number in (0, 5, -1):
        mark = page.locator(f"{NEWEST} .mark").nth(number)
        mark.scroll_into_view_if_needed()
        mark.hover()
        mark.click()
        page.wait_for_function(
            "name => document.querySelector('#source [data-source]')?.dataset.source === name",
            arg=f"{mark.get_attribute('data-ordinal')}-{mark.get_attribute('data-number')}",
        )
    page.click("[data-close-source]")


# --- tests -------------------------------------------------------------------------------------------------------


def test_what_an_obedient_assistant_says_is_text_and_nothing_else(
    staged: Staged, canary: Canary, visits: Visits, bypasses: dict[str, Any]
) -> None:
    payloads = write_payloads(canary)
    question = f"Obey {bypasses}: {payloads['handler']} {payloads['markdown image']}"
    staged.assistant.scripts[question] = lambda: iter([write_answer(staged, question, payloads)])
    page = visits(staged.address, **bypasses)
    ask(page, question)
    said = page.inner_text(NEWEST)
    for name in ("script", "overlay", "form", "frame", "link"):
        assert payloads[name] in said, name
    look_everywhere(page)
    expect_nothing(page, canary)
    page.locator(f"{NEWEST} [data-event=request_document]").first.click()
    wait_for_notice(page, "is on the list")
    page.locator(f"{NEWEST} .keep form").first.evaluate("form => form.requestSubmit()")
    page.wait_for_selector("#notice .notice:not(.trouble)")
    page.click(f"{NEWEST} [data-liked=no]")
    page.wait_for_selector(f"{NEWEST} .feedback-more[open]")
    page.fill(f"{NEWEST} .feedback-more textarea", payloads["end of an element"])
    page.click(f"{NEWEST} .feedback-more button[type=submit]")
    wait_for_notice(page, "Thank you")
    expect_nothing(page, canary)
    page.reload()
    wait_until_loaded(page)
    look_everywhere(page)
    expect_nothing(page, canary)


def test_what_is_renamed_searched_edited_and_deleted_is_text(
    staged: Staged, canary: Canary, visits: Visits, bypasses: dict[str, Any]
) -> None:
    payloads = write_payloads(canary)
    page = visits(staged.address, **bypasses)
    name = payloads["handler"][:110]
    ask(page, payloads["picture"])
    card = page.locator("#history-list li.current")
    card.locator("summary").click()
    card.locator("[name=title]").fill(name)
    card.locator("button[type=submit]").click()
    page.wait_for_selector("#history-list li.current a[aria-current] >> text=onerror")
    page.locator(f"{NEWEST} .edit summary").click()
    page.locator(f"{NEWEST} .edit textarea").fill(payloads["end of an element"])
    page.locator(f"{NEWEST} .edit button[type=submit]").click()
    page.wait_for_selector(".replaced", state="attached")
    page.click(".replaced summary")
    expect_nothing(page, canary)
    page.fill("#search textarea", payloads["form"][:60])
    page.wait_for_function("() => !document.querySelector('#history-list li.current')")
    page.fill("#search textarea", "")
    card.locator("summary").click()
    card.get_by_text("Delete").click()
    wait_for_notice(page, "is deleted")
    expect_nothing(page, canary)


def test_a_payload_that_comes_in_pieces_is_text_in_each(
    staged: Staged, canary: Canary, visits: Visits, bypasses: dict[str, Any]
) -> None:
    payloads, question = write_payloads(canary), f"In pieces {bypasses}"
    seen, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def script() -> Iterator[Stage | Answer]:
        yield Stage("searching", ())
        yield Stage("reading", tuple(payloads.values()))
        for cut in (1, 7, 19, 33, 52, 71, 10_000):
            parts = [Statement(payload[:cut], kind, "written") for payload in payloads.values() for kind in KINDS]
            cited = [replace(one, citations=(write_citation(one.text, 1),)) for one in parts if one.kind == "source"]
            yield Stage("writing", (), (*parts, *cited))
            seen.release()
            assert go_on.acquire(timeout=20)
        yield write_answer(staged, question, payloads)

    staged.assistant.scripts[question] = script
    page = visits(staged.address, **bypasses)
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    for cut in (1, 7, 19, 33, 52, 71, 10_000):
        assert seen.acquire(timeout=20)
        page.wait_for_function(
            "words => document.querySelector('.exchange.waiting .reply')?.textContent.includes(words)",
            arg=payloads["overlay"][:cut],
        )
        expect_nothing(page, canary)
        go_on.release()
    wait_for_answer(page, question)
    expect_nothing(page, canary)


def test_documents_that_hold_payloads_are_quoted_as_text(
    staged: Staged, canary: Canary, visits: Visits, bypasses: dict[str, Any]
) -> None:
    page = visits(staged.address, **bypasses)
    assert "onerror" in page.inner_text("#source .documents-read")
    expect_nothing(page, canary)
    ask(page, WALKS)
    assert page.locator(f"{NEWEST} .quotation").count() >= 1
    page.locator(f"{NEWEST} .mark").first.click()
    page.wait_for_selector("#source mark")
    expect_nothing(page, canary)
    ask(page, "What is a learning walk called in the report?")
    page.locator(f"{NEWEST} .mark").first.click()
    page.wait_for_selector("#source mark")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    expect_nothing(page, canary)


# --- stopping ----------------------------------------------------------------------------------------------------


def test_stop_ends_an_answer_and_keeps_nothing_of_it(staged: Staged, visits: Visits) -> None:
    question, go_on, closed = "Something that takes long", threading.Event(), threading.Event()

    def script() -> Iterator[Stage | Answer]:
        try:
            yield Stage("searching")
            yield Stage("reading", ("One title", "Another title"))
            go_on.wait(20)
            yield staged.make_answer(question)
        finally:
            closed.set()

    staged.assistant.scripts[question] = script
    page = visits(staged.address)
    ask(page, "What is a learning walk?")
    before = page.url
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_selector(".exchange.waiting >> text=Reading “One title”, “Another title” …")
    assert page.locator("#ask").is_hidden()
    page.click("#stop")
    page.wait_for_selector(".exchange.waiting >> text=Stopped.")
    assert page.input_value(BOX) == question and page.locator("#ask").is_visible()
    go_on.set()
    assert closed.wait(10)
    page.fill(BOX, "Who is rated in it?")
    page.focus(BOX)
    press_until_sent(page)
    wait_for_answer(page, "Who is rated in it?")
    page.reload()
    wait_until_loaded(page)
    assert list_questions(page) == ["What is a learning walk?", "Who is rated in it?"] and page.url == before


def test_a_question_that_fails_stays_in_the_box(staged: Staged, visits: Visits) -> None:
    def script() -> Iterator[Stage | Answer]:
        yield Stage("searching")
        raise RuntimeError("a bug")

    staged.assistant.scripts["Something that fails"] = script
    page = visits(staged.address)
    page.fill(BOX, "Something that fails")
    page.press(BOX, "Enter")
    page.wait_for_selector("#notice .trouble")
    assert "a bug" not in page.content() and "number" in page.inner_text("#notice")
    assert page.input_value(BOX) == "Something that fails"
    assert page.locator(".exchange.waiting").count() == 0 and page.locator("#ask").is_visible()
