"""The page for rating without a browser: a desk on a store of its own, with what windows send to it and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from coach.errors import CoachError
from coach.evaluation.rating.rounds import order_entries
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.records import Run, RunCard
from coach.records import LOCAL_PERSON
from coach.store.ratings import RatingStore
from coach.store.store import Store
from coach.web.rate_desk import RateDesk
from coach.web.rate_runs import ReadRuns
from coach.web.rate_values import PARTS, Sent, Shown, Typed
from coach.web.rate_wording import load_rate_page_wording
from tests.fragments import find_all
from tests.rating_examples import CITATION, make_items, make_run

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
RUBRIC = load_rubric()
DIMENSIONS = [one.id for one in RUBRIC.dimensions]
TEXT = "Schools change. " + "x" * (CITATION.start - 18) + "\n\n" + CITATION.quote + " They say so."


@dataclass
class FakeRuns:
    """Runs in memory, and how often one was read."""

    runs: dict[str, Run] = field(default_factory=dict)
    read: int = 0

    def list_runs(self) -> Sequence[RunCard]:
        return [
            RunCard(one.id, one.title, one.set_id, one.set_name, one.set_version, one.state, one.size,
                    len(one.results), one.started_at, one.finished_at)
            for one in self.runs.values()
        ]  # fmt: skip

    def read_run(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise CoachError("There is no such run.")
        self.read += 1
        return self.runs[run_id]


@dataclass
class Scene:
    """A desk and what it works on."""

    desk: RateDesk
    ratings: RatingStore
    runs: FakeRuns
    store: Store
    count: int = 0

    def send(self, act: str = "", *, rater: str = "", round: str = "", entry: str = "", **more: Any) -> Shown:
        self.count += 1
        return self.desk.handle(LOCAL_PERSON, Sent(f"n{self.count}", round, rater, entry, act=act, **more))

    def make(self, runs: Sequence[str] = ("run-one",), **values: str) -> str:
        """A round; its id."""
        given = {"title": "Autumn", "share": "100", "calibrate": "2", "raters": "", **values}
        shown = self.send("make", values=given, chosen=tuple(runs))
        return str(find_root(shown).get("data-round"))

    def start(self, round_id: str, rater: str, **values: str) -> Shown:
        return self.send("start", round=round_id, values={"rater": rater, **values})

    def choose(self, round_id: str, rater: str, code: str, comment: str | None = None, **levels: str) -> Shown:
        return self.send(round=round_id, rater=rater, entry=code, typed={code: Typed(levels, comment)})

    def list_codes(self, round_id: str, rater: str) -> list[str]:
        return [one.code for one in order_entries(self.ratings.read_round(round_id), rater)]

    def look(self, round_id: str, rater: str, **values: str) -> Shown:
        """The agreement, of whoever says that they have finished."""
        self.send("look", round=round_id, rater=rater)
        return self.send("agreement", round=round_id, rater=rater, values=values)

    def rate_all(self, round_id: str, rater: str, level: str = "1", most: int = 99, comment: str = "") -> None:
        for code in self.list_codes(round_id, rater)[:most]:
            self.choose(round_id, rater, code, comment, **dict.fromkeys(DIMENSIONS, level))


def open_scene(store: Store) -> Scene:
    """A desk for the trainer of this machine, with two runs of six answers."""
    runs = FakeRuns({name: make_run(name, make_items(6)) for name in ("run-one", "run-two")})
    ratings = RatingStore(store, lambda text: text.replace("Maya", "[student]"))
    desk = RateDesk(
        ratings=ratings,
        runs=ReadRuns(runs),
        read_text=lambda document: TEXT if document == CITATION.document_id else None,
        load_rubric=load_rubric,
        is_trainer=lambda person: person == LOCAL_PERSON,
        wording=load_rate_page_wording(),
        now=lambda: NOW,
    )
    return Scene(desk, ratings, runs, store)


def find_root(shown: Shown) -> Any:
    return find_all(shown.rate, "//div[contains(@class, 'rate-page')]")[0]


def name_view(shown: Shown) -> str:
    return str(find_root(shown).get("data-view"))


def read_outcome(shown: Shown) -> str:
    return str(find_all(shown.saved, "//p")[0].get("data-outcome"))


def list_checked(shown: Shown) -> dict[str, str]:
    checked = find_all(shown.rate, "//input[@type='radio' and @checked]")
    return {one.get("name").removeprefix("level-"): one.get("value") for one in checked}


def join(shown: Shown) -> str:
    return " ".join(getattr(shown, part) or "" for part in PARTS)
