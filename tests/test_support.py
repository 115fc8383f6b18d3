"""The check of written sentences: what disagrees with its source is refused, what says the same is not, and it can fail."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.claim_facts import Disagreement, find_disagreements, is_reordered, list_new_names, turns_word
from coach.claim_numbers import numbers_disagree, read_amounts
from coach.entailment import CrossEncoderEntailment, find_label, load_entailment
from coach.errors import ModelUnavailable
from coach.sentence_vectors import SentenceVectors
from coach.support import MEASURES, PARAMETERS, SupportJudge, SupportParameters, load_support
from evals.bench.grounding import measure, write_share
from evals.claims import split_evidence
from evals.seeding import CHANGES, REWRITINGS, change, rewrite
from evals.train.fit_support import Table, choose_threshold, fit_model, split
from tests.conftest import ROOT
from tests.fakes import WordEmbedder

PASSAGE = (
    "The study took place in 2007-08 in 15 districts, seven of them urban.",
    "Some principals visited classrooms every week for a year and a half.",
    "We assume that leaders who share authority learn from their teachers.",
    "Teachers may ask the principal for help before the school year begins.",
    "Reading scores rose by 12 percent in three schools, but not in the other four.",
    "The team examined how coaching affects teachers in Atlanta.",
    "Higher scores were associated with regular visits by Maria Honig.",
    "The district did not pay for the training.",
)


def judge_with(threshold: float = 0.5) -> SupportJudge:
    shipped = load_support()
    return SupportJudge(
        SentenceVectors(WordEmbedder()), SupportParameters(shipped.model, threshold, shipped.let_through, shipped.lost)
    )


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("seven districts", [7]),
        ("In 2007-08 it began", [2007, 2008]),
        ("2007–2008", [2007, 2008]),
        ("a year and a half", [1.5]),
        ("one and a half years", [1.5]),
        ("two hundred and fifty teachers", [250]),
        ("twenty-five", [25]),
        ("1,200 schools", [1200]),
        ("3.5 million", [3_500_000]),
        ("two dozen", [24]),
        ("a hundred leaders", [100]),
        ("the 21st century", [21, 100]),
        ("the third visit", [3]),
        ("40 per cent", [40]),
        ("two-thirds of them", [2 / 3]),
        ("five, six and seven", [5, 6, 7]),
        ("no number here", []),
    ],
)
def test_amounts_are_read_however_they_are_written(text: str, values: list[float]) -> None:
    assert [amount.value for amount in read_amounts(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    ("claim", "source", "disagrees"),
    [
        ("7 districts took part.", "Seven districts took part.", False),
        ("Eight districts took part.", "Seven districts took part.", True),
        ("In 2008 it ended.", "It ran in 2007-08.", False),
        ("In 2009 it ended.", "It ran in 2007-08.", True),
        ("Scores rose by 12%.", "Scores rose by 12 percent.", False),
        ("Scores rose by 12 points.", "Scores rose by 12 percent.", True),
        ("It took 18 weeks.", "It took 18 months.", True),
        ("12 teachers from 30 schools", "12 schools and 30 teachers", True),
        ("Half of them stayed.", "50 percent of them stayed.", False),
        ("Over 5,000 came.", "5,669 came.", False),
        ("Nearly 400 came.", "397 came.", False),
        ("Nearly 400 came.", "250 came.", True),
        ("It was the third visit.", "There were three visits.", True),
        ("On November 20th they met.", "On November 20 they met.", False),
        ("One principal agreed.", "A principal agreed.", False),
        ("One of the schools agreed.", "Nine schools took part.", False),
        ("It lasted a year and a half.", "It lasted 1.5 years.", False),
        ("It lasted a year and a half.", "It lasted two years.", True),
    ],
)
def test_numbers_agree_or_do_not(claim: str, source: str, disagrees: bool) -> None:
    assert numbers_disagree(read_amounts(claim), read_amounts(source)) is disagrees


# --- the other facts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("The study took place in 16 districts.", "number"),
        ("The study took place in 15 districts in 2006.", "number"),
        ("Some principals visited classrooms every week for two years.", "number"),
        ("Reading scores rose by 12 points in three schools.", "number"),
        ("Higher scores were associated with regular visits by Maria Castellan.", "name"),
        ("The team examined how coaching affects teachers in Boston.", "name"),
        ("The district paid for the training.", "negation"),
        ("Reading scores did not rise in three schools.", "negation"),
        ("Reading scores fell by 12 percent in three schools.", "negation"),
        ("Teachers may ask the principal for help after the school year begins.", "negation"),
        ("All principals visited classrooms every week for a year and a half.", "scope"),
        ("Principals visited classrooms every week for a year and a half.", "scope"),
        ("Teachers must ask the principal for help before the school year begins.", "scope"),
        ("Teachers ask the principal for help before the school year begins.", "scope"),
        ("Only teachers may ask the principal for help before the school year begins.", "scope"),
        ("The study found that leaders who share authority learn from their teachers.", "force"),
        ("Leaders who share authority learn from their teachers.", "force"),
        ("The team found that coaching affects teachers in Atlanta.", "force"),
        ("Regular visits by Maria Honig caused higher scores.", "force"),
    ],
)
def test_each_trap_is_seen(claim: str, kind: Disagreement) -> None:
    support = judge_with(0.0).judge(claim, PASSAGE)
    assert support.disagreement == kind
    assert not judge_with(0.0).holds(support)


def test_not_this_or_that_denies_that_as_well() -> None:
    sentence = "Schools are lively places where learning is not static or even easily predicted."
    judge = judge_with(0.0)
    assert (
        judge.judge("Schools are lively places where learning is easily predicted.", [sentence]).disagreement
        == "negation"
    )
    assert (
        judge.judge("Schools are lively places where learning is not easily predicted.", [sentence]).disagreement
        is None
    )


@pytest.mark.parametrize(
    "claim",
    [
        "The study was done in 15 districts.",
        "7 of the 15 districts were urban.",
        "The study took place in 2007 and 2008.",
        "Some principals visited classrooms each week.",
        "The authors assume that leaders who share authority learn from their teachers.",
        "Teachers can ask the principal for help before the year begins.",
        "Scores in reading rose by 12% in three schools.",
        "The team looked at how coaching affects teachers in Atlanta.",
        "It looked at how coaching affects teachers.",
        "Regular visits by Honig went along with higher scores.",
        "The district didn't pay for the training.",
    ],
)
def test_what_says_the_same_disagrees_in_nothing(claim: str) -> None:
    assert judge_with(0.0).judge(claim, PASSAGE).disagreement is None


@pytest.mark.parametrize(
    "claim",
    [
        "The study took place in 15 districts, seven of them urban, and journalists welcomed it.",
        "Some principals visited classrooms every week for a year and a half, as parents wished.",
        "The team examined how coaching affects teachers in Atlanta, which raises morale.",
        "Some principals visited noisy classrooms every week for a year and a half.",
        "The team examined how quiet music and candles affect teachers in Atlanta.",
    ],
)
def test_what_is_added_is_seen(claim: str) -> None:
    support = judge_with(0.0).judge(claim, PASSAGE)
    assert support.disagreement == "addition" and not judge_with(0.0).holds(support)


@pytest.mark.parametrize(
    ("claim", "known"),
    [
        ("The research was done in 15 districts.", ()),
        ("Teachers may request assistance from the principal before the school year begins.", ()),
        ("According to the report, some principals visited classrooms every week for a year and a half.", ()),
        ("Some principals in the mentoring programme visited classrooms every week.", ("A mentoring programme",)),
    ],
)
def test_words_for_words_are_no_addition(claim: str, known: tuple[str, ...]) -> None:
    assert judge_with(0.0).judge(claim, PASSAGE, known).disagreement is None


@pytest.mark.parametrize(
    ("claim", "source", "turned"),
    [
        ("Active members help the board.", "Passive members help the board.", True),
        ("The plan was accepted by the board.", "The plan was rejected by the board.", True),
        ("The plan was not accepted by the board.", "The plan was rejected by the board.", False),
        ("The plan was accepted by the board.", "The plan was adopted by the board.", False),
        ("The plan was accepted or rejected.", "The plan was rejected.", False),
    ],
)
def test_an_opposite_turns_a_sentence(claim: str, source: str, turned: bool) -> None:
    assert turns_word(claim, [source]) is turned


def test_names_of_the_document_are_no_new_names() -> None:
    claim = "Knapp and his colleagues studied districts."
    assert find_disagreements(claim, PASSAGE, (0,))[0] == "name"
    assert find_disagreements(claim, PASSAGE, (0,), known=("Michael Knapp",)) == ()


@pytest.mark.parametrize(
    ("claim", "source", "new"),
    [
        ("American schools took part.", "Schools in America took part.", ()),
        ("The United States paid.", "The U.S. paid.", ()),
        ("The NPB wrote it.", "The National Policy Board wrote it.", ()),
        ("Additionally, leaders learn.", "Leaders learn.", ()),
        ("Coaching helps.", "It helps.", ()),
        ("Smith says it helps.", "It helps.", ("Smith",)),
        ("It helps in Seattle.", "It helps in schools.", ("Seattle",)),
        ("José agreed.", "Jose agreed.", ()),
    ],
)
def test_names_are_told_from_words(claim: str, source: str, new: tuple[str, ...]) -> None:
    assert list_new_names(claim, [source]) == new


@pytest.mark.parametrize(
    ("claim", "source", "reordered"),
    [
        ("Teachers lead principals.", "Principals lead teachers.", True),
        ("The principal observed the coach with care.", "The coach observed the principal with care.", True),
        ("Leaders visit classrooms in spring.", "In spring leaders visit classrooms.", False),
        ("Teachers are supported by principals.", "Principals support teachers.", False),
        ("Leaders visit classrooms.", "Coaches plan lessons.", False),
    ],
)  # fmt: skip
def test_swapped_roles_are_seen(claim: str, source: str, reordered: bool) -> None:
    assert is_reordered(claim, source) is reordered
    if reordered:
        support = judge_with(0.1).judge(claim, [source])
        assert support.probability == 0 and not judge_with(0.1).holds(support)


# --- properties --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", PASSAGE)
def test_a_sentence_of_the_source_holds_at_any_threshold(sentence: str) -> None:
    judge = judge_with(1.0)
    support = judge.judge(sentence, PASSAGE)
    assert judge.holds(support) and PASSAGE[support.best[0]] == sentence


@pytest.mark.parametrize(
    ("claim", "source", "surely"),
    [
        ("Leaders visit classrooms in every school.", "It says that leaders visit classrooms in every school.", True),
        (
            "The text says that leaders visit classrooms in every school.",
            "Leaders visit classrooms in every school.",
            True,
        ),
        ("Leaders visit many classrooms.", "Leaders visit many classrooms, and teachers talk with them.", False),
        ("Leaders visit classrooms in every small school.", "Leaders visit classrooms in every school.", False),
        ("Leaders visit classrooms in every school.", "If leaders visit classrooms in every school, it helps.", False),
    ],
)
def test_a_part_that_stands_there_word_for_word_is_sure(claim: str, source: str, surely: bool) -> None:
    assert (judge_with().judge(claim, [source]).probability == 1) is surely


def test_a_part_that_says_more_than_its_sentence_is_refused() -> None:
    judge = judge_with(0.0)
    support = judge.judge("Leaders who share authority learn from their teachers.", PASSAGE)
    assert support.probability == 1 and support.disagreement == "force" and not judge.holds(support)


@settings(max_examples=30, deadline=None)
@given(st.permutations(PASSAGE), st.sampled_from(PASSAGE))
def test_the_order_of_evidence_does_not_matter_to_facts(order: list[str], sentence: str) -> None:
    claim = sentence.replace("The ", "This ").replace("Some ", "Several ")
    judge = judge_with()
    here, there = judge.judge(claim, PASSAGE), judge.judge(claim, order)
    assert here.disagreement == there.disagreement
    assert [PASSAGE[index] for index in here.best] == [order[index] for index in there.best]


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PASSAGE), st.integers(5_000, 900_000))
def test_a_foreign_number_breaks_any_claim(sentence: str, number: int) -> None:
    claim = sentence.rstrip(".") + f", and it cost {number:,} dollars."
    judge = judge_with(0.0)
    support = judge.judge(claim, PASSAGE)
    assert support.disagreement == "number" and not judge.holds(support)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_judged(claim: str, sentences: list[str]) -> None:
    support = judge_with().judge(claim, sentences)
    assert 0 <= support.probability <= 1 and all(0 <= index < len(sentences) for index in support.best)


def test_nothing_supports_nothing() -> None:
    judge = judge_with(0.0)
    assert judge.judge("Teachers learn.", ()).probability == 0
    assert judge.judge("  ", PASSAGE).best == ()
    assert not judge_with().holds(judge.judge("Teachers learn.", ()))


def test_likeness_decides_where_nothing_disagrees() -> None:
    judge = judge_with(0.6)
    near = judge.judge("Some principals visited their classrooms every week for a year and a half.", PASSAGE)
    far = judge.judge("Lunch is served in the yard when the weather is fine.", PASSAGE)
    assert near.probability > far.probability and judge.holds(near) and not judge.holds(far)
    assert near.best[0] == 1


def test_vectors_of_sentences_are_made_once() -> None:
    embedder = WordEmbedder()
    judge = SupportJudge(SentenceVectors(embedder), load_support())
    judge.prepare(PASSAGE)
    before = len(embedder.texts)
    judge.judge("The study was done in 15 districts.", PASSAGE)
    assert embedder.texts[before:] == ["The study was done in 15 districts."]


# --- what ships --------------------------------------------------------------------------------------------------


def test_the_shipped_parameters_say_where_they_come_from() -> None:
    values, parameters = json.loads(PARAMETERS.read_text("utf-8")), load_support()
    assert set(parameters.model.weights) <= set(MEASURES)
    assert 0 < parameters.threshold < 1
    assert parameters.let_through == max(one["let_through"] for one in values["measured"].values()) <= 0.1
    assert parameters.lost == max(one["lost"] for one in values["measured"].values())
    assert values["provenance"]["script"] == "evals/train/fit_support.py" and values["provenance"]["data"]
    for name, weight in parameters.model.weights.items():
        assert weight <= 0 if name.startswith("disagrees_") else weight >= 0 or name in ("length", "evidence")


def make_table(rows: int = 400) -> Table:
    draw = np.random.default_rng(1)
    supported = draw.random(rows) < 0.5
    measures = draw.random((rows, len(MEASURES)))
    measures[:, MEASURES.index("cosine")] = np.clip(0.3 * supported + draw.random(rows) * 0.7, 0, 1)
    sets = np.array(["one", "two"] * (rows // 2))
    return Table(measures, supported, ~supported, draw.random(rows) < 0.9, sets, np.arange(rows) // 4)


def test_the_threshold_lets_no_set_through_more_than_its_share() -> None:
    table = make_table()
    probabilities = table.measures[:, MEASURES.index("cosine")]
    threshold = choose_threshold(table, probabilities, 0.1)
    for name in ("one", "two"):
        wrong = (table.sets == name) & ~table.supported
        assert 0 < (table.agrees & (probabilities >= threshold))[wrong].mean() <= 0.1 or name == "two"


def test_no_group_is_fitted_on_and_judged() -> None:
    table = make_table(160)
    judged: list[int] = []
    for train, test in split(table):
        assert not set(table.groups[train].tolist()) & set(table.groups[test].tolist())
        judged += test.tolist()
    assert sorted(judged) == list(range(160))


def test_no_likeness_counts_against_a_claim() -> None:
    table = make_table(160)
    turned = Table(1 - table.measures, table.supported, table.partly, table.agrees, table.sets, table.groups)
    assert fit_model(table, ("cosine", "pairs")).weights["cosine"] > 0
    assert "cosine" not in fit_model(turned, ("cosine", "pairs")).weights


def test_the_benchmark_tells_a_good_score_from_a_bad_one() -> None:
    labels = np.array([True, False] * 50)
    groups = np.arange(100) // 2
    good = measure(labels, labels + 0.0, groups)
    bad = measure(labels, 1.0 - labels, groups)
    assert good["balanced_accuracy"] == 1 and good["let_through"] == 0
    assert bad["balanced_accuracy"] == 0.5 and bad["let_through"] == 1
    assert write_share(labels).startswith("0.500 (0.") and write_share(labels).endswith("of 100")


@pytest.mark.slow
def test_the_benchmark_runs_on_a_set_of_any_name(tmp_path: Path) -> None:
    rows = [
        {
            "question": f"Question {number}?",
            "claim": sentence if number % 2 else "Lunch is served in the yard when the weather is fine.",
            "evidence": [" ".join(PASSAGE)],
            "supported": "yes" if number % 2 else "partly",
        }
        for number, sentence in enumerate(PASSAGE * 2)
    ]
    (tmp_path / "grounding").mkdir()
    (tmp_path / "grounding" / "ours.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    command = [sys.executable, str(ROOT / "evals" / "bench" / "grounding.py"), "--data", str(tmp_path)]
    result = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    systems = json.loads(result.stdout)["sets"]["ours"]
    assert set(systems) == {"lexical", "cosine", "product"}
    assert systems["product"]["balanced_accuracy"] == 1 and systems["product"]["let_through"] == 0
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "as shipped" in printed and "as it stands" in printed
    empty = subprocess.run([*command[:-1], str(tmp_path / "grounding")], capture_output=True, text=True)
    assert empty.returncode == 1 and "holds no grounding/NAME.jsonl" in empty.stdout


def test_evidence_is_cut_into_sentences_and_keeps_its_words() -> None:
    assert split_evidence(["[1] https://example.org\n\nOne is here. Two is there.", "Three."]) == (
        "One is here.",
        "Two is there.",
        "Three.",
    )
    assert split_evidence([]) == ("",)


# --- seeded changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_made_by_chance_and_the_same_again(kind: Disagreement) -> None:
    made = [change(sentence, kind, random.Random(3)) for sentence in PASSAGE]
    assert made == [change(sentence, kind, random.Random(3)) for sentence in PASSAGE]
    assert any(made) and all(one != sentence for one, sentence in zip(made, PASSAGE, strict=True))


def test_changes_are_refused_and_rewrites_are_not() -> None:
    judge = judge_with(0.0)
    draw = random.Random(1)
    for sentence in PASSAGE:
        for kind in ("number", "name"):
            claim = change(sentence, kind, draw)
            assert claim is None or judge.judge(claim, PASSAGE).disagreement == kind, claim
        for rewriting in REWRITINGS:
            claim = rewrite(sentence, rewriting, draw)
            assert claim is None or judge.judge(claim, PASSAGE).disagreement is None, claim


def test_a_sentence_without_a_number_or_a_name_cannot_have_it_changed() -> None:
    assert change("Leaders learn from each other.", "number", random.Random(1)) is None
    assert change("Leaders learn from each other.", "name", random.Random(1)) is None


# --- entailment --------------------------------------------------------------------------------------------------


class FixedEntailment:
    """Says the same of every pair, and remembers the pairs."""

    def __init__(self, probability: float) -> None:
        self.probability = probability
        self.pairs: list[tuple[str, str]] = []

    def estimate(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        self.pairs += pairs
        return tuple(self.probability for _ in pairs)


@pytest.mark.parametrize(("probability", "holds"), [(0.9, True), (0.5, True), (0.49, False)])
def test_an_entailment_model_can_refuse(probability: float, holds: bool) -> None:
    entailment = FixedEntailment(probability)
    judge = SupportJudge(SentenceVectors(WordEmbedder()), judge_with(0.1)._parameters, entailment)  # noqa: SLF001 - the shipped model
    claim = "The study was done in 15 districts."
    support = judge.judge(claim, PASSAGE)
    assert support.entailment == probability and judge.holds(support) is holds
    premise, hypothesis = entailment.pairs[0]
    assert hypothesis == claim and PASSAGE[0] in premise


def test_an_entailment_model_rescues_nothing() -> None:
    entailment = FixedEntailment(1.0)
    judge = SupportJudge(SentenceVectors(WordEmbedder()), judge_with(0.1)._parameters, entailment)  # noqa: SLF001
    refused = judge.judge("The study was done in 16 districts.", PASSAGE)
    unlike = SupportJudge(SentenceVectors(WordEmbedder()), judge_with(0.999)._parameters, entailment).judge(
        "It rains.", PASSAGE
    )  # noqa: SLF001
    assert not judge.holds(refused) and not judge_with(0.999).holds(unlike)
    assert entailment.pairs == []


@pytest.mark.parametrize(
    ("labels", "place"),
    [
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, 1),
        ({0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"}, 0),
        ({0: "not_entailment", 1: "entailment"}, 1),
        ({0: "LABEL_0"}, None),
    ],
)
def test_the_output_for_entailment_is_found_by_its_label(labels: dict[int, str], place: int | None) -> None:
    assert find_label(labels, "a model") == place


@pytest.mark.slow
def test_a_model_of_another_kind_is_refused_in_plain_words() -> None:
    with pytest.raises(ModelUnavailable, match="no output for entailment: its outputs are toxic, fine"):
        find_label({0: "toxic", 1: "fine"}, "a model")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        load_entailment("/nowhere/at/all")


def save_tiny(folder: Path, labels: dict[int, str]) -> Path:
    """A sequence classifier of random weights that knows twelve words."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "teachers",
        "principals",
        "lead",
        "learn",
        "visit",
        "schools",
    ]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, id2label=labels, label2id={label: place for place, label in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("labels", [{0: "contradiction", 1: "entailment", 2: "neutral"}, {0: "LABEL_0"}])
def test_any_such_model_gives_probabilities(tmp_path: Path, labels: dict[int, str]) -> None:
    model = load_entailment(str(save_tiny(tmp_path / "model", labels)))
    assert isinstance(model, CrossEncoderEntailment)
    pairs = [("teachers lead schools", "principals learn"), ("teachers visit schools", "teachers visit schools")]
    estimated = model.estimate(pairs)
    assert len(estimated) == 2 and all(0 < one < 1 for one in estimated)
    assert model.estimate([]) == ()
    assert model.estimate(pairs[1:]) == pytest.approx(estimated[1:], abs=1e-5)
