"""What a conversation asks step by step: a commitment to keep, a check-in, a yes or no.

A dialog is a generator: it yields what it asks and takes the line that was typed, and returns what is said at its end.
Closed before its end, it has kept nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coach.cli.chat_text import Paragraph, say, write_passage
from coach.commitments import (
    LONGEST_REFLECTION,
    CommitmentDraft,
    check_draft,
    check_reflection,
    take_draft,
    write_calendar,
    write_sentence,
)
from coach.conversing import Step, say_due
from coach.due_dates import choose_phrase, name_day, read_due
from coach.errors import CoachError
from coach.prompts import Wording
from coach.records import Commitment, CommitmentState
from coach.store.commitments import CommitmentStore

if TYPE_CHECKING:
    from coach.cli.chat_plans import MakePlan

Parsed = TypeVar("Parsed")
_NOTHING = "-"
_DECISIONS: dict[str, CommitmentState] = {"keep": "kept", "kept": "kept", "change": "changed", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: the words before the cursor, what Enter takes, and what is said first."""

    prompt: str
    default: str = ""
    before: tuple[Paragraph, ...] = ()
    edits: bool = False
    """Whether the default is to be changed rather than taken or replaced: it stands on the line already."""


Dialog = Generator[Asking, str, list[Paragraph]]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What dialogs work with."""

    person: str
    commitments: CommitmentStore
    wording: Wording
    today: Callable[[], date]
    folder: Path
    """Where files are written whose name says no folder."""
    mask: Callable[[str], str]
    """Takes personal data out of what is kept."""
    read_text: Callable[[str], str | None]
    """The text of a document, by its id."""
    make_plan: MakePlan | None = None
    """Makes a support-session plan of an answer, and keeps it."""


def is_yes(line: str, wording: Wording) -> bool:
    """Whether a line is a yes."""
    return line.strip().casefold() in {word.strip() for word in wording.say("chat.yes_words").split(",")}


def _ask_until(asking: Asking, read: Callable[[str], Parsed]) -> Generator[Asking, str, Parsed]:
    """Ask until the line can be read; Enter takes the default."""
    while True:
        line = yield asking
        try:
            return read(line.strip() or asking.default)
        except CoachError as error:
            asking = replace(asking, before=(say(str(error), "trouble"),))


# --- keeping a commitment ----------------------------------------------------------------------------------------


def keep_commitment(keeping: Keeping, step: Step | None) -> Dialog:
    """Make a commitment from a step, or of the person's own, part by part; nothing is kept before the last yes."""
    made = yield from _make(keeping, _begin(keeping, step), ())
    if made is None:
        return [say(keeping.wording.say("keep.not_kept"))]
    return (yield from _ask_to_remind(keeping, made))


def _make(
    keeping: Keeping, begun: CommitmentDraft, before: tuple[Paragraph, ...]
) -> Generator[Asking, str, Commitment | None]:
    wording = keeping.wording
    draft = yield from _ask_parts(keeping, begun, (*before, say(wording.say("keep.heading"), "faint")))
    line = yield Asking(wording.say("keep.confirm"), "", (say(write_sentence(draft, wording), "title"),))
    return keeping.commitments.add(keeping.person, draft) if is_yes(line, wording) else None


def _begin(keeping: Keeping, step: Step | None) -> CommitmentDraft:
    default = keeping.wording.say("keep.default_by")
    if step is None:
        return CommitmentDraft("", default)
    by = choose_phrase(step.by, keeping.today(), default)
    return CommitmentDraft(step.action, by, "", step.evidence, "", step.sources)


def _ask_parts(
    keeping: Keeping, begun: CommitmentDraft, heading: tuple[Paragraph, ...]
) -> Generator[Asking, str, CommitmentDraft]:
    wording, today = keeping.wording, keeping.today()
    draft = CommitmentDraft("x", today.isoformat(), sources=begun.sources)

    def read_part(line: str, name: str) -> CommitmentDraft:
        words = "" if line == _NOTHING and name != "action" else keeping.mask(line)
        parts = {name: words}
        return check_draft(replace(draft, **parts), today)  # type: ignore[arg-type]

    def read_day(line: str) -> tuple[CommitmentDraft, tuple[Paragraph, ...]]:
        due = read_due(line, today)
        said = say_due(line, due, wording)
        told = (say(said, "faint"),) if said else ()
        return check_draft(replace(draft, due=due.day.isoformat()), today), told

    asking = Asking(wording.say("keep.action"), begun.action, heading)
    draft = yield from _ask_until(asking, lambda line: read_part(line, "action"))
    draft, told = yield from _ask_until(Asking(wording.say("keep.by"), begun.due), read_day)
    for name in ("with_whom", "evidence", "goal"):
        asking = Asking(wording.say(f"keep.{name}"), getattr(begun, name), told)
        draft = yield from _ask_until(asking, lambda line, name=name: read_part(line, name))  # type: ignore[misc]
        told = ()
    return draft


def _ask_to_remind(keeping: Keeping, commitment: Commitment) -> Dialog:
    kept = (say(keeping.wording.say("keep.kept")),)
    asking = Asking(keeping.wording.say("keep.remind"), "", kept)
    return (yield from _ask_until(asking, lambda line: _remind(keeping, commitment, line)))


def _remind(keeping: Keeping, commitment: Commitment, line: str) -> list[Paragraph]:
    wording = keeping.wording
    if not line or line.casefold() in ("no", "n"):
        return []
    name = f"coach-{commitment.id[:8]}.ics" if is_yes(line, wording) else line
    calendar = write_calendar(commitment, datetime.now(UTC), wording)
    path = write_new_file(keeping.folder, name, ".ics", calendar, wording)
    return [say(wording.say("keep.reminded", path=path))]


def write_new_file(folder: Path, name: str, ending: str, data: bytes, wording: Wording) -> Path:
    """Write a file that is not there yet.

    Args:
        folder: where it lies, if its name does not say so.
        name: as the person typed it.
        ending: for a name without one.
        data: what is written.
        wording: our sentences.

    Raises:
        CoachError: it is there, or cannot be written.
    """
    path = folder / name
    try:
        path = folder / Path(name).expanduser()
        path = path if path.suffix else path.with_suffix(ending)
        with path.open("xb") as sink:
            sink.write(data)
    except FileExistsError as error:
        raise CoachError(wording.say("chat.file_exists", path=path)) from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CoachError(wording.say("chat.file_failed", path=path, reason=reason)) from error
    return path


# --- check-in ----------------------------------------------------------------------------------------------------


def check_in(
    keeping: Keeping, commitment: Commitment, more: int
) -> Generator[Asking, str, tuple[list[Paragraph], str]]:
    """Look back on a commitment, one question at a time.

    Args:
        keeping: what to work with.
        commitment: one that is due.
        more: how many others are.

    Returns:
        What is said at the end, and the support that the person asks for; empty for none.
    """
    wording = keeping.wording
    before = tuple(write_check_in(keeping, commitment, more))
    answers: dict[str, str] = {}
    for name in ("did", "happened", "learned"):
        answers[name] = yield Asking(wording.say(f"check_in.{name}"), "", before)
        before = ()
    asking = Asking(wording.say("check_in.decide"))
    decision = yield from _ask_until(asking, lambda line: _read_decision(line, wording))
    support = (yield Asking(wording.say("check_in.support"))).strip()
    answers["support"] = support
    parts, reflection = yield from _ask_to_save(keeping, commitment, answers)
    if decision == "changed":
        parts += yield from _change(keeping, commitment, reflection)
    else:
        parts += _close(keeping, commitment, decision, reflection)
    return parts, support


def write_check_in(keeping: Keeping, commitment: Commitment, more: int) -> list[Paragraph]:
    """What the person set out to do, and the passages that it rested on, reopened."""
    wording = keeping.wording
    parts = [say(wording.say("check_in.heading")), say(write_sentence(commitment, wording), "title")]
    if commitment.goal:
        parts.append(say(wording.say("commitment.goal", goal=commitment.goal)))
    if commitment.due < keeping.today().isoformat():
        due = name_day(date.fromisoformat(commitment.due))
        parts.append(say(wording.say("commitment.overdue", due=due), "faint"))
    if commitment.sources:
        parts.append(say(wording.say("commitment.rested_on"), "label"))
        for number, source in enumerate(commitment.sources, start=1):
            parts += write_passage(number, source, keeping.read_text, wording)
    if more:
        parts.append(say(wording.say("check_in.more", count=more), "faint"))
    return [*parts, say(wording.say("check_in.how"), "faint")]


def _read_decision(line: str, wording: Wording) -> CommitmentState:
    word = line.casefold().strip(" .!")
    if not word:
        return "open"
    chosen = next((state for name, state in _DECISIONS.items() if name.startswith(word)), None)
    if chosen is None:
        raise CoachError(wording.say("check_in.decide_again"))
    return chosen


def _ask_to_save(
    keeping: Keeping, commitment: Commitment, answers: dict[str, str]
) -> Generator[Asking, str, tuple[list[Paragraph], str]]:
    """The reflection to keep; empty where nothing was written or the person does not want it kept."""
    wording = keeping.wording
    notes = [
        f"{wording.say(f'check_in.{name}').split(' (')[0]} {keeping.mask(answer.strip())}"
        for name, answer in answers.items()
        if answer.strip()
    ]
    if not notes:
        return [], ""
    if not is_yes((yield Asking(wording.say("check_in.save"))), wording):
        return [say(wording.say("check_in.not_saved"))], ""
    earlier = [commitment.reflection] if commitment.reflection else []
    return [say(wording.say("check_in.saved"))], check_reflection("\n".join([*earlier, *notes])[-LONGEST_REFLECTION:])


def _close(keeping: Keeping, commitment: Commitment, decision: CommitmentState, reflection: str) -> list[Paragraph]:
    if decision != "open" or reflection:
        keeping.commitments.close(keeping.person, commitment.id, decision, reflection)
    name = "left_open" if decision == "open" else f"closed_{decision}"
    return [say(keeping.wording.say(f"check_in.{name}"))]


def _change(keeping: Keeping, commitment: Commitment, reflection: str) -> Dialog:
    wording = keeping.wording
    begun = replace(take_draft(commitment), due=wording.say("keep.default_by"))
    made = yield from _make(keeping, begun, (say(wording.say("check_in.closed_changed")),))
    if made is None:
        return _close(keeping, commitment, "open", reflection)
    keeping.commitments.close(keeping.person, commitment.id, "changed", reflection)
    return (yield from _ask_to_remind(keeping, made))
