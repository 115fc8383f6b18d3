"""What search weighs how much, fitted by a script: retrieval.json -> Weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PARAMETERS = Path(__file__).with_name("retrieval.json")


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of search."""

    words: float
    """What words weigh beside meaning, by the root of the most that BM25 can give: a long question says more in words."""
    heading: float
    """What a word in a heading weighs beside one in the text."""


@cache
def load_weights(path: Path = PARAMETERS) -> Weights:
    """The shipped weights; the file says what they were fitted on."""
    values = json.loads(path.read_text("utf-8"))["parameters"]
    return Weights(**values)
