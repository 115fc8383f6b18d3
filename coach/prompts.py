"""Loads the fixed wording in prompts/: a name and its values in, the sentence out; the file hashed for receipts."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from coach.errors import PromptFault
from coach.records import BASES, STANCES

# What the code fills into each wording. Checked both ways at load, so that neither side can drift.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "answer.not_in_sources": frozenset(),
    "answer.not_in_these": frozenset({"titles"}),
    "answer.no_list": frozenset({"thing"}),
    "answer.no_count": frozenset({"thing"}),
    "answer.no_practice": frozenset(),
    "answer.no_figure": frozenset({"thing"}),
    "answer.no_more": frozenset(),
    "answer.nearest_heading": frozenset(),
    "answer.nearest": frozenset({"title", "words"}),
    "answer.worth_adding": frozenset({"title", "authors", "year"}),
    "answer.unsure": frozenset(),
    "answer.not_given": frozenset({"missing"}),
    "answer.premise": frozenset({"count"}),
    "answer.agree": frozenset({"titles"}),
    "answer.side_by_side": frozenset({"titles"}),
    "answer.read_spelling": frozenset({"asked", "read_as"}),
    "answer.read_same": frozenset({"asked", "read_as"}),
    "answer.read_nearest": frozenset({"asked", "read_as"}),
    "answer.rejected": frozenset({"count"}),
    "answer.sources": frozenset(),
    "coaching.craft_heading": frozenset(),
    "coaching.practice_heading": frozenset({"basis", "title"}),
    "coaching.practice_step": frozenset({"title", "step"}),
    "coaching.step": frozenset({"by", "step"}),
    "coaching.say_aloud": frozenset({"words"}),
    "coaching.check_back": frozenset({"evidence"}),
    "coaching.session": frozenset(),
    "coaching.understood": frozenset({"question"}),
    "coaching.worn_out": frozenset(),
    "coaching.worn_out_plan": frozenset(),
    "coaching.worn_out_people": frozenset(),
    "coaching.worn_out_time": frozenset(),
    "coaching.unclear": frozenset(),
    "coaching.unclear_alone": frozenset(),
    "coaching.nothing_before": frozenset(),
    "coaching.masked": frozenset(),
    "coaching.suggest_term": frozenset({"term"}),
    "coaching.suggest_topic": frozenset({"topic"}),
    **{f"stance.{stance}": frozenset() for stance in STANCES},
    "missing.list": frozenset({"thing"}),
    "missing.count": frozenset({"thing"}),
    "missing.sure": frozenset(),
    "missing.practice": frozenset(),
    "missing.figure": frozenset({"thing"}),
    "missing.more": frozenset(),
    "missing.part": frozenset({"asked"}),
    "basis.assumes": frozenset(),
    "basis.asks": frozenset(),
    "basis.examined": frozenset(),
    **{f"basis_label.{basis}": frozenset() for basis in BASES},
    **{f"basis_phrase.{basis}": frozenset() for basis in BASES},
    "metadata.authors": frozenset({"title", "value"}),
    "metadata.date": frozenset({"title", "value"}),
    "metadata.publisher": frozenset({"title", "value"}),
    "metadata.sponsor": frozenset({"title", "value"}),
    "metadata.no_sponsor": frozenset({"title"}),
    "metadata.no_authors": frozenset({"title"}),
    "metadata.no_date": frozenset({"title"}),
    "metadata.no_publisher": frozenset({"title"}),
    "metadata.from_record": frozenset(),
    "confidence.high": frozenset(),
    "confidence.middle": frozenset(),
    "confidence.low": frozenset(),
    "page.title": frozenset(),
    "page.purpose": frozenset({"documents"}),
    "page.privacy": frozenset(),
    "page.ask_label": frozenset(),
    "page.ask_placeholder": frozenset(),
    "page.ask_button": frozenset(),
    "page.role_label": frozenset(),
    "page.role_principal": frozenset(),
    "page.role_central_office": frozenset(),
    "page.role_trainer": frozenset(),
    "page.examples_label": frozenset(),
    "page.sources_heading": frozenset(),
    "page.sources_empty": frozenset(),
    "page.sources_none": frozenset(),
    "page.back": frozenset(),
    "page.question_empty": frozenset(),
    "page.answer_empty": frozenset(),
    "page.library_empty": frozenset(),
    "page.degraded": frozenset(),
    "page.failed": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Every fixed sentence, by name, and one hash over the files they came from."""

    sentences: Mapping[str, str]
    examples: tuple[str, ...]
    digest: str

    def say(self, name: str, **values: object) -> str:
        """The wording called `name` with its placeholders filled."""
        return Template(self.sentences[name]).substitute({key: str(value) for key, value in values.items()})


def find_prompts() -> Path:
    """The prompts of this checkout, or those that were installed with the package."""
    package = Path(__file__).parent
    installed = package / "prompt_files"
    return installed if installed.is_dir() else package.parent / "prompts"


def read_prompt_file(name: str, folder: Path | None = None) -> tuple[Path, bytes, dict[str, Any]]:
    """A TOML file of prompts/: where it lies, its bytes, and its tables.

    Raises:
        PromptFault: it is missing or no TOML.
    """
    path = (folder or find_prompts()) / name
    try:
        raw = path.read_bytes()
        return path, raw, tomllib.loads(raw.decode("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PromptFault(f"The file {path} cannot be read ({error}). Restore it from the release.") from error


@cache
def load_wording(folder: Path | None = None) -> Wording:
    """Read `wording.toml` and check each placeholder both ways.

    Raises:
        PromptFault: a file or wording is missing, unknown, or has other placeholders than the code fills.
    """
    path, raw, tables = read_prompt_file("wording.toml", folder)
    examples = tuple(tables.get("page", {}).pop("examples", ()))
    sentences = {f"{table}.{key}": value for table, entries in tables.items() for key, value in entries.items()}
    _check_placeholders(path, sentences)
    return Wording(sentences, examples, hashlib.sha256(raw).hexdigest()[:12])


def _check_placeholders(path: Path, sentences: Mapping[str, str]) -> None:
    odd = PLACEHOLDERS.keys() ^ sentences.keys()
    if odd:
        raise PromptFault(f"{path} and the program disagree about the wordings {', '.join(sorted(odd))}.")
    for name, text in sentences.items():
        template = Template(text)
        found = set(template.get_identifiers())
        if not template.is_valid() or found != PLACEHOLDERS[name]:
            wanted = ", ".join(f"${key}" for key in sorted(PLACEHOLDERS[name])) or "no placeholder"
            raise PromptFault(f"The wording {name} in {path} must hold {wanted}; it holds {sorted(found)}.")
