"""What happens on the conversation page: a person and what they did in, the parts of the page that change out.

No Gradio here: ask_page.py binds these to events. Everything is loaded from the store as its owner's; of the browser's words
only ids and texts are taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from functools import partial

from coach.commitments import CommitmentDraft, check_draft, write_sentence
from coach.conversing import list_steps
from coach.errors import CoachError
from coach.introduction import Introducer
from coach.page_pictures import PagePictures
from coach.prompts import Wording
from coach.records import LENGTHS, ROLES, STANCES, CommitmentState, Conversation, Exchange, Manner
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.feedback import ASPECTS, Feedback, FeedbackStore
from coach.store.requests import RequestStore
from coach.store.store import Store
from coach.talk import Answering, Said, Talk
from coach.web.examples import Examples
from coach.web.exchange_view import Pending
from coach.web.history_view import group_by_date, view_commitment
from coach.web.sharing_desk import SharingDesk
from coach.web.source_view import list_documents, list_sources, view_source
from coach.web.templates import fill, fill_notice
from coach.web.transcript import (
    Transcript,
    Writer,
    announce_answer,
    say_stage,
    write_introduction,
    write_transcript,
    write_writing,
)

LONGEST_QUESTION = 4000
_MOST_LISTED = 200
_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the page that change; None leaves a part as it is."""

    transcript: str | None = None
    writing: str | None = None
    """What is written so far of the answer that the transcript waits for: sent alone, however long the conversation is."""
    history: str | None = None
    source: str | None = None
    notice: str | None = None
    manner: str | None = None
    question: str | None = None
    """What stands in the box."""
    conversation: str | None = None
    """Id of the conversation, or nothing for a new one."""
    chosen: str | None = None
    """Role, stance and length, and the id of the one document that is asked, if one is."""
    asking: str | None = None
    """The question that is being answered; empty where none is."""
    leads: str | None = None
    """Address of another page to go on to."""


PARTS = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came from the browser."""

    text: str
    conversation: str = ""
    manner: Manner = field(default_factory=Manner)
    """For a new conversation; a stored one has its own."""
    replaces: int | None = None
    """Ordinal of the exchange whose place it takes."""
    search_question: str | None = None
    document: str = ""
    """Id of the one document to answer from; empty for all."""
    keeps_box: bool = False
    """Whether it was asked elsewhere than in the box, which then keeps what stands in it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The conversation page of one library, for whoever asks."""

    store: Store
    assistant: Answering
    conversations: ConversationStore
    commitments: CommitmentStore
    feedback: FeedbackStore
    requests: RequestStore
    sharing: SharingDesk
    introducer: Introducer
    examples: Examples
    wording: Wording
    """Of the page."""
    conversation_wording: Wording
    pictures: PagePictures
    mask: Callable[[str], str]
    now: Callable[[], datetime]
    writer: Writer | None = None
    """The language model that writes answers, where one does."""
    makes_cases: Callable[[str], bool] = lambda _: False
    """Whether a person makes test cases of answers."""
    make_visit_prep: Callable[[str, str, int], str] | None = None
    """Makes the page for a visit from one answer of a person's conversation, and gives its id."""

    def prepare(self) -> None:
        """Write every first visit once: nobody should have to wait until its questions were tried out."""
        for role in ROLES:
            self._write_empty(Manner(role))

    # --- the whole page -----------------------------------------------------------------------------------------

    def open(self, person: str, conversation_id: str, manner: Manner | None = None) -> Shown:
        """The page with one of the person's conversations; with a new one where there is no such, which is then said."""
        notice, conversation = "", None
        if conversation_id:
            try:
                conversation = self.conversations.read(person, conversation_id)
            except CoachError:
                notice = fill_notice(self.wording.say("history.no_such"), trouble=True)
        kept = Manner(conversation.role, conversation.stance, conversation.length) if conversation else manner
        return Shown(
            transcript=self._write(person, _stand(conversation))
            if conversation
            else self._write_empty(kept or Manner()),
            writing="",
            history=self.write_history(person, conversation.id if conversation else ""),
            source=self._list_sources(conversation.exchanges if conversation else ()),
            notice=notice,
            question="",
            conversation=conversation.id if conversation else "",
            asking="",
            **self._show_manner(kept or Manner()),
        )

    # --- asking -------------------------------------------------------------------------------------------------

    def ask(self, person: str, asked: Asked) -> Iterator[Shown]:
        """How far an answer has come, then the conversation with it. What could not be answered stays in the box.

        Raises:
            CoachError: the conversation is not the person's, or there are no documents.
        """
        text = (asked.text or "").strip()[:LONGEST_QUESTION]
        if not any(character.isalnum() for character in text):
            yield Shown(notice=fill_notice(self.wording.say("composer.empty")))
            return
        talk = Talk(self.assistant, person, self.conversations, asked.manner, self.mask)
        if asked.conversation:
            talk.open(asked.conversation)
        before = [one for one in talk.exchanges if asked.replaces is None or one.ordinal < asked.replaces]
        documents = [asked.document] if asked.document and self.store.read_cards([asked.document]) else None
        searched, key = len(self.store.list_states()), uuid.uuid4().hex
        for step in talk.ask_in_stages(text, asked.replaces, asked.search_question, documents):
            if isinstance(step, Said):
                yield self._show_said(person, talk, step)
            elif step.name == "writing":
                # With nothing new to see, it can be stopped here.
                news = step.statements or step.titles
                yield Shown(writing=write_writing(key, step.statements, self.wording)) if news else Shown()
            else:
                waiting = Pending(text, say_stage(step, searched, self.wording), key)
                cleared = "" if step.name == "searching" and not asked.keeps_box else None
                yield Shown(
                    transcript=self._write(person, Transcript(talk.id or "", before, waiting)),
                    notice="",
                    question=cleared,
                    asking=text,
                )

    def _show_said(self, person: str, talk: Talk, said: Said) -> Shown:
        trouble = fill_notice(said.not_stored, trouble=True) if said.not_stored else ""
        announce = announce_answer(talk.exchanges[-1], self.wording)
        if said.not_stored or talk.id is None:
            transcript = Transcript(talk.id or "", talk.exchanges, announce=announce, is_stored=False)
            return Shown(transcript=self._write(person, transcript), writing="", notice=trouble, asking="")
        stands = replace(_stand(self.conversations.read(person, talk.id)), announce=announce)
        return Shown(
            transcript=self._write(person, stands),
            writing="",
            history=self.write_history(person, talk.id),
            source=self._list_sources(talk.exchanges),
            notice=trouble,
            conversation=talk.id,
            asking="",
        )

    def stop(self, person: str, conversation_id: str, text: str) -> Shown:
        """The conversation as it is kept, with what was being asked back in the box."""
        exchanges: tuple[Exchange, ...] = ()
        if conversation_id:
            exchanges = self.conversations.read(person, conversation_id).exchanges
        stopped = Transcript(conversation_id, exchanges, Pending(text, "", stopped=True))
        return Shown(transcript=self._write(person, stopped), writing="", question=text)

    def give_back(self, person: str, asked: Asked, trouble: str) -> Shown:
        """The conversation as it is kept, what could not be answered back in the box, and why."""
        try:
            kept = self.conversations.read(person, asked.conversation) if asked.conversation else None
        except CoachError:
            return Shown(notice=fill_notice(trouble, trouble=True), asking="")
        return Shown(
            transcript=self._write(person, _stand(kept)) if kept else self._write_empty(asked.manner),
            writing="",
            notice=fill_notice(trouble, trouble=True),
            question=None if asked.keeps_box else asked.text,
            asking="",
        )

    def find_question(self, person: str, conversation_id: str, ordinal: int) -> str:
        """The question of an exchange, to be asked again.

        Raises:
            CoachError: the person has no such exchange.
        """
        return self._read_exchange(person, conversation_id, ordinal).question

    # --- the middle ---------------------------------------------------------------------------------------------

    def _write(self, person: str, transcript: Transcript) -> str:
        judged = self.feedback.list_feedback(person, transcript.conversation) if transcript.conversation else {}
        offer = self.sharing.offer(person) if transcript.conversation and transcript.is_stored else None
        makes_cases = bool(transcript.conversation) and self.makes_cases(person)
        return write_transcript(replace(transcript, makes_cases=makes_cases), judged, self.now().date(), offer)

    def _write_empty(self, manner: Manner) -> str:
        library = self.introducer.introduce()
        questions = self.examples.choose(manner.role, self.store.read_generation()) if library.documents else ()
        return write_introduction(library, questions, self.wording, self.writer)

    def _show_manner(self, manner: Manner, document: str = "") -> dict[str, str]:
        choices = (("role", manner.role, ROLES), ("stance", manner.stance, STANCES), ("length", manner.length, LENGTHS))
        cards = self.store.list_documents()
        known = document if any(card.id == document for card in cards) else ""
        documents = [(card.id, card.title) for card in cards] if 1 < len(cards) <= _MOST_CHOICES else []
        return {
            "manner": fill("manner", choices=choices, documents=documents, document=known),
            "chosen": f"{manner.role} {manner.stance} {manner.length} {known}".strip(),
        }

    def set_manner(self, person: str, conversation_id: str, manner: Manner, document: str = "") -> Shown:
        """Go on in another manner, or with one document; without a conversation, with the questions that fit the role.

        Raises:
            CoachError: the person has no such conversation.
        """
        if conversation_id:
            self.conversations.set_manner(person, conversation_id, manner)
            return Shown(**self._show_manner(manner, document))
        return Shown(transcript=self._write_empty(manner), **self._show_manner(manner, document))

    # --- one exchange -------------------------------------------------------------------------------------------

    def open_source(self, person: str, conversation_id: str, ordinal: int, number: int) -> Shown:
        """The right side with one source of an answer.

        Raises:
            CoachError: the person has no such exchange.
        """
        exchange = self._read_exchange(person, conversation_id, ordinal)
        view = view_source(exchange, number, self.store.read_text, partial(self.pictures.find_pages, person))
        return Shown(source=fill("source", source=view, list=list_sources(exchange)))

    def _list_sources(self, exchanges: Sequence[Exchange]) -> str:
        sources = list_sources(exchanges[-1]) if exchanges else list_documents(self.store.list_documents())
        return fill("source", source=None, list=sources)

    def prepare_visit(self, person: str, conversation_id: str, ordinal: int) -> Shown:
        """Make the page for a visit from an answer, and go on to it.

        Raises:
            CoachError: the person has no such exchange, or no plan can be made of it.
        """
        self._read_exchange(person, conversation_id, ordinal)
        if self.make_visit_prep is None:
            raise CoachError(self.wording.say("answer.no_such"))
        made = self.make_visit_prep(person, conversation_id, ordinal)
        return Shown(leads=f"/plan?plan={made}&step=review")

    def judge(self, person: str, conversation_id: str, ordinal: int, liked: bool) -> Shown:
        """Keep a thumb, or take it back when it is given twice, and ask for the reasons.

        Raises:
            CoachError: the person has no such exchange.
        """
        before = self.feedback.list_feedback(person, conversation_id).get(ordinal, Feedback())
        changed = replace(before, liked=None if before.liked is liked else liked)
        self.feedback.put(person, conversation_id, ordinal, changed)
        return self._show_again(person, conversation_id, ordinal if changed.liked is not None else None)

    def explain_feedback(self, person: str, conversation_id: str, ordinal: int, values: Mapping[str, str]) -> Shown:
        """Keep the reasons for a thumb.

        Raises:
            CoachError: the comment is too long, or the person has no such exchange.
        """
        before = self.feedback.list_feedback(person, conversation_id).get(ordinal, Feedback())
        reasons = {aspect: values[aspect] == "yes" for aspect in ASPECTS if values.get(aspect) in ("yes", "no")}
        changed = replace(
            before, reasons=reasons, comment=values.get("comment", ""), for_review=values.get("for_review") == "yes"
        )
        self.feedback.put(person, conversation_id, ordinal, changed)
        shown = self._show_again(person, conversation_id, None)
        return replace(shown, notice=fill_notice(self.wording.say("feedback.thanks")))

    def _show_again(self, person: str, conversation_id: str, open_feedback: int | None) -> Shown:
        conversation = self.conversations.read(person, conversation_id)
        stands = replace(_stand(conversation), open_feedback=open_feedback)
        return Shown(transcript=self._write(person, stands))

    def keep(self, person: str, conversation_id: str, ordinal: int, values: Mapping[str, str]) -> Shown:
        """Keep a step of an answer as a commitment, in the person's words.

        Raises:
            CoachError: a part of it cannot be kept, or the person has no such exchange.
        """
        steps = list_steps(self._read_exchange(person, conversation_id, ordinal).answer)
        number = read_whole(values.get("step"))
        sources = steps[number].sources if number is not None and number < len(steps) else ()
        try:
            due = date.fromisoformat(values.get("due", "")).isoformat()
        except ValueError as error:
            raise CoachError(self.wording.say("keep.no_date")) from error
        draft = CommitmentDraft(
            values.get("action", ""), due, values.get("with_whom", ""), values.get("evidence", ""), "", sources
        )
        made = self.commitments.add(person, check_draft(draft, self.now().date()))
        sentence = write_sentence(made, self.conversation_wording)
        return Shown(
            history=self.write_history(person, conversation_id),
            notice=fill_notice(self.wording.say("keep.kept", sentence=sentence)),
        )

    def share(self, person: str, current: str, values: Mapping[str, str]) -> Shown:
        """Share a question, a practice or a commitment with a supervisor, in the words that stood in its form.

        Raises:
            CoachError: as `SharingDesk.share`.
        """
        ordinal = read_whole(values.get("ordinal"))
        made = self.sharing.share(person, current, -1 if ordinal is None else ordinal, values)
        said = self.sharing.wording.say("share.done", name=made.supervisor_name, text=made.text)
        return Shown(history=self.write_history(person, current), notice=fill_notice(said))

    def take_back(self, person: str, current: str, share_id: str) -> Shown:
        """Take back what was shared.

        Raises:
            CoachError: the person shares no such thing.
        """
        gone, clean = self.sharing.take_back(person, share_id)
        name = "given.taken_back" if clean else "given.taken_back_later"
        said = self.sharing.wording.say(name, name=gone.supervisor_name, text=gone.text)
        return Shown(history=self.write_history(person, current), notice=fill_notice(said))

    def request_document(self, person: str, conversation_id: str, title: str, ordinal: int | None) -> Shown:
        """Put a document on the list in the library.

        Raises:
            CoachError: the title is empty, or the person has no such exchange.
        """
        question = ""
        if conversation_id and ordinal is not None:
            question = self._read_exchange(person, conversation_id, ordinal).question
        named = self.requests.add(person, title, question)
        return Shown(notice=fill_notice(self.wording.say("answer.wanted_done", title=named)))

    def _read_exchange(self, person: str, conversation_id: str, ordinal: int) -> Exchange:
        for exchange in self.conversations.read(person, conversation_id).exchanges:
            if exchange.ordinal == ordinal:
                return exchange
        raise CoachError(self.wording.say("answer.no_such"))

    # --- the left side ------------------------------------------------------------------------------------------

    def write_history(self, person: str, current: str, containing: str = "") -> str:
        """The left side: commitments, and the conversations that hold some words."""
        now, offer = self.now(), self.sharing.offer(person)
        cards = self.conversations.list_cards(person, containing, _MOST_LISTED)
        kept = [
            view_commitment(one, now.date(), self.conversation_wording, offer)
            for one in self.commitments.list_commitments(person)
        ]
        return fill(
            "history",
            commitments=kept,
            given=self.sharing.list_given(person, now.tzinfo),
            groups=group_by_date(cards, now),
            current=current,
            containing=containing,
        )

    def search_history(self, person: str, current: str, containing: str) -> Shown:
        """The left side with the conversations that hold some words."""
        return Shown(history=self.write_history(person, current, containing[:200]))

    def rename(self, person: str, current: str, conversation_id: str, title: str) -> Shown:
        """Give a conversation another name, masked.

        Raises:
            CoachError: the name is empty, or the person has no such conversation.
        """
        self.conversations.rename(person, conversation_id, self.mask(title))
        return Shown(history=self.write_history(person, current))

    def discard(self, person: str, current: str, conversation_id: str) -> Shown:
        """Delete a conversation, so that it can be brought back for a little while.

        Raises:
            CoachError: the person has no such conversation.
        """
        title = self.conversations.discard(person, conversation_id)
        notice = fill_notice(self.wording.say("history.deleted", title=title), undo=conversation_id)
        if current == conversation_id:
            return replace(self.open(person, ""), notice=notice)
        return Shown(history=self.write_history(person, current), notice=notice)

    def restore(self, person: str, conversation_id: str) -> Shown:
        """Bring a conversation back, and open it.

        Raises:
            CoachError: it is deleted for good, or was never the person's.
        """
        self.conversations.restore(person, conversation_id)
        title = self.conversations.read(person, conversation_id).title
        said = fill_notice(self.wording.say("history.restored", title=title))
        return replace(self.open(person, conversation_id), notice=said)

    def close_commitment(self, person: str, current: str, commitment_id: str, state: CommitmentState) -> Shown:
        """Note what came of a commitment.

        Raises:
            CoachError: the person has no such commitment.
        """
        self.commitments.close(person, commitment_id, state)
        return Shown(history=self.write_history(person, current))

    def remove_commitment(self, person: str, current: str, commitment_id: str) -> Shown:
        """Delete a commitment for good.

        Raises:
            CoachError: the person has no such commitment.
        """
        self.commitments.delete(person, commitment_id)
        return Shown(history=self.write_history(person, current))


def _stand(conversation: Conversation) -> Transcript:
    return Transcript(conversation.id, conversation.exchanges, replaced=conversation.replaced)


def read_manner(words: Sequence[str]) -> Manner:
    """Role, stance and length as they came from the browser; what is none of ours is left at the default."""
    role, stance, length = (*words, "", "", "")[:3]
    return Manner(
        next((one for one in ROLES if one == role), "principal"),
        next((one for one in STANCES if one == stance), "suggest"),
        next((one for one in LENGTHS if one == length), "usual"),
    )


def read_whole(value: object) -> int | None:
    """A whole number that came from the browser; None where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
