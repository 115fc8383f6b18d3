"""General coaching practice: the files of prompts/craft/ and a question in, the situations that fit it out, best first."""

from __future__ import annotations

import hashlib
import math
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import yaml

from coach.embedding import Embedder, Vectors, embed_question, embed_questions
from coach.errors import PromptFault
from coach.prompts import find_prompts
from coach.records import ROLES, STANCES, Craft, Role, Stance
from coach.stemming import stem_words

_FOLDER = "craft"
_LISTS = ("situations", "roles", "tags")
_FIELDS = frozenset(field.name for field in fields(Craft))
_REQUIRED = frozenset(field.name for field in fields(Craft) if field.default is MISSING)
# The same loader in C, ten times as fast, wherever PyYAML was built with it.
_LOADER = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@dataclass(frozen=True, slots=True)
class CraftLibrary:
    """Every entry, in the order of the files, and one hash over them."""

    entries: tuple[Craft, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class CraftWeights:
    """How an entry is measured. The first five numbers were chosen by `evals/bench/craft.py --tune`."""

    words: float = 0.2
    """Share of the words that agree; the rest is meaning."""
    centre: float = 0.75
    """Share, within meaning, of an entry's middle; the rest is its nearest situation."""
    said: float = 0.5
    """What a word of the question counts that stands in an entry's advice alone, and not in its situations or tags."""
    unknown: float = 1.0
    """What a word of the question counts that is in no entry's situations or tags."""
    least_close: float = 0.34
    """Score from which an entry is about what was asked."""
    nearly: float = 0.15
    """What one showing takes from an entry: others that fit nearly as well go first."""
    stance: float = 0.02
    """What another stance than the one that is asked for takes from an entry."""


@dataclass(frozen=True, slots=True)
class FoundCraft:
    """An entry for a question."""

    craft: Craft
    score: float
    """-1 to 1, in practice from .1 to .9: how well its situations fit the question, whatever was shown before."""
    is_close: bool
    """Whether it is about what was asked; otherwise it is a general entry that stands in."""


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is known of the entries, in their order."""

    situations: Vectors
    """A row for each title and situation."""
    starts: npt.NDArray[np.intp]
    """Where each entry's rows begin."""
    middles: Vectors
    """A row for each entry."""
    words: tuple[frozenset[str], ...]
    """Stems of its title, situations and tags."""
    said: tuple[frozenset[str], ...]
    """Stems of its advice that are not among these."""
    rarities: Mapping[str, float]


class CraftFinder:
    """The entries that fit a question, by meaning and by words. Nothing is embedded before the first question."""

    def __init__(
        self,
        crafts: Sequence[Craft],
        embedder: Embedder,
        folder: Path | None = None,
        weights: CraftWeights | None = None,
    ) -> None:
        """`folder` keeps the vectors for the next start; None keeps them in memory alone."""
        self._crafts = tuple(crafts)
        self._embedder = embedder
        self._folder = folder
        self._weights = weights or CraftWeights()
        self._known: _Measures | None = None

    def find(  # noqa: PLR0913 - a question, who asks it, and what may be said
        self,
        question: str,
        vector: Sequence[float] | None,
        role: Role,
        shown: Collection[str] = (),
        count: int = 1,
        stance: Stance | None = None,
    ) -> tuple[FoundCraft, ...]:
        """At most `count` entries for this role, best first; where none is close, general ones that may stand in.

        Empty only where no entry is for the role.

        Args:
            question: as it is understood within its conversation.
            vector: its embedding as `embed_question` makes it, where that is at hand.
            role: of the person who asks.
            shown: ids that this conversation showed already, each as often as it was shown.
            count: how many at most.
            stance: the one that is asked for; it decides between entries that fit alike.
        """
        mine = [index for index, craft in enumerate(self._crafts) if role in craft.roles]
        scores = self.measure(question, vector)
        close = {index for index in mine if scores[index] >= self._weights.least_close}
        pool = close | {index for index in mine if self._crafts[index].general} or set(mine)
        times = Counter(shown)

        def rank(index: int) -> float:
            craft = self._crafts[index]
            other = stance is not None and craft.stance != stance
            return scores[index] - self._weights.nearly * times[craft.id] - self._weights.stance * other

        best = sorted(pool, key=lambda index: (-rank(index), index))[:count]
        return tuple(FoundCraft(self._crafts[index], scores[index], index in close) for index in best)

    def measure(self, question: str, vector: Sequence[float] | None = None) -> list[float]:
        """How well each entry fits, in the order of the entries, whatever role it is for."""
        if not self._crafts:
            return []
        known = self._prepare()
        own = embed_question(self._embedder, question) if vector is None else vector
        asked = np.asarray(own, dtype=np.float32)
        nearest = np.maximum.reduceat(known.situations @ asked, known.starts)
        weights = self._weights
        meaning = (1 - weights.centre) * nearest + weights.centre * (known.middles @ asked)
        shared = self._compare_words(stem_words(question), known)
        return [
            float((1 - weights.words) * near + weights.words * word) for near, word in zip(meaning, shared, strict=True)
        ]

    def _compare_words(self, asked: frozenset[str], known: _Measures) -> list[float]:
        """Of each entry, the share of the question's words that it holds, rare words counting more."""
        # A word that no entry holds is rarer than any that one does.
        rarest = _measure_rarity(len(self._crafts), 0) * self._weights.unknown
        weights = {word: known.rarities.get(word, rarest) for word in asked}
        total = sum(weights.values()) or 1.0
        return [
            (_add(weights, asked & words) + self._weights.said * _add(weights, asked & said)) / total
            for words, said in zip(known.words, known.said, strict=True)
        ]

    def _prepare(self) -> _Measures:
        if self._known is None:
            texts = [[craft.title, *craft.situations] for craft in self._crafts]
            vectors = self._embed([text for own in texts for text in own])
            starts = np.cumsum([0, *(len(own) for own in texts)])[:-1]
            sums = np.add.reduceat(vectors, starts)
            middles = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
            words = tuple(stem_words(" ".join([craft.title, *craft.situations, *craft.tags])) for craft in self._crafts)
            said = tuple(stem_words(_join_advice(craft)) - own for craft, own in zip(self._crafts, words, strict=True))
            held = Counter(word for own in words for word in own)
            rarities = {word: _measure_rarity(len(words), times) for word, times in held.items()}
            self._known = _Measures(vectors, starts, middles, words, said, rarities)
        return self._known

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text, from the folder where they were kept; one batch otherwise."""
        if self._folder is None:
            return embed_questions(self._embedder, texts)
        key = hashlib.sha256("\0".join([self._embedder.fingerprint, *texts]).encode()).hexdigest()[:32]
        memory = self._folder / "craft" / f"{key}.npy"
        with suppress(OSError, ValueError, EOFError):
            kept: Vectors = np.load(memory, allow_pickle=False)
            if kept.shape == (len(texts), self._embedder.dimensions) and kept.dtype == np.float32:
                return kept
        vectors = embed_questions(self._embedder, texts)
        # A folder that cannot be written costs a moment at the next start and nothing else.
        with suppress(OSError):
            memory.parent.mkdir(parents=True, exist_ok=True)
            temporary = memory.with_suffix(f".{os.getpid()}")
            with temporary.open("wb") as target:
                np.save(target, vectors)
            temporary.replace(memory)
        return vectors


def _join_advice(craft: Craft) -> str:
    return " ".join([craft.acknowledgement, craft.first_step, craft.evidence, craft.wording, craft.question])


def _add(weights: Mapping[str, float], words: Iterable[str]) -> float:
    return sum(weights[word] for word in words)


def _measure_rarity(entries: int, times: int) -> float:
    return math.log((entries + 1) / (times + 0.5))


@cache
def load_craft(folder: Path | None = None) -> CraftLibrary:
    """The entries of the `.yaml` files in `craft/` of the prompts folder.

    Raises:
        PromptFault: a file cannot be read, an entry is not whole, an id stands twice, or a role has no general entry.
    """
    place = (folder or find_prompts()) / _FOLDER
    files = sorted(place.glob("*.yaml"))
    if not files:
        raise PromptFault(f"There are no .yaml files in {place}. Restore them from the release.")
    digest = hashlib.sha256()
    entries: dict[str, Craft] = {}
    for path in files:
        raw, rows = read_list(path)
        digest.update(path.name.encode() + b"\0" + raw)
        for number, row in enumerate(rows, 1):
            craft = _read_entry(path, number, row)
            if craft.id in entries:
                raise PromptFault(f"{path}, entry {craft.id}: the id is taken by another entry. Choose another.")
            entries[craft.id] = craft
    _check_general(place, entries.values())
    return CraftLibrary(tuple(entries.values()), digest.hexdigest()[:12])


def read_list(path: Path) -> tuple[bytes, list[Any]]:
    """A YAML file of prompts/ that is a list: its bytes, and its entries as plain values.

    Raises:
        PromptFault: it cannot be read, or is no list.
    """
    try:
        raw = path.read_bytes()
        # A safe loader: it makes plain values only.
        rows = yaml.load(raw, Loader=_LOADER)  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise PromptFault(f"The file {path} cannot be read ({reason}). Restore it from the release.") from error
    if not isinstance(rows, list) or not rows:
        raise PromptFault(f"{path} must be a list of entries, each of which begins with `- id:`.")
    return raw, rows


def _read_entry(path: Path, number: int, row: Any) -> Craft:
    if not isinstance(row, dict):
        raise PromptFault(f"{path}, entry {number}: it must have fields, the first of which is `id`.")
    place = f"{path}, entry {row.get('id') or number}"
    missing = sorted(_REQUIRED - row.keys())
    unknown = sorted(map(str, row.keys() - _FIELDS))
    if missing or unknown:
        faults = [f"the field {name} is missing" for name in missing]
        faults += [f"the field {name} is not known" for name in unknown]
        raise PromptFault(f"{place}: {'; '.join(faults)}.")
    values = {name: _read_field(place, name, value) for name, value in row.items()}
    if values["stance"] not in STANCES:
        raise PromptFault(f"{place}: stance is one of {', '.join(STANCES)}, not {values['stance']}.")
    odd = sorted(set(values["roles"]) - set(ROLES))
    if odd:
        raise PromptFault(f"{place}: roles are among {', '.join(ROLES)}, not {odd[0]}.")
    return Craft(**values)


def _read_field(place: str, name: str, value: Any) -> Any:
    if name == "general":
        if not isinstance(value, bool):
            raise PromptFault(f"{place}: general is true or false.")
        return value
    texts = value if name in _LISTS else [value]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        kind = "a list of texts" if name in _LISTS else "a text"
        raise PromptFault(f"{place}: {name} must be {kind} and not empty. Put a text with a colon in quotation marks.")
    stripped = tuple(text.strip() for text in texts)
    return stripped if name in _LISTS else stripped[0]


def _check_general(place: Path, entries: Iterable[Craft]) -> None:
    """Whatever a person asks, something must be there to stand in."""
    served = {role for craft in entries if craft.general for role in craft.roles}
    lacking = [role for role in ROLES if role not in served]
    if lacking:
        raise PromptFault(f"{place} needs an entry with `general: true` for the role {lacking[0]}.")
