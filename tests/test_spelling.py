"""Misspelled words of a question: what is read as a word of the library, and above all what is left alone."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.spelling import correct, is_english

TEXT = """
A learning walk is a short visit to several classrooms. Principals lead learning-focused walks with the central office.
The headteacher and the instructional coach agree on one focus. Supervisors of principals protect time for assessment.
Leadership teams read evidence of teaching. Teachers plan lessons together, and every teacher reads the walkthrough form.
The professional learning community of Danielson meets online. Each classroom, each principal, each lesson and each focus.
"""


class Words:
    """A library of one text, every word of it in two passages."""

    def __init__(self, text: str = TEXT) -> None:
        self.words = ["".join(filter(str.isalpha, word)) for word in text.casefold().replace("-", " ").split()]
        self.listed = 0

    def find_held(self, words: Collection[str]) -> frozenset[str]:
        return frozenset(words) & frozenset(self.words)

    def list_held(self, generation: int) -> Mapping[str, int]:
        self.listed += 1
        return {word: self.words.count(word) + 1 for word in self.words}

    def holds(self, words: str, generation: int) -> bool:
        return f" {words} " in f" {' '.join(self.words)} "


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("What is a lerning walk?", "What is a learning walk?"),
        ("What is a learnign walk?", "What is a learning walk?"),
        ("Who leads the wlaks?", "Who leads the walks?"),
        ("Pricnipals and their superviosrs", "Principals and their supervisors"),
        ("the assesment of techers", "the assessment of teachers"),
        ("Teh leadreship of princpals", "Teh leadership of principals"),
        ("WHAT IS A LERNING WALK", "WHAT IS A LEARNING WALK"),
        ("What does the centraloffice do?", "What does the central office do?"),
        ("learningfocused walks", "learning focused walks"),
        ("in the class room", "in the classroom"),
        ("a class-room visit", "a classroom visit"),
        ("the head teacher", "the headteacher"),
        ("on-line meetings", "online meetings"),
    ],
)
def test_slips_are_read_as_words_of_the_library(asked: str, read: str) -> None:
    spelling = correct(asked, Words(), 1)
    assert spelling.text == read
    assert spelling.corrections
    for wrong, right in spelling.corrections:
        assert wrong in asked and right in read


@pytest.mark.parametrize(
    "question",
    [
        "What is a learning walk?",
        "Does a Montessori school raise morale?",  # English words that the library does not hold
        "What is a PLC, and what is MTSS?",
        "What does Danielsen say, and what does McTighe?",  # names, by their capitals
        "Which walkthroughs and coachings are meant?",  # forms of words that it holds
        "I dont know whats best, and it's the principal’s walk",
        "Was bedeutet Führung für die Schulleitung heute?",
        "¿Qué hacen los directores en las clases cada semana?",
        "a central office and a head start",  # side by side in the library, or no word of it together
        "12345 x9y ??? 學校",
        "",
    ],
)
def test_what_is_no_slip_stays(question: str) -> None:
    spelling = correct(question, Words(), 1)
    assert (spelling.text, spelling.corrections) == (question, ())


def test_the_vocabulary_is_not_listed_where_nothing_is_misspelled() -> None:
    words = Words()
    correct("How do principals protect the morale of teachers?", words, 1)
    assert words.listed == 0


def test_a_nearer_word_of_the_language_wins_over_one_of_the_library() -> None:
    assert correct("the prospcts of a school", Words("prompts prompts prompts of a school"), 1).corrections == ()


def test_a_rare_word_that_no_dictionary_holds_is_not_read() -> None:
    class Rare(Words):
        def list_held(self, generation: int) -> Mapping[str, int]:
            return dict.fromkeys(self.words, 1)

    assert correct("a lerqing walk", Rare("a lerrqing walk"), 1).corrections == ()


def test_one_slip_is_said_once() -> None:
    assert correct("a techer asks a techer", Words(), 1).corrections == (("techer", "teacher"),)


def test_the_list_knows_english() -> None:
    assert all(is_english(word) for word in ("morale", "montessori", "principal", "walked"))
    assert not any(is_english(word) for word in ("teecher", "", "lerning", '"', "a b"))


LETTERS = st.text(string.ascii_letters + " -'’.?äß學", max_size=60)


@given(LETTERS)
def test_mending_twice_changes_nothing_more(question: str) -> None:
    words = Words()
    once = correct(question, words, 1)
    assert (once.text == question) == (once.corrections == ())
    assert correct(once.text, words, 1).text == once.text


@given(st.sampled_from(sorted(set(Words().words))), st.data())
def test_every_word_that_is_put_in_stands_in_the_library(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, max(len(word) - 1, 0)))
    spelling = correct(word[:place] + word[place + 1 :], Words(), 1)
    for _, read in spelling.corrections:
        assert set(read.casefold().split()) <= set(Words().words)
