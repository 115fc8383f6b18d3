"""Measures speed and memory: folders of documents with questions in; Coach beside a plain LangChain pipeline out.

    python evals/bench/speed.py --data FOLDER [--json] [--growth N] [--questions N] [--work FOLDER]

A set is a folder of FOLDER that holds `documents/` (Markdown and text are taken) and `queries.jsonl` (field
`question`); the questions of `questions/educators.jsonl` are asked as well where that file is there.

`baseline` is the pipeline a user would otherwise write: RecursiveCharacterTextSplitter (1,000 characters, 200 of
overlap), HuggingFaceEmbeddings with the very same weights, Chroma on disk, similarity_search. `product` is all that
`coach ingest` does, then search and answers as the owner, who asks Chroma. Both give back ten passages. Each step of
each system is a process of its own (speed_child.py), on a library that this run made; COACH_CACHE is respected, every
other COACH_ setting is left at its default. The fast export of the model is made first and is not timed. What other
programs took of the processors is said on standard error: where it is much, only ratios say something, and not much.

    chars_per_s            source characters by the seconds of the ingest; imports and model loading left out on both
                           sides (what a system imports later than that counts)
    chars_per_s_with_load  the same with imports and model loading
    search_*_ms            one search, warm: five other questions were asked before; two processes, taken together
    answer_*_ms            one whole answer of the product; the baseline has none without a language model
    cold_s                 a new process that answers one question (baseline: one search) and ends; median of five,
                           the systems in turn
    peak_mb                resident memory of the ingest with its reader processes, looked at every 50 ms; MB is 10^6
                           bytes, and pages that processes share are counted for each

`--growth N` shuffles the paragraphs of the documents N times over into N times as many new documents, ingests those
with the product, and asks the same questions of both libraries in turn: growth_*. Exit 1 when there is no set.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from coach.privacy import silence_libraries

SYSTEMS = ("baseline", "product")
SEED = 20261121
WARM_UP = (
    "What do the documents say about planning a lesson?",
    "How can a leader support new teachers?",
    "Which evidence is there for small groups?",
    "What should happen in the first week of term?",
    "Why do some meetings achieve so little?",
)
_ROUNDS = 2
_COLD_RUNS = 5
_LOOK_SECONDS = 0.05
_CHILD = Path(__file__).with_name("speed_child.py")
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
_COLD_BASELINE = """
import sys
from langchain_chroma import Chroma
from langchain_huggingface import HuggingFaceEmbeddings
store = Chroma(persist_directory=sys.argv[1], embedding_function=HuggingFaceEmbeddings(model_name=sys.argv[2]))
sys.exit(0 if store.similarity_search(sys.argv[3], k=10) else 1)
"""

Metrics = dict[str, float | None]
Environment = Mapping[str, str]


class Failure(Exception):
    """A step that did not end well; its own words are on standard error."""


@dataclass(frozen=True, slots=True)
class SpeedSet:
    """Documents and questions that belong together."""

    name: str
    files: tuple[Path, ...]
    characters: int
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What the product is held to; `met` is None where it was not measured."""

    text: str
    met: bool | None


def main() -> int:
    """Measure every set and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--growth", type=int, default=0, metavar="N", help="also measure search at N times the text")
    parser.add_argument("--questions", type=int, metavar="N", help="at most so many questions")
    parser.add_argument("--work", type=Path, help="make the libraries in a new folder of this one, and keep them")
    arguments = parser.parse_args()
    sets = [load_set(folder, arguments.questions) for folder in find_sets(arguments.data)]
    sets = [each for each in sets if each.files and each.questions]
    if not sets:
        sys.stderr.write(f"Nothing to measure: {arguments.data} holds no folder with documents/ and queries.jsonl.\n")
        return 1
    silence_libraries()
    results: dict[str, dict[str, Metrics]] = {}
    try:
        with make_work_folder(arguments.work) as work:
            prepare(work)
            for each in sets:
                results[each.name] = measure_set(each, work / each.name, arguments.growth)
                if not arguments.json:
                    print_set(each, results[each.name])
    except Failure as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    if arguments.json:
        print(json.dumps({"sets": results}))
    return 0


# --- what is measured -----------------------------------------------------------------------------------------------


def find_sets(data: Path) -> list[Path]:
    """Folders that can be measured."""
    return [path.parent for path in sorted(data.glob("*/queries.jsonl")) if (path.parent / "documents").is_dir()]


def load_set(folder: Path, most: int | None) -> SpeedSet:
    """The documents and questions of a set."""
    files = sorted(path for path in (folder / "documents").rglob("*") if path.suffix in (".md", ".txt"))
    characters = sum(len(path.read_text("utf-8")) for path in files)
    questions: list[str] = []
    for path in (folder / "queries.jsonl", folder.parent / "questions" / "educators.jsonl"):
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        questions += [str(json.loads(line)["question"]) for line in lines if line.strip()]
    return SpeedSet(folder.name, tuple(files), characters, tuple(questions[:most]))


def measure_set(each: SpeedSet, work: Path, growth: int) -> dict[str, Metrics]:
    """Every figure of one set."""
    work.mkdir()
    files = [str(path) for path in each.files]
    results: dict[str, Metrics] = {}
    for system in SYSTEMS:
        tell(f"{each.name}: {system} ingests {len(files)} files")
        results[system] = measure_ingest(system, files, each.characters, work / system)
    for system, times in ask_in_turn({name: (name, work / name) for name in SYSTEMS}, each.questions).items():
        results[system].update(summarise(times))
    results["baseline"]["cold_s"], results["product"]["cold_s"] = measure_cold(work, each.questions[0])
    results = {system: in_order(metrics) for system, metrics in results.items()}
    if growth > 1:
        results["product"].update(measure_growth(each, work, growth))
        for name in results["product"]:
            results["baseline"].setdefault(name, None)
    return results


def in_order(metrics: Metrics) -> Metrics:
    """Memory last, as in the table of targets."""
    peak = metrics.pop("peak_mb")
    return {**metrics, "peak_mb": peak}


def measure_ingest(system: str, files: Sequence[str], characters: int, store: Path) -> Metrics:
    """Speed and memory of an ingest into a new folder."""
    figures, peak = run_child(system, "ingest", {"files": files, "store": str(store)}, store)
    tell(
        f"  {figures['documents']} documents, {figures['passages']} passages in {figures['ingest_s']:.1f} s, "
        f"{figures['load_s']:.1f} s to load before; other programs took {figures['others']:.0%} of the processors"
    )
    if figures.get("failed"):
        raise Failure(f"{figures['failed']} files were not read: the figures could not be compared.")
    return {
        "chars_per_s": round(characters / figures["ingest_s"], 1),
        "chars_per_s_with_load": round(characters / (figures["ingest_s"] + figures["load_s"]), 1),
        "peak_mb": round(peak / 1e6, 1),
    }


def ask_in_turn(
    libraries: Mapping[str, tuple[str, Path]], questions: Sequence[str]
) -> dict[str, dict[str, list[float] | None]]:
    """Times of every question on each library (name: system and folder), two rounds, the libraries in turn."""
    times: dict[str, dict[str, list[float] | None]] = {name: {} for name in libraries}
    for number in range(_ROUNDS):
        for name, (system, store) in libraries.items():
            tell(f"{name}: {len(questions)} questions, round {number + 1} of {_ROUNDS}")
            request = {"store": str(store), "questions": list(questions), "warm_up": WARM_UP}
            figures, _ = run_child(system, "ask", request, store)
            for kind in ("search_ms", "answer_ms"):
                new, old = figures[kind], times[name].get(kind) or []
                times[name][kind] = None if new is None else [*old, *new]
    return times


def summarise(times: Mapping[str, list[float] | None]) -> Metrics:
    """The middle and the slow end of search and of answers."""
    return {
        f"{kind.removesuffix('_ms')}_p{part}_ms": round(float(np.percentile(found, part)), 2) if found else None
        for kind, found in times.items()
        for part in (50, 95)
    }


def measure_cold(work: Path, question: str) -> tuple[float, float]:
    """Seconds from nothing to an answer, baseline and product."""
    from coach.embedding.onnx import find_default_model

    tell(f"cold starts, {_COLD_RUNS} of each in turn")
    model = str(find_default_model())
    commands = {
        "baseline": [sys.executable, "-c", _COLD_BASELINE, str(work / "baseline"), model, question],
        "product": [sys.executable, "-m", "coach", "ask", question, "--json"],
    }
    seconds: dict[str, list[float]] = {system: [] for system in SYSTEMS}
    for _ in range(_COLD_RUNS):
        for system, command in commands.items():
            environment = make_environment(work / system)
            started = time.perf_counter()
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            seconds[system].append(time.perf_counter() - started)
            if done.returncode:
                raise Failure(f"The cold start of {system} failed:\n{done.stderr}")
    middle = {system: round(statistics.median(values), 3) for system, values in seconds.items()}
    return middle["baseline"], middle["product"]


# --- growth ---------------------------------------------------------------------------------------------------------


def measure_growth(each: SpeedSet, work: Path, times: int) -> Metrics:
    """Search on `times` the text beside search on the text itself."""
    tell(f"{each.name}: product ingests {times} times the text, newly combined")
    files, characters = recombine(each.files, work / "grown-documents", times)
    ingest = measure_ingest("product", files, characters, work / "grown")
    libraries = {"once": ("product", work / "product"), f"{times} times": ("product", work / "grown")}
    asked = ask_in_turn(libraries, each.questions)
    once, grown = (summarise(asked[name]) for name in libraries)
    metrics: Metrics = {"growth_times": times}
    for name in ("search_p50_ms", "search_p95_ms", "answer_p50_ms", "answer_p95_ms"):
        before, after = once[name], grown[name]
        assert before is not None and after is not None
        metrics[f"growth_{name}_before"] = before
        metrics[f"growth_{name}_after"] = after
        metrics[f"growth_{name.removesuffix('_ms')}_ratio"] = round(after / before, 3)
    metrics["growth_chars_per_s"] = ingest["chars_per_s"]
    metrics["growth_peak_mb"] = ingest["peak_mb"]
    return metrics


def recombine(files: Sequence[Path], folder: Path, times: int) -> tuple[list[str], int]:
    """New documents of about the old length, from all paragraphs in an order drawn anew `times` over.

    A heading stays with the paragraph below it. Returns the files, and their characters.
    """
    folder.mkdir()
    units = [unit for path in files for unit in iterate_units(path.read_text("utf-8"))]
    length = sum(map(len, units)) // len(files)
    # The order need not be secret, and the same one makes a run repeatable.
    order = random.Random(SEED)  # noqa: S311
    written: list[str] = []
    characters = 0
    for _ in range(times):
        order.shuffle(units)
        for text in deal(units, length):
            path = folder / f"document-{len(written):05}.md"
            path.write_text(text, "utf-8")
            written.append(str(path))
            characters += len(text)
    return written, characters


def iterate_units(text: str) -> Iterator[str]:
    """The paragraphs of a Markdown text, each with the headings right above it."""
    waiting: list[str] = []
    for paragraph in _PARAGRAPH_BREAK.split(text.strip()):
        waiting.append(paragraph)
        if not paragraph.startswith("#"):
            yield "\n\n".join(waiting)
            waiting = []
    if waiting:
        yield "\n\n".join(waiting)


def deal(units: Sequence[str], length: int) -> Iterator[str]:
    """Texts of about `length` characters."""
    page: list[str] = []
    filled = 0
    for unit in units:
        page.append(unit)
        filled += len(unit)
        if filled >= length:
            yield "\n\n".join(page) + "\n"
            page, filled = [], 0
    if page:
        yield "\n\n".join(page) + "\n"


# --- processes ------------------------------------------------------------------------------------------------------


@contextmanager
def make_work_folder(parent: Path | None) -> Iterator[Path]:
    """A new folder: in `parent`, where it stays, or a temporary one."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="speed-", dir=parent))
        return
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        yield Path(folder)


def prepare(work: Path) -> None:
    """Make the export of the model where it is not there yet, so that no figure holds it."""
    figures, _ = run_child("product", "prepare", {}, work)
    tell(f"the model's fast export is there ({figures['seconds']:.1f} s, once for each machine, in no figure)")


def make_environment(store: Path) -> dict[str, str]:
    """Coach as it is shipped, with this data folder; the cache may be the caller's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACH_") or name == "COACH_CACHE"}
    return {**kept, "COACH_HOME": str(store)}


def run_child(system: str, step: str, request: Mapping[str, Any], store: Path) -> tuple[dict[str, Any], int]:
    """Run one step in a process of its own: its figures, and the most bytes it and its processes held.

    `others` among the figures is the share of the processors that went to other programs meanwhile.

    Raises:
        Failure: it ended with an error.
    """
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as reply:
        source.write(json.dumps(request).encode())
        source.seek(0)
        command = [sys.executable, str(_CHILD), system, step]
        process = subprocess.Popen(command, stdin=source, stdout=reply, env=make_environment(store))
        before, started = count_own_seconds(), time.perf_counter()
        psutil.cpu_percent()  # the next call tells of the time since this one
        peak = watch_memory(process)
        share = (count_own_seconds() - before) / (time.perf_counter() - started) / (os.cpu_count() or 1)
        others = max(psutil.cpu_percent() / 100 - share, 0.0)
        if process.returncode:
            raise Failure(f"{system} could not {step}: exit {process.returncode}.")
        reply.seek(0)
        figures: dict[str, Any] = json.load(reply)
    return {**figures, "others": others}, peak


def count_own_seconds() -> float:
    """Processor time of this process and of all that it started and saw end."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def watch_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process, looking at the resident memory of it and all below it. Returns the highest sum."""
    peak = 0
    top = psutil.Process(process.pid)
    while process.poll() is None:
        total = 0
        try:
            family = [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            try:
                total += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, total)
        time.sleep(_LOOK_SECONDS)
    return peak


def tell(line: str) -> None:
    """Say on standard error what is going on."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


# --- output ---------------------------------------------------------------------------------------------------------


def print_set(each: SpeedSet, results: Mapping[str, Metrics]) -> None:
    """The table of one set, and the targets."""
    print(
        f"{each.name}: {len(each.files)} documents, {each.characters:,} characters, {len(each.questions)} questions, "
        f"{os.cpu_count()} processors\n"
    )
    print(f"{'':<30}" + "".join(f"{system:>12}" for system in SYSTEMS) + f"{'ratio':>9}")
    for name in results["product"]:
        baseline, product = (results[system].get(name) for system in SYSTEMS)
        ratio = f"{product / baseline:.2f}" if baseline and product is not None else "–"
        print(f"{name:<30}{write_number(baseline):>12}{write_number(product):>12}{ratio:>9}")
    print("\nTargets of the product (the model's export was made before, and is in no figure)\n")
    for target in list_targets(results["baseline"], results["product"]):
        mark = {True: "met", False: "MISSED", None: "not measured"}[target.met]
        print(f"  {target.text:<58}{mark}")
    print()


def write_number(value: float | None) -> str:
    """A figure as the table shows it."""
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def list_targets(baseline: Metrics, product: Metrics) -> list[Target]:
    """What the product is held to."""

    def compare(text: str, name: str, factor: float = 1.0, *, at_least: bool = False) -> Target:
        mine, other = product[name], baseline[name]
        assert mine is not None and other is not None
        return Target(text, mine >= factor * other if at_least else mine <= factor * other)

    def limit(text: str, name: str, most: float, *, below: bool = False) -> Target:
        value = product.get(name)
        return Target(text, None if value is None else value < most if below else value <= most)

    return [
        compare("ingest: at least 2 times the baseline's chars_per_s", "chars_per_s", 2, at_least=True),
        compare("search_p50_ms: at most the baseline's", "search_p50_ms"),
        limit("answer_p95_ms: at most 300", "answer_p95_ms", 300),
        compare("cold_s: at most a quarter of the baseline's", "cold_s", 0.25),
        limit("cold_s: at most 2", "cold_s", 2),
        compare("peak_mb: at most the baseline's", "peak_mb"),
        limit("search_p50_ms at --growth: below 2 times as long", "growth_search_p50_ratio", 2, below=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
