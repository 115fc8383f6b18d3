"""By which words a question belongs with people: its plain words in, the routes it takes out. Pure; the rules are data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path


class Route(StrEnum):
    """Where a question belongs, the most urgent first."""

    DESPAIR = "despair"
    """The person's own wish to die or to hurt themselves, or exhaustion without hope."""
    STUDENT_DANGER = "student_danger"
    """A student who may hurt themselves."""
    COLLEAGUE_DANGER = "colleague_danger"
    """Another adult who may hurt themselves."""
    VIOLENCE = "violence"
    """A weapon, a threat, an attack."""
    ABUSE = "abuse"
    MEDICAL = "medical"
    PERSONNEL = "personnel"
    """A decision about one adult, or a judgement of them."""
    SPECIAL_EDUCATION = "special_education"
    LEGAL = "legal"
    OTHER_PEOPLE = "other_people"
    """What somebody else asked or said here."""
    PREDICTION = "prediction"
    """What will become of one student."""
    IDENTITY = "identity"
    INJECTION = "injection"


SAFETY = frozenset(
    (Route.DESPAIR, Route.STUDENT_DANGER, Route.COLLEAGUE_DANGER, Route.VIOLENCE, Route.ABUSE, Route.MEDICAL)
)
"""Where somebody may come to harm: nothing from the documents stands beside the referral."""

_RULES = Path(__file__).with_name("boundary_rules.toml")
_CLAUSE_END = re.compile(r"(?<=[.?!]) |(?= (?:and|but|also) (?:what|how|does|do|is|are|which|where|why|anything)\b)")
_REFERENCE = re.compile(r"<([a-z][a-z_]+)>")
_FEW_WORDS = re.compile(r"<(\d)>")
_BREAK = re.compile(r"(?:\A|\n) *")  # a long pattern goes on over several lines, broken before a |
_SAME_SENTENCE = r"[^.?!]{0,60}?"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A route's patterns; `needs` and `unless` are looked for in the whole text."""

    route: Route
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    def fits(self, told: str, whole: str) -> bool:
        if not self.pattern.search(told) or (self.needs and not self.needs.search(whole)):
            return False
        return not (self.unless and self.unless.search(whole))


@dataclass(frozen=True, slots=True)
class BoundaryRules:
    """Every rule, ready to be looked for."""

    rules: tuple[_Rule, ...]
    parts: Mapping[str, re.Pattern[str]]
    dark: tuple[re.Pattern[str], ...]

    def find_routes(self, plain: str, *, named_adult: bool = False) -> tuple[Route, ...]:
        """The routes that a question takes, the most urgent first; empty for most.

        Args:
            plain: the question as `write_plainly` gives it.
            named_adult: whether it named an adult whose name no longer stands in it.
        """
        told = self.parts["idioms"].sub(" ", self._leave_out_documents(plain))
        whole = f"{plain} mr somebody" if named_adult else plain
        found = {rule.route for rule in self.rules if rule.fits(told, whole)}
        danger = self._find_danger(told)
        if danger:
            found.add(danger)
        if self.parts["term"].search(plain):
            found -= {Route.PERSONNEL, Route.SPECIAL_EDUCATION, Route.LEGAL, Route.PREDICTION}
        return tuple(route for route in Route if route in found)

    def asks_documents(self, plain: str) -> bool:
        """Whether every clause asks what the documents say."""
        return not re.search("[a-z]", self._leave_out_documents(plain))

    def asks_meaning(self, plain: str) -> bool:
        """Whether it asks what a word means."""
        return bool(self.parts["term"].search(plain))

    def tell_whose_danger(self, plain: str) -> Route | None:
        """Whether a student is in danger or a colleague, where only one of the two is spoken of."""
        young, grown = self.parts["young"].search(plain), self.parts["grown"].search(plain)
        if bool(young) == bool(grown):
            return None
        return Route.STUDENT_DANGER if young else Route.COLLEAGUE_DANGER

    def _leave_out_documents(self, plain: str) -> str:
        """The clauses that do not ask what the documents say: those are about them, whatever they name."""
        if not self.parts["document"].search(plain):
            return plain
        return " ".join(clause for clause in _CLAUSE_END.split(plain) if not self.parts["document"].search(clause))

    def _find_danger(self, told: str) -> Route | None:
        """Who may hurt themselves: the person who writes, a student, or another adult."""
        told = self.parts["boredom"].sub(" ", self.parts["harmless_topic"].sub(" ", told))
        harm = self.parts["self_harm"].search(told)
        if harm:
            return Route.DESPAIR if self._is_own(harm, told) else self._tell_age(told)
        return Route.DESPAIR if self._is_without_hope(told) else None

    def _is_own(self, harm: re.Match[str], told: str) -> bool:
        """Whether words of self-harm are the person's own, by who is spoken of in them and before them in the sentence."""
        start = max(told.rfind(sign, 0, harm.start()) for sign in ".?!") + 1
        before, rest = told[start : harm.start()], told[harm.end() :]
        if self.parts["speaks"].search(before):
            return False
        if self.parts["first_object"].search(harm.group()):
            return True
        if self.parts["third_object"].search(harm.group()):
            return False
        subjects = [match.group() for match in self.parts["subject"].finditer(before)]
        if not subjects:
            return not self.parts["somebody_harmed"].search(before + harm.group() + re.split("[.?!]", rest)[0])
        return bool(self.parts["first"].fullmatch(subjects[-1]))

    def _tell_age(self, told: str) -> Route:
        if self.parts["young"].search(told) or not self.parts["grown"].search(told):
            return Route.STUDENT_DANGER
        return Route.COLLEAGUE_DANGER

    def _is_without_hope(self, told: str) -> bool:
        """Two dark signs of the person's own, or one beside exhaustion."""
        if not self.parts["first"].search(told) or self.parts["speaks"].search(told):
            return False
        if self.parts["very_dark"].search(told):
            return True
        signs = sum(1 for pattern in self.dark if pattern.search(told))
        return signs >= 2 or (signs == 1 and bool(self.parts["tired"].search(told)))


@cache
def load_rules() -> BoundaryRules:
    """The rules that come with the program, compiled once for the process."""
    tables = tomllib.loads(_RULES.read_text("utf-8"))
    words: dict[str, Sequence[str]] = tables["words"]
    rules = tuple(
        _Rule(
            Route(table["route"]),
            _compile(table["patterns"], words),
            _compile(table["needs"], words) if "needs" in table else None,
            _compile(table["unless"], words) if "unless" in table else None,
        )
        for table in tables["rule"]
    )
    harm = tables["self_harm"]
    parts = {"idioms": _compile(tables["idioms"]["patterns"], words), "self_harm": _compile(harm["patterns"], words)}
    parts |= {name: _compile(harm[name], words) for name in harm if name not in ("patterns", "dark")}
    parts |= {name: _compile(words[name], words) for name in ("document", "term")}
    return BoundaryRules(rules, parts, tuple(_compile(sign, words) for sign in harm["dark"]))


def _compile(patterns: Sequence[str], words: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{_expand(patterns, words)})(?![a-z0-9])")


def _expand(patterns: Sequence[str], words: Mapping[str, Sequence[str]]) -> str:
    """One pattern of several, with every reference put in."""
    joined = "|".join(_BREAK.sub("", pattern) for pattern in patterns)
    joined = _FEW_WORDS.sub(r"(?:[a-z0-9]+ ){0,\1}?", joined).replace("...", _SAME_SENTENCE)
    return _REFERENCE.sub(lambda match: f"(?:{_expand(words[match[1]], words)})", joined)
