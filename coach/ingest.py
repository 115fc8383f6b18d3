"""Brings the library level with files and folders: paths in, a report with one named outcome for each file out.

Files are read by the reader processes while this one embeds and commits. Each document is one transaction; what was
cut short is gone on with at the next run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from coach.embedding import Embedder
from coach.errors import CoachError, UnreadableFile
from coach.files import find_files, is_within, show_name
from coach.library import Library
from coach.making import (
    STEP,
    STILL_ANSWERS,
    Draft,
    Source,
    cut_draft,
    embed_drafts,
    examine_file,
    keep_draft,
    read_source,
)
from coach.practices.loading import PracticeReport, load_practices
from coach.reading import Reader
from coach.records import Document
from coach.store.store import DocumentState

Change = Literal["added", "updated", "unchanged", "moved", "removed", "failed", "duplicate"]
CHANGES: tuple[Change, ...] = ("added", "updated", "moved", "unchanged", "removed", "duplicate", "failed")

_AHEAD = 6


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file."""

    name: str
    change: Change
    message: str = ""
    outcome: str = ""
    """For a failed file: empty, not_supported, password, no_text, broken, too_large, too_slow, metadata or unreadable."""
    pages: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of every file, in the order of the paths; documents whose file is gone come last."""

    results: tuple[FileResult, ...]
    stopped: bool = False
    clean: bool = True
    """Whether what was removed is cleared from every byte; a reader in the way puts that off to the next run."""
    practices: PracticeReport | None = None
    """Of the `practices/` folders; None where the run was stopped before them."""

    def count(self, change: Change) -> int:
        """How many files had this outcome."""
        return sum(1 for result in self.results if result.change == change)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an ingest stands. `phase` is `reading`, `embedding` or `done` for one file, `index` for the vector index."""

    phase: Literal["reading", "embedding", "done", "index"]
    name: str
    done: int
    total: int
    result: FileResult | None = None


Notify = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _File:
    """A file that may have to be read."""

    source: Source
    known: DocumentState | None

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def data_hash(self) -> str:
        return self.source.data_hash


@dataclass(slots=True)
class _Waiting:
    """Documents that were read and cut, and wait to be embedded together."""

    items: list[tuple[_File, Draft]] = field(default_factory=list)

    @property
    def passages(self) -> int:
        return sum(len(draft.passages) for _, draft in self.items)


class Ingest:
    """One run over some paths."""

    def __init__(self, library: Library, reader: Reader, *, file_megabytes: int, notify: Notify) -> None:
        self._library = library
        self._embedder: Embedder = library.embedder
        self._reader = reader
        self._largest = file_megabytes * 1_000_000
        self._notify = notify
        self._results: dict[str, FileResult] = {}
        self._again = False
        self._finished = 0
        self._total = 0

    def run(self, paths: Sequence[Path], *, allow_empty: bool = False, again: bool = False) -> IngestReport:
        """Read what is new or changed (`again`: everything), and take out documents of these folders whose files are gone.

        Ctrl-C ends it with a report of the documents that were done; those at hand are read again by the next run.

        Raises:
            CoachError: a path is not there, or a folder that had documents holds none now (unless `allow_empty`).
        """
        paths = [path.resolve() for path in paths]
        files = find_files(paths)
        present = set(files)
        self._again = again
        states = self._library.store.list_states()
        gone = [state for state in states if is_within(state.path, paths) and Path(state.path) not in present]
        if gone and not files and not allow_empty:
            raise CoachError(
                f"{paths[0]} holds no documents now, but {len(gone)} of the library came from there. Is a drive missing? "
                "If they are to be removed, run it again with --allow-empty."
            )
        stopped = False
        practices: PracticeReport | None = None
        try:
            wanted = self._sort_out(files, states, gone)
            self._total = len(wanted)
            self._read_all(wanted)
            self._remove(gone, {file.data_hash for file in wanted})
            practices = load_practices(self._library.store, self._embedder, paths)
        except KeyboardInterrupt:
            stopped = True
        clean = self._library.settle(lambda done, total: self._notify(Progress("index", "", done, total)))
        order = {str(path): place for place, path in enumerate(files)}
        results = sorted(self._results.items(), key=lambda item: order.get(item[0], len(order)))
        return IngestReport(tuple(result for _, result in results), stopped, clean, practices)

    def _sort_out(
        self, files: Sequence[Path], states: Sequence[DocumentState], gone: list[DocumentState]
    ) -> list[_File]:
        """The files that must be read; the rest get their result at once, and what they displaced joins `gone`."""
        by_path = {state.path: state for state in states}
        by_id = {state.id: state for state in states}
        examined: list[_File] = []
        for path in files:
            try:
                examined.append(_File(examine_file(path, self._largest), by_path.get(str(path))))
            except UnreadableFile as error:
                self._fail(path, error, by_path.get(str(path)))
        # Of two files with one content, the one that the library knows is the document; else the first.
        owners = {file.data_hash: file.path for file in reversed(examined)}
        owners |= {file.data_hash: file.path for file in examined if file.known and file.known.id == file.data_hash}
        wanted: list[_File] = []
        for file in examined:
            same = by_id.get(file.data_hash)
            twin = self._find_twin(file, owners[file.data_hash], same, gone)
            if twin is not None:
                self._finish(file.path, FileResult(file.name, "duplicate", f"The same content as {twin.name}."))
                if file.known is not None:
                    gone.append(file.known)
            elif self._must_read(file, same):
                wanted.append(file)
        return wanted

    def _find_twin(
        self, file: _File, owner: Path, same: DocumentState | None, gone: Sequence[DocumentState]
    ) -> Path | None:
        """The other file whose content this one repeats, if that one is the document."""
        if owner != file.path:
            return owner
        elsewhere = same is not None and same.path != str(file.path) and file.known is None
        if same is not None and elsewhere and same not in gone and Path(same.path).exists():
            return Path(same.path)
        return None

    def _must_read(self, file: _File, same: DocumentState | None) -> bool:
        """Whether a file's content is new, stands at another document's path, or was read otherwise."""
        displaces = file.known is not None and file.known.id != file.data_hash
        if self._again or same is None or same.made_of != file.source.made_of or displaces:
            return True
        if same.path == str(file.path):
            self._finish(file.path, FileResult(file.name, "unchanged"))
        else:
            self._library.store.move_document(same.id, str(file.path), file.name)
            was = f"Was {same.name} in {Path(same.path).parent.name}."
            self._finish(file.path, FileResult(file.name, "moved", was))
        return False

    def _read_all(self, wanted: Sequence[_File]) -> None:
        """Readers work ahead by a few files; this process embeds and commits."""
        waiting = _Waiting()
        pool = ThreadPoolExecutor(max_workers=_AHEAD, thread_name_prefix="reading")
        ahead: deque[tuple[_File, Future[tuple[bytes, Document]]]] = deque()
        todo = iter(wanted)
        try:
            while True:
                while len(ahead) < _AHEAD and (file := next(todo, None)) is not None:
                    ahead.append((file, pool.submit(read_source, file.source, self._reader)))
                if not ahead:
                    break
                file, future = ahead.popleft()
                self._notify(Progress("reading", file.name, self._finished, self._total))
                self._take(file, future, waiting)
                if waiting.passages >= STEP:
                    self._embed_and_commit(waiting)
            self._embed_and_commit(waiting)
        finally:
            # Not waited for: after Ctrl-C a reader may be at a long file, and its pool ends it.
            pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, file: _File, future: Future[tuple[bytes, Document]], waiting: _Waiting) -> None:
        try:
            waiting.items.append((file, cut_draft(file.source, *future.result(), self._embedder)))
        except UnreadableFile as error:
            self._fail(file.path, error, file.known)

    def _embed_and_commit(self, waiting: _Waiting) -> None:
        if not waiting.items:
            return
        last = waiting.items[-1][0].name

        def tell(done: int, total: int) -> None:
            # With word of it, and a chance to stop, every few seconds in a very long document.
            shown = f"{last} ({done:,} of {total:,} passages)" if done else last
            self._notify(Progress("embedding", shown, self._finished, self._total))

        rows = embed_drafts([draft for _, draft in waiting.items], self._embedder, tell)
        for (file, draft), vectors in zip(waiting.items, rows, strict=True):
            keep_draft(self._library, draft, vectors)
            reading = draft.document.reading
            notes = " ".join(reading.notes)
            change: Change = "updated" if file.known else "added"
            result = FileResult(file.name, change, notes, "", len(reading.pages), len(draft.passages))
            self._finish(file.path, result)
        waiting.items.clear()

    def _remove(self, gone: Sequence[DocumentState], kept: set[str]) -> None:
        still = {state.id: state.path for state in self._library.store.list_states()}
        for state in gone:
            # Its bytes may have been found elsewhere in the meantime: then it was moved or read anew there.
            if state.id in kept or still.get(state.id) != state.path:
                continue
            self._library.store.remove_document(state.id)
            self._results[state.path] = FileResult(state.name, "removed", "Its file is gone.")

    def _fail(self, path: Path, error: UnreadableFile, known: DocumentState | None) -> None:
        message = f"{error} {STILL_ANSWERS}" if known else str(error)
        self._finish(path, FileResult(show_name(path), "failed", message, error.outcome))

    def _finish(self, path: Path, result: FileResult) -> None:
        self._results[str(path)] = result
        if result.change in ("added", "updated", "failed"):
            self._finished += 1
            self._notify(Progress("done", result.name, self._finished, self._total, result))
