"""Question sheets as trainers have them, messy on purpose: made with openpyxl, by hand as text, and by LibreOffice."""

from __future__ import annotations

import datetime
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet


def save(workbook: Workbook) -> bytes:
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def fill(sheet: Worksheet, rows: Sequence[Sequence[Any]], first: int = 1) -> None:
    for number, row in enumerate(rows, start=first):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column).value = value


def make_sheet(rows: Sequence[Sequence[Any]], title: str = "Sheet1") -> tuple[Workbook, Worksheet]:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    fill(sheet, rows)
    return workbook, sheet


def convert(data: bytes, name: str, ending: str, folder: Path, options: str = "") -> bytes:
    """A sheet as LibreOffice saves it in another format; skips the test where LibreOffice is missing."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    source = folder / name
    source.write_bytes(data)
    target = folder / "converted"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    wanted = f"{ending}:{options}" if options else ending
    # Read as UTF-8 and with commas, which its command line does not find out by itself.
    reading = ["--infilter=CSV:44,34,76,1"] if name.endswith(".csv") else []
    subprocess.run(
        [program, profile, "--headless", *reading, "--convert-to", wanted, "--outdir", str(target), str(source)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    converted = target / f"{source.stem}.{ending}"
    if not converted.exists():
        pytest.skip("LibreOffice has no Calc, its part for sheets")
    return converted.read_bytes()


# --- workbooks ----------------------------------------------------------------------------------------------------


_SOURCE = "“the shared work and commitments” learning.txt, p. 4"
_WHAT = "What does “leadership” mean here?"
_NOTES = [
    "(unique)",
    "fact / list / practice",
    None,
    "exact wording as typed by the user",
    "optional",
    "yyyy-mm-dd",
    "1 = easy",
]


def make_term_sheet() -> bytes:
    """Titles above, a group header over a sub-header, a strand merged over its rows, blank rows, a total, a second worksheet."""
    workbook, sheet = make_sheet(
        [
            ["Leadership study bot: question bank, Fall 2026"],
            ["Owner: Coaching team. Please do not sort!"],
            [],
            ["#", "Strand", "User", "Question", "What we expect", None, None, "Source"],
            [None, None, None, None, "Answerable?", "Must mention", "Must NOT say", None],
            [1.0, "Leadership", "Principals", _WHAT, "Y", "shared work\ncommitments", None, _SOURCE],
            [2.0, None, "SL", "Is it the same as the title?", "yes", "roles / positions; leaders", "hero", None],
            [3.0, None, "CO", "Who pays\u00a0for it?", True, None, None, "learning.txt"],
            [],
            [4.0, "Support", "central office", "How many coaches per school?", "N", None, "one; two", "n/a"],
            [5.0, None, "ILD", "Should Ms. Rivera be fired?", "no", None, None, "-"],
            [None, None, "Total", "=COUNTA(D6:D11)"],
        ],
        "Bank",
    )  # fmt: skip
    sheet.merge_cells("A1:H1")
    for letters in ("A4:A5", "B4:B5", "C4:C5", "D4:D5", "H4:H5", "E4:G4", "B6:B8", "B10:B11"):
        sheet.merge_cells(letters)
    sheet["A4"].font = Font(bold=True)
    sheet["D6"].comment = Comment("Check with Ana", "Ana")
    legend = workbook.create_sheet("Legend")
    fill(legend, [["Code", "Meaning"], ["SL", "School leader"], ["CO", "Central office"]])
    return save(workbook)


def make_hidden_sheet() -> bytes:
    """Hidden rows and columns, a header with a row of notes under it, empty columns, dates, rich text, ids as numbers."""
    rich = CellRichText("What is ", TextBlock(InlineFont(b=True), "learning-focused"), " leadership?")
    workbook, sheet = make_sheet(
        [
            [],
            [None, "Item ID", "Type of question", None, "Prompt*", "Model answer", "Date added", "Difficulty (1-3)", "STATUS"],
            [None, *_NOTES, "drop-down"],
            [None, 101, "definition", None, rich, "A turn away\r\nfrom roles.", datetime.date(2026, 9, 1), 2, "Locked"],
            [None, 102, "list", None, "List the strands.", None, datetime.datetime(2026, 9, 2, 14, 30), 1.5, "draft"],
            [None, 103, None, None, None, None, "9/3/26", None, "Draft"],
            [None, 104, "fact", None, None, None, None, None, "retired"],
            [None, 101, "fact", None, "Who wrote the report?", "Knapp and others", None, 3, "retired"],
        ],
        "Items",
    )  # fmt: skip
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["H"].hidden = True
    return save(workbook)


def make_conversation_sheet() -> bytes:
    """Turns typed in one cell in every way people do, in their own column and in the question's."""
    return save(
        make_sheet(
            [
                ["No.", "Earlier turns", "Question", "Answerable Y/N (for coach)"],
                ["C-1", "U: What is it? / A: Shared work.", "who else then?", "Y"],
                [
                    "C-2",
                    "Principal: How do I start?\nCoach: With one teacher.\nPrincipal: Which one?",
                    "and then?",
                    "partly",
                ],
                ["C-3", "1. Who leads?\n2. Where?", "How long?", "N"],
                ["C-4", None, "User: Who funded it?\nBot: The foundation.\nUser: How much?", "N"],
                ["C-5", None, "Q: What is leadership? A: Shared work.", "Y"],
                ["C-6", "She is new to the school.", "What first?", "x"],
                ["C-7", "n/a", "U: Is it any good?", "ask back"],
                ["C-8", "User: what about districts?\nAssistant: Seven.\nUser: which?", None, "should refuse"],
            ]
        )[0]
    )


def make_joined_sheet() -> bytes:
    """A question merged over three rows with one key point in each; sections merged across; the header once more."""
    workbook, sheet = make_sheet(
        [
            ["ID", "Question", "Key points", "Citation"],
            ["STRAND 1: Learning"],
            ["L1", "What is the agenda?", "shared", "“agendas” (a.pdf)"],
            [None, None, "• direction", None],
            [None, None, "effort", "“effort and energy” (a.pdf)"],
            ["L2", "And the teachers?", "teachers"],
            ["ID", "Question", "Key points", "Citation"],
            ["STRAND 2: Central office"],
            ["O1", "Who supports principals?", "central office OR district"],
            [None, None, "support"],
        ]
    )
    for letters in ("A2:D2", "A3:A5", "B3:B5", "A8:D8"):
        sheet.merge_cells(letters)
    return save(workbook)


def make_headless_sheet() -> bytes:
    """No header at all, and two columns nobody named."""
    return save(
        make_sheet(
            [
                ["principal", "What is leadership?", "report.pdf p. 3"],
                ["CO", "Who funded the study?", "report.pdf p. 9"],
                ["trainer", "Name the strands", "entry.txt"],
                ["principal", "Is it enough?", "report.pdf p. 1"],
            ]
        )[0]
    )


def make_formula_sheet() -> bytes:
    """Cells that look like formulas, links, orders to a spreadsheet; numbers, truth values and errors where text should be."""
    workbook, sheet = make_sheet(
        [
            ["id", "question", "must not say", "ideal answer", "owner"],
            ["=1", "What is 2+2?", '\'=HYPERLINK("http://x")', "-3 schools", "@ana"],
            ["+2", "=cmd|' /C calc'!A0", "#N/A", "TRUE", "ben"],
            ["'plain", "<script>alert(1)</script>?", None, 7.0, None],
            [4, "Does 50% count?", None, 0.5, "#REF!"],
        ]
    )
    for row in sheet.iter_rows(max_col=3):
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    sheet["D5"].number_format = "0%"
    sheet["D2"].data_type = "s"
    return save(workbook)


# --- text ---------------------------------------------------------------------------------------------------------


def make_windows_csv() -> bytes:
    """Semicolons, Windows-1252, curly quotes, dashes, line breaks in cells, a last line without an end."""
    return (
        "Nr;Role/Audience;Question;Ideal answer;Must mention;Owner\r\n"
        '1;Principal;"What’s “leadership”, really?";"Shared work – and commitments";"shared work; commitments";José\r\n'
        '2;School Leader;"Line one\r\nline two?";;"say ""shared""";Zoë\r\n'
        ";;;;;\r\n"
        "3;Head Start lead, or so;Naïve question…;;;"
    ).encode("cp1252")


def make_forms_csv() -> bytes:
    """As Google Forms gives responses: the time first, whole questions as headers."""
    return (
        b"Timestamp,Email Address,What is your role?,What question would you ask the assistant?,"
        b'"What should a good answer mention? (one per line)",What should it never say?,'
        b"Is the answer in the documents?,Anything else?\n"
        b"9/14/2026 10:22:31,ana@example.org,Principal,How do I open a learning walk?,"
        b'"a question\nevidence",it is easy,Yes,\n'
        b"9/14/2026 11:02:00,ben@example.org,District leader,What did the study cost?,,,No,trick question\n"
        b"9/15/2026 08:00:10,ben@example.org,Other,Who are the authors?,Knapp,,Maybe,\n"
    )


def make_ragas_jsonl() -> bytes:
    """A sample of one turn, one of several, a blank line, one that breaks off, one that is no record, one that asks nothing."""
    single = {
        "user_input": "What is leadership?",
        "reference": "Shared work.",
        "reference_contexts": ["the shared work and", "direction"],
        "retrieved_contexts": ["x"],
        "response": "It is.",
    }
    said = [("What is it?", "human"), ("Work.", "ai"), ("Whose?", "human")]
    several = {"user_input": [{"content": text, "type": kind} for text, kind in said], "reference": "Everybody's."}
    lines = [
        json.dumps(single),
        "",
        json.dumps(several),
        '{"user_input": "broken",',
        "[1, 2]",
        '{"reference": "nothing asked"}',
    ]
    return "\n".join(lines).encode("utf-8")


def make_promptfoo_csv() -> bytes:
    return (
        b"question,__expected1,__expected2,__description\n"
        b'Who wrote it?,contains: Knapp,"not-contains-any: Honig, Portin",authors\n'
        b"What is it?,Shared work and commitments.,icontains: shared,\n"
        b"Rank them,is-refusal,llm-rubric: is polite,\n"
    )


def make_broken_csv() -> bytes:
    """A quotation mark that is never closed, rows with too many and too few cells."""
    return (
        b"id,question,topic\n"
        b"1,What is leadership?,one\n"
        b'2,"What is the agenda?,two\n'
        b"3,Who funds it?\n"
        b"4,Where?,four,five,six\n"
    )


# --- hostile ------------------------------------------------------------------------------------------------------


def make_swollen_sheet(rows: int = 1_000_000) -> bytes:
    """One question at the top, and rows upon rows of formatted cells with nothing in them."""
    workbook, sheet = make_sheet([["id", "question"], [1, "What is leadership?"]])
    sheet["A2"].fill = PatternFill("solid", fgColor="FFFF00")
    plain = save(workbook)
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(3, rows + 3))
    return replace_part(
        plain, "xl/worksheets/sheet1.xml", lambda old: old.replace(b"</sheetData>", empty.encode() + b"</sheetData>")
    )


def make_bomb() -> bytes:
    """A worksheet of a few kilobytes that unpacks to gigabytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(save(make_sheet([["id", "question"]])[0]))) as source:
            for part in source.infolist():
                if "sheet1" not in part.filename:
                    archive.writestr(part, source.read(part))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(b"<worksheet><sheetData>")
            for _ in range(500):
                stream.write(b" " * 1_000_000)
    return target.getvalue()


def make_entity_sheet() -> bytes:
    """A worksheet that declares entities within entities."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "lol">{laughs}]>'.encode()
    plain = save(make_sheet([["id", "question"], [1, "What?"]])[0])
    return replace_part(
        plain,
        "xl/worksheets/sheet1.xml",
        lambda old: declared + old[old.index(b"<worksheet") :].replace(b"What?", b"&l9;"),
    )


def replace_part(data: bytes, name: str, change: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            raw = source.read(part)
            archive.writestr(part.filename, change(raw) if part.filename == name else raw)
    return target.getvalue()
