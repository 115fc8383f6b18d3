"""Measures the check on sentences as a language model writes them: claims with a verdict in, shares that pass out.

    python evals/bench/written_claims.py [--set evals/written_claims.jsonl] [--json] [--show]

Each claim names words of a starter text; it goes through the whole check of a written sentence, in a library of its own:

    kept         of the supported claims, those that pass
    let_through  of the others, those that pass; `number`, `name`, ... the same by what was changed
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

from coach.assembly import open_library
from coach.claims import ClaimChecker
from coach.disclosure import Disclosed, disclose
from coach.library import Library
from coach.privacy import silence_libraries
from coach.records import DraftStatement, Hit
from coach.sentence_vectors import SentenceVectors
from coach.settings import read_settings
from coach.support import SupportJudge, load_support
from coach.written import Reference, Written
from evals.answering import fill_library, read_rows

_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Check every claim, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=_ROOT / "evals" / "written_claims.jsonl")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every claim that went wrong")
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work:
        home = Path(work) / "home"
        fill_library(_ROOT / "corpus", home)
        with open_library(read_settings(os.environ, home)) as library:
            figures = measure(library, arguments.set, show=arguments.show)
    print(
        json.dumps({"sets": {arguments.set.stem: {"product": figures}}})
        if arguments.json
        else "  ".join(f"{name} {value}" for name, value in figures.items())
    )
    return 0


def measure(library: Library, path: Path, *, show: bool = False) -> dict[str, float | int]:
    """The shares of a set, over the documents of a library."""
    checker = ClaimChecker(SupportJudge(SentenceVectors(library.embedder), load_support()))
    passages = _list_passages(library)
    asked, passed = Counter[str](), Counter[str]()
    for row in read_rows(path):
        shown = {
            label: one
            for label, one in passages.items()
            if one.hit.document.name == row["document"] and one.locate(row["quote"])
        }
        reference = Reference(next(iter(shown)), row["quote"])
        result = checker.check(Written("claim", row["claim"], (reference,)), shown)
        kinds = ("kept",) if row["supported"] == "yes" else ("let_through", row["change"])
        passes = isinstance(result, DraftStatement)
        asked.update(kinds)
        passed.update(kinds if passes else ())
        if show and passes != (row["supported"] == "yes"):
            reason = "" if isinstance(result, DraftStatement) else result.reason.name
            print(f"{row['id']} {row['supported']} {row['change']} {reason}: {row['claim']}")
    shares: dict[str, float | int] = {name: round(passed[name] / count, 3) for name, count in asked.items()}
    return {"supported": asked["kept"], "unsupported": asked["let_through"], **shares}


def _list_passages(library: Library) -> dict[str, Disclosed]:
    store = library.store
    return {
        stored.passage.label: disclose(
            Hit(stored.passage, card, stored.text, 1.0, 1.0, 1.0), lambda text: (text, tuple(range(len(text))))
        )
        for card in store.list_documents()
        for stored in store.list_document_passages(card.id)
    }


if __name__ == "__main__":
    raise SystemExit(main())
