"""Makes the report on what the documents do not cover: a library's store and its vectors in, counts with names of ours out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import Lock

from coach.coverage import Asked, CoverageCounts, Rule, close_periods, count_groups
from coach.coverage_groups import Grouper, embed_asked
from coach.index.exact import ExactIndex
from coach.records import ROLES
from coach.sentence_vectors import SentenceVectors
from coach.store.requests import RequestStore
from coach.store.store import Store
from coach.store.unanswered import UncoveredQuestion, count_people, list_uncovered


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that was asked for, by a title that is ours."""

    title: str
    people: int | None
    """At least so many; None where that is fewer than may be shown."""


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What the central office sees. Every word in it is of our lists or of the documents."""

    rule: Rule
    unit: str
    """What stands for a person: `people`, or `conversations` where there is one person only."""
    has_enough_people: bool
    """Whether there are as many as a number must be of."""
    counts: CoverageCounts
    places: tuple[tuple[str, str], ...]
    """Of topics: the section of the library that comes nearest."""
    wanted: tuple[Wanted, ...]
    wanted_others: int
    """At least so many people asked for other documents; 0 where that is not shown."""


@dataclass(frozen=True, slots=True)
class CoverageReporter:
    """Counts everybody's questions."""

    store: Store
    requests: RequestStore
    vectors: SentenceVectors
    index: ExactIndex
    grouper: Grouper
    rule: Rule
    titles: Collection[str]
    """Of reports that may be named."""

    def report(self, this_month: str) -> CoverageReport:
        """The report as it stands in a month, YYYY-MM, which is not over and so not counted."""
        people = count_people(self.store)
        unit = "people" if people > 1 else "conversations"
        questions = list_uncovered(self.store)
        asked = [self._describe(one, unit) for one in questions]
        periods = close_periods(asked, self.rule, this_month)
        topics = [""] * len(questions)
        named = self.grouper.name([[questions[place].text for place in period.places] for period in periods])
        for period, names in zip(periods, named, strict=True):
            for place, name in zip(period.places, names, strict=True):
                topics[place] = name
        counts = count_groups(asked, topics, periods, self.rule)
        wanted, others = self.requests.count_people(self.titles)
        return CoverageReport(
            rule=self.rule,
            unit=unit,
            has_enough_people=unit == "conversations" or people >= self.rule.people,
            counts=counts,
            places=self._find_places([group.topic for group in counts.groups if group.topic]),
            wanted=tuple(Wanted(title, self._show(count, people)) for title, count in sorted(wanted.items())),
            wanted_others=self._show(others, people) or 0,
        )

    def _describe(self, question: UncoveredQuestion, unit: str) -> Asked:
        who = question.person if unit == "people" else question.conversation
        report = question.worth_adding if question.worth_adding in self.titles else ""
        role = question.role if question.role in ROLES else ""
        return Asked(who, question.month, role, question.outcome, report)

    def _show(self, count: int, people: int) -> int | None:
        """A number of people as it may be shown; where there is one only, there is nothing to hide."""
        if people == 1:
            return count
        return count - count % self.rule.people or None

    def _find_places(self, topics: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Compared with the topic's name, so that no question decides which section is named."""
        if not topics:
            return ()
        places: list[tuple[str, str]] = []
        for topic, vector in zip(topics, embed_asked(self.vectors, topics), strict=True):
            stored = self.store.read_passages(list(self.index.search(vector, 1)))
            cards = self.store.read_cards([one.passage.document_id for one in stored.values()])
            for one in stored.values():
                title = cards[one.passage.document_id].title
                section = one.passage.section[-1] if one.passage.section else ""
                places.append((topic, f"{section}, {title}" if section and section != title else title))
        return tuple(places)


class RememberedReport:
    """A report that is made again only when something that it rests on has changed. Thread-safe."""

    def __init__(self, reporter: CoverageReporter) -> None:
        self._reporter = reporter
        self._made: tuple[object, CoverageReport] | None = None
        self._turn = Lock()

    def report(self, this_month: str) -> CoverageReport:
        """As `CoverageReporter.report`."""
        with self._turn:
            store, titles = self._reporter.store, self._reporter.titles
            key = (this_month, store.read_generation(), hash(list_uncovered(store)), count_people(store),
                   repr(self._reporter.requests.count_people(titles)))  # fmt: skip
            if self._made is None or self._made[0] != key:
                self._made = (key, self._reporter.report(this_month))
            return self._made[1]
