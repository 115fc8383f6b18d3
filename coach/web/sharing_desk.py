"""What happens on the page when something is shared: a person and what the browser sent in, what is shared now out.

Of the browser's words only ids are taken, and the key of the words that were shown: what is shared is read from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache

from coach.errors import CoachError
from coach.prompts import Wording
from coach.sharing import SUPERVISOR_ROLE, Mask, SharedThing, read_practice, require_shown
from coach.store.conversations import ConversationStore
from coach.store.people import PeopleStore
from coach.store.sharing import SharingStore
from coach.web.sharing_view import GivenView, Offer, view_given

_MOST_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class SharingDesk:
    """What people of one library share with their supervisors."""

    people: PeopleStore
    conversations: ConversationStore
    sharing: SharingStore
    mask: Mask
    """What the forms show is masked by it: as `sharing` masks, but at once for what it has seen before."""
    wording: Wording
    conversation_wording: Wording

    def offer(self, person: str) -> Offer | None:
        """What makes a person's forms; None where there is nobody to share with."""
        supervisors = tuple(one for one in self.people.list_people(SUPERVISOR_ROLE) if one.id != person)
        if not supervisors:
            return None
        return Offer(supervisors, self.mask, self.wording, self.conversation_wording)

    def list_given(self, person: str, zone: tzinfo | None) -> tuple[GivenView, ...]:
        """What a person shares, the last first."""
        return tuple(view_given(one, self.wording, zone) for one in self.sharing.list_given(person))

    def share(self, person: str, conversation_id: str, ordinal: int, values: Mapping[str, str]) -> SharedThing:
        """Share what a form was about.

        Args:
            person: whose it is.
            conversation_id: the conversation that is open.
            ordinal: of the exchange in it, where the thing is of one.
            values: of the form: `kind`, `thing`, `supervisor`, and `shown`, the key of the words that stood in it.

        Raises:
            CoachError: it is not the person's, its words have changed since, or the other is no supervisor.
        """
        kind, thing, shown = (values.get(name, "") for name in ("kind", "thing", "shown"))
        supervisor = values.get("supervisor", "")
        if kind == "question":
            return self.sharing.share_question(person, supervisor, conversation_id, ordinal, shown=shown)
        if kind == "commitment":
            return self.sharing.share_commitment(person, supervisor, thing, shown=shown)
        if kind != "practice":
            raise CoachError(self.wording.say("share.changed"))
        title, first_step = self._read_practice(person, conversation_id, ordinal, thing)
        require_shown(self.sharing.word_practice(title, first_step), shown)
        return self.sharing.share_practice(person, supervisor, thing, title, first_step)

    def _read_practice(self, person: str, conversation_id: str, ordinal: int, practice_id: str) -> tuple[str, str]:
        for exchange in self.conversations.read(person, conversation_id).exchanges:
            found = read_practice(exchange.answer, practice_id) if exchange.ordinal == ordinal else None
            if found is not None:
                return found
        raise CoachError(self.wording.say("share.changed"))

    def take_back(self, person: str, share_id: str) -> tuple[SharedThing, bool]:
        """Take back what a person shares: what it was, and whether no byte of it is left.

        Raises:
            CoachError: the person shares no such thing.
        """
        thing = self.sharing.find(person, share_id)
        return thing, self.sharing.take_back(person, thing.id)


def remember_masked(mask: Mask, read_generation: Callable[[], int]) -> Mask:
    """A mask that does what it has done before at once, as long as the documents are the same: a page is written often."""

    @lru_cache(maxsize=_MOST_REMEMBERED)
    def mask_once(text: str, _generation: int) -> str:
        return mask(text)

    return lambda text: mask_once(text, read_generation())
