"""Craft: every entry is whole and in our manner, faults of the files are named, and what is found fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from coach.craft import CraftFinder, CraftWeights, load_craft
from coach.embedding import Vectors
from coach.errors import PromptFault
from coach.prompts import find_prompts
from coach.records import ROLES, Craft, Role
from evals.answering import read_rows
from tests.conftest import ROOT
from tests.fakes import WordEmbedder

ENTRIES = load_craft().entries
QUESTIONS = read_rows(ROOT / "evals" / "craft_questions.jsonl")
# Every date can be counted out for a reminder.
BY = {"by tomorrow", "by the end of this week", "by the end of next week", "by two weeks from now"}
# Advice in the dress of a question, or a question that yes or no would answer.
HIDDEN_ADVICE = re.compile(
    r"(?i)(don't|do not|wouldn't|shouldn't|couldn't|isn't|aren't|can't|won't|why (don't|not|do not)|what if you|what about|"
    r"have you|had you|did you|do you|would you|could you|should|can you|are you|is it|is there|might you|maybe|perhaps)\b"
)
FLATTERY = re.compile(
    r"(?i)\b(great|good|excellent|wonderful|important) question|congratulations|well done|kudos|amazing\b"
)
EVIDENCE = re.compile(
    r"(?i)\b(research|studies|a study|evidence shows|proven|statistically|per ?cent|%|data show|scientific)"
)


def _say(craft: Craft) -> str:
    return " ".join([craft.acknowledgement, craft.first_step, craft.wording, craft.not_when, craft.question])


# --- what is written -------------------------------------------------------------------------------------------------


def test_there_is_enough_for_every_role() -> None:
    assert len(ENTRIES) >= 48
    for role in ROLES:
        mine = [craft for craft in ENTRIES if role in craft.roles]
        assert len(mine) >= 15 and sum(craft.general for craft in mine) >= 5


@pytest.mark.parametrize("craft", ENTRIES, ids=lambda craft: craft.id)
def test_an_entry_is_whole_and_in_our_manner(craft: Craft) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", craft.id)
    assert 4 <= len(craft.situations) <= 9 and len(set(craft.situations)) == len(craft.situations)
    assert 70 <= len(_say(craft).split()) <= 130
    assert craft.by in BY
    assert craft.question.count("?") == 1 and craft.question.endswith("?")
    assert not HIDDEN_ADVICE.match(craft.question)
    assert craft.not_when.startswith("Not ")
    # They complete sentences of the answer.
    assert craft.evidence[-1] not in ".?!" and craft.evidence[0].islower()
    for text in (craft.acknowledgement, craft.first_step, craft.wording, craft.not_when):
        assert text[-1] in ".?!" and text[0].isupper()
    assert "?" not in craft.acknowledgement and "\n" not in _say(craft)
    assert not FLATTERY.search(_say(craft))
    assert not EVIDENCE.search(_say(craft))
    # Coach is nobody: only the words to say aloud have an "I".
    assert not re.search(r"\b(I|Coach|me|my)\b", f"{craft.acknowledgement} {craft.not_when}")


@pytest.mark.parametrize("craft", ENTRIES, ids=lambda craft: craft.id)
def test_sentences_are_short(craft: Craft) -> None:
    sentences = [sentence for sentence in re.split(r"(?<=[.?!])\s+", _say(craft)) if sentence]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert sum(lengths) / len(lengths) <= 16 and max(lengths) <= 40


@pytest.mark.parametrize(
    ("field", "most"), [("title", 80), ("acknowledgement", 75), ("first_step", 70), ("wording", 70), ("question", 75)]
)
def test_no_two_entries_are_near_copies(field: str, most: int) -> None:
    texts = {craft.id: getattr(craft, field).casefold() for craft in ENTRIES}
    alike = [
        (one, other) for one, other in combinations(texts, 2) if fuzz.token_sort_ratio(texts[one], texts[other]) > most
    ]
    assert alike == []


def test_no_situation_belongs_to_two_entries() -> None:
    owners = [(situation.casefold(), craft.id) for craft in ENTRIES for situation in craft.situations]
    assert len({situation for situation, _ in owners}) == len(owners)


def test_the_questions_of_the_set_are_in_other_words_than_the_situations() -> None:
    situations = [text.casefold() for craft in ENTRIES for text in (craft.title, *craft.situations)]
    known = {craft.id: craft for craft in ENTRIES}
    assert sum(bool(row["ids"]) for row in QUESTIONS) >= 40
    for row in QUESTIONS:
        assert all(row["role"] in known[name].roles for name in row["ids"]), row["id"]
        if row["question"] == "it's not working. what now?":  # the founders' own
            continue
        nearest = process.extractOne(row["question"].casefold(), situations, scorer=fuzz.token_sort_ratio)
        assert nearest[1] <= 80, (row["id"], nearest[0])


# --- loading ---------------------------------------------------------------------------------------------------------

ENTRY = """
- id: {id}
  title: Some title
  general: true
  situations: [how do I start, where to begin]
  acknowledgement: That is a lot.
  first_step: Ask two people.
  by: by the end of this week
  evidence: two answers
  wording: What do you see?
  question: Who would know?
  not_when: Not today.
  stance: ask
  roles: [principal, central_office, trainer]
  tags: [start]
  idea_from: common practice
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "craft").mkdir()
    (tmp_path / "craft" / "one.yaml").write_text(ENTRY.format(id="first"), "utf-8")
    return tmp_path


def test_files_load_and_the_digest_follows_their_bytes(folder: Path, tmp_path: Path) -> None:
    library = load_craft(folder)
    assert [craft.id for craft in library.entries] == ["first"] and library.entries[0].general
    other = tmp_path / "other"
    (other / "craft").mkdir(parents=True)
    (other / "craft" / "one.yaml").write_text(ENTRY.format(id="first") + "\n# A remark.\n", "utf-8")
    assert load_craft(other).digest != library.digest
    assert len(library.digest) == 12


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  title: Some title\n", "", "first: the field title is missing"),
        ("  title: Some title\n", "  title: ''\n", "first: title must be a text"),
        ("  title: Some title\n", "  title: 5\n", "first: title must be a text"),
        ("  title: Some title\n", "  title: Some title\n  mood: warm\n", "first: the field mood is not known"),
        ("situations: [how do I start, where to begin]", "situations: how do I start", "situations must be a list"),
        ("situations: [how do I start, where to begin]", "situations: []", "situations must be a list"),
        ("stance: ask", "stance: shout", "stance is one of"),
        ("roles: [principal,", "roles: [pupil,", "roles are among .* not pupil"),
        ("general: true", "general: sometimes", "general is true or false"),
        ("first_step: Ask two people.", "first_step: Ask: two people.", "cannot be read"),
        ("- id: first", "- id: [", "cannot be read"),
        ("general: true", "general: false", "needs an entry with `general: true` for the role principal"),
        (ENTRY.format(id="first"), "just words", "must be a list of entries"),
        (ENTRY.format(id="first"), "- just words", "entry 1: it must have fields"),
        (ENTRY.format(id="first"), ENTRY.format(id="first") * 2, "first: the id is taken"),
    ],
)
def test_a_fault_names_its_file_and_entry(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "craft" / "one.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PromptFault, match=told) as caught:
        load_craft(folder)
    assert str(folder / "craft") in str(caught.value)


def test_an_id_is_taken_across_files(folder: Path) -> None:
    (folder / "craft" / "two.yaml").write_text(ENTRY.format(id="first"), "utf-8")
    with pytest.raises(PromptFault, match=r"two\.yaml, entry first: the id is taken"):
        load_craft(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptFault, match="no .yaml files"):
        load_craft(tmp_path)


def test_the_files_lie_with_the_prompts() -> None:
    assert load_craft() is load_craft() and len(list((find_prompts() / "craft").glob("*.yaml"))) >= 8


# --- finding ---------------------------------------------------------------------------------------------------------


class CountingEmbedder(WordEmbedder):
    """Remembers how many texts each call brought."""

    def __init__(self) -> None:
        super().__init__(dimensions=256)
        self.calls: list[int] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(len(texts))
        return super().embed(texts)


@pytest.fixture(scope="module")
def finder() -> CraftFinder:
    return CraftFinder(ENTRIES, CountingEmbedder())


def _by_id(name: str) -> Craft:
    return next(craft for craft in ENTRIES if craft.id == name)


@pytest.mark.parametrize("craft", ENTRIES, ids=lambda craft: craft.id)
def test_an_entry_is_found_by_its_own_situation(finder: CraftFinder, craft: Craft) -> None:
    found = finder.find(craft.situations[0], None, craft.roles[0], count=2)
    assert craft.id in [one.craft.id for one in found]
    assert found[0].is_close


def test_nothing_is_embedded_before_the_first_question_and_the_situations_once() -> None:
    embedder = CountingEmbedder()
    finder = CraftFinder(ENTRIES, embedder)
    assert embedder.calls == []
    finder.find("how do I run a data meeting", None, "principal")
    finder.find("an angry parent", None, "principal")
    assert embedder.calls == [sum(len(craft.situations) + 1 for craft in ENTRIES), 1, 1]


def test_a_vector_at_hand_is_used() -> None:
    embedder = CountingEmbedder()
    finder = CraftFinder(ENTRIES, embedder, weights=replace(CraftWeights(), words=0.0))
    vector = embedder.embed(["morale is low"])[0]
    assert finder.find("?", tuple(vector), "principal")[0].craft.id == "low-morale"


def test_vectors_are_kept_for_the_next_start_and_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    first, second, third = CountingEmbedder(), CountingEmbedder(), CountingEmbedder()
    asked = "our PLCs have become a compliance exercise"
    found = CraftFinder(ENTRIES, first, tmp_path).find(asked, None, "principal")
    assert CraftFinder(ENTRIES, second, tmp_path).find(asked, None, "principal") == found
    assert second.calls == [1]
    (memory,) = (tmp_path / "craft").glob("*")
    memory.write_bytes(memory.read_bytes()[:200])
    assert CraftFinder(ENTRIES, third, tmp_path).find(asked, None, "principal") == found
    assert len(third.calls) == 2


def test_kept_vectors_of_another_shape_are_made_anew(tmp_path: Path) -> None:
    first, second = CountingEmbedder(), CountingEmbedder()
    found = CraftFinder(ENTRIES, first, tmp_path).find("morale", None, "principal")
    (memory,) = (tmp_path / "craft").glob("*")
    np.save(memory, np.zeros((3, 256), dtype=np.float32))
    assert CraftFinder(ENTRIES, second, tmp_path).find("morale", None, "principal") == found
    assert len(second.calls) == 2


def test_other_situations_are_not_taken_for_the_kept_ones(tmp_path: Path) -> None:
    CraftFinder(ENTRIES, CountingEmbedder(), tmp_path).find("morale", None, "principal")
    fewer = CountingEmbedder()
    CraftFinder(ENTRIES[1:], fewer, tmp_path).find("morale", None, "principal")
    assert len(fewer.calls) == 2


@pytest.mark.parametrize("role", ROLES)
@given(question=st.text(max_size=80), shown=st.lists(st.sampled_from([craft.id for craft in ENTRIES]), max_size=30))
@settings(max_examples=25, deadline=None)
def test_whatever_is_asked_something_for_the_role_is_found(
    finder: CraftFinder, role: Role, question: str, shown: list[str]
) -> None:
    found = finder.find(question, None, role, shown, count=2)
    assert len(found) == 2 and found[0].craft != found[1].craft
    for one in found:
        assert role in one.craft.roles
        assert one.is_close or one.craft.general
        assert one.is_close == (one.score >= CraftWeights().least_close)


def test_where_nothing_is_close_a_general_entry_stands_in(finder: CraftFinder) -> None:
    (found,) = finder.find("zygote quasar marmalade", None, "principal")
    assert found.craft.general and not found.is_close


def test_an_entry_for_another_role_is_not_offered(finder: CraftFinder) -> None:
    asked = "how do I run a calibration session with raters"
    assert finder.find(asked, None, "trainer")[0].craft.id == "calibrating-raters"
    assert all("principal" in one.craft.roles for one in finder.find(asked, None, "principal", count=20))


def _entry(name: str, *situations: str, general: bool = False, stance: str = "ask") -> Craft:
    return replace(
        ENTRIES[0],
        id=name,
        title=situations[0],
        situations=situations,
        tags=(),
        general=general,
        stance=stance,  # type: ignore[arg-type]
        roles=("principal",),
        acknowledgement="-",
        first_step="-",
        evidence="-",
        wording="-",
        question="-",
    )


def _find(crafts: Sequence[Craft], question: str, **options: object) -> list[str]:
    finder = CraftFinder(crafts, WordEmbedder(dimensions=256))
    return [one.craft.id for one in finder.find(question, None, "principal", **options)]  # type: ignore[arg-type]


def test_what_was_shown_gives_way_to_what_fits_nearly_as_well_and_to_nothing_less() -> None:
    morale, mood = _entry("morale", "staff morale is low"), _entry("mood", "staff morale is poor")
    buses = _entry("buses", "buses come late", general=True)
    crafts = (morale, mood, buses)
    asked = "staff morale"
    assert _find(crafts, asked) == ["morale"]
    assert _find(crafts, asked, shown=["morale"]) == ["mood"]
    assert _find(crafts, asked, shown=["morale", "mood"]) == ["morale"]
    assert _find(crafts, "staff morale is low", shown=["morale"]) == ["morale"]
    assert _find((morale, buses), asked, shown=["morale"]) == ["morale"]
    assert _find((morale, buses), asked, shown=["morale"] * 9) == ["buses"]


def test_a_stance_decides_between_entries_that_fit_alike() -> None:
    asks, tells = _entry("asks", "staff morale is low"), _entry("tells", "staff morale is low", stance="tell")
    other = _entry("other", "buses come late", stance="tell")
    assert _find((asks, tells, other), "morale is low", stance="tell") == ["tells"]
    assert _find((asks, tells, other), "morale is low", stance="ask") == ["asks"]
    assert _find((asks, other), "morale is low", stance="tell") == ["asks"]


def test_words_count_as_well_as_meaning() -> None:
    """The vectors say nothing here: what is found is found by its words, whatever their endings."""

    class Blind(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            return np.full((len(texts), self.dimensions), self.dimensions**-0.5, dtype=np.float32)

    crafts = (_entry("buses", "buses come late"), _entry("morale", "motivating tired colleagues"))
    finder = CraftFinder(crafts, Blind())
    assert finder.find("how to motivate a colleague", None, "principal")[0].craft.id == "morale"


def test_words_that_no_entry_holds_make_it_less_close() -> None:
    finder = CraftFinder((_entry("buses", "buses come late"),), WordEmbedder(), weights=CraftWeights(words=1.0))
    (plain,) = finder.measure("late buses")
    (strange,) = finder.measure("late buses zygote marmalade")
    assert plain == pytest.approx(1) and strange < plain


def test_without_entries_nothing_is_found() -> None:
    assert CraftFinder((), WordEmbedder()).find("morale", None, "principal") == ()
    assert _find((replace(_entry("one", "morale"), roles=("trainer",)),), "morale") == []
