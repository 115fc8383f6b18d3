"""Rating at the command line: rounds, sheets to rate in, ratings taken over, how far raters agree, and what is settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.evaluation_sets import Keeping, open_keeping
from coach.cli.options import AsJson, Home, drop_controls, load_settings, open_console, write_file, write_json

if TYPE_CHECKING:
    from coach.evaluation.records import Rating, RowProblem, Rubric, Settlement
    from coach.store.ratings import RatingStore

RoundName = Annotated[str, typer.Argument(metavar="ROUND", help="The round's id, or a beginning that no other has.")]
Rater = Annotated[str, typer.Option("--rater", help="The rater's name or initials.", metavar="NAME")]
_MOST_TOLD = 20
"""Disagreements and problems that are listed in words; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("round")(make_rating_round)
    app.command("rounds")(list_rounds)
    app.command("sheet")(write_sheet)
    app.command("ratings")(import_ratings)
    app.command("agreement")(show_agreement)
    app.command("settle")(settle)
    app.command("close-round")(close_round)
    app.command("forget-round")(forget_round)


def make_rating_round(  # noqa: PLR0913 - an argument for each option
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids of runs, or their beginnings.")],
    title: Annotated[str, typer.Option("--title", help="What the people who rate call it.")] = "Rating",
    raters: Annotated[str, typer.Option("--raters", help="Who rates, with commas between.", metavar="A,B")] = "",
    share: Annotated[
        float, typer.Option("--share", help="How much of it two people rate, 0 to 1; the rest goes to one rater each.")
    ] = 1.0,
    calibrate: Annotated[int, typer.Option("--calibrate", help="How many answers everybody rates first.")] = 5,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a round of rating from the answers of one or more runs, under codes that do not tell which run they are of."""
    from coach.evaluation.rating.rounds import make_round
    from coach.evaluation.rating.rubric import load_rubric

    names = [name for name in map(str.strip, raters.split(",")) if name]
    with _open(home) as desk:
        found = [desk.keeping.sets.read_run(desk.keeping.sets.find_run(name)) for name in runs]
        rubric = load_rubric(desk.keeping.settings.home)
        made = make_round(title, found, rubric, share, calibrate, raters=names)
        desk.ratings.add_round(desk.keeping.person, made)
    first = sum(entry.calibrates for entry in made.entries)
    if as_json:
        write_json({"id": made.id, "title": made.title, "entries": len(made.entries), "calibrating": first})
        return
    _say("round.made", id=made.id[:8], title=made.title, entries=len(made.entries), first=first)
    _say("round.next", id=made.id[:8])


def list_rounds(home: Home = None, as_json: AsJson = False) -> None:
    """List the rounds, the newest first, with how far each rater is."""
    from dataclasses import asdict

    with _open(home) as desk:
        cards = desk.ratings.list_rounds()
    if as_json:
        write_json([asdict(card) for card in cards])
        return
    for card in cards:
        closed = f" ({_word('round.closed')})" if card.closed_at else ""
        _say("round.head", id=card.id[:8], title=card.title, entries=card.entries, closed=closed)
        for one in card.raters:
            counts = {"rater": one.rater, "done": one.done, "size": one.size}
            line = (
                _word("round.rater_row_begun", **counts, begun=one.begun)
                if one.begun
                else _word("round.rater_row", **counts)
            )
            seen = _word("round.rater_looked") if one.looked_at else ""
            _print(f"  {line}{seen}")
        if not card.raters:
            _print(f"  {_word('round.nobody')}")
    if not cards:
        _say("round.none")


def write_sheet(
    name: RoundName,
    rater: Rater,
    out: Annotated[Path, typer.Option("--out", help="The workbook to write (XLSX).")],
    home: Home = None,
) -> None:
    """Write a workbook for one rater: their answers in their order, with what they rated already filled in."""
    from coach.evaluation.rating.rating_sheets import write_rating_sheet
    from coach.evaluation.rating.rounds import blind_entries, order_entries
    from coach.store.ratings import clean_rater

    who = clean_rater(rater)
    with _open(home) as desk:
        rating_round = desk.ratings.read_round(desk.ratings.find(name))
        entries = order_entries(rating_round, who)
        runs = [desk.keeping.sets.read_run(run) for run in dict.fromkeys(entry.run_id for entry in entries)]
        given = desk.ratings.list_ratings(rating_round.id, who)
        data = write_rating_sheet(rating_round, who, blind_entries(entries, runs), given)
    write_file(out, data)
    _say("round.sheet", count=len(entries), rater=who, path=out)


def import_ratings(
    name: RoundName,
    file: Annotated[Path, typer.Argument(help="A filled workbook, or another sheet of ratings (XLSX, CSV, JSONL).")],
    rater: Rater = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take over what raters filled in. A cell that is empty takes nothing back; every cell that is not taken is listed."""
    from coach.errors import CoachError
    from coach.evaluation.rating.rating_sheets import merge_ratings, read_rating_sheet
    from coach.evaluation.values import to_values

    with _open(home) as desk:
        rating_round = desk.ratings.read_round(desk.ratings.find(name))
        codes = [entry.code for entry in rating_round.entries]
        read, problems = read_rating_sheet(_read_file(file), rating_round.rubric, file.name, rater, codes)
        if not read:
            raise CoachError(_word("round.nothing_imported", name=file.name, first=_tell_first(problems)))
        merged = merge_ratings(desk.ratings.list_ratings(rating_round.id), read)
        kept = desk.ratings.put_ratings(desk.keeping.person, rating_round.id, merged)
    if as_json:
        write_json({"ratings": [to_values(one) for one in kept], "problems": [to_values(one) for one in problems]})
        return
    names = ", ".join(dict.fromkeys(one.rater for one in kept))
    _say("round.imported", count=len(kept), raters=names)
    _tell_problems(problems)


def show_agreement(
    ratings: Annotated[
        str, typer.Argument(metavar="RATINGS", help="A sheet of ratings (XLSX, CSV, JSONL), or a round's id.")
    ],
    rater: Rater = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show how far raters agree on each dimension, how mild each is, and what they have to settle.

    Of a round that is open, nobody who still rates should see this: whoever knows the others' levels no longer rates alone.
    This command cannot know who reads it, so it notes nothing and keeps nobody from changing levels. It names whoever can
    still change theirs. The page asks raters under their name, and holds them to what they said.
    """
    from coach.errors import CoachError
    from coach.evaluation.rating.agreement import measure_agreement
    from coach.evaluation.values import to_values

    found = _read_ratings(ratings, rater, home)
    if not found.ratings:
        raise CoachError(_word("problem.no_ratings", name=ratings, first=_tell_first(found.problems)))
    agreement = measure_agreement(found.rubric, found.ratings, found.settlements, found.calibrating)
    if as_json:
        told = {"open": found.is_open, "rating": found.rating} if found.is_open is not None else {}
        write_json({**to_values(agreement), **told, "problems": [to_values(one) for one in found.problems]})
        return
    if found.is_open:
        names = ", ".join(found.rating)
        warning = _word("round.still_rating", names=names) if names else _word("round.still_open")
        open_console(errors=True).print(drop_controls(warning), markup=False, soft_wrap=True)
    from coach.evaluation.rating.agreement_text import write_agreement

    open_console().print(write_agreement(found.rubric, found.ratings, agreement), markup=False, soft_wrap=True)
    _tell_problems(found.problems)


def settle(  # noqa: PLR0913 - an argument for each option
    name: RoundName,
    entry: Annotated[str, typer.Argument(help="The answer's code.")],
    dimension: Annotated[str, typer.Argument(help="The dimension's id or title.")],
    level: Annotated[str, typer.Argument(help="The level that was agreed on, or N/A.")],
    by: Annotated[str, typer.Option("--by", help="Who agreed on it.", metavar="NAMES")],
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Settle a difference: the level that holds from now on. The ratings and what was settled before stay as they are."""
    from coach.evaluation.rating.rounds import find_entry
    from coach.evaluation.records import Settlement
    from coach.evaluation.values import to_values

    with _open(home) as desk:
        rating_round = desk.ratings.read_round(desk.ratings.find(name))
        named, value = _read_settled(rating_round.rubric, dimension, level)
        code = find_entry(rating_round, entry).code
        made = desk.ratings.settle(rating_round.id, Settlement(code, named, value, by, note, ""))
    if as_json:
        write_json(to_values(made))
        return
    found = rating_round.rubric.find(named)
    shown = _word("sheet.not_applicable") if value is None else value
    _say("round.settled", dimension=found.title if found else named, entry=code, level=shown)


def close_round(name: RoundName, home: Home = None) -> None:
    """Close a round: it takes no more ratings."""
    with _open(home) as desk:
        closed = desk.ratings.close_round(desk.ratings.find(name))
    _say("round.closed_now", title=closed.title)


def forget_round(
    name: RoundName, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, home: Home = None
) -> None:
    """Delete a round with every rating of it, what was settled and who has looked, for good."""
    from coach.prompts import load_conversation_wording

    with _open(home) as desk:
        card = desk.ratings.read_card(desk.ratings.find(name))
        if not yes:
            told = _word("round.forget", title=card.title, ratings=card.ratings, people=card.people)
            typer.confirm(told, abort=True)
        clean = desk.ratings.delete_round(card.id)
    typer.echo(load_conversation_wording().say("chat.deleted" if clean else "chat.deleted_later"))


# --- what the commands share --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work with."""

    keeping: Keeping
    ratings: RatingStore


@dataclass(frozen=True, slots=True)
class _Found:
    """What agreement is measured on."""

    rubric: Rubric
    ratings: tuple[Rating, ...]
    settlements: tuple[Settlement, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    is_open: bool | None = None
    """Whether it is a round that takes ratings; None of a file."""
    rating: tuple[str, ...] = ()
    """Who can still change levels in it."""
    calibrating: frozenset[str] = frozenset()
    """Answers of it that the raters talked about."""


@contextmanager
def _open(home: Path | None) -> Iterator[_Desk]:
    from coach.assembly import build_discretion
    from coach.store.ratings import RatingStore

    with open_keeping(home) as keeping:
        mask = build_discretion(keeping.store, keeping.settings).mask_note
        yield _Desk(keeping, RatingStore(keeping.store, mask))


def _read_ratings(name: str, rater: str, home: Path | None) -> _Found:
    """Of a file, for which no library is needed, or of a round."""
    path = Path(name)
    if path.is_file() or path.suffix.lower() in (".xlsx", ".csv", ".tsv", ".jsonl"):
        from coach.errors import CoachError
        from coach.evaluation.rating.plain_ratings import read_plain_ratings
        from coach.evaluation.rating.rating_sheets import read_rating_sheet
        from coach.evaluation.rating.rubric import load_rubric

        rubric = load_rubric(load_settings(home).home)
        data, fault = _read_file(path), None
        sheet = _Found(rubric, ())
        try:
            ratings, problems = read_rating_sheet(data, rubric, path.name, rater)
            sheet = _Found(rubric, ratings, problems=problems)
        except CoachError as error:
            fault = error
        if not sheet.ratings:
            # Nothing in it is of our rubric: it may be on a scale of its own.
            with suppress(CoachError):
                plain = read_plain_ratings(data, path.name)
                if plain.is_comparable:
                    return _Found(plain.rubric, plain.ratings, problems=plain.problems)
        if fault is not None:
            raise fault
        return sheet
    from coach.evaluation.rating.rounds import list_calibrating

    with _open(home) as desk:
        rating_round = desk.ratings.read_round(desk.ratings.find(name))
        found = desk.ratings.list_ratings(rating_round.id, rater or None)
        settlements = desk.ratings.list_settlements(rating_round.id)
        is_open = rating_round.closed_at is None
        card = desk.ratings.read_card(rating_round.id)
        rating = tuple(one.rater for one in card.raters if is_open and one.looked_at is None)
        calibrating = list_calibrating(rating_round)
        return _Found(
            rating_round.rubric, found, settlements, is_open=is_open, rating=rating, calibrating=calibrating
        )


def _read_file(path: Path) -> bytes:
    from coach.errors import CoachError

    try:
        return path.read_bytes()
    except OSError as error:
        raise CoachError(f"{path} cannot be read ({error.strerror}). Check its name and folder.") from error


def _read_settled(rubric: Rubric, dimension: str, level: str) -> tuple[str, int | None]:
    from coach.errors import CoachError
    from coach.evaluation.rating.rating_columns import Unread, find_dimension, read_level

    found = find_dimension(rubric, dimension)
    if found is None:
        titles = ", ".join(one.title for one in rubric.dimensions)
        raise CoachError(_word("problem.unknown_dimension", dimension=repr(dimension[:60]), dimensions=titles))
    value = read_level(level, found)
    if value is None or isinstance(value, Unread):
        levels = ", ".join(str(one.value) for one in found.levels)
        raise CoachError(_word("problem.unknown_level", text=level[:60], dimension=found.title, levels=levels))
    return found.id, None if value == "N/A" else value


def _tell_first(problems: Sequence[RowProblem]) -> str:
    lost = [one for one in problems if not one.kept]
    return _tell_problem(lost[0]) if lost else _word("problem.nothing_rated")


def _tell_problems(problems: Sequence[RowProblem]) -> None:
    for problem in problems[:_MOST_TOLD]:
        open_console(errors=True).print(drop_controls(_tell_problem(problem)), markup=False, soft_wrap=True)
    if len(problems) > _MOST_TOLD:
        more = _word("agreement.settle_more", count=len(problems) - _MOST_TOLD)
        open_console(errors=True).print(more, markup=False)


def _tell_problem(problem: RowProblem) -> str:
    name = "round.row_column" if problem.column else "round.row"
    values = {"row": problem.row, **({"column": problem.column} if problem.column else {})}
    return _word("round.problem", place=_word(name, **values), message=problem.message)


def _word(name: str, /, **values: object) -> str:
    from coach.evaluation.rating.rating_wording import load_rating_wording

    return load_rating_wording().say(name, **values)


def _say(name: str, /, **values: object) -> None:
    _print(_word(name, **values))


def _print(text: str) -> None:
    open_console().print(drop_controls(text), markup=False, soft_wrap=True)
