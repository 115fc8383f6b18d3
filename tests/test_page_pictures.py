"""Pages of the source pane: boxes that cover the words and nothing else, pictures that agree with them, and who gets them."""

from __future__ import annotations

import re
import sys
import threading
import zlib
from array import array
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfgen.canvas import Canvas
from starlette.requests import Request
from starlette.testclient import TestClient

from coach.errors import CoachError, UnreadableFile
from coach.library import Library
from coach.page_pictures import USUAL_WIDTH, WIDTHS, NoPicture, PagePictures
from coach.places import Highlight, MarkedPage, find_boxes, mark_pages, read_boxes
from coach.readers import read
from coach.readers.pdf import render_page
from coach.reading import ReaderPool
from coach.records import DocumentCard, Metadata, Page, Reading, Span
from coach.web.guard import Guard
from coach.web.pictures import build_router, name_download, write_disposition
from evals.bench.highlights import fold, take_text
from tests.conftest import RunIngest
from tests.pdf_files import write_lines, write_report

SIZE = (400, 560)
Character = tuple[int, int, int, int]


# --- boxes: synthetic pages -----------------------------------------------------------------------------------------


def make_page(characters: Sequence[Character], *, start: int = 0, number: int = 1) -> Page:
    """A page of 400 by 560 points; characters in tenths of a point, all zero for one without a place."""
    boxes = array("H", [value for character in characters for value in character])
    if sys.byteorder == "big":
        boxes.byteswap()
    return Page(number, None, start, start + len(characters), *SIZE, zlib.compress(boxes.tobytes()))


def set_line(left: int, base: int, letters: str, size: int = 100) -> list[Character]:
    """A line of letters: half a size wide, low or tall as the letter is; a space has no place."""
    tall, low = round(0.7 * size), round(0.45 * size)
    placed: list[Character] = []
    for index, letter in enumerate(letters):
        x = left + index * size // 2
        top = base - (tall if letter in "bdfhklt" else low)
        bottom = base + (size // 5 if letter in "gpqy" else 0)
        placed.append((0, 0, 0, 0) if letter == " " else (x, top, x + size * 9 // 20, bottom))
    return placed


placed_characters = st.tuples(st.integers(0, 3900), st.integers(0, 5500), st.integers(1, 300), st.integers(1, 300)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
pages_of_characters = st.lists(st.one_of(st.just((0, 0, 0, 0)), placed_characters), min_size=1, max_size=60)


@settings(max_examples=300, deadline=None)
@given(pages_of_characters, st.data())
def test_every_character_with_a_place_is_covered_and_boxes_stay_on_the_page(
    characters: list[Character], data: st.DataObject
) -> None:
    page = make_page(characters, start=7)
    start = data.draw(st.integers(7, page.end - 1))
    span = Span(start, data.draw(st.integers(start + 1, page.end)))
    (marked,) = mark_pages([page], span)
    for box in marked.boxes:
        assert 0 <= box.left <= box.left + box.width <= 100.0001 and box.width > 0
        assert 0 <= box.top <= box.top + box.height <= 100.0001 and box.height > 0
    for left, top, right, bottom in characters[span.start - 7 : span.end - 7]:
        shown = (left / 40, top / 56, min(right / 40, 100), min(bottom / 56, 100))
        if right > left and shown[2] > shown[0] and shown[3] > shown[1]:
            assert any(covers(box, shown) for box in marked.boxes)


def covers(box: Highlight, shown: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = shown
    wide = box.left <= left + 1e-6 and right <= box.left + box.width + 1e-6
    return wide and box.top <= top + 1e-6 and bottom <= box.top + box.height + 1e-6


words = st.text("abdegilmnoprstuy ", min_size=1, max_size=14).filter(lambda text: text[0] != " " and text[-1] != " ")


@settings(max_examples=200, deadline=None)
@given(st.lists(words, min_size=1, max_size=5), st.lists(words, min_size=1, max_size=5), st.integers(0, 90))
def test_no_box_reaches_over_the_gap_between_two_columns(
    left_column: list[str], right_column: list[str], wider: int
) -> None:
    """Also where the first column is one line, so that the next word stands at the same height."""
    inner = 400 + 14 * 50
    gutter = inner + 190 + wider
    characters: list[Character] = []
    for row, text in enumerate(left_column):
        text = text.ljust(14, "n")  # a full line: the gap beside it is the gutter alone
        characters += [*set_line(400, 1000 + 120 * row, text), (0, 0, 0, 0)]
    for row, text in enumerate(right_column):
        characters += [*set_line(gutter, 1000 + 120 * row, text), (0, 0, 0, 0)]
    for box in find_boxes([make_page(characters)], Span(0, len(characters))):
        assert box.right * 10 <= inner or box.left * 10 >= gutter


@settings(max_examples=200, deadline=None)
@given(st.lists(words, min_size=2, max_size=6), st.integers(88, 160))
def test_no_box_takes_in_two_lines_however_close_they_stand(lines: list[str], leading: int) -> None:
    """The tail of a letter then reaches into the line below."""
    characters: list[Character] = []
    for row, text in enumerate(lines):
        # A word of one letter alone stands at the end of no line and at the beginning of the next.
        characters += [*set_line(400, 1000 + leading * row, text + "nn"), (0, 0, 0, 0)]
    boxes = find_boxes([make_page(characters)], Span(0, len(characters)))
    assert all((box.bottom - box.top) * 10 <= 95 for box in boxes)


def test_an_initial_does_not_take_the_lines_beside_it_into_its_box() -> None:
    initial = (400, 850, 600, 1090)
    first, second = set_line(620, 920, "nder the tower"), set_line(620, 1040, "they kept time")
    third = set_line(400, 1160, "and nobody was rated at all")
    characters = [initial, *first, *second, *third]
    boxes = find_boxes([make_page(characters)], Span(0, len(characters)))
    assert boxes[0].right == 60 and boxes[0].bottom == 109
    assert all(box.bottom - box.top < 10 for box in boxes[1:])


def test_words_without_a_place_name_their_page_and_draw_nothing() -> None:
    nowhere = make_page([(0, 0, 0, 0)] * 9)
    (marked,) = mark_pages([nowhere], Span(2, 5))
    assert marked == MarkedPage(1, None, *SIZE, ())
    beside = make_page(set_line(400, 1000, "plain"), start=9, number=2)
    assert [page.number for page in mark_pages([nowhere, beside], Span(2, 12))] == [2]
    assert mark_pages([nowhere], Span(40, 50)) == ()


# --- boxes: real files ----------------------------------------------------------------------------------------------

COLUMNS = (
    ("The visitors agree on one focus", "before they walk. They take notes", "that say what they saw, organi-"),
    ("sations included, and they name", "no teacher in them. Nobody at", "the school is rated for a visit."),
)


def write_columns(
    turn: int = 0, crop: tuple[float, float, float, float] | None = None, *, lying: bool = False
) -> bytes:
    """A page of two columns, cropped to left, bottom, right and top of what is shown.

    `turn`: degrees by which the file has a viewer turn the page. What is shown then stands upright, as in a landscape
    page of an office program; `lying`: it lies on its side.
    """
    sink = BytesIO()
    sideways = turn in (90, 270) and not lying
    canvas = Canvas(sink, SIZE[::-1] if sideways else SIZE, invariant=1)
    if not lying:
        across, up = {0: (0, 0), 90: (SIZE[1], 0), 180: SIZE, 270: (0, SIZE[0])}[turn]
        canvas.translate(across, up)
        canvas.rotate(turn)
    canvas.setFont("Helvetica", 10)
    for column, lines in enumerate(COLUMNS):
        for row, line in enumerate(lines):
            canvas.drawString(40 + 172 * column, 450 - 11 * row, line)
    canvas.showPage()
    canvas.save()
    writer = PdfWriter(BytesIO(sink.getvalue()))
    writer.pages[0].rotate(turn)
    if crop:
        left, bottom, right, top = crop
        writer.pages[0].cropbox = RectangleObject({
            0: crop,
            90: (SIZE[1] - top, left, SIZE[1] - bottom, right),
            180: (SIZE[0] - right, SIZE[1] - top, SIZE[0] - left, SIZE[1] - bottom),
            270: (bottom, SIZE[0] - right, top, SIZE[0] - left),
        }[0 if lying else turn])  # fmt: skip
    changed = BytesIO()
    writer.write(changed)
    return changed.getvalue()


TURNED = [(turn, crop) for turn in (0, 90, 180, 270) for crop in (None, (25, 300, 380, 500))]


def find_words(reading: Reading, words: str) -> Span:
    """Where words stand, whatever space or hyphen is between them."""
    pattern = r"[\s\u00ad-]*".join(re.escape(letter) for letter in words if not letter.isspace())
    match = re.search(pattern, reading.text)
    assert match is not None, words
    return Span(*match.span())


@pytest.mark.parametrize(("turn", "crop"), TURNED)
def test_the_text_under_the_boxes_is_the_quotation(
    tmp_path: Path, turn: int, crop: tuple[float, float, float, float] | None
) -> None:
    path = tmp_path / "columns.pdf"
    path.write_bytes(write_columns(turn, crop))
    reading = read(path.read_bytes(), path.name)
    for quoted in (
        "focus before they walk.",
        "They take notes that say what they saw, organisations included, and they",
    ):
        span = find_words(reading, quoted)
        found = take_text(path, mark_pages(reading.pages, span))
        assert fold(found) == fold(quoted) == fold(reading.text[span.start : span.end])


@pytest.mark.parametrize("turn", [90, 270])
def test_lines_that_lie_on_their_side_are_marked_one_box_a_line(tmp_path: Path, turn: int) -> None:
    path = tmp_path / "columns.pdf"
    path.write_bytes(write_columns(turn, lying=True))
    reading = read(path.read_bytes(), path.name)
    for line in ("before they walk. They take notes", "visitors agree on one focus"):
        start = reading.text.index(line)  # not torn into letters
        pages = mark_pages(reading.pages, Span(start, start + len(line)))
        assert len(pages[0].boxes) == 1 and pages[0].boxes[0].height > 4 * pages[0].boxes[0].width * 4 / 5.6
        assert fold(take_text(path, pages)) == fold(line)


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize(("turn", "crop"), TURNED)
def test_the_boxes_cover_the_ink_in_the_picture(
    turn: int, crop: tuple[float, float, float, float] | None, lying: bool
) -> None:
    """White paint over the boxes of all words leaves nothing; over those of one line it leaves the others."""
    data = write_columns(turn, crop, lying=lying)
    reading = read(data, "columns.pdf")
    picture = Image.open(BytesIO(render_page(data, 1, 2.0))).convert("L")
    page = reading.pages[0]
    assert picture.size == pytest.approx((page.width * 2, page.height * 2), abs=2)
    assert count_ink(picture) > 2000
    all_ink = count_ink(picture)
    (everything,) = mark_pages(reading.pages, Span(page.start, page.end))
    assert count_ink(paint_over(picture, everything)) == 0
    (one_line,) = mark_pages(reading.pages, find_words(reading, COLUMNS[1][1]))
    assert 0.75 * all_ink < count_ink(paint_over(picture, one_line)) < 0.9 * all_ink


def count_ink(picture: Image.Image) -> int:
    return sum(picture.point([int(value < 160) for value in range(256)]).histogram()[1:2])


def paint_over(picture: Image.Image, marked: MarkedPage) -> Image.Image:
    """The picture with its boxes painted white, a pixel more at each side for the soft edges of the letters."""
    painted = picture.copy()
    draw = ImageDraw.Draw(painted)
    wide, high = (side / 100 for side in picture.size)
    for box in marked.boxes:
        right, bottom = (box.left + box.width) * wide, (box.top + box.height) * high
        draw.rectangle((box.left * wide - 1, box.top * high - 1, right + 1, bottom + 1), fill=255)
    return painted


def test_a_quotation_over_two_pages_is_marked_on_both() -> None:
    reading = read(
        write_lines([["Walks end with", "a word of thanks to"], ["the teachers who", "opened their doors."]]), "x.pdf"
    )
    first, second = mark_pages(reading.pages, find_words(reading, "thanks to the teachers who opened"))
    assert (first.number, len(first.boxes), second.number, len(second.boxes)) == (1, 1, 2, 2)


def test_a_letter_beyond_the_edge_is_marked_as_far_as_it_is_shown() -> None:
    reading = read(write_columns(crop=(61, 300, 380, 500)), "x.pdf")
    (marked,) = mark_pages(reading.pages, find_words(reading, "visitors agree on one focus"))
    assert marked.boxes[0].left == 0, "the edge runs through the first letter"
    assert all(0 <= box.left < box.left + box.width <= 100 for box in marked.boxes)
    assert len(read_boxes(reading.pages[0])) == 4 * (reading.pages[0].end - reading.pages[0].start)


# --- pictures -------------------------------------------------------------------------------------------------------


@pytest.fixture
def reports(tmp_path: Path, library: Library, ingest: RunIngest) -> dict[str, str]:
    """A library of a PDF and a text; ids by name."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "walks.pdf").write_bytes(write_report(3))
    (folder / "notes.md").write_text("# Notes\n\n<script>alert(1)</script> Nobody is rated.\n", "utf-8")
    ingest(library, folder)
    return {card.name: card.id for card in library.store.list_documents()}


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(1, 1024, 60) as readers:
        yield readers


class CountingReaders(ReaderPool):
    """Draws nothing: counts, and waits until somebody else wants to draw or nobody does for a moment."""

    def __init__(self, picture: bytes = b"\x89PNG picture", fault: UnreadableFile | None = None) -> None:
        super().__init__(1, 512, 5)
        self.drawn: list[tuple[int, float]] = []
        self.picture = picture
        self.fault = fault
        self.again = threading.Event()

    def render(self, data: bytes, number: int, scale: float = 2.0) -> bytes:
        self.drawn.append((number, scale))
        if len(self.drawn) > 1:
            self.again.set()
        if self.fault is not None:
            raise self.fault
        self.again.wait(0.3)
        return self.picture


def catch(call: Any, *arguments: Any) -> NoPicture:
    with pytest.raises(NoPicture) as caught:
        call(*arguments)
    return caught.value


def test_a_page_is_drawn_as_wide_as_was_asked(library: Library, reports: dict[str, str], pool: ReaderPool) -> None:
    pictures = PagePictures(library, pool)
    for width in WIDTHS:
        picture = Image.open(BytesIO(pictures.draw("local", reports["walks.pdf"], 2, width)))
        assert picture.format == "PNG" and picture.size[0] == pytest.approx(width, abs=1)
    with pytest.raises(ValueError, match="5000"):
        pictures.draw("local", reports["walks.pdf"], 2, 5000)


def test_a_page_is_drawn_once_for_all_who_ask_at_the_same_time(library: Library, reports: dict[str, str]) -> None:
    readers = CountingReaders()
    pictures = PagePictures(library, readers)
    start = threading.Barrier(5)
    got: list[bytes] = []

    def ask() -> None:
        start.wait(10)
        got.append(pictures.draw("local", reports["walks.pdf"], 1))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [readers.picture] * 5 and len(readers.drawn) == 1


def test_what_is_kept_is_bounded(library: Library, reports: dict[str, str]) -> None:
    readers = CountingReaders(b"\x89PNG" + bytes(996))
    readers.again.set()
    pictures = PagePictures(library, readers, cache_bytes=2500)
    for number in (1, 2, 1, 3, 1, 2):
        pictures.draw("local", reports["walks.pdf"], number)
    assert [number for number, _ in readers.drawn] == [1, 2, 3, 2]
    too_small = PagePictures(library, readers, cache_bytes=100)
    assert len(too_small.draw("local", reports["walks.pdf"], 1)) == 1000


def test_a_failure_is_named_and_not_kept(library: Library, reports: dict[str, str]) -> None:
    readers = CountingReaders(fault=UnreadableFile("too_slow", "slow"))
    pictures = PagePictures(library, readers)
    assert catch(pictures.draw, "local", reports["walks.pdf"], 1).outcome == "too_slow"
    readers.fault = UnreadableFile("broken", "a library's own words")
    broken = catch(pictures.draw, "local", reports["walks.pdf"], 1)
    assert broken.outcome == "broken" and "library's own" not in str(broken)
    readers.fault = None
    assert pictures.draw("local", reports["walks.pdf"], 1) == readers.picture


def test_what_is_not_there_is_named(library: Library, reports: dict[str, str], pool: ReaderPool) -> None:
    pictures = PagePictures(library, pool)
    walks, notes = reports["walks.pdf"], reports["notes.md"]
    assert catch(pictures.draw, "local", "0" * 64, 1).outcome == "no_document"
    assert catch(pictures.draw, "", walks, 1).outcome == "no_document"
    assert catch(pictures.draw, "local", notes, 1).outcome == "no_pages"
    assert [catch(pictures.draw, "local", walks, number).outcome for number in (0, -1, 4)] == ["no_page"] * 3
    assert pictures.find_pages("local", notes, 0, 10) == ()
    assert catch(pictures.find_pages, "", walks, 0, 10).outcome == "no_document"
    next((library.home / "originals").rglob(walks)).unlink()
    assert catch(pictures.draw, "local", walks, 1).outcome == "no_original"
    assert catch(pictures.read_original, "local", walks).outcome == "no_original"


def test_a_document_that_was_removed_is_not_shown_from_memory(library: Library, reports: dict[str, str]) -> None:
    readers = CountingReaders()
    readers.again.set()
    pictures = PagePictures(library, readers)
    walks = reports["walks.pdf"]
    pictures.draw("local", walks, 1)
    library.store.remove_document(walks)
    assert catch(pictures.draw, "local", walks, 1).outcome == "no_document"
    assert catch(pictures.find_pages, "local", walks, 0, 10).outcome == "no_document"


def test_the_words_of_a_citation_are_found_on_their_page(
    library: Library, reports: dict[str, str], pool: ReaderPool
) -> None:
    text = library.store.read_text(reports["walks.pdf"]) or ""
    start = text.index("In chapter 2 the visitors")
    (marked,) = PagePictures(library, pool).find_pages("local", reports["walks.pdf"], start, start + 90)
    assert marked.number == 2 and len(marked.boxes) == 2


@pytest.mark.parametrize("reply", ["PGh0bWw+PHNjcmlwdD4=", "no base64 at all!", "", None])
def test_a_reader_can_send_nothing_but_a_picture(reply: str | None) -> None:
    program = f"""
import sys, json
source, sink = sys.stdin.buffer, sys.stdout.buffer
header = json.loads(source.readline()); source.read(header["length"])
reply = json.dumps({{"picture": {reply!r}}}).encode()
sink.write(json.dumps({{"length": len(reply)}}).encode() + b"\\n" + reply); sink.flush(); source.read()
"""
    command = (sys.executable, "-c", program)
    with (
        ReaderPool(1, 512, 20, command) as readers,
        pytest.raises(UnreadableFile, match="no picture") as caught,
    ):
        readers.render(b"x", 1)
    assert caught.value.outcome == "broken"


def test_a_reader_outlives_the_thread_that_asked_first() -> None:
    """A web server's threads end while other threads ask."""
    program = """
import json, os, sys
from coach.readers.worker import end_with_owner
end_with_owner()
source, sink = sys.stdin.buffer, sys.stdout.buffer
while header := source.readline():
    source.read(json.loads(header)["length"])
    reply = json.dumps({"outcome": str(os.getpid()), "message": ""}).encode()
    sink.write(json.dumps({"length": len(reply)}).encode() + b"\\n" + reply); sink.flush()
"""
    with ReaderPool(1, 512, 20, (sys.executable, "-c", program)) as readers:
        seen: list[str] = []

        def ask() -> None:
            with pytest.raises(UnreadableFile) as caught:
                readers.render(b"x", 1)
            seen.append(caught.value.outcome)

        thread = threading.Thread(target=ask)
        thread.start()
        task = Path(f"/proc/self/task/{thread.native_id}")
        thread.join(20)
        for _ in range(1_000_000):  # the system ends a thread a moment after Python does
            if not task.exists():
                break
        ask()
    assert seen[0] == seen[1]


# --- over HTTP ------------------------------------------------------------------------------------------------------


class NotKnown(CoachError):
    """As accounts will raise it."""


def find_person(request: Request) -> str:
    name = request.headers.get("x-person")
    if name is None:
        raise NotKnown("Sign in first.")
    return name


def open_client(pictures: PagePictures, person: str | None = "local") -> TestClient:
    app = FastAPI()
    app.include_router(build_router(pictures, find_person))

    @app.get("/health")
    async def health() -> str:
        return "up"

    app.add_middleware(Guard, origins=["http://127.0.0.1:7860"])
    return TestClient(app, "http://127.0.0.1:7860", headers={} if person is None else {"x-person": person})


@pytest.mark.slow
def test_a_page_is_served_as_a_picture_and_kept_by_no_browser(
    library: Library, reports: dict[str, str], pool: ReaderPool
) -> None:
    client = open_client(PagePictures(library, pool))
    response = client.get(f"/documents/{reports['walks.pdf']}/pages/3.png")
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["content-disposition"] == "inline"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-store"
    assert "etag" not in response.headers
    assert Image.open(BytesIO(response.content)).size[0] == pytest.approx(USUAL_WIDTH, abs=1)
    small = client.get(f"/documents/{reports['walks.pdf']}/pages/3.png?width=800")
    assert Image.open(BytesIO(small.content)).size[0] == pytest.approx(800, abs=1)


def test_not_there_and_not_yours_are_the_same_answer(
    library: Library, reports: dict[str, str], pool: ReaderPool
) -> None:
    pictures = PagePictures(library, pool)
    client, stranger = open_client(pictures), open_client(pictures, "")
    walks, notes = reports["walks.pdf"], reports["notes.md"]
    answers = [
        *(
            client.get(path)
            for path in (
                f"/documents/{'0' * 64}/pages/1.png",
                f"/documents/{'0' * 64}/original",
                f"/documents/{walks}/pages/4.png",
                f"/documents/{walks}/pages/0.png",
                f"/documents/{walks}/pages/00001.png",
                f"/documents/{walks}/pages/1.0.png",
                f"/documents/{walks}/pages/-1.png",
                f"/documents/{walks}/pages/\u0661.png",
                f"/documents/{walks}/pages/1.png?width=9999",
                f"/documents/{walks.upper()}/pages/1.png",
                f"/documents/{walks[:-1]}/pages/1.png",
                f"/documents/{walks}%0a/pages/1.png",
                f"/documents/..%2f{walks}/original",
                f"/documents/{notes}/pages/1.png",
            )
        ),
        stranger.get(f"/documents/{walks}/pages/1.png"),
        stranger.get(f"/documents/{walks}/original"),
    ]
    for answer in answers:
        if "%2f" in str(answer.request.url):
            assert answer.status_code == 404  # the server itself takes the address apart
            continue
        assert (answer.status_code, answer.text) == (404, "There is nothing here."), answer.request.url
        assert answer.headers["cache-control"] == "private, no-store"
        assert dict(answer.headers) == dict(answers[0].headers)


class UntouchedPictures(PagePictures):
    """Must not be asked."""

    def find_document(self, person: str, document_id: str) -> DocumentCard:
        raise AssertionError(f"looked for {document_id!r}")


def test_an_address_without_sense_reaches_nothing(library: Library, pool: ReaderPool) -> None:
    client = open_client(UntouchedPictures(library, pool))
    for document in ("0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "%0a", "' or 1=1 --"):
        for rest in ("original", "pages/1.png"):
            assert client.get(f"/documents/{document}/{rest}").status_code == 404
    for number in ("0", "-1", "1e3", "12345", "1%00", "\u0661"):
        assert client.get(f"/documents/{'0' * 64}/pages/{number}.png").status_code == 404


def test_whoever_is_not_known_learns_nothing(library: Library, reports: dict[str, str], pool: ReaderPool) -> None:
    client = open_client(PagePictures(library, pool), None)
    answers = [
        client.get(f"/documents/{document}/{rest}")
        for document in (reports["walks.pdf"], "0" * 64)
        for rest in ("pages/1.png", "original")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, "Sign in first.")}


def test_an_original_is_downloaded_and_never_shown(library: Library, reports: dict[str, str], pool: ReaderPool) -> None:
    client = open_client(PagePictures(library, pool))
    pdf = client.get(f"/documents/{reports['walks.pdf']}/original")
    assert pdf.content == write_report(3) and pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == "attachment; filename=\"walks.pdf\"; filename*=UTF-8''walks.pdf"
    text = client.get(f"/documents/{reports['notes.md']}/original")
    assert b"<script>" in text.content and text.headers["content-type"] == "application/octet-stream"
    assert text.headers["content-disposition"].startswith("attachment;")
    assert text.headers["x-content-type-options"] == "nosniff"


def test_what_cannot_be_drawn_says_so(library: Library, reports: dict[str, str]) -> None:
    readers = CountingReaders(fault=UnreadableFile("too_slow", "slow"))
    response = open_client(PagePictures(library, readers)).get(f"/documents/{reports['walks.pdf']}/pages/1.png")
    assert response.status_code == 503 and "took too long" in response.text
    assert response.headers["content-type"].startswith("text/plain")


class WaitingReaders(CountingReaders):
    """Draws when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def render(self, data: bytes, number: int, scale: float = 2.0) -> bytes:
        self.begun.set()
        assert self.go.wait(20), "the server answered nobody else while it drew"
        return self.picture


def test_drawing_keeps_nobody_else_waiting(library: Library, reports: dict[str, str]) -> None:
    readers = WaitingReaders()
    got: list[int] = []
    with open_client(PagePictures(library, readers)) as client:
        address = f"/documents/{reports['walks.pdf']}/pages/1.png"
        asking = threading.Thread(target=lambda: got.append(client.get(address).status_code))
        asking.start()
        assert readers.begun.wait(10)
        assert client.get("/health").json() == "up"
        readers.go.set()
        asking.join(10)
    assert got == [200]


def card_named(name: str, kind: str = "pdf") -> DocumentCard:
    return DocumentCard("0" * 64, name, name, kind, 1, 1, 1, 1, Metadata(), (), "2026")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Größe der Schulen.pdf", "pdf", "Größe der Schulen.pdf"),
        ("harmless\u202efdp.exe", "pdf", "harmless_fdp.exe.pdf"),
        ('a"; filename="b.exe', "text", "a_ filename=_b.exe.txt"),
        ("../../etc/passwd", "text", "_.._etc_passwd.txt"),
        ("report.HTML", "html", "report.HTML"),
        ("....", "docx", "document.docx"),
        ("x" * 300 + ".pdf", "pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_download_has_a_name_that_is_safe(name: str, kind: str, expected: str) -> None:
    assert name_download(card_named(name, kind)) == expected


@given(st.text(max_size=60), st.sampled_from(["pdf", "docx", "html", "markdown", "text"]))
def test_no_name_of_a_file_breaks_out_of_its_header(name: str, kind: str) -> None:
    header = write_disposition(card_named(name, kind))
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9 ._()\-]+\"; filename\*=UTF-8''[A-Za-z0-9._~%\-]+", header)
