"""One step of one system, in a process of its own: a request as JSON in, figures as JSON out. Started by speed.py.

    python evals/bench/speed_child.py baseline|product prepare|ingest|ask < REQUEST

Request: `files` to ingest, the `store` folder, `questions`, and `warm_up` questions that are not timed. The steps are
functions so that a system is read from top to bottom; neither knows of the other, and neither imports the other's
libraries. Times are wall time in this process; whoever started it watches its memory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.privacy import silence_libraries

if TYPE_CHECKING:
    from langchain_huggingface import HuggingFaceEmbeddings

    from coach.ingest import Progress

FOUND = 10  # passages that a search gives back
_REPORT_SECONDS = 15

Request = dict[str, Any]
Figures = dict[str, Any]


def main() -> int:
    """Do the step that is named on the command line."""
    system, step = sys.argv[1:3]
    # Libraries that write on standard output must not spoil the reply.
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    silence_libraries()
    request: Request = json.load(sys.stdin)
    json.dump(STEPS[system, step](request), reply)
    reply.close()
    return 0


# --- baseline: the plain LangChain pipeline -------------------------------------------------------------------------


def ingest_baseline(request: Request) -> Figures:
    """Read, split, embed and store, as LangChain's own tutorial does."""
    started = time.perf_counter()
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = load_baseline_model()
    loaded = time.perf_counter()
    documents = [
        Document(page_content=Path(file).read_text("utf-8"), metadata={"source": file}) for file in request["files"]
    ]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = splitter.split_documents(documents)
    Chroma.from_documents(chunks, embeddings, persist_directory=request["store"])
    ended = time.perf_counter()
    return {
        "load_s": loaded - started,
        "ingest_s": ended - loaded,
        "documents": len(documents),
        "passages": len(chunks),
    }


def ask_baseline(request: Request) -> Figures:
    """Time one similarity search for each question; this pipeline has no answer step without a language model."""
    from langchain_chroma import Chroma

    store = Chroma(persist_directory=request["store"], embedding_function=load_baseline_model())

    def search(question: str) -> int:
        return len(store.similarity_search(question, k=FOUND))

    return {"search_ms": time_each(search, request), "answer_ms": None}


def load_baseline_model() -> HuggingFaceEmbeddings:
    """The very weights that the product uses, on the engine that LangChain gives them."""
    from langchain_huggingface import HuggingFaceEmbeddings
    from transformers.utils.logging import disable_progress_bar

    from coach.embedding.onnx import find_default_model

    disable_progress_bar()  # type: ignore[no-untyped-call]
    return HuggingFaceEmbeddings(model_name=str(find_default_model()))


# --- product --------------------------------------------------------------------------------------------------------


def prepare_product(request: Request) -> Figures:
    """Load the model once, which makes its export where it is not there yet."""
    from coach.assembly import build_embedder
    from coach.settings import read_settings

    del request
    started = time.perf_counter()
    build_embedder(read_settings(os.environ))
    return {"seconds": time.perf_counter() - started}


def ingest_product(request: Request) -> Figures:
    """All that `coach ingest` does: reader processes, passages, vectors, word index, vector index."""
    started = time.perf_counter()
    from coach.assembly import build_readers, open_library
    from coach.ingest import Ingest
    from coach.settings import read_settings

    settings = read_settings(os.environ, Path(request["store"]))
    with open_library(settings, "bench") as library:
        loaded = time.perf_counter()
        with build_readers(settings) as readers:
            run = Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=report_progress())
            report = run.run([Path(file) for file in request["files"]])
        ended = time.perf_counter()
        passages = library.store.count_passages()
    failed = [result for result in report.results if result.change == "failed"]
    for result in failed:
        sys.stderr.write(f"not read: {result.name}: {result.message}\n")
    return {
        "load_s": loaded - started,
        "ingest_s": ended - loaded,
        "documents": report.count("added"),
        "passages": passages,
        "failed": len(failed),
    }


def ask_product(request: Request) -> Figures:
    """Time search, then whole answers, as the owner who asks Chroma; each with word counts that are not known yet."""
    from coach.assembly import open_coach
    from coach.settings import read_settings

    settings = read_settings(os.environ, Path(request["store"]))
    with open_coach(settings, "bench") as coach:
        if coach.fault:
            raise RuntimeError(f"Chroma is not asked: {coach.fault}")
        search_ms = time_each(lambda question: len(coach.assistant.search(question, FOUND).hits), request)
    with open_coach(settings, "bench") as coach:
        answer_ms = time_each(lambda question: len(coach.assistant.ask(question).statements), request)
    return {"search_ms": search_ms, "answer_ms": answer_ms}


def report_progress() -> Callable[[Progress], None]:
    """A listener that writes a line every few seconds, and at each step of the vector index."""
    started = last = time.perf_counter()

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last >= _REPORT_SECONDS:
            last = now
            what = "passages in the index" if progress.phase == "index" else "files"
            sys.stderr.write(f"  {progress.done} of {progress.total} {what}, {now - started:.0f} s\n")

    return show


# --- both -----------------------------------------------------------------------------------------------------------


def time_each(act: Callable[[str], int], request: Request) -> list[float]:
    """Milliseconds of each question, after the warm-up."""
    questions: Sequence[str] = request["questions"]
    for question in request["warm_up"]:
        act(question)
    times: list[float] = []
    for question in questions:
        started = time.perf_counter()
        if act(question) == 0:
            raise RuntimeError(f"nothing came back for {question!r}")
        times.append((time.perf_counter() - started) * 1000)
    return times


STEPS: dict[tuple[str, str], Callable[[Request], Figures]] = {
    ("baseline", "ingest"): ingest_baseline,
    ("baseline", "ask"): ask_baseline,
    ("product", "prepare"): prepare_product,
    ("product", "ingest"): ingest_product,
    ("product", "ask"): ask_product,
}


if __name__ == "__main__":
    sys.exit(main())
