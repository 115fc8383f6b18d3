"""Brings the practices of a library level with files and folders: paths in, a report of files, quotes and flags out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coach.embedding import Embedder
from coach.errors import CoachError
from coach.files import find_practice_files, is_within, show_name
from coach.practices.checking import PracticeShelf, VerifiedPractice
from coach.practices.embedding import embed_practices
from coach.practices.reading import read_practices
from coach.records import Practice
from coach.store.practices import PracticeRows, withhold_words
from coach.store.store import Store

PracticeChange = Literal["added", "updated", "unchanged", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class PracticeFileResult:
    """What became of one file of practices."""

    name: str
    change: PracticeChange
    practices: int
    """How many practices the library has of it now."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PracticeReport:
    """What became of every file of practices, and how the practices of the whole library stand."""

    files: tuple[PracticeFileResult, ...]
    checked: tuple[VerifiedPractice, ...]

    @property
    def quotes(self) -> int:
        """Quotes that were found in the library."""
        return sum(len(one.practice.quotes) - len(one.gone) for one in self.checked)

    @property
    def flagged(self) -> tuple[VerifiedPractice, ...]:
        """Practices of which a quote is gone."""
        return tuple(one for one in self.checked if one.gone)

    @property
    def failed(self) -> int:
        """Files that could not be read."""
        return sum(result.change == "failed" for result in self.files)


def load_practices(store: Store, embedder: Embedder, paths: Sequence[Path]) -> PracticeReport:
    """Read the files in `practices/` folders of some paths, keep what they hold, and check every practice of the library.

    A file that cannot be read is one line of the report: what was read from it before stays. A practice whose id another
    one has is left out, and the line of its file says so. Practices of these folders whose files are gone are dropped.

    Args:
        store: the library's.
        embedder: makes the vectors by which practices are found.
        paths: absolute files and folders.
    """
    rows = PracticeRows(store)
    known = rows.list()
    documents = {card.name for card in store.list_documents()}
    found = dict.fromkeys(find_practice_files(paths))
    # Files elsewhere whose words were forgotten with their document: it may be back.
    returning = (Path(one.path) for one in known if any(not quote.words for quote in one.quotes))
    found |= dict.fromkeys(path for path in returning if not is_within(str(path), paths) and path.is_file())
    gone = {one.path for one in known if is_within(one.path, paths) and Path(one.path) not in found}
    kept = [one for one in known if one.path not in gone and Path(one.path) not in found]
    ids = {one.id: one for one in kept}
    results: list[PracticeFileResult] = []
    for path in found:
        before = tuple(one for one in known if one.path == str(path))
        after, message, failed = _read(path, before)
        repeated = [one for one in after if one.id in ids]
        added = tuple(withhold_words(one, documents) for one in after if one.id not in ids)
        ids |= {one.id: one for one in added}
        kept += added
        if repeated:
            message += _name_repeated(repeated[0], ids)
        change = _name_change(before, added)
        results.append(PracticeFileResult(show_name(path), "failed" if failed else change, len(added), message.strip()))
    results += [PracticeFileResult(show_name(Path(path)), "removed", 0, "Its file is gone.") for path in sorted(gone)]
    rows.replace(sorted(kept, key=lambda one: one.path))
    embedded = rows.read_vectors(embedder)
    rows.put_vectors(embedder, embed_practices(embedder, [one for one in rows.list() if one.id not in embedded]))
    return PracticeReport(tuple(results), PracticeShelf(store).list())


def _read(path: Path, before: tuple[Practice, ...]) -> tuple[tuple[Practice, ...], str, bool]:
    """What a file holds, or held before; a sentence for the report; and whether it could not be read."""
    try:
        return read_practices(path), "", False
    except CoachError as error:
        stays = " The practices that were read from it before stay." if before else ""
        return before, f"{error}{stays}", True


def _name_repeated(practice: Practice, ids: dict[str, Practice]) -> str:
    other = show_name(Path(ids[practice.id].path))
    return f" The id {practice.id!r} is that of a practice in {other}: that one stays. Give this one an id of its own."


def _name_change(before: tuple[Practice, ...], after: tuple[Practice, ...]) -> PracticeChange:
    if not before:
        return "added"
    return "unchanged" if before == after else "updated"
