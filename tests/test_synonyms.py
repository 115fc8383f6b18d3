"""WordNet's words by their stems: what is related is found, opposites too, and the lists are made again the same."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from coach.claim_facts import stem_form
from coach.synonyms import WORDS, list_opposites, list_related
from evals.train.list_synonyms import FEWEST_USES, NOTICE, list_stems, read_notice, read_synsets
from tests.conftest import ROOT

HEAD = "  1 Anybody may copy this.  \n  2   \n  3 Keep the notice.  \n"
NOUNS = (
    HEAD
    + "00000001 04 n 02 aid 0 xylographer 0 001 + 00000002 v 0101 | what helps  \n"
    + "00000003 04 n 01 loss 0 001 ! 00000004 n 0101 | what is gone  \n"
    + "00000004 04 n 02 gain 0 price_rise 0 001 ! 00000003 n 0101 | what comes  \n"
)
VERBS = HEAD + "00000002 41 v 02 help 0 assist 0 001 + 00000001 n 0101 01 + 02 00 | do for somebody  \n"


def find(words: str) -> tuple[str, str]:
    one, other = map(stem_form, words.split(":"))
    return one, other


@pytest.mark.parametrize(
    "words", ["help:assist", "gather:collect", "teacher:instructor", "lead:leadership", "choose:choice"]
)
def test_what_means_the_same_or_is_derived_is_related(words: str) -> None:
    one, other = find(words)
    assert other in list_related(one) and one in list_related(other)


@pytest.mark.parametrize("words", ["success:failure", "formal:informal", "accept:reject"])
def test_opposites_are_found_both_ways(words: str) -> None:
    one, other = find(words)
    assert other in list_opposites(one) and one in list_opposites(other)


@pytest.mark.parametrize("words", ["teacher:principal", "reading:budget", "parent:district"])
def test_what_only_goes_together_is_not_related(words: str) -> None:
    one, other = find(words)
    assert other not in list_related(one) and other not in list_opposites(one)


def test_a_strange_word_has_neither() -> None:
    assert list_related("zzyzx") == list_opposites("zzyzx") == list_related("") == frozenset()


def test_no_word_is_related_to_itself_and_the_lists_stay_small() -> None:
    related, opposites = gzip.decompress(WORDS.read_bytes()).decode("ascii").split("\n\n")
    for line in [*related.splitlines(), *opposites.splitlines()]:
        word, *others = line.split(" ")
        assert others and word not in others and others == sorted(set(others)), line
    assert WORDS.stat().st_size < 500_000


def test_the_notice_goes_with_the_words() -> None:
    text = NOTICE.read_text("utf-8")
    assert "WordNet 3.1 Copyright 2011 by Princeton University" in text and 'PROVIDED "AS IS"' in text


def test_a_data_file_is_read_as_its_manual_says(tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(NOUNS, "latin-1")
    synsets = dict(read_synsets(tmp_path / "data.noun", "n"))
    assert synsets["n", "00000001"].words == ("aid", "xylographer")
    assert synsets["n", "00000003"].pointers == (("!", ("n", "00000004"), 1, 1),)
    assert read_notice(tmp_path / "data.noun") == "Anybody may copy this.\n\nKeep the notice.\n"


def test_rare_words_and_those_of_two_parts_are_left_out() -> None:
    assert FEWEST_USES > 1
    assert list_stems(["aid", "xylographer", "price_rise", "the"]) == {"aid"}


def test_the_script_writes_the_same_bytes_every_time(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj", "adv"):
        text = {"noun": NOUNS, "verb": VERBS}.get(part, HEAD)
        (tmp_path / f"data.{part}").write_text(text, "latin-1")
    program = (
        "import sys, pathlib, evals.train.list_synonyms as script\n"
        "out = pathlib.Path(sys.argv.pop())\n"
        "script.WORDS, script.NOTICE = out, out.with_suffix('.NOTICE')\n"
        "sys.exit(script.main())"
    )
    written = []
    for name in ("one.gz", "two.gz"):
        command = [sys.executable, "-c", program, "--wordnet", str(tmp_path), str(tmp_path / name)]
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    related, opposites = gzip.decompress(written[0]).decode().split("\n\n")
    assert related.splitlines() == ["aid assist help", "assist aid help", "help aid assist"]
    assert opposites.splitlines() == ["gain loss", "loss gain"]


def test_the_script_says_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "evals" / "train" / "list_synonyms.py"), "--wordnet", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and "holds no data.noun" in result.stdout
