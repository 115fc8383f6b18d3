"""Measures search: collections with questions and their relevant passages in; nDCG@10 and recall@5 of each system out.

    python evals/bench/retrieval.py --data FOLDER [--json] [--ablation]

A set is a folder of FOLDER/retrieval that holds `corpus.jsonl` (id, title, text) and `queries.jsonl` (id, question,
relevant), or FOLDER itself's `course/` (documents and the document that treats each question). Each text of a corpus is
taken into a library as a file of its own; what is ranked are the texts, each by its best passage.

    lexical   the word index alone (BM25)
    dense     every vector compared with the question's, nothing else
    product   what `coach search` does

With `--ablation` also the product with one step changed:

    rrf             reciprocal rank fusion in place of the weighted mean
    minmax          the mean of both scores, each scaled by its best and worst, 0.7 for meaning
    unfolded        passages that say the same stay beside one another
    headless        titles and section paths neither embedded nor matched
    typos           questions with a slip of the keys in one or two words, made up here from a fixed seed
    typos unmended  the same, with no spelling mended
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coach.assembly import build_embedder, open_coach
from coach.embedding import Embedder, Vectors, embed_question
from coach.lexical import STOP_WORDS, LexicalIndex
from coach.library import Library
from coach.privacy import silence_libraries
from coach.records import Question
from coach.retrieval import Retriever, Steps
from coach.settings import Settings
from coach.weights import load_weights
from evals.answering import fill_library, read_rows, write_text

SYSTEMS = ("lexical", "dense", "product")
SEED = 20261121
_POOL = 100
_RRF = 60  # the constant of the paper that named it
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

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
    parser.add_argument("--ablation", action="store_true", help="also measure with one step changed at a time")
    arguments = parser.parse_args()
    silence_libraries()
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name, folder in find_sets(arguments.data):
        with tempfile.TemporaryDirectory() as work:
            documents, topics = load_set(folder, Path(work) / "documents")
            settings = fill_library(documents, Path(work) / "home")
            results[name] = measure(settings, topics)
            if arguments.ablation:
                results[name] |= ablate(settings, topics)
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
    rows = read_rows(folder / "queries.jsonl")
    if not (folder / "corpus.jsonl").is_file():
        return folder / "documents", [Topic(str(row["question"]), frozenset([str(row["document"])])) for row in rows]
    target.mkdir(parents=True)
    # A file is named by its content: a text that stands in the corpus twice is one document under both ids.
    names = {str(text["id"]): write_text(target, text) for text in read_rows(folder / "corpus.jsonl")}
    return target, [Topic(str(row["question"]), frozenset(names[str(one)] for one in row["relevant"])) for row in rows]


def measure(settings: Settings, topics: Sequence[Topic]) -> dict[str, dict[str, float]]:
    """Both metrics of each system on one set, in a library that was filled before."""
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
            return name_texts(coach.library.exact.search(embed_question(coach.library.embedder, question), _POOL))

        rank_product = build_rank(coach.retriever)
        ranks: dict[str, Rank] = dict(zip(SYSTEMS, (rank_lexical, rank_dense, rank_product), strict=True))
        return {system: score(rank, topics) for system, rank in ranks.items()}


def build_rank(retriever: Retriever) -> Rank:
    """Ranks texts as a retriever ranks their passages. One that was folded into another is not ranked."""

    def rank(question: str) -> list[str]:
        hits = retriever.search(Question(question, question), _POOL).hits
        return list(dict.fromkeys(hit.document.name for hit in hits))

    return rank


def ablate(settings: Settings, topics: Sequence[Topic]) -> dict[str, dict[str, float]]:
    """Both metrics of the product with one step changed, in a library that was filled before."""
    misspelled = [replace(topic, question=misspell(topic.question)) for topic in topics]
    with open_coach(settings) as coach:
        rank = build_rank(coach.retriever)
        results = {"typos": score(rank, misspelled)}
        changed = {
            "rrf": Steps(fuse=fuse_by_rank),
            "minmax": Steps(fuse=fuse_by_range),
            "unfolded": Steps(fold_twins=False),
        }
        for name, steps in changed.items():
            coach.retriever.use(steps)
            results[name] = score(rank, topics)
        coach.retriever.use(Steps(mend_spelling=False))
        results["typos unmended"] = score(rank, misspelled)
    library = Library(settings.home, Headless(build_embedder(settings)))
    try:
        library.embed_anew()
        words = LexicalIndex(library.store.engine, replace(load_weights(), heading=0.0))
        retriever = Retriever(library.store, words, library.exact, library.exact, library.embedder)
        results["headless"] = score(build_rank(retriever), topics)
        retriever.close()
    finally:
        library.close()
    return {name: results[name] for name in ("rrf", "minmax", "unfolded", "headless", "typos", "typos unmended")}


class Headless:
    """An embedder that does not read the heading, which stands on a line before the text."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.fingerprint = embedder.fingerprint[::-1]
        self.dimensions = embedder.dimensions
        self.window = embedder.window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder counts."""
        return self._embedder.count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the last line of each text."""
        return self._embedder.embed([text.rpartition("\n")[2] for text in texts])


def fuse_by_rank(dense: Mapping[str, float], lexical: Mapping[str, float], ceiling: float) -> dict[str, float]:
    """Reciprocal rank fusion."""
    del ceiling
    fused: dict[str, float] = dict.fromkeys([*dense, *lexical], 0.0)
    for scores in (dense, lexical):
        for place, passage_id in enumerate(sorted(scores, key=lambda one: -scores[one]), start=1):
            fused[passage_id] += 1 / (_RRF + place)
    return fused


def fuse_by_range(dense: Mapping[str, float], lexical: Mapping[str, float], ceiling: float) -> dict[str, float]:
    """Weighted mean of both scores, each scaled so that its best is 1 and its worst 0."""
    del ceiling
    fused: dict[str, float] = dict.fromkeys([*dense, *lexical], 0.0)
    for scores, share in ((dense, 0.7), (lexical, 0.3)):
        lowest, highest = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        for passage_id, one in scores.items():
            fused[passage_id] += share * (one - lowest) / ((highest - lowest) or 1.0)
    return fused


def misspell(question: str) -> str:
    """The question with a slip of the keys in one or two of its words; the same slip at every run."""
    chance = random.Random(f"{SEED}:{question}")  # noqa: S311 - the same slips at every run
    places = [match for match in re.finditer(r"[^\W\d_]{5,}", question) if match.group().casefold() not in STOP_WORDS]
    chosen = chance.sample(places, min(len(places), chance.choice((1, 2))))
    for match in sorted(chosen, key=lambda one: -one.start()):
        question = question[: match.start()] + slip(match.group(), chance) + question[match.end() :]
    return question


def slip(word: str, chance: random.Random) -> str:
    """A word with two letters swapped, one dropped, one doubled, or a neighbouring key struck; its first letter stays."""
    place = chance.randrange(1, len(word) - 1)
    kind = chance.choice(("swap", "drop", "double", "neighbour"))
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    if kind == "double":
        return word[:place] + word[place] + word[place:]
    row = next((row for row in _KEYS if word[place].lower() in row), word[place])
    beside = row.index(word[place].lower()) if word[place].lower() in row else 0
    neighbours = row[max(beside - 1, 0) : beside] + row[beside + 1 : beside + 2]
    return word[:place] + (chance.choice(neighbours) if neighbours else "") + word[place + 1 :]


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
    lines = [f"{'set':<10} {'system':<15} {'ndcg@10':>8} {'recall@5':>9}"]
    for name, systems in results.items():
        lines += [
            f"{name:<10} {system:<15} {m['ndcg@10']:>8.3f} {m['recall@5']:>9.3f}" for system, m in systems.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
