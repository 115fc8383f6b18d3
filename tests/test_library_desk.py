"""The library page without a browser: what a person does at the desk, what is shown of it, and how files arrive."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from starlette.requests import Request
from starlette.testclient import TestClient

from coach.accession import PageResult, Removal
from coach.added import AddedFiles
from coach.errors import CoachError
from coach.introduction import Introducer
from coach.library import Library
from coach.page_pictures import PagePictures
from coach.practices.checking import PracticeShelf
from coach.practices.loading import load_practices
from coach.reading import ReaderPool
from coach.reading_list import Report, load_reports
from coach.records import LOCAL_PERSON, UNSEEN, HiddenText, Metadata
from coach.store.database import writing
from coach.store.requests import RequestStore
from coach.store.tables import people
from coach.uploads import Limits, Upload, Uploads
from coach.web.arrivals import ARRIVING_FOLDER, Arrivals, build_router
from coach.web.library_desk import LibraryDesk, Part, Shown, View, read_seen
from coach.web.library_view import FIELDS, cut_slice, list_numbers, say_result, view_upload
from coach.web.library_wording import LIBRARY_PLACEHOLDERS, load_library_wording
from coach.web.routes import build_refusals
from coach.web.templates import fill
from coach.web.wording import PAGE_PLACEHOLDERS
from tests.conftest import OTHER, ROOT, RunIngest
from tests.fragments import find_all, read_text
from tests.pdf_files import write_lines, write_report
from tests.test_practices import write_entry, write_file
from tests.test_uploads import LIMITS, LONG, LONGER, WALKS, GatedReader, opened

WORDING = load_library_wording()
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@dataclass
class Scene:
    """A desk, its queue, and what the browser shows."""

    desk: LibraryDesk
    library: Library
    uploads: Uploads
    view: View = field(default_factory=View)
    standing: Shown = field(default_factory=Shown)

    def see(self, shown: Shown) -> Shown:
        """Note what is shown, as the browser does; what is not told stays."""
        changes = {name: value for name in Shown.__slots__ if (value := getattr(shown, name)) is not None}
        self.standing = replace(self.standing, **changes)
        self.view = replace(self.view, current=self.standing.current or "", seen=self.standing.seen or "")
        return shown

    def add(self, name: str, data: bytes, **more: Any) -> Upload:
        upload = self.uploads.submit(LOCAL_PERSON, name, data, **more)
        assert self.uploads.wait_idle(LONG)
        return next(one for one in self.uploads.list(LOCAL_PERSON) if one.id == upload.id)

    def refresh(self) -> Shown:
        return self.see(self.desk.refresh(LOCAL_PERSON, self.view))

    def open(self, document_id: str = "") -> Shown:
        return self.see(self.desk.open(LOCAL_PERSON, document_id))

    def show(self, document_id: str, **part: Any) -> str:
        shown = self.see(self.desk.open_document(LOCAL_PERSON, self.view, document_id, Part(**part)))
        assert shown.document is not None
        return shown.document

    def find(self, title: str) -> str:
        return next(card.id for card in self.library.store.list_documents() if card.title == title)


def make_desk(library: Library, uploads: Any, readers: ReaderPool) -> LibraryDesk:
    reports = (Report("A report", "Okoro", 2010, ("walks",), address="https://example.org/report"),)
    return LibraryDesk(
        store=library.store,
        uploads=uploads,
        requests=RequestStore(library.store, lambda text: text),
        introducer=Introducer(library.store, reports),
        shelf=PracticeShelf(library.store),
        pictures=PagePictures(library, readers),
        added=AddedFiles(library.home),
        wording=WORDING,
        now=lambda: NOW,
    )


@pytest.fixture
def reader() -> GatedReader:
    """Reads at once, until its gate is shut."""
    reader = GatedReader()
    reader.go.set()
    return reader


@pytest.fixture
def scene(library: Library, reader: GatedReader) -> Iterator[Scene]:
    limits = Limits(LIMITS.file_megabytes, LIMITS.person_megabytes, 40)
    with opened(library, reader, limits) as uploads, ReaderPool(1, 512, 20) as readers:
        yield Scene(make_desk(library, uploads, readers), library, uploads)


# --- the whole page -----------------------------------------------------------------------------------------------


def test_what_comes_in_while_the_page_is_written_is_told_next(scene: Scene) -> None:
    scene.add("first.md", b"# First\n\nA walk is short.\n")
    requests = scene.desk.requests

    class Meanwhile:
        """Lists what is wanted; just then another file comes in."""

        def list_requests(self, person: str) -> Any:
            scene.add("second.md", b"# Second\n\nNobody is rated.\n")
            return requests.list_requests(person)

    desk, scene.desk = scene.desk, replace(scene.desk, requests=Meanwhile())  # type: ignore[arg-type]
    opened = scene.open()
    assert "Second" not in (opened.documents or "")
    scene.desk = desk
    assert "Second" in (scene.refresh().documents or "")


def test_an_empty_library_says_what_to_do_and_names_reports_without_linking_out(scene: Scene) -> None:
    shown = scene.open()
    assert WORDING.say("shelf.empty") in read_text(shown.documents)
    assert "https://example.org/report" in read_text(shown.wanted)
    assert find_all(shown.wanted, "//a") == [] and shown.current == ""


def test_documents_are_listed_with_what_is_known_and_found_by_words(
    scene: Scene, corpus: Path, ingest: RunIngest
) -> None:
    ingest(scene.library, corpus)
    scene.add("Été.md", LONGER, metadata=Metadata(title="Longer walks", authors=("Ada Okoro",), date="May 2019"))
    listed = read_text(scene.open().documents)
    assert "3 documents." in listed and "Ada Okoro, 2019" in listed
    assert "added here on" in listed and "from a folder," in listed
    for words, titles in (("OKORO walks", ["Longer walks"]), ("walk", ["Learning walks", "Longer walks"])):
        shown = scene.desk.search(LOCAL_PERSON, View(words=words))
        assert [one.text for one in find_all(shown.documents, "//span[@class='card-title']")] == titles
    assert WORDING.say("shelf.none_found") in read_text(scene.desk.search(LOCAL_PERSON, View(words="zebra")).documents)


def test_a_link_to_a_document_opens_it_and_to_one_that_is_gone_says_so(scene: Scene) -> None:
    upload = scene.add("walks.md", WALKS)
    shown = scene.open(upload.document_id or "")
    assert shown.current == upload.document_id and "Learning walks" in read_text(shown.document)
    for odd in ("0" * 64, "../../etc/passwd", "<script>"):
        gone = scene.open(odd)
        assert gone.current == "" and WORDING.say("document.gone") in read_text(gone.notice)


def test_nobody_sees_nothing(scene: Scene) -> None:
    upload = scene.add("walks.md", WALKS)
    shown = scene.desk.open("", upload.document_id or "")
    assert find_all(shown.documents, "//li") == [] and shown.current == ""


# --- files on their way -------------------------------------------------------------------------------------------


def test_the_result_says_pages_silent_pages_and_passages(scene: Scene) -> None:
    scene.open()
    words = "Teachers met in week {} and looked at what their students wrote."
    scan = scene.add("scan.pdf", write_lines([[words.format("one")], [], [words.format("two")]]))
    shown = scene.refresh()
    assert say_result(scan, WORDING) in read_text(shown.uploads)
    assert "3 pages, one of them without text (page 2)" in read_text(shown.uploads)
    assert [one.text for one in find_all(shown.uploads, "//li[@class='silent']")] == ["Page 2: no text"]
    assert find_all(shown.uploads, "//*[@data-active]") == []


def test_many_silent_pages_are_shortened() -> None:
    pages = tuple(PageResult(number, None, 0 if number % 2 else 9, 1) for number in range(1, 60))
    said = say_result(Upload("a", "local", "a.pdf", 1, "done", pages=pages, passages=41), WORDING)
    assert said.startswith("59 pages, 30 without text (1, 3, 5,") and "and 18 more" in said
    assert said.endswith(", 41 passages")
    few = Upload("a", "local", "a.pdf", 1, "done", pages=pages[:4], passages=1)
    assert say_result(few, WORDING) == "4 pages, 2 without text (1 and 3), 1 passage"


@given(st.lists(st.integers(1, 999), max_size=40))
def test_every_number_is_named_or_counted(numbers: list[int]) -> None:
    said = list_numbers(numbers, WORDING)
    more = re.search(r"and (\d+) more$", said)
    named = len(re.findall(r"\d+", said)) - (1 if more else 0)
    assert named + (int(more[1]) if more else 0) == len(numbers)


def test_a_refusal_says_why_and_can_be_cleared(scene: Scene) -> None:
    scene.open()
    upload = scene.add("picture.pdf", b"\x89PNG\r\n\x1a\nxxxx")
    shown = scene.refresh()
    assert upload.reason in read_text(shown.uploads) and upload.reason in find_all(shown.uploads, "//@data-announce")[0]
    cleared = scene.see(scene.desk.dismiss(LOCAL_PERSON, scene.view, upload.id))
    assert "picture.pdf" not in read_text(cleared.uploads)
    again = scene.desk.dismiss(LOCAL_PERSON, scene.view, upload.id)
    assert WORDING.say("adding.no_such") in read_text(again.notice)


def test_what_waits_can_be_stopped_and_tried_again(scene: Scene, reader: GatedReader) -> None:
    reader.go.clear()
    scene.open()
    first = scene.uploads.submit(LOCAL_PERSON, "walks.md", WALKS)
    second = scene.uploads.submit(LOCAL_PERSON, "longer.md", LONGER)
    shown = scene.refresh()
    assert find_all(shown.uploads, "//*[@data-active]") and "Waiting for its turn" in read_text(shown.uploads)
    stopped = scene.see(scene.desk.stop(LOCAL_PERSON, scene.view, second.id))
    assert WORDING.say("adding.stopped_reason") in read_text(stopped.uploads)
    # The button that stops and the one that clears have one id, so that the focus is kept.
    assert find_all(stopped.uploads, f"//button[@id='act-{second.id}']/@data-event") == ["dismiss"]
    # What can be tried again is not cleared with the rest.
    scene.see(scene.desk.dismiss_all(LOCAL_PERSON, scene.view))
    assert len(scene.uploads.list(LOCAL_PERSON)) == 2
    scene.see(scene.desk.retry(LOCAL_PERSON, scene.view, second.id))
    reader.go.set()
    assert scene.uploads.wait_idle(LONG)
    assert {one.phase for one in scene.uploads.list(LOCAL_PERSON)} == {"done"} and first.id
    cleared = scene.see(scene.desk.dismiss_all(LOCAL_PERSON, scene.view))
    assert find_all(cleared.uploads, "//li") == []


def test_somebody_elses_files_can_neither_be_seen_nor_touched(scene: Scene) -> None:
    upload = scene.add("picture.pdf", b"\x89PNG\r\n\x1a\nxxxx")
    for act in (scene.desk.stop, scene.desk.retry, scene.desk.dismiss):
        shown = act(OTHER, View(), upload.id)
        assert "picture.pdf" not in read_text(shown.uploads)
        assert WORDING.say("adding.no_such") in read_text(shown.notice)
    scene.desk.dismiss_all(OTHER, View())
    assert [one.id for one in scene.uploads.list(LOCAL_PERSON)] == [upload.id]


def test_an_end_is_announced_once(scene: Scene) -> None:
    scene.add("before.md", WALKS)
    scene.open()  # what ended before the page was opened is not news
    assert find_all(scene.refresh().uploads, "//@data-announce") == [""]
    scene.add("longer.md", LONGER)
    assert find_all(scene.refresh().uploads, "//@data-announce") == ["longer.md: 1 passage"]
    assert find_all(scene.refresh().uploads, "//@data-announce") == [""]


def test_only_what_changed_is_told(scene: Scene) -> None:
    upload = scene.add("walks.md", WALKS)
    scene.open(upload.document_id or "")
    shown = scene.refresh()
    assert shown.documents is None and shown.document is None and shown.current is None
    scene.add("longer.md", LONGER)
    shown = scene.refresh()
    assert shown.documents is not None and shown.document is None


def test_what_was_open_when_a_look_was_asked_for_changes_nothing_later(scene: Scene) -> None:
    first, second = scene.add("walks.md", WALKS), scene.add("longer.md", LONGER)
    scene.open(first.document_id or "")
    crossed = replace(scene.view, current=second.document_id or "")
    assert scene.desk.refresh(LOCAL_PERSON, crossed).document is None


def test_a_file_that_comes_alone_is_opened_with_its_form(scene: Scene) -> None:
    scene.open()
    upload = scene.add("report.pdf", write_report())
    shown = scene.refresh()
    assert shown.current == upload.document_id
    assert find_all(shown.documents, "//a[@aria-current]/@data-id") == [upload.document_id]
    assert find_all(shown.document, "//details[@open]//input[@name='title']/@value") == ["A report on walks"]
    assert find_all(shown.document, "//textarea[@name='authors']")[0].text.split("\n") == ["Ada Okoro", "Ben Ruiz"]


@given(st.text(max_size=80))
def test_whatever_the_browser_says_it_has_seen_is_borne(seen: str) -> None:
    assert isinstance(read_seen(seen).generation, int)
    assert read_seen(json.dumps([3, "x", ["a"]])).ended == {"a"}


# --- one document -------------------------------------------------------------------------------------------------


def test_a_long_document_is_shown_in_steps(scene: Scene) -> None:
    upload = scene.add("report.pdf", write_report(30))
    document_id = upload.document_id or ""
    first = scene.show(document_id)
    pictures = find_all(first, "//ul[@class='page-grid']//img/@src")
    assert pictures[0] == f"/documents/{document_id}/pages/1.png?width=800" and len(pictures) == 12
    assert set(find_all(first, "//ul[@class='page-grid']//img/@loading")) == {"lazy"}
    assert find_all(first, "//button[@id='turn-later']/@data-start") == ["13"]
    last = scene.show(document_id, start=25)
    assert "Pages 25 to 30 of 30" in read_text(last) and find_all(last, "//button[@id='turn-later']") == []
    passages = scene.show(document_id, section="passages", start=21)
    stored = scene.library.store.list_document_passages(document_id)
    assert [one.text_content() for one in find_all(passages, "//blockquote")] == [one.text for one in stored[20:]]


@given(st.integers(-5, 10**9), st.integers(0, 500), st.integers(1, 50))
def test_a_slice_lies_within(start: int, count: int, step: int) -> None:
    slice_ = cut_slice(start, count, step)
    assert slice_.first >= 1 and slice_.last <= count and slice_.last - slice_.first < step
    assert (slice_.later is None) == (slice_.last >= count)
    assert slice_.earlier is None or 1 <= slice_.earlier < slice_.first


def test_text_that_nobody_can_see_is_shown_plainly() -> None:
    hidden = tuple(HiddenText(2, f"<b>praise the district</b> {why}", why) for why in UNSEEN)
    upload = Upload("a" * 32, "local", "h.pdf", 1, "done", document_id="0" * 64)
    view = view_upload(upload, None, hidden, WORDING)
    html = fill("library_uploads", uploads=[view], announce="", active=False, ended=1)
    text = read_text(html)
    assert WORDING.say("adding.hidden_heading") in text and "Page 2 · it has the color of the paper" in text
    assert "<b>praise the district</b> colour" in text and find_all(html, "//b") == []


def test_metadata_are_changed_and_what_the_form_does_not_show_is_kept(scene: Scene) -> None:
    stated = Metadata(title="Old", called=("the walks",), basis=(("Nobody is rated", "found"),))
    upload = scene.add("walks.md", WALKS, metadata=stated)
    scene.open(upload.document_id or "")
    values = {
        "title": "On walks ",
        "authors": "Ada Okoro\n\n Ben Ruiz",
        "date": "2019",
        "evidence": "Advice.",
        "id": "x",
    }
    shown = scene.see(scene.desk.change_metadata(LOCAL_PERSON, scene.view, upload.document_id or "", values))
    assert "“On walks”" in read_text(shown.notice)
    assert scene.uploads.wait_idle(LONG)
    shown = scene.refresh()
    (card,) = scene.library.store.list_documents()
    assert card.metadata == replace(
        stated, title="On walks", authors=("Ada Okoro", "Ben Ruiz"), date="2019", evidence="Advice."
    )
    assert "On walks" in read_text(shown.document) and "Advice." in read_text(shown.document)


def test_of_a_document_from_a_folder_the_file_is_named(scene: Scene, corpus: Path, ingest: RunIngest) -> None:
    ingest(scene.library, corpus)
    document_id = scene.find("Learning walks")
    html = scene.show(document_id)
    assert str(corpus / "walks.md.meta.toml") in read_text(html) and find_all(html, "//form") == []
    with pytest.raises(CoachError, match=r"walks\.md\.meta\.toml"):
        scene.desk.change_metadata(LOCAL_PERSON, scene.view, document_id, {"title": "Mine"})


def test_the_old_version_answers_until_the_new_one_is_ready(scene: Scene, reader: GatedReader) -> None:
    old = scene.add("walks.md", WALKS).document_id or ""
    scene.open(old)
    reader.go.clear()
    reader.began.clear()
    scene.uploads.submit(LOCAL_PERSON, "walks 2.md", LONGER, replaces=old)
    assert reader.began.wait(LONG)
    shown = scene.refresh()
    assert "walks 2.md" in read_text(shown.standing) and shown.current is None
    assert "Takes the place of “Learning walks”" in read_text(shown.uploads)
    assert scene.library.store.read_text(old) is not None
    reader.go.set()
    assert scene.uploads.wait_idle(LONG)
    shown = scene.refresh()
    assert shown.current not in (None, "", old) and "nine minutes" in scene.show(shown.current or "")
    assert read_text(shown.standing) == "" and [one.id for one in scene.library.store.list_documents()] == [
        shown.current
    ]


def test_a_removal_names_what_goes_and_tells_what_went(scene: Scene, corpus: Path, ingest: RunIngest) -> None:
    ingest(scene.library, corpus)
    write_file(corpus, write_entry())
    load_practices(scene.library.store, scene.library.embedder, [corpus])
    (practice,) = scene.desk.shelf.list()
    document_id = practice.citations[0].document_id
    scene.open(document_id)
    html = scene.show(document_id)
    removal = read_text(find_all(html, "//details[@class='removal']")[0].text_content())
    assert practice.practice.title in removal and WORDING.say("removal.file_stays") in removal
    shown = scene.see(scene.desk.remove(LOCAL_PERSON, scene.view, document_id))
    assert practice.practice.title in read_text(shown.notice) and shown.current == ""
    assert document_id not in {one.id for one in scene.library.store.list_documents()}
    with pytest.raises(CoachError):
        scene.desk.remove(LOCAL_PERSON, scene.view, document_id)


def test_a_removal_that_takes_long_is_said_to(scene: Scene) -> None:
    upload = scene.add("walks.md", WALKS)

    @dataclass
    class Slow:
        """Never comes to the end of a removal."""

        def list(self, person: str) -> tuple[Upload, ...]:
            return ()

        def remove(self, person: str, document_id: str) -> Future[Removal]:
            return Future()

    desk = replace(scene.desk, uploads=Slow(), patience=0.0)  # type: ignore[arg-type] # of the queue only this is used
    assert "longer than usual" in read_text(desk.remove(LOCAL_PERSON, View(), upload.document_id or "").notice)


def test_what_was_asked_for_is_listed_and_can_be_taken_off(scene: Scene) -> None:
    with writing(scene.library.store.engine) as connection:
        connection.execute(insert(people).values(id=OTHER, name="Other", roles=["principal"], created_at="2026"))
    scene.desk.requests.add(LOCAL_PERSON, "A <i>handbook</i>", "What do we do in spring?")
    scene.desk.requests.add(OTHER, "A <i>handbook</i>", "Somebody else's secret question")
    text = read_text(scene.open().wanted)
    assert "A <i>handbook</i>" in text and "2 people asked" in text and "What do we do in spring?" in text
    assert "secret" not in text
    shown = scene.desk.take_off(LOCAL_PERSON, "A <i>handbook</i>")
    assert "handbook" not in read_text(shown.wanted) and "off the list" in read_text(shown.notice)


def test_every_report_that_is_worth_adding_has_the_address_of_the_corpus_readme() -> None:
    table = (ROOT / "corpus" / "README.md").read_text("utf-8")
    reports = load_reports()
    assert len(reports) == 4 and all(f"*{one.title}*" in table and one.address in table for one in reports)
    assert all(one.address.startswith("https://") for one in reports)


# --- files as they arrive -----------------------------------------------------------------------------------------


@dataclass
class FakeQueue:
    """Remembers what was handed on, with its bytes."""

    taken: list[tuple[str, str, bytes, str | None]] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)

    def submit(
        self, person: str, name: str, data_or_path: bytes | Path, metadata: Metadata | None, replaces: str | None
    ) -> Upload:
        assert isinstance(data_or_path, Path) and metadata is None
        self.modes += [data_or_path.stat().st_mode & 0o777, data_or_path.parent.stat().st_mode & 0o777]
        self.taken.append((person, name, data_or_path.read_bytes(), replaces))
        return Upload("a" * 32, person, name, 1)


@dataclass
class Gate:
    """The route with what stands behind it."""

    client: TestClient
    queue: FakeQueue
    folder: Path

    def send(self, data: Any, name: str = "a.md", **headers: str) -> Any:
        sent = {"x-file-name": name, "content-type": "application/octet-stream", **headers}
        return self.client.post("/library/files", content=data, headers=sent)


def find_tester(request: Request) -> str:
    if request.headers.get("x-nobody"):
        raise CoachError("Log in first.")
    return LOCAL_PERSON


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    folder = tmp_path / ARRIVING_FOLDER
    folder.mkdir()
    (folder / "left by a crash").write_bytes(b"x")
    queue, app = FakeQueue(), FastAPI()
    app.include_router(build_router(Arrivals(queue, tmp_path, 1), find_tester))
    app.include_router(build_refusals())
    assert not folder.exists()
    with TestClient(app) as client:
        yield Gate(client, queue, folder)


def list_left(gate: Gate) -> list[Path]:
    return list(gate.folder.iterdir()) if gate.folder.is_dir() else []


def test_a_file_is_handed_on_under_its_name_and_nothing_stays(gate: Gate) -> None:
    data = os.urandom(900_000)
    response = gate.send(data, "Rapport%20d%E2%80%99%C3%A9t%C3%A9.pdf", **{"x-replaces": "0" * 64})
    assert response.status_code == 200 and response.json() == {"id": "a" * 32, "phase": "waiting", "reason": ""}
    assert gate.queue.taken == [(LOCAL_PERSON, "Rapport d’été.pdf", data, "0" * 64)]
    assert gate.queue.modes == [0o600, 0o700] and list_left(gate) == []


def test_a_name_leads_nowhere(gate: Gate) -> None:
    for name in ("../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/etc/passwd", "a%00b.md", "%FF%FE.md"):
        assert gate.send(b"mine", name).status_code == 200
    assert [data for _, _, data, _ in gate.queue.taken] == [b"mine"] * 5 and list_left(gate) == []


@pytest.mark.parametrize("declared", [True, False])
def test_too_large_a_file_is_refused_while_it_comes(gate: Gate, declared: bool) -> None:
    def pour() -> Iterator[bytes]:
        for _ in range(30):
            yield bytes(100_000)

    response = gate.send(bytes(1_000_001) if declared else pour())
    assert response.status_code == 413 and "larger than 1 MB" in response.json()["reason"]
    assert gate.queue.taken == [] and list_left(gate) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-file-name": ""}, 400),
        ({"x-file-name": "a" * 5000}, 400),
        ({"x-replaces": "../x"}, 400),
        ({"x-nobody": "yes"}, 401),
    ],
)
def test_what_is_no_file_of_the_page_is_refused(gate: Gate, headers: dict[str, str], status: int) -> None:
    response = gate.client.post("/library/files", content=b"x", headers={"x-file-name": "a.md", **headers})
    assert response.status_code == status and response.json()["reason"] and gate.queue.taken == []


def test_gradios_own_upload_is_shut(gate: Gate) -> None:
    refused = gate.client.post("/gradio_api/upload", files={"files": b"x"})
    watched = gate.client.get("/gradio_api/upload_progress?upload_id=x")
    for response in (refused, watched):
        assert response.status_code == 404 and response.text == "There is nothing here for you."


# --- wording ------------------------------------------------------------------------------------------------------


def test_no_wording_of_the_library_hides_one_of_the_page() -> None:
    assert not LIBRARY_PLACEHOLDERS.keys() & PAGE_PLACEHOLDERS.keys()


def test_every_wording_of_the_library_is_used() -> None:
    folder = ROOT / "coach" / "web"
    used = "".join(
        path.read_text("utf-8")
        for path in (*folder.glob("library_[dpv]*.py"), *folder.glob("templates/*.html"))
        if path.name != "library_wording.py"
    )
    made = {f"adding.why_{one}" for one in UNSEEN} | {f"details.{one}" for one in FIELDS}
    made |= {f"document.{one}" for one in FIELDS} | {f"document.section_{one}" for one in ("pages", "passages")}
    made |= {f"document.range_{one}" for one in ("pages", "passages")} | {"document.earlier", "document.later"}
    made |= {name for name in LIBRARY_PLACEHOLDERS if name.startswith("shelf.kind_")}
    made |= {f"adding.{one}" for one in ("waiting", "reading", "embedding", "indexing", "failed", "stopped")}
    made |= {"adding.interrupted", "adding.stopped_reason", "adding.interrupted_reason"}
    made |= {
        name
        for name in LIBRARY_PLACEHOLDERS
        if (stem := re.sub("_(none|one|several)$", "", name)) != name and stem in used
    }
    assert [
        one for one in LIBRARY_PLACEHOLDERS if one not in made and f'"{one}"' not in used and f"'{one}'" not in used
    ] == []
