"""Reads the proof of one answer that a language model writes: its sentences in, what may be shown and what was refused out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from coach.claims import ClaimChecker, Refused
from coach.close_reading import CloseReading
from coach.disclosure import Disclosed, holds_mark
from coach.forms import Vocabulary, is_open_question, is_step
from coach.prompts import Wording
from coach.records import DraftStatement, Hit, Manner, Quote, Rejected, Remark, Stance, Statement
from coach.stemming import stem_words
from coach.substituting import Substituter, covers_any
from coach.written import Written

Verify = Callable[[DraftStatement, Mapping[str, Hit]], Statement | Rejected]
"""Compares a draft's quotes with the documents' text, code point by code point; `hits` by label."""
_MOST_SUGGESTIONS: Mapping[Stance, int] = {"ask": 0, "suggest": 1, "tell": 2}
_CONNECTS = re.compile(
    r"(?:also|however|moreover|furthermore|in addition|additionally|similarly|finally|thus|therefore|overall|in short"
    r"|in other words|instead|meanwhile|likewise|besides|and|but|so)(?:,\s*|\s+)(?=\w)",
    re.I,
)
_LEANS = re.compile(
    r"(?:it(?! (?:is|was|may be|can be|seems|takes) \w+ (?:to|that|for|you|when|how)\b)|its|this|that|these|those|they"
    r"|their|he|she|his|her|such|both|another|one of (?:them|these)"
    r"|the (?:latter|former|others?|first|second|third|same))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written."""

    question: str
    """As it stands alone, masked."""
    manner: Manner
    guides: bool
    """Whether help with the person's own work is asked for."""
    step: str
    """Of our own library, which a suggestion may follow; may be empty."""
    hits: tuple[Hit, ...]
    """What was found, best first."""
    readings: tuple[CloseReading, ...]
    quoted: tuple[Quote, ...] = ()
    """What Coach itself quotes for an answer."""

    @property
    def coaches(self) -> bool:
        """Whether a question for the reader, and a step, are wanted."""
        return self.guides and self.manner.role != "trainer"


@dataclass(frozen=True, slots=True)
class Tools:
    """What a proof is read with."""

    checker: ClaimChecker
    substituter: Substituter
    vocabulary: Vocabulary
    wording: Wording
    meets_boundary: Callable[[str], bool]
    """Whether a text is about a matter that belongs with people, such as a decision about one adult."""


class Proof:
    """One answer as it is written; only what passed its check is on it."""

    def __init__(self, task: Task, shown: Mapping[str, Disclosed], tools: Tools, verify: Verify) -> None:
        """Begin.

        Args:
            task: what is to be written.
            shown: the passages that the model was sent, by label.
            tools: what it is checked with.
            verify: compares quotes with the documents.
        """
        self._task = task
        self._shown = shown
        self._tools = tools
        self._verify = verify
        self._hits = {hit.passage.label: hit for hit in task.hits}
        self._trusted = tools.vocabulary.stems | stem_words(task.question) | stem_words(task.step)
        self._used: list[Quote] = []
        self._before: frozenset[str] = frozenset()
        self.statements: list[Statement] = []
        """About the documents, in order: in the model's words, or the documents' own where those were refused."""
        self.suggestions: list[str] = []
        self.question = ""
        self.rejected: list[Rejected] = []
        self.kept = 0
        """Sentences about the documents that passed their check."""
        self.count = 0
        """Sentences about the documents that were written."""
        self.found_nothing = False

    def prepare(self) -> None:
        """Make ready for sentences about what was sent."""
        self._tools.checker.prepare(self._shown.values())

    def take(self, written: Written) -> None:
        """Check one sentence and put down what comes of it."""
        if written.kind == "nothing":
            self.found_nothing = True
        elif written.kind == "suggestion":
            self._take_suggestion(written.text)
        elif not written.references and (written.kind == "question" or written.text.endswith("?")):
            self._take_question(written.text)
        else:
            self._take_claim(written)

    # --- about the documents ------------------------------------------------------------------------------------

    def _take_claim(self, written: Written) -> None:
        self.count += 1
        written = replace(written, text=_begin_alone(written.text))
        result = self._tools.checker.check(written, self._shown)
        if isinstance(result, DraftStatement):
            reason = self._find_fault(result)
            if reason is None:
                self._keep(result, written.text)
                return
            # Its place is no reason for what stands there to be shown.
            result, quotes = Refused(reason), list[Quote]()
        else:
            quotes = [quote for place in result.places for quote in place.quotes]
        self._replace(written.text, result.reason, quotes)

    def _find_fault(self, drafted: DraftStatement) -> Remark | None:
        """What is wrong with a supported sentence where it stands."""
        if any(drafted.text == one.text for one in self.statements):
            return Remark("check.repeated")
        if _LEANS.match(drafted.text) and not self._before & {quote.label for quote in drafted.quotes}:
            return Remark("check.leans")
        if not self._tools.substituter.speaks_to(drafted.quotes, self._task.readings):
            return Remark("check.beside")
        return None

    def _keep(self, drafted: DraftStatement, text: str) -> None:
        verified = self._verify(drafted, self._hits)
        if isinstance(verified, Rejected):
            self._put_down(text, verified.reason)
            return
        self.kept += 1
        self._show(verified, drafted.quotes)
        self._before = frozenset(quote.label for quote in drafted.quotes)

    def _replace(self, text: str, reason: Remark, quotes: Sequence[Quote]) -> None:
        drafted = None
        if reason.name != "check.repeated":
            drafted = self._tools.substituter.find(text, quotes, self._task.readings, self._used, self._task.quoted)
        verified = self._verify(drafted, self._hits) if drafted is not None else None
        if drafted is None or not isinstance(verified, Statement):
            self._put_down(text, self._say(reason))
            return
        self._show(verified, drafted.quotes)
        self._put_down(text, self._say(reason), verified.text)
        if covers_any(drafted.quotes, quotes):
            # The source's own sentence says what the refused one was about: the next may lean on it.
            self._before = frozenset(quote.label for quote in drafted.quotes)

    def _show(self, statement: Statement, quotes: Sequence[Quote]) -> None:
        self.statements.append(statement)
        self._used += quotes

    def _put_down(self, text: str, reason: str, instead: str = "") -> None:
        self.rejected.append(Rejected(text, reason, instead))
        self._before = frozenset()

    def _say(self, remark: Remark) -> str:
        return self._tools.wording.say(remark.name, **dict(remark.values))

    # --- about the reader's own work ------------------------------------------------------------------------------

    def _take_suggestion(self, text: str) -> None:
        stated = text.rstrip()
        fits = is_step(stated, self._tools.vocabulary.beginnings, self._trusted)
        most = _MOST_SUGGESTIONS[self._task.manner.stance] if self._task.coaches else 0
        if len(self.suggestions) >= most:
            self._refuse(text, "check.not_wanted")
        elif not fits or holds_mark(text) or self._tools.meets_boundary(text):
            self._refuse(text, "check.not_a_step")
        else:
            self.suggestions.append(stated)

    def _take_question(self, text: str) -> None:
        if self.question or not self._task.coaches:
            self._refuse(text, "check.not_wanted")
        elif not is_open_question(text, self._trusted) or holds_mark(text) or self._tools.meets_boundary(text):
            self._refuse(text, "check.not_a_question")
        else:
            self.question = text

    def _refuse(self, text: str, name: str) -> None:
        self.rejected.append(Rejected(text, self._tools.wording.say(name)))


def _begin_alone(text: str) -> str:
    """A sentence without the word that ties it to the one before: that one may not be there."""
    rest = _CONNECTS.sub("", text, count=1) if _CONNECTS.match(text) else text
    return rest[:1].upper() + rest[1:]
