"""Has a language model put a question so that it stands alone: the question and its turns in, a rewrite that adds nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from coach.disclosure import Trace
from coach.forms import holds_link
from coach.lexical import find_words
from coach.models import LanguageModel, ModelFault, record_request
from coach.prompting import ModelPrompts, shorten_turn
from coach.records import Sent, Turn
from coach.stemming import stem, stem_words
from coach.written import clean

_LONGEST = 600
_KEPT_SHARE = 0.5
"""Of the question's own words, those that a rewrite keeps at least."""
_POINTING = frozenset(
    [
        "one",
        "ones",
        "other",
        "others",
        "second",
        "first",
        "third",
        "last",
        "more",
        "else",
        "same",
        "thing",
        "things",
        "ok",
    ]
)
"""Words that a question leans with; a rewrite puts what they stand for in their place."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What came of asking a model."""

    sent: Sent
    question: str | None
    """None where the model gave none that may be used."""
    fault: str = ""
    """Why it gave none, as a line for the reader, where that was a fault of the service."""


class Rewriter:
    """Rewrites questions with one language model."""

    def __init__(self, model: LanguageModel, prompts: ModelPrompts, trace: Trace) -> None:
        """Put the parts together; `trace` masks what is sent."""
        self._model = model
        self._prompts = prompts
        self._trace = trace

    def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewriting:
        """The question as it stands alone, if the model gives one whose words come from the conversation.

        Args:
            question: as it was asked.
            turns: earlier turns, oldest first.
        """
        question = self._trace(question)[0]
        turns = [replace(turn, text=self._trace(shorten_turn(turn))[0]) for turn in turns]
        messages = self._prompts.ask_for_question(question, turns)
        sent = record_request(self._model, "question", messages)
        text = ""
        try:
            with closing(self._model.stream(messages)) as pieces:
                for piece in pieces:
                    text += piece
                    if "\n" in text.strip() or len(text) > _LONGEST:
                        break
        except ModelFault as error:
            return Rewriting(sent, None, str(error))
        rewrite = clean(text.strip().split("\n")[0]).strip("\"“”'* ")
        return Rewriting(sent, rewrite if adds_nothing(rewrite, question, turns) else None)


def adds_nothing(rewrite: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewrite asks the same in words of the conversation: none with a meaning of its own is new, most are kept."""
    own = stem_words(question)
    said = own.union(*(stem_words(shorten_turn(turn)) for turn in turns))
    asked = stem_words(rewrite)
    if not asked or len(rewrite) > _LONGEST or holds_link(rewrite):
        return False
    meant = {stem(word) for word in find_words(question) if word not in _POINTING}
    return asked <= said and len(meant & asked) >= _KEPT_SHARE * len(meant)
