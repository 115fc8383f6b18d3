"""What the library page shows: uploads, cards, pages and passages in, values for its templates out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coach.practices.checking import VerifiedPractice
from coach.prompts import Wording
from coach.readers.hidden import name_pages
from coach.records import DocumentCard, HiddenText, Metadata, Page
from coach.rendering import name_writers
from coach.search_copy import fold_letters
from coach.store.store import StoredPassage
from coach.uploads import Upload

ACCEPTED = ".pdf,.docx,.html,.htm,.xhtml,.md,.markdown,.txt"
"""Endings that a browser offers first when a file is chosen; what comes is looked at whatever it is called."""
PAGES_AT_ONCE = 12
PASSAGES_AT_ONCE = 20
_MOST_NUMBERS = 12
_MOST_NAMED = 5
FIELDS = ("title", "authors", "date", "publisher", "address", "evidence", "rights", "note")
"""Of the metadata form, in its order."""
LONG_FIELDS = ("evidence", "rights", "note")


@dataclass(frozen=True, slots=True)
class CardView:
    """A document as it is listed."""

    id: str
    title: str
    who: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploadView:
    """A file that was handed over, and how far it is."""

    upload: Upload
    says: str
    """The phase, or what became of it."""
    reason: str
    notes: tuple[str, ...]
    """What came up while it was read and is not said already."""
    hidden: tuple[HiddenText, ...]
    replaces: str
    """The title of the document whose place it takes."""
    is_there: bool
    """Whether what it became is in the library."""


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of a document."""

    number: int
    label: str
    facts: str
    ratio: str
    """Width over height, for CSS."""


@dataclass(frozen=True, slots=True)
class PassageView:
    """One passage as it was cut."""

    label: str
    section: str
    page: str
    text: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of many things, counted from 1."""

    first: int
    last: int
    count: int
    step: int

    @property
    def earlier(self) -> int | None:
        """Where the ones before begin."""
        return max(1, self.first - self.step) if self.first > 1 else None

    @property
    def later(self) -> int | None:
        """Where the ones after begin."""
        return self.last + 1 if self.last < self.count else None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with what it holds."""

    card: DocumentCard
    listed: CardView
    rows: tuple[tuple[str, str], ...]
    """Names of wordings and what is known."""
    fields: tuple[tuple[str, str], ...]
    """Names of the form's fields and what stands in them."""
    folder_file: str
    """The file that holds the metadata, where that is not ours to change."""
    hidden: tuple[HiddenText, ...]
    has_silent: bool
    """Whether there are pages without text."""
    section: str
    slice: Slice
    pages: tuple[PageView, ...]
    passages: tuple[PassageView, ...]
    loses: str
    """How many passages go when it is removed."""
    practices: tuple[str, ...]
    """Titles of those that lose words."""


def say_count(name: str, count: int, wording: Wording) -> str:
    """A count of pages, passages or documents in words: the wordings NAME_one and NAME_several."""
    if count == 0 and f"{name}_none" in wording.sentences:
        return wording.say(f"{name}_none")
    return wording.say(f"{name}_one") if count == 1 else wording.say(f"{name}_several", count=f"{count:,}")


def list_numbers(numbers: Sequence[object], wording: Wording) -> str:
    """Numbers as they stand in a sentence: "3, 7 and 9"; of many, the first few and how many more."""
    words = [str(number) for number in numbers]
    if len(words) > _MOST_NUMBERS:
        shown = ", ".join(words[:_MOST_NUMBERS])
        return wording.say("adding.result_more", numbers=shown, count=len(words) - _MOST_NUMBERS)
    if len(words) < 2:
        return "".join(words)
    return wording.say("adding.and", first=", ".join(words[:-1]), last=words[-1])


# --- the list -----------------------------------------------------------------------------------------------------


def view_card(card: DocumentCard, by_hand: bool, now: datetime, wording: Wording) -> CardView:
    """A document in the list; days as a person at this machine counts them."""
    who = name_writers(card.metadata.authors, card.metadata.year)
    day = datetime.fromisoformat(card.added_at).astimezone(now.tzinfo).date()
    facts = [wording.say(f"shelf.kind_{card.kind}")] if f"shelf.kind_{card.kind}" in wording.sentences else [card.kind]
    if card.pages:
        facts.append(say_count("shelf.pages", card.pages, wording))
    facts.append(say_count("shelf.passages", card.passages, wording))
    facts.append(wording.say("shelf.added_here" if by_hand else "shelf.added_folder", day=f"{day.day} {day:%B %Y}"))
    return CardView(card.id, card.title, who, tuple(facts))


def choose_cards(cards: Sequence[DocumentCard], words: str) -> list[DocumentCard]:
    """The documents with every one of the words in what is known of them, by title."""
    wanted = [folded for word in words.split() if (folded := fold_letters(word))]

    def holds(card: DocumentCard) -> bool:
        known = card.metadata
        about = " ".join(
            (card.title, card.name, *known.authors, known.date or "", known.publisher or "", *known.called)
        )
        return all(word in fold_letters(about) for word in wanted)

    return sorted((card for card in cards if holds(card)), key=lambda card: (fold_letters(card.title), card.id))


# --- files on their way ---------------------------------------------------------------------------------------------


def view_upload(upload: Upload, replaced: DocumentCard | None, hidden: tuple[HiddenText, ...] | None,
                wording: Wording) -> UploadView:  # fmt: skip
    """A file as it is listed.

    Args:
        upload: how far it is.
        replaced: the document whose place it takes, while that is there.
        hidden: what nobody can see in what it became; None where that is not in the library.
        wording: of the library page.
    """
    return UploadView(
        upload,
        say_phase(upload, wording),
        say_reason(upload, wording),
        _choose_notes(upload),
        hidden or (),
        replaced.title if replaced is not None and upload.is_active else "",
        hidden is not None,
    )


def _choose_notes(upload: Upload) -> tuple[str, ...]:
    said = name_pages(upload.silent_pages) if upload.silent_pages else None
    return tuple(note for note in upload.notes if said is None or said not in note)


def say_phase(upload: Upload, wording: Wording) -> str:
    """Where a file is, or what was found in it when it is done."""
    if upload.phase == "done":
        return say_result(upload, wording)
    if upload.phase == "embedding" and upload.total:
        return wording.say("adding.embedding_count", done=upload.done or 0, total=upload.total)
    return wording.say(f"adding.{upload.phase}")


def say_reason(upload: Upload, wording: Wording) -> str:
    """Why something ended otherwise than it was meant to; empty where it did not."""
    if upload.phase in ("stopped", "interrupted"):
        return upload.reason or wording.say(f"adding.{upload.phase}_reason")
    return upload.reason


def say_result(upload: Upload, wording: Wording) -> str:
    """What became of a file: "12 pages, 2 without text (3 and 7), 41 passages"."""
    passages = say_count("shelf.passages", upload.passages, wording)
    if not upload.pages:
        return passages
    pages = say_count("shelf.pages", len(upload.pages), wording)
    silent = upload.silent_pages
    if silent:
        numbers = list_numbers(silent, wording)
        name = "adding.result_silent_one" if len(silent) == 1 else "adding.result_silent_several"
        more = {} if len(silent) == 1 else {"count": len(silent)}
        pages = wording.say(name, pages=pages, numbers=numbers, **more)
    return wording.say("adding.result_join", first=pages, second=passages)


# --- one document ---------------------------------------------------------------------------------------------------


def cut_slice(start: int, count: int, step: int) -> Slice:
    """The stretch of `step` things that begins at `start`, or the nearest there is."""
    first = min(max(1, start), max(1, count))
    return Slice(first, min(first + step - 1, count), count, step)


def write_fields(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """What stands in the form."""
    return tuple(
        (name, "\n".join(metadata.authors) if name == "authors" else getattr(metadata, name) or "") for name in FIELDS
    )


def write_rows(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """What is known of a document beside its title and the kind of evidence, by the names of the wordings."""
    return tuple(
        (f"document.{name}", value.replace("\n", ", "))
        for name, value in write_fields(metadata)
        if value and name not in ("title", "evidence")
    )


def find_silent(pages: Sequence[Page], text: str) -> list[Page]:
    """The pages without text."""
    return [page for page in pages if not text[page.start : page.end].strip()]


def view_pages(pages: Sequence[Page], chosen: Slice, passages: Sequence[StoredPassage], silent: Sequence[Page],
               wording: Wording) -> tuple[PageView, ...]:  # fmt: skip
    """The pages of a slice, each with how many passages stand on it, wholly or in part."""
    empty = {page.number for page in silent}
    return tuple(
        PageView(
            page.number,
            page.label or str(page.number),
            wording.say("adding.page_silent")
            if page.number in empty
            else say_count("shelf.passages", sum(_stands_on(one, page) for one in passages), wording),
            f"{page.width:.2f} / {page.height:.2f}" if page.width > 0 and page.height > 0 else "210 / 297",
        )
        for page in pages[chosen.first - 1 : chosen.last]
    )


def _stands_on(stored: StoredPassage, page: Page) -> bool:
    return stored.passage.start < page.end and stored.passage.end > page.start


def view_passages(passages: Sequence[StoredPassage], chosen: Slice) -> tuple[PassageView, ...]:
    """The passages of a slice."""
    return tuple(
        PassageView(
            one.passage.label,
            " › ".join(one.passage.section),
            one.passage.page_label or (str(one.passage.page) if one.passage.page else ""),
            one.text,
        )
        for one in passages[chosen.first - 1 : chosen.last]
    )


def name_practices(practices: Sequence[VerifiedPractice], document_id: str) -> tuple[str, ...]:
    """Titles of the practices that rest on words of a document."""
    return tuple(
        one.practice.title
        for one in practices
        if any(citation.document_id == document_id for citation in one.citations)
    )


def join_names(names: Sequence[str], wording: Wording) -> str:
    """Some names in a sentence, in quotation marks."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > _MOST_NAMED:
        return wording.say(
            "adding.result_more", numbers=", ".join(quoted[:_MOST_NAMED]), count=len(quoted) - _MOST_NAMED
        )
    return list_numbers(quoted, wording)
