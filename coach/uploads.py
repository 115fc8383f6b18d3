"""Documents that people hand over, taken in one after the other by one thread: files in, a list of how far each is out.

The thread belongs to the process that owns the library, so that nothing depends on a page staying open. What was waiting
or under way when the process ended is found again as interrupted.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition, Thread
from typing import Literal, TypeVar

from coach.accession import Accession, PageResult, Removal, Stage, Taken
from coach.admission import HEAD, check_head, clean_name
from coach.errors import CoachError, UnreadableFile
from coach.incoming import Incoming, Parcel
from coach.making import STILL_ANSWERS, hash_file, require_size
from coach.metadata import clean_metadata, drop_unshown, write_metadata
from coach.records import DocumentCard, Metadata

_LOG = logging.getLogger(__name__)
_MOST_FINISHED = 200  # entries of one person that are kept in memory
_ACTIVE = ("waiting", "reading", "embedding", "indexing")
# What lies in the file: to try again would end the same way. Other failures keep the bytes.
_FINAL = frozenset(
    {"not_supported", "password", "no_text", "empty", "broken", "too_large", "metadata", "duplicate", "gone"}
)
_OUR_FAULT = "Something went wrong in Coach while this was taken in; the log says what. Try it again."
_CLOSING = "Coach is being closed. Add the file again when it is back."
Phase = Literal["waiting", "reading", "embedding", "indexing", "done", "failed", "stopped", "interrupted"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may hand over."""

    file_megabytes: int
    """The largest file."""
    person_megabytes: int
    """All files of one person, waiting or added."""
    waiting: int
    """Files of one person that wait or are under way."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody handed over, or a document whose metadata they changed, and how far that is."""

    id: str
    person: str
    name: str
    size: int
    phase: Phase = "waiting"
    done: int | None = None
    """Of the passages, in the phases where they are counted; else None, as `total`."""
    total: int | None = None
    replaces: str | None = None
    """The id of the document whose place it takes."""
    document_id: str | None = None
    """What it is or will be in the library, once its bytes were read."""
    pages: tuple[PageResult, ...] = ()
    passages: int = 0
    notes: tuple[str, ...] = ()
    reason: str = ""
    """Why it failed, as a sentence for the person."""
    outcome: str = ""
    """Of a refused file, as in `FileResult`, or `duplicate`, `quota`, `waiting` or `gone`."""
    can_retry: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it waits or is under way."""
        return self.phase in _ACTIVE

    @property
    def silent_pages(self) -> tuple[int, ...]:
        """The numbers of pages that have no text."""
        return tuple(page.number for page in self.pages if page.characters == 0)


class _Stopped(Exception):
    """The work at hand is no longer wanted."""


@dataclass(frozen=True, slots=True)
class _Remake:
    """A document of ours that gets other metadata."""

    card: DocumentCard
    metadata: Metadata


@dataclass(slots=True)
class _State:
    """What the threads share. Only touched by who holds the condition."""

    entries: dict[str, Upload] = field(default_factory=dict)
    work: dict[str, Parcel | _Remake] = field(default_factory=dict)
    waiting: deque[str] = field(default_factory=deque)
    removals: deque[tuple[DocumentCard, Future[Removal]]] = field(default_factory=deque)
    stopping: set[str] = field(default_factory=set)
    number: int = 0
    begun: bool = False
    """Whether what a crash left was cleared."""
    unclean: bool = False
    closing: bool = False


class Uploads:
    """The queue of one library. Every method may be called from any thread."""

    def __init__(self, accession: Accession, incoming: Incoming, limits: Limits, *, pause: float = 5.0) -> None:
        """Find again what was not finished, and start the thread.

        Args:
            accession: does the work.
            incoming: where files wait.
            limits: of one person.
            pause: seconds between tries to clear what a reader keeps from being cleared.
        """
        self._accession = accession
        self._incoming = incoming
        self._limits = limits
        self._pause = pause
        self._changed = Condition()
        self._state = _State()
        self._recover()
        self._thread = Thread(target=self._work, name="uploads", daemon=True)
        self._thread.start()

    def _recover(self) -> None:
        for parcel in self._incoming.list():
            entry = Upload(parcel.id, parcel.person, parcel.name, parcel.size, replaces=parcel.replaces)
            entry = replace(entry, document_id=parcel.document_id)
            card = self._accession.find(parcel.document_id)
            if card is not None and self._accession.added.holds(card.path):
                # The process ended after the change, and before this was noted.
                self._incoming.drop(parcel.id)
                self._state.entries[parcel.id] = replace(entry, phase="done", passages=card.passages, notes=card.notes)
                continue
            phase: Phase = "failed" if parcel.phase == "failed" else "interrupted"
            phase = "stopped" if parcel.phase == "stopped" else phase
            self._state.entries[parcel.id] = replace(entry, phase=phase, reason=parcel.reason, can_retry=True)
            self._state.work[parcel.id] = parcel
            self._state.number = max(self._state.number, parcel.number)

    # --- what a face asks for -----------------------------------------------------------------------------------

    def submit(
        self,
        person: str,
        name: str,
        data_or_path: bytes | Path,
        metadata: Metadata | None = None,
        replaces: str | None = None,
    ) -> Upload:
        """Take a file over. A refused one comes back as `failed` with its reason, and nothing of it stays on the disk.

        Args:
            person: who hands it over.
            name: as they call it; any text.
            data_or_path: its bytes, or a file of ours that nobody else needs: it is gone from there afterwards.
            metadata: what they state of it.
            replaces: the id of the document whose place it takes when it is whole.
        """
        entry = Upload(uuid.uuid4().hex, person, drop_unshown(name)[:200].strip(), 0, replaces=replaces)
        try:
            size = _measure(data_or_path)
            entry = replace(entry, name=clean_name(name), size=size)
            stated = clean_metadata(metadata or Metadata())
            self._check(entry, stated)
            self._reserve(entry)
            return self._receive(entry, data_or_path, stated)
        except CoachError as error:
            return self._refuse(entry, error)
        except Exception:
            _LOG.exception("A file could not be taken over.")
            return self._refuse(entry, CoachError(_OUR_FAULT))
        finally:
            if isinstance(data_or_path, Path):
                with contextlib.suppress(OSError):
                    data_or_path.unlink(missing_ok=True)

    def list(self, person: str) -> tuple[Upload, ...]:
        """Everything of a person, in the order it came, as it stands now."""
        with self._changed:
            return tuple(entry for entry in self._state.entries.values() if entry.person == person)

    def stop(self, person: str, upload_id: str) -> bool:
        """Give up what waits or is under way; False where it is too late or nothing of that person's."""
        with self._changed:
            entry = self._find(person, upload_id)
            if entry is None or entry.phase not in ("waiting", "reading", "embedding"):
                return False
            if upload_id not in self._state.work:
                return False  # its bytes are just coming
            if upload_id in self._state.waiting:
                self._state.waiting.remove(upload_id)
                self._end(entry, "stopped", "")
            else:
                self._state.stopping.add(upload_id)
            self._changed.notify_all()
            return True

    def retry(self, person: str, upload_id: str) -> bool:
        """Let what failed, was stopped or interrupted wait again; False where there is nothing left to try."""
        with self._changed:
            entry = self._find(person, upload_id)
            if entry is None or not entry.can_retry or self._state.closing:
                return False
            work = self._state.work[upload_id]
            if isinstance(work, Parcel):
                work = self._state.work[upload_id] = replace(work, phase="waiting", reason="")
                self._incoming.put(work)
            self._state.entries[upload_id] = replace(
                entry, phase="waiting", reason="", outcome="", done=None, total=None, can_retry=False
            )
            self._state.waiting.append(upload_id)
            self._changed.notify_all()
            return True

    def dismiss(self, person: str, upload_id: str) -> bool:
        """Clear what has ended, with its bytes; False while it is under way."""
        with self._changed:
            entry = self._find(person, upload_id)
            if entry is None or entry.is_active:
                return False
            self._forget(upload_id)
            return True

    def remove(self, person: str, document_id: str) -> Future[Removal]:
        """Take a document out for good, before anything that waits. When the future has its result, no answer uses it.

        Raises:
            CoachError: the library has no such document.
        """
        card = self._require(document_id)
        future: Future[Removal] = Future()
        with self._changed:
            self._require_open()
            _LOG.info("A document is removed for %s.", person)
            self._state.removals.append((card, future))
            self._changed.notify_all()
        return future

    def change_metadata(self, person: str, document_id: str, metadata: Metadata) -> Upload:
        """State other things of a document that was handed over: it is made anew, and answers as it was until then.

        Raises:
            CoachError: the library has no such document, it came from a folder, or the metadata are wrong.
        """
        card = self._require(document_id)
        self._accession.require_ours(card)
        stated = clean_metadata(metadata)
        write_metadata(stated)
        entry = Upload(uuid.uuid4().hex, person, card.name, card.size, document_id=card.id)
        with self._changed:
            self._require_open()
            self._put(entry)
            self._state.work[entry.id] = _Remake(card, stated)
            self._state.waiting.append(entry.id)
            self._changed.notify_all()
        return entry

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing waits or is under way, for callers that do not look at the list; False if it took longer."""
        state = self._state

        def is_idle() -> bool:
            active = any(entry.is_active for entry in state.entries.values())
            return state.begun and not state.removals and not active

        with self._changed:
            return self._changed.wait_for(is_idle, seconds)

    def close(self) -> None:
        """End the thread at its next step. What waits or is under way is found again as interrupted."""
        with self._changed:
            self._state.closing = True
            for _, future in self._state.removals:
                future.cancel()
            self._state.removals.clear()
            self._changed.notify_all()
        self._thread.join()
        self._accession.close()

    # --- taking a file over -------------------------------------------------------------------------------------

    def _check(self, entry: Upload, stated: Metadata) -> None:
        """What can be said before the bytes are looked at."""
        require_size(entry.size, self._limits.file_megabytes * 1_000_000)
        write_metadata(stated)
        if entry.replaces is not None:
            self._require(entry.replaces)

    def _reserve(self, entry: Upload) -> None:
        """A place in the list, so that files that come at once are counted."""
        added = self._accession.added.measure(entry.person)
        with self._changed:
            self._require_open()
            own = [one for one in self._state.entries.values() if one.person == entry.person]
            if sum(one.is_active for one in own) >= self._limits.waiting:
                raise UnreadableFile(
                    "waiting",
                    f"{self._limits.waiting} of your files are waiting, which is the most. Add this one when they are done.",
                )
            # Of a document that is made anew, the file was counted already.
            own = [one for one in own if not isinstance(self._state.work.get(one.id), _Remake)]
            kept = sum(one.size for one in own if one.is_active or one.can_retry)
            if added + kept + entry.size > self._limits.person_megabytes * 1_000_000:
                raise UnreadableFile(
                    "quota",
                    f"With this one, your files would take more than {self._limits.person_megabytes} MB. Remove some that are "
                    "not needed, or ask whoever runs Coach to raise COACH_PERSON_MEGABYTES.",
                )
            self._put(entry)

    def _receive(self, entry: Upload, data: bytes | Path, stated: Metadata) -> Upload:
        place = self._incoming.receive(entry.id, data)
        with place.open("rb") as file:
            check_head(file.read(HEAD), entry.name)
        document_id = hash_file(place)
        self._accession.require_new(document_id)
        with self._changed:
            self._require_open()
            self._require_first(document_id)
            self._state.number += 1
            number = self._state.number
            entry = self._state.entries[entry.id] = replace(entry, document_id=document_id)
        parcel = Parcel(entry.id, entry.person, entry.name, entry.size, document_id, stated, entry.replaces, number)
        self._incoming.put(parcel)
        with self._changed:
            self._state.work[entry.id] = parcel
            self._state.waiting.append(entry.id)
            self._changed.notify_all()
        return entry

    def _require_first(self, document_id: str) -> None:
        same = (one for one in self._state.entries.values() if one.document_id == document_id and one.is_active)
        first = next(same, None)
        if first is not None:
            raise UnreadableFile("duplicate", f"It has the same content as {first.name}, which is being added.")

    def _require_open(self) -> None:
        if self._state.closing:
            raise CoachError(_CLOSING)

    def _require(self, document_id: str) -> DocumentCard:
        card = self._accession.find(document_id)
        if card is None:
            raise CoachError("The library does not have this document any more.")
        return card

    def _refuse(self, entry: Upload, error: CoachError) -> Upload:
        self._incoming.drop(entry.id)
        outcome = error.outcome if isinstance(error, UnreadableFile) else "unreadable"
        refused = replace(entry, phase="failed", reason=self._explain(entry, str(error)), outcome=outcome)
        with self._changed:
            self._put(refused)
        return refused

    def _explain(self, entry: Upload, reason: str) -> str:
        """Why, and that nothing was lost."""
        replaced = self._accession.find(entry.replaces) if entry.replaces else None
        return f"{reason} {STILL_ANSWERS}" if replaced is not None else reason

    # --- the list; all of it with the condition held ------------------------------------------------------------

    def _find(self, person: str, upload_id: str) -> Upload | None:
        entry = self._state.entries.get(upload_id)
        return entry if entry is not None and entry.person == person else None

    def _put(self, entry: Upload) -> None:
        entries = self._state.entries
        entries[entry.id] = entry
        own = [
            one.id for one in entries.values() if one.person == entry.person and not (one.is_active or one.can_retry)
        ]
        for upload_id in own[: max(0, len(own) - _MOST_FINISHED)]:
            self._forget(upload_id)

    def _end(self, entry: Upload, phase: Phase, reason: str, outcome: str = "") -> None:
        """Note how something ended. Bytes stay where a second try may end otherwise."""
        work = self._state.work.get(entry.id)
        again = work is not None and outcome not in _FINAL
        self._state.entries[entry.id] = replace(
            entry, phase=phase, reason=reason, outcome=outcome, can_retry=again, done=None, total=None
        )
        if isinstance(work, Parcel) and again:
            kept = self._state.work[entry.id] = replace(work, phase=phase, reason=reason)
            try:
                self._incoming.put(kept)
            except CoachError:
                _LOG.exception("How an upload ended could not be noted: it will be found as interrupted.")
        elif not again:
            self._state.work.pop(entry.id, None)
            self._incoming.drop(entry.id)

    def _forget(self, upload_id: str) -> None:
        self._state.entries.pop(upload_id, None)
        self._state.work.pop(upload_id, None)
        self._incoming.drop(upload_id)

    # --- the thread ---------------------------------------------------------------------------------------------

    def _work(self) -> None:
        self._clear()  # what a crash left behind
        with self._changed:
            self._state.begun = True
            self._changed.notify_all()
        while (job := self._choose()) is not None:
            try:
                job()
            except Exception:  # one job never ends the others
                _LOG.exception("The thread of the uploads met a fault.")
            with self._changed:
                self._changed.notify_all()

    def _choose(self) -> Callable[[], None] | None:
        """What to do next; None when it is to end."""
        state = self._state
        with self._changed:
            self._changed.wait_for(
                lambda: state.closing or state.removals or state.waiting, self._pause if state.unclean else None
            )
            if state.closing:
                return None
            if state.removals:
                return self._remove_all
            if state.waiting:
                upload_id = state.waiting.popleft()
                return lambda: self._take(upload_id)
            return self._clear

    def _clear(self) -> None:
        clean = self._accession.clear()
        with self._changed:
            self._state.unclean = not clean

    def _remove_all(self) -> None:
        """Every removal that was asked for. A person waits for it: it comes between the steps of other work."""
        while True:
            with self._changed:
                if not self._state.removals:
                    return
                card, future = self._state.removals.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                removal = self._accession.remove(card)
            except BaseException as error:
                _LOG.exception("A document could not be removed.")
                future.set_exception(error)
                continue
            with self._changed:
                self._state.unclean = not removal.clean
                # Nothing of it is named any more.
                for one in [one for one in self._state.entries.values() if one.document_id == card.id]:
                    if one.phase == "done":
                        self._forget(one.id)
            future.set_result(removal)

    def _take(self, upload_id: str) -> None:
        with self._changed:
            work = self._state.work[upload_id]
        watch = _UploadWatch(self, upload_id)
        try:
            taken = (
                self._accession.add(work, watch)
                if isinstance(work, Parcel)
                else self._accession.remake(work.card, work.metadata, watch)
            )
        except _Stopped:
            self._finish(upload_id, "stopped", "")
        except UnreadableFile as error:
            self._finish(upload_id, "failed", str(error), error.outcome)
        except CoachError as error:
            self._finish(upload_id, "failed", str(error), "unreadable")
        except OSError as error:
            _LOG.exception("A file could not be taken in.")
            self._finish(
                upload_id, "failed", f"The disk gave an error ({error.strerror}). Free some space and try again."
            )
        except Exception:
            _LOG.exception("A file could not be taken in.")
            self._finish(upload_id, "failed", _OUR_FAULT)
        else:
            self._finish_done(upload_id, taken)

    def _finish(self, upload_id: str, phase: Phase, reason: str, outcome: str = "") -> None:
        entry = self._state.entries[upload_id]
        if phase == "failed":
            changes = isinstance(self._state.work.get(upload_id), _Remake)
            reason = f"{reason} {STILL_ANSWERS}" if changes else self._explain(entry, reason)
        with self._changed:
            self._state.stopping.discard(upload_id)
            if self._state.closing and phase == "stopped":
                # Nobody stopped it: what is kept beside the bytes says that it was waiting.
                self._state.entries[upload_id] = replace(entry, phase="interrupted", can_retry=True)
                return
            self._end(self._state.entries[upload_id], phase, reason, outcome)

    def _finish_done(self, upload_id: str, taken: Taken) -> None:
        with self._changed:
            self._state.stopping.discard(upload_id)
            self._state.work.pop(upload_id, None)
            self._state.unclean = not taken.clean
            done = replace(self._state.entries[upload_id], phase="done", document_id=taken.document_id, total=None)
            done = replace(done, done=None, pages=taken.pages, passages=taken.passages, notes=taken.notes)
            self._put(done)

    def _heed(self, upload_id: str, stage: Stage | None, done: int | None, total: int | None) -> None:
        """Between two steps: let removals go first, and raise where the work is no longer wanted."""
        self._remove_all()
        with self._changed:
            if upload_id in self._state.stopping or self._state.closing:
                raise _Stopped
            if stage is not None:
                self._show(upload_id, stage, done, total)

    def _show(self, upload_id: str, stage: Stage, done: int | None, total: int | None) -> None:
        with self._changed:
            entry = self._state.entries[upload_id]
            self._state.entries[upload_id] = replace(entry, phase=stage, done=done, total=total)

    def _wait(self, upload_id: str, future: Future[Result]) -> Result:
        state = self._state

        def wake(_: object) -> None:
            with self._changed:
                self._changed.notify_all()

        future.add_done_callback(wake)
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: future.done() or state.closing or upload_id in state.stopping or state.removals
                )
            if future.done():
                return future.result()
            self._heed(upload_id, None, None, None)


class _UploadWatch:
    """Tells the queue of one upload's work."""

    def __init__(self, uploads: Uploads, upload_id: str) -> None:
        self._uploads = uploads
        self._id = upload_id

    def tell(self, stage: Stage, done: int | None = None, total: int | None = None) -> None:
        """Before a step that can be left out."""
        self._uploads._heed(self._id, stage, done, total)

    def show(self, stage: Stage, done: int, total: int) -> None:
        """Within a step that cannot."""
        self._uploads._show(self._id, stage, done, total)

    def wait(self, future: Future[Result]) -> Result:
        """What a reader gives."""
        return self._uploads._wait(self._id, future)


def _measure(data: bytes | Path) -> int:
    """Bytes of what is handed over.

    Raises:
        UnreadableFile: it is no ordinary file.
    """
    if isinstance(data, bytes):
        return len(data)
    if data.is_symlink() or not data.is_file():
        raise UnreadableFile("unreadable", "This is no ordinary file. Add it again.")
    return data.stat().st_size
