"""Sheets of ratings: what is written comes back, people's own sheets are understood, and nothing is left out in silence."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from coach.errors import CoachError
from coach.evaluation.rating.rating_columns import Unread, find_dimension, read_columns, read_level
from coach.evaluation.rating.rating_sheets import read_rating_sheet, write_rating_sheet
from coach.evaluation.rating.rounds import Blinded, blind_entries, order_entries
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import Rating, RatingRound, RowProblem
from tests.rating_examples import make_example_round, make_items, make_run

RUBRIC = load_rubric()
DIMENSIONS = [one.id for one in RUBRIC.dimensions]
Row = Sequence[Any]


def write_book(*rows: Row) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    return save(book)


def save(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_csv(*rows: Row, separator: str = ",") -> bytes:
    return "".join(separator.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows).encode("utf-8-sig")


def read(data: bytes, **options: Any) -> tuple[dict[tuple[str, str], dict[str, int | None]], tuple[RowProblem, ...]]:
    ratings, problems = read_rating_sheet(data, RUBRIC, **options)
    return {(one.rater, one.entry): dict(one.levels) for one in ratings}, problems


def blind_all(rating_round: RatingRound, rater: str) -> tuple[Blinded, ...]:
    runs = [make_run("run-one", make_items(12))]
    return blind_entries(order_entries(rating_round, rater), runs)


# --- written and read -------------------------------------------------------------------------------------------------

LEVELS = {one.id: st.sampled_from([None, *(level.value for level in one.levels)]) for one in RUBRIC.dimensions}


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_filled_in_comes_back(data: st.DataObject) -> None:
    made = make_example_round(6)
    given = [
        Rating(
            entry.code,
            "Zoë",
            tuple(data.draw(st.fixed_dictionaries({}, optional=LEVELS)).items()),
            data.draw(st.sampled_from(["", "Good.", "=1+1", "- too long\n- unclear", "@home"])),
        )
        for entry in made.entries
    ]
    sheet = write_rating_sheet(made, "Zoë", blind_all(made, "Zoë"), given)
    ratings, problems = read_rating_sheet(sheet, RUBRIC, codes=[entry.code for entry in made.entries])
    wanted = {one.entry: one for one in given if one.levels or one.comment}
    assert problems == () and {one.entry: dict(one.levels) for one in ratings} == {
        code: dict(one.levels) for code, one in wanted.items()
    }  # fmt: skip
    assert {one.entry: one.comment for one in ratings} == {code: one.comment for code, one in wanted.items()}


def test_the_sheet_asks_for_levels_and_lets_nothing_else_be_changed() -> None:
    made = make_example_round(6)
    entries = blind_all(made, "Zoë")
    book = load_workbook(io.BytesIO(write_rating_sheet(made, "Zoë", entries)))
    sheet = book["Rate"]
    assert [sheet.cell(row, 1).value for row in range(2, 8)] == [entry.code for entry in entries]
    assert sheet.freeze_panes == "B2" and sheet.protection.sheet and book["Levels"].sheet_state == "hidden"
    titles = [cell.value for cell in sheet[1]]
    assert titles[6:13] == [one.title for one in RUBRIC.dimensions] and titles[13] == "Comment"
    locked = [cell.protection.locked for cell in sheet[2]]
    assert locked == [True] * 6 + [False] * 8
    choices = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert choices["G2:G7"] == "='Levels'!$A$1:$A$5" and len(choices) == 7
    listed = [book["Levels"].cell(row, 1).value for row in range(1, 6)]
    assert [str(text)[:4] for text in listed] == ["3 - ", "2 - ", "1 - ", "0 - ", "N/A"]
    anchors = [str(cell.value) for cell in book["Rubric"]["C"] if cell.value]
    assert anchors[1:] == [level.anchor for one in RUBRIC.dimensions for level in one.levels]


def test_nothing_in_the_sheet_is_a_formula_or_tells_the_version() -> None:
    items = [replace(one, question='=HYPERLINK("http://x")', ideal="@SUM(1)\x07\ufffe\ud800") for one in make_items(12)]
    run = make_run("run-one", items, "secret-model-7b")
    made = make_example_round(12)
    data = write_rating_sheet(made, "+Zoë", blind_entries(made.entries, [run]), [])
    book = load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    risky = [cell for cell in cells if str(cell.value).startswith(("=", "+", "@"))]
    assert len(risky) == 24 and all(cell.quotePrefix for cell in risky)
    seen = "\n".join(str(cell.value) for cell in cells)
    assert "HYPERLINK" in seen and not any(
        word in seen for word in ("secret-model", "run-one", "receipt", "score-", "gate-reason", "0.4321", made.id)
    )  # fmt: skip


def make_filled() -> tuple[bytes, list[Rating]]:
    made = make_example_round(6)
    given = [Rating(entry.code, "Zoë", (("citation", 2), ("gate", None)), "- dull") for entry in made.entries]
    return write_rating_sheet(made, "Zoë", blind_all(made, "Zoë"), given), given


def test_a_sheet_that_was_saved_again_or_as_csv_is_read() -> None:
    data, given = make_filled()
    book = load_workbook(io.BytesIO(data))
    rows = [[str(cell or "").replace('"', '""') for cell in row] for row in book["Rate"].iter_rows(values_only=True)]
    for saved in (save(book), write_csv(*rows), write_csv(*rows, separator=";")):
        ratings, problems = read_rating_sheet(saved, RUBRIC)
        assert problems == () and sorted(ratings, key=name_code) == sorted(given, key=name_code)


def name_code(rating: Rating) -> str:
    return rating.entry


@pytest.mark.slow
@pytest.mark.parametrize("filters", ["xlsx:Calc MS Excel 2007 XML", "csv:Text - txt - csv (StarCalc):59,34,76"])
def test_a_sheet_that_libreoffice_saved_is_read(tmp_path: Path, filters: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice was not found: install Debian's package libreoffice-calc.")
    data, given = make_filled()
    path, kind = tmp_path / "sheet.xlsx", filters.partition(":")[0]
    path.write_bytes(data)
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", filters, "--outdir", str(tmp_path / "out"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    saved = tmp_path / "out" / f"sheet.{kind}"
    if not saved.is_file():
        pytest.skip("LibreOffice has no Calc here: install Debian's package libreoffice-calc.")
    ratings, problems = read_rating_sheet(saved.read_bytes(), RUBRIC)
    assert problems == () and sorted(ratings, key=name_code) == sorted(given, key=name_code)


# --- people's own sheets ----------------------------------------------------------------------------------------------


def test_a_long_sheet_is_read_from_every_kind_of_file() -> None:
    header = ("Rater", "Item", "Dimension", "Level", "Comment")
    rows = [
        ("Ann", "1", "Citation", "3 - Complete", ""),
        ("Ann", "1", "clear for the reader", "2", "wordy"),
        ("ann", "Item 2", "citation", "n/a", ""),
        ("Ben", "1", "CITATION", "0", ""),
    ]
    wanted = {
        ("Ann", "1"): {"citation": 3, "clear": 2},
        ("Ann", "2"): {"citation": None},
        ("Ben", "1"): {"citation": 0},
    }
    lines = "\n".join(json.dumps(dict(zip(header, row, strict=True))) for row in rows).encode()
    for data, name in (
        (write_book(header, *rows), "a.xlsx"),
        (write_csv(header, *rows), "a.csv"),
        (write_csv(header, *rows, separator=";"), "a.csv"),
        (lines, "a.jsonl"),
    ):
        assert read(data, name=name) == (wanted, ())
    ratings, _ = read_rating_sheet(write_csv(header, *rows), RUBRIC, "a.csv")
    assert ratings[0].comment == "wordy"


def test_numbers_of_jsonl_are_levels() -> None:
    lines = [
        {"rater": "A", "item": 7, "citation": 3, "gate": True, "clear": 2.0},
        {"rater": "A", "item": "x", "clear": 9},
    ]
    levels, problems = read("\n".join(map(json.dumps, lines)).encode(), name="a.jsonl")
    assert levels == {("A", "7"): {"citation": 3, "gate": 1, "clear": 2}}
    assert [(one.row, one.column, one.kept) for one in problems] == [(2, "clear", False)]


def test_a_forms_sheet_with_columns_for_each_item_is_read() -> None:
    data = write_csv(
        ("Timestamp", "Email Address", "Item 1 [Citation]", "Item 1 [Clear]", "Item 2 [Citation]", "Item 2 [Comments]"),
        ("11/22/2026 10:01:02", "ann@school.org", "3 - Complete", "N/A", "1 - Some", "late"),
        ("11/22/2026 10:09:00", "ben@school.org", "2 - Nearly", "0", "", ""),
        ("11/22/2026 11:00:00", "Ann@school.org", "2 - Nearly", "N/A", "1 - Some", "late"),
    )
    levels, problems = read(data, name="Responses.csv")
    assert levels == {
        ("ann@school.org", "1"): {"citation": 2, "clear": None}, ("ann@school.org", "2"): {"citation": 1},
        ("ben@school.org", "1"): {"citation": 2, "clear": 0},
    }  # fmt: skip
    # The later submission counts, and that is said.
    assert [(one.row, one.column, one.kept) for one in problems] == [(4, "Item 1 [Citation]", True)]
    assert "with 3. This row counts: 2" in problems[0].message


def test_a_forms_sheet_with_a_row_for_each_item_is_read() -> None:
    data = write_book(
        ("Timestamp", "Your name", "Which answer?  ", "Code", "Correct/grounded", "Right to answer?", "Any comments"),
        ("2026", "Ann", "the first", "bcdfg", 3.0, "2: clumsy", ""),
        ("2026", "Ben", "the first", "BCDFG", "'3", "-", "ok"),
    )
    levels, problems = read(data, codes=["BCDFG", "XYZVW"])
    assert levels == {
        ("Ann", "BCDFG"): {"grounded": 3, "right_to_answer": 2}, ("Ben", "BCDFG"): {"grounded": 3, "right_to_answer": None},
    }  # fmt: skip
    assert [(one.column, one.kept) for one in problems] == [("Which answer?", True)]


def test_a_title_above_merged_raters_and_blank_rows_are_no_obstacle() -> None:
    book = Workbook()
    sheet: Any = book.active
    for row in (
        ["Ratings, autumn"], [], ["Reviewer", "Item", "Citation (0-3)", "Gate: privacy/safety"],
        ["Ann", 1, 3, "pass"], [None, 2, 2, "FAIL"], [], ["Ben", 1, 3, "Pass"],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A4:A5")
    levels, problems = read(save(book))
    assert problems == () and levels == {
        ("Ann", "1"): {"citation": 3, "gate": 1}, ("Ann", "2"): {"citation": 2, "gate": 0},
        ("Ben", "1"): {"citation": 3, "gate": 1},
    }  # fmt: skip


def test_a_rater_may_be_named_beside_the_sheet() -> None:
    data = write_csv(("Code", "Citation"), ("BCDFG", "3"))
    assert read(data, rater=" Ann ") == ({("Ann", "BCDFG"): {"citation": 3}}, ())


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_taken_is_listed_by_row() -> None:
    data = write_csv(
        ("Rater", "Code", "Citation", "Clear", "Tone", "Comment"),
        ("Ann", "BCDFG", "4", "2-3", "", ""),
        ("Ann", "ZZZZZ", "3", "", "", ""),
        ("", "BCDFG", "3", "", "nice", ""),
        ("Ann", "", "3", "", "", ""),
        ("Ann", "XYZVW", "", "", "", ""),
        ("Ann", "XYZVW", "3", "2.5", "", "x" * 2100),
        ("!?", "XYZVW", "3", "", "", ""),
    )
    levels, problems = read(data, name="a.csv", codes=["BCDFG", "XYZVW"])
    assert levels == {("Ann", "XYZVW"): {"citation": 3}}
    assert [(one.row, one.column, one.kept) for one in problems] == [
        (1, "Tone", True), (2, "Citation", False), (2, "Clear", False), (3, "", False), (4, "", False), (5, "", False),
        (7, "Clear", False), (7, "Comment", True), (8, "Rater", False),
    ]  # fmt: skip
    told = [one.message for one in problems]
    assert told[1] == "“4” is no level of Citation. It has 3, 2, 1, 0, and N/A." and "ZZZZZ" in told[3]
    assert "2,100" in told[7] or "2100" in told[7]


def test_a_dimension_that_the_rubric_does_not_have_is_listed() -> None:
    levels, problems = read(
        write_csv(("Rater", "Item", "Dimension", "Score"), ("A", "1", "Tone", "3"), ("A", "1", "", "3"))
    )
    assert levels == {} and [one.row for one in problems] == [2, 3] and not any(one.kept for one in problems)
    assert "no dimension 'Tone'" in problems[0].message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", "b"), ("1", "2")], "No row of a.csv names the columns"),
        ([("Rater", "Code"), ("Ann", "B")], "is a dimension of the rubric"),
        ([("Rater", "Code", "Dimension"), ("Ann", "B", "Clear")], "is a dimension of the rubric"),
        ([("Rater", "Citation"), ("Ann", "3")], "tells which answer"),
        ([("Code", "Citation"), ("B", "3")], "tells who rated"),
    ],
)
def test_a_sheet_without_what_is_needed_says_what_to_add(rows: list[Row], told: str) -> None:
    with pytest.raises(CoachError, match=told):
        read(write_csv(*rows), name="a.csv")


CELLS = st.sampled_from(["", "3", "0", "N/A", "9", "two", "1 - Some", " 2 ", "-", "3.0", "2/3", "−1"])  # noqa: RUF001


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["Ann", "Ben", ""]), st.sampled_from(["B", "C", ""]), CELLS, CELLS), max_size=12)
)
def test_every_cell_is_taken_or_told(rows: list[tuple[str, str, str, str]]) -> None:
    ratings, problems = read_rating_sheet(write_csv(("Rater", "Code", "Citation", "Clear"), *rows), RUBRIC, "a.csv")
    taken = {(one.rater, one.entry, name): level for one in ratings for name, level in one.levels}
    lost = {(one.row, one.column) for one in problems if not one.kept}
    for number, (rater, code, citation, clear) in enumerate(rows, start=2):
        for header, text, name in (("Citation", citation, "citation"), ("Clear", clear, "clear")):
            if text.strip():
                told = (number, header) in lost or (number, "") in lost
                assert told != ((rater, code, name) in taken and not told)


# --- cells and headers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3", 3), ("3.0", 3), ("3,0", 3), (" 3 - Complete", 3), ("3: ok", 3), ("3) ok", 3), ("3 (best)", 3), ("3/3", 3),
        ("3 – all 5 points", 3), ("3 - 1 missing", 3), ("0", 0), ("3 out of 3", 3), ("'2", 2),  # noqa: RUF001
        ("n/a", "N/A"), ("NA", "N/A"), ("N.A.", "N/A"), ("-", "N/A"), ("—", "N/A"), ("Not applicable", "N/A"),
        ("", None), ("  ", None),
        ("A citation is false", 0), ("some claims", 1),
    ],
)  # fmt: skip
def test_a_level_is_read_as_people_write_it(text: str, wanted: int | str | None) -> None:
    citation = RUBRIC.find("citation")
    assert citation is not None and read_level(text, citation) == wanted


@pytest.mark.parametrize(
    "text", ["4", "-1", "2.5", "2,5", "2-3", "2 - 3", "2/4", "33", "three", "3rd", "x", "yes", "pass", "1e0"]
)
def test_what_is_no_level_is_not_taken_for_one(text: str) -> None:
    citation = RUBRIC.find("citation")
    assert citation is not None and isinstance(read_level(text, citation), Unread)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Correct/grounded", "grounded"), ("Citation (0-3)", "citation"), ("COMPLETE", "complete"), ("Complete?", "complete"),
        ("Right to answer?", "right_to_answer"), ("Coaching quality", "coaching"), ("Clear for the reader", "clear"),
        ("Gate: privacy/safety", "gate"), ("Privacy & safety", "gate"), ("right_to_answer", "right_to_answer"),
        ("Citation comment", None), ("Tone", None), ("c", None), ("", None),
    ],
)  # fmt: skip
def test_a_dimension_is_found_by_what_people_call_it(header: str, wanted: str | None) -> None:
    found = find_dimension(RUBRIC, header)
    assert (found.id if found else None) == wanted


def test_headers_of_forms_name_answer_and_dimension_either_way() -> None:
    headers = ["Item 3 [Citation]", "Citation [Item 3]", "[Citation]", "Item 3 [Tone]", "Item 3 [Notes]", "Timestamp"]
    uses: list[Mapping[str, str | None]] = [
        {"use": one.use, "dimension": one.dimension, "entry": one.entry} for one in read_columns(headers, RUBRIC)
    ]
    assert uses == [
        {"use": "rated", "dimension": "citation", "entry": "Item 3"},
        {"use": "rated", "dimension": "citation", "entry": "Item 3"},
        {"use": "rated", "dimension": "citation", "entry": ""},
        {"use": None, "dimension": "", "entry": ""},
        {"use": "comment", "dimension": "", "entry": "Item 3"},
        {"use": "known", "dimension": "", "entry": ""},
    ]
