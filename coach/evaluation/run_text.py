"""One run as plain text for a terminal: a run and its numbers in, lines out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from coach.evaluation.records import GATE_KINDS, ItemResult, Run
from coach.evaluation.summary import RunSummary
from coach.prompts import Wording, list_bare, load_checked
from coach.search_copy import shorten

_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "run.head": frozenset({"title", "version", "set", "state"}),
    "run.done": frozenset({"size"}),
    "run.unfinished": frozenset({"done", "size"}),
    "run.overall": frozenset({"passed", "scored", "share"}),
    "run.not_scored": frozenset({"count"}),
    "run.faults": frozenset({"count", "fault"}),
    "run.gates": frozenset({"counts"}),
    "run.time": frozenset({"seconds", "each"}),
    "run.more": frozenset({"count"}),
    **list_bare("run", "no_gates"),
    **{f"gate.{kind}": frozenset({"count"}) for kind in GATE_KINDS},
    **list_bare("table", "measures", "mean", "scored", "passed", "failed", "group", "items", "gates", "unnamed"),
    "list.failures": frozenset({"count"}),
    "list.item": frozenset({"id", "question"}),
}
Say = Callable[..., str]
_MOST_LISTED = 40
_LONGEST_QUESTION = 90


@cache
def load_run_wording(folder: Path | None = None) -> Wording:
    """The wordings of one run.

    Raises:
        PromptFault: as `coach.prompts.load_wording`.
    """
    return load_checked("evaluation.toml", _PLACEHOLDERS, folder)


def write_summary(run: Run, summary: RunSummary, wording: Wording | None = None) -> str:
    """What a run comes to, and what failed."""
    say = (wording or load_run_wording()).say
    whole = run.state == "done"
    state = say("run.done", size=run.size) if whole else say("run.unfinished", done=summary.items, size=run.size)
    lines = [say("run.head", title=run.title, version=run.set_version, set=run.set_name, state=state)]
    scored = summary.passed + summary.failed
    share = name_share(summary.passed / scored) if scored else "–"
    lines.append(say("run.overall", passed=summary.passed, scored=scored, share=share))
    if summary.not_scored:
        lines.append(say("run.not_scored", count=summary.not_scored))
    if summary.faults:
        fault = next(result.fault for result in run.results if result.fault)
        lines.append(say("run.faults", count=summary.faults, fault=fault))
    counted = [say(f"gate.{kind}", count=count) for kind, count in summary.gates if count]
    lines.append(say("run.gates", counts="; ".join(counted)) if counted else say("run.no_gates"))
    answered = summary.items - summary.faults
    if answered:
        each = round(1000 * summary.seconds / answered)
        lines.append(say("run.time", seconds=f"{summary.seconds:.1f}", each=each))
    tables = (_write_measures(summary, say), _write_groups(summary, say), _write_failures(run.results, say))
    return "\n\n".join(["\n".join(lines), *filter(None, tables)])


def _write_measures(summary: RunSummary, say: Say) -> str:
    rows = [[say(f"table.{name}") for name in ("measures", "mean", "scored", "passed", "failed")]]
    for one in summary.measures:
        mean = "–" if one.mean is None else f"{one.mean:.0f}" if one.name == "words" else f"{one.mean:.3f}"
        decides = bool(one.passed or one.failed)
        name = one.name if one.by == "program" else f"{one.name} ({one.by})"
        rows.append([name, mean, str(one.scored), *((str(one.passed), str(one.failed)) if decides else ("", ""))])
    return align(rows)


def _write_groups(summary: RunSummary, say: Say) -> str:
    rows = [[say(f"table.{name}") for name in ("group", "items", "passed", "gates")]]
    rows += [
        [one.name or say("table.unnamed"), str(one.items), str(one.passed), str(one.gates) if one.gates else ""]
        for one in summary.groups
        if one.kind == "type"
    ]
    return align(rows)


def _write_failures(results: Iterable[ItemResult], say: Say) -> str:
    failed = sorted((one for one in results if one.passed is False), key=lambda one: not one.gates)
    if not failed:
        return ""
    lines = [say("list.failures", count=len(failed))]
    for one in failed[:_MOST_LISTED]:
        lines.append("  " + say("list.item", id=one.item.id, question=shorten(one.item.question, _LONGEST_QUESTION)))
        lines += [f"      {reason}" for reason in list_reasons(one)]
    if len(failed) > _MOST_LISTED:
        lines.append("  " + say("run.more", count=len(failed) - _MOST_LISTED))
    return "\n".join(lines)


def list_reasons(result: ItemResult) -> tuple[str, ...]:
    """Why a result did not pass: what no score makes up for, then the scores that were not met."""
    failed = [score.reason for score in result.scores if score.passed is False and score.by == "program"]
    return tuple(dict.fromkeys([*(gate.reason for gate in result.gates), *failed]))


def name_share(share: float) -> str:
    """A share as a whole percentage: 0% only where it is none, and 100% only where it is all."""
    percent = round(100 * share)
    if percent >= 100 and share < 1:
        percent = 99
    return f"{max(percent, 1) if share > 0 else percent}%"


def align(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> str:
    """A table as text: the columns of `left` (of words; -1 is the last) stand left, the others (of figures) right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = {place % len(widths) for place in left}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
