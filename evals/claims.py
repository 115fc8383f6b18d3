"""Claims with a verdict: rows of a set in; claim, sentences of its evidence, verdict and group out.

Shared by the benchmark of grounding and the script that fits its parameters. A set is `grounding/NAME.jsonl`: rows with
`claim`, `evidence` (sentences or whole passages) and `supported` (yes, partly, no).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sentencex

# "[3]" behind a claim and "[3] https://..." before a passage are the set's own bookkeeping.
_MARKERS = re.compile(r"\s*\[\d+\]")
_SOURCE_LINE = re.compile(r"^\s*\[\d+\]\s*\S*\s*\n+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, what it rests on, and whether that supports it."""

    text: str
    sentences: tuple[str, ...]
    supported: Literal["yes", "partly", "no"]
    group: str
    """Claims of one group share their question or document: none may be fitted on and reported on apart."""


def find_sets(data: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each set."""
    for path in sorted((data / "grounding").glob("*.jsonl")):
        yield path.stem, path


def load_claims(path: Path) -> list[Claim]:
    """The claims of a set."""
    claims = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            sentences = split_evidence(row["evidence"])
            group = str(row.get("question") or sentences[0])
            claims.append(Claim(_MARKERS.sub("", row["claim"]).strip(), sentences, row["supported"], group))
    return claims


def split_evidence(evidence: Sequence[str]) -> tuple[str, ...]:
    """Sentences of evidence that is given as sentences or as whole passages, cut as the product cuts."""
    sentences: list[str] = []
    for piece in evidence:
        text = _SOURCE_LINE.sub("", piece)
        for line in text.split("\n"):
            sentences += [part["text"].strip() for part in sentencex.get_sentence_boundaries("en", line)]
    return tuple(sentence for sentence in sentences if any(character.isalnum() for character in sentence)) or ("",)
