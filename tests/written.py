"""Answers that a language model wrote, made by hand: what was said of them in, records and answer objects out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coach.authorship import BY_MODEL
from coach.records import Answer, Citation, Message, Rejected, Sent, Statement
from coach.rendering import answer_to_object
from tests.test_chat import CITATION, make_answer

MODEL = "ollama:llama3.1"
RULES = "\nYou help a school leader to read study documents.\n- Say only what the passages say.\n"
PASSAGES = "passages-0f\n[a1b2c3] Learning walks\nAgree on one focus. & <b>no</b>\npassages-0f\n\nQuestion: What helps?"
SUGGESTED = "The language model's suggestion: not from your documents, and not from our coaching library:"
SIGNED = f"Written by {MODEL}; 3 of 4 sentences checked against their passage."
FALLBACK = "The language model gave no usable answer this time, so these are the documents' own words."


def cite(quote: str, start: int) -> Citation:
    """A citation of these words."""
    return replace(CITATION, quote=quote, start=start, end=start + len(quote))


VISITS = cite("Nine schools were visited\nin two years.", 200)
FOCUS = cite("Agree on one focus.", 300)
WHOLE = cite("No teacher is rated.", 400)

WRITTEN = (
    Statement("The study looked at nine schools over two years.", "source", "written", (VISITS,)),
    Statement("Before a walk, those who go agree on what they look for.", "source", "written", (FOCUS, VISITS)),
    Statement("No teacher is rated.", "source", "quoted", (WHOLE,)),
    Statement("They speak about it afterwards.", "source", "written", (FOCUS,)),
)
SUGGESTION = (
    Statement(SUGGESTED, "notice", "written", part_of=BY_MODEL),
    Statement("Walk with one colleague this week.", "craft", "written", part_of=BY_MODEL),
)
REJECTED = (
    Rejected("Teachers are never rated by anybody.", "It says more than the passage.", "No teacher is rated."),
    Rejected("Walks raise scores by 12 percent.", "The number does not stand in the passage."),
)


def write_sent(*, left: bool = True, to: str = "llm.district.example:443", model: str = MODEL) -> Sent:
    """A request for an answer."""
    return Sent("answer", model, to, left, (Message("system", RULES), Message("user", PASSAGES)))


def make_written(text: str = "What helps?", **parts: Any) -> Answer:
    """An answer that a model wrote: prose, a quotation in it, a suggestion, a question back, and who wrote it."""
    question = Statement("Whom would you ask along?", "question", "written")
    usual = {
        "statements": (*WRITTEN, *SUGGESTION, question, Statement(SIGNED, "notice", "written")),
        "rejected": REJECTED,
        "checked": 4,
        "composer": MODEL,
        "sent": (write_sent(),),
    }
    return replace(make_answer(text), **{**usual, **parts})


def store_written(**parts: Any) -> dict[str, Any]:
    """The same as it is stored."""
    return answer_to_object(make_written(**parts))
