"""The only place that picks concrete parts: Settings -> Embedder, Library, Assistant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coach.accession import Accession
from coach.added import AddedFiles
from coach.answerability import Answerability, load_answerability
from coach.assistant import Assistant, Team
from coach.background import Background
from coach.boundaries import BoundaryRecogniser, load_boundaries
from coach.boundary_meaning import MeaningReader, load_classifier
from coach.boundary_rules import load_rules
from coach.claims import ClaimChecker, Judge
from coach.close_reading import CloseReader
from coach.consent import may_be_sent
from coach.coverage_groups import Grouper, list_topics, load_nearness
from coach.coverage_report import CoverageReporter
from coach.coverage_wording import load_coverage_wording
from coach.craft import CraftFinder, load_craft
from coach.cross_encoder import CrossEncoder, load_cross_encoder
from coach.discretion import Discretion
from coach.drafting import ExtractiveComposer
from coach.embedding import Embedder
from coach.embedding.onnx import OnnxEmbedder
from coach.entailment import load_entailment
from coach.errors import CoachError, LibraryEmpty
from coach.evaluation.judging import Judge as EvaluationJudge
from coach.evaluation.judging import load_judge_prompts
from coach.evaluation.rating.rubric import load_rubric
from coach.evaluation.running import Judging, Runner
from coach.evaluation.scores.scoring import Scorer
from coach.forms import collect_vocabulary
from coach.grounding import Grounder, Workshop
from coach.guiding import Guide
from coach.incoming import Incoming
from coach.index import VectorIndex
from coach.intake import Intake
from coach.jargon import load_jargon
from coach.lexical import LexicalIndex
from coach.library import Library
from coach.lock import hold_library
from coach.models import LanguageModel
from coach.models.chat import open_model
from coach.models.naming import name_host
from coach.planner import Planner
from coach.plans.finding import ProtocolFinder
from coach.plans.protocols import load_protocols
from coach.plans.wording import load_plan_wording
from coach.practices.checking import PracticeShelf
from coach.practices.finding import PracticeFinder, load_parameters
from coach.privacy import silence_libraries
from coach.prompting import load_model_prompts
from coach.prompts import load_wording
from coach.proofreading import Tools
from coach.reading import ReaderPool
from coach.reading_list import ReadingList, load_reports
from coach.retrieval import Retriever
from coach.rewriting import Rewriter
from coach.roster import Roster, load_roster
from coach.sentence_vectors import SentenceVectors
from coach.settings import DEFAULT_EMBEDDING, Settings
from coach.sharing import load_sharing_wording
from coach.store.evaluations import EvaluationStore
from coach.store.people import PeopleStore
from coach.store.plans import PlanStore
from coach.store.requests import RequestStore
from coach.store.sharing import SharingStore
from coach.store.store import FILE_NAME, Store
from coach.substituting import Substituter
from coach.suggesting import Suggester
from coach.support import SupportJudge, load_support
from coach.talk import Answering
from coach.uploads import Limits, Uploads
from coach.visits import Visits
from coach.writing import Writer

ROSTER_NAME = "roster.csv"
"""In the data folder: names that are masked wherever they stand."""


@dataclass(frozen=True, slots=True)
class OpenCoach:
    """An assistant on an opened library. `fault` says why the vector index is not in use, for an owner."""

    assistant: Assistant
    library: Library
    retriever: Retriever
    discretion: Discretion
    vectors: SentenceVectors
    """Of the sentences that were met so far."""
    fault: str | None = None


def build_embedder(settings: Settings) -> Embedder:
    """The embedding model that the settings name.

    Raises:
        ModelUnavailable: it cannot be loaded.
    """
    # Here too: a program that uses Coach as a library must be as quiet as the command line.
    silence_libraries()
    if settings.embedding == DEFAULT_EMBEDDING:
        return OnnxEmbedder(settings.cache, settings.threads)
    # Imported here because it brings torch, which the default never needs.
    from coach.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedding, settings.cache, settings.threads)


def build_readers(settings: Settings) -> ReaderPool:
    """The reader processes, under the limits of the settings."""
    return ReaderPool(settings.readers, settings.reader_megabytes, settings.file_seconds)


@contextmanager
def open_library(settings: Settings, purpose: str | None = None, *, any_model: bool = False) -> Iterator[Library]:
    """The library, for the time of the block.

    Args:
        settings: where it lies, and the embedding model.
        purpose: the command that will write it; None for a reader, who needs no lock.
        any_model: whether a library of another embedding model may be opened, in order to change it.

    Raises:
        LibraryEmpty: a reader finds no library there.
        LibraryBusy: another process writes it.
        LibraryMismatch: its vectors are of another model, or it is of a newer Coach.
    """
    if purpose is not None:
        with hold_library(settings.home, purpose), _open(settings, any_model, owner=True) as library:
            AddedFiles(settings.home).level(library.store)  # after a crash
            yield library
        return
    _require_store(settings)
    with _open(settings, any_model, owner=False) as library:
        yield library


@contextmanager
def open_store(settings: Settings, *, make: bool = False) -> Iterator[Store]:
    """The database alone, for what is no part of the documents: no model is loaded and no lock is needed.

    Args:
        settings: where it lies.
        make: whether it is made where there is none yet.

    Raises:
        LibraryEmpty: there is none, and none is to be made.
        LibraryMismatch: it was made by another version of Coach.
    """
    if not make:
        _require_store(settings)
    store = Store(settings.home, may_migrate=not _has_store(settings))
    try:
        yield store
    finally:
        store.close()


def _has_store(settings: Settings) -> bool:
    return (settings.home / FILE_NAME).is_file()


def _require_store(settings: Settings) -> None:
    if not _has_store(settings):
        raise LibraryEmpty(
            f"There is no library in {settings.home} yet. Run `coach ingest FOLDER`, or name another --home."
        )


@contextmanager
def _open(settings: Settings, any_model: bool, *, owner: bool) -> Iterator[Library]:
    library = Library(settings.home, build_embedder(settings), owner=owner)
    try:
        if not any_model:
            library.store.require_model(library.embedder)
        yield library
    finally:
        library.close()


def build_workshop(
    library: Library, retriever: Retriever, cross_encoder: CrossEncoder | None, answerability: Answerability
) -> Workshop:
    """Everything that an answer is made with. `answerability` must be that of a cross-encoder which is there, or is not."""
    background = Background(library.exact, library.embedder)
    return Workshop(
        retriever=retriever,
        close_reader=CloseReader(library.store, library.words, library.embedder, background, cross_encoder),
        composer=ExtractiveComposer(answerability),
        jargon=load_jargon(),
        reading_list=ReadingList(load_reports(), library.embedder, answerability.near_report),
        background=background,
        wording=load_wording(),
    )


def build_practice_finder(library: Library, background: Background) -> PracticeFinder:
    """What finds practices of a library; `background` may be that of the close reader, whose vectors are then shared."""
    return PracticeFinder(PracticeShelf(library.store), library.embedder, background, load_parameters())


def read_roster(settings: Settings) -> Roster | None:
    """The district's list of names, where it has one.

    Raises:
        CoachError: it is set and cannot be read.
    """
    path = settings.roster or settings.home / ROSTER_NAME
    return load_roster(path) if settings.roster or path.is_file() else None


def build_discretion(store: Store, settings: Settings) -> Discretion:
    """What masks texts for a library and a district."""
    return Discretion(store, LexicalIndex(store.engine), read_roster(settings))


def build_boundary_recogniser(embedder: Embedder, settings: Settings) -> BoundaryRecogniser:
    """What finds questions that belong with people; by words alone where `embedder` is none that its model knows."""
    classifier = load_classifier()
    if embedder.fingerprint != classifier.fingerprint and settings.embedding != DEFAULT_EMBEDDING:
        embedder = OnnxEmbedder(settings.cache, settings.threads)
    known = embedder.fingerprint == classifier.fingerprint
    return BoundaryRecogniser(load_rules(), MeaningReader(embedder, classifier) if known else None)


@dataclass(frozen=True, slots=True)
class Pen:
    """A language model that may be used, what its sentences are judged by, and how much it may be sent."""

    model: LanguageModel
    judge: Judge
    most_characters: int = 24_000


def build_language_model(settings: Settings) -> tuple[LanguageModel | None, str | None]:
    """The language model that is set, or None; and the line that says why one that is set is not used."""
    chosen = settings.model
    if chosen is None:
        return None, None

    def is_permitted() -> bool:
        return may_be_sent(settings.home, chosen)

    try:
        if not is_permitted():
            place = name_host(chosen.address)
            return None, load_wording().say("model.not_agreed", name=chosen.name, address=place)
        return open_model(chosen, permitted=is_permitted), None
    except CoachError as error:
        return None, str(error)


def build_pen(settings: Settings, vectors: SentenceVectors) -> tuple[Pen | None, str | None]:
    """The configured language model, or None; and why one that is configured is not used."""
    if settings.model is None:
        return None, None
    model, unused = build_language_model(settings)
    if model is None:
        return None, unused
    entailment = load_entailment(settings.entailment, threads=settings.threads) if settings.entailment else None
    judge = SupportJudge(vectors, load_support(), entailment)
    return Pen(model, judge, settings.model.context_characters), None


def build_team(  # noqa: PLR0913 - what a team differs by
    library: Library,
    workshop: Workshop,
    settings: Settings,
    discretion: Discretion,
    pen: Pen | None = None,
    unused: str | None = None,
) -> Team:
    """The parts of an assistant, each with what it needs.

    Args:
        library: what it answers from.
        workshop: what answers are made with.
        settings: of this installation.
        discretion: masks what people write.
        pen: a language model, where one may be used.
        unused: why a configured one is not.
    """
    wording, crafts, boundaries = load_wording(), load_craft(), load_boundaries()
    practices = build_practice_finder(library, workshop.background)
    recogniser = build_boundary_recogniser(library.embedder, settings)
    digests = [wording.digest, workshop.jargon.digest, crafts.digest, boundaries.digest]
    writer, rewriter = None, None
    if pen is not None:
        prompts = load_model_prompts()
        digests.append(prompts.digest)
        rewriter = Rewriter(pen.model, prompts, discretion.trace)
        tools = Tools(
            ClaimChecker(pen.judge),
            Substituter(workshop.close_reader.vectors, workshop.composer),
            collect_vocabulary(crafts.entries),
            wording,
            lambda text: recogniser.recognise(text) is not None,
        )
        writer = Writer(pen.model, prompts, tools, discretion.trace, pen.most_characters)
    return Team(
        intake=Intake(discretion, recogniser, boundaries, rewriter),
        grounder=Grounder(library, workshop),
        guide=Guide(library.embedder, CraftFinder(crafts.entries, library.embedder, settings.cache), practices),
        suggester=Suggester(library.embedder, wording),
        wording=wording,
        prompts=hashlib.sha256("".join(digests).encode()).hexdigest()[:12],
        writer=writer,
        unused=unused,
    )


@contextmanager
def open_coach(
    settings: Settings, purpose: str | None = None, consented: Settings | None = None
) -> Iterator[OpenCoach]:
    """An assistant. An owner (`purpose` given) asks Chroma; a reader searches exactly and leaves Chroma alone.

    Args:
        settings: of the library.
        purpose: the command that will write it; None for a reader.
        consented: settings of the data folder in which somebody agreed to the language model, where that is another.

    Raises:
        CoachError: as `open_library`.
    """
    with open_library(settings, purpose) as library:
        index: VectorIndex = library.exact
        fault: str | None = None
        if purpose is not None:
            index, fault = library.choose_index()
        retriever = Retriever(library.store, library.words, index, library.exact, library.embedder)
        cross_encoder = load_cross_encoder(threads=settings.threads)
        workshop = build_workshop(library, retriever, cross_encoder, load_answerability(cross_encoder is not None))
        discretion = build_discretion(library.store, settings)
        pen, unused = build_pen(consented or settings, workshop.close_reader.vectors)
        team = build_team(library, workshop, settings, discretion, pen, unused)
        assistant = Assistant(library, team, settings.digest())
        try:
            yield OpenCoach(assistant, library, retriever, discretion, workshop.close_reader.vectors, fault)
        finally:
            retriever.close()


def build_planner(coach: OpenCoach) -> Planner:
    """What makes support-session plans from an opened library."""
    return Planner(
        assistant=coach.assistant,
        store=coach.library.store,
        discretion=coach.discretion,
        library=load_protocols(),
        finder=ProtocolFinder(coach.vectors),
        wording=load_plan_wording(),
    )


def build_runner(
    coach: OpenCoach, runs: EvaluationStore, judge: Judging | None = None, assistant: Answering | None = None
) -> Runner:
    """What runs evaluation sets on an opened library; `assistant` answers in place of Coach's own."""
    scorer = Scorer(coach.library.store, coach.vectors, coach.discretion.mask)
    return Runner(assistant or coach.assistant, scorer, runs, judge)


def build_judge(coach: OpenCoach, settings: Settings) -> EvaluationJudge:
    """The configured language model as one that rates answers by the rubric.

    Raises:
        CoachError: none is configured, or it may not be used.
    """
    model, unused = build_language_model(settings)
    if model is None:
        raise CoachError(unused or "No language model is configured, so nothing can judge. `coach model` tells how.")
    return EvaluationJudge(model, load_rubric(settings.home), load_judge_prompts(), coach.discretion.mask_text)


def build_visits(store: Store, discretion: Discretion) -> Visits:
    """What reads what principals share, for visits."""
    sharing = SharingStore(store, discretion.mask_note)
    return Visits(PlanStore(store), sharing, PeopleStore(store), load_sharing_wording())


def build_coverage_reporter(library: Library, vectors: SentenceVectors, discretion: Discretion) -> CoverageReporter:
    """What counts the questions that a library does not answer."""
    wording = load_coverage_wording()
    return CoverageReporter(
        store=library.store,
        requests=RequestStore(library.store, discretion.mask_text),
        vectors=vectors,
        index=library.exact,
        grouper=Grouper(vectors, list_topics(wording.topics, load_jargon()), load_nearness()),
        rule=wording.rule,
        titles=frozenset(report.title for report in load_reports()),
    )


@contextmanager
def open_uploads(settings: Settings, library: Library, retriever: Retriever) -> Iterator[Uploads]:
    """What takes in handed-over documents for the time of the block; `library` must be open for writing.

    Args:
        settings: limits of files and of persons.
        library: of the process that holds the writer's lock.
        retriever: which answers from it meanwhile, and is told of every new index.
    """
    incoming = Incoming(settings.home)
    limits = Limits(settings.file_megabytes, settings.person_megabytes, settings.person_files)
    with build_readers(settings) as readers:
        uploads = Uploads(Accession(library, retriever, readers, incoming), incoming, limits)
        try:
            yield uploads
        finally:
            uploads.close()
