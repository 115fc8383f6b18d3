"""`coach eval`: a set of questions in; scored runs, comparisons, a gate's verdict and reports out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.cli import evaluation_sets, rating
from coach.cli.evaluation_sets import Columns, Keeping, Worksheet, import_sheet, keep_items, open_keeping, read_file
from coach.cli.options import AsJson, Home, find_person, load_settings, open_console, write_file, write_json

if TYPE_CHECKING:
    from coach.evaluation.records import EvaluationItem, EvaluationSet, GateVerdict, Run
    from coach.evaluation.running import Runner
    from coach.records import Receipt
    from coach.store.evaluations import EvaluationStore

eval_app = typer.Typer(
    help="Evaluation sets: ask their questions, score and compare the answers, rate them, write reports.",
    no_args_is_help=True,
)
_USUAL_GATE = Path("evals/gate.toml")
RunName = Annotated[str, typer.Argument(help="A run's id, the beginning of it, or the folder of a run.")]
GateFile = Annotated[
    Path | None,
    typer.Option(
        "--gate",
        help="A gate file such as evals/gate.toml: exit code 1 where it is not passed.",
        show_default="what the whole set asks for on the page Evaluate, if anything",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(eval_app, name="eval")
    evaluation_sets.register(eval_app)
    rating.register(eval_app)


@eval_app.command("run")
def run_set(  # noqa: PLR0913 - an argument for each option
    name: Annotated[
        str, typer.Argument(metavar="SET", help="A CSV, XLSX or JSONL file, or the name or id of a kept set.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for the run, its report and its workbook.", show_default="none"),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Of the run.", show_default="the set and the time")] = "",
    part: Annotated[str, typer.Option("--part", help="Only items of this part, such as held_out.")] = "",
    kind: Annotated[str, typer.Option("--type", help="Only items of this type.")] = "",
    gate: GateFile = None,
    against: Annotated[str, typer.Option("--against", help="An earlier run, to compare with in the report.")] = "",
    judge: Annotated[
        bool, typer.Option("--judge", help="Let the configured language model rate as well; nothing is decided by it.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew where a run of this version was stopped.")] = False,
    columns: Columns = None,
    worksheet: Worksheet = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question of a set and score the answers. A run that was stopped goes on where it was."""
    verdict_gate = _read_gate(gate)
    with _open_runner(home, judge=judge) as (keeping, runner, receipt):
        asked = _find_set(keeping, name, columns or [], worksheet)
        wanted = [item.id for item in _choose(asked, part, kind)]
        before = _read_run(keeping.sets, against) if against else None
        run_id = None if fresh else _find_stopped(keeping.sets, asked, wanted, _name_judge(runner), receipt)
        if run_id is None:
            run_id = keeping.sets.add_run(keeping.person, asked, wanted, title, _name_judge(runner)).id
        _follow(runner, keeping.sets, run_id)
        run = keeping.sets.read_run(run_id)
        verdict = _check(keeping.sets, run, verdict_gate)
        if out is not None:
            _write_folder(keeping, run, out, before, verdict)
    _tell_run(run, verdict, out, as_json)
    _end(verdict)


def _find_set(keeping: Keeping, name: str, columns: list[str], worksheet: str) -> EvaluationSet:
    """A set that is kept, or the version of one that asks what a file asks."""
    path = Path(name)
    if not path.is_file():
        return keeping.sets.read_set(keeping.sets.find_set(name))
    _, imported = import_sheet(keeping, read_file(path, worksheet), columns)
    lost = [problem for problem in imported.problems if not problem.kept]
    console = open_console(errors=True)
    for problem in lost:
        console.print(f"{path.name}, row {problem.row}: {problem.message}", soft_wrap=True, markup=False)
    kept, _ = keep_items(keeping, path.stem, imported.items, imported.problems)
    return kept


def _choose(asked: EvaluationSet, part: str, kind: str) -> tuple[EvaluationItem, ...]:
    """The items that are asked.

    Raises:
        CoachError: there are ready ones, and none of that part and type.
    """
    from coach.errors import CoachError
    from coach.evaluation.running import choose_ready

    ready = choose_ready(asked.items)
    chosen = tuple(item for item in ready if part in ("", item.part) and kind in ("", item.type))
    if ready and not chosen:
        parts, types = (
            ", ".join(sorted({*names} - {""})) for names in zip(*((one.part, one.type) for one in ready), strict=True)
        )
        raise CoachError(
            f"No ready question of “{asked.name}” has this part and type. Parts: {parts or 'none'}. Types: {types or 'none'}."
        )
    return chosen


def _find_stopped(
    sets: EvaluationStore, asked: EvaluationSet, wanted: list[str], judge: str | None, receipt: Receipt
) -> str | None:
    """The newest run of the same items that was not finished, where nothing changed since that answers are made of."""
    from dataclasses import replace

    for card in sets.list_runs(asked.id):
        if card.state == "done" or card.set_version != asked.version or list(sets.list_wanted(card.id)) != wanted:
            continue
        run = sets.read_run(card.id)
        # An answer that no model was asked for names none.
        same = run.receipt is None or replace(run.receipt, model=None) == replace(receipt, model=None)
        if same and run.judge == judge:
            return run.id
    return None


def _name_judge(runner: Runner) -> str | None:
    return runner.judge.name if runner.judge is not None else None


def _follow(runner: Runner, sets: EvaluationStore, run_id: str) -> None:
    """Ask what is open, with a bar on standard error."""
    from rich.progress import track

    run = sets.read_run(run_id)
    open_ones = run.size - sum(not result.fault for result in run.results)
    console = open_console(errors=True)
    if open_ones < run.size:
        console.print(f"{run.size - open_ones} of {run.size} are answered already; going on.", markup=False)
    for _ in track(runner.go_on(run_id), "Asking", total=open_ones, console=console, transient=True):
        pass


def _write_folder(keeping: Keeping, run: Run, out: Path, before: Run | None, verdict: GateVerdict | None) -> None:
    from coach.evaluation.run_files import write_run

    write_run(run, out)
    html, workbook = _write_reports(keeping, run, before, verdict)
    write_file(out / "report.html", html.encode())
    write_file(out / "report.xlsx", workbook)


def _write_reports(keeping: Keeping, run: Run, before: Run | None, verdict: GateVerdict | None) -> tuple[str, bytes]:
    from datetime import datetime

    from coach.evaluation.reports.report import write_report
    from coach.evaluation.reports.report_sheet import write_report_sheet
    from coach.evaluation.reports.reporting import gather
    from coach.store.ratings import RatingStore
    from coach.talk import leave_as_it_is

    told = gather(RatingStore(keeping.store, leave_as_it_is), run, before, verdict)
    made_at = datetime.now().astimezone().isoformat()
    known: dict[str, Any] = {"comparison": told.comparison, "verdict": told.verdict, "rated": told.rated}
    return write_report(run, made_at=made_at, **known), write_report_sheet(run, made_at=made_at, **known)


# --- gate, comparison, report -------------------------------------------------------------------------------------


@eval_app.command("compare")
def compare(
    before: RunName,
    after: RunName,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs, question by question: what became better or worse, and whether that is more than chance."""
    from coach.evaluation.comparison.comparing import compare_runs
    from coach.evaluation.comparison.comparison_wording import load_comparison_wording
    from coach.evaluation.comparison.comparison_writing import comparison_to_object, write_comparison

    comparison = compare_runs(_load_run(before, home), _load_run(after, home))
    if as_json:
        write_json(comparison_to_object(comparison))
        return
    console = open_console()
    text = write_comparison(comparison, load_comparison_wording(), console.width)
    console.print(text, markup=False, soft_wrap=True)


@eval_app.command("gate")
def check(
    name: RunName,
    gate: Annotated[
        Path | None,
        typer.Option(
            "--gate", help="A gate file.", show_default=f"what its set asks for on the page Evaluate, or {_USUAL_GATE}"
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Hold a run against a gate: exit code 1 where a condition is not met."""
    from coach.evaluation.comparison.gate import check_gate
    from coach.evaluation.comparison.own_gate import check_own_gate, find_baseline

    verdict = None
    if gate is None and not Path(name).is_dir():
        with open_keeping(home) as keeping:
            verdict = check_own_gate(keeping.sets, _read_run(keeping.sets, name))
    if verdict is None:
        asked = _read_gate(gate or _USUAL_GATE)
        # Of the library only what a gate names is needed: a folder and a file can be read without one.
        verdict = check_gate(asked, _load_run(name, home), find_baseline(asked, lambda one: _load_run(one, home)))
    _tell_verdict(verdict, as_json)
    _end(verdict)


@eval_app.command("baseline")
def write_baseline_file(
    name: RunName,
    out: Annotated[Path, typer.Option("--out", help="The file that a gate compares with.")],
    home: Home = None,
) -> None:
    """Write what later runs are compared with: verdicts and scores, without answers."""
    from coach.evaluation.run_files import write_baseline

    run = _load_run(name, home)
    write_baseline(run, out)
    typer.echo(f"{len(run.results)} verdicts of “{run.title}”: {out}")


@eval_app.command("report")
def report(
    name: RunName,
    out: Annotated[Path, typer.Option("--out", help="A file to write: .html or .xlsx.")],
    against: Annotated[str, typer.Option("--against", help="An earlier run: its id or folder.")] = "",
    gate: GateFile = None,
    home: Home = None,
) -> None:
    """Write the report of a run: one page for a director, then every question."""
    from coach.errors import UsageError

    kind = out.suffix.lower()
    if kind not in (".html", ".xlsx"):
        raise UsageError("--out names a file that ends with .html or .xlsx.")
    verdict_gate = _read_gate(gate)
    with open_keeping(home) as keeping:
        run = _read_run(keeping.sets, name)
        before = _read_run(keeping.sets, against) if against else None
        html, workbook = _write_reports(keeping, run, before, _check(keeping.sets, run, verdict_gate))
    write_file(out, html.encode() if kind == ".html" else workbook)
    typer.echo(f"{out}")


@eval_app.command("runs")
def list_runs(home: Home = None, as_json: AsJson = False) -> None:
    """List the runs, the newest first."""
    from dataclasses import asdict

    with open_keeping(home) as keeping:
        found = keeping.sets.list_runs()
    if as_json:
        write_json([asdict(one) for one in found])
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("Id", "Run", "Set", "Answered", "State", "Begun"):
        table.add_column(heading, overflow="fold")
    for one in found:
        begun, counted = one.started_at[:16].replace("T", " "), f"{one.done} of {one.size}"
        table.add_row(
            one.id[:8], escape(one.title), f"{escape(one.set_name)} {one.set_version}", counted, one.state, begun
        )
    open_console().print(table if found else "There is no run yet. `coach eval run SET` makes one.")


@eval_app.command("forget")
def delete_run(
    name: Annotated[str, typer.Argument(help="A run's id, or the beginning of it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Delete a run with its answers and what people rated of them, for good."""
    from coach.prompts import load_conversation_wording

    with open_keeping(home) as keeping:
        run = keeping.sets.read_run(keeping.sets.find_run(name))
        if not yes:
            typer.confirm(f"Delete the run “{run.title}” and what people rated of it for good?", abort=True)
        clean = keeping.sets.delete_run(run.id)
    typer.echo(load_conversation_wording().say("chat.deleted" if clean else "chat.deleted_later"))


# --- what the commands share --------------------------------------------------------------------------------------


@contextmanager
def _open_runner(home: Path | None, *, judge: bool) -> Iterator[tuple[Keeping, Runner, Receipt]]:
    from coach.assembly import build_judge, build_runner, open_coach
    from coach.store.evaluations import EvaluationStore

    settings = load_settings(home)
    with open_coach(settings) as coach:
        store = coach.library.store
        sets = EvaluationStore(store)
        keeping = Keeping(settings, store, sets, find_person(store, settings).id)
        chosen = build_judge(coach, settings) if judge else None
        yield keeping, build_runner(coach, sets, chosen), coach.assistant.write_receipt()


def _load_run(name: str, home: Path | None) -> Run:
    """A run from a folder, for which no library is needed, or from the store."""
    from coach.evaluation.run_files import read_run

    if Path(name).is_dir():
        return read_run(Path(name))
    with open_keeping(home) as keeping:
        return keeping.sets.read_run(keeping.sets.find_run(name))


def _read_run(sets: EvaluationStore, name: str) -> Run:
    from coach.evaluation.run_files import read_run

    return read_run(Path(name)) if Path(name).is_dir() else sets.read_run(sets.find_run(name))


def _read_gate(path: Path | None) -> Any:
    from coach.evaluation.comparison.gate_reading import read_gate

    return read_gate(path) if path is not None else None


def _check(sets: EvaluationStore, run: Run, gate: Any) -> GateVerdict | None:
    """A run held to a gate file or, where none is named, to what its set asks for."""
    from coach.evaluation.comparison.gate import check_gate
    from coach.evaluation.comparison.own_gate import check_own_gate, find_baseline

    if gate is None:
        return check_own_gate(sets, run)
    return check_gate(gate, run, find_baseline(gate, lambda one: _read_run(sets, one)))


def _tell_run(run: Run, verdict: GateVerdict | None, out: Path | None, as_json: bool) -> None:
    from dataclasses import asdict

    from coach.evaluation.comparison.gate import verdict_to_object
    from coach.evaluation.summary import summarise

    summary = summarise(run)
    if as_json:
        told = verdict_to_object(verdict) if verdict is not None else None
        write_json({"id": run.id, "title": run.title, "set": run.set_name, "version": run.set_version, "state": run.state,
                    "summary": asdict(summary), "gate": told, "out": str(out) if out else None})  # fmt: skip
        return
    from coach.evaluation.run_text import write_summary

    open_console().print(write_summary(run, summary), markup=False, soft_wrap=True)
    if verdict is not None:
        _tell_verdict(verdict, as_json=False)
    if out is not None:
        typer.echo(f"Report: {out / 'report.html'}")


def _tell_verdict(verdict: GateVerdict, as_json: bool) -> None:
    from coach.evaluation.comparison.comparison_wording import load_comparison_wording
    from coach.evaluation.comparison.gate import verdict_to_object, write_verdict

    if as_json:
        write_json(verdict_to_object(verdict))
    else:
        open_console().print(write_verdict(verdict, load_comparison_wording()), markup=False, soft_wrap=True)


def _end(verdict: GateVerdict | None) -> None:
    if verdict is not None and not verdict.passed:
        raise typer.Exit(1)
