"""The default model: the fast export gives the vectors of sentence-transformers, offline, and is made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.embedding import Embedder, embed_question, write_embedded
from coach.embedding.fingerprint import fingerprint_folder
from coach.embedding.onnx import OnnxEmbedder, find_default_model
from coach.embedding.sentence_transformer import SentenceTransformerEmbedder
from coach.errors import ModelUnavailable
from tests.conftest import ROOT
from tests.fakes import WordEmbedder

pytestmark = [
    pytest.mark.slow,
    # torch and its companions warn of their own future while they are imported and export.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def fast(cache: Path) -> OnnxEmbedder:
    return OnnxEmbedder(cache)


@pytest.fixture(scope="module")
def slow(cache: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(find_default_model()), cache)


def texts() -> list[str]:
    corpus = "".join(path.read_text("utf-8") for path in sorted((ROOT / "corpus").glob("*.txt")))
    paragraphs = [part for part in corpus.split("\n") if part.strip()]
    return [*paragraphs, "one", "", "é “quoted” 😀", "word " * 600, "Who supports leaders?"]


def test_both_ways_give_the_same_vectors(fast: OnnxEmbedder, slow: SentenceTransformerEmbedder) -> None:
    cosines = (fast.embed(texts()) * slow.embed(texts())).sum(axis=1)
    assert cosines.min() >= 0.9999


@pytest.fixture(params=["words", "fast", "slow"])
def any_embedder(request: pytest.FixtureRequest) -> Embedder:
    embedder: Embedder = WordEmbedder() if request.param == "words" else request.getfixturevalue(request.param)
    return embedder


def test_the_contract_of_the_seam(any_embedder: Embedder) -> None:
    some = ["a few words", "and some others here", "a few words"]
    vectors = any_embedder.embed(some)
    assert vectors.shape == (3, any_embedder.dimensions) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-6)
    alone = any_embedder.embed(some[1:2])[0]
    assert float(alone @ vectors[1]) == pytest.approx(1, abs=1e-5), "a vector depends on its text alone"
    assert any_embedder.embed([]).shape == (0, any_embedder.dimensions)
    assert any_embedder.count_tokens([]) == []
    assert any_embedder.count_tokens(["a few words"]) == [3]
    assert len(any_embedder.fingerprint) == 64 and any_embedder.window >= 50


def test_the_export_is_made_once(fast: OnnxEmbedder, cache: Path) -> None:
    (made,) = (cache / "models").iterdir()
    before = (made / "model.onnx").stat().st_mtime_ns
    assert OnnxEmbedder(cache).fingerprint == fast.fingerprint
    assert (made / "model.onnx").stat().st_mtime_ns == before
    assert [path.name for path in (cache / "models").iterdir()] == [made.name], "no half-made export is left"


def test_the_fingerprint_is_that_of_the_bytes(tmp_path: Path, cache: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}", "utf-8")
    (model / "weights.safetensors").write_bytes(b"one")
    first = fingerprint_folder(model, cache)
    shutil.copytree(model, tmp_path / "copy")
    assert fingerprint_folder(tmp_path / "copy", cache) == first
    (model / "weights.safetensors").write_bytes(b"two")
    assert fingerprint_folder(model, cache) != first


def test_a_model_that_is_not_there_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelUnavailable, match="no/such-model"):
        SentenceTransformerEmbedder("no/such-model", cache)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="not installed whole"):
        find_default_model()


def test_an_export_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way", "utf-8")
    with pytest.raises(ModelUnavailable, match="COACH_CACHE"):
        OnnxEmbedder(tmp_path)


def test_a_heading_goes_along_where_the_window_takes_it() -> None:
    embedder = WordEmbedder()
    assert write_embedded(embedder, "Head", "", "some words") == "Head\nsome words"
    assert write_embedded(embedder, "Head " * 59, "", "some words") == "some words"
    assert write_embedded(embedder, "", "", "some words") == "some words"
    assert write_embedded(embedder, "Book > Some words", "", "some words and more") == "some words and more"


def test_the_end_of_the_passage_before_goes_along() -> None:
    embedder = WordEmbedder()
    before = " ".join(f"w{number}" for number in range(40))
    assert write_embedded(embedder, "Head", before, "text") == "Head\n" + " ".join(before.split()[-15:]) + " text"
    assert write_embedded(embedder, "", "two words", "text") == "two words text"
    long = " ".join(["text"] * 57)
    assert write_embedded(embedder, "", before, long) == f"w37 w38 w39 {long}", "no more than the window takes"
    assert write_embedded(embedder, "", before, "text " * 60) == "text " * 60


@given(st.text("ab >\n", max_size=30), st.text("ab ", max_size=300), st.text("ab ", min_size=1, max_size=300))
def test_what_is_embedded_ends_with_the_text_and_fits_where_the_text_does(heading: str, before: str, own: str) -> None:
    embedder = WordEmbedder()
    written = write_embedded(embedder, heading, before, own)
    assert written.endswith(own)
    assert embedder.count_tokens([written])[0] <= max(embedder.window, embedder.count_tokens([own])[0])


def test_a_question_is_embedded_without_its_mark() -> None:
    embedder = WordEmbedder()
    for question in ("Who leads the walk?", " Who leads the walk ?! ", "???"):
        embed_question(embedder, question)
    assert embedder.texts == ["Who leads the walk", "Who leads the walk", "???"]
