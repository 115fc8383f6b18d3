"""How a plan's documents speak: a plan and its wording in, the phrases and headings that every document needs out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from coach.due_dates import name_day
from coach.plans.blocks import Block, Heading, Items, Notice, Phrase, Title, Words, find_link, say
from coach.plans.records import AgendaItem, Grounding, Line, Plan
from coach.prompts import Wording
from coach.records import Citation
from coach.rendering import name_source

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Phrases:
    """A plan, and the words for what is said of it."""

    plan: Plan
    wording: Wording

    def tell(self, name: str, /, **values: object) -> Words:
        """A sentence of the wording."""
        return say(self.wording.say(name, **values))

    def aside(self, name: str, /, **values: object) -> Words:
        """A sentence of the wording that explains the document."""
        return say(self.wording.say(name, **values), "aside")

    def name(self, table: str, key: str) -> str:
        """What a value is called."""
        return self.wording.say(f"{table}.{key}")

    def label(self, name: str) -> Words:
        """A name of the wording, for what follows it."""
        return say(f"{self.wording.say(name)}:", "strong")

    def head(self, name: str, level: int = 1, **values: object) -> Heading:
        """A heading."""
        return Heading(1 if level == 1 else 2, (self.tell(name, **values),))

    def mark(self, line: Line) -> Phrase:
        """A line, and whose words it is where that is not general craft."""
        if line.by == "craft":
            return (say(line.text),)
        return say(line.text), say(f"({self.name('whose', line.by)})", "aside")

    def list_lines(
        self, heading: str, lines: Sequence[Line], *, level: int = 1, is_checked: bool = False
    ) -> tuple[Block, ...]:
        """A heading with a list below it; nothing where the list is empty."""
        if not lines:
            return ()
        items = Items(tuple(self.mark(line) for line in lines), is_checked)
        return self.head(heading, level), items

    def open(self, kind: str) -> tuple[Block, ...]:
        """What must be said before everything else, where there is something; then the title."""
        plan = self.plan
        title = Title((say(plan.title),), (self.tell(kind, setting=self.name("setting", plan.request.setting)),))
        words = [notice] if (notice := say(plan.notice, "strong")).text else []
        return (Notice(tuple(words)), title) if words else (title,)

    def list_facts(self, version: int | None, *, is_short: bool = False) -> Iterator[tuple[Words, Phrase]]:
        """What is known of the session itself, by name; short, without its length where start and end say it."""
        request = self.plan.request
        known = {
            "who": request.participants,
            "when": self._say_when(),
            "length": "" if is_short and request.start else self.wording.say("head.minutes", minutes=request.minutes),
            "place": request.place,
            "goal": request.goal,
            "version": str(version) if version is not None else "",
        }
        for name, value in known.items():
            if (words := say(value)).text:
                yield self.tell(f"head.{name}"), (words,)

    def _say_when(self) -> str:
        request = self.plan.request
        if not request.day:
            return self.name("head", "not_set")
        day = name_day(date.fromisoformat(request.day))
        begin = read_start(request.start)
        if begin is None:
            return day
        start, end = name_clock(begin), name_clock(begin + request.minutes)
        return self.wording.say("head.day_and_time", day=day, start=start, end=end)

    def say_basis(self, grounding: Grounding) -> Phrase:
        """What quoted words do and why they matter."""
        words: list[Words] = []
        if grounding.near:
            words.append(self.tell("grounding.near"))
        if grounding.citation.basis is not None:
            words += [self.label("grounding.does"), self.tell(f"basis.{grounding.citation.basis}")]
        return (*words, self.label("grounding.matters"), *self.mark(grounding.why))

    def link(self, address: str) -> Phrase:
        """Where a document can be read; nothing where that is no address of the web."""
        link = find_link(address)
        return (self.tell("source.link"), say(link, address=link)) if link else ()

    def list_spans(self) -> list[str]:
        """From when to when each part goes: by the clock, or from the beginning."""
        begin = read_start(self.plan.request.start)
        spans, at = [], 0
        for item in self.plan.agenda:
            after = at + item.minutes
            if begin is None:
                spans.append(f"{at}–{after}")
            else:
                spans.append(f"{name_clock(begin + at, half=False)}–{name_clock(begin + after, half=False)}")
            at = after
        return spans

    def name_time(self) -> str:
        """The name of the wording for when parts of the agenda are: by the clock, or from the beginning."""
        return "agenda.minute" if read_start(self.plan.request.start) is None else "agenda.time"

    def name_item(self, item: AgendaItem, with_detail: bool) -> Phrase:
        """A part of the agenda on one line."""
        if not (with_detail and item.detail.strip()):
            return (say(item.title, "strong"),)
        title = item.title.rstrip(" .")
        return say(title if title.endswith(("?", "!")) else f"{title}.", "strong"), *self.mark(
            Line(item.detail, item.by)
        )


def say_source(citation: Citation) -> Words:
    """Title, authors and year, section and page, as far as they are known."""
    return say(f"{name_source(citation)}.")


def quote_words(citation: Citation, note: int = 0) -> Words:
    """Words of a document in quotation marks, with the mark of their note."""
    return say(f"“{citation.quote.strip()}”", note=note)


def read_start(start: str) -> int | None:
    """Minutes behind midnight of HH:MM; None where no start is known."""
    if not start:
        return None
    at = time.fromisoformat(start)
    return at.hour * 60 + at.minute


def name_clock(minutes: int, *, half: bool = True) -> str:
    """A time of day as it is said in the United States.

    Args:
        minutes: behind midnight; a session may go past the next one.
        half: whether AM or PM is said.
    """
    hour, minute = divmod(minutes % _DAY, 60)
    clock = f"{(hour - 1) % 12 + 1}:{minute:02}"
    return f"{clock} {'AM' if hour < 12 else 'PM'}" if half else clock
