"""The causes by which failed answers are grouped, the gravest first."""

from __future__ import annotations

from typing import Literal, get_args

Cause = Literal[
    "names",
    "not_referred",
    "unanswerable_answered",
    "no_answer",
    "answerable_declined",
    "asked_back",
    "not_asked_back",
    "referred",
    "whole_for_part",
    "part_for_whole",
    "not_found",
    "found_not_cited",
    "not_cited",
    "quote",
    "said",
    "left_out",
    "cited_besides",
    "no_step",
    "no_question",
    "words",
    "sources_unknown",
    "other",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Why an answer failed, the gravest first: gates, then the wrong outcome, then missing evidence, then the rest."""
