"""The conversation in the terminal without the terminal: a typed line in, what is said out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from coach.cli.chat_dialogs import Asking, Dialog, Keeping, check_in, is_yes, keep_commitment, write_new_file
from coach.cli.chat_plans import read_minutes, show_plan
from coach.cli.chat_text import Paragraph, Piece, say, write_answer, write_passage, write_reasons, write_sent
from coach.commitments import write_sentence
from coach.conversing import Step, choose_commitments, list_steps, name_file, write_markdown
from coach.errors import CoachError
from coach.records import ROLES, STANCES, Commitment, Role, Stage, Stance
from coach.talk import Said

if TYPE_CHECKING:
    from coach.plans.records import Form
    from coach.store.conversations import ConversationStore
    from coach.talk import Talk

Name = TypeVar("Name", bound=str)
AnswerObject = Mapping[str, Any]
_LISTED = 15
_LONGEST_LINE = 4000
# What the assistant understands as an answer to its own: the words, not sentences for a reader.
_SHORTER, _MORE = "shorter", "more"
_USAGE = {
    "help": "/help",
    "sources": "/sources [N]",
    "edit": "/edit [QUESTION]",
    "shorter": "/shorter",
    "more": "/more",
    "role": "/role [ROLE]",
    "stance": "/stance [STANCE]",
    "keep": "/keep [N]",
    "due": "/due",
    "session": "/session [MINUTES]",
    "visit": "/visit",
    "list": "/list [WORDS]",
    "open": "/open ID",
    "new": "/new",
    "rename": "/rename [NAME]",
    "export": "/export [FILE]",
    "delete": "/delete",
    "why": "/why",
    "sent": "/sent",
    "cancel": "/cancel",
    "quit": "/quit",
}


Follow = Callable[[Iterator[Stage | Said]], Said]
"""Shows how far an answer has come, and gives it when it is there."""


def _wait(steps: Iterator[Stage | Said]) -> Said:
    """The answer, with nothing shown before it."""
    return next(step for step in steps if isinstance(step, Said))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a line, and whether the conversation is over."""

    paragraphs: tuple[Paragraph, ...] = ()
    ended: bool = False


class ChatSession:
    """Commands, questions and dialogs of one conversation after another."""

    def __init__(
        self,
        talk: Talk,
        keeping: Keeping,
        name_confidence: Callable[[float], str],
        follow: Follow = _wait,
    ) -> None:
        """Begin.

        Args:
            talk: the conversation; one that keeps nothing keeps no commitments either.
            keeping: what commitments and files are kept with.
            name_confidence: a confidence in words.
            follow: shows how far an answer has come.
        """
        self._talk = talk
        self._keeping = keeping
        self._wording = keeping.wording
        self._name_confidence = name_confidence
        self._follow = follow
        self._dialog: Dialog | None = None
        self.begun = 0
        """How often another conversation was taken up."""
        self.asking: Asking | None = None
        """What a dialog asks now; None where a question or a command is next."""

    # --- lines in, replies out ----------------------------------------------------------------------------------

    def start(self, *, in_dialog: bool, continuing: bool = False) -> Reply:
        """The greeting, and the check-in where a commitment is due.

        Args:
            in_dialog: whether the check-in begins at once; where lines come from a pipe, it is only offered.
            continuing: whether the person wants to go on with an earlier conversation.
        """
        parts = [say(self._wording.say("chat.greeting"))]
        if not self._talk.is_kept:
            parts.append(say(self._wording.say("chat.forgetful"), "faint"))
        if self._talk.exchanges:
            parts += self._show_opened("chat.continued")
        elif continuing:
            parts.append(say(self._wording.say("chat.no_earlier")))
        due = self._list_due()
        if due and not in_dialog:
            sentence = write_sentence(due[0], self._wording)
            parts.append(say(self._wording.say("check_in.offer", sentence=sentence)))
        elif due:
            parts += self._begin(self._check_in(due))
        return Reply(tuple(parts))

    def handle(self, line: str) -> Reply:
        """What is said to a line: a command, the number of an offer, an answer in a dialog, or a question."""
        # What is no character, such as half of one from the clipboard, is read by no tokenizer.
        line = line.encode("utf-8", "replace").decode("utf-8")
        text = line.strip()
        try:
            if len(text) > _LONGEST_LINE:
                raise CoachError(f"That has {len(text):,} characters; {_LONGEST_LINE:,} is the most. Try a part of it.")
            if text.startswith("/"):
                return self._run(text)
            if self._dialog is not None:
                return Reply(tuple(self._go_on(line)))
            if not any(character.isalnum() for character in text):
                return Reply()
            return Reply(tuple(self._choose(int(text)) if text.isdecimal() else self._ask(text)))
        except CoachError as error:
            self._end_dialog()
            return Reply((say(str(error), "trouble"),))

    def cancel(self, name: str = "chat.cancelled") -> Reply:
        """Leave the dialog, if there is one; nothing of it is kept."""
        if self._dialog is None:
            return Reply()
        self._end_dialog()
        return Reply((say(self._wording.say(name), "faint"),))

    def stop(self) -> Reply:
        """What is said where the person did not wait for an answer."""
        self._end_dialog()
        return Reply((say(self._wording.say("chat.stopped"), "faint"),))

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked in this conversation, for the line's history."""
        return tuple(exchange.question for exchange in self._talk.exchanges)

    # --- dialogs ------------------------------------------------------------------------------------------------

    def _begin(self, dialog: Dialog) -> list[Paragraph]:
        self._dialog = dialog
        return self._take(lambda: next(dialog))

    def _go_on(self, line: str) -> list[Paragraph]:
        dialog = self._dialog
        assert dialog is not None
        return self._take(lambda: dialog.send(line))

    def _take(self, step: Callable[[], Asking]) -> list[Paragraph]:
        try:
            self.asking = step()
        except StopIteration as end:
            self._dialog = self.asking = None
            parts: list[Paragraph] = end.value
            return parts
        return list(self.asking.before)

    def _end_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = self.asking = None

    # --- commands -----------------------------------------------------------------------------------------------

    def _run(self, text: str) -> Reply:
        typed, _, rest = text[1:].partition(" ")
        if typed.casefold() in ("cancel", "later"):
            return self.cancel("chat.cancelled" if typed.casefold() == "cancel" else "check_in.later")
        self._end_dialog()
        name = self._find_command(typed.casefold())
        if name == "quit":
            return Reply((say(self._wording.say("chat.goodbye")),), ended=True)
        commands: dict[str, Callable[[str], list[Paragraph]]] = {
            "help": self._help, "sources": self._sources, "edit": self._edit, "shorter": lambda _: self._again(_SHORTER),
            "more": lambda _: self._again(_MORE), "role": self._set_role, "stance": self._set_stance, "keep": self._keep,
            "due": self._due, "list": self._list, "open": self._open, "new": self._new, "rename": self._rename,
            "export": self._export, "delete": self._delete, "why": self._why, "sent": self._sent,
            "session": lambda words: self._plan("session", words), "visit": lambda words: self._plan("visit_prep", words),
        }  # fmt: skip
        return Reply(tuple(commands[name](rest.strip()))) if name != "cancel" else self.cancel()

    def _find_command(self, typed: str) -> str:
        """The command of this name, or the only one that begins so."""
        if typed in _USAGE:
            return typed
        found = [name for name in _USAGE if typed and name.startswith(typed)]
        if len(found) == 1:
            return found[0]
        if found:
            near = " / ".join(f"/{name}" for name in found)
            raise CoachError(self._wording.say("chat.ambiguous_command", command=f"/{typed}", near=near))
        near = next(iter(get_close_matches(typed, _USAGE, 1)), "")
        if near:
            raise CoachError(self._wording.say("chat.near_command", command=f"/{typed}", near=f"/{near}"))
        raise CoachError(self._wording.say("chat.unknown_command", command=f"/{typed}"))

    def _help(self, _: str) -> list[Paragraph]:
        lines = [
            (Piece(f"{usage:<18}", "label"), Piece(self._wording.say(f"help.{name}"))) for name, usage in _USAGE.items()
        ]
        return [*lines, say(self._wording.say("help.numbers"))]

    # --- asking -------------------------------------------------------------------------------------------------

    def _ask(self, text: str) -> list[Paragraph]:
        return self._show(self._follow(self._talk.ask_in_stages(text)))

    def _again(self, words: str) -> list[Paragraph]:
        self._require_answer()
        return self._ask(words)

    def _show(self, said: Said) -> list[Paragraph]:
        parts = write_answer(said.answer, self._wording)
        if said.not_stored is not None:
            parts.append(say(self._wording.say("chat.not_stored", reason=said.not_stored), "trouble"))
        return parts

    def _choose(self, number: int) -> list[Paragraph]:
        offers = self._talk.offers
        if not 1 <= number <= len(offers):
            return [say(self._wording.say("chat.no_number", number=number))]
        return self._ask(offers[number - 1])

    def _edit(self, words: str) -> list[Paragraph]:
        answer = self._require_answer()
        if words:
            return self._search_again(words)
        return self._begin(self._ask_edited(str(answer.get("search_question") or answer.get("question") or "")))

    def _ask_edited(self, searched: str) -> Dialog:
        line = yield Asking(self._wording.say("chat.edit"), searched, edits=True)
        return self._search_again(line.strip() or searched)

    def _search_again(self, words: str) -> list[Paragraph]:
        return self._show(self._follow(self._talk.ask_again_in_stages(words)))

    # --- what stands behind an answer ---------------------------------------------------------------------------

    def _sources(self, words: str) -> list[Paragraph]:
        citations = list(enumerate(self._require_answer().get("citations", ()), start=1))
        if not citations:
            return [say(self._wording.say("chat.no_sources"))]
        if words:
            citations = [(number, source) for number, source in citations if str(number) == words.strip("[]")]
        if not citations:
            raise CoachError(self._wording.say("chat.no_source", number=words))
        return [
            part
            for number, source in citations
            for part in write_passage(number, source, self._keeping.read_text, self._wording)
        ]

    def _why(self, _: str) -> list[Paragraph]:
        answer = self._require_answer()
        return write_reasons(answer, self._name_confidence(answer.get("confidence", 0.0)), self._wording)

    def _sent(self, _: str) -> list[Paragraph]:
        return write_sent(self._require_answer(), self._wording)

    def _require_answer(self) -> AnswerObject:
        if self._talk.answer is None:
            raise CoachError(self._wording.say("chat.no_answer"))
        return self._talk.answer

    # --- plans --------------------------------------------------------------------------------------------------

    def _plan(self, form: Form, words: str) -> list[Paragraph]:
        """A support-session plan of the last answer."""
        minutes = read_minutes(words, self._wording)
        answer, make = self._require_answer(), self._keeping.make_plan
        if make is None or self._talk.id is None:
            raise CoachError(
                self._wording.say("chat.keeps_nothing", command="/session" if form == "session" else "/visit")
            )
        return show_plan(*make(answer, self._talk.id, form, minutes), self._wording)

    # --- role and stance ----------------------------------------------------------------------------------------

    def _set_role(self, name: str) -> list[Paragraph]:
        role = _find_name(name, ROLES)
        if role is not None:
            self._talk.set_manner(replace(self._talk.manner, role=role))
            return [say(self._wording.say("chat.role_set", role=self._name_role(role)))]
        if name:
            raise CoachError(self._wording.say("chat.role_unknown", given=name, others=", ".join(ROLES)))
        others = ", ".join(one for one in ROLES if one != self._talk.manner.role)
        return [say(self._wording.say("chat.role_is", role=self._name_role(self._talk.manner.role), others=others))]

    def _name_role(self, role: Role) -> str:
        return self._wording.say(f"export.role_{role}")

    def _set_stance(self, name: str) -> list[Paragraph]:
        stance = _find_name(name, STANCES)
        if stance is not None:
            self._talk.set_manner(replace(self._talk.manner, stance=stance))
            return [say(self._wording.say("chat.stance_set", stance=self._name_stance(stance)))]
        if name:
            raise CoachError(self._wording.say("chat.stance_unknown", given=name, others=", ".join(STANCES)))
        others = ", ".join(one for one in STANCES if one != self._talk.manner.stance)
        return [
            say(self._wording.say("chat.stance_is", stance=self._name_stance(self._talk.manner.stance), others=others))
        ]

    def _name_stance(self, stance: Stance) -> str:
        return self._wording.say(f"chat.stance_{stance}")

    # --- commitments --------------------------------------------------------------------------------------------

    def _keep(self, words: str) -> list[Paragraph]:
        keeping = self._require_keeping("/keep")
        steps = list_steps(self._talk.answer) if self._talk.answer else ()
        chosen = int(words) if words.isdecimal() else 1
        if words and not 1 <= chosen <= len(steps):
            raise CoachError(self._wording.say("chat.no_number", number=words))
        if not words and len(steps) > 1:
            return self._begin(self._choose_step(keeping, steps))
        before = [] if steps else [say(self._wording.say("keep.nothing"), "faint")]
        return [*before, *self._begin(keep_commitment(keeping, steps[chosen - 1] if steps else None))]

    def _choose_step(self, keeping: Keeping, steps: tuple[Step, ...]) -> Dialog:
        listed = tuple(
            (Piece(f"{number}. ", "label"), Piece(step.action, "craft")) for number, step in enumerate(steps, start=1)
        )
        line = yield Asking(self._wording.say("keep.which"), "1", listed)
        chosen = line.strip() or "1"
        if not chosen.isdecimal() or not 1 <= int(chosen) <= len(steps):
            raise CoachError(self._wording.say("chat.no_number", number=chosen))
        return (yield from keep_commitment(keeping, steps[int(chosen) - 1]))

    def _due(self, _: str) -> list[Paragraph]:
        keeping = self._require_keeping("/due")
        due = self._list_due()
        if due:
            return self._begin(self._check_in(due))
        parts = [say(self._wording.say("check_in.nothing_due"))]
        coming = keeping.commitments.list_commitments(keeping.person, "open")
        if coming:
            parts.append(say(self._wording.say("check_in.next_open"), "label"))
            parts += [say(write_sentence(one, self._wording)) for one in coming]
        return parts

    def _check_in(self, due: tuple[Commitment, ...]) -> Dialog:
        keeping = self._require_keeping("/due")
        parts, support = yield from check_in(keeping, due[0], len(due) - 1)
        # What the person needs now is a question like any other.
        return parts + (self._ask(support) if support else [])

    def _list_due(self) -> tuple[Commitment, ...]:
        keeping = self._keeping
        return keeping.commitments.list_due(keeping.person, keeping.today()) if self._talk.is_kept else ()

    def _require_keeping(self, command: str) -> Keeping:
        self._require_kept(command)
        return self._keeping

    # --- conversations ------------------------------------------------------------------------------------------

    def _list(self, words: str) -> list[Paragraph]:
        cards = self._require_kept("/list").list_cards(self._talk.person, words, _LISTED)
        if not cards:
            return [say(self._wording.say("chat.list_none_found" if words else "chat.list_empty"))]
        return [
            (Piece(f"{card.id[:8]}  ", "label"), Piece(f"{card.changed_at[:10]}  ", "faint"), Piece(card.title))
            for card in cards
        ]

    def _open(self, words: str) -> list[Paragraph]:
        self._talk.open(self._require_kept("/open").find(self._talk.person, words))
        self.begun += 1
        return self._show_opened("chat.opened")

    def _show_opened(self, name: str) -> list[Paragraph]:
        """What the conversation is called, and its last question and answer."""
        values = {"title": self._talk.title}
        if name == "chat.opened":
            values["count"] = str(len(self._talk.exchanges))
        parts = [say(self._wording.say(name, **values), "title")]
        if self._talk.answer is not None:
            parts += [say(f"> {self._talk.exchanges[-1].question}", "label")]
            parts += write_answer(self._talk.answer, self._wording)
        return parts

    def _new(self, _: str) -> list[Paragraph]:
        self._talk.start_anew()
        self.begun += 1
        return [say(self._wording.say("chat.new" if self._talk.is_kept else "chat.forgetful"))]

    def _rename(self, words: str) -> list[Paragraph]:
        self._require_kept("/rename")
        return self._rename_to(words) if words else self._begin(self._ask_name())

    def _ask_name(self) -> Dialog:
        line = yield Asking(self._wording.say("chat.rename"), self._talk.title, edits=True)
        return self._rename_to(line.strip() or self._talk.title)

    def _rename_to(self, title: str) -> list[Paragraph]:
        self._talk.rename(title)
        return [say(self._wording.say("chat.renamed", title=self._talk.title))]

    def _export(self, words: str) -> list[Paragraph]:
        conversation = self._talk.read()
        commitments = self._keeping.commitments.list_commitments(self._keeping.person) if self._talk.is_kept else ()
        text = write_markdown(conversation, self._wording, choose_commitments(conversation, commitments))
        name = words or f"{name_file(conversation.title)}.md"
        path = write_new_file(self._keeping.folder, name, ".md", text.encode("utf-8"), self._wording)
        return [say(self._wording.say("chat.exported", path=path))]

    def _delete(self, _: str) -> list[Paragraph]:
        self._require_kept("/delete")
        if self._talk.id is None:
            raise CoachError(self._wording.say("chat.nothing_kept"))
        return self._begin(self._ask_to_delete())

    def _ask_to_delete(self) -> Dialog:
        line = yield Asking(self._wording.say("chat.delete", title=self._talk.title))
        if not is_yes(line, self._wording):
            return [say(self._wording.say("chat.not_deleted"))]
        clean = self._talk.delete()
        self.begun += 1
        return [say(self._wording.say("chat.deleted" if clean else "chat.deleted_later"))]

    def _require_kept(self, command: str) -> ConversationStore:
        if not self._talk.is_kept:
            raise CoachError(self._wording.say("chat.keeps_nothing", command=command))
        return self._talk.require_store()


def _find_name(typed: str, names: Sequence[Name]) -> Name | None:
    """The one name that begins with what was typed."""
    plain = typed.casefold().replace(" ", "_").replace("-", "_")
    found = [name for name in names if plain and name.startswith(plain)]
    return found[0] if len(found) == 1 else None
