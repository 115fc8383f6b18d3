"""One person's conversation as it goes on: a question in, the answer object out, understood in its turns and kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from coach.conversing import list_offers, name_conversation, read_turns
from coach.errors import CoachError
from coach.records import Answer, Conversation, Exchange, Manner, Stage, Turn
from coach.rendering import answer_to_object
from coach.store.conversations import ConversationStore


class Answering(Protocol):
    """What a conversation needs of an assistant."""

    def ask_in_stages(
        self,
        text: str,
        manner: Manner,
        history: Sequence[Turn] = (),
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Answer]:
        """How far it has come, and last the checked answer; `search_question` is the person's own wording of what is searched."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the conversation, and why it could not be stored, if it could not."""

    answer: Mapping[str, Any]
    not_stored: str | None = None


def leave_as_it_is(text: str) -> str:
    """The mask of a conversation whose words need none."""
    return text


class Talk:
    """A conversation: new, or one that was stored. It is stored with its first answer, and not before."""

    def __init__(
        self,
        assistant: Answering,
        person: str,
        conversations: ConversationStore | None,
        manner: Manner | None = None,
        mask: Callable[[str], str] = leave_as_it_is,
    ) -> None:
        """Begin a new conversation.

        Args:
            assistant: answers.
            person: whose conversation it is.
            conversations: where it is kept; None keeps nothing.
            manner: the person's role, and how answers are to be.
            mask: takes personal data out of what the person writes beside questions, before it is kept.
        """
        self._assistant = assistant
        self._conversations = conversations
        self.person = person
        self.manner = manner or Manner()
        self.mask = mask
        self.id: str | None = None
        self.title = ""
        self.exchanges: tuple[Exchange, ...] = ()
        self.replaced: tuple[Exchange, ...] = ()
        """Of a conversation that was opened: see `Conversation.replaced`."""

    # --- asking -------------------------------------------------------------------------------------------------

    def ask(self, text: str) -> Said:
        """Answer a question in the light of what was said before.

        Raises:
            CoachError: there are no documents, or the library cannot be read.
        """
        return _take_last(self.ask_in_stages(text))

    def ask_again(self, search_question: str) -> Said:
        """Answer the last question anew, with another wording of what is searched; the answer takes the last one's place.

        Raises:
            CoachError: nothing was asked yet, and as `ask`.
        """
        return _take_last(self.ask_again_in_stages(search_question))

    def ask_again_in_stages(self, search_question: str) -> Iterator[Stage | Said]:
        """As `ask_again`, with word of how far the answer has come.

        Raises:
            CoachError: as `ask_again`.
        """
        last = self._require_last()
        return self.ask_in_stages(last.question, last.ordinal, search_question)

    def ask_in_stages(
        self,
        text: str,
        replaces: int | None = None,
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Said]:
        """How far the answer has come, and last the answer. Nothing is kept before the last one is asked for.

        Args:
            text: the question.
            replaces: ordinal of the exchange whose place it takes, with all that followed; None to go on at the end.
            search_question: the person's own wording of what is searched.
            documents: ids of the documents to answer from; None for all.

        Raises:
            CoachError: the conversation has no such exchange, there are no documents, or the library cannot be read.
        """
        before = self._cut_before(replaces)
        for step in self._assistant.ask_in_stages(text, self.manner, read_turns(before), search_question, documents):
            if isinstance(step, Stage):
                yield step
                continue
            # The last moment at which it can be stopped without anything being kept.
            yield Stage("writing")
            exchange, trouble = self._keep(step, replaces)
            self.exchanges = (*before, exchange)
            yield Said(exchange.answer, trouble)

    def _cut_before(self, replaces: int | None) -> tuple[Exchange, ...]:
        if replaces is None:
            return self.exchanges
        if all(one.ordinal != replaces for one in self.exchanges):
            raise CoachError("That question is no longer in this conversation. Load the page again to see it as it is.")
        return tuple(one for one in self.exchanges if one.ordinal < replaces)

    def _keep(self, answer: Answer, replaces: int | None) -> tuple[Exchange, str | None]:
        """The exchange, and why it could not be stored, if it could not."""
        said, question, trouble = answer_to_object(answer), answer.question.text, None
        try:
            if self._conversations is not None:
                return self._store(self._conversations, question, said, replaces), None
        except CoachError as error:
            # The person has waited for the answer: that it cannot be stored must not lose it.
            trouble = str(error)
        ordinal = self.exchanges[-1].ordinal + 1 if self.exchanges else 0
        return Exchange(ordinal, question, said, datetime.now(UTC).isoformat(timespec="seconds")), trouble

    def _store(
        self, conversations: ConversationStore, question: str, said: Mapping[str, Any], replaces: int | None
    ) -> Exchange:
        if self.id is None:
            title = self.title or name_conversation(question)
            started = conversations.start(self.person, self.manner, title)
            self.id, self.title = started.id, started.title
        return conversations.append(self.person, self.id, question, said, replaces)

    def _require_last(self) -> Exchange:
        if not self.exchanges:
            raise CoachError("Nothing was asked yet. Ask something first.")
        return self.exchanges[-1]

    # --- what was said ------------------------------------------------------------------------------------------

    @property
    def answer(self) -> Mapping[str, Any] | None:
        """The last answer object."""
        return self.exchanges[-1].answer if self.exchanges else None

    @property
    def offers(self) -> tuple[str, ...]:
        """The questions that the last answer offers."""
        return list_offers(self.answer) if self.answer else ()

    @property
    def is_kept(self) -> bool:
        """Whether this conversation is stored as it goes on."""
        return self._conversations is not None

    def read(self) -> Conversation:
        """The whole conversation.

        Raises:
            CoachError: nothing was asked yet.
        """
        self._require_last()
        first, last = self.exchanges[0].asked_at, self.exchanges[-1].asked_at
        title = self.title or name_conversation(self.exchanges[0].question)
        role, stance, length = self.manner.role, self.manner.stance, self.manner.length
        return Conversation(
            self.id or "", self.person, title, role, stance, first, last, self.exchanges, length, self.replaced
        )  # fmt: skip

    # --- the conversation as a whole ----------------------------------------------------------------------------

    def start_anew(self) -> None:
        """Leave the conversation as it is and begin a new one."""
        self.id, self.title, self.exchanges, self.replaced = None, "", (), ()

    def open(self, conversation_id: str) -> None:
        """Go on with a stored conversation, in its role and stance.

        Raises:
            CoachError: the person has no such conversation, or nothing is stored.
        """
        conversation = self.require_store().read(self.person, conversation_id)
        self.id, self.title, self.exchanges = conversation.id, conversation.title, conversation.exchanges
        self.manner = Manner(conversation.role, conversation.stance, conversation.length)
        self.replaced = conversation.replaced

    def set_manner(self, manner: Manner) -> None:
        """Go on in another manner.

        Raises:
            CoachError: the conversation was deleted meanwhile.
        """
        self.manner = manner
        if self.id is not None and self._conversations is not None:
            self._conversations.set_manner(self.person, self.id, manner)

    def rename(self, title: str) -> None:
        """Give the conversation another name, masked.

        Raises:
            CoachError: the name is empty, or nothing is stored.
        """
        store, masked = self.require_store(), self.mask(title)
        if self.id is None:
            self.title = " ".join(masked.split())
            return
        store.rename(self.person, self.id, masked)
        self.title = store.read(self.person, self.id).title

    def delete(self) -> bool:
        """Delete the conversation for good and begin a new one; as `ConversationStore.delete`.

        Raises:
            CoachError: it is not stored, or was deleted meanwhile.
        """
        store = self.require_store()
        if self.id is None:
            raise CoachError("Nothing is stored of this conversation yet.")
        clean = store.delete(self.person, self.id)
        self.start_anew()
        return clean

    def require_store(self) -> ConversationStore:
        """Where conversations are kept.

        Raises:
            CoachError: this conversation keeps nothing.
        """
        if self._conversations is None:
            raise CoachError("This conversation keeps nothing. Start it without --forget to store it.")
        return self._conversations


def _take_last(steps: Iterator[Stage | Said]) -> Said:
    said = None
    for step in steps:
        if isinstance(step, Said):
            said = step
    assert said is not None
    return said
