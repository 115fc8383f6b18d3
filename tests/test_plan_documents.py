"""The documents that are made of a plan, in Word and in Markdown: every part, exact words, nothing that became markup."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Inches
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token

from coach.plans.blocks import Heading, Notice, PlanDocument, Quotation, clean, find_link
from coach.plans.document_wording import load_document_wording
from coach.plans.documents import SharedLine, arrange
from coach.plans.docx import write_docx
from coach.plans.markdown import write_plan_markdown
from coach.plans.phrases import name_clock
from coach.plans.records import Grounding, Line, Plan
from coach.readers.docx import read_docx
from coach.records import BASES
from tests.plan_examples import (
    ADDRESSES,
    ATTACK,
    CORPUS,
    DISTRIBUTED,
    REQUEST,
    SHARED,
    WALLACE,
    make_hostile,
    make_plan,
    make_uncovered,
    make_visit_prep,
    make_written,
)

MADE = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)
WORDING = load_document_wording()
PLACED = replace(DISTRIBUTED, section="Introduction > Instructional leadership", page=12, page_label="xii")
EXAMPLES = {
    "full": make_plan(),
    "written": make_written(),
    "visit": make_visit_prep(),
    "uncovered": make_uncovered(),
    "hostile": make_hostile(),
}


def make_docx(plan: Plan, shared: Sequence[SharedLine] = (), version: int | None = None) -> bytes:
    return write_docx(plan, shared, WORDING, made=MADE, version=version)


def open_docx(plan: Plan, shared: Sequence[SharedLine] = (), version: int | None = None) -> WordDocument:
    return docx.Document(BytesIO(make_docx(plan, shared, version)))


def read_paragraphs(document: WordDocument) -> list[WordParagraph]:
    """Those of the text and of the tables, in order."""
    found: list[WordParagraph] = []
    for item in document.iter_inner_content():
        if isinstance(item, WordTable):
            found += [paragraph for row in item.rows for cell in row.cells for paragraph in cell.paragraphs]
        else:
            found.append(item)
    return found


def read_words(document: WordDocument) -> str:
    return "\n".join(paragraph.text for paragraph in read_paragraphs(document))


def read_footnotes(document: WordDocument) -> dict[int, str]:
    root = etree.fromstring(document.part.part_related_by(RELATIONSHIP_TYPE.FOOTNOTES).blob)
    return {
        int(note.get(qn("w:id")) or 0): "".join(text.text or "" for text in note.iter(qn("w:t"))).strip()
        for note in root
        if note.get(qn("w:type")) is None
    }


def list_links(data: bytes) -> set[str]:
    """Every outward link of a Word document, wherever it stands."""
    links = set()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".rels"):
                root = etree.fromstring(archive.read(name))
                links |= {one.get("Target") or "" for one in root if one.get("TargetMode") == "External"}
    return links


def list_instructions(data: bytes) -> set[str]:
    """What the fields of a Word document do, without numbers."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".xml"))
    assert b"fldSimple" not in whole
    found = re.findall(r"<w:instrText[^>]*>([^<]*)<", whole.decode())
    return {re.sub(r"\d+", "N", one.strip()) for one in found}


def parse_markdown(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)


def flatten(tokens: Sequence[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *flatten(token.children or []))]


def read_markdown(text: str) -> str:
    """The words that a reader sees."""
    return " ".join(
        "".join(child.content for child in token.children or [])
        for token in parse_markdown(text)
        if token.type == "inline"
    )


def list_outline(tokens: Sequence[Token]) -> list[str]:
    """What Markdown became, without its words."""
    kinds = [f"{token.type} {token.attrGet('href') or ''}" for token in flatten(tokens)]
    return [kind for place, kind in enumerate(kinds) if not (kind == "text " and kinds[place - 1 : place] == [kind])]


def fold(text: str) -> str:
    return " ".join(text.split())


def list_texts(plan: Plan) -> list[str]:
    """Every text of a plan that a reader has to find in the whole document."""
    request, protocol = plan.request, plan.protocol
    lines = [plan.purpose, plan.commitment, *plan.outcomes, *plan.evidence_to_bring, *plan.evidence_of_success]
    lines += [*plan.materials, *plan.moves, *plan.questions, *plan.look_for, *plan.exit_ticket]
    lines += [one.why for one in plan.grounding] + [one.what for one in plan.follow_up]
    lines += [one.how for one in plan.differentiation]
    texts = [line.text for line in lines]
    texts += [
        plan.title,
        plan.notice,
        *plan.nearest,
        plan.confidentiality,
        request.participants,
        request.place,
        request.goal,
    ]
    texts += [protocol.title, protocol.reason, protocol.not_when, protocol.source, *protocol.norms]
    texts += [text for role in protocol.roles for text in (role.name, role.does)]
    texts += [text for item in plan.agenda for text in (item.title, item.detail, item.lead, item.purpose)]
    texts += [
        text for one in plan.practices for text in (one.title, one.first_step, one.by, one.evidence, one.inferred)
    ]
    texts += [text for one in plan.differentiation for text in (one.kind,)]
    texts += [one.who for one in plan.follow_up] + [claim.text for claim in plan.claims]
    return [text for text in texts if text]


# --- the examples themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["full", "written", "visit", "uncovered"])
def test_the_examples_are_plans(name: str) -> None:
    plan = EXAMPLES[name]
    assert plan.minutes == plan.request.minutes and 2 * plan.work_minutes >= plan.minutes
    for grounding in plan.grounding:
        citation = grounding.citation
        text = (CORPUS / citation.document).read_bytes().decode("utf-8")
        assert text[citation.start : citation.end] == citation.quote


# --- every part ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["full", "written", "uncovered"])
def test_every_part_of_a_session_is_there_in_every_format(name: str) -> None:
    plan = EXAMPLES[name]
    word = fold(read_words(open_docx(plan, SHARED, 3)))
    markdown = fold(read_markdown(write_plan_markdown(plan, SHARED, WORDING, version=3)))
    wanted = list_texts(plan)
    wanted += [f"shared by {one.who}, on {one.day}" for one in SHARED] + [one.text for one in SHARED]
    wanted += ["Thursday 3 December 2026, 1:30 PM to 2:30 PM", "60 minutes", "network meeting", "Version"]
    wanted += ["Thursday 10 December 2026", "Thursday 17 December 2026", "leave the thinking to the principals"]
    wanted += ["By the end, principals will be able to:", "Principals are at work for 47 of 60 minutes."]
    for text in wanted:
        assert fold(text) in word, text
        assert fold(text) in markdown, text


def test_both_formats_say_the_same_in_the_same_order() -> None:
    for plan in (EXAMPLES["written"], EXAMPLES["visit"]):
        word = "".join(paragraph.text for paragraph in _skip_joined(open_docx(plan, SHARED, 3)))
        markdown = read_markdown(write_plan_markdown(plan, SHARED, WORDING, version=3))
        markdown = re.sub(r"Notes Learning.*?(?=Handout:)", "", markdown)

        # Of lists and lines to write on, each format has its own signs; notes have marks in one alone.
        def plain(text: str) -> str:
            return re.sub(r"\[ ?\d* ?\]|[\s_:;\d,]", "", text)

        assert plain(word) == plain(markdown)


def _skip_joined(document: WordDocument) -> list[WordParagraph]:
    """As `read_paragraphs`, with cells that were joined once."""
    seen: list[Any] = []
    found = []
    for paragraph in read_paragraphs(document):
        if all(paragraph._p is not one for one in seen):
            seen.append(paragraph._p)
            found.append(paragraph)
    return found


def test_the_notice_is_the_first_line_and_names_what_is_near() -> None:
    plan = EXAMPLES["uncovered"]
    first = open_docx(plan).paragraphs[0]
    assert first.style is not None and first.style.name == "Plan Notice"
    assert first.text.startswith(plan.notice) and all(theme in first.text for theme in plan.nearest)
    markdown = write_plan_markdown(plan, (), WORDING)
    assert markdown.startswith(f"**{plan.notice}") and all(theme in markdown.splitlines()[0] for theme in plan.nearest)
    assert not any(isinstance(block, Notice) for block in arrange(EXAMPLES["full"], (), WORDING).blocks)
    assert "No passage of the documents speaks to this topic" in markdown and "“" not in markdown


def test_the_handout_holds_nothing_for_the_leader_alone() -> None:
    plan = EXAMPLES["written"]
    document = open_docx(plan, SHARED)
    words = read_words(document)
    handout = words[words.index("Handout: ") :]
    assert [section.header.paragraphs[0].text for section in document.sections] == [
        "For whoever leads the session",
        "For principals",
    ]
    for text in (plan.title, plan.grounding[0].citation.quote, plan.questions[0].text, plan.commitment.text):
        assert text in handout
    assert all(item.title in handout for item in plan.agenda if item.kind != "slack")
    assert handout.count("\t\t") == 5, "lines to write on"
    others = [line.text for line in (*plan.moves, *plan.look_for, *plan.questions[1:])]
    others += [item.purpose for item in plan.agenda] + [one.text for one in SHARED] + [SHARED[0].who]
    others += [plan.request.participants, plan.confidentiality, plan.protocol.reason, plan.agenda[-1].title]
    assert [text for text in others if text in handout] == []


def test_a_visit_prep_holds_its_seven_parts_and_no_more() -> None:
    plan = EXAMPLES["visit"]
    document = open_docx(plan, SHARED)
    names = [one.text for one in document.paragraphs if one.style is not None and one.style.name == "Heading 1"]
    assert names == ["Ask", "Read together", "Look for", "What the principal shared", "The visit"]
    words = read_words(document)
    for text in (plan.purpose.text, DISTRIBUTED.quote, "Michael S. Knapp and others, 2010", ADDRESSES[WALLACE]):
        assert text in words
    assert all(line.text in words for line in (*plan.questions, *plan.look_for))
    assert "shared by Dana Whitfield, on Friday 20 November 2026" in words
    assert "Nothing was shared" in read_words(open_docx(plan))
    assert plan.confidentiality not in words and len(document.sections) == 1
    three = replace(plan, questions=make_plan().questions)
    assert make_plan().questions[2].text not in read_words(open_docx(three))


@pytest.mark.parametrize("basis", BASES)
def test_what_the_words_do_is_said_in_words(basis: Any) -> None:
    grounding = Grounding(replace(DISTRIBUTED, basis=basis), Line("It matters."))
    practice = replace(make_plan().practices[0], basis=basis)
    plan = make_plan(grounding=(grounding,), practices=(practice,))
    words = read_words(open_docx(plan))
    assert f"What these words do: {WORDING.say(f'basis.{basis}')} Why they matter: It matters." in words
    assert WORDING.say(f"grew.{basis}") in words


def test_whose_words_a_line_is_stands_behind_it_where_it_is_not_craft() -> None:
    words = read_words(open_docx(EXAMPLES["written"]))
    assert "Name the clash in one sentence. (suggested by a language model)" in words
    assert "in our own words. (in the planner’s own words)" in words
    assert "by role and not by name? (grew from a document; the exercise is ours)" in words
    assert "Let quiet moments stand.\n" in words, "craft has no label of its own"
    assert "Everything else is general coaching practice" in words
    assert "A language model (writer-1) wrote these sentences." in words


# --- quotations ------------------------------------------------------------------------------------------------------


def test_every_quotation_survives_letter_by_letter_with_its_place() -> None:
    plan = make_plan(grounding=(replace(make_plan().grounding[0], citation=PLACED), *make_plan().grounding[1:]))
    document, markdown = open_docx(plan), write_plan_markdown(plan, (), WORDING)
    quotes = [one.text for one in document.paragraphs if one.style is not None and one.style.name == "Quote"]
    tokens = parse_markdown(markdown)
    shown = [
        "".join(child.content for child in tokens[place + 2].children or [])
        for place, token in enumerate(tokens)
        if token.type == "blockquote_open"
    ]
    for place, grounding in enumerate(plan.grounding):
        wanted = f"“{fold(grounding.citation.quote)}”"
        assert quotes[place] == wanted and shown[place] == f"{wanted} [{place + 1}]"
    notes = read_footnotes(document)
    assert list(notes) == [1, 2, 3]
    listed = [fold(line) for line in markdown[markdown.index("## Notes") :].splitlines()]
    for note in (notes[1], read_markdown("\n".join(line for line in listed if line.startswith("1. ")))):
        for part in (PLACED.title, "Michael S. Knapp and others, 2010", "“Instructional leadership”", "page xii"):
            assert part in note
        assert ADDRESSES[WALLACE] in note and "Characters" not in note
    second = plan.grounding[1].citation
    assert f"Characters {second.start} to {second.end} of {WALLACE}." in notes[2], "there is no page to name"
    assert list_links(make_docx(plan)) == set(ADDRESSES.values())


def test_words_that_only_a_claim_names_stand_in_its_note() -> None:
    plan = make_written(grounding=make_plan().grounding[:1])
    notes = read_footnotes(open_docx(plan))
    for number, citation in ((2, plan.claims[1].citations[0]), (3, plan.claims[1].citations[1])):
        assert f"The words: “{fold(citation.quote)}”" in notes[number]
        assert f"“{fold(citation.quote)}”" in read_markdown(write_plan_markdown(plan, (), WORDING))


def test_a_note_that_is_named_again_is_the_same_note() -> None:
    """In Word as a field that follows the note when somebody puts another before it."""
    data = make_docx(EXAMPLES["written"])
    document = docx.Document(BytesIO(data))
    body = document.element.body
    marks = [int(one.get(qn("w:id"))) for one in body.iter(qn("w:footnoteReference"))]
    assert marks == [1, 2, 3] == list(read_footnotes(document))
    named = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    again = re.findall(r"NOTEREF (note\d)", "".join(one.text or "" for one in body.iter(qn("w:instrText"))))
    assert again == ["note1", "note2", "note3", "note1"] and set(again) <= named
    assert write_plan_markdown(EXAMPLES["written"], (), WORDING).count("\\[1\\]") == 3


# --- the agenda ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["13:30", "", "23:40"])
def test_the_agenda_in_the_document_adds_up(start: str) -> None:
    plan = make_plan(request=replace(REQUEST, start=start))
    (table, _) = open_docx(plan).tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    minutes = [int(row[1]) for row in rows[1:-1]]
    assert sum(minutes) == int(rows[-1][1]) == plan.request.minutes
    at = datetime(2026, 12, 3, int(start[:2] or 0), int(start[3:] or 0))
    for row, length in zip(rows[1:-1], minutes, strict=True):
        after = at + timedelta(minutes=length)
        if start:
            assert row[0] == "–".join(f"{one.hour % 12 or 12}:{one:%M}" for one in (at, after))
        else:
            assert row[0] == f"{at.minute + 60 * at.hour}–{after.minute + 60 * after.hour}"
        at = after
    at_work = sum(length for row, length in zip(rows[1:-1], minutes, strict=True) if "principals at work" in row[3])
    assert at_work == plan.work_minutes and f"for {at_work} of {plan.minutes} minutes" in rows[-1][2]


def test_the_row_of_names_repeats_and_rows_stay_whole() -> None:
    for table in open_docx(EXAMPLES["full"]).tables:
        assert [bool(row._tr.findall(f".//{qn('w:tblHeader')}")) for row in table.rows] == [
            number == 0 for number in range(len(table.rows))
        ]
        assert all(row._tr.findall(f".//{qn('w:cantSplit')}") for row in table.rows)
        assert table.style is not None and table.style.name == "Plan Table"
        (about,) = table._tbl.findall(f".//{qn('w:tblDescription')}")
        assert "time" in about.get(qn("w:val"), "") or "minutes" in about.get(qn("w:val"), "")


@pytest.mark.parametrize(
    ("minutes", "clock"), [(0, "12:00 AM"), (719, "11:59 AM"), (720, "12:00 PM"), (810, "1:30 PM"), (1470, "12:30 AM")]
)
def test_the_clock_is_said_as_in_the_united_states(minutes: int, clock: str) -> None:
    assert name_clock(minutes) == clock


# --- how it is made --------------------------------------------------------------------------------------------------


def list_levels(arranged: PlanDocument) -> list[int]:
    return [block.level for block in (*arranged.blocks, *arranged.handout) if isinstance(block, Heading)]


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_headings_leave_no_level_out_and_none_is_empty(name: str) -> None:
    arranged = arrange(EXAMPLES[name], SHARED, WORDING)
    levels = list_levels(arranged)
    assert levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    kinds = [isinstance(block, Heading) for block in arranged.blocks]
    assert not kinds[-1]
    for place, (block, after) in enumerate(zip(arranged.blocks, arranged.blocks[1:], strict=False)):
        if isinstance(block, Heading) and isinstance(after, Heading):
            assert after.level > block.level, f"{place}: a heading with nothing below it"
    tags = [
        token.tag
        for token in parse_markdown(write_plan_markdown(EXAMPLES[name], SHARED, WORDING))
        if token.tag[:1] == "h"
    ]
    tags = [tag for tag in tags if tag != "hr"][::2]
    assert tags == ["h1", *(f"h{level + 1}" for level in _with_notes(arranged, levels))]


def _with_notes(arranged: PlanDocument, levels: list[int]) -> list[int]:
    """The notes of Markdown have a heading of their own."""
    if not arranged.notes:
        return levels
    before = sum(isinstance(block, Heading) for block in arranged.blocks)
    return [*levels[:before], 1, *levels[before:]]


def test_every_look_is_a_style() -> None:
    document = open_docx(EXAMPLES["written"], SHARED, 2)
    known = {style.name for style in document.styles}
    used = {one.style.name for one in read_paragraphs(document) if one.style is not None}
    assert used <= known and {"Title", "Subtitle", "Heading 1", "Heading 2", "List Bullet", "Quote"} <= used
    for paragraph in read_paragraphs(document):
        for run in paragraph.runs:
            properties = run._r.rPr
            assert properties is None or [child.tag for child in properties] == [qn("w:rStyle")], paragraph.text
            assert run.style is not None and run.style.name in known
    for paragraph in document.paragraphs:
        direct = {child.tag for child in paragraph._p.pPr} if paragraph._p.pPr is not None else set()
        assert direct <= {qn("w:pStyle"), qn("w:sectPr")}


def test_the_file_says_what_it_is_and_nobody_s_name() -> None:
    data = make_docx(EXAMPLES["full"], version=4)
    document = docx.Document(BytesIO(data))
    properties = document.core_properties
    assert (properties.title, properties.author, properties.last_modified_by) == (
        EXAMPLES["full"].title,
        "Coach",
        "Coach",
    )
    assert properties.language == "en-US" and properties.comments == "" and properties.modified == MADE
    (language,) = document.styles.element.findall(f".//{qn('w:lang')}")
    assert language.get(qn("w:val")) == "en-US"
    for section in document.sections:
        foot = section.footer.paragraphs[0]
        assert foot.text.startswith(
            "Sharing instructional leadership, version 4. Made on Sunday 22 November 2026.\tPage "
        )
        assert (section.page_width, section.page_height) == (Inches(8.5), Inches(11))
    assert list_instructions(data) == {"PAGE", "NUMPAGES", r"NOTEREF noteN \f \h"}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
        assert not any("thumbnail" in name for name in archive.namelist())
    for private in (b"/tmp", b"/home", b"/work", b"python-docx", b"Macintosh", b"principal-of-jefferson"):
        assert private not in whole


@pytest.mark.slow
def test_the_same_plan_is_the_same_bytes() -> None:
    for plan in EXAMPLES.values():
        data = make_docx(plan, SHARED)
        assert data == make_docx(plan, SHARED)
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}, "no clock was looked at"
    later = write_docx(EXAMPLES["full"], (), WORDING, made=MADE + timedelta(days=1))
    assert later != make_docx(EXAMPLES["full"])


def test_coach_itself_can_read_what_it_wrote() -> None:
    reading = read_docx(make_docx(EXAMPLES["written"], SHARED))
    assert reading.hidden == () and all(
        fold(one.citation.quote) in reading.text for one in EXAMPLES["written"].grounding
    )


def test_word_s_library_waits_until_a_document_is_made() -> None:
    program = (
        "import sys, coach.plans.docx, coach.plans.markdown, coach.plans.calendar; "
        "print([name for name in ('docx', 'icalendar') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_long_session_s_handout_names_its_steps_in_one_paragraph() -> None:
    plan = make_plan()
    rounds = tuple(replace(plan.agenda[2], id=f"step-{number}", title=f"Round {number}") for number in range(1, 19))
    arranged = arrange(replace(plan, agenda=(plan.agenda[0], *rounds, *plan.agenda[4:])), (), WORDING)
    quotes = [block for block in arranged.handout if isinstance(block, Quotation)]
    assert 1 <= len(quotes) < 3
    assert "Round 18 (15 min.)" in read_markdown(write_plan_markdown(replace(plan, agenda=rounds), (), WORDING))


# --- nothing becomes markup ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_hostile_words_stay_words() -> None:
    plan, wanted = EXAMPLES["hostile"], clean(ATTACK)
    data = make_docx(plan, [SharedLine(ATTACK, ATTACK, ATTACK)])
    document = docx.Document(BytesIO(data))
    assert document.paragraphs[1].text == wanted and wanted.startswith('=HYPERLINK("http://evil.example","x") <script>')
    assert list_links(data) == set(), "javascript: is no link"
    assert list_instructions(data) == {"PAGE", "NUMPAGES", r"NOTEREF noteN \f \h"}
    markdown = write_plan_markdown(plan, [SharedLine(ATTACK, ATTACK, ATTACK)], WORDING)
    kinds = {token.type for token in flatten(parse_markdown(markdown))}
    assert not kinds & {"html_block", "html_inline", "image", "link_open", "code_inline", "fence", "code_block"}
    for text in list_texts(plan):
        assert clean(text).rstrip(" .") in read_markdown(markdown)
    for kept in ("שלום עולם", "👩🏽‍🏫", "﷽", "longword" * 40):
        assert kept in wanted and kept in read_words(document)


WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24),
    st.text("=-+*_`~<>[]()!#|\\&$:;.{}\"' \n\t1aא\u202e\ufffe\x00", min_size=1, max_size=24),
    st.sampled_from(
        ["1. a", "- a", "# a", "> a", "a\n===", "---", "***", "[a]: b", "a|b\\|", "&#65;", "\ud800a", "\\"]
    ),
)


PLAIN = make_hostile("word"), [SharedLine("word", "word", "word")]


def list_styles(document: WordDocument) -> list[str | None]:
    return [one.style.name for one in read_paragraphs(document) if one.style is not None]


@cache
def list_plain_styles() -> list[str | None]:
    return list_styles(open_docx(*PLAIN))


@cache
def list_plain_outline() -> list[str]:
    return list_outline(parse_markdown(write_plan_markdown(*PLAIN, WORDING)))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_any_words_make_a_word_document_that_opens(words: str) -> None:
    assume(clean(words))
    plan, shared = make_hostile(words), [SharedLine(words, words, words)]
    data = make_docx(plan, shared)
    document = docx.Document(BytesIO(data))
    assert document.paragraphs[1].text == clean(words)
    assert list_links(data) == set()
    assert list_instructions(data) == {"PAGE", "NUMPAGES", r"NOTEREF noteN \f \h"}
    assert list_styles(document) == list_plain_styles()
    visit = open_docx(replace(plan, request=replace(plan.request, form="visit_prep")), shared)
    assert visit.paragraphs[1].text == clean(words) and len(visit.sections) == 1


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_any_words_stay_words_in_markdown(words: str) -> None:
    assume(clean(words))
    markdown = write_plan_markdown(make_hostile(words), [SharedLine(words, words, words)], WORDING)
    tokens = parse_markdown(markdown)
    assert list_outline(tokens) == list_plain_outline()
    title = next(token for token in tokens if token.type == "heading_open" and token.tag == "h1")
    shown = tokens[tokens.index(title) + 1].children or []
    assert "".join(child.content for child in shown) == clean(words)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/x", "//a.example", "http://",
        "https://[a", "https://a.example/a b", "mailto:a@b.example", "C:\\plan.docx", "", "Binder 3",
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_are_links(address: str) -> None:
    assert find_link(address) == ""
    plan = make_plan(grounding=(Grounding(DISTRIBUTED, Line("Why."), address=address),))
    assert list_links(make_docx(plan)) == set()
    assert "link_open" not in {token.type for token in flatten(parse_markdown(write_plan_markdown(plan, (), WORDING)))}


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_address_breaks_out_of_its_link(tail: str) -> None:
    address = f"https://a.example/{tail}"
    link = find_link(address)
    assume(link)
    plan = make_plan(grounding=(Grounding(DISTRIBUTED, Line("Why."), address=address),))
    assert list_links(make_docx(plan)) == {link}
    found = [
        token for token in flatten(parse_markdown(write_plan_markdown(plan, (), WORDING))) if token.type == "link_open"
    ]
    assert len(found) == 2 and all(str(token.attrGet("href")).startswith("https://a.example/") for token in found)


def test_from_right_to_left_where_the_first_letter_is() -> None:
    document = open_docx(make_plan(purpose=Line("שלום principals"), confidentiality="principals שלום"))
    bidi = {one.text: bool(one._p.findall(f".//{qn('w:bidi')}")) for one in document.paragraphs}
    assert bidi["שלום principals"] and not bidi["principals שלום"]
