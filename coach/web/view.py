"""Writes answers as HTML for the page: Answer -> HTML in which every word from outside is escaped. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from coach.prompts import Wording
from coach.records import Answer, Citation, Outcome, Statement
from coach.rendering import NumberedCitation, name_confidence, name_search, name_source, name_stance, number_citations

# A blank line, a line end before a list item, or any other line end.
_LINE_END = re.compile(r"[^\S\n]*\n(?:([^\S\n]*\n\s*)|(\s*(?=[•‣▪*-] |\d{1,2}[.)] ))|\s*)")


def write_answer(answer: Answer, wording: Wording) -> str:
    """The answer, each quotation followed by the numbers of its sources, which lead to the passage beside it."""
    numbers = {item.citation: item.number for item in number_citations(answer)}
    body = _write_body(answer, wording, numbers)
    opening = (
        f'<section class="coach-answer coach-{_name_kind(answer)}" id="answer-top" tabindex="-1" aria-live="polite">'
    )
    return f"{opening}{body}</section>"


def write_earlier(answer: Answer, wording: Wording) -> str:
    """An answer that others follow: its sources are no longer beside it, so no numbers lead to them."""
    return f'<section class="coach-answer coach-earlier coach-{_name_kind(answer)}">{_write_body(answer, wording, {})}</section>'


def _name_kind(answer: Answer) -> str:
    return "silent" if answer.outcome is Outcome.NOT_IN_SOURCES else "answered"


def _write_body(answer: Answer, wording: Wording, numbers: Mapping[Citation, int]) -> str:
    searched = name_search(answer)
    parts = ""
    if searched is not None:
        parts += f'<p class="coach-small">{escape(wording.say("answer.searched", question=searched))}</p>'
    parts += "".join(_write_statement(statement, numbers, wording) for statement in answer.statements)
    stance = name_stance(answer)
    if stance is not None:
        parts += f'<p class="coach-small">{escape(wording.say(stance))}</p>'
    parts += _write_offers("answer.readings_heading", answer.readings, wording)
    parts += _write_offers("answer.suggestions_heading", answer.suggestions, wording)
    if answer.checked and answer.outcome is not Outcome.NOT_IN_SOURCES:
        parts += f'<p class="coach-small">{escape(wording.say(name_confidence(answer)))}</p>'
    if answer.rejected:
        parts += f'<p class="coach-small">{escape(wording.say("answer.rejected", count=len(answer.rejected)))}</p>'
    return f'<h2 class="coach-asked">{escape(answer.question.text)}</h2>{parts}'


def _write_statement(statement: Statement, numbers: Mapping[Citation, int], wording: Wording) -> str:
    if statement.kind == "question":
        asked = escape(wording.say("answer.think_about", question=statement.text))
        return f'<p class="coach-question">{asked}</p>'
    cited = [citation for citation in statement.citations if citation in numbers]
    marks = "".join(_write_number(numbers[citation], citation) for citation in cited)
    if statement.kind != "source":
        return f'<p class="coach-{statement.kind}">{escape(statement.text)}{marks}</p>'
    # Two works are never one voice: each quotation says whose words it is.
    source = escape(name_source(statement.citations[0]))
    basis = statement.citations[0].basis
    label = f' <span class="coach-basis">{escape(wording.say(f"basis_label.{basis}"))}</span>' if basis else ""
    return (
        f'<blockquote class="coach-quote"><p>{_mark(statement)}{marks}</p>'
        f'<cite class="coach-cite">{source}</cite>{label}</blockquote>'
    )


def _write_offers(heading: str, questions: Sequence[str], wording: Wording) -> str:
    """Questions to go on with, numbered: the number alone, typed, asks one of them."""
    if not questions:
        return ""
    items = "".join(f"<li>{escape(question)}</li>" for question in questions)
    return f'<p class="coach-small">{escape(wording.say(heading))}</p><ol class="coach-offers">{items}</ol>'


def _mark(statement: Statement) -> str:
    """A statement's words, those that answer set apart."""
    parts, place = [], 0
    for mark in sorted(statement.marks):
        parts += [
            escape(statement.text[place : mark.start]),
            "<strong>",
            escape(statement.text[mark.start : mark.end]),
            "</strong>",
        ]
        place = mark.end
    return "".join([*parts, escape(statement.text[place:])])


def _write_number(number: int, citation: Citation) -> str:
    name = escape(f"Source {number}: {name_source(citation)}", quote=True)
    return f'<a class="coach-number" href="#source-{number}" aria-label="{name}" title="{name}">{number}</a>'


def write_sources(answer: Answer, wording: Wording) -> str:
    """The passages behind an answer, the quoted words marked; nothing but the heading where nothing was quoted."""
    items = number_citations(answer)
    if not items:
        return write_empty_sources(wording, "page.sources_none")
    back = escape(wording.say("page.back"))
    texts = {hit.passage.label: (hit.passage.start, hit.text) for hit in answer.sources}
    cards = "".join(_write_source(item, *texts[item.citation.label], back) for item in items)
    return f'<section class="coach-sources"><h2>{escape(wording.say("page.sources_heading"))}</h2>{cards}</section>'


def _write_source(item: NumberedCitation, start: int, text: str, back: str) -> str:
    citation = item.citation
    before, quoted = text[: citation.start - start], text[citation.start - start : citation.end - start]
    after = text[citation.end - start :]
    place = f"characters {citation.start:,} to {citation.end:,}"
    return (
        f'<article class="coach-source" id="source-{item.number}" tabindex="-1">'
        f'<h3><span class="coach-badge">{item.number}</span> {escape(name_source(citation))}</h3>'
        f'<p class="coach-passage">{_fold(before)}<mark>{_fold(quoted)}</mark>{_fold(after)}</p>'
        f'<p class="coach-small">{escape(citation.document)}, {place}. <a class="coach-back" href="#answer-top">{back}</a></p>'
        f"</article>"
    )


def _fold(text: str) -> str:
    """Escaped, with line ends folded to spaces, but for blank lines and the line ends before list items."""
    folded = _LINE_END.sub(lambda match: "\n\n" if match.group(1) else "\n" if match.group(2) else " ", text)
    return escape(re.sub(r"[^\S\n]+", " ", folded))


def write_empty_sources(wording: Wording, name: str = "page.sources_empty") -> str:
    """What stands in the place of sources before there are any."""
    heading, sentence = wording.say("page.sources_heading"), wording.say(name)
    return f'<section class="coach-sources"><h2>{escape(heading)}</h2><p class="coach-small">{escape(sentence)}</p></section>'


def write_notice(text: str, kind: str = "notice") -> str:
    """One line of our own, such as that there are no documents."""
    return f'<section class="coach-answer coach-silent"><p class="coach-{escape(kind)}">{escape(text)}</p></section>'
