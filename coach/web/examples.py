"""Chooses questions to begin with: those of prompts/page.toml for a role in, the ones that this library helps with out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from threading import Lock

from coach.errors import CoachError
from coach.records import Manner, Outcome, Role, Stage
from coach.talk import Answering

_MOST = 5


class Examples:
    """Questions to begin with, tried out once for each state of the library: one that finds nothing would only disappoint."""

    def __init__(self, assistant: Answering, questions: Mapping[Role, Sequence[str]]) -> None:
        self._assistant = assistant
        self._questions = questions
        self._chosen: dict[tuple[Role, int], tuple[str, ...]] = {}
        self._turn = Lock()

    def choose(self, role: Role, generation: int) -> tuple[str, ...]:
        """Up to five questions.

        Args:
            role: of the person.
            generation: of the library.
        """
        with self._turn:
            if (role, generation) not in self._chosen:
                helpful = (text for text in self._questions.get(role, ()) if self._helps(text, role))
                self._chosen = {key: kept for key, kept in self._chosen.items() if key[1] == generation}
                self._chosen[role, generation] = tuple(islice(helpful, _MOST))
            return self._chosen[role, generation]

    def _helps(self, text: str, role: Role) -> bool:
        try:
            answer = [step for step in self._assistant.ask_in_stages(text, Manner(role)) if not isinstance(step, Stage)]
        except CoachError:
            return False
        return answer[-1].outcome is Outcome.ANSWERED or bool(answer[-1].craft or answer[-1].practices)
