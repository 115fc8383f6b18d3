"""Checks that every quotation is exact: documents and 200 questions in, the share of exact quotations out.

    python evals/bench/quotes.py --data FOLDER [--json]

Takes the course documents and the two starter texts into one library, asks the questions of every set under FOLDER, and
compares each citation with the file on the disk, read again: for text and Markdown the decoded file itself must hold the
quotation at its offsets. Ends with 1 when one does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coach.assembly import build_readers, open_coach, open_library
from coach.ingest import Ingest
from coach.privacy import silence_libraries
from coach.records import Answer
from coach.settings import Settings, read_settings

CORPUS = Path(__file__).parents[2] / "corpus"


def main() -> int:
    """Ask and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    course = arguments.data / "course" / "documents"
    questions = list(dict.fromkeys(iterate_questions(arguments.data)))[: arguments.questions]
    if not course.is_dir() or not questions:
        print(f"{course} or the question sets beside it are not there. Give the folder that holds them as --data.")
        return 1
    silence_libraries()
    with tempfile.TemporaryDirectory() as home:
        figures = run(read_settings({}, Path(home)), [course, CORPUS], questions)
    if arguments.json:
        print(json.dumps({"sets": {"course": {"product": figures}}}))
    else:
        for name, value in figures.items():
            print(f"{name:<12} {value}")
    return 0 if figures["exact"] == figures["quotes"] and figures["quotes"] else 1


def iterate_questions(data: Path) -> Iterator[str]:
    """The questions of the sets, those on the course first."""
    for name in ("course/queries", "questions/educators", "retrieval/mtrag/queries", "retrieval/cisi/queries"):
        path = data / f"{name}.jsonl"
        if path.is_file():
            yield from (
                str(json.loads(line)["question"]) for line in path.read_text("utf-8").splitlines() if line.strip()
            )


def run(settings: Settings, folders: list[Path], questions: list[str]) -> dict[str, int]:
    """Counts of questions by outcome, and of quotations and exact ones."""
    with open_library(settings, "quotes.py") as library, build_readers(settings) as readers:
        ingest = Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=lambda progress: None)
        ingest.run(folders)
    files = {path.name: path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}
    counts: Counter[str] = Counter()
    with open_coach(settings) as coach:
        for question in questions:
            answer = coach.assistant.ask(question)
            counts["questions"] += 1
            counts[answer.outcome.value] += 1
            counts.update(compare(answer, files))
    return dict(counts)


def compare(answer: Answer, files: dict[str, Path]) -> Counter[str]:
    """Quotations of one answer, and how many stand in their file at their offsets."""
    found: Counter[str] = Counter(quotes=0, exact=0, rejected=len(answer.rejected))
    for citation in answer.citations:
        text = files[citation.document].read_bytes().decode("utf-8-sig")
        found["quotes"] += 1
        found["exact"] += text[citation.start : citation.end] == citation.quote != ""
    return found


if __name__ == "__main__":
    sys.exit(main())
