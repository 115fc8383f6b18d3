"""A plan's Word document as LibreOffice lays it out: it opens, and what is meant for one page takes one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from coach.plans.document_wording import load_document_wording
from coach.plans.docx import write_docx
from coach.plans.records import Plan
from tests.plan_examples import (
    CORPUS,
    DISTRIBUTED,
    SHARED,
    WALLACE,
    make_hostile,
    make_plan,
    make_uncovered,
    make_visit_prep,
    make_written,
)

pytestmark = pytest.mark.slow
MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


STEPS = (
    "The dilemma",
    "Clarifying questions",
    "Probing questions",
    "The group thinks aloud",
    "The presenter answers",
    "Looking back",
)


def make_long() -> Plan:
    """Three hours: three rounds of six steps between the parts that every session has."""
    plan = make_plan()
    rounds = tuple(
        replace(plan.agenda[2], id=f"step-{turn}-{place}", title=f"{title}, presenter {turn}", minutes=7)
        for turn in (1, 2, 3)
        for place, title in enumerate(STEPS)
    )
    opening = (replace(plan.agenda[0], minutes=10), replace(plan.agenda[1], minutes=15))
    closing = (replace(plan.agenda[4], minutes=14), *plan.agenda[5:], replace(plan.agenda[5], id="pause", minutes=7))
    return replace(plan, agenda=(*opening, *rounds, *closing), request=replace(plan.request, minutes=180))


def make_full_visit() -> Plan:
    """A visit prep with as much as one is made with: a long quotation, four things to look for, both shared lines long."""
    plan = make_visit_prep()
    return replace(plan, grounding=make_plan().grounding[1:2], look_for=(*plan.look_for, *make_plan().outcomes[:2]))


def crowd(plan: Plan, letters: int, parts: int) -> Plan:
    """A plan with so many parts, and quotations of so many letters."""
    text = (CORPUS / WALLACE).read_bytes().decode("utf-8")
    quotes = tuple(
        replace(one, citation=replace(DISTRIBUTED, quote=text[at : at + letters], start=at, end=at + letters, page=at))
        for at, one in zip((1000, 2500, 4000), plan.grounding, strict=False)
    )
    items = tuple(
        replace(plan.agenda[2], id=f"step-{number}", title=f"Step number {number}") for number in range(parts)
    )
    return replace(plan, grounding=quotes, agenda=items)


CROWDED_VISITS = {
    f"visit_{letters}_{parts}": crowd(make_full_visit(), letters, parts)
    for letters in (120, 330, 620)
    for parts in (6, 9, 12, 16)
}
CROWDED_SESSIONS = {
    f"session_{letters}_{parts}": crowd(make_plan(), letters, parts)
    for letters in (120, 330, 620)
    for parts in (6, 11, 16, 25)
}
PLANS = {
    **CROWDED_VISITS,
    **CROWDED_SESSIONS,
    "full": make_plan(),
    "written": make_written(),
    "uncovered": make_uncovered(),
    "hostile": make_hostile(),
    "long": make_long(),
    "visit": make_visit_prep(),
    "full_visit": make_full_visit(),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The text of each page of each document."""
    office, fonts = shutil.which("soffice"), shutil.which("fc-match")
    if office is None or fonts is None:
        pytest.skip("LibreOffice was not found: install Debian's package libreoffice-writer to lay documents out.")
    match = subprocess.run([fonts, "-f", "%{family}", "Calibri"], check=True, capture_output=True, text=True)
    if match.stdout not in ("Calibri", "Carlito"):
        pytest.skip("No font is as wide as Calibri: install Debian's package fonts-crosextra-carlito to count pages.")
    folder = tmp_path_factory.mktemp("documents")
    for name, plan in PLANS.items():
        data = write_docx(plan, SHARED, load_document_wording(), made=MADE, version=2)
        (folder / f"{name}.docx").write_bytes(data)
    # A profile of its own, so that an office that is open on this machine is left alone.
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    files = [str(folder / f"{name}.docx") for name in PLANS]
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return {name: _read_pages(folder / f"{name}.pdf") for name in PLANS}


def _read_pages(path: Path) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]


@pytest.mark.parametrize("name", ["visit", "full_visit", *CROWDED_VISITS])
def test_a_visit_prep_is_one_page(pages: Mapping[str, list[str]], name: str) -> None:
    (page,) = pages[name]
    assert "Page 1 of 1" in page and page.index("Read together") < page.index("The visit")
    assert all(item.title in page for item in PLANS[name].agenda)


@pytest.mark.parametrize("name", ["full", "written", "uncovered", "long", *CROWDED_SESSIONS])
def test_the_handout_is_one_page_of_its_own(pages: Mapping[str, list[str]], name: str) -> None:
    *leading, handout = pages[name]
    assert "For principals" in handout and "Handout:" in handout and "I will know by" in handout
    assert "For whoever leads the session" not in handout
    assert not any("For principals" in page for page in leading)
    assert all("For whoever leads the session" in page for page in leading)


@pytest.mark.parametrize("name", ["full", "written", "long"])
def test_each_page_of_the_agenda_names_its_columns(pages: Mapping[str, list[str]], name: str) -> None:
    agenda = [page for page in pages[name] if "What for" in page]
    assert agenda and all("Time Min. What Who leads What for" in page for page in agenda)
    minutes = PLANS[name].minutes
    assert sum(f"Total {minutes}" in page for page in agenda) == 1
    if name == "long":
        assert len(agenda) > 1


def test_notes_stand_below_what_they_belong_to(pages: Mapping[str, list[str]]) -> None:
    for page in pages["full"][:-1]:
        for number, words in (
            (1, "We further assume"),
            (2, "This study strand"),
            (3, "learning focused leadership is"),
        ):
            place = f"Characters {PLANS['full'].grounding[number - 1].citation.start} to"
            assert (words in page) == (place in page)


def test_a_hostile_document_is_laid_out(pages: Mapping[str, list[str]]) -> None:
    whole = "".join(pages["hostile"]).replace(" ", "")
    assert '=HYPERLINK("http://evil.example","x")' in whole and "longword" * 40 in whole
