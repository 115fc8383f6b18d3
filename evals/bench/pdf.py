"""Measures PDF reading: PDFs with facts about their text in; how many facts hold, and what became of every file, out.

    python evals/bench/pdf.py --data FOLDER [--json]   (layout of the development data: pdf/)

A set is a folder of FOLDER that holds `facts.jsonl` and `pages/`; PDFs in its `hard/` are read as well, without facts.
Systems: `pypdfium2`, the raw text of all pages, and `product`, what Coach searches: every block that is not furniture.

A fact names a PDF and says that words are `present`, `absent`, or in `order` (`before`, `after`). It is judged strictly
(spacing folded, soft hyphens joined, quotes and dashes straightened, up to the fact's own `max_diffs` edits) and, as
`present_tolerant` and `order_tolerant`, by letters and digits alone, case and accents folded, nine tenths alike.
Words in order are right when the first place of the one stands before the last place of the other. Facts of other
types, and facts on PDFs that have no text layer, are counted and left out.

The layout rules in coach/readers were looked at against this very set while they were written. So the product's figure
is a development figure: it says that the rules do what they were meant to do, not how they do on documents unseen.

The second table is what an ingest would report of every file, through the reader processes under their real limits. A
crash is a file that ended its reader, or an error that is not one of the outcomes. Exit 1 when there is no set.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pypdfium2 as pdfium

from coach.assembly import build_readers
from coach.errors import UnreadableFile
from coach.privacy import silence_libraries
from coach.readers import read
from coach.reading import ReaderPool
from coach.records import BlockKind, Reading
from coach.settings import read_settings

SYSTEMS = ("pypdfium2", "product")
TYPES = ("present", "absent", "order")
METRICS = ("present", "absent", "order", "present_tolerant", "order_tolerant")
_ALIKE = 0.9  # share of the characters that must agree for a tolerant match
_STRAIGHT = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "‟": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
})  # fmt: skip
# pdfium's marks for a hyphen that only the line end made: the word goes on after the line end.
_SOFT_HYPHENS = ("\u00ad", "\x02", "\ufffe")

Fact = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file. `kind` is `read`, or the outcome of a file that is not."""

    name: str
    kind: str
    pages: int
    characters: int
    blocks: int
    message: str
    seconds: float
    crashed: bool


@dataclass(frozen=True, slots=True)
class SetResult:
    """Figures of one set: `counts[system][metric]` and `[metric_total]`, and the files."""

    counts: Mapping[str, Mapping[str, int]]
    ignored: Mapping[str, int]
    textless: int
    files: tuple[FileOutcome, ...]


def main() -> int:
    """Measure every set and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    sets = [path.parent for path in sorted(arguments.data.glob("*/facts.jsonl")) if (path.parent / "pages").is_dir()]
    if not sets:
        sys.stderr.write(f"Nothing to measure: {arguments.data} holds no folder with facts.jsonl and pages/.\n")
        return 1
    silence_libraries()
    results = {folder.name: measure_set(folder) for folder in sets}
    if arguments.json:
        print(json.dumps({"sets": {name: to_object(result) for name, result in results.items()}}))
        return 0
    for name, result in results.items():
        print_facts(name, result)
        print_files(result.files)
    return 0


def measure_set(folder: Path) -> SetResult:
    """Judge the facts of a set and read its files."""
    lines = (folder / "facts.jsonl").read_text("utf-8").splitlines()
    facts: list[Fact] = [json.loads(line) for line in lines if line.strip()]
    ignored = Counter(str(fact["type"]) for fact in facts if fact["type"] not in TYPES)
    judged = [fact for fact in facts if fact["type"] in TYPES]
    texts = {name: read_texts(folder / "pages" / name) for name in {str(fact["pdf"]) for fact in judged}}
    with_text = [fact for fact in judged if texts[fact["pdf"]]["pypdfium2"].strip()]
    counts = {
        system: count_right([(fact, texts[fact["pdf"]][system]) for fact in with_text]) for system in SYSTEMS
    }  # fmt: skip
    paths = [path for part in ("hard", "pages") for path in sorted((folder / part).rglob("*.pdf"))]
    return SetResult(counts, ignored, len(judged) - len(with_text), tuple(read_files(paths, folder)))


# --- texts ----------------------------------------------------------------------------------------------------------


def read_texts(path: Path) -> dict[str, str]:
    """The text of a PDF as each system gives it; empty where the system does not read it."""
    data = path.read_bytes()
    return {"pypdfium2": read_raw(data), "product": read_searched(data, path.name)}


def read_raw(data: bytes) -> str:
    """All that pdfium finds, page after page."""
    document = pdfium.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def read_searched(data: bytes, name: str) -> str:
    """What Coach searches of the file."""
    try:
        return join_blocks(read(data, name))
    except UnreadableFile:
        return ""


def join_blocks(reading: Reading) -> str:
    """Every block that is not furniture."""
    kept = (block for block in reading.blocks if block.kind is not BlockKind.FURNITURE)
    return "\n".join(reading.text[block.start : block.end] for block in kept)


# --- facts ----------------------------------------------------------------------------------------------------------


def count_right(cases: Sequence[tuple[Fact, str]]) -> dict[str, int]:
    """How many facts hold in their texts, and of how many."""
    counts = dict.fromkeys([name for metric in METRICS for name in (metric, f"{metric}_total")], 0)
    for fact, text in cases:
        for metric in METRICS:
            if metric.removesuffix("_tolerant") == fact["type"]:
                counts[f"{metric}_total"] += 1
                counts[metric] += holds(fact, text, tolerant=metric.endswith("_tolerant"))
    return counts


def holds(fact: Fact, text: str, *, tolerant: bool) -> bool:
    """Whether a text is as the fact says."""
    fold_case = fact.get("case_sensitive") is False
    searched = simplify(text, tolerant=tolerant, fold_case=fold_case)
    if "first_n" in fact:
        searched = searched[: int(fact["first_n"])]
    if "last_n" in fact:
        searched = searched[-int(fact["last_n"]) :]

    def find(words: str) -> tuple[int, int] | None:
        wanted = simplify(words, tolerant=tolerant, fold_case=fold_case)
        edits = int((1 - _ALIKE) * len(wanted) + 1e-9) if tolerant else int(fact.get("max_diffs", 0))
        return find_places(searched, wanted, edits)

    if fact["type"] == "order":
        before, after = find(str(fact["before"])), find(str(fact["after"]))
        return before is not None and after is not None and before[0] < after[1]
    found = find(str(fact["text"])) is not None
    return found if fact["type"] == "present" else not found


def simplify(text: str, *, tolerant: bool, fold_case: bool = False) -> str:
    """The text as it is compared."""
    for mark in _SOFT_HYPHENS:
        text = text.replace(f"{mark}\r\n", "").replace(f"{mark}\n", "").replace(mark, "")
    if tolerant:
        folded = unicodedata.normalize("NFKD", text).casefold()
        return "".join(sign for sign in folded if sign.isalnum() and not unicodedata.combining(sign))
    plain = " ".join(text.translate(_STRAIGHT).split())
    return plain.casefold() if fold_case else plain


def find_places(text: str, words: str, edits: int) -> tuple[int, int] | None:
    """First and last end of the stretches of a text that are nearest to some words, within so many edits.

    Semi-global edit distance: one row for each character of the words, all places of the text at once.
    """
    if not words:
        return None
    signs = np.array([ord(sign) for sign in text], dtype=np.int64)
    steps = np.arange(len(signs) + 1)
    row = np.zeros(len(signs) + 1, dtype=np.int64)
    for sign in words:
        kept_or_changed = row[:-1] + (signs != ord(sign))
        best = np.minimum(row + 1, np.concatenate(([row[0] + 1], kept_or_changed)))
        # A character of the text that the words lack costs one edit for each step to the right.
        row = np.minimum.accumulate(best - steps) + steps
    least = int(row.min())
    if least > edits:
        return None
    ends = np.flatnonzero(row == least)
    return int(ends[0]) - len(words), int(ends[-1]) - len(words)


# --- files ----------------------------------------------------------------------------------------------------------


def read_files(paths: Sequence[Path], folder: Path) -> Iterator[FileOutcome]:
    """Read files one after the other, as an ingest would."""
    settings = read_settings({})
    with build_readers(settings) as readers:
        for path in paths:
            yield read_file(path, path.relative_to(folder).as_posix(), readers)


def read_file(path: Path, name: str, readers: ReaderPool) -> FileOutcome:
    """Read one file; time it, and see whether its reader lived."""
    data = path.read_bytes()
    before = find_readers()
    started = time.perf_counter()
    kind, message, reading, crashed = "read", "", None, False
    try:
        reading = readers.read(data, path.name)
        message = " ".join(reading.notes)
    except UnreadableFile as error:
        kind, message = error.outcome, str(error)
    except Exception as error:  # noqa: BLE001 - whatever comes here is what is looked for
        kind, message, crashed = "crash", f"{type(error).__name__}: {error}", True
    seconds = time.perf_counter() - started
    # A reader that started for this very file and ended is missed by its number, but not by what it said.
    ended = not before <= find_readers() or message.startswith("The file ended its reader")
    pages, characters, blocks = (
        (len(reading.pages), len(reading.text), len(reading.blocks)) if reading else (0, 0, 0)
    )  # fmt: skip
    return FileOutcome(
        name, kind, pages, characters, blocks, message, seconds, crashed or (ended and kind != "too_slow")
    )


def find_readers() -> set[int]:
    """The reader processes that live."""
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


# --- output ---------------------------------------------------------------------------------------------------------


def to_object(result: SetResult) -> dict[str, dict[str, int | float]]:
    """Figures by system, as JSON takes them."""
    values: dict[str, dict[str, int | float]] = {system: dict(counts) for system, counts in result.counts.items()}
    values["product"]["files"] = len(result.files)
    values["product"]["files_read"] = sum(1 for file in result.files if file.kind == "read")
    values["product"]["crashes"] = sum(1 for file in result.files if file.crashed)
    values["product"]["slowest_s"] = round(max((file.seconds for file in result.files), default=0.0), 3)
    return values


def print_facts(name: str, result: SetResult) -> None:
    """The table of the facts."""
    print(f"{name}: facts that hold (a development figure for the product)\n")
    print(f"{'':<18}" + "".join(f"{system:>14}" for system in SYSTEMS))
    for metric in METRICS:
        cells = [f"{result.counts[system][metric]}/{result.counts[system][f'{metric}_total']}" for system in SYSTEMS]
        print(f"{metric:<18}" + "".join(f"{cell:>14}" for cell in cells))
    others = ", ".join(f"{count} {kind}" for kind, count in sorted(result.ignored.items())) or "none"
    print(f"\nLeft out: {result.textless} facts on PDFs without a text layer; of other types: {others}.\n")


def print_files(files: Sequence[FileOutcome]) -> None:
    """The table of the files, and its last line."""
    width = max((len(file.name) for file in files), default=4)
    print(f"{'file':<{width}}  {'outcome':<10} {'pages':>5} {'chars':>7} {'blocks':>6} {'s':>6}  message")
    for file in files:
        sizes = (file.pages, file.characters, file.blocks) if file.kind == "read" else ("–", "–", "–")
        kind = "CRASH" if file.crashed else file.kind
        print(
            f"{file.name:<{width}}  {kind:<10} {sizes[0]:>5} {sizes[1]:>7} {sizes[2]:>6} {file.seconds:>6.2f}  "
            f"{file.message}".rstrip()
        )
    crashes = sum(1 for file in files if file.crashed)
    slowest = max((file.seconds for file in files), default=0.0)
    print(f"\n{len(files)} files, {crashes} crashes, slowest {slowest:.2f} s\n")


if __name__ == "__main__":
    sys.exit(main())
