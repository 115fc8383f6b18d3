"""Measures answers that a language model writes: scripted models in; what of their sentences is shown, and how soon, out.

    python evals/bench/writing.py [--data FOLDER] [--json] [--file FILE] [--show] [--questions N] [--claims N] [--scripts A B]

Every script of evals/scripted answers questions of evals/starter.jsonl on the starter corpus, over HTTP, as fast as it can; and
with FOLDER/course, four of them answer questions of teachers on 156 texts (`course ...`):

    asked        questions, called those for which the model was asked at all
    bad          sentences that may not be shown as written: unsupported, under a wrong label, or with words that do not stand
                 there; `bad shown` those that were; `by change` shown and written by what was done to them
    good         sentences that are supported and rightly cited: `kept` of them as written, `repaired` where the source's own
                 sentence stands instead, `cut`, and `unused` where nothing of the reply was used; `reasons` of the last three
    foreign      statements in the model's words that are none of its sentences; must be 0
    fallbacks    answers in which nothing of the model's is used
    first, end   median seconds to the first checked sentence and to the end; for a fault with short deadlines

`claims` (with FOLDER/grounding): claims that experts judged, each behind the sentence of its evidence that is nearest; the
evidence is the library. `shown yes`, `shown partly`, `shown no`: the share that is shown as written of those that the experts
found supported, in part, or not.

`pace`: the faithful script at the speed of a real model (0.5 seconds to the first word, 25 words a second). `model` is its own
time to the end of its first line, `ratio` the time from asking to the first checked sentence in units of that; `delay` from the
last letter of a sentence to its showing. `check`: milliseconds for each sentence of all scripts, refused ones included.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coach.assembly import OpenCoach
from coach.privacy import silence_libraries
from coach.proofreading import Proof
from coach.records import Manner
from coach.written import Written
from evals.answering import fill_library, read_rows
from evals.scripted.faults import FAULTS
from evals.scripted.measuring import Told, Trial, ask, open_with_script
from evals.scripted.obeying import Obedient
from evals.scripted.playing import Line, Pace, Player, Truth, Writer
from evals.scripted.writers import WRITERS, ClaimWriter
from evals.serving import find_percentile

_ROOT = Path(__file__).parents[2]
_PACE = Pace(first=0.5, word=0.04)
_SHORT = {
    "COACH_MODEL_FIRST_SECONDS": "0.6",
    "COACH_MODEL_SILENCE_SECONDS": "0.6",
    "COACH_MODEL_SECONDS": "2.5",
}
_FAULT_QUESTIONS = 2
_ON_COURSE = ("faithful", "inventor", "wrong-labels", "altered-quotes")
_PACED = 10
_VERDICTS: tuple[Truth, ...] = ("yes", "partly", "no")
_WARM = "What is learning-focused leadership?"


def main() -> int:
    """Run every part, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--file", type=Path, help="write the figures there as well")
    parser.add_argument("--show", action="store_true", help="print what was wrongly shown, and what was lost")
    parser.add_argument("--questions", type=int, default=48)
    parser.add_argument("--claims", type=int, default=350, help="of each set")
    parser.add_argument(
        "--scripts", nargs="*", default=[*WRITERS, "obedient", *FAULTS, "pace", "claims"], metavar="NAME"
    )
    arguments = parser.parse_args()
    silence_libraries()
    with tempfile.TemporaryDirectory() as work:
        results = measure(arguments, Path(work))
    if arguments.file:
        arguments.file.write_text(json.dumps({"sets": results}, indent=1), "utf-8")
    print(json.dumps({"sets": results}) if arguments.json else write_table(results))
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, dict[str, Any]]:
    """The figures of every part that was asked for."""
    home = work / "home"
    fill_library(_ROOT / "corpus", home)
    questions = choose_questions(arguments.questions)
    results = measure_writers(arguments.scripts, home, questions, show_them=arguments.show)
    for name in arguments.scripts:
        if name in FAULTS:
            results[name] = measure_fault(name, home, questions[:_FAULT_QUESTIONS])
    if arguments.data is not None:
        results |= measure_data(arguments, work)
    return results


def measure_writers(
    names: Sequence[str], home: Path, questions: Sequence[tuple[str, Manner]], *, show_them: bool
) -> dict[str, dict[str, Any]]:
    """The figures of the scripts that write, on the starter corpus, and the time of the check."""
    writers: dict[str, Writer] = {name: WRITERS[name] for name in names if name in WRITERS}
    if "obedient" in names:
        writers["obedient"] = Obedient()
    results: dict[str, dict[str, Any]] = {}
    player = Player(WRITERS["faithful"])
    with open_with_script(home, player) as (coach, _), clock_checks() as spent:
        ask(coach.assistant, player, _WARM)
        for name, writer in writers.items():
            player.writer = writer
            trials = [ask(coach.assistant, player, question, manner) for question, manner in questions]
            results[name] = count(trials)
            if show_them:
                show(name, trials)
        if writers:
            results["check"] = summarise_checks(spent)
        if "pace" in names:
            player.writer, player.pace = WRITERS["faithful"], _PACE
            results["pace"] = measure_pace(coach, player, questions)
    return results


def measure_data(arguments: argparse.Namespace, work: Path) -> dict[str, dict[str, Any]]:
    """The figures on data of others, as far as they are there."""
    results: dict[str, dict[str, Any]] = {}
    course = arguments.data / "course"
    if (course / "queries.jsonl").is_file():
        chosen = [name for name in _ON_COURSE if name in arguments.scripts]
        results |= measure_course(course, work / "course", chosen, arguments.questions, show_them=arguments.show)
    if "claims" in arguments.scripts:
        for path in sorted((arguments.data / "grounding").glob("*.jsonl")):
            rows = read_rows(path)
            judged = rows[:: max(len(rows) // arguments.claims, 1)]
            results[f"claims {path.stem}"] = measure_claims(judged, work / path.stem, show=arguments.show)
    return results


def measure_course(
    course: Path, home: Path, scripts: Sequence[str], number: int, *, show_them: bool
) -> dict[str, dict[str, Any]]:
    """The figures of some scripts on longer texts."""
    if not scripts:
        return {}
    rows = read_rows(course / "queries.jsonl")
    questions = [str(row["question"]) for row in rows[:: max(len(rows) // number, 1)]][:number]
    fill_library(course / "documents", home)
    player = Player(WRITERS["faithful"])
    results = {}
    with open_with_script(home, player) as (coach, _):
        for name in scripts:
            player.writer = WRITERS[name]
            trials = [ask(coach.assistant, player, question) for question in questions]
            results[f"course {name}"] = count(trials)
            if show_them:
                show(f"course {name}", trials)
    return results


def choose_questions(number: int) -> list[tuple[str, Manner]]:
    """Questions of both parts of the starter set that a document speaks to, spread over the set."""
    rows = [row for row in read_rows(_ROOT / "evals" / "starter.jsonl") if row["outcome"] in ("answered", "partial")]
    step = max(len(rows) / number, 1)
    chosen = [rows[int(place * step)] for place in range(min(number, len(rows)))]
    return [(row["question"], Manner(row["role"])) for row in chosen]


def count(trials: Sequence[Trial]) -> dict[str, Any]:
    """The figures of one script."""
    called = [one for one in trials if one.played]
    told = [told for one in called for told in one.told]
    bad = [one for one in told if not one.line.may_be_shown]
    fates = Counter(one.fate for one in told if one.line.may_be_shown)
    firsts = [one.first for one in called if one.first is not None]
    return {
        "asked": len(trials),
        "called": len(called),
        "bad": len(bad),
        "bad shown": sum(one.fate == "shown" for one in bad),
        "by change": count_changes(bad),
        "good": fates.total(),
        "kept": fates["shown"],
        "repaired": fates["replaced"],
        "cut": fates["cut"],
        "unused": fates["absent"],
        "reasons": dict(Counter(one.reason for one in told if one.line.may_be_shown and one.reason).most_common(4)),
        "foreign": sum(len(one.foreign) for one in called),
        "fallbacks": sum(one.answer.composer == "extractive" for one in called),
        "first": _median(firsts),
        "end": _median([one.total for one in called]),
    }


def count_changes(bad: Sequence[Told]) -> dict[str, str]:
    """Of each way in which lines were made bad, how many were shown, of how many."""
    every = Counter(one.line.change for one in bad)
    through = Counter(one.line.change for one in bad if one.fate == "shown")
    return {change: f"{through[change]}/{number}" for change, number in sorted(every.items())}


def measure_pace(coach: OpenCoach, player: Player, questions: Sequence[tuple[str, Manner]]) -> dict[str, Any]:
    """Times at the speed of a model."""
    trials = [ask(coach.assistant, player, question, manner) for question, manner in questions[:_PACED]]
    called = [one for one in trials if one.played]
    own = [one.played[0].line_ends[0] - one.played[0].began for one in called]
    before = [one.played[0].began - one.began for one in called]
    ratios = [one.ratio for one in called if one.ratio is not None]
    delays = sorted(delay for one in called for delay in one.delays)
    return {
        "asked": len(trials),
        "called": len(called),
        "model": _median(own),
        "before": _median(before),
        "first": _median([one.first for one in called if one.first is not None]),
        "ratio": _median(ratios),
        "ratio p95": round(find_percentile(ratios, 95), 3) if ratios else None,
        "delay": _median(delays),
        "delay p95": round(find_percentile(delays, 95), 3) if delays else None,
        "end": _median([one.total for one in called]),
    }


@contextmanager
def clock_checks() -> Iterator[list[float]]:
    """Milliseconds of each sentence that is checked within the block: judging, and finding the source's own sentence."""
    spent: list[float] = []
    take = Proof.take

    def timed(proof: Proof, written: Written) -> None:
        began = time.perf_counter()
        take(proof, written)
        if written.kind == "claim":
            spent.append((time.perf_counter() - began) * 1000)

    setattr(Proof, "take", timed)  # noqa: B010 - the clock stands where every sentence comes by
    try:
        yield spent
    finally:
        setattr(Proof, "take", take)  # noqa: B010


def summarise_checks(spent: Sequence[float]) -> dict[str, Any]:
    """The usual and the long times."""
    return {
        "sentences": len(spent),
        "median ms": round(statistics.median(spent), 1),
        "p95 ms": round(find_percentile(sorted(spent), 95), 1),
        "most ms": round(max(spent), 1),
    }


def measure_fault(name: str, home: Path, questions: Sequence[tuple[str, Manner]]) -> dict[str, Any]:
    """What is shown, and how soon, where a model or its server fails in one way."""
    player = Player(WRITERS["nothing"])
    with open_with_script(home, FAULTS[name](), _SHORT) as (coach, server):
        trials = [ask(coach.assistant, player, question, manner) for question, manner in questions]
        quiet = server.wait_for_quiet()
    return {
        "asked": len(trials),
        "requests": len(server.requests),
        "bad shown": sum(len(one.foreign) for one in trials),
        "fallbacks": sum(one.answer.fallback is not None for one in trials),
        "end": _median([one.total for one in trials]),
        "left open": not quiet,
        "says": trials[0].answer.fallback or "",
    }


def measure_claims(rows: Sequence[Mapping[str, Any]], work: Path, *, show: bool) -> dict[str, Any]:
    """What becomes of claims that experts judged."""
    documents, home = work / "documents", work / "home"
    documents.mkdir(parents=True)
    for number, row in enumerate(rows):
        (documents / f"row-{number}.txt").write_text(write_evidence(row["evidence"]), "utf-8")
    fill_library(documents, home)
    player = Player(ClaimWriter({}))
    trials: list[Trial] = []
    with open_with_script(home, player) as (coach, _):
        known = {state.name: state.id for state in coach.library.store.list_states()}
        for number, row in enumerate(rows):
            file = f"row-{number}.txt"
            if file not in known:
                continue  # the same evidence as another row's
            question = str(row.get("question") or f"What is known of this: {row['claim']}")
            player.writer = ClaimWriter({"": Line("", clean_claim(row["claim"]), row["supported"], change="claim")})
            trials.append(ask(coach.assistant, player, question, documents={known[file]}))
    if show:
        show_claims(trials)
    return count_claims(trials)


def clean_claim(claim: str) -> str:
    """A claim without the numbers of references that it had where it was found."""
    return re.sub(r"\s*(?:\[\d+\])+", "", claim).strip()


def write_evidence(evidence: Sequence[str]) -> str:
    """A document of pieces of evidence, each a paragraph of its own where it is more than a line of a page."""
    return "\n\n".join(piece.strip() for piece in evidence if piece.strip()) + "\n"


def count_claims(trials: Sequence[Trial]) -> dict[str, Any]:
    """The shares of claims that are shown, by the experts' verdict."""
    told = [told for one in trials for told in one.told]
    figures: dict[str, Any] = {"asked": len(trials), "called": sum(bool(one.played) for one in trials)}
    for truth in _VERDICTS:
        own = [one for one in told if one.line.truth == truth]
        figures[truth] = len(own)
        figures[f"shown {truth}"] = round(sum(one.fate == "shown" for one in own) / len(own), 3) if own else None
    figures["reasons yes"] = dict(Counter(one.reason for one in told if one.line.truth == "yes").most_common(4))
    return figures


def show(name: str, trials: Sequence[Trial]) -> None:
    """What was shown and should not have been, and what should have been and was not."""
    for trial in trials:
        for one in trial.told:
            if (one.fate == "shown") == one.line.may_be_shown:
                continue
            print(f"\n{name}: {one.fate}, {one.line.change or 'faithful'} ({one.reason}) in: {trial.question}")
            print(f"    says {one.line.text}\n    of   {one.line.source}")
        for statement in trial.foreign:
            print(f"\n{name}: foreign in: {trial.question}\n    {statement.text}")


def show_claims(trials: Sequence[Trial]) -> None:
    """Claims that an expert found not to be supported, and that were shown."""
    for trial in trials:
        for one in trial.told:
            if one.fate == "shown" and one.line.truth == "no":
                print(f"\nclaims: shown, {one.line.truth}\n    says {one.line.text}")


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None


def write_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each part."""
    return "\n".join(
        f"{name:<24} " + "  ".join(f"{key} {value}" for key, value in values.items())
        for name, values in results.items()
    )


if __name__ == "__main__":
    sys.exit(main())
