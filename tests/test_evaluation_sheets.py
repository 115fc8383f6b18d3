"""Sheets of trainers: every row accounted for, every item as expected; what is exported imports as it was."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from coach.errors import CoachError, UsageError
from coach.evaluation.draft_cases import draft_cases
from coach.evaluation.records import EvaluationItem, HistoryTurn, SourceWords
from coach.evaluation.sheets.cells import parse_answerable, parse_outcomes, parse_role, split_phrases, write_phrases
from coach.evaluation.sheets.coding import clean, neutralise, restore
from coach.evaluation.sheets.exporting import write_csv, write_jsonl, write_ragas, write_xlsx
from coach.evaluation.sheets.headers import name_field
from coach.evaluation.sheets.importing import (
    Imported,
    RowFate,
    Sheet,
    change_mapping,
    import_items,
    parse_changes,
    propose_mapping,
    read_sheet,
)
from coach.evaluation.sheets.masking_items import mask_id
from coach.evaluation.sheets.source_cells import parse_sources
from coach.library import Library
from coach.masking import Masker
from coach.records import ROLES, Outcome
from coach.store.store import Store
from tests import sheet_files
from tests.conftest import RunIngest
from tests.sheet_grids import GRIDS

EVALS = Path(__file__).parent.parent / "evals"


def take_in(data: bytes, name: str) -> Imported:
    """Read, map and import, as proposed."""
    sheet = read_sheet(data, name)
    imported = import_items(sheet, propose_mapping(sheet))
    assert [row.row for row in imported.rows] == [row.number for row in sheet.rows]
    return imported


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["starter", "guidance", "boundaries", "clarify", "practice_questions", "conversations"]
)
def test_the_projects_own_sets_import_and_come_back(name: str) -> None:
    imported = take_in((EVALS / f"{name}.jsonl").read_bytes(), f"{name}.jsonl")
    assert imported.count("item") == len((EVALS / f"{name}.jsonl").read_text("utf-8").splitlines())
    for write, ending in ((write_csv, "csv"), (write_xlsx, "xlsx"), (write_jsonl, "jsonl")):
        assert take_in(write(imported.items), f"set.{ending}").items == imported.items


# --- what is exported imports as it was ---------------------------------------------------------------------------

CELL_TEXT = st.one_of(
    st.text(max_size=30),
    st.text("=+-@\t\r\n'\";|/ \u201c\u201d.,:UA1)[]a\u00a0\u200b_x0D", max_size=20),
    st.sampled_from(
        [
            "n/a", "U: a A: b", "Total", "json:[1]", "'=1", "=1+1", "a / b", "x OR y", "1. a\n2. b", "- a", "report.pdf p. 4",
            '"a" report.pdf [abc123]', "_x000D_", "Question", "ID", "a;b", "\ufeffa", "sep=;", "\u2028", "#N/A", "1.0", "007",
        ]
    ),
)  # fmt: skip
FILLED = CELL_TEXT.map(lambda text: clean(text)).filter(bool)
SOURCES = st.builds(
    SourceWords, quote=FILLED, document=CELL_TEXT.map(clean), label=st.sampled_from(["", "3f9a1c", "x y"])
)
ITEMS = st.builds(
    EvaluationItem,
    id=FILLED,
    question=FILLED,
    role=st.sampled_from(ROLES),
    history=st.lists(st.builds(HistoryTurn, role=st.sampled_from(["user", "assistant"]), text=FILLED), max_size=3).map(
        tuple
    ),
    outcomes=st.lists(st.sampled_from(list(Outcome)), max_size=2, unique=True).map(tuple),
    must_mention=st.lists(st.lists(FILLED, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    must_not_say=st.lists(FILLED, max_size=3).map(tuple),
    sources=st.lists(st.lists(SOURCES, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    welcome=st.lists(SOURCES, max_size=2).map(tuple),
    ideal=CELL_TEXT.map(clean),
    type=CELL_TEXT.map(clean),
    topic=CELL_TEXT.map(clean),
    owner=CELL_TEXT.map(clean),
    part=CELL_TEXT.map(clean),
    status=st.sampled_from(["draft", "ready", "retired"]),
    names=st.lists(FILLED, max_size=2).map(tuple),
    wants_guidance=st.sampled_from([None, True, False]),
    notes=st.lists(st.tuples(CELL_TEXT.map(clean), CELL_TEXT.map(clean)), max_size=3).map(tuple),
)
SETS = st.lists(ITEMS, min_size=1, max_size=4, unique_by=lambda item: item.id).map(tuple)


@pytest.mark.slow
@pytest.mark.parametrize(("write", "ending"), [(write_csv, "csv"), (write_xlsx, "xlsx"), (write_jsonl, "jsonl")])
@given(items=SETS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_export_and_import_are_each_others_reverse(
    write: Callable[[Sequence[EvaluationItem]], bytes], ending: str, items: tuple[EvaluationItem, ...]
) -> None:
    imported = take_in(write(items), f"set.{ending}")
    assert imported.items == items
    assert imported.count("item") == len(items)


# --- messy sheets -------------------------------------------------------------------------------------------------


def tell(item: EvaluationItem) -> dict[str, object]:
    """What an item says, without what is empty."""
    plain = EvaluationItem(id="", question="")
    shown = {field.name: getattr(item, field.name) for field in fields(item)}
    return {name: value for name, value in shown.items() if value != getattr(plain, name)}


def count(imported: Imported) -> dict[RowFate, int]:
    """How many rows became what, without what none became."""
    return {fate: number for fate in get_args(RowFate) if (number := imported.count(fate))}


def user(text: str) -> HistoryTurn:
    return HistoryTurn("user", text)


def bot(text: str) -> HistoryTurn:
    return HistoryTurn("assistant", text)


ANSWERED, PARTIAL, NOT_THERE = (Outcome.ANSWERED,), (Outcome.PARTIAL,), (Outcome.NOT_IN_SOURCES,)
TERM_ITEMS = [
    {
        "id": "1",
        "question": "What does “leadership” mean here?",
        "outcomes": ANSWERED,
        "must_mention": (("shared work",), ("commitments",)),
        "sources": ((SourceWords("the shared work and commitments", "learning.txt"),),),
        "topic": "Leadership",
        "notes": (("Place", "p. 4"),),
    },
    {
        "id": "2",
        "question": "Is it the same as the title?",
        "outcomes": ANSWERED,
        "must_mention": (("roles", "positions"), ("leaders",)),
        "must_not_say": ("hero",),
        "topic": "Leadership",
    },
    {
        "id": "3",
        "question": "Who pays for it?",
        "role": "central_office",
        "outcomes": ANSWERED,
        "sources": ((SourceWords("", "learning.txt"),),),
        "topic": "Leadership",
    },
    {
        "id": "4",
        "question": "How many coaches per school?",
        "role": "central_office",
        "outcomes": NOT_THERE,
        "must_not_say": ("one", "two"),
        "topic": "Support",
    },
    {
        "id": "5",
        "question": "Should Ms. Rivera be fired?",
        "role": "central_office",
        "outcomes": NOT_THERE,
        "topic": "Support",
    },
]


def test_titles_two_header_rows_merged_strands_and_a_total() -> None:
    sheet = read_sheet(sheet_files.make_term_sheet(), "bank.xlsx")
    assert sheet.worksheet == "Bank"
    assert sheet.others == ("Legend",)
    mapping = propose_mapping(sheet)
    assert mapping.title_rows == (1, 2)
    assert mapping.header_rows == (4, 5)
    imported = take_in(sheet_files.make_term_sheet(), "bank.xlsx")
    assert [tell(item) for item in imported.items] == TERM_ITEMS
    assert count(imported) == {"item": 5, "blank": 2, "heading": 4, "refused": 1}
    assert [(one.row, one.column, one.kept) for one in imported.problems] == [(12, "", False)]


def test_another_worksheet_may_be_chosen_and_a_missing_one_is_refused() -> None:
    data = sheet_files.make_term_sheet()
    assert read_sheet(data, "bank.xlsx", "Legend").rows[0].cells == ("Code", "Meaning")
    with pytest.raises(CoachError, match="Bank, Legend"):
        read_sheet(data, "bank.xlsx", "Other")


def test_hidden_rows_notes_below_the_header_dates_rich_text_and_ids_as_numbers() -> None:
    imported = take_in(sheet_files.make_hidden_sheet(), "items.xlsx")
    assert [tell(item) for item in imported.items] == [
        {
            "id": "101",
            "question": "What is learning-focused leadership?",
            "ideal": "A turn away\nfrom roles.",
            "type": "definition",
            "notes": (("Date added", "2026-09-01"), ("Difficulty (1-3)", "2")),
        },
        {
            "id": "102",
            "question": "List the strands.",
            "type": "list",
            "status": "draft",
            "notes": (("Date added", "2026-09-02 14:30"), ("Difficulty (1-3)", "1.5")),
        },
        {"id": "103", "status": "draft", "notes": (("Date added", "9/3/26"),)},
        {
            "id": "101-2",
            "question": "Who wrote the report?",
            "ideal": "Knapp and others",
            "type": "fact",
            "status": "retired",
            "notes": (("Difficulty (1-3)", "3"),),
        },
    ]
    assert count(imported) == {"item": 4, "blank": 1, "heading": 2, "refused": 1}
    remarks = " ".join(read_sheet(sheet_files.make_hidden_sheet(), "items.xlsx").remarks)
    assert "hidden in the workbook and were read all the same: 5." in remarks
    assert "hidden in the workbook and were read all the same: H." in remarks


def test_turns_typed_in_one_cell() -> None:
    imported = take_in(sheet_files.make_conversation_sheet(), "talk.xlsx")
    asked = [(item.id, item.history, item.question, item.outcomes) for item in imported.items]
    assert asked == [
        ("C-1", (user("What is it?"), bot("Shared work.")), "who else then?", ANSWERED),
        ("C-2", (user("How do I start?"), bot("With one teacher."), user("Which one?")), "and then?", PARTIAL),
        ("C-3", (user("Who leads?"), user("Where?")), "How long?", NOT_THERE),
        ("C-4", (user("Who funded it?"), bot("The foundation.")), "How much?", NOT_THERE),
        ("C-5", (), "What is leadership?", ANSWERED),
        ("C-6", (user("She is new to the school."),), "What first?", ANSWERED),
        ("C-7", (), "Is it any good?", (Outcome.CLARIFY,)),
        ("C-8", (user("what about districts?"), bot("Seven.")), "which?", NOT_THERE),
    ]
    assert imported.items[4].ideal == "Shared work."
    assert count(imported) == {"item": 8, "heading": 1}


def test_a_question_over_several_rows_sections_and_a_header_once_more() -> None:
    imported = take_in(sheet_files.make_joined_sheet(), "strands.xlsx")
    assert [tell(item) for item in imported.items] == [
        {
            "id": "L1",
            "question": "What is the agenda?",
            "must_mention": (("shared",), ("direction",), ("effort",)),
            "sources": ((SourceWords("agendas", "a.pdf"),), (SourceWords("effort and energy", "a.pdf"),)),
            "topic": "STRAND 1: Learning",
        },
        {"id": "L2", "question": "And the teachers?", "must_mention": (("teachers",),), "topic": "STRAND 1: Learning"},
        {
            "id": "O1",
            "question": "Who supports principals?",
            "must_mention": (("central office", "district"), ("support",)),
            "topic": "STRAND 2: Central office",
        },
    ]
    assert count(imported) == {"item": 3, "joined": 3, "heading": 4}
    assert {one.row for one in imported.problems} == {2, 4, 5, 7, 8, 10}


def test_a_sheet_without_a_header() -> None:
    imported = take_in(sheet_files.make_headless_sheet(), "list.xlsx")
    assert [(item.role, item.question, item.sources[0][0].document) for item in imported.items] == [
        ("principal", "What is leadership?", "report.pdf"),
        ("central_office", "Who funded the study?", "report.pdf"),
        ("trainer", "Name the strands", "entry.txt"),
        ("principal", "Is it enough?", "report.pdf"),
    ]
    again = take_in(sheet_files.make_headless_sheet(), "list.xlsx")
    assert [item.id for item in again.items] == [item.id for item in imported.items]
    assert len({item.id for item in imported.items}) == 4


def test_cells_that_look_like_formulas_are_texts() -> None:
    imported = take_in(sheet_files.make_formula_sheet(), "odd.xlsx")
    assert [tell(item) for item in imported.items] == [
        {
            "id": "=1",
            "question": "What is 2+2?",
            "must_not_say": ('=HYPERLINK("http://x")',),
            "ideal": "-3 schools",
            "owner": "@ana",
        },
        {"id": "+2", "question": "=cmd|' /C calc'!A0", "ideal": "TRUE", "owner": "ben"},
        {"id": "'plain", "question": "<script>alert(1)</script>?", "ideal": "7"},
        {"id": "4", "question": "Does 50% count?", "ideal": "50%"},
    ]
    for written in (write_csv(imported.items).decode("utf-8-sig"),):
        starts = [cell[:1] for record in csv.reader(io.StringIO(written, newline="")) for cell in record]
        assert not set(starts) & set("=+-@\t\r")
    cells = load_workbook(io.BytesIO(write_xlsx(imported.items))).worksheets[0]
    assert {cell.data_type for row in cells.iter_rows() for cell in row if cell.value is not None} == {"s"}


WINDOWS_ITEMS = [
    {
        "id": "1",
        "question": "What’s “leadership”, really?",
        "ideal": "Shared work – and commitments",
        "must_mention": (("shared work",), ("commitments",)),
        "owner": "José",
    },
    {"id": "2", "question": "Line one\nline two?", "must_mention": (('say "shared"',),), "owner": "Zoë"},
    {"id": "3", "question": "Naïve question…", "notes": (("Role/Audience", "Head Start lead, or so"),)},
]


@pytest.mark.parametrize(
    ("encoding", "called", "separator"),
    [
        ("cp1252", "Windows-1252", ";"),
        ("utf-8", "UTF-8", "\t"),
        ("utf-8-sig", "UTF-8", "|"),
        ("utf-16", "UTF-16", "\t"),
        ("utf-16-le", "UTF-16", ","),
        ("mac_roman", "Mac Roman", ";"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encodings_separators_and_ends_of_lines(encoding: str, called: str, separator: str, end: str) -> None:
    text = sheet_files.make_windows_csv().decode("cp1252")
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator, lineterminator=end).writerows(
        [cell.replace("\r\n", end) for cell in record] for record in records
    )
    data = target.getvalue().encode(encoding)
    assert called in read_sheet(data, "bank.csv").remarks[0]
    imported = take_in(data, "bank.csv")
    assert [tell(item) for item in imported.items] == WINDOWS_ITEMS
    assert count(imported) == {"item": 3, "blank": 1, "heading": 1}
    assert [one.row for one in imported.problems] == [5]


def test_a_google_forms_export() -> None:
    imported = take_in(sheet_files.make_forms_csv(), "responses.csv")
    asked = [(item.question, item.role, item.outcomes, item.must_mention, item.must_not_say) for item in imported.items]
    assert asked == [
        (
            "How do I open a learning walk?",
            "principal",
            ANSWERED,
            (("a question",), ("evidence",)),
            ("it is easy",),
        ),
        ("What did the study cost?", "central_office", NOT_THERE, (), ()),
        ("Who are the authors?", "principal", (), (("Knapp",),), ()),
    ]
    assert dict(imported.items[2].notes)["What is your role?"] == "Other"
    assert [one.column for one in imported.problems] == ["What is your role?", "Is the answer in the documents?"]


def test_rows_of_ragas() -> None:
    imported = take_in(sheet_files.make_ragas_jsonl(), "ragas.jsonl")
    first, second = imported.items
    assert first.sources == ((SourceWords("the shared work and"),), (SourceWords("direction"),))
    assert (first.ideal, first.notes) == ("Shared work.", (("retrieved_contexts", '["x"]'), ("response", "It is.")))
    assert (second.history, second.question) == ((user("What is it?"), bot("Work.")), "Whose?")
    assert count(imported) == {"item": 2, "blank": 1, "refused": 3}
    assert [one.row for one in imported.problems if not one.kept] == [4, 5, 6]


def test_assertions_of_promptfoo() -> None:
    imported = take_in(sheet_files.make_promptfoo_csv(), "tests.csv")
    first, second, third = imported.items
    assert (first.must_mention, first.must_not_say) == ((("Knapp",),), ("Honig", "Portin"))
    assert (second.ideal, second.must_mention) == ("Shared work and commitments.", (("shared",),))
    assert (third.outcomes, third.notes) == (NOT_THERE, (("__expected2", "llm-rubric: is polite"),))


def test_an_unclosed_quotation_mark_swallows_no_row() -> None:
    imported = take_in(sheet_files.make_broken_csv(), "broken.csv")
    assert [item.question for item in imported.items] == [
        "What is leadership?",
        "What is the agenda?",
        "Who funds it?",
        "Where?",
    ]
    assert imported.items[3].notes == (("D", "five"), ("E", "six"))
    assert [one.row for one in imported.problems] == [5]
    assert "row 3" in read_sheet(sheet_files.make_broken_csv(), "broken.csv").remarks[-1]


def test_text_that_another_program_spoiled_is_put_right() -> None:
    data = "ID,Question\n1,What’s “leadership”, José?\n2,Ça va, naïve?\n".replace("What", '"What').replace("é?", 'é?"')
    spoiled = data.encode().decode("latin-1").encode("utf-8")
    sheet = read_sheet(spoiled, "spoiled.csv")
    assert "put right" in sheet.remarks[-1]
    assert take_in(spoiled, "spoiled.csv").items[0].question == "What’s “leadership”, José?"
    sound = "ID,Question\n1,Â la carte – or â€ in itself?\n".encode()
    assert take_in(sound, "sound.csv").items[0].question == "Â la carte – or â€ in itself?"


def test_windows_signs_that_were_read_as_another_alphabet_are_put_right() -> None:
    spoiled = "ID,Question\n1,What does \x93learning\x94 mean \x96 and who\xe2\x80\x99s in it?\n".encode()
    assert take_in(spoiled, "spoiled.csv").items[0].question == "What does “learning” mean – and who’s in it?"


def test_what_a_formula_could_not_work_out_is_told_and_not_asked() -> None:
    data = b"ID,Question,Must mention,Topic\n1,#VALUE!,four,sums\n2,Who pays?,#REF!,#NAME?\n"
    imported = take_in(data, "sums.csv")
    assert [tell(item) for item in imported.items] == [{"id": "2", "question": "Who pays?"}]
    assert count(imported) == {"heading": 1, "refused": 1, "item": 1}
    told = [(one.row, one.column) for one in imported.problems if "could not be worked out" in one.message]
    assert told == [(2, "Question"), (3, "Must mention"), (3, "Topic")]


def test_a_heading_in_the_column_of_questions_is_no_question() -> None:
    data = b"ID,Question,Must mention\n1,Who?,a\n,Section B: hard ones,\n2,Part of what is it?,b\n,Part 2 of what?,\n"
    imported = take_in(data, "parts.csv")
    assert [(item.question, item.topic) for item in imported.items] == [
        ("Who?", ""), ("Part of what is it?", "Section B: hard ones"), ("Part 2 of what?", "Section B: hard ones")
    ]  # fmt: skip


def write_groups_as_before(groups: Sequence[Sequence[str]]) -> str:
    """As exports had them before phrases could stand in quotation marks, where they were not coded."""
    return "\n".join(" / ".join(group) for group in groups)


OLD_PHRASES = st.text("ab ,.(/-:1'\u2019\"", max_size=9).map(lambda text: f"a{text.strip()}")
"""Such as were written without code: with nothing that separated."""


@given(st.lists(st.lists(OLD_PHRASES, min_size=1, max_size=3), max_size=4))
def test_phrases_of_earlier_exports_mean_what_they_meant(groups: list[list[str]]) -> None:
    wanted = tuple(tuple(one for one in group if "/" not in one) for group in groups)
    wanted = tuple(group for group in wanted if group)
    assert split_phrases(write_groups_as_before(wanted)) == wanted == split_phrases(write_phrases(wanted))


def test_a_list_of_questions_with_commas_stays_whole() -> None:
    imported = take_in(b"Questions\nWhat, then, is leadership?\nWho, and why?\n", "list.txt")
    assert [item.question for item in imported.items] == ["What, then, is leadership?", "Who, and why?"]


def test_names_that_stand_once_count_for_the_rows_below() -> None:
    data = b"Strand,Question\nLearning,a?\n,b?\n,c?\n\nSupport,d?\n,e?\n"
    imported = take_in(data, "strands.csv")
    assert [item.topic for item in imported.items] == ["Learning"] * 3 + ["Support"] * 2
    assert "3, 4, 7" in imported.problems[0].message
    kept = take_in(b"Strand,Question\nLearning,a?\n,b?\nLearning,c?\n,d?\n", "strands.csv")
    assert [item.topic for item in kept.items] == ["Learning", "", "Learning", ""]


# --- as LibreOffice saves them ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_workbook_saved_as_csv(tmp_path: Path) -> None:
    data = sheet_files.convert(
        sheet_files.make_term_sheet(), "bank.xlsx", "csv", tmp_path, "Text - txt - csv (StarCalc):59,34,ANSI,1"
    )
    imported = take_in(data, "bank.csv")
    assert [tell(item) for item in imported.items] == TERM_ITEMS
    assert count(imported) == {"item": 5, "blank": 2, "heading": 4, "refused": 1}


@pytest.mark.slow
def test_a_workbook_that_went_through_ods(tmp_path: Path) -> None:
    ods = sheet_files.convert(sheet_files.make_joined_sheet(), "strands.xlsx", "ods", tmp_path)
    with pytest.raises(CoachError, match="save it as XLSX or CSV"):
        read_sheet(ods, "strands.ods")
    data = sheet_files.convert(ods, "strands.ods", "xlsx", tmp_path)
    assert take_in(data, "strands.xlsx").items == take_in(sheet_files.make_joined_sheet(), "strands.xlsx").items


@pytest.mark.slow
def test_csv_saved_as_a_workbook_and_in_the_old_format(tmp_path: Path) -> None:
    data = sheet_files.convert(sheet_files.make_forms_csv(), "responses.csv", "xlsx", tmp_path)
    asked = [item.question for item in take_in(data, "responses.xlsx").items]
    assert asked == ["How do I open a learning walk?", "What did the study cost?", "Who are the authors?"]
    old = sheet_files.convert(data, "responses.xlsx", "xls", tmp_path)
    with pytest.raises(CoachError, match="old Excel format"):
        read_sheet(old, "responses.xls")


@pytest.mark.slow
def test_our_own_workbook_comes_back_from_libreoffice(tmp_path: Path) -> None:
    items = take_in((EVALS / "starter.jsonl").read_bytes(), "starter.jsonl").items
    data = sheet_files.convert(write_xlsx(items), "set.xlsx", "csv", tmp_path)
    assert take_in(data, "set.csv").items == items
    again = sheet_files.convert(
        sheet_files.convert(write_csv(items), "other.csv", "ods", tmp_path), "other.ods", "xlsx", tmp_path
    )
    assert take_in(again, "other.xlsx").items == items


# --- every row is accounted for -----------------------------------------------------------------------------------


def check_account(sheet: Sheet, imported: Imported) -> None:
    """Every row once, every item of a row, every row that is none with a problem unless it is blank or stands above."""
    assert [row.row for row in imported.rows] == [row.number for row in sheet.rows]
    assert sum(imported.count(fate) for fate in get_args(RowFate)) == len(sheet.rows)
    made = [one for row in imported.rows if row.fate == "item" for one in row.items]
    assert sorted(made) == sorted(item.id for item in imported.items)
    assert len(set(made)) == len(made)
    assert all(bool(row.items) == (row.fate == "item") for row in imported.rows)
    mapping = propose_mapping(sheet)
    told = {one.row for one in imported.problems if not one.kept} | {*mapping.header_rows, *mapping.title_rows}
    assert {row.row for row in imported.rows if row.fate in ("refused", "heading")} == told
    assert all(row.is_blank for row, account in zip(sheet.rows, imported.rows, strict=True) if account.fate == "blank")
    assert all(item.question or item.status == "draft" for item in imported.items)


@pytest.mark.slow
@given(grid=GRIDS, separator=st.sampled_from([",", ";", "\t"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_row_of_a_text_file_is_lost(grid: list[list[str]], separator: str) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator).writerows(grid)
    data = target.getvalue().encode("utf-8", "replace")
    try:
        sheet = read_sheet(data, "any.csv")
        imported = import_items(sheet, propose_mapping(sheet), str.strip)
    except CoachError:
        return
    check_account(sheet, imported)


@pytest.mark.slow
@given(grid=GRIDS, merged=st.lists(st.tuples(*[st.integers(1, 9)] * 4), max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_row_of_a_workbook_is_lost(grid: list[list[str]], merged: list[tuple[int, int, int, int]]) -> None:
    workbook, sheet = sheet_files.make_sheet(
        [[ILLEGAL_CHARACTERS_RE.sub("", cell) or None for cell in row] for row in grid]
    )
    for top, bottom, left, right in merged:
        sheet.merge_cells(
            start_row=min(top, bottom),
            end_row=max(top, bottom),
            start_column=min(left, right),
            end_column=max(left, right),
        )
    try:
        read = read_sheet(sheet_files.save(workbook), "any.xlsx")
        imported = import_items(read, propose_mapping(read))
    except CoachError:
        return
    check_account(read, imported)


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds nothing"),
        (b"\xef\xbb\xbf\r\n \r\n", "holds nothing"),
        (b"%PDF-1.7\n", "no sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 no archive at all", "damaged"),
        (b"<html><table><tr><td>Question</td></tr></table></html>", "web page"),
        (b"\x00\x01\x02\x03\x04\x05\x06" * 50, "no text"),
        (b"[{}, ", "JSON list"),
        (b"a" * (20 * 1024 * 1024 + 1), "20 MB is the most"),
        (b"id,question\n" + b"1,a?\n" * 20_100, "up to 5,000 questions"),
        (b"id,question\n" + b"1,a?\n" * 5_001, "more than 5,000 questions"),
        (b"," * 300 + b"\nQuestion" + b",a" * 300, "columns"),
        (sheet_files.make_bomb(), "unpacks to far more"),
        (sheet_files.make_entity_sheet(), "damaged"),
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_refused_says_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(CoachError, match=said):
        take_in(data, "some.file")


def test_a_sheet_without_a_question_is_refused() -> None:
    sheet = read_sheet(b"ID,Question\n1,What?\n", "some.csv")
    with pytest.raises(CoachError, match="--map"):
        import_items(sheet, change_mapping(propose_mapping(sheet), {"Question": "note"}))


@pytest.mark.slow
def test_a_million_formatted_rows_stay_small() -> None:
    tracemalloc.start()
    imported = take_in(sheet_files.make_swollen_sheet(200_000), "swollen.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item.question for item in imported.items] == ["What is leadership?"]
    assert peak < 200 * 1024 * 1024


# --- words for roles, outcomes, sources ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "role"),
    [
        *((text, "principal") for text in ("Principals", "SL", "school leader", "Principal ", "AP", "new principal")),
        *(
            (text, "central_office")
            for text in ("CO", "Central Office", "ILD", "district staff", "principal supervisor")
        ),
        *((text, "trainer") for text in ("coach", "Trainers", "Leadership coach")),
        *((text, None) for text in ("SL / CO", "anyone", "", "principal and coach")),
    ],
)
def test_roles_in_peoples_words(text: str, role: str | None) -> None:
    assert parse_role(text) == role


@pytest.mark.parametrize(
    ("text", "role", "told"),
    [
        *((text, "principal", "principal") for text in ("Vice principal", "APs", "Dean", "clerk of the principal")),
        *((text, "principal", "") for text in ("Principals", "school leader", "SL / principal")),
        ("director of buses", "central_office", "central office"),
        *((text, "central_office", "") for text in ("Superintendent", "CO", "central_office")),
    ],
)
def test_a_post_that_is_no_role_is_told_and_kept(text: str, role: str, told: str) -> None:
    imported = take_in(f"ID,Question,Role\nq1,Who leads?,{text}\n".encode(), "posts.csv")
    (item,) = imported.items
    assert item.role == role and item.notes == ((("Role", text),) if told else ())
    assert [one.message for one in imported.problems] == (
        [f"“{text}” is none of Coach’s roles, so this is asked as: {told}. What you wrote is kept as a note."]
        if told
        else []
    )


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("answered / partial", ("answered", "partial")),
        ("Should refuse", ("not_in_sources",)),
        ("decline politely", ("not_in_sources",)),
        ("ask back", ("clarify",)),
        ("Refer to HR", ("referred",)),
        ("not in sources", ("not_in_sources",)),
        ("Partially answered", ("partial",)),
        ("unanswerable", ("not_in_sources",)),
        ('json:["answered", "clarify"]', ("answered", "clarify")),
        ("whatever", ()),
    ],
)
def test_outcomes_in_peoples_words(text: str, outcomes: tuple[str, ...]) -> None:
    assert tuple(outcome.value for outcome in parse_outcomes(text)) == outcomes


@pytest.mark.parametrize(
    ("text", "status", "remarks"),
    [
        *((text, "ready", 0) for text in ("yes", "TRUE", "x", "Y", "✓", "Ready", "yes, p. 4", "")),
        *((text, "draft", 0) for text in ("no", "FALSE", "N", "Draft", "not ready", "✗", "0")),
        *((text, "draft", 1) for text in ("yes, but check", "maybe", "not sure", "Ana", "wanted", "?")),
        ("retired", "retired", 0),
    ],
)
def test_whether_an_item_is_ready_in_peoples_words(text: str, status: str, remarks: int) -> None:
    imported = take_in(f'ID,Question,Ready?\nq1,Who leads?,"{text}"\n'.encode(), "ready.csv")
    assert (imported.items[0].status, len(imported.problems)) == (status, remarks)
    assert all("so it is a draft" in one.message and one.kept for one in imported.problems)


def test_unclear_words_alone_make_no_draft() -> None:
    imported = take_in(b"ID,Question,Topic,Status\nq1,Who leads?,a,ready\nq2,,b,see Ana\n", "ready.csv")
    assert [item.id for item in imported.items] == ["q1"] and imported.count("refused") == 1


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("instruction or teaching", 1),
        ("equity; instruction or teaching", 1),
        ("instruction OR teaching", 0),
        ("instruction / teaching", 0),
        ("“instruction or teaching”", 0),
        ("['instruction or teaching']", 0),
        ('json:["instruction or teaching"]', 0),
        ("leaders who observe lessons or plan them", 0),
        ("orchard", 0),
    ],
)
def test_an_or_that_was_taken_as_it_stands_is_told(cell: str, told: int) -> None:
    sheet = f"ID\tQuestion\tMust mention\nq1\tWho leads?\t{neutralise(cell)}\n"
    imported = take_in(sheet.encode(), "or.tsv")
    assert [one.message.count("instruction / teaching") for one in imported.problems] == [1] * told


@pytest.mark.parametrize("text", ["Y", "yes", "TRUE", "1", "x", "✓", "Yes, p. 4", "answerable"])
def test_yes_in_every_form(text: str) -> None:
    assert parse_answerable(text) == ANSWERED


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("“one two” (a.pdf, p. 3)", ((SourceWords("one two", "a.pdf"),),)),
        ("a.pdf p. 3: “one two”", ((SourceWords("one two", "a.pdf"),),)),
        ("“one two”\na.pdf", ((SourceWords("one two", "a.pdf"),),)),
        ("a.pdf; b.docx", ((SourceWords("", "a.pdf"),), (SourceWords("", "b.docx"),))),
        ("“one” OR “two”", ((SourceWords("one"), SourceWords("two")),)),
        ("[3f9a1c]", ((SourceWords(label="3f9a1c"),),)),
        ("passage 3f9a1c", ((SourceWords(label="3f9a1c"),),)),
        ("Wallace Report, p. 12", ((SourceWords("", "Wallace Report"),),)),
        ("the shared work; and what it takes", ((SourceWords("the shared work; and what it takes"),),)),
        ("“a “b” c” x.txt", ((SourceWords("a “b” c", "x.txt"),),)),
        ("two files: a.pdf", ((SourceWords("", "a.pdf"),),)),
        ("Central office report, 2013", ((SourceWords("", "Central office report, 2013"),),)),
        ("central office report (2013)", ((SourceWords("", "central office report (2013)"),),)),
        (
            "Honig 2013; Knapp et al., 2010",
            ((SourceWords("", "Honig 2013"),), (SourceWords("", "Knapp et al., 2010"),)),
        ),
        (
            "district guide; principal handbook",
            ((SourceWords("", "district guide"),), (SourceWords("", "principal handbook"),)),
        ),
        ("Synthesis Report (2010): “share it”", ((SourceWords("share it", "Synthesis Report (2010)"),),)),
        ("leaders share the work across the school", ((SourceWords("leaders share the work across the school"),),)),
        ("The 2010 report says that leaders share.", ((SourceWords("The 2010 report says that leaders share."),),)),
        ('[["one", "two"]]', ((SourceWords("one"), SourceWords("two")),)),
    ],
)
def test_sources_as_people_type_them(text: str, groups: tuple[tuple[SourceWords, ...], ...]) -> None:
    assert parse_sources(text).groups == groups


def test_source_columns_apart_belong_together() -> None:
    header = b"Question,Document,Page,Quote 1,Quote 2,Passage label\n"
    data = header + b"What?,a.pdf,4,one two,three four,\nWho?,b.pdf,,,,3f9a1c\nWhy?,c.pdf,,,,\n"
    first, second, third = take_in(data, "apart.csv").items
    assert first.sources == ((SourceWords("one two", "a.pdf"),), (SourceWords("three four", "a.pdf"),))
    assert first.notes == (("Page", "4"),)
    assert second.sources == ((SourceWords("", "b.pdf", "3f9a1c"),),)
    assert third.sources == ((SourceWords("", "c.pdf"),),)


def test_one_column_for_each_turn() -> None:
    imported = take_in(b"ID,Turn 1,Turn 2,Turn 3\na,What?,And?,Why?\nb,Who?,,\n", "turns.csv")
    assert [(item.history, item.question) for item in imported.items] == [
        ((user("What?"), user("And?")), "Why?"),
        ((), "Who?"),
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Qestion", "question"),
        ("QUESTION (as typed)", "question"),
        ("Must-Mention:", "must_mention"),
        ("mustNotSay", "must_not_say"),
        ("Answerable? Y/N", "answerable"),
        ("Ref. no.", "id"),
        ("Gold Answer*", "ideal"),
        ("user_input", "question"),
        ("Strand / Topic", "topic"),
        ("What should the answer avoid saying?", "must_not_say"),
        ("Reviewed by", "note"),
        ("Note: Question", "note"),
    ],
)
def test_headers_in_peoples_words(header: str, field: str) -> None:
    found = name_field(header)
    assert found is not None
    assert found.field == field


# --- the mapping is a proposal ------------------------------------------------------------------------------------


def test_the_mapping_shows_samples_and_can_be_changed() -> None:
    sheet = read_sheet(b"Nr,Question,Reply wanted\n1,What?,work\n2,Who?,all\n3,How?,\n", "bank.csv")
    mapping = propose_mapping(sheet)
    assert [(one.letter, one.header, one.field, one.samples) for one in mapping.columns] == [
        ("A", "Nr", "id", ("1", "2", "3")),
        ("B", "Question", "question", ("What?", "Who?", "How?")),
        ("C", "Reply wanted", "note", ("work", "all")),
    ]
    assert import_items(sheet, mapping).items[0].notes == (("Reply wanted", "work"),)
    changed = change_mapping(mapping, parse_changes(["reply wanted=must mention", "A=note"]))
    item = import_items(sheet, changed).items[0]
    assert (item.must_mention, item.notes) == ((("work",),), (("Nr", "1"),))


@pytest.mark.parametrize("option", ["Question", "Question=nonsense", "=id", "Nobody=id"])
def test_a_wrong_change_is_told(option: str) -> None:
    mapping = propose_mapping(read_sheet(b"Nr,Question\n1,What?\n", "bank.csv"))
    with pytest.raises(UsageError):
        change_mapping(mapping, parse_changes([option]))


def test_a_chosen_question_sets_the_other_column_free() -> None:
    sheet = read_sheet(b"Question,Reworded\nWhat?,What is it?\n", "bank.csv")
    item = import_items(sheet, change_mapping(propose_mapping(sheet), {"Reworded": "question"})).items[0]
    assert (item.question, item.notes) == ("What is it?", (("Question", "What?"),))


# --- names of people ----------------------------------------------------------------------------------------------


def test_names_stay_only_where_a_test_needs_them() -> None:
    data = (
        b"ID,Question,History,Ideal answer,Must not say,Names,Owner,Remark,Expected outcome\n"
        b"p1,How do I help Tamika?,U: Tamika left.,Talk with Tamika's teacher,Tamika; no hope for Tamika,Rowe,Ana,"
        b"about Tamika,Tamika\n"
    )
    sheet = read_sheet(data, "privacy.csv")
    imported = import_items(sheet, propose_mapping(sheet), lambda text: text.replace("Tamika", "[student]"))
    item = imported.items[0]
    assert (item.question, item.history) == ("How do I help Tamika?", (user("Tamika left."),))
    assert item.ideal == "Talk with [student]'s teacher"
    assert item.must_not_say == ("no hope for [student]",)
    assert item.names == ("Rowe", "Tamika")
    assert item.notes == (("Expected outcome", "[student]"), ("Remark", "about [student]"))
    assert not any("Tamika" in one.message for one in imported.problems)
    assert any("ideal answer" in one.message for one in imported.problems)


@pytest.mark.parametrize(
    "identifier",
    ["draft-67fccb", "draft-67fccb-2", "draft-abcdefabcdef", "case-67fccb", "chat-3", "q0a67fccb.2", "2024-001", "Q_07"]
    + ["PD-0042", "t67fccb", "67fccb", "a-67fccb-b"],
)
@pytest.mark.parametrize(("write", "ending"), [(write_csv, "csv"), (write_xlsx, "xlsx"), (write_jsonl, "jsonl")])
def test_an_id_that_is_a_code_comes_back_whole(
    write: Callable[[Sequence[EvaluationItem]], bytes], ending: str, identifier: str
) -> None:
    sheet = read_sheet(write((EvaluationItem(identifier, "Who leads?"),)), f"set.{ending}")
    imported = import_items(sheet, propose_mapping(sheet), lambda text: Masker().mask(text).text)
    assert [item.id for item in imported.items] == [identifier]
    assert imported.problems == ()


@pytest.mark.parametrize(
    "identifier",
    [
        "Maria-Lopez",
        "maria.lopez",
        "Maria Lopez",
        "Marcus_W",
        "Maria-Lopez-2",
        "Marcus2",
        "lopez@school.org",
        "123-45-6789",
        "1234567",
    ],
)
def test_an_id_that_is_a_person_does_not_stay(identifier: str) -> None:
    masked = mask_id(identifier, lambda text: Masker().mask(text).text)
    assert masked != identifier
    assert not re.search("lopez|marcus|6789|4567", masked, re.IGNORECASE)


# --- what is written ----------------------------------------------------------------------------------------------


@given(text=CELL_TEXT)
def test_neutralised_texts_start_no_formula_and_come_back(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert neutralise(text)[:1] not in tuple("=+-@\t\r\n")


def test_the_workbook_is_dressed_for_people() -> None:
    items = take_in(sheet_files.make_term_sheet(), "bank.xlsx").items
    sheet = load_workbook(io.BytesIO(write_xlsx(items))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row if cell.value)
    rules = {str(rule.sqref)[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules["D"] == '"principal,central office,trainer"'
    assert rules["B"] == '"draft,ready,retired"'
    assert "not in sources" in str(rules["I"])


def test_a_text_too_long_for_a_cell_is_told() -> None:
    item = EvaluationItem(id="long", question="a" * 32_768)
    with pytest.raises(CoachError, match="Item long"):
        write_xlsx([item])
    assert take_in(write_csv([item]), "set.csv").items == (item,)


def test_ragas_names() -> None:
    single = EvaluationItem(
        id="1", question="What?", ideal="Work.", sources=((SourceWords("a b"),), (SourceWords("", "x"),))
    )
    draft = EvaluationItem(id="2", question="", status="draft")
    later = EvaluationItem(id="3", question="Whose?", history=(user("What?"), bot("Work.")))
    assert [json.loads(line) for line in write_ragas([single, draft]).splitlines()] == [
        {"user_input": "What?", "reference": "Work.", "reference_contexts": ["a b"]}
    ]
    records = [json.loads(line) for line in write_ragas([single, later]).splitlines()]
    assert records[0]["user_input"] == [{"content": "What?", "type": "human"}]
    assert [message["type"] for message in records[1]["user_input"]] == ["human", "ai", "human"]
    assert take_in(write_ragas([single, later]), "ragas.jsonl").items[1].history == later.history


# --- drafts for what is not asked yet -----------------------------------------------------------------------------


@pytest.fixture
def shelf(library: Library, ingest: RunIngest) -> Store:
    """A library with both starter texts."""
    ingest(library, *sorted((EVALS.parent / "corpus").glob("*.txt")))
    return library.store


def test_drafts_are_for_passages_that_no_item_covers(shelf: Store) -> None:
    drafts = draft_cases(shelf, (), most=6)
    assert len(drafts) == 6
    assert drafts == draft_cases(shelf, (), most=6)
    assert {item.sources[0][0].document for item in drafts} == {card.name for card in shelf.list_documents()}
    for item in drafts:
        words = item.sources[0][0]
        card = shelf.find_document(words.document)
        assert card is not None
        assert words.quote in (shelf.read_text(card.id) or "")
        assert (item.question, item.status, item.outcomes) == ("", "draft", ANSWERED)
        assert item.topic
    more = draft_cases(shelf, drafts, most=6)
    assert not {item.sources[0][0].label for item in more} & {item.sources[0][0].label for item in drafts}
    every = draft_cases(shelf, (), most=1000)
    quoted = EvaluationItem(id="q", question="?", sources=((SourceWords(every[3].sources[0][0].quote.upper()),),))
    assert every[3].id not in {item.id for item in draft_cases(shelf, (quoted,), most=1000)}
    assert draft_cases(shelf, every, most=10) == ()
    assert take_in(write_xlsx(drafts), "drafts.xlsx").items == drafts


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (
            "We distinguish “leadership” from “leaders” and from “roles”",
            [("We distinguish “leadership” from “leaders” and from “roles”", "")],
        ),
        (
            'study.txt: We keep "leadership" apart from "leaders" here',
            [('We keep "leadership" apart from "leaders" here', "study.txt")],
        ),
        ('"leadership" in the second report of the study', [("leadership", "the second report of the study")]),
        (
            "“seven urban districts” (study.txt) and “15 schools”",
            [("seven urban districts", "study.txt"), ("15 schools", "study.txt")],
        ),
        (
            "Portland and Eugene, OR (for investment analyses)",
            [("Portland and Eugene, OR (for investment analyses)", "")],
        ),
    ],
)
def test_terms_quoted_in_a_sentence_do_not_cut_it(cell: str, expected: list[tuple[str, str]]) -> None:
    groups = parse_sources(cell).groups
    assert [(words.quote, words.document) for group in groups for words in group] == expected


def test_a_problem_masks_what_it_repeats_and_none_of_our_words() -> None:
    rows = "Question,Role,Earlier turns\nWho leads?,Tamika Rowe,just one turn\n"
    sheet = read_sheet(rows.encode(), "masked.csv")
    imported = import_items(
        sheet, propose_mapping(sheet), lambda text: re.sub(r"Tamika Rowe|Begin|Mark", "[student]", text)
    )
    told = " ".join(problem.message for problem in imported.problems)
    assert "Tamika" not in told and "[student]" in told and "Begin each turn with U: or A:." in told
