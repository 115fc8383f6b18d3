"""`coach eval sets` and what belongs to them: a trainer's sheet in, a kept set with versions out, and back into sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, find_person, load_settings, open_console, write_file, write_json

if TYPE_CHECKING:
    from coach.evaluation.records import EvaluationItem, EvaluationSet, RowProblem
    from coach.evaluation.sheets.columns import Mapping
    from coach.evaluation.sheets.importing import Imported
    from coach.evaluation.sheets.records import Sheet
    from coach.settings import Settings
    from coach.store.evaluations import EvaluationStore
    from coach.store.store import Store

SetName = Annotated[str, typer.Argument(help="The set's name, or the beginning of its id.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="HEADER=FIELD, where a column is read wrongly; `--preview` names both. May be given again."
    ),
]
Worksheet = Annotated[
    str, typer.Option("--worksheet", help="Of a workbook.", show_default="the one with the questions")
]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the commands work with."""

    settings: Settings
    store: Store
    sets: EvaluationStore
    person: str


@contextmanager
def open_keeping(home: Path | None) -> Iterator[Keeping]:
    """The store of evaluation, for the time of the block.

    Raises:
        LibraryEmpty: there is no library yet.
    """
    from coach.assembly import open_store
    from coach.store.evaluations import EvaluationStore

    settings = load_settings(home)
    with open_store(settings) as store:
        yield Keeping(settings, store, EvaluationStore(store), find_person(store, settings).id)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sets")(list_sets)
    app.command("import")(import_set)
    app.command("show")(show_set)
    app.command("lock")(lock_set)
    app.command("draft")(draft_set)
    app.command("export")(export_set)
    app.command("delete")(delete_set)


def list_sets(home: Home = None, as_json: AsJson = False) -> None:
    """List the sets, the last changed first."""
    from dataclasses import asdict

    with open_keeping(home) as keeping:
        found = keeping.sets.list_sets()
    if as_json:
        write_json([asdict(one) for one in found])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Set", "Version", "Items", "Changed"):
        table.add_column(heading, justify="right" if heading in ("Version", "Items") else "left", overflow="fold")
    for one in found:
        locked = " locked" if one.locked_at else ""
        changed = one.changed_at[:16].replace("T", " ")
        table.add_row(one.id[:8], escape(one.name), f"{one.version}{locked}", str(one.items), changed)
    open_console().print(table if found else "There is no set yet. `coach eval import FILE` brings one in.")


def import_set(  # noqa: PLR0913 - an argument for each option
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or JSONL file.")],
    name: Annotated[str, typer.Option("--name", help="Of the set.", show_default="the file's name")] = "",
    columns: Columns = None,
    worksheet: Worksheet = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show which column is what, and keep nothing.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Bring a sheet in: as a new set, or as the next version of the one with its name."""
    with open_keeping(home) as keeping:
        sheet = read_file(file, worksheet)
        mapping, imported = import_sheet(keeping, sheet, columns or ())
        if not preview:
            kept, is_new = keep_items(keeping, name or file.stem, imported.items, imported.problems)
    if as_json:
        from coach.evaluation.values import to_values

        write_json({"columns": to_values(mapping)["columns"], **to_values(imported)})
        return
    show_import(sheet, mapping, imported)
    if not preview:
        told = "Kept as" if is_new else "There already, as"
        typer.echo(f"{told} version {kept.version} of the set “{kept.name}” ({kept.id[:8]}).")


def read_file(path: Path, worksheet: str = "") -> Sheet:
    """A sheet from a file.

    Raises:
        CoachError: it cannot be read.
    """
    from coach.errors import CoachError
    from coach.evaluation.sheets.tables import read_sheet

    try:
        data = path.read_bytes()
    except OSError as error:
        raise CoachError(f"{path} cannot be read ({error.strerror}). Name a CSV, XLSX or JSONL file.") from error
    return read_sheet(data, path.name, worksheet or None)


def import_sheet(keeping: Keeping, sheet: Sheet, columns: Sequence[str] = ()) -> tuple[Mapping, Imported]:
    """How a sheet is read, as the person says where they say so, and its items.

    Raises:
        CoachError: a column that was named is none of the sheet's, or a field is unknown.
    """
    from coach.assembly import build_discretion
    from coach.evaluation.sheets.columns import change_mapping, parse_changes, propose_mapping
    from coach.evaluation.sheets.importing import import_items

    mapping = change_mapping(propose_mapping(sheet), parse_changes(columns))
    return mapping, import_items(sheet, mapping, build_discretion(keeping.store, keeping.settings).mask_note)


def keep_items(
    keeping: Keeping, name: str, items: tuple[EvaluationItem, ...], problems: tuple[RowProblem, ...] = ()
) -> tuple[EvaluationSet, bool]:
    """The version of a set that asks exactly these items, and whether it was made for them.

    Raises:
        CoachError: there are no items, or the name cannot be one.
    """
    from coach.errors import CoachError
    from coach.evaluation.values import digest_items

    if not items:
        raise CoachError("No row of this sheet is a question. `--preview` shows how its columns were read.")
    known = next((one for one in keeping.sets.list_sets() if one.name == " ".join(name.split())), None)
    if known is None:
        return keeping.sets.add_set(keeping.person, name, items, problems), True
    digest = digest_items(items)
    for version in keeping.sets.list_versions(known.id):
        if version.digest == digest:
            return keeping.sets.read_set(known.id, version.version), False
    # Locked, so that a sheet makes the next version: what somebody wrote in an open one is never overwritten by a file.
    newest = keeping.sets.lock(known.id, known.version)
    return keeping.sets.save_items(newest, items, problems), True


def show_import(sheet: Sheet, mapping: Mapping, imported: Imported) -> None:
    """Which column was read as what, what became of each row, and what is wrong with some."""
    from rich.markup import escape
    from rich.table import Table

    console = open_console()
    for note in sheet.remarks:
        console.print(escape(note), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for heading in ("Column", "Read as", "For example", "Why"):
        table.add_column(heading, overflow="fold")
    for column in mapping.columns:
        sample = next((text for text in column.samples if text), "")
        table.add_row(
            escape(column.header or column.letter), column.field or "-", escape(sample[:40]), escape(column.why)
        )
    if mapping.columns:
        console.print(table)
    joined = imported.count("joined")
    more = f", {joined} that go on with the row above" if joined else ""
    console.print(
        f"{len(imported.rows)} rows: {imported.count('item')} with questions ({len(imported.items)} items){more}, "
        f"{imported.count('heading')} with headings, {imported.count('blank')} blank, {imported.count('refused')} not kept."
    )
    for problem in imported.problems:
        place = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
        console.print(f"  {escape(place)}: {escape(problem.message)}", soft_wrap=True)


def show_set(
    name: SetName,
    version: Annotated[int | None, typer.Option("--version", help="An earlier one.", show_default="the newest")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show a set, question by question, and what was wrong with its rows."""
    from coach.evaluation.values import to_values

    with open_keeping(home) as keeping:
        found = keeping.sets.read_set(keeping.sets.find_set(name), version)
        problems = keeping.sets.read_problems(found.id, found.version)
        versions = keeping.sets.list_versions(found.id)
    if as_json:
        write_json({**to_values(found), "problems": [to_values(one) for one in problems]})
        return
    from rich.markup import escape

    console = open_console()
    locked = f", locked since {found.locked_at[:10]}" if found.locked_at else ", open"
    console.print(f"[bold]{escape(found.name)}[/bold], version {found.version} of {versions[0].version}{locked}")
    for item in found.items:
        told = ", ".join(filter(None, (item.role, item.type, item.topic, "/".join(item.outcomes), item.status)))
        console.print(f"  {escape(item.id):<6} {escape(item.question or '(no question yet)')}", soft_wrap=True)
        console.print(f"         {escape(told)}", soft_wrap=True)
    for problem in problems:
        console.print(f"  row {problem.row}: {escape(problem.message)}", soft_wrap=True)


def lock_set(name: SetName, home: Home = None) -> None:
    """Close the newest version of a set: a change makes the next one. A run does the same."""
    with open_keeping(home) as keeping:
        found = keeping.sets.read_set(keeping.sets.find_set(name))
        locked = keeping.sets.lock(found.id, found.version)
    typer.echo(f"Version {locked.version} of “{locked.name}” is locked.")


def draft_set(
    name: Annotated[str, typer.Argument(help="The set's name; where there is none such, it is made.")],
    count: Annotated[int, typer.Option("--count", min=1, max=500, help="Of drafts, at most.")] = 20,
    home: Home = None,
) -> None:
    """Add drafts for passages that no question of the set covers; the questions are yours to write."""
    from coach.errors import CoachError
    from coach.evaluation.draft_cases import draft_cases

    with open_keeping(home) as keeping:
        wanted = name.strip()
        known = any(one.name == wanted or (wanted and one.id.startswith(wanted)) for one in keeping.sets.list_sets())
        found = keeping.sets.read_set(keeping.sets.find_set(name)) if known else None
        drafts = draft_cases(keeping.store, found.items if found else (), count)
        if not drafts:
            raise CoachError("Every passage of the library is covered by a question of this set.")
        if found is None:
            found = keeping.sets.add_set(keeping.person, name, drafts)
        else:
            found = keeping.sets.save_items(found, (*found.items, *drafts))
    typer.echo(
        f"{len(drafts)} drafts in version {found.version} of “{found.name}”. Export it, write the questions, import it."
    )


def export_set(
    name: SetName,
    out: Annotated[Path, typer.Option("--out", help="A file to write: .xlsx, .csv or .jsonl.")],
    version: Annotated[int | None, typer.Option("--version", help="An earlier one.", show_default="the newest")] = None,
    ragas: Annotated[bool, typer.Option("--ragas", help="JSONL with the column names of ragas.")] = False,
    home: Home = None,
) -> None:
    """Write a set as a workbook, as CSV or as JSON Lines."""
    from coach.errors import UsageError
    from coach.evaluation.sheets.exporting import write_csv, write_jsonl, write_ragas, write_xlsx

    writers = {".xlsx": write_xlsx, ".csv": write_csv, ".jsonl": write_ragas if ragas else write_jsonl}
    if out.suffix.lower() not in writers or (ragas and out.suffix.lower() != ".jsonl"):
        raise UsageError(f"--out names a file that ends with {', '.join(writers)}; --ragas writes .jsonl.")
    with open_keeping(home) as keeping:
        found = keeping.sets.read_set(keeping.sets.find_set(name), version)
    write_file(out, writers[out.suffix.lower()](found.items))
    typer.echo(f"{len(found.items)} items of “{found.name}”, version {found.version}: {out}")


def delete_set(
    name: SetName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Delete a set with its versions, its runs and what people rated of them, for good."""
    from coach.prompts import load_conversation_wording

    with open_keeping(home) as keeping:
        found = keeping.sets.read_set(keeping.sets.find_set(name))
        runs = len(keeping.sets.list_runs(found.id))
        if not yes:
            typer.confirm(
                f"Delete “{found.name}” with every version, its {runs} runs and what people rated of them for good?",
                abort=True,
            )
        clean = keeping.sets.delete_set(found.id)
    typer.echo(load_conversation_wording().say("chat.deleted" if clean else "chat.deleted_later"))
