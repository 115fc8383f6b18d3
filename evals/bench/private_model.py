"""Measures what a language model is sent of people's names: 200 seeded names in, the shares that are seen on the wire out.

    python evals/bench/private_model.py [--names 200] [--json] [--show]

Names stand in a question, in an earlier question of the conversation, in the passage that answers, and in a document's title:
four names at a time, all of them different. The server records the bytes of every request.
A name counts as seen where it stands whole in them, in any case, with or without its accents, written out or escaped as JSON
does it; `parts` counts those of which a part alone does, where that is no English word.

    roster     with the list of the names loaded, and each name once in each place: nothing may be seen
    none       without it, and each name in one place only: `recall` is the share that is not seen, for each place
    title      without it, where titles hold names: these stay, because a document is called so
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
    "What is a learning walk, and should {question} be told of it?",
    "{question} talks during every learning walk. What is a learning walk?",
    "my student {question} asks what a learning walk is",
    "And how does it help {question}?",
    "why would that help {question} in class",
    "and who takes part in it with {question}?",
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
_PLAIN_TITLE = "Learning walk: note {number}"


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
    roster = work / "names.csv"
    roster.write_text("name\n" + "\n".join(f'"{name}"' for name in names), "utf-8")
    named, plain = work / "named", work / "plain"
    everywhere = [rotate(names, number) for number in range(len(names))]
    apart = [names[place : place + len(PLACES)] for place in range(0, len(names) - len(PLACES) + 1, len(PLACES))]
    cases, without = make_cases(everywhere, named, _TITLE), make_cases(apart, plain, _PLAIN_TITLE)
    for documents in (named, plain):
        fill_library(documents, documents.with_suffix(".home"))
    results = {
        "roster": run(cases, named.with_suffix(".home"), {"COACH_ROSTER": str(roster)}, show=show),
        "none": run(without, plain.with_suffix(".home"), {}, show=show),
        "title": run(cases, named.with_suffix(".home"), {}, show=False),
    }
    results["title"] = {
        key: value for key, value in results["title"].items() if key in ("asked", "called", "recall title")
    }
    del results["none"]["recall title"]
    return results


def rotate(names: Sequence[str], number: int) -> list[str]:
    """A name for each place; over all numbers each name stands at each place once."""
    far = len(names) // len(PLACES)
    return [names[(number + turn * far) % len(names)] for turn in range(len(PLACES))]


def make_cases(groups: Sequence[Sequence[str]], documents: Path, title: str) -> list[Case]:
    """A case for each group of names, one for each place."""
    documents.mkdir()
    random = Random(_SEED)  # noqa: S311 - the same every time
    cases = []
    for number, group in enumerate(groups):
        chosen = dict(zip(PLACES, group, strict=True))
        file = f"notes-{number}.md"
        text = f"# {title.format(**chosen, number=number)}\n\n{_TEXT.format(**chosen)}\n"
        (documents / file).write_text(text, "utf-8")
        question, earlier = random.choice(_QUESTIONS), random.choice(_EARLIER)
        cases.append(Case(chosen, question.format(**chosen), earlier.format(**chosen), file))
    return cases


def run(cases: Sequence[Case], home: Path, others: dict[str, str], *, show: bool) -> dict[str, Any]:
    """Ask every question, and look for each of its names in what was sent for it."""
    player = Player(write_faithful)
    seen: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    requests = called = leaning = 0
    with open_with_script(home, player, others) as (coach, server):
        known = {state.name: state.id for state in coach.library.store.list_states()}
        for case in cases:
            before = len(server.requests)
            history = (Turn("user", case.earlier), Turn("assistant", "A learning walk is a short visit."))
            trial = ask(coach.assistant, player, case.question, history=history, documents={known[case.file]})
            sent = server.requests[before:]
            requests += len(sent)
            called += bool(sent)
            leaning += any(one.purpose == "question" for one in trial.answer.sent)
            for place, name in case.names.items():
                whole = any(holds(body, name) for body in sent)
                part = any(holds_part(body, name) for body in sent)
                seen[place] += whole
                parts[place] += part
                if show and (whole or part):
                    print(f"  {place}: {name!r} of {case.question!r}")
    sent_for = dict.fromkeys(PLACES, called) | {"history": leaning}
    return {
        "asked": len(cases),
        "called": called,
        "requests": requests,
        "with history": leaning,
        "seen": sum(seen.values()),
        "parts": sum(parts.values()),
        **{
            f"recall {place}": round(1 - max(seen[place], parts[place]) / max(sent_for[place], 1), 4)
            for place in PLACES
        },
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
