"""Measures search: collections with questions and their relevant passages in; nDCG@10 and recall@5 of each system out.

    python evals/bench/retrieval.py --data FOLDER [--json]

A set is a folder of FOLDER/retrieval that holds `corpus.jsonl` (id, title, text) and `queries.jsonl` (id, question,
relevant), or FOLDER itself's `course/` (documents and the document that treats each question). Each text of a corpus is
taken into a library as a file of its own; what is ranked are the texts, each by its best passage.

    lexical   the word index alone (BM25)
    dense     every vector compared with the question's, nothing else
    product   what `coach search` does
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.assembly import build_readers, open_coach, open_library
from coach.ingest import Ingest
from coach.privacy import silence_libraries
from coach.records import Question
from coach.settings import Settings, read_settings

SYSTEMS = ("lexical", "dense", "product")
_POOL = 100

Rank = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A question and the names of the texts that are relevant to it."""

    question: str
    relevant: frozenset[str]


def main() -> int:
    """Measure every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name, folder in find_sets(arguments.data):
        with tempfile.TemporaryDirectory() as work:
            documents, topics = load_set(folder, Path(work) / "documents")
            results[name] = measure(read_settings({}, Path(work) / "home"), documents, topics)
    if not results:
        print(f"{arguments.data} holds no set: neither retrieval/NAME/corpus.jsonl nor course/queries.jsonl.")
        return 1
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def find_sets(data: Path) -> Iterator[tuple[str, Path]]:
    """Name and folder of each set."""
    for path in sorted(data.glob("retrieval/*/corpus.jsonl")):
        yield path.parent.name, path.parent
    if (data / "course" / "queries.jsonl").is_file():
        yield "course", data / "course"


def load_set(folder: Path, target: Path) -> tuple[Path, list[Topic]]:
    """The folder of documents, written to `target` where the set is a corpus of texts, and the topics."""
    rows = read_lines(folder / "queries.jsonl")
    if not (folder / "corpus.jsonl").is_file():
        return folder / "documents", [Topic(str(row["question"]), frozenset([str(row["document"])])) for row in rows]
    target.mkdir(parents=True)
    names: dict[str, str] = {}
    for number, text in enumerate(read_lines(folder / "corpus.jsonl")):
        names[str(text["id"])] = name = f"{number:06}.md"
        title = str(text.get("title") or "").strip()
        (target / name).write_text(f"# {title}\n\n{text['text']}\n" if title else f"{text['text']}\n", "utf-8")
    # A text that stands in the corpus twice is one document: the copy counts as its original.
    originals = {path.name: first for path, first in find_originals(target)}
    topics = []
    for row in rows:
        relevant = row["relevant"]
        assert isinstance(relevant, list)
        topics.append(Topic(str(row["question"]), frozenset(originals[names[str(one)]] for one in relevant)))
    return target, topics


def find_originals(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each file, and the name of the first file with the same content."""
    first: dict[bytes, str] = {}
    for path in sorted(folder.iterdir()):
        yield path, first.setdefault(path.read_bytes(), path.name)


def read_lines(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def measure(settings: Settings, documents: Path, topics: Sequence[Topic]) -> dict[str, dict[str, float]]:
    """Both metrics of each system on one set."""
    with open_library(settings, "retrieval.py") as library, build_readers(settings) as readers:
        ingest = Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=lambda progress: None)
        ingest.run([documents])
    with open_coach(settings) as coach:
        store = coach.library.store
        owners = store.list_passage_documents()
        names = {state.id: state.name for state in store.list_states()}
        generation = store.read_generation()

        def name_texts(passages: Mapping[str, float] | Sequence[str]) -> list[str]:
            return list(dict.fromkeys(names[owners[passage]] for passage in passages))

        def rank_lexical(question: str) -> list[str]:
            return name_texts(coach.library.words.search(question, _POOL, generation))

        def rank_dense(question: str) -> list[str]:
            return name_texts(coach.library.exact.search(coach.library.embedder.embed([question])[0], _POOL))

        def rank_product(question: str) -> list[str]:
            hits = coach.retriever.search(Question(question, question), _POOL).hits
            return name_texts([hit.passage.id for hit in hits])

        ranks: dict[str, Rank] = dict(zip(SYSTEMS, (rank_lexical, rank_dense, rank_product), strict=True))
        return {system: score(rank, topics) for system, rank in ranks.items()}


def score(rank: Rank, topics: Sequence[Topic]) -> dict[str, float]:
    """Means over the topics."""
    gains, recalls = 0.0, 0.0
    for topic in topics:
        ranking = rank(topic.question)
        gain = sum(1 / math.log2(place + 2) for place, name in enumerate(ranking[:10]) if name in topic.relevant)
        gains += gain / sum(1 / math.log2(place + 2) for place in range(min(10, len(topic.relevant))))
        recalls += len(topic.relevant & set(ranking[:5])) / len(topic.relevant)
    return {"ndcg@10": round(gains / len(topics), 4), "recall@5": round(recalls / len(topics), 4)}


def write_table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """One line for each set and system."""
    lines = [f"{'set':<10} {'system':<9} {'ndcg@10':>8} {'recall@5':>9}"]
    for name, systems in results.items():
        lines += [f"{name:<10} {system:<9} {m['ndcg@10']:>8.3f} {m['recall@5']:>9.3f}" for system, m in systems.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
