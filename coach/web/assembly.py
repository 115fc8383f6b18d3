"""Makes the desk of the conversation page: an opened Coach in, the desk with its stores out."""

from __future__ import annotations

from datetime import datetime

from coach.assembly import OpenCoach
from coach.introduction import Introducer
from coach.prompts import load_conversation_wording
from coach.reading_list import load_reports
from coach.records import ROLES
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.feedback import FeedbackStore
from coach.store.requests import RequestStore
from coach.talk import Answering
from coach.web.desk import Desk
from coach.web.examples import Examples
from coach.web.wording import load_page_wording


def build_desk(coach: OpenCoach, assistant: Answering | None = None) -> Desk:
    """The desk; `assistant` answers in place of Coach's own."""
    store, discretion = coach.library.store, coach.discretion
    wording = load_page_wording()
    answering = assistant or coach.assistant

    def mask(text: str) -> str:
        return discretion.mask(text).text

    return Desk(
        store=store,
        assistant=answering,
        conversations=ConversationStore(store),
        commitments=CommitmentStore(store, discretion.mask_note),
        feedback=FeedbackStore(store, mask),
        requests=RequestStore(store, mask),
        introducer=Introducer(store, load_reports()),
        examples=Examples(answering, {role: wording.examples.get(role, ()) for role in ROLES}),
        wording=wording,
        conversation_wording=load_conversation_wording(),
        find_pages=lambda *place: (),
        mask=mask,
        now=lambda: datetime.now().astimezone(),
    )
