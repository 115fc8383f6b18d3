"""What a language model is sent: rules, passages behind a boundary, the question, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import PromptFault
from coach.prompting import ModelPrompts, PassageText, load_model_prompts
from coach.prompts import find_prompts
from coach.records import LENGTHS, ROLES, STANCES, Manner, Turn

PASSAGES = st.lists(
    st.builds(PassageText, st.just("a1b2c3"), st.text(max_size=30), st.text(min_size=1, max_size=300)),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(find_prompts() / "model", tmp_path / "model")
    return tmp_path


@given(PASSAGES, st.text(min_size=1, max_size=100), st.integers(0, 5000))
def test_a_request_holds_the_rules_the_question_and_what_fits_of_the_passages(
    passages: list[PassageText], question: str, most: int
) -> None:
    prompts = load_model_prompts()
    (system, user), labels = prompts.ask_for_answer(question, passages, ("- A wish.",), most)
    assert system.text == prompts.answer.sentences["system"].strip()
    boundary = user.text.split('"')[1]
    _, inside, after = user.text.split(f"\n{boundary}\n")
    assert f"Question: {' '.join(question.split())}\n" in after and "- A wish." in after
    assert 1 <= len(labels) <= len(passages)
    for passage in passages[: len(labels)]:
        assert passage.text.strip() in inside
    assert len(labels) == 1 or len(system.text) + len(user.text) <= most


def test_what_is_wished_follows_the_reader() -> None:
    prompts = load_model_prompts()
    every = {
        prompts.write_wishes(Manner(role, stance, length), guides=guides, step="Ask two teachers.")
        for role in ROLES
        for stance in STANCES
        for length in LENGTHS
        for guides in (True, False)
    }
    assert len(every) == 3 * 3 + 2 * 3 * 3  # only who wants help is coached, and no trainer is
    told = prompts.write_wishes(Manner("principal", "tell"), guides=True, step="Ask two teachers.")
    assert any("Ask two teachers." in wish for wish in told)
    asked = prompts.write_wishes(Manner("principal", "ask"), guides=True, step="Ask two teachers.")
    assert not any("Ask two teachers." in wish for wish in asked)


def test_a_conversation_is_sent_shortened_and_in_order() -> None:
    turns = [Turn("user", f"question {number}") for number in range(20)] + [Turn("assistant", "word " * 1000)]
    _, user = load_model_prompts().ask_for_question("and the other?", turns)
    assert "question 12" not in user.text and user.text.index("question 13") < user.text.index("question 19")
    assert len(user.text) < 4000 and "The last question: and the other?" in user.text


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        path = folder / "model" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return run


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (change("answer.toml", "$passages", ""), "user"),
        (change("answer.toml", "Question: $question", "Question: $query"), "user"),
        (change("answer.toml", "$step", "it"), "step"),
        (change("answer.toml", "\ntell =", "\ntold ="), "told"),
        (change("question.toml", "$conversation", ""), "user"),
        (change("question.toml", "system =", "rules ="), "rules"),
        (change("question.toml", '"They asked: $text"', '"They asked: $text'), "cannot be read"),
    ],
)
def test_a_prompt_that_drifted_is_named(folder: Path, drift: Callable[[Path], None], told: str) -> None:
    drift(folder)
    with pytest.raises(PromptFault, match=told):
        load_model_prompts(folder)


def test_other_words_have_another_hash(folder: Path) -> None:
    before: ModelPrompts = load_model_prompts()
    change("answer.toml", "no lecturing", "no long words")(folder)
    assert load_model_prompts(folder).digest != before.digest
