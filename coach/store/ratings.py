"""Kept rounds of rating: ratings and settlements in, each rater's own and the record of what was settled out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from coach.errors import CoachError
from coach.evaluation.records import Rating, RatingRound, RoundEntry, Rubric, Settlement
from coach.evaluation.values import from_values, to_values
from coach.metadata import drop_unshown
from coach.store import tables
from coach.store.conversations import fold
from coach.store.database import reading, writing
from coach.store.forgetting import clear_forgotten, note_forgotten
from coach.store.personal import read_clock
from coach.store.store import Store

_ROUNDS, _RATINGS, _SETTLEMENTS = tables.rating_rounds, tables.ratings, tables.settlements
_LOOKS = tables.rating_looks
LONGEST_RATER, LONGEST_COMMENT = 80, 2_000
"""Characters of a rater's name, and of a comment or note."""


class NoSuchRound(CoachError):
    """There is no such round; it may have been deleted."""


class NotAName(CoachError):
    """What was given as a rater's name is none."""


@dataclass(frozen=True, slots=True)
class RaterProgress:
    """How far a rater is."""

    rater: str
    done: int
    """Entries on which every dimension has a level or N/A."""
    begun: int
    """Entries on which something is still missing."""
    size: int
    """Entries that this rater was given."""
    looked_at: str | None = None
    """Since when this rater knows what others said, and changes nothing any more."""


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round as a list shows it."""

    id: str
    title: str
    entries: int
    raters: tuple[RaterProgress, ...]
    """Whoever was asked to rate or has begun, by name."""
    made_at: str
    closed_at: str | None

    @property
    def ratings(self) -> int:
        """How often somebody said something of an entry."""
        return sum(one.done + one.begun for one in self.raters)

    @property
    def people(self) -> int:
        """Who has begun."""
        return sum(one.done + one.begun > 0 for one in self.raters)

    @property
    def unfinished(self) -> int:
        """Whoever was asked to rate or has begun, and has not rated everything."""
        return sum(one.done < one.size for one in self.raters)


class RatingStore:
    """Rounds with everybody's ratings, in the database of record.

    They belong to the installation, for whoever works as a trainer there, and are gone with whoever made them. What one
    person rates under a name, nobody else can change.
    """

    def __init__(self, store: Store, mask: Callable[[str], str]) -> None:
        """Set what every comment goes through before it is kept: `mask` takes students' names and records out."""
        self._engine = store.engine
        self._mask = mask

    # --- rounds -----------------------------------------------------------------------------------------------------

    def add_round(self, person: str, rating_round: RatingRound) -> RatingRound:
        """Keep a round that somebody made."""
        with writing(self._engine) as connection:
            connection.execute(
                insert(_ROUNDS).values(
                    id=rating_round.id,
                    person_id=person,
                    body=to_values(rating_round),
                    made_at=rating_round.made_at,
                    closed_at=rating_round.closed_at,
                )
            )
        return rating_round

    def find(self, beginning: str) -> str:
        """The id of the one round whose id begins so.

        Raises:
            CoachError: none does, or several do.
        """
        wanted = beginning.strip().lower()
        statement = select(_ROUNDS.c.id).where(_ROUNDS.c.id.startswith(wanted, autoescape=True))
        with reading(self._engine) as connection:
            found = connection.execute(statement.limit(2)).scalars().all() if wanted else []
        if len(found) == 1:
            return str(found[0])
        raise _name_unknown(beginning, several=len(found) > 1)

    def read_round(self, round_id: str) -> RatingRound:
        """A round with its entries and its rubric.

        Raises:
            CoachError: there is no such round.
        """
        with reading(self._engine) as connection:
            return _require(connection, round_id)

    def list_rounds(self) -> tuple[RoundCard, ...]:
        """Every round, the last made first, with how far each rater is."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_ROUNDS).order_by(_ROUNDS.c.made_at.desc())).all()
            return tuple(_make_card(connection, _read_row(row)) for row in rows)

    def read_card(self, round_id: str) -> RoundCard:
        """A round as a list shows it.

        Raises:
            NoSuchRound: there is no such round.
        """
        with reading(self._engine) as connection:
            return _make_card(connection, _require(connection, round_id))

    def close_round(self, round_id: str) -> RatingRound:
        """Take no more ratings. Closed already, it stays as it is.

        Raises:
            CoachError: there is no such round.
        """
        open_one = (_ROUNDS.c.id == round_id) & _ROUNDS.c.closed_at.is_(None)
        with writing(self._engine) as connection:
            connection.execute(update(_ROUNDS).where(open_one).values(closed_at=read_clock()))
            return _require(connection, round_id)

    def delete_round(self, round_id: str) -> bool:
        """Delete a round for good, with every rating, what was settled, and who has seen what others said.

        Returns:
            Whether no byte of it is left in the data folder; another reader in the way puts that off.

        Raises:
            CoachError: there is no such round.
        """
        with writing(self._engine) as connection:
            if connection.execute(delete(_ROUNDS).where(_ROUNDS.c.id == round_id)).rowcount == 0:
                raise _name_unknown(round_id)
            note_forgotten(connection)
        return clear_forgotten(self._engine)

    # --- ratings ----------------------------------------------------------------------------------------------------

    def put_rating(self, person: str, round_id: str, rating: Rating) -> Rating:
        """Keep what a rater says of an entry, in place of what the same rater said of it before.

        Args:
            person: who sits there; nobody else can rate under the same name in this round.
            round_id: in full.
            rating: its comment is masked; when it was rated is told by the clock. Without a level and a comment, what the
                rater said before is taken back.

        Returns:
            The rating as it is kept, under the name as the rater first wrote it.

        Raises:
            CoachError: the round is closed or gone, the rater has seen what others said, the entry or a level is none of
                its own, the comment is too long, the name is empty or somebody else's.
        """
        (kept,) = self.put_ratings(person, round_id, [rating])
        return kept

    def put_ratings(self, person: str, round_id: str, ratings: Iterable[Rating]) -> tuple[Rating, ...]:
        """As `put_rating`, for several: all are kept, or none.

        Of a rater who has seen what others said, what says the same as before is taken, and changes nothing: a window sends
        again what it had no answer to, and a sheet may hold several raters.
        """
        given = tuple(ratings)
        comments = [self._clean(one.comment) for one in given]
        now = read_clock()
        with writing(self._engine) as connection:
            rating_round = _require(connection, round_id)
            if rating_round.closed_at is not None:
                raise CoachError("This round is closed, and takes no more ratings. Make a new round to rate again.")
            kept = tuple(
                _check(rating_round, replace(one, comment=comment, rated_at=now))
                for one, comment in zip(given, comments, strict=True)
            )
            looks = _list_looks(connection, round_id)
            return tuple(
                _keep_as_it_is(connection, round_id, one)
                if fold_rater(one.rater) in looks
                else _put(connection, person, round_id, one)
                for one in kept
            )

    def list_ratings(self, round_id: str, rater: str | None = None) -> tuple[Rating, ...]:
        """Every rating of a round in the order of its entries, or one rater's own.

        Raises:
            CoachError: there is no such round.
        """
        with reading(self._engine) as connection:
            places = {entry.code: place for place, entry in enumerate(_require(connection, round_id).entries)}
            found = _list_ratings(connection, round_id)
        mine = [one for one in found if rater is None or fold_rater(one.rater) == fold_rater(rater)]
        return tuple(sorted(mine, key=lambda one: (places.get(one.entry, 0), one.rater)))

    # --- looking ----------------------------------------------------------------------------------------------------

    def look(self, person: str, round_id: str, rater: str) -> str | None:
        """Note that a rater now sees what others said: what this rater said in this round stays as it is from then on.

        Args:
            person: who sits there, as in `put_rating`.
            round_id: in full.
            rater: as the rater wrote it; compared as in `put_rating`.

        Returns:
            Since when; the first time counts. None where the round is closed, and nobody changes anything any more.

        Raises:
            CoachError: there is no such round, the name is none or somebody else's, or an answer is not rated yet.
        """
        who = clean_rater(rater)
        with writing(self._engine) as connection:
            rating_round = _require(connection, round_id)
            if rating_round.closed_at is not None:
                return None
            name = _claim_name(connection, person, round_id, who)
            progress = _measure_progress(rating_round, name, fold_rater(name), _list_ratings(connection, round_id))
            if not 0 < progress.done == progress.size:
                raise CoachError(f"{name} has not rated every answer yet. Rate the rest first, then look.")
            statement = insert_or_update(_LOOKS).values(
                round_id=round_id, rater=fold_rater(name), looked_at=read_clock()
            )
            connection.execute(statement.on_conflict_do_nothing())
            return _list_looks(connection, round_id)[fold_rater(name)]

    def read_look(self, round_id: str, rater: str) -> str | None:
        """Since when a rater knows what others said in a round; None where nothing is noted."""
        with reading(self._engine) as connection:
            return _list_looks(connection, round_id).get(fold_rater(rater))

    # --- settling ---------------------------------------------------------------------------------------------------

    def settle(self, round_id: str, settlement: Settlement) -> Settlement:
        """Keep the level that was agreed on. What was settled before stays in the record; the last one holds.

        Args:
            round_id: in full; the round may be closed.
            settlement: its note is masked; when it was settled is told by the clock.

        Raises:
            CoachError: there is no such round, or no such entry, dimension or level in it; nobody is named, or the note is
                too long.
        """
        made = replace(
            settlement, by=clean_rater(settlement.by), note=self._clean(settlement.note), settled_at=read_clock()
        )
        with writing(self._engine) as connection:
            rating_round = _require(connection, round_id)
            _require_entry(rating_round, made.entry)
            _require_level(rating_round.rubric, made.dimension, made.level)
            connection.execute(
                insert(_SETTLEMENTS).values(
                    round_id=round_id,
                    entry=made.entry,
                    dimension=made.dimension,
                    level=made.level,
                    settled_by=made.by,
                    note=made.note,
                    settled_at=made.settled_at,
                )
            )
        return made

    def list_settlements(self, round_id: str) -> tuple[Settlement, ...]:
        """The whole record of a round, the first first.

        Raises:
            CoachError: there is no such round.
        """
        columns = _SETTLEMENTS.c
        with reading(self._engine) as connection:
            _require(connection, round_id)
            rows = connection.execute(
                select(_SETTLEMENTS).where(columns.round_id == round_id).order_by(columns.settled_at)
            ).all()
        return tuple(
            Settlement(row.entry, row.dimension, row.level, row.settled_by, row.note, row.settled_at) for row in rows
        )

    def _clean(self, text: str) -> str:
        words = "\n".join(map(drop_unshown, text.splitlines())).strip()
        if len(words) > LONGEST_COMMENT:
            raise CoachError(f"A comment has at most {LONGEST_COMMENT:,} characters; this one has {len(words):,}.")
        return self._mask(words) if words else ""


def clean_rater(name: str) -> str:
    """A rater's name or initials as they are kept.

    Raises:
        NotAName: there is no letter or digit in it, or it is too long.
    """
    words = " ".join(drop_unshown(" ".join(name.split())).split())
    if not any(character.isalnum() for character in words) or len(words) > LONGEST_RATER:
        raise NotAName(f"Give the rater's name or initials: 1 to {LONGEST_RATER} characters.")
    return words


def fold_rater(name: str) -> str:
    """A rater's name as names are compared."""
    return " ".join(fold(name).split())


def list_given(rating_round: RatingRound, rater: str) -> tuple[RoundEntry, ...]:
    """The entries that a rater was given, as the round has them; whoever was not asked to rate gets all."""
    wanted = fold_rater(rater)
    asked = wanted in map(fold_rater, rating_round.raters)
    return tuple(
        entry
        for entry in rating_round.entries
        if not asked or not entry.raters or wanted in map(fold_rater, entry.raters)
    )


def _require(connection: Connection, round_id: str) -> RatingRound:
    row = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == round_id)).first()
    if row is None:
        raise _name_unknown(round_id)
    return _read_row(row)


def _name_unknown(beginning: str, *, several: bool = False) -> CoachError:
    shown = repr(beginning.strip()[:40])
    hint = "`coach eval rounds` shows them all."
    if several:
        return CoachError(f"Several rounds begin with {shown}. {hint}")
    return NoSuchRound(f"There is no round {shown}. {hint}")


def _read_row(row: Row[Any]) -> RatingRound:
    return replace(from_values(RatingRound, row.body, f"round {row.id}"), closed_at=row.closed_at)


def _require_entry(rating_round: RatingRound, code: str) -> None:
    if all(entry.code != code for entry in rating_round.entries):
        raise CoachError(f"This round has no answer {code[:20]!r}. Check the code.")


def _require_level(rubric: Rubric, dimension: str, level: int | None) -> None:
    found = rubric.find(dimension)
    if found is None:
        known = ", ".join(one.id for one in rubric.dimensions)
        raise CoachError(f"The rubric has no dimension {dimension[:40]!r}. It has {known}.")
    if level is not None and all(level != one.value for one in found.levels):
        known = ", ".join(str(one.value) for one in found.levels)
        raise CoachError(f"{found.title} has no level {level}. It has {known}, and N/A.")


def _check(rating_round: RatingRound, rating: Rating) -> Rating:
    _require_entry(rating_round, rating.entry)
    for dimension, level in rating.levels:
        _require_level(rating_round.rubric, dimension, level)
    if len({dimension for dimension, _ in rating.levels}) < len(rating.levels):
        raise CoachError("One dimension has two levels. Give one.")
    return replace(rating, rater=clean_rater(rating.rater))


def _claim_name(connection: Connection, person: str, round_id: str, rater: str) -> str:
    """The name as the rater first wrote it."""
    columns = _RATINGS.c
    known = connection.execute(
        select(columns.rater, columns.person_id).where(columns.round_id == round_id).distinct()
    ).all()
    same = next((row for row in known if fold_rater(row.rater) == fold_rater(rater)), None)
    if same is None:
        return rater
    if same.person_id != person:
        raise CoachError(f"Somebody else rates as {rater} in this round. Use another name or other initials.")
    return str(same.rater)


def _put(connection: Connection, person: str, round_id: str, rating: Rating) -> Rating:
    columns = _RATINGS.c
    named = replace(rating, rater=_claim_name(connection, person, round_id, rating.rater))
    own = (columns.round_id == round_id) & (columns.entry == rating.entry) & (columns.rater == named.rater)
    _note_replaced(connection, own, rating.comment)
    if not rating.levels and not rating.comment:
        connection.execute(delete(_RATINGS).where(own))
        return named
    said = {
        "levels": [list(one) for one in rating.levels],
        "comment": rating.comment,
        "rated_at": rating.rated_at,
    }
    statement = insert_or_update(_RATINGS).values(
        round_id=round_id, entry=rating.entry, rater=named.rater, person_id=person, **said
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["round_id", "entry", "rater"], set_=said))
    return named


def _keep_as_it_is(connection: Connection, round_id: str, rating: Rating) -> Rating:
    """What a rater who has seen what others said rated before, where it says the same."""
    for one in _list_ratings(connection, round_id):
        if (one.entry, fold_rater(one.rater)) == (rating.entry, fold_rater(rating.rater)) and (
            dict(one.levels),
            one.comment,
        ) == (dict(rating.levels), rating.comment):
            return one
    raise CoachError(
        f"{rating.rater} has seen what the others said in this round. From then on a rater's levels and comments stay as "
        "they are, so nothing was changed. Settle differences together instead: on the page under “How far you agree”, or "
        "with `coach eval settle`."
    )


def _note_replaced(connection: Connection, own: ColumnElement[bool], comment: str) -> None:
    before = connection.execute(select(_RATINGS.c.comment).where(own)).scalar()
    if before and before != comment:
        note_forgotten(connection)


def _list_ratings(connection: Connection, round_id: str) -> list[Rating]:
    rows = connection.execute(select(_RATINGS).where(_RATINGS.c.round_id == round_id)).all()
    return [
        Rating(row.entry, row.rater, tuple((str(name), level) for name, level in row.levels), row.comment, row.rated_at)
        for row in rows
    ]


def _list_looks(connection: Connection, round_id: str) -> dict[str, str]:
    """Since when, by folded name."""
    rows = connection.execute(select(_LOOKS).where(_LOOKS.c.round_id == round_id)).all()
    return {row.rater: row.looked_at for row in rows}


def _make_card(connection: Connection, rating_round: RatingRound) -> RoundCard:
    ratings, looks = _list_ratings(connection, rating_round.id), _list_looks(connection, rating_round.id)
    names = {fold_rater(name): name for name in (*(one.rater for one in ratings), *rating_round.raters)}
    raters = tuple(
        replace(_measure_progress(rating_round, names[key], key, ratings), looked_at=looks.get(key))
        for key in sorted(names)
    )
    return RoundCard(
        rating_round.id,
        rating_round.title,
        len(rating_round.entries),
        raters,
        rating_round.made_at,
        rating_round.closed_at,
    )


def _measure_progress(rating_round: RatingRound, name: str, key: str, ratings: Sequence[Rating]) -> RaterProgress:
    given = {entry.code for entry in list_given(rating_round, name)}
    mine = [one for one in ratings if fold_rater(one.rater) == key]
    done = sum(_is_complete(rating_round, one) for one in mine if one.entry in given)
    return RaterProgress(name, done, len(mine) - done, len(given))


def _is_complete(rating_round: RatingRound, rating: Rating) -> bool:
    return {one.id for one in rating_round.rubric.dimensions} <= {dimension for dimension, _ in rating.levels}
