"""Ingest: what becomes of each file, and that nothing a file does costs data."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
from pathlib import Path

import pytest

from coach.errors import CoachError, LibraryBusy
from coach.ingest import FileResult, IngestReport, Progress
from coach.library import Library
from coach.lock import hold_library
from coach.passages import cut_passages
from coach.privacy import clear_freed_memory
from coach.readers import read
from coach.records import Document, Metadata, Reading
from tests.conftest import RunIngest
from tests.fakes import DirectReader, WordEmbedder
from tests.pdf_files import write_lines, write_report


def changes(report: IngestReport) -> dict[str, str]:
    return {result.name: result.change for result in report.results}


def result_of(report: IngestReport, name: str) -> FileResult:
    return next(result for result in report.results if result.name == name)


def test_a_second_run_reads_nothing(library: Library, corpus: Path, ingest: RunIngest) -> None:
    assert changes(ingest(library, corpus)) == {"time.txt": "added", "walks.md": "added"}
    reader = DirectReader()
    generation = library.store.read_generation()
    assert changes(ingest(library, corpus, reader=reader)) == {"time.txt": "unchanged", "walks.md": "unchanged"}
    assert reader.names == [] and library.store.read_generation() == generation


def test_changes_of_content_and_of_metadata_are_taken_up(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    (corpus / "walks.md").write_text("# Learning walks\n\nNow they are longer.\n", "utf-8")
    (corpus / "time.txt.meta.toml").write_text(
        'title = "On time"\nauthors = ["Ada Okoro"]\ndate = 2019-05-01\n', "utf-8"
    )
    assert changes(ingest(library, corpus)) == {"time.txt": "updated", "walks.md": "updated"}
    card = library.store.find_document("time.txt")
    assert card is not None and card.title == "On time" and card.metadata.year == 2019
    walks = library.store.find_document("walks.md")
    assert walks is not None and "longer" in (library.store.read_text(walks.id) or "")
    assert len(library.store.list_documents()) == 2
    # A new title changes what is embedded under the same passage ids: the index must have followed.
    assert all(finding.sound for finding in library.verify())


def test_a_file_that_is_gone_is_removed_and_one_that_moved_is_kept(
    library: Library, corpus: Path, ingest: RunIngest
) -> None:
    ingest(library, corpus)
    (corpus / "deeper").mkdir()
    (corpus / "walks.md").rename(corpus / "deeper" / "visits.md")
    (corpus / "time.txt").unlink()
    reader = DirectReader()
    assert changes(ingest(library, corpus, reader=reader)) == {"visits.md": "moved", "time.txt": "removed"}
    assert reader.names == []
    assert [card.name for card in library.store.list_documents()] == ["visits.md"]


def test_two_files_that_changed_places_are_told_apart(library: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / "other.md").write_text("# Other\n\nAnother text about meetings.\n", "utf-8")
    ingest(library, corpus)
    (corpus / "other.md").rename(corpus / "third")
    (corpus / "walks.md").rename(corpus / "other.md")
    (corpus / "third").rename(corpus / "walks.md")
    ingest(library, corpus)
    titles = {card.name: card.title for card in library.store.list_documents()}
    assert titles == {"other.md": "Learning walks", "time.txt": "Protecting time", "walks.md": "Other"}
    assert all(finding.sound for finding in library.verify())


def test_a_file_that_takes_the_place_of_another(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    (corpus / "time.txt").rename(corpus / "walks.md.new")
    (corpus / "walks.md.new").replace(corpus / "walks.md")
    assert result_of(ingest(library, corpus), "walks.md").change == "updated"
    assert [(card.name, card.passages > 0) for card in library.store.list_documents()] == [("walks.md", True)]
    assert "two mornings" in (library.store.read_text(library.store.list_states()[0].id) or "")
    assert all(finding.sound for finding in library.verify())


def test_a_file_that_becomes_a_copy_leaves_one_document(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    (corpus / "time.txt").write_bytes((corpus / "walks.md").read_bytes())
    report = ingest(library, corpus)
    assert result_of(report, "walks.md").change == "unchanged"
    assert [card.name for card in library.store.list_documents()] == ["walks.md"]
    assert changes(ingest(library, corpus)) == {"time.txt": "duplicate", "walks.md": "unchanged"}


def test_a_metadata_file_is_no_document_even_when_it_is_named(
    library: Library, corpus: Path, ingest: RunIngest
) -> None:
    (corpus / "walks.md.meta.toml").write_text('title = "Walks"', "utf-8")
    with pytest.raises(CoachError, match="never a document"):
        ingest(library, corpus / "walks.md.meta.toml")


def test_a_copy_of_a_known_document_does_not_take_its_place(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    (corpus / "a copy.md").write_bytes((corpus / "walks.md").read_bytes())
    report = ingest(library, corpus)
    assert changes(report) == {"a copy.md": "duplicate", "time.txt": "unchanged", "walks.md": "unchanged"}
    assert result_of(report, "a copy.md").message == "The same content as walks.md."


def test_documents_of_other_folders_are_left_alone(
    library: Library, corpus: Path, tmp_path: Path, ingest: RunIngest
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.txt").write_text("More words about schools and their work.", "utf-8")
    ingest(library, corpus)
    assert changes(ingest(library, other)) == {"more.txt": "added"}
    assert len(library.store.list_documents()) == 3
    assert changes(ingest(library, corpus / "walks.md")) == {"walks.md": "unchanged"}


def test_a_folder_that_is_suddenly_empty_costs_nothing(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    for path in corpus.iterdir():
        path.unlink()
    with pytest.raises(CoachError, match="drive missing"):
        ingest(library, corpus)
    assert len(library.store.list_documents()) == 2
    assert ingest(library, corpus, allow_empty=True).count("removed") == 2
    with pytest.raises(CoachError, match="no file or folder"):
        ingest(library, corpus / "nowhere")


def test_what_is_no_document_is_passed_over(library: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / "README.md").write_text("# How to", "utf-8")
    (corpus / ".hidden.txt").write_text("hidden", "utf-8")
    (corpus / "practices").mkdir()
    (corpus / "practices" / "one.yaml").write_text("title: x", "utf-8")
    (corpus / "walks.md.meta.toml").write_text('title = "Walks"', "utf-8")
    assert set(changes(ingest(library, corpus))) == {"time.txt", "walks.md"}


def test_every_way_to_fail_is_one_line_of_the_report(library: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / "scan.pdf").write_bytes(write_lines([[], []]))
    (corpus / "secret.pdf").write_bytes(write_report(password="x"))
    (corpus / "cut.pdf").write_bytes(write_report()[:400])
    (corpus / "empty.txt").write_bytes(b" \n")
    (corpus / "picture.pdf").write_bytes(b"\x89PNG\r\n\x1a\n")
    (corpus / "large.txt").write_bytes(b"words " * 1_000_000)
    (corpus / "twin.md").write_bytes((corpus / "walks.md").read_bytes())
    (corpus / "bad.txt").write_text("Words of a sound document.", "utf-8")
    (corpus / "bad.txt.meta.toml").write_text("titel = 'x'", "utf-8")
    report = ingest(library, corpus)
    outcomes = {result.name: result.outcome for result in report.results if result.change == "failed"}
    assert outcomes == {
        "scan.pdf": "no_text",
        "secret.pdf": "password",
        "cut.pdf": "broken",
        "empty.txt": "empty",
        "picture.pdf": "not_supported",
        "large.txt": "too_large",
        "bad.txt": "metadata",
    }
    assert "pages 1-2" in result_of(report, "scan.pdf").message
    assert result_of(report, "walks.md").message == "The same content as twin.md."
    assert report.count("added") == 2
    assert all(finding.sound for finding in library.verify())


def test_a_new_version_that_fails_leaves_the_old_one_answering(
    library: Library, corpus: Path, ingest: RunIngest
) -> None:
    (corpus / "report.pdf").write_bytes(write_report())
    ingest(library, corpus)
    (corpus / "report.pdf").write_bytes(b"%PDF-1.4 no more")
    report = ingest(library, corpus)
    failed = result_of(report, "report.pdf")
    assert failed.change == "failed" and "still answers" in failed.message
    card = library.store.find_document("report.pdf")
    assert card is not None and card.pages == 4


class StoppingReader(DirectReader):
    """Ctrl-C arrives while it reads the second file."""

    def read(self, data: bytes, name: str) -> Reading:
        if len(self.names) == 1:
            threading.Event().wait(0.05)
            raise KeyboardInterrupt
        return super().read(data, name)


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(library: Library, corpus: Path, ingest: RunIngest) -> None:
    seen: list[Progress] = []
    report = ingest(library, corpus, reader=StoppingReader(), notify=seen.append)
    assert report.stopped
    assert report.count("unchanged") == 0, "what was not looked at is not said to be unchanged"
    assert all(finding.sound for finding in library.verify())
    assert ingest(library, corpus).count("added") + len([1 for p in seen if p.phase == "done"]) == 2
    assert len(library.store.list_documents()) == 2


def test_progress_is_told_for_each_file(library: Library, corpus: Path, ingest: RunIngest) -> None:
    seen: list[Progress] = []
    ingest(library, corpus, notify=seen.append)
    assert [p.name for p in seen if p.phase == "reading"] == ["time.txt", "walks.md"]
    assert [p.done for p in seen if p.phase == "done"] == [1, 2]


def test_a_removed_document_is_in_no_byte_of_the_folder(library: Library, corpus: Path, ingest: RunIngest) -> None:
    canary = "zebracanary4711"
    (corpus / f"{canary}.txt").write_text(f"The {canary} walks with the team. " * 40, "utf-8")
    ingest(library, corpus)
    assert count_bytes(library.home, canary), "the search must be able to find it"
    state = next(state for state in library.store.list_states() if canary in state.path)
    passage = library.store.list_document_passages(state.id)[0].passage.id
    vector = library.store.read_vectors([passage])[1].tobytes()
    assert holding(library.home, vector) and holding(library.home, passage.encode())
    (corpus / f"{canary}.txt").unlink()
    assert ingest(library, corpus).clean
    assert count_bytes(library.home, canary) == {}
    for trace in (vector, passage.encode(), state.id.encode()):
        assert holding(library.home, trace) == []
    assert len(library.store.list_documents()) == 2
    assert all(finding.sound for finding in library.verify())


def holding(folder: Path, trace: bytes) -> list[str]:
    """The files that hold these bytes."""
    return [path.name for path in folder.rglob("*") if path.is_file() and trace in path.read_bytes()]


def count_bytes(folder: Path, words: str) -> dict[str, int]:
    """Occurrences in each file that has any, in the encodings in which text is kept."""
    needles = [words.encode(), words.encode("utf-16-le"), words[:-1].encode()]
    counts = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = {name: sum(data.count(needle) for needle in needles) for name, data in counts.items()}
    return {name: count for name, count in found.items() if count}


@pytest.mark.slow
def test_a_reader_in_the_way_puts_off_the_clearing_and_says_so(
    library: Library, corpus: Path, ingest: RunIngest
) -> None:
    canary = "zebracanary4712"
    (corpus / "c.txt").write_text(f"The {canary} walks.", "utf-8")
    ingest(library, corpus)
    (corpus / "c.txt").unlink()
    with library.store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM passages").all()
        report = ingest(library, corpus)
    assert not report.clean
    assert ingest(library, corpus).clean
    assert count_bytes(library.home, canary) == {}


def test_a_second_writer_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    with (
        hold_library(tmp_path, "coach serve, port 7860"),
        pytest.raises(LibraryBusy, match="coach serve, port 7860.*process"),
        hold_library(tmp_path, "coach ingest"),
    ):
        raise AssertionError("two writers")
    with hold_library(tmp_path, "coach ingest"):
        pass


def test_embedding_anew_changes_the_model_and_keeps_the_answers(
    library: Library, corpus: Path, ingest: RunIngest, tmp_path: Path
) -> None:
    ingest(library, corpus)
    library.close()
    other = Library(library.home, WordEmbedder("other", 48))
    other.embed_anew()
    other.rebuild()
    assert all(finding.sound for finding in other.verify())
    assert other.store.read_vectors()[1].shape[1] == 48
    other.close()


def test_the_vector_index_holds_no_words_of_any_document(tmp_path: Path, ingest: RunIngest) -> None:
    """Chroma writes memory that it never filled; what other work left in that memory must not get to the disk."""
    canary = "zebracanary4714"
    for number in range(6):
        folder = tmp_path / f"corpus-{number}"
        folder.mkdir()
        (folder / "a.txt").write_text(f"The {canary} walks with the team. " * 40, "utf-8")
        library = Library(tmp_path / f"home-{number}", WordEmbedder())
        ingest(library, folder)
        library.close()
        assert count_bytes(library.home / "index", canary) == {}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="clearing freed memory is glibc's")
def test_memory_that_was_freed_comes_back_empty() -> None:
    assert clear_freed_memory()
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]
    # Blocks of the size of an index. Glibc keeps its smallest ones apart; they never become part of a large one uncleared.
    for size in (5_000, 46_000):
        block = library.malloc(size)
        ctypes.memset(block, ord("x"), size)
        library.free(block)
        again = library.malloc(size)
        assert set(ctypes.string_at(again, size)) == {0}
        library.free(again)


def test_the_remedy_that_verify_names_works(library: Library, corpus: Path, ingest: RunIngest) -> None:
    ingest(library, corpus)
    kept = next(path for path in (library.home / "originals").rglob("*") if path.is_file())
    kept.write_bytes(b"x" * kept.stat().st_size)
    fault = next(finding for finding in library.verify() if not finding.sound)
    assert fault.part == "originals" and "--again" in fault.message
    assert ingest(library, corpus, again=True).count("updated") == 2
    assert all(finding.sound for finding in library.verify())


def test_odd_files_are_one_line_each(library: Library, corpus: Path, ingest: RunIngest) -> None:
    (corpus / os.fsdecode(b"caf\xe9.txt")).write_text("Words in a file of an odd name.", "utf-8")
    (corpus / "two\nlines.txt").write_text("Words in a file of two lines.", "utf-8")
    os.mkfifo(corpus / "pipe.txt")
    os.mkfifo(corpus / "walks.md.meta.toml")
    (corpus / "time.txt.meta.toml").write_text("title = " + "[" * 50_000, "utf-8")
    (corpus / "Report [draft].txt").write_text("Words of a draft report.", "utf-8")
    (corpus / "nul.txt").write_bytes(b"Words before\x00and after the sign.")
    report = ingest(library, corpus)
    failed = {result.name: result.outcome for result in report.results if result.change == "failed"}
    assert failed == {
        "caf\ufffd.txt": "unreadable",
        "two lines.txt": "unreadable",
        "pipe.txt": "unreadable",
        "time.txt": "metadata",
        "nul.txt": "not_supported",
    }
    assert {result.name for result in report.results if result.change == "added"} == {"walks.md", "Report [draft].txt"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "![" * 30_000,
        "[" * 50_000,
        "a](" * 30_000,
        "a" + "_" * 90_000 + "b",
        "abc-" * 50_000,
        "x\n" * 100_000,
        "|a" * 50_000,
    ],
    ids=["pictures", "brackets", "links", "underscores", "hyphens", "lines", "bars"],
)
def test_hostile_text_costs_no_more_than_its_length(words: str) -> None:
    """With a quadratic rule among them this would take minutes."""
    embedder = WordEmbedder()
    for name in ("x.md", "x.txt"):
        reading = read(words.encode(), name)
        document = Document("d" * 64, f"/{name}", name, len(words), reading, Metadata())
        for passage in cut_passages(document, embedder.count_tokens, embedder.window):
            assert embedder.count_tokens([passage.search_text])[0] <= embedder.window
