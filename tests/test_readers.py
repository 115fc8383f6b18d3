"""Readers: what each kind of file becomes, and the named outcome of every file that cannot."""

from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest

from coach.errors import UnreadableFile
from coach.places import find_boxes, read_boxes
from coach.readers import read
from coach.readers.furniture import find_repeated, is_imprint, is_navigation, is_page_number, normalise_line
from coach.readers.kinds import decode, recognise_kind
from coach.readers.pdf import render_page
from coach.records import Block, BlockKind, Reading, Span
from tests.conftest import ROOT
from tests.pdf_files import write_lines, write_report


def words(reading: Reading, kind: BlockKind) -> list[str]:
    return [reading.text[block.start : block.end] for block in reading.blocks if block.kind is kind]


_LEFT_OUT = (BlockKind.FURNITURE, BlockKind.HIDDEN)


def searched(reading: Reading) -> str:
    return "\n".join(reading.text[b.start : b.end] for b in reading.blocks if b.kind not in _LEFT_OUT)


# --- kinds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.4 ...", "x.txt", "pdf"),
        (b"junk\n%PDF-1.4 ...", "x", "pdf"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "x.pdf", "html"),
        (b"\xef\xbb\xbf  <html><p>x", "page", "html"),
        (b"plain words", "x.md", "markdown"),
        (b"# One\n\nx\n\n# Two\n", "notes", "markdown"),
        (b"plain words", "x.html", "text"),
        ("caf\u00e9 au lait".encode("cp1252"), "x.txt", "text"),
    ],
)
def test_the_kind_is_what_the_content_is(data: bytes, name: str, kind: str) -> None:
    assert recognise_kind(data, name) == kind


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\x89PNG\r\n\x1a\n123", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word"),
        (b"{\\rtf1 x}", "RTF"),
        (bytes(range(256)) * 4, "no text"),
    ],
)
def test_a_kind_that_is_not_supported_is_named(data: bytes, named: str) -> None:
    with pytest.raises(UnreadableFile, match=named) as caught:
        read(data, "report.pdf")
    assert caught.value.outcome == "not_supported"


def test_an_excel_workbook_is_named() -> None:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UnreadableFile, match="Excel"):
        read(sink.getvalue(), "x.docx")


@pytest.mark.parametrize("data", [b"", b"  \n\t "])
def test_an_empty_file_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(data, "x.txt")
    assert caught.value.outcome == "empty"


def test_text_is_decoded_as_it_stands() -> None:
    assert decode(b"one\r\ntwo\rthree\n") == "one\r\ntwo\rthree\n"
    assert decode("\ufeffmarked".encode()) == "marked"
    assert decode("wide \u2013 text".encode("utf-16")) == "wide \u2013 text"
    long = "It\u2019s caf\u00e9 \u201cquotes\u201d \u2013 " * 20
    assert decode(long.encode("cp1252")) == long


# --- plain text and Markdown -------------------------------------------------------------------------------------


def test_the_starter_texts_are_read_unchanged_with_their_furniture_named() -> None:
    path = ROOT / "corpus" / "learning-improvement-in-urban-systems.txt"
    reading = read(path.read_bytes(), path.name)
    assert reading.text.encode("utf-8") == path.read_bytes()
    furniture = words(reading, BlockKind.FURNITURE)
    assert any("Click here to download" in line for line in furniture)
    assert any("Previous" in line for line in furniture)
    assert [item.split()[1] for item in words(reading, BlockKind.LIST_ITEM)] == [
        "investment",
        "development",
        "transformation",
    ]
    assert words(reading, BlockKind.HEADING) == [reading.metadata.title]


def test_markdown_blocks_stand_where_they_are_said_to() -> None:
    text = (
        "---\ntitle: A plan\nauthor: Ada Okoro, Ben Ruiz\n---\n\n# Head #\r\n\nA *word*\nand more.\n\n- one\n- two\n\n"
        "Setext\n------\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n<!-- gone -->\n\n> said\n"
    )
    reading = read(text.encode(), "x.md")
    assert reading.text == text
    assert reading.metadata.title == "A plan" and reading.metadata.authors == ("Ada Okoro", "Ben Ruiz")
    assert words(reading, BlockKind.HEADING) == ["Head", "Setext"]
    assert words(reading, BlockKind.PARAGRAPH) == ["A *word*\nand more.", "said"]
    assert words(reading, BlockKind.LIST_ITEM) == ["one", "two"]
    assert words(reading, BlockKind.TABLE) == ["| a | b |", "| 1 | 2 |"]
    assert words(reading, BlockKind.CODE) == ["```\ncode\n```"]
    assert "gone" not in searched(reading)


def test_a_markdown_title_falls_back_to_its_first_heading() -> None:
    assert read(b"# The *one*\n\ntext\n", "x.md").metadata.title == "The one"


# --- HTML and Word -----------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html><head><title> A  page </title><meta name="author" content="Ada Okoro">
<script>var x = "never";</script></head><body><nav>Home | About</nav><header>Site</header><main><h1>Head</h1>
<p>One <b>bold</b>\n word.</p><ul><li>first</li><li>second<p>inner</p></li></ul>
<table><tr><th>a</th><td>b</td></tr></table><div style="display:none">hidden words</div><p>Back to top</p>
<pre>x = 1</pre></main><footer>Copyright</footer></body></html>"""


def test_a_page_is_read_without_its_navigation() -> None:
    reading = read(PAGE.encode(), "page.html")
    assert reading.metadata.title == "A page" and reading.metadata.authors == ("Ada Okoro",)
    assert words(reading, BlockKind.HEADING) == ["Head"]
    assert words(reading, BlockKind.PARAGRAPH) == ["One bold word."]
    assert words(reading, BlockKind.LIST_ITEM) == ["first", "second", "inner"]
    assert words(reading, BlockKind.TABLE) == ["a b"]
    assert words(reading, BlockKind.FURNITURE) == ["Home | About", "Site", "Back to top", "Copyright"]
    assert "never" not in reading.text and "hidden words" not in reading.text


def test_a_page_nested_very_deeply_is_read() -> None:
    deep = "<html><body>" + "<div>" * 1000 + "core words here" + "</div>" * 1000 + "</body></html>"
    assert "core words" in read(deep.encode(), "deep.html").text
    assert read(b"<html><body><p>after</p></body></html>", "x.html").text == "after"


def write_word(*, title: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Ada Okoro; Ben Ruiz"
    document.add_heading("Plan", 1)
    document.add_paragraph("A first paragraph.")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    document.sections[0].header.paragraphs[0].text = "running header"
    sink = BytesIO()
    document.save(sink)
    return sink.getvalue()


def test_a_word_file_is_read_in_order() -> None:
    reading = read(write_word(title="The plan"), "plan.docx")
    assert reading.text == "Plan\n\nA first paragraph.\n\none\ntwo\n\nleft | right"
    assert reading.metadata.title == "The plan" and reading.metadata.authors == ("Ada Okoro", "Ben Ruiz")
    assert words(reading, BlockKind.HEADING) == ["Plan"]
    assert words(reading, BlockKind.LIST_ITEM) == ["one", "two"]


def test_a_damaged_word_file_is_named() -> None:
    data = bytearray(write_word())
    with zipfile.ZipFile(BytesIO(bytes(data))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = b"<w:document"
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(UnreadableFile) as caught:
        read(sink.getvalue(), "x.docx")
    assert caught.value.outcome == "broken"


# --- PDF ---------------------------------------------------------------------------------------------------------


def test_a_report_is_read_with_pages_headings_and_without_running_lines() -> None:
    reading = read(write_report(), "report.pdf")
    assert reading.metadata.title == "A report on walks"
    assert reading.metadata.authors == ("Ada Okoro", "Ben Ruiz")
    assert len(reading.pages) == 4
    assert words(reading, BlockKind.HEADING) == [f"Chapter {number}" for number in range(1, 5)]
    text = searched(reading)
    assert "Learning walks in nine schools" not in text and "Page 2" not in text
    assert "before they\nwalk. They take" in text
    for page in reading.pages:
        assert reading.text[page.start : page.end].count("Chapter") == 1


def test_every_character_of_a_page_has_its_box() -> None:
    reading = read(write_report(), "report.pdf")
    for page in reading.pages:
        boxes = read_boxes(page)
        assert len(boxes) == 4 * (page.end - page.start)
        for offset, character in enumerate(reading.text[page.start : page.end]):
            left, top, right, bottom = boxes[4 * offset : 4 * offset + 4]
            assert (right > left and bottom > top) == (not character.isspace())
            assert right <= 4000 and bottom <= 5600


def test_a_quote_is_drawn_one_box_a_line() -> None:
    reading = read(write_report(), "report.pdf")
    quote = "visitors agree on one focus before they\nwalk. They take"
    start = reading.text.index(quote)
    first, second = find_boxes(reading.pages, Span(start, start + len(quote)))
    assert first.page == second.page == 1
    assert first.bottom <= second.top and second.left == pytest.approx(40, abs=2)
    # 450 points from the foot of the page is where the line was drawn.
    assert first.bottom == pytest.approx(560 - 450 + 2, abs=3)


def test_a_page_is_drawn() -> None:
    picture = render_page(write_report(), 2, 1.5)
    assert picture.startswith(b"\x89PNG") and len(picture) > 3000
    with pytest.raises(UnreadableFile, match="no page 9"):
        render_page(write_report(), 9, 1.0)


def test_pages_without_text_are_named() -> None:
    some = [["Walks are short and nobody is rated."], [], ["They end with thanks."], []]
    assert read(write_lines(some), "x.pdf").notes == ("No text on pages 2 and 4.",)
    with pytest.raises(UnreadableFile, match="pages 1-3") as caught:
        read(write_lines([[], [], []]), "scan.pdf")
    assert caught.value.outcome == "no_text"


def test_a_password_is_asked_for() -> None:
    with pytest.raises(UnreadableFile, match="password") as caught:
        read(write_report(password="secret"), "x.pdf")
    assert caught.value.outcome == "password"


@pytest.mark.parametrize("length", [20, 300, 900])
def test_a_truncated_pdf_is_broken_or_read(length: int) -> None:
    try:
        read(write_report()[:length], "x.pdf")
    except UnreadableFile as error:
        assert error.outcome in {"broken", "no_text"}


# --- furniture ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "< < Previous | Next > >",
        "Home",
        "Back to top",
        "Click here to download the full report:",
        "Skip to main content",
    ],
)
def test_navigation_is_recognised(line: str) -> None:
    assert is_navigation(line)


@pytest.mark.parametrize(
    "line",
    [
        "Next, the team meets.",
        "Home visits help families.",
        "Search for evidence of learning",
        "Top leaders share the work",
        "",
    ],
)
def test_sentences_are_no_navigation(line: str) -> None:
    assert not is_navigation(line)


def test_page_numbers_and_imprints() -> None:
    assert all(is_page_number(line) for line in ["7", "- 12 -", "Page 3 of 9", "xii", "| 4"])
    assert not any(is_page_number(line) for line in ["7 schools", "2010 report", ""])
    assert all(
        is_imprint(line)
        for line in ["© 2010 The Foundation", "Downloaded from example.org on 3 May", "www.example.org", "10 June 2019"]
    )
    assert not any(is_imprint(line) for line in ["Seven districts took part", "In June 2019 the team met"])


def test_lines_repeat_on_enough_pages() -> None:
    pages = [[normalise_line(f"Walks {number}"), "header"] for number in range(10)]
    pages[3] = ["once"]
    assert find_repeated(pages) == {"walks #", "header"}
    assert find_repeated([["a"], ["b"], ["c"]]) == frozenset()


def test_blocks_never_leave_the_text() -> None:
    for data, name in [(write_report(), "a.pdf"), (PAGE.encode(), "b.html"), (write_word(), "c.docx")]:
        reading = read(data, name)
        assert all(
            isinstance(block, Block) and 0 <= block.start < block.end <= len(reading.text) for block in reading.blocks
        )
        starts = [block.start for block in reading.blocks]
        assert starts == sorted(starts)
