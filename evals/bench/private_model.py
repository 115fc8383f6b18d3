"""Measures what a language model is sent of people's names: 200 seeded names in, the shares that are seen on the wire out.

    python evals/bench/private_model.py [--names 200] [--json] [--show]

Each name stands once in a question, once in an earlier question of the conversation, once in the passage that answers, and once
in a document's title: four names at a time, all of them different. The server records the bytes of every request.
A name counts as seen where it stands whole in them, in any case, with or without its accents, written out or escaped as JSON
does it; `parts` counts those of which a part alone does, where that is no English word.

    roster     with the list of the names loaded: nothing may be seen
    none       without it: `recall` is the share that is not seen, for each place
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from coach.person_names import is_ordinary_word, simplify
from coach.privacy import silence_libraries
from coach.records import Turn
from evals.answering import fill_library
from evals.scripted.measuring import ask, open_with_script
from evals.scripted.playing import Player
from evals.scripted.writers import write_faithful

_PARTS = Path(__file__).parents[1] / "pupil_names.json"
PLACES = ("question", "history", "passage", "title")
_SEED = 20100
_QUESTIONS = (
    "How can I help {question} on a learning walk?",
    "{question} talks during every learning walk, what does a learning walk ask of us?",
    "my student {question} is afraid of a learning walk, how does a learning walk go",
    "And how does a learning walk help {question}'s class?",
)
_EARLIER = (
    "What is a learning walk? {history} in 4th grade asked me.",
    "{history} was sent out of class again. What is a learning walk for?",
    "how do I plan a learning walk for the class of {history}",
)
_TEXT = (
    "A learning walk is a short visit of a principal and two teachers to several classrooms. {passage} was in the class that we "
    "saw on the learning walk and read aloud. A learning walk helps principals to see what pupils do. Nobody is rated during a "
    "learning walk."
)
_TITLE = "Learning walk: notes on {title}"


@dataclass(frozen=True, slots=True)
class Case:
    """A question and a document, with a name at each place."""

    names: dict[str, str]
    question: str
    earlier: str
    file: str


def main() -> int:
    """Ask with a list of names and without one, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what was seen")
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work:
        results = measure(make_names(arguments.names), Path(work), show=arguments.show)
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def make_names(number: int) -> list[str]:
    """Names of pupils, always the same ones, each once; their parts come from many languages."""
    parts = json.loads(_PARTS.read_text("utf-8"))
    pairs = [f"{first} {last}" for first in parts["first"] for last in parts["last"]]
    return Random(_SEED).sample(pairs, number)  # noqa: S311 - the same every time


def measure(names: Sequence[str], work: Path, *, show: bool) -> dict[str, dict[str, Any]]:
    """Both rounds, on one library."""
    documents, home, roster = work / "documents", work / "home", work / "names.csv"
    documents.mkdir()
    cases = make_cases(names, documents)
    fill_library(documents, home)
    roster.write_text("name\n" + "\n".join(f'"{name}"' for name in names), "utf-8")
    return {
        "roster": run(cases, home, {"COACH_ROSTER": str(roster)}, show=show),
        "none": run(cases, home, {}, show=show),
    }


def make_cases(names: Sequence[str], documents: Path) -> list[Case]:
    """As many cases as names: each name stands at each place once."""
    random = Random(_SEED)  # noqa: S311 - the same every time
    cases = []
    for number in range(len(names)):
        far = len(names) // len(PLACES)
        chosen = {place: names[(number + turn * far) % len(names)] for turn, place in enumerate(PLACES)}
        file = f"notes-{number}.md"
        text = f"# {_TITLE.format(**chosen)}\n\n{_TEXT.format(**chosen)}\n"
        (documents / file).write_text(text, "utf-8")
        question, earlier = random.choice(_QUESTIONS), random.choice(_EARLIER)
        cases.append(Case(chosen, question.format(**chosen), earlier.format(**chosen), file))
    return cases


def run(cases: Sequence[Case], home: Path, others: dict[str, str], *, show: bool) -> dict[str, Any]:
    """Ask every question, and look for each of its names in what was sent for it."""
    player = Player(write_faithful)
    seen: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    requests = called = 0
    with open_with_script(home, player, others) as (coach, server):
        known = {state.name: state.id for state in coach.library.store.list_states()}
        for case in cases:
            before = len(server.requests)
            history = (Turn("user", case.earlier), Turn("assistant", "A learning walk is a short visit."))
            ask(coach.assistant, player, case.question, history=history, documents={known[case.file]})
            sent = server.requests[before:]
            requests += len(sent)
            called += bool(sent)
            for place, name in case.names.items():
                whole = any(holds(body, name) for body in sent)
                part = any(holds_part(body, name) for body in sent)
                seen[place] += whole
                parts[place] += part
                if show and (whole or part):
                    print(f"  {place}: {name!r} of {case.question!r}")
    return {
        "asked": len(cases),
        "called": called,
        "requests": requests,
        "seen": sum(seen.values()),
        "parts": sum(parts.values()),
        **{f"recall {place}": round(1 - max(seen[place], parts[place]) / max(called, 1), 4) for place in PLACES},
    }


def list_forms(body: bytes) -> list[str]:
    """A request as it can be read: its bytes, and without the escapes of JSON; in small letters, also without accents."""
    raw = body.decode("utf-8", "replace")
    unescaped = json.dumps(json.loads(raw), ensure_ascii=False)
    return [form for text in (raw, unescaped) for form in (text.casefold(), simplify(text))]


def holds(body: bytes, name: str) -> bool:
    """Whether a request holds a name, its parts in a row."""
    forms = list_forms(body)
    escaped = json.dumps(name)[1:-1].casefold()
    return any(
        word in " ".join(form.split()) for form in forms for word in (name.casefold(), escaped, simplify(name)) if word
    )


def holds_part(body: bytes, name: str) -> bool:
    """Whether a request holds a part of a name that is no English word."""
    parts = [part for part in re.split(r"[\s\-]+", simplify(name)) if len(part) > 2 and not is_ordinary_word(part)]
    forms = list_forms(body)
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", form) for part in parts for form in forms)


def write_table(results: dict[str, dict[str, Any]]) -> str:
    """One line for each round."""
    return "\n".join(
        f"{name:<8} " + "  ".join(f"{key} {value}" for key, value in values.items()) for name, values in results.items()
    )


if __name__ == "__main__":
    sys.exit(main())
