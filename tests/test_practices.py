"""Practices: read from files, looked up word for word, found for a question, and never suggested without their words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from coach.background import Background
from coach.basis import recognise_basis
from coach.cli import app
from coach.embedding import embed_question
from coach.errors import CoachError
from coach.ingest import Ingest
from coach.library import Library
from coach.practices.checking import PracticeShelf, VerifiedPractice
from coach.practices.finding import FindingParameters, Need, PracticeFinder, load_parameters
from coach.practices.loading import PracticeReport
from coach.practices.reading import read_practices
from coach.records import Practice, Role
from coach.search_copy import fold_letters
from tests.conftest import ROOT, RunIngest
from tests.fakes import DirectReader, WordEmbedder

TIME_WORDS = "Principals who protect two mornings a week visit more lessons."
WALK_WORDS = "A learning walk is a short visit to several classrooms."


def quote(document: str, words: str) -> dict[str, str]:
    return {"document": document, "words": words}


def write_entry(name: str = "two-mornings", **changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": name,
        "title": "Keep two mornings for lessons",
        "description": "You keep two mornings a week free of meetings.",
        "who": "A principal",
        "roles": ["principal"],
        "situations": ["I never get out of my office", "Meetings eat the whole week"],
        "first_step": "Choose the two mornings with your secretary.",
        "by": "Within two weeks",
        "evidence": "Four mornings that were kept.",
        "reflective_question": "What would stop if you were not there?",
        "quotes": [{"document": "time.txt", "words": TIME_WORDS}],
        "basis": "found",
        "inferred": "The exercise is ours.",
    }
    return {**entry, **changes}


def write_walk_entry(**changes: object) -> dict[str, object]:
    return write_entry(
        "short-walks",
        title="Walk with a focus",
        description="You visit several classrooms for a few minutes each.",
        situations=["Teachers dread my visits", "I want to see several classrooms"],
        quotes=[{"document": "walks.md", "words": WALK_WORDS}],
        basis="defines",
        **changes,
    )


def write_file(folder: Path, *entries: dict[str, object], name: str = "own.yaml") -> Path:
    path = folder / "practices" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"practices": list(entries)}, allow_unicode=True), "utf-8")
    return path


@pytest.fixture
def load(ingest: RunIngest) -> Callable[..., PracticeReport]:
    def run(library: Library, *paths: Path) -> PracticeReport:
        report = ingest(library, *paths).practices
        assert report is not None
        return report

    return run


Load = Callable[..., PracticeReport]


def changes(report: PracticeReport) -> dict[str, str]:
    return {result.name: result.change for result in report.files}


def get(library: Library, name: str) -> VerifiedPractice:
    return next(one for one in PracticeShelf(library.store).list() if one.practice.id == name)


def make_finder(library: Library, least: float = 0.5) -> PracticeFinder:
    weights = {"share": 4.0, "nearness": 4.0, "words": 0.5, "cited": 1.0, "role": 1.0}
    parameters = FindingParameters(-3.0, weights, least, 0.99, 1.0)
    background = Background(library.exact, library.embedder)
    return PracticeFinder(PracticeShelf(library.store), library.embedder, background, parameters)


def make_need(library: Library, text: str, role: Role = "principal", *labels: str) -> Need:
    return Need(text, embed_question(library.embedder, text).tolist(), role, frozenset(labels))


def name_found(finder: PracticeFinder, need: Need, shown: tuple[str, ...] = ()) -> list[str]:
    return [one.practice.id for one in finder.find(need, shown)]


# --- quotes ------------------------------------------------------------------------------------------------------


def test_a_quote_becomes_a_citation_as_answers_cite(library: Library, corpus: Path, load: Load) -> None:
    write_file(corpus, write_entry())
    report = load(library, corpus)
    assert report.quotes == 1 and report.flagged == () and changes(report) == {"own.yaml": "added"}
    [citation] = get(library, "two-mornings").citations
    text = library.store.read_text(citation.document_id)
    assert text is not None and text[citation.start : citation.end] == citation.quote == TIME_WORDS
    passages = library.store.list_document_passages(citation.document_id)
    [holder] = [one.passage for one in passages if one.passage.start <= citation.start < one.passage.end]
    assert citation.label == holder.label and citation.document == "time.txt"
    assert citation.basis == recognise_basis(TIME_WORDS)


def test_words_that_a_line_end_parts_are_found_and_quoted_as_they_stand(
    library: Library, corpus: Path, load: Load
) -> None:
    (corpus / "time.txt").write_text("Principals who “protect” two\nmornings a week visit more lessons.\n", "utf-8")
    words = 'who "protect" two mornings a week'
    write_file(corpus, write_entry(quotes=[{"document": "time.txt", "words": words}]))
    assert load(library, corpus).flagged == ()
    [citation] = get(library, "two-mornings").citations
    assert citation.quote == "who “protect” two\nmornings a week"


def test_a_heading_alone_is_no_quote(library: Library, corpus: Path, load: Load) -> None:
    write_file(corpus, write_entry(quotes=[quote("time.txt", "Protecting time")]))
    assert "such as in a heading" in load(library, corpus).flagged[0].gone[0].reason


def test_a_quote_over_two_passages_is_two_citations(library: Library, corpus: Path, load: Load) -> None:
    sentences = [f"Sentence number {place} says something of its own about school {place}." for place in range(40)]
    (corpus / "long.txt").write_text(" ".join(sentences), "utf-8")
    load(library, corpus)
    ids = {card.name: card.id for card in library.store.list_documents()}
    passages = library.store.list_document_passages(ids["long.txt"])
    assert len(passages) > 1
    border = passages[0].passage.end
    text = library.store.read_text(ids["long.txt"]) or ""
    words = text[border - 30 : border + 30].strip()
    write_file(corpus, write_entry(quotes=[{"document": "long.txt", "words": words}]))
    load(library, corpus)
    citations = get(library, "two-mornings").citations
    assert [one.label for one in citations] == [passages[0].passage.label, passages[1].passage.label]
    assert all(text[one.start : one.end] == one.quote for one in citations)


def test_a_practice_whose_only_quote_is_gone_is_flagged_and_not_suggested(
    library: Library, corpus: Path, load: Load
) -> None:
    write_file(corpus, write_entry(), write_walk_entry())
    load(library, corpus)
    finder = make_finder(library)
    need = make_need(library, "Meetings eat the whole week")
    assert name_found(finder, need)[0] == "two-mornings"
    (corpus / "time.txt").write_text("Protecting time\n\nMeetings move to the afternoon.\n", "utf-8")
    report = load(library, corpus)
    assert [one.practice.id for one in report.flagged] == ["two-mornings"]
    assert "time.txt does not hold the words “Principals who" in report.flagged[0].gone[0].reason
    # The same finder: it must have noticed that the library changed.
    assert "two-mornings" not in name_found(finder, need)


def test_of_two_quotes_the_one_that_is_left_is_shown(library: Library, corpus: Path, load: Load) -> None:
    quotes = [{"document": "time.txt", "words": TIME_WORDS}, {"document": "walks.md", "words": WALK_WORDS}]
    write_file(corpus, write_entry(quotes=quotes))
    load(library, corpus)
    assert len(get(library, "two-mornings").citations) == 2
    (corpus / "walks.md").unlink()
    report = load(library, corpus)
    assert report.flagged[0].is_sound and report.quotes == 1
    assert [one.document for one in get(library, "two-mornings").citations] == ["time.txt"]


def test_the_words_of_a_removed_document_are_in_no_byte_and_come_back_with_it(
    library: Library, corpus: Path, tmp_path: Path, load: Load
) -> None:
    district = tmp_path / "district"
    district.mkdir()
    path = write_file(district, write_entry())
    load(library, corpus)
    load(library, district)
    card = library.store.find_document("time.txt")
    assert card is not None
    library.store.remove_document(card.id)
    assert library.settle()
    data = b"".join(one.read_bytes() for one in library.home.rglob("*") if one.is_file())
    assert b"protect two mornings" not in data
    assert not get(library, "two-mornings").is_sound
    # The folder of the documents alone is read again, and the practice of the other folder is whole again.
    assert path.exists() and load(library, corpus).flagged == ()
    assert get(library, "two-mornings").is_sound


@pytest.fixture(scope="module")
def quiet_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One library for all examples of a property: to make one takes longer than to try it."""
    folder = tmp_path_factory.mktemp("property")
    document = folder / "time.txt"
    document.write_text(
        f"Protecting time\n\n{TIME_WORDS} Meetings move\nto the afternoon. “Quiet” hours help.\n", "utf-8"
    )
    opened = Library(folder / "home", WordEmbedder())
    Ingest(opened, DirectReader(), file_megabytes=1, notify=lambda progress: None).run([document])
    yield opened
    opened.close()


@pytest.mark.slow
@settings(deadline=None)
@given(start=st.integers(0, 140), length=st.integers(1, 80))
def test_whatever_is_cited_stands_in_the_document(quiet_library: Library, start: int, length: int) -> None:
    text = quiet_library.store.read_text(quiet_library.store.list_states()[0].id) or ""
    start += text.index(TIME_WORDS)  # what stands before is a heading, and in no passage
    words = " ".join(text[start : start + length].split())
    assume(any(character.isalnum() for character in words))
    folder = quiet_library.home.parent
    quiet_library.practices.replace(read_practices(write_file(folder, write_entry(quotes=[quote("time.txt", words)]))))
    [checked] = PracticeShelf(quiet_library.store).list()
    # Every stretch of the document is found again, wherever it begins and whatever became of its line ends.
    assert checked.is_sound and checked.gone == ()
    assert all(text[one.start : one.end] == one.quote for one in checked.citations)
    assert fold_letters("".join(one.quote for one in checked.citations)) == fold_letters(words)


# --- files -------------------------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(library: Library, corpus: Path, load: Load, embedder: WordEmbedder) -> None:
    write_file(corpus, write_entry())
    load(library, corpus)
    version = library.practices.read_version()
    embedder.texts.clear()
    assert changes(load(library, corpus)) == {"own.yaml": "unchanged"}
    assert library.practices.read_version() == version and embedder.texts == []


def test_files_are_replaced_and_removed_by_path(library: Library, corpus: Path, load: Load) -> None:
    path = write_file(corpus, write_entry(), write_walk_entry())
    load(library, corpus)
    write_file(corpus, write_entry(title="Keep three mornings"))
    assert changes(load(library, corpus)) == {"own.yaml": "updated"}
    assert [one.practice.title for one in PracticeShelf(library.store).list()] == ["Keep three mornings"]
    path.unlink()
    assert changes(load(library, corpus)) == {"own.yaml": "removed"}
    assert PracticeShelf(library.store).list() == ()


def test_a_district_adds_its_own_in_its_own_folder(library: Library, corpus: Path, tmp_path: Path, load: Load) -> None:
    district = tmp_path / "district"
    district.mkdir()
    (district / "handbook.txt").write_text("Every school keeps a quiet hour for reading.\n", "utf-8")
    write_file(corpus, write_entry())
    own = write_entry("quiet-hour", quotes=[{"document": "handbook.txt", "words": "keeps a quiet hour for reading"}])
    write_file(district, own, name="ours.yml")
    load(library, corpus)
    report = load(library, district)
    assert changes(report) == {"ours.yml": "added"} and report.flagged == ()
    assert {one.practice.id for one in report.checked} == {"two-mornings", "quiet-hour"}
    assert library.store.find_document("ours.yml") is None


def test_practices_are_no_documents_even_when_their_folder_is_named(
    library: Library, corpus: Path, ingest: RunIngest
) -> None:
    path = write_file(corpus, write_entry())
    ingest(library, corpus)
    for named in (path, path.parent):
        report = ingest(library, named)
        assert (
            report.results == ()
            and report.practices is not None
            and changes(report.practices) == {"own.yaml": "unchanged"}
        )


def test_a_broken_file_costs_neither_the_others_nor_what_was_read_from_it(
    library: Library, corpus: Path, load: Load
) -> None:
    write_file(corpus, write_entry())
    walks = write_file(corpus, write_walk_entry(), name="walks.yaml")
    load(library, corpus)
    walks.write_text("practices:\n  - id: short-walks\n   title: x", "utf-8")
    write_file(corpus, write_entry(title="Keep three mornings"))
    report = load(library, corpus)
    assert changes(report) == {"own.yaml": "updated", "walks.yaml": "failed"} and report.failed == 1
    message = next(result.message for result in report.files if result.change == "failed")
    assert "walks.yaml is no sound YAML: line 3" in message and "before stay" in message
    assert {one.practice.title for one in report.checked} == {"Keep three mornings", "Walk with a focus"}


def test_an_id_that_another_file_has_is_left_out_and_said(
    library: Library, corpus: Path, tmp_path: Path, load: Load
) -> None:
    district = tmp_path / "district"
    district.mkdir()
    write_file(corpus, write_entry())
    load(library, corpus)
    write_file(district, write_entry(title="Another"), write_walk_entry(), name="ours.yaml")
    report = load(library, district)
    assert "'two-mornings' is that of a practice in own.yaml" in report.files[0].message
    assert {one.practice.title for one in report.checked} == {"Keep two mornings for lessons", "Walk with a focus"}
    # The first file goes: the next run takes the other one's.
    (corpus / "practices" / "own.yaml").unlink()
    load(library, corpus)
    load(library, district)
    assert get(library, "two-mornings").practice.title == "Another"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (write_entry(title=5), "entry 'two-mornings', title: it must be a text"),
        (write_entry(title="  "), "title: it is empty"),
        (write_entry(roles=["teacher"]), "roles: each must be one of principal"),
        (write_entry(basis="proves"), "basis: it must be one of defines"),
        (write_entry(quotes=[]), "quotes: at least one"),
        (write_entry(quotes=[{"document": "time.txt"}]), "quotes: each has `document`"),
        (write_entry(situations="one"), "situations: a list"),
        (write_entry("Two Mornings"), "id: small letters"),
        (write_entry(titel="x"), "titel: no such field"),
        ({"id": "bare"}, "entry 'bare', roles: a list"),
    ],
)
def test_faults_name_file_entry_and_field(tmp_path: Path, entry: dict[str, object], said: str) -> None:
    path = write_file(tmp_path, entry)
    with pytest.raises(CoachError, match="own.yaml, entry") as fault:
        read_practices(path)
    assert said in str(fault.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "practices: []",
        "practices:\n  - id: a\n    id: b\n",
        "practices: !!python/object/apply:os.system ['true']",
        "practices: " + "[" * 2000,
        "other: 1\npractices:\n  - id: a",
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(CoachError, match="own.yaml"):
        read_practices(path)


# --- finding -----------------------------------------------------------------------------------------------------


def test_what_fits_is_found_and_what_fits_ill_is_not(library: Library, corpus: Path, load: Load) -> None:
    write_file(corpus, write_entry(), write_walk_entry())
    load(library, corpus)
    finder = make_finder(library)
    assert name_found(finder, make_need(library, "Teachers dread my visits to several classrooms"))[0] == "short-walks"
    assert name_found(finder, make_need(library, "What is the boiling point of mercury")) == []


def test_the_same_one_is_not_offered_twice(library: Library, corpus: Path, load: Load) -> None:
    write_file(corpus, write_entry(), write_walk_entry())
    load(library, corpus)
    finder = make_finder(library, least=0.0)
    need = make_need(library, "Meetings eat the whole week")
    assert name_found(finder, need) == ["two-mornings", "short-walks"]
    assert name_found(finder, need, ("two-mornings",)) == ["short-walks"]
    assert name_found(finder, need, ("two-mornings", "short-walks")) == []


def test_the_role_and_the_cited_passages_decide_between_equals(library: Library, corpus: Path, load: Load) -> None:
    walk_quote = [{"document": "walks.md", "words": WALK_WORDS}]
    write_file(corpus, write_entry(), write_entry("for-the-office", roles=["central_office"], quotes=walk_quote))
    load(library, corpus)
    finder = make_finder(library, least=0.0)
    text = "Meetings eat the whole week"
    assert name_found(finder, make_need(library, text, "principal"))[0] == "two-mornings"
    assert name_found(finder, make_need(library, text, "central_office"))[0] == "for-the-office"
    for name in ("two-mornings", "for-the-office"):
        [citation] = get(library, name).citations
        assert name_found(finder, make_need(library, text, "trainer", citation.label))[0] == name


def test_an_empty_shelf_suggests_nothing(library: Library, corpus: Path, load: Load) -> None:
    load(library, corpus)
    assert make_finder(library).find(make_need(library, "Meetings eat the whole week")) == ()


def test_vectors_of_ingest_are_used_and_made_anew_for_another_model(
    library: Library, corpus: Path, load: Load, embedder: WordEmbedder
) -> None:
    write_file(corpus, write_entry(), write_walk_entry())
    load(library, corpus)
    need = make_need(library, "Meetings eat the whole week")
    embedder.texts.clear()
    expected = [round(one.score, 6) for one in make_finder(library).rank(need)]
    assert "Meetings eat the whole week" not in embedder.texts
    library.practices.put_vectors(WordEmbedder("other"), {"two-mornings": embedder.embed(["something else"] * 6)})
    assert [round(one.score, 6) for one in make_finder(library).rank(need)] == expected


# --- the command line --------------------------------------------------------------------------------------------


def test_the_commands(library: Library, corpus: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(corpus, write_entry(), write_walk_entry(roles=["central_office"]))
    load(library, corpus)
    monkeypatch.setattr("coach.assembly.build_embedder", lambda settings: WordEmbedder())
    home = ["--home", str(library.home)]
    runner = CliRunner()
    listed = json.loads(runner.invoke(app, ["practices", "list", "--role", "central_office", "--json", *home]).output)
    assert [one["id"] for one in listed] == ["short-walks"] and listed[0]["citations"][0]["quote"] == WALK_WORDS
    assert TIME_WORDS in runner.invoke(app, ["practices", "show", "two-mornings", *home]).output
    assert runner.invoke(app, ["practices", "verify", *home]).exit_code == 0
    removed = runner.invoke(app, ["library", "remove", "time.txt", "--yes", *home])
    assert "Flagged: two-mornings (own.yaml). The library has no document called time.txt." in removed.output
    verified = runner.invoke(app, ["practices", "verify", "--json", *home])
    assert verified.exit_code == 1 and [one["id"] for one in json.loads(verified.output)["flagged"]] == ["two-mornings"]
    assert isinstance(runner.invoke(app, ["practices", "show", "nothing", *home]).exception, CoachError)


# --- the practices of the starter corpus -------------------------------------------------------------------------

FILES = sorted((ROOT / "corpus" / "practices").glob("*.yaml"))
OWN = [practice for path in FILES for practice in read_practices(path)]
_CLAIMS = re.compile(
    r"\b(?:proven?s?|proves|research shows|the study found|studies show|evidence shows|guarantee)\b", re.I
)


def test_every_quote_of_ours_stands_in_its_text_as_it_is_written() -> None:
    assert len(OWN) == 26 and len({practice.id for practice in OWN}) == 26
    for practice in OWN:
        for quote in practice.quotes:
            assert quote.words in (ROOT / "corpus" / quote.document).read_bytes().decode("utf-8"), practice.id


def test_every_practice_of_ours_is_verified_in_a_library(library: Library, load: Load, tmp_path: Path) -> None:
    report = load(library, ROOT / "corpus")
    assert report.flagged == () and report.failed == 0 and len(report.checked) == 26
    # An author may name a weaker basis than the words show, never a stronger one: nothing here is a finding.
    assert all(one.practice.basis != "found" for one in report.checked)


@pytest.mark.parametrize("practice", OWN, ids=lambda practice: str(practice.id))
def test_our_practices_are_small_plain_and_claim_no_more_than_they_may(practice: Practice) -> None:
    own = " ".join((practice.title, practice.description, practice.first_step, practice.evidence, practice.inferred))
    assert not _CLAIMS.search(own)
    assert practice.reflective_question.count("?") == 1 and practice.reflective_question.endswith("?")
    assert len(practice.situations) >= 4 and practice.title not in practice.situations
    assert "ours" in practice.inferred or "our idea" in practice.inferred
    assert len(practice.first_step.split()) <= 60
    assert re.search(r"week|meeting|decision", practice.by)


def test_the_development_questions_name_known_practices_and_repeat_none_of_their_words() -> None:
    rows = [json.loads(line) for line in (ROOT / "evals" / "practices_dev.jsonl").read_text("utf-8").splitlines()]
    ids = {practice.id for practice in OWN}
    drafts = json.loads((ROOT / "evals" / "practice_ids.json").read_text("utf-8"))
    assert set(drafts.values()) == ids and len(drafts) == 26
    assert {name for row in rows for name in row["expected"]} == ids
    assert sum(not row["expected"] for row in rows) >= 15
    situations = {situation.casefold() for practice in OWN for situation in practice.situations}
    assert not situations & {row["question"].casefold() for row in rows}


def test_the_shipped_parameters_speak_for_a_practice_and_never_against_it() -> None:
    parameters = load_parameters()
    assert all(weight >= 0 for weight in parameters.weights.values()) and 0 < parameters.least < 1
