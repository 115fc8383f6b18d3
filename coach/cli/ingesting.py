"""`coach ingest`: files and folders in, one line for each file that was not simply unchanged out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json
from coach.cli.practices import describe_flagged, describe_practices, flagged_to_object

if TYPE_CHECKING:
    from rich.console import Console

    from coach.ingest import FileResult, IngestReport, Progress
    from coach.practices.loading import PracticeReport

_SIGNS = {
    "added": "[green]+[/green]",
    "updated": "[green]~[/green]",
    "moved": "[cyan]>[/cyan]",
    "removed": "[yellow]-[/yellow]",
    "duplicate": "[yellow]=[/yellow]",
    "failed": "[red]![/red]",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders. Default: the project's corpus/.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Remove documents even where a folder holds none at all now.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Read every file anew, changed or not.")] = False,
) -> None:
    """Bring the library level with files or folders: add, update and remove.

    Reads PDF, Word (.docx), HTML, Markdown and plain text. An unchanged file costs next to nothing; after Ctrl-C the
    next run goes on. NAME.meta.toml beside a file states its title, authors and so on.
    """
    from coach.assembly import build_readers, open_library
    from coach.ingest import Ingest

    settings = load_settings(home)
    chosen = paths or [find_default_corpus()]
    with (
        open_library(settings, "coach ingest") as library,
        build_readers(settings) as readers,
        _ProgressBar(quiet=as_json) as bar,
    ):
        run = Ingest(library, readers, file_megabytes=settings.file_megabytes, notify=bar.show)
        report = run.run(chosen, allow_empty=allow_empty, again=again)
    if as_json:
        write_json(_report_to_object(report))
    else:
        _render(report, open_console())
    if report.stopped or report.count("failed") or (report.practices and report.practices.failed):
        raise typer.Exit(1)


def find_default_corpus() -> Path:
    """The `corpus/` of this checkout.

    Raises:
        CoachError: Coach was installed as a package, which brings no study texts.
    """
    import coach
    from coach.errors import CoachError

    checkout = Path(coach.__file__).parents[1]
    corpus = checkout / "corpus"
    if not (corpus.is_dir() and (checkout / "pyproject.toml").is_file()):
        raise CoachError(
            "There is no corpus/ beside this installation. Name a folder with your documents: `coach ingest FOLDER`."
        )
    return corpus


class _ProgressBar:
    """One bar over all files; the file at hand beside it."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[file]}", markup=False),
            console=open_console(errors=True),
            transient=True,
            disable=quiet,
        )
        self._task = self._progress.add_task("Looking at files", total=None, file="")

    def __enter__(self) -> _ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        names = {"reading": "Reading", "embedding": "Embedding", "done": "Reading", "index": "Updating the index"}
        self._progress.update(
            self._task,
            description=names[progress.phase],
            completed=progress.done,
            total=progress.total or None,
            file=progress.name,
        )


def _render(report: IngestReport, console: Console) -> None:
    from rich.markup import escape

    for result in report.results:
        if result.change != "unchanged":
            console.print(f" {_SIGNS[result.change]} {escape(_describe(result))}", soft_wrap=True)
    from coach.ingest import CHANGES

    counts = ", ".join(f"{report.count(change)} {change}" for change in CHANGES if report.count(change))
    console.print(f"[bold]{counts or 'No documents found.'}[/bold]")
    if report.practices is not None:
        _render_practices(report.practices, console)
    if report.stopped:
        console.print("Stopped. What is listed is done; run the same command to go on.")
    if not report.clean:
        console.print("Another process is reading the library: bytes of removed documents are cleared at the next run.")


def _render_practices(report: PracticeReport, console: Console) -> None:
    from rich.markup import escape

    for result in report.files:
        if result.change != "unchanged" or result.message:
            count = f" ({result.practices} practice{'' if result.practices == 1 else 's'})" if result.practices else ""
            line = f"{result.name}: {result.change}{count}. {result.message}".strip()
            console.print(f" {_SIGNS.get(result.change, '[yellow]=[/yellow]')} {escape(line)}", soft_wrap=True)
    if report.checked:
        quotes = sum(len(one.practice.quotes) for one in report.checked)
        console.print(f"[bold]{describe_practices(len(report.checked), report.quotes, quotes)}[/bold]")
    for line in describe_flagged(report.flagged):
        console.print(f" [red]![/red] {escape(line)}", soft_wrap=True)


def _describe(result: FileResult) -> str:
    size = []
    if result.pages:
        size.append(f"{result.pages} page{'s' if result.pages > 1 else ''}")
    if result.passages:
        size.append(f"{result.passages} passage{'s' if result.passages > 1 else ''}")
    parts = [result.name, f"{result.change}{' (' + ', '.join(size) + ')' if size else ''}"]
    return ": ".join(parts) + (f". {result.message}" if result.message else "")


def _report_to_object(report: IngestReport) -> dict[str, object]:
    from dataclasses import asdict

    from coach.ingest import CHANGES

    return {
        "counts": {change: report.count(change) for change in CHANGES},
        "stopped": report.stopped,
        "clean": report.clean,
        "files": [asdict(result) for result in report.results],
        "practices": _practices_to_object(report.practices) if report.practices else None,
    }


def _practices_to_object(report: PracticeReport) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "count": len(report.checked),
        "quotes_verified": report.quotes,
        "flagged": [flagged_to_object(one) for one in report.flagged],
        "files": [asdict(result) for result in report.files],
    }
