"""What stands beside the plan of a visit: a supervisor and a plan in, what the principal shares with them, by consent, out.

It is read anew each time, so that what is taken back is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from coach.errors import CoachError
from coach.plans.documents import SharedLine
from coach.prompts import Wording
from coach.records import LOCAL_PERSON
from coach.sharing import CarriedOver, SharedThing, carry_over, name_shared_day, say_lines
from coach.store.people import PeopleStore
from coach.store.plans import PlanStore, StoredPlan
from coach.store.sharing import SharingStore


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whom a supervisor visits."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Visits:
    """Reads what was shared for visits, from one library."""

    plans: PlanStore
    sharing: SharingStore
    people: PeopleStore
    wording: Wording
    """Of `coach.sharing`."""

    def list_principals(self, person: str) -> tuple[Principal, ...]:
        """Whom a person may visit, by name: the principals there are, and whoever shares something with them."""
        found = {
            one.id: one.name for one in self.people.list_people("principal") if one.id not in (person, LOCAL_PERSON)
        }
        found |= {one.person: one.person_name for one in self.sharing.list_received(person)}
        return tuple(Principal(key, name) for key, name in sorted(found.items(), key=lambda item: item[1].casefold()))

    def find_principal(self, person: str, name: str) -> str:
        """The id of somebody whom a person may visit, by the id, the name, or a beginning of it.

        Raises:
            CoachError: nobody is called so, or several are.
        """
        wanted = " ".join(name.casefold().split())
        principals = self.list_principals(person)
        exact = [one for one in principals if wanted in (one.id, one.name.casefold())]
        found = exact or [one for one in principals if wanted and one.name.casefold().startswith(wanted)]
        if len(found) == 1:
            return found[0].id
        if not principals:
            raise CoachError(self.wording.say("received.nobody"))
        names = ", ".join(one.name for one in principals)
        raise CoachError(self.wording.say("received.unknown", name=name.strip()[:60], names=names))

    def carry_over(self, stored: StoredPlan) -> CarriedOver:
        """What the principal of a plan shares, parted by the visit before; without what came after the next one."""
        principal = stored.plan.request.principal
        if not principal:
            return CarriedOver((), (), ())
        visits = self.plans.list_visits(stored.person, principal)
        day = stored.plan.request.day or stored.made_at[:10]
        # Two plans for one day are one visit.
        before = max((visit.day for visit in visits if visit.day < day), default=None)
        after = min((visit.planned_at for visit in visits if visit.day > day), default=None)
        received = self.sharing.list_received(stored.person, principal)
        # What came after the next visit was planned belongs to that one.
        mine = [one for one in received if after is None or one.shared_at < after]
        return carry_over(mine, before)

    def read_shared(self, stored: StoredPlan) -> tuple[SharedLine, ...]:
        """The lines of a plan's documents: commitments from last time first, then what is new."""
        carried = self.carry_over(stored)
        last = self.wording.say("received.from_last_time")
        return (
            *(self._write(one, f"{last}: ") for one in carried.from_last_time),
            *(self._write(one, "") for one in carried.fresh),
        )

    def _write(self, thing: SharedThing, before: str) -> SharedLine:
        lines = (
            line if line.endswith((".", "?", "!")) else f"{line}." for line in say_lines(thing.words, self.wording)
        )
        return SharedLine(before + " ".join(lines), thing.person_name, name_shared_day(thing))
