"""What has to stand on one page: the visit prep, and a session's handout. A plan in, as many blocks as fit out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from coach.plans.blocks import (
    Blank,
    Blanks,
    Block,
    Column,
    Facts,
    Paragraph,
    Phrase,
    Quotation,
    Table,
    Words,
    find_link,
    say,
)
from coach.plans.phrases import Phrases, quote_words, say_source
from coach.plans.records import AgendaItem, Grounding
from coach.plans.room import PAGE, measure
from coach.rendering import name_source

_FORM = (("by_date", 1), ("i_will", 2), ("with_whom", 1), ("know_by", 1))
_RUN_SHARES = (13, 8, 79)
_STEP_SHARES = (8, 92)
_MOST_QUESTIONS = 2
_OPENING = re.compile(r".+?[.!?:](?=\s|$)", re.S)

Steps = Literal["details", "openings", "titles", "paragraph"]
"""How the parts of a session are listed: a row each with what is done; with the first sentence of it, for the protocol's own
steps; without; or all in one paragraph."""


# --- the visit -------------------------------------------------------------------------------------------------------


def arrange_visit(phrases: Phrases, shared: Sequence[Block], version: int | None) -> tuple[Block, ...]:
    """The page for a visit.

    Args:
        phrases: of the plan.
        shared: what the principal shared, with its heading; it is never cut.
        version: of the plan, if it has one.
    """
    tried: tuple[Block, ...] = ()
    for tried in _try_visits(phrases, shared, version):
        if measure(tried, "tight") <= PAGE["tight"]:
            return tried
    return tried


def _try_visits(phrases: Phrases, shared: Sequence[Block], version: int | None) -> Iterator[tuple[Block, ...]]:
    """The page with everything, and with less and less."""
    fewer = replace(phrases, plan=replace(phrases.plan, look_for=phrases.plan.look_for[:2]))
    bare = replace(fewer, plan=replace(fewer.plan, request=replace(fewer.plan.request, goal="")))
    for one in (phrases, fewer, bare):
        yield _make_visit(one, shared, version, "details")
        yield _make_visit(one, shared, version, "openings")
    yield _make_visit(bare, shared, version, "titles")
    yield _make_visit(bare, shared, version, "paragraph")


def _make_visit(phrases: Phrases, shared: Sequence[Block], version: int | None, steps: Steps) -> tuple[Block, ...]:
    plan = phrases.plan
    blocks: list[Block] = list(phrases.open("head.visit_prep"))
    blocks.append(Facts(tuple(phrases.list_facts(version, is_short=True))))
    blocks.append(Paragraph((phrases.label("part.purpose"), *phrases.mark(plan.purpose)), "lead"))
    if plan.evidence_to_bring:
        blocks.append(Paragraph((phrases.label("visit.bring"), *phrases.mark(plan.evidence_to_bring[0]))))
    blocks += phrases.list_lines("visit.ask", plan.questions[:_MOST_QUESTIONS])
    if plan.grounding:
        grounding = plan.grounding[0]
        source = (say_source(grounding.citation), *phrases.link(grounding.address))
        blocks += [phrases.head("visit.read"), Quotation(quote_words(grounding.citation), source)]
        blocks.append(Paragraph(phrases.say_basis(grounding)))
    blocks += phrases.list_lines("visit.look_for", plan.look_for, is_checked=True)
    blocks += shared
    blocks += [phrases.head("visit.run"), _list_run(phrases, steps)]
    blocks.append(Paragraph((phrases.aside("whose.key_visit" if plan.grounding else "whose.key_uncovered"),), "aside"))
    return tuple(blocks)


def _list_run(phrases: Phrases, steps: Steps) -> Block:
    if steps == "paragraph":
        return _name_steps(phrases, phrases.plan.agenda)
    names = (phrases.name_time(), "agenda.minutes", "agenda.what")
    rows = tuple(
        (((say(span),),), ((say(str(item.minutes)),),), (_name_part(phrases, item, steps),))
        for item, span in zip(phrases.plan.agenda, phrases.list_spans(), strict=True)
    )
    return Table(phrases.tell("agenda.about"), list_columns(phrases, names, _RUN_SHARES), rows)


def _name_part(phrases: Phrases, item: AgendaItem, steps: Steps) -> Phrase:
    if steps == "openings" and item.kind != "step":
        return phrases.name_item(item, with_detail=False)
    if steps == "openings":
        opening = _OPENING.match(item.detail.strip())
        item = replace(item, detail=opening.group() if opening else item.detail)
    return phrases.name_item(item, steps in ("details", "openings"))


# --- the handout -----------------------------------------------------------------------------------------------------


def arrange_handout(phrases: Phrases) -> tuple[Block, ...]:
    """A page for principals, without anything that is meant for whoever leads."""
    tried: tuple[Block, ...] = ()
    for tried in _try_handouts(phrases):
        if measure(tried, "usual") <= PAGE["usual"]:
            return tried
    return tried


def _try_handouts(phrases: Phrases) -> Iterator[tuple[Block, ...]]:
    """With every quotation, and with fewer; rows rather than a paragraph."""
    quotes = phrases.plan.grounding
    fewer = range(len(quotes), 0, -1) if quotes else (0,)
    for count in fewer:
        yield _make_handout(phrases, quotes[:count], "details")
        yield _make_handout(phrases, quotes[:count], "titles")
    for count in fewer:
        yield _make_handout(phrases, quotes[:count], "paragraph")


def _make_handout(phrases: Phrases, quotes: Sequence[Grounding], steps: Steps) -> tuple[Block, ...]:
    plan = phrases.plan
    # What the leader asks about principals is not for principals to read.
    is_question = plan.title.rstrip().endswith("?")
    head = phrases.head("part.handout_bare") if is_question else phrases.head("part.handout", title=plan.title)
    blocks: list[Block] = [head]
    if quotes:
        blocks.append(phrases.head("handout.read", 2))
        blocks += [Quotation(quote_words(one.citation), (_link_source(one),)) for one in quotes]
    blocks += [phrases.head("handout.do", 2), _list_steps(phrases, steps)]
    if plan.questions:
        blocks += [phrases.head("handout.think", 2), Paragraph(phrases.mark(plan.questions[0]))]
    forms = Blanks(tuple(Blank(phrases.tell(f"handout.{name}"), lines) for name, lines in _FORM))
    key = phrases.aside("whose.key_handout" if quotes else "whose.key_handout_bare")
    commitment = Paragraph(phrases.mark(plan.commitment), "lead")
    return (*blocks, phrases.head("handout.commit", 2), commitment, forms, Paragraph((key,), "aside"))


def _list_steps(phrases: Phrases, steps: Steps) -> Block:
    parts = [item for item in phrases.plan.agenda if item.kind != "slack"]
    if steps == "paragraph":
        return _name_steps(phrases, parts)
    rows = tuple((((say(str(item.minutes)),),), (_name_part(phrases, item, steps),)) for item in parts)
    columns = list_columns(phrases, ("agenda.minutes", "agenda.what"), _STEP_SHARES)
    return Table(phrases.tell("handout.about"), columns, rows)


def _link_source(grounding: Grounding) -> Words:
    """A source whose name leads to it, which is shorter than its address."""
    return say(name_source(grounding.citation), address=find_link(grounding.address))


# --- both ------------------------------------------------------------------------------------------------------------


def _name_steps(phrases: Phrases, items: Sequence[AgendaItem]) -> Paragraph:
    steps = (phrases.wording.say("handout.step", title=item.title, minutes=item.minutes) for item in items)
    return Paragraph((say(", ".join(steps)),))


def list_columns(phrases: Phrases, names: Sequence[str], shares: Sequence[int]) -> tuple[Column, ...]:
    """Columns of a table of parts, by their names in the wording and their shares of the width."""
    return tuple(
        Column(phrases.tell(name), share, name == "agenda.minutes") for name, share in zip(names, shares, strict=True)
    )
