"""`coach doctor`: looks at this installation, names what is wrong and how to mend it."""

from __future__ import annotations

import typer

from coach.cli.options import AsJson, Home, load_settings, open_console, write_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Check this installation: packages, model, wording, folders, library."""
    from dataclasses import asdict

    from coach.diagnosis import examine

    findings = examine(load_settings(home))
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
