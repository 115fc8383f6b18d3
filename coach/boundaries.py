"""Which questions belong with people before documents: a question in, its boundary out, and our fixed words for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal, get_args

from coach.boundary_meaning import Likelihood, MeaningReader
from coach.boundary_rules import SAFETY, BoundaryRules, Route
from coach.errors import PromptFault
from coach.plain_words import write_plainly
from coach.prompts import read_prompt_file

Manner = Literal["stop", "refer", "notice"]
"""`stop`: the referral and nothing else. `refer`: the referral, then an offer. `notice`: a line in front of the answer."""
_ORDER: tuple[Manner, ...] = get_args(Manner)

_SENTENCE_END = re.compile(r"(?<=[.?!;:\n])\s+")
_ASKS = (
    r"(?:tell|answer|give|explain|say|show|help|describe|list|suggest|write|what|how|why|who|which|when|where|do|does|is|are"
    r"|can|could|should)\b"
)
_CLAUSE_END = re.compile(
    rf"\s+[-–—]\s+|,\s*(?:(?:and|but|then|so|also)\s+)?|\s+(?:and|but|then)\s+(?=(?:then\s+)?{_ASKS})",  # noqa: RUF001 - dashes as they are typed
    re.I,
)
_ASKING = re.compile(
    rf"[?]|^\W*(?:please\s+|then\s+)?{_ASKS}|\b(?:how|what|why|which|where|who|need|want|help)\b", re.I
)
_ASKING_CLAUSE = re.compile(rf"\W*(?:please\s+|then\s+)?{_ASKS}", re.I)
_NOTICED = frozenset((Route.IDENTITY, Route.INJECTION))
_NOT_OF_TERMS = frozenset((Route.PERSONNEL, Route.SPECIAL_EDUCATION, Route.LEGAL, Route.PREDICTION))
_OF_OTHERS = frozenset((Route.STUDENT_DANGER, Route.COLLEAGUE_DANGER))
_FEW_WORDS = 3
# Chosen among a few on the cross-fitted examples of evals/train/fit_boundaries.py.
_BY_WORDS = 10.0  # what the words said counts so much more than what the text is like
_REFUTED = 0.1  # a route of the words is given up beside another that is so much likelier
_URGENT_BESIDE = 0.4  # share of the urgent routes together from which the likeliest of them is taken besides


@dataclass(frozen=True, slots=True)
class Boundary:
    """A question that does not go to the documents as it is."""

    routes: tuple[Route, ...]
    """Where it belongs, the most urgent first; never empty."""
    remainder: str
    """What it asks besides, for a notice: the question without the words that only a notice answers; may be empty."""

    @property
    def route(self) -> Route:
        """The most urgent route."""
        return self.routes[0]


class BoundaryRecogniser:
    """Finds the boundary of a question by its words and, where there is a model for it, by what it is like."""

    def __init__(self, rules: BoundaryRules, meaning: MeaningReader | None = None) -> None:
        self._rules = rules
        self._meaning = meaning

    def recognise(self, text: str, named_adult: bool = False) -> Boundary | None:
        """The boundary of a question, or None, which is the case of nearly all.

        Args:
            text: as asked, names masked as `[student]` and `[colleague]` or not masked.
            named_adult: whether a particular adult was named whose name or mark no longer stands in it.
        """
        routes = self._find_routes(text, named_adult)
        if not routes:
            return None
        remainder = self._leave_out_noticed(text) if _NOTICED & set(routes) else text.strip()
        return Boundary(routes, remainder)

    def _find_routes(self, text: str, named_adult: bool = False) -> tuple[Route, ...]:
        """The routes, the most urgent first."""
        found = set(self._rules.find_routes(write_plainly(text), named_adult=named_adult))
        for likelihood in self._meaning.read(text) if self._meaning else ():
            found = self._weigh(found, likelihood)
        return tuple(route for route in Route if route in found)

    def _weigh(self, found: set[Route], likelihood: Likelihood) -> set[Route]:
        """The routes of the words with what a text or a sentence of it is like."""
        assert self._meaning is not None
        routes = self._list_possible(likelihood)
        nearest = max(routes, key=lambda route: routes[route])
        kind = ("urgent" if nearest in SAFETY else "other") + ("" if likelihood.is_whole else "_part")
        if sum(routes.values()) < self._meaning.classifier.thresholds[kind]:
            return found
        if not likelihood.is_whole:
            return found | {nearest} if not found & SAFETY else found
        scores = {route: share * (_BY_WORDS if route in found else 1) for route, share in routes.items()}
        best = max(scores, key=lambda route: scores[route])
        kept = {best} | {route for route in found if scores[route] >= _REFUTED * scores[best]}
        urgent = {route: share for route, share in routes.items() if route in SAFETY}
        if not kept & SAFETY and sum(urgent.values()) >= _URGENT_BESIDE:
            kept.add(max(urgent, key=lambda route: urgent[route]))
        return self._tell_whose_danger(kept, found, likelihood)

    def _tell_whose_danger(self, kept: set[Route], found: set[Route], likelihood: Likelihood) -> set[Route]:
        """The routes with a student's danger or a colleague's, not both: as the words said, or by who is spoken of."""
        of_words = found & _OF_OTHERS
        if not kept & _OF_OTHERS:
            return kept
        told = self._rules.tell_whose_danger(write_plainly(likelihood.piece))
        if len(of_words) == 1:
            return (kept - _OF_OTHERS) | of_words
        return (kept - _OF_OTHERS) | {told} if told else kept

    def _list_possible(self, likelihood: Likelihood) -> dict[Route, float]:
        """The probabilities of the routes, 0 where what is asked is what a document says or what a word means."""
        plain = write_plainly(likelihood.piece)
        barred: frozenset[Route] = frozenset()
        if self._rules.asks_documents(plain):
            barred = frozenset(Route) - {Route.INJECTION}
        elif self._rules.asks_meaning(plain):
            barred = _NOT_OF_TERMS
        return {route: 0.0 if route in barred else share for route, share in likelihood.routes.items()}

    def _leave_out_noticed(self, text: str) -> str:
        """What is asked besides: the sentences, and the clauses of the others, that a notice alone does not answer."""
        left: list[str] = []
        for sentence in _SENTENCE_END.split(text):
            if not _NOTICED & set(self._find_routes(sentence)):
                left.append(sentence)
                continue
            clauses = [
                clause for clause in _CLAUSE_END.split(sentence) if not _NOTICED & set(self._find_routes(clause))
            ]
            left += [clause for clause in clauses if _ASKING_CLAUSE.match(clause)]
        if left == _SENTENCE_END.split(text) or not any(_ASKING.search(one.strip()) for one in left):
            return ""
        return " ".join(one.strip() for one in left if _ASKING.search(one.strip()) or len(one.split()) > _FEW_WORDS)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to."""

    name: str
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """What is said in place of, or in front of, an answer."""

    manner: Manner
    lines: tuple[str, ...]
    contacts: tuple[str, ...]
    """Each a line of its own, the district's own first; empty for a notice."""
    offer: str
    """What Coach can do instead; empty unless the manner is `refer`."""
    follow_up: str
    """The question that "yes" to the offer asks; empty where there is no offer."""


@dataclass(frozen=True, slots=True)
class _Words:
    manner: Manner
    lines: tuple[str, ...]
    offer: str
    follow_up: str
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class BoundaryWording:
    """Our fixed words for every route with the contacts to go with them, and one hash over both files."""

    words: Mapping[Route, _Words]
    sentences: Mapping[str, str]
    digest: str

    def refer(self, boundary: Boundary) -> Referral:
        """The words for a boundary: of its routes, those of the strictest manner speak, at most two of them."""
        manner = min((self.words[route].manner for route in boundary.routes), key=_ORDER.index)
        speaking = [self.words[route] for route in boundary.routes if self.words[route].manner == manner][:2]
        lines = tuple(dict.fromkeys(line for words in speaking for line in words.lines))
        contacts = tuple(dict.fromkeys(self._write(contact) for words in speaking for contact in words.contacts))
        if contacts:
            contacts = (self.sentences["contacts_heading"], *contacts)
        return Referral(manner, lines, contacts, speaking[0].offer, speaking[0].follow_up)

    def _write(self, contact: Contact) -> str:
        sentence = self.sentences["contact" if contact.phone else "contact_without_phone"]
        written = Template(sentence).substitute(name=contact.name, phone=contact.phone)
        return (
            Template(self.sentences["contact_note"]).substitute(contact=written, note=contact.note)
            if contact.note
            else written
        )


_PLACEHOLDERS = {
    "contacts_heading": frozenset[str](),
    "contact": frozenset({"name", "phone"}),
    "contact_without_phone": frozenset({"name"}),
    "contact_note": frozenset({"contact", "note"}),
}
_KEYS: Mapping[Manner, frozenset[str]] = {
    "stop": frozenset({"manner", "lines"}),
    "refer": frozenset({"manner", "lines", "offer", "follow_up"}),
    "notice": frozenset({"manner", "lines"}),
}
_CONTACT_KEYS = frozenset({"name", "phone", "note"})


@cache
def load_boundaries(folder: Path | None = None) -> BoundaryWording:
    """The wording in `boundaries.toml` and the contacts in `contacts.toml`.

    Raises:
        PromptFault: a file, a route or a wording is missing, unknown or not as the head of the file says.
    """
    path, raw, tables = read_prompt_file("boundaries.toml", folder)
    contacts_path, contacts_raw, contact_tables = read_prompt_file("contacts.toml", folder)
    sentences = tables.pop("say", {})
    _check_sentences(path, sentences)
    _check_names(path, tables.keys(), {route.value for route in Route})
    said = {Route(name): _read_words(path, name, table) for name, table in tables.items()}
    _check_names(contacts_path, contact_tables.keys(), {route for route in said if said[route].manner != "notice"})
    words = {
        route: replace(one, contacts=_read_contacts(contacts_path, route, contact_tables.get(route, {})))
        for route, one in said.items()
    }
    return BoundaryWording(words, sentences, hashlib.sha256(raw + contacts_raw).hexdigest()[:12])


def _check_names(path: Path, found: Iterable[str], wanted: Iterable[str]) -> None:
    odd = set(map(str, found)) ^ set(map(str, wanted))
    if odd:
        raise PromptFault(f"{path} and the program disagree about the parts {', '.join(sorted(odd))}.")


def _check_sentences(path: Path, sentences: Mapping[str, Any]) -> None:
    _check_names(path, sentences.keys(), set(_PLACEHOLDERS))
    for name, wanted in _PLACEHOLDERS.items():
        template = Template(str(sentences[name]))
        if not template.is_valid() or set(template.get_identifiers()) != wanted:
            told = ", ".join(f"${key}" for key in sorted(wanted)) or "no placeholder"
            raise PromptFault(f"The wording say.{name} in {path} must hold {told}.")


def _read_words(path: Path, name: str, table: Mapping[str, Any]) -> _Words:
    manner = next((known for known in _ORDER if known == table.get("manner")), None)
    if manner is None or table.keys() != _KEYS[manner]:
        raise PromptFault(
            f"{path}: [{name}] has a manner (stop, refer or notice), lines and, to refer, offer and follow_up."
        )
    if Route(name) in SAFETY and manner != "stop":
        raise PromptFault(f"{path}: the manner of [{name}] must stay stop, because somebody may come to harm.")
    lines, rest = table["lines"], [table[key] for key in sorted(table.keys() - {"manner", "lines"})]
    if not _is_texts(lines) or not _is_texts(rest or ["none"]):
        raise PromptFault(f"{path}: in [{name}] lines is a list of texts and the others are texts; none may be empty.")
    if any("$" in text for text in (*lines, *rest)):
        raise PromptFault(f"{path}: the words of [{name}] hold a $; nothing is filled in there.")
    return _Words(manner, tuple(lines), table.get("offer", ""), table.get("follow_up", ""))


def _read_contacts(path: Path, name: str, table: Mapping[str, Any]) -> tuple[Contact, ...]:
    """The district's own, then the national ones: those marked `always`, and all where the district has set none."""
    own = [contact for contact, _ in _read_entries(path, name, table.get("district", ()))]
    national = _read_entries(path, name, table.get("national", ()))
    if table.keys() - {"district", "national"}:
        raise PromptFault(f"{path}: [{name}] has the parts district and national and no more.")
    return (*own, *(contact for contact, always in national if always or not own))


def _read_entries(path: Path, name: str, entries: Any) -> list[tuple[Contact, bool]]:
    """Those that are filled in, with whether they are always shown."""
    if not isinstance(entries, Sequence) or not all(isinstance(entry, dict) for entry in entries):
        raise PromptFault(f"{path}: {name} lists each contact under [[{name}.district]] or [[{name}.national]].")
    found: list[tuple[Contact, bool]] = []
    for entry in entries:
        always = entry.get("always", False)
        texts = {key: value for key, value in entry.items() if key != "always"}
        sound = all(isinstance(value, str) for value in texts.values()) and isinstance(always, bool)
        if texts.keys() - _CONTACT_KEYS or not sound:
            raise PromptFault(
                f"{path}: a contact of {name} has name, phone and note (texts), always (true) and no more."
            )
        values = {key: " ".join(value.split()) for key, value in texts.items()}
        if not values.get("name") and any(values.values()):
            raise PromptFault(f"{path}: a contact of {name} has a phone or a note and no name.")
        if values.get("name"):
            found.append((Contact(**values), always))
    return found


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(one, str) and one.strip() for one in values)
