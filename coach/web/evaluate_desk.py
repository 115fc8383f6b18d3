"""What happens on the page Evaluate: a person and the address of a view, or a button of it, in; the parts of the page out.

No Gradio here: evaluate_page.py binds these to events. Of the browser's words only ids, numbers and texts are taken, and
everything is looked up before it is used. Sets and runs belong to the installation; only who works as a trainer sees them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from coach.errors import CoachError
from coach.evaluation.comparison.own_gate import list_whole
from coach.evaluation.queue import Progress
from coach.evaluation.records import RunCard
from coach.evaluation.run_text import name_share
from coach.records import ROLES, Outcome
from coach.web.evaluate_acts import ACTS, STAY, begin_item
from coach.web.evaluate_address import Address
from coach.web.evaluate_bench import Asked, Bench, Missing, Values
from coach.web.evaluate_compare_view import view_comparison, view_pair
from coach.web.evaluate_form import view_form
from coach.web.evaluate_gate import GateForm, view_gate_form, view_verdict
from coach.web.evaluate_sheets import gather_problems
from coach.web.evaluate_view import (
    count_items,
    is_chosen,
    list_choices,
    name_part,
    name_score,
    say_seconds,
    show_value,
    view_result,
    view_run,
)
from coach.web.paging import ROWS, turn_page
from coach.web.templates import embed, fill, fill_notice

_NEW = "new"
_UNDER_WAY = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of the page that change; None leaves a part as it is."""

    notice: str | None = None
    tabs: str | None = None
    progress: str | None = None
    """Of the run that is looked at."""
    view: str | None = None


PARTS = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class _Page:
    """A view to be filled."""

    template: str
    title: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A version that can be run."""

    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class _Card:
    """A run in the list, with what it is doing."""

    card: RunCard
    phase: str


@dataclass(frozen=True, slots=True)
class EvaluateDesk:
    """The page Evaluate, for whoever works as a trainer."""

    bench: Bench

    # --- the page ---------------------------------------------------------------------------------------------------

    def open(self, person: str, at: Address, notice: str = "", focus: str = "") -> Shown:
        """The page with the view that an address names; where there is none such, that is said.

        Args:
            person: who looks.
            at: the view.
            notice: HTML of a line above it.
            focus: id of what gets the focus; empty for the view's heading, `stay` where it is to stay.
        """
        if not self.bench.is_trainer(person):
            return Shown(fill_notice(self.bench.say("evaluate.not_yours"), trouble=True), "", "", "")
        try:
            return replace(self._show(Asked(person, at), focus), notice=notice)
        except CoachError as error:
            home = self._show(Asked(person, Address(view=at.part)), focus)
            return replace(home, notice=fill_notice(str(error), trouble=True))

    def act(self, person: str, at: Address, values: Values) -> Shown:
        """Do what a button or a form says.

        Raises:
            CoachError: it cannot be done; what stands in the window stays there.
        """
        if not self.bench.is_trainer(person):
            raise CoachError(self.bench.say("evaluate.not_yours"))
        act = ACTS.get(values.get("act", ""))
        if act is None:
            return self.open(person, at)
        done = act(self.bench, Asked(person, at, values))
        notice = fill_notice(done.told) if done.told else ""
        return Shown(notice=notice) if done.at is None else self.open(person, done.at, notice, done.focus)

    def look(self, person: str, at: Address, seen: str) -> Shown:
        """How far the run is that is looked at: asked for again and again while it is under way.

        Args:
            person: who looks.
            at: the view.
            seen: the phase that the browser shows.
        """
        if not (self.bench.is_trainer(person) and at.run and not at.item):
            return Shown()
        progress = self.bench.read_progress(at.run)
        if progress.is_active or seen not in _UNDER_WAY:
            return Shown(progress=self._write_progress(progress))
        values = {"passed": progress.passed, "done": progress.done, "size": progress.size}
        told = self.bench.say(f"progress.announce_{progress.phase}", **values)
        shown = self._show(Asked(person, at), STAY)
        return replace(shown, notice="", progress=self._write_progress(progress, told))

    def _write_progress(self, progress: Progress, announce: str = "") -> str:
        left = progress.seconds_left
        time = say_seconds(left, self.bench.wording, guessed=True) if left is not None else ""
        return fill("evaluate_progress", progress=progress, left=time, announce=announce)

    def _show(self, asked: Asked, focus: str) -> Shown:
        at = asked.at
        page = self._choose(at)(asked)
        html = fill(
            page.template,
            number=uuid.uuid4().hex,
            place=at.to(),
            title=page.title,
            focus=focus,
            at=at,
            name_score=self._name_score,
            show_value=show_value,
            name_share=name_share,
            name_part=lambda part: name_part(part, self.bench.wording),
            **page.values,
        )
        progress = self._write_progress(self.bench.read_progress(at.run)) if at.run and not at.item else ""
        return Shown(view=html, tabs=fill("evaluate_tabs", at=at), progress=progress)

    def _name_score(self, name: str, by: str = "program") -> str:
        """A measure in words; what a model judged by, as the rubric calls it."""
        judged = self.bench.name_dimension(name) if by not in ("", "program") else ""
        return judged or name_score(name, self.bench.wording)

    def _choose(self, at: Address) -> Callable[[Asked], _Page]:
        """What shows a view."""
        choices = (
            (at.sheet, self._show_sheet),
            (at.compare or at.view == "compare", self._show_comparison),
            (at.run and at.item, self._show_result),
            (at.run, self._show_run),
            (at.view == "runs", self._show_runs),
            (at.view == "review", self._show_review),
            (at.set and at.item, self._show_item),
            (at.set, self._show_set),
        )
        return next((show for holds, show in choices if holds), self._show_sets)

    # --- sets -------------------------------------------------------------------------------------------------------

    def _show_sets(self, _: Asked) -> _Page:
        values = {"cards": self.bench.sets.list_sets(), **self.bench.sheets.describe()}
        return _Page("evaluate_sets", self.bench.say("evaluate.tab_sets"), values)

    def _show_set(self, asked: Asked) -> _Page:
        at = asked.at
        kept = self.bench.read_set(at.set, at.number)
        versions = self.bench.sets.list_versions(kept.id)
        newest = versions[0].version
        values = {
            "kept": kept,
            "facts": count_items(kept),
            "versions": versions,
            "newest": newest,
            "is_newest": kept.version == newest,
            "rows": turn_page([item for item in kept.items if is_chosen(item, at)], at.page),
            "drafts": turn_page([item for item in kept.items if item.status == "draft"], at.page),
            "choices": list_choices(kept.items),
            "problems": turn_page(gather_problems(self.bench.sets.read_problems(kept.id, kept.version)), at.page),
            "gate": self._view_gate(kept.id) if at.tab == "gate" else None,
        }
        return _Page("evaluate_set", kept.name, values)

    def _view_gate(self, set_id: str) -> GateForm:
        sets = self.bench.sets
        return view_gate_form(sets.read_gate(set_id), list_whole(sets, set_id), self.bench.wording)

    def _show_item(self, asked: Asked) -> _Page:
        at = asked.at
        kept = self.bench.read_set(at.set, at.number)
        is_new = at.item == _NEW and all(one.id != _NEW for one in kept.items)
        item = begin_item(kept) if is_new else self.bench.read_item(kept, at.item)
        values = {
            "kept": kept,
            "form": view_form(item),
            "is_new": is_new,
            "can_edit": self.bench.sets.list_versions(kept.id)[0].version == kept.version,
            "roles": ROLES,
            "outcomes": tuple(Outcome),
        }
        return _Page("evaluate_item", item.id, values)

    def _show_sheet(self, asked: Asked) -> _Page:
        view = self.bench.sheets.view(asked.person, asked.at.sheet)
        if view is None:
            raise Missing(self.bench.say("evaluate.gone_sheet"))
        # Turning pages here would lose what was chosen of the columns and not read yet.
        problems = turn_page(view.gathered, "")
        values = {"view": view, "problems": problems, "cards": self.bench.sets.list_sets()}
        return _Page("evaluate_import", view.name, values)

    # --- runs -------------------------------------------------------------------------------------------------------

    def _show_runs(self, asked: Asked) -> _Page:
        cards = [self._view_card(one) for one in self.bench.sets.list_runs()]
        values = {"versions": self._mark_chosen(asked.at), "cards": cards, "judge": self.bench.find_judge()}
        return _Page("evaluate_runs", self.bench.say("runs.heading"), values)

    def _mark_chosen(self, at: Address) -> Sequence[_Choice]:
        """Versions of sets that can be run, the newest of each set first; of what the address names, the first is chosen."""
        choices = list(self._list_choices(at))
        first = next((one for one in choices if one.chosen), None)
        return [replace(one, chosen=one is first) for one in choices]

    def _list_choices(self, at: Address) -> Iterator[_Choice]:
        for card in self.bench.sets.list_sets():
            for one in self.bench.sets.list_versions(card.id):
                name = self.bench.say("runs.choice", name=card.name, version=one.version, count=one.ready)
                yield _Choice(
                    f"{card.id},{one.version}", name, card.id == at.set and at.version in ("", str(one.version))
                )

    def _view_card(self, card: RunCard) -> _Card:
        # What a process left behind when it ended is no longer under way.
        return _Card(card, card.state if card.state != "running" else self.bench.read_progress(card.id).phase)

    def _show_run(self, asked: Asked) -> _Page:
        run = self.bench.read_run(asked.at.run)
        view = view_run(run, asked.at, self.bench.wording)
        others = [one for one in self.bench.sets.list_runs(run.set_id) if one.id != run.id and one.done]
        is_active = self.bench.runs.is_active(run.id)
        # Of a run that is under way there is nothing to be said yet.
        verdict = self.bench.check_gate(run) if run.results and not is_active else None
        values = {
            "run": run,
            "is_active": is_active,
            "gate": view_verdict(verdict, self.bench.wording),
            "is_part": not (verdict or is_active) and self.bench.sets.read_gate(run.set_id) is not None,
            "view": view,
            "rows": turn_page(view.rows, asked.at.page),
            "others": others,
            "rated": self.bench.read_rated(run.id),
            "receipt": [one for one in asdict(run.receipt).items() if one[1]] if run.receipt else [],
        }
        return _Page("evaluate_run", run.title, values)

    def _show_result(self, asked: Asked) -> _Page:
        run = self.bench.read_run(asked.at.run)
        view = view_result(run, asked.at, self.bench.wording)
        if view is None:
            raise Missing(self.bench.say("evaluate.gone_item"))
        return _Page("evaluate_result", asked.at.item, {"run": run, "view": view})

    # --- comparisons and what waits for review ----------------------------------------------------------------------

    def _show_comparison(self, asked: Asked) -> _Page:
        at, title = asked.at, self.bench.say("compare.heading")
        cards = [one for one in self.bench.sets.list_runs() if one.done]
        before, after = at.pair
        if not (before and after):
            return _Page("evaluate_compare", title, {"cards": cards, "view": None, "most": ROWS})
        if before == after:
            raise Missing(self.bench.say("compare.same_run"))
        compared = self.bench.compare(self.bench.read_run(before), self.bench.read_run(after))
        if not at.item:
            view = view_comparison(compared, at, self.bench.wording)
            rows = turn_page(view.rows, at.page)
            return _Page("evaluate_compare", title, {"cards": cards, "view": view, "rows": rows, "most": ROWS})
        pair = view_pair(compared, at)
        if pair is None:
            raise Missing(self.bench.say("evaluate.gone_item"))
        return _Page("evaluate_pair", at.item, {"compared": compared, "view": pair})

    def _show_review(self, asked: Asked) -> _Page:
        values = {
            "sections": tuple(embed(html) for html in self.bench.review(asked.person)),
            "sees_coverage": self.bench.sees_coverage(asked.person),
        }
        return _Page("evaluate_review", self.bench.say("reviewing.heading"), values)
