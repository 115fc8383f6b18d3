"""The page for rating in a real browser: two people, how far they agree; blind in every byte; keys, phone, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coach.evaluation.rating.rounds import order_entries
from coach.evaluation.records import EvaluationItem, HistoryTurn, ItemResult, Run
from coach.records import LOCAL_PERSON, Outcome
from coach.rendering import answer_to_object
from coach.store.evaluations import EvaluationStore
from tests.browser import (
    GRADIO_WARNING,
    PHONE,
    SMALLEST,
    WIDE,
    Command,
    Staged,
    Visits,
    measure_overflow,
    name_focused,
    stage,
    wait_for_notice,
)
from tests.conftest import ROOT
from tests.test_page_access import find_barriers, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(GRADIO_WARNING)]

QUESTIONS = (
    "What is learning-focused leadership?",
    "How long did the fieldwork run and in how many districts?",
    "A veteran teacher shuts down when I give feedback. What could I try?",
    "Which zoo keeps penguins?",
    "What does the report say about central offices?",
    "Is leading the same thing as having the title?",
    "How do I get into classrooms more often?",
    "What is instructional leadership?",
    "One of my students said at lunch that she wants to hurt herself. What do I do?",
    "help",
)
TITLES = ("Candidate with the new retriever", "Baseline of September")
DIMENSIONS = 7


@dataclass
class Served:
    """A site with two runs of ten questions."""

    staged: Staged
    runs: tuple[Run, ...]

    @property
    def address(self) -> str:
        return self.staged.address

    def make_round(self, visits: Visits, title: str, *, runs: int = 1, calibrate: int = 3) -> str:
        """A round, made on the page; its id."""
        page = visit(visits, self.address)
        page.click("#new-round")
        page.wait_for_selector("#make-form")
        page.fill("#make-title", title)
        for place in range(runs):
            page.locator("#make-form [name=run]").nth(place).check()
        page.fill("#make-calibrate", str(calibrate))
        page.click("#make-round")
        wait_for_view(page, "round")
        page.close()
        return page.url.split("round=")[1]

    def list_codes(self, round_id: str, rater: str) -> list[str]:
        ratings = self.staged.site.rating.ratings
        return [one.code for one in order_entries(ratings.read_round(round_id), rater)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("rate") / "home"
    Command(home).run("ingest", str(ROOT / "corpus"))
    with stage(home) as staged:
        coach = staged.site.coach
        store = EvaluationStore(coach.library.store)
        items = tuple(
            EvaluationItem(
                f"item-{place}",
                question,
                outcomes=(Outcome.ANSWERED,),
                ideal="It says what the text says." if place else "",
                must_mention=(("learning", "students"),),
                must_not_say=("test scores",),
                history=(HistoryTurn("user", "And before?"), HistoryTurn("assistant", "Before that."))
                if place == 1
                else (),
            )
            for place, question in enumerate(QUESTIONS)
        )
        asked = store.add_set(LOCAL_PERSON, "Set with a telling name", items)
        answers = [answer_to_object(coach.assistant.ask(one.question)) for one in items]
        runs = []
        for title in TITLES:
            run = store.add_run(LOCAL_PERSON, asked, [one.id for one in items], title)
            given = [{**one, "answer_id": f"{run.id}-{one['answer_id']}"} for one in answers]
            store.put_results(
                run.id, [ItemResult(one, answer, (), (), (), (), 1.0) for one, answer in zip(items, given, strict=True)]
            )
            store.set_state(run.id, "done")
            runs.append(store.read_run(run.id))
        yield Served(staged, tuple(runs))


# --- what a person does -------------------------------------------------------------------------------------------


def visit(visits: Visits, address: str, path: str = "/rate", *, size: tuple[int, int] = WIDE, **options: Any) -> Page:
    """A window with the page for rating, of a person who has not been here."""
    page = visits(address, size=size, reduced_motion="reduce", **options)
    page.goto(address + path)
    page.wait_for_selector(".rate-page")
    return page


def wait_for_view(page: Page, name: str) -> None:
    page.wait_for_selector(f".rate-page[data-view={name}]")


def start(page: Page, rater: str) -> None:
    page.fill("#who", rater)
    page.press("#who", "Enter")
    wait_for_view(page, "entry")
    wait_for_focus(page, "rate-heading")


def wait_for_focus(page: Page, name: str) -> None:
    page.wait_for_function("name => document.activeElement.id === name", arg=name)


def wait_for_entry(page: Page, code: str) -> None:
    page.wait_for_selector(f".rate-page[data-entry={code}]")
    wait_for_focus(page, "rate-heading")


def wait_until_saved(page: Page) -> None:
    page.wait_for_selector("#saved >> text=Saved", state="attached")


def press_levels(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def read_levels(page: Page) -> list[str]:
    """What is chosen, one after the other; `-` where nothing is."""
    return list(
        page.evaluate(
            "() => [...document.querySelectorAll('.dimension')].map((one) => one.querySelector('input:checked')?.value ?? '-')"
        )
    )


@dataclass
class Received:
    """Everything that a window received, as text: responses, and what stands in the page."""

    page: Page
    bodies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", self._keep)

    def _keep(self, response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if not any(word in kind for word in ("font", "image", "css", "javascript")):
            self.bodies.append(f"{response.url}\n{response.headers}\n{response.text()}")

    def read(self) -> str:
        return "\n".join([*self.bodies, self.page.content()])


# --- the whole way ------------------------------------------------------------------------------------------------


def test_two_people_rate_ten_answers_and_talk_about_the_rest(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Autumn")
    path = f"/rate?round={made}"
    ann, ben = visit(visits, served.address, path), visit(visits, served.address, path, size=PHONE, has_touch=True)
    rate_by_keys(ann, served.list_codes(made, "Annabel"))

    # The other one, by touch; nothing tells of the first before all is rated.
    received = Received(ben)
    ben.reload()
    ben.wait_for_selector(".rate-page")
    rate_by_touch(ben, served.list_codes(made, "Ben"))
    assert_blind(received, served, made, ["Annabel", "words of the first"])
    ben.locator("#next").tap()
    wait_for_view(ben, "done")
    ben.locator("#to-agreement").tap()
    wait_for_view(ben, "look")
    assert_blind(received, served, made, ["Annabel", "words of the first"])
    ben.locator("#look").tap()
    wait_for_view(ben, "agreement")
    assert "Annabel" in ben.inner_text("body") and "words of the first" in ben.inner_text("body")

    ann.click("#to-agreement")
    wait_for_view(ann, "look")
    ann.click("#look")
    wait_for_view(ann, "agreement")
    rows = [" ".join(one.inner_text().split()) for one in ann.locator(".agree-table tbody tr").all()]
    assert "grounded 7 0% 0%" in rows[0] and "Citation 7 100% 100%" in rows[1] and "Complete 0" in rows[2]
    assert ann.locator(".severity-picture rect").count() == 2
    settle_first(ann)
    assert_nothing_changes(ben, served.list_codes(made, "Ben")[0])
    ann.click("#close-more summary")
    ann.click("#close-round")
    wait_for_notice(ann, "is closed")
    ann.wait_for_selector("#to-report")


def rate_by_keys(page: Page, codes: list[str]) -> None:
    start(page, "Annabel")
    for place, code in enumerate(codes):
        wait_for_entry(page, code)
        press_levels(page, "33n3321")
        assert read_levels(page) == ["3", "3", "na", "3", "3", "2", "1"] and name_focused(page) == "next"
        if place == 0:
            press_levels(page, "c")
            page.keyboard.type("The words of the first.")
            page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        if place == 2:
            wait_for_view(page, "pause")
            assert "Nobody else has rated" in page.inner_text("#pause-alone")
            page.click("#pause-on")
    wait_for_view(page, "done")
    assert "10 of 10 rated" in page.inner_text("#progress")


def rate_by_touch(page: Page, codes: list[str]) -> None:
    """Every level of every answer; the last answer still stands there."""
    start(page, "Ben")
    for place, code in enumerate(codes):
        wait_for_entry(page, code)
        for number in range(DIMENSIONS):
            page.locator(".dimension").nth(number).locator("label").nth(0 if number else 2).tap()
        wait_until_saved(page)
        if place < len(codes) - 1:
            page.locator("#next").tap()
        if place == 2:
            wait_for_view(page, "pause")
            assert page.locator("tr.apart").count() == 3 and "Annabel" not in page.inner_text("body")
            page.locator("#pause-on").tap()


def assert_nothing_changes(page: Page, code: str) -> None:
    """Whoever has seen what the others said reads their levels, and is told why they stay."""
    page.locator("#to-round-back").tap()
    wait_for_view(page, "round")
    page.locator("#start").tap()
    wait_for_view(page, "done")
    page.locator("#done-again").tap()
    wait_for_entry(page, code)
    assert page.locator("#rate-rubric input:not([disabled])").count() == 0 and page.is_disabled("#comment")
    before = read_levels(page)
    page.keyboard.press("0")
    page.wait_for_selector("#rate-live:has-text('stay as they are')", state="attached")
    assert read_levels(page) == before


def settle_first(page: Page) -> None:
    first = page.locator(".disagreement").first
    assert "Annabel: 3" in first.inner_text() and "Ben: 1" in first.inner_text()
    first.locator(".settle summary").click()
    first.locator("input[value='2']").check()
    first.locator("textarea").fill("We read the levels again.")
    first.locator("button[type=submit]").click()
    page.wait_for_selector(".settled-line")
    assert "Settled: 2, by Annabel" in page.inner_text(".settled-line")
    page.wait_for_function("() => document.activeElement.id.startsWith('disagree-')")


def assert_blind(received: Received, served: Served, round_id: str, others: list[str]) -> None:
    """Nothing of what a window received tells the version or another rater."""
    whole = received.read()
    assert len(received.bodies) > 10 and round_id in whole
    receipts = [
        value for run in served.runs for one in run.results for value in dict(one.answer or {})["receipt"].values()
    ]
    secrets = [*TITLES, "telling name", *(run.id for run in served.runs), *(one for one in receipts if one)]
    secrets += [str((one.answer or {})["answer_id"]) for run in served.runs for one in run.results]
    # The program's version and the name of the embedding stand in no page either, but "0.1.0" may stand in any number.
    for secret in [*(one for one in secrets if len(str(one)) > 6), *others]:
        assert str(secret) not in whole, secret


def test_a_sheet_goes_out_and_comes_back_with_its_problems(visits: Visits, served: Served, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    made = served.make_round(visits, "By sheet")
    page = visit(visits, served.address, f"/rate?round={made}")
    page.click("#sheet-out")
    page.wait_for_function("() => document.querySelector('#sheet-said').textContent.includes('name or initials')")
    page.fill("#who", "Zoë")
    with page.expect_download() as download:
        page.click("#sheet-out")
    assert download.value.suggested_filename.endswith(".xlsx")
    book = load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    sheet = book.worksheets[0]
    heads = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    assert sheet.max_row == 11 and {"Citation", "Comment"} <= heads.keys()
    for row in range(2, 12):
        sheet.cell(row, heads["Citation"]).value = "seven" if row == 5 else "3"
    path = tmp_path / "filled.xlsx"
    book.save(path)
    page.click("#sheet-in")
    page.wait_for_function("() => document.querySelector('#sheet-said').textContent.includes('Choose the file')")
    page.set_input_files("#sheet-file", path)
    page.click("#sheet-in")
    page.wait_for_selector(".sheet-read table")
    assert "9 answers rated by Zoë" in page.inner_text(".sheet-read") and name_focused(page) == "sheet-said"
    assert page.inner_text(".sheet-read tbody th") == "5" and "seven" in page.inner_text(".sheet-read tbody td")
    start(page, "Zoë")
    assert sorted(read_levels(page)) == ["-"] * 6 + ["3"]


# --- keys ---------------------------------------------------------------------------------------------------------


def test_a_whole_round_by_keys_alone(visits: Visits, served: Served) -> None:
    page = visit(visits, served.address)
    tab_to(page, "#new-round")
    page.keyboard.press("Enter")
    wait_for_view(page, "make")
    wait_for_focus(page, "rate-heading")
    tab_to(page, "#make-title")
    page.keyboard.type("By keys")
    tab_to(page, "[name=run]")
    page.keyboard.press("Space")
    tab_to(page, "#make-calibrate")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    tab_to(page, "#make-round")
    page.keyboard.press("Enter")
    wait_for_view(page, "round")
    tab_to(page, "#who")
    page.keyboard.type("Kim")
    page.keyboard.press("Enter")
    wait_for_view(page, "entry")
    wait_for_focus(page, "rate-heading")
    press_levels(page, "332n321")
    page.keyboard.press("ArrowRight")
    wait_for_view(page, "pause")
    wait_for_focus(page, "rate-heading")
    tab_to(page, "#pause-on")
    page.keyboard.press("Enter")
    wait_for_view(page, "entry")
    made = page.url.split("round=")[1].split("&")[0]
    codes = served.list_codes(made, "Kim")
    for code in codes[1:]:
        wait_for_entry(page, code)
        press_levels(page, "n" * DIMENSIONS)
        page.keyboard.press("Enter")
    wait_for_view(page, "done")
    wait_for_focus(page, "rate-heading")
    tab_to(page, "#to-agreement")
    page.keyboard.press("Enter")
    finish_by_keys(page)
    delete_by_keys(page, made)


def finish_by_keys(page: Page) -> None:
    wait_for_view(page, "look")
    wait_for_focus(page, "rate-heading")
    tab_to(page, "#look")
    page.keyboard.press("Enter")
    wait_for_view(page, "agreement")
    wait_for_focus(page, "rate-heading")


def delete_by_keys(page: Page, made: str) -> None:
    tab_to(page, "#to-round-back", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_view(page, "round")
    wait_for_focus(page, "rate-heading")
    tab_to(page, "#delete-more summary")
    page.keyboard.press("Enter")
    assert "all the ratings in it: 10, by one person" in page.inner_text("#delete-more")
    tab_to(page, "#delete-round")
    page.keyboard.press("Enter")
    wait_for_notice(page, "“By keys” is deleted")
    wait_for_view(page, "rounds")
    assert page.locator(f"#round-{made}").count() == 0 and name_focused(page) == "rate-heading"


def test_keys_choose_and_move(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Keys")
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Kim")
    press_levels(page, "j2")  # down to the second dimension
    assert read_levels(page)[:3] == ["-", "2", "-"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    press_levels(page, "1")
    assert read_levels(page)[:3] == ["1", "2", "-"] and "level-citation" in name_focused(page)
    page.keyboard.press("ArrowDown")
    press_levels(page, "n9")
    assert read_levels(page)[2:4] == ["na", "-"]
    assert "no such level" in page.inner_text("#rate-live")
    press_levels(page, "321")
    assert "level-gate" in name_focused(page)
    press_levels(page, "2")  # the gate has no such level
    assert read_levels(page)[-1] == "-"
    press_levels(page, "0")
    assert name_focused(page) == "next" and read_levels(page) == ["1", "2", "na", "3", "2", "1", "0"]
    page.keyboard.press("?")
    page.wait_for_selector("dialog#keys[open]")
    assert page.is_checked("#keys-on")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog#keys", state="hidden")


def test_levels_and_progress_stay_in_sight_while_one_reads(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Long", calibrate=0)
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Ann")
    ratings = served.staged.site.rating.ratings
    code = next(one.code for one in ratings.read_round(made).entries if one.item_id == "item-7")
    page.goto(f"{served.address}/rate?round={made}&entry={code}")
    wait_for_entry(page, code)
    page.keyboard.press("PageDown")
    page.wait_for_function("() => scrollY > 200")
    for name in ("#rate-place", "#rubric-heading", "#next"):
        box = page.locator(name).bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= WIDE[1], name


def test_no_key_is_taken_for_an_answer_that_is_being_left(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Fast")
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Ann")
    codes = served.list_codes(made, "Ann")
    page.evaluate(
        """() => { for (const key of ['2', 'ArrowRight', '3', 'ArrowRight', '1'])
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); }"""
    )
    wait_for_entry(page, codes[1])
    assert set(read_levels(page)) == {"-"}
    page.keyboard.press("ArrowLeft")
    wait_for_entry(page, codes[0])
    assert read_levels(page) == ["2", *["-"] * (DIMENSIONS - 1)]


def test_a_citation_opens_at_the_exact_words_and_leads_back(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Sources", calibrate=0)
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Ann")
    code = next(
        one.code for one in served.staged.site.rating.ratings.read_round(made).entries if one.item_id == "item-0"
    )
    page.goto(f"{served.address}/rate?round={made}&entry={code}")
    wait_for_entry(page, code)
    mark = page.locator(".rated-answer .mark").first
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".rated-source[open] mark")
    assert page.inner_text(".rated-source[open] mark") in page.inner_text(".rated-source[open] .passage")
    quoted = " ".join(page.inner_text(".rated-answer .quotation blockquote >> nth=0").split())
    assert " ".join(page.inner_text(".rated-source[open] mark").split()) in quoted
    page.keyboard.press("Escape")
    assert page.locator(".rated-source[open]").count() == 0
    assert page.evaluate("document.activeElement.classList.contains('mark')")


def test_without_its_keys_the_page_works_like_any_other(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "No keys")
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Ann")
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    press_levels(page, "3")
    assert set(read_levels(page)) == {"-"}
    tab_to(page, "#dimension-grounded input")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert read_levels(page)[0] == "2"
    wait_until_saved(page)
    page.reload()
    wait_for_focus(page, "rate-heading")
    assert read_levels(page)[0] == "2"


# --- nothing is lost ----------------------------------------------------------------------------------------------


def test_what_cannot_be_saved_is_said_and_kept(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Cut off")
    page = visit(visits, served.address, f"/rate?round={made}")
    start(page, "Ann")
    page.route("**/gradio_api/**", lambda route: route.abort())
    press_levels(page, "32")
    page.wait_for_selector("#unsaved:has-text('Not saved yet')", timeout=20_000)
    press_levels(page, "c")
    page.keyboard.type("Typed while it was away.")
    assert read_levels(page)[:2] == ["3", "2"]
    page.unroute("**/gradio_api/**")
    page.wait_for_selector("#saved >> text=Saved", timeout=20_000, state="attached")
    page.wait_for_function("() => document.querySelector('#unsaved').textContent === ''")
    page.reload()
    wait_for_focus(page, "rate-heading")
    assert read_levels(page)[:3] == ["3", "2", "-"] and page.input_value("#comment") == "Typed while it was away."
    # What a window held that is opened anew elsewhere is kept too, before anything else is shown.
    page.route("**/gradio_api/**", lambda route: route.abort())
    press_levels(page, "1")
    page.unroute("**/gradio_api/**")
    page.goto(f"{served.address}/rate")
    page.wait_for_selector(".rate-page[data-view=rounds][data-rater=Ann]")
    (kept,) = served.staged.site.rating.ratings.list_ratings(made)
    assert [level for _, level in kept.levels] == [3, 2, 1]
    visits.forgive("ERR_FAILED", "Failed to fetch", "Connection", "connection", "net::")


def test_whoever_comes_back_goes_on_and_a_new_window_knows_nobody(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Again")
    path = f"/rate?round={made}"
    page = visit(visits, served.address, path)
    start(page, "Ann")
    codes = served.list_codes(made, "Ann")
    press_levels(page, "3333331")
    page.keyboard.press("ArrowRight")
    wait_for_entry(page, codes[1])
    page.keyboard.press("ArrowRight")  # skipped
    wait_for_entry(page, codes[2])
    page.reload()
    wait_for_entry(page, codes[2])
    page.goto(served.address + path)
    page.wait_for_selector(".rate-page[data-rater=Ann]")
    assert page.input_value("#who") == "Ann" and "Go on rating" in page.inner_text("#start")
    page.click("#start")
    wait_for_entry(page, codes[1])
    other = visit(visits, served.address, f"{path}&entry={codes[1]}")
    wait_for_view(other, "round")
    assert other.input_value("#who") == "" and codes[1] not in other.content()
    start(other, "ann")
    wait_for_entry(other, codes[1])
    wait_for_notice(other, "Ann has rated 1 of 10")
    page.click("#change-rater")
    wait_for_view(page, "round")
    assert page.input_value("#who") == ""


# --- for everybody ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_no_barrier_and_nothing_runs_out_of_the_window(
    visits: Visits, served: Served, size: tuple[int, int]
) -> None:
    made = served.make_round(visits, f"Everybody {size[0]}", runs=2)
    page = visit(visits, served.address, size=size)
    codes = {rater: served.list_codes(made, rater) for rater in ("Ann", "Ben")}
    for rater, level in (("Ann", "1"), ("Ben", "0")):
        rate_all(served, made, codes[rater], rater, level)
    check(page)
    page.click("#new-round")
    wait_for_view(page, "make")
    check(page)
    page.goto(f"{served.address}/rate?round={made}")
    wait_for_view(page, "round")
    for name in ("close", "delete"):
        page.click(f"#{name}-more summary")
    check(page)
    start(page, "Cleo")
    check(page)
    page.click("#rate-list summary")
    page.click("#show-keys")
    check(page)
    page.keyboard.press("Escape")
    rate_all(served, made, served.list_codes(made, "Cleo")[:3], "Cleo", "0")
    page.goto(f"{served.address}/rate?round={made}&entry={served.list_codes(made, 'Cleo')[2]}")
    wait_for_entry(page, served.list_codes(made, "Cleo")[2])
    if page.locator(".rated-answer .mark").count():
        page.locator(".rated-answer .mark").first.click()
    check(page)
    page.click("#next")
    wait_for_view(page, "pause")
    check(page)
    page.click("#change-rater")
    wait_for_focus(page, "who")
    page.fill("#who", "Ann")
    page.press("#who", "Enter")
    wait_for_view(page, "done")
    check(page)
    page.click("#to-agreement")
    wait_for_view(page, "look")
    check(page)
    page.click("#look")
    wait_for_view(page, "agreement")
    for name in ("#levels-given", ".settle", ".see-answer"):
        page.locator(f"{name} summary").first.click()
    check(page)


def rate_all(served: Served, made: str, codes: list[str], rater: str, level: str) -> None:
    """What a person said elsewhere."""
    from coach.evaluation.records import Rating

    ratings = served.staged.site.rating.ratings
    dimensions = ratings.read_round(made).rubric.dimensions
    levels = tuple((one.id, int(level)) for one in dimensions)
    ratings.put_ratings(LOCAL_PERSON, made, [Rating(code, rater, levels, "Somebody's comment.") for code in codes])


def check(page: Page) -> None:
    assert find_barriers(page) == []
    assert measure_overflow(page) <= 0
    assert page.locator(":is(.rate-page, .rate-progress, #notice .notice) [style]").count() == 0


def test_the_smallest_screen_holds_an_answer(visits: Visits, served: Served) -> None:
    made = served.make_round(visits, "Small")
    page = visit(visits, served.address, f"/rate?round={made}", size=SMALLEST)
    assert measure_overflow(page) <= 0
    start(page, "Ann")
    assert measure_overflow(page) <= 0
    box = page.locator("#next").bounding_box()
    assert box is not None and box["height"] >= 24 and box["x"] + box["width"] <= SMALLEST[0]
