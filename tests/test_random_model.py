"""Models against a real inference server, which nobody here wrote; its weights are random."""

from __future__ import annotations

import dataclasses
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.assembly import open_coach
from coach.model_settings import ModelSettings
from coach.models import ModelFault
from coach.models.breaker import Breaker
from coach.models.chat import open_model
from coach.records import Answer, Manner, Message, Outcome
from coach.settings import read_settings
from evals.answering import fill_library
from evals.random_model import Served, build_random_model, serve_random_model
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
MESSAGES = (Message("system", "Rules."), Message("user", "How often should I observe?"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("accelerate", reason="transformers serve needs it; it is part of the dev extra")
    folder = tmp_path_factory.mktemp("random-model")
    build_random_model(folder, [path.read_text("utf-8") for path in (ROOT / "corpus").glob("*.txt")])
    with serve_random_model(folder) as server:
        yield server


@pytest.fixture
def settings(served: Served) -> ModelSettings:
    return ModelSettings(f"openai-compatible:{served.model}", served.address, first_token=60, silence=60, total=120)


def read_all(settings: ModelSettings) -> tuple[str, ModelFault | None]:
    text = ""
    try:
        for piece in open_model(settings, Breaker()).stream(MESSAGES):
            text += piece
    except ModelFault as fault:
        return text, fault
    return text, None


def test_its_nonsense_comes_as_it_writes_it(settings: ModelSettings) -> None:
    text, fault = read_all(settings)
    assert len(text) > 20
    assert fault is None or fault.kind == "broken"  # random weights seldom come to an end of their own
    assert read_all(settings)[0] == text  # at temperature 0


def test_its_nonsense_becomes_an_answer_in_the_documents_own_words(settings: ModelSettings, tmp_path: Path) -> None:
    """The whole path: garbage in, an extractive answer out, nothing unchecked shown."""
    home = tmp_path / "home"
    fill_library(ROOT / "corpus", home)
    chosen = dataclasses.replace(read_settings(os.environ, home), model=settings)
    with open_coach(chosen) as coach:
        for question in ("What is learning-focused leadership?", "How many districts and schools were visited?"):
            steps = list(coach.assistant.ask_in_stages(question, Manner("trainer")))
            answer = steps[-1]
            assert isinstance(answer, Answer)
            shown = [one for step in steps for one in step.statements if one.kind == "source"]
            assert shown and all(one.origin == "quoted" for one in shown)
            assert answer.composer == "extractive" and answer.fallback
            assert len(answer.sent) == 1 and answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)


def test_a_reader_who_leaves_leaves_nothing_open(settings: ModelSettings) -> None:
    read_all(settings)
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        reply = open_model(settings).stream(MESSAGES)
        assert next(reply)
        reply.close()
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_its_refusal_of_another_model_is_understood(settings: ModelSettings) -> None:
    _, fault = read_all(dataclasses.replace(settings, name="openai-compatible:another"))
    assert fault is not None and fault.kind == "unknown_model"


def test_it_dies_in_the_middle(served: Served, settings: ModelSettings) -> None:
    """The last test of this file: the server is gone after it."""
    reply = open_model(settings).stream(MESSAGES)
    assert next(reply)
    served.process.kill()
    served.process.wait()
    with pytest.raises(ModelFault) as caught:
        list(reply)
    assert caught.value.kind == "broken"
    _, fault = read_all(settings)
    assert fault is not None and fault.kind == "unreachable"
