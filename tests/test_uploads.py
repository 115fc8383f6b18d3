"""Documents that people hand over: each is whole in the library or not at all, whatever comes between."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from coach.accession import Accession
from coach.added import AddedFiles
from coach.admission import LONGEST_NAME, check_head, check_kind, clean_name
from coach.assembly import open_uploads
from coach.embedding import Vectors
from coach.errors import CoachError, UnreadableFile
from coach.files import is_document, show_name
from coach.incoming import Incoming
from coach.library import Library
from coach.metadata import clean_metadata, read_metadata_file, write_metadata, write_metadata_file
from coach.reading import Reader
from coach.records import BASES, Metadata, Question, Reading
from coach.retrieval import Retriever
from coach.settings import Settings
from coach.uploads import Limits, Upload, Uploads
from tests.conftest import RunIngest
from tests.fakes import DirectReader, WordEmbedder
from tests.pdf_files import write_lines, write_report
from tests.test_answers import make_assistant
from tests.test_practices import get, write_entry, write_file

ME, OTHER = "local", "somebody-else"
LIMITS = Limits(file_megabytes=5, person_megabytes=20, waiting=4)
LONG = 60.0  # seconds after which a test gives up; none waits for them


@contextmanager
def opened(library: Library, reader: Reader | None = None, limits: Limits = LIMITS) -> Iterator[Uploads]:
    index, fault = library.choose_index()
    assert fault is None
    retriever = Retriever(library.store, library.words, index, library.exact, library.embedder)
    incoming = Incoming(library.home)
    accession = Accession(library, retriever, reader or DirectReader(), incoming)
    uploads = Uploads(accession, incoming, limits, pause=0.01)
    try:
        # What clears after a crash must be through before a test writes beside it, as no process does.
        assert uploads.wait_idle(LONG)
        yield uploads
    finally:
        uploads.close()
        retriever.close()


@pytest.fixture
def uploads(library: Library) -> Iterator[Uploads]:
    with opened(library) as one:
        yield one


def finish(uploads: Uploads, *submitted: Upload, person: str = ME) -> Upload:
    """What became of the last of them."""
    assert uploads.wait_idle(LONG)
    listed = {upload.id: upload for upload in uploads.list(person)}
    return listed[submitted[-1].id]


def list_files(folder: Path) -> set[str]:
    """Every file below, but for what Coach keeps for itself."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.name for path in paths if not path.name.startswith(".")}


class GatedReader(DirectReader):
    """Stays at its files until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def read(self, data: bytes, name: str) -> Reading:
        self.began.set()
        assert self.go.wait(LONG)
        return super().read(data, name)


class FailingEmbedder(WordEmbedder):
    """Breaks where a text holds a word."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any("poison" in text for text in texts):
            raise RuntimeError("the model broke")
        return super().embed(texts)


WALKS = b"# Learning walks\n\nA learning walk is a short visit to several classrooms. Nobody is rated.\n"
LONGER = b"# Learning walks\n\nA learning walk became longer. It takes nine minutes in each room.\n"


# --- what comes in ----------------------------------------------------------------------------------------------


def test_a_file_becomes_a_document_with_its_metadata_beside_it(library: Library, uploads: Uploads) -> None:
    stated = Metadata(title="On walks", authors=("Ada Okoro",), date="2019", called=("the walks",))
    upload = finish(uploads, uploads.submit(ME, "Rapport d’été.pdf", write_report(), stated))
    assert upload.phase == "done" and upload.silent_pages == () and not upload.can_retry
    assert [page.number for page in upload.pages] == [1, 2, 3, 4] and all(page.passages for page in upload.pages)
    (card,) = library.store.list_documents()
    assert (card.id, card.passages, card.title) == (upload.document_id, upload.passages, "On walks")
    path = Path(card.path)
    assert path == library.home / "added" / card.id / "Rapport d’été.pdf" and path.read_bytes() == write_report()
    assert read_metadata_file(path.with_name(path.name + ".meta.toml")) == stated
    assert not any((library.home / "incoming").iterdir())
    assert all(finding.sound for finding in library.verify())


def test_the_command_line_finds_what_was_handed_over(library: Library, uploads: Uploads, ingest: RunIngest) -> None:
    finish(uploads, uploads.submit(ME, "walks.md", WALKS, Metadata(title="Mine")))
    assert ingest(library, library.home / "added").count("unchanged") == 1
    assert ingest(library, library.home / "added", again=True).count("updated") == 1
    (card,) = library.store.list_documents()
    assert card.title == "Mine"


def test_a_file_on_the_disk_is_taken_from_where_it_was(library: Library, uploads: Uploads, tmp_path: Path) -> None:
    kept, refused = tmp_path / "a", tmp_path / "b"
    kept.write_bytes(WALKS)
    refused.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert finish(uploads, uploads.submit(ME, "walks.md", kept)).phase == "done"
    assert uploads.submit(ME, "picture.pdf", refused).phase == "failed"
    assert not kept.exists() and not refused.exists()


def test_a_link_is_not_followed(library: Library, uploads: Uploads, tmp_path: Path) -> None:
    secret, link = tmp_path / "secret.txt", tmp_path / "link"
    secret.write_text("Nobody may read this.", "utf-8")
    link.symlink_to(secret)
    assert uploads.submit(ME, "a.txt", link).reason.startswith("This is no ordinary file.")
    assert secret.exists() and not link.is_symlink()


@pytest.mark.parametrize(
    ("name", "data", "outcome", "words"),
    [
        ("page.pdf", b"<!doctype html><p>No report.</p>", "not_supported", "it is a web page and not a PDF"),
        ("notes.pdf", b"Only words.", "not_supported", "it is plain text and not a PDF"),
        ("report.txt", write_report(), "not_supported", "it is a PDF and not plain text"),
        ("report.pdf", b"PK\x03\x04 and more", "not_supported", "Word file"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_supported", "old Word"),
        ("run.txt", b"MZ\x00\x00", "not_supported", "a program"),
        ("none.txt", b"  \n", "empty", "empty"),
        ("large.txt", b"x" * 5_000_001, "too_large", "larger than 5 MB"),
        ("../..", b"words", "unreadable", "no name"),
        ("README.md", b"words", "unreadable", "Rename it"),
        ("a.pdf.meta.toml", b"words", "unreadable", "Rename it"),
        ("secret.pdf", write_report(password="x"), "password", "password"),
        ("scan.pdf", write_lines([[], []]), "no_text", "pages 1-2"),
        ("cut.pdf", write_report()[:400], "broken", ""),
        ("odd.docx", b"PK\x03\x04 and more", "broken", "damaged archive"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and len(value) < 20 else "",
)
def test_what_is_refused_says_why_and_leaves_nothing(
    library: Library, uploads: Uploads, name: str, data: bytes, outcome: str, words: str
) -> None:
    upload = finish(uploads, uploads.submit(ME, name, data))
    assert (upload.phase, upload.outcome, upload.can_retry) == ("failed", outcome, False)
    assert words in upload.reason
    assert library.store.list_states() == ()
    assert list_files(library.home / "incoming") == set() and list_files(library.home / "added") == set()
    assert uploads.dismiss(ME, upload.id) and uploads.list(ME) == ()


def test_pages_without_text_are_named(uploads: Uploads) -> None:
    upload = finish(uploads, uploads.submit(ME, "part.pdf", write_lines([["Some words on the first page."], []])))
    assert upload.phase == "done" and upload.silent_pages == (2,) and upload.notes == ("No text on page 2.",)


def test_what_the_library_has_is_refused_by_its_content(
    library: Library, uploads: Uploads, corpus: Path, ingest: RunIngest
) -> None:
    ingest(library, corpus)
    upload = uploads.submit(ME, "other name.md", (corpus / "walks.md").read_bytes())
    assert upload.outcome == "duplicate" and "the same content as walks.md" in upload.reason


def test_the_same_bytes_twice_at_once_are_one_document(library: Library) -> None:
    reader = GatedReader()
    with opened(library, reader) as uploads:
        first = uploads.submit(ME, "walks.md", WALKS)
        second = uploads.submit(OTHER, "copy.md", WALKS)
        assert second.outcome == "duplicate" and "walks.md, which is being added" in second.reason
        reader.go.set()
        assert finish(uploads, first).phase == "done"


def test_two_files_of_one_name_stand_side_by_side(library: Library, uploads: Uploads) -> None:
    uploads.submit(ME, "walks.md", WALKS)
    assert finish(uploads, uploads.submit(ME, "walks.md", LONGER)).phase == "done"
    assert [card.name for card in library.store.list_documents()] == ["walks.md", "walks.md"]


@pytest.mark.slow
def test_limits_of_a_person_do_not_touch_another(library: Library) -> None:
    reader = GatedReader()
    with opened(library, reader, Limits(5, 1, 2)) as uploads:
        assert uploads.submit(ME, "a.txt", b"a " * 300_000).phase == "waiting"
        full = uploads.submit(ME, "b.txt", b"b " * 300_000)
        assert full.outcome == "quota" and "COACH_PERSON_MEGABYTES" in full.reason
        assert uploads.submit(OTHER, "b.txt", b"b " * 300_000).phase == "waiting"
        uploads.submit(ME, "c.txt", b"Some words.")
        assert uploads.submit(ME, "d.txt", b"Other words.").outcome == "waiting"
        reader.go.set()
        assert uploads.wait_idle(LONG)
        # What was added still counts.
        assert uploads.submit(ME, "e.txt", b"e " * 300_000).outcome == "quota"
        assert AddedFiles(library.home).measure(ME) == 600_011


def test_nobody_sees_or_stops_what_is_anothers(library: Library) -> None:
    reader = GatedReader()
    with opened(library, reader) as uploads:
        upload = uploads.submit(ME, "walks.md", WALKS)
        assert uploads.list(OTHER) == ()
        assert not uploads.stop(OTHER, upload.id) and not uploads.dismiss(OTHER, upload.id)
        reader.go.set()
        assert finish(uploads, upload).phase == "done"
        assert not uploads.dismiss(OTHER, upload.id) and not uploads.retry(OTHER, upload.id)


# --- stopping, trying again, coming back ------------------------------------------------------------------------


def test_what_is_stopped_can_be_tried_again_or_dismissed(library: Library) -> None:
    reader = GatedReader()
    with opened(library, reader) as uploads:
        first, second = uploads.submit(ME, "walks.md", WALKS), uploads.submit(ME, "longer.md", LONGER)
        assert reader.began.wait(LONG)
        assert not uploads.dismiss(ME, first.id), "it is under way"
        assert uploads.stop(ME, second.id) and uploads.stop(ME, first.id)
        # The reader still holds the file: nobody waits for it.
        assert uploads.wait_idle(LONG)
        assert [upload.phase for upload in uploads.list(ME)] == ["stopped", "stopped"]
        assert uploads.dismiss(ME, second.id) and uploads.retry(ME, first.id)
        reader.go.set()
        assert finish(uploads, first).phase == "done"
        assert not uploads.stop(ME, first.id) and not uploads.retry(ME, first.id)
    assert [card.name for card in library.store.list_documents()] == ["walks.md"]
    assert not any((library.home / "incoming").iterdir())


def test_closing_keeps_what_waits_for_the_next_start(library: Library) -> None:
    reader = GatedReader()
    with opened(library, reader) as uploads:
        first = uploads.submit(ME, "walks.md", WALKS, Metadata(title="Mine", basis=(("Nobody is rated", "found"),)))
        uploads.submit(ME, "longer.md", LONGER)
        assert reader.began.wait(LONG)
    reader.go.set()
    assert library.store.list_states() == ()
    with opened(library) as uploads:
        assert [(one.name, one.phase) for one in uploads.list(ME)] == [
            ("walks.md", "interrupted"),
            ("longer.md", "interrupted"),
        ]
        assert uploads.retry(ME, first.id)
        assert finish(uploads, first).phase == "done"
        (card,) = library.store.list_documents()
        assert card.title == "Mine" and card.metadata.basis == (("Nobody is rated", "found"),)


def test_what_was_kept_badly_is_cleared_at_the_start(library: Library) -> None:
    folder = library.home / "incoming"
    half, broken = folder / f".{'a' * 32}", folder / ("b" * 32)
    for place in (half, broken):
        place.mkdir(parents=True)
        (place / "document").write_bytes(WALKS)
    (broken / "upload.json").write_text(json.dumps({"id": "b" * 32, "phase": 1}), "utf-8")
    with opened(library) as uploads:
        assert uploads.list(ME) == () and list(folder.iterdir()) == []


def test_a_fault_of_ours_keeps_the_bytes(tmp_path: Path) -> None:
    library = Library(tmp_path / "home", FailingEmbedder())
    with opened(library) as uploads:
        upload = finish(uploads, uploads.submit(ME, "a.txt", b"Words with poison in them."))
        assert (upload.phase, upload.can_retry) == ("failed", True) and "the log says what" in upload.reason
        assert library.store.list_states() == () and list_files(library.home / "added") == set()
    with opened(library) as uploads:
        (again,) = uploads.list(ME)
        assert (again.phase, again.reason, again.can_retry) == ("failed", upload.reason, True)
        assert uploads.dismiss(ME, again.id)
    assert not any((library.home / "incoming").iterdir())
    library.close()


# --- replacing, removing, stating other things ------------------------------------------------------------------


def test_a_new_version_takes_the_place_of_the_old_one(library: Library, uploads: Uploads) -> None:
    old = finish(uploads, uploads.submit(ME, "walks.md", WALKS, Metadata(title="Walks")))
    new = finish(uploads, uploads.submit(ME, "walks 2.md", LONGER, replaces=old.document_id))
    assert new.phase == "done"
    assert [card.id for card in library.store.list_documents()] == [new.document_id]
    assert list_files(library.home / "added") == {"walks 2.md"}
    assert count_files_with(library.home, b"Nobody is rated") == []
    assert all(finding.sound for finding in library.verify())


def count_files_with(folder: Path, words: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", [b"%PDF-1.4 no more", b"The poison breaks the model.", b"\x89PNG\r\n\x1a\n"], ids=["file", "model", "kind"]
)
def test_a_new_version_that_fails_leaves_the_old_one_answering(tmp_path: Path, data: bytes) -> None:
    library = Library(tmp_path / "home", FailingEmbedder())
    with opened(library) as uploads:
        old = finish(uploads, uploads.submit(ME, "walks", WALKS))
        new = finish(uploads, uploads.submit(ME, "walks 2", data, replaces=old.document_id))
        assert new.phase == "failed" and new.reason.endswith("The version that was read before still answers.")
        assert [card.id for card in library.store.list_documents()] == [old.document_id]
        assert list_files(library.home / "added") == {"walks"}
    library.close()


def test_a_file_of_a_folder_is_not_ours_to_touch(
    library: Library, uploads: Uploads, corpus: Path, ingest: RunIngest
) -> None:
    ingest(library, corpus)
    cards = {card.name: card for card in library.store.list_documents()}
    new = finish(uploads, uploads.submit(ME, "new.md", LONGER, replaces=cards["walks.md"].id))
    assert new.phase == "done" and "the next `coach ingest` of that folder would add it again" in new.notes[-1]
    removal = uploads.remove(ME, cards["time.txt"].id).result(LONG)
    assert removal.name == "time.txt" and str(corpus) in removal.note
    assert {path.name for path in corpus.iterdir()} == {"time.txt", "walks.md"}


def test_a_removed_document_is_in_no_byte(library: Library, uploads: Uploads) -> None:
    kept = finish(uploads, uploads.submit(ME, "walks.md", WALKS))
    canary = finish(uploads, uploads.submit(ME, "zebra.md", b"# Zebra\n\nThe zebracanary walks with the team.\n" * 9))
    assert canary.document_id is not None
    removal = uploads.remove(OTHER, canary.document_id).result(LONG)
    assert removal.clean and removal.note == ""
    assert count_files_with(library.home, b"zebracanary") == []
    assert count_files_with(library.home, canary.document_id.encode()) == []
    assert [one.id for one in uploads.list(ME)] == [kept.id], "nothing names it any more"
    assert all(finding.sound for finding in library.verify())
    with pytest.raises(CoachError, match="any more"):
        uploads.remove(ME, canary.document_id)


def test_a_removal_does_not_wait_for_files(library: Library) -> None:
    reader = GatedReader()
    reader.go.set()
    with opened(library, reader) as uploads:
        first = finish(uploads, uploads.submit(ME, "walks.md", WALKS))
        reader.go.clear()
        reader.began.clear()
        second = uploads.submit(ME, "longer.md", LONGER, replaces=first.document_id)
        assert reader.began.wait(LONG) and first.document_id is not None
        assert uploads.remove(ME, first.document_id).result(LONG).name == "walks.md"
        assert library.store.list_states() == ()
        reader.go.set()
        assert finish(uploads, second).phase == "done"


@pytest.mark.slow
def test_what_a_reader_keeps_from_being_cleared_is_cleared_later(library: Library, uploads: Uploads) -> None:
    upload = finish(uploads, uploads.submit(ME, "zebra.md", b"The zebracanary walks."))
    assert upload.document_id is not None
    with library.store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM passages").all()
        assert not uploads.remove(ME, upload.document_id).result(LONG).clean
    done = threading.Event()
    while count_files_with(library.home, b"zebracanary"):
        assert not done.wait(0.01)
    assert library.settle()


def test_other_metadata_make_the_document_anew(library: Library, uploads: Uploads) -> None:
    upload = finish(uploads, uploads.submit(ME, "walks.md", WALKS))
    assert upload.document_id is not None
    change = finish(
        uploads, uploads.change_metadata(ME, upload.document_id, Metadata(title="A\x07new\nname", date="2020"))
    )
    assert change.phase == "done"
    (card,) = library.store.list_documents()
    assert (card.id, card.title, card.metadata.year) == (upload.document_id, "A new name", 2020)
    assert AddedFiles(library.home).read_metadata(Path(card.path)) == Metadata(title="A new name", date="2020")
    assert all(finding.sound for finding in library.verify())
    finish(uploads, uploads.change_metadata(ME, upload.document_id, Metadata()))
    assert list_files(library.home / "added") == {"walks.md"}
    with pytest.raises(CoachError, match="title is too long"):
        uploads.change_metadata(ME, upload.document_id, Metadata(title="x" * 1001))


def test_metadata_of_a_folders_document_are_changed_there(
    library: Library, uploads: Uploads, corpus: Path, ingest: RunIngest
) -> None:
    ingest(library, corpus)
    card = library.store.list_documents()[0]
    with pytest.raises(CoachError, match=rf"{card.name}.meta.toml; then run `coach ingest`"):
        uploads.change_metadata(ME, card.id, Metadata(title="Mine"))


def test_metadata_that_fail_leave_the_document_and_its_file(tmp_path: Path) -> None:
    library = Library(tmp_path / "home", FailingEmbedder())
    with opened(library) as uploads:
        upload = finish(uploads, uploads.submit(ME, "walks.md", WALKS, Metadata(title="Mine")))
        assert upload.document_id is not None
        change = finish(uploads, uploads.change_metadata(ME, upload.document_id, Metadata(title="poison")))
        assert change.phase == "failed" and "still answers" in change.reason and change.can_retry
        (card,) = library.store.list_documents()
        assert card.title == "Mine"
        assert AddedFiles(library.home).read_metadata(Path(card.path)) == Metadata(title="Mine")
    library.close()


def test_practices_lose_and_get_back_their_words_with_a_document(
    library: Library, uploads: Uploads, corpus: Path, ingest: RunIngest
) -> None:
    time = (corpus / "time.txt").read_bytes()
    (corpus / "time.txt").unlink()
    write_file(corpus, write_entry())
    ingest(library, corpus)
    first = finish(uploads, uploads.submit(ME, "time.txt", time))
    assert get(library, "two-mornings").is_sound, "its words were withheld until the document came"
    assert first.document_id is not None
    removal = uploads.remove(ME, first.document_id).result(LONG)
    assert [one.practice.id for one in removal.flagged] == ["two-mornings"]
    assert not get(library, "two-mornings").is_sound
    finish(uploads, uploads.submit(ME, "time.txt", time))
    assert get(library, "two-mornings").is_sound


# --- while people ask -------------------------------------------------------------------------------------------


class Asking:
    """Threads that ask until they are told to stop, and what went wrong for them."""

    def __init__(self, ask: Callable[[], object], count: int = 4) -> None:
        self.faults: list[BaseException] = []
        self.asked = 0
        self._stop = threading.Event()
        self._ask = ask
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._ask()
                self.asked += 1
            except BaseException as error:
                self.faults.append(error)
                return

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def write_walk(number: int) -> bytes:
    lines = [
        f"Learning walk {number} visits room {number}{row} for nine minutes, and nobody is rated." for row in range(30)
    ]
    return f"# Walk {number}\n\n{' '.join(lines)}\n".encode()


@pytest.mark.slow
def test_people_ask_while_documents_come_and_go(library: Library) -> None:
    """No error, and after a removal is acknowledged no answer that begins then names the document."""
    with opened(library) as uploads:
        retriever = uploads._accession._retriever
        assistant = make_assistant(library)
        # The same retriever as the uploads have, so that its index changes under the questions.
        workshop = replace(assistant.team.grounder.workshop, retriever=retriever)
        assistant.team.grounder.workshop = workshop
        finish(uploads, uploads.submit(ME, "base.md", write_walk(0)))
        gone: set[str] = set()

        def ask() -> None:
            before = set(gone)
            answer = assistant.ask("How long does the learning walk visit each room?")
            cited = {citation.document_id for citation in answer.citations}
            cited |= {hit.document.id for hit in answer.retrieved}
            assert not cited & before, "an answer cites what was removed"

        with Asking(ask) as asking:
            for number in range(1, 6):
                first = finish(uploads, uploads.submit(ME, f"walk {number}.md", write_walk(number)))
                second = finish(
                    uploads, uploads.submit(ME, "new.md", write_walk(number + 100), replaces=first.document_id)
                )
                assert second.phase == "done", second.reason
                assert first.document_id is not None and second.document_id is not None
                gone.add(first.document_id)
                assert uploads.remove(ME, second.document_id).result(LONG).document_id == second.document_id
                gone.add(second.document_id)
        assert asking.faults == [] and asking.asked > 4
        assert retriever.index_kind == "chroma", "the index that was made anew is asked again"
        assert all(finding.sound for finding in library.verify())
        question = "walk visits room"
        assert {hit.document.name for hit in retriever.search(Question(question, question)).hits} == {"base.md"}


def test_searches_under_way_end_before_their_index_is_closed(library: Library, uploads: Uploads) -> None:
    finish(uploads, uploads.submit(ME, "walks.md", WALKS))
    index = library.open_chroma()
    vector = library.store.read_vectors()[1][0]
    held, closed = threading.Event(), threading.Event()
    query = index._passages.query

    def slow(**options: Any) -> Any:
        held.set()
        assert not closed.wait(0.2), "closed while it was asked"
        return query(**options)

    index._passages.query = slow  # type: ignore[method-assign,assignment]
    results: list[dict[str, float]] = []
    asking = threading.Thread(target=lambda: results.append(index.search(vector, 1)))
    asking.start()
    assert held.wait(LONG)
    index.close()
    closed.set()
    asking.join()
    assert len(results[0]) == 1
    with pytest.raises(CoachError, match="closed"):
        index.search(vector, 1)


# --- names, kinds and metadata ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Plan.docx", "Plan.docx"),
        ("-rf.txt", "rf.txt"),
        ("..hidden.pdf", "hidden.pdf"),
        ("~$lock.docx", "lock.docx"),
        ("CON.txt", "_CON.txt"),
        ("a\x00b\u202e\nc.pdf", "a b c.pdf"),
        ("E\u0301tude d’été: 学校.pdf", "Étude d’été 学校.pdf"),
        ("plan.pdf. . ", "plan.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, clean: str) -> None:
    assert clean_name(name) == clean


@given(st.one_of(st.text(max_size=300), st.text(alphabet="./\\-~$ :conREADME\u0301é学.", max_size=300)))
@bounds(suppress_health_check=[HealthCheck.too_slow])
def test_every_name_that_passes_is_safe(name: str) -> None:
    try:
        cleaned = clean_name(name)
    except UnreadableFile:
        return
    assert clean_name(cleaned) == cleaned
    assert not {"/", "\\", "\x00", "\n"} & set(cleaned) and cleaned[0] not in ".-~ " and cleaned == cleaned.strip()
    assert len(cleaned.encode()) <= LONGEST_NAME and is_document(cleaned)
    assert show_name(Path(cleaned)) == cleaned == Path(cleaned).name


def test_a_piece_of_a_page_and_names_that_say_nothing_pass() -> None:
    check_kind("text", "piece.html")
    check_kind("markdown", "notes.txt")
    check_kind("pdf", "report")
    check_head(b"PK\x03\x04", "a.docx")
    check_head("Wörter ".encode("utf-16"), "a.txt")


@given(st.integers(0, 3), st.sampled_from("aé学\U0001f600"))
def test_a_sign_at_the_border_of_the_head_is_not_cut(before: int, sign: str) -> None:
    data = ("x" * before + sign * 70_000).encode()
    check_head(data[:65_536], "a.txt")


def test_large_files_of_other_encodings_and_kinds_are_told_apart() -> None:
    check_head(("Grüße aus der Schule. " * 4000).encode("cp1252")[:65_536], "a.txt")
    for data in (b"\x89PNG\r\n\x1a\n" + b"\xff\xfe" * 40_000, b"MZ" + b"\x90\x00" * 40_000):
        with pytest.raises(UnreadableFile):
            check_head(data[:65_536], "a.txt")
    with pytest.raises(UnreadableFile, match="it is a PDF"):
        check_head((b"%PDF-1.7\n" + b"\xff\xfe" * 40_000)[:65_536], "a.txt")


_LINES = st.text(max_size=40)
_NAMES = st.lists(_LINES, max_size=4).map(tuple)
_METADATA = st.builds(
    Metadata,
    title=st.none() | _LINES,
    authors=_NAMES,
    date=st.none() | st.sampled_from(["2019", "2019-05-01", "Spring"]),
    publisher=st.none() | _LINES,
    address=st.none() | _LINES,
    evidence=st.none() | _LINES,
    rights=st.none() | _LINES,
    note=st.none() | st.text(alphabet="\"\\\x7f\x85\u2028]=#\n'\U0001f600\ud800ab", max_size=40),
    called=_NAMES,
    basis=st.lists(st.tuples(_LINES, st.sampled_from(BASES)), max_size=3).map(tuple),
)


@given(_METADATA)
def test_metadata_are_read_as_they_were_written(metadata: Metadata) -> None:
    cleaned = clean_metadata(metadata)
    assert clean_metadata(cleaned) == cleaned
    written = write_metadata(cleaned)
    tomllib.loads(written)


def test_a_metadata_file_holds_what_was_stated(tmp_path: Path) -> None:
    stated = Metadata(title='A "quoted" \\ title', authors=("Ada", "Ben"), basis=(("we = assume", "assumes"),))
    write_metadata_file(tmp_path / "a.pdf", stated)
    assert read_metadata_file(tmp_path / "a.pdf.meta.toml") == stated
    write_metadata_file(tmp_path / "a.pdf", Metadata())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UnreadableFile, match="too long"):
        write_metadata_file(tmp_path / "a.pdf", Metadata(called=tuple(f"name {number}" for number in range(201))))


# --- wired as the web server has it -----------------------------------------------------------------------------


def test_reader_processes_take_in_a_pdf_and_refuse_a_damaged_one(library: Library, tmp_path: Path) -> None:
    chosen = Settings(home=library.home, cache=tmp_path / "cache", person_files=2)
    retriever = Retriever(library.store, library.words, library.exact, library.exact, library.embedder)
    with open_uploads(chosen, library, retriever) as uploads:
        uploads.submit(ME, "report.pdf", write_report())
        assert finish(uploads, uploads.submit(ME, "cut.pdf", write_report()[:400])).outcome == "broken"
        assert [card.pages for card in library.store.list_documents()] == [4]
        assert retriever.index_kind == "chroma"
    retriever.close()
    with pytest.raises(CoachError, match="being closed"):
        uploads.remove(ME, library.store.list_documents()[0].id)
    assert "being closed" in uploads.submit(ME, "late.txt", b"Some words.").reason


def test_counts_of_an_earlier_state_do_not_take_the_place_of_later_ones(library: Library, uploads: Uploads) -> None:
    """Who began to ask before a document came must not leave behind that nobody holds its words."""
    before = library.store.read_generation()
    finish(uploads, uploads.submit(ME, "walks.md", WALKS))
    now = library.store.read_generation()
    assert not library.words.holds("nowhere", now)
    counts = library.words._counts
    library.words.holds("zebra", before)
    assert library.words._counts is counts and "zebra" not in counts.frequencies
    assert library.words.holds("classrooms", now)
