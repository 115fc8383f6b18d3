"""Names the report that may hold what the documents leave open: a question's vector in, a report worth adding out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from coach.embedding import Embedder, Vectors
from coach.errors import PromptFault
from coach.prompts import read_prompt_file
from coach.search_copy import fold_letters

_FILE = "worth_adding.toml"


@dataclass(frozen=True, slots=True)
class Report:
    """A public report that is not in the library."""

    title: str
    authors: str
    year: int
    covers: tuple[str, ...]
    """What it treats, in our words."""
    part: str | None = None
    """Which part of it is meant, where another part may be loaded already."""
    address: str = ""
    """Where it can be had."""


class ReadingList:
    """Reports worth adding, compared with questions by meaning."""

    def __init__(self, reports: tuple[Report, ...], embedder: Embedder, least: float) -> None:
        self._reports = reports
        self._embedder = embedder
        self._least = least
        self._vectors: Vectors | None = None

    def find(self, vector: tuple[float, ...], titles: frozenset[str]) -> Report | None:
        """The report that treats what is asked; None where none is near or it is loaded already.

        Args:
            vector: the question's embedding.
            titles: of the loaded documents. Of a report that names its part another part may be loaded: that alone does not
                make it known.
        """
        owners = [report for report in self._reports for _ in report.covers]
        if not owners:
            return None
        cosines = self._compare(vector)
        best = owners[int(cosines.argmax())]
        if float(cosines.max()) < self._least or (
            best.part is None and fold_letters(best.title) in map(fold_letters, titles)
        ):
            return None
        return best

    def measure(self, vector: tuple[float, ...]) -> float:
        """Cosine of the question and the nearest of what the reports treat; 0 where there are none."""
        return float(self._compare(vector).max()) if self._reports else 0.0

    def _compare(self, vector: tuple[float, ...]) -> Vectors:
        if self._vectors is None:
            self._vectors = self._embedder.embed([words for report in self._reports for words in report.covers])
        return self._vectors @ np.asarray(vector, dtype=np.float32)


@cache
def load_reports(folder: Path | None = None) -> tuple[Report, ...]:
    """The reports in `worth_adding.toml`.

    Raises:
        PromptFault: the file is missing or an entry is not as it should be.
    """
    path, _, tables = read_prompt_file(_FILE, folder)
    try:
        return tuple(Report(**{**entry, "covers": tuple(entry["covers"])}) for entry in tables.get("report", []))
    except (TypeError, KeyError) as error:
        raise PromptFault(
            f"An entry of {path} is not as it should be ({error}). Restore it from the release."
        ) from error
