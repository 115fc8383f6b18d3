"""What the buttons and forms of the page Evaluate do: what was pressed in, what is told and which view comes next out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coach.errors import CoachError
from coach.evaluation.comparison.own_gate import list_whole
from coach.evaluation.records import EvaluationItem, EvaluationSet, ItemStatus
from coach.store.evaluations import SetChanged
from coach.web.evaluate_address import ID, Address
from coach.web.evaluate_bench import Asked, Bench, Values
from coach.web.evaluate_form import choose_id, read_form
from coach.web.evaluate_gate import read_gate_form
from coach.web.plan_changes import read_number

MOST_DRAFTS = 50
_MOST_WRITTEN = 1000
STAY = "stay"
"""In place of an id: the focus stays where it is."""
_READY: ItemStatus = "ready"
_RETIRED: ItemStatus = "retired"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    at: Address | None
    """The view to show; None where the one that is shown stays as it is."""
    told: str = ""
    focus: str = ""
    """Id of what gets the focus; empty for the view's heading."""


Act = Callable[[Bench, Asked], Done]
"""Raises CoachError where it cannot be done; then nothing was."""


# --- sets -------------------------------------------------------------------------------------------------------------


def begin_item(kept: EvaluationSet) -> EvaluationItem:
    """An empty item for a set."""
    return EvaluationItem(choose_id([one.id for one in kept.items]), "")


def _add_set(bench: Bench, asked: Asked) -> Done:
    kept = bench.sets.add_set(asked.person, asked.get("name"), ())
    return Done(Address(set=kept.id), bench.say("sets.added", name=kept.name))


def _delete_set(bench: Bench, asked: Asked) -> Done:
    kept = bench.read_set(asked.get("set"))
    for card in bench.sets.list_runs(kept.id):
        bench.runs.stop(card.id)
    bench.sets.delete_set(kept.id)
    return Done(Address(), bench.say("sets.deleted", name=kept.name))


def _lock(bench: Bench, asked: Asked) -> Done:
    kept = bench.read_set(asked.get("set"), read_number(asked.get("version")))
    bench.sets.lock(kept.id, kept.version)
    return Done(asked.at, bench.say("lock.done", version=kept.version, name=kept.name))


def _save_gate(bench: Bench, asked: Asked) -> Done:
    kept = bench.read_set(asked.get("set"))
    body = read_gate_form(asked.values, list_whole(bench.sets, kept.id), bench.wording)
    bench.sets.put_gate(kept.id, body, asked.get("changed"))
    return Done(asked.at, bench.say("reach.saved_none" if body is None else "reach.saved"), STAY)


def _read_newest(bench: Bench, asked: Asked) -> EvaluationSet:
    """The newest version of a set, if it still is what the window shows.

    Raises:
        SetChanged: somebody saved something meanwhile.
    """
    kept = bench.read_set(asked.get("set"))
    if asked.get("saved") != kept.saved_at:
        raise SetChanged(kept.version)
    return kept


def _save(bench: Bench, kept: EvaluationSet, items: Sequence[EvaluationItem]) -> EvaluationSet:
    """Changed items, with what came up in the sheet that they once were read from."""
    return bench.sets.save_items(kept, items, bench.sets.read_problems(kept.id, kept.version))


def _save_item(bench: Bench, asked: Asked) -> Done:
    kept, known = _read_newest(bench, asked), asked.get("item")
    changed = read_form(bench.read_item(kept, known) if known else begin_item(kept), asked.values, bench.wording)
    items = [changed if one.id == known else one for one in kept.items]
    saved = _save(bench, kept, items if known else [*items, changed])
    told = bench.say("item.saved", version=saved.version)
    if saved.version != kept.version:
        told = bench.say("item.saved_next", version=kept.version, next=saved.version)
    return Done(replace(asked.at, set=saved.id, version="", item=changed.id), told, STAY if known else "")


def _retire_item(bench: Bench, asked: Asked) -> Done:
    kept = _read_newest(bench, asked)
    wanted = bench.read_item(kept, asked.get("item"))
    _save(bench, kept, [replace(one, status=_RETIRED) if one.id == wanted.id else one for one in kept.items])
    return Done(replace(asked.at, version="", item=""), bench.say("item.retired", id=wanted.id))


# --- drafts -----------------------------------------------------------------------------------------------------------


def _add_drafts(bench: Bench, asked: Asked) -> Done:
    kept = _read_newest(bench, asked)
    count = min(max(read_number(asked.get("count")) or 1, 1), MOST_DRAFTS)
    fresh = bench.draft(kept.items, count)
    if not fresh:
        return Done(asked.at, bench.say("drafts.covered"), STAY)
    _save(bench, kept, [*kept.items, *fresh])
    told = bench.say("drafts.added_one") if len(fresh) == 1 else bench.say("drafts.added_several", count=len(fresh))
    return Done(Address(set=kept.id, tab="drafts", page=asked.at.page), told)


def _save_drafts(bench: Bench, asked: Asked) -> Done:
    kept, written = _read_newest(bench, asked), dict(_list_written(asked.values))

    def write(item: EvaluationItem) -> EvaluationItem:
        # What a sheet brought along and nobody touched is no question that somebody just wrote.
        if item.status != "draft" or _fold(written.get(item.id, item.question)) == _fold(item.question):
            return item
        return replace(item, question=written[item.id], status=_READY)

    items = [write(one) for one in kept.items]
    count = sum(one is not two for one, two in zip(items, kept.items, strict=True))
    at = Address(set=kept.id, tab="drafts", page=asked.at.page)
    if not count:
        return Done(None, bench.say("drafts.saved_none"))
    _save(bench, kept, items)
    return Done(at, bench.say("drafts.saved_one") if count == 1 else bench.say("drafts.saved_several", count=count))


def _fold(text: str) -> str:
    """A text as a field of a page shows it, whatever became of its breaks."""
    return " ".join(text.split())


def _list_written(values: Values) -> Iterator[tuple[str, str]]:
    """Ids of drafts with the questions that were written for them."""
    for number in range(_MOST_WRITTEN):
        if f"draft-{number}-id" not in values:
            return
        text = values.get(f"draft-{number}-question", "").strip()
        if text:
            yield values[f"draft-{number}-id"], text


# --- runs -------------------------------------------------------------------------------------------------------------


def _start_run(bench: Bench, asked: Asked) -> Done:
    set_id, _, version = asked.get("what").partition(",")
    kept = bench.read_set(set_id, read_number(version))
    judged = bool(asked.get("judge"))
    if judged and bench.find_judge() is None:
        raise CoachError(bench.say("runs.judge_gone"))
    run_id = bench.runs.start(asked.person, kept.id, kept.version, asked.get("title"), judged=judged)
    return Done(Address(run=run_id), bench.say("runs.started"))


def _stop_run(bench: Bench, asked: Asked) -> Done:
    bench.runs.stop(bench.read_progress(asked.get("run")).run_id)
    return Done(None, bench.say("runs.stopped"))


def _resume_run(bench: Bench, asked: Asked) -> Done:
    bench.runs.resume(bench.read_progress(asked.get("run")).run_id)
    return Done(asked.at, bench.say("runs.resumed"), "progress-heading")


def _delete_run(bench: Bench, asked: Asked) -> Done:
    run = bench.read_run(asked.get("run"))
    bench.runs.stop(run.id)
    bench.sets.delete_run(run.id)
    return Done(Address(view="runs"), bench.say("runs.deleted", title=run.title))


def _compare(bench: Bench, asked: Asked) -> Done:
    before, after = asked.get("before"), asked.get("after")
    if before == after or not (ID.fullmatch(before) and ID.fullmatch(after)):
        raise CoachError(bench.say("compare.same_run"))
    # What keeps two runs from being compared is said while both can still be chosen.
    bench.compare(bench.read_run(before), bench.read_run(after))
    return Done(Address(compare=f"{before},{after}"))


# --- sheets -----------------------------------------------------------------------------------------------------------


def _read_sheet(bench: Bench, asked: Asked) -> Done:
    if not bench.sheets.change(asked.person, asked.at.sheet, asked.values):
        raise CoachError(bench.say("evaluate.gone_sheet"))
    return Done(asked.at, focus=STAY)


def _save_sheet(bench: Bench, asked: Asked) -> Done:
    # What was chosen and not looked at again counts as well.
    bench.sheets.change(asked.person, asked.at.sheet, asked.values)
    view = bench.sheets.view(asked.person, asked.at.sheet)
    if view is None:
        raise CoachError(bench.say("evaluate.gone_sheet"))
    if not view.items:
        raise CoachError(bench.say("import.no_items"))
    if asked.get("where") == "next":
        kept = bench.read_set(asked.get("set"))
        # The sheet is the next version and no change of the one that is open: that one stays as it was.
        bench.sets.lock(kept.id, kept.version)
        saved = bench.sets.save_items(bench.read_set(kept.id), view.items, view.problems)
    else:
        saved = bench.sets.add_set(asked.person, asked.get("name"), view.items, view.problems)
    bench.sheets.drop(asked.person, asked.at.sheet)
    told = [
        bench.say("import.saved", name=saved.name, version=saved.version, count=len(view.items), rows=len(view.rows))
    ]
    if view.problems:
        told.append(bench.say("import.saved_problems", problems=len(view.gathered)))
    return Done(Address(set=saved.id), " ".join(told))


def _leave_sheet(bench: Bench, asked: Asked) -> Done:
    bench.sheets.drop(asked.person, asked.at.sheet)
    return Done(Address(), bench.say("import.left"))


ACTS: Mapping[str, Act] = {
    "add_set": _add_set,
    "delete_set": _delete_set,
    "lock": _lock,
    "save_gate": _save_gate,
    "save_item": _save_item,
    "retire_item": _retire_item,
    "add_drafts": _add_drafts,
    "save_drafts": _save_drafts,
    "start_run": _start_run,
    "stop_run": _stop_run,
    "resume_run": _resume_run,
    "delete_run": _delete_run,
    "compare": _compare,
    "read_sheet": _read_sheet,
    "save_sheet": _save_sheet,
    "leave_sheet": _leave_sheet,
}
