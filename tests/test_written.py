"""What a language model writes is taken apart sentence by sentence, whatever it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.written import Reference, Unending, Written, WrittenReader, read_written


def read(text: str) -> list[Written]:
    return list(read_written([text]))


@pytest.mark.parametrize(
    ("line", "text", "references"),
    [
        (
            'Walks are short. [a1b2c3: "a short visit to several classrooms"]',
            "Walks are short.",
            [("a1b2c3", "a short visit to several classrooms")],
        ),
        ('Walks are short [a1b2c3: "a short visit"].', "Walks are short.", [("a1b2c3", "a short visit")]),
        ("- **Walks** are short. [a1b2c3: “a short visit”]", "Walks are short.", [("a1b2c3", "a short visit")]),
        ('3. Walks are short. [a1b2c3, "a short visit"]', "Walks are short.", [("a1b2c3", "a short visit")]),
        (
            'Both say so. [a1: "one two three"] [b2: "four five six"]',
            "Both say so.",
            [("a1", "one two three"), ("b2", "four five six")],
        ),
        (
            'They say “leadership”. [a1: "we define “leadership” as [shared] work"]',
            "They say “leadership”.",
            [("a1", "we define “leadership” as [shared] work")],
        ),
        ("Walks are short. [a1b2c3]", "Walks are short.", [("a1b2c3", "")]),
        ("Walks are short.", "Walks are short.", []),
        ('Walks are short. [a1b2c3: "a short', "Walks are short.", []),
    ],
)
def test_a_line_is_read_with_its_references(line: str, text: str, references: list[tuple[str, str]]) -> None:
    (one,) = read(line)
    assert one == Written("claim", text, tuple(Reference(*reference) for reference in references))


def test_sentences_before_one_reference_share_it_and_what_follows_has_none() -> None:
    first, second, third = read('Walks are short. Nobody is rated. [a1: "nobody is rated"] They help.')
    assert (first.text, second.text) == ("Walks are short.", "Nobody is rated.")
    assert first.references == second.references == (Reference("a1", "nobody is rated"),)
    assert third == Written("claim", "They help.")


def test_several_sentences_of_one_line_keep_their_own_references() -> None:
    first, second = read('One is so. [a1: "one is so here"] Two is not. [b2: "two is not here"]')
    assert first.references == (Reference("a1", "one is so here"),)
    assert second.references == (Reference("b2", "two is not here"),)


@pytest.mark.parametrize("line", ["NOTHING", "Nothing.", "  nothing\n"])
def test_the_word_nothing_is_no_sentence(line: str) -> None:
    assert [one.kind for one in read(line)] == ["nothing"]


@pytest.mark.parametrize("line", ["", "   ", "---", "```", "```json", "***", "[]", "..."])
def test_what_says_nothing_gives_nothing(line: str) -> None:
    assert read(line) == []


def test_suggestions_and_questions_are_named_by_their_lines() -> None:
    kinds = [(one.kind, one.text) for one in read("Suggestion: Ask two teachers.\n**Question:** What did they say?")]
    assert kinds == [("suggestion", "Ask two teachers."), ("question", "What did they say?")]


def test_unseen_characters_and_turned_reading_are_taken_out() -> None:
    (one,) = read("Walks\u202e are\u200b short\x07. ")
    assert one.text == "Walks are short."


def test_a_sentence_comes_as_soon_as_its_reference_is_followed_by_another() -> None:
    reader = WrittenReader()
    assert list(reader.feed('Walks are short. [a1: "a short visit"]')) == []
    assert [one.text for one in reader.feed(" N")] == ["Walks are short."]
    assert [one.text for one in reader.feed('obody is rated. [a1: "nobody is rated"]\n')] == ["Nobody is rated."]


def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(Unending):
        read("word " * 1000)


TEXTS = st.text(st.sampled_from('ab .[]":\n*-“”#1?'), max_size=60)


@given(TEXTS, st.lists(st.integers(1, 7), min_size=1, max_size=60))
def test_it_does_not_matter_in_which_pieces_a_reply_comes(text: str, sizes: list[int]) -> None:
    pieces, place = [], 0
    for size in sizes:
        pieces.append(text[place : place + size])
        place += size
    pieces.append(text[place:])
    assert list(read_written(pieces)) == list(read_written([text]))


@given(st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    for one in read_written([text]):
        assert one.text and "\n" not in one.text
