"""`coach library`: list, show, remove, verify and rebuild what Coach answers from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json
from coach.cli.practices import describe_flagged

if TYPE_CHECKING:
    from coach.library import Library
    from coach.records import DocumentCard

_NUMBERS = ("Pages", "Passages")
library_app = typer.Typer(help="List, show, remove, verify and rebuild the library.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The document's file name, or the first six characters of its id.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(library_app, name="library")


@library_app.command("list")
def list_documents(home: Home = None, as_json: AsJson = False) -> None:
    """List the documents."""
    from coach.assembly import open_library

    with open_library(load_settings(home), any_model=True) as library:
        cards = library.store.list_documents()
    if as_json:
        write_json([asdict(card) for card in cards])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Document", "Title", "Year", "Pages", "Passages"):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, justify="right" if heading in _NUMBERS else "left")
    for card in cards:
        year, pages = str(card.metadata.year or ""), str(card.pages or "")
        table.add_row(card.id[:8], escape(card.name), escape(card.title), year, pages, str(card.passages))
    console = open_console()
    console.print(table if cards else "The library holds no documents yet. Run `coach ingest FOLDER`.")


@library_app.command("show")
def show_document(name: Name, home: Home = None, as_json: AsJson = False) -> None:
    """Show what is known of a document, and its passages."""
    from coach.assembly import open_library

    with open_library(load_settings(home), any_model=True) as library:
        card = _find(library, name)
        passages = library.store.list_document_passages(card.id)
        hidden = library.store.read_hidden(card.id)
    if as_json:
        places = [{**asdict(stored.passage), "text": stored.text} for stored in passages]
        write_json({**asdict(card), "hidden": [asdict(one) for one in hidden], "passage_list": places})
        return
    from rich.markup import escape

    from coach.search_copy import shorten

    console = open_console()
    console.print(f"[bold]{escape(card.title)}[/bold]")
    for key, value in asdict(card.metadata).items():
        if value and key != "title":
            shown = value if isinstance(value, str) else ", ".join(map(str, value))
            console.print(f"  {key:<10} {escape(shown)}", soft_wrap=True)
    console.print(f"  {'file':<10} {escape(card.path)} ({card.kind}, {card.size:,} bytes)", soft_wrap=True)
    for note in card.notes:
        console.print(f"  {'note':<10} {escape(note)}")
    for one in hidden:
        place = f"page {one.page}, " if one.page else ""
        console.print(f"  {'unseen':<10} {place}{one.why}: {escape(shorten(one.text))}", soft_wrap=True)
    for stored in passages:
        page = f"page {stored.passage.page_label or stored.passage.page}, " if stored.passage.page else ""
        place = f"{page}{stored.passage.start}-{stored.passage.end}"
        console.print(f"\n[dim]{stored.passage.label}  {place}  {escape(' > '.join(stored.passage.section))}[/dim]")
        console.print(f"  {escape(shorten(stored.text, 300))}")


@library_app.command("remove")
def remove_document(
    name: Name,
    home: Home = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a document out for good; afterwards none of it is in any byte of the data folder."""
    from coach.added import name_what_stays, take_out
    from coach.assembly import open_library
    from coach.practices.checking import PracticeShelf

    with open_library(load_settings(home), "coach library remove", any_model=True) as library:
        card = _find(library, name)
        if not yes:
            typer.confirm(f"Remove {card.name} ({card.passages} passages) from the library for good?", abort=True)
        take_out(library, card)
        clean = library.settle()
        stays = name_what_stays(library, card)
        flagged = [one for one in PracticeShelf(library.store).list() if one.gone]
    console = open_console()
    console.print(f"Removed {card.name}.", markup=False)
    for line in describe_flagged(flagged):
        console.print(line, markup=False, soft_wrap=True)
    if not clean:
        console.print("Another process is reading the library: its bytes are cleared at the next ingest or removal.")
    if stays:
        console.print(stays, markup=False, soft_wrap=True)


@library_app.command("verify")
def verify(home: Home = None, as_json: AsJson = False) -> None:
    """Check every part of the library, the vector index by asking it for passages that it must find."""
    from coach.assembly import open_library

    with open_library(load_settings(home), "coach library verify") as library:
        findings = library.verify()
    if as_json:
        write_json([asdict(finding) for finding in findings])
    else:
        from rich.markup import escape

        console = open_console()
        for finding in findings:
            sign = "[green]ok [/green]" if finding.sound else "[red]bad[/red]"
            console.print(f"{sign} {finding.part:<10} {escape(finding.message)}", soft_wrap=True)
    if not all(finding.sound for finding in findings):
        raise typer.Exit(1)


@library_app.command("rebuild")
def rebuild(
    home: Home = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Embed the stored text anew with the model that is set.")
    ] = False,
) -> None:
    """Make the word index and the vector index anew from the store; the documents are not needed."""
    from rich.progress import Progress

    from coach.assembly import open_library

    console = open_console(errors=True)
    with (
        open_library(load_settings(home), "coach library rebuild", any_model=embed) as library,
        Progress(console=console, transient=True) as progress,
    ):
        if embed:
            task = progress.add_task(f"Embedding with {library.embedder.name}", total=None)
            library.embed_anew(lambda done, total: progress.update(task, completed=done, total=total))
        task = progress.add_task("Making the index", total=None)
        library.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
        passages = library.store.count_passages()
    open_console().print(f"Both indexes were made anew from {passages} passages.")


def _find(library: Library, name: str) -> DocumentCard:
    from coach.errors import CoachError

    card = library.store.find_document(name)
    if card is None:
        raise CoachError(f"The library has no single document called {name!r}. `coach library list` shows them all.")
    return card
