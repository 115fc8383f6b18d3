"""Writes a comparison for the terminal and for programs: a Comparison in, plain text or JSON values out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from coach.evaluation.records import Comparison, GroupChange, ItemChange, ItemResult, MeasureChange, Run
from coach.evaluation.run_text import name_share
from coach.evaluation.values import to_values
from coach.metadata import drop_unshown
from coach.prompts import Wording

_WIDTH = 100
_LEAST_WIDTH = 40
_TWO_COLUMNS = 72  # below that, the answers stand one below the other
_MOST_SHOWN = 5  # items side by side; the others are named
_MOST_LINES = 10  # of an answer
_MOST_IDS = 12
LEAST_OF_TOPIC = 3
"""Smaller topics have no row in the text; the comparison itself and its JSON values hold them all."""
_WIDE = 100  # below that, tables have their most telling columns only
_GROUP_COLUMNS = ("items", "passed_before", "passed_after", "better", "worse", "gates_before", "gates_after")
_GROUP_COLUMNS_NARROW = ("items", "passed_before", "passed_after", "gates_after")
_MEASURE_COLUMNS = ("name", "items", "before", "after", "change", "interval", "better", "worse", "p", "verdict")
_MEASURE_COLUMNS_NARROW = ("name", "items", "before", "after", "verdict")
_VERDICTS = {"better": "better", "worse": "worse", "no clear difference": "unclear"}


def write_comparison(comparison: Comparison, wording: Wording, width: int = _WIDTH) -> str:
    """A comparison as plain text, gate failures first.

    Args:
        comparison: of two runs.
        wording: as `load_comparison_wording` gives it.
        width: of the terminal, in columns.
    """
    writer = _Writer(wording, max(width, _LEAST_WIDTH))
    parts = (
        writer.write_head(comparison),
        writer.write_overall(comparison),
        writer.write_gates(comparison),
        writer.write_pass_to_fail(comparison),
        writer.write_others(comparison),
        *writer.write_groups(comparison.groups),
        writer.write_measures(comparison.measures),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


class _Writer:
    def __init__(self, wording: Wording, width: int) -> None:
        self._wording = wording
        self._width = width

    def _say(self, name: str, /, **values: object) -> str:
        return self._wording.say(name, **{key: drop_unshown(str(value)) for key, value in values.items()})

    def _list(self, ids: Sequence[str]) -> str:
        named = ", ".join(ids[:_MOST_IDS])
        return f"{named} {self._say('head.more', count=len(ids) - _MOST_IDS)}" if len(ids) > _MOST_IDS else named

    # --- what is compared ---------------------------------------------------------------------------------------

    def write_head(self, comparison: Comparison) -> str:
        before, after = comparison.before, comparison.after
        lines = [
            self._say("head.runs", before=before.title, after=after.title),
            self._say("head.items", count=len(comparison.items)),
            *(
                self._say("head.unfinished", title=run.title, done=len(run.results), size=run.size)
                for run in (before, after)
                if is_unfinished(run)
            ),
            *self._name_left_out("head.changed", comparison.changed_items),
            *self._name_left_out("head.only_before", comparison.only_before, title=before.title),
            *self._name_left_out("head.only_after", comparison.only_after, title=after.title),
            *self._write_receipts(comparison),
        ]
        return self._fold(lines)

    def _name_left_out(self, name: str, ids: Sequence[str], **values: str) -> Iterator[str]:
        if ids:
            yield self._say(name, count=len(ids), ids=self._list(ids), **values)

    def _write_receipts(self, comparison: Comparison) -> Iterator[str]:
        yield self._say("receipt.heading" if comparison.receipts else "receipt.same")
        none = self._say("receipt.none")
        for change in comparison.receipts:
            part = self._say(f"receipt.{change.part}")
            yield "  " + self._say("receipt.line", part=part, before=change.before or none, after=change.after or none)

    # --- overall ------------------------------------------------------------------------------------------------

    def write_overall(self, comparison: Comparison) -> str:
        passed = find_decider(comparison)
        new = sum(len(change.new_gates) for change in comparison.items)
        first = [self._say("overall.new_gates", count=new)] if new else []
        if passed is None:
            return self._fold([*first, self._say("overall.nothing")])
        counts = {"items": passed.items, "better": passed.better, "worse": passed.worse}
        shares = {"before": name_share(passed.before), "after": name_share(passed.after)}
        lines = [
            *first,
            self._say(f"overall.{_VERDICTS[passed.verdict]}"),
            self._say("overall.passed", **shares, **counts),
            self._say_how_sure(passed),
        ]
        return self._fold(lines)

    def _say_how_sure(self, passed: MeasureChange) -> str:
        if passed.p_value is None:
            return self._say("overall.nothing_differs")
        difference, p_value = _points(passed.after - passed.before), write_p(passed.p_value)
        if passed.interval is None:
            return self._say("overall.no_interval", difference=difference, p=p_value)
        low, high = _points(passed.interval.low), _points(passed.interval.high)
        return self._say("overall.how_sure", difference=difference, low=low, high=high, p=p_value)

    # --- items --------------------------------------------------------------------------------------------------

    def write_gates(self, comparison: Comparison) -> str:
        before = sum(len(change.before.gates) for change in comparison.items)
        failing = [change for change in comparison.items if change.after.gates]
        count = sum(len(change.after.gates) for change in failing)
        if not failing:
            return self._say("list.gates_none", before=before)
        new = [change for change in failing if change.new_gates]
        known = [change for change in failing if not change.new_gates]
        parts = [self._say("list.gates", count=count, before=before, new=sum(len(one.new_gates) for one in new))]
        parts += self._show_items(new, gates=True)
        parts += (
            [self._fold(line for change in known[:_MOST_IDS] for line in self._name_gates(change))] if known else []
        )
        parts += self._name_not_shown(known[_MOST_IDS:])
        return "\n\n".join(parts)

    def _name_gates(self, change: ItemChange) -> Iterator[str]:
        for failure in change.after.gates:
            state = self._say("list.gate_new" if failure in change.new_gates else "list.gate_old")
            kind = self._say(f"list.{failure.kind}")
            yield self._say("list.gate", id=change.after.item.id, state=state, kind=kind, reason=failure.reason)

    def write_pass_to_fail(self, comparison: Comparison) -> str:
        fallen = [change for change in comparison.items if change.pass_to_fail]
        heads = list(self._name_left_out("list.pass_to_fail", _ids(fallen))) or [self._say("list.pass_to_fail_none")]
        shown = self._show_items([change for change in fallen if not change.new_gates])  # the others stand above
        return "\n\n".join([self._fold(heads), *shown])

    def write_others(self, comparison: Comparison) -> str:
        items = comparison.items
        shown = [change.after.gates or change.pass_to_fail for change in items]
        worse = [one for one, is_shown in zip(items, shown, strict=True) if one.change == "worse" and not is_shown]
        better = [change for change in items if change.change == "better" and not change.fail_to_pass]
        unscored = [change for change in items if change.difference is None and not change.after.gates]
        lists = (
            ("list.worse", worse),
            ("list.fail_to_pass", [change for change in items if change.fail_to_pass]),
            ("list.better", better),
            ("list.unscored", unscored),
        )
        return self._fold([line for name, some in lists for line in self._name_left_out(name, _ids(some))])

    def _show_items(self, changes: Sequence[ItemChange], gates: bool = False) -> Iterator[str]:
        for change in changes[:_MOST_SHOWN]:
            head = self._say("list.item", id=change.after.item.id, question=change.after.item.question)
            why = self._name_gates(change) if gates else self._explain(change.after)
            yield "\n".join([self._fold([head, *why]), self._put_side_by_side(change)])
        yield from self._name_not_shown(changes[_MOST_SHOWN:])

    def _name_not_shown(self, changes: Sequence[ItemChange]) -> Iterator[str]:
        for line in self._name_left_out("list.not_shown", _ids(changes)):
            yield self._fold([line])

    def _explain(self, result: ItemResult) -> Iterator[str]:
        reasons = [score.reason for score in result.scores if score.passed is False and score.by == "program"]
        if reasons:
            yield self._say("list.why", reasons=" ".join(reasons))

    def _put_side_by_side(self, change: ItemChange) -> str:
        from rich.table import Table
        from rich.text import Text

        texts = [self._write_answer(result) for result in (change.before, change.after)]
        heads = [self._say("answer.before"), self._say("answer.after")]
        if self._width < _TWO_COLUMNS:
            pairs = zip(heads, texts, strict=True)
            return "\n".join(f"{head}:\n{self._cut(text, self._width)}" for head, text in pairs)
        half = (self._width - 3) // 2
        table = Table(box=None, show_header=False, padding=(0, 3, 0, 0), pad_edge=False)
        for _ in heads:
            table.add_column(width=half, overflow="fold")
        table.add_row(*map(Text, heads))
        table.add_row(*(Text(self._cut(text, half)) for text in texts))
        return self._render(table)

    def _cut(self, text: str, width: int) -> str:
        """The first lines of a text at a width."""
        from rich.text import Text

        lines = self._render(Text(text, overflow="fold"), width).split("\n")
        return "\n".join([*lines[:_MOST_LINES], self._say("answer.cut")] if len(lines) > _MOST_LINES else lines)

    def _write_answer(self, result: ItemResult) -> str:
        if result.answer is None:
            return self._say("answer.none", fault=result.fault) if result.fault else self._say("answer.not_kept")
        outcome = str(result.answer.get("outcome", ""))
        known = f"answer.{outcome}" in self._wording.sentences
        lines = [self._say("answer.outcome", outcome=self._say(f"answer.{outcome}") if known else outcome)]
        lines += [self._write_statement(one) for one in result.answer.get("statements", ())]
        return "\n".join(lines)

    def _write_statement(self, statement: Mapping[str, Any]) -> str:
        text = str(statement.get("text", ""))
        is_quoted = statement.get("kind") == "source" and statement.get("origin") == "quoted"
        return self._say("answer.quoted", words=text) if is_quoted else " ".join(drop_unshown(text).split())

    # --- tables -------------------------------------------------------------------------------------------------

    def write_groups(self, groups: Sequence[GroupChange]) -> Iterator[str]:
        for kind in ("type", "role", "topic"):
            own = [group for group in groups if group.kind == kind]
            if kind == "topic":
                yield from self._write_topics([group for group in own if _is_changed(group)])
            elif own:
                yield self._say(f"group.{kind}") + "\n" + self._tabulate_groups(own)

    def _write_topics(self, changed: Sequence[GroupChange]) -> Iterator[str]:
        """Most topics have one or two items: of these, only those that got worse are named."""
        large = [group for group in changed if group.items >= LEAST_OF_TOPIC]
        small = [self._name_group(group) for group in changed if group.items < LEAST_OF_TOPIC and group.worse]
        lines = list(self._name_left_out("group.small", small, least=str(LEAST_OF_TOPIC)))
        if large or lines:
            table = [self._tabulate_groups(large)] if large else []
            yield "\n".join([self._say("group.topic"), *table, *([self._fold(lines)] if lines else [])])

    def _tabulate_groups(self, groups: Sequence[GroupChange]) -> str:
        names = _GROUP_COLUMNS if self._width >= _WIDE else _GROUP_COLUMNS_NARROW
        rows = [[self._name_group(group), *(str(getattr(group, name)) for name in names)] for group in groups]
        return self._tabulate(["", *(self._say(f"group.{name}") for name in names)], rows)

    def _name_group(self, group: GroupChange) -> str:
        if not group.name:
            return self._say("group.unnamed")
        return self._say(f"group.role_{group.name}") if group.kind == "role" else drop_unshown(group.name)

    def write_measures(self, measures: Sequence[MeasureChange]) -> str:
        names = _MEASURE_COLUMNS if self._width >= _WIDE else _MEASURE_COLUMNS_NARROW
        heads = [self._say(f"measure.{name}") for name in names]
        cells = [self._list_cells(one) for one in measures]
        table = self._tabulate(heads, [[row[name] for name in names] for row in cells])
        note = self._fold([self._say("measure.note", count=len(measures))])
        return "\n".join([self._say("measure.heading"), table, note]) if measures else ""

    def _list_cells(self, change: MeasureChange) -> dict[str, str]:
        empty, interval = self._say("measure.empty"), change.interval
        is_own = change.by == "program"
        return {
            "name": change.name if is_own else self._say("measure.by", name=change.name, judge=change.by),
            "items": str(change.items),
            "before": f"{change.before:.2f}",
            "after": f"{change.after:.2f}",
            "change": f"{change.after - change.before:+.2f}",
            "interval": f"{interval.low:+.2f} {interval.high:+.2f}" if interval else empty,
            "better": str(change.better),
            "worse": str(change.worse),
            "p": empty if change.p_value is None else write_p(change.p_value),
            "verdict": self._say(f"measure.verdict_{_VERDICTS[change.verdict]}"),
        }

    def _tabulate(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        for place, head in enumerate(heads):
            table.add_column(Text(head), justify="right" if place else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        return self._render(table)

    # --- lines --------------------------------------------------------------------------------------------------

    def _fold(self, lines: Iterable[str]) -> str:
        from rich.text import Text

        return "\n".join(self._render(Text(line, overflow="fold")) for line in lines)

    def _render(self, shown: Any, width: int | None = None) -> str:
        """As lines of plain text; columns are counted as a terminal shows them."""
        from rich.console import Console

        sink = StringIO()
        console = Console(
            file=sink, width=width or self._width, color_system=None, legacy_windows=False, highlight=False
        )
        console.print(shown)
        return "\n".join(line.rstrip() for line in sink.getvalue().rstrip("\n").split("\n"))


def _is_changed(group: GroupChange) -> bool:
    return bool(group.better or group.worse) or group.gates_before != group.gates_after


def is_unfinished(run: Run) -> bool:
    """Whether items of the run have no result."""
    return run.state != "done" or len(run.results) < run.size


def find_decider(comparison: Comparison) -> MeasureChange | None:
    """The measure that decides: `passed`; None where no item could be scored in both runs."""
    return next((one for one in comparison.measures if one.name == "passed" and one.by == "program"), None)


def write_p(value: float) -> str:
    """A p value with three digits, never rounded to 0."""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def comparison_to_object(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON values, without answers: those are in the runs' own files."""
    passed = find_decider(comparison)
    return {
        "before": _run_to_object(comparison.before),
        "after": _run_to_object(comparison.after),
        "verdict": passed.verdict if passed else None,
        "decides": "passed",
        "items": [_change_to_object(change) for change in comparison.items],
        "only_before": list(comparison.only_before),
        "only_after": list(comparison.only_after),
        "changed_items": list(comparison.changed_items),
        "measures": to_values(comparison.measures, tuple[MeasureChange, ...]),
        "groups": to_values(comparison.groups, tuple[GroupChange, ...]),
        "receipts": [{"part": one.part, "before": one.before, "after": one.after} for one in comparison.receipts],
    }


def _run_to_object(run: Run) -> dict[str, Any]:
    names = ("id", "title", "set_id", "set_name", "set_version", "set_digest", "state", "size", "judge")
    return {**{name: getattr(run, name) for name in names}, "done": len(run.results)}


def _change_to_object(change: ItemChange) -> dict[str, Any]:
    item = change.after.item
    return {
        "id": item.id,
        "question": item.question,
        "role": item.role,
        "type": item.type,
        "topic": item.topic,
        "change": change.change,
        "difference": change.difference,
        "pass_to_fail": change.pass_to_fail,
        "fail_to_pass": change.fail_to_pass,
        "new_gates": [{"kind": one.kind, "reason": one.reason} for one in change.new_gates],
        "before": _result_to_object(change.before),
        "after": _result_to_object(change.after),
    }


def _result_to_object(result: ItemResult) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "mark": result.mark,
        "outcome": result.answer.get("outcome") if result.answer else None,
        "gates": [failure.kind for failure in result.gates],
        "fault": result.fault,
    }


def _points(share: float) -> str:
    return f"{100 * share:+.0f}"


def _ids(changes: Iterable[ItemChange]) -> list[str]:
    return [change.after.item.id for change in changes]
