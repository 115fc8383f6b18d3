"""Asks a real inference server with random weights: how its replies end, and what our reading of them costs.

    python evals/bench/real_server.py [--questions 20] [--json]

Builds a tiny model, serves it with `transformers serve` (which needs the package accelerate) and asks it questions of the
starter set, each twice: through Coach, and with a bare HTTP client that only reads lines. Nothing is downloaded.

    whole, broken, ...   how many replies ended so
    first_ms             to the first words, through Coach; bare_first_ms with the bare client (medians)
    last_ms              to the last words; bare_last_ms
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from coach.model_settings import ModelSettings
from coach.models import LanguageModel, ModelFault
from coach.models.breaker import Breaker
from coach.models.chat import open_model
from coach.privacy import silence_libraries
from coach.records import Message
from evals.random_model import build_random_model, serve_random_model

_ROOT = Path(__file__).parents[2]


def main() -> None:
    """Build, serve, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    texts = [path.read_text("utf-8") for path in (_ROOT / "corpus").glob("*.txt")]
    lines = (_ROOT / "evals" / "starter.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in islice(lines, arguments.questions)]
    with tempfile.TemporaryDirectory() as folder:
        build_random_model(Path(folder), texts)
        with serve_random_model(Path(folder)) as served:
            name = f"openai-compatible:{served.model}"
            model = open_model(ModelSettings(name, served.address), Breaker(faults=10**9))
            measures = measure(model, served.address, served.model, questions)
    print(
        json.dumps(measures) if arguments.json else "\n".join(f"{name:16} {value}" for name, value in measures.items())
    )


def measure(model: LanguageModel, address: str, name: str, questions: Iterable[str]) -> dict[str, float]:
    """Every question both ways, in turn, so that a busy machine is unfair to neither."""
    ends = Counter[str]()
    times: dict[str, list[float]] = {"first_ms": [], "last_ms": [], "bare_first_ms": [], "bare_last_ms": []}
    for question in questions:
        kind, first, last = ask(model, question)
        ends[kind] += 1
        bare_first, bare_last = ask_barely(address, name, question)
        for key, value in zip(times, (first, last, bare_first, bare_last), strict=True):
            times[key].append(value)
    return {**ends, **{key: round(1000 * statistics.median(values), 1) for key, values in times.items()}}


def ask(model: LanguageModel, question: str) -> tuple[str, float, float]:
    """How the reply ended, and the seconds to its first and last words."""
    started, first, kind = time.perf_counter(), 0.0, "whole"
    try:
        for _ in model.stream([Message("user", question)]):
            first = first or time.perf_counter() - started
    except ModelFault as fault:
        kind = fault.kind
    return kind, first, time.perf_counter() - started


def ask_barely(address: str, name: str, question: str) -> tuple[float, float]:
    """The seconds to the first and last line with words."""
    import httpx

    body = {"model": name, "stream": True, "temperature": 0, "messages": [{"role": "user", "content": question}]}
    client = httpx.Client(trust_env=False, timeout=90)  # reads certificates, which our own does not for plain HTTP
    started, first = time.perf_counter(), 0.0
    with client, client.stream("POST", f"{address}/chat/completions", json=body) as reply:
        for line in reply.iter_lines():
            if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                first = first or time.perf_counter() - started
    return first, time.perf_counter() - started


if __name__ == "__main__":
    main()
