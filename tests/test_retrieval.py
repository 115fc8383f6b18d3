"""Search as a whole: fusion, repeated words, filters, folded twins, mended spelling, and what is left when an index breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from coach.errors import UsageError
from coach.fusion import fuse_by_weight
from coach.lexical import LexicalIndex, count_words
from coach.library import Library
from coach.records import DocumentCard, Hit, Metadata, Passage, Question
from coach.retrieval import Retriever, Steps
from coach.store.store import Store
from coach.twins import fold_twins
from coach.weights import PARAMETERS, Weights, load_weights
from evals.bench.retrieval import fuse_by_range, fuse_by_rank, misspell
from tests.conftest import RunIngest
from tests.fakes import WordEmbedder

# --- fusion ------------------------------------------------------------------------------------------------------


def test_a_score_is_the_mean_of_two_shares() -> None:
    fuse = fuse_by_weight(0.1)
    assert fuse({"a": 0.5}, {"a": 50.0}, 100.0) == {"a": pytest.approx((0.5 + 1 * 0.5) / 2)}
    assert fuse({"a": 0.4}, {}, 0.0) == {"a": 0.4}
    assert fuse({}, {}, 0.0) == {}


def test_words_weigh_more_in_a_long_question() -> None:
    fuse = fuse_by_weight(0.1)
    dense = {"meant": 0.8, "said": 0.5}
    short, long = fuse(dense, {"said": 2.0}, 4.0), fuse(dense, {"said": 200.0}, 400.0)
    assert short["meant"] > short["said"] and long["said"] > long["meant"]


SCORES = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.001, 50), max_size=6)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(-1, 1), max_size=6),
    SCORES,
    st.floats(0, 1000),
    st.floats(0, 1),
)
def test_fused_scores_lie_between_nought_and_one(
    dense: dict[str, float], lexical: dict[str, float], ceiling: float, words: float
) -> None:
    fused = fuse_by_weight(words)(dense, lexical, ceiling)
    assert fused.keys() == {**dense, **lexical}.keys()
    assert all(0 <= score <= 1 for score in fused.values())


@given(SCORES, SCORES)
def test_what_is_better_by_both_is_better(dense: dict[str, float], lexical: dict[str, float]) -> None:
    dense = {key: score / 50 for key, score in dense.items()}
    for fuse in (fuse_by_weight(0.05), fuse_by_rank, fuse_by_range):
        fused = fuse(dense, lexical, 60.0)
        for one in fused:
            for other in fused:
                first = (dense.get(one, -1), lexical.get(one, -1))
                second = (dense.get(other, -1), lexical.get(other, -1))
                if first[0] > second[0] and first[1] > second[1]:
                    assert fused[one] >= fused[other]


def test_the_weights_say_where_they_came_from() -> None:
    weights = load_weights()
    assert 0 < weights.words < 1 and 0 <= weights.heading <= 2
    assert "evals/train/fit_retrieval.py" in PARAMETERS.read_text("utf-8")


# --- the word index ----------------------------------------------------------------------------------------------


@pytest.fixture
def filled(library: Library, corpus: Path, ingest: RunIngest) -> Library:
    (corpus / "plan.md").write_text("# A plan\n\nThe team meets every Monday. A visit is planned.\n", "utf-8")
    ingest(library, corpus)
    return library


@pytest.mark.slow
def test_a_word_said_twice_counts_twice(filled: Library) -> None:
    generation = filled.store.read_generation()
    once = filled.words.search("telephone", 5, generation)
    twice = filled.words.search("telephone or telephone", 5, generation)
    assert count_words("The visit: a visit?") == {"visit": 2}
    (passage,) = once
    assert twice[passage] == pytest.approx(2 * once[passage])
    assert filled.words.measure_ceiling("telephone telephone", generation) == pytest.approx(
        2 * filled.words.measure_ceiling("telephone", generation)
    )


@pytest.mark.parametrize(
    "question", ["visit lessons", "mornings afternoon telephone", "walk", "team Monday visit visit"]
)
def test_no_score_reaches_the_ceiling(filled: Library, question: str) -> None:
    generation = filled.store.read_generation()
    words = LexicalIndex(filled.store.engine, Weights(0.1, 2.0))
    scores = words.search(question, 10, generation)
    assert scores and max(scores.values()) <= words.measure_ceiling(question, generation)
    assert words.measure_ceiling("nowhere", generation) == 0


@pytest.mark.slow
def test_words_are_kept_as_they_are_written_and_go_with_their_document(filled: Library) -> None:
    generation = filled.store.read_generation()
    assert filled.words.find_held({"principals", "principal", "visit", "café"}) == {"principals", "visit"}
    assert filled.words.list_held(generation)["visit"] == 3
    assert filled.words.holds("learning walk", generation) and not filled.words.holds("walk learning", generation)
    card = filled.store.find_document("plan.md")
    assert card is not None
    filled.store.remove_document(card.id)
    assert filled.words.list_held(filled.store.read_generation())["visit"] == 2
    assert "monday" not in filled.words.list_held(filled.store.read_generation())
    assert filled.words.find_fault() is None


def test_marks_on_letters_do_not_hide_a_word(library: Library, tmp_path: Path, ingest: RunIngest) -> None:
    (tmp_path / "a.txt").write_text("The café is a naïve place.\n", "utf-8")
    ingest(library, tmp_path / "a.txt")
    assert library.words.find_held({"café", "naïve", "cafe"}) >= {"naïve"}


def test_an_older_library_gets_its_spellings(filled: Library) -> None:
    with filled.store.engine.connect() as connection:
        for name in ("added", "removed", "changed"):
            connection.execute(text(f"DROP TRIGGER passages_spellings_{name}"))
        connection.execute(text("DROP TABLE passages_spelled"))
        connection.execute(text("DROP TABLE passages_spellings"))
        later = (
            "settlements",
            "rating_looks",
            "ratings",
            "rating_rounds",
            "evaluation_results",
            "evaluation_runs",
            "evaluation_gates",
            "evaluation_set_versions",
            "evaluation_sets",
            "shares",
            "plan_versions",
            "plans",
            "practices",
            "feedback",
            "document_requests",
            "exchanges",
        )
        for table in (*later, "conversations", "commitments"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("ALTER TABLE documents DROP COLUMN hidden"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.commit()
    filled.close()
    store = Store(filled.home)
    assert LexicalIndex(store.engine).find_held({"telephone"}) == {"telephone"}
    store.close()


# --- the retriever -----------------------------------------------------------------------------------------------


@pytest.fixture
def retriever(filled: Library) -> Iterator[Retriever]:
    opened = Retriever(filled.store, filled.words, filled.exact, filled.exact, filled.embedder)
    yield opened
    opened.close()


def ask(words: str) -> Question:
    return Question(words, words)


def test_a_misspelled_word_is_searched_as_it_was_meant(retriever: Retriever, filled: Library) -> None:
    evidence = retriever.search(ask("Who answers the telepohne?"), 3)
    assert evidence.corrections == (("telepohne", "telephone"),)
    assert evidence.question.text == "Who answers the telepohne?"
    assert evidence.question.search_text == "Who answers the telephone?"
    assert "telephone" in evidence.hits[0].text and evidence.hits[0].lexical > 0
    assert isinstance(filled.embedder, WordEmbedder) and filled.embedder.texts[-1] == "Who answers the telephone"
    assert retriever.mend("Who answers the telepohne?").text == evidence.question.search_text
    assert retriever.search(evidence.question, 3).corrections == ()


def test_a_form_that_is_written_nowhere_is_read_where_the_library_holds_another(retriever: Retriever) -> None:
    spelling = retriever.mend("Does the principla protect time?")
    assert spelling.corrections == (("principla", "principal"),), "the text says `principals` alone"


def test_a_question_without_slips_stays_the_same_object(retriever: Retriever) -> None:
    question = ask("Who answers the telephone?")
    assert retriever.search(question).question is question


@pytest.mark.slow
def test_more_hits_change_nothing_before_them(library: Library, tmp_path: Path, ingest: RunIngest) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(90):
        (folder / f"{number}.md").write_text(
            f"# Note {number}\n\nThe walk of day {number} began at {number % 7}.\n", "utf-8"
        )
    ingest(library, folder)
    searching = Retriever(library.store, library.words, library.exact, library.exact, library.embedder)
    few, many = (searching.search(ask("When did the walk of day 5 begin?"), count).hits for count in (10, 90))
    assert [(hit.passage.id, hit.score) for hit in many[:10]] == [(hit.passage.id, hit.score) for hit in few]
    assert len(many) == 90 and [hit.score for hit in many] == sorted((hit.score for hit in many), reverse=True)
    searching.close()


def test_steps_can_be_left_out(retriever: Retriever) -> None:
    retriever.use(Steps(mend_spelling=False))
    assert retriever.search(ask("the telepohne")).corrections == ()
    retriever.use(Steps(fuse=lambda dense, lexical, ceiling: dict.fromkeys(dense, 0.25)))
    assert {hit.score for hit in retriever.search(ask("the telephone")).hits} == {0.25}


def test_a_broken_word_index_mends_nothing_and_meaning_still_finds(retriever: Retriever, filled: Library) -> None:
    with filled.store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE passages_spelled")
        connection.exec_driver_sql("DROP TABLE passages_words")
        connection.exec_driver_sql("COMMIT")
    evidence = retriever.search(ask("Who answers the telepohne in the office?"))
    assert evidence.hits and evidence.corrections == ()


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_a_search_keeps_to_the_documents_that_are_named(filled: Library, kind: str) -> None:
    index = filled.exact if kind == "exact" else filled.open_chroma()
    searching = Retriever(filled.store, filled.words, index, filled.exact, filled.embedder)
    for names in (["walks.md"], ["walks.md", "plan.md"], ["time"]):
        documents = filled.choose_documents(names)
        hits = searching.search(ask("Who answers the telephone on a visit?"), 10, documents).hits
        assert {hit.document.id for hit in hits} == documents
        assert len(hits) == sum(hit.passages for hit in filled.store.read_cards(documents).values())
    assert searching.search(ask("visit"), 10, []).hits == ()
    assert searching.search(ask("visit"), 10, ["no such id"]).hits == ()
    searching.close()


def test_a_document_is_named_by_file_or_id_and_near_names_are_said(filled: Library) -> None:
    card = filled.store.find_document("walks.md")
    assert card is not None
    assert filled.choose_documents(["WALKS.md"]) == filled.choose_documents([card.id[:8]]) == {card.id}
    with pytest.raises(UsageError, match=r"'wlaks.md'.*walks.md"):
        filled.choose_documents(["walks.md", "wlaks.md"])
    with pytest.raises(UsageError, match="library list"):
        filled.choose_documents(["zzzzz"])


# --- twins -------------------------------------------------------------------------------------------------------

HANDOUT = (
    "Agree on one focus before the walk begins, and tell every teacher why the group comes to the classroom. "
    "Nobody is rated during the visit. The notes describe what pupils do and say, and the group reads them together. "
    "Afterwards the principal writes to all who were visited and thanks them. Whoever wants to hear more may ask for the "
    "notes of the own lesson; they are given to nobody else and are kept for one term. At the next meeting of the team "
    "each member says what surprised them, and the team chooses what it will look at when it walks again."
)


def hit_of(words: str, label: str) -> Hit:
    passage = Passage(label, label, "d", 0, 0, len(words), (), None, None, (), words, "")
    return Hit(passage, DocumentCard("d", "/d", "d", "text", 1, 1, 1, 0, Metadata(), (), ""), words, 0.5, 0.5, 0.0)


def test_the_same_text_comes_once_and_remembers_the_others() -> None:
    changed = HANDOUT.replace("describe", "record")
    hits = fold_twins(
        [hit_of(HANDOUT, "a"), hit_of("Something else.", "b"), hit_of(changed, "c"), hit_of(HANDOUT.upper(), "d")]
    )
    assert [(hit.passage.label, hit.twins) for hit in hits] == [("a", ("c", "d")), ("b", ())]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{HANDOUT} In 2023 it took 12 weeks.", f"{HANDOUT} In 2024 it took 12 weeks."),
        (HANDOUT, HANDOUT.replace("is rated", "is not rated")),
        (
            HANDOUT,
            HANDOUT + " Then the group thanks the teachers and agrees on what it will look at next time it comes.",
        ),
        ("Agree on one focus.", "Agree on two."),
        ("", "x"),
    ],
)
def test_what_says_another_thing_is_no_twin(one: str, other: str) -> None:
    assert len(fold_twins([hit_of(one, "a"), hit_of(other, "b")])) == 2


@given(st.lists(st.sampled_from([HANDOUT, HANDOUT + " Yes.", "Another.", "One more of them."]), max_size=8))
def test_no_hit_is_lost_and_folding_again_changes_nothing(texts: list[str]) -> None:
    hits = [hit_of(words, str(place)) for place, words in enumerate(texts)]
    folded = fold_twins(hits)
    labels = [label for hit in folded for label in (hit.passage.label, *hit.twins)]
    assert sorted(labels) == sorted(hit.passage.label for hit in hits)
    assert fold_twins(folded) == folded
    assert [hit.passage.label for hit in folded] == sorted((hit.passage.label for hit in folded), key=int)


def test_two_versions_of_a_handout_leave_room_for_another_hit(
    library: Library, tmp_path: Path, ingest: RunIngest
) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    paragraph = HANDOUT.partition(" Nobody")[0]
    (folder / "first.md").write_text(f"# Handout\n\n{paragraph}\n\n## Dates\n\nIt began in May.\n", "utf-8")
    (folder / "second.md").write_text(f"# Handout, revised\n\n{paragraph}\n\n## Dates\n\nIt began in June.\n", "utf-8")
    (folder / "other.md").write_text("# Notes\n\nSomebody keeps a list of the dates.\n", "utf-8")
    ingest(library, folder)
    searching = Retriever(library.store, library.words, library.exact, library.exact, library.embedder)
    hits = searching.search(ask("What focus does the group agree on before the walk begins?"), 2).hits
    assert [len(hit.twins) for hit in hits] == [1, 0]
    assert "one focus" in hits[0].text and "one focus" not in hits[1].text
    assert hits[0].twins[0] != hits[0].passage.label
    searching.use(Steps(fold_twins=False))
    assert len(searching.search(ask("What does the group agree on before the walk?"), 3).hits) == 3
    searching.close()


# --- the benchmark's own parts -----------------------------------------------------------------------------------


def test_slips_are_the_same_at_every_run() -> None:
    question = "How do principals protect time for teaching?"
    made = misspell(question)
    assert made != question and made == misspell(question)
    assert sum(a != b for a, b in zip(made.split(), question.split(), strict=True)) <= 2
    assert misspell("Who is it?") == "Who is it?"


def test_rank_fusion_adds_what_both_ranks_give() -> None:
    fused = fuse_by_rank({"a": 0.9, "b": 0.5}, {"b": 3.0}, 10.0)
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61})
    assert fuse_by_range({"a": 0.9, "b": 0.5, "c": 0.1}, {"c": 12.0, "b": 3.0}, 1.0) == pytest.approx(
        {"a": 0.7, "b": 0.35, "c": 0.3}
    )
