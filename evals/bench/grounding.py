"""Measures whether evidence supports a claim: sets with verdicts in; errors of three systems, and of seeded changes, out.

    python evals/bench/grounding.py --data FOLDER [--json]

A set is FOLDER/grounding/NAME.jsonl (evals/claims.py says what a row holds). `yes` is supported; `partly` and `no` are not.

    lexical   share of the claim's words that stand in the evidence, by their stems
    cosine    of the claim and the nearest sentence
    product   what coach/support.py makes of it. On the sets that it was fitted on (named by coach/support.json), each claim
              is judged by a model that was fitted without its question or document; on any other, as it is shipped

    balanced_accuracy   at the threshold that is best on the other folds of the same set, whichever the system
    let_through         share of the unsupported that pass where a tenth of the supported is lost

Beside them `let_through_shipped` and `lost_shipped` (product alone): what passes and what is lost at the shipped threshold,
a plain disagreement being a refusal whatever the score; of `partly` and `no` apart in the printed table, with bootstrap
intervals of 95 %.

The second table: sentences of the starter texts and of the sets' evidence, each with one thing made wrong, or said a little
otherwise (evals/seeding.py; additions are made here), held against the passage that they come from. None of it is used in
fitting.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold

from coach.assembly import build_embedder
from coach.privacy import silence_libraries
from coach.sentence_vectors import SentenceVectors
from coach.settings import read_settings
from coach.stemming import stem_words
from coach.support import MEASURES, PARAMETERS, SupportJudge, load_support
from evals.claims import Claim, find_sets, load_claims, split_evidence
from evals.seeding import CHANGES, REWRITINGS, change, rewrite
from evals.train.fit_support import SEED, Flags, Numbers, Table, cross_fit, tabulate

CORPUS = Path(__file__).parents[2] / "corpus"
_FOLDS = 5
_RESAMPLES = 1000
_LOST = 0.1
_AROUND = 3  # sentences before and behind a seeded one that are its passage
_SEEDED = 60  # sentences of each source
_FEWEST_WORDS = 8
_MOST_WORDS = 45
_ADDED = (
    ", which keeps costs down",
    ", as surveys of families confirm",
    " during the summer holidays",
    ", especially for newly hired staff",
    " by means of a mobile application",
    ", and journalists welcomed it",
    ", provided that the mayor consents",
)


def main() -> int:
    """Measure every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    silence_libraries()
    paths = dict(find_sets(arguments.data))
    if not paths:
        print(f"{arguments.data} holds no grounding/NAME.jsonl.")
        return 1
    embedder = build_embedder(read_settings(os.environ))
    claims = {name: load_claims(path) for name, path in paths.items()}
    table = tabulate(claims, embedder)
    scores, passed, fitted = score_product(table)
    results: dict[str, dict[str, dict[str, float]]] = {}
    lines: list[str] = []
    for name in paths:
        own = table.sets == name
        systems = {
            "lexical": np.array([measure_overlap(claim) for claim in claims[name]]),
            "cosine": table.measures[own, MEASURES.index("cosine")],
            "product": scores[own],
        }
        results[name] = {
            system: measure(table.supported[own], values, table.groups[own]) for system, values in systems.items()
        }
        figures, line = measure_shipped(table, passed, name)
        results[name]["product"] |= figures
        lines.append(f"{name:<12} {'cross-fitted' if name in fitted else 'as shipped':<13} {line}")
    if arguments.json:
        print(json.dumps({"sets": results}))
        return 0
    print(write_table(results, fitted))
    print("\nAt the shipped threshold, share that passes (95 % interval)\n" + "\n".join(lines))
    sources = {"starter": list(read_corpus()), **{name: read_evidence(path) for name, path in paths.items()}}
    print("\n" + write_seeded(SupportJudge(SentenceVectors(embedder), load_support()), sources))
    return 0


def score_product(table: Table) -> tuple[Numbers, Flags, frozenset[str]]:
    """The product's probability for each claim, whether it passes, and the sets that it was fitted on."""
    parameters = load_support()
    provenance = json.loads(PARAMETERS.read_text("utf-8"))["provenance"]
    fitted = frozenset(name for name in set(table.sets.tolist()) if f"{name}.jsonl" in provenance["data"])
    scores = np.array([parameters.model.estimate(dict(zip(MEASURES, row, strict=True))) for row in table.measures])
    passed = (scores >= parameters.threshold) & table.agrees
    own = np.flatnonzero(np.isin(table.sets, sorted(fitted)))
    if len(own):
        scores[own], passed[own] = cross_fit(table.take(own), provenance["aim"])
    return scores, passed, fitted


def measure_overlap(claim: Claim) -> float:
    """Share of the claim's words that stand in its evidence."""
    said = stem_words(claim.text)
    return len(said & stem_words(" ".join(claim.sentences))) / max(1, len(said))


def measure(labels: Flags, scores: Numbers, groups: np.ndarray) -> dict[str, float]:
    """Both metrics of one system on one set."""
    return {
        "balanced_accuracy": round(measure_accuracy(labels, scores, groups), 4),
        "let_through": round(float(np.mean(scores[~labels] >= np.quantile(scores[labels], _LOST))), 4),
        "claims": len(labels),
    }


def measure_accuracy(labels: Flags, scores: Numbers, groups: np.ndarray) -> float:
    """Balanced accuracy, each claim judged by the threshold that is best on the other folds."""
    found = np.zeros(len(labels), dtype=bool)
    for train, test in GroupKFold(min(_FOLDS, len(set(groups.tolist())))).split(scores, labels, groups):
        places = np.unique(scores[train])
        best = max(places, key=lambda place: balanced_accuracy_score(labels[train], scores[train] >= place))
        found[test] = scores[test] >= best
    return float(balanced_accuracy_score(labels, found))


def measure_shipped(table: Table, passed: Flags, name: str) -> tuple[dict[str, float], str]:
    """What passes at the shipped threshold, as figures and as a line of the printed table."""
    own = table.sets == name
    wrong = own & ~table.supported
    parts = {
        "supported": own & table.supported,
        "unsupported": wrong,
        "partly": wrong & table.partly,
        "no": wrong & ~table.partly,
    }
    figures = {
        "let_through_shipped": round(float(passed[wrong].mean()), 4) if wrong.any() else 0.0,
        "lost_shipped": round(float(1 - passed[parts["supported"]].mean()), 4) if parts["supported"].any() else 0.0,
    }
    written = [f"{part} {write_share(passed[rows])}" for part, rows in parts.items() if rows.any()]
    return figures, "   ".join(written)


def write_share(passed: Flags) -> str:
    """A share with its interval and number: ".09 (.05-.13) of 207"."""
    generator = np.random.default_rng(SEED)
    draws = [passed[generator.integers(0, len(passed), len(passed))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{passed.mean():.3f} ({low:.3f}-{high:.3f}) of {len(passed)}"


def write_table(results: Mapping[str, Mapping[str, Mapping[str, float]]], fitted: frozenset[str]) -> str:
    """One line for each set and system."""
    names = ("balanced_accuracy", "let_through", "claims")
    lines = [f"{'set':<12} {'system':<9}" + "".join(f"{name:>19}" for name in names)]
    for name, systems in results.items():
        for system, values in systems.items():
            mark = "  cross-fitted" if system == "product" and name in fitted else ""
            lines.append(f"{name:<12} {system:<9}" + "".join(f"{values[key]:>19}" for key in names) + mark)
    return "\n".join(lines)


# --- seeded changes ----------------------------------------------------------------------------------------------


def read_corpus() -> Iterator[tuple[str, ...]]:
    """The sentences of each starter text."""
    for path in sorted(CORPUS.glob("*.txt")):
        yield split_evidence([path.read_text("utf-8")])


def read_evidence(path: Path) -> list[tuple[str, ...]]:
    """The evidence of each claim of a set, every text once."""
    return list(dict.fromkeys(claim.sentences for claim in load_claims(path)))


def seed(texts: Sequence[tuple[str, ...]], random: Random) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """For sentences drawn from some texts each change and rewrite that can be made: its kind, the claim, its passage."""
    places = [
        (text, place)
        for text in texts
        for place, sentence in enumerate(text)
        if _FEWEST_WORDS <= len(sentence.split()) <= _MOST_WORDS and sentence[-1] in ".!" and sentence[0].isupper()
    ]
    for text, place in random.sample(places, min(_SEEDED, len(places))):
        passage = text[max(0, place - _AROUND) : place + _AROUND + 1]
        yield "as it stands", text[place], passage
        made = [(kind, change(text[place], kind, random)) for kind in CHANGES]
        made.append(("addition", f"{text[place][:-1]}{random.choice(_ADDED)}."))
        said = [(f"rewrite: {kind}", rewrite(text[place], kind, random)) for kind in REWRITINGS]
        yield from ((kind, claim, passage) for kind, claim in [*made, *said] if claim)


def write_seeded(judge: SupportJudge, sources: Mapping[str, Sequence[tuple[str, ...]]]) -> str:
    """What passes of each kind of change and of each kind of rewrite, by source."""
    passing: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name, texts in sources.items():
        for kind, claim, passage in seed(texts, Random(SEED)):  # noqa: S311 - a repeatable draw
            passing[kind][name].append(judge.holds(judge.judge(claim, passage)))
    order = [*CHANGES, "addition", "as it stands", *(f"rewrite: {kind}" for kind in REWRITINGS)]
    lines = [f"{'share that passes':<22}" + "".join(f"{name:>18}" for name in sources)]
    for kind in order:
        cells = [passing[kind][name] for name in sources]
        lines.append(
            f"{kind:<22}" + "".join(f"{f'{np.mean(cell):.2f} of {len(cell)}' if cell else '-':>18}" for cell in cells)
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
