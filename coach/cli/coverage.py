"""`coach coverage`: what the documents do not cover, for the central office, in counts and no person's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import AsJson, Home, drop_controls, find_person, load_settings, write_file, write_json

if TYPE_CHECKING:
    from coach.coverage_report import CoverageReport

_ENDINGS = (".md", ".html", ".csv")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("coverage")(show_coverage)


def show_coverage(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it to a file: .md, .html or .csv.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show which topics the documents do not cover: counts of everybody's questions, for the central office.

    No question and no name is in it, and no number of few people: the rule stands in prompts/coverage.toml.
    """
    from coach.coverage_wording import load_coverage_wording
    from coach.coverage_writing import view_coverage, write_markdown
    from coach.errors import UsageError

    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise UsageError(f"The report can be written as {', '.join(_ENDINGS)}; {out.name} is none of these.")
    report, wording = _make_report(home), load_coverage_wording()
    if out is not None:
        write_file(out, _write(report, out.suffix.lower()))
    if as_json:
        from dataclasses import asdict

        write_json(asdict(report))
    elif out is not None:
        typer.echo(wording.say("report.written", path=out))
    else:
        typer.echo(drop_controls(write_markdown(view_coverage(report, wording))))


def _make_report(home: Path | None) -> CoverageReport:
    from datetime import datetime

    from coach.assembly import build_coverage_reporter, build_discretion, open_library
    from coach.coverage_wording import load_coverage_wording
    from coach.errors import CoachError
    from coach.sentence_vectors import SentenceVectors
    from coach.sharing import SUPERVISOR_ROLE

    settings = load_settings(home)
    with open_library(settings) as library:
        person = find_person(library.store, settings)
        if SUPERVISOR_ROLE not in person.roles:
            raise CoachError(load_coverage_wording().say("report.not_yours", name=person.name))
        vectors = SentenceVectors(library.embedder)
        reporter = build_coverage_reporter(library, vectors, build_discretion(library.store, settings))
        return reporter.report(f"{datetime.now().astimezone():%Y-%m}")


def _write(report: CoverageReport, ending: str) -> bytes:
    from coach.coverage_wording import load_coverage_wording
    from coach.coverage_writing import view_coverage, write_csv, write_markdown

    wording = load_coverage_wording()
    if ending == ".csv":
        return write_csv(report, wording)
    view = view_coverage(report, wording)
    if ending == ".md":
        return write_markdown(view).encode()
    from coach.web.templates import fill

    return fill("coverage_file", view=view).encode()
