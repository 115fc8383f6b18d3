"""The search copy: what is matched is clean, and every character of it can be found in the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.records import Span
from coach.search_copy import find_compounds, make_search_copy, read_plainly


def copy_of(text: str, *, markdown: bool = False) -> str:
    return make_search_copy(text, [Span(0, len(text))], markdown=markdown, compounds=find_compounds(text)).text


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("“Leadership” we define", '"Leadership" we define'),
        ("as a whole.4 And, as we show", "as a whole. And, as we show"),
        ("“leadership for learning.”3 Our take", '"leadership for learning." Our take'),
        ("improvement work.6", "improvement work."),
        ("Version 3.5 has 4 parts.", "Version 3.5 has 4 parts."),
        ("in 2010. They left", "in 2010. They left"),
        ("learning-focused work; learningfocused leaders", "learning-focused work; learning focused leaders"),
        ("govern-\nment of schools", "government of schools"),
        ("the Empowerment-\nSchools", "the Empowerment- Schools"),
        ("govern\u00adment", "government"),
        ("ﬁnd the ﬂow", "find the flow"),
        ("zero\u200bwidth and \u202ebidi", "zerowidth and bidi"),
        ("  two \n\n spaces\t", "two spaces"),
    ],
)
def test_defects_are_mended_in_the_copy(source: str, clean: str) -> None:
    assert copy_of(source) == clean


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("some **bold** and _slanted_ words", "some bold and slanted words"),
        ("see [the report](https://example.org/a) now", "see the report now"),
        ("![a picture](x.png) of snake_case_names", "of snake_case_names"),
        ("run `make` <br/> twice", "run make twice"),
        ("> quoted\n> lines", "quoted lines"),
    ],
)
def test_markdown_marks_are_dropped(source: str, clean: str) -> None:
    assert copy_of(source, markdown=True) == clean


def test_marks_stay_where_the_text_is_no_markdown() -> None:
    assert copy_of("2 * 3 * 4 and a_b") == "2 * 3 * 4 and a_b"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS, st.booleans())
def test_places_lie_in_the_source_and_never_fall(text: str, markdown: bool) -> None:
    copy = make_search_copy(text, [Span(0, len(text))], markdown=markdown, compounds=find_compounds(text))
    places = list(copy.places)
    assert len(places) == len(copy.text)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@pytest.mark.slow
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), min_size=1, max_size=4))
def test_located_spans_lie_within_their_sources(parts: list[str]) -> None:
    text = "#".join(parts)
    spans, place = [], 0
    for part in parts:
        spans.append(Span(place, place + len(part)))
        place += len(part) + 1
    copy = make_search_copy(text, spans, markdown=False, compounds={})
    for found in copy.locate(0, len(copy.text)):
        assert any(source.start <= found.start < found.end <= source.end for source in spans)


@given(st.text(st.characters(categories=["L", "Nd", "Zs"]), max_size=120))
def test_no_letter_is_lost(text: str) -> None:
    letters = {character for character in text if character.isalnum()}
    copy = make_search_copy(text, [Span(0, len(text))], markdown=False, compounds={})
    assert letters <= {text[place] for place in copy.places}


def test_a_quote_is_read_plainly() -> None:
    assert read_plainly("one\n two\u00ad\nthree and re-\nsearch") == "one twothree and research"
    assert read_plainly("**strong** [words](x)", markdown=True) == "strong words"
