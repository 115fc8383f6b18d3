"""Makes what the pages work with: an opened Coach and its settings in, the site's parts out, for the time of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from coach.added import AddedFiles
from coach.assembly import (
    OpenCoach,
    build_coverage_reporter,
    build_judge,
    build_planner,
    build_readers,
    build_runner,
    build_visits,
    open_uploads,
)
from coach.consent import may_be_sent
from coach.coverage_report import RememberedReport
from coach.errors import CoachError
from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.comparison.own_gate import RememberedVerdicts
from coach.evaluation.draft_cases import draft_cases
from coach.evaluation.queue import RunQueue
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.reports.reporting import read_rated
from coach.introduction import Introducer
from coach.library import Library
from coach.page_pictures import PagePictures
from coach.practices.checking import PracticeShelf
from coach.prompts import load_conversation_wording
from coach.reading_list import load_reports
from coach.records import ROLES
from coach.settings import Settings
from coach.sharing import load_sharing_wording
from coach.store.commitments import CommitmentStore
from coach.store.conversations import ConversationStore
from coach.store.evaluations import EvaluationStore
from coach.store.feedback import FeedbackStore
from coach.store.people import PeopleStore, find_acting
from coach.store.plans import PlanStore
from coach.store.ratings import RatingStore
from coach.store.requests import RequestStore
from coach.store.sharing import SharingStore
from coach.store.store import Store
from coach.talk import Answering
from coach.uploads import Uploads
from coach.web.arrivals import Arrivals
from coach.web.case_desk import CaseDesk
from coach.web.coverage_page import CoverageDesk
from coach.web.desk import Desk
from coach.web.evaluate_bench import Bench
from coach.web.evaluate_desk import EvaluateDesk
from coach.web.evaluate_reports import ReportWriters
from coach.web.evaluate_sheets import Sheets
from coach.web.evaluate_wording import load_evaluate_wording
from coach.web.examples import Examples
from coach.web.header import Header
from coach.web.library_desk import LibraryDesk
from coach.web.library_wording import load_library_wording
from coach.web.people import FindVisitor, answer_as
from coach.web.plan_desk import PlanDesk
from coach.web.plan_passages import PassageFinder
from coach.web.plan_wording import load_plan_page_wording
from coach.web.rate_desk import RateDesk
from coach.web.rate_runs import ReadRuns
from coach.web.rate_wording import load_rate_page_wording
from coach.web.sharing_desk import SharingDesk, remember_masked
from coach.web.transcript import Writer
from coach.web.wording import load_page_wording

_SECONDS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages work with."""

    coach: OpenCoach
    desk: Desk
    pictures: PagePictures
    uploads: Uploads
    library: LibraryDesk
    arrivals: Arrivals
    find_person: FindVisitor
    """Who asks."""
    plans: PlanDesk
    cases: CaseDesk
    """Test cases made of answers, and what people found wanting, for trainers."""
    coverage: CoverageDesk
    """What the documents do not cover, for the central office."""
    evaluation: EvaluateDesk
    rating: RateDesk
    header: Header


@contextmanager
def open_site(coach: OpenCoach, settings: Settings, assistant: Answering | None = None) -> Iterator[Site]:
    """The site of an opened Coach; `assistant` answers in place of Coach's own."""
    store = coach.library.store
    acting = find_acting(store, settings.person)
    find_person = answer_as(PeopleStore(store), acting.id)
    # A reader process of its own: a long document that is being read must not keep a page from being shown.
    runs = EvaluationStore(store)
    drawing = replace(settings, readers=1, file_seconds=min(settings.file_seconds, _SECONDS_A_PAGE))
    with (
        build_readers(drawing) as readers,
        open_uploads(settings, coach.library, coach.retriever) as uploads,
        closing(_build_queue(coach, settings, runs, assistant)) as queue,
    ):
        pictures = PagePictures(coach.library, readers)
        plans = build_plan_desk(coach)
        desk = build_desk(coach, pictures, assistant or coach.assistant)
        cases = build_case_desk(desk)
        desk = replace(desk, make_visit_prep=plans.make_visit_prep, makes_cases=cases.is_for)
        arrivals = Arrivals(uploads, coach.library.home, settings.file_megabytes)
        coverage = build_coverage_desk(coach)
        library = replace(build_library_desk(desk, coach.library, uploads), sees_coverage=coverage.is_for)
        judge = partial(find_judge, desk.writer, settings)
        evaluation = build_evaluate_desk(coach, runs, queue, cases, coverage, judge)
        rating = build_rate_desk(coach)
        header = Header(find_person, cases.is_for, "trainer" in acting.roles, coach.fault is not None)
        yield Site(
            coach, desk, pictures, uploads, library, arrivals, find_person, plans, cases, coverage, evaluation, rating,
            header,
        )  # fmt: skip


def build_desk(coach: OpenCoach, pictures: PagePictures, assistant: Answering) -> Desk:
    """The conversation page's desk."""
    store, discretion, wording = coach.library.store, coach.discretion, load_page_wording()
    # That a question is worth offering is found out without sending anything.
    examples = Examples(coach.assistant.without_model(), {role: wording.examples.get(role, ()) for role in ROLES})
    writer = coach.assistant.team.writer

    return Desk(
        store=store,
        assistant=assistant,
        conversations=ConversationStore(store),
        commitments=CommitmentStore(store, discretion.mask_note),
        feedback=FeedbackStore(store, discretion.mask_text),
        requests=RequestStore(store, discretion.mask_text),
        sharing=build_sharing_desk(store, discretion.mask_note),
        introducer=Introducer(store, load_reports()),
        examples=examples,
        wording=wording,
        conversation_wording=load_conversation_wording(),
        pictures=pictures,
        mask=discretion.mask_text,
        now=lambda: datetime.now().astimezone(),
        writer=Writer(writer.model.name, writer.model.address, writer.model.is_local) if writer else None,
    )


def build_sharing_desk(store: Store, mask: Callable[[str], str]) -> SharingDesk:
    """What the pages share and take back; `mask` takes students' names and records out."""
    return SharingDesk(
        people=PeopleStore(store),
        conversations=ConversationStore(store),
        sharing=SharingStore(store, mask),
        mask=remember_masked(mask, store.read_generation),
        wording=load_sharing_wording(),
        conversation_wording=load_conversation_wording(),
    )


def build_library_desk(desk: Desk, library: Library, uploads: Uploads) -> LibraryDesk:
    """The library page's desk, beside that of the conversation page."""
    return LibraryDesk(
        store=library.store,
        uploads=uploads,
        requests=desk.requests,
        introducer=desk.introducer,
        shelf=PracticeShelf(library.store),
        pictures=desk.pictures,
        added=AddedFiles(library.home),
        wording=load_library_wording(),
        now=desk.now,
    )


def build_case_desk(desk: Desk) -> CaseDesk:
    """What trainers make test cases with, beside the desk of the conversation page."""
    return CaseDesk(
        people=PeopleStore(desk.store),
        conversations=desk.conversations,
        feedback=desk.feedback,
        sets=EvaluationStore(desk.store),
        wording=desk.wording,
        mask=desk.mask,
        now=desk.now,
    )


def build_coverage_desk(coach: OpenCoach) -> CoverageDesk:
    """What shows the central office which questions the documents do not answer."""
    reporter = build_coverage_reporter(coach.library, coach.vectors, coach.discretion)
    return CoverageDesk(
        RememberedReport(reporter), PeopleStore(coach.library.store), lambda: datetime.now().astimezone()
    )


def build_plan_desk(coach: OpenCoach) -> PlanDesk:
    """The plan page's desk."""
    planner, store = build_planner(coach), coach.library.store

    return PlanDesk(
        planner=planner,
        plans=PlanStore(store),
        conversations=ConversationStore(store),
        passages=PassageFinder(coach.assistant, store, coach.vectors, planner.wording),
        wording=load_plan_page_wording(),
        page_wording=load_page_wording(),
        mask=coach.discretion.mask_text,
        now=lambda: datetime.now().astimezone(),
        sharing=build_visits(store, coach.discretion),
    )


def _build_queue(coach: OpenCoach, settings: Settings, runs: EvaluationStore, assistant: Answering | None) -> RunQueue:
    """The runs in the background, each with the judge that it began with."""
    return RunQueue(runs, build_runner(coach, runs, assistant=assistant), lambda: build_judge(coach, settings))


def find_judge(writer: Writer | None, settings: Settings) -> Writer | None:
    """The language model that may judge answers now: the one that writes, as long as text may be sent to it."""
    try:
        return writer if settings.model is not None and may_be_sent(settings.home, settings.model) else None
    except CoachError:
        return None


def build_evaluate_desk(  # noqa: PLR0913 - what the page works with
    coach: OpenCoach,
    runs: EvaluationStore,
    queue: RunQueue,
    cases: CaseDesk,
    coverage: CoverageDesk,
    judge: Callable[[], Writer | None],
) -> EvaluateDesk:
    """The desk of the page Evaluate."""
    store = coach.library.store
    ratings = RatingStore(store, coach.discretion.mask_note)
    check_gate = RememberedVerdicts(runs)
    bench = Bench(
        sets=runs,
        runs=queue,
        sheets=Sheets(coach.discretion.mask_note, store.list_documents),
        draft=lambda items, most: draft_cases(store, items, most),
        compare=compare_runs,
        read_rated=lambda run_id: read_rated(ratings, run_id),
        check_gate=check_gate,
        find_judge=judge,
        name_dimension=partial(_name_dimension, coach.library.home),
        review=cases.write_review,
        sees_coverage=coverage.is_for,
        reports=ReportWriters(ratings, check_gate, lambda: datetime.now().astimezone()),
        is_trainer=cases.is_for,
        wording=load_evaluate_wording(),
    )
    return EvaluateDesk(bench)


def _name_dimension(home: Path, identifier: str) -> str:
    try:
        found = load_rubric(home).find(identifier)
    except CoachError:  # whoever rates is told; here the id has to do
        return ""
    return found.title if found is not None else ""


def build_rate_desk(coach: OpenCoach) -> RateDesk:
    """The desk of the page for rating."""
    store = coach.library.store
    people = PeopleStore(store)

    return RateDesk(
        ratings=RatingStore(store, coach.discretion.mask_note),
        runs=ReadRuns(EvaluationStore(store)),
        read_text=store.read_text,
        load_rubric=lambda: load_rubric(coach.library.home),
        is_trainer=lambda person: "trainer" in people.read(person).roles,
        wording=load_rate_page_wording(),
        now=lambda: datetime.now().astimezone(),
    )
