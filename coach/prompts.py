"""Loads the fixed wording in prompts/: a name and its values in, the sentence out; the file hashed for receipts."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, get_args

from coach.errors import PromptFault
from coach.models import FaultKind
from coach.records import BASES, COMMITMENT_STATES, ROLES, STANCES, Outcome


def list_bare(table: str, *names: str) -> dict[str, frozenset[str]]:
    """Wordings of a table into which nothing is filled."""
    return {f"{table}.{name}": frozenset() for name in names}


MODEL_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "model.unreachable": frozenset({"name", "address"}),
    "model.refused": frozenset({"name", "address"}),
    "model.unknown_model": frozenset({"name", "address"}),
    "model.busy": frozenset({"name"}),
    "model.server": frozenset({"name"}),
    "model.too_long": frozenset({"name"}),
    "model.late": frozenset({"name"}),
    "model.broken": frozenset({"name"}),
    "model.senseless": frozenset({"address"}),
    "model.paused": frozenset({"name"}),
    "model.extra": frozenset({"name", "extra"}),
    "model.not_agreed": frozenset({"name", "address"}),
}
"""What is said of a language model, its place and its faults."""

CONSENT_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "destination.none": frozenset(),
    "destination.local": frozenset({"name", "address"}),
    "destination.remote": frozenset({"name", "address"}),
    "leaves.what": frozenset({"characters"}),
    "leaves.roster": frozenset({"people"}),
    "leaves.no_roster": frozenset({"path"}),
    "consent.ask": frozenset({"name", "address"}),
    "consent.agreed": frozenset({"by", "when"}),
    "consent.other": frozenset({"by", "when", "name", "address"}),
    "doctor.answers": frozenset({"name", "address"}),
    **list_bare("leaves", "masked", "limits", "shown"),
    **list_bare("consent", "not_agreed", "not_needed", "done", "left", "withdrawn", "none_to_withdraw"),
    **list_bare("mend", *get_args(FaultKind)),
    **list_bare("doctor", "none", "hello"),
}
"""What is said where a language model is set up."""

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
    "answer.read": frozenset({"readings"}),
    "answer.read_pair": frozenset({"asked", "read_as"}),
    "answer.read_nearest": frozenset({"asked", "read_as"}),
    "answer.rejected": frozenset({"count"}),
    "answer.sources": frozenset(),
    "answer.searched": frozenset({"question"}),
    "answer.think_about": frozenset({"question"}),
    "answer.readings_heading": frozenset(),
    "answer.suggestions_heading": frozenset(),
    "coaching.craft_heading": frozenset(),
    "coaching.stand_in_heading": frozenset(),
    "coaching.practice_heading": frozenset({"basis", "title"}),
    "coaching.practice_step": frozenset({"title", "step"}),
    "coaching.step": frozenset({"by", "step"}),
    "coaching.say_aloud": frozenset({"words"}),
    "coaching.check_back": frozenset({"evidence"}),
    "coaching.look_for": frozenset({"evidence"}),
    "coaching.session": frozenset(),
    "coaching.worn_out": frozenset(),
    "coaching.worn_out_plan": frozenset(),
    "coaching.worn_out_people": frozenset(),
    "coaching.worn_out_time": frozenset(),
    "coaching.unclear": frozenset(),
    "coaching.unclear_alone": frozenset(),
    "coaching.nothing_before": frozenset(),
    "coaching.masked": frozenset(),
    "coaching.suggest_craft": frozenset({"title"}),
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
    # Of answers that a language model wrote.
    "writing.note": frozenset({"model", "kept", "count"}),
    "writing.note_instead": frozenset({"count"}),
    "writing.note_left_out": frozenset({"count"}),
    "writing.unending": frozenset({"model"}),
    "writing.nothing_held": frozenset({"model"}),
    "writing.found_nothing": frozenset({"model"}),
    "writing.own_words": frozenset({"why"}),
    "writing.broke_off": frozenset({"why"}),
    **list_bare("writing", "suggestion_heading"),
    **list_bare("check", "form", "masked", "no_passage", "no_words", "unknown_passage", "words_not_there", "words"),
    **list_bare(
        "check", "number", "name", "negation", "scope", "force", "addition", "unsupported", "repeated", "leans"
    ),
    **list_bare("check", "beside", "order", "speaker", "not_wanted", "not_a_step", "not_a_question"),
    **MODEL_PLACEHOLDERS,
}


CONVERSATION_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "commitment.sentence": frozenset({"due", "action", "with_whom", "evidence"}),
    "commitment.with_whom": frozenset({"with_whom"}),
    "commitment.evidence": frozenset({"evidence"}),
    "commitment.goal": frozenset({"goal"}),
    "commitment.summary": frozenset({"action"}),
    "commitment.read_due": frozenset({"phrase", "day"}),
    "commitment.read_other": frozenset({"phrase", "day", "other"}),
    "commitment.overdue": frozenset({"due"}),
    "commitment.reflection": frozenset({"reflection"}),
    "commitment.none_such": frozenset({"state"}),
    **list_bare("commitment", "none", "rested_on", *(f"state_{state}" for state in COMMITMENT_STATES)),
    "keep.reminded": frozenset({"path"}),
    **list_bare(
        "keep", "nothing", "which", "heading", "action", "by", "with_whom", "evidence", "goal", "confirm", "kept"
    ),
    **list_bare("keep", "not_kept", "remind", "default_by"),
    "check_in.more": frozenset({"count"}),
    "check_in.offer": frozenset({"sentence"}),
    **list_bare("check_in", "heading", "how", "did", "happened", "learned", "decide", "decide_again", "support"),
    **list_bare("check_in", "save", "saved", "not_saved", "closed_kept", "closed_dropped", "closed_changed"),
    **list_bare("check_in", "left_open", "later", "nothing_due", "next_open"),
    "answer_text.searched": frozenset({"question"}),
    "answer_text.try": frozenset({"title"}),
    "answer_text.grew": frozenset({"inferred"}),
    **list_bare("answer_text", "craft", "think", "sources", "readings", "suggestions", "can_keep"),
    "export.asked": frozenset({"role", "day"}),
    "export.searched": frozenset({"question"}),
    "export.try": frozenset({"title"}),
    "export.place": frozenset({"start", "end", "document"}),
    **list_bare("export", "craft", "think", "sources", "commitments", "made_by", *(f"role_{role}" for role in ROLES)),
    "chat.continued": frozenset({"title"}),
    "chat.unknown_command": frozenset({"command"}),
    "chat.near_command": frozenset({"command", "near"}),
    "chat.ambiguous_command": frozenset({"command", "near"}),
    "chat.no_number": frozenset({"number"}),
    "chat.no_source": frozenset({"number"}),
    "chat.keeps_nothing": frozenset({"command"}),
    "chat.not_stored": frozenset({"reason"}),
    "chat.role_is": frozenset({"role", "others"}),
    "chat.role_set": frozenset({"role"}),
    "chat.role_unknown": frozenset({"given", "others"}),
    "chat.stance_is": frozenset({"stance", "others"}),
    "chat.stance_set": frozenset({"stance"}),
    "chat.stance_unknown": frozenset({"given", "others"}),
    "chat.opened": frozenset({"title", "count"}),
    "chat.renamed": frozenset({"title"}),
    "chat.exported": frozenset({"path"}),
    "chat.delete": frozenset({"title"}),
    "chat.file_exists": frozenset({"path"}),
    "chat.file_failed": frozenset({"path", "reason"}),
    **list_bare("chat", "greeting", "forgetful", "no_earlier", "no_answer", "no_sources", "source_gone"),
    **list_bare("chat", "nothing_kept", "edit", "list_empty", "list_none_found", "new", "rename", "deleted"),
    **list_bare("chat", "deleted_later", "not_deleted", "cancelled", "stopped", "goodbye", "yes_words"),
    **list_bare("chat", *(f"stance_{stance}" for stance in STANCES)),
    "why.outcome": frozenset({"outcome"}),
    "why.confidence": frozenset({"confidence"}),
    "why.checked": frozenset({"count"}),
    **list_bare("why", "rejected", "none_rejected", "receipt", *(f"outcome_{outcome.value}" for outcome in Outcome)),
    # Of what a language model wrote, and was sent.
    "author.written": frozenset({"model"}),
    "author.rejected": frozenset({"count"}),
    **list_bare("author", "extractive", "suggestion", "writing"),
    **list_bare("sent", "nothing", "stayed", "left", "masked_none", "purpose_question", "purpose_answer"),
    **list_bare("sent", "role_system", "role_user"),
    "sent.masked": frozenset({"count"}),
    "sent.request_left": frozenset({"number", "purpose", "model", "to", "count"}),
    "sent.request_stayed": frozenset({"number", "purpose", "model", "to", "count"}),
    "why.checked_written": frozenset({"count"}),
    **list_bare("why", "instead"),
    **list_bare("help", "sent", "session", "visit"),
    "plan.kept": frozenset({"id"}),
    "plan.no_minutes": frozenset({"given", "least", "most"}),
    **list_bare("help", "help", "sources", "edit", "role", "stance", "shorter", "more", "keep", "due", "list", "open"),
    **list_bare("help", "new", "rename", "export", "delete", "why", "cancel", "quit", "numbers"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Every fixed sentence, by name, and one hash over the files they came from."""

    sentences: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]
    """Questions to begin with, by role."""
    digest: str

    def say(self, name: str, /, **values: object) -> str:
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
    return load_checked("wording.toml", PLACEHOLDERS, folder)


@cache
def load_conversation_wording(folder: Path | None = None) -> Wording:
    """Read `conversation.toml`, checked as `wording.toml` is. Its hash is apart: it changes no answer.

    Raises:
        PromptFault: as `load_wording`.
    """
    return load_checked("conversation.toml", CONVERSATION_PLACEHOLDERS, folder)


@cache
def load_consent_wording(folder: Path | None = None) -> Wording:
    """Read `consent.toml`, checked as `wording.toml` is. Its hash is apart: it changes no answer.

    Raises:
        PromptFault: as `load_wording`.
    """
    return load_checked("consent.toml", CONSENT_PLACEHOLDERS, folder)


def load_checked(name: str, placeholders: Mapping[str, frozenset[str]], folder: Path | None = None) -> Wording:
    """The wordings in a TOML file of prompts/, each by `table.key`, and the lists of its table `examples`.

    Raises:
        PromptFault: as `load_wording`.
    """
    path, raw, tables = read_prompt_file(name, folder)
    examples = {role: tuple(questions) for role, questions in tables.pop("examples", {}).items()}
    sentences = {f"{table}.{key}": value for table, entries in tables.items() for key, value in entries.items()}
    check_placeholders(path, sentences, placeholders)
    return Wording(sentences, examples, hashlib.sha256(raw).hexdigest()[:12])


def check_placeholders(path: Path, sentences: Mapping[str, str], placeholders: Mapping[str, frozenset[str]]) -> None:
    """See that every text is there, none is unknown, and each holds just the placeholders that are filled.

    Raises:
        PromptFault: it is not so.
    """
    odd = placeholders.keys() ^ sentences.keys()
    if odd:
        raise PromptFault(f"{path} and the program disagree about the wordings {', '.join(sorted(odd))}.")
    for name, text in sentences.items():
        template = Template(text)
        found = set(template.get_identifiers())
        if not template.is_valid() or found != placeholders[name]:
            wanted = ", ".join(f"${key}" for key in sorted(placeholders[name])) or "no placeholder"
            raise PromptFault(f"The wording {name} in {path} must hold {wanted}; it holds {sorted(found)}.")
