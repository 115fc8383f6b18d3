"""The documents that are made of a plan: Word, Markdown, calendar."""

from __future__ import annotations

import pytest

from coach.plans.records import Plan
from tests.plan_examples import CORPUS, make_hostile, make_plan, make_uncovered, make_visit_prep, make_written


@pytest.mark.parametrize("plan", [make_plan(), make_written(), make_visit_prep(), make_uncovered()])
def test_the_examples_are_plans(plan: Plan) -> None:
    assert plan.minutes == plan.request.minutes and 2 * plan.work_minutes >= plan.minutes
    for grounding in plan.grounding:
        citation = grounding.citation
        text = (CORPUS / citation.document).read_bytes().decode("utf-8")
        assert text[citation.start : citation.end] == citation.quote
    assert make_hostile().minutes == plan.request.minutes or plan.request.form == "visit_prep"
