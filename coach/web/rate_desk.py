"""What happens on the page for rating: who sits there and what their window sent in, the parts of the page that change out.

No Gradio here: rate_page.py binds these to events. A rater is whoever typed a name; what others said is shown to nobody who
still rates. Of the browser's words only ids, codes, levels and texts are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from coach.errors import CoachError, LibraryBusy
from coach.evaluation.rating.agreement import measure_agreement
from coach.evaluation.rating.rating_sheets import read_rating_sheet, write_rating_sheet
from coach.evaluation.rating.rounds import blind, find_entry, list_calibrating, make_round, order_entries
from coach.evaluation.records import Rating, Rubric, RunCard, Settlement
from coach.prompts import Wording
from coach.store.ratings import NoSuchRound, NotAName, RatingStore, clean_rater, fold_rater
from coach.web.plan_view import name_clock
from coach.web.rate_agreement import Said, compare_calibration, view_agreement
from coach.web.rate_runs import Answers, ReadRuns
from coach.web.rate_values import Room, Sent, Shown, Typed
from coach.web.rate_view import (
    Progress,
    RoundView,
    RunView,
    Step,
    hide_result,
    name_level,
    read_level,
    view_dimensions,
    view_progress,
)
from coach.web.templates import fill, fill_notice

_MOST_TYPED = 200
"""Answers whose levels one message may hold."""
_MOST_RUNS = 12


@dataclass(frozen=True, slots=True)
class RateDesk:
    """The page for rating."""

    ratings: RatingStore
    runs: ReadRuns
    read_text: Callable[[str], str | None]
    """The text of a document by its id."""
    load_rubric: Callable[[], Rubric]
    is_trainer: Callable[[str], bool]
    """Whether somebody works as a trainer here: what is asked in runs and said of it is for those."""
    wording: Wording
    now: Callable[[], datetime]

    # --- opening ------------------------------------------------------------------------------------------------

    def require_trainer(self, person: str) -> None:
        """Let trainers in.

        Raises:
            CoachError: the person is none.
        """
        if not self.is_trainer(person):
            raise CoachError(self.wording.say("rate.not_yours"))

    def open(self, person: str, round_id: str = "", view: str = "") -> Shown:
        """The page as it first comes, when it is not known yet who rates: the rounds, one round, or the form for one.

        Raises:
            CoachError: the person is no trainer.
        """
        self.require_trainer(person)
        if view == "make" and not round_id:
            return self._show_make(Sent())
        return self._open(Sent(round=round_id, values={"round": round_id, "view": view}))

    def _open(self, sent: Sent) -> Shown:
        """As an address says: the rounds, a round, an answer in it, or how far its raters agree."""
        wanted = sent.values.get("round", "")
        if not wanted:
            return self._show_make(sent) if sent.values.get("view") == "make" else self._show_rounds(sent)
        try:
            room = self._enter(replace(sent, round=wanted))
        except NoSuchRound:
            return self._show_missing(sent)
        if sent.values.get("view") == "agreement" and (room.rater or room.is_closed):
            return self._show_agreement(sent, room)
        code = sent.values.get("entry", "")
        if code and room.rater and not room.is_closed:
            return self._show_entry(sent, room, code)
        return self._show_round(sent, room)

    def _enter(self, sent: Sent) -> Room:
        """The round with what this rater said in it.

        Raises:
            NoSuchRound: it is not there.
            CoachError: the name is none.
        """
        found = self.ratings.read_round(sent.round)
        rater = sent.rater.strip()
        if not rater:
            return Room(found, "", {}, Progress(()))
        rater = clean_rater(rater)
        mine = {one.entry: one for one in self.ratings.list_ratings(found.id, rater)}
        known = next((one.rater for one in mine.values()), rater)
        return Room(found, known, mine, view_progress(found, known, mine), self.ratings.read_look(found.id, known))

    # --- what a window sends ------------------------------------------------------------------------------------

    def handle(self, person: str, sent: Sent) -> Shown:
        """Keep what was chosen and typed, then do what a button says.

        Raises:
            CoachError: a round, an answer or a level is none of ours, or a button asks for what cannot be.
        """
        self.require_trainer(person)
        try:
            try:
                kept = self._keep(person, sent)
            except LibraryBusy:
                raise
            except CoachError as error:
                return self._refuse(sent, str(error))
            act = self._list_acts().get(sent.act)
            return kept if act is None else act(person, sent)
        except NoSuchRound:
            return self._show_missing(replace(sent, typed={}))

    def _refuse(self, sent: Sent, told: str) -> Shown:
        """That something was not kept, and will be no better when it is sent again; with what stands, where that is fixed."""
        shown = Shown()
        with suppress(NotAName):
            room = self._enter(sent)
            if room.sees and room.progress.find(sent.entry):
                shown = self._show_entry(sent, room, sent.entry)
        saved = self._write_saved(sent, "refused", "heading" if shown.rate else "")
        return replace(shown, notice=fill_notice(told, trouble=True), saved=saved)

    def _show_missing(self, sent: Sent) -> Shown:
        """That a round is not there: somebody may have deleted it while others rated."""
        notice = fill_notice(self.wording.say("rate.no_such"), trouble=True)
        return replace(self._show_rounds(sent), notice=notice)

    def _list_acts(self) -> dict[str, Callable[[str, Sent], Shown]]:
        return {
            "open": lambda _, sent: self._open(sent),
            "rounds": lambda _, sent: self._show_rounds(sent),
            "make_form": lambda _, sent: self._show_make(sent),
            "make": self._make,
            "round": lambda _, sent: self._open(replace(sent, values={"round": sent.values.get("round", "")})),
            "start": lambda _, sent: self._start(sent),
            "go": lambda _, sent: self._show_entry(sent, self._enter(sent), sent.values.get("to", "")),
            "next": lambda _, sent: self._step(sent, 1),
            "previous": lambda _, sent: self._step(sent, -1),
            "pause": lambda _, sent: self._show_pause(sent, self._enter(sent)),
            "agreement": lambda _, sent: self._show_agreement(sent, self._enter(sent)),
            "look": self._look,
            "close": lambda _, sent: self._close(sent),
            "delete": lambda _, sent: self._delete(sent),
            "settle": lambda _, sent: self._settle(sent),
        }

    def _keep(self, person: str, sent: Sent) -> Shown:
        """Put what was changed into this rater's ratings, all of it or nothing; what is shown of that alone."""
        if not sent.typed:
            return Shown(saved=self._write_saved(sent, "saved"))
        room = self._enter(sent)
        if not room.rater:
            raise CoachError(self.wording.say("rate_sheet.no_rater"))
        changed = [self._change(room, *one) for one in list(sent.typed.items())[:_MOST_TYPED]]
        kept = self.ratings.put_ratings(person, room.round.id, changed)
        was_masked = any(one.comment.split() != asked.comment.split() for one, asked in zip(kept, changed, strict=True))
        after = view_progress(room.round, room.rater, {**room.mine, **{one.entry: one for one in kept}})
        # Of a long round, the list of its answers is long too: it is sent when something in it is new.
        is_new = after != room.progress
        progress = self._write_progress(sent, replace(room, progress=after), after.find(sent.entry)) if is_new else None
        return Shown(progress=progress, saved=self._write_saved(sent, "saved", was_masked=was_masked))

    def _change(self, room: Room, code: str, typed: Typed) -> Rating:
        """A rating with what was changed in it."""
        entry = find_entry(room.round, code)
        before = room.mine.get(entry.code, Rating(entry.code, room.rater, ()))
        levels = {name: self._read_level(level) for name, level in typed.levels.items()}
        comment = before.comment if typed.comment is None else typed.comment
        return replace(before, levels=tuple({**dict(before.levels), **levels}.items()), comment=comment)

    def _read_level(self, text: str) -> int | None:
        try:
            return read_level(text[:4])
        except ValueError as error:
            raise CoachError(self.wording.say("rate.no_level")) from error

    def show_failure(self, sent: Sent, trouble: str) -> Shown:
        """That something went wrong; whatever stands in the window stays there."""
        return Shown(notice=fill_notice(trouble, trouble=True), saved=self._write_saved(sent, "failed"))

    # --- parts of the page --------------------------------------------------------------------------------------

    def _write(self, sent: Sent, view: str, room: Room | None = None, entry: str = "", **values: object) -> str:
        round_id, rater = (room.round.id, room.rater) if room else ("", sent.rater.strip())
        return fill(
            "rate",
            number=sent.number,
            view=view,
            round=round_id,
            entry=entry,
            rater=rater,
            address=_name_address(view, round_id, entry),
            **({"rating_round": room.round, "progress": room.progress} if room else {}),
            **values,
        )

    def _write_progress(
        self, sent: Sent, room: Room | None = None, step: Step | None = None, paused: bool = False
    ) -> str:  # fmt: skip
        if room is None or not room.progress.steps:
            return fill("rate_progress", progress=None)
        return fill(
            "rate_progress",
            number=sent.number,
            progress=room.progress,
            round=room.round.id,
            title=room.round.title,
            rater=room.rater,
            step=step,
            paused=paused,
        )

    def _write_saved(
        self, sent: Sent, outcome: str = "shown", focus: str = "heading", was_masked: bool = False
    ) -> str:  # fmt: skip
        said = ""
        if sent.typed and outcome not in ("failed", "refused"):
            said = self.wording.say("rate_saving.masked" if was_masked else "rate_saving.saved")
        focus = focus if outcome in ("shown", "refused") else ""
        return fill("rate_saved", number=sent.number, outcome=outcome, said=said, focus=focus)

    def _read_answers(self, room: Room) -> Answers:
        return Answers(self.runs, self.read_text, room.round)

    def _name_clock(self, stamp: str) -> str:
        return name_clock(stamp, self.now())

    # --- rounds -------------------------------------------------------------------------------------------------

    def _show_rounds(self, sent: Sent) -> Shown:
        mine = fold_rater(sent.rater)
        cards = []
        for one in self.ratings.list_rounds():
            own = next((rater for rater in one.raters if mine and fold_rater(rater.rater) == mine), None)
            when = self.wording.say("rate.made", when=self._name_clock(one.made_at))
            done, size = (own.done, own.size) if own else (0, 0)
            cards.append(RoundView(one.id, one.title, one.entries, when, one.closed_at is not None, done, size))
        html = self._write(sent, "rounds", cards=cards)
        return Shown(notice="", progress=self._write_progress(sent), rate=html, saved=self._write_saved(sent))

    def _show_make(self, sent: Sent) -> Shown:
        runs = []
        for card in self.runs.list_runs():
            if card.done and card.state != "running":
                facts = self.wording.say(
                    "rate_make.run_facts",
                    name=card.set_name,
                    version=card.set_version,
                    count=card.done,
                    when=self._name_clock(card.started_at),
                )
                runs.append(RunView(card, facts))
        html = self._write(sent, "make", runs=runs, draft=sent.values, chosen=sent.chosen)
        return Shown(notice="", progress=self._write_progress(sent), rate=html, saved=self._write_saved(sent))

    def _make(self, person: str, sent: Sent) -> Shown:
        values, known = sent.values, {one.id for one in self.runs.list_runs()}
        chosen = [one for one in dict.fromkeys(sent.chosen) if one in known][:_MOST_RUNS]
        if not values.get("title", "").strip():
            raise CoachError(self.wording.say("rate_make.no_title"))
        if not chosen:
            raise CoachError(self.wording.say("rate_make.no_run"))
        share, calibrate = (_read_number(values.get(name, "")) for name in ("share", "calibrate"))
        if share is None or calibrate is None or share > 100 or calibrate > 50:
            raise CoachError(self.wording.say("rate_make.no_number"))
        raters = tuple(name for name in values.get("raters", "").replace(",", "\n").splitlines() if name.strip())
        made = make_round(
            values["title"],
            [self.runs.read_run(one) for one in chosen],
            self.load_rubric(),
            share / 100,
            calibrate,
            raters=raters,
        )
        self.ratings.add_round(person, made)
        notice = fill_notice(self.wording.say("rate_make.made", title=made.title))
        return replace(self._show_round(sent, self._enter(replace(sent, round=made.id))), notice=notice)

    def _show_round(self, sent: Sent, room: Room, unknown: bool = False) -> Shown:
        html = self._write(
            sent,
            "round",
            room,
            mine=room.progress if room.progress.rated else None,
            may_see=room.may_see,
            looked=room.looked_at is not None,
            card=self.ratings.read_card(room.round.id),
            unknown=unknown,
            calibrating=sum(one.calibrates for one in room.round.entries),
        )
        return Shown(notice="", progress=self._write_progress(sent), rate=html, saved=self._write_saved(sent))

    def _start(self, sent: Sent) -> Shown:
        """Let somebody begin, or go on, at the first answer that is not rated."""
        room = self._enter(replace(sent, rater=clean_rater(sent.values.get("rater", ""))))
        if room.is_closed:
            return self._show_round(sent, room)
        asked = {fold_rater(name) for name in room.round.raters}
        if asked and fold_rater(room.rater) not in asked and not room.mine and sent.values.get("anyway") != "yes":
            return self._show_round(sent, room, unknown=True)
        shown = self._go_on(sent, room)
        if room.progress.rated and fold_rater(sent.rater) != fold_rater(room.rater):
            said = self.wording.say(
                "rate_who.known", rater=room.rater, done=room.progress.rated, count=len(room.progress.steps)
            )
            return replace(shown, notice=fill_notice(said))
        return shown

    def _go_on(self, sent: Sent, room: Room) -> Shown:
        left = room.progress.find_open()
        return self._show_entry(sent, room, left.code) if left else self._show_done(sent, room)

    def _close(self, sent: Sent) -> Shown:
        closed = self.ratings.close_round(sent.values.get("round", ""))
        notice = fill_notice(self.wording.say("rate_close.closed", title=closed.title))
        return replace(self._show_agreement(sent, self._enter(replace(sent, round=closed.id))), notice=notice)

    def _delete(self, sent: Sent) -> Shown:
        found = self.ratings.read_round(sent.values.get("round", ""))
        clean = self.ratings.delete_round(found.id)
        said = self.wording.say("rate_delete.deleted" if clean else "rate_delete.deleted_later", title=found.title)
        return replace(self._show_rounds(sent), notice=fill_notice(said))

    # --- rating -------------------------------------------------------------------------------------------------

    def _show_entry(self, sent: Sent, room: Room, code: str) -> Shown:
        step = room.progress.find(code)
        if step is None:
            notice = fill_notice(self.wording.say("rate.no_entry"), trouble=True)
            return replace(self._show_round(sent, room), notice=notice)
        rating = room.mine.get(code)
        html = self._write(
            sent,
            "entry",
            room,
            code,
            step=step,
            count=len(room.progress.steps),
            one=self._read_answers(room).view(code),
            rubric=room.round.rubric,
            dimensions=view_dimensions(room.round.rubric, rating),
            comment=rating.comment if rating else "",
            fixed="closed" if room.is_closed else "seen" if room.sees else "",
        )
        progress = self._write_progress(sent, room, step)
        return Shown(notice="", progress=progress, rate=html, saved=self._write_saved(sent))

    def _step(self, sent: Sent, by: int) -> Shown:
        """The answer after or before; a pause where the calibration ends, and what is left where the round does."""
        room = self._enter(sent)
        here, there = room.progress.find(sent.entry), room.progress.step_from(sent.entry, by)
        if by > 0 and there is None:
            return self._show_done(sent, room)
        if by > 0 and here is not None and here.calibrates and there is not None and not there.calibrates:
            return self._show_pause(sent, room)
        target = there or here
        return self._show_entry(sent, room, target.code) if target else self._show_round(sent, room)

    def _show_done(self, sent: Sent, room: Room) -> Shown:
        left = room.progress.find_open()
        html = self._write(sent, "done", room, onward=(left or room.progress.steps[0]).code, sees=room.sees)
        return Shown(
            notice="", progress=self._write_progress(sent, room), rate=html, saved=self._write_saved(sent)
        )  # fmt: skip

    def _show_pause(self, sent: Sent, room: Room) -> Shown:
        """What everybody rated first, beside what others said of it: only to whoever has rated all of it."""
        progress = room.progress
        if not progress.calibration:
            return self._go_on(sent, room)
        others = self._find_calibrated(room) if progress.is_calibrated else {}
        compared = compare_calibration(
            progress,
            room.mine,
            others,
            room.round.rubric,
            find_question=self._read_answers(room).name_question,
            na=self.wording.say("rate_entry.na"),
        )
        left = progress.find_open(progress.calibration[-1].place if progress.is_calibrated else 0)
        onward = left or progress.steps[-1]
        html = self._write(sent, "pause", room, comparison=compared, others=len(others), onward=onward.code)
        return Shown(
            notice="", progress=self._write_progress(sent, room, paused=True), rate=html, saved=self._write_saved(sent)
        )  # fmt: skip

    def _find_calibrated(self, room: Room) -> dict[str, list[Rating]]:
        """What others said of the answers that everybody rates first, of each who has rated them all."""
        first = {one.code for one in room.progress.calibration}
        given: dict[str, list[Rating]] = {}
        for rating in self.ratings.list_ratings(room.round.id):
            if rating.entry in first and fold_rater(rating.rater) != fold_rater(room.rater):
                given.setdefault(rating.rater, []).append(rating)
        return {
            rater: theirs
            for rater, theirs in given.items()
            if view_progress(room.round, rater, {one.entry: one for one in theirs}).is_calibrated
        }

    # --- sheets -------------------------------------------------------------------------------------------------

    def write_sheet(self, person: str, round_id: str, rater: str) -> tuple[str, bytes]:
        """A rater's own sheet: the title of the round, and the bytes of an XLSX file.

        Raises:
            CoachError: the person is no trainer, the round is gone or closed, nobody is named, or an answer is gone.
        """
        room = self._enter_named(person, round_id, rater)
        answers = self._read_answers(room)
        blinded = []
        for entry in order_entries(room.round, room.rater):
            result = answers.find(entry.code)
            if result is None:
                raise CoachError(self.wording.say("rate.gone"))
            blinded.append(blind(entry, hide_result(result)))
        return room.round.title, write_rating_sheet(room.round, room.rater, blinded, tuple(room.mine.values()))

    def read_sheet(self, person: str, round_id: str, rater: str, file: tuple[str, bytes]) -> str:
        """Keep the ratings of a filled-in sheet, whose name and bytes `file` is; what came of it, as HTML.

        Raises:
            CoachError: as `write_sheet`, or the file is no sheet of ratings.
        """
        room = self._enter_named(person, round_id, rater)
        name, data = file
        codes = [one.code for one in room.round.entries]
        ratings, problems = read_rating_sheet(data, room.round.rubric, name, room.rater, codes)
        kept = self.ratings.put_ratings(person, room.round.id, [self._merge(room, one) for one in ratings])
        names = list(dict.fromkeys(one.rater for one in kept))
        said = self.wording.say("rate_sheet.read_none")
        if kept:
            said = self.wording.say("rate_sheet.read", count=len(kept), rater=", ".join(names))
        return fill("rate_sheet_read", said=said, problems=problems)

    def _enter_named(self, person: str, round_id: str, rater: str) -> Room:
        self.require_trainer(person)
        room = self._enter(Sent(round=round_id, rater=rater))
        if not room.rater:
            raise CoachError(self.wording.say("rate_sheet.no_rater"))
        return room

    def _merge(self, room: Room, rating: Rating) -> Rating:
        """What a sheet says above what was said before: a cell that is left empty takes nothing back."""
        before = {one.entry: one for one in self.ratings.list_ratings(room.round.id, rating.rater)}.get(rating.entry)
        if before is None:
            return rating
        levels = {**dict(before.levels), **dict(rating.levels)}
        return replace(rating, levels=tuple(levels.items()), comment=rating.comment or before.comment)

    # --- agreement ----------------------------------------------------------------------------------------------

    def _show_agreement(self, sent: Sent, room: Room, focus: str = "heading") -> Shown:
        if not room.may_see:
            notice = fill_notice(
                self.wording.say("rate_agree.refused" if room.rater else "rate_agree.nobody"), trouble=True
            )
            return replace(self._show_round(sent, room), notice=notice)
        if not room.sees:
            return self._ask_to_finish(sent, room)
        ratings = self.ratings.list_ratings(room.round.id)
        settlements = self.ratings.list_settlements(room.round.id)
        rubric = room.round.rubric
        view = view_agreement(
            measure_agreement(rubric, ratings, settlements, list_calibrating(room.round)),
            Said(rubric, ratings, settlements, sent.values.get("all") == "yes"),
            self._read_answers(room).view,
            self._name_clock,
            self.wording,
        )
        names = sorted({one.rater for one in ratings}, key=str.casefold)
        html = self._write(
            sent,
            "agreement",
            room,
            agreement=view,
            raters=names,
            runs=self._list_reports(room),
            card=self.ratings.read_card(room.round.id),
        )
        return Shown(
            notice="", progress=self._write_progress(sent), rate=html, saved=self._write_saved(sent, "shown", focus)
        )

    def _ask_to_finish(self, sent: Sent, room: Room) -> Shown:
        """The step before the agreement of an open round: what looking means, and nothing yet of what others said."""
        html = self._write(sent, "look", room, first=room.progress.steps[0].code)
        return Shown(
            notice="", progress=self._write_progress(sent, room), rate=html, saved=self._write_saved(sent)
        )  # fmt: skip

    def _look(self, person: str, sent: Sent) -> Shown:
        """Note that the rater has finished, then show what everybody said."""
        room = self._enter(sent)
        if not room.progress.is_done:
            return self._show_agreement(sent, room)
        self.ratings.look(person, room.round.id, room.rater)
        return self._show_agreement(sent, self._enter(sent))

    def _list_reports(self, room: Room) -> list[RunCard]:
        """The runs whose report what was rated feeds; of a round that is open they would tell whose answers these are."""
        rated = {one.run_id for one in room.round.entries} if room.is_closed else set()
        return [one for one in self.runs.list_runs() if one.id in rated]

    def _settle(self, sent: Sent) -> Shown:
        room, values = self._enter(sent), sent.values
        if not room.sees:
            return self._show_agreement(sent, room)
        dimension = room.round.rubric.find(values.get("dimension", ""))
        level = self._read_level(values.get("level", ""))
        made = self.ratings.settle(
            room.round.id,
            Settlement(
                entry=values.get("code", ""),
                dimension=values.get("dimension", ""),
                level=level,
                by=values.get("by", ""),
                note=values.get("note", ""),
                settled_at="",
            ),
        )
        shown = self._show_agreement(sent, room, f"disagree-{made.entry}-{made.dimension}")
        title = dimension.title if dimension else made.dimension
        said = self.wording.say("rate_agree.settled_now", dimension=title, level=_write_level(level, self.wording))
        return replace(shown, notice=fill_notice(said))


def _write_level(level: int | None, wording: Wording) -> str:
    return wording.say("rate_entry.na") if level is None else name_level(level)


def _read_number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _name_address(view: str, round_id: str, entry: str) -> str:
    if view == "make":
        return "/rate?view=make"
    if not round_id:
        return "/rate"
    more = f"&entry={entry}" if entry else "&view=agreement" if view == "agreement" else ""
    return f"/rate?round={round_id}{more}"
