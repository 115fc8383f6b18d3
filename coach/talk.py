"""One person's conversation as it goes on: a question in, the answer object out, understood in its turns and kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from coach.conversing import list_offers, name_conversation, read_turns
from coach.errors import CoachError
from coach.records import Answer, Conversation, Exchange, Role, Stance, Turn
from coach.rendering import answer_to_object
from coach.store.conversations import ConversationStore


class Answering(Protocol):
    """What a conversation needs of an assistant."""

    def ask(
        self,
        text: str,
        role: Role = "principal",
        documents: Collection[str] | None = None,
        history: Sequence[Turn] = (),
        stance: Stance = "suggest",
        search_question: str | None = None,
    ) -> Answer:
        """A checked answer; `search_question` is the person's own wording of what is searched."""
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
        role: Role = "principal",
        stance: Stance = "suggest",
        mask: Callable[[str], str] = leave_as_it_is,
    ) -> None:
        """Begin a new conversation.

        Args:
            assistant: answers.
            person: whose conversation it is.
            conversations: where it is kept; None keeps nothing.
            role: of the person.
            stance: of the answers.
            mask: takes personal data out of what the person writes beside questions, before it is kept.
        """
        self._assistant = assistant
        self._conversations = conversations
        self.person = person
        self.role: Role = role
        self.stance: Stance = stance
        self.mask = mask
        self.id: str | None = None
        self.title = ""
        self.exchanges: tuple[Exchange, ...] = ()

    # --- asking -------------------------------------------------------------------------------------------------

    def ask(self, text: str) -> Said:
        """Answer a question in the light of what was said before.

        Raises:
            CoachError: there are no documents, or the library cannot be read.
        """
        return self._ask(text, self.exchanges, None)

    def ask_again(self, search_question: str) -> Said:
        """Answer the last question anew, with another wording of what is searched.

        Raises:
            CoachError: nothing was asked yet, and as `ask`.
        """
        last = self._require_last()
        return self._ask(last.question, self.exchanges[:-1], search_question)

    def _ask(self, text: str, before: Sequence[Exchange], search_question: str | None) -> Said:
        answer = self._assistant.ask(
            text, self.role, history=read_turns(before), stance=self.stance, search_question=search_question
        )
        said = answer_to_object(answer)
        question = answer.question.text
        try:
            exchange = self._keep(question, said)
            trouble = None
        except CoachError as error:
            # The person has waited for the answer: that it cannot be stored must not lose it.
            exchange = Exchange(len(self.exchanges), question, said, datetime.now(UTC).isoformat(timespec="seconds"))
            trouble = str(error)
        self.exchanges = (*self.exchanges, exchange)
        return Said(exchange.answer, trouble)

    def _keep(self, question: str, said: Mapping[str, Any]) -> Exchange:
        if self._conversations is None:
            return Exchange(len(self.exchanges), question, said, datetime.now(UTC).isoformat(timespec="seconds"))
        if self.id is None:
            title = self.title or name_conversation(question)
            started = self._conversations.start(self.person, self.role, self.stance, title)
            self.id, self.title = started.id, started.title
        return self._conversations.append(self.person, self.id, question, said)

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
        return Conversation(self.id or "", self.person, title, self.role, self.stance, first, last, self.exchanges)

    # --- the conversation as a whole ----------------------------------------------------------------------------

    def start_anew(self) -> None:
        """Leave the conversation as it is and begin a new one."""
        self.id, self.title, self.exchanges = None, "", ()

    def open(self, conversation_id: str) -> None:
        """Go on with a stored conversation, in its role and stance.

        Raises:
            CoachError: the person has no such conversation, or nothing is stored.
        """
        conversation = self.require_store().read(self.person, conversation_id)
        self.id, self.title, self.exchanges = conversation.id, conversation.title, conversation.exchanges
        self.role, self.stance = conversation.role, conversation.stance

    def set_manner(self, role: Role, stance: Stance) -> None:
        """Go on in another role or stance.

        Raises:
            CoachError: the conversation was deleted meanwhile.
        """
        self.role, self.stance = role, stance
        if self.id is not None and self._conversations is not None:
            self._conversations.set_manner(self.person, self.id, role, stance)

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
