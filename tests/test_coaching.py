"""The shape of an answer to somebody who wants help: what stands in it, in which order, and how long it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.coaching import Guidance, measure_room, shape_answer
from coach.framing import Framed
from coach.prompts import load_wording
from coach.records import (
    LENGTHS,
    ROLES,
    STANCES,
    Citation,
    Craft,
    Manner,
    Outcome,
    Practice,
    PracticeQuote,
    Statement,
    SuggestedPractice,
)

WORDING = load_wording()


def make_craft(number: int = 0, words: int = 20) -> Craft:
    return Craft(
        id=f"craft-{number}",
        title="A hard talk",
        situations=("a hard talk",),
        acknowledgement="This is heavy. " + "so " * words,
        first_step="Write down two sentences.",
        by="by Friday",
        evidence="two sentences on paper",
        wording="What do you notice?",
        question=f"What would she want to be asked, {number}?",
        not_when="Not when a formal step is due.",
        stance="suggest",
        roles=ROLES,
        tags=(),
        idea_from="common practice of school leaders",
    )


def cite(words: str, start: int = 0) -> Citation:
    return Citation(
        "a1", "a.txt", "d", "A Report", "", None, None, None, "", words, start, start + len(words), "assumes"
    )


def make_practice(number: int = 0) -> SuggestedPractice:
    practice = Practice(
        id=f"practice-{number}",
        title="Map everyone who advises",
        description="Make visible who advises.",
        who="principal",
        roles=ROLES,
        situations=("conflicting advice",),
        first_step="Ask two teachers who advised them.",
        by="by Friday",
        evidence="two lists side by side",
        reflective_question=f"What would the lesson look like, {number}?",
        quotes=(PracticeQuote("a.txt", "more than one kind of individual"),),
        basis="assumes",
        inferred="The exercise is ours.",
    )
    return SuggestedPractice(practice, (cite("more than one kind of individual", 500),))


def quote(words: int, start: int = 0) -> Statement:
    text = " ".join(["word"] * words)
    return Statement(text, "source", "quoted", (cite(text, start),))


def frame(outcome: Outcome, *statements: Statement, near: tuple[Statement, ...] = ()) -> Framed:
    return Framed(outcome, statements, (), near, (), ())


def kinds(statements: tuple[Statement, ...]) -> list[str]:
    return [statement.kind for statement in statements]


def count(statements: tuple[Statement, ...]) -> int:
    return sum(len(statement.text.split()) for statement in statements)


SILENT = frame(
    Outcome.NOT_IN_SOURCES,
    Statement("I found nothing.", "notice", "written"),
    near=(Statement("Nearest:", "notice", "written"), quote(30), quote(30, 400)),
)
ANSWERED = frame(Outcome.ANSWERED, quote(60))


@given(
    outcome=st.sampled_from([Outcome.ANSWERED, Outcome.PARTIAL, Outcome.NOT_IN_SOURCES]),
    quoted=st.integers(5, 110),
    near=st.integers(5, 60),
    padding=st.integers(0, 120),
    practices=st.integers(0, 2),
    close=st.booleans(),
    role=st.sampled_from(ROLES),
    stance=st.sampled_from(STANCES),
    length=st.sampled_from(LENGTHS),
)
def test_there_is_always_a_step_and_one_question(**drawn: Any) -> None:
    framed = frame(
        drawn["outcome"],
        quote(drawn["quoted"]),
        near=(Statement("Nearest:", "notice", "written"), quote(drawn["near"])),
    )
    guidance = Guidance(
        tuple(make_practice(number) for number in range(drawn["practices"])),
        (make_craft(0, drawn["padding"]), make_craft(1)),
        drawn["close"],
    )
    manner = Manner(drawn["role"], drawn["stance"], drawn["length"])
    shaped = shape_answer(framed, guidance, manner, WORDING)
    assert kinds(shaped.statements).count("question") == 1
    assert "craft" in kinds(shaped.statements)
    assert framed.statements[0] in shaped.statements
    if drawn["outcome"] is not Outcome.ANSWERED:
        heading = "coaching.craft_heading" if drawn["close"] else "coaching.stand_in_heading"
        assert WORDING.say(heading) in [statement.text for statement in shaped.statements]


@given(padding=st.integers(0, 90), near=st.integers(5, 60))
def test_a_principal_reads_at_most_250_words(padding: int, near: int) -> None:
    framed = replace(SILENT, near=(SILENT.near[0], quote(near), quote(near, 500)))
    shaped = shape_answer(framed, Guidance((make_practice(),), (make_craft(0, padding),)), Manner(), WORDING)
    assert count(shaped.statements) <= 250


def test_what_the_documents_answer_gets_a_practice_and_no_general_craft() -> None:
    shaped = shape_answer(ANSWERED, Guidance((make_practice(),), (make_craft(),)), Manner(), WORDING)
    assert [one.practice.id for one in shaped.guidance.practices] == ["practice-0"] and not shaped.guidance.craft
    assert WORDING.say("coaching.craft_heading") not in [statement.text for statement in shaped.statements]
    assert "What would the lesson look like, 0?" in [statement.text for statement in shaped.statements]


def test_where_no_practice_fits_craft_stands_in_and_is_labelled() -> None:
    shaped = shape_answer(ANSWERED, Guidance((), (make_craft(),), is_close=True), Manner(), WORDING)
    assert [craft.id for craft in shaped.guidance.craft] == ["craft-0"]
    texts = [statement.text for statement in shaped.statements]
    assert texts.index(WORDING.say("coaching.craft_heading")) > 0


def test_craft_never_carries_a_citation() -> None:
    for framed in (ANSWERED, SILENT):
        shaped = shape_answer(framed, Guidance((make_practice(),), (make_craft(),)), Manner(), WORDING)
        assert not any(
            statement.citations for statement in shaped.statements if statement.kind in ("craft", "question")
        )


def test_a_practice_quotes_its_words_unless_they_are_quoted_already() -> None:
    words = "more than one kind of individual"
    fresh = shape_answer(ANSWERED, Guidance((make_practice(),)), Manner(), WORDING)
    assert words in [statement.text for statement in fresh.statements]
    around = replace(ANSWERED, statements=(Statement(words, "source", "quoted", (cite(words + " or unit", 495),)),))
    known = shape_answer(around, Guidance((make_practice(),)), Manner(), WORDING)
    assert [statement.text for statement in known.statements].count(words) == 1


@pytest.mark.parametrize(
    ("stance", "order"), [("suggest", ["source", "craft", "question"]), ("ask", ["source", "question", "craft"]),
                          ("tell", ["craft", "source", "question"])]
)  # fmt: skip
def test_the_stance_decides_the_order(stance: Any, order: list[str]) -> None:
    shaped = shape_answer(ANSWERED, Guidance((), (make_craft(),), is_close=True), Manner(stance=stance), WORDING)
    assert list(dict.fromkeys(kind for kind in kinds(shaped.statements) if kind != "notice")) == order


def test_shorter_is_shorter_and_longer_is_longer() -> None:
    guidance = Guidance((make_practice(), make_practice(1)), (make_craft(), make_craft(1)))
    short, usual, long = (
        count(shape_answer(SILENT, guidance, Manner(length=length), WORDING).statements) for length in LENGTHS
    )
    assert short < usual < long


def test_a_trainer_reads_the_documents_first_and_few_words() -> None:
    guidance = Guidance((make_practice(),), (make_craft(),))
    trainer = shape_answer(ANSWERED, guidance, Manner("trainer", "tell"), WORDING)
    principal = shape_answer(ANSWERED, guidance, Manner(), WORDING)
    assert trainer.statements[0].kind == "source"
    assert count(trainer.statements) < count(principal.statements)


def test_central_office_is_told_how_a_session_goes() -> None:
    guidance = Guidance((make_practice(),))
    texts = [one.text for one in shape_answer(ANSWERED, guidance, Manner("central_office"), WORDING).statements]
    assert WORDING.say("coaching.session") in texts


def test_quotations_leave_room_for_help_and_facts_take_what_they_need() -> None:
    usual = measure_room(Manner(), guides=True)
    assert usual is not None and usual < 130
    assert measure_room(Manner(), guides=False) is None
    short = measure_room(Manner(length="short"), guides=False)
    assert short is not None and short < 130
