"""What happens on the library page: a person and what they did in, the parts of the page that change out.

No Gradio here: library_page.py binds these to events. Of the browser's words only ids, texts and what it has seen are taken.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from coach.accession import Removal
from coach.added import AddedFiles
from coach.coverage_wording import load_coverage_wording
from coach.introduction import Introducer
from coach.metadata import find_metadata_file
from coach.page_pictures import NoPicture, PagePictures, may_see
from coach.practices.checking import PracticeShelf
from coach.prompts import Wording
from coach.records import DocumentCard, Metadata
from coach.store.requests import RequestStore
from coach.store.store import Store
from coach.uploads import Upload
from coach.web.library_view import (
    ACCEPTED,
    PAGES_AT_ONCE,
    PASSAGES_AT_ONCE,
    CardView,
    DocumentView,
    UploadView,
    choose_cards,
    cut_slice,
    find_silent,
    join_names,
    name_practices,
    say_count,
    say_phase,
    say_reason,
    view_card,
    view_pages,
    view_passages,
    view_upload,
    write_fields,
    write_rows,
)
from coach.web.templates import fill, fill_notice

LONGEST_SEARCH = 200
SECTIONS = ("pages", "passages")


class Queue(Protocol):
    """Takes documents in, changes them and removes them."""

    def list(self, person: str) -> tuple[Upload, ...]:
        """What a person handed over."""
        ...

    def stop(self, person: str, upload_id: str) -> bool:
        """Give up what is under way."""
        ...

    def retry(self, person: str, upload_id: str) -> bool:
        """Begin again."""
        ...

    def dismiss(self, person: str, upload_id: str) -> bool:
        """Clear what has ended."""
        ...

    def remove(self, person: str, document_id: str) -> Future[Removal]:
        """Take a document out."""
        ...

    def change_metadata(self, person: str, document_id: str, metadata: Metadata) -> Upload:
        """State other things of a document."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the page that change; None leaves a part as it is."""

    uploads: str | None = None
    documents: str | None = None
    wanted: str | None = None
    notice: str | None = None
    standing: str | None = None
    """What is under way with the document that is open."""
    document: str | None = None
    current: str | None = None
    """Id of the document that is open, or nothing."""
    seen: str | None = None
    """What the browser shows, so that it is told only what changed."""


PARTS = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class View:
    """What the browser shows, as it says itself."""

    current: str = ""
    words: str = ""
    """That the list is filtered by."""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a document is looked at."""

    section: str = ""
    start: int = 1
    edit: bool = False
    """Whether the form of its metadata is open."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the browser shows, as far as it matters for what is told to it."""

    generation: int = -1
    """Of the library."""
    stamp: str = ""
    """Of the document that is open."""
    ended: frozenset[str] = frozenset()
    """Ids of the files that are not under way any more."""


@dataclass(frozen=True, slots=True)
class LibraryDesk:
    """The library page, for whoever looks."""

    store: Store
    uploads: Queue
    requests: RequestStore
    introducer: Introducer
    shelf: PracticeShelf
    pictures: PagePictures
    added: AddedFiles
    wording: Wording
    """Of the library page."""
    now: Callable[[], datetime]
    sees_coverage: Callable[[str], bool] = lambda _: False
    """Whether a person may see what the documents do not cover."""
    patience: float = 60.0
    """Seconds that a removal is waited for."""

    # --- the whole page -----------------------------------------------------------------------------------------

    def open(self, person: str, document_id: str = "") -> Shown:
        """The page, with a document where one is named; where there is none such, that is said."""
        notice = ""
        if document_id and self._find(person, document_id) is None:
            notice, document_id = fill_notice(self.wording.say("document.gone"), trouble=True), ""
        # Noted before the parts are written: what comes in meanwhile is news to the browser.
        seen = self._write_seen(person, document_id)
        shown = self._show_document(person, document_id, Part())
        view = View(document_id)
        return replace(
            shown,
            uploads=self._write_uploads(person),
            documents=self._write_documents(person, view),
            wanted=self._write_wanted(person),
            notice=notice,
            seen=seen,
        )

    def search(self, person: str, view: View) -> Shown:
        """The list with the documents that have some words."""
        return Shown(documents=self._write_documents(person, view))

    def refresh(self, person: str, view: View) -> Shown:
        """What changed since the browser last looked: asked for again and again while a file is under way."""
        seen, listed = read_seen(view.seen), self.uploads.list(person)
        fresh = [one for one in listed if not one.is_active and one.id not in seen.ended]
        fresh = fresh if view.seen else []
        announce = self._announce(fresh[-1]) if fresh else ""
        current = self._follow(person, view.current, listed, fresh)
        shown = Shown(
            # First: what comes in while the others are written is news to the browser.
            seen=self._write_seen(person, current),
            uploads=self._write_uploads(person, announce),
            standing=self._write_standing(person, current),
        )
        if self.store.read_generation() != seen.generation or current != view.current:
            shown = replace(
                shown,
                documents=self._write_documents(person, replace(view, current=current)),
                wanted=self._write_wanted(person),
            )
        # What was seen of another document, which was open when this was asked for, says nothing.
        is_other = bool(current) and seen.stamp.startswith(current[:12]) and self._stamp(person, current) != seen.stamp
        if current != view.current or is_other:
            is_new = not view.current and bool(current)
            written = self._show_document(person, current, Part(edit=is_new))
            shown = replace(shown, document=written.document, current=current)
        return shown

    def _follow(self, person: str, current: str, listed: Sequence[Upload], fresh: Sequence[Upload]) -> str:
        """The document to show: what took the place of the one that is open, or, where none is, a file that came alone."""
        done = [one for one in fresh if one.phase == "done" and one.document_id]
        for one in done:
            if current and one.replaces == current and one.document_id:
                return one.document_id
        if not current and done and len(listed) == 1:
            return done[0].document_id or ""
        return current if not current or self._find(person, current) is not None else ""

    def _announce(self, upload: Upload) -> str:
        said = " ".join(part for part in (say_phase(upload, self.wording), say_reason(upload, self.wording)) if part)
        return self.wording.say("adding.announce", name=upload.name, said=said)

    def _write_seen(self, person: str, document_id: str) -> str:
        ended = sorted(one.id for one in self.uploads.list(person) if not one.is_active)
        values = [self.store.read_generation(), self._stamp(person, document_id), ended]
        return json.dumps(values, separators=(",", ":"))

    def _stamp(self, person: str, document_id: str) -> str:
        """Changes whenever the document does."""
        card = self._find(person, document_id) if document_id else None
        return f"{card.id[:12]} {card.added_at} {card.title}" if card is not None else ""

    # --- the left side ------------------------------------------------------------------------------------------

    def _write_documents(self, person: str, view: View) -> str:
        cards = [card for card in self.store.list_documents() if may_see(person, card)]
        found = choose_cards(cards, view.words[:LONGEST_SEARCH])
        count = say_count("shelf.found", len(found), self.wording) if found else ""
        return fill(
            "library_documents",
            cards=[self._view_card(card) for card in found],
            is_empty=not cards,
            count=count,
            current=view.current,
        )

    def _view_card(self, card: DocumentCard) -> CardView:
        return view_card(card, self.added.holds(card.path), self.now(), self.wording)

    def _write_uploads(self, person: str, announce: str = "") -> str:
        listed = [self._view_upload(person, upload) for upload in reversed(self.uploads.list(person))]
        return fill(
            "library_uploads",
            uploads=listed,
            announce=announce,
            active=any(one.upload.is_active for one in listed),
            ended=sum(not one.upload.is_active for one in listed),
        )

    def _view_upload(self, person: str, upload: Upload) -> UploadView:
        replaced = self._find(person, upload.replaces) if upload.replaces else None
        hidden = None
        if upload.phase == "done" and upload.document_id and self._find(person, upload.document_id) is not None:
            hidden = self.store.read_hidden(upload.document_id)
        return view_upload(upload, replaced, hidden, self.wording)

    def _write_wanted(self, person: str) -> str:
        reports = self.introducer.introduce().worth_adding
        coverage = load_coverage_wording() if self.sees_coverage(person) else None
        wanted = self.requests.list_requests(person)
        return fill("library_wanted", wanted=wanted, reports=reports, coverage=coverage)

    # --- files on their way -------------------------------------------------------------------------------------

    def stop(self, person: str, view: View, upload_id: str) -> Shown:
        """Give up a file that waits or is under way."""
        return self._after(person, view, self.uploads.stop(person, upload_id))

    def retry(self, person: str, view: View, upload_id: str) -> Shown:
        """Let a file be taken in again."""
        return self._after(person, view, self.uploads.retry(person, upload_id))

    def dismiss(self, person: str, view: View, upload_id: str) -> Shown:
        """Clear a file from the list that has ended."""
        return self._after(person, view, self.uploads.dismiss(person, upload_id))

    def dismiss_all(self, person: str, view: View) -> Shown:
        """Clear every file that has ended and was added or cannot be tried again."""
        for upload in self.uploads.list(person):
            if not upload.is_active and not upload.can_retry:
                self.uploads.dismiss(person, upload.id)
        return self.refresh(person, view)

    def _after(self, person: str, view: View, was_done: bool) -> Shown:
        shown = self.refresh(person, view)
        if was_done:
            return shown
        return replace(shown, notice=fill_notice(self.wording.say("adding.no_such"), trouble=True))

    # --- one document -------------------------------------------------------------------------------------------

    def open_document(self, person: str, view: View, document_id: str, part: Part) -> Shown:
        """A document with a part of it; where it is gone, that is said."""
        if self._find(person, document_id) is None:
            return self.open(person, document_id)
        shown = self._show_document(person, document_id, part)
        documents = self._write_documents(person, replace(view, current=document_id))
        return replace(shown, documents=documents, notice="", seen=self._write_seen(person, document_id))

    def close_document(self, person: str, view: View) -> Shown:
        """The page without a document."""
        documents = self._write_documents(person, replace(view, current=""))
        shown = self._show_document(person, "", Part())
        return replace(shown, documents=documents, notice="", seen=self._write_seen(person, ""))

    def _show_document(self, person: str, document_id: str, part: Part) -> Shown:
        card = self._find(person, document_id) if document_id else None
        view = self._view_document(card, part) if card is not None else None
        return Shown(
            document=fill(
                "library_document",
                view=view,
                edit=part.edit,
                accept=ACCEPTED,
                is_empty=card is None and not self.store.list_states(),
            ),
            standing=self._write_standing(person, document_id),
            current=card.id if card is not None else "",
        )

    def _view_document(self, card: DocumentCard, part: Part) -> DocumentView:
        pages = self.store.read_pages(card.id)
        passages = self.store.list_document_passages(card.id)
        silent = find_silent(pages, self.store.read_text(card.id) or "")
        section = part.section if part.section in SECTIONS else "pages"
        section = section if card.kind == "pdf" and pages else "passages"
        count, step = (len(pages), PAGES_AT_ONCE) if section == "pages" else (len(passages), PASSAGES_AT_ONCE)
        chosen = cut_slice(part.start, count, step)
        ours = self.added.holds(card.path)
        return DocumentView(
            card=card,
            listed=self._view_card(card),
            rows=write_rows(card.metadata),
            fields=write_fields(card.metadata),
            folder_file="" if ours else str(find_metadata_file(Path(card.path))),
            hidden=self.store.read_hidden(card.id),
            has_silent=bool(silent),
            section=section,
            slice=chosen,
            pages=view_pages(pages, chosen, passages, silent, self.wording) if section == "pages" else (),
            passages=view_passages(passages, chosen) if section == "passages" else (),
            loses=say_count("shelf.passages", card.passages, self.wording),
            practices=name_practices(self.shelf.list(), card.id),
        )

    def _write_standing(self, person: str, document_id: str) -> str:
        """That something else will take the place of what is seen."""
        active = [one for one in self.uploads.list(person) if one.is_active] if document_id else []
        newer = next((one.name for one in active if one.replaces == document_id), "")
        changing = any(one.document_id == document_id for one in active)
        return fill("library_standing", newer=newer, changing=changing)

    def change_metadata(self, person: str, view: View, document_id: str, values: Mapping[str, str]) -> Shown:
        """Keep what is stated of a document.

        Raises:
            CoachError: it is gone, came from a folder, or something stated is too long.
        """
        before = self._require(person, document_id).metadata
        authors = tuple(name for line in values.get("authors", "").splitlines() if (name := line.strip()))
        texts = {name: values.get(name, "").strip() or None for name, _ in write_fields(before) if name != "authors"}
        stated = replace(before, authors=authors, **texts)  # type: ignore[arg-type] # texts of Metadata's text fields
        self.uploads.change_metadata(person, document_id, stated)
        title = stated.title or self._require(person, document_id).title
        notice = fill_notice(self.wording.say("details.saved", title=title))
        return replace(self.refresh(person, view), notice=notice)

    def remove(self, person: str, view: View, document_id: str) -> Shown:
        """Take a document out for good, and tell what went with it.

        Raises:
            CoachError: it is gone already.
        """
        card = self._require(person, document_id)
        rested = set(name_practices(self.shelf.list(), card.id))
        try:
            removal = self.uploads.remove(person, document_id).result(self.patience)
        except TimeoutError:
            return Shown(notice=fill_notice(self.wording.say("removal.later", title=card.title)))
        names = [one.practice.title for one in removal.flagged if one.practice.title in rested]
        said = self._say_removed(card.title, names)
        shown = self.open(person)
        documents = self._write_documents(person, replace(view, current=""))
        return replace(
            shown,
            documents=documents,
            notice=fill_notice(" ".join(part for part in (said, removal.note) if part)),
        )

    def _say_removed(self, title: str, names: Sequence[str]) -> str:
        if not names:
            return self.wording.say("removal.done", title=title)
        listed = join_names(names, self.wording)
        if len(names) == 1:
            return self.wording.say("removal.done_practice_one", title=title, names=listed)
        return self.wording.say("removal.done_practice_several", title=title, count=len(names), names=listed)

    def take_off(self, person: str, title: str) -> Shown:
        """Take a document off the list of those that were asked for."""
        self.requests.clear(title)
        notice = fill_notice(self.wording.say("wanted.taken_off", title=title))
        return Shown(wanted=self._write_wanted(person), notice=notice)

    def _find(self, person: str, document_id: str) -> DocumentCard | None:
        try:
            return self.pictures.find_document(person, document_id)
        except NoPicture:
            return None

    def _require(self, person: str, document_id: str) -> DocumentCard:
        return self.pictures.find_document(person, document_id)


def read_seen(text: str) -> Seen:
    """What the browser says that it has seen; nothing where that cannot be read."""
    with contextlib.suppress(ValueError, TypeError):
        generation, stamp, ended = json.loads(text)
        return Seen(int(generation), str(stamp), frozenset(map(str, ended)))
    return Seen()
