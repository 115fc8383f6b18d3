"""Runs as files: a run in, a folder with its head and results out, or the one file that a gate compares with; and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coach.errors import CoachError
from coach.evaluation.records import ItemResult, Run
from coach.evaluation.values import from_values, to_values

RUN_NAME, RESULTS_NAME = "run.json", "results.jsonl"


def write_run(run: Run, folder: Path) -> None:
    """Write a run into a folder, which is made where there is none; files of an earlier run in it are replaced.

    Raises:
        CoachError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUN_NAME).write_text(_to_json(_describe(run), indent=2) + "\n", "utf-8", newline="\n")
        _write_lines(folder / RESULTS_NAME, run.results)
    except OSError as error:
        raise CoachError(f"{folder} cannot be written ({error.strerror}). Name another folder.") from error


def read_run(folder: Path) -> Run:
    """A run from the folder that `write_run` wrote.

    Raises:
        CoachError: there is none, or it cannot be read.
    """
    heads = list(_read_lines(folder / RUN_NAME, whole=True))
    run = from_values(Run, heads[0], f"the run in {folder}")
    return _add_results(run, _read_lines(folder / RESULTS_NAME), f"the results in {folder}")


def write_baseline(run: Run, path: Path) -> None:
    """Write what later runs are compared with: verdicts and scores, without answers, reasons and times.

    Raises:
        CoachError: it cannot be written.
    """
    lines = [_describe(replace(run, started_at="", finished_at=None)), *(to_values(_slim(one)) for one in run.results)]
    try:
        path.write_text("".join(_to_json(line) + "\n" for line in lines), "utf-8", newline="\n")
    except OSError as error:
        raise CoachError(f"{path} cannot be written ({error.strerror}). Name another file.") from error


def read_baseline(path: Path) -> Run:
    """A run from the file that `write_baseline` wrote; its results have no answers.

    Raises:
        CoachError: there is none, or it cannot be read.
    """
    head, *results = _read_lines(path) or [{}]
    run = from_values(Run, head, f"the baseline {path}")
    return _add_results(run, results, f"the baseline {path}")


def _add_results(run: Run, values: Sequence[Any], what: str) -> Run:
    results = from_values(tuple[ItemResult, ...], tuple(values), what)
    if len({result.item.id for result in results}) < len(results):
        raise CoachError(
            f"{what[:1].upper()}{what[1:]} hold an item twice, so that it would count twice. Write them anew."
        )
    return replace(run, results=results)


def _describe(run: Run) -> dict[str, Any]:
    described: dict[str, Any] = to_values(replace(run, results=()))
    del described["results"]
    return described


def _slim(result: ItemResult) -> ItemResult:
    item = replace(result.item, ideal="", notes=(), owner="")
    scores = tuple(replace(one, reason="", matches=()) for one in result.scores if one.by == "program")
    return replace(result, item=item, answer=None, earlier=(), retrieved=(), scores=scores, seconds=0.0)


def _write_lines(path: Path, results: tuple[ItemResult, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as sink:
        sink.writelines(_to_json(to_values(one)) + "\n" for one in results)


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _read_lines(path: Path, *, whole: bool = False) -> list[Any]:
    try:
        text = path.read_text("utf-8")
        return [json.loads(text)] if whole else list(_parse(text))
    except OSError as error:
        raise CoachError(f"{path} cannot be read ({error.strerror}). Name a run's id, or the folder of one.") from error
    except (ValueError, RecursionError) as error:
        raise CoachError(f"{path} is no run of Coach, or is damaged ({error}).") from error


def _parse(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.split("\n") if line.strip())
