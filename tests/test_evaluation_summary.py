"""A run in numbers and as text: what adds up, and what is told."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from coach.evaluation.records import GateKind, ItemResult
from coach.evaluation.run_text import align, name_share, write_summary
from coach.evaluation.summary import GROUP_KINDS, summarise
from tests.evaluation_examples import make_fault, make_item, make_result, make_run


def build_results() -> list[ItemResult]:
    items = [
        make_item("a", type="fact", role="trainer"),
        make_item("b", type="fact", topic="teams"),
        make_item("c", type="practice"),
        make_item("d", type="practice"),
        make_item("e", type="care"),
    ]
    return [
        make_result(items[0], True, {"mrr": 0.5}),
        make_result(items[1], False, {"mrr": 1.0}),
        make_result(items[2], None, {"mrr": None}),
        make_fault(items[3], "The library is being mended."),
        make_result(items[4], True, gates=("privacy", "privacy", "safety")),
    ]


def test_a_run_is_counted() -> None:
    summary = summarise(make_run(build_results()))
    assert (summary.items, summary.passed, summary.failed, summary.not_scored, summary.faults) == (5, 1, 2, 1, 1)
    assert dict(summary.gates) == {"privacy": 1, "safety": 1, "declining": 0}
    mrr = next(one for one in summary.measures if one.name == "mrr")
    assert (mrr.scored, mrr.not_scored, mrr.mean, mrr.passed, mrr.failed) == (2, 1, 0.75, 0, 0)
    types = [(one.name, one.items, one.passed, one.failed, one.gates) for one in summary.groups if one.kind == "type"]
    assert types == [("fact", 2, 1, 1, 0), ("care", 1, 0, 1, 1), ("practice", 1, 0, 0, 0)]
    assert summary.seconds == 0.25 * 4 + 90


@given(
    st.lists(
        st.tuples(
            st.sampled_from([True, False, None]),
            st.sampled_from([(), ("safety",), ("privacy", "declining")]),
            st.sampled_from(["fact", "care", ""]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_everything_adds_up(drawn: Sequence[tuple[bool | None, tuple[GateKind, ...], str, bool]]) -> None:
    results = [
        make_fault(make_item(f"i{place}", type=kind))
        if has_fault
        else make_result(make_item(f"i{place}", type=kind), passed, gates=gates)
        for place, (passed, gates, kind, has_fault) in enumerate(drawn)
    ]
    summary = summarise(make_run(results))
    assert summary.passed + summary.failed + summary.not_scored + summary.faults == summary.items == len(results)
    for kind in GROUP_KINDS:
        own = [one for one in summary.groups if one.kind == kind]
        assert sum(one.items for one in own) == summary.items - summary.faults
        assert sum(one.passed for one in own) == summary.passed and sum(one.failed for one in own) == summary.failed


def test_the_terminal_is_told_what_failed_gate_failures_first() -> None:
    run = make_run(build_results())
    text = write_summary(run, summarise(run))
    assert "1 of 3 answers did what was asked (33%)." in text
    assert "Could not be scored: 1." in text and "The library is being mended." in text
    assert text.index("  e  ") < text.index("  b  ")
    assert "It failed for safety." in text and "outcome is 0.00." in text


def test_an_empty_run_is_told_too() -> None:
    run = make_run([], state="stopped", size=4)
    text = write_summary(run, summarise(run))
    assert "0 of 4 items asked so far" in text and "0 of 0 answers" in text


def test_a_table_is_straight() -> None:
    assert align([["Name", "N"], ["a", "10"], ["longer", "2"]]) == "Name     N\na       10\nlonger   2"
    words = align([["Name", "N", "What"], ["a", "10", ""], ["longer", "2", "b"]], left=(0, -1))
    assert words == "Name     N  What\na       10\nlonger   2  b"


def test_a_share_is_all_or_none_only_where_it_is() -> None:
    shares = {0.0: "0%", 0.001: "1%", 0.5: "50%", 0.984: "98%", 0.998: "99%", 1.0: "100%"}
    assert {share: name_share(share) for share in shares} == shares
