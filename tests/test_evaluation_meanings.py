"""Only sentences that could count are embedded: what is found is that of the plain way, which embeds all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.answerability import Logistic
from coach.evaluation.scores.meanings import MeaningParameters, MeaningReader, load_meaning, measure_nearness
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_real_answers_are_read_as_in_the_plain_way(tmp_path: Path) -> None:
    """Starter questions, asked; phrases of the labelled pairs, which many of their sentences come near to."""
    parameters = load_meaning()
    with open_set(ROOT / "corpus", tmp_path / "home") as coach:
        rows = read_rows(ROOT / "evals" / "starter.jsonl")[::16]
        answers = [answer_to_object(coach.assistant.ask(row["question"], row["role"])) for row in rows]
        reader, found = MeaningReader(coach.vectors, parameters), 0
        for answer in answers:
            texts = [one.text for one in list_sentences(answer)]
            mentioned, barred = find_plainly(PHRASES, texts, coach.vectors, parameters)
            assert reader.find_mentioned(PHRASES, texts) == mentioned
            assert reader.find_barred(PHRASES, texts) == barred
            found += len(mentioned)
        assert found
