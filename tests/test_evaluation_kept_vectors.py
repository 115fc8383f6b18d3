"""Only what could count is embedded, and own wordings are kept from run to run: what is found is that of the plain way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.answerability import Logistic
from coach.embedding import Vectors
from coach.evaluation.records import EvaluationItem
from coach.evaluation.scores.kept_vectors import KeptVectors
from coach.evaluation.scores.meanings import MeaningParameters, MeaningReader, load_meaning, measure_nearness
from coach.evaluation.scores.mention_scores import MentionReader
from coach.evaluation.scores.score_wording import load_score_wording
from coach.evaluation.scores.wording_scores import disagrees, list_sentences, surely_disagrees
from coach.rendering import answer_to_object
from coach.sentence_vectors import SentenceVectors
from evals.answering import open_set, read_rows
from tests.conftest import ROOT
from tests.fakes import WordEmbedder

ROWS = read_rows(ROOT / "evals" / "mentions.jsonl")
PHRASES = list(dict.fromkeys(row["phrase"] for row in ROWS))
SENTENCES = list(dict.fromkeys(row["sentence"] for row in ROWS))


def find_plainly(
    phrases: Sequence[str], sentences: Sequence[str], vectors: SentenceVectors, parameters: MeaningParameters
) -> tuple[dict[str, str], dict[str, str]]:
    """What is mentioned and what is barred as it was before anything was left out: each phrase beside every stretch."""
    near = measure_nearness(phrases, sentences, vectors)

    def find(least: float) -> dict[str, str]:
        found: dict[str, str] = {}
        for phrase, own in near.items():
            estimates = [(parameters.model.estimate(one.measures), one) for one in own]
            likely = sorted((one for one in estimates if one[0] >= least), key=lambda one: -one[0])
            best = next((one for _, one in likely if not disagrees(phrase, one.sentence)), None)
            if best is not None:
                found[phrase] = best.stretch
        return found

    return find(parameters.mention), find(parameters.barred)


MODELS = st.builds(
    lambda intercept, cosine, shared: Logistic(intercept, {"cosine": cosine, "shared": shared}),
    st.floats(-6, 2),
    st.floats(-3, 12),
    st.floats(-5, 5),
)


@settings(deadline=None, max_examples=200)
@example([ROWS[0]], Logistic(-10.5, {"cosine": 12.0, "shared": 0.0}), 0.5)
@given(st.lists(st.sampled_from(ROWS), max_size=6), MODELS, st.floats(0.05, 0.95))
def test_what_is_left_out_changes_nothing_that_is_found(
    rows: list[dict[str, Any]], model: Logistic, least: float
) -> None:
    phrases = list(dict.fromkeys(row["phrase"] for row in rows))
    # The phrases themselves as well: nothing is nearer to them.
    sentences = [one for row in rows for one in (row["sentence"], row["phrase"], f"{row['phrase']} {row['sentence']}")]
    reader = MeaningReader(SentenceVectors(WordEmbedder()), MeaningParameters(model, mention=least, barred=least))
    plain = find_plainly(phrases, sentences, SentenceVectors(WordEmbedder()), MeaningParameters(model, least, least))
    assert reader.find_mentioned(phrases, sentences) == reader.find_barred(phrases, sentences) == plain[0] == plain[1]


@settings(deadline=None)
@given(st.sampled_from(PHRASES), st.sampled_from(SENTENCES))
def test_what_surely_disagrees_disagrees(phrase: str, sentence: str) -> None:
    assert surely_disagrees(phrase, sentence) <= disagrees(phrase, sentence)


def test_a_sentence_that_no_vector_could_make_count_is_not_embedded() -> None:
    embedder = WordEmbedder()
    # A cosine of 1 is enough where half the words are shared, and not where all of them are.
    parameters = MeaningParameters(Logistic(-1.0, {"cosine": 2.0, "shared": -1.5}), 0.5, 0.5)
    reader = MeaningReader(SentenceVectors(embedder), parameters)
    phrase = "fifteen principals share leadership"
    known, other = "Leadership is what fifteen principals never share here.", "There were 16 heads of schools."
    reader.find_mentioned([phrase], [known, other])
    assert embedder.texts == []
    reader.find_mentioned([phrase], [known, other, "All fifteen principals lead together."])
    assert embedder.texts == [phrase, "All fifteen principals lead together."]


# --- kept from run to run ------------------------------------------------------------------------------------------


def make_texts(count: int) -> list[str]:
    return [f"step {number} of many" for number in range(count)]


def test_own_wordings_are_read_from_the_file_of_an_earlier_run(tmp_path: Path) -> None:
    texts, typed = make_texts(40), "what a person wrote"
    first = KeptVectors(SentenceVectors(WordEmbedder()), tmp_path)
    plain = WordEmbedder().embed([*texts, typed])
    assert np.array_equal(first.embed([*texts, typed], texts), plain)
    embedder = WordEmbedder()
    again = KeptVectors(SentenceVectors(embedder), tmp_path)
    assert np.array_equal(again.embed([*texts, typed], [*texts, typed]), plain)
    # What was not said to be our own was never kept.
    assert embedder.texts == [typed]
    assert not any(typed.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("harm", ["cut", "empty", "other", "pickled"])
def test_a_file_that_is_not_whole_is_made_again(tmp_path: Path, harm: str) -> None:
    texts = make_texts(40)
    KeptVectors(SentenceVectors(WordEmbedder()), tmp_path).embed(texts, texts)
    (path,) = (one for one in tmp_path.rglob("*") if one.is_file())
    whole = path.read_bytes()
    if harm == "pickled":
        with path.open("wb") as target:
            np.savez(target, keys=np.array([{"a": 1}], dtype=object), rows=np.zeros((1, 64), dtype=np.float32))
    else:
        path.write_bytes({"cut": whole[:900], "empty": b"", "other": b"a text"}[harm])
    embedder = WordEmbedder()
    made = KeptVectors(SentenceVectors(embedder), tmp_path).embed(texts, texts)
    assert embedder.texts == texts and np.array_equal(made, WordEmbedder().embed(texts))
    later = WordEmbedder()
    KeptVectors(SentenceVectors(later), tmp_path).embed(texts, texts)
    assert later.texts == []


def test_vectors_of_another_model_are_not_taken(tmp_path: Path) -> None:
    texts = make_texts(40)
    KeptVectors(SentenceVectors(WordEmbedder("one")), tmp_path).embed(texts, texts)
    other = WordEmbedder("other")
    made = KeptVectors(SentenceVectors(other), tmp_path).embed(texts, texts)
    assert other.texts == texts and np.array_equal(made, WordEmbedder("other").embed(texts))


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "compared").write_text("in the way", "utf-8")
    texts = make_texts(40)
    made = KeptVectors(SentenceVectors(WordEmbedder()), tmp_path).embed(texts, texts)
    assert np.array_equal(made, WordEmbedder().embed(texts))


WORDS = st.lists(st.sampled_from(["walk", "focus", "time", "trust", "data"]), min_size=1, max_size=3).map(" ".join)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=5), st.sets(WORDS)), min_size=1, max_size=6))
def test_kept_or_not_the_rows_are_those_of_the_texts(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[list[str], set[str]]]
) -> None:
    kept = KeptVectors(SentenceVectors(WordEmbedder()), tmp_path_factory.mktemp("kept"))
    for texts, own in calls:
        assert np.array_equal(kept.embed(texts, own), WordEmbedder().embed(texts))


# --- what of an answer is kept -------------------------------------------------------------------------------------


class Noted(SentenceVectors):
    """Sentence vectors that can be asked what they were asked."""

    def __init__(self) -> None:
        super().__init__(WordEmbedder())
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().embed(texts)


def answer_with(texts: Sequence[str], outcome: str = "answered", model: str | None = None) -> dict[str, Any]:
    def say(text: str, kind: str, part_of: str | None = None) -> dict[str, Any]:
        return {"text": text, "kind": kind, "origin": "written", "part_of": part_of}

    statements = [
        say("A source says so.", "source"),
        say("I read this as that.", "notice", "craft-1"),
        say("An idea of a moment.", "craft"),
        *(say(text, "craft", "craft-1") for text in texts),
        say("What would you see?", "question"),
    ]
    return {"outcome": outcome, "statements": statements, "receipt": {"model": model}}


@pytest.mark.parametrize(
    ("outcome", "model", "not_kept"),
    [
        ("answered", None, []),
        ("clarify", None, ["What would you see?"]),
        ("answered", "ollama:any", ["What would you see?", "craft"]),
    ],
)
def test_only_fixed_wordings_are_kept_and_none_that_a_model_may_have_written(
    tmp_path: Path, outcome: str, model: str | None, not_kept: list[str]
) -> None:
    texts = [f"{text}." for text in make_texts(40)]
    item = EvaluationItem("1", "How?", must_mention=(("unlikely wording",),))
    for_all = ["A source says so.", "I read this as that.", "An idea of a moment."]
    asked: list[list[str]] = []
    for _ in range(2):
        vectors = Noted()
        reader = MentionReader(vectors, load_score_wording().say, folder=tmp_path)
        scores = reader.score(item, answer_with(texts, outcome, model))
        assert scores == MentionReader(Noted(), load_score_wording().say).score(item, answer_with(texts))
        asked.append([text for text in vectors.asked if text != "unlikely wording"])
    expected = [*for_all, *(texts if "craft" in not_kept else []), *(one for one in not_kept if one != "craft")]
    assert sorted(asked[1]) == sorted(expected)
    assert sorted(asked[0]) == sorted([*for_all, *texts, "What would you see?"])


def test_real_answers_are_read_as_in_the_plain_way(tmp_path: Path) -> None:
    """Starter questions, asked; phrases of the labelled pairs, which many of their sentences come near to."""
    parameters = load_meaning()
    with open_set(ROOT / "corpus", tmp_path / "home") as coach:
        rows = read_rows(ROOT / "evals" / "starter.jsonl")[::16]
        answers = [answer_to_object(coach.assistant.ask(row["question"], row["role"])) for row in rows]
        found = 0
        for _ in ("written", "read again"):
            kept = KeptVectors(SentenceVectors(coach.library.embedder), tmp_path)
            reader = MeaningReader(coach.vectors, parameters, kept)
            for answer in answers:
                said = list_sentences(answer)
                texts = [one.text for one in said]
                own = {one.text for one in said if one.kind == "craft"}
                mentioned, barred = find_plainly(PHRASES, texts, coach.vectors, parameters)
                assert reader.find_mentioned(PHRASES, texts, own) == mentioned
                assert reader.find_barred(PHRASES, texts, own) == barred
                found += len(mentioned)
        assert found
