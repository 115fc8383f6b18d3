"""What is said of the answer and not of the matter; what must be asked back; who wants help and who a fact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.asking import asks_guidance, asks_plainly
from coach.directions import read_directions
from coach.unclear import find_unclear


@pytest.mark.parametrize(
    ("text", "length", "stance"),
    [
        ("shorter", "short", None),
        ("Shorter, please.", "short", None),
        ("can you make it shorter", "short", None),
        ("that was too long", "short", None),
        ("tl;dr", "short", None),
        ("now the long version", "long", None),
        ("give me more detail", "long", None),
        ("just tell me", None, "tell"),
        ("Just tell me what to do!", None, "tell"),
        ("what would you do?", None, "tell"),
        ("ask me questions instead", None, "ask"),
        ("help me think it through", None, "ask"),
        ("shorter, and just tell me", "short", "tell"),
    ],
)
def test_only_the_answer_is_spoken_of(text: str, length: str | None, stance: str | None) -> None:
    read = read_directions(text)
    assert (read.rest, read.length, read.stance) == ("", length, stance)


@pytest.mark.parametrize(
    ("text", "rest", "length", "stance"),
    [
        ("How do I run a PLC? Keep it short.", "How do I run a PLC?", "short", None),
        ("in short, who took part", "who took part", "short", None),
        ("I have two minutes. How do I open the meeting?", "How do I open the meeting?", "short", None),
        ("ok just tell me what it is", "what it is", None, "tell"),
        ("No questions back please, just tell me how to start", "how to start", None, "tell"),
    ],
)
def test_directions_beside_a_question_are_taken_out_of_it(
    text: str, rest: str, length: str | None, stance: str | None
) -> None:
    read = read_directions(text)
    assert (read.rest, read.length, read.stance) == (rest, length, stance)


@pytest.mark.parametrize(
    "text",
    [
        "How do I make the staff meeting shorter?",
        "tell me more about the strands",
        "How long is the short version of the report?",
        "Should I just tell her?",
        "My teachers want more detail in the plan",
        "What did the study ask?",
    ],
)
def test_what_only_sounds_like_a_direction_is_left_alone(text: str) -> None:
    read = read_directions(text)
    assert not read.given and read.rest == text


@given(st.text())
def test_a_text_without_directions_comes_back_as_it_was(text: str) -> None:
    read = read_directions(text)
    assert read.given or read.rest == text


@pytest.mark.parametrize(
    "text",
    [
        "it's not working. what now?",
        "Everything's a mess right now.",
        "i'm so tired",
        "We're stuck.",
        "I don't know what to do anymore",
    ],
)
def test_worn_out_and_nothing_else(text: str) -> None:
    assert find_unclear(text) == "worn_out"


@pytest.mark.parametrize("text", ["Is it any good?", "help", "compare them", "ive got a meeting tomorrow. help", "??"])
def test_a_question_that_names_nothing(text: str) -> None:
    assert find_unclear(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "districts?",
        "staff morale is low. help",
        "I'm stuck with my PLC, what now?",
        "My schedule isn't working",
        "feedback to a defensive teacher: how to start",
        "how do I run a meeting",
        "What is leadership?",
    ],
)
def test_a_word_of_its_own_is_enough(text: str) -> None:
    assert find_unclear(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I can't coach every teacher myself. Does this say leadership has to be me?",
        "my PLC has become compliance",
        "What should I look for in a walkthrough?",
        "How should a supervisor coach a new principal?",
        "moms never come to our meetings",
        "any tips for a first faculty meeting?",
        "Help me plan a visit to a stuck school",
        "it's about trust. what would you say to them, how do I begin",
    ],
)
def test_who_speaks_of_their_own_school_wants_help(text: str) -> None:
    assert asks_guidance(text)


@pytest.mark.parametrize(
    "text",
    [
        "Which districts were in the study?",
        "What is learning-focused leadership?",
        "How do central offices support principals?",
        "how do I cite the report",
        "What does the study say about teacher leaders?",
        "I'm building the opening slide for Tuesday. What did the investigators set out to find out?",
        "how many schools did they go to? wonder if i know any",
        "Can you tell me which districts we have here?",
        "I'd like to know who wrote this",
    ],
)
def test_who_asks_what_stands_there_gets_no_advice(text: str) -> None:
    assert not asks_guidance(text)


def test_facts_lists_and_definitions_are_asked_plainly() -> None:
    assert asks_plainly("What are the five dimensions?") and asks_plainly("How many schools?")
    assert not asks_plainly("Why does it matter to us?")
