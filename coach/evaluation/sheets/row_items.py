"""Reads one row of a sheet: the cells of each field in, an evaluation item and what is wrong with it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coach.evaluation.records import EvaluationItem, HistoryTurn, ItemStatus, RowProblem, SourceWords
from coach.evaluation.sheets.assertions import read_assertion
from coach.evaluation.sheets.cells import (
    Groups,
    has_marks,
    is_nothing,
    is_plain_role,
    parse_answerable,
    parse_outcomes,
    parse_role,
    parse_status,
    parse_yes,
    read_phrases,
    split_turns,
    tidy,
)
from coach.evaluation.sheets.coding import CODED, decode_value
from coach.evaluation.sheets.headers import NOTE_PREFIX, Field
from coach.evaluation.sheets.sheet_wording import say
from coach.evaluation.sheets.source_cells import SourceGroups, parse_sources
from coach.records import Outcome, Role

_FEW = 4  # words, among which an "or" most likely stands between two wordings
_FEW_WORDS = 60  # characters of a cell that a message repeats


@dataclass(frozen=True, slots=True)
class FieldCell:
    """A cell of a row that holds something, and what it is taken for."""

    field: Field
    header: str
    """Of its column, or its letter."""
    text: str


class RowReader:
    """Reads the cells of one row, and collects what is wrong with them."""

    def __init__(self, row: int, cells: Sequence[FieldCell], mask: Callable[[str], str] = str) -> None:
        """Set what the words of a cell go through before a problem repeats them."""
        self._row = row
        self._mask = mask
        self._cells = cells
        self._notes: list[tuple[str, str]] = []
        self.problems: list[RowProblem] = []
        self.is_status_unclear = False
        """Whether the row says in unknown words whether it is ready."""

    def read(self) -> EvaluationItem:
        """The item, with an empty id where the row has none and an empty question where it has none."""
        status = self._read_status()
        question, history, reply = self._read_turns()
        item = EvaluationItem(
            id=self._text("id"),
            question=question,
            role=self._read_role(),
            history=history,
            outcomes=self._read_outcomes(),
            must_mention=self._read_points(),
            must_not_say=tuple(one for group in self._groups("must_not_say") for one in group),
            sources=self._read_sources(),
            welcome=tuple(one for group in self._source_groups("welcome") for one in group),
            ideal=self._text("ideal"),
            type=self._text("type"),
            topic=self._text("topic"),
            owner=self._text("owner"),
            part=self._text("part"),
            status=status,
            names=tuple(one for group in self._groups("names") for one in group),
            wants_guidance=self._read_guidance(),
        )  # fmt: skip
        item = self._take_assertions(self._take_route(self._take_reply(item, reply)))
        return replace(item, notes=(*self._notes, *self._read_notes()))

    # --- cells --------------------------------------------------------------------------------------------------

    def _all(self, field: Field) -> list[FieldCell]:
        return [cell for cell in self._cells if cell.field == field and tidy(cell.text)]

    def _text(self, field: Field) -> str:
        cells = [cell for cell in self._all(field) if field in ("id", "question") or not is_nothing(cell.text)]
        if not cells:
            return ""
        value = decode_value(cells[0].text)
        if isinstance(value, str):
            # Coded texts are kept to the letter, typed ones are tidied.
            return value if value != cells[0].text else tidy(value)
        return value_text(value)

    def _say(self, cell: FieldCell, wording: str, **values: object) -> None:
        told = {name: self._mask(value) if isinstance(value, str) else value for name, value in values.items()}
        self.problems.append(RowProblem(self._row, say(wording, **told), cell.header))

    def _groups(self, field: Field) -> Groups:
        return tuple(group for cell in self._all(field) for group in read_phrases(cell.text))

    def _read_points(self) -> Groups:
        """What must be mentioned; that an "or" within a few words was taken as it stands is told."""
        for cell in self._all("must_mention"):
            if isinstance(decode_value(cell.text), str) and not cell.text.startswith(CODED):
                for phrase in _list_literal(cell.text):
                    self._say(cell, "row.literal_or", value=shorten(phrase))
        return self._groups("must_mention")

    # --- one of a few words -------------------------------------------------------------------------------------

    def _read_role(self) -> Role:
        for cell in self._all("role"):
            role = parse_role(cell.text)
            if role is not None:
                self._note_post(cell, role)
                return role
            self._keep(cell)
            self._say(cell, "row.role", value=shorten(cell.text))
        return "principal"

    def _note_post(self, cell: FieldCell, role: Role) -> None:
        """Keep and tell what was typed, where it names a post that is none of the roles."""
        if not is_plain_role(cell.text):
            self._keep(cell)
            self._say(cell, "row.post", value=shorten(cell.text), role=say(f"role.{role}"))

    def _read_outcomes(self) -> tuple[Outcome, ...]:
        told: list[Outcome] = []
        for cell in self._all("outcome"):
            found = parse_outcomes(cell.text)
            told.extend(found)
            if not found and not is_nothing(cell.text):
                self._keep(cell)
                self._say(cell, "row.outcome", value=shorten(cell.text))
        for cell in self._all("answerable"):
            found = parse_answerable(cell.text)
            if not found and not is_nothing(cell.text):
                self._keep(cell)
                self._say(cell, "row.answerable", value=shorten(cell.text))
            elif told and found and not set(found) & set(told):
                # A refusal and a referral are both right where the sheet only says that there is no answer.
                self._note_contradiction(cell, found[0], told)
            told = told or list(found)
        if any(decode_value(cell.text) is True for cell in self._all("clarify")):
            told.append(Outcome.CLARIFY)
        return tuple(dict.fromkeys(told))

    def _note_contradiction(self, cell: FieldCell, answerable: Outcome, told: list[Outcome]) -> None:
        declined = {Outcome.CLARIFY, Outcome.REFERRED, Outcome.NOT_IN_SOURCES}
        partly = {Outcome.ANSWERED, Outcome.PARTIAL}
        alike = answerable is Outcome.NOT_IN_SOURCES and set(told) <= declined
        if not alike and not (answerable in partly and set(told) <= partly):
            self._say(cell, "row.contradiction", value=shorten(cell.text), outcome=say(f"outcome.{told[0].value}"))

    def _read_status(self) -> ItemStatus:
        """As it is told; a draft where it is told in words that are not known, and ready where nothing is told."""
        for cell in self._all("status"):
            status = parse_status(cell.text)
            if status is not None:
                return status
            self._keep(cell)
            self._say(cell, "row.status", value=shorten(cell.text))
            self.is_status_unclear = True
        return "draft" if self.is_status_unclear else "ready"

    def _read_guidance(self) -> bool | None:
        for cell in self._all("wants_guidance"):
            told = parse_yes(cell.text)
            if told is not None:
                return told
            self._keep(cell)
            self._say(cell, "row.guidance", value=shorten(cell.text))
        return None

    def _keep(self, cell: FieldCell) -> None:
        """Keep what could not be understood as a note, so that nothing is lost."""
        self._notes.append((cell.header, tidy(cell.text)))

    # --- what is asked ------------------------------------------------------------------------------------------

    def _read_turns(self) -> tuple[str, tuple[HistoryTurn, ...], str]:
        """The question, what came before it, and what an assistant said after it, where the cell goes on so far."""
        history = self._read_history()
        turns = [tidy(cell.text) for cell in self._all("turn") if not is_nothing(cell.text)]
        asked = self._all("question")
        if turns:
            history = (*history, *(HistoryTurn("user", turn) for turn in turns[:-1]))
        question = self._text("question") if asked else (turns[-1] if turns else "")
        if asked and turns:
            history = (*history, HistoryTurn("user", turns[-1]))
        if not asked or not _holds_turns(asked[0].text):
            return self._take_last_turn(question, history)
        return self._split_question(asked[0], history)

    def _take_last_turn(
        self, question: str, history: tuple[HistoryTurn, ...]
    ) -> tuple[str, tuple[HistoryTurn, ...], str]:
        """Where the question stands at the end of the earlier turns and nowhere else, it is taken from there."""
        if question or len(history) < 2 or history[-1].role != "user":
            return question, history, ""
        cell = self._all("history")[0] if self._all("history") else None
        if cell is None:
            return question, history, ""
        self._say(cell, "row.question_from_history")
        return history[-1].text, history[:-1], ""

    def _read_history(self) -> tuple[HistoryTurn, ...]:
        turns: list[HistoryTurn] = []
        for cell in self._all("history"):
            if is_nothing(cell.text):
                continue
            dialog = split_turns(cell.text)
            turns.extend(dialog.turns)
            if dialog.how == "whole" and dialog.turns:
                self._say(cell, "row.one_turn")
        return tuple(turns)

    def _split_question(
        self, cell: FieldCell, history: tuple[HistoryTurn, ...]
    ) -> tuple[str, tuple[HistoryTurn, ...], str]:
        turns = list(split_turns(cell.text).turns)
        last = max((place for place, turn in enumerate(turns) if turn.role == "user"), default=None)
        if last is None:
            return self._text("question"), history, ""
        reply = "\n".join(turn.text for turn in turns[last + 1 :])
        if len(turns) > 1:
            self._say(cell, "row.turns_in_question", count=len(turns))
        return turns[last].text, (*history, *turns[:last]), reply

    def _take_reply(self, item: EvaluationItem, reply: str) -> EvaluationItem:
        if not reply:
            return item
        cell = self._all("question")[0]
        if item.ideal:
            self._notes.append((say("note.reply"), reply))
            self._say(cell, "row.reply_kept")
            return item
        self._say(cell, "row.reply_ideal")
        return replace(item, ideal=reply)

    # --- where the answer should come from ----------------------------------------------------------------------

    def _source_groups(self, field: Field) -> SourceGroups:
        groups: list[tuple[SourceWords, ...]] = []
        for cell in self._all(field):
            if is_nothing(cell.text):
                continue
            typed = parse_sources(cell.text)
            groups.extend(typed.groups)
            for place in typed.places:
                self._notes.append((say("note.place"), place))
            if typed.places and not typed.groups:
                self._say(cell, "row.only_place", value=shorten(cell.text))
        return tuple(groups)

    def _read_sources(self) -> SourceGroups:
        groups = self._source_groups("sources")
        document, label = self._text("document"), self._text("label")
        quotes = tuple(words for cell in self._all("quote") for words in self._read_quote(cell))
        for cell in self._all("page"):
            self._keep(cell)
        apart = tuple((replace(words, document=words.document or document),) for words in quotes)
        if not quotes and (label or (document and not groups)):
            apart = ((SourceWords(document=document, label=label),),)
        elif len(apart) == 1 and label:
            apart = ((replace(apart[0][0], label=label),),)
        if document and groups and not quotes:
            groups = tuple(tuple(replace(one, document=one.document or document) for one in group) for group in groups)
        return (*groups, *apart)

    def _read_quote(self, cell: FieldCell) -> tuple[SourceWords, ...]:
        if is_nothing(cell.text):
            return ()
        if re.match(r"\s*(?:[\"\u201c\u00ab]|json:|\[)", cell.text):
            return tuple(words for group in parse_sources(cell.text).groups for words in group)
        return (SourceWords(quote=tidy(cell.text)),)

    # --- what other tools and other files say -------------------------------------------------------------------

    def _take_assertions(self, item: EvaluationItem) -> EvaluationItem:
        for cell in self._all("assertion"):
            read = read_assertion(str(decode_value(cell.text)))
            item = replace(
                item,
                must_mention=(*item.must_mention, *read.must_mention),
                must_not_say=(*item.must_not_say, *read.must_not_say),
                ideal=item.ideal or read.ideal,
                outcomes=item.outcomes or read.outcomes,
            )
            if not read.is_understood or (read.ideal and item.ideal != read.ideal):
                self._keep(cell)
                self._say(cell, "row.assertion", value=shorten(cell.text))
        return item

    def _take_route(self, item: EvaluationItem) -> EvaluationItem:
        for cell in self._all("route"):
            self._keep(cell)
            item = replace(item, outcomes=item.outcomes or (Outcome.REFERRED,), type=item.type or "care")
        return item

    def _read_notes(self) -> tuple[tuple[str, str], ...]:
        notes: list[tuple[str, str]] = []
        for cell in self._all("note"):
            value = decode_value(cell.text)
            exact = isinstance(value, str) and value != cell.text
            notes.append((cell.header.removeprefix(NOTE_PREFIX), value if exact else tidy(value_text(value))))
        for cell in self._all("notes"):
            notes.extend(_read_pairs(decode_value(cell.text), cell.header))
        notes.extend((cell.header, "no") for cell in self._all("clarify") if decode_value(cell.text) is False)
        return tuple(notes)


def _list_literal(text: str) -> list[str]:
    """Short wordings of a cell with an "or" in them, but those in quotation marks, which somebody put there."""
    phrases = [phrase for group in read_phrases(text) for phrase in group]
    short = [one for one in phrases if len(one.split()) <= _FEW and re.search(r"\S +or +\S", one)]
    return [one for one in short if not re.search(rf"[\"'\u201c\u00ab]\s*{re.escape(one)}\s*[\"'\u201d\u00bb]", text)]


def _holds_turns(text: str) -> bool:
    """Whether a question's cell is to be split; a coded text is one question, whatever stands in it."""
    return not isinstance(decode_value(text), str) if text.startswith(CODED) else has_marks(text)


def _read_pairs(value: Any, header: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [(str(name), value_text(one)) for name, one in value.items()]
    if isinstance(value, list) and all(isinstance(one, list) and len(one) == 2 for one in value):
        return [(str(name), value_text(one)) for name, one in value]
    return [(header, value_text(value))]


def value_text(value: Any) -> str:
    """A JSON value as a person reads it: texts as they are."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shorten(text: str) -> str:
    """The beginning of a cell, as a message repeats it."""
    plain = " ".join(tidy(value_text(decode_value(text))).split())
    return plain if len(plain) <= _FEW_WORDS else plain[: _FEW_WORDS - 1].rstrip() + "\u2026"
