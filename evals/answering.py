"""Questions with a verdict, asked of a library: rows of a set in, what the product measured for each out.

Shared by the benchmark of answerability and the script that fits its parameters, so that both see what the product sees.
A set is `answerability/NAME.jsonl`: rows with `question`, `answerable`, an optional `label`, `history`, and either
`passages` (title, text; the question is asked of these alone) or `corpus` (a folder with corpus.jsonl, asked as a whole).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach, build_readers, open_coach, open_library
from coach.ingest import Ingest
from coach.records import Turn
from coach.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what it is asked of, and whether that answers it."""

    id: str
    question: str
    history: tuple[Turn, ...]
    """Earlier turns, oldest first."""
    answerable: bool
    files: frozenset[str]
    """Names of the documents that it is asked of; none for all."""
    gold: tuple[str, ...]
    """Sentences or answers that a good answer quotes; none where the set names none."""
    group: str
    """Cases of one group share their passages or topic: none may be fitted on and reported on apart."""


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def find_sets(data: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each set."""
    for path in sorted((data / "answerability").glob("*.jsonl")):
        yield path.stem, path


def load_cases(data: Path, path: Path, target: Path) -> list[Case]:
    """The cases of a set; its texts are written to `target`, a file each."""
    target.mkdir(parents=True, exist_ok=True)
    cases: list[Case] = []
    corpora: set[str] = set()
    for row in read_rows(path):
        if row.get("label") not in (None, "answerable", "unanswerable"):
            continue
        files: frozenset[str] = frozenset()
        if "passages" in row:
            files = frozenset(write_text(target, one) for one in row["passages"])
            group = str(row["passages"][0].get("title") or sorted(files)[0])
        else:
            corpora.add(str(row["corpus"]))
            group = str(row["id"]).split("<::>")[0]
        history = tuple(Turn(turn["role"], turn["text"].strip()) for turn in row.get("history", ()))
        gold = tuple(str(one) for one in row.get("gold_sentences") or row.get("answers") or ())
        question = str(row["question"]).strip()
        cases.append(Case(str(row["id"]), question, history, bool(row["answerable"]), files, gold, group))
    for corpus in sorted(corpora):
        for text in read_rows(data / corpus / "corpus.jsonl"):
            write_text(target, text)
    return cases


def write_text(target: Path, text: dict[str, Any]) -> str:
    """Write a text as a Markdown file under its title; the file's name comes from its content."""
    title = str(text.get("title") or "").strip()
    content = f"# {title}\n\n{text['text']}\n" if title else f"{text['text']}\n"
    name = f"{hashlib.sha256(content.encode()).hexdigest()[:24]}.md"
    (target / name).write_text(content, "utf-8")
    return name


@contextmanager
def open_set(documents: Path, home: Path) -> Iterator[OpenCoach]:
    """An assistant on a library of some documents."""
    settings = fill_library(documents, home)
    with open_coach(settings) as coach:
        yield coach


def fill_library(documents: Path, home: Path) -> Settings:
    """A library of some documents, and the settings that open it. Only the cache folder is the person's own."""
    settings = read_settings({key: os.environ[key] for key in ("COACH_CACHE",) if key in os.environ}, home)
    with open_library(settings, "evaluation") as library, build_readers(settings) as readers:
        Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=lambda progress: None).run([documents])
    return settings


def find_documents(coach: OpenCoach, cases: Sequence[Case]) -> dict[str, frozenset[str] | None]:
    """For each case, by its id, the documents that it is asked of; None for all."""
    ids = {state.name: state.id for state in coach.library.store.list_states()}
    return {case.id: frozenset(ids[name] for name in case.files) if case.files else None for case in cases}
