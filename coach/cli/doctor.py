"""`coach doctor`: looks at this installation, names what is wrong and how to mend it; and tries the language model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from coach.assistant import Assistant
    from coach.settings import Settings
    from coach.trial import TrialResult, TrialSummary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    home: Home = None,
    try_model: Annotated[
        bool, typer.Option("--try-model", help="Ask the configured language model the starter set, and report.")
    ] = False,
    questions: Annotated[int, typer.Option(min=1, max=1000, help="With --try-model: how many.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Check this installation: packages, models, wording, folders, library."""
    settings = load_settings(home)
    if try_model:
        _try_model(settings, questions, as_json=as_json)
        return
    from dataclasses import asdict

    from coach.diagnosis import examine

    findings = examine(settings)
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


def _try_model(settings: Settings, questions: int, *, as_json: bool) -> None:
    """Whoever stops it gets the report of what was asked until then."""
    from rich.progress import track

    from coach.assembly import build_language_model
    from coach.cli.ingesting import find_default_corpus
    from coach.errors import CoachError
    from coach.trial import choose_items, read_trial, summarise, trial_to_object, try_model

    corpus = find_default_corpus()
    items = choose_items(read_trial(corpus.parent / "evals" / "starter.jsonl"), questions)
    model, unused = build_language_model(settings)
    if model is None:
        raise CoachError(unused or "No language model is configured. Set COACH_MODEL, such as ollama:llama3.1.")
    results: list[TrialResult] = []
    stopped = False
    with _open_trial(settings, corpus) as assistant:
        console = open_console(errors=True)
        try:
            asked = try_model(assistant, items)
            for result in track(asked, f"Asking {model.name}", total=len(items), console=console, transient=True):
                results.append(result)
        except KeyboardInterrupt:
            stopped = True
    if as_json:
        write_json(trial_to_object(results))
    else:
        _render_trial(model.name, summarise(results), open_console())
    if stopped:
        raise typer.Exit(130)


@contextmanager
def _open_trial(settings: Settings, corpus: Path) -> Iterator[Assistant]:
    """An assistant on a library of the starter texts alone, which goes when the trial ends."""
    import tempfile
    from dataclasses import replace

    from coach.assembly import build_readers, open_coach, open_library
    from coach.ingest import Ingest

    with tempfile.TemporaryDirectory(prefix="coach-trial-") as folder:
        own = replace(settings, home=Path(folder))
        with open_library(own, "coach doctor") as library, build_readers(own) as readers:
            Ingest(library, readers, file_megabytes=own.file_megabytes, notify=lambda _: None).run([corpus])
        with open_coach(own, consented=settings) as coach:
            yield coach.assistant


def _render_trial(name: str, summary: TrialSummary, console: Console) -> None:
    from rich.markup import escape

    written = summary.kept + summary.replaced + summary.cut
    lines = [
        f"[bold]{escape(name)}[/bold], {summary.questions} questions of the starter set",
        f"  outcomes right        {summary.outcomes_right} of {summary.questions}",
        f"  asked the model       {summary.asked} (the others need none)",
        f"  answers it wrote      {summary.written} of {summary.asked}",
        f"  sentences kept        {summary.kept} of {written}",
        f"  replaced by a quote   {summary.replaced}",
        f"  left out              {summary.cut}",
    ]
    if summary.seconds is not None:
        first = "none" if summary.first_seconds is None else f"{summary.first_seconds} s"
        lines.append(f"  first statement       {first} (median)")
        lines.append(f"  whole answer          {summary.seconds} s (median), {summary.longest_seconds} s (longest)")
    for line in (*lines, *_list_counts("Why sentences were refused", summary.reasons)):
        console.print(line, soft_wrap=True)
    for line in _list_counts("Answers that the model did not write", summary.fallbacks):
        console.print(line, soft_wrap=True)


def _list_counts(heading: str, counts: Sequence[tuple[str, int]]) -> list[str]:
    from rich.markup import escape

    return [heading, *(f"  {count:>4}  {escape(text)}" for text, count in counts)] if counts else []
