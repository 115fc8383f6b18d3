"""Measures masking: texts with marked names in; recall, precision and what is masked without cause out.

    python evals/bench/personal_data.py --data FOLDER [--json] [--show]

    personal_data   sentences.jsonl of FOLDER: a person counts as masked where all letters of each part of the name are;
                    partly where some are. Two halves, parted by the pattern of the sentence: `tuning` was fitted on.
                    With a roster made of the names themselves the recall must be 1.
    documents       what is masked in the two texts of corpus/ (must be nothing) and in FOLDER/course/documents
    questions       questions without private names that do not come back as they were: starter.jsonl (its tuning part),
                    FOLDER/questions/educators.jsonl, FOLDER/course/queries.jsonl
    private_names   evals/private_names.jsonl, names of school talk and harmless sentences that look alike, two halves
    time            milliseconds for the first question and for later ones

Authors and places of the two texts are kept, as the product keeps them. `--show` prints what was missed in the tuning
half, and examples of what was masked without cause.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coach.masking import Masker, list_kept
from coach.metadata import find_metadata_file, read_metadata_file
from coach.roster import Person, Roster, load_roster
from evals.train.fit_names import find_pattern, is_tuning

ROOT = Path(__file__).parents[2]
_PART = re.compile(r"[^\W\d_]{2,}")
_EXAMPLES = 25
_TIMED = """
import json, time
start = time.perf_counter()
from coach.masking import Masker
imported = time.perf_counter()
masker = Masker(("Meredith I. Honig",))
question = "How should I talk with {} about the walkthrough last week, when the team sat in the room and {} left early? " * 2
names = ("Tamika Rowe", "Priya", "Mr. Delgado", "Jean-Luc", "zzorqel", "Renee Okafor")
masker.mask(question.format(*names[:4]))
first = time.perf_counter()
later = []
for number in range(60):
    begun = time.perf_counter()
    masker.mask(question.format(*(names[(number + place) % 6] + "abcdef"[number % 6] * (number % 3) for place in range(4))))
    later.append(time.perf_counter() - begun)
later.sort()
spans = {"import": imported - start, "first": first - imported, "later": later[30], "slowest": later[-1]}
print(json.dumps({f"{name} ms": round(span * 1000, 1) for name, span in spans.items()}))
"""


def main() -> int:
    """Measure every set that is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what was missed and what was masked without cause")
    arguments = parser.parse_args()
    sentences = arguments.data / "personal_data" / "sentences.jsonl"
    if not sentences.is_file():
        print(f"{sentences} is not there. Give the folder that holds personal_data/ as --data.")
        return 1
    kept = list_known_names(ROOT / "corpus")
    masker = Masker(kept)
    results: dict[str, dict[str, Any]] = {"time": measure_time()}
    rows = read_rows(sentences)
    for half in ("tuning", "held out"):
        chosen = [row for row in rows if is_tuning(find_pattern(row["text"], row["spans"])) == (half == "tuning")]
        results[f"personal_data {half}"] = measure_people(masker, chosen, arguments.show and half == "tuning")
        listed = Masker(kept, list_gold_names(chosen))
        results[f"personal_data {half}, roster"] = measure_people(listed, chosen, arguments.show)
    results["personal_data, other kinds"] = measure_records(masker, rows)
    results["corpus"] = measure_documents(masker, sorted((ROOT / "corpus").glob("*.txt")), arguments.show)
    course = sorted((arguments.data / "course" / "documents").glob("*.md"))
    if course:
        results["course documents"] = measure_documents(masker, course, arguments.show)
        held = frozenset().union(*(list_kept(path.read_text("utf-8")) for path in course))
        results["course documents, their names kept"] = measure_documents(Masker(kept | held), course, arguments.show)
    for name, questions in iterate_questions(arguments.data):
        results[f"questions {name}"] = measure_questions(masker, questions, arguments.show)
        if name == "course" and course:
            results["questions course, its names kept"] = measure_questions(
                Masker(kept | held), questions, arguments.show
            )
    for half in ("tuning", "held_out"):
        chosen = [row for row in read_rows(ROOT / "evals" / "private_names.jsonl") if row["part"] == half]
        results[f"private_names {half}"] = measure_private(masker, chosen, arguments.show and half == "tuning")
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def list_known_names(corpus: Path) -> frozenset[str]:
    """Names that a library of the two texts holds: their authors, and the names in them."""
    found: set[str] = set()
    for path in sorted(corpus.glob("*.txt")):
        found |= set(read_metadata_file(find_metadata_file(path)).authors)
        found |= list_kept(path.read_text("utf-8"))
    return frozenset(found)


def list_gold_names(rows: Sequence[dict[str, Any]]) -> Roster:
    """A roster of the marked names, written to a file and read again as a district's would be."""
    names = sorted({span["text"] for row in rows for span in row["spans"] if span["type"] == "PERSON"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.csv"
        path.write_text("name\n" + "\n".join(f'"{" ".join(name.split())}"' for name in names), "utf-8")
        roster = load_roster(path)
    assert all(isinstance(person, Person) for person in roster.people)
    return roster


def measure_people(masker: Masker, rows: Sequence[dict[str, Any]], show: bool) -> dict[str, float]:
    """Recall over persons, and the share of masked names that are persons or lie within one."""
    whole = part = persons = right = masked = 0
    for row in rows:
        text = row["text"]
        found = [one for one in masker.find(text) if one.kind in {"student", "colleague"}]
        covered = {place for one in masker.find(text) for place in range(one.start, one.end)}
        gold = [(span["start"], span["end"]) for span in row["spans"] if span["type"] == "PERSON"]
        for start, end in gold:
            letters = [
                place
                for match in _PART.finditer(text[start:end])
                for place in range(start + match.start(), start + match.end())
            ]
            hit = sum(place in covered for place in letters)
            persons += 1
            whole += hit == len(letters)
            part += 0 < hit < len(letters)
            if show and hit < len(letters):
                print(f"  missed {text[start:end]!r} in {text[max(start - 40, 0) : end + 40]!r}")
        for one in found:
            good = any(one.start < end and start < one.end for start, end in gold)
            masked += 1
            right += good
            if show and not good:
                print(f"  wrong {text[one.start : one.end]!r} in {text[max(one.start - 40, 0) : one.end + 40]!r}")
    return {
        "persons": persons,
        "recall": round(whole / max(persons, 1), 4),
        "partly": round(part / max(persons, 1), 4),
        "precision": round(right / max(masked, 1), 4),
    }


def measure_records(masker: Masker, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Of each other kind of personal data, how many are masked whole."""
    hits: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for row in rows:
        spans = [(one.start, one.end) for one in masker.find(row["text"])]
        for span in row["spans"]:
            counts[span["type"]] += 1
            hits[span["type"]] += any(start <= span["start"] and span["end"] <= end for start, end in spans)
    kinds = (
        "US_SSN",
        "CREDIT_CARD",
        "IBAN_CODE",
        "PHONE_NUMBER",
        "EMAIL_ADDRESS",
        "US_DRIVER_LICENSE",
        "STREET_ADDRESS",
    )
    return {kind: f"{hits[kind]}/{counts[kind]}" for kind in kinds}


def measure_documents(masker: Masker, paths: Sequence[Path], show: bool) -> dict[str, float]:
    """Stretches that are masked in texts, by a thousand words, by kind. A text is read paragraph by paragraph."""
    words = 0
    kinds: Counter[str] = Counter()
    examples: list[str] = []
    for path in paths:
        for paragraph in re.split(r"\n\s*\n", path.read_text("utf-8")):
            words += len(paragraph.split())
            for one in masker.find(paragraph):
                kinds[one.kind] += 1
                examples.append(
                    f"  {one.kind} {paragraph[one.start : one.end]!r} in {paragraph[max(one.start - 40, 0) : one.end + 40]!r}"
                )
    if show and examples:
        print("\n".join(random.Random(1).sample(examples, min(_EXAMPLES, len(examples)))))  # noqa: S311 - examples
    return {"words": words, "per 1,000 words": round(1000 * kinds.total() / max(words, 1), 2), **dict(kinds)}


def iterate_questions(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Sets of questions without private names."""
    starter = read_rows(ROOT / "evals" / "starter.jsonl")
    yield (
        "starter tuning",
        [row["question"] for row in starter if row["part"] == "tuning" and "Delgado" not in row["question"]],
    )
    for name, path in (("educators", "questions/educators.jsonl"), ("course", "course/queries.jsonl")):
        if (data / path).is_file():
            yield name, [row["question"] for row in read_rows(data / path)]


def measure_questions(masker: Masker, questions: Sequence[str], show: bool) -> dict[str, int]:
    """How many questions change."""
    changed = [question for question in questions if masker.mask(question).text != question]
    if show:
        print("\n".join(f"  changed: {masker.mask(question).text[:160]}" for question in changed))
    return {"questions": len(questions), "changed": len(changed)}


def measure_private(masker: Masker, rows: Sequence[dict[str, Any]], show: bool) -> dict[str, float]:
    """Names and records gone from the answerable text, whose they are said to be, and harmless questions that change."""
    counts: Counter[str] = Counter()
    for row in rows:
        question, wanted = row["question"], row["mask"]
        masked = masker.mask(question)
        if not wanted:
            counts["harmless"] += 1
            counts["harmless changed"] += masked.text != question
            if show and masked.text != question:
                print(f"  changed: {question} -> {masked.text}")
            continue
        covered = {place for one in find_all(masker, question) for place in range(*one)}
        for item in wanted:
            place = question.index(item["text"])
            letters = [place + match.start() for match in re.finditer(r"[^\W_]{2,}", item["text"])]
            hit = all(place in covered for place in letters)
            counts["private"] += 1
            counts["private masked"] += hit
            if show and not hit:
                print(f"  missed {item['text']!r}: {masked.text}")
        counts["texts"] += 1
        # A record beside a student is masked as well: it is no name, and is not counted here.
        right = {item["kind"] for item in wanted} == set(masked.kinds) - {"record"}
        counts["kinds right"] += right
        if show and not right:
            print(f"  kind: {masked.text}")
    return {
        "private": counts["private"],
        "recall": round(counts["private masked"] / max(counts["private"], 1), 4),
        "kinds right": round(counts["kinds right"] / max(counts["texts"], 1), 4),
        "harmless": counts["harmless"],
        "harmless changed": counts["harmless changed"],
    }


def find_all(masker: Masker, text: str) -> list[tuple[int, int]]:
    """Stretches of a text that are masked; in its first reading, which the later ones only add to."""
    return [(one.start, one.end) for one in masker.find(text)]


def measure_time() -> dict[str, float]:
    """Milliseconds in a fresh process: to import, to the first masked question, and for later ones of some forty words."""
    result = subprocess.run([sys.executable, "-c", _TIMED], capture_output=True, text=True, check=True, cwd=ROOT)
    times: dict[str, float] = json.loads(result.stdout)
    return times


def write_table(results: dict[str, dict[str, Any]]) -> str:
    """One line for each set."""
    return "\n".join(
        f"{name:<36} " + "  ".join(f"{key} {value}" for key, value in values.items())
        for name, values in results.items()
    )


if __name__ == "__main__":
    sys.exit(main())
