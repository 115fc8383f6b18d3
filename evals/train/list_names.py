"""Gathers names of people: Faker's lists for every country and texts in, `coach/name_lists.txt.gz` out.

    python evals/train/list_names.py --data FOLDER

Three lists, parted by an empty line: given names, family names, and those of both that are ordinary words too ("grace",
"will", "brown"). A name is an ordinary word where the texts under FOLDER (squad2, clapnq, wice, expertqa) write it small in
the middle of a sentence at least one time in six. `names_added.txt` beside this script adds to each list. Only names in
Latin letters. Needs `faker` (MIT); the product does not.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coach.person_names import LISTS, simplify

_TEXTS = ("answerability/squad2", "answerability/clapnq", "grounding/wice", "grounding/expertqa")
_INNER = re.compile(r"(?<=[a-z,;] )[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’ -]+")  # noqa: RUF001 - an apostrophe as it is typed
_PARTICLE_WORDS = (
    "de da do dos das del della der den van von la le el al di du y e i o of the st san ben bin ibn ter ten op"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
ADDED = Path(__file__).with_name("names_added.txt")
_SMALL_SHARE = 1 / 6
_LEAST_SMALL = 3


def main() -> int:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    added = read_added(ADDED)
    given, family = gather("first_name") | added["given"], gather("last_name") | added["family"]
    small, large = count_cases(arguments.data)
    words = {
        name
        for name in given | family
        if name in added["words"]
        or (small[name] >= _LEAST_SMALL and small[name] >= _SMALL_SHARE * (small[name] + large[name]))
    }
    text = "\n\n".join("\n".join(sorted(names)) for names in (given, family, words))
    LISTS.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{len(given)} given names, {len(family)} family names, {len(words)} of them ordinary words: {LISTS}")
    return 0


def read_added(path: Path) -> dict[str, set[str]]:
    """What the lists lack: names that schools hear often, and ordinary words that the texts seldom hold small."""
    blocks = (block.partition(":") for block in path.read_text("utf-8").split("\n\n"))
    return {name: set(words.split()) for name, _, words in blocks}


def gather(kind: str) -> set[str]:
    """The names of one kind in Faker's providers, each part by itself, in small letters without accents."""
    people = importlib.import_module("faker.providers.person")
    found: set[str] = set()
    for module in pkgutil.iter_modules(people.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            values = getattr(provider, attribute)
            if kind in attribute and isinstance(values, (tuple, list, dict)):
                found |= {value for value in values if isinstance(value, str) and _LATIN.fullmatch(value)}
    parts = {
        part for name in found for part in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", simplify(name.replace("’", "'")))
    }  # noqa: RUF001
    return {part for part in parts if len(part) > 1 and part not in _PARTICLES}


def count_cases(data: Path) -> tuple[Counter[str], Counter[str]]:
    """How often the texts write each word small, and with a capital, in the middle of a sentence."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in iterate_texts(data):
        for word in _INNER.findall(text):
            (small if word == word.lower() else large)[simplify(word)] += 1
    return small, large


def iterate_texts(data: Path) -> Iterator[str]:
    """Each different passage of the sets."""
    seen: set[str] = set()
    for name in _TEXTS:
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            for text in [*row.get("passages", ()), *row.get("evidence", ())]:
                words = text if isinstance(text, str) else text.get("text", "")
                if words not in seen:
                    seen.add(words)
                    yield words


if __name__ == "__main__":
    sys.exit(main())
