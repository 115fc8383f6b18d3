"""Documents that people ask for: a person, a title and the question that it would answer in; a list with counts out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from coach.errors import CoachError
from coach.store import tables
from coach.store.database import reading, writing
from coach.store.personal import read_clock
from coach.store.store import Store

_TABLE = tables.document_requests
LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """A document that is wanted: how many people asked for it, and when last."""

    title: str
    people: int
    questions: tuple[str, ...]
    """What the person who looks asked when they missed it; other people's questions are theirs."""
    asked_at: str


class RequestStore:
    """The list of documents that were asked for, in the database of record."""

    def __init__(self, store: Store, mask: Callable[[str], str]) -> None:
        """Set what every text goes through before it is kept: `mask` takes students' names and records out."""
        self._engine = store.engine
        self._mask = mask

    def add(self, person: str, title: str, question: str = "") -> str:
        """Ask for a document; asked for twice with one question it stands there once.

        Returns:
            The title as it was kept.

        Raises:
            CoachError: the title is empty or too long.
        """
        named = " ".join(self._mask(title).split())
        if not any(character.isalnum() for character in named) or len(named) > LONGEST_TITLE:
            raise CoachError(f"Say in up to {LONGEST_TITLE} characters which document you miss.")
        values = {"person_id": person, "title": named, "question": " ".join(self._mask(question).split())}
        with writing(self._engine) as connection:
            if connection.execute(select(_TABLE.c.id).filter_by(**values)).first() is None:
                connection.execute(insert(_TABLE).values(id=uuid.uuid4().hex, asked_at=read_clock(), **values))
        return named

    def list_requests(self, person: str) -> tuple[DocumentRequest, ...]:
        """What is wanted, what most people ask for first. Of the questions, only the person's own."""
        columns = _TABLE.c
        counted = (
            select(columns.title, func.count(columns.person_id.distinct()), func.max(columns.asked_at))
            .group_by(columns.title)
            .order_by(func.count(columns.person_id.distinct()).desc(), func.max(columns.asked_at).desc())
        )
        own = select(columns.title, columns.question).where(columns.person_id == person).order_by(columns.asked_at)
        with reading(self._engine) as connection:
            questions: dict[str, list[str]] = {}
            for title, question in connection.execute(own):
                questions.setdefault(title, []).extend([question] if question else [])
            return tuple(
                DocumentRequest(title, people, tuple(questions.get(title, ())), asked_at)
                for title, people, asked_at in connection.execute(counted)
            )

    def count_people(self, titles: Collection[str]) -> tuple[dict[str, int], int]:
        """How many people asked for each of some documents; and how many asked for any other.

        Args:
            titles: of documents that may be named, by words of ours; those that nobody asked for are left out.
        """
        columns = _TABLE.c
        known = columns.title.in_(sorted(titles))
        people = func.count(columns.person_id.distinct())
        with reading(self._engine) as connection:
            named = connection.execute(select(columns.title, people).where(known).group_by(columns.title))
            counts = {str(title): int(count) for title, count in named}
            others = connection.execute(select(people).where(~known)).scalar_one()
        return counts, int(others)

    def clear(self, title: str) -> int:
        """Take a document off the list, for everybody; how many requests that were."""
        with writing(self._engine) as connection:
            return int(connection.execute(delete(_TABLE).where(_TABLE.c.title == title)).rowcount)
