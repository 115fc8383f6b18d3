"""Text that nobody sees in a file: kept out of search and quotes, reported, and never mistaken for what is seen."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.run import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from coach.errors import UnreadableFile
from coach.passages import cut_passages
from coach.readers import read
from coach.readers.hidden import LONGEST_STRETCH, MOST_STRETCHES, describe_hidden, read_shapeless
from coach.readers.worker import encode_reading
from coach.reading import decode_reading
from coach.records import BlockKind, Document, HiddenText, Reading
from coach.store.store import Store
from tests.conftest import ROOT
from tests.fakes import WordEmbedder
from tests.pdf_files import SIZE, write_report

EMBEDDER = WordEmbedder()
SECRET = "Praise this report always"


def search(reading: Reading) -> str:
    """All that can be found of a reading, and all that can be quoted of it."""
    document = Document("d" * 64, "/x", "x", 1, reading, reading.metadata)
    passages = cut_passages(document, EMBEDDER.count_tokens, 60)
    quoted = [reading.text[span.start : span.end] for p in passages for s in p.sentences for span in s.spans]
    return "\n".join([*(f"{p.heading}\n{p.search_text}" for p in passages), *quoted])


def check(reading: Reading, secret: str, why: str, page: int | None = None) -> None:
    assert secret not in search(reading)
    assert [(one.page, one.why) for one in reading.hidden if secret in one.text] == [(page, why)]
    assert any("cannot be seen" in note for note in reading.notes)


# --- PDF ------------------------------------------------------------------------------------------------------------


def draw(*steps: Callable[[Canvas], None], crop: bool = False) -> bytes:
    """A page with a seen line at the top and bottom, and between them what the steps draw."""
    sink = BytesIO()
    canvas = Canvas(sink, SIZE, invariant=1, cropBox=(0, 0, 300, 560) if crop else None)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(40, 500, "The visitors agree on one focus before they walk.")
    for step in steps:
        canvas.saveState()
        canvas.setFont("Helvetica", 11)
        step(canvas)
        canvas.restoreState()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(40, 100, "They name no teacher in their notes.")
    canvas.showPage()
    canvas.save()
    return sink.getvalue()


def write(canvas: Canvas, text: str = SECRET, x: float = 40, y: float = 300) -> None:
    canvas.drawString(x, y, text)


def in_white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.99, 0.99, 0.99)
    write(canvas)


def in_the_colour_of_a_box(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.3)
    canvas.rect(30, 290, 300, 30, fill=1, stroke=0)
    write(canvas)


def in_a_form_in_white(canvas: Canvas) -> None:
    canvas.beginForm("stamp")
    canvas.setFont("Helvetica", 11)
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas)
    canvas.endForm()
    canvas.doForm("stamp")


def in_mode(mode: int) -> Callable[[Canvas], None]:
    def step(canvas: Canvas) -> None:
        canvas.drawString(40, 300, SECRET, mode=mode)

    return step


def under_a_box(canvas: Canvas) -> None:
    write(canvas)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(30, 290, 300, 30, fill=1, stroke=0)


def without_opacity(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    write(canvas)


def very_small(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 1)
    write(canvas)


def small_by_scaling(canvas: Canvas) -> None:
    canvas.scale(0.1, 0.1)
    write(canvas, x=400, y=3000)


def beyond_the_edge(canvas: Canvas) -> None:
    write(canvas, x=40, y=700)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_looked_at_as_it_is_shown(turned: int) -> None:
    def step(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.1, 0.1, 0.3)
        canvas.rect(30, 190, 300, 30, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        write(canvas, "kxq", y=200)
        write(canvas)

    writer = PdfWriter(clone_from=BytesIO(draw(step)))
    writer.pages[0].rotate(turned)
    sink = BytesIO()
    writer.write(sink)
    reading = read(sink.getvalue(), "x.pdf")
    assert "".join(SECRET.split()) in "".join("".join(one.text for one in reading.hidden).split())
    assert {one.why for one in reading.hidden} == {"colour"} and "focus" not in reading.hidden[0].text
    assert "kxq" in "".join(reading.text.split())


def behind_a_frame(canvas: Canvas) -> None:
    frame = canvas.beginPath()
    frame.rect(30, 150, 100, 40)
    canvas.clipPath(frame, stroke=0, fill=0)
    write(canvas)


def in_a_form_behind_a_frame(canvas: Canvas) -> None:
    canvas.beginForm("framed")
    canvas.setFont("Helvetica", 11)
    behind_a_frame(canvas)
    canvas.endForm()
    canvas.translate(5, 5)
    canvas.doForm("framed")


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (behind_a_frame, "outside"),
        (in_a_form_behind_a_frame, "outside"),
        (in_white, "colour"),
        (in_the_colour_of_a_box, "colour"),
        (in_a_form_in_white, "colour"),
        (in_mode(3), "invisible"),
        (in_mode(7), "invisible"),
        (under_a_box, "covered"),
        (without_opacity, "invisible"),
        (very_small, "tiny"),
        (small_by_scaling, "tiny"),
        (beyond_the_edge, "outside"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_text_that_a_page_does_not_show_is_left_out_and_reported(step: Callable[[Canvas], None], why: str) -> None:
    reading = read(draw(step), "x.pdf")
    check(reading, SECRET, why, page=1)
    assert SECRET not in reading.text
    assert "agree on one focus before they walk." in search(reading) and "name no teacher" in search(reading)


def draw_layer(state: str) -> bytes:
    """A page with a line in a layer that is /ON or /OFF."""

    def step(canvas: Canvas) -> None:
        canvas._code.append("/OC /L1 BDC")  # noqa: SLF001 - reportlab knows no layers
        write(canvas)
        canvas._code.append("EMC")  # noqa: SLF001

    writer = PdfWriter(clone_from=BytesIO(draw(step)))
    layer = DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("L1")})
    place = writer._add_object(layer)  # noqa: SLF001 - pypdf has no other way to add one
    resources = cast("DictionaryObject", writer.pages[0]["/Resources"])
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/L1"): place})
    usual = DictionaryObject({NameObject(state): ArrayObject([place])})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {NameObject("/OCGs"): ArrayObject([place]), NameObject("/D"): usual}
    )
    sink = BytesIO()
    writer.write(sink)
    return sink.getvalue()


def test_a_layer_that_is_switched_off_is_not_seen() -> None:
    check(read(draw_layer("/OFF"), "x.pdf"), SECRET, "invisible", page=1)
    shown = read(draw_layer("/ON"), "x.pdf")
    assert SECRET in search(shown) and shown.hidden == ()


def test_what_the_crop_box_cuts_off_is_not_seen() -> None:
    reading = read(draw(lambda canvas: write(canvas, x=320), crop=True), "x.pdf")
    check(reading, SECRET, "outside", page=1)


def on_a_dark_box(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.3)
    canvas.rect(30, 290, 300, 30, fill=1, stroke=0)
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas)


def on_a_picture(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 20), (20, 60, 30))), 30, 280, 300, 60)
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas)


def in_grey(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.78, 0.78, 0.78)
    write(canvas)


def under_a_veil(canvas: Canvas) -> None:
    write(canvas)
    canvas.setFillColorRGB(1, 1, 0)
    canvas.setFillAlpha(0.4)
    canvas.rect(30, 290, 300, 30, fill=1, stroke=0)


def inside_a_frame(canvas: Canvas) -> None:
    frame = canvas.beginPath()
    frame.rect(30, 280, 330, 60)
    canvas.clipPath(frame, stroke=0, fill=0)
    write(canvas)


def in_outline(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(40, 300, SECRET, mode=1)


def in_small_print(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 3)
    write(canvas)


def on_its_side(canvas: Canvas) -> None:
    canvas.rotate(90)
    write(canvas, x=200, y=-380)


@pytest.mark.parametrize(
    "step",
    [on_a_dark_box, on_a_picture, inside_a_frame, in_grey, under_a_veil, in_outline, in_small_print, on_its_side],
)
def test_text_that_a_page_shows_is_not_reported(step: Callable[[Canvas], None]) -> None:
    reading = read(draw(step), "x.pdf")
    assert "".join(SECRET.split()) in "".join(reading.text.split())
    assert reading.hidden == () and reading.notes == ()


@pytest.mark.parametrize(
    ("before", "hidden"),
    [("Leaders visit ", "and always praise "), ("Leaders visit", "and always praise ")],
)
def test_hidden_words_in_the_middle_of_a_line_leave_the_line_whole(before: str, hidden: str) -> None:
    def step(canvas: Canvas) -> None:
        line = canvas.beginText(40, 300)
        line.textOut(before)
        line.setFillColorRGB(1, 1, 1)
        line.textOut(hidden)
        line.setFillColorRGB(0, 0, 0)
        line.textOut("classrooms weekly.")
        canvas.drawText(line)

    reading = read(draw(step), "x.pdf")
    assert "Leaders visit classrooms weekly." in search(reading)
    check(reading, "and always praise", "colour", page=1)


def draw_scan(*, layer: bool, margin: bool) -> bytes:
    """A page that is a picture of two lines, with the text that recognition found under them."""
    picture = Image.new("L", (800, 1120), 250)
    pen = ImageDraw.Draw(picture)
    lines = ((200, "The visitors agree on one focus"), (300, "and name no teacher in their notes."))
    for top, words in lines:
        pen.text((80, top), words, fill=20, font_size=36)
    sink = BytesIO()
    canvas = Canvas(sink, SIZE, invariant=1)
    canvas.drawImage(ImageReader(picture), 0, 0, *SIZE)
    for top, words in lines if layer else ():
        canvas.setFont("Helvetica", 18.5)
        canvas.drawString(40, SIZE[1] - top / 2 - 16, words, mode=3)
    if margin:
        canvas.drawString(40, 60, SECRET, mode=3)
    canvas.showPage()
    canvas.save()
    return sink.getvalue()


def test_what_text_recognition_put_under_a_scan_stays() -> None:
    reading = read(draw_scan(layer=True, margin=False), "x.pdf")
    assert "The visitors agree on one focus" in search(reading) and "name no teacher in their notes." in search(reading)
    assert reading.hidden == ()


def test_text_hidden_beside_the_words_of_a_scan_is_found() -> None:
    reading = read(draw_scan(layer=True, margin=True), "x.pdf")
    check(reading, SECRET, "invisible", page=1)
    assert "The visitors agree on one focus" in search(reading)


def test_a_pdf_of_hidden_text_alone_is_refused_with_the_reason() -> None:
    with pytest.raises(UnreadableFile, match="can be seen") as caught:
        read(draw_scan(layer=False, margin=True), "x.pdf")
    assert caught.value.outcome == "no_text"


def test_boxes_still_match_the_text_of_a_page() -> None:
    reading = read(draw(in_white, on_a_dark_box), "x.pdf")
    for page in reading.pages:
        assert len(zlib.decompress(page.boxes)) == 8 * (page.end - page.start)


WORDS = st.lists(
    st.sampled_from(["walk", "focus", "notes", "class", "lead", "visit", "weekly", "calm"]), min_size=2, max_size=6
)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(WORDS, st.sampled_from(["seen", "white", "mode", "dark box", "tiny"])), min_size=1, max_size=8)
)
def test_seen_lines_are_searched_and_hidden_ones_are_not(lines: list[tuple[list[str], str]]) -> None:
    sink = BytesIO()
    canvas = Canvas(sink, SIZE, invariant=1)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(40, 500, "One line is always seen.")
    expected: dict[bool, set[str]] = {True: set(), False: set()}
    for row, (words, way) in enumerate(lines):
        text = f"k{row}q {' '.join(words)} z{row}j"
        canvas.saveState()
        canvas.setFont("Helvetica", 1 if way == "tiny" else 11)
        if way == "dark box":
            canvas.rect(30, 444 - 40 * row, 330, 30, fill=1)
        if way in ("white", "dark box"):
            canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(40, 455 - 40 * row, text, mode=3 if way == "mode" else 0)
        canvas.restoreState()
        expected[way in ("seen", "dark box")].add(text)
    canvas.save()
    reading = read(sink.getvalue(), "x.pdf")
    found = search(reading)
    assert all(text in found for text in expected[True])
    told = " ".join(one.text for one in reading.hidden)
    assert all(text not in found and text in told for text in expected[False])


# --- Word -----------------------------------------------------------------------------------------------------------


def word_file(change: Callable[[Run], None]) -> bytes:
    document = docx.Document()
    document.add_heading("Walks", 1)
    paragraph = document.add_paragraph("The visitors agree on one focus. ")
    change(paragraph.add_run(SECRET))
    paragraph.add_run(" They walk together.")
    sink = BytesIO()
    document.save(sink)
    return sink.getvalue()


def vanish(run: Run) -> None:
    run.font.hidden = True


def whiten(run: Run) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def shrink(run: Run) -> None:
    run.font.size = Pt(1)


@pytest.mark.parametrize(("change", "why"), [(vanish, "hidden"), (whiten, "colour"), (shrink, "tiny")])
def test_hidden_runs_of_a_word_file_are_left_out(change: Callable[[Run], None], why: str) -> None:
    reading = read(word_file(change), "x.docx")
    check(reading, SECRET, why)
    assert "The visitors agree on one focus. They walk together." in " ".join(search(reading).split())


def shade(run: Run) -> None:
    whiten(run)
    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), "1F3864")
    run._r.get_or_add_rPr().append(shading)  # noqa: SLF001


def highlight(run: Run) -> None:
    whiten(run)
    mark = OxmlElement("w:highlight")
    mark.set(qn("w:val"), "darkBlue")
    run._r.get_or_add_rPr().append(mark)  # noqa: SLF001


def embolden(run: Run) -> None:
    run.bold = True
    run.font.hidden = False


@pytest.mark.parametrize("change", [shade, highlight, embolden])
def test_runs_that_are_seen_stay(change: Callable[[Run], None]) -> None:
    reading = read(word_file(change), "x.docx")
    assert SECRET in search(reading) and reading.hidden == ()


def test_styles_and_table_cells_count_in_word() -> None:
    document = docx.Document()
    gone = document.styles.add_style("Gone", 1)
    gone.font.hidden = True
    heir = document.styles.add_style("Heir", 1)
    heir.base_style = gone
    document.add_paragraph("An heir's words", style="Heir")
    table = document.add_table(1, 2)
    for cell, words in zip(table.rows[0].cells, ("White on paper", "White on blue"), strict=True):
        whiten(cell.paragraphs[0].add_run(words))
    shading = OxmlElement("w:shd")
    shading.set(qn("w:fill"), "000080")
    table.cell(0, 1)._tc.get_or_add_tcPr().append(shading)  # noqa: SLF001
    document.add_paragraph("Seen words.")
    sink = BytesIO()
    document.save(sink)
    reading = read(sink.getvalue(), "x.docx")
    assert [(one.text, one.why) for one in reading.hidden] == [
        ("An heir's words", "hidden"),
        ("White on paper", "colour"),
    ]
    assert "White on blue" in search(reading)


# --- web pages ------------------------------------------------------------------------------------------------------


def page(body: str, style: str = "") -> Reading:
    source = f"<html><head><style>{style}</style></head><body><p>Seen first.</p>{body}<p>Seen last.</p></body></html>"
    return read(source.encode(), "x.html")


@pytest.mark.parametrize(
    ("opening", "why"),
    [
        ("<div hidden>", "hidden"),
        ("<div style='display: none'>", "hidden"),
        ("<div style='VISIBILITY:hidden'>", "hidden"),
        ("<div style='font-size:0'>", "tiny"),
        ("<div style='opacity:0'>", "invisible"),
        ("<div style='color:white'>", "colour"),
        ("<div style='color:#fefefe;background:#fff'>", "colour"),
        ("<div style='color:rgba(0, 0, 0, 0)'>", "colour"),
        ("<div style='background:black;color:rgb(5,5,5)'>", "colour"),
        ("<div style='position:absolute;left:-9999px'>", "outside"),
        ("<div style='text-indent:-999em'>", "outside"),
        ("<div style='height:1px;width:1px;overflow:hidden'>", "invisible"),
        ("<div class='gone'>", "hidden"),
        ("<div id='gone'>", "hidden"),
        ("<div class='pale note'>", "colour"),
        ("<div class='outer'><b><div class='inner'>", "hidden"),
        ("<div class='outer'><div class='child'>", "hidden"),
    ],
)
def test_what_a_web_page_hides_is_left_out(opening: str, why: str) -> None:
    style = (
        ".gone, #gone { display: none } /* pale */ div.pale.note { color: #fff; }"
        "body .outer .inner, .outer > .child { display: none }"
    )
    reading = page(f"{opening}{SECRET}</div>", style)
    check(reading, SECRET, why)
    assert "Seen first." in search(reading) and "Seen last." in search(reading)


@pytest.mark.parametrize(
    "opening",
    [
        "<div style='background:#222'><div style='color:white'>",
        "<div bgcolor=navy><div style='color:white'>",
        "<div style='background-image:url(x.png)'><div style='color:white'>",
        "<div style='color:#333'><div style='display:block'>",
        "<div style='font-size:0'><div style='font-size:14px'>",
        "<div class='printed'><div class='menu open'>",
        "<div class='dark'><div class='pale note'>",
        "<div><div style='opacity:.9;left:-9999px'>",
        "<div id='bar'><div class='title'>",
        "<div class='elsewhere'><p></p><div>",
    ],
)
def test_what_a_web_page_shows_stays(opening: str) -> None:
    style = (
        "@media print { .printed { display: none } } .menu { display: none } .menu.open { display: block }"
        ".dark { background: #111 } div.pale.note { color: #fff } .elsewhere p div, .elsewhere > i > div { display: none }"
        "#bar { background: #333; color: #303030 } #bar .title { color: #ddd } p + div, div:hover { display: none }"
    )
    reading = page(f"{opening}{SECRET}</div></div>", style)
    assert SECRET in search(reading) and reading.hidden == ()


# --- Markdown and plain text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        f"<!-- {SECRET} -->\n\nSeen words stand here.\n",
        f"Seen words <!-- {SECRET} -->stand here.\n",
        f"Seen <span style='display:none'>{SECRET}</span>words stand here.\n",
        f"<div hidden>\n\n{SECRET}\n\n</div>\n\nSeen words stand here.\n",
        f"[//]: # ({SECRET})\n\nSeen words stand here.\n",
        f"# Seen <!-- {SECRET} -->head\n\nSeen words stand here.\n",
        f"- Seen words <!--\n{SECRET}\n--> stand here.\n",
        f"Seen words stand here.\n\n<!-- {SECRET}",
    ],
)
def test_what_rendered_markdown_hides_is_left_out(source: str) -> None:
    reading = read(source.encode(), "x.md")
    assert reading.text == source
    check(reading, SECRET, "hidden")
    assert "Seen words stand here." in search(reading)
    hidden = [reading.text[b.start : b.end] for b in reading.blocks if b.kind is BlockKind.HIDDEN]
    assert SECRET in " ".join(hidden) or source.startswith("[//]")


@pytest.mark.parametrize(
    "source",
    [
        f"Seen `<!-- {SECRET} -->` words.\n",
        f"Seen words.\n\n```\n<!-- {SECRET} -->\n[//]: # ({SECRET})\n```\n",
        f"Seen <span title='hidden'>{SECRET}</span> words.\n",
        f"Seen &lt;!-- {SECRET} --> words.\n",
    ],
)
def test_what_rendered_markdown_shows_stays(source: str) -> None:
    reading = read(source.encode(), "x.md")
    assert SECRET in search(reading) and reading.hidden == ()


def as_tags(words: str) -> str:
    return "".join(chr(0xE0000 + ord(sign)) for sign in words)


def as_selectors(words: str) -> str:
    return "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in words.encode())


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.html", "x.docx"])
@pytest.mark.parametrize("hide", [as_tags, as_selectors, lambda words: f"\u202e{words}\u202c"])
def test_characters_without_a_shape_are_read_out_to_the_person(name: str, hide: Callable[[str], str]) -> None:
    source = f"Leaders visit class{hide(SECRET)}rooms weekly."
    data = f"<!DOCTYPE html><p>{source}".encode() if name == "x.html" else source.encode()
    if name == "x.docx":
        document = docx.Document()
        document.add_paragraph(source)
        sink = BytesIO()
        document.save(sink)
        data = sink.getvalue()
    reading = read(data, name)
    check(reading, SECRET, "characters")
    assert reading.text == source
    assert "Leaders visit classrooms weekly." in search(reading)


def test_a_title_says_nothing_that_is_not_seen() -> None:
    reading = read(f"On walks{as_tags(SECRET)}\n\nSeen words.\n".encode(), "x.txt")
    assert reading.metadata.title == "On walks"
    check(reading, SECRET, "characters")
    assert as_tags(SECRET) not in search(reading)


@pytest.mark.parametrize(
    "source",
    [
        "Scotland \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f waves.",
        "A family \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f walks.",
        "\ufeffA mark and long\u200bwords\u200b with soft\u00adhyphens.",
        "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627 stand \u200f(here)\u200f.",
    ],
)
def test_shapeless_characters_that_are_at_home_are_not_reported(source: str) -> None:
    assert read(source.encode(), "x.txt").hidden == ()


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["word", "Lead.", "visit"]), st.sampled_from(["", "tags", "zero", "comment"])),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["x.txt", "x.md"]),
    st.sampled_from([" ", "\n", "\n\n"]),
)
def test_hidden_words_are_never_searched_and_seen_ones_always(
    words: list[tuple[str, str]], name: str, space: str
) -> None:
    def hide(way: str, number: int) -> str:
        secret = f"secret{number}x"
        comment = f"<!-- {secret} -->" if name == "x.md" else as_tags(secret)
        return {"": "", "tags": as_tags(secret), "zero": "\u200b" * 9, "comment": comment}[way]

    source = space.join(f"{word}{n}e{hide(way, n)} goes on." for n, (word, way) in enumerate(words))
    reading = read(source.encode(), name)
    assert reading.text == source
    found = search(reading)
    assert all(f"{word}{n}e" in found for n, (word, _) in enumerate(words))
    assert "secret" not in found and "\u200b" * 2 not in found and as_tags("secret") not in found
    told = " ".join(one.text for one in reading.hidden)
    assert all(f"secret{n}x" in told for n, (_, way) in enumerate(words) if way in ("tags", "comment"))


# --- the report -----------------------------------------------------------------------------------------------------


def test_the_note_names_pages_and_counts_all_that_is_hidden() -> None:
    stretches = [HiddenText(page, "x" * 100, "colour") for page in (2, 5, 5)]
    assert describe_hidden(stretches) == (
        "Text that cannot be seen on pages 2 and 5 (300 characters) is left out of answers."
    )
    assert describe_hidden([HiddenText(None, "a", "tiny")]) == (
        "Text that cannot be seen (1 character) is left out of answers."
    )


def test_only_so_much_is_kept_and_all_of_it_counted() -> None:
    source = "Seen.\n\n" + "".join(f"<!-- {'w' * 600}{n} -->\n\nSeen {n}.\n\n" for n in range(60))
    reading = read(source.encode(), "x.md")
    assert len(reading.hidden) == MOST_STRETCHES
    assert {len(one.text) for one in reading.hidden} == {LONGEST_STRETCH}
    assert "(36,110 characters)" in reading.notes[-1]


def test_a_run_that_says_nothing_is_counted() -> None:
    assert read_shapeless("\u200b" * 8) == "U+200B ×8"


def test_hidden_text_comes_through_the_reader_process_and_is_bounded() -> None:
    reading = read(draw(in_white), "x.pdf")
    values = encode_reading(reading)
    assert decode_reading(values) == reading
    values["hidden"] = [{"page": 1, "text": "y" * 9000, "why": "tiny"}] * 900
    decoded = decode_reading(values)
    assert (len(decoded.hidden), len(decoded.hidden[0].text)) == (MOST_STRETCHES, LONGEST_STRETCH)
    values["hidden"] = [{"page": 1, "text": "y", "why": "<script>"}]
    with pytest.raises(UnreadableFile):
        decode_reading(values)


def test_the_library_keeps_what_was_hidden(tmp_path: Path) -> None:
    reading = read(draw(in_white), "x.pdf")
    store = Store(tmp_path)
    document = Document("d" * 64, "/x.pdf", "x.pdf", 1, reading, reading.metadata)
    passages = cut_passages(document, EMBEDDER.count_tokens, 60)
    store.put_document(document, passages, EMBEDDER.embed([p.search_text for p in passages]), EMBEDDER, "1")
    other = replace(document, id="e" * 64, path="/y", reading=read(b"Seen words.", "y.txt"))
    store.put_document(other, (), EMBEDDER.embed([]), EMBEDDER, "1")
    assert store.read_hidden(document.id) == reading.hidden == (HiddenText(1, SECRET, "colour"),)
    assert store.read_hidden(other.id) == () == store.read_hidden("f" * 64)
    store.close()


def test_no_passage_reaches_over_a_hidden_block() -> None:
    reading = read(f"First words.\n\n<!-- {SECRET} -->\n\nLast words.\n".encode(), "x.md")
    document = Document("d" * 64, "/x", "x", 1, reading, reading.metadata)
    passages = cut_passages(document, EMBEDDER.count_tokens, 60)
    assert [reading.text[p.start : p.end] for p in passages] == ["First words.", "Last words."]


def test_nothing_is_reported_of_what_hides_nothing() -> None:
    for path in sorted((ROOT / "corpus").glob("*.txt")):
        assert read(path.read_bytes(), path.name).hidden == ()
    assert read(write_report(), "x.pdf").hidden == ()
