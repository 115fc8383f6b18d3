"""Writes what a language model is sent: passages and a question in, messages out; the texts are those of prompts/model/. Pure."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coach.prompts import Wording, check_placeholders, read_prompt_file
from coach.records import LENGTHS, ROLES, STANCES, Manner, Message, Turn

_ANSWER_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "system": frozenset(),
    "user": frozenset({"boundary", "passages", "question", "wishes"}),
    "passage": frozenset({"label", "title", "text"}),
    **{f"length_{length}": frozenset[str]() for length in LENGTHS},
    **{f"role_{role}": frozenset[str]() for role in ROLES},
    **{stance: frozenset[str]() for stance in STANCES},
    "step": frozenset({"step"}),
}
_QUESTION_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "system": frozenset(),
    "user": frozenset({"boundary", "conversation", "question"}),
    "turn_user": frozenset({"text"}),
    "turn_assistant": frozenset({"text"}),
}
_BOUNDARY = "passages-"
_MOST_OF_A_TURN = 1500  # characters
_MOST_TURNS = 8


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage as a model is shown it."""

    label: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelPrompts:
    """The texts that a language model is sent, and one hash over them."""

    answer: Wording
    question: Wording
    digest: str

    def ask_for_answer(
        self, question: str, passages: Sequence[PassageText], wishes: Sequence[str], most: int
    ) -> tuple[tuple[Message, ...], tuple[str, ...]]:
        """The request for an answer, and the labels of the passages that are in it.

        Args:
            question: as it stands alone, masked.
            passages: best first, masked.
            wishes: from `write_wishes`.
            most: characters that may be sent. Passages are left out for it, the last first; the question and the rules never
                are, and one passage always stays.
        """
        for count in range(len(passages), 0, -1):
            messages = self._write_answer_request(question, passages[:count], wishes)
            if count == 1 or sum(len(message.text) for message in messages) <= most:
                return messages, tuple(passage.label for passage in passages[:count])
        raise ValueError("There are no passages.")

    def _write_answer_request(
        self, question: str, passages: Sequence[PassageText], wishes: Sequence[str]
    ) -> tuple[Message, ...]:
        say = self.answer.say
        shown = [say("passage", label=one.label, title=one.title, text=one.text).strip() for one in passages]
        text = say(
            "user",
            boundary=draw_boundary(),
            passages="\n\n".join(shown),
            question=" ".join(question.split()),
            wishes="\n".join(wishes),
        )
        return Message("system", say("system").strip()), Message("user", text.strip())

    def write_wishes(self, manner: Manner, *, guides: bool, step: str = "") -> tuple[str, ...]:
        """What is wished of an answer, a line each.

        Args:
            manner: for whom, and how.
            guides: whether help with the person's own work is asked for.
            step: of our own library, which a suggestion may follow.
        """
        say = self.answer.say
        wishes = [say(f"length_{manner.length}"), say(f"role_{manner.role}")]
        if guides and manner.role != "trainer":
            wishes.append(say(manner.stance))
            if step and manner.stance != "ask":
                wishes.append(say("step", step=step))
        return tuple(wish.strip() for wish in wishes)

    def ask_for_question(self, question: str, turns: Sequence[Turn]) -> tuple[Message, ...]:
        """The request to put a question so that it stands alone; the turns oldest first, masked, the last ones of them."""
        say = self.question.say
        shown = [
            say("turn_user" if turn.speaker == "user" else "turn_assistant", text=shorten_turn(turn))
            for turn in turns[-_MOST_TURNS:]
            if turn.text.strip()
        ]
        text = say("user", boundary=draw_boundary(), conversation="\n".join(shown), question=" ".join(question.split()))
        return Message("system", say("system").strip()), Message("user", text.strip())


def shorten_turn(turn: Turn) -> str:
    """A turn on one line; the beginning of a long one."""
    return " ".join(turn.text.split())[:_MOST_OF_A_TURN]


def draw_boundary() -> str:
    """A line that no document can hold: it is drawn for one request."""
    return _BOUNDARY + secrets.token_hex(16)


@cache
def load_model_prompts(folder: Path | None = None) -> ModelPrompts:
    """Read `model/answer.toml` and `model/question.toml`, each placeholder checked both ways.

    Raises:
        PromptFault: a file or text is missing, unknown, or has other placeholders than are filled.
    """
    answer = load_texts("model/answer.toml", _ANSWER_PLACEHOLDERS, folder)
    question = load_texts("model/question.toml", _QUESTION_PLACEHOLDERS, folder)
    digest = hashlib.sha256((answer.digest + question.digest).encode()).hexdigest()[:12]
    return ModelPrompts(answer, question, digest)


def load_texts(name: str, placeholders: Mapping[str, frozenset[str]], folder: Path | None = None) -> Wording:
    """The texts of a TOML file without tables, each placeholder checked both ways.

    Raises:
        PromptFault: as `load_model_prompts`.
    """
    path, raw, texts = read_prompt_file(name, folder)
    check_placeholders(path, texts, placeholders)
    return Wording(texts, {}, hashlib.sha256(raw).hexdigest()[:12])
