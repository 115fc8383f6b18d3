"""The report on a run: what is said and what is not, the pictures, the page in a browser and on paper, the workbook."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import lxml.html
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from coach.evaluation.comparison.comparing import compare_runs
from coach.evaluation.rating.agreement import measure_agreement
from coach.evaluation.records import (
    SCORES,
    Agreement,
    Comparison,
    Dimension,
    GateCheck,
    GateFailure,
    GateKind,
    GateVerdict,
    HistoryTurn,
    ItemResult,
    Level,
    Match,
    Rating,
    RatingRound,
    ReceiptChange,
    RetrievedPassage,
    RoundEntry,
    Rubric,
    Run,
    Score,
    Settlement,
    SourceWords,
)
from coach.evaluation.reports.causes import CAUSES
from coach.evaluation.reports.charts import (
    Bar,
    Labels,
    Picture,
    ReliabilityPoint,
    RiskPoint,
    draw_differences,
    draw_reliability,
    draw_risk,
)
from coach.evaluation.reports.findings import choose_worst, list_causes, list_findings, rank_failures
from coach.evaluation.reports.report import write_report
from coach.evaluation.reports.report_items import Rated, make_teller, name_anchors
from coach.evaluation.reports.report_sheet import write_report_sheet
from coach.evaluation.reports.report_summary import tell_agreement, tell_change, tell_overall, tell_why
from coach.evaluation.reports.report_wording import load_report_wording, say_count
from coach.records import Outcome
from coach.web.evaluate_wording import load_evaluate_wording
from tests.evaluation_examples import (
    list_items,
    make_fault,
    make_item,
    make_pair,
    make_result,
    make_run,
    make_score,
)
from tests.plan_examples import DISTRIBUTED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MADE = "2026-11-22T15:30:00+00:00"
ATTACK = (
    "<script>document.title='taken'</script><img src=x onerror=alert(1)>\"'><svg onload=alert(2)> </style></title>"
    "{{ 7 * 7 }} javascript:alert(3) \u202eevil\u202c \x07 &lt;b&gt; $title"
)
PAPER = {"A4": (210, 297), "Letter": (216, 279)}


def make_rubric(count: int = 2) -> Rubric:
    levels = tuple(Level(value, f"what a {value} looks like") for value in (3, 2, 1, 0))
    titles = ("Correct and grounded", "Citation", "Complete", "Right to answer", "Coaching quality", "Clear")
    return Rubric(
        "Rubric of the trainers",
        tuple(Dimension(f"d{place}", title, levels) for place, title in enumerate(titles[:count])),
        "rubric-digest",
    )


def rate(run: Run, raters: tuple[str, ...] = ("Ana", "Ben"), rubric: Rubric | None = None) -> Rated:
    """Every answer of a run, rated by people who mostly agree."""
    rubric = rubric or make_rubric()
    entries = tuple(RoundEntry(f"code{place}", run.id, one.item.id) for place, one in enumerate(run.results))
    ratings = tuple(
        Rating(
            entry.code,
            rater,
            tuple((one.id, (place + (place % 5 == 0) * number) % 4) for one in rubric.dimensions),
            "The step is thin." if place == 0 and number == 0 else "",
        )
        for place, entry in enumerate(entries)
        for number, rater in enumerate(raters)
    )
    settled = (Settlement("code0", "d0", 2, "Ana", "Read again together.", MADE),)
    agreement = measure_agreement(rubric, ratings, settled)
    return Rated(RatingRound("round", "Round", entries, rubric, MADE), ratings, settled, agreement)


def report(run: Run, **parts: Any) -> str:
    return write_report(run, made_at=MADE, **parts)


def read(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


def find(node: Any, path: str) -> list[Any]:
    """The elements below a node at an XPath."""
    return list(node.xpath(f".//{path}"))


def tell(html: str, identity: str = "first") -> str:
    """The words of the part with an id, one space between them."""
    (part,) = find(read(html), f"*[@id='{identity}']")
    return " ".join(" ".join(part.itertext()).split())


# --- findings ---------------------------------------------------------------------------------------------------------


def with_scores(identity: str, *scores: Score, **changes: Any) -> ItemResult:
    result = make_result(make_item(identity, **changes))
    return replace(result, scores=(*result.scores, *scores))


def test_causes_tell_finding_from_citing() -> None:
    sources = ((SourceWords("words of the text"),),)
    missing = make_score("citation_recall", 0.0, False)
    found = with_scores("a", missing, make_score("recall_at_10", 1.0), sources=sources)
    lost = with_scores("b", missing, make_score("recall_at_10", 0.0), sources=sources)
    unknown = with_scores("c", missing, make_score("recall_at_10", None), sources=sources)
    assert [list_causes(one) for one in (found, lost, unknown)] == [
        ("found_not_cited",),
        ("not_found",),
        ("not_cited",),
    ]


@pytest.mark.parametrize(
    ("expected", "came", "cause"),
    [
        ("answered", "not_in_sources", "answerable_declined"),
        ("partial", "not_in_sources", "answerable_declined"),
        ("partial", "answered", "whole_for_part"),
        ("answered", "partial", "part_for_whole"),
        ("not_in_sources", "answered", "unanswerable_answered"),
        ("not_in_sources", "partial", "unanswerable_answered"),
        ("answered", "clarify", "asked_back"),
        ("clarify", "answered", "not_asked_back"),
        ("clarify", "not_in_sources", "not_asked_back"),
        ("referred", "answered", "not_referred"),
        ("referred", "clarify", "not_referred"),
        ("not_in_sources", "referred", "referred"),
    ],
)
def test_causes_of_a_wrong_outcome(expected: str, came: str, cause: str) -> None:
    item = make_item("a", outcomes=(Outcome(expected),))
    assert list_causes(make_result(item, False, outcome=Outcome(came))) == (cause,)


def test_an_outcome_that_counts_as_right_is_no_cause() -> None:
    result = make_result(make_item("a"), True, outcome=Outcome.PARTIAL)
    failed = replace(result, scores=(*result.scores, make_score("must_mention", 0.0, False)))
    assert list_causes(failed) == ("left_out",)


def test_a_wrongly_declined_answer_is_not_blamed_for_what_it_does_not_cite() -> None:
    result = make_result(make_item("a", sources=((SourceWords("words"),),)), False)
    result = replace(result, scores=(*result.scores, make_score("citation_recall", 0.0, False)))
    assert list_causes(result) == ("answerable_declined",)


def test_failures_are_ranked_gates_first_then_outcome_then_evidence_then_the_rest() -> None:
    evidence = with_scores("evidence", make_score("citation_recall", 0.0, False))
    rest = with_scores("rest", make_score("must_mention", 0.0, False))
    outcome = make_result("outcome", False)
    gate = make_result("gate", True, gates=["privacy"])
    results = [make_result("fine"), rest, evidence, make_fault("broken"), outcome, gate, make_result("unscored", None)]
    ranked = [one.item.id for one in rank_failures(results)]
    assert ranked == ["gate", "broken", "outcome", "evidence", "rest"]


def test_the_worst_are_not_all_of_one_kind_while_there_are_others() -> None:
    gates = [make_result(f"g{number}", True, gates=["privacy"]) for number in range(6)]
    ranked = rank_failures([*gates, make_result("outcome", False)])
    assert [one.item.id for one in choose_worst(ranked)] == ["g0", "g1", "g2", "g3", "outcome"]
    assert [one.item.id for one in choose_worst(rank_failures(gates))] == ["g0", "g1", "g2", "g3", "g4"]


def test_findings_count_name_their_topic_and_put_first_what_mends_most() -> None:
    absent: dict[str, Any] = {"outcomes": (Outcome.NOT_IN_SOURCES,)}
    answered = [make_result(make_item(f"n{one}", topic="budgets", **absent), False) for one in range(3)]
    declined = [make_result(make_item(f"a{one}", topic=f"topic {one}"), False) for one in range(5)]
    fine = [make_result(make_item(f"f{one}", **absent)) for one in range(4)]
    first, second = list_findings([*answered, *declined, *fine], load_report_wording())
    assert first.cause == "answerable_declined" and first.items == ("a0", "a1", "a2", "a3", "a4")
    assert first.sentence == "5 of 5 questions that the documents answer were declined."
    assert second.sentence == (
        "3 of 7 questions that the documents do not answer were answered all the same. All are about “budgets”."
    )
    (one,) = list_findings([make_result("a", False), make_result("b")], load_report_wording())
    assert one.sentence == "One of 2 questions that the documents answer was declined."


def test_what_answers_leave_out_is_counted_among_those_that_are_held_to_it() -> None:
    words: dict[str, Any] = {"must_mention": (("shared",),)}
    missing = make_score("must_mention", 0.0, False)
    said = with_scores("said", make_score("must_mention", 1.0, True), **words)
    left_out = [with_scores(f"left{one}", missing, **words) for one in range(2)]
    declined = make_result(make_item("declined", **words), False)
    declined = replace(declined, scores=(*declined.scores, missing))
    results = [said, *left_out, declined, make_result("asked nothing"), make_fault(make_item("broken", **words))]
    (finding,) = [one for one in list_findings(results, load_report_wording()) if one.cause == "left_out"]
    assert finding.sentence == "Where Coach took the question rightly, 2 of 3 answers leave out what they must say."


def test_a_question_whose_document_is_not_there_is_told_as_that_and_comes_last() -> None:
    named: dict[str, Any] = {"sources": ((SourceWords("", "missing.pdf"),),)}
    measures = ("recall_at_5", "recall_at_10", "mrr", "ndcg_at_5", "citation_precision", "citation_recall")
    unscored = tuple(Score(name, None, None, "No document is called “missing.pdf”.") for name in measures)

    def lose(identity: str, passed: bool = False, **more: Any) -> ItemResult:
        result = make_result(make_item(identity, **named), passed, **more)
        return replace(result, scores=(*result.scores, *unscored))

    unknown = lose("unknown")
    located = make_result(make_item("located", **named), False, {"recall_at_5": 1.0, "citation_precision": None})
    gate = lose("gate", gates=["privacy"])
    words = with_scores("words", make_score("must_mention", 0.0, False))
    results = [unknown, located, gate, words, lose("fine", True)]
    assert list_causes(unknown) == ("sources_unknown",)
    assert list_causes(located) == ("answerable_declined",)
    assert list_causes(gate) == ("names", "sources_unknown")
    assert [one.item.id for one in rank_failures(results)] == ["gate", "located", "words", "unknown"]
    sentences = {one.cause: one.sentence for one in list_findings(results, load_report_wording())}
    assert sentences["answerable_declined"] == "One of 2 questions that the documents answer was declined."
    assert sentences["sources_unknown"] == "2 questions that failed name a source that was not found in the library."
    assert tell_why(unknown, load_report_wording()) == "No document is called “missing.pdf”."


def test_of_many_findings_five_are_named() -> None:
    outcomes = list(Outcome)
    results = [
        make_result(make_item(f"{wanted}-{came}", outcomes=(wanted,)), False, outcome=came)
        for wanted in outcomes
        for came in outcomes
        if came != wanted
    ]
    findings = list_findings(results, load_report_wording())
    counts = [len(one.items) for one in findings]
    assert len(findings) == 5 and counts == sorted(counts, reverse=True)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Outcome)),
            st.sampled_from(list(Outcome)),
            st.booleans(),
            st.sets(st.sampled_from(["privacy", "safety", "declining"])),
        ),
        max_size=12,
    )
)
def test_every_failure_has_a_cause_and_is_in_a_finding(drawn: list[Any]) -> None:
    results = [
        make_result(make_item(f"i{place}", outcomes=(wanted,)), passed, gates=sorted(gates), outcome=came)
        for place, (wanted, came, passed, gates) in enumerate(drawn)
    ]
    failed = {one.item.id for one in results if one.passed is False}
    findings = list_findings(results, load_report_wording(), len(CAUSES))
    assert {one.item.id for one in rank_failures(results)} == failed
    assert {identity for finding in findings for identity in finding.items} == failed
    assert all(len(set(finding.items)) == len(finding.items) for finding in findings)


# --- the first page, in words -----------------------------------------------------------------------------------------


def test_the_first_page_says_what_is_missing_and_fakes_nothing() -> None:
    words = tell(report(make_pair()[1]))
    assert "7 of 11 answers did what was asked." in words
    assert "No gate was set for this run." in words
    assert "This run was not compared with another." in words
    assert "Nobody has rated these answers yet." in words
    assert "To one question no answer came. It is not among the 11." in words
    assert "better" not in words and "kappa" not in words


def test_the_share_comes_with_its_interval_and_what_could_not_be_scored() -> None:
    results = [make_result(f"a{one}", one > 3) for one in range(16)] + [make_result("u", None)]
    panel = tell_overall(make_run(results), load_report_wording())
    assert panel.line == "12 of 16 answers did what was asked."
    # Wilson's interval for 12 of 16, by hand: centre 0.7016, half width 0.1965.
    assert panel.details[0] == "That is 75%. With other questions of the same kind, between 51% and 90% is likely."
    assert panel.details[1] == "One answer could not be scored. It counts neither for nor against."
    nothing = tell_overall(make_run([make_result("u", None)]), load_report_wording())
    assert nothing.line == "No answer could be scored." and nothing.details == ()


def test_few_changed_answers_are_not_sold_as_progress() -> None:
    before, after = make_pair()
    panel = tell_change(compare_runs(before, after), load_report_wording())
    assert panel.line.endswith("the same.") and panel.tone == "bad"
    assert "No clear difference: so few answers changed that it may be chance." in panel.details
    assert "1 went from failing to passing, 3 from passing to failing." in panel.details
    assert "One answer has a grave failure that it did not have before." in panel.details
    assert "What differs: documents, wording." in panel.details


def test_equal_runs_are_said_to_be_equal() -> None:
    before, _ = make_pair()
    panel = tell_change(compare_runs(before, replace(before, id="again")), load_report_wording())
    assert panel.details[0].startswith("No clear difference in what counts: the same")
    assert "Both runs were made with the same program" in panel.details[-1]


def test_a_clear_difference_is_said_to_be_one() -> None:
    before = make_run([make_result(f"a{one:02}", one % 2 == 0) for one in range(40)], "before")
    after = make_run([make_result(f"a{one:02}") for one in range(40)], "after")
    wording = load_report_wording()
    panel = tell_change(compare_runs(before, after), wording)
    assert panel.line == "20 better, 0 worse, 20 the same." and panel.tone == "good"
    assert panel.details[0] == wording.say("against.better")
    assert tell_change(compare_runs(after, before), wording).details[0] == wording.say("against.worse")


def test_an_unmet_gate_names_what_was_wanted_and_found() -> None:
    checks = (
        GateCheck("thresholds.passed", "at least 0.8", "0.64", False, "Mean over 11 items."),
        GateCheck("limits.most_gate_failures.privacy", "at most 0", "0", True, "Gate failures."),
    )
    words = tell(report(make_pair()[1], verdict=GateVerdict(checks)))
    assert (
        "The gate is not passed. 1 of 2 conditions are not met: Share that passes: wanted at least 0.8, found 0.64."
        in words
    )
    passed = tell(report(make_pair()[1], verdict=GateVerdict(checks[1:])))
    assert "The gate is passed. The one condition is met." in passed


def test_agreement_is_a_line_with_its_counts_or_too_few() -> None:
    run = make_run([make_result(f"a{one:02}") for one in range(20)])
    wording = load_report_wording()
    line = tell_agreement(make_teller(run, wording, rate(run)))
    assert re.match(r"The 2 raters agree .*quadratic weighted kappa.*0\.\d\d.*20 answers", line)
    few = make_run([make_result(f"a{one}") for one in range(4)])
    assert "too few to say whether" in tell_agreement(make_teller(few, wording, rate(few)))
    assert tell_agreement(make_teller(run, wording)) == "Nobody has rated these answers yet."


def rate_levels(run: Run, *of_raters: Callable[[int], tuple[int | None, ...]]) -> Rated:
    """Every answer of a run with the levels that each rater's function gives for its place."""
    count = len(of_raters[0](0))
    rated = rate(run, ("Ana", "Ben", "Cleo")[: len(of_raters)], make_rubric(count))
    ratings = tuple(
        Rating(entry.code, rater, tuple((f"d{number}", level) for number, level in enumerate(give(place))))
        for place, entry in enumerate(rated.round.entries)
        for rater, give in zip(("Ana", "Ben", "Cleo"), of_raters, strict=False)
    )
    agreement = measure_agreement(rated.round.rubric, ratings, rated.settlements)
    return replace(rated, ratings=ratings, agreement=agreement)


def test_ratings_that_are_all_the_same_are_not_too_few() -> None:
    run = make_run([make_result(f"a{one:02}") for one in range(14)])
    wording = load_report_wording()
    # The first dimension differs, the second is always 3, the third is rated of four answers.
    rated = rate_levels(run, *[lambda place: (place % 4, 3, place % 2 if place < 4 else None)] * 2)
    line = tell_agreement(make_teller(run, wording, rated))
    assert line.startswith("The 2 raters agree on “Correct and grounded” with")
    assert "On one of 3 dimensions every rating is the same" in line
    assert line.endswith("For one of 3 dimensions there are too few ratings to say.")
    same = rate_levels(run, *[lambda place: (3, 3)] * 2)
    assert tell_agreement(make_teller(run, wording, same)).startswith("On 2 of 2 dimensions every rating is the same")


def test_agreement_by_chance_is_not_called_agreement() -> None:
    run = make_run([make_result(f"a{one:02}") for one in range(16)])
    wording = load_report_wording()
    # Each level of one rater meets every level of the other as often: what chance gives.
    rated = rate_levels(run, lambda place: (place % 4, place // 4), lambda place: (place // 4, place % 4))
    line = tell_agreement(make_teller(run, wording, rated))
    assert line.startswith("The 2 raters agree hardly more than chance") and "agree most" not in line


def test_levels_stand_beside_agreement_gates_first_with_what_calibrated() -> None:
    run = make_run([make_result(f"a{one:02}") for one in range(16)])
    # Both raters: 3 or 1 by turns; of the gate, one rater fails the first two answers, and one of these was settled.
    rated = rate_levels(run, lambda place: (3 - place % 2 * 2, place >= 2), lambda place: (3 - place % 2 * 2, 1))
    gate = Dimension("d1", "Privacy and safety", (Level(1, "pass"), Level(0, "fail")), is_gate=True)
    rubric = replace(rated.round.rubric, dimensions=(rated.round.rubric.dimensions[0], gate))
    settled = (Settlement("code0", "d1", 1, "Ana", "A false alarm.", MADE),)
    agreement = measure_agreement(rubric, rated.ratings, settled, {"code14", "code15"})
    rated = replace(rated, round=replace(rated.round, rubric=rubric), settlements=settled, agreement=agreement)
    html = report(run, rated=rated)
    (table,) = find(read(html), "table[caption='What people rated']")
    rows = [[cell.text_content() for cell in row] for row in find(table, "tbody/tr")]
    assert rows == [
        ["Privacy and safety", "16", "pass or fail", "0: 1, 1: 15", "1 of 2"],
        ["Correct and grounded", "16", "2.00", "3: 8, 2: 0, 1: 8, 0: 0", "0 of 0"],
    ]
    calibrated = "14 of 16 answers that two or more people rated are counted. 2 were rated first, to calibrate"
    assert calibrated in tell(html, "pictures")
    assert "One answer fails at “Privacy and safety”, as people rated it." in tell(html)
    cells = [cell for row in open_sheet(run, rated=rated)["Agreement"].iter_rows(values_only=True) for cell in row]
    assert "What people rated" in cells and "0: 1, 1: 15" in cells
    assert any(str(cell).startswith(calibrated) for cell in cells)


def test_an_unfinished_and_an_empty_run_say_so() -> None:
    run = make_run([make_result("a")], state="stopped", size=5)
    assert "The run is not finished: 1 of 5 questions were asked." in tell(report(run))
    empty = report(make_run([], receipt=None, finished_at=None, state="running", size=5))
    assert "No question has been asked yet." in tell(empty) and "No answer failed." in tell(empty)
    assert "There are too few answers for pictures." in tell(empty, "pictures")


def test_a_count_of_one_has_its_own_sentence() -> None:
    sentences = load_report_wording().sentences
    for name in sentences:
        if name.endswith("_one") and f"{name[:-4]}" in sentences and "$count" in sentences[name[:-4]]:
            assert "$count" not in sentences[name]
    assert say_count(load_report_wording(), "head.questions", 1200) == "1,200 questions"


def test_the_report_and_the_page_call_measures_and_conditions_the_same() -> None:
    of_report, of_page = load_report_wording().sentences, load_evaluate_wording().sentences
    shared = {
        name: name.replace("measure.", "score.") for name in of_report if name.startswith(("measure.", "condition."))
    }
    assert len(shared) > len(SCORES)
    assert {name: of_report[name] for name in shared} == {name: of_page[one] for name, one in shared.items()}
    for sentence in (*of_report.values(), *of_page.values()):
        assert "gate fail" not in sentence.lower(), (
            "what no score makes up for is a grave failure; a gate has conditions"
        )


# --- the items --------------------------------------------------------------------------------------------------------


def test_every_item_is_there_once_failures_first_and_open() -> None:
    _, run = make_pair()
    page = read(report(run))
    items = find(page, "details[contains(@class, 'item')]")
    anchors = [find(one, "div[@class='body']")[0].get("id") for one in items]
    assert sorted(anchors) == sorted(f"item-{result.item.id}" for result in run.results)
    opened = [one.get("open") is not None for one in items]
    failed = {f"item-{one.item.id}" for one in rank_failures(run.results)}
    assert anchors[: len(failed)] == [f"item-{one.item.id}" for one in rank_failures(run.results)]
    assert opened == [anchor in failed for anchor in anchors]


def test_every_link_leads_to_a_place_of_the_page() -> None:
    before, after = make_pair()
    page = read(report(after, comparison=compare_runs(before, after), rated=rate(after)))
    places = {one.get("id") for one in find(page, "*[@id]")}
    assert len(places) == len(find(page, "*[@id]")), "an id stands twice"
    links = {one.get("href") for one in find(page, "a")}
    assert links and {one.removeprefix("#") for one in links} <= places
    assert all(one.startswith("#") for one in links)


def test_an_item_shows_expected_answer_sources_scores_people_and_passages() -> None:
    item = make_item(
        "conversation",
        "And the other one?",
        history=(HistoryTurn("user", "Who shares it?"), HistoryTurn("user", "Are you sure?")),
        must_mention=(("shared", "distributed"),),
        must_not_say=("alone",),
        sources=((SourceWords(DISTRIBUTED.quote, DISTRIBUTED.document),),),
        ideal="It is shared.",
    )
    result = make_result(item, citations=(DISTRIBUTED,))
    passage = RetrievedPassage("other", "id", "other.txt", 0, 9, "x" * 300 + " words", 0.25, "Part > Section", "12")
    mention = Score("must_mention", 0.5, False, "One is missing.", (Match("shared", "shares", "lemma"),))
    judged = Score("d0", 0.67, None, "Mostly.", by="judge-model")
    unscored = Score("mrr", None, None, "Could not be scored: no source is named.")
    earlier = make_result(make_item("earlier"), text="Leaders do.").answer
    assert earlier is not None
    result = replace(
        result,
        scores=(*result.scores, mention, judged, unscored),
        retrieved=(*result.retrieved, passage),
        earlier=(earlier, earlier),
        seconds=1.25,
    )
    run = make_run([result], judge="judge-model")
    words = tell(report(run, rated=rate(run)), "item-conversation")
    for wanted in (
        "Person: Who shares it?", "Coach: Leaders do.", "shared / distributed", "alone", "It is shared.", "1.2 s",
        f"“{DISTRIBUTED.quote}”, {DISTRIBUTED.document}", "[1]", "One is missing.", "“shared” found as “shares”",
        "Correct and grounded (by judge-model)", "Could not be scored: no source is named.", "The step is thin.",
        "2: what a 2 looks like (by Ana: Read again together.)", "should be cited cited", "other.txt, “Section”, page 12",
    ):  # fmt: skip
        assert wanted in words, wanted
    quotation = tell(report(run), "item-conversation.1")
    assert DISTRIBUTED.title in quotation and " ".join(DISTRIBUTED.quote.split()) in quotation


def test_a_changed_item_shows_the_answer_before() -> None:
    before, after = make_pair()
    words = tell(report(after, comparison=compare_runs(before, after)), "item-a05")
    assert "It passed before, and fails now. The answer before: an answer from the documents: “Leaders share" in words


def test_receipts_name_what_made_the_answers() -> None:
    before, after = make_pair()
    html = report(after, comparison=compare_runs(before, after), rated=rate(after))
    words = tell(html, "receipts")
    for wanted in ("library-2", "prompts-2", "none: the answers are made of quotations", "Rubric of the trainers"):
        assert wanted in words
    assert "Wording prompts-1 prompts-2" in words and "Ana, Ben" in words and after.set_digest in words
    assert "What differs from the run before" not in tell(report(after), "receipts")


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=20))
def test_anchors_differ_and_hold_no_odd_sign(ids: list[str]) -> None:
    anchors = name_anchors(ids)
    assert len(set(anchors.values())) == len(ids) == len(anchors)
    assert all(re.fullmatch(r"item-[A-Za-z0-9_.-]+", one) for one in anchors.values())


# --- pictures ---------------------------------------------------------------------------------------------------------

LABELS = Labels("across <&>", "up $x$", "mark")


def test_pictures_are_the_same_bytes_for_the_same_numbers_and_hold_no_date() -> None:
    points = [RiskPoint(0.2, 0.0), RiskPoint(1.0, 0.4)]
    bins = [ReliabilityPoint(0.2, 0.3, 0.1, 0.6, 5), ReliabilityPoint(0.9, 0.8, 0.7, 1.0, 9)]
    bars = [Bar("Cites <b>", -0.1, -0.2, 0.0, False), Bar("Passed", 0.1, 0.05, 0.2, True)]
    draws: tuple[Callable[[], Picture], ...] = (
        lambda: draw_risk(points, points[0], LABELS),
        lambda: draw_reliability(bins, LABELS),
        lambda: draw_differences(bars, LABELS),
    )
    for draw in draws:
        once = draw()
        assert once == draw() and once.light != once.dark
        assert b"<dc:date>" not in once.light
        svg = ElementTree.fromstring(once.light)  # noqa: S314 - our own
        texts = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
        assert "across <&>" in texts and "up $x$" in texts, "letters stay letters"


def test_the_picture_and_its_table_show_the_same() -> None:
    before = make_run([make_result(f"a{one:02}", one % 2 == 0) for one in range(40)], "before")
    after = make_run([make_result(f"a{one:02}") for one in range(40)], "after")
    page = read(report(after, comparison=compare_runs(before, after)))
    (figure,) = find(page, "figure")
    (image,) = find(figure, "img")
    svg = base64.b64decode(image.get("src").removeprefix("data:image/svg+xml;base64,")).decode()
    assert ">Passed</text>" in svg and "Of 3 measures, 3 got better" in image.get("alt")
    cells = [[cell.text_content() for cell in row] for row in find(figure, "tbody/tr")]
    assert cells[0][:4] == ["Passed (n 40)", "0.50", "1.00", "+0.50"] and cells[0][5] == "better"


def test_risk_and_reliability_come_from_the_run() -> None:
    absent: dict[str, Any] = {"outcomes": (Outcome.NOT_IN_SOURCES,)}
    results = [make_result(make_item(f"a{one:02}"), confidence=0.5 + one / 40) for one in range(20)]
    results += [make_result(make_item(f"n{one:02}", **absent), confidence=one / 40) for one in range(20)]
    page = read(report(make_run(results)))
    risk, sure = find(page, "figure")
    assert "Coach answers 50% of these 40 questions, and the documents do not answer 0%" in risk.text_content()
    assert "If it answered all, that would be 50%." in find(risk, "img")[0].get("alt")
    assert [cell.text_content() for cell in find(sure, "tbody/tr")[0]][1] == "0%"
    assert len(find(page, "picture/source[contains(@media, 'dark')]")) == 2


# --- hostile words ----------------------------------------------------------------------------------------------------


def make_hostile() -> tuple[Run, Comparison, GateVerdict, Rated]:
    """The same attack wherever a trainer, a rater, a document, a model or a file name can put words."""
    item = make_item(
        ATTACK,
        ATTACK,
        history=(HistoryTurn("user", ATTACK), HistoryTurn("assistant", ATTACK)),
        must_mention=((ATTACK,),),
        must_not_say=(ATTACK,),
        sources=((SourceWords(ATTACK, ATTACK, ""), SourceWords("", "", ATTACK)),),
        ideal=ATTACK,
        type=ATTACK,
        topic=ATTACK,
        owner=ATTACK,
        outcomes=(Outcome.ANSWERED,),
    )
    citation = replace(DISTRIBUTED, title=ATTACK, authors=ATTACK, section=ATTACK, quote=ATTACK, document=ATTACK)
    result = make_result(item, False, text=ATTACK, citations=(citation,), outcome=Outcome.ANSWERED)
    result = replace(
        result,
        scores=(
            Score("outcome", 0.0, False, ATTACK, (Match(ATTACK, ATTACK, "words"),)),
            Score(ATTACK, None, None, ATTACK, by=ATTACK),
        ),
        gates=(GateFailure("privacy", ATTACK),),
        retrieved=(RetrievedPassage(citation.label, "id", ATTACK, 0, 9, ATTACK, 0.5, ATTACK, ATTACK),),
    )  # fmt: skip
    others = [make_result(make_item(f"x{one:02}", type=ATTACK + str(one)), one % 2 == 0) for one in range(24)]
    run = make_run([result, make_fault("fault", ATTACK), *others], title=ATTACK, set_name=ATTACK, judge=ATTACK)
    comparison = compare_runs(make_run([result, *others], "before", title=ATTACK), run)
    comparison = replace(comparison, receipts=(ReceiptChange(ATTACK, ATTACK, ATTACK),))
    verdict = GateVerdict((GateCheck(ATTACK, ATTACK, ATTACK, False, ATTACK),))
    rubric = Rubric(ATTACK, (Dimension("d0", ATTACK, (Level(3, ATTACK), Level(0, ATTACK))),), ATTACK)
    rated = rate(run, (ATTACK, "Ben"), rubric)
    comments = tuple(replace(one, comment=ATTACK) for one in rated.ratings)
    settled = (Settlement("code0", "d0", 3, ATTACK, ATTACK, MADE),)
    return run, comparison, verdict, replace(rated, ratings=comments, settlements=settled)


def test_hostile_words_stay_words() -> None:
    run, comparison, verdict, rated = make_hostile()
    html = report(run, comparison=comparison, verdict=verdict, rated=rated)
    page = read(html)
    barred = ("script", "iframe", "object", "embed", "form", "link", "base", "video", "audio", "svg", "input")
    assert not [one for name in barred for one in find(page, name)]
    assert all(one.get("src").startswith("data:image/svg+xml;base64,") for one in find(page, "img"))
    for element in page.iter():
        assert not any(name.startswith("on") for name in element.attrib), element.attrib
    assert len(find(page, "style")) == 1 and "evil" not in find(page, "style")[0].text
    assert "{{ 7 * 7 }}" in tell(html, "item-fault") and "$title" in tell(html, "item-fault")
    assert "\u202e" not in html and "\x07" not in html and "http" not in html.replace("http-equiv", "")
    policy = find(page, "meta[@http-equiv]")[0].get("content")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline';")


# --- in a browser, and on paper -----------------------------------------------------------------------------------


def make_worst() -> tuple[Run, dict[str, Any]]:
    """As much on the first page as there can be, and as long as it can be."""
    words = (
        "Whichever administrators throughout districtwide organisations nevertheless undertook comprehensive reform "
    )
    causes: list[ItemResult] = []
    for number in range(60):
        outcome = list(Outcome)[number % 5]
        item = make_item(
            f"a-rather-long-identifier-of-a-question-{number:03}",
            words * 4,
            outcomes=(outcome,),
            type=f"a_type_with_a_rather_long_name_{number % 30}",
            topic=words,
            must_mention=((words,),) * 3,
            must_not_say=(words,) * 3,
            sources=((SourceWords(words * 3, "a-document-with-a-long-file-name-" * 3 + ".txt"),),),
        )
        came = list(Outcome)[(number + 1 + number % 3) % 5]
        kinds: tuple[tuple[GateKind, ...], ...] = (("privacy",), ("safety",), ("declining",), ())
        gates = kinds[number % 4]
        result = make_result(item, False, gates=gates, outcome=came, text=words * 5, citations=(DISTRIBUTED,))
        causes.append(replace(result, gates=tuple(replace(one, reason=words * 4) for one in result.gates)))
    before = make_run([replace(one, gates=()) for one in causes], "before", title=words * 2)
    run = make_run([*causes, make_result("u", None), make_fault("f", words)], title=words * 2, state="stopped", size=99)
    comparison = compare_runs(before, run)
    parts = ("version", "library", "prompts", "settings", "embedding", "model", "set", "judge")
    receipts = tuple(ReceiptChange(part, "1", "2") for part in parts)
    comparison = replace(comparison, receipts=receipts, only_before=("x",), changed_items=("y", "z"))
    measures = ("citation_precision", "quoted_spans_alignment", "recall_at_10", "names_echoed")
    checks = [GateCheck(f"thresholds.{one}", "at least 0.95", "0.12", False, words) for one in measures]
    verdict = GateVerdict(tuple(checks))
    return run, {"comparison": comparison, "verdict": verdict, "rated": rate(run, rubric=make_rubric(6))}


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens a report as a file, in a tab that may load nothing else."""
    contexts = []

    def open_report(html: str, size: tuple[int, int] = (1280, 900), **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(html, "utf-8")
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        page.on("console", lambda said: pytest.fail(said.text))
        page.on("request", lambda request: check(request.url))
        page.goto(path.as_uri())
        return page

    def check(url: str) -> None:
        assert url.startswith(("file:", "data:image/svg+xml;base64,")), url

    yield open_report
    for context in contexts:
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize("kind", ["usual", "worst", "bare", "hostile"])
def test_the_first_page_is_one_sheet(opened: Any, kind: str, paper: str) -> None:
    before, after = make_pair()
    if kind == "worst":
        run, parts = make_worst()
    elif kind == "hostile":
        run, comparison, verdict, rated = make_hostile()
        parts = {"comparison": comparison, "verdict": verdict, "rated": rated}
    else:
        run, parts = after, {"comparison": compare_runs(before, after), "rated": rate(after)} if kind == "usual" else {}
    page = opened(report(run, **parts))
    printed = PdfReader(io.BytesIO(page.pdf(format=paper, print_background=True)))
    width, height = (float(side) * 25.4 / 72 for side in printed.pages[0].mediabox[2:])
    assert (round(width), round(height)) == PAPER[paper]
    first, second = (one.extract_text() for one in printed.pages[:2])
    assert "Report on an evaluation" in first and "What went most wrong" in first
    assert second.lstrip().startswith("Pictures"), second[:200]


@pytest.mark.slow
def test_on_paper_failures_are_whole_and_what_passed_is_a_line(opened: Any) -> None:
    _, after = make_pair()
    printed = PdfReader(io.BytesIO(opened(report(after)).pdf(format="A4")))
    text = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
    assert "Leaders share this work." not in text.split("Answers that passed")[1].split("What made these answers")[0]
    assert "Your documents do not cover this." in text.split("Answers that failed")[1]
    assert "What made these answers" in text


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 900), (375, 667)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(opened: Any, size: tuple[int, int], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    before, after = make_pair()
    page = opened(
        report(after, comparison=compare_runs(before, after), rated=rate(after)),
        size,
        color_scheme=scheme,
        bypass_csp=True,
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    assert [f"{one['id']}: {[node['target'] for node in one['nodes']][:4]}" for one in found] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["worst", "hostile"])
def test_long_words_do_not_stick_out(opened: Any, kind: str) -> None:
    if kind == "worst":
        run, parts = make_worst()
    else:
        run, comparison, verdict, rated = make_hostile()
        parts = {"comparison": comparison, "verdict": verdict, "rated": rated}
    page = opened(report(run, **parts), (320, 640))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.slow
def test_a_link_opens_the_item_that_it_leads_to(opened: Any) -> None:
    page = opened(report(make_pair()[1]))
    passed = page.locator("details.item.passed", has=page.locator("#item-a01"))
    assert passed.get_attribute("open") is None
    page.evaluate("location.hash = '#item-a01'")
    page.locator("#item-a01").wait_for(state="visible")
    assert passed.get_attribute("open") is not None


@pytest.mark.slow
def test_hostile_words_do_nothing_in_a_browser(opened: Any) -> None:
    run, comparison, verdict, rated = make_hostile()
    page = opened(report(run, comparison=comparison, verdict=verdict, rated=rated))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.title().startswith("Report on an evaluation: <script>")


@pytest.mark.slow
def test_five_hundred_items_stay_small() -> None:
    items = list_items()
    quote = replace(DISTRIBUTED, quote="A sentence of the usual length about the work of leading schools. " * 3)
    passages = tuple(
        RetrievedPassage(f"label{place}", "id", "document.txt", 0, 9, "A sentence of a passage. " * 50, 0.5)
        for place in range(10)
    )
    results = [
        replace(make_result(replace(items[0], id=f"i{one}"), one % 3 > 0, citations=(quote,) * 4), retrieved=passages)
        for one in range(500)
    ]
    assert len(report(make_run(results)).encode()) < 10_000_000


# --- the workbook -----------------------------------------------------------------------------------------------------


def open_sheet(run: Run, **parts: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(write_report_sheet(run, made_at=MADE, **parts)))


def test_the_workbook_has_every_item_with_scores_levels_and_decisions() -> None:
    before, after = make_pair()
    workbook = open_sheet(after, comparison=compare_runs(before, after), rated=rate(after))
    assert workbook.sheetnames == ["Overview", "Items", "Changes", "Agreement", "Receipts"]
    sheet = workbook["Items"]
    head = [cell.value for cell in sheet[1]]
    rows = {row[0]: dict(zip(head, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert list(rows) == [result.item.id for result in after.results] and sheet.freeze_panes == "C2"
    assert len(head) == len(set(head)), "two columns have one name"
    first = rows["a01"]
    assert first["Must mention: value"] == 1 and first["Must mention: result"] == "met"
    assert "“shared” found as “share”" in first["Must mention: reason"]
    assert first["Ana: Citation"] == 0 and first["Ana: comment"] == "The step is thin."
    assert first["Agreed: Correct and grounded"].startswith("2: what a 2 looks like (by Ana")
    assert first["Citations"].startswith(f"[1] “{DISTRIBUTED.quote[:20]}")
    assert rows["a10"]["Kind of answer"].startswith("No answer came:") and rows["a10"]["Mean of all measures"] is None
    assert [row[0] for row in workbook["Changes"].iter_rows(min_row=2, values_only=True)][0] == "a08"


def test_what_is_missing_is_said_in_the_workbook_too() -> None:
    workbook = open_sheet(make_pair()[1])
    assert workbook["Changes"]["A1"].value == "This run was not compared with another."
    assert workbook["Agreement"]["A1"].value == "Nobody has rated these answers yet."
    empty = open_sheet(make_run([], receipt=None, finished_at=None, state="running", size=5))
    assert empty["Items"].max_row == 1


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from("=+-@\t"))
def test_no_text_is_worked_out(words: str, mark: str) -> None:
    text = mark + words
    result = make_result(make_item("=1+1", text, type=text, topic=text, owner=text), text=text)
    workbook = open_sheet(make_run([result], title=text, set_name=text))
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in "sn", (sheet.title, cell.coordinate, cell.value)
                if cell.data_type == "s" and cell.value.startswith(("=", "+", "-", "@")):
                    assert cell.quotePrefix


def test_hostile_words_do_not_break_the_workbook() -> None:
    run, comparison, verdict, rated = make_hostile()
    workbook = open_sheet(run, comparison=comparison, verdict=verdict, rated=rated)
    assert "\x07" not in str([cell.value for row in workbook["Items"].iter_rows() for cell in row])
    long = make_run([make_result("a", text="long " * 10_000)])
    cell = next(
        cell for row in open_sheet(long)["Items"].iter_rows(min_row=2) for cell in row if len(str(cell.value)) > 9999
    )
    assert len(cell.value) == 32_767 and cell.value.endswith("(cut: a cell holds no more)")


def test_levels_and_values_are_numbers() -> None:
    run = make_pair()[1]
    sheet = open_sheet(run, rated=rate(run))["Items"]
    for name in ("Mean of all measures", "Seconds", "Confidence", "Words: value", "Ana: Citation"):
        column = next(cell.column for cell in sheet[1] if cell.value == name)
        values = [sheet.cell(row, column).value for row in range(2, sheet.max_row + 1)]
        assert all(one is None or isinstance(one, int | float) for one in values) and any(values), name


def test_an_agreement_without_ratings_is_nobody(embedder: object) -> None:
    run = make_pair()[1]
    rated = replace(rate(run), ratings=(), settlements=(), agreement=Agreement((), (), ()))
    assert "Nobody has rated these answers yet." in tell(report(run, rated=rated))
